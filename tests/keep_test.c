/* SPDX-License-Identifier: ISC */
/*
 * The turn's transaction: what is put is there after the commit and not
 * before, what the disk refuses is tried again whole, and rows that somebody
 * moved about do not open (T45, T89).
 */
#include <sys/stat.h>
#include <unistd.h>

#include "sealed.h"
#include "tap.h"

static const uint8_t master[KEY_SIZE] = {5};
static char folder[4096];
static char path[4200];

struct seen {
	int n;
	int64_t row[16];
	char text[16][16];
};

static void
see(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct seen *s = arg;
	struct bytes b = rd_rest(r);

	(void)owner;
	s->row[s->n] = row;
	snprintf(s->text[s->n++], 16, "%.*s", (int)b.n, (const char *)b.p);
}

static void
put(struct keep *k, int64_t row, int64_t owner, const char *s)
{
	uint8_t key[HASH32];

	keep_index(k, TABLE_message, bytes_of(s, strlen(s)), bytes_of("", 0),
	    key);
	keep_put(k, TABLE_message, row, owner, key, bytes_of(s, strlen(s)));
}

static int64_t
find(struct keep *k, const char *s)
{
	uint8_t key[HASH32];

	keep_index(k, TABLE_message, bytes_of(s, strlen(s)), bytes_of("", 0),
	    key);
	return keep_find(k, TABLE_message, key);
}

static void
test_steps(struct keep *k)
{
	struct seen s = {0};
	int64_t a = keep_row(k, TABLE_message), b = keep_row(k, TABLE_message);

	is_int(a, 1, "rows begin at 1");
	put(k, a, 10, "one");
	put(k, b, 10, "two");
	is_int(keep_each(k, TABLE_message, see, &s), 0, "read");
	is_int(s.n, 0, "nothing is on disk before the commit");
	is_int(find(k, "two"), b, "but the turn knows its own");
	is_int(keep_commit(k), 0, "committed");
	is_int(keep_each(k, TABLE_message, see, &s), 0, "read");
	is_int(s.n, 2, "then both are there");
	is_str(s.text[0], "one", "by rising row");
	put(k, a, 10, "uno");
	keep_drop(k, TABLE_message, b);
	is_int(find(k, "two"), 0, "dropped in this turn");
	is_int(find(k, "uno"), a, "changed in this turn");
	is_int(keep_commit(k), 0, "committed");
	is_int(find(k, "one"), 0, "the old hash is gone");
	is_int(find(k, "uno"), a, "the new one stands");
}

static void
test_page(struct keep *k)
{
	struct seen s = {0};
	char text[16];
	int i;

	for (i = 0; i < 5; i++) {
		snprintf(text, sizeof(text), "p%d", i);
		put(k, keep_row(k, TABLE_message), 20, text);
	}
	is_int(keep_commit(k), 0, "committed");
	is_int(keep_page(k, TABLE_message, 20, INT64_MAX, 2, see, &s), 2,
	    "a page");
	is_str(s.text[0], "p4", "newest first");
	is_int(keep_page(k, TABLE_message, 20, s.row[1], 10, see, &s), 3,
	    "the page before");
	is_str(s.text[4], "p0", "ends with the oldest");
	is_int(keep_count(k, TABLE_message, 20, INT64_MAX), 5, "counted");
}

/* Moves sealed bodies about as somebody with sqlite3 would. */
static void
test_tamper(struct vault *v)
{
	static const char *const swap[] = {
		("update message set body = (select body from message "
		"where row = 3) where row = 4"),
		"update message set owner = 10 where row = 5",
		"insert into notice select * from message where row = 6",
		"update message set key = null where row = 7",
	};
	char *why = NULL;
	struct seen s = {0};
	struct keep k;
	size_t i;

	if (keep_open(&k, path, v, &rng_system, false, &why) != 0)
		bail("%s", why);
	for (i = 0; i < COUNT(swap); i++)
		if (db_exec(k.db, swap[i]) != 0)
			bail("%s", db_why(k.db));
	is_int(keep_each(&k, TABLE_message, see, &s), 0, "read");
	is_int(s.n, 3, "rows left alone open");
	is_int(k.damaged, 3, "moved ones do not, and are counted (T89)");
	is_int(keep_each(&k, TABLE_notice, see, &s), 0, "another table");
	is_int(k.damaged, 4, "has none of theirs (T89)");
	is_int(keep_row(&k, TABLE_message), 8, "rows go on after a restart");
	keep_close(&k);
}

