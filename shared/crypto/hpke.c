/* SPDX-License-Identifier: ISC */
/*
 * HPKE (RFC 9180), base mode, single shot and export, with ChaCha20-Poly1305.
 * A KEM is a row and three functions. Every key and every enc is judged for
 * length and validity before use. What it derives is wiped on the way out.
 * Knows no MLS and no boxes; who sealed something is not its question.
 *
 * The X-Wing row is the one that npm's ts-mls 1.6.4 takes for suite 0x0054 (84
 * there): KEM 0x647a, HKDF-SHA512 (0x0003), ChaCha20-Poly1305 (0x0003), in
 * @hpke/hybridkem-x-wing 0.7.0. DeriveKeyPair is there, and so here,
 * SHAKE256(ikm, 32) for an ikm of any length, as draft-connolly-cfrg-xwing-kem
 * has it; draft-ietf-hpke-pq labels the same input and is not compatible.
 */
#include "crypto.h"

#define HPKE_NONCE 12
#define HPKE_TAG 16
#define HPKE_VERSION "HPKE-v1"
#define HPKE_DHKEM_X25519 0x0020
#define HPKE_XWING 0x647a

const struct hpke_row hpke_row[HPKE_COUNT] = {
	[HPKE_X25519_SHA256] = { "DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, "
	    "ChaCha20Poly1305", HPKE_DHKEM_X25519, 0x0001, 0x0003,
	    HASH_SHA256, DH_SIZE, DH_SIZE, DH_SIZE, 32 },
	[HPKE_XWING_SHA512] = { "X-Wing, HKDF-SHA512, ChaCha20Poly1305",
	    HPKE_XWING, 0x0003, 0x0003, HASH_SHA512, XWING_PUBLIC, XWING_SECRET,
	    XWING_CIPHER, 32 },
};

/* The name under which a KDF call happens: RFC 9180 4.1 and 5.1 */
struct hpke_suite {
	enum hash hash;
	uint8_t id[10];
	size_t n;
};

struct hpke_keys {
	uint8_t key[KEY_SIZE], nonce[HPKE_NONCE];
	uint8_t exporter[HASH_MAX];
};

static void
hpke_put_id(struct hpke_suite *s, uint16_t id)
{
	s->id[s->n++] = (uint8_t)(id >> 8);
	s->id[s->n++] = (uint8_t)id;
}

/* DHKEM's own KDF is always SHA-256; the row's hash is the key schedule's. */
static struct hpke_suite
hpke_kem_suite(const struct hpke_row *row)
{
	struct hpke_suite s = { HASH_SHA256, "KEM", 3 };

	hpke_put_id(&s, row->kem);
	return s;
}

static struct hpke_suite
hpke_full_suite(const struct hpke_row *row)
{
	struct hpke_suite s = { row->hash, "HPKE", 4 };

	hpke_put_id(&s, row->kem);
	hpke_put_id(&s, row->kdf);
	hpke_put_id(&s, row->aead);
	return s;
}

static struct bytes
hpke_text(const char *s)
{
	return bytes_of(s, strlen(s));
}

static void
hpke_extract(const struct hpke_suite *s, struct bytes salt, const char *label,
    struct bytes ikm, uint8_t *prk)
{
	struct bytes in[4] = { hpke_text(HPKE_VERSION), bytes_of(s->id, s->n),
	    hpke_text(label), ikm };

	hmac(s->hash, salt, in, COUNT(in), prk);
}

static int
hpke_expand(const struct hpke_suite *s, const uint8_t *prk, const char *label,
    struct bytes info, uint8_t *out, size_t n)
{
	struct buf b = { 0 };
	int err;

	if (n > UINT16_MAX)
		return ERR_BIG;
	buf_u16(&b, (uint16_t)n);
	buf_string(&b, HPKE_VERSION);
	buf_put(&b, s->id, s->n);
	buf_string(&b, label);
	buf_bytes(&b, info);
	err = b.err != 0 ? b.err : hkdf_expand(s->hash,
	    bytes_of(prk, hash_size(s->hash)), buf_view(&b), out, n);
	buf_free(&b);
	return err;
}

/* DHKEM(X25519, HKDF-SHA256): RFC 9180 4.1 and 7.1.3 */

static int
hpke_dh_shared(const struct hpke_row *row, const uint8_t *secret,
    const uint8_t *peer, const uint8_t *enc, const uint8_t *public,
    uint8_t shared[static 32])
{
	struct hpke_suite s = hpke_kem_suite(row);
	uint8_t dh[32], prk[HASH32], context[2 * DH_SIZE];
	int err;

	err = dh_agree(secret, peer, dh);
	if (err == 0) {
		memcpy(context, enc, DH_SIZE);
		memcpy(context + DH_SIZE, public, DH_SIZE);
		hpke_extract(&s, bytes_of(NULL, 0), "eae_prk",
		    bytes_of(dh, sizeof(dh)), prk);
		err = hpke_expand(&s, prk, "shared_secret",
		    bytes_of(context, sizeof(context)), shared, 32);
	}
	mem_wipe(dh, sizeof(dh));
	mem_wipe(prk, sizeof(prk));
	return err;
}

