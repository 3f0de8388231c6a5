/* SPDX-License-Identifier: ISC */
/*
 * Samples of what the floor media reads and writes, and the walk over all that
 * can happen to bytes: for its tests and fuzzers.
 */
#ifndef MEDIA_MAKE_H
#define MEDIA_MAKE_H

#include "media.h"

/* One packet for each row; NULL past the last. *from and *to are its ends. */
const struct packet *packet_sample(size_t i, enum media_end *from,
    enum media_end *to);
/* A segment with `pictures` and `sounds` items of some bytes. */
void segment_sample(struct buf *, uint8_t row, uint32_t number,
    unsigned pictures, unsigned sounds);
/* An index of that many segments and rows; its parts are to be freed. */
struct index index_sample(uint32_t segments, uint8_t rows);

#endif
