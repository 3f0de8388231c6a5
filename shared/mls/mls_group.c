/* SPDX-License-Identifier: ISC */
/*
 * The group: making the first epoch (RFC 9420 11), what one may ask of it, and
 * entering the secrets of an epoch. Secrets live in locked memory or are wiped
 * when their holder goes.
 */
#include <stdlib.h>

#include "mls_epoch.h"

struct mls_group *
mls_group_new(const struct mls_suite *suite)
{
	struct mls_group *g = mem_alloc(sizeof *g);

	g->suite = suite;
	g->keys = mem_secret(sizeof *g->keys);
	memset(g->keys, 0, sizeof *g->keys);
	g->keep = MLS_PAST_DEFAULT;
	return g;
}

static void
past_free(struct mls_past *past)
{
	if (past == NULL)
		return;
	buf_free(&past->context);
	buf_free(&past->signers);
	secret_tree_free(&past->secrets);
	mem_wipe(past, sizeof *past);
	free(past);
}

static void
pending_free(struct mls_pending *p)
{
	mls_frame_free(&p->frame);
	mem_wipe(p, sizeof *p);
	free(p);
}

void
mls_pending_clear(struct mls_group *g)
{
	size_t i;

	for (i = 0; i < g->n_pending; i++)
		pending_free(g->pending[i]);
	free(g->pending);
	g->pending = NULL;
	g->n_pending = 0;
}

void
mls_group_keep(struct mls_group *g, unsigned epochs)
{
	g->keep = epochs < MLS_PAST_MAX ? epochs : MLS_PAST_MAX;
	while (g->n_past > g->keep)
		past_free(g->past[--g->n_past]);
}

void
mls_group_free(struct mls_group *g)
{
	if (g == NULL)
		return;
	mls_group_keep(g, 0);
	mls_pending_clear(g);
	secret_tree_free(&g->secrets);
	mls_tree_free(&g->tree);
	buf_free(&g->id);
	buf_free(&g->extensions);
	buf_free(&g->context);
	buf_free(&g->reinit);
	mem_secret_free(g->keys);
	free(g);
}

struct mls_group *
mls_group_fork(const struct mls_group *g)
{
	struct mls_group *f = mls_group_new(g->suite);

	buf_bytes(&f->id, buf_view(&g->id));
	buf_bytes(&f->extensions, buf_view(&g->extensions));
	mls_tree_copy(&f->tree, &g->tree);
	f->epoch = g->epoch;
	f->self = g->self;
	f->keep = g->keep;
	f->n_confirmed = g->n_confirmed;
	memcpy(f->confirmed, g->confirmed, sizeof f->confirmed);
	memcpy(f->interim, g->interim, sizeof f->interim);
	memcpy(f->tag, g->tag, sizeof f->tag);
	memcpy(f->keys, g->keys, sizeof *f->keys);
	return f;
}

struct mls_context
mls_group_fields(const struct mls_group *g)
{
	return (struct mls_context){
		.suite = g->suite, .group_id = buf_view(&g->id),
		.epoch = g->epoch,
		.confirmed = bytes_of(g->confirmed, g->n_confirmed),
		.extensions = buf_view(&g->extensions),
	};
}

void
mls_group_set_context(struct mls_group *g)
{
	struct mls_context c = mls_group_fields(g);

	c.tree_hash = bytes_of(tree_hash_root(&g->tree), g->suite->nh);
	buf_clear(&g->context);
	mls_context_put(&g->context, &c);
	assert(g->context.err == 0);
}

static void
push_resumption(struct mls_keys *k, uint64_t epoch)
{
	memmove(&k->resumption[1], &k->resumption[0],
	    (MLS_RESUMPTION_MAX - 1) * sizeof k->resumption[0]);
	k->resumption[0].epoch = epoch;
	memcpy(k->resumption[0].psk, k->epoch.resumption,
	    sizeof k->resumption[0].psk);
	if (k->n_resumption < MLS_RESUMPTION_MAX)
		k->n_resumption++;
}

void
mls_group_enter(struct mls_group *g, struct mls_epoch *epoch)
{
	secret_tree_free(&g->secrets);
	secret_tree_start(&g->secrets, g->suite, g->tree.leaves,
	    epoch->encryption);
	g->keys->epoch = *epoch;
	mem_wipe(g->keys->epoch.encryption, sizeof epoch->encryption);
	mem_wipe(epoch, sizeof *epoch);
	push_resumption(g->keys, g->epoch);
}

static int
first_leaf(const struct mls_env *env, const struct mls_group_ask *ask,
    struct mls_group *g)
{
	uint8_t public[HPKE_PUBLIC_MAX];
	struct mls_leaf_ask leaf = {
		.suite = g->suite, .self = &ask->self,
		.source = MLS_FROM_PACKAGE,
		.not_before = ask->not_before, .not_after = ask->not_after,
		.encryption_key = bytes_of(public, g->suite->public),
	};
	struct buf raw = { 0 };
	int err;

	err = hpke_keypair(g->suite->hpke, env->rng, public,
	    g->keys->path.key[0]);
	g->keys->path.have = 1;
	if (err == 0)
		err = mls_leaf_make(env->rng, &leaf, &raw);
	mls_tree_start(&g->tree, g->suite);
	if (err == 0)
		err = mls_tree_set_leaf(&g->tree, 0, buf_view(&raw));
	if (err == 0)
		err = tree_check_fit(&g->tree, buf_view(&g->extensions));
	buf_free(&raw);
	return err;
}

