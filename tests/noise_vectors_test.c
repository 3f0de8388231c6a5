/* SPDX-License-Identifier: ISC */
/*
 * Noise against known bytes, both sides of each handshake and what follows it:
 * tests/data/noise.json (ours: both patterns, both ciphers, the turning of
 * AEGIS-256 keys), the public IK vectors of cacophony, snow and noise-c (snow's
 * extended file has none of IK with X25519), and the hybrid ones of an
 * independent program.
 * `noise_vectors_test --make` prints tests/data/noise.json anew.
 * floor: crypto
 */
#include "crypto.h"
#include "tap.h"
#include "vec.h"

#define PUBLIC_NAME "Noise_IK_25519_ChaChaPoly_BLAKE2b"

struct side {
	struct noise n;
	struct noise_key send, recv;
};

static bool
name_parse(const char *name, struct noise_setup *s)
{
	s->hfs = strncmp(name, "Noise_IKhfs_25519+MLKEM768_", 27) == 0;
	if (!s->hfs && strncmp(name, "Noise_IK_25519_", 15) != 0)
		return false;
	name += s->hfs ? 27 : 15;
	s->cipher = *name == 'A' ? NOISE_AEGIS256 : NOISE_CHACHA;
	return strcmp(name, s->cipher == NOISE_AEGIS256 ? "AEGIS256_BLAKE2b" :
	    "ChaChaPoly_BLAKE2b") == 0;
}

static const char *
case_name(const json_t *c)
{
	return vec_string(c, vec_has(c, "protocol_name") ? "protocol_name" :
	    "name");
}

static void
start(struct side *x, bool initiator, struct vec *v, const json_t *c)
{
	struct noise_setup s = { .initiator = initiator, .rng = &rng_system };
	const uint8_t *e, *kem = NULL;

	if (!name_parse(case_name(c), &s))
		bail("not ours: %s", case_name(c));
	s.prologue = vec_hex(v, c, vec_has(c, "prologue") ? "prologue" :
	    initiator ? "init_prologue" : "resp_prologue");
	s.s = vec_hex_n(v, c, initiator ? "init_static" : "resp_static", 32);
	e = vec_hex_n(v, c, initiator ? "init_ephemeral" : "resp_ephemeral",
	    32);
	if (initiator)
		s.rs = vec_hex_n(v, c, "init_remote_static", 32);
	if (s.hfs && initiator)
		kem = vec_hex_n(v, c, "init_kem_seed_dz", MLKEM_SEED);
	else if (s.hfs)
		kem = vec_hex_n(v, c, "resp_kem_m", 32);
	if (noise_start(&x->n, &s) != 0 ||
	    noise_set_ephemeral(&x->n, e, kem) != 0)
		bail("the handshake does not start");
}

static bool
handshake(struct side *w, struct side *r, struct bytes payload,
    struct bytes want)
{
	struct buf out = { 0 }, back = { 0 };
	bool good;

	good = noise_write(&w->n, payload, &out) == 0 &&
	    (want.p == NULL || bytes_same(buf_view(&out), want)) &&
	    noise_read(&r->n, buf_view(&out), &back) == 0 &&
	    bytes_same(buf_view(&back), payload);
	buf_free(&out);
	buf_free(&back);
	return good;
}

static bool
transport(struct noise_key *w, struct noise_key *r, struct bytes payload,
    struct bytes want)
{
	size_t size = payload.n + noise_tag(w->cipher);
	uint8_t *c = mem_alloc(size), *back = mem_alloc(payload.n + 1);
	struct bytes none = { NULL, 0 };
	bool good;

	good = noise_seal(w, none, payload, c) == 0 &&
	    bytes_same(bytes_of(c, size), want) &&
	    noise_open(r, none, bytes_of(c, size), back) == 0 &&
	    bytes_same(bytes_of(back, payload.n), payload);
	free(c);
	free(back);
	return good;
}

/* Messages 0 and 1 are the handshake; then the initiator begins. */
static void
run_case(struct vec *v, const json_t *c, const char *from)
{
	struct side a, b, *w, *r;
	struct bytes payload, want, h;
	const json_t *m;
	size_t i, good = 0;
	bool hash = false;

	start(&a, true, v, c);
	start(&b, false, v, c);
	vec_each(vec_field(c, "messages"), i, m) {
		payload = vec_hex(v, m, "payload");
		want = vec_hex(v, m, "ciphertext");
		w = i % 2 == 0 ? &a : &b;
		r = i % 2 == 0 ? &b : &a;
		if (i < 2)
			good += handshake(w, r, payload, want);
		else
			good += transport(&w->send, &r->recv, payload, want);
		if (i != 1)
			continue;
		h = vec_try(v, c, "handshake_hash");
		hash = noise_done(&a.n) && noise_done(&b.n) &&
		    memcmp(noise_hash(&a.n), noise_hash(&b.n), HASH64) == 0 &&
		    (h.p == NULL || (h.n == HASH64 &&
		    memcmp(noise_hash(&a.n), h.p, HASH64) == 0));
		if (noise_split(&a.n, &a.send, &a.recv) != 0 ||
		    noise_split(&b.n, &b.send, &b.recv) != 0)
			break;
	}
	is_int(good, i, "%s: %s, %zu messages", from, case_name(c), i);
	ok(hash, "%s: both know the handshake hash", from);
}

