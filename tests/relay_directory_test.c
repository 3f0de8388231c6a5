/* SPDX-License-Identifier: ISC */
/*
 * Registration, records, KeyPackages, inbox keys: who may write what, and who
 * gets what was left. floor: relay
 */
#include <stdio.h>

#include "tap.h"
#include "relay_help.h"

static int
lookup(struct dev *d, const char *name, const struct msg **a)
{
	struct msg m = {.code = MSG_lookup};

	m.lookup.name = bytes_of(name, strlen(name));
	return dev_ask(d, &m, a);
}

static void
test_open(struct desk *w)
{
	struct dev a, b, other;
	const struct msg *m;
	struct msg q = {.code = MSG_lookup_id};

	dev_init(&a, w, "alice");
	dev_dial(&a);
	m = dev_next(&a, MSG_greet);
	ok(m && m->greet.mode == MODE_OPEN && m->greet.name.n == 0,
	    "greeted as somebody unknown");
	ok(m && memcmp(m->greet.incarnation, w->relay->incarnation,
	    WIRE_ID) == 0, "by this incarnation");
	is_int(lookup(&a, "alice", NULL), ERR_STATE,
	    "who is not registered may not look up");
	is_int(dev_enrol(&a, bytes_of(NULL, 0)), 0, "registered");
	is_int(dev_enrol(&a, bytes_of(NULL, 0)), 0, "the same again: done");
	is_int(lookup(&a, "alice", &m), 0, "found");
	ok(bytes_same(m->record.record, buf_view(&a.raw)), "the very record");
	is_int(lookup(&a, "nobody", NULL), ERR_NONE, "not found");
	is_int(lookup(&a, "No Name!", NULL), ERR_NONE, "no name at all");
	memcpy(q.lookup_id.account, a.account, ACCOUNT_ID);
	is_int(dev_ask(&a, &q, NULL), 0, "found by id");
	dev_init(&b, w, "alice");
	dev_dial(&b);
	is_int(dev_enrol(&b, bytes_of(NULL, 0)), ERR_EXISTS, "the name is taken");
	dev_init(&other, w, "other");
	memcpy(other.transport, a.transport, DH_SIZE);
	dev_free(&b);
	dev_dial(&other);
	is_int(dev_enrol(&other, bytes_of(NULL, 0)), ERR_DENIED,
	    "a record that does not list this connection's key");
	dev_free(&other);
	dev_hang(&a);
	dev_dial(&a);
	m = dev_next(&a, MSG_greet);
	ok(m && bytes_same(m->greet.name, bytes_of("alice", 5)),
	    "known by its transport key");
	is_int(dev_enrol(&a, bytes_of(NULL, 0)), 0,
	    "and the same record again after a lost answer: done");
	dev_free(&a);
}

/* Each field of a record that is altered, and records that are not first. */
static void
test_bad_records(struct desk *w)
{
	struct dev a;
	unsigned refused = 0;
	size_t i;

	dev_init(&a, w, "mallory");
	dev_dial(&a);
	for (i = 0; i < a.raw.n && a.link; i += 3) {
		a.raw.p[i] ^= 0x10;
		refused += dev_enrol(&a, bytes_of(NULL, 0)) < 0;
		a.raw.p[i] ^= 0x10;
	}
	is_int(refused, (a.raw.n + 2) / 3, "altered anywhere: refused");
	a.raw.n--;
	ok(dev_enrol(&a, bytes_of(NULL, 0)) < 0, "cut short: refused");
	buf_clear(&a.raw);
	a.record.version = 2;
	a.record.prev[0] = 1;
	is_int(record_put(&a.record, a.account_secret, &a.raw), 0, "version 2");
	is_int(dev_enrol(&a, bytes_of(NULL, 0)), ERR_RULE,
	    "can't be a first one");
	buf_clear(&a.raw);
	a.record.version = 1;
	a.record.prev[0] = 0;
	a.record.expires = 1000;
	is_int(record_put(&a.record, a.account_secret, &a.raw), 0, "expired");
	is_int(dev_enrol(&a, bytes_of(NULL, 0)), ERR_EXPIRED, "refused");
	dev_free(&a);
}

