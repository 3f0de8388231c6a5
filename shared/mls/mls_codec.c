/* SPDX-License-Identifier: ISC */
/*
 * The presentation language of MLS (RFC 9420 2.1): vectors behind a length of
 * one, two or four bytes, which must be the shortest that holds the value, and
 * optional values. Everything that comes from outside passes struct rd.
 */
#include "mls_parts.h"

uint32_t
mls_get_length(struct rd *rd)
{
	uint32_t v = rd_u8(rd);
	unsigned prefix = v >> 6, i;

	if (prefix == 3) {
		rd_fail(rd, ERR_FORMAT);
		return 0;
	}
	v &= 0x3f;
	for (i = 1; i < 1u << prefix; i++)
		v = v << 8 | rd_u8(rd);
	if ((prefix == 1 && v < 1u << 6) || (prefix == 2 && v < 1u << 14)) {
		rd_fail(rd, ERR_FORMAT);
		return 0;
	}
	return rd->err ? 0 : v;
}

struct bytes
mls_get_vector(struct rd *rd)
{
	uint32_t n = mls_get_length(rd);

	return rd_view(rd, n);
}

struct rd
mls_get_list(struct rd *rd)
{
	uint32_t n = mls_get_length(rd);

	return rd_sub(rd, n);
}

bool
mls_get_optional(struct rd *rd)
{
	uint8_t v = rd_u8(rd);

	if (v > 1)
		rd_fail(rd, ERR_FORMAT);
	return v == 1;
}

size_t
mls_length_size(size_t n)
{
	return n < 1u << 6 ? 1 : n < 1u << 14 ? 2 : 4;
}

static size_t
length_bytes(uint8_t out[static 4], size_t n)
{
	size_t size = mls_length_size(n);

	switch (size) {
	case 1:
		out[0] = (uint8_t)n;
		break;
	case 2:
		out[0] = (uint8_t)(0x40 | n >> 8);
		out[1] = (uint8_t)n;
		break;
	default:
		out[0] = (uint8_t)(0x80 | n >> 24);
		out[1] = (uint8_t)(n >> 16);
		out[2] = (uint8_t)(n >> 8);
		out[3] = (uint8_t)n;
		break;
	}
	return size;
}

void
mls_put_length(struct buf *b, size_t n)
{
	uint8_t out[4];

	if (n > MLS_VECTOR_MAX) {
		if (b->err == 0)
			b->err = ERR_BIG;
		return;
	}
	buf_put(b, out, length_bytes(out, n));
}

void
mls_put_vector(struct buf *b, struct bytes v)
{
	mls_put_length(b, v.n);
	buf_bytes(b, v);
}

size_t
mls_vector_open(struct buf *b)
{
	return b->n;
}

void
mls_vector_close(struct buf *b, size_t mark)
{
	uint8_t out[4];
	size_t n, size;

	if (b->err != 0)
		return;
	n = b->n - mark;
	if (n > MLS_VECTOR_MAX) {
		b->err = ERR_BIG;
		return;
	}
	size = length_bytes(out, n);
	if (buf_room(b, size) == NULL)
		return;
	memmove(b->p + mark + size, b->p + mark, n);
	memcpy(b->p + mark, out, size);
}

void
mls_put_header(struct buf *b, enum mls_wire wire)
{
	buf_u16(b, 1); /* mls10 */
	buf_u16(b, (uint16_t)wire);
}

int
mls_get_header(struct rd *rd, uint16_t *wire)
{
	uint16_t version = rd_u16(rd);

	*wire = rd_u16(rd);
	if (rd->err == 0 && version != 1)
		rd_fail(rd, ERR_VERSION);
	return rd->err;
}
