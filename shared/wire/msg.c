/* SPDX-License-Identifier: ISC */
/*
 * Frames between client and relay: u16 code, u16 length, fields. Every codec
 * here is a row of msg.def expanded; nothing is written by hand per message, so
 * that no field can be forgotten in one of the directions.
 */
#include "wire.h"

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
#undef U8
#undef U16
#undef U32
#undef U64
#undef ID
#undef KEY
#undef TEXT
#undef DATA
};
const size_t msg_rows = COUNT(msg_row);

int
msg_index(uint16_t code)
{
	for (size_t i = 0; i < msg_rows; i++)
		if (msg_row[i].code == code)
			return (int)i;
	return ERR_SUITE;
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

static struct bytes
get_text(struct rd *r)
{
	struct bytes b = rd_view(r, rd_u8(r));

	if (r->err == 0 && !utf8_valid((const char *)b.p, b.n))
		rd_fail(r, ERR_FORMAT);
	return b;
}

static int
get_fields(struct rd *r, struct msg *m)
{
	switch (m->code) {
#define U8(n) f->n = rd_u8(r);
#define U16(n) f->n = rd_u16(r);
#define U32(n) f->n = rd_u32(r);
#define U64(n) f->n = rd_u64(r);
#define ID(n) rd_copy(r, f->n, WIRE_ID);
#define KEY(n) rd_copy(r, f->n, WIRE_KEY);
#define TEXT(n) f->n = get_text(r);
#define DATA(n) f->n = rd_view(r, rd_u16(r));
#define MSG(code, name, from, state, cost, fields) \
	case code: { \
		struct msg_##name *f = &m->name; \
		fields \
		break; \
	}
#include "msg.def"
#undef MSG
#undef U8
#undef U16
#undef U32
#undef U64
#undef ID
#undef KEY
#undef TEXT
#undef DATA
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

/* What no reader takes is not written either: it would cost the connection. */
static void
put_text(struct buf *b, struct bytes t)
{
	if (t.n > UINT8_MAX) {
		b->err = ERR_BIG;
		return;
	}
	if (t.n > 0 && !utf8_valid((const char *)t.p, t.n)) {
		b->err = ERR_FORMAT;
		return;
	}
	buf_u8(b, (uint8_t)t.n);
	buf_bytes(b, t);
}

static void
put_data(struct buf *b, struct bytes t)
{
	if (t.n > UINT16_MAX) {
		b->err = ERR_BIG;
		return;
	}
	buf_u16(b, (uint16_t)t.n);
	buf_bytes(b, t);
}

static int
put_fields(struct buf *b, const struct msg *m)
{
	switch (m->code) {
#define U8(n) buf_u8(b, f->n);
#define U16(n) buf_u16(b, f->n);
#define U32(n) buf_u32(b, f->n);
#define U64(n) buf_u64(b, f->n);
#define ID(n) buf_put(b, f->n, WIRE_ID);
#define KEY(n) buf_put(b, f->n, WIRE_KEY);
#define TEXT(n) put_text(b, f->n);
#define DATA(n) put_data(b, f->n);
#define MSG(code, name, from, state, cost, fields) \
	case code: { \
		const struct msg_##name *f = &m->name; \
		fields \
		break; \
	}
#include "msg.def"
#undef MSG
#undef U8
#undef U16
#undef U32
#undef U64
#undef ID
#undef KEY
#undef TEXT
#undef DATA
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
#undef U8
#undef U16
#undef U32
#undef U64
#undef ID
#undef KEY
#undef TEXT
#undef DATA
	default:
		buf_format(b, "unknown code=%u", m->code);
	}
}