static int
hpke_dh_encap(const struct hpke_row *row, const struct rng *rng,
    const uint8_t *public, uint8_t *enc, uint8_t shared[static 32])
{
	uint8_t secret[DH_SIZE];
	int err;

	dh_keypair(rng, enc, secret);
	err = hpke_dh_shared(row, secret, public, enc, public, shared);
	mem_wipe(secret, sizeof(secret));
	return err;
}

static int
hpke_dh_decap(const struct hpke_row *row, const uint8_t *secret,
    const uint8_t *enc, uint8_t shared[static 32])
{
	uint8_t public[DH_SIZE];
	int err;

	err = dh_public(secret, public);
	if (err != 0)
		return err;
	return hpke_dh_shared(row, secret, enc, enc, public, shared);
}

static int
hpke_dh_derive(const struct hpke_row *row, struct bytes ikm,
    uint8_t secret[static 32])
{
	struct hpke_suite s = hpke_kem_suite(row);
	uint8_t prk[HASH32];
	int err;

	hpke_extract(&s, bytes_of(NULL, 0), "dkp_prk", ikm, prk);
	err = hpke_expand(&s, prk, "sk", bytes_of(NULL, 0), secret, 32);
	mem_wipe(prk, sizeof(prk));
	return err;
}

/* X-Wing: its shared secret goes into the key schedule as it is. */

static int
hpke_xwing_encap(const struct rng *rng, const uint8_t *public, uint8_t *enc,
    uint8_t shared[static 32])
{
	uint8_t eseed[64];
	int err;

	rng_fill(rng, eseed, sizeof(eseed));
	err = xwing_enc(public, eseed, enc, shared);
	mem_wipe(eseed, sizeof(eseed));
	return err;
}

/* Any KEM */

static const struct hpke_row *
hpke_find(enum hpke h)
{
	assert(h < HPKE_COUNT);
	return &hpke_row[h];
}

int
hpke_public(enum hpke h, const uint8_t *secret, uint8_t *public)
{
	if (hpke_find(h)->kem == HPKE_DHKEM_X25519)
		return dh_public(secret, public);
	return xwing_public(secret, public);
}

int
hpke_derive(enum hpke h, struct bytes ikm, uint8_t *public, uint8_t *secret)
{
	const struct hpke_row *row = hpke_find(h);
	int err = 0;

	if (row->kem == HPKE_DHKEM_X25519)
		err = hpke_dh_derive(row, ikm, secret);
	else
		hash_shake256(ikm, secret, XWING_SECRET);
	return err != 0 ? err : hpke_public(h, secret, public);
}

int
hpke_keypair(enum hpke h, const struct rng *rng, uint8_t *public,
    uint8_t *secret)
{
	rng_fill(rng, secret, hpke_find(h)->secret);
	return hpke_public(h, secret, public);
}

bool
hpke_public_ok(enum hpke h, struct bytes public)
{
	const struct hpke_row *row = hpke_find(h);

	if (public.n != row->public)
		return false;
	return row->kem == HPKE_DHKEM_X25519 ? dh_public_ok(public.p) :
	    xwing_public_ok(public.p);
}

/* KeySchedule of RFC 9180 5.1 in base mode: no PSK, an empty psk_id */
static int
hpke_schedule(const struct hpke_row *row, const uint8_t shared[static 32],
    struct bytes info, struct hpke_keys *keys)
{
	struct hpke_suite s = hpke_full_suite(row);
	uint8_t context[1 + 2 * HASH_MAX] = { 0 }, secret[HASH_MAX];
	size_t nh = hash_size(row->hash);
	struct bytes none = bytes_of(NULL, 0);
	struct bytes c = bytes_of(context, 1 + 2 * nh);
	int err;

	hpke_extract(&s, none, "psk_id_hash", none, context + 1);
	hpke_extract(&s, none, "info_hash", info, context + 1 + nh);
	hpke_extract(&s, bytes_of(shared, 32), "secret", none, secret);
	err = hpke_expand(&s, secret, "key", c, keys->key, sizeof(keys->key));
	if (err == 0)
		err = hpke_expand(&s, secret, "base_nonce", c, keys->nonce,
		    sizeof(keys->nonce));
	if (err == 0)
		err = hpke_expand(&s, secret, "exp", c, keys->exporter, nh);
	mem_wipe(secret, sizeof(secret));
	return err;
}

