/* SPDX-License-Identifier: ISC */
/*
 * Keep before say. What a turn changes is sealed and noted here as steps, and
 * keep_commit writes all of them in one transaction; when the disk refuses,
 * every step stays and the whole turn is tried again, so the model in memory
 * never runs away from the store. Tables are rows of table.def with one shape;
 * nothing in clear but numbers reaches SQLite.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sealed.h"

static const struct {
	const char *name, *put, *drop, *find, *each, *page, *count, *last;
} keep_sql[TABLE_COUNT] = {
#define TABLE(n, owner, what) {#n,                                         \
	"insert into " #n " (row, owner, key, body) values (?1, ?2, ?3, ?4)" \
	" on conflict (row) do update set owner = ?2, key = ?3, body = ?4",  \
	"delete from " #n " where row = ?1",                                 \
	"select row from " #n " where key = ?1",                             \
	"select row, owner, key, body from " #n " order by row",             \
	"select row, owner, key, body from " #n                              \
	" where owner = ?1 and row < ?2 order by row desc",                  \
	"select count(*) from " #n " where owner = ?1 and row < ?2",         \
	"select coalesce(max(row), 0) from " #n},
#include "table.def"
#undef TABLE
};

/* Tables that later programs add are made when the store is opened. */
static const char *const keep_schema[TABLE_COUNT] = {
#define TABLE(n, owner, what)                                              \
	"create table if not exists " #n " (row integer primary key,"         \
	" owner integer not null, key blob, body blob not null);"            \
	"create index if not exists " #n "_key on " #n " (key);"             \
	"create index if not exists " #n "_owner on " #n " (owner, row);",
#include "table.def"
#undef TABLE
};

#ifdef TACET_TEST
/* $TACET_CRASH is `point' or `point:N', which counts the visits down. */
void
keep_crash(const char *point)
{
	const char *at = getenv("TACET_CRASH");
	size_t n = strlen(point);
	char *left;
	long visit;

	if (at == NULL || strncmp(at, point, n) != 0 ||
	    (at[n] != '\0' && at[n] != ':'))
		return;
	visit = at[n] == ':' ? strtol(at + n + 1, NULL, 10) : 1;
	if (visit <= 1) {
		(void)raise(SIGKILL);   /* no handler, no flush, no goodbye */
		return;
	}
	left = mem_format("%s:%ld", point, visit - 1);
	if (setenv("TACET_CRASH", left, 1) < 0)
		abort();
	free(left);
}
#endif

static int
keep_numbers(struct keep *k)
{
	struct db_row *r;
	int i, err = 0;

	for (i = 0; i < TABLE_COUNT && err >= 0; i++) {
		r = db_query(k->db, keep_sql[i].last, "");
		err = db_step(r);
		if (err == 1)
			k->next[i] = db_int(r, 0) + 1;
		db_done(r);
	}
	return err < 0 ? err : 0;
}

static int
keep_tables(struct keep *k)
{
	int i, err = db_begin(k->db);

	if (err != 0)
		return err;
	for (i = 0; i < TABLE_COUNT && err == 0; i++)
		err = db_exec(k->db, keep_schema[i]);
	if (err == 0)
		return db_commit(k->db);
	db_rollback(k->db);
	return err;
}

int
keep_open(struct keep *k, const char *path, struct vault *v,
    const struct rng *rng, bool create, char **why)
{
	struct stat st;
	int err;

	memset(k, 0, sizeof(*k));
	k->vault = v;
	k->rng = rng;
	/* an empty file would pass for a new store */
	if (!create && lstat(path, &st) == 0 && st.st_size == 0)
		return profile_refuse(why, ERR_FORMAT, path);
	err = db_open(&k->db, path, DB_EXCLUSIVE | (create ? DB_CREATE : 0),
	    keep_schema, 1);
	if (err == 0)
		err = keep_tables(k);
	if (err == 0)
		err = keep_numbers(k);
	if (err == 0)
		return 0;
	keep_close(k);
	return profile_refuse(why, err, path);
}

static void
keep_forget(struct keep *k)
{
	size_t i;

	for (i = 0; i < k->steps; i++)
		buf_free(&k->step[i].body);
	k->steps = 0;
}

/* What was put since the last commit is taken back. */
void
keep_drop_all(struct keep *k)
{
	keep_forget(k);
}

int64_t
keep_row(struct keep *k, enum table t)
{
	return k->next[t]++;
}

void
keep_reserve(struct keep *k, enum table t, int64_t row)
{
	if (k->next[t] <= row)
		k->next[t] = row + 1;
}

static struct keep_step *
keep_step(struct keep *k, enum table t, int64_t row)
{
	struct keep_step *s;

	if (k->steps == k->room) {
		k->room = k->room != 0 ? 2 * k->room : 32;
		k->step = mem_grow(k->step, k->room, sizeof(*k->step));
	}
	s = &k->step[k->steps++];
	memset(s, 0, sizeof(*s));
	s->table = t;
	s->row = row;
	return s;
}

static struct vault_place
keep_place(enum table t, int64_t row, int64_t owner, const uint8_t *key)
{
	return (struct vault_place){keep_sql[t].name, "body", row, owner, key};
}

void
keep_put(struct keep *k, enum table t, int64_t row, int64_t owner,
    const uint8_t *key, struct bytes body)
{
	struct vault_place at = keep_place(t, row, owner, key);
	struct keep_step *s = keep_step(k, t, row);
	int err;

	s->owner = owner;
	s->has_key = key != NULL;
	if (key != NULL)
		memcpy(s->key, key, HASH32);
	err = vault_seal(k->vault, k->rng, &at, body, &s->body);
	assert(err == 0);       /* nothing is too long for it */
	(void)err;
}

