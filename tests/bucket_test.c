/* SPDX-License-Identifier: ISC */
/* Token buckets: a burst, a pace, a wait that is true, and forgetting. */
#include "tap.h"
#include "relay.h"

static int64_t now;

static int64_t
test_clock(void *arg)
{
	(void)arg;
	return now;
}

int
main(void)
{
	struct clock clock = {test_clock, test_clock, NULL};
	struct bytes a = bytes_of("a", 1), b = bytes_of("b", 1);
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 7);
	struct buckets k;
	int64_t wait, i;

	if (seal_start() != 0)
		bail("libsodium");
	buckets_init(&k, &rng, &clock);
	for (i = 0, wait = 0; i < 10; i++)
		wait += buckets_take(&k, "x", a, b, 1, 200, 10);
	is_int(wait, 0, "a burst of ten");
	wait = buckets_take(&k, "x", a, b, 1, 200, 10);
	ok(wait > 4900 && wait <= 5001, "then one per 5 s");
	is_int(buckets_take(&k, "x", b, a, 1, 200, 10), 0, "others have theirs");
	is_int(buckets_take(&k, "y", a, b, 1, 200, 10), 0, "of each kind");
	now += wait - 2;
	ok(buckets_take(&k, "x", a, b, 1, 200, 10) > 0, "a moment too early");
	now += 2;
	is_int(buckets_take(&k, "x", a, b, 1, 200, 10), 0, "as told");
	for (i = 0; i < 4900; i++) {
		now++;
		if (buckets_take(&k, "x", a, b, 1, 200, 10) == 0)
			break;
	}
	is_int(i, 4900, "asking each millisecond gains nothing");
	now += 200;
	is_int(buckets_take(&k, "x", a, b, 1, 200, 10), 0, "and loses nothing");
	ok(buckets_take(&k, "big", a, b, 500, 1000, 10) == 0,
	    "what costs more than a bucket takes a full one");
	ok(k.map.n == 4, "four buckets");
	now += 1000000;
	buckets_sweep(&k);
	is_int(k.map.n, 0, "full ones are forgotten");
	is_int(buckets_take(&k, "x", a, b, 1, 200, 10), 0, "and full again");
	now -= 5000;
	is_int(buckets_take(&k, "x", a, b, 1, 200, 10), 0,
	    "a clock that goes back hurts nobody");
	buckets_free(&k);
	return done();
}
