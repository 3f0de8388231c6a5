/* SPDX-License-Identifier: ISC */
/*
 * A changed account key. The directory shows another key for a name that we
 * know: nothing is sent to either until the user says so, drafts and history
 * stay, and what the new key asks for is held apart. Only the user (or a policy
 * that the user has set for this very person) takes the new key; then a new
 * conversation begins with it, and what no device of the old key confirmed is
 * not handed to the new one.
 */
#include <stdlib.h>

#include "trust.h"

#define SETTLED_MS 2000

/* ---- shown, and gone again -------------------------------------------------- */

void
newkey_shown(struct client *c, struct person *p, const struct record *r,
    struct bytes raw)
{
	struct talk *t = talk_of_person(c, p->row);
	bool was = p->verified;

	if (p->changed && memcmp(p->changed_to, r->account, ACCOUNT_ID) == 0)
		return;
	p->changed = true;
	p->verified = false;
	memcpy(p->changed_to, r->account, ACCOUNT_ID);
	p->trust.changed_when = client_now(c);
	buf_clear(&p->trust.shown);
	buf_bytes(&p->trust.shown, raw);
	buf_clear(&p->trust.held);      /* of yet another key */
	person_keep(c, p);
	trust_keep(c, p);
	if (t != NULL && t->state != TALK_CLOSED)
		talk_set(c, t, TALK_STOPPED);
	notice_answered(c, p->row, NOTICE_CHANGED);
	notice_add(c, NOTICE_CHANGED, p->row, true, "the relay shows another "
	    "account key for %s%s: sending has stopped, nothing you wrote is "
	    "lost. Ask %s over another way whether the key is new; "
	    "/person %s shows both", p->name.s, was ? ", whose old one you "
	    "have compared" : "", p->name.s, p->name.s);
	log_say(c->log, LOG_WARN, "person", "the account key of %s has changed",
	    p->name.s);
	client_event(c, EVENT_person, NULL, NULL, p, NULL);
	client_show(c);
	timer_set(c->timer, 1);
}

/* The pinned key is back: what goes on goes to that key, as ever. That another
 * one was shown stays written down. */
void
newkey_back(struct client *c, struct person *p)
{
	struct talk *t = talk_of_person(c, p->row);

	p->changed = false;
	buf_free(&p->trust.shown);
	buf_free(&p->trust.held);
	person_keep(c, p);
	trust_keep(c, p);
	notice_answered(c, p->row, NOTICE_CHANGED);
	notice_add(c, NOTICE_INFO, p->row, false, "the relay shows the old "
	    "account key of %s again, and sending goes on with it; for a "
	    "while it showed another one: ask its operator why", p->name.s);
	if (t != NULL && t->state == TALK_STOPPED && t->secret->group != NULL)
		talk_set(c, t, p->state == PERSON_ASKED ? TALK_ASKED :
		    TALK_OPEN);
	client_event(c, EVENT_person, NULL, NULL, p, NULL);
}

/* ---- what the new key says -------------------------------------------------- */

void
newkey_hold(struct client *c, struct person *p, const struct record *r,
    struct bytes body)
{
	struct trust *t = &p->trust;
	struct body b;

	if (!p->changed || p->state == PERSON_BLOCKED ||
	    memcmp(r->account, p->changed_to, ACCOUNT_ID) != 0 ||
	    body_get(body, &b) != 0 || b.code != BODY_request)
		return;
	buf_clear(&t->held);
	buf_bytes(&t->held, body);
	safe_free(&t->note);
	t->note = safe_make(SAFE_TEXT, b.request.note.p, b.request.note.n);
	trust_keep(c, p);
	notice_add(c, NOTICE_INFO, p->row, false, "somebody with the new key "
	    "of %s wants to talk: held apart until you have decided about the "
	    "key; /person %s", p->name.s, p->name.s);
	client_event(c, EVENT_person, NULL, NULL, p, NULL);
	client_show(c);
}

/* ---- accepted ----------------------------------------------------------------- */

/* It was written for the old key: whether the new one may read it is not ours
 * to say. */
static void
newkey_unsent(struct client *c, struct talk *t, struct message *m)
{
	message_step(c, t, m, LADDER_FAILED, ERR_CHANGED);
}

static void
newkey_talk(struct client *c, struct person *p, struct talk *t)
{
	unsigned waited = t->waiting;

	outs_fail(c, t, ERR_CHANGED);
	messages_unheard(c, t, newkey_unsent);
	talk_forget(c, t);
	client_id(c, t->log);
	message_system(c, t, "from here on it is another key of %s; what "
	    "stands above was said with the old one", p->name.s);
	if (waited > 0)
		message_system(c, t, "%u message%s of yours had not left: send "
		    "%s again if the new key may read %s", waited,
		    waited == 1 ? "" : "s", waited == 1 ? "it" : "them",
		    waited == 1 ? "it" : "them");
}

