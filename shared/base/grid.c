/* SPDX-License-Identifier: ISC */
/*
 * A screen of cells without a terminal. Every function clips, so a view may
 * draw past any edge of any size, 0 x 0 included. A wide cluster always owns
 * both its cells: what overwrites one half turns the other into a space.
 */
#include <stdlib.h>

#include "base.h"

static void
grid_blank(struct cell *c, unsigned style, unsigned attr)
{
	memset(c, 0, sizeof *c);
	c->s[0] = ' ';
	c->cols = 1;
	c->style = (uint8_t)style;
	c->attr = (uint8_t)attr;
}

struct cell *
grid_at(struct grid *g, int x, int y)
{
	if (x < 0 || y < 0 || x >= g->w || y >= g->h)
		return NULL;
	return &g->cell[(size_t)y * (size_t)g->w + (size_t)x];
}

void
grid_clear(struct grid *g)
{
	size_t i, n = (size_t)g->w * (size_t)g->h;

	for (i = 0; i < n; i++)
		grid_blank(&g->cell[i], 0, 0);
	g->cx = -1;
	g->cy = 0;
}

/* The cells hold what people wrote. */
static void
grid_drop(struct grid *g)
{
	if (g->cell)
		mem_wipe(g->cell, (size_t)g->w * (size_t)g->h *
				      sizeof *g->cell);
	free(g->cell);
}

void
grid_init(struct grid *g, int w, int h)
{
	*g = (struct grid){0};
	grid_resize(g, w, h);
}

void
grid_resize(struct grid *g, int w, int h)
{
	w = w < 0 ? 0 : w;
	h = h < 0 ? 0 : h;
	grid_drop(g);
	g->cell = mem_array((size_t)w * (size_t)h, sizeof *g->cell);
	g->w = w;
	g->h = h;
	grid_clear(g);
}

void
grid_free(struct grid *g)
{
	grid_drop(g);
	*g = (struct grid){0};
}

/* Before the cell is written: the other half of a wide cluster loses it. */
static void
grid_break(struct grid *g, int x, int y)
{
	struct cell *c = grid_at(g, x, y), *other = NULL;

	if (!c)
		return;
	if (c->cols == 0)
		other = grid_at(g, x - 1, y);
	else if (c->cols == 2)
		other = grid_at(g, x + 1, y);
	if (other && defence(halves))
		grid_blank(other, other->style, other->attr);
	grid_blank(c, c->style, c->attr);
}

/* One cluster of one or two columns at a place where it fits. */
static void
grid_put(struct grid *g, int x, int y, const char *s, size_t n, int cols,
    unsigned style, unsigned attr)
{
	struct cell *c, *right;

	grid_break(g, x, y);
	if (cols == 2)
		grid_break(g, x + 1, y);
	c = grid_at(g, x, y);
	assert(c);
	grid_blank(c, style, attr);
	if (n >= sizeof c->s)
		return; /* safe.c makes none, and we write none */
	memcpy(c->s, s, n);
	c->s[n] = '\0';
	c->cols = (uint8_t)cols;
	if (cols == 2) {
		right = grid_at(g, x + 1, y);
		assert(right);
		grid_blank(right, style, attr);
		right->s[0] = '\0';
		right->cols = 0;
	}
}

/* Left of the grid or across its left edge: what can be seen is a space. */
static void
grid_cluster(struct grid *g, int x, int y, const char *s, size_t n, int cols,
    unsigned style, unsigned attr)
{
	if (x >= 0 && x + cols <= g->w)
		grid_put(g, x, y, s, n, cols, style, attr);
	else if (cols == 2 && x == -1 && g->w > 0)
		grid_put(g, 0, y, " ", 1, 1, style, attr);
}

/* A newline is drawn as a space: rows are the caller's to make. */
static int
grid_draw(struct grid *g, int x, int y, int limit, unsigned style,
    unsigned attr, struct bytes text)
{
	const char *s = (const char *)text.p;
	size_t left = text.n, used;
	int cols;

	if (y < 0 || y >= g->h)
		return x;
	if (limit > g->w)
		limit = g->w;
	for (; left > 0 && x < limit; s += used, left -= used) {
		used = width_cluster(s, left, &cols);
		if (*s == '\n')
			cols = 1;
		if (cols == 0)
			continue; /* nothing to see, and no cell to see it in */
		if (*s == '\n' || (cols == 2 && x + 2 > limit)) {
			grid_cluster(g, x++, y, " ", 1, 1, style, attr);
			continue;
		}
		grid_cluster(g, x, y, s, used, cols, style, attr);
		x += cols;
	}
	return x;
}

int
grid_safe(struct grid *g, int x, int y, int limit, unsigned style,
    unsigned attr, const struct safe *text)
{
	return grid_draw(g, x, y, limit, style, attr,
	    bytes_of(text->s, text->n));
}

int
grid_text(struct grid *g, int x, int y, int limit, unsigned style,
    unsigned attr, const char *ours)
{
	return grid_draw(g, x, y, limit, style, attr,
	    bytes_of(ours, strlen(ours)));
}

int
grid_slice(struct grid *g, int x, int y, int limit, unsigned style,
    unsigned attr, const struct safe *text, size_t from, size_t n)
{
	assert(from <= text->n && n <= text->n - from);
	return grid_draw(g, x, y, limit, style, attr,
	    bytes_of(text->s + from, n));
}

void
grid_fill(struct grid *g, int x, int y, int w, int h, unsigned style,
    unsigned attr)
{
	int cx, cy, right, below;
	struct cell *c;

	right = w > g->w - x ? g->w : x + w;
	below = h > g->h - y ? g->h : y + h;
	x = x < 0 ? 0 : x;
	for (cy = y < 0 ? 0 : y; cy < below; cy++)
		for (cx = x; cx < right; cx++) {
			grid_break(g, cx, cy);
			c = grid_at(g, cx, cy);
			assert(c);
			grid_blank(c, style, attr);
		}
}

void
grid_dump(const struct grid *g, struct buf *out)
{
	const struct cell *c = g->cell;
	size_t keep;
	int x, y;

	for (y = 0; y < g->h; y++) {
		keep = out->n;
		for (x = 0; x < g->w; x++, c++) {
			buf_string(out, c->s);
			if (c->cols > 0 && strcmp(c->s, " ") != 0)
				keep = out->n;
		}
		if (!out->err)
			out->n = keep;
		buf_u8(out, '\n');
	}
}
