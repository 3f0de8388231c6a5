/* SPDX-License-Identifier: ISC */
/*
 * Two or three people for the tests of floor 2: keys, record, inbox key, all
 * from a seed, and what attackers would put in their place. Never part of a
 * program.
 */
#ifndef TACET_IDENT_MAKE_H
#define TACET_IDENT_MAKE_H

#include "ident.h"

#define WHO_NOW 1800000000000ll         /* ms: a day in 2027 */

struct who {
	struct rng_seeded seeded;
	struct rng rng;                 /* points into this very struct */
	uint8_t account_secret[SIGN_SECRET];
	uint8_t sign_secret[DEVICES_MAX][SIGN_SECRET];
	struct record record;
	struct buf record_raw;
	uint8_t inbox_secret[XWING_SECRET];
	struct inbox_key inbox;         /* of device 0 */
	struct buf inbox_raw;
};
/* version 1, `devices` devices, none revoked; ends the test on an error */
void who_make(struct who *, uint64_t seed, const char *name, size_t devices);
void who_free(struct who *);
/* A sealed box between their first devices. */
void who_box(struct who *from, const struct who *to, struct bytes body,
    struct buf *out);

/* Keys that nobody may have: points of low order, and other spellings of
 * points, of Ed25519 and of X25519; NULL after the last one. */
const uint8_t *bad_sign_key(size_t i);
const uint8_t *bad_dh_key(size_t i);

/* Signs `fields` as the holder of the key would: label, NUL, fields. */
void sign_as(const char *label, const uint8_t secret[static SIGN_SECRET],
    struct bytes fields, uint8_t sig[static SIGN_SIZE]);
/* Changes the last SIGN_SIZE bytes to a signature over what precedes them. */
void sign_again(const char *label, const uint8_t secret[static SIGN_SECRET],
    struct buf *);

/* One of each object of this floor, to be fed to a parser of another. */
struct object {
	const char *name;
	struct buf raw;
};
#define OBJECTS 10
void objects_make(struct who *, struct object[static OBJECTS]);
void objects_free(struct object[static OBJECTS]);

#endif
