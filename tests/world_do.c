/* SPDX-License-Identifier: ISC */
/*
 * What people, machines and operators do in a step of the world; see world.h.
 * Rows: how often, and who does it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"
#include "world.h"

#define YEARS_30 (30ll * 365 * 86400000)
#define DAY (86400000ll)

static struct party *
some_client(struct world *w)
{
	return &w->party[WORLD_RELAYS + world_below(w, (uint32_t)w->people)];
}

static bool
can_act(const struct party *p)
{
	return p->client != NULL && !client_locked(p->client) &&
	    inside_registered(p->client);
}

/* In a large world somebody of one's circle, so that talks don't become ever
 * more; the circle is a ring. */
static struct party *
some_near(struct world *w, const struct party *p)
{
	size_t by = 1 + world_below(w, WORLD_CIRCLE);

	if (world_chance(w, 2))
		by = w->people - by;
	return &w->party[WORLD_RELAYS + (p->index - WORLD_RELAYS + by) %
	    w->people];
}

/* Somebody on the same relay. */
static struct party *
some_other(struct world *w, const struct party *p)
{
	struct party *q;

	do
		q = world_large(w) ? some_near(w, p) : some_client(w);
	while (q == p || q->home != p->home);
	return q;
}

/* Many do something in a step of a large world, and relays are still two. */
static bool
too_often(struct world *w)
{
	return world_large(w) && !world_chance(w, world_deeds(w));
}

/* ---- people ------------------------------------------------------------ */

void
world_befriend(struct party *p, struct party *to)
{
	char *why = NULL;
	int err;

	if (!can_act(p))
		return;
	err = client_add(p->client, to->name, WORLD_NOTE, &why);
	world_note(p->world, "%s adds %s: %s", p->name, to->name,
	    err != 0 ? why : "asked");
	free(why);
}

static void
do_add(struct world *w, struct party *p)
{
	world_befriend(p, some_other(w, p));
}

static void
do_both(struct world *w, struct party *p)
{
	struct party *q = some_other(w, p);

	world_befriend(p, q);
	world_befriend(q, p);
}

static void
do_answer(struct world *w, struct party *p)
{
	bool yes = !world_chance(w, 12);
	struct person *who;
	char *why = NULL;
	size_t i, k;
	int err;

	if (!can_act(p))
		return;
	for (i = 0; i < client_people(p->client); i++) {
		who = client_person_at(p->client, i);
		if (who->state != PERSON_ASKING)
			continue;
		err = yes ? client_accept(p->client, who, &why) :
		    client_decline(p->client, who, &why);
		world_note(w, "%s %s %s: %s", p->name, yes ? "accepts" :
		    "declines", who->name.s, err != 0 ? why : "done");
		for (k = 0; k < w->parties && !yes; k++)
			if (strcmp(w->party[k].name, who->name.s) == 0)
				*world_declined(w, p, &w->party[k]) =
				    *world_declined(w, &w->party[k], p) = true;
		free(why);
		return;
	}
}

static void
do_send_one(struct world *w, struct party *p, struct talk *t,
    struct party *to)
{
	static const unsigned wide[] = {0, 10, 300, 3000};
	struct said s = {.from = p, .to = to, .serial = (unsigned)w->saids};
	unsigned n = !world_large(w) && world_chance(w, 60) ? 55000 :
	    wide[world_below(w, COUNT(wide))];
	char *text = mem_format("%u %*s", s.serial, (int)n, "."), *why = NULL;
	int err;

	err = client_send(p->client, t, text, strlen(text), s.id, &why);
	world_note(w, "%s writes %u (%zu bytes) to %s: %s", p->name, s.serial,
	    strlen(text), to->name, err != 0 ? why : "ok");
	free(text);
	free(why);
	if (err != 0)
		return;
	w->said = mem_grow(w->said, w->saids + 1, sizeof(*w->said));
	w->said[w->saids++] = s;
	p->fresh = mem_grow(p->fresh, p->freshes + 1, sizeof(*p->fresh));
	p->fresh[p->freshes++] = s.serial;
}

/* Whoever the talk is with. */
static struct party *
talks_with(struct world *w, struct party *p, const struct talk *t)
{
	const char *name = client_person(p->client, t->person)->name.s;
	size_t i;

	for (i = 0; strcmp(w->party[i].name, name) != 0; i++)
		assert(i + 1 < w->parties);
	return &w->party[i];
}

static void
do_send(struct world *w, struct party *p)
{
	unsigned n = 1 + world_below(w, 4);
	struct talk *t;

	if (!can_act(p) || client_talks(p->client) == 0)
		return;
	t = client_talk_at(p->client, world_below(w,
	    (uint32_t)client_talks(p->client)));
	while (n-- > 0)
		do_send_one(w, p, t, talks_with(w, p, t));
}

void
world_greet(struct world *w, struct party *p)
{
	struct talk *t;
	size_t i;

	for (i = 0; can_act(p) && i < client_talks(p->client); i++) {
		t = client_talk_at(p->client, i);
		do_send_one(w, p, t, talks_with(w, p, t));
	}
}

static void
do_away(struct world *w, struct party *p)
{
	if (p->client == NULL)
		return;
	p->off = !p->off;
	world_note(w, "%s goes %s", p->name, p->off ? "offline" : "online");
	if (p->off)
		client_disconnect(p->client);
	else
		client_connect(p->client);
}

static void
do_lock(struct world *w, struct party *p)
{
	int err = 0;

	if (p->client == NULL || client_fresh(p->client))
		return;
	if (client_locked(p->client)) {
		err = client_unlock(p->client, bytes_of(WORLD_PASS,
		    strlen(WORLD_PASS)));
		if (err != 0)
			world_fault(w, "%s does not unlock: %s", p->name,
			    err_text(err));
	} else {
		client_lock(p->client);
	}
	world_note(w, "%s is %s", p->name, client_locked(p->client) ?
	    "locked" : "unlocked");
	party_kept(p);
}

