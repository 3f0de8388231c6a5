/* SPDX-License-Identifier: ISC */
/*
 * Ten thousand registered devices that are connected and say nothing: memory
 * of the relay for each, and what connecting cost it in CPU.
 */
#include <stdio.h>
#include <stdlib.h>

#include "crowd.h"

#define IDLE_PEER 1000          /* connections of the peer's reading */

struct idle {
	struct server server;
	struct crowd crowd;
	struct series memory, cpu, ratio;
};

static void
idle_round(struct idle *d)
{
	double rss, cpu, peer;

	server_stop(&d->server);
	server_start(&d->server);
	d->crowd.address = d->server.address;
	/* what the first connection makes is not for each */
	crowd_dial(&d->crowd, 0, 1);
	rss = bench_memory(d->server.pid, "Rss");
	cpu = bench_cpu(d->server.pid);
	crowd_dial(&d->crowd, 1, d->crowd.n);
	rss = bench_memory(d->server.pid, "Rss") - rss;
	cpu = (bench_cpu(d->server.pid) - cpu) * 1e6 / (d->crowd.n - 1);
	series_put(&d->memory, rss / (d->crowd.n - 1));
	series_put(&d->cpu, cpu);
	peer = peer_measure("redis-tls", "idle", IDLE_PEER, 0);
	if (peer > 0)
		series_put(&d->ratio, cpu / peer);
	crowd_hang(&d->crowd);
}

int
main(void)
{
	const char *s = getenv("BENCH_IDLE");
	unsigned n = s ? (unsigned)strtoul(s, NULL, 10) : 10000, r;
	struct idle d = {.memory = {.n = 0}};
	char name[64];

	bench_many_files();
	bench_pin(1);
	server_open(&d.server);
	crowd_open(&d.crowd, &d.server.address, n);
	for (r = 0; r < bench_rounds(); r++)
		idle_round(&d);
	(void)snprintf(name, sizeof(name), "idle, %u connections: memory", n);
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
