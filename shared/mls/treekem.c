/* SPDX-License-Identifier: ISC */
/*
 * TreeKEM (RFC 9420 7.4 to 7.6): fresh keys along a direct path, handed to the
 * others in an UpdatePath, and the same seen from the receiving side. Path
 * secrets live in structs that their owner wipes.
 */
#include <stdlib.h>

#include "mls_parts.h"

int
treekem_node_key(const struct mls_suite *suite, const uint8_t *path_secret,
    uint8_t *public, uint8_t *secret)
{
	uint8_t node_secret[MLS_NH_MAX];
	int err;

	err = mls_derive(suite, path_secret, "node", node_secret);
	if (err == 0)
		err = hpke_derive(suite->hpke, bytes_of(node_secret,
		    suite->nh), public, secret);
	mem_wipe(node_secret, sizeof node_secret);
	return err;
}

static unsigned
tree_top(const struct mls_tree *t)
{
	return tree_math_level(tree_math_root(t->leaves));
}

/* The child of P that is not above the leaf. */
static uint32_t
copath_child(uint32_t p, uint32_t leaf)
{
	uint32_t left = tree_math_left(p);

	return tree_math_under(left, leaf) ? tree_math_right(p) : left;
}

static void
blank_direct_path(struct mls_tree *t, uint32_t leaf)
{
	unsigned level;

	for (level = 1; level <= tree_top(t); level++)
		mls_tree_blank(t, tree_math_ancestor(leaf, level));
}

static void
keys_drop(struct treekem_keys *k, unsigned level)
{
	k->have &= ~(1u << level);
	mem_wipe(k->key[level], sizeof k->key[level]);
}

void
treekem_prune(const struct mls_tree *t, uint32_t self, struct treekem_keys *k)
{
	unsigned level;

	for (level = 1; level <= MLS_LEVELS_MAX; level++)
		if (level > tree_top(t) || mls_tree_parent(t,
		    tree_math_ancestor(self, level)) == NULL)
			keys_drop(k, level);
}

/* One step of 7.4: the key pair of a node, which must be `want` if given. */
static int
path_step(const struct mls_suite *suite, uint8_t *path_secret, unsigned level,
    struct bytes want, struct treekem_keys *keys)
{
	uint8_t public[HPKE_PUBLIC_MAX];
	int err;

	err = treekem_node_key(suite, path_secret, public, keys->key[level]);
	if (err == 0 && !bytes_same(want, bytes_of(public, suite->public)))
		err = ERR_KEY;
	if (err == 0) {
		keys->have |= 1u << level;
		err = mls_derive(suite, path_secret, "path", path_secret);
	}
	return err;
}

int
treekem_take(const struct mls_tree *t, uint32_t leaf, uint32_t node,
    const uint8_t *path_secret, struct treekem_keys *keys)
{
	unsigned level = tree_math_level(node);
	uint8_t secret[MLS_NH_MAX];
	const struct mls_parent *p;
	int err = 0;

	if (mls_tree_parent(t, node) == NULL)
		return ERR_RULE;
	memcpy(secret, path_secret, t->suite->nh);
	for (; level <= tree_top(t) && err == 0; level++) {
		p = mls_tree_parent(t, tree_math_ancestor(leaf, level));
		if (p != NULL)
			err = path_step(t->suite, secret, level,
			    p->encryption_key, keys);
	}
	mem_wipe(secret, sizeof secret);
	return err;
}

/* Sets the parents of a path from the root down, each with the hash of the one
 * above; `hash` is then the parent hash of the leaf, of *n bytes. */
static void
set_parents(struct mls_tree *t, uint32_t leaf, const struct mls_list32 *path,
    const struct bytes *key, uint8_t *hash, size_t *n)
{
	size_t i;

	*n = 0;
	for (i = path->n; i-- > 0;) {
		mls_tree_set_parent(t, path->v[i], key[i],
		    bytes_of(hash, *n));
		tree_hash_parent(t, path->v[i],
		    copath_child(path->v[i], leaf), hash);
		*n = t->suite->nh;
	}
}

struct plan_keys {
	uint8_t public[MLS_LEVELS_MAX][HPKE_PUBLIC_MAX];
	struct bytes view[MLS_LEVELS_MAX];
	uint8_t leaf[HPKE_PUBLIC_MAX];
};

static int
plan_secrets(const struct rng *rng, const struct mls_suite *suite,
    struct treekem_plan *plan, struct plan_keys *keys)
{
	uint8_t *secret = plan->commit_secret;
	unsigned level;
	size_t i;
	int err;

	err = hpke_keypair(suite->hpke, rng, keys->leaf, plan->keys.key[0]);
	plan->keys.have = 1;
	rng_fill(rng, secret, suite->nh);
	for (i = 0; i < plan->path.n && err == 0; i++) {
		level = tree_math_level(plan->path.v[i]);
		memcpy(plan->secrets.path[level], secret, suite->nh);
		plan->secrets.have |= 1u << level;
		err = treekem_node_key(suite, secret, keys->public[i],
		    plan->keys.key[level]);
		plan->keys.have |= 1u << level;
		keys->view[i] = bytes_of(keys->public[i], suite->public);
		if (err == 0)
			err = mls_derive(suite, secret, "path", secret);
	}
	return err;
}

