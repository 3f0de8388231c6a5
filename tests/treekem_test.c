/* SPDX-License-Identifier: ISC */
/*
 * TreeKEM: known answers; then trees of every size up to 17, with blanks and
 * leaves that are not merged, in which everybody commits and all others open;
 * and UpdatePaths with one thing wrong, which leave the keys as they were.
 */
#include <stdlib.h>

#include "mls_data.h"
#include "tap.h"

#define GROVE_MAX 17

struct grower {
	bool in;
	uint8_t signer[SIGN_SECRET];
	struct treekem_keys keys;
};
struct grove {
	struct mls_tree tree;
	struct grower who[GROVE_MAX];
	uint32_t n;
};
struct climb {                          /* one UpdatePath */
	struct mls_tree ours, after;    /* the sender's tree, the others' */
	struct treekem_plan plan;
	struct buf raw;
	struct mls_path path;
	struct mls_list32 fresh;
};

static const struct mls_suite *suite;
static struct rng_seeded seeded;
static struct rng rng;
static const struct bytes none;

static uint32_t
grove_add(struct grove *g)
{
	uint8_t public[SIGN_PUBLIC], key[HPKE_PUBLIC_MAX];
	uint8_t signer[SIGN_SECRET];
	struct treekem_keys keys = { .have = 1 };
	struct mls_self self = { .signer = signer,
		.identity = mls_text("somebody"), .no_grease = true };
	struct mls_leaf_ask ask = { .suite = suite, .self = &self,
		.source = MLS_FROM_PACKAGE, .not_after = 1800000000,
		.encryption_key = bytes_of(key, suite->public) };
	struct buf b = { 0 };
	uint32_t at;

	sign_keypair(&rng, public, signer);
	if (hpke_keypair(suite->hpke, &rng, key, keys.key[0]) != 0 ||
	    mls_leaf_make(&rng, &ask, &b) != 0 ||
	    mls_tree_add(&g->tree, buf_view(&b), &at) != 0)
		bail("a leaf");
	buf_free(&b);
	if (at >= GROVE_MAX)
		bail("the tree grew too large");
	memcpy(g->who[at].signer, signer, SIGN_SECRET);
	g->who[at].keys = keys;
	g->who[at].in = true;
	if (at >= g->n)
		g->n = at + 1;
	return at;
}

static void
grove_remove(struct grove *g, uint32_t leaf)
{
	uint32_t i;

	if (mls_tree_remove(&g->tree, leaf) != 0)
		bail("remove");
	mls_tree_trim(&g->tree);
	g->who[leaf].in = false;
	for (i = 0; i < g->n; i++)
		if (g->who[i].in)
			treekem_prune(&g->tree, i, &g->who[i].keys);
}

static void
climb_free(struct climb *c)
{
	mls_tree_free(&c->ours);
	mls_tree_free(&c->after);
	treekem_plan_free(&c->plan);
	mls_list32_free(&c->fresh);
	buf_free(&c->raw);
}

static void
climb_read(struct climb *c)
{
	struct rd rd = rd_of(buf_view(&c->raw));

	if (mls_path_get(&rd, &c->path) != 0 || rd_end(&rd) != 0)
		bail("no UpdatePath");
}

/* The leaf makes a path, and a tree of the others is there to merge it. */
static void
climb(const struct grove *g, uint32_t leaf, struct climb *c)
{
	mls_tree_copy(&c->ours, &g->tree);
	mls_tree_copy(&c->after, &g->tree);
	if (treekem_plan(&rng, &c->ours, leaf, mls_text("group"), NULL,
	    g->who[leaf].signer, &c->plan) != 0 ||
	    treekem_encrypt(&rng, &c->ours, &c->plan, mls_text("context"),
	    &c->fresh, &c->raw) != 0)
		bail("a path of %u", leaf);
	climb_read(c);
}

static int
climb_open(const struct climb *c, uint32_t leaf, const char *context,
    struct treekem_keys *keys, uint8_t *commit)
{
	return treekem_open(&c->after, c->plan.leaf, &c->path, leaf,
	    mls_text(context), &c->fresh, keys, NULL, commit);
}

