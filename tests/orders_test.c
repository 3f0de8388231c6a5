/* SPDX-License-Identifier: ISC */
/*
 * floor: mls
 *
 * A relay that gives three members whatever it likes, in whatever order and as
 * often as it likes, and takes several commits for one epoch (T14): who has
 * followed the same commits has the same authenticator, who has followed others
 * has another one, and nobody reads what was said in another history than
 * their own. SEED=N plays one schedule, SEEDS=N so many.
 */
#include <stdio.h>
#include <stdlib.h>

#include "mls_world.h"
#include "tap.h"

#define SCHEDULES 250
#define STEPS 24
#define MEMBERS 3
#define PILE 64

struct entry {
	struct buf message;
	bool commit;
	uint8_t history[HASH32];        /* of whoever made it, then */
};
struct play {
	struct world w;
	uint32_t state;
	struct entry pile[PILE];
	size_t n;
	uint8_t history[MEMBERS][HASH32];       /* the commits one has applied */
	bool read[MEMBERS][PILE];
	unsigned bad, forks, texts;
};

static unsigned
draw(struct play *p, unsigned n)
{
	p->state = p->state * 1664525u + 1013904223u;
	return (p->state >> 16) % n;
}

static struct entry *
put(struct play *p, size_t who, struct bytes message, bool commit)
{
	struct entry *e;

	if (p->n == PILE)
		return NULL;
	e = &p->pile[p->n++];
	buf_bytes(&e->message, message);
	e->commit = commit;
	memcpy(e->history, p->history[who], HASH32);
	return e;
}

static void
follow(struct play *p, size_t who, struct mls_stage *stage,
    struct bytes message)
{
	struct bytes part[] = {bytes_of(p->history[who], HASH32), message};
	uint8_t next[HASH32];

	world_must(mls_stage_apply(p->w.p[who].g, stage), "apply");
	hash_label("tests history", part, 2, next);
	memcpy(p->history[who], next, HASH32);
}

/* The relay takes it, and says so; others may have one for that epoch too. */
static void
commit(struct play *p, size_t who)
{
	struct mls_commit_ask ask = { 0 };
	struct mls_made made;

	if (p->n == PILE)
		return;
	world_must(mls_commit_make(&p->w.env, p->w.p[who].g, &ask, &made),
	    "commit");
	(void)put(p, who, buf_view(&made.message), true);
	follow(p, who, made.stage, buf_view(&made.message));
	made.stage = NULL;
	mls_made_free(&made);
}

static void
say(struct play *p, size_t who)
{
	struct buf message = { 0 };

	world_must(mls_message_seal(&p->w.env, p->w.p[who].g, mls_text(""),
	    mls_text("said"), 0, &message), "seal");
	(void)put(p, who, buf_view(&message), false);
	buf_free(&message);
}

/* Any entry, new or old or seen before, to anybody */
static void
show(struct play *p, size_t who, size_t at)
{
	struct entry *e = &p->pile[at];
	struct mls_received r;

	if (mls_message_open(&p->w.env, p->w.p[who].g, buf_view(&e->message),
	    &r) != 0)
		return;
	p->bad += e->commit != (r.stage != NULL);
	p->bad += memcmp(e->history, p->history[who], HASH32) != 0;
	p->bad += p->read[who][at];
	p->read[who][at] = true;
	p->texts += !e->commit;
	if (r.stage != NULL)
		follow(p, who, r.stage, buf_view(&e->message));
	r.stage = NULL;
	mls_received_free(&r);
}

static void
compare(struct play *p)
{
	size_t i, k;
	bool same;

	for (i = 0; i < MEMBERS; i++)
		for (k = 0; k < i; k++) {
			same = memcmp(p->history[i], p->history[k],
			    HASH32) == 0;
			p->forks += !same && mls_group_epoch(p->w.p[i].g) ==
			    mls_group_epoch(p->w.p[k].g);
			p->bad += same != bytes_same(
			    mls_group_authenticator(p->w.p[i].g),
			    mls_group_authenticator(p->w.p[k].g));
		}
}

/* What went wrong; *forks, *texts: what was to be seen at all. */
static unsigned
play(uint32_t seed, unsigned *forks, unsigned *texts)
{
	static struct play p;
	unsigned i, who;

	memset(&p, 0, sizeof p);
	p.state = seed * 7919u + 1;
	world_start(&p.w, MLS_SUITE_X25519, seed);
	for (i = 0; i < MEMBERS; i++)
		(void)world_person(&p.w);
	world_create(&p.w, 0, bytes_of(NULL, 0));
	world_add(&p.w, 0, 1);
	world_add(&p.w, 1, 2);
	for (i = 0; i < MEMBERS; i++)
		mls_group_keep(p.w.p[i].g, 0);
	for (i = 0; i < STEPS; i++) {
		who = draw(&p, MEMBERS);
		switch (draw(&p, 6)) {
		case 0:
			commit(&p, who);
			break;
		case 1:
			say(&p, who);
			break;
		default:
			if (p.n > 0)
				show(&p, who, draw(&p, (unsigned)p.n));
			break;
		}
		compare(&p);
	}
	for (i = 0; i < p.n; i++)
		buf_free(&p.pile[i].message);
	world_end(&p.w);
	*forks += p.forks;
	*texts += p.texts;
	return p.bad;
}

int
main(void)
{
	const char *one = getenv("SEED"), *many = getenv("SEEDS");
	uint32_t i, n = many != NULL ? (uint32_t)atoi(many) : SCHEDULES;
	unsigned bad = 0, wrong, forks = 0, texts = 0;

	world_must(seal_start(), "start");
	for (i = 1; i <= n; i++) {
		if (one != NULL && i != (uint32_t)atoi(one))
			continue;
		wrong = play(i, &forks, &texts);
		if (wrong > 0 && bad == 0)
			note("SEED=%u plays it again", i);
		bad += wrong;
	}
	is_int(bad, 0, "%u schedules: the same commits make the same epoch, "
	    "others another, and nobody reads across (T14)", n);
	ok(one != NULL || (forks > n && texts > n), "%u times two stood in "
	    "one epoch with two histories, %u texts were read", forks, texts);
	return done();
}