static int
plan_leaf(const struct rng *rng, struct mls_tree *t, struct bytes group_id,
    const struct mls_self *self, const uint8_t *signer,
    struct mls_leaf_ask *ask)
{
	const struct mls_leaf *old = mls_tree_leaf(t, ask->leaf);
	struct buf raw = { 0 };
	int err = 0;

	ask->suite = t->suite;
	ask->source = MLS_FROM_COMMIT;
	ask->group_id = group_id;
	ask->self = self;
	if (self != NULL)
		err = mls_leaf_make(rng, ask, &raw);
	else
		mls_leaf_again(old, ask, signer, &raw);
	if (err == 0)
		err = raw.err;
	if (err == 0)
		err = mls_tree_set_leaf(t, ask->leaf, buf_view(&raw));
	buf_free(&raw);
	return err;
}

int
treekem_plan(const struct rng *rng, struct mls_tree *t, uint32_t leaf,
    struct bytes group_id, const struct mls_self *self, const uint8_t *signer,
    struct treekem_plan *plan)
{
	struct plan_keys *keys = mem_alloc(sizeof *keys);
	struct mls_leaf_ask ask = { .leaf = leaf };
	uint8_t hash[MLS_NH_MAX];
	size_t n;
	int err;

	assert(self != NULL || mls_tree_leaf(t, leaf) != NULL);
	*plan = (struct treekem_plan){ .leaf = leaf };
	mls_tree_path(t, leaf, &plan->path);
	blank_direct_path(t, leaf);
	err = plan_secrets(rng, t->suite, plan, keys);
	if (err == 0) {
		set_parents(t, leaf, &plan->path, keys->view, hash, &n);
		ask.parent_hash = bytes_of(hash, n);
		ask.encryption_key = bytes_of(keys->leaf, t->suite->public);
		err = plan_leaf(rng, t, group_id, self, signer, &ask);
	}
	free(keys);
	if (err != 0)
		treekem_plan_free(plan);
	return err;
}

void
treekem_plan_free(struct treekem_plan *plan)
{
	mls_list32_free(&plan->path);
	mem_wipe(plan, sizeof *plan);
}

/* Whom a path secret for P is encrypted to: the copath child's resolution
 * without the leaves that the same commit adds. */
static void
receivers(const struct mls_tree *t, uint32_t p, uint32_t sender,
    const struct mls_list32 *fresh, struct mls_list32 *out)
{
	struct mls_list32 all = { 0 };
	size_t i;

	mls_tree_resolution(t, copath_child(p, sender), &all);
	for (i = 0; i < all.n; i++)
		if (all.v[i] % 2 != 0 || fresh == NULL ||
		    !mls_list32_has(fresh, all.v[i] / 2))
			mls_list32_add(out, all.v[i]);
	mls_list32_free(&all);
}

static int
encrypt_node(const struct rng *rng, const struct mls_tree *t,
    const struct treekem_plan *plan, uint32_t p, struct bytes context,
    const struct mls_list32 *fresh, struct buf *out)
{
	const uint8_t *secret = plan->secrets.path[tree_math_level(p)];
	struct mls_list32 to = { 0 };
	struct buf list = { 0 };
	size_t i;
	int err = 0;

	receivers(t, p, plan->leaf, fresh, &to);
	for (i = 0; i < to.n && err == 0; i++)
		err = mls_encrypt(t->suite, rng, mls_tree_key(t, to.v[i]),
		    "UpdatePathNode", context,
		    bytes_of(secret, t->suite->nh), &list);
	mls_put_vector(out, mls_tree_key(t, p));
	mls_put_vector(out, buf_view(&list));
	mls_list32_free(&to);
	buf_free(&list);
	return err != 0 ? err : out->err;
}

int
treekem_encrypt(const struct rng *rng, const struct mls_tree *t,
    const struct treekem_plan *plan, struct bytes context,
    const struct mls_list32 *fresh, struct buf *update_path)
{
	size_t mark, i;
	int err = 0;

	buf_bytes(update_path, mls_tree_leaf(t, plan->leaf)->raw);
	mark = mls_vector_open(update_path);
	for (i = 0; i < plan->path.n && err == 0; i++)
		err = encrypt_node(rng, t, plan, plan->path.v[i], context,
		    fresh, update_path);
	mls_vector_close(update_path, mark);
	return err != 0 ? err : update_path->err;
}

/* 12.4.2: none of the public keys of the path may stand in the tree. */
static int
check_new_keys(const struct mls_tree *t, const struct mls_path *path)
{
	uint32_t width = tree_math_width(t->leaves), i;
	struct bytes key;
	size_t k;

	for (k = 0; k < path->n; k++)
		if (!mls_key_ok(t->suite, path->node[k].encryption_key))
			return ERR_KEY;
	for (i = 0; i < width; i++) {
		if (t->node[i] == NULL)
			continue;
		key = mls_tree_key(t, i);
		if (bytes_same(key, path->leaf.encryption_key))
			return ERR_RULE;
		for (k = 0; k < path->n; k++)
			if (bytes_same(key, path->node[k].encryption_key))
				return ERR_RULE;
	}
	return 0;
}

