/* SPDX-License-Identifier: ISC */
/*
 * Coming back into a conversation. A device that can't follow it any more, or
 * that a backup was restored on, forgets the group and asks the members'
 * devices by a signed sealed box. Whoever is online first looks its account up
 * and adds the device with fresh keys, in one commit that takes out what it
 * had; all see a line. Where nobody is left who could, because the relay has
 * lost what all have read, the one with the lower account id begins anew.
 */
#include "inside.h"

#define REJOIN_AGAIN_MS 120000
#define REJOIN_MOST_MS (6 * 3600 * 1000)
#define REJOIN_SERVED 3         /* for one conversation, in */
#define REJOIN_SERVED_MS (3600 * 1000)

/* ---- asking -------------------------------------------------------------- */

void
rejoin_want(struct client *c, struct talk *t, const char *why)
{
	struct talk_secret *s = t->secret;

	if (s->rejoin)
		return;
	if (t->state != TALK_OPEN) {
		talk_stop(c, t, why);
		return;
	}
	log_say(c->log, LOG_ERROR, "rejoin", "%s", why);
	branch_keep(c, t);
	talk_forget(c, t);
	s->rejoin = true;
	s->rejoin_at = 0;
	s->rejoin_tries = 0;
	client_id(c, s->rejoin_id);
	halt_begin(c, t, why);
	message_system(c, t, "this device can't follow the conversation any "
	    "more: %s. %s asked to let it in again; what you write waits, "
	    "what others write until then can't be read here", why,
	    talk_is_room(t) ? "The others are" : "The other side is");
	client_wake(c, client_mono(c));
	client_show(c);
}

static void
rejoin_ask(struct client *c, struct talk *t)
{
	struct body b = {.code = BODY_rejoin};
	const struct record *r = &c->self.record;
	struct person *p;
	size_t i;

	memcpy(b.id, t->secret->rejoin_id, WIRE_ID);
	b.time = (uint64_t)client_now(c);
	memcpy(b.rejoin.log, t->log, WIRE_ID);
	b.rejoin.record = buf_view(&c->self.record_raw);
	for (i = 0; i < r->devices; i++)
		if (memcmp(r->device[i].id, c->self.device, DEVICE_ID) != 0)
			post_one(c, c->self.account, r->device[i].id, &b);
	p = client_person(c, t->person);
	if (p != NULL)
		post_all(c, p, &b);
	for (i = 0; i < t->members; i++) {
		p = client_person(c, t->member[i]);
		/* who is no contact only hears it if he can't follow either */
		if (talk_is_room(t) && p != NULL && !p->changed &&
		    p->state != PERSON_BLOCKED)
			post_all(c, p, &b);
	}
}

/* Who lets us in takes a KeyPackage of ours. */
static bool
rejoin_stocked(const struct client *c)
{
	size_t i;

	for (i = 0; i < c->packages; i++)
		if (c->package[i]->put)
			return true;
	return false;
}

void
rejoin_drive(struct client *c)
{
	int64_t now = client_mono(c), wait;
	struct talk_secret *s;
	struct talk *t;
	size_t i;

	if (!session_registered(c) || !rejoin_stocked(c))
		return;
	for (i = 0; i < c->talks; i++) {
		t = c->talk[i];
		s = t->secret;
		if (!s->rejoin || s->group != NULL || t->state != TALK_OPEN ||
		    talk_changed(c, t) != NULL)
			continue;
		if (now < s->rejoin_at) {
			client_wake(c, s->rejoin_at);
			continue;
		}
		/* the same question after a restart; another one when nobody
		 * has answered for long: the answer may be lost */
		if (s->rejoin_tries > 0)
			client_id(c, s->rejoin_id);
		talk_dirty(t);
		rejoin_ask(c, t);
		wait = (int64_t)REJOIN_AGAIN_MS << (s->rejoin_tries < 8 ?
		    s->rejoin_tries : 8);
		s->rejoin_tries++;
		t->halt.asked = client_now(c);
		t->halt.times++;
		s->rejoin_at = now + (wait < REJOIN_MOST_MS ? wait :
		    REJOIN_MOST_MS);
	}
}

int64_t
client_halt_next(struct client *c, const struct talk *t)
{
	const struct talk_secret *s = t->secret;
	int64_t wait = s->rejoin_at - client_mono(c);

	if (!s->rejoin || s->rejoin_tries == 0 || wait <= 0 ||
	    talk_changed(c, t) != NULL || client_online(c) != ONLINE_ON)
		return 0;
	return client_now(c) + wait;
}

/* ---- let in -------------------------------------------------------------- */

