/* SPDX-License-Identifier: ISC */
/*
 * UTF-8, strictly: no overlong forms, no surrogates, nothing over U+10FFFF.
 * Ill-formed bytes become U+FFFD, one per maximal subpart (Unicode 3.9, table
 * 3-8), so that everybody who decodes the same bytes sees the same text.
 */
#include "base.h"

/* Table 3-7: the lead byte gives the length and the range of the second byte;
 * all later ones are 80..bf. */
static size_t
utf8_lead(uint8_t c, uint8_t *low, uint8_t *high)
{
	*low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	*high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	if (c >= 0xf0 && c <= 0xf4)
		return 4;
	return 0;
}

uint32_t
utf8_get(const char *s, size_t n, size_t *used)
{
	const uint8_t *p = (const uint8_t *)s;
	uint8_t low, high;
	uint32_t cp;
	size_t need, i;

	assert(n >= 1);
	*used = 1;
	need = utf8_lead(p[0], &low, &high);
	if (need == 1)
		return p[0];
	if (need == 0)
		return UTF8_BAD;
	cp = p[0] & (0xffu >> (need + 1));
	for (i = 1; i < need; i++) {
		if (i >= n || p[i] < low || p[i] > high)
			return UTF8_BAD;
		cp = cp << 6 | (p[i] & 0x3f);
		*used = i + 1;
		low = 0x80;
		high = 0xbf;
	}
	return cp;
}

size_t
utf8_put(char dst[static 4], uint32_t cp)
{
	assert(cp <= 0x10ffff && (cp < 0xd800 || cp > 0xdfff));
	if (cp < 0x80) {
		dst[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		dst[0] = (char)(0xc0 | cp >> 6);
		dst[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		dst[0] = (char)(0xe0 | cp >> 12);
		dst[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		dst[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	dst[0] = (char)(0xf0 | cp >> 18);
	dst[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	dst[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	dst[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

bool
utf8_valid(const char *s, size_t n)
{
	static const char bad[] = "\xef\xbf\xbd";
	size_t used;

	for (; n > 0; s += used, n -= used)
		if (utf8_get(s, n, &used) == UTF8_BAD &&
		    (used != 3 || memcmp(s, bad, 3) != 0))
			return false;
	return true;
}
