/* SPDX-License-Identifier: ISC */
/*
 * Ten thousand registered devices that are connected and say nothing: memory
 * of the relay for each, and what connecting cost it in CPU. Each round adds
 * its share of them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "crowd.h"

#define IDLE_PEER 1000          /* connections of the peer's reading */

struct idle {
	struct server server;
	struct crowd crowd;
	double rss;                     /* before the second connection */
	struct series memory, cpu, ratio;
};

/* What the first connection makes is not for each. */
static void
idle_first(struct idle *d)
{
	server_stop(&d->server);
	server_start(&d->server);
	d->crowd.address = d->server.address;
	crowd_dial(&d->crowd, 0, 1);
	d->rss = bench_memory(d->server.pid, "Rss");
}

/* One share more of the connections; the last reading is with all of them. */
static void
idle_round(struct idle *d, unsigned from, unsigned to)
{
	double cpu = bench_cpu(d->server.pid), peer;

	crowd_dial(&d->crowd, from, to);
	cpu = (bench_cpu(d->server.pid) - cpu) * 1e6 / (to - from);
	series_put(&d->memory, (bench_memory(d->server.pid, "Rss") - d->rss) /
	    (to - 1));
	series_put(&d->cpu, cpu);
	peer = peer_measure("redis-tls", "idle", IDLE_PEER, 0);
	if (peer > 0)
		series_put(&d->ratio, cpu / peer);
}

int
main(void)
{
	const char *s = getenv("BENCH_IDLE");
	unsigned n = s ? (unsigned)strtoul(s, NULL, 10) : 10000, r, at = 1;
	unsigned rounds = bench_rounds();
	struct idle d = {.memory = {.n = 0}};
	char name[64];

	bench_many_files();
	bench_pin(1);
	server_open(&d.server);
	crowd_open(&d.crowd, &d.server.address, n);
	idle_first(&d);
	for (r = 1; r <= rounds; r++) {
		idle_round(&d, at, r == rounds ? n : n / rounds * r);
		at = n / rounds * r;
	}
	crowd_hang(&d.crowd);
	(void)snprintf(name, sizeof(name), "idle, up to %u connections: memory", n);
	row_bar(name, "KiB each", &d.memory, false, 4.3);
	row_put("connect: server CPU", "us each", &d.cpu);
	if (d.ratio.n > 0)
		row_bar("connect: CPU / redis-tls", "x", &d.ratio, false, 0.7);
	else
		row_skip("connect: CPU / redis-tls", peer_missing());
	crowd_close(&d.crowd);
	server_close(&d.server);
	return 0;
}
