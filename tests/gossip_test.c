/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 * What travels beside messages: a head when it has changed and not more often,
 * nothing that a stranger signed is believed, and two members of one epoch with
 * two authenticators are told so (T13).
 */
#include <stdlib.h>

#include "liar.h"
#include "pair.h"
#include "rival.h"
#include "tap.h"

struct two {
	struct pair w;
	size_t a, b;
};

static struct client *
alice(struct two *s)
{
	return s->w.who[s->a].c;
}

/* How many gossips a text brings along */
static unsigned
brought(struct two *s, const char *text)
{
	unsigned n;

	pair_send(&s->w, s->a, "bob", text);
	n = rival_gossips(alice(s), "bob");
	if (!pair_ladder(&s->w, s->a, "bob", text, LADDER_DEVICE))
		bail("%s does not arrive", text);
	pair_quiet(&s->w);
	is_int(rival_gossips(alice(s), "bob"), 0, "%s: it has left", text);
	return n;
}

static void
again(struct two *s)
{
	client_disconnect(alice(s));
	client_connect(alice(s));
	if (!pair_online(&s->w, s->a, ONLINE_ON))
		bail("not online");
	pair_quiet(&s->w);
}

static void
test_rhythm(struct two *s)
{
	is_int((int)brought(s, "one"), 1, "the first text brings the head");
	is_int((int)brought(s, "two"), 0, "the second does not");
	pair_stop(&s->w, pair_join(&s->w, "dave"));
	again(s);
	is_int((int)brought(s, "three"), 0, "a new head, too soon: no storm");
	desk_pass(&s->w.desk, 11 * 60000);
	is_int((int)brought(s, "four"), 1, "ten minutes later it goes along");
	pair_stop(&s->w, pair_join(&s->w, "erin"));
	again(s);
	desk_pass(&s->w.desk, 3600000);
	pair_quiet(&s->w);
	is_int(pair_talk(&s->w, s->b, "alice")->unread > 0, 1, "and bob reads "
	    "texts alone");
	ok(pair_message(&s->w, s->b, "alice", "four") != NULL &&
	    pair_talk(&s->w, s->b, "alice")->messages == 4, "gossip is no "
	    "line of the conversation");
}

static void
test_strangers(struct two *s)
{
	uint8_t secret[SIGN_SECRET], public[SIGN_PUBLIC];
	struct head h = {.size = 1000};
	size_t notices = client_notices(alice(s));

	sign_keypair(&rng_system, public, secret);
	head_sign(&h, secret);
	rival_gossip(alice(s), "bob", true, &h);
	rival_gossip(alice(s), "bob", true, NULL);
	desk_pass(&s->w.desk, 25ll * 3600 * 1000);
	again(s);
	is_int((int)client_notices(alice(s)), (int)notices, "a head of a key "
	    "that nobody pinned is no news");
	ok(!client_fork(alice(s))->is, "and no evidence");
	is_int(pair_talk(&s->w, s->a, "bob")->state, TALK_OPEN,
	    "the right epoch is no fork");
}

static void
test_split(struct two *s)
{
	rival_gossip(alice(s), "bob", false, NULL);
	ok(pair_notice(&s->w, s->a, NOTICE_ALARM, "fork: bob and you"),
	    "another authenticator of the same epoch is a fork (T13)");
	is_int(pair_talk(&s->w, s->a, "bob")->state, TALK_STOPPED,
	    "and never looks like a conversation (T13)");
}

int
main(void)
{
	struct two s = {.a = 0};

	pair_open(&s.w);
	s.a = pair_join(&s.w, "alice");
	s.b = pair_join(&s.w, "bob");
	pair_friends(&s.w, s.a, s.b);
	pair_quiet(&s.w);
	test_rhythm(&s);
	test_strangers(&s);
	test_split(&s);
	pair_close(&s.w);
	return done();
}
