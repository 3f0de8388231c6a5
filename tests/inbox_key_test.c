/* SPDX-License-Identifier: ISC */
/*
 * Inbox keys: round trip; every truncation, flipped bit, foreign object,
 * foreign signer and bad key is refused; the two ends of its time; known
 * answers.
 */
#include "ident.h"
#include "ident_make.h"
#include "tap.h"
#include "vec.h"

#define LABEL "tacet inbox key"
#define AT_ACCOUNT 1
#define AT_DEVICE 33
#define AT_KEY 49
#define AT_FROM (AT_KEY + XWING_PUBLIC)
#define AT_UNTIL (AT_FROM + 8)

static const uint8_t *
sign_of(const struct who *w)
{
	return w->record.device[0].sign;
}

static void
test_round(const struct who *w)
{
	struct inbox_key k;
	struct buf small = {.max = 100};

	is_int(inbox_key_get(buf_view(&w->inbox_raw), sign_of(w), WHO_NOW, &k),
	    0, "it is read");
	is_mem(&k, &w->inbox, sizeof(k), "what went in");
	is_int(inbox_key_put(&w->inbox, w->sign_secret[0], &small), ERR_BIG,
	    "a buffer that is too small says so");
	buf_free(&small);
}

static void
test_cut(const struct who *w)
{
	static const struct inbox_key zero;
	struct inbox_key k;
	struct buf b = {0};
	size_t taken = 0, dirty = 0;
	void *p;

	for (size_t n = 0; n < w->inbox_raw.n; n++) {
		p = mem_copy(w->inbox_raw.p, n);
		taken += inbox_key_get(bytes_of(p, n), sign_of(w), WHO_NOW,
		    &k) == 0;
		dirty += memcmp(&k, &zero, sizeof(k)) != 0;
		free(p);
	}
	is_int(taken, 0, "none of %zu truncations is taken", w->inbox_raw.n);
	is_int(dirty, 0, "and none leaves anything behind");
	buf_bytes(&b, buf_view(&w->inbox_raw));
	buf_u8(&b, 0);
	is_int(inbox_key_get(buf_view(&b), sign_of(w), WHO_NOW, &k),
	    ERR_TRAIL, "nor one byte more");
	buf_free(&b);
}

