/* SPDX-License-Identifier: ISC */
/*
 * The cipher suites (RFC 9420 5.1) as rows of suite.def. A number that is no
 * row is not spoken here: the caller says ERR_SUITE.
 */
#include "mls.h"

#define HPKE_X25519_SHA256_SIZES 32, DH_SIZE, 32, DH_SIZE
#define HPKE_XWING_SHA512_SIZES 64, XWING_PUBLIC, XWING_SECRET, XWING_CIPHER
#define SIZES(...) SIZES_(__VA_ARGS__)
#define SIZES_(hash_n, pub, sec, out) \
	.nh = hash_n, .nk = KEY_SIZE, .nn = 12, .tag = 16, \
	.public = pub, .secret = sec, .enc = out

static const struct mls_suite suites[] = {
#define SUITE(NAME, number, text, kem, seal, digest) \
	{ .id = number, .name = text, .hpke = kem, .aead = seal, \
	  .hash = digest, SIZES(kem##_SIZES) },
#include "suite.def"
#undef SUITE
};

const struct mls_suite *
mls_suite_at(size_t i)
{
	return i < COUNT(suites) ? &suites[i] : NULL;
}

const struct mls_suite *
mls_suite_find(uint16_t id)
{
	size_t i;

	for (i = 0; i < COUNT(suites); i++)
		if (suites[i].id == id)
			return &suites[i];
	return NULL;
}
