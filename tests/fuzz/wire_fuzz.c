/* SPDX-License-Identifier: ISC */
/*
 * Every wire row and every body in one fuzzer: the first byte chooses, the rest
 * is the input. What is accepted must encode to the same bytes again, and its
 * dump must be one line. Now and then the mutator puts in a valid one.
 */
#include "fuzz.h"
#include "wire.h"

size_t LLVMFuzzerMutate(uint8_t *, size_t, size_t);
size_t LLVMFuzzerCustomMutator(uint8_t *, size_t, size_t, unsigned);

static void
one_line(const struct buf *dump)
{
	must(dump->n > 0 && memchr(dump->p, '\n', dump->n) == NULL);
}

/* A stream of frames, as they come in a record. */
static void
fuzz_msg(struct bytes in)
{
	struct rd r = rd_of(in);
	struct buf out = {0}, dump = {0};
	struct msg m;
	size_t at = 0, used;

	while (rd_left(&r) > 0 && msg_get(&r, &m) == 0) {
		used = (size_t)(r.p - in.p) - at;
		buf_clear(&out);
		buf_clear(&dump);
		must(msg_put(&out, &m) == 0);
		must(bytes_same(buf_view(&out), bytes_of(in.p + at, used)));
		msg_dump(&dump, &m);
		one_line(&dump);
		at += used;
	}
	buf_free(&out);
	buf_free(&dump);
}

static void
fuzz_body(struct bytes in)
{
	struct buf out = {0}, dump = {0};
	struct body m;
	int err = body_get(in, &m);

	must(err <= 0);
	if (err == 0) {
		must(body_put(&out, &m) == 0);
		must(bytes_same(buf_view(&out), in));
	}
	body_dump(&dump, &m);
	one_line(&dump);
	buf_free(&out);
	buf_free(&dump);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n == 0)
		return 0;
	if (p[0] % 2 == 0)
		fuzz_msg(bytes_of(p + 1, n - 1));
	else
		fuzz_body(bytes_of(p + 1, n - 1));
	return 0;
}

static size_t
sample(uint8_t *p, size_t max, unsigned seed)
{
	struct rng_seeded s;
	struct rng rng = rng_seed(&s, seed);
	struct buf store = {0}, out = {0};
	struct msg m;
	struct body b;
	size_t n;
	int err;

	buf_u8(&out, (uint8_t)(seed >> 5));
	if (out.p[0] % 2 == 0) {
		msg_sample(rng_below(&rng, (uint32_t)msg_rows), &rng, &store,
		    &m);
		err = msg_put(&out, &m);
	} else {
		body_sample(rng_below(&rng, (uint32_t)body_rows), &rng, &store,
		    &b);
		err = body_put(&out, &b);
	}
	must(err == 0);
	n = out.n < max ? out.n : max;
	memcpy(p, out.p, n);
	buf_free(&store);
	buf_free(&out);
	return n;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *p, size_t n, size_t max, unsigned seed)
{
	if (seed % 32 == 0 && max > 0)
		return sample(p, max, seed);
	return LLVMFuzzerMutate(p, n, max);
}
