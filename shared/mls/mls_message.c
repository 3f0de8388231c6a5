/* SPDX-License-Identifier: ISC */
/*
 * Messages in and out of a group (RFC 9420 6, 15). What comes in is opened
 * with a key that is only looked up; the ratchet moves once the signature and
 * the contents are good, so that a bad message leaves no trace.
 */
#include <stdlib.h>

#include "mls_epoch.h"

static enum secret_kind
kind_of(uint8_t type)
{
	return type == MLS_APPLICATION ? SECRET_APPLICATION : SECRET_HANDSHAKE;
}

static int
seal_private(const struct mls_env *env, struct mls_group *g,
    const struct mls_frame *f, size_t size, struct buf *message)
{
	enum secret_kind kind = kind_of(f->type);
	const struct secret_ratchet *r = &g->secrets.ratchet[kind][g->self];
	uint32_t generation = r->set ? r->next : 0;
	struct secret_key key;
	int err;

	err = secret_tree_find(&g->secrets, g->self, kind, generation, &key);
	if (err == 0)
		err = mls_private_seal(g->suite, env->rng, f,
		    g->keys->epoch.sender_data, generation, &key, size,
		    message);
	if (err == 0)
		err = secret_tree_use(&g->secrets, g->self, kind, generation);
	mem_wipe(&key, sizeof key);
	return err;
}

int
mls_message_put(const struct mls_env *env, struct mls_group *g,
    const struct mls_frame *f, size_t size, struct buf *message)
{
	if (f->wire == MLS_WIRE_PRIVATE)
		return seal_private(env, g, f, size, message);
	return mls_public_seal(g->suite, f, buf_view(&g->context),
	    g->keys->epoch.membership, message);
}

int
mls_message_seal(const struct mls_env *env, struct mls_group *g,
    struct bytes aad, struct bytes plain, size_t size, struct buf *message)
{
	struct mls_frame_ask ask = {
		.wire = MLS_WIRE_PRIVATE, .group_id = buf_view(&g->id),
		.epoch = g->epoch, .sender_type = MLS_MEMBER,
		.sender = g->self, .aad = aad, .type = MLS_APPLICATION,
		.body = plain,
	};
	struct mls_frame f;
	int err;

	if (mls_group_closed(g))
		return ERR_STATE;
	err = mls_frame_make(&ask, buf_view(&g->context), g->keys->signer,
	    &f);
	if (err != 0)
		return err;
	err = mls_message_put(env, g, &f, size, message);
	mls_frame_free(&f);
	return err;
}

int
mls_message_peek(struct bytes message, struct mls_peek *out)
{
	struct rd rd = rd_of(message);

	*out = (struct mls_peek){ 0 };
	if (message.n > MLS_MESSAGE_MAX)
		return ERR_BIG;
	if (mls_get_header(&rd, &out->wire) != 0)
		return rd.err;
	switch (out->wire) {
	case MLS_WIRE_PUBLIC:
	case MLS_WIRE_PRIVATE:
		break;
	case MLS_WIRE_GROUP_INFO:
		rd_u32(&rd); /* version and suite */
		break;
	case MLS_WIRE_WELCOME:
	case MLS_WIRE_KEY_PACKAGE:
		return 0;
	default:
		return ERR_FORMAT;
	}
	out->group_id = mls_get_vector(&rd);
	out->epoch = rd_u64(&rd);
	if (out->wire == MLS_WIRE_PRIVATE) {
		out->type = rd_u8(&rd);
	} else if (out->wire == MLS_WIRE_PUBLIC) {
		uint8_t sender = rd_u8(&rd);

		if (sender == MLS_MEMBER || sender == MLS_EXTERNAL)
			rd_u32(&rd);
		mls_get_vector(&rd);
		out->type = rd_u8(&rd);
	}
	return rd.err;
}

/* Who may have sent it, by the epoch it was sent in: the current group or one
 * of the past. */
struct view {
	struct secret_tree *secrets;
	const uint8_t *sender_data;
	struct bytes context;
	const struct mls_past *past;    /* NULL: the current epoch */
};

static int
view_of(struct mls_group *g, uint64_t epoch, uint8_t type, struct view *v)
{
	unsigned i;

	if (epoch == g->epoch) {
		*v = (struct view){ &g->secrets, g->keys->epoch.sender_data,
			buf_view(&g->context), NULL };
		return 0;
	}
	for (i = 0; i < g->n_past && type == MLS_APPLICATION; i++) {
		if (g->past[i]->epoch != epoch)
			continue;
		*v = (struct view){ &g->past[i]->secrets,
			g->past[i]->sender_data,
			buf_view(&g->past[i]->context), g->past[i] };
		return 0;
	}
	return ERR_EPOCH;
}

