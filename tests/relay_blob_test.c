/* SPDX-License-Identifier: ISC */
/*
 * Blobs: sent in order and resumable, read in ranges by capability, gone by
 * capability or time; and every wrong key gets the same answer. Those whose
 * size is said at the end are in uploads_test. floor: relay
 */
#include "tap.h"
#include "relay_help.h"

static int
put(struct dev *d, const struct dev_caps *c, uint64_t size, uint32_t keep,
    uint64_t *have)
{
	struct msg m = {.code = MSG_blob_put};
	const struct msg *a = NULL;
	int err;

	memcpy(m.blob_put.id, c->id, WIRE_KEY);
	memcpy(m.blob_put.delete_hash, c->del_hash, HASH32);
	m.blob_put.size = size;
	m.blob_put.keep = keep;
	err = dev_ask(d, &m, &a);
	if (!err && have)
		*have = a->done.number;
	return err;
}

static int
data(struct dev *d, const struct dev_caps *c, uint64_t offset, const void *p,
    size_t n, uint64_t *have)
{
	struct msg m = {.code = MSG_blob_data};
	const struct msg *a = NULL;
	int err;

	memcpy(m.blob_data.id, c->id, WIRE_KEY);
	m.blob_data.offset = offset;
	m.blob_data.data = bytes_of(p, n);
	err = dev_ask(d, &m, &a);
	if (have && a)
		*have = a->code == MSG_fail ? a->fail.number : a->done.number;
	return err;
}

static int
get(struct dev *d, const uint8_t *cap, uint64_t offset, uint32_t n,
    const struct msg **a)
{
	struct msg m = {.code = MSG_blob_get};

	memcpy(m.blob_get.read, cap, KEY_SIZE);
	m.blob_get.offset = offset;
	m.blob_get.length = n;
	return dev_ask(d, &m, a);
}

static int
del(struct dev *d, const struct dev_caps *c, const uint8_t *cap)
{
	struct msg m = {.code = MSG_blob_delete};

	memcpy(m.blob_delete.id, c->id, WIRE_KEY);
	memcpy(m.blob_delete.delete, cap, KEY_SIZE);
	return dev_ask(d, &m, NULL);
}

static void
test_upload(struct dev *a, struct dev *b, const uint8_t *p)
{
	struct dev_caps c = dev_caps(1);
	const struct msg *m;
	uint64_t have = 9;

	is_int(put(a, &c, 100000, 0, &have), 0, "a blob");
	is_int(have, 0, "nothing of it yet");
	is_int(data(a, &c, 10, p, 10, &have), ERR_RANGE, "not from the start");
	is_int(have, 0, "it says where it stands");
	is_int(data(a, &c, 0, p, 40000, &have), 0, "the first part");
	is_int(get(a, c.read, 0, 10, NULL), ERR_NONE, "not yet readable");
	is_int(data(b, &c, 40000, p, 10, &have), ERR_NONE, "not by others");
	is_int(data(a, &c, 0, p, 40000, &have), 0, "the same part again");
	is_int(have, 40000, "counts once");
	dev_hang(a);
	dev_dial(a);
	is_int(put(a, &c, 100000, 0, &have), 0, "after a break");
	is_int(have, 40000, "it goes on where it was");
	is_int(put(a, &c, 99999, 0, &have), ERR_EXISTS, "not as another size");
	is_int(put(b, &c, 100000, 0, &have), ERR_EXISTS, "nor another's");
	is_int(data(a, &c, 40000, p + 40000, 40000, &have), 0, "more");
	is_int(data(a, &c, 80000, p + 80000, 20001, &have), ERR_RANGE,
	    "more than announced");
	is_int(data(a, &c, 80000, p + 80000, 20000, &have), 0, "the rest");
	is_int(have, 100000, "all of it");
	is_int(get(b, c.read, 39990, 20, &m), 0, "a range, by anyone with it");
	ok(m->blob_part.size == 100000 && m->blob_part.offset == 39990 &&
	    bytes_same(m->blob_part.data, bytes_of(p + 39990, 20)),
	    "across the parts");
	is_int(get(b, c.read, 99990, 1000, &m), 0, "near the end");
	ok(bytes_same(m->blob_part.data, bytes_of(p + 99990, 10)), "cut");
	is_int(get(b, c.read, 0, 100000, &m), 0, "more than a part holds");
	is_int(m->blob_part.data.n, WIRE_BLOB_PART, "is a part");
	is_int(get(b, c.read, 100000, 1, &m), ERR_RANGE, "beyond the end");
}

/* T93: guessing tells nothing. */
static void
test_caps(struct dev *a, struct dev *b)
{
	struct dev_caps c = dev_caps(1), none = dev_caps(2);
	const struct msg *m;
	struct bytes text;

	is_int(get(b, none.read, 0, 1, &m), ERR_NONE, "unknown");
	text = m->fail.text;
	is_int(get(b, c.del, 0, 1, &m), ERR_NONE, "the delete capability");
	ok(bytes_same(m->fail.text, text), "in the same words");
	is_int(get(b, c.id, 0, 1, &m), ERR_NONE, "the id itself");
	is_int(del(b, &c, c.read), ERR_NONE, "deleting with the read one "
	    "(T93)");
	is_int(del(b, &none, none.del), ERR_NONE, "deleting what is not there");
	is_int(del(b, &c, c.del), 0, "the right one");
	is_int(get(a, c.read, 0, 1, &m), ERR_NONE, "gone");
	ok(bytes_same(m->fail.text, text), "in the same words");
}

