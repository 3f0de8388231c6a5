/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes HPKE with foreign bytes: a public key to seal for, an enc and a cipher
 * text to open, an enc to export from. What was sealed opens unless changed;
 * what is made up does not.
 */
#include <stdlib.h>

#include "crypto.h"
#include "fuzz.h"

static const struct bytes info = { (const uint8_t *)"info", 4 };

/* A true string with bytes of input laid over it, and perhaps another length:
 * else no input would ever have the length of an X-Wing key. */
static void
lay_over(struct buf *b, struct bytes start, struct rd *in)
{
	size_t n, at;

	buf_bytes(b, start);
	for (n = rd_u8(in) % 16; n > 0 && b->n > 0; n--) {
		at = rd_u16(in) % b->n;
		b->p[at] = rd_u8(in);
	}
	if (rd_u8(in) % 8 == 7)
		b->n -= rd_u16(in) % (b->n + 1);
	else if (rd_u8(in) % 8 == 7)
		buf_bytes(b, rd_rest(in));
}

/* A key of any kind: seal takes exactly those that public_ok takes. */
static void
foreign_key(enum hpke h, const struct rng *rng, const uint8_t *pk,
    struct rd *in)
{
	struct buf key = { 0 }, enc = { 0 }, cipher = { 0 };
	int err;

	lay_over(&key, bytes_of(pk, hpke_row[h].public), in);
	err = hpke_seal(h, rng, buf_view(&key), info, info, info, &enc,
	    &cipher);
	must((err == 0) == hpke_public_ok(h, buf_view(&key)));
	must(err == 0 || (enc.n == 0 && cipher.n == 0));
	buf_free(&key);
	buf_free(&enc);
	buf_free(&cipher);
}

static void
made_up(enum hpke h, const uint8_t *sk, struct rd *in)
{
	static const uint8_t zeros[HPKE_ENC_MAX];
	struct buf enc = { 0 }, plain = { 0 };
	struct bytes cipher;
	uint8_t out[64];
	int err;

	lay_over(&enc, bytes_of(zeros, hpke_row[h].enc), in);
	cipher = rd_rest(in);
	must(hpke_open(h, sk, buf_view(&enc), info, info, cipher, &plain) !=
	    0);
	must(plain.n == 0);
	err = hpke_recv_export(h, sk, buf_view(&enc), info, info, out,
	    sizeof(out));
	must(err == 0 || err == ERR_KEY);
	must(err != 0 || enc.n == hpke_row[h].enc);
	buf_free(&enc);
	buf_free(&plain);
}

static void
changed(enum hpke h, const struct rng *rng, const uint8_t *pk,
    const uint8_t *sk, struct rd *in)
{
	struct bytes public = bytes_of(pk, hpke_row[h].public);
	struct buf enc = { 0 }, cipher = { 0 }, plain = { 0 };
	uint8_t bits = 0, x;
	size_t at, n;

	must(hpke_seal(h, rng, public, info, info, info, &enc, &cipher) == 0);
	for (n = rd_u8(in) % 4; n > 0; n--) {
		at = rd_u16(in) % (enc.n + cipher.n);
		x = rd_u8(in);
		/* once per place, so that no change undoes another */
		if (bits == 0) {
			*(at < enc.n ? enc.p + at : cipher.p + at - enc.n) ^= x;
			bits = x;
		}
	}
	must((hpke_open(h, sk, buf_view(&enc), info, info, buf_view(&cipher),
	    &plain) == 0) == (bits == 0));
	must(plain.n == (bits == 0 ? info.n : 0));
	buf_free(&enc);
	buf_free(&cipher);
	buf_free(&plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t pk[HPKE_PUBLIC_MAX], sk[HPKE_SECRET_MAX];
	struct rd in = rd_of(bytes_of(data, size));
	unsigned pick = rd_u8(&in);
	enum hpke h = (enum hpke)(pick % HPKE_COUNT);
	struct rng_seeded seeded;
	struct rng rng = rng_seed(&seeded, 2);

	if (seal_start() != 0 || hpke_keypair(h, &rng, pk, sk) != 0)
		abort();
	switch (pick / HPKE_COUNT % 3) {
	case 0:
		foreign_key(h, &rng, pk, &in);
		break;
	case 1:
		made_up(h, sk, &in);
		break;
	default:
		changed(h, &rng, pk, sk, &in);
		break;
	}
	return 0;
}
