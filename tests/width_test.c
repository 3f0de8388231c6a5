/* SPDX-License-Identifier: ISC */
/*
 * Columns and clusters: cases of our own, Unicode's GraphemeBreakTest, all the
 * emoji and all the East Asian widths there are, and the C library's opinion of
 * every code point it knows.
 */
#include <locale.h>
#include <stdlib.h>
#include <wchar.h>

#include "base.h"
#include "tap.h"
#include "vec.h"

#define FAMILY "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"

static void
test_columns(void)
{
	static const struct {
		const char *s;
		unsigned clusters;
		size_t cols;
	} row[] = {
		{"", 0, 0},
		{"abc", 3, 3},
		{"\u00e9", 1, 1},
		{"e\u0301", 1, 1},
		{"\u754c\u4eba", 2, 4},
		{"\uff21", 1, 2},		       /* fullwidth A */
		{"\uff71\uff9e", 1, 2},		       /* halfwidth a + mark */
		{"\u00b1\u2460", 2, 2},		       /* ambiguous is 1 */
		{"\U0001f600", 1, 2},
		{"\U0001f44d\U0001f3fd", 1, 2},	       /* skin tone */
		{"\u261d\U0001f3fd", 1, 2},	       /* on a narrow one */
		{FAMILY, 1, 2},
		{"\u2764", 1, 1},
		{"\u2764\ufe0f", 1, 2},		       /* VS16 */
		{"\u2764\ufe0e", 1, 1},		       /* VS15 */
		{"1\ufe0f\u20e3", 1, 2},	       /* keycap */
		{"\U0001f1eb\U0001f1f7", 1, 2},	       /* a flag */
		{"\U0001f1eb\U0001f1f7\U0001f1eb", 2, 3}, /* and a half */
		{"\u1100\u1161\u11a8", 1, 2},	       /* jamo L V T */
		{"\uac00\u11a8", 1, 2},		       /* LV T */
		{"\uac01\u1161", 2, 2},		       /* LVT, V */
		{"\u0915\u093f", 1, 2},		       /* spacing mark */
		{"\u09ac\u09be\u0982", 2, 3},	       /* a third column */
		{"\u0e01\u0e33", 1, 2},		       /* sara am */
		{"\r\n", 1, 0},
		{"\n\r", 2, 0},
		{"\u200b", 1, 0},
		{"a\u200db", 2, 2},		       /* ZWJ and letters */
		{"\u2764\u200d\U0001f525", 1, 2},
		{"\xff\xfe", 2, 2},		       /* not UTF-8 */
		{"\U000e0041", 1, 0},
	};
	size_t i, n, used;
	int cols;

	for (i = 0; i < COUNT(row); i++) {
		const char *s = row[i].s;
		unsigned clusters = 0;

		for (n = strlen(s); n > 0; s += used, n -= used, clusters++)
			used = width_cluster(s, n, &cols);
		is_int(clusters, row[i].clusters, "row %zu: clusters", i);
		is_int(width_text(row[i].s, strlen(row[i].s)), row[i].cols,
		    "row %zu: columns", i);
	}
}

static void
test_fit(void)
{
	static const char s[] = "a\u754ce\u0301" FAMILY "z";
	static const size_t want[] = {0, 1, 1, 4, 7, 7, 32, 33, 33};
	size_t i;
	int cols = 9;

	for (i = 0; i < COUNT(want); i++)
		is_int(width_fit(s, strlen(s), i), want[i],
		    "in %zu columns fit %zu bytes", i, want[i]);
	is_int(width_fit("", 0, 5), 0, "nothing fits");
	is_int(width_cluster("", 0, &cols), 0, "nothing has no cluster");
	is_int(cols, 0, "and no columns");
}

static void
test_shown(void)
{
	static const uint32_t no[] = {0, 7, 0x1b, 0x7f, 0x85, 0x9b, 0xad, 0x34f,
		0x378, 0x61c, 0x115f, 0x1160, 0x17b4, 0x180e, 0x200b, 0x200e,
		0x2028, 0x202e, 0x2060, 0x2066, 0x3164, 0xe000, 0xfdd0, 0xfe00,
		0xfeff, 0xffa0, 0xfff9, 0xfffe, 0x1d173, 0x1faff, 0xe0001,
		0xe0061, 0xe0100, 0xf0000, 0x10ffff, 0x110000};
	static const uint32_t yes[] = {' ', '~', 0xe9, 0x301, 0x5d0, 0x627,
		0x200c, 0x200d, 0xfe0f, 0x20ac, 0x4e00, 0xac00, 0xfffd, 0xfdfd,
		0x12219, 0x1f600, 0x1f1e6, 0x3000};
	size_t i;

	for (i = 0; i < COUNT(no); i++)
		ok(!width_shown(no[i]), "U+%04X is not shown", no[i]);
	for (i = 0; i < COUNT(yes); i++)
		ok(width_shown(yes[i]), "U+%04X is", yes[i]);
}

