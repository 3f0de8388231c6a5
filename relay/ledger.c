/* SPDX-License-Identifier: ISC */
/*
 * The log of the directory in the store: a row for each leaf, one for each
 * node above that is whole, and one that tells where a version of a record
 * stands. Nothing is ever changed or deleted here, so a proof for any size is
 * some fifty reads. Only the right border of the tree is in memory; after a
 * lost turn it is read again.
 */
#include <stdlib.h>

#include "relay.h"

static struct key
ledger_key(uint64_t number)
{
	struct key k = {.n = 0};

	key_u64(&k, number);
	return k;
}

static struct key
ledger_node_key(unsigned level, uint64_t number)
{
	struct key k = {.n = 0};

	key_u8(&k, (uint8_t)level);
	key_u64(&k, number);
	return k;
}

static struct key
ledger_place_key(const uint8_t account[static ACCOUNT_ID], uint64_t version)
{
	struct key k = key_of(account, ACCOUNT_ID);

	key_u64(&k, version);
	return k;
}

/* --- reading --- */

static int
ledger_leaf(struct relay *r, uint64_t number, struct leaf *l)
{
	struct key k = ledger_key(number);
	struct buf v = {0};
	int err = store_get(r->store, TABLE_leaf, key_view(&k), &v);

	if (!err)
		err = leaf_get(buf_view(&v), l);
	buf_free(&v);
	return err;
}

static int
ledger_node(void *arg, unsigned level, uint64_t number,
    uint8_t hash[static HASH32])
{
	struct relay *r = arg;
	struct key k = ledger_node_key(level, number);
	struct buf v = {0};
	struct leaf l;
	int err;

	if (level == 0) {
		err = ledger_leaf(r, number, &l);
		if (!err)
			leaf_hash(&l, hash);
		return err;
	}
	err = store_get(r->store, TABLE_node, key_view(&k), &v);
	if (!err && v.n != HASH32)
		err = ERR_FORMAT;
	if (!err)
		memcpy(hash, v.p, HASH32);
	buf_free(&v);
	return err;
}

struct merkle_nodes
ledger_nodes(struct relay *r)
{
	return (struct merkle_nodes){ledger_node, r};
}

static bool
ledger_last_each(void *arg, struct bytes key, struct bytes value)
{
	struct rd rd = rd_of(key);

	(void)value;
	*(uint64_t *)arg = rd_u64(&rd) + 1;
	return false;
}

static int
ledger_load(struct relay *r)
{
	struct merkle_nodes nodes = ledger_nodes(r);
	struct key from = ledger_key(0), below = ledger_key(UINT64_MAX);
	uint64_t size = 0;
	int err;

	err = store_scan(r->store, TABLE_leaf, key_view(&from),
	    key_view(&below), STORE_DOWN, ledger_last_each, &size);
	if (!err)
		err = merkle_range_at(&nodes, size, &r->ledger.range);
	r->ledger.stale = err != 0;
	return err;
}

int
ledger_root(struct relay *r, uint64_t size, uint8_t root[static HASH32])
{
	struct merkle_nodes nodes = ledger_nodes(r);
	struct merkle_range range;
	int err = merkle_range_at(&nodes, size, &range);

	if (!err)
		merkle_root(&range, root);
	return err;
}

static int
ledger_place(struct relay *r, const uint8_t account[static ACCOUNT_ID],
    uint64_t version, uint64_t *number)
{
	struct key k = ledger_place_key(account, version);
	struct buf v = {0};
	struct rd rd;
	int err = store_get(r->store, TABLE_place, key_view(&k), &v);

	rd = rd_of(buf_view(&v));
	*number = rd_u64(&rd);
	if (!err)
		err = rd_end(&rd);
	buf_free(&v);
	return err;
}

int
ledger_find(struct relay *r, const uint8_t account[static ACCOUNT_ID],
    uint64_t version, uint64_t *number, uint64_t *prev)
{
	struct leaf l;
	int err = ledger_place(r, account, version, number);

	if (!err)
		err = ledger_leaf(r, *number, &l);
	if (!err)
		*prev = l.prev;
	return err;
}

struct ledger_take {
	struct buf *out;
	size_t n;
};

static bool
ledger_page_each(void *arg, struct bytes key, struct bytes value)
{
	struct ledger_take *t = arg;

	(void)key;
	buf_bytes(t->out, value);
	return ++t->n < LEDGER_PAGE;
}

int
ledger_page(struct relay *r, uint64_t from, uint64_t below, struct buf *out)
{
	struct key k = ledger_key(from), end = ledger_key(below);
	struct ledger_take t = {.out = out};
	int err;

	if (from >= below)
		return 0;
	err = store_scan(r->store, TABLE_leaf, key_view(&k), key_view(&end),
	    STORE_UP, ledger_page_each, &t);
	return err ? err : out->err;
}

/* --- adding --- */

static int
ledger_made(void *arg, unsigned level, uint64_t number,
    const uint8_t hash[static HASH32])
{
	struct relay *r = arg;
	struct key k = ledger_node_key(level, number);

	return store_put(r->store, TABLE_node, key_view(&k),
	    bytes_of(hash, HASH32));
}

