/* SPDX-License-Identifier: ISC */
/*
 * The pieces of a film. Each is sealed under a fresh random nonce, so that one
 * that was never acknowledged can be sealed anew (T78), and is bound to film,
 * row and number. The index says length and hash of each, the card those of the
 * index: a relay that swaps, cuts or replaces a piece is found out before
 * anything of it is opened, and each way has its own name.
 */
#include "film.h"

static const char *const film_fault_row[] = {
	[FILM_GOOD] = "it is as it must be",
#define FILM_FAULT(name, text) [FILM_##name] = text,
#include "film_fault.def"
#undef FILM_FAULT
};

const char *
film_fault_text(enum film_fault f)
{
	assert((size_t)f < COUNT(film_fault_row));
	return film_fault_row[f];
}

static void
film_hash(struct bytes sealed, uint8_t hash[static HASH32])
{
	hash_label("tacet film piece", &sealed, 1, hash);
}

/* film || row || number; with the defence off all pieces are alike */
static struct bytes
film_place(const struct film_key *k, uint8_t row, uint32_t number,
    uint8_t p[static FILM_ID + 5])
{
	size_t i;

	memcpy(p, k->id, FILM_ID);
	p[FILM_ID] = row;
	for (i = 0; i < 4; i++)
		p[FILM_ID + 1 + i] = (uint8_t)(number >> (24 - 8 * i));
	return bytes_of(p, defence(piece) ? FILM_ID + 5 : 0);
}

static int
film_put(const struct film_key *k, const struct rng *rng, uint8_t row,
    uint32_t number, struct bytes plain, struct buf *out)
{
	uint8_t place[FILM_ID + 5], *p = buf_room(out, plain.n + FILM_MORE);

	assert(aead_row[AEAD_AEGIS256].nonce == FILM_NONCE);
	assert(FILM_NONCE + aead_row[AEAD_AEGIS256].tag == FILM_MORE);
	if (p == NULL)
		return out->err;
	memset(p, 0, FILM_NONCE);
	if (defence(nonce))
		rng_fill(rng, p, FILM_NONCE);
	return aead_seal(AEAD_AEGIS256, k->key, p,
	    film_place(k, row, number, place), plain, p + FILM_NONCE);
}

static int
film_get(const struct film_key *k, uint8_t row, uint32_t number,
    struct bytes sealed, struct buf *plain)
{
	uint8_t place[FILM_ID + 5], *p;

	if (sealed.n < FILM_MORE)
		return ERR_AUTH;
	p = buf_room(plain, sealed.n - FILM_MORE);
	if (p == NULL)
		return plain->err;
	return aead_open(AEAD_AEGIS256, k->key, sealed.p,
	    film_place(k, row, number, place),
	    bytes_of(sealed.p + FILM_NONCE, sealed.n - FILM_NONCE), p);
}

int
film_seal(const struct film_key *k, const struct rng *rng, uint8_t row,
    uint32_t number, struct bytes segment, struct buf *out,
    struct index_part *part)
{
	size_t before = out->n;
	struct segment s;
	int err;

	if (segment_get(segment, &s) != 0)
		return ERR_FORMAT;
	if (s.row != row || s.number != number)
		return ERR_RANGE;
	err = film_put(k, rng, row, number, segment, out);
	if (err != 0)
		return err;
	part->length = (uint32_t)(out->n - before);
	film_hash(bytes_of(out->p + before, out->n - before), part->hash);
	return 0;
}

/* What is it, if it is not what the index says? */
static enum film_fault
film_wrong(const struct index *x, const struct index_part *want,
    struct bytes sealed, const uint8_t hash[static HASH32])
{
	size_t i, n = (size_t)x->segments * x->rows;

	for (i = 0; i < n; i++)
		if (memcmp(x->part[i].hash, hash, HASH32) == 0)
			return FILM_SWAPPED;
	return sealed.n < want->length ? FILM_SHORT : FILM_FOREIGN;
}

enum film_fault
film_open(const struct film_key *k, const struct index *x, uint8_t row,
    uint32_t number, struct bytes sealed, struct buf *plain, struct segment *s)
{
	const struct index_part *want = index_part(x, number, row);
	uint8_t hash[HASH32];

	assert(want != NULL);
	film_hash(sealed, hash);
	if (defence(piece) && (sealed.n != want->length ||
	    memcmp(hash, want->hash, HASH32) != 0))
		return film_wrong(x, want, sealed, hash);
	buf_clear(plain);
	if (film_get(k, row, number, sealed, plain) != 0)
		return FILM_LABEL;
	if (segment_get(buf_view(plain), s) != 0)
		return FILM_BROKEN;
	if ((s->row != row || s->number != number) && defence(piece))
		return FILM_LABEL;
	return FILM_GOOD;
}

/* --- the index: its length, itself, zeros up to a padded size --- */

int
film_index_seal(const struct film_key *k, const struct rng *rng,
    const struct index *x, struct buf *out, uint8_t hash[static HASH32])
{
	struct buf in = {0}, b = {0};
	size_t before = out->n;
	int err;

	index_put(&in, x);
	buf_u32(&b, (uint32_t)in.n);
	buf_bytes(&b, buf_view(&in));
	buf_free(&in);
	buf_zero(&b, padme(b.n) - b.n);
	err = film_put(k, rng, FILM_INDEX_ROW, UINT32_MAX, buf_view(&b), out);
	buf_free(&b);
	if (err == 0)
		film_hash(bytes_of(out->p + before, out->n - before), hash);
	return err;
}

static int
film_index_get(struct bytes plain, struct index *x)
{
	struct rd r = rd_of(plain);
	struct bytes in = rd_view(&r, rd_u32(&r)), pad = rd_rest(&r);
	size_t i;

	if (r.err != 0 || padme(plain.n - pad.n) != plain.n)
		return ERR_FORMAT;
	for (i = 0; i < pad.n; i++)
		if (pad.p[i] != 0)
			return ERR_FORMAT;
	return index_get(in, x);
}

enum film_fault
film_index_open(const struct film_key *k, const uint8_t hash[static HASH32],
    uint64_t at, struct bytes sealed, struct index *x)
{
	struct buf plain = {0};
	uint8_t is[HASH32];
	int err;

	film_hash(sealed, is);
	if (memcmp(is, hash, HASH32) != 0 && defence(piece))
		return FILM_INDEX;
	err = film_get(k, FILM_INDEX_ROW, UINT32_MAX, sealed, &plain);
	if (err == 0)
		err = film_index_get(buf_view(&plain), x);
	buf_free(&plain);
	if (err != 0)
		return FILM_INDEX;
	if (index_size(x) == at)
		return FILM_GOOD;
	index_free(x);
	return FILM_INDEX;
}
