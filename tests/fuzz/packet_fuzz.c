/* SPDX-License-Identifier: ISC */
/*
 * Packets of the media helper: the first byte says whose they are and who reads
 * them, the rest comes in one stream. What is taken is put again as it was.
 */
#include "fuzz.h"
#include "media_make.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	enum media_end from, to;
	struct bytes in;
	struct buf b = {0};
	struct packet m;
	size_t used;

	if (n == 0)
		return 0;
	from = (enum media_end)(p[0] & 7);
	to = (enum media_end)(p[0] >> 3 & 7);
	in = bytes_of(p + 1, n - 1);
	while (packet_get(in, from, to, &m, &used) == 0) {
		must(used > 0 && used <= in.n);
		buf_clear(&b);
		packet_put(&b, &m);
		must(bytes_same(buf_view(&b), bytes_of(in.p, used)));
		in = bytes_of(in.p + used, in.n - used);
	}
	buf_free(&b);
	return 0;
}