static int
put_record(struct dev *d, const struct dev *by)
{
	struct msg m = {.code = MSG_record_put};

	buf_clear(&d->raw);
	if (record_put(&d->record, by->account_secret, &d->raw) != 0)
		return ERR_RULE;
	m.record_put.record = buf_view(&d->raw);
	return dev_ask(d, &m, NULL);
}

static void
second_device(struct dev *d, struct dev *of)
{
	struct device *v;
	uint8_t public[SIGN_PUBLIC];

	v = &of->record.device[of->record.devices++];
	dev_init(d, of->w, of->name);
	sign_keypair(&rng_system, public, d->sign_secret);
	dh_keypair(&rng_system, v->transport, d->transport);
	memcpy(v->sign, public, SIGN_PUBLIC);
	memcpy(d->account, of->account, ACCOUNT_ID);
	device_id(v->sign, d->device);
}

/* A second device comes and goes; a revoked one is cut off at once. */
static void
test_chain(struct desk *w)
{
	struct record was;
	struct dev a, b, c;
	const struct msg *m;

	dev_join(&a, w, "anna");
	dev_join(&c, w, "carl");
	was = a.record;
	second_device(&b, &a);
	is_int(put_record(&a, &a), ERR_RULE, "the same version, other devices");
	a.record.version = 3;
	memcpy(a.record.prev, was.hash, HASH32);
	is_int(put_record(&a, &a), ERR_RULE, "a version left out");
	a.record.version = 2;
	memset(a.record.prev, 7, HASH32);
	is_int(put_record(&a, &a), ERR_RULE, "another past");
	memcpy(a.record.prev, was.hash, HASH32);
	ok(put_record(&a, &c) < 0, "signed by somebody else");
	memcpy(a.record.account_key, a.account_public, SIGN_PUBLIC);
	is_int(put_record(&a, &a), 0, "the next version");
	is_int(put_record(&a, &a), 0, "the same again: done");
	dev_dial(&b);
	m = dev_next(&b, MSG_greet);
	ok(m && m->greet.name.n == 4, "the second device is known");
	is_int(lookup(&c, "anna", &m), 0, "others look it up");
	ok(bytes_same(m->record.record, buf_view(&a.raw)), "the newest");
	was = a.record;
	a.record.version = 3;
	memcpy(a.record.prev, was.hash, HASH32);
	a.record.devices = 1;
	memcpy(a.record.gone[a.record.revoked++], b.device, DEVICE_ID);
	is_int(dev_box(&c, &b, 1, "waiting"), 0, "a box for the second device");
	is_int(put_record(&a, &a), 0, "it is revoked");
	desk_turn(w);
	ok(!b.link, "and cut off at once");
	dev_dial(&b);
	m = dev_next(&b, MSG_greet);
	ok(m && m->greet.name.n == 0, "not known any more");
	is_int(lookup(&b, "anna", NULL), ERR_STATE, "and may do nothing");
	is_int(dev_box(&c, &b, 2, "x"), ERR_NONE, "nobody can write to it");
	dev_free(&a);
	dev_free(&b);
	dev_free(&c);
}

static void
test_invites(void)
{
	struct desk w;
	struct dev a[100];
	uint8_t code[INVITE_SIZE], second[INVITE_SIZE];
	struct msg m = {.code = MSG_enrol};
	struct bytes invite = bytes_of(code, sizeof(code));
	char name[8];
	size_t i, won = 0, lost = 0;

	desk_open(&w, "ram", "registration", "invite", NULL);
	is_int(invites_new(w.relay, 60000, code), 0, "an invite");
	for (i = 0; i < COUNT(a); i++) {
		(void)snprintf(name, sizeof(name), "u%zu", i);
		dev_init(&a[i], &w, name);
		dev_dial(&a[i]);
	}
	is_int(dev_enrol(&a[0], bytes_of(NULL, 0)), ERR_INVITE, "without one");
	code[0] ^= 1;
	is_int(dev_enrol(&a[0], invite), ERR_INVITE, "a wrong one");
	code[0] ^= 1;
	/* all at once: exactly one wins */
	for (i = 0; i < COUNT(a); i++) {
		m.enrol.req = 1;
		m.enrol.invite = invite;
		m.enrol.record = buf_view(&a[i].raw);
		dev_clear(&a[i]);
		dev_send(&a[i], &m);
	}
	desk_turn(&w);
	for (i = 0; i < COUNT(a); i++) {
		won += dev_count(&a[i], MSG_done);
		lost += dev_count(&a[i], MSG_fail);
	}
	ok(won == 1 && lost == COUNT(a) - 1, "one invite, one account "
	    "(T92)");
	is_int(invites_new(w.relay, 60000, code), 0, "an invite");
	is_int(invites_new(w.relay, 60000, second), 0, "and another");
	is_int(invites_revoke(w.relay, second), 0, "revoked");
	is_int(invites_revoke(w.relay, second), ERR_NONE, "once");
	for (i = 0; a[i].n > 0 && a[i].got[0].m.code == MSG_done; i++)
		;
	desk_pass(&w, 5000);    /* tokens */
	is_int(dev_enrol(&a[i], bytes_of(second, sizeof(second))), ERR_INVITE,
	    "a revoked one");
	desk_pass(&w, 61000);
	is_int(dev_enrol(&a[i], invite), ERR_INVITE, "an expired one");
	w.relay->limits.mode = MODE_CLOSED;
	is_int(dev_enrol(&a[i], invite), ERR_CLOSED, "closed is closed");
	for (i = 0; i < COUNT(a); i++)
		dev_free(&a[i]);
	desk_close(&w);
}

