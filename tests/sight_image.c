/* SPDX-License-Identifier: ISC */
/* See sight.h: images in the bytes of a terminal. */
#include <stdlib.h>

#include "sight.h"

#define COLOURS 1024

static uint8_t
grey(unsigned r, unsigned g, unsigned b)
{
	return (uint8_t)((r * 299 + g * 587 + b * 114) / 1000);
}

/* ---- sixel ---- */

struct sixels {
	const uint8_t *p, *end;
	struct sight *to;
	uint8_t colour[COLOURS];
	uint8_t now;
	unsigned x, y;
};

static unsigned
number(struct sixels *s)
{
	unsigned v = 0;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		v = v % 1000000 * 10 + (unsigned)(*s->p++ - '0');
	return v;
}

/* a;b;c; so many, at most */
static size_t
numbers(struct sixels *s, unsigned *v, size_t most)
{
	size_t n = 0;

	while (n < most) {
		v[n++] = number(s);
		if (s->p == s->end || *s->p != ';')
			break;
		s->p++;
	}
	return n;
}

static int
raster(struct sixels *s)
{
	unsigned v[4] = {0};

	if (numbers(s, v, 4) != 4 || v[2] == 0 || v[3] == 0 ||
	    v[2] > SIGHT_SIDE || v[3] > SIGHT_SIDE || s->to->w != 0)
		return ERR_FORMAT;
	s->to->w = v[2];
	s->to->h = v[3];
	buf_zero(&s->to->px, (size_t)v[2] * v[3]);
	return 0;
}

static int
colour(struct sixels *s)
{
	unsigned v[5] = {0};
	size_t n = numbers(s, v, 5);

	if (v[0] >= COLOURS || (n != 1 && (n != 5 || v[1] != 2 ||
	    v[2] > 100 || v[3] > 100 || v[4] > 100)))
		return ERR_FORMAT;
	if (n == 5)
		s->colour[v[0]] = grey(v[2] * 255 / 100, v[3] * 255 / 100,
		    v[4] * 255 / 100);
	s->now = s->colour[v[0]];
	return 0;
}

static int
paint(struct sixels *s, unsigned bits, unsigned times)
{
	unsigned y;

	for (; times > 0; times--, s->x++)
		for (unsigned i = 0; i < 6; i++) {
			y = s->y + i;
			if (!(bits >> i & 1))
				continue;
			if (s->x >= s->to->w || y >= s->to->h)
				return ERR_FORMAT;
			s->to->px.p[(size_t)y * s->to->w + s->x] = s->now;
		}
	return 0;
}

static int
sixel_step(struct sixels *s)
{
	uint8_t c = *s->p++;
	unsigned times = 1;

	if (c == '"')
		return raster(s);
	if (s->to->w == 0)
		return ERR_FORMAT;
	if (c == '#')
		return colour(s);
	if (c == '$' || c == '-') {
		s->x = 0;
		s->y += c == '-' ? 6 : 0;
		return 0;
	}
	if (c == '!') {
		times = number(s);
		c = s->p < s->end ? *s->p++ : 0;
	}
	return c >= '?' && c <= '~' && times <= SIGHT_SIDE ?
	    paint(s, c - (unsigned)'?', times) : ERR_FORMAT;
}

int
sight_sixel(struct bytes b, struct sight *to)
{
	const uint8_t *q = b.n > 0 ? memchr(b.p, 'q', b.n) : NULL;
	struct sixels s = {.p = q != NULL ? q + 1 : NULL, .end = b.p + b.n,
	    .to = to};
	int err = q != NULL ? 0 : ERR_FORMAT;

	buf_clear(&to->px);
	to->w = to->h = 0;
	while (err == 0 && s.p < s.end)
		err = sixel_step(&s);
	return err != 0 || to->w == 0 ? ERR_FORMAT : 0;
}

/* ---- kitty ---- */

/* The value of a key in "k=1,k=2;"; what, if it does not stand there. */
static unsigned
key(struct bytes part, char name, unsigned what)
{
	for (size_t i = 0; i + 2 < part.n && part.p[i] != ';'; i++)
		if (part.p[i] == name && part.p[i + 1] == '=' &&
		    (i == 0 || part.p[i - 1] == ','))
			return (unsigned)strtoul((const char *)part.p + i + 2,
			    NULL, 10);
	return what;
}

static int
value(uint8_t c)
{
	static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != 0 ? strchr(all, c) : NULL;

	return at != NULL ? (int)(at - all) : -1;
}

static int
base64(struct bytes b, struct buf *to)
{
	uint32_t word = 0;
	unsigned bits = 0;

	for (size_t i = 0; i < b.n && b.p[i] != '='; i++) {
		int v = value(b.p[i]);

		if (v < 0)
			return ERR_FORMAT;
		word = (word << 6 | (uint32_t)v) & 0xffffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			buf_u8(to, (uint8_t)(word >> bits));
		}
	}
	return 0;
}

static int
kitty_whole(struct sight_kitty *k, struct sight *to)
{
	size_t bytes = k->deep / 8, n = (size_t)k->w * k->h;
	const uint8_t *px = k->raw.p;
	bool good = (bytes == 3 || bytes == 4) && k->w <= SIGHT_SIDE &&
	    k->h <= SIGHT_SIDE && n > 0 && k->raw.n == n * bytes;

	buf_clear(&to->px);
	for (size_t i = 0; good && i < n; i++, px += bytes)
		buf_u8(&to->px, grey(px[0], px[1], px[2]));
	to->w = k->w;
	to->h = k->h;
	buf_clear(&k->raw);
	k->deep = 0;
	return good ? 0 : ERR_FORMAT;
}

int
sight_kitty(struct sight_kitty *k, struct bytes part, struct sight *to)
{
	const uint8_t *from = part.n > 0 ? memchr(part.p, ';', part.n) : NULL;

	if (k->deep == 0) {
		k->w = key(part, 's', 0);
		k->h = key(part, 'v', 0);
		k->deep = k->w > 0 ? key(part, 'f', 32) : 0;
	}
	if (k->deep == 0)
		return ERR_FORMAT;      /* an order without a picture */
	/* each is base64 of its own */
	if (from != NULL && base64(bytes_of(from + 1,
	    (size_t)(part.p + part.n - from - 1)), &k->raw) != 0)
		return ERR_FORMAT;
	return key(part, 'm', 0) == 1 ? ERR_SHORT : kitty_whole(k, to);
}
