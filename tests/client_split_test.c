/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 * limit: 600
 *
 * A room of three, a relay that cheats and members who break the rules: who is
 * not in it gets nothing in, who was removed gets nothing out, and where the
 * members are shown different things, nobody goes on as if nothing was.
 */
#include <stdio.h>
#include <stdlib.h>

#include "rival.h"
#include "rogue.h"
#include "trio.h"
#include "tap.h"

#define INJECT_TURNS 4000

static void
inject(struct trio *t, const char *what, const char *whom)
{
	struct talk *r = trio_room(&t->w, whom[0] == 'c' ? C : A);
	struct mal_rule u = {.code = MSG_entry, .has_log = true};

	u.commit = strcmp(what, "commit") == 0;
	memcpy(u.client, whom, strlen(whom) + 1);
	memcpy(u.log, r->log, WIRE_ID);
	/* who has joined has yet to open its log */
	for (int i = 0; mal_inject(&t->mal, &u) != 0; i++) {
		if (i == INJECT_TURNS)
			bail("nothing injected for %s", whom);
		pair_turn(&t->w, 5);
	}
}

/* An entry that nobody made. */
static void
test_injected(struct trio *t)
{
	struct pair *w = &t->w;

	inject(t, "commit", "carol");
	ok(trio_tells(w, C, "no member made"), "a change out of nothing shows "
	    "(T12)");
	inject(t, "text", "carol");
	ok(trio_tells(w, C, "could not be opened"), "a message out of nothing "
	    "shows (T12)");
	is_int((int)trio_room(w, C)->members, 2, "and nothing has changed");
	trio_again(w, C);
	trio_say(w, C, "all the same");
	ok(trio_step(w, C, "all the same", LADDER_DEVICE), "they talk on");
}

static void
trap(struct trio *t, size_t d, const char *name)
{
	struct pair *w = &t->w;
	struct talk *room;
	char *why = NULL;

	if (client_room(w->who[d].c, name, NULL, 0, &room, &why) != 0)
		bail("%s", why);
	rogue_add(w->who[d].c, room, "bob");
	if (!trio_members(w, d, 1))
		bail("no trap");
	pair_quiet(w);
}

static bool
bob_has(struct pair *w, const char *title)
{
	size_t i;

	for (i = 0; i < client_talks(w->who[B].c); i++)
		if (strcmp(client_talk_at(w->who[B].c, i)->title.s, title) == 0)
			return true;
	return false;
}

/* Somebody who is no contact puts bob into a room: the box alone is enough to
 * refuse it, and the relay is asked nothing. */
static void
test_invited(struct trio *t)
{
	struct pair *w = &t->w;
	size_t d = pair_join(w, "dave"), jobs;
	char *why = NULL;

	pair_friends(w, A, d);
	if (client_add(w->who[d].c, "bob", NULL, &why) != 0)
		bail("%s", why);
	if (!pair_person(w, B, "dave", PERSON_ASKING))
		bail("dave does not ask");
	pair_quiet(w);
	jobs = rival_jobs(w->who[B].c);
	(void)mal_rule(&t->mal, "drop lookup for bob");
	trap(t, d, "the trap");
	is_int((int)rival_jobs(w->who[B].c), (int)jobs, "for a stranger's room "
	    "bob's client does not even look (T12)");
	mal_clear(&t->mal);
	trio_again(w, B);
	pair_quiet(w);
	ok(!bob_has(w, "the trap"), "a stranger puts nobody into a room "
	    "(T12)");
}

/* dave is a contact when the box comes, and blocked when the relay at last
 * answers who he is. */
static void
test_blocked(struct trio *t)
{
	struct pair *w = &t->w;
	struct client *b = w->who[B].c;
	size_t d = 3;
	char *why = NULL;

	if (client_accept(b, client_person_named(b, "dave"), &why) != 0)
		bail("%s", why);
	if (!pair_state(w, d, "bob", TALK_OPEN))
		bail("no conversation opened");
	(void)mal_rule(&t->mal, "drop lookup for bob");
	trap(t, d, "the late trap");
	ok(rival_jobs(b) > 0, "a contact's room waits for the relay");
	if (client_block(b, client_person_named(b, "dave"), &why) != 0)
		bail("%s", why);
	pair_quiet(w);          /* what that says leaves before the link does */
	mal_clear(&t->mal);
	trio_again(w, B);
	pair_quiet(w);
	pair_quiet(w);
	ok(!bob_has(w, "the late trap"), "who is blocked meanwhile puts "
	    "nobody into it (T12)");
}

struct count {
	struct trio *t;
	size_t rule;
	unsigned want;
};

static bool
is_heard(void *arg)
{
	struct count *c = arg;

	return mal_played(&c->t->mal, c->rule) >= c->want;
}