static int
put_package_of(struct dev *d, uint16_t suite, uint8_t last, const char *text,
    int64_t life)
{
	struct msg m = {.code = MSG_package_put};

	m.package_put.suite = suite;
	m.package_put.last = last;
	m.package_put.until = (uint64_t)(clock_wall(&d->w->clock) + life);
	m.package_put.package = bytes_of(text, strlen(text));
	return dev_ask(d, &m, NULL);
}

static int
put_package(struct dev *d, uint8_t last, const char *text, int64_t life)
{
	return put_package_of(d, 3, last, text, life);
}

static bool
takes(struct dev *d, const struct dev *of, const char *want, uint8_t last)
{
	struct msg m = {.code = MSG_package_take};
	const struct msg *a;

	m.package_take.suite = 3;
	memcpy(m.package_take.account, of->account, ACCOUNT_ID);
	memcpy(m.package_take.device, of->device, DEVICE_ID);
	if (dev_ask(d, &m, &a) != 0)
		return want == NULL && a->fail.error == -ERR_NONE;
	return want && a->package.last == last &&
	    bytes_same(a->package.package, bytes_of(want, strlen(want)));
}

static uint64_t
packages(struct dev *d)
{
	struct msg m = {.code = MSG_package_count};
	const struct msg *a;

	m.package_count.suite = 3;
	return dev_ask(d, &m, &a) == 0 ? a->done.number : 99999;
}

static void
test_packages(struct desk *w)
{
	struct dev a, b;
	char text[16];
	unsigned i, n;

	dev_join(&a, w, "paula");
	dev_join(&b, w, "peter");
	ok(takes(&b, &a, NULL, 0), "none is there");
	is_int(put_package(&a, 0, "one", 60000), 0, "a package");
	is_int(put_package(&a, 0, "two", 90000), 0, "another");
	is_int(put_package(&a, 1, "last", 90000000), 0, "the last resort");
	is_int(put_package(&a, 0, "old", -1), ERR_EXPIRED, "an expired one");
	is_int(put_package(&a, 0, "eternal", PACKAGE_LIFE * 2), ERR_RANGE,
	    "one for too long");
	is_int(packages(&a), 2, "two one-time ones");
	ok(takes(&b, &a, "one", 0), "the oldest first");
	is_int(packages(&a), 1, "once");
	desk_pass(w, 100000);
	dev_back(&a);
	dev_back(&b);
	ok(takes(&b, &a, "last", 1), "expired ones are not handed out");
	ok(takes(&b, &a, "last", 1), "the last resort stays");
	is_int(put_package(&a, 1, "last2", 90000000), 0, "replaced");
	ok(takes(&b, &a, "last2", 1), "by a newer one");
	for (i = 0; i < 30; i++) {
		(void)snprintf(text, sizeof(text), "p%u", i);
		if (put_package(&a, 0, text, 80000000) != 0)
			break;
	}
	is_int(i, 30, "thirty more");
	desk_pass(w, TAKE_EVERY * TAKE_BURST);
	dev_back(&a);
	dev_back(&b);
	for (i = 0, n = 0; i < 10000; i++) {
		(void)snprintf(text, sizeof(text), "p%u", n);
		n += takes(&b, &a, text, 0);
	}
	is_int(n, TAKE_BURST, "one taker can't empty the store (T26)");
	is_int(packages(&a), 30 - TAKE_BURST, "the others are still there");
	ok(takes(&b, &a, "last2", 1), "it gets the last resort");
	for (i = 0; i < PACKAGES_MAX + 5; i++) {
		if (put_package(&a, 0, "x", 80000000) != 0)
			break;
	}
	is_int(packages(&a), PACKAGES_MAX, "there is an upper bound");
	dev_free(&a);
	dev_free(&b);
}

