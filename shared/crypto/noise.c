/* SPDX-License-Identifier: ISC */
/*
 * Noise IK (revision 34) and its hybrid form IKhfs, as a pure state machine:
 *
 *	<- s
 *	...
 *	-> e, es, [e1,] s, ss
 *	<- e, ee, [ekem1,] se
 *
 * e1 is an ML-KEM-768 public key and ekem1 the cipher text for it, both under
 * the handshake's AEAD. The first error is final and wipes every secret. Knows
 * no sockets, no frames and no clock; peers' bytes pass the bounded reader.
 */
#include "crypto.h"

#define NOISE_HASH HASH_BLAKE2B

/* SymmetricState */

static void
noise_mix_hash(struct noise *n, struct bytes data)
{
	struct bytes in[2] = { bytes_of(n->h, sizeof(n->h)), data };
	uint8_t h[HASH64];

	hash_many(NOISE_HASH, in, COUNT(in), h);
	memcpy(n->h, h, sizeof(n->h));
}

/* Noise's HKDF with two outputs is RFC 5869 with an empty info. */
static void
noise_hkdf(const uint8_t ck[static HASH64], struct bytes ikm,
    uint8_t out[static 2 * HASH64])
{
	uint8_t prk[HASH64];
	int err;

	hkdf_extract(NOISE_HASH, bytes_of(ck, HASH64), ikm, prk);
	err = hkdf_expand(NOISE_HASH, bytes_of(prk, sizeof(prk)),
	    bytes_of(NULL, 0), out, 2 * HASH64);
	assert(err == 0);
	mem_wipe(prk, sizeof(prk));
}

/* With a hash of 64 bytes the key is the first 32 of the second output. */
static void
noise_mix_key(struct noise *n, const uint8_t ikm[static 32])
{
	uint8_t out[2 * HASH64];

	noise_hkdf(n->ck, bytes_of(ikm, 32), out);
	memcpy(n->ck, out, HASH64);
	memcpy(n->key.k, out + HASH64, KEY_SIZE);
	n->key.n = 0;
	n->key.set = true;
	mem_wipe(out, sizeof(out));
}

static int
noise_mix_dh(struct noise *n, const uint8_t secret[static DH_SIZE],
    const uint8_t public[static DH_SIZE])
{
	uint8_t shared[32];
	int err = dh_agree(secret, public, shared);

	if (err == 0)
		noise_mix_key(n, shared);
	mem_wipe(shared, sizeof(shared));
	return err;
}

/* EncryptAndHash; *p moves behind what was written. */
static int
noise_put(struct noise *n, struct bytes plain, uint8_t **p)
{
	size_t size = plain.n + noise_tag(n->cipher);
	int err;

	err = noise_seal(&n->key, bytes_of(n->h, sizeof(n->h)), plain, *p);
	if (err != 0)
		return err;
	noise_mix_hash(n, bytes_of(*p, size));
	*p += size;
	return 0;
}

/* DecryptAndHash of a field whose plain text has `size` bytes. */
static int
noise_get(struct noise *n, struct rd *r, uint8_t *out, size_t size)
{
	struct bytes c = rd_view(r, size + noise_tag(n->cipher));
	int err;

	if (r->err != 0)
		return r->err;
	err = noise_open(&n->key, bytes_of(n->h, sizeof(n->h)), c, out);
	if (err == 0)
		noise_mix_hash(n, c);
	return err;
}

/* HandshakeState */

static void
noise_wipe_secrets(struct noise *n)
{
	mem_wipe(n->ck, sizeof(n->ck));
	mem_wipe(&n->key, sizeof(n->key));
	mem_wipe(n->s, sizeof(n->s));
	mem_wipe(n->e, sizeof(n->e));
	mem_wipe(n->kem_seed, sizeof(n->kem_seed));
	mem_wipe(n->kem_m, sizeof(n->kem_m));
}

static int
noise_fail(struct noise *n, int err)
{
	noise_wipe_secrets(n);
	n->err = err;
	return err;
}

static void
noise_begin(struct noise *n, struct bytes prologue)
{
	struct buf name = { 0 };

	buf_string(&name, n->hfs ? "Noise_IKhfs_25519+MLKEM768_" :
	    "Noise_IK_25519_");
	buf_string(&name, n->cipher == NOISE_AEGIS256 ? "AEGIS256" :
	    "ChaChaPoly");
	buf_string(&name, "_BLAKE2b");
	/* A name longer than the hash would be hashed; ours are padded. */
	assert(name.n <= sizeof(n->h));
	memset(n->h, 0, sizeof(n->h));
	memcpy(n->h, name.p, name.n);
	buf_free(&name);
	memcpy(n->ck, n->h, sizeof(n->ck));
	noise_mix_hash(n, prologue);
	noise_mix_hash(n, bytes_of(n->initiator ? n->rs : n->sp, DH_SIZE));
}

