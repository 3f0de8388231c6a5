/* SPDX-License-Identifier: ISC */
/*
 * HPKE: the vector of RFC 9180 A.2.1 and one that npm's X-Wing made
 * (tests/data/hpke.json), round trips, and refusal of every bad key, every
 * altered byte and every wrong length.
 */
#include "crypto.h"
#include "tap.h"
#include "vec.h"

static const struct bytes none;
static struct rng_seeded seeded;

static void
given_fill(void *arg, void *out, size_t n)
{
	const struct bytes *given = arg;

	if (n != given->n)
		bail("%zu random bytes are drawn, not %zu", n, given->n);
	memcpy(out, given->p, n);
}

static struct bytes
text(const char *s)
{
	return bytes_of(s, strlen(s));
}

static void
is_hash(struct bytes b, struct vec *v, const json_t *c)
{
	uint8_t out[HASH32];

	hash_of(HASH_SHA256, b, out);
	is_mem(out, vec_hex_n(v, c, "public_sha256", HASH32), HASH32,
	    "public key");
}

static void
test_exports(enum hpke h, struct vec *v, const json_t *c, const uint8_t *sk,
    struct bytes pk)
{
	struct bytes given = vec_hex(v, c, "random"), want;
	struct bytes info = vec_hex(v, c, "info"), context;
	struct rng rng = { given_fill, &given };
	struct buf enc = { 0 };
	uint8_t out[64];
	const json_t *e;
	size_t i;

	vec_each(vec_field(c, "exports"), i, e) {
		context = vec_hex(v, e, "context");
		want = vec_hex(v, e, "value");
		buf_clear(&enc);
		is_int(hpke_send_export(h, &rng, pk, info, context, &enc, out,
		    want.n), 0, "export %zu", i);
		is_mem(out, want.p, want.n, "its value");
		memset(out, 0, sizeof(out));
		is_int(hpke_recv_export(h, sk, buf_view(&enc), info, context,
		    out, want.n), 0, "received");
		is_mem(out, want.p, want.n, "the same value");
	}
	buf_free(&enc);
}

static void
test_case(struct vec *v, const json_t *c)
{
	bool dh = strcmp(vec_string(c, "suite"), "x25519") == 0;
	enum hpke h = dh ? HPKE_X25519_SHA256 : HPKE_XWING_SHA512;
	const struct hpke_row *row = &hpke_row[h];
	uint8_t pk[HPKE_PUBLIC_MAX], sk[HPKE_SECRET_MAX];
	struct bytes given = vec_hex(v, c, "random"), b;
	struct rng rng = { given_fill, &given };
	struct bytes info = vec_hex(v, c, "info"), ad = vec_hex(v, c, "ad");
	struct bytes plain = vec_hex(v, c, "plain");
	struct buf enc = { 0 }, cipher = { 0 }, back = { 0 };

	note("%s", row->name);
	if (vec_has(c, "random_ikm")) {
		is_int(hpke_derive(h, vec_hex(v, c, "random_ikm"), pk, sk), 0,
		    "the ephemeral key is derived");
		is_mem(sk, given.p, given.n, "as said");
	}
	is_int(hpke_derive(h, vec_hex(v, c, "ikm"), pk, sk), 0, "derive");
	is_mem(sk, vec_hex_n(v, c, "secret", row->secret), row->secret,
	    "secret key");
	is_hash(bytes_of(pk, row->public), v, c);
	is_int(hpke_seal(h, &rng, bytes_of(pk, row->public), info, ad, plain,
	    &enc, &cipher), 0, "seal");
	b = vec_hex(v, c, "enc");
	is_int(enc.n, b.n, "size of enc");
	is_mem(enc.p, b.p, b.n, "enc");
	b = vec_hex(v, c, "cipher");
	is_int(cipher.n, b.n, "size of the cipher text");
	is_mem(cipher.p, b.p, b.n, "cipher text");
	is_int(hpke_open(h, sk, buf_view(&enc), info, ad, buf_view(&cipher),
	    &back), 0, "open");
	ok(bytes_same(buf_view(&back), plain), "the text");
	test_exports(h, v, c, sk, bytes_of(pk, row->public));
	buf_free(&enc);
	buf_free(&cipher);
	buf_free(&back);
}

static void
test_derive(struct vec *v)
{
	uint8_t pk[XWING_PUBLIC], sk[XWING_SECRET];
	struct bytes ikm;
	const json_t *c;
	size_t i;

	vec_each(vec_field(v->root, "derive"), i, c) {
		ikm = vec_hex(v, c, "ikm");
		is_int(hpke_derive(HPKE_XWING_SHA512, ikm, pk, sk), 0,
		    "X-Wing from %zu bytes", ikm.n);
		is_mem(sk, vec_hex_n(v, c, "secret", 32), 32, "secret key");
		is_hash(bytes_of(pk, sizeof(pk)), v, c);
	}
}

