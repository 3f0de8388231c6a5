/* SPDX-License-Identifier: ISC */
/*
 * Floor 1: seals, hashes, signatures, key agreement, Noise, HPKE. The one user
 * of libsodium is seal.c. Knows nothing of messages, files or the network.
 * Outputs are fixed-size arrays; the compiler checks the lengths. Every
 * function that can fail says so, and its result must be used.
 */
#ifndef TACET_CRYPTO_H
#define TACET_CRYPTO_H

#include "base.h"

/* seal.c: libsodium, and nothing of our own */

#define KEY_SIZE 32
#define HASH32 32
#define HASH64 64
#define HASH_MAX 64
#define SIGN_PUBLIC 32
#define SIGN_SECRET 64          /* seed || public, as libsodium has it */
#define SIGN_SEED 32
#define SIGN_SIZE 64
#define DH_SIZE 32
#define XWING_PUBLIC 1216
#define XWING_SECRET 32
#define XWING_CIPHER 1120
#define MLKEM_PUBLIC 1184
#define MLKEM_SECRET 2400
#define MLKEM_CIPHER 1088
#define MLKEM_SEED 64           /* d || z */

int seal_start(void) MUST_CHECK;        /* once per process; fails if libsodium
                                           does or is older than 1.0.22 */
bool seal_same(const void *, const void *, size_t); /* constant time */

/*
 * AEADs are rows. `nonce` has row->nonce bytes, `key` 32. The cipher text is
 * the plain text, then row->tag bytes. In-place (same pointer) is allowed.
 */
enum aead { AEAD_CHACHA, AEAD_XCHACHA, AEAD_AEGIS256, AEAD_COUNT };
struct aead_row {
	const char *name;
	size_t nonce, tag;
};
extern const struct aead_row aead_row[AEAD_COUNT];
bool aead_fast(enum aead);      /* hardware has what this row wants */
int aead_seal(enum aead, const uint8_t key[static KEY_SIZE],
    const uint8_t *nonce, struct bytes ad, struct bytes plain,
    uint8_t *cipher) MUST_CHECK;        /* plain.n + tag bytes */
int aead_open(enum aead, const uint8_t key[static KEY_SIZE],
    const uint8_t *nonce, struct bytes ad, struct bytes cipher,
    uint8_t *plain) MUST_CHECK;         /* cipher.n - tag bytes; ERR_AUTH, and
                                           then plain is zeroed */

#ifdef TACET_TEST
/* Test builds write one of these for every seal to the descriptor whose number
 * is in $TACET_TAP: hashes of the key, of key and nonce, of what was sealed. */
#define SEAL_TAP "TACET_TAP"
struct seal_tap {
	uint8_t aead, key[16], use[16], what[16];
};
#endif

enum hash { HASH_SHA256, HASH_SHA512, HASH_BLAKE2B, HASH_COUNT };
size_t hash_size(enum hash);            /* 32, 64, 64 */
void hash_of(enum hash, struct bytes, uint8_t *out);
/* several pieces, one after another */
void hash_many(enum hash, const struct bytes *, size_t n, uint8_t *out);
void hash_shake256(struct bytes, uint8_t *out, size_t n); /* any n */
/* BLAKE2b-256 of a domain label and pieces; each piece is prefixed with its
 * length as u64, so that pieces can't run into each other. */
void hash_label(const char *label, const struct bytes *, size_t n,
    uint8_t out[static HASH32]);
/* The same, keyed with 32 bytes: a MAC and a keyed look-up hash. */
void hash_keyed(const uint8_t key[static KEY_SIZE], const char *label,
    const struct bytes *, size_t n, uint8_t out[static HASH32]);

/* Ed25519. sign_public_ok refuses low order and non-canonical points: call it
 * (or sign_verify, which does) on each key that comes from outside. */
void sign_keypair(const struct rng *, uint8_t public[static SIGN_PUBLIC],
    uint8_t secret[static SIGN_SECRET]);
void sign_seed(const uint8_t seed[static SIGN_SEED],
    uint8_t public[static SIGN_PUBLIC], uint8_t secret[static SIGN_SECRET]);
bool sign_public_ok(const uint8_t public[static SIGN_PUBLIC]);
void sign_make(const uint8_t secret[static SIGN_SECRET], struct bytes,
    uint8_t signature[static SIGN_SIZE]);
int sign_verify(const uint8_t public[static SIGN_PUBLIC], struct bytes,
    const uint8_t signature[static SIGN_SIZE]) MUST_CHECK;
                                        /* ERR_KEY, ERR_SIGN */

