/* SPDX-License-Identifier: ISC */
/*
 * Names that people take for one another (T63), and those that they don't; where
 * two differ; keys whose words begin alike.
 */
#include "ident.h"
#include "tap.h"

static const struct {
	const char *a, *b;
	enum lookalike is;
} pair[] = {
	{"alice", "alice", LOOKALIKE_NONE},
	{"alice", "a1ice", LOOKALIKE_SHAPE},
	{"alice", "allce", LOOKALIKE_SHAPE},
	{"carol", "car0l", LOOKALIKE_SHAPE},
	{"modern", "modem", LOOKALIKE_SHAPE},
	{"warren", "vvarren", LOOKALIKE_SHAPE},
	{"jo-ann", "jo_ann", LOOKALIKE_SHAPE},
	{"jo.ann", "jo-ann", LOOKALIKE_SHAPE},
	{"alice", "alicee", LOOKALIKE_LETTER},
	{"alice", "alce", LOOKALIKE_LETTER},
	{"alice", "aliec", LOOKALIKE_LETTER},
	{"alice", "alica", LOOKALIKE_LETTER},
	{"alice", "bob", LOOKALIKE_NONE},
	{"alice", "malices", LOOKALIKE_NONE},
	{"al", "ed", LOOKALIKE_NONE},
	{"al", "ab", LOOKALIKE_NONE},
	{"", "a", LOOKALIKE_NONE},
	{"alice", "\xd0\xb0lice", LOOKALIKE_SHAPE},       /* Cyrillic */
	{"alice", "\xef\xbd\x81lice", LOOKALIKE_SHAPE},   /* full width */
	{"alice", "al\xe2\x80\x8bice", LOOKALIKE_SHAPE},  /* zero width */
	{"alice", "alice ", LOOKALIKE_SHAPE},
};

static void
test_names(void)
{
	for (size_t i = 0; i < COUNT(pair); i++) {
		is_int(lookalike_names(pair[i].a, pair[i].b), pair[i].is,
		    "%s and %s", pair[i].a, pair[i].b);
		is_int(lookalike_names(pair[i].b, pair[i].a), pair[i].is,
		    "and the other way");
	}
}

static void
test_where(void)
{
	struct buf b = {0};

	lookalike_where("al1ce", "alice", &b);
	buf_u8(&b, 0);
	is_str((char *)b.p, "al1ce has the digit 1 at place 3, alice has the "
	    "letter i", "where they differ");
	buf_clear(&b);
	lookalike_where("alice", "alicee", &b);
	buf_u8(&b, 0);
	is_str((char *)b.p, "alice has nothing at place 6, alicee has the "
	    "letter e", "one more");
	buf_clear(&b);
	lookalike_where("\xd0\xb0lice", "alice", &b);
	buf_u8(&b, 0);
	ok(strstr((char *)b.p, "U+0430 at place 1") != NULL,
	    "another alphabet is named by its number");
	buf_free(&b);
}

/* Two words are 22 bits: this one was found by 1,493,199 tries, as a forger
 * would find his. */
static void
test_keys(void)
{
	uint8_t a[ACCOUNT_ID] = {1}, b[ACCOUNT_ID] = {2};
	const uint8_t found[ACCOUNT_ID] = {0xd1, 0xc8, 0x16};

	ok(!lookalike_keys(a, a), "a key is not like itself");
	ok(!lookalike_keys(a, b), "two at random are not alike");
	ok(lookalike_keys(a, found), "T63 keys whose words begin alike are");
}

int
main(void)
{
	if (seal_start() != 0)
		bail("libsodium does not start");
	test_names();
	test_where();
	test_keys();
	return done();
}
