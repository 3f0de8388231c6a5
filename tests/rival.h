/* SPDX-License-Identifier: ISC */
/*
 * What tests of one's own record need from inside a client, while they hold
 * the relay in their other hand: the two headers don't go together. Never part
 * of a program.
 */
#ifndef TACET_RIVAL_H
#define TACET_RIVAL_H

#include "client.h"

/* The next version as another device of theirs would sign it. */
void rival_record(struct client *, const char *pass, const struct device *add,
    struct buf *raw);
void rival_raw(const struct client *, struct buf *);     /* its record */
/* The person's word about the talk with them arrives: their epoch's hash as it
 * should be, or not; and a head that they were shown, or NULL. */
void rival_gossip(struct client *, const char *with, bool right,
    const struct head *);
int rival_evidence(struct client *, const char *with, struct bytes);
unsigned rival_gossips(const struct client *, const char *with); /* outbox */
bool rival_held(const struct client *); /* the account key is in memory */
void rival_forget(struct client *);
size_t rival_jobs(const struct client *);
void rival_look(struct client *);       /* looks everybody up again */
bool rival_gone(const struct client *); /* revoked, and knows it */
const uint8_t *rival_device(const struct client *);
void rival_lose(struct client *, struct talk *);        /* can't follow */
/* Whom a branch, or a change, is to bring in is forgotten */
void rival_leave_out(struct client *, struct talk *, const char *who);
bool rival_waits(const struct talk *);  /* asks to be let in again */
int64_t rival_life(void);               /* of a record, ms */
int64_t rival_renew(void);

/* What boxes leave behind */
struct rival_store {
	size_t boxes, steps;
};
struct rival_store rival_store(struct client *);

#endif
