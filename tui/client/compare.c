/* SPDX-License-Identifier: ISC */
/*
 * Comparing live: both sides see the same seven words (spoken.c) and say
 * whether they are the same. One comparison at a time, in memory only. The
 * bodies travel inside the conversation; what is late, repeated, reflected or
 * of another session changes nothing, and a number that was not the one
 * committed to ends it with an alarm. A yes verifies the key here; a no of
 * either side takes that back on both.
 */
#include <assert.h>

#include "trust.h"

#define COMPARE_MS (5 * 60 * 1000)      /* for each step */
#define STALE_MS (2 * COMPARE_MS)       /* an invitation from long ago */

const struct compare *
client_compare(const struct client *c)
{
	return &c->compare;
}

static bool
compare_active(const struct client *c)
{
	return c->compare.step != COMPARE_NONE &&
	    c->compare.step != COMPARE_OVER;
}

static void
compare_step(struct client *c, enum compare_step step)
{
	struct compare *k = &c->compare;

	k->step = step;
	k->until = client_mono(c) + COMPARE_MS;
	if (compare_active(c))
		client_wake(c, k->until);
	client_event(c, EVENT_compare, NULL, NULL, client_person(c,
	    k->person), NULL);
	client_show(c);
}

static void
compare_clear(struct client *c, struct person *p)
{
	mem_wipe(&c->compare, sizeof(c->compare));
	c->compare.person = p->row;
}

void
compare_free(struct client *c)
{
	mem_wipe(&c->compare, sizeof(c->compare));
}

/* ---- said to the other side ------------------------------------------------ */

static void
say_end(struct client *c, struct talk *t, const uint8_t session[static WIRE_ID],
    enum compare_how how)
{
	struct body b = {.code = BODY_compare_end};

	memcpy(b.compare_end.session, session, WIRE_ID);
	b.compare_end.how = (uint8_t)how;
	trust_say(c, t, OUT_MOMENT, &b);
}

static void
say_number(struct client *c, struct talk *t, uint16_t code)
{
	struct compare *k = &c->compare;
	struct body b = {.code = code};
	bool join = code == BODY_compare_join;

	memcpy(join ? b.compare_join.session : b.compare_show.session,
	    k->what.session, WIRE_ID);
	memcpy(join ? b.compare_join.number : b.compare_show.number, k->mine,
	    KEY_SIZE);
	trust_say(c, t, OUT_MOMENT, &b);
}

static void
say_begin(struct client *c, struct talk *t)
{
	struct compare *k = &c->compare;
	struct body b = {.code = BODY_compare};

	memcpy(b.compare.session, k->what.session, WIRE_ID);
	memcpy(b.compare.commit, k->commit, HASH32);
	trust_say(c, t, OUT_MOMENT, &b);
}

/* ---- how it ends ------------------------------------------------------------ */

static void
compare_over(struct client *c, enum compare_how how)
{
	c->compare.end = how;
	notice_answered(c, c->compare.person, NOTICE_COMPARE);
	compare_step(c, COMPARE_OVER);
}

/* A no, of whoever, or numbers that don't fit: nobody is verified by this. */
static void
compare_alarm(struct client *c, struct talk *t, struct person *p,
    enum compare_how how)
{
	trust_differed(c, p);
	message_system(c, t, how == COMPARE_BENT ? "comparing with %s failed: "
	    "what arrived was not what was announced" : "the seven words were "
	    "not the same as those of %s", p->name.s);
	notice_add(c, NOTICE_ERROR, p->row, false, "the comparison with %s "
	    "failed%s. Somebody may be between you: write nothing secret, and "
	    "compare once more with /compare %s, or the whole number with "
	    "/person %s", p->name.s, how == COMPARE_BENT ? ": what arrived was "
	    "not what was announced" : ": the words were not the same",
	    p->name.s, p->name.s);
	compare_over(c, how);
}

static void
compare_same(struct client *c, struct person *p)
{
	struct compare *k = &c->compare;

	if (k->said && p->trust.way != WAY_live)
		trust_set(c, p, WAY_live);
	if (!k->said || !k->they_said) {
		compare_step(c, COMPARE_WORDS);
		return;
	}
	message_system(c, talk_of_person(c, p->row), "you and %s have compared "
	    "seven words: they were the same", p->name.s);
	compare_over(c, COMPARE_SAME);
}

/* ---- what we do ----------------------------------------------------------- */

