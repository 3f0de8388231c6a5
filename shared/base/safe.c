/* SPDX-License-Identifier: ISC */
/*
 * Text from others, made fit for a terminal. Everything that could drive the
 * terminal, hide, or reach over its own cells becomes U+FFFD, one mark for one
 * code point (one for a run of tags): the reader sees that something was there.
 * Letters of all scripts stay in the order they came in; what a joiner, a
 * selector or a mark may attach to is decided here, so that each cluster of the
 * result takes as many columns as width.c says.
 */
#include <stdlib.h>

#include "base.h"

#define SAFE_BASE 0x25ccu   /* dotted circle: carries a mark without a letter */
#define SAFE_CLUSTER 39	    /* bytes: what a cell of the grid holds */
#define SAFE_NAME_COLS 64
#define SAFE_NO_NAME "(no name)"
#define SAFE_CUT "\xe2\x80\xa6" /* an ellipsis */
#define SAFE_ZWNJ 0x200cu
#define SAFE_ZWJ 0x200du
#define SAFE_VS15 0xfe0eu
#define SAFE_VS16 0xfe0fu

struct safe_maker {
	enum safe_kind kind;
	struct buf out;
	struct width_walk walk;
	uint32_t last; /* the code point written last, 0 at the start */
	unsigned marks;
	size_t from;  /* where the open cluster begins in out */
	bool tags;    /* in a run of tags */
	bool letters; /* something was written since the start of the line */
};

static bool
safe_pict(uint32_t cp)
{
	enum width_class c = width_class(cp);

	return c == WIDTH_PIC1 || c == WIDTH_PIC2;
}

static bool
safe_skin(uint32_t cp)
{
	return cp >= 0x1f3fb && cp <= 0x1f3ff;
}

static bool
safe_space(uint32_t cp)
{
	return cp == ' ' || cp == 0xa0 || cp == 0x1680 ||
	       (cp >= 0x2000 && cp <= 0x200a) || cp == 0x202f ||
	       cp == 0x205f || cp == 0x3000;
}

static bool
safe_letter(uint32_t cp)
{
	return width_class(cp) == WIDTH_NARROW && !safe_space(cp);
}

/* Arabic and Syriac letters, which ZWNJ keeps from joining. */
static bool
safe_cursive(uint32_t cp)
{
	return (cp >= 0x620 && cp <= 0x6d5) || (cp >= 0x6ee && cp <= 0x74f) ||
	       (cp >= 0x750 && cp <= 0x77f) || (cp >= 0x8a0 && cp <= 0x8c9);
}

/* Devanagari to Sinhala; all but the last have it at the same place. */
static bool
safe_virama(uint32_t cp)
{
	return (cp >= 0x900 && cp < 0xd80 && (cp & 0x7f) == 0x4d) ||
	       cp == 0xdca;
}

/*
 * RFC 5892, appendix A, in short: a joiner stands after a virama, ZWNJ also
 * between cursive letters. In names never: two of them must not differ by what
 * nobody sees. Elsewhere ZWJ glues pictographs only.
 */
static bool
safe_joiner(const struct safe_maker *m, uint32_t cp, uint32_t next)
{
	size_t room = SAFE_CLUSTER - (m->out.n - m->from);

	if (cp == SAFE_ZWJ && m->walk.pict && safe_pict(next))
		return room >= 3 + 4;
	if (m->kind == SAFE_NAME || !safe_letter(next))
		return false;
	if (safe_virama(m->last) && next >> 7 == m->last >> 7)
		return room >= 3;
	return cp == SAFE_ZWNJ && safe_cursive(m->last) && safe_cursive(next);
}

static bool
safe_selector(const struct safe_maker *m)
{
	uint32_t cp = m->last;
	bool keycap = (cp >= '0' && cp <= '9') || cp == '#' || cp == '*';

	if (SAFE_CLUSTER - (m->out.n - m->from) < 3)
		return false;
	return safe_pict(cp) || (keycap && m->walk.class == WIDTH_NARROW &&
				    m->out.n - m->from == 1);
}

/* A tone mark: a skin tone alone or on a pictograph. Those of Hangul would make
 * a cluster of four columns. */
static bool
safe_tone(const struct safe_maker *m, uint32_t cp)
{
	if (!safe_skin(cp))
		return false;
	return !m->letters || safe_pict(m->last) ||
	       (m->last == SAFE_VS16 && m->walk.pict);
}

/* What one code point becomes where it stands; `next` is 0 at the end. */
static uint32_t
safe_map(const struct safe_maker *m, uint32_t cp, uint32_t next)
{
	enum width_class c = width_class(cp);

	if (cp == '\n')
		return m->kind == SAFE_TEXT ? '\n' : ' ';
	if (cp == '\t' || safe_space(cp))
		return ' ';
	if (!defence(safe))
		return cp;
	if (!width_shown(cp) || (m->kind == SAFE_NAME && cp == 0x2800))
		return UTF8_BAD; /* U+2800: braille without a dot */
	if (c == WIDTH_ZWJ || cp == SAFE_ZWNJ)
		return safe_joiner(m, cp, next) ? cp : UTF8_BAD;
	if (cp == SAFE_VS15 || cp == SAFE_VS16)
		return safe_selector(m) ? cp : UTF8_BAD;
	if (c == WIDTH_TONE)
		return safe_tone(m, cp) ? cp : UTF8_BAD;
	if (c == WIDTH_PRE && !safe_letter(next))
		return UTF8_BAD;
	return cp;
}

static bool
safe_is_mark(enum width_class c)
{
	return c == WIDTH_MARK || c == WIDTH_TAIL || c == WIDTH_SIDE;
}