/* carol is away and has something sealed when dave takes her place. */
static uint64_t
test_ghost(struct trio *t)
{
	struct pair *w = &t->w;
	struct count n = {t, mal_rule(&t->mal, "freeze log_append for carol"),
		1};
	uint64_t was = trio_room(w, A)->epoch;
	char *why = NULL;

	trio_say(w, C, "the ghost");
	if (!pair_until(w, is_heard, &n))
		bail("nothing was kept back");
	pair_stop(w, C);
	rogue_hold(w->who[A].c, trio_room(w, A), 1500);
	if (client_room_remove(w->who[A].c, trio_room(w, A), "carol",
	    &why) != 0 || client_room_add(w->who[A].c, trio_room(w, A), "dave",
	    &why) != 0)
		bail("%s", why);
	ok(trio_tells(w, B, "added dave") && trio_members(w, B, 2) &&
	    trio_room(w, B)->epoch == was + 1,
	    "in one change dave comes and carol goes");
	pair_quiet(w);
	if (mal_thaw(&t->mal, n.rule, "alice") != 0)
		bail("nothing to thaw");
	pair_quiet(w);
	ok(trio_line(w, A, "the ghost") == NULL, "what she had sealed before "
	    "is not shown after it, under his name or hers (T37)");
	mal_clear(&t->mal);
	trio_again(w, A);
	trio_say(w, A, "only those who are here");
	ok(trio_shows(w, B, "only those who are here"), "others talk on");
	return was;
}

/* carol is back online: what does an honest relay still give her? */
static void
test_cut(struct trio *t, uint64_t last)
{
	struct pair *w = &t->w;
	uint64_t was = trio_room(w, A)->epoch;
	struct count n = {t, 0, 1};
	struct mal_rule *u;

	w->desk.wall_skew += 8 * 86400000ll;
	trio_again(w, A);
	trio_say(w, A, "an update is due");
	pair_quiet(w);
	trio_say(w, A, "and made");
	if (!trio_shows(w, B, "and made"))
		bail("not said");
	pair_quiet(w);
	ok(trio_room(w, A)->epoch > was, "the group has changed since");
	n.rule = mal_rule(&t->mal, "renumber commit for carol by 0");
	u = t->mal.rule[n.rule];
	u->has_log = true;
	memcpy(u->log, trio_room(w, A)->log, WIRE_ID);
	pair_start(w, C);
	ok(trio_state(w, C, TALK_CLOSED), "carol learns that she was removed");
	pair_quiet(w);
	is_int((int)u->top, (int)last, "with the commit that did "
	    "it the log ends for her (T37)");
	ok(trio_line(w, C, "and made") == NULL, "she reads nothing more");
	mal_clear(&t->mal);
}

/* Bob's device is revoked while he is in the room. */
static void
test_revoked(struct trio *t)
{
	struct pair *w = &t->w;

	rogue_replaced(w->who[B].c, PAIR_PASS);
	pair_quiet(w);
	rival_look(w->who[A].c);
	trio_again(w, A);
	ok(trio_members(w, A, 1), "his device leaves the room by the next "
	    "commit of anybody (T36)");
	ok(trio_tells(w, A, "removed"), "with a line");
	trio_say(w, A, "not for that device");
	pair_quiet(w);
	ok(trio_line(w, B, "not for that device") == NULL, "it reads nothing "
	    "more (T36)");
	ok(client_online(w->who[B].c) != ONLINE_ON, "and the relay knows it "
	    "no more");
}

/* A removal that dave is not to hear of; then everything after it. */
static void
test_withheld(struct trio *t)
{
	struct pair *w = &t->w;
	char *why = NULL;
	size_t rule;

	if (client_room_add(w->who[A].c, trio_room(w, A), "carol", &why) != 0)
		bail("%s", why);
	if (!trio_members(w, 3, 2) || !trio_members(w, C, 2))
		bail("carol is not back");
	rule = mal_rule(&t->mal, "drop commit for dave");
	if (client_room_remove(w->who[A].c, trio_room(w, A), "carol",
	    &why) != 0)
		bail("%s", why);
	if (!trio_members(w, A, 1))
		bail("carol is not out");
	trio_say(w, A, "dave does not know");
	trio_say(w, 3, "nor who reads this");
	ok(trio_tells(w, 3, "can't follow the conversation"), "a change that "
	    "is kept from dave is noticed (T13)");
	ok(mal_played(&t->mal, rule) > 0, "it was");
	pair_quiet(w);
	ok(trio_line(w, C, "nor who reads this") == NULL, "and is not for "
	    "whom he could not know to be gone (T13)");
	mal_clear(&t->mal);
}

/* bob, who may not, removes carol. */
static void
test_rule_breaker(void)
{
	struct trio t;

	trio_open(&t);
	trio_meet(&t);
	rogue_remove(t.w.who[B].c, trio_room(&t.w, B), "carol");
	ok(trio_state(&t.w, A, TALK_STOPPED), "a removal by who may not is "
	    "not taken (T12)");
	ok(trio_state(&t.w, C, TALK_STOPPED), "by nobody (T12)");
	ok(pair_notice(&t.w, A, NOTICE_ERROR, "against its rules"), "and it "
	    "is said");
	trio_close(&t);
}

int
main(void)
{
	struct trio t;

	trio_open(&t);
	trio_meet(&t);
	test_injected(&t);
	test_invited(&t);
	test_blocked(&t);
	test_cut(&t, test_ghost(&t));
	test_revoked(&t);
	test_withheld(&t);
	trio_close(&t);
	test_rule_breaker();
	return done();
}
