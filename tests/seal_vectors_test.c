/* SPDX-License-Identifier: ISC */
/*
 * seal.c against other people's vectors: NIST ACVP (ML-KEM-768), Wycheproof,
 * CCTV, X-Wing. Each file is one check that all its cases come out as they say,
 * and one that none is missing. Absent files are skipped and named.
 * floor: crypto
 */
#include "crypto.h"
#include "tap.h"
#include "vec.h"

struct tally {
	struct vec v;
	const char *name;
	size_t good, all;
};

static bool
tally_start(struct tally *t, const char *file)
{
	memset(t, 0, sizeof(*t));
	t->name = file;
	if (vec_open(&t->v, file))
		return true;
	skip("no vectors at %s", vec_why(&t->v));
	vec_close(&t->v);
	return false;
}

static void
tally_case(struct tally *t, bool good, const json_t *c)
{
	t->all++;
	t->good += good;
	if (!good)
		note("%s: case %lld", t->name, (long long)json_integer_value(
		    json_object_get(c, "tcId")));
	vec_forget(&t->v);
}

static void
tally_end(struct tally *t, size_t want)
{
	is_int(t->good, t->all, "%s: %zu cases as they say", t->name, t->all);
	is_int(t->all, want, "none is missing");
	vec_close(&t->v);
}

static bool
valid(const json_t *c)
{
	return strcmp(vec_string(c, "result"), "invalid") != 0;
}

#define each_case(t, g, i, c, j)                                        \
	vec_each(vec_field((t).v.root, "testGroups"), i, g)             \
		vec_each(vec_field(g, "tests"), j, c)

static bool
same(struct bytes want, const void *got, size_t n)
{
	return want.n == n && memcmp(want.p, got, n) == 0;
}

/* Seals if the case is valid, opens in any case. A nonce of another length is
 * a length the interface doesn't take. */
static bool
aead_case(struct vec *v, const json_t *c, enum aead a)
{
	struct bytes key = vec_hex(v, c, "key"), iv = vec_hex(v, c, "iv");
	struct bytes ad = vec_hex(v, c, "aad"), msg = vec_hex(v, c, "msg");
	struct bytes ct = vec_hex(v, c, "ct"), tag = vec_hex(v, c, "tag");
	struct buf b = { 0 };
	uint8_t *out;
	bool good;

	if (iv.n != aead_row[a].nonce || key.n != KEY_SIZE)
		return !valid(c);
	buf_bytes(&b, ct);
	buf_bytes(&b, tag);
	out = mem_alloc(b.n);
	if (valid(c))
		good = aead_seal(a, key.p, iv.p, ad, msg, out) == 0 &&
		    same(buf_view(&b), out, msg.n + aead_row[a].tag) &&
		    aead_open(a, key.p, iv.p, ad, buf_view(&b), out) == 0 &&
		    same(msg, out, ct.n);
	else
		good = aead_open(a, key.p, iv.p, ad, buf_view(&b), out) ==
		    ERR_AUTH;
	free(out);
	buf_free(&b);
	return good;
}

static void
test_aead(const char *file, enum aead a, size_t want)
{
	struct tally t;
	const json_t *g, *c;
	size_t i, j;

	if (!tally_start(&t, file))
		return;
	each_case(t, g, i, c, j)
		tally_case(&t, aead_case(&t.v, c, a), c);
	tally_end(&t, want);
}

static void
test_ed25519(void)
{
	struct bytes pk, sig;
	struct tally t;
	const json_t *g, *c;
	size_t i, j;
	bool good;

	if (!tally_start(&t, "wycheproof/ed25519_test.json"))
		return;
	each_case(t, g, i, c, j) {
		pk = vec_hex(&t.v, vec_field(g, "publicKey"), "pk");
		sig = vec_hex(&t.v, c, "sig");
		good = pk.n == SIGN_PUBLIC && sig.n == SIGN_SIZE &&
		    sign_verify(pk.p, vec_hex(&t.v, c, "msg"), sig.p) == 0;
		tally_case(&t, good == valid(c), c);
	}
	tally_end(&t, 151);
}

