/* SPDX-License-Identifier: ISC */
/* The map against a plain array: 20,000 random puts and removals. */
#include "tap.h"
#include "relay.h"

#define KEYS 512

int
main(void)
{
	static char value[KEYS];
	bool there[KEYS] = {false};
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 7);
	struct hashmap m;
	uint32_t i, k, bad = 0;
	size_t at = 0, n = 0, seen = 0;

	hashmap_init(&m, &rng, sizeof(k));
	for (i = 0; i < 20000; i++) {
		k = rng_below(&rng, KEYS);
		if (rng_below(&rng, 3) > 0) {
			hashmap_put(&m, &k, &value[k]);
			n += !there[k];
			there[k] = true;
		} else {
			bad += (hashmap_remove(&m, &k) == &value[k]) !=
			    there[k];
			n -= there[k];
			there[k] = false;
		}
		k = rng_below(&rng, KEYS);
		bad += (hashmap_get(&m, &k) == &value[k]) != there[k];
		bad += m.n != n;
	}
	is_int(bad, 0, "the same as the array");
	while (hashmap_next(&m, &at))
		seen++;
	is_int(seen, n, "each value once");
	hashmap_free(&m);
	return done();
}
