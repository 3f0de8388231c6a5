/* SPDX-License-Identifier: ISC */
/*
 * Pictures in memory, as I420 with even sides: made smaller, and compared.
 */
#include <stdlib.h>

#include "codec.h"

#define RUN 16                  /* pixels that are compared together */
#define NOISE (RUN * 3 / 2)     /* and how much they may differ in all */

void
canvas_init(struct canvas *c, uint16_t width, uint16_t height)
{
	size_t luma = (size_t)width * height;

	assert(width % 2 == 0 && height % 2 == 0 && luma > 0);
	c->width = width;
	c->height = height;
	c->stride[0] = width;
	c->stride[1] = c->stride[2] = width / 2;
	/* the end is read in whole runs */
	c->plane[0] = mem_alloc(luma * 3 / 2 + 64);
	c->plane[1] = c->plane[0] + luma;
	c->plane[2] = c->plane[1] + luma / 4;
}

void
canvas_free(struct canvas *c)
{
	free(c->plane[0]);
	memset(c, 0, sizeof(*c));
}

/* Exactly half: the mean of each four, which the compiler makes wide. */
static void
halve(uint8_t *restrict to, int to_stride, const uint8_t *restrict from,
    int from_stride, int width, int height)
{
	for (int y = 0; y < height; y++) {
		const uint8_t *a = from + (ptrdiff_t)(2 * y) * from_stride;
		const uint8_t *b = a + from_stride;
		uint8_t *d = to + (ptrdiff_t)y * to_stride;

		for (int x = 0; x < width; x++)
			d[x] = (uint8_t)((a[2 * x] + a[2 * x + 1] + b[2 * x] +
			    b[2 * x + 1] + 2) >> 2);
	}
}

bool
canvas_half(struct canvas *to, const struct canvas *from)
{
	if (2 * to->width != from->width || 2 * to->height != from->height)
		return false;
	for (int i = 0; i < 3; i++)
		halve(to->plane[i], to->stride[i], from->plane[i],
		    from->stride[i], to->width >> (i > 0),
		    to->height >> (i > 0));
	return true;
}

static unsigned
differ(const uint8_t *a, const uint8_t *b)
{
	unsigned sum = 0;

	for (int i = 0; i < RUN; i++)
		sum += (unsigned)abs(a[i] - b[i]);
	return sum;
}

/* The planes lie one behind the other, and a run may end in the next row. */
bool
canvas_same(const struct canvas *a, const struct canvas *b)
{
	size_t n = (size_t)a->width * a->height * 3 / 2;

	if (a->width != b->width || a->height != b->height)
		return false;
	if (memcmp(a->plane[0], b->plane[0], n) == 0)
		return true;
	for (size_t i = 0; i < n; i += RUN)
		if (differ(a->plane[0] + i, b->plane[0] + i) > NOISE)
			return false;
	return true;
}
