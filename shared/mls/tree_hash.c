/* SPDX-License-Identifier: ISC */
/*
 * Tree hashes and parent hashes (RFC 9420 7.8, 7.9). Tree hashes are cached in
 * the tree; a commit recomputes only what it changed. Verifying the parent
 * hashes of a whole tree is linear in what is unmerged.
 */
#include "mls_parts.h"

enum { HASH_LEAF = 1, HASH_PARENT = 2 };

static void
hash_leaf_node(const struct mls_tree *t, uint32_t node, bool blank,
    uint8_t *out)
{
	struct buf in = { 0 };

	blank = blank || t->node[node] == NULL;
	buf_u8(&in, HASH_LEAF);
	buf_u32(&in, node / 2);
	buf_u8(&in, !blank);
	if (!blank)
		buf_bytes(&in, buf_view(&t->node[node]->raw));
	assert(in.err == 0);
	mls_hash(t->suite, buf_view(&in), out);
	buf_free(&in);
}

/* parent: an encoded ParentNode, empty for a blank one */
static void
hash_parent_node(const struct mls_tree *t, struct bytes parent,
    const uint8_t *left, const uint8_t *right, uint8_t *out)
{
	struct buf in = { 0 };

	buf_u8(&in, HASH_PARENT);
	buf_u8(&in, parent.n > 0);
	buf_bytes(&in, parent);
	mls_put_vector(&in, bytes_of(left, t->suite->nh));
	mls_put_vector(&in, bytes_of(right, t->suite->nh));
	assert(in.err == 0);
	mls_hash(t->suite, buf_view(&in), out);
	buf_free(&in);
}

const uint8_t *
tree_hash_node(struct mls_tree *t, uint32_t node)
{
	uint8_t *out = t->hash + (size_t)node * t->suite->nh;
	const uint8_t *left, *right;
	struct bytes raw = { 0 };

	if (t->fresh[node])
		return out;
	if (node % 2 == 0) {
		hash_leaf_node(t, node, false, out);
	} else {
		left = tree_hash_node(t, tree_math_left(node));
		right = tree_hash_node(t, tree_math_right(node));
		if (t->node[node] != NULL)
			raw = buf_view(&t->node[node]->raw);
		hash_parent_node(t, raw, left, right, out);
	}
	t->fresh[node] = true;
	return out;
}

const uint8_t *
tree_hash_root(struct mls_tree *t)
{
	return tree_hash_node(t, tree_math_root(t->leaves));
}

static bool
list_has(struct bytes list, uint32_t leaf)
{
	struct rd rd = rd_of(list);

	while (rd_left(&rd) > 0)
		if (rd_u32(&rd) == leaf)
			return true;
	return false;
}

/* The leaves of a list that lie below a node. */
static struct bytes
list_below(struct bytes list, uint32_t node)
{
	uint32_t first = tree_math_first(node), leaf;
	uint32_t end = first + (1u << tree_math_level(node));
	struct rd rd = rd_of(list);
	const uint8_t *from = rd.p, *at;

	while (rd_left(&rd) > 0) { /* sorted: skip what is left of it */
		at = rd.p;
		leaf = rd_u32(&rd);
		if (leaf < first)
			from = rd.p;
		if (leaf >= end)
			return bytes_of(from, (size_t)(at - from));
	}
	return bytes_of(from, (size_t)(rd.p - from));
}

static void
put_parent_without(struct buf *b, const struct mls_parent *p,
    struct bytes unmerged)
{
	struct rd rd = rd_of(p->unmerged);
	size_t mark;
	uint32_t leaf;

	mls_put_vector(b, p->encryption_key);
	mls_put_vector(b, p->parent_hash);
	mark = mls_vector_open(b);
	while (rd_left(&rd) > 0) {
		leaf = rd_u32(&rd);
		if (!list_has(unmerged, leaf))
			buf_u32(b, leaf);
	}
	mls_vector_close(b, mark);
}

