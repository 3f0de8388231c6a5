/* SPDX-License-Identifier: ISC */
/*
 * Makes known answers in the formats of the MLS working group, for each of our
 * suites, from a fixed seed: mls-vectors -o FOLDER. They are committed in
 * tests/data/mls, so that a checkout alone still tests MLS; our code made them
 * only after it had passed everybody else's.
 */
#ifndef TACET_MLS_MAKE_H
#define TACET_MLS_MAKE_H

#include "mls_epoch.h"

struct mls_make {
	struct json j;
	const struct mls_suite *suite;
	const struct rng *rng;
	int err;                        /* the first one */
};

/* Fills out with n random bytes and writes them under the key. */
void mls_make_random(struct mls_make *, const char *key, uint8_t *out,
    size_t n);
void mls_make_hex(struct mls_make *, const char *key, struct bytes);
/* Remembers an error. */
void mls_make_try(struct mls_make *, int err);

/* mls_make.c: one case each */
void mls_make_crypto_basics(struct mls_make *);
void mls_make_psk_secret(struct mls_make *);
void mls_make_key_schedule(struct mls_make *);
void mls_make_secret_tree(struct mls_make *);
void mls_make_message_protection(struct mls_make *);

/* mls_make_tree.c */
void mls_make_tree_validation(struct mls_make *);
void mls_make_treekem(struct mls_make *);

/* mls_make_group.c */
void mls_make_passive(struct mls_make *);

/* Writes FORMAT.json for every format into the folder: 0 or ERR_*. */
int mls_make_all(const char *folder);

#endif
