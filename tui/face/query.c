/* SPDX-License-Identifier: ISC */
/*
 * What a terminal can show, by asking it. Its answers come where keys come: an
 * answer is taken out, all else stays and is typed. An answer is believed for
 * what may be shown and for nothing else. TERM is not asked: it is often wrong.
 */
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pane.h"

#define CELL_MAX 256u           /* pixels of a cell, either way */

/* The name; a picture in kitty's way that only asks; the size of a cell; may a
 * change be shown as a whole; a colour of 24 bits, and what became of it. */
#define ASK_NAME "\033[>0q"
#define ASK_KITTY "\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\"
#define ASK_CELL "\033[16t"
#define ASK_SYNC "\033[?2026$p"
#define ASK_COLOUR "\0337\033[48:2:1:2:3m\033P$qm\033\\\033[0m\0338"
#define ASK_FENCE "\033[c"      /* every terminal answers: this one is last */

/* ---- answers ---- */

static bool
begins(const struct query *q, const char *s)
{
	return q->n >= strlen(s) && memcmp(q->held, s, strlen(s)) == 0;
}

/* Numbers behind `at`, divided by ';' or ':'; how many there were. */
static size_t
numbers(const struct query *q, size_t at, unsigned *v, size_t most)
{
	size_t n = 0;

	while (n < most && at < q->n && q->held[at] >= '0' &&
	    q->held[at] <= '9') {
		v[n] = 0;
		while (at < q->n && q->held[at] >= '0' && q->held[at] <= '9' &&
		    v[n] < 100000)
			v[n] = v[n] * 10 + (unsigned)(q->held[at++] - '0');
		n++;
		while (at < q->n && (q->held[at] == ';' || q->held[at] == ':'))
			at++;
	}
	return n;
}

static bool
csi_answer(struct query *q)
{
	unsigned v[32];
	size_t n, i;
	char last = q->held[q->n - 1];

	if (begins(q, "\033[?") && last == 'c') {
		n = numbers(q, 3, v, COUNT(v));
		for (i = 1; i < n; i++)
			q->caps.sixel |= v[i] == 4;
		q->caps.answered = true;
		return true;
	}
	if (begins(q, "\033[?2026;") && last == 'y') {
		q->caps.sync |= numbers(q, 8, v, 1) == 1 && v[0] >= 1 &&
		    v[0] <= 3;
		return true;
	}
	if (begins(q, "\033[6;") && last == 't') {
		if (numbers(q, 4, v, 2) == 2 && v[0] > 0 && v[1] > 0 &&
		    v[0] <= CELL_MAX && v[1] <= CELL_MAX) {
			q->caps.cell_h = (uint16_t)v[0];
			q->caps.cell_w = (uint16_t)v[1];
		}
		return true;
	}
	return begins(q, "\033[?") && last == 'y';
}

/* Without its ESC \ . */
static bool
string_answer(struct query *q)
{
	size_t n = q->n - 4;

	if (begins(q, "\033P>|")) {
		if (n >= sizeof(q->caps.name))
			n = sizeof(q->caps.name) - 1;
		for (size_t i = 0; i < n; i++)
			q->caps.name[i] = q->held[4 + i] >= ' ' &&
			    q->held[4 + i] <= '~' ? q->held[4 + i] : '?';
		q->caps.name[n] = '\0';
		return true;
	}
	if (begins(q, "\033P1$r")) {
		q->caps.colour24 |= memmem(q->held, q->n, "48:2:1:2:3", 10) ||
		    memmem(q->held, q->n, "48:2::1:2:3", 11) ||
		    memmem(q->held, q->n, "48;2;1;2;3", 10);
		return true;
	}
	if (begins(q, "\033P0$r"))
		return true;
	if (begins(q, "\033_G")) {
		q->caps.kitty |= begins(q, "\033_Gi=31;OK");
		return true;
	}
	return false;
}

/* ---- one byte after another ---- */

void
query_end(struct query *q)
{
	buf_put(&q->keys, q->held, q->n);
	q->n = 0;
	q->state = QUERY_KEYS;
}

static void
hold(struct query *q, uint8_t c)
{
	q->held[q->n++] = (char)c;
	/* longer than any answer: somebody types, or it is none of ours */
	if (q->n == sizeof(q->held))
		query_end(q);
}

static void
begin(struct query *q, uint8_t c)
{
	query_end(q);
	if (c != '\033') {
		buf_u8(&q->keys, c);
		return;
	}
	q->state = QUERY_ESC;
	hold(q, c);
}

static void
after_esc(struct query *q, uint8_t c)
{
	if (c == '\033') {
		begin(q, c);
		return;
	}
	hold(q, c);
	if (c == '[')
		q->state = QUERY_CSI;
	else if (c == 'P' || c == '_')
		q->state = QUERY_STRING;
	else
		query_end(q);
}

