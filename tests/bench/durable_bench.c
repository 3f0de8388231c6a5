/* SPDX-License-Identifier: ISC */
/*
 * Durable appends of 256 bytes, acknowledged after fsync, with 1, 64 and 1024
 * under way: what tacetd takes beside a bare SQLite loop that commits the same
 * rows in groups as large as its turns were.
 */
#include <stdio.h>
#include <stdlib.h>

#include "crowd.h"

#define DURABLE_WINDOWS 3
#define DURABLE_LOOK 0.0005     /* seconds */
#define DURABLE_SLICES 8        /* of a round */

static const unsigned durable_window[DURABLE_WINDOWS] = {1, 64, 1024};

/* BENCH_ONLY: the one window that is wanted. */
static bool
durable_wanted(unsigned i)
{
	const char *only = getenv("BENCH_ONLY");

	return !only || strtoul(only, NULL, 10) == durable_window[i];
}

struct durable {
	struct server server;
	struct crowd crowd;
	struct bare *bare;              /* grows as the relay's tables do */
	uint8_t log[WIRE_ID];
	struct tally {
		double rows, secs, cpu;
	} relay, alone;                 /* of a round */
	double group;                   /* entries in a commit, the last time */
	struct series ratio[DURABLE_WINDOWS], us[DURABLE_WINDOWS],
	    cost[DURABLE_WINDOWS], acks[DURABLE_WINDOWS],
	    groups[DURABLE_WINDOWS], redis[DURABLE_WINDOWS];
};

static void
durable_fill(struct durable *d, uint64_t *sent, uint64_t from, unsigned window)
{
	uint64_t flight = *sent - (d->crowd.done - from);

	if (flight >= window)
		return;
	crowd_say(&d->crowd, 0, d->log, true, (unsigned)(window - flight));
	*sent += window - flight;
}

/* Who asks looks for a while before it sleeps: to be woken takes as long as a
 * commit on a good disk, and is no time of the relay's. */
static void
durable_hear(struct durable *d)
{
	double end = bench_now() + DURABLE_LOOK;
	uint64_t was = d->crowd.done;

	while (d->crowd.done == was && bench_now() < end)
		crowd_hear(&d->crowd, 0);
	if (d->crowd.done == was)
		crowd_hear(&d->crowd, 1000);
}

static void
durable_relay(struct durable *d, unsigned window, double secs)
{
	double turns = server_metric(&d->server, "turns_total");
	double cpu = bench_cpu(d->server.pid), t = bench_now(), now;
	uint64_t from = d->crowd.done, sent = 0;

	do {
		durable_fill(d, &sent, from, window);
		durable_hear(d);
		now = bench_now();
	} while (now - t < secs);
	crowd_until(&d->crowd, &d->crowd.done, from + sent);
	d->relay.secs += bench_now() - t;
	d->relay.cpu += bench_cpu(d->server.pid) - cpu;
	d->relay.rows += (double)sent;
	turns = server_metric(&d->server, "turns_total") - turns;
	d->group = (double)sent / (turns > 0 ? turns : 1);
}

static void
durable_bare(struct durable *d, double secs)
{
	unsigned group = (unsigned)(d->group + 0.5);
	double cpu, t, now;

	bench_pin(0);
	group = group ? group : 1;
	cpu = bench_cpu(0);
	t = bench_now();
	do {
		bare_group(d->bare, group);
		d->alone.rows += group;
		now = bench_now();
	} while (now - t < secs);
	d->alone.secs += now - t;
	d->alone.cpu += bench_cpu(0) - cpu;
	bench_pin(1);
}

/* A disk is fast now and slow then: with small windows the two take turns. */
static void
durable_round(struct durable *d, unsigned i)
{
	unsigned slices = durable_window[i] < 1000 ? DURABLE_SLICES : 1, k;
	double redis, rate, us, bare;

	d->relay = d->alone = (struct tally){0};
	for (k = 0; k < slices; k++) {
		durable_relay(d, durable_window[i], bench_secs() / slices);
		durable_bare(d, bench_secs() / slices);
	}
	rate = d->relay.rows / d->relay.secs;
	us = d->relay.cpu / d->relay.rows * 1e6;
	bare = d->alone.rows / d->alone.secs;
	series_put(&d->us[i], us);
	series_put(&d->cost[i], us * d->alone.rows / (d->alone.cpu * 1e6));
	series_put(&d->acks[i], rate);
	series_put(&d->ratio[i], rate / bare);
	series_put(&d->groups[i], d->group);
	redis = peer_measure("redis-aof", "ack", 0, durable_window[i]);
	if (redis > 0)
		series_put(&d->redis[i], rate / redis);
}

static void
durable_rows(const struct durable *d, unsigned i)
{
	unsigned w = durable_window[i];
	char name[80];

#define NAME(text) ((void)snprintf(name, sizeof(name), \
	    "durable, window %u: %s", w, text), name)
	row_put(NAME("server CPU"), "us each", &d->us[i]);
	row_bar(NAME("rate / bare SQLite loop"), "x", &d->ratio[i], true, 0.8);
	row_put(NAME("CPU / bare SQLite loop"), "x", &d->cost[i]);
	row_put(NAME("acknowledged"), "per s", &d->acks[i]);
	row_put(NAME("entries in a commit"), "", &d->groups[i]);
	if (d->redis[i].n > 0)
		row_put(NAME("rate / redis appendfsync always"), "x",
		    &d->redis[i]);
	else
		row_skip(NAME("rate / redis appendfsync always"),
		    peer_missing());
#undef NAME
}

int
main(void)
{
	struct durable d = {.log = {7}};
	unsigned i, r;

	bench_pin(1);
	server_open(&d.server);
	crowd_open(&d.crowd, &d.server.address, 1);
	crowd_dial(&d.crowd, 0, 1);
	crowd_create(&d.crowd, 0, d.log);
	d.bare = bare_open(d.server.dir, CROWD_ENTRY);
	for (r = 0; r < bench_rounds(); r++)
		for (i = 0; i < DURABLE_WINDOWS; i++)
			if (durable_wanted(i))
				durable_round(&d, i);
	for (i = 0; i < DURABLE_WINDOWS; i++)
		if (durable_wanted(i))
			durable_rows(&d, i);
	bare_close(d.bare);
	crowd_close(&d.crowd);
	server_close(&d.server);
	return 0;
}
