/* SPDX-License-Identifier: ISC */
/*
 * Text from strangers: each rule by a case, then all hostile strings, all
 * naughty strings and random rubbish before an independent judge (clean.c), and
 * before the C library's idea of columns.
 */
#include <locale.h>
#include <stdlib.h>

#include "base.h"
#include "clean.h"
#include "tap.h"
#include "vec.h"

#define BAD "\ufffd"
#define E8 "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301"
#define NINE E8 "\u0301"
#define X16 "xxxxxxxxxxxxxxxx"
#define X63 X16 X16 X16 "xxxxxxxxxxxxxxx"
#define ENGLAND "\U0001f3f4\U000e0067\U000e0062\U000e007f"

struct row {
	enum safe_kind kind;
	const char *in, *want, *what;
};

static const struct row rows[] = {
	{SAFE_LINE, "plain", "plain", "plain text"},
	{SAFE_LINE, "", "", "nothing"},
	{SAFE_LINE, "a\nb\tc", "a b c", "newline and tab in a line"},
	{SAFE_TEXT, "a\nb\tc", "a\nb c", "in a text"},
	{SAFE_TEXT, "a\r\nb\rc", "a\nb" BAD "c", "carriage returns"},
	{SAFE_LINE, "a\x1b[2Jb", "a" BAD "[2Jb", "an escape sequence"},
	{SAFE_LINE, "a\xc2\x9b" "2Jb", "a" BAD "2Jb", "C1 in UTF-8"},
	{SAFE_LINE, "a\x9b" "2Jb", "a" BAD "2Jb", "C1 raw"},
	{SAFE_LINE, "a\x7f\x08", "a" BAD BAD, "DEL and BS"},
	{SAFE_LINE, "\u202egpj.exe", BAD "gpj.exe", "an override"},
	{SAFE_LINE, "\u05d0\u05d1\u05d2: hi", "\u05d0\u05d1\u05d2: hi",
	    "right-to-left letters stay"},
	{SAFE_LINE, "al\u200bice\ufeff", "al" BAD "ice" BAD, "zero width"},
	{SAFE_LINE, "al\u200cice\u200d", "al" BAD "ice" BAD,
	    "joiners between Latin letters"},
	{SAFE_TEXT, "\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e",
	    "a ZWNJ in Persian text"},
	{SAFE_TEXT, "\u0645\u200c\u200c\u062e", "\u0645" BAD BAD "\u062e",
	    "but not two"},
	{SAFE_NAME, "\u0645\u06cc\u200c\u062e", "\u0645\u06cc" BAD "\u062e",
	    "nor in a name"},
	{SAFE_TEXT, "\u0dc1\u0dca\u200d\u0dbb", "\u0dc1\u0dca\u200d\u0dbb",
	    "a ZWJ in Sinhala text"},
	{SAFE_TEXT, "\u0dca\u200dx", "\u25cc\u0dca" BAD "x", "not before x"},
	{SAFE_LINE, "so\u00adft", "so" BAD "ft", "a soft hyphen"},
	{SAFE_LINE, "a\u2028b\u2029c\xc2\x85" "d", "a" BAD "b" BAD "c" BAD "d",
	    "line separators"},
	{SAFE_LINE, "\ue000\u0378\ufdd0", BAD BAD BAD,
	    "private, unassigned, noncharacter"},
	{SAFE_LINE, "\u3164\uffa0\u115f\u1160", BAD BAD BAD BAD, "fillers"},
	{SAFE_LINE, "a\u00a0b\u3000c", "a b c", "other spaces"},
	{SAFE_LINE, "\u0301abc", "\u25cc\u0301abc", "a mark comes first"},
	{SAFE_TEXT, "a\n\u0301b", "a\n\u25cc\u0301b", "or first in its line"},
	{SAFE_LINE, "\u0903", "\u25cc\u0903", "or has its own column"},
	{SAFE_LINE, "\u1161", BAD, "a vowel jamo alone"},
	{SAFE_LINE, "\u1100\u1161\u11a8", "\u1100\u1161\u11a8", "a syllable"},
	{SAFE_LINE, "\u1100\u1100", "\u1100" BAD, "two leading jamo"},
	{SAFE_LINE, E8, E8, "eight marks"},
	{SAFE_LINE, E8 "\u0301\u0302z", E8 "z", "more are dropped"},
	{SAFE_LINE, "\u09ac\u09be\u0982\u09b2", "\u09ac\u09be\u0982\u09b2",
	    "Bengali"},
	{SAFE_LINE, "\u754c\u0903", "\u754c\u25cc\u0903",
	    "a spacing mark on a wide letter"},
	{SAFE_LINE, "\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469",
	    "an emoji joined"},
	{SAFE_NAME, "\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469",
	    "in a name too"},
	{SAFE_LINE, "\U0001f468\u200d", "\U0001f468" BAD, "joined to nothing"},
	{SAFE_LINE, "\u2764\ufe0f\ufe0f", "\u2764\ufe0f" BAD, "one selector"},
	{SAFE_LINE, "a\ufe0f", "a" BAD, "a selector on a letter"},
	{SAFE_LINE, "1\ufe0f\u20e3", "1\ufe0f\u20e3", "a keycap"},
	{SAFE_LINE, "\U0001f44d\U0001f3fd", "\U0001f44d\U0001f3fd", "a tone"},
	{SAFE_LINE, "a\U0001f3fd", "a" BAD, "a tone on a letter"},
	{SAFE_LINE, "\U0001f3fd", "\U0001f3fd", "a tone alone"},
	{SAFE_LINE, ENGLAND, "\U0001f3f4" BAD, "a run of tags is one mark"},
	{SAFE_LINE, "\u0600" "7", "\u0600" "7", "a sign with its number"},
	{SAFE_LINE, "\u0600\u4e00", BAD "\u4e00", "and without"},
	{SAFE_NAME, "\u0600 ", BAD, "or before a blank that goes"},
	{SAFE_LINE, "\u2800", "\u2800", "braille blank in text"},
	{SAFE_NAME, "\u2800", BAD, "not in a name"},
	{SAFE_NAME, "  al \t\n ice  ", "al ice", "a name is trimmed"},
	{SAFE_NAME, "\u00a0alice\u3000", "alice", "of all spaces"},
	{SAFE_NAME, "", "(no name)", "no name"},
	{SAFE_NAME, " \u2003\n", "(no name)", "a blank name"},
	{SAFE_NAME, "\u200b", BAD, "an invisible one"},
	{SAFE_NAME, X63 "y", X63 "y", "64 columns"},
	{SAFE_NAME, X63 "yz", X63 "\u2026", "65"},
	{SAFE_NAME, X63 "\u754c", X63 "\u2026", "a wide one over the edge"},
};

