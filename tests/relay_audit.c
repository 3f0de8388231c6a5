/* SPDX-License-Identifier: ISC */
/*
 * The books of a relay: what it says an account, a log and an inbox hold,
 * against what lies in the store. For tests, after whatever they did.
 */
#include <stdlib.h>

#include "relay_help.h"

#define AUDIT_OVERHEAD 96       /* as append.c counts an entry */

struct audit {
	struct relay *r;
	unsigned wrong;
	/* of the one prefix that is being summed */
	uint64_t n, bytes, last;
	size_t head;            /* bytes of a value that are not counted */
};

static bool
audit_sum(void *arg, struct bytes key, struct bytes value)
{
	struct audit *a = arg;
	struct rd rd = rd_of(bytes_of(key.p + key.n - 8, 8));

	a->n++;
	a->bytes += value.n - a->head;
	a->last = rd_u64(&rd);
	return true;
}

static void
audit_prefix(struct audit *a, enum table t, struct bytes prefix, size_t head)
{
	struct key from = key_of(prefix.p, prefix.n), below = key_after(&from);

	a->n = a->bytes = a->last = 0;
	a->head = head;
	if (store_scan(a->r->store, t, key_view(&from), key_view(&below),
	    STORE_UP, audit_sum, a) != 0)
		a->wrong++;
}

/* value: creator epoch last bytes */
static bool
audit_log(void *arg, struct bytes key, struct bytes value)
{
	struct audit *a = arg;
	struct rd rd = rd_of(bytes_of(value.p + ACCOUNT_ID, 24));
	uint64_t epoch = rd_u64(&rd), last = rd_u64(&rd), bytes = rd_u64(&rd);
	struct key k = key_of(key.p, key.n);

	audit_prefix(a, TABLE_entry, key, 33);
	a->wrong += a->bytes + a->n * AUDIT_OVERHEAD != bytes;
	a->wrong += a->last > last || a->n > last;
	key_u64(&k, epoch);
	a->wrong += !store_has(a->r->store, TABLE_access, key_view(&k));
	return true;
}

/* value: last boxes bytes */
static bool
audit_inbox(void *arg, struct bytes key, struct bytes value)
{
	struct audit *a = arg;
	struct rd rd = rd_of(value);
	uint64_t last = rd_u64(&rd), boxes = rd_u64(&rd), bytes = rd_u64(&rd);

	audit_prefix(a, TABLE_box, key, 8);
	a->wrong += a->n != boxes || a->bytes != bytes || a->last > last;
	return true;
}

struct audit_owner {
	enum usage kind;
	struct bytes account;
	uint64_t sum;
};

static bool
audit_owned(void *arg, struct bytes key, struct bytes value)
{
	struct audit_owner *o = arg;
	struct rd rd = rd_of(value);

	(void)key;
	if (!bytes_same(rd_view(&rd, ACCOUNT_ID), o->account))
		return true;
	if (o->kind == USAGE_BLOB_BYTES)
		(void)rd_view(&rd, HASH32);
	else
		(void)rd_view(&rd, 16);
	o->sum += o->kind == USAGE_LOGS || o->kind == USAGE_BLOBS ? 1 :
	    rd_u64(&rd);
	return true;
}

static void
audit_all(struct audit *a, enum table t, store_each *each, void *arg)
{
	struct key from = {.n = 0}, below = key_after(&from);

	if (store_scan(a->r->store, t, key_view(&from), key_view(&below),
	    STORE_UP, each, arg) != 0)
		a->wrong++;
}

/* key: kind account */
static bool
audit_usage(void *arg, struct bytes key, struct bytes value)
{
	struct audit *a = arg;
	struct audit_owner o = {
		.kind = (enum usage)key.p[0],
		.account = bytes_of(key.p + 1, ACCOUNT_ID),
	};
	struct rd rd = rd_of(value);

	audit_all(a, o.kind == USAGE_BLOB_BYTES || o.kind == USAGE_BLOBS ?
	    TABLE_blob : TABLE_log, audit_owned, &o);
	a->wrong += o.sum != rd_u64(&rd);
	return true;
}

unsigned
desk_audit(struct desk *w)
{
	struct audit a = {.r = w->relay};

	audit_all(&a, TABLE_log, audit_log, &a);
	audit_all(&a, TABLE_inbox, audit_inbox, &a);
	audit_all(&a, TABLE_usage, audit_usage, &a);
	return a.wrong;
}
