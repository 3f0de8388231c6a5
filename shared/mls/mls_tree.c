/* SPDX-License-Identifier: ISC */
/*
 * The ratchet tree as an array (RFC 9420 4, 7.7, 12.4.3.3). A node never
 * changes once made: copies of a tree share nodes by a count, and whoever sets
 * a node makes a new one. Setting a node makes the cached tree hashes above it
 * stale; nothing else may write into tree->node.
 */
#include <stdlib.h>

#include "mls_parts.h"

enum { NODE_LEAF = 1, NODE_PARENT = 2 };

static struct mls_node *
node_hold(struct mls_node *node)
{
	if (node != NULL)
		node->refs++;
	return node;
}

static void
node_drop(struct mls_node *node)
{
	if (node == NULL || --node->refs > 0)
		return;
	buf_free(&node->raw);
	free(node);
}

static struct mls_node *
node_new(bool is_leaf)
{
	struct mls_node *node = mem_alloc(sizeof *node);

	node->refs = 1;
	node->is_leaf = is_leaf;
	return node;
}

/* 7.1: the entries are sorted in increasing order, so none is there twice. */
static int
unmerged_check(struct bytes list)
{
	struct rd rd = rd_of(list);
	uint32_t last = 0, v;
	bool first = true;

	while (rd_left(&rd) > 0) {
		v = rd_u32(&rd);
		if (rd.err != 0)
			return rd.err;
		if (!first && v <= last)
			return ERR_FORMAT;
		first = false;
		last = v;
	}
	return rd.err;
}

static int
parent_get(struct rd *rd, struct mls_parent *p)
{
	int err;

	p->encryption_key = mls_get_vector(rd);
	p->parent_hash = mls_get_vector(rd);
	p->unmerged = mls_get_vector(rd);
	if (rd->err == 0 && (err = unmerged_check(p->unmerged)) != 0)
		rd_fail(rd, err);
	return rd->err;
}

static struct mls_node *
leaf_node_of(struct bytes raw, int *err)
{
	struct mls_node *node = node_new(true);
	struct rd rd;

	buf_bytes(&node->raw, raw);
	rd = rd_of(buf_view(&node->raw));
	mls_leaf_get(&rd, &node->leaf);
	*err = rd_end(&rd);
	if (*err == 0)
		return node;
	node_drop(node);
	return NULL;
}

static struct mls_node *
parent_node_of(struct bytes key, struct bytes parent_hash,
    struct bytes unmerged)
{
	struct mls_node *node = node_new(false);
	struct rd rd;
	int err;

	mls_put_vector(&node->raw, key);
	mls_put_vector(&node->raw, parent_hash);
	mls_put_vector(&node->raw, unmerged);
	rd = rd_of(buf_view(&node->raw));
	err = parent_get(&rd, &node->parent);
	assert(err == 0 && node->raw.err == 0);
	return node;
}

static void
tree_stale(struct mls_tree *t, uint32_t node)
{
	uint32_t root = tree_math_root(t->leaves);

	t->fresh[node] = false;
	while (node != root) {
		node = tree_math_parent(node, t->leaves);
		t->fresh[node] = false;
	}
}

/* Takes over one count of the new node. */
static void
tree_set(struct mls_tree *t, uint32_t at, struct mls_node *node)
{
	assert(at < tree_math_width(t->leaves));
	if (t->node[at] == NULL && node == NULL)
		return;
	node_drop(t->node[at]);
	t->node[at] = node;
	tree_stale(t, at);
}

static void
tree_resize(struct mls_tree *t, uint32_t leaves)
{
	uint32_t old = tree_math_width(t->leaves), i;
	uint32_t width = tree_math_width(leaves);

	for (i = width; i < old; i++)
		node_drop(t->node[i]);
	t->node = mem_grow(t->node, width, sizeof *t->node);
	t->hash = mem_grow(t->hash, width, t->suite->nh);
	t->fresh = mem_grow(t->fresh, width, sizeof *t->fresh);
	for (i = old; i < width; i++) {
		t->node[i] = NULL;
		t->fresh[i] = false;
	}
	t->leaves = leaves;
}

void
mls_tree_start(struct mls_tree *t, const struct mls_suite *suite)
{
	*t = (struct mls_tree){ .suite = suite };
	tree_resize(t, 1);
}

void
mls_tree_free(struct mls_tree *t)
{
	uint32_t i;

	for (i = 0; i < tree_math_width(t->leaves); i++)
		node_drop(t->node[i]);
	free(t->node);
	free(t->hash);
	free(t->fresh);
	*t = (struct mls_tree){ 0 };
}

