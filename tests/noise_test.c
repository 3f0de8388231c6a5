/* SPDX-License-Identifier: ISC */
/*
 * Noise as a state machine: what a peer may alter, cut, mix up or send out of
 * turn is refused for good, bad keys are refused wherever they come in, and
 * counters never move on a failure. Known bytes: noise_vectors_test.c.
 */
#include "crypto.h"
#include "tap.h"

struct pair {
	struct rng_seeded seeded;
	struct rng rng;
	uint8_t si[DH_SIZE], pi[DH_SIZE], sr[DH_SIZE], pr[DH_SIZE];
	struct noise i, r;
	struct buf m1, m2, got;
};

struct kind {
	const char *name;
	bool hfs;
	enum noise_cipher cipher;
};
static const struct kind kind[] = {
	{ "IK ChaChaPoly", false, NOISE_CHACHA },
	{ "IK AEGIS256", false, NOISE_AEGIS256 },
	{ "IKhfs ChaChaPoly", true, NOISE_CHACHA },
	{ "IKhfs AEGIS256", true, NOISE_AEGIS256 },
};

static const struct bytes none;
/* a point of order 8 (RFC 7748 calls for a check, Wycheproof lists it) */
static const uint8_t low[DH_SIZE] = {
	0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa,
	0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd,
	0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
};

static struct noise_setup
setup_of(struct pair *p, const struct kind *k, bool initiator)
{
	return (struct noise_setup){ .initiator = initiator, .hfs = k->hfs,
	    .cipher = k->cipher, .prologue = bytes_of("prologue", 8),
	    .s = initiator ? p->si : p->sr, .rs = initiator ? p->pr : NULL,
	    .rng = &p->rng };
}

static void
pair_start(struct pair *p, const struct kind *k)
{
	struct noise_setup i, r;

	memset(p, 0, sizeof(*p));
	p->rng = rng_seed(&p->seeded, 7);
	dh_keypair(&p->rng, p->pi, p->si);
	dh_keypair(&p->rng, p->pr, p->sr);
	i = setup_of(p, k, true);
	r = setup_of(p, k, false);
	if (noise_start(&p->i, &i) != 0 || noise_start(&p->r, &r) != 0)
		bail("the handshake does not start");
}

/* Both messages are made and the first is read: the state before message 2 is
 * read by the initiator. */
static void
pair_shake(struct pair *p)
{
	if (noise_write(&p->i, none, &p->m1) != 0 ||
	    noise_read(&p->r, buf_view(&p->m1), &p->got) != 0 ||
	    noise_write(&p->r, bytes_of("version", 7), &p->m2) != 0)
		bail("the handshake does not go on");
}

static void
pair_end(struct pair *p)
{
	noise_wipe(&p->i);
	noise_wipe(&p->r);
	buf_free(&p->m1);
	buf_free(&p->m2);
	buf_free(&p->got);
}

static bool
is_wiped(const struct noise *n)
{
	static const struct noise zero;

	return memcmp(n->ck, zero.ck, sizeof(n->ck)) == 0 &&
	    memcmp(n->key.k, zero.key.k, sizeof(n->key.k)) == 0 &&
	    memcmp(n->s, zero.s, sizeof(n->s)) == 0 &&
	    memcmp(n->e, zero.e, sizeof(n->e)) == 0 &&
	    memcmp(n->kem_seed, zero.kem_seed, sizeof(n->kem_seed)) == 0 &&
	    memcmp(n->kem_m, zero.kem_m, sizeof(n->kem_m)) == 0;
}

/* An error stays, whatever is asked afterwards. */
static bool
is_dead(struct noise *n, int err)
{
	struct noise_key a, b;
	struct buf out = { 0 };
	bool dead;

	dead = noise_write(n, none, &out) == err &&
	    noise_read(n, bytes_of("x", 1), &out) == err &&
	    noise_split(n, &a, &b) == err && out.n == 0 && !noise_done(n) &&
	    noise_hash(n) == NULL && noise_peer(n) == NULL && is_wiped(n);
	buf_free(&out);
	return dead;
}

