/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * Changing one's own record: the next version is signed with the passphrase, published, seen by others; two devices that change it at
 * once come to an order; a revoked device is out (T36, the record's half); a
 * record is renewed before it ends.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pair.h"
#include "rival.h"
#include "tap.h"

struct made {
	struct device device;
	uint8_t sign[SIGN_SECRET], transport[DH_SIZE];
};

static struct made
device_made(void)
{
	struct made m;

	sign_keypair(&rng_system, m.device.sign, m.sign);
	dh_keypair(&rng_system, m.device.transport, m.transport);
	device_id(m.device.sign, m.device.id);
	return m;
}

static struct bytes
pass_of(const char *s)
{
	return bytes_of(s, strlen(s));
}

static int
change(struct client *c, const struct device *add, const uint8_t *revoke,
    const char *pass, char **why)
{
	struct record_change rc = {add, revoke};

	free(*why);
	*why = NULL;
	return account_change(c, &rc, pass_of(pass), why);
}

struct version {
	struct client *c;
	uint64_t want;
};

static bool
own_version(void *arg)
{
	struct version *v = arg;

	return client_record(v->c)->version >= v->want && rival_jobs(v->c) == 0;
}

static bool
until_version(struct pair *w, size_t i, uint64_t n)
{
	struct version v = {w->who[i].c, n};

	return pair_until(w, own_version, &v);
}

struct seen {
	struct pair *w;
	size_t i;
	const char *whom;
	uint64_t want;
};

static bool
seen_version(void *arg)
{
	struct seen *s = arg;
	struct person *p = client_person_named(s->w->who[s->i].c, s->whom);

	if (p != NULL && p->record.version >= s->want)
		return true;
	rival_look(s->w->who[s->i].c);
	return false;
}

static bool
until_seen(struct pair *w, size_t i, const char *whom, uint64_t n)
{
	struct seen s = {w, i, whom, n};

	return pair_until(w, seen_version, &s);
}

static void
test_refused(struct pair *w, size_t a)
{
	struct client *c = w->who[a].c;
	struct made m = device_made();
	char *why = NULL;

	is_int(change(c, &m.device, NULL, "wrong horse", &why), ERR_PASS,
	    "not with a wrong passphrase");
	ok(why != NULL && strstr(why, "again") != NULL, "which is said");
	is_int((int)rival_jobs(c), 0, "nothing is on its way");
	is_int(change(c, NULL, m.device.id, PAIR_PASS, &why), ERR_NONE,
	    "a device that isn't ours can't be revoked");
	is_int(change(c, NULL, rival_device(c), PAIR_PASS, &why), ERR_INPUT,
	    "nor the one we sit at");
	is_int(change(c, &client_record(c)->device[0], NULL, PAIR_PASS, &why),
	    ERR_EXISTS, "one of ours can't come twice");
	ok(!rival_held(c), "the account key is not in memory");
	free(why);
}

static void
test_add(struct pair *w, size_t a, size_t b, struct made *m)
{
	struct client *c = w->who[a].c;
	char *why = NULL;

	*m = device_made();
	is_int(change(c, &m->device, NULL, PAIR_PASS, &why), 0, "a second one");
	is_int(change(c, &m->device, NULL, PAIR_PASS, &why), ERR_BUSY,
	    "one change at a time");
	ok(until_version(w, a, 2), "version 2 is on the relay");
	is_int(w->who[a].events[EVENT_record], 1, "an event says so");
	is_int(client_record(c)->devices, 2, "with two devices");
	ok(!rival_held(c), "the account key has left memory");
	ok(until_seen(w, b, "alice", 2), "bob sees it");
	pair_send(w, a, "bob", "from version 2");
	ok(pair_ladder(w, a, "bob", "from version 2", LADDER_DEVICE),
	    "and they talk on");
	is_int(change(c, &m->device, NULL, PAIR_PASS, &why), ERR_EXISTS,
	    "it is there now");
	free(why);
}

static void
test_restart(struct pair *w, size_t a)
{
	struct made m = device_made();
	char *why = NULL;

	client_disconnect(w->who[a].c);
	is_int(change(w->who[a].c, &m.device, NULL, PAIR_PASS, &why), 0,
	    "changed while offline");
	if (client_keep(w->who[a].c) != 0)
		bail("keep");
	pair_kill(w, a);
	pair_start(w, a);
	is_int(client_record(w->who[a].c)->version, 2, "not yet in force");
	ok(until_version(w, a, 3), "after a crash it goes out");
	is_int(client_record(w->who[a].c)->devices, 3, "as it was signed");
	free(why);
}

/* Another device of alice's publishes the next version. */
static void
rival(struct pair *w, size_t a, const struct made *second,
    const struct made *m)
{
	struct msg q = {.code = MSG_record_put};
	struct buf raw = {0};
	struct dev d;

	rival_record(w->who[a].c, PAIR_PASS, &m->device, &raw);
	dev_init(&d, &w->desk, "rival");
	memcpy(d.transport, second->transport, DH_SIZE);
	dev_dial(&d);
	q.record_put.record = buf_view(&raw);
	if (dev_ask(&d, &q, NULL) < 0)
		bail("the relay refuses the rival");
	dev_free(&d);
	buf_free(&raw);
}

static void
test_race(struct pair *w, size_t a, const struct made *second)
{
	struct made theirs = device_made(), ours = device_made();
	struct client *c = w->who[a].c;
	char *why = NULL;

	rival(w, a, second, &theirs);
	is_int(change(c, &ours.device, NULL, PAIR_PASS, &why), 0,
	    "another device was faster");
	ok(until_version(w, a, 5), "ours is built upon its version");
	ok(record_device(client_record(c), theirs.device.id) != NULL &&
	    record_device(client_record(c), ours.device.id) != NULL,
	    "both devices are in");
	/* the same, but the key is gone when it is needed again */
	theirs = device_made();
	ours = device_made();
	rival(w, a, second, &theirs);
	is_int(change(c, &ours.device, NULL, PAIR_PASS, &why), 0, "once more");
	rival_forget(c);
	ok(pair_notice(w, a, NOTICE_RENEW, "/renew"),
	    "without the key it asks for the passphrase");
	is_int(client_record(c)->version, 6, "and has read the other's");
	ok(client_renew_waits(c), "it waits");
	is_int(client_renew(c, pass_of(PAIR_PASS), &why), 0, "given");
	ok(until_version(w, a, 7), "it goes out");
	is_int(client_open_notices(c), 0, "the notice is answered");
	free(why);
}

static void
test_revoke(struct pair *w, size_t a, const struct made *m)
{
	struct client *c = w->who[a].c;
	uint64_t was = client_record(c)->version;
	char *why = NULL;

	is_int(change(c, NULL, m->device.id, PAIR_PASS, &why), 0, "revoked");
	ok(until_version(w, a, was + 1), "on the relay");
	ok(record_device(client_record(c), m->device.id) == NULL,
	    "it is no device of alice's (T36)");
	is_int(directory_device(w->desk.relay, client_account(c),
	    m->device.id), ERR_NONE, "nor for the relay (T36)");
	is_int(change(c, &m->device, NULL, PAIR_PASS, &why), ERR_DENIED,
	    "and can't come back (T36)");
	free(why);
}

/* Years later; relay and client agree about the time. */
static void
test_renew(struct pair *w, size_t a)
{
	struct client *c = w->who[a].c;
	uint64_t was = client_record(c)->version;
	char *why = NULL;

	pair_stop(w, a);
	w->desk.wall_skew += rival_life() - rival_renew() + 86400000;
	pair_start(w, a);
	c = w->who[a].c;
	ok(until_version(w, a, was + 1), "it is renewed at the unlock");
	pair_stop(w, a);
	pair_start(w, a);
	c = w->who[a].c;
	ok(pair_online(w, a, ONLINE_ON), "online");
	is_int(client_record(c)->version, was + 1, "once");
	w->desk.wall_skew += rival_life() - rival_renew() + 86400000;
	client_disconnect(c);
	client_connect(c);
	ok(pair_notice(w, a, NOTICE_RENEW, "/renew"),
	    "open for years, it asks");
	is_int(client_renew(c, pass_of(PAIR_PASS), &why), 0, "and is given");
	ok(until_version(w, a, was + 2), "renewed");
	free(why);
}

int
main(void)
{
	struct made m;
	struct pair w;
	size_t a, b;

	pair_two(&w, &a, &b);
	test_refused(&w, a);
	test_add(&w, a, b, &m);
	test_restart(&w, a);
	test_race(&w, a, &m);
	test_revoke(&w, a, &m);
	test_renew(&w, a);
	pair_close(&w);
	return done();
}
