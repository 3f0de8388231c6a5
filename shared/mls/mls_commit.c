/* SPDX-License-Identifier: ISC */
/*
 * Making a commit and its Welcome (RFC 9420 12.4.1). The list is encoded first
 * and read back, so that what is checked is what is sent. The group changes
 * last and only in its handshake ratchet.
 */
#include <stdlib.h>

#include "mls_epoch.h"

void
mls_item_put(struct buf *b, const struct mls_proposal *p)
{
	buf_u8(b, 1);
	mls_proposal_put(b, p);
}

static int
draft_adds(const struct mls_commit_ask *ask, struct buf *list)
{
	struct mls_proposal p = { .type = MLS_ADD };
	size_t i;
	int err = 0;

	for (i = 0; i < ask->n_add && err == 0; i++) {
		err = mls_package_parse(ask->add[i], &p.package);
		if (err == 0)
			mls_item_put(list, &p);
	}
	return err;
}

static void
draft_psks(const struct mls_env *env, const struct mls_suite *suite,
    const struct mls_commit_ask *ask, struct buf *list)
{
	struct mls_proposal p = { .type = MLS_PSK };
	uint8_t nonce[MLS_NH_MAX];
	size_t i;

	for (i = 0; i < ask->n_psk; i++) {
		rng_fill(env->rng, nonce, suite->nh);
		p.psk.type = (uint8_t)ask->psk[i].type;
		p.psk.usage = (uint8_t)ask->psk[i].usage;
		p.psk.id = ask->psk[i].id;
		p.psk.epoch = ask->psk[i].epoch;
		p.psk.nonce = bytes_of(nonce, suite->nh);
		mls_item_put(list, &p);
	}
}

static void
draft_rest(const struct mls_commit_ask *ask, struct buf *list)
{
	struct mls_proposal p = { 0 };
	size_t i;

	for (i = 0; i < ask->n_ref; i++) {
		buf_u8(list, 2);
		mls_put_vector(list, ask->ref[i]);
	}
	for (i = 0; i < ask->n_remove; i++) {
		p.type = MLS_REMOVE;
		p.removed = ask->remove[i];
		mls_item_put(list, &p);
	}
	if (ask->set_extensions) {
		p.type = MLS_GROUP_EXTENSIONS;
		p.extensions = ask->extensions;
		mls_item_put(list, &p);
	}
	if (ask->reinit != NULL) {
		p.type = MLS_REINIT;
		p.reinit = *ask->reinit;
		mls_item_put(list, &p);
	}
}

int
mls_commit_draft(const struct mls_env *env, const struct mls_suite *suite,
    const struct mls_commit_ask *ask, struct bytes more, struct buf *list)
{
	size_t mark = mls_vector_open(list);
	int err;

	buf_bytes(list, more);
	draft_rest(ask, list);
	err = draft_adds(ask, list);
	draft_psks(env, suite, ask, list);
	mls_vector_close(list, mark);
	buf_u8(list, 0); /* no path yet */
	return err != 0 ? err : list->err;
}

struct make {
	const struct mls_env *env;
	struct mls_group *g, *next;
	const struct mls_commit_ask *ask;
	const struct mls_group *link;   /* branched from, or NULL */
	struct buf body;                /* Commit */
	struct mls_commit commit;       /* views of body's first form */
	struct buf draft;
	struct mls_effect effect;
	struct mls_frame frame;
	bool path;
	struct treekem_plan plan;
	uint8_t commit_secret[MLS_NH_MAX], psk_secret[MLS_NH_MAX];
	uint8_t joiner[MLS_NH_MAX], welcome[MLS_NH_MAX];
};

static int
make_list(struct make *m)
{
	struct mls_list_ask ask = { .env = m->env, .group = m->g,
		.committer = m->g->self, .sending = true,
		.linking = m->link != NULL };
	struct rd rd;
	int err;

	err = mls_commit_draft(m->env, m->g->suite, m->ask,
	    bytes_of(NULL, 0), &m->draft);
	if (err != 0)
		return err;
	rd = rd_of(buf_view(&m->draft));
	mls_commit_get(&rd, &m->commit);
	err = rd_end(&rd);
	if (err == 0)
		err = mls_list_resolve(m->g, m->commit.item, m->commit.n,
		    m->g->self);
	if (err == 0)
		err = mls_list_apply(&ask, m->commit.item, m->commit.n,
		    m->next, &m->effect);
	m->path = m->ask->path || m->ask->self != NULL || m->commit.n == 0 ||
	    m->effect.path_required;
	return err;
}

static int
make_path(struct make *m, struct buf *path)
{
	const struct mls_self *self = m->ask->self;
	int err;

	if (self != NULL)
		memcpy(m->next->keys->signer, self->signer, SIGN_SECRET);
	err = treekem_plan(m->env->rng, &m->next->tree, m->next->self,
	    buf_view(&m->g->id), self, m->next->keys->signer, &m->plan);
	if (err != 0)
		return err;
	mls_group_set_context(m->next); /* provisional: old transcript hash */
	err = treekem_encrypt(m->env->rng, &m->next->tree, &m->plan,
	    buf_view(&m->next->context), &m->effect.added, path);
	if (err == 0) {
		memcpy(&m->next->keys->path, &m->plan.keys,
		    sizeof m->plan.keys);
		memcpy(m->commit_secret, m->plan.commit_secret,
		    sizeof m->commit_secret);
	}
	return err;
}

