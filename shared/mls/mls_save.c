/* SPDX-License-Identifier: ISC */
/*
 * The group as bytes, for the store. Two parts, by how often they change. The
 * bytes are our own and were sealed by the caller, yet they are read like a
 * stranger's: a damaged store is an error, never a crash.
 */
#include <stdlib.h>

#include "mls_epoch.h"

#define SAVE_VERSION 1
enum { PART_EPOCH = 'E', PART_RATCHETS = 'R' };

static void
put_buf(struct buf *b, const struct buf *v)
{
	mls_put_vector(b, buf_view(v));
}

static void
save_keys(const struct mls_keys *k, struct buf *b)
{
	unsigned i;

	buf_put(b, k->signer, sizeof k->signer);
	buf_put(b, &k->epoch, sizeof k->epoch);
	buf_u32(b, k->path.have);
	for (i = 0; i <= MLS_LEVELS_MAX; i++)
		if (k->path.have >> i & 1)
			buf_put(b, k->path.key[i], HPKE_SECRET_MAX);
	buf_u8(b, (uint8_t)k->n_resumption);
	for (i = 0; i < k->n_resumption; i++) {
		buf_u64(b, k->resumption[i].epoch);
		buf_put(b, k->resumption[i].psk, MLS_NH_MAX);
	}
}

static void
load_keys(struct rd *rd, struct mls_keys *k)
{
	unsigned i;

	rd_copy(rd, k->signer, sizeof k->signer);
	rd_copy(rd, &k->epoch, sizeof k->epoch);
	k->path.have = rd_u32(rd);
	if (k->path.have >> (MLS_LEVELS_MAX + 1) != 0)
		rd_fail(rd, ERR_RANGE);
	for (i = 0; i <= MLS_LEVELS_MAX; i++)
		if (k->path.have >> i & 1)
			rd_copy(rd, k->path.key[i], HPKE_SECRET_MAX);
	k->n_resumption = rd_u8(rd);
	if (k->n_resumption > MLS_RESUMPTION_MAX) {
		rd_fail(rd, ERR_RANGE);
		k->n_resumption = 0;
	}
	for (i = 0; i < k->n_resumption; i++) {
		k->resumption[i].epoch = rd_u64(rd);
		rd_copy(rd, k->resumption[i].psk, MLS_NH_MAX);
	}
}

static void
save_past(const struct mls_past *past, struct buf *b)
{
	buf_u64(b, past->epoch);
	buf_u32(b, past->leaves);
	put_buf(b, &past->context);
	put_buf(b, &past->signers);
	buf_put(b, past->sender_data, sizeof past->sender_data);
}

static void
put_head(struct buf *b, const struct mls_group *g, uint8_t part)
{
	b->secret = true;
	buf_u8(b, part);
	buf_u8(b, SAVE_VERSION);
	buf_u16(b, g->suite->id);
	buf_u64(b, g->epoch);
	/* the two parts of one epoch know each other */
	buf_put(b, g->tag, g->suite->nh);
}

void
mls_group_save_epoch(const struct mls_group *g, struct buf *b)
{
	unsigned i;

	put_head(b, g, PART_EPOCH);
	put_buf(b, &g->id);
	put_buf(b, &g->extensions);
	mls_tree_put(&g->tree, b);
	buf_u32(b, g->tree.leaves);
	buf_u32(b, g->self);
	buf_u8(b, g->n_confirmed > 0);
	buf_put(b, g->confirmed, sizeof g->confirmed);
	buf_put(b, g->interim, sizeof g->interim);
	save_keys(g->keys, b);
	put_buf(b, &g->reinit);
	buf_u8(b, g->removed);
	buf_u8(b, (uint8_t)g->keep);
	buf_u8(b, (uint8_t)g->n_past);
	for (i = 0; i < g->n_past; i++)
		save_past(g->past[i], b);
}

