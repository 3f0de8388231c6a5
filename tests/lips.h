/* SPDX-License-Identifier: ISC */
/*
 * Whether a picture is seen when its sound is heard: a display whose pixels lie
 * in a file (Xvfb), a null sink of PulseAudio whose monitor is recorded, and
 * one clock for both. Of a film that flashes and beeps at the same instants it
 * tells by how much the two came apart. Never part of a program.
 */
#ifndef TACET_LIPS_H
#define TACET_LIPS_H

#include <stdbool.h>
#include <sys/types.h>

#define LIPS_MAX 64             /* flashes and beeps of a film */
/* Before a beep stands at least so much silence; a flash is short beside it. */
#define LIPS_QUIET_MS 300

struct lips {
	char *dir;
	pid_t display, server, recorder, watcher;
	int result;             /* what the watcher has found out */
	/* ms, how much later the picture was than the sound; by lips_stop() */
	double skew[LIPS_MAX];
	unsigned n;
};
/* NULL, or what is missing here. Sets the environment for who plays: DISPLAY,
 * PULSE_SERVER, HOME. */
const char *lips_open(struct lips *);
void lips_close(struct lips *);
void lips_start(struct lips *); /* from here on it is watched */
void lips_stop(struct lips *);
double lips_worst(const struct lips *);         /* of either sign, as it is */
double lips_median(const struct lips *);

#endif
