/* SPDX-License-Identifier: ISC */
/*
 * Verifiers of the MLS vectors about frames: secret-tree, message-protection
 * and welcome. Messages are opened as given, then made by us and opened again;
 * application data must not leave as a PublicMessage.
 */
#include "mls_vec.h"

/* secret-tree */

static void
mls_vec_sender_data(struct mls_case *k)
{
	const json_t *o = json_object_get(k->c, "sender_data");
	const uint8_t *secret = mls_vec_nh(k, o, "sender_data_secret");
	struct secret_key key;

	if (secret == NULL || !mls_vec_want(k, secret_tree_sender_data(k->suite,
	    secret, mls_vec_hex(k, o, "ciphertext"), &key) == 0, "sender data"))
		return;
	mls_vec_same(k, o, "key", key.key, k->suite->nk);
	mls_vec_same(k, o, "nonce", key.nonce, k->suite->nn);
}

static void
mls_vec_ratchet(struct mls_case *k, struct secret_tree *t, uint32_t leaf,
    enum secret_kind kind, const json_t *o)
{
	static const char *const field[][2] = {
		[SECRET_HANDSHAKE] = { "handshake_key", "handshake_nonce" },
		[SECRET_APPLICATION] = { "application_key",
		    "application_nonce" },
	};
	uint32_t generation = (uint32_t)mls_vec_int(k, o, "generation");
	struct secret_key key;

	if (!mls_vec_want(k, secret_tree_find(t, leaf, kind, generation,
	    &key) == 0, "leaf %u generation %u", leaf, generation))
		return;
	mls_vec_same(k, o, field[kind][0], key.key, k->suite->nk);
	mls_vec_same(k, o, field[kind][1], key.nonce, k->suite->nn);
	mls_vec_want(k, secret_tree_use(t, leaf, kind, generation) == 0 &&
	    secret_tree_find(t, leaf, kind, generation, &key) == ERR_REPLAY,
	    "leaf %u generation %u is gone once used", leaf, generation);
}

/* Once upwards and once downwards, so that skipped keys are kept. */
static void
mls_vec_ratchets(struct mls_case *k, const uint8_t *secret, bool down)
{
	const json_t *leaves = mls_vec_list(k, k->c, "leaves"), *list;
	uint32_t n = (uint32_t)json_array_size(leaves);
	struct secret_tree t = { 0 };
	size_t i, j, count;

	secret_tree_start(&t, k->suite, tree_math_round(n), secret);
	vec_each(leaves, i, list) {
		count = json_array_size(list);
		for (j = 0; j < 2 * count; j++)
			mls_vec_ratchet(k, &t, (uint32_t)i,
			    j % 2 ? SECRET_APPLICATION : SECRET_HANDSHAKE,
			    json_array_get(list, down ? count - 1 - j / 2 :
			    j / 2));
	}
	secret_tree_free(&t);
}

void
mls_vec_secret_tree(struct mls_case *k)
{
	const uint8_t *secret = mls_vec_nh(k, k->c, "encryption_secret");

	mls_vec_sender_data(k);
	if (secret == NULL)
		return;
	mls_vec_ratchets(k, secret, false);
	mls_vec_ratchets(k, secret, true);
}

/* message-protection: member 1 of 2 is the sender */

struct mls_vec_room {
	struct buf context;
	struct bytes group_id, public;
	uint64_t epoch;
	const uint8_t *membership, *encryption, *sender_data;
	uint8_t signer[SIGN_SECRET];
};

