/* SPDX-License-Identifier: ISC */
/*
 * What goes on underneath (floor: all): groups heal, both sides at once too,
 * while messages are on their way; who came in by a last-resort package heals
 * soon; a text too large for an entry travels as a blob.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pair.h"
#include "tap.h"

struct epoch_wait {
	struct pair *w;
	size_t a, b;
	uint64_t epoch;
};

static bool
is_epoch(void *arg)
{
	struct epoch_wait *e = arg;
	struct talk *a = pair_talk(e->w, e->a, e->w->who[e->b].name);
	struct talk *b = pair_talk(e->w, e->b, e->w->who[e->a].name);

	return a->epoch >= e->epoch && a->epoch == b->epoch;
}

static bool
epoch(struct pair *w, size_t a, size_t b, uint64_t n)
{
	struct epoch_wait e = {w, a, b, n};

	return pair_until(w, is_epoch, &e);
}

static unsigned
system_lines(struct pair *w, size_t i, const char *with)
{
	struct talk *t = pair_talk(w, i, with);
	unsigned n = 0;
	size_t k;

	for (k = 0; k < t->messages; k++)
		if (t->message[k].kind == MESSAGE_SYSTEM &&
		    strstr(t->message[k].text.s, "accepted") == NULL) {
			note("%s", t->message[k].text.s);
			n++;
		}
	return n;
}

/* Eight days later both update at once, and write meanwhile. */
static void
test_heal(struct pair *w, size_t a, size_t b)
{
	char text[32];
	int i, missing = 0;

	is_int(pair_talk(w, a, "bob")->epoch, 1, "the first epoch");
	w->desk.wall_skew += 8 * 86400000ll;
	for (i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "a%d", i);
		pair_send(w, a, "bob", text);
		snprintf(text, sizeof(text), "b%d", i);
		pair_send(w, b, "alice", text);
		pair_turn(w, i % 3);
	}
	ok(epoch(w, a, b, 3), "both have updated");
	ok(pair_ladder(w, a, "bob", "a19", LADDER_DEVICE), "hers arrive");
	ok(pair_ladder(w, b, "alice", "b19", LADDER_DEVICE), "his arrive");
	for (i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "a%d", i);
		missing += pair_copies(w, b, "alice", text) != 1;
		snprintf(text, sizeof(text), "b%d", i);
		missing += pair_copies(w, a, "bob", text) != 1;
	}
	is_int(missing, 0, "each of 40 once");
	is_int(system_lines(w, a, "bob") + system_lines(w, b, "alice"), 0,
	    "and no gap");
}

/* An Update of one side while the other is away with sealed messages. */
static void
test_refused(struct pair *w, size_t a, size_t b)
{
	uint64_t was = pair_talk(w, a, "bob")->epoch;

	client_disconnect(w->who[b].c);
	pair_send(w, b, "alice", "sealed in an old epoch");
	pair_send(w, b, "alice", "so is this");
	if (!pair_ladder(w, b, "alice", "so is this", LADDER_SEALED))
		bail("not sealed");
	w->desk.wall_skew += 8 * 86400000ll;
	client_disconnect(w->who[a].c);
	client_connect(w->who[a].c);
	pair_send(w, a, "bob", "poke");
	pair_quiet(w);
	is_int(pair_talk(w, a, "bob")->epoch, was + 1, "alice has updated");
	pair_stop(w, b);
	pair_start(w, b);
	ok(pair_ladder(w, b, "alice", "so is this", LADDER_DEVICE),
	    "what bob had sealed before arrives in the new one");
	is_int(pair_copies(w, a, "bob", "sealed in an old epoch"), 1, "once");
	is_int(pair_copies(w, a, "bob", "so is this"), 1, "once");
	is_int(system_lines(w, a, "bob") + system_lines(w, b, "alice"), 0,
	    "no gap");
}

static void
test_big(struct pair *w, size_t a, size_t b)
{
	char *text = mem_alloc(TEXT_MAX + 2), *why = NULL;
	struct message *m;
	uint8_t id[WIRE_ID];
	size_t i;

	for (i = 0; i < TEXT_MAX; i++)
		text[i] = (char)('a' + i % 23);
	pair_send(w, a, "bob", text);
	pair_send(w, a, "bob", "after the big one");
	ok(pair_ladder(w, a, "bob", "after the big one", LADDER_DEVICE),
	    "behind a large one");
	ok(pair_ladder(w, a, "bob", text, LADDER_DEVICE), "which arrives too");
	m = pair_message(w, b, "alice", text);
	ok(m != NULL && m->text.n == TEXT_MAX, "whole");
	is_int(pair_copies(w, b, "alice", "after the big one"), 1, "once");
	text[TEXT_MAX] = 'x';
	is_int(client_send(w->who[a].c, pair_talk(w, a, "bob"), text,
	    TEXT_MAX + 1, id, &why), ERR_BIG, "one byte more is refused");
	ok(why != NULL && strstr(why, "in parts") != NULL, "with a way out");
	free(why);
	free(text);
}

/* One asks again and again until the one-time packages are spared. */
static void
test_last_resort(struct pair *w)
{
	size_t a = pair_join(w, "carol"), b = pair_join(w, "dave");
	char *why = NULL;
	int i;

	pair_quiet(w);
	for (i = 0; i < 11; i++) {
		if (client_add(w->who[a].c, "dave", NULL, &why) != 0 ||
		    !pair_person(w, b, "carol", PERSON_ASKING))
			bail("%s", why != NULL ? why : "no request");
		if (i < 10 && (client_decline(w->who[b].c,
		    client_person_named(w->who[b].c, "carol"), &why) != 0 ||
		    !pair_person(w, a, "dave", PERSON_DECLINED)))
			bail("no decline");
	}
	is_int(client_accept(w->who[b].c,
	    client_person_named(w->who[b].c, "carol"), &why), 0,
	    "accepted by a last-resort package");
	if (!pair_state(w, a, "dave", TALK_OPEN))
		bail("not open");
	ok(epoch(w, a, b, 2), "it is followed by an Update (T25)");
	pair_send(w, a, "dave", "safe now");
	ok(pair_ladder(w, a, "dave", "safe now", LADDER_DEVICE), "and works");
}

int
main(void)
{
	struct pair w;
	size_t a, b;

	pair_two(&w, &a, &b);
	test_heal(&w, a, b);
	test_refused(&w, a, b);
	test_big(&w, a, b);
	test_last_resort(&w);
	pair_close(&w);
	return done();
}
