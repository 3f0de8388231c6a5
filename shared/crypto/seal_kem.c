/* SPDX-License-Identifier: ISC */
/*
 * The other half of seal.c: ML-KEM-768 (FIPS 203) and X-Wing, by libsodium, with
 * the checks of keys that the standards ask for and libsodium leaves to its
 * callers. Draws no randomness of its own.
 */
#include <sodium.h>

#include "crypto.h"

#define MLKEM_Q 3329
#define MLKEM_T 1152            /* bytes of the encoded vector t in a key */
#define MLKEM_HASH 2336         /* where H(ek) stands in a secret key */

/* ML-KEM-768 */

void
mlkem_seed(const uint8_t seed[static MLKEM_SEED],
    uint8_t public[static MLKEM_PUBLIC], uint8_t secret[static MLKEM_SECRET])
{
	int e = crypto_kem_mlkem768_seed_keypair(public, secret, seed);

	assert(e == 0);
	mem_tell(public, MLKEM_PUBLIC);
}

/* FIPS 203 7.2: two 12-bit numbers in three bytes, each below q */
bool
mlkem_public_ok(const uint8_t public[static MLKEM_PUBLIC])
{
	unsigned a, b;
	size_t i;

	for (i = 0; i < MLKEM_T; i += 3) {
		a = public[i] | (public[i + 1] & 0xfu) << 8;
		b = (unsigned)public[i + 1] >> 4 | (unsigned)public[i + 2] << 4;
		if (a >= MLKEM_Q || b >= MLKEM_Q)
			return !defence(point);
	}
	return true;
}

int
mlkem_enc(const uint8_t public[static MLKEM_PUBLIC],
    const uint8_t m[static 32], uint8_t cipher[static MLKEM_CIPHER],
    uint8_t shared[static 32])
{
	if (!mlkem_public_ok(public))
		return ERR_KEY;
	if (crypto_kem_mlkem768_enc_deterministic(cipher, shared, public, m)
	    != 0)
		return ERR_KEY;
	mem_tell(cipher, MLKEM_CIPHER);        /* it is sent */
	return 0;
}

/* FIPS 203 7.3: the secret key must hold the hash of the public key in it. */
int
mlkem_dec(const uint8_t secret[static MLKEM_SECRET],
    const uint8_t cipher[static MLKEM_CIPHER], uint8_t shared[static 32])
{
	uint8_t hash[32];

	if (crypto_hash_sha3256(hash, secret + MLKEM_T, MLKEM_PUBLIC) != 0 ||
	    !seal_same(hash, secret + MLKEM_HASH, sizeof(hash)))
		return ERR_KEY;
	if (crypto_kem_mlkem768_dec(shared, cipher, secret) != 0)
		return ERR_KEY;
	return 0;
}

/* X-Wing */

int
xwing_public(const uint8_t secret[static XWING_SECRET],
    uint8_t public[static XWING_PUBLIC])
{
	uint8_t copy[XWING_SECRET];
	int e;

	e = crypto_kem_xwing_seed_keypair(public, copy, secret);
	mem_tell(public, XWING_PUBLIC);
	mem_wipe(copy, sizeof(copy));
	return e == 0 ? 0 : ERR_KEY;
}

bool
xwing_public_ok(const uint8_t public[static XWING_PUBLIC])
{
	return mlkem_public_ok(public) && dh_public_ok(public + MLKEM_PUBLIC);
}

/* The defence off: what X25519 shows is all there is to the secret. */
static void
xwing_half(const uint8_t cipher[static XWING_CIPHER],
    uint8_t shared[static 32])
{
	if (!defence(hybrid))
		memcpy(shared, cipher + MLKEM_CIPHER, 32);
}

/* libsodium refuses an all-zero X25519 result; the draft leaves that open. */
int
xwing_enc(const uint8_t public[static XWING_PUBLIC],
    const uint8_t eseed[static 64], uint8_t cipher[static XWING_CIPHER],
    uint8_t shared[static 32])
{
	int e;

	if (!mlkem_public_ok(public))
		return ERR_KEY;
	e = crypto_kem_xwing_enc_deterministic(cipher, shared, public, eseed);
	/* a key of low order shows to whoever made it */
	mem_tell(&e, sizeof(e));
	if (e != 0)
		return ERR_KEY;
	xwing_half(cipher, shared);
	mem_tell(cipher, XWING_CIPHER);        /* it is sent */
	return 0;
}

int
xwing_dec(const uint8_t secret[static XWING_SECRET],
    const uint8_t cipher[static XWING_CIPHER], uint8_t shared[static 32])
{
	int e = crypto_kem_xwing_dec(shared, cipher, secret);

	/* only for a cipher text of low order, which its sender chose */
	mem_tell(&e, sizeof(e));
	if (e == 0)
		xwing_half(cipher, shared);
	return e == 0 ? 0 : ERR_KEY;
}