/* The flags tell what is odd about a case; the one without any is sound. */
static void
test_ed25519_corners(void)
{
	struct bytes m;
	struct tally t;
	const json_t *c;
	size_t i, taken = 0;
	bool odd, good;

	if (!tally_start(&t, "cctv/ed25519.ed25519vectors.json"))
		return;
	vec_each(t.v.root, i, c) {
		m = bytes_of(vec_string(c, "msg"), strlen(vec_string(c,
		    "msg")));
		good = sign_verify(vec_hex_n(&t.v, c, "key", SIGN_PUBLIC), m,
		    vec_hex_n(&t.v, c, "sig", SIGN_SIZE)) == 0;
		odd = json_array_size(json_object_get(c, "flags")) > 0;
		taken += good;
		tally_case(&t, good == !odd, c);
	}
	is_int(taken, 1, "only the sound signature is taken");
	tally_end(&t, 914);
}

static bool
has_flag(const json_t *c, const char *flag)
{
	const json_t *f;
	size_t i;

	vec_each(json_object_get(c, "flags"), i, f)
		if (strcmp(json_string_value(f), flag) == 0)
			return true;
	return false;
}

static void
test_x25519(void)
{
	uint8_t out[32];
	const uint8_t *pk;
	struct tally t;
	const json_t *g, *c;
	size_t i, j, zero = 0;
	bool good;

	if (!tally_start(&t, "wycheproof/x25519_test.json"))
		return;
	each_case(t, g, i, c, j) {
		pk = vec_hex_n(&t.v, c, "public", DH_SIZE);
		good = dh_agree(vec_hex_n(&t.v, c, "private", DH_SIZE), pk,
		    out) == 0;
		if (has_flag(c, "ZeroSharedSecret")) {
			good = !good && !dh_public_ok(pk);
			zero++;
		} else
			good = good && dh_public_ok(pk) &&
			    same(vec_hex(&t.v, c, "shared"), out, 32);
		tally_case(&t, good, c);
	}
	is_int(zero, 31, "31 of them give zero and are refused");
	tally_end(&t, 518);
}

/* ML-KEM-768: what an interface of fixed sizes makes of each kind of case */

static bool
keygen_is(struct bytes seed, struct bytes ek, struct bytes dk)
{
	uint8_t pk[MLKEM_PUBLIC], sk[MLKEM_SECRET];

	if (seed.n != MLKEM_SEED)
		return false;
	mlkem_seed(seed.p, pk, sk);
	return same(ek, pk, sizeof(pk)) &&
	    (dk.p == NULL || same(dk, sk, sizeof(sk)));
}

static bool
encaps_is(struct bytes ek, struct bytes m, struct bytes cipher,
    struct bytes shared)
{
	uint8_t c[MLKEM_CIPHER], k[32];

	return ek.n == MLKEM_PUBLIC && m.n == 32 && mlkem_public_ok(ek.p) &&
	    mlkem_enc(ek.p, m.p, c, k) == 0 &&
	    same(cipher, c, sizeof(c)) && same(shared, k, sizeof(k));
}

static bool
decaps_is(struct bytes dk, struct bytes cipher, struct bytes shared)
{
	uint8_t k[32];

	return dk.n == MLKEM_SECRET && cipher.n == MLKEM_CIPHER &&
	    mlkem_dec(dk.p, cipher.p, k) == 0 && same(shared, k, sizeof(k));
}

