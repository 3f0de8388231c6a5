/* SPDX-License-Identifier: ISC */
/*
 * A directory of 100,000 accounts: how long a tacetd builds its log at the
 * first start, what a lookup with proof costs it, what registering costs, and
 * how long a new client takes to read and hash all leaves. BENCH_ACCOUNTS: how
 * many instead.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "relay.h"

#define DIRECTORY_SAID 1
#define DIRECTORY_BATCH 1000            /* records in a turn of filling */
#define DIRECTORY_WINDOW 8              /* questions under way in a replay */
#define DIRECTORY_LOOKUPS 2000
#define DIRECTORY_WAIT 60               /* seconds for anything */

struct directory {
	struct server server;
	struct loop *loop;
	struct link *link;
	unsigned n;
	uint8_t transport[DH_SIZE];     /* of the first account's device */
	bool greeted;
	uint64_t got, bad;              /* answers, and those that don't hold */
	struct head head;
	struct merkle_range range;      /* of the replay */
	struct series build, lookup, cpu, replay, replay_cpu;
};

static void
directory_name(unsigned i, char name[static NAME_LEN])
{
	(void)snprintf(name, NAME_LEN, "user%u", i);
}

/* --- filling: what an earlier tacetd left, 100,000 records and no log --- */

static void
directory_make(struct directory *d, unsigned i, struct record *r,
    struct buf *raw)
{
	uint8_t secret[SIGN_SECRET], device[SIGN_SECRET], transport[DH_SIZE];
	struct rng_seeded seeded;
	struct rng rng = rng_seed(&seeded, i + 1);

	memset(r, 0, sizeof(*r));
	sign_keypair(&rng, r->account_key, secret);
	sign_keypair(&rng, r->device[0].sign, device);
	dh_keypair(&rng, r->device[0].transport, transport);
	directory_name(i, r->name);
	r->version = r->devices = 1;
	r->expires = (uint64_t)clock_wall(&clock_system) + 86400000ull * 365;
	buf_clear(raw);
	if (record_put(r, secret, raw) != 0)
		bench_die("record_put");
	if (i == 0)
		memcpy(d->transport, transport, DH_SIZE);
}

static void
directory_put(struct relay *relay, const struct record *r, struct bytes raw)
{
	struct key k = key_of(r->account, ACCOUNT_ID), v = k;

	key_u64(&k, r->version);
	key_put(&v, r->device[0].id, DEVICE_ID);
	if (store_put(relay->store, TABLE_record, key_view(&k), raw) != 0 ||
	    store_put(relay->store, TABLE_name, bytes_of(r->name,
	    strlen(r->name)), bytes_of(r->account, ACCOUNT_ID)) != 0 ||
	    store_put(relay->store, TABLE_transport,
	    bytes_of(r->device[0].transport, DH_SIZE), key_view(&v)) != 0)
		bench_die("store_put");
}

static void
directory_fill(struct directory *d)
{
	struct relay_setup setup = {.data = d->server.dir,
	    .signer = SIGNER_NONE};
	struct options options;
	struct relay *relay;
	struct record rec;
	struct buf raw = {0};
	char *why = NULL;
	unsigned i;

	options_init(&options, relay_option, relay_options);
	setup.loop = d->loop;
	setup.options = &options;
	if (relay_new(&relay, &setup, &why) != 0)
		bench_die("relay_new: %s", why);
	for (i = 0; i < d->n; i++) {
		directory_make(d, i, &rec, &raw);
		directory_put(relay, &rec, buf_view(&raw));
		if (i % DIRECTORY_BATCH == 0)
			relay_keep(relay);
	}
	if (store_del(relay->store, TABLE_meta, bytes_of("ledger", 6)) != 0)
		bench_die("store_del");
	relay_keep(relay);
	relay_free(relay);
	options_free(&options);
	buf_free(&raw);
}

/* --- a client --- */

static void
directory_record_got(struct directory *d, const struct msg_record *m)
{
	struct record rec;

	d->bad += head_get(m->head, &d->head) != 0 ||
	    record_get(m->record, &rec) != 0 || head_holds(&d->head, &rec,
	    m->number, m->prev, m->proof) != 0;
}

/* Pages come in the order in which they were asked for. */
static void
directory_leaves_got(struct directory *d, const struct msg_leaves *m)
{
	uint8_t hash[HASH32];
	struct leaf l;
	size_t i;

	d->bad += m->from != d->range.size;
	for (i = 0; i < m->leaves.n; i += LEAF_SIZE) {
		d->bad += leaf_get(bytes_of(m->leaves.p + i, LEAF_SIZE),
		    &l) != 0;
		leaf_hash(&l, hash);
		(void)merkle_add(&d->range, hash, NULL, NULL);
	}
}

static void
directory_heard(void *arg, struct link *l, const struct msg *m)
{
	struct directory *d = arg;

	(void)l;
	switch (m->code) {
	case MSG_greet:
		d->greeted = true;
		return;
	case MSG_record:
		directory_record_got(d, &m->record);
		break;
	case MSG_leaves:
		directory_leaves_got(d, &m->leaves);
		break;
	case MSG_head:
		d->bad += head_get(m->head.head, &d->head) != 0;
		break;
	case MSG_fail:
		bench_die("refused: %.*s", (int)m->fail.text.n,
		    (const char *)m->fail.text.p);
	default:
		return;
	}
	d->got++;
}

