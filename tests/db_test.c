/* SPDX-License-Identifier: ISC */
/*
 * The database floor: what is kept survives, what is not leaves no trace,
 * files are private, foreign and later files are refused.
 */
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"
#include "db.h"

static const char *const steps[] = {
	"create table t (a integer primary key, b blob, s text);"
	"create unique index t_s on t (s)",
	"create table u (a integer references t (a))",
};

static char *
folder(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = mem_format("%s/db.XXXXXX", tmp ? tmp : "/tmp");

	if (!mkdtemp(dir))
		bail("no folder for the test");
	return dir;
}

static int64_t
count(struct db *db)
{
	struct db_row *r = db_query(db, "select count(*) from t", "");
	int64_t n = -1;

	if (db_step(r) == 1)
		n = db_int(r, 0);
	db_done(r);
	return n;
}

static int
put(struct db *db, int64_t a, const char *s)
{
	return db_do(db, "insert into t (a, b, s) values (?1, ?2, ?3)", "ibs",
	    a, bytes_of("\0\1\2", 3), s);
}

static void
test_values(const char *path)
{
	struct db_row *r, *q;
	struct db *db;
	struct bytes v;

	is_int(db_open(&db, path, DB_CREATE, steps, 1), 0, "a new database");
	is_int(put(db, 1, "one"), 0, "a row");
	is_int(db_changes(db), 1, "it is counted");
	is_int(db_last_id(db), 1, "and has its number");
	is_int(put(db, INT64_MIN, NULL), 0, "the smallest number, and null");
	is_int(put(db, 2, "one"), ERR_EXISTS, "a unique conflict");
	is_int(put(db, 1, "two"), ERR_EXISTS, "a key conflict");
	is_int(db_do(db, "insert into t (a, b) values (?1, ?2)", "ib",
	    (int64_t)3, bytes_of(NULL, 0)), 0, "an empty blob");
	is_int(db_do(db, "insert into t (a, b) values (?1, ?2)", "i0",
	    (int64_t)4), 0, "a null");
	r = db_query(db, "select a, b, s from t order by a", "");
	is_int(db_step(r), 1, "the first row");
	ok(db_int(r, 0) == INT64_MIN, "64 bits");
	ok(db_null(r, 2) && !db_string(r, 2), "null comes back as null");
	is_int(db_step(r), 1, "the second");
	v = db_bytes(r, 1);
	ok(v.n == 3, "the blob's length");
	is_mem(v.p, "\0\1\2", 3, "the blob");
	is_str(db_string(r, 2), "one", "the text");
	/* the same statement within itself */
	q = db_query(db, "select a, b, s from t order by a", "");
	is_int(db_step(q), 1, "a query within itself starts anew");
	ok(db_int(q, 0) == INT64_MIN, "at its first row");
	db_done(q);
	is_int(db_step(r), 1, "the outer one goes on");
	ok(db_int(r, 0) == 3 && !db_null(r, 1) && db_bytes(r, 1).n == 0,
	    "an empty blob is not null");
	is_int(db_step(r), 1, "the fourth");
	ok(db_null(r, 1), "a null is");
	is_int(db_step(r), 0, "no more");
	db_done(r);
	r = db_query(db, "select nothing from nowhere", "");
	ok(db_step(r) == ERR_IO && *db_why(db), "a bad statement says why");
	db_done(r);
	is_int(db_exec(db, "delete from t"), 0, "a statement of its own");
	db_close(db);
}

static void
test_turn(const char *path)
{
	struct db *db;

	is_int(db_open(&db, path, 0, steps, 1), 0, "opens again");
	is_int(db_begin(db), 0, "begin");
	ok(db_busy(db), "inside");
	is_int(put(db, 1, "a"), 0, "a row");
	db_rollback(db);
	ok(!db_busy(db), "outside");
	is_int(count(db), 0, "rolled back");
	is_int(db_begin(db), 0, "begin");
	is_int(put(db, 1, "a"), 0, "a row");
	is_int(put(db, 1, "a"), ERR_EXISTS, "a conflict does not end it");
	is_int(put(db, 2, "b"), 0, "another row");
	is_int(db_commit(db), 0, "commit");
	is_int(db_checkpoint(db), 0, "checkpoint");
	db_close(db);
	is_int(db_open(&db, path, 0, steps, 2), 0, "a later schema");
	is_int(count(db), 2, "both rows are there");
	is_int(db_do(db, "insert into u (a) values (?1)", "i", (int64_t)9),
	    ERR_RULE, "foreign keys are on");
	db_close(db);
	is_int(db_open(&db, path, 0, steps, 1), ERR_VERSION,
	    "an earlier program refuses it");
	is_int(db_open(&db, path, DB_READONLY, steps, 2), 0, "to read only");
	is_int(put(db, 7, "c"), ERR_DENIED, "and not to write");
	db_close(db);
}

