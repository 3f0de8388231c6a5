/* SPDX-License-Identifier: ISC */
/*
 * Logs: one order, once each, for whoever proves the epoch, and no further
 * than the next cut. floor: relay
 */
#include "tap.h"
#include "relay_help.h"

static const uint8_t one[WIRE_ID] = {1, 2, 3}, two[WIRE_ID] = {9};
static const uint8_t key0[KEY_SIZE] = {10}, key1[KEY_SIZE] = {11},
    key2[KEY_SIZE] = {12}, key3[KEY_SIZE] = {13};

static bool
is_entry(const struct msg *m, uint64_t number, uint64_t epoch,
    const char *text)
{
	return m && m->entry.number == number && m->entry.epoch == epoch &&
	    bytes_same(m->entry.entry, bytes_of(text, strlen(text)));
}

static void
test_create(struct dev *a, struct dev *b)
{
	is_int(dev_create(a, one, key0), 0, "a log");
	is_int(dev_create(a, one, key0), 0, "asked twice: the same");
	is_int(dev_create(a, one, key1), ERR_EXISTS, "with another key: no");
	is_int(dev_create(b, one, key0), ERR_EXISTS, "by another account: no");
}

static void
test_append(struct dev *a, struct dev *b)
{
	uint64_t n = 0;

	is_int(dev_append(a, one, 1, 0, 0, NULL, "one", &n), 0,
	    "the creator needs no proof of epoch 0");
	is_int(n, 1, "numbers begin with 1");
	is_int(dev_append(b, one, 2, 0, 0, NULL, "x", &n), ERR_DENIED,
	    "somebody else needs one");
	is_int(dev_open(b, one, key1, 0, 1), ERR_DENIED, "a wrong key");
	is_int(dev_open(b, two, key0, 0, 1), ERR_NONE, "no such log");
	is_int(dev_open(b, one, key0, 1, 1), ERR_EPOCH, "an epoch to come");
	is_int(dev_open(b, one, key0, 0, 1), 0, "the right one");
	ok(is_entry(dev_next(b, MSG_entry), 1, 0, "one"), "what was there");
	ok(dev_count(b, MSG_log_end) == 1, "and its end");
	is_int(dev_append(b, one, 2, 0, 0, NULL, "two", &n), 0, "it may add");
	is_int(n, 2, "the next number");
	is_int(dev_append(b, one, 2, 0, 0, NULL, "two", &n), 0, "twice");
	is_int(n, 2, "is answered with the first one's number");
	ok(is_entry(dev_next(b, MSG_entry), 2, 0, "two"), "it hears its own");
	ok(!dev_next(b, MSG_entry), "once");
	is_int(dev_open(a, one, key0, 0, 2), 0, "from number 2 on");
	ok(is_entry(dev_next(a, MSG_entry), 2, 0, "two"), "not before it");
	is_int(dev_append(b, one, 3, 0, 0, NULL, "three", &n), 0, "a third");
	desk_turn(a->w);
	ok(is_entry(dev_next(a, MSG_entry), 3, 0, "three"), "comes as it is");
}

static void
test_shape(struct dev *a)
{
	char *big = mem_alloc(WIRE_ENTRY_MAX + 2);
	uint64_t n;

	memset(big, 'x', WIRE_ENTRY_MAX + 1);
	is_int(dev_append(a, one, 40, 0, 8, NULL, "x", &n), ERR_FORMAT,
	    "an unknown flag");
	is_int(dev_append(a, one, 40, 0, ENTRY_CUT, NULL, "x", &n),
	    ERR_FORMAT, "a cut that is no commit");
	is_int(dev_append(a, one, 40, 0, ENTRY_COMMIT, NULL, "x", &n),
	    ERR_FORMAT, "a commit without the next key");
	is_int(dev_append(a, one, 40, 0, 0, key1, "x", &n), ERR_FORMAT,
	    "a message with one");
	is_int(dev_append(a, one, 40, 0, 0, NULL, "", &n), ERR_FORMAT,
	    "an empty one");
	is_int(dev_append(a, one, 40, 0, 0, NULL, big, &n), ERR_BIG,
	    "one byte too many");
	big[WIRE_ENTRY_MAX] = '\0';
	is_int(dev_append(a, one, 40, 0, 0, NULL, big, &n), 0,
	    "the largest one");
	is_int(dev_append(a, one, 41, 0, ENTRY_BLOB, NULL,
	    "0123456789012345678901234567890123456789", &n), ERR_NONE,
	    "an entry whose blob is not here");
	free(big);
}

