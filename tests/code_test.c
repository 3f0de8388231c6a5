/* SPDX-License-Identifier: ISC */
/*
 * Hex and base32: the cases of RFC 4648 10, round trips of every length, and
 * one spelling for one value.
 */
#include "base.h"
#include "tap.h"

static void
test_known(void)
{
	/* RFC 4648 10, in lower case and without padding */
	static const char *const pair[][3] = {
		{"", "", ""},
		{"f", "my", "66"},
		{"fo", "mzxq", "666f"},
		{"foo", "mzxw6", "666f6f"},
		{"foob", "mzxw6yq", "666f6f62"},
		{"fooba", "mzxw6ytb", "666f6f6261"},
		{"foobar", "mzxw6ytboi", "666f6f626172"},
	};
	char s[32];
	uint8_t back[8];
	size_t i, n;

	for (i = 0; i < COUNT(pair); i++) {
		n = strlen(pair[i][0]);
		base32_put(s, pair[i][0], n);
		is_str(s, pair[i][1], "base32 of \"%s\"", pair[i][0]);
		ok(base32_get(s, strlen(s), back, n) == 0 &&
		       memcmp(back, pair[i][0], n) == 0,
		    "and back");
		hex_put(s, pair[i][0], n);
		is_str(s, pair[i][2], "hex of it");
	}
}

static void
test_round(void)
{
	struct rng_seeded seed;
	struct rng r = rng_seed(&seed, 32);
	uint8_t in[70], out[70];
	char s[160];
	bool good = true;
	size_t n;

	for (n = 0; n < sizeof in; n++) {
		rng_fill(&r, in, n);
		base32_put(s, in, n);
		good = good && strlen(s) == BASE32_SIZE(n) &&
		       base32_get(s, strlen(s), out, n) == 0 &&
		       memcmp(in, out, n) == 0;
		good = good && base32_get(s, strlen(s), out, n + 1) < 0;
		hex_put(s, in, n);
		good = good && strlen(s) == 2 * n &&
		       hex_get(s, 2 * n, out, n) == 0 &&
		       memcmp(in, out, n) == 0;
	}
	ok(good, "every length from 0 to 69 goes there and back");
}

/* Of all strings of two letters, 1/4 are base32 of one byte: those whose two
 * unused bits are zero. */
static void
test_spelling(void)
{
	unsigned a, b, good = 0, same = 0;
	char s[3] = {0}, again[3];
	uint8_t byte;

	for (a = 1; a < 256; a++)
		for (b = 1; b < 256; b++) {
			s[0] = (char)a;
			s[1] = (char)b;
			if (base32_get(s, 2, &byte, 1) < 0)
				continue;
			good++;
			base32_put(again, &byte, 1);
			same += strcmp(s, again) == 0;
		}
	is_int(same, 256, "each byte has one spelling in lower case");
	/* 26 of 32 letters of the first, 7 of the 8 (a e i m q u y 4) of the
	 * second position have a case */
	is_int(good, (26 * 2 + 6) * (7 * 2 + 1), "others differ by case");
}

static void
test_bad(void)
{
	uint8_t out[4];

	is_int(hex_get("0g", 2, out, 1), ERR_FORMAT, "g is no digit");
	is_int(hex_get("012", 3, out, 1), ERR_FORMAT, "three digits");
	is_int(hex_get("0102", 4, out, 1), ERR_FORMAT, "too many");
	is_int(hex_get("aBCd", 4, out, 2), 0, "case does not matter");
	ok(out[0] == 0xab && out[1] == 0xcd, "to the value either");
	is_int(hex_get("", 0, out, SIZE_MAX / 2 + 1), ERR_FORMAT, "no wrap");
	is_int(base32_get("m1", 2, out, 1), ERR_FORMAT, "1 is no letter");
	is_int(base32_get("my=", 3, out, 1), ERR_FORMAT, "no padding");
	is_int(base32_get("mz", 2, out, 1), ERR_FORMAT, "unused bits");
	is_int(base32_get("MY", 2, out, 1), 0, "upper case is fine");
}

int
main(void)
{
	test_known();
	test_round();
	test_spelling();
	test_bad();
	return done();
}
