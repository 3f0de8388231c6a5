/* SPDX-License-Identifier: ISC */
/*
 * What the files of this floor share, first half: presentation language,
 * labelled primitives, the ratchet tree and what stands in it, TreeKEM. Knows
 * of no group and no epoch. Private to shared/mls and its tests; sectioned by
 * file, section numbers are RFC 9420's.
 */
#ifndef TACET_MLS_PARTS_H
#define TACET_MLS_PARTS_H

#include "mls.h"

/* mls_codec.c: TLS presentation language with variable-size lengths (2.1.2) */

#define MLS_VECTOR_MAX ((1u << 30) - 1)
uint32_t mls_get_length(struct rd *);           /* minimal or ERR_FORMAT */
struct bytes mls_get_vector(struct rd *);       /* opaque<V> */
struct rd mls_get_list(struct rd *);            /* a reader of the contents */
bool mls_get_optional(struct rd *);             /* 0 or 1 or ERR_FORMAT */
void mls_put_length(struct buf *, size_t);      /* ERR_BIG into buf->err */
void mls_put_vector(struct buf *, struct bytes);
size_t mls_length_size(size_t n);               /* 1, 2 or 4 */
/* A vector whose size is known at its end: close inserts the length. */
size_t mls_vector_open(struct buf *);
void mls_vector_close(struct buf *, size_t mark);
/* MLSMessage: header written or checked; the reader stands behind it. */
void mls_put_header(struct buf *, enum mls_wire);
int mls_get_header(struct rd *, uint16_t *wire);

/* mls_crypt.c: 5.1.1 to 5.2 and 8: the labelled primitives of a suite */

int mls_expand(const struct mls_suite *, struct bytes secret,
    struct bytes label, struct bytes context, uint8_t *out, size_t n)
    MUST_CHECK;                                 /* ExpandWithLabel */
/* DeriveSecret: nh bytes in, nh bytes out; in place is fine */
int mls_derive(const struct mls_suite *, const uint8_t *secret,
    const char *label, uint8_t *out) MUST_CHECK;
int mls_derive_tree(const struct mls_suite *, const uint8_t *secret,
    const char *label, uint32_t generation, uint8_t *out, size_t n) MUST_CHECK;
void mls_extract(const struct mls_suite *, struct bytes salt, struct bytes ikm,
    uint8_t *out);
void mls_hash(const struct mls_suite *, struct bytes, uint8_t *out);
void mls_ref_hash(const struct mls_suite *, const char *label, struct bytes,
    uint8_t *out);      /* full label, "MLS 1.0 ... Reference" */
void mls_mac(const struct mls_suite *, const uint8_t *key, struct bytes,
    uint8_t *out);
void mls_sign(const uint8_t *secret, const char *label, struct bytes content,
    uint8_t signature[static SIGN_SIZE]);       /* SignWithLabel */
int mls_verify(struct bytes public, const char *label, struct bytes content,
    struct bytes signature) MUST_CHECK;         /* ERR_KEY, ERR_SIGN */
/* Appends an HPKECiphertext (two vectors). */
int mls_encrypt(const struct mls_suite *, const struct rng *,
    struct bytes public, const char *label, struct bytes context,
    struct bytes plain, struct buf *out) MUST_CHECK;
int mls_decrypt(const struct mls_suite *, const uint8_t *secret,
    const char *label, struct bytes context, struct bytes kem_output,
    struct bytes ciphertext, struct buf *plain) MUST_CHECK;
bool mls_key_ok(const struct mls_suite *, struct bytes public); /* HPKE */
/* tree_math.c: appendix C. n_leaves is a power of two. */

uint32_t tree_math_width(uint32_t n_leaves);    /* nodes */
uint32_t tree_math_root(uint32_t n_leaves);
unsigned tree_math_level(uint32_t node);
uint32_t tree_math_left(uint32_t node);         /* not of a leaf */
uint32_t tree_math_right(uint32_t node);
uint32_t tree_math_parent(uint32_t node, uint32_t n_leaves); /* not of root */
uint32_t tree_math_sibling(uint32_t node, uint32_t n_leaves);
uint32_t tree_math_ancestor(uint32_t leaf, unsigned level); /* node index */
uint32_t tree_math_common(uint32_t leaf_a, uint32_t leaf_b); /* node index */
bool tree_math_under(uint32_t node, uint32_t leaf);     /* leaf below node? */
uint32_t tree_math_first(uint32_t node);        /* leftmost leaf below */
uint32_t tree_math_round(uint32_t n);           /* power of two >= n, 1.. */

