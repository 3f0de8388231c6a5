/* SPDX-License-Identifier: ISC */
/*
 * What the MLS fuzzers share: a small group of suite 0x0003, made once and
 * loaded anew for each input, and true messages with foreign bytes laid over.
 */
#ifndef TACET_MLS_FUZZ_H
#define TACET_MLS_FUZZ_H

#include "fuzz.h"
#include "mls_epoch.h"

struct fuzz_world {
	struct rng_seeded seeded;
	struct rng rng;
	struct mls_env env;
	uint8_t signer[4][SIGN_SECRET]; /* 0, 1, 3 are in; 2 is outside */
	struct mls_group *g[2];         /* as 0 and 1 see it */
	struct buf package, private;    /* of 2 */
	struct bytes init_key;
};
void fuzz_world_start(struct fuzz_world *);
void fuzz_world_end(struct fuzz_world *);
struct mls_self fuzz_self(struct fuzz_world *, size_t i);
/* Lays bytes of input over b, or cuts it: has anything changed? */
bool fuzz_lay_over(struct buf *b, struct rd *in);
/* A true Welcome for 2. */
void fuzz_welcome(struct fuzz_world *, struct buf *);

#endif
