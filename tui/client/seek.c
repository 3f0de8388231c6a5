/* SPDX-License-Identifier: ISC */
/*
 * Accounts that stand in a group and that we have not seen, or not in that
 * version of their record: the directory is asked by id until it has shown
 * them. What waits for it (a commit, a Welcome) is tried again by itself. Of
 * this run only: whoever still needs an account asks for it again.
 */
#include <stdlib.h>

#include "inside.h"

#define SEEKS_MAX 4096
#define SEEKS_AT_ONCE 16

static struct seek *
seek_of(const struct client *c, const uint8_t account[static ACCOUNT_ID])
{
	size_t i;

	for (i = 0; i < c->seeks; i++)
		if (memcmp(c->seek[i].account, account, ACCOUNT_ID) == 0)
			return &c->seek[i];
	return NULL;
}

int64_t
seek_row(const uint8_t account[static ACCOUNT_ID])
{
	uint64_t n;

	memcpy(&n, account, sizeof(n));
	return (int64_t)(n >> 1);
}

void
seek_want(struct client *c, const uint8_t account[static ACCOUNT_ID])
{
	struct seek *s;

	if (c->seeks >= SEEKS_MAX || seek_of(c, account) != NULL)
		return;
	c->seek = mem_grow(c->seek, c->seeks + 1, sizeof(*c->seek));
	s = &c->seek[c->seeks++];
	memset(s, 0, sizeof(*s));
	memcpy(s->account, account, ACCOUNT_ID);
}

bool
seek_done(const struct client *c)
{
	return c->seeks == 0;
}

/* When there are too many at once, for anybody */
bool
seek_waits(const struct client *c, const uint8_t account[static ACCOUNT_ID])
{
	return c->seeks >= SEEKS_MAX || seek_of(c, account) != NULL;
}

void
seek_drive(struct client *c)
{
	struct msg m = {.code = MSG_lookup_id};
	size_t i, asked = 0;
	struct seek *s;

	if (!session_registered(c))
		return;
	for (i = 0; i < c->seeks && asked < SEEKS_AT_ONCE; i++) {
		s = &c->seek[i];
		if (s->flight == c->session.generation) {
			asked++;
			continue;
		}
		if (client_mono(c) < s->not_before) {
			client_wake(c, s->not_before);
			continue;
		}
		memcpy(m.lookup_id.account, s->account, ACCOUNT_ID);
		if (request_ask(c, WANT_SEEK, seek_row(s->account), &m)) {
			s->flight = c->session.generation;
			asked++;
		}
	}
}

static void
seek_drop(struct client *c, struct seek *s)
{
	*s = c->seek[--c->seeks];
}

/* Somebody is known now: what waited for it goes on at once. */
static void
seek_found(struct client *c)
{
	struct talk_secret *s;
	size_t i;

	for (i = 0; i < c->talks; i++) {
		s = c->talk[i]->secret;
		if (s->judge_tries > 0)
			s->open_not_before = 0;
	}
	for (i = 0; i < c->jobs; i++)
		if (c->job[i]->kind == JOB_JOIN)
			c->job[i]->not_before = 0;
}

static int
seek_take(struct client *c, const struct seek *s, struct bytes raw)
{
	struct person *p;
	struct record r;
	int err = record_get(raw, &r);

	if (err == 0 && memcmp(r.account, s->account, ACCOUNT_ID) != 0)
		err = ERR_RULE;
	if (err != 0)
		return err;
	if (memcmp(r.account, c->self.account, ACCOUNT_ID) == 0) {
		/* another device of ours has changed our record */
		watch_looked(c, &(struct answer){.data = raw});
		return record_follows(&r, &c->self.record);
	}
	p = person_of(c, r.account);
	if (p == NULL)
		p = client_person_named(c, r.name);
	if (p != NULL)
		return person_record(c, p, &r, raw);
	(void)person_add(c, &r, raw, PERSON_KNOWN);
	return 0;
}

void
seek_got(struct client *c, int64_t row, const struct answer *a)
{
	struct seek *s = NULL;
	size_t i;
	int err;

	for (i = 0; i < c->seeks && s == NULL; i++)
		if (seek_row(c->seek[i].account) == row)
			s = &c->seek[i];
	if (s == NULL)
		return;
	s->flight = 0;
	err = a->err != 0 ? a->err : seek_take(c, s, a->data);
	if (err == 0) {
		seek_drop(c, s);
		seek_found(c);
		return;
	}
	log_say(c->log, LOG_WARN, "seek", "a member's record is not to be "
	    "had: %s", err_text(err));
	if (err != ERR_RATE && err != ERR_IO && err != ERR_NONE)
		seek_drop(c, s);        /* who needs it asks once more */
	else
		s->not_before = answer_wait(c, a, 2 + s->tries++);
}

void
seeks_free(struct client *c)
{
	free(c->seek);
	c->seek = NULL;
	c->seeks = 0;
}
