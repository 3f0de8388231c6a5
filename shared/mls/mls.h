/* SPDX-License-Identifier: ISC */
/*
 * Floor 2: Messaging Layer Security, RFC 9420 whole. Section numbers below are
 * the RFC's. A group is one struct; what a commit would do is a stage that the
 * caller looks at and then applies or drops, so a refused or forged message
 * leaves the group as it was. Randomness comes from struct rng, time as an
 * argument; no input or output. Knows nothing of accounts, rooms or relays:
 * who may be in a group is asked of the caller's judge.
 *
 * Encoded things are parsed into views of the caller's bytes: those must
 * outlive the struct. The first half is for clients, the second (from "the
 * parts") is what the files of this floor and their tests share.
 */
#ifndef TACET_MLS_H
#define TACET_MLS_H

#include "base.h"
#include "crypto.h"

#define MLS_LEAVES_MAX 16384u           /* members of a group; a power of 2 */
#define MLS_NODES_MAX (2 * MLS_LEAVES_MAX - 1)
#define MLS_LEVELS_MAX 15               /* of a tree with MLS_LEAVES_MAX */
#define MLS_MESSAGE_MAX (64u << 20)     /* one encoded message or tree */
#define MLS_PROPOSALS_MAX 4096u         /* in one commit */
#define MLS_PENDING_MAX 1024u           /* proposals kept of one epoch */
#define MLS_EXTENSIONS_MAX 256u         /* in one list */
#define MLS_PSKS_MAX 256u               /* in one commit */
#define MLS_SKIP_MAX 1000u              /* generations one message may jump */
#define MLS_KEPT_MAX 1000u              /* unused keys kept per secret tree */
#define MLS_PAST_MAX 8u                 /* past epochs that can be kept */
#define MLS_PAST_DEFAULT 1u
#define MLS_RESUMPTION_MAX 8u           /* resumption PSKs kept, newest first */
#define MLS_LIFETIME_MAX (400ull * 24 * 3600) /* for mls_env.lifetime_max */
#define MLS_NH_MAX HASH_MAX
#define MLS_NONE UINT32_MAX             /* no leaf */

enum mls_wire {
	MLS_WIRE_PUBLIC = 1, MLS_WIRE_PRIVATE, MLS_WIRE_WELCOME,
	MLS_WIRE_GROUP_INFO, MLS_WIRE_KEY_PACKAGE,
};
enum mls_content_type { MLS_APPLICATION = 1, MLS_PROPOSAL, MLS_COMMIT };
enum mls_sender_type {
	MLS_MEMBER = 1, MLS_EXTERNAL, MLS_NEW_PROPOSAL, MLS_NEW_COMMIT,
};
enum mls_source { MLS_FROM_PACKAGE = 1, MLS_FROM_UPDATE, MLS_FROM_COMMIT };
enum mls_credential_type { MLS_BASIC = 1, MLS_X509 = 2 };
enum mls_proposal_type {
	MLS_ADD = 1, MLS_UPDATE, MLS_REMOVE, MLS_PSK, MLS_REINIT,
	MLS_EXTERNAL_INIT, MLS_GROUP_EXTENSIONS,
};
enum mls_extension_type {
	MLS_EXT_APPLICATION_ID = 1, MLS_EXT_RATCHET_TREE, MLS_EXT_REQUIRED,
	MLS_EXT_EXTERNAL_PUB, MLS_EXT_EXTERNAL_SENDERS,
	MLS_EXT_LAST_RESORT = 10,       /* draft-ietf-mls-extensions */
};
enum mls_psk_type { MLS_PSK_EXTERNAL = 1, MLS_PSK_RESUMPTION };
enum mls_psk_usage { MLS_USE_APPLICATION = 1, MLS_USE_REINIT, MLS_USE_BRANCH };

/* mls_suite.c: rows of suite.def */

enum mls_suite_id {
#define SUITE(NAME, id, text, hpke, aead, hash) MLS_SUITE_##NAME = id,
#include "suite.def"
#undef SUITE
};
struct mls_suite {
	uint16_t id;
	const char *name;
	enum hpke hpke;
	enum aead aead;
	enum hash hash;
	size_t nh, nk, nn, tag;         /* KDF.Nh, AEAD.Nk, AEAD.Nn, tag */
	size_t public, secret, enc;     /* of HPKE */
};
const struct mls_suite *mls_suite_find(uint16_t id);    /* NULL: not ours */
const struct mls_suite *mls_suite_at(size_t i);         /* NULL: past the end */

/*
 * mls_leaf.c: leaves as others show them to us. Everything is a view.
 */