/* Versions of the old account's record judge no leaf of the new one. */
static void
newkey_past(struct client *c, struct person *p)
{
	if (p->past == NULL)
		return;
	while (p->past->n > 0)
		past_drop(c, p->past);
	past_free(p->past);
	free(p->past);
	p->past = NULL;
}

static void
newkey_take(struct client *c, struct person *p, const struct record *r,
    struct bytes raw)
{
	struct trust *t = &p->trust;

	t->had = true;
	memcpy(t->before, p->account, ACCOUNT_ID);
	t->accepted = client_now(c);
	newkey_past(c, p);
	p->expired = false;
	person_take(c, p, r, raw);
	p->state = PERSON_KNOWN;
	p->last_heard = 0;
	trust_renew(c, p);
	notice_answered(c, p->row, NOTICE_CHANGED);
	notice_answered(c, p->row, NOTICE_REQUEST);
}

/* Their own request first; else we ask. */
static int
newkey_begin(struct client *c, struct person *p, struct buf *held, char **why)
{
	int err = ERR_NONE;

	if (held->n > 0)
		err = asked_held(c, p, buf_view(held));
	if (err != 0)
		err = client_add(c, p->name.s, NULL, why);
	buf_free(held);
	return err;
}

int
client_newkey(struct client *c, struct person *p, char **why)
{
	struct talk *t = talk_of_person(c, p->row);
	struct buf raw = {0}, held = {0};
	struct record r;
	int err;

	if (!p->changed)
		return client_refuse(why, ERR_STATE, "the account key of %s "
		    "has not changed: there is nothing to accept", p->name.s);
	if (p->state == PERSON_BLOCKED)
		return client_refuse(why, ERR_DENIED, "you have blocked %s: "
		    "/unblock %s first", p->name.s, p->name.s);
	if (job_named(c, JOB_ADD, p->name.s) != NULL)
		return client_refuse(why, ERR_EXISTS, "you are asking %s "
		    "already: /why says how far it is", p->name.s);
	buf_bytes(&raw, buf_view(&p->trust.shown));
	buf_bytes(&held, buf_view(&p->trust.held));
	err = record_get(buf_view(&raw), &r);
	if (err == 0 && memcmp(r.account, p->changed_to, ACCOUNT_ID) != 0)
		err = ERR_RULE;
	if (err != 0) {
		buf_free(&raw);
		buf_free(&held);
		return client_refuse(why, err, "the record of the new key is "
		    "not here: /disconnect, then /connect looks it up again");
	}
	if (t != NULL)
		newkey_talk(c, p, t);
	newkey_take(c, p, &r, buf_view(&raw));
	log_say(c->log, LOG_WARN, "person", "the new account key of %s was "
	    "accepted", p->name.s);
	err = newkey_begin(c, p, &held, why);
	buf_free(&raw);
	return err;
}

/* Who compared the words, or has them from the other side, compared those of
 * the key that stood there: not of one that has come since. */
int
client_newkey_verified(struct client *c, struct person *p, const char *typed,
    char **why)
{
	char *wrong = NULL;
	int err = 0;

	if (p->changed && client_now(c) - p->trust.changed_when < SETTLED_MS)
		return client_refuse(why, ERR_RATE, "the directory has shown "
		    "another key just now: look at the words once more");
	if (p->changed && typed != NULL)
		err = safety_check(typed, c->self.account, p->changed_to,
		    &wrong);
	if (err != 0) {
		err = client_refuse(why, err, "that is not the safety number "
		    "of the new key of %s%s%s: nothing was accepted. /person "
		    "%s shows it", p->name.s, wrong != NULL ? ": " : "",
		    wrong != NULL ? wrong : "", p->name.s);
		free(wrong);
		return err;
	}
	err = client_newkey(c, p, why);
	if (err == 0)
		trust_set(c, p, typed != NULL ? WAY_code : WAY_number);
	return err;
}

int
client_policy(struct client *c, struct person *p, bool accept, char **why)
{
	(void)why;
	p->trust.accept = accept;
	trust_keep(c, p);
	log_say(c->log, LOG_INFO, "person", "a changed key of %s will %s",
	    p->name.s, accept ? "be accepted" : "stop everything");
	client_event(c, EVENT_person, NULL, NULL, p, NULL);
	timer_set(c->timer, 1);
	client_show(c);
	return 0;
}

/* The policy was set for this person by the user, and each use of it shows. */
void
newkey_drive(struct client *c)
{
	struct person *p;
	char *why = NULL;

	for (size_t i = 0; i < c->people; i++) {
		p = c->person[i];
		if (!p->changed || !p->trust.accept || p->trust.shown.n == 0 ||
		    p->state == PERSON_BLOCKED ||
		    job_named(c, JOB_ADD, p->name.s) != NULL)
			continue;
		if (client_newkey(c, p, &why) == 0)
			notice_add(c, NOTICE_INFO, p->row, false, "the new "
			    "account key of %s was accepted without asking, by "
			    "/policy %s accept; it is not compared", p->name.s,
			    p->name.s);
		free(why);
		why = NULL;
	}
}
