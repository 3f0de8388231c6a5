/* SPDX-License-Identifier: ISC */
/*
 * Sealed boxes: round trip; every truncation and flipped bit refused; the
 * wrong recipient, device, key; passing a box on; the signature bound to this
 * encapsulation; insides that only a hostile sender would make; padding.
 * With --make it prints tests/data/ident.json.
 */
#include "ident.h"
#include "ident_make.h"
#include "tap.h"
#include "vec.h"

#define HEAD (1 + ACCOUNT_ID + DEVICE_ID + 8 + 4)
#define AT_LENGTH (HEAD - 4)

static struct bytes
text(const char *s)
{
	return bytes_of(s, strlen(s));
}

static const uint8_t *
device_of(const struct who *w, size_t i)
{
	return w->record.device[i].id;
}

/* Opens as the first device of w. */
static int
open_as(const struct who *w, struct bytes in, struct buf *plain, struct box *b)
{
	buf_clear(plain);
	return box_open(w->inbox_secret, w->inbox.key, w->record.account,
	    device_of(w, 0), in, plain, b);
}

static void
test_round(struct who *from, struct who *to, size_t n)
{
	struct buf body = {0}, in = {0}, plain = {.secret = true};
	struct box b;

	if (n > 0)
		rng_fill(&from->rng, buf_room(&body, n), n);
	who_box(from, to, buf_view(&body), &in);
	is_int(open_as(to, buf_view(&in), &plain, &b), 0, "%zu bytes open", n);
	ok(bytes_same(b.body, buf_view(&body)), "the body");
	is_mem(b.account, from->record.account, ACCOUNT_ID, "the sender");
	is_mem(b.device, device_of(from, 0), DEVICE_ID, "its device");
	is_int(b.version, 1, "the version of its record");
	is_int(box_check(&b, from->record.device[0].sign), 0, "the signature");
	is_int(in.n, XWING_CIPHER + 16 + padme(HEAD + n + SIGN_SIZE),
	    "padded on the wire");
	buf_free(&body);
	buf_free(&in);
	buf_free(&plain);
}

static void
test_big(struct who *from, struct who *to)
{
	struct buf body = {0}, in = {0};

	buf_zero(&body, UINT16_MAX + 1);
	is_int(box_seal(&from->rng, &to->inbox, from->record.account,
	    device_of(from, 0), 1, from->sign_secret[0], buf_view(&body),
	    &in), ERR_BIG, "a body over 65,535 bytes");
	is_int(in.n, 0, "leaves nothing");
	buf_free(&body);
	buf_free(&in);
}

static void
test_cut(const struct who *to, struct bytes in)
{
	static const struct box zero;
	struct buf plain = {0};
	struct box b;
	size_t taken = 0, dirty = 0;
	void *p;

	for (size_t n = 0; n < in.n; n++) {
		p = mem_copy(in.p, n);
		taken += open_as(to, bytes_of(p, n), &plain, &b) == 0;
		dirty += memcmp(&b, &zero, sizeof(b)) != 0;
		free(p);
	}
	is_int(taken, 0, "none of %zu truncations opens", in.n);
	is_int(dirty, 0, "and none leaves a claim behind");
	buf_free(&plain);
}