static void
test_rows(void)
{
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct safe t = safe_make(rows[i].kind, rows[i].in,
		    strlen(rows[i].in));

		is_str(t.s, rows[i].want, "%s", rows[i].what);
		safe_free(&t);
	}
}

static void
test_life(void)
{
	struct safe a = safe_make(SAFE_LINE, "a\0b", 3), b;

	is_str(a.s, "a" BAD "b", "a NUL is a mark as well");
	is_int(a.n, strlen(a.s), "the length is that of the string");
	b = safe_copy(&a);
	ok(b.s != a.s && b.n == a.n && strcmp(a.s, b.s) == 0, "a copy");
	safe_free(&a);
	ok(!a.s && !a.n, "freed is zeroed");
	safe_free(&a);
	safe_free(&b);
	a = safe_make(SAFE_TEXT, NULL, 0);
	is_str(a.s, "", "nothing is a string");
	safe_free(&a);
	a = safe_of("our own");
	is_str(a.s, "our own", "text of our own");
	safe_free(&a);
}

static const enum safe_kind kinds[] = {SAFE_LINE, SAFE_TEXT, SAFE_NAME};

/* All that must hold whatever came in; NULL or what does not. */
static const char *
verdict(const void *p, size_t n)
{
	const char *why = NULL;
	size_t i;

	for (i = 0; i < COUNT(kinds) && !why; i++) {
		struct safe t = safe_make(kinds[i], p, n);
		struct safe again = safe_make(kinds[i], t.s, t.n);
		int cols = clean_columns(t.s, t.n);

		why = clean_why(kinds[i], t.s, t.n);
		if (!why && (again.n != t.n || memcmp(again.s, t.s, t.n) != 0))
			why = "not the same when made twice";
		if (!why && cols >= 0 && (size_t)cols != width_text(t.s, t.n))
			why = "the columns are not the C library's";
		if (!why && strlen(t.s) != t.n)
			why = "a NUL inside";
		safe_free(&again);
		safe_free(&t);
	}
	return why;
}

/* Emoji joined without end, each under all the marks it may carry. */
static void
test_caps(void)
{
	struct buf b = {0};
	struct safe t;
	const char *why;
	size_t used;
	int i, k, cols;

	for (i = 0; i < 20; i++) {
		buf_string(&b, "\U0001f468");
		for (k = 0; k < i; k++)
			buf_string(&b, "\U0001e8d0");
		buf_string(&b, i % 2 ? "\ufe0f" : "\u200d");
	}
	why = verdict(b.p, b.n);
	ok(!why, "clusters fit their cells%s%s", why ? ": " : "",
	    why ? why : "");
	buf_clear(&b);
	for (i = 0; i < 20; i++)
		buf_string(&b, "\U0001f468\u200d");
	t = safe_make(SAFE_LINE, b.p, b.n);
	used = width_cluster(t.s, t.n, &cols);
	ok(used >= 25 && used < 40, "%zu bytes of a chain", used);
	ok(t.n > b.n / 2, "and the rest goes on behind a mark");
	safe_free(&t);
	buf_free(&b);
}