static int
hpke_send(enum hpke h, const struct rng *rng, struct bytes public,
    struct bytes info, uint8_t enc[static HPKE_ENC_MAX],
    struct hpke_keys *keys)
{
	const struct hpke_row *row = hpke_find(h);
	uint8_t shared[32];
	int err;

	if (public.n != row->public)
		return ERR_KEY;
	err = row->kem == HPKE_DHKEM_X25519 ?
	    hpke_dh_encap(row, rng, public.p, enc, shared) :
	    hpke_xwing_encap(rng, public.p, enc, shared);
	if (err == 0)
		err = hpke_schedule(row, shared, info, keys);
	mem_wipe(shared, sizeof(shared));
	return err;
}

static int
hpke_recv(enum hpke h, const uint8_t *secret, struct bytes enc,
    struct bytes info, struct hpke_keys *keys)
{
	const struct hpke_row *row = hpke_find(h);
	uint8_t shared[32];
	int err;

	if (enc.n != row->enc)
		return ERR_KEY;
	err = row->kem == HPKE_DHKEM_X25519 ?
	    hpke_dh_decap(row, secret, enc.p, shared) :
	    xwing_dec(secret, enc.p, shared);
	if (err == 0)
		err = hpke_schedule(row, shared, info, keys);
	mem_wipe(shared, sizeof(shared));
	return err;
}

/* Appends n bytes to b, or nothing. */
static int
hpke_append(struct buf *b, const uint8_t *p, size_t n)
{
	buf_put(b, p, n);
	return b->err;
}

int
hpke_seal(enum hpke h, const struct rng *rng, struct bytes public,
    struct bytes info, struct bytes ad, struct bytes plain, struct buf *enc,
    struct buf *cipher)
{
	uint8_t encap[HPKE_ENC_MAX], *out;
	struct hpke_keys keys;
	int err;

	err = hpke_send(h, rng, public, info, encap, &keys);
	if (err == 0 && plain.n > SIZE_MAX - HPKE_TAG)
		err = ERR_BIG;
	if (err == 0) {
		out = buf_room(cipher, plain.n + HPKE_TAG);
		err = out == NULL ? cipher->err : aead_seal(AEAD_CHACHA,
		    keys.key, keys.nonce, ad, plain, out);
		if (err == 0)
			err = hpke_append(enc, encap, hpke_row[h].enc);
		if (err != 0 && out != NULL)
			cipher->n -= plain.n + HPKE_TAG;
	}
	mem_wipe(&keys, sizeof(keys));
	return err;
}

int
hpke_open(enum hpke h, const uint8_t *secret, struct bytes enc,
    struct bytes info, struct bytes ad, struct bytes cipher, struct buf *plain)
{
	struct hpke_keys keys;
	uint8_t *out, none[1];
	size_t n;
	int err;

	if (cipher.n < HPKE_TAG)
		return ERR_AUTH;
	n = cipher.n - HPKE_TAG;
	err = hpke_recv(h, secret, enc, info, &keys);
	if (err == 0) {
		out = n == 0 ? none : buf_room(plain, n);
		err = out == NULL ? plain->err : aead_open(AEAD_CHACHA,
		    keys.key, keys.nonce, ad, cipher, out);
		if (err != 0 && out != NULL)
			plain->n -= n;
	}
	mem_wipe(&keys, sizeof(keys));
	return err;
}

int
hpke_send_export(enum hpke h, const struct rng *rng, struct bytes public,
    struct bytes info, struct bytes context, struct buf *enc, uint8_t *out,
    size_t n)
{
	struct hpke_suite s = hpke_full_suite(hpke_find(h));
	uint8_t encap[HPKE_ENC_MAX];
	struct hpke_keys keys;
	int err;

	err = hpke_send(h, rng, public, info, encap, &keys);
	if (err == 0)
		err = hpke_expand(&s, keys.exporter, "sec", context, out, n);
	if (err == 0)
		err = hpke_append(enc, encap, hpke_row[h].enc);
	mem_wipe(&keys, sizeof(keys));
	return err;
}

int
hpke_recv_export(enum hpke h, const uint8_t *secret, struct bytes enc,
    struct bytes info, struct bytes context, uint8_t *out, size_t n)
{
	struct hpke_suite s = hpke_full_suite(hpke_find(h));
	struct hpke_keys keys;
	int err;

	err = hpke_recv(h, secret, enc, info, &keys);
	if (err == 0)
		err = hpke_expand(&s, keys.exporter, "sec", context, out, n);
	mem_wipe(&keys, sizeof(keys));
	return err;
}
