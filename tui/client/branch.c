/* SPDX-License-Identifier: ISC */
/*
 * A conversation that can't be followed any more: since when, why, who can't
 * either. Where nobody is left in a room who could let the others in again, one
 * of them branches it (RFC 9420 11.3): a new group and log, with everybody who
 * was in the old one at the last epoch that all agreed on. Nobody is left out of
 * it and its rules stay, or the others don't come. When several branch it, the
 * lowest group id wins, as where two people ask each other at once; for that the
 * old group is kept for a while.
 */
#include <stdlib.h>

#include "inside.h"

#define BRANCH_KEEP_MS DAY_MS

/* ---- since when, and why ------------------------------------------------- */

void
halt_begin(struct client *c, struct talk *t, const char *why)
{
	const struct person *p;
	const struct job *j;
	size_t i;

	halt_end(t);
	t->halt.since = client_now(c);
	t->halt.why = mem_string(why);
	/* who asked us before we knew that we can't either */
	for (i = 0; i < c->jobs; i++) {
		j = c->job[i];
		p = j->kind == JOB_INVITE && j->talk == t->row &&
		    j->data.n > 0 ? person_of(c, j->account) : NULL;
		if (p != NULL)
			halt_stuck(t, p);
	}
	talk_dirty(t);
}

void
halt_end(struct talk *t)
{
	free(t->halt.why);
	free(t->halt.stuck);
	t->halt = (struct halt){0};
}

/* At the end of the row of a talk: a store of before has none of it. */
void
halt_put(const struct talk *t, struct buf *b)
{
	size_t i, n = t->halt.why != NULL ? strlen(t->halt.why) : 0;

	buf_u64(b, (uint64_t)t->halt.since);
	buf_u64(b, (uint64_t)t->halt.asked);
	buf_u32(b, t->halt.times);
	buf_u32(b, (uint32_t)n);
	buf_bytes(b, bytes_of(t->halt.why, n));
	buf_u32(b, (uint32_t)t->halt.stucks);
	for (i = 0; i < t->halt.stucks; i++)
		buf_u64(b, (uint64_t)t->halt.stuck[i]);
}

void
halt_get(struct rd *r, struct talk *t)
{
	struct halt *h = &t->halt;
	struct bytes why;
	size_t n;

	if (r->err != 0 || rd_left(r) == 0)
		return;
	h->since = (int64_t)rd_u64(r);
	h->asked = (int64_t)rd_u64(r);
	h->times = rd_u32(r);
	why = rd_view(r, rd_u32(r));
	h->why = mem_alloc(why.n + 1);
	if (why.n > 0)
		memcpy(h->why, why.p, why.n);
	for (n = rd_u32(r); n > 0 && r->err == 0; n--) {
		h->stuck = mem_grow(h->stuck, h->stucks + 1,
		    sizeof(*h->stuck));
		h->stuck[h->stucks++] = (int64_t)rd_u64(r);
	}
}

void
halt_stuck(struct talk *t, const struct person *p)
{
	struct halt *h = &t->halt;
	size_t i;

	for (i = 0; i < h->stucks; i++)
		if (h->stuck[i] == p->row)
			return;
	h->stuck = mem_grow(h->stuck, h->stucks + 1, sizeof(*h->stuck));
	h->stuck[h->stucks++] = p->row;
	talk_dirty(t);
}

/* ---- the group before ---------------------------------------------------- */

static void
old_put(struct client *c, const struct talk *t)
{
	struct buf b = {.secret = true};

	buf_u64(&b, (uint64_t)t->secret->old_until);
	mls_group_save(t->secret->old, &b);
	keep_put(&c->keep, TABLE_old, t->row, t->row, NULL, buf_view(&b));
	buf_free(&b);
}

/* Of a conversation between two a new one takes its place. */
void
branch_keep(struct client *c, struct talk *t)
{
	struct talk_secret *s = t->secret;

	if (!talk_is_room(t) || s->group == NULL)
		return;
	branch_drop(c, t);
	s->old = s->group;
	s->group = NULL;
	s->epoch_dirty = s->ratchet_dirty = false;
	keep_drop(&c->keep, TABLE_epoch, t->row);
	keep_drop(&c->keep, TABLE_ratchet, t->row);
	c->keep.erased = true;
	old_put(c, t);
}

