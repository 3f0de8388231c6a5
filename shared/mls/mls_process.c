/* SPDX-License-Identifier: ISC */
/*
 * Receiving a commit (RFC 9420 12.4.2). All work is done on a fork of the
 * group; only a stage comes out of it, and only if everything held, up to the
 * confirmation tag.
 */
#include <stdlib.h>

#include "mls_epoch.h"

int
mls_process_advance(const struct mls_group *before, struct mls_group *next,
    const struct mls_frame *frame, const struct mls_advance *a)
{
	const struct mls_suite *suite = next->suite;
	uint8_t joiner[MLS_NH_MAX];
	struct mls_epoch epoch;
	int err;

	mls_schedule_confirmed(suite, bytes_of(before->interim, suite->nh),
	    frame->signed_part, next->confirmed);
	next->n_confirmed = suite->nh;
	mls_group_set_context(next);
	err = mls_schedule_joiner(suite, a->init, a->commit_secret,
	    buf_view(&next->context), joiner);
	if (err == 0)
		err = mls_schedule_epoch(suite, joiner, a->psk_secret,
		    buf_view(&next->context), a->welcome, &epoch);
	if (err == 0) {
		mls_mac(suite, epoch.confirmation,
		    mls_group_confirmed(next), next->tag);
		mls_schedule_interim(suite, mls_group_confirmed(next),
		    bytes_of(next->tag, suite->nh), next->interim);
		if (a->joiner != NULL)
			memcpy(a->joiner, joiner, suite->nh);
		mls_group_enter(next, &epoch);
	}
	mem_wipe(joiner, sizeof joiner);
	mem_wipe(&epoch, sizeof epoch);
	return err;
}

struct process {
	const struct mls_env *env;
	const struct mls_group *g;
	const struct mls_frame *frame;
	struct mls_commit commit;
	struct mls_effect effect;
	struct mls_group *next;
	uint32_t committer;             /* in the new tree */
	bool external;
	uint8_t commit_secret[MLS_NH_MAX], psk_secret[MLS_NH_MAX];
	uint8_t init[MLS_NH_MAX];
};

static int
process_list(struct process *p)
{
	struct mls_list_ask ask = { .env = p->env, .group = p->g,
		.committer = p->committer };
	struct rd rd = rd_of(p->frame->body);
	int err;

	mls_commit_get(&rd, &p->commit);
	err = rd_end(&rd);
	if (err == 0)
		err = mls_list_resolve(p->g, p->commit.item, p->commit.n,
		    p->committer);
	if (err == 0)
		err = mls_list_apply(&ask, p->commit.item, p->commit.n,
		    p->next, &p->effect);
	if (err == 0 && !p->commit.has_path && (p->commit.n == 0 ||
	    p->effect.path_required || p->external))
		err = ERR_RULE;
	return err;
}

/* The leaf that the committer's new one replaces: its own, or for a resync
 * the one it removes. */
static const struct mls_leaf *
leaf_before(const struct process *p)
{
	size_t i;

	if (!p->external)
		return mls_tree_leaf(&p->g->tree, p->committer);
	for (i = 0; i < p->effect.n_change; i++)
		if (p->effect.change[i].type == MLS_REMOVE)
			return mls_tree_leaf(&p->g->tree,
			    p->effect.change[i].leaf);
	return NULL;
}

static int
process_leaf(struct process *p)
{
	const struct mls_leaf *leaf = &p->commit.path.leaf, *old;
	int err = 0;

	if (p->external)
		err = mls_tree_free_leaf(&p->next->tree, &p->committer);
	if (err != 0)
		return err;
	old = leaf_before(p);
	if (old != NULL &&
	    bytes_same(old->encryption_key, leaf->encryption_key))
		return ERR_RULE;
	err = tree_check_leaf(p->g->suite, leaf, MLS_FROM_COMMIT,
	    buf_view(&p->g->id), p->committer);
	if (err == 0 && p->env->judge != NULL)
		err = p->env->judge(p->env->arg, leaf, old);
	return err;
}

/* Our own Update was committed: its key is the leaf's from now on. */
static void
take_update(struct process *p)
{
	const struct mls_pending *own = p->effect.own_update;
	struct mls_keys *keys = p->next->keys;

	if (own == NULL)
		return;
	memcpy(keys->path.key[0], own->leaf_key, sizeof keys->path.key[0]);
	memcpy(keys->signer, own->signer, sizeof keys->signer);
}

