/* SPDX-License-Identifier: ISC */
/*
 * Limits: tokens, refusals in a row, slow readers, too many connections; a
 * message only a relay may send; and 20,000 random messages that must not hurt.
 * floor: relay
 */
#include <stdio.h>

#include "tap.h"
#include "relay_help.h"

static const uint8_t one[WIRE_ID] = {1}, key0[KEY_SIZE] = {10};

static int
count_packages(struct dev *d, const struct msg **a)
{
	struct msg m = {.code = MSG_package_count};

	return dev_ask(d, &m, a);
}

static void
test_rate(void)
{
	const struct msg *m = NULL;
	struct dev a, b, again;
	struct desk w;
	int i, err = 0;

	desk_open(&w, "ram", "rate", "1", "burst", "120", NULL);
	dev_join(&a, &w, "alice");
	dev_join(&b, &w, "bob");
	/* hello came before it was known, enrolling too */
	for (i = 0; i < 200 && !err; i++)
		err = count_packages(&a, &m);
	is_int(err, ERR_RATE, "tokens run out");
	ok(i > 110 && i < 150, "after about a burst");
	ok(m->fail.number > 0 && m->fail.number <= 1000, "it says how long");
	again = a;
	memset(&again.link, 0, sizeof(again.link));
	again.got = NULL;
	again.n = again.cap = again.seen = 0;
	memset(&again.raw, 0, sizeof(again.raw));
	again.open = false;
	dev_dial(&again);
	is_int(count_packages(&again, NULL), ERR_RATE,
	    "another connection of the account has no tokens of its own");
	is_int(count_packages(&b, NULL), 0, "another account has");
	desk_pass(&w, 1001);
	is_int(count_packages(&a, NULL), 0, "they come back");
	ok(w.relay->count.refused[-ERR_RATE] >= 2, "refusals are counted");
	dev_free(&again);
	dev_free(&a);
	dev_free(&b);
	desk_close(&w);
}

static void
test_address(void)
{
	struct dev a, b;
	struct desk w;
	int i, err = 0;

	desk_open(&w, "ram", "address-rate", "1", "address-burst", "150", NULL);
	dev_join(&a, &w, "alice");
	dev_join(&b, &w, "bob");
	for (i = 0; i < 200 && !err; i++)
		err = count_packages(&a, NULL);
	is_int(err, ERR_RATE, "an address has its tokens");
	is_int(count_packages(&b, NULL), ERR_RATE,
	    "and all its accounts share them");
	dev_free(&a);
	dev_free(&b);
	desk_close(&w);
}

/* Many appends are under way at once: when one is refused for now, what was
 * sent behind it must not get in before it comes again. */
static void
test_order(void)
{
	struct desk w;
	struct dev a;
	uint64_t n = 0;
	int i, err = 0;

	desk_open(&w, "ram", "rate", "1", "burst", "120", NULL);
	dev_join(&a, &w, "alice");
	is_int(dev_create(&a, one, key0), 0, "a log");
	is_int(dev_open(&a, one, key0, 0, 1), 0, "opened");
	for (i = 1; i < 200 && !err; i++)
		err = dev_append(&a, one, (uint8_t)i, 0, 0, NULL, "x", &n);
	is_int(err, ERR_RATE, "an append finds no tokens");
	desk_pass(&w, RELAY_ORDER_MS - 1000);
	is_int(dev_append(&a, one, 250, 0, 0, NULL, "behind", &n), ERR_RATE,
	    "what was sent behind it waits, tokens or not");
	is_int(dev_append(&a, one, (uint8_t)(i - 1), 0, 0, NULL, "x", &n), 0,
	    "it is taken when it comes again");
	is_int((int64_t)n, i - 1, "with the next number");
	is_int(dev_append(&a, one, 250, 0, 0, NULL, "behind", &n), 0,
	    "and then what was behind");
	is_int((int64_t)n, i, "behind it");
	for (err = 0; !err;)
		err = dev_append(&a, one, (uint8_t)++i, 0, 0, NULL, "y", &n);
	desk_pass(&w, RELAY_ORDER_MS);
	is_int(dev_append(&a, one, 251, 0, 0, NULL, "z", &n), 0,
	    "one that never comes again is not waited for for ever");
	dev_free(&a);
	desk_close(&w);
}

static void
test_angry(void)
{
	struct msg m = {.code = MSG_lookup};
	struct desk w;
	struct dev a;
	int i;

	desk_open(&w, "ram", NULL);
	dev_init(&a, &w, "alice");
	dev_dial(&a);
	m.lookup.name = bytes_of("bob", 3);
	for (i = 0; i < RELAY_ANGRY + 5 && a.link; i++) {
		m.lookup.req = 0;       /* asks for no answer */
		dev_send(&a, &m);
		if (i % 50 == 0)
			desk_turn(&w);
	}
	desk_turn(&w);
	ok(!a.link, "who is refused all the time is cut off");
	is_int(dev_count(&a, MSG_fail), 0, "and req 0 gets no answer");
	dev_free(&a);
	desk_close(&w);
}

