/* SPDX-License-Identifier: ISC */
/*
 * What the relay answers about its directory, checked as a client does: each
 * lookup proven, each head an extension, all leaves replayed to the root, a
 * head for all that came in one turn, and a new one before it is a day old.
 * floor: relay
 */
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"
#include "relay_help.h"

#define CROWD 40

struct reader {                         /* what a client would remember */
	struct head head;
	uint8_t pin[PIN_SIZE];
};

static struct dev crowd[CROWD];

static int
read_head(struct reader *r, struct desk *w, struct bytes raw)
{
	struct head h;
	int err = head_get(raw, &h);

	if (!err && !head_pinned(&h, r->pin))
		err = ERR_PIN;
	if (!err)
		err = head_fresh(&h, clock_wall(&w->clock));
	if (!err)
		r->head = h;
	return err;
}

/* 0, or what a client would refuse it for. */
static int
look(struct reader *r, struct dev *d, const char *name, struct record *rec)
{
	struct msg m = {.code = MSG_lookup};
	const struct msg *a;
	int err;

	m.lookup.name = bytes_of(name, strlen(name));
	err = dev_ask(d, &m, &a);
	if (!err)
		err = read_head(r, d->w, a->record.head);
	if (!err)
		err = record_get(a->record.record, rec);
	if (!err)
		err = head_holds(&r->head, rec, a->record.number,
		    a->record.prev, a->record.proof);
	return err;
}

/* The newest head, and that it extends the one we know. */
static int
advance(struct reader *r, struct dev *d)
{
	struct msg m = {.code = MSG_head_get};
	struct head was = r->head;
	const struct msg *a;
	int err;

	m.head_get.from = was.size;
	err = dev_ask(d, &m, &a);
	if (!err)
		err = read_head(r, d->w, a->head.head);
	if (!err && was.size > 0)
		err = head_extends(&was, &r->head, a->head.proof);
	return err;
}

/* All leaves, page after page; how many, or ERR_*. */
static int64_t
replay(struct reader *r, struct dev *d, struct merkle_range *range,
    struct leaf *leaf)
{
	struct msg m = {.code = MSG_leaves_get};
	uint8_t hash[HASH32], root[HASH32];
	const struct msg *a;
	size_t i;
	int err;

	memset(range, 0, sizeof(*range));
	do {
		m.leaves_get.from = range->size;
		m.leaves_get.below = r->head.size;
		err = dev_ask(d, &m, &a);
		if (err)
			return err;
		for (i = 0; i < a->leaves.leaves.n; i += LEAF_SIZE) {
			err = leaf_get(bytes_of(a->leaves.leaves.p + i,
			    LEAF_SIZE), &leaf[range->size]);
			if (err)
				return err;
			leaf_hash(&leaf[range->size], hash);
			(void)merkle_add(range, hash, NULL, NULL);
		}
	} while (a->leaves.leaves.n > 0 && range->size < r->head.size);
	merkle_root(range, root);
	return memcmp(root, r->head.root, HASH32) == 0 ?
	    (int64_t)range->size : ERR_RULE;
}

static void
next_version(struct dev *d)
{
	struct msg m = {.code = MSG_record_put};
	struct record *r = &d->record;

	r->version++;
	memcpy(r->prev, r->hash, HASH32);
	buf_clear(&d->raw);
	if (record_put(r, d->account_secret, &d->raw) != 0)
		bail("record_put");
	m.record_put.record = buf_view(&d->raw);
	is_int(dev_ask(d, &m, NULL), 0, "%s has version %u", d->name,
	    (unsigned)r->version);
}