/* 5 is a commit to epoch 1; ids come before epochs. */
static void
test_commit(struct dev *a, struct dev *b)
{
	uint64_t n = 0;

	dev_clear(a);
	dev_clear(b);
	is_int(dev_append(a, one, 5, 0, ENTRY_COMMIT, key1, "commit", &n), 0,
	    "a commit");
	is_int(n, 5, "has a number like all");
	is_int(dev_append(b, one, 6, 0, 0, NULL, "late", &n), ERR_EPOCH,
	    "the old epoch is over");
	is_int(n, 1, "and the answer names the current one");
	is_int(dev_append(b, one, 3, 0, 0, NULL, "three", &n), 0,
	    "an id that came before the commit");
	is_int(n, 3, "is still known");
	is_int(dev_append(b, one, 6, 1, 0, NULL, "late", &n), ERR_DENIED,
	    "the new one has to be proven");
	desk_turn(b->w);
	ok(is_entry(dev_next(b, MSG_entry), 5, 0, "commit"),
	    "the commit came to the old epoch's readers");
	is_int(dev_open(b, one, key0, 1, 6), ERR_DENIED, "the old key is not");
	is_int(dev_open(b, one, key1, 1, 6), 0, "the new key is");
	is_int(dev_append(b, one, 6, 1, 0, NULL, "six", &n), 0, "and opens");
	desk_turn(b->w);
	dev_clear(a);
	is_int(dev_append(b, one, 7, 1, 0, NULL, "seven", &n), 0, "more");
	desk_turn(b->w);
	ok(dev_count(a, MSG_entry) == 0,
	    "who has not proven the new epoch hears nothing of it");
	is_int(dev_open(a, one, key1, 1, 6), 0, "until it does");
	ok(is_entry(dev_next(a, MSG_entry), 6, 1, "six") &&
	    is_entry(dev_next(a, MSG_entry), 7, 1, "seven"),
	    "and misses nothing");
}

/* 8: a commit to 2; 9: a cut to 3; 10: a commit to 4; 11: message in 4 */
static void
test_cut(struct desk *w, struct dev *a, struct dev *b)
{
	static const uint8_t key4[KEY_SIZE] = {14};
	const struct msg *m, *next;
	struct dev c;
	uint64_t n;

	is_int(dev_append(a, one, 8, 1, ENTRY_COMMIT, key2, "c8", &n), 0,
	    "a commit");
	is_int(dev_open(a, one, key2, 2, 9), 0, "proven");
	is_int(dev_append(a, one, 9, 2, ENTRY_COMMIT | ENTRY_CUT, key3, "c9",
	    &n), 0, "a commit that removes somebody");
	is_int(dev_open(a, one, key3, 3, 10), 0, "proven");
	desk_turn(w);
	dev_clear(b);
	is_int(dev_append(a, one, 10, 3, ENTRY_COMMIT, key4, "c10", &n), 0,
	    "a commit after it");
	is_int(dev_open(a, one, key4, 4, 11), 0, "proven");
	is_int(dev_append(a, one, 11, 4, 0, NULL, "m11", &n), 0, "a message");
	desk_turn(w);
	ok(dev_count(b, MSG_entry) == 0,
	    "who stands before the cut sees nothing after it, live");
	dev_join(&c, w, "carol");
	is_int(dev_open(&c, one, key0, 0, 1), 0, "epoch 0 from the start");
	ok(is_entry(dev_next(&c, MSG_entry), 1, 0, "one"), "its messages");
	ok(dev_count(&c, MSG_entry) == 7, "5 entries of epoch 0 and 2 commits");
	for (m = NULL; (next = dev_next(&c, MSG_entry));)
		m = next;
	ok(is_entry(m, 9, 2, "c9"), "the last is the cut");
	dev_clear(&c);
	is_int(dev_open(&c, one, key1, 1, 10), 0, "from after the cut");
	ok(dev_count(&c, MSG_entry) == 0, "an old proof opens nothing there");
	is_int(dev_open(&c, one, key4, 4, 1), 0, "a late joiner");
	ok(dev_count(&c, MSG_entry) == 1 &&
	    is_entry(dev_next(&c, MSG_entry), 11, 4, "m11"),
	    "sees its own epoch and nothing before");
	dev_free(&c);
}

