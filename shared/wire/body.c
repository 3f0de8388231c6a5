/* SPDX-License-Identifier: ISC */
/*
 * Bodies: what is inside the seal. A head (code, id, number, time) and the
 * fields of a row of body.def; nothing may be left over.
 */
#include "field.h"

#define BUCKET_MIN 1024
#define BUCKET_MAX 65536

const struct body_row body_row[] = {
#define BODY(code, name, where, fields) {code, #name, WHERE_##where},
#include "body.def"
#undef BODY
};
const size_t body_rows = COUNT(body_row);

int
body_index(uint16_t code)
{
	for (size_t i = 0; i < body_rows; i++)
		if (body_row[i].code == code)
			return (int)i;
	return ERR_SUITE;
}

int
body_get(struct bytes in, struct body *m)
{
	struct rd rd = rd_of(in), *r = &rd;

	memset(m, 0, sizeof(*m));
	m->code = rd_u16(r);
	rd_copy(r, m->id, WIRE_ID);
	m->number = rd_u64(r);
	m->time = rd_u64(r);
	if (r->err != 0)
		return r->err;
	switch (m->code) {
#include "field_get.h"
#define BODY(code, name, where, fields) \
	case code: { \
		struct body_##name *f = &m->name; \
		fields \
		break; \
	}
#include "body.def"
#undef BODY
#include "field_end.h"
	default:
		return ERR_SUITE;
	}
	return rd_end(r);
}

static int
put_fields(struct buf *b, const struct body *m)
{
	switch (m->code) {
#include "field_put.h"
#define BODY(code, name, where, fields) \
	case code: { \
		const struct body_##name *f = &m->name; \
		fields \
		break; \
	}
#include "body.def"
#undef BODY
#include "field_end.h"
	default:
		return ERR_SUITE;
	}
	return b->err;
}

int
body_put(struct buf *b, const struct body *m)
{
	size_t start = b->n;
	int err;

	if (b->err != 0)
		return b->err;
	buf_u16(b, m->code);
	buf_put(b, m->id, WIRE_ID);
	buf_u64(b, m->number);
	buf_u64(b, m->time);
	err = put_fields(b, m);
	if (err != 0) {
		b->n = start;   /* a body is there whole or not at all */
		b->err = 0;
	}
	return err;
}

void
body_dump(struct buf *b, const struct body *m)
{
	int i = body_index(m->code);

	if (i < 0) {
		buf_format(b, "unknown code=%u", m->code);
		return;
	}
	buf_format(b, "%s id=%s number=%llu", body_row[i].name,
	    log_id(m->id, WIRE_ID).s, (unsigned long long)m->number);
}

size_t
body_bucket(size_t n)
{
	size_t size = BUCKET_MIN;

	while (size < n && size < BUCKET_MAX)
		size *= 2;
	return size;
}
