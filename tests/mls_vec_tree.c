/* SPDX-License-Identifier: ISC */
/*
 * Verifiers of the MLS vectors about the ratchet tree: tree-operations and
 * tree-validation. What a joiner checks of a tree is checked here piece by
 * piece, and then once more as a whole.
 */
#include <stdlib.h>

#include "mls_vec.h"

static bool
mls_vec_tree(struct mls_case *k, const char *field, struct mls_tree *t)
{
	struct rd rd = rd_of(mls_vec_hex(k, k->c, field));
	int err;

	memset(t, 0, sizeof(*t));
	err = mls_tree_get(&rd, k->suite, t);
	if (!mls_vec_want(k, err == 0, "%s: %s", field, err_text(err)))
		return false;
	mls_vec_want(k, rd_end(&rd) == 0, "%s: something is left over", field);
	return true;
}

static void
mls_vec_tree_bytes(struct mls_case *k, const char *field,
    const struct mls_tree *t)
{
	struct buf b = { 0 };

	mls_tree_put(t, &b);
	mls_vec_same(k, k->c, field, b.p, b.n);
	buf_free(&b);
}

/* tree-operations */

/* The leaf alone goes into the tree; the rest of an Add is checked by its
 * signature. mls_package_check would ask for a suite that we have. */
static int
mls_vec_add(struct mls_case *k, struct mls_tree *t, const struct mls_package *p)
{
	uint32_t leaf;

	mls_vec_want(k, mls_verify(p->leaf.signature_key, "KeyPackageTBS",
	    p->tbs, p->signature) == 0, "the signature of the KeyPackage");
	return mls_tree_add(t, p->leaf.raw, &leaf);
}

static void
mls_vec_operate(struct mls_case *k, struct mls_tree *t)
{
	struct rd rd = rd_of(mls_vec_hex(k, k->c, "proposal"));
	uint32_t sender = (uint32_t)mls_vec_int(k, k->c, "proposal_sender");
	struct mls_proposal p;
	int err = ERR_FORMAT;

	if (!mls_vec_want(k, mls_proposal_get(&rd, &p) == 0 && rd_end(&rd) == 0,
	    "a Proposal"))
		return;
	if (p.type == MLS_ADD) {
		err = mls_vec_add(k, t, &p.package);
	} else if (p.type == MLS_UPDATE) {
		err = mls_tree_update(t, sender, p.leaf.raw);
	} else if (p.type == MLS_REMOVE) {
		err = mls_tree_remove(t, p.removed);
		mls_tree_trim(t);
	}
	if (!mls_vec_want(k, err == 0, "the Proposal applies: %s",
	    err_text(err)))
		return;
	mls_vec_tree_bytes(k, "tree_after", t);
	mls_vec_same(k, k->c, "tree_hash_after", tree_hash_root(t),
	    k->suite->nh);
}

void
mls_vec_tree_operations(struct mls_case *k)
{
	struct mls_tree t;

	if (mls_vec_tree(k, "tree_before", &t)) {
		mls_vec_tree_bytes(k, "tree_before", &t);
		mls_vec_same(k, k->c, "tree_hash_before", tree_hash_root(&t),
		    k->suite->nh);
		mls_vec_operate(k, &t);
	}
	mls_tree_free(&t);
}

/* tree-validation */

static void
mls_vec_resolution(struct mls_case *k, const struct mls_tree *t, uint32_t node)
{
	const json_t *want = json_array_get(json_object_get(k->c,
	    "resolutions"), node), *o;
	struct mls_list32 r = { 0 };
	size_t i;

	mls_tree_resolution(t, node, &r);
	mls_vec_want(k, json_array_size(want) == r.n,
	    "the resolution of %u has %zu nodes", node, r.n);
	vec_each(want, i, o)
		mls_vec_want(k, i < r.n && json_is_integer(o) &&
		    json_integer_value(o) == r.v[i],
		    "the resolution of %u at %zu", node, i);
	mls_list32_free(&r);
}

static void
mls_vec_leaves(struct mls_case *k, const struct mls_tree *t, struct bytes id)
{
	const struct mls_leaf *leaf;
	uint32_t i;

	for (i = 0; i < t->leaves; i++) {
		leaf = mls_tree_leaf(t, i);
		if (leaf != NULL)
			mls_vec_want(k, tree_check_leaf(k->suite, leaf,
			    leaf->source, id, i) == 0, "leaf %u", i);
	}
}

void
mls_vec_tree_validation(struct mls_case *k)
{
	static const struct mls_env env;
	struct bytes id = mls_vec_hex(k, k->c, "group_id");
	const json_t *hashes = mls_vec_list(k, k->c, "tree_hashes");
	struct mls_tree t;
	uint32_t i, width;

	if (mls_vec_tree(k, "tree", &t)) {
		mls_vec_tree_bytes(k, "tree", &t);
		width = tree_math_width(t.leaves);
		mls_vec_want(k, json_array_size(hashes) == width,
		    "%u tree hashes", width);
		for (i = 0; i < width; i++) {
			mls_vec_resolution(k, &t, i);
			mls_vec_same(k, json_array_get(hashes, i), NULL,
			    tree_hash_node(&t, i), k->suite->nh);
		}
		mls_vec_want(k, tree_hash_verify(&t) == 0, "parent hashes");
		mls_vec_want(k, tree_check_unmerged(&t) == 0, "unmerged");
		mls_vec_leaves(k, &t, id);
		mls_vec_want(k, tree_check_join(&env, &t, id,
		    bytes_of(NULL, 0)) == 0, "the tree as when joining");
	}
	mls_tree_free(&t);
}
