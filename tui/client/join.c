/* SPDX-License-Identifier: ISC */
/*
 * Somebody has added this device to a group: a contact to a room, or another
 * device of our own account to any conversation. Whoever says so must be a
 * member of it who may; everybody in its tree must be known before anybody is
 * believed, so unknown ones are looked up first.
 */
#include <stdlib.h>

#include "inside.h"

#define JOIN_TRIES 12

static bool
join_own(const struct client *c, const struct job *j)
{
	return memcmp(j->account, c->self.account, ACCOUNT_ID) == 0;
}

static bool
join_contact(struct client *c, const uint8_t account[static ACCOUNT_ID])
{
	const struct person *p = person_of(c, account);

	return p != NULL && (p->state == PERSON_CONTACT || !defence(invited));
}

/* Nobody else puts us into a group, or comes back. This is asked at the box,
 * at the record and again when the group is entered: who was a contact then
 * may be blocked now. */
bool
join_from(struct client *c, const uint8_t account[static ACCOUNT_ID])
{
	const struct person *p;

	if (memcmp(account, c->self.account, ACCOUNT_ID) == 0)
		return true;
	p = person_of(c, account);
	return join_contact(c, account) || (p != NULL && branch_from(c, p));
}

/* The directory shows who says so. */
void
join_record(struct client *c, struct job *j, int err, struct bytes raw)
{
	struct person *p = person_of(c, j->account);
	struct record r;
	struct body b = {.code = 0};

	if (err == 0)
		err = body_get(buf_view(&j->data), &b);
	if (err == 0)
		err = asked_directory(j, raw, b.invite.record, &r);
	if (err == 0 && b.invite.suite != c->self.suite)
		err = ERR_SUITE;
	if (err == 0 && !join_own(c, j))
		err = !join_from(c, j->account) ? ERR_DENIED :
		    person_record(c, p, &r, raw);
	if (err != 0) {
		log_say(c->log, LOG_WARN, "join", "an invitation under the "
		    "name %s is dropped: %s", j->name, err_text(err));
		if (b.code == BODY_invite)
			asked_unused(c, b.invite.welcome);
		job_done(c, j);
		return;
	}
	j->step = STEP_KEYS;
	job_keep(c, j);
}

/* ---- the group ----------------------------------------------------------- */

static int
join_group(struct client *c, const struct body *b, const struct package *k,
    int (*judge)(void *, const struct mls_leaf *, const struct mls_leaf *),
    struct mls_group **g, uint32_t *from, struct buf *link)
{
	struct mls_join_ask ask = {.link = link};
	struct mls_env env;
	int err;

	client_env(c, &env);
	env.judge = judge;
	ask.private = buf_view(&k->private);
	ask.signer = c->self.secret->sign;
	ask.welcome = b->invite.welcome;
	err = mls_join_welcome(&env, &ask, g, from);
	if (err == ERR_NONE) {
		/* made under a key of another group: it branches that */
		env.group = branch_group;
		err = mls_join_welcome(&env, &ask, g, from);
	}
	if (err == 0 && !bytes_same(mls_group_id(*g),
	    bytes_of(b->invite.log, WIRE_ID)))
		err = ERR_RULE;
	return err;
}

/* Takes everybody, and asks for those it doesn't know: what is made with this
 * one is thrown away. */
static int
join_look(void *arg, const struct mls_leaf *leaf,
    const struct mls_leaf *before)
{
	int err = person_judge(arg, leaf, before);

	return err == ERR_NONE || err == ERR_STATE ? 0 : err;
}

/* May whoever sent this Welcome say who is in there? */
static int
join_may(struct client *c, const struct job *j, const struct mls_group *g,
    uint32_t from, struct bytes link, struct room *room)
{
	struct bytes who = member_account(g, from);
	int err = member_room(g, room);

	if (!bytes_same(who, bytes_of(j->account, ACCOUNT_ID)))
		return ERR_RULE;
	if (err != 0 && err != ERR_NONE)
		return err;
	if (link.n > 0)
		return branch_talk(c, g, link) != NULL ? 0 : ERR_EXISTS;
	if (!join_own(c, j) && !join_contact(c, j->account))
		return ERR_DENIED;
	/* another device of ours, or any member if we asked for it */
	if (join_own(c, j) || rejoin_waits(talk_of(c, mls_group_id(g).p),
	    mls_group_id(g).p))
		return 0;
	return err == 0 && room_admin(room, who.p) ? 0 : ERR_RULE;
}

/* Between two accounts: the other one; NULL: it isn't that. */
static struct person *
join_other(struct client *c, const struct mls_group *g)
{
	struct person *p = NULL, *q;
	struct bytes who;
	uint32_t i;

	for (i = 0; i < mls_group_leaves(g); i++) {
		who = member_account(g, i);
		if (who.n == 0 || memcmp(who.p, c->self.account,
		    ACCOUNT_ID) == 0)
			continue;
		q = person_of(c, who.p);
		if (q == NULL || (p != NULL && p != q))
			return NULL;
		p = q;
	}
	return p;
}

