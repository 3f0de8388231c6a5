/* SPDX-License-Identifier: ISC */
/*
 * The ratchet tree: random adds, updates, removes and paths against a second
 * tree that is decoded anew after each step, so that no cached hash and no
 * shared node can be stale; and hostile encodings.
 */
#include "mls_world.h"
#include "tap.h"

static struct world w;

/* A leaf with a key of its own. */
static void
leaf_bytes(struct buf *out)
{
	uint8_t public[HPKE_PUBLIC_MAX], secret[HPKE_SECRET_MAX];
	struct mls_self self = world_self(&w, 0);
	struct mls_leaf_ask ask = { .suite = w.suite, .self = &self,
		.source = MLS_FROM_PACKAGE, .not_after = WORLD_NOW };

	sign_keypair(&w.rng, w.p[0].public, w.p[0].signer);
	world_must(hpke_keypair(w.suite->hpke, &w.rng, public, secret),
	    "key");
	ask.encryption_key = bytes_of(public, w.suite->public);
	buf_clear(out);
	world_must(mls_leaf_make(&w.rng, &ask, out), "leaf");
}

static bool
same_when_decoded(struct mls_tree *t)
{
	struct buf raw = { 0 }, again = { 0 };
	struct mls_tree u;
	struct rd rd;
	bool same;

	mls_tree_put(t, &raw);
	rd = rd_of(buf_view(&raw));
	world_must(mls_tree_get(&rd, w.suite, &u), "decode");
	world_must(rd_end(&rd), "decode");
	mls_tree_widen(&u, t->leaves);
	mls_tree_put(&u, &again);
	same = u.leaves == t->leaves &&
	    bytes_same(buf_view(&raw), buf_view(&again)) &&
	    memcmp(tree_hash_root(t), tree_hash_root(&u),
	    w.suite->nh) == 0;
	mls_tree_free(&u);
	buf_free(&raw);
	buf_free(&again);
	return same;
}

static uint32_t
some_leaf(const struct mls_tree *t)
{
	uint32_t leaf;

	do
		leaf = rng_below(&w.rng, t->leaves);
	while (mls_tree_leaf(t, leaf) == NULL);
	return leaf;
}

static void
change(struct mls_tree *t)
{
	struct buf leaf = { 0 };
	struct treekem_plan plan;
	struct mls_self self;
	uint32_t at;

	leaf_bytes(&leaf);
	switch (rng_below(&w.rng, 5)) {
	case 0:
	case 1:
		world_must(mls_tree_add(t, buf_view(&leaf), &at), "add");
		break;
	case 2:
		world_must(mls_tree_update(t, some_leaf(t), buf_view(&leaf)),
		    "update");
		break;
	case 3:
		if (mls_tree_members(t) < 2)
			break;
		world_must(mls_tree_remove(t, some_leaf(t)), "remove");
		mls_tree_trim(t);
		break;
	default:
		self = world_self(&w, 0);
		world_must(treekem_plan(&w.rng, t, some_leaf(t),
		    mls_text("id"), &self, NULL, &plan), "plan");
		treekem_plan_free(&plan);
	}
	buf_free(&leaf);
}

static void
test_walk(void)
{
	struct mls_tree t, copy;
	struct buf leaf = { 0 };
	uint8_t hash[MLS_NH_MAX];
	unsigned i, stale = 0, parents = 0, shared = 0, others = 0;
	uint32_t at;

	mls_tree_start(&t, w.suite);
	leaf_bytes(&leaf);
	world_must(mls_tree_add(&t, buf_view(&leaf), &at), "add");
	for (i = 0; i < 300; i++) {
		mls_tree_copy(&copy, &t);
		memcpy(hash, tree_hash_root(&copy), w.suite->nh);
		change(&t);
		stale += !same_when_decoded(&t);
		parents += tree_hash_verify(&t) != 0;
		others += tree_check_unmerged(&t) != 0 ||
		    tree_check_unique(&t) != 0;
		shared += memcmp(hash, tree_hash_root(&copy),
		    w.suite->nh) != 0 || !same_when_decoded(&copy);
		mls_tree_free(&copy);
	}
	is_int(stale, 0, "300 steps: hashes are never stale");
	is_int(parents, 0, "parent hashes always verify");
	is_int(others, 0, "unmerged leaves and keys are in order");
	is_int(shared, 0, "a copy does not see later changes");
	mls_tree_free(&t);
	buf_free(&leaf);
}

