/* SPDX-License-Identifier: ISC */
/*
 * Somebody asks to talk. The directory must show the same account and device
 * that the box was signed with; then it waits for the user. Where both asked
 * each other it counts as accepted, and the group with the lowest id wins on
 * both sides, whichever request came first.
 */
#include <stdlib.h>

#include "trust.h"

#define NOTE_COLUMNS 200        /* of a note, in the notice of its request */

/* Only the two of us, whatever the Welcome says. */
static int
asked_members(struct client *c, const struct mls_group *g,
    const struct person *p)
{
	const struct mls_leaf *leaf;
	uint32_t i;

	for (i = 0; i < mls_group_leaves(g); i++) {
		leaf = mls_group_leaf(g, i);
		if (leaf == NULL)
			continue;
		if (leaf->credential.body.n != CREDENTIAL_SIZE)
			return ERR_RULE;
		if (memcmp(leaf->credential.body.p, p->account,
		    ACCOUNT_ID) != 0 && memcmp(leaf->credential.body.p,
		    c->self.account, ACCOUNT_ID) != 0)
			return ERR_RULE;
	}
	return 0;
}

static int
asked_join(struct client *c, const struct person *p, struct bytes welcome,
    const uint8_t log[static WIRE_ID], struct package *k,
    struct mls_group **out)
{
	struct mls_join_ask ask = {0};
	struct mls_group *g = NULL;
	struct mls_env env;
	int err;

	client_env(c, &env);
	ask.private = buf_view(&k->private);
	ask.signer = c->self.secret->sign;
	ask.welcome = welcome;
	err = mls_join_welcome(&env, &ask, &g, NULL);
	if (err == 0)
		err = asked_members(c, g, p);
	if (err == 0 && !bytes_same(mls_group_id(g), bytes_of(log, WIRE_ID)))
		err = ERR_RULE;
	if (err != 0) {
		mls_group_free(g);
		return err;
	}
	*out = g;
	return 0;
}

/* A Welcome that nobody will use: its KeyPackage is spent all the same. */
void
asked_unused(struct client *c, struct bytes welcome)
{
	struct package *k = stock_for(c, welcome);

	if (k != NULL)
		stock_spent(c, k);
}

void
asked_joined(struct client *c, struct talk *t)
{
	struct body b = {.code = BODY_joined};

	client_id(c, b.id);
	b.time = (uint64_t)client_now(c);
	b.joined.version = c->self.record.version;
	out_add(c, t, OUT_JOINED, 0, b.id, &b);
}

/* Joins by a Welcome: the group becomes the talk's, whatever it had before. */
static int
asked_enter(struct client *c, struct talk *t, struct bytes welcome,
    const uint8_t log[static WIRE_ID])
{
	struct person *p = client_person(c, t->person);
	struct package *k = stock_for(c, welcome);
	struct mls_group *g;
	bool last;
	int err;

	if (k == NULL)
		return ERR_NONE;
	last = k->last;
	err = asked_join(c, p, welcome, log, k, &g);
	if (err != 0)
		return err;
	stock_spent(c, k);
	talk_take(c, t, g);
	members_note(c, t);
	t->secret->heal = last;         /* weaker until we have updated */
	resend_group(c, t);
	asked_joined(c, t);
	return 0;
}

int
asked_take(struct client *c, struct talk *t, char **why)
{
	struct talk_secret *s = t->secret;
	struct buf welcome = s->welcome;
	uint8_t log[WIRE_ID];
	int err;

	memcpy(log, t->log, WIRE_ID);
	memset(&s->welcome, 0, sizeof(s->welcome));
	err = asked_enter(c, t, buf_view(&welcome), log);
	if (err != 0) {
		s->welcome = welcome;
		return client_refuse(why, err, "the request of %s can't be "
		    "opened (%s): ask them to send a new one, or /add %s "
		    "yourself", t->title.s, err_text(err), t->title.s);
	}
	buf_free(&welcome);
	return 0;
}

/* ---- the directory has answered ---------------------------------------- */

/* The notice of a request, with the beginning of what they say of themselves,
 * as one line in quotes: who answers wants to know why he is asked. */
static void
asked_notice(struct client *c, const struct person *p, struct bytes note)
{
	struct safe line = safe_make(SAFE_LINE, note.p, note.n);
	size_t n = width_fit(line.s, line.n, NOTE_COLUMNS);

	if (n == 0)
		notice_add(c, NOTICE_REQUEST, p->row, true, "%s wants to talk: "
		    "/accept %s, /decline %s or /block %s", p->name.s,
		    p->name.s, p->name.s, p->name.s);
	else
		notice_add(c, NOTICE_REQUEST, p->row, true, "%s wants to talk, "
		    "\"%.*s%s\": /accept %s, /decline %s or /block %s",
		    p->name.s, (int)n, line.s, n < line.n ? "..." : "",
		    p->name.s, p->name.s, p->name.s);
	safe_free(&line);
}

