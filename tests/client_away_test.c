/* SPDX-License-Identifier: ISC */
/*
 * One of them is away, the relay goes down, a program ends or is killed in the
 * middle (floor: all): every message is there in the end, once, in order.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pair.h"
#include "tap.h"

static void
in_order(struct pair *w, size_t i, const char *with, const char *prefix, int n)
{
	struct talk *t = pair_talk(w, i, with);
	char want[32];
	int next = 0, copies = 0;
	size_t k;

	for (k = 0; t != NULL && k < t->messages; k++) {
		if (strncmp(t->message[k].text.s, prefix, strlen(prefix)) != 0)
			continue;
		copies++;
		snprintf(want, sizeof(want), "%s%d", prefix, next);
		if (strcmp(t->message[k].text.s, want) == 0)
			next++;
	}
	is_int(next, n, "all %d of %s are there, in order", n, prefix);
	is_int(copies, n, "each once");
}

static void
send_many(struct pair *w, size_t i, const char *to, const char *prefix, int n)
{
	char text[32];
	int k;

	for (k = 0; k < n; k++) {
		snprintf(text, sizeof(text), "%s%d", prefix, k);
		pair_send(w, i, to, text);
	}
}

static void
no_gaps(struct pair *w, size_t i, const char *with)
{
	struct talk *t = pair_talk(w, i, with);
	size_t k, n = 0;

	for (k = 0; k < t->messages; k++)
		n += t->message[k].kind == MESSAGE_SYSTEM &&
		    strstr(t->message[k].text.s, "did not arrive") != NULL;
	is_int(n, 0, "%s sees no gap", w->who[i].name);
}

static void
test_away(struct pair *w, size_t a, size_t b)
{
	pair_stop(w, b);
	send_many(w, a, "bob", "away", 10);
	ok(pair_ladder(w, a, "bob", "away9", LADDER_RELAY),
	    "bob is away: the relay keeps them");
	pair_start(w, b);
	ok(pair_shows(w, b, "alice", "away9"), "he comes back and reads");
	in_order(w, b, "alice", "away", 10);
	ok(pair_ladder(w, a, "bob", "away9", LADDER_DEVICE),
	    "alice sees that they arrived");
	ok(pair_ladder(w, a, "bob", "away0", LADDER_DEVICE), "all of them");
}

static void
test_offline(struct pair *w, size_t a, size_t b)
{
	client_disconnect(w->who[a].c);
	send_many(w, a, "bob", "off", 3);
	ok(pair_ladder(w, a, "bob", "off2", LADDER_SEALED),
	    "offline, messages are sealed and kept");
	is_str(online_name(client_online(w->who[a].c)), "offline",
	    "the bar says offline");
	pair_stop(w, a);
	pair_start(w, a);
	ok(pair_ladder(w, a, "bob", "off2", LADDER_DEVICE),
	    "after a restart they go out");
	in_order(w, b, "alice", "off", 3);
}

static void
test_relay_down(struct pair *w, size_t a, size_t b)
{
	pair_relay(w, false);
	ok(pair_online(w, a, ONLINE_WAIT), "the relay is down: waiting");
	ok(client_retry_at(w->who[a].c) > 0, "and it says until when");
	send_many(w, a, "bob", "down", 3);
	send_many(w, b, "alice", "dawn", 3);
	ok(pair_ladder(w, a, "bob", "down2", LADDER_SEALED), "kept meanwhile");
	pair_relay(w, true);
	client_connect(w->who[a].c);
	client_connect(w->who[b].c);
	ok(pair_ladder(w, a, "bob", "down2", LADDER_DEVICE), "it comes back");
	ok(pair_ladder(w, b, "alice", "dawn2", LADDER_DEVICE), "both ways");
	in_order(w, b, "alice", "down", 3);
	in_order(w, a, "bob", "dawn", 3);
}

/* The sender is killed after each turn of sending. */
static void
test_killed(struct pair *w, size_t a, size_t b)
{
	char text[32];
	int turns, k = 0;

	for (turns = 0; turns < 8; turns++, k++) {
		snprintf(text, sizeof(text), "kill%d", k);
		pair_send(w, a, "bob", text);
		if (client_keep(w->who[a].c) != 0)
			bail("keep");
		for (int i = 0; i < turns; i++)
			pair_turn(w, 5);
		pair_kill(w, a);
		pair_start(w, a);
		if (!pair_online(w, a, ONLINE_ON))
			bail("not online");
	}
	ok(pair_ladder(w, a, "bob", "kill7", LADDER_DEVICE), "the last arrives");
	in_order(w, b, "alice", "kill", 8);
}

