/* SPDX-License-Identifier: ISC */
/*
 * Films from files: the source `film`, which is two sides of one descriptor.
 * Times of the file begin anywhere; a film's begin with 0.
 */
#include <math.h>
#include <stdlib.h>

#include <libavutil/display.h>

#include "source_parts.h"

#define DAY ((int64_t)MEDIA_SEGMENTS_MAX * MEDIA_SEGMENT_MS)
#define US(ms) ((int64_t)(ms) * 1000)

struct film {
	struct side side;
	struct tune tune;
	struct draw draw;
	int64_t origin;         /* us */
	uint32_t period;        /* ms of a picture, if all are alike */
	uint32_t last;          /* ms of the last one given */
	bool begun, peeked, sound;
};

static void
film_close(void *own)
{
	struct film *f = own;

	side_close(&f->side);
	tune_close(&f->tune);
	draw_free(&f->draw);
	free(f);
}

/* Quarters to the right that bring it upright. */
static unsigned
film_turn(const AVStream *s)
{
	const int32_t *matrix = (const int32_t *)(const void *)
	    av_stream_get_side_data(s, AV_PKT_DATA_DISPLAYMATRIX, NULL);
	double degrees = matrix ? -av_display_rotation_get(matrix) : 0;

	if (isnan(degrees))
		return 0;
	return (unsigned)(4 + lrint(degrees / 90)) % 4;
}

static void
film_shape(struct film *f, struct source_info *info)
{
	AVStream *s = f->side.format->streams[f->side.stream];
	AVRational shape = av_guess_sample_aspect_ratio(f->side.format, s,
	    NULL);
	int64_t w = s->codecpar->width, h = s->codecpar->height, swap;
	unsigned turn = film_turn(s);

	if (shape.num > 0 && shape.den > 0 && shape.num < 10 * shape.den &&
	    shape.den < 10 * shape.num)
		w = av_rescale(w, shape.num, shape.den);
	draw_init(&f->draw, turn);
	if (turn % 2 != 0) {
		swap = w;
		w = h;
		h = swap;
	}
	info->width = (uint16_t)(w < 1 ? 1 : w > UINT16_MAX ? UINT16_MAX : w);
	info->height = (uint16_t)(h > UINT16_MAX ? UINT16_MAX : h);
}

static enum media_fail
film_times(struct film *f, struct source_info *info)
{
	AVStream *s = f->side.format->streams[f->side.stream];
	AVRational rate = av_guess_frame_rate(f->side.format, s, NULL);
	int64_t us = f->side.format->duration;

	f->origin = f->side.format->start_time == AV_NOPTS_VALUE ? 0 :
	    f->side.format->start_time;
	f->tune.origin = f->origin;
	info->rate = 25000;
	if (rate.num > 0 && rate.den > 0 && av_q2d(rate) < 1000)
		info->rate = (uint32_t)(av_q2d(rate) * 1000);
	f->period = info->rate > 0 ? 1000000 / info->rate : 40;
	/* a guess by the file's size is worse than none */
	if (us == AV_NOPTS_VALUE || us < 0 ||
	    f->side.format->duration_estimation_method ==
	    AVFMT_DURATION_FROM_BITRATE)
		return MEDIA_FAIL_NONE;
	if (us / 1000 > DAY)
		return MEDIA_FAIL_LENGTH;
	info->length = (uint32_t)(us / 1000);
	return MEDIA_FAIL_NONE;
}

static void
film_name(const struct film *f, struct source_info *info)
{
	const char *sound = f->sound ?
	    avcodec_get_name(f->tune.side.codec->codec_id) : NULL;
	struct buf b = {0};

	buf_format(&b, "%s%s%s", avcodec_get_name(f->side.codec->codec_id),
	    sound ? ", " : "", sound ? sound : "");
	if (b.n >= sizeof(info->codecs))
		b.n = sizeof(info->codecs) - 1;
	memcpy(info->codecs, b.p, b.n);
	buf_free(&b);
}

static void
film_quiet(void *own, int level, const char *fmt, va_list ap)
{
	(void)own;
	(void)level;
	(void)fmt;
	(void)ap;
}

static enum media_fail
film_open(void **own, const struct packet_make *make, struct source_info *info,
    char **words)
{
	struct film *f = mem_alloc(sizeof(*f));
	char *unused = NULL;
	enum media_fail why;

	(void)make;
	*own = f;
	memset(info, 0, sizeof(*info));
	av_log_set_callback(film_quiet);        /* it would write on fd 2 */
	why = side_open(&f->side, MEDIA_FD_SOURCE, AVMEDIA_TYPE_VIDEO, words);
	if (why != MEDIA_FAIL_NONE)
		return why;
	/* a film without sound, or with one that isn't known, is a film */
	f->sound = side_open(&f->tune.side, MEDIA_FD_SOURCE,
	    AVMEDIA_TYPE_AUDIO, &unused) == MEDIA_FAIL_NONE;
	free(unused);
	info->sound = f->sound;
	film_shape(f, info);
	film_name(f, info);
	return film_times(f, info);
}

/* The frame's place in the film; without one it follows the last. */
static uint32_t
film_ms(const struct film *f)
{
	int64_t ts = f->side.frame->best_effort_timestamp, ms;

	if (ts == AV_NOPTS_VALUE)
		return f->begun ? f->last + f->period : 0;
	ms = (side_us(&f->side, ts) - f->origin + 500) / 1000;
	return ms < 0 ? 0 : ms > UINT32_MAX / 2 ? UINT32_MAX / 2 :
	    (uint32_t)ms;
}

static int
film_picture(void *own, uint32_t *ms, uint32_t *stays)
{
	struct film *f = own;
	int err = f->peeked ? 0 : side_next(&f->side);

	if (err != 0)
		return err;
	f->peeked = f->side.hurt;
	if (f->side.hurt) {
		f->side.hurt = false;
		return ERR_FORMAT;      /* told, and then shown as it is */
	}
	*ms = film_ms(f);
	*stays = f->period;
	f->last = *ms;
	f->begun = true;
	return 0;
}

/* Some formats only find a place near the one that is asked for, and decoders
 * wait for a whole picture: then further back, at last from the beginning. */
static int
film_seek_picture(void *own, uint32_t ms)
{
	static const uint32_t back[] = {0, 10000, 60000};
	struct film *f = own;
	int err = 0;

	f->begun = f->peeked = false;
	for (size_t i = 0; i < COUNT(back) && ms > back[i]; i++) {
		err = side_seek(&f->side, f->origin + US(ms - back[i]));
		while (err == 0) {
			err = side_next(&f->side);
			if (err == 0 && film_ms(f) <= ms)
				f->peeked = true;
			if (err != ERR_FORMAT)
				break;
			err = 0;        /* pass a broken one */
		}
		if (f->peeked)
			return 0;
	}
	return side_seek(&f->side, INT64_MIN);
}

static int
film_seek_sound(void *own, uint64_t sample)
{
	struct film *f = own;

	return tune_seek(&f->tune, sample);
}

static int
film_draw(void *own, bool before, struct canvas *c)
{
	struct film *f = own;

	return draw_frame(&f->draw, before ? f->side.before : f->side.frame,
	    c);
}

static int
film_sound(void *own, int16_t *pcm)
{
	struct film *f = own;

	return tune_next(&f->tune, pcm);
}

const struct source_ops source_film = {
	film_open, film_close, film_seek_picture, film_seek_sound,
	film_picture, film_draw, film_sound,
};
