/* SPDX-License-Identifier: ISC */
/* The films of strip.h: pseudo-random bytes in the frame of a segment. */
#include <stdio.h>
#include <stdlib.h>

#include "strip.h"

bool
strip_read(const char *text, struct strip *r)
{
	memset(r, 0, sizeof(*r));
	return sscanf(text, "strip %u %u %u %31s", &r->rows, &r->segments,
	    &r->bytes, r->what) >= 3 && r->rows > 0 &&
	    r->rows <= MEDIA_ROWS && r->segments > 0 && r->bytes > 16;
}

uint32_t
strip_length(const struct strip *r)
{
	return r->segments * MEDIA_SEGMENT_MS - STRIP_SHORT;
}

void
strip_segment(const struct strip *r, uint8_t row, uint32_t number, struct buf *b)
{
	size_t n = r->bytes >> row, i;
	uint8_t *p = mem_alloc(n);
	uint64_t x = ((uint64_t)number << 8 | row) * 0x9e3779b97f4a7c15u + 1;
	struct item item = {ITEM_PICTURE, 0, bytes_of(p, n)};
	bool last = number + 1 == r->segments;

	for (i = 0; i < n; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		p[i] = (uint8_t)(x >> 56);
	}
	buf_clear(b);
	segment_begin(b, row, number, number * MEDIA_SEGMENT_MS,
	    (uint16_t)(MEDIA_SEGMENT_MS - (last ? STRIP_SHORT : 0)));
	segment_item(b, &item);
	segment_pad(b);
	free(p);
}
