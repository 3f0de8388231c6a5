/* SPDX-License-Identifier: ISC */
/*
 * A frame of any shape as I420 of the size of a canvas, in the full range that
 * JPEG means, turned the way up that a telephone noted.
 */
#include <libavutil/pixfmt.h>

#include "source_parts.h"

static uint8_t
clamp(int v)
{
	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

void
draw_init(struct draw *d, unsigned quarters)
{
	memset(d, 0, sizeof(*d));
	d->quarters = quarters % 4;
	for (int i = 0; i < 256; i++) {
		int c = i - 128;

		d->luma[i] = clamp(((i - 16) * 255 + 109) / 219);
		d->chroma[i] = clamp(128 + (c * 255 + (c < 0 ? -112 : 112)) /
		    224);
	}
}

void
draw_free(struct draw *d)
{
	for (unsigned i = 0; i < SOURCE_SCALERS; i++)
		sws_freeContext(d->scaler[i].sws);
	canvas_free(&d->aside);
	memset(d, 0, sizeof(*d));
}

/* The old names of full range formats make the library start anew each time. */
static int
plain(int format, bool *full)
{
	static const int same[][2] = {
		{AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV420P},
		{AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV422P},
		{AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUV444P},
		{AV_PIX_FMT_YUVJ440P, AV_PIX_FMT_YUV440P},
		{AV_PIX_FMT_YUVJ411P, AV_PIX_FMT_YUV411P},
	};

	for (size_t i = 0; i < COUNT(same); i++)
		if (same[i][0] == format) {
			*full = true;
			return same[i][1];
		}
	return format;
}

static struct SwsContext *
draw_scaler(struct draw *d, const AVFrame *f, int format, bool full,
    const struct canvas *c)
{
	const int *table = sws_getCoefficients(SWS_CS_ITU601);
	struct draw_scaler *s;

	for (unsigned i = 0; i < SOURCE_SCALERS; i++) {
		s = &d->scaler[i];
		if (s->sws && s->width == f->width && s->height == f->height &&
		    s->format == format && s->full == full &&
		    s->to_width == c->width && s->to_height == c->height)
			return s->sws;
	}
	s = &d->scaler[d->next++ % SOURCE_SCALERS];
	sws_freeContext(s->sws);
	*s = (struct draw_scaler){.width = f->width, .height = f->height,
	    .format = format, .full = full, .to_width = c->width,
	    .to_height = c->height};
	s->sws = sws_getContext(f->width, f->height,
	    (enum AVPixelFormat)format, c->width, c->height,
	    AV_PIX_FMT_YUV420P, SWS_BILINEAR, NULL, NULL, NULL);
	if (s->sws && sws_setColorspaceDetails(s->sws, table, full, table, 1,
	    0, 1 << 16, 1 << 16) < 0)
		return s->sws;  /* of a format that has no range */
	return s->sws;
}

/* No scaling: line by line, the range widened on the way. */
static void
draw_plain(struct draw *d, const AVFrame *f, bool full, struct canvas *c)
{
	for (int i = 0; i < 3; i++) {
		const uint8_t *table = i > 0 ? d->chroma : d->luma;
		int w = c->width >> (i > 0), h = c->height >> (i > 0);

		for (int y = 0; y < h; y++) {
			const uint8_t *from = f->data[i] +
			    (ptrdiff_t)y * f->linesize[i];
			uint8_t *to = c->plane[i] +
			    (ptrdiff_t)y * c->stride[i];

			if (full)
				memcpy(to, from, (size_t)w);
			else
				for (int x = 0; x < w; x++)
					to[x] = table[from[x]];
		}
	}
}

/* A quarter to the right: what was left and below comes left and above. */
static void
draw_turn(struct canvas *to, const struct canvas *from, unsigned quarters)
{
	for (int i = 0; i < 3; i++) {
		int w = to->width >> (i > 0), h = to->height >> (i > 0);
		int fw = from->width >> (i > 0), fh = from->height >> (i > 0);

		for (int y = 0; y < h; y++)
			for (int x = 0; x < w; x++) {
				int u = quarters == 1 ? y : quarters == 2 ?
				    fw - 1 - x : fw - 1 - y;
				int v = quarters == 1 ? fh - 1 - x :
				    quarters == 2 ? fh - 1 - y : x;

				to->plane[i][(ptrdiff_t)y * to->stride[i] +
				    x] = from->plane[i][(ptrdiff_t)v *
				    from->stride[i] + u];
			}
	}
}

static int
draw_upright(struct draw *d, const AVFrame *f, struct canvas *c)
{
	bool full = f->color_range == AVCOL_RANGE_JPEG;
	int format = plain(f->format, &full);
	struct SwsContext *sws;

	if (f->width <= 0 || f->height <= 0 || !f->data[0])
		return ERR_NONE;
	if (format == AV_PIX_FMT_YUV420P && f->width == c->width &&
	    f->height == c->height) {
		draw_plain(d, f, full, c);
		return 0;
	}
	sws = draw_scaler(d, f, format, full, c);
	if (!sws)
		return ERR_FORMAT;
	return sws_scale(sws, (const uint8_t *const *)f->data, f->linesize, 0,
	    f->height, c->plane, c->stride) == c->height ? 0 : ERR_FORMAT;
}

int
draw_frame(struct draw *d, const AVFrame *f, struct canvas *c)
{
	bool lies = d->quarters % 2 != 0;
	uint16_t w = lies ? c->height : c->width;
	uint16_t h = lies ? c->width : c->height;
	int err;

	if (d->quarters == 0)
		return draw_upright(d, f, c);
	if (d->aside.width != w || d->aside.height != h) {
		canvas_free(&d->aside);
		canvas_init(&d->aside, w, h);
	}
	err = draw_upright(d, f, &d->aside);
	if (err == 0)
		draw_turn(c, &d->aside, d->quarters);
	return err;
}