static int
process_path(struct process *p)
{
	int err;

	err = process_leaf(p);
	if (err == 0)
		err = treekem_merge(&p->next->tree, p->committer,
		    &p->commit.path);
	if (err != 0)
		return err;
	mls_group_set_context(p->next); /* provisional: old transcript hash */
	return treekem_open(&p->next->tree, p->committer, &p->commit.path,
	    p->next->self, buf_view(&p->next->context), &p->effect.added,
	    &p->next->keys->path, NULL, p->commit_secret);
}

static int
process_init(struct process *p)
{
	const struct mls_epoch *e = &p->g->keys->epoch;
	uint8_t public[HPKE_PUBLIC_MAX], secret[HPKE_SECRET_MAX];
	int err;

	if (!p->external) {
		memcpy(p->init, e->init, sizeof p->init);
		return 0;
	}
	err = mls_schedule_external(p->g->suite, e->external, public, secret);
	if (err == 0)
		err = hpke_recv_export(p->g->suite->hpke, secret,
		    p->effect.external_init->proposal.kem_output,
		    bytes_of(NULL, 0),
		    mls_text("MLS 1.0 external init secret"), p->init,
		    p->g->suite->nh);
	mem_wipe(secret, sizeof secret);
	return err;
}

static int
process_epoch(struct process *p)
{
	struct mls_advance a = { .init = p->init,
		.commit_secret = p->commit_secret,
		.psk_secret = p->psk_secret };
	size_t nh = p->g->suite->nh;
	int err;

	err = tree_check_fit(&p->next->tree, buf_view(&p->next->extensions));
	if (err == 0)
		err = tree_check_unique(&p->next->tree);
	if (err == 0)
		err = process_init(p);
	if (err == 0)
		err = mls_psk_gather(p->env, p->g->suite, p->g,
		    p->effect.psk, p->effect.n_psk, p->psk_secret);
	if (err == 0)
		err = mls_process_advance(p->g, p->next, p->frame, &a);
	if (err == 0 && (p->frame->tag.n != nh ||
	    !seal_same(p->frame->tag.p, p->next->tag, nh)))
		err = ERR_AUTH;
	if (err == 0)           /* what was sent with it, and now proven */
		mls_group_told(p->next);
	if (err == 0 && p->effect.reinit != NULL)
		buf_bytes(&p->next->reinit, p->effect.reinit->proposal.raw);
	return err;
}

/* A removed member can follow no further; the list was valid. */
static int
process_removed(struct process *p)
{
	mls_group_free(p->next);
	p->next = NULL;
	return 0;
}

static int
process_all(struct process *p)
{
	int err;

	p->next->epoch = p->g->epoch + 1;
	err = process_list(p);
	if (err != 0)
		return err;
	if (p->effect.self_removed)
		return process_removed(p);
	take_update(p);
	treekem_prune(&p->next->tree, p->next->self, &p->next->keys->path);
	if (p->commit.has_path)
		err = process_path(p);
	return err != 0 ? err : process_epoch(p);
}

static struct mls_stage *
make_stage(struct process *p)
{
	bool removed = p->effect.self_removed;
	struct mls_stage *s;

	s = mls_stage_new(p->next, &p->effect, p->g->epoch);
	p->next = NULL;
	s->committer = p->committer;
	s->external = p->external;
	s->path = p->commit.has_path;
	s->removed = removed;
	s->generation = p->frame->generation;
	return s;
}

int
mls_process_commit(const struct mls_env *env, const struct mls_group *g,
    const struct mls_frame *frame, struct mls_stage **out)
{
	struct process *p = mem_secret(sizeof *p);
	int err;

	*p = (struct process){ .env = env, .g = g, .frame = frame,
		.external = frame->sender_type == MLS_NEW_COMMIT,
		.committer = frame->sender };
	p->next = mls_group_fork(g);
	*out = NULL;
	err = process_all(p);
	if (err == 0)
		*out = make_stage(p);
	mls_group_free(p->next);
	mls_commit_free(&p->commit);
	mls_effect_free(&p->effect);
	mem_secret_free(p);
	return err;
}
