/* SPDX-License-Identifier: ISC */
/*
 * Every secret marked as undefined memory, and then the way it goes: handshake,
 * records, HPKE, boxes, groups. Under valgrind memcheck each branch and each
 * index that depends on one is an error (T96); tests/secret_walk_test.sh runs
 * it. What comes from the random source is secret, all of it; what the protocol
 * shows is let go of by mem_tell(), and nowhere else.
 *
 * usage: secret_walk WALK, or `secret_walk list'; the walk `wrong' branches on a
 * secret, so that it can be seen that this is seen.
 */
#include <stdio.h>

#include "ident.h"
#include "mls_world.h"
#include "tap.h"

/* ---- where secrets come from ----------------------------------------------- */

static void
secret_fill(void *arg, void *p, size_t n)
{
	struct rng_seeded *s = arg;
	uint8_t *b = p;
	size_t i;

	for (i = 0; i < n; i++) {
		s->s[0] = s->s[0] * 6364136223846793005u + 1442695040888963407u;
		b[i] = (uint8_t)(s->s[0] >> 56);
	}
	mem_hide(p, n);
}

static struct rng_seeded secret_seed = {{96}};
static const struct rng secret_rng = {secret_fill, &secret_seed};

/* What came out may be looked at by the test. */
static void
came(int err, const char *what)
{
	if (err != 0)
		bail("%s: %s", what, err_text(err));
}

/* ---- the walks ------------------------------------------------------------- */

static void
walk_wrong(void)
{
	uint8_t key[KEY_SIZE];

	rng_fill(&secret_rng, key, sizeof(key));
	if (key[0] & 1)
		note("odd");
	else
		note("even");
}

static void
walk_compare(void)
{
	uint8_t a[32], b[32];

	rng_fill(&secret_rng, a, sizeof(a));
	memcpy(b, a, sizeof(b));
	if (!seal_same(a, b, sizeof(a)))
		bail("not the same");
	b[31] ^= 1;
	if (seal_same(a, b, sizeof(a)))
		bail("the same");
	mem_wipe(a, sizeof(a));
}

static void
walk_aead(void)
{
	uint8_t key[KEY_SIZE], nonce[32] = {0}, cipher[80], plain[64];
	struct bytes ad = bytes_of("ad", 2), c;
	int a;

	for (a = 0; a < AEAD_COUNT; a++) {
		rng_fill(&secret_rng, key, sizeof(key));
		rng_fill(&secret_rng, plain, 48);
		c = bytes_of(cipher, 48 + aead_row[a].tag);
		came(aead_seal((enum aead)a, key, nonce, ad,
		    bytes_of(plain, 48), cipher), "sealed");
		came(aead_open((enum aead)a, key, nonce, ad, c, plain),
		    "opened");
		cipher[3] ^= 1;
		if (aead_open((enum aead)a, key, nonce, ad, c, plain) == 0)
			bail("a changed one opened");
	}
}

static void
walk_kdf(void)
{
	uint8_t key[64], out[HASH_MAX], long_out[200];
	struct bytes k = bytes_of(key, 32), part[2] = {k, k};
	int h;

	for (h = 0; h < HASH_COUNT; h++) {
		rng_fill(&secret_rng, key, sizeof(key));
		hmac((enum hash)h, k, part, 2, out);
		hkdf_extract((enum hash)h, k, k, out);
		came(hkdf_expand((enum hash)h, bytes_of(out,
		    hash_size((enum hash)h)), k, long_out, sizeof(long_out)),
		    "expanded");
	}
	hash_keyed(key, "label", part, 2, out);
	hash_label("label", part, 2, out);
	hash_shake256(k, long_out, sizeof(long_out));
}

static void
walk_hpke(void)
{
	uint8_t public[HPKE_PUBLIC_MAX], secret[HPKE_SECRET_MAX], ikm[32];
	struct bytes info = bytes_of("info", 4), p = bytes_of(ikm, 32);
	struct buf enc, cipher, plain;
	uint8_t out[32];
	int i;

	for (i = 0; i < HPKE_COUNT; i++) {
		enc = cipher = (struct buf){0};
		plain = (struct buf){.secret = true};
		rng_fill(&secret_rng, ikm, sizeof(ikm));
		came(hpke_derive((enum hpke)i, p, public, secret), "derived");
		came(hpke_keypair((enum hpke)i, &secret_rng, public, secret),
		    "a pair");
		came(hpke_seal((enum hpke)i, &secret_rng, bytes_of(public,
		    hpke_row[i].public), info, info, p, &enc, &cipher), "sealed");
		came(hpke_open((enum hpke)i, secret, buf_view(&enc), info, info,
		    buf_view(&cipher), &plain), "opened");
		cipher.p[0] ^= 1;
		if (hpke_open((enum hpke)i, secret, buf_view(&enc), info, info,
		    buf_view(&cipher), &plain) == 0)
			bail("a changed one opened");
		buf_clear(&enc);
		came(hpke_send_export((enum hpke)i, &secret_rng,
		    bytes_of(public, hpke_row[i].public), info, info, &enc, out,
		    sizeof(out)), "exported");
		came(hpke_recv_export((enum hpke)i, secret, buf_view(&enc), info,
		    info, out, sizeof(out)), "exported there");
		buf_free(&enc);
		buf_free(&cipher);
		buf_free(&plain);
	}
}

