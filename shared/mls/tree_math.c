/* SPDX-License-Identifier: ISC */
/*
 * Arithmetic on the indices of a complete binary tree in an array (RFC 9420
 * appendix C). Leaf n is node 2n; a node's level is the number of its trailing
 * one bits. Knows no contents.
 */
#include "mls_parts.h"

uint32_t
tree_math_width(uint32_t n_leaves)
{
	return n_leaves == 0 ? 0 : 2 * n_leaves - 1;
}

uint32_t
tree_math_root(uint32_t n_leaves)
{
	assert(n_leaves > 0 && (n_leaves & (n_leaves - 1)) == 0);
	return n_leaves - 1;
}

unsigned
tree_math_level(uint32_t node)
{
	unsigned k = 0;

	while (node & 1) {
		node >>= 1;
		k++;
	}
	return k;
}

uint32_t
tree_math_left(uint32_t node)
{
	unsigned k = tree_math_level(node);

	assert(k > 0);
	return node ^ (1u << (k - 1));
}

uint32_t
tree_math_right(uint32_t node)
{
	unsigned k = tree_math_level(node);

	assert(k > 0);
	return node ^ (3u << (k - 1));
}

uint32_t
tree_math_parent(uint32_t node, uint32_t n_leaves)
{
	unsigned k = tree_math_level(node);

	assert(node != tree_math_root(n_leaves));
	return (node | 1u << k) & ~(1u << (k + 1));
}

uint32_t
tree_math_sibling(uint32_t node, uint32_t n_leaves)
{
	uint32_t p = tree_math_parent(node, n_leaves);

	return node < p ? tree_math_right(p) : tree_math_left(p);
}

uint32_t
tree_math_ancestor(uint32_t leaf, unsigned level)
{
	uint32_t low = (1u << level) - 1;

	return ((leaf << 1) & ~(low | 1u << level)) | low;
}

uint32_t
tree_math_common(uint32_t leaf_a, uint32_t leaf_b)
{
	unsigned level = 0;

	while (tree_math_ancestor(leaf_a, level) !=
	    tree_math_ancestor(leaf_b, level))
		level++;
	return tree_math_ancestor(leaf_a, level);
}

bool
tree_math_under(uint32_t node, uint32_t leaf)
{
	return tree_math_ancestor(leaf, tree_math_level(node)) == node;
}

uint32_t
tree_math_first(uint32_t node)
{
	return (node & ~((1u << tree_math_level(node)) - 1)) >> 1;
}

uint32_t
tree_math_round(uint32_t n)
{
	uint32_t v = 1;

	while (v < n)
		v <<= 1;
	return v;
}
