/* SPDX-License-Identifier: ISC */
/*
 * Two people and a relay that can't read, whole, over loopback (floor: all):
 * register, ask, accept, talk both ways; every message ends at the other's
 * device, exactly once.
 */
#include "pair.h"
#include "tap.h"

static void
test_first(struct pair *w)
{
	size_t a = pair_join(w, "alice"), b = pair_join(w, "bob");
	struct client *alice = w->who[a].c, *bob = w->who[b].c;
	char *why = NULL;

	ok(!client_fresh(alice) && !client_locked(alice), "alice is there");
	is_str(client_name(bob), "bob", "bob is there");
	is_int(client_add(alice, "bob", "it's me,\ncarol", &why), 0,
	    "alice asks bob");
	ok(pair_state(w, a, "bob", TALK_ASKED), "a conversation is there");
	pair_send(w, a, "bob", "are you there?");
	ok(pair_ladder(w, a, "bob", "are you there?", LADDER_RELAY),
	    "she writes at once, the relay keeps it");
	ok(pair_person(w, b, "alice", PERSON_ASKING), "bob is asked");
	ok(pair_notice(w, b, NOTICE_REQUEST, "alice"), "in his notices");
	ok(pair_notice(w, b, NOTICE_REQUEST, "alice wants to talk, "
	    "\"it's me, carol\": /accept alice"),
	    "with her note, in one line");
	ok(pair_shows(w, b, "alice", "it's me,\ncarol"), "and whole");
	is_int(client_open_notices(bob) > 0, 1, "which wait for a key");
	ok(pair_message(w, b, "alice", "are you there?") == NULL,
	    "and reads nothing before he accepts");
	is_int(client_accept(bob, client_person_named(bob, "alice"), &why), 0,
	    "bob accepts");
	ok(pair_shows(w, b, "alice", "are you there?"), "then he reads it");
	ok(pair_person(w, a, "bob", PERSON_CONTACT), "alice knows");
	ok(pair_notice(w, a, NOTICE_ACCEPTED, "bob"), "by a notice");
	ok(pair_ladder(w, a, "bob", "are you there?", LADDER_DEVICE),
	    "and that it has arrived");
	pair_send(w, b, "alice", "here I am");
	ok(pair_shows(w, a, "bob", "here I am"), "bob answers");
	ok(pair_ladder(w, b, "alice", "here I am", LADDER_DEVICE),
	    "and that has arrived");
	is_str(client_person_named(alice, "bob")->safety,
	    client_person_named(bob, "alice")->safety,
	    "both see the same safety number");
	ok(client_settled(alice, true) && client_settled(bob, true),
	    "everything is settled");
}

int
main(void)
{
	struct pair w;

	pair_open(&w);
	test_first(&w);
	pair_close(&w);
	return done();
}
