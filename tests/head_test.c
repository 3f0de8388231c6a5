/* SPDX-License-Identifier: ISC */
/*
 * Signed heads of the directory's log, its leaves, and what a client believes
 * of them: every byte changed, other keys, other times, other records.
 */
#include "ident.h"
#include "ident_make.h"
#include "tap.h"

struct book {
	uint8_t secret[SIGN_SECRET], public[SIGN_PUBLIC];
	struct who bob;
	uint8_t leaf[8][HASH32];
	struct head head;
	struct buf raw, proof;
};

static int
node(void *arg, unsigned level, uint64_t number, uint8_t out[static HASH32])
{
	struct book *l = arg;
	struct merkle_range r = {0};
	uint64_t i;

	for (i = 0; i < 1ull << level; i++)
		if (merkle_add(&r, l->leaf[(number << level) + i], NULL, NULL)
		    != 0)
			return ERR_STATE;
	merkle_root(&r, out);
	return 0;
}

/* Bob's record is leaf 3 of 7. */
static void
make(struct book *l)
{
	struct merkle_nodes nodes = {node, l};
	struct merkle_range r;
	struct leaf leaf;

	memset(l, 0, sizeof(*l));
	who_make(&l->bob, 1, "bob", 2);
	sign_keypair(&l->bob.rng, l->public, l->secret);
	rng_fill(&l->bob.rng, l->leaf, sizeof(l->leaf));
	leaf_make(l->public, &l->bob.record, 0, &leaf);
	leaf_hash(&leaf, l->leaf[3]);
	if (merkle_range_at(&nodes, 7, &r) != 0 ||
	    merkle_prove(&nodes, 3, 7, &l->proof) != 0)
		bail("no tree");
	l->head.size = 7;
	merkle_root(&r, l->head.root);
	l->head.time = WHO_NOW;
	head_sign(&l->head, l->secret);
	head_put(&l->head, &l->raw);
}

static void
test_head(struct book *l)
{
	uint8_t transport[DH_SIZE] = {7}, pin[PIN_SIZE];
	struct head h, zero = {0};
	size_t i, passed = 0, left = 0;
	int bit;

	is_int(l->raw.n, HEAD_SIZE, "the size of a head");
	is_int(head_get(buf_view(&l->raw), &h), 0, "it is read");
	ok(memcmp(&h, &l->head, sizeof(h)) == 0, "as it was");
	for (i = 0; i < l->raw.n; i++)
		for (bit = 0; bit < 8; bit++) {
			l->raw.p[i] ^= (uint8_t)(1 << bit);
			passed += head_get(buf_view(&l->raw), &h) == 0;
			left += memcmp(&h, &zero, sizeof(h)) != 0;
			l->raw.p[i] ^= (uint8_t)(1 << bit);
		}
	is_int(passed, 0, "T04: no head with a bit changed");
	is_int(left, 0, "and nothing of it is handed out");
	for (i = 0; i < l->raw.n; i++)
		passed += head_get(bytes_of(l->raw.p, i), &h) == 0;
	is_int(passed, 0, "none that is cut");
	pin_make(transport, l->public, pin);
	ok(head_pinned(&l->head, pin), "the address pins its key");
	pin[DH_SIZE] ^= 1;
	ok(!head_pinned(&l->head, pin), "another address does not");
}

static void
test_fresh(struct book *l)
{
	int64_t hour = 3600000;

	is_int(head_fresh(&l->head, WHO_NOW), 0, "a new head");
	is_int(head_fresh(&l->head, WHO_NOW + 24 * hour), 0, "a day");
	is_int(head_fresh(&l->head, WHO_NOW + HEAD_AGE + CLOCK_SKEW), 0,
	    "a day and ten minutes of clocks");
	is_int(head_fresh(&l->head, WHO_NOW + HEAD_AGE + CLOCK_SKEW + 1),
	    ERR_EXPIRED, "T05: and no longer");
	is_int(head_fresh(&l->head, WHO_NOW + 1000 * hour), ERR_EXPIRED,
	    "T05: a frozen relay");
	is_int(head_fresh(&l->head, WHO_NOW - CLOCK_SKEW), 0,
	    "T05: no false alarm when our clock is behind");
	is_int(head_fresh(&l->head, WHO_NOW - CLOCK_SKEW - 1), ERR_CLOCK,
	    "T05: a head from the future");
}

