/* SPDX-License-Identifier: ISC */
/*
 * Who signs the heads of the directory's log: a process of its own, which alone
 * has the secret and signs nothing but what extends the last thing it signed.
 * relay.h includes this for everybody.
 */
#ifndef TACET_SIGNER_H
#define TACET_SIGNER_H

#include "base.h"
#include "ident.h"

struct relay;

/* --- signer_state.c: what was signed last, on the disk --- */

struct signer_state {
	int fd;                         /* -1: only in memory */
	uint64_t turn;                  /* of writing; picks the slot */
	uint64_t size;
	uint8_t root[HASH32];
	uint64_t writes;                /* since it was opened */
};
int signer_state_make(const char *path) MUST_CHECK;     /* of no leaves */
int signer_state_open(struct signer_state *, const char *path) MUST_CHECK;
/* Durable when it returns 0; else nothing may be signed. */
int signer_state_put(struct signer_state *, uint64_t size,
    const uint8_t root[static HASH32]) MUST_CHECK;
void signer_state_close(struct signer_state *);

/* --- signer.c: what may be signed --- */

#define SIGNER_NEW 'n'          /* question: what was signed last? */
#define SIGNER_SIGN 's'         /* u64 size, root, proof from the last size */
#define SIGNER_MAX 4096         /* a question or an answer */
struct signer;
/* The first start, or a folder of an earlier tacetd: the head key's seed gets a
 * folder of its own. */
int signer_make(const char *data, const uint8_t seed[static SIGN_SEED])
    MUST_CHECK;
/* durable: false for a store that forgets. *why is a sentence. */
int signer_open(struct signer **, const char *data, bool durable,
    const struct clock *, char **why) MUST_CHECK;
void signer_close(struct signer *);
/*
 * u8 0, and then to SIGNER_NEW: head key, u64 size, root; to SIGNER_SIGN: the
 * head. Else u8 of an ERR_* number: RULE for what extends nothing.
 */
void signer_answer(struct signer *, struct bytes question, struct buf *answer);

/* --- signer_run.c: the process --- */

/* tacetd signer FOLDER WORDS: standard input is the socket. The exit code. */
int signer_run(const char *data, const char *words);

/* --- signing.c: the relay's end --- */

enum signer_way {
	SIGNER_HERE,                    /* in this process: for tests */
	SIGNER_PROCESS,
	SIGNER_NONE,                    /* the relay does not serve */
};
struct signing {
	struct signer *here;
	int fd;                         /* -1: none */
	int pid;                        /* of the process, or 0 */
	struct watch *watch;
	bool asked;                     /* an answer is due */
	uint64_t size;                  /* what was signed last */
	uint8_t root[HASH32];
};
int signing_open(struct relay *, enum signer_way, char **why) MUST_CHECK;
void signing_close(struct relay *);
/* A question; heads_answer hears of it, at once or in a later turn. */
void signing_ask(struct relay *, struct bytes question);
/* The answer now, for the start. */
int signing_wait(struct relay *, struct buf *answer) MUST_CHECK;

#endif
