/* SPDX-License-Identifier: ISC */
/* See fuzz.h. */
#include <stdlib.h>

#include "fuzz.h"

void
must(bool cond)
{
	if (!cond)
		abort();
}

void
fuzz_edit(struct buf *b, struct rd *in)
{
	/* three bytes of the input change one of b */
	for (size_t n = rd_u8(in) % 8 + 1u; n > 0; n--) {
		size_t at = rd_u16(in) % b->n;

		b->p[at] ^= rd_u8(in);
	}
	if (rd_left(in) == 0)
		return;
	b->n -= rd_u8(in) % b->n;
	buf_bytes(b, rd_rest(in));
}