/* One recipient and something sealed for it */
struct box {
	enum hpke h;
	struct rng rng;
	uint8_t pk[HPKE_PUBLIC_MAX], sk[HPKE_SECRET_MAX];
	struct bytes public;
	struct buf enc, cipher, back;
};

static void
box_make(struct box *b, enum hpke h, struct bytes plain)
{
	memset(b, 0, sizeof(*b));
	b->h = h;
	b->rng = rng_seed(&seeded, 3);
	if (hpke_keypair(h, &b->rng, b->pk, b->sk) != 0)
		bail("no key pair");
	b->public = bytes_of(b->pk, hpke_row[h].public);
	if (hpke_seal(h, &b->rng, b->public, text("info"), text("ad"), plain,
	    &b->enc, &b->cipher) != 0)
		bail("nothing sealed");
}

static void
box_free(struct box *b)
{
	buf_free(&b->enc);
	buf_free(&b->cipher);
	buf_free(&b->back);
}

static int
box_open(struct box *b)
{
	buf_clear(&b->back);
	return hpke_open(b->h, b->sk, buf_view(&b->enc), text("info"),
	    text("ad"), buf_view(&b->cipher), &b->back);
}

static void
test_round(enum hpke h)
{
	static const size_t size[] = { 0, 1, 16, 1000, 100000 };
	uint8_t *p = mem_alloc(100000), pk[HPKE_PUBLIC_MAX];
	struct box b;
	size_t i;

	for (i = 0; i < COUNT(size); i++) {
		box_make(&b, h, bytes_of(p, size[i]));
		is_int(b.cipher.n, size[i] + 16, "%zu bytes are sealed",
		    size[i]);
		is_int(b.enc.n, hpke_row[h].enc, "size of enc");
		is_int(box_open(&b), 0, "and opened");
		ok(bytes_same(buf_view(&b.back), bytes_of(p, size[i])),
		    "the same");
		ok(hpke_public_ok(h, b.public), "the key is valid");
		ok(hpke_public(h, b.sk, pk) == 0 && memcmp(pk, b.pk,
		    b.public.n) == 0, "and comes from the secret one");
		box_free(&b);
	}
	free(p);
}