/* The walk and the clusters are one rule: the same breaks, the same columns. */
static void
test_walk(void)
{
	static const uint32_t pick[] = {'a', '1', ' ', '\n', '\r', 0x301, 0x903,
		0x9be, 0x600, 0x1f468, 0x2764, 0x200d, 0xfe0f, 0x1f3fd, 0x1f1e6,
		0x1100, 0x1161, 0x11a8, 0xac00, 0xac01, 0x4e00, 0x200b, 0x302e};
	struct rng_seeded g;
	struct rng r = rng_seed(&g, 3);
	bool same = true, bound = true;
	int turn;

	for (turn = 0; turn < 30000; turn++) {
		struct width_walk w = {0};
		char s[64];
		size_t n = 0, at, i, used, more, sum = 0, open = 0;
		int cols;

		for (i = 1 + rng_below(&r, 12); i > 0; i--)
			n += utf8_put(s + n, pick[rng_below(&r, COUNT(pick))]);
		for (at = 0; at < n; at += used) {
			bool opens = width_step(&w,
			    utf8_get(s + at, n - at, &used));

			if (opens && at > 0) {
				more = width_cluster(s + open, n - open, &cols);
				same = same && open + more == at;
				sum += (size_t)cols;
				open = at;
			}
			bound = bound && w.cols <= 2;
		}
		width_cluster(s + open, n - open, &cols);
		same = same && sum + (size_t)cols == width_text(s, n);
	}
	ok(same, "30000 random walks break where clusters do");
	ok(bound, "and none is wider than two columns");
}

/* One line of GraphemeBreakTest: true if the breaks are ours. */
static bool
break_line(const char *line, size_t len)
{
	struct width_walk w = {0};
	size_t i = 0;
	bool want = true, good = true;

	while (i < len && line[i] != '#') {
		if (len - i >= 2 && memcmp(line + i, "\xc3\xb7", 2) == 0) {
			want = true; /* the division sign: a break */
			i += 2;
		} else if (len - i >= 2 &&
			   memcmp(line + i, "\xc3\x97", 2) == 0) {
			want = false;
			i += 2;
		} else if (line[i] == ' ' || line[i] == '\t') {
			i++;
		} else {
			char *end;
			uint32_t cp = (uint32_t)strtoul(line + i, &end, 16);

			good = good && width_step(&w, cp) == want;
			if (end == line + i)
				return false;
			i = (size_t)(end - line);
		}
	}
	return good;
}

static void
test_breaks(void)
{
	struct vec v;
	struct bytes line;
	size_t at = 0;
	unsigned n = 0, bad = 0;

	if (!vec_open_text(&v, "text/GraphemeBreakTest.txt")) {
		skip("%s", vec_why(&v));
		vec_close(&v);
		return;
	}
	while (vec_line(&v, &at, &line)) {
		if (line.n == 0 || line.p[0] == '#')
			continue;
		n++;
		if (!break_line((const char *)line.p, line.n)) {
			bad++;
			note("%.*s", (int)line.n, (const char *)line.p);
		}
	}
	ok(n > 600 && bad == 0, "GraphemeBreakTest: %u lines, %u wrong", n,
	    bad);
	vec_close(&v);
}

/* The code points at the start of a line, up to the semicolon, as UTF-8. */
static size_t
read_points(struct bytes line, char *s, size_t max)
{
	const char *p = (const char *)line.p, *end = p + line.n;
	size_t n = 0;
	char *next;

	while (p < end && n + 4 <= max) {
		uint32_t cp = (uint32_t)strtoul(p, &next, 16);

		if (next == p)
			break;
		n += utf8_put(s + n, cp);
		p = next;
	}
	return n;
}

