// SPDX-License-Identifier: ISC
//
// What ts-mls 1.6.4 lacks, as far as a schedule has to keep clear of it:
// - An own Update proposal: no private key is kept for it. External_pub is the
//   bare key, not the struct with one vector of RFC 9420 12.4.3.2. A removal
//   goes unnoticed when a new member takes the leaf in the same commit. For
//   these, ts_member.mjs stands in.
// - A commit that only changes GroupContext extensions carries no path, which
//   RFC 9420 17.4 requires: member.needsHelpWithPath.
// - The cipher suite in a Welcome is not compared with the KeyPackage's
//   (12.4.3.1): member.seesWholeWelcome.
// - In a tree whose left half is empty commit_secret is derived one step too
//   far (over the blank root, which is no part of a filtered direct path,
//   4.1.2): leftIsPeopled().
// - Joining refuses valid trees in which the unmerged leaves of a node differ
//   from those of a node above it: canJoin().

import { decodeRatchetTree } from "ts-mls/ratchetTree.js";

import { whole } from "./ts_member.mjs";

// The nodes above leaf `index` in a full tree array of `n` nodes, upwards.
function above(index, n) {
  const path = [];
  let x = 2 * index;
  for (let k = 0; 2 ** (k + 1) - 1 < n; k++) {
    x = (x | (1 << k)) & ~(1 << (k + 1));
    path.push(x);
  }
  return path;
}

// ts-mls strips blanks from the right of its array; the tree is full.
function fullWidth(tree) {
  let n = 1;
  while (n < tree.length) n = 2 * n + 1;
  return n;
}

// Would ts-mls, joining by Welcome or from outside, accept the tree that comes
// out of `adds` new leaves and, if `path`, a path of leaf `by`? See above.
export function canJoin(treeText, adds, by, path, removed = []) {
  const tree = whole(decodeRatchetTree, treeText, "ratchet tree").slice();
  for (const leaf of removed) {
    tree[2 * leaf] = undefined;
    for (const x of above(leaf, fullWidth(tree))) tree[x] = undefined;
  }
  const unmerged = new Map();
  const put = (x, list) => unmerged.set(x, list);
  tree.forEach((t, x) => {
    if (t?.nodeType === "parent") put(x, [...t.parent.unmergedLeaves]);
  });
  let n = fullWidth(tree);
  for (let i = 0; i < adds; i++) {
    let leaf = 0;
    while (tree[2 * leaf] !== undefined) leaf++;
    tree[2 * leaf] = { nodeType: "leaf" };
    n = Math.max(n, fullWidth({ length: 2 * leaf + 1 }));
    for (const x of above(leaf, n))
      if (unmerged.has(x)) put(x, [...unmerged.get(x), leaf].sort());
  }
  if (path) for (const x of above(by, n)) put(x, []);
  for (const list of unmerged.values())
    for (const leaf of list)
      for (const x of above(leaf, n))
        if (unmerged.has(x) && String(unmerged.get(x)) !== String(list))
          return false;
  return true;
}

// Is there anybody in the left half of a tree with these leaves?
export function leftIsPeopled(leaves) {
  let width = 1;
  while (width <= Math.max(...leaves)) width *= 2;
  return width === 1 || leaves.some((leaf) => leaf < width / 2);
}
