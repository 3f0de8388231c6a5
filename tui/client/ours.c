/* SPDX-License-Identifier: ISC */
/*
 * Our own devices in our own conversations: whichever of them the record lists
 * and a group does not hold is invited to it. Looked at when the record or a
 * conversation has changed and at the start, so that no crash in between
 * leaves a device out. Removing one that was revoked is anybody's (commit.c).
 */
#include "inside.h"

static bool
ours_missing(const struct client *c, const struct mls_group *g)
{
	const struct record *r = &c->self.record;
	uint32_t leaf;
	size_t i;

	for (i = 0; i < r->devices; i++)
		if (mls_group_find(g, bytes_of(r->device[i].sign, SIGN_PUBLIC),
		    &leaf) != 0)
			return true;
	return false;
}

void
ours_drive(struct client *c)
{
	struct talk *t;
	size_t i;

	if (!c->look || !session_registered(c))
		return;
	c->look = false;
	for (i = 0; i < c->talks; i++) {
		t = c->talk[i];
		if (t->state == TALK_OPEN && t->secret->group != NULL &&
		    ours_missing(c, t->secret->group))
			(void)invite_add(c, t, c->self.account);
	}
}