static int
compare_judge(struct client *c, const struct person *p, const struct talk *t,
    char **why)
{
	const struct person *with = client_person(c, c->compare.person);

	if (p->changed)
		return client_refuse(why, ERR_CHANGED, "the account key of %s "
		    "has changed: /person %s shows both", p->name.s, p->name.s);
	if (t == NULL || t->state != TALK_OPEN || t->secret->group == NULL)
		return client_refuse(why, ERR_STATE, "there is no open "
		    "conversation with %s to compare in: /add %s first",
		    p->name.s, p->name.s);
	if (compare_active(c) && c->compare.step != COMPARE_CALLED &&
	    with != NULL)
		return client_refuse(why, ERR_BUSY, with == p ? "you are "
		    "comparing with %s already: look at /person %s" : "you are "
		    "comparing with %s: end that first with /compare-stop",
		    with->name.s, with->name.s);
	if (client_online(c) != ONLINE_ON)
		return client_refuse(why, ERR_NET, "comparing live needs both "
		    "of you online, and you are not: /connect, or compare the "
		    "number with /person %s", p->name.s);
	return 0;
}

static int
compare_join(struct client *c, struct person *p, struct talk *t)
{
	struct compare *k = &c->compare;

	memcpy(k->what.second, c->self.record.account_key, SIGN_PUBLIC);
	memcpy(k->what.first, p->account_key, SIGN_PUBLIC);
	memcpy(k->what.log, t->log, WIRE_ID);
	rng_fill(c->rng, k->mine, KEY_SIZE);
	notice_answered(c, p->row, NOTICE_COMPARE);
	say_number(c, t, BODY_compare_join);
	compare_step(c, COMPARE_JOINED);
	return 0;
}

static void
compare_call(struct client *c, struct person *p, struct talk *t)
{
	struct compare *k = &c->compare;

	compare_clear(c, p);
	k->first = true;
	memcpy(k->what.first, c->self.record.account_key, SIGN_PUBLIC);
	memcpy(k->what.second, p->account_key, SIGN_PUBLIC);
	memcpy(k->what.log, t->log, WIRE_ID);
	client_id(c, k->what.session);
	rng_fill(c->rng, k->mine, KEY_SIZE);
	spoken_commit(&k->what, k->mine, k->commit);
	say_begin(c, t);
	compare_step(c, COMPARE_CALLING);
}

int
client_compare_begin(struct client *c, struct person *p, char **why)
{
	struct compare *k = &c->compare;
	struct talk *t = talk_of_person(c, p->row);
	int err = compare_judge(c, p, t, why);

	if (err != 0)
		return err;
	assert(t != NULL);      /* judged: they talk */
	if (k->step == COMPARE_CALLED && k->person == p->row)
		return compare_join(c, p, t);
	if (k->step == COMPARE_CALLED) {
		/* somebody else's that we don't join */
		struct talk *other = talk_of_person(c, k->person);

		if (other != NULL)
			say_end(c, other, k->what.session, COMPARE_BUSY);
		notice_answered(c, k->person, NOTICE_COMPARE);
	}
	compare_call(c, p, t);
	return 0;
}

int
client_compare_say(struct client *c, bool same, char **why)
{
	struct compare *k = &c->compare;
	struct person *p = client_person(c, k->person);
	struct talk *t = p != NULL ? talk_of_person(c, p->row) : NULL;

	if (k->step != COMPARE_WORDS || t == NULL)
		return client_refuse(why, ERR_STATE, "no words stand there to "
		    "be compared: /compare WHO begins");
	say_end(c, t, k->what.session, same ? COMPARE_SAME : COMPARE_DIFFER);
	k->said = same;
	if (same)
		compare_same(c, p);
	else
		compare_alarm(c, t, p, COMPARE_DIFFER);
	return 0;
}

int
client_compare_stop(struct client *c, char **why)
{
	struct compare *k = &c->compare;
	struct talk *t = talk_of_person(c, k->person);

	if (k->step == COMPARE_NONE)
		return client_refuse(why, ERR_STATE, "nothing is being "
		    "compared: /compare WHO begins");
	if (!compare_active(c) || t == NULL) {
		compare_free(c);
		client_show(c);
		return 0;
	}
	if (!k->said)
		say_end(c, t, k->what.session, COMPARE_STOPPED);
	compare_over(c, k->said ? COMPARE_SAME : COMPARE_STOPPED);
	return 0;
}

/* ---- what they say ---------------------------------------------------------- */

static void
called(struct client *c, struct talk *t, struct person *p, const struct body *b)
{
	struct compare *k = &c->compare;
	const struct body_compare *q = &b->compare;
	int64_t age = client_now(c) - (int64_t)b->time;

	if (age > STALE_MS || age < -STALE_MS) {
		message_system(c, t, "%s wanted to compare words with you: "
		    "/compare %s begins anew", p->name.s, p->name.s);
		return;
	}
	if (compare_active(c) && k->person != p->row) {
		say_end(c, t, q->session, COMPARE_BUSY);
		message_system(c, t, "%s wanted to compare words with you, "
		    "while you did with somebody else: /compare %s begins "
		    "anew", p->name.s, p->name.s);
		return;
	}
	/* both began: the lower session goes on, the other side joins it */
	if (k->step == COMPARE_CALLING) {
		if (memcmp(q->session, k->what.session, WIRE_ID) >= 0)
			return;
		compare_clear(c, p);
		memcpy(k->what.session, q->session, WIRE_ID);
		memcpy(k->commit, q->commit, HASH32);
		(void)compare_join(c, p, t);
		return;
	}
	/* one that was begun before is dead: they have begun again */
	compare_clear(c, p);
	memcpy(k->what.session, q->session, WIRE_ID);
	memcpy(k->commit, q->commit, HASH32);
	compare_step(c, COMPARE_CALLED);
	notice_answered(c, p->row, NOTICE_COMPARE);
	notice_add(c, NOTICE_COMPARE, p->row, true, "%s is there and wants to "
	    "compare seven words with you: /compare %s", p->name.s, p->name.s);
}

