/* SPDX-License-Identifier: ISC */
/*
 * Reads the numbers that a film has burnt in from where it is shown:
 *
 *	eye grey W H		pictures of W x H bytes, one after another
 *	eye xwd SW SH		a window; SW:SH is the shape of the film
 *	eye cells FROM TO LEFT SW SH	of a screen, as tmux captures it, these
 *				rows, but for columns on the left
 *	eye wav FROM TO		the tone of each second of a WAV, in Hz
 *	eye film SECONDS SIZE RATE SUFFIX HOW	makes such a film, on
 *				standard output; HOW are options of ffmpeg
 *	eye tty SW SH COLUMNS ROWS PROGRAM [WORD...]
 *
 * of standard input. A line for each: the number, or -1. The last one is a
 * terminal that knows sixel and kitty's graphics, with cells of 10 x 20 pixels:
 * it types what comes on standard input, and says `sixel NUMBER WxH BYTES' or
 * `kitty ...' for each picture that is drawn on it, and `cells' for the first
 * half block; its end is `exit STATUS'.
 *
 * environment: EYE_RATE, bytes a second that this terminal takes (all)
 */
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reel.h"
#include "sight.h"

#define INPUT_MAX (64u << 20)
#define TURN_MS 10              /* of a slow terminal */

static void
all_of_it(struct buf *b)
{
	uint8_t part[65536];
	ssize_t n;

	while ((n = read(0, part, sizeof(part))) > 0 && b->n < INPUT_MAX)
		buf_put(b, part, (size_t)n);
}

static unsigned
arg(char **argv, int i)
{
	return (unsigned)strtoul(argv[i], NULL, 10);
}

static int
grey(unsigned w, unsigned h)
{
	struct sight s = {.w = w, .h = h};
	size_t size = (size_t)w * h;
	uint8_t *px = mem_alloc(size);

	while (fread(px, 1, size, stdin) == size) {
		buf_clear(&s.px);
		buf_put(&s.px, px, size);
		printf("%d\n", sight_number(&s, w, h));
	}
	free(px);
	sight_free(&s);
	return 0;
}

static int
one(struct buf *b, int err, struct sight *s, unsigned w, unsigned h)
{
	printf("%d\n", err == 0 ? sight_number(s, w, h) : -1);
	sight_free(s);
	buf_free(b);
	return err == 0 ? 0 : 1;
}

/* The head is the one that we write: 44 bytes. */
static int
wav(unsigned from, unsigned to)
{
	struct buf b = {0};
	size_t at, second = (size_t)MEDIA_RATE * 4;
	int16_t *pcm = mem_alloc(second);

	all_of_it(&b);
	for (unsigned i = from; i < to; i++) {
		at = 44 + i * second;
		if (at + second > b.n)
			break;
		memcpy(pcm, b.p + at, second);
		/* not where one second goes over into the next */
		printf("%d\n", reel_tone(pcm + second / 20, MEDIA_RATE * 8 /
		    10));
	}
	free(pcm);
	buf_free(&b);
	return 0;
}

static int
film(char **argv)
{
	int fd = reel_film(arg(argv, 2), argv[3], argv[4], argv[6], argv[5]);
	uint8_t part[65536];
	ssize_t n;

	if (fd < 0)
		return 1;
	while ((n = read(fd, part, sizeof(part))) > 0)
		if (fwrite(part, 1, (size_t)n, stdout) != (size_t)n)
			return 1;
	(void)close(fd);
	return n == 0 && fflush(stdout) == 0 ? 0 : 1;
}

/* ---- a terminal ---- */

struct screen {
	int fd;
	unsigned w, h;          /* the film's shape */
	struct buf in, image;
	struct sight_kitty kitty;
	enum { TEXT, ESC, CSI, STRING, STRING_ESC } state;
	char kind;              /* of the string: P or _ */
	unsigned half, rate;    /* bytes of a half block seen; UINT_MAX: said */
};

static void
type(struct screen *s, const char *text)
{
	if (write(s->fd, text, strlen(text)) < 0)
		fprintf(stderr, "eye: it does not listen\n");
}

static const struct {
	const char *ask, *answer;
} known[] = {
	{"c", "\033[?62;4;22c"}, {"16t", "\033[6;20;10t"}, {"5n", "\033[0n"},
	{"?2026$p", "\033[?2026;2$y"}, {">0q", "\033P>|eye\033\\"},
};

static void
asked(struct screen *s)
{
	for (size_t i = 0; i < COUNT(known); i++)
		if (s->in.n == strlen(known[i].ask) &&
		    memcmp(s->in.p, known[i].ask, s->in.n) == 0)
			type(s, known[i].answer);
}