static void
in_csi(struct query *q, uint8_t c)
{
	if (c < ' ' || c > '~') {
		begin(q, c);
		return;
	}
	hold(q, c);
	if (c < '@' || q->n == 0)
		return;
	if (csi_answer(q))
		q->n = 0;
	query_end(q);
}

static void
in_string(struct query *q, uint8_t c)
{
	if (q->state == QUERY_STRING_ESC && c == '\\') {
		q->n--;         /* its ESC */
		if (!string_answer(q)) {
			buf_put(&q->keys, q->held, q->n);
			buf_put(&q->keys, "\033\\", 2);
		}
		q->n = 0;
		q->state = QUERY_KEYS;
	} else if (q->state == QUERY_STRING_ESC) {
		q->n--;
		begin(q, '\033');
		after_esc(q, c);
	} else if (c < ' ' && c != '\033') {
		begin(q, c);
	} else {
		if (c == '\033')
			q->state = QUERY_STRING_ESC;
		hold(q, c);
	}
}

static void
query_byte(struct query *q, uint8_t c)
{
	switch (q->state) {
	case QUERY_KEYS:
		begin(q, c);
		break;
	case QUERY_ESC:
		after_esc(q, c);
		break;
	case QUERY_CSI:
		in_csi(q, c);
		break;
	case QUERY_STRING:
	case QUERY_STRING_ESC:
		in_string(q, c);
		break;
	}
}

void
query_put(struct query *q, const void *p, size_t n)
{
	const uint8_t *at = p;

	while (n-- > 0)
		query_byte(q, *at++);
}

void
query_free(struct query *q)
{
	buf_free(&q->keys);
	*q = (struct query){0};
}

/* ---- asking ---- */

static bool
inside_tmux(void)
{
	const char *tmux = getenv("TMUX");

	return tmux != NULL && tmux[0] != '\0';
}

static int64_t
now(void)
{
	return clock_mono(&clock_system);
}

void
query_run(struct query *q, int in, int out, int ms)
{
	static const char all[] = ASK_NAME ASK_KITTY ASK_CELL ASK_SYNC
	    ASK_COLOUR ASK_FENCE;
	/* tmux would take kitty's question for a title */
	static const char plain[] = ASK_NAME ASK_CELL ASK_SYNC ASK_COLOUR
	    ASK_FENCE;
	const char *ask = inside_tmux() ? plain : all;
	int64_t end = now() + ms;
	char part[256];
	ssize_t n = write(out, ask, strlen(ask));

	if (n != (ssize_t)strlen(ask))
		return;
	while (!q->caps.answered && end > now()) {
		struct pollfd p = {.fd = in, .events = POLLIN};

		if (poll(&p, 1, (int)(end - now())) <= 0)
			continue;
		if ((n = read(in, part, sizeof(part))) <= 0)
			break;
		query_put(q, part, (size_t)n);
	}
	query_end(q);
}

void
query_size(struct caps *c, int fd)
{
	struct winsize ws;

	if (c->cell_w != 0 || ioctl(fd, TIOCGWINSZ, &ws) != 0 ||
	    ws.ws_col == 0 || ws.ws_row == 0)
		return;
	if (ws.ws_xpixel / ws.ws_col > 0 && ws.ws_ypixel / ws.ws_row > 0 &&
	    ws.ws_xpixel / ws.ws_col <= CELL_MAX &&
	    ws.ws_ypixel / ws.ws_row <= CELL_MAX) {
		c->cell_w = (uint16_t)(ws.ws_xpixel / ws.ws_col);
		c->cell_h = (uint16_t)(ws.ws_ypixel / ws.ws_row);
	}
}

bool
query_display(void)
{
	const char *x = getenv("DISPLAY"), *w = getenv("WAYLAND_DISPLAY");

	if (w != NULL && w[0] != '\0')
		return true;
	/* one that SSH forwards is slower than the terminal beside it */
	return x != NULL && x[0] != '\0' && (getenv("SSH_CONNECTION") == NULL ||
	    strncmp(x, "localhost:", 10) != 0);
}

unsigned
query_sink(const struct caps *c, const char *option, bool display)
{
	int code = sink_code(option);

	if (code >= 0)
		return (unsigned)code;
	if (display)
		return SINK_window;
	if (c->kitty && c->cell_w != 0)
		return SINK_kitty;
	return c->sixel && c->cell_w != 0 ? SINK_sixel : SINK_cells;
}

unsigned
query_colours(const struct caps *c, const char *option)
{
	const char *says = getenv("COLORTERM");

	if (strcmp(option, "256") == 0)
		return 256;
	if (strcmp(option, "24bit") == 0 || c->colour24)
		return 0;
	return says != NULL && (strcmp(says, "truecolor") == 0 ||
	    strcmp(says, "24bit") == 0) ? 0 : 256;
}