static void
asked_new(struct client *c, struct person *p, const struct body *b)
{
	const struct body_request *q = &b->request;
	struct talk *t = talk_of_person(c, p->row);
	struct message note = {.kind = MESSAGE_TEXT};

	if (t == NULL)
		t = talk_add(c, p, TALK_ASKING);
	talk_forget(c, t);
	memcpy(t->log, q->log, WIRE_ID);
	asked_unused(c, buf_view(&t->secret->welcome));
	buf_free(&t->secret->welcome);
	t->secret->welcome.secret = true;
	buf_bytes(&t->secret->welcome, q->welcome);
	talk_set(c, t, TALK_ASKING);
	talk_dirty(t);
	p->last_heard = client_now(c);
	person_set(c, p, PERSON_ASKING);
	person_keep(c, p);
	if (q->note.n > 0 && !message_seen(c, t, b->id)) {
		memcpy(note.id, b->id, WIRE_ID);
		note.person = p->row;
		note.sent = (int64_t)b->time;
		note.text = safe_make(SAFE_TEXT, q->note.p, q->note.n);
		message_add(c, t, &note);
	}
	notice_answered(c, p->row, NOTICE_REQUEST);
	asked_notice(c, p, q->note);
}

/* Both asked, or a contact asks again: the lowest id wins. */
static void
asked_both(struct client *c, struct person *p, struct talk *t,
    const struct body_request *q)
{
	bool theirs = t->secret->group == NULL ||
	    memcmp(q->log, t->log, WIRE_ID) < 0 || !defence(lowest);
	int err = 0;

	if (t->secret->group != NULL && memcmp(q->log, t->log, WIRE_ID) == 0)
		return;
	if (theirs)
		err = asked_enter(c, t, q->welcome, q->log);
	else
		asked_unused(c, q->welcome);
	if (err != 0) {
		log_say(c->log, LOG_WARN, "asked", "%s's request does not "
		    "open: %s", p->name.s, err_text(err));
		if (p->state == PERSON_ASKED)
			talk_stop(c, t, err_text(err));
		return;
	}
	p->last_heard = client_now(c);
	if (p->state == PERSON_ASKED)
		notice_add(c, NOTICE_ACCEPTED, p->row, false, "%s asked you "
		    "too: you can talk", p->name.s);
	person_keep(c, p);
	person_set(c, p, PERSON_CONTACT);
	talk_set(c, t, TALK_OPEN);
}

int
asked_directory(const struct job *j, struct bytes raw, struct bytes claim,
    struct record *r)
{
	struct record claimed;
	int err;

	err = record_get(raw, r);
	if (err == 0)
		err = record_get(claim, &claimed);
	if (err == 0 && (strcmp(r->name, j->name) != 0 ||
	    memcmp(r->account, j->account, ACCOUNT_ID) != 0))
		err = ERR_RULE;         /* a name that isn't theirs */
	if (err == 0)
		err = record_follows(&claimed, r);
	if (err == 0 && record_device(r, j->device) == NULL)
		err = ERR_DENIED;
	return err;
}

static void
asked_person(struct client *c, const struct record *r, struct bytes raw,
    const struct body *b, struct bytes held)
{
	struct person *p = client_person_named(c, r->name);
	struct talk *t;
	struct job *add;

	if (p == NULL)
		p = person_of(c, r->account);   /* under another name before */
	if (p != NULL && person_record(c, p, r, raw) != 0) {
		newkey_hold(c, p, r, held);
		return;
	}
	if (p == NULL)
		p = person_add(c, r, raw, PERSON_KNOWN);
	add = job_named(c, JOB_ADD, r->name);
	if (p->state == PERSON_KNOWN && add != NULL)
		person_set(c, p, PERSON_ASKED);
	t = talk_of_person(c, p->row);
	switch (p->state) {
	case PERSON_BLOCKED:
		return;
	case PERSON_ASKED:
	case PERSON_CONTACT:
		if (t == NULL)
			t = talk_add(c, p, TALK_ASKED);
		asked_both(c, p, t, &b->request);
		if (add != NULL && t->secret->group != NULL)
			job_done(c, add);
		return;
	default:
		asked_new(c, p, b);
		return;
	}
}

