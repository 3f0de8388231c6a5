/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes what Noise reads from a peer: message 1, message 2, transport records.
 * The first byte picks pattern, cipher and game: raw bytes, a true message with
 * bytes changed (it must not be taken), or a peer that seals well but sends
 * keys and payloads of its choice (it may be taken, and nothing may break).
 */
#include <stdlib.h>

#include "crypto.h"
#include "fuzz.h"

enum game { RAW1, RAW2, EDIT1, EDIT2, PEER1, PEER2, RECORD, EDIT_RECORD };

struct play {
	struct rng_seeded seeded;
	struct rng rng;
	uint8_t si[DH_SIZE], sr[DH_SIZE], pi[DH_SIZE], pr[DH_SIZE];
	struct noise i, r;
	struct buf msg, got;
};

/* An assert would do, but a fuzzer must stop whatever the build says. */
static void
play_start(struct play *p, unsigned kind)
{
	struct noise_setup s = { .hfs = (kind & 1) != 0,
	    .cipher = (kind & 2) != 0 ? NOISE_AEGIS256 : NOISE_CHACHA };

	memset(p, 0, sizeof(*p));
	p->rng = rng_seed(&p->seeded, 1);
	dh_keypair(&p->rng, p->pi, p->si);
	dh_keypair(&p->rng, p->pr, p->sr);
	s.rng = &p->rng;
	s.s = p->sr;
	must(noise_start(&p->r, &s) == 0);
	s.initiator = true;
	s.s = p->si;
	s.rs = p->pr;
	must(noise_start(&p->i, &s) == 0);
}

static void
play_end(struct play *p)
{
	buf_free(&p->msg);
	buf_free(&p->got);
	noise_wipe(&p->i);
	noise_wipe(&p->r);
}

/* Three bytes of input change one byte of b; a long tail replaces its end. */
static bool
edit(struct buf *b, struct rd *in)
{
	struct bytes before = bytes_of(mem_copy(b->p, b->n), b->n);
	size_t n, at;
	bool same;

	for (n = rd_u8(in) % 8 + 1u; n > 0 && b->n > 0; n--) {
		at = rd_u16(in) % b->n;
		b->p[at] ^= rd_u8(in);
	}
	n = rd_u16(in);
	if (n % 4 == 1)
		b->n -= n % (b->n + 1);
	if (n % 4 == 2)
		buf_bytes(b, rd_rest(in));
	same = bytes_same(before, buf_view(b));
	free((void *)(uintptr_t)before.p);
	return !same;
}

static void
judge(struct noise *n, int err, const struct buf *got, bool true_one)
{
	must((err == 0) == (n->err == 0));
	must(err == 0 || got->n == 0);
	if (!true_one)
		must(err != 0 && !noise_done(n));
}

/* A peer's fields, all well sealed: e, e1 or ekem1's secret, s, payload */
static void
peer_fields(struct noise *n, struct rd *in, struct bytes *payload)
{
	uint8_t which = rd_u8(in);

	if ((which & 1) != 0)
		rd_copy(in, n->ep, DH_SIZE);
	if ((which & 2) != 0)
		rd_copy(in, n->sp, DH_SIZE);
	if ((which & 4) != 0)
		rd_copy(in, n->kem_public, MLKEM_PUBLIC);
	if ((which & 8) != 0)
		rd_copy(in, n->kem_m, sizeof(n->kem_m));
	*payload = rd_rest(in);
}

static void
play_first(struct play *p, enum game g, struct rd *in)
{
	struct bytes payload = { NULL, 0 };
	bool true_one = true;
	int err;

	if (g == PEER1)
		peer_fields(&p->i, in, &payload);
	if (g == RAW1) {
		buf_bytes(&p->msg, rd_rest(in));
		true_one = false;
	} else if (noise_write(&p->i, payload, &p->msg) != 0)
		return;
	if (g == EDIT1)
		true_one = !edit(&p->msg, in);
	err = noise_read(&p->r, buf_view(&p->msg), &p->got);
	judge(&p->r, err, &p->got, true_one);
}

static bool
play_second(struct play *p, enum game g, struct rd *in)
{
	struct bytes payload = { NULL, 0 };
	bool true_one = true;
	int err;

	must(noise_write(&p->i, payload, &p->msg) == 0);
	must(noise_read(&p->r, buf_view(&p->msg), &p->got) == 0);
	buf_clear(&p->msg);
	if (g == PEER2)
		peer_fields(&p->r, in, &payload);
	if (g == RAW2) {
		buf_bytes(&p->msg, rd_rest(in));
		true_one = false;
	} else if (noise_write(&p->r, payload, &p->msg) != 0)
		return false;
	if (g == EDIT2)
		true_one = !edit(&p->msg, in);
	err = noise_read(&p->i, buf_view(&p->msg), &p->got);
	judge(&p->i, err, &p->got, true_one);
	return err == 0;
}

static void
play_record(struct play *p, enum game g, struct rd *in)
{
	struct noise_key is, ir, rs, rr;
	struct bytes text = { NULL, 0 };
	uint64_t n;
	bool true_one = false;
	int err;

	if (!play_second(p, RECORD, in))
		abort();
	must(noise_split(&p->i, &is, &ir) == 0);
	must(noise_split(&p->r, &rs, &rr) == 0);
	n = is.n = rr.n = rd_u64(in);
	buf_clear(&p->msg);
	if (g == RECORD)
		buf_bytes(&p->msg, rd_rest(in));
	else {
		uint8_t *out = buf_room(&p->msg, noise_tag(is.cipher));

		err = noise_seal(&is, text, text, out);
		must((err == 0) == (n != UINT64_MAX));
		true_one = err == 0 && !edit(&p->msg, in);
	}
	err = noise_open(&rr, text, buf_view(&p->msg), p->msg.p);
	must((err == 0) == true_one);
	must(rr.n == n + (err == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(bytes_of(data, size));
	unsigned pick = rd_u8(&in);
	enum game g = (enum game)(pick >> 2 & 7);
	struct play p;

	if (seal_start() != 0)
		abort();
	play_start(&p, pick);
	if (g == RAW1 || g == EDIT1 || g == PEER1)
		play_first(&p, g, &in);
	else if (g == RAW2 || g == EDIT2 || g == PEER2)
		(void)play_second(&p, g, &in);
	else
		play_record(&p, g, &in);
	play_end(&p);
	return 0;
}
