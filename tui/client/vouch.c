/* SPDX-License-Identifier: ISC */
/*
 * Vouching: somebody whose key we have verified is asked what they know of the
 * new key of a third person. They tell only when their user agrees, since it
 * shows whom they know; and what they tell stays their claim: nothing is
 * verified by it here. An answer that nobody asked for is dropped.
 */
#include "trust.h"

/* ---- we ask -------------------------------------------------------------------- */

static struct vouch *
vouch_of(struct person *p, int64_t by, const uint8_t account[static ACCOUNT_ID])
{
	struct trust *t = &p->trust;

	for (size_t i = 0; i < t->vouches; i++)
		if (t->vouch[i].by == by && memcmp(t->vouch[i].account,
		    account, ACCOUNT_ID) == 0)
			return &t->vouch[i];
	return NULL;
}

/* The account in question: the one that the directory shows now. */
static const uint8_t *
vouch_account(const struct person *p)
{
	return p->changed ? p->changed_to : p->account;
}

static void
vouch_asked(struct client *c, struct person *p, const struct person *by)
{
	struct trust *t = &p->trust;
	struct vouch *v = vouch_of(p, by->row, vouch_account(p));

	if (v == NULL) {
		t->vouch = mem_grow(t->vouch, t->vouches + 1,
		    sizeof(*t->vouch));
		v = &t->vouch[t->vouches++];
	}
	*v = (struct vouch){.by = by->row, .time = client_now(c)};
	memcpy(v->account, vouch_account(p), ACCOUNT_ID);
	trust_keep(c, p);
	client_show(c);
}

int
client_vouch_ask(struct client *c, struct person *about, struct person *whom,
    char **why)
{
	struct body b = {.code = BODY_vouch_ask};
	struct talk *t = talk_of_person(c, whom->row);

	if (about == whom)
		return client_refuse(why, ERR_INPUT, "%s can't vouch for their "
		    "own key: name somebody else who knows them", whom->name.s);
	if (!whom->verified || whom->changed)
		return client_refuse(why, ERR_DENIED, "you have not compared "
		    "the key of %s: what they say proves nothing; /person %s "
		    "first", whom->name.s, whom->name.s);
	if (t == NULL || t->state != TALK_OPEN)
		return client_refuse(why, ERR_STATE, "there is no open "
		    "conversation with %s: /add %s first", whom->name.s,
		    whom->name.s);
	b.vouch_ask.name = bytes_of(about->name.s, about->name.n);
	memcpy(b.vouch_ask.account, vouch_account(about), ACCOUNT_ID);
	trust_say(c, t, OUT_SAYING, &b);
	vouch_asked(c, about, whom);
	return 0;
}

static void
vouch_told(struct client *c, struct person *by, const struct body_vouch *q)
{
	static const char *const said[] = {
		[VOUCH_COMPARED] = "has compared this key with them",
		[VOUCH_SEEN] = "is shown the same key, and has not compared it",
		[VOUCH_OTHER] = "is shown another key: take care",
		[VOUCH_NOTHING] = "can't say anything about it",
	};
	struct person *p = NULL;
	struct vouch *v;

	for (size_t i = 0; i < c->people && p == NULL; i++)
		if (bytes_same(q->name, bytes_of(c->person[i]->name.s,
		    c->person[i]->name.n)))
			p = c->person[i];
	v = p != NULL ? vouch_of(p, by->row, q->account) : NULL;
	if (v == NULL || !by->verified || by->changed ||
	    q->said < VOUCH_COMPARED || q->said > VOUCH_NOTHING)
		return;
	v->said = (enum vouch_said)q->said;
	v->since = (int64_t)q->since;
	v->time = client_now(c);
	trust_keep(c, p);
	notice_add(c, q->said == VOUCH_OTHER ? NOTICE_ERROR : NOTICE_INFO,
	    p->row, false, "%s about the %skey of %s: %s. /person %s",
	    by->name.s, p->changed ? "new " : "", p->name.s, said[q->said],
	    p->name.s);
	client_event(c, EVENT_person, NULL, NULL, p, NULL);
	client_show(c);
}

/* ---- we are asked ---------------------------------------------------------------- */

/* What waits for the user's answer is kept as a vouch about ourselves knowing:
 * in the asker's trust, under no person's row. */
