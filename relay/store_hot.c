/* SPDX-License-Identifier: ISC */
/*
 * The rows that are asked for again and again: the newest state of logs, what
 * accounts use, and the blobs that are read. A handful stays in memory, above
 * all drivers, so that the disk is asked once and not for each entry or range,
 * and is told once in a turn, however often a row has changed in it: the driver
 * gets it before the turn is handed over. A turn that is lost empties all, since
 * the driver goes back to what it kept. Peers choose keys: those that meet in a
 * slot only push each other out.
 */
#include <stdlib.h>

#include "relay.h"

#define HOT_SLOTS 256           /* a power of 2 */
#define HOT_KEY 40
#define HOT_VALUE 104           /* a blob's row has 97 */

struct hot_row {
	uint8_t table, key_n, value_n;  /* key_n 0: free */
	bool fresh;                     /* not yet handed to the driver */
	bool listed;                    /* once, until they are all written */
	uint8_t key[HOT_KEY], value[HOT_VALUE];
};
struct hot {
	struct hot_row row[HOT_SLOTS];
	uint16_t list[HOT_SLOTS];       /* rows that may be fresh */
	size_t listed;
};

struct hot *
hot_new(void)
{
	return mem_alloc(sizeof(struct hot));
}

void
hot_free(struct hot *h)
{
	free(h);
}

void
hot_clear(struct hot *h)
{
	memset(h, 0, sizeof(*h));
}

static struct hot_row *
hot_slot(struct hot *h, enum table t, struct bytes key)
{
	uint32_t sum = 2166136261u ^ (uint32_t)t;       /* FNV-1a */
	size_t i;

	if ((t != TABLE_log && t != TABLE_usage && t != TABLE_blob) ||
	    key.n == 0 || key.n > HOT_KEY)
		return NULL;
	for (i = 0; i < key.n; i++)
		sum = (sum ^ key.p[i]) * 16777619u;
	return &h->row[(sum ^ sum >> 16) & (HOT_SLOTS - 1)];
}

static bool
hot_is(const struct hot_row *r, enum table t, struct bytes key)
{
	return r->table == (uint8_t)t && r->key_n == key.n &&
	    memcmp(r->key, key.p, key.n) == 0;
}

bool
hot_get(struct hot *h, enum table t, struct bytes key, struct buf *out)
{
	const struct hot_row *r = hot_slot(h, t, key);

	if (!r || !hot_is(r, t, key))
		return false;
	buf_put(out, r->value, r->value_n);
	return true;
}

static void
hot_set(struct hot_row *r, enum table t, struct bytes key, struct bytes value)
{
	r->table = (uint8_t)t;
	r->key_n = (uint8_t)key.n;
	r->value_n = (uint8_t)value.n;
	memcpy(r->key, key.p, key.n);
	memcpy(r->value, value.p, value.n);
}

void
hot_know(struct hot *h, enum table t, struct bytes key, struct bytes value)
{
	struct hot_row *r = hot_slot(h, t, key);

	if (r && !r->fresh && value.n <= HOT_VALUE)
		hot_set(r, t, key, value);
}

static int
hot_write_row(struct hot_row *r, hot_write *write, void *arg)
{
	r->fresh = false;
	return write(arg, (enum table)r->table, bytes_of(r->key, r->key_n),
	    bytes_of(r->value, r->value_n));
}

bool
hot_put(struct hot *h, enum table t, struct bytes key, struct bytes value,
    hot_write *write, void *arg, int *err)
{
	struct hot_row *r = hot_slot(h, t, key);

	*err = 0;
	if (!r)
		return false;
	if (value.n > HOT_VALUE) {
		hot_forget(h, t, key);
		return false;
	}
	if (r->fresh && !hot_is(r, t, key))
		*err = hot_write_row(r, write, arg);
	hot_set(r, t, key, value);
	r->fresh = true;
	if (!r->listed) {
		r->listed = true;
		h->list[h->listed++] = (uint16_t)(r - h->row);
	}
	return true;
}

int
hot_flush(struct hot *h, hot_write *write, void *arg)
{
	struct hot_row *r;
	int err = 0, e;

	while (h->listed > 0) {
		r = &h->row[h->list[--h->listed]];
		r->listed = false;
		e = r->fresh ? hot_write_row(r, write, arg) : 0;
		if (!err)
			err = e;
	}
	return err;
}

void
hot_forget(struct hot *h, enum table t, struct bytes key)
{
	struct hot_row *r = hot_slot(h, t, key);

	if (r && hot_is(r, t, key)) {
		r->key_n = 0;
		r->fresh = false;
	}
}
