/* SPDX-License-Identifier: ISC */
/*
 * A second device, whole, over loopback (floor: all): two devices of alice meet
 * by words, show the same seven, one hands the account to the other, which
 * joins the conversation with bob; what ends it on the way leaves nothing
 * behind; a device that was revoked is out of every group (T36).
 */
#include <stdio.h>
#include <stdlib.h>

#include "kin.h"
#include "tap.h"

#define PASS PAIR_PASS_BYTES

static void
agree(struct pair *w, size_t i, unsigned with)
{
	char *why = NULL;

	if (client_link_answer(w->who[i].c, true, with, &why) != 0)
		bail("%s", why);
}

static size_t
test_link(struct pair *w, size_t a, size_t b)
{
	struct client *alice = w->who[a].c, *other;
	char *why = NULL;
	size_t n;

	n = pair_new(w, "alice");
	other = w->who[n].c;
	is_int(client_link_join(alice, "acid", &why), ERR_INPUT,
	    "one word is not enough");
	free(why);
	is_int(client_link_join(alice, "these are no words", &why), ERR_INPUT,
	    "words that are none");
	ok(strstr(why, "/link"), "and what to type: %s", why);
	free(why);
	why = NULL;
	kin_meet(w, a, n);
	is_str(client_link(alice)->words, client_link(other)->words,
	    "both screens show the same words");
	ok(strlen(client_link(other)->words) > 20, "seven of them: %s",
	    client_link(other)->words);
	agree(w, n, 0);
	pair_quiet(w);
	is_int(client_link(other)->step, LINKUP_WAIT, "one yes waits");
	is_int(client_link(alice)->step, LINKUP_COMPARE, "for the other");
	ok(client_fresh(other), "and nothing is on the new one's disk");
	agree(w, a, 0);
	ok(kin_step(w, a, LINKUP_SIGN), "then the passphrase is asked for");
	is_int(client_link_sign(alice, bytes_of("wrong horse", 11), &why),
	    ERR_PASS, "a wrong one");
	free(why);
	why = NULL;
	is_int(client_link_sign(alice, PASS, &why), 0, "the right one");
	ok(kin_step(w, n, LINKUP_DONE), "the account goes over");
	ok(kin_step(w, a, LINKUP_DONE), "and is said to be there");
	ok(pair_online(w, n, ONLINE_ON), "the new one is registered");
	is_str(client_name(other), "alice", "under the same name");
	is_int(client_record(other)->devices, 2, "as one of two devices");
	ok(!client_may_sign(other) && client_may_sign(alice),
	    "one may add others");
	ok(pair_state(w, n, "bob", TALK_OPEN), "it joins the conversation");
	pair_send(w, b, "alice", "to both of you");
	ok(pair_shows(w, n, "bob", "to both of you"), "and reads it");
	ok(pair_shows(w, a, "bob", "to both of you"), "as the old one does");
	pair_send(w, n, "bob", "from the new one");
	ok(pair_shows(w, b, "alice", "from the new one"), "bob reads it");
	ok(pair_shows(w, a, "bob", "from the new one"), "so does the old one");
	ok(pair_message(w, a, "bob", "from the new one")->mine,
	    "as a message of one's own");
	ok(pair_ladder(w, n, "bob", "from the new one", LADDER_DEVICE),
	    "it is at bob's device");
	ok(pair_ladder(w, a, "bob", "from the new one", LADDER_DEVICE),
	    "which the old one knows");
	is_int(pair_copies(w, b, "alice", "from the new one"), 1, "once");
	is_int(client_talks(w->who[b].c), 1, "bob has one conversation");
	ok(client_person_named(other, "bob")->verified,
	    "what was verified is so on the new one");
	is_int(client_link_join(other, "x", &why), ERR_DENIED,
	    "which may not add others");
	free(why);
	return n;
}

static struct device
device(struct client *c, size_t i)
{
	return client_record(c)->device[i];
}

struct known {
	struct client *c;
	uint64_t version;
};

static bool
knows_version(void *arg)
{
	const struct known *k = arg;

	return client_record(k->c)->version >= k->version;
}

static bool
version(struct pair *w, size_t i, uint64_t n)
{
	struct known k = {w->who[i].c, n};

	return pair_until(w, knows_version, &k);
}

struct seen {
	struct pair *w;
	size_t by;
};

/* Whoever was the first to commit it: bob, or a device of hers */
static bool
is_out(void *arg)
{
	const struct seen *s = arg;

	return pair_message(s->w, s->by, "alice", "alice removed a device") !=
	    NULL || pair_message(s->w, s->by, "alice",
	    "a device of alice was removed") != NULL;
}

/* A third, which may sign, revokes the second. */
static void
test_revoke(struct pair *w, size_t a, size_t b, size_t n)
{
	size_t m = kin_link(w, a, LINK_SIGN | LINK_HISTORY);
	struct client *third = w->who[m].c;
	struct record_change rc = {0};
	struct seen seen = {w, b};
	struct device gone = device(w->who[n].c, 1);
	char *why = NULL;

	ok(client_may_sign(third), "a device that may sign");
	ok(pair_state(w, m, "bob", TALK_OPEN), "has joined too");
	ok(pair_message(w, n, "bob", "before") == NULL,
	    "without the history nothing from before is there");
	ok(pair_message(w, m, "bob", "before") &&
	    pair_message(w, m, "bob", "before")->mine,
	    "with it there is: one's own");
	ok(pair_message(w, m, "bob", "to both of you") &&
	    !pair_message(w, m, "bob", "to both of you")->mine,
	    "and theirs");
	is_int(pair_copies(w, m, "bob", "from the new one"), 1, "once");
	ok(pair_message(w, m, "bob", "what stands above was handed over by "
	    "another device of yours") != NULL, "marked as what it is");
	ok(version(w, n, 3), "the others know of it");
	pair_send(w, m, "bob", "three of us");
	ok(pair_shows(w, n, "bob", "three of us"), "and read it");
	rc.revoke = gone.id;
	is_int(account_change(third, &rc, PASS, &why), 0, "it revokes one");
	ok(version(w, m, 4), "the record says so");
	ok(pair_online(w, n, ONLINE_STOP), "the revoked one is out");
	ok(strstr(client_online_why(w->who[n].c), "revoked"),
	    "and told by the record itself (T36)");
	ok(pair_until(w, is_out, &seen), "it is out of the group (T36)");
	pair_send(w, b, "alice", "among us");
	ok(pair_shows(w, a, "bob", "among us") &&
	    pair_shows(w, m, "bob", "among us"), "the others read on");
	client_connect(w->who[n].c);
	pair_quiet(w);
	ok(pair_message(w, n, "bob", "among us") == NULL,
	    "it reads nothing more (T36)");
	ok(pair_message(w, n, "bob", "to both of you") != NULL,
	    "what it had, it has");
}

int
main(void)
{
	struct pair w;
	char *why = NULL;
	size_t a, b, n;

	pair_two(&w, &a, &b);
	pair_send(&w, a, "bob", "before");
	if (!pair_ladder(&w, a, "bob", "before", LADDER_DEVICE))
		bail("not delivered");
	if (client_verified(w.who[a].c, client_person_named(w.who[a].c,
	    "bob"), true, &why) != 0)
		bail("%s", why);
	n = test_link(&w, a, b);
	test_revoke(&w, a, b, n);
	pair_close(&w);
	return done();
}