/* Every key that somebody holds is the secret half of its node. */
static unsigned
wrong_keys(const struct mls_tree *t, uint32_t leaf,
    const struct treekem_keys *k)
{
	uint8_t public[HPKE_PUBLIC_MAX];
	unsigned level, n = 0;
	uint32_t node;

	for (level = 0; level <= MLS_LEVELS_MAX; level++) {
		if ((k->have >> level & 1) == 0)
			continue;
		node = tree_math_ancestor(leaf, level);
		n += hpke_public(suite->hpke, k->key[level], public) != 0 ||
		    t->node[node] == NULL || !bytes_same(mls_tree_key(t,
		    node), bytes_of(public, suite->public));
	}
	return n;
}

/* It commits, all others follow; how much went wrong. */
static unsigned
grove_commit(struct grove *g, uint32_t leaf)
{
	struct climb c = { .fresh = { 0 } };
	uint8_t got[MLS_NH_MAX];
	unsigned wrong = 0;
	uint32_t i;

	climb(g, leaf, &c);
	wrong += treekem_merge(&c.after, leaf, &c.path) != 0;
	wrong += tree_hash_verify(&c.after) != 0;
	wrong += memcmp(tree_hash_root(&c.after), tree_hash_root(&c.ours),
	    suite->nh) != 0;
	for (i = 0; i < g->n && wrong == 0; i++) {
		if (!g->who[i].in)
			continue;
		if (i == leaf) {
			g->who[i].keys = c.plan.keys;
		} else {
			wrong += climb_open(&c, i, "context",
			    &g->who[i].keys, got) != 0;
			wrong += memcmp(got, c.plan.commit_secret,
			    suite->nh) != 0;
		}
		wrong += wrong_keys(&c.after, i, &g->who[i].keys);
	}
	mls_tree_free(&g->tree);
	mls_tree_copy(&g->tree, &c.after);
	climb_free(&c);
	return wrong;
}

static void
grove_free(struct grove *g)
{
	mls_tree_free(&g->tree);
	mem_wipe(g, sizeof *g);
}

static void
grove_grow(struct grove *g, uint32_t n)
{
	memset(g, 0, sizeof *g);
	mls_tree_start(&g->tree, suite);
	while (n-- > 0)
		(void)grove_add(g);
}

static void
test_sizes(void)
{
	unsigned wrong = 0, commits = 0;
	struct grove g;
	uint32_t n, i;

	for (n = 1; n <= GROVE_MAX; n++) {
		grove_grow(&g, n);
		for (i = 0; i < n; i++, commits++)
			wrong += grove_commit(&g, i);
		grove_free(&g);
	}
	is_int(wrong, 0, "%u commits in trees of 1 to %d, all follow", commits,
	    GROVE_MAX);
}

/* Some leave, some come; in between somebody commits. */
static void
test_changes(void)
{
	unsigned wrong = 0, i, k, ins = 9;
	struct grove g;

	grove_grow(&g, ins);
	for (i = 0; i < 60 && wrong == 0; i++) {
		do
			k = rng_below(&rng, g.n);
		while (!g.who[k].in);
		if (rng_below(&rng, 2) != 0) {
			wrong += grove_commit(&g, k);
		} else if (rng_below(&rng, 2) != 0 && ins < GROVE_MAX) {
			(void)grove_add(&g);
			ins++;
		} else if (ins > 2) {
			grove_remove(&g, k);
			ins--;
		}
	}
	is_int(wrong, 0, "%u commits, comings and goings", i);
	grove_free(&g);
}

/* ---- one thing wrong ---- */

static struct grove grove;

/* A path of leaf 2 of 8 in which something is changed before it is merged. */
static void
test_merge(void)
{
	uint8_t low[HPKE_PUBLIC_MAX] = { 0 }, hash[MLS_NH_MAX];
	struct climb c = { .fresh = { 0 } };
	struct bytes was, leaf;
	struct mls_path good;

	climb(&grove, 2, &c);
	good = c.path;
	is_int(c.path.n, 3, "a path of three");
#define TRY(want, what) do {                                            \
	struct mls_tree t;                                              \
	mls_tree_copy(&t, &grove.tree);                                 \
	is_int(treekem_merge(&t, 2, &c.path), want, what);              \
	mls_tree_free(&t);                                              \
	c.path = good;                                                  \
} while (0)
	c.path.n = 2;
	TRY(ERR_RULE, "one node less");
	c.path.node[3] = good.node[2];
	c.path.n = 4;
	TRY(ERR_RULE, "one node more");
	c.path.node[1] = good.node[2];
	c.path.node[2] = good.node[1];
	TRY(ERR_RULE, "two nodes in the other order");
	c.path.node[0].encryption_key = mls_tree_key(&grove.tree, 0);
	TRY(ERR_RULE, "a key that is in the tree already");
	c.path.node[0].encryption_key = bytes_of(low, suite->public);
	if (suite->id == MLS_SUITE_X25519)
		TRY(ERR_KEY, "a key of low order (T30)");
	c.path.node[0].encryption_key = bytes_of(low, suite->public - 1);
	TRY(ERR_KEY, "a key that is too short (T30)");
	leaf = mls_tree_key(&grove.tree, 4);
	c.path.leaf.encryption_key = leaf;
	TRY(ERR_RULE, "a leaf with the key that it had");
	was = good.leaf.parent_hash;
	memcpy(hash, was.p, was.n);
	hash[0] ^= 1;
	c.path.leaf.parent_hash = bytes_of(hash, was.n);
	TRY(ERR_RULE, "a leaf that names another parent");
	c.path.leaf.parent_hash = none;
	TRY(ERR_RULE, "or none");
	TRY(0, "and the good one is taken");