/* The talk that it becomes; NULL: we have it, or it can't be. */
static struct talk *
join_talk(struct client *c, const struct mls_group *g, struct bytes link,
    bool room)
{
	struct bytes id = mls_group_id(g);
	struct talk *t = talk_of(c, id.p);
	struct person *p;

	if (link.n > 0)
		return branch_talk(c, g, link);
	if (!room) {
		p = join_other(c, g);
		if (p == NULL || p->changed)
			return NULL;
		t = talk_of_person(c, p->row);
		if (t == NULL)
			t = talk_add(c, p, TALK_OPEN);
		if (p->state == PERSON_KNOWN || p->state == PERSON_ASKED)
			person_set(c, p, PERSON_CONTACT);
	} else if (t == NULL) {
		t = room_add(c, TALK_OPEN);
	}
	return t->secret->group != NULL && t->state != TALK_STOPPED &&
	    t->state != TALK_CLOSED ? NULL : t;
}

static int
join_enter(struct client *c, const struct job *j, struct mls_group *g,
    struct package *k, struct bytes link, const struct room *room)
{
	struct talk *t = join_talk(c, g, link, room->admins > 0);
	struct person *p = person_of(c, j->account);
	bool back;

	if (t == NULL)
		return ERR_EXISTS;
	back = t->secret->rejoin;
	if (link.n > 0 && memcmp(t->log, link.p, WIRE_ID) == 0)
		branch_keep(c, t);
	talk_take(c, t, g);
	t->secret->midway = link.n == 0;
	if (room->admins > 0) {
		safe_free(&t->title);
		t->title = safe_make(SAFE_NAME, room->name,
		    strlen(room->name));
	}
	t->secret->heal = k->last;      /* weaker until we have updated */
	stock_spent(c, k);
	talk_set(c, t, TALK_OPEN);
	members_note(c, t);
	resend_group(c, t);
	asked_joined(c, t);
	if (link.n > 0)
		branch_joined(c, t, p);
	else if (back)
		rejoin_back(c, t, p);
	else if (p != NULL)
		notice_add(c, NOTICE_INFO, p->row, false, "%s added you to %s",
		    p->name.s, t->title.s);
	return 0;
}

/* Is somebody in its tree still looked for? Whom another group has, and the
 * directory has not, is no reason to stay out of this one. */
static bool
join_waits(const struct client *c, const struct mls_group *g)
{
	struct bytes who;
	uint32_t i;

	for (i = 0; i < mls_group_leaves(g); i++) {
		who = member_account(g, i);
		if (who.n > 0 && seek_waits(c, who.p))
			return true;
	}
	return false;
}

static int
join_try(struct client *c, struct job *j, const struct body *b,
    struct package *k)
{
	struct mls_group *g = NULL;
	struct room room = {0};
	struct buf link = {0};
	uint32_t from;
	int err;

	err = join_group(c, b, k, join_look, &g, &from, NULL);
	if (err == 0 && join_waits(c, g))
		err = ERR_STATE;
	mls_group_free(g);
	g = NULL;
	if (err == 0)
		err = join_group(c, b, k, person_judge, &g, &from, &link);
	if (err == 0)
		err = join_may(c, j, g, from, buf_view(&link), &room);
	if (err == 0)
		err = join_enter(c, j, g, k, buf_view(&link), &room);
	if (err != 0)
		mls_group_free(g);
	buf_free(&link);
	return err;
}

void
join_drive(struct client *c, struct job *j)
{
	struct package *k = NULL;
	struct body b;
	int err;

	err = body_get(buf_view(&j->data), &b);
	if (err == 0 && !join_from(c, j->account))
		err = ERR_DENIED;
	if (err == 0) {
		k = stock_for(c, b.invite.welcome);
		err = k == NULL ? ERR_REPLAY : join_try(c, j, &b, k);
	}
	if (err == ERR_STATE && j->tries < JOIN_TRIES) {
		job_later(c, j, err);
		return;
	}
	if (err != 0)
		log_say(c->log, LOG_WARN, "join", "an invitation of %s does "
		    "not open: %s", j->name, err_text(err));
	if (err != 0 && err != ERR_EXISTS && err != ERR_REPLAY &&
	    join_from(c, j->account))
		notice_add(c, NOTICE_ERROR, j->person, false, "%s invited you, "
		    "but it can't be joined (%s): ask them to add you again",
		    j->name, err_text(err));
	if (err != 0 && err != ERR_REPLAY)
		asked_unused(c, b.invite.welcome);
	job_done(c, j);
}
