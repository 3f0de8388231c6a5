/* SPDX-License-Identifier: ISC */
/*
 * A relay that plays tricks (floor: all): it drops, doubles, alters, reorders
 * and holds back, lies about keys and about delivery. Nothing is shown twice,
 * nothing false is believed, and what is missing shows.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pair.h"
#include "tap.h"

struct trick {
	struct pair *w;
	size_t to;              /* whose connection is played upon */
	enum trick_kind {
		TRICK_NONE, TRICK_DROP, TRICK_TWICE, TRICK_FLIP, TRICK_LIE,
		TRICK_PACKAGE, TRICK_INBOX, TRICK_HOLD, TRICK_BOX_TWICE,
	} kind;
	unsigned skip, done;
	const struct msg *package;
	uint8_t copy[65536];
};

static bool
to_them(const struct trick *k, const struct peer *p)
{
	return strcmp(p->name, k->w->who[k->to].name) == 0;
}

static bool
trick_entry(struct trick *k, struct relay *r, struct peer *p, struct msg *m)
{
	if (m->entry.flags & ENTRY_COMMIT)
		return k->kind != TRICK_HOLD;
	if (k->skip > 0) {
		k->skip--;
		return true;
	}
	if (k->kind == TRICK_DROP && k->done == 0) {
		k->done++;
		return false;
	}
	if (k->kind == TRICK_TWICE) {
		k->done++;
		peer_put_raw(r, p, m);
		peer_put_raw(r, p, m);
		m->entry.number += 1000;        /* and under another number */
	}
	if (k->kind == TRICK_FLIP && k->done == 0) {
		k->done++;
		memcpy(k->copy, m->entry.entry.p, m->entry.entry.n);
		k->copy[m->entry.entry.n - 20] ^= 1;
		m->entry.entry.p = k->copy;
	}
	return true;
}

static bool
trick(void *arg, struct relay *r, struct peer *p, struct msg *m)
{
	struct trick *k = arg;

	if (!to_them(k, p))
		return true;
	if (m->code == MSG_entry)
		return trick_entry(k, r, p, m);
	if (m->code == MSG_package && k->kind == TRICK_PACKAGE) {
		memcpy(k->copy, m->package.package.p, m->package.package.n);
		k->copy[m->package.package.n - 70] ^= 1;
		m->package.package.p = k->copy;
		k->done++;
	}
	if (m->code == MSG_inbox_key && k->kind == TRICK_INBOX) {
		memcpy(k->copy, m->inbox_key.key.p, m->inbox_key.key.n);
		k->copy[100] ^= 1;
		m->inbox_key.key.p = k->copy;
		k->done++;
	}
	if (m->code == MSG_box && k->kind == TRICK_BOX_TWICE) {
		k->done++;
		peer_put_raw(r, p, m);
		m->box.number += 100;
	}
	return true;
}

static void
play(struct pair *w, struct trick *k, size_t to, enum trick_kind kind)
{
	memset(k, 0, sizeof(*k));
	k->w = w;
	k->to = to;
	k->kind = kind;
	w->desk.relay->evil = kind == TRICK_NONE ? NULL : trick;
	w->desk.relay->evil_arg = k;
}

static bool
system_line(struct pair *w, size_t i, const char *with, const char *words)
{
	struct talk *t = pair_talk(w, i, with);
	size_t k;

	for (k = 0; k < t->messages; k++)
		if (t->message[k].kind == MESSAGE_SYSTEM &&
		    strstr(t->message[k].text.s, words) != NULL)
			return true;
	return false;
}

static unsigned
gap_lines(struct pair *w, size_t i, const char *with)
{
	struct talk *t = pair_talk(w, i, with);
	unsigned n = 0;
	size_t k;

	for (k = 0; k < t->messages; k++)
		n += t->message[k].kind == MESSAGE_SYSTEM &&
		    strstr(t->message[k].text.s, "before this one") != NULL;
	return n;
}