struct mls_credential {
	uint16_t type;
	struct bytes body;      /* basic: identity; x509: the encoded list of
	                           certificates; others: one opaque */
};
struct mls_caps {               /* lists of big endian uint16 */
	struct bytes versions, suites, extensions, proposals, credentials;
};
struct mls_leaf {
	struct bytes raw, tbs;  /* all of it; all but the signature */
	struct bytes encryption_key, signature_key;
	struct mls_credential credential;
	struct mls_caps caps;
	uint8_t source;         /* enum mls_source */
	uint64_t not_before, not_after; /* seconds since 1970; FROM_PACKAGE */
	struct bytes parent_hash;       /* FROM_COMMIT */
	struct bytes extensions;        /* the list without its length */
	struct bytes signature;
};
int mls_leaf_get(struct rd *, struct mls_leaf *);
void mls_leaf_put(struct buf *, const struct mls_leaf *);
/* In a list (any list of extensions, without its length): 0 or ERR_NONE. */
int mls_ext_find(struct bytes list, uint16_t type, struct bytes *data);
/* Appends one extension to a list; the caller keeps types apart. */
void mls_ext_put(struct buf *list, uint16_t type, struct bytes data);
int mls_ext_check(struct bytes list);   /* well formed, no type twice */
int mls_ext_next(struct rd *list, uint16_t *type, struct bytes *data);
bool mls_caps_has(struct bytes list, uint16_t value);

/*
 * What the floor asks of its caller. `judge` is asked wherever the RFC says
 * "validated with the AS" (5.3.1): it takes or refuses (negative ERR_*, handed
 * back as it is) the credential and extensions of a leaf. `before` is the leaf
 * it replaces, or NULL. All functions may be NULL: then every leaf is taken,
 * no PSK is known, no other group is known.
 */
struct mls_env {
	const struct rng *rng;
	uint64_t now;           /* seconds since 1970; 0: lifetimes not judged */
	bool lifetimes;         /* judge them in received commits too (7.3) */
	uint64_t lifetime_max;  /* longest total lifetime taken; 0: any */
	int (*judge)(void *, const struct mls_leaf *leaf,
	    const struct mls_leaf *before);
	int (*judge_sender)(void *, struct bytes signature_key,
	    const struct mls_credential *);     /* external_senders, 12.1.8.1 */
	/* External PSK by id: appends it to *psk, or ERR_NONE. */
	int (*psk)(void *, struct bytes id, struct buf *psk);
	/* Another group of ours, for resumption PSKs, branches and reinits. */
	const struct mls_group *(*group)(void *, struct bytes group_id);
	void *arg;
};

/* How one appears in a leaf. The credential is basic. */
struct mls_self {
	const uint8_t *signer;          /* SIGN_SECRET bytes */
	struct bytes identity;
	struct bytes extensions;        /* list for the leaf; may be empty */
	const uint16_t *types;          /* extension types understood here, the
	                                   default ones left out */
	size_t n_types;
	bool no_grease;                 /* for known answers */
};

/*
 * mls_package.c: KeyPackages (10). `public` is an MLSMessage, `private` is for
 * the store only: one-time packages are deleted once a Welcome used them.
 */
struct mls_package {
	struct bytes raw, tbs;          /* KeyPackage without MLSMessage header */
	uint16_t version, suite;
	struct bytes init_key;
	struct mls_leaf leaf;
	struct bytes extensions, signature;
};
struct mls_package_ask {
	uint16_t suite;
	struct mls_self self;
	uint64_t not_before, not_after;
	bool last_resort;
};
int mls_package_make(const struct mls_env *, const struct mls_package_ask *,
    struct buf *public, struct buf *private) MUST_CHECK;
/* Takes an MLSMessage; parses only. */
int mls_package_parse(struct bytes message, struct mls_package *) MUST_CHECK;
/* 10.1 and 7.3 as far as they need no group, judge and lifetime included. */
int mls_package_check(const struct mls_env *, const struct mls_package *)
    MUST_CHECK;
bool mls_package_last_resort(const struct mls_package *);
/* KeyPackageRef: suite->nh bytes (32 or 64); of an MLSMessage. */
int mls_package_ref(struct bytes message, uint8_t *ref, size_t *n) MUST_CHECK;

/* mls_group.c */

struct mls_group;
struct mls_group_ask {
	uint16_t suite;
	struct bytes group_id;
	struct mls_self self;
	uint64_t not_before, not_after; /* lifetime in the creator's leaf */
	struct bytes extensions;        /* GroupContext extensions, a list */
};
int mls_group_create(const struct mls_env *, const struct mls_group_ask *,
    struct mls_group **) MUST_CHECK;
void mls_group_free(struct mls_group *);        /* wipes; NULL is fine */
/* Past epochs whose messages can still be opened: MLS_PAST_DEFAULT at first. */
void mls_group_keep(struct mls_group *, unsigned epochs);