static void
test_mlkem_wycheproof(void)
{
	uint8_t pk[MLKEM_PUBLIC], sk[MLKEM_SECRET];
	struct bytes seed;
	struct tally t;
	const json_t *g, *c;
	size_t i, j;
	bool good;

	if (tally_start(&t, "wycheproof/mlkem_768_keygen_seed_test.json")) {
		each_case(t, g, i, c, j)
			tally_case(&t, keygen_is(vec_hex(&t.v, c, "seed"),
			    vec_hex(&t.v, c, "ek"), vec_hex(&t.v, c, "dk")) ==
			    valid(c), c);
		tally_end(&t, 100);
	}
	if (tally_start(&t, "wycheproof/mlkem_768_encaps_test.json")) {
		each_case(t, g, i, c, j)
			tally_case(&t, encaps_is(vec_hex(&t.v, c, "ek"),
			    vec_hex(&t.v, c, "m"), vec_hex(&t.v, c, "c"),
			    vec_hex(&t.v, c, "K")) == valid(c), c);
		tally_end(&t, 265);
	}
	if (tally_start(&t, "wycheproof/mlkem_768_test.json")) {
		each_case(t, g, i, c, j) {
			seed = vec_hex(&t.v, c, "seed");
			good = seed.n == MLKEM_SEED;
			if (good) {
				mlkem_seed(seed.p, pk, sk);
				good = same(vec_hex(&t.v, c, "ek"), pk,
				    sizeof(pk)) && decaps_is(bytes_of(sk,
				    sizeof(sk)), vec_hex(&t.v, c, "c"),
				    vec_hex(&t.v, c, "K"));
			}
			tally_case(&t, good == valid(c), c);
		}
		tally_end(&t, 193);
	}
	if (tally_start(&t,
	    "wycheproof/mlkem_768_semi_expanded_decaps_test.json")) {
		each_case(t, g, i, c, j)
			tally_case(&t, decaps_is(vec_hex(&t.v, c, "dk"),
			    vec_hex(&t.v, c, "c"), vec_try(&t.v, c, "K")) ==
			    valid(c), c);
		tally_end(&t, 9);
	}
}

/* ACVP keeps questions and answers in two files of the same order. */
static const json_t *
acvp_answer(const json_t *root, const json_t *group, const json_t *c)
{
	const json_t *g, *a;
	size_t i, j;

	vec_each(vec_field(root, "testGroups"), i, g) {
		if (vec_int(g, "tgId") != vec_int(group, "tgId"))
			continue;
		vec_each(vec_field(g, "tests"), j, a)
			if (vec_int(a, "tcId") == vec_int(c, "tcId"))
				return a;
	}
	bail("ACVP: no answer to a case");
}

static bool
acvp_case(struct vec *v, const json_t *g, const json_t *c, const json_t *a)
{
	const char *f = vec_string(g, "function");
	static const uint8_t cipher[MLKEM_CIPHER];
	struct buf seed = { 0 };
	uint8_t k[32];
	bool good;

	if (strcmp(f, "encapsulation") == 0)
		return encaps_is(vec_hex(v, c, "ek"), vec_hex(v, c, "m"),
		    vec_hex(v, a, "c"), vec_hex(v, a, "k"));
	if (strcmp(f, "decapsulation") == 0)
		return decaps_is(vec_hex(v, c, "dk"), vec_hex(v, c, "c"),
		    vec_hex(v, a, "k"));
	if (strcmp(f, "encapsulationKeyCheck") == 0)
		return mlkem_public_ok(vec_hex_n(v, c, "ek", MLKEM_PUBLIC)) ==
		    vec_bool(a, "testPassed");
	if (strcmp(f, "decapsulationKeyCheck") == 0)
		return (mlkem_dec(vec_hex_n(v, c, "dk", MLKEM_SECRET), cipher,
		    k) == 0) == vec_bool(a, "testPassed");
	buf_bytes(&seed, vec_hex(v, c, "d"));
	buf_bytes(&seed, vec_hex(v, c, "z"));
	good = keygen_is(buf_view(&seed), vec_hex(v, a, "ek"),
	    vec_hex(v, a, "dk"));
	buf_free(&seed);
	return good;
}

static void
test_acvp(const char *questions, const char *answers, size_t want)
{
	struct tally t, e;
	const json_t *g, *c;
	size_t i, j;

	if (!tally_start(&t, questions))
		return;
	if (tally_start(&e, answers)) {
		each_case(t, g, i, c, j)
			if (strcmp(vec_string(g, "parameterSet"),
			    "ML-KEM-768") == 0)
				tally_case(&t, acvp_case(&t.v, g, c,
				    acvp_answer(e.v.root, g, c)), c);
		vec_close(&e.v);
	}
	tally_end(&t, want);
}

