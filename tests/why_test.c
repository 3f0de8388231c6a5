/* SPDX-License-Identifier: ISC */
/*
 * /why of what can't leave by itself: it names what stands in the way and the
 * next step that works there, however far the message had come.
 */
#include "alone.h"
#include "tap.h"

static struct alone alone;

static void
says(const struct talk *t, enum ladder ladder, const char *words,
    const char *what)
{
	struct message m = {.kind = MESSAGE_TEXT, .mine = true,
	    .ladder = ladder};
	struct buf out = {0};

	client_why(alone.c, t, &m, &out);
	buf_u8(&out, 0);
	ok(strstr((char *)out.p, words) != NULL, "%s, %s: %s%s", what,
	    ladder_name(ladder), words, strstr((char *)out.p, words) != NULL ?
	    "" : (char *)out.p);
	buf_free(&out);
}

static void
both(const struct talk *t, const char *words, const char *what)
{
	says(t, LADDER_WAITING, words, what);
	says(t, LADDER_SEALED, words, what);
}

int
main(void)
{
	struct person *p;
	struct talk *t;

	alone_open(&alone);
	p = alone_person(&alone, "bob", PERSON_CONTACT);
	t = talk_add(alone.c, p, TALK_OPEN);
	says(t, LADDER_SEALED, "when the relay is reached", "all is well");
	t->secret->rejoin = true;
	both(t, "until this device is let in again: /view rejoin",
	    "it can't be followed");
	t->secret->rejoin = false;
	talk_set(alone.c, t, TALK_STOPPED);
	both(t, "/add bob starts a new one", "it has stopped");
	p->changed = true;
	both(t, "the account key of bob has changed", "of a changed key");
	p->changed = false;
	t = room_add(alone.c, TALK_STOPPED);
	t->member = mem_grow(NULL, 1, sizeof(*t->member));
	t->member[t->members++] = p->row;
	both(t, "ask a member to remove you and add you again",
	    "a room has stopped");
	alone_close(&alone);
	return done();
}