static void
test_whisper(struct dev *a, struct dev *b)
{
	static const uint8_t key4[KEY_SIZE] = {14};
	struct msg m = {.code = MSG_whisper};
	const struct msg *got;

	is_int(dev_open(b, one, key4, 4, 12), 0, "two in one epoch");
	dev_clear(a);
	dev_clear(b);
	memcpy(m.whisper.log, one, WIRE_ID);
	m.whisper.epoch = 4;
	m.whisper.entry = bytes_of("typing", 6);
	dev_send(a, &m);
	desk_turn(a->w);
	got = dev_next(b, MSG_whispered);
	ok(got && got->whispered.epoch == 4 &&
	    bytes_same(got->whispered.entry, m.whisper.entry),
	    "a whisper is handed on");
	ok(dev_count(a, MSG_whispered) == 0, "not back");
	m.whisper.epoch = 3;
	dev_send(a, &m);
	desk_turn(a->w);
	ok(dev_count(b, MSG_whispered) == 1, "not in an epoch not proven");
}

static void
test_close(struct dev *a, struct dev *b)
{
	struct msg m = {.code = MSG_log_close};
	uint64_t n;

	memcpy(m.log_close.log, one, WIRE_ID);
	is_int(dev_ask(b, &m, NULL), 0, "closed");
	dev_clear(b);
	is_int(dev_append(a, one, 60, 4, 0, NULL, "unheard", &n), 0, "more");
	desk_turn(a->w);
	ok(dev_count(b, MSG_entry) == 0, "no longer heard");
	is_int(dev_append(b, one, 61, 4, 0, NULL, "x", &n), ERR_DENIED,
	    "and no longer proven");
}

/* A client that knows more than a restored relay: it is told where the log
 * stands, and follows from there. */
static void
test_ahead(struct dev *a, struct dev *b)
{
	static const uint8_t key4[KEY_SIZE] = {14};
	const struct msg *m;
	uint64_t n;

	dev_clear(b);
	is_int(dev_open(b, one, key4, 4, 1000), 0, "ahead of the log");
	m = dev_next(b, MSG_log_end);
	ok(m && m->log_end.number == 12 && m->log_end.epoch == 4,
	    "it is told its end");
	is_int(dev_append(a, one, 70, 4, 0, NULL, "next", &n), 0, "more");
	desk_turn(a->w);
	ok(is_entry(dev_next(b, MSG_entry), 13, 4, "next"), "and hears it");
}

/* A proof is worth nothing on another connection. */
static void
test_bound(struct dev *a, struct dev *b)
{
	static const uint8_t key4[KEY_SIZE] = {14};
	struct msg m = {.code = MSG_log_open};

	memcpy(m.log_open.log, one, WIRE_ID);
	m.log_open.epoch = 4;
	epoch_proof(key4, link_hash(a->link), one, 4, m.log_open.proof);
	is_int(dev_ask(b, &m, NULL), ERR_DENIED, "another's proof replayed");
}

static void
test_rate(struct desk *w, struct dev *a)
{
	uint64_t n = 0;
	int i, err = 0;

	is_int(dev_create(a, two, key0), 0, "another log");
	is_int(dev_open(a, two, key0, 0, 1), 0, "proven");
	for (i = 0; i < COMMIT_BURST && !err; i++) {
		err = dev_append(a, two, (uint8_t)(i + 1), (uint64_t)i,
		    ENTRY_COMMIT, key0, "c", &n);
		if (!err)
			err = dev_open(a, two, key0, (uint64_t)i + 1, n + 1);
	}
	is_int(err, 0, "a burst of commits");
	is_int(dev_append(a, two, 99, 10, ENTRY_COMMIT, key0, "c", &n),
	    ERR_RATE, "one more is too many");
	ok(n > 0 && n <= COMMIT_EVERY + 1, "and the wait is told");
	is_int(dev_append(a, two, 98, 10, 0, NULL, "m", &n), 0,
	    "messages go on");
	desk_pass(w, COMMIT_EVERY + 1);
	is_int(dev_append(a, two, 99, 10, ENTRY_COMMIT, key0, "c", &n), 0,
	    "after the wait it is taken");
}

