/* SPDX-License-Identifier: ISC */
/*
 * Framing: known answers, who may send what in which form, what a signature
 * and a membership tag cover (each bit, the epoch, the key), commits before and
 * after their tag, every truncation.
 */
#include <stdlib.h>

#include "mls_data.h"
#include "tap.h"

static const struct mls_suite *suite;
static struct rng_seeded seeded;
static struct rng rng;
static uint8_t public[SIGN_PUBLIC], signer[SIGN_SECRET];
static const uint8_t membership[MLS_NH_MAX] = { 7 };
static const uint8_t remove_one[] = { 0, MLS_REMOVE, 0, 0, 0, 1 };
static const uint8_t commit_empty[] = { 0, 0 };

static struct bytes
body_of(uint8_t type)
{
	return type == MLS_PROPOSAL ? bytes_of(remove_one, 6) :
	    type == MLS_COMMIT ? bytes_of(commit_empty, 2) : mls_text("hello");
}

static int
make(enum mls_wire wire, uint8_t sender, uint8_t type, struct mls_frame *f)
{
	struct mls_frame_ask ask = { .wire = wire,
		.group_id = mls_text("group"), .epoch = 3,
		.sender_type = sender, .sender = 1, .aad = mls_text("aad"),
		.type = type, .body = body_of(type) };
	uint8_t tag[MLS_NH_MAX] = { 5 };
	int err;

	err = mls_frame_make(&ask, mls_text("context"), signer, f);
	if (err == 0 && type == MLS_COMMIT)
		mls_frame_tag(f, bytes_of(tag, suite->nh));
	return err;
}

static struct bytes
key(void)
{
	return bytes_of(public, sizeof public);
}

static int
open_as(struct bytes message, const char *context, const uint8_t *tag_key)
{
	struct rd rd = rd_of(message);
	struct mls_frame f = { .generation = 0 };
	uint16_t wire;
	int err;

	err = mls_get_header(&rd, &wire);
	if (err == 0 && wire != MLS_WIRE_PUBLIC)
		return ERR_FORMAT;
	if (err == 0)
		err = mls_public_open(suite, &rd, mls_text(context), tag_key,
		    &f);
	if (err == 0)
		err = mls_frame_verify(&f, mls_text(context), key());
	mls_frame_free(&f);
	return err;
}

/* A message as anybody may write it: no rule is asked on this way. */
static void
by_hand(uint8_t sender, uint8_t type, struct buf *out)
{
	uint8_t tag[MLS_NH_MAX] = { 0 };
	struct mls_frame f;

	if (make(MLS_WIRE_PUBLIC, sender, type, &f) != 0)
		bail("frame");
	buf_clear(out);
	if (type == MLS_APPLICATION) {
		mls_put_header(out, MLS_WIRE_PUBLIC);
		mls_public_put(out, &f, bytes_of(tag, suite->nh));
	} else if (mls_public_seal(suite, &f, mls_text("context"), membership,
	    out) != 0) {
		bail("seal");
	}
	mls_frame_free(&f);
}

/* 6 and 6.1: rows are senders, columns contents. */
static void
test_who(void)
{
	static const bool may[5][4] = {
		[MLS_MEMBER] = { [MLS_PROPOSAL] = true, [MLS_COMMIT] = true },
		[MLS_EXTERNAL] = { [MLS_PROPOSAL] = true },
		[MLS_NEW_PROPOSAL] = { [MLS_PROPOSAL] = true },
		[MLS_NEW_COMMIT] = { [MLS_COMMIT] = true },
	};
	struct buf b = { 0 };
	struct mls_frame f;
	uint8_t s, t;
	int err;

	for (s = MLS_MEMBER; s <= MLS_NEW_COMMIT; s++)
		for (t = MLS_APPLICATION; t <= MLS_COMMIT; t++) {
			by_hand(s, t, &b);
			err = open_as(buf_view(&b), "context", membership);
			is_int(err, may[s][t] ? 0 : ERR_RULE,
			    "sender %u, content %u in the open", s, t);
		}
	if (make(MLS_WIRE_PUBLIC, MLS_MEMBER, MLS_APPLICATION, &f) != 0)
		bail("frame");
	buf_clear(&b);
	is_int(mls_public_seal(suite, &f, mls_text("context"), membership, &b),
	    ERR_RULE, "application data is never sealed in the open");
	mls_frame_free(&f);
	ok(make(MLS_WIRE_PUBLIC, 0, MLS_PROPOSAL, &f) < 0, "a sender of type 0");
	ok(make(MLS_WIRE_PUBLIC, 5, MLS_PROPOSAL, &f) < 0, "of type 5");
	ok(make(MLS_WIRE_PUBLIC, MLS_MEMBER, 0, &f) < 0, "content of type 0");
	ok(make(MLS_WIRE_PUBLIC, MLS_MEMBER, 4, &f) < 0, "of type 4");
	ok(make(MLS_WIRE_WELCOME, MLS_MEMBER, MLS_PROPOSAL, &f) < 0,
	    "a frame is no Welcome");
	buf_free(&b);
}