static void
test_lookups(struct desk *w, struct reader *r)
{
	struct record rec;
	size_t i, good = 0, extends = 0;
	char name[16];

	for (i = 0; i < CROWD; i++) {
		(void)snprintf(name, sizeof(name), "p%zu", i);
		dev_join(&crowd[i], w, name);
		extends += advance(r, &crowd[i]) == 0;
		good += look(r, &crowd[i], name, &rec) == 0 &&
		    memcmp(rec.hash, crowd[i].record.hash, HASH32) == 0;
	}
	is_int(good, CROWD, "who registers can be looked up, with proof");
	is_int(extends, CROWD, "each head extends the one before");
	for (i = good = 0; i < CROWD; i++) {
		(void)snprintf(name, sizeof(name), "p%zu", i);
		good += look(r, &crowd[0], name, &rec) == 0;
	}
	is_int(good, CROWD, "all of them, under the newest head");
	is_int(look(r, &crowd[0], "nobody", &rec), ERR_NONE, "and no other");
	is_int(r->head.size, CROWD, "a leaf each");
}

static void
test_chain(struct reader *r)
{
	struct leaf *leaf = mem_alloc((CROWD + 8) * sizeof(*leaf));
	struct merkle_range range;
	struct record rec;
	size_t i, first = 0;

	next_version(&crowd[3]);
	next_version(&crowd[5]);
	next_version(&crowd[3]);
	is_int(advance(r, &crowd[0]), 0, "the head moves on");
	is_int(r->head.size, CROWD + 3, "by three leaves");
	is_int(look(r, &crowd[0], "p3", &rec), 0, "the newest is found");
	is_int(rec.version, 3, "in its third version");
	is_int(replay(r, &crowd[0], &range, leaf), CROWD + 3,
	    "all leaves give the root");
	for (i = 0; i < CROWD; i++)
		first += leaf[i].prev == 0 && leaf[i].version == 1;
	is_int(first, CROWD, "first versions have none before them");
	is_int(leaf[CROWD].prev, 4, "the second names the first");
	is_int(leaf[CROWD + 2].prev, CROWD + 1, "the third the second");
	is_mem(leaf[CROWD + 2].index, leaf[3].index, HASH32, "of one name");
	is_mem(leaf[CROWD + 2].record, crowd[3].record.hash, HASH32,
	    "with the hash of the record");
	free(leaf);
}

static void
test_bounds(struct reader *r)
{
	struct msg head = {.code = MSG_head_get}, ext = {.code =
	    MSG_extends_get}, leaves = {.code = MSG_leaves_get};
	const struct msg *a;
	uint64_t from, to;
	size_t good = 0, all = 0;

	head.head_get.from = r->head.size + 1;
	is_int(dev_ask(&crowd[0], &head, &a), ERR_RANGE, "a longer log");
	is_int(a->fail.number, (int64_t)r->head.size, "its size is told");
	ext.extends_get.from = 7;
	ext.extends_get.to = 6;
	is_int(dev_ask(&crowd[0], &ext, NULL), ERR_RANGE, "backwards");
	leaves.leaves_get.from = r->head.size;
	leaves.leaves_get.below = UINT64_MAX;
	is_int(dev_ask(&crowd[0], &leaves, &a), 0, "leaves beyond the end");
	is_int(a->leaves.leaves.n, 0, "are none");
	for (from = 0; from <= 43; from += 7)
		for (to = from; to <= 43; to += 9) {
			ext.extends_get.from = from;
			ext.extends_get.to = to;
			all++;
			good += dev_ask(&crowd[0], &ext, &a) == 0 &&
			    a->extends.from == from && a->extends.to == to;
		}
	is_int(good, all, "proofs between sizes in between");
}

