/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 * limit: 600
 *
 * A relay that lies to one client about keys, boxes and delivery. It holds the
 * real keys; what it can't make is what others sign and seal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rival.h"
#include "trio.h"
#include "tap.h"

#define FLOOD 20000             /* boxes; a hundred thousand in `make soak' */

static struct person *
person(struct pair *w, size_t i, const char *name)
{
	return client_person_named(w->who[i].c, name);
}

struct version {
	struct pair *w;
	size_t i;
	const char *whom;
	uint64_t want;
};

static bool
is_version(void *arg)
{
	struct version *v = arg;
	struct person *p = person(v->w, v->i, v->whom);

	rival_look(v->w->who[v->i].c);
	return p != NULL && p->record.version == v->want;
}

struct played {
	struct trio *t;
	size_t i, rule;
};

static bool
is_played(void *arg)
{
	struct played *p = arg;

	rival_look(p->t->w.who[p->i].c);
	return mal_played(&p->t->mal, p->rule) > 0;
}

/* Until whoever looks has been lied to, and has thought about it */
static bool
played(struct trio *t, size_t i, size_t rule)
{
	struct played p = {t, i, rule};
	bool was = pair_until(&t->w, is_played, &p);

	pair_quiet(&t->w);
	return was;
}

/* bob has a second device and revokes it: versions 2 and 3. */
static void
bob_changes(struct pair *w, uint64_t version, const struct device *add,
    const uint8_t *revoke)
{
	struct version v = {w, A, "bob", version};
	struct record_change rc = {add, revoke};
	char *why = NULL;

	if (account_change(w->who[B].c, &rc, PAIR_PASS_BYTES, &why) != 0)
		bail("bob: %s", why);
	if (!pair_until(w, is_version, &v))
		bail("alice does not see version %d", (int)version);
}

static void
test_records(struct trio *t)
{
	struct pair *w = &t->w;
	uint8_t secret[SIGN_SECRET], transport[DH_SIZE];
	struct device d = {.id = {0}};
	size_t rule;

	sign_keypair(&rng_system, d.sign, secret);
	dh_keypair(&rng_system, d.transport, transport);
	device_id(d.sign, d.id);
	bob_changes(w, 2, &d, NULL);
	bob_changes(w, 3, NULL, d.id);
	rule = mal_rule(&t->mal, "rewind record of bob for alice to 2");
	ok(played(t, A, rule), "bob's old record is shown, with the "
	    "device that he has revoked");
	is_int((int)person(w, A, "bob")->record.version, 3,
	    "alice does not step back (T06)");
	mal_clear(&t->mal);
	rule = mal_rule(&t->mal, "lie record of bob for alice");
	ok(played(t, A, rule), "a record with one device more is "
	    "shown");
	is_int((int)person(w, A, "bob")->record.version, 3,
	    "nobody has signed it (T07)");
	mal_clear(&t->mal);
}

/* A KeyPackage of somebody else, and one that has expired. */
static void
test_packages(struct trio *t)
{
	struct pair *w = &t->w;
	char *path = mem_format("%s/package", w->desk.dir), *why = NULL;
	struct buf got = {0};
	struct dev d;
	struct msg m = {.code = MSG_package_take};
	const struct msg *a;
	size_t rule;
	int i;

	dev_join(&d, &w->desk, "eve");
	memcpy(m.package_take.account, person(w, A, "carol")->account,
	    ACCOUNT_ID);
	memcpy(m.package_take.device, person(w, A, "carol")->record.device[0]
	    .id, DEVICE_ID);
	m.package_take.suite = MLS_SUITE_XWING;
	i = dev_ask(&d, &m, &a);
	if (i != 0 || a->code != MSG_package)
		bail("no package of carol's: %d", i);
	buf_bytes(&got, a->package.package);
	if (path_write(path, buf_view(&got)) != 0)
		bail("%s", path);
	(void)pair_join(w, "dave");
	/* he knows carol too: it is a good package of somebody good */
	pair_friends(w, 3, C);
	rule = mal_rule(&t->mal, "replace package for dave with file %s", path);
	if (client_add(w->who[3].c, "bob", NULL, &why) != 0)
		bail("%s", why);
	ok(pair_notice(w, 3, NOTICE_ERROR, "gave a key for bob that is not"),
	    "carol's KeyPackage instead of bob's is refused (T10)");
	ok(mal_played(&t->mal, rule) > 0, "it was played");
	ok(person(w, B, "dave") == NULL, "nothing has left for bob");
	mal_clear(&t->mal);
	(void)unlink(path);
	free(path);
	buf_free(&got);
	dev_free(&d);
}