void
asked_box(struct client *c, struct job *j, int err, struct bytes raw)
{
	struct record r;
	struct body b;

	if (err == 0)
		err = body_get(buf_view(&j->data), &b);
	if (err == 0)
		err = asked_directory(j, raw, b.request.record, &r);
	if (err == 0 && b.request.suite != c->self.suite)
		err = ERR_SUITE;
	if (err == 0 && stock_for(c, b.request.welcome) == NULL)
		err = ERR_REPLAY;       /* for a KeyPackage that is spent */
	if (err == 0)
		asked_person(c, &r, raw, &b, buf_view(&j->data));
	else
		log_say(c->log, LOG_WARN, "asked", "a request under the name "
		    "%s is dropped: %s", j->name, err_text(err));
	job_done(c, j);
}

/* A request that was held apart because of a changed key, which is accepted
 * now; the Welcome in it may be spent or too old. */
int
asked_held(struct client *c, struct person *p, struct bytes held)
{
	struct body b;
	int err = body_get(held, &b);

	if (err != 0)
		return err;
	if (b.code != BODY_request || b.request.suite != c->self.suite)
		return ERR_SUITE;
	if (stock_for(c, b.request.welcome) == NULL)
		return ERR_REPLAY;
	asked_new(c, p, &b);
	return client_accept(c, p, NULL);
}

/* ---- the user's answer ------------------------------------------------- */

int
client_accept(struct client *c, struct person *p, char **why)
{
	struct talk *t = talk_of_person(c, p->row);
	int err;

	if (p->changed)
		return client_refuse(why, ERR_CHANGED, "the account key of %s "
		    "has changed: /person %s shows both", p->name.s, p->name.s);
	if (p->state != PERSON_ASKING || t == NULL)
		return client_refuse(why, ERR_STATE, "%s is not asking for "
		    "anything: /add %s asks them", p->name.s, p->name.s);
	err = asked_take(c, t, why);
	if (err != 0)
		return err;
	person_set(c, p, PERSON_CONTACT);
	talk_set(c, t, TALK_OPEN);
	notice_answered(c, p->row, NOTICE_REQUEST);
	timer_set(c->timer, 1);
	return 0;
}

int
client_decline(struct client *c, struct person *p, char **why)
{
	struct body b = {.code = BODY_decline};
	struct talk *t = talk_of_person(c, p->row);

	if (p->state != PERSON_ASKING || t == NULL)
		return client_refuse(why, ERR_STATE, "%s is not asking for "
		    "anything", p->name.s);
	client_id(c, b.id);
	b.time = (uint64_t)client_now(c);
	memcpy(b.decline.log, t->log, WIRE_ID);
	post_all(c, p, &b);
	asked_unused(c, buf_view(&t->secret->welcome));
	buf_free(&t->secret->welcome);
	talk_set(c, t, TALK_CLOSED);
	talk_dirty(t);
	person_set(c, p, PERSON_KNOWN);
	notice_answered(c, p->row, NOTICE_REQUEST);
	timer_set(c->timer, 1);
	return 0;
}

/* Silent towards them: nothing is said, and what comes is dropped. */
int
client_block(struct client *c, struct person *p, char **why)
{
	struct talk *t = talk_of_person(c, p->row);
	struct job *add = job_named(c, JOB_ADD, p->name.s);

	if (p->state == PERSON_BLOCKED)
		return client_refuse(why, ERR_STATE, "%s is blocked already: "
		    "/unblock %s undoes it", p->name.s, p->name.s);
	if (add != NULL)
		job_done(c, add);
	if (t != NULL) {
		asked_unused(c, buf_view(&t->secret->welcome));
		buf_free(&t->secret->welcome);
		talk_set(c, t, TALK_CLOSED);
		talk_dirty(t);
		outs_fail(c, t, ERR_DENIED);
		follow_close(c, t);
	}
	person_set(c, p, PERSON_BLOCKED);
	notice_answered(c, p->row, NOTICE_REQUEST);
	notice_answered(c, p->row, NOTICE_CHANGED);
	return 0;
}

int
client_unblock(struct client *c, struct person *p, char **why)
{
	struct talk *t = talk_of_person(c, p->row);
	bool had = t != NULL && t->secret->group != NULL;

	if (p->state != PERSON_BLOCKED)
		return client_refuse(why, ERR_STATE, "%s is not blocked",
		    p->name.s);
	person_set(c, p, had ? PERSON_CONTACT : PERSON_KNOWN);
	if (had)
		talk_set(c, t, p->changed ? TALK_STOPPED : TALK_OPEN);
	timer_set(c->timer, 1);
	return 0;
}