/* A lookup right behind the registration, in one record: it waits. */
static void
test_same_turn(struct desk *w, struct reader *r)
{
	struct msg enrol = {.code = MSG_enrol}, m = {.code = MSG_lookup};
	const struct msg *a;
	struct record rec;
	struct dev d;

	dev_init(&d, w, "quick");
	dev_dial(&d);
	enrol.enrol.record = buf_view(&d.raw);
	enrol.enrol.req = 900;
	m.lookup.req = 901;
	m.lookup.name = bytes_of("quick", 5);
	if (link_put(d.link, 1, &enrol) != 0 || link_put(d.link, 1, &m) != 0)
		bail("link_put");
	link_say(d.link, 1);
	desk_turn(w);
	a = dev_next(&d, MSG_record);
	ok(a != NULL && a->record.req == 901 &&
	    read_head(r, w, a->record.head) == 0 &&
	    record_get(a->record.record, &rec) == 0 &&
	    head_holds(&r->head, &rec, a->record.number, a->record.prev,
	    a->record.proof) == 0, "who asks in the same turn gets proof too");
	dev_free(&d);
}

static void
test_age(struct desk *w, struct reader *r)
{
	uint64_t size = r->head.size, time = r->head.time;
	struct record rec;
	int hours;
	size_t fresh = 0;

	for (hours = 0; hours < 48; hours++) {
		desk_pass(w, 3600000);
		dev_back(&crowd[1]);
		fresh += look(r, &crowd[1], "p2", &rec) == 0;
	}
	is_int(fresh, 48, "T05: a relay in peace has a fresh head each hour");
	is_int(r->head.size, (int64_t)size, "of the same size");
	ok(r->head.time > time, "signed later");
}

/* Many at once: one turn, one signature. */
static void
test_batch(struct desk *w, const char *seen)
{
	struct msg enrol = {.code = MSG_enrol};
	struct dev d[16];
	struct buf b = {0};
	size_t i, was, done = 0;
	char name[16];

	(void)path_read(seen, 1u << 20, &b);
	was = b.n / HEAD_SIZE;
	for (i = 0; i < COUNT(d); i++) {
		(void)snprintf(name, sizeof(name), "q%zu", i);
		dev_init(&d[i], w, name);
		dev_dial(&d[i]);
		enrol.enrol.record = buf_view(&d[i].raw);
		enrol.enrol.req = 7;
		if (link_put(d[i].link, 1, &enrol) != 0)
			bail("link_put");
	}
	for (i = 0; i < COUNT(d); i++)
		link_say(d[i].link, 1);
	desk_turn(w);
	for (i = 0; i < COUNT(d); i++)
		done += dev_count(&d[i], MSG_done) == 1;
	is_int(done, COUNT(d), "all are registered");
	buf_clear(&b);
	(void)path_read(seen, 1u << 20, &b);
	ok(b.n / HEAD_SIZE - was <= 4, "%zu registrations, %zu signatures",
	    COUNT(d), b.n / HEAD_SIZE - was);
	for (i = 0; i < COUNT(d); i++)
		dev_free(&d[i]);
	buf_free(&b);
}

/* What no store has kept is not signed, and who asks for it waits. */
static void
test_held(struct desk *w, struct reader *r)
{
	struct msg enrol = {.code = MSG_enrol}, m = {.code = MSG_lookup};
	uint64_t size = r->head.size;
	struct record rec;
	struct dev d;

	dev_init(&d, w, "slow");
	dev_dial(&d);
	dev_clear(&crowd[2]);
	store_ram_hold(w->relay->store, true);
	enrol.enrol.record = buf_view(&d.raw);
	enrol.enrol.req = 900;
	dev_send(&d, &enrol);
	desk_turn(w);
	m.lookup.req = 901;
	m.lookup.name = bytes_of("slow", 4);
	dev_send(&crowd[2], &m);
	desk_turn(w);
	is_int(w->relay->heads.head.size, (int64_t)size,
	    "T95: what is not kept is not signed");
	is_int(dev_count(&crowd[2], MSG_record), 0, "who asks for it waits");
	store_ram_hold(w->relay->store, false);
	desk_turn(w);
	is_int(w->relay->heads.head.size, (int64_t)size + 1, "once kept it is");
	is_int(dev_count(&crowd[2], MSG_record), 1, "and the answer is there");
	is_int(look(r, &crowd[2], "slow", &rec), 0, "with proof");
	dev_free(&d);
}