static void
save_pending(const struct mls_group *g, struct buf *b)
{
	const struct mls_pending *p;
	size_t i;

	buf_u32(b, (uint32_t)g->n_pending);
	for (i = 0; i < g->n_pending; i++) {
		p = g->pending[i];
		mls_put_vector(b, p->frame.raw);
		buf_u32(b, p->frame.generation);
		buf_u8(b, p->own_update);
		if (!p->own_update)
			continue;
		buf_put(b, p->leaf_key, sizeof p->leaf_key);
		buf_put(b, p->signer, sizeof p->signer);
	}
}

void
mls_group_save_ratchets(const struct mls_group *g, struct buf *b)
{
	unsigned i;

	put_head(b, g, PART_RATCHETS);
	save_pending(g, b);
	buf_u8(b, !g->removed);
	if (!g->removed)
		secret_tree_save(&g->secrets, b);
	buf_u8(b, (uint8_t)g->n_past);
	for (i = 0; i < g->n_past; i++)
		secret_tree_save(&g->past[i]->secrets, b);
}

static int
load_head(struct rd *rd, uint8_t part, struct mls_group **g)
{
	const struct mls_suite *suite;

	if (rd_u8(rd) != part)
		rd_fail(rd, ERR_FORMAT);
	if (rd_u8(rd) != SAVE_VERSION)
		rd_fail(rd, ERR_VERSION);
	suite = mls_suite_find(rd_u16(rd));
	if (suite == NULL)
		rd_fail(rd, ERR_SUITE);         /* the first error stays */
	if (suite == NULL || rd->err != 0)
		return rd->err != 0 ? rd->err : ERR_SUITE;
	*g = mls_group_new(suite);
	(*g)->epoch = rd_u64(rd);
	rd_copy(rd, (*g)->tag, suite->nh);
	return rd->err;
}

static void
load_pasts(struct rd *rd, struct mls_group *g)
{
	unsigned n = rd_u8(rd);
	struct mls_past *past;

	if (n > MLS_PAST_MAX)
		rd_fail(rd, ERR_RANGE);
	while (rd->err == 0 && g->n_past < n) {
		past = mem_alloc(sizeof *past);
		g->past[g->n_past++] = past;
		past->epoch = rd_u64(rd);
		past->leaves = rd_u32(rd);
		buf_bytes(&past->context, mls_get_vector(rd));
		buf_bytes(&past->signers, mls_get_vector(rd));
		rd_copy(rd, past->sender_data, sizeof past->sender_data);
		if (past->leaves == 0 || past->leaves > MLS_LEAVES_MAX ||
		    past->leaves != tree_math_round(past->leaves) ||
		    past->signers.n != (size_t)past->leaves * SIGN_PUBLIC)
			rd_fail(rd, ERR_RANGE);
	}
}

static void
load_tree(struct rd *rd, struct mls_group *g)
{
	uint32_t leaves;

	if (rd->err != 0 || mls_tree_get(rd, g->suite, &g->tree) != 0)
		return;
	leaves = rd_u32(rd);
	g->self = rd_u32(rd);
	/* an array cut behind its last node is as wide as the tree, unless
	 * blanks at the right edge made it wider */
	if (rd->err == 0 && (leaves < g->tree.leaves ||
	    leaves > MLS_LEAVES_MAX || leaves != tree_math_round(leaves) ||
	    mls_tree_leaf(&g->tree, g->self) == NULL))
		rd_fail(rd, ERR_RANGE);
	if (rd->err == 0)
		mls_tree_widen(&g->tree, leaves);
}

