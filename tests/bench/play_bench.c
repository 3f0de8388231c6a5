/* SPDX-License-Identifier: ISC */
/*
 * A film in the pane of a terminal that answers: how soon its first picture is
 * there, whether 30 pictures a second are held at 200x60 cells, and how long a
 * key takes to its cell meanwhile; and the same over a line of 64 KB a second.
 * The client, its helpers and the relay share the first core.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench.h"
#include "clips.h"

#define LOOP 64                 /* pictures, after which it begins anew */
#define SECONDS 60
#define SETTLE 8                /* until it has the largest size */
#define KEYS 40                 /* in a round */
#define HELD 29.5               /* of 30 that the film has */
#define SLOW 64000.0            /* bytes a second */
#define PIECE "\033[m\0338"     /* ends a picture, or a piece of one */

/* A terminal: what it was sent, and how fast it takes it. */
struct screen {
	struct person *who;
	double rate;            /* bytes a second; 0: at once */
	double taken, from;     /* since when, and how many */
	struct buf in;          /* since the last look, and the end before it */
	uint64_t pieces, bytes;
	unsigned letter;
	unsigned wide, high;    /* the last cell that was gone to */
};
struct bench {
	struct server server;
	struct person me, bob;
	struct series first, fps, key, key_worst, slow, slow_worst, slow_fps;
};

/* ---- the film ---- */

static char *
film(const struct bench *b)
{
	char *raw = path_join(b->server.dir, "head.yuv"), *to = path_join(
	    b->server.dir, "head.avi"), *cmd;
	size_t n = 640 * 480 * 3 / 2;
	uint8_t *p = mem_alloc(n);
	FILE *f = fopen(raw, "we");

	for (unsigned i = 0; f && i < LOOP; i++) {
		clip_draw(p, 640, 480, i);
		if (fwrite(p, 1, n, f) != n)
			bench_die("no room for a film");
	}
	if (!f || fclose(f) != 0)
		bench_die("no film");
	cmd = mem_format("ffmpeg -v error -nostdin -y -stream_loop -1 -f "
	    "rawvideo -pix_fmt yuvj420p -s 640x480 -r 30 -i '%s' -f lavfi -i "
	    "sine=300 -t %d -c:v mjpeg -q:v 5 -c:a pcm_s16le '%s'", raw,
	    SECONDS, to);
	if (system(cmd) != 0) {
		free(to);
		to = NULL;
	}
	free(cmd);
	free(raw);
	free(p);
	return to;
}

static void
people(struct bench *b, const char *path)
{
	char *publish = mem_format("publish '%s' --to me", path);

	b->me.relay = b->bob.relay = &b->server;
	b->me.name = "me";
	b->bob.name = "bob";
	person_verb(&b->me, "init me");
	person_verb(&b->bob, "init bob");
	person_verb(&b->me, "add bob");
	person_verb(&b->bob, "accept me");
	person_verb(&b->bob, publish);
	free(publish);
}

/* ---- the terminal ---- */

static void
answer(struct screen *s, const char *ask, const char *say)
{
	const uint8_t *at = s->in.p, *end = s->in.p + s->in.n;
	size_t n = strlen(ask);

	while ((at = memmem(at, (size_t)(end - at), ask, n)) != NULL) {
		at += n;
		person_type(s->who, say);
	}
}

static unsigned
count(const struct buf *b, const char *what)
{
	const uint8_t *at = b->p, *end = b->p + b->n;
	size_t n = strlen(what);
	unsigned sum = 0;

	while ((at = memmem(at, (size_t)(end - at), what, n)) != NULL) {
		at += n;
		sum++;
	}
	return sum;
}

static void
gone_to(struct screen *s)
{
	unsigned y, x;

	for (size_t i = 0; i + 12 < s->in.n; i++)
		if (s->in.p[i] == '\033' && sscanf((char *)s->in.p + i,
		    "\033[%u;%uH", &y, &x) == 2) {
			s->high = y > s->high ? y : s->high;
			s->wide = x > s->wide ? x : s->wide;
		}
}

/* How much may be taken now: a slow line takes no more than its rate. */
static size_t
may_take(struct screen *s)
{
	double now = bench_now(), most;

	if (s->rate <= 0)
		return 65536;
	most = (now - s->from) * s->rate - s->taken;
	if (most > s->rate / 50) {      /* it does not save up */
		s->taken += most - s->rate / 50;
		most = s->rate / 50;
	}
	return most < 1 ? 0 : (size_t)most;
}