/* What is dropped shows with the next thing of the same sender, whatever that
 * is, and not before: a first text takes along what alice has to say about the
 * directory, so that nothing follows the second. */
static void
test_drop(struct pair *w, struct trick *k, size_t a, size_t b)
{
	pair_send(w, a, "bob", "before it");
	if (!pair_ladder(w, a, "bob", "before it", LADDER_DEVICE))
		bail("not said");
	pair_quiet(w);
	play(w, k, b, TRICK_DROP);
	pair_send(w, a, "bob", "dropped");
	ok(pair_ladder(w, a, "bob", "dropped", LADDER_RELAY), "dropped on the "
	    "way to bob");
	pair_quiet(w);
	is_int(k->done, 1, "the trick was played");
	is_int((int)gap_lines(w, b, "alice"), 0, "nothing to see yet");
	pair_send(w, a, "bob", "after it");
	ok(pair_shows(w, b, "alice", "after it"), "the next one comes");
	ok(system_line(w, b, "alice", "1 message of alice before this one"),
	    "and the gap shows");
	is_int((int)gap_lines(w, b, "alice"), 1, "once");
	ok(pair_ladder(w, a, "bob", "after it", LADDER_DEVICE), "receipt");
	is_int(pair_message(w, a, "bob", "dropped")->ladder, LADDER_RELAY,
	    "none for the dropped one (T17)");
	play(w, k, b, TRICK_NONE);
}

static bool
knows_more(void *arg)
{
	struct trick *k = arg;
	struct directory d;

	client_directory(k->w->who[0].c, &d);
	return d.size > k->skip;
}

static bool
gap_again(void *arg)
{
	struct trick *k = arg;

	return gap_lines(k->w, k->to, "alice") == 2;
}

/* A text is dropped, and the word about the directory that goes beside it is
 * not: that alone shows the gap, with nothing else to read. */
static void
test_drop_beside(struct pair *w, struct trick *k, size_t a, size_t b)
{
	struct trick n = {.w = w, .to = b};
	struct directory d;

	client_directory(w->who[a].c, &d);
	n.skip = (unsigned)d.size;
	(void)pair_join(w, "eve");
	w->desk.wall_skew += 11 * 60000;
	client_disconnect(w->who[a].c);
	client_connect(w->who[a].c);
	if (!pair_until(w, knows_more, &n) || !pair_online(w, a, ONLINE_ON))
		bail("alice does not hear of eve");
	play(w, k, b, TRICK_DROP);
	pair_send(w, a, "bob", "dropped too");
	ok(pair_until(w, gap_again, &n), "what goes beside a text shows that "
	    "it is missing");
	ok(pair_message(w, b, "alice", "dropped too") == NULL, "it is");
	play(w, k, b, TRICK_NONE);
}

static void
test_twice(struct pair *w, struct trick *k, size_t a, size_t b)
{
	play(w, k, b, TRICK_TWICE);
	pair_send(w, a, "bob", "only once");
	ok(pair_ladder(w, a, "bob", "only once", LADDER_DEVICE), "doubled");
	pair_quiet(w);
	ok(k->done > 0, "the trick was played");
	is_int(pair_copies(w, b, "alice", "only once"), 1, "seen once (T21)");
	play(w, k, b, TRICK_NONE);
	/* the false number let bob read too far ahead: a restart of the relay
	 * must not lose anything for him */
	client_disconnect(w->who[b].c);
	client_connect(w->who[b].c);
	if (!pair_online(w, b, ONLINE_ON))
		bail("not online");
}

