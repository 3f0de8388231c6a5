/* SPDX-License-Identifier: ISC */
/*
 * The first minute of a newcomer on a relay of 100,000 accounts: a real client
 * with its store reads, checks and keeps the whole log of the directory. Then
 * what one more look at it costs: a name among all leaves, and a second start.
 * BENCH_ACCOUNTS: how many instead.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* both have a struct of this name; the one at a terminal is not needed here */
#define person bench_person
#include "bench.h"
#undef person
#include "client.h"
#include "relay.h"

#define REPLAY_BATCH 1000
#define REPLAY_WAIT 120         /* seconds for anything */
#define REPLAY_PASS "correct horse"

struct replay {
	struct server server;
	struct loop *loop;
	struct log log;
	unsigned n, round;
	char *dir;
	struct client *c;
	struct series first, cpu, again, resident;
};

static void
replay_fill(struct replay *b)
{
	struct relay_setup setup = {.data = b->server.dir, .loop = b->loop,
	    .signer = SIGNER_NONE};
	struct record rec = {.version = 1};
	struct options options;
	struct relay *relay;
	char *why = NULL;
	unsigned i;

	options_init(&options, relay_option, relay_options);
	setup.options = &options;
	if (relay_new(&relay, &setup, &why) != 0)
		bench_die("relay_new: %s", why);
	for (i = 0; i < b->n; i++) {
		(void)snprintf(rec.name, sizeof(rec.name), "user%u", i);
		rng_fill(&rng_system, rec.account, ACCOUNT_ID);
		rng_fill(&rng_system, rec.hash, HASH32);
		if (ledger_add(relay, &rec) != 0)
			bench_die("ledger_add");
		if (i % REPLAY_BATCH == 0)
			relay_keep(relay);
	}
	relay_keep(relay);
	relay_free(relay);
	options_free(&options);
}

static void
replay_client(struct replay *b)
{
	struct client_setup setup = {.loop = b->loop, .profile = b->dir,
	    .log = &b->log, .pass_mem_kib = 64, .pass_ops = 1};
	char *why = NULL;

	if (client_open(&b->c, &setup, &why) != 0)
		bench_die("client_open: %s", why);
}

static void
replay_until(struct replay *b)
{
	double end = bench_now() + REPLAY_WAIT;
	struct directory d;

	do {
		if (loop_hear(b->loop, 100) != 0 || bench_now() > end)
			bench_die("the log is not read to its end");
		client_think(b->c);
		if (client_keep(b->c) == 0)
			client_say(b->c);
		client_directory(b->c, &d);
	} while (d.state != DIRECTORY_GOOD || d.size <= b->n ||
	    client_online(b->c) != ONLINE_ON);
}

static void
replay_round(struct replay *b)
{
	struct bytes pass = bytes_of(REPLAY_PASS, sizeof(REPLAY_PASS) - 1);
	char name[NAME_LEN], *why = NULL;
	double from, cpu;

	b->dir = mem_format("%s/client%u", b->server.dir, b->round);
	(void)snprintf(name, sizeof(name), "newcomer%u", b->round++);
	replay_client(b);
	from = bench_now();
	cpu = bench_cpu(0);
	if (client_init(b->c, name, pass, &b->server.address, &why) != 0)
		bench_die("client_init: %s", why);
	replay_until(b);
	series_put(&b->first, bench_now() - from);
	series_put(&b->cpu, bench_cpu(0) - cpu);
	series_put(&b->resident, bench_memory(getpid(), "Rss") / 1024);
	client_close(b->c);
	replay_client(b);
	from = bench_now();
	if (client_unlock(b->c, pass) != 0)
		bench_die("client_unlock");
	replay_until(b);
	series_put(&b->again, bench_now() - from);
	client_close(b->c);
	free(b->dir);
}

int
main(void)
{
	const char *s = getenv("BENCH_ACCOUNTS");
	struct replay *b = mem_alloc(sizeof(*b));
	char name[80];
	unsigned r;

	b->n = s ? (unsigned)strtoul(s, NULL, 10) : 100000;
	b->log.fd = -1;
	if (seal_start() != 0)
		bench_die("libsodium");
	b->loop = loop_new(&clock_system, &rng_system);
	bench_pin(1);
	server_open(&b->server);
	server_stop(&b->server);
	replay_fill(b);
	server_start(&b->server);
	for (r = 0; r < bench_rounds(); r++)
		replay_round(b);
	(void)snprintf(name, sizeof(name), "a newcomer reads, checks and keeps "
	    "%u leaves", b->n);
	row_bar(name, "s", &b->first, false, 5);
	row_put("the same: CPU of the client", "s", &b->cpu);
	row_put("the same: memory of the client", "MiB", &b->resident);
	row_put("its next start, until all is proven again", "s", &b->again);
	server_close(&b->server);
	free(b);
	return 0;
}
