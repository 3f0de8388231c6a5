/* SPDX-License-Identifier: ISC */
/*
 * Looking people up again: once per connection for everybody we talk to, one
 * after another, so that a changed key is noticed before long and the relay
 * isn't flooded.
 */
#include "inside.h"

/* Somebody we talk with, or who is in a room with us */
static bool
people_ours(struct client *c, const struct person *p)
{
	size_t i;

	if (p->state == PERSON_BLOCKED)
		return false;
	for (i = 0; i < c->talks && p->state == PERSON_KNOWN; i++)
		if (member_is(c->talk[i], p->row))
			return true;
	return p->state != PERSON_KNOWN;
}

static struct person *
people_next(struct client *c)
{
	struct person *p, *next = NULL;
	size_t i;

	for (i = 0; i < c->people; i++)
		if (c->person[i]->again && people_ours(c, c->person[i]))
			return c->person[i];
	for (i = 0; i < c->people; i++) {
		p = c->person[i];
		if (p->row <= c->session.looked || !people_ours(c, p))
			continue;
		if (next == NULL || p->row < next->row)
			next = p;
	}
	return next;
}

void
people_drive(struct client *c)
{
	struct session *s = &c->session;
	struct msg m = {.code = MSG_lookup};
	struct person *p;

	if (!session_registered(c) || s->looking)
		return;
	if (client_mono(c) < s->look_at) {
		client_wake(c, s->look_at);
		return;
	}
	p = people_next(c);
	if (p == NULL)
		return;
	m.lookup.name = bytes_of(p->name.s, p->name.n);
	if (request_ask(c, WANT_LOOKUP_PERSON, p->row, &m))
		s->looking = true;
}

void
people_looked(struct client *c, int64_t row, const struct answer *a)
{
	struct session *s = &c->session;
	struct person *p = client_person(c, row);
	struct record r;

	s->looking = false;
	if (a->err == ERR_RATE || a->err == ERR_IO) {
		s->look_at = answer_wait(c, a, 3);
		return;
	}
	if (row > s->looked)
		s->looked = row;
	if (p == NULL)
		return;
	p->again = audit_refused(a->err);
	if (p->again)
		s->look_at = answer_wait(c, a, 4);
	if (a->err == 0 && record_get(a->data, &r) == 0 &&
	    strcmp(r.name, p->name.s) == 0)
		(void)person_record(c, p, &r, a->data); /* it says so itself */
	else
		log_say(c->log, LOG_WARN, "people", "the relay shows no good "
		    "record of %s", p->name.s);
}
