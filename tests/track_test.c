/* SPDX-License-Identifier: ISC */
/*
 * The sound of a film on its own time: what comes twice, early, late or with a
 * gap, one channel and two, and that it never holds more than it may.
 */
#include <limits.h>
#include <stdlib.h>

#include "show.h"
#include "tap.h"

#define PART 960                /* frames of a packet */

/* A packet whose samples tell where they belong. */
static int
put(struct track *t, int64_t at, unsigned channels, unsigned frames)
{
	int16_t *pcm = mem_array((size_t)frames * channels, sizeof(*pcm));
	int err;

	for (unsigned i = 0; i < frames; i++)
		for (unsigned c = 0; c < channels; c++)
			pcm[i * channels + c] = (int16_t)((at + i) % 9000 + 1 +
			    c * 10000);
	err = track_put(t, at, channels, bytes_of(pcm, (size_t)frames *
	    channels * sizeof(*pcm)));
	free(pcm);
	return err;
}

/* Frames from `at` on that are what put() made of them, at most n. */
static unsigned
good(const struct track *t, int64_t at, unsigned n, bool stereo)
{
	int16_t *to = mem_array((size_t)n * SPEAKER_CHANNELS, sizeof(*to));
	unsigned got = track_get(t, at, to, n), i;

	for (i = 0; i < got; i++)
		if (to[2 * i] != (at + i) % 9000 + 1 || to[2 * i + 1] !=
		    (at + i) % 9000 + 1 + (stereo ? 10000 : 0))
			break;
	free(to);
	return i;
}

static void
test_order(void)
{
	struct track t;

	track_init(&t);
	track_begin(&t, 48000);
	is_int(put(&t, 48000, 2, PART), 0, "a packet");
	is_int(put(&t, 48000 + PART, 2, PART), 0, "and the next");
	is_int((int)good(&t, 48000, 3 * PART, true), 2 * PART,
	    "are there, and nothing after them");
	is_int((int)good(&t, 48000 + 100, PART, true), PART,
	    "from any place on");
	is_int(put(&t, 48000, 2, PART), 0, "one that comes twice");
	is_int((int)(t.to - t.from), 2 * PART, "is left out");
	is_int(put(&t, 48000 + 3 * PART / 2, 2, PART), 0,
	    "one that was half there");
	is_int((int)good(&t, 48000, 4 * PART, true), 5 * PART / 2,
	    "adds its other half");
	is_int((int)track_get(&t, 47999, NULL, 1), 0,
	    "before the beginning is nothing");
	track_free(&t);
}

static void
test_gap(void)
{
	struct track t;
	int16_t to[2 * 10];
	unsigned loud = 0;

	track_init(&t);
	track_begin(&t, 0);
	(void)put(&t, 0, 1, PART);
	is_int((int)good(&t, 0, PART, false), PART,
	    "one channel is heard on both sides");
	(void)put(&t, 2 * PART, 2, PART);
	is_int((int)track_get(&t, PART, to, 10), 10, "a gap");
	for (unsigned i = 0; i < COUNT(to); i++)
		loud += to[i] != 0;
	is_int((int)loud, 0, "is silence");
	is_int((int)good(&t, 2 * PART, PART, true), PART,
	    "and what comes behind it is where it belongs");
	track_drop(&t, 2 * PART);
	is_int((int)track_get(&t, PART, to, 10), 0, "what was dropped is gone");
	track_drop(&t, 100 * PART);
	ok(t.from == t.to && t.to == 3 * PART, "no more than there was");
	t.volume = 50;
	(void)put(&t, 3 * PART, 2, PART);
	(void)track_get(&t, 3 * PART + 1, to, 1);
	is_int(to[0], (3 * PART + 1) % 9000 / 2 + 1, "half as loud");
	track_free(&t);
}

static void
test_bounds(void)
{
	static const uint8_t odd[7];
	struct track t;
	unsigned n = 0;

	track_init(&t);
	track_begin(&t, 0);
	is_int(track_put(&t, 0, 2, bytes_of(odd, 7)), ERR_RANGE,
	    "half a frame is refused");
	is_int(track_put(&t, 0, 3, bytes_of(odd, 6)), ERR_RANGE,
	    "and three channels");
	is_int(track_put(&t, 0, 0, bytes_of(odd, 6)), ERR_RANGE, "and none");
	is_int(put(&t, 0, 2, MEDIA_RATE + 1), ERR_RANGE,
	    "and more than a second at once");
	is_int(track_put(&t, 0, 2, bytes_of(odd, 0)), 0, "nothing is fine");
	while (!track_full(&t) && n++ < 1000)
		(void)put(&t, t.to, 2, PART);
	ok(n < 1000, "it is full after %u packets", n);
	for (unsigned i = 0; i < 200; i++)
		(void)put(&t, t.to, 2, PART);
	ok(t.to - t.from == TRACK_MAX, "and never holds more than it may");
	is_int((int)good(&t, 0, TRACK_MAX, true), TRACK_MAX,
	    "of which nothing is lost");
	track_silence(&t, INT64_MAX / 2);
	ok(t.to - t.from == TRACK_MAX, "nor more silence");
	(void)put(&t, INT64_MAX / 4, 2, PART);
	ok(t.to - t.from == TRACK_MAX, "nor a gap without end");
	track_free(&t);
}

int
main(void)
{
	test_order();
	test_gap();
	test_bounds();
	return done();
}