static void
test_public(const char *file, const char *name, size_t want)
{
	struct vec v;
	const json_t *c;
	size_t i, found = 0;

	if (!vec_open(&v, file)) {
		skip("no vectors at %s", vec_why(&v));
		vec_close(&v);
		return;
	}
	vec_each(vec_field(v.root, "vectors"), i, c) {
		if (strcmp(case_name(c), name) != 0)
			continue;
		run_case(&v, c, file);
		found++;
	}
	is_int(found, want, "%s: cases of %s", file, name);
	vec_close(&v);
}

/* Walks a direction from 0 and meets each record of the file on the way. */
static void
test_turns(struct vec *v)
{
	const json_t *t = vec_field(v->root, "turns"), *c;
	struct noise_key w = { NOISE_AEGIS256, { 0 }, 0, true }, r;
	struct bytes none = { NULL, 0 }, ad = bytes_of("ad", 2);
	uint8_t out[64];
	size_t i, lost = 0;

	memcpy(w.k, vec_hex_n(v, t, "key", KEY_SIZE), KEY_SIZE);
	r = w;
	vec_each(vec_field(t, "records"), i, c) {
		uint64_t n = (uint64_t)vec_int(c, "n");

		while (w.n < n) {
			lost += noise_seal(&w, none, none, out) != 0;
			lost += noise_open(&r, none, bytes_of(out, 32), out)
			    != 0;
		}
		is_int(noise_seal(&w, ad, bytes_of("tacet", 5), out), 0,
		    "record %llu", (unsigned long long)n);
		is_mem(out, vec_hex_n(v, c, "cipher", 37), 37, "its bytes");
		is_int(noise_open(&r, ad, bytes_of(out, 37), out), 0, "opens");
		is_mem(out, "tacet", 5, "to the text");
	}
	is_int(lost, 0, "no record between them fails");
}

/* --make: secrets come from labels, so that anybody can make them again. */

static void
put_hex(struct buf *b, const char *name, const void *p, size_t n)
{
	char *hex = mem_alloc(2 * n + 1);

	hex_put(hex, p, n);
	buf_format(b, "   \"%s\": \"%s\",\n", name, hex);
	free(hex);
}

static const uint8_t *
made(const char *protocol, const char *what, uint8_t out[static 64])
{
	struct bytes in[2] = { bytes_of(protocol, strlen(protocol)),
	    bytes_of(what, strlen(what)) };

	hash_label("noise vector", in, 2, out);
	hash_keyed(out, "noise vector", in, 2, out + 32);
	return out;
}

static void
make_message(struct buf *b, struct bytes payload, struct bytes c, bool last)
{
	char *hex = mem_alloc(2 * c.n + 1), p[64];

	hex_put(p, payload.p, payload.n);
	hex_put(hex, c.p, c.n);
	buf_format(b, "    {\"payload\": \"%s\", \"ciphertext\": \"%s\"}%s\n",
	    p, hex, last ? "" : ",");
	free(hex);
}

static void
make_messages(struct buf *b, struct side *x, struct side *y)
{
	static const char *const text[] = { "", "hello", "one", "", "three",
	    "four and more" };
	struct bytes p;
	struct buf out = { 0 }, back = { 0 };
	struct side *w, *r;
	size_t i;
	int err;

	for (i = 0; i < COUNT(text); i++) {
		w = i % 2 == 0 ? x : y;
		r = i % 2 == 0 ? y : x;
		p = bytes_of(text[i], strlen(text[i]));
		buf_clear(&out);
		if (i < 2)
			err = noise_write(&w->n, p, &out) != 0 ||
			    noise_read(&r->n, buf_view(&out), &back) != 0;
		else
			err = noise_seal(&w->send, bytes_of(NULL, 0), p,
			    buf_room(&out, p.n + noise_tag(w->send.cipher)));
		if (err == 0 && i == 1)
			err = noise_split(&x->n, &x->send, &x->recv) != 0 ||
			    noise_split(&y->n, &y->send, &y->recv) != 0;
		if (err != 0)
			bail("message %zu can't be made", i);
		make_message(b, p, buf_view(&out), i + 1 == COUNT(text));
	}
	buf_free(&out);
	buf_free(&back);
}

