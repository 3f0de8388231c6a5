/* SPDX-License-Identifier: ISC */
/*
 * In which sizes a film is kept: as it is up to MEDIA_WIDTH_MAX, 640 and 320
 * wide where that is clearly less, and a last one of few bytes, for thin links.
 */
#include "codec.h"

#define LEAST 16                /* a side; smaller ones are not seen */
#define SOUND_RATE 12500        /* bytes a second */

/* Both sides even and inside the limits, the shape kept as well as it goes. */
static struct index_row
sizes_fit(const struct source_info *s, unsigned width)
{
	unsigned w = width, h = (unsigned)((uint64_t)s->height * w / s->width);

	if (h > MEDIA_SIDE_MAX) {
		h = MEDIA_SIDE_MAX;
		w = (unsigned)((uint64_t)s->width * h / s->height);
	}
	w = w < LEAST ? LEAST : w & ~1u;
	h = h < LEAST ? LEAST : h & ~1u;
	return (struct index_row){.width = (uint16_t)w,
	    .height = (uint16_t)h};
}

/* What to expect, in bytes a second: the index says later what it was. */
static uint32_t
sizes_rate(const struct index_row *r, const struct source_info *s, int quality)
{
	uint64_t pictures = s->rate > 0 && s->rate < 60000 ? s->rate : 60000;
	uint64_t a_picture = (uint64_t)r->width * r->height *
	    (unsigned)(40 + quality) / 1000;

	return (uint32_t)(a_picture * pictures / 1000 +
	    (s->sound ? SOUND_RATE : 0));
}

unsigned
sizes_make(struct index_row row[static MEDIA_ROWS], const struct source_info *s,
    unsigned most, int quality)
{
	static const unsigned width[] = {640, 320};
	unsigned w = s->width < MEDIA_WIDTH_MAX ? s->width : MEDIA_WIDTH_MAX;
	unsigned n = 0;

	most = most < 1 ? 1 : most > MEDIA_ROWS ? MEDIA_ROWS : most;
	row[n++] = sizes_fit(s, w);
	for (size_t i = 0; i < COUNT(width); i++)
		if (n + 1 < most && width[i] * 4 <= w * 3) {
			w = width[i];
			row[n++] = sizes_fit(s, w);
		}
	if (n < most)
		row[n++] = sizes_fit(s, w < 320 ? w : 320);
	for (unsigned i = 0; i < n; i++)
		row[i].rate = sizes_rate(&row[i], s, quality);
	if (n > 1 && row[n - 1].rate > MEDIA_LOW_ROW)
		row[n - 1].rate = MEDIA_LOW_ROW;
	return n;
}
