/* SPDX-License-Identifier: ISC */
/*
 * Blobs whose size is not known when they begin: they grow and pay in steps,
 * are cut back, end once and are then like any other; a crash leaves what was
 * acknowledged and nothing behind it; readers that take what they get share
 * one file, and those that don't are held.
 * floor: relay
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"
#include "relay_help.h"

#define PART WIRE_BLOB_PART

/* Asks; the number of done or fail goes to *n. */
static int
ask(struct dev *d, struct msg *m, uint64_t *n)
{
	const struct msg *a = NULL;
	int err = dev_ask(d, m, &a);

	*n = a == NULL ? 0 : a->code == MSG_fail ? a->fail.number :
	    a->done.number;
	return err;
}

static int
begin(struct dev *d, const struct dev_caps *c, uint64_t size, uint64_t *n)
{
	struct msg m = {.code = MSG_blob_put};

	memcpy(m.blob_put.id, c->id, WIRE_KEY);
	memcpy(m.blob_put.delete_hash, c->del_hash, HASH32);
	m.blob_put.size = size;
	return ask(d, &m, n);
}

static int
part(struct dev *d, const struct dev_caps *c, uint64_t offset, const uint8_t *p,
    size_t size, uint64_t *n)
{
	struct msg m = {.code = MSG_blob_data};

	memcpy(m.blob_data.id, c->id, WIRE_KEY);
	m.blob_data.offset = offset;
	m.blob_data.data = bytes_of(p + offset, size);
	return ask(d, &m, n);
}

static int
cut(struct dev *d, const struct dev_caps *c, uint64_t size, uint64_t *n)
{
	struct msg m = {.code = MSG_blob_cut};

	memcpy(m.blob_cut.id, c->id, WIRE_KEY);
	m.blob_cut.size = size;
	return ask(d, &m, n);
}

static int
end(struct dev *d, const struct dev_caps *c, uint64_t size, uint64_t *n)
{
	struct msg m = {.code = MSG_blob_end};

	memcpy(m.blob_end.id, c->id, WIRE_KEY);
	m.blob_end.size = size;
	return ask(d, &m, n);
}

static int
get(struct dev *d, const struct dev_caps *c, uint64_t offset,
    const struct msg **a)
{
	struct msg m = {.code = MSG_blob_get};

	memcpy(m.blob_get.read, c->read, KEY_SIZE);
	m.blob_get.offset = offset;
	m.blob_get.length = PART;
	return dev_ask(d, &m, a);
}

static int
del(struct dev *d, const struct dev_caps *c)
{
	struct msg m = {.code = MSG_blob_delete};
	uint64_t n;

	memcpy(m.blob_delete.id, c->id, WIRE_KEY);
	memcpy(m.blob_delete.delete, c->del, KEY_SIZE);
	return ask(d, &m, &n);
}

static char *
file_of(const struct desk *w, const struct dev_caps *c)
{
	char hex[2 * WIRE_KEY + 1];

	hex_put(hex, c->id, WIRE_KEY);
	return mem_format("%s/blobs/%s", w->dir, hex);
}

static int64_t
file_size(const struct desk *w, const struct dev_caps *c)
{
	char *path = file_of(w, c);
	struct stat st;
	int64_t n = stat(path, &st) == 0 ? (int64_t)st.st_size : -1;

	free(path);
	return n;
}

static void
test_grows(struct dev *a, struct dev *b, const uint8_t *p)
{
	struct dev_caps c = dev_caps(1);
	const struct msg *m;
	uint64_t n = 9;

	is_int(begin(a, &c, 0, &n), 0, "one of no size");
	is_int(n, 0, "nothing of it yet");
	is_int(part(a, &c, 0, p, PART, &n), 0, "a part");
	is_int(part(a, &c, PART, p, 1000, &n), 0, "another");
	is_int(n, PART + 1000, "both are there");
	is_int(get(b, &c, 0, &m), ERR_NONE, "nobody reads it yet");
	is_int(end(b, &c, PART + 1000, &n), ERR_NONE, "nor ends it");
	is_int(cut(b, &c, 0, &n), ERR_NONE, "nor cuts it");
	dev_hang(a);
	dev_dial(a);
	is_int(begin(a, &c, 0, &n), 0, "after a break");
	is_int(n, PART + 1000, "it goes on where it was");
	is_int(begin(a, &c, 5, &n), ERR_EXISTS, "but gets no size now");
	is_int(cut(a, &c, PART + 1001, &n), ERR_RANGE, "longer it is not cut");
	is_int(cut(a, &c, PART, &n), 0, "back to the first part");
	is_int(part(a, &c, PART, p + 7, 500, &n), 0, "other bytes behind it");
	is_int(end(a, &c, PART, &n), ERR_RANGE, "its end is where it is");
	is_int(n, PART + 500, "and that is said");
	is_int(end(a, &c, PART + 500, &n), 0, "there");
	is_int(end(a, &c, PART + 500, &n), 0, "once more is the same");
	is_int(begin(a, &c, 0, &n), 0, "it is found");
	is_int(n, PART + 500, "and whole");
	is_int(cut(a, &c, 0, &n), ERR_STATE, "it is never cut again");
	is_int(part(a, &c, PART + 500, p, 10, &n), ERR_RANGE, "nor grows");
	is_int(get(b, &c, PART, &m), 0, "now it is read");
	ok(m->blob_part.size == PART + 500 && bytes_same(m->blob_part.data,
	    bytes_of(p + 7 + PART, 500)), "with the bytes sent last");
}

