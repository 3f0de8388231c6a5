/* SPDX-License-Identifier: ISC */
/*
 * Blobs: sealed bytes under the hash of a read capability. Read in ranges,
 * many readers at once out of one file; gone with the delete capability or at
 * their time. Unknown, unfinished, expired and wrong capability are one and
 * the same answer. How they come here is uploads.c.
 */
#include "relay.h"

static void
blob_hash(const char *label, const uint8_t cap[static KEY_SIZE],
    uint8_t hash[static HASH32])
{
	struct bytes b = bytes_of(cap, KEY_SIZE);

	hash_label(label, &b, 1, hash);
}

static int
blob_read(struct bytes value, struct blob *b)
{
	struct rd rd = rd_of(value);

	rd_copy(&rd, b->owner, sizeof(b->owner));
	rd_copy(&rd, b->delete_hash, sizeof(b->delete_hash));
	b->size = rd_u64(&rd);
	b->have = rd_u64(&rd);
	b->keep = rd_u64(&rd);
	b->until = rd_u64(&rd);
	/* a closed one has no more, as in tables of old */
	b->open = rd_left(&rd) > 0 && rd_u8(&rd) == 1;
	return rd_end(&rd);
}

int64_t
blob_have(struct bytes value)
{
	struct blob b;

	return blob_read(value, &b) == 0 ? (int64_t)b.have : INT64_MAX;
}

int
blob_get(struct relay *r, const uint8_t id[static WIRE_KEY], struct blob *b)
{
	struct buf v = {0};
	int err = store_get(r->store, TABLE_blob, bytes_of(id, WIRE_KEY), &v);

	if (!err)
		err = blob_read(buf_view(&v), b);
	buf_free(&v);
	if (!err && (int64_t)b->until <= due_now(r))
		err = ERR_NONE;
	return err;
}

int
blob_put(struct relay *r, const uint8_t id[static WIRE_KEY],
    const struct blob *b)
{
	struct key v = key_of(b->owner, sizeof(b->owner));

	key_put(&v, b->delete_hash, sizeof(b->delete_hash));
	key_u64(&v, b->size);
	key_u64(&v, b->have);
	key_u64(&v, b->keep);
	key_u64(&v, b->until);
	if (b->open)
		key_u8(&v, 1);
	r->blobs.counted = false;
	return store_put(r->store, TABLE_blob, bytes_of(id, WIRE_KEY),
	    key_view(&v));
}

int
blob_until(struct relay *r, const uint8_t id[static WIRE_KEY], struct blob *b,
    int64_t until)
{
	int err;

	b->until = (uint64_t)until;
	err = blob_put(r, id, b);
	if (!err)
		err = due_put(r, until, DUE_BLOB, bytes_of(id, WIRE_KEY));
	return err;
}

static int
blob_drop(struct relay *r, const uint8_t id[static WIRE_KEY],
    const struct blob *b)
{
	int err = usage_add(r, USAGE_BLOB_BYTES, b->owner, -(int64_t)b->size);

	if (!err)
		err = usage_add(r, USAGE_BLOBS, b->owner, -1);
	if (!err)
		err = store_del(r->store, TABLE_blob, bytes_of(id, WIRE_KEY));
	if (!err)
		store_blob_drop(r->store, id);
	r->blobs.counted = false;
	return err;
}

/* --- reading, deleting --- */

static int
blob_whole(struct relay *r, const uint8_t id[static WIRE_KEY], struct blob *b)
{
	int err = blob_get(r, id, b);

	return !err && (b->open || b->have < b->size) ? ERR_NONE : err;
}

/* Answers to who asks faster than it reads would pile up; reading from it has
 * stopped by then, and this is what had come before. */
static bool
blob_glut(const struct relay *r, const struct peer *p)
{
	return link_held(p->link) + WIRE_BLOB_PART >
	    r->limits.held_hard / 4 * 3 && defence(glut);
}