struct bytes mls_group_id(const struct mls_group *);
uint64_t mls_group_epoch(const struct mls_group *);
uint16_t mls_group_suite(const struct mls_group *);
uint32_t mls_group_self(const struct mls_group *);      /* own leaf index */
struct bytes mls_group_extensions(const struct mls_group *);
struct bytes mls_group_authenticator(const struct mls_group *);
struct bytes mls_group_context(const struct mls_group *); /* encoded */
struct bytes mls_group_confirmed(const struct mls_group *); /* transcript */
/* A commit with a ReInit was applied, or we were removed: nothing can be sent. */
bool mls_group_closed(const struct mls_group *);
/* The ReInit of the last commit: ERR_NONE when there was none. */
struct mls_reinit {
	struct bytes group_id;
	uint16_t version, suite;
	struct bytes extensions;
};
int mls_group_reinit(const struct mls_group *, struct mls_reinit *);
/* Leaves [0, mls_group_leaves()) may be blank: NULL. Views live as long as
 * the group's epoch. */
uint32_t mls_group_leaves(const struct mls_group *);
uint32_t mls_group_members(const struct mls_group *);
const struct mls_leaf *mls_group_leaf(const struct mls_group *, uint32_t index);
int mls_group_find(const struct mls_group *, struct bytes signature_key,
    uint32_t *index);
/* MLS-Exporter (8.5) */
int mls_group_export(const struct mls_group *, const char *label,
    struct bytes context, uint8_t *out, size_t n) MUST_CHECK;
int mls_group_export_bytes(const struct mls_group *, struct bytes label,
    struct bytes context, uint8_t *out, size_t n) MUST_CHECK;
/* Encoded ratchet tree (12.4.3.3), for Welcomes that do not carry it. */
void mls_group_tree(const struct mls_group *, struct buf *);
/* resumption_psk of a kept epoch: ERR_NONE. suite->nh bytes. */
int mls_group_resumption(const struct mls_group *, uint64_t epoch,
    uint8_t *psk) MUST_CHECK;

/*
 * mls_save.c: the group as bytes between any two steps. Two parts, so that a
 * message costs no rewriting of the tree: the epoch part changes when a stage
 * is applied, the ratchet part with every message made or opened and every
 * proposal, both by mls_group_keep. Both hold secrets. Loading the two of
 * different epochs is ERR_STATE.
 */
void mls_group_save_epoch(const struct mls_group *, struct buf *);
void mls_group_save_ratchets(const struct mls_group *, struct buf *);
int mls_group_load(struct bytes epoch, struct bytes ratchets,
    struct mls_group **) MUST_CHECK;
/* Both parts in one piece. */
void mls_group_save(const struct mls_group *, struct buf *);
int mls_group_restore(struct bytes saved, struct mls_group **) MUST_CHECK;

/*
 * mls_stage.c: what a commit would do. `next` is the group after it, NULL when
 * it removes us. The caller judges by roles, then applies or drops. For leaves
 * that are removed or updated, look into the group before it; for added and
 * updated ones into `next`.
 */
struct mls_change {
	uint16_t type;          /* enum mls_proposal_type */
	uint32_t leaf;          /* ADD, UPDATE, REMOVE; else MLS_NONE */
	uint8_t sender_type;    /* who proposed it: enum mls_sender_type */
	uint32_t sender;        /* its leaf or external sender index */
};
struct mls_stage {
	struct mls_group *next;
	uint32_t committer;     /* its leaf in the tree after the commit */
	bool external;          /* a commit by somebody who joins by it */
	bool path;              /* fresh keys for the committer */
	bool removed;           /* we are out */
	bool own;               /* made here */
	struct mls_change *change;
	size_t n;
	uint64_t epoch;         /* of the group it starts from */
	uint32_t generation;    /* handshake generation it used up, or MLS_NONE */
};
/* The group becomes the next one and the stage is freed. ERR_EPOCH, and no
 * change, when the group has moved since. */
int mls_stage_apply(struct mls_group *, struct mls_stage *) MUST_CHECK;
void mls_stage_free(struct mls_stage *);        /* NULL is fine */
/* A stage survives a restart: it is kept beside its commit's bytes. */
void mls_stage_save(const struct mls_stage *, struct buf *);
int mls_stage_load(struct bytes, struct mls_stage **) MUST_CHECK;

/*
 * mls_commit.c: making a commit. The group stays as it is, but for one
 * generation of its handshake ratchet when the commit is a PrivateMessage: no
 * nonce may cover two plaintexts, so save the ratchet part with it.
 */