static void
directory_say(struct directory *d, const struct msg *m)
{
	if (!d->link || link_put(d->link, DIRECTORY_SAID, m) != 0)
		bench_die("can't send");
	link_say(d->link, DIRECTORY_SAID);
}

static void
directory_opened(void *arg, struct link *l)
{
	struct msg m = {.code = MSG_hello};

	(void)l;
	directory_say(arg, &m);
}

static void
directory_closed(void *arg, struct link *l, int err, const char *why)
{
	(void)arg;
	(void)l;
	bench_die("the connection ended: %s (%s)", why, err_text(err));
}

static void
directory_until(struct directory *d, uint64_t got)
{
	double end = bench_now() + DIRECTORY_WAIT;

	while (d->got < got || !d->greeted) {
		if (loop_hear(d->loop, 100) != 0 || bench_now() > end)
			bench_die("no answer");
	}
}

static void
directory_dial(struct directory *d)
{
	struct link_setup s = {
		.loop = d->loop,
		.on = {directory_opened, directory_heard, directory_closed},
		.arg = d,
		.secret = d->transport,
	};

	d->link = link_dial(&s, d->server.address.host, d->server.address.port,
	    d->server.address.pin);
	directory_until(d, 0);
}

/* --- the readings --- */

static void
directory_ask_name(struct directory *d, unsigned i)
{
	struct msg m = {.code = MSG_lookup};
	char name[NAME_LEN];

	directory_name(i, name);
	m.lookup.req = i + 1;
	m.lookup.name = bytes_of(name, strlen(name));
	directory_say(d, &m);
}

/* One at a time, from asking to checked; then the server's CPU for each. */
static void
directory_lookups(struct directory *d)
{
	struct rng_seeded seeded;
	struct rng rng = rng_seed(&seeded, 1);
	double from = bench_now(), cpu = bench_cpu(d->server.pid);
	unsigned i;

	for (i = 0; i < DIRECTORY_LOOKUPS; i++) {
		directory_ask_name(d, rng_below(&rng, d->n));
		directory_until(d, d->got + 1);
	}
	series_put(&d->lookup, (bench_now() - from) * 1e3 / i);
	series_put(&d->cpu, (bench_cpu(d->server.pid) - cpu) * 1e6 / i);
}

static void
directory_replay(struct directory *d)
{
	struct msg head = {.code = MSG_head_get}, m = {.code = MSG_leaves_get};
	double from = bench_now(), cpu = bench_cpu(d->server.pid);
	uint64_t first = d->got + 1, asked = 0, at;
	uint8_t root[HASH32];

	memset(&d->range, 0, sizeof(d->range));
	head.head_get.req = 1;
	directory_say(d, &head);
	directory_until(d, first);
	m.leaves_get.req = 2;
	m.leaves_get.below = d->head.size;
	for (at = 0; at < d->head.size; at += LEDGER_PAGE) {
		m.leaves_get.from = at;
		directory_say(d, &m);
		if (++asked > DIRECTORY_WINDOW)
			directory_until(d, first + asked - DIRECTORY_WINDOW);
	}
	directory_until(d, first + asked);
	merkle_root(&d->range, root);
	if (d->range.size != d->n || memcmp(root, d->head.root, HASH32) != 0)
		bench_die("the leaves don't give the root");
	series_put(&d->replay, bench_now() - from);
	series_put(&d->replay_cpu, bench_cpu(d->server.pid) - cpu);
}

int
main(void)
{
	const char *s = getenv("BENCH_ACCOUNTS");
	struct directory *d = mem_alloc(sizeof(*d));
	double from;
	char name[80];
	unsigned r;

	d->n = s ? (unsigned)strtoul(s, NULL, 10) : 100000;
	if (seal_start() != 0)
		bench_die("libsodium");
	d->loop = loop_new(&clock_system, &rng_system);
	bench_pin(1);
	server_open(&d->server);
	server_stop(&d->server);
	directory_fill(d);
	from = bench_now();
	server_start(&d->server);
	series_put(&d->build, bench_now() - from);
	directory_dial(d);
	for (r = 0; r < bench_rounds(); r++) {
		directory_lookups(d);
		directory_replay(d);
	}
	if (d->bad > 0)
		bench_die("%llu answers do not hold",
		    (unsigned long long)d->bad);
	(void)snprintf(name, sizeof(name), "directory, %u accounts: first "
	    "build", d->n);
	row_put(name, "s", &d->build);
	row_bar("lookup with proof, round trip and check", "ms", &d->lookup,
	    false, 5);
	row_put("lookup with proof: server CPU", "us", &d->cpu);
	row_bar("replay of all leaves, checked", "s", &d->replay, false, 5);
	row_put("replay: server CPU", "s", &d->replay_cpu);
	server_close(&d->server);
	free(d);
	return 0;
}
