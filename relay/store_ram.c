/* SPDX-License-Identifier: ISC */
/*
 * The store that forgets: sorted arrays, and an undo list for each turn that
 * has not been reported yet. For tests it can hold its reports, so that turns
 * overlap as over a network, and fail as a full disk does.
 */
#include <stdio.h>
#include <stdlib.h>

#include "relay.h"

struct ram_pair {
	size_t kn, vn;
	uint8_t *k, *v;
};
struct ram_table {
	struct ram_pair *pair;
	size_t n, cap;
};
struct ram_undo {                       /* what was there before */
	enum table table;
	struct ram_pair old;            /* v NULL: nothing was there */
};
struct ram_turn {
	struct ram_turn *next;
	uint64_t turn;
	struct ram_undo *undo;
	size_t n, cap;
};
struct ram_blob {
	uint8_t id[WIRE_KEY];
	struct buf data;
};
struct ram {
	struct ram_table table[TABLES];
	struct ram_turn *turns;         /* oldest first; the last one is open */
	struct hashmap blobs;
	bool hold;
	int fail;
};

static int
ram_compare(const struct ram_pair *p, struct bytes key)
{
	size_t n = p->kn < key.n ? p->kn : key.n;
	int d = n ? memcmp(p->k, key.p, n) : 0;

	if (d)
		return d;
	return (p->kn > key.n) - (p->kn < key.n);
}