/*
 * mls_tree.c: the ratchet tree (7). Nodes are immutable and shared between
 * copies of a tree by a count; a copy costs an array. Tree hashes are cached.
 */
struct mls_parent {
	struct bytes encryption_key, parent_hash;
	struct bytes unmerged;          /* big endian uint32, increasing */
};
struct mls_node {
	unsigned refs;
	bool is_leaf;
	struct buf raw;                 /* LeafNode or ParentNode, encoded */
	struct mls_leaf leaf;
	struct mls_parent parent;
};
struct mls_tree {
	const struct mls_suite *suite;
	uint32_t leaves;                /* power of two; 0: no tree */
	struct mls_node **node;         /* width of them, NULL is blank */
	uint8_t *hash;                  /* width * nh */
	bool *fresh;                    /* hash is valid */
};
struct mls_list32 {
	uint32_t *v;
	size_t n, cap;
};
void mls_list32_add(struct mls_list32 *, uint32_t);
bool mls_list32_has(const struct mls_list32 *, uint32_t);
void mls_list32_free(struct mls_list32 *);
/* Decoding takes the vector (12.4.3.3) from the reader. */
int mls_tree_get(struct rd *, const struct mls_suite *, struct mls_tree *)
    MUST_CHECK;
void mls_tree_put(const struct mls_tree *, struct buf *);
void mls_tree_copy(struct mls_tree *dst, const struct mls_tree *src);
void mls_tree_free(struct mls_tree *);
void mls_tree_start(struct mls_tree *, const struct mls_suite *); /* 1 blank */
const struct mls_leaf *mls_tree_leaf(const struct mls_tree *, uint32_t leaf);
const struct mls_parent *mls_tree_parent(const struct mls_tree *,
    uint32_t node);
struct bytes mls_tree_key(const struct mls_tree *, uint32_t node);
uint32_t mls_tree_members(const struct mls_tree *);
/* The leaf's bytes are parsed and kept. add: the place is *leaf, ERR_BIG. */
int mls_tree_add(struct mls_tree *, struct bytes leaf_node, uint32_t *leaf)
    MUST_CHECK;
int mls_tree_update(struct mls_tree *, uint32_t leaf, struct bytes leaf_node)
    MUST_CHECK;                 /* and blanks its direct path */
int mls_tree_remove(struct mls_tree *, uint32_t leaf) MUST_CHECK; /* truncates
    not: mls_tree_trim after the last remove */
void mls_tree_trim(struct mls_tree *);
void mls_tree_widen(struct mls_tree *, uint32_t leaves);  /* with blanks */
int mls_tree_set_leaf(struct mls_tree *, uint32_t leaf, struct bytes leaf_node)
    MUST_CHECK;                 /* nothing else changes */
void mls_tree_set_parent(struct mls_tree *, uint32_t node, struct bytes key,
    struct bytes parent_hash);  /* no unmerged leaves */
void mls_tree_blank(struct mls_tree *, uint32_t node);
int mls_tree_free_leaf(struct mls_tree *, uint32_t *leaf) MUST_CHECK; /* the
    leftmost blank one; extends the tree */
/* mls_resolve.c */
void mls_tree_resolution(const struct mls_tree *, uint32_t node,
    struct mls_list32 *nodes);  /* appends */
bool mls_tree_empty(const struct mls_tree *, uint32_t node); /* resolution is */
/* Filtered direct path of a leaf (4.1.2), from the leaf to the root. */
void mls_tree_path(const struct mls_tree *, uint32_t leaf,
    struct mls_list32 *nodes);

/* tree_hash.c: 7.8 and 7.9 */

const uint8_t *tree_hash_node(struct mls_tree *, uint32_t node); /* nh bytes */
const uint8_t *tree_hash_root(struct mls_tree *);
/* Tree hash of `node` with these leaves blanked and unmerged nowhere. */
void tree_hash_without(struct mls_tree *, uint32_t node, struct bytes unmerged,
    uint8_t *out);
