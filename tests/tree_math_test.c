/* SPDX-License-Identifier: ISC */
/*
 * Tree arithmetic against its definitions, in every tree of up to 64 leaves:
 * children and parents undo each other, and what is below is below.
 */
#include "mls_parts.h"
#include "tap.h"

/* In-order numbering: the subtree of a node covers level bits around it. */
static bool
covers(uint32_t node, uint32_t other)
{
	uint32_t half = (1u << tree_math_level(node)) - 1;

	return other >= node - half && other <= node + half;
}

static void
test_tree(uint32_t leaves)
{
	uint32_t width = tree_math_width(leaves), x, leaf, wrong = 0;
	uint32_t root = tree_math_root(leaves);

	for (x = 1; x < width; x += 2) {
		wrong += tree_math_parent(tree_math_left(x), leaves) != x;
		wrong += tree_math_parent(tree_math_right(x), leaves) != x;
		wrong += tree_math_sibling(tree_math_left(x), leaves) !=
		    tree_math_right(x);
		wrong += !covers(x, tree_math_left(x)) ||
		    !covers(x, tree_math_right(x));
		wrong += 2 * tree_math_first(x) != x + 1 -
		    (1u << tree_math_level(x));
		for (leaf = 0; leaf < leaves; leaf++)
			wrong += tree_math_under(x, leaf) !=
			    covers(x, 2 * leaf);
	}
	wrong += !covers(root, 0) || !covers(root, width - 1);
	is_int(wrong, 0, "%u leaves", leaves);
}

static void
test_common(void)
{
	uint32_t a, b, x, wrong = 0;

	for (a = 0; a < 32; a++)
		for (b = 0; b < 32; b++) {
			x = 2 * a;
			while (!covers(x, 2 * b))
				x = tree_math_parent(x, 32);
			wrong += tree_math_common(a, b) != x;
		}
	is_int(wrong, 0, "the lowest common ancestor of any two of 32");
}

int
main(void)
{
	uint32_t leaves;

	for (leaves = 1; leaves <= 64; leaves *= 2)
		test_tree(leaves);
	test_common();
	is_int(tree_math_width(0), 0, "no leaves, no nodes");
	is_int(tree_math_round(0), 1, "at least one leaf");
	is_int(tree_math_round(5), 8, "the next power of two");
	is_int(tree_math_round(8), 8, "or the number itself");
	return done();
}
