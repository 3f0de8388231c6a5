/* SPDX-License-Identifier: ISC */
/* floor: all */
/*
 * Trust between real clients: seven words live, a number that was
 * not the one announced, a no, two who begin at once; the number typed in; a
 * changed key that is accepted, by hand or by a policy; names that look alike.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bend.h"
#include "pair.h"
#include "tap.h"

static void
begin(struct pair *w, size_t a, size_t b)
{
	char *why = NULL;

	is_int(client_compare_begin(w->who[a].c, pair_named(w, a,
	    w->who[b].name), &why), 0, "%s begins", w->who[a].name);
	ok(pair_step(w, b, COMPARE_CALLED), "%s is asked", w->who[b].name);
}

static void
join(struct pair *w, size_t a, size_t b)
{
	char *why = NULL;

	is_int(client_compare_begin(w->who[b].c, pair_named(w, b,
	    w->who[a].name), &why), 0, "%s joins", w->who[b].name);
}

static void
test_same(struct pair *w, size_t a, size_t b)
{
	char *why = NULL;

	begin(w, a, b);
	join(w, a, b);
	ok(pair_step(w, a, COMPARE_WORDS) && pair_step(w, b, COMPARE_WORDS),
	    "words on both sides");
	is_mem(client_compare(w->who[a].c)->word, client_compare(w->who[b].c)->
	    word, SPOKEN_WORDS * sizeof(uint16_t), "the same seven");
	is_int(client_compare_say(w->who[a].c, true, &why), 0, "yes");
	ok(pair_named(w, a, "bob")->verified, "verified on her side");
	is_int(client_compare_say(w->who[b].c, true, &why), 0, "yes");
	ok(pair_step(w, a, COMPARE_OVER) && pair_step(w, b, COMPARE_OVER),
	    "over");
	pair_quiet(w);
	is_int(pair_named(w, a, "bob")->trust.way, WAY_live, "by this way");
	is_int(pair_named(w, b, "alice")->trust.theirs, WAY_live,
	    "and he knows that she has");
	pair_stop(w, a);
	pair_start(w, a);
	ok(pair_online(w, a, ONLINE_ON) && pair_named(w, a, "bob")->verified &&
	    pair_named(w, a, "bob")->trust.theirs == WAY_live,
	    "a restart remembers both");
}

static void
test_no(struct pair *w, size_t a, size_t b)
{
	char *why = NULL;

	begin(w, b, a);
	join(w, b, a);
	ok(pair_step(w, a, COMPARE_WORDS) && pair_step(w, b, COMPARE_WORDS),
	    "words");
	is_int(client_compare_say(w->who[a].c, true, &why), 0, "she says yes");
	is_int(client_compare_say(w->who[b].c, false, &why), 0, "he says no");
	ok(pair_step(w, a, COMPARE_OVER), "over");
	ok(!pair_named(w, a, "bob")->verified && pair_named(w, a, "bob")->
	    trust.differed, "her yes is taken back, and it is marked");
	ok(!pair_named(w, b, "alice")->verified, "nor is she verified there");
}

/* Who begins chooses another number after having seen the other one's. */
static void
test_bent(struct pair *w, size_t a, size_t b)
{
	begin(w, a, b);
	bend_number(w->who[a].c);
	join(w, a, b);
	pair_quiet(w);
	ok(pair_step(w, b, COMPARE_OVER) && client_compare(w->who[b].c)->end ==
	    COMPARE_BENT, "T01 a number that was not announced ends it");
	ok(pair_named(w, b, "alice")->trust.differed, "with a mark");
	ok(pair_step(w, a, COMPARE_OVER), "on both sides");
}

static void
test_both(struct pair *w, size_t a, size_t b)
{
	char *why = NULL;

	is_int(client_compare_begin(w->who[a].c, pair_named(w, a, "bob"), &why),
	    0, "both begin");
	is_int(client_compare_begin(w->who[b].c, pair_named(w, b, "alice"),
	    &why), 0, "at once");
	ok(pair_step(w, a, COMPARE_WORDS) && pair_step(w, b, COMPARE_WORDS) &&
	    memcmp(client_compare(w->who[a].c)->word,
	    client_compare(w->who[b].c)->word, sizeof(uint16_t) *
	    SPOKEN_WORDS) == 0, "one comparison comes of it");
	is_int(client_compare_stop(w->who[a].c, &why), 0, "stopped");
	ok(pair_step(w, b, COMPARE_OVER), "on both sides");
	ok(!pair_named(w, b, "alice")->verified, "nobody is verified by that");
}

