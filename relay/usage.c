/* SPDX-License-Identifier: ISC */
/*
 * What an account holds, for its quotas: bytes in the logs it created, logs,
 * bytes of blobs, blobs. The one place where the disk ties things to an
 * account.
 */
#include "relay.h"

static struct key
usage_key(enum usage kind, const uint8_t account[static ACCOUNT_ID])
{
	struct key k = {.n = 0};

	key_u8(&k, (uint8_t)kind);
	key_put(&k, account, ACCOUNT_ID);
	return k;
}

uint64_t
usage_get(struct relay *r, enum usage kind,
    const uint8_t account[static ACCOUNT_ID])
{
	struct key k = usage_key(kind, account);
	struct buf v = {0};
	uint64_t n = 0;
	struct rd rd;

	if (store_get(r->store, TABLE_usage, key_view(&k), &v) == 0) {
		rd = rd_of(buf_view(&v));
		n = rd_u64(&rd);
	}
	buf_free(&v);
	return n;
}

int
usage_add(struct relay *r, enum usage kind,
    const uint8_t account[static ACCOUNT_ID], int64_t add)
{
	struct key k = usage_key(kind, account), v = {.n = 0};
	uint64_t n = usage_get(r, kind, account);

	if (add < 0 && (uint64_t)-add >= n)
		return store_del(r->store, TABLE_usage, key_view(&k));
	key_u64(&v, n + (uint64_t)add);
	return store_put(r->store, TABLE_usage, key_view(&k), key_view(&v));
}
