/* SPDX-License-Identifier: ISC */
/*
 * Many clients in one process, over the real link, wire and ident floors:
 * accounts of up to sixteen devices, opaque entries, no MLS. They count what
 * they hear and stop the bench when a relay refuses them something.
 */
#ifndef TACET_CROWD_H
#define TACET_CROWD_H

#include "bench.h"
#include "link.h"

struct crowd;
struct member {
	struct crowd *crowd;
	struct link *link;              /* NULL: not connected */
	uint8_t transport[DH_SIZE];
	bool greeted;
	uint64_t parts;                 /* of blobs, that have come */
};
struct crowd {
	struct loop *loop;
	struct address address;
	struct member *m;
	unsigned n;
	unsigned greeted, linked;
	uint32_t req;
	uint64_t done, got;             /* answers; entries and whispers */
	uint64_t parts, bytes;          /* of blobs */
	bool quiet;                     /* the end of a link is expected */
};
/* Registers n devices of n / 16 accounts; nobody stays connected. */
void crowd_open(struct crowd *, const struct address *, unsigned n);
void crowd_close(struct crowd *);
void crowd_dial(struct crowd *, unsigned from, unsigned to);
void crowd_hang(struct crowd *);        /* all */
void crowd_hear(struct crowd *, int ms);
void crowd_send(struct crowd *, unsigned i, const struct msg *);
/* Until *count has reached `want`; 20 s at most. */
void crowd_until(struct crowd *, const uint64_t *count, uint64_t want);
void crowd_create(struct crowd *, unsigned i, const uint8_t *log);
void crowd_follow(struct crowd *, unsigned i, const uint8_t *log,
    uint64_t from);
/* n entries of 256 opaque bytes in one go; durable: log_append, else whisper */
void crowd_say(struct crowd *, unsigned i, const uint8_t *log, bool durable,
    unsigned n);

#define CROWD_ENTRY 256

#endif
