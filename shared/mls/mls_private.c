/* SPDX-License-Identifier: ISC */
/*
 * PrivateMessage (RFC 9420 6.3): sender data, content, padding. Nothing here
 * moves a ratchet: the caller finds the key and uses it up when all is good.
 */
#include <stdlib.h>

#include "mls_epoch.h"

#define SENDER_DATA_SIZE 12

int
mls_private_get(struct rd *rd, struct mls_private *p)
{
	p->group_id = mls_get_vector(rd);
	p->epoch = rd_u64(rd);
	p->type = rd_u8(rd);
	p->aad = mls_get_vector(rd);
	p->sender_data = mls_get_vector(rd);
	p->ciphertext = mls_get_vector(rd);
	if (rd->err == 0 && (p->type < MLS_APPLICATION || p->type > MLS_COMMIT))
		rd_fail(rd, ERR_FORMAT);
	return rd->err;
}

void
mls_private_put(struct buf *b, const struct mls_private *p)
{
	mls_put_vector(b, p->group_id);
	buf_u64(b, p->epoch);
	buf_u8(b, p->type);
	mls_put_vector(b, p->aad);
	mls_put_vector(b, p->sender_data);
	mls_put_vector(b, p->ciphertext);
}

/* SenderDataAAD; with the authenticated data it is PrivateContentAAD. */
static void
put_aad(struct buf *b, const struct mls_private *p, bool content)
{
	mls_put_vector(b, p->group_id);
	buf_u64(b, p->epoch);
	buf_u8(b, p->type);
	if (content)
		mls_put_vector(b, p->aad);
}

int
mls_private_sender(const struct mls_suite *suite, const struct mls_private *p,
    const uint8_t *secret, struct mls_sender *sender)
{
	uint8_t plain[SENDER_DATA_SIZE];
	struct secret_key key;
	struct buf aad = { 0 };
	struct rd rd;
	int err;

	if (p->sender_data.n != SENDER_DATA_SIZE + suite->tag)
		return ERR_FORMAT;
	err = secret_tree_sender_data(suite, secret, p->ciphertext, &key);
	put_aad(&aad, p, false);
	if (err == 0)
		err = aad.err;
	if (err == 0)
		err = aead_open(suite->aead, key.key, key.nonce,
		    buf_view(&aad), p->sender_data, plain);
	if (err == 0) {
		/* who sent it, and which of theirs it is: all members know */
		mem_tell(plain, sizeof plain);
		rd = rd_of(bytes_of(plain, sizeof plain));
		sender->leaf = rd_u32(&rd);
		sender->generation = rd_u32(&rd);
		rd_copy(&rd, sender->guard, sizeof sender->guard);
	}
	mem_wipe(&key, sizeof key);
	buf_free(&aad);
	return err;
}

static void
guard_nonce(const struct secret_key *key, const uint8_t guard[static 4],
    uint8_t nonce[static 12])
{
	size_t i;

	memcpy(nonce, key->nonce, 12);
	for (i = 0; i < 4; i++)
		nonce[i] ^= guard[i];
}

/* Where content and auth end in a PrivateMessageContent; the rest must be
 * zeros. The structure is walked with the reader alone. */
static int
split_plain(struct bytes plain, uint8_t type, struct bytes *content)
{
	struct rd rd = rd_of(plain);
	struct mls_proposal proposal;
	struct mls_commit commit;
	struct bytes padding;
	const uint8_t *end;
	uint8_t any = 0;
	size_t i;

	if (type == MLS_APPLICATION) {
		mls_get_vector(&rd);
	} else if (type == MLS_PROPOSAL) {
		mls_proposal_get(&rd, &proposal);
	} else {
		mls_commit_get(&rd, &commit);
		mls_commit_free(&commit);
	}
	mls_get_vector(&rd); /* signature */
	if (type == MLS_COMMIT)
		mls_get_vector(&rd);
	end = rd.p;
	padding = rd_rest(&rd);
	if (rd.err != 0)
		return rd.err;
	for (i = 0; i < padding.n; i++)
		any |= padding.p[i];
	*content = bytes_of(plain.p, (size_t)(end - plain.p));
	return any == 0 ? 0 : ERR_FORMAT;
}

static int
frame_of(const struct mls_private *p, const struct mls_sender *sender,
    struct bytes plain, struct mls_frame *f)
{
	struct buf raw = { .secret = true };
	struct bytes content;
	int err;

	err = split_plain(plain, p->type, &content);
	if (err != 0)
		return err;
	buf_u16(&raw, MLS_WIRE_PRIVATE);
	mls_put_vector(&raw, p->group_id);
	buf_u64(&raw, p->epoch);
	buf_u8(&raw, MLS_MEMBER);
	buf_u32(&raw, sender->leaf);
	mls_put_vector(&raw, p->aad);
	buf_u8(&raw, p->type);
	buf_bytes(&raw, content);
	err = raw.err;
	if (err == 0)
		err = mls_frame_parse(buf_view(&raw), f);
	if (err == 0)
		f->generation = sender->generation;
	buf_free(&raw);
	return err;
}

int
mls_private_open(const struct mls_suite *suite, const struct mls_private *p,
    const struct mls_sender *sender, const struct secret_key *key,
    struct mls_frame *f)
{
	struct buf plain = { .secret = true }, aad = { 0 };
	uint8_t nonce[12], *out;
	int err;

