/* SPDX-License-Identifier: ISC */
/* floor: face */
/*
 * Lines of a text: a table, and what must hold of every text and width: no
 * line is wider than asked, nothing but blanks at a break is left out, nothing
 * stands still, and the three ways of asking agree.
 */
#include "face.h"
#include "tap.h"

/* The lines, separated by /. */
static const char *
lines(const char *text, size_t cols)
{
	static char out[1024];
	struct safe s = safe_make(SAFE_TEXT, text, strlen(text));
	struct wrap w = {&s, 0, cols};
	size_t from, n, at = 0;

	for (int i = 0; wrap_next(&w, &from, &n); i++)
		at += (size_t)snprintf(out + at, sizeof(out) - at, "%s%.*s",
		    i > 0 ? "/" : "", (int)n, s.s + from);
	safe_free(&s);
	return out;
}

static void
test_table(void)
{
	static const struct {
		const char *text;
		size_t cols;
		const char *want;
	} t[] = {
		{"", 10, ""}, {"one", 10, "one"}, {"one two", 7, "one two"},
		{"one two", 6, "one /two"}, {"one two", 3, "one/two"},
		{"one  two", 4, "one /two"}, {"one two three", 8,
		    "one two /three"}, {"one two three", 7, "one two/three"},
		{"abcdef", 4, "abcd/ef"}, {"abcdef", 1, "a/b/c/d/e/f"},
		{"a\nb", 5, "a/b"}, {"a\n\nb", 5, "a//b"}, {"a\n", 5, "a/"},
		{"\n", 5, "/"}, {"\n\n", 5, "//"}, {"abcd\nef", 4, "abcd/ef"},
		{"   ", 2, "  "}, {"to abcdefgh", 4, "to /abcd/efgh"},
		{"\xe6\xbc\xa2\xe5\xad\x97", 4, "\xe6\xbc\xa2\xe5\xad\x97"},
		{"\xe6\xbc\xa2\xe5\xad\x97", 3, "\xe6\xbc\xa2/\xe5\xad\x97"},
		{"\xe6\xbc\xa2", 1, "\xe6\xbc\xa2"},
		{"e\xcc\x81" "e\xcc\x81" "e", 2, "e\xcc\x81" "e\xcc\x81/e"},
	};

	for (size_t i = 0; i < COUNT(t); i++)
		is_str(lines(t[i].text, t[i].cols), t[i].want,
		    "`%s` in %zu columns", t[i].text, t[i].cols);
}

static struct safe
random_text(const struct rng *r)
{
	static const char *const piece[] = {"a", "bc", "word", " ", "  ",
	    "\n", "\xe6\xbc\xa2", "\xf0\x9f\x98\x80", "e\xcc\x81\xcc\x88",
	    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9", "\xcc\x81",
	    "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa", "longerwordhere", "\x1b"};
	struct buf b = {0};
	struct safe s;

	for (uint32_t n = rng_below(r, 60); n > 0; n--)
		buf_string(&b, piece[rng_below(r, COUNT(piece))]);
	s = safe_make(SAFE_TEXT, b.p, b.n);
	buf_free(&b);
	return s;
}

/* What may lie between two lines: a newline, or blanks. */
static bool
gap_ok(const char *s, size_t from, size_t to)
{
	if (to == from + 1 && s[from] == '\n')
		return true;
	for (; from < to; from++)
		if (s[from] != ' ')
			return false;
	return true;
}

static const char *
judge(const struct safe *s, size_t cols)
{
	struct wrap w = {s, 0, cols};
	struct slice *all;
	size_t n = wrap_all(s, cols, &all), from, len, end = 0, i = 0;
	const char *why = NULL;
	int one;

	if (n != wrap_count(s, cols))
		why = "the count differs";
	for (; wrap_next(&w, &from, &len) && why == NULL; i++) {
		if (i >= n || all[i].from != from || all[i].n != len)
			why = "the list differs";
		else if (from + len > s->n || from < end)
			why = "a line lies outside";
		else if (!gap_ok(s->s, end, from))
			why = "something is left out";
		else if (memchr(s->s + from, '\n', len) != NULL)
			why = "a newline within a line";
		else if (width_text(s->s + from, len) > cols &&
		    width_cluster(s->s + from, len, &one) < len)
			why = "a line is too wide";
		end = from + len;
	}
	if (why == NULL && (i != n || !gap_ok(s->s, end, s->n)))
		why = "the end is missing";
	free(all);
	return why;
}

static void
test_random(void)
{
	struct rng_seeded g;
	struct rng r = rng_seed(&g, 4);
	size_t bad = 0;

	for (int i = 0; i < 3000; i++) {
		struct safe s = random_text(&r);
		size_t cols = 1 + rng_below(&r, 40);
		const char *why = judge(&s, cols);

		if (why != NULL && bad++ < 5)
			note("%s: `%s` in %zu", why, s.s, cols);
		safe_free(&s);
	}
	is_int(bad, 0, "3000 texts break as they should");
}

/* The largest text of all, without a place to break, is no burden. */
static void
test_large(void)
{
	char *text = mem_alloc(TEXT_MAX + 1);
	int64_t before = clock_mono(&clock_system), ms;
	struct slice *all;
	struct safe s;
	size_t n;

	memset(text, 'x', TEXT_MAX);
	s = safe_make(SAFE_TEXT, text, TEXT_MAX);
	n = wrap_all(&s, 10, &all);
	ms = clock_mono(&clock_system) - before;
	is_int(n, TEXT_MAX / 10, "6000 lines");
	ok(ms < 2000, "in %lld ms", (long long)ms);
	free(all);
	safe_free(&s);
	free(text);
}

static void
test_time(void)
{
	struct safe s;

	(void)setenv("TZ", "UTC", 1);
	s = time_text("%H:%M", 1000ll * (13 * 3600 + 37 * 60));
	is_str(s.s, "13:37", "a time");
	safe_free(&s);
	s = time_text("", 0);
	is_str(s.s, "", "no format");
	safe_free(&s);
	s = time_text("\x1b[2J%n%t", 0);
	ok(strpbrk(s.s, "\x1b\n\t") == NULL, "a format can't drive anything");
	safe_free(&s);
	s = time_text("%A %A %A %A %A %A %A %A %A %A %A %A", 0);
	ok(s.n < 64, "nor be longer than its place");
	safe_free(&s);
	s = time_text("%Y", INT64_MAX);
	ok(s.s != NULL, "the end of time is a text");
	safe_free(&s);
}

int
main(void)
{
	test_table();
	test_random();
	test_large();
	test_time();
	return done();
}
