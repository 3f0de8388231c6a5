/* SPDX-License-Identifier: ISC */
/*
 * The seals of a store: XChaCha20-Poly1305 with a random nonce, a key per
 * table and column, and the place (table, column, row, owner, look-up hash) in
 * the associated data, so that a value opens nowhere but where it was put.
 * Keyed hashes stand for names and ids. The master key leaves
 * here only to be wrapped anew.
 */
#include <stdlib.h>

#include "sealed.h"

struct vault {
	uint8_t master[KEY_SIZE], seal[KEY_SIZE], index[KEY_SIZE];
};

#define NONCE 24        /* aead_row[AEAD_XCHACHA], as sizes of arrays */
#define TAG 16

struct vault *
vault_new(const uint8_t master[static KEY_SIZE])
{
	struct vault *v = mem_secret(sizeof(*v));

	assert(aead_row[AEAD_XCHACHA].nonce == NONCE);
	assert(aead_row[AEAD_XCHACHA].tag == TAG);
	assert(VAULT_MORE == NONCE + TAG);
	memcpy(v->master, master, KEY_SIZE);
	hash_keyed(master, "tacet store seal", NULL, 0, v->seal);
	hash_keyed(master, "tacet store index", NULL, 0, v->index);
	return v;
}

void
vault_free(struct vault *v)
{
	if (v != NULL)
		mem_secret_free(v);
}

const uint8_t *
vault_master(const struct vault *v)
{
	return v->master;
}

static struct bytes
vault_text(const char *s)
{
	return bytes_of(s, strlen(s));
}

static void
vault_key(const struct vault *v, const struct vault_place *at,
    uint8_t key[static KEY_SIZE])
{
	struct bytes name[] = {vault_text(at->table), vault_text(at->column)};

	hash_keyed(v->seal, "tacet store column", name, COUNT(name), key);
}

/* One hash of the place, each piece with its length. */
static void
vault_ad(const struct vault_place *at, uint8_t ad[static HASH32])
{
	uint8_t number[16];
	struct bytes piece[] = {
		vault_text(at->table), vault_text(at->column),
		bytes_of(number, sizeof(number)),
		bytes_of(at->key, at->key != NULL ? HASH32 : 0),
	};
	int i;

	for (i = 0; i < 8; i++) {
		number[i] = (uint8_t)((uint64_t)at->row >> (56 - 8 * i));
		number[8 + i] = (uint8_t)((uint64_t)at->owner >> (56 - 8 * i));
	}
	hash_label("tacet store place", piece, defence(seat) ? COUNT(piece) : 0,
	    ad);
}

int
vault_seal(const struct vault *v, const struct rng *rng,
    const struct vault_place *at, struct bytes plain, struct buf *out)
{
	uint8_t key[KEY_SIZE], ad[HASH32], *p;
	int err;

	p = buf_room(out, NONCE + plain.n + TAG);
	if (p == NULL)
		return out->err;
	vault_key(v, at, key);
	vault_ad(at, ad);
	rng_fill(rng, p, NONCE);
	err = aead_seal(AEAD_XCHACHA, key, p, bytes_of(ad, sizeof(ad)), plain,
	    p + NONCE);
	mem_wipe(key, sizeof(key));
	return err;
}

int
vault_open(const struct vault *v, const struct vault_place *at,
    struct bytes in, struct buf *plain)
{
	uint8_t key[KEY_SIZE], ad[HASH32], *p;
	int err;

	if (in.n < NONCE + TAG)
		return ERR_AUTH;
	plain->secret = true;
	p = buf_room(plain, in.n - NONCE - TAG);
	if (p == NULL)
		return plain->err;
	vault_key(v, at, key);
	vault_ad(at, ad);
	err = aead_open(AEAD_XCHACHA, key, in.p, bytes_of(ad, sizeof(ad)),
	    bytes_of(in.p + NONCE, in.n - NONCE), p);
	mem_wipe(key, sizeof(key));
	return err;
}

void
vault_index(const struct vault *v, const char *table, const struct bytes *what,
    size_t n, uint8_t out[static HASH32])
{
	struct bytes name = vault_text(table);
	uint8_t key[KEY_SIZE];

	hash_keyed(v->index, "tacet store table", &name, 1, key);
	hash_keyed(key, "tacet store look-up", what, n, out);
	mem_wipe(key, sizeof(key));
}
