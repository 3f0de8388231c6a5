/* SPDX-License-Identifier: ISC */
/*
 * What the two halves of mls-driver share: interop/mls_driver.c reads lines,
 * keeps members and answers questions, mls_driver_group.c does what changes a
 * group. A verb is a do_ function that reads its words from word 2 on, appends
 * its answer to d->out and returns 0 or ERR_*.
 */
#ifndef TACET_MLS_DRIVER_H
#define TACET_MLS_DRIVER_H

#include "mls.h"

#define WORDS_MAX 64
#define MEMBERS_MAX 64
#define PSKS_MAX 16
#define EXTENSION 0xff01        /* private use, in everybody's capabilities */
#define DAY (24ull * 3600)

struct psk {
	struct buf id, secret;
};
struct member {
	char *name;
	uint16_t suite;
	struct buf identity, private;
	uint8_t signer[SIGN_SECRET], public[SIGN_PUBLIC];
	struct psk psk[PSKS_MAX];
	size_t n_psk;
	struct mls_group *group;
	struct mls_made made;           /* a commit of ours that waits */
	unsigned reloads;
};
struct driver {
	struct rng_seeded seed;
	struct rng rng;
	struct mls_env env;
	struct member member[MEMBERS_MAX];
	size_t n;
	char *word[WORDS_MAX];
	size_t words;
	struct buf given[WORDS_MAX];    /* bytes of the words, for one line */
	size_t n_given;
	struct buf out;                 /* the answer, behind "ok" */
};

/* Bytes of word i: ERR_INPUT if it is absent or no hex. They live as long as
 * the line. */
int driver_hex(struct driver *, size_t i, struct bytes *out);
int driver_number(const struct driver *, size_t i, uint64_t *out);
bool driver_is(const struct driver *, size_t i, const char *word);
void driver_say_hex(struct driver *, struct bytes);
struct mls_self driver_self(const struct member *);
/* A new group takes the place of the one before, unless err. */
int driver_settle(struct member *, int err, struct mls_group *);

#define VERB(name) int do_##name(struct driver *, struct member *)
VERB(propose);
VERB(commit);
VERB(drop);
VERB(merge);
VERB(recv);
VERB(send);
VERB(join);
VERB(enter);
VERB(info);
VERB(link);
VERB(reload);
#undef VERB

#endif
