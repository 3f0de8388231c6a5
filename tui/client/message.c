/* SPDX-License-Identifier: ISC */
/*
 * Messages of a talk: a window of the newest in memory, the rest sealed in the
 * store. The look-up hash of a row stands for the message's id, so a repeat is
 * known however old it is. The ladder only climbs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "inside.h"

const char *
ladder_name(enum ladder l)
{
	static const char *const name[] = {"waiting", "sealed", "on relay",
		"at device", "failed"};

	return (unsigned)l < COUNT(name) ? name[l] : "?";
}

void
message_free(struct message *m)
{
	safe_wipe(&m->text);
	free(m->by);
	m->by = NULL;
	m->bys = 0;
}

static void
message_key(struct client *c, int64_t talk, const uint8_t id[static WIRE_ID],
    uint8_t key[static HASH32])
{
	uint8_t row[8];
	int i;

	for (i = 0; i < 8; i++)
		row[i] = (uint8_t)((uint64_t)talk >> (56 - 8 * i));
	keep_index(&c->keep, TABLE_message, bytes_of(row, sizeof(row)),
	    bytes_of(id, WIRE_ID), key);
}

void
message_keep(struct client *c, struct talk *t, const struct message *m)
{
	struct buf b = {.secret = true};
	uint8_t key[HASH32];
	size_t i;

	buf_put(&b, m->id, WIRE_ID);
	buf_u8(&b, (uint8_t)m->kind);
	buf_u8(&b, m->mine);
	buf_u64(&b, (uint64_t)m->person);
	buf_u64(&b, (uint64_t)m->sent);
	buf_u64(&b, (uint64_t)m->heard);
	buf_u8(&b, (uint8_t)m->ladder);
	for (i = 0; i < COUNT(m->step); i++)
		buf_u64(&b, (uint64_t)m->step[i]);
	buf_u32(&b, (uint32_t)-m->err);
	buf_u64(&b, m->number);
	buf_u64(&b, m->ours);
	buf_u32(&b, (uint32_t)m->text.n);
	buf_put(&b, m->text.s, m->text.n);
	buf_u8(&b, (uint8_t)m->bys);
	for (i = 0; i < m->bys; i++)
		buf_u64(&b, (uint64_t)m->by[i]);
	message_key(c, t->row, m->id, key);
	keep_put(&c->keep, TABLE_message, m->row, t->row, key, buf_view(&b));
	buf_free(&b);
}

void
message_restore(struct client *c, int64_t talk, int64_t row, struct bytes body)
{
	uint8_t key[HASH32];

	if (body.n < WIRE_ID)
		return;
	message_key(c, talk, body.p, key);
	keep_put(&c->keep, TABLE_message, row, talk, key, body);
}

static void
message_read(struct rd *r, int64_t row, struct message *m)
{
	struct bytes text;
	size_t i;

	memset(m, 0, sizeof(*m));
	m->row = row;
	rd_copy(r, m->id, WIRE_ID);
	m->kind = (enum message_kind)rd_u8(r);
	m->mine = rd_u8(r) != 0;
	m->person = (int64_t)rd_u64(r);
	m->sent = (int64_t)rd_u64(r);
	m->heard = (int64_t)rd_u64(r);
	m->ladder = (enum ladder)rd_u8(r);
	for (i = 0; i < COUNT(m->step); i++)
		m->step[i] = (int64_t)rd_u64(r);
	m->err = -(int)rd_u32(r);
	m->number = rd_u64(r);
	m->ours = rd_u64(r);
	text = rd_view(r, rd_u32(r));
	m->text = safe_make(SAFE_TEXT, text.p, text.n);
	m->bys = rd_u8(r);
	m->by = mem_array(m->bys, sizeof(*m->by));
	for (i = 0; i < m->bys; i++)
		m->by[i] = (int64_t)rd_u64(r);
}

/* At most so many stay in memory; the oldest are on disk anyway. */
static void
message_trim(struct talk *t)
{
	size_t i, n = WINDOW_MAX / 4;

	if (t->messages < WINDOW_MAX)
		return;
	for (i = 0; i < n; i++)
		message_free(&t->message[i]);
	t->messages -= n;
	memmove(t->message, t->message + n, t->messages * sizeof(*t->message));
	t->more = true;
}

struct message *
message_add(struct client *c, struct talk *t, const struct message *from)
{
	struct message *m;

	message_trim(t);
	t->message = mem_grow(t->message, t->messages + 1,
	    sizeof(*t->message));
	m = &t->message[t->messages++];
	*m = *from;
	m->row = keep_row(&c->keep, TABLE_message);
	m->heard = client_now(c);
	if (m->mine)
		m->step[m->ladder] = m->heard;
	message_keep(c, t, m);
	t->last = m->heard;
	if (!m->mine && m->kind != MESSAGE_SYSTEM)
		t->unread++;
	talk_dirty(t);
	c->unsorted = true;
	client_event(c, EVENT_message, t, m, client_person(c, m->person), NULL);
	client_show(c);
	return m;
}

