/* SPDX-License-Identifier: ISC */
/*
 * How people come together and apart (floor: all): both ask at once, decline,
 * block, a name that nobody has, a key that changed, a stranger's box.
 */
#include <stdio.h>
#include <stdlib.h>

#include "liar.h"
#include "pair.h"
#include "rival.h"
#include "tap.h"

static struct person *
person(struct pair *w, size_t i, const char *name)
{
	return client_person_named(w->who[i].c, name);
}

static void
one_talk(struct pair *w, size_t i, const char *with)
{
	struct client *c = w->who[i].c;
	size_t k, n = 0;

	for (k = 0; k < client_talks(c); k++)
		n += strcmp(client_talk_at(c, k)->title.s, with) == 0;
	is_int(n, 1, "%s has one conversation with %s", w->who[i].name, with);
}

struct both {
	struct pair *w;
	size_t a, b;
};

static bool
is_one_group(void *arg)
{
	struct both *g = arg;

	return memcmp(pair_talk(g->w, g->a, "bob")->log, pair_talk(g->w, g->b,
	    "alice")->log, WIRE_ID) == 0;
}

/* Both ask while the other's request is on its way; `turns` shifts who is
 * ahead. */
static void
test_both(int turns)
{
	struct pair w;
	size_t a, b;
	char *why = NULL;

	pair_open(&w);
	a = pair_join(&w, "alice");
	b = pair_join(&w, "bob");
	pair_quiet(&w);
	if (client_add(w.who[a].c, "bob", NULL, &why) != 0)
		bail("%s", why);
	for (int i = 0; i < turns; i++)
		pair_turn(&w, 2);
	if (person(&w, b, "alice") != NULL &&
	    person(&w, b, "alice")->state == PERSON_ASKING)
		note("bob was faster asked than asking");
	if (client_add(w.who[b].c, "alice", NULL, &why) != 0)
		bail("%s", why);
	ok(pair_state(&w, a, "bob", TALK_OPEN), "both ask, %d turns apart: "
	    "alice can talk", turns);
	ok(pair_state(&w, b, "alice", TALK_OPEN), "bob can talk");
	pair_send(&w, a, "bob", "from alice");
	pair_send(&w, b, "alice", "from bob");
	if (!pair_until(&w, is_one_group, &(struct both){&w, a, b}))
		bail("two groups are left of it (T35)");
	ok(pair_ladder(&w, a, "bob", "from alice", LADDER_DEVICE), "hers is "
	    "there");
	ok(pair_ladder(&w, b, "alice", "from bob", LADDER_DEVICE), "and his");
	is_int(pair_copies(&w, b, "alice", "from alice"), 1, "once");
	is_int(pair_copies(&w, a, "bob", "from bob"), 1, "and once");
	is_mem(pair_talk(&w, a, "bob")->log, pair_talk(&w, b, "alice")->log,
	    WIRE_ID, "in the same group (T35)");
	one_talk(&w, a, "bob");
	one_talk(&w, b, "alice");
	pair_close(&w);
}

static void
try_send(struct pair *w, size_t i, const char *to, int k, bool *sent)
{
	struct talk *t = pair_talk(w, i, to);
	uint8_t id[WIRE_ID];
	char text[32], *why = NULL;

	snprintf(text, sizeof(text), "%s %d", w->who[i].name, k);
	sent[k] = t != NULL && client_send(w->who[i].c, t, text, strlen(text),
	    id, &why) == 0;
	free(why);
}

static int
arrived(struct pair *w, size_t from, size_t to, const bool *sent, int n)
{
	const char *a = w->who[from].name, *b = w->who[to].name;
	char text[32];
	int k, bad = 0;

	for (k = 0; k < n; k++) {
		snprintf(text, sizeof(text), "%s %d", a, k);
		if (sent[k] && (!pair_ladder(w, from, b, text, LADDER_DEVICE) ||
		    pair_copies(w, to, a, text) != 1))
			bad++;
	}
	return bad;
}

/* Both ask and write all the time; where the groups meet, appends into the
 * losing one are on their way (their answers are for bytes of the past). */
static void
test_both_writing(int turns)
{
	bool from_a[60], from_b[60];
	struct pair w;
	size_t a, b;
	char *why = NULL;
	int i;

	pair_open(&w);
	a = pair_join(&w, "alice");
	b = pair_join(&w, "bob");
	pair_quiet(&w);
	if (client_add(w.who[a].c, "bob", NULL, &why) != 0)
		bail("%s", why);
	for (i = 0; i < 60; i++) {
		if (i == turns && client_add(w.who[b].c, "alice", NULL,
		    &why) != 0 && pair_talk(&w, b, "alice") == NULL)
			bail("%s", why);
		pair_turn(&w, 1);
		try_send(&w, a, "bob", i, from_a);
		try_send(&w, b, "alice", i, from_b);
	}
	ok(pair_state(&w, a, "bob", TALK_OPEN) &&
	    pair_state(&w, b, "alice", TALK_OPEN), "both ask and write, %d "
	    "turns apart", turns);
	is_int(arrived(&w, a, b, from_a, 60), 0, "all of hers arrive, once");
	is_int(arrived(&w, b, a, from_b, 60), 0, "all of his arrive, once");
	pair_close(&w);
}