/* What was acknowledged is there after the relay was started again. */
static void
test_restart(struct desk *w, struct dev *a)
{
	static const uint8_t key4[KEY_SIZE] = {14};

	dev_hang(a);
	desk_stop(w);
	desk_start(w);
	dev_dial(a);
	ok(a->link && a->got[0].m.code == MSG_greet &&
	    a->got[0].m.greet.name.n == 5, "known after a restart");
	is_int(dev_open(a, one, key4, 4, 1), 0, "its log is there");
	ok(is_entry(dev_next(a, MSG_entry), 11, 4, "m11") &&
	    is_entry(dev_next(a, MSG_entry), 12, 4, "unheard"),
	    "with what was acknowledged");
}

static void
test_quota(void)
{
	char *big = mem_alloc(40001);
	struct desk w;
	struct dev a;
	uint64_t n;

	memset(big, 'x', 40000);
	desk_open(&w, "ram", "log-quota", "100k", "account-quota", "150k",
	    NULL);
	dev_join(&a, &w, "alice");
	is_int(dev_create(&a, one, key0), 0, "a log");
	is_int(dev_create(&a, two, key0), 0, "and another");
	is_int(dev_append(&a, one, 1, 0, 0, NULL, big, &n), 0, "room");
	is_int(dev_append(&a, one, 2, 0, 0, NULL, big, &n), 0, "room");
	is_int(dev_append(&a, one, 3, 0, 0, NULL, big, &n), ERR_QUOTA,
	    "the log is full");
	is_int(dev_append(&a, two, 1, 0, 0, NULL, big, &n), 0, "not the other");
	is_int(dev_append(&a, two, 2, 0, 0, NULL, big, &n), ERR_QUOTA,
	    "then the account is");
	is_int(dev_append(&a, two, 2, 0, 0, NULL, "small", &n), 0,
	    "less still fits");
	dev_free(&a);
	desk_close(&w);
	free(big);
}

/* A row that is damaged: who waits for it waits, the relay does not turn in
 * circles, and looks again later. */
static void
test_damaged(void)
{
	struct log_state s;
	struct dev a, b;
	struct desk w;
	struct peer *p;
	int i;

	desk_open(&w, "ram", NULL);
	dev_join(&a, &w, "alice");
	dev_join(&b, &w, "bob");
	is_int(dev_create(&a, one, key0), 0, "a log");
	is_int(dev_open(&b, one, key0, 0, 1), 0, "with a reader");
	is_int(dev_count(&b, MSG_log_end), 1, "who has read to its end");
	p = peers_of(w.relay, b.account, b.device);
	ok(logs_get(w.relay, one, &s) == 0 && store_put(w.relay->store,
	    TABLE_log, bytes_of(one, WIRE_ID), bytes_of("?", 1)) == 0,
	    "the row is damaged (T46)");
	logs_sub(w.relay, p, one)->end = true;
	peer_hungry(w.relay, p);
	for (i = 0; i < 10; i++)
		relay_turn(w.relay, 0);
	is_int(relay_wait(w.relay), -1, "it is not asked for again and again");
	is_int(w.log.count[LOG_ERROR], 1, "and told of once");
	desk_pass(&w, RELAY_SWEEP_MS + 1);
	is_int(dev_count(&b, MSG_log_end), 1, "still damaged a while later");
	is_int(logs_put(w.relay, one, &s), 0, "it is whole again");
	desk_pass(&w, RELAY_SWEEP_MS + 1);
	is_int(dev_count(&b, MSG_log_end), 2, "the reader hears the end");
	dev_free(&a);
	dev_free(&b);
	desk_close(&w);
}

static void
test_on(const char *store)
{
	struct desk w;
	struct dev a, b;

	note("store %s", store);
	desk_open(&w, store, "rate", "100000", "burst", "100000", NULL);
	dev_join(&a, &w, "alice");
	dev_join(&b, &w, "bob");
	test_create(&a, &b);
	test_append(&a, &b);
	test_shape(&a);
	test_commit(&a, &b);
	test_cut(&w, &a, &b);
	test_whisper(&a, &b);
	test_close(&a, &b);
	test_ahead(&a, &b);
	test_bound(&a, &b);
	test_rate(&w, &a);
	if (strcmp(store, "sqlite") == 0)
		test_restart(&w, &a);
	dev_free(&a);
	dev_free(&b);
	desk_close(&w);
}

int
main(void)
{
	test_on("ram");
	test_on("sqlite");
	test_quota();
	test_damaged();
	return done();
}
