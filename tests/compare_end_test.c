/* SPDX-License-Identifier: ISC */
/* floor: all */
/*
 * Live comparisons that come to nothing: nobody joins or answers in five
 * minutes, somebody else is compared with already, the other side says no to
 * it, is killed in the middle, or sends back what it was sent. Each ends on
 * both sides with its sentence, and nobody is verified by any of them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bend.h"
#include "pair.h"
#include "tap.h"

#define MINUTE 60000

static int
begin(struct pair *w, size_t a, size_t b)
{
	char *why = NULL;
	int err = client_compare_begin(w->who[a].c, pair_named(w, a,
	    w->who[b].name), &why);

	if (err != 0)
		printf("# %s\n", why);
	free(why);
	return err;
}

/* Both see words */
static void
words(struct pair *w, size_t a, size_t b)
{
	if (begin(w, a, b) != 0 || !pair_step(w, b, COMPARE_CALLED) ||
	    begin(w, b, a) != 0 || !pair_step(w, a, COMPARE_WORDS) ||
	    !pair_step(w, b, COMPARE_WORDS))
		bail("no words");
}

/* In steps: a connection that says nothing for so long would be dead. */
static void
pass(struct pair *w, int minutes)
{
	for (int i = 0; i < 3 * minutes; i++) {
		desk_pass(&w->desk, MINUTE / 3);
		pair_turn(w, 10);
		pair_turn(w, 10);
	}
}

static void
ended(struct pair *w, size_t i, enum compare_how how, const char *says,
    const char *what)
{
	struct buf b = {0};

	ok(pair_step(w, i, COMPARE_OVER), "%s: over for %s", what,
	    w->who[i].name);
	is_int(client_compare(w->who[i].c)->end, how, "%s: how", what);
	client_compare_text(w->who[i].c, &b);
	buf_u8(&b, 0);
	ok(strstr((char *)b.p, says), "%s: %s reads \"%s\": %s", what,
	    w->who[i].name, says, (char *)b.p);
	buf_free(&b);
}

static void
nobody(struct pair *w, size_t a, size_t b, const char *what)
{
	ok(!pair_named(w, a, w->who[b].name)->verified &&
	    !pair_named(w, b, w->who[a].name)->verified,
	    "%s: nobody is verified", what);
}

static void
test_late(struct pair *w, size_t a, size_t b)
{
	char *why = NULL;

	if (begin(w, a, b) != 0 || !pair_step(w, b, COMPARE_CALLED))
		bail("not called");
	pass(w, 4);
	is_int(client_compare(w->who[a].c)->step, COMPARE_CALLING,
	    "after four minutes she still waits");
	pass(w, 2);
	ended(w, a, COMPARE_LATE, "five minutes", "nobody joins");
	ok(pair_step(w, b, COMPARE_OVER), "nobody joins: over there, too");
	nobody(w, a, b, "nobody joins");
	words(w, a, b);
	pass(w, 6);
	ended(w, a, COMPARE_LATE, "five minutes", "nobody answers");
	ended(w, b, COMPARE_LATE, "five minutes", "nobody answers");
	nobody(w, a, b, "nobody answers");
	is_int(client_compare_say(w->who[a].c, true, &why), ERR_STATE,
	    "a yes that comes after that counts for nothing");
	free(why);
}

static void
test_busy(struct pair *w, size_t a, size_t b, size_t c)
{
	char *why = NULL;

	words(w, a, b);
	is_int(begin(w, c, a), 0, "a third one calls her");
	ended(w, c, COMPARE_BUSY, "is comparing with somebody else",
	    "a second one");
	is_int(client_compare(w->who[a].c)->step, COMPARE_WORDS,
	    "the first one goes on");
	is_int(client_compare_begin(w->who[a].c, pair_named(w, a, "carol"),
	    &why), ERR_BUSY, "nor can she begin another");
	ok(why != NULL && strstr(why, "/compare-stop"), "what ends it: %s",
	    why);
	free(why);
	why = NULL;
	(void)client_compare_stop(w->who[b].c, &why);
	ended(w, b, COMPARE_STOPPED, "was stopped", "stopped");
	ended(w, a, COMPARE_STOPPED, "was stopped", "stopped");
	nobody(w, a, b, "stopped");
	nobody(w, a, c, "busy");
}

/* Who is asked leaves it at that. */
static void
test_declined(struct pair *w, size_t a, size_t b)
{
	char *why = NULL;

	if (begin(w, a, b) != 0 || !pair_step(w, b, COMPARE_CALLED))
		bail("not called");
	is_int(client_compare_stop(w->who[b].c, &why), 0, "he declines");
	ended(w, a, COMPARE_STOPPED, "Nothing has changed", "declined");
	nobody(w, a, b, "declined");
}

static void
test_killed(struct pair *w, size_t a, size_t b)
{
	char *why = NULL;

	words(w, a, b);
	is_int(client_compare_say(w->who[a].c, true, &why), 0,
	    "she says yes");
	pair_kill(w, b);
	pair_start(w, b);
	ok(pair_online(w, b, ONLINE_ON), "he is killed and comes back");
	is_int(client_compare(w->who[b].c)->step, COMPARE_NONE,
	    "knows nothing of it");
	ok(!pair_named(w, b, "alice")->verified, "and has verified nobody");
	ok(pair_named(w, a, "bob")->verified, "her own yes stands");
	pass(w, 6);
	ended(w, a, COMPARE_LATE, "has not answered", "killed");
	(void)client_verified(w->who[a].c, pair_named(w, a, "bob"), false,
	    &why);
	pair_quiet(w);
	/* killed while it is called: the one who joins is told */
	if (begin(w, a, b) != 0 || !pair_step(w, b, COMPARE_CALLED))
		bail("not called");
	pair_kill(w, a);
	pair_start(w, a);
	if (!pair_online(w, a, ONLINE_ON))
		bail("not back");
	is_int(begin(w, b, a), 0, "he joins what she has forgotten");
	ended(w, b, COMPARE_UNKNOWN, "Begin again", "forgotten");
	nobody(w, a, b, "forgotten");
}

static void
test_reflected(struct pair *w, size_t a, size_t b)
{
	if (begin(w, a, b) != 0 || !pair_step(w, b, COMPARE_CALLED))
		bail("not called");
	bend_reflect(w->who[a].c, BODY_compare);
	is_int(client_compare(w->who[a].c)->step, COMPARE_CALLING,
	    "her own call, sent back, is none");
	bend_reflect(w->who[a].c, BODY_compare_join);
	ended(w, a, COMPARE_BENT, "not what was announced", "T01 reflected");
	ok(pair_named(w, a, "bob")->trust.differed, "with a mark");
	nobody(w, a, b, "reflected");
	bend_reflect(w->who[a].c, BODY_compare_end);
	nobody(w, a, b, "a yes of nobody");
}

int
main(void)
{
	struct pair w;
	size_t a, b, c;

	pair_open(&w);
	a = pair_join(&w, "alice");
	b = pair_join(&w, "bob");
	c = pair_join(&w, "carol");
	pair_friends(&w, a, b);
	pair_friends(&w, a, c);
	test_late(&w, a, b);
	test_busy(&w, a, b, c);
	test_declined(&w, a, b);
	test_killed(&w, a, b);
	test_reflected(&w, a, b);
	pair_close(&w);
	return done();
}
