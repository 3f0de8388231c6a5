/* SPDX-License-Identifier: ISC */
/*
 * Account records: what goes in comes out; every truncation, flipped bit,
 * foreign object, bad key and shape is refused; the chain allows what it
 * should and nothing else; known answers.
 */
#include "ident.h"
#include "ident_make.h"
#include "tap.h"
#include "vec.h"

#define LABEL "tacet record"
/* where fields lie in a record whose name has 5 letters */
#define AT_FORMAT 0
#define AT_NAME_LEN 33
#define AT_NAME 34
#define AT_VERSION 39
#define AT_PREV 47
#define AT_DEVICES 87
#define AT_DEVICE(i) (88 + (i) * (SIGN_PUBLIC + DH_SIZE))

static const struct record zero_record;

static void
test_names(void)
{
	static const struct {
		const char *s;
		bool good;
	} t[] = {
		{"a", true}, {"0", true}, {"bob", true}, {"b.o-b_9", true},
		{"abcdefghijklmnopqrstuvwxyz012345", true},
		{"abcdefghijklmnopqrstuvwxyz0123456", false},
		{"", false}, {".bob", false}, {"-bob", false}, {"_bob", false},
		{"Bob", false}, {"bo b", false}, {"bob\n", false},
		{"b\xc3\xb6" "b", false}, {"bob/", false}, {"bob@x", false},
		{"b\x1b[31m", false},
	};

	for (size_t i = 0; i < COUNT(t); i++)
		ok(name_ok(bytes_of(t[i].s, strlen(t[i].s))) == t[i].good,
		    "name %zu is %s (T63)", i, t[i].good ? "one" : "none");
	ok(!name_ok(bytes_of("bo\0b", 4)), "no NUL within a name");
}

static void
test_round(struct who *w, size_t devices)
{
	struct record got;

	who_make(w, 7, "alice", devices);
	is_int(record_get(buf_view(&w->record_raw), &got), 0,
	    "%zu devices: it is read", devices);
	is_mem(&got, &w->record, sizeof(got), "what went in, hash and ids too");
	ok(w->record_raw.n <= RECORD_MAX, "within RECORD_MAX");
	who_free(w);
}

static void
test_most(struct who *w)
{
	struct record *r = &w->record, got;
	struct buf b = {0};

	who_make(w, 8, "abcdefghijklmnopqrstuvwxyz012345", DEVICES_MAX);
	r->revoked = REVOKED_MAX;
	rng_fill(&w->rng, r->gone, sizeof(r->gone));
	is_int(record_put(r, w->account_secret, &b), 0, "the most of all");
	is_int(record_get(buf_view(&b), &got), 0, "and it is read");
	is_mem(&got, r, sizeof(got), "whole");
	ok(b.n <= RECORD_MAX, "the largest record is within RECORD_MAX");
	buf_zero(&b, RECORD_MAX + 1 - b.n);
	is_int(record_get(buf_view(&b), &got), ERR_BIG, "a larger one is not");
	buf_free(&b);
	who_free(w);
}

/* A copy at the end of an allocation, so that ASan sees a read past it. */
static int
get_copy(struct bytes b, struct record *r)
{
	void *p = mem_copy(b.p, b.n);
	int err = record_get(bytes_of(p, b.n), r);

	free(p);
	return err;
}

static void
test_cut(const struct who *w)
{
	struct record got;
	size_t taken = 0, dirty = 0;
	struct buf b = {0};

	for (size_t n = 0; n < w->record_raw.n; n++) {
		taken += get_copy(bytes_of(w->record_raw.p, n), &got) == 0;
		dirty += memcmp(&got, &zero_record, sizeof(got)) != 0;
	}
	is_int(taken, 0, "none of %zu truncations is taken", w->record_raw.n);
	is_int(dirty, 0, "and none leaves anything behind");
	buf_bytes(&b, buf_view(&w->record_raw));
	buf_u8(&b, 0);
	is_int(get_copy(buf_view(&b), &got), ERR_TRAIL, "nor one byte more");
	buf_free(&b);
}

