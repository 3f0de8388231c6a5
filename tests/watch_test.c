/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * Our own record is looked at on each connection. A relay to which that is too
 * much just now says how long to wait, and is asked again after that, not
 * before: whoever asks on is hung up on.
 */
#include "pair.h"
#include "tap.h"

#define TURNS 400

static uint64_t
refused(const struct pair *w)
{
	return w->desk.relay->count.refused[-ERR_RATE];
}

static bool
is_refused(void *arg)
{
	return refused(arg) > 0;
}

int
main(void)
{
	static struct pair w;
	struct limits *l;
	size_t a, i;

	pair_open(&w);
	a = pair_join(&w, "alice");
	pair_quiet(&w);
	pair_stop(&w, a);
	/* one token, and the next in a second */
	l = &w.desk.relay->limits;
	l->rate = l->burst = 1;
	pair_start(&w, a);
	ok(pair_until(&w, is_refused, &w), "too much is refused");
	for (i = 0; i < TURNS; i++)
		pair_turn(&w, 1);
	ok(refused(&w) < 40, "and not asked again and again (%llu refusals in "
	    "%d turns)", (unsigned long long)refused(&w), TURNS);
	l->rate = l->burst = 10000;
	desk_pass(&w.desk, 60000);
	ok(pair_online(&w, a, ONLINE_ON), "then it goes on");
	pair_close(&w);
	return done();
}
