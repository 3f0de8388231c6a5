/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes what two devices say to each other before they trust each other. The
 * input says at which message somebody steps in, and with what: raw bytes, or
 * the true message with bytes changed. Who was lied to never has the same
 * words as the other, and nothing that was changed is opened.
 */
#include "fuzz.h"
#include "ident.h"

struct play {
	struct rng_seeded seed;
	struct rng rng;
	uint8_t place[WIRE_ID], account[SIGN_PUBLIC], transport[DH_SIZE];
	uint8_t old_public[SIGN_PUBLIC], old_secret[SIGN_SECRET];
	uint8_t new_public[SIGN_PUBLIC], new_secret[SIGN_SECRET];
	struct pairing old, new;
};

static void
play_start(struct play *p, struct buf *first)
{
	uint8_t secret[SIGN_SECRET], dh[DH_SIZE];

	memset(p, 0, sizeof(*p));
	p->rng = rng_seed(&p->seed, 3);
	sign_keypair(&p->rng, p->account, secret);
	sign_keypair(&p->rng, p->old_public, p->old_secret);
	sign_keypair(&p->rng, p->new_public, p->new_secret);
	dh_keypair(&p->rng, p->transport, dh);
	pairing_old(&p->old, &p->rng, p->place, p->account, p->old_public,
	    first);
	must(pairing_new(&p->new, &p->rng, p->place, p->new_public,
	    p->transport) == 0);
}

/* True: it is another message now. */
static bool
bend(struct rd *in, bool raw, struct buf *b)
{
	struct buf was = {0};
	bool other;
	size_t n;

	buf_bytes(&was, buf_view(b));
	if (raw) {
		n = rd_u8(in) % (b->n + 1);
		b->n = n;
		buf_bytes(b, rd_rest(in));
	} else {
		for (n = rd_u8(in) % 4 + 1u; n > 0; n--)
			b->p[rd_u16(in) % b->n] ^= rd_u8(in);
	}
	other = !bytes_same(buf_view(b), buf_view(&was));
	buf_free(&was);
	return other;
}

/* Both ends go on as long as they can: is somebody in between noticed? */
static void
play(struct play *p, struct rd *in)
{
	struct buf b = {0}, answer = {0};
	uint16_t ours[PAIRING_WORDS], theirs[PAIRING_WORDS];
	unsigned at = rd_u8(in), i;
	bool raw = at / 8 % 2 != 0, bent = false;
	int err = 0;

	play_start(p, &b);
	for (i = 0; i < 4 && err == 0 && b.n > 0; i++) {
		if (i == at % 4)
			bent = bend(in, raw, &b);
		buf_clear(&answer);
		err = i % 2 == 0 ?
		    pairing_hear(&p->new, buf_view(&b), p->new_secret,
		    &answer) :
		    pairing_hear(&p->old, buf_view(&b), p->old_secret,
		    &answer);
		buf_clear(&b);
		buf_bytes(&b, buf_view(&answer));
	}
	must(err <= 0);
	if (err == 0 && pairing_ready(&p->old) && pairing_ready(&p->new)) {
		pairing_words(&p->old, ours);
		pairing_words(&p->new, theirs);
		must((memcmp(ours, theirs, sizeof(ours)) == 0) == !bent);
	}
	buf_free(&b);
	buf_free(&answer);
}

static void
play_sealed(struct play *p, struct rd *in)
{
	struct buf b = {0}, answer = {0}, plain = {0};
	bool raw = rd_u8(in) % 2 != 0, bent;

	play_start(p, &b);
	for (unsigned i = 0; i < 4; i++) {
		buf_clear(&answer);
		must((i % 2 == 0 ? pairing_hear(&p->new, buf_view(&b),
		    p->new_secret, &answer) : pairing_hear(&p->old,
		    buf_view(&b), p->old_secret, &answer)) == 0);
		buf_clear(&b);
		buf_bytes(&b, buf_view(&answer));
	}
	buf_clear(&b);
	must(pairing_seal(&p->old, bytes_of("handed over", 11), &b) == 0);
	bent = bend(in, raw, &b);
	must((pairing_open(&p->new, buf_view(&b), &plain) == 0) == !bent);
	must(bent || plain.n == 11);
	buf_free(&b);
	buf_free(&answer);
	buf_free(&plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct play p;
	struct rd in = rd_of(bytes_of(data, size));

	if (rd_u8(&in) % 4 == 0)
		play_sealed(&p, &in);
	else
		play(&p, &in);
	pairing_wipe(&p.old);
	pairing_wipe(&p.new);
	return 0;
}
