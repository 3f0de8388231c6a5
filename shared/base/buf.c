/* SPDX-License-Identifier: ISC */
/*
 * The growing buffer and the view of bytes. Writers may write a whole message
 * and look at err once, at the end: after the first error nothing is added.
 * Integers are big endian, as everywhere on our wire.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base.h"

#define BUF_FIRST 64

bool
bytes_same(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* realloc() may leave the old bytes behind; secrets move by hand. */
static void
buf_move(struct buf *b, size_t cap)
{
	uint8_t *p;

	if (!b->secret) {
		b->p = mem_grow(b->p, cap, 1);
	} else {
		p = mem_alloc(cap);
		if (b->p) {
			memcpy(p, b->p, b->n);
			mem_wipe(b->p, b->cap);
		}
		free(b->p);
		b->p = p;
	}
	b->cap = cap;
}

uint8_t *
buf_room(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : BUF_FIRST;
	uint8_t *p;

	if (b->err)
		return NULL;
	if (n > SIZE_MAX / 4 - b->n || (b->max && n > b->max - b->n)) {
		b->err = ERR_BIG;
		return NULL;
	}
	while (cap < b->n + n)
		cap *= 2;
	if (b->max && cap > b->max)
		cap = b->max; /* b->n + n fits: it was checked above */
	if (!b->p || cap > b->cap)
		buf_move(b, cap);
	p = b->p + b->n;
	b->n += n;
	return p;
}

void
buf_free(struct buf *b)
{
	if (b->secret && b->p)
		mem_wipe(b->p, b->cap);
	free(b->p);
	*b = (struct buf){0};
}

void
buf_clear(struct buf *b)
{
	if (b->secret && b->p)
		mem_wipe(b->p, b->cap);
	b->n = 0;
	b->err = 0;
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	uint8_t *to = buf_room(b, n);

	if (to && n)
		memcpy(to, p, n);
}

void
buf_bytes(struct buf *b, struct bytes v)
{
	buf_put(b, v.p, v.n);
}

void
buf_u8(struct buf *b, uint8_t v)
{
	buf_put(b, &v, 1);
}

static void
buf_be(struct buf *b, uint64_t v, size_t n)
{
	uint8_t *p = buf_room(b, n);

	if (!p)
		return;
	while (n > 0) {
		p[--n] = (uint8_t)v;
		v >>= 8;
	}
}

void
buf_u16(struct buf *b, uint16_t v)
{
	buf_be(b, v, 2);
}

void
buf_u32(struct buf *b, uint32_t v)
{
	buf_be(b, v, 4);
}

void
buf_u64(struct buf *b, uint64_t v)
{
	buf_be(b, v, 8);
}

void
buf_zero(struct buf *b, size_t n)
{
	uint8_t *p = buf_room(b, n);

	if (p && n)
		memset(p, 0, n);
}

void
buf_string(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

/* Measured first: what vasprintf() moves about is never wiped. */
void
buf_format(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	uint8_t *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		if (!b->err)
			b->err = ERR_FORMAT;
		return;
	}
	p = buf_room(b, (size_t)n + 1);
	if (!p)
		return;
	va_start(ap, fmt);
	(void)vsnprintf((char *)p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n--;
}

void
buf_drop(struct buf *b, size_t n)
{
	assert(n <= b->n);
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
	if (b->secret)
		mem_wipe(b->p + b->n, n);
}