static int
make_body(struct make *m)
{
	struct buf path = { 0 };
	int err = 0;

	treekem_prune(&m->next->tree, m->next->self, &m->next->keys->path);
	if (m->path)
		err = make_path(m, &path);
	if (err == 0)
		err = tree_check_fit(&m->next->tree,
		    buf_view(&m->next->extensions));
	if (err == 0)
		err = tree_check_unique(&m->next->tree);
	buf_put(&m->body, m->draft.p, m->draft.n - 1);
	buf_u8(&m->body, m->path);
	buf_bytes(&m->body, buf_view(&path));
	if (err == 0)
		err = path.err ? path.err : m->body.err;
	buf_free(&path);
	return err;
}

static int
make_frame(struct make *m)
{
	struct mls_frame_ask ask = {
		.wire = m->ask->public_message ? MLS_WIRE_PUBLIC :
		    MLS_WIRE_PRIVATE,
		.group_id = buf_view(&m->g->id), .epoch = m->g->epoch,
		.sender_type = MLS_MEMBER, .sender = m->g->self,
		.aad = m->ask->aad, .type = MLS_COMMIT,
		.body = buf_view(&m->body),
	};
	struct mls_advance a = { .init = m->g->keys->epoch.init,
		.commit_secret = m->commit_secret,
		.psk_secret = m->psk_secret,
		.joiner = m->joiner, .welcome = m->welcome };
	int err;

	err = mls_frame_make(&ask, buf_view(&m->g->context),
	    m->g->keys->signer, &m->frame);
	if (err == 0)
		err = mls_psk_gather(m->env, m->g->suite,
		    m->link != NULL ? m->link : m->g,
		    m->effect.psk, m->effect.n_psk, m->psk_secret);
	if (err == 0)
		err = mls_process_advance(m->g, m->next, &m->frame, &a);
	if (err == 0) {
		mls_group_told(m->next);
		mls_frame_tag(&m->frame, bytes_of(m->next->tag,
		    m->g->suite->nh));
	}
	if (err == 0 && m->effect.reinit != NULL)
		buf_bytes(&m->next->reinit, m->effect.reinit->proposal.raw);
	return err;
}

static int
make_welcome(struct make *m, struct buf *message)
{
	const struct mls_package **package;
	struct mls_welcome_ask ask = {
		.group = m->next, .leaf = &m->effect.added,
		.joiner = m->joiner, .welcome = m->welcome,
		.secrets = m->path ? &m->plan.secrets : NULL,
		.psk = m->effect.psk, .n_psk = m->effect.n_psk,
		.with_tree = !m->ask->no_tree,
		.external_pub = m->ask->external_pub,
	};
	size_t i, n = 0;
	int err;

	if (m->effect.added.n == 0)
		return 0;
	package = mem_array(m->effect.added.n, sizeof *package);
	for (i = 0; i < m->commit.n; i++)
		if (m->commit.item[i].proposal.type == MLS_ADD)
			package[n++] = &m->commit.item[i].proposal.package;
	assert(n == m->effect.added.n);
	ask.package = package;
	err = mls_welcome_make(m->env, &ask, message);
	free(package);
	return err;
}

static int
make_all(struct make *m, struct mls_made *made)
{
	int err;

	m->next->epoch = m->g->epoch + 1;
	err = make_list(m);
	if (err == 0)
		err = make_body(m);
	if (err == 0)
		err = make_frame(m);
	if (err == 0)
		err = make_welcome(m, &made->welcome);
	if (err == 0)
		err = mls_message_put(m->env, m->g, &m->frame, m->ask->size,
		    &made->message);
	if (err != 0)
		return err;
	made->stage = mls_stage_new(m->next, &m->effect, m->g->epoch);
	made->stage->committer = m->next->self;
	made->stage->path = m->path;
	made->stage->own = true;
	m->next = NULL;
	return 0;
}

int
mls_commit_build(const struct mls_env *env, struct mls_group *g,
    const struct mls_commit_ask *ask, const struct mls_group *link,
    struct mls_made *made)
{
	struct make *m;
	int err;

	*made = (struct mls_made){ 0 };
	if (mls_group_closed(g))
		return ERR_STATE;
	m = mem_secret(sizeof *m);
	*m = (struct make){ .env = env, .g = g, .ask = ask, .link = link };
	m->next = mls_group_fork(g);
	err = make_all(m, made);
	if (err != 0)
		mls_made_free(made);
	mls_group_free(m->next);
	mls_commit_free(&m->commit);
	mls_effect_free(&m->effect);
	mls_frame_free(&m->frame);
	treekem_plan_free(&m->plan);
	buf_free(&m->body);
	buf_free(&m->draft);
	mem_secret_free(m);
	return err;
}

int
mls_commit_make(const struct mls_env *env, struct mls_group *g,
    const struct mls_commit_ask *ask, struct mls_made *made)
{
	return mls_commit_build(env, g, ask, NULL, made);
}

void
mls_made_free(struct mls_made *made)
{
	buf_free(&made->message);
	buf_free(&made->welcome);
	mls_stage_free(made->stage);
	*made = (struct mls_made){ 0 };
}
