/* SPDX-License-Identifier: ISC */
/*
 * The index of a film: its rows, and length and hash of each sealed segment.
 * Its size follows from the two counts in its head and is compared before
 * anything is allocated. Does not hash and does not know where the blob is.
 */
#include <stdlib.h>

#include "media.h"

#define HEAD 11
#define ROW 8
#define PART 36

void
index_put(struct buf *b, const struct index *x)
{
	size_t i, n = (size_t)x->segments * x->rows;

	assert(x->rows > 0 && x->rows <= MEDIA_ROWS);
	assert(x->segments > 0 && x->segments <= MEDIA_SEGMENTS_MAX);
	buf_u8(b, MEDIA_VERSION);
	buf_u8(b, x->rows);
	buf_u32(b, x->segments);
	buf_u32(b, x->length);
	buf_u8(b, x->sound);
	for (i = 0; i < x->rows; i++) {
		buf_u16(b, x->row[i].width);
		buf_u16(b, x->row[i].height);
		buf_u32(b, x->row[i].rate);
	}
	for (i = 0; i < n; i++) {
		buf_u32(b, x->part[i].length);
		buf_put(b, x->part[i].hash, sizeof(x->part[i].hash));
	}
}

/* True if a film of so many segments can be that long. */
static bool
length_fits(uint32_t segments, uint32_t length)
{
	return segments > 0 && segments <= MEDIA_SEGMENTS_MAX &&
	    length <= segments * MEDIA_SEGMENT_MS &&
	    length > (segments - 1) * MEDIA_SEGMENT_MS;
}

static void
get_rows(struct rd *r, struct index *x)
{
	struct index_row *row;

	for (size_t i = 0; i < x->rows; i++) {
		row = &x->row[i];
		row->width = rd_u16(r);
		row->height = rd_u16(r);
		row->rate = rd_u32(r);
		if (row->width == 0 || row->width > MEDIA_WIDTH_MAX ||
		    row->height == 0 || row->height > MEDIA_SIDE_MAX)
			rd_fail(r, ERR_RANGE);
	}
}

static void
get_parts(struct rd *r, struct index *x)
{
	size_t i, n = (size_t)x->segments * x->rows;
	uint64_t at = 0;

	x->part = mem_array(n, sizeof(*x->part));
	for (i = 0; i < n; i++) {
		x->part[i].offset = at;
		x->part[i].length = rd_u32(r);
		rd_copy(r, x->part[i].hash, sizeof(x->part[i].hash));
		if (x->part[i].length == 0 ||
		    x->part[i].length > MEDIA_SEALED_MAX)
			rd_fail(r, ERR_RANGE);
		at += x->part[i].length;
	}
}

int
index_get(struct bytes in, struct index *x)
{
	struct rd r = rd_of(in);

	memset(x, 0, sizeof(*x));
	if (rd_u8(&r) != MEDIA_VERSION)
		rd_fail(&r, ERR_VERSION);
	x->rows = rd_u8(&r);
	x->segments = rd_u32(&r);
	x->length = rd_u32(&r);
	x->sound = rd_u8(&r);
	if (x->rows == 0 || x->rows > MEDIA_ROWS || x->sound > 1 ||
	    !length_fits(x->segments, x->length))
		rd_fail(&r, ERR_RANGE);
	if (!r.err && defence(index) &&
	    in.n != HEAD + (ROW + (size_t)x->segments * PART) * x->rows)
		rd_fail(&r, ERR_FORMAT);
	if (!r.err)
		get_rows(&r, x);
	if (!r.err)
		get_parts(&r, x);
	if (rd_end(&r) == 0)
		return 0;
	index_free(x);
	return r.err == ERR_SHORT ? ERR_FORMAT : r.err;
}

void
index_free(struct index *x)
{
	free(x->part);
	memset(x, 0, sizeof(*x));
}

const struct index_part *
index_part(const struct index *x, uint32_t number, uint8_t row)
{
	if (number >= x->segments || row >= x->rows)
		return NULL;
	return &x->part[(size_t)number * x->rows + row];
}

uint64_t
index_size(const struct index *x)
{
	const struct index_part *last;

	if (x->segments == 0)
		return 0;
	last = index_part(x, x->segments - 1, (uint8_t)(x->rows - 1));
	return last->offset + last->length;
}
