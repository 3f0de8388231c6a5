/* SPDX-License-Identifier: ISC */
/*
 * A client that breaks the rules it should keep, for tests of those who judge
 * it. Never part of a program.
 */
#ifndef TACET_ROGUE_H
#define TACET_ROGUE_H

#include "client.h"

/* Wishes that client.h refuses: whoever asks, and whoever it is about. */
void rogue_add(struct client *, struct talk *, const char *name);
void rogue_remove(struct client *, struct talk *, const char *name);
/* Publishes a record of its account that has another device in its place. */
void rogue_replaced(struct client *, const char *pass);
/* Publishes one that ends then (ms). */
void rogue_ending(struct client *, const char *pass, uint64_t expires);
/* No commit of ours for so long: wishes gather. */
void rogue_hold(struct client *, struct talk *, int64_t ms);
/* Fresh keys for its leaf, as if a week had gone */
void rogue_heal(struct client *, struct talk *);
/* So many boxes of ours that wait for an hour */
void rogue_busy(struct client *, size_t n);
/* As if somebody's group had this account in it; and: it was asked for, and the
 * directory doesn't have it. */
void rogue_seek(struct client *, const uint8_t account[static ACCOUNT_ID]);
bool rogue_sought(const struct client *,
    const uint8_t account[static ACCOUNT_ID]);
const uint8_t *rogue_log(const struct talk *);
/* The first sealed entry that has not left */
void rogue_entry(const struct talk *, struct buf *);
/* The authenticator of its epoch; 0: it has no group */
size_t rogue_epoch(const struct talk *, uint8_t out[static 64]);

#endif