static bool
mls_vec_room(struct mls_case *k, struct mls_vec_room *r)
{
	struct mls_context context = {
		.suite = k->suite,
		.group_id = mls_vec_hex(k, k->c, "group_id"),
		.epoch = (uint64_t)mls_vec_int(k, k->c, "epoch"),
		.tree_hash = mls_vec_hex(k, k->c, "tree_hash"),
		.confirmed = mls_vec_hex(k, k->c, "confirmed_transcript_hash"),
	};
	uint8_t public[SIGN_PUBLIC];

	memset(r, 0, sizeof(*r));
	mls_context_put(&r->context, &context);
	r->group_id = context.group_id;
	r->epoch = context.epoch;
	r->public = mls_vec_hex(k, k->c, "signature_pub");
	r->membership = mls_vec_nh(k, k->c, "membership_key");
	r->encryption = mls_vec_nh(k, k->c, "encryption_secret");
	r->sender_data = mls_vec_nh(k, k->c, "sender_data_secret");
	return mls_vec_signer(k, k->c, "signature_priv", public, r->signer) &&
	    mls_vec_same(k, k->c, "signature_pub", public, sizeof(public)) &&
	    r->membership != NULL && r->encryption != NULL &&
	    r->sender_data != NULL;
}

/* Opens, verifies, compares. The frame is the caller's to free if true. */
static bool
mls_vec_open_public(struct mls_case *k, const struct mls_vec_room *r,
    struct bytes message, struct bytes want, struct mls_frame *f)
{
	struct bytes context = buf_view(&r->context);
	struct rd rd;

	if (!mls_vec_message(k, message, MLS_WIRE_PUBLIC, &rd) ||
	    !mls_vec_want(k, mls_public_open(k->suite, &rd, context,
	    r->membership, f) == 0, "a PublicMessage opens"))
		return false;
	mls_vec_want(k, rd_end(&rd) == 0, "nothing is left over");
	mls_vec_want(k, mls_frame_verify(f, context, r->public) == 0,
	    "the signature of a PublicMessage");
	mls_vec_want(k, f->sender_type == MLS_MEMBER && f->sender == 1 &&
	    f->epoch == r->epoch && bytes_same(f->group_id, r->group_id),
	    "the sender of a PublicMessage");
	mls_vec_want(k, bytes_same(f->body, want), "body of a PublicMessage");
	return true;
}

static bool
mls_vec_unseal(struct mls_case *k, const struct mls_vec_room *r,
    struct bytes message, struct mls_frame *f)
{
	struct secret_tree t = { 0 };
	struct mls_private p;
	struct mls_sender s;
	struct secret_key key;
	struct rd rd;
	bool good;

	if (!mls_vec_message(k, message, MLS_WIRE_PRIVATE, &rd) ||
	    !mls_vec_want(k, mls_private_get(&rd, &p) == 0 && rd_end(&rd) == 0,
	    "PrivateMessage"))
		return false;
	if (!mls_vec_want(k, mls_private_sender(k->suite, &p, r->sender_data,
	    &s) == 0 && s.leaf == 1, "sender data open"))
		return false;
	secret_tree_start(&t, k->suite, 2, r->encryption);
	good = mls_vec_want(k, secret_tree_find(&t, s.leaf,
	    p.type == MLS_APPLICATION ? SECRET_APPLICATION : SECRET_HANDSHAKE,
	    s.generation, &key) == 0 && mls_private_open(k->suite, &p, &s, &key,
	    f) == 0, "a PrivateMessage opens");
	secret_tree_free(&t);
	return good;
}

static bool
mls_vec_open_private(struct mls_case *k, const struct mls_vec_room *r,
    struct bytes message, struct bytes want, struct mls_frame *f)
{
	if (!mls_vec_unseal(k, r, message, f))
		return false;
	mls_vec_want(k, mls_frame_verify(f, buf_view(&r->context),
	    r->public) == 0, "the signature of a PrivateMessage");
	mls_vec_want(k, f->sender_type == MLS_MEMBER && f->sender == 1 &&
	    f->epoch == r->epoch && bytes_same(f->group_id, r->group_id),
	    "the sender of a PrivateMessage");
	mls_vec_want(k, bytes_same(f->body, want), "body of a PrivateMessage");
	return true;
}