bool
rejoin_waits(const struct talk *t, const uint8_t log[static WIRE_ID])
{
	return t != NULL && t->secret->rejoin && t->secret->group == NULL &&
	    memcmp(t->log, log, WIRE_ID) == 0;
}

void
rejoin_back(struct client *c, struct talk *t, const struct person *p)
{
	t->secret->rejoin = false;
	branch_drop(c, t);
	message_system(c, t, "%s let this device in again: you can go on. What "
	    "others wrote meanwhile can't be read here; what was written "
	    "before is as it was", p != NULL ? p->name.s :
	    "another device of yours");
}

/* ---- asked --------------------------------------------------------------- */

static bool
rejoin_paced(struct client *c, struct talk *t)
{
	struct talk_secret *s = t->secret;

	if (s->served == 0 ||
	    client_mono(c) - s->served_since > REJOIN_SERVED_MS) {
		s->served = 0;
		s->served_since = client_mono(c);
	}
	return ++s->served <= REJOIN_SERVED || !defence(rejoin);
}

/* Its leaf, if it has one: it must not be let in beside itself. */
static void
rejoin_old(const struct mls_group *g, const struct device *d, struct job *j)
{
	const struct mls_leaf *leaf;
	uint32_t index;

	if (mls_group_find(g, bytes_of(d->sign, SIGN_PUBLIC), &index) != 0)
		return;
	leaf = mls_group_leaf(g, index);
	memcpy(j->device, d->id, DEVICE_ID);
	buf_free(&j->data);
	buf_bytes(&j->data, leaf->encryption_key);
}

/* Neither side can let the other in. When it was asked by us, the one that
 * begins anew may not have known that yet. */
static void
rejoin_anew(struct client *c, struct talk *t, struct person *p)
{
	struct job *j;

	if (talk_is_room(t) && p != NULL && member_is(t, p->row))
		halt_stuck(t, p);
	if (talk_is_room(t) || p == NULL ||
	    job_named(c, JOB_ADD, p->name.s) != NULL)
		return;
	if (memcmp(c->self.account, p->account, ACCOUNT_ID) > 0) {
		t->secret->rejoin_at = 0;
		return;
	}
	t->secret->rejoin = false;
	halt_end(t);
	talk_set(c, t, TALK_STOPPED);
	message_system(c, t, "%s can't follow it either: the conversation goes "
	    "on in a new group, with all that was said", p->name.s);
	j = job_add(c, JOB_ADD);
	memcpy(j->name, p->name.s, p->name.n < NAME_LEN ? p->name.n :
	    NAME_LEN);
	job_keep(c, j);
}

static int
rejoin_serve(struct client *c, struct talk *t, const struct record *r,
    const struct job *j, const uint8_t id[static WIRE_ID])
{
	const struct device *d = record_device(r, j->device);
	struct job *invite;

	if (t->state != TALK_OPEN)
		return ERR_STATE;
	if (t->secret->group == NULL) {
		if (t->secret->rejoin)
			rejoin_anew(c, t, person_of(c, r->account));
		return ERR_STATE;
	}
	if (!member_in(t->secret->group, bytes_of(r->account, ACCOUNT_ID)))
		return ERR_DENIED;
	if (!rejoin_paced(c, t))
		return ERR_RATE;
	if (!inboxes_remember(c, "tacet rejoin seen", bytes_of(id, WIRE_ID)))
		return ERR_REPLAY;
	invite = invite_add(c, t, r->account);
	rejoin_old(t->secret->group, d, invite);
	job_keep(c, invite);
	members_note(c, t);
	return 0;
}

/* The directory has shown who asks. */
void
rejoin_record(struct client *c, struct job *j, int err, struct bytes raw)
{
	bool own = memcmp(j->account, c->self.account, ACCOUNT_ID) == 0;
	struct person *p = person_of(c, j->account);
	struct record r;
	struct talk *t;
	struct body b;

	if (err == 0)
		err = body_get(buf_view(&j->data), &b);
	if (err == 0)
		err = asked_directory(j, raw, b.rejoin.record, &r);
	if (err == 0 && own)
		err = self_record(c, &r, raw);
	else if (err == 0)
		err = !join_from(c, j->account) ? ERR_DENIED :
		    person_record(c, p, &r, raw);
	t = err == 0 ? talk_of(c, b.rejoin.log) : NULL;
	if (err == 0)
		err = t == NULL ? ERR_NONE :
		    rejoin_serve(c, t, &r, j, b.id);
	if (err != 0)
		log_say(c->log, LOG_WARN, "rejoin", "%s asks to be let in "
		    "again and is not: %s", j->name, err_text(err));
	job_done(c, j);
}
