/* SPDX-License-Identifier: ISC */
/*
 * What the files of this floor share, second half: key schedule, secret tree,
 * framing, Welcome, the group itself, and how a commit moves it on. Private to
 * shared/mls and its tests; sectioned by file, section numbers are RFC 9420's.
 */
#ifndef TACET_MLS_EPOCH_H
#define TACET_MLS_EPOCH_H

#include "mls_parts.h"

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
/* secret_kept.c */
struct secret_kept *secret_kept_find(const struct secret_tree *, uint32_t leaf,
    enum secret_kind, uint32_t generation);     /* or NULL */
void secret_kept_remove(struct secret_tree *, size_t at, size_t n);
void secret_kept_alloc(struct secret_tree *);
/* Room for n more of a sender: how many, the earliest, are not to be kept. */
uint32_t secret_kept_room(struct secret_tree *, uint32_t leaf, uint32_t n);
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
	struct bytes signed_part;       /* wire format, content, signature */
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
/* of a whole message: its header, and nothing behind it */
int mls_welcome_read(struct bytes message, struct mls_welcome *) MUST_CHECK;
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
	struct buf signers;             /* SIGN_PUBLIC per leaf, 0: blank */
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
/* The confirmation tag is sent, so it and what is hashed from it is no secret;
 * until a received one was compared it is. */
static inline void
mls_group_told(struct mls_group *g)
{
	(void)g;                /* in a release */
	mem_tell(g->tag, g->suite->nh);
	mem_tell(g->interim, g->suite->nh);
}

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

/* mls_branch.c, the parts */

/* What a joiner verifies of the link; id is the PSK that makes it. */
int mls_branch_check(const struct mls_group *fresh,
    const struct mls_group *old, const struct mls_psk_id *id) MUST_CHECK;

#endif