static void
test_whole(const struct kind *k)
{
	struct noise_key is, ir, rs, rr;
	uint8_t out[64];
	struct pair p;

	pair_start(&p, k);
	ok(noise_hash(&p.i) == NULL && !noise_done(&p.i), "%s: not yet done",
	    k->name);
	ok(noise_peer(&p.r) == NULL, "the responder knows nobody yet");
	pair_shake(&p);
	is_int(p.m1.n, noise_msg_size(&p.i, 1, 0), "size of message 1");
	is_int(p.m2.n, noise_msg_size(&p.i, 2, 7), "size of message 2");
	is_int(noise_read(&p.i, buf_view(&p.m2), &p.got), 0, "message 2");
	is_mem(p.got.p, "version", 7, "its payload");
	is_int(p.got.n, 7, "and no more");
	is_mem(noise_peer(&p.r), p.pi, DH_SIZE, "who the initiator is");
	is_mem(noise_peer(&p.i), p.pr, DH_SIZE, "who the responder is");
	is_mem(noise_hash(&p.i), noise_hash(&p.r), HASH64, "one hash");
	ok(noise_split(&p.i, &is, &ir) == 0 && noise_split(&p.r, &rs, &rr) ==
	    0, "both split");
	ok(memcmp(is.k, rr.k, KEY_SIZE) == 0 && memcmp(rs.k, ir.k, KEY_SIZE)
	    == 0 && memcmp(is.k, rs.k, KEY_SIZE) != 0, "two keys, crosswise");
	ok(is_wiped(&p.i) && is_wiped(&p.r), "no secret stays");
	ok(noise_hash(&p.i) != NULL && noise_peer(&p.r) != NULL,
	    "hash and peer do");
	ok(noise_seal(&is, bytes_of("a", 1), bytes_of("hi", 2), out) == 0 &&
	    noise_open(&rr, bytes_of("a", 1), bytes_of(out, 2 +
	    noise_tag(k->cipher)), out) == 0 && memcmp(out, "hi", 2) == 0,
	    "and a record passes");
	is_int(noise_split(&p.i, &is, &ir), ERR_STATE, "once only");
	pair_end(&p);
}

/* message 1 or 2, changed at each byte, cut at each length, lengthened */
static void
test_altered(const struct kind *k, int which)
{
	struct pair p;
	struct noise before, *n;
	struct buf *m;
	size_t i, taken = 0, alive = 0, left = 0;
	int err;

	pair_start(&p, k);
	before = p.r;
	pair_shake(&p);
	m = which == 1 ? &p.m1 : &p.m2;
	n = which == 1 ? &p.r : &p.i;
	if (which == 2)
		before = p.i;
	buf_clear(&p.got);
	for (i = 0; i < m->n; i++) {
		*n = before;
		m->p[i] ^= (uint8_t)(1 << i % 8);
		err = noise_read(n, buf_view(m), &p.got);
		m->p[i] ^= (uint8_t)(1 << i % 8);
		taken += err != ERR_AUTH && err != ERR_KEY;
		alive += !is_dead(n, err);
		left += p.got.n;
	}
	is_int(taken, 0, "%s: message %d, a bit of each byte", k->name, which);
	for (i = taken = 0; i < m->n; i++) {
		*n = before;
		err = noise_read(n, bytes_of(m->p, i), &p.got);
		taken += err != ERR_SHORT && err != ERR_AUTH;
		alive += !is_dead(n, err);
		left += p.got.n;
	}
	is_int(taken, 0, "cut at each length");
	buf_u8(m, 0);
	*n = before;
	err = noise_read(n, buf_view(m), &p.got);
	is_int(err, ERR_AUTH, "a byte more");
	is_int(alive, 0, "each error is final and wipes");
	is_int(left + p.got.n, 0, "and gives no payload");
	buf_zero(m, NOISE_MSG_MAX + 1 - m->n);
	*n = before;
	is_int(noise_read(n, buf_view(m), &p.got), ERR_BIG, "too large");
	m->n--;
	*n = before;
	is_int(noise_read(n, buf_view(m), &p.got), ERR_AUTH, "the largest");
	mem_wipe(&before, sizeof(before));
	pair_end(&p);
}