static int
ledger_prev(struct relay *r, const struct record *rec, uint64_t *prev)
{
	int err;

	*prev = 0;
	if (rec->version == 1)
		return 0;
	err = ledger_place(r, rec->account, rec->version - 1, prev);
	if (!err)
		++*prev;
	return err == ERR_NONE ? 0 : err;
}

int
ledger_add(struct relay *r, const struct record *rec)
{
	struct merkle_range *range = &r->ledger.range;
	struct key k, place = ledger_place_key(rec->account, rec->version);
	uint8_t raw[LEAF_SIZE], hash[HASH32];
	struct leaf l;
	uint64_t prev;
	int err = r->ledger.stale ? ledger_load(r) : 0;

	if (!err)
		err = ledger_prev(r, rec, &prev);
	if (err)
		return err;
	leaf_make(keys_head(r->keys), rec, prev, &l);
	leaf_put(&l, raw);
	leaf_hash(&l, hash);
	k = ledger_key(range->size);
	err = store_put(r->store, TABLE_leaf, key_view(&k),
	    bytes_of(raw, sizeof(raw)));
	if (!err)
		err = store_put(r->store, TABLE_place, key_view(&place),
		    key_view(&k));
	if (!err)
		err = merkle_add(range, hash, ledger_made, r);
	if (err)                /* the turn is lost */
		r->ledger.stale = true;
	return err;
}

/* --- what of it is kept --- */

void
ledger_turn(struct relay *r)
{
	struct ledger *l = &r->ledger;

	if (l->stale || l->range.size == l->noted)
		return;
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 8;
		l->turn = mem_grow(l->turn, l->cap, sizeof(*l->turn));
	}
	l->noted = l->range.size;
	l->turn[l->n++] = (struct ledger_turn){r->turn, l->noted};
}

void
ledger_kept(struct relay *r, uint64_t turn)
{
	struct ledger *l = &r->ledger;
	size_t i = 0;

	while (i < l->n && l->turn[i].turn <= turn)
		l->kept = l->turn[i++].size;
	if (i == 0)
		return;
	l->n -= i;
	memmove(l->turn, l->turn + i, l->n * sizeof(*l->turn));
}

void
ledger_lost(struct relay *r, uint64_t turn)
{
	struct ledger *l = &r->ledger;

	while (l->n > 0 && l->turn[l->n - 1].turn >= turn)
		l->n--;
	l->noted = l->n > 0 ? l->turn[l->n - 1].size : l->kept;
	l->stale = true;
}

/* --- the start --- */

int
ledger_open(struct relay *r)
{
	int err = ledger_load(r);

	r->ledger.kept = r->ledger.noted = r->ledger.range.size;
	return err;
}

void
ledger_free(struct relay *r)
{
	free(r->ledger.turn);
	r->ledger.turn = NULL;
}

struct ledger_batch {
	struct buf records;             /* u16 length, record */
	struct key last;
	size_t n;
};

static bool
ledger_build_each(void *arg, struct bytes key, struct bytes value)
{
	struct ledger_batch *b = arg;

	b->last = key_of(key.p, key.n);
	buf_u16(&b->records, (uint16_t)value.n);
	buf_bytes(&b->records, value);
	return ++b->n < LEDGER_BATCH;
}

static int
ledger_build_batch(struct relay *r, const struct ledger_batch *b)
{
	struct rd rd = rd_of(buf_view(&b->records));
	struct record rec;
	uint64_t number;
	int err = 0;

	while (!err && rd_left(&rd) > 0) {
		err = record_get_kept(rd_view(&rd, rd_u16(&rd)), &rec);
		if (err)
			break;
		err = ledger_place(r, rec.account, rec.version, &number);
		if (err == ERR_NONE)    /* an earlier try came not this far */
			err = ledger_add(r, &rec);
	}
	return err;
}

int
ledger_build(struct relay *r)
{
	static const uint8_t all[ACCOUNT_ID + 9] = {0};
	struct bytes mark = bytes_of("ledger", 6);
	struct key from = {.n = 0}, below;
	struct ledger_batch b;
	int err = 0;

	if (store_has(r->store, TABLE_meta, mark))
		return 0;
	memset(below.p, 0xff, sizeof(all));
	below.n = sizeof(all);
	do {
		b = (struct ledger_batch){.n = 0};
		err = store_scan(r->store, TABLE_record, key_view(&from),
		    key_view(&below), STORE_UP, ledger_build_each, &b);
		if (!err)
			err = ledger_build_batch(r, &b);
		from = b.last;
		key_u8(&from, 0);
		buf_free(&b.records);
		relay_keep(r);
		if (!err && r->store->sick)
			err = ERR_IO;
	} while (!err && b.n == LEDGER_BATCH);
	if (!err && r->ledger.range.size > 0)
		log_say(r->log, LOG_INFO, "ledger", "built of %llu records",
		    (unsigned long long)r->ledger.range.size);
	if (!err)
		err = store_put(r->store, TABLE_meta, mark, bytes_of("1", 1));
	relay_keep(r);
	return err;
}
