/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * A box for each device of somebody. What is meant for one that its account
 * has revoked meanwhile is let go, so that nothing waits for it for ever.
 */
#include <stdlib.h>

#include "kin.h"
#include "rival.h"
#include "trio.h"
#include "tap.h"

struct asked {
	struct client *c;
	struct mal *mal;
	size_t rule;
};

static bool
is_kept_back(void *arg)
{
	const struct asked *s = arg;

	return mal_played(s->mal, s->rule) >= 2;
}

static bool
is_settled(void *arg)
{
	const struct asked *s = arg;

	return client_settled(s->c, false);
}

static bool
is_alone(void *arg)
{
	struct asked *s = arg;

	rival_look(s->c);
	return client_person_named(s->c, "alice")->record.devices == 1;
}

int
main(void)
{
	static struct pair w;
	static struct mal mal;
	struct record_change rc = {0};
	struct asked s = {.mal = &mal};
	struct device gone;
	char *why = NULL;
	size_t a, b, n;

	pair_open(&w);
	a = pair_join(&w, "alice");
	b = pair_join(&w, "bob");
	n = kin_link(&w, a, 0);
	pair_quiet(&w);
	s.c = w.who[b].c;
	gone = client_record(w.who[a].c)->device[1];

	mal_open(&mal, w.desk.relay);
	s.rule = mal_rule(&mal, "drop inbox_key_get for bob");
	is_int(client_add(s.c, "alice", "hello", &why), 0, "bob asks alice");
	ok(pair_until(&w, is_kept_back, &s), "both boxes wait for a key");
	rc.revoke = gone.id;
	is_int(account_change(w.who[a].c, &rc, PAIR_PASS_BYTES, &why), 0,
	    "she revokes a device");
	ok(pair_until(&w, is_alone, &s), "and bob hears of it");
	mal_clear(&mal);
	trio_again(&w, b);
	ok(pair_until(&w, is_settled, &s), "nothing is left to be done");
	is_int((long)rival_jobs(s.c), 0, "no job either");
	ok(pair_person(&w, a, "bob", PERSON_ASKING), "her other device has "
	    "the request");
	pair_stop(&w, n);
	mal_close(&mal);
	pair_close(&w);
	free(why);
	return done();
}
