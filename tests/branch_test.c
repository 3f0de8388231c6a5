/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 * limit: 600
 *
 * A room that nobody can follow any more goes on in a branch of it (RFC 9420
 * 11.3), by one key of one member: with all who were in it, under its rules,
 * with what was said and what waits. Nobody can use that to leave somebody out,
 * several who branch at once end up together, and it outlives a restart.
 */
#include <stdlib.h>

#include "rival.h"
#include "trio.h"
#include "tap.h"

struct stuck {
	struct pair *w;
	size_t i;
	unsigned n;
};

static bool
is_stuck(void *arg)
{
	struct stuck *s = arg;
	struct talk *t = trio_room(s->w, s->i);

	return t->halt.since != 0 && t->halt.stucks >= s->n;
}

static bool
until_stuck(struct pair *w, size_t i, unsigned n)
{
	struct stuck s = {w, i, n};

	return pair_until(w, is_stuck, &s);
}

static bool
is_together(void *arg)
{
	struct pair *w = arg;
	size_t i;

	for (i = A; i <= C; i++)
		if (trio_room(w, i)->members != 2 ||
		    trio_room(w, i)->halt.since != 0 ||
		    memcmp(trio_room(w, i)->log, trio_room(w, A)->log,
		    WIRE_ID) != 0)
			return false;
	return true;
}

static void
lose_all(struct pair *w)
{
	size_t i;

	for (i = A; i <= C; i++)
		rival_lose(w->who[i].c, trio_room(w, i));
	ok(until_stuck(w, A, 2) && until_stuck(w, B, 1) &&
	    until_stuck(w, C, 1), "each hears that the others can't follow");
}

static void
branch(struct pair *w, size_t i)
{
	char *why = NULL;

	ok(client_branch(w->who[i].c, trio_room(w, i), &why) == 0,
	    "%s branches it", w->who[i].name);
	free(why);
}

static void
talk_on(struct pair *w, const char *a, const char *b, const char *c)
{
	trio_say(w, A, a);
	trio_say(w, B, b);
	trio_say(w, C, c);
	ok(trio_shows(w, B, a) && trio_shows(w, C, a) &&
	    trio_shows(w, A, b) && trio_shows(w, C, b) &&
	    trio_shows(w, A, c) && trio_shows(w, B, c),
	    "all read all: %s, %s, %s", a, b, c);
}

static void
refused(struct pair *w, size_t i, const char *words)
{
	char *why = NULL;

	ok(client_branch(w->who[i].c, trio_room(w, i), &why) != 0 &&
	    why != NULL && strstr(why, words) != NULL, "no branch where: %s",
	    words);
	free(why);
}

static void
test_all(struct pair *w)
{
	uint8_t was[WIRE_ID];
	char *why = NULL;
	size_t i;

	talk_on(w, "one", "two", "three");
	refused(w, B, "nothing to branch");
	memcpy(was, trio_room(w, A)->log, WIRE_ID);
	client_disconnect(w->who[B].c);
	client_disconnect(w->who[C].c);
	rival_lose(w->who[A].c, trio_room(w, A));
	refused(w, A, "nobody else has said");
	client_connect(w->who[B].c);
	client_connect(w->who[C].c);
	lose_all(w);
	trio_say(w, C, "while it stands still");
	/* what the branch needs is on the disk */
	pair_stop(w, B);
	pair_start(w, B);
	ok(pair_online(w, B, ONLINE_ON) && until_stuck(w, B, 1),
	    "after a restart it is still known");
	branch(w, B);
	pair_turn(w, 1);
	/* as is one that has begun */
	pair_kill(w, B);
	pair_start(w, B);
	ok(pair_until(w, is_together, w), "they are together again");
	ok(memcmp(was, trio_room(w, A)->log, WIRE_ID) != 0,
	    "in another log");
	for (i = A; i <= C; i++)
		ok(strcmp(trio_room(w, i)->title.s, TRIO_ROOM) == 0 &&
		    trio_line(w, i, "one") != NULL &&
		    trio_line(w, i, "three") != NULL,
		    "%s has its name and what was said", w->who[i].name);
	ok(trio_shows(w, A, "while it stands still") &&
	    trio_shows(w, B, "while it stands still"), "what waited arrives");
	ok(trio_system(trio_room(w, A), "bob has branched the room") &&
	    trio_system(trio_room(w, C), "bob has branched the room"),
	    "everybody is told who did it");
	talk_on(w, "four", "five", "six");
	ok(client_room_add(w->who[B].c, trio_room(w, B), "alice", &why) != 0 &&
	    strstr(why, "only who made") != NULL, "who may do what stays");
	free(why);
}

