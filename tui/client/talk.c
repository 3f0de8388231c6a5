/* SPDX-License-Identifier: ISC */
/*
 * Conversations as the store and the list know them. What belongs to the group
 * behind one is in talk_group.c. Rows are marked dirty and written at the end
 * of the turn, once, however often they changed.
 */
#include <stdlib.h>

#include "inside.h"

#define HEARD_MAX 64            /* devices whose numbers are counted */

void
talk_dirty(struct talk *t)
{
	t->secret->dirty = true;
}

struct talk *
talk_new(struct client *c, int64_t row)
{
	struct talk *t = mem_alloc(sizeof(*t));

	t->row = row;
	t->secret = mem_alloc(sizeof(*t->secret));
	t->secret->next = 1;
	t->secret->take = ++c->takes;
	c->talk = mem_grow(c->talk, c->talks + 1, sizeof(*c->talk));
	c->talk[c->talks++] = t;
	c->unsorted = true;
	return t;
}

struct talk *
talk_add(struct client *c, struct person *p, enum talk_state state)
{
	struct talk *t = talk_new(c, keep_row(&c->keep, TABLE_talk));

	t->person = p->row;
	t->state = state;
	t->title = safe_copy(&p->name);
	t->last = client_now(c);
	client_id(c, t->log);   /* until a group gives it its own */
	talk_dirty(t);
	client_show(c);
	return t;
}

struct talk *
talk_of(struct client *c, const uint8_t log[static WIRE_ID])
{
	size_t i;

	for (i = 0; i < c->talks; i++)
		if (memcmp(c->talk[i]->log, log, WIRE_ID) == 0)
			return c->talk[i];
	return NULL;
}

struct talk *
talk_taken(struct client *c, int64_t take)
{
	size_t i;

	for (i = 0; i < c->talks; i++)
		if (c->talk[i]->secret->take == take)
			return c->talk[i];
	return NULL;
}

struct talk *
talk_of_person(struct client *c, int64_t person)
{
	size_t i;

	for (i = 0; i < c->talks && person != 0; i++)
		if (c->talk[i]->person == person)
			return c->talk[i];
	return NULL;
}

void
talk_set(struct client *c, struct talk *t, enum talk_state state)
{
	if (t->state == state)
		return;
	t->state = state;
	c->look = true;
	talk_dirty(t);
	client_event(c, EVENT_person, t, NULL, client_person(c, t->person),
	    NULL);
	client_show(c);
}

enum {                          /* in the row; others are a later version's */
	TALK_MIDWAY = 1, TALK_AGAIN = 2,
};

static void
talk_put_data(struct buf *b, struct bytes v)
{
	buf_u32(b, (uint32_t)v.n);
	buf_bytes(b, v);
}

static void
talk_put(struct client *c, struct talk *t)
{
	struct talk_secret *s = t->secret;
	struct buf b = {.secret = true};
	size_t i;

	buf_put(&b, t->log, WIRE_ID);
	buf_u8(&b, (uint8_t)t->state);
	buf_u32(&b, t->unread);
	buf_u64(&b, (uint64_t)t->read_row);
	buf_u64(&b, (uint64_t)t->last);
	buf_u64(&b, t->epoch);
	buf_u64(&b, s->next);
	buf_u64(&b, s->sent);
	buf_u8(&b, (uint8_t)s->start);
	buf_put(&b, s->access, sizeof(s->access));
	buf_put(&b, s->commit_id, WIRE_ID);
	buf_u8(&b, s->heal);
	buf_u64(&b, (uint64_t)s->healed);
	buf_u64(&b, s->since);
	talk_put_data(&b, buf_view(&s->commit));
	talk_put_data(&b, buf_view(&s->welcome));
	talk_put_data(&b, bytes_of(t->draft, t->draft != NULL ?
	    strlen(t->draft) : 0));
	buf_u8(&b, (uint8_t)s->heards);
	for (i = 0; i < s->heards; i++) {
		buf_put(&b, s->heard[i].device, DEVICE_ID);
		buf_u64(&b, s->heard[i].number);
	}
	buf_u8(&b, s->leaving);
	buf_u8(&b, s->rejoin);
	buf_u8(&b, (uint8_t)((s->midway ? TALK_MIDWAY : 0) |
	    (s->again ? TALK_AGAIN : 0)));
	buf_put(&b, s->rejoin_id, WIRE_ID);
	buf_u32(&b, s->rejoin ? (uint32_t)t->members : 0);
	for (i = 0; s->rejoin && i < t->members; i++)
		buf_u64(&b, (uint64_t)t->member[i]);
	talk_put_data(&b, talk_is_room(t) ? bytes_of(t->title.s, t->title.n) :
	    bytes_of(NULL, 0));
	halt_put(t, &b);
	keep_put(&c->keep, TABLE_talk, t->row, t->person, NULL, buf_view(&b));
	buf_free(&b);
}

