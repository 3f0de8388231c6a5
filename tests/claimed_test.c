/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * Mallory registers alice's public keys as her own (T28). What alice has
 * signed says alice in it, what says mallory alice has not signed: whoever
 * asks mallory to talk never talks to alice instead, nor the other way.
 */
#include <stdlib.h>

#include "mls.h"
#include "pair.h"
#include "tap.h"

/* mallory's own signing key, that calls itself alice's public one */
static void
half(const struct device *alice, uint8_t signer[static SIGN_SECRET])
{
	uint8_t public[SIGN_PUBLIC];

	sign_keypair(&rng_system, public, signer);
	memcpy(signer + SIGN_SECRET - SIGN_PUBLIC, alice->sign, SIGN_PUBLIC);
}

static int
package_of(const uint8_t *signer, const struct dev *m, uint64_t now)
{
	uint8_t identity[CREDENTIAL_SIZE];
	struct mls_package_ask ask = {.suite = MLS_SUITE_XWING,
	    .self = {.signer = signer}, .not_before = now - 10,
	    .not_after = now + 1000};
	struct mls_env env = {.rng = &rng_system, .now = now};
	struct buf public = {0}, private = {.secret = true};
	struct mls_package p;
	int err;

	memcpy(identity, m->account, ACCOUNT_ID);
	memcpy(identity + ACCOUNT_ID, m->device, DEVICE_ID);
	ask.self.identity = bytes_of(identity, sizeof(identity));
	if (mls_package_make(&env, &ask, &public, &private) != 0 ||
	    mls_package_parse(buf_view(&public), &p) != 0)
		bail("no KeyPackage");
	err = mls_package_check(&env, &p);
	buf_free(&public);
	buf_free(&private);
	return err;
}

/* What mallory makes herself under her name and alice's key */
static void
test_made(const struct device *alice, const struct dev *m, int64_t now)
{
	uint8_t signer[SIGN_SECRET], secret[XWING_SECRET];
	struct inbox_key key = {.from = (uint64_t)now,
	    .until = (uint64_t)now + 1000}, got;
	struct buf raw = {0}, sealed = {0}, plain = {0};
	struct box b;

	half(alice, signer);
	is_int(package_of(signer, m, (uint64_t)now / 1000), ERR_SIGN,
	    "a KeyPackage with another's public key is not signed (T28)");
	memcpy(key.account, m->account, ACCOUNT_ID);
	memcpy(key.device, m->device, DEVICE_ID);
	rng_fill(&rng_system, secret, sizeof(secret));
	if (xwing_public(secret, key.key) != 0 ||
	    inbox_key_put(&key, signer, &raw) != 0)
		bail("no inbox key");
	is_int(inbox_key_get(buf_view(&raw), alice->sign, now, &got),
	    ERR_SIGN, "nor is an inbox key");
	if (box_seal(&rng_system, &key, m->account, alice->id, 1, signer,
	    bytes_of("hello", 5), &sealed) != 0 || box_open(secret, key.key,
	    key.account, key.device, buf_view(&sealed), &plain, &b) != 0)
		bail("no box");
	is_int(box_check(&b, alice->sign), ERR_SIGN, "nor a box");
	buf_free(&raw);
	buf_free(&sealed);
	buf_free(&plain);
}

/* The account is mallory's, the device's signature key alice's. */
static void
claim(struct dev *m, struct desk *w, const struct device *alice)
{
	dev_init(m, w, "mallory");
	memcpy(m->record.device[0].sign, alice->sign, SIGN_PUBLIC);
	buf_clear(&m->raw);
	if (record_put(&m->record, m->account_secret, &m->raw) != 0)
		bail("no record");
	memcpy(m->device, m->record.device[0].id, DEVICE_ID);
	dev_dial(m);
}

/* The key that alice is known by on her connection, too */
static void
test_transport(struct dev *m, const struct device *alice)
{
	uint8_t secret[SIGN_SECRET];
	struct buf was = m->raw;
	struct record more = m->record;

	memcpy(more.device[1].transport, alice->transport, DH_SIZE);
	sign_keypair(&rng_system, more.device[1].sign, secret);
	more.devices = 2;
	m->raw = (struct buf){0};
	if (record_put(&more, m->account_secret, &m->raw) != 0)
		bail("no record of two");
	is_int(dev_enrol(m, bytes_of(NULL, 0)), ERR_EXISTS, "the relay lets "
	    "nobody register the key that alice connects with (T28)");
	buf_free(&m->raw);
	m->raw = was;
	dev_back(m);
	is_int(dev_enrol(m, bytes_of(NULL, 0)), 0, "a signature key it can't "
	    "judge");
}

/* alice's KeyPackage, taken by mallory and left under her own name */
static void
pass_on(struct dev *m, const struct record *alice)
{
	struct msg take = {.code = MSG_package_take};
	struct msg put = {.code = MSG_package_put};
	struct buf got = {0};
	const struct msg *a;

	take.package_take.suite = put.package_put.suite = MLS_SUITE_XWING;
	memcpy(take.package_take.account, alice->account, ACCOUNT_ID);
	memcpy(take.package_take.device, alice->device[0].id, DEVICE_ID);
	if (dev_ask(m, &take, &a) != 0 || a->code != MSG_package)
		bail("no KeyPackage of alice's");
	buf_bytes(&got, a->package.package);
	put.package_put.last = 1;
	put.package_put.until = (uint64_t)clock_wall(&m->w->clock) + 86400000;
	put.package_put.package = buf_view(&got);
	if (dev_ask(m, &put, NULL) != 0)
		bail("the relay does not take it");
	buf_free(&got);
}

int
main(void)
{
	const struct record *alice;
	struct dev m;
	struct pair w;
	size_t a, b;
	char *why = NULL;

	pair_two(&w, &a, &b);
	pair_quiet(&w);
	alice = client_record(w.who[a].c);
	claim(&m, &w.desk, &alice->device[0]);
	test_transport(&m, &alice->device[0]);
	test_made(&alice->device[0], &m, clock_wall(&w.desk.clock));
	pass_on(&m, alice);
	if (client_add(w.who[b].c, "mallory", NULL, &why) != 0)
		bail("%s", why);
	ok(pair_notice(&w, b, NOTICE_ERROR, "gave a key for mallory that is "
	    "not"), "alice's KeyPackage is not mallory's, whose device it is "
	    "said to be (T28)");
	pair_quiet(&w);
	ok(client_person_named(w.who[a].c, "mallory") == NULL &&
	    client_talks(w.who[a].c) == 1, "and alice is asked nothing");
	pair_send(&w, a, "bob", "still alice");
	ok(pair_ladder(&w, a, "bob", "still alice", LADDER_DEVICE), "she is "
	    "who she was");
	dev_free(&m);
	pair_close(&w);
	return done();
}