/* X25519; dh_agree refuses an all-zero result with ERR_KEY; dh_public_ok
 * refuses the low-order points that lead to it: for keys stored before use */
void dh_keypair(const struct rng *, uint8_t public[static DH_SIZE],
    uint8_t secret[static DH_SIZE]);
int dh_public(const uint8_t secret[static DH_SIZE],
    uint8_t public[static DH_SIZE]) MUST_CHECK;
int dh_agree(const uint8_t secret[static DH_SIZE],
    const uint8_t public[static DH_SIZE], uint8_t out[static 32]) MUST_CHECK;
bool dh_public_ok(const uint8_t public[static DH_SIZE]);

/* ML-KEM-768 (FIPS 203). mlkem_public_ok is the modulus check of 7.2. */
void mlkem_seed(const uint8_t seed[static MLKEM_SEED],
    uint8_t public[static MLKEM_PUBLIC], uint8_t secret[static MLKEM_SECRET]);
bool mlkem_public_ok(const uint8_t public[static MLKEM_PUBLIC]);
int mlkem_enc(const uint8_t public[static MLKEM_PUBLIC],
    const uint8_t m[static 32], uint8_t cipher[static MLKEM_CIPHER],
    uint8_t shared[static 32]) MUST_CHECK;
int mlkem_dec(const uint8_t secret[static MLKEM_SECRET],
    const uint8_t cipher[static MLKEM_CIPHER], uint8_t shared[static 32])
    MUST_CHECK;

/* X-Wing (draft-connolly-cfrg-xwing-kem); eseed: 64 bytes of encapsulation
 * randomness, ML-KEM m || X25519 ephemeral secret */
int xwing_public(const uint8_t secret[static XWING_SECRET],
    uint8_t public[static XWING_PUBLIC]) MUST_CHECK;
bool xwing_public_ok(const uint8_t public[static XWING_PUBLIC]);
int xwing_enc(const uint8_t public[static XWING_PUBLIC],
    const uint8_t eseed[static 64], uint8_t cipher[static XWING_CIPHER],
    uint8_t shared[static 32]) MUST_CHECK;
int xwing_dec(const uint8_t secret[static XWING_SECRET],
    const uint8_t cipher[static XWING_CIPHER], uint8_t shared[static 32])
    MUST_CHECK;

/* Argon2id 1.3 for the store's passphrase. mem in KiB. A hostile header can't
 * ask for more than PASS_MEM_MAX and PASS_OPS_MAX: ERR_RANGE. */
#define PASS_SALT 16
#define PASS_MEM_MAX (1024u * 1024)
#define PASS_OPS_MAX 10
int pass_key(struct bytes pass, const uint8_t salt[static PASS_SALT],
    uint32_t mem_kib, uint32_t ops, uint8_t key[static KEY_SIZE]) MUST_CHECK;

/* hkdf.c: RFC 2104 over at most HMAC_PIECES pieces, and RFC 5869 */

#define HMAC_PIECES 8
void hmac(enum hash, struct bytes key, const struct bytes *, size_t n,
    uint8_t *out);
void hkdf_extract(enum hash, struct bytes salt, struct bytes ikm, uint8_t *prk);
int hkdf_expand(enum hash, struct bytes prk, struct bytes info, uint8_t *out,
    size_t n) MUST_CHECK;               /* ERR_BIG over 255 blocks */

/*
 * noise.c: Noise_IK and Noise_IKhfs, revision 34 with the hfs extension
 * (tokens e1 after e/es, ekem1 after ee), BLAKE2b, X25519, ML-KEM-768. A pure
 * state machine: no sockets, no clock. Any error is final for the handshake.
 */
enum noise_cipher { NOISE_CHACHA = 1, NOISE_AEGIS256 = 2 };
#define NOISE_MSG1_IK 96        /* sizes with an empty payload, ChaChaPoly */
#define NOISE_MSG_MAX 65535
#define NOISE_REKEY_EVERY 65536 /* records, AEGIS256 only (DESIGN 3) */