static void
talk_get_heard(struct rd *r, struct talk_secret *s)
{
	size_t i, n = rd_u8(r);

	s->heard = mem_array(n, sizeof(*s->heard));
	s->heards = n;
	for (i = 0; i < n; i++) {
		rd_copy(r, s->heard[i].device, DEVICE_ID);
		s->heard[i].number = rd_u64(r);
	}
}

/* Of a group there is none now: whom to ask to be let in */
static void
talk_get_members(struct rd *r, struct talk *t)
{
	size_t i, n = rd_u32(r);

	for (i = 0; i < n && r->err == 0; i++) {
		t->member = mem_grow(t->member, t->members + 1,
		    sizeof(*t->member));
		t->member[t->members++] = (int64_t)rd_u64(r);
	}
}

static void
talk_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct client *c = arg;
	struct person *p = client_person(c, owner);
	struct talk *t = talk_new(c, row);
	struct talk_secret *s = t->secret;
	struct bytes draft, title;
	uint8_t flags;

	t->person = owner;
	t->title = p != NULL ? safe_copy(&p->name) : safe_of("?");
	rd_copy(r, t->log, WIRE_ID);
	t->state = (enum talk_state)rd_u8(r);
	t->unread = rd_u32(r);
	t->read_row = (int64_t)rd_u64(r);
	t->last = (int64_t)rd_u64(r);
	t->epoch = rd_u64(r);
	s->next = rd_u64(r);
	s->sent = rd_u64(r);
	s->start = (enum talk_start)rd_u8(r);
	rd_copy(r, s->access, sizeof(s->access));
	rd_copy(r, s->commit_id, WIRE_ID);
	s->heal = rd_u8(r) != 0;
	s->healed = (int64_t)rd_u64(r);
	s->since = rd_u64(r);
	buf_bytes(&s->commit, rd_view(r, rd_u32(r)));
	buf_bytes(&s->welcome, rd_view(r, rd_u32(r)));
	draft = rd_view(r, rd_u32(r));
	if (draft.n > 0) {
		t->draft = mem_alloc(draft.n + 1);
		memcpy(t->draft, draft.p, draft.n);
		s->draft = mem_string(t->draft);
	}
	talk_get_heard(r, s);
	s->leaving = rd_u8(r) != 0;
	s->rejoin = rd_u8(r) != 0;
	flags = rd_u8(r);
	s->midway = flags & TALK_MIDWAY;
	s->again = flags & TALK_AGAIN;
	rd_copy(r, s->rejoin_id, WIRE_ID);
	talk_get_members(r, t);
	title = rd_view(r, rd_u32(r));
	if (talk_is_room(t)) {
		safe_free(&t->title);
		t->title = safe_make(SAFE_NAME, title.p, title.n);
	}
	halt_get(r, t);
}

int
talks_load(struct client *c)
{
	size_t i;
	int err;

	err = keep_each(&c->keep, TABLE_talk, talk_got, c);
	if (err == 0)
		err = groups_load(c);
	if (err == 0)
		err = branches_load(c);
	for (i = 0; i < c->talks && err >= 0; i++)
		err = talk_older(c, c->talk[i]);
	for (i = 0; i < c->talks && err >= 0; i++)
		members_note(c, c->talk[i]);
	return err < 0 ? err : 0;
}

static void
talk_free(struct talk *t)
{
	struct talk_secret *s = t->secret;
	size_t i;

	for (i = 0; i < t->messages; i++)
		message_free(&t->message[i]);
	outs_free(t);
	mls_group_free(s->group);
	mls_group_free(s->old);
	mls_stage_free(s->stage);
	fetch_free(s->fetch);
	buf_free(&s->commit);
	buf_free(&s->welcome);
	string_wipe(&s->draft);
	free(s->heard);
	free(s->due);
	mem_wipe(s, sizeof(*s));
	free(s);
	if (t->message != NULL)
		mem_wipe(t->message, t->messages * sizeof(*t->message));
	free(t->message);
	free(t->member);
	halt_end(t);
	safe_wipe(&t->title);
	string_wipe(&t->draft);
	free(t);
}