/* What is for bob comes to carol. */
static void
test_reroute(struct trio *t)
{
	struct pair *w = &t->w;
	unsigned jobs = (unsigned)rival_jobs(w->who[C].c);
	char *why = NULL;
	size_t rule;

	rule = mal_rule(&t->mal, "reroute box for bob with client carol");
	if (client_add(w->who[3].c, "bob", "to bob alone", &why) != 0)
		bail("%s", why);
	pair_quiet(w);
	pair_quiet(w);
	ok(mal_played(&t->mal, rule) > 0, "dave's request to bob comes to "
	    "carol");
	ok(person(w, C, "dave")->state == PERSON_CONTACT && rival_jobs(w->who[C].c) == jobs &&
	    client_open_notices(w->who[C].c) == 0,
	    "it is nothing to her (T15)");
	mal_clear(&t->mal);
	trio_again(w, B);
	ok(pair_person(w, B, "dave", PERSON_ASKING), "bob gets it when the "
	    "relay lets him");
}

/* "It is on the relay", says the relay, and drops it. */
static void
test_receipt(struct trio *t)
{
	struct pair *w = &t->w;
	size_t rule = mal_rule(&t->mal, "claim log_append for alice");

	pair_send(w, A, "bob", "claimed");
	pair_quiet(w);
	ok(mal_played(&t->mal, rule) > 0, "taken, says the relay, and has "
	    "dropped it");
	is_int(pair_message(w, A, "bob", "claimed")->ladder, LADDER_RELAY,
	    "no device has it, and none is claimed to (T17)");
	is_int((int)pair_copies(w, B, "alice", "claimed"), 0, "bob has not");
	mal_clear(&t->mal);
	pair_send(w, A, "bob", "after the claim");
	ok(pair_shows(w, B, "alice", "1 message of alice before this one did "
	    "not arrive: the relay lost or held back") ||
	    trio_system(pair_talk(w, B, "alice"), "did not arrive"),
	    "and bob sees that one is missing");
}

static size_t
held(struct pair *w, const char *name)
{
	struct peer *p;

	for (p = w->desk.relay->peers; p != NULL; p = p->next)
		if (strcmp(p->name, name) == 0)
			return link_held(p->link);
	return 0;
}

/* Boxes of nothing, as fast as they come. */
static void
test_flood(struct trio *t)
{
	struct pair *w = &t->w;
	const char *n = getenv("TACET_SOAK");
	int i, many = n != NULL ? 5 * FLOOD : FLOOD;
	struct rival_store was = rival_store(w->who[B].c);
	int64_t from = clock_mono(&clock_system);
	const char *why = "";

	pair_send(w, A, "bob", "before the flood");
	for (i = 0; i < many; i++) {
		if (mal_line(&t->mal, "inject box for bob", &why) != 0)
			bail("%s", why);
		while (i % 100 == 0 && held(w, "bob") > 65536)
			pair_turn(w, 0);
		if (i == many / 2)
			pair_send(w, A, "bob", "in the flood");
	}
	ok(pair_shows(w, B, "alice", "in the flood"), "%d boxes of nothing "
	    "later bob still hears alice", many);
	note("%d ms", (int)(clock_mono(&clock_system) - from));
	pair_quiet(w);
	is_int((int)(rival_store(w->who[B].c).boxes - was.boxes), 0,
	    "and nothing of them is kept (T19)");
	ok(rival_store(w->who[B].c).steps < 1000, "nor waits to be");
}

int
main(void)
{
	struct trio t;

	trio_open(&t);
	test_packages(&t);
	test_reroute(&t);
	test_receipt(&t);
	test_flood(&t);
	test_records(&t);
	trio_close(&t);
	return done();
}