static void
test_flips(const struct who *w)
{
	struct buf b = {0};
	struct record got;
	size_t taken = 0;

	buf_bytes(&b, buf_view(&w->record_raw));
	for (size_t i = 0; i < b.n * 8; i++) {
		b.p[i / 8] ^= (uint8_t)(1 << i % 8);
		taken += record_get(buf_view(&b), &got) == 0;
		b.p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	is_int(taken, 0, "none of %zu flipped bits is taken", b.n * 8);
	is_int(record_get(buf_view(&b), &got), 0, "the true one is");
	buf_free(&b);
}

/* What the holder of the account key may still not say */
static int
get_edited(const struct who *w, size_t at, const void *p, size_t n)
{
	struct buf b = {0};
	struct record got;
	int err;

	buf_bytes(&b, buf_view(&w->record_raw));
	memcpy(b.p + at, p, n);
	sign_again(LABEL, w->account_secret, &b);
	err = record_get(buf_view(&b), &got);
	buf_free(&b);
	return err;
}

static void
test_shapes(const struct who *w)
{
	static const uint8_t zero[32], one[32] = {1};
	const struct record *r = &w->record;

	is_int(get_edited(w, AT_NAME, "alicf", 5), 0,
	    "another name, signed again, is a record");
	is_int(get_edited(w, AT_FORMAT, "\2", 1), ERR_VERSION, "a new format");
	is_int(get_edited(w, AT_NAME, "aliCe", 5), ERR_FORMAT, "a capital");
	is_int(get_edited(w, AT_NAME, "al\0ce", 5), ERR_FORMAT, "a NUL");
	is_int(get_edited(w, AT_NAME, "-lice", 5), ERR_FORMAT, "a dash first");
	is_int(get_edited(w, AT_NAME_LEN, "\x21", 1), ERR_FORMAT, "33 long");
	is_int(get_edited(w, AT_VERSION, zero, 8), ERR_FORMAT, "version 0");
	is_int(get_edited(w, AT_PREV, one, 32), ERR_FORMAT,
	    "the first has no previous one");
	is_int(get_edited(w, AT_VERSION + 7, "\2", 1), ERR_FORMAT,
	    "the second has");
	is_int(get_edited(w, AT_DEVICES, "\x11", 1), ERR_RANGE, "17 devices");
	is_int(get_edited(w, AT_DEVICE(1), r->device[0].sign, 32), ERR_FORMAT,
	    "one signature key twice");
	is_int(get_edited(w, AT_DEVICE(1) + 32, r->device[0].transport, 32),
	    ERR_FORMAT, "one transport key twice");
	is_int(get_edited(w, AT_DEVICE(0), r->account_key, 32), ERR_FORMAT,
	    "the account key as a device's");
	is_int(get_edited(w, AT_DEVICE(2), "\x41", 1), ERR_RANGE,
	    "65 revoked ones");
}

static void
test_bad_keys(const struct who *w)
{
	struct record r, got;
	struct buf b = {0};
	const uint8_t *k;

	for (size_t i = 0; (k = bad_sign_key(i)) != NULL; i++) {
		is_int(get_edited(w, AT_DEVICE(0), k, 32), ERR_KEY,
		    "a device's signature key %zu", i);
		is_int(get_edited(w, 1, k, 32), ERR_KEY, "as account key");
		r = w->record;
		memcpy(r.device[1].sign, k, 32);
		is_int(record_put(&r, w->account_secret, &b), ERR_KEY,
		    "and none is put");
	}
	for (size_t i = 0; (k = bad_dh_key(i)) != NULL; i++)
		is_int(get_edited(w, AT_DEVICE(1) + 32, k, 32), ERR_KEY,
		    "a transport key %zu", i);
	is_int(b.n, 0, "nothing was written");
	(void)got;
	buf_free(&b);
}

static void
test_put_refused(const struct who *w, const struct who *other)
{
	struct record r = w->record;
	struct buf b = {0}, small = {.max = 40};

	is_int(record_put(&r, other->account_secret, &b), ERR_KEY,
	    "signed by another account's key");
	r.version = 0;
	is_int(record_put(&r, w->account_secret, &b), ERR_FORMAT, "version 0");
	r = w->record;
	r.name[0] = '\0';
	is_int(record_put(&r, w->account_secret, &b), ERR_FORMAT, "no name");
	r = w->record;
	is_int(record_put(&r, w->account_secret, &small), ERR_BIG,
	    "a buffer that is too small says so");
	buf_free(&b);
	buf_free(&small);
}

/* The same keys, fields signed under another label */
static void
test_labels(const struct who *w)
{
	static const char *const label[] = {
		"tacet inbox key", "tacet box", "tacet recor", "tacet record ",
		"", "account", "record",
	};
	struct buf b = {0};
	struct record got;

	buf_bytes(&b, buf_view(&w->record_raw));
	for (size_t i = 0; i < COUNT(label); i++) {
		sign_again(label[i], w->account_secret, &b);
		is_int(record_get(buf_view(&b), &got), ERR_SIGN,
		    "signed under \"%s\"", label[i]);
	}
	sign_make(w->account_secret, bytes_of(b.p, b.n - SIGN_SIZE),
	    b.p + b.n - SIGN_SIZE);
	is_int(record_get(buf_view(&b), &got), ERR_SIGN, "or without any");
	sign_again(LABEL, w->sign_secret[0], &b);
	is_int(record_get(buf_view(&b), &got), ERR_SIGN, "by a device's key");
	sign_again(LABEL, w->account_secret, &b);
	is_int(record_get(buf_view(&b), &got), 0, "the right way");
	buf_free(&b);
}

static void
test_confusion(struct who *w)
{
	struct object o[OBJECTS];
	struct record got;
	uint64_t version;
	uint8_t hash[HASH32];

	objects_make(w, o);
	for (size_t i = 0; i < OBJECTS; i++) {
		ok((record_get(buf_view(&o[i].raw), &got) == 0) == (i == 0),
		    "%s as a record", o[i].name);
		ok((leaf_ext_get(buf_view(&o[i].raw), &version, hash) == 0) ==
		    (i == 4), "%s as a leaf extension", o[i].name);
	}
	objects_free(o);
}

static void
next_of(struct who *w, const struct record *last, uint64_t version,
    struct record *next)
{
	struct buf b = {0};

	*next = *last;
	next->version = version;
	memcpy(next->prev, last->hash, HASH32);
	if (record_put(next, w->account_secret, &b) != 0)
		bail("the next record");
	buf_free(&b);
}

static void
test_chain(struct who *w, struct who *other)
{
	struct record r1 = w->record, r2, r3, r4, fork, r;

	next_of(w, &r1, 2, &r2);
	next_of(w, &r2, 3, &r3);
	next_of(w, &r3, 4, &r4);
	is_int(record_follows(&r1, &r1), 0, "the same one");
	is_int(record_follows(&r1, &r2), 0, "the next one");
	is_int(record_follows(&r1, &r4), 0, "one after some unseen ones");
	is_int(record_follows(&r2, &r1), ERR_REPLAY, "an older one");
	is_int(record_follows(&r4, &r3), ERR_REPLAY, "the one before");
	fork = r1;
	fork.expires++;
	next_of(w, &fork, 2, &fork);
	is_int(record_follows(&r2, &fork), ERR_RULE, "another of its version");
	next_of(w, &fork, 3, &r);
	is_int(record_follows(&r2, &r), ERR_RULE,
	    "the next one of another chain");
	is_int(record_follows(&r1, &other->record), ERR_CHANGED,
	    "another account's");
	r = r2;
	strcpy(r.name, "alicf");
	is_int(record_follows(&r1, &r), ERR_RULE, "another name");
	r = r1;
	r.version = UINT64_MAX;
	is_int(record_follows(&r, &r2), ERR_REPLAY, "nothing follows the last");
	is_int(record_follows(&r2, &r), 0, "the number alone may jump");
}

static void
test_devices(struct who *w)
{
	struct record r = w->record;
	uint8_t id[DEVICE_ID];

	for (size_t i = 0; i < r.devices; i++) {
		device_id(r.device[i].sign, id);
		is_mem(r.device[i].id, id, DEVICE_ID, "id %zu", i);
		ok(record_device(&r, id) == &r.device[i], "found by its id");
	}
	memcpy(r.gone[0], r.device[1].id, DEVICE_ID);
	r.revoked = 1;
	ok(record_device(&r, r.device[1].id) == NULL, "a revoked one is not");
	ok(record_device(&r, r.device[0].id) != NULL, "the other still is");
	id[0] ^= 1;
	ok(record_device(&r, id) == NULL, "nor an unknown one");
}

static void
test_leaf_ext(void)
{
	uint8_t ext[LEAF_EXT_SIZE + 1] = {0}, hash[HASH32], got[HASH32];
	uint64_t version;

	memset(hash, 0x5a, sizeof(hash));
	leaf_ext_put(ext, 0x0102030405060708, hash);
	is_int(leaf_ext_get(bytes_of(ext, LEAF_EXT_SIZE), &version, got), 0,
	    "a leaf extension is read");
	ok(version == 0x0102030405060708, "its version");
	is_mem(got, hash, HASH32, "its hash");
	for (size_t n = 0; n < LEAF_EXT_SIZE; n++)
		if (leaf_ext_get(bytes_of(ext, n), &version, got) != ERR_SHORT)
			ok(false, "cut to %zu", n);
	is_int(leaf_ext_get(bytes_of(ext, sizeof(ext)), &version, got),
	    ERR_TRAIL, "one byte more");
	leaf_ext_put(ext, 0, hash);
	is_int(leaf_ext_get(bytes_of(ext, LEAF_EXT_SIZE), &version, got),
	    ERR_RANGE, "there is no version 0");
}

static void
test_known(struct who *w)
{
	struct vec v;
	struct record got;
	struct bytes raw;
	json_t *c;

	vec_open_data(&v, "ident.json");
	c = vec_field(v.root, "record");
	raw = vec_hex(&v, c, "raw");
	who_make(w, 1, "alice", 2);
	is_int(w->record_raw.n, raw.n, "known: as long");
	is_mem(w->record_raw.p, raw.p, raw.n, "known: the bytes");
	is_int(record_get(raw, &got), 0, "known: it is read");
	is_mem(got.account, vec_hex_n(&v, c, "account", ACCOUNT_ID),
	    ACCOUNT_ID, "known: the account id");
	is_mem(got.hash, vec_hex_n(&v, c, "hash", HASH32), HASH32,
	    "known: the hash");
	is_mem(got.device[0].id, vec_hex_n(&v, c, "device", DEVICE_ID),
	    DEVICE_ID, "known: the device id");
	vec_close(&v);
	who_free(w);
}

int
main(void)
{
	struct who alice, bob;

	test_names();
	test_round(&alice, 1);
	test_round(&alice, 2);
	test_round(&alice, DEVICES_MAX);
	test_most(&alice);
	who_make(&alice, 1, "alice", 2);
	who_make(&bob, 2, "bob", 1);
	test_cut(&alice);
	test_flips(&alice);
	test_shapes(&alice);
	test_bad_keys(&alice);
	test_put_refused(&alice, &bob);
	test_labels(&alice);
	test_confusion(&alice);
	test_chain(&alice, &bob);
	test_devices(&alice);
	test_leaf_ext();
	who_free(&alice);
	who_free(&bob);
	test_known(&alice);
	return done();
}