/* The same content as a frame of our own; a commit borrows the given tag. */
static bool
mls_vec_frame(struct mls_case *k, const struct mls_vec_room *r,
    enum mls_wire wire, uint8_t type, struct bytes body, struct bytes tag,
    struct mls_frame *f)
{
	const struct mls_frame_ask ask = {
		.wire = wire, .group_id = r->group_id, .epoch = r->epoch,
		.sender_type = MLS_MEMBER, .sender = 1, .type = type,
		.body = body,
	};

	if (!mls_vec_want(k, mls_frame_make(&ask, buf_view(&r->context),
	    r->signer, f) == 0, "a frame is made"))
		return false;
	if (type == MLS_COMMIT)
		mls_frame_tag(f, tag);
	return true;
}

static void
mls_vec_again_public(struct mls_case *k, const struct mls_vec_room *r,
    uint8_t type, struct bytes body, struct bytes tag)
{
	struct mls_frame f, g;
	struct buf m = { 0 };
	int err;

	if (!mls_vec_frame(k, r, MLS_WIRE_PUBLIC, type, body, tag, &f))
		return;
	err = mls_public_seal(k->suite, &f, buf_view(&r->context),
	    r->membership, &m);
	if (type == MLS_APPLICATION) {
		mls_vec_want(k, err == ERR_RULE,
		    "application data in a PublicMessage is refused");
	} else if (mls_vec_want(k, err == 0, "a PublicMessage is made") &&
	    mls_vec_open_public(k, r, buf_view(&m), body, &g)) {
		mls_vec_want(k, bytes_same(g.tag, tag), "tag of our own");
		mls_frame_free(&g);
	}
	buf_free(&m);
	mls_frame_free(&f);
}

static void
mls_vec_again_private(struct mls_case *k, const struct mls_vec_room *r,
    uint8_t type, struct bytes body, struct bytes tag)
{
	enum secret_kind kind = type == MLS_APPLICATION ? SECRET_APPLICATION :
	    SECRET_HANDSHAKE;
	struct secret_tree t = { 0 };
	struct secret_key key;
	struct mls_frame f, g;
	struct buf m = { 0 };
	uint32_t generation;

	if (!mls_vec_frame(k, r, MLS_WIRE_PRIVATE, type, body, tag, &f))
		return;
	secret_tree_start(&t, k->suite, 2, r->encryption);
	if (mls_vec_want(k, secret_tree_next(&t, 1, kind, &generation,
	    &key) == 0 && mls_private_seal(k->suite, k->rng, &f,
	    r->sender_data, generation, &key, 512, &m) == 0,
	    "a PrivateMessage is made") &&
	    mls_vec_open_private(k, r, buf_view(&m), body, &g)) {
		mls_vec_want(k, bytes_same(g.tag, tag), "tag of our own");
		mls_frame_free(&g);
	}
	secret_tree_free(&t);
	buf_free(&m);
	mls_frame_free(&f);
}

static void
mls_vec_protection(struct mls_case *k, const struct mls_vec_room *r,
    uint8_t type, const char *raw, const char *public, const char *private)
{
	struct bytes body = mls_vec_hex(k, k->c, raw);
	struct mls_frame f;

	if (public == NULL)
		mls_vec_again_public(k, r, type, body, bytes_of(NULL, 0));
	else if (mls_vec_open_public(k, r, mls_vec_hex(k, k->c, public), body,
	    &f)) {
		mls_vec_want(k, f.type == type, "content of %s", public);
		mls_vec_again_public(k, r, type, body, f.tag);
		mls_frame_free(&f);
	}
	if (mls_vec_open_private(k, r, mls_vec_hex(k, k->c, private), body,
	    &f)) {
		mls_vec_want(k, f.type == type, "content of %s", private);
		mls_vec_again_private(k, r, type, body, f.tag);
		mls_frame_free(&f);
	}
}

void
mls_vec_message_protection(struct mls_case *k)
{
	struct mls_vec_room r;

	if (mls_vec_room(k, &r)) {
		mls_vec_protection(k, &r, MLS_PROPOSAL, "proposal",
		    "proposal_pub", "proposal_priv");
		mls_vec_protection(k, &r, MLS_COMMIT, "commit", "commit_pub",
		    "commit_priv");
		mls_vec_protection(k, &r, MLS_APPLICATION, "application", NULL,
		    "application_priv");
	}
	mem_wipe(r.signer, sizeof(r.signer));
	buf_free(&r.context);
}