static bool
text_start(struct vec *v, const char *file)
{
	if (vec_open_text(v, file))
		return true;
	skip("no vectors at %s", vec_why(v));
	vec_close(v);
	return false;
}

static bool
both_are(struct vec *v)
{
	struct bytes c = vec_named(v, "c"), k = vec_named(v, "K");

	return encaps_is(vec_named(v, "ek"), vec_named(v, "m"), c, k) &&
	    decaps_is(vec_named(v, "dk"), c, k);
}

static void
test_mlkem_cctv(void)
{
	size_t at = 0, all = 0, refused = 0;
	struct bytes line, ek;
	struct vec v;

	if (text_start(&v, "cctv/ML-KEM.strcmp.ML-KEM-768.txt")) {
		ok(decaps_is(vec_named(&v, "dk"), vec_named(&v, "c"),
		    vec_named(&v, "K")), "CCTV strcmp");
		vec_close(&v);
	}
	/*
	 * The next two were made for a draft of FIPS 203, which hashed d without
	 * the parameter's byte: their keys are taken as given.
	 */
	if (text_start(&v, "cctv/ML-KEM.unluckysample.ML-KEM-768.txt")) {
		ok(both_are(&v), "CCTV unlucky sample");
		vec_close(&v);
	}
	if (text_start(&v, "cctv/ML-KEM.intermediate.ML-KEM-768.txt")) {
		ok(both_are(&v), "CCTV intermediate values");
		vec_close(&v);
	}
	if (text_start(&v, "cctv/ML-KEM.modulus.ML-KEM-768.txt.gz")) {
		while (vec_line(&v, &at, &line)) {
			ek = vec_hex_text(&v, (const char *)line.p, line.n);
			all++;
			refused += ek.n == MLKEM_PUBLIC &&
			    !mlkem_public_ok(ek.p);
			vec_forget(&v);
		}
		is_int(refused, all, "CCTV modulus: %zu keys refused", all);
		is_int(all, 780, "none is missing");
		vec_close(&v);
	}
}

static void
test_xwing(void)
{
	uint8_t pk[XWING_PUBLIC], ct[XWING_CIPHER], ss[32], ss2[32];
	struct tally t;
	const uint8_t *seed;
	const json_t *c;
	size_t i;

	if (!tally_start(&t, "xwing/xwing-test-vectors.json"))
		return;
	vec_each(t.v.root, i, c) {
		seed = vec_hex_n(&t.v, c, "seed", XWING_SECRET);
		tally_case(&t, xwing_public(seed, pk) == 0 &&
		    same(vec_hex(&t.v, c, "pk"), pk, sizeof(pk)) &&
		    xwing_public_ok(pk) &&
		    xwing_enc(pk, vec_hex_n(&t.v, c, "eseed", 64), ct, ss) ==
		    0 && same(vec_hex(&t.v, c, "ct"), ct, sizeof(ct)) &&
		    same(vec_hex(&t.v, c, "ss"), ss, sizeof(ss)) &&
		    xwing_dec(seed, ct, ss2) == 0 &&
		    memcmp(ss, ss2, sizeof(ss)) == 0, c);
	}
	tally_end(&t, 3);
}

int
main(void)
{
	if (seal_start() != 0)
		bail("libsodium does not start");
	test_aead("wycheproof/chacha20_poly1305_test.json", AEAD_CHACHA, 325);
	test_aead("wycheproof/xchacha20_poly1305_test.json", AEAD_XCHACHA, 315);
	test_ed25519();
	test_ed25519_corners();
	test_x25519();
	test_mlkem_wycheproof();
	test_acvp("acvp/ML-KEM-keyGen-FIPS203.prompt.json.gz",
	    "acvp/ML-KEM-keyGen-FIPS203.expectedResults.json.gz", 25);
	test_acvp("acvp/ML-KEM-encapDecap-FIPS203.prompt.json.gz",
	    "acvp/ML-KEM-encapDecap-FIPS203.expectedResults.json.gz", 55);
	test_mlkem_cctv();
	test_xwing();
	return done();
}
