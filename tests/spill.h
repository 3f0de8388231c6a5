/* SPDX-License-Identifier: ISC */
/*
 * What a client must never let go of, to be looked for elsewhere: the secrets
 * of an epoch, of ratchets, of keys. Never part of a program.
 */
#ifndef TACET_SPILL_H
#define TACET_SPILL_H

#include <sys/types.h>

#include "base.h"

#define SPILL_PART 16           /* of each secret: its beginning is enough */
#define SPILL_MAX 512

struct client;
struct talk;
struct spill {
	const char *name[SPILL_MAX];
	uint8_t part[SPILL_MAX][SPILL_PART];
	size_t n;
};
/* All that is there now; what is all zeros is none. */
void spill_add(struct spill *, const char *name, const void *secret, size_t);
void spill_client(struct spill *, const struct client *);
void spill_talk(struct spill *, const struct talk *);
/* How many of them stand in the memory of a process, and which one was first
 * (NULL: none); -1: it can't be read. *read: bytes looked at. */
int spill_scan(const struct spill *, pid_t, const char **which, size_t *read);

#endif