void
mls_tree_copy(struct mls_tree *dst, const struct mls_tree *src)
{
	uint32_t width = tree_math_width(src->leaves), i;

	*dst = (struct mls_tree){ .suite = src->suite };
	tree_resize(dst, src->leaves);
	for (i = 0; i < width; i++)
		dst->node[i] = node_hold(src->node[i]);
	memcpy(dst->hash, src->hash, width * src->suite->nh);
	memcpy(dst->fresh, src->fresh, width * sizeof *src->fresh);
}

static int
get_node(struct rd *rd, struct mls_tree *t, uint32_t at)
{
	uint8_t type = rd_u8(rd);
	struct mls_node *node;
	const uint8_t *start = rd->p;
	struct mls_leaf leaf;
	struct mls_parent p;
	int err = 0;

	if (rd->err != 0)
		return rd->err;
	if (type != (at % 2 ? NODE_PARENT : NODE_LEAF))
		return ERR_FORMAT;
	if (type == NODE_LEAF) {
		if (mls_leaf_get(rd, &leaf) != 0)
			return rd->err;
		node = leaf_node_of(
		    bytes_of(start, (size_t)(rd->p - start)), &err);
	} else {
		if (parent_get(rd, &p) != 0)
			return rd->err;
		node = parent_node_of(p.encryption_key, p.parent_hash,
		    p.unmerged);
	}
	if (err == 0)
		tree_set(t, at, node);
	return err;
}

/* The nodes as they come; the array grows as needed, so that a short message
 * cannot ask for a large tree. */
static int
get_nodes(struct rd *list, struct mls_tree *t)
{
	uint32_t at = 0;
	bool last = false;
	int err;

	for (; rd_left(list) > 0; at++) {
		if (at == MLS_NODES_MAX)
			return ERR_BIG;
		if (at >= tree_math_width(t->leaves))
			tree_resize(t, t->leaves * 2);
		last = mls_get_optional(list);
		if (last && (err = get_node(list, t, at)) != 0)
			return err;
	}
	if (list->err != 0)
		return list->err;
	return last ? 0 : ERR_FORMAT; /* the last node must not be blank */
}

/* Unmerged leaves lie below their node, so that nobody reads outside. */
static int
check_unmerged_range(const struct mls_tree *t)
{
	uint32_t width = tree_math_width(t->leaves), i, leaf;
	struct rd rd;

	for (i = 1; i < width; i += 2) {
		if (t->node[i] == NULL)
			continue;
		rd = rd_of(t->node[i]->parent.unmerged);
		while (rd_left(&rd) > 0) {
			leaf = rd_u32(&rd);
			if (leaf >= t->leaves || !tree_math_under(i, leaf))
				return ERR_RULE;
		}
	}
	return 0;
}

int
mls_tree_get(struct rd *rd, const struct mls_suite *suite, struct mls_tree *t)
{
	struct rd list = mls_get_list(rd);
	int err;

	mls_tree_start(t, suite);
	err = get_nodes(&list, t);
	if (err == 0)
		err = check_unmerged_range(t);
	if (err != 0) {
		mls_tree_free(t);
		rd_fail(rd, err);
	}
	return err;
}

void
mls_tree_put(const struct mls_tree *t, struct buf *b)
{
	uint32_t width = tree_math_width(t->leaves), i;
	size_t mark = mls_vector_open(b);

	while (width > 0 && t->node[width - 1] == NULL)
		width--;
	for (i = 0; i < width; i++) {
		buf_u8(b, t->node[i] != NULL);
		if (t->node[i] == NULL)
			continue;
		buf_u8(b, t->node[i]->is_leaf ? NODE_LEAF : NODE_PARENT);
		buf_bytes(b, buf_view(&t->node[i]->raw));
	}
	mls_vector_close(b, mark);
}

const struct mls_leaf *
mls_tree_leaf(const struct mls_tree *t, uint32_t leaf)
{
	struct mls_node *node;

	if (leaf >= t->leaves)
		return NULL;
	node = t->node[2 * leaf];
	return node == NULL ? NULL : &node->leaf;
}

const struct mls_parent *
mls_tree_parent(const struct mls_tree *t, uint32_t node)
{
	if (node >= tree_math_width(t->leaves) || node % 2 == 0 ||
	    t->node[node] == NULL)
		return NULL;
	return &t->node[node]->parent;
}