/* The gate from the row: each relay's message ends the connection, each one of
 * known devices is refused to strangers. */
static void
test_gate(void)
{
	struct buf data = {0};
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 3);
	unsigned ended = 0, refused = 0, relays = 0, knowns = 0;
	struct desk w;
	struct dev a;
	struct msg m;
	size_t i;

	desk_open(&w, "ram", NULL);
	for (i = 0; i < msg_rows; i++) {
		dev_init(&a, &w, "alice");
		dev_dial(&a);
		buf_clear(&data);
		msg_sample(i, &rng, &data, &m);
		dispatch(w.relay, w.relay->peers, &m);
		desk_turn(&w);
		if (msg_row[i].from == FROM_RELAY) {
			relays++;
			ended += !a.link;
		} else if (msg_row[i].state == STATE_KNOWN) {
			knowns++;
			refused += a.link && dev_count(&a, MSG_greet) == 1 &&
			    a.n == 1 + dev_count(&a, MSG_fail);
		}
		dev_free(&a);
		desk_pass(&w, 1000);
	}
	is_int(ended, relays, "a relay's message ends the connection");
	is_int(refused, knowns, "a stranger may do nothing else");
	ok(relays > 5 && knowns > 15, "of many rows");
	is_int(w.relay->count.refused[-ERR_STATE], knowns, "all counted");
	buf_free(&data);
	desk_close(&w);
}

/* T56: a reader who stops costs a bounded buffer; the rest waits in the store
 * and comes when it reads again, each entry once and in order. */
static void
test_slow(const char *store)
{
	enum { N = 120, SIZE = 40000 };
	char *big = mem_alloc(SIZE + 1);
	size_t held, most = 0;
	uint64_t n, next = 1;
	const struct msg *m;
	struct dev a, b;
	struct peer *p;
	struct desk w;
	int i;

	note("store %s, a slow reader", store);
	memset(big, 'x', SIZE);
	desk_open(&w, store, NULL);
	dev_join(&a, &w, "alice");
	dev_join(&b, &w, "bob");
	is_int(dev_create(&a, one, key0), 0, "a log");
	is_int(dev_open(&b, one, key0, 0, 1), 0, "a reader");
	p = peers_of(w.relay, b.account, b.device);
	link_pause(b.link, true);
	for (i = 0; i < N; i++) {
		if (dev_append(&a, one, (uint8_t)(i + 1), 0, 0, NULL, big, &n))
			break;
		held = link_held(p->link);
		most = held > most ? held : most;
	}
	is_int(i, N, "its writers are not held up");
	ok(most < LINK_HELD_SOFT + 2 * SIZE, "%zu bytes held at most", most);
	ok(most > LINK_HELD_SOFT / 2, "and it was full");
	link_pause(b.link, false);
	for (i = 0; i < 400 && dev_count(&b, MSG_entry) < N; i++)
		desk_turn(&w);
	while ((m = dev_next(&b, MSG_entry)) && m->entry.number == next)
		next++;
	is_int(next - 1, N, "all of it, once, in order");
	dev_free(&a);
	dev_free(&b);
	desk_close(&w);
	free(big);
}

/* Answers that nobody reads: the relay stops reading, memory stays bounded. */
static void
test_glutton(void)
{
	struct msg m = {.code = MSG_blob_get};
	uint8_t *p = mem_alloc(WIRE_BLOB_PART);
	struct msg put = {.code = MSG_blob_put}, data = {.code = MSG_blob_data};
	struct bytes cap = bytes_of(m.blob_get.read, KEY_SIZE);
	struct peer *peer;
	struct desk w;
	struct dev a;
	size_t held = 0;
	int i;

	desk_open(&w, "ram", "rate", "100000", "burst", "100000", NULL);
	dev_join(&a, &w, "alice");
	hash_label("blob", &cap, 1, put.blob_put.id);
	put.blob_put.size = WIRE_BLOB_PART;
	is_int(dev_ask(&a, &put, NULL), 0, "a blob");
	memcpy(data.blob_data.id, put.blob_put.id, WIRE_KEY);
	data.blob_data.data = bytes_of(p, WIRE_BLOB_PART);
	is_int(dev_ask(&a, &data, NULL), 0, "whole");
	dev_clear(&a);
	peer = peers_of(w.relay, a.account, a.device);
	link_pause(a.link, true);
	m.blob_get.length = WIRE_BLOB_PART;
	for (i = 0; i < 300; i++) {
		m.blob_get.req = (uint32_t)i + 1;
		dev_send(&a, &m);
		if (i % 10 == 0)
			desk_turn(&w);
		if (a.link && link_held(peer->link) > held)
			held = link_held(peer->link);
	}
	ok(a.link && held < LINK_HELD_HARD, "%zu bytes held, not cut", held);
	ok(peer->paused, "it is not read from meanwhile");
	link_pause(a.link, false);
	for (i = 0; i < 400 && dev_count(&a, MSG_blob_part) < 300; i++)
		desk_turn(&w);
	is_int(dev_count(&a, MSG_blob_part), 300, "and gets all in the end");
	dev_free(&a);
	desk_close(&w);
	free(p);
}

