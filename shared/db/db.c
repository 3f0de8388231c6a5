/* SPDX-License-Identifier: ISC */
/*
 * The one file that knows SQLite. A database is private (0600, checked), in
 * WAL mode with synchronous=FULL: what db_commit has reported is on the disk.
 * After an error that made SQLite roll back by itself nothing more is done
 * until the caller has heard of it, so half a transaction is never kept.
 * Refuses to know what a table means.
 */
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "db.h"

#define DB_WAIT_MS 2000         /* for another process, when sharing */
#define DB_SLOTS 64             /* chains of kept statements */

struct db_row {
	struct db *db;
	struct db_row *next;
	sqlite3_stmt *stmt;
	const char *sql;        /* its address is the key */
	bool used;
	int err;                /* of preparing or binding: db_step gives it */
};

struct db {
	sqlite3 *sql;
	bool within;            /* between db_begin and its end */
	int64_t changes;
	struct db_row *row[DB_SLOTS];
	char why[256];
};

static int
db_code(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return 0;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ERR_FORMAT;
	case SQLITE_READONLY:
		return ERR_DENIED;
	case SQLITE_TOOBIG:
		return ERR_BIG;
	case SQLITE_CONSTRAINT:
		return rc == SQLITE_CONSTRAINT_UNIQUE ||
		    rc == SQLITE_CONSTRAINT_PRIMARYKEY ||
		    rc == SQLITE_CONSTRAINT_ROWID ? ERR_EXISTS : ERR_RULE;
	default:
		return ERR_IO;
	}
}

/* Keeps SQLite's words now: the next call would replace them. */
static int
db_fail(struct db *db, int rc)
{
	(void)snprintf(db->why, sizeof(db->why), "%s",
	    db->sql ? sqlite3_errmsg(db->sql) : sqlite3_errstr(rc));
	return db_code(rc);
}

const char *
db_why(const struct db *db)
{
	return db->why;
}

