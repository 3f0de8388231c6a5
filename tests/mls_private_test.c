/* SPDX-License-Identifier: ISC */
/*
 * PrivateMessage: padding to any size across each change of a length's length,
 * padding that is not zeros, sender data of the wrong size, every field bound.
 */
#include "mls_epoch.h"
#include "tap.h"

static const struct mls_suite *suite;
static struct rng_seeded seeded;
static struct rng rng;
static uint8_t public[SIGN_PUBLIC], signer[SIGN_SECRET];
static const uint8_t sender_data[MLS_NH_MAX] = { 7 };
static const struct secret_key key = { { 1 }, { 2 } };

static void
frame(struct mls_frame *f, size_t n)
{
	static const uint8_t text[20000];
	struct mls_frame_ask ask = { .wire = MLS_WIRE_PRIVATE,
		.group_id = mls_text("group"), .epoch = 3,
		.sender_type = MLS_MEMBER, .sender = 1,
		.aad = mls_text("aad"), .type = MLS_APPLICATION,
		.body = bytes_of(text, n) };

	if (mls_frame_make(&ask, mls_text("context"), signer, f) != 0)
		bail("frame");
}

static int
seal(size_t n, size_t size, struct buf *out)
{
	struct mls_frame f;
	int err;

	frame(&f, n);
	buf_clear(out);
	err = mls_private_seal(suite, &rng, &f, sender_data, 9, &key, size,
	    out);
	mls_frame_free(&f);
	return err;
}

static int
open_one(struct bytes message, struct mls_frame *f)
{
	struct rd rd = rd_of(message);
	struct mls_private p;
	struct mls_sender sender;
	uint16_t wire;
	int err;

	*f = (struct mls_frame){ 0 };
	err = mls_get_header(&rd, &wire);
	if (err == 0)
		err = mls_private_get(&rd, &p);
	if (err == 0)
		err = rd_end(&rd);
	if (err == 0)
		err = mls_private_sender(suite, &p, sender_data, &sender);
	if (err == 0)
		err = mls_private_open(suite, &p, &sender, &key, f);
	return err;
}

/* Every text length against every size around an edge. */
static void
test_sizes(size_t edge)
{
	struct buf bare = { 0 }, out = { 0 };
	struct mls_frame f;
	size_t n, size, wrong = 0, far = 0;

	for (n = edge - 12; n < edge + 12; n++) {
		if (seal(n, 0, &bare) != 0)
			bail("seal");
		wrong += seal(n, bare.n - 1, &out) != ERR_BIG;
		for (size = bare.n; size < bare.n + 40; size++) {
			wrong += seal(n, size, &out) != 0 || out.n > size;
			far += out.n + 2 < size;
			wrong += open_one(buf_view(&out), &f) != 0 ||
			    f.body.n != n;
			mls_frame_free(&f);
		}
	}
	is_int(wrong, 0, "texts of about %zu bytes, padded", edge);
	is_int(far, 0, "at most two bytes below the size");
	buf_free(&bare);
	buf_free(&out);
}

/* The very same content with other padding, sealed with the same keys. */
static int
padded_with(const void *padding, size_t n)
{
	struct mls_private p = { .group_id = mls_text("group"), .epoch = 3,
		.type = MLS_APPLICATION, .aad = mls_text("aad") };
	struct buf plain = { 0 }, aad = { 0 }, cipher = { 0 };
	struct mls_sender sender = { .leaf = 1, .generation = 9 };
	struct mls_frame f, out;
	uint8_t *to;
	int err;

	frame(&f, 5);
	mls_put_vector(&plain, f.body);
	buf_bytes(&plain, f.auth);
	buf_put(&plain, padding, n);
	mls_put_vector(&aad, p.group_id);
	buf_u64(&aad, p.epoch);
	buf_u8(&aad, p.type);
	mls_put_vector(&aad, p.aad);
	to = buf_room(&cipher, plain.n + suite->tag);
	err = aead_seal(suite->aead, key.key, key.nonce, buf_view(&aad),
	    buf_view(&plain), to);
	p.ciphertext = buf_view(&cipher);
	if (err == 0)
		err = mls_private_open(suite, &p, &sender, &key, &out);
	mls_frame_free(&f);
	mls_frame_free(&out);
	buf_free(&plain);
	buf_free(&aad);
	buf_free(&cipher);
	return err;
}

static void
test_padding(void)
{
	is_int(padded_with("", 0), 0, "no padding");
	is_int(padded_with("\0\0\0\0", 4), 0, "zeros");
	is_int(padded_with("\0\0\0\1", 4), ERR_FORMAT, "a one at the end");
	is_int(padded_with("\200\0\0\0", 4), ERR_FORMAT, "at the start");
}

static void
test_bits(void)
{
	struct buf out = { 0 };
	struct mls_frame f;
	size_t bit, taken = 0;
	int err;

	if (seal(5, 200, &out) != 0 && seal(5, 300, &out) != 0)
		bail("seal");
	for (bit = 0; bit < out.n * 8; bit++) {
		out.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		err = open_one(buf_view(&out), &f);
		/* the wire format is the caller's matter */
		taken += err == 0 && bit >= 32;
		mls_frame_free(&f);
		out.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	is_int(taken, 0, "no bit can be changed");
	buf_free(&out);
}

int
main(void)
{
	size_t i;

	if (seal_start() != 0)
		bail("libsodium");
	rng = rng_seed(&seeded, 4);
	sign_keypair(&rng, public, signer);
	for (i = 0; (suite = mls_suite_at(i)) != NULL; i++) {
		test_sizes(20);
		test_sizes(64);
		test_sizes(16384 - 66 - 16);
		test_sizes(16384);
		test_padding();
		test_bits();
	}
	return done();
}
