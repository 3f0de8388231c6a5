/* SPDX-License-Identifier: ISC */
/*
 * A segment of a film: a head, then pictures and sound in the order of their
 * times, padded. There is one way to write each, and only that is read: what
 * segment_get() took is walked by segment_next() without a check. Does not
 * look into pictures or sound.
 */
#include "media.h"

#define ITEM_HEAD 7
#define SOUND_MAX 1275          /* a packet of Opus, RFC 6716 3.4 */

size_t
segment_padded(size_t n)
{
	return padme(n);
}

void
segment_begin(struct buf *b, uint8_t row, uint32_t number, uint32_t start,
    uint16_t length)
{
	assert(row < MEDIA_ROWS && number < MEDIA_SEGMENTS_MAX);
	assert(start == number * MEDIA_SEGMENT_MS);
	assert(length > 0 && length <= MEDIA_SEGMENT_MS);
	buf_u8(b, MEDIA_VERSION);
	buf_u8(b, row);
	buf_u32(b, number);
	buf_u32(b, start);
	buf_u16(b, length);
}

void
segment_item(struct buf *b, const struct item *i)
{
	assert(i->kind == ITEM_PICTURE || i->kind == ITEM_SOUND);
	assert(i->data.n > 0 && i->data.n <= UINT32_MAX);
	buf_u8(b, (uint8_t)i->kind);
	buf_u16(b, i->at);
	buf_u32(b, (uint32_t)i->data.n);
	buf_bytes(b, i->data);
}

void
segment_pad(struct buf *b)
{
	buf_zero(b, segment_padded(b->n) - b->n);
}

static void
get_head(struct rd *r, struct segment *s)
{
	if (rd_u8(r) != MEDIA_VERSION)
		rd_fail(r, ERR_VERSION);
	s->row = rd_u8(r);
	s->number = rd_u32(r);
	s->start = rd_u32(r);
	s->length = rd_u16(r);
	if (s->row >= MEDIA_ROWS || s->number >= MEDIA_SEGMENTS_MAX ||
	    s->start != s->number * MEDIA_SEGMENT_MS || s->length == 0 ||
	    s->length > MEDIA_SEGMENT_MS)
		rd_fail(r, ERR_RANGE);
}

static bool
get_item(struct rd *r, struct item *i)
{
	memset(i, 0, sizeof(*i));
	if (rd_left(r) == 0)
		return false;
	i->kind = (enum item_kind)rd_u8(r);
	if (i->kind == ITEM_END)
		return false;
	i->at = rd_u16(r);
	i->data = rd_view(r, rd_u32(r));
	if (i->kind != ITEM_PICTURE && i->kind != ITEM_SOUND)
		rd_fail(r, ERR_FORMAT);
	return r->err == 0;
}

/* *size is where the items end and the padding begins. */
static void
walk(struct rd *r, const struct segment *s, size_t *size)
{
	const uint8_t *begin = r->p;
	size_t count[ITEM_SOUND + 1] = {0};
	struct item i;
	uint16_t before = 0;

	*size = 0;
	while (get_item(r, &i)) {
		if (i.at < before || i.at >= s->length || i.data.n == 0 ||
		    (i.kind == ITEM_SOUND && i.data.n > SOUND_MAX))
			rd_fail(r, ERR_RANGE);
		if (++count[i.kind] > MEDIA_FRAMES_MAX)
			rd_fail(r, ERR_BIG);
		if (r->err)
			return;
		before = i.at;
		*size = (size_t)(r->p - begin);
	}
}

int
segment_get(struct bytes in, struct segment *s)
{
	struct rd r = rd_of(in);
	struct bytes pad;
	size_t n;

	memset(s, 0, sizeof(*s));
	if (in.n > MEDIA_SEGMENT_MAX)
		return ERR_BIG;
	get_head(&r, s);
	s->items = bytes_of(r.p, rd_left(&r));
	if (r.err == 0)
		walk(&r, s, &n);
	if (r.err)
		return r.err == ERR_SHORT ? ERR_FORMAT : r.err;
	pad = rd_rest(&r);
	for (size_t i = 0; i < pad.n; i++)
		if (pad.p[i] != 0)
			return ERR_FORMAT;
	n += in.n - s->items.n;
	return segment_padded(n) == in.n ? 0 : ERR_FORMAT;
}

bool
segment_next(struct segment *s, struct item *i)
{
	struct rd r = rd_of(s->items);

	if (!get_item(&r, i))
		return false;
	s->items = rd_rest(&r);
	return true;
}