static void
test_altered(enum hpke h)
{
	uint8_t sk[HPKE_SECRET_MAX], pk[HPKE_PUBLIC_MAX];
	struct box b;
	size_t i, n, opened = 0, left = 0;

	box_make(&b, h, text("hello"));
	for (i = 0; i < 8 * b.cipher.n; i++) {
		b.cipher.p[i / 8] ^= (uint8_t)(1 << i % 8);
		opened += box_open(&b) != ERR_AUTH;
		left += b.back.n;
		b.cipher.p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (i = 0; i < b.enc.n; i++) {
		b.enc.p[i] ^= (uint8_t)(1 << i % 8);
		opened += box_open(&b) != ERR_AUTH;
		left += b.back.n;
		b.enc.p[i] ^= (uint8_t)(1 << i % 8);
	}
	for (i = 0, n = b.cipher.n; i < n; i++) {
		b.cipher.n = i;
		opened += box_open(&b) != ERR_AUTH;
	}
	b.cipher.n = n;
	for (i = 0, n = b.enc.n; i < n; i++) {
		b.enc.n = i;
		opened += box_open(&b) != ERR_KEY;
	}
	b.enc.n = n;
	buf_u8(&b.enc, 0);
	opened += box_open(&b) != ERR_KEY;
	b.enc.n = n;
	is_int(opened, 0, "nothing altered or cut opens");
	is_int(left, 0, "nor leaves any text");
	is_int(hpke_open(h, b.sk, buf_view(&b.enc), text("infO"), text("ad"),
	    buf_view(&b.cipher), &b.back), ERR_AUTH, "another info");
	is_int(hpke_open(h, b.sk, buf_view(&b.enc), text("info"), text("aD"),
	    buf_view(&b.cipher), &b.back), ERR_AUTH, "another ad");
	if (hpke_keypair(h, &b.rng, pk, sk) != 0)
		bail("no key pair");
	is_int(hpke_open(h, sk, buf_view(&b.enc), text("info"), text("ad"),
	    buf_view(&b.cipher), &b.back), ERR_AUTH, "another recipient");
	is_int(box_open(&b), 0, "the true one opens");
	box_free(&b);
}

/* The X25519 key is the whole of the one KEM's, the end of the other's. */
static void
test_keys(enum hpke h)
{
	const struct hpke_row *row = &hpke_row[h];
	uint8_t bad[HPKE_PUBLIC_MAX + 1], out[32], *x;
	struct box b;
	size_t i, taken = 0;

	box_make(&b, h, text("hello"));
	buf_clear(&b.back);
	memset(bad, 0, sizeof(bad));
	memcpy(bad, b.pk, row->public);
	for (i = 0; i <= row->public + 1; i++) {
		if (i == row->public)
			continue;
		taken += hpke_public_ok(h, bytes_of(bad, i));
		taken += hpke_seal(h, &b.rng, bytes_of(bad, i), none, none,
		    none, &b.back, &b.back) != ERR_KEY;
	}
	is_int(taken, 0, "public keys of other lengths are refused");
	x = bad + row->public - DH_SIZE;
	for (i = 0; i < 2; i++) { /* 0 and 1 have low order */
		memset(x, 0, DH_SIZE);
		x[0] = (uint8_t)i;
		ok(!hpke_public_ok(h, bytes_of(bad, row->public)),
		    "low order is refused");
		is_int(hpke_seal(h, &b.rng, bytes_of(bad, row->public), none,
		    none, none, &b.back, &b.back), ERR_KEY, "by seal");
		is_int(hpke_send_export(h, &b.rng, bytes_of(bad, row->public),
		    none, none, &b.back, out, 32), ERR_KEY, "by export");
		is_int(b.back.n, 0, "and nothing is written");
		memcpy(b.enc.p + b.enc.n - DH_SIZE, x, DH_SIZE);
		is_int(box_open(&b), ERR_KEY, "in enc as well");
		is_int(hpke_recv_export(h, b.sk, buf_view(&b.enc), none, none,
		    out, 32), ERR_KEY, "and there for export");
	}
	if (h == HPKE_XWING_SHA512) {
		memcpy(bad, b.pk, row->public);
		bad[0] = 0x01;
		bad[1] = (bad[1] & 0xf0) | 0x0d; /* 3329 */
		ok(!hpke_public_ok(h, bytes_of(bad, row->public)),
		    "a coefficient of q is refused");
		is_int(hpke_seal(h, &b.rng, bytes_of(bad, row->public), none,
		    none, none, &b.back, &b.back), ERR_KEY, "by seal");
	}
	box_free(&b);
}

static void
test_limits(enum hpke h)
{
	size_t most = 255 * hash_size(hpke_row[h].hash);
	uint8_t *out = mem_alloc(65536);
	struct box b;

	box_make(&b, h, text("hello"));
	buf_clear(&b.back);
	is_int(hpke_send_export(h, &b.rng, b.public, none, none, &b.back, out,
	    most), 0, "the longest export");
	buf_clear(&b.back);
	is_int(hpke_send_export(h, &b.rng, b.public, none, none, &b.back, out,
	    most + 1), ERR_BIG, "is the longest");
	is_int(hpke_recv_export(h, b.sk, buf_view(&b.enc), none, none, out,
	    65536), ERR_BIG, "for both");
	is_int(b.back.n, 0, "and leaves nothing");
	b.back.max = 4;
	is_int(hpke_open(h, b.sk, buf_view(&b.enc), text("info"), text("ad"),
	    buf_view(&b.cipher), &b.back), ERR_BIG, "a full buffer");
	buf_clear(&b.back);
	is_int(hpke_seal(h, &b.rng, b.public, none, none, none, &b.enc,
	    &b.back), ERR_BIG, "for the cipher text");
	buf_clear(&b.back);
	buf_clear(&b.cipher);
	is_int(hpke_seal(h, &b.rng, b.public, none, none, none, &b.back,
	    &b.cipher), ERR_BIG, "and for enc");
	is_int(b.cipher.n, 0, "and then there is no cipher text either");
	box_free(&b);
	free(out);
}

int
main(void)
{
	struct vec v;
	const json_t *c;
	size_t i;
	int h;

	if (seal_start() != 0)
		bail("libsodium does not start");
	vec_open_data(&v, "hpke.json");
	vec_each(vec_field(v.root, "cases"), i, c)
		test_case(&v, c);
	is_int(i, HPKE_COUNT, "a case for each row");
	test_derive(&v);
	vec_close(&v);
	for (h = 0; h < HPKE_COUNT; h++) {
		note("%s", hpke_row[h].name);
		test_round((enum hpke)h);
		test_altered((enum hpke)h);
		test_keys((enum hpke)h);
		test_limits((enum hpke)h);
	}
	return done();
}
