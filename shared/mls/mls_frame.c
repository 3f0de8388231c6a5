/* SPDX-License-Identifier: ISC */
/*
 * Framing (RFC 9420 6, 6.1, 6.2): what is signed, by whom, and PublicMessage.
 * A frame owns the encoded AuthenticatedContent, so that hashes and references
 * are taken over the very bytes; its fields are views into it.
 */
#include "mls_epoch.h"

static void
skip_proposal(struct rd *rd)
{
	struct mls_proposal p;

	mls_proposal_get(rd, &p);
}

static void
skip_commit(struct rd *rd)
{
	struct mls_commit c;

	mls_commit_get(rd, &c);
	mls_commit_free(&c);
}

/* The body as it stands in FramedContent; for application data the data. */
static void
get_body(struct rd *rd, struct mls_frame *f)
{
	const uint8_t *start = rd->p;

	switch (f->type) {
	case MLS_APPLICATION:
		f->body = mls_get_vector(rd);
		return;
	case MLS_PROPOSAL:
		skip_proposal(rd);
		break;
	case MLS_COMMIT:
		skip_commit(rd);
		break;
	default:
		rd_fail(rd, ERR_FORMAT);
	}
	if (rd->err == 0)
		f->body = bytes_of(start, (size_t)(rd->p - start));
}

static void
get_content(struct rd *rd, struct mls_frame *f)
{
	const uint8_t *start = rd->p;

	f->group_id = mls_get_vector(rd);
	f->epoch = rd_u64(rd);
	f->sender_type = rd_u8(rd);
	f->sender = MLS_NONE;
	if (f->sender_type == MLS_MEMBER || f->sender_type == MLS_EXTERNAL)
		f->sender = rd_u32(rd);
	else if (f->sender_type != MLS_NEW_PROPOSAL &&
	    f->sender_type != MLS_NEW_COMMIT)
		rd_fail(rd, ERR_FORMAT);
	f->aad = mls_get_vector(rd);
	f->type = rd_u8(rd);
	get_body(rd, f);
	if (rd->err == 0)
		f->content = bytes_of(start, (size_t)(rd->p - start));
}

static void
get_auth(struct rd *rd, struct mls_frame *f)
{
	const uint8_t *start = rd->p;

	f->signature = mls_get_vector(rd);
	if (f->type == MLS_COMMIT)
		f->tag = mls_get_vector(rd);
	if (rd->err == 0)
		f->auth = bytes_of(start, (size_t)(rd->p - start));
}

/* 6.1: what a sender from outside may send. */
static int
check_sender(const struct mls_frame *f)
{
	switch (f->sender_type) {
	case MLS_EXTERNAL:
	case MLS_NEW_PROPOSAL:
		return f->type == MLS_PROPOSAL &&
		    f->wire == MLS_WIRE_PUBLIC ? 0 : ERR_RULE;
	case MLS_NEW_COMMIT:
		return f->type == MLS_COMMIT &&
		    f->wire == MLS_WIRE_PUBLIC ? 0 : ERR_RULE;
	default:
		return 0;
	}
}

/* Points the views into f->store, which holds an AuthenticatedContent. */
static int
frame_views(struct mls_frame *f)
{
	struct rd rd = rd_of(buf_view(&f->store));
	const uint8_t *start = rd.p;

	f->wire = rd_u16(&rd);
	get_content(&rd, f);
	get_auth(&rd, f);
	if (rd.err == 0 && f->wire != MLS_WIRE_PUBLIC &&
	    f->wire != MLS_WIRE_PRIVATE)
		rd_fail(&rd, ERR_FORMAT);
	if (rd_end(&rd) != 0)
		return rd.err;
	f->raw = buf_view(&f->store);
	f->signed_part = bytes_of(start, (size_t)(f->signature.p +
	    f->signature.n - start));
	return 0;
}

int
mls_frame_parse(struct bytes raw, struct mls_frame *f)
{
	int err;

	*f = (struct mls_frame){ .generation = MLS_NONE };
	f->store.secret = true;
	buf_bytes(&f->store, raw);
	err = frame_views(f);
	if (err != 0)
		mls_frame_free(f);
	return err;
}

void
mls_frame_free(struct mls_frame *f)
{
	buf_free(&f->store);
	*f = (struct mls_frame){ 0 };
}

/* FramedContentTBS */
static void
put_tbs(struct buf *b, const struct mls_frame *f, struct bytes context)
{
	buf_u16(b, 1);
	buf_u16(b, f->wire);
	buf_bytes(b, f->content);
	if (f->sender_type == MLS_MEMBER || f->sender_type == MLS_NEW_COMMIT)
		buf_bytes(b, context);
}

static void
put_ask(struct buf *b, const struct mls_frame_ask *ask)
{
	buf_u16(b, (uint16_t)ask->wire);
	mls_put_vector(b, ask->group_id);
	buf_u64(b, ask->epoch);
	buf_u8(b, ask->sender_type);
	if (ask->sender_type == MLS_MEMBER || ask->sender_type == MLS_EXTERNAL)
		buf_u32(b, ask->sender);
	mls_put_vector(b, ask->aad);
	buf_u8(b, ask->type);
	if (ask->type == MLS_APPLICATION)
		mls_put_vector(b, ask->body);
	else
		buf_bytes(b, ask->body);
}

