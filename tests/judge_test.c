/* SPDX-License-Identifier: ISC */
/*
 * Who may stand in a group: a leaf must agree with the record of the person it
 * names in device, key and version, and may not step back (T28, T12).
 */
#include <stdio.h>
#include <stdlib.h>

#include "inside.h"
#include "tap.h"

static struct client c;
static struct person *bob;
static struct record rec;
static uint8_t identity[CREDENTIAL_SIZE], ext[LEAF_EXT_SIZE];
static struct buf list;

/* A leaf as bob's device has it; tests change what it points to. */
static struct mls_leaf
leaf_of(uint64_t version, const uint8_t hash[static HASH32])
{
	struct mls_leaf l = {0};

	memcpy(identity, rec.account, ACCOUNT_ID);
	memcpy(identity + ACCOUNT_ID, rec.device[0].id, DEVICE_ID);
	leaf_ext_put(ext, version, hash);
	buf_clear(&list);
	mls_ext_put(&list, LEAF_EXT_TYPE, bytes_of(ext, sizeof(ext)));
	l.credential.type = MLS_BASIC;
	l.credential.body = bytes_of(identity, sizeof(identity));
	l.signature_key = bytes_of(rec.device[0].sign, SIGN_PUBLIC);
	l.extensions = buf_view(&list);
	return l;
}

static int
judge(const struct mls_leaf *l)
{
	return person_judge(&c, l, NULL);
}

static void
test_leaf(void)
{
	uint8_t other[HASH32] = {1}, key[SIGN_PUBLIC], secret[SIGN_SECRET];
	struct mls_leaf l = leaf_of(2, rec.hash);

	is_int(judge(&l), 0, "as the record says");
	l.credential.type = MLS_X509;
	is_int(judge(&l), ERR_RULE, "not by another kind of credential");
	l = leaf_of(2, rec.hash);
	l.credential.body.n--;
	is_int(judge(&l), ERR_RULE, "not a shorter one");
	l = leaf_of(2, rec.hash);
	identity[0] ^= 1;
	is_int(judge(&l), ERR_NONE, "nobody we don't know");
	l = leaf_of(2, rec.hash);
	identity[ACCOUNT_ID] ^= 1;
	is_int(judge(&l), ERR_DENIED, "no device that isn't his");
	l = leaf_of(2, rec.hash);
	sign_keypair(&rng_system, key, secret);
	l.signature_key = bytes_of(key, sizeof(key));
	is_int(judge(&l), ERR_DENIED, "not with another key");
	l = leaf_of(2, other);
	is_int(judge(&l), ERR_RULE, "not with another hash");
	l = leaf_of(3, rec.hash);
	is_int(judge(&l), ERR_STATE, "a version we haven't seen has to wait");
	l = leaf_of(1, rec.prev);
	is_int(judge(&l), 0, "the one before is named by the chain");
	l = leaf_of(1, other);
	is_int(judge(&l), ERR_RULE, "and no other");
	l = leaf_of(2, rec.hash);
	l.extensions = bytes_of(NULL, 0);
	is_int(judge(&l), ERR_RULE, "not without the extension");
}

static void
test_before(void)
{
	struct mls_leaf was = leaf_of(2, rec.hash), is;
	struct buf kept = {0};
	uint8_t who[CREDENTIAL_SIZE];

	memcpy(who, identity, sizeof(who));
	buf_bytes(&kept, was.extensions);
	was.extensions = buf_view(&kept);
	was.credential.body = bytes_of(who, sizeof(who));
	is = leaf_of(2, rec.hash);
	is_int(person_judge(&c, &is, &was), 0, "the same again");
	is = leaf_of(1, rec.prev);
	is_int(person_judge(&c, &is, &was), ERR_REPLAY, "never a step back");
	is = leaf_of(2, rec.hash);
	who[0] ^= 1;
	is_int(person_judge(&c, &is, &was), ERR_RULE,
	    "never in somebody else's place");
	buf_free(&kept);
}

static void
test_states(void)
{
	struct mls_leaf l = leaf_of(2, rec.hash);

	bob->changed = true;
	is_int(judge(&l), ERR_NONE, "nobody whose key has changed");
	bob->changed = false;
	memcpy(bob->record.gone[0], rec.device[0].id, DEVICE_ID);
	bob->record.revoked = 1;
	is_int(judge(&l), ERR_DENIED, "no device that was revoked");
	bob->record.revoked = 0;
	is_int(judge(&l), 0, "and he is in again");
	ok(person_of_leaf(&c, &l) == bob, "the leaf is found to be his");
}

int
main(void)
{
	struct person p = {.row = 1}, *people[] = {&p};
	uint8_t secret[SIGN_SECRET], dh[DH_SIZE];
	struct buf raw = {0};

	if (seal_start() != 0)
		bail("libsodium");
	rec.version = 2;
	rec.devices = 1;
	rec.expires = UINT64_MAX;
	snprintf(rec.name, sizeof(rec.name), "bob");
	rng_fill(&rng_system, rec.prev, HASH32);
	sign_keypair(&rng_system, rec.device[0].sign, secret);
	dh_keypair(&rng_system, rec.device[0].transport, dh);
	sign_keypair(&rng_system, rec.account_key, secret);
	if (record_put(&rec, secret, &raw) != 0)
		bail("no record");
	bob = &p;
	p.record = rec;
	memcpy(p.account, rec.account, ACCOUNT_ID);
	c.person = people;
	c.people = 1;
	test_leaf();
	test_before();
	test_states();
	buf_free(&raw);
	buf_free(&list);
	return done();
}
