/* SPDX-License-Identifier: ISC */
/*
 * The index of a film: what is taken has parts that lie one behind the other,
 * and there is one way to write it.
 */
#include "fuzz.h"
#include "media.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = bytes_of(p, n);
	struct buf b = {0};
	struct index x;
	uint64_t at = 0;

	if (index_get(in, &x) != 0)
		return 0;
	must(x.rows > 0 && x.rows <= MEDIA_ROWS && x.segments > 0);
	for (uint32_t i = 0; i < x.segments; i++)
		for (uint8_t row = 0; row < x.rows; row++) {
			const struct index_part *part = index_part(&x, i, row);

			must(part && part->offset == at && part->length > 0);
			at += part->length;
		}
	must(index_size(&x) == at);
	index_put(&b, &x);
	must(bytes_same(buf_view(&b), in));
	buf_free(&b);
	index_free(&x);
	return 0;
}