/* The signature key of a member in that epoch; all zeros: blank. */
static int
view_signer(const struct mls_group *g, const struct view *v, uint32_t leaf,
    struct bytes *key)
{
	static const uint8_t zero[SIGN_PUBLIC];
	const struct mls_leaf *l;

	if (v->past == NULL) {
		l = mls_tree_leaf(&g->tree, leaf);
		if (l == NULL)
			return ERR_RULE;
		*key = l->signature_key;
		return 0;
	}
	if (leaf >= v->past->leaves)
		return ERR_RULE;
	*key = bytes_of(v->past->signers.p + (size_t)leaf * SIGN_PUBLIC,
	    SIGN_PUBLIC);
	return memcmp(key->p, zero, sizeof zero) == 0 ? ERR_RULE : 0;
}

static int
open_private(struct mls_group *g, struct rd *rd, struct view *v,
    struct mls_frame *f)
{
	struct mls_private p;
	struct mls_sender sender;
	struct secret_key key;
	struct bytes signer;
	int err;

	mls_private_get(rd, &p);
	err = rd_end(rd);
	if (err == 0)
		err = view_of(g, p.epoch, p.type, v);
	if (err == 0)
		err = mls_private_sender(g->suite, &p, v->sender_data,
		    &sender);
	if (err == 0)
		err = view_signer(g, v, sender.leaf, &signer);
	if (err == 0 && sender.leaf == g->self)
		err = ERR_STATE;
	if (err == 0)
		err = secret_tree_find(v->secrets, sender.leaf,
		    kind_of(p.type), sender.generation, &key);
	if (err != 0)
		return err;
	if (!defence(trace))
		(void)!secret_tree_use(v->secrets, sender.leaf,
		    kind_of(p.type), sender.generation);
	err = mls_private_open(g->suite, &p, &sender, &key, f);
	mem_wipe(&key, sizeof key);
	if (err != 0)
		return err;
	err = defence(member) ? mls_frame_verify(f, v->context, signer) : 0;
	if (err != 0)
		mls_frame_free(f);
	return err;
}

static int
external_signer(const struct mls_group *g, uint32_t index, struct bytes *key)
{
	struct mls_credential credential;
	struct bytes data;
	struct rd rd, list;
	int err;

	err = mls_ext_find(buf_view(&g->extensions), MLS_EXT_EXTERNAL_SENDERS,
	    &data);
	if (err != 0)
		return err;
	rd = rd_of(data);
	for (list = mls_get_list(&rd); rd_left(&list) > 0; index--) {
		*key = mls_get_vector(&list);
		mls_credential_get(&list, &credential);
		if (list.err == 0 && index == 0)
			return 0;
	}
	return list.err != 0 ? list.err : ERR_NONE;
}

/* 6.1: a newcomer's key stands in what it sends. */
static int
newcomer_signer(const struct mls_frame *f, struct bytes *key)
{
	struct rd rd = rd_of(f->body);
	struct mls_proposal p;
	struct mls_commit c;
	int err;

	if (f->type == MLS_PROPOSAL) {
		err = mls_proposal_get(&rd, &p);
		*key = p.package.leaf.signature_key;
		return err == 0 && p.type != MLS_ADD ? ERR_RULE : err;
	}
	err = mls_commit_get(&rd, &c);
	*key = c.path.leaf.signature_key;
	if (err == 0 && !c.has_path)
		err = ERR_RULE;
	mls_commit_free(&c);
	return err;
}

static int
public_signer(const struct mls_group *g, const struct mls_frame *f,
    struct bytes *key)
{
	const struct mls_leaf *leaf;

	switch (f->sender_type) {
	case MLS_MEMBER:
		leaf = mls_tree_leaf(&g->tree, f->sender);
		if (leaf == NULL)
			return ERR_RULE;
		*key = leaf->signature_key;
		return f->sender == g->self ? ERR_STATE : 0;
	case MLS_EXTERNAL:
		return external_signer(g, f->sender, key);
	default:
		return newcomer_signer(f, key);
	}
}

