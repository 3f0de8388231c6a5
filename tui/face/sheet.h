/* SPDX-License-Identifier: ISC */
/*
 * A sheet: lines from the top that scroll when they are too many, and keys that
 * stay at the bottom. The screens about a person's keys are made of it, and those
 * about a conversation that can't be followed, without a person.
 */
#ifndef TACET_FACE_SHEET_H
#define TACET_FACE_SHEET_H

#include "face.h"

struct sheet {
	struct grid *g;
	struct area a;          /* without the keys */
	struct client *c;
	struct person *p;
	size_t at;              /* lines before the first one shown */
	size_t n;               /* lines so far */
};
/* NULL-terminated pairs: key, what it does. They are drawn at once. */
struct sheet sheet_open(struct grid *, struct area, struct client *,
    struct person *, const char *const *keys);
/* How far one can scroll is known only at the end; true: draw it again. */
bool sheet_close(struct sheet *);
void sheet_line(struct sheet *, const char *label, const char *value,
    unsigned style);
void sheet_time(struct sheet *, const char *label, const char *what,
    int64_t ms, unsigned style);
void sheet_text(struct sheet *, unsigned style, const char *ours);
void sheet_safe(struct sheet *, unsigned style, const struct safe *);
void sheet_gap(struct sheet *);
/* The safety number with that account, as the user wants to see it; their half
 * stands out when `half`. */
void sheet_number(struct sheet *, const uint8_t account[static ACCOUNT_ID],
    bool half);
void sheet_vouches(struct sheet *, const uint8_t account[static ACCOUNT_ID]);
void sheet_warnings(struct sheet *);
/* "bob, carol and you" (malloc'ed); `last' may be NULL. Many are counted. */
char *sheet_names(struct client *, const int64_t *row, size_t n,
    const char *last) MUST_CHECK;
/* It can be followed; NULL: all can */
void sheet_on(struct sheet *, const struct talk *);
#endif
