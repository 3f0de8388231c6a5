/* SPDX-License-Identifier: ISC */
/*
 * Images for the terminal, as the media helper made them: let through only if
 * every byte is one that this grammar knows. No other sequence can stand in
 * between, nothing that makes a terminal answer, read a file or scroll, and
 * nothing that paints outside of the rectangle. It decides and changes nothing.
 */
#include "pane.h"

#define COLOURS_MAX 1024u
#define NUMBER_MAX 65535u
#define BAND 6                  /* pixels of a row of sixels */

/* What is left; everything reads through these three. */
struct look_at {
	const uint8_t *p, *end;
};

static bool
word(struct look_at *l, const char *s)
{
	size_t n = strlen(s);

	if ((size_t)(l->end - l->p) < n || memcmp(l->p, s, n) != 0)
		return false;
	l->p += n;
	return true;
}

static int
next(struct look_at *l)
{
	return l->p < l->end ? *l->p++ : -1;
}

/* A number as one writes it: digits, no zero in front. */
static bool
number(struct look_at *l, unsigned most, unsigned *v)
{
	const uint8_t *from = l->p;

	*v = 0;
	while (l->p < l->end && *l->p >= '0' && *l->p <= '9') {
		*v = *v * 10 + (unsigned)(*l->p++ - '0');
		if (*v > most)
			return false;
	}
	return l->p > from && (*from != '0' || l->p == from + 1);
}

/* ---- sixel ---- */

struct sixel {
	struct look_at l;
	unsigned w, h;          /* as the raster says */
	unsigned x, top;        /* where the next one is painted */
};

/* #n chooses, #n;2;r;g;b makes a colour; in percent. */
static bool
sixel_colour(struct sixel *s)
{
	unsigned n, v;

	if (!number(&s->l, COLOURS_MAX - 1, &n))
		return false;
	if (!word(&s->l, ";"))
		return true;
	if (!word(&s->l, "2"))
		return false;
	for (int i = 0; i < 3; i++)
		if (!word(&s->l, ";") || !number(&s->l, 100, &v))
			return false;
	return true;
}

static int
sixel_paint(struct sixel *s, unsigned times, int c)
{
	unsigned left = s->top < s->h ? s->h - s->top : 0;

	if (c < '?' || c > '~')
		return ERR_FORMAT;
	s->x += times;
	/* the last row may be of fewer pixels than six */
	return s->x > s->w || (left < BAND && (unsigned)(c - '?') >> left != 0)
	    ? ERR_RANGE : 0;
}

static int
sixel_one(struct sixel *s, int c)
{
	unsigned times;

	switch (c) {
	case '#':
		return sixel_colour(s) ? 0 : ERR_FORMAT;
	case '!':
		if (!number(&s->l, NUMBER_MAX, &times) || times == 0)
			return ERR_FORMAT;
		return sixel_paint(s, times, next(&s->l));
	case '$':
		s->x = 0;
		return 0;
	case '-':
		s->x = 0;
		s->top += BAND;
		/* one after the last is how it ends */
		return s->top >= s->h + BAND ? ERR_RANGE : 0;
	default:
		return sixel_paint(s, 1, c);
	}
}

int
grammar_sixel(struct bytes in, const struct grammar_room *room)
{
	struct sixel s = {.l = {in.p, in.p + in.n}};
	int c, err = 0;

	if (in.n > GRAMMAR_MAX)
		return ERR_BIG;
	if (!word(&s.l, "\033P0;1;0q\"1;1;") ||
	    !number(&s.l, NUMBER_MAX, &s.w) || !word(&s.l, ";") ||
	    !number(&s.l, NUMBER_MAX, &s.h))
		return ERR_FORMAT;
	if (s.w > room->w || s.h > room->h)
		return ERR_RANGE;
	while (err == 0 && (c = next(&s.l)) != '\033')
		err = c < 0 ? ERR_FORMAT : sixel_one(&s, c);
	if (err != 0)
		return err;
	return word(&s.l, "\\") && s.l.p == s.l.end ? 0 : ERR_FORMAT;
}

/* ---- kitty ---- */

#define CHUNK_MAX 4096          /* of base64, as the protocol has it */

/* base64, and how many bytes it stands for. */
static bool
payload(struct look_at *l, size_t *bytes)
{
	const uint8_t *from = l->p;
	size_t n, pad = 0;

	while (l->p < l->end && ((*l->p >= 'A' && *l->p <= 'Z') ||
	    (*l->p >= 'a' && *l->p <= 'z') || (*l->p >= '0' && *l->p <= '9') ||
	    *l->p == '+' || *l->p == '/'))
		l->p++;
	n = (size_t)(l->p - from);
	while (pad < 2 && word(l, "="))
		pad++;
	if (n == 0 || n + pad > CHUNK_MAX || (n + pad) % 4 != 0)
		return false;
	*bytes += (n + pad) / 4 * 3 - pad;
	return true;
}

static bool
kitty_head(struct look_at *l, unsigned v[static 4])
{
	static const char *const key[] = {",s=", ",v=", ",c=", ",r="};

	if (!word(l, "\033_G" GRAMMAR_KITTY))
		return false;
	for (size_t i = 0; i < COUNT(key); i++)
		if (!word(l, key[i]) || !number(l, NUMBER_MAX, &v[i]) ||
		    v[i] == 0)
			return false;
	return word(l, ",m=1\033\\");
}

int
grammar_kitty(struct bytes in, const struct grammar_room *room)
{
	struct look_at l = {in.p, in.p + in.n};
	size_t bytes = 0;
	unsigned v[4];

	if (in.n > GRAMMAR_MAX)
		return ERR_BIG;
	if (!kitty_head(&l, v))
		return ERR_FORMAT;
	if (v[0] > room->w || v[1] > room->h || v[2] > room->columns ||
	    v[3] > room->rows)
		return ERR_RANGE;
	/* each chunk is base64 of its own, as libchafa cuts them */
	while (word(&l, "\033_Gm=1;"))
		if (!payload(&l, &bytes) || !word(&l, "\033\\"))
			return ERR_FORMAT;
	if (!word(&l, "\033_Gm=0\033\\") || l.p != l.end)
		return ERR_FORMAT;
	return bytes == (size_t)v[0] * v[1] * 4 ? 0 : ERR_RANGE;
}