static void
drawn(struct screen *s)
{
	struct bytes b = buf_view(&s->in);
	struct sight at = {0};
	int err;

	if (s->kind == '_' && b.n > 6 && memcmp(b.p, "Gi=31,", 6) == 0) {
		type(s, "\033_Gi=31;OK\033\\");
		return;
	}
	if (s->kind == 'P' && b.n > 0 && b.p[0] == '$') {
		type(s, "\033P1$r48:2:1:2:3m\033\\");
		return;
	}
	if (s->kind == 'P')
		err = sight_sixel(b, &at);
	else if (b.n > 0 && b.p[0] == 'G')
		err = sight_kitty(&s->kitty, bytes_of(b.p + 1, b.n - 1), &at);
	else
		err = ERR_NONE;
	if (err == 0) {
		printf("%s %d %ux%u %zu\n", s->kind == 'P' ? "sixel" : "kitty",
		    sight_number(&at, s->w, s->h), at.w, at.h, b.n);
		fflush(stdout);
	}
	sight_free(&at);
}

static void
half_block(struct screen *s, uint8_t c)
{
	static const uint8_t block[] = {0xe2, 0x96, 0x80};

	if (s->half == UINT_MAX)
		return;
	s->half = c == block[s->half] ? s->half + 1 : c == block[0];
	if (s->half < COUNT(block))
		return;
	s->half = UINT_MAX;
	printf("cells\n");
	fflush(stdout);
}

static void
byte(struct screen *s, uint8_t c)
{
	switch (s->state) {
	case TEXT:
		half_block(s, c);
		s->state = c == 27 ? ESC : TEXT;
		break;
	case ESC:
		buf_clear(&s->in);
		s->kind = (char)c;
		s->state = c == '[' ? CSI : c == 'P' || c == '_' || c == ']' ?
		    STRING : TEXT;
		break;
	case CSI:
		buf_u8(&s->in, c);
		if (c >= '@' && c <= '~') {
			asked(s);
			s->state = TEXT;
		}
		break;
	case STRING:
		if (c == 27)
			s->state = STRING_ESC;
		else if (c == 7)
			s->state = TEXT;        /* the end of a title */
		else
			buf_u8(&s->in, c);
		break;
	case STRING_ESC:
		if (c == '\\')
			drawn(s);
		s->state = TEXT;
		break;
	}
}

static bool
terminal_turn(struct screen *s, bool *typing)
{
	struct pollfd f[] = {{.fd = s->fd, .events = POLLIN},
	    {.fd = *typing ? 0 : -1, .events = POLLIN}};
	uint8_t part[65536];
	size_t most = sizeof(part);
	ssize_t n;

	if (s->rate > 0) {
		(void)poll(NULL, 0, TURN_MS);
		most = (size_t)s->rate * TURN_MS / 1000;
		most = most < 1 ? 1 : most > sizeof(part) ? sizeof(part) : most;
	}
	if (poll(f, 2, -1) < 0)
		return true;
	if (f[1].revents != 0) {
		n = read(0, part, sizeof(part));
		*typing = n > 0;
		if (n > 0 && write(s->fd, part, (size_t)n) != n)
			return false;
	}
	if (f[0].revents == 0)
		return true;
	n = read(s->fd, part, most);
	for (ssize_t i = 0; i < n; i++)
		byte(s, part[i]);
	return n > 0;
}

static int
terminal(char **argv)
{
	struct screen s = {.w = arg(argv, 2), .h = arg(argv, 3)};
	struct winsize size = {.ws_col = (unsigned short)arg(argv, 4),
	    .ws_row = (unsigned short)arg(argv, 5)};
	const char *rate = getenv("EYE_RATE");
	bool typing = true;
	int status = 0;
	pid_t pid = forkpty(&s.fd, NULL, NULL, &size);

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)setenv("TERM", "xterm-256color", 1);
		(void)execv(argv[6], argv + 6);
		_exit(127);
	}
	if (pid < 0)
		return 1;
	s.rate = rate != NULL ? (unsigned)strtoul(rate, NULL, 10) : 0;
	while (terminal_turn(&s, &typing))
		continue;
	(void)close(s.fd);
	(void)waitpid(pid, &status, 0);
	printf("exit %d\n", status);
	buf_free(&s.in);
	buf_free(&s.image);
	buf_free(&s.kitty.raw);
	return 0;
}

int
main(int argc, char **argv)
{
	const char *what = argc > 3 ? argv[1] : "";
	struct buf b = {0};
	struct sight s = {0};

	if (strcmp(what, "grey") == 0)
		return grey(arg(argv, 2), arg(argv, 3));
	if (strcmp(what, "wav") == 0)
		return wav(arg(argv, 2), arg(argv, 3));
	if (strcmp(what, "film") == 0 && argc > 6)
		return film(argv);
	if (strcmp(what, "tty") == 0 && argc > 6)
		return terminal(argv);
	if (strcmp(what, "xwd") == 0) {
		all_of_it(&b);
		return one(&b, sight_xwd(buf_view(&b), &s), &s, arg(argv, 2),
		    arg(argv, 3));
	}
	if (strcmp(what, "cells") == 0 && argc > 6) {
		all_of_it(&b);
		return one(&b, sight_cells(buf_view(&b), arg(argv, 2),
		    arg(argv, 3), arg(argv, 4), &s), &s, arg(argv, 5),
		    arg(argv, 6));
	}
	fprintf(stderr, "usage: see the head of eye.c\n");
	return 2;
}