static bool
due_each(void *arg, struct bytes key, struct bytes value)
{
	(void)key;
	(void)value;
	++*(unsigned *)arg;
	return true;
}

static unsigned
dues(struct relay *r)
{
	struct key from = {.n = 0}, below = key_after(&from);
	unsigned n = 0;

	if (store_scan(r->store, TABLE_due, key_view(&from), key_view(&below),
	    STORE_UP, due_each, &n) != 0)
		bail("scan");
	return n;
}

/* A number of a suite costs nothing, so it must not buy room. */
static void
test_suites(struct desk *w)
{
	struct dev a;
	unsigned i, n = 0, was;

	dev_join(&a, w, "susan");
	for (i = 0; i < 50; i++)
		n += put_package_of(&a, (uint16_t)(100 + i), i & 1, "x",
		    80000000) == 0;
	is_int(n, PACKAGES_SUITES, "packages of a few suites");
	is_int(put_package_of(&a, 99, 1, "x", 80000000), ERR_QUOTA,
	    "and of no other");
	is_int(put_package_of(&a, 103, 0, "y", 80000000), 0, "of those, more");
	is_int(put_package_of(&a, 100, 1, "y", 80000000), 0, "of both kinds");
	was = dues(w->relay);
	for (i = 1; i <= 20; i++)
		(void)put_package_of(&a, 100, 1, "z", 80000000 + i * 1000);
	is_int(dues(w->relay), was, "one that is replaced leaves no trace");
	desk_pass(w, 80010000);
	desk_pass(w, RELAY_SWEEP_MS + 1);
	dev_back(&a);
	is_int(put_package_of(&a, 100, 0, "x", 80000000), 0, "others expire");
	for (i = 0, n = 0; i < 50; i++)
		n += put_package_of(&a, (uint16_t)(200 + i), 0, "x",
		    80000000) == 0;
	is_int(n, PACKAGES_SUITES - 1, "and make room");
	dev_free(&a);
}

static void
test_inbox_keys(struct desk *w)
{
	struct msg put = {.code = MSG_inbox_key_put};
	struct msg get = {.code = MSG_inbox_key_get};
	uint8_t big[INBOX_KEY_MAX + 1] = {1};
	const struct msg *m;
	struct dev a, b;

	dev_join(&a, w, "ida");
	dev_join(&b, w, "ivan");
	memcpy(get.inbox_key_get.account, a.account, ACCOUNT_ID);
	memcpy(get.inbox_key_get.device, a.device, DEVICE_ID);
	is_int(dev_ask(&b, &get, NULL), ERR_NONE, "none yet");
	put.inbox_key_put.key = bytes_of(big, sizeof(big));
	is_int(dev_ask(&a, &put, NULL), ERR_BIG, "too large");
	put.inbox_key_put.key = bytes_of("key", 3);
	is_int(dev_ask(&a, &put, NULL), 0, "left");
	put.inbox_key_put.key = bytes_of("key2", 4);
	is_int(dev_ask(&a, &put, NULL), 0, "replaced");
	is_int(dev_ask(&b, &get, &m), 0, "read");
	ok(bytes_same(m->inbox_key.key, bytes_of("key2", 4)), "the newest");
	dev_free(&a);
	dev_free(&b);
}

static void
test_on(const char *store)
{
	struct desk w;

	note("store %s", store);
	desk_open(&w, store, "rate", "100000", "burst", "1000000",
	    "address-burst", "1000000", NULL);
	test_open(&w);
	test_bad_records(&w);
	test_chain(&w);
	test_packages(&w);
	test_suites(&w);
	test_inbox_keys(&w);
	desk_close(&w);
}

int
main(void)
{
	test_on("ram");
	test_on("sqlite");
	test_invites();
	return done();
}
