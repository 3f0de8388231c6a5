/* SPDX-License-Identifier: ISC */
/*
 * A new device and an old one of the same account meet where anybody may stand
 * between them. The old one commits to a number before it sees the new one's
 * keys and number, and shows it after: so nobody could choose what goes into
 * the words with the words in mind, and seven that are the same on both screens
 * mean that both hold the same keys (a chance of 2^-77 for whoever stands
 * between). What is then agreed by X-Wing is signed with those keys. The place
 * they meet at proves nothing. No network and no clock here.
 *
 *	1 old	u8 1, u8 version, commit
 *	2 new	u8 2, signature key, transport key, X-Wing key, number
 *	3 old	u8 3, account key, signature key, number, enc, signature
 *	4 new	u8 4, signature
 *	then	u8 5, sealed
 */
#include "ident.h"

enum { PAIRING_COMMIT = 1, PAIRING_KEYS, PAIRING_SHOW, PAIRING_PROOF,
	PAIRING_SEALED };
#define PAIRING_VERSION 1

static void
pairing_pieces(const struct pairing *p, struct bytes piece[static 8])
{
	piece[0] = bytes_of(p->place, WIRE_ID);
	piece[1] = bytes_of(p->account_key, SIGN_PUBLIC);
	piece[2] = bytes_of(p->old_sign, SIGN_PUBLIC);
	piece[3] = bytes_of(p->number[0], KEY_SIZE);
	piece[4] = bytes_of(p->new_sign, SIGN_PUBLIC);
	piece[5] = bytes_of(p->transport, DH_SIZE);
	piece[6] = bytes_of(p->kem, XWING_PUBLIC);
	piece[7] = bytes_of(p->number[1], KEY_SIZE);
}

static void
pairing_commit(const struct pairing *p, uint8_t commit[static HASH32])
{
	struct bytes piece[8];

	pairing_pieces(p, piece);
	hash_label("pairing commit", piece, 4, commit);
}

void
pairing_words(const struct pairing *p, uint16_t word[static PAIRING_WORDS])
{
	struct bytes piece[8];
	uint8_t h[HASH32];

	assert(pairing_ready(p));
	pairing_pieces(p, piece);
	hash_label("pairing words", piece, COUNT(piece), h);
	words_take(h, PAIRING_WORDS, word);
}

/* All that was said before, and what was agreed to */
static void
pairing_bind(struct pairing *p, const uint8_t enc[static XWING_CIPHER])
{
	struct bytes piece[9];

	pairing_pieces(p, piece);
	piece[8] = bytes_of(enc, XWING_CIPHER);
	hash_label("pairing bound", piece, COUNT(piece), p->bound);
}

static int
pairing_keys(struct pairing *p, const uint8_t shared[static 32])
{
	static const char *const info[2] = {"tacet pairing to new",
	    "tacet pairing to old"};
	uint8_t prk[HASH64];
	int i, err = 0;

	hkdf_extract(HASH_SHA512, bytes_of(p->bound, HASH32),
	    bytes_of(shared, 32), prk);
	for (i = 0; i < 2 && err == 0; i++)
		err = hkdf_expand(HASH_SHA512, bytes_of(prk, HASH64),
		    bytes_of(info[i], strlen(info[i])), p->key[i], KEY_SIZE);
	mem_wipe(prk, sizeof(prk));
	return err;
}

static struct bytes
pairing_signed(const struct pairing *p, bool old, uint8_t out[static 48])
{
	static const uint8_t whose[2][16] = {
		"tacet pairing b\n", "tacet pairing a\n",
	};

	memcpy(out, whose[old], sizeof(whose[old]));
	memcpy(out + 16, p->bound, HASH32);
	return bytes_of(out, 48);
}

static void
pairing_sign(const struct pairing *p, const uint8_t secret[static SIGN_SECRET],
    struct buf *out)
{
	uint8_t text[48], signature[SIGN_SIZE];

	sign_make(secret, pairing_signed(p, p->old, text), signature);
	buf_put(out, signature, SIGN_SIZE);
}

static int
pairing_check(const struct pairing *p, const uint8_t key[static SIGN_PUBLIC],
    const uint8_t signature[static SIGN_SIZE])
{
	uint8_t text[48];

	return sign_verify(key, pairing_signed(p, !p->old, text), signature);
}

/* ---- beginning ----------------------------------------------------------- */