static void
test_typed(struct pair *w, size_t a, size_t b)
{
	struct person *p = pair_named(w, a, "bob");
	char digits[SAFETY_DIGITS + 1], *why = NULL;

	memcpy(digits, pair_named(w, b, "alice")->safety, sizeof(digits));
	digits[3] = digits[3] == '0' ? '1' : '0';
	is_int(client_typed(w->who[a].c, p, digits, &why), ERR_DENIED,
	    "T01 one wrong digit is refused");
	ok(!p->verified, "and verifies nothing");
	free(why);
	is_int(client_typed(w->who[a].c, p, pair_named(w, b, "alice")->safety,
	    &why), 0, "what his screen shows is taken");
	is_int(p->trust.way, WAY_code, "as typed in");
}

/* ---- a changed key ------------------------------------------------------------ */

struct swap {
	struct buf raw;
};

static void
other_key(struct pair *w, size_t b, struct swap *s, struct record *r)
{
	uint8_t secret[SIGN_SECRET];

	*r = *client_record(w->who[b].c);
	sign_keypair(&rng_system, r->account_key, secret);
	r->version = 1;
	memset(r->prev, 0, HASH32);
	buf_clear(&s->raw);
	if (record_put(r, secret, &s->raw) != 0)
		bail("record");
}

static void
test_newkey(struct pair *w, size_t a, size_t b)
{
	struct client *c = w->who[a].c;
	struct person *p = pair_named(w, a, "bob");
	struct talk *t = pair_talk(w, a, "bob");
	struct swap s = {.raw = {0}};
	struct record r;
	char *why = NULL;
	uint8_t id[WIRE_ID];
	size_t messages;

	client_disconnect(c);
	pair_send(w, a, "bob", "for the old key");
	other_key(w, b, &s, &r);
	(void)bend_record(c, p, &r, buf_view(&s.raw));
	ok(p->changed && !p->verified, "T08 another key stops everything");
	is_int(client_send(c, t, "hi", 2, id, &why), ERR_CHANGED,
	    "nothing is sent");
	free(why);
	is_int(client_newkey_verified(c, p, NULL, &why), ERR_RATE,
	    "not verified in the moment it was swapped");
	free(why);
	messages = t->messages;
	is_int(client_newkey(c, p, &why), 0, "accepted");
	ok(!p->changed && !p->verified, "uncompared");
	is_mem(p->account, r.account, ACCOUNT_ID, "the new account");
	ok(t->messages > messages, "history stays, with a line between");
	is_int(pair_message(w, a, "bob", "for the old key")->ladder,
	    LADDER_FAILED, "what had not left is not handed to the new key");
	ok(!bend_group(t), "the old group is gone");
	is_int(client_newkey(c, p, &why), ERR_STATE, "once");
	free(why);
	why = NULL;
	is_int(client_policy(c, p, true, &why), 0, "a policy");
	other_key(w, b, &s, &r);
	(void)bend_record(c, p, &r, buf_view(&s.raw));
	bend_policy(c);
	ok(!p->changed && memcmp(p->account, r.account, ACCOUNT_ID) == 0,
	    "accepts the next by itself");
	ok(pair_notice(w, a, NOTICE_INFO, "accepted without asking"),
	    "and says so");
	buf_free(&s.raw);
}

static void
test_alike(struct pair *w, size_t a)
{
	char *why = NULL;
	struct person *p;

	is_int(client_add(w->who[a].c, "car0l", NULL, &why), 0, "car0l");
	ok(pair_person(w, a, "car0l", PERSON_ASKED), "is asked");
	p = pair_named(w, a, "car0l");
	is_str(client_alike(w->who[a].c, p), "carol",
	    "T63 who looks like a contact is marked");
	ok(p->trust.alike != ALIKE_NONE && pair_notice(w, a, NOTICE_ALIKE,
	    "car0l has the digit 0 at place 4, carol has the letter o"),
	    "and said where it differs");
}

int
main(void)
{
	struct pair w;
	size_t a, b, carol;

	pair_two(&w, &a, &b);
	test_same(&w, a, b);
	test_no(&w, a, b);
	test_bent(&w, a, b);
	test_both(&w, a, b);
	test_typed(&w, a, b);
	carol = pair_join(&w, "carol");
	pair_friends(&w, a, carol);
	(void)pair_join(&w, "car0l");
	test_alike(&w, a);
	test_newkey(&w, a, b);
	pair_close(&w);
	return done();
}
