/* SPDX-License-Identifier: ISC */
/*
 * Who is in a group, by its tree and nothing else, and which commits may
 * change that. Between two accounts each adds and removes only devices of its
 * own; in a room its admins say who is in it. Everywhere one may go, and a
 * device that its account has revoked may be removed by anybody. All members
 * judge by what stood before the commit, so they all judge the same.
 */
#include <stdlib.h>

#include "inside.h"

#define VERDICT_TRIES 2         /* looks into the directory */

struct bytes
member_account(const struct mls_group *g, uint32_t index)
{
	const struct mls_leaf *leaf = g != NULL ? mls_group_leaf(g, index) :
	    NULL;

	if (leaf == NULL || leaf->credential.body.n != CREDENTIAL_SIZE)
		return bytes_of(NULL, 0);
	return bytes_of(leaf->credential.body.p, ACCOUNT_ID);
}

int
member_room(const struct mls_group *g, struct room *m)
{
	struct bytes ext;
	int err;

	memset(m, 0, sizeof(*m));
	err = mls_ext_find(mls_group_extensions(g), ROOM_EXT_TYPE, &ext);
	return err != 0 ? err : room_get(ext, m);
}

static bool
member_listed(const struct talk *t, int64_t person)
{
	size_t i;

	for (i = 0; i < t->members; i++)
		if (t->member[i] == person)
			return true;
	return false;
}

bool
member_is(const struct talk *t, int64_t person)
{
	return talk_is_room(t) ? member_listed(t, person) :
	    person == t->person;
}

/* A device that stands in the group and no longer in its account's record */
bool
member_gone(struct client *c, const struct mls_group *g, uint32_t index)
{
	const struct mls_leaf *leaf = mls_group_leaf(g, index);
	const struct record *r;

	if (leaf == NULL || leaf->credential.body.n != CREDENTIAL_SIZE)
		return false;
	r = record_of(c, leaf->credential.body.p);
	return r != NULL && record_device(r, leaf->credential.body.p +
	    ACCOUNT_ID) == NULL && defence(revoked);
}

void
members_note(struct client *c, struct talk *t)
{
	const struct mls_group *g = t->secret->group;
	struct bytes who;
	struct person *p;
	uint32_t i;

	if (g == NULL && t->secret->rejoin)
		return;         /* those who were in it */
	t->members = 0;
	t->secret->gone = false;
	for (i = 0; g != NULL && i < mls_group_leaves(g); i++) {
		who = member_account(g, i);
		if (who.n == 0)
			continue;
		t->secret->gone = t->secret->gone || member_gone(c, g, i);
		p = person_of(c, who.p);
		if (p == NULL || member_listed(t, p->row))
			continue;
		t->member = mem_grow(t->member, t->members + 1,
		    sizeof(*t->member));
		t->member[t->members++] = p->row;
	}
	if (talk_is_room(t))
		receipts_review(c, t);
}

/* After a record has changed: is any device revoked that is in a group? */
void
members_look(struct client *c)
{
	size_t i;

	for (i = 0; i < c->talks; i++)
		members_note(c, c->talk[i]);
}

/* ---- judging ------------------------------------------------------------- */

struct verdict {
	struct client *c;
	const struct talk *t;
	const struct mls_stage *stage;
	bool room;
	struct room before;
};

/* Who wants it: the proposer, who for what the commit says itself is the
 * committer. */
static struct bytes
verdict_who(const struct verdict *v, const struct mls_change *ch)
{
	return ch->sender_type == MLS_MEMBER ?
	    member_account(v->t->secret->group, ch->sender) :
	    bytes_of(NULL, 0);
}

/* The same device comes back in the same commit: it has asked for that, for
 * the KeyPackage is signed by it and taken from the relay once. */
static bool
verdict_again(const struct verdict *v, const struct mls_change *gone)
{
	const struct mls_leaf *was = mls_group_leaf(v->t->secret->group,
	    gone->leaf), *is;
	size_t i;

	if (v->stage->next == NULL)
		return false;   /* it takes us out: nothing to compare */
	for (i = 0; was != NULL && i < v->stage->n; i++) {
		if (v->stage->change[i].type != MLS_ADD)
			continue;
		is = mls_group_leaf(v->stage->next, v->stage->change[i].leaf);
		if (is != NULL && bytes_same(is->signature_key,
		    was->signature_key) && bytes_same(is->credential.body,
		    was->credential.body))
			return true;
	}
	return false;
}

static int
verdict_remove(const struct verdict *v, const struct mls_change *ch)
{
	const struct mls_group *g = v->t->secret->group;
	struct bytes whom = member_account(g, ch->leaf);

	if (member_gone(v->c, g, ch->leaf) || verdict_again(v, ch))
		return 0;
	if (whom.n == 0)
		return ERR_RULE;
	/* perhaps it was revoked, and we haven't heard of it yet */
	if (memcmp(whom.p, v->c->self.account, ACCOUNT_ID) == 0 ||
	    v->t->secret->judge_tries >= VERDICT_TRIES)
		return ERR_RULE;
	seek_want(v->c, whom.p);
	return ERR_STATE;
}