static struct vouch *
vouch_question(struct person *asker)
{
	struct trust *t = &asker->trust;

	for (size_t i = t->vouches; i-- > 0;)
		if (t->vouch[i].by == 0)
			return &t->vouch[i];
	return NULL;
}

static void
vouch_question_end(struct client *c, struct person *asker)
{
	struct trust *t = &asker->trust;
	size_t kept = 0;

	for (size_t i = 0; i < t->vouches; i++)
		if (t->vouch[i].by != 0)
			t->vouch[kept++] = t->vouch[i];
	t->vouches = kept;
	safe_free(&t->asks);
	t->asks = safe_of("");
	trust_keep(c, asker);
}

static void
vouch_wanted(struct client *c, struct person *asker,
    const struct body_vouch_ask *q)
{
	struct trust *t = &asker->trust;
	struct vouch v = {.time = client_now(c)};

	if (asker->state != PERSON_CONTACT || asker->changed ||
	    !name_ok(q->name))
		return;
	vouch_question_end(c, asker);
	memcpy(v.account, q->account, ACCOUNT_ID);
	t->vouch = mem_grow(t->vouch, t->vouches + 1, sizeof(*t->vouch));
	t->vouch[t->vouches++] = v;
	safe_free(&t->asks);
	t->asks = safe_make(SAFE_NAME, q->name.p, q->name.n);
	trust_keep(c, asker);
	notice_answered(c, asker->row, NOTICE_VOUCH);
	notice_add(c, NOTICE_VOUCH, asker->row, true, "%s asks what you know "
	    "of the key of %s. Telling shows whether you know %s: "
	    "/vouch-tell yes %s, or /vouch-tell no %s", asker->name.s,
	    t->asks.s, t->asks.s, asker->name.s, asker->name.s);
}

const char *
client_vouch_open(struct client *c, const struct person *asker)
{
	(void)c;
	return asker->trust.asks.n > 0 ? asker->trust.asks.s : NULL;
}

static enum vouch_said
vouch_known(struct client *c, const char *name, const struct vouch *v,
    int64_t *since)
{
	struct person *p = client_person_named(c, name);

	*since = 0;
	if (strcmp(name, c->self.name) == 0) {
		*since = client_now(c);
		return memcmp(v->account, c->self.account, ACCOUNT_ID) == 0 ?
		    VOUCH_COMPARED : VOUCH_OTHER;
	}
	if (p == NULL)
		return VOUCH_NOTHING;
	if (memcmp(p->account, v->account, ACCOUNT_ID) != 0)
		return p->changed && memcmp(p->changed_to, v->account,
		    ACCOUNT_ID) == 0 ? VOUCH_SEEN : VOUCH_OTHER;
	*since = p->verified ? p->trust.when : p->since;
	return p->verified && !p->changed ? VOUCH_COMPARED : VOUCH_SEEN;
}

int
client_vouch_tell(struct client *c, struct person *asker, bool yes, char **why)
{
	struct body b = {.code = BODY_vouch};
	struct talk *t = talk_of_person(c, asker->row);
	struct vouch *v = vouch_question(asker);
	int64_t since = 0;

	if (v == NULL || asker->trust.asks.n == 0 || t == NULL)
		return client_refuse(why, ERR_STATE, "%s has not asked you "
		    "about anybody", asker->name.s);
	if (t->state != TALK_OPEN || asker->changed)
		return client_refuse(why, ERR_STATE, "the conversation with %s "
		    "is not open: /person %s", asker->name.s, asker->name.s);
	b.vouch.name = bytes_of(asker->trust.asks.s, asker->trust.asks.n);
	memcpy(b.vouch.account, v->account, ACCOUNT_ID);
	b.vouch.said = (uint8_t)(yes ? vouch_known(c, asker->trust.asks.s, v,
	    &since) : VOUCH_NOTHING);
	b.vouch.since = (uint64_t)since;
	trust_say(c, t, OUT_SAYING, &b);
	notice_answered(c, asker->row, NOTICE_VOUCH);
	vouch_question_end(c, asker);
	return 0;
}

void
vouch_body(struct client *c, struct talk *t, struct person *p,
    const struct body *b)
{
	(void)t;
	if (b->code == BODY_vouch_ask)
		vouch_wanted(c, p, &b->vouch_ask);
	else
		vouch_told(c, p, &b->vouch);
}
