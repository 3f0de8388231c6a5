/* SPDX-License-Identifier: ISC */
/*
 * The log of a talk on the relay: made when it is ours, opened with a proof of
 * our epoch, followed. A proof shows one epoch and the commits after it, so
 * after each epoch we prove the next and read on from there; entries that the
 * old proof still sends meanwhile are left alone, they come again.
 */
#include "inside.h"

#define FOLLOW_TRIES 5          /* before the user is told */

static bool
follow_wanted(const struct talk *t)
{
	return t->secret->group != NULL && t->state != TALK_ASKING &&
	    (t->state != TALK_CLOSED || t->secret->leaving);
}

static bool
follow_open_now(const struct client *c, const struct talk *t)
{
	const struct talk_secret *s = t->secret;

	return s->opened == c->session.generation &&
	    s->opened_epoch == t->epoch;
}

bool
follow_synced(const struct client *c)
{
	size_t i;

	for (i = 0; i < c->talks; i++) {
		const struct talk *t = c->talk[i];

		if (follow_wanted(t) && t->secret->start == START_DONE &&
		    t->secret->synced != c->session.generation &&
		    t->secret->open_tries == 0)
			return false;
	}
	return true;
}

void
follow_close(struct client *c, struct talk *t)
{
	struct msg m = {.code = MSG_log_close};
	struct talk_secret *s = t->secret;

	if (s->opened != 0 && s->opened == c->session.generation) {
		memcpy(m.log_close.log, t->log, WIRE_ID);
		session_say(c, &m);
	}
	s->opened = s->open_flight = s->synced = s->opened_epoch = 0;
	s->open_not_before = 0;
	s->open_tries = 0;
	fetch_free(s->fetch);
	s->fetch = NULL;
}

/* ---- making it ----------------------------------------------------------- */

static void
follow_create(struct client *c, struct talk *t)
{
	struct msg m = {.code = MSG_log_create};

	memcpy(m.log_create.log, t->log, WIRE_ID);
	memcpy(m.log_create.access, t->secret->access[0], KEY_SIZE);
	if (request_ask(c, WANT_LOG_CREATE, t->secret->take, &m))
		t->secret->create_flight = c->session.generation;
}

static void
follow_commit(struct client *c, struct talk *t)
{
	struct msg m = {.code = MSG_log_append};
	struct talk_secret *s = t->secret;

	memcpy(m.log_append.log, t->log, WIRE_ID);
	memcpy(m.log_append.id, s->commit_id, WIRE_ID);
	m.log_append.flags = ENTRY_COMMIT;
	m.log_append.access = bytes_of(s->access[1], KEY_SIZE);
	m.log_append.entry = buf_view(&s->commit);
	if (request_ask(c, WANT_LOG_COMMIT, s->take, &m))
		s->create_flight = c->session.generation;
}

static void
follow_start(struct client *c, struct talk *t)
{
	struct talk_secret *s = t->secret;

	if (s->create_flight == c->session.generation)
		return;
	if (client_mono(c) < s->create_not_before)
		client_wake(c, s->create_not_before);
	else if (s->start == START_CREATE)
		follow_create(c, t);
	else
		follow_commit(c, t);
}

static void
follow_start_failed(struct client *c, struct talk *t, const struct answer *a)
{
	t->secret->create_flight = 0;
	t->secret->create_not_before = answer_wait(c, a, 4);
	if (a->err == ERR_QUOTA)
		client_hint(c, true, "the relay has no room for the "
		    "conversation with %s: it is tried again by itself",
		    t->title.s);
	else if (a->err == ERR_EPOCH || a->err == ERR_DENIED)
		talk_stop(c, t, "its log on the relay is somebody else's");
}

void
follow_created(struct client *c, int64_t take, const struct answer *a)
{
	struct talk *t = talk_taken(c, take);

	if (t == NULL || t->secret->start != START_CREATE)
		return;
	/* EXISTS: made before a restart, and it has the commit already */
	if (a->err != 0 && a->err != ERR_EXISTS) {
		follow_start_failed(c, t, a);
		return;
	}
	/* a room begins with us alone */
	t->secret->start = t->secret->commit.n > 0 ? START_COMMIT : START_DONE;
	t->secret->create_flight = 0;
	talk_dirty(t);
}