/* A turn that is lost takes its leaves with it, and no head speaks of them. */
static void
test_lost(struct desk *w, struct reader *r)
{
	struct msg enrol = {.code = MSG_enrol}, m = {.code = MSG_lookup};
	uint64_t size = r->head.size;
	struct leaf *leaf = mem_alloc(128 * sizeof(*leaf));
	struct merkle_range range;
	struct record rec;
	struct dev d, e;

	dev_init(&d, w, "lost");
	dev_dial(&d);
	store_ram_fail(w->relay->store, ERR_IO);
	enrol.enrol.record = buf_view(&d.raw);
	enrol.enrol.req = 900;
	m.lookup.req = 901;
	m.lookup.name = bytes_of("lost", 4);
	if (link_put(d.link, 1, &enrol) != 0 || link_put(d.link, 1, &m) != 0)
		bail("link_put");
	link_say(d.link, 1);
	desk_turn(w);
	is_int(dev_count(&d, MSG_done) + dev_count(&d, MSG_record), 0,
	    "nothing is said of a turn that is lost");
	is_int(w->relay->heads.head.size, (int64_t)size, "nothing is signed");
	store_ram_fail(w->relay->store, 0);
	desk_pass(w, 5000);
	dev_init(&e, w, "after");
	dev_dial(&e);
	is_int(dev_enrol(&e, bytes_of(NULL, 0)), 0, "the next one registers");
	is_int(look(r, &e, "after", &rec), 0, "and is proven");
	is_int(r->head.size, (int64_t)size + 1, "in the place of the lost one");
	is_int(replay(r, &e, &range, leaf), (int64_t)size + 1,
	    "all leaves give the root");
	dev_free(&d);
	dev_free(&e);
	free(leaf);
}

/* A signer that can't write is no damaged directory: who restores a backup for
 * that loses what came since. */
static void
test_unwritten(void)
{
	uint8_t answer[1] = {-ERR_IO};
	struct desk w;

	desk_open(&w, "sqlite", NULL);
	heads_answered(w.relay, bytes_of(answer, sizeof(answer)));
	ok(w.relay->ended && strstr(w.relay->ended, "make room"),
	    "T45: the disk of the signer is full: %s", w.relay->ended);
	ok(!strstr(w.relay->ended, "backup"), "and nothing is restored");
	desk_close(&w);
	desk_open(&w, "sqlite", NULL);
	answer[0] = -ERR_RULE;
	heads_answered(w.relay, bytes_of(answer, sizeof(answer)));
	ok(w.relay->ended && strstr(w.relay->ended, "backup"),
	    "what it refuses is another thing");
	desk_close(&w);
}

static void
crowd_free(void)
{
	size_t i;

	for (i = 0; i < CROWD; i++)
		dev_free(&crowd[i]);
}

static void
run(const char *store)
{
	struct reader r = {.pin = {0}};
	struct desk w;
	char *seen;

	note("on %s", store);
	desk_open(&w, store, "rate", "1000000", "burst", "1000000", NULL);
	desk_stop(&w);
	seen = path_join(w.dir, "seen");
	(void)setenv("TACET_HEADS", seen, 1);
	desk_start(&w);
	memcpy(r.pin, w.relay->address.pin, PIN_SIZE);
	test_lookups(&w, &r);
	test_chain(&r);
	test_bounds(&r);
	test_same_turn(&w, &r);
	test_batch(&w, seen);
	is_int(advance(&r, &crowd[2]), 0, "the head moves on");
	if (strcmp(store, "ram") == 0) {
		test_held(&w, &r);
		test_lost(&w, &r);
	}
	test_age(&w, &r);
	crowd_free();
	desk_close(&w);
	free(seen);
}

int
main(void)
{
	run("ram");
	run("sqlite");
	test_unwritten();
	return done();
}
