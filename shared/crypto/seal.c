/* SPDX-License-Identifier: ISC */
/*
 * The one user of libsodium, with seal_kem.c: AEADs, hashes, signatures, key
 * agreement, passphrases.
 * It gives each primitive the shape the floors above want and refuses bad keys
 * before they are used. Draws no randomness of its own: callers bring a struct
 * rng. Knows no protocol; constructions over the hashes are in hkdf.c.
 */
#include <stdlib.h>
#include <unistd.h>

#include <sodium.h>

#include "crypto.h"

/* ML-KEM-768 and X-Wing came with 1.0.22, whose library version is 26.4. */
#if SODIUM_LIBRARY_VERSION_MAJOR < 26 || \
    (SODIUM_LIBRARY_VERSION_MAJOR == 26 && SODIUM_LIBRARY_VERSION_MINOR < 4)
#error "libsodium >= 1.0.22 is required: run make deps"
#endif


_Static_assert(SIGN_PUBLIC == crypto_sign_ed25519_PUBLICKEYBYTES, "size");
_Static_assert(SIGN_SECRET == crypto_sign_ed25519_SECRETKEYBYTES, "size");
_Static_assert(SIGN_SEED == crypto_sign_ed25519_SEEDBYTES, "size");
_Static_assert(SIGN_SIZE == crypto_sign_ed25519_BYTES, "size");
_Static_assert(DH_SIZE == crypto_scalarmult_curve25519_BYTES, "size");
_Static_assert(MLKEM_PUBLIC == crypto_kem_mlkem768_PUBLICKEYBYTES, "size");
_Static_assert(MLKEM_SECRET == crypto_kem_mlkem768_SECRETKEYBYTES, "size");
_Static_assert(MLKEM_CIPHER == crypto_kem_mlkem768_CIPHERTEXTBYTES, "size");
_Static_assert(MLKEM_SEED == crypto_kem_mlkem768_SEEDBYTES, "size");
_Static_assert(XWING_PUBLIC == crypto_kem_xwing_PUBLICKEYBYTES, "size");
_Static_assert(XWING_SECRET == crypto_kem_xwing_SECRETKEYBYTES, "size");
_Static_assert(XWING_CIPHER == crypto_kem_xwing_CIPHERTEXTBYTES, "size");
_Static_assert(PASS_SALT == crypto_pwhash_argon2id_SALTBYTES, "size");
_Static_assert(KEY_SIZE == crypto_aead_aegis256_KEYBYTES, "size");

int
seal_start(void)
{
	int major, minor;

	if (sodium_init() < 0)
		return ERR_STATE;
	major = sodium_library_version_major();
	minor = sodium_library_version_minor();
	if (major < SODIUM_LIBRARY_VERSION_MAJOR ||
	    (major == SODIUM_LIBRARY_VERSION_MAJOR &&
	    minor < SODIUM_LIBRARY_VERSION_MINOR))
		return ERR_VERSION;
	return 0;
}

/* Whether a tag or a code was right is what the other side hears next. */
bool
seal_same(const void *a, const void *b, size_t n)
{
	int e = defence(same) ? sodium_memcmp(a, b, n) : memcmp(a, b, n);

	mem_tell(&e, sizeof(e));
	return e == 0;
}

/* AEADs */

const struct aead_row aead_row[AEAD_COUNT] = {
	[AEAD_CHACHA] = { "ChaCha20-Poly1305",
	    crypto_aead_chacha20poly1305_IETF_NPUBBYTES,
	    crypto_aead_chacha20poly1305_IETF_ABYTES },
	[AEAD_XCHACHA] = { "XChaCha20-Poly1305",
	    crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	    crypto_aead_xchacha20poly1305_ietf_ABYTES },
	[AEAD_AEGIS256] = { "AEGIS-256", crypto_aead_aegis256_NPUBBYTES,
	    crypto_aead_aegis256_ABYTES },
};

typedef int (*aead_enc_fn)(unsigned char *, unsigned long long *,
    const unsigned char *, unsigned long long, const unsigned char *,
    unsigned long long, const unsigned char *, const unsigned char *,
    const unsigned char *);