static void
test_quota(struct dev *a, struct dev *b)
{
	struct dev_caps c = dev_caps(3), d = dev_caps(4);

	is_int(put(a, &c, 200 * 1024, 0, NULL), 0, "200 KiB");
	is_int(put(a, &d, 100 * 1024, 0, NULL), ERR_QUOTA, "and 100 more: no");
	is_int(put(b, &d, 100 * 1024, 0, NULL), 0, "another account");
	is_int(put(a, &d, UINT64_MAX, 0, NULL), ERR_EXISTS, "taken");
	d = dev_caps(5);
	is_int(put(a, &d, UINT64_MAX, 0, NULL), ERR_QUOTA, "all there is: no");
	is_int(del(a, &c, c.del), 0, "room again");
	is_int(put(a, &d, 250 * 1024, 0, NULL), 0, "now");
	is_int(del(a, &d, d.del), 0, "gone again");
}

static void
test_time(struct desk *w, struct dev *a, const uint8_t *p)
{
	static const uint8_t one[WIRE_ID] = {1}, key[KEY_SIZE] = {2};
	struct dev_caps c = dev_caps(6), held = dev_caps(7),
	    undone = dev_caps(8);
	struct msg m = {.code = MSG_log_append};
	uint8_t entry[72] = {0};

	is_int(put(a, &c, 10, 3600, NULL), 0, "for an hour");
	is_int(data(a, &c, 0, p, 10, NULL), 0, "whole");
	is_int(put(a, &held, 10, 3600, NULL), 0, "another");
	is_int(put(a, &undone, 10, 3600, NULL), 0, "one never finished");
	is_int(dev_create(a, one, key), 0, "a log");
	memcpy(m.log_append.log, one, WIRE_ID);
	memset(m.log_append.id, 1, WIRE_ID);
	m.log_append.flags = ENTRY_BLOB;
	memcpy(entry, held.read, KEY_SIZE);
	m.log_append.entry = bytes_of(entry, sizeof(entry));
	is_int(dev_ask(a, &m, NULL), ERR_NONE, "an entry of a blob half there");
	is_int(data(a, &held, 0, p, 10, NULL), 0, "whole");
	is_int(dev_ask(a, &m, NULL), 0, "is taken when the blob is");
	is_int(get(a, c.read, 0, 1, NULL), 0, "there");
	desk_pass(w, 3601 * 1000);
	desk_pass(w, RELAY_SWEEP_MS + 1);
	dev_back(a);
	is_int(get(a, c.read, 0, 1, NULL), ERR_NONE, "over after the hour");
	is_int(get(a, held.read, 0, 1, NULL), 0, "an entry holds the other");
	is_int(put(a, &c, 250 * 1024 - 20, 0, NULL), 0, "the room is free");
	desk_pass(w, 91 * 86400000ll);
	desk_pass(w, RELAY_SWEEP_MS + 1);
	dev_back(a);
	is_int(get(a, held.read, 0, 1, NULL), ERR_NONE, "until the entry ends");
	is_int(usage_get(w->relay, USAGE_BLOB_BYTES, a->account), 0,
	    "nothing is left of all of them");
}

/* A file takes more of the disk than its bytes: of a byte each, a thousand times
 * the quota would lie here. */
static void
test_many(void)
{
	enum { N = 10 };
	struct dev_caps c = dev_caps(1), more = dev_caps(N + 1);
	struct dev a, b;
	struct desk w;
	uint8_t i;

	desk_open(&w, "ram", "blob-quota", "40k", NULL);
	dev_join(&a, &w, "alice");
	dev_join(&b, &w, "bob");
	for (i = 1; i <= N; i++) {
		c = dev_caps(i);
		if (put(&a, &c, 1, 0, NULL) != 0)
			break;
	}
	is_int(i - 1, N, "files of a byte, 40 KiB of blocks");
	is_int(put(&a, &more, 1, 0, NULL), ERR_QUOTA, "are all there is");
	is_int(put(&a, &c, 1, 0, NULL), 0, "the last once more is nothing new");
	is_int(put(&b, &more, 1, 0, NULL), 0, "another account has its own");
	is_int(del(&b, &more, more.del), 0, "which goes");
	is_int(del(&a, &c, c.del), 0, "one less");
	is_int(put(&a, &more, 1, 0, NULL), 0, "makes room for one");
	is_int(put(&a, &c, 1, 0, NULL), ERR_QUOTA, "and no more");
	is_int(desk_audit(&w), 0, "the books are right");
	desk_pass(&w, 2 * 86400000ll);
	desk_pass(&w, RELAY_SWEEP_MS + 1);
	is_int(usage_get(w.relay, USAGE_BLOBS, a.account), 0,
	    "what is over is not counted");
	dev_free(&a);
	dev_free(&b);
	desk_close(&w);
}

static void
test_on(const char *store)
{
	uint8_t *p = mem_alloc(100001);
	struct dev a, b;
	struct desk w;

	note("store %s", store);
	rng_fill(&rng_system, p, 100001);
	desk_open(&w, store, "blob-quota", "250k", NULL);
	dev_join(&a, &w, "alice");
	dev_join(&b, &w, "bob");
	test_upload(&a, &b, p);
	test_caps(&a, &b);
	test_quota(&a, &b);
	is_int(desk_audit(&w), 0, "the books are right");
	test_time(&w, &a, p);
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
	test_many();
	return done();
}