#undef TRY
	climb_free(&c);
}

/* Ciphertexts: what any receiver refuses, with its keys as they were. */
static unsigned
opened(const struct climb *c, const char *context, int *err)
{
	struct treekem_keys keys;
	uint8_t commit[MLS_NH_MAX];
	unsigned n = 0;
	uint32_t i;

	for (i = 0; i < grove.n; i++) {
		if (i == c->plan.leaf || !grove.who[i].in)
			continue;
		keys = grove.who[i].keys;
		*err = climb_open(c, i, context, &keys, commit);
		n += *err == 0;
		if (*err != 0 && memcmp(&keys, &grove.who[i].keys,
		    sizeof keys) != 0)
			bail("leaf %u: keys have changed", i);
		mem_wipe(&keys, sizeof keys);
	}
	return n;
}

static void
test_open(void)
{
	struct climb c = { .fresh = { 0 } };
	unsigned all = grove.n - 1, bit, taken = 0;
	struct bytes list;
	uint8_t *at;
	int err;

	climb(&grove, 2, &c);
	if (treekem_merge(&c.after, 2, &c.path) != 0)
		bail("merge");
	is_int(opened(&c, "context", &err), all, "all open it");
	is_int(opened(&c, "another epoch", &err), 0,
	    "in another epoch nobody does, and no key changes");
	/* the top: half of the tree; its one or more ciphertexts */
	list = c.path.node[2].secrets;
	at = c.raw.p + (list.p - c.raw.p);
	for (bit = 0; bit < 64; bit++) {
		size_t k = (list.n - 1) * bit / 64;

		at[k] ^= (uint8_t)(1u << bit % 8);
		taken += opened(&c, "context", &err) == all;
		at[k] ^= (uint8_t)(1u << bit % 8);
	}
	is_int(taken, 0, "a bit of a ciphertext shuts somebody out (T24)");
	c.path.node[2].secrets = none;
	is_int(opened(&c, "context", &err), 0, "none at all: nobody opens it");
	is_int(err, ERR_RULE, "since their number is wrong");
	c.path.node[2].secrets = c.path.node[0].secrets;
	if (c.path.node[0].secrets.n != list.n)
		is_int(opened(&c, "context", &err), 0, "those of another node");
	c.path.node[2].secrets = list;
	is_int(opened(&c, "context", &err), all, "and again, as it was");
	climb_free(&c);
}

/* Who is added by the same commit gets nothing in the path. */
static void
test_fresh(void)
{
	struct climb c = { .fresh = { 0 } }, blind = { .fresh = { 0 } };
	uint8_t commit[MLS_NH_MAX];
	struct treekem_keys keys;
	uint32_t at;
	int err;

	at = grove_add(&grove);
	mls_list32_add(&c.fresh, at);
	climb(&grove, 2, &c);
	if (treekem_merge(&c.after, 2, &c.path) != 0)
		bail("merge");
	keys = grove.who[at].keys;
	is_int(climb_open(&c, at, "context", &keys, commit), ERR_NONE,
	    "a newcomer has no ciphertext there");
	is_mem(&keys, &grove.who[at].keys, sizeof keys, "and no new key");
	is_int(opened(&c, "context", &err), grove.n - 2, "all others have");
	mls_list32_free(&c.fresh);
	is_int(opened(&c, "context", &err), 0,
	    "who does not know of the newcomer refuses it");
	is_int(err, ERR_RULE, "for its number of ciphertexts");
	climb(&grove, 2, &blind);
	mls_list32_add(&blind.fresh, at);
	if (treekem_merge(&blind.after, 2, &blind.path) != 0)
		bail("merge");
	is_int(opened(&blind, "context", &err), 0,
	    "and one that forgot of the newcomer is refused as well");
	climb_free(&c);
	climb_free(&blind);
}