struct bytes
mls_tree_key(const struct mls_tree *t, uint32_t node)
{
	if (t->node[node] == NULL)
		return bytes_of(NULL, 0);
	if (t->node[node]->is_leaf)
		return t->node[node]->leaf.encryption_key;
	return t->node[node]->parent.encryption_key;
}

uint32_t
mls_tree_members(const struct mls_tree *t)
{
	uint32_t i, n = 0;

	for (i = 0; i < t->leaves; i++)
		n += t->node[2 * i] != NULL;
	return n;
}

int
mls_tree_free_leaf(struct mls_tree *t, uint32_t *leaf)
{
	uint32_t i;

	for (i = 0; i < t->leaves; i++)
		if (t->node[2 * i] == NULL)
			break;
	if (i == t->leaves) {
		if (t->leaves >= MLS_LEAVES_MAX)
			return ERR_BIG;
		tree_resize(t, t->leaves * 2);
	}
	*leaf = i;
	return 0;
}

int
mls_tree_set_leaf(struct mls_tree *t, uint32_t leaf, struct bytes leaf_node)
{
	struct mls_node *node;
	int err;

	if (leaf >= t->leaves)
		return ERR_RANGE;
	node = leaf_node_of(leaf_node, &err);
	if (err == 0)
		tree_set(t, 2 * leaf, node);
	return err;
}

void
mls_tree_set_parent(struct mls_tree *t, uint32_t node, struct bytes key,
    struct bytes parent_hash)
{
	tree_set(t, node, parent_node_of(key, parent_hash, bytes_of(NULL, 0)));
}

void
mls_tree_blank(struct mls_tree *t, uint32_t node)
{
	tree_set(t, node, NULL);
}

/* A parent learns of a leaf below that does not know its key. */
static void
parent_unmerge(struct mls_tree *t, uint32_t at, uint32_t leaf)
{
	const struct mls_parent *p = &t->node[at]->parent;
	struct rd rd = rd_of(p->unmerged);
	struct buf list = { 0 };
	bool done = false;
	uint32_t v;

	while (rd_left(&rd) > 0) {
		v = rd_u32(&rd);
		if (!done && v > leaf) {
			buf_u32(&list, leaf);
			done = true;
		}
		buf_u32(&list, v);
		done = done || v == leaf;
	}
	if (!done)
		buf_u32(&list, leaf);
	tree_set(t, at, parent_node_of(p->encryption_key, p->parent_hash,
	    buf_view(&list)));
	buf_free(&list);
}

int
mls_tree_add(struct mls_tree *t, struct bytes leaf_node, uint32_t *leaf)
{
	struct mls_node *node;
	unsigned level;
	uint32_t at;
	int err;

	node = leaf_node_of(leaf_node, &err);
	if (err != 0)
		return err;
	err = mls_tree_free_leaf(t, leaf);
	if (err != 0) {
		node_drop(node);
		return err;
	}
	tree_set(t, 2 * *leaf, node);
	for (level = 1; level <= tree_math_level(tree_math_root(t->leaves));
	    level++) {
		at = tree_math_ancestor(*leaf, level);
		if (t->node[at] != NULL)
			parent_unmerge(t, at, *leaf);
	}
	return 0;
}

static void
blank_path(struct mls_tree *t, uint32_t leaf)
{
	unsigned level, top = tree_math_level(tree_math_root(t->leaves));

	for (level = 1; level <= top; level++)
		mls_tree_blank(t, tree_math_ancestor(leaf, level));
}

int
mls_tree_update(struct mls_tree *t, uint32_t leaf, struct bytes leaf_node)
{
	int err;

	err = mls_tree_set_leaf(t, leaf, leaf_node);
	if (err == 0)
		blank_path(t, leaf);
	return err;
}

int
mls_tree_remove(struct mls_tree *t, uint32_t leaf)
{
	if (mls_tree_leaf(t, leaf) == NULL)
		return ERR_NONE;
	mls_tree_blank(t, 2 * leaf);
	blank_path(t, leaf);
	return 0;
}

void
mls_tree_widen(struct mls_tree *t, uint32_t leaves)
{
	if (leaves > t->leaves)
		tree_resize(t, leaves);
}

/* 7.7: halves the tree while its right half has no leaves. */
void
mls_tree_trim(struct mls_tree *t)
{
	uint32_t last = t->leaves, leaves;

	while (last > 0 && t->node[2 * (last - 1)] == NULL)
		last--;
	leaves = tree_math_round(last);
	if (leaves < t->leaves)
		tree_resize(t, leaves);
}