int
treekem_merge(struct mls_tree *t, uint32_t sender, const struct mls_path *path)
{
	struct bytes key[MLS_LEVELS_MAX];
	struct mls_list32 nodes = { 0 };
	uint8_t hash[MLS_NH_MAX];
	size_t n, i;
	int err;

	err = check_new_keys(t, path);
	if (err != 0)
		return err;
	mls_tree_path(t, sender, &nodes);
	if (nodes.n != path->n) {
		mls_list32_free(&nodes);
		return ERR_RULE;
	}
	for (i = 0; i < path->n; i++)
		key[i] = path->node[i].encryption_key;
	blank_direct_path(t, sender);
	set_parents(t, sender, &nodes, key, hash, &n);
	mls_list32_free(&nodes);
	if (!bytes_same(path->leaf.parent_hash, bytes_of(hash, n)))
		return ERR_RULE;
	return mls_tree_set_leaf(t, sender, path->leaf.raw);
}

static size_t
count_ciphertexts(struct bytes list)
{
	struct rd rd = rd_of(list);
	size_t n;

	for (n = 0; rd_left(&rd) > 0; n++) {
		mls_get_vector(&rd);
		mls_get_vector(&rd);
	}
	return n;
}

/* The private key of a node, if it is above us and we have it. */
static const uint8_t *
key_for(uint32_t node, uint32_t self, const struct treekem_keys *keys)
{
	unsigned level = tree_math_level(node);

	if (!tree_math_under(node, self) || (keys->have >> level & 1) == 0)
		return NULL;
	return keys->key[level];
}

static int
open_secret(const struct mls_tree *t, const struct mls_list32 *to,
    struct bytes list, uint32_t self, struct bytes context,
    const struct treekem_keys *keys, uint8_t *path_secret)
{
	struct buf plain = { .secret = true };
	struct rd rd = rd_of(list);
	struct bytes kem = { 0 }, cipher = { 0 };
	const uint8_t *key = NULL;
	size_t i;
	int err = ERR_NONE;

	for (i = 0; i < to->n && key == NULL; i++) {
		kem = mls_get_vector(&rd);
		cipher = mls_get_vector(&rd);
		key = key_for(to->v[i], self, keys);
	}
	if (key != NULL)
		err = mls_decrypt(t->suite, key, "UpdatePathNode", context,
		    kem, cipher, &plain);
	if (err == 0 && plain.n != t->suite->nh)
		err = ERR_FORMAT;
	if (err == 0)
		memcpy(path_secret, plain.p, plain.n);
	buf_free(&plain);
	return err;
}

/* Counts of all ciphertexts must fit; our own is opened. *at: its place. */
static int
open_path(const struct mls_tree *t, uint32_t sender,
    const struct mls_path *path, uint32_t self, struct bytes context,
    const struct mls_list32 *fresh, const struct treekem_keys *keys,
    uint8_t *path_secret, size_t *at)
{
	uint32_t common = tree_math_common(sender, self);
	struct mls_list32 nodes = { 0 }, to = { 0 };
	bool found = false;
	size_t i;
	int err = 0;

	mls_tree_path(t, sender, &nodes);
	assert(nodes.n == path->n); /* treekem_merge has seen to it */
	for (i = 0; i < nodes.n && err == 0; i++) {
		to.n = 0;
		receivers(t, nodes.v[i], sender, fresh, &to);
		if (count_ciphertexts(path->node[i].secrets) != to.n)
			err = ERR_RULE;
		if (err != 0 || nodes.v[i] != common)
			continue;
		err = open_secret(t, &to, path->node[i].secrets, self,
		    context, keys, path_secret);
		found = true;
		*at = i;
	}
	mls_list32_free(&nodes);
	mls_list32_free(&to);
	return err != 0 ? err : found ? 0 : ERR_NONE;
}

int
treekem_open(const struct mls_tree *t, uint32_t sender,
    const struct mls_path *path, uint32_t self, struct bytes context,
    const struct mls_list32 *fresh, struct treekem_keys *keys,
    uint8_t *path_secret, uint8_t *commit_secret)
{
	unsigned level = tree_math_level(tree_math_common(sender, self));
	uint8_t secret[MLS_NH_MAX];
	size_t at = 0;
	int err;

	err = open_path(t, sender, path, self, context, fresh, keys, secret,
	    &at);
	if (err == 0 && path_secret != NULL)
		memcpy(path_secret, secret, t->suite->nh);
	for (; err == 0 && at < path->n; at++) {
		while (level < tree_top(t) && mls_tree_parent(t,
		    tree_math_ancestor(self, level)) == NULL)
			level++;
		err = path_step(t->suite, secret, level,
		    path->node[at].encryption_key, keys);
		level++;
	}
	if (err == 0)
		memcpy(commit_secret, secret, t->suite->nh);
	mem_wipe(secret, sizeof secret);
	if (err == 0)
		treekem_prune(t, self, keys);
	return err;
}