static void
make_case(struct buf *b, const char *name, bool last)
{
	uint8_t s[6][64], rs[DH_SIZE];
	struct bytes pro = bytes_of("tacet/transport/1", 17);
	struct side x, y;
	struct noise_setup i = { .initiator = true, .prologue = pro,
	    .s = made(name, "initiator static", s[0]), .rs = rs,
	    .rng = &rng_system };
	struct noise_setup r = { .prologue = pro,
	    .s = made(name, "responder static", s[1]), .rng = &rng_system };

	made(name, "initiator ephemeral", s[2]);
	made(name, "responder ephemeral", s[3]);
	made(name, "initiator kem", s[4]);
	made(name, "responder kem", s[5]);
	if (!name_parse(name, &i) || !name_parse(name, &r) ||
	    dh_public(s[1], rs) != 0 || noise_start(&x.n, &i) != 0 ||
	    noise_start(&y.n, &r) != 0 ||
	    noise_set_ephemeral(&x.n, s[2], i.hfs ? s[4] : NULL) != 0 ||
	    noise_set_ephemeral(&y.n, s[3], i.hfs ? s[5] : NULL) != 0)
		bail("%s can't be made", name);
	buf_format(b, "  {\"protocol_name\": \"%s\",\n", name);
	put_hex(b, "prologue", pro.p, pro.n);
	put_hex(b, "init_static", s[0], 32);
	put_hex(b, "init_ephemeral", s[2], 32);
	if (i.hfs)
		put_hex(b, "init_kem_seed_dz", s[4], MLKEM_SEED);
	put_hex(b, "init_remote_static", rs, 32);
	put_hex(b, "resp_static", s[1], 32);
	put_hex(b, "resp_ephemeral", s[3], 32);
	if (i.hfs)
		put_hex(b, "resp_kem_m", s[5], 32);
	buf_string(b, "   \"messages\": [\n");
	make_messages(b, &x, &y);
	buf_string(b, "   ],\n");
	put_hex(b, "handshake_hash", noise_hash(&x.n), HASH64);
	b->n -= 2; /* the comma of the last field */
	buf_format(b, "\n  }%s\n", last ? "" : ",");
}

static void
make_turns(struct buf *b)
{
	static const uint64_t at[] = { 0, 65535, 65536, 65537, 131071, 131072 };
	struct noise_key k = { NOISE_AEGIS256, { 0 }, 0, true };
	struct bytes none = { NULL, 0 };
	uint8_t s[64], out[64];
	char hex[80];
	size_t i;
	int err = 0;

	memcpy(k.k, made("turns", "key", s), KEY_SIZE);
	buf_string(b, " \"turns\": {\n");
	put_hex(b, "key", k.k, KEY_SIZE);
	buf_string(b, "  \"records\": [\n");
	for (i = 0; i < COUNT(at); i++) {
		while (err == 0 && k.n < at[i])
			err = noise_seal(&k, none, none, out);
		if (err != 0 || noise_seal(&k, bytes_of("ad", 2),
		    bytes_of("tacet", 5), out) != 0)
			bail("turns can't be made");
		hex_put(hex, out, 37);
		buf_format(b, "   {\"n\": %llu, \"cipher\": \"%s\"}%s\n",
		    (unsigned long long)at[i], hex,
		    i + 1 == COUNT(at) ? "" : ",");
	}
	buf_string(b, "  ]\n }\n");
}

static const char *const own[] = {
	"Noise_IK_25519_ChaChaPoly_BLAKE2b",
	"Noise_IK_25519_AEGIS256_BLAKE2b",
	"Noise_IKhfs_25519+MLKEM768_ChaChaPoly_BLAKE2b",
	"Noise_IKhfs_25519+MLKEM768_AEGIS256_BLAKE2b",
};

static int
make(void)
{
	struct buf b = { 0 };
	size_t i;

	buf_string(&b, "{\"note\": \"made by noise_vectors_test --make\",\n"
	    " \"vectors\": [\n");
	for (i = 0; i < COUNT(own); i++)
		make_case(&b, own[i], i + 1 == COUNT(own));
	buf_string(&b, " ],\n");
	make_turns(&b);
	buf_string(&b, "}\n");
	fwrite(b.p, 1, b.n, stdout);
	buf_free(&b);
	return 0;
}

int
main(int argc, char **argv)
{
	struct vec v;
	const json_t *c;
	size_t i;

	if (seal_start() != 0)
		bail("libsodium does not start");
	if (argc == 2 && strcmp(argv[1], "--make") == 0)
		return make();
	vec_open_data(&v, "noise.json");
	vec_each(vec_field(v.root, "vectors"), i, c) {
		is_str(case_name(c), own[i], "the order of the file");
		run_case(&v, c, "tests/data");
	}
	is_int(i, COUNT(own), "none is missing");
	test_turns(&v);
	vec_close(&v);
	test_public("noise/cacophony.txt", PUBLIC_NAME, 1);
	test_public("noise/snow.txt", PUBLIC_NAME, 1);
	test_public("noise/noise-c-basic.txt", PUBLIC_NAME, 1);
	test_public("noise/tacet-ikhfs-mlkem768.json",
	    "Noise_IKhfs_25519+MLKEM768_ChaChaPoly_BLAKE2b", 4);
	return done();
}