/* A migration that fails leaves the version and the tables before it. */
static void
test_migration(const char *dir)
{
	static const char *const bad[] = {
		"create table t (a integer)",
		"create table u (a integer); create table u (b integer)",
	};
	char *path = path_join(dir, "migrate.db");
	struct db *db;

	is_int(db_open(&db, path, DB_CREATE, bad, 2), ERR_IO, "a broken step");
	is_int(db_open(&db, path, 0, bad, 1), 0, "the step before stands");
	is_int(db_exec(db, "create table u (a integer)"), 0,
	    "nothing of the broken one");
	db_close(db);
	free(path);
}

static void
test_private(const char *dir)
{
	char *path = path_join(dir, "mode.db"), *wal, *link;
	struct db *db;
	struct stat st;

	(void)umask(0);
	is_int(db_open(&db, path, 0, steps, 2), ERR_NONE, "not made unasked");
	is_int(db_open(&db, path, DB_CREATE, steps, 2), 0, "made");
	is_int(put(db, 1, "a"), 0, "a row");
	ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600, "0600");
	wal = mem_format("%s-wal", path);
	ok(stat(wal, &st) == 0 && (st.st_mode & 07777) == 0600,
	    "the log beside it too");
	db_close(db);
	ok(chmod(path, 0640) == 0, "somebody opens it to the group");
	is_int(db_open(&db, path, DB_CREATE, steps, 2), ERR_DENIED, "refused");
	ok(chmod(path, 0600) == 0, "closed again");
	link = path_join(dir, "link.db");
	ok(symlink(path, link) == 0, "a symbolic link");
	is_int(db_open(&db, link, DB_CREATE, steps, 2), ERR_DENIED, "refused");
	free(link);
	free(wal);
	free(path);
}

static void
test_foreign(const char *dir)
{
	char *path = path_join(dir, "foreign.db");
	uint8_t junk[8192];
	struct db *db;

	memset(junk, 0x41, sizeof(junk));
	is_int(path_write(path, bytes_of(junk, sizeof(junk))), 0, "no database");
	is_int(db_open(&db, path, 0, steps, 2), ERR_FORMAT, "is refused");
	free(path);
}

static void
test_lock(const char *dir)
{
	char *path = path_join(dir, "lock.db");
	struct db *db, *other;
	int status = -1;
	pid_t pid;

	is_int(db_open(&db, path, DB_CREATE | DB_EXCLUSIVE, steps, 2), 0,
	    "held alone");
	pid = fork();
	if (pid == 0) {
		status = db_open(&other, path, DB_EXCLUSIVE, steps, 2);
		_exit(status == ERR_BUSY ? 0 : 1);
	}
	ok(waitpid(pid, &status, 0) == pid && status == 0,
	    "another process is told");
	is_int(db_open(&other, path, DB_EXCLUSIVE, steps, 2), ERR_BUSY,
	    "this one too");
	is_int(put(db, 1, "a"), 0, "the first one goes on");
	db_close(db);
	is_int(db_open(&db, path, DB_EXCLUSIVE, steps, 2), 0, "free again");
	is_int(count(db), 1, "nothing is lost");
	db_close(db);
	free(path);
}

