/* SPDX-License-Identifier: ISC */
/*
 * Packets between the client and its media helper: the codec, expanded from the
 * rows of packet.def. A reader keeps nothing and allocates nothing; who may say
 * what stands in the row. Does not know what a packet is for.
 */
#include "media.h"

#define PACKET_LENGTH 4         /* before the code */

struct packet_rule {
	uint8_t code;
	const char *name;
	unsigned from, to;      /* of enum media_end */
};

static const struct packet_rule packet_rule[] = {
#define PACKET(code, name, from, to, fields) \
	{code, #name, MEDIA_##from, MEDIA_##to},
#include "packet.def"
#undef PACKET
};

static const struct packet_rule *
row_of(uint8_t code)
{
	for (size_t i = 0; i < COUNT(packet_rule); i++)
		if (packet_rule[i].code == code)
			return &packet_rule[i];
	return NULL;
}

const char *
packet_name(uint8_t code)
{
	const struct packet_rule *row = row_of(code);

	return row ? row->name : "?";
}

static int
get_fields(struct rd *r, struct packet *m)
{
	switch (m->code) {
#define U8(n) f->n = rd_u8(r);
#define U16(n) f->n = rd_u16(r);
#define U32(n) f->n = rd_u32(r);
#define U64(n) f->n = rd_u64(r);
#define DATA(n) f->n = rd_view(r, rd_u32(r));
#define PACKET(code, name, from, to, fields) \
	case code: { \
		struct packet_##name *f = &m->name; \
		fields \
		break; \
	}
#include "packet.def"
#undef PACKET
#undef U8
#undef U16
#undef U32
#undef U64
#undef DATA
	}
	/* all of it is here, so a field that goes on is no reason to wait */
	return rd_end(r) == ERR_SHORT ? ERR_FORMAT : r->err;
}

/* The head is judged before the rest is waited for. */
static int
get_head(struct rd *r, unsigned from, unsigned to, uint8_t *code, size_t *n)
{
	const struct packet_rule *row;

	*n = rd_u32(r);
	if (!r->err && *n > MEDIA_PACKET_MAX)
		return ERR_BIG;
	if (!r->err && *n == 0)
		return ERR_FORMAT;
	*code = rd_u8(r);
	if (r->err)
		return r->err;
	row = row_of(*code);
	if (!row)
		return ERR_SUITE;
	if (defence(packet) && (!(row->from & from) || !(row->to & to)))
		return ERR_DENIED;
	return rd_left(r) < *n - 1 ? ERR_SHORT : 0;
}

int
packet_get(struct bytes in, enum media_end from, enum media_end to,
    struct packet *m, size_t *used)
{
	struct rd r = rd_of(in), fields;
	uint8_t code;
	size_t n;
	int err = get_head(&r, from, to, &code, &n);

	memset(m, 0, sizeof(*m));
	*used = 0;
	if (err != 0)
		return err;
	m->code = code;
	fields = rd_sub(&r, n - 1);
	err = get_fields(&fields, m);
	if (err == 0)
		*used = PACKET_LENGTH + n;
	return err;
}

static size_t
put_fields(struct buf *b, const struct packet *m, bool whole)
{
	size_t behind = 0;

	switch (m->code) {
#define U8(n) buf_u8(b, f->n);
#define U16(n) buf_u16(b, f->n);
#define U32(n) buf_u32(b, f->n);
#define U64(n) buf_u64(b, f->n);
#define DATA(v) \
	assert(behind == 0 && f->v.n <= MEDIA_PACKET_MAX); \
	buf_u32(b, (uint32_t)f->v.n); \
	if (whole) \
		buf_bytes(b, f->v); \
	else \
		behind = f->v.n;
#define PACKET(code, name, from, to, fields) \
	case code: { \
		const struct packet_##name *f = &m->name; \
		fields \
		break; \
	}
#include "packet.def"
#undef PACKET
#undef U8
#undef U16
#undef U32
#undef U64
#undef DATA
	}
	return behind;
}

static void
put(struct buf *b, const struct packet *m, bool whole)
{
	size_t start = b->n, n;

	assert(row_of(m->code));
	buf_u32(b, 0);
	buf_u8(b, m->code);
	n = put_fields(b, m, whole);
	if (b->err)
		return;
	n += b->n - start - PACKET_LENGTH;
	assert(n <= MEDIA_PACKET_MAX);
	for (size_t i = 0; i < PACKET_LENGTH; i++)
		b->p[start + i] = (uint8_t)(n >> (24 - 8 * i));
}

void
packet_put(struct buf *b, const struct packet *m)
{
	put(b, m, true);
}

void
packet_head(struct buf *b, const struct packet *m)
{
	put(b, m, false);
}