static void
test_connections(void)
{
	uint64_t refused, failed;
	unsigned pending, open;
	struct dev d[6];
	struct desk w;
	char *why = NULL;
	size_t i, up = 0;

	desk_open(&w, "ram", "connections-per-address", "4", NULL);
	is_int(relay_listen(w.relay, &why), 0, "listens");
	for (i = 0; i < COUNT(d); i++) {
		dev_init(&d[i], &w, "x");
		dev_dial_tcp(&d[i]);
		up += d[i].link != NULL;
	}
	is_int(up, 4, "four from one address");
	listen_count(w.relay->listener, &refused, &failed, &pending, &open);
	is_int(refused, 2, "the others are turned away");
	dev_hang(&d[0]);
	dev_dial_tcp(&d[5]);
	ok(d[5].link, "until one goes");
	for (i = 0; i < COUNT(d); i++)
		dev_free(&d[i]);
	desk_close(&w);
}

/* A relay that goes while somebody shakes its hand leaves nothing behind that
 * could look at its keys. */
static void
test_gone(void)
{
	struct desk w;
	struct dev a;
	char *why = NULL;
	int i;

	desk_open(&w, "ram", NULL);
	is_int(relay_listen(w.relay, &why), 0, "listens");
	dev_init(&a, &w, "alice");
	if (dh_public(keys_transport(w.relay->keys), w.far_key) != 0)
		bail("no key");
	w.far_port = relay_port(w.relay);
	dev_dial_half(&a);
	relay_turn(w.relay, 20);
	ok(a.link && !a.open, "half a handshake");
	desk_stop(&w);
	for (i = 0; i < 50 && a.link; i++)
		desk_hear(&w, 20);
	ok(!a.link && !a.open, "ends with the relay");
	dev_free(&a);
	desk_close(&w);
}

/* Messages of every row with fields from a small set of ids, by somebody who
 * is registered: refused or done, never harmful. */
static void
test_random(const char *store)
{
	struct buf data = {0};
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 11);
	struct desk w;
	struct dev a, b;
	struct msg m;
	int i;

	desk_open(&w, store, "rate", "1000000", "burst", "10000000",
	    "address-rate", "10000000", "address-burst", "100000000", NULL);
	dev_join(&a, &w, "alice");
	dev_join(&b, &w, "bob");
	is_int(dev_create(&a, one, key0), 0, "a log");
	is_int(dev_open(&a, one, key0, 0, 1), 0, "opened");
	for (i = 0; i < 20000; i++) {
		buf_clear(&data);
		msg_sample(rng_below(&rng, (uint32_t)msg_rows), &rng, &data,
		    &m);
		if (!(msg_row[msg_index(m.code)].from & FROM_CLIENT))
			continue;
		if (m.code == MSG_log_append || m.code == MSG_log_open) {
			memcpy(m.log_append.log, one, WIRE_ID);
			m.log_append.epoch %= 3;
			m.log_append.flags &= ENTRY_COMMIT;
		}
		if (m.code == MSG_box_put) {
			memcpy(m.box_put.account, a.account, ACCOUNT_ID);
			memcpy(m.box_put.device, a.device, DEVICE_ID);
		}
		dev_send(&a, &m);
		if (i % 64 == 0) {
			desk_turn(&w);
			dev_clear(&a);
		}
		if (!a.link)
			dev_dial(&a);
	}
	desk_turn(&w);
	is_int(count_packages(&b, NULL), 0, "store %s: it still serves", store);
	is_int(desk_audit(&w), 0, "and its books are right");
	buf_free(&data);
	dev_free(&a);
	dev_free(&b);
	desk_close(&w);
}

static void
test_metrics(void)
{
	struct buf out = {0};
	struct desk w;
	struct dev a;

	desk_open(&w, "ram", NULL);
	dev_join(&a, &w, "alice");
	metrics_text(w.relay, &out);
	buf_u8(&out, 0);
	ok(strstr((char *)out.p, "\ntacetd_connections 1\n"), "a gauge");
	ok(strstr((char *)out.p, "\ntacetd_connections_known 1\n"), "another");
	ok(strstr((char *)out.p, "\ntacetd_heard_total{msg=\"enrol\"} 1\n"),
	    "a counter of a message");
	ok(strstr((char *)out.p, "\ntacetd_said_total{msg=\"greet\"} 1\n"),
	    "of an answer");
	ok(strstr((char *)out.p, "\ntacetd_refused_total{reason=\"EPOCH\"} 0\n"),
	    "of a refusal");
	ok(!strstr((char *)out.p, "alice"), "and no name");
	buf_free(&out);
	dev_free(&a);
	desk_close(&w);
}

int
main(void)
{
	test_rate();
	test_address();
	test_order();
	test_angry();
	test_gate();
	test_slow("ram");
	test_slow("sqlite");
	test_glutton();
	test_connections();
	test_gone();
	test_random("ram");
	test_random("sqlite");
	test_metrics();
	return done();
}
