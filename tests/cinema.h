/* SPDX-License-Identifier: ISC */
/*
 * A film without pictures, published on the relay of a pair: what stands for
 * one says its row, segment and time, so that whoever plays it with the actor
 * can read back what came when.
 */
#ifndef TACET_CINEMA_H
#define TACET_CINEMA_H

#include "pair.h"
#include "play_film.h"

#define CINEMA_ROWS 3
#define CINEMA_EVERY 200        /* ms between pictures */

struct cinema {
	struct pair pair;
	struct dev dev;                 /* who publishes */
	size_t me;                      /* who watches */
	struct play_film film;
	struct index index;
	struct buf blob;
};
/* A relay, somebody who watches, and a film of so many segments. */
void cinema_open(struct cinema *, uint32_t segments);
void cinema_close(struct cinema *);
void cinema_make(struct cinema *, uint32_t segments);   /* another film */
void cinema_put(struct cinema *);       /* the blob as it stands now */
uint8_t *cinema_piece(struct cinema *, uint32_t number, uint8_t row);
void cinema_play(struct cinema *);      /* opens it, in 8 x 2 cells */
const struct play_view *cinema_at(struct cinema *);
bool cinema_until(struct cinema *, bool (*)(const struct play_view *));
/* What the cells say: true, and which row and time */
bool cinema_picture(const struct play_view *, unsigned *row, unsigned *ms);

/* cinema_inside.c: what only the client knows */

pid_t cinema_pid(const struct client *, bool show);
unsigned cinema_fed(const struct client *);     /* segments handed over */
size_t cinema_held(const struct client *);      /* bytes of segments */

#endif
