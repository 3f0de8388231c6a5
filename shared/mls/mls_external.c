/* SPDX-License-Identifier: ISC */
/*
 * Joining by a commit of one's own (RFC 9420 8.3, 12.4.3.2): from a GroupInfo
 * with external_pub, optionally removing one's former leaf (resync).
 */
#include <stdlib.h>

#include "mls_epoch.h"

struct external {
	const struct mls_env *env;
	const struct mls_external_ask *ask;
	struct mls_info info;
	struct mls_group *before, *next;
	struct buf draft, body;
	struct mls_commit commit;
	struct mls_effect effect;
	struct treekem_plan plan;
	struct mls_frame frame;
	uint8_t init[MLS_NH_MAX], psk_secret[MLS_NH_MAX];
};

static int
external_info(struct external *x)
{
	struct rd rd = rd_of(x->ask->group_info);
	uint16_t wire;
	int err;

	err = mls_get_header(&rd, &wire);
	if (err == 0 && wire != MLS_WIRE_GROUP_INFO)
		err = ERR_FORMAT;
	if (err != 0)
		return err;
	mls_info_get(&rd, &x->info);
	err = rd_end(&rd);
	if (err == 0)
		err = mls_join_public(x->env, &x->info, x->ask->tree,
		    &x->before);
	return err;
}

/* The encoded ExternalInit; the init secret stays here. */
static int
external_init(struct external *x, struct buf *item)
{
	const struct mls_suite *suite = x->before->suite;
	struct mls_proposal p = { .type = MLS_EXTERNAL_INIT };
	struct buf enc = { 0 };
	struct bytes data, public;
	struct rd rd;
	int err;

	err = mls_ext_find(x->info.extensions, MLS_EXT_EXTERNAL_PUB, &data);
	if (err != 0)
		return err;
	rd = rd_of(data);
	public = mls_get_vector(&rd);
	err = rd_end(&rd);
	if (err == 0 && !mls_key_ok(suite, public))
		err = ERR_KEY;
	if (err == 0)
		err = hpke_send_export(suite->hpke, x->env->rng, public,
		    bytes_of(NULL, 0),
		    mls_text("MLS 1.0 external init secret"), &enc, x->init,
		    suite->nh);
	if (err == 0) {
		p.kem_output = buf_view(&enc);
		mls_item_put(item, &p);
		err = item->err;
	}
	buf_free(&enc);
	return err;
}

static int
external_list(struct external *x)
{
	struct mls_commit_ask ask = {
		.remove = &x->ask->remove,
		.n_remove = x->ask->remove != MLS_NONE,
		.psk = x->ask->psk, .n_psk = x->ask->n_psk,
	};
	struct mls_list_ask list = { .env = x->env, .group = x->before,
		.committer = MLS_NONE, .sending = true };
	struct buf item = { 0 };
	struct rd rd;
	int err;

	err = external_init(x, &item);
	if (err == 0)
		err = mls_commit_draft(x->env, x->before->suite, &ask,
		    buf_view(&item), &x->draft);
	buf_free(&item);
	if (err != 0)
		return err;
	rd = rd_of(buf_view(&x->draft));
	mls_commit_get(&rd, &x->commit);
	err = rd_end(&rd);
	if (err == 0)
		err = mls_list_resolve(x->before, x->commit.item, x->commit.n,
		    MLS_NONE);
	if (err == 0)
		err = mls_list_apply(&list, x->commit.item, x->commit.n,
		    x->next, &x->effect);
	return err;
}

static int
external_path(struct external *x)
{
	struct mls_keys *keys = x->next->keys;
	int err;

	err = mls_tree_free_leaf(&x->next->tree, &x->next->self);
	if (err == 0)
		err = treekem_plan(x->env->rng, &x->next->tree,
		    x->next->self, buf_view(&x->next->id), &x->ask->self,
		    x->ask->self.signer, &x->plan);
	if (err != 0)
		return err;
	memcpy(keys->signer, x->ask->self.signer, sizeof keys->signer);
	memcpy(&keys->path, &x->plan.keys, sizeof keys->path);
	err = tree_check_fit(&x->next->tree, buf_view(&x->next->extensions));
	if (err == 0)
		err = tree_check_unique(&x->next->tree);
	if (err != 0)
		return err;
	mls_group_set_context(x->next);
	buf_put(&x->body, x->draft.p, x->draft.n - 1);
	buf_u8(&x->body, 1);
	return treekem_encrypt(x->env->rng, &x->next->tree, &x->plan,
	    buf_view(&x->next->context), NULL, &x->body);
}

static int
external_frame(struct external *x, struct buf *message)
{
	struct mls_frame_ask ask = {
		.wire = MLS_WIRE_PUBLIC, .group_id = buf_view(&x->before->id),
		.epoch = x->before->epoch, .sender_type = MLS_NEW_COMMIT,
		.aad = x->ask->aad, .type = MLS_COMMIT,
		.body = buf_view(&x->body),
	};
	struct mls_advance a = { .init = x->init,
		.commit_secret = x->plan.commit_secret,
		.psk_secret = x->psk_secret };
	const struct mls_suite *suite = x->before->suite;
	int err;

	err = mls_frame_make(&ask, buf_view(&x->before->context),
	    x->ask->self.signer, &x->frame);
	if (err == 0)
		err = mls_psk_gather(x->env, suite, NULL, x->effect.psk,
		    x->effect.n_psk, x->psk_secret);
	if (err == 0)
		err = mls_process_advance(x->before, x->next, &x->frame, &a);
	if (err != 0)
		return err;
	mls_frame_tag(&x->frame, bytes_of(x->next->tag, suite->nh));
	return mls_public_seal(suite, &x->frame, bytes_of(NULL, 0), NULL,
	    message);
}

static int
external_all(struct external *x, struct mls_made *made)
{
	int err;

	err = external_info(x);
	if (err != 0)
		return err;
	x->next = mls_group_fork(x->before);
	x->next->epoch++;
	err = external_list(x);
	if (err == 0)
		err = external_path(x);
	if (err == 0)
		err = external_frame(x, &made->message);
	if (err != 0)
		return err;
	made->stage = mls_stage_new(x->next, &x->effect, x->before->epoch);
	made->stage->committer = x->next->self;
	made->stage->external = true;
	made->stage->path = true;
	made->stage->own = true;
	x->next = NULL;
	return 0;
}

int
mls_external_join(const struct mls_env *env,
    const struct mls_external_ask *ask, struct mls_made *made)
{
	struct external *x = mem_secret(sizeof *x);
	int err;

	*x = (struct external){ .env = env, .ask = ask };
	*made = (struct mls_made){ 0 };
	err = external_all(x, made);
	if (err != 0)
		mls_made_free(made);
	mls_group_free(x->before);
	mls_group_free(x->next);
	mls_commit_free(&x->commit);
	mls_effect_free(&x->effect);
	mls_frame_free(&x->frame);
	treekem_plan_free(&x->plan);
	buf_free(&x->draft);
	buf_free(&x->body);
	mem_secret_free(x);
	return err;
}

struct mls_group *
mls_external_take(struct mls_made *made)
{
	struct mls_group *g = made->stage->next;

	made->stage->next = NULL;
	mls_made_free(made);
	return g;
}
