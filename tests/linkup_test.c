/* SPDX-License-Identifier: ISC */
/* floor: all */
/*
 * Linking that comes to nothing: at every step one side says no, goes away,
 * waits too long, is of another version or tells nonsense, and the relay
 * goes. Each ends with its sentence on both devices, which says what was handed
 * over (nothing) and how to go on; the new one keeps no store, the old one's
 * record stays as it was, and linking works afterwards.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bend.h"
#include "kin.h"
#include "tap.h"

#define LINKUP_MS (10 * 60 * 1000)
#define PASS PAIR_PASS_BYTES

struct ends {                   /* what both show in the end */
	const char *old, *new;
};

/* Up to the words, or a step further: to where a passphrase is asked for */
static void
meet(struct pair *w, size_t a, size_t n, enum linkup_step step)
{
	kin_meet(w, a, n);
	if (step == LINKUP_SIGN)
		kin_agree(w, a, n, 0);
}

static void
shows(struct pair *w, size_t i, const char *who, const char *words,
    const char *what)
{
	const struct linkup_view *v = client_link(w->who[i].c);

	ok(kin_step(w, i, LINKUP_OVER), "%s: over on the %s one", what, who);
	v = client_link(w->who[i].c);
	ok(v->why != NULL && strstr(v->why, words) != NULL,
	    "%s: the %s one says \"%s\": %s", what, who, words,
	    v->why != NULL ? v->why : "nothing");
}

/* Nothing is left on either, and both may begin anew. */
static void
over(struct pair *w, size_t a, size_t n, struct ends e, const char *what)
{
	if (e.old != NULL)
		shows(w, a, "old", e.old, what);
	if (e.new != NULL)
		shows(w, n, "new", e.new, what);
	ok(client_fresh(w->who[n].c), "%s: the new one has no store", what);
	is_int(client_record(w->who[a].c)->devices, 1, "%s: one device",
	    what);
	client_link_stop(w->who[a].c);
	client_link_stop(w->who[n].c);
	ok(client_link(w->who[a].c) == NULL && client_link(w->who[n].c) ==
	    NULL, "%s: put away", what);
	pair_quiet(w);
}

static void
test_no(struct pair *w, size_t a, size_t n)
{
	char *why = NULL;

	meet(w, a, n, LINKUP_COMPARE);
	(void)client_link_answer(w->who[a].c, false, 0, &why);
	over(w, a, n, (struct ends){"not the same", "ended on the other "
	    "device"}, "a no of the old one");
	meet(w, a, n, LINKUP_COMPARE);
	(void)client_link_answer(w->who[n].c, false, 0, &why);
	over(w, a, n, (struct ends){"ended on the other device", "not the "
	    "same"}, "a no of the new one");
	meet(w, a, n, LINKUP_SIGN);
	client_link_stop(w->who[a].c);
	over(w, a, n, (struct ends){"you ended it", "ended on the other "
	    "device"}, "stopped at the passphrase");
	meet(w, a, n, LINKUP_SIGN);
	client_link_stop(w->who[n].c);
	over(w, a, n, (struct ends){"ended on the other device", "you ended "
	    "it"}, "stopped on the new one");
}

/* In steps: a connection that says nothing for so long would be dead. */
static void
pass(struct pair *w)
{
	for (int i = 0; i < 21; i++) {
		desk_pass(&w->desk, LINKUP_MS / 20);
		pair_turn(w, 10);
		pair_turn(w, 10);
	}
}

static void
test_late(struct pair *w, size_t a, size_t n)
{
	kin_wait(w, n);
	pass(w);
	over(w, a, n, (struct ends){NULL, "ten minutes"}, "nobody comes");
	if (!pair_online(w, a, ONLINE_ON))
		bail("%s", client_online_why(w->who[a].c));
	meet(w, a, n, LINKUP_COMPARE);
	pass(w);
	over(w, a, n, (struct ends){"ten minutes",
	    "begin"}, "nobody answers");
	if (!pair_online(w, a, ONLINE_ON))
		bail("%s", client_online_why(w->who[a].c));
}

/* The other end vanishes, the relay goes. */
static void
test_gone(struct pair *w, size_t a, size_t *n)
{
	char *why = NULL;

	meet(w, a, *n, LINKUP_COMPARE);
	pair_stop(w, *n);
	shows(w, a, "old", "new device has gone", "the new one is killed");
	client_link_stop(w->who[a].c);
	*n = pair_new(w, "alice");
	meet(w, a, *n, LINKUP_SIGN);
	pair_relay(w, false);
	over(w, a, *n, (struct ends){"connection to the relay was lost",
	    "connection to 127.0.0.1 has ended"}, "the relay goes");
	pair_relay(w, true);
	client_connect(w->who[a].c);
	if (!pair_online(w, a, ONLINE_ON))
		bail("%s", client_online_why(w->who[a].c));
	meet(w, a, *n, LINKUP_COMPARE);
	client_disconnect(w->who[a].c);
	over(w, a, *n, (struct ends){"connection to the relay was lost",
	    "the other device ended it, or lost its connection"},
	    "the old one goes offline");
	is_int(client_link_join(w->who[a].c, "amber amber amber amber", &why),
	    ERR_NET, "nothing begins offline");
	ok(why != NULL && strstr(why, "/connect"), "and how to: %s", why);
	free(why);
	client_connect(w->who[a].c);
	if (!pair_online(w, a, ONLINE_ON))
		bail("%s", client_online_why(w->who[a].c));
}

