/* SPDX-License-Identifier: ISC */
/*
 * Half blocks: a cell shows two pixels, one as its letter's colour, one as its
 * ground. Knows what the terminal has and sends only what differs: runs of
 * cells, attributes where they change, the shortest way of the cursor. What is
 * a little off (slack) is left as it is; it never adds up, since it is measured
 * against what is shown. Knows nothing of where the bytes go.
 */
#include <stdlib.h>

#include "pane.h"

#define UPPER "\342\226\200"
#define LOWER "\342\226\204"
#define WHOLE "\342\226\210"

/* What the terminal would use for the next letter. */
struct pen {
	uint32_t fg, bg;
	int x, y;               /* where the cursor is; x < 0: unknown */
};

/* ---- colours ---- */

static uint8_t
level(unsigned i)
{
	return (uint8_t)(i == 0 ? 0 : 55 + 40 * i);
}

/* xterm's 256: 16..231 a cube of 6, 232..255 greys. The first 16 are the
 * user's own and never used. */
static uint32_t
colour_of(uint32_t c)
{
	uint32_t g;

	if (c >= 232) {
		g = 8 + 10 * (c - 232);
		return g << 16 | g << 8 | g;
	}
	c -= 16;
	return (uint32_t)level(c / 36) << 16 |
	    (uint32_t)level(c / 6 % 6) << 8 | level(c % 6);
}

static unsigned
channel_off(uint32_t a, uint32_t b, int shift)
{
	int d = (int)(a >> shift & 0xff) - (int)(b >> shift & 0xff);

	return (unsigned)(d < 0 ? -d : d);
}

static unsigned
colour_off(uint32_t a, uint32_t b)
{
	unsigned r = channel_off(a, b, 16), g = channel_off(a, b, 8),
	    l = channel_off(a, b, 0);

	return r * r + g * g + l * l;
}

static unsigned
nearest_level(unsigned v)
{
	return v < 48 ? 0 : v < 115 ? 1 : (v - 35) / 40;
}

static uint32_t
colour_256(uint32_t rgb)
{
	unsigned r = rgb >> 16, g = rgb >> 8 & 0xff, b = rgb & 0xff;
	unsigned grey = (r + g + b) / 3;
	uint32_t cube = 16 + 36 * nearest_level(r) + 6 * nearest_level(g) +
	    nearest_level(b);
	uint32_t step = grey < 8 ? 232 : grey > 238 ? 255 :
	    232 + (grey - 3) / 10;

	return colour_off(colour_of(step), rgb) <
	    colour_off(colour_of(cube), rgb) ? step : cube;
}

/* May what is shown stand for what should be? */
static bool
close_enough(const struct differ *d, uint32_t shown, uint32_t rgb)
{
	if (shown == DIFFER_NONE)
		return false;
	if (d->colours != 0) {
		uint32_t best = colour_256(rgb);

		return shown == best || colour_off(colour_of(shown), rgb) <=
		    colour_off(colour_of(best), rgb) + d->slack * d->slack;
	}
	return channel_off(shown, rgb, 16) <= d->slack &&
	    channel_off(shown, rgb, 8) <= d->slack &&
	    channel_off(shown, rgb, 0) <= d->slack;
}

/* ---- bytes ---- */

static size_t
digits(uint32_t v)
{
	return v < 10 ? 1 : v < 100 ? 2 : v < 1000 ? 3 : 5;
}

static void
put_number(struct buf *b, uint32_t v)
{
	uint8_t s[10];
	size_t n = sizeof(s);

	do
		s[--n] = (uint8_t)('0' + v % 10);
	while ((v /= 10) != 0);
	buf_put(b, s + n, sizeof(s) - n);
}

static void
put_colour(struct buf *b, unsigned colours, char ground, uint32_t c)
{
	buf_u8(b, (uint8_t)ground);
	if (colours != 0) {
		buf_put(b, "8;5;", 4);
		put_number(b, c);
		return;
	}
	buf_put(b, "8;2;", 4);
	put_number(b, c >> 16);
	buf_u8(b, ';');
	put_number(b, c >> 8 & 0xff);
	buf_u8(b, ';');
	put_number(b, c & 0xff);
}

/* Sets what differs of letter and ground; DIFFER_NONE: any will do. */
static void
put_pen(struct buf *b, const struct differ *d, struct pen *p, uint32_t fg,
    uint32_t bg)
{
	bool f = fg != DIFFER_NONE && fg != p->fg;
	bool g = bg != DIFFER_NONE && bg != p->bg;

	if (!f && !g)
		return;
	buf_put(b, "\033[", 2);
	if (f) {
		put_colour(b, d->colours, '3', fg);
		p->fg = fg;
	}
	if (f && g)
		buf_u8(b, ';');
	if (g) {
		put_colour(b, d->colours, '4', bg);
		p->bg = bg;
	}
	buf_u8(b, 'm');
}