static int
open_public(struct mls_group *g, struct rd *rd, struct mls_frame *f)
{
	struct bytes key;
	int err;

	err = mls_public_open(g->suite, rd, buf_view(&g->context),
	    g->keys->epoch.membership, f);
	if (err != 0)
		return err;
	err = public_signer(g, f, &key);
	if (err == 0)
		err = mls_frame_verify(f, buf_view(&g->context), key);
	if (err != 0)
		mls_frame_free(f);
	return err;
}

/* 12.1.8: types that nobody may propose from outside; the rest is judged when
 * it is committed. */
static int
check_proposal(const struct mls_frame *f)
{
	struct rd rd = rd_of(f->body);
	struct mls_proposal p;
	int err;

	err = mls_proposal_get(&rd, &p);
	if (err == 0 && p.type == MLS_EXTERNAL_INIT)
		err = ERR_RULE;
	if (err == 0 && f->sender_type == MLS_EXTERNAL && p.type == MLS_UPDATE)
		err = ERR_RULE;
	return err;
}

int
mls_pending_add(struct mls_group *g, struct mls_frame *f, uint8_t *ref)
{
	struct mls_pending *p;
	size_t i;
	int err;

	err = check_proposal(f);
	if (err != 0)
		return err;
	if (g->n_pending == MLS_PENDING_MAX)
		return ERR_BIG;
	mls_frame_ref(g->suite, f, ref);
	for (i = 0; i < g->n_pending; i++)
		if (memcmp(g->pending[i]->ref, ref, g->suite->nh) == 0)
			return ERR_REPLAY;
	p = mem_alloc(sizeof *p);
	memcpy(p->ref, ref, g->suite->nh);
	p->frame = *f;
	*f = (struct mls_frame){ 0 };
	g->pending = mem_grow(g->pending, g->n_pending + 1,
	    sizeof *g->pending);
	g->pending[g->n_pending++] = p;
	return 0;
}

static int
take_frame(const struct mls_env *env, struct mls_group *g,
    struct mls_frame *f, struct mls_received *out)
{
	if (f->type == MLS_COMMIT)
		return mls_process_commit(env, g, f, &out->stage);
	if (f->type == MLS_PROPOSAL)
		return mls_pending_add(g, f, out->ref);
	out->plain.secret = true;
	buf_bytes(&out->plain, f->body);
	return out->plain.err;
}

static int
open_any(const struct mls_env *env, struct mls_group *g, struct rd *rd,
    uint16_t wire, struct mls_received *out)
{
	struct mls_frame f = { 0 };
	struct view v = { 0 };
	int err;

	err = wire == MLS_WIRE_PRIVATE ? open_private(g, rd, &v, &f) :
	    open_public(g, rd, &f);
	if (err != 0)
		return err;
	out->type = f.type;
	out->sender_type = f.sender_type;
	out->sender = f.sender;
	out->epoch = f.epoch;
	out->generation = f.generation;
	buf_bytes(&out->aad, f.aad);
	err = take_frame(env, g, &f, out);
	if (err == 0 && wire == MLS_WIRE_PRIVATE && out->type != MLS_COMMIT &&
	    defence(trace))
		err = secret_tree_use(v.secrets, out->sender,
		    kind_of(out->type), out->generation);
	mls_frame_free(&f);
	return err;
}

int
mls_message_open(const struct mls_env *env, struct mls_group *g,
    struct bytes message, struct mls_received *out)
{
	struct rd rd = rd_of(message);
	struct mls_peek peek;
	uint16_t wire;
	int err;

	*out = (struct mls_received){ 0 };
	err = mls_message_peek(message, &peek);
	if (err != 0)
		return err;
	if (peek.wire != MLS_WIRE_PUBLIC && peek.wire != MLS_WIRE_PRIVATE)
		return ERR_FORMAT;
	if (g->removed)
		return ERR_STATE;
	if (!bytes_same(peek.group_id, buf_view(&g->id)))
		return ERR_NONE;
	if (peek.epoch != g->epoch && (peek.wire != MLS_WIRE_PRIVATE ||
	    peek.type != MLS_APPLICATION))
		return ERR_EPOCH;
	if (g->reinit.n > 0 && peek.type != MLS_APPLICATION)
		return ERR_STATE;
	err = mls_get_header(&rd, &wire);
	if (err == 0)
		err = open_any(env, g, &rd, wire, out);
	if (err != 0)
		mls_received_free(out);
	return err;
}

void
mls_received_free(struct mls_received *r)
{
	buf_free(&r->aad);
	buf_free(&r->plain);
	mls_stage_free(r->stage);
	*r = (struct mls_received){ 0 };
}
