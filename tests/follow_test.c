/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * Logs on a relay that is restored from backups again and again, while people
 * write, come and go. Whatever the order: nothing that was written
 * is lost or shown twice, nobody is suspected, and who can't follow says so and
 * is let in again. A seed that fails is printed; SEED=N plays it alone.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pair.h"
#include "rogue.h"
#include "tap.h"

#define SEEDS 5
#define STEPS 40

struct play {
	struct pair w;
	size_t at[2];
	uint32_t state;
	unsigned said[2];
};
static const char *const name[2] = {"alice", "bob"};

static unsigned
draw(struct play *p, unsigned n)
{
	p->state = p->state * 1664525u + 1013904223u;
	return (p->state >> 16) % n;
}

static void
turns(struct play *p)
{
	unsigned n = draw(p, 12);

	while (n-- > 0)
		pair_turn(&p->w, 5);
}

static void
say(struct play *p, unsigned i)
{
	char text[40];

	if (p->w.who[p->at[i]].c == NULL)
		pair_start(&p->w, p->at[i]);
	snprintf(text, sizeof(text), "%s %u", name[i], p->said[i]++);
	pair_send(&p->w, p->at[i], name[!i], text);
	pair_turn(&p->w, 0);    /* nothing is said to be sent before it is kept */
}

static void
come_or_go(struct play *p, unsigned i)
{
	if (p->w.who[p->at[i]].c == NULL)
		pair_start(&p->w, p->at[i]);
	else if (draw(p, 2))
		pair_kill(&p->w, p->at[i]);
	else
		pair_stop(&p->w, p->at[i]);
}

static void
heal(struct play *p, unsigned i)
{
	struct talk *t = pair_talk(&p->w, p->at[i], name[!i]);

	if (t != NULL)
		rogue_heal(p->w.who[p->at[i]].c, t);
}

static void
step(struct play *p)
{
	unsigned i = draw(p, 2);

	switch (draw(p, 10)) {
	case 0:
		pair_save(&p->w);
		break;
	case 1:
	case 2:
		if (p->w.saved)
			pair_restore(&p->w);
		break;
	case 3:
	case 4:
		come_or_go(p, i);
		break;
	case 5:
		heal(p, i);
		break;
	default:
		say(p, i);
		break;
	}
	turns(p);
}

static bool
all_there(void *arg)
{
	struct play *p = arg;
	char text[40];
	unsigned i, k;

	for (i = 0; i < 2; i++) {
		struct talk *t = pair_talk(&p->w, p->at[i], name[!i]);

		if (t == NULL || t->state != TALK_OPEN)
			return false;
		for (k = 0; k < p->said[i]; k++) {
			snprintf(text, sizeof(text), "%s %u", name[i], k);
			if (pair_copies(&p->w, p->at[!i], name[i], text) == 0)
				return false;
		}
	}
	return true;
}

/* Whoever waits before trying again has waited. */
static bool
settle(struct play *p)
{
	int i;

	for (i = 0; i < 2400 && !all_there(p); i++) {
		pair_turn(&p->w, 10);
		if (i % 8 == 0)
			p->w.desk.mono_skew += 1000;
	}
	return all_there(p);
}

static unsigned
wrong(struct play *p)
{
	unsigned i, k, n = 0;
	struct talk *t;
	char text[40];

	for (i = 0; i < 2; i++) {
		t = pair_talk(&p->w, p->at[i], name[!i]);
		n += t == NULL || t->state != TALK_OPEN;
		for (k = 0; k < p->said[!i]; k++) {
			snprintf(text, sizeof(text), "%s %u", name[!i], k);
			n += pair_copies(&p->w, p->at[i], name[!i], text) != 1;
		}
	}
	return n;
}

static unsigned
suspected(struct play *p)
{
	unsigned i, n = 0;
	size_t k;

	for (i = 0; i < 2; i++) {
		struct client *c = p->w.who[p->at[i]].c;

		for (k = 0; k < client_notices(c); k++) {
			const struct notice *e = client_notice_at(c, k);

			if (e->kind != NOTICE_ERROR)
				continue;
			note("%s: %s", name[i], e->text.s);
			n++;
		}
	}
	return n;
}

static void
tell(struct play *p)
{
	size_t i, k;

	for (i = 0; i < 2; i++) {
		struct talk *t = pair_talk(&p->w, p->at[i], name[!i]);

		note("%s: state %d epoch %llu", name[i], t->state,
		    (unsigned long long)t->epoch);
		for (k = 0; k < t->messages; k++)
			note("  %s%s (%d)", t->message[k].mine ? "> " : "",
			    t->message[k].text.s, t->message[k].ladder);
	}
}

static void
play(uint32_t seed)
{
	struct play p = {.state = seed * 7919u + 1};
	unsigned i, n, errs;
	bool there;

	pair_two(&p.w, &p.at[0], &p.at[1]);
	for (i = 0; i < STEPS; i++)
		step(&p);
	for (i = 0; i < 2; i++)
		if (p.w.who[p.at[i]].c == NULL)
			pair_start(&p.w, p.at[i]);
	there = settle(&p);
	n = wrong(&p);
	errs = suspected(&p);
	ok(there && n == 0 && errs == 0, "seed %u: %u texts, each shown once, "
	    "whatever the relay has forgotten (T14)", seed, p.said[0] + p.said[1]);
	if (!there || n > 0 || errs > 0)
		tell(&p);
	pair_close(&p.w);
}

int
main(void)
{
	const char *one = getenv("SEED"), *many = getenv("SEEDS");
	uint32_t i, n = many != NULL ? (uint32_t)atoi(many) : SEEDS;

	if (one != NULL)
		play((uint32_t)atoi(one));
	for (i = 1; one == NULL && i <= n; i++)
		play(i);
	return done();
}