static void
test_pays(struct desk *w, struct dev *a, const uint8_t *p)
{
	uint64_t n, at = 0, was = usage_get(w->relay, USAGE_BLOB_BYTES,
	    a->account);
	struct dev_caps c = dev_caps(2), d = dev_caps(3);
	int err;

	is_int(begin(a, &c, 0, &n), 0, "a second one");
	is_int(usage_get(w->relay, USAGE_BLOB_BYTES, a->account) - was,
	    BLOB_STEP, "pays a step ahead");
	while ((err = part(a, &c, at, p, PART, &n)) == 0 && at < (4u << 20))
		at = n;
	is_int(err, ERR_QUOTA, "it grows until the quota is full (T57)");
	ok(at > (1u << 20) - was - PART && at <= (1u << 20) - was,
	    "not before, and not beyond: %llu bytes",
	    (unsigned long long)at);
	is_int(begin(a, &d, 0, &n), ERR_QUOTA, "a third has no room");
	is_int(cut(a, &c, 100, &n), 0, "cut short");
	is_int(begin(a, &d, 0, &n), 0, "the third has");
	is_int(del(a, &d), 0, "and goes");
	is_int(end(a, &c, 100, &n), 0, "the second ends");
	is_int(usage_get(w->relay, USAGE_BLOB_BYTES, a->account) - was, 100,
	    "and pays for what it is");
	is_int(desk_audit(w), 0, "the books are right");
	is_int(del(a, &c), 0, "it goes");
}

static void
test_big(struct desk *w, struct dev *a, const uint8_t *p)
{
	struct dev_caps c = dev_caps(4);
	uint64_t n, at = 0;
	int err;

	w->relay->limits.blob_size = 300000;
	is_int(begin(a, &c, 300001, &n), ERR_BIG, "larger than one may be");
	is_int(begin(a, &c, 0, &n), 0, "of no size");
	while ((err = part(a, &c, at, p, PART, &n)) == 0 && at < (1u << 20))
		at = n;
	is_int(err, ERR_BIG, "it grows up to that");
	is_int(del(a, &c), 0, "and goes");
	w->relay->limits.blob_size = 1u << 30;
}

static void
test_time(struct desk *w, struct dev *a, const uint8_t *p)
{
	struct dev_caps c = dev_caps(5);
	uint64_t n, was = usage_get(w->relay, USAGE_BLOB_BYTES, a->account);
	int i, err = begin(a, &c, 0, &n);

	for (i = 0; i < 6 && err == 0; i++) {
		err = part(a, &c, (uint64_t)i * 10, p, 10, &n);
		desk_pass(w, BLOB_UNDONE_KEEP / 2);
		desk_pass(w, RELAY_SWEEP_MS + 1);
		dev_back(a);
	}
	is_int(err, 0, "three days, with a part twice a day: it stays");
	desk_pass(w, BLOB_UNDONE_KEEP);
	desk_pass(w, RELAY_SWEEP_MS + 1);
	dev_back(a);
	is_int(part(a, &c, 60, p, 10, &n), ERR_NONE, "a day without: it goes");
	is_int(usage_get(w->relay, USAGE_BLOB_BYTES, a->account), was,
	    "and pays no more");
	is_int(file_size(w, &c), -1, "no file is left");
}