void
branch_drop(struct client *c, struct talk *t)
{
	struct talk_secret *s = t->secret;

	if (s->old == NULL)
		return;
	mls_group_free(s->old);
	s->old = NULL;
	s->old_until = 0;
	keep_drop(&c->keep, TABLE_old, t->row);
	c->keep.erased = true;
}

/* The conversation goes on in another group: this one only tells which of
 * several branches wins. */
static void
old_for_now(struct client *c, struct talk *t)
{
	t->secret->old_until = client_now(c) + BRANCH_KEEP_MS;
	old_put(c, t);
}

void
branch_drive(struct client *c, struct talk *t)
{
	const struct talk_secret *s = t->secret;

	if (s->old != NULL && s->old_until != 0 && !branch_pending(t) &&
	    client_now(c) > s->old_until)
		branch_drop(c, t);
}

static void
old_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct client *c = arg;
	struct talk *t = client_talk(c, owner);
	struct bytes all;

	(void)row;
	if (t == NULL)
		return;
	t->secret->old_until = (int64_t)rd_u64(r);
	all = rd_rest(r);
	if (mls_group_restore(all, &t->secret->old) != 0)
		c->keep.damaged++;
}

int
branches_load(struct client *c)
{
	return keep_each(&c->keep, TABLE_old, old_got, c);
}

/* ---- what a branch may be ------------------------------------------------ */

static bool
is_group(const struct mls_group *g, struct bytes id)
{
	return g != NULL && bytes_same(mls_group_id(g), id);
}

bool
branch_pending(const struct talk *t)
{
	const struct talk_secret *s = t->secret;

	return s->old != NULL && s->group != NULL &&
	    mls_group_epoch(s->group) == 0;
}

bool
branch_had(const struct talk *t, struct bytes account,
    const uint8_t device[static DEVICE_ID])
{
	const struct mls_group *g = t->secret->old;
	const struct mls_leaf *leaf;
	struct bytes who;
	uint32_t i;

	for (i = 0; i < mls_group_leaves(g); i++) {
		who = member_account(g, i);
		leaf = mls_group_leaf(g, i);
		if (who.n > 0 && bytes_same(who, account) &&
		    memcmp(leaf->credential.body.p + ACCOUNT_ID, device,
		    DEVICE_ID) == 0)
			return true;
	}
	return false;
}

/* Can anybody of this account come along? Not one whose key has changed, or
 * whose devices of then are all revoked. */
static bool
comes_along(struct client *c, const struct mls_group *g, struct bytes account)
{
	uint32_t i;

	if (record_of(c, account.p) == NULL)
		return false;
	for (i = 0; i < mls_group_leaves(g); i++)
		if (bytes_same(member_account(g, i), account) &&
		    !member_gone(c, g, i))
			return true;
	return false;
}

static bool
is_whole(struct client *c, const struct mls_group *g,
    const struct mls_group *old)
{
	struct bytes who;
	uint32_t i;

	for (i = 0; i < mls_group_leaves(old); i++) {
		who = member_account(old, i);
		if (who.n > 0 && !member_in(g, who) &&
		    comes_along(c, old, who))
			return false;
	}
	return true;
}

static bool
is_admin(const struct client *c, const struct mls_group *g)
{
	struct room room;

	return member_room(g, &room) == 0 &&
	    room_admin(&room, c->self.account);
}

const struct mls_group *
branch_group(void *client, struct bytes id)
{
	struct client *c = client;
	struct talk_secret *s;
	size_t i;

	for (i = 0; i < c->talks; i++) {
		s = c->talk[i]->secret;
		if (is_group(s->group, id))
			return s->group;
		if (is_group(s->old, id))
			return s->old;
	}
	return NULL;
}

