/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes what is read of a directory's log: heads, leaves, evidence, proofs and
 * what the signer is asked. The first byte picks the game: raw bytes; a true
 * object with bytes changed, of which only the true one may be taken; or a
 * proof of a small tree, which proves nothing but that tree.
 * floor: ident
 */
#include "fuzz.h"
#include "ident.h"

enum game { RAW, HEAD, EVIDENCE, PROOF, GAMES };
#define LEAVES 40

static void
leaf_at(uint64_t i, uint8_t out[static HASH32])
{
	uint8_t b = (uint8_t)i;

	merkle_leaf(bytes_of(&b, 1), out);
}

static int
node(void *arg, unsigned level, uint64_t number, uint8_t out[static HASH32])
{
	struct merkle_range r = {0};
	uint8_t leaf[HASH32];
	uint64_t i;

	(void)arg;
	for (i = number << level; i < (number + 1) << level; i++) {
		leaf_at(i, leaf);
		must(merkle_add(&r, leaf, NULL, NULL) == 0);
	}
	merkle_root(&r, out);
	return 0;
}
static const struct merkle_nodes nodes = {node, NULL};

static void
root_at(uint64_t size, uint8_t out[static HASH32])
{
	struct merkle_range r;

	must(merkle_range_at(&nodes, size, &r) == 0);
	merkle_root(&r, out);
}

static void
secret_of(uint8_t secret[static SIGN_SECRET])
{
	static const uint8_t seed[SIGN_SEED] = {1};
	uint8_t public[SIGN_PUBLIC];

	sign_seed(seed, public, secret);
}

static void
judge_raw(struct bytes in)
{
	struct evidence e;
	struct head h;
	struct leaf l;
	uint8_t again[LEAF_SIZE];

	if (leaf_get(in, &l) == 0) {
		leaf_put(&l, again);
		must(bytes_same(in, bytes_of(again, LEAF_SIZE)));
	}
	if (head_get(in, &h) == 0)
		must(in.n == HEAD_SIZE);
	if (evidence_check(in, &e) == 0)
		must(e.first.size <= e.later.size);
}

/* Three bytes of input change one byte of b; the rest replaces its end. */
static bool
edit(struct buf *b, struct rd *in)
{
	struct buf was = {0};
	size_t n, at;
	bool same;

	buf_bytes(&was, buf_view(b));
	for (n = rd_u8(in) % 8 + 1u; n > 0; n--) {
		at = rd_u16(in) % b->n;
		b->p[at] ^= rd_u8(in);
	}
	if (rd_left(in) > 0) {
		b->n -= rd_u8(in) % b->n;
		buf_bytes(b, rd_rest(in));
	}
	same = bytes_same(buf_view(&was), buf_view(b));
	buf_free(&was);
	return same;
}

static void
judge_head(struct rd *in)
{
	struct head h = {.size = rd_u8(in), .time = rd_u64(in) >> 1}, got;
	uint8_t secret[SIGN_SECRET];
	struct buf b = {0};
	bool same;

	secret_of(secret);
	head_sign(&h, secret);
	head_put(&h, &b);
	same = edit(&b, in);
	must((head_get(buf_view(&b), &got) == 0) == same);
	buf_free(&b);
}

static void
judge_evidence(struct rd *in)
{
	uint8_t secret[SIGN_SECRET];
	struct evidence e, got;
	struct buf proof = {0}, b = {0};
	bool same;

	memset(&e, 0, sizeof(e));
	secret_of(secret);
	e.first.size = rd_u8(in) % LEAVES + 1u;
	e.later.size = e.first.size + rd_u8(in) % 8;
	root_at(e.later.size, e.later.root);
	e.first.root[0] = rd_u8(in);    /* some other tree's */
	head_sign(&e.first, secret);
	head_sign(&e.later, secret);
	root_at(e.first.size, e.other);
	must(merkle_prove_extends(&nodes, e.first.size, e.later.size,
	    &proof) == 0);
	e.proof = buf_view(&proof);
	must(evidence_put(&e, &b) == 0);
	same = edit(&b, in);
	must((evidence_check(buf_view(&b), &got) == 0) == same);
	buf_free(&proof);
	buf_free(&b);
}

/* Whatever passes says the truth about the tree. */
static void
judge_proof(struct rd *in)
{
	uint64_t a = rd_u8(in) % (LEAVES + 2u), b = rd_u8(in) % (LEAVES + 2u);
	uint8_t mode = rd_u8(in), hash[HASH32], ra[HASH32], rb[HASH32];
	struct buf p = {0};

	root_at(a, ra);
	root_at(b, rb);
	if (mode & 1)
		(void)merkle_prove(&nodes, a, b, &p);
	else
		(void)merkle_prove_extends(&nodes, a, b, &p);
	if (p.n > 0 && mode & 2)
		(void)edit(&p, in);
	else
		buf_bytes(&p, rd_rest(in));
	leaf_at(a, hash);
	if (merkle_check(a, b, hash, buf_view(&p), rb) == 0)
		must(a < b);
	hash[0] ^= 1;
	must(merkle_check(a, b, hash, buf_view(&p), rb) != 0);
	if (merkle_check_extends(a, b, ra, rb, buf_view(&p)) == 0)
		must(a <= b);
	ra[0] ^= 1;
	must(merkle_check_extends(a, b, ra, rb, buf_view(&p)) != 0);
	buf_free(&p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct rd in = rd_of(bytes_of(p, n));

	switch (rd_u8(&in) % GAMES) {
	case RAW:
		judge_raw(rd_rest(&in));
		break;
	case HEAD:
		judge_head(&in);
		break;
	case EVIDENCE:
		judge_evidence(&in);
		break;
	case PROOF:
		judge_proof(&in);
		break;
	}
	return 0;
}
