/* SPDX-License-Identifier: ISC */
/*
 * Entries of a log, one after another. Each is opened with the group, told
 * apart by id, written down together with the group's next state, and only
 * then followed by the next number. What does not open leaves a visible line;
 * a commit that can't be applied stops the conversation.
 */
#include "trust.h"

#define READING_RETRY_MS 3000   /* after a record we haven't seen yet */
#define READING_TRIES 10

static void
reading_next(struct talk *t, uint64_t number)
{
	t->secret->next = number + 1;
	talk_dirty(t);
}

/* Ids of what was opened last: copies of it are no news */
static void
reading_know(struct talk_secret *s, const uint8_t id[static WIRE_ID])
{
	memcpy(s->known[s->knowns++ % KNOWN_MAX], id, WIRE_ID);
}

static bool
reading_known(const struct talk_secret *s, const uint8_t id[static WIRE_ID])
{
	size_t i;

	for (i = 0; i < KNOWN_MAX && i < s->knowns; i++)
		if (memcmp(s->known[i], id, WIRE_ID) == 0)
			return true;
	return false;
}

static bool
reading_is_self(const struct client *c, const struct mls_leaf *leaf)
{
	return leaf != NULL && leaf->credential.body.n == CREDENTIAL_SIZE &&
	    memcmp(leaf->credential.body.p, c->self.account, ACCOUNT_ID) == 0;
}

/* ---- bodies ------------------------------------------------------------- */

static void
reading_accepted(struct client *c, struct talk *t, struct person *p)
{
	if (p->state != PERSON_ASKED || talk_is_room(t))
		return;
	person_set(c, p, PERSON_CONTACT);
	talk_set(c, t, TALK_OPEN);
	message_system(c, t, "%s accepted: you can talk", p->name.s);
	notice_add(c, NOTICE_ACCEPTED, p->row, false, "%s accepted your "
	    "request: /talk %s", p->name.s, p->name.s);
}

static void
reading_text(struct client *c, struct talk *t, struct person *p,
    const struct body *b, enum message_kind kind, struct bytes text)
{
	struct message m = {.kind = kind, .person = p->row};

	memcpy(m.id, b->id, WIRE_ID);
	m.sent = (int64_t)b->time;
	m.text = safe_make(SAFE_TEXT, text.p, text.n);
	message_add(c, t, &m);
	receipt_due(c, t, b->id);
}

void
reading_body(struct client *c, struct talk *t, struct person *p,
    const uint8_t device[static DEVICE_ID], struct bytes plain)
{
	uint64_t missing;
	struct body b;
	int err = body_get(plain, &b);

	if (err != 0 && err != ERR_SUITE) {
		message_system(c, t, "a message of %s is not well formed: it "
		    "can't be shown", p->name.s);
		return;
	}
	missing = b.number > 0 ? talk_gap(t, device, b.number) : 0;
	if (missing > 0)
		message_system(c, t, "%llu message%s of %s before this one "
		    "did not arrive: the relay lost or held back",
		    (unsigned long long)missing, missing == 1 ? "" : "s",
		    p->name.s);
	p->last_heard = client_now(c);
	person_keep(c, p);
	reading_accepted(c, t, p);
	if (b.code == BODY_receipt && err == 0) {
		receipt_got(c, t, p, b.receipt.ids);
		return;
	}
	if (b.code == BODY_joined && err == 0)
		return;
	if (b.code == BODY_gossip && err == 0) {
		gossip_got(c, t, p, &b.gossip);
		return;
	}
	if (err == 0 && (trust_body(c, t, p, &b) || film_body(c, t, p, &b)))
		return;
	if (defence(repeat) && message_seen(c, t, b.id))
		return;         /* a repeat, however it came about */
	if (b.code == BODY_text && err == 0)
		reading_text(c, t, p, &b, MESSAGE_TEXT, b.text.text);
	else
		reading_text(c, t, p, &b, MESSAGE_UNKNOWN, bytes_of(NULL, 0));
}

/* What another device of ours has said: it is ours here too. What it confirms
 * needs no receipt from this one. */
