/* SPDX-License-Identifier: ISC */
/*
 * Films without a picture: a file `strip ROWS SEGMENTS BYTES [WHAT]' tells the
 * stand-in of the media helper (tool/projector) what to make, and a test what must
 * be on the relay in the end. Every piece follows from its place.
 */
#ifndef TACET_STRIP_H
#define TACET_STRIP_H

#include "media.h"

#define STRIP_SHORT 700          /* ms that the last segment is shorter */
struct strip {
	unsigned rows, segments, bytes; /* bytes: of a picture of row 0 */
	char what[32];          /* crash-N, lie-N, fail-N, slow-N; or empty */
};
bool strip_read(const char *text, struct strip *);
uint32_t strip_length(const struct strip *);      /* ms */
void strip_segment(const struct strip *, uint8_t row, uint32_t number,
    struct buf *);

#endif
