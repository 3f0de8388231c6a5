/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 * limit: 600
 *
 * Three in a room who all change the group in one breath, again and again:
 * they come to one epoch, and what they say is shown once (T35; in `make soak'
 * fifty times). Then a relay takes two such changes for the one epoch and
 * keeps the two apart: they find out by comparing notes elsewhere (T13).
 */
#include <stdio.h>
#include <stdlib.h>

#include "rogue.h"
#include "trio.h"
#include "tap.h"

#define ROUNDS 4

struct where {
	struct pair *w;
	uint64_t epoch;
};

static bool
same(struct pair *w, size_t a, size_t b)
{
	uint8_t one[64], two[64];
	size_t n = rogue_epoch(trio_room(w, a), one);

	return n > 0 && rogue_epoch(trio_room(w, b), two) == n &&
	    memcmp(one, two, n) == 0;
}

static bool
is_one(void *arg)
{
	struct where *at = arg;

	return trio_room(at->w, A)->epoch > at->epoch &&
	    same(at->w, A, B) && same(at->w, A, C);
}

static bool
is_ahead(void *arg)
{
	struct where *at = arg;

	return trio_room(at->w, A)->epoch > at->epoch && same(at->w, A, B);
}

static bool
is_next(void *arg)
{
	struct where *at = arg;

	return trio_room(at->w, C)->epoch > at->epoch;
}

static unsigned
copies(struct pair *w, size_t i, const char *text)
{
	struct talk *t = trio_room(w, i);
	unsigned n = 0;
	size_t k;

	for (k = 0; k < t->messages; k++)
		n += strcmp(t->message[k].text.s, text) == 0;
	return n;
}

/* All three at once; how much of it was not shown, or not once */
static unsigned
together(struct pair *w, unsigned round)
{
	struct where at = {w, trio_room(w, A)->epoch};
	unsigned bad = 0;
	char text[32];
	size_t i, k;

	for (i = A; i <= C; i++)
		rogue_heal(w->who[i].c, trio_room(w, i));
	pair_turn(w, 0);        /* all three are made before any is heard of */
	for (i = A; i <= C; i++) {
		snprintf(text, sizeof(text), "%s %u", w->who[i].name, round);
		trio_say(w, i, text);
	}
	bad += !pair_until(w, is_one, &at);
	for (i = A; i <= C && bad == 0; i++) {
		snprintf(text, sizeof(text), "%s %u", w->who[i].name, round);
		for (k = A; k <= C; k++)
			bad += !trio_shows(w, k, text) ||
			    copies(w, k, text) != 1;
	}
	return bad;
}

static void
test_together(struct pair *w)
{
	unsigned i, bad = 0, n = getenv("TACET_SOAK") != NULL ? 50 : ROUNDS;

	for (i = 0; i < n && bad == 0; i++) {
		bad += together(w, i);
		w->desk.mono_skew += 60000;     /* changes have a pace */
	}
	is_int((int)bad, 0, "%u times all three changed the group at once: one "
	    "epoch, and each text once (T35)", i);
}

static void
in_room(struct trio *t, const char *rule)
{
	size_t n = mal_rule(&t->mal, "%s", rule);
	struct mal_rule *u = t->mal.rule[n];

	u->has_log = true;
	memcpy(u->log, trio_room(&t->w, A)->log, WIRE_ID);
}

/* alice's change is shown to bob, and the one that he has made to carol. */
static void
part(struct trio *t)
{
	struct pair *w = &t->w;
	struct where at = {w, trio_room(w, A)->epoch};
	size_t his = mal_rule(&t->mal, "freeze log_append for bob");

	(void)mal_rule(&t->mal, "claim log_open for carol");
	in_room(t, "drop entry for carol");
	rogue_heal(w->who[A].c, trio_room(w, A));
	rogue_heal(w->who[B].c, trio_room(w, B));
	if (!pair_until(w, is_ahead, &at) || mal_played(&t->mal, his) == 0 ||
	    mal_thaw(&t->mal, his, "carol") != 0)
		bail("no two changes");
	ok(pair_until(w, is_next, &at) && trio_room(w, A)->epoch ==
	    trio_room(w, C)->epoch && !same(w, A, C), "two changes were made "
	    "at once, both are taken: one number, two groups");
}

static void
test_parted(struct trio *t)
{
	struct pair *w = &t->w;
	uint8_t id[WIRE_ID];
	char *why = NULL;

	pair_stop(w, pair_join(w, "dave"));     /* a new head to tell of */
	desk_pass(&w->desk, 11 * 60000);
	trio_again(w, A);
	trio_again(w, B);
	trio_again(w, C);
	pair_quiet(w);
	part(t);
	pair_send(w, A, "carol", "how are you?");
	ok(pair_notice(w, C, NOTICE_ALARM, "fork: alice and you"), "when she "
	    "is written to elsewhere, carol is told of the fork (T13)");
	is_int(trio_room(w, C)->state, TALK_STOPPED, "what she saw of the "
	    "room is no conversation any more (T13)");
	is_int(client_send(w->who[C].c, trio_room(w, C), "hello?", 6, id,
	    &why), ERR_STATE, "she can say nothing in it");
	ok(why != NULL, "and why: %s", why != NULL ? why : "?");
	free(why);
	pair_send(w, C, "alice", "and you?");
	ok(pair_notice(w, A, NOTICE_ALARM, "fork: carol and you"), "and by "
	    "her answer alice is (T13)");
	is_int(trio_room(w, A)->state, TALK_STOPPED, "on her side it ends, "
	    "too");
	mal_clear(&t->mal);
}

int
main(void)
{
	struct trio t;

	trio_open(&t);
	trio_meet(&t);
	test_together(&t.w);
	test_parted(&t);
	trio_close(&t);
	return done();
}