/* Parent hash of P with copath child S */
void tree_hash_parent(struct mls_tree *, uint32_t p, uint32_t s, uint8_t *out);
int tree_hash_verify(struct mls_tree *) MUST_CHECK;     /* 7.9.2, all nodes */

/* tree_check.c: 7.3 and the tree part of 12.4.3.1 */

/* The leaf alone: signature, keys, source, own extensions. leaf_index and
 * group_id count for UPDATE and COMMIT sources. */
int tree_check_leaf(const struct mls_suite *, const struct mls_leaf *,
    uint8_t source, struct bytes group_id, uint32_t leaf) MUST_CHECK;
/* What is true between all leaves and the group's extensions. */
int tree_check_fit(const struct mls_tree *, struct bytes group_extensions)
    MUST_CHECK;
int tree_check_unique(const struct mls_tree *) MUST_CHECK;
int tree_check_unmerged(const struct mls_tree *) MUST_CHECK;
/* Everything, as when joining; judges each leaf. */
int tree_check_join(const struct mls_env *, struct mls_tree *,
    struct bytes group_id, struct bytes group_extensions) MUST_CHECK;
int tree_check_lifetime(const struct mls_env *, const struct mls_leaf *,
    bool clock);

/* mls_leaf.c, the making side */

int mls_credential_get(struct rd *, struct mls_credential *);
void mls_credential_put(struct buf *, const struct mls_credential *);
struct mls_leaf_ask {
	const struct mls_suite *suite;
	const struct mls_self *self;
	uint8_t source;
	uint64_t not_before, not_after;
	struct bytes parent_hash;
	struct bytes encryption_key;
	struct bytes group_id;
	uint32_t leaf;
	bool last_resort;
};
int mls_leaf_make(const struct rng *, const struct mls_leaf_ask *, struct buf *)
    MUST_CHECK;
/* The same leaf with another key, source and parent hash, signed anew. */
void mls_leaf_again(const struct mls_leaf *, const struct mls_leaf_ask *,
    const uint8_t *signer, struct buf *);
void mls_leaf_tbs(const struct mls_leaf *, struct bytes group_id, uint32_t leaf,
    struct buf *);

/* mls_package.c, the parts */

int mls_package_get(struct rd *, struct mls_package *);
void mls_package_put(struct buf *, const struct mls_package *);
/* What `private` holds: public KeyPackage (raw), init and leaf secret. */
void mls_package_pack(struct buf *private, struct bytes raw,
    const uint8_t *init, const uint8_t *leaf);
struct mls_package_private {
	struct bytes raw;               /* KeyPackage */
	struct bytes init, leaf;        /* HPKE secrets */
};
int mls_package_unpack(struct bytes private, struct mls_package_private *);

/* mls_psk.c: 8.4 */

struct mls_psk_id {
	struct bytes raw;
	uint8_t type, usage;
	struct bytes id;                /* psk_id or psk_group_id */
	uint64_t epoch;
	struct bytes nonce;
};
int mls_psk_get(struct rd *, struct mls_psk_id *);
void mls_psk_put(struct buf *, const struct mls_psk_id *);
/* psk_secret of n keys in order; nh bytes */
int mls_psk_secret(const struct mls_suite *, const struct mls_psk_id *,
    const struct bytes *psk, size_t n, uint8_t *out) MUST_CHECK;
/* Looks them up (own group first, which may be NULL), then as above. */
int mls_psk_gather(const struct mls_env *, const struct mls_suite *,
    const struct mls_group *, const struct mls_psk_id *, size_t n,
    uint8_t *out) MUST_CHECK;

/* mls_proposal.c: codec of 12.1, mls_path.c: of 7.6 and 12.4 */