static void
test_flip(struct pair *w, struct trick *k, size_t a, size_t b)
{
	play(w, k, a, TRICK_FLIP);
	pair_send(w, b, "alice", "flipped");
	ok(pair_ladder(w, b, "alice", "flipped", LADDER_RELAY), "altered on "
	    "the way to alice");
	pair_quiet(w);
	ok(k->done > 0, "the trick was played");
	ok(system_line(w, a, "bob", "could not be opened"), "she is told");
	ok(pair_message(w, a, "bob", "flipped") == NULL, "and shown nothing");
	play(w, k, a, TRICK_NONE);
	pair_send(w, b, "alice", "unharmed");
	ok(pair_ladder(w, b, "alice", "unharmed", LADDER_DEVICE),
	    "the next one is fine");
}

static void
test_keys(struct pair *w, struct trick *k, size_t a)
{
	size_t c = pair_join(w, "carol");
	char *why = NULL;

	pair_quiet(w);
	play(w, k, a, TRICK_PACKAGE);
	if (client_add(w->who[a].c, "carol", NULL, &why) != 0)
		bail("%s", why);
	ok(pair_notice(w, a, NOTICE_ERROR, "gave a key for carol that is not"),
	    "a KeyPackage that was altered is refused");
	is_int(client_person_named(w->who[a].c, "carol")->state, PERSON_KNOWN,
	    "and she wasn't asked");
	play(w, k, a, TRICK_INBOX);
	if (client_add(w->who[a].c, "carol", NULL, &why) != 0)
		bail("%s", why);
	ok(pair_notice(w, a, NOTICE_INFO, "carol's inbox key can't be used"),
	    "an altered inbox key is refused");
	ok(client_person_named(w->who[c].c, "alice") == NULL,
	    "no box left for it");
	play(w, k, c, TRICK_BOX_TWICE);
	w->desk.mono_skew += 120000;
	ok(pair_person(w, c, "alice", PERSON_ASKING), "with the right one "
	    "the request goes out by itself");
	pair_quiet(w);
	ok(k->done > 0, "the box came twice");
	is_int(client_open_notices(w->who[c].c), 1, "she is asked once");
	play(w, k, c, TRICK_NONE);
	is_int(client_accept(w->who[c].c,
	    client_person_named(w->who[c].c, "alice"), &why), 0, "accepts");
	ok(pair_state(w, a, "carol", TALK_OPEN), "and they talk");
}

/* ---- another relay under the same address ------------------------------- */

static void
test_pin(struct pair *w)
{
	size_t d = pair_new(w, "dave");
	struct address a = pair_address(w);
	char *why = NULL;

	rng_fill(&rng_system, a.pin, 32);
	if (client_init(w->who[d].c, "dave", PAIR_PASS_BYTES, &a, &why) != 0)
		bail("%s", why);
	ok(pair_online(w, d, ONLINE_STOP), "another key than the pinned one: "
	    "a hard stop");
	ok(strstr(client_online_why(w->who[d].c), "pinned") != NULL,
	    "with a sentence");
	pair_stop(w, d);
}

static bool
clock_lie(void *arg, struct relay *r, struct peer *p, struct msg *m)
{
	(void)arg;
	(void)r;
	(void)p;
	if (m->code == MSG_greet)
		m->greet.now += 3 * 3600 * 1000 + 30000;
	return true;
}

static void
test_clock(struct pair *w, size_t a)
{
	w->desk.relay->evil = clock_lie;
	client_disconnect(w->who[a].c);
	client_connect(w->who[a].c);
	ok(pair_notice(w, a, NOTICE_ERROR, "clock is 180 minutes behind"),
	    "a clock that is far off has its sentence");
	ok(pair_online(w, a, ONLINE_ON), "and doesn't stop anything");
	w->desk.relay->evil = NULL;
}

int
main(void)
{
	static struct trick k;
	struct pair w;
	size_t a, b;

	pair_two(&w, &a, &b);
	test_drop(&w, &k, a, b);
	test_drop_beside(&w, &k, a, b);
	test_twice(&w, &k, a, b);
	test_flip(&w, &k, a, b);
	test_keys(&w, &k, a);
	test_pin(&w);
	test_clock(&w, a);
	pair_close(&w);
	return done();
}
