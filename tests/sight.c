/* SPDX-License-Identifier: ISC */
/* See sight.h: numbers, windows, cells. */
#include <stdlib.h>

#include "reel.h"
#include "sight.h"
#include "xwd.h"

void
sight_free(struct sight *s)
{
	buf_free(&s->px);
	*s = (struct sight){0};
}

/* The mean of the middle of block i of the strip. */
static unsigned
block(const struct sight *s, const double at[4], unsigned i)
{
	double w = at[2] / REEL_BITS, h = at[3] / 9;
	unsigned x0 = (unsigned)(at[0] + w * (i + 0.35)),
	    x1 = (unsigned)(at[0] + w * (i + 0.65)),
	    y0 = (unsigned)(at[1] + h * 0.35),
	    y1 = (unsigned)(at[1] + h * 0.65), sum = 0, n = 0;

	for (unsigned y = y0; y <= y1 && y < s->h; y++)
		for (unsigned x = x0; x <= x1 && x < s->w; x++, n++)
			sum += s->px.p[(size_t)y * s->w + x];
	return n > 0 ? sum / n : 128;
}

int
sight_number(const struct sight *s, unsigned shape_w, unsigned shape_h)
{
	unsigned light[REEL_BITS];
	double at[4] = {0, 0, s->w, s->h};

	if (s->w < REEL_BITS || s->h < 9)
		return -1;
	if ((uint64_t)s->w * shape_h > (uint64_t)s->h * shape_w)
		at[2] = (double)s->h * shape_w / shape_h;
	else
		at[3] = (double)s->w * shape_h / shape_w;
	at[0] = (s->w - at[2]) / 2;
	at[1] = (s->h - at[3]) / 2;
	for (unsigned i = 0; i < REEL_BITS; i++)
		light[i] = block(s, at, i);
	return reel_code(light, 100, 155);
}

static uint8_t
grey(unsigned r, unsigned g, unsigned b)
{
	return (uint8_t)((r * 299 + g * 587 + b * 114) / 1000);
}

/* ---- a window ---- */

int
sight_xwd(struct bytes b, struct sight *s)
{
	struct xwd at;
	const uint8_t *p;
	int err = xwd_get(b, &at);

	if (err == 0 && (at.w > SIGHT_SIDE || at.h > SIGHT_SIDE))
		err = ERR_FORMAT;
	if (err != 0)
		return err;
	s->w = at.w;
	s->h = at.h;
	buf_clear(&s->px);
	for (size_t y = 0; y < s->h; y++)
		for (size_t x = 0; x < s->w; x++) {
			p = at.px + y * at.line + x * 4;
			buf_u8(&s->px, grey(p[2], p[1], p[0]));
		}
	return 0;
}

/* ---- cells of a terminal ---- */

struct cells {
	struct sight *to;
	uint8_t fg, bg;
	unsigned x, y, from, rows, left;
};

static uint8_t
of_256(unsigned n)
{
	static const uint8_t step[] = {0, 95, 135, 175, 215, 255};

	if (n >= 232)
		return (uint8_t)(8 + (n - 232) * 10);
	if (n < 16)
		return n == 15 ? 255 : n == 7 ? 192 : 0;
	n -= 16;
	return grey(step[n / 36], step[n / 6 % 6], step[n % 6]);
}

static void
colours(struct cells *c, const unsigned *v, size_t n)
{
	uint8_t *to, swap;

	for (size_t i = 0; i < n; i++) {
		to = v[i] == 38 ? &c->fg : &c->bg;
		if (v[i] == 0) {
			c->fg = 255;
			c->bg = 0;
		} else if (v[i] == 7) {
			swap = c->fg;
			c->fg = c->bg;
			c->bg = swap;
		} else if ((v[i] == 38 || v[i] == 48) && i + 4 < n &&
		    v[i + 1] == 2) {
			*to = grey(v[i + 2], v[i + 3], v[i + 4]);
			i += 4;
		} else if ((v[i] == 38 || v[i] == 48) && i + 2 < n &&
		    v[i + 1] == 5) {
			*to = of_256(v[i + 2]);
			i += 2;
		} else if (v[i] == 49) {
			c->bg = 0;
		} else if (v[i] == 39) {
			c->fg = 255;
		}
	}
}

/* ESC [ numbers m; where it ends. */
static size_t
attributes(struct cells *c, struct bytes b, size_t at)
{
	unsigned v[24] = {0};
	size_t n = 0;

	for (; at < b.n && b.p[at] != 'm'; at++)
		if (b.p[at] >= '0' && b.p[at] <= '9')
			v[n] = v[n] % 1000 * 10 + (unsigned)(b.p[at] - '0');
		else if (n < COUNT(v) - 1)
			n++;
	colours(c, v, n + 1);
	return at + 1;
}

static void
cell(struct cells *c, uint32_t letter)
{
	uint8_t *p = c->to->px.p;
	size_t at = (size_t)(c->y - c->from) * 2 * c->to->w + c->x - c->left;

	if (c->y >= c->from && c->y < c->from + c->rows && c->x >= c->left &&
	    c->x - c->left < c->to->w) {
		p[at] = letter == 0x2580 || letter == 0x2588 ? c->fg : c->bg;
		p[at + c->to->w] = letter == 0x2584 || letter == 0x2588 ?
		    c->fg : c->bg;
	}
	c->x++;
}

static unsigned
widest(struct bytes b, unsigned from, unsigned to)
{
	unsigned x = 0, y = 0, most = 0;

	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] == '\n') {
			x = 0;
			y++;
		} else if (b.p[i] == 27) {
			while (i < b.n && b.p[i] != 'm')
				i++;
		} else if ((b.p[i] & 0xc0) != 0x80 && y >= from && y < to &&
		    ++x > most) {
			most = x;
		}
	}
	return most;
}

int
sight_cells(struct bytes b, unsigned from, unsigned to, unsigned left,
    struct sight *s)
{
	struct cells c = {.to = s, .fg = 255, .from = from, .rows = to - from,
	    .left = left};
	size_t used;
	uint32_t letter;

	s->w = widest(b, from, to);
	s->h = (to - from) * 2;
	if (to <= from || to > 500 || s->w <= left || s->w > 1000)
		return ERR_FORMAT;
	s->w -= left;
	buf_clear(&s->px);
	buf_zero(&s->px, (size_t)s->w * s->h);
	for (size_t i = 0; i < b.n; i += used) {
		letter = utf8_get((const char *)b.p + i, b.n - i, &used);
		if (used == 0)
			return ERR_FORMAT;
		if (letter == 27 && i + 1 < b.n && b.p[i + 1] == '[') {
			used = attributes(&c, b, i + 2) - i;
		} else if (letter == '\n') {
			c.x = 0;
			c.y++;
		} else if (letter >= ' ') {
			cell(&c, letter);
		}
	}
	return 0;
}