struct mls_psk_ask {
	enum mls_psk_type type;
	struct bytes id;                /* external: psk id; resumption: group */
	enum mls_psk_usage usage;       /* resumption only */
	uint64_t epoch;
};
struct mls_commit_ask {
	const struct bytes *add;        /* KeyPackages as MLSMessage */
	size_t n_add;
	const uint32_t *remove;         /* leaf indices */
	size_t n_remove;
	const struct mls_psk_ask *psk;
	size_t n_psk;
	bool set_extensions;            /* GroupContextExtensions proposal */
	struct bytes extensions;
	const struct mls_reinit *reinit;
	/* Proposals received before, by ProposalRef; order is kept. */
	const struct bytes *ref;
	size_t n_ref;
	bool path;                      /* fresh keys even if not required */
	const struct mls_self *self;    /* new look of the own leaf, or NULL */
	bool public_message;
	/* Welcome without the ratchet tree: for many at once in a large group,
	 * since each new member's secret is bound to the whole GroupInfo. */
	bool no_tree;
	bool external_pub;              /* in the Welcome's GroupInfo */
	struct bytes aad;
	size_t size;                    /* pad a PrivateMessage to it; 0: none */
};
struct mls_made {
	struct buf message;     /* the commit, an MLSMessage */
	struct buf welcome;     /* MLSMessage; empty when nobody was added */
	struct mls_stage *stage;
};
int mls_commit_make(const struct mls_env *, struct mls_group *,
    const struct mls_commit_ask *, struct mls_made *) MUST_CHECK;
void mls_made_free(struct mls_made *);

/* mls_propose.c: proposals by reference. They are pending here from then on. */

struct mls_propose_ask {
	uint16_t type;
	struct bytes add;               /* ADD: KeyPackage as MLSMessage */
	const struct mls_self *self;    /* UPDATE: new look, or NULL: as it is */
	uint32_t remove;
	const struct mls_psk_ask *psk;
	const struct mls_reinit *reinit;
	struct bytes extensions;        /* GROUP_EXTENSIONS */
	bool public_message;
	struct bytes aad;
	size_t size;
};
int mls_propose(const struct mls_env *, struct mls_group *,
    const struct mls_propose_ask *, struct buf *message) MUST_CHECK;
/* From outside (12.1.8): by an external sender, or a new member's own Add
 * (index MLS_NONE). The proposal is given encoded: mls_proposal_make(). */
int mls_propose_outside(uint16_t suite, struct bytes group_id, uint64_t epoch,
    uint32_t index, const uint8_t *signer, struct bytes proposal,
    struct buf *message) MUST_CHECK;
int mls_proposal_make(const struct mls_env *, uint16_t suite,
    const struct mls_propose_ask *, struct buf *proposal) MUST_CHECK;
/* What waits for a commit: i from 0 on, ERR_NONE past the end. */
struct mls_proposal;
struct mls_pending_view {
	struct bytes ref;               /* for mls_commit_ask.ref */
	uint16_t type;
	uint8_t sender_type;
	uint32_t sender;
	uint32_t removed;               /* REMOVE, else MLS_NONE */
};
int mls_pending_at(const struct mls_group *, size_t i, struct mls_pending_view *);
void mls_pending_clear(struct mls_group *);

/*
 * mls_message.c: application messages, and whatever comes in.
 */
/* size: the whole MLSMessage is padded to it (0: not at all); where no length
 * of the padding gives exactly that, it is a byte or two shorter. ERR_BIG. */
int mls_message_seal(const struct mls_env *, struct mls_group *,
    struct bytes aad, struct bytes plain, size_t size, struct buf *message)
    MUST_CHECK;
struct mls_received {
	uint8_t type;           /* enum mls_content_type */
	uint8_t sender_type;
	uint32_t sender;        /* leaf index, or external sender index */
	uint64_t epoch;
	uint32_t generation;    /* MLS_NONE for a PublicMessage */
	struct buf aad;
	struct buf plain;       /* APPLICATION; secret */
	uint8_t ref[MLS_NH_MAX];        /* PROPOSAL: its ref, nh bytes */
	struct mls_stage *stage;        /* COMMIT */
};
/* Application data and proposals change the group when they are good; a commit
 * only by its stage. ERR_EPOCH: of another epoch; ERR_REPLAY; ERR_STATE: our
 * own message; ERR_BIG: too far ahead; judge's and psk's errors as they are. */
int mls_message_open(const struct mls_env *, struct mls_group *,
    struct bytes message, struct mls_received *) MUST_CHECK;
void mls_received_free(struct mls_received *);
/* Where an MLSMessage belongs, without keys. group_id is empty and epoch 0 for
 * Welcome and KeyPackage. */
struct mls_peek {
	uint16_t wire;
	uint8_t type;           /* content type, 0 where there is none */
	struct bytes group_id;
	uint64_t epoch;
};
int mls_message_peek(struct bytes message, struct mls_peek *) MUST_CHECK;

/* mls_welcome.c, mls_join.c */

/* Is one of these secrets for this KeyPackageRef? 0 or ERR_NONE. */
int mls_welcome_for(struct bytes welcome, struct bytes ref) MUST_CHECK;
struct mls_join_ask {
	struct bytes private;           /* from mls_package_make */
	const uint8_t *signer;          /* SIGN_SECRET bytes of that leaf */
	struct bytes welcome;           /* MLSMessage */
	struct bytes tree;              /* when the Welcome has none */
};
/* *from: leaf index of who sent the Welcome; may be NULL. */
int mls_join_welcome(const struct mls_env *, const struct mls_join_ask *,
    struct mls_group **, uint32_t *from) MUST_CHECK;

