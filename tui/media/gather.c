/* SPDX-License-Identifier: ISC */
/*
 * The pictures and sounds of a segment are gathered apart, since they come
 * apart, and written in the order of their times. What would be too much is
 * thinned: fewer pictures, evenly, and never the first one.
 */
#include "codec.h"

#define SEAL 64                 /* nonce and tag, around a segment */
#define HEAD 12
#define ITEM 7

bool
gather_room(const struct gather *g)
{
	return g->n < COUNT(g->item);
}

void
gather_add(struct gather *g, uint16_t at)
{
	const struct gathered *last = &g->item[g->n - 1];
	size_t from = g->n > 0 ? last->from + last->size : 0;

	assert(gather_room(g) && g->bytes.n > from && !g->bytes.err);
	g->item[g->n++] = (struct gathered){at, (uint32_t)from,
	    (uint32_t)(g->bytes.n - from)};
}

void
gather_clear(struct gather *g)
{
	buf_clear(&g->bytes);
	g->n = 0;
}

void
gather_free(struct gather *g)
{
	buf_free(&g->bytes);
	g->n = 0;
}

/* What every `step`th item comes to. */
static size_t
gather_size(const struct gather *g, unsigned step)
{
	size_t n = 0;

	for (unsigned i = 0; i < g->n; i += step)
		n += ITEM + g->item[i].size;
	return n;
}

static void
put(struct buf *b, enum item_kind kind, const struct gather *g, unsigned i)
{
	const struct gathered *m = &g->item[i];

	segment_item(b, &(struct item){kind, m->at,
	    bytes_of(g->bytes.p + m->from, m->size)});
}

unsigned
gather_write(struct buf *b, uint8_t row, uint32_t number, uint16_t length,
    const struct gather *pictures, const struct gather *sounds, size_t most)
{
	size_t sound = HEAD + gather_size(sounds, 1);
	unsigned step = 1, p = 0, s = 0, n = 0;

	while (step < pictures->n && SEAL +
	    segment_padded(sound + gather_size(pictures, step)) > most)
		step++;
	segment_begin(b, row, number, number * MEDIA_SEGMENT_MS, length);
	while (p < pictures->n || s < sounds->n) {
		if (s >= sounds->n || (p < pictures->n &&
		    pictures->item[p].at <= sounds->item[s].at)) {
			put(b, ITEM_PICTURE, pictures, p);
			p += step;
			n++;
		} else {
			put(b, ITEM_SOUND, sounds, s++);
		}
	}
	segment_pad(b);
	return n;
}