/* Each writes into a group of their own before the other's request comes. */
static void
test_both_wrote(void)
{
	struct pair w;
	size_t a, b;
	char *why = NULL;

	pair_open(&w);
	a = pair_join(&w, "alice");
	b = pair_join(&w, "bob");
	pair_quiet(&w);
	pair_stop(&w, b);
	if (client_add(w.who[a].c, "bob", NULL, &why) != 0 ||
	    !pair_state(&w, a, "bob", TALK_ASKED))
		bail("no talk");
	pair_send(&w, a, "bob", "a one");
	pair_send(&w, a, "bob", "a two");
	if (!pair_ladder(&w, a, "bob", "a two", LADDER_RELAY))
		bail("not on the relay");
	pair_quiet(&w);
	pair_stop(&w, a);
	/* bob's relay connection asks before it hears: his request leaves in
	 * the same breath as hers comes */
	pair_relay(&w, false);
	pair_start(&w, b);
	if (client_add(w.who[b].c, "alice", NULL, &why) != 0)
		bail("%s", why);
	pair_relay(&w, true);
	client_connect(w.who[b].c);
	ok(pair_state(&w, b, "alice", TALK_OPEN), "bob asked too: open");
	pair_send(&w, b, "alice", "b one");
	ok(pair_ladder(&w, b, "alice", "b one", LADDER_RELAY), "he writes");
	pair_start(&w, a);
	ok(pair_ladder(&w, a, "bob", "a two", LADDER_DEVICE), "hers arrive");
	ok(pair_ladder(&w, b, "alice", "b one", LADDER_DEVICE), "his arrive");
	is_int(pair_copies(&w, b, "alice", "a one"), 1, "once");
	is_int(pair_copies(&w, b, "alice", "a two"), 1, "once");
	is_int(pair_copies(&w, a, "bob", "b one"), 1, "once");
	pair_close(&w);
}

static void
test_decline(struct pair *w, size_t a, size_t b)
{
	char *why = NULL;

	if (client_add(w->who[a].c, "bob", NULL, &why) != 0)
		bail("%s", why);
	is_int(client_add(w->who[a].c, "bob", NULL, &why), ERR_EXISTS,
	    "asking twice is refused");
	ok(why != NULL && strstr(why, "already") != NULL, "with a sentence");
	free(why);
	why = NULL;
	if (!pair_person(w, b, "alice", PERSON_ASKING))
		bail("no request");
	pair_send(w, a, "bob", "never read");
	is_int(client_decline(w->who[b].c, person(w, b, "alice"), &why), 0,
	    "bob declines");
	ok(pair_person(w, a, "bob", PERSON_DECLINED), "alice knows");
	ok(pair_notice(w, a, NOTICE_DECLINED, "bob"), "by a notice");
	is_int(pair_talk(w, a, "bob")->state, TALK_CLOSED, "it is closed");
	ok(pair_message(w, b, "alice", "never read") == NULL,
	    "he read nothing");
	is_int(client_send(w->who[a].c, pair_talk(w, a, "bob"), "x", 1,
	    (uint8_t[WIRE_ID]){0}, &why), ERR_STATE, "she can't write");
	ok(why != NULL && strstr(why, "/add bob") != NULL,
	    "and is told how to ask again");
	free(why);
	if (client_add(w->who[a].c, "bob", NULL, &why) != 0)
		bail("%s", why);
	ok(pair_person(w, b, "alice", PERSON_ASKING), "asked again");
	is_int(client_accept(w->who[b].c, person(w, b, "alice"), &why), 0,
	    "now he accepts");
	ok(pair_state(w, a, "bob", TALK_OPEN), "they talk");
	pair_send(w, b, "alice", "well then");
	ok(pair_ladder(w, b, "alice", "well then", LADDER_DEVICE), "it works");
}

static void
test_block(struct pair *w, size_t a, size_t b)
{
	size_t m = pair_join(w, "mallory");
	char *why = NULL;

	if (client_add(w->who[m].c, "bob", "buy!", &why) != 0 ||
	    !pair_person(w, b, "mallory", PERSON_ASKING))
		bail("no request");
	is_int(client_block(w->who[b].c, person(w, b, "mallory"), &why), 0,
	    "bob blocks mallory");
	pair_send(w, m, "bob", "buy more!");
	ok(pair_ladder(w, m, "bob", "buy more!", LADDER_RELAY), "who goes on");
	pair_quiet(w);
	is_int(person(w, m, "bob")->state, PERSON_ASKED,
	    "and learns nothing of it");
	is_int(person(w, b, "mallory")->state, PERSON_BLOCKED, "still blocked");
	ok(pair_message(w, b, "mallory", "buy more!") == NULL,
	    "bob reads nothing");
	is_int(client_add(w->who[b].c, "mallory", NULL, &why), ERR_DENIED,
	    "bob must unblock first");
	ok(why != NULL && strstr(why, "/unblock mallory") != NULL, "and is "
	    "told so");
	free(why);
	is_int(client_unblock(w->who[b].c, person(w, b, "mallory"), &why), 0,
	    "he does");
	is_int(person(w, b, "mallory")->state, PERSON_KNOWN, "known again");
	pair_stop(w, m);
	(void)a;
}