void
pairing_old(struct pairing *p, const struct rng *rng,
    const uint8_t place[static WIRE_ID],
    const uint8_t account_key[static SIGN_PUBLIC],
    const uint8_t sign[static SIGN_PUBLIC], struct buf *out)
{
	uint8_t commit[HASH32];

	memset(p, 0, sizeof(*p));
	p->old = true;
	p->rng = rng;
	p->want = PAIRING_KEYS;
	memcpy(p->place, place, WIRE_ID);
	memcpy(p->account_key, account_key, SIGN_PUBLIC);
	memcpy(p->old_sign, sign, SIGN_PUBLIC);
	rng_fill(rng, p->number[0], KEY_SIZE);
	pairing_commit(p, commit);
	buf_u8(out, PAIRING_COMMIT);
	buf_u8(out, PAIRING_VERSION);
	buf_put(out, commit, HASH32);
}

int
pairing_new(struct pairing *p, const struct rng *rng,
    const uint8_t place[static WIRE_ID],
    const uint8_t sign[static SIGN_PUBLIC],
    const uint8_t transport[static DH_SIZE])
{
	memset(p, 0, sizeof(*p));
	p->rng = rng;
	p->want = PAIRING_COMMIT;
	memcpy(p->place, place, WIRE_ID);
	memcpy(p->new_sign, sign, SIGN_PUBLIC);
	memcpy(p->transport, transport, DH_SIZE);
	rng_fill(rng, p->secret, XWING_SECRET);
	rng_fill(rng, p->number[1], KEY_SIZE);
	return xwing_public(p->secret, p->kem);
}

/* ---- hearing ------------------------------------------------------------- */

static int
heard_commit(struct pairing *p, struct rd *r, struct buf *out)
{
	if (rd_u8(r) != PAIRING_VERSION)
		return r->err != 0 ? ERR_FORMAT : ERR_VERSION;
	rd_copy(r, p->commit, HASH32);
	if (rd_end(r) != 0)
		return ERR_FORMAT;
	buf_u8(out, PAIRING_KEYS);
	buf_put(out, p->new_sign, SIGN_PUBLIC);
	buf_put(out, p->transport, DH_SIZE);
	buf_put(out, p->kem, XWING_PUBLIC);
	buf_put(out, p->number[1], KEY_SIZE);
	p->want = PAIRING_SHOW;
	return 0;
}

static int
heard_keys(struct pairing *p, struct rd *r,
    const uint8_t secret[static SIGN_SECRET], struct buf *out)
{
	uint8_t seed[64], enc[XWING_CIPHER], shared[32];
	int err;

	rd_copy(r, p->new_sign, SIGN_PUBLIC);
	rd_copy(r, p->transport, DH_SIZE);
	rd_copy(r, p->kem, XWING_PUBLIC);
	rd_copy(r, p->number[1], KEY_SIZE);
	if (rd_end(r) != 0)
		return ERR_FORMAT;
	if (!sign_public_ok(p->new_sign) || !dh_public_ok(p->transport) ||
	    !xwing_public_ok(p->kem))
		return ERR_KEY;
	rng_fill(p->rng, seed, sizeof(seed));
	err = xwing_enc(p->kem, seed, enc, shared);
	mem_wipe(seed, sizeof(seed));
	if (err == 0) {
		pairing_bind(p, enc);
		err = pairing_keys(p, shared);
	}
	mem_wipe(shared, sizeof(shared));
	if (err != 0)
		return err;
	buf_u8(out, PAIRING_SHOW);
	buf_put(out, p->account_key, SIGN_PUBLIC);
	buf_put(out, p->old_sign, SIGN_PUBLIC);
	buf_put(out, p->number[0], KEY_SIZE);
	buf_put(out, enc, XWING_CIPHER);
	pairing_sign(p, secret, out);
	p->want = PAIRING_PROOF;
	return 0;
}