static void
test_flips(const struct who *w)
{
	struct buf b = {0};
	struct inbox_key k;
	size_t taken = 0;

	buf_bytes(&b, buf_view(&w->inbox_raw));
	for (size_t i = 0; i < b.n * 8; i++) {
		b.p[i / 8] ^= (uint8_t)(1 << i % 8);
		taken += inbox_key_get(buf_view(&b), sign_of(w), WHO_NOW,
		    &k) == 0;
		b.p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	is_int(taken, 0, "none of %zu flipped bits is taken", b.n * 8);
	buf_free(&b);
}

static int
get_edited(const struct who *w, const char *label, size_t at, const void *p,
    size_t n)
{
	struct buf b = {0};
	struct inbox_key k;
	int err;

	buf_bytes(&b, buf_view(&w->inbox_raw));
	memcpy(b.p + at, p, n);
	sign_again(label, w->sign_secret[0], &b);
	err = inbox_key_get(buf_view(&b), sign_of(w), WHO_NOW, &k);
	buf_free(&b);
	return err;
}

static void
test_signer(struct who *w, const struct who *other)
{
	struct inbox_key k, forged = w->inbox;
	struct bytes raw = buf_view(&w->inbox_raw);
	struct buf b = {0};

	is_int(inbox_key_get(raw, sign_of(other), WHO_NOW, &k), ERR_SIGN,
	    "of another account's device");
	is_int(inbox_key_get(raw, w->record.device[1].sign, WHO_NOW, &k),
	    ERR_SIGN, "of another device of the account");
	is_int(inbox_key_get(raw, w->record.account_key, WHO_NOW, &k),
	    ERR_SIGN, "of the account key");
	if (inbox_key_put(&forged, other->sign_secret[0], &b) != 0)
		bail("a forged key");
	is_int(inbox_key_get(buf_view(&b), sign_of(w), WHO_NOW, &k), ERR_SIGN,
	    "signed by somebody else");
	is_int(inbox_key_get(buf_view(&b), sign_of(other), WHO_NOW, &k),
	    ERR_SIGN, "whose device it does not name");
	is_int(get_edited(w, LABEL, 0, "\1", 1), 0, "signed again: it is read");
	is_int(get_edited(w, "tacet record", 0, "\1", 1), ERR_SIGN,
	    "signed as a record");
	is_int(get_edited(w, "tacet box", 0, "\1", 1), ERR_SIGN,
	    "signed as a box");
	is_int(get_edited(w, LABEL, 0, "\2", 1), ERR_VERSION, "a new format");
	for (size_t i = 0; bad_sign_key(i) != NULL; i++) {
		uint8_t bad[SIGN_PUBLIC], id[DEVICE_ID];

		/* even where the object names that device */
		memcpy(bad, bad_sign_key(i), sizeof(bad));
		device_id(bad, id);
		buf_clear(&b);
		buf_bytes(&b, raw);
		memcpy(b.p + AT_DEVICE, id, DEVICE_ID);
		is_int(inbox_key_get(buf_view(&b), bad, WHO_NOW, &k), ERR_KEY,
		    "a device key of low order %zu", i);
	}
	buf_free(&b);
}

static void
test_bad_keys(const struct who *w)
{
	uint8_t key[XWING_PUBLIC];
	const uint8_t *bad;

	for (size_t i = 0; (bad = bad_dh_key(i)) != NULL; i++) {
		memcpy(key, w->inbox.key, XWING_PUBLIC);
		memcpy(key + MLKEM_PUBLIC, bad, DH_SIZE);
		is_int(get_edited(w, LABEL, AT_KEY, key, sizeof(key)), ERR_KEY,
		    "the X25519 half is of low order %zu", i);
	}
	/* FIPS 203 7.2: coefficients are below 3329 */
	for (size_t i = 0; i < 1152; i += 383) {
		memcpy(key, w->inbox.key, XWING_PUBLIC);
		key[i / 3 * 3] = 0xff;
		key[i / 3 * 3 + 1] |= 0x0f;
		is_int(get_edited(w, LABEL, AT_KEY, key, sizeof(key)), ERR_KEY,
		    "the ML-KEM half has a coefficient of 4095 at %zu", i);
	}
}

static int
get_times(const struct who *w, uint64_t from, uint64_t until, int64_t now)
{
	struct inbox_key k = w->inbox, got;
	struct buf b = {0};
	int err;

	k.from = from;
	k.until = until;
	if (inbox_key_put(&k, w->sign_secret[0], &b) != 0)
		bail("a key with other times");
	err = inbox_key_get(buf_view(&b), sign_of(w), now, &got);
	buf_free(&b);
	return err;
}

static void
test_times(const struct who *w)
{
	const uint64_t day = 86400000, from = (uint64_t)WHO_NOW;
	const uint64_t until = from + 7 * day;
	const int64_t f = WHO_NOW, u = WHO_NOW + 7 * 86400000;

	is_int(get_times(w, from, until, f), 0, "at its first moment");
	is_int(get_times(w, from, until, f - CLOCK_SKEW), 0, "a bit before");
	is_int(get_times(w, from, until, f - CLOCK_SKEW - 1), ERR_CLOCK,
	    "more before");
	is_int(get_times(w, from, until, u), 0, "at its last moment");
	is_int(get_times(w, from, until, u + CLOCK_SKEW), 0, "a bit after");
	is_int(get_times(w, from, until, u + CLOCK_SKEW + 1), ERR_EXPIRED,
	    "more after");
	is_int(get_times(w, from, from, f), ERR_RANGE, "no time at all");
	is_int(get_times(w, until, from, f), ERR_RANGE, "ends before it starts");
	is_int(get_times(w, from, from + (uint64_t)INBOX_KEY_LIFE, f), 0,
	    "a year");
	is_int(get_times(w, from, from + (uint64_t)INBOX_KEY_LIFE + 1, f),
	    ERR_RANGE, "more than a year");
	is_int(get_times(w, 0, UINT64_MAX, f), ERR_RANGE, "for ever");
	is_int(get_times(w, UINT64_MAX - 1, UINT64_MAX, f), ERR_RANGE,
	    "at the end of time");
	is_int(get_times(w, INT64_MAX - 1, INT64_MAX, f), ERR_RANGE,
	    "at the end of our time");
	is_int(get_times(w, 0, 1, f), ERR_EXPIRED, "in 1970");
}

static void
test_confusion(struct who *w)
{
	struct object o[OBJECTS];
	struct inbox_key k;

	objects_make(w, o);
	for (size_t i = 0; i < OBJECTS; i++)
		ok((inbox_key_get(buf_view(&o[i].raw), sign_of(w), WHO_NOW,
		    &k) == 0) == (i == 1), "%s as an inbox key", o[i].name);
	objects_free(o);
}

static void
test_known(struct who *w)
{
	struct inbox_key k;
	struct vec v;
	struct bytes raw;

	vec_open_data(&v, "ident.json");
	raw = vec_hex(&v, vec_field(v.root, "inbox_key"), "raw");
	is_int(w->inbox_raw.n, raw.n, "known: as long");
	is_mem(w->inbox_raw.p, raw.p, raw.n, "known: the bytes");
	is_int(inbox_key_get(raw, sign_of(w), WHO_NOW, &k), 0,
	    "known: it is read");
	vec_close(&v);
}

int
main(void)
{
	struct who alice, bob;

	who_make(&alice, 1, "alice", 2);
	who_make(&bob, 2, "bob", 1);
	test_round(&alice);
	test_cut(&alice);
	test_flips(&alice);
	test_signer(&alice, &bob);
	test_bad_keys(&alice);
	test_times(&alice);
	test_confusion(&alice);
	test_known(&alice);
	who_free(&alice);
	who_free(&bob);
	return done();
}
