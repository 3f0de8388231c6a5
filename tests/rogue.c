/* SPDX-License-Identifier: ISC */
/* See rogue.h. */
#include "inside.h"
#include "rogue.h"
#include "tap.h"

static struct person *
rogue_person(struct client *c, const char *name)
{
	struct person *p = client_person_named(c, name);

	if (p == NULL)
		bail("nobody is called %s", name);
	return p;
}

void
rogue_add(struct client *c, struct talk *t, const char *name)
{
	(void)invite_add(c, t, rogue_person(c, name)->account);
}

void
rogue_remove(struct client *c, struct talk *t, const char *name)
{
	struct person *p = rogue_person(c, name);
	struct job *j = job_add(c, JOB_REMOVE);

	j->talk = t->row;
	j->person = p->row;
	memcpy(j->account, p->account, ACCOUNT_ID);
	job_keep(c, j);
}

/* expires: or 0, then as it should be */
static void
rogue_record(struct client *c, const char *pass,
    const struct record_change *rc, uint64_t expires)
{
	struct msg m = {.code = MSG_record_put};
	struct account_key *k;
	struct buf raw = {0};
	struct record next;

	if (account_open(c, bytes_of(pass, strlen(pass)), &k, NULL) != 0 ||
	    amend_next(c, &c->self.record, rc, &next) != 0)
		bail("no other record");
	if (expires != 0)
		next.expires = expires;
	if (record_put(&next, k->secret, &raw) != 0)
		bail("no other record");
	account_close(&k);
	m.record_put.record = buf_view(&raw);
	session_say(c, &m);
	buf_free(&raw);
}

void
rogue_replaced(struct client *c, const char *pass)
{
	uint8_t sign[SIGN_SECRET], transport[DH_SIZE];
	struct device d = {.id = {0}};
	struct record_change rc = {&d, c->self.device};

	sign_keypair(&rng_system, d.sign, sign);
	dh_keypair(&rng_system, d.transport, transport);
	device_id(d.sign, d.id);
	rogue_record(c, pass, &rc, 0);
}

void
rogue_ending(struct client *c, const char *pass, uint64_t expires)
{
	static const struct record_change none;

	rogue_record(c, pass, &none, expires);
}

void
rogue_hold(struct client *c, struct talk *t, int64_t ms)
{
	t->secret->heal_at = client_mono(c) + ms;
}

void
rogue_heal(struct client *c, struct talk *t)
{
	t->secret->heal = true;
	client_wake(c, client_mono(c));
}

void
rogue_busy(struct client *c, size_t n)
{
	struct job *j;

	while (n-- > 0) {
		j = job_add(c, JOB_POST);
		j->not_before = client_mono(c) + 3600 * 1000;
	}
}

void
rogue_seek(struct client *c, const uint8_t account[static ACCOUNT_ID])
{
	seek_want(c, account);
}

bool
rogue_sought(const struct client *c, const uint8_t account[static ACCOUNT_ID])
{
	for (size_t i = 0; i < c->seeks; i++)
		if (memcmp(c->seek[i].account, account, ACCOUNT_ID) == 0)
			return c->seek[i].tries > 0;
	return false;
}

const uint8_t *
rogue_log(const struct talk *t)
{
	return t->log;
}

size_t
rogue_epoch(const struct talk *t, uint8_t out[static 64])
{
	struct bytes b;

	if (t->secret->group == NULL)
		return 0;
	b = mls_group_authenticator(t->secret->group);
	assert(b.n <= 64);
	memcpy(out, b.p, b.n);
	return b.n;
}

void
rogue_entry(const struct talk *t, struct buf *entry)
{
	size_t i;

	for (i = 0; i < t->secret->outs && entry->n == 0; i++)
		if (t->secret->out[i]->sealed)
			buf_bytes(entry, buf_view(&t->secret->out[i]->entry));
}
