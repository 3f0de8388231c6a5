/* SPDX-License-Identifier: ISC */
/*
 * The embedded store: one SQLite table per row of relay_table.def, one
 * transaction per turn, blobs in files. It reports each turn from inside
 * store_turn: what COMMIT said is on the disk.
 */
#include <stdio.h>
#include <stdlib.h>

#include "relay.h"
#include "db.h"

struct lite {
	struct db *db;
	struct files *files;
};

struct lite_sql {
	const char *get, *put, *del, *up, *down;
};
static const struct lite_sql lite_sql[TABLES] = {
#define TABLE(name, key, value) {                                          \
	"select v from t_" #name " where k = ?1",                          \
	"insert into t_" #name " (k, v) values (?1, ?2)"                   \
	    " on conflict (k) do update set v = excluded.v",               \
	"delete from t_" #name " where k = ?1",                            \
	"select k, v from t_" #name " where k >= ?1 and k < ?2 order by k", \
	"select k, v from t_" #name " where k >= ?1 and k < ?2"            \
	    " order by k desc",                                            \
	},
#include "relay_table.def"
#undef TABLE
};

/* Tables that later programs add are made on the way; a change of what is in
 * one is a new step. */
#define TABLE(name, key, value) \
	"create table if not exists t_" #name \
	    " (k blob not null primary key, v blob not null);"
static const char *const lite_steps[] = {
#include "relay_table.def"
};
static const char lite_tables[] =
#include "relay_table.def"
;
#undef TABLE

static int
lite_fail(struct store *s, int err)
{
	struct lite *l = s->data;

	(void)snprintf(s->why, sizeof(s->why), "%s", db_why(l->db));
	return err;
}

/* In doubt it stays as it is: the table may be damaged. */
static int64_t
lite_size(void *arg, const uint8_t *id)
{
	struct buf b = {0};
	int err = store_get(arg, TABLE_blob, bytes_of(id, WIRE_KEY), &b);
	int64_t n = err ? INT64_MAX : blob_have(buf_view(&b));

	buf_free(&b);
	return err == ERR_NONE ? -1 : n;
}

static int
lite_open(struct store *s, const char *dir)
{
	struct lite *l = mem_alloc(sizeof(*l));
	char *path = path_join(dir, "tacetd.db");
	int err;

	s->data = l;
	err = db_open(&l->db, path, DB_CREATE | DB_EXCLUSIVE, lite_steps,
	    COUNT(lite_steps));
	free(path);
	if (!err) {
		err = db_exec(l->db, lite_tables);
		if (err)
			(void)lite_fail(s, err);
	}
	if (!err)
		err = files_open(&l->files, dir);
	if (!err)
		err = files_sweep(l->files, lite_size, s);
	if (err) {
		files_close(l->files);
		db_close(l->db);
		free(l);
	}
	return err;
}

static void
lite_close(struct store *s)
{
	struct lite *l = s->data;

	db_rollback(l->db);
	/* the next start reads what this could not fold in */
	if (db_checkpoint(l->db) != 0)
		(void)lite_fail(s, ERR_IO);
	db_close(l->db);
	files_close(l->files);
	free(l);
}

static int
lite_get(struct store *s, enum table t, struct bytes key, struct buf *out)
{
	struct lite *l = s->data;
	struct db_row *r = db_query(l->db, lite_sql[t].get, "b", key);
	int n = db_step(r);

	if (n == 1)
		buf_bytes(out, db_bytes(r, 0));
	db_done(r);
	if (n < 0)
		return lite_fail(s, n);
	return n == 0 ? ERR_NONE : out->err;
}

/* The turn's transaction begins with its first write. */
static int
lite_begin(struct store *s)
{
	struct lite *l = s->data;

	return db_busy(l->db) ? 0 : db_begin(l->db);
}

static int
lite_put(struct store *s, enum table t, struct bytes key, struct bytes value)
{
	struct lite *l = s->data;
	int err = lite_begin(s);

	if (!err)
		err = db_do(l->db, lite_sql[t].put, "bb", key, value);
	return err ? lite_fail(s, err) : 0;
}