/* mls_external.c: joining by a commit of one's own (12.4.3.2) */

struct mls_external_ask {
	struct bytes group_info;        /* MLSMessage with external_pub */
	struct bytes tree;              /* when the GroupInfo has none */
	struct mls_self self;
	uint32_t remove;                /* own old leaf, or MLS_NONE */
	const struct mls_psk_ask *psk;
	size_t n_psk;
	struct bytes aad;
};
/* The group is made->stage->next: take it by mls_external_take() once the
 * commit is accepted. */
int mls_external_join(const struct mls_env *, const struct mls_external_ask *,
    struct mls_made *) MUST_CHECK;
struct mls_group *mls_external_take(struct mls_made *) MUST_CHECK;

/* mls_info.c: GroupInfo (12.4.3) as MLSMessage */

int mls_info_make(const struct mls_env *, const struct mls_group *,
    bool with_tree, bool with_external_pub, struct buf *message) MUST_CHECK;

/*
 * mls_branch.c: reinitialization and branching (11.2, 11.3). The new group is
 * made with mls_group_create (reinit: id, suite and extensions from
 * mls_group_reinit) and this its first commit, which links it to the old one
 * by a resumption PSK and adds the others. Joiners check it in
 * mls_join_welcome, through env->group.
 */
int mls_branch_make(const struct mls_env *, struct mls_group *fresh,
    const struct mls_group *old, enum mls_psk_usage, const struct bytes *add,
    size_t n_add, struct mls_made *) MUST_CHECK;

/* What a joiner verifies of the link; id is the PSK that makes it. */
struct mls_psk_id;
int mls_branch_check(const struct mls_group *fresh,
    const struct mls_group *old, const struct mls_psk_id *id) MUST_CHECK;

/* ------------------------------------------------------------------------
 * The parts
 */

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
static inline struct bytes
mls_text(const char *s)
{
	return bytes_of(s, strlen(s));
}

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
const struct mls_parent *mls_tree_parent(const struct mls_tree *, uint32_t node);
struct bytes mls_tree_key(const struct mls_tree *, uint32_t node); /* or empty */
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
int tree_check_lifetime(const struct mls_env *, const struct mls_leaf *, bool clock);

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
	struct mls_proposal proposal;   /* by_ref: filled from the pending ones */
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
void treekem_prune(const struct mls_tree *, uint32_t self, struct treekem_keys *);

/* mls_schedule.c: 8, 8.1, 8.2 */

struct mls_context {
	const struct mls_suite *suite;  /* NULL after get: not ours */
	uint16_t number;                /* of the suite, after get */
	struct bytes group_id;
	uint64_t epoch;
	struct bytes tree_hash, confirmed, extensions;
};
int mls_context_get(struct rd *, struct mls_context *);
void mls_context_put(struct buf *, const struct mls_context *);
struct mls_epoch {              /* secrets of an epoch; nh bytes each */
	uint8_t init[MLS_NH_MAX], sender_data[MLS_NH_MAX];
	uint8_t encryption[MLS_NH_MAX], exporter[MLS_NH_MAX];
	uint8_t external[MLS_NH_MAX], confirmation[MLS_NH_MAX];
	uint8_t membership[MLS_NH_MAX], resumption[MLS_NH_MAX];
	uint8_t authenticator[MLS_NH_MAX];
};
int mls_schedule_joiner(const struct mls_suite *, const uint8_t *init,
    const uint8_t *commit_secret, struct bytes context, uint8_t *joiner)
    MUST_CHECK;
/* welcome may be NULL */
int mls_schedule_epoch(const struct mls_suite *, const uint8_t *joiner,
    const uint8_t *psk_secret, struct bytes context, uint8_t *welcome,
    struct mls_epoch *) MUST_CHECK;
int mls_schedule_welcome_secret(const struct mls_suite *,
    const uint8_t *joiner, const uint8_t *psk_secret, uint8_t *welcome)
    MUST_CHECK;
/* From epoch_secret itself: the creator's first epoch. */
int mls_schedule_from(const struct mls_suite *, const uint8_t *epoch_secret,
    struct mls_epoch *) MUST_CHECK;
int mls_schedule_export(const struct mls_suite *, const uint8_t *exporter,
    struct bytes label, struct bytes context, uint8_t *out, size_t n)
    MUST_CHECK;
int mls_schedule_external(const struct mls_suite *, const uint8_t *external,
    uint8_t *public, uint8_t *secret) MUST_CHECK;       /* external_pub */
/* welcome_key and welcome_nonce */
int mls_schedule_welcome(const struct mls_suite *, const uint8_t *welcome,
    uint8_t *key, uint8_t *nonce) MUST_CHECK;
void mls_schedule_confirmed(const struct mls_suite *, struct bytes interim,
    struct bytes input, uint8_t *out);  /* input: up to the signature */
