/* SPDX-License-Identifier: ISC */
/*
 * Pre-shared keys (RFC 9420 8.4): their ids, where the keys come from, and
 * psk_secret. Keys are copied into wiped memory only.
 */
#include <stdlib.h>

#include "mls_epoch.h"

int
mls_psk_get(struct rd *rd, struct mls_psk_id *p)
{
	const uint8_t *start = rd->p;

	*p = (struct mls_psk_id){ 0 };
	p->type = rd_u8(rd);
	switch (p->type) {
	case MLS_PSK_EXTERNAL:
		p->id = mls_get_vector(rd);
		break;
	case MLS_PSK_RESUMPTION:
		p->usage = rd_u8(rd);
		if (p->usage < MLS_USE_APPLICATION || p->usage > MLS_USE_BRANCH)
			rd_fail(rd, ERR_FORMAT);
		p->id = mls_get_vector(rd);
		p->epoch = rd_u64(rd);
		break;
	default:
		rd_fail(rd, ERR_FORMAT);
	}
	p->nonce = mls_get_vector(rd);
	if (rd->err == 0)
		p->raw = bytes_of(start, (size_t)(rd->p - start));
	return rd->err;
}

void
mls_psk_put(struct buf *b, const struct mls_psk_id *p)
{
	buf_u8(b, p->type);
	if (p->type == MLS_PSK_RESUMPTION)
		buf_u8(b, p->usage);
	mls_put_vector(b, p->id);
	if (p->type == MLS_PSK_RESUMPTION)
		buf_u64(b, p->epoch);
	mls_put_vector(b, p->nonce);
}

/* psk_secret_[i] = Extract(psk_input_[i-1], psk_secret_[i-1]), in `secret` */
static int
psk_add(const struct mls_suite *suite, const struct mls_psk_id *id,
    struct bytes psk, size_t index, size_t count, uint8_t *secret)
{
	static const uint8_t zero[MLS_NH_MAX];
	uint8_t extracted[MLS_NH_MAX], input[MLS_NH_MAX], next[MLS_NH_MAX];
	struct buf label = { 0 };
	int err;

	mls_psk_put(&label, id);
	buf_u16(&label, (uint16_t)index);
	buf_u16(&label, (uint16_t)count);
	mls_extract(suite, bytes_of(zero, suite->nh), psk, extracted);
	err = label.err;
	if (err == 0)
		err = mls_expand(suite, bytes_of(extracted, suite->nh),
		    mls_text("derived psk"), buf_view(&label), input,
		    suite->nh);
	if (err == 0) {
		mls_extract(suite, bytes_of(input, suite->nh),
		    bytes_of(secret, suite->nh), next);
		memcpy(secret, next, suite->nh);
	}
	mem_wipe(extracted, sizeof extracted);
	mem_wipe(input, sizeof input);
	mem_wipe(next, sizeof next);
	buf_free(&label);
	return err;
}

int
mls_psk_secret(const struct mls_suite *suite, const struct mls_psk_id *id,
    const struct bytes *psk, size_t n, uint8_t *out)
{
	size_t i;
	int err = 0;

	if (n > MLS_PSKS_MAX)
		return ERR_BIG;
	memset(out, 0, suite->nh);
	for (i = 0; i < n && err == 0; i++)
		err = psk_add(suite, &id[i], psk[i], i, n, out);
	return err;
}

static int
psk_resumption(const struct mls_env *env, const struct mls_group *own,
    const struct mls_psk_id *id, struct buf *psk)
{
	uint8_t key[MLS_NH_MAX];
	const struct mls_group *g = NULL;
	int err;

	if (own != NULL && bytes_same(mls_group_id(own), id->id))
		g = own;
	else if (env->group != NULL)
		g = env->group(env->arg, id->id);
	if (g == NULL)
		return ERR_NONE;
	err = mls_group_resumption(g, id->epoch, key);
	if (err == 0)
		buf_put(psk, key, g->suite->nh);
	mem_wipe(key, sizeof key);
	return err;
}

static int
psk_find(const struct mls_env *env, const struct mls_group *own,
    const struct mls_psk_id *id, struct buf *psk)
{
	if (id->type == MLS_PSK_RESUMPTION)
		return psk_resumption(env, own, id, psk);
	if (env->psk == NULL)
		return ERR_NONE;
	return env->psk(env->arg, id->id, psk);
}

int
mls_psk_gather(const struct mls_env *env, const struct mls_suite *suite,
    const struct mls_group *own, const struct mls_psk_id *id, size_t n,
    uint8_t *out)
{
	struct buf *store;
	struct bytes *psk;
	size_t i;
	int err = 0;

	if (n > MLS_PSKS_MAX)
		return ERR_BIG;
	store = mem_array(n + 1, sizeof *store);
	psk = mem_array(n + 1, sizeof *psk);
	for (i = 0; i < n && err == 0; i++) {
		store[i].secret = true;
		err = psk_find(env, own, &id[i], &store[i]);
		psk[i] = buf_view(&store[i]);
	}
	if (err == 0)
		err = mls_psk_secret(suite, id, psk, n, out);
	for (i = 0; i < n; i++)
		buf_free(&store[i]);
	free(store);
	free(psk);
	return err;
}
