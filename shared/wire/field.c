/* SPDX-License-Identifier: ISC */
/*
 * Fields of messages and bodies: bytes and text with their length before them.
 */
#include "field.h"

struct bytes
field_text(struct rd *r, size_t n)
{
	struct bytes b = rd_view(r, n);

	if (r->err == 0 && !utf8_valid((const char *)b.p, b.n) &&
	    defence(letters))
		rd_fail(r, ERR_FORMAT);
	return b;
}

void
field_put(struct buf *b, struct bytes t, size_t max, bool text)
{
	if (t.n > max) {
		b->err = ERR_BIG;
		return;
	}
	if (text && t.n > 0 && !utf8_valid((const char *)t.p, t.n) &&
	    defence(letters)) {
		b->err = ERR_FORMAT;
		return;
	}
	if (max > UINT8_MAX)
		buf_u16(b, (uint16_t)t.n);
	else
		buf_u8(b, (uint8_t)t.n);
	buf_bytes(b, t);
}
