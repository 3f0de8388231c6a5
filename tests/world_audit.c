/* SPDX-License-Identifier: ISC */
/*
 * What must hold: see world.h. In every step ladders climb; in the end each
 * message that was kept is at its reader once, in the relay's order, nothing
 * waits for ever and both ends of a conversation stand in the same epoch.
 */
#include <stdio.h>
#include <stdlib.h>

#include "rogue.h"
#include "tap.h"
#include "world.h"

#define AUDIT_LAST 100          /* messages of a talk looked at in each step */
#define AUDIT_PEOPLE 10         /* and of so many, in turns */

struct count {
	unsigned mine, theirs;
	enum ladder ladder;
	uint64_t number;
};

static struct said *
said_of(struct world *w, const struct message *m)
{
	unsigned long i = strtoul(m->text.s, NULL, 10);

	return m->kind == MESSAGE_TEXT && m->text.s[0] <= '9' && i < w->saids ? &w->said[i] : NULL;
}

static struct party *
party_of(struct world *w, struct client *c, const struct talk *t)
{
	const char *name = client_person(c, t->person)->name.s;
	size_t i;

	for (i = 0; i < w->parties; i++)
		if (strcmp(w->party[i].name, name) == 0)
			return &w->party[i];
	bail("nobody is called %s", name);
}

/* ---- in every step ------------------------------------------------------ */

static void
audit_ladder(struct world *w, struct party *p, const struct talk *t,
    const struct message *m)
{
	struct said *s = said_of(w, m);

	if (s == NULL || !m->mine || s->from != p)
		return;
	/* another group takes over what nobody confirmed in the old one */
	if (m->ladder < s->ladder && (s->ladder == LADDER_DEVICE ||
	    memcmp(s->log, t->log, WIRE_ID) == 0) &&
	    s->ladder >= LADDER_RELAY)
		world_fault(w, "%s: message %u fell from %s to %s", p->name,
		    s->serial, ladder_name(s->ladder), ladder_name(m->ladder));
	if (m->ladder >= LADDER_RELAY && s->ladder >= LADDER_RELAY &&
	    m->ladder != LADDER_FAILED && s->number != m->number &&
	    memcmp(s->log, t->log, WIRE_ID) == 0)
		world_fault(w, "%s: message %u was number %llu, is %llu",
		    p->name, s->serial, (unsigned long long)s->number,
		    (unsigned long long)m->number);
	s->ladder = m->ladder;
	s->number = m->number;
	memcpy(s->log, t->log, WIRE_ID);
}

/* Honest relays stop nobody, whatever becomes of the line. */
static void
audit_online(struct world *w, struct party *p)
{
	const char *why = client_online_why(p->client);

	if (client_online(p->client) != ONLINE_STOP)
		return;
	/* whoever is not known yet is told at once, and tries again */
	if (!client_fresh(p->client))
		world_fault(w, "%s stopped for good: %s", p->name, why);
	client_connect(p->client);
}

static void
audit_party(struct world *w, struct party *p)
{
	size_t k, j;

	if (p->client == NULL)
		return;
	audit_online(w, p);
	for (k = 0; k < client_talks(p->client); k++) {
		struct talk *t = client_talk_at(p->client, k);

		j = t->messages > AUDIT_LAST ? t->messages - AUDIT_LAST : 0;
		for (; j < t->messages; j++)
			audit_ladder(w, p, t, &t->message[j]);
	}
}

void
audit_step(struct world *w)
{
	size_t i, n = w->people < AUDIT_PEOPLE ? w->people : AUDIT_PEOPLE;

	for (i = 0; i < n; i++) {
		w->audited = (w->audited + 1) % w->people;
		audit_party(w, &w->party[WORLD_RELAYS + w->audited]);
	}
}

/* ---- in the end ---------------------------------------------------------- */

static void
audit_system(struct world *w, struct party *p, const struct message *m)
{
	static const char *const bad[] = {"did not arrive", "opened",
	    "older copy", "missing", "stopped", "can't"};
	size_t i;

	for (i = 0; i < COUNT(bad); i++)
		if (strstr(m->text.s, bad[i]) != NULL) {
			world_fault(w, "%s reads: %s", p->name, m->text.s);
			return;
		}
}

static void
audit_theirs(struct world *w, struct party *p, struct talk *t,
    const struct message *m, struct count *n)
{
	struct said *s = said_of(w, m);

	if (s == NULL || s->to != p || s->from != party_of(w, p->client, t)) {
		world_fault(w, "%s has a message that nobody wrote to it: "
		    "%.20s", p->name, m->text.s);
		return;
	}
	if (s->gone)
		world_fault(w, "%s reads message %u, which was never kept",
		    p->name, s->serial);
	n[s->serial].theirs++;
}

