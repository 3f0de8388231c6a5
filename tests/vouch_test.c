/* SPDX-License-Identifier: ISC */
/* floor: all */
/*
 * Asking a verified contact about somebody's key: each answer (compared, only
 * seen, another one, nothing), and what counts for nothing: who isn't verified
 * is not asked, and nobody is heard who wasn't, or about a key that was not
 * asked about. No answer verifies anybody.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bend.h"
#include "pair.h"
#include "tap.h"

enum { ALICE, BOB, CAROL };

static struct person *
person(struct pair *w, size_t i, const char *name)
{
	return client_person_named(w->who[i].c, name);
}

static const struct vouch *
about(struct pair *w, const char *name, int64_t by)
{
	const struct trust *t = &person(w, ALICE, name)->trust;

	for (size_t i = 0; i < t->vouches; i++)
		if (t->vouch[i].by == by)
			return &t->vouch[i];
	return NULL;
}

static bool
is_asked(void *arg)
{
	struct pair *w = arg;

	return client_vouch_open(w->who[CAROL].c, person(w, CAROL, "alice")) !=
	    NULL;
}

static bool
is_answered(void *arg)
{
	struct pair *w = arg;
	const struct vouch *v = about(w, "bob", person(w, ALICE, "carol")->row);

	return v != NULL && v->said != VOUCH_ASKED;
}

/* She asks carol about bob, carol tells or doesn't. */
static void
asks(struct pair *w, bool tell, enum vouch_said said, const char *what)
{
	char *why = NULL;
	int64_t carol = person(w, ALICE, "carol")->row;

	is_int(client_vouch_ask(w->who[ALICE].c, person(w, ALICE, "bob"),
	    person(w, ALICE, "carol"), &why), 0, "%s: asked", what);
	ok(pair_until(w, is_asked, w), "%s: carol is told", what);
	is_int(client_vouch_tell(w->who[CAROL].c, person(w, CAROL, "alice"),
	    tell, &why), 0, "%s: and answers", what);
	ok(pair_until(w, is_answered, w), "%s: it comes", what);
	is_int(about(w, "bob", carol)->said, said, "%s: what she says", what);
	ok(!person(w, ALICE, "bob")->verified, "%s: verifies nobody", what);
}

static void
test_answers(struct pair *w)
{
	struct client *carol = w->who[CAROL].c;
	char *why = NULL;

	is_int(client_vouch_ask(w->who[ALICE].c, person(w, ALICE, "bob"),
	    person(w, ALICE, "carol"), &why), ERR_DENIED, "whom she has not "
	    "verified proves nothing");
	ok(why != NULL && strstr(why, "/person carol"), "and how to: %s", why);
	free(why);
	why = NULL;
	if (client_verified(w->who[ALICE].c, person(w, ALICE, "carol"), true,
	    &why) != 0)
		bail("%s", why);
	asks(w, false, VOUCH_NOTHING, "nothing");
	asks(w, true, VOUCH_SEEN, "seen");
	if (client_verified(carol, person(w, CAROL, "bob"), true, &why) != 0)
		bail("%s", why);
	asks(w, true, VOUCH_COMPARED, "compared");
	is_int(client_vouch_tell(carol, person(w, CAROL, "alice"), true, &why),
	    ERR_STATE, "a question is answered once");
	free(why);
}

/* Who lies: about a key nobody asked about, and who was not asked at all */
static void
test_lies(struct pair *w)
{
	struct client *alice = w->who[ALICE].c;
	const struct person *carol = person(w, ALICE, "carol");
	struct trust *t = &person(w, ALICE, "bob")->trust;
	uint8_t third[ACCOUNT_ID];
	size_t before = t->vouches;

	memcpy(third, person(w, ALICE, "bob")->account, ACCOUNT_ID);
	third[5] ^= 1;
	bend_vouch(alice, "carol", "bob", third, VOUCH_COMPARED);
	is_int(t->vouches, before, "T01 of another key than was asked about: "
	    "nothing");
	bend_vouch(alice, "carol", "dan", third, VOUCH_COMPARED);
	bend_vouch(alice, "bob", "carol", carol->account, VOUCH_COMPARED);
	is_int(carol->trust.vouches, 0, "T01 of somebody who was not asked: "
	    "nothing");
	bend_vouch(alice, "carol", "bob", person(w, ALICE, "bob")->account,
	    (enum vouch_said)99);
	is_int(about(w, "bob", carol->row)->said, VOUCH_COMPARED,
	    "nonsense changes nothing");
	bend_vouch(alice, "carol", "bob", person(w, ALICE, "bob")->account,
	    VOUCH_OTHER);
	is_int(about(w, "bob", carol->row)->said, VOUCH_OTHER,
	    "that another key is shown to her counts");
	ok(pair_notice(w, ALICE, NOTICE_ERROR, "another key: take care"),
	    "and alarms");
}

/* Her word is worth as much as her key. */
static void
test_fallen(struct pair *w)
{
	struct client *alice = w->who[ALICE].c;
	struct person *carol = person(w, ALICE, "carol");
	char *why = NULL;

	if (client_verified(alice, carol, false, &why) != 0)
		bail("%s", why);
	bend_vouch(alice, "carol", "bob", person(w, ALICE, "bob")->account,
	    VOUCH_COMPARED);
	is_int(about(w, "bob", carol->row)->said, VOUCH_OTHER,
	    "who is not verified any more is not heard");
}

int
main(void)
{
	struct pair w;

	pair_open(&w);
	(void)pair_join(&w, "alice");
	(void)pair_join(&w, "bob");
	(void)pair_join(&w, "carol");
	pair_friends(&w, ALICE, BOB);
	pair_friends(&w, ALICE, CAROL);
	pair_friends(&w, CAROL, BOB);
	test_answers(&w);
	test_lies(&w);
	test_fallen(&w);
	pair_close(&w);
	return done();
}
