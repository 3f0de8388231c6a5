/* SPDX-License-Identifier: ISC */
/* See rival.h. */
#include "inside.h"
#include "rival.h"
#include "tap.h"

void
rival_record(struct client *c, const char *pass, const struct device *add,
    struct buf *raw)
{
	struct record_change rc = {.add = add};
	struct account_key *k;
	struct record next;

	if (account_open(c, bytes_of(pass, strlen(pass)), &k, NULL) != 0 ||
	    amend_next(c, &c->self.record, &rc, &next) != 0 ||
	    record_put(&next, k->secret, raw) != 0)
		bail("no rival record");
	account_close(&k);
}

void
rival_raw(const struct client *c, struct buf *raw)
{
	buf_bytes(raw, buf_view(&c->self.record_raw));
}

bool
rival_held(const struct client *c)
{
	return c->self.held != NULL;
}

void
rival_forget(struct client *c)
{
	change_forget(c);
}

size_t
rival_jobs(const struct client *c)
{
	size_t i, n = 0;

	/* a device that isn't there is invited until it comes */
	for (i = 0; i < c->jobs; i++)
		n += c->job[i]->kind != JOB_INVITE;
	return n;
}

void
rival_look(struct client *c)
{
	if (!c->session.looking)
		c->session.looked = 0;
}

bool
rival_gone(const struct client *c)
{
	return c->self.gone;
}

const uint8_t *
rival_device(const struct client *c)
{
	return c->self.device;
}

void
rival_lose(struct client *c, struct talk *t)
{
	rejoin_want(c, t, "a test wants it");
}

bool
rival_waits(const struct talk *t)
{
	return t->secret->rejoin;
}

int64_t
rival_life(void)
{
	return RECORD_LIFE;
}

int64_t
rival_renew(void)
{
	return RECORD_RENEW;
}