/* As they were written, which is how the relay numbered them. */
static void
audit_order(struct world *w, struct party *p, const struct talk *t,
    const struct count *n)
{
	const struct said *last = NULL, *s;
	size_t i;

	for (i = 0; i < t->messages; i++) {
		if (t->message[i].mine)
			continue;
		s = said_of(w, &t->message[i]);
		if (s == NULL)
			continue;
		if (last != NULL && (s->serial < last->serial ||
		    n[s->serial].number < n[last->serial].number))
			world_fault(w, "%s reads %u (number %llu) after %u "
			    "(number %llu)", p->name, s->serial,
			    (unsigned long long)n[s->serial].number,
			    last->serial,
			    (unsigned long long)n[last->serial].number);
		last = s;
	}
}

static void
audit_talk(struct world *w, struct party *p, struct talk *t, struct count *n)
{
	struct said *s;
	size_t i;

	while (t->more && talk_older(p->client, t) > 0)
		;
	for (i = 0; i < t->messages; i++) {
		const struct message *m = &t->message[i];

		if (m->kind == MESSAGE_SYSTEM)
			audit_system(w, p, m);
		else if (!m->mine && strcmp(m->text.s, WORLD_NOTE) != 0)
			audit_theirs(w, p, t, m, n);
		else if ((s = said_of(w, m)) != NULL && s->from == p) {
			n[s->serial].mine++;
			n[s->serial].ladder = m->ladder;
			n[s->serial].number = m->number;
		}
	}
	if (t->state == TALK_STOPPED)
		world_fault(w, "%s: the talk with %s has stopped", p->name,
		    t->title.s);
}

static void
audit_said(struct world *w, const struct said *s, const struct count *n)
{
	bool refused = *world_declined(w, s->from, s->to);
	const char *from = s->from->name, *to = s->to->name;

	if (n->theirs > 1)
		world_fault(w, "%s has message %u of %s %u times", to,
		    s->serial, from, n->theirs);
	if (s->gone || !s->kept) {
		if (n->mine != 0)
			world_fault(w, "%s has its lost message %u", from,
			    s->serial);
		return;
	}
	if (n->mine != 1)
		world_fault(w, "%s has its own message %u %u times", from,
		    s->serial, n->mine);
	else if (n->ladder == LADDER_FAILED && !refused)
		world_fault(w, "%s to %s: message %u failed", from, to,
		    s->serial);
	else if (n->ladder < LADDER_RELAY && !refused)
		world_fault(w, "%s to %s: message %u is %s for ever", from,
		    to, s->serial, ladder_name(n->ladder));
	else if (n->ladder != LADDER_FAILED && n->ladder >= LADDER_RELAY &&
	    n->theirs == 0 && !refused)
		world_fault(w, "%s to %s: message %u is %s and not read",
		    from, to, s->serial, ladder_name(n->ladder));
	else if (n->ladder == LADDER_RELAY && n->theirs == 1)
		world_fault(w, "%s to %s: message %u was read, and no receipt "
		    "came", from, to, s->serial);
	else if (n->ladder == LADDER_DEVICE && n->theirs != 1)
		world_fault(w, "%s believes that %s has message %u", from, to,
		    s->serial);
}

static void
audit_epoch(struct world *w, struct party *p, struct talk *t)
{
	struct party *q = party_of(w, p->client, t);
	struct talk *u = client_talk_with(q->client, p->name);
	uint8_t a[64], b[64];
	size_t n;

	if (t->state != TALK_OPEN)
		return;
	if (u == NULL || u->state != TALK_OPEN) {
		if (!*world_declined(w, p, q))
			world_fault(w, "%s talks with %s, who does not",
			    p->name, q->name);
		return;
	}
	n = rogue_epoch(t, a);
	if (memcmp(t->log, u->log, WIRE_ID) != 0)
		world_fault(w, "%s and %s have two logs", p->name, q->name);
	else if (n == 0 || rogue_epoch(u, b) != n || memcmp(a, b, n) != 0)
		world_fault(w, "%s and %s stand in different epochs (%llu, "
		    "%llu)", p->name, q->name, (unsigned long long)t->epoch,
		    (unsigned long long)u->epoch);
}

void
audit_end(struct world *w)
{
	struct count *n = mem_array(w->saids + 1, sizeof(*n));
	size_t i, k;

	audit_step(w);
	for (i = WORLD_RELAYS; i < w->parties; i++) {
		struct client *c = w->party[i].client;

		for (k = 0; k < client_talks(c); k++) {
			audit_talk(w, &w->party[i], client_talk_at(c, k), n);
			audit_epoch(w, &w->party[i], client_talk_at(c, k));
		}
	}
	for (i = WORLD_RELAYS; i < w->parties; i++)
		for (k = 0; k < client_talks(w->party[i].client); k++)
			audit_order(w, &w->party[i],
			    client_talk_at(w->party[i].client, k), n);
	for (i = 0; i < w->saids; i++)
		audit_said(w, &w->said[i], &n[i]);
	free(n);
}
