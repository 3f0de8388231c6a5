/* SPDX-License-Identifier: ISC */
/*
 * What ends at a time, and the clock it ends by: it follows the wall clock, but
 * no jump of it drops much before somebody sets it right (T48). floor: relay
 */
#include "tap.h"
#include "relay_help.h"

#define DAY 86400000ll

static const uint8_t one[WIRE_ID] = {1}, key0[KEY_SIZE] = {10},
    key1[KEY_SIZE] = {11};

static void
sweep(struct desk *w)
{
	desk_pass(w, RELAY_SWEEP_MS + 1);
	desk_pass(w, RELAY_SWEEP_MS + 1);
}

static bool
row_each(void *arg, struct bytes key, struct bytes value)
{
	uint64_t *n = arg;

	(void)key;
	(void)value;
	++*n;
	return true;
}

static uint64_t
rows(struct desk *w, enum table t)
{
	struct key from = {.n = 0}, below = key_after(&from);
	uint64_t n = 0;

	if (store_scan(w->relay->store, t, key_view(&from), key_view(&below),
	    STORE_UP, row_each, &n) != 0)
		return UINT64_MAX;
	return n;
}

static void
pass(struct desk *w, struct dev *d, int64_t ms)
{
	desk_pass(w, ms);
	sweep(w);
	dev_back(d);
}

/* Messages 90 days, commits a year, and the keys of epochs with them. */
static void
test_entries(const char *store)
{
	struct desk w;
	struct dev a;
	uint64_t n = 0;

	note("store %s", store);
	desk_open(&w, store, NULL);
	dev_join(&a, &w, "alice");
	is_int(dev_create(&a, one, key0), 0, "a log");
	is_int(dev_append(&a, one, 1, 0, 0, NULL, "m", &n), 0, "a message");
	is_int(dev_append(&a, one, 2, 0, ENTRY_COMMIT | ENTRY_CUT, key1, "c",
	    &n), 0, "a commit");
	is_int(dev_open(&a, one, key1, 1, 3), 0, "proven");
	is_int(dev_append(&a, one, 3, 1, 0, NULL, "m", &n), 0, "a message");
	is_int(rows(&w, TABLE_entry), 3, "three entries");
	ok(usage_get(w.relay, USAGE_LOG_BYTES, a.account) > 0, "are counted");
	pass(&w, &a, 89 * DAY);
	is_int(rows(&w, TABLE_entry), 3, "for 89 days");
	pass(&w, &a, 2 * DAY);
	is_int(rows(&w, TABLE_entry), 1, "after 91 the commit is left");
	is_int(desk_audit(&w), 0, "and the books are right");
	is_int(dev_open(&a, one, key0, 0, 1), 0, "epoch 0 can still be proven");
	is_int(dev_count(&a, MSG_entry), 1, "and leads to the commit");
	dev_clear(&a);
	is_int(dev_append(&a, one, 4, 0, 0, NULL, "x", &n), ERR_EPOCH,
	    "the log goes on at its epoch");
	is_int(dev_open(&a, one, key1, 1, 1), 0, "which is proven");
	is_int(dev_append(&a, one, 4, 1, 0, NULL, "m", &n), 0, "and taken");
	is_int(n, 4, "with the next number");
	pass(&w, &a, 275 * DAY);
	is_int(rows(&w, TABLE_entry), 0, "a year later all are gone");
	is_int(rows(&w, TABLE_entry_id), 0, "their ids");
	is_int(rows(&w, TABLE_cut), 0, "the cut");
	is_int(rows(&w, TABLE_access), 1, "the keys of the epochs but one");
	is_int(usage_get(w.relay, USAGE_LOG_BYTES, a.account), 0,
	    "nothing is counted");
	is_int(rows(&w, TABLE_due), 0, "nothing is due");
	is_int(dev_open(&a, one, key0, 0, 1), ERR_EXPIRED, "epoch 0 is over");
	is_int(dev_open(&a, one, key1, 1, 1), 0, "the current one is not");
	dev_free(&a);
	desk_close(&w);
}