void
message_system(struct client *c, struct talk *t, const char *fmt, ...)
{
	struct message m = {.kind = MESSAGE_SYSTEM};
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = mem_vformat(fmt, ap);
	va_end(ap);
	m.text = safe_make(SAFE_TEXT, s, strlen(s));
	m.sent = client_now(c);
	client_id(c, m.id);
	string_wipe(&s);
	message_add(c, t, &m);
}

struct message *
message_row(struct talk *t, int64_t row)
{
	size_t a = 0, b = t->messages, i;

	while (a < b) {
		i = a + (b - a) / 2;
		if (t->message[i].row == row)
			return &t->message[i];
		if (t->message[i].row < row)
			a = i + 1;
		else
			b = i;
	}
	return NULL;
}

bool
message_seen(struct client *c, const struct talk *t,
    const uint8_t id[static WIRE_ID])
{
	uint8_t key[HASH32];

	message_key(c, t->row, id, key);
	return keep_find(&c->keep, TABLE_message, key) != 0;
}

/* Loads page after page until the window reaches back to it. */
struct message *
message_id(struct client *c, struct talk *t, const uint8_t id[static WIRE_ID])
{
	uint8_t key[HASH32];
	int64_t row;

	message_key(c, t->row, id, key);
	row = keep_find(&c->keep, TABLE_message, key);
	if (row == 0)
		return NULL;
	while ((t->messages == 0 || row < t->message[0].row) && t->more)
		if (talk_older(c, t) <= 0)
			break;
	return message_row(t, row);
}

void
message_step(struct client *c, struct talk *t, struct message *m,
    enum ladder to, int err)
{
	bool was = m->ladder < LADDER_RELAY, is = to < LADDER_RELAY;

	if (!m->mine || m->ladder >= LADDER_DEVICE ||
	    (to == m->ladder && err == m->err) ||
	    (to < m->ladder && to != LADDER_WAITING))
		return;
	m->ladder = to;
	m->err = err;
	m->step[to] = client_now(c);
	if (was && !is && t->waiting > 0)
		t->waiting--;
	else if (!was && is)
		t->waiting++;
	message_keep(c, t, m);
	client_event(c, EVENT_delivery, t, m, NULL, NULL);
	client_show(c);
}

struct message_load {
	struct message *m;
	size_t n;
};

static void
message_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct message_load *l = arg;

	(void)owner;
	message_read(r, row, &l->m[l->n++]);
}

/* One more page: how many, 0 when there are none, or ERR_* */
int
talk_older(struct client *c, struct talk *t)
{
	int64_t before = t->messages > 0 ? t->message[0].row : INT64_MAX;
	struct message_load l = {0};
	size_t i;
	int n;

	l.m = mem_array(PAGE_MESSAGES, sizeof(*l.m));
	n = keep_page(&c->keep, TABLE_message, t->row, before, PAGE_MESSAGES,
	    message_got, &l);
	t->more = n == PAGE_MESSAGES;
	t->message = mem_grow(t->message, t->messages + l.n,
	    sizeof(*t->message));
	memmove(t->message + l.n, t->message,
	    t->messages * sizeof(*t->message));
	for (i = 0; i < l.n; i++)       /* they came newest first */
		t->message[l.n - 1 - i] = l.m[i];
	t->messages += l.n;
	free(l.m);
	return n < 0 ? n : (int)l.n;
}

/* All of them, newest first, without loading them into the window. */
int
message_each(struct client *c, const struct talk *t,
    bool (*fn)(void *, const struct message *), void *arg)
{
	int64_t before = INT64_MAX;
	struct message_load l = {0};
	bool more = true;
	int n;

	l.m = mem_array(PAGE_MESSAGES, sizeof(*l.m));
	do {
		l.n = 0;
		n = keep_page(&c->keep, TABLE_message, t->row, before,
		    PAGE_MESSAGES, message_got, &l);
		for (size_t i = 0; i < l.n; i++) {
			more = more && fn(arg, &l.m[i]);
			before = l.m[i].row;
			message_free(&l.m[i]);
		}
	} while (more && n == PAGE_MESSAGES);
	free(l.m);
	return n < 0 ? n : 0;
}

struct message *
talk_message(struct talk *t, unsigned n)
{
	return n >= 1 && n <= t->messages ? &t->message[t->messages - n] : NULL;
}

void
messages_unheard(struct client *c, struct talk *t,
    void (*fn)(struct client *, struct talk *, struct message *))
{
	size_t i;

	while (t->more && talk_older(c, t) > 0)
		;
	for (i = 0; i < t->messages; i++)
		if (t->message[i].mine &&
		    (t->message[i].kind == MESSAGE_TEXT ||
		    t->message[i].kind == MESSAGE_FILM) &&
		    t->message[i].ladder < LADDER_DEVICE)
			fn(c, t, &t->message[i]);
}
