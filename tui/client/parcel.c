/* SPDX-License-Identifier: ISC */
/*
 * An MLS message too large for an entry travels as a blob of its ciphertext:
 * stored first, part by part, and then appended as an entry that holds read
 * capability, hash and size.
 */
#include "inside.h"

#define PARCEL_MAX (1u << 20)   /* of one message; ours stay far below */

void
parcel_id(const uint8_t cap[static KEY_SIZE], uint8_t id[static KEY_SIZE])
{
	struct bytes b = bytes_of(cap, KEY_SIZE);

	hash_label("blob", &b, 1, id);
}

void
parcel_hash(struct bytes b, uint8_t hash[static HASH32])
{
	hash_label("tacet entry blob", &b, 1, hash);
}

int
parcel_make(const struct out *o, struct buf *entry)
{
	uint8_t hash[HASH32];

	parcel_hash(buf_view(&o->entry), hash);
	buf_put(entry, o->read, KEY_SIZE);
	buf_put(entry, hash, sizeof(hash));
	buf_u64(entry, o->entry.n);
	return entry->err;
}

int
parcel_get(struct bytes entry, struct fetch *f)
{
	struct rd r = rd_of(entry);

	rd_copy(&r, f->read, KEY_SIZE);
	rd_copy(&r, f->hash, HASH32);
	f->size = rd_u64(&r);
	if (r.err == 0 && (f->size == 0 || f->size > PARCEL_MAX))
		rd_fail(&r, ERR_RANGE);
	return rd_end(&r);
}

static void
parcel_put(struct client *c, struct out *o)
{
	struct msg m = {.code = MSG_blob_put};
	struct bytes cap = bytes_of(o->delete, KEY_SIZE);

	parcel_id(o->read, m.blob_put.id);
	hash_label("blob delete", &cap, 1, m.blob_put.delete_hash);
	m.blob_put.size = o->entry.n;
	if (request_ask(c, WANT_BLOB_PUT, o->row, &m))
		o->flight = c->session.generation;
}

static void
parcel_data(struct client *c, struct out *o)
{
	struct msg m = {.code = MSG_blob_data};
	size_t n = o->entry.n - (size_t)o->offset;

	parcel_id(o->read, m.blob_data.id);
	m.blob_data.offset = o->offset;
	m.blob_data.data = bytes_of(o->entry.p + o->offset,
	    n < WIRE_BLOB_PART ? n : WIRE_BLOB_PART);
	if (request_ask(c, WANT_BLOB_DATA, o->row, &m))
		o->flight = c->session.generation;
}

bool
parcel_drive(struct client *c, struct out *o)
{
	switch (o->blob) {
	case BLOB_NONE:
	case BLOB_PUT:
		parcel_put(c, o);
		return false;
	case BLOB_DATA:
		parcel_data(c, o);
		return false;
	case BLOB_DONE:
		break;
	}
	return true;
}

/* Each answer says how much the relay has: go on from there. */
void
parcel_answer(struct client *c, enum want want, int64_t row,
    const struct answer *a)
{
	struct talk *t;
	struct out *o = out_row(c, row, &t);

	if (o == NULL)
		return;
	o->flight = 0;
	if (a->err == ERR_RANGE && want == WANT_BLOB_DATA &&
	    a->number < o->entry.n) {
		o->offset = a->number;
		return;
	}
	if (a->err != 0) {
		o->blob = BLOB_NONE;
		o->not_before = answer_wait(c, a, o->tries++);
		return;
	}
	o->offset = a->number;
	o->blob = o->offset >= o->entry.n ? BLOB_DONE : BLOB_DATA;
}
