/* SPDX-License-Identifier: ISC */
/*
 * A client that never gets online, with its inside in view, and people made up
 * for it: for what a client does by itself.
 */
#ifndef TACET_ALONE_H
#define TACET_ALONE_H

#include "inside.h"

struct alone {
	char folder[4096];
	struct loop *loop;
	struct log log;
	struct client *c;
};
void alone_open(struct alone *);        /* a fresh profile of alice's */
void alone_again(struct alone *);       /* keeps, closes, unlocks */
void alone_close(struct alone *);
/* A record with fresh keys; *secret is its account key. */
void alone_record(const char *name, struct record *, struct buf *raw,
    uint8_t secret[static SIGN_SECRET]);
struct person *alone_person(struct alone *, const char *name,
    enum person_state);

#endif
