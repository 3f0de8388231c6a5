/* SPDX-License-Identifier: ISC */
/*
 * Pictures in other sizes: each pixel of the result is the mean of those it
 * covers, so that fine things do not flicker. Rows are summed up first, in
 * loops that a compiler makes wide. Knows nothing of what shows them.
 */
#include <stdlib.h>

#include "show.h"

size_t
picture_size(unsigned w, unsigned h)
{
	size_t cw = (w + 1) / 2, ch = (h + 1) / 2;

	if (w == 0 || h == 0 || w > MEDIA_SIDE_MAX || h > MEDIA_SIDE_MAX)
		return 0;
	return (size_t)w * h + 2 * cw * ch;
}

struct plane {
	const uint8_t *p;
	unsigned w, h;
};

/* Adds rows [y0, y1) of the plane up, column by column. */
static void
sum_rows(const struct plane *s, unsigned y0, unsigned y1, uint32_t *acc)
{
	const uint8_t *row = s->p + (size_t)y0 * s->w;

	for (unsigned x = 0; x < s->w; x++)
		acc[x] = row[x];
	for (unsigned y = y0 + 1; y < y1; y++) {
		row += s->w;
		for (unsigned x = 0; x < s->w; x++)
			acc[x] += row[x];
	}
}

/* The first pixel of the source that pixel i of n covers. */
static unsigned
edge(unsigned i, unsigned n, unsigned source)
{
	return (unsigned)((uint64_t)i * source / n);
}

static unsigned
edge_end(unsigned i, unsigned n, unsigned source)
{
	unsigned from = edge(i, n, source), to = edge(i + 1, n, source);

	return to > from ? to : from + 1;
}

/* One row of the result, of `w` pixels. */
static void
mean_row(const struct plane *s, unsigned y, unsigned h, unsigned w,
    uint32_t *acc, uint8_t *to)
{
	unsigned y0 = edge(y, h, s->h), y1 = edge_end(y, h, s->h), rows =
	    y1 - y0;

	sum_rows(s, y0, y1, acc);
	for (unsigned x = 0; x < w; x++) {
		unsigned a = edge(x, w, s->w), b = edge_end(x, w, s->w);
		uint32_t sum = 0, n = (b - a) * rows;

		for (unsigned i = a; i < b; i++)
			sum += acc[i];
		to[x] = (uint8_t)((sum + n / 2) / n);
	}
}

static uint8_t
clamp(int v)
{
	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* JFIF: BT.601, all 256 levels; 16 bits behind the point. */
static void
rgb_row(const uint8_t *y, const uint8_t *u, const uint8_t *v, unsigned w,
    uint8_t *to)
{
	for (unsigned x = 0; x < w; x++, to += 3) {
		int l = y[x] * 65536 + 32768, cb = u[x] - 128, cr = v[x] - 128;

		to[0] = clamp((l + 91881 * cr) >> 16);
		to[1] = clamp((l - 22554 * cb - 46802 * cr) >> 16);
		to[2] = clamp((l + 116130 * cb) >> 16);
	}
}

void
scale_rgb(const struct picture *p, uint8_t *to, unsigned w, unsigned h,
    size_t stride, struct buf *work)
{
	unsigned cw = (p->w + 1u) / 2, ch = (p->h + 1u) / 2;
	struct plane y = {p->planes.p, p->w, p->h};
	struct plane u = {y.p + (size_t)p->w * p->h, cw, ch};
	struct plane v = {u.p + (size_t)cw * ch, cw, ch};
	uint32_t *acc;
	uint8_t *row;

	assert(p->planes.n == picture_size(p->w, p->h));
	buf_clear(work);
	acc = (uint32_t *)(void *)buf_room(work, p->w * sizeof(*acc) + 3 * w);
	row = (uint8_t *)(acc + p->w);
	for (unsigned i = 0; i < h; i++, to += stride) {
		mean_row(&y, i, h, w, acc, row);
		mean_row(&u, i, h, w, acc, row + w);
		mean_row(&v, i, h, w, acc, row + 2 * (size_t)w);
		rgb_row(row, row + w, row + 2 * (size_t)w, w, to);
	}
}

static unsigned
between(uint64_t v, unsigned most)
{
	return v < 1 ? 1 : v > most ? most : (unsigned)v;
}

struct fit
scale_fit(unsigned w, unsigned h, unsigned room_w, unsigned room_h,
    unsigned pw, unsigned ph)
{
	uint64_t wide = (uint64_t)room_w * pw, high = (uint64_t)room_h * ph;
	struct fit f = {.w = room_w, .h = room_h};

	/* compare w / h with wide / high */
	if ((uint64_t)w * high >= (uint64_t)h * wide)
		f.h = between((wide * h / w + ph / 2) / ph, room_h);
	else
		f.w = between((high * w / h + pw / 2) / pw, room_w);
	f.x = (room_w - f.w) / 2;
	f.y = (room_h - f.h) / 2;
	return f;
}

void
scale_cells(const struct picture *p, uint8_t *cells, unsigned columns,
    unsigned rows, unsigned cell_w, unsigned cell_h, struct buf *work)
{
	struct buf rgb = {0};
	struct fit f;
	uint8_t *px, *to;

	if (cell_w == 0 || cell_h == 0) {
		cell_w = 1;
		cell_h = 2;
	}
	/* a cell is two pixels, each half as high */
	f = scale_fit(p->w, p->h, columns, rows * 2, cell_w * 2, cell_h);
	px = buf_room(&rgb, (size_t)f.w * f.h * 3);
	scale_rgb(p, px, f.w, f.h, (size_t)f.w * 3, work);
	memset(cells, 0, (size_t)columns * rows * MEDIA_CELL);
	for (unsigned y = 0; y < f.h; y++) {
		unsigned at = f.y + y;

		to = cells + ((size_t)(at / 2) * columns + f.x) * MEDIA_CELL +
		    at % 2 * 3;
		for (unsigned x = 0; x < f.w; x++, px += 3, to += MEDIA_CELL)
			memcpy(to, px, 3);
	}
	buf_free(&rgb);
}
