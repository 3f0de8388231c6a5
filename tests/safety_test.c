/* SPDX-License-Identifier: ISC */
/*
 * Safety numbers: sixty digits, the same from both sides, and other ones as
 * soon as a bit of either account changes.
 */
#include "ident.h"
#include "tap.h"
#include "vec.h"

static void
make_pair(unsigned seed, uint8_t a[static ACCOUNT_ID],
    uint8_t b[static ACCOUNT_ID])
{
	struct rng_seeded g;
	struct rng r = rng_seed(&g, seed);

	rng_fill(&r, a, ACCOUNT_ID);
	rng_fill(&r, b, ACCOUNT_ID);
}

static void
test_both_sides(void)
{
	char ab[SAFETY_DIGITS + 1], ba[SAFETY_DIGITS + 1];
	uint8_t a[ACCOUNT_ID], b[ACCOUNT_ID];
	size_t good = 0;

	for (unsigned i = 0; i < 200; i++) {
		make_pair(i, a, b);
		safety_number(a, b, ab);
		safety_number(b, a, ba);
		good += strcmp(ab, ba) == 0 && strlen(ab) == SAFETY_DIGITS &&
		    strspn(ab, "0123456789") == SAFETY_DIGITS;
	}
	is_int(good, 200, "sixty digits, the same from both sides");
}

static void
test_halves(void)
{
	char ab[SAFETY_DIGITS + 1], ac[SAFETY_DIGITS + 1];
	uint8_t a[ACCOUNT_ID] = {0}, b[ACCOUNT_ID] = {1}, c[ACCOUNT_ID] = {2};

	safety_number(a, b, ab);
	safety_number(a, c, ac);
	ok(memcmp(ab, ac, 30) == 0, "the smaller id's half comes first");
	ok(memcmp(ab + 30, ac + 30, 30) != 0, "the other's is another");
}

static void
test_bits(void)
{
	char want[SAFETY_DIGITS + 1], got[SAFETY_DIGITS + 1];
	uint8_t id[2][ACCOUNT_ID], *p = id[0];
	size_t same = 0;

	make_pair(1, id[0], id[1]);
	safety_number(id[0], id[1], want);
	for (size_t i = 0; i < sizeof(id) * 8; i++) {
		p[i / 8] ^= (uint8_t)(1 << i % 8);
		safety_number(id[0], id[1], got);
		same += strcmp(got, want) == 0;
		p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	is_int(same, 0, "each of %zu bits matters", sizeof(id) * 8);
}

/* Every digit takes every value: groups are not short of leading zeros. */
static void
test_digits(void)
{
	unsigned seen[SAFETY_DIGITS] = {0};
	char digits[SAFETY_DIGITS + 1];
	uint8_t a[ACCOUNT_ID], b[ACCOUNT_ID];
	size_t full = 0;

	for (unsigned i = 0; i < 300; i++) {
		make_pair(i + 1000, a, b);
		safety_number(a, b, digits);
		for (size_t k = 0; k < SAFETY_DIGITS; k++)
			seen[k] |= 1u << (digits[k] - '0');
	}
	for (size_t k = 0; k < SAFETY_DIGITS; k++)
		full += seen[k] == 0x3ff;
	is_int(full, SAFETY_DIGITS, "all ten digits in all sixty places");
}

static void
test_known(void)
{
	struct vec v;
	json_t *c;
	char digits[SAFETY_DIGITS + 1];

	vec_open_data(&v, "ident.json");
	c = vec_field(v.root, "safety");
	safety_number(vec_hex_n(&v, c, "a", ACCOUNT_ID),
	    vec_hex_n(&v, c, "b", ACCOUNT_ID), digits);
	is_str(digits, vec_string(c, "digits"), "known");
	vec_close(&v);
}

int
main(void)
{
	if (seal_start() != 0)
		bail("libsodium does not start");
	test_both_sides();
	test_halves();
	test_bits();
	test_digits();
	test_known();
	return done();
}
