/* SPDX-License-Identifier: ISC */
/* See bend.h. */
#include "bend.h"
#include "linkup.h"
#include "trust.h"

void
bend_number(struct client *c)
{
	c->compare.mine[0] ^= 1;
}

int
bend_record(struct client *c, struct person *p, const struct record *r,
    struct bytes raw)
{
	return person_record(c, p, r, raw);
}

void
bend_policy(struct client *c)
{
	while (c->jobs > 0)
		job_done(c, c->job[0]);
	newkey_drive(c);
}

bool
bend_group(const struct talk *t)
{
	return t->secret->group != NULL;
}

void
bend_linking(struct client *c, struct bytes in)
{
	linkup_got(c, in);
}

int
bend_hand(struct client *c)
{
	struct buf b = {.secret = true};
	int err;

	hand_account(c, NULL, &b);
	err = linkup_seal(c, buf_view(&b));
	buf_free(&b);
	return err;
}

void
bend_stranger(struct client *c)
{
	session_stranger(c, true);
}
