/* SPDX-License-Identifier: ISC */
/*
 * Token buckets by name. They live in memory only: who did what how often is
 * nothing that the disk should know. A bucket that is full again is the same
 * as none and is forgotten.
 */
#include <stdlib.h>

#include "relay.h"

#define MICRO 1000000

void
buckets_init(struct buckets *b, const struct rng *rng,
    const struct clock *clock)
{
	hashmap_init(&b->map, rng, HASH32);
	b->clock = clock;
}

void
buckets_free(struct buckets *b)
{
	struct bucket *k;
	size_t i = 0;

	while ((k = hashmap_next(&b->map, &i)))
		free(k);
	hashmap_free(&b->map);
}

/* A milli-token per second is a micro-token per millisecond: no remainders. */
static void
bucket_fill(struct bucket *k, int64_t now)
{
	int64_t add, gone = now - k->at;

	if (gone <= 0)
		return;
	if (__builtin_mul_overflow(gone, k->pace, &add) ||
	    add >= k->burst - k->micro)
		k->micro = k->burst;
	else
		k->micro += add;
	k->at = now;
}

void
buckets_name(const char *kind, struct bytes x, struct bytes y,
    uint8_t name[static HASH32])
{
	struct bytes part[] = {x, y};

	hash_label(kind, part, COUNT(part), name);
}

static struct bucket *
bucket_find(struct buckets *b, const uint8_t key[static HASH32], int64_t pace,
    int64_t burst)
{
	struct bucket *k;

	k = hashmap_get(&b->map, key);
	if (!k && b->map.n >= BUCKETS_MAX) {
		buckets_sweep(b);
		if (b->map.n >= BUCKETS_MAX)
			return NULL;
	}
	if (!k) {
		k = mem_alloc(sizeof(*k));
		memcpy(k->key, key, HASH32);
		k->micro = burst;
		k->at = clock_mono(b->clock);
		hashmap_put(&b->map, key, k);
	}
	k->pace = pace;       /* options may have changed */
	k->burst = burst;
	return k;
}

int64_t
buckets_take(struct buckets *b, const char *kind, struct bytes x,
    struct bytes y, int64_t cost, int64_t per_s_milli, int64_t burst)
{
	uint8_t name[HASH32];

	buckets_name(kind, x, y, name);
	return buckets_take_from(b, name, cost, per_s_milli, burst);
}

int64_t
buckets_take_from(struct buckets *b, const uint8_t name[static HASH32],
    int64_t cost, int64_t per_s_milli, int64_t burst)
{
	struct bucket *k;

	assert(per_s_milli > 0 && burst > 0);
	k = bucket_find(b, name, per_s_milli, burst * MICRO);
	if (!k)
		return 1000;    /* too many are being throttled already */
	bucket_fill(k, clock_mono(b->clock));
	/* what costs more than a bucket can hold takes a full one */
	cost = (cost > burst ? burst : cost) * MICRO;
	if (k->micro < cost && defence(rate))
		return (cost - k->micro + per_s_milli - 1) / per_s_milli;
	k->micro -= cost;
	return 0;
}

void
buckets_sweep(struct buckets *b)
{
	struct bucket **full, *k;
	size_t i = 0, n = 0;

	full = mem_array(b->map.n + 1, sizeof(*full));
	while ((k = hashmap_next(&b->map, &i))) {
		bucket_fill(k, clock_mono(b->clock));
		if (k->micro >= k->burst)
			full[n++] = k;
	}
	for (i = 0; i < n; i++) {
		(void)hashmap_remove(&b->map, full[i]->key);
		free(full[i]);
	}
	free(full);
}
