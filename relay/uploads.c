/* SPDX-License-Identifier: ISC */
/*
 * How blobs come here: part after part in order, acknowledged when kept, so
 * that a lost connection or a crash loses nothing that was. Of an open one the
 * size is not known before its end; it pays in steps as it grows, and what its
 * owner does not stand by may be cut off its end. What is not whole a day after
 * its last part goes.
 */
#include "relay.h"

static int
upload_find(struct relay *r, const struct peer *p,
    const uint8_t id[static WIRE_KEY], struct blob *b)
{
	int err = blob_get(r, id, b);

	if (!err && memcmp(b->owner, p->account, ACCOUNT_ID) != 0)
		err = ERR_NONE;
	return err;
}

/* The account pays for so many bytes from now on, instead of b->size. */
static int
upload_charge(struct relay *r, struct blob *b, uint64_t size)
{
	int err = usage_add(r, USAGE_BLOB_BYTES, b->owner,
	    (int64_t)(size - b->size));

	if (!err)
		b->size = size;
	return err;
}

static int
upload_full(struct peer *p, uint64_t used)
{
	return peer_refuse_at(p, ERR_QUOTA, used,
	    "this account's space for files is used up");
}

static int
upload_big(struct relay *r, struct peer *p)
{
	return peer_refuse_at(p, ERR_BIG, r->limits.blob_size,
	    "larger than a single file may be here");
}

/* --- beginning --- */

static int
upload_again(struct peer *p, const struct msg_blob_put *m,
    const struct blob *b)
{
	/* an open one may have got its end since */
	if (memcmp(b->owner, p->account, ACCOUNT_ID) != 0 ||
	    !seal_same(b->delete_hash, m->delete_hash, HASH32) ||
	    (m->size != 0 && (b->open || b->size != m->size)))
		return ERR_EXISTS;
	return 0;
}

/* The bytes are bounded, but a file of one byte takes rows and a block too. */
static int
upload_many(struct relay *r, struct peer *p, uint64_t used)
{
	uint64_t n = usage_get(r, USAGE_BLOBS, p->account);

	if (n < (r->limits.blob_quota + BLOB_LEAST - 1) / BLOB_LEAST)
		return 0;
	return peer_refuse_at(p, ERR_QUOTA, used,
	    "this account has too many files here");
}

static int
upload_new(struct relay *r, struct peer *p, const struct msg_blob_put *m)
{
	uint64_t most = (uint64_t)r->limits.blob_keep;
	uint64_t used = usage_get(r, USAGE_BLOB_BYTES, p->account);
	uint64_t size = m->size ? m->size : BLOB_STEP;
	struct blob b = {.keep = (uint64_t)m->keep * 1000,
	    .open = m->size == 0};
	int err;

	if (used > r->limits.blob_quota || size > r->limits.blob_quota - used)
		return upload_full(p, used);
	if (size > r->limits.blob_size)
		return upload_big(r, p);
	if (b.keep == 0 || b.keep > most)
		b.keep = most;
	memcpy(b.owner, p->account, ACCOUNT_ID);
	memcpy(b.delete_hash, m->delete_hash, HASH32);
	err = upload_many(r, p, used);
	if (!err)
		err = upload_charge(r, &b, size);
	if (!err)
		err = usage_add(r, USAGE_BLOBS, b.owner, 1);
	if (!err)
		err = blob_until(r, m->id, &b, due_after(r, BLOB_UNDONE_KEEP));
	return err;
}

int
on_blob_put(struct relay *r, struct peer *p, const struct msg_blob_put *m)
{
	struct blob b = {.have = 0};
	int err = blob_get(r, m->id, &b);

	if (!err) {
		err = upload_again(p, m, &b);
	} else if (err == ERR_NONE) {
		/* one that is over and still lies there makes room first */
		err = blobs_expire(r, bytes_of(m->id, WIRE_KEY));
		b.have = 0;
		if (!err)
			err = upload_new(r, p, m);
	}
	if (!err)
		peer_done(r, p, m->req, b.have);
	return err;
}

