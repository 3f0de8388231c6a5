/* SPDX-License-Identifier: ISC */
/*
 * Randomness. The system's comes from getrandom(2) and nowhere else; if that
 * fails the process stops, since a key made of anything less is worse than no
 * key. The seeded stream (xoshiro256**, seeded by splitmix64, both by Blackman
 * and Vigna) repeats a simulation exactly and keeps no secrets.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base.h"

static void
rng_system_fill(UNUSED void *arg, void *dst, size_t n)
{
	uint8_t *p = dst;
	ssize_t got;

	while (n > 0) {
		got = getrandom(p, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 && !defence(random))
			return;
		if (got <= 0)
			abort();
		p += got;
		n -= (size_t)got;
	}
}

const struct rng rng_system = {
	.fill = rng_system_fill,
};

void
rng_fill(const struct rng *r, void *dst, size_t n)
{
	if (n > 0)
		r->fill(r->arg, dst, n);
}

/* Draws again below 2^32 mod bound, so that every result is as likely. */
uint32_t
rng_below(const struct rng *r, uint32_t bound)
{
	uint32_t x, least;

	assert(bound > 0);
	least = (uint32_t)-bound % bound;
	do {
		rng_fill(r, &x, sizeof x);
		mem_tell(&x, sizeof x);         /* a choice shows; no key is one */
	} while (x < least);
	return x % bound;
}

static uint64_t
rng_rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static uint64_t
rng_seeded_next(struct rng_seeded *g)
{
	uint64_t *s = g->s;
	uint64_t out = rng_rotate(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rng_rotate(s[3], 45);
	return out;
}

/* Byte by byte, lowest first: the stream is the same on every machine. */
static void
rng_seeded_fill(void *arg, void *dst, size_t n)
{
	uint8_t *p = dst;
	uint64_t x = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (i % 8 == 0)
			x = rng_seeded_next(arg);
		p[i] = (uint8_t)x;
		x >>= 8;
	}
}

struct rng
rng_seed(struct rng_seeded *g, uint64_t seed)
{
	uint64_t z;
	size_t i;

	for (i = 0; i < COUNT(g->s); i++) {
		seed += 0x9e3779b97f4a7c15u;
		z = seed;
		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
		z = (z ^ z >> 27) * 0x94d049bb133111ebu;
		g->s[i] = z ^ z >> 31;
	}
	return (struct rng){rng_seeded_fill, g};
}