/* Between two it is about these two, even after one has lost all devices */
static bool
verdict_peer(const struct verdict *v, struct bytes whom)
{
	struct person *p = client_person(v->c, v->t->person);

	if (v->room || whom.n == 0)
		return false;
	return memcmp(whom.p, v->c->self.account, ACCOUNT_ID) == 0 ||
	    (p != NULL && memcmp(whom.p, p->account, ACCOUNT_ID) == 0);
}

static int
verdict_change(const struct verdict *v, const struct mls_change *ch)
{
	const struct mls_group *g = v->t->secret->group;
	struct bytes who = verdict_who(v, ch), whom;

	if (who.n == 0)
		return ERR_RULE;
	if (ch->type == MLS_UPDATE || ch->type == MLS_PSK)
		return 0;
	if (v->room && room_admin(&v->before, who.p) && ch->type != MLS_REINIT)
		return 0;
	if (ch->type != MLS_ADD && ch->type != MLS_REMOVE)
		return ERR_RULE;
	whom = member_account(ch->type == MLS_ADD ? v->stage->next : g,
	    ch->leaf);
	if (whom.n > 0 && bytes_same(who, whom))
		return 0;
	if (ch->type == MLS_REMOVE)
		return verdict_remove(v, ch);
	/* a device more of somebody who is in it anyway */
	return member_in(g, whom) || verdict_peer(v, whom) ? 0 : ERR_RULE;
}

int
members_judge(struct client *c, const struct talk *t,
    const struct mls_stage *stage)
{
	struct verdict v = {.c = c, .t = t, .stage = stage};
	size_t i;
	int err;

	if (stage->external)
		return ERR_RULE;
	err = member_room(t->secret->group, &v.before);
	v.room = err == 0;
	if (err == ERR_NONE)
		err = talk_is_room(t) ? ERR_RULE : 0;
	for (i = 0; i < stage->n && err == 0; i++)
		if (defence(roles))
			err = verdict_change(&v, &stage->change[i]);
	return err;
}

/* ---- telling ------------------------------------------------------------- */

static const char *
member_name(struct client *c, struct bytes account)
{
	struct person *p;

	if (account.n == 0)
		return "somebody";
	if (memcmp(account.p, c->self.account, ACCOUNT_ID) == 0)
		return "you";
	p = person_of(c, account.p);
	return p != NULL ? p->name.s : "somebody";
}

/* Does this account have a leaf there? */
bool
member_in(const struct mls_group *g, struct bytes account)
{
	uint32_t i;

	for (i = 0; g != NULL && i < mls_group_leaves(g); i++)
		if (account.n > 0 && bytes_same(member_account(g, i), account))
			return true;
	return false;
}

static void
member_tell(struct client *c, struct talk *t, const struct mls_group *was,
    const struct mls_stage *stage, const struct mls_change *ch)
{
	bool add = ch->type == MLS_ADD;
	struct bytes who = member_account(was, ch->sender);
	struct bytes whom = member_account(add ? stage->next : was, ch->leaf);
	const char *name = member_name(c, whom);

	if (!bytes_same(who, whom) && !member_in(add ? was : stage->next,
	    whom) && (!add || talk_is_room(t)))
		message_system(c, t, add ? "%s added %s" : "%s removed %s",
		    member_name(c, who), name);
	else if (!add && !member_in(stage->next, whom))
		message_system(c, t, "%s left", name);
	else if (add && !bytes_same(who, whom))
		message_system(c, t, "%s came back with a fresh device, and "
		    "%s let it in: /person shows the keys", name,
		    member_name(c, who));
	else
		message_system(c, t, add ? "%s added a device" :
		    bytes_same(who, whom) ? "%s removed a device" :
		    "a device of %s was removed", name);
}

void
members_tell(struct client *c, struct talk *t, const struct mls_group *was,
    const struct mls_stage *stage)
{
	const struct mls_change *ch;
	struct bytes whom;
	size_t i, k;

	for (i = 0; i < stage->n; i++) {
		ch = &stage->change[i];
		if (ch->type != MLS_ADD && ch->type != MLS_REMOVE)
			continue;
		/* several devices at once are told once */
		whom = member_account(ch->type == MLS_ADD ? stage->next : was,
		    ch->leaf);
		if (ch->type == MLS_ADD && whom.n > 0)
			talk_unheard(t, whom.p + ACCOUNT_ID);
		for (k = 0; k < i; k++)
			if (stage->change[k].type == ch->type &&
			    bytes_same(whom, member_account(ch->type ==
			    MLS_ADD ? stage->next : was,
			    stage->change[k].leaf)))
				break;
		if (k == i)
			member_tell(c, t, was, stage, ch);
	}
}
