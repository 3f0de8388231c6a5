/* SPDX-License-Identifier: ISC */
/*
 * What stays in memory is what the driver would say: after writing, removing,
 * and above all after a turn that was lost.
 * floor: relay
 */
#include "tap.h"
#include "relay.h"

static void
on_kept(void *arg, uint64_t turn)
{
	(void)arg;
	(void)turn;
}

static void
on_lost(void *arg, uint64_t turn, int err, const char *why)
{
	(void)arg;
	(void)turn;
	(void)err;
	(void)why;
}

static const char *
value(struct store *s, enum table t, const char *key, struct buf *b)
{
	buf_clear(b);
	if (store_get(s, t, bytes_of(key, strlen(key)), b) != 0)
		return NULL;
	buf_u8(b, 0);
	return (const char *)b->p;
}

static int
set(struct store *s, enum table t, const char *key, const char *v)
{
	return store_put(s, t, bytes_of(key, strlen(key)),
	    bytes_of(v, strlen(v)));
}

static void
test_life(struct store *s, enum table t)
{
	struct buf b = {0};
	uint64_t reads;

	is_int(set(s, t, "k", "one"), 0, "a row");
	store_turn(s, 1);
	reads = s->reads;
	is_str(value(s, t, "k", &b), "one", "is there");
	ok(s->reads == reads, "and the driver was not asked");
	is_int(set(s, t, "k", "two"), 0, "written again");
	is_str(value(s, t, "k", &b), "two", "the newest is read");
	is_int(store_del(s, t, bytes_of("k", 1)), 0, "removed");
	is_str(value(s, t, "k", &b), NULL, "it is gone");
	is_int(set(s, t, "k", "three"), 0, "and back");
	is_str(value(s, t, "k", &b), "three", "with its new value");
	store_turn(s, 2);
	buf_free(&b);
}

/* The model forgets what the disk did not take. */
static void
test_lost(struct store *s, enum table t)
{
	struct buf b = {0};

	is_int(set(s, t, "lost", "old"), 0, "a row");
	store_turn(s, 3);
	is_int(set(s, t, "lost", "new"), 0, "changed in a turn");
	is_str(value(s, t, "lost", &b), "new", "which sees it");
	store_ram_fail(s, ERR_IO);
	store_turn(s, 4);
	is_str(value(s, t, "lost", &b), "old", "and is lost: the old is back");
	store_ram_fail(s, 0);
	is_int(store_heal(s), 0, "the store is well again");
	buf_free(&b);
}

/* Whoever reads a blob asks for its row with every range. */
static void
test_blob(struct store *s)
{
	char v[98];
	struct buf b = {0};
	uint64_t reads;

	memset(v, 'b', sizeof(v) - 1);
	v[sizeof(v) - 1] = '\0';
	is_int(set(s, TABLE_blob, "blob", v), 0, "a row as long as a blob's");
	store_turn(s, 8);
	reads = s->reads;
	is_str(value(s, TABLE_blob, "blob", &b), v, "is there");
	ok(s->reads == reads, "and the driver was not asked");
	buf_free(&b);
}

/* More rows than slots, and values too long to stay. */
static void
test_many(struct store *s, enum table t)
{
	char key[16], v[120];
	struct buf b = {0};
	const char *got;
	int i, bad = 0;

	for (i = 0; i < 2000; i++) {
		snprintf(key, sizeof(key), "key %d", i);
		snprintf(v, sizeof(v), "%0*d", 1 + i % 119, i % 10);
		bad += set(s, t, key, v) != 0;
	}
	for (i = 0; i < 2000; i++) {
		snprintf(key, sizeof(key), "key %d", i);
		snprintf(v, sizeof(v), "%0*d", 1 + i % 119, i % 10);
		got = value(s, t, key, &b);
		bad += !got || strcmp(got, v) != 0;
	}
	is_int(bad, 0, "two thousand rows say what was written");
	is_int(set(s, t, "key 1", "short"), 0, "a short value");
	memset(v, 'x', sizeof(v) - 1);
	v[sizeof(v) - 1] = '\0';
	is_int(set(s, t, "key 1", v), 0, "then a long one");
	is_str(value(s, t, "key 1", &b), v, "is not hidden by the short");
	store_turn(s, 5);
	buf_free(&b);
}

/* The driver is told once in a turn, and before it is asked for a range. */
static bool
count_each(void *arg, struct bytes key, struct bytes v)
{
	(void)key;
	*(char *)arg = v.n > 0 ? (char)v.p[0] : '-';
	return true;
}

static void
test_scan(struct store *s, enum table t)
{
	struct bytes from = bytes_of("scan", 4), below = bytes_of("scao", 4);
	char v = 0;

	is_int(set(s, t, "scan", "a"), 0, "a row");
	is_int(set(s, t, "scan", "b"), 0, "changed in the same turn");
	is_int(store_scan(s, t, from, below, STORE_UP, count_each, &v), 0,
	    "a range with it");
	is_int(v, 'b', "has it as it is");
	is_int(set(s, t, "scan", "c"), 0, "changed behind the scan");
	store_turn(s, 6);
	v = 0;
	is_int(store_scan(s, t, from, below, STORE_UP, count_each, &v), 0,
	    "again");
	is_int(v, 'c', "the newest");
	is_int(set(s, t, "scan", "d"), 0, "changed");
	is_int(store_del(s, t, from), 0, "and removed in the same turn");
	store_turn(s, 7);
	v = 0;
	is_int(store_scan(s, t, from, below, STORE_UP, count_each, &v), 0,
	    "after that");
	is_int(v, 0, "there is none");
}

int
main(void)
{
	static const struct store_events on = {on_kept, on_lost};
	struct store *s;
	char why[160];

	if (store_open(&s, "ram", "/", &on, NULL, why) != 0)
		bail("%s", why);
	test_life(s, TABLE_log);
	test_lost(s, TABLE_usage);
	test_many(s, TABLE_log);
	test_scan(s, TABLE_usage);
	test_blob(s);
	store_close(s);
	return done();
}