static void
walk_handshake(enum noise_cipher cipher, bool hfs)
{
	uint8_t alice[DH_SIZE], bob[DH_SIZE], public[DH_SIZE], record[80];
	struct noise_setup a = {true, hfs, cipher, bytes_of("p", 1), alice,
		public, &secret_rng};
	struct noise_setup b = {false, hfs, cipher, bytes_of("p", 1), bob, NULL,
		&secret_rng};
	struct noise_key to[2], from[2];
	struct buf m1 = {0}, m2 = {0}, got = {.secret = true};
	struct noise na, nb;
	int i;

	dh_keypair(&secret_rng, public, alice);
	dh_keypair(&secret_rng, public, bob);
	came(noise_start(&na, &a), "starts");
	came(noise_start(&nb, &b), "starts");
	came(noise_write(&na, bytes_of(NULL, 0), &m1), "message 1");
	came(noise_read(&nb, buf_view(&m1), &got), "message 1 is read");
	came(noise_write(&nb, bytes_of("v", 1), &m2), "message 2");
	came(noise_read(&na, buf_view(&m2), &got), "message 2 is read");
	came(noise_split(&na, &to[0], &from[0]), "split");
	came(noise_split(&nb, &to[1], &from[1]), "split");
	for (i = 0; i < 3; i++) {
		rng_fill(&secret_rng, record, 48);
		came(noise_seal(&to[0], bytes_of(NULL, 0), bytes_of(record,
		    48), record), "a record");
		came(noise_open(&from[1], bytes_of(NULL, 0), bytes_of(record,
		    48 + noise_tag(cipher)), record), "is opened");
	}
	noise_wipe(&na);
	noise_wipe(&nb);
	buf_free(&m1);
	buf_free(&m2);
	buf_free(&got);
}

static void
walk_noise(void)
{
	walk_handshake(NOISE_CHACHA, false);
	walk_handshake(NOISE_CHACHA, true);
	walk_handshake(NOISE_AEGIS256, true);
}

/* Keys go to the store and come back. */
static void
reload(struct world *w, size_t i)
{
	struct buf epoch = {.secret = true}, ratchets = {.secret = true};
	struct mls_group *g;

	mls_group_save_epoch(w->p[i].g, &epoch);
	mls_group_save_ratchets(w->p[i].g, &ratchets);
	came(mls_group_load(buf_view(&epoch), buf_view(&ratchets), &g), "load");
	mls_group_free(w->p[i].g);
	w->p[i].g = g;
	buf_free(&epoch);
	buf_free(&ratchets);
}

static void
walk_group(uint16_t suite)
{
	static struct world w;
	uint8_t out[32];
	size_t i;

	world_start(&w, suite, 96);
	w.env.rng = &secret_rng;
	w.rng = secret_rng;
	for (i = 0; i < 4; i++)
		(void)world_person(&w);
	world_create(&w, 0, bytes_of(NULL, 0));
	for (i = 1; i < 4; i++)
		world_add(&w, 0, i);
	world_update(&w, 2);
	world_talk(&w);
	world_remove(&w, 1, 3);
	world_talk(&w);
	reload(&w, 1);
	came(mls_group_export(w.p[1].g, "tacet log", bytes_of(NULL, 0), out,
	    sizeof(out)), "exported");
	w.public_message = true;
	world_update(&w, 0);
	world_end(&w);
}

static void
walk_mls(void)
{
	walk_group(MLS_SUITE_XWING);
	walk_group(MLS_SUITE_X25519);
}

static void
walk_box(void)
{
	uint8_t secret[XWING_SECRET], sign[SIGN_SECRET], key[SIGN_PUBLIC];
	uint8_t device[DEVICE_ID];
	struct inbox_key to = {.from = 1};
	struct buf raw = {0}, plain = {.secret = true};
	struct box got;

	rng_fill(&secret_rng, secret, sizeof(secret));
	came(xwing_public(secret, to.key), "public");
	sign_keypair(&secret_rng, key, sign);
	device_id(key, device);
	came(box_seal(&secret_rng, &to, to.account, device, 1, sign,
	    bytes_of("a body", 6), &raw), "sealed");
	came(box_open(secret, to.key, to.account, to.device, buf_view(&raw),
	    &plain, &got), "opened");
	came(box_check(&got, key), "checked");
	buf_free(&raw);
	buf_free(&plain);
}

static void
walk_proof(void)
{
	uint8_t access[KEY_SIZE], hash[HASH64] = {0}, log[16] = {0}, a[32];
	uint8_t b[32];

	rng_fill(&secret_rng, access, sizeof(access));
	epoch_proof(access, hash, log, 7, a);
	mem_tell(a, sizeof(a));             /* it is sent */
	epoch_proof(access, hash, log, 7, b);
	if (!seal_same(a, b, sizeof(a)))
		bail("another proof");
}

static const struct {
	const char *name;
	void (*walk)(void);
} walk[] = {
	{"wrong", walk_wrong}, {"compare", walk_compare}, {"aead", walk_aead},
	{"kdf", walk_kdf}, {"hpke", walk_hpke}, {"noise", walk_noise},
	{"mls", walk_mls}, {"box", walk_box}, {"proof", walk_proof},
};

int
main(int argc, char **argv)
{
	size_t i;

	came(seal_start(), "libsodium");
	for (i = 0; i < COUNT(walk); i++)
		if (argc == 2 && strcmp(argv[1], "list") == 0)
			(void)printf("%s\n", walk[i].name);
		else if (argc == 2 && strcmp(argv[1], walk[i].name) == 0)
			walk[i].walk();
	return 0;
}
