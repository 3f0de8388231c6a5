/* SPDX-License-Identifier: ISC */
/*
 * HMAC and HKDF: known answers of tests/data/seal.json for all three hashes,
 * the limits, and Wycheproof's sets for SHA-256 and SHA-512.
 */
#include "crypto.h"
#include "tap.h"
#include "vec.h"

static enum hash
hash_named(const char *s)
{
	if (strcmp(s, "sha256") == 0)
		return HASH_SHA256;
	return strcmp(s, "sha512") == 0 ? HASH_SHA512 : HASH_BLAKE2B;
}

static void
test_known(struct vec *v)
{
	uint8_t out[256], prk[HASH_MAX];
	struct bytes in, want;
	const json_t *c;
	const char *name;
	enum hash h;
	size_t i;

	vec_each(vec_field(v->root, "hmac"), i, c) {
		name = vec_string(c, "hash");
		in = vec_hex(v, c, "in");
		want = vec_hex(v, c, "out");
		hmac(hash_named(name), vec_hex(v, c, "key"), &in, 1, out);
		is_mem(out, want.p, want.n, "HMAC-%s %zu", name, i);
	}
	vec_each(vec_field(v->root, "hkdf"), i, c) {
		name = vec_string(c, "hash");
		h = hash_named(name);
		want = vec_hex(v, c, "prk");
		hkdf_extract(h, vec_hex(v, c, "salt"), vec_hex(v, c, "ikm"),
		    prk);
		is_mem(prk, want.p, want.n, "HKDF-%s %zu: extract", name, i);
		in = vec_hex(v, c, "info");
		want = vec_hex(v, c, "okm");
		is_int(hkdf_expand(h, bytes_of(prk, hash_size(h)), in, out,
		    want.n), 0, "expand");
		is_mem(out, want.p, want.n, "HKDF-%s %zu: expand", name, i);
	}
}

static void
test_limits(void)
{
	static const uint8_t key[HASH_MAX];
	uint8_t *out = mem_alloc(255 * HASH_MAX), a[HASH_MAX], b[HASH_MAX];
	struct bytes piece[HMAC_PIECES], whole = bytes_of("01234567", 8);
	size_t i;
	int h;

	for (h = 0; h < HASH_COUNT; h++) {
		size_t size = hash_size((enum hash)h);
		struct bytes prk = bytes_of(key, size);

		is_int(hkdf_expand((enum hash)h, prk, whole, out, 255 * size),
		    0, "255 blocks");
		is_int(hkdf_expand((enum hash)h, prk, whole, out,
		    255 * size + 1), ERR_BIG, "and not a byte more");
		for (i = 0; i < HMAC_PIECES; i++)
			piece[i] = bytes_of(whole.p + i, 1);
		hmac((enum hash)h, prk, piece, HMAC_PIECES, a);
		hmac((enum hash)h, prk, &whole, 1, b);
		is_mem(a, b, size, "pieces are one text");
	}
	free(out);
}

/* Tags may be shorter than the hash: then its beginning counts. */
static void
test_wycheproof_hmac(enum hash h, const char *file)
{
	size_t i, j, good = 0, all = 0;
	const json_t *g, *c;
	uint8_t out[HASH_MAX];
	struct bytes in, tag;
	struct vec v;

	if (!vec_open(&v, file)) {
		skip("no vectors at %s", vec_why(&v));
		vec_close(&v);
		return;
	}
	vec_each(vec_field(v.root, "testGroups"), i, g) {
		vec_each(vec_field(g, "tests"), j, c) {
			in = vec_hex(&v, c, "msg");
			tag = vec_hex(&v, c, "tag");
			hmac(h, vec_hex(&v, c, "key"), &in, 1, out);
			all++;
			good += (tag.n <= hash_size(h) &&
			    memcmp(out, tag.p, tag.n) == 0) ==
			    (strcmp(vec_string(c, "result"), "valid") == 0);
		}
	}
	is_int(good, all, "%s: %zu cases", file, all);
	is_int(all, 174, "none is missing");
	vec_close(&v);
}

static void
test_wycheproof_hkdf(enum hash h, const char *file, size_t want)
{
	size_t i, j, n, good = 0, all = 0;
	const json_t *g, *c;
	uint8_t prk[HASH_MAX], *out;
	struct bytes okm;
	struct vec v;
	bool same;

	if (!vec_open(&v, file)) {
		skip("no vectors at %s", vec_why(&v));
		vec_close(&v);
		return;
	}
	vec_each(vec_field(v.root, "testGroups"), i, g) {
		vec_each(vec_field(g, "tests"), j, c) {
			n = (size_t)vec_int(c, "size");
			okm = vec_hex(&v, c, "okm");
			out = mem_alloc(n + 1);
			hkdf_extract(h, vec_hex(&v, c, "salt"),
			    vec_hex(&v, c, "ikm"), prk);
			same = hkdf_expand(h, bytes_of(prk, hash_size(h)),
			    vec_hex(&v, c, "info"), out, n) == 0 &&
			    okm.n == n && memcmp(out, okm.p, n) == 0;
			all++;
			good += same ==
			    (strcmp(vec_string(c, "result"), "valid") == 0);
			free(out);
		}
	}
	is_int(good, all, "%s: %zu cases", file, all);
	is_int(all, want, "none is missing");
	vec_close(&v);
}

int
main(void)
{
	struct vec v;

	if (seal_start() != 0)
		bail("libsodium does not start");
	vec_open_data(&v, "seal.json");
	test_known(&v);
	vec_close(&v);
	test_limits();
	test_wycheproof_hmac(HASH_SHA256, "wycheproof/hmac_sha256_test.json");
	test_wycheproof_hmac(HASH_SHA512, "wycheproof/hmac_sha512_test.json");
	test_wycheproof_hkdf(HASH_SHA256, "wycheproof/hkdf_sha256_test.json",
	    86);
	test_wycheproof_hkdf(HASH_SHA512, "wycheproof/hkdf_sha512_test.json",
	    83);
	return done();
}