static void
test_hostile(void)
{
	unsigned n = 0, bad = 0;
	struct vec v;
	json_t *c;
	size_t i;

	if (!vec_open(&v, "terminal/hostile-strings.json")) {
		skip("%s", vec_why(&v));
		vec_close(&v);
		return;
	}
	vec_each(v.root, i, c) {
		struct bytes in = vec_hex(&v, c, "hex");
		const char *why = verdict(in.p, in.n);

		n++;
		if (why) {
			bad++;
			note("%s: %s", vec_string(c, "id"), why);
		}
	}
	ok(n == 304 && bad == 0, "%u hostile strings, %u not clean (T60)",
	    n, bad);
	vec_close(&v);
}

static void
test_naughty(void)
{
	unsigned n = 0, bad = 0;
	struct vec v;
	json_t *c;
	size_t i;

	if (!vec_open(&v, "text/blns.json")) {
		skip("%s", vec_why(&v));
		vec_close(&v);
		return;
	}
	vec_each(v.root, i, c) {
		const char *s = json_string_value(c);
		const char *why = s ? verdict(s, strlen(s)) : "no string";

		n++;
		if (why) {
			bad++;
			note("%zu: %s", i, why);
		}
	}
	ok(n > 500 && bad == 0, "%u naughty strings, %u not clean", n, bad);
	vec_close(&v);
}

/* Every emoji sequence of Unicode comes through untouched, but for the flags
 * that are made of tags. */
static void
test_emoji(void)
{
	unsigned n = 0, bad = 0, tags = 0;
	struct vec v;
	struct bytes line;
	size_t at = 0;

	if (!vec_open_text(&v, "text/emoji-test.txt")) {
		skip("%s", vec_why(&v));
		vec_close(&v);
		return;
	}
	while (vec_line(&v, &at, &line)) {
		const char *p = (const char *)line.p;
		size_t len = 0;
		char s[128], *end;
		struct safe t;

		if (!memmem(p, line.n, "; fully-qualified", 17))
			continue;
		for (;;) {
			p += strspn(p, " ");
			if (*p == ';')
				break;
			len += utf8_put(s + len,
			    (uint32_t)strtoul(p, &end, 16));
			p = end;
		}
		n++;
		t = safe_make(SAFE_NAME, s, len);
		if (memmem(s, len, "\xf3\xa0", 2))
			tags++;
		else if (t.n != len || memcmp(t.s, s, len) != 0)
			bad++;
		safe_free(&t);
	}
	ok(n > 3600 && bad == 0 && tags == 3,
	    "%u emoji come through, %u do not, %u have tags", n, bad, tags);
	vec_close(&v);
}

static void
test_random(void)
{
	static const uint32_t pick[] = {'a', '1', ' ', '\n', '\r', '\t', 0x1b,
		0x85, 0x300, 0x34f, 0x600, 0x627, 0x61c, 0x6cc, 0x903, 0x915,
		0x94d, 0x9be, 0x9cd, 0xdca, 0xdc1, 0x1100, 0x1161, 0x11a8,
		0x200b, 0x200c, 0x200d, 0x202e, 0x2764, 0x2800, 0x302e, 0x3000,
		0x4e00, 0xac00, 0xac01, 0xfe0e, 0xfe0f, 0xfffd, 0x110bd,
		0x1f1e6, 0x1f3fb, 0x1f468, 0x1f525, 0xe0041, 0xe0100, 0x10ffff};
	struct rng_seeded g;
	struct rng r = rng_seed(&g, 60);
	const char *why, *first = NULL;
	unsigned bad = 0;
	char s[400];
	size_t n, k;
	int turn;

	for (turn = 0; turn < 40000; turn++) {
		n = 0;
		for (k = rng_below(&r, 90); k > 0; k--)
			if (rng_below(&r, 30))
				n += utf8_put(s + n,
				    pick[rng_below(&r, COUNT(pick))]);
			else
				s[n++] = (char)rng_below(&r, 256);
		why = verdict(s, n);
		bad += why != NULL;
		first = first ? first : why;
	}
	ok(bad == 0, "40000 random texts in each kind, %u not clean (T62)%s%s", bad,
	    first ? ": " : "", first ? first : "");
}

/* A judge that finds nothing proves nothing. */
static void
test_judge(void)
{
	static const char *const bad[] = {"\x1b[m", "\u202e", "\u200b",
		NINE,
		"a\u200cb", "\u0301", "\xff", "a\ufe0f", "\U000e0041", "\n"};
	size_t i;

	for (i = 0; i < COUNT(bad); i++)
		ok(clean_why(SAFE_LINE, bad[i], strlen(bad[i])) != NULL,
		    "the judge refuses string %zu", i);
	ok(!clean_why(SAFE_TEXT, "a\nb", 3), "and takes a text");
	ok(clean_why(SAFE_NAME, "a  b", 4) && clean_why(SAFE_NAME, "", 0),
	    "and knows what a name is");
}

int
main(void)
{
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		note("no C.UTF-8 locale: columns are not compared");
	test_rows();
	test_life();
	test_judge();
	test_caps();
	test_hostile();
	test_naughty();
	test_emoji();
	test_random();
	return done();
}
