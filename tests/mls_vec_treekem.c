/* SPDX-License-Identifier: ISC */
/*
 * Verifier of the MLS treekem vectors: each given UpdatePath is merged and
 * opened by every member, and for each of its senders a path of our own is
 * made, merged and opened by all the others.
 */
#include <stdlib.h>

#include "mls_vec.h"

struct mls_vec_member {
	bool known;
	uint8_t signer[SIGN_SECRET];
	struct treekem_keys keys;
};

struct mls_vec_kem {
	struct mls_tree tree;
	struct mls_vec_member *member;  /* tree.leaves of them */
};

/* The secret key of a node is that of the tree's public one. */
static void
mls_vec_set_key(struct mls_case *k, const struct mls_vec_kem *m, uint32_t leaf,
    uint32_t node, const uint8_t *secret)
{
	struct treekem_keys *keys = &m->member[leaf].keys;
	unsigned level = tree_math_level(node);
	uint8_t public[HPKE_PUBLIC_MAX];

	mls_vec_want(k, hpke_public(k->suite->hpke, secret, public) == 0 &&
	    bytes_same(mls_tree_key(&m->tree, node), bytes_of(public,
	    k->suite->public)), "key of leaf %u at node %u", leaf, node);
	memcpy(keys->key[level], secret, k->suite->secret);
	keys->have |= 1u << level;
}

static void
mls_vec_set_path(struct mls_case *k, const struct mls_vec_kem *m, uint32_t leaf,
    const json_t *o)
{
	uint32_t node = (uint32_t)mls_vec_int(k, o, "node");
	const uint8_t *path = mls_vec_nh(k, o, "path_secret");
	uint8_t public[HPKE_PUBLIC_MAX], secret[HPKE_SECRET_MAX];

	if (path == NULL || !mls_vec_want(k,
	    node < tree_math_width(m->tree.leaves) && node % 2 != 0 &&
	    tree_math_under(node, leaf), "node %u over leaf %u", node, leaf))
		return;
	if (mls_vec_want(k, treekem_node_key(k->suite, path, public,
	    secret) == 0, "key pair of a path secret"))
		mls_vec_set_key(k, m, leaf, node, secret);
}

static void
mls_vec_member(struct mls_case *k, struct mls_vec_kem *m, const json_t *o)
{
	uint32_t leaf = (uint32_t)mls_vec_int(k, o, "index");
	const uint8_t *secret = mls_vec_n(k, o, "encryption_priv",
	    k->suite->secret);
	const json_t *list = mls_vec_list(k, o, "path_secrets"), *p;
	const struct mls_leaf *l = leaf < m->tree.leaves ?
	    mls_tree_leaf(&m->tree, leaf) : NULL;
	uint8_t public[SIGN_PUBLIC];
	size_t i;

	if (!mls_vec_want(k, l != NULL, "leaf %u is there", leaf))
		return;
	if (mls_vec_signer(k, o, "signature_priv", public,
	    m->member[leaf].signer))
		mls_vec_want(k, bytes_same(l->signature_key, bytes_of(public,
		    sizeof(public))), "signature key of leaf %u", leaf);
	if (secret != NULL)
		mls_vec_set_key(k, m, leaf, 2 * leaf, secret);
	vec_each(list, i, p)
		mls_vec_set_path(k, m, leaf, p);
	m->member[leaf].known = true;
}

static void
mls_vec_kem_context(struct mls_case *k, struct mls_tree *after, struct buf *out)
{
	struct mls_context context = {
		.suite = k->suite,
		.group_id = mls_vec_hex(k, k->c, "group_id"),
		.epoch = (uint64_t)mls_vec_int(k, k->c, "epoch"),
		.tree_hash = bytes_of(tree_hash_root(after), k->suite->nh),
		.confirmed = mls_vec_hex(k, k->c, "confirmed_transcript_hash"),
	};

	mls_context_put(out, &context);
}

/*
 * Everybody but the sender opens the path and finds `commit`; what they
 * decrypt stands in `secrets`, if that is given.
 */
static void
mls_vec_open_all(struct mls_case *k, const struct mls_vec_kem *m,
    const struct mls_tree *after, uint32_t sender, const struct mls_path *path,
    struct bytes context, struct bytes commit, const json_t *secrets)
{
	static const struct mls_list32 none;
	uint8_t path_secret[MLS_NH_MAX], got[MLS_NH_MAX];
	struct treekem_keys keys;
	uint32_t j;

	for (j = 0; j < m->tree.leaves; j++) {
		if (j == sender || !m->member[j].known)
			continue;
		keys = m->member[j].keys;
		if (!mls_vec_want(k, treekem_open(after, sender, path, j,
		    context, &none, &keys, path_secret, got) == 0,
		    "leaf %u opens the path of %u", j, sender))
			continue;
		mls_vec_want(k, bytes_same(commit, bytes_of(got,
		    k->suite->nh)), "commit_secret of leaf %u", j);
		if (secrets != NULL)
			mls_vec_same(k, json_array_get(secrets, j), NULL,
			    path_secret, k->suite->nh);
	}
}

