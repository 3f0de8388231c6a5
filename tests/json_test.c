/* SPDX-License-Identifier: ISC */
/*
 * The JSON writer, read back by a foreign parser: shape, numbers, and strings
 * of every code point, which come back whole and drive no terminal meanwhile.
 */
#include "vec.h" /* first: it keeps jansson's json_string apart from ours */

#include "base.h"
#include "clean.h"
#include "tap.h"

static void
test_shape(void)
{
	static const char want[] =
	    "{\"a\":\"x\",\"n\":null,\"i\":-9223372036854775808,\"t\":true,"
	    "\"list\":[1,[],{},false],\"h\":\"00ff\",\"last\":\"\"}";
	struct buf b = {0};
	struct json j = json_to(&b);

	json_open(&j, NULL, '{');
	json_string(&j, "a", "x");
	json_string(&j, "n", NULL);
	json_int(&j, "i", INT64_MIN);
	json_bool(&j, "t", true);
	json_open(&j, "list", '[');
	json_int(&j, NULL, 1);
	json_open(&j, NULL, '[');
	json_close(&j, ']');
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	json_bool(&j, NULL, false);
	json_close(&j, ']');
	json_hex(&j, "h", "\0\xff", 2);
	json_bytes(&j, "last", bytes_of(NULL, 0));
	json_close(&j, '}');
	is_int(j.depth, 0, "all is closed");
	buf_u8(&b, 0);
	is_str((char *)b.p, want, "the line");
	buf_free(&b);
}

/* One string through the writer and jansson; the result is ours to free. */
static json_t *
through(struct bytes v, bool *clean)
{
	struct buf b = {0};
	struct json j = json_to(&b);
	json_error_t e;
	json_t *t;

	json_open(&j, NULL, '[');
	json_bytes(&j, NULL, v);
	json_close(&j, ']');
	*clean = utf8_valid((char *)b.p, b.n) && !memchr(b.p, '\n', b.n);
	for (size_t i = 0; i < b.n; i++)
		*clean = *clean && b.p[i] >= 0x20 && b.p[i] != 0x7f;
	t = json_loadb((char *)b.p, b.n, JSON_ALLOW_NUL, &e);
	buf_free(&b);
	return t;
}

static bool
same(const json_t *t, const char *want, size_t n)
{
	const json_t *s = t ? json_array_get(t, 0) : NULL;

	return s && json_string_length(s) == n &&
	       memcmp(json_string_value(s), want, n) == 0;
}

static void
test_every(void)
{
	bool good = true, clean = true, one;
	uint32_t cp;
	char s[4];
	size_t n;

	for (cp = 0; cp <= 0x10ffff; cp += cp < 0x3000 ? 1 : 37) {
		json_t *t;

		if (cp >= 0xd800 && cp < 0xe000)
			cp = 0xe000;
		n = utf8_put(s, cp);
		t = through(bytes_of(s, n), &one);
		good = good && same(t, s, n);
		clean = clean && one;
		json_decref(t);
	}
	ok(good, "code points come back as they went");
	ok(clean, "and none was a raw control");
}

static void
test_strings(void)
{
	static const struct {
		const char *in, *want;
	} row[] = {
		{"a\"b\\c/d", "a\"b\\c/d"},
		{"a\nb\tc\x1b[2J", "a\nb\tc\x1b[2J"},
		{"\xff\xc3", "\ufffd\ufffd"},
		{"\u202e\U000e0041\U0001f600", "\u202e\U000e0041\U0001f600"},
	};
	struct buf b = {0};
	struct json j = json_to(&b);
	bool clean;
	size_t i;

	for (i = 0; i < COUNT(row); i++) {
		json_t *t = through(bytes_of(row[i].in, strlen(row[i].in)),
		    &clean);

		ok(clean && same(t, row[i].want, strlen(row[i].want)),
		    "string %zu", i);
		json_decref(t);
	}
	json_string(&j, NULL, "\u202e\x9b\U000e0041\x7f\n");
	buf_u8(&b, 0);
	is_str((char *)b.p, "\"\\u202e\ufffd\\udb40\\udc41\\u007f\\n\"",
	    "what must not be raw is escaped");
	buf_free(&b);
}

int
main(void)
{
	test_shape();
	test_every();
	test_strings();
	return done();
}
