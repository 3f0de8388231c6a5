/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * A device that can't follow a conversation is let in again by the other side,
 * with a line for all and nothing lost that was not said meanwhile; somebody
 * who is blocked is not, nobody is too often, and where neither can follow a
 * new group takes over.
 */
#include <stdlib.h>

#include "pair.h"
#include "rival.h"
#include "tap.h"

struct shown {
	struct pair *w;
	size_t i;
	const char *with, *words;
	unsigned n;
};

static unsigned
lines_with(struct pair *w, size_t i, const char *with, const char *words)
{
	struct talk *t = pair_talk(w, i, with);
	unsigned n = 0;
	size_t k;

	for (k = 0; t != NULL && k < t->messages; k++)
		n += t->message[k].kind == MESSAGE_SYSTEM &&
		    strstr(t->message[k].text.s, words) != NULL;
	return n;
}

static bool
is_shown(void *arg)
{
	struct shown *s = arg;

	return lines_with(s->w, s->i, s->with, s->words) >= s->n;
}

static bool
until_line(struct pair *w, size_t i, const char *with, const char *words,
    unsigned n)
{
	struct shown s = {w, i, with, words, n};

	return pair_until(w, is_shown, &s);
}

static void
talk_on(struct pair *w, size_t a, size_t b, const char *one, const char *two)
{
	pair_send(w, a, "bob", one);
	pair_send(w, b, "alice", two);
	ok(pair_ladder(w, a, "bob", one, LADDER_DEVICE), "%s arrives", one);
	ok(pair_ladder(w, b, "alice", two, LADDER_DEVICE), "%s arrives", two);
	is_int(pair_copies(w, b, "alice", one), 1, "once");
	is_int(lines_with(w, a, "bob", "did not arrive") +
	    lines_with(w, b, "alice", "did not arrive"), 0, "no gap is told");
}

static void
test_back(struct pair *w, size_t a, size_t b)
{
	pair_quiet(w);
	client_disconnect(w->who[b].c);
	rival_lose(w->who[a].c, pair_talk(w, a, "bob"));
	pair_send(w, a, "bob", "while waiting");
	pair_quiet(w);
	is_int(lines_with(w, a, "bob", "can't follow"), 1, "alice is told");
	ok(pair_message(w, a, "bob", "while waiting")->ladder ==
	    LADDER_WAITING, "what she writes waits");
	pair_stop(w, a);
	pair_start(w, a);
	ok(rival_waits(pair_talk(w, a, "bob")), "after a restart, too");
	client_connect(w->who[b].c);
	ok(until_line(w, a, "bob", "bob let this device in again", 1),
	    "bob lets her in");
	is_int(lines_with(w, b, "alice", "alice came back"), 1,
	    "and sees it (T44)");
	ok(pair_ladder(w, a, "bob", "while waiting", LADDER_DEVICE),
	    "what waited arrives");
	talk_on(w, a, b, "one", "two");
}

static void
test_blocked(struct pair *w, size_t a, size_t b)
{
	struct client *c = w->who[b].c;
	char *why = NULL;

	if (client_block(c, client_person_named(c, "alice"), &why) != 0)
		bail("%s", why);
	rival_lose(w->who[a].c, pair_talk(w, a, "bob"));
	pair_quiet(w);
	pair_quiet(w);
	ok(rival_waits(pair_talk(w, a, "bob")), "who is blocked stays out");
	is_int(lines_with(w, b, "alice", "alice came back"), 1, "no line");
	if (client_unblock(c, client_person_named(c, "alice"), &why) != 0)
		bail("%s", why);
	w->desk.mono_skew += 3600 * 1000;       /* she asks again */
	ok(until_line(w, a, "bob", "bob let this device in again", 2),
	    "unblocked, she is let in");
	talk_on(w, a, b, "three", "four");
}

static void
test_pace(struct pair *w, size_t a, size_t b)
{
	unsigned i;

	for (i = 0; i < 6; i++) {
		rival_lose(w->who[a].c, pair_talk(w, a, "bob"));
		if (!until_line(w, a, "bob", "bob let this device in again",
		    3 + i))
			break;
	}
	ok(i >= 1 && i <= 3, "let in %u times, then not for a while (T34)", i);
	w->desk.mono_skew += 2 * 3600 * 1000;
	ok(until_line(w, a, "bob", "bob let this device in again", 3 + i),
	    "after an hour again");
	talk_on(w, a, b, "five", "six");
}

static void
test_both(struct pair *w, size_t a, size_t b)
{
	uint8_t was[WIRE_ID];

	pair_quiet(w);
	memcpy(was, pair_talk(w, a, "bob")->log, WIRE_ID);
	rival_lose(w->who[a].c, pair_talk(w, a, "bob"));
	rival_lose(w->who[b].c, pair_talk(w, b, "alice"));
	pair_send(w, a, "bob", "both lost");
	ok(pair_ladder(w, a, "bob", "both lost", LADDER_DEVICE),
	    "where neither can follow, they begin anew");
	ok(memcmp(was, pair_talk(w, a, "bob")->log, WIRE_ID) != 0,
	    "in another group");
	is_mem(pair_talk(w, b, "alice")->log, pair_talk(w, a, "bob")->log,
	    WIRE_ID, "both in the same");
	talk_on(w, a, b, "seven", "eight");
	ok(pair_message(w, b, "alice", "one") != NULL, "history is kept");
}

int
main(void)
{
	struct pair w;
	size_t a, b;

	pair_two(&w, &a, &b);
	talk_on(&w, a, b, "first", "second");
	test_back(&w, a, b);
	test_blocked(&w, a, b);
	test_pace(&w, a, b);
	test_both(&w, a, b);
	pair_close(&w);
	return done();
}
