/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 * limit: 600
 *
 * Somebody has copied bob's whole profile, passphrase and all. What they say
 * with it is noticed on both sides; and once bob's device has made fresh keys
 * they read nothing more, in a room of three either.
 */
#include <stdio.h>
#include <stdlib.h>

#include "rogue.h"
#include "trio.h"
#include "tap.h"

#define THIEF 3

/* A second person who is bob, from a copy of his folder; away. */
static void
copy(struct pair *w)
{
	struct person_test *p = &w->who[THIEF];
	char *cmd;

	pair_stop(w, B);
	if (p->c != NULL)
		pair_stop(w, THIEF);
	if (p->dir == NULL) {
		p->pair = w;
		p->name = mem_string("thief");
		p->dir = mem_format("%s/thief", w->desk.dir);
		w->n = THIEF + 1;
	}
	cmd = mem_format("rm -rf %s && cp -a %s %s", p->dir, w->who[B].dir,
	    p->dir);
	if (system(cmd) != 0)
		bail("%s", cmd);
	free(cmd);
	pair_start(w, B);
	if (!pair_online(w, B, ONLINE_ON))
		bail("bob is not back");
	pair_start(w, THIEF);
	client_disconnect(w->who[THIEF].c);
}

static void
show(struct trio *t, const char *client, struct talk *talk, struct buf *entry)
{
	struct mal_rule u = {.code = MSG_entry, .has_log = true};

	memcpy(u.client, client, strlen(client) + 1);
	memcpy(u.log, talk->log, WIRE_ID);
	u.data = *entry;
	if (mal_inject(&t->mal, &u) != 0)
		bail("not shown to %s", client);
}

/* Both write under the same keys. */
static void
test_twice(struct trio *t)
{
	struct pair *w = &t->w;
	struct buf entry = {0};

	copy(w);
	pair_send(w, THIEF, "alice", "from the thief");
	if (!pair_ladder(w, THIEF, "alice", "from the thief", LADDER_SEALED))
		bail("the thief can't seal");
	rogue_entry(pair_talk(w, THIEF, "alice"), &entry);
	pair_send(w, B, "alice", "from bob");
	if (!pair_shows(w, A, "bob", "from bob"))
		bail("bob is not heard");
	show(t, "alice", pair_talk(w, A, "bob"), &entry);
	ok(pair_notice(w, A, NOTICE_ERROR, "may have been copied"), "alice is "
	    "told that somebody else has bob's keys (T32)");
	pair_quiet(w);
	ok(pair_message(w, A, "bob", "from the thief") == NULL, "and shown "
	    "nothing of it");
	is_int(pair_talk(w, B, "alice")->state, TALK_OPEN, "bob doesn't know");
	show(t, "bob", pair_talk(w, B, "alice"), &entry);
	ok(pair_state(w, B, "alice", TALK_STOPPED), "when he sees it, he stops "
	    "(T32)");
	ok(pair_notice(w, B, NOTICE_ERROR, "older copy"), "and is told why");
	buf_free(&entry);
}

/* A copy of his keys, and then bob makes fresh ones. */
static void
test_heal(struct trio *t)
{
	struct pair *w = &t->w;
	uint64_t was, room;

	copy(w);
	was = pair_talk(w, B, "alice")->epoch;
	room = trio_room(w, B)->epoch;
	w->desk.wall_skew += 8 * 86400000ll;
	trio_again(w, B);
	pair_quiet(w);
	pair_quiet(w);
	pair_send(w, A, "bob", "after the healing");
	if (!pair_shows(w, B, "alice", "after the healing"))
		bail("bob reads nothing");
	trio_say(w, C, "for us three");
	if (!trio_shows(w, B, "for us three"))
		bail("bob reads nothing in the room");
	client_connect(w->who[THIEF].c);
	pair_quiet(w);
	pair_quiet(w);
	ok(pair_message(w, THIEF, "alice", "after the healing") == NULL,
	    "the copy reads nothing after an update of bob's (T31)");
	ok(pair_talk(w, B, "alice")->epoch > was, "there was one (T31)");
	is_int(pair_talk(w, THIEF, "alice")->state, TALK_STOPPED, "it stops");
	ok(trio_line(w, THIEF, "for us three") == NULL, "nor what is said in "
	    "the room (T31)");
	ok(trio_room(w, B)->epoch > room, "which has fresh keys too");
}

int
main(void)
{
	struct trio t = {.w = {.down = false}};

	trio_open(&t);
	trio_meet(&t);
	pair_send(&t.w, A, "bob", "hello");
	if (!pair_ladder(&t.w, A, "bob", "hello", LADDER_DEVICE))
		bail("no hello");
	test_heal(&t);
	pair_stop(&t.w, THIEF);
	test_twice(&t);
	trio_close(&t);
	return done();
}
