/* SPDX-License-Identifier: ISC */
/*
 * Blobs: sealed bytes under the hash of a read capability. Sent in order and
 * resumable, read in ranges, gone with the delete capability or at their time.
 * Unknown, unfinished, expired and wrong capability are one and the same
 * answer.
 */
#include "relay.h"

struct blob {                           /* a value of TABLE_blob */
	uint8_t owner[ACCOUNT_ID], delete_hash[HASH32];
	uint64_t size, have, keep, until;
};

static void
blob_hash(const char *label, const uint8_t cap[static KEY_SIZE],
    uint8_t hash[static HASH32])
{
	struct bytes b = bytes_of(cap, KEY_SIZE);

	hash_label(label, &b, 1, hash);
}

static int
blob_get(struct relay *r, const uint8_t id[static WIRE_KEY], struct blob *b)
{
	struct buf v = {0};
	struct rd rd;
	int err = store_get(r->store, TABLE_blob, bytes_of(id, WIRE_KEY), &v);

	if (!err) {
		rd = rd_of(buf_view(&v));
		rd_copy(&rd, b->owner, sizeof(b->owner));
		rd_copy(&rd, b->delete_hash, sizeof(b->delete_hash));
		b->size = rd_u64(&rd);
		b->have = rd_u64(&rd);
		b->keep = rd_u64(&rd);
		b->until = rd_u64(&rd);
		err = rd_end(&rd);
	}
	buf_free(&v);
	if (!err && (int64_t)b->until <= due_now(r))
		err = ERR_NONE;
	return err;
}

static int
blob_put(struct relay *r, const uint8_t id[static WIRE_KEY],
    const struct blob *b)
{
	struct key v = key_of(b->owner, sizeof(b->owner));

	key_put(&v, b->delete_hash, sizeof(b->delete_hash));
	key_u64(&v, b->size);
	key_u64(&v, b->have);
	key_u64(&v, b->keep);
	key_u64(&v, b->until);
	return store_put(r->store, TABLE_blob, bytes_of(id, WIRE_KEY),
	    key_view(&v));
}

/* Sets its end, and has the sweep look at it then. */
static int
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
		err = store_del(r->store, TABLE_blob, bytes_of(id, WIRE_KEY));
	if (!err)
		store_blob_drop(r->store, id);
	return err;
}

/* --- putting --- */

static int
blob_again(struct peer *p, const struct msg_blob_put *m, const struct blob *b)
{
	if (memcmp(b->owner, p->account, ACCOUNT_ID) != 0 ||
	    memcmp(b->delete_hash, m->delete_hash, HASH32) != 0 ||
	    b->size != m->size)
		return ERR_EXISTS;
	return 0;
}

static int
blob_new(struct relay *r, struct peer *p, const struct msg_blob_put *m)
{
	uint64_t most = (uint64_t)r->limits.blob_keep;
	uint64_t used = usage_get(r, USAGE_BLOB_BYTES, p->account);
	struct blob b = {.size = m->size, .keep = (uint64_t)m->keep * 1000};
	int err;

	if (m->size == 0)
		return peer_refuse(p, ERR_RANGE, "an empty blob");
	if (used > r->limits.blob_quota || m->size > r->limits.blob_quota - used)
		return peer_refuse_at(p, ERR_QUOTA, used,
		    "this account's space for files is used up");
	if (b.keep == 0 || b.keep > most)
		b.keep = most;
	memcpy(b.owner, p->account, ACCOUNT_ID);
	memcpy(b.delete_hash, m->delete_hash, HASH32);
	err = blob_until(r, m->id, &b, due_after(r, BLOB_UNDONE_KEEP));
	if (!err)
		err = usage_add(r, USAGE_BLOB_BYTES, p->account,
		    (int64_t)m->size);
	return err;
}

int
on_blob_put(struct relay *r, struct peer *p, const struct msg_blob_put *m)
{
	struct blob b = {.have = 0};
	int err = blob_get(r, m->id, &b);

	if (!err) {
		err = blob_again(p, m, &b);
	} else if (err == ERR_NONE) {
		/* one that is over and still lies there makes room first */
		err = blobs_expire(r, bytes_of(m->id, WIRE_KEY));
		b.have = 0;
		if (!err)
			err = blob_new(r, p, m);
	}
	if (!err)
		peer_done(r, p, m->req, b.have);
	return err;
}

int
on_blob_data(struct relay *r, struct peer *p, const struct msg_blob_data *m)
{
	struct blob b;
	int err = blob_get(r, m->id, &b);

	if (!err && memcmp(b.owner, p->account, ACCOUNT_ID) != 0)
		err = ERR_NONE;
	if (!err && m->data.n == 0)
		err = ERR_FORMAT;
	if (err)
		return err;
	if (m->offset < b.have) {       /* a second copy */
		peer_done(r, p, m->req, b.have);
		return 0;
	}
	if (m->offset > b.have || m->data.n > b.size - b.have)
		return peer_refuse_at(p, ERR_RANGE, b.have,
		    "not the next part of the blob");
	err = store_blob_write(r->store, m->id, m->offset, m->data);
	if (err)
		return err;
	b.have += m->data.n;
	r->count.metric[METRIC_blob_bytes_total] += m->data.n;
	err = b.have < b.size ? blob_put(r, m->id, &b) :
	    blob_until(r, m->id, &b, due_after(r, (int64_t)b.keep));
	if (!err)
		peer_done(r, p, m->req, b.have);
	return err;
}

/* --- reading, deleting --- */

static int
blob_whole(struct relay *r, const uint8_t id[static WIRE_KEY], struct blob *b)
{
	int err = blob_get(r, id, b);

	return !err && b->have < b->size ? ERR_NONE : err;
}

int
on_blob_get(struct relay *r, struct peer *p, const struct msg_blob_get *m)
{
	struct msg a = {.code = MSG_blob_part};
	struct buf part = {0};
	uint8_t id[WIRE_KEY];
	struct blob b;
	uint64_t n;
	int err;

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
	err = store_blob_read(r->store, id, m->offset, (size_t)n, &part);
	if (!err) {
		a.blob_part.req = m->req;
		a.blob_part.size = b.size;
		a.blob_part.offset = m->offset;
		a.blob_part.data = buf_view(&part);
		peer_put(r, p, &a);
	} else {
		log_say(r->log, LOG_ERROR, "store", "blob %s: %s",
		    log_id(id, sizeof(id)).s, err_text(err));
		err = ERR_NONE;
	}
	buf_free(&part);
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