static void
load_epoch(struct rd *rd, struct mls_group *g)
{
	buf_bytes(&g->id, mls_get_vector(rd));
	buf_bytes(&g->extensions, mls_get_vector(rd));
	load_tree(rd, g);
	g->n_confirmed = rd_u8(rd) ? g->suite->nh : 0;
	rd_copy(rd, g->confirmed, sizeof g->confirmed);
	rd_copy(rd, g->interim, sizeof g->interim);
	load_keys(rd, g->keys);
	buf_bytes(&g->reinit, mls_get_vector(rd));
	g->removed = rd_u8(rd) != 0;
	g->keep = rd_u8(rd);
	if (g->keep > MLS_PAST_MAX)
		rd_fail(rd, ERR_RANGE);
	load_pasts(rd, g);
}

static void
load_pending(struct rd *rd, struct mls_group *g)
{
	uint32_t n = rd_u32(rd);
	struct mls_pending *p;
	struct mls_frame f;
	uint8_t ref[MLS_NH_MAX];
	struct bytes raw;
	int err;

	while (n-- > 0 && rd->err == 0) {
		raw = mls_get_vector(rd);
		err = rd->err != 0 ? rd->err : mls_frame_parse(raw, &f);
		if (err == 0) {
			f.generation = rd_u32(rd);
			err = mls_pending_add(g, &f, ref);
			mls_frame_free(&f);
		}
		if (err != 0) {
			rd_fail(rd, err);
			return;
		}
		p = g->pending[g->n_pending - 1];
		p->own_update = rd_u8(rd) != 0;
		if (!p->own_update)
			continue;
		rd_copy(rd, p->leaf_key, sizeof p->leaf_key);
		rd_copy(rd, p->signer, sizeof p->signer);
	}
}

static void
load_secrets(struct rd *rd, struct mls_group *g)
{
	unsigned n, i;
	bool alive = rd_u8(rd) != 0;

	if (rd->err == 0 && alive == g->removed)
		rd_fail(rd, ERR_STATE);
	if (rd->err == 0 && alive &&
	    secret_tree_load(rd, g->suite, g->tree.leaves, &g->secrets) != 0)
		return;
	n = rd_u8(rd);
	if (rd->err == 0 && n != g->n_past)
		rd_fail(rd, ERR_STATE);
	for (i = 0; i < n && rd->err == 0; i++)
		if (secret_tree_load(rd, g->suite, g->past[i]->leaves,
		    &g->past[i]->secrets) != 0)
			return;
}

int
mls_group_load(struct bytes epoch, struct bytes ratchets,
    struct mls_group **out)
{
	struct mls_group *g = NULL, *head = NULL;
	struct rd rd = rd_of(epoch), rr = rd_of(ratchets);
	int err;

	*out = NULL;
	err = load_head(&rd, PART_EPOCH, &g);
	if (err == 0) {
		load_epoch(&rd, g);
		err = rd_end(&rd);
	}
	if (err == 0)
		err = load_head(&rr, PART_RATCHETS, &head);
	if (err == 0 && (head->suite != g->suite || head->epoch != g->epoch ||
	    memcmp(head->tag, g->tag, g->suite->nh) != 0))
		err = ERR_STATE;
	if (err == 0) {
		load_pending(&rr, g);
		load_secrets(&rr, g);
		err = rd_end(&rr);
	}
	mls_group_free(head);
	if (err == 0) {
		mls_group_set_context(g);
		*out = g;
	} else {
		mls_group_free(g);
	}
	return err;
}

void
mls_group_save(const struct mls_group *g, struct buf *b)
{
	struct buf part = { .secret = true };

	b->secret = true;
	mls_group_save_epoch(g, &part);
	put_buf(b, &part);
	buf_clear(&part);
	mls_group_save_ratchets(g, &part);
	put_buf(b, &part);
	buf_free(&part);
}

int
mls_group_restore(struct bytes saved, struct mls_group **out)
{
	struct rd rd = rd_of(saved);
	struct bytes epoch = mls_get_vector(&rd);
	struct bytes ratchets = mls_get_vector(&rd);
	int err = rd_end(&rd);

	*out = NULL;
	return err != 0 ? err : mls_group_load(epoch, ratchets, out);
}
