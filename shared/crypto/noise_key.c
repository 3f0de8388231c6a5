/* SPDX-License-Identifier: ISC */
/*
 * Noise's CipherState: one direction's key and counter, for the handshake and
 * for transport. A nonce is used once; the counter moves only when a record was
 * sealed or opened, and its last value is never used. With AEGIS-256 the key
 * turns after every NOISE_REKEY_EVERY records. Knows nothing of handshakes.
 */
#include "crypto.h"

static enum aead
noise_aead(enum noise_cipher c)
{
	return c == NOISE_AEGIS256 ? AEAD_AEGIS256 : AEAD_CHACHA;
}

size_t
noise_tag(enum noise_cipher c)
{
	return aead_row[noise_aead(c)].tag;
}

/* ChaChaPoly: four zero bytes, then LE64(n). AEGIS256: LE64(n), then zeros. */
static void
noise_nonce(enum noise_cipher c, uint64_t n, uint8_t nonce[static 32])
{
	uint8_t *p = c == NOISE_AEGIS256 ? nonce : nonce + 4;
	int i;

	memset(nonce, 0, 32);
	for (i = 0; i < 8; i++)
		p[i] = (uint8_t)(n >> (8 * i));
}

/*
 * REKEY (Noise 4.2): the first 32 bytes of 32 zeros sealed under the largest
 * nonce. When to do it is the application's choice (11.3): ours is by count, on
 * both sides alike, so that nothing needs to be said. n is not reset.
 */
static void
noise_turn(struct noise_key *k)
{
	static const uint8_t zeros[KEY_SIZE];
	uint8_t nonce[32], out[KEY_SIZE + 32];
	int err;

	if (k->cipher != NOISE_AEGIS256 || k->n % NOISE_REKEY_EVERY != 0)
		return;
	noise_nonce(k->cipher, UINT64_MAX, nonce);
	err = aead_seal(noise_aead(k->cipher), k->k, nonce, bytes_of(NULL, 0),
	    bytes_of(zeros, sizeof(zeros)), out);
	assert(err == 0);
	memcpy(k->k, out, KEY_SIZE);
	mem_wipe(out, sizeof(out));
}

int
noise_seal(struct noise_key *k, struct bytes ad, struct bytes plain,
    uint8_t *out)
{
	uint8_t nonce[32];
	int err;

	if (!k->set || k->n == UINT64_MAX)
		return ERR_STATE;
	if (plain.n > NOISE_MSG_MAX - noise_tag(k->cipher))
		return ERR_BIG;
	noise_nonce(k->cipher, k->n, nonce);
	err = aead_seal(noise_aead(k->cipher), k->k, nonce, ad, plain, out);
	if (err != 0)
		return err;
	k->n++;
	noise_turn(k);
	return 0;
}

int
noise_open(struct noise_key *k, struct bytes ad, struct bytes cipher,
    uint8_t *out)
{
	uint8_t nonce[32];
	int err;

	if (!k->set || k->n == UINT64_MAX)
		return ERR_STATE;
	if (cipher.n > NOISE_MSG_MAX)
		return ERR_BIG;
	noise_nonce(k->cipher, k->n, nonce);
	err = aead_open(noise_aead(k->cipher), k->k, nonce, ad, cipher, out);
	if (err != 0)
		return err;
	k->n++;
	noise_turn(k);
	return 0;
}
