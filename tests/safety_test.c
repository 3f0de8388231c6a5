/* SPDX-License-Identifier: ISC */
/*
 * Safety numbers: sixty digits, the same from both sides, and other ones as
 * soon as a bit of either account changes.
 */
#include <stdlib.h>

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

/* The words are of the digits' two halves, and each bit of an id matters. */
static void
test_words(void)
{
	uint16_t ab[SAFETY_WORDS], ba[SAFETY_WORDS], key[SAFETY_KEY_WORDS];
	uint8_t id[2][ACCOUNT_ID], *p = id[0];
	size_t both = 0, mine = 0, same = 0;

	for (unsigned i = 0; i < 200; i++) {
		make_pair(i, id[0], id[1]);
		safety_words(id[0], id[1], ab);
		safety_words(id[1], id[0], ba);
		both += memcmp(ab, ba, sizeof(ab)) == 0;
		safety_key_words(memcmp(id[0], id[1], ACCOUNT_ID) < 0 ? id[0] :
		    id[1], key);
		mine += memcmp(ab, key, sizeof(key)) == 0;
	}
	is_int(both, 200, "nineteen words, the same from both sides");
	is_int(mine, 200, "the first nine are those of the smaller id");
	for (size_t i = 0; i < sizeof(id) * 8; i++) {
		p[i / 8] ^= (uint8_t)(1 << i % 8);
		safety_words(id[0], id[1], ba);
		same += memcmp(ab, ba, sizeof(ab)) == 0;
		p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	is_int(same, 0, "each bit matters");
}

static int
typed(const char *text, const uint8_t a[static ACCOUNT_ID],
    const uint8_t b[static ACCOUNT_ID], const char *says)
{
	char *why = NULL;
	int err = safety_check(text, a, b, &why);

	if (says != NULL)
		ok(why != NULL && strstr(why, says) != NULL, "says %s", says);
	free(why);
	return err;
}

/* Changes the first character of the last word of a text. */
static char *
bent(const char *text, char to)
{
	char *s = mem_string(text), *last = strrchr(s, ' ');

	*(last != NULL ? last + 1 : s + strlen(s) - 1) = to;
	return s;
}

static void
test_check_words(const uint8_t a[static ACCOUNT_ID],
    const uint8_t b[static ACCOUNT_ID])
{
	uint16_t word[SAFETY_WORDS];
	struct buf t = {0};
	char *s;

	safety_words(a, b, word);
	words_put(word, SAFETY_WORDS, &t);
	buf_u8(&t, 0);
	is_int(typed((char *)t.p, b, a, NULL), 0, "the words, typed");
	s = bent((char *)t.p, 'q');
	is_int(typed(s, a, b, "word 19, q"), ERR_INPUT, "no word");
	free(s);
	buf_clear(&t);
	word[18] ^= 1;
	words_put(word, SAFETY_WORDS, &t);
	buf_u8(&t, 0);
	is_int(typed((char *)t.p, a, b, "word 19, "), ERR_DENIED, "another");
	buf_clear(&t);
	words_put(word, 18, &t);
	buf_u8(&t, 0);
	is_int(typed((char *)t.p, a, b, "19 words, these are 18"), ERR_INPUT,
	    "one too few");
	is_int(typed("", a, b, "these are 0"), ERR_INPUT, "none");
	buf_free(&t);
}

static void
test_check(void)
{
	uint8_t a[ACCOUNT_ID], b[ACCOUNT_ID];
	char digits[SAFETY_DIGITS + 1], line[SAFETY_LINE], *s;

	make_pair(7, a, b);
	safety_number(a, b, digits);
	is_int(typed(digits, b, a, NULL), 0, "the digits, typed");
	s = mem_format("%.5s %.10s-%.15s\n%s", digits, digits + 5, digits + 15,
	    digits + 30);
	is_int(typed(s, a, b, NULL), 0, "in groups");
	free(s);
	s = bent(digits, digits[59] == '0' ? '1' : '0');
	is_int(typed(s, a, b, NULL), ERR_DENIED, "another");
	s[59] = '\0';
	is_int(typed(s, a, b, "60 digits, these are 59"), ERR_INPUT, "short");
	free(s);
	safety_line(a, b, line);
	is_int(strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567:/"),
	    strlen(line), "the line of a QR code is plain");
	is_int(typed(line, b, a, NULL), 0, "the line, read");
	line[14] = line[14] == 'A' ? 'B' : 'A';
	is_int(typed(line, a, b, NULL), ERR_DENIED, "another line");
	line[20] = '\0';
	is_int(typed(line, a, b, "not whole"), ERR_INPUT, "a part of it");
	test_check_words(a, b);
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
	test_words();
	test_check();
	return done();
}