static int
first_epoch(const struct mls_env *env, struct mls_group *g)
{
	uint8_t secret[MLS_NH_MAX];
	struct mls_epoch epoch;
	int err;

	mls_group_set_context(g);
	rng_fill(env->rng, secret, g->suite->nh);
	err = mls_schedule_from(g->suite, secret, &epoch);
	mem_wipe(secret, sizeof secret);
	if (err != 0)
		return err;
	mls_mac(g->suite, epoch.confirmation, bytes_of(NULL, 0), g->tag);
	mls_schedule_interim(g->suite, bytes_of(NULL, 0),
	    bytes_of(g->tag, g->suite->nh), g->interim);
	mls_group_told(g);
	mls_group_enter(g, &epoch);
	return 0;
}

int
mls_group_create(const struct mls_env *env, const struct mls_group_ask *ask,
    struct mls_group **out)
{
	const struct mls_suite *suite = mls_suite_find(ask->suite);
	struct mls_group *g;
	int err;

	*out = NULL;
	if (suite == NULL)
		return ERR_SUITE;
	err = mls_ext_check(ask->extensions);
	if (err != 0)
		return err;
	g = mls_group_new(suite);
	buf_bytes(&g->id, ask->group_id);
	buf_bytes(&g->extensions, ask->extensions);
	memcpy(g->keys->signer, ask->self.signer, SIGN_SECRET);
	err = first_leaf(env, ask, g);
	if (err == 0)
		err = first_epoch(env, g);
	if (err == 0)
		*out = g;
	else
		mls_group_free(g);
	return err;
}

struct bytes
mls_group_id(const struct mls_group *g)
{
	return buf_view(&g->id);
}

uint64_t
mls_group_epoch(const struct mls_group *g)
{
	return g->epoch;
}

uint16_t
mls_group_suite(const struct mls_group *g)
{
	return g->suite->id;
}

uint32_t
mls_group_self(const struct mls_group *g)
{
	return g->self;
}

struct bytes
mls_group_extensions(const struct mls_group *g)
{
	return buf_view(&g->extensions);
}

struct bytes
mls_group_authenticator(const struct mls_group *g)
{
	return bytes_of(g->keys->epoch.authenticator, g->suite->nh);
}

struct bytes
mls_group_context(const struct mls_group *g)
{
	return buf_view(&g->context);
}

struct bytes
mls_group_confirmed(const struct mls_group *g)
{
	return bytes_of(g->confirmed, g->n_confirmed);
}

bool
mls_group_closed(const struct mls_group *g)
{
	return g->removed || g->reinit.n > 0;
}

int
mls_group_reinit(const struct mls_group *g, struct mls_reinit *out)
{
	struct mls_proposal p;
	struct rd rd = rd_of(buf_view(&g->reinit));
	int err;

	if (g->reinit.n == 0)
		return ERR_NONE;
	mls_proposal_get(&rd, &p);
	err = rd_end(&rd);
	if (err == 0)
		*out = p.reinit;
	return err;
}

uint32_t
mls_group_leaves(const struct mls_group *g)
{
	return g->tree.leaves;
}

uint32_t
mls_group_members(const struct mls_group *g)
{
	return mls_tree_members(&g->tree);
}

const struct mls_leaf *
mls_group_leaf(const struct mls_group *g, uint32_t index)
{
	return mls_tree_leaf(&g->tree, index);
}

int
mls_group_find(const struct mls_group *g, struct bytes signature_key,
    uint32_t *index)
{
	const struct mls_leaf *leaf;
	uint32_t i;

	for (i = 0; i < g->tree.leaves; i++) {
		leaf = mls_tree_leaf(&g->tree, i);
		if (leaf == NULL ||
		    !bytes_same(leaf->signature_key, signature_key))
			continue;
		*index = i;
		return 0;
	}
	return ERR_NONE;
}

int
mls_group_export_bytes(const struct mls_group *g, struct bytes label,
    struct bytes context, uint8_t *out, size_t n)
{
	if (g->removed)
		return ERR_STATE;
	return mls_schedule_export(g->suite, g->keys->epoch.exporter, label,
	    context, out, n);
}

int
mls_group_export(const struct mls_group *g, const char *label,
    struct bytes context, uint8_t *out, size_t n)
{
	return mls_group_export_bytes(g, mls_text(label), context, out, n);
}

void
mls_group_tree(const struct mls_group *g, struct buf *out)
{
	mls_tree_put(&g->tree, out);
}

int
mls_group_resumption(const struct mls_group *g, uint64_t epoch, uint8_t *psk)
{
	unsigned i;

	for (i = 0; i < g->keys->n_resumption; i++) {
		if (g->keys->resumption[i].epoch != epoch)
			continue;
		memcpy(psk, g->keys->resumption[i].psk, g->suite->nh);
		return 0;
	}
	return ERR_NONE;
}

int
mls_pending_at(const struct mls_group *g, size_t i,
    struct mls_pending_view *out)
{
	const struct mls_pending *p;
	struct mls_proposal proposal;
	struct rd rd;
	int err;

	if (i >= g->n_pending)
		return ERR_NONE;
	p = g->pending[i];
	rd = rd_of(p->frame.body);
	err = mls_proposal_get(&rd, &proposal);
	*out = (struct mls_pending_view){
		.ref = bytes_of(p->ref, g->suite->nh),
		.type = proposal.type, .sender_type = p->frame.sender_type,
		.sender = p->frame.sender,
		.removed = proposal.type == MLS_REMOVE ? proposal.removed :
		    MLS_NONE,
	};
	return err;
}
