/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * A film that flashes and beeps, in a window and on a sound device that nobody
 * sees and hears: read back with one clock, the two are in step. The promise is
 * 40 ms, which `make bench' measures; here it is ten times that, since the
 * machine may be busy. Skipped where Xvfb or PulseAudio is absent.
 */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "lips.h"
#include "showing.h"
#include "tap.h"

#define LONG 60000
#define SECONDS 4
#define SIDE 64
#define STEP_MS 400
#define TRIES 3         /* the recorder loses sound where nothing is in time */

static bool
is_ended(const struct showing *s)
{
	return s->at.state == MEDIA_ENDED;
}

static void
flash(struct showing *s, uint32_t time, bool white)
{
	static uint8_t planes[SIDE * SIDE * 3 / 2];
	struct packet m = {.code = PACKET_picture, .picture = {.gen = 1,
	    .time = time, .width = SIDE, .height = SIDE,
	    .planes = {planes, sizeof(planes)}}};

	memset(planes, white ? 255 : 0, SIDE * SIDE);
	memset(planes + SIDE * SIDE, 128, SIDE * SIDE / 2);
	showing_put(s->decode, &m);
}

static void
play(void)
{
	const char *const env[] = {"SDL_VIDEODRIVER", NULL};
	struct showing s = {.folder = -1};
	bool on;

	showing_open(&s, env);
	showing_sink(&s, SINK_window, 320, 240, 0, 0, "flashes");
	showing_start(&s, 1, 0, false);
	for (uint32_t t = 0; t < SECONDS * 1000 + 500; t += 20) {
		on = t % 1000 < 100;
		if (t % 40 == 0)
			flash(&s, t, on);
		showing_tone(&s, 1, t, 20, on ? 1000 : 0);
		(void)showing_hear(&s, 0, NULL);
	}
	showing_done(&s, 1);
	ok(showing_hear(&s, LONG, is_ended), "a film that flashes and beeps");
	is_int(s.closes, 0, "in a window");
	is_int(s.shows.sound, 1, "and with sound");
	showing_close(&s);
}

/* Whether they were in step: not one that was seen is without its beep. */
static bool
try(struct lips *l)
{
	lips_start(l);
	(void)usleep(500000);
	play();
	(void)usleep(500000);
	lips_stop(l);
	note("%u flashes had their beeps, median %.0f ms, worst %.0f", l->n,
	    l->n > 0 ? lips_median(l) : 0, lips_worst(l));
	return l->n >= SECONDS - 1 && fabs(lips_median(l)) < STEP_MS;
}

int
main(void)
{
	struct lips l;
	const char *why = lips_open(&l);
	bool in_step = false;

	if (why != NULL) {
		skip("%s here", why);
		return done();
	}
	(void)setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	for (int i = 0; i < TRIES && !in_step; i++)
		in_step = try(&l);
	ok(in_step, "every flash had its beep, in step within %d ms", STEP_MS);
	lips_close(&l);
	return done();
}