static void
safe_write(struct safe_maker *m, const struct width_walk *w, uint32_t cp,
    bool opens)
{
	char s[4];

	if (opens) {
		m->from = m->out.n;
		m->marks = 0;
	}
	buf_put(&m->out, s, utf8_put(s, cp));
	m->walk = *w;
	m->last = cp;
	m->letters = cp != '\n';
}

static void
safe_open(struct safe_maker *m, uint32_t cp)
{
	struct width_walk w = m->walk;
	bool opens = width_step(&w, cp);

	safe_write(m, &w, cp, opens);
}

/* A mark without a letter, or with one that leaves no column for it. */
static void
safe_carry(struct safe_maker *m, uint32_t mark)
{
	safe_open(m, SAFE_BASE);
	safe_open(m, mark);
	m->marks = 1;
}

/* Marks, jamo and the second half of a flag or an emoji. */
static void
safe_join(struct safe_maker *m, const struct width_walk *w, uint32_t cp)
{
	enum width_class c = width_class(cp);
	char s[4];

	if (c == WIDTH_JL || c == WIDTH_SYL) {
		safe_open(m, UTF8_BAD); /* two columns, and so had the first */
		return;
	}
	if ((c == WIDTH_SIDE || c == WIDTH_TAIL) && m->walk.wide) {
		safe_carry(m, cp);
		return;
	}
	if (safe_is_mark(c) || c == WIDTH_JV || c == WIDTH_JT)
		if (++m->marks > SAFE_MARKS)
			return;
	if (m->out.n - m->from + utf8_put(s, cp) > SAFE_CLUSTER)
		return;
	safe_write(m, w, cp, false);
}

static void
safe_put(struct safe_maker *m, uint32_t cp)
{
	enum width_class c = width_class(cp);
	struct width_walk w = m->walk;
	bool opens = width_step(&w, cp);

	if (!opens) {
		safe_join(m, &w, cp);
	} else if (c == WIDTH_JV || c == WIDTH_JT) {
		safe_open(m, UTF8_BAD); /* it would join the cell before */
	} else if (safe_is_mark(c) && !m->letters) {
		safe_carry(m, cp);
	} else {
		safe_write(m, &w, cp, true);
	}
}

static bool
safe_tag(uint32_t cp)
{
	return cp >= 0xe0000 && cp <= 0xe007f;
}

static void
safe_take(struct safe_maker *m, uint32_t cp, uint32_t next)
{
	if (safe_tag(cp) && m->tags)
		return;
	m->tags = safe_tag(cp);
	if (cp == '\r' && next == '\n')
		return; /* the other half of a line's end elsewhere */
	cp = safe_map(m, cp, next);
	if (cp == ' ' && m->kind == SAFE_NAME && (m->last == ' ' || !m->last))
		return;
	safe_put(m, cp);
}

/* Trims what is left at the end and cuts what is too long, visibly. */
static void
safe_name(struct buf *b)
{
	const char *s = (const char *)b->p;

	if (b->n > 0 && b->p[b->n - 1] == ' ')
		b->n--;
	if (b->n > 0 && width_text(s, b->n) > SAFE_NAME_COLS) {
		b->n = width_fit(s, b->n, SAFE_NAME_COLS - 1);
		if (b->n > 0 && b->p[b->n - 1] == ' ')
			b->n--;
		buf_string(b, SAFE_CUT);
	}
	if (b->n == 0)
		buf_string(b, SAFE_NO_NAME);
}

static struct safe
safe_finish(struct safe_maker *m)
{
	struct safe out;

	if (m->kind == SAFE_NAME)
		safe_name(&m->out);
	out.n = m->out.n;
	buf_u8(&m->out, 0);
	out.s = (char *)m->out.p;
	return out;
}

static bool
safe_ascii(uint32_t cp)
{
	return cp >= ' ' && cp <= '~';
}

/* Most text is ASCII: a run of it after such a letter is taken as it is, but
 * for the last, which a mark may follow. Returns how much it took. */
static size_t
safe_run(struct safe_maker *m, const char *s, size_t n)
{
	size_t k = 0;

	if (m->kind == SAFE_NAME || !safe_ascii(m->last))
		return 0;
	while (k < n && safe_ascii((uint8_t)s[k]))
		k++;
	if (k < 2)
		return 0;
	k--;
	buf_put(&m->out, s, k);
	m->last = (uint8_t)s[k - 1];
	m->walk = (struct width_walk){.open = true, .cols = 1, .prev = m->last};
	m->from = m->out.n - 1;
	m->marks = 0;
	m->tags = false;
	return k;
}

struct safe
safe_make(enum safe_kind kind, const void *p, size_t n)
{
	struct safe_maker m = {.kind = kind, .out.secret = true};
	const char *s = p;
	size_t used, more;
	uint32_t cp, next;

	while (n > 0) {
		used = safe_run(&m, s, n);
		s += used;
		n -= used;
		cp = utf8_get(s, n, &used);
		s += used;
		n -= used;
		next = n > 0 ? utf8_get(s, n, &more) : 0;
		safe_take(&m, cp, next);
	}
	return safe_finish(&m);
}

struct safe
safe_of(const char *ours)
{
	return safe_make(SAFE_TEXT, ours, strlen(ours));
}

struct safe
safe_copy(const struct safe *from)
{
	return (struct safe){mem_copy(from->s, from->n + 1), from->n};
}

void
safe_free(struct safe *t)
{
	if (t->s)
		mem_wipe(t->s, t->n);
	free(t->s);
	*t = (struct safe){0};
}