/* What is damaged does not keep the rest. */
static void
test_damaged(const char *store)
{
	static const uint8_t two[WIRE_ID] = {2};
	struct bytes log = bytes_of(one, WIRE_ID);
	struct desk w;
	struct dev a;
	uint64_t n = 0;

	note("store %s, a row that is damaged", store);
	desk_open(&w, store, NULL);
	dev_join(&a, &w, "alice");
	is_int(dev_create(&a, one, key0), 0, "a log");
	is_int(dev_create(&a, two, key0), 0, "another");
	is_int(dev_append(&a, one, 1, 0, 0, NULL, "m", &n), 0, "a message");
	desk_pass(&w, 1000);
	is_int(dev_append(&a, two, 1, 0, 0, NULL, "m", &n), 0, "one later");
	is_int(store_put(w.relay->store, TABLE_log, log, bytes_of("?", 1)), 0,
	    "the first log is damaged (T46)");
	pass(&w, &a, 91 * DAY);
	is_int(rows(&w, TABLE_entry), 1, "the second one's message ends");
	is_int(rows(&w, TABLE_due), 0, "and nothing is due for ever");
	dev_free(&a);
	desk_close(&w);
}

/* A clock 30 years ahead, for a day; and back. */
static void
test_jump(const char *store)
{
	int64_t jump = 30 * 365 * DAY;
	struct desk w;
	struct dev a;
	uint64_t n = 0;
	int i;

	note("store %s, a clock that jumps", store);
	desk_open(&w, store, NULL);
	dev_join(&a, &w, "alice");
	is_int(dev_create(&a, one, key0), 0, "a log");
	is_int(dev_append(&a, one, 1, 0, 0, NULL, "m", &n), 0, "a message");
	w.wall_skew += jump;
	for (i = 0; i < 24; i++)
		desk_pass(&w, DAY / 24);
	is_int(rows(&w, TABLE_entry), 1, "a day with a wrong clock (T48)");
	dev_hang(&a);
	if (strcmp(store, "sqlite") == 0) {
		desk_stop(&w);
		desk_start(&w);
		sweep(&w);
		is_int(rows(&w, TABLE_entry), 1, "a restart is no way round (T48)");
	}
	w.wall_skew -= jump;
	sweep(&w);
	is_int(rows(&w, TABLE_entry), 1, "set right again");
	ok(relay_now(w.relay) - due_now(w.relay) < 1000,
	    "the clock of expiry is right again too");
	w.wall_skew -= 365 * DAY;
	sweep(&w);
	is_int(rows(&w, TABLE_entry), 1, "a year too early drops nothing");
	w.wall_skew += 365 * DAY;
	pass(&w, &a, 91 * DAY);
	is_int(rows(&w, TABLE_entry), 0, "in the end it goes as it should");
	dev_free(&a);
	desk_close(&w);
}

/* A clock a year ahead is set right, and stays so: what was taken before and
 * after lasts longer than it should, but not for ever, and ends once. */
static void
test_back(const char *store)
{
	struct desk w;
	struct dev a;
	uint64_t n = 0;

	note("store %s, a clock that falls back", store);
	desk_open(&w, store, NULL);
	dev_join(&a, &w, "alice");
	is_int(dev_create(&a, one, key0), 0, "a log");
	is_int(dev_append(&a, one, 1, 0, 0, NULL, "m", &n), 0, "a message");
	pass(&w, &a, 10 * DAY);
	w.wall_skew -= 365 * DAY;
	sweep(&w);
	is_int(rows(&w, TABLE_entry), 1, "a year back drops nothing (T48)");
	dev_back(&a);
	is_int(dev_open(&a, one, key0, 0, 1), 0, "the log is proven");
	is_int(dev_append(&a, one, 2, 0, 0, NULL, "m", &n), 0,
	    "a message is taken");
	if (strcmp(store, "sqlite") == 0) {
		dev_hang(&a);
		desk_stop(&w);
		desk_start(&w);
	}
	pass(&w, &a, 440 * DAY);
	is_int(rows(&w, TABLE_entry), 2, "neither ends early (T48)");
	pass(&w, &a, 6 * DAY);
	is_int(rows(&w, TABLE_entry), 1, "the first ends by its time (T48)");
	pass(&w, &a, 10 * DAY);
	is_int(rows(&w, TABLE_entry), 0, "so does the second (T48)");
	is_int(rows(&w, TABLE_due), 0, "nothing stays due for ever (T48)");
	is_int(desk_audit(&w), 0, "and the books are right");
	dev_free(&a);
	desk_close(&w);
}

