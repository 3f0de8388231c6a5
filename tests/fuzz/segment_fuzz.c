/* SPDX-License-Identifier: ISC */
/*
 * Segments: what is taken has its items in order and within it, and there is
 * one way to write it.
 */
#include "fuzz.h"
#include "media.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = bytes_of(p, n);
	struct buf b = {0};
	struct segment s;
	struct item i;
	uint16_t before = 0;

	if (segment_get(in, &s) != 0)
		return 0;
	segment_begin(&b, s.row, s.number, s.start, s.length);
	while (segment_next(&s, &i)) {
		must(i.at >= before && i.at < s.length && i.data.n > 0);
		before = i.at;
		segment_item(&b, &i);
	}
	segment_pad(&b);
	must(bytes_same(buf_view(&b), in));
	buf_free(&b);
	return 0;
}