/* So is the reader. */
static void
test_reader_killed(struct pair *w, size_t a, size_t b)
{
	char text[32];
	int turns;

	for (turns = 0; turns < 8; turns++) {
		snprintf(text, sizeof(text), "read%d", turns);
		pair_send(w, a, "bob", text);
		for (int i = 0; i < turns; i++)
			pair_turn(w, 5);
		pair_kill(w, b);
		pair_start(w, b);
		if (!pair_online(w, b, ONLINE_ON))
			bail("not online");
	}
	ok(pair_ladder(w, a, "bob", "read7", LADDER_DEVICE), "the last arrives");
	ok(pair_ladder(w, a, "bob", "read0", LADDER_DEVICE), "so did the first");
	in_order(w, b, "alice", "read", 8);
}

/* A copy of the folder from before is put back: its keys were used since. */
static void
test_rolled_back(struct pair *w, size_t a, size_t b)
{
	const char *dir = w->who[a].dir;
	char *cmd, *why = NULL;

	pair_quiet(w);
	pair_stop(w, a);
	cmd = mem_format("rm -rf %s.old && cp -a %s %s.old", dir, dir, dir);
	if (system(cmd) != 0)
		bail("%s", cmd);
	free(cmd);
	pair_start(w, a);
	send_many(w, a, "bob", "newer", 2);
	if (!pair_ladder(w, a, "bob", "newer1", LADDER_DEVICE))
		bail("not delivered");
	pair_stop(w, a);
	cmd = mem_format("rm -rf %s && mv %s.old %s", dir, dir, dir);
	if (system(cmd) != 0)
		bail("%s", cmd);
	free(cmd);
	pair_start(w, a);
	send_many(w, a, "bob", "again", 2);
	ok(pair_state(w, a, "bob", TALK_STOPPED),
	    "an older copy of the store is noticed (T44)");
	ok(pair_notice(w, a, NOTICE_ERROR, "older copy"), "and said");
	pair_quiet(w);
	ok(pair_message(w, b, "alice", "again0") == NULL,
	    "nothing sealed with its keys has left");
	is_int(client_add(w->who[a].c, "bob", NULL, &why), 0, "asked anew");
	ok(pair_ladder(w, a, "bob", "again1", LADDER_DEVICE),
	    "what was written goes out with fresh ones");
	in_order(w, b, "alice", "again", 2);
	in_order(w, b, "alice", "newer", 2);
}

/* Contact requests work while the other is away the whole time. */
static void
test_ask_away(struct pair *w, size_t a)
{
	size_t c = pair_join(w, "carol");
	char *why = NULL;

	pair_quiet(w);
	pair_stop(w, c);
	is_int(client_add(w->who[a].c, "carol", "hello", &why), 0,
	    "alice asks carol, who is away");
	ok(pair_state(w, a, "carol", TALK_ASKED), "a conversation is there");
	send_many(w, a, "carol", "early", 3);
	ok(pair_ladder(w, a, "carol", "early2", LADDER_RELAY), "she writes");
	pair_stop(w, a);
	pair_start(w, c);
	ok(pair_person(w, c, "alice", PERSON_ASKING),
	    "carol comes, alice is gone: she is asked");
	client_disconnect(w->who[c].c);
	is_int(client_accept(w->who[c].c,
	    client_person_named(w->who[c].c, "alice"), &why), 0,
	    "carol accepts, offline");
	send_many(w, c, "alice", "late", 2);
	pair_stop(w, c);
	pair_start(w, c);
	ok(pair_shows(w, c, "alice", "early2"), "and reads what was written");
	in_order(w, c, "alice", "early", 3);
	ok(pair_ladder(w, c, "alice", "late1", LADDER_RELAY), "and answers");
	pair_stop(w, c);
	pair_start(w, a);
	ok(pair_shows(w, a, "carol", "late1"), "alice reads it later");
	ok(pair_ladder(w, a, "carol", "early2", LADDER_DEVICE),
	    "and sees her own arrived");
}

int
main(void)
{
	struct pair w;
	size_t a, b;

	pair_two(&w, &a, &b);
	test_away(&w, a, b);
	test_offline(&w, a, b);
	test_relay_down(&w, a, b);
	test_killed(&w, a, b);
	test_reader_killed(&w, a, b);
	no_gaps(&w, a, "bob");
	no_gaps(&w, b, "alice");
	test_rolled_back(&w, a, b);
	test_ask_away(&w, a);
	pair_close(&w);
	return done();
}
