/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * Boxes that strangers may send are bounded by how many of them are looked
 * into at once, not by what we are doing ourselves: a request that comes while
 * a large room is being made is acknowledged, so it must not be dropped.
 */
#include <stdlib.h>

#include "pair.h"
#include "rogue.h"
#include "tap.h"

int
main(void)
{
	static struct pair w;
	char *why = NULL;
	size_t a, b;

	pair_open(&w);
	a = pair_join(&w, "alice");
	b = pair_join(&w, "bob");
	pair_quiet(&w);
	rogue_busy(w.who[b].c, 1000);
	is_int(client_add(w.who[a].c, "bob", "hello", &why), 0,
	    "alice asks bob, who has much to say to others");
	ok(pair_person(&w, b, "alice", PERSON_ASKING), "and he is asked");
	pair_close(&w);
	free(why);
	return done();
}
