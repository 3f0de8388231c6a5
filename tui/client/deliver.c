/* SPDX-License-Identifier: ISC */
/*
 * From the outbox to the log of the relay, in order. What becomes of an append
 * decides what becomes of the message: taken, refused for its epoch (read on,
 * then seal anew), to be tried again, or refused for good.
 */
#include "inside.h"

#define DELIVER_WINDOW 32       /* appends that wait for their answer */
#define HEAL_AGAIN_MS 1000
#define REFUSED_MS 3000         /* the change should be here by then */
#define DELIVER_SLOW_MS 5000    /* one at a time after "too much" */

static bool
deliver_ready(struct client *c, const struct talk *t)
{
	const struct talk_secret *s = t->secret;

	return session_registered(c) && s->group != NULL && s->start == START_DONE && s->fetch == NULL &&
	    (talk_can_send(t) || s->leaving) &&
	    s->opened == c->session.generation &&
	    s->synced == c->session.generation && s->opened_epoch == t->epoch;
}

static bool
deliver_put(struct client *c, struct talk *t, struct out *o)
{
	struct msg m = {.code = MSG_log_append};
	struct buf blob = {0};
	int err = 0;
	bool sent;

	memcpy(m.log_append.log, t->log, WIRE_ID);
	memcpy(m.log_append.id, o->id, WIRE_ID);
	m.log_append.epoch = o->epoch;
	m.log_append.entry = buf_view(&o->entry);
	if (o->kind == OUT_COMMIT) {
		m.log_append.flags |= ENTRY_COMMIT;
		if (o->cut && defence(cut))
			m.log_append.flags |= ENTRY_CUT;
		m.log_append.access = bytes_of(o->access, KEY_SIZE);
	}
	if (o->entry.n > WIRE_ENTRY_MAX) {
		m.log_append.flags |= ENTRY_BLOB;
		err = parcel_make(o, &blob);
		m.log_append.entry = buf_view(&blob);
	}
	sent = err == 0 && request_ask(c, WANT_APPEND, o->row, &m);
	if (sent)
		o->flight = c->session.generation;
	buf_free(&blob);
	return sent;
}

/* The relay says that the group has changed, and the change doesn't come: the
 * log is read once more, and then its end says what is missing. */
static void
deliver_refused(struct client *c, struct talk *t, struct out *o)
{
	if (client_mono(c) < o->not_before) {
		client_wake(c, o->not_before);
		return;
	}
	o->not_before = client_mono(c) + 10 * REFUSED_MS;
	t->secret->opened = 0;
}

void
deliver_drive(struct client *c, struct talk *t)
{
	struct talk_secret *s = t->secret;
	int64_t now = client_mono(c);
	unsigned window = now < c->session.slow_until ? 1 : DELIVER_WINDOW;
	struct out *o;
	size_t i;

	if (!deliver_ready(c, t))
		return;
	for (i = 0; i < s->outs; i++) {
		o = s->out[i];
		if (o->refused && t->epoch >= o->refused_epoch) {
			out_reseal(c, t, o);
			client_wake(c, now);    /* it is sealed next turn */
		}
		if (o->refused)
			deliver_refused(c, t, o);
		if (!o->sealed || o->refused ||
		    (o->kind != OUT_GOSSIP && audit_holds(c, t)))
			return;
		if (o->flight == c->session.generation) {
			/* nothing overtakes one whose blob is on its way: it
			 * may yet be refused */
			if (o->entry.n > WIRE_ENTRY_MAX || --window == 0)
				return;
			continue;
		}
		if (now < o->not_before) {
			client_wake(c, o->not_before);
			return;
		}
		if (o->entry.n > WIRE_ENTRY_MAX && !parcel_drive(c, o))
			return;
		if (!deliver_put(c, t, o) || --window == 0 ||
		    o->entry.n > WIRE_ENTRY_MAX)
			return;
	}
}

/* A message is on the relay now. The rest is done with when its entry is read
 * in its place: a commit not before what precedes it, and of our other entries
 * every one must be known when it comes back (reading_own). */
static void
deliver_taken(struct client *c, struct talk *t, struct out *o, uint64_t number)
{
	struct message *m = o->message != 0 ? message_id(c, t, o->id) : NULL;

	if (m != NULL && !defence(receipt))
		message_step(c, t, m, LADDER_DEVICE, 0);
	if (o->kind == OUT_TEXT)
		out_done(c, t, o, number);
}

static void
deliver_epoch(struct client *c, struct talk *t, struct out *o, uint64_t epoch)
{
	o->flight = 0;
	if (o->kind == OUT_COMMIT) {
		/* somebody was faster; if it is still wanted, it is made anew,
		 * and not by both at once again */
		t->secret->heal_at = client_mono(c) + HEAL_AGAIN_MS +
		    rng_below(c->rng, HEAL_AGAIN_MS);
		stage_drop(c, t);
		commit_undone(c, o->id);
		out_drop(c, t, o);
		return;
	}
	if (o->kind == OUT_LEAVE) {
		out_drop(c, t, o);      /* it is proposed anew */
		return;
	}
	o->refused = true;
	o->not_before = client_mono(c) + REFUSED_MS;
	o->refused_epoch = epoch > o->epoch ? epoch : o->epoch + 1;
}

static void
deliver_later(struct client *c, struct talk *t, struct out *o,
    const struct answer *a)
{
	struct message *m = o->message != 0 ? message_id(c, t, o->id) : NULL;

	o->flight = 0;
	o->not_before = answer_wait(c, a, o->tries++);
	if (a->err == ERR_RATE)
		c->session.slow_until = o->not_before + DELIVER_SLOW_MS;
	if (a->err == ERR_DENIED)
		t->secret->opened = 0;  /* prove the epoch anew */
	if (m != NULL && a->err != ERR_DENIED)
		message_step(c, t, m, m->ladder, a->err);
}

static void
deliver_failed(struct client *c, struct talk *t, struct out *o, int err)
{
	struct message *m = o->message != 0 ? message_id(c, t, o->id) : NULL;

	if (m != NULL)
		message_step(c, t, m, LADDER_FAILED, err);
	log_say(c->log, LOG_ERROR, "deliver", "refused for good: %s",
	    err_text(err));
	if (o->kind == OUT_COMMIT) {
		stage_drop(c, t);
		commit_undone(c, o->id);
		t->secret->heal = false;
		t->secret->healed = client_now(c);
		t->secret->since = 0;
	}
	out_drop(c, t, o);
}

void
deliver_done(struct client *c, int64_t row, const struct answer *a)
{
	struct talk *t;
	struct out *o = out_row(c, row, &t);

	if (o == NULL)
		return;         /* its entry came first */
	switch (a->err) {
	case 0:
		deliver_taken(c, t, o, a->number);
		break;
	case ERR_EPOCH:
		deliver_epoch(c, t, o, a->number);
		break;
	case ERR_BIG:
	case ERR_FORMAT:
		deliver_failed(c, t, o, a->err);
		break;
	default:
		if (a->err == ERR_NONE && o->blob == BLOB_DONE)
			o->blob = BLOB_NONE;    /* the blob is put once more */
		deliver_later(c, t, o, a);
		break;
	}
}