void mls_schedule_interim(const struct mls_suite *, struct bytes confirmed,
    struct bytes tag, uint8_t *out);

/*
 * secret_tree.c: 9. find derives a key and changes nothing; use forgets what
 * was consumed, and keeps the keys that were skipped. The lists are bounded
 * and live in wiped memory.
 */
enum secret_kind { SECRET_HANDSHAKE, SECRET_APPLICATION };
struct secret_ratchet {
	bool set;
	uint32_t next;                  /* generation of `secret` */
	uint8_t secret[MLS_NH_MAX];
};
struct secret_kept {
	uint32_t leaf, generation;
	uint8_t kind;
	uint8_t key[KEY_SIZE], nonce[12];
};
struct secret_tree {
	const struct mls_suite *suite;
	uint32_t leaves;
	uint8_t *node;                  /* width * nh, in wiped memory */
	uint8_t *have;                  /* per node */
	struct secret_ratchet *ratchet[2];      /* leaves of each */
	struct secret_kept *kept;       /* oldest first */
	size_t n_kept;
};
struct secret_key {
	uint8_t key[KEY_SIZE], nonce[12];
};
void secret_tree_start(struct secret_tree *, const struct mls_suite *,
    uint32_t leaves, const uint8_t *encryption_secret);
void secret_tree_free(struct secret_tree *);
int secret_tree_find(const struct secret_tree *, uint32_t leaf,
    enum secret_kind, uint32_t generation, struct secret_key *) MUST_CHECK;
    /* ERR_REPLAY: gone; ERR_BIG: more than MLS_SKIP_MAX ahead */
int secret_tree_use(struct secret_tree *, uint32_t leaf, enum secret_kind,
    uint32_t generation) MUST_CHECK;
/* The next generation of one's own ratchet: find and use in one. */
int secret_tree_next(struct secret_tree *, uint32_t leaf, enum secret_kind,
    uint32_t *generation, struct secret_key *) MUST_CHECK;
void secret_tree_save(const struct secret_tree *, struct buf *);
int secret_tree_load(struct rd *, const struct mls_suite *, uint32_t leaves,
    struct secret_tree *) MUST_CHECK;
/* sender_data_key and _nonce of a ciphertext (6.3.2) */
int secret_tree_sender_data(const struct mls_suite *, const uint8_t *secret,
    struct bytes ciphertext, struct secret_key *) MUST_CHECK;

/*
 * mls_frame.c: FramedContent, signatures, PublicMessage (6, 6.1, 6.2).
 * A mls_frame owns the bytes of an AuthenticatedContent; the rest are views.
 */
struct mls_frame {
	struct buf store;               /* secret: may hold application data */
	struct bytes raw;               /* AuthenticatedContent */
	struct bytes content;           /* FramedContent */
	struct bytes signed_part;       /* wire_format || content || signature */
	uint16_t wire;
	struct bytes group_id;
	uint64_t epoch;
	uint8_t sender_type;
	uint32_t sender;
	struct bytes aad;
	uint8_t type;                   /* enum mls_content_type */
	struct bytes body;              /* application data, Proposal, Commit */
	struct bytes auth;              /* FramedContentAuthData, encoded */
	struct bytes signature, tag;    /* tag: COMMIT only */
	uint32_t generation;            /* PrivateMessage, else MLS_NONE */
};
/* From an encoded AuthenticatedContent. */
int mls_frame_parse(struct bytes, struct mls_frame *) MUST_CHECK;
void mls_frame_free(struct mls_frame *);
struct mls_frame_ask {
	enum mls_wire wire;
	struct bytes group_id;
	uint64_t epoch;
	uint8_t sender_type;
	uint32_t sender;
	struct bytes aad;
	uint8_t type;
	struct bytes body;
};
/* Signs; a commit is finished by mls_frame_tag. context: encoded GroupContext,
 * empty for external and new_member_proposal senders. */
int mls_frame_make(const struct mls_frame_ask *, struct bytes context,
    const uint8_t *signer, struct mls_frame *) MUST_CHECK;
void mls_frame_tag(struct mls_frame *, struct bytes tag);
int mls_frame_verify(const struct mls_frame *, struct bytes context,
    struct bytes public) MUST_CHECK;
void mls_frame_ref(const struct mls_suite *, const struct mls_frame *,
    uint8_t *ref);                      /* ProposalRef */
/* MLSMessage(PublicMessage). seal refuses application data: ERR_RULE. */
int mls_public_seal(const struct mls_suite *, const struct mls_frame *,
    struct bytes context, const uint8_t *membership, struct buf *message)
    MUST_CHECK;
/* Parses; and for a member checks the membership tag. rd behind the header. */
int mls_public_open(const struct mls_suite *, struct rd *,
    struct bytes context, const uint8_t *membership, struct mls_frame *)
    MUST_CHECK;
