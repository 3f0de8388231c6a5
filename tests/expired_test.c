/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * bob's account record ends (T10): nothing more is sealed for him by anybody,
 * each is told why and what helps, and when he has signed another one all goes
 * on as if nothing was.
 */
#include <stdlib.h>

#include "rival.h"
#include "rogue.h"
#include "trio.h"
#include "tap.h"

#define HOUR 3600000ll

struct ends {
	struct pair *w;
	size_t i;
	uint64_t version;
};

static bool
is_known(void *arg)
{
	struct ends *e = arg;
	struct person *p = client_person_named(e->w->who[e->i].c, "bob");

	rival_look(e->w->who[e->i].c);
	return p != NULL && p->record.version == e->version;
}

static void
known(struct pair *w, size_t i, uint64_t version)
{
	struct ends e = {w, i, version};

	if (!pair_until(w, is_known, &e))
		bail("%s does not see version %d", w->who[i].name,
		    (int)version);
}

static void
refused(struct pair *w, struct talk *t, const char *next)
{
	uint8_t id[WIRE_ID];
	char *why = NULL;

	is_int(client_send(w->who[A].c, t, "late", 4, id, &why), ERR_EXPIRED,
	    "nothing is sent to whose record has ended (T10)");
	ok(why != NULL && strstr(why, "the account record of bob ended on 20")
	    != NULL && strstr(why, next) != NULL, "and why: %s",
	    why != NULL ? why : "?");
	free(why);
}

static void
test_ended(struct pair *w)
{
	char *why = NULL;

	refused(w, pair_talk(w, A, "bob"), "/renew, and then it goes on");
	refused(w, trio_room(w, A), "or an admin removes them");
	pair_send(w, B, "alice", "do you hear me?");
	ok(pair_shows(w, A, "bob", "do you hear me?"), "what he says is read");
	desk_pass(&w->desk, 2000);
	pair_quiet(w);
	is_int(pair_message(w, B, "alice", "do you hear me?")->ladder,
	    LADDER_RELAY, "but not even a receipt is sealed for him (T10)");
	if (client_add(w->who[C].c, "bob", "hello", &why) != 0)
		bail("%s", why);
	ok(pair_notice(w, C, NOTICE_ERROR, "the account record of bob ended"),
	    "who asks him is told so (T10)");
	pair_quiet(w);
	ok(client_person_named(w->who[B].c, "carol")->state != PERSON_ASKING,
	    "and has sent nothing");
}

static void
test_renewed(struct pair *w)
{
	char *why = NULL;

	if (client_renew(w->who[B].c, bytes_of(PAIR_PASS, strlen(PAIR_PASS)),
	    &why) != 0)
		bail("%s", why);
	known(w, A, 3);
	ok(pair_ladder(w, B, "alice", "do you hear me?", LADDER_DEVICE),
	    "he signs another: the receipt comes");
	pair_send(w, A, "bob", "again");
	ok(pair_ladder(w, A, "bob", "again", LADDER_DEVICE), "and they talk");
	known(w, C, 3);
	trio_say(w, A, "in the room, too");
	ok(trio_shows(w, B, "in the room, too"), "in the room, too");
}

int
main(void)
{
	struct trio t;

	trio_open(&t);
	trio_meet(&t);
	rogue_ending(t.w.who[B].c, PAIR_PASS,
	    (uint64_t)clock_wall(&t.w.desk.clock) + HOUR);
	known(&t.w, A, 2);
	known(&t.w, C, 2);
	pair_send(&t.w, A, "bob", "in time");
	ok(pair_ladder(&t.w, A, "bob", "in time", LADDER_DEVICE),
	    "a record that ends soon is good until then");
	desk_pass(&t.w.desk, HOUR + 5 * 60000);
	pair_send(&t.w, A, "bob", "clocks differ");
	ok(pair_ladder(&t.w, A, "bob", "clocks differ", LADDER_DEVICE),
	    "and some minutes more, for clocks differ");
	desk_pass(&t.w.desk, 10 * 60000);
	pair_quiet(&t.w);
	test_ended(&t.w);
	test_renewed(&t.w);
	trio_close(&t);
	return done();
}
