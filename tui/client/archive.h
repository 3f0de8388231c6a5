/* SPDX-License-Identifier: ISC */
/*
 * Backups: the sealed file, what goes into it, and the way back. Private to
 * this folder and its tests.
 */
#ifndef TACET_CLIENT_ARCHIVE_H
#define TACET_CLIENT_ARCHIVE_H

#include "base.h"
#include "crypto.h"

/* archive.c: items in a sealed file. Nobody sees it before it is whole. */

#define ARCHIVE_CHUNK 65536
#define ARCHIVE_ITEM_MAX (1u << 20)
enum archive_kind {             /* on disk: a number never changes */
	ARCHIVE_END, ARCHIVE_HEAD, ARCHIVE_SETTING, ARCHIVE_PERSON,
	ARCHIVE_PAST, ARCHIVE_TALK, ARCHIVE_MESSAGE, ARCHIVE_FILM,
	ARCHIVE_WATCHED, ARCHIVE_COUNT
};
struct archive_item {
	enum archive_kind kind;
	int64_t row, owner;
	struct bytes body;
};
struct archive;
/* ERR_EXISTS unless `force`, ERR_DENIED, ERR_IO, ERR_NONE (no such folder) */
int archive_make(struct archive **, const char *path, bool force,
    const struct rng *, struct bytes pass, uint32_t mem_kib, uint32_t ops)
    MUST_CHECK;
int archive_put(struct archive *, const struct archive_item *) MUST_CHECK;
/* The end, padding, and the file gets its name; frees it, whatever happens. */
int archive_finish(struct archive *) MUST_CHECK;
void archive_drop(struct archive *);    /* nothing is left of it; NULL is fine */
/* Reads the whole file once to see that it is whole: ERR_PASS, ERR_FORMAT (no
 * backup), ERR_VERSION, ERR_RANGE, ERR_AUTH (altered), ERR_SHORT (cut off),
 * ERR_NONE, ERR_DENIED. Then from the start. */
int archive_open(struct archive **, const char *path, struct bytes pass)
    MUST_CHECK;
/* 1: an item, which holds until the next; 0: the end; or ERR_* */
int archive_get(struct archive *, struct archive_item *) MUST_CHECK;

/* backup.c, restore.c */

struct client;
void backup_drive(struct client *);
void backup_free(struct client *);
/* What the relay shows instead of taking the record of a restored device */
void restore_stale(struct client *, struct bytes raw);

#endif