typedef int (*aead_dec_fn)(unsigned char *, unsigned long long *,
    unsigned char *, const unsigned char *, unsigned long long,
    const unsigned char *, unsigned long long, const unsigned char *,
    const unsigned char *);

static const struct {
	aead_enc_fn enc;
	aead_dec_fn dec;
	unsigned long long max; /* longest plain text */
} aead_call[AEAD_COUNT] = {
	[AEAD_CHACHA] = { crypto_aead_chacha20poly1305_ietf_encrypt,
	    crypto_aead_chacha20poly1305_ietf_decrypt,
	    crypto_aead_chacha20poly1305_ietf_MESSAGEBYTES_MAX },
	[AEAD_XCHACHA] = { crypto_aead_xchacha20poly1305_ietf_encrypt,
	    crypto_aead_xchacha20poly1305_ietf_decrypt,
	    crypto_aead_xchacha20poly1305_ietf_MESSAGEBYTES_MAX },
	[AEAD_AEGIS256] = { crypto_aead_aegis256_encrypt,
	    crypto_aead_aegis256_decrypt,
	    crypto_aead_aegis256_MESSAGEBYTES_MAX },
};

/* libsodium's AES paths for AEGIS want AVX beside AES-NI on x86. */
bool
aead_fast(enum aead a)
{
	assert(a < AEAD_COUNT);
	if (a != AEAD_AEGIS256)
		return true;
	return (sodium_runtime_has_aesni() && sodium_runtime_has_avx()) ||
	    sodium_runtime_has_armcrypto();
}

#ifdef TACET_TEST
static void
tap_hash(const struct bytes *b, size_t n, uint8_t out[static 16])
{
	crypto_generichash_state h;
	size_t i;

	(void)crypto_generichash_init(&h, NULL, 0, 16);
	for (i = 0; i < n; i++) {
		(void)crypto_generichash_update(&h, (uint8_t *)&b[i].n,
		    sizeof(b[i].n));
		(void)crypto_generichash_update(&h, b[i].p, b[i].n);
	}
	(void)crypto_generichash_final(&h, out, 16);
}

/* Whoever left a descriptor in the environment is told what each key and nonce
 * seals, and judges whether that happens twice. */
static void
tap_seal(enum aead a, const uint8_t *key, const uint8_t *nonce,
    struct bytes ad, struct bytes plain)
{
	const char *fd = getenv(SEAL_TAP);
	struct seal_tap t = {.aead = (uint8_t)a};
	struct bytes use[] = {bytes_of(&t.aead, 1), bytes_of(key, KEY_SIZE),
	    bytes_of(nonce, aead_row[a].nonce)}, what[] = {ad, plain};

	if (fd == NULL)
		return;
	tap_hash(use, 2, t.key);
	tap_hash(use, 3, t.use);
	tap_hash(what, 2, t.what);
	if (write(atoi(fd), &t, sizeof(t)) != (ssize_t)sizeof(t))
		abort();
}
#else
#define tap_seal(a, key, nonce, ad, plain) ((void)0)
#endif

int
aead_seal(enum aead a, const uint8_t key[static KEY_SIZE],
    const uint8_t *nonce, struct bytes ad, struct bytes plain, uint8_t *cipher)
{
	assert(a < AEAD_COUNT);
	if (plain.n > aead_call[a].max)
		return ERR_BIG;
	tap_seal(a, key, nonce, ad, plain);
	if (aead_call[a].enc(cipher, NULL, plain.p, plain.n, ad.p, ad.n, NULL,
	    nonce, key) != 0)
		return ERR_STATE;
	/* it is made to be seen */
	mem_tell(cipher, plain.n + aead_row[a].tag);
	return 0;
}

int
aead_open(enum aead a, const uint8_t key[static KEY_SIZE],
    const uint8_t *nonce, struct bytes ad, struct bytes cipher, uint8_t *plain)
{
	size_t tag;
	int e;

	assert(a < AEAD_COUNT);
	tag = aead_row[a].tag;
	if (cipher.n < tag)
		return ERR_AUTH;
	e = aead_call[a].dec(plain, NULL, NULL, cipher.p, cipher.n, ad.p, ad.n,
	    nonce, key);
	/* whoever sent it sees whether it was taken */
	mem_tell(&e, sizeof(e));
	if (e != 0) {
		if (cipher.n > tag)
			mem_wipe(plain, cipher.n - tag);
		return ERR_AUTH;
	}
	return 0;
}

