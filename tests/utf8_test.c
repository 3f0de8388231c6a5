/* SPDX-License-Identifier: ISC */
/*
 * UTF-8: every code point there and back, every ill-formed form of Unicode 3.9
 * in its number of replacements, and agreement with a slow second opinion on
 * random bytes.
 */
#include <stdlib.h>
#include <wchar.h>

#include "base.h"
#include "tap.h"

static void
test_all(void)
{
	uint32_t cp;
	size_t n, used;
	bool good = true;
	char s[4];

	for (cp = 0; cp <= 0x10ffff; cp++) {
		if (cp == 0xd800)
			cp = 0xe000;
		n = utf8_put(s, cp);
		good = good && utf8_get(s, n, &used) == cp && used == n &&
		       utf8_valid(s, n);
		for (; n > 1; n--)
			good = good && utf8_get(s, n - 1, &used) == UTF8_BAD &&
			       used == n - 1 && !utf8_valid(s, n - 1);
	}
	ok(good, "every code point there and back, and every truncation");
}

/* Each byte sequence and how many replacements it makes. */
static void
test_bad(void)
{
	static const struct {
		const char *s;
		unsigned bad, good;
	} row[] = {
		{"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", 8, 1}, /* table 3-9 */
		{"\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", 8, 1}, /* table 3-10 */
		{"\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", 7, 2}, /* table 3-11 */
		{"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", 4, 1}, /* table 3-12 */
		{"\x80", 1, 0},
		{"\xc3", 1, 0},
		{"\xc3\x28", 1, 1},
		{"\xf8\x88\x80\x80\x80", 5, 0},
		{"\xfe\xff", 2, 0},
		{"\xc1\xbf", 2, 0},
		{"\xe0\x9f\xbf", 3, 0},
		{"\xf0\x8f\xbf\xbf", 4, 0},
		{"\xf4\x90\x80\x80", 4, 0},
		{"\xf4\x8f\xbf\xbf", 0, 1},
	};
	size_t i, n, used;

	for (i = 0; i < COUNT(row); i++) {
		unsigned bad = 0, good = 0;
		const char *s = row[i].s;

		for (n = strlen(s); n > 0; s += used, n -= used)
			if (utf8_get(s, n, &used) == UTF8_BAD)
				bad++;
			else
				good++;
		ok(bad == row[i].bad && good == row[i].good,
		    "row %zu: %u replacements, %u letters", i, bad, good);
		is_int(utf8_valid(row[i].s, strlen(row[i].s)), bad == 0,
		    "and it is %svalid", bad ? "not " : "");
	}
	ok(utf8_valid("\xef\xbf\xbd", 3), "U+FFFD itself is valid");
	ok(utf8_valid("", 0), "so is nothing");
	ok(utf8_valid("a\0b", 3), "a NUL is a code point");
}

/* Valid or not by decoding to a number and encoding it again. */
static bool
slow_valid(const uint8_t *p, size_t n)
{
	size_t i, len;
	uint32_t cp;
	char s[4];

	for (; n > 0; p += len, n -= len) {
		len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
		if (len > n || (p[0] >= 0x80 && p[0] < 0xc0) || p[0] >= 0xf8)
			return false;
		cp = len == 1 ? p[0] : p[0] & (0x7fu >> len);
		for (i = 1; i < len; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return false;
			cp = cp << 6 | (p[i] & 0x3f);
		}
		if (cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000) ||
		    utf8_put(s, cp) != len || memcmp(s, p, len) != 0)
			return false;
	}
	return true;
}

static void
test_random(void)
{
	static const uint8_t edge[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
				       0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0,
				       0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1,
				       0xf3, 0xf4, 0xf5, 0xf8, 0xff};
	struct rng_seeded g;
	struct rng r = rng_seed(&g, 8);
	uint8_t *p;
	bool same = true;
	unsigned valid = 0;
	size_t n, i;
	int turn;

	for (turn = 0; turn < 200000; turn++) {
		n = 1 + rng_below(&r, 5);
		p = mem_alloc(n);
		for (i = 0; i < n; i++)
			p[i] = edge[rng_below(&r, COUNT(edge))];
		same = same &&
		       utf8_valid((char *)p, n) == slow_valid(p, n);
		valid += slow_valid(p, n);
		free(p);
	}
	ok(same, "200000 strings of edge bytes as the second opinion has it");
	ok(valid > 1000, "of which %u are valid", valid);
}

int
main(void)
{
	test_all();
	test_bad();
	test_random();
	return done();
}