/* The context is signed by whoever knows it, and by nobody else. */
static void
test_context(void)
{
	static const bool knows[5] = { [MLS_MEMBER] = true,
		[MLS_NEW_COMMIT] = true };
	uint8_t other[SIGN_PUBLIC], secret[SIGN_SECRET], s;
	struct mls_frame f;

	sign_keypair(&rng, other, secret);
	for (s = MLS_MEMBER; s <= MLS_NEW_COMMIT; s++) {
		if (make(MLS_WIRE_PUBLIC, s, s == MLS_NEW_COMMIT ? MLS_COMMIT :
		    MLS_PROPOSAL, &f) != 0)
			bail("frame");
		is_int(mls_frame_verify(&f, mls_text("context"), key()), 0,
		    "sender %u: the signature holds", s);
		is_int(mls_frame_verify(&f, mls_text("contexT"), key()),
		    knows[s] ? ERR_SIGN : 0, "sender %u: in another epoch it %s",
		    s, knows[s] ? "does not" : "holds too");
		is_int(mls_frame_verify(&f, mls_text("context"),
		    bytes_of(other, sizeof other)), ERR_SIGN,
		    "sender %u: never by another key", s);
		f.wire = MLS_WIRE_PRIVATE;
		is_int(mls_frame_verify(&f, mls_text("context"), key()),
		    ERR_SIGN, "sender %u: nor in the other wire format", s);
		mls_frame_free(&f);
	}
}

/* Of a member's message no bit can be changed by who has not the tag's key;
 * of others no bit by who has not the signer's. */
