/* SPDX-License-Identifier: ISC */
/*
 * floor: mls
 * Verifying a whole tree, as when joining: a true one of ten members with
 * blanks and unmerged leaves, then the same with one thing changed at a time,
 * in every node. Covers tree_hash.c too: parent hashes are what holds it.
 */
#include "mls_world.h"
#include "tap.h"

static struct world w;

static int
check(struct mls_tree *t)
{
	return tree_check_join(&w.env, t, mls_group_id(w.p[0].g),
	    mls_group_extensions(w.p[0].g));
}

/* Ten people, paths by several, one gone, two added without a path. */
static void
setup(uint16_t suite)
{
	struct bytes package;
	struct mls_commit_ask ask = { .add = &package, .n_add = 1 };
	size_t i;

	world_people(&w, suite, 31, 11);
	world_create(&w, 0, bytes_of(NULL, 0));
	for (i = 1; i < 9; i++) {
		world_add(&w, i - 1, i);
		world_update(&w, i);
	}
	world_remove(&w, 0, 3);
	world_update(&w, 5);
	world_update(&w, 7);
	for (i = 9; i < 11; i++) {
		package = world_package(&w, i);
		world_commit(&w, 2, &ask, &i, 1);
	}
}

static size_t
count_unmerged(const struct mls_tree *t)
{
	const struct mls_parent *p;
	size_t n = 0;
	uint32_t i;

	for (i = 1; i < tree_math_width(t->leaves); i += 2)
		if ((p = mls_tree_parent(t, i)) != NULL)
			n += p->unmerged.n / 4;
	return n;
}

enum damage { BLANK, NEW_KEY, NO_HASH, OTHER_HASH, MERGED, DAMAGES };

/* Replaces a parent by one with something changed. */
static void
damage_parent(struct mls_tree *t, uint32_t at, enum damage d)
{
	const struct mls_parent *p = mls_tree_parent(t, at);
	uint8_t public[HPKE_PUBLIC_MAX], secret[HPKE_SECRET_MAX];
	struct buf hash = { 0 }, key = { 0 };

	buf_bytes(&hash, p->parent_hash);
	buf_bytes(&key, p->encryption_key);
	world_must(hpke_keypair(w.suite->hpke, &w.rng, public, secret),
	    "key");
	switch (d) {
	case NEW_KEY:
		buf_clear(&key);
		buf_put(&key, public, w.suite->public);
		break;
	case NO_HASH:
		buf_clear(&hash);
		break;
	case OTHER_HASH:
		if (hash.n > 0)
			hash.p[0] ^= 1;
		else
			buf_u8(&hash, 1);
		break;
	default:
		break; /* set_parent forgets the unmerged leaves */
	}
	if (d == BLANK)
		mls_tree_blank(t, at);
	else
		mls_tree_set_parent(t, at, buf_view(&key), buf_view(&hash));
	buf_free(&hash);
	buf_free(&key);
}

static void
test_parents(enum damage d, const char *what)
{
	const struct mls_tree *whole = &w.p[0].g->tree;
	const struct mls_parent *p;
	unsigned tried = 0, taken = 0;
	struct mls_tree t;
	uint32_t i;

	for (i = 1; i < tree_math_width(whole->leaves); i += 2) {
		p = mls_tree_parent(whole, i);
		if (p == NULL || (d == MERGED && p->unmerged.n == 0) ||
		    (d == NO_HASH && p->parent_hash.n == 0))
			continue;
		mls_tree_copy(&t, whole);
		damage_parent(&t, i, d);
		tried++;
		taken += check(&t) == 0;
		mls_tree_free(&t);
	}
	ok(tried > 0 && taken == 0, "%s: %u tried, %u taken", what, tried,
	    taken);
}

/* A blanked parent above which others hang breaks their chain; the topmost
 * one may go, as if nobody had set it. */
static void
test_blanks(void)
{
	const struct mls_tree *whole = &w.p[0].g->tree;
	uint32_t root = tree_math_root(whole->leaves), i;
	unsigned tried = 0, taken = 0;
	struct mls_tree t;

	for (i = 1; i < tree_math_width(whole->leaves); i += 2) {
		if (mls_tree_parent(whole, i) == NULL || i == root)
			continue;
		mls_tree_copy(&t, whole);
		damage_parent(&t, i, BLANK);
		tried++;
		taken += check(&t) == 0;
		mls_tree_free(&t);
	}
	ok(tried > 0 && taken == 0, "a parent blanked: %u tried, %u taken",
	    tried, taken);
}

static void
test_leaves(void)
{
	const struct mls_tree *whole = &w.p[0].g->tree;
	const struct mls_leaf *leaf;
	unsigned tried = 0, taken = 0;
	struct buf raw = { 0 };
	struct mls_tree t;
	uint32_t i;

	for (i = 0; i < whole->leaves; i++) {
		leaf = mls_tree_leaf(whole, i);
		if (leaf == NULL)
			continue;
		buf_clear(&raw);
		buf_bytes(&raw, leaf->raw);
		raw.p[raw.n - 1] ^= 1; /* in the signature */
		mls_tree_copy(&t, whole);
		world_must(mls_tree_set_leaf(&t, i, buf_view(&raw)), "set");
		tried++;
		taken += check(&t) == 0;
		mls_tree_free(&t);
		/* moved: a commit's leaf is bound to its place */
		mls_tree_copy(&t, whole);
		world_must(mls_tree_set_leaf(&t, 3, leaf->raw), "set");
		mls_tree_blank(&t, 2 * i);
		taken += i != 3 && leaf->source == MLS_FROM_COMMIT &&
		    check(&t) == 0;
		world_must(mls_tree_set_leaf(&t, i, leaf->raw), "set");
		taken += i != 3 && check(&t) == 0; /* twice */
		mls_tree_free(&t);
	}
	is_int(taken, 0, "leaves damaged, moved, doubled: %u", tried);
	buf_free(&raw);
}

static void
test_extensions(void)
{
	struct mls_tree *t = &w.p[0].g->tree;
	struct buf list = { 0 };

	mls_ext_put(&list, WORLD_EXT, mls_text("x"));
	is_int(tree_check_fit(t, buf_view(&list)), 0, "all know it");
	mls_ext_put(&list, 0xf0f1, mls_text("x"));
	is_int(tree_check_fit(t, buf_view(&list)), ERR_RULE, "nobody does");
	buf_clear(&list);
	mls_ext_put(&list, MLS_EXT_REQUIRED, mls_text("\1"));
	ok(tree_check_fit(t, buf_view(&list)) != 0, "no list at all");
	buf_free(&list);
}

static void
test_all(uint16_t suite)
{
	setup(suite);
	ok(count_unmerged(&w.p[0].g->tree) > 0, "leaves are unmerged");
	is_int(check(&w.p[0].g->tree), 0, "the tree as it is");
	test_parents(NEW_KEY, "another key");
	test_parents(NO_HASH, "no parent hash");
	test_parents(OTHER_HASH, "another parent hash");
	test_parents(MERGED, "unmerged leaves forgotten");
	test_blanks();
	test_leaves();
	test_extensions();
	world_end(&w);
}

int
main(void)
{
	world_suites(test_all);
	return done();
}