static int
db_run(struct db *db, const char *sql)
{
	int rc = sqlite3_exec(db->sql, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : db_fail(db, rc);
}

/* The one row of a pragma; the statement is to be finalised in any case. */
static int
db_pragma(struct db *db, const char *sql, sqlite3_stmt **s)
{
	int rc = sqlite3_prepare_v2(db->sql, sql, -1, s, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(*s);
	if (rc == SQLITE_ROW)
		return 0;
	return db_fail(db, rc == SQLITE_DONE ? SQLITE_ERROR : rc);
}

static int
db_user_version(struct db *db, int64_t *version)
{
	sqlite3_stmt *s;
	int err = db_pragma(db, "pragma user_version", &s);

	if (!err)
		*version = sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s);      /* its error is in err */
	return err;
}

static int
db_step_up(struct db *db, const char *sql, size_t version)
{
	char pragma[64];
	int err;

	(void)snprintf(pragma, sizeof(pragma), "pragma user_version = %zu",
	    version);
	err = db_begin(db);
	if (err)
		return err;
	err = db_run(db, sql);
	if (!err)
		err = db_run(db, pragma);
	if (!err)
		return db_commit(db);
	db_rollback(db);
	return err;
}

static int
db_migrate(struct db *db, int flags, const char *const *steps, size_t n)
{
	int64_t version = 0;
	size_t i;
	int err;

	err = db_user_version(db, &version);
	if (err)
		return err;
	if (version < 0 || (uint64_t)version > n) {
		(void)snprintf(db->why, sizeof(db->why),
		    "the schema is version %lld, known here are up to %zu",
		    (long long)version, n);
		return ERR_VERSION;
	}
	if ((flags & DB_READONLY) && (uint64_t)version < n)
		return ERR_STATE;
	for (i = (size_t)version; i < n; i++) {
		err = db_step_up(db, steps[i], i + 1);
		if (err)
			return err;
	}
	return 0;
}

/* WAL may be impossible (a network disk): SQLite answers with another word. */
static int
db_wal(struct db *db)
{
	sqlite3_stmt *s;
	const char *mode;
	int err = db_pragma(db, "pragma journal_mode = wal", &s);

	mode = err ? NULL : (const char *)sqlite3_column_text(s, 0);
	if (!err && (!mode || (strcmp(mode, "wal") != 0 &&
	    strcmp(mode, "memory") != 0))) {
		(void)snprintf(db->why, sizeof(db->why),
		    "no write-ahead log on this disk");
		err = ERR_IO;
	}
	(void)sqlite3_finalize(s);
	return err;
}

static int
db_setup(struct db *db, int flags)
{
	int err;

	(void)sqlite3_extended_result_codes(db->sql, 1);
	(void)sqlite3_db_config(db->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(db->sql, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0,
	    NULL);
	if (!(flags & DB_EXCLUSIVE))
		(void)sqlite3_busy_timeout(db->sql, DB_WAIT_MS);
	err = db_run(db, "pragma temp_store = memory;"
	    "pragma foreign_keys = on; pragma cell_size_check = on;"
	    "pragma secure_delete = on; pragma synchronous = full");
	if (!err && !defence(durable))
		err = db_run(db, "pragma synchronous = off");
	if (err || (flags & DB_READONLY))
		return err;
	/* before the WAL is touched, so that it needs no shared memory */
	if (flags & DB_EXCLUSIVE)
		err = db_run(db, "pragma locking_mode = exclusive");
	if (!err)
		err = db_wal(db);
	if (!err && (flags & DB_EXCLUSIVE))
		err = db_run(db, "begin exclusive; commit");
	return err;
}

int
db_open(struct db **out, const char *path, int flags, const char *const *steps,
    size_t n)
{
	int how = SQLITE_OPEN_NOMUTEX | (flags & DB_READONLY ?
	    SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
	struct db *db;
	int rc, err = 0;

	*out = NULL;
	if (strcmp(path, ":memory:") != 0)
		err = db_file(path, flags);
	if (err)
		return err;
	/* nobody reads its counts of memory, and each allocation pays for
	 * them; once SQLite runs this is refused, and was done before */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	db = mem_alloc(sizeof(*db));
	rc = sqlite3_open_v2(path, &db->sql, how, NULL);
	err = rc == SQLITE_OK ? db_setup(db, flags) : db_fail(db, rc);
	if (!err)
		err = db_migrate(db, flags, steps, n);
	if (err) {
		db_close(db);
		return err;
	}
	*out = db;
	return 0;
}

void
db_close(struct db *db)
{
	struct db_row *r;
	size_t i;
	int rc;

	if (!db)
		return;
	for (i = 0; i < DB_SLOTS; i++)
		while ((r = db->row[i])) {
			db->row[i] = r->next;
			(void)sqlite3_finalize(r->stmt);
			free(r);
		}
	rc = sqlite3_close(db->sql);
	assert(rc == SQLITE_OK);        /* no statement outlives its database */
	mem_wipe(db->why, sizeof(db->why));
	free(db);
}

/* Did SQLite end the transaction by itself (full disk, broken file)? */
static int
db_lost(struct db *db)
{
	return db->within && sqlite3_get_autocommit(db->sql) ? ERR_IO : 0;
}

int
db_begin(struct db *db)
{
	int err;

	assert(!db->within);
	err = db_run(db, "begin immediate");
	db->within = !err;
	return err;
}

int
db_commit(struct db *db)
{
	int err;

	assert(db->within);
	err = db_lost(db);
	if (!err)
		err = db_run(db, "commit");
	if (err)
		db_rollback(db);
	db->within = false;
	return err;
}

void
db_rollback(struct db *db)
{
	/* fails only when SQLite has rolled back already */
	if (db->within && !sqlite3_get_autocommit(db->sql))
		(void)sqlite3_exec(db->sql, "rollback", NULL, NULL, NULL);
	db->within = false;
}

bool
db_busy(const struct db *db)
{
	return db->within;
}

int
db_exec(struct db *db, const char *sql)
{
	int err = db_lost(db);

	return err ? err : db_run(db, sql);
}

/* A kept statement that is free, or a new one: a query may run within itself. */
static struct db_row *
db_take(struct db *db, const char *sql)
{
	struct db_row **slot, *r;
	int rc;

	slot = &db->row[((uintptr_t)sql >> 4) % DB_SLOTS];
	for (r = *slot; r; r = r->next)
		if (r->sql == sql && !r->used)
			break;
	if (!r) {
		r = mem_alloc(sizeof(*r));
		r->db = db;
		r->sql = sql;
		r->next = *slot;
		*slot = r;
	}
	r->used = true;
	r->err = db_lost(db);
	if (!r->err && !r->stmt) {
		rc = sqlite3_prepare_v3(db->sql, sql, -1,
		    SQLITE_PREPARE_PERSISTENT, &r->stmt, NULL);
		if (rc != SQLITE_OK)
			r->err = db_fail(db, rc);
	}
	return r;
}

static int
db_bind_blob(sqlite3_stmt *s, int i, struct bytes v,
    sqlite3_destructor_type life)
{
	/* an empty blob is not null */
	if (v.n == 0)
		return sqlite3_bind_zeroblob(s, i, 0);
	return sqlite3_bind_blob64(s, i, v.p, v.n, life);
}

static void
db_bind(struct db_row *r, sqlite3_destructor_type life, const char *format,
    va_list ap)
{
	int i, rc = SQLITE_OK;

	if (r->err)
		return;
	assert(sqlite3_bind_parameter_count(r->stmt) == (int)strlen(format));
	for (i = 1; *format && rc == SQLITE_OK; i++, format++)
		switch (*format) {
		case 'i':
			rc = sqlite3_bind_int64(r->stmt, i,
			    va_arg(ap, int64_t));
			break;
		case 'b':
			rc = db_bind_blob(r->stmt, i, va_arg(ap, struct bytes),
			    life);
			break;
		case 's':
			rc = sqlite3_bind_text(r->stmt, i,
			    va_arg(ap, const char *), -1, life);
			break;
		case '0':
			rc = sqlite3_bind_null(r->stmt, i);
			break;
		default:
			assert(false && "not a letter of db_query");
		}
	if (rc != SQLITE_OK)
		r->err = db_fail(r->db, rc);
}

struct db_row *
db_query(struct db *db, const char *sql, const char *format, ...)
{
	struct db_row *r = db_take(db, sql);
	va_list ap;

	va_start(ap, format);
	db_bind(r, SQLITE_TRANSIENT, format, ap);
	va_end(ap);
	return r;
}

int
db_step(struct db_row *r)
{
	int rc;

	assert(r->used);
	if (r->err)
		return r->err;
	rc = sqlite3_step(r->stmt);
	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		r->err = db_fail(r->db, rc);
	return r->err;
}

/* The bindings go too: they may hold what should not stay in memory. */
void
db_done(struct db_row *r)
{
	assert(r->used);
	if (r->stmt) {
		(void)sqlite3_reset(r->stmt);   /* repeats an error we have */
		(void)sqlite3_clear_bindings(r->stmt);
	}
	r->used = false;
}

int64_t
db_int(struct db_row *r, int col)
{
	return sqlite3_column_int64(r->stmt, col);
}

struct bytes
db_bytes(struct db_row *r, int col)
{
	const void *p = sqlite3_column_blob(r->stmt, col);

	return bytes_of(p, (size_t)sqlite3_column_bytes(r->stmt, col));
}

const char *
db_string(struct db_row *r, int col)
{
	return (const char *)sqlite3_column_text(r->stmt, col);
}

bool
db_null(struct db_row *r, int col)
{
	return sqlite3_column_type(r->stmt, col) == SQLITE_NULL;
}

int
db_do(struct db *db, const char *sql, const char *format, ...)
{
	struct db_row *r = db_take(db, sql);
	va_list ap;
	int rc;

	va_start(ap, format);
	/* done before this returns: what is bound need not be copied */
	db_bind(r, SQLITE_STATIC, format, ap);
	va_end(ap);
	rc = db_step(r);
	assert(rc != 1);        /* it was a query */
	db->changes = rc == 0 ? sqlite3_changes64(db->sql) : 0;
	db_done(r);
	return rc;
}

int64_t
db_changes(struct db *db)
{
	return db->changes;
}

int64_t
db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->sql);
}

int
db_checkpoint(struct db *db)
{
	int rc;

	assert(!db->within);
	rc = sqlite3_wal_checkpoint_v2(db->sql, NULL,
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	return rc == SQLITE_OK ? 0 : db_fail(db, rc);
}

void
db_trim(struct db *db)
{
	(void)sqlite3_db_release_memory(db->sql);
}
