/* SPDX-License-Identifier: ISC */
/*
 * The MLS working group's test vectors, format by format (test-vectors.md of
 * mls-implementations). A verifier looks at one case and says what it wanted
 * and did not find; it returns nothing and ends nothing, so that mls-vectors
 * can also show it damaged cases, which it must refuse. Part of tests only.
 */
#ifndef TACET_MLS_VEC_H
#define TACET_MLS_VEC_H

#include "mls_epoch.h"
#include "vec.h"

struct mls_case {
	struct vec *v;
	const json_t *c;
	const struct mls_suite *suite;  /* NULL where the format names none */
	const struct rng *rng;
	unsigned wanted;                /* checks made */
	unsigned missed;                /* of them failed */
	struct buf why;                 /* the first one that failed */
};

/* One check: false, and a line in k->why, when it does not hold. */
bool mls_vec_want(struct mls_case *, bool, const char *fmt, ...) PRINTF(3, 4);
/* The bytes are those of the field (hex); a NULL field is taken from `o`. */
bool mls_vec_same(struct mls_case *, const json_t *o, const char *field,
    const void *p, size_t n);

/* fields of the case, or of `o` */
struct bytes mls_vec_hex(struct mls_case *, const json_t *o, const char *field);
/* As above and of exactly n bytes; NULL (and a failed check) otherwise. */
const uint8_t *mls_vec_n(struct mls_case *, const json_t *o, const char *field,
    size_t n);
/* Nh bytes */
const uint8_t *mls_vec_nh(struct mls_case *, const json_t *, const char *field);
/* An array, which may be empty; NULL (and a failed check) if it is none. */
const json_t *mls_vec_list(struct mls_case *, const json_t *o,
    const char *field);
int64_t mls_vec_int(struct mls_case *, const json_t *o, const char *field);
/* The secret key from a 32-byte seed (Ed25519), with its public half. */
bool mls_vec_signer(struct mls_case *, const json_t *o, const char *field,
    uint8_t public[static SIGN_PUBLIC], uint8_t secret[static SIGN_SECRET]);
/* The reader of an MLSMessage of this kind, behind its header. */
bool mls_vec_message(struct mls_case *, struct bytes message, uint16_t wire,
    struct rd *);

/* mls_vec_basic.c */
void mls_vec_tree_math(struct mls_case *);
void mls_vec_crypto_basics(struct mls_case *);
void mls_vec_deserialization(struct mls_case *);
void mls_vec_psk_secret(struct mls_case *);
void mls_vec_key_schedule(struct mls_case *);
void mls_vec_transcript_hashes(struct mls_case *);

/* mls_vec_frame.c */
void mls_vec_secret_tree(struct mls_case *);
void mls_vec_message_protection(struct mls_case *);
void mls_vec_welcome(struct mls_case *);

/* mls_vec_tree.c */
void mls_vec_tree_operations(struct mls_case *);
void mls_vec_tree_validation(struct mls_case *);

/* mls_vec_treekem.c */
void mls_vec_treekem(struct mls_case *);

/* mls_vec_codec.c */
void mls_vec_messages(struct mls_case *);

/* mls_vec_passive.c */
void mls_vec_passive(struct mls_case *);

#endif
