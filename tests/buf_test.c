/* SPDX-License-Identifier: ISC */
/*
 * The growing buffer: contents against a plain model under random operations,
 * the hard maximum, and the sticky error.
 */
#include <stdlib.h>

#include "base.h"
#include "tap.h"

static void
test_integers(void)
{
	static const uint8_t want[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
				       13, 14, 15, 0, 0, 'a', 'b', '=', '7'};
	struct buf b = {0};

	buf_u8(&b, 0x01);
	buf_u16(&b, 0x0203);
	buf_u32(&b, 0x04050607);
	buf_u64(&b, 0x08090a0b0c0d0e0f);
	buf_zero(&b, 2);
	buf_string(&b, "ab");
	buf_format(&b, "=%d", 7);
	is_int(b.n, sizeof want, "all is there");
	is_mem(b.p, want, sizeof want, "integers are big endian");
	buf_drop(&b, 3);
	is_mem(b.p, want + 3, sizeof want - 3, "dropped from the front");
	buf_drop(&b, b.n);
	is_int(buf_view(&b).n, 0, "all of it");
	buf_free(&b);
	ok(!b.p && !b.n && !b.cap, "freed is zeroed");
}

static void
test_max(void)
{
	struct buf b = {.max = 10};
	struct buf huge = {0};

	buf_put(&b, "12345678", 8);
	ok(!b.err && buf_room(&b, 2), "up to the maximum");
	is_int(b.n, 10, "and exactly that");
	buf_u8(&b, 1);
	is_int(b.err, ERR_BIG, "the first byte past it is an error");
	is_int(b.n, 10, "and is not written");
	buf_drop(&b, 10);
	buf_u8(&b, 1);
	ok(b.n == 0 && b.err == ERR_BIG, "the error sticks");
	ok(!buf_room(&b, 0), "even for nothing");
	buf_clear(&b);
	buf_u8(&b, 1);
	ok(b.n == 1 && !b.err, "until the buffer is cleared");
	buf_free(&b);
	buf_u8(&huge, 1);
	ok(!buf_room(&huge, SIZE_MAX) && huge.err == ERR_BIG,
	    "a size that would overflow is refused");
	buf_free(&huge);
}

static void
test_empty(void)
{
	struct buf b = {0};

	buf_put(&b, NULL, 0);
	buf_bytes(&b, bytes_of(NULL, 0));
	buf_drop(&b, 0);
	ok(!b.err && b.n == 0, "nothing may be NULL");
	ok(bytes_same(bytes_of(NULL, 0), bytes_of("x", 0)),
	    "and nothing is the same as nothing");
	ok(!bytes_same(bytes_of("xy", 2), bytes_of("xz", 2)), "xy is not xz");
	ok(!bytes_same(bytes_of("xy", 2), bytes_of("xy", 1)), "nor x");
	buf_free(&b);
}

#define MODEL 20000

/* Random writes and drops, compared with an array that can't go wrong. */
static void
test_model(bool secret)
{
	struct rng_seeded seed;
	struct rng r = rng_seed(&seed, secret);
	uint8_t *model = mem_alloc(MODEL), chunk[200];
	struct buf b = {.secret = secret};
	size_t n = 0, k;
	bool same = true;
	int i;

	for (i = 0; i < 3000; i++) {
		k = rng_below(&r, sizeof chunk);
		rng_fill(&r, chunk, k);
		if (n + k <= MODEL && rng_below(&r, 3)) {
			memcpy(model + n, chunk, k);
			n += k;
			buf_put(&b, chunk, k);
		} else {
			k = rng_below(&r, (uint32_t)n + 1);
			memmove(model, model + k, n - k);
			n -= k;
			buf_drop(&b, k);
		}
		same = same && bytes_same(buf_view(&b), bytes_of(model, n));
	}
	ok(same && !b.err, "3000 random steps as the model%s",
	    secret ? ", secret" : "");
	buf_free(&b);
	free(model);
}

static void
test_secret(void)
{
	struct buf b = {.secret = true};
	static const uint8_t zero[8];

	buf_string(&b, "0123456789");
	buf_drop(&b, 8);
	is_mem(b.p + 2, zero, 8, "what moved away is wiped");
	buf_clear(&b);
	is_mem(b.p, zero, 2, "so is what is cleared");
	buf_format(&b, "%s", "secret");
	is_mem(b.p, "secret", 6, "formatted");
	buf_free(&b);
}

int
main(void)
{
	test_integers();
	test_max();
	test_empty();
	test_model(false);
	test_model(true);
	test_secret();
	return done();
}
