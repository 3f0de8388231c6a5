/* SPDX-License-Identifier: ISC */
/*
 * KeyPackages (RFC 9420 10): making, reading, checking, and the private half
 * that stays in the store until a Welcome uses it.
 */
#include "mls_epoch.h"

#define PRIVATE_VERSION 1

int
mls_package_get(struct rd *rd, struct mls_package *p)
{
	const uint8_t *start = rd->p;
	int err;

	*p = (struct mls_package){ 0 };
	p->version = rd_u16(rd);
	p->suite = rd_u16(rd);
	p->init_key = mls_get_vector(rd);
	mls_leaf_get(rd, &p->leaf);
	p->extensions = mls_get_vector(rd);
	if (rd->err == 0 && (err = mls_ext_check(p->extensions)) != 0)
		rd_fail(rd, err);
	if (rd->err == 0)
		p->tbs = bytes_of(start, (size_t)(rd->p - start));
	p->signature = mls_get_vector(rd);
	if (rd->err == 0)
		p->raw = bytes_of(start, (size_t)(rd->p - start));
	return rd->err;
}

static void
package_put_unsigned(struct buf *b, const struct mls_package *p)
{
	buf_u16(b, p->version);
	buf_u16(b, p->suite);
	mls_put_vector(b, p->init_key);
	mls_leaf_put(b, &p->leaf);
	mls_put_vector(b, p->extensions);
}

void
mls_package_put(struct buf *b, const struct mls_package *p)
{
	package_put_unsigned(b, p);
	mls_put_vector(b, p->signature);
}

int
mls_package_parse(struct bytes message, struct mls_package *p)
{
	struct rd rd = rd_of(message);
	uint16_t wire;
	int err;

	*p = (struct mls_package){ 0 };
	err = mls_get_header(&rd, &wire);
	if (err != 0)
		return err;
	if (wire != MLS_WIRE_KEY_PACKAGE)
		return ERR_FORMAT;
	mls_package_get(&rd, p);
	err = rd_end(&rd);
	if (err == 0 && p->version != 1)
		err = ERR_VERSION;
	return err;
}

bool
mls_package_last_resort(const struct mls_package *p)
{
	struct bytes data;

	return mls_ext_find(p->extensions, MLS_EXT_LAST_RESORT, &data) == 0;
}

/* 10.1. The leaf against the group (required capabilities, uniqueness) is
 * checked where there is a group. */
int
mls_package_check(const struct mls_env *env, const struct mls_package *p)
{
	const struct mls_suite *suite = mls_suite_find(p->suite);
	int err;

	if (suite == NULL)
		return ERR_SUITE;
	if (p->version != 1)
		return ERR_VERSION;
	if (!mls_key_ok(suite, p->init_key))
		return ERR_KEY;
	if (bytes_same(p->init_key, p->leaf.encryption_key))
		return ERR_RULE;
	err = tree_check_leaf(suite, &p->leaf, MLS_FROM_PACKAGE,
	    bytes_of(NULL, 0), 0);
	if (err == 0 && defence(leaf))
		err = mls_verify(p->leaf.signature_key, "KeyPackageTBS",
		    p->tbs, p->signature);
	if (err == 0)
		err = tree_check_lifetime(env, &p->leaf, true);
	if (err == 0 && env->judge != NULL)
		err = env->judge(env->arg, &p->leaf, NULL);
	return err;
}

int
mls_package_ref(struct bytes message, uint8_t *ref, size_t *n)
{
	const struct mls_suite *suite;
	struct mls_package p;
	int err;

	err = mls_package_parse(message, &p);
	if (err != 0)
		return err;
	suite = mls_suite_find(p.suite);
	if (suite == NULL)
		return ERR_SUITE;
	mls_ref_hash(suite, "MLS 1.0 KeyPackage Reference", p.raw, ref);
	*n = suite->nh;
	return 0;
}