static void
noise_kem_public(struct noise *n)
{
	uint8_t secret[MLKEM_SECRET];

	mlkem_seed(n->kem_seed, n->kem_public, secret);
	mem_wipe(secret, sizeof(secret));
}

int
noise_start(struct noise *n, const struct noise_setup *setup)
{
	int err;

	memset(n, 0, sizeof(*n));
	assert(setup->s != NULL && setup->rng != NULL);
	assert(setup->initiator == (setup->rs != NULL));
	if (setup->cipher != NOISE_CHACHA && setup->cipher != NOISE_AEGIS256)
		return noise_fail(n, ERR_SUITE);
	n->initiator = setup->initiator;
	n->hfs = setup->hfs;
	n->cipher = n->key.cipher = setup->cipher;
	memcpy(n->s, setup->s, sizeof(n->s));
	if (setup->rs != NULL)
		memcpy(n->rs, setup->rs, sizeof(n->rs));
	err = dh_public(n->s, n->sp);
	if (err != 0)
		return noise_fail(n, err);
	dh_keypair(setup->rng, n->ep, n->e);
	if (n->hfs && n->initiator) {
		rng_fill(setup->rng, n->kem_seed, sizeof(n->kem_seed));
		noise_kem_public(n);
	} else if (n->hfs)
		rng_fill(setup->rng, n->kem_m, sizeof(n->kem_m));
	noise_begin(n, setup->prologue);
	return 0;
}

int
noise_set_ephemeral(struct noise *n, const uint8_t e[static 32],
    const uint8_t *kem)
{
	int err;

	if (n->err != 0)
		return n->err;
	if (n->step != 0 || n->hfs != (kem != NULL))
		return noise_fail(n, ERR_STATE);
	memcpy(n->e, e, sizeof(n->e));
	err = dh_public(n->e, n->ep);
	if (err != 0)
		return noise_fail(n, err);
	if (n->hfs && n->initiator) {
		memcpy(n->kem_seed, kem, sizeof(n->kem_seed));
		noise_kem_public(n);
	} else if (n->hfs)
		memcpy(n->kem_m, kem, sizeof(n->kem_m));
	return 0;
}

size_t
noise_msg_size(const struct noise *n, int msg, size_t payload)
{
	size_t tag = noise_tag(n->cipher), size = DH_SIZE;

	assert(msg == 1 || msg == 2);
	if (msg == 1)
		size += (n->hfs ? MLKEM_PUBLIC + tag : 0) + DH_SIZE + tag;
	else
		size += n->hfs ? MLKEM_CIPHER + tag : 0;
	return size + payload + tag;
}

static void
noise_put_e(struct noise *n, uint8_t **p)
{
	memcpy(*p, n->ep, DH_SIZE);
	noise_mix_hash(n, bytes_of(n->ep, DH_SIZE));
	*p += DH_SIZE;
}

static int
noise_get_e(struct noise *n, struct rd *r)
{
	rd_copy(r, n->re, DH_SIZE);
	if (r->err == 0)
		noise_mix_hash(n, bytes_of(n->re, DH_SIZE));
	return r->err;
}

/* -> e, es, [e1,] s, ss */
static int
noise_write1(struct noise *n, struct bytes payload, uint8_t *p)
{
	int err;

	noise_put_e(n, &p);
	if ((err = noise_mix_dh(n, n->e, n->rs)) != 0)
		return err;
	if (n->hfs && (err = noise_put(n, bytes_of(n->kem_public,
	    MLKEM_PUBLIC), &p)) != 0)
		return err;
	if ((err = noise_put(n, bytes_of(n->sp, DH_SIZE), &p)) != 0 ||
	    (err = noise_mix_dh(n, n->s, n->rs)) != 0)
		return err;
	return noise_put(n, payload, &p);
}

static int
noise_read1(struct noise *n, struct rd *r)
{
	int err;

	if ((err = noise_get_e(n, r)) != 0 ||
	    (err = noise_mix_dh(n, n->s, n->re)) != 0)
		return err;
	if (n->hfs) {
		err = noise_get(n, r, n->kem_public, MLKEM_PUBLIC);
		if (err != 0)
			return err;
		/* sealed on the way, but a public key all the same */
		mem_tell(n->kem_public, MLKEM_PUBLIC);
		if (!mlkem_public_ok(n->kem_public))
			return ERR_KEY;
	}
	if ((err = noise_get(n, r, n->rs, DH_SIZE)) != 0)
		return err;
	mem_tell(n->rs, DH_SIZE);       /* and so is this */
	return noise_mix_dh(n, n->s, n->rs);
}

static int
noise_put_ekem(struct noise *n, uint8_t **p)
{
	uint8_t cipher[MLKEM_CIPHER], shared[32];
	int err;

	err = mlkem_enc(n->kem_public, n->kem_m, cipher, shared);
	if (err == 0)
		err = noise_put(n, bytes_of(cipher, sizeof(cipher)), p);
	if (err == 0)
		noise_mix_key(n, shared);
	mem_wipe(shared, sizeof(shared));
	return err;
}