/* The codec alone: `tag` is a view of the membership tag, empty if none. */
int mls_public_get(struct rd *, struct mls_frame *, struct bytes *tag)
    MUST_CHECK;
void mls_public_put(struct buf *, const struct mls_frame *, struct bytes tag);

/* mls_private.c: PrivateMessage (6.3) */

struct mls_private {
	struct bytes group_id;
	uint64_t epoch;
	uint8_t type;
	struct bytes aad, sender_data, ciphertext;
};
int mls_private_get(struct rd *, struct mls_private *);
void mls_private_put(struct buf *, const struct mls_private *);
struct mls_sender {
	uint32_t leaf, generation;
	uint8_t guard[4];
};
/* Who sent it: opens the sender data. */
int mls_private_sender(const struct mls_suite *, const struct mls_private *,
    const uint8_t *sender_data_secret, struct mls_sender *) MUST_CHECK;
/* Opens with the key that secret_tree_find gave; verifies nothing yet. */
int mls_private_open(const struct mls_suite *, const struct mls_private *,
    const struct mls_sender *, const struct secret_key *, struct mls_frame *)
    MUST_CHECK;
/* MLSMessage(PrivateMessage) */
int mls_private_seal(const struct mls_suite *, const struct rng *,
    const struct mls_frame *, const uint8_t *sender_data_secret,
    uint32_t generation, const struct secret_key *, size_t size,
    struct buf *message) MUST_CHECK;

/* mls_info.c: the codec of GroupInfo */

struct mls_info {
	struct bytes raw, tbs;
	struct mls_context context;
	struct bytes extensions, tag;
	uint32_t signer;
	struct bytes signature;
};
int mls_info_get(struct rd *, struct mls_info *);
void mls_info_put(struct buf *, const struct mls_info *);
int mls_info_verify(const struct mls_info *, struct bytes public) MUST_CHECK;
/* The bare GroupInfo of a group, signed by our leaf. */
int mls_info_build(const struct mls_env *, const struct mls_group *,
    bool with_tree, bool with_external_pub, struct buf *) MUST_CHECK;

/* mls_welcome.c: the codec of Welcome and GroupSecrets */

struct mls_secret_for {                 /* EncryptedGroupSecrets */
	struct bytes ref, kem_output, ciphertext;
};
struct mls_welcome {
	uint16_t suite;
	struct bytes secrets;           /* list of EncryptedGroupSecrets */
	struct bytes info;              /* encrypted GroupInfo */
};
struct mls_group_secrets {
	struct bytes joiner;
	bool has_path;
	struct bytes path_secret;
	struct bytes psks;              /* list of PreSharedKeyID */
};
int mls_welcome_get(struct rd *, struct mls_welcome *);
void mls_welcome_put(struct buf *, const struct mls_welcome *);
int mls_secret_for_get(struct rd *, struct mls_secret_for *);
void mls_secret_for_put(struct buf *, const struct mls_secret_for *);
int mls_group_secrets_get(struct rd *, struct mls_group_secrets *);
void mls_group_secrets_put(struct buf *, const struct mls_group_secrets *);
/* The two layers of a Welcome, apart from any group. open_info needs the
 * welcome_secret (nh bytes). */
int mls_welcome_open(const struct mls_suite *, const struct mls_welcome *,
    struct bytes ref, const uint8_t *init_secret, struct buf *group_secrets)
    MUST_CHECK;
int mls_welcome_open_info(const struct mls_suite *, const struct mls_welcome *,
    const uint8_t *welcome_secret, struct buf *group_info) MUST_CHECK;
struct mls_welcome_ask {
	const struct mls_group *group;  /* after the commit; signs */
	const struct mls_list32 *leaf;  /* who is new, and their KeyPackages */
	const struct mls_package *const *package;
	const uint8_t *joiner, *welcome;
	const struct treekem_secrets *secrets;  /* NULL: no path */
	const struct mls_psk_id *psk;
	size_t n_psk;
	bool with_tree, external_pub;
};
int mls_welcome_make(const struct mls_env *, const struct mls_welcome_ask *,
    struct buf *message) MUST_CHECK;

/* mls_group.c: the group itself */