static void
test_holds(struct book *l)
{
	struct record other = l->bob.record;
	struct bytes proof = buf_view(&l->proof);
	struct who mallory;

	is_int(head_holds(&l->head, &l->bob.record, 3, 0, proof), 0,
	    "the record is in the log");
	is_int(head_holds(&l->head, &l->bob.record, 3, 1, proof), ERR_RULE,
	    "T02: not with another one before it");
	is_int(head_holds(&l->head, &l->bob.record, 2, 0, proof), ERR_RULE,
	    "T02: not at another place");
	is_int(head_holds(&l->head, &l->bob.record, 3, 4, proof), ERR_RULE,
	    "T02: nor before what comes before it");
	is_int(head_holds(&l->head, &l->bob.record, 3, 0, bytes_of(NULL, 0)),
	    ERR_RULE, "T02: not without proof");
	who_make(&mallory, 2, "bob", 1);
	is_int(head_holds(&l->head, &mallory.record, 3, 0, proof), ERR_RULE,
	    "T01: another account under the name is not");
	other.hash[0] ^= 1;
	is_int(head_holds(&l->head, &other, 3, 0, proof), ERR_RULE,
	    "T06: another version is not");
	who_free(&mallory);
}

static void
test_extends(struct book *l)
{
	struct merkle_nodes nodes = {node, l};
	struct head early = {.size = 5, .time = WHO_NOW - 5}, alien;
	uint8_t secret[SIGN_SECRET], public[SIGN_PUBLIC];
	struct merkle_range r;
	struct buf p = {0};

	if (merkle_range_at(&nodes, 5, &r) != 0 ||
	    merkle_prove_extends(&nodes, 5, 7, &p) != 0)
		bail("no tree");
	merkle_root(&r, early.root);
	head_sign(&early, l->secret);
	is_int(head_extends(&early, &l->head, buf_view(&p)), 0,
	    "a later head extends an earlier one");
	is_int(head_extends(&l->head, &early, buf_view(&p)), ERR_RULE,
	    "T04: a smaller head extends nothing");
	sign_keypair(&l->bob.rng, public, secret);
	alien = early;
	head_sign(&alien, secret);
	is_int(head_extends(&alien, &l->head, buf_view(&p)), ERR_KEY,
	    "heads of two relays say nothing");
	early.root[3] ^= 1;
	is_int(head_extends(&early, &l->head, buf_view(&p)), ERR_RULE,
	    "T04: another past is not extended");
	buf_free(&p);
}

static void
test_leaf(struct book *l)
{
	uint8_t raw[LEAF_SIZE + 1] = {0}, a[HASH32], b[HASH32];
	struct leaf leaf, was;

	leaf_make(l->public, &l->bob.record, 77, &leaf);
	leaf_put(&leaf, raw);
	is_int(leaf_get(bytes_of(raw, LEAF_SIZE), &was), 0, "a leaf is read");
	ok(memcmp(&leaf, &was, sizeof(leaf)) == 0, "as it was");
	is_int(leaf_get(bytes_of(raw, LEAF_SIZE - 1), &was), ERR_SHORT, "cut");
	is_int(leaf_get(bytes_of(raw, LEAF_SIZE + 1), &was), ERR_TRAIL,
	    "too long");
	raw[0] = 2;
	is_int(leaf_get(bytes_of(raw, LEAF_SIZE), &was), ERR_VERSION,
	    "of another format");
	leaf_index(l->public, bytes_of("bob", 3), a);
	is_mem(leaf.index, a, HASH32, "the index is that of the name");
	leaf_index(l->bob.record.account_key, bytes_of("bob", 3), b);
	ok(memcmp(a, b, HASH32) != 0, "another relay's is another");
}

/* No object of this floor is taken for another. */
static void
test_objects(struct book *l)
{
	struct object o[OBJECTS];
	struct evidence e;
	struct record r;
	struct head h;
	struct leaf leaf;
	size_t i;

	objects_make(&l->bob, o);
	for (i = 0; i < OBJECTS; i++) {
		struct bytes raw = buf_view(&o[i].raw);

		is_int(head_get(raw, &h) == 0, i == 7, "T11: %s as a head",
		    o[i].name);
		is_int(leaf_get(raw, &leaf) == 0, i == 8, "T11: %s as a leaf",
		    o[i].name);
		is_int(evidence_check(raw, &e) == 0, i == 9,
		    "T11: %s as evidence", o[i].name);
		is_int(record_get(raw, &r) == 0, i == 0,
		    "T11: %s as a record", o[i].name);
	}
	objects_free(o);
}

int
main(void)
{
	struct book l;

	if (seal_start() != 0)
		bail("libsodium");
	make(&l);
	test_head(&l);
	test_fresh(&l);
	test_holds(&l);
	test_extends(&l);
	test_leaf(&l);
	test_objects(&l);
	who_free(&l.bob);
	buf_free(&l.raw);
	buf_free(&l.proof);
	return done();
}
