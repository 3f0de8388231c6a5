/* SPDX-License-Identifier: ISC */
/*
 * Our copy of the directory's log. A page of leaves is a sealed row, with the
 * right border of the tree that precedes it, so the root at any size is one
 * page away, and what a crash left behind is where reading goes on. Whether
 * these leaves are the ones that a head speaks of is for the audit to say.
 *
 * A row: the border's hashes, then 64 bytes for each leaf.
 */
#include "inside.h"

#define MIRROR_LEAF (2 * MIRROR_ID + HASH32)

struct mirror_page {
	struct merkle_range start;
	size_t n;
	struct mirror_leaf leaf[MIRROR_PAGE];
};

static int64_t
mirror_row(uint64_t number)
{
	return (int64_t)(number / MIRROR_PAGE) + 1;
}

static void
mirror_write(struct client *c)
{
	struct mirror *m = &c->audit.mirror;
	struct buf b = {0};
	size_t i;

	for (i = 0; i < m->start.peaks; i++)
		buf_put(&b, m->start.peak[i], HASH32);
	for (i = 0; i < m->n; i++) {
		buf_put(&b, m->leaf[i].index, MIRROR_ID);
		buf_put(&b, m->leaf[i].account, MIRROR_ID);
		buf_put(&b, m->leaf[i].hash, HASH32);
	}
	keep_put(&c->keep, TABLE_leaves, mirror_row(m->start.size), 0, NULL,
	    buf_view(&b));
	buf_free(&b);
	m->turn = c->turn;
}

/* How many hashes the border of so many leaves has: one for each bit. */
static size_t
mirror_peaks(uint64_t size)
{
	size_t n = 0;

	for (; size > 0; size &= size - 1)
		n++;
	return n;
}

static void
mirror_read(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct mirror_page *p = arg;
	size_t i;

	(void)owner;
	memset(&p->start, 0, sizeof(p->start));
	p->start.size = (uint64_t)(row - 1) * MIRROR_PAGE;
	p->start.peaks = mirror_peaks(p->start.size);
	for (i = 0; i < p->start.peaks; i++)
		rd_copy(r, p->start.peak[i], HASH32);
	for (p->n = 0; rd_left(r) > 0 && r->err == 0; p->n++) {
		if (p->n == MIRROR_PAGE) {
			rd_fail(r, ERR_TRAIL);
			return;
		}
		rd_copy(r, p->leaf[p->n].index, MIRROR_ID);
		rd_copy(r, p->leaf[p->n].account, MIRROR_ID);
		rd_copy(r, p->leaf[p->n].hash, HASH32);
	}
}

/* The page that begins at or before this leaf; ERR_NONE: there is none. */
static int
mirror_page(struct client *c, int64_t row, struct mirror_page *p)
{
	unsigned damaged = c->keep.damaged;
	int n = keep_page(&c->keep, TABLE_leaves, 0, row + 1, 1, mirror_read,
	    p);

	if (n < 0)
		return n;
	if (c->keep.damaged != damaged)
		return ERR_FORMAT;
	return n == 0 ? ERR_NONE : 0;
}

static void
mirror_take(struct mirror *m, const struct mirror_page *p, size_t n)
{
	size_t i;

	m->start = m->range = p->start;
	m->n = n;
	memcpy(m->leaf, p->leaf, sizeof(m->leaf));
	for (i = 0; i < n; i++)
		(void)!merkle_add(&m->range, m->leaf[i].hash, NULL, NULL);
}

static void
mirror_drop(struct client *c, int64_t from)
{
	int64_t row;

	for (row = c->keep.next[TABLE_leaves] - 1; row >= from; row--)
		keep_drop(&c->keep, TABLE_leaves, row);
	c->keep.next[TABLE_leaves] = from;
	c->audit.mirror.turn = c->turn;
}

static void
mirror_empty(struct client *c)
{
	mirror_drop(c, 1);
	memset(&c->audit.mirror, 0, sizeof(c->audit.mirror));
	c->audit.mirror.turn = c->turn;
}

