/* SPDX-License-Identifier: ISC */
/*
 * Keys of the store's tables, piece by piece. Numbers are big endian, so that
 * the order of the bytes is theirs.
 */
#include "relay.h"

struct key
key_of(const void *p, size_t n)
{
	struct key k = {.n = 0};

	key_put(&k, p, n);
	return k;
}

void
key_put(struct key *k, const void *p, size_t n)
{
	assert(n <= sizeof(k->p) - k->n);
	if (n > 0)
		memcpy(k->p + k->n, p, n);
	k->n += n;
}

static void
key_number(struct key *k, uint64_t v, size_t n)
{
	uint8_t be[8];
	size_t i;

	for (i = 0; i < n; i++)
		be[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
	key_put(k, be, n);
}

void
key_u64(struct key *k, uint64_t v)
{
	key_number(k, v, 8);
}

void
key_u16(struct key *k, uint16_t v)
{
	key_number(k, v, 2);
}

void
key_u8(struct key *k, uint8_t v)
{
	key_number(k, v, 1);
}

struct key
key_after(const struct key *k)
{
	struct key a = *k;

	while (a.n > 0 && a.p[a.n - 1] == 0xff)
		a.n--;
	if (a.n > 0) {
		a.p[a.n - 1]++;
		return a;
	}
	/* nothing but 0xff: longer than any key that we make */
	memset(a.p, 0xff, sizeof(a.p));
	a.n = sizeof(a.p);
	return a;
}
