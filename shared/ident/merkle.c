/* SPDX-License-Identifier: ISC */
/*
 * The hash tree of RFC 9162 2.1 over SHA-256: what the directory's log is made
 * of. Proofs are made from the hashes of whole subtrees, wherever somebody
 * keeps those, and checked from nothing but their bytes, which may be a
 * stranger's. Knows nothing of what the leaves say.
 */
#include "ident.h"

void
merkle_leaf(struct bytes leaf, uint8_t out[static HASH32])
{
	static const uint8_t zero;
	struct bytes part[] = {{&zero, 1}, leaf};

	hash_many(HASH_SHA256, part, COUNT(part), out);
}

/* out may be one of the two */
static void
merkle_join(const uint8_t left[static HASH32],
    const uint8_t right[static HASH32], uint8_t out[static HASH32])
{
	static const uint8_t one = 1;
	struct bytes part[] = {{&one, 1}, {left, HASH32}, {right, HASH32}};

	hash_many(HASH_SHA256, part, COUNT(part), out);
}

static bool
merkle_whole(uint64_t n)
{
	return (n & (n - 1)) == 0;
}

/* The largest power of two below n, n > 1: where 2.1.1 splits. */
static uint64_t
merkle_split(uint64_t n)
{
	uint64_t k = 1;

	while (k < n - k)
		k <<= 1;
	return k;
}

static unsigned
merkle_level(uint64_t whole)
{
	unsigned level = 0;

	while (whole >> level > 1)
		level++;
	return level;
}

/* --- a range from the first leaf on: one hash for each bit of its size --- */

int
merkle_add(struct merkle_range *r, const uint8_t leaf[static HASH32],
    merkle_made *made, void *arg)
{
	uint64_t number = r->size;
	unsigned level;
	int err = 0;

	assert(r->size < MERKLE_SIZE_MAX);
	memcpy(r->peak[r->peaks++], leaf, HASH32);
	for (level = 1; !err && number & 1; level++) {
		number >>= 1;
		r->peaks--;
		merkle_join(r->peak[r->peaks - 1], r->peak[r->peaks],
		    r->peak[r->peaks - 1]);
		if (made)
			err = made(arg, level, number, r->peak[r->peaks - 1]);
	}
	r->size++;
	return err;
}

void
merkle_root(const struct merkle_range *r, uint8_t out[static HASH32])
{
	size_t i = r->peaks;

	if (i == 0) {
		hash_of(HASH_SHA256, bytes_of(NULL, 0), out);
		return;
	}
	memcpy(out, r->peak[--i], HASH32);
	while (i > 0)
		merkle_join(r->peak[--i], out, out);
}

/* --- making: from the hashes of whole subtrees --- */

static int
merkle_node(const struct merkle_nodes *s, uint64_t low, uint64_t n,
    uint8_t out[static HASH32])
{
	unsigned level = merkle_level(n);

	return s->node(s->arg, level, low >> level, out);
}

/* MTH of the leaves from low to below high; low is where a split put it. */
static int
merkle_span(const struct merkle_nodes *s, uint64_t low, uint64_t high,
    uint8_t out[static HASH32])
{
	uint8_t right[HASH32];
	uint64_t n = high - low, k;
	int err;

	if (merkle_whole(n))
		return merkle_node(s, low, n, out);
	k = merkle_split(n);
	err = merkle_node(s, low, k, out);
	if (!err)
		err = merkle_span(s, low + k, high, right);
	if (!err)
		merkle_join(out, right, out);
	return err;
}

static int
merkle_put(const struct merkle_nodes *s, uint64_t low, uint64_t high,
    struct buf *out)
{
	uint8_t hash[HASH32];
	int err = merkle_span(s, low, high, hash);

	if (err)
		return err;
	buf_put(out, hash, HASH32);
	return out->err;
}

/* 2.1.3.1, PATH */
static int
merkle_path(const struct merkle_nodes *s, uint64_t number, uint64_t low,
    uint64_t high, struct buf *out)
{
	uint64_t mid;
	int err;

	if (high - low == 1)
		return 0;
	mid = low + merkle_split(high - low);
	if (number < mid) {
		err = merkle_path(s, number, low, mid, out);
		return err ? err : merkle_put(s, mid, high, out);
	}
	err = merkle_path(s, number, mid, high, out);
	return err ? err : merkle_put(s, low, mid, out);
}

/* 2.1.4.1, SUBPROOF; known: the reader has the hash of these leaves */
static int
merkle_subproof(const struct merkle_nodes *s, uint64_t from, uint64_t low,
    uint64_t high, bool known, struct buf *out)
{
	uint64_t mid;
	int err;

	if (from == high)
		return known ? 0 : merkle_put(s, low, high, out);
	mid = low + merkle_split(high - low);
	if (from <= mid) {
		err = merkle_subproof(s, from, low, mid, known, out);
		return err ? err : merkle_put(s, mid, high, out);
	}
	err = merkle_subproof(s, from, mid, high, false, out);
	return err ? err : merkle_put(s, low, mid, out);
}

int
merkle_prove(const struct merkle_nodes *s, uint64_t number, uint64_t size,
    struct buf *out)
{
	if (number >= size || size > MERKLE_SIZE_MAX)
		return ERR_RANGE;
	return merkle_path(s, number, 0, size, out);
}

int
merkle_prove_extends(const struct merkle_nodes *s, uint64_t from, uint64_t to,
    struct buf *out)
{
	if (from > to || to > MERKLE_SIZE_MAX)
		return ERR_RANGE;
	if (from == 0)
		return 0;
	return merkle_subproof(s, from, 0, to, true, out);
}

