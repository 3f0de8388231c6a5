/* SPDX-License-Identifier: ISC */
/*
 * What was said before, handed from an old device to a new one: the newest
 * messages of each conversation between two, oldest first, within what a
 * meeting takes. They are text and times only; the new device says below them
 * where they come from, for no seal but the other device's vouches for them.
 *
 * An item: account of the other side, id, u8 kind, u8 mine, u64 sent, u64
 * heard, u8 ladder, text
 */
#include <stdlib.h>

#include "linkup.h"

#define HISTORY_MESSAGES_MAX 100000

static size_t
history_first(const struct talk *t)
{
	return t->messages > HISTORY_EACH ? t->messages - HISTORY_EACH : 0;
}

/* System lines were about this device. */
static bool
history_goes(const struct message *m)
{
	return (m->kind == MESSAGE_TEXT || m->kind == MESSAGE_FILM) &&
	    (!m->mine ||
	    m->ladder >= LADDER_RELAY) && m->text.n < PAIRING_PLAIN / 2;
}

void
history_load(struct client *c)
{
	struct talk *t;
	size_t i;

	for (i = 0; i < c->talks; i++) {
		t = c->talk[i];
		while (t->more && t->messages < HISTORY_EACH)
			if (talk_older(c, t) <= 0)
				break;
	}
}

size_t
history_total(const struct client *c)
{
	const struct talk *t;
	size_t i, k, n = 0;

	for (i = 0; i < c->talks; i++) {
		t = c->talk[i];
		for (k = history_first(t); t->person != 0 && k < t->messages;
		    k++)
			n += history_goes(&t->message[k]);
	}
	return n;
}

static void
history_put(const struct person *p, const struct message *m, struct buf *out)
{
	struct buf b = {.secret = true};

	buf_put(&b, p->account, ACCOUNT_ID);
	buf_put(&b, m->id, WIRE_ID);
	buf_u8(&b, (uint8_t)m->kind);
	buf_u8(&b, m->mine);
	buf_u64(&b, (uint64_t)m->sent);
	buf_u64(&b, (uint64_t)m->heard);
	buf_u8(&b, (uint8_t)m->ladder);
	buf_put(&b, m->text.s, m->text.n);
	hand_item(out, HAND_MESSAGE, buf_view(&b));
	buf_free(&b);
}

/* Conversations are taken by row: their order in the list moves. */
static struct talk *
history_talk(struct client *c, int64_t after)
{
	struct talk *next = NULL;
	size_t i;

	for (i = 0; i < c->talks; i++)
		if (c->talk[i]->row > after && (next == NULL ||
		    c->talk[i]->row < next->row))
			next = c->talk[i];
	return next;
}

bool
history_more(struct client *c, struct linkup *u, struct buf *out)
{
	const struct message *m;
	const struct person *p;
	struct talk *t;

	while (out->n < HAND_BATCH && u->bytes < HISTORY_BYTES) {
		t = history_talk(c, u->talk);
		if (t == NULL)
			break;
		p = client_person(c, t->person);
		if (u->said < history_first(t))
			u->said = history_first(t);
		if (p == NULL || u->said >= t->messages) {
			u->talk = t->row;
			u->said = 0;
			continue;
		}
		m = &t->message[u->said++];
		if (!history_goes(m))
			continue;
		u->bytes += m->text.n;
		u->view.done++;
		history_put(p, m, out);
	}
	return out->n > 0;
}

/* ---- at the new one ------------------------------------------------------ */

int
history_item(struct handed *h, struct rd *r)
{
	struct hand_message *x;
	struct bytes text;

	if (h->messages >= HISTORY_MESSAGES_MAX ||
	    h->bytes > 2 * HISTORY_BYTES)
		return ERR_QUOTA;
	h->message = mem_grow(h->message, h->messages + 1,
	    sizeof(*h->message));
	x = &h->message[h->messages];
	memset(x, 0, sizeof(*x));
	rd_copy(r, x->account, ACCOUNT_ID);
	rd_copy(r, x->m.id, WIRE_ID);
	x->m.kind = (enum message_kind)rd_u8(r);
	x->m.mine = rd_u8(r) != 0;
	x->m.sent = (int64_t)rd_u64(r);
	x->m.heard = (int64_t)rd_u64(r);
	x->m.ladder = (enum ladder)rd_u8(r);
	text = rd_rest(r);
	if (r->err != 0 || (x->m.kind != MESSAGE_TEXT &&
	    x->m.kind != MESSAGE_FILM) ||
	    (unsigned)x->m.ladder > LADDER_FAILED)
		return ERR_FORMAT;
	x->m.text = safe_make(SAFE_TEXT, text.p, text.n);
	h->bytes += text.n;
	h->messages++;
	return 0;
}

struct talk *
history_into(struct client *c, const uint8_t account[static ACCOUNT_ID])
{
	struct person *p = person_of(c, account);
	struct talk *t;

	if (p == NULL)
		return NULL;
	t = talk_of_person(c, p->row);
	return t != NULL ? t : talk_add(c, p, TALK_STOPPED);
}

void
history_take(struct client *c, struct handed *h)
{
	struct message *m;
	struct talk *t, *last = NULL;
	size_t i;

	for (i = 0; i < h->messages; i++) {
		t = history_into(c, h->message[i].account);
		m = &h->message[i].m;
		if (t == NULL || message_seen(c, t, m->id) ||
		    (m->kind == MESSAGE_FILM && !film_words(c, m)))
			continue;
		if (last != NULL && last != t)
			message_system(c, last, "what stands above was handed "
			    "over by another device of yours");
		if (!m->mine)
			m->person = t->person;
		m = message_add(c, t, m);
		memset(&h->message[i].m.text, 0,
		    sizeof(h->message[i].m.text));      /* the talk has it */
		m->heard = h->message[i].m.heard;
		message_keep(c, t, m);
		t->unread = 0;
		last = t;
	}
	if (last != NULL)
		message_system(c, last, "what stands above was handed over by "
		    "another device of yours");
}

void
history_free(struct handed *h)
{
	size_t i;

	for (i = 0; i < h->messages; i++)
		safe_wipe(&h->message[i].m.text);
	free(h->message);
}
