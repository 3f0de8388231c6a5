/* SPDX-License-Identifier: ISC */
/*
 * The bounded reader: the only thing that touches bytes from outside. It knows
 * its end and keeps its first error; a caller may read a whole message and ask
 * rd_end() once. After an error every read gives zeros, never stale bytes.
 */
#include "base.h"

struct rd
rd_of(struct bytes v)
{
	static const uint8_t none[1];

	if (v.n == 0)
		v.p = none; /* NULL + 0 is not defined in C */
	return (struct rd){v.p, v.p + v.n, 0};
}

void
rd_fail(struct rd *r, int err)
{
	assert(err < 0);
	if (!r->err)
		r->err = err;
	r->p = r->end;
}

size_t
rd_left(const struct rd *r)
{
	return (size_t)(r->end - r->p);
}

struct bytes
rd_view(struct rd *r, size_t n)
{
	struct bytes v;

	if (n > rd_left(r))
		rd_fail(r, ERR_SHORT);
	if (r->err)
		return (struct bytes){NULL, 0};
	v = bytes_of(r->p, n);
	r->p += n;
	return v;
}

static uint64_t
rd_be(struct rd *r, size_t n)
{
	struct bytes v = rd_view(r, n);
	uint64_t x = 0;
	size_t i;

	for (i = 0; i < v.n; i++)
		x = x << 8 | v.p[i];
	return x;
}

uint8_t
rd_u8(struct rd *r)
{
	return (uint8_t)rd_be(r, 1);
}

uint16_t
rd_u16(struct rd *r)
{
	return (uint16_t)rd_be(r, 2);
}

uint32_t
rd_u32(struct rd *r)
{
	return (uint32_t)rd_be(r, 4);
}

uint64_t
rd_u64(struct rd *r)
{
	return rd_be(r, 8);
}

void
rd_copy(struct rd *r, void *dst, size_t n)
{
	struct bytes v = rd_view(r, n);

	if (n == 0)
		return;
	if (r->err)
		memset(dst, 0, n);
	else
		memcpy(dst, v.p, n);
}

struct rd
rd_sub(struct rd *r, size_t n)
{
	struct bytes v = rd_view(r, n);
	struct rd sub = rd_of(v);

	sub.err = r->err;
	return sub;
}

struct bytes
rd_rest(struct rd *r)
{
	return rd_view(r, rd_left(r));
}

int
rd_end(struct rd *r)
{
	if (!r->err && r->p != r->end)
		rd_fail(r, ERR_TRAIL);
	return r->err;
}
