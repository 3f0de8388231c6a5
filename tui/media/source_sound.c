/* SPDX-License-Identifier: ISC */
/*
 * Sound of a file as 48 kHz stereo on one line of samples that begins with the
 * film. Times in files are rounded: a piece that lies nearly where the last one
 * ended goes on there, so that nothing clicks. Gaps are silent.
 */
#include <stdlib.h>

#include "source_parts.h"

#define NEARLY (MEDIA_RATE / 25)        /* 40 ms */

void
tune_close(struct tune *t)
{
	side_close(&t->side);
	swr_free(&t->swr);
	free(t->pcm);
	memset(t, 0, sizeof(*t));
}

static int
tune_swr(struct tune *t, const AVFrame *f)
{
	AVChannelLayout stereo = AV_CHANNEL_LAYOUT_STEREO;
	AVChannelLayout from = f->ch_layout;

	if (t->swr && t->rate == f->sample_rate && t->format == f->format &&
	    t->channels == f->ch_layout.nb_channels)
		return 0;
	swr_free(&t->swr);
	if (f->sample_rate < 1000 || f->ch_layout.nb_channels < 1)
		return ERR_FORMAT;
	if (from.order == AV_CHANNEL_ORDER_UNSPEC)
		av_channel_layout_default(&from, f->ch_layout.nb_channels);
	if (swr_alloc_set_opts2(&t->swr, &stereo, AV_SAMPLE_FMT_S16,
	    MEDIA_RATE, &from, (enum AVSampleFormat)f->format, f->sample_rate,
	    0, NULL) < 0 || swr_init(t->swr) < 0) {
		swr_free(&t->swr);
		return ERR_FORMAT;
	}
	t->rate = f->sample_rate;
	t->format = f->format;
	t->channels = f->ch_layout.nb_channels;
	return 0;
}

/* Where on the line the frame lies, if it says so. */
static int64_t
tune_place(const struct tune *t, const AVFrame *f)
{
	int64_t us, at = t->end;

	if (f->best_effort_timestamp != AV_NOPTS_VALUE) {
		us = side_us(&t->side, f->best_effort_timestamp) - t->origin;
		at = av_rescale(us, MEDIA_RATE, AV_TIME_BASE);
	}
	return t->run && at > t->end - NEARLY && at < t->end + NEARLY ?
	    t->end : at;
}

/* The next piece, when all of the last one is used. */
static int
tune_fill(struct tune *t)
{
	const AVFrame *f;
	uint8_t *to;
	int err = side_next(&t->side), n;

	if (err != 0)
		return err;
	f = t->side.frame;
	if (f->nb_samples <= 0 || tune_swr(t, f) != 0)
		return ERR_FORMAT;
	n = swr_get_out_samples(t->swr, f->nb_samples);
	if (n < 0 || n > MEDIA_RATE * 10)
		return ERR_FORMAT;
	if ((size_t)n > t->room) {
		t->room = (size_t)n;
		t->pcm = mem_grow(t->pcm, t->room, sizeof(int16_t) * CHANNELS);
	}
	to = (uint8_t *)t->pcm;
	n = swr_convert(t->swr, &to, n, (const uint8_t **)f->extended_data,
	    f->nb_samples);
	if (n < 0)
		return ERR_FORMAT;
	t->start = tune_place(t, f);
	t->n = (size_t)n;
	t->end = t->start + n;
	t->run = true;
	return 0;
}

int
tune_seek(struct tune *t, uint64_t sample)
{
	int64_t us = av_rescale((int64_t)sample, AV_TIME_BASE, MEDIA_RATE);

	t->want = (int64_t)sample;
	t->n = 0;
	t->run = false;
	swr_free(&t->swr);
	/* a little early: decoders need a packet or two to begin */
	return side_seek(&t->side, us < AV_TIME_BASE / 5 ? INT64_MIN :
	    t->origin + us - AV_TIME_BASE / 5);
}

/* Copies what of the piece lies in the place that is asked for. */
static size_t
tune_take(struct tune *t, int16_t *pcm, size_t room)
{
	int64_t early = t->start - t->want;
	size_t n;

	if (early > 0) {
		n = (size_t)early < room ? (size_t)early : room;
		memset(pcm, 0, n * sizeof(*pcm) * CHANNELS);
		return n;
	}
	if (-early >= (int64_t)t->n) {
		t->n = 0;
		return 0;
	}
	n = t->n - (size_t)-early < room ? t->n - (size_t)-early : room;
	memcpy(pcm, t->pcm - early * CHANNELS, n * sizeof(*pcm) * CHANNELS);
	return n;
}

int
tune_next(struct tune *t, int16_t *pcm)
{
	size_t done = 0, n;
	int err;

	while (done < SOUND_SAMPLES) {
		err = t->n > 0 ? 0 : tune_fill(t);
		if (err == ERR_NONE)
			break;
		if (err != 0 || t->n == 0)
			continue;       /* a broken piece is silent */
		n = tune_take(t, pcm + done * CHANNELS, SOUND_SAMPLES - done);
		done += n;
		t->want += (int64_t)n;
	}
	if (done == 0)
		return ERR_NONE;
	memset(pcm + done * CHANNELS, 0, (SOUND_SAMPLES - done) *
	    sizeof(*pcm) * CHANNELS);
	return 0;
}
