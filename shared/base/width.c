/* SPDX-License-Identifier: ISC */
/*
 * Columns and clusters: extended grapheme clusters as in UAX 29 (15.0, so
 * without the Indic conjuncts of 15.1), and how many columns each takes. It
 * answers the same on every system, whatever the locale.
 *
 * A code point counts as in glibc's wcwidth, which ncurses and tmux ask:
 * ambiguous is 1. Emoji sequences (joined by ZWJ, with a skin tone, with VS16)
 * are 2 columns, as terminals that know clusters draw them. Others add up the
 * parts: of family, heart + VS16 and thumb + skin tone, tmux 3.3a makes 2, 1
 * and 4, libvterm 0.1 makes 6, 1 and 4. Whoever draws must place the cursor
 * anew after such a cluster.
 */
#include "base.h"

#define WIDTH_VS16 0xfe0fu

struct width_row {
	uint32_t first, last;
	enum width_class class;
};

static const struct width_row width_rows[] = {
#define R(first, last, class) {0x##first, 0x##last, WIDTH_##class},
#include "width_table.def"
#undef R
};

enum width_class
width_class(uint32_t cp)
{
	size_t low = 0, high = COUNT(width_rows), mid;

	if (cp >= 0x20 && cp < 0x7f)
		return WIDTH_NARROW;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (cp > width_rows[mid].last)
			low = mid + 1;
		else if (cp < width_rows[mid].first)
			high = mid;
		else
			return width_rows[mid].class;
	}
	return cp > 0x10ffff ? WIDTH_NONE : WIDTH_NARROW;
}

static int
width_of(enum width_class class)
{
	switch (class) {
	case WIDTH_CTRL:
	case WIDTH_MARK:
	case WIDTH_HIDE:
	case WIDTH_ZWJ:
	case WIDTH_JV:
	case WIDTH_JT:
		return 0;
	case WIDTH_WIDE:
	case WIDTH_TONE:
	case WIDTH_PIC2:
	case WIDTH_JL:
	case WIDTH_SYL:
		return 2;
	case WIDTH_NARROW:
	case WIDTH_NONE:
	case WIDTH_TAIL:
	case WIDTH_SIDE:
	case WIDTH_PRE:
	case WIDTH_PIC0:
	case WIDTH_PIC1:
	case WIDTH_FLAG:
		break;
	}
	return 1;
}

int
width_cp(uint32_t cp)
{
	return width_of(width_class(cp));
}

bool
width_shown(uint32_t cp)
{
	switch (width_class(cp)) {
	case WIDTH_CTRL:
	case WIDTH_NONE:
	case WIDTH_PIC0:
		return false;
	case WIDTH_HIDE:
		return cp == 0x200c || cp == 0xfe0e || cp == WIDTH_VS16;
	default:
		return cp != 0x115f && cp != 0x1160; /* Hangul fillers */
	}
}

static bool
width_pict(enum width_class c)
{
	return c == WIDTH_PIC0 || c == WIDTH_PIC1 || c == WIDTH_PIC2;
}

static bool
width_extends(enum width_class c)
{
	return c == WIDTH_MARK || c == WIDTH_TAIL || c == WIDTH_TONE ||
	       c == WIDTH_HIDE;
}

/* LV and LVT are one class: every 28th syllable has no trailing consonant. */
static bool
width_lv(uint32_t cp)
{
	return (cp - 0xac00) % 28 == 0;
}

static bool
width_hangul(const struct width_walk *w, enum width_class c)
{
	switch (w->class) {
	case WIDTH_JL:
		return c == WIDTH_JL || c == WIDTH_JV || c == WIDTH_SYL;
	case WIDTH_JV:
		return c == WIDTH_JV || c == WIDTH_JT;
	case WIDTH_JT:
		return c == WIDTH_JT;
	case WIDTH_SYL:
		return c == WIDTH_JT || (c == WIDTH_JV && w->lv);
	default:
		return false;
	}
}

/*
 * A mark with a column of its own that would be the third of its cluster opens
 * one: Bengali vowel + anusvara is common, and no cluster may have more than
 * two columns. UAX 29 allows such tailoring.
 */
static bool
width_third(const struct width_walk *w, enum width_class c)
{
	return (c == WIDTH_SIDE || c == WIDTH_TAIL) && w->cols == 2 && !w->wide;
}

/* The rules GB3 to GB999, in their order. */
static bool
width_joins(const struct width_walk *w, uint32_t cp, enum width_class c)
{
	if (!w->open)
		return false;
	if (w->class == WIDTH_CTRL || c == WIDTH_CTRL)
		return w->prev == '\r' && cp == '\n';
	if (width_hangul(w, c))
		return true;
	if (width_extends(c) || c == WIDTH_ZWJ || c == WIDTH_SIDE)
		return !width_third(w, c);
	if (w->class == WIDTH_PRE)
		return true;
	if (w->class == WIDTH_ZWJ && w->joined && width_pict(c))
		return true;
	return w->class == WIDTH_FLAG && c == WIDTH_FLAG && w->odd;
}

static bool
width_keycap(uint32_t cp)
{
	return (cp >= '0' && cp <= '9') || cp == '#' || cp == '*';
}

static void
width_count(struct width_walk *w, uint32_t cp, enum width_class c)
{
	int cols = w->cols + width_of(c);

	if (cp == WIDTH_VS16 &&
	    (width_pict((enum width_class)w->class) || width_keycap(w->prev)))
		cols = 2;
	w->cols = (uint8_t)(cols > 2 ? 2 : cols);
	w->wide = w->wide || width_of(c) == 2;
}

bool
width_step(struct width_walk *w, uint32_t cp)
{
	enum width_class c = width_class(cp);
	bool opens = !width_joins(w, cp, c);

	if (opens)
		*w = (struct width_walk){.open = true};
	width_count(w, cp, c);
	/* GB11: pictographic, extenders, ZWJ, pictographic */
	w->joined = c == WIDTH_ZWJ && w->pict;
	if (width_pict(c))
		w->pict = true;
	else if (!width_extends(c))
		w->pict = false;
	w->odd = c == WIDTH_FLAG && !w->odd;
	w->lv = c == WIDTH_SYL && width_lv(cp);
	w->prev = cp;
	w->class = (uint8_t)c;
	return opens;
}

size_t
width_cluster(const char *s, size_t n, int *cols)
{
	struct width_walk w = {0};
	size_t at = 0, used;
	uint32_t cp;

	*cols = 0;
	while (at < n) {
		cp = utf8_get(s + at, n - at, &used);
		if (width_step(&w, cp) && at > 0)
			break;
		*cols = w.cols;
		at += used;
	}
	return at;
}

size_t
width_fit(const char *s, size_t n, size_t cols)
{
	size_t at = 0, used;
	int more;

	while (at < n) {
		used = width_cluster(s + at, n - at, &more);
		if ((size_t)more > cols)
			break;
		cols -= (size_t)more;
		at += used;
	}
	return at;
}

size_t
width_text(const char *s, size_t n)
{
	size_t sum = 0, used;
	int cols;

	for (; n > 0; s += used, n -= used) {
		used = width_cluster(s, n, &cols);
		sum += (size_t)cols;
	}
	return sum;
}
