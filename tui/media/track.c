/* SPDX-License-Identifier: ISC */
/*
 * The sound of a film, laid out on the film's time: a ring of frames by
 * position, bounded. A gap is silence, so that what is heard always is where
 * the film is. Knows neither the device nor the clock.
 */
#include <stdlib.h>

#include "show.h"

void
track_init(struct track *t)
{
	*t = (struct track){.volume = 100};
	t->ring = mem_array((size_t)TRACK_MAX * SPEAKER_CHANNELS,
	    sizeof(*t->ring));
}

void
track_free(struct track *t)
{
	free(t->ring);
	*t = (struct track){0};
}

void
track_begin(struct track *t, int64_t at)
{
	t->from = t->to = at;
}

static int16_t *
frame(const struct track *t, int64_t at)
{
	return t->ring + (at % TRACK_MAX) * SPEAKER_CHANNELS;
}

static int16_t
sample(const uint8_t *p)
{
	int16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

void
track_silence(struct track *t, int64_t to)
{
	if (to > t->from + TRACK_MAX)
		to = t->from + TRACK_MAX;
	for (; t->to < to; t->to++)
		memset(frame(t, t->to), 0, SPEAKER_CHANNELS * sizeof(int16_t));
}

/* The decoder stops when nobody reads, so that it can't fill more than there
 * is; what would come over the end all the same is left out. */
int
track_put(struct track *t, int64_t at, unsigned channels, struct bytes pcm)
{
	size_t size = channels * sizeof(int16_t);
	const uint8_t *p = pcm.p;
	int64_t end;

	if (channels < 1 || channels > SPEAKER_CHANNELS || pcm.n % size != 0 ||
	    pcm.n / size > MEDIA_RATE)
		return ERR_RANGE;
	end = at + (int64_t)(pcm.n / size);
	if (end <= t->to)
		return 0;
	if (at > t->to)
		track_silence(t, at);
	if (at < t->to) {
		p += (size_t)(t->to - at) * size;
		at = t->to;
	}
	for (; at < end && at < t->from + TRACK_MAX; at++, p += size) {
		int16_t *to = frame(t, at);

		to[0] = sample(p);
		to[1] = sample(p + size - sizeof(int16_t));
		t->to = at + 1;
	}
	return 0;
}

void
track_drop(struct track *t, int64_t before)
{
	if (before > t->to)
		before = t->to;
	if (before > t->from)
		t->from = before;
}

unsigned
track_get(const struct track *t, int64_t at, int16_t *to, unsigned n)
{
	unsigned got = 0;

	if (at < t->from)
		return 0;
	for (; got < n && at < t->to; got++, at++)
		for (int c = 0; c < SPEAKER_CHANNELS; c++)
			*to++ = (int16_t)(frame(t, at)[c] * (int)t->volume /
			    100);
	return got;
}

bool
track_full(const struct track *t)
{
	return t->to - t->from >= TRACK_MAX - MEDIA_RATE / 2;
}