int
merkle_range_at(const struct merkle_nodes *s, uint64_t size,
    struct merkle_range *r)
{
	uint64_t low = 0, n;
	int err = 0;

	memset(r, 0, sizeof(*r));
	if (size > MERKLE_SIZE_MAX)
		return ERR_RANGE;
	for (n = MERKLE_SIZE_MAX; n > 0 && !err; n >>= 1)
		if (size & n) {
			err = merkle_node(s, low, n, r->peak[r->peaks++]);
			low += n;
		}
	r->size = size;
	return err;
}

/* --- checking --- */

/* The two positions of the checks: where the proof stands in the tree, and the
 * tree's last leaf, both counted in nodes of the level that is reached. */
struct merkle_walk {
	uint64_t at, last;
};

static void
merkle_up(struct merkle_walk *w)
{
	w->at >>= 1;
	w->last >>= 1;
}

/* A node on the right border without a right neighbour goes up unchanged. */
static void
merkle_up_border(struct merkle_walk *w)
{
	while (!(w->at & 1) && w->at != 0)
		merkle_up(w);
}

static bool
merkle_shape(struct bytes proof)
{
	return proof.n % HASH32 == 0 && proof.n <= MERKLE_PROOF_MAX;
}

/* 2.1.3.2 */
int
merkle_check(uint64_t number, uint64_t size, const uint8_t leaf[static HASH32],
    struct bytes proof, const uint8_t root[static HASH32])
{
	struct merkle_walk w = {number, size - 1};
	uint8_t r[HASH32];
	size_t i;

	if (!defence(included))
		return 0;
	if (number >= size || size > MERKLE_SIZE_MAX || !merkle_shape(proof))
		return ERR_RULE;
	memcpy(r, leaf, HASH32);
	for (i = 0; i < proof.n; i += HASH32) {
		if (w.last == 0)
			return ERR_RULE;
		if (w.at & 1 || w.at == w.last) {
			merkle_join(proof.p + i, r, r);
			merkle_up_border(&w);
		} else {
			merkle_join(r, proof.p + i, r);
		}
		merkle_up(&w);
	}
	return w.last == 0 && memcmp(r, root, HASH32) == 0 ? 0 : ERR_RULE;
}

/*
 * A subtree here is any run of leaves that begins at a multiple of the power of
 * two that is not below its length (draft-ietf-plants-merkle-tree-certs 4.1);
 * the first leaves of a log are one, and then the check of its consistency with
 * the tree is 2.1.4.2.
 */
bool
merkle_part(uint64_t start, uint64_t end)
{
	uint64_t n = 1;

	if (start >= end || end > MERKLE_SIZE_MAX)
		return false;
	while (n < end - start)
		n <<= 1;
	return (start & (n - 1)) == 0;
}

/* fold: the hash that the proof stands on; part: what it has become below the
 * subtree's root, root: below the tree's */
static int
merkle_climb(struct merkle_walk w, uint64_t start, const uint8_t *fold,
    struct bytes proof, uint8_t part[static HASH32],
    uint8_t root[static HASH32])
{
	size_t i;

	memcpy(part, fold, HASH32);
	memcpy(root, fold, HASH32);
	for (i = 0; i < proof.n; i += HASH32) {
		if (w.last == 0)
			return ERR_RULE;
		if (w.at & 1 || w.at == w.last) {
			if (start < w.at)
				merkle_join(proof.p + i, part, part);
			merkle_join(proof.p + i, root, root);
			while (!(w.at & 1) && w.at != 0) {
				merkle_up(&w);
				start >>= 1;
			}
		} else {
			merkle_join(root, proof.p + i, root);
		}
		merkle_up(&w);
		start >>= 1;
	}
	return w.last == 0 ? 0 : ERR_RULE;
}

int
merkle_check_part(uint64_t start, uint64_t end, uint64_t size,
    const uint8_t part[static HASH32], const uint8_t root[static HASH32],
    struct bytes proof)
{
	struct merkle_walk w = {end - 1, size - 1};
	uint8_t p[HASH32], r[HASH32];
	const uint8_t *fold = part;
	int err;

	if (!defence(extends))
		return 0;
	if (start == end && end <= size && size <= MERKLE_SIZE_MAX) {
		hash_of(HASH_SHA256, bytes_of(NULL, 0), r);
		return proof.n == 0 && memcmp(part, r, HASH32) == 0 ? 0 :
		    ERR_RULE;   /* no leaves are in every tree */
	}
	if (!merkle_part(start, end) || end > size || size > MERKLE_SIZE_MAX ||
	    !merkle_shape(proof))
		return ERR_RULE;
	while (start != w.at && (w.at == w.last || w.at & 1)) {
		merkle_up(&w);
		start >>= 1;
	}
	if (start != w.at) {
		if (proof.n == 0)
			return ERR_RULE;
		fold = proof.p;
		proof = bytes_of(proof.p + HASH32, proof.n - HASH32);
	}
	err = merkle_climb(w, start, fold, proof, p, r);
	if (!err && (memcmp(p, part, HASH32) != 0 ||
	    memcmp(r, root, HASH32) != 0))
		err = ERR_RULE;
	return err;
}

int
merkle_check_extends(uint64_t from, uint64_t to,
    const uint8_t root_from[static HASH32],
    const uint8_t root_to[static HASH32], struct bytes proof)
{
	if (to == 0 && memcmp(root_from, root_to, HASH32) != 0)
		return ERR_RULE;
	return merkle_check_part(0, from, to, root_from, root_to, proof);
}
