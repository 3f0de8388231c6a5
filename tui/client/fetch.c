/* SPDX-License-Identifier: ISC */
/*
 * Reading an entry that is a blob. The log waits behind it: what comes later
 * is asked for again once the blob has been read, so the order holds. A blob
 * that is gone or altered becomes a visible line.
 */
#include <stdlib.h>

#include "inside.h"

void
fetch_free(struct fetch *f)
{
	if (f == NULL)
		return;
	buf_free(&f->data);
	free(f);
}

static void
fetch_end(struct talk *t)
{
	struct talk_secret *s = t->secret;

	fetch_free(s->fetch);
	s->fetch = NULL;
	s->opened = 0;          /* and on with the log */
}

static void
fetch_broken(struct client *c, struct talk *t)
{
	t->secret->next = t->secret->fetch->number + 1;
	talk_dirty(t);
	if (t->secret->fetch->flags & ENTRY_COMMIT)
		rejoin_want(c, t, "a large change of the group is missing");
	else
		message_system(c, t, "a large message of %s is missing or "
		    "altered on the relay", t->title.s);
	fetch_end(t);
}

void
fetch_start(struct client *c, struct talk *t, const struct msg_entry *e)
{
	struct fetch *f = mem_alloc(sizeof(*f));

	t->secret->fetch = f;
	f->number = e->number;
	f->epoch = e->epoch;
	f->time = e->time;
	f->flags = e->flags;
	memcpy(f->id, e->id, WIRE_ID);
	if (parcel_get(e->entry, f) != 0)
		fetch_broken(c, t);
}

static void
fetch_whole(struct client *c, struct talk *t)
{
	struct fetch *f = t->secret->fetch;
	struct msg_entry e = {.number = f->number, .epoch = f->epoch,
	    .flags = f->flags, .time = f->time};
	uint8_t hash[HASH32];

	parcel_hash(buf_view(&f->data), hash);
	if (memcmp(hash, f->hash, HASH32) != 0) {
		fetch_broken(c, t);
		return;
	}
	memcpy(e.log, t->log, WIRE_ID);
	memcpy(e.id, f->id, WIRE_ID);
	t->secret->fetch = NULL;
	reading_message(c, t, &e, buf_view(&f->data));
	fetch_free(f);
	t->secret->opened = 0;
}

void
fetch_drive(struct client *c, struct talk *t)
{
	struct msg m = {.code = MSG_blob_get};
	struct fetch *f = t->secret->fetch;
	uint64_t left = f->size - f->data.n;

	if (f->flight == c->session.generation)
		return;
	if (client_mono(c) < f->not_before) {
		client_wake(c, f->not_before);
		return;
	}
	memcpy(m.blob_get.read, f->read, KEY_SIZE);
	m.blob_get.offset = f->data.n;
	m.blob_get.length = (uint32_t)(left < WIRE_BLOB_PART ? left :
	    WIRE_BLOB_PART);
	if (request_ask(c, WANT_BLOB_GET, t->secret->take, &m))
		f->flight = c->session.generation;
}

void
fetch_part(struct client *c, int64_t take, const struct answer *a)
{
	struct talk *t = talk_taken(c, take);
	struct fetch *f = t != NULL ? t->secret->fetch : NULL;

	if (f == NULL)
		return;
	f->flight = 0;
	if (a->err == ERR_RATE || a->err == ERR_IO) {
		f->not_before = answer_wait(c, a, 2);
		return;
	}
	if (a->err != 0 || a->size != f->size || a->offset != f->data.n ||
	    a->data.n == 0 || a->data.n > f->size - f->data.n) {
		fetch_broken(c, t);
		return;
	}
	buf_bytes(&f->data, a->data);
	if (f->data.n == f->size)
		fetch_whole(c, t);
}