/* Each emoji is one cluster; what is fully qualified takes two columns. */
static void
test_emoji(const char *file, bool all_full)
{
	unsigned full = 0, other = 0, bad = 0;
	struct vec v;
	struct bytes line;
	size_t at = 0, n;
	char s[128];
	int cols;

	if (!vec_open_text(&v, file)) {
		skip("%s", vec_why(&v));
		vec_close(&v);
		return;
	}
	while (vec_line(&v, &at, &line)) {
		bool is_full = all_full ||
		    memmem(line.p, line.n, "; fully-qualified", 17);

		if (line.n == 0 || line.p[0] == '#')
			continue;
		n = read_points(line, s, sizeof s);
		full += is_full;
		other += !is_full;
		if (width_cluster(s, n, &cols) != n || (is_full && cols != 2)) {
			bad++;
			note("%.*s", (int)line.n, (const char *)line.p);
		}
	}
	ok(full > 1000 && bad == 0, "%s: %u emoji and %u other forms, %u wrong",
	    file, full, other, bad);
	vec_close(&v);
}

/* Field 1 of EastAsianWidth against width_cp, of what is assigned and neither
 * a mark nor a control. */
static void
test_east_asian(void)
{
	unsigned n = 0, bad = 0, named = 0, unnamed = 0;
	struct vec v;
	struct bytes line;
	size_t at = 0;

	if (!vec_open_text(&v, "text/EastAsianWidth.txt")) {
		skip("%s", vec_why(&v));
		vec_close(&v);
		return;
	}
	while (vec_line(&v, &at, &line)) {
		const char *p = (const char *)line.p, *gc;
		uint32_t a, b;
		char *end;
		int want;

		if (line.n == 0 || *p == '#')
			continue;
		a = b = (uint32_t)strtoul(p, &end, 16);
		if (*end == '.')
			b = (uint32_t)strtoul(end + 2, &end, 16);
		gc = memmem(p, line.n, "# ", 2);
		if (!gc)
			bail("no category: %.*s", (int)line.n, p);
		gc += 2;
		want = end[1] == 'W' || end[1] == 'F' ? 2 : 1;
		for (; a <= b; a++) {
			if (memcmp(gc, "Cn", 2) == 0 ||
			    memcmp(gc, "Co", 2) == 0 ||
			    memcmp(gc, "Cc", 2) == 0) {
				named += width_shown(a);
				continue;
			}
			if (*gc == 'M' || *gc == 'C' || *gc == 'Z' ||
			    (a >= 0x1160 && a <= 0x11ff) ||
			    (a >= 0xd7b0 && a <= 0xd7ff) ||
			    (a >= 0x3248 && a <= 0x324f) ||
			    (a >= 0x4dc0 && a <= 0x4dff))
				continue; /* the last two: width_table.def */
			n++;
			if (!width_shown(a))
				unnamed++;
			else if (width_cp(a) != want && bad++ < 20)
				note("U+%04X: %d", a, width_cp(a));
		}
	}
	ok(n > 140000 && bad == 0, "EastAsianWidth: %u characters, %u wrong", n,
	    bad);
	is_int(named, 0, "nothing unassigned, private or control is shown");
	is_int(unnamed, 3, "of the rest only the Hangul fillers are not");
	vec_close(&v);
}

/* glibc has Unicode 14 or later: where it knows a character we agree, but for
 * the few that a later version has changed. */
static void
test_libc(void)
{
	unsigned n = 0, bad = 0;
	uint32_t cp;
	int w;

	if (!setlocale(LC_CTYPE, "C.UTF-8") ||
	    wcwidth((wchar_t)0x754c) != 2) {
		skip("no C.UTF-8 locale");
		return;
	}
	for (cp = 0x20; cp < 0x110000; cp++) {
		w = wcwidth((wchar_t)cp);
		if (w < 0 || !width_shown(cp))
			continue;
		n++;
		if (w != width_cp(cp) && bad++ < 20)
			note("U+%04X: %d, ours %d", cp, w, width_cp(cp));
	}
	ok(n > 140000 && bad < 50, "wcwidth: %u characters, %u differ", n, bad);
}

int
main(void)
{
	test_columns();
	test_fit();
	test_shown();
	test_walk();
	test_breaks();
	test_emoji("text/emoji-test.txt", false);
	test_emoji("text/emoji-zwj-sequences.txt", true);
	test_east_asian();
	test_libc();
	return done();
}