/* welcome */

static void
mls_vec_welcome_info(struct mls_case *k, const struct mls_info *info,
    const struct mls_group_secrets *s)
{
	static const uint8_t zero[MLS_NH_MAX];
	uint8_t tag[MLS_NH_MAX];
	struct mls_epoch e;
	struct buf context = { 0 };

	mls_vec_want(k, mls_info_verify(info, mls_vec_hex(k, k->c,
	    "signer_pub")) == 0, "the signature of the GroupInfo");
	mls_context_put(&context, &info->context);
	if (mls_vec_want(k, mls_schedule_epoch(k->suite, s->joiner.p, zero,
	    buf_view(&context), NULL, &e) == 0, "the schedule")) {
		mls_mac(k->suite, e.confirmation, info->context.confirmed, tag);
		mls_vec_want(k, bytes_same(info->tag, bytes_of(tag,
		    k->suite->nh)), "confirmation_tag");
	}
	buf_free(&context);
}

static void
mls_vec_welcome_secrets(struct mls_case *k, const struct mls_welcome *w,
    const struct mls_group_secrets *s)
{
	static const uint8_t zero[MLS_NH_MAX];
	uint8_t welcome[MLS_NH_MAX];
	struct mls_epoch e;
	struct mls_info info;
	struct buf open = { .secret = true };
	struct rd rd;

	mls_vec_want(k, s->psks.n == 0, "a Welcome without PSKs");
	if (mls_vec_want(k, s->joiner.n == k->suite->nh, "joiner_secret") &&
	    mls_vec_want(k, mls_schedule_epoch(k->suite, s->joiner.p, zero,
	    bytes_of(NULL, 0), welcome, &e) == 0 &&
	    mls_welcome_open_info(k->suite, w, welcome, &open) == 0,
	    "the GroupInfo opens")) {
		rd = rd_of(buf_view(&open));
		if (mls_vec_want(k, mls_info_get(&rd, &info) == 0 &&
		    rd_end(&rd) == 0, "GroupInfo"))
			mls_vec_welcome_info(k, &info, s);
	}
	buf_free(&open);
}

void
mls_vec_welcome(struct mls_case *k)
{
	struct bytes message = mls_vec_hex(k, k->c, "welcome");
	struct bytes package = mls_vec_hex(k, k->c, "key_package");
	const uint8_t *init = mls_vec_n(k, k->c, "init_priv", k->suite->secret);
	uint8_t ref[MLS_NH_MAX];
	size_t n = 0;
	struct mls_welcome w;
	struct mls_group_secrets s;
	struct buf open = { .secret = true };
	struct rd rd;

	if (init == NULL || !mls_vec_message(k, message, MLS_WIRE_WELCOME, &rd)
	    || !mls_vec_want(k, mls_welcome_get(&rd, &w) == 0 &&
	    rd_end(&rd) == 0 && w.suite == k->suite->id, "Welcome"))
		return;
	if (!mls_vec_want(k, mls_package_ref(package, ref, &n) == 0 &&
	    n == k->suite->nh, "KeyPackageRef"))
		return;
	mls_vec_want(k, mls_welcome_for(message, bytes_of(ref, n)) == 0,
	    "the Welcome is for this KeyPackage");
	if (mls_vec_want(k, mls_welcome_open(k->suite, &w, bytes_of(ref, n),
	    init, &open) == 0, "the GroupSecrets open")) {
		rd = rd_of(buf_view(&open));
		if (mls_vec_want(k, mls_group_secrets_get(&rd, &s) == 0 &&
		    rd_end(&rd) == 0, "GroupSecrets"))
			mls_vec_welcome_secrets(k, &w, &s);
	}
	buf_free(&open);
}
