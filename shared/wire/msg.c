/* SPDX-License-Identifier: ISC */
/*
 * Frames between client and relay: u16 code, u16 length, fields. Every codec
 * here is a row of msg.def expanded; nothing is written by hand per message, so
 * that no field can be forgotten in one of the directions.
 */
#include "field.h"

const struct msg_row msg_row[] = {
#define U8(n) +1
#define U16(n) +2
#define U32(n) +4
#define U64(n) +8
#define ID(n) +WIRE_ID
#define KEY(n) +WIRE_KEY
#define TEXT(n) +1
#define DATA(n) +2
#define MSG(code, name, from, state, cost, fields) \
	{code, #name, FROM_##from, STATE_##state, cost, 0 fields},
#include "msg.def"
#undef MSG
#include "field_end.h"
};
const size_t msg_rows = COUNT(msg_row);

/* Looked up several times for each message: no walk over the rows. */
enum {
#define MSG(code, name, from, state, cost, fields) ROW_##name,
#include "msg.def"
#undef MSG
};

int
msg_index(uint16_t code)
{
	switch (code) {
#define MSG(code, name, from, state, cost, fields) \
	case code: \
		return ROW_##name;
#include "msg.def"
#undef MSG
	default:
		return ERR_SUITE;
	}
}

int
msg_gate(uint16_t code, enum msg_from from, enum msg_state state)
{
	int i = msg_index(code);

	if (i < 0)
		return i;
	if (!(msg_row[i].from & from))
		return ERR_DENIED;
	return msg_row[i].state > state ? ERR_STATE : 0;
}

static int
get_fields(struct rd *r, struct msg *m)
{
	switch (m->code) {
#include "field_get.h"
#define MSG(code, name, from, state, cost, fields) \
	case code: { \
		struct msg_##name *f = &m->name; \
		fields \
		break; \
	}
#include "msg.def"
#undef MSG
#include "field_end.h"
	default:
		return ERR_SUITE;
	}
	return defence(trail) ? rd_end(r) : r->err;
}

int
msg_get(struct rd *r, struct msg *m)
{
	size_t n;
	struct rd in;

	memset(m, 0, sizeof(*m));
	m->code = rd_u16(r);
	n = rd_u16(r);
	in = rd_sub(r, n);
	if (r->err != 0)
		return r->err;
	if (n > WIRE_FRAME_MAX - WIRE_HEAD)
		return ERR_BIG;
	return get_fields(&in, m);
}

static int
put_fields(struct buf *b, const struct msg *m)
{
	switch (m->code) {
#include "field_put.h"
#define MSG(code, name, from, state, cost, fields) \
	case code: { \
		const struct msg_##name *f = &m->name; \
		fields \
		break; \
	}
#include "msg.def"
#undef MSG
#include "field_end.h"
	default:
		return ERR_SUITE;
	}
	return b->err;
}

int
msg_put(struct buf *b, const struct msg *m)
{
	size_t start = b->n, n;
	int err;

	if (b->err != 0)
		return b->err;
	buf_u16(b, m->code);
	buf_u16(b, 0);
	err = put_fields(b, m);
	if (err == 0 && b->err == 0 && b->n - start > WIRE_FRAME_MAX)
		err = ERR_BIG;
	if (err != 0 || b->err != 0) {
		err = err != 0 ? err : b->err;
		b->n = start;   /* a frame is there whole or not at all */
		b->err = 0;
		return err;
	}
	n = b->n - start - WIRE_HEAD;
	b->p[start + 2] = (uint8_t)(n >> 8);
	b->p[start + 3] = (uint8_t)n;
	return 0;
}

void
msg_dump(struct buf *b, const struct msg *m)
{
	switch (m->code) {
#define U8(n) buf_format(b, " " #n "=%u", f->n);
#define U16(n) buf_format(b, " " #n "=%u", f->n);
#define U32(n) buf_format(b, " " #n "=%u", f->n);
#define U64(n) buf_format(b, " " #n "=%llu", (unsigned long long)f->n);
#define ID(n) buf_format(b, " " #n "=%s", log_id(f->n, WIRE_ID).s);
#define KEY(n) buf_format(b, " " #n "=%d", WIRE_KEY);
#define TEXT(v) buf_format(b, " " #v "=%zu", f->v.n);
#define DATA(v) buf_format(b, " " #v "=%zu", f->v.n);
#define MSG(code, name, from, state, cost, fields) \
	case code: { \
		const struct msg_##name *f = &m->name; \
		buf_string(b, #name); \
		fields \
		break; \
	}
#include "msg.def"
#undef MSG
#include "field_end.h"
	default:
		buf_format(b, "unknown code=%u", m->code);
	}
}

#define U8(n)
#define U16(n)
#define U32(n) if (strcmp(#n, "req") == 0) req = f->n;
#define U64(n)
#define ID(n)
#define KEY(n)
#define TEXT(n)
#define DATA(n)
uint32_t
msg_req(const struct msg *m)
{
	uint32_t req = 0;

	switch (m->code) {
#define MSG(code, name, from, state, cost, fields) \
	case code: { \
		const struct msg_##name *f = &m->name; \
		(void)f; \
		fields \
		break; \
	}
#include "msg.def"
#undef MSG
	}
	return req;
}
#include "field_end.h"