/* Hashes */

struct hasher {
	enum hash hash;
	union {
		crypto_hash_sha256_state sha256;
		crypto_hash_sha512_state sha512;
		crypto_generichash_blake2b_state blake2b;
	} u;
};

/* libsodium's hash functions have no failure but wrong sizes, and those are
 * ours; their results are asserted all the same. */
static void
hasher_init(struct hasher *h, enum hash hash)
{
	int e;

	h->hash = hash;
	if (hash == HASH_SHA256)
		e = crypto_hash_sha256_init(&h->u.sha256);
	else if (hash == HASH_SHA512)
		e = crypto_hash_sha512_init(&h->u.sha512);
	else
		e = crypto_generichash_blake2b_init(&h->u.blake2b, NULL, 0,
		    HASH64);
	assert(e == 0);
}

static void
hasher_add(struct hasher *h, struct bytes b)
{
	int e;

	if (h->hash == HASH_SHA256)
		e = crypto_hash_sha256_update(&h->u.sha256, b.p, b.n);
	else if (h->hash == HASH_SHA512)
		e = crypto_hash_sha512_update(&h->u.sha512, b.p, b.n);
	else
		e = crypto_generichash_blake2b_update(&h->u.blake2b, b.p, b.n);
	assert(e == 0);
}

static void
hasher_end(struct hasher *h, uint8_t *out)
{
	int e;

	if (h->hash == HASH_SHA256)
		e = crypto_hash_sha256_final(&h->u.sha256, out);
	else if (h->hash == HASH_SHA512)
		e = crypto_hash_sha512_final(&h->u.sha512, out);
	else
		e = crypto_generichash_blake2b_final(&h->u.blake2b, out,
		    HASH64);
	assert(e == 0);
	mem_wipe(h, sizeof(*h));
}

size_t
hash_size(enum hash hash)
{
	assert(hash < HASH_COUNT);
	return hash == HASH_SHA256 ? HASH32 : HASH64;
}

void
hash_of(enum hash hash, struct bytes in, uint8_t *out)
{
	hash_many(hash, &in, 1, out);
}

void
hash_many(enum hash hash, const struct bytes *in, size_t n, uint8_t *out)
{
	struct hasher h;
	size_t i;

	assert(hash < HASH_COUNT);
	hasher_init(&h, hash);
	for (i = 0; i < n; i++)
		hasher_add(&h, in[i]);
	hasher_end(&h, out);
}

void
hash_shake256(struct bytes in, uint8_t *out, size_t n)
{
	int e = crypto_xof_shake256(out, n, in.p, in.n);

	assert(e == 0);
}

static void
blake2b_piece(crypto_generichash_blake2b_state *st, const void *p, size_t n)
{
	uint8_t size[8];
	int e, i;

	for (i = 0; i < 8; i++)
		size[i] = (uint8_t)((uint64_t)n >> (56 - 8 * i));
	e = crypto_generichash_blake2b_update(st, size, sizeof(size));
	assert(e == 0);
	e = crypto_generichash_blake2b_update(st, p, n);
	assert(e == 0);
}

/* The label is a piece like the others: length, then bytes. */
static void
blake2b_label(const uint8_t *key, const char *label, const struct bytes *in,
    size_t n, uint8_t out[static HASH32])
{
	crypto_generichash_blake2b_state st;
	size_t i;
	int e;

	e = crypto_generichash_blake2b_init(&st, key,
	    key == NULL ? 0 : KEY_SIZE, HASH32);
	assert(e == 0);
	blake2b_piece(&st, label, strlen(label));
	for (i = 0; i < n; i++)
		blake2b_piece(&st, in[i].p, in[i].n);
	e = crypto_generichash_blake2b_final(&st, out, HASH32);
	assert(e == 0);
	mem_wipe(&st, sizeof(st));
}

void
hash_label(const char *label, const struct bytes *in, size_t n,
    uint8_t out[static HASH32])
{
	blake2b_label(NULL, label, in, n, out);
}