static void
test_flips(const struct who *to, struct bytes in)
{
	struct buf copy = {0}, plain = {0};
	struct box b;
	size_t taken = 0;

	buf_bytes(&copy, in);
	for (size_t i = 0; i < in.n * 8; i++) {
		copy.p[i / 8] ^= (uint8_t)(1 << i % 8);
		taken += open_as(to, buf_view(&copy), &plain, &b) == 0;
		copy.p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	is_int(taken, 0, "none of %zu flipped bits opens", in.n * 8);
	buf_u8(&copy, 0);
	is_int(open_as(to, buf_view(&copy), &plain, &b), ERR_AUTH,
	    "nor one byte more");
	buf_free(&copy);
	buf_free(&plain);
}

/* The box is for one device of one account, and for one key. */
static void
test_recipient(const struct who *to, const struct who *other, struct bytes in)
{
	uint8_t key[XWING_PUBLIC];
	struct buf plain = {0};
	struct box b;

	is_int(open_as(other, in, &plain, &b), ERR_AUTH, "somebody else's key");
	is_int(box_open(to->inbox_secret, to->inbox.key, other->record.account,
	    device_of(to, 0), in, &plain, &b), ERR_AUTH, "another account");
	is_int(box_open(to->inbox_secret, to->inbox.key, to->record.account,
	    device_of(to, 1), in, &plain, &b), ERR_AUTH, "another device");
	/* the public key is not looked at by HPKE: the signature covers it */
	memcpy(key, to->inbox.key, sizeof(key));
	key[7] ^= 1;
	buf_clear(&plain);
	is_int(box_open(to->inbox_secret, key, to->record.account,
	    device_of(to, 0), in, &plain, &b), 0, "with another public half");
	is_int(box_check(&b, other->record.device[0].sign), ERR_SIGN,
	    "the signature does not hold");
	buf_free(&plain);
}

static void
test_sender(const struct who *from, const struct who *to,
    const struct who *other, struct bytes in)
{
	const uint8_t *sign = from->record.device[0].sign;
	struct buf plain = {0};
	struct box b, c;

	is_int(open_as(to, in, &plain, &b), 0, "opened");
	is_int(box_check(&b, other->record.device[0].sign), ERR_SIGN,
	    "another device's key does not fit");
	c = b;
	c.version++;
	is_int(box_check(&b, sign), 0, "the sender's does");
	memcpy(c.device, device_of(other, 0), DEVICE_ID);
	is_int(box_check(&c, other->record.device[0].sign), ERR_SIGN,
	    "a claim to be another device");
	c = b;
	c.bound[0] ^= 1;
	is_int(box_check(&c, sign), ERR_SIGN, "bound to something else");
	for (size_t i = 0; bad_sign_key(i) != NULL; i++) {
		c = b;
		device_id(bad_sign_key(i), c.device);
		is_int(box_check(&c, bad_sign_key(i)), ERR_KEY,
		    "a sender's key of low order %zu", i);
	}
	buf_free(&plain);
}

static void
seal_to(struct who *from, const struct who *to, struct bytes inside,
    struct buf *out)
{
	struct buf info = {0}, enc = {0}, cipher = {0};

	buf_put(&info, "tacet box", 10);
	buf_put(&info, to->record.account, ACCOUNT_ID);
	buf_put(&info, device_of(to, 0), DEVICE_ID);
	if (hpke_seal(HPKE_XWING_SHA512, &from->rng, bytes_of(to->inbox.key,
	    XWING_PUBLIC), buf_view(&info), (struct bytes){0}, inside, &enc,
	    &cipher) != 0)
		bail("a box of our own making");
	buf_clear(out);
	buf_bytes(out, buf_view(&enc));
	buf_bytes(out, buf_view(&cipher));
	buf_free(&info);
	buf_free(&enc);
	buf_free(&cipher);
}

/* Who got a box may seal its inside anew, for a third person or for himself:
 * the signature covers recipient and encapsulation, so it does not hold. */
static void
test_passed_on(struct who *from, struct who *to, struct who *third)
{
	struct who *const victim[] = {third, to};
	struct buf in = {0}, plain = {0}, again = {0}, got = {0};
	struct box b;

	who_box(from, to, text("meet me at ten"), &in);
	is_int(open_as(to, buf_view(&in), &plain, &b), 0, "the first opens it");
	for (size_t i = 0; i < COUNT(victim); i++) {
		seal_to(to, victim[i], buf_view(&plain), &again);
		is_int(open_as(victim[i], buf_view(&again), &got, &b), 0,
		    "sealed anew it opens");
		is_mem(b.account, from->record.account, ACCOUNT_ID,
		    "and claims the first sender");
		is_int(box_check(&b, from->record.device[0].sign), ERR_SIGN,
		    "which is refused (%s, T15)", i == 0 ? "passed on" : "replayed");
	}
	buf_free(&in);
	buf_free(&plain);
	buf_free(&again);
	buf_free(&got);
}

/* Sealing twice gives two encapsulations; parts of two boxes don't mix. */
static void
test_mixed(struct who *from, struct who *to)
{
	struct buf a = {0}, b = {0}, plain = {0};
	struct box box;

	who_box(from, to, text("one"), &a);
	who_box(from, to, text("one"), &b);
	ok(a.n == b.n && memcmp(a.p, b.p, XWING_CIPHER) != 0,
	    "a fresh encapsulation each time");
	memcpy(a.p, b.p, XWING_CIPHER);
	is_int(open_as(to, buf_view(&a), &plain, &box), ERR_AUTH,
	    "one's encapsulation, the other's cipher text");
	buf_free(&a);
	buf_free(&b);
	buf_free(&plain);
}

static int
open_edited(struct who *from, struct who *to, struct bytes inside, size_t at,
    const void *p, size_t n)
{
	struct buf plain = {0}, in = {0}, got = {0};
	struct box b;
	int err;

	buf_bytes(&plain, inside);
	memcpy(plain.p + at, p, n);
	seal_to(from, to, buf_view(&plain), &in);
	err = open_as(to, buf_view(&in), &got, &b);
	buf_free(&plain);
	buf_free(&in);
	buf_free(&got);
	return err;
}

static void
test_insides(struct who *from, struct who *to)
{
	struct buf in = {0}, plain = {0}, got = {0};
	struct box b;
	struct bytes whole;

	who_box(from, to, text("hello"), &in);
	if (open_as(to, buf_view(&in), &plain, &b) != 0)
		bail("a box");
	whole = buf_view(&plain);
	ok(whole.n > HEAD + 5 + SIGN_SIZE, "there is padding to play with");
	is_int(open_edited(from, to, whole, 0, "\1", 1), 0, "the true inside");
	is_int(open_edited(from, to, whole, 0, "\2", 1), ERR_VERSION, "format");
	is_int(open_edited(from, to, whole, AT_LENGTH, "\xff\xff\xff\xff", 4),
	    ERR_SHORT, "4 GiB");
	is_int(open_edited(from, to, whole, AT_LENGTH, "\0\0\0\x7f", 4),
	    ERR_SHORT, "more than there is");
	is_int(open_edited(from, to, whole, whole.n - 1, "\1", 1), ERR_TRAIL,
	    "padding that says something");
	seal_to(from, to, bytes_of(whole.p, whole.n - 1), &in);
	is_int(open_as(to, buf_view(&in), &got, &b), ERR_FORMAT,
	    "padded to a size of its own");
	for (size_t n = 0; n < HEAD + 5 + SIGN_SIZE; n++) {
		seal_to(from, to, bytes_of(whole.p, n), &in);
		if (open_as(to, buf_view(&in), &got, &b) == 0)
			ok(false, "an inside of %zu bytes", n);
	}
	buf_free(&in);
	buf_free(&plain);
	buf_free(&got);
}

static void
test_bad_keys(struct who *from, const struct who *to)
{
	struct inbox_key k;
	struct buf in = {0}, plain = {0}, out = {0};
	struct box b;
	const uint8_t *bad;

	who_box(from, to, text("hello"), &in);
	for (size_t i = 0; (bad = bad_dh_key(i)) != NULL; i++) {
		k = to->inbox;
		memcpy(k.key + MLKEM_PUBLIC, bad, DH_SIZE);
		is_int(box_seal(&from->rng, &k, from->record.account,
		    device_of(from, 0), 1, from->sign_secret[0], text("x"),
		    &out), ERR_KEY, "sealed for a key of low order %zu", i);
		memcpy(in.p + MLKEM_CIPHER, bad, DH_SIZE);
		ok(open_as(to, buf_view(&in), &plain, &b) != 0,
		    "sealed with one");
	}
	is_int(out.n, 0, "nothing was written");
	k = to->inbox;
	memset(k.key, 0xff, 3);
	is_int(box_seal(&from->rng, &k, from->record.account,
	    device_of(from, 0), 1, from->sign_secret[0], text("x"), &out),
	    ERR_KEY, "sealed for a key beyond ML-KEM's modulus");
	buf_free(&in);
	buf_free(&plain);
	buf_free(&out);
}

static void
test_confusion(struct who *w)
{
	struct object o[OBJECTS];
	struct buf plain = {0};
	struct box b;

	objects_make(w, o);
	for (size_t i = 0; i < OBJECTS; i++)
		ok((open_as(w, buf_view(&o[i].raw), &plain, &b) == 0) ==
		    (i == 2), "%s as a box", o[i].name);
	/* one inside of another: an opened box is sealed again as a body */
	objects_free(o);
	buf_free(&plain);
}

static void
test_padme(void)
{
	static const struct {
		size_t n, padded;
	} t[] = {       /* the second column by hand, from the paper */
		{0, 0}, {1, 1}, {2, 2}, {8, 8}, {9, 10}, {17, 18}, {100, 104},
		{1000, 1024}, {1025, 1088}, {65535, 65536}, {65537, 67584},
	};
	size_t worst = 0, before = 0;

	for (size_t i = 0; i < COUNT(t); i++)
		is_int(padme(t[i].n), t[i].padded, "padme %zu", t[i].n);
	for (size_t n = 1; n < 200000; n++) {
		size_t p = padme(n), more = (p - n) * 1000 / n;

		if (p < n || p < before || padme(p) != p)
			ok(false, "padme %zu: %zu", n, p);
		worst = more > worst && n > 8 ? more : worst;
		before = p;
	}
	ok(worst <= 120, "at most 12 %% more: %zu per mille", worst);
	ok(padme(SIZE_MAX / 2) >= SIZE_MAX / 2, "the largest does not wrap");
}

/* What the generator and the check both make. */
static void
known(struct who *alice, struct who *bob, struct buf *in)
{
	who_make(alice, 1, "alice", 2);
	who_make(bob, 2, "bob", 1);
	who_box(alice, bob, text("the first box"), in);
}

static void
test_known(void)
{
	struct who alice, bob;
	struct buf in = {0}, plain = {0};
	struct bytes raw;
	struct vec v;
	struct box b;

	known(&alice, &bob, &in);
	vec_open_data(&v, "ident.json");
	raw = vec_hex(&v, vec_field(v.root, "box"), "raw");
	is_int(in.n, raw.n, "known: as long");
	is_mem(in.p, raw.p, raw.n, "known: the bytes");
	is_int(open_as(&bob, raw, &plain, &b), 0, "known: it opens");
	ok(bytes_same(b.body, text("the first box")), "known: the body");
	is_int(box_check(&b, alice.record.device[0].sign), 0,
	    "known: the signature");
	vec_close(&v);
	buf_free(&in);
	buf_free(&plain);
	who_free(&alice);
	who_free(&bob);
}

static void
make_safety(struct json *j, const struct who *a, const struct who *b)
{
	char digits[SAFETY_DIGITS + 1];

	safety_number(a->record.account, b->record.account, digits);
	json_open(j, "safety", '{');
	json_hex(j, "a", a->record.account, ACCOUNT_ID);
	json_hex(j, "b", b->record.account, ACCOUNT_ID);
	json_string(j, "digits", digits);
	json_close(j, '}');
}

static void
make_proof(struct json *j)
{
	uint8_t access[KEY_SIZE], hash[HASH64], log[WIRE_ID], proof[HASH32];

	memset(access, 1, sizeof(access));
	memset(hash, 2, sizeof(hash));
	memset(log, 3, sizeof(log));
	epoch_proof(access, hash, log, 4, proof);
	json_open(j, "proof", '{');
	json_hex(j, "proof", proof, sizeof(proof));
	json_close(j, '}');
}

static int
make(void)
{
	struct who alice, bob;
	struct buf in = {0}, out = {0};
	struct json j = json_to(&out);

	known(&alice, &bob, &in);
	json_open(&j, NULL, '{');
	json_string(&j, "note", "made by box_test --make; seeds 1 and 2");
	json_open(&j, "record", '{');
	json_hex(&j, "raw", alice.record_raw.p, alice.record_raw.n);
	json_hex(&j, "account", alice.record.account, ACCOUNT_ID);
	json_hex(&j, "device", device_of(&alice, 0), DEVICE_ID);
	json_hex(&j, "hash", alice.record.hash, HASH32);
	json_close(&j, '}');
	json_open(&j, "inbox_key", '{');
	json_hex(&j, "raw", alice.inbox_raw.p, alice.inbox_raw.n);
	json_close(&j, '}');
	json_open(&j, "box", '{');
	json_hex(&j, "raw", in.p, in.n);
	json_close(&j, '}');
	make_safety(&j, &alice, &bob);
	make_proof(&j);
	json_close(&j, '}');
	printf("%.*s\n", (int)out.n, (const char *)out.p);
	buf_free(&in);
	buf_free(&out);
	who_free(&alice);
	who_free(&bob);
	return 0;
}

int
main(int argc, char **argv)
{
	static const size_t size[] = {0, 1, 5, 100, 1000, UINT16_MAX};
	struct who alice, bob, carol;
	struct buf in = {0};

	if (argc == 2 && strcmp(argv[1], "--make") == 0)
		return make();
	who_make(&alice, 1, "alice", 2);
	who_make(&bob, 2, "bob", 2);
	who_make(&carol, 3, "carol", 1);
	for (size_t i = 0; i < COUNT(size); i++)
		test_round(&alice, &bob, size[i]);
	test_big(&alice, &bob);
	who_box(&alice, &bob, text("hello, bob"), &in);
	test_cut(&bob, buf_view(&in));
	test_flips(&bob, buf_view(&in));
	test_recipient(&bob, &carol, buf_view(&in));
	test_sender(&alice, &bob, &carol, buf_view(&in));
	test_passed_on(&alice, &bob, &carol);
	test_mixed(&alice, &bob);
	test_insides(&alice, &bob);
	test_bad_keys(&alice, &bob);
	test_confusion(&alice);
	test_padme();
	test_known();
	buf_free(&in);
	who_free(&alice);
	who_free(&bob);
	who_free(&carol);
	return done();
}