void
keep_drop(struct keep *k, enum table t, int64_t row)
{
	keep_step(k, t, row)->drop = true;
}

/* The last word of this turn on a row, or NULL */
static const struct keep_step *
keep_said(const struct keep *k, enum table t, int64_t row)
{
	size_t i;

	for (i = k->steps; i-- > 0;)
		if (k->step[i].table == t && k->step[i].row == row)
			return &k->step[i];
	return NULL;
}

int64_t
keep_find(struct keep *k, enum table t, const uint8_t key[static HASH32])
{
	const struct keep_step *s;
	struct db_row *r;
	int64_t row = 0;
	size_t i;

	for (i = k->steps; i-- > 0;) {
		s = &k->step[i];
		if (s->table == t && s->has_key &&
		    memcmp(s->key, key, HASH32) == 0)
			return keep_said(k, t, s->row)->drop ? 0 : s->row;
	}
	r = db_query(k->db, keep_sql[t].find, "b", bytes_of(key, HASH32));
	if (db_step(r) == 1)
		row = db_int(r, 0);
	db_done(r);
	if (row != 0 && (s = keep_said(k, t, row)) != NULL && s->drop)
		return 0;
	return row;
}

/* False: it does not open. */
static bool
keep_give(struct keep *k, enum table t, struct db_row *r, keep_fn fn, void *arg)
{
	struct bytes key = db_bytes(r, 2);
	struct vault_place at = keep_place(t, db_int(r, 0), db_int(r, 1),
	    key.n == HASH32 ? key.p : NULL);
	struct buf plain = {0};
	struct rd rd;
	bool opens = vault_open(k->vault, &at, db_bytes(r, 3), &plain) == 0;

	if (opens) {
		rd = rd_of(buf_view(&plain));
		fn(arg, at.row, at.owner, &rd);
		k->damaged += rd_end(&rd) != 0;
	} else {
		k->damaged++;
	}
	buf_free(&plain);
	return opens;
}

int
keep_each(struct keep *k, enum table t, keep_fn fn, void *arg)
{
	struct db_row *r = db_query(k->db, keep_sql[t].each, "");
	int err;

	while ((err = db_step(r)) == 1)
		(void)keep_give(k, t, r, fn, arg);
	db_done(r);
	return err;
}

/* Damaged rows don't fill a page: who reads on goes on before the last row that
 * was given, and would read them for ever. */
int
keep_page(struct keep *k, enum table t, int64_t owner, int64_t before,
    int64_t n, keep_fn fn, void *arg)
{
	struct db_row *r = db_query(k->db, keep_sql[t].page, "ii", owner,
	    before);
	int err = 0, got = 0;

	while (got < n && (err = db_step(r)) == 1)
		got += keep_give(k, t, r, fn, arg);
	db_done(r);
	return err < 0 ? err : got;
}

int64_t
keep_count(struct keep *k, enum table t, int64_t owner, int64_t before)
{
	struct db_row *r = db_query(k->db, keep_sql[t].count, "ii", owner,
	    before);
	int64_t n = 0;

	if (db_step(r) == 1)
		n = db_int(r, 0);
	db_done(r);
	return n;
}

void
keep_trim(struct keep *k)
{
	db_trim(k->db);
}

bool
keep_pending(const struct keep *k)
{
	return k->steps > 0;
}

static int
keep_write(struct keep *k, const struct keep_step *s)
{
	if (s->drop)
		return db_do(k->db, keep_sql[s->table].drop, "i", s->row);
	if (!s->has_key)
		return db_do(k->db, keep_sql[s->table].put, "ii0b", s->row,
		    s->owner, buf_view(&s->body));
	return db_do(k->db, keep_sql[s->table].put, "iibb", s->row, s->owner,
	    bytes_of(s->key, HASH32), buf_view(&s->body));
}

/* Erased keys must not live on in the WAL. What is kept is kept all the same:
 * a failure here loses nothing, and the next turn tries again. */
static int
keep_erase(struct keep *k)
{
	if (k->erased && db_checkpoint(k->db) == 0)
		k->erased = false;
	return 0;
}

static int
keep_turn(struct keep *k)
{
	size_t i;
	int err;

	if (k->steps == 0)
		return keep_erase(k);
	keep_crash("keep-before");
	err = db_begin(k->db);
	if (err != 0)
		return err;
	for (i = 0; i < k->steps && err == 0; i++)
		err = keep_write(k, &k->step[i]);
	if (err != 0) {
		db_rollback(k->db);
		return err;
	}
	keep_crash("keep-within");
	err = db_commit(k->db);
	if (err != 0)
		return err;
	keep_crash("keep-after");
	keep_forget(k);
	return keep_erase(k);
}

/* Without the defence, from the first message on nothing is kept before the
 * store is closed; what the directory said must be, or nobody ever meets. */
static bool
keep_late(const struct keep *k)
{
	size_t i;

	for (i = 0; !defence(keep) && i < k->steps; i++)
		if (k->step[i].table == TABLE_message ||
		    k->step[i].table == TABLE_outbox)
			return true;
	return false;
}

int
keep_commit(struct keep *k)
{
	if (!keep_late(k))
		return keep_turn(k);
	keep_crash("keep-before");
	keep_crash("keep-within");
	keep_crash("keep-after");
	return 0;
}

void
keep_close(struct keep *k)
{
	if (!defence(keep) && k->db != NULL)
		(void)!keep_turn(k);
	keep_forget(k);
	free(k->step);
	db_close(k->db);
	memset(k, 0, sizeof(*k));
}

void
keep_index(const struct keep *k, enum table t, struct bytes a, struct bytes b,
    uint8_t key[static HASH32])
{
	struct bytes what[] = {a, b};

	vault_index(k->vault, keep_sql[t].name, what, COUNT(what), key);
}
