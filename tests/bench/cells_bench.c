/* SPDX-License-Identifier: ISC */
/*
 * Pictures as half blocks, 200x60 cells, of a talking head: our scaler and our
 * differ, from the planes of a decoded picture to the bytes for the terminal,
 * against libchafa's half blocks from the ready pixels of the same pictures.
 * In the processor's time of one core, and in bytes. The first picture, which
 * nobody can do in part, counts too.
 */
#include <stdlib.h>

#include "bench.h"
#include "clips.h"

#define WIDTH 640
#define HEIGHT 480
#define COLUMNS 200
#define ROWS 60
#define PICTURES 30

struct clip {
	uint8_t *planes[PICTURES], *rgba[PICTURES];
};

static void
clip_make(struct clip *c)
{
	for (unsigned i = 0; i < PICTURES; i++) {
		c->planes[i] = mem_array(WIDTH * HEIGHT * 3 / 2, 1);
		c->rgba[i] = mem_array(WIDTH * HEIGHT, 4);
		clip_draw(c->planes[i], WIDTH, HEIGHT, i);
		painter_rgba(c->planes[i], WIDTH, HEIGHT, c->rgba[i]);
	}
}

static void
clip_free(struct clip *c)
{
	for (unsigned i = 0; i < PICTURES; i++) {
		free(c->planes[i]);
		free(c->rgba[i]);
	}
}

/* One picture more; the bytes that it took */
typedef size_t put_fn(void *to, const struct clip *, unsigned i);

static size_t
put_painter(void *to, const struct clip *c, unsigned i)
{
	return painter_put(to, c->planes[i], WIDTH, HEIGHT);
}

static size_t
put_blocks(void *to, const struct clip *c, unsigned i)
{
	return blocks_put(to, c->rgba[i], WIDTH, HEIGHT);
}

/* Seconds for a picture; *bytes: of one. */
static double
measure(put_fn *put, void *to, const struct clip *c, double *bytes)
{
	size_t sum = 0;
	double t = bench_cpu(0);

	for (unsigned i = 0; i < PICTURES; i++)
		sum += put(to, c, i);
	t = bench_cpu(0) - t;
	*bytes = (double)sum / PICTURES;
	return t / PICTURES;
}

static double
ours(const struct clip *c, unsigned colours, double *bytes)
{
	struct painter *p = painter_open(COLUMNS, ROWS, colours);
	double t = measure(put_painter, p, c, bytes);

	painter_close(p);
	return t;
}

static double
theirs(const struct clip *c, bool colour24, double *bytes)
{
	struct blocks *b = blocks_open(COLUMNS, ROWS, colour24);
	double t = measure(put_blocks, b, c, bytes);

	blocks_close(b);
	return t;
}

struct case_of {
	const char *colours;
	unsigned n;
	struct series rate, size, fps, kib;
};

static void
round_of(const struct clip *c, struct case_of *k)
{
	double our_bytes, their_bytes, our = ours(c, k->n, &our_bytes),
	    their = theirs(c, k->n == 0, &their_bytes);

	series_put(&k->rate, their / our);
	series_put(&k->size, our_bytes / their_bytes);
	series_put(&k->fps, 1 / our);
	series_put(&k->kib, our_bytes / 1024);
}

static void
rows_of(const struct case_of *k)
{
	char *name[4] = {
		mem_format("cells 200x60, %s: rate", k->colours),
		mem_format("cells 200x60, %s: size of one", k->colours),
		mem_format("cells 200x60, %s: rate to libchafa's", k->colours),
		mem_format("cells 200x60, %s: size to libchafa's", k->colours),
	};

	row_bar(name[0], "pictures/s", &k->fps, true, 30);
	row_put(name[1], "KiB", &k->kib);
	row_bar(name[2], "x", &k->rate, true, 4);
	row_bar(name[3], "x", &k->size, false, 0.25);
	for (size_t i = 0; i < COUNT(name); i++)
		free(name[i]);
}

int
main(void)
{
	static struct case_of k[] = {
		{.colours = "24 bit"}, {.colours = "256", .n = 256},
	};
	struct clip *c = mem_alloc(sizeof(*c));

	bench_pin(1);
	clip_make(c);
	for (unsigned i = 0; i < bench_rounds(); i++)
		for (size_t n = 0; n < COUNT(k); n++)
			round_of(c, &k[n]);
	for (size_t n = 0; n < COUNT(k); n++)
		rows_of(&k[n]);
	clip_free(c);
	free(c);
	return 0;
}
