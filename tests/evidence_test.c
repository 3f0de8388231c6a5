/* SPDX-License-Identifier: ISC */
/*
 * Evidence of two histories: made from forks at every pair of sizes up to 40,
 * believed; and from honest logs, two relays or changed bytes, not believed.
 */
#include "ident.h"
#include "tap.h"

#define SIZES 40

struct side {
	uint8_t leaf[SIZES][HASH32];
};

static int
node(void *arg, unsigned level, uint64_t number, uint8_t out[static HASH32])
{
	struct side *s = arg;
	struct merkle_range r = {0};
	uint64_t i;

	for (i = 0; i < 1ull << level; i++)
		if (merkle_add(&r, s->leaf[(number << level) + i], NULL, NULL)
		    != 0)
			return ERR_STATE;
	merkle_root(&r, out);
	return 0;
}

static void
root(struct side *s, uint64_t size, uint8_t out[static HASH32])
{
	struct merkle_nodes nodes = {node, s};
	struct merkle_range r;

	if (merkle_range_at(&nodes, size, &r) != 0)
		bail("no tree");
	merkle_root(&r, out);
}

static struct head
head(struct side *s, uint64_t size, const uint8_t *secret)
{
	struct head h = {.size = size, .time = 1};

	root(s, size, h.root);
	head_sign(&h, secret);
	return h;
}

/* What somebody has who was shown `a` at a size and has replayed `b`. */
static int
accuse(struct side *a, uint64_t at, struct side *b, uint64_t to,
    const uint8_t *secret, struct buf *out)
{
	struct merkle_nodes nodes = {node, b};
	struct buf proof = {0};
	struct evidence e = {.first = head(a, at, secret),
	    .later = head(b, to, secret)};
	int err;

	if (at < to) {
		root(b, at, e.other);
		if (merkle_prove_extends(&nodes, at, to, &proof) != 0)
			bail("no proof");
	}
	e.proof = buf_view(&proof);
	buf_clear(out);
	err = evidence_put(&e, out);
	buf_free(&proof);
	return err;
}

static void
test_forks(struct side *a, struct side *b, uint64_t fork,
    const uint8_t *secret)
{
	size_t caught = 0, all = 0, honest = 0, false_alarm = 0;
	struct buf out = {0};
	struct evidence e;
	uint64_t at, to;

	for (at = fork + 1; at <= SIZES; at++)
		for (to = at; to <= SIZES; to++) {
			all++;
			if (accuse(a, at, b, to, secret, &out) == 0 &&
			    out.n <= EVIDENCE_MAX &&
			    evidence_check(buf_view(&out), &e) == 0 &&
			    memcmp(e.first.key, secret + SIGN_SEED,
			    SIGN_PUBLIC) == 0)
				caught++;
		}
	is_int(caught, all, "T03: each pair of heads over a fork is evidence");
	for (at = 0; at <= fork; at++)
		for (to = at; to <= SIZES; to++) {
			honest++;
			false_alarm += accuse(a, at, b, to, secret, &out) !=
			    ERR_RULE;
		}
	is_int(false_alarm, 0, "T03: none of %zu honest pairs is", honest);
	buf_free(&out);
}

static void
test_bytes(struct side *a, struct side *b, const uint8_t *secret)
{
	size_t i, passed = 0;
	struct buf out = {0};
	struct evidence e;

	if (accuse(a, 21, b, 38, secret, &out) != 0)
		bail("no evidence");
	for (i = 0; i < out.n; i++) {
		out.p[i] ^= 4;
		passed += evidence_check(buf_view(&out), &e) == 0;
		out.p[i] ^= 4;
	}
	is_int(passed, 0, "T03: no byte of it can be changed");
	for (i = 0; i < out.n; i++)
		passed += evidence_check(bytes_of(out.p, i), &e) == 0;
	buf_u8(&out, 0);
	passed += evidence_check(buf_view(&out), &e) == 0;
	is_int(passed, 0, "cut, or with something behind it");
	buf_free(&out);
}

static void
test_relays(struct side *a, struct side *b, const uint8_t *secret)
{
	uint8_t other[SIGN_SECRET], public[SIGN_PUBLIC];
	struct evidence e = {.first = head(a, 30, secret)};
	struct buf out = {0};

	sign_keypair(&rng_system, public, other);
	e.later = head(b, 30, other);
	is_int(evidence_put(&e, &out), ERR_KEY,
	    "heads of two relays accuse none of them");
	e.later = e.first;
	is_int(evidence_put(&e, &out), ERR_RULE, "the same head twice");
	e.later = head(a, 20, secret);
	is_int(evidence_put(&e, &out), ERR_FORMAT, "in the wrong order");
	is_int(out.n, 0, "and nothing is written");
	buf_free(&out);
}

int
main(void)
{
	uint8_t secret[SIGN_SECRET], public[SIGN_PUBLIC];
	struct side a, b;

	if (seal_start() != 0)
		bail("libsodium");
	sign_keypair(&rng_system, public, secret);
	rng_fill(&rng_system, &a, sizeof(a));
	b = a;
	b.leaf[10][0] ^= 1;
	test_forks(&a, &b, 10, secret);
	test_bytes(&a, &b, secret);
	test_relays(&a, &b, secret);
	return done();
}