static void
test_bits(uint8_t sender, uint8_t type)
{
	struct buf b = { 0 };
	unsigned taken = 0, shorter = 0;
	size_t i;

	by_hand(sender, type, &b);
	is_int(open_as(buf_view(&b), "context", membership), 0,
	    "sender %u, content %u", sender, type);
	for (i = 0; i < b.n * 8; i++) {
		b.p[i / 8] ^= (uint8_t)(1u << i % 8);
		/* who joins by a commit has its tag judged by the group */
		taken += open_as(buf_view(&b), "context", membership) == 0 &&
		    !(sender == MLS_NEW_COMMIT && i / 8 >= b.n - suite->nh);
		b.p[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	is_int(taken, 0, "none of its %zu bits can be turned", b.n * 8);
	for (i = 0; i < b.n; i++)
		shorter += open_as(bytes_of(b.p, i), "context", membership) ==
		    0;
	is_int(shorter, 0, "and nothing can be left out at the end");
	buf_u8(&b, 0);
	ok(open_as(buf_view(&b), "context", membership) < 0, "or added");
	buf_free(&b);
}

static void
test_tag(void)
{
	static const uint8_t other[MLS_NH_MAX] = { 8 };
	struct buf b = { 0 }, copy = { 0 };
	struct mls_frame f;
	struct bytes tag;
	struct rd rd;

	by_hand(MLS_MEMBER, MLS_PROPOSAL, &b);
	is_int(open_as(buf_view(&b), "context", other), ERR_AUTH,
	    "who has not the epoch's membership key is no member");
	is_int(open_as(buf_view(&b), "another", membership), ERR_AUTH,
	    "and who was one in another epoch isn't either");
	rd = rd_of(bytes_of(b.p + 4, b.n - 4));
	if (mls_public_get(&rd, &f, &tag) != 0 || tag.n != suite->nh)
		bail("get");
	buf_bytes(&copy, tag);
	tag = buf_view(&copy);
	buf_clear(&b);
	mls_put_header(&b, MLS_WIRE_PUBLIC);
	mls_public_put(&b, &f, bytes_of(tag.p, tag.n - 1));
	is_int(open_as(buf_view(&b), "context", membership), ERR_AUTH,
	    "a tag is whole");
	buf_clear(&b);
	mls_put_header(&b, MLS_WIRE_PUBLIC);
	mls_public_put(&b, &f, bytes_of(NULL, 0));
	is_int(open_as(buf_view(&b), "context", membership), ERR_AUTH,
	    "and there");
	mls_frame_free(&f);
	buf_free(&b);
	buf_free(&copy);
}

/* The tag of a commit comes after its signature, and changes its reference. */
static void
test_commit(void)
{
	uint8_t a[MLS_NH_MAX], b[MLS_NH_MAX], tag[MLS_NH_MAX] = { 6 };
	struct mls_frame f, again;
	struct buf before = { 0 };

	if (make(MLS_WIRE_PRIVATE, MLS_MEMBER, MLS_COMMIT, &f) != 0)
		bail("frame");
	buf_bytes(&before, f.signed_part);
	mls_frame_ref(suite, &f, a);
	f.generation = 12;
	mls_frame_tag(&f, bytes_of(tag, suite->nh));
	ok(bytes_same(f.signed_part, buf_view(&before)),
	    "what is signed stays as it was");
	ok(bytes_same(f.tag, bytes_of(tag, suite->nh)), "the tag is there");
	is_int(f.generation, 12, "and the generation still");
	is_int(mls_frame_verify(&f, mls_text("context"), key()), 0,
	    "the signature holds");
	mls_frame_ref(suite, &f, b);
	ok(memcmp(a, b, suite->nh) != 0, "it is another message");
	is_int(mls_frame_parse(f.raw, &again), 0, "its bytes are read again");
	mls_frame_ref(suite, &again, a);
	is_mem(a, b, suite->nh, "as the same");
	mls_frame_free(&again);
	mls_frame_free(&f);
	buf_free(&before);
}

/* Views never leave the frame's own bytes, whatever was read. */
static void
test_parse(void)
{
	struct mls_frame f, got;
	unsigned taken = 0, outside = 0;
	uint8_t *copy;
	size_t i, n;

	if (make(MLS_WIRE_PRIVATE, MLS_MEMBER, MLS_APPLICATION, &f) != 0)
		bail("frame");
	n = f.raw.n;
	for (i = 0; i < n; i++)
		if (mls_frame_parse(bytes_of(f.raw.p, i), &got) == 0) {
			taken++;
			mls_frame_free(&got);
		}
	is_int(taken, 0, "no beginning of a frame is one");
	copy = mem_copy(f.raw.p, n);
	for (i = 0; i < n * 8; i++) {
		copy[i / 8] ^= (uint8_t)(1u << i % 8);
		if (mls_frame_parse(bytes_of(copy, n), &got) == 0) {
			taken++;
			outside += got.body.p < got.raw.p ||
			    got.body.p + got.body.n > got.raw.p + got.raw.n ||
			    got.signature.p + got.signature.n >
			    got.raw.p + got.raw.n;
			outside += mls_frame_verify(&got, mls_text("context"),
			    key()) == 0;
			mls_frame_free(&got);
		}
		copy[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	ok(taken > 0, "%u bits of %zu make another frame", taken, n * 8);
	is_int(outside, 0, "each whole, and none signed");
	free(copy);
	mls_frame_free(&f);
}

int
main(void)
{
	size_t i;

	if (seal_start() != 0)
		bail("libsodium");
	rng = rng_seed(&seeded, 4);
	sign_keypair(&rng, public, signer);
	ok(mls_data("message-protection", mls_vec_message_protection),
	    "known answers");
	for (i = 0; (suite = mls_suite_at(i)) != NULL; i++) {
		note("%s", suite->name);
		test_who();
		test_context();
		test_bits(MLS_MEMBER, MLS_PROPOSAL);
		test_bits(MLS_MEMBER, MLS_COMMIT);
		test_bits(MLS_EXTERNAL, MLS_PROPOSAL);
		test_bits(MLS_NEW_PROPOSAL, MLS_PROPOSAL);
		test_bits(MLS_NEW_COMMIT, MLS_COMMIT);
		test_tag();
		test_commit();
		test_parse();
	}
	return done();
}
