/* SPDX-License-Identifier: ISC */
/*
 * One suite for every row of store.def: what tables and blobs do, and what is
 * left of a turn that was kept or lost. Then what each driver alone can show.
 * floor: relay
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"
#include "relay.h"

struct told {
	uint64_t kept, lost;
	unsigned kept_n, lost_n;
};

static void
on_kept(void *arg, uint64_t turn)
{
	struct told *t = arg;

	t->kept = turn;
	t->kept_n++;
}

static void
on_lost(void *arg, uint64_t turn, int err, const char *why)
{
	struct told *t = arg;

	(void)err;
	(void)why;
	t->lost = turn;
	t->lost_n++;
}

static char *
folder(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = mem_format("%s/store.XXXXXX", tmp ? tmp : "/tmp");

	if (!mkdtemp(dir))
		bail("no folder for the test");
	return dir;
}

static void
sweep(char *dir)
{
	char *rm = mem_format("rm -rf '%s'", dir);

	if (system(rm) != 0)
		note("left behind: %s", dir);
	free(rm);
	free(dir);
}

static struct store *
store_with(const char *kind, const char *dir, struct told *t)
{
	static const struct store_events on = {on_kept, on_lost};
	struct store *s;
	char why[160];
	int err = store_open(&s, kind, dir, &on, t, why);

	if (err)
		bail("%s: %s", kind, why);
	return s;
}

static struct bytes
text(const char *s)
{
	return bytes_of(s, strlen(s));
}

static bool
has(struct store *s, enum table t, const char *key, const char *value)
{
	struct buf b = {0};
	int err = store_get(s, t, text(key), &b);
	bool same = !err && bytes_same(buf_view(&b), text(value));

	buf_free(&b);
	return same;
}

static bool
each(void *arg, struct bytes key, struct bytes value)
{
	struct buf *b = arg;

	buf_bytes(b, key);
	buf_u8(b, '=');
	buf_bytes(b, value);
	buf_u8(b, ' ');
	return b->n < 40;
}

static void
is_scan(struct store *s, const char *from, const char *below,
    enum store_way way, const char *want, const char *name)
{
	struct buf b = {0};

	if (store_scan(s, TABLE_name, text(from), text(below), way, each, &b))
		buf_string(&b, "failed");
	buf_u8(&b, 0);
	is_str((char *)b.p, want, "%s", name);
	buf_free(&b);
}

static void
test_tables(struct store *s, struct told *t)
{
	struct buf b = {0};

	is_int(store_get(s, TABLE_name, text("a"), &b), ERR_NONE, "nothing");
	is_int(store_put(s, TABLE_name, text("a"), text("1")), 0, "a value");
	ok(has(s, TABLE_name, "a", "1"), "reads see it before it is kept");
	ok(!has(s, TABLE_log, "a", "1"), "in its own table only");
	is_int(store_put(s, TABLE_name, text("a"), text("one")), 0, "another");
	ok(has(s, TABLE_name, "a", "one"), "in its place");
	is_int(store_put(s, TABLE_name, text("e"), bytes_of(NULL, 0)), 0,
	    "an empty value");
	ok(has(s, TABLE_name, "e", ""), "is a value");
	store_turn(s, 1);
	is_int(t->kept, 1, "the turn is kept");
	is_int(store_del(s, TABLE_name, text("e")), 0, "removed");
	is_int(store_del(s, TABLE_name, text("e")), 0, "twice is the same");
	ok(!store_has(s, TABLE_name, text("e")), "gone");
	store_turn(s, 2);
	is_int(t->kept, 2, "kept");
	store_turn(s, 3);
	is_int(t->kept, 3, "a turn of nothing is kept too");
	buf_free(&b);
}

static void
test_scan(struct store *s)
{
	int err = 0;

	err |= store_put(s, TABLE_name, text("b"), text("2"));
	err |= store_put(s, TABLE_name, text("ab"), text("3"));
	err |= store_put(s, TABLE_name, text("\xff"), text("4"));
	err |= store_put(s, TABLE_name, text("\xff\xff"), text("5"));
	is_int(err, 0, "some keys");
	is_scan(s, "", "\xff\xff\xff", STORE_UP,
	    "a=one ab=3 b=2 \xff=4 \xff\xff=5 ", "in the order of bytes");
	is_scan(s, "a", "b", STORE_UP, "a=one ab=3 ", "from, and below");
	is_scan(s, "a", "\xff", STORE_DOWN, "b=2 ab=3 a=one ", "downwards");
	is_scan(s, "ab", "ab", STORE_UP, "", "an empty range");
	is_scan(s, "b", "a", STORE_UP, "", "a range the wrong way round");
	store_turn(s, 4);
}

static void
test_blobs(struct store *s)
{
	uint8_t id[WIRE_KEY] = {1}, other[WIRE_KEY] = {2};
	struct buf b = {0};

	is_int(store_blob_write(s, id, 0, text("hello ")), 0, "a part");
	is_int(store_blob_write(s, id, 6, text("world")), 0, "and the next");
	store_turn(s, 5);
	is_int(store_blob_read(s, id, 0, 11, &b), 0, "read");
	ok(bytes_same(buf_view(&b), text("hello world")), "the same");
	buf_clear(&b);
	is_int(store_blob_read(s, id, 4, 3, &b), 0, "a range");
	ok(bytes_same(buf_view(&b), text("o w")), "of it");
	ok(store_blob_read(s, id, 6, 6, &b) != 0 && b.n == 3,
	    "beyond the end: nothing");
	is_int(store_blob_read(s, other, 0, 1, &b), ERR_NONE, "another id");
	store_blob_drop(s, id);
	store_turn(s, 6);
	is_int(store_blob_read(s, id, 0, 1, &b), ERR_NONE, "dropped");
	store_blob_drop(s, id);
	is_int(store_blob_write(s, id, 0, text("again")), 0,
	    "dropped and written in one turn");
	store_turn(s, 7);
	buf_clear(&b);
	is_int(store_blob_read(s, id, 0, 5, &b), 0, "is there");
	buf_free(&b);
}

static void
test_suite(const char *kind)
{
	char *dir = folder();
	struct told t = {0};
	struct store *s = store_with(kind, dir, &t);

	note("store %s", kind);
	test_tables(s, &t);
	test_scan(s);
	test_blobs(s);
	is_int(t.lost_n, 0, "nothing was lost");
	store_close(s);
	sweep(dir);
}

/* A turn that fails half way leaves nothing, and nothing is taken until the
 * store is well again. */