	*f = (struct mls_frame){ 0 };
	if (p->ciphertext.n < suite->tag)
		return ERR_SHORT;
	guard_nonce(key, sender->guard, nonce);
	put_aad(&aad, p, true);
	/* one byte more, so that an empty plaintext has an address too */
	out = buf_room(&plain, p->ciphertext.n - suite->tag + 1);
	err = aad.err ? aad.err : plain.err;
	if (err == 0)
		err = aead_open(suite->aead, key->key, nonce, buf_view(&aad),
		    p->ciphertext, out);
	if (err == 0) {
		/* what is said is no key: how it is read may depend on it */
		mem_tell(out, plain.n - 1);
		err = frame_of(p, sender, bytes_of(out, plain.n - 1), f);
	}
	mem_wipe(nonce, sizeof nonce);
	buf_free(&plain);
	buf_free(&aad);
	return err;
}

/* How many zeros make the MLSMessage `size` bytes, or the nearest below. */
static int
padding_for(const struct mls_suite *suite, const struct mls_frame *f,
    size_t plain, size_t size, size_t *padding)
{
	size_t fixed, cipher = plain + suite->tag, room, c;

	*padding = 0;
	if (size == 0)
		return 0;
	fixed = 4 + mls_length_size(f->group_id.n) + f->group_id.n + 8 + 1 +
	    mls_length_size(f->aad.n) + f->aad.n +
	    1 + SENDER_DATA_SIZE + suite->tag;
	if (size > MLS_MESSAGE_MAX ||
	    fixed + mls_length_size(cipher) + cipher > size)
		return ERR_BIG;
	/* the longest ciphertext that fits behind its own length */
	room = size - fixed;
	c = room - mls_length_size(room);
	while (mls_length_size(c + 1) + c + 1 <= room)
		c++;
	assert(c >= cipher);
	*padding = c - cipher;
	return 0;
}

static int
seal_content(const struct mls_suite *suite, const struct mls_private *p,
    const struct mls_frame *f, const uint8_t *nonce,
    const struct secret_key *key, size_t size, struct buf *cipher)
{
	struct buf plain = { .secret = true }, aad = { 0 };
	size_t padding = 0;
	uint8_t *out;
	int err;

	if (f->type == MLS_APPLICATION)
		mls_put_vector(&plain, f->body);
	else
		buf_bytes(&plain, f->body);
	buf_bytes(&plain, f->auth);
	put_aad(&aad, p, true);
	err = plain.err ? plain.err : aad.err;
	if (err == 0)
		err = padding_for(suite, f, plain.n, size, &padding);
	if (err == 0) {
		buf_zero(&plain, padding);
		out = buf_room(cipher, plain.n + suite->tag);
		err = plain.err ? plain.err : cipher->err;
	}
	if (err == 0)
		err = aead_seal(suite->aead, key->key, nonce, buf_view(&aad),
		    buf_view(&plain), out);
	buf_free(&plain);
	buf_free(&aad);
	return err;
}

static int
seal_sender(const struct mls_suite *suite, const struct mls_private *p,
    const struct mls_sender *sender, const uint8_t *secret,
    uint8_t out[static SENDER_DATA_SIZE + 16])
{
	struct buf plain = { 0 }, aad = { 0 };
	struct secret_key key;
	int err;

	assert(suite->tag == 16);
	buf_u32(&plain, sender->leaf);
	buf_u32(&plain, sender->generation);
	buf_put(&plain, sender->guard, sizeof sender->guard);
	put_aad(&aad, p, false);
	err = secret_tree_sender_data(suite, secret, p->ciphertext, &key);
	if (err == 0)
		err = aad.err;
	if (err == 0)
		err = aead_seal(suite->aead, key.key, key.nonce,
		    buf_view(&aad), buf_view(&plain), out);
	mem_wipe(&key, sizeof key);
	buf_free(&plain);
	buf_free(&aad);
	return err;
}

int
mls_private_seal(const struct mls_suite *suite, const struct rng *rng,
    const struct mls_frame *f, const uint8_t *sender_data_secret,
    uint32_t generation, const struct secret_key *key, size_t size,
    struct buf *message)
{
	struct mls_private p = { .group_id = f->group_id, .epoch = f->epoch,
		.type = f->type, .aad = f->aad };
	struct mls_sender sender = { .leaf = f->sender,
		.generation = generation };
	uint8_t nonce[12], data[SENDER_DATA_SIZE + 16];
	struct buf cipher = { 0 };
	int err;

	assert(f->wire == MLS_WIRE_PRIVATE && f->sender_type == MLS_MEMBER);
	rng_fill(rng, sender.guard, sizeof sender.guard);
	guard_nonce(key, sender.guard, nonce);
	err = seal_content(suite, &p, f, nonce, key, size, &cipher);
	p.ciphertext = buf_view(&cipher);
	if (err == 0)
		err = seal_sender(suite, &p, &sender, sender_data_secret,
		    data);
	if (err == 0) {
		p.sender_data = bytes_of(data, sizeof data);
		mls_put_header(message, MLS_WIRE_PRIVATE);
		mls_private_put(message, &p);
		err = message->err;
	}
	mem_wipe(nonce, sizeof nonce);
	buf_free(&cipher);
	return err;
}
