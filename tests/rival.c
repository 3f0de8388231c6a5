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

void
rival_gossip(struct client *c, const char *with, bool right,
    const struct head *h)
{
	struct talk *t = client_talk_with(c, with);
	struct bytes a = mls_group_authenticator(t->secret->group);
	struct buf epochs = {0}, head = {0};
	struct body_gossip b = {.evidence = bytes_of(NULL, 0)};
	uint8_t hash[HASH32];

	hash_label("tacet gossip", &a, 1, hash);
	hash[0] ^= !right;
	buf_put(&epochs, t->log, WIRE_ID);
	buf_u64(&epochs, t->epoch);
	buf_put(&epochs, hash, HASH32);
	if (h != NULL)
		head_put(h, &head);
	b.head = buf_view(&head);
	b.epochs = buf_view(&epochs);
	gossip_got(c, t, client_person_named(c, with), &b);
	buf_free(&epochs);
	buf_free(&head);
}

int
rival_evidence(struct client *c, const char *with, struct bytes raw)
{
	struct person *p = client_person_named(c, with);

	return witness_take(c, raw, p != NULL ? p->row : 0);
}

unsigned
rival_gossips(const struct client *c, const char *with)
{
	const struct talk_secret *s;
	unsigned n = 0;
	size_t i, k;

	for (i = 0; i < c->talks; i++) {
		s = c->talk[i]->secret;
		for (k = 0; k < s->outs && strcmp(c->talk[i]->title.s,
		    with) == 0; k++)
			n += s->out[k]->kind == OUT_GOSSIP;
	}
	return n;
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

void
rival_leave_out(struct client *c, struct talk *t, const char *who)
{
	struct job *j = invite_of(c, t, client_person_named(c, who)->account,
	    JOB_INVITE);

	if (j == NULL)
		bail("%s was not to come", who);
	job_done(c, j);
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

struct rival_store
rival_store(struct client *c)
{
	return (struct rival_store){c->seens, c->keep.steps};
}