static void
reading_ours(struct client *c, struct talk *t,
    const uint8_t device[static DEVICE_ID], struct bytes plain)
{
	struct message m = {.kind = MESSAGE_TEXT, .mine = true,
	    .ladder = LADDER_RELAY};
	struct body b;
	int err = body_get(plain, &b);

	if (err != 0 && err != ERR_SUITE)
		return;
	if (b.number > 0)
		(void)talk_gap(t, device, b.number);
	if (b.code == BODY_receipt && err == 0) {
		receipt_spare(c, t, b.receipt.ids);
		return;
	}
	if (err == 0 && film_body(c, t, NULL, &b))
		return;
	if (b.code != BODY_text || err != 0 || message_seen(c, t, b.id))
		return;
	memcpy(m.id, b.id, WIRE_ID);
	m.sent = (int64_t)b.time;
	m.text = safe_make(SAFE_TEXT, b.text.text.p, b.text.text.n);
	message_add(c, t, &m);
}

static void
reading_application(struct client *c, struct talk *t,
    const struct mls_received *rx)
{
	const struct mls_leaf *leaf = mls_group_leaf(t->secret->group,
	    rx->sender);
	struct person *p;

	t->secret->ratchet_dirty = true;
	/* the relay has no say in which epoch it is from */
	if (rx->epoch != t->epoch && defence(stale)) {
		message_system(c, t, "a message from before the last change "
		    "of the group was dropped");
		return;
	}
	if (leaf == NULL || t->secret->leaving)
		return;
	if (reading_is_self(c, leaf)) {
		reading_ours(c, t, leaf->credential.body.p + ACCOUNT_ID,
		    buf_view(&rx->plain));
		return;
	}
	p = person_of_leaf(c, leaf);
	if (p == NULL || !member_is(t, p->row)) {
		message_system(c, t, "a message of somebody who isn't in this "
		    "conversation was dropped");
		return;
	}
	reading_body(c, t, p, leaf->credential.body.p + ACCOUNT_ID,
	    buf_view(&rx->plain));
}

/* ---- commits ------------------------------------------------------------ */

/* A record we have not seen, or not in that version, is asked for: this entry
 * is read once more. False: it was tried often enough. */
static bool
reading_wait(struct client *c, struct talk *t)
{
	if (++t->secret->judge_tries > READING_TRIES)
		return false;
	t->secret->opened = 0;
	t->secret->open_not_before = client_mono(c) + READING_RETRY_MS;
	return true;
}

static void
reading_drop_own(struct client *c, struct talk *t)
{
	struct talk_secret *s = t->secret;
	size_t i;

	stage_drop(c, t);
	for (i = s->outs; i-- > 0;)
		if (s->out[i]->kind == OUT_COMMIT) {
			commit_undone(c, s->out[i]->id);
			out_drop(c, t, s->out[i]);
		}
}

/* A commit has taken us out. */
static void
reading_removed(struct client *c, struct talk *t, struct mls_stage *stage)
{
	bool left = t->secret->leaving;

	if (!talk_is_room(t)) {
		mls_stage_free(stage);
		talk_stop(c, t, "this device was removed from it");
		return;
	}
	if (!left)
		members_tell(c, t, t->secret->group, stage);
	mls_stage_free(stage);
	talk_set(c, t, TALK_CLOSED);
	leave_done(c, t);
	if (!left)
		notice_add(c, NOTICE_INFO, 0, false, "you were removed from "
		    "%s: what was said before stays here", t->title.s);
}

/* False: somebody must be looked up first. */
static bool
reading_commit(struct client *c, struct talk *t, struct mls_received *rx)
{
	struct mls_stage *stage = rx->stage;
	int err = members_judge(c, t, stage);

	if (err == ERR_STATE && reading_wait(c, t))
		return false;
	rx->stage = NULL;
	t->secret->judge_tries = 0;
	if (err != 0) {
		mls_stage_free(stage);
		talk_stop(c, t, "somebody changed the group against its rules");
		return true;
	}
	if (stage->removed) {
		reading_removed(c, t, stage);
		return true;
	}
	reading_drop_own(c, t);
	members_tell(c, t, t->secret->group, stage);
	resend_back(c, t, t->secret->group, stage);
	err = group_advance(t, stage);
	if (err != 0)
		rejoin_want(c, t, err_text(err));
	members_note(c, t);
	return true;
}

/* ---- entries ------------------------------------------------------------ */

/* A key opens one message. A second one under it, which is no copy of anything
 * that we have read, was made by somebody who has the keys too. */
static void
reading_clone(struct client *c, struct talk *t, const struct msg_entry *e)
{
	struct talk_secret *s = t->secret;

	if (s->cloned || s->again || !defence(clone) ||
	    message_seen(c, t, e->id) || reading_known(s, e->id))
		return;
	s->cloned = true;
	message_system(c, t, "a second message came under a key that was used "
	    "already: it is not shown");
	notice_add(c, NOTICE_ERROR, t->person, false, "somebody in the "
	    "conversation %s is there twice with the same keys: their device "
	    "may have been copied. Ask them over another way, and let them "
	    "revoke it", t->title.s);
}