/* What a Welcome says, and what is forgotten of it. */
static void
test_take(void)
{
	struct climb c = { .fresh = { 0 } };
	struct treekem_keys keys = { .have = 0 };
	uint8_t secret[MLS_NH_MAX];
	uint32_t node;

	climb(&grove, 2, &c);
	node = tree_math_common(2, 0);
	memcpy(secret, c.plan.secrets.path[tree_math_level(node)], suite->nh);
	is_int(treekem_take(&c.ours, 0, node, secret, &keys), 0,
	    "a path secret gives the keys above it");
	ok(keys.have != 0 && wrong_keys(&c.ours, 0, &keys) == 0,
	    "which are the tree's");
	secret[0] ^= 1;
	is_int(treekem_take(&c.ours, 0, node, secret, &keys), ERR_KEY,
	    "another gives none");
	secret[0] ^= 1;
	is_int(treekem_take(&grove.tree, 0, node, secret, &keys), ERR_KEY,
	    "nor does it in the tree before");
	mls_tree_blank(&c.ours, node);
	is_int(treekem_take(&c.ours, 0, node, secret, &keys), ERR_RULE,
	    "nor at a place that is blank");
	treekem_prune(&c.ours, 0, &keys);
	ok((keys.have >> tree_math_level(node) & 1) == 0,
	    "a key of a blank place is forgotten");
	memset(secret, 0, sizeof secret);
	is_mem(keys.key[tree_math_level(node)], secret, suite->secret,
	    "and wiped (T33)");
	climb_free(&c);
}

/* In each cipher text the half that is ML-KEM's becomes another one: whoever
 * opens it has of the true secret what X25519 gives, and no more. */
static void
half_blind(struct climb *c)
{
	struct bytes kem;
	struct rd list;
	size_t i;

	for (i = 0; i < c->path.n; i++) {
		list = rd_of(c->path.node[i].secrets);
		while (rd_left(&list) > 0) {
			kem = mls_get_vector(&list);
			(void)mls_get_vector(&list);
			if (list.err != 0 || kem.n != XWING_CIPHER)
				bail("no X-Wing cipher text");
			c->raw.p[kem.p - c->raw.p] ^= 1;
		}
	}
}

/* Three in a group. One was copied whole and makes fresh keys; the thief sees
 * through all X25519, the others' too, and not through ML-KEM. */
static void
test_oracle(void)
{
	struct climb c = { .fresh = { 0 } };
	struct treekem_keys thief;
	uint8_t got[MLS_NH_MAX];
	unsigned opened = 0;
	struct grove g;
	uint32_t i;

	grove_grow(&g, 3);
	for (i = 0; i < 3; i++)
		if (grove_commit(&g, i) != 0)
			bail("three");
	climb(&g, 1, &c);
	if (treekem_merge(&c.after, 1, &c.path) != 0)
		bail("merge");
	half_blind(&c);
	for (i = 0; i < 3; i += 2) {
		thief = g.who[i].keys;
		opened += climb_open(&c, i, "context", &thief, got) == 0;
	}
	is_int(opened, 0, "all that X25519 shows of three members does not "
	    "show the next epoch (T31)");
	half_blind(&c);
	is_int(climb_open(&c, 2, "context", &g.who[2].keys, got), 0,
	    "a member enters it");
	climb_free(&c);
	grove_free(&g);
}

int
main(void)
{
	uint32_t k;
	size_t i;

	if (seal_start() != 0)
		bail("libsodium");
	rng = rng_seed(&seeded, 6);
	ok(mls_data("treekem", mls_vec_treekem),
	    "known answers");
	for (i = 0; (suite = mls_suite_at(i)) != NULL; i++) {
		note("%s", suite->name);
		test_sizes();
		test_changes();
		grove_grow(&grove, 8);
		for (k = 0; k < 8; k++)
			if (grove_commit(&grove, k) != 0)
				bail("leaf %u", k);
		test_merge();
		test_open();
		test_take();
		test_fresh();
		grove_free(&grove);
		if (suite->id == MLS_SUITE_XWING)
			test_oracle();
	}
	return done();
}
