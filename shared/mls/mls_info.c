/* SPDX-License-Identifier: ISC */
/*
 * GroupInfo (RFC 9420 12.4.3): codec, signature, and making one of a group for
 * those who join by a Welcome or by a commit of their own.
 */
#include "mls_epoch.h"

int
mls_info_get(struct rd *rd, struct mls_info *info)
{
	const uint8_t *start = rd->p;
	int err;

	*info = (struct mls_info){ 0 };
	mls_context_get(rd, &info->context);
	info->extensions = mls_get_vector(rd);
	if (rd->err == 0 && (err = mls_ext_check(info->extensions)) != 0)
		rd_fail(rd, err);
	info->tag = mls_get_vector(rd);
	info->signer = rd_u32(rd);
	if (rd->err == 0)
		info->tbs = bytes_of(start, (size_t)(rd->p - start));
	info->signature = mls_get_vector(rd);
	if (rd->err == 0)
		info->raw = bytes_of(start, (size_t)(rd->p - start));
	return rd->err;
}

static void
info_put_unsigned(struct buf *b, const struct mls_info *info)
{
	mls_context_put(b, &info->context);
	mls_put_vector(b, info->extensions);
	mls_put_vector(b, info->tag);
	buf_u32(b, info->signer);
}

void
mls_info_put(struct buf *b, const struct mls_info *info)
{
	info_put_unsigned(b, info);
	mls_put_vector(b, info->signature);
}

int
mls_info_verify(const struct mls_info *info, struct bytes public)
{
	return mls_verify(public, "GroupInfoTBS", info->tbs, info->signature);
}

static int
put_external_pub(const struct mls_group *g, struct buf *extensions)
{
	uint8_t public[HPKE_PUBLIC_MAX], secret[HPKE_SECRET_MAX];
	struct buf data = { 0 };
	int err;

	err = mls_schedule_external(g->suite, g->keys->epoch.external, public,
	    secret);
	mem_wipe(secret, sizeof secret);
	if (err != 0)
		return err;
	mls_put_vector(&data, bytes_of(public, g->suite->public));
	mls_ext_put(extensions, MLS_EXT_EXTERNAL_PUB, buf_view(&data));
	buf_free(&data);
	return 0;
}

static void
put_grease(const struct rng *rng, struct buf *extensions)
{
	uint16_t n = (uint16_t)rng_below(rng, 15);
	uint8_t data[16];

	rng_fill(rng, data, sizeof data);
	mls_ext_put(extensions, (uint16_t)(n << 12 | 0x0a00 | n << 4 | 0x0a),
	    bytes_of(data, n));
}

/* The bare GroupInfo, signed by our leaf. */
int
mls_info_build(const struct mls_env *env, const struct mls_group *g,
    bool with_tree, bool with_external_pub, struct buf *out)
{
	struct mls_info info = { .signer = g->self };
	struct buf extensions = { 0 }, tree = { 0 }, tbs = { 0 };
	uint8_t signature[SIGN_SIZE];
	struct rd rd = rd_of(buf_view(&g->context));
	int err;

	err = mls_context_get(&rd, &info.context);
	assert(err == 0);
	if (with_tree) {
		mls_tree_put(&g->tree, &tree);
		mls_ext_put(&extensions, MLS_EXT_RATCHET_TREE,
		    buf_view(&tree));
	}
	if (with_external_pub)
		err = put_external_pub(g, &extensions);
	put_grease(env->rng, &extensions);
	info.extensions = buf_view(&extensions);
	info.tag = bytes_of(g->tag, g->suite->nh);
	info_put_unsigned(&tbs, &info);
	if (err == 0)
		err = tree.err ? tree.err : extensions.err ? extensions.err :
		    tbs.err;
	if (err == 0) {
		mls_sign(g->keys->signer, "GroupInfoTBS", buf_view(&tbs),
		    signature);
		buf_bytes(out, buf_view(&tbs));
		mls_put_vector(out, bytes_of(signature, sizeof signature));
		err = out->err;
	}
	buf_free(&extensions);
	buf_free(&tree);
	buf_free(&tbs);
	return err;
}

int
mls_info_make(const struct mls_env *env, const struct mls_group *g,
    bool with_tree, bool with_external_pub, struct buf *message)
{
	if (mls_group_closed(g))
		return ERR_STATE;
	mls_put_header(message, MLS_WIRE_GROUP_INFO);
	return mls_info_build(env, g, with_tree, with_external_pub, message);
}