static int
heard_show(struct pairing *p, struct rd *r,
    const uint8_t secret[static SIGN_SECRET], struct buf *out)
{
	uint8_t enc[XWING_CIPHER], shared[32], signature[SIGN_SIZE];
	uint8_t commit[HASH32];
	int err;

	rd_copy(r, p->account_key, SIGN_PUBLIC);
	rd_copy(r, p->old_sign, SIGN_PUBLIC);
	rd_copy(r, p->number[0], KEY_SIZE);
	rd_copy(r, enc, XWING_CIPHER);
	rd_copy(r, signature, SIGN_SIZE);
	if (rd_end(r) != 0)
		return ERR_FORMAT;
	pairing_commit(p, commit);
	if (memcmp(commit, p->commit, HASH32) != 0 && defence(commitment))
		return ERR_AUTH;
	if (!sign_public_ok(p->account_key))
		return ERR_KEY;
	pairing_bind(p, enc);
	err = pairing_check(p, p->old_sign, signature);
	if (err == 0)
		err = xwing_dec(p->secret, enc, shared);
	if (err == 0)
		err = pairing_keys(p, shared);
	mem_wipe(shared, sizeof(shared));
	mem_wipe(p->secret, sizeof(p->secret));
	if (err != 0)
		return err;
	buf_u8(out, PAIRING_PROOF);
	pairing_sign(p, secret, out);
	p->want = PAIRING_SEALED;
	return 0;
}

static int
heard_proof(struct pairing *p, struct rd *r)
{
	uint8_t signature[SIGN_SIZE];
	int err;

	rd_copy(r, signature, SIGN_SIZE);
	if (rd_end(r) != 0)
		return ERR_FORMAT;
	err = pairing_check(p, p->new_sign, signature);
	if (err == 0)
		p->want = PAIRING_SEALED;
	return err;
}

int
pairing_hear(struct pairing *p, struct bytes in,
    const uint8_t secret[static SIGN_SECRET], struct buf *out)
{
	struct rd r = rd_of(in);
	uint8_t kind = rd_u8(&r);

	if (r.err != 0)
		return ERR_FORMAT;
	if (kind != p->want)
		return ERR_STATE;
	switch (kind) {
	case PAIRING_COMMIT:
		return heard_commit(p, &r, out);
	case PAIRING_KEYS:
		return heard_keys(p, &r, secret, out);
	case PAIRING_SHOW:
		return heard_show(p, &r, secret, out);
	case PAIRING_PROOF:
		return heard_proof(p, &r);
	default:
		return ERR_STATE;
	}
}

bool
pairing_ready(const struct pairing *p)
{
	return p->want == PAIRING_SEALED;
}

/* ---- and then ------------------------------------------------------------ */

static void
pairing_nonce(uint64_t n, uint8_t nonce[static 12])
{
	memset(nonce, 0, 12);
	for (int i = 0; i < 8; i++)
		nonce[4 + i] = (uint8_t)(n >> (8 * i));
}

int
pairing_seal(struct pairing *p, struct bytes plain, struct buf *out)
{
	uint8_t nonce[12];
	uint8_t *at;

	assert(pairing_ready(p));
	if (plain.n > PAIRING_PLAIN)
		return ERR_BIG;
	pairing_nonce(p->count[0]++, nonce);
	buf_u8(out, PAIRING_SEALED);
	at = buf_room(out, plain.n + aead_row[AEAD_CHACHA].tag);
	return aead_seal(AEAD_CHACHA, p->key[p->old ? 0 : 1], nonce,
	    bytes_of(p->bound, HASH32), plain, at);
}

int
pairing_open(struct pairing *p, struct bytes in, struct buf *plain)
{
	size_t tag = aead_row[AEAD_CHACHA].tag;
	uint8_t nonce[12];
	uint8_t *at;
	int err;

	if (!pairing_ready(p))
		return ERR_STATE;
	if (in.n < 1 + tag || in.n > 1 + tag + PAIRING_PLAIN ||
	    in.p[0] != PAIRING_SEALED)
		return ERR_FORMAT;
	pairing_nonce(p->count[1], nonce);
	at = buf_room(plain, in.n - 1 - tag);
	err = aead_open(AEAD_CHACHA, p->key[p->old ? 1 : 0], nonce,
	    bytes_of(p->bound, HASH32), bytes_of(in.p + 1, in.n - 1), at);
	if (err == 0)
		p->count[1]++;
	return err;
}

void
pairing_wipe(struct pairing *p)
{
	mem_wipe(p, sizeof(*p));
}

/* ---- the place ----------------------------------------------------------- */

void
pairing_place(const uint16_t word[static PAIRING_CODE],
    uint8_t place[static WIRE_ID])
{
	uint8_t text[PAIRING_CODE * 2], h[HASH32];
	struct bytes piece = bytes_of(text, sizeof(text));

	for (size_t i = 0; i < PAIRING_CODE; i++) {
		text[2 * i] = (uint8_t)(word[i] >> 8);
		text[2 * i + 1] = (uint8_t)word[i];
	}
	hash_label("pairing place", &piece, 1, h);
	memcpy(place, h, WIRE_ID);
}
