/* SPDX-License-Identifier: ISC */
/*
 * The labelled primitives of RFC 9420 5.1, 5.2 and 8: every key, signature and
 * encryption of the protocol goes through here and so carries "MLS 1.0 " and
 * what it is for. No primitive is ours.
 */
#include "mls_parts.h"

static void
put_label(struct buf *b, struct bytes label)
{
	static const char prefix[] = "MLS 1.0 ";

	mls_put_length(b, sizeof prefix - 1 + label.n);
	buf_string(b, prefix);
	buf_bytes(b, label);
}

/* SignContent and EncryptContext have the same shape. */
static void
put_labelled(struct buf *b, const char *label, struct bytes content)
{
	put_label(b, mls_text(defence(label) ? label : ""));
	mls_put_vector(b, content);
}

int
mls_expand(const struct mls_suite *suite, struct bytes secret,
    struct bytes label, struct bytes context, uint8_t *out, size_t n)
{
	struct buf info = { 0 };
	int err;

	if (n > UINT16_MAX)
		return ERR_BIG;
	buf_u16(&info, (uint16_t)n);
	put_label(&info, label);
	mls_put_vector(&info, context);
	err = info.err;
	if (err == 0)
		err = hkdf_expand(suite->hash, secret, buf_view(&info), out, n);
	buf_free(&info);
	return err;
}

int
mls_derive(const struct mls_suite *suite, const uint8_t *secret,
    const char *label, uint8_t *out)
{
	uint8_t tmp[MLS_NH_MAX];
	int err;

	err = mls_expand(suite, bytes_of(secret, suite->nh), mls_text(label),
	    bytes_of(NULL, 0), tmp, suite->nh);
	if (err == 0)
		memcpy(out, tmp, suite->nh);
	mem_wipe(tmp, sizeof tmp);
	return err;
}

int
mls_derive_tree(const struct mls_suite *suite, const uint8_t *secret,
    const char *label, uint32_t generation, uint8_t *out, size_t n)
{
	uint8_t be[4] = {
		(uint8_t)(generation >> 24), (uint8_t)(generation >> 16),
		(uint8_t)(generation >> 8), (uint8_t)generation,
	};

	return mls_expand(suite, bytes_of(secret, suite->nh), mls_text(label),
	    bytes_of(be, sizeof be), out, n);
}

void
mls_extract(const struct mls_suite *suite, struct bytes salt,
    struct bytes ikm, uint8_t *out)
{
	hkdf_extract(suite->hash, salt, ikm, out);
}

void
mls_hash(const struct mls_suite *suite, struct bytes in, uint8_t *out)
{
	hash_of(suite->hash, in, out);
}

void
mls_ref_hash(const struct mls_suite *suite, const char *label,
    struct bytes value, uint8_t *out)
{
	struct buf in = { 0 };

	mls_put_vector(&in, mls_text(label));
	mls_put_vector(&in, value);
	assert(in.err == 0);
	mls_hash(suite, buf_view(&in), out);
	buf_free(&in);
}

void
mls_mac(const struct mls_suite *suite, const uint8_t *key, struct bytes in,
    uint8_t *out)
{
	hmac(suite->hash, bytes_of(key, suite->nh), &in, 1, out);
}

void
mls_sign(const uint8_t *secret, const char *label, struct bytes content,
    uint8_t signature[static SIGN_SIZE])
{
	struct buf in = { .secret = true };     /* may be a message's text */

	put_labelled(&in, label, content);
	assert(in.err == 0);
	sign_make(secret, buf_view(&in), signature);
	buf_free(&in);
}

int
mls_verify(struct bytes public, const char *label, struct bytes content,
    struct bytes signature)
{
	struct buf in = { .secret = true };
	int err;

	if (public.n != SIGN_PUBLIC)
		return ERR_KEY;
	if (signature.n != SIGN_SIZE)
		return ERR_SIGN;
	put_labelled(&in, label, content);
	err = in.err;
	if (err == 0)
		err = sign_verify(public.p, buf_view(&in), signature.p);
	buf_free(&in);
	return err;
}

int
mls_encrypt(const struct mls_suite *suite, const struct rng *rng,
    struct bytes public, const char *label, struct bytes context,
    struct bytes plain, struct buf *out)
{
	struct buf info = { 0 }, enc = { 0 }, cipher = { 0 };
	int err;

	put_labelled(&info, label, context);
	err = info.err;
	if (err == 0 && !mls_key_ok(suite, public))
		err = ERR_KEY;
	if (err == 0)
		err = hpke_seal(suite->hpke, rng, public, buf_view(&info),
		    bytes_of(NULL, 0), plain, &enc, &cipher);
	if (err == 0) {
		mls_put_vector(out, buf_view(&enc));
		mls_put_vector(out, buf_view(&cipher));
		err = out->err;
	}
	buf_free(&info);
	buf_free(&enc);
	buf_free(&cipher);
	return err;
}

int
mls_decrypt(const struct mls_suite *suite, const uint8_t *secret,
    const char *label, struct bytes context, struct bytes kem_output,
    struct bytes ciphertext, struct buf *plain)
{
	struct buf info = { 0 };
	int err;

	if (kem_output.n != suite->enc)
		return ERR_KEY;
	if (ciphertext.n < suite->tag)
		return ERR_SHORT;
	put_labelled(&info, label, context);
	err = info.err;
	if (err == 0)
		err = hpke_open(suite->hpke, secret, kem_output,
		    buf_view(&info), bytes_of(NULL, 0), ciphertext, plain);
	buf_free(&info);
	return err;
}

bool
mls_key_ok(const struct mls_suite *suite, struct bytes public)
{
	return public.n == suite->public && hpke_public_ok(suite->hpke, public);
}
