/* SPDX-License-Identifier: ISC */
/*
 * The MLS group behind a talk and how it is kept: the epoch part when an epoch
 * begins, the ratchet part with each message, a commit of ours until the relay
 * has taken or refused it. Losing them is losing the conversation, so they are
 * in the same transaction as the messages they belong to.
 */
#include <stdlib.h>

#include "inside.h"

int
talk_access(const struct mls_group *g, uint8_t key[static KEY_SIZE])
{
	return mls_group_export(g, "tacet log", bytes_of(NULL, 0), key,
	    KEY_SIZE);
}

static void
group_put(struct client *c, enum table table, const struct talk *t,
    void (*save)(const struct mls_group *, struct buf *))
{
	struct buf b = {.secret = true};

	save(t->secret->group, &b);
	keep_put(&c->keep, table, t->row, t->row, NULL, buf_view(&b));
	buf_free(&b);
}

void
group_flush(struct client *c, struct talk *t)
{
	struct talk_secret *s = t->secret;

	if (s->group == NULL)
		return;
	if (s->epoch_dirty) {
		group_put(c, TABLE_epoch, t, mls_group_save_epoch);
		c->keep.erased = true;
	}
	if (s->ratchet_dirty || s->epoch_dirty)
		group_put(c, TABLE_ratchet, t, mls_group_save_ratchets);
	if (s->ratchet_dirty && c->erase_at == 0)
		c->erase_at = client_mono(c) + ERASE_MS;
	s->epoch_dirty = s->ratchet_dirty = false;
}

void
stage_keep(struct client *c, struct talk *t)
{
	struct buf b = {.secret = true};

	if (t->secret->stage == NULL) {
		keep_drop(&c->keep, TABLE_stage, t->row);
		return;
	}
	mls_stage_save(t->secret->stage, &b);
	keep_put(&c->keep, TABLE_stage, t->row, t->row, NULL, buf_view(&b));
	buf_free(&b);
}

/* The commit of ours is taken back: refused, or another came first. */
void
stage_drop(struct client *c, struct talk *t)
{
	if (t->secret->stage == NULL)
		return;
	mls_stage_free(t->secret->stage);
	t->secret->stage = NULL;
	stage_keep(c, t);
}

/* Enters the epoch of a commit, ours or another's; frees the stage. */
int
group_advance(struct talk *t, struct mls_stage *stage)
{
	struct talk_secret *s = t->secret;
	int err;

	err = mls_stage_apply(s->group, stage);
	if (err != 0) {
		mls_stage_free(stage);
		return err;
	}
	t->epoch = mls_group_epoch(s->group);
	s->epoch_dirty = true;
	s->cloned = false;
	s->judge_tries = 0;
	s->opened = 0;          /* the new epoch is proven anew */
	talk_dirty(t);
	return 0;
}

void
talk_take(struct client *c, struct talk *t, struct mls_group *g)
{
	struct talk_secret *s = t->secret;
	struct bytes id = mls_group_id(g);

	assert(id.n == WIRE_ID);
	talk_forget(c, t);
	s->group = g;
	/* the log has one order: nothing of an old epoch comes late */
	mls_group_keep(g, defence(stale) ? 0 : MLS_PAST_DEFAULT);
	memcpy(t->log, id.p, WIRE_ID);
	t->epoch = mls_group_epoch(g);
	s->rejoin = false;
	halt_end(t);
	s->healed = client_now(c);
	s->epoch_dirty = true;
	c->look = true;
	talk_dirty(t);
}

void
talk_forget(struct client *c, struct talk *t)
{
	struct talk_secret *s = t->secret;

	follow_close(c, t);
	if (s->group != NULL) {
		mls_group_free(s->group);
		s->group = NULL;
		keep_drop(&c->keep, TABLE_epoch, t->row);
		keep_drop(&c->keep, TABLE_ratchet, t->row);
		c->keep.erased = true;
	}
	stage_drop(c, t);
	fetch_free(s->fetch);
	s->fetch = NULL;
	s->take = ++c->takes;
	s->next = 1;
	s->sent = s->since = 0;
	s->heards = 0;
	s->heal = s->midway = false;
	s->start = START_DONE;
	mem_wipe(s->access, sizeof(s->access));
	buf_free(&s->commit);
	s->create_flight = 0;
	talk_dirty(t);
}

void
talk_stop(struct client *c, struct talk *t, const char *why)
{
	struct person *p = client_person(c, t->person);

	if (t->state == TALK_STOPPED || t->state == TALK_CLOSED)
		return;
	talk_set(c, t, TALK_STOPPED);
	log_say(c->log, LOG_ERROR, "talk", "stopped: %s", why);
	if (p == NULL)
		notice_add(c, NOTICE_ERROR, 0, false, "%s has stopped here: "
		    "%s. What you wrote is kept; ask a member to remove you "
		    "and add you again", t->title.s, why);
	else
		notice_add(c, NOTICE_ERROR, t->person, false, "the "
		    "conversation with %s has stopped: %s. What you wrote is "
		    "kept; /add %s starts a new one", t->title.s, why,
		    p->name.s);
}

struct group_parts {
	struct client *c;
	struct buf *epoch;      /* by index of c->talk */
	size_t at;
};

static size_t
group_index(struct client *c, int64_t row)
{
	size_t i;

	for (i = 0; i < c->talks; i++)
		if (c->talk[i]->row == row)
			return i;
	return SIZE_MAX;
}

static void
group_epoch_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct group_parts *g = arg;
	size_t i = group_index(g->c, owner);

	(void)row;
	if (i == SIZE_MAX)
		return;
	g->epoch[i].secret = true;
	buf_bytes(&g->epoch[i], rd_rest(r));
}

static void
group_ratchet_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct group_parts *g = arg;
	size_t i = group_index(g->c, owner);
	struct bytes all = rd_rest(r);

	(void)row;
	if (i == SIZE_MAX)
		return;
	if (mls_group_load(buf_view(&g->epoch[i]), all,
	    &g->c->talk[i]->secret->group) != 0)
		g->c->keep.damaged++;
}

static void
group_stage_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct group_parts *g = arg;
	size_t i = group_index(g->c, owner);
	struct bytes all = rd_rest(r);

	(void)row;
	if (i != SIZE_MAX && mls_stage_load(all,
	    &g->c->talk[i]->secret->stage) != 0)
		g->c->keep.damaged++;
}

int
groups_load(struct client *c)
{
	struct group_parts g = {.c = c};
	size_t i;
	int err;

	g.epoch = mem_array(c->talks, sizeof(*g.epoch));
	err = keep_each(&c->keep, TABLE_epoch, group_epoch_got, &g);
	if (err == 0)
		err = keep_each(&c->keep, TABLE_ratchet, group_ratchet_got,
		    &g);
	if (err == 0)
		err = keep_each(&c->keep, TABLE_stage, group_stage_got, &g);
	for (i = 0; i < c->talks; i++)
		buf_free(&g.epoch[i]);
	free(g.epoch);
	return err;
}