void
talks_free(struct client *c)
{
	size_t i;

	for (i = 0; i < c->talks; i++)
		talk_free(c->talk[i]);
	free(c->talk);
	c->talk = NULL;
	c->talks = 0;
}

/* Others write t->draft as they like; what is kept follows here. */
static void
talk_draft(struct talk *t)
{
	struct talk_secret *s = t->secret;
	const char *a = t->draft != NULL ? t->draft : "";
	const char *b = s->draft != NULL ? s->draft : "";

	if (strcmp(a, b) == 0)
		return;
	string_wipe(&s->draft);
	s->draft = mem_string(a);
	s->dirty = true;
}

void
talks_flush(struct client *c)
{
	struct talk *t;
	size_t i;

	for (i = 0; i < c->talks; i++) {
		t = c->talk[i];
		talk_draft(t);
		if (t->secret->dirty)
			talk_put(c, t);
		t->secret->dirty = false;
		group_flush(c, t);
	}
}

static int
talk_order(const void *x, const void *y)
{
	const struct talk *a = *(struct talk *const *)x;
	const struct talk *b = *(struct talk *const *)y;

	if ((a->unread > 0) != (b->unread > 0))
		return a->unread > 0 ? -1 : 1;
	if (a->last != b->last)
		return a->last > b->last ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

void
talks_sort(struct client *c)
{
	if (!c->unsorted)
		return;
	c->unsorted = false;
	if (c->talks > 1)
		qsort(c->talk, c->talks, sizeof(*c->talk), talk_order);
}

const struct person *
talk_changed(struct client *c, const struct talk *t)
{
	struct person *p;
	size_t i;

	for (i = 0; i < t->members; i++) {
		p = client_person(c, t->member[i]);
		if (p != NULL && p->changed)
			return p;
	}
	p = client_person(c, t->person);
	return p != NULL && p->changed ? p : NULL;
}

bool
talk_can_send(const struct talk *t)
{
	return t->state == TALK_OPEN || t->state == TALK_ASKED;
}

/* A device that was let in anew counts from the start. */
void
talk_unheard(struct talk *t, const uint8_t device[static DEVICE_ID])
{
	struct talk_secret *s = t->secret;
	size_t i;

	for (i = 0; i < s->heards; i++)
		if (memcmp(s->heard[i].device, device, DEVICE_ID) == 0)
			s->heard[i--] = s->heard[--s->heards];
	talk_dirty(t);
}

/* The number of a sender's body: how many are missing before it. */
uint64_t
talk_gap(struct talk *t, const uint8_t device[static DEVICE_ID],
    uint64_t number)
{
	struct talk_secret *s = t->secret;
	struct talk_heard *h = NULL;
	uint64_t missing;
	size_t i;

	for (i = 0; i < s->heards; i++)
		if (memcmp(s->heard[i].device, device, DEVICE_ID) == 0)
			h = &s->heard[i];
	if (h == NULL) {
		if (s->heards == HEARD_MAX)
			return 0;
		s->heard = mem_grow(s->heard, s->heards + 1,
		    sizeof(*s->heard));
		h = &s->heard[s->heards++];
		memset(h, 0, sizeof(*h));
		memcpy(h->device, device, DEVICE_ID);
		if (s->midway)
			h->number = number - 1;
	}
	if (number <= h->number)
		return 0;
	missing = number - h->number - 1;
	h->number = number;
	talk_dirty(t);
	return missing;
}

/* ---- for cmd and face --------------------------------------------------- */

size_t
client_talks(const struct client *c)
{
	return c->talks;
}

struct talk *
client_talk_at(struct client *c, size_t i)
{
	return i < c->talks ? c->talk[i] : NULL;
}

struct talk *
client_talk(struct client *c, int64_t row)
{
	size_t i;

	for (i = 0; i < c->talks && row != 0; i++)
		if (c->talk[i]->row == row)
			return c->talk[i];
	return NULL;
}

struct talk *
client_talk_with(struct client *c, const char *name)
{
	struct person *p = client_person_named(c, name);

	return p != NULL ? talk_of_person(c, p->row) : NULL;
}

unsigned
client_unread(const struct client *c)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < c->talks; i++)
		n += c->talk[i]->unread;
	return n;
}

void
client_read(struct client *c, struct talk *t)
{
	int64_t row = t->messages > 0 ? t->message[t->messages - 1].row : 0;

	if (t->unread == 0 && t->read_row == row)
		return;
	t->unread = 0;
	t->read_row = row;
	c->unsorted = true;
	talk_dirty(t);
	client_show(c);
}