/* ---- machines ---------------------------------------------------------- */

static void
do_restart(struct world *w, struct party *p)
{
	if (!party_up(p))
		return;
	w->restarts++;
	party_stop(p);
	p->up_at = w->now + 1 + world_below(w, world_chance(w, 3) ? 60000 : 500);
}

/* At some beat of its next turn, or of one so many ms later. */
static void
crash_within(struct world *w, struct party *p, uint32_t ms)
{
	if (!party_up(p))
		return;
	p->crash = (enum party_beat)(BEAT_HEARD + world_below(w, 4));
	p->crash_at = ms > 0 ? w->now + world_below(w, ms) : 0;
	p->up_at = w->now + ms + 1 + world_below(w, world_chance(w, 3) ? 60000 : 500);
}

static void
do_crash(struct world *w, struct party *p)
{
	crash_within(w, p, 0);
}

/* Somebody writes, and one of both ends while it is on its way. */
static void
do_send_crash(struct world *w, struct party *p)
{
	struct talk *t;

	if (!can_act(p) || client_talks(p->client) == 0)
		return;
	t = client_talk_at(p->client, world_below(w,
	    (uint32_t)client_talks(p->client)));
	do_send_one(w, p, t, talks_with(w, p, t));
	if (w->mood == MOOD_READER)
		p = talks_with(w, p, t);
	crash_within(w, p, 100);
}

static void
do_restart_relay(struct world *w, struct party *p)
{
	(void)p;
	if (!too_often(w))
		do_restart(w, &w->party[world_below(w, WORLD_RELAYS)]);
}

static void
do_crash_relay(struct world *w, struct party *p)
{
	(void)p;
	if (!too_often(w))
		do_crash(w, &w->party[world_below(w, WORLD_RELAYS)]);
}

static void
do_jump(struct world *w, struct party *p)
{
	static const int64_t by[] = {DAY, -DAY, YEARS_30, -YEARS_30 / 2,
	    3600000, -3600000};

	if (world_chance(w, w->mood == MOOD_CLOCK ? 2 : 6) && !too_often(w))
		p = &w->party[world_below(w, WORLD_RELAYS)];
	if (p->skew_until != 0)
		return;
	w->jumps++;
	p->skew = by[world_below(w, COUNT(by))];
	p->skew_until = w->now + 1000 + world_below(w, 120000);
	world_note(w, "%s: its clock jumps %lld h", p->name,
	    (long long)(p->skew / 3600000));
}

/* Long silences: pings, back-offs, receipts, weekly keys. */
static void
do_wait(struct world *w, struct party *p)
{
	static const int64_t ms[] = {2000, 30000, 100000, 600000, 3600000,
	    8 * DAY / 20};
	int64_t step = ms[world_below(w, world_chance(w, 10) ? COUNT(ms) : 4)];

	(void)p;
	if (too_often(w))
		return;
	/* what is over by its age is no fault: boxes end after 30 days */
	if (w->now > 20 * DAY && step > 100000)
		step = 2000;
	world_note(w, "20 times %lld ms pass", (long long)step);
	world_pass(w, step, 20);
}

/* ---- a step ------------------------------------------------------------ */

static const struct deed {
	unsigned weight[MOODS];
	void (*fn)(struct world *, struct party *);
} deed[] = {
	/* any, line, relay, sender, reader, clock */
	{{5, 5, 5, 5, 5, 5}, do_add},
	{{2, 2, 2, 2, 2, 2}, do_both},
	{{10, 10, 10, 10, 10, 10}, do_answer},
	{{45, 120, 45, 20, 20, 45}, do_send},
	{{0, 0, 0, 45, 45, 0}, do_send_crash},
	{{5, 2, 2, 2, 2, 5}, do_away},
	{{3, 1, 1, 1, 1, 1}, do_lock},
	{{4, 1, 1, 1, 1, 2}, do_restart},
	{{7, 1, 1, 1, 1, 1}, do_crash},
	{{2, 1, 2, 1, 1, 4}, do_restart_relay},
	{{3, 1, 14, 1, 1, 1}, do_crash_relay},
	{{3, 1, 1, 1, 1, 30}, do_jump},
	{{5, 2, 2, 2, 2, 15}, do_wait},
};

/* Whoever has no account yet tries again, as its person would. */
static void
do_register(struct world *w, struct party *p)
{
	if (p->client == NULL || client_locked(p->client) ||
	    !client_fresh(p->client))
		return;
	world_note(w, "%s registers", p->name);
	party_register(p);
}

/* Of a step; also what makes the same of a large world's relays seldom. */
uint32_t
world_deeds(const struct world *w)
{
	return world_large(w) ? (uint32_t)w->people / 40 + 1 : 1;
}

static void
world_deed(struct world *w)
{
	unsigned sum = 0, at;
	size_t i;

	for (i = 0; i < COUNT(deed); i++)
		sum += deed[i].weight[w->mood];
	at = world_below(w, sum);
	for (i = 0; at >= deed[i].weight[w->mood]; i++)
		at -= deed[i].weight[w->mood];
	deed[i].fn(w, some_client(w));
}

void
world_step(struct world *w)
{
	uint32_t n = world_deeds(w);

	w->step++;
	while (n-- > 0)
		world_deed(w);
	do_register(w, some_client(w));
	world_pass(w, 1 + world_below(w, world_chance(w, 8) ? 1000 : 40),
	    1 + world_below(w, 12));
	audit_step(w);
}