static int
lite_del(struct store *s, enum table t, struct bytes key)
{
	struct lite *l = s->data;
	int err = lite_begin(s);

	if (!err)
		err = db_do(l->db, lite_sql[t].del, "b", key);
	return err ? lite_fail(s, err) : 0;
}

static int
lite_scan(struct store *s, enum table t, struct bytes from,
    struct bytes below, enum store_way way, store_each *each, void *arg)
{
	struct lite *l = s->data;
	struct db_row *r;
	int n;

	r = db_query(l->db, way == STORE_UP ? lite_sql[t].up :
	    lite_sql[t].down, "bb", from, below);
	while ((n = db_step(r)) == 1)
		if (!each(arg, db_bytes(r, 0), db_bytes(r, 1)))
			break;
	db_done(r);
	return n < 0 ? lite_fail(s, n) : 0;
}

static int
lite_blob_write(struct store *s, const uint8_t id[static WIRE_KEY],
    uint64_t offset, struct bytes data)
{
	struct lite *l = s->data;
	int err = files_write(l->files, id, offset, data);

	if (err)
		(void)snprintf(s->why, sizeof(s->why), "a blob: %s",
		    err_text(err));
	return err;
}

static int
lite_blob_read(struct store *s, const uint8_t id[static WIRE_KEY],
    uint64_t offset, size_t n, struct buf *out)
{
	struct lite *l = s->data;

	return files_read(l->files, id, offset, n, out);
}

static void
lite_blob_drop(struct store *s, const uint8_t id[static WIRE_KEY])
{
	struct lite *l = s->data;

	files_drop(l->files, id);
}

static void
lite_blob_trim(struct store *s, const uint8_t id[static WIRE_KEY],
    uint64_t size)
{
	struct lite *l = s->data;

	files_trim(l->files, id, size);
}

/* Files first, then the rows that speak of them. */
static int
lite_commit(struct store *s, int spoiled)
{
	struct lite *l = s->data;
	int err;

	err = files_sync(l->files);
	if (err)
		(void)snprintf(s->why, sizeof(s->why), "a blob: %s",
		    err_text(err));
	if (spoiled)
		err = spoiled;
	if (!db_busy(l->db))
		return err;
	if (err) {
		db_rollback(l->db);
		return err;
	}
	err = db_commit(l->db);
	return err ? lite_fail(s, err) : 0;
}

static void
lite_turn(struct store *s, uint64_t turn, int spoiled)
{
	struct lite *l = s->data;
	int err;

	relay_crash("relay-within", turn);
	err = lite_commit(s, spoiled);
	relay_crash("relay-committed", turn);

	files_settle(l->files, !err);
	if (err)
		store_lost(s, turn, err);
	else
		store_kept(s, turn);
}

/* Is there room again? Writes as much as a busy turn would, and removes it. */
static int
lite_heal(struct store *s)
{
	static const char key[] = "room";
	struct bytes k = bytes_of(key, sizeof(key) - 1);
	uint8_t *room = mem_alloc(65536);
	struct lite *l = s->data;
	int err = db_begin(l->db);

	if (!err) {
		err = db_do(l->db, lite_sql[TABLE_meta].put, "bb", k,
		    bytes_of(room, 65536));
		if (err)
			db_rollback(l->db);
		else
			err = db_commit(l->db);
	}
	free(room);
	if (!err)
		err = db_begin(l->db);
	if (!err) {
		err = db_do(l->db, lite_sql[TABLE_meta].del, "b", k);
		if (err)
			db_rollback(l->db);
		else
			err = db_commit(l->db);
	}
	return err ? lite_fail(s, err) : 0;
}

const struct store_ops store_sqlite = {
	.open = lite_open, .close = lite_close, .get = lite_get,
	.put = lite_put, .del = lite_del, .scan = lite_scan,
	.blob_write = lite_blob_write, .blob_read = lite_blob_read,
	.blob_drop = lite_blob_drop, .blob_trim = lite_blob_trim,
	.turn = lite_turn, .heal = lite_heal,
};
