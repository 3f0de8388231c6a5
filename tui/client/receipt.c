/* SPDX-License-Identifier: ISC */
/*
 * Receipts: what has arrived at this device, said to the sender inside the
 * conversation, gathered, at most one per second. Only contacts get any; a
 * stranger learns nothing from us (T98). In a room all of a few accounts
 * confirm, and a message has arrived when each of them has said so. What is
 * due outlives a restart.
 */
#include <stdlib.h>

#include "inside.h"

static void
receipt_push(struct talk *t, int64_t row, const uint8_t id[static WIRE_ID])
{
	struct talk_secret *s = t->secret;
	struct due *d;

	s->due = mem_grow(s->due, s->dues + 1, sizeof(*s->due));
	d = &s->due[s->dues++];
	d->row = row;
	memcpy(d->id, id, WIRE_ID);
}

void
receipt_due(struct client *c, struct talk *t, const uint8_t id[static WIRE_ID])
{
	struct person *p = client_person(c, t->person);
	int64_t row;

	if (talk_is_room(t) ? t->members + 1 > RECEIPT_ACCOUNTS : p == NULL ||
	    (p->state != PERSON_CONTACT && defence(stranger)))
		return;
	row = keep_row(&c->keep, TABLE_due);
	receipt_push(t, row, id);
	keep_put(&c->keep, TABLE_due, row, t->row, NULL,
	    bytes_of(id, WIRE_ID));
}

/* Another device of ours has confirmed these already. */
void
receipt_spare(struct client *c, struct talk *t, struct bytes ids)
{
	struct talk_secret *s = t->secret;
	struct rd r = rd_of(ids);
	uint8_t id[WIRE_ID];
	size_t i;

	while (rd_left(&r) >= WIRE_ID) {
		rd_copy(&r, id, sizeof(id));
		for (i = 0; i < s->dues; i++)
			if (memcmp(s->due[i].id, id, WIRE_ID) == 0)
				break;
		if (i == s->dues)
			continue;
		keep_drop(&c->keep, TABLE_due, s->due[i].row);
		s->dues--;
		memmove(s->due + i, s->due + i + 1,
		    (s->dues - i) * sizeof(*s->due));
	}
}

/* The relay may have lost receipts too: what is in memory is confirmed once
 * more. Whoever has them already loses nothing by it. */
void
receipts_repeat(struct client *c)
{
	struct talk *t;
	size_t i, k;

	for (i = 0; i < c->talks; i++) {
		t = c->talk[i];
		for (k = 0; k < t->messages && t->state == TALK_OPEN; k++)
			if (!t->message[k].mine &&
			    t->message[k].kind != MESSAGE_SYSTEM)
				receipt_due(c, t, t->message[k].id);
	}
}

/* The body is in the outbox, or the ids are still due: never neither. */
static void
receipt_make(struct client *c, struct talk *t)
{
	struct talk_secret *s = t->secret;
	struct body b = {.code = BODY_receipt};
	struct buf ids = {0};
	size_t i, n = s->dues < RECEIPT_IDS ? s->dues : RECEIPT_IDS;

	for (i = 0; i < n; i++) {
		buf_put(&ids, s->due[i].id, WIRE_ID);
		keep_drop(&c->keep, TABLE_due, s->due[i].row);
	}
	client_id(c, b.id);
	b.time = (uint64_t)client_now(c);
	b.receipt.ids = buf_view(&ids);
	out_add(c, t, OUT_RECEIPT, 0, b.id, &b);
	buf_free(&ids);
	s->dues -= n;
	memmove(s->due, s->due + n, s->dues * sizeof(*s->due));
	s->receipt_at = client_mono(c) + RECEIPT_EVERY_MS;
}

void
receipts_drive(struct client *c)
{
	struct talk *t;
	size_t i;

	if (!session_registered(c))
		return;
	for (i = 0; i < c->talks; i++) {
		t = c->talk[i];
		if (t->secret->dues == 0 || t->state != TALK_OPEN ||
		    t->secret->synced != c->session.generation)
			continue;
		if (client_mono(c) < t->secret->receipt_at)
			client_wake(c, t->secret->receipt_at);
		else
			receipt_make(c, t);
	}
}

static bool
receipt_has(const struct message *m, int64_t person)
{
	size_t i;

	for (i = 0; i < m->bys; i++)
		if (m->by[i] == person)
			return true;
	return false;
}

/* Has everybody who is in it now confirmed it? */
static void
receipt_all(struct client *c, struct talk *t, struct message *m)
{
	size_t i;

	if (m->bys == 0 || m->ladder != LADDER_RELAY)
		return;
	for (i = 0; i < t->members; i++)
		if (!receipt_has(m, t->member[i]))
			return;
	message_step(c, t, m, LADDER_DEVICE, 0);
}

static void
receipt_by(struct client *c, struct talk *t, struct message *m, int64_t person)
{
	if (receipt_has(m, person) || m->bys >= RECEIPT_ACCOUNTS)
		return;
	m->by = mem_grow(m->by, m->bys + 1, sizeof(*m->by));
	m->by[m->bys++] = person;
	message_keep(c, t, m);
	receipt_all(c, t, m);
}

/* Who has gone is not waited for any more. */
void
receipts_review(struct client *c, struct talk *t)
{
	size_t i;

	for (i = 0; i < t->messages; i++)
		if (t->message[i].mine && t->message[i].bys > 0)
			receipt_all(c, t, &t->message[i]);
}

/* Theirs: only what we sent to them, in this talk, climbs. */
void
receipt_got(struct client *c, struct talk *t, struct person *p,
    struct bytes ids)
{
	struct rd r = rd_of(ids);
	uint8_t id[WIRE_ID];
	struct message *m;

	if (!member_is(t, p->row))
		return;
	while (rd_left(&r) >= WIRE_ID) {
		rd_copy(&r, id, sizeof(id));
		m = message_id(c, t, id);
		if (m == NULL || !m->mine || m->ladder < LADDER_SEALED ||
		    m->ladder >= LADDER_DEVICE)
			continue;
		if (talk_is_room(t))
			receipt_by(c, t, m, p->row);
		else
			message_step(c, t, m, LADDER_DEVICE, 0);
	}
}

static void
receipt_loaded(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct talk *t = client_talk(arg, owner);
	uint8_t id[WIRE_ID];

	rd_copy(r, id, sizeof(id));
	if (t != NULL && r->err == 0)
		receipt_push(t, row, id);
}

int
receipts_load(struct client *c)
{
	return keep_each(&c->keep, TABLE_due, receipt_loaded, c);
}