/* What comes within ms; true once `text` was in it. */
static bool
take(struct screen *s, int ms, const char *text)
{
	struct pollfd f = {.fd = s->who->fd, .events = POLLIN};
	size_t room = may_take(s), old = s->in.n < 16 ? s->in.n : 16;
	ssize_t n;

	if (room == 0) {
		(void)usleep(1000);
		return false;
	}
	if (poll(&f, 1, ms) <= 0)
		return false;
	buf_drop(&s->in, s->in.n - old);        /* what was cut in two */
	n = read(s->who->fd, buf_room(&s->in, room), room);
	if (n <= 0)
		bench_die("%s has ended", s->who->name);
	s->in.n -= room - (size_t)n;
	s->taken += (double)n;
	s->bytes += (uint64_t)n;
	/* the end of what was seen is seen again: only whole ones, once */
	memset(s->in.p, ' ', text ? 0 : old);
	s->pieces += count(&s->in, PIECE);
	answer(s, "\033[5n", "\033[0n");
	answer(s, "\033[c", "\033[?62;22c");
	gone_to(s);
	return text && memmem(s->in.p, s->in.n, text, strlen(text));
}

static double
shows(struct screen *s, const char *text)
{
	double t = bench_now();

	while (!take(s, 100, text))
		if (bench_now() - t > 20)
			bench_die("\"%s\" never came", text);
	return bench_now() - t;
}

static void
watch(struct screen *s, double secs)
{
	double end = bench_now() + secs;

	while (bench_now() < end)
		(void)take(s, 20, NULL);
}

/* ---- what is measured ---- */

/* From Enter to the first bytes of the first picture. */
static double
first_picture(struct screen *s)
{
	uint64_t from = s->pieces;
	double t;

	person_type(s->who, "\x15/play 1\r");
	t = bench_now();
	while (s->pieces == from) {
		(void)take(s, 20, NULL);
		if (bench_now() - t > 20)
			bench_die("no picture");
	}
	return (bench_now() - t) * 1e3;
}

/* Greek letters, which stand nowhere else. */
static void
keys(struct screen *s, struct series *middle, struct series *worst)
{
	struct series all = {.n = 0};
	char key[3] = {(char)0xce, 0, 0};
	double most = 0, ms;

	for (unsigned i = 0; i < KEYS; i++) {
		if (i % 15 == 0) {
			person_type(s->who, "\x15");
			watch(s, 0.3);
			s->letter++;
		}
		key[1] = (char)(0xb1 + (i + s->letter) % 15);
		buf_clear(&s->in);
		person_type(s->who, key);
		ms = shows(s, key) * 1e3;
		series_put(&all, ms);
		most = ms > most ? ms : most;
		watch(s, 0.01 + 0.002 * (i % 17));      /* any time of a picture */
	}
	series_put(middle, series_median(&all));
	series_put(worst, most);
}

static double
pictures(struct screen *s, double secs)
{
	uint64_t from = s->pieces;

	watch(s, secs);
	return (double)(s->pieces - from) / secs;
}

static void
round_of(struct bench *b)
{
	struct screen s = {.who = &b->me};

	person_screen(&b->me, true);
	(void)shows(&s, "/play 1");
	watch(&s, 1);
	series_put(&b->first, first_picture(&s));
	person_type(&b->me, "f0");      /* the whole pane, from the beginning */
	watch(&s, SETTLE);
	s.high = s.wide = 0;
	series_put(&b->fps, pictures(&s, 3));
	if (getenv("BENCH_SAY"))
		(void)fprintf(stderr, "to cell %u, %u\n", s.wide, s.high);
	person_type(&b->me, "\033o");   /* keys to the input line */
	watch(&s, 1);
	keys(&s, &b->key, &b->key_worst);
	s.rate = SLOW;
	s.from = bench_now();
	s.taken = 0;
	watch(&s, 3);
	series_put(&b->slow_fps, pictures(&s, 2));
	keys(&s, &b->slow, &b->slow_worst);
	person_type(&b->me, "\x15");
	watch(&s, 0.5);
	person_end(&b->me);
	buf_free(&s.in);
}

static void
rows(const struct bench *b)
{
	row_bar("film: Enter to the first picture", "ms", &b->first, false,
	    300);
	row_bar("film 200x60: pictures a second, all on one core", "per s",
	    &b->fps, true, HELD);
	row_put("film 200x60: key to its cell, median of 40", "ms", &b->key);
	row_bar("film 200x60: key to its cell, the worst of 40", "ms",
	    &b->key_worst, false, 50);
	row_put("film over 64 KB/s: pieces of pictures", "per s",
	    &b->slow_fps);
	row_put("film over 64 KB/s: key to its cell, median of 40", "ms",
	    &b->slow);
	row_put("film over 64 KB/s: key to its cell, the worst of 40", "ms",
	    &b->slow_worst);
}

int
main(void)
{
	static struct bench b = {.me = {.rows = 65, .columns = 220}};
	char *path;

	bench_pin(1);
	server_open(&b.server);
	path = film(&b);
	if (!path) {
		row_skip("film in a terminal", "there is no ffmpeg");
		server_close(&b.server);
		return 0;
	}
	people(&b, path);
	for (unsigned i = 0; i < bench_rounds(); i++)
		round_of(&b);
	rows(&b);
	server_close(&b.server);
	free(path);
	return 0;
}
