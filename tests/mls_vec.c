/* SPDX-License-Identifier: ISC */
/*
 * What the verifiers of MLS test vectors share: checks that remember the first
 * thing missed, and fields that may be damaged on purpose and so must not end
 * the program as those of vec.h do.
 */
#include <stdio.h>
#include <stdlib.h>

#include "mls_vec.h"

bool
mls_vec_want(struct mls_case *k, bool good, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	k->wanted++;
	if (good)
		return true;
	if (k->missed++ == 0) {
		va_start(ap, fmt);
		(void)vsnprintf(line, sizeof(line), fmt, ap);
		va_end(ap);
		buf_string(&k->why, line);
	}
	return false;
}

static bool
mls_vec_is_hex(const char *s)
{
	size_t n = strlen(s);

	return n % 2 == 0 && strspn(s, "0123456789abcdefABCDEF") == n;
}

struct bytes
mls_vec_hex(struct mls_case *k, const json_t *o, const char *field)
{
	const json_t *f = o;

	if (field != NULL)
		f = json_object_get(o, field);
	if (!mls_vec_want(k, json_is_string(f) &&
	    mls_vec_is_hex(json_string_value(f)), "%s: no hex",
	    field == NULL ? "an item" : field))
		return bytes_of(NULL, 0);
	return vec_hex_value(k->v, f);
}

const uint8_t *
mls_vec_n(struct mls_case *k, const json_t *o, const char *field, size_t n)
{
	struct bytes b = mls_vec_hex(k, o, field);

	if (!mls_vec_want(k, b.n == n, "%s: %zu bytes, not %zu", field, b.n, n))
		return NULL;
	return b.p;
}

const uint8_t *
mls_vec_nh(struct mls_case *k, const json_t *o, const char *field)
{
	return mls_vec_n(k, o, field, k->suite->nh);
}

bool
mls_vec_same(struct mls_case *k, const json_t *o, const char *field,
    const void *p, size_t n)
{
	struct bytes b = mls_vec_hex(k, o, field);

	return mls_vec_want(k, bytes_same(b, bytes_of(p, n)), "%s differs",
	    field == NULL ? "an item" : field);
}

const json_t *
mls_vec_list(struct mls_case *k, const json_t *o, const char *field)
{
	const json_t *f = json_object_get(o, field);

	mls_vec_want(k, json_is_array(f), "%s: no list", field);
	return f;
}

int64_t
mls_vec_int(struct mls_case *k, const json_t *o, const char *field)
{
	const json_t *f = json_object_get(o, field);

	if (!mls_vec_want(k, json_is_integer(f), "%s: no number", field))
		return -1;
	return json_integer_value(f);
}

bool
mls_vec_signer(struct mls_case *k, const json_t *o, const char *field,
    uint8_t public[static SIGN_PUBLIC], uint8_t secret[static SIGN_SECRET])
{
	const uint8_t *seed = mls_vec_n(k, o, field, SIGN_SEED);

	if (seed == NULL)
		return false;
	sign_seed(seed, public, secret);
	return true;
}

bool
mls_vec_message(struct mls_case *k, struct bytes message, uint16_t wire,
    struct rd *rd)
{
	uint16_t got = 0;

	*rd = rd_of(message);
	return mls_vec_want(k, mls_get_header(rd, &got) == 0, "a header") &&
	    mls_vec_want(k, got == wire, "wire format %u, not %u", got, wire);
}
