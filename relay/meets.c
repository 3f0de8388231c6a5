/* SPDX-License-Identifier: ISC */
/*
 * Meetings: a place that two connections know, of which one need not be
 * registered, and through which each hears what the other puts. That is how a
 * new device finds an old one. A place is in memory only and not for long;
 * what goes through is handed on at once and never kept, and how much, from
 * whom and how often is bounded. Who knows a place may disturb those who meet
 * there and nothing else: they prove to each other who they are.
 */
#include <stdlib.h>

#include "relay.h"

struct meet {
	struct meet *next;
	uint8_t place[WIRE_ID];
	uint8_t pays[HASH32];           /* the address that began it */
	struct peer *end[2];            /* the second: NULL until it comes */
	int64_t over;                   /* mono */
	size_t bytes;
};

static struct meet *
meet_find(struct relay *r, const uint8_t place[static WIRE_ID])
{
	int64_t now = clock_mono(r->clock);
	struct meet *m;

	for (m = r->meets; m; m = m->next)
		if (memcmp(m->place, place, WIRE_ID) == 0)
			return now < m->over ? m : NULL;
	return NULL;
}

static void
meet_tell(struct relay *r, struct meet *m, struct peer *p)
{
	struct msg a = {.code = MSG_meet_end};

	memcpy(a.meet_end.place, m->place, WIRE_ID);
	peer_put(r, p, &a);
}

/* Ends it; whoever is there and isn't `gone` hears so. */
static void
meet_end(struct relay *r, struct meet *m, const struct peer *gone)
{
	struct meet **at = &r->meets;
	size_t i;

	while (*at != m)
		at = &(*at)->next;
	*at = m->next;
	r->meets_n--;
	for (i = 0; i < COUNT(m->end); i++) {
		if (!m->end[i])
			continue;
		m->end[i]->meets--;
		if (m->end[i] != gone)
			meet_tell(r, m, m->end[i]);
	}
	free(m);
}

void
meets_leave(struct relay *r, struct peer *p)
{
	struct meet *m, *next;

	for (m = r->meets; m && p->meets > 0; m = next) {
		next = m->next;
		if (m->end[0] == p || m->end[1] == p)
			meet_end(r, m, p);
	}
}

void
meets_sweep(struct relay *r)
{
	int64_t now = clock_mono(r->clock);
	struct meet *m, *next;

	for (m = r->meets; m; m = next) {
		next = m->next;
		if (now < m->over)
			continue;
		relay_begin(r);
		meet_end(r, m, NULL);
	}
}

void
meets_free(struct relay *r)
{
	struct meet *m;

	while ((m = r->meets)) {
		r->meets = m->next;
		free(m);
	}
	r->meets_n = 0;
}

static size_t
meets_begun(const struct relay *r, const struct peer *p)
{
	const struct meet *m;
	size_t n = 0;

	for (m = r->meets; m; m = m->next)
		n += memcmp(m->pays, p->pays_address, HASH32) == 0;
	return n;
}

static int
meet_begin(struct relay *r, struct peer *p, const struct msg_meet_open *q)
{
	struct meet *m;

	if (meet_find(r, q->place))
		return peer_refuse(p, ERR_EXISTS, "these words are in use: "
		    "take others");
	if (defence(meets) && (r->meets_n >= MEETS_MAX ||
	    meets_begun(r, p) >= MEETS_ADDRESS))
		return peer_refuse_at(p, ERR_RATE, MEET_LIFE / 10,
		    "too many devices are being linked: wait a moment");
	m = mem_alloc(sizeof(*m));
	memcpy(m->place, q->place, WIRE_ID);
	memcpy(m->pays, p->pays_address, HASH32);
	m->end[0] = p;
	m->over = clock_mono(r->clock) + MEET_LIFE;
	m->next = r->meets;
	r->meets = m;
	r->meets_n++;
	p->meets++;
	peer_done(r, p, q->req, 0);
	return 0;
}

int
on_meet_open(struct relay *r, struct peer *p, const struct msg_meet_open *q)
{
	struct meet *m;

	meets_sweep(r);
	if (q->join > 1)
		return ERR_RANGE;
	if (p->meets >= MEETS_PEER)
		return peer_refuse(p, ERR_QUOTA, "this connection is linking "
		    "devices already");
	if (!q->join)
		return meet_begin(r, p, q);
	m = meet_find(r, q->place);
	if (!m || m->end[0] == p)
		return peer_refuse(p, ERR_NONE, "nobody waits at these words");
	if (m->end[1])
		return peer_refuse(p, ERR_EXISTS, "somebody has taken these "
		    "words already");
	m->end[1] = p;
	p->meets++;
	peer_done(r, p, q->req, 0);
	return 0;
}

int
on_meet_put(struct relay *r, struct peer *p, const struct msg_meet_put *q)
{
	struct msg a = {.code = MSG_meet_got};
	struct meet *m = meet_find(r, q->place);
	struct peer *to;

	if (!m || (m->end[0] != p && m->end[1] != p))
		return peer_refuse(p, ERR_NONE, "this meeting is over");
	to = m->end[0] == p ? m->end[1] : m->end[0];
	if (!to)
		return peer_refuse(p, ERR_STATE, "nobody else is there yet");
	m->bytes += q->data.n;
	if (m->bytes > MEET_BYTES && defence(meets)) {
		meet_end(r, m, p);
		return peer_refuse(p, ERR_QUOTA, "too much for a meeting");
	}
	memcpy(a.meet_got.place, q->place, WIRE_ID);
	a.meet_got.data = q->data;
	peer_put(r, to, &a);
	peer_done(r, p, q->req, 0);
	return 0;
}

int
on_meet_close(struct relay *r, struct peer *p, const struct msg_meet_close *q)
{
	struct meet *m = meet_find(r, q->place);

	if (!m || (m->end[0] != p && m->end[1] != p))
		return peer_refuse(p, ERR_NONE, "this meeting is over");
	meet_end(r, m, p);
	peer_done(r, p, q->req, 0);
	return 0;
}
