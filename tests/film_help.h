/* SPDX-License-Identifier: ISC */
/*
 * Cards of films between the clients of a pair, of films that no relay has: a
 * card can be said, kept and withdrawn without them. Never part of a program.
 */
#ifndef TACET_FILM_HELP_H
#define TACET_FILM_HELP_H

#include "pair.h"

#define FILM_HELP_MS 10000u     /* how long each of them is */

/* What stands for a picture on the cards */
extern const uint8_t film_help_jpeg[4];

/* i says one in the talk with `to`; client_film_at() has it from now on. */
void film_help_say(struct pair *, size_t i, const char *to, const char *name);
/* NULL: the client knows none of that name */
const struct film *film_help_named(struct client *, const char *name);

#endif
