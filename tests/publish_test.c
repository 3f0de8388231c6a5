/* SPDX-License-Identifier: ISC */
/*
 * Publishing, with a stand-in for the media helper: what a friend reads at the
 * relay is the film, piece by piece, whatever died on the way; what can't be
 * published leaves nothing.
 * floor: all
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "film.h"
#include "pair.h"
#include "strip.h"
#include "tap.h"

#define WAIT_MS 60000

static struct pair w;
static size_t alice, bob;
static char dir[] = "/tmp/publish.XXXXXX";

static char *
file(const char *name, const char *text)
{
	char *path = path_join(dir, name);
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		bail("%s: %s", path, strerror(errno));
	return path;
}

/* The test's folder goes as it came. */
static void
sweep(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		(void)closedir(d);
	if (rmdir(dir) != 0)
		note("%s stays: %s", dir, strerror(errno));
}

static int
publish(const char *path, char **why)
{
	return client_publish(w.who[alice].c, pair_talk(&w, alice, "bob"),
	    path, why);
}

/* Turns until the client that publishes is done with so many files. */
static const struct publish_result *
result(size_t i)
{
	int64_t end = clock_mono(&clock_system) + WAIT_MS;
	const struct publish_result *r = NULL;

	while (w.who[alice].c != NULL &&
	    (r = client_published(w.who[alice].c, i)) == NULL &&
	    clock_mono(&clock_system) < end)
		pair_turn(&w, 10);
	return r;
}

static const struct film *
find(size_t i, const char *name)
{
	const struct film *f, *found = NULL;
	size_t k;

	for (k = 0; (f = client_film_at(w.who[i].c, k)) != NULL; k++)
		if (strcmp(f->name.s, name) == 0 && f->state == FILM_THERE)
			found = f;
	return found;
}

static const char *wanted;

static bool
is_there(void *arg)
{
	(void)arg;
	return find(bob, wanted) != NULL;
}

/* ---- what a viewer would read --------------------------------------------- */

