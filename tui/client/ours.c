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

size_t
ours_talks(const struct client *c)
{
	size_t i, n = 0;

	for (i = 0; i < c->talks; i++)
		n += c->talk[i]->state == TALK_OPEN &&
		    c->talk[i]->secret->group != NULL;
	return n;
}

/* The old one has brought the new one in, or the new one is in. */
size_t
client_link_joined(const struct client *c)
{
	const struct linkup_view *v = client_link(c);
	const struct talk *t;
	size_t i, n = 0;

	if (v == NULL || v->step != LINKUP_DONE)
		return 0;
	if (!v->old)
		n = ours_talks(c);
	for (i = 0; v->old && !change_pending(c) && i < c->talks; i++) {
		t = c->talk[i];
		n += t->state == TALK_OPEN && t->secret->group != NULL &&
		    t->secret->stage == NULL &&
		    !ours_missing(c, t->secret->group);
	}
	return n < v->talks ? n : v->talks;
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