/* The first pair whose key is not below. */
static size_t
ram_at(const struct ram_table *t, struct bytes key)
{
	size_t low = 0, high = t->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (ram_compare(&t->pair[mid], key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct ram_pair *
ram_find(struct ram_table *t, struct bytes key)
{
	size_t i = ram_at(t, key);

	return i < t->n && ram_compare(&t->pair[i], key) == 0 ? &t->pair[i] :
	    NULL;
}

static void
ram_pair_free(struct ram_pair *p)
{
	if (p->v)
		mem_wipe(p->v, p->vn);
	free(p->k);
	free(p->v);
}

static struct ram_pair
ram_pair(struct bytes key, const struct bytes *value)
{
	struct ram_pair p = {.kn = key.n};

	p.k = mem_copy(key.p, key.n);
	if (value) {
		p.vn = value->n;
		p.v = mem_alloc(value->n + 1);
		if (value->n)
			memcpy(p.v, value->p, value->n);
	}
	return p;
}

/* Puts the pair in its place and gives back what was there (v NULL: none). */
static struct ram_pair
ram_swap(struct ram_table *t, struct ram_pair p)
{
	struct bytes key = bytes_of(p.k, p.kn);
	struct ram_pair old = {.v = NULL};
	size_t i = ram_at(t, key);
	bool there = i < t->n && ram_compare(&t->pair[i], key) == 0;

	if (there) {
		old = t->pair[i];
		if (p.v) {
			t->pair[i] = p;
			return old;
		}
		t->n--;
		memmove(t->pair + i, t->pair + i + 1,
		    (t->n - i) * sizeof(*t->pair));
		free(p.k);
		return old;
	}
	if (!p.v) {
		old = p;
		return old;
	}
	old = ram_pair(key, NULL);
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 16;
		t->pair = mem_grow(t->pair, t->cap, sizeof(*t->pair));
	}
	memmove(t->pair + i + 1, t->pair + i, (t->n - i) * sizeof(*t->pair));
	t->pair[i] = p;
	t->n++;
	return old;
}

static struct ram_turn **
ram_last(struct ram *r)
{
	struct ram_turn **p = &r->turns;

	while ((*p)->next)
		p = &(*p)->next;
	return p;
}

static int
ram_change(struct store *s, enum table table, struct ram_pair p)
{
	struct ram *r = s->data;
	struct ram_turn *t = *ram_last(r);

	if (r->fail) {
		ram_pair_free(&p);
		return r->fail;
	}
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 16;
		t->undo = mem_grow(t->undo, t->cap, sizeof(*t->undo));
	}
	t->undo[t->n].table = table;
	t->undo[t->n++].old = ram_swap(&r->table[table], p);
	return 0;
}

static int
ram_open(struct store *s, const char *dir)
{
	struct ram *r = mem_alloc(sizeof(*r));

	(void)dir;              /* nothing is kept there */
	r->turns = mem_alloc(sizeof(*r->turns));
	hashmap_init(&r->blobs, &rng_system, WIRE_KEY);
	s->data = r;
	return 0;
}

static struct ram_turn *
ram_turn_free(struct ram_turn *t, struct ram *back)
{
	struct ram_turn *next = t->next;
	struct ram_pair gone;

	while (t->n > 0) {
		struct ram_undo *u = &t->undo[--t->n];

		if (back) {
			gone = ram_swap(&back->table[u->table], u->old);
			ram_pair_free(&gone);
		} else {
			ram_pair_free(&u->old);
		}
	}
	free(t->undo);
	free(t);
	return next;
}

static void
ram_close(struct store *s)
{
	struct ram *r = s->data;
	struct ram_blob *b;
	size_t i, j;

	while (r->turns)
		r->turns = ram_turn_free(r->turns, NULL);
	for (i = 0; i < TABLES; i++) {
		for (j = 0; j < r->table[i].n; j++)
			ram_pair_free(&r->table[i].pair[j]);
		free(r->table[i].pair);
	}
	i = 0;
	while ((b = hashmap_next(&r->blobs, &i))) {
		buf_free(&b->data);
		free(b);
	}
	hashmap_free(&r->blobs);
	free(r);
}

static int
ram_get(struct store *s, enum table table, struct bytes key, struct buf *out)
{
	struct ram *r = s->data;
	struct ram_pair *p = ram_find(&r->table[table], key);

	if (!p)
		return ERR_NONE;
	buf_put(out, p->v, p->vn);
	return out->err;
}

static int
ram_put(struct store *s, enum table table, struct bytes key,
    struct bytes value)
{
	return ram_change(s, table, ram_pair(key, &value));
}

static int
ram_del(struct store *s, enum table table, struct bytes key)
{
	return ram_change(s, table, ram_pair(key, NULL));
}

static int
ram_scan(struct store *s, enum table table, struct bytes from,
    struct bytes below, enum store_way way, store_each *each, void *arg)
{
	struct ram *r = s->data;
	struct ram_table *t = &r->table[table];
	size_t low = ram_at(t, from), high = ram_at(t, below);
	struct ram_pair *p;

	while (low < high) {
		p = way == STORE_UP ? &t->pair[low++] : &t->pair[--high];
		if (!each(arg, bytes_of(p->k, p->kn), bytes_of(p->v, p->vn)))
			break;
	}
	return 0;
}

static int
ram_blob_write(struct store *s, const uint8_t id[static WIRE_KEY],
    uint64_t offset, struct bytes data)
{
	struct ram *r = s->data;
	struct ram_blob *b = hashmap_get(&r->blobs, id);

	if (r->fail)
		return r->fail;
	if (!b) {
		b = mem_alloc(sizeof(*b));
		memcpy(b->id, id, sizeof(b->id));
		hashmap_put(&r->blobs, id, b);
	}
	if (offset > b->data.n)
		return ERR_RANGE;
	b->data.n = (size_t)offset;     /* the row says how much of it counts */
	buf_bytes(&b->data, data);
	return b->data.err;
}

static int
ram_blob_read(struct store *s, const uint8_t id[static WIRE_KEY],
    uint64_t offset, size_t n, struct buf *out)
{
	struct ram *r = s->data;
	struct ram_blob *b = hashmap_get(&r->blobs, id);

	if (!b)
		return ERR_NONE;
	if (offset > b->data.n || n > b->data.n - (size_t)offset)
		return ERR_RANGE;
	buf_put(out, b->data.p + offset, n);
	return out->err;
}

static void
ram_blob_drop(struct store *s, const uint8_t id[static WIRE_KEY])
{
	struct ram *r = s->data;
	struct ram_blob *b = hashmap_remove(&r->blobs, id);

	if (b)
		buf_free(&b->data);
	free(b);
}

/* The next part is written over it: nothing to be done. */
static void
ram_blob_trim(struct store *s, const uint8_t id[static WIRE_KEY],
    uint64_t size)
{
	(void)s;
	(void)id;
	(void)size;
}

/* Takes back the turns from `t` on, the latest first. */
static void
ram_undo_from(struct ram *r, struct ram_turn **t)
{
	if (!*t)
		return;
	ram_undo_from(r, &(*t)->next);
	(void)ram_turn_free(*t, r);
	*t = NULL;
}

static void
ram_lose(struct store *s, struct ram_turn **from, int err)
{
	struct ram *r = s->data;
	uint64_t turn[64];
	struct ram_turn *t;
	size_t i, n = 0;

	for (t = *from; t; t = t->next)
		if (t->turn && n < COUNT(turn))
			turn[n++] = t->turn;
	ram_undo_from(r, from);
	*from = mem_alloc(sizeof(**from));
	for (i = 0; i < n; i++)
		store_lost(s, turn[i], err);
}

static void
ram_turn_end(struct store *s, uint64_t turn, int spoiled)
{
	struct ram *r = s->data;
	struct ram_turn **last = ram_last(r);

	(*last)->turn = turn;
	if (spoiled || (r->fail && (*last)->n > 0)) {
		(void)snprintf(s->why, sizeof(s->why), "%s",
		    err_text(spoiled ? spoiled : r->fail));
		ram_lose(s, last, ERR_IO);
		return;
	}
	(*last)->next = mem_alloc(sizeof(**last));
	if (!r->hold)
		store_ram_release(s, UINT32_MAX);
}

static int
ram_heal(struct store *s)
{
	struct ram *r = s->data;

	return r->fail;
}

void
store_ram_hold(struct store *s, bool hold)
{
	struct ram *r = s->data;

	r->hold = hold;
	if (!hold)
		store_ram_release(s, UINT32_MAX);
}

void
store_ram_release(struct store *s, unsigned n)
{
	struct ram *r = s->data;
	uint64_t turn;

	while (n-- > 0 && r->turns->next) {
		if (r->fail && r->turns->n > 0) {
			ram_lose(s, &r->turns, ERR_IO);
			return;
		}
		turn = r->turns->turn;
		r->turns = ram_turn_free(r->turns, NULL);
		store_kept(s, turn);
	}
}

void
store_ram_fail(struct store *s, int err)
{
	struct ram *r = s->data;

	r->fail = err;
}

const struct store_ops store_ram = {
	.open = ram_open, .close = ram_close, .get = ram_get, .put = ram_put,
	.del = ram_del, .scan = ram_scan, .blob_write = ram_blob_write,
	.blob_read = ram_blob_read, .blob_drop = ram_blob_drop,
	.blob_trim = ram_blob_trim, .turn = ram_turn_end, .heal = ram_heal,
};
