/* SPDX-License-Identifier: ISC */
/*
 * The store of the relay: tables of keys and values, blobs, kept by the turn.
 * relay.h includes this for everybody. Whoever stands above it does not know
 * whether a turn is kept at once or later, nor on what.
 */
#ifndef TACET_STORE_H
#define TACET_STORE_H

#include "base.h"
#include "wire.h"

/* --- store.c: tables and blobs, kept by the turn --- */

enum table {
#define TABLE(name, key, value) TABLE_##name,
#include "relay_table.def"
#undef TABLE
	TABLES
};

struct store;
/* Both may be called inside store_turn, or later from loop_hear. Turns are
 * kept in order; a lost turn takes all later ones with it, each reported. */
struct store_events {
	void (*kept)(void *, uint64_t turn);
	void (*lost)(void *, uint64_t turn, int err, const char *why);
};
enum store_way { STORE_UP, STORE_DOWN };
/* false stops. The table must not be written meanwhile. */
typedef bool store_each(void *, struct bytes key, struct bytes value);

struct store_ops {
	int (*open)(struct store *, const char *dir);
	void (*close)(struct store *);
	int (*get)(struct store *, enum table, struct bytes key, struct buf *);
	int (*put)(struct store *, enum table, struct bytes key,
	    struct bytes value);
	int (*del)(struct store *, enum table, struct bytes key);
	int (*scan)(struct store *, enum table, struct bytes from,
	    struct bytes below, enum store_way, store_each *, void *);
	int (*blob_write)(struct store *, const uint8_t id[static WIRE_KEY],
	    uint64_t offset, struct bytes);
	int (*blob_read)(struct store *, const uint8_t id[static WIRE_KEY],
	    uint64_t offset, size_t n, struct buf *);
	void (*blob_drop)(struct store *, const uint8_t id[static WIRE_KEY]);
	void (*blob_trim)(struct store *, const uint8_t id[static WIRE_KEY],
	    uint64_t size);
	void (*turn)(struct store *, uint64_t turn, int spoiled);
	int (*heal)(struct store *);
};
struct store_row {
	const char *name;
	const char *help;
	const struct store_ops *ops;
};
extern const struct store_row store_row[];
extern const size_t store_rows;

struct store {
	const struct store_row *row;
	struct store_events on;
	void *arg;
	void *data;             /* the driver's own */
	struct hot *hot;
	int sick;               /* 0, or why nothing is taken now */
	int spoiled;            /* the first failed write of this turn */
	char why[160];          /* of the last trouble, for the log */
	uint64_t reads, writes;
};
/* `why` gets a clause about what is wrong. */
int store_open(struct store **, const char *kind, const char *dir,
    const struct store_events *, void *, char why[static 160]) MUST_CHECK;
void store_close(struct store *);
/* Reads see all that was handed over. ERR_NONE: no such key. The value is
 * appended to the buffer. */
int store_get(struct store *, enum table, struct bytes key, struct buf *)
    MUST_CHECK;
bool store_has(struct store *, enum table, struct bytes key);
/* Writes belong to the turn that store_turn ends. ERR_IO and nothing done
 * while the store is sick. */
int store_put(struct store *, enum table, struct bytes key, struct bytes value)
    MUST_CHECK;
int store_del(struct store *, enum table, struct bytes key) MUST_CHECK;
int store_scan(struct store *, enum table, struct bytes from,
    struct bytes below, enum store_way, store_each *, void *) MUST_CHECK;
int store_blob_write(struct store *, const uint8_t id[static WIRE_KEY],
    uint64_t offset, struct bytes) MUST_CHECK;
int store_blob_read(struct store *, const uint8_t id[static WIRE_KEY],
    uint64_t offset, size_t n, struct buf *) MUST_CHECK;
void store_blob_drop(struct store *, const uint8_t id[static WIRE_KEY]);
/* What lies behind `size' bytes goes once the turn is kept. */
void store_blob_trim(struct store *, const uint8_t id[static WIRE_KEY],
    uint64_t size);
void store_turn(struct store *, uint64_t turn);
/* Tries whether a sick store can take writes again. */
int store_heal(struct store *) MUST_CHECK;
/* for drivers */
void store_kept(struct store *, uint64_t turn);
void store_lost(struct store *, uint64_t turn, int err);

/* store_hot.c: rows that are asked for again and again, above the drivers */

struct hot;
struct hot *hot_new(void);
void hot_free(struct hot *);
void hot_clear(struct hot *);
bool hot_get(struct hot *, enum table, struct bytes key, struct buf *);
/* As the driver has it: read there, or put there just now. */
void hot_know(struct hot *, enum table, struct bytes key, struct bytes value);
/* True: it stays here until hot_flush, and what it pushes out is written, with
 * *err of that. False: the driver is to be told now. */
typedef int hot_write(void *, enum table, struct bytes key,
    struct bytes value);
bool hot_put(struct hot *, enum table, struct bytes key, struct bytes value,
    hot_write *, void *, int *err);
int hot_flush(struct hot *, hot_write *, void *) MUST_CHECK;
void hot_forget(struct hot *, enum table, struct bytes key);

/* store_files.c: blobs as files, for the drivers with a disk */

struct files;
int files_open(struct files **, const char *dir) MUST_CHECK;
void files_close(struct files *);
int files_write(struct files *, const uint8_t id[static WIRE_KEY],
    uint64_t offset, struct bytes) MUST_CHECK;
int files_read(struct files *, const uint8_t id[static WIRE_KEY],
    uint64_t offset, size_t n, struct buf *) MUST_CHECK;
void files_drop(struct files *, const uint8_t id[static WIRE_KEY]);
int files_sync(struct files *) MUST_CHECK;      /* what this turn wrote */
void files_settle(struct files *, bool kept);   /* removes what was dropped */
void files_trim(struct files *, const uint8_t id[static WIRE_KEY],
    uint64_t size);
/* After a crash: drops every file of which no byte counts (below 0), and the
 * ends of those that are longer than they count. */
int files_sweep(struct files *, int64_t (*size)(void *, const uint8_t *),
    void *) MUST_CHECK;
extern const struct store_ops store_sqlite, store_ram;
/* store_ram.c can play a slow or a full disk, for tests; n: held turns */
void store_ram_hold(struct store *, bool);
void store_ram_release(struct store *, unsigned n);
void store_ram_fail(struct store *, int err);   /* 0: works again */

#endif
