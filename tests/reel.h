/* SPDX-License-Identifier: ISC */
/*
 * The media helper's role decode under test: started with real descriptors,
 * spoken to in packets; and what stands in its test pattern, read back.
 */
#ifndef REEL_H
#define REEL_H

#include <sys/types.h>

#include "media.h"

#define REEL_BITS 20            /* blocks of the strip: 1, the number, parity */
#define REEL_WAIT 120000        /* ms until an answer is given up */

struct reel {
	pid_t pid;
	int fd, peer;           /* our ends; -1: closed */
	struct buf in, pictures;
	size_t taken, shown;
};
/* Starts `tacet-media decode`; source may be -1. hook: $TACET_TEST_HOOK */
void reel_open(struct reel *, int source, const char *hook);
/* Hangs up and waits: the status as of waitpid(). */
int reel_close(struct reel *);
void reel_put(struct reel *, const struct packet *);
/* The next packet for the client, or for the role show: 0, ERR_NET when it hung
 * up, ERR_TIMEOUT. Valid until the next call. */
int reel_next(struct reel *, struct packet *);
int reel_show(struct reel *, struct packet *);
/* The next one of either: *shown says for whom. */
int reel_any(struct reel *, struct packet *, bool *shown);
/* The most memory it had at a time, in KiB, from /proc; 0: it is gone. */
long reel_peak(const struct reel *);

void reel_make(struct reel *, uint8_t rows, uint8_t quality, uint32_t pattern);
void reel_want(struct reel *, uint32_t number);
void reel_play(struct reel *, uint32_t gen, const struct segment *,
    struct bytes);

/* The number that the blocks of a strip stand for, light as told (0 .. 255);
 * -1: one of them is neither dark nor bright, or their sum is wrong. */
int reel_code(const unsigned light[static REEL_BITS], unsigned dark,
    unsigned bright);
/* The number in a picture of the pattern, I420; -1: there is none. */
int reel_number(struct bytes planes, unsigned width, unsigned height);
/* The tone of a piece of stereo sound, in Hz; 0: silence or none of ours. */
int reel_tone(const int16_t *pcm, size_t samples);
/* A film of ffmpeg's in a temporary file without a name: the same strip and
 * tones as the pattern. `how` are its options for the output. -1: no ffmpeg */
int reel_film(unsigned seconds, const char *size, const char *rate,
    const char *how, const char *suffix);
/* Any command of ffmpeg's; %s in it is the file to write. */
int reel_ffmpeg(const char *suffix, const char *fmt, ...) PRINTF(2, 3);

#endif
