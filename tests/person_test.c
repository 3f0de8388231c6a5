/* SPDX-License-Identifier: ISC */
/*
 * People and what the directory says of them: the first key is pinned, a later
 * version is taken, a lower or forked one refused, another key stops
 * everything until the pinned one is back.
 */
#include <stdio.h>
#include <stdlib.h>

#include "alone.h"
#include "tap.h"

static struct alone alone;
static struct record rec;
static uint8_t secret[SIGN_SECRET];

/* The next version after `last`, with one device more. */
static struct record
next_of(const struct record *last, struct buf *raw)
{
	struct record r = *last;
	uint8_t s[SIGN_SECRET];

	r.version++;
	memcpy(r.prev, last->hash, HASH32);
	r.devices = 2;
	sign_keypair(&rng_system, r.device[1].sign, s);
	dh_keypair(&rng_system, r.device[1].transport, s);
	buf_clear(raw);
	if (record_put(&r, secret, raw) != 0)
		bail("no record");
	return r;
}

static void
test_versions(struct person *p)
{
	struct buf raw = {0}, old = {0};
	struct record two, fork, one = rec;

	buf_bytes(&old, buf_view(&p->record_raw));
	two = next_of(&rec, &raw);
	is_int(person_record(alone.c, p, &two, buf_view(&raw)), 0,
	    "the next version is taken");
	is_int(p->record.version, 2, "and kept");
	is_int(p->record.devices, 2, "with its devices");
	is_int(person_record(alone.c, p, &one, buf_view(&old)), ERR_REPLAY,
	    "a lower one is not");
	fork = next_of(&rec, &raw);
	is_int(person_record(alone.c, p, &fork, buf_view(&raw)), ERR_RULE,
	    "nor a fork");
	is_int(p->record.version, 2, "and nothing changed by that");
	ok(!p->changed, "no key has changed");
	rec = two;
	buf_free(&raw);
	buf_free(&old);
}

static void
test_changed(struct person *p, struct talk *t)
{
	uint8_t other_secret[SIGN_SECRET];
	struct buf raw = {0}, good = {0};
	struct record other;
	size_t notices = client_notices(alone.c);
	char *why = NULL;

	is_int(client_verified(alone.c, p, true, &why), 0, "keys compared");
	buf_bytes(&good, buf_view(&p->record_raw));
	alone_record("bob", &other, &raw, other_secret);
	is_int(person_record(alone.c, p, &other, buf_view(&raw)), ERR_CHANGED,
	    "another account key");
	ok(p->changed && !p->verified, "is marked, and verified no more");
	is_mem(p->changed_to, other.account, ACCOUNT_ID, "with what it shows");
	is_mem(p->account, rec.account, ACCOUNT_ID, "the pinned one stays");
	is_int(t->state, TALK_STOPPED, "sending stops");
	is_int(client_notices(alone.c), notices + 1, "one notice");
	is_int(person_record(alone.c, p, &other, buf_view(&raw)), ERR_CHANGED,
	    "seen again");
	is_int(client_notices(alone.c), notices + 1, "no second notice");
	is_int(client_verified(alone.c, p, true, &why), ERR_CHANGED,
	    "it can't be verified");
	free(why);
	alone_again(&alone);
	p = client_person_named(alone.c, "bob");
	ok(p->changed, "a restart doesn't forget");
	is_int(person_record(alone.c, p, &rec, buf_view(&good)), 0,
	    "the pinned key is back");
	ok(!p->changed && !p->verified, "and goes on, to be compared anew");
	buf_free(&raw);
	buf_free(&good);
}

static void
test_names(struct person *p)
{
	ok(client_person_named(alone.c, "bob") == p, "found by name");
	ok(person_of(alone.c, p->account) == p, "by account");
	ok(client_person(alone.c, p->row) == p, "by row");
	ok(client_person_named(alone.c, "bo") == NULL, "nobody else");
	is_int(strlen(p->safety), SAFETY_DIGITS, "with a safety number");
	is_str(person_state_name(p->state), "contact", "and a state");
}

int
main(void)
{
	struct buf raw = {0};
	struct person *p;
	struct talk *t;

	alone_open(&alone);
	alone_record("bob", &rec, &raw, secret);
	p = person_add(alone.c, &rec, buf_view(&raw), PERSON_CONTACT);
	t = talk_add(alone.c, p, TALK_OPEN);
	test_names(p);
	test_versions(p);
	test_changed(p, t);
	buf_free(&raw);
	alone_close(&alone);
	return done();
}
