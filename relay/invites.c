/* SPDX-License-Identifier: ISC */
/*
 * Invites: 128 random bits that register one account. Kept as a hash, so that
 * whoever reads the disk can't use them; gone with their first use.
 */
#include "relay.h"

static void
invites_hash(struct bytes code, uint8_t hash[static HASH32])
{
	hash_label("invite", &code, 1, hash);
}

int
invites_new(struct relay *r, int64_t life, uint8_t code[static INVITE_SIZE])
{
	int64_t until = due_after(r, life);
	struct key v = {.n = 0};
	uint8_t hash[HASH32];
	int err;

	rng_fill(r->rng, code, INVITE_SIZE);
	invites_hash(bytes_of(code, INVITE_SIZE), hash);
	key_u64(&v, (uint64_t)until);
	err = store_put(r->store, TABLE_invite, bytes_of(hash, sizeof(hash)),
	    key_view(&v));
	if (!err)
		err = due_put(r, until, DUE_INVITE,
		    bytes_of(hash, sizeof(hash)));
	return err;
}

int
invites_redeem(struct relay *r, struct bytes code)
{
	uint8_t hash[HASH32];
	struct buf v = {0};
	struct rd rd;
	int64_t until;
	int err;

	if (code.n != INVITE_SIZE)
		return ERR_INVITE;
	invites_hash(code, hash);
	err = store_get(r->store, TABLE_invite, bytes_of(hash, sizeof(hash)),
	    &v);
	rd = rd_of(buf_view(&v));
	until = (int64_t)rd_u64(&rd);
	buf_free(&v);
	if (err == ERR_NONE || (!err && until <= relay_now(r)))
		return ERR_INVITE;
	if (err || !defence(once))
		return err;
	return store_del(r->store, TABLE_invite, bytes_of(hash, sizeof(hash)));
}

int
invites_revoke(struct relay *r, const uint8_t code[static INVITE_SIZE])
{
	uint8_t hash[HASH32];

	invites_hash(bytes_of(code, INVITE_SIZE), hash);
	if (!store_has(r->store, TABLE_invite, bytes_of(hash, sizeof(hash))))
		return ERR_NONE;
	return store_del(r->store, TABLE_invite, bytes_of(hash, sizeof(hash)));
}

static bool
invites_each(void *arg, struct bytes key, struct bytes value)
{
	uint64_t *n = arg;

	(void)key;
	(void)value;
	++*n;
	return true;
}

uint64_t
invites_count(struct relay *r)
{
	struct key from = {.n = 0}, below = key_after(&from);
	uint64_t n = 0;

	if (store_scan(r->store, TABLE_invite, key_view(&from),
	    key_view(&below), STORE_UP, invites_each, &n) != 0)
		return 0;
	return n;
}

static bool
invites_first(void *arg, struct bytes key, struct bytes value)
{
	bool *found = arg;

	(void)key;
	(void)value;
	*found = true;
	return false;
}

static bool
invites_none(struct relay *r, enum table table)
{
	struct key from = {.n = 0}, below = key_after(&from);
	bool found = false;

	return store_scan(r->store, table, key_view(&from), key_view(&below),
	    STORE_UP, invites_first, &found) == 0 && !found;
}

bool
invites_wanted(struct relay *r)
{
	return invites_none(r, TABLE_name) && invites_none(r, TABLE_invite);
}
