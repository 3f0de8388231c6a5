/* SPDX-License-Identifier: ISC */
/*
 * The lower half of what the files of tui/client share: the folder of a
 * profile, the seals of its store, and the transaction of a turn. Knows
 * nothing of people or messages. Private to this folder and its tests.
 */
#ifndef TACET_CLIENT_SEALED_H
#define TACET_CLIENT_SEALED_H

#include "base.h"
#include "crypto.h"
#include "db.h"

/* wipe.c */

/* Says why and returns err; the sentence names the next step. */
int client_refuse(char **why, int err, const char *fmt, ...) PRINTF(3, 4);
void safe_wipe(struct safe *);          /* the text leaves memory */
void string_wipe(char **);

/* vault.c: the sealed columns and keyed hashes of one store */

struct vault;
struct vault_place {            /* where a sealed value stands */
	const char *table, *column;
	int64_t row, owner;
	const uint8_t *key;     /* HASH32 bytes, or NULL */
};
#define VAULT_MORE 40           /* a sealed value is longer by nonce and tag */
struct vault *vault_new(const uint8_t master[static KEY_SIZE]);
void vault_free(struct vault *);        /* wipes; NULL is fine */
const uint8_t *vault_master(const struct vault *);      /* to wrap it anew */
int vault_seal(const struct vault *, const struct rng *,
    const struct vault_place *, struct bytes plain, struct buf *out) MUST_CHECK;
/* ERR_AUTH when it was altered or stands in another place */
int vault_open(const struct vault *, const struct vault_place *,
    struct bytes in, struct buf *plain) MUST_CHECK;
void vault_index(const struct vault *, const char *table, const struct bytes *,
    size_t n, uint8_t out[static HASH32]);

/* profile.c: the folder, its lock, and the header that wraps the master key */

int profile_lock(const char *folder, int *fd) MUST_CHECK;       /* ERR_BUSY */
long profile_holder(const char *folder);        /* pid, 0: nobody */
bool profile_exists(const char *folder);
/* Why a folder or file of a profile can't be used, and what to do: returns
 * err. */
int profile_refuse(char **why, int err, const char *path);
struct profile_cost {
	uint32_t mem_kib, ops;
};
int profile_make(const char *folder, const struct rng *, struct bytes pass,
    const struct profile_cost *, const uint8_t master[static KEY_SIZE])
    MUST_CHECK;
/* In place of the header that is there, which is overwritten after. */
int profile_rewrap(const char *folder, const struct rng *, struct bytes pass,
    const struct profile_cost *, const uint8_t master[static KEY_SIZE])
    MUST_CHECK;
/* ERR_PASS, ERR_FORMAT, ERR_VERSION, ERR_RANGE (asks for too much), ERR_NONE */
int profile_open(const char *folder, struct bytes pass,
    uint8_t master[static KEY_SIZE]) MUST_CHECK;

/* keep.c: everything that must survive is put here and kept by the turn */

enum table {
#define TABLE(name, owner, what) TABLE_##name,
#include "table.def"
#undef TABLE
	TABLE_COUNT
};
struct keep_step {
	enum table table;
	bool drop;
	int64_t row, owner;
	bool has_key;
	uint8_t key[HASH32];
	struct buf body;        /* sealed already */
};
struct keep {
	struct db *db;
	struct vault *vault;
	const struct rng *rng;
	struct keep_step *step; /* of this turn, in order */
	size_t steps, room;
	int64_t next[TABLE_COUNT];
	bool erased;            /* keys were dropped: truncate the WAL */
	unsigned damaged;       /* rows that did not open */
};
int keep_open(struct keep *, const char *path, struct vault *,
    const struct rng *, bool create, char **why) MUST_CHECK;
void keep_close(struct keep *);
int64_t keep_row(struct keep *, enum table);
void keep_reserve(struct keep *, enum table, int64_t row); /* it is taken */
void keep_put(struct keep *, enum table, int64_t row, int64_t owner,
    const uint8_t *key, struct bytes body);
void keep_drop(struct keep *, enum table, int64_t row);
/* The row with that key, this turn's included; 0: none */
int64_t keep_find(struct keep *, enum table, const uint8_t key[static HASH32]);
typedef void (*keep_fn)(void *, int64_t row, int64_t owner, struct rd *body);
/* Of what is on disk, by rising row. A row that doesn't open is counted in
 * keep.damaged and left out. */
int keep_each(struct keep *, enum table, keep_fn, void *) MUST_CHECK;
/* The last n that open of an owner's before a row, newest first; returns how
 * many or ERR: fewer than n, and there are no more */
int keep_page(struct keep *, enum table, int64_t owner, int64_t before,
    int64_t n, keep_fn, void *) MUST_CHECK;
int64_t keep_count(struct keep *, enum table, int64_t owner, int64_t before);
void keep_drop_all(struct keep *);      /* nothing of this turn */
bool keep_pending(const struct keep *);
/* Lets go of what the reading of a whole store left in memory */
void keep_trim(struct keep *);
int keep_commit(struct keep *) MUST_CHECK;      /* on error all steps stay */
void keep_index(const struct keep *, enum table, struct bytes a, struct bytes b,
    uint8_t key[static HASH32]);
/* Crash points: a test build is killed here when $TACET_CRASH names it. */
#ifdef TACET_TEST
void keep_crash(const char *point);
#else
#define keep_crash(point) ((void)0)
#endif

#endif
