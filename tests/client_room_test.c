/* SPDX-License-Identifier: ISC */
/*
 * Conversations of several people (floor: all): made, joined by people who
 * don't know each other, written into by all, left; who is removed reads
 * nothing more, and commits of two at once both come true.
 */
#include <stdio.h>
#include <stdlib.h>

#include "trio.h"
#include "tap.h"

/* alice makes it with bob and carol, who have never met. */
static void
test_make(struct pair *w)
{
	const char *const name[] = {"bob", "carol"};
	struct talk *t;
	char *why = NULL;

	is_int(client_room(w->who[A].c, TRIO_ROOM, name, 2, &t, &why), 0,
	    "a room with two people");
	trio_say(w, A, "written at once");
	ok(trio_members(w, A, 2), "both are in it");
	ok(trio_members(w, B, 2), "bob joined by himself");
	ok(trio_members(w, C, 2), "carol too");
	is_str(trio_room(w, B)->title.s, TRIO_ROOM, "under its name");
	ok(trio_shows(w, B, "written at once"), "what was written at once is read");
	ok(trio_shows(w, C, "written at once"), "by both");
	is_int(trio_room(w, A)->epoch, 1, "one commit brought both in");
	ok(client_person_named(w->who[C].c, "bob") != NULL, "carol has looked "
	    "bob up");
}

static void
test_talk(struct pair *w)
{
	static const char *const text[] = {"from alice", "from bob",
		"from carol"};
	size_t i, k;
	int missing = 0;

	for (i = 0; i < 3; i++)
		trio_say(w, i, text[i]);
	for (i = 0; i < 3; i++)
		ok(trio_step(w, i, text[i], LADDER_DEVICE), "%s has arrived",
		    text[i]);
	for (i = 0; i < 3; i++)
		for (k = 0; k < 3; k++)
			missing += !trio_shows(w, i, text[k]);
	is_int(missing, 0, "everybody reads everybody");
	is_int(trio_line(w, A, "from alice")->bys, 2, "two people confirmed it");
}

/* One is away: it has not arrived before that one has it too. */
static void
test_receipts(struct pair *w)
{
	client_disconnect(w->who[C].c);
	trio_say(w, A, "carol is away");
	ok(trio_shows(w, B, "carol is away"), "bob has it");
	pair_quiet(w);
	ok(trio_step(w, A, "carol is away", LADDER_RELAY), "one of two is not all");
	pair_stop(w, A);
	pair_start(w, A);
	client_connect(w->who[C].c);
	ok(trio_step(w, A, "carol is away", LADDER_DEVICE), "then all have it, "
	    "across a restart");
	is_int(trio_room(w, A)->members, 2, "the members are known after it");
}

static void
test_removed(struct pair *w)
{
	char *why = NULL;

	is_int(client_room_remove(w->who[B].c, trio_room(w, B), "carol", &why),
	    ERR_DENIED, "bob may not remove anybody");
	free(why);
	why = NULL;
	is_int(client_room_remove(w->who[A].c, trio_room(w, A), "carol", &why), 0,
	    "alice may");
	trio_say(w, A, "without her");
	ok(trio_state(w, C, TALK_CLOSED), "carol is out");
	ok(trio_shows(w, B, "without her"), "bob reads on");
	ok(trio_members(w, A, 1) && trio_members(w, B, 1), "two are left");
	pair_quiet(w);
	ok(trio_line(w, C, "without her") == NULL, "carol does not read it (T37)");
	ok(trio_line(w, C, "alice removed you") != NULL, "and is told");
	ok(trio_step(w, A, "without her", LADDER_DEVICE), "nobody waits for her");
}

/* Back in, and two commits at once: bob's Update and alice's Add. */
static void
test_again(struct pair *w)
{
	uint64_t was = trio_room(w, A)->epoch;
	char *why = NULL;

	w->desk.wall_skew += 8 * 86400000ll;
	trio_say(w, B, "an update is due");
	is_int(client_room_add(w->who[A].c, trio_room(w, A), "carol", &why), 0,
	    "alice adds carol again");
	ok(trio_members(w, C, 2) && trio_state(w, C, TALK_OPEN), "she is back");
	ok(trio_members(w, B, 2), "bob sees her");
	trio_say(w, C, "hello again");
	ok(trio_step(w, C, "hello again", LADDER_DEVICE), "and is heard");
	ok(trio_room(w, A)->epoch >= was + 2, "others have updated meanwhile");
	ok(trio_line(w, C, "without her") == NULL, "the past stays closed (T38)");
}

static void
test_leave(struct pair *w)
{
	char *why = NULL;

	is_int(client_room_leave(w->who[B].c, trio_room(w, B), &why), 0,
	    "bob leaves");
	ok(trio_members(w, A, 1) && trio_members(w, C, 1), "they see him go");
	ok(trio_line(w, A, "bob left") != NULL, "with a line");
	trio_say(w, A, "he is gone");
	ok(trio_step(w, A, "he is gone", LADDER_DEVICE), "those left talk on");
	ok(trio_line(w, B, "he is gone") == NULL, "without him");
	is_int(trio_room(w, B)->state, TALK_CLOSED, "it is closed for him");
}

static void
test_refused(struct pair *w)
{
	const char *const nobody[] = {"nobody"};
	struct talk *t;
	char *why = NULL;

	is_int(client_room(w->who[A].c, TRIO_ROOM, nobody, 1, &t, &why), ERR_NONE,
	    "with somebody unknown");
	ok(why != NULL && strstr(why, "/add nobody") != NULL, "%s",
	    why != NULL ? why : "-");
	free(why);
	is_int(client_room(w->who[A].c, "a\nb", NULL, 0, &t, &why), ERR_INPUT,
	    "a name of two lines");
	free(why);
	is_int(client_room_add(w->who[A].c, pair_talk(w, A, "bob"), "carol",
	    &why), ERR_STATE, "into a conversation of two");
	free(why);
	is_int(client_room_add(w->who[A].c, trio_room(w, A), "carol", &why),
	    ERR_EXISTS, "twice");
	free(why);
}

int
main(void)
{
	struct trio t;

	trio_open(&t);
	test_make(&t.w);
	test_talk(&t.w);
	test_receipts(&t.w);
	test_removed(&t.w);
	test_again(&t.w);
	test_leave(&t.w);
	test_refused(&t.w);
	trio_close(&t);
	return done();
}
