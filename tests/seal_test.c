/* SPDX-License-Identifier: ISC */
/*
 * seal.c against the known answers in tests/data/seal.json, and its promises:
 * what is altered does not open and leaves zeros, in place works, bad keys are
 * refused wherever they come in. The large public sets: seal_vectors_test.c.
 */
#include "crypto.h"
#include "tap.h"
#include "vec.h"

static struct rng_seeded seeded;

static enum hash
hash_named(const char *s)
{
	if (strcmp(s, "sha256") == 0)
		return HASH_SHA256;
	return strcmp(s, "sha512") == 0 ? HASH_SHA512 : HASH_BLAKE2B;
}

static enum aead
aead_named(const char *s)
{
	int a;

	for (a = 0; a < AEAD_COUNT; a++)
		if (strcmp(aead_row[a].name, s) == 0)
			return (enum aead)a;
	bail("no AEAD named %s", s);
}

static bool
is_zero(const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

/* Flips every bit of a sealed text, cuts it at every length. */
static void
aead_altered(enum aead a, const uint8_t *key, const uint8_t *nonce,
    struct bytes ad, struct bytes cipher, const char *name)
{
	uint8_t *c = mem_copy(cipher.p, cipher.n), *out = mem_alloc(cipher.n);
	size_t i, size = cipher.n - aead_row[a].tag, opened = 0, left = 0;

	for (i = 0; i < 8 * cipher.n; i++) {
		c[i / 8] ^= (uint8_t)(1 << i % 8);
		memset(out, 0xaa, size);
		opened += aead_open(a, key, nonce, ad, bytes_of(c, cipher.n),
		    out) != ERR_AUTH;
		left += !is_zero(out, size);
		c[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (i = 0; i < cipher.n; i++)
		opened += aead_open(a, key, nonce, ad, bytes_of(c, i), out) !=
		    ERR_AUTH;
	is_int(opened, 0, "%s: no altered or cut text opens", name);
	is_int(left, 0, "%s: nothing of an altered text is left", name);
	free(c);
	free(out);
}

static void
test_aead(struct vec *v)
{
	struct bytes ad, plain, cipher, other = bytes_of("x", 1);
	const uint8_t *key, *nonce;
	uint8_t out[256];
	const json_t *c;
	const char *name;
	enum aead a;
	size_t i;

	vec_each(vec_field(v->root, "aead"), i, c) {
		name = vec_string(c, "name");
		a = aead_named(name);
		key = vec_hex_n(v, c, "key", KEY_SIZE);
		nonce = vec_hex_n(v, c, "nonce", aead_row[a].nonce);
		ad = vec_hex(v, c, "ad");
		plain = vec_hex(v, c, "plain");
		cipher = vec_hex(v, c, "cipher");
		if (cipher.n > sizeof(out))
			bail("a case is too large");
		is_int(aead_seal(a, key, nonce, ad, plain, out) == 0 &&
		    memcmp(out, cipher.p, cipher.n) == 0, 1, "%s %zu seals",
		    name, i);
		is_int(cipher.n, plain.n + aead_row[a].tag, "%s: size", name);
		is_int(aead_open(a, key, nonce, ad, bytes_of(out, cipher.n),
		    out), 0, "%s %zu opens in place", name, i);
		is_mem(out, plain.p, plain.n, "%s %zu: the text", name, i);
		is_int(aead_seal(a, key, nonce, ad, bytes_of(out, plain.n),
		    out), 0, "%s %zu seals in place", name, i);
		is_mem(out, cipher.p, cipher.n, "%s %zu: bytes", name, i);
		is_int(aead_open(a, key, nonce, other, cipher, out), ERR_AUTH,
		    "%s %zu: other associated data", name, i);
		aead_altered(a, key, nonce, ad, cipher, name);
	}
	ok(aead_fast(AEAD_CHACHA) && aead_fast(AEAD_XCHACHA),
	    "ChaCha is fast anywhere");
	note("AEGIS-256 has hardware here: %s",
	    aead_fast(AEAD_AEGIS256) ? "yes" : "no");
}

static void
test_hash(struct vec *v)
{
	uint8_t out[256];
	struct bytes in, part[3], want;
	const json_t *c;
	enum hash h;
	size_t i;

	vec_each(vec_field(v->root, "hash"), i, c) {
		h = hash_named(vec_string(c, "hash"));
		in = vec_hex(v, c, "in");
		want = vec_hex(v, c, "out");
		is_int(want.n, hash_size(h), "size of a hash");
		hash_of(h, in, out);
		is_mem(out, want.p, want.n, "%s", vec_string(c, "hash"));
		part[0] = bytes_of(in.p, in.n / 3);
		part[1] = bytes_of(NULL, 0);
		part[2] = bytes_of(in.p + in.n / 3, in.n - in.n / 3);
		hash_many(h, part, 3, out);
		is_mem(out, want.p, want.n, "the same in pieces");
	}
	vec_each(vec_field(v->root, "shake256"), i, c) {
		want = vec_hex(v, c, "out");
		hash_shake256(vec_hex(v, c, "in"), out, want.n);
		is_mem(out, want.p, want.n, "shake256, %zu bytes", want.n);
	}
}

/* Reference values are BLAKE2b-256 over u64 length and bytes of each piece. */
static void
test_label(struct vec *v)
{
	uint8_t out[HASH32];
	struct bytes piece[4], key;
	const json_t *c, *p;
	const char *label;
	size_t i, n;

	vec_each(vec_field(v->root, "label"), i, c) {
		key = vec_hex(v, c, "key");
		label = vec_string(c, "label");
		vec_each(vec_field(c, "pieces"), n, p)
			piece[n] = vec_hex_value(v, p);
		if (key.n == 0)
			hash_label(label, piece, n, out);
		else
			hash_keyed(key.p, label, piece, n, out);
		is_mem(out, vec_hex_n(v, c, "out", HASH32), HASH32,
		    "%s %s, %zu pieces", key.n ? "keyed" : "label", label, n);
	}
}

static void
test_sign(struct vec *v)
{
	uint8_t pk[SIGN_PUBLIC], sk[SIGN_SECRET], sig[SIGN_SIZE];
	struct bytes m;
	const json_t *c;
	struct rng rng = rng_seed(&seeded, 1);
	size_t i, taken;

	vec_each(vec_field(v->root, "sign"), i, c) {
		m = vec_hex(v, c, "message");
		sign_seed(vec_hex_n(v, c, "seed", SIGN_SEED), pk, sk);
		is_mem(pk, vec_hex_n(v, c, "public", SIGN_PUBLIC), SIGN_PUBLIC,
		    "Ed25519 %zu: public key", i);
		sign_make(sk, m, sig);
		is_mem(sig, vec_hex_n(v, c, "signature", SIGN_SIZE), SIGN_SIZE,
		    "Ed25519 %zu: signature", i);
		is_int(sign_verify(pk, m, sig), 0, "Ed25519 %zu verifies", i);
	}
	sign_keypair(&rng, pk, sk);
	ok(sign_public_ok(pk), "an own key is valid");
	sign_make(sk, bytes_of("abc", 3), sig);
	for (i = taken = 0; i < 8 * SIGN_SIZE; i++) {
		sig[i / 8] ^= (uint8_t)(1 << i % 8);
		taken += sign_verify(pk, bytes_of("abc", 3), sig) != ERR_SIGN;
		sig[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	is_int(taken, 0, "no altered signature verifies");
	is_int(sign_verify(pk, bytes_of("abd", 3), sig), ERR_SIGN,
	    "nor one of another text");
	vec_each(vec_field(v->root, "sign_bad_keys"), i, c) {
		memcpy(pk, vec_hex_n(v, c, "public", SIGN_PUBLIC), sizeof(pk));
		ok(!sign_public_ok(pk), "refused: %s", vec_string(c, "why"));
		is_int(sign_verify(pk, bytes_of("abc", 3), sig), ERR_KEY,
		    "and by sign_verify");
	}
	vec_each(vec_field(v->root, "sign_bad"), i, c)
		ok(sign_verify(vec_hex_n(v, c, "public", SIGN_PUBLIC),
		    vec_hex(v, c, "message"),
		    vec_hex_n(v, c, "signature", SIGN_SIZE)) != 0,
		    "corner case %lld is refused",
		    (long long)vec_int(c, "number"));
}

static void
test_dh(struct vec *v)
{
	uint8_t pk[DH_SIZE], sk[DH_SIZE], pk2[DH_SIZE], sk2[DH_SIZE];
	uint8_t out[32], out2[32];
	struct rng rng = rng_seed(&seeded, 2);
	const json_t *c;
	size_t i;

	vec_each(vec_field(v->root, "dh"), i, c) {
		is_int(dh_agree(vec_hex_n(v, c, "secret", DH_SIZE),
		    vec_hex_n(v, c, "public", DH_SIZE), out), 0, "X25519");
		is_mem(out, vec_hex_n(v, c, "shared", 32), 32, "shared secret");
	}
	dh_keypair(&rng, pk, sk);
	dh_keypair(&rng, pk2, sk2);
	ok(dh_public_ok(pk), "an own key is valid");
	ok(dh_agree(sk, pk2, out) == 0 && dh_agree(sk2, pk, out2) == 0,
	    "both sides agree");
	is_mem(out, out2, 32, "on the same");
	vec_each(vec_field(v->root, "dh_bad"), i, c) {
		memcpy(pk, vec_hex_value(v, c).p, DH_SIZE);
		ok(!dh_public_ok(pk), "low order %zu is refused", i);
		memset(out, 0xaa, sizeof(out));
		is_int(dh_agree(sk, pk, out), ERR_KEY, "and by dh_agree");
		ok(is_zero(out, 32), "which leaves zeros");
	}
}

static void
is_hash(const void *p, size_t n, struct vec *v, const json_t *c,
    const char *field)
{
	uint8_t out[HASH32];

	hash_of(HASH_SHA256, bytes_of(p, n), out);
	is_mem(out, vec_hex_n(v, c, field, HASH32), HASH32, "%s", field);
}

/* Every coefficient at q - 1 passes and at q is refused. */
static void
test_modulus(const uint8_t good[static MLKEM_PUBLIC])
{
	uint8_t pk[MLKEM_PUBLIC], out[32], cipher[MLKEM_CIPHER];
	static const uint8_t m[32];
	size_t i, taken = 0, refused = 0, used = 0;
	int value;

	for (i = 0; i < 768; i++) {
		for (value = 3328; value <= 3329; value++) {
			memcpy(pk, good, sizeof(pk));
			if (i % 2 == 0) {
				pk[i / 2 * 3] = (uint8_t)value;
				pk[i / 2 * 3 + 1] = (uint8_t)(value >> 8 |
				    (pk[i / 2 * 3 + 1] & 0xf0));
			} else {
				pk[i / 2 * 3 + 1] = (uint8_t)(value << 4 |
				    (pk[i / 2 * 3 + 1] & 0x0f));
				pk[i / 2 * 3 + 2] = (uint8_t)(value >> 4);
			}
			if (value == 3328)
				refused += !mlkem_public_ok(pk);
			else
				taken += mlkem_public_ok(pk);
		}
		if (i % 64 == 0)
			used += mlkem_enc(pk, m, cipher, out) != ERR_KEY;
	}
	is_int(refused, 0, "q - 1 is a coefficient");
	is_int(taken, 0, "q is none, in any place");
	is_int(used, 0, "and mlkem_enc refuses it");
}

static void
test_mlkem(struct vec *v)
{
	const json_t *c = vec_field(v->root, "mlkem");
	uint8_t pk[MLKEM_PUBLIC], sk[MLKEM_SECRET], out[32];
	uint8_t cipher[MLKEM_CIPHER];

	mlkem_seed(vec_hex_n(v, c, "seed", MLKEM_SEED), pk, sk);
	is_hash(pk, sizeof(pk), v, c, "public_sha256");
	is_hash(sk, sizeof(sk), v, c, "secret_sha256");
	is_int(mlkem_enc(pk, vec_hex_n(v, c, "m", 32), cipher, out), 0, "enc");
	is_mem(cipher, vec_hex_n(v, c, "cipher", MLKEM_CIPHER), MLKEM_CIPHER,
	    "ML-KEM cipher text");
	is_mem(out, vec_hex_n(v, c, "shared", 32), 32, "ML-KEM secret");
	is_int(mlkem_dec(sk, cipher, out), 0, "dec");
	is_mem(out, vec_hex_n(v, c, "shared", 32), 32, "the same secret");
	cipher[7] ^= 1;
	is_int(mlkem_dec(sk, cipher, out), 0, "an altered one is not told");
	is_mem(out, vec_hex_n(v, c, "rejected", 32), 32, "implicit rejection");
	test_modulus(pk);
	sk[1152] ^= 1;
	is_int(mlkem_dec(sk, cipher, out), ERR_KEY, "a damaged secret key");
}

static void
test_xwing(struct vec *v)
{
	const json_t *c = vec_field(v->root, "xwing"), *bad;
	const uint8_t *sk = vec_hex_n(v, c, "secret", XWING_SECRET);
	const uint8_t *eseed = vec_hex_n(v, c, "eseed", 64);
	uint8_t pk[XWING_PUBLIC], pk2[XWING_PUBLIC], cipher[XWING_CIPHER];
	uint8_t out[32], half[32], cipher2[XWING_CIPHER];
	size_t i;

	is_int(xwing_public(sk, pk), 0, "X-Wing");
	is_hash(pk, sizeof(pk), v, c, "public_sha256");
	ok(xwing_public_ok(pk), "its key is valid");
	is_int(xwing_enc(pk, eseed, cipher, out), 0, "enc");
	is_mem(cipher, vec_hex_n(v, c, "cipher", XWING_CIPHER), XWING_CIPHER,
	    "X-Wing cipher text");
	is_mem(out, vec_hex_n(v, c, "shared", 32), 32, "X-Wing secret");
	is_int(xwing_dec(sk, cipher, out), 0, "dec");
	is_mem(out, vec_hex_n(v, c, "shared", 32), 32, "the same secret");
	/* whoever has learnt all that X25519 gives, and not ML-KEM's half: the
	 * same point in front of another ML-KEM cipher text */
	memcpy(cipher2, cipher, sizeof(cipher));
	cipher2[0] ^= 1;
	is_int(xwing_dec(sk, cipher2, half), 0, "it opens to something");
	ok(memcmp(half, out, sizeof(half)) != 0, "X25519's half alone does not "
	    "make the secret (T31)");
	memcpy(pk2, pk, sizeof(pk));
	pk2[1] |= 0x0f;
	pk2[0] = 0xff;
	ok(!xwing_public_ok(pk2), "a bad modulus is refused");
	is_int(xwing_enc(pk2, eseed, cipher2, out), ERR_KEY, "by enc as well");
	vec_each(vec_field(v->root, "dh_bad"), i, bad) {
		memcpy(pk2, pk, sizeof(pk));
		memcpy(pk2 + MLKEM_PUBLIC, vec_hex_value(v, bad).p, DH_SIZE);
		ok(!xwing_public_ok(pk2), "low order %zu in X-Wing", i);
		is_int(xwing_enc(pk2, eseed, cipher2, out), ERR_KEY, "enc");
		memcpy(cipher2, cipher, sizeof(cipher));
		memcpy(cipher2 + MLKEM_CIPHER, vec_hex_value(v, bad).p,
		    DH_SIZE);
		is_int(xwing_dec(sk, cipher2, out), ERR_KEY, "dec");
	}
}

static void
test_pass(struct vec *v)
{
	uint8_t key[KEY_SIZE];
	const uint8_t *salt = NULL;
	struct bytes pass = { NULL, 0 };
	const json_t *c;
	size_t i;

	vec_each(vec_field(v->root, "pass"), i, c) {
		pass = vec_hex(v, c, "pass");
		salt = vec_hex_n(v, c, "salt", PASS_SALT);
		is_int(pass_key(pass, salt, (uint32_t)vec_int(c, "mem"),
		    (uint32_t)vec_int(c, "ops"), key), 0, "Argon2id");
		is_mem(key, vec_hex_n(v, c, "key", KEY_SIZE), KEY_SIZE,
		    "its key");
	}
	is_int(pass_key(pass, salt, 7, 1, key), ERR_RANGE, "too little memory");
	is_int(pass_key(pass, salt, PASS_MEM_MAX + 1, 1, key), ERR_RANGE,
	    "too much memory");
	is_int(pass_key(pass, salt, 8, 0, key), ERR_RANGE, "no passes");
	is_int(pass_key(pass, salt, 8, PASS_OPS_MAX + 1, key), ERR_RANGE,
	    "too many passes");
	is_int(pass_key(bytes_of(NULL, 0), salt, 8, 1, key), 0,
	    "an empty passphrase is the caller's question");
}

int
main(void)
{
	struct vec v;

	is_int(seal_start(), 0, "libsodium starts");
	is_int(seal_start(), 0, "and may be started twice");
	ok(seal_same("abc", "abc", 3) && !seal_same("abc", "abd", 3) &&
	    seal_same("abc", "abd", 2), "seal_same");
	vec_open_data(&v, "seal.json");
	test_aead(&v);
	test_hash(&v);
	test_label(&v);
	test_sign(&v);
	test_dh(&v);
	test_mlkem(&v);
	test_xwing(&v);
	test_pass(&v);
	vec_close(&v);
	return done();
}