/* Everything that both sides must agree on before the first byte (T20) */
static void
test_disagree(const struct kind *k)
{
	const struct kind *other;
	struct noise_setup s;
	struct pair p;
	struct noise n;
	uint8_t sk[DH_SIZE], pk[DH_SIZE];
	size_t i;

	pair_start(&p, k);
	if (noise_write(&p.i, none, &p.m1) != 0)
		bail("message 1 can't be made");
	for (i = 0; i < COUNT(kind); i++) {
		other = &kind[i];
		s = setup_of(&p, other, false);
		if (other == k)
			s.prologue = bytes_of("prologuE", 8);
		if (noise_start(&n, &s) != 0)
			bail("the handshake does not start");
		ok(noise_read(&n, buf_view(&p.m1), &p.got) != 0 &&
		    p.got.n == 0, "%s is not understood by %s%s", k->name,
		    other == k ? "another prologue of " : "", other->name);
	}
	dh_keypair(&p.rng, pk, sk);
	s = setup_of(&p, k, false);
	s.s = sk;
	if (noise_start(&n, &s) != 0)
		bail("the handshake does not start");
	is_int(noise_read(&n, buf_view(&p.m1), &p.got), ERR_AUTH,
	    "nor by another relay");
	pair_end(&p);
}

static void
test_misuse(const struct kind *k)
{
	struct noise_key a, b;
	struct noise_setup s;
	struct noise n;
	struct pair p;
	uint8_t kem[MLKEM_SEED] = { 0 };
	struct bytes big;

	pair_start(&p, k);
	is_int(noise_read(&p.i, bytes_of(kem, 64), &p.got), ERR_STATE,
	    "%s: the initiator writes first", k->name);
	ok(is_dead(&p.i, ERR_STATE), "that is final");
	is_int(noise_write(&p.r, none, &p.got), ERR_STATE,
	    "the responder reads first");
	pair_end(&p);

	pair_start(&p, k);
	is_int(noise_split(&p.i, &a, &b), ERR_STATE, "no split at the start");
	pair_end(&p);

	pair_start(&p, k);
	pair_shake(&p);
	is_int(noise_write(&p.r, none, &p.got), ERR_STATE, "no message 3");
	is_int(noise_set_ephemeral(&p.i, p.si, k->hfs ? kem : NULL),
	    ERR_STATE, "no ephemeral once it is on its way");
	pair_end(&p);

	pair_start(&p, k);
	is_int(noise_set_ephemeral(&p.i, p.si, k->hfs ? NULL : kem), ERR_STATE,
	    "a KEM seed exactly where there is a KEM");
	s = setup_of(&p, k, true);
	s.cipher = (enum noise_cipher)3;
	is_int(noise_start(&n, &s), ERR_SUITE, "an unknown cipher");
	big.n = NOISE_MSG_MAX - noise_msg_size(&p.r, 1, 0) + 1;
	big.p = mem_alloc(big.n);
	pair_end(&p);

	pair_start(&p, k);
	is_int(noise_write(&p.i, big, &p.m1), ERR_BIG, "too large a payload");
	is_int(p.m1.n, 0, "which leaves nothing");
	pair_end(&p);

	pair_start(&p, k);
	big.n--;
	is_int(noise_write(&p.i, big, &p.m1), 0, "the largest payload");
	is_int(noise_read(&p.r, buf_view(&p.m1), &p.got), 0, "is read");
	is_int(p.got.n, big.n, "whole");
	p.m2.max = 10;
	is_int(noise_write(&p.r, none, &p.m2), ERR_BIG, "a full buffer");
	pair_end(&p);
	free((void *)(uintptr_t)big.p);
}