bool
branch_from(struct client *c, const struct person *p)
{
	struct talk *t;
	size_t i;

	if (p->state == PERSON_BLOCKED || p->changed)
		return false;
	for (i = 0; i < c->talks; i++) {
		t = c->talk[i];
		if (t->secret->old != NULL && t->state == TALK_OPEN &&
		    member_in(t->secret->old, bytes_of(p->account,
		    ACCOUNT_ID)))
			return true;
	}
	return false;
}

struct talk *
branch_talk(struct client *c, const struct mls_group *g, struct bytes link)
{
	const struct mls_group *old = branch_group(c, link);
	struct talk *t;
	size_t i;

	for (i = 0; i < c->talks; i++) {
		t = c->talk[i];
		if (old == NULL || !talk_is_room(t) || t->secret->leaving ||
		    (old != t->secret->group && old != t->secret->old))
			continue;
		if (t->state != TALK_OPEN && t->state != TALK_STOPPED)
			return NULL;
		if (defence(branch) && !bytes_same(mls_group_extensions(g),
		    mls_group_extensions(old)))
			return NULL;
		/* who could follow and may say who is in it brings in those
		 * who came since then: branch_joined() */
		if (defence(branch) && !is_whole(c, g, old) &&
		    (old != t->secret->group || !is_admin(c, g)))
			return NULL;
		/* there is another branch of it: the lowest id wins */
		if (memcmp(t->log, link.p, WIRE_ID) != 0 && (memcmp(
		    mls_group_id(g).p, t->log, WIRE_ID) >= 0))
			return NULL;
		return t;
	}
	return NULL;
}

/* All of the group before who aren't in this one */
static void
branch_invite(struct client *c, struct talk *t)
{
	const struct mls_group *old = t->secret->old;
	struct bytes who;
	uint32_t i;

	for (i = 0; i < mls_group_leaves(old); i++) {
		who = member_account(old, i);
		if (who.n > 0 && !member_in(t->secret->group, who) &&
		    !member_gone(c, old, i) && comes_along(c, old, who))
			(void)invite_add(c, t, who.p);
	}
}

void
branch_joined(struct client *c, struct talk *t, const struct person *p)
{
	old_for_now(c, t);
	branch_invite(c, t);
	message_system(c, t, "%s has branched the room, which could not go on: "
	    "this is a new group of all who were in it. What was written "
	    "before is as it was; what nobody has confirmed is sent again",
	    p != NULL ? p->name.s : "another device of yours");
}

/* ---- the way out --------------------------------------------------------- */

int
client_branch_may(UNUSED struct client *c, const struct talk *t, char **why)
{
	if (t->halt.since == 0)
		return client_refuse(why, ERR_STATE, "%s goes on: there is "
		    "nothing to branch", t->title.s);
	if (!talk_is_room(t))
		return client_refuse(why, ERR_STATE, "this is a conversation "
		    "with one person: where neither of you can follow it, it "
		    "begins anew by itself");
	if (t->halt.stucks == 0)
		return client_refuse(why, ERR_STATE, "nobody else has said "
		    "that they can't follow %s: wait until one of them lets "
		    "you in again", t->title.s);
	if (t->secret->old == NULL)
		return client_refuse(why, ERR_STATE, "this device has nothing "
		    "left of %s to branch it from: let another member branch "
		    "it, or ask to be added again", t->title.s);
	return 0;
}

int
client_branch(struct client *c, struct talk *t, char **why)
{
	const struct mls_group *old = t->secret->old;
	int err = client_branch_may(c, t, why);

	if (err != 0)
		return err;
	err = room_group(c, t, mls_group_suite(old),
	    mls_group_extensions(old));
	if (err != 0)
		return client_refuse(why, err, "%s can't be branched: %s",
		    t->title.s, err_text(err));
	old_for_now(c, t);
	branch_invite(c, t);
	resend_group(c, t);
	message_system(c, t, "you have branched the room: all who were in it "
	    "are asked into a new group, and it goes on when their devices "
	    "have been found. What was written before is as it was");
	timer_set(c->timer, 1);
	return 0;
}