int
mirror_load(struct client *c)
{
	struct mirror_page p = {.n = 0};
	int err = mirror_page(c, INT64_MAX - 1, &p);

	if (err == 0)
		mirror_take(&c->audit.mirror, &p, p.n);
	else if (err == ERR_FORMAT)
		mirror_empty(c);        /* damage: it is read anew */
	else if (err != ERR_NONE)
		return err;
	return 0;
}

void
mirror_add(struct client *c, const struct leaf *l)
{
	struct mirror *m = &c->audit.mirror;
	struct mirror_leaf *to;

	if (m->n == MIRROR_PAGE) {
		m->start = m->range;
		m->n = 0;
	}
	to = &m->leaf[m->n++];
	memcpy(to->index, l->index, MIRROR_ID);
	memcpy(to->account, l->account, MIRROR_ID);
	leaf_hash(l, to->hash);
	(void)!merkle_add(&m->range, to->hash, NULL, NULL);
	if (c->keep.next[TABLE_leaves] <= mirror_row(m->start.size))
		c->keep.next[TABLE_leaves] = mirror_row(m->start.size) + 1;
	if (m->n == MIRROR_PAGE)
		mirror_write(c);
}

void
mirror_put(struct client *c)
{
	struct mirror *m = &c->audit.mirror;

	if (m->n > 0 && m->n < MIRROR_PAGE)
		mirror_write(c);
}

bool
mirror_ready(const struct client *c)
{
	return c->audit.mirror.turn < c->turn && !c->keep_failed;
}

static int
mirror_range(struct client *c, uint64_t size, struct merkle_range *r)
{
	struct mirror *m = &c->audit.mirror;
	struct mirror_page p = {.n = 0};
	size_t i;
	int err;

	if (size > m->range.size)
		return ERR_RANGE;
	if (size == m->range.size) {
		*r = m->range;
		return 0;
	}
	err = mirror_page(c, mirror_row(size), &p);
	if (err != 0 || p.start.size + p.n < size)
		return err != 0 && err != ERR_NONE ? err : ERR_FORMAT;
	*r = p.start;
	for (i = 0; r->size < size; i++)
		(void)!merkle_add(r, p.leaf[i].hash, NULL, NULL);
	return 0;
}

int
mirror_root(struct client *c, uint64_t size, uint8_t root[static HASH32])
{
	struct merkle_range r;
	int err = mirror_range(c, size, &r);

	if (err == 0)
		merkle_root(&r, root);
	return err;
}

void
mirror_cut(struct client *c, uint64_t size)
{
	struct mirror *m = &c->audit.mirror;
	struct mirror_page p = {.n = 0};
	uint64_t last = size > 0 ? size - 1 : 0;

	names_forget(c);
	if (size >= m->range.size)
		return;
	if (size == 0 || mirror_page(c, mirror_row(last), &p) != 0 ||
	    p.start.size + p.n < size) {
		mirror_empty(c);
		return;
	}
	mirror_take(m, &p, (size_t)(size - p.start.size));
	mirror_drop(c, mirror_row(last) + 1);
	mirror_write(c);
}

struct mirror_walk {
	struct client *c;
	mirror_fn *fn;
	void *arg;
	uint64_t next;
};

static void
mirror_walk(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct mirror_walk *w = arg;
	struct mirror_page p = {.n = 0};
	size_t i;

	mirror_read(&p, row, owner, r);
	if (p.start.size != w->next)
		rd_fail(r, ERR_FORMAT);
	for (i = 0; i < p.n && r->err == 0; i++)
		w->fn(w->arg, w->next++, &p.leaf[i]);
}

int
mirror_each(struct client *c, mirror_fn *fn, void *arg)
{
	struct mirror_walk w = {c, fn, arg, 0};
	unsigned damaged = c->keep.damaged;
	int err = keep_each(&c->keep, TABLE_leaves, mirror_walk, &w);

	if (err == 0 && (c->keep.damaged != damaged ||
	    w.next != c->audit.mirror.range.size))
		err = ERR_FORMAT;
	return err;
}