static void
check_lost(struct store *s, struct told *t, void (*fail)(struct store *, bool),
    struct bytes big)
{
	int i, err;

	is_int(store_put(s, TABLE_name, text("kept"), text("1")), 0, "before");
	store_turn(s, 10);
	is_int(t->kept, 10, "kept");
	is_int(store_put(s, TABLE_name, text("half"), text("1")), 0, "half");
	is_int(store_del(s, TABLE_name, text("kept")), 0, "of a turn");
	is_int(store_put(s, TABLE_name, text("kept"), text("2")), 0, "more");
	fail(s, true);
	for (i = 0, err = 0; i < 40 && !err; i++)
		err = store_put(s, TABLE_log, bytes_of(&i, sizeof(i)), big);
	store_turn(s, 11);
	is_int(t->lost, 11, "the turn is lost");
	is_int(t->kept, 10, "and not kept");
	ok(s->sick, "the store says so");
	ok(has(s, TABLE_name, "kept", "1"), "what was kept is as it was");
	ok(!store_has(s, TABLE_name, text("half")), "no half of it is there");
	is_int(store_put(s, TABLE_name, text("x"), text("1")), ERR_IO,
	    "nothing is taken");
	store_turn(s, 12);
	is_int(t->kept, 12, "turns that write nothing go on");
	ok(store_heal(s) != 0, "it can't heal yet");
	fail(s, false);
	is_int(store_heal(s), 0, "it heals");
	is_int(store_put(s, TABLE_name, text("x"), text("1")), 0, "takes");
	store_turn(s, 13);
	is_int(t->kept, 13, "and keeps");
	ok(has(s, TABLE_name, "x", "1"), "there");
}

static void
fail_ram(struct store *s, bool on)
{
	store_ram_fail(s, on ? ERR_IO : 0);
}

static struct rlimit file_limit;

static void
fail_disk(struct store *s, bool on)
{
	struct rlimit l = file_limit;

	(void)s;
	if (on)
		l.rlim_cur = 1 << 16;
	if (setrlimit(RLIMIT_FSIZE, &l) != 0)
		bail("setrlimit");
}

static void
test_lost(const char *kind, void (*fail)(struct store *, bool))
{
	uint8_t *big = mem_alloc(256 * 1024);
	char *dir = folder();
	struct told t = {0};
	struct store *s = store_with(kind, dir, &t);

	note("store %s, failing", kind);
	check_lost(s, &t, fail, bytes_of(big, 256 * 1024));
	store_close(s);
	sweep(dir);
	free(big);
}

/* Reports that come late: turns overlap. */
static void
test_overlap(void)
{
	struct told t = {0};
	struct store *s = store_with("ram", "", &t);
	int err = 0;

	store_ram_hold(s, true);
	err |= store_put(s, TABLE_name, text("a"), text("1"));
	store_turn(s, 1);
	err |= store_put(s, TABLE_name, text("a"), text("2"));
	store_turn(s, 2);
	err |= store_put(s, TABLE_name, text("a"), text("3"));
	store_turn(s, 3);
	is_int(err, 0, "three turns");
	is_int(t.kept_n, 0, "none reported");
	ok(has(s, TABLE_name, "a", "3"), "reads see the last");
	store_ram_release(s, 1);
	is_int(t.kept, 1, "the first is kept");
	store_ram_fail(s, ERR_IO);
	store_ram_release(s, 1);
	is_int(t.lost_n, 2, "the second is lost, and the third with it");
	ok(has(s, TABLE_name, "a", "1"), "what was kept is there");
	is_int(t.kept, 1, "and no more was reported");
	store_close(s);
}

