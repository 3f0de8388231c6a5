/* SPDX-License-Identifier: ISC */
/*
 * HMAC (RFC 2104) and HKDF (RFC 5869) over any hash of seal.c. Noise needs
 * HMAC-BLAKE2b, which libsodium lacks, so the construction is spelled out once;
 * the public SHA-2 vectors run through the same lines. Wipes what it derives
 * from keys on the way.
 */
#include "crypto.h"

#define HMAC_BLOCK_MAX 128

static size_t
hmac_block(enum hash hash)
{
	return hash == HASH_SHA256 ? 64 : 128;
}

/* One of the two passes: the key block xor `with`, then the pieces. */
static void
hmac_pass(enum hash hash, const uint8_t key[static HMAC_BLOCK_MAX],
    uint8_t with, const struct bytes *in, size_t n, uint8_t *out)
{
	uint8_t pad[HMAC_BLOCK_MAX];
	struct bytes all[HMAC_PIECES + 1];
	size_t i, block = hmac_block(hash);

	for (i = 0; i < block; i++)
		pad[i] = key[i] ^ with;
	all[0] = bytes_of(pad, block);
	for (i = 0; i < n; i++)
		all[i + 1] = in[i];
	hash_many(hash, all, n + 1, out);
	mem_wipe(pad, sizeof(pad));
}

void
hmac(enum hash hash, struct bytes key, const struct bytes *in, size_t n,
    uint8_t *out)
{
	uint8_t k[HMAC_BLOCK_MAX] = { 0 }, inner[HASH_MAX];
	struct bytes piece;

	assert(hash < HASH_COUNT && n <= HMAC_PIECES);
	if (key.n > hmac_block(hash))
		hash_of(hash, key, k);
	else if (key.n > 0)
		memcpy(k, key.p, key.n);
	hmac_pass(hash, k, 0x36, in, n, inner);
	piece = bytes_of(inner, hash_size(hash));
	hmac_pass(hash, k, 0x5c, &piece, 1, out);
	mem_wipe(k, sizeof(k));
	mem_wipe(inner, sizeof(inner));
}

/* An empty salt equals one of zeros, since HMAC pads its key with zeros. */
void
hkdf_extract(enum hash hash, struct bytes salt, struct bytes ikm, uint8_t *prk)
{
	hmac(hash, salt, &ikm, 1, prk);
}

int
hkdf_expand(enum hash hash, struct bytes prk, struct bytes info, uint8_t *out,
    size_t n)
{
	uint8_t t[HASH_MAX], count = 0;
	size_t size = hash_size(hash), take;
	struct bytes in[3];

	if (n > 255 * size)
		return ERR_BIG;
	while (n > 0) {
		in[0] = bytes_of(t, count == 0 ? 0 : size);
		in[1] = info;
		count++;
		in[2] = bytes_of(&count, 1);
		hmac(hash, prk, in, COUNT(in), t);
		take = n < size ? n : size;
		memcpy(out, t, take);
		out += take;
		n -= take;
	}
	mem_wipe(t, sizeof(t));
	return 0;
}