struct mls_proposal {
	struct bytes raw;               /* with its type */
	uint16_t type;
	struct mls_package package;     /* ADD */
	struct mls_leaf leaf;           /* UPDATE */
	uint32_t removed;               /* REMOVE */
	struct mls_psk_id psk;
	struct mls_reinit reinit;
	struct bytes kem_output;        /* EXTERNAL_INIT */
	struct bytes extensions;        /* GROUP_EXTENSIONS */
};
int mls_proposal_get(struct rd *, struct mls_proposal *);
void mls_proposal_put(struct buf *, const struct mls_proposal *);
/* The body without the type: test vectors have Add, Update, ... alone. */
int mls_proposal_get_body(struct rd *, uint16_t type, struct mls_proposal *);
void mls_proposal_put_body(struct buf *, const struct mls_proposal *);

struct mls_path_node {
	struct bytes encryption_key;
	struct bytes secrets;           /* HPKECiphertext list */
};
struct mls_path {
	struct bytes raw;
	struct mls_leaf leaf;
	struct mls_path_node node[MLS_LEVELS_MAX];
	size_t n;
};
int mls_path_get(struct rd *, struct mls_path *);
void mls_path_put(struct buf *, const struct mls_path *);

struct mls_item {                       /* ProposalOrRef, and who sent it */
	bool by_ref;
	struct bytes ref;
	struct mls_proposal proposal;   /* by_ref: from the pending ones */
	uint8_t sender_type;
	uint32_t sender;
};
struct mls_commit {
	struct bytes raw;
	struct mls_item *item;
	size_t n;
	bool has_path;
	struct mls_path path;
};
int mls_commit_get(struct rd *, struct mls_commit *);   /* free it either way */
void mls_commit_put(struct buf *, const struct mls_commit *);
void mls_commit_free(struct mls_commit *);

/* treekem.c: 7.4 to 7.6 */

struct treekem_keys {           /* private keys along one's direct path */
	uint32_t have;          /* bit per level; 0 is the leaf */
	uint8_t key[MLS_LEVELS_MAX + 1][HPKE_SECRET_MAX];
};
struct treekem_secrets {        /* by level of the node; wiped by the owner */
	uint32_t have;
	uint8_t path[MLS_LEVELS_MAX + 1][MLS_NH_MAX];
};
/* node_secret and its key pair of a path secret */
int treekem_node_key(const struct mls_suite *, const uint8_t *path_secret,
    uint8_t *public, uint8_t *secret) MUST_CHECK;
/* Does what a Welcome's path_secret says: keys from node up to the root; each
 * must fit the tree. */
int treekem_take(const struct mls_tree *, uint32_t leaf, uint32_t node,
    const uint8_t *path_secret, struct treekem_keys *) MUST_CHECK;
/* Step 1: fresh keys along the path of `leaf`, tree changed, leaf signed.
 * ask->encryption_key and parent_hash are filled in here; with `self` NULL the
 * old leaf is taken over (signer then says with which key). */
struct treekem_plan {
	uint32_t leaf;
	struct mls_list32 path;         /* filtered direct path */
	struct treekem_secrets secrets;
	struct treekem_keys keys;       /* the sender's new ones */
	uint8_t commit_secret[MLS_NH_MAX];
};
int treekem_plan(const struct rng *, struct mls_tree *, uint32_t leaf,
    struct bytes group_id, const struct mls_self *self, const uint8_t *signer,
    struct treekem_plan *) MUST_CHECK;
void treekem_plan_free(struct treekem_plan *);  /* wipes */
/* Step 2: the UpdatePath, encrypted under the provisional GroupContext;
 * `fresh` are leaves added by the same commit. */
int treekem_encrypt(const struct rng *, const struct mls_tree *,
    const struct treekem_plan *, struct bytes context,
    const struct mls_list32 *fresh, struct buf *update_path) MUST_CHECK;
/* Receiving: merge changes the tree (and checks shape and parent hashes), then
 * open finds commit_secret and replaces keys. path_secret, if not NULL, gets
 * the one that was decrypted. */
int treekem_merge(struct mls_tree *, uint32_t sender, const struct mls_path *)
    MUST_CHECK;
int treekem_open(const struct mls_tree *, uint32_t sender,
    const struct mls_path *, uint32_t self, struct bytes context,
    const struct mls_list32 *fresh, struct treekem_keys *,
    uint8_t *path_secret, uint8_t *commit_secret) MUST_CHECK;
/* Forgets keys of nodes that are blank now or above the root. */
void treekem_prune(const struct mls_tree *, uint32_t self,
    struct treekem_keys *);

#endif
