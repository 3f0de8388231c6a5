/* SPDX-License-Identifier: ISC */
/*
 * Conversations of several people (floor: all): made, joined by people who
 * don't know each other, written into by all, left; who is removed reads
 * nothing more, and commits of two at once both come true.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pair.h"
#include "tap.h"

#define ROOM "the lab"

enum { A, B, C };

static struct talk *
room(struct pair *w, size_t i)
{
	struct client *c = w->who[i].c;
	size_t k;

	for (k = 0; c != NULL && k < client_talks(c); k++)
		if (talk_is_room(client_talk_at(c, k)))
			return client_talk_at(c, k);
	return NULL;
}

struct room_wait {
	struct pair *w;
	size_t i;
	const char *text;
	long want;
};

static bool
is_members(void *arg)
{
	struct room_wait *a = arg;
	struct talk *t = room(a->w, a->i);

	return t != NULL && (long)t->members == a->want;
}

static bool
members(struct pair *w, size_t i, long n)
{
	struct room_wait a = {w, i, NULL, n};

	return pair_until(w, is_members, &a);
}

static struct message *
line(struct pair *w, size_t i, const char *text)
{
	struct talk *t = room(w, i);
	size_t k;

	for (k = 0; t != NULL && k < t->messages; k++)
		if (strcmp(t->message[k].text.s, text) == 0)
			return &t->message[k];
	return NULL;
}

static bool
is_line(void *arg)
{
	struct room_wait *a = arg;

	return line(a->w, a->i, a->text) != NULL;
}

static bool
shows(struct pair *w, size_t i, const char *text)
{
	struct room_wait a = {w, i, text, 0};

	return pair_until(w, is_line, &a);
}

static bool
is_step(void *arg)
{
	struct room_wait *a = arg;
	struct message *m = line(a->w, a->i, a->text);

	return m != NULL && (long)m->ladder == a->want;
}

static bool
step(struct pair *w, size_t i, const char *text, enum ladder l)
{
	struct room_wait a = {w, i, text, (long)l};

	return pair_until(w, is_step, &a);
}

static bool
is_state(void *arg)
{
	struct room_wait *a = arg;
	struct talk *t = room(a->w, a->i);

	return t != NULL && (long)t->state == a->want;
}

static bool
state(struct pair *w, size_t i, enum talk_state s)
{
	struct room_wait a = {w, i, NULL, (long)s};

	return pair_until(w, is_state, &a);
}

static void
say(struct pair *w, size_t i, const char *text)
{
	uint8_t id[WIRE_ID];
	char *why = NULL;

	if (client_send(w->who[i].c, room(w, i), text, strlen(text), id,
	    &why) != 0)
		bail("%s: %s", w->who[i].name, why);
}

/* alice makes it with bob and carol, who have never met. */
static void
test_make(struct pair *w)
{
	const char *const name[] = {"bob", "carol"};
	struct talk *t;
	char *why = NULL;

	is_int(client_room(w->who[A].c, ROOM, name, 2, &t, &why), 0,
	    "a room with two people");
	say(w, A, "written at once");
	ok(members(w, A, 2), "both are in it");
	ok(members(w, B, 2), "bob joined by himself");
	ok(members(w, C, 2), "carol too");
	is_str(room(w, B)->title.s, ROOM, "under its name");
	ok(shows(w, B, "written at once"), "what was written at once is read");
	ok(shows(w, C, "written at once"), "by both");
	is_int(room(w, A)->epoch, 1, "one commit brought both in");
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
		say(w, i, text[i]);
	for (i = 0; i < 3; i++)
		ok(step(w, i, text[i], LADDER_DEVICE), "%s has arrived",
		    text[i]);
	for (i = 0; i < 3; i++)
		for (k = 0; k < 3; k++)
			missing += !shows(w, i, text[k]);
	is_int(missing, 0, "everybody reads everybody");
	is_int(line(w, A, "from alice")->bys, 2, "two people confirmed it");
}