void
follow_committed(struct client *c, int64_t take, const struct answer *a)
{
	struct talk *t = talk_taken(c, take);
	struct talk_secret *s;

	if (t == NULL || t->secret->start != START_COMMIT)
		return;
	if (a->err != 0) {
		follow_start_failed(c, t, a);
		return;
	}
	s = t->secret;
	s->start = START_DONE;
	s->next = a->number + 1;
	buf_free(&s->commit);
	mem_wipe(s->access, sizeof(s->access));
	talk_dirty(t);
}

/* ---- following it ------------------------------------------------------- */

static void
follow_open(struct client *c, struct talk *t)
{
	struct msg m = {.code = MSG_log_open};
	struct talk_secret *s = t->secret;
	uint8_t access[KEY_SIZE];
	int err;

	err = talk_access(s->group, access);
	if (err != 0) {
		talk_stop(c, t, err_text(err));
		return;
	}
	memcpy(m.log_open.log, t->log, WIRE_ID);
	m.log_open.epoch = t->epoch;
	m.log_open.from = s->next;
	epoch_proof(access, link_hash(c->session.link), t->log, t->epoch,
	    m.log_open.proof);
	mem_wipe(access, sizeof(access));
	if (request_ask(c, WANT_LOG_OPEN, s->take, &m)) {
		s->open_flight = c->session.generation;
		s->opened_epoch = t->epoch;
	}
}

void
follow_opened(struct client *c, int64_t take, const struct answer *a)
{
	struct talk *t = talk_taken(c, take);
	struct talk_secret *s;

	if (t == NULL)
		return;
	s = t->secret;
	s->open_flight = 0;
	if (a->err == 0) {
		s->opened = c->session.generation;
		s->open_tries = 0;
		return;
	}
	s->open_not_before = answer_wait(c, a, 2 + s->open_tries++);
	log_say(c->log, LOG_WARN, "follow", "a log does not open: %s",
	    err_text(a->err));
	if (a->err == ERR_EXPIRED || (s->open_tries >= FOLLOW_TRIES &&
	    (a->err == ERR_DENIED || a->err == ERR_NONE ||
	    a->err == ERR_EPOCH)))
		rejoin_want(c, t, "it was away too long, or the relay has "
		    "lost it");
	client_show(c);
}

void
follow_drive(struct client *c)
{
	struct talk_secret *s;
	struct talk *t;
	size_t i;

	if (!session_registered(c))
		return;
	for (i = 0; i < c->talks; i++) {
		t = c->talk[i];
		s = t->secret;
		if (!follow_wanted(t))
			continue;
		if (s->start != START_DONE)
			follow_start(c, t);
		else if (s->fetch != NULL)
			fetch_drive(c, t);
		else if (follow_open_now(c, t) ||
		    s->open_flight == c->session.generation)
			continue;
		else if (client_mono(c) < s->open_not_before)
			client_wake(c, s->open_not_before);
		else
			follow_open(c, t);
	}
}

void
follow_entry(struct client *c, const struct msg_entry *e)
{
	struct talk *t = talk_of(c, e->log);

	if (t == NULL || !follow_wanted(t) || t->secret->fetch != NULL ||
	    !follow_open_now(c, t))
		return;
	reading_entry(c, t, e);
}

/* Of a restored relay the numbers are others: what it took since then may stand
 * where something else was read. So every log is read again from its epoch on;
 * what is known is known by its id. */
void
follow_again(struct client *c)
{
	size_t i;

	for (i = 0; i < c->talks; i++) {
		if (!follow_wanted(c->talk[i]))
			continue;
		c->talk[i]->secret->next = 1;
		c->talk[i]->secret->again = true;
		talk_dirty(c->talk[i]);
	}
}

/* What the relay shows must lead to where it says it is. */
void
follow_end(struct client *c, const struct msg_log_end *e)
{
	struct talk *t = talk_of(c, e->log);

	if (t == NULL || !follow_wanted(t) || t->secret->fetch != NULL ||
	    !follow_open_now(c, t))
		return;
	if (e->epoch != t->epoch && defence(skipped)) {
		rejoin_want(c, t, "the relay holds back a change of the group");
		return;
	}
	if (e->number + 1 < t->secret->next) {
		/* it lost entries, or lied about a number: this epoch is
		 * read from its start; what was seen is known by its id and
		 * generation */
		log_say(c->log, LOG_WARN, "follow", "the relay's log ends "
		    "before what was read");
		t->secret->next = 1;
		t->secret->again = true;
		t->secret->opened = 0;
		talk_dirty(t);
		return;
	}
	if (t->secret->again)
		talk_dirty(t);
	t->secret->again = false;
	t->secret->synced = c->session.generation;
	client_show(c);
}
