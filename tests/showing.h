/* SPDX-License-Identifier: ISC */
/*
 * The media helper in its role show, between a client and a decoder that are
 * played by the test: packets of any kind, good and bad, over real socket
 * pairs to the real program. Never part of a program.
 */
#ifndef TACET_SHOWING_H
#define TACET_SHOWING_H

#include <sys/types.h>

#include "base.h"
#include "media.h"

struct showing {
	pid_t pid;
	int client, decode;             /* our ends */
	int folder;                     /* set before: for the sink file, or -1 */
	struct buf in;
	size_t taken;
	int status;                     /* once it has ended */
	/* of what came */
	struct packet_at at;
	struct packet_shows shows;
	unsigned ats, cells, images, keys, closes;
	uint8_t closed;
	char key[32];
	struct buf picture;             /* bytes of the last cells or image */
	uint32_t time, gen;             /* of it */
	uint16_t columns, rows;
	unsigned worst;                 /* skew */
};
/* env: "NAME=value", ..., NULL; names without '=' are taken away */
void showing_open(struct showing *, const char *const *env);
void showing_close(struct showing *);   /* ends it by hanging up */
void showing_sink(struct showing *, unsigned kind, unsigned columns,
    unsigned rows, unsigned cell_w, unsigned cell_h, const char *title);
void showing_start(struct showing *, uint32_t gen, uint32_t from, bool paused);
void showing_pause(struct showing *, bool on);
void showing_drawn(struct showing *);
void showing_put(int fd, const struct packet *);        /* waits */
/* Colour bars, each shift pixels further on; gen and time as they are told. */
void showing_bars(struct showing *, uint32_t gen, uint32_t time, unsigned w,
    unsigned h, unsigned shift);
/* ms of a tone, or of silence where hz is 0 */
void showing_tone(struct showing *, uint32_t gen, uint32_t time, unsigned ms,
    unsigned hz);
void showing_done(struct showing *, uint32_t gen);
/* Takes what comes within ms, or until `until` is true. */
bool showing_hear(struct showing *, int ms,
    bool (*until)(const struct showing *));
bool showing_over(const struct showing *);      /* it has hung up */
/* A bar's colour (0 .. 7), as R, G, B. */
extern const uint8_t showing_bar[8][3];

#endif
