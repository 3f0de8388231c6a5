/* SPDX-License-Identifier: ISC */
/*
 * A film as whoever plays it has to know it. Private to tui/client and its
 * tests; knows nothing of how it is played.
 */
#ifndef TACET_PLAY_FILM_H
#define TACET_PLAY_FILM_H

#include "film.h"

/* As its card has it. */
struct play_film {
	struct film_key key;
	uint8_t read[KEY_SIZE];         /* the blob's read capability */
	uint8_t hash[HASH32];           /* of the index */
	uint64_t at;                    /* where in the blob the index stands */
	uint32_t n;                     /* bytes of it, sealed */
	uint32_t length;                /* ms */
	struct safe title;
};
struct play_place;
int play_open(struct client *, const struct play_film *,
    const struct play_place *, char **why);

#endif
