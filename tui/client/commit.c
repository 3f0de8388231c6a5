/* SPDX-License-Identifier: ISC */
/*
 * Commits of ours that change who is in a group. What is wished for stands in
 * jobs; when the group is in step with its log and nothing sealed is on its
 * way, all wishes of a talk become one commit. Another commit may come first:
 * then ours is dropped and the wishes, looked at anew, make the next one. Only
 * a commit that the relay has taken lets its Welcome go.
 */
#include <stdlib.h>

#include "inside.h"

#define COMMIT_SOON_MS 60000
#define COMMIT_MOST 64          /* of each kind in one commit */

int
commit_put(struct client *c, struct talk *t, const struct mls_commit_ask *ask,
    bool cut, uint8_t id[static WIRE_ID], struct buf *welcome)
{
	struct mls_made made = {0};
	uint8_t access[KEY_SIZE];
	struct mls_env env;
	struct out *o;
	int err;

	client_env(c, &env);
	if (branch_pending(t))
		err = mls_branch_make(&env, t->secret->group, t->secret->old,
		    MLS_USE_BRANCH, ask->add, ask->n_add, &made);
	else
		err = mls_commit_make(&env, t->secret->group, ask, &made);
	t->secret->ratchet_dirty = true;
	if (err == 0)
		err = talk_access(made.stage->next, access);
	if (err != 0) {
		mls_made_free(&made);
		return err;
	}
	client_id(c, id);
	o = out_add(c, t, OUT_COMMIT, 0, id, NULL);
	memcpy(o->access, access, KEY_SIZE);
	mem_wipe(access, sizeof(access));
	buf_bytes(&o->entry, buf_view(&made.message));
	o->cut = cut;
	out_ready(c, t, o);
	t->secret->stage = made.stage;
	made.stage = NULL;
	stage_keep(c, t);
	if (welcome != NULL)
		buf_bytes(welcome, buf_view(&made.welcome));
	mls_made_free(&made);
	return 0;
}

/* ---- what is wished for ------------------------------------------- */

struct wish {
	struct bytes add[COMMIT_MOST], ref[COMMIT_MOST];
	uint32_t remove[COMMIT_MOST];
	size_t adds, refs, removes;
	struct buf whom;        /* account, device of each that is added */
	bool later;             /* some are still being gathered */
};

static bool
wish_has(const struct wish *w, uint32_t leaf)
{
	size_t i;

	for (i = 0; i < w->removes; i++)
		if (w->remove[i] == leaf)
			return true;
	return false;
}

static void
wish_remove(const struct mls_group *g, uint32_t leaf, struct wish *w)
{
	if (w->removes < COMMIT_MOST && leaf != mls_group_self(g) &&
	    !wish_has(w, leaf))
		w->remove[w->removes++] = leaf;
}

/* What a device had that is let in again goes in the same commit. */
static void
wish_stale(const struct mls_group *g, const struct job *j, struct wish *w)
{
	uint32_t i;

	for (i = 0; i < mls_group_leaves(g); i++)
		if (invite_stale(g, j, i))
			wish_remove(g, i, w);
}

static void
wish_invite(struct client *c, const struct talk *t, struct job *j,
    struct wish *w)
{
	struct invite_taken k;
	size_t i;

	/* who was not in the group before comes after the branch */
	if (branch_pending(t) && invite_idle(c, t, j))
		return;
	if (!invite_whole(c, t, j)) {
		w->later = w->later || branch_pending(t) ||
		    j->not_before == 0 || j->flight != 0;
		return;
	}
	invite_taken(j, &k);
	if (w->adds + k.n > COMMIT_MOST)
		return;
	wish_stale(t->secret->group, j, w);
	for (i = 0; i < k.n; i++) {
		w->add[w->adds++] = k.package[i];
		buf_put(&w->whom, j->account, ACCOUNT_ID);
		buf_put(&w->whom, k.device[i], DEVICE_ID);
	}
}

/* A revoked device and the one in its place change in one commit, if the keys
 * for that are to be had soon: an account is never out between the two. */
static bool
wish_soon(struct client *c, const struct talk *t, struct bytes account)
{
	struct job *j = invite_of(c, t, account.p, JOB_INVITE);
	int64_t age = j != NULL ? client_now(c) - j->made : 0;

	if (j == NULL || age < 0 || age > COMMIT_SOON_MS ||
	    invite_whole(c, t, j))
		return false;
	client_wake(c, client_mono(c) + COMMIT_SOON_MS - age);
	return true;
}

static void
wish_removes(struct client *c, const struct talk *t, const struct job *j,
    struct wish *w)
{
	const struct mls_group *g = t->secret->group;
	struct bytes who;
	uint32_t i;

	for (i = 0; i < mls_group_leaves(g); i++) {
		who = member_account(g, i);
		if (who.n == 0)
			continue;
		if (j != NULL ? memcmp(who.p, j->account, ACCOUNT_ID) == 0 :
		    member_gone(c, g, i) && !wish_soon(c, t, who))
			wish_remove(g, i, w);
	}
}

/* Who has proposed to go, goes (each for itself: devices leave one by one). */
static void
wish_leavers(const struct mls_group *g, struct wish *w)
{
	struct mls_pending_view v;
	size_t i;

	for (i = 0; mls_pending_at(g, i, &v) == 0; i++)
		if (v.type == MLS_REMOVE && v.sender_type == MLS_MEMBER &&
		    v.removed != mls_group_self(g) && w->refs < COMMIT_MOST &&
		    !wish_has(w, v.removed) && bytes_same(
		    member_account(g, v.sender), member_account(g, v.removed)))
			w->ref[w->refs++] = v.ref;
}