void
tree_hash_without(struct mls_tree *t, uint32_t node, struct bytes unmerged,
    uint8_t *out)
{
	uint8_t left[MLS_NH_MAX], right[MLS_NH_MAX];
	struct buf parent = { 0 };

	unmerged = list_below(unmerged, node);
	if (unmerged.n == 0) {
		memcpy(out, tree_hash_node(t, node), t->suite->nh);
		return;
	}
	if (node % 2 == 0) {
		hash_leaf_node(t, node, true, out);
		return;
	}
	tree_hash_without(t, tree_math_left(node), unmerged, left);
	tree_hash_without(t, tree_math_right(node), unmerged, right);
	if (t->node[node] != NULL)
		put_parent_without(&parent, &t->node[node]->parent, unmerged);
	hash_parent_node(t, buf_view(&parent), left, right, out);
	buf_free(&parent);
}

void
tree_hash_parent(struct mls_tree *t, uint32_t p, uint32_t s, uint8_t *out)
{
	const struct mls_parent *parent = &t->node[p]->parent;
	uint8_t sibling[MLS_NH_MAX];
	struct buf in = { 0 };

	tree_hash_without(t, s, parent->unmerged, sibling);
	mls_put_vector(&in, parent->encryption_key);
	mls_put_vector(&in, parent->parent_hash);
	mls_put_vector(&in, bytes_of(sibling, t->suite->nh));
	assert(in.err == 0);
	mls_hash(t->suite, buf_view(&in), out);
	buf_free(&in);
}

static struct bytes
node_parent_hash(const struct mls_tree *t, uint32_t node)
{
	const struct mls_node *n = t->node[node];

	if (n == NULL)
		return bytes_of(NULL, 0);
	if (!n->is_leaf)
		return n->parent.parent_hash;
	return n->leaf.source == MLS_FROM_COMMIT ? n->leaf.parent_hash :
	    bytes_of(NULL, 0);
}

/* "the intersection of P's unmerged_leaves with the subtree under C is equal
 * to the resolution of C with D removed". Both run from left to right. */
static bool
same_but(const struct mls_list32 *resolution, uint32_t d, struct bytes below)
{
	struct rd rd = rd_of(below);
	size_t i;

	if (resolution->n != below.n / 4 + 1)
		return false;
	for (i = 0; i < resolution->n; i++) {
		if (resolution->v[i] == d)
			continue;
		if (resolution->v[i] % 2 != 0 ||
		    rd_left(&rd) == 0 ||
		    rd_u32(&rd) != resolution->v[i] / 2)
			return false;
	}
	return rd_left(&rd) == 0;
}

/* How many nodes below child C (the other child is S) make P valid. */
static unsigned
count_valid(struct mls_tree *t, uint32_t p, uint32_t c, uint32_t s)
{
	struct bytes below = list_below(t->node[p]->parent.unmerged, c);
	struct mls_list32 resolution = { 0 };
	uint8_t hash[MLS_NH_MAX];
	unsigned found = 0;
	size_t i;

	mls_tree_resolution(t, c, &resolution);
	if (resolution.n == below.n / 4 + 1) {
		tree_hash_parent(t, p, s, hash);
		for (i = 0; i < resolution.n && found < 2; i++)
			found += bytes_same(node_parent_hash(t,
			    resolution.v[i]), bytes_of(hash, t->suite->nh)) &&
			    same_but(&resolution, resolution.v[i], below);
	}
	mls_list32_free(&resolution);
	return found;
}

int
tree_hash_verify(struct mls_tree *t)
{
	uint32_t width = tree_math_width(t->leaves), p, left, right;

	for (p = 1; p < width; p += 2) {
		if (t->node[p] == NULL)
			continue;
		left = tree_math_left(p);
		right = tree_math_right(p);
		if (count_valid(t, p, left, right) +
		    count_valid(t, p, right, left) != 1)
			return ERR_RULE;
	}
	return 0;
}