int
mls_frame_make(const struct mls_frame_ask *ask, struct bytes context,
    const uint8_t *signer, struct mls_frame *f)
{
	struct buf raw = { .secret = true }, tbs = { .secret = true };
	uint8_t signature[SIGN_SIZE];
	struct mls_frame shape = { .wire = (uint16_t)ask->wire,
		.sender_type = ask->sender_type };
	int err;

	*f = (struct mls_frame){ 0 };
	put_ask(&raw, ask);
	if (raw.err != 0)
		goto out;
	shape.content = bytes_of(raw.p + 2, raw.n - 2);
	put_tbs(&tbs, &shape, context);
	if (tbs.err != 0)
		goto out;
	mls_sign(signer, "FramedContentTBS", buf_view(&tbs), signature);
	mls_put_vector(&raw, bytes_of(signature, sizeof signature));
	if (ask->type == MLS_COMMIT)
		mls_put_vector(&raw, bytes_of(NULL, 0));
out:
	err = raw.err ? raw.err : tbs.err;
	if (err == 0)
		err = mls_frame_parse(buf_view(&raw), f);
	buf_free(&raw);
	buf_free(&tbs);
	return err;
}

/* A commit's tag is known only after its signature was hashed. */
void
mls_frame_tag(struct mls_frame *f, struct bytes tag)
{
	struct buf store = { .secret = true };
	uint32_t generation = f->generation;
	int err;

	assert(f->type == MLS_COMMIT);
	buf_bytes(&store, f->signed_part);
	mls_put_vector(&store, tag);
	buf_free(&f->store);
	*f = (struct mls_frame){ .store = store, .generation = generation };
	err = frame_views(f);
	assert(err == 0);
}

int
mls_frame_verify(const struct mls_frame *f, struct bytes context,
    struct bytes public)
{
	struct buf tbs = { .secret = true };
	int err;

	put_tbs(&tbs, f, context);
	err = tbs.err;
	if (err == 0)
		err = mls_verify(public, "FramedContentTBS", buf_view(&tbs),
		    f->signature);
	buf_free(&tbs);
	return err;
}

void
mls_frame_ref(const struct mls_suite *suite, const struct mls_frame *f,
    uint8_t *ref)
{
	mls_ref_hash(suite, "MLS 1.0 Proposal Reference", f->raw, ref);
}

/* membership_tag = MAC(membership_key, FramedContentTBS || auth) */
static void
membership_tag(const struct mls_suite *suite, const struct mls_frame *f,
    struct bytes context, const uint8_t *key, uint8_t *out)
{
	struct buf tbm = { 0 };

	put_tbs(&tbm, f, context);
	buf_bytes(&tbm, f->auth);
	assert(tbm.err == 0);
	mls_mac(suite, key, buf_view(&tbm), out);
	buf_free(&tbm);
}

void
mls_public_put(struct buf *b, const struct mls_frame *f, struct bytes tag)
{
	buf_bytes(b, f->content);
	buf_bytes(b, f->auth);
	if (f->sender_type == MLS_MEMBER)
		mls_put_vector(b, tag);
}

int
mls_public_get(struct rd *rd, struct mls_frame *f, struct bytes *tag)
{
	struct mls_frame shape = { .wire = MLS_WIRE_PUBLIC };
	struct buf raw = { 0 };
	int err;

	*f = (struct mls_frame){ 0 };
	get_content(rd, &shape);
	get_auth(rd, &shape);
	*tag = bytes_of(NULL, 0);
	if (shape.sender_type == MLS_MEMBER)
		*tag = mls_get_vector(rd);
	if (rd->err != 0)
		return rd->err;
	buf_u16(&raw, MLS_WIRE_PUBLIC);
	buf_bytes(&raw, shape.content);
	buf_bytes(&raw, shape.auth);
	err = raw.err;
	if (err == 0)
		err = mls_frame_parse(buf_view(&raw), f);
	buf_free(&raw);
	return err;
}

int
mls_public_open(const struct mls_suite *suite, struct rd *rd,
    struct bytes context, const uint8_t *membership, struct mls_frame *f)
{
	uint8_t want[MLS_NH_MAX];
	struct bytes tag;
	int err;

	err = mls_public_get(rd, f, &tag);
	if (err == 0 && (err = rd_end(rd)) != 0)
		mls_frame_free(f);
	if (err != 0)
		return err;
	err = f->type == MLS_APPLICATION ? ERR_RULE : check_sender(f);
	if (err == 0 && f->sender_type == MLS_MEMBER) {
		membership_tag(suite, f, context, membership, want);
		if (tag.n != suite->nh || !seal_same(tag.p, want, tag.n))
			err = ERR_AUTH;
	}
	if (err != 0)
		mls_frame_free(f);
	return err;
}

int
mls_public_seal(const struct mls_suite *suite, const struct mls_frame *f,
    struct bytes context, const uint8_t *membership, struct buf *message)
{
	uint8_t tag[MLS_NH_MAX];

	if (f->type == MLS_APPLICATION)
		return ERR_RULE;
	assert(f->wire == MLS_WIRE_PUBLIC);
	if (f->sender_type == MLS_MEMBER) {
		membership_tag(suite, f, context, membership, tag);
		mem_tell(tag, suite->nh);       /* it is sent */
	}
	mls_put_header(message, MLS_WIRE_PUBLIC);
	mls_public_put(message, f, bytes_of(tag, suite->nh));
	return message->err;
}
