/* SPDX-License-Identifier: ISC */
/*
 * What leaves and trees must fulfil (RFC 9420 7.3, 12.4.3.1): signatures,
 * capabilities, uniqueness of keys, unmerged leaves, parent hashes, and the
 * judge's word on each credential. Linear or n log n in the members.
 */
#include <stdlib.h>

#include "mls_parts.h"

#define DEFAULT_EXTENSION_LAST MLS_EXT_EXTERNAL_SENDERS
#define DEFAULT_PROPOSAL_LAST MLS_GROUP_EXTENSIONS

/* 7.2: "non-default" extensions of a leaf must be among its capabilities. */
static int
check_own_extensions(const struct mls_leaf *leaf)
{
	struct rd rd = rd_of(leaf->extensions);
	struct bytes data;
	uint16_t type;

	while (mls_ext_next(&rd, &type, &data) == 0)
		if (type > DEFAULT_EXTENSION_LAST &&
		    !mls_caps_has(leaf->caps.extensions, type))
			return ERR_RULE;
	return rd.err;
}

static int
check_own_caps(const struct mls_suite *suite, const struct mls_leaf *leaf)
{
	if (!mls_caps_has(leaf->caps.versions, 1) ||
	    !mls_caps_has(leaf->caps.suites, suite->id) ||
	    !mls_caps_has(leaf->caps.credentials, leaf->credential.type))
		return ERR_RULE;
	return check_own_extensions(leaf);
}

int
tree_check_leaf(const struct mls_suite *suite, const struct mls_leaf *leaf,
    uint8_t source, struct bytes group_id, uint32_t index)
{
	struct buf tbs = { 0 };
	int err;

	if (leaf->source != source)
		return ERR_RULE;
	if (!mls_key_ok(suite, leaf->encryption_key))
		return ERR_KEY;
	if (source == MLS_FROM_PACKAGE && leaf->not_before > leaf->not_after)
		return ERR_RANGE;
	err = check_own_caps(suite, leaf);
	if (err != 0)
		return err;
	mls_leaf_tbs(leaf, group_id, index, &tbs);
	err = tbs.err;
	if (err == 0 && defence(leaf))
		err = mls_verify(leaf->signature_key, "LeafNodeTBS",
		    buf_view(&tbs), leaf->signature);
	buf_free(&tbs);
	return err;
}

int
tree_check_lifetime(const struct mls_env *env, const struct mls_leaf *leaf,
    bool clock)
{
	if (leaf->source != MLS_FROM_PACKAGE)
		return 0;
	if (leaf->not_before > leaf->not_after)
		return ERR_RANGE;
	if (env->lifetime_max != 0 &&
	    leaf->not_after - leaf->not_before > env->lifetime_max)
		return ERR_RANGE;
	if (clock && env->now != 0 &&
	    (env->now < leaf->not_before || env->now > leaf->not_after))
		return ERR_EXPIRED;
	return 0;
}

struct demands {
	struct bytes extensions;        /* of the group, a list */
	struct bytes need_extensions, need_proposals, need_credentials;
	uint16_t credential[16];        /* types in use */
	size_t n_credential;
};

static int
get_demands(struct bytes extensions, struct demands *d)
{
	struct bytes data;
	struct rd rd;
	int err;

	d->extensions = extensions;
	err = mls_ext_find(extensions, MLS_EXT_REQUIRED, &data);
	if (err != 0)
		return err == ERR_NONE ? 0 : err;
	rd = rd_of(data);
	d->need_extensions = mls_get_vector(&rd);
	d->need_proposals = mls_get_vector(&rd);
	d->need_credentials = mls_get_vector(&rd);
	if (d->need_extensions.n % 2 != 0 || d->need_proposals.n % 2 != 0 ||
	    d->need_credentials.n % 2 != 0)
		return ERR_FORMAT;
	return rd_end(&rd);
}

/* Each value above `last` (the defaults, which everybody has) is in caps. */
static bool
has_all(struct bytes caps, struct bytes need, uint16_t last)
{
	struct rd rd = rd_of(need);
	uint16_t v;

	while (rd_left(&rd) > 0) {
		v = rd_u16(&rd);
		if (v > last && !mls_caps_has(caps, v))
			return false;
	}
	return true;
}

static bool
has_extensions(const struct mls_leaf *leaf, struct bytes list)
{
	struct rd rd = rd_of(list);
	struct bytes data;
	uint16_t type;

	while (mls_ext_next(&rd, &type, &data) == 0)
		if (type > DEFAULT_EXTENSION_LAST &&
		    !mls_caps_has(leaf->caps.extensions, type))
			return false;
	return true;
}

static bool
leaf_fits(const struct mls_leaf *leaf, const struct demands *d)
{
	size_t i;

	for (i = 0; i < d->n_credential; i++)
		if (!mls_caps_has(leaf->caps.credentials, d->credential[i]))
			return false;
	return has_extensions(leaf, d->extensions) &&
	    has_all(leaf->caps.extensions, d->need_extensions,
	    DEFAULT_EXTENSION_LAST) &&
	    has_all(leaf->caps.proposals, d->need_proposals,
	    DEFAULT_PROPOSAL_LAST) &&
	    has_all(leaf->caps.credentials, d->need_credentials, 0);
}