/* T30: every place where a key of the other side comes in */
static void
test_keys(const struct kind *k)
{
	struct pair p;

	pair_start(&p, k);
	memcpy(p.i.rs, low, sizeof(low));
	is_int(noise_write(&p.i, none, &p.m1), ERR_KEY,
	    "%s: a relay's key of low order (T30)", k->name);
	is_int(p.m1.n, 0, "and nothing leaves");
	pair_end(&p);

	pair_start(&p, k);
	if (noise_write(&p.i, none, &p.m1) != 0)
		bail("message 1 can't be made");
	memcpy(p.m1.p, low, sizeof(low));
	is_int(noise_read(&p.r, buf_view(&p.m1), &p.got), ERR_KEY,
	    "e of message 1");
	pair_end(&p);

	pair_start(&p, k);
	memcpy(p.i.sp, low, sizeof(low)); /* well sealed, and still bad */
	if (noise_write(&p.i, none, &p.m1) != 0)
		bail("message 1 can't be made");
	is_int(noise_read(&p.r, buf_view(&p.m1), &p.got), ERR_KEY,
	    "s of message 1");
	ok(is_dead(&p.r, ERR_KEY), "final");
	pair_end(&p);

	pair_start(&p, k);
	memcpy(p.r.ep, low, sizeof(low));
	pair_shake(&p);
	is_int(noise_read(&p.i, buf_view(&p.m2), &p.got), ERR_KEY,
	    "e of message 2");
	pair_end(&p);

	if (!k->hfs)
		return;
	pair_start(&p, k);
	p.i.kem_public[0] = 0x01; /* 3329 */
	p.i.kem_public[1] = (p.i.kem_public[1] & 0xf0) | 0x0d;
	if (noise_write(&p.i, none, &p.m1) != 0)
		bail("message 1 can't be made");
	is_int(noise_read(&p.r, buf_view(&p.m1), &p.got), ERR_KEY,
	    "e1 with a coefficient of q");
	pair_end(&p);
}