struct mls_keys {                       /* locked memory */
	uint8_t signer[SIGN_SECRET];
	struct mls_epoch epoch;         /* encryption is moved to the tree */
	struct treekem_keys path;
	struct {
		uint64_t epoch;
		uint8_t psk[MLS_NH_MAX];
	} resumption[MLS_RESUMPTION_MAX];       /* newest first */
	unsigned n_resumption;
};
struct mls_pending {
	uint8_t ref[MLS_NH_MAX];
	struct mls_frame frame;
	bool own_update;
	uint8_t leaf_key[HPKE_SECRET_MAX];      /* own Update: its secrets */
	uint8_t signer[SIGN_SECRET];
};
struct mls_past {                       /* to open late messages */
	uint64_t epoch;
	uint32_t leaves;
	struct buf context;
	struct buf signers;             /* SIGN_PUBLIC bytes per leaf, 0: blank */
	uint8_t sender_data[MLS_NH_MAX];
	struct secret_tree secrets;
};
struct mls_group {
	const struct mls_suite *suite;
	struct buf id, extensions, context;
	uint64_t epoch;
	struct mls_tree tree;
	uint32_t self;
	uint8_t confirmed[MLS_NH_MAX], interim[MLS_NH_MAX], tag[MLS_NH_MAX];
	size_t n_confirmed;             /* 0 in epoch 0, else nh */
	struct mls_keys *keys;
	struct secret_tree secrets;
	struct mls_pending **pending;
	size_t n_pending;
	struct mls_past *past[MLS_PAST_MAX];    /* newest first */
	unsigned n_past, keep;
	struct buf reinit;              /* ReInit of the last commit, encoded */
	bool removed;
};
struct mls_group *mls_group_new(const struct mls_suite *);
/* A group to work on: same tree, keys and extensions, no secret tree, no
 * pending proposals, no past. */
struct mls_group *mls_group_fork(const struct mls_group *);
/* Encodes the GroupContext of what stands in the fields. */
void mls_group_set_context(struct mls_group *);
struct mls_context mls_group_fields(const struct mls_group *); /* views */
/* Enters the epoch's secrets: secret tree, resumption PSK; wipes encryption. */
void mls_group_enter(struct mls_group *, struct mls_epoch *);

/* mls_list.c: 12.2 and 12.3. A list of items with their senders. */

struct mls_effect {                     /* what applying found */
	struct mls_list32 added;
	struct mls_psk_id *psk;         /* in the order of the list */
	size_t n_psk;
	const struct mls_item *external_init, *extensions, *reinit;
	bool path_required;
	bool self_removed;
	const struct mls_pending *own_update;
	struct mls_change *change;
	size_t n_change;
};
struct mls_list_ask {
	const struct mls_env *env;
	const struct mls_group *group;  /* before */
	uint32_t committer;             /* MLS_NONE: external commit */
	bool sending;                   /* then lifetimes are judged */
	bool linking;                   /* first commit of a branch or reinit */
};
/* Fills in proposals by reference from the pending ones: ERR_NONE. */
int mls_list_resolve(const struct mls_group *, struct mls_item *, size_t n,
    uint32_t committer) MUST_CHECK;
/* Checks the list and applies it to next->tree and next->extensions. */
int mls_list_apply(const struct mls_list_ask *, const struct mls_item *,
    size_t n, struct mls_group *next, struct mls_effect *) MUST_CHECK;
void mls_effect_free(struct mls_effect *);

/* mls_commit.c, the parts. `link`: the old group, when this is the first commit
 * of its branch or reinit. */

int mls_commit_build(const struct mls_env *, struct mls_group *,
    const struct mls_commit_ask *, const struct mls_group *link,
    struct mls_made *) MUST_CHECK;
/* The list of a commit from what is asked; `more` is put before it, already
 * encoded (ProposalOrRef items). */
int mls_commit_draft(const struct mls_env *, const struct mls_suite *,
    const struct mls_commit_ask *, struct bytes more, struct buf *list)
    MUST_CHECK;
void mls_item_put(struct buf *, const struct mls_proposal *);
struct mls_stage *mls_stage_new(struct mls_group *next, struct mls_effect *,
    uint64_t epoch) MUST_CHECK;         /* takes next and the changes */

/* mls_message.c, the parts: seals a frame as it asks for, with the next key of
 * our ratchet, which is used up only on success. */
int mls_message_put(const struct mls_env *, struct mls_group *,
    const struct mls_frame *, size_t size, struct buf *message) MUST_CHECK;

/* Takes the proposal's frame over; ref gets its nh bytes. ERR_REPLAY: it is
 * pending already. */
int mls_pending_add(struct mls_group *, struct mls_frame *, uint8_t *ref)
    MUST_CHECK;

/* mls_join.c, the parts: the tree of a GroupInfo, checked against it, and the
 * group that it describes, without secrets and self. */
int mls_join_public(const struct mls_env *, const struct mls_info *,
    struct bytes tree, struct mls_group **) MUST_CHECK;

/* mls_process.c: receiving a commit (12.4.2), and what both sides share */

int mls_process_commit(const struct mls_env *, const struct mls_group *,
    const struct mls_frame *, struct mls_stage **) MUST_CHECK;
/* After tree and extensions are set: transcript, key schedule, tag. `joiner`
 * (nh) and `welcome` (nh) may be NULL. The tag is in next->tag. */
struct mls_advance {
	const uint8_t *init, *commit_secret, *psk_secret;
	uint8_t *joiner, *welcome;
};
int mls_process_advance(const struct mls_group *before, struct mls_group *next,
    const struct mls_frame *, const struct mls_advance *) MUST_CHECK;

#endif
