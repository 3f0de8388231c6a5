/* SPDX-License-Identifier: ISC */
/*
 * Looking at the tree (RFC 9420 4.1): resolutions of nodes, filtered direct
 * paths, and the list of indices that both are given in.
 */
#include <stdlib.h>

#include "mls_parts.h"

void
mls_list32_add(struct mls_list32 *l, uint32_t v)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 8;
		l->v = mem_grow(l->v, l->cap, sizeof *l->v);
	}
	l->v[l->n++] = v;
}

bool
mls_list32_has(const struct mls_list32 *l, uint32_t v)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i] == v)
			return true;
	return false;
}

void
mls_list32_free(struct mls_list32 *l)
{
	free(l->v);
	*l = (struct mls_list32){ 0 };
}

/* The depth is the level of the node: at most MLS_LEVELS_MAX. */
void
mls_tree_resolution(const struct mls_tree *t, uint32_t node,
    struct mls_list32 *nodes)
{
	struct rd rd;

	if (t->node[node] != NULL) {
		mls_list32_add(nodes, node);
		if (t->node[node]->is_leaf)
			return;
		rd = rd_of(t->node[node]->parent.unmerged);
		while (rd_left(&rd) > 0)
			mls_list32_add(nodes, 2 * rd_u32(&rd));
		return;
	}
	if (node % 2 == 0)
		return;
	mls_tree_resolution(t, tree_math_left(node), nodes);
	mls_tree_resolution(t, tree_math_right(node), nodes);
}

bool
mls_tree_empty(const struct mls_tree *t, uint32_t node)
{
	if (t->node[node] != NULL)
		return false;
	return node % 2 == 0 || (mls_tree_empty(t, tree_math_left(node)) &&
	    mls_tree_empty(t, tree_math_right(node)));
}

void
mls_tree_path(const struct mls_tree *t, uint32_t leaf,
    struct mls_list32 *nodes)
{
	uint32_t root = tree_math_root(t->leaves), node = 2 * leaf;

	while (node != root) {
		if (!mls_tree_empty(t, tree_math_sibling(node, t->leaves)))
			mls_list32_add(nodes, tree_math_parent(node,
			    t->leaves));
		node = tree_math_parent(node, t->leaves);
	}
}