static void
wish_gather(struct client *c, struct talk *t, struct wish *w)
{
	struct job *j;
	size_t i;

	if (t->secret->gone)
		wish_removes(c, t, NULL, w);
	for (i = 0; i < c->jobs; i++) {
		j = c->job[i];
		if (j->talk != t->row)
			continue;
		if (j->kind == JOB_REMOVE)
			wish_removes(c, t, j, w);
		else if (j->kind == JOB_INVITE)
			wish_invite(c, t, j, w);
	}
	wish_leavers(t->secret->group, w);
	/* who are invited together come in together */
	if (w->later && w->removes == 0 && w->refs == 0)
		w->adds = 0;
}

static void
wish_free(struct wish *w)
{
	buf_free(&w->whom);
}

bool
commit_waits(struct client *c, struct talk *t)
{
	struct wish w = {0};
	bool any;

	if (t->secret->group == NULL || t->state != TALK_OPEN)
		return false;
	wish_gather(c, t, &w);
	any = w.adds > 0 || w.removes > 0 || w.refs > 0 || t->secret->gone;
	wish_free(&w);
	return any;
}

/* Wishes that have come true by whoever's commit */
static void
wish_settle(struct client *c, struct talk *t)
{
	const struct mls_group *g = t->secret->group;
	struct job *j;
	size_t i;

	for (i = c->jobs; i-- > 0;) {
		j = c->job[i];
		if (j->talk == t->row && j->kind == JOB_REMOVE &&
		    !member_in(g, bytes_of(j->account, ACCOUNT_ID)))
			job_done(c, j);
	}
}

/* ---- making it so ------------------------------------------- */

static bool
commit_clear(struct client *c, const struct talk *t)
{
	const struct talk_secret *s = t->secret;
	size_t i;

	if (t->state != TALK_OPEN || s->group == NULL || s->stage != NULL ||
	    s->leaving || s->start != START_DONE || s->fetch != NULL ||
	    s->opened != c->session.generation ||
	    s->synced != c->session.generation || s->opened_epoch != t->epoch)
		return false;
	for (i = 0; i < s->outs; i++)
		if (s->out[i]->sealed)
			return false;
	if (client_mono(c) < s->heal_at) {
		client_wake(c, s->heal_at);
		return false;
	}
	return true;
}

static void
commit_welcome(struct client *c, struct talk *t, const struct wish *w,
    const uint8_t id[static WIRE_ID], struct bytes welcome)
{
	struct job *j;

	if (welcome.n == 0)
		return;
	j = job_add(c, JOB_WELCOME);
	memcpy(j->id, id, WIRE_ID);
	j->talk = t->row;
	j->step = STEP_KEYS;    /* held until the commit is taken */
	buf_bytes(&j->data, buf_view(&w->whom));
	buf_bytes(&j->got, welcome);
	job_keep(c, j);
}

/* A KeyPackage among them is no good any more: all are taken anew, later. */
static void
commit_failed(struct client *c, struct talk *t, int err)
{
	struct job *j;
	size_t i;

	log_say(c->log, LOG_ERROR, "change", "no commit: %s", err_text(err));
	t->secret->heal_at = client_mono(c) + COMMIT_AGAIN_MS;
	for (i = 0; i < c->jobs; i++) {
		j = c->job[i];
		if (j->talk != t->row || j->kind != JOB_INVITE)
			continue;
		buf_free(&j->got);
		job_keep(c, j);
		job_later(c, j, err);
	}
}

void
commit_drive(struct client *c, struct talk *t)
{
	struct mls_commit_ask ask = {0};
	struct buf welcome = {0};
	uint8_t id[WIRE_ID];
	struct wish w = {0};
	int err;

	if (!commit_clear(c, t))
		return;
	wish_settle(c, t);
	wish_gather(c, t, &w);
	if (w.adds > 0 || w.removes > 0 || w.refs > 0) {
		ask.add = w.add;
		ask.n_add = w.adds;
		ask.remove = w.remove;
		ask.n_remove = w.removes;
		ask.ref = w.ref;
		ask.n_ref = w.refs;
		err = commit_put(c, t, &ask, w.removes + w.refs > 0, id,
		    &welcome);
		if (err == 0)
			commit_welcome(c, t, &w, id, buf_view(&welcome));
		else
			commit_failed(c, t, err);
	}
	buf_free(&welcome);
	wish_free(&w);
}

/* ---- what became of it ------------------------------------------- */

static struct job *
commit_job(struct client *c, const uint8_t id[static WIRE_ID])
{
	size_t i;

	for (i = 0; i < c->jobs; i++)
		if (c->job[i]->kind == JOB_WELCOME &&
		    memcmp(c->job[i]->id, id, WIRE_ID) == 0)
			return c->job[i];
	return NULL;
}

void
commit_done(struct client *c, const uint8_t id[static WIRE_ID])
{
	struct job *j = commit_job(c, id);

	if (j == NULL)
		return;
	j->step = STEP_SEND;
	job_keep(c, j);
}

void
commit_undone(struct client *c, const uint8_t id[static WIRE_ID])
{
	struct job *j = commit_job(c, id);

	if (j != NULL && j->step != STEP_SEND)
		job_done(c, j);
}
