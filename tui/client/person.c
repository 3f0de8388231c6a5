/* SPDX-License-Identifier: ISC */
/*
 * People. The account key seen first under a name is pinned: a directory that
 * shows another one later stops everything with that person, and nothing here
 * ever takes the new key by itself. Refuses to know conversations.
 */
#include <stdlib.h>

#include "trust.h"

const char *
person_state_name(enum person_state s)
{
	static const char *const name[] = {"known", "asked", "asking",
		"contact", "declined", "blocked"};

	return (unsigned)s < COUNT(name) ? name[s] : "?";
}

void
person_keep(struct client *c, struct person *p)
{
	struct buf b = {.secret = true};
	uint8_t key[HASH32];

	buf_put(&b, p->account_key, SIGN_PUBLIC);
	buf_u8(&b, (uint8_t)p->state);
	buf_u8(&b, p->verified);
	buf_u8(&b, p->changed);
	buf_put(&b, p->changed_to, ACCOUNT_ID);
	buf_u64(&b, (uint64_t)p->since);
	buf_u64(&b, (uint64_t)p->last_heard);
	buf_u32(&b, (uint32_t)p->record_raw.n);
	buf_bytes(&b, buf_view(&p->record_raw));
	keep_index(&c->keep, TABLE_person, bytes_of("name", 4),
	    bytes_of(p->name.s, p->name.n), key);
	keep_put(&c->keep, TABLE_person, p->row, 0, key, buf_view(&b));
	buf_free(&b);
}

static struct person *
person_new(struct client *c, int64_t row)
{
	struct person *p = mem_alloc(sizeof(*p));

	p->row = row;
	c->person = mem_grow(c->person, c->people + 1, sizeof(*c->person));
	c->person[c->people++] = p;
	return p;
}

struct past *
person_past(struct person *p)
{
	if (p->past == NULL)
		p->past = mem_alloc(sizeof(*p->past));
	return p->past;
}

void
person_take(struct client *c, struct person *p, const struct record *r,
    struct bytes raw)
{
	struct buf copy = {0};

	buf_bytes(&copy, raw);
	buf_free(&p->record_raw);
	p->record_raw = copy;
	p->record = *r;
	memcpy(p->account, r->account, ACCOUNT_ID);
	memcpy(p->account_key, r->account_key, SIGN_PUBLIC);
	safe_free(&p->name);
	p->name = safe_make(SAFE_NAME, r->name, strlen(r->name));
	safety_number(c->self.account, p->account, p->safety);
}

struct person *
person_add(struct client *c, const struct record *r, struct bytes raw,
    enum person_state state)
{
	struct person *p = person_new(c, keep_row(&c->keep, TABLE_person));

	person_take(c, p, r, raw);
	p->state = state;
	p->since = client_now(c);
	p->trust.note = safe_of("");
	p->trust.asks = safe_of("");
	person_keep(c, p);
	alike_look(c, p);
	client_event(c, EVENT_person, NULL, NULL, p, NULL);
	client_show(c);
	return p;
}

struct person *
person_of(struct client *c, const uint8_t account[static ACCOUNT_ID])
{
	size_t i;

	for (i = 0; i < c->people; i++)
		if (memcmp(c->person[i]->account, account, ACCOUNT_ID) == 0)
			return c->person[i];
	return NULL;
}

void
person_set(struct client *c, struct person *p, enum person_state state)
{
	if (p->state == state)
		return;
	p->state = state;
	person_keep(c, p);
	client_event(c, EVENT_person, NULL, NULL, p, NULL);
	client_show(c);
}

int
person_record(struct client *c, struct person *p, const struct record *r,
    struct bytes raw)
{
	int err = record_follows(&p->record, r);

	if (err == ERR_CHANGED && defence(changed)) {
		newkey_shown(c, p, r, raw);
		return err;
	}
	if (err != 0) {
		log_say(c->log, LOG_WARN, "person", "the relay's record of %s "
		    "is refused: %s", p->name.s, err_text(err));
		return err;
	}
	if (p->changed)
		newkey_back(c, p);
	if (r->version > p->record.version) {
		past_add(c, person_past(p), p->row, &p->record,
		    buf_view(&p->record_raw));
		person_take(c, p, r, raw);
		person_keep(c, p);
		members_look(c);
	}
	return 0;
}

static void
person_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct client *c = arg;
	struct person *p = person_new(c, row);
	struct record record;
	struct bytes raw;
	uint8_t key[SIGN_PUBLIC];

	(void)owner;
	rd_copy(r, key, SIGN_PUBLIC);
	p->state = (enum person_state)rd_u8(r);
	p->verified = rd_u8(r) != 0;
	p->changed = rd_u8(r) != 0;
	rd_copy(r, p->changed_to, ACCOUNT_ID);
	p->since = (int64_t)rd_u64(r);
	p->last_heard = (int64_t)rd_u64(r);
	raw = rd_view(r, rd_u32(r));
	if (r->err != 0 || record_get(raw, &record) != 0 ||
	    memcmp(record.account_key, key, SIGN_PUBLIC) != 0) {
		rd_fail(r, ERR_FORMAT);
		free(p);
		c->people--;
		return;
	}
	person_take(c, p, &record, raw);
}

int
people_load(struct client *c)
{
	int err = keep_each(&c->keep, TABLE_person, person_got, c);

	return err != 0 ? err : trusts_load(c);
}

void
people_free(struct client *c)
{
	struct person *p;
	size_t i;

	for (i = 0; i < c->people; i++) {
		p = c->person[i];
		safe_wipe(&p->name);
		buf_free(&p->record_raw);
		if (p->past != NULL)
			past_free(p->past);
		free(p->past);
		trust_free(p);
		mem_wipe(p, sizeof(*p));
		free(p);
	}
	free(c->person);
	c->person = NULL;
	c->people = 0;
}

size_t
client_people(const struct client *c)
{
	return c->people;
}

struct person *
client_person_at(struct client *c, size_t i)
{
	return i < c->people ? c->person[i] : NULL;
}

struct person *
client_person(struct client *c, int64_t row)
{
	size_t i;

	for (i = 0; i < c->people && row != 0; i++)
		if (c->person[i]->row == row)
			return c->person[i];
	return NULL;
}

struct person *
client_person_named(struct client *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->people; i++)
		if (strcmp(c->person[i]->name.s, name) == 0)
			return c->person[i];
	return NULL;
}