static bool
blob_lies(const char *dir, const uint8_t *id)
{
	char hex[2 * WIRE_KEY + 1], *path;
	bool there;

	hex_put(hex, id, WIRE_KEY);
	path = mem_format("%s/blobs/%s", dir, hex);
	there = access(path, F_OK) == 0;
	free(path);
	return there;
}

/* kill -9: what was kept is there, the rest is not, and no file is orphaned. */
static void
test_crash(void)
{
	uint8_t id[WIRE_KEY] = {1}, orphan[WIRE_KEY] = {2};
	struct bytes key = bytes_of(id, sizeof(id));
	char *dir = folder();
	struct told t = {0};
	struct store *s;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		s = store_with("sqlite", dir, &t);
		if (store_put(s, TABLE_blob, key, text("row")) ||
		    store_blob_write(s, id, 0, text("blob")))
			_exit(1);
		store_turn(s, 1);
		if (store_put(s, TABLE_name, text("a"), text("1")) ||
		    store_blob_write(s, orphan, 0, text("blob")))
			_exit(1);
		if (t.kept == 1)
			(void)raise(SIGKILL);
		_exit(2);
	}
	ok(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status), "killed");
	ok(blob_lies(dir, orphan), "a file without a row");
	s = store_with("sqlite", dir, &t);
	ok(store_has(s, TABLE_blob, key), "the kept turn is there");
	ok(!store_has(s, TABLE_name, text("a")), "the open one is not");
	ok(blob_lies(dir, id), "the blob is there");
	ok(!blob_lies(dir, orphan), "the orphan was removed");
	store_close(s);
	sweep(dir);
}

/* So many descriptors more, and no other: what it was before */
static struct rlimit
few_more(rlim_t n)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct rlimit was, few;

	if (fd < 0 || getrlimit(RLIMIT_NOFILE, &was) != 0)
		bail("descriptors");
	close(fd);
	few = was;
	few.rlim_cur = (rlim_t)fd + n;
	if (setrlimit(RLIMIT_NOFILE, &few) != 0)
		bail("setrlimit");
	return was;
}

/* What is kept open for readers must not be missed by who writes, or reads
 * another: a write that fails takes a whole turn with it. */
static void
test_few(void)
{
	char *dir = folder();
	struct told t = {0};
	struct store *s = store_with("sqlite", dir, &t);
	uint8_t id[WIRE_KEY] = {7};
	unsigned wrote = 0, read = 0, again = 0;
	struct buf b = {0};
	struct rlimit was;

	for (id[1] = 0; id[1] < 70; id[1]++)
		wrote += store_blob_write(s, id, 0, text("film")) == 0;
	store_turn(s, 1);
	was = few_more(8);
	for (id[1] = 0; id[1] < 70; id[1]++)
		read += store_blob_read(s, id, 0, 4, &b) == 0;
	for (; id[1] < 100; id[1]++)
		again += store_blob_write(s, id, 0, text("film")) == 0;
	store_turn(s, 2);
	(void)setrlimit(RLIMIT_NOFILE, &was);
	is_int(wrote, 70, "70 blobs");
	is_int(read, 70, "are all read with 8 descriptors (T47)");
	is_int(again, 30, "and others written");
	is_int(t.lost_n, 0, "no turn is lost of it");
	buf_free(&b);
	store_close(s);
	sweep(dir);
}

static void
test_refused(void)
{
	static const struct store_events on = {on_kept, on_lost};
	char *dir = folder(), *path, why[160];
	struct store *s;

	is_int(store_open(&s, "papyrus", dir, &on, NULL, why), ERR_NONE,
	    "no such store");
	path = path_join(dir, "tacetd.db");
	is_int(path_write(path, text("this is a text and no database, long "
	    "enough to have the size of a header of one, which has 100 bytes "
	    "in all its glory")), 0, "junk");
	is_int(store_open(&s, "sqlite", dir, &on, NULL, why), ERR_FORMAT,
	    "is no database");
	free(path);
	sweep(dir);
}

int
main(void)
{
	size_t i;

	(void)signal(SIGXFSZ, SIG_IGN);
	if (getrlimit(RLIMIT_FSIZE, &file_limit) != 0 || seal_start() != 0)
		bail("the system");
	for (i = 0; i < store_rows; i++)
		test_suite(store_row[i].name);
	test_lost("ram", fail_ram);
	test_lost("sqlite", fail_disk);
	test_overlap();
	test_crash();
	test_few();
	test_refused();
	return done();
}
