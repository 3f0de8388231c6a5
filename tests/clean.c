/* SPDX-License-Identifier: ISC */
/*
 * The judge of clean.h. It knows lists and nothing of how safe.c works; only
 * the split into clusters is width.c's, which has its own vectors.
 */
#include <wchar.h>

#include "base.h"
#include "clean.h"

static const struct {
	uint32_t first, last;
	const char *why;
} clean_never[] = {
	{0x00, 0x09, "a C0 control"},
	{0x0b, 0x1f, "a C0 control"},
	{0x7f, 0x7f, "DEL"},
	{0x80, 0x9f, "a C1 control"},
	{0xa0, 0xa0, "a space that is not a space"},
	{0xad, 0xad, "a soft hyphen"},
	{0x34f, 0x34f, "a grapheme joiner"},
	{0x61c, 0x61c, "a bidi control"},
	{0x115f, 0x1160, "a Hangul filler"},
	{0x17b4, 0x17b5, "an invisible vowel"},
	{0x180b, 0x180f, "a Mongolian selector"},
	{0x2000, 0x200b, "a space that is not a space"},
	{0x200e, 0x200f, "a bidi control"},
	{0x2028, 0x2029, "a line separator"},
	{0x202a, 0x202e, "a bidi control"},
	{0x2060, 0x2065, "an invisible operator"},
	{0x2066, 0x2069, "a bidi control"},
	{0x206a, 0x206f, "a deprecated format control"},
	{0x3164, 0x3164, "a Hangul filler"},
	{0xd800, 0xdfff, "a surrogate"},
	{0xe000, 0xf8ff, "private use"},
	{0xfdd0, 0xfdef, "a noncharacter"},
	{0xfe00, 0xfe0d, "a variation selector"},
	{0xfeff, 0xfeff, "a byte order mark"},
	{0xffa0, 0xffa0, "a Hangul filler"},
	{0xfff9, 0xfffb, "an annotation control"},
	{0xfffe, 0xffff, "a noncharacter"},
	{0x1bca0, 0x1bca3, "a shorthand control"},
	{0x1d173, 0x1d17a, "a musical control"},
	{0x1fffe, 0x1ffff, "a noncharacter"},
	{0xe0000, 0xe0fff, "a tag or a selector"},
	{0xf0000, 0x10ffff, "private use"},
};

static const char *
clean_cp(enum safe_kind kind, uint32_t cp)
{
	size_t i;

	for (i = 0; i < COUNT(clean_never); i++)
		if (cp >= clean_never[i].first && cp <= clean_never[i].last)
			return clean_never[i].why;
	if (cp == '\n' && kind != SAFE_TEXT)
		return "a newline";
	if (kind == SAFE_NAME && cp == 0x200c)
		return "a joiner in a name";
	return NULL;
}

/* A joiner or selector after or before ASCII letters has no business there. */
static const char *
clean_neighbours(uint32_t before, uint32_t cp, uint32_t after)
{
	if (cp == 0x200c && (before < 0x620 || after < 0x620))
		return "a ZWNJ between letters that do not join";
	if (cp == 0x200d && (before < 0xa9 || after < 0xa9))
		return "a ZWJ that joins nothing";
	if ((cp == 0xfe0e || cp == 0xfe0f) && before != '#' &&
	    before != '*' && !(before >= '0' && before <= '9') &&
	    before < 0xa9)
		return "a selector that selects nothing";
	return NULL;
}

static const char *
clean_text(enum safe_kind kind, const char *s, size_t n)
{
	uint32_t before = 0, cp = 0, after = 0;
	const char *why = NULL;
	size_t used = 0, at;

	for (at = 0; at <= n && !why; at += used) {
		before = cp;
		cp = after;
		used = 1;
		after = at < n ? utf8_get(s + at, n - at, &used) : 0;
		if (at > 0)
			why = clean_cp(kind, cp);
		if (at > 0 && !why)
			why = clean_neighbours(before, cp, after);
	}
	return why;
}

static const char *
clean_cluster(const char *s, size_t n)
{
	size_t at, used;
	unsigned marks = 0;

	if (n >= sizeof ((struct cell *)0)->s)
		return "a cluster too long for a cell";
	for (at = 0; at < n; at += used)
		marks += width_class(utf8_get(s + at, n - at, &used)) ==
			 WIDTH_MARK;
	return marks > SAFE_MARKS ? "too many marks on one letter" : NULL;
}

const char *
clean_why(enum safe_kind kind, const char *s, size_t n)
{
	const char *why;
	size_t at, used;
	int cols;

	if (!utf8_valid(s, n))
		return "ill-formed UTF-8";
	why = clean_text(kind, s, n);
	for (at = 0; at < n && !why; at += used) {
		used = width_cluster(s + at, n - at, &cols);
		if (cols == 0 && s[at] != '\n')
			why = "a cluster without a column";
		else
			why = clean_cluster(s + at, used);
	}
	if (!why && kind == SAFE_NAME && width_text(s, n) > 64)
		why = "a name of more than 64 columns";
	if (!why && kind == SAFE_NAME &&
	    (n == 0 || s[0] == ' ' || s[n - 1] == ' ' || memmem(s, n, "  ", 2)))
		why = "a name with blanks at an edge, or two in a row";
	return why;
}

int
clean_columns(const char *s, size_t n)
{
	int sum = 0, w;
	size_t used;
	uint32_t cp;

	for (; n > 0; s += used, n -= used) {
		cp = utf8_get(s, n, &used);
		if (cp == 0x200d || cp == 0xfe0f || cp == '\n' ||
		    (cp >= 0x1f3fb && cp <= 0x1f3ff))
			return -1;
		w = wcwidth((wchar_t)cp);
		if (w < 0)
			return -1;
		sum += w;
	}
	return sum;
}
