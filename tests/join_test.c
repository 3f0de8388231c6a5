/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * Whoever is added to a room joins by itself, as soon as everybody in it is
 * known. An account in some other group that the directory doesn't have, or
 * keeps back, holds up that group alone.
 */
#include "rogue.h"
#include "trio.h"
#include "tap.h"

static const uint8_t nobody[ACCOUNT_ID] = {0xee, 1, 2, 3};

static bool
is_sought(void *arg)
{
	return rogue_sought(arg, nobody);
}

int
main(void)
{
	static struct trio t;
	struct client *c;

	trio_open(&t);
	c = t.w.who[B].c;
	rogue_seek(c, nobody);
	ok(pair_until(&t.w, is_sought, c), "the directory has no such "
	    "account");
	trio_meet(&t);
	ok(trio_room(&t.w, B) != NULL, "bob joins a room without it");
	ok(rogue_sought(c, nobody), "which is looked for all the while");
	trio_say(&t.w, A, "welcome");
	ok(trio_shows(&t.w, B, "welcome"), "and reads what is said there");
	trio_close(&t);
	return done();
}
