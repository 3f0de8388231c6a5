/* SPDX-License-Identifier: ISC */
/*
 * Floor 1: SQLite, and the one file that knows it. Opens with WAL,
 * synchronous=FULL, secure_delete, foreign keys, 0600, an exclusive lock when
 * asked. Statements are prepared once and kept. Never seals anything: whoever
 * calls it decides what a column may show.
 */
#ifndef TACET_DB_H
#define TACET_DB_H

#include "base.h"

struct db;
struct db_row;                  /* a prepared statement, bound and stepping */

enum { DB_CREATE = 1, DB_EXCLUSIVE = 2, DB_READONLY = 4 };

/* Migrations: steps[i] brings the schema from version i to i + 1 (user_version).
 * A file of a later version than n: ERR_VERSION. Locked by another process:
 * ERR_BUSY. Not a database or damaged: ERR_FORMAT. */
int db_open(struct db **, const char *path, int flags, const char *const *steps,
    size_t n) MUST_CHECK;
/* Makes (DB_CREATE) or checks the file alone; db_open calls it. */
int db_file(const char *path, int flags) MUST_CHECK;
void db_close(struct db *);
const char *db_why(const struct db *);  /* SQLite's own words, for the log */

/* One transaction at a time; db_begin within one is an assert. */
int db_begin(struct db *) MUST_CHECK;
int db_commit(struct db *) MUST_CHECK;  /* on failure it is rolled back */
void db_rollback(struct db *);
bool db_busy(const struct db *);        /* inside a transaction */
int db_exec(struct db *, const char *sql) MUST_CHECK;

/*
 * db_query(db, "select a, b from t where id = ?1 and n > ?2", "bi", view, n)
 * Formats: i int64_t, b struct bytes (blob), s const char * (text, NULL: null),
 * 0 null (takes no argument). The statement is cached by its text's address,
 * which must be a literal. Parameters are copied.
 */
struct db_row *db_query(struct db *, const char *sql, const char *format, ...);
/* 1: a row, 0: no more, ERR_*. The row is reset by db_done, which must follow. */
int db_step(struct db_row *) MUST_CHECK;
void db_done(struct db_row *);
int64_t db_int(struct db_row *, int col);
struct bytes db_bytes(struct db_row *, int col);        /* until the next step */
const char *db_string(struct db_row *, int col);        /* NULL for null */
bool db_null(struct db_row *, int col);
/* For statements without rows: 0 or ERR_*; ERR_EXISTS on a unique conflict. */
int db_do(struct db *, const char *sql, const char *format, ...) MUST_CHECK;
int64_t db_changes(struct db *);        /* rows of the last db_do */
int64_t db_last_id(struct db *);
int db_checkpoint(struct db *) MUST_CHECK;      /* truncates the WAL */
void db_trim(struct db *);      /* the pages kept of what was read are let go */

#endif