static void
test_status(struct desk *w, struct dev *b)
{
	struct dev_caps c = dev_caps(1);
	struct buf out = {0};

	is_int(get(b, &c, 0, NULL), 0, "somebody reads");
	control_line(w->relay, "status", &out);
	buf_u8(&out, 0);
	ok(strstr((char *)out.p, "\nblobs 1\nblob-bytes 49652\n"
	    "uploads-under-way 0\nblob-readers 1\n") != NULL,
	    "status tells of it");
	desk_pass(w, BLOB_READS_MS + 1);
	buf_clear(&out);
	control_line(w->relay, "status", &out);
	buf_u8(&out, 0);
	ok(strstr((char *)out.p, "\nblob-readers 0\n") != NULL,
	    "and that nobody does");
	buf_free(&out);
}

/* What was acknowledged is in the file; what stands behind it goes. */
static void
test_torn(struct desk *w, struct dev *a, const uint8_t *p)
{
	struct dev_caps c = dev_caps(6);
	char *path = file_of(w, &c);
	uint64_t n;
	int fd;

	is_int(begin(a, &c, 0, &n), 0, "an upload");
	is_int(part(a, &c, 0, p, 40000, &n), 0, "a part");
	is_int(part(a, &c, 40000, p, 40000, &n), 0, "and one that");
	is_int(cut(a, &c, 50000, &n), 0, "is cut in its middle");
	is_int(file_size(w, &c), 50000, "so is the file");
	dev_hang(a);
	desk_stop(w);
	fd = open(path, O_WRONLY | O_APPEND);
	is_int(write(fd, p, 777), 777, "a part that was never kept");
	(void)close(fd);
	desk_start(w);
	dev_dial(a);
	is_int(file_size(w, &c), 50000, "is cut off at the next start");
	is_int(begin(a, &c, 0, &n), 0, "it goes on");
	is_int(n, 50000, "from what was acknowledged");
	is_int(del(a, &c), 0, "and goes");
	free(path);
}

/* One that asks for 400 parts in one breath and reads none (T56). */
static void
test_glut(struct desk *w, struct dev *a, struct dev *b, const uint8_t *p)
{
	struct msg m = {.code = MSG_blob_get};
	const struct peer *peer;
	struct dev_caps c = dev_caps(7);
	size_t i, held, parts = 0;
	uint64_t n;

	is_int(begin(a, &c, PART, &n), 0, "a blob");
	is_int(part(a, &c, 0, p, PART, &n), 0, "of a part");
	dev_clear(b);
	link_pause(b->link, true);
	memcpy(m.blob_get.read, c.read, KEY_SIZE);
	m.blob_get.length = PART;
	for (i = 0; i < 400; i++) {
		m.blob_get.req = 5000 + (uint32_t)i;
		if (link_put(b->link, 1, &m) != 0)
			break;
	}
	link_say(b->link, 1);           /* all of them in one record */
	for (i = 0; i < 50; i++)
		desk_turn(w);
	peer = peers_of(w->relay, b->account, b->device);
	held = peer != NULL ? link_held(peer->link) : SIZE_MAX;
	ok(held < LINK_HELD_HARD, "what waits for who does not read stays "
	    "small: %zu bytes (T56)", held);
	if (b->link != NULL)
		link_pause(b->link, false);
	for (i = 0; i < 100; i++)
		desk_turn(w);
	ok(b->link != NULL, "it is not cut off, but told to ask again (T56)");
	while (dev_next(b, MSG_blob_part) != NULL)
		parts++;
	dev_clear(b);
	ok(parts > 10, "and gets what was asked for first: %zu parts", parts);
}

static void
test_on(const char *store)
{
	uint8_t *p = mem_alloc(4u << 20);
	struct dev a, b;
	struct desk w;

	note("store %s", store);
	rng_fill(&rng_system, p, 4u << 20);
	desk_open(&w, store, "blob-quota", "1m", "rate", "100000", "burst",
	    "100000", "address-rate", "100000", "address-burst", "100000",
	    NULL);
	dev_join(&a, &w, "alice");
	dev_join(&b, &w, "bob");
	test_grows(&a, &b, p);
	test_pays(&w, &a, p);
	test_big(&w, &a, p);
	test_status(&w, &b);
	test_time(&w, &a, p);
	dev_back(&b);
	test_glut(&w, &a, &b, p);
	if (strcmp(store, "sqlite") == 0)
		test_torn(&w, &a, p);
	is_int(desk_audit(&w), 0, "the books are right");
	dev_free(&a);
	dev_free(&b);
	desk_close(&w);
	free(p);
}

int
main(void)
{
	test_on("ram");
	test_on("sqlite");
	return done();
}