static uint8_t *
read_blob(const uint8_t cap[static KEY_SIZE], size_t *n)
{
	struct bytes b = bytes_of(cap, KEY_SIZE);
	char hex[2 * KEY_SIZE + 1], *path;
	uint8_t id[KEY_SIZE], *p;
	struct stat st;
	int fd;

	hash_label("blob", &b, 1, id);
	hex_put(hex, id, KEY_SIZE);
	path = mem_format("%s/blobs/%s", w.desk.dir, hex);
	fd = open(path, O_RDONLY);
	free(path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	*n = (size_t)st.st_size;
	p = mem_alloc(*n);
	if (pread(fd, p, *n, 0) != st.st_size)
		*n = 0;
	(void)close(fd);
	return p;
}

static unsigned
wrong_pieces(const struct film *f, const struct index *x, const uint8_t *p,
    const struct strip *r)
{
	const struct index_part *part;
	struct buf plain = {0}, want = {0};
	struct film_key k;
	struct segment s;
	unsigned wrong = 0;
	uint32_t n;
	uint8_t row;

	memcpy(k.id, f->id, FILM_ID);
	memcpy(k.key, f->key, KEY_SIZE);
	for (n = 0; n < x->segments; n++)
		for (row = 0; row < x->rows; row++) {
			part = index_part(x, n, row);
			strip_segment(r, row, n, &want);
			wrong += film_open(&k, x, row, n, bytes_of(p +
			    part->offset, part->length), &plain, &s) !=
			    FILM_GOOD || !bytes_same(buf_view(&plain),
			    buf_view(&want));
		}
	buf_free(&plain);
	buf_free(&want);
	return wrong;
}

static void
check_film(const struct film *f, const struct strip *r, const char *what)
{
	struct film_key k;
	struct index x;
	size_t n = 0;
	uint8_t *p = f != NULL ? read_blob(f->read, &n) : NULL;

	if (!ok(p != NULL && n == f->at + f->size, "%s: all of it is there",
	    what)) {
		free(p);
		return;
	}
	memcpy(k.id, f->id, FILM_ID);
	memcpy(k.key, f->key, KEY_SIZE);
	is_int(film_index_open(&k, f->hash, f->at, bytes_of(p + f->at,
	    f->size), &x), FILM_GOOD, "%s: its index opens", what);
	is_int(x.segments * x.rows, r->segments * r->rows,
	    "%s: with all pieces", what);
	is_int(x.length, strip_length(r), "%s: and its length", what);
	is_int(wrong_pieces(f, &x, p, r), 0, "%s: each piece is right", what);
	index_free(&x);
	free(p);
}

/* Publishes, and reads it as the friend would. */
static void
check_published(size_t i, const char *name, const char *text, const char *what)
{
	const struct publish_result *done = result(i);
	struct strip r;

	if (!ok(done != NULL && done->film != 0, "%s: it is published", what)) {
		note("%s", done != NULL ? done->why : "no end");
		return;
	}
	wanted = name;
	ok(pair_until(&w, is_there, NULL), "%s: its card comes", what);
	if (!strip_read(text, &r))
		bail("no strip");
	check_film(find(bob, name), &r, what);
}

static unsigned
blobs(void)
{
	return (unsigned)blobs_count(w.desk.relay)->n;
}

/* ---- the tests ------------------------------------------------------------ */

static void
test_plain(void)
{
	static const char text[] = "strip 3 7 60000";
	char *path = file("plain.mp4", text), *why = NULL;

	is_int(publish(path, &why), 0, "a film is published");
	check_published(0, "plain", text, "a film");
	is_int(usage_get(w.desk.relay, USAGE_BLOB_BYTES,
	    client_account(w.who[alice].c)),
	    find(alice, "plain")->at + find(alice, "plain")->size,
	    "the account pays for what it is");
	free(path);
}

static size_t
results(void)
{
	size_t n = 0;

	while (client_published(w.who[alice].c, n) != NULL)
		n++;
	return n;
}

static bool
is_under_way(void *arg)
{
	struct publish_view v;

	return client_publishing(w.who[alice].c, &v) &&
	    v.sent > *(uint64_t *)arg;
}

static void
test_broken_link(void)
{
	static const char text[] = "strip 2 12 200000 slow-30";
	char *path = file("link.mp4", text), *why = NULL;
	uint64_t sent = 500000;
	size_t n = results();

	is_int(publish(path, &why), 0, "a film is begun");
	ok(pair_until(&w, is_under_way, &sent), "and under way");
	client_disconnect(w.who[alice].c);
	pair_turn(&w, 50);
	client_connect(w.who[alice].c);
	check_published(n, "link", text, "after a broken link");
	sent = 0;
	free(path);
}

static void
test_relay(void)
{
	static const char text[] = "strip 2 12 200000 slow-30";
	char *path = file("relay.mp4", text), *why = NULL;
	uint64_t sent = 500000;
	size_t n = results();

	is_int(publish(path, &why), 0, "a film is begun");
	ok(pair_until(&w, is_under_way, &sent), "and under way");
	pair_relay(&w, false);
	pair_turn(&w, 50);
	pair_relay(&w, true);
	client_connect(w.who[alice].c);
	check_published(n, "relay", text, "after the relay was down");
	free(path);
}

static uint64_t
bytes_taken(void)
{
	return w.desk.relay->count.metric[METRIC_blob_bytes_total];
}

/* What the relay had acknowledged and the store knows is not sent again. */
static void
test_crash(void)
{
	static const char text[] = "strip 2 12 200000 slow-30";
	char *path = file("crash.mp4", text), *why = NULL;
	uint64_t sent = 1500000, before = bytes_taken();
	const struct film *f;

	is_int(publish(path, &why), 0, "a film is begun");
	ok(pair_until(&w, is_under_way, &sent), "and under way");
	pair_kill(&w, alice);
	pair_start(&w, alice);
	if (!pair_online(&w, alice, ONLINE_ON))
		bail("not online");
	is_int(publish(path, &why), 0, "after a crash it goes on");
	check_published(0, "crash", text, "after a crash of the client");
	f = find(bob, "crash");
	before = bytes_taken() - before;
	ok(f != NULL && before < f->at + f->size + 1200000, "%llu bytes were "
	    "sent for %llu: what was kept is not sent again",
	    (unsigned long long)before,
	    (unsigned long long)(f != NULL ? f->at + f->size : 0));
	free(path);
}

static void
test_helper(void)
{
	static const char text[] = "strip 2 8 50000 crash-4";
	char *path = file("helper.mp4", text), *why = NULL;
	char *once = path_join(dir, "once");
	size_t n = results();

	if (setenv("TACET_STRIP_ONCE", once, 1) != 0)
		bail("setenv");
	is_int(publish(path, &why), 0, "a film is begun");
	check_published(n, "helper", text, "after a crash of the helper");
	(void)unsetenv("TACET_STRIP_ONCE");
	free(once);
	free(path);
}

/* Nothing of a film that failed is left anywhere. */
static void
test_fails(const char *name, const char *text, const char *words,
    const char *what)
{
	char *path = file(name, text), *why = NULL;
	size_t n = results(), films = client_films(w.who[alice].c);
	const struct publish_result *r;
	unsigned had = blobs();
	int i;

	is_int(publish(path, &why), 0, "%s is begun", what);
	r = result(n);
	ok(r != NULL && r->film == 0 && strstr(r->why, words) != NULL,
	    "%s is refused in words", what);
	note("%s", r != NULL && r->why != NULL ? r->why : "?");
	ok(client_screen(w.who[alice].c)->hint_bad && r != NULL &&
	    strcmp(client_screen(w.who[alice].c)->hint.s, r->why) == 0,
	    "and on the screen");
	for (i = 0; i < 200 && (blobs() != had ||
	    client_films(w.who[alice].c) != films); i++)
		pair_turn(&w, 10);
	is_int(blobs(), had, "%s: nothing is left at the relay", what);
	is_int(client_films(w.who[alice].c), films, "%s: nor here", what);
	free(path);
}

/* A place that can't be read is no lie of the helper, and not the end. */
static void
test_hurt(void)
{
	const char *text = "strip 2 9 50000 hurt-4";
	char *path = file("hurt.mp4", text), *why = NULL;
	const struct publish_result *r;
	size_t n = results();

	is_int(publish(path, &why), 0, "one with a broken middle is begun");
	check_published(n, "hurt", text, "one with a broken middle");
	r = client_published(w.who[alice].c, n);
	ok(r != NULL && r->why != NULL &&
	    strstr(r->why, "can't be read at 0:08") != NULL,
	    "and it is said where that is");
	free(path);
}

static void
test_refused(const char *path, int want, const char *what)
{
	char *why = NULL;

	is_int(publish(path, &why), want, "%s is no film", what);
	note("%s", why);
	free(why);
}

static void
test_files(void)
{
	char *fifo = path_join(dir, "fifo"), *empty = file("empty", "");

	if (mkfifo(fifo, 0600) < 0)
		bail("mkfifo");
	test_refused(dir, ERR_INPUT, "a folder");
	test_refused(fifo, ERR_INPUT, "a pipe");
	test_refused("/dev/zero", ERR_INPUT, "a device");
	test_refused("/nowhere/film", ERR_NONE, "nothing");
	test_refused(empty, ERR_INPUT, "an empty file");
	test_refused("pattern:0", ERR_INPUT, "a pattern of no time");
	test_refused("pattern:-1", ERR_INPUT, "a pattern of less");
	test_refused("pattern:20s", ERR_INPUT, "a pattern of what is no number");
	test_refused("pattern:4294967297", ERR_INPUT, "an endless pattern");
	free(fifo);
	free(empty);
}

/* T74: another file under the name, between and meanwhile */
static void
test_changed(void)
{
	static const char text[] = "strip 2 40 200000 slow-30";
	char *path = file("changed.mp4", text), *why = NULL;
	const struct publish_result *r;
	uint64_t sent = 500000;
	size_t n = results();
	unsigned had = blobs();
	int i;

	is_int(publish(path, &why), 0, "a film is begun");
	ok(pair_until(&w, is_under_way, &sent), "and under way");
	free(path);
	path = file("changed.mp4", "strip 2 40 200000 slow-31");
	r = result(n);
	ok(r != NULL && r->film == 0 && strstr(r->why, "was changed") != NULL,
	    "a film that changes meanwhile is not published (T74)");
	note("%s", r != NULL && r->why != NULL ? r->why : "?");
	for (i = 0; i < 500 && blobs() != had; i++)
		pair_turn(&w, 10);
	is_int(blobs(), had, "nothing is left of it");
	free(path);
}

static void
test_stopped(void)
{
	static const char text[] = "strip 2 40 200000 slow-30";
	char *path = file("stop.mp4", text), *why = NULL;
	unsigned had = blobs();
	uint64_t sent = 500000;
	struct publish_view v;
	int i;

	is_int(publish(path, &why), 0, "a film is begun");
	ok(pair_until(&w, is_under_way, &sent), "and under way");
	is_int(blobs(), had + 1, "the relay has something of it");
	client_publish_stop(w.who[alice].c);
	ok(!client_publishing(w.who[alice].c, &v), "it is stopped");
	for (i = 0; i < 500 && blobs() != had; i++)
		pair_turn(&w, 10);
	is_int(blobs(), had, "and nothing is left of it");
	free(path);
}

static void
test_quota(void)
{
	uint64_t was = w.desk.relay->limits.blob_quota;

	w.desk.relay->limits.blob_quota = usage_get(w.desk.relay,
	    USAGE_BLOB_BYTES, client_account(w.who[alice].c)) + 1000000;
	test_fails("quota.mp4", "strip 2 40 200000", "is used up",
	    "one without room");
	w.desk.relay->limits.blob_quota = was;
	w.desk.relay->limits.blob_size = 1000000;
	test_fails("big.mp4", "strip 2 40 200000", "larger than a film may be",
	    "one that is too large");
	w.desk.relay->limits.blob_size = was;
}

int
main(void)
{
	char *tool;

	if (mkdtemp(dir) == NULL)
		bail("mkdtemp");
	tool = path_join(getenv("TACET_BIN"), "tool/projector");
	if (setenv("TACET_MEDIA", tool, 1) != 0)
		bail("setenv");
	free(tool);
	pair_two(&w, &alice, &bob);
	test_files();
	test_plain();
	test_broken_link();
	test_relay();
	test_helper();
	test_fails("not.mp4", "nothing like it", "this is no film",
	    "what is no film");
	test_fails("broken.mp4", "strip 2 9 50000 fail-5", "it is broken",
	    "one that breaks off");
	test_hurt();
	test_fails("lie.mp4", "strip 2 9 50000 lie-5", "bug of tacet",
	    "a helper that lies (T80)");
	test_changed();
	test_stopped();
	test_quota();
	test_crash();
	pair_close(&w);
	sweep();
	return done();
}