static bool
mls_vec_merge(struct mls_case *k, const struct mls_vec_kem *m, uint32_t sender,
    struct bytes raw, struct mls_path *path, struct mls_tree *after)
{
	struct rd rd = rd_of(raw);
	int err;

	mls_tree_copy(after, &m->tree);
	if (!mls_vec_want(k, mls_path_get(&rd, path) == 0 && rd_end(&rd) == 0,
	    "an UpdatePath"))
		return false;
	mls_vec_want(k, tree_check_leaf(k->suite, &path->leaf, MLS_FROM_COMMIT,
	    mls_vec_hex(k, k->c, "group_id"), sender) == 0,
	    "the leaf of an UpdatePath");
	err = treekem_merge(after, sender, path);
	return mls_vec_want(k, err == 0, "the path of %u merges: %s", sender,
	    err_text(err)) &&
	    mls_vec_want(k, tree_hash_verify(after) == 0, "parent hashes");
}

static void
mls_vec_given_path(struct mls_case *k, const struct mls_vec_kem *m,
    uint32_t sender, const json_t *o)
{
	struct bytes raw = mls_vec_hex(k, o, "update_path");
	const uint8_t *commit = mls_vec_nh(k, o, "commit_secret");
	struct mls_tree after = { 0 };
	struct mls_path path;
	struct buf context = { 0 };

	if (commit != NULL &&
	    mls_vec_merge(k, m, sender, raw, &path, &after)) {
		mls_vec_same(k, o, "tree_hash_after", tree_hash_root(&after),
		    k->suite->nh);
		mls_vec_kem_context(k, &after, &context);
		mls_vec_open_all(k, m, &after, sender, &path,
		    buf_view(&context), bytes_of(commit, k->suite->nh),
		    mls_vec_list(k, o, "path_secrets"));
	}
	buf_free(&context);
	mls_tree_free(&after);
}

static void
mls_vec_own_path(struct mls_case *k, const struct mls_vec_kem *m,
    uint32_t sender)
{
	static const struct mls_list32 none;
	struct mls_tree ours = { 0 }, after = { 0 };
	struct treekem_plan plan = { 0 };
	struct mls_path path;
	struct buf context = { 0 }, raw = { 0 };

	mls_tree_copy(&ours, &m->tree);
	if (mls_vec_want(k, treekem_plan(k->rng, &ours, sender, mls_vec_hex(k,
	    k->c, "group_id"), NULL, m->member[sender].signer, &plan) == 0,
	    "a path for %u is planned", sender)) {
		mls_vec_kem_context(k, &ours, &context);
		if (mls_vec_want(k, treekem_encrypt(k->rng, &ours, &plan,
		    buf_view(&context), &none, &raw) == 0, "and encrypted") &&
		    mls_vec_merge(k, m, sender, buf_view(&raw), &path,
		    &after)) {
			mls_vec_want(k, memcmp(tree_hash_root(&after),
			    tree_hash_root(&ours), k->suite->nh) == 0,
			    "both trees are one");
			mls_vec_open_all(k, m, &after, sender, &path,
			    buf_view(&context), bytes_of(plan.commit_secret,
			    k->suite->nh), NULL);
		}
		treekem_plan_free(&plan);
	}
	buf_free(&raw);
	buf_free(&context);
	mls_tree_free(&after);
	mls_tree_free(&ours);
}

static void
mls_vec_update(struct mls_case *k, const struct mls_vec_kem *m, const json_t *o)
{
	uint32_t sender = (uint32_t)mls_vec_int(k, o, "sender");

	if (!mls_vec_want(k, sender < m->tree.leaves &&
	    m->member[sender].known, "sender %u is known", sender))
		return;
	mls_vec_given_path(k, m, sender, o);
	mls_vec_own_path(k, m, sender);
}

void
mls_vec_treekem(struct mls_case *k)
{
	const json_t *members = mls_vec_list(k, k->c, "leaves_private"), *o;
	const json_t *updates = mls_vec_list(k, k->c, "update_paths");
	struct rd rd = rd_of(mls_vec_hex(k, k->c, "ratchet_tree"));
	struct mls_vec_kem m = { 0 };
	size_t i;

	if (mls_vec_want(k, mls_tree_get(&rd, k->suite, &m.tree) == 0 &&
	    rd_end(&rd) == 0, "ratchet_tree")) {
		mls_vec_want(k, tree_hash_verify(&m.tree) == 0,
		    "parent hashes of the given tree");
		m.member = mem_array(m.tree.leaves, sizeof(*m.member));
		vec_each(members, i, o)
			mls_vec_member(k, &m, o);
		vec_each(updates, i, o)
			mls_vec_update(k, &m, o);
		mem_wipe(m.member, m.tree.leaves * sizeof(*m.member));
		free(m.member);
	}
	mls_tree_free(&m.tree);
}