struct noise_key {              /* one direction of transport */
	enum noise_cipher cipher;
	uint8_t k[KEY_SIZE];
	uint64_t n;             /* next counter; 2^64-1 is refused */
	bool set;
};
struct noise {
	bool initiator, hfs;
	enum noise_cipher cipher;
	uint8_t step;           /* 0: message 1 next, 1: message 2 next, 2: done,
	                           3: split */
	int err;
	uint8_t ck[64], h[64];
	struct noise_key key;
	uint8_t s[DH_SIZE], sp[DH_SIZE], e[DH_SIZE], ep[DH_SIZE];
	uint8_t rs[DH_SIZE], re[DH_SIZE];
	uint8_t kem_public[MLKEM_PUBLIC], kem_seed[MLKEM_SEED];
	uint8_t kem_m[32];
};
struct noise_setup {
	bool initiator, hfs;
	enum noise_cipher cipher;
	struct bytes prologue;
	const uint8_t *s;               /* own static secret, 32 bytes */
	const uint8_t *rs;              /* initiator: the pinned public key */
	const struct rng *rng;          /* ephemerals; tests turn it */
};
int noise_start(struct noise *, const struct noise_setup *) MUST_CHECK;
/* Tests set the ephemerals instead: e, and kem_seed (64) or kem_m (32). */
int noise_set_ephemeral(struct noise *, const uint8_t e[static 32],
    const uint8_t *kem) MUST_CHECK;
int noise_write(struct noise *, struct bytes payload, struct buf *out)
    MUST_CHECK;
int noise_read(struct noise *, struct bytes msg, struct buf *payload)
    MUST_CHECK;
size_t noise_msg_size(const struct noise *, int msg, size_t payload); /* 1, 2 */
bool noise_done(const struct noise *);
/* The peer's static key (responder: after message 1), and the handshake hash
 * (64 bytes, after message 2); NULL before. Both outlive noise_split. */
const uint8_t *noise_peer(const struct noise *);
const uint8_t *noise_hash(const struct noise *);
/* Ends the handshake: fills both directions and wipes the rest. */
int noise_split(struct noise *, struct noise_key *send, struct noise_key *recv)
    MUST_CHECK;
void noise_wipe(struct noise *);

/* noise_key.c: one direction of transport. out may be the input's place;
 * records over NOISE_MSG_MAX are ERR_BIG, the last counter is ERR_STATE. */

size_t noise_tag(enum noise_cipher);
int noise_seal(struct noise_key *, struct bytes ad, struct bytes plain,
    uint8_t *out) MUST_CHECK;           /* plain.n + noise_tag() bytes */
int noise_open(struct noise_key *, struct bytes ad, struct bytes cipher,
    uint8_t *out) MUST_CHECK;           /* the counter moves only on success */

/*
 * hpke.c: RFC 9180 base mode with ChaCha20-Poly1305. KEMs are rows:
 * DHKEM(X25519, HKDF-SHA256) 0x0020 with HKDF-SHA256, X-Wing 0x647a with
 * HKDF-SHA512. Every key and enc that comes in is judged: ERR_KEY.
 */
enum hpke { HPKE_X25519_SHA256, HPKE_XWING_SHA512, HPKE_COUNT };
#define HPKE_ENC_MAX XWING_CIPHER
#define HPKE_PUBLIC_MAX XWING_PUBLIC
#define HPKE_SECRET_MAX 32
struct hpke_row {
	const char *name;
	uint16_t kem, kdf, aead;
	enum hash hash;
	size_t public, secret, enc, shared;
};
extern const struct hpke_row hpke_row[HPKE_COUNT];
/* DeriveKeyPair (RFC 9180 7.1.3; X-Wing: SHAKE256 of ikm, see hpke.c) */
int hpke_derive(enum hpke, struct bytes ikm, uint8_t *public, uint8_t *secret)
    MUST_CHECK;
int hpke_keypair(enum hpke, const struct rng *, uint8_t *public,
    uint8_t *secret) MUST_CHECK;
int hpke_public(enum hpke, const uint8_t *secret, uint8_t *public) MUST_CHECK;
bool hpke_public_ok(enum hpke, struct bytes public);
/* Single shot. seal appends enc to *enc and plain.n + 16 bytes to *cipher. */
int hpke_seal(enum hpke, const struct rng *, struct bytes public,
    struct bytes info, struct bytes ad, struct bytes plain, struct buf *enc,
    struct buf *cipher) MUST_CHECK;
int hpke_open(enum hpke, const uint8_t *secret, struct bytes enc,
    struct bytes info, struct bytes ad, struct bytes cipher, struct buf *plain)
    MUST_CHECK;
/* Export only (RFC 9180 6.2 with an empty message): MLS external init. */
int hpke_send_export(enum hpke, const struct rng *, struct bytes public,
    struct bytes info, struct bytes context, struct buf *enc, uint8_t *out,
    size_t n) MUST_CHECK;
int hpke_recv_export(enum hpke, const uint8_t *secret, struct bytes enc,
    struct bytes info, struct bytes context, uint8_t *out, size_t n) MUST_CHECK;

#endif
