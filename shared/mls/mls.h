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
 * outlive the struct. What the files of this floor share is in mls_parts.h and
 * mls_epoch.h, for them and their tests alone.
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

static inline struct bytes
mls_text(const char *s)
{
	return bytes_of(s, strlen(s));
}

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
	uint64_t now;           /* seconds since 1970; 0: no judging */
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
	struct bytes raw, tbs;          /* without MLSMessage header */
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
/* A ReInit was committed, or we were removed: nothing can be sent. */
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
	uint32_t generation;    /* handshake generation used up, or MLS_NONE */
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
	struct bytes id;                /* psk id; resumption: group */
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
	size_t size;                    /* a PrivateMessage's; 0: unpadded */
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
	const struct mls_self *self;    /* UPDATE: new look; NULL: as is */
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
int mls_pending_at(const struct mls_group *, size_t i,
    struct mls_pending_view *);
void mls_pending_clear(struct mls_group *);

/*
 * mls_message.c: application messages, and whatever comes in.
 */
/* size: the whole MLSMessage is padded to it (0: not at all); where no length
 * of the padding gives exactly that, it is a byte or two shorter. ERR_BIG. */
/* 12.4: who has seen valid proposals commits them before it says more; what is
 * valid for the caller only it knows, so this is its duty (mls_pending_at). */
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
	struct buf *link;       /* NULL, or gets the id of the group that it
				   branches or reinitializes: empty if none */
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

#endif