void
mls_package_pack(struct buf *private, struct bytes raw, const uint8_t *init,
    const uint8_t *leaf)
{
	private->secret = true;
	buf_u8(private, PRIVATE_VERSION);
	mls_put_vector(private, raw);
	buf_put(private, init, HPKE_SECRET_MAX);
	buf_put(private, leaf, HPKE_SECRET_MAX);
}

int
mls_package_unpack(struct bytes private, struct mls_package_private *out)
{
	struct rd rd = rd_of(private);

	if (rd_u8(&rd) != PRIVATE_VERSION)
		rd_fail(&rd, ERR_VERSION);
	out->raw = mls_get_vector(&rd);
	out->init = rd_view(&rd, HPKE_SECRET_MAX);
	out->leaf = rd_view(&rd, HPKE_SECRET_MAX);
	return rd_end(&rd);
}

struct pair {
	uint8_t public[HPKE_PUBLIC_MAX], secret[HPKE_SECRET_MAX];
};

static int
package_sign(const struct mls_suite *suite, const struct mls_package_ask *ask,
    struct bytes leaf, struct bytes init_key, struct buf *out)
{
	uint8_t signature[SIGN_SIZE];
	struct buf tbs = { 0 }, ext = { 0 };
	int err;

	if (ask->last_resort)
		mls_ext_put(&ext, MLS_EXT_LAST_RESORT, bytes_of(NULL, 0));
	buf_u16(&tbs, 1);
	buf_u16(&tbs, suite->id);
	mls_put_vector(&tbs, init_key);
	buf_bytes(&tbs, leaf);
	mls_put_vector(&tbs, buf_view(&ext));
	mls_sign(ask->self.signer, "KeyPackageTBS", buf_view(&tbs), signature);
	buf_bytes(out, buf_view(&tbs));
	mls_put_vector(out, bytes_of(signature, sizeof signature));
	err = tbs.err ? tbs.err : out->err;
	buf_free(&tbs);
	buf_free(&ext);
	return err;
}

static int
package_build(const struct mls_env *env, const struct mls_suite *suite,
    const struct mls_package_ask *ask, const struct pair *init,
    const struct pair *key, struct buf *raw)
{
	struct mls_leaf_ask leaf_ask = {
		.suite = suite, .self = &ask->self,
		.source = MLS_FROM_PACKAGE,
		.not_before = ask->not_before, .not_after = ask->not_after,
		.encryption_key = bytes_of(key->public, suite->public),
		.last_resort = ask->last_resort,
	};
	struct buf leaf = { 0 };
	int err;

	err = mls_leaf_make(env->rng, &leaf_ask, &leaf);
	if (err == 0)
		err = package_sign(suite, ask, buf_view(&leaf),
		    bytes_of(init->public, suite->public), raw);
	buf_free(&leaf);
	return err;
}

int
mls_package_make(const struct mls_env *env, const struct mls_package_ask *ask,
    struct buf *public, struct buf *private)
{
	const struct mls_suite *suite = mls_suite_find(ask->suite);
	struct pair init = { 0 }, key = { 0 };
	struct buf raw = { 0 };
	int err;

	if (suite == NULL)
		return ERR_SUITE;
	err = hpke_keypair(suite->hpke, env->rng, init.public, init.secret);
	if (err == 0)
		err = hpke_keypair(suite->hpke, env->rng, key.public,
		    key.secret);
	if (err == 0)
		err = package_build(env, suite, ask, &init, &key, &raw);
	if (err == 0) {
		mls_put_header(public, MLS_WIRE_KEY_PACKAGE);
		buf_bytes(public, buf_view(&raw));
		mls_package_pack(private, buf_view(&raw), init.secret,
		    key.secret);
		err = public->err ? public->err : private->err;
	}
	mem_wipe(&init, sizeof init);
	mem_wipe(&key, sizeof key);
	buf_free(&raw);
	return err;
}