static void
test_transport(enum noise_cipher c, const char *name)
{
	struct noise_key w = { c, { 1, 2, 3 }, 0, true }, r = w, old;
	size_t tag = noise_tag(c), i, moved = 0;
	uint8_t *big = mem_alloc(NOISE_MSG_MAX + 1), out[64], rec[64];
	struct bytes record = bytes_of(rec, 5 + tag);

	if (noise_seal(&w, none, bytes_of("first", 5), rec) != 0)
		bail("no record can be made");
	for (i = 0; i < 8 * record.n; i++) {
		rec[i / 8] ^= (uint8_t)(1 << i % 8);
		old = r;
		moved += noise_open(&r, none, record, out) != ERR_AUTH ||
		    old.n != r.n || memcmp(old.k, r.k, KEY_SIZE) != 0;
		rec[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	moved += noise_open(&r, bytes_of("x", 1), record, out) != ERR_AUTH;
	moved += noise_open(&r, none, bytes_of(rec, tag - 1), out) != ERR_AUTH;
	is_int(moved, 0, "%s: what fails moves nothing", name);
	is_int(r.n, 0, "the counter stands");
	is_int(noise_open(&r, none, record, rec), 0, "the true one opens");
	is_mem(rec, "first", 5, "in place");
	is_int(r.n, 1, "and moves it");
	w.n = 0;
	if (noise_seal(&w, none, bytes_of("first", 5), rec) != 0)
		bail("no record can be made");
	is_int(noise_open(&r, none, record, out), ERR_AUTH, "no replay");

	is_int(noise_seal(&w, none, bytes_of(big, NOISE_MSG_MAX - tag), big),
	    0, "the largest record");
	is_int(noise_open(&r, none, bytes_of(big, NOISE_MSG_MAX), big), 0,
	    "opens");
	is_int(noise_seal(&w, none, bytes_of(big, NOISE_MSG_MAX - tag + 1),
	    big), ERR_BIG, "one more byte is too many");
	is_int(noise_open(&r, none, bytes_of(big, NOISE_MSG_MAX + 1), big),
	    ERR_BIG, "on both sides");
	is_int(w.n, 2, "and moves nothing");

	w.n = r.n = UINT64_MAX - 1;
	is_int(noise_seal(&w, none, none, out), 0, "the last counter but one");
	is_int(noise_open(&r, none, bytes_of(out, tag), out), 0, "opens");
	is_int(noise_seal(&w, none, none, out), ERR_STATE, "the last is none");
	is_int(noise_open(&r, none, bytes_of(out, tag), out), ERR_STATE,
	    "for opening as well");
	w.n = 0;
	w.set = false;
	is_int(noise_seal(&w, none, none, out), ERR_STATE, "nor without key");
	is_int(noise_open(&w, none, none, out), ERR_STATE, "to open");
	free(big);
}

/* The key turns behind record 65535 on both sides, and only for AEGIS-256. */
static void
test_turn(enum noise_cipher c, const char *name)
{
	struct noise_key w = { c, { 4, 5, 6 }, NOISE_REKEY_EVERY - 1, true };
	struct noise_key r = w, first = w;
	size_t tag = noise_tag(c);
	uint8_t out[64];
	bool turns = c == NOISE_AEGIS256;

	if (noise_seal(&w, none, none, out) != 0)
		bail("no record can be made");
	out[0] ^= 1;
	is_int(noise_open(&r, none, bytes_of(out, tag), out), ERR_AUTH,
	    "%s: a bad record at the turn", name);
	is_mem(r.k, first.k, KEY_SIZE, "turns nothing");
	out[0] ^= 1;
	is_int(noise_open(&r, none, bytes_of(out, tag), out), 0, "a good one");
	ok((memcmp(w.k, first.k, KEY_SIZE) != 0) == turns, "turns the key: %s",
	    turns ? "yes" : "no");
	is_mem(w.k, r.k, KEY_SIZE, "on both sides alike");
	is_int(w.n, NOISE_REKEY_EVERY, "and n goes on");
	ok(noise_seal(&w, none, none, out) == 0 && noise_open(&r, none,
	    bytes_of(out, tag), out) == 0, "the next record opens");
}

/* Somebody has all keys of the responder and begins as somebody else: message 1
 * is theirs to make, for what the two static keys share they know from this
 * side; the initiator's own key they would need for message 2. */
static void
test_impostor(const struct kind *k)
{
	struct pair p;

	pair_start(&p, k);
	pair_shake(&p);
	ok(noise_peer(&p.r) != NULL && memcmp(noise_peer(&p.r), p.pi,
	    DH_SIZE) == 0, "%s: message 1 names whom the impostor likes",
	    k->name);
	memcpy(p.i.s, p.sr, DH_SIZE);   /* the key that was stolen */
	is_int(noise_read(&p.i, buf_view(&p.m2), &p.got), ERR_AUTH,
	    "%s: whoever has stolen my key is nobody else to me (T27)",
	    k->name);
	pair_end(&p);
}

int
main(void)
{
	struct noise n = { .cipher = NOISE_CHACHA };
	size_t i;

	if (seal_start() != 0)
		bail("libsodium does not start");
	is_int(noise_msg_size(&n, 1, 0), NOISE_MSG1_IK, "NOISE_MSG1_IK");
	for (i = 0; i < COUNT(kind); i++) {
		test_whole(&kind[i]);
		test_altered(&kind[i], 1);
		test_altered(&kind[i], 2);
		test_disagree(&kind[i]);
		test_misuse(&kind[i]);
		test_impostor(&kind[i]);
		test_keys(&kind[i]);
	}
	test_transport(NOISE_CHACHA, "ChaChaPoly");
	test_transport(NOISE_AEGIS256, "AEGIS256");
	test_turn(NOISE_CHACHA, "ChaChaPoly");
	test_turn(NOISE_AEGIS256, "AEGIS256");
	return done();
}