/* What lies behind damaged rows is reached, however many there are: whoever
 * reads page after page comes to an end, with all that opens. */
static void
test_page_damaged(struct vault *v)
{
	struct seen s = {0};
	char *why = NULL, text[16];
	struct keep k;
	int i;

	if (keep_open(&k, path, v, &rng_system, false, &why) != 0)
		bail("%s", why);
	for (i = 0; i < 6; i++) {
		snprintf(text, sizeof(text), "d%d", i);
		put(&k, keep_row(&k, TABLE_message), 50, text);
	}
	is_int(keep_commit(&k), 0, "committed");
	if (db_exec(k.db, "update message set body = zeroblob(99) where "
	    "owner = 50 and row > (select min(row) + 1 from message where "
	    "owner = 50)") != 0)
		bail("%s", db_why(k.db));
	is_int(keep_page(&k, TABLE_message, 50, INT64_MAX, 2, see, &s), 2,
	    "a page of those that open");
	is_str(s.text[0], "d1", "the newest of them");
	is_str(s.text[1], "d0", "and the one before (T46)");
	is_int(k.damaged, 4, "those between are counted");
	is_int(keep_page(&k, TABLE_message, 50, s.row[1], 2, see, &s), 0,
	    "then there are no more");
	keep_close(&k);
}

/* A transaction that can't be written stays, whole. */
static void
test_refused(struct vault *v)
{
	struct seen s = {0};
	char *why = NULL;
	struct keep k;

	if (keep_open(&k, path, v, &rng_system, false, &why) != 0)
		bail("%s", why);
	put(&k, keep_row(&k, TABLE_message), 30, "good");
	keep_put(&k, TABLE_setting, 1, 0, NULL, bytes_of("v", 1));
	if (db_exec(k.db, "alter table setting rename to hidden") != 0)
		bail("%s", db_why(k.db));
	ok(keep_commit(&k) != 0, "refused");
	is_int(keep_page(&k, TABLE_message, 30, INT64_MAX, 9, see, &s), 0,
	    "and nothing of the turn is there");
	ok(keep_pending(&k), "it waits");
	if (db_exec(k.db, "alter table hidden rename to setting") != 0)
		bail("%s", db_why(k.db));
	is_int(keep_commit(&k), 0, "later it works");
	is_int(keep_page(&k, TABLE_message, 30, INT64_MAX, 9, see, &s), 1,
	    "and all of it is there");
	ok(!keep_pending(&k), "nothing waits");
	keep_close(&k);
}

/* The file shows no byte of what was put. */
static void
test_sealed(struct vault *v)
{
	static const char canary[] = "canary-in-the-store";
	struct buf b = {0};
	char *why = NULL;
	struct keep k;
	struct stat st;

	if (keep_open(&k, path, v, &rng_system, false, &why) != 0)
		bail("%s", why);
	put(&k, keep_row(&k, TABLE_message), 40, canary);
	is_int(keep_commit(&k), 0, "committed");
	is_int(db_checkpoint(k.db), 0, "into the file");
	keep_close(&k);
	is_int(path_read(path, 1 << 24, &b), 0, "the file");
	ok(memmem(b.p, b.n, canary, strlen(canary)) == NULL,
	    "holds no plain text");
	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600, "is 0600");
	buf_free(&b);
}

int
main(void)
{
	struct vault *v;
	struct keep k;
	char *why = NULL, *cmd;

	snprintf(folder, sizeof(folder), "%s/tacet-keep-XXXXXX",
	    getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	if (seal_start() != 0 || mkdtemp(folder) == NULL)
		bail("no folder");
	snprintf(path, sizeof(path), "%s/store.db", folder);
	v = vault_new(master);
	if (keep_open(&k, path, v, &rng_system, true, &why) != 0)
		bail("%s", why);
	test_steps(&k);
	test_page(&k);
	keep_close(&k);
	test_tamper(v);
	test_refused(v);
	test_page_damaged(v);
	test_sealed(v);
	vault_free(v);
	cmd = mem_format("rm -rf %s", folder);
	if (system(cmd) != 0)
		note("%s is left behind", folder);
	free(cmd);
	return done();
}