int
on_blob_get(struct relay *r, struct peer *p, const struct msg_blob_get *m)
{
	struct msg a = {.code = MSG_blob_part};
	struct buf *part = &r->blobs.part;
	uint8_t id[WIRE_KEY];
	struct blob b;
	uint64_t n;
	int err;

	if (blob_glut(r, p))
		return peer_refuse_at(p, ERR_RATE, BLOB_GLUT_MS,
		    "more was asked for than is being read");
	blob_hash("blob", m->read, id);
	err = blob_whole(r, id, &b);
	if (err)
		return err;
	if (m->offset >= b.size || m->length == 0)
		return peer_refuse_at(p, ERR_RANGE, b.size,
		    "beyond the end of the blob");
	n = b.size - m->offset;
	n = n < m->length ? n : m->length;
	n = n < WIRE_BLOB_PART ? n : WIRE_BLOB_PART;
	buf_clear(part);
	err = store_blob_read(r->store, id, m->offset, (size_t)n, part);
	if (!err) {
		a.blob_part.req = m->req;
		a.blob_part.size = b.size;
		a.blob_part.offset = m->offset;
		a.blob_part.data = buf_view(part);
		peer_tell(r, p, &a);
		p->reads_at = clock_mono(r->clock) + BLOB_READS_MS;
		r->count.metric[METRIC_blob_bytes_read_total] += n;
	} else {
		log_say(r->log, LOG_ERROR, "store", "blob %s: %s",
		    log_id(id, sizeof(id)).s, err_text(err));
		err = ERR_NONE;
	}
	return err;
}

int
on_blob_delete(struct relay *r, struct peer *p, const struct msg_blob_delete *m)
{
	uint8_t hash[HASH32];
	struct blob b;
	int err = blob_get(r, m->id, &b);

	blob_hash("blob delete", m->delete, hash);
	if (!err && !seal_same(hash, b.delete_hash, sizeof(hash)) &&
	    defence(capability))
		err = ERR_NONE;
	if (!err)
		err = blob_drop(r, m->id, &b);
	if (!err)
		peer_done(r, p, m->req, 0);
	return err;
}

int
blobs_hold(struct relay *r, const uint8_t read_cap[static KEY_SIZE],
    int64_t until)
{
	uint8_t id[WIRE_KEY];
	struct blob b;
	int err;

	blob_hash("blob", read_cap, id);
	err = blob_whole(r, id, &b);
	if (!err && (int64_t)b.until < until)
		err = blob_until(r, id, &b, until);
	return err;
}

/* Looks whether the blob is really over: its end may have been moved. */
int
blobs_expire(struct relay *r, struct bytes key)
{
	struct blob b = {.until = 0};
	int err;

	if (key.n != WIRE_KEY)
		return 0;
	err = blob_get(r, key.p, &b);
	if (err == ERR_NONE && b.until != 0)
		return blob_drop(r, key.p, &b);
	return err == ERR_NONE ? 0 : err;
}

/* --- what there is --- */

static bool
blobs_each(void *arg, struct bytes key, struct bytes value)
{
	struct blobs *c = arg;
	struct blob b;

	(void)key;
	if (blob_read(value, &b) != 0)
		return true;
	c->n++;
	c->bytes += b.have;
	c->undone += b.open || b.have < b.size;
	return true;
}

/* Counted when somebody asks: a turn that is lost would leave sums wrong. */
const struct blobs *
blobs_count(struct relay *r)
{
	struct key from = {.n = 0}, below = key_after(&from);
	struct blobs now = {.counted = true, .part = r->blobs.part};

	if (r->blobs.counted)
		return &r->blobs;
	if (store_scan(r->store, TABLE_blob, key_view(&from), key_view(&below),
	    STORE_UP, blobs_each, &now) != 0)
		now.counted = false;
	r->blobs = now;
	return &r->blobs;
}

size_t
blobs_readers(struct relay *r)
{
	int64_t now = clock_mono(r->clock);
	const struct peer *p;
	size_t n = 0;

	for (p = r->peers; p; p = p->next)
		n += p->reads_at > now;
	return n;
}