void
hash_keyed(const uint8_t key[static KEY_SIZE], const char *label,
    const struct bytes *in, size_t n, uint8_t out[static HASH32])
{
	blake2b_label(key, label, in, n, out);
}

/* Ed25519 */

void
sign_seed(const uint8_t seed[static SIGN_SEED],
    uint8_t public[static SIGN_PUBLIC], uint8_t secret[static SIGN_SECRET])
{
	int e = crypto_sign_ed25519_seed_keypair(public, secret, seed);

	assert(e == 0);
	mem_tell(public, SIGN_PUBLIC);
	mem_tell(secret + SIGN_SEED, SIGN_PUBLIC);     /* the same once more */
}

void
sign_keypair(const struct rng *rng, uint8_t public[static SIGN_PUBLIC],
    uint8_t secret[static SIGN_SECRET])
{
	uint8_t seed[SIGN_SEED];

	rng_fill(rng, seed, sizeof(seed));
	sign_seed(seed, public, secret);
	mem_wipe(seed, sizeof(seed));
}

bool
sign_public_ok(const uint8_t public[static SIGN_PUBLIC])
{
	return crypto_core_ed25519_is_valid_point(public) == 1 ||
	    !defence(point);
}

void
sign_make(const uint8_t secret[static SIGN_SECRET], struct bytes m,
    uint8_t signature[static SIGN_SIZE])
{
	int e = crypto_sign_ed25519_detached(signature, NULL, m.p, m.n, secret);

	assert(e == 0);
	/* a signature is for everybody */
	mem_tell(signature, SIGN_SIZE);
}

/* With the key in the prime-order group, the cofactorless equation leaves no
 * room for low-order parts in R either. */
int
sign_verify(const uint8_t public[static SIGN_PUBLIC], struct bytes m,
    const uint8_t signature[static SIGN_SIZE])
{
	if (!sign_public_ok(public))
		return ERR_KEY;
	if (crypto_sign_ed25519_verify_detached(signature, m.p, m.n, public)
	    != 0)
		return ERR_SIGN;
	return 0;
}

/* X25519 */

int
dh_public(const uint8_t secret[static DH_SIZE], uint8_t public[static DH_SIZE])
{
	int e = crypto_scalarmult_curve25519_base(public, secret);

	mem_tell(&e, sizeof(e));
	mem_tell(public, DH_SIZE);
	return e == 0 ? 0 : ERR_KEY;
}

void
dh_keypair(const struct rng *rng, uint8_t public[static DH_SIZE],
    uint8_t secret[static DH_SIZE])
{
	int e;

	rng_fill(rng, secret, DH_SIZE);
	e = dh_public(secret, public);
	assert(e == 0);
}

int
dh_agree(const uint8_t secret[static DH_SIZE],
    const uint8_t public[static DH_SIZE], uint8_t out[static 32])
{
	int e = crypto_scalarmult_curve25519(out, secret, public);

	/* zero for the keys of low order, whatever the secret: it says nothing
	 * of that */
	mem_tell(&e, sizeof(e));
	if (e != 0 && defence(point)) {
		mem_wipe(out, 32);
		return ERR_KEY;
	}
	return 0;
}

/* Any clamped scalar takes exactly the low-order points to zero. */
bool
dh_public_ok(const uint8_t public[static DH_SIZE])
{
	static const uint8_t one[DH_SIZE] = { 1 };
	uint8_t out[32];

	return dh_agree(one, public, out) == 0;
}

/* Argon2id */

int
pass_key(struct bytes pass, const uint8_t salt[static PASS_SALT],
    uint32_t mem_kib, uint32_t ops, uint8_t key[static KEY_SIZE])
{
	static const char none[1];
	const char *p = pass.n == 0 ? none : (const char *)pass.p;

	if (mem_kib < crypto_pwhash_argon2id_MEMLIMIT_MIN / 1024 ||
	    ((mem_kib > PASS_MEM_MAX || ops > PASS_OPS_MAX) && defence(cost)) ||
	    ops < 1)
		return ERR_RANGE;
	/* The one failure left is memory that the system does not give. */
	if (crypto_pwhash_argon2id(key, KEY_SIZE, p, pass.n, salt, ops,
	    (size_t)mem_kib * 1024, crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
		return ERR_IO;
	return 0;
}