/* The one who joined has drawn a number: ours may be seen now. */
static void
joined(struct client *c, struct talk *t, struct person *p,
    const struct body_compare_join *q)
{
	struct compare *k = &c->compare;

	if (k->step != COMPARE_CALLING)
		return;
	if ((memcmp(q->number, k->mine, KEY_SIZE) == 0 ||
	    memcmp(q->number, k->commit, KEY_SIZE) == 0) && defence(echo)) {
		compare_alarm(c, t, p, COMPARE_BENT);   /* sent back to us */
		return;
	}
	memcpy(k->theirs, q->number, KEY_SIZE);
	say_number(c, t, BODY_compare_show);
	spoken_words(&k->what, k->mine, k->theirs, k->word);
	compare_step(c, COMPARE_WORDS);
}

static void
shown(struct client *c, struct talk *t, struct person *p,
    const struct body_compare_show *q)
{
	struct compare *k = &c->compare;
	uint8_t commit[HASH32];

	if (k->step != COMPARE_JOINED)
		return;
	spoken_commit(&k->what, q->number, commit);
	if (memcmp(commit, k->commit, HASH32) != 0 && defence(commit)) {
		say_end(c, t, k->what.session, COMPARE_BENT);
		compare_alarm(c, t, p, COMPARE_BENT);
		return;
	}
	memcpy(k->theirs, q->number, KEY_SIZE);
	spoken_words(&k->what, k->theirs, k->mine, k->word);
	compare_step(c, COMPARE_WORDS);
}

static void
ended(struct client *c, struct talk *t, struct person *p, enum compare_how how)
{
	struct compare *k = &c->compare;

	if (how == COMPARE_SAME && k->step == COMPARE_WORDS) {
		k->they_said = true;
		compare_same(c, p);
	} else if (how == COMPARE_DIFFER || how == COMPARE_BENT) {
		compare_alarm(c, t, p, how);
	} else if (how != COMPARE_SAME) {
		compare_over(c, how <= COMPARE_BENT ? how : COMPARE_STOPPED);
	}
}

static const uint8_t *
session_of(const struct body *b)
{
	switch (b->code) {
	case BODY_compare_join:
		return b->compare_join.session;
	case BODY_compare_show:
		return b->compare_show.session;
	default:
		return b->compare_end.session;
	}
}

/* A no that comes after we have said yes and left still counts. */
static bool
compare_mine(const struct client *c, const struct person *p,
    const struct body *b)
{
	const struct compare *k = &c->compare;

	if (k->person != p->row || k->step == COMPARE_NONE ||
	    memcmp(session_of(b), k->what.session, WIRE_ID) != 0)
		return false;
	return k->step != COMPARE_OVER || (b->code == BODY_compare_end &&
	    b->compare_end.how == COMPARE_DIFFER && k->said);
}

void
compare_body(struct client *c, struct talk *t, struct person *p,
    const struct body *b)
{
	if (p->state != PERSON_CONTACT || p->changed)
		return;
	if (b->code == BODY_compare) {
		called(c, t, p, b);
		return;
	}
	if (!compare_mine(c, p, b)) {
		/* they joined what we know nothing of any more */
		if (b->code == BODY_compare_join)
			say_end(c, t, session_of(b), COMPARE_UNKNOWN);
		return;
	}
	if (b->code == BODY_compare_join)
		joined(c, t, p, &b->compare_join);
	else if (b->code == BODY_compare_show)
		shown(c, t, p, &b->compare_show);
	else
		ended(c, t, p, (enum compare_how)b->compare_end.how);
}

void
compare_drive(struct client *c)
{
	struct compare *k = &c->compare;
	struct person *p = client_person(c, k->person);
	struct talk *t = talk_of_person(c, k->person);

	if (!compare_active(c))
		return;
	if (p == NULL || t == NULL || p->changed || t->state != TALK_OPEN) {
		compare_over(c, COMPARE_STOPPED);
		return;
	}
	if (client_mono(c) < k->until) {
		client_wake(c, k->until);
		return;
	}
	/* a yes of ours stands; that they never answered is said */
	say_end(c, t, k->what.session, k->said ? COMPARE_SAME : COMPARE_LATE);
	compare_over(c, COMPARE_LATE);
}
