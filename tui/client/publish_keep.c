/* SPDX-License-Identifier: ISC */
/*
 * How far publishing has come, in the store: the file and what it is, and a row
 * for each number of which the relay has acknowledged every byte. What was on
 * its way at a crash is in no row, and is made and sealed anew (T78).
 */
#include <stdlib.h>

#include "publish.h"

void
publish_keep(struct client *c, const struct publish *p)
{
	struct buf b = {.secret = true};
	uint8_t i;

	buf_u64(&b, (uint64_t)p->film);
	buf_u32(&b, (uint32_t)strlen(p->path));
	buf_string(&b, p->path);
	buf_u64(&b, p->mark.size);
	buf_u64(&b, (uint64_t)p->mark.changed);
	buf_put(&b, p->mark.ends, HASH32);
	buf_u32(&b, p->length);
	buf_u8(&b, p->index.rows);
	buf_u8(&b, p->index.sound);
	buf_u32(&b, p->index.segments);
	buf_u32(&b, p->index.length);
	for (i = 0; i < MEDIA_ROWS; i++) {
		buf_u16(&b, p->index.row[i].width);
		buf_u16(&b, p->index.row[i].height);
		buf_u32(&b, p->index.row[i].rate);
	}
	keep_put(&c->keep, TABLE_publish, p->row, p->talk, NULL, buf_view(&b));
	buf_free(&b);
}

static void
publish_room(struct publish *p)
{
	if (p->cut < p->room)
		return;
	p->room = p->room != 0 ? 2 * p->room : 64;
	p->index.part = mem_grow(p->index.part, p->room,
	    MEDIA_ROWS * sizeof(*p->index.part));
}

static void
publish_take(struct publish *p, const struct index_part *part)
{
	size_t i, n = p->index.rows;
	struct index_part *to;

	publish_room(p);
	to = p->index.part + (size_t)p->cut * n;
	for (i = 0; i < n; i++) {
		to[i] = part[i];
		to[i].offset = p->offset;
		p->offset += part[i].length;
	}
	p->cut++;
}

void
publish_keep_set(struct client *c, struct publish *p)
{
	const struct publish_set *s = &p->set[0];
	struct buf b = {0};
	uint8_t i;

	assert(p->sets > 0 && s->whole && s->number == p->cut);
	buf_u32(&b, s->number);
	for (i = 0; i < p->index.rows; i++) {
		buf_u32(&b, s->part[i].length);
		buf_put(&b, s->part[i].hash, HASH32);
	}
	keep_put(&c->keep, TABLE_piece, keep_row(&c->keep, TABLE_piece),
	    p->row, NULL, buf_view(&b));
	buf_free(&b);
	publish_take(p, s->part);
	assert(p->offset == s->at + s->size);
	if (s->last) {
		p->index.segments = p->cut;
		p->index.length = s->until;
		publish_keep(c, p);
	}
	publish_unset(p, 0);
}

/* ---- rows of pieces, from a number on ------------------------------------ */

struct pieces {
	struct client *client;
	struct publish *publish;
	uint32_t from;
};

static void
piece_drop(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct pieces *x = arg;
	uint32_t number = rd_u32(r);

	(void)rd_rest(r);
	if (owner == x->publish->row && number >= x->from)
		keep_drop(&x->client->keep, TABLE_piece, row);
}

static void
pieces_drop(struct client *c, struct publish *p, uint32_t from)
{
	struct pieces x = {c, p, from};

	/* one that can't be read now is dropped with its film at the end */
	if (keep_each(&c->keep, TABLE_piece, piece_drop, &x) != 0)
		log_say(c->log, LOG_WARN, "publish", "pieces: %s",
		    db_why(c->keep.db));
}

void
publish_back(struct client *c, struct publish *p, uint64_t have)
{
	size_t n = p->index.rows;

	while (p->cut > 0 && p->offset > have) {
		p->cut--;
		p->offset = p->index.part[(size_t)p->cut * n].offset;
	}
	p->index.segments = 0;
	pieces_drop(c, p, p->cut);
	publish_keep(c, p);
}

void
publish_forget(struct client *c, struct publish *p)
{
	pieces_drop(c, p, 0);
	keep_drop(&c->keep, TABLE_publish, p->row);
}

/* ---- after a restart ------------------------------------------------------ */

static void
publish_read(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct client *c = arg;
	struct publishing *q = &c->publishing;
	struct publish *p = mem_alloc(sizeof(*p));
	struct bytes path;
	uint8_t i;

	p->row = row;
	p->talk = owner;
	p->fd = -1;
	p->stopped = true;
	p->film = (int64_t)rd_u64(r);
	path = rd_view(r, rd_u32(r));
	p->path = mem_format("%.*s", (int)path.n, (const char *)path.p);
	p->mark.size = rd_u64(r);
	p->mark.changed = (int64_t)rd_u64(r);
	rd_copy(r, p->mark.ends, HASH32);
	p->length = rd_u32(r);
	p->index.rows = rd_u8(r);
	p->index.sound = rd_u8(r);
	p->index.segments = rd_u32(r);
	p->index.length = rd_u32(r);
	for (i = 0; i < MEDIA_ROWS; i++) {
		p->index.row[i].width = rd_u16(r);
		p->index.row[i].height = rd_u16(r);
		p->index.row[i].rate = rd_u32(r);
	}
	q->queue = mem_grow(q->queue, q->queued + 1, sizeof(*q->queue));
	q->queue[q->queued++] = p;
}

/* By rising row is by rising number: each was kept after the one before. */
static void
piece_read(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct client *c = arg;
	struct publish *p = publish_row(c, owner);
	struct index_part part[MEDIA_ROWS] = {{.length = 0}};
	uint32_t number = rd_u32(r);
	uint8_t i;

	for (i = 0; p != NULL && i < p->index.rows && i < MEDIA_ROWS; i++) {
		part[i].length = rd_u32(r);
		rd_copy(r, part[i].hash, HASH32);
	}
	if (p != NULL && r->err == 0 && number == p->cut)
		publish_take(p, part);
	else
		keep_drop(&c->keep, TABLE_piece, row);  /* of one that is over */
	(void)rd_rest(r);
}

int
publishing_load(struct client *c)
{
	int err = keep_each(&c->keep, TABLE_publish, publish_read, c);

	return err != 0 ? err : keep_each(&c->keep, TABLE_piece, piece_read,
	    c);
}
