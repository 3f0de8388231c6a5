/* SPDX-License-Identifier: ISC */
/*
 * The bounded reader: every length of input against every read, the first
 * error sticks, and after it there are only zeros.
 */
#include <stdlib.h>

#include "base.h"
#include "tap.h"

static void
test_reads(void)
{
	static const uint8_t in[] = {1, 2, 3, 4, 5, 6, 7, 8,
				     9, 10, 11, 12, 13, 14, 15, 16, 17};
	struct rd r = rd_of(bytes_of(in, sizeof in)), sub;
	uint8_t out[2];

	is_int(rd_u8(&r), 1, "u8");
	is_int(rd_u16(&r), 0x0203, "u16");
	is_int(rd_u32(&r), 0x04050607, "u32");
	ok(rd_u64(&r) == 0x08090a0b0c0d0e0fu, "u64");
	is_int(rd_left(&r), 2, "two are left");
	is_int(rd_end(&r), ERR_TRAIL, "which is an error at the end");
	r = rd_of(bytes_of(in, 5));
	rd_copy(&r, out, 2);
	is_mem(out, in, 2, "copied");
	sub = rd_sub(&r, 2);
	is_int(rd_u16(&sub), 0x0304, "a part has its own end");
	ok(rd_end(&sub) == 0, "and comes to it");
	is_mem(rd_rest(&r).p, in + 4, 1, "the rest");
	is_int(rd_end(&r), 0, "nothing is left over");
}

static void
test_sticky(void)
{
	static const uint8_t in[] = {1, 2, 3};
	struct rd r = rd_of(bytes_of(in, 3)), sub;
	uint8_t out[4] = {9, 9, 9, 9};

	ok(rd_u32(&r) == 0 && r.err == ERR_SHORT, "a read past the end");
	ok(rd_u8(&r) == 0, "makes all later ones zero");
	rd_copy(&r, out, 4);
	ok(out[0] == 0 && out[3] == 0, "a copy too");
	is_int(rd_view(&r, 0).n, 0, "and an empty view");
	sub = rd_sub(&r, 1);
	is_int(sub.err, ERR_SHORT, "a part of it has the error");
	is_int(rd_left(&r), 0, "nothing is left");
	rd_fail(&r, ERR_RANGE);
	is_int(rd_end(&r), ERR_SHORT, "the first error wins");
	r = rd_of(bytes_of(in, 3));
	rd_fail(&r, ERR_RANGE);
	is_int(rd_u8(&r), 0, "a caller's error stops the reads as well");
	is_int(rd_end(&r), ERR_RANGE, "and stays");
}

static void
test_nothing(void)
{
	struct rd r = rd_of(bytes_of(NULL, 0));

	is_int(rd_left(&r), 0, "nothing has no bytes");
	is_int(rd_view(&r, 0).n, 0, "of which none can be read");
	is_int(rd_end(&r), 0, "without an error");
	ok(rd_u8(&r) == 0 && rd_end(&r) == ERR_SHORT, "one is too many");
	r = rd_of(bytes_of("x", 1));
	is_int(rd_view(&r, SIZE_MAX).n, 0, "a huge size does not wrap");
	is_int(r.err, ERR_SHORT, "but is short");
}

/* An input on its own heap, so that ASan sees the first byte past it. */
static void
test_truncated(void)
{
	size_t n, used;
	bool good = true;

	for (n = 0; n <= 15; n++) {
		uint8_t *in = mem_alloc(n);
		struct rd r = rd_of(bytes_of(in, n));

		(void)rd_u8(&r);
		(void)rd_u16(&r);
		(void)rd_u32(&r);
		(void)rd_u64(&r);
		used = 15;
		good = good && rd_end(&r) == (n < used ? ERR_SHORT : 0);
		free(in);
	}
	ok(good, "every truncation is short, the whole is not");
}

int
main(void)
{
	test_reads();
	test_sticky();
	test_nothing();
	test_truncated();
	return done();
}
