/* SPDX-License-Identifier: ISC */
/*
 * The reference for durable appends: SQLite alone, with the rows, the keys and
 * the pragmas of the relay's own tables, committed in the same groups. No
 * network, no keys, no questions: what it does per second is what the disk and
 * SQLite leave to a relay that stores this way.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sqlite3.h>

#include "bench.h"

enum { BARE_ENTRY, BARE_ID, BARE_LOG, BARE_USAGE, BARE_DUE, BARE_TABLES };

struct bare {
	sqlite3 *db;
	sqlite3_stmt *begin, *commit, *put[BARE_TABLES];
	char *path;
	uint8_t log[16], *entry;
	size_t entry_n;
	uint64_t number;
	struct rng_seeded seed;         /* ids are random, and cheap here */
	struct rng rng;
};

static void
bare_must(struct bare *b, int rc)
{
	if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW)
		bench_die("the bare loop: %s", sqlite3_errmsg(b->db));
}

static void
bare_files(struct bare *b)
{
	static const char *const tail[] = {"", "-wal", "-shm"};
	char *path;
	size_t i;

	for (i = 0; i < COUNT(tail); i++) {
		path = mem_format("%s%s", b->path, tail[i]);
		(void)unlink(path);
		free(path);
	}
}

static void
bare_table(struct bare *b, int i)
{
	char *sql = mem_format("create table t%d (k blob not null primary key,"
	    " v blob not null)", i);

	bare_must(b, sqlite3_exec(b->db, sql, NULL, NULL, NULL));
	free(sql);
	sql = mem_format("insert into t%d (k, v) values (?1, ?2)"
	    " on conflict (k) do update set v = excluded.v", i);
	bare_must(b, sqlite3_prepare_v2(b->db, sql, -1, &b->put[i], NULL));
	free(sql);
}

struct bare *
bare_open(const char *dir, size_t entry)
{
	struct bare *b = mem_alloc(sizeof(*b));
	int i;

	b->path = path_join(dir, "bare.db");
	b->entry_n = 33 + entry;        /* epoch flags time id, and the bytes */
	b->entry = mem_alloc(b->entry_n);
	b->rng = rng_seed(&b->seed, 1);
	rng_fill(&b->rng, b->entry, b->entry_n);
	rng_fill(&b->rng, b->log, sizeof(b->log));
	bare_files(b);
	bare_must(b, sqlite3_open(b->path, &b->db));
	bare_must(b, sqlite3_exec(b->db, "pragma temp_store = memory;"
	    "pragma foreign_keys = on; pragma cell_size_check = on;"
	    "pragma secure_delete = on; pragma synchronous = full;"
	    "pragma locking_mode = exclusive; pragma journal_mode = wal",
	    NULL, NULL, NULL));
	for (i = 0; i < BARE_TABLES; i++)
		bare_table(b, i);
	bare_must(b, sqlite3_prepare_v2(b->db, "begin immediate", -1,
	    &b->begin, NULL));
	bare_must(b, sqlite3_prepare_v2(b->db, "commit", -1, &b->commit,
	    NULL));
	return b;
}

void
bare_close(struct bare *b)
{
	int i;

	for (i = 0; i < BARE_TABLES; i++)
		bare_must(b, sqlite3_finalize(b->put[i]));
	bare_must(b, sqlite3_finalize(b->begin));
	bare_must(b, sqlite3_finalize(b->commit));
	bare_must(b, sqlite3_close(b->db));
	bare_files(b);
	free(b->path);
	free(b->entry);
	free(b);
}

static void
bare_run(struct bare *b, sqlite3_stmt *s)
{
	bare_must(b, sqlite3_step(s));
	bare_must(b, sqlite3_reset(s));
}

static void
bare_put(struct bare *b, int table, const void *k, size_t kn, const void *v,
    size_t vn)
{
	sqlite3_stmt *s = b->put[table];

	bare_must(b, sqlite3_bind_blob(s, 1, k, (int)kn, SQLITE_STATIC));
	bare_must(b, sqlite3_bind_blob(s, 2, v, (int)vn, SQLITE_STATIC));
	bare_run(b, s);
}

/* What append.c writes for one entry of one log. */
static void
bare_append(struct bare *b)
{
	uint8_t key[33] = {0}, value[56] = {0}, number[8];
	size_t i;

	b->number++;
	for (i = 0; i < 8; i++)
		number[i] = (uint8_t)(b->number >> (56 - 8 * i));
	memcpy(key, b->log, 16);
	memcpy(key + 16, number, 8);
	bare_put(b, BARE_ENTRY, key, 24, b->entry, b->entry_n);
	rng_fill(&b->rng, key + 16, 16);
	bare_put(b, BARE_ID, key, 32, number, 8);
	memcpy(value + 40, number, 8);
	bare_put(b, BARE_LOG, b->log, 16, value, 56);
	memcpy(key, value, 33);
	bare_put(b, BARE_USAGE, key, 33, number, 8);
	key[8] = 1;
	memcpy(key + 9, b->log, 16);
	memcpy(key + 25, number, 8);
	bare_put(b, BARE_DUE, key, 33, "", 0);
}

void
bare_group(struct bare *b, unsigned n)
{
	bare_run(b, b->begin);
	while (n-- > 0)
		bare_append(b);
	bare_run(b, b->commit);
}