static void
test_nobody(struct pair *w, size_t a)
{
	char *why = NULL;

	is_int(client_add(w->who[a].c, "nobody", NULL, &why), 0, "asked");
	ok(pair_notice(w, a, NOTICE_ERROR, "nobody on this relay is called "
	    "nobody"), "a name that nobody has");
	is_int(client_add(w->who[a].c, "alice", NULL, &why), ERR_INPUT,
	    "one's own name");
	free(why);
	is_int(client_add(w->who[a].c, "No Name", NULL, &why), ERR_INPUT,
	    "not a name at all");
	free(why);
}

/* ---- a key that changed ------------------------------------------------- */

static void
test_changed(struct pair *w, size_t a, size_t b)
{
	struct record bob = *client_record(w->who[b].c), fake;
	struct buf raw = {0};
	uint8_t id[WIRE_ID];
	char *why = NULL;

	bob.version++;
	liar_mallory(&bob, &fake, &raw);
	client_disconnect(w->who[a].c);
	pair_send(w, a, "bob", "before I know");
	liar_rebind(w->desk.relay, &fake, buf_view(&raw));
	buf_free(&raw);
	client_connect(w->who[a].c);
	ok(pair_state(w, a, "bob", TALK_STOPPED), "another key: stopped");
	ok(person(w, a, "bob")->changed, "and marked");
	ok(pair_notice(w, a, NOTICE_CHANGED, "another account key for bob"),
	    "with a notice");
	is_int(client_send(w->who[a].c, pair_talk(w, a, "bob"), "hi", 2, id,
	    &why), ERR_CHANGED, "nothing is sent");
	ok(why != NULL && strstr(why, "/person bob") != NULL,
	    "and the sentence names the next command");
	free(why);
	is_int(client_add(w->who[a].c, "bob", NULL, &why), ERR_CHANGED,
	    "nor asked");
	free(why);
	pair_stop(w, a);
	pair_start(w, a);
	ok(person(w, a, "bob")->changed, "a restart does not forget it");
	is_int(pair_talk(w, a, "bob")->state, TALK_STOPPED, "still stopped");
	rival_record(w->who[b].c, PAIR_PASS, NULL, &raw);
	if (record_get(buf_view(&raw), &bob) != 0)
		bail("no record of bob");
	liar_rebind(w->desk.relay, &bob, buf_view(&raw));
	buf_free(&raw);
	pair_stop(w, a);
	pair_start(w, a);
	ok(pair_state(w, a, "bob", TALK_OPEN), "the old key is back: open");
	ok(pair_ladder(w, a, "bob", "before I know", LADDER_DEVICE),
	    "and what waited goes out");
}

/* Who is kept from following is let in again, and nothing is lost by it. */
static bool
hide_commit(void *arg, struct relay *r, struct peer *p, struct msg *m)
{
	const char *whose = arg;

	(void)r;
	return m->code != MSG_entry || !(m->entry.flags & ENTRY_COMMIT) ||
	    strcmp(p->name, whose) != 0;
}

static void
test_again(struct pair *w, size_t a, size_t b)
{
	w->desk.relay->evil = hide_commit;
	w->desk.relay->evil_arg = w->who[a].name;
	client_disconnect(w->who[a].c);
	w->desk.wall_skew += 8 * 86400000ll;
	pair_send(w, b, "alice", "with an update");
	pair_quiet(w);
	client_connect(w->who[a].c);
	ok(pair_shows(w, a, "bob", "bob let this device in again: you "
	    "can go on. What others wrote meanwhile can't be read here; what "
	    "was written before is as it was"),
	    "a change is held back: alice asks to be let in again (T13)");
	w->desk.relay->evil = NULL;
	ok(pair_ladder(w, b, "alice", "with an update", LADDER_DEVICE),
	    "what had not arrived arrives");
	is_int(pair_copies(w, a, "bob", "with an update"), 1, "once");
	pair_send(w, a, "bob", "back again");
	ok(pair_ladder(w, a, "bob", "back again", LADDER_DEVICE),
	    "and they talk");
	is_mem(pair_talk(w, a, "bob")->log, pair_talk(w, b, "alice")->log,
	    WIRE_ID, "in one group");
}

int
main(void)
{
	struct pair w;
	size_t a, b;
	int turns, i, n = getenv("TACET_SOAK") != NULL ? 50 : 4;

	for (i = 0; i < n; i++)
		test_both(i * 3 % 13);
	for (turns = 0; turns < 8; turns++)
		test_both_writing(turns);
	test_both_wrote();
	pair_open(&w);
	a = pair_join(&w, "alice");
	b = pair_join(&w, "bob");
	test_nobody(&w, a);
	test_decline(&w, a, b);
	test_block(&w, a, b);
	test_changed(&w, a, b);
	test_again(&w, a, b);
	pair_close(&w);
	return done();
}