/* A full disk in the middle: no half of a turn is kept, and it goes on after. */
static void
test_full(const char *dir)
{
	struct rlimit was, small = {512 * 1024, RLIM_INFINITY};
	char *path = path_join(dir, "full.db");
	uint8_t *big = mem_alloc(256 * 1024);
	struct db *db;
	int i, err;

	is_int(db_open(&db, path, DB_CREATE | DB_EXCLUSIVE, steps, 2), 0,
	    "a database");
	is_int(put(db, 1, "before"), 0, "a row");
	(void)signal(SIGXFSZ, SIG_IGN);
	ok(getrlimit(RLIMIT_FSIZE, &was) == 0, "a limit to come back to");
	small.rlim_max = was.rlim_max;
	ok(setrlimit(RLIMIT_FSIZE, &small) == 0, "files grow to 512 KiB");
	is_int(db_begin(db), 0, "begin");
	err = put(db, 2, "half");
	for (i = 0; i < 16 && !err; i++)
		err = db_do(db, "insert into t (b) values (?1)", "b",
		    bytes_of(big, 256 * 1024));
	if (!err)
		err = db_commit(db);
	else
		db_rollback(db);
	is_int(err, ERR_IO, "the disk is full");
	ok(!db_busy(db), "outside");
	is_int(count(db), 1, "nothing of the turn is there");
	ok(setrlimit(RLIMIT_FSIZE, &was) == 0, "room again");
	is_int(db_begin(db), 0, "begin");
	is_int(put(db, 2, "after"), 0, "a row");
	is_int(db_commit(db), 0, "is kept");
	is_int(count(db), 2, "it goes on");
	db_close(db);
	free(big);
	free(path);
}

/* What was deleted is not in the file: secure_delete and a truncated log. */
static void
test_erased(const char *dir)
{
	static const char canary[] = "canary-that-was-deleted-0123456789";
	char *path = path_join(dir, "erased.db");
	struct buf file = {0};
	struct db *db;

	is_int(db_open(&db, path, DB_CREATE, steps, 2), 0, "a database");
	is_int(put(db, 1, canary), 0, "a secret");
	is_int(db_checkpoint(db), 0, "in the file");
	is_int(path_read(path, 1 << 20, &file), 0, "read");
	ok(memmem(file.p, file.n, canary, sizeof(canary) - 1), "it is there");
	is_int(db_do(db, "delete from t", ""), 0, "deleted");
	is_int(db_checkpoint(db), 0, "in the file");
	buf_clear(&file);
	is_int(path_read(path, 1 << 20, &file), 0, "read");
	ok(!memmem(file.p, file.n, canary, sizeof(canary) - 1), "it is gone");
	db_close(db);
	buf_free(&file);
	free(path);
}

/* kill -9 after commit: all of it; before: none of it. */
static void
test_crash(const char *dir)
{
	char *path = path_join(dir, "crash.db");
	struct db *db;
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		if (db_open(&db, path, DB_CREATE, steps, 2) || db_begin(db) ||
		    put(db, 1, "kept") || db_commit(db) || db_begin(db) ||
		    put(db, 2, "lost"))
			_exit(1);
		(void)raise(SIGKILL);
	}
	ok(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status), "killed");
	is_int(db_open(&db, path, 0, steps, 2), 0, "opens after the crash");
	is_int(count(db), 1, "what was kept, and nothing else");
	db_close(db);
	free(path);
}

/* What has been read is kept as pages, until they are let go. */
static void
test_trim(const char *dir)
{
	char *path = path_join(dir, "trim.db"), word[24];
	size_t before, read;
	struct db *db;
	int i, err;

	err = db_open(&db, path, DB_CREATE, steps, 2);
	for (i = 0; i < 4000 && err == 0; i++) {
		(void)snprintf(word, sizeof(word), "row %04d", i);
		err = put(db, i, word);
	}
	is_int(err, 0, "4,000 rows");
	db_trim(db);
	before = mallinfo2().uordblks;
	is_int(count(db), 4000, "are read");
	read = mallinfo2().uordblks;
	db_trim(db);
	if (read == before)
		skip("this malloc counts nothing");
	else
		ok(mallinfo2().uordblks < before + (read - before) / 4,
		    "no page stays: %zu bytes more than before, of %zu",
		    mallinfo2().uordblks - before, read - before);
	is_int(count(db), 4000, "and they are still there");
	db_close(db);
	free(path);
}

int
main(void)
{
	char *dir = folder(), *path = path_join(dir, "a.db");

	test_values(path);
	test_turn(path);
	test_migration(dir);
	test_private(dir);
	test_foreign(dir);
	test_lock(dir);
	test_full(dir);
	test_erased(dir);
	test_crash(dir);
	test_trim(dir);
	free(path);
	free(dir);
	return done();
}
