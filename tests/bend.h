/* SPDX-License-Identifier: ISC */
/*
 * What a test of trust does inside a client that no user could: apart from the
 * relay's headers, which have names of their own for the same things.
 */
#ifndef TACET_BEND_H
#define TACET_BEND_H

#include "client.h"

void bend_number(struct client *);      /* another one than was committed to */
int bend_record(struct client *, struct person *, const struct record *,
    struct bytes raw);                  /* as if the directory showed it */
void bend_policy(struct client *);      /* jobs away, policies acted upon */
bool bend_group(const struct talk *);   /* is there a group? */

/* As if the other end of a linking had said that */
void bend_linking(struct client *, struct bytes);
/* The account goes over, whether or not anybody has said yes */
int bend_hand(struct client *);
/* The relay has said that it doesn't know this device */
void bend_stranger(struct client *);
/* The comparison under way: what we have said comes back as the other side's,
 * as a call, a number (our own) or an end */
void bend_reflect(struct client *, uint16_t code);
/* As if `by' had said that of the key of `of' */
void bend_vouch(struct client *, const char *by, const char *of,
    const uint8_t account[ACCOUNT_ID], enum vouch_said);

#endif