static void
put_move(struct buf *b, struct pen *p, int x, int y)
{
	int right = x - p->x;

	if (p->x >= 0 && p->y == y && right == 0)
		return;
	buf_put(b, "\033[", 2);
	if (p->x >= 0 && p->y == y && right > 0 &&
	    digits((uint32_t)right) <= digits((uint32_t)x + 1)) {
		if (right > 1)
			put_number(b, (uint32_t)right);
		buf_u8(b, 'C');
	} else if (p->x >= 0 && p->y == y) {
		put_number(b, (uint32_t)x + 1);
		buf_u8(b, 'G');
	} else {
		put_number(b, (uint32_t)y + 1);
		buf_u8(b, ';');
		put_number(b, (uint32_t)x + 1);
		buf_u8(b, 'H');
	}
	p->x = x;
	p->y = y;
}

/* The colour to send for a pixel: the pen's own if that is near enough. */
static uint32_t
pick(const struct differ *d, uint32_t have, uint32_t other, uint32_t rgb)
{
	if (close_enough(d, have, rgb))
		return have;
	if (close_enough(d, other, rgb))
		return other;
	return d->colours != 0 ? colour_256(rgb) : rgb;
}

/* One cell, the cheapest of: upper half, lower half, blank, whole. */
static void
put_half(struct buf *b, struct differ *d, struct pen *p, struct half *shown,
    uint32_t up, uint32_t low)
{
	uint32_t u = pick(d, p->fg, p->bg, up), l = pick(d, p->bg, p->fg, low);

	if (u != l && close_enough(d, u, low))
		l = u;
	if (u == l && u == p->fg && u != p->bg) {
		buf_put(b, WHOLE, 3);
	} else if (u == l) {
		put_pen(b, d, p, DIFFER_NONE, u);
		buf_u8(b, ' ');
	} else if ((l == p->fg) + (u == p->bg) > (u == p->fg) + (l == p->bg)) {
		put_pen(b, d, p, l, u);
		buf_put(b, LOWER, 3);
	} else {
		put_pen(b, d, p, u, l);
		buf_put(b, UPPER, 3);
	}
	*shown = (struct half){u, l};
	p->x++;
}

/* Is it cheaper to write the cells again than to jump over them? Only where
 * they need no new colours. */
static bool
fill_gap(struct buf *b, struct pen *p, const struct half *row, int x)
{
	const struct half *h = row + p->x;

	if (p->x < 0 || x - p->x != 1)
		return false;
	if (h->up == h->low && h->up == p->bg)
		buf_u8(b, ' ');
	else if (h->up == p->fg && h->low == p->bg)
		buf_put(b, UPPER, 3);
	else if (h->up == p->bg && h->low == p->fg)
		buf_put(b, LOWER, 3);
	else
		return false;
	p->x = x;
	return true;
}

/* ---- the rectangle ---- */

void
differ_init(struct differ *d, int w, int h, unsigned colours, unsigned slack)
{
	*d = (struct differ){.w = w, .h = h, .colours = colours,
	    .slack = slack};
	d->shown = mem_array((size_t)w * (size_t)h + 1, sizeof(*d->shown));
	differ_forget(d);
}

void
differ_free(struct differ *d)
{
	free(d->shown);
	*d = (struct differ){0};
}

void
differ_forget(struct differ *d)
{
	for (int i = 0; i < d->w * d->h; i++)
		d->shown[i] = (struct half){DIFFER_NONE, DIFFER_NONE};
}

static uint32_t
rgb_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static void
put_row(struct differ *d, struct pen *p, int x0, int y0, int y,
    const uint8_t *cells, struct buf *b)
{
	struct half *row = d->shown + (ptrdiff_t)y * d->w;
	uint32_t up, low;

	p->x = -1;
	for (int x = 0; x < d->w; x++, cells += MEDIA_CELL) {
		up = rgb_at(cells);
		low = rgb_at(cells + 3);
		if (close_enough(d, row[x].up, up) &&
		    close_enough(d, row[x].low, low))
			continue;
		if (p->x != x && !fill_gap(b, p, row, x)) {
			/* the pen counts from the rectangle's edge */
			if (p->x >= 0)
				p->x += x0;
			put_move(b, p, x0 + x, y0 + y);
			p->x -= x0;
		}
		put_half(b, d, p, &row[x], up, low);
	}
}

int
differ_put(struct differ *d, int x, int y, struct bytes cells, size_t budget,
    struct buf *b)
{
	struct pen p = {DIFFER_NONE, DIFFER_NONE, -1, -1};
	size_t from = b->n, row = (size_t)d->w * MEDIA_CELL;
	int i, at;

	assert(cells.n == row * (size_t)d->h);
	for (i = 0; i < d->h; i++) {
		if (budget != 0 && b->n - from >= budget)
			break;
		at = (d->next + i) % d->h;
		put_row(d, &p, x, y, at, cells.p + (size_t)at * row, b);
	}
	d->next = i < d->h ? (d->next + i) % d->h : 0;
	return d->h - i;
}