/* Two hours back, again and again, around the very time: it ends once. */
static void
test_hours(const char *store)
{
	uint8_t other[WIRE_ID] = {2};
	struct desk w;
	struct dev a;
	uint64_t n = 0;
	int i;

	note("store %s, hours to and fro", store);
	desk_open(&w, store, NULL);
	dev_join(&a, &w, "alice");
	is_int(dev_create(&a, one, key0), 0, "a log");
	is_int(dev_create(&a, other, key1), 0, "another");
	is_int(dev_append(&a, one, 1, 0, 0, NULL, "first", &n), 0, "a message");
	pass(&w, &a, DAY);
	is_int(dev_open(&a, other, key1, 0, 1), 0, "proven");
	is_int(dev_append(&a, other, 2, 0, 0, NULL, "second", &n), 0,
	    "one a day later");
	pass(&w, &a, 89 * DAY - DAY / 24);
	is_int(rows(&w, TABLE_entry), 2, "an hour before its time");
	for (i = 0; i < 12; i++) {
		w.wall_skew += i % 2 == 0 ? DAY / 12 : -DAY / 12;
		sweep(&w);
	}
	is_int(rows(&w, TABLE_entry), 2, "two hours are not believed at once");
	for (i = 0; i < 6; i++) {
		desk_pass(&w, DAY / 12);
		w.wall_skew -= DAY / 24;
		sweep(&w);
		w.wall_skew += DAY / 24;
		sweep(&w);
	}
	is_int(rows(&w, TABLE_entry), 1, "the first has ended (T48)");
	ok(usage_get(w.relay, USAGE_LOG_BYTES, a.account) > 0,
	    "the other is counted yet");
	is_int(desk_audit(&w), 0, "nothing was taken off twice (T48)");
	pass(&w, &a, DAY);
	is_int(rows(&w, TABLE_entry), 0, "and ends in its turn (T48)");
	is_int(usage_get(w.relay, USAGE_LOG_BYTES, a.account), 0,
	    "nothing is counted");
	is_int(rows(&w, TABLE_due), 0, "nothing is due");
	dev_free(&a);
	desk_close(&w);
}

/* Switched off for two months: it catches up, at its pace. */
static void
test_asleep(void)
{
	struct desk w;
	struct dev a;
	uint64_t n = 0;

	desk_open(&w, "sqlite", "message-keep", "30d", NULL);
	dev_join(&a, &w, "alice");
	is_int(dev_create(&a, one, key0), 0, "a log");
	is_int(dev_append(&a, one, 1, 0, 0, NULL, "m", &n), 0, "a message");
	dev_hang(&a);
	desk_stop(&w);
	w.wall_skew += 60 * DAY;
	desk_start(&w);
	sweep(&w);
	is_int(rows(&w, TABLE_entry), 1, "not at once");
	pass(&w, &a, 8 * DAY);
	is_int(rows(&w, TABLE_entry), 0, "four days for each day");
	dev_free(&a);
	desk_close(&w);
}

/* Many at once: a bounded number in a turn. */
static void
test_many(void)
{
	char text[8] = "mmmmmmm";
	struct msg m = {.code = MSG_log_append};
	struct desk w;
	struct dev a;
	uint64_t writes;
	int i;

	desk_open(&w, "ram", "rate", "100000", "burst", "100000", NULL);
	dev_join(&a, &w, "alice");
	is_int(dev_create(&a, one, key0), 0, "a log");
	memcpy(m.log_append.log, one, WIRE_ID);
	m.log_append.entry = bytes_of(text, 7);
	for (i = 0; i < 1000; i++) {
		memcpy(m.log_append.id, &i, sizeof(i));
		dev_send(&a, &m);
		if (i % 50 == 0)
			desk_turn(&w);
	}
	desk_turn(&w);
	is_int(rows(&w, TABLE_entry), 1000, "a thousand messages");
	w.wall_skew += 91 * DAY;
	w.mono_skew += 91 * DAY;
	relay_turn(w.relay, 1);
	writes = rows(&w, TABLE_entry);
	relay_turn(w.relay, 0);
	ok(writes >= 1000 - RELAY_SWEEP_TURN, "not all in one turn");
	sweep(&w);
	is_int(rows(&w, TABLE_entry), 0, "but soon");
	dev_free(&a);
	desk_close(&w);
}

int
main(void)
{
	test_entries("ram");
	test_entries("sqlite");
	test_damaged("ram");
	test_damaged("sqlite");
	test_jump("ram");
	test_jump("sqlite");
	test_back("ram");
	test_back("sqlite");
	test_hours("ram");
	test_hours("sqlite");
	test_asleep();
	test_many();
	return done();
}