static void
test_nonsense(struct pair *w, size_t a, size_t n)
{
	static const uint8_t later[2 + HASH32] = {1, 99};
	static const uint8_t junk[40] = {5, 1, 2, 3};

	kin_wait(w, n);
	bend_linking(w->who[n].c, bytes_of(later, sizeof(later)));
	over(w, a, n, (struct ends){NULL, "of another version"},
	    "another version");
	kin_wait(w, n);
	bend_linking(w->who[n].c, bytes_of(junk, sizeof(junk)));
	over(w, a, n, (struct ends){NULL, "is no good"}, "nonsense at first");
	meet(w, a, n, LINKUP_COMPARE);
	bend_linking(w->who[a].c, bytes_of(junk, sizeof(junk)));
	over(w, a, n, (struct ends){"is no good", "other device ended it"},
	    "nonsense at the words");
	/* the account goes over before anybody has said yes */
	meet(w, a, n, LINKUP_COMPARE);
	is_int(bend_hand(w->who[a].c), 0, "the account, too early");
	over(w, a, n, (struct ends){"new device has gone", "before the words "
	    "were compared"}, "out of turn");
}

static void
test_words(struct pair *w, size_t a, size_t b, size_t n)
{
	char line[LINK_LINE], *why = NULL;
	struct address wrong = pair_address(w);

	kin_wait(w, n);
	client_link_line(client_link(w->who[n].c), line);
	ok(strncmp(line, "TACET:LINK/", 11) == 0 && !strchr(line, ' '),
	    "a line for cameras: %s", line);
	ok(pair_online(w, a, ONLINE_ON) && pair_online(w, b, ONLINE_ON),
	    "both are online");
	is_int(client_link_join(w->who[b].c, line, &why), 0,
	    "which /link takes");
	ok(kin_step(w, b, LINKUP_COMPARE), "as the words");
	is_int(client_link_join(w->who[a].c, line + 11, &why), 0,
	    "the same words once more");
	shows(w, a, "old", "taken these words already", "taken");
	client_link_stop(w->who[a].c);
	client_link_stop(w->who[b].c);
	pair_quiet(w);
	client_link_stop(w->who[b].c);
	over(w, a, n, (struct ends){NULL, "ended on the other device"},
	    "somebody else's");
	is_int(client_link_join(w->who[a].c, "amber amber amber amber", &why),
	    0, "words of nobody");
	shows(w, a, "old", "no new device waits", "nobody's");
	client_link_stop(w->who[a].c);
	wrong.pin[3] ^= 1;
	if (client_link_new(w->who[n].c, PASS, &wrong, &why) != 0)
		bail("%s", why);
	over(w, a, n, (struct ends){NULL, "does not have the key"},
	    "another relay");
}

static bool
joined(void *arg)
{
	struct client *c = arg;
	const struct linkup_view *v = client_link(c);

	return v != NULL && v->talks == 1 && client_link_joined(c) == 1;
}

static void
test_after(struct pair *w, size_t a, size_t n)
{
	char *why = NULL;

	meet(w, a, n, LINKUP_SIGN);
	is_int(client_link_joined(w->who[a].c), 0, "nothing is joined yet");
	is_int(client_link_sign(w->who[a].c, PASS, &why), 0, "after all that "
	    "it works");
	ok(kin_step(w, a, LINKUP_DONE) && kin_step(w, n, LINKUP_DONE), "whole");
	is_int(client_link(w->who[n].c)->talks, 1, "the new one knows how "
	    "many conversations there are");
	ok(pair_until(w, joined, w->who[n].c), "and when it is in all");
	ok(pair_until(w, joined, w->who[a].c), "so does the old one");
	/* greeted a moment before it was added: no reason to give up */
	bend_stranger(w->who[n].c);
	is_int(client_online(w->who[n].c), ONLINE_WAIT, "an unknown device "
	    "that the record lists asks again");
	ok(pair_online(w, n, ONLINE_ON), "and is known");
}

int
main(void)
{
	struct pair w;
	size_t a, b, n;

	pair_open(&w);
	a = pair_join(&w, "alice");
	b = pair_join(&w, "bob");
	pair_friends(&w, a, b);
	n = pair_new(&w, "alice");
	test_no(&w, a, n);
	test_gone(&w, a, &n);
	test_nonsense(&w, a, n);
	test_words(&w, a, b, n);
	test_late(&w, a, n);
	test_after(&w, a, n);
	pair_close(&w);
	return done();
}