/* --- growing --- */

/* Room for so many bytes: it was announced, or is charged now. */
static int
upload_room(struct relay *r, struct peer *p, struct blob *b, uint64_t n)
{
	uint64_t used, most, size = b->have + n;

	if (size <= b->size)
		return 0;
	if (!b->open)
		return peer_refuse_at(p, ERR_RANGE, b->have,
		    "not the next part of the blob");
	if (!defence(grown))
		return upload_charge(r, b, b->size);
	if (size > r->limits.blob_size)
		return upload_big(r, p);
	used = usage_get(r, USAGE_BLOB_BYTES, p->account);
	most = used < r->limits.blob_quota ? r->limits.blob_quota - used : 0;
	if (size - b->size > most)
		return upload_full(p, used);
	size = b->size + (most < BLOB_STEP ? most : BLOB_STEP);
	return upload_charge(r, b, size > b->have + n ? size : b->have + n);
}

/* One that goes on stays; its end moves rarely, as each is a row. */
static int
upload_went_on(struct relay *r, const uint8_t id[static WIRE_KEY],
    struct blob *b)
{
	int64_t until = due_after(r, BLOB_UNDONE_KEEP);

	if (!b->open && b->have == b->size)
		return blob_until(r, id, b, due_after(r, (int64_t)b->keep));
	if (until - (int64_t)b->until > BLOB_UNDONE_KEEP / 8)
		return blob_until(r, id, b, until);
	return blob_put(r, id, b);
}

int
on_blob_data(struct relay *r, struct peer *p, const struct msg_blob_data *m)
{
	struct blob b;
	int err = upload_find(r, p, m->id, &b);

	if (!err && m->data.n == 0)
		err = ERR_FORMAT;
	if (err)
		return err;
	if (m->offset < b.have) {       /* a second copy */
		peer_done(r, p, m->req, b.have);
		return 0;
	}
	if (m->offset > b.have)
		return peer_refuse_at(p, ERR_RANGE, b.have,
		    "not the next part of the blob");
	err = upload_room(r, p, &b, m->data.n);
	if (err)
		return err;
	err = store_blob_write(r->store, m->id, m->offset, m->data);
	if (err)
		return err;
	b.have += m->data.n;
	r->count.metric[METRIC_blob_bytes_total] += m->data.n;
	err = upload_went_on(r, m->id, &b);
	if (!err)
		peer_done(r, p, m->req, b.have);
	return err;
}

/* --- the end of an open one --- */

/* Back to `size' bytes: what stood behind them is sent anew, or never. */
int
on_blob_cut(struct relay *r, struct peer *p, const struct msg_blob_cut *m)
{
	struct blob b;
	int err = upload_find(r, p, m->id, &b);

	if (err)
		return err;
	if (!b.open)
		return peer_refuse_at(p, ERR_STATE, b.have,
		    "it has its end already");
	if (m->size > b.have)
		return peer_refuse_at(p, ERR_RANGE, b.have,
		    "there is not so much of it");
	if (m->size < b.have) {
		b.have = m->size;
		err = upload_charge(r, &b, m->size > BLOB_STEP ? m->size :
		    BLOB_STEP);
		if (!err)
			store_blob_trim(r->store, m->id, m->size);
		if (!err)
			err = blob_put(r, m->id, &b);
	}
	if (!err)
		peer_done(r, p, m->req, b.have);
	return err;
}

/* From here on it can be read, and never changes. */
int
on_blob_end(struct relay *r, struct peer *p, const struct msg_blob_end *m)
{
	struct blob b;
	int err = upload_find(r, p, m->id, &b);

	if (err)
		return err;
	if (m->size != b.have || m->size == 0 ||
	    (!b.open && b.have < b.size))
		return peer_refuse_at(p, ERR_RANGE, b.have,
		    "it is not so long");
	if (b.open) {
		b.open = false;
		err = upload_charge(r, &b, b.have);
		if (!err)
			err = upload_went_on(r, m->id, &b);
	}
	if (!err)
		peer_done(r, p, m->req, b.have);
	return err;
}