static int
noise_get_ekem(struct noise *n, struct rd *r)
{
	uint8_t public[MLKEM_PUBLIC], secret[MLKEM_SECRET];
	uint8_t cipher[MLKEM_CIPHER], shared[32];
	int err;

	err = noise_get(n, r, cipher, sizeof(cipher));
	if (err != 0)
		return err;
	mlkem_seed(n->kem_seed, public, secret);
	err = mlkem_dec(secret, cipher, shared);
	if (err == 0)
		noise_mix_key(n, shared);
	mem_wipe(secret, sizeof(secret));
	mem_wipe(shared, sizeof(shared));
	return err;
}

/* <- e, ee, [ekem1,] se */
static int
noise_write2(struct noise *n, struct bytes payload, uint8_t *p)
{
	int err;

	noise_put_e(n, &p);
	if ((err = noise_mix_dh(n, n->e, n->re)) != 0)
		return err;
	if (n->hfs && (err = noise_put_ekem(n, &p)) != 0)
		return err;
	if (defence(kci) && (err = noise_mix_dh(n, n->e, n->rs)) != 0)
		return err;
	return noise_put(n, payload, &p);
}

static int
noise_read2(struct noise *n, struct rd *r)
{
	int err;

	if ((err = noise_get_e(n, r)) != 0 ||
	    (err = noise_mix_dh(n, n->e, n->re)) != 0)
		return err;
	if (n->hfs && (err = noise_get_ekem(n, r)) != 0)
		return err;
	return defence(kci) ? noise_mix_dh(n, n->s, n->re) : 0;
}

int
noise_write(struct noise *n, struct bytes payload, struct buf *out)
{
	uint8_t *p;
	size_t size;
	int err;

	if (n->err != 0)
		return n->err;
	if (n->step > 1 || n->initiator != (n->step == 0))
		return noise_fail(n, ERR_STATE);
	if (payload.n > NOISE_MSG_MAX ||
	    (size = noise_msg_size(n, n->step + 1, payload.n)) > NOISE_MSG_MAX)
		return noise_fail(n, ERR_BIG);
	p = buf_room(out, size);
	if (p == NULL)
		return noise_fail(n, out->err);
	err = n->step == 0 ? noise_write1(n, payload, p) :
	    noise_write2(n, payload, p);
	if (err != 0) {
		out->n -= size;
		return noise_fail(n, err);
	}
	n->step++;
	return 0;
}

static int
noise_get_payload(struct noise *n, struct rd *r, struct buf *payload)
{
	size_t size = rd_left(r);
	uint8_t *p, none[1];
	int err;

	if (size < noise_tag(n->cipher))
		return ERR_SHORT;
	size -= noise_tag(n->cipher);
	p = size == 0 ? none : buf_room(payload, size);
	if (p == NULL)
		return payload->err;
	err = noise_get(n, r, p, size);
	if (err != 0)
		payload->n -= size;
	return err;
}

int
noise_read(struct noise *n, struct bytes msg, struct buf *payload)
{
	struct rd r = rd_of(msg);
	int err;

	if (n->err != 0)
		return n->err;
	if (n->step > 1 || n->initiator != (n->step == 1))
		return noise_fail(n, ERR_STATE);
	if (msg.n > NOISE_MSG_MAX)
		return noise_fail(n, ERR_BIG);
	err = n->step == 0 ? noise_read1(n, &r) : noise_read2(n, &r);
	if (err == 0)
		err = noise_get_payload(n, &r, payload);
	if (err != 0)
		return noise_fail(n, err);
	n->step++;
	return 0;
}

bool
noise_done(const struct noise *n)
{
	return n->err == 0 && n->step >= 2;
}

const uint8_t *
noise_peer(const struct noise *n)
{
	if (n->err != 0 || (!n->initiator && n->step == 0))
		return NULL;
	return n->rs;
}

const uint8_t *
noise_hash(const struct noise *n)
{
	return noise_done(n) ? n->h : NULL;
}

static void
noise_key_set(struct noise_key *k, enum noise_cipher c, const uint8_t *bytes)
{
	memset(k, 0, sizeof(*k));
	k->cipher = c;
	memcpy(k->k, bytes, sizeof(k->k));
	k->set = true;
}

int
noise_split(struct noise *n, struct noise_key *send, struct noise_key *recv)
{
	uint8_t out[2 * HASH64];

	if (n->err != 0)
		return n->err;
	if (n->step != 2)
		return noise_fail(n, ERR_STATE);
	noise_hkdf(n->ck, bytes_of(NULL, 0), out);
	/* The first key is for what the initiator sends. */
	noise_key_set(n->initiator ? send : recv, n->cipher, out);
	noise_key_set(n->initiator ? recv : send, n->cipher,
	    defence(direction) ? out + HASH64 : out);
	mem_wipe(out, sizeof(out));
	noise_wipe_secrets(n);
	n->step = 3;
	return 0;
}

void
noise_wipe(struct noise *n)
{
	mem_wipe(n, sizeof(*n));
}