/* An entry that nobody in the group has made, or that was altered: where it
 * stood for a real change, the next epoch's entries tell, and then we stop. */
static void
reading_foreign(struct client *c, struct talk *t, bool commit)
{
	struct person *p = client_person(c, t->person);

	if (commit)
		message_system(c, t, "a change of the group that no member "
		    "made was dropped");
	else if (p == NULL)
		message_system(c, t, "a message could not be opened: it was "
		    "altered on the way, or is damaged");
	else
		message_system(c, t, "a message of %s could not be opened: it "
		    "was altered on the way, or is damaged", p->name.s);
}

/* False: try this entry again later. */
static bool
reading_refused(struct client *c, struct talk *t, const struct msg_entry *e,
    struct bytes raw, int err)
{
	struct mls_peek peek;

	if (mls_message_peek(raw, &peek) != 0)
		peek.type = 0;
	if (err == ERR_REPLAY && peek.epoch == t->epoch)
		reading_clone(c, t, e);
	if (err == ERR_REPLAY)
		return true;
	if (peek.type == MLS_COMMIT && (err == ERR_STATE || err == ERR_NONE) &&
	    !seek_done(c) && reading_wait(c, t))
		return false;
	if (err == ERR_STATE) {
		/* our own, and we don't know it */
		if (!t->secret->again && defence(rollback))
			talk_stop(c, t, "this store is an older copy of "
			    "itself, whose keys must not be used twice");
		return true;
	}
	log_say(c->log, LOG_WARN, "reading", "an entry does not open: %s",
	    err_text(err));
	if (peek.type == MLS_COMMIT && err != ERR_AUTH && err != ERR_EPOCH)
		rejoin_want(c, t, "a change of the group does not verify");
	else
		reading_foreign(c, t, e->flags & ENTRY_COMMIT);
	return true;
}

void
reading_message(struct client *c, struct talk *t, const struct msg_entry *e,
    struct bytes raw)
{
	struct mls_received rx = {0};
	struct mls_env env;
	int err;

	client_env(c, &env);
	err = mls_message_open(&env, t->secret->group, raw, &rx);
	if (err != 0) {
		if (reading_refused(c, t, e, raw, err))
			reading_next(t, e->number);
		mls_received_free(&rx);
		return;
	}
	if (rx.type == MLS_COMMIT && !reading_commit(c, t, &rx)) {
		mls_received_free(&rx);
		return;
	}
	reading_next(t, e->number);
	reading_know(t->secret, e->id);
	if (rx.type == MLS_APPLICATION)
		reading_application(c, t, &rx);
	else if (rx.type == MLS_PROPOSAL)
		t->secret->ratchet_dirty = true;
	mls_received_free(&rx);
}

/* Ours, come back: the relay has it. Whatever we say is known by its id until
 * then, so an entry of ours that isn't was sent by a later state of this store
 * than the one we are (T44). */
static bool
reading_own(struct client *c, struct talk *t, const struct msg_entry *e)
{
	struct out *o = out_find(t, e->id);
	const struct message *m;

	if (o != NULL && o->sealed) {
		reading_next(t, e->number);
		out_done(c, t, o, e->number);
		return true;
	}
	if (!message_seen(c, t, e->id))
		return false;   /* not ours, or not known to be */
	m = message_id(c, t, e->id);
	if (m == NULL || !m->mine)
		return false;
	reading_next(t, e->number);
	return true;
}

/* Whatever the relay says of its epoch: it was sealed in ours. */
static bool
reading_of_now(const struct talk *t, const struct msg_entry *e)
{
	struct mls_peek peek;

	return !(e->flags & ENTRY_BLOB) &&
	    mls_message_peek(e->entry, &peek) == 0 && peek.epoch == t->epoch;
}

void
reading_entry(struct client *c, struct talk *t, const struct msg_entry *e)
{
	struct talk_secret *s = t->secret;

	if (e->number < s->next || reading_own(c, t, e))
		return;
	if (e->epoch < t->epoch && !reading_of_now(t, e)) {
		reading_next(t, e->number);
		return;
	}
	if (e->epoch > t->epoch && defence(skipped)) {
		rejoin_want(c, t, "the relay left out a change of the group");
		return;
	}
	if (e->flags & ENTRY_BLOB)
		fetch_start(c, t, e);
	else
		reading_message(c, t, e, e->entry);
}
