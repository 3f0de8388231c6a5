/* SPDX-License-Identifier: ISC */
/*
 * Programs beside a test, which end with it: a display that nobody sees (Xvfb)
 * and a sound server that nobody hears (PulseAudio with a null sink). What has
 * to be there and does not start ends the test. Never part of a program.
 */
#ifndef TACET_BESIDE_H
#define TACET_BESIDE_H

#include <stdbool.h>
#include <sys/types.h>

/* A command of the shell succeeds; what it says is thrown away. */
bool beside_runs(const char *cmd);
bool beside_has(const char *program);   /* one can be called by that name */
/* A server and ALSA's way to it */
bool beside_has_sound(void);

/* Its standard output is `out`, or nowhere (-1); the rest is nowhere. */
pid_t beside_start(char *const argv[], int out);
/* TERM, and waits; 0 and what has never run are left alone. Then it is 0. */
void beside_stop(pid_t *);

/* A display of that size ("800x600x24"); its name, like ":7", goes to *name,
 * to be freed. files: the folder for the file with its pixels,
 * Xvfb_screen0, or NULL. */
pid_t beside_display(const char *size, const char *files, char **name);
/* A server with the sink "spk", 48 kHz, one channel, serving already: its
 * files lie in dir, and what we start from now on finds it (HOME,
 * XDG_RUNTIME_DIR, PULSE_RUNTIME_PATH and PULSE_SERVER are set). */
pid_t beside_sound(const char *dir);

#endif