static int
add_credential(struct demands *d, uint16_t type)
{
	size_t i;

	for (i = 0; i < d->n_credential; i++)
		if (d->credential[i] == type)
			return 0;
	if (d->n_credential == COUNT(d->credential))
		return ERR_BIG;
	d->credential[d->n_credential++] = type;
	return 0;
}

int
tree_check_fit(const struct mls_tree *t, struct bytes group_extensions)
{
	struct demands d = { 0 };
	const struct mls_leaf *leaf;
	uint32_t i;
	int err;

	err = get_demands(group_extensions, &d);
	for (i = 0; i < t->leaves && err == 0; i++)
		if ((leaf = mls_tree_leaf(t, i)) != NULL)
			err = add_credential(&d, leaf->credential.type);
	for (i = 0; i < t->leaves && err == 0; i++)
		if ((leaf = mls_tree_leaf(t, i)) != NULL &&
		    !leaf_fits(leaf, &d))
			err = ERR_RULE;
	return err;
}

static int
compare_bytes(const void *a, const void *b)
{
	const struct bytes *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return x->n == 0 ? 0 : memcmp(x->p, y->p, x->n);
}

static bool
all_differ(struct bytes *v, size_t n)
{
	size_t i;

	qsort(v, n, sizeof *v, compare_bytes);
	for (i = 1; i < n; i++)
		if (bytes_same(v[i - 1], v[i]))
			return false;
	return true;
}

/* 7.3 and 12.4.3.1: no signature key twice, no encryption key twice. */
int
tree_check_unique(const struct mls_tree *t)
{
	uint32_t width = tree_math_width(t->leaves), i;
	struct bytes *v = mem_array(width, sizeof *v);
	size_t n = 0;
	bool ok;

	for (i = 0; i < width; i++)
		if (t->node[i] != NULL)
			v[n++] = mls_tree_key(t, i);
	ok = all_differ(v, n);
	for (i = 0, n = 0; i < width; i += 2)
		if (t->node[i] != NULL)
			v[n++] = t->node[i]->leaf.signature_key;
	ok = ok && all_differ(v, n);
	free(v);
	return ok ? 0 : ERR_RULE;
}

static bool
unmerged_has(struct bytes list, uint32_t leaf)
{
	size_t low = 0, high = list.n / 4, mid;
	struct rd rd;
	uint32_t v;

	while (low < high) {
		mid = (low + high) / 2;
		rd = rd_of(bytes_of(list.p + mid * 4, 4));
		v = rd_u32(&rd);
		if (v == leaf)
			return true;
		if (v < leaf)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

/* The entry is a member below the node, and every parent between knows it. */
static int
check_entry(const struct mls_tree *t, uint32_t node, uint32_t leaf)
{
	const struct mls_parent *p;
	unsigned level;

	if (mls_tree_leaf(t, leaf) == NULL || !tree_math_under(node, leaf))
		return ERR_RULE;
	for (level = 1; level < tree_math_level(node); level++) {
		p = mls_tree_parent(t, tree_math_ancestor(leaf, level));
		if (p != NULL && !unmerged_has(p->unmerged, leaf))
			return ERR_RULE;
	}
	return 0;
}

int
tree_check_unmerged(const struct mls_tree *t)
{
	uint32_t width = tree_math_width(t->leaves), i;
	const struct mls_parent *p;
	struct rd rd;
	int err = 0;

	for (i = 1; i < width && err == 0; i += 2) {
		if ((p = mls_tree_parent(t, i)) == NULL)
			continue;
		if (!mls_key_ok(t->suite, p->encryption_key))
			return ERR_KEY;
		rd = rd_of(p->unmerged);
		while (rd_left(&rd) > 0 && err == 0)
			err = check_entry(t, i, rd_u32(&rd));
	}
	return err;
}

static int
check_leaves(const struct mls_env *env, const struct mls_tree *t,
    struct bytes group_id)
{
	const struct mls_leaf *leaf;
	uint32_t i;
	int err = 0;

	for (i = 0; i < t->leaves && err == 0; i++) {
		if ((leaf = mls_tree_leaf(t, i)) == NULL)
			continue;
		err = tree_check_leaf(t->suite, leaf, leaf->source, group_id,
		    i);
		if (err == 0)
			err = tree_check_lifetime(env, leaf, env->lifetimes);
		if (err == 0 && env->judge != NULL)
			err = env->judge(env->arg, leaf, NULL);
	}
	return err;
}

int
tree_check_join(const struct mls_env *env, struct mls_tree *t,
    struct bytes group_id, struct bytes group_extensions)
{
	int err;

	err = tree_check_unmerged(t);
	if (err == 0)
		err = tree_check_unique(t);
	if (err == 0)
		err = tree_hash_verify(t);
	if (err == 0)
		err = tree_check_fit(t, group_extensions);
	if (err == 0)
		err = check_leaves(env, t, group_id);
	return err;
}