/* One is away: it has not arrived before that one has it too. */
static void
test_receipts(struct pair *w)
{
	client_disconnect(w->who[C].c);
	say(w, A, "carol is away");
	ok(shows(w, B, "carol is away"), "bob has it");
	pair_quiet(w);
	ok(step(w, A, "carol is away", LADDER_RELAY), "one of two is not all");
	pair_stop(w, A);
	pair_start(w, A);
	client_connect(w->who[C].c);
	ok(step(w, A, "carol is away", LADDER_DEVICE), "then all have it, "
	    "across a restart");
	is_int(room(w, A)->members, 2, "the members are known after it");
}

static void
test_removed(struct pair *w)
{
	char *why = NULL;

	is_int(client_room_remove(w->who[B].c, room(w, B), "carol", &why),
	    ERR_DENIED, "bob may not remove anybody");
	free(why);
	why = NULL;
	is_int(client_room_remove(w->who[A].c, room(w, A), "carol", &why), 0,
	    "alice may");
	say(w, A, "without her");
	ok(state(w, C, TALK_CLOSED), "carol is out");
	ok(shows(w, B, "without her"), "bob reads on");
	ok(members(w, A, 1) && members(w, B, 1), "two are left");
	pair_quiet(w);
	ok(line(w, C, "without her") == NULL, "carol does not read it (T37)");
	ok(line(w, C, "alice removed you") != NULL, "and is told");
	ok(step(w, A, "without her", LADDER_DEVICE), "nobody waits for her");
}

/* Back in, and two commits at once: bob's Update and alice's Add. */
static void
test_again(struct pair *w)
{
	uint64_t was = room(w, A)->epoch;
	char *why = NULL;

	w->desk.wall_skew += 8 * 86400000ll;
	say(w, B, "an update is due");
	is_int(client_room_add(w->who[A].c, room(w, A), "carol", &why), 0,
	    "alice adds carol again");
	ok(members(w, C, 2) && state(w, C, TALK_OPEN), "she is back");
	ok(members(w, B, 2), "bob sees her");
	say(w, C, "hello again");
	ok(step(w, C, "hello again", LADDER_DEVICE), "and is heard");
	ok(room(w, A)->epoch >= was + 2, "others have updated meanwhile");
	ok(line(w, C, "without her") == NULL, "the past stays closed (T38)");
}

static void
test_leave(struct pair *w)
{
	char *why = NULL;

	is_int(client_room_leave(w->who[B].c, room(w, B), &why), 0,
	    "bob leaves");
	ok(members(w, A, 1) && members(w, C, 1), "they see him go");
	ok(line(w, A, "bob left") != NULL, "with a line");
	say(w, A, "he is gone");
	ok(step(w, A, "he is gone", LADDER_DEVICE), "those left talk on");
	ok(line(w, B, "he is gone") == NULL, "without him");
	is_int(room(w, B)->state, TALK_CLOSED, "it is closed for him");
}

static void
test_refused(struct pair *w)
{
	const char *const nobody[] = {"nobody"};
	struct talk *t;
	char *why = NULL;

	is_int(client_room(w->who[A].c, ROOM, nobody, 1, &t, &why), ERR_NONE,
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
	is_int(client_room_add(w->who[A].c, room(w, A), "carol", &why),
	    ERR_EXISTS, "twice");
	free(why);
}

int
main(void)
{
	struct pair w;

	pair_open(&w);
	if (pair_join(&w, "alice") != A || pair_join(&w, "bob") != B ||
	    pair_join(&w, "carol") != C)
		bail("three people");
	pair_friends(&w, A, B);
	pair_friends(&w, A, C);
	test_make(&w);
	test_talk(&w);
	test_receipts(&w);
	test_removed(&w);
	test_again(&w);
	test_leave(&w);
	test_refused(&w);
	pair_close(&w);
	return done();
}