static int
decode(struct bytes nodes)
{
	struct buf raw = { 0 };
	struct mls_tree t;
	struct rd rd;
	int err;

	mls_put_vector(&raw, nodes);
	rd = rd_of(buf_view(&raw));
	err = mls_tree_get(&rd, w.suite, &t);
	if (err == 0)
		mls_tree_free(&t);
	buf_free(&raw);
	return err;
}

static void
put_node(struct buf *b, struct bytes leaf)
{
	buf_u8(b, 1);
	buf_u8(b, 1);
	buf_bytes(b, leaf);
}

static void
put_parent(struct buf *b, const uint32_t *unmerged, size_t n)
{
	size_t mark, i;

	buf_u8(b, 1);
	buf_u8(b, 2);
	mls_put_vector(b, mls_text("key"));
	mls_put_vector(b, mls_text(""));
	mark = mls_vector_open(b);
	for (i = 0; i < n; i++)
		buf_u32(b, unmerged[i]);
	mls_vector_close(b, mark);
}

static int
decode_unmerged(struct bytes leaf, const uint32_t *unmerged, size_t n)
{
	struct buf b = { 0 };
	int err;

	put_node(&b, leaf);
	put_parent(&b, unmerged, n);
	put_node(&b, leaf);
	err = decode(buf_view(&b));
	buf_free(&b);
	return err;
}

static void
test_hostile(void)
{
	static const uint32_t good[2] = { 0, 1 }, unsorted[2] = { 1, 0 };
	static const uint32_t twice[2] = { 1, 1 }, far[1] = { 1u << 31 };
	static const uint8_t blank[40000];
	struct buf leaf = { 0 }, b = { 0 };

	leaf_bytes(&leaf);
	is_int(decode(bytes_of(NULL, 0)), ERR_FORMAT, "an empty tree");
	is_int(decode(bytes_of(blank, 3)), ERR_FORMAT, "only blanks");
	is_int(decode(bytes_of(blank, sizeof blank)), ERR_BIG,
	    "more nodes than a tree may have");
	put_node(&b, buf_view(&leaf));
	is_int(decode(buf_view(&b)), 0, "one leaf");
	buf_u8(&b, 0);
	is_int(decode(buf_view(&b)), ERR_FORMAT, "a blank at the end");
	put_node(&b, buf_view(&leaf));
	is_int(decode(buf_view(&b)), 0, "two leaves");
	b.p[0] = 2;
	is_int(decode(buf_view(&b)), ERR_FORMAT, "neither there nor not");
	b.p[0] = 1;
	b.p[1] = 2;
	ok(decode(buf_view(&b)) != 0, "a parent in a leaf's place");
	is_int(decode_unmerged(buf_view(&leaf), good, 2), 0, "unmerged leaves");
	is_int(decode_unmerged(buf_view(&leaf), unsorted, 2), ERR_FORMAT,
	    "not sorted");
	is_int(decode_unmerged(buf_view(&leaf), twice, 2), ERR_FORMAT, "twice");
	is_int(decode_unmerged(buf_view(&leaf), far, 1), ERR_RULE,
	    "outside the tree");
	buf_free(&leaf);
	buf_free(&b);
}

int
main(void)
{
	world_must(seal_start(), "start");
	world_start(&w, MLS_SUITE_X25519, 77);
	world_person(&w);
	test_walk();
	test_hostile();
	world_end(&w);
	return done();
}
