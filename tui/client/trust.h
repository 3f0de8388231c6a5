/* SPDX-License-Identifier: ISC */
/*
 * What trust.c, compare.c, newkey.c and vouch.c share with each other and the
 * files of tui/client that call them: how a person's key came to be trusted.
 */
#ifndef TACET_CLIENT_TRUST_H
#define TACET_CLIENT_TRUST_H

#include "inside.h"

/* person.c: from here on this record is the one of the person */

void person_take(struct client *, struct person *, const struct record *,
    struct bytes raw);

/* trust.c */

void trust_keep(struct client *, struct person *);
int trusts_load(struct client *) MUST_CHECK;
void trust_free(struct person *);
void trust_set(struct client *, struct person *, enum way);
/* The live comparison ended with a no, of whoever. */
void trust_differed(struct client *, struct person *);
/* Another key takes the place of the one all of this was about. */
void trust_renew(struct client *, struct person *);
/* Something for the other side inside the conversation */
void trust_say(struct client *, struct talk *, enum out_kind, struct body *);
/* A body about trust: true when it was one, and is dealt with. */
bool trust_body(struct client *, struct talk *, struct person *,
    const struct body *);

/* compare.c */

void compare_body(struct client *, struct talk *, struct person *,
    const struct body *);
void compare_drive(struct client *);
void compare_free(struct client *);

/* asked.c: ERR_* when it can't be used any more */

int asked_held(struct client *, struct person *, struct bytes held) MUST_CHECK;

/* newkey.c */

void newkey_shown(struct client *, struct person *, const struct record *,
    struct bytes raw);
void newkey_back(struct client *, struct person *);     /* the old one is */
/* A request of the key that the directory shows now: kept apart */
void newkey_hold(struct client *, struct person *, const struct record *,
    struct bytes body);
void newkey_drive(struct client *);     /* who is to be accepted unasked */

/* vouch.c */

void vouch_body(struct client *, struct talk *, struct person *,
    const struct body *);

/* alike.c */

/* Somebody new has a name or a key that is easily taken for another's. */
void alike_look(struct client *, struct person *);

#endif
