/* SPDX-License-Identifier: ISC */
/*
 * Notices about conversations that this device can't follow, one when it begins
 * and one when it is known that others can't either. They follow from what the
 * talk says (struct halt), so each is told once, whatever became of the program
 * between.
 */
#include "inside.h"

/* Since when is in the notice, so that the next time is another one. One about
 * no conversation tells of all that stopped then. */
static bool
halted_told(const struct client *c, const struct talk *t, enum notice_kind kind)
{
	const struct notice *n;
	size_t i;

	for (i = c->notices; i-- > 0;) {
		n = c->notice[i];
		if (n->kind == kind && n->time == t->halt.since &&
		    (n->talk == t->row || n->talk == 0))
			return true;
	}
	return false;
}

static void
halted_tell(struct client *c, struct talk *t)
{
	struct notice *n;

	if (!halted_told(c, t, NOTICE_HALT)) {
		n = notice_add(c, NOTICE_HALT, t->person, false, "this device "
		    "can't follow %s%s any more: %s. What you write there "
		    "waits; /view rejoin says what is done and what to do",
		    talk_is_room(t) ? "" : "the conversation with ",
		    t->title.s, t->halt.why != NULL ? t->halt.why : "");
		notice_about(c, n, t, t->halt.since);
	}
	if (t->halt.stucks > 0 && talk_is_room(t) &&
	    !halted_told(c, t, NOTICE_BRANCH)) {
		n = notice_add(c, NOTICE_BRANCH, 0, false, "others can't "
		    "follow %s either: /view branch says who, and how it can "
		    "go on in a new group", t->title.s);
		notice_about(c, n, t, t->halt.since);
	}
}

void
halted_drive(struct client *c)
{
	size_t i;

	for (i = 0; i < c->talks; i++)
		if (c->talk[i]->halt.since != 0)
			halted_tell(c, c->talk[i]);
}