static void
test_together(struct pair *w)
{
	lose_all(w);
	branch(w, A);
	branch(w, B);
	branch(w, C);
	ok(pair_until(w, is_together, w), "of three branches one is left");
	talk_on(w, "seven", "eight", "nine");
	pair_quiet(w);
	ok(is_together(w), "and it stays");
}

/* bob would like to go on without carol. */
static void
test_left_out(struct pair *w)
{
	uint8_t was[WIRE_ID];

	memcpy(was, trio_room(w, A)->log, WIRE_ID);
	lose_all(w);
	branch(w, B);
	rival_leave_out(w->who[B].c, trio_room(w, B), "carol");
	pair_quiet(w);
	pair_quiet(w);
	ok(memcmp(trio_room(w, A)->log, was, WIRE_ID) == 0 &&
	    trio_room(w, A)->halt.since != 0, "a branch that leaves somebody "
	    "out is not followed (T12)");
	branch(w, A);
	ok(trio_members(w, A, 2) && trio_members(w, C, 2),
	    "one of all is, by all others");
}

/* A room of three, and dave, whom alice knows */
static size_t
four(struct trio *t)
{
	size_t d;

	trio_open(t);
	trio_meet(t);
	d = pair_join(&t->w, "dave");
	pair_friends(&t->w, A, d);
	return d;
}

static void
ask_dave(struct pair *w)
{
	char *why = NULL;

	if (client_room_add(w->who[A].c, trio_room(w, A), "dave", &why) != 0)
		bail("%s", why);
}

/* Who is asked in while the branch is being made comes after the others. */
static void
test_newcomer(void)
{
	struct trio t;
	struct pair *w = &t.w;
	size_t d = four(&t);

	lose_all(w);
	branch(w, A);
	ask_dave(w);
	if (!ok(trio_members(w, A, 3) && trio_members(w, B, 3) &&
	    trio_members(w, C, 3) && trio_members(w, d, 3),
	    "somebody new is brought in behind them"))
		bail("without dave there is nobody to talk");
	trio_say(w, d, "here I am");
	ok(trio_shows(w, B, "here I am"), "and talks");
	trio_close(&t);
}

/* The relay keeps a change from bob and carol, and alice is away. */
static void
test_relay(void)
{
	struct trio t;
	struct pair *w = &t.w;

	(void)four(&t);
	talk_on(w, "one", "two", "three");
	(void)mal_rule(&t.mal, "drop commit for bob");
	(void)mal_rule(&t.mal, "drop commit for carol");
	ask_dave(w);
	if (!trio_members(w, A, 3))
		bail("dave is not in");
	client_disconnect(w->who[A].c);
	client_disconnect(w->who[B].c);
	client_disconnect(w->who[C].c);
	pair_turn(w, 1);
	client_connect(w->who[B].c);
	client_connect(w->who[C].c);
	ok(until_stuck(w, B, 1) && until_stuck(w, C, 1),
	    "who is shown no change any more says so to each other");
	mal_clear(&t.mal);
	branch(w, C);
	ok(trio_members(w, B, 2) && trio_members(w, C, 2),
	    "and they go on without waiting");
	trio_say(w, B, "alice is asleep");
	ok(trio_shows(w, C, "alice is asleep"), "at once");
	client_connect(w->who[A].c);
	ok(trio_members(w, A, 3) && trio_members(w, B, 3) &&
	    trio_members(w, C, 3), "who could follow comes along, and brings "
	    "whom she had let in");
	talk_on(w, "four", "five", "six");
	trio_close(&t);
}

int
main(void)
{
	struct trio t;

	trio_open(&t);
	trio_meet(&t);
	test_all(&t.w);
	test_together(&t.w);
	test_left_out(&t.w);
	trio_close(&t);
	test_newcomer();
	test_relay();
	return done();
}
