/* SPDX-License-Identifier: ISC */
/*
 * Routing: one ephemeral entry of 256 bytes to 1, 100 and 1,000 connected
 * readers, and a durable one to 100 and 1,000. What counts is the server's CPU
 * for one delivery, beside a forwarder that encrypts nothing and, where they
 * are installed, nats and redis with TLS; all in the same round.
 */
#include <stdio.h>
#include <stdlib.h>

#include "crowd.h"

#define FAN_MAX 1000

struct fan_case {
	const char *what;
	unsigned readers, flight;       /* messages under way at once */
	bool durable;
	double forward, nats, redis;    /* bars; 0: none */
};
static const struct fan_case fan_case[] = {
	{"whisper to 100", 100, 1, false, 1.2, 1.5, 1.5},
	{"whisper to 1000", 1000, 1, false, 1.2, 1.5, 1.5},
	{"durable to 100", 100, 1, true, 0, 0, 0},
	{"durable to 1000", 1000, 1, true, 0, 0, 0},
	{"one to one, saturated", 1, 1024, false, 0, 1.5, 0},
};
#define FAN_CASES COUNT(fan_case)

struct fan {
	struct server server;
	struct crowd crowd;
	uint8_t log[FAN_CASES][WIRE_ID];
	struct readers *readers[FAN_CASES];
	pid_t forward[FAN_CASES];
	struct series us[FAN_CASES], rate[FAN_CASES], ratio[FAN_CASES],
	    nats[FAN_CASES], redis[FAN_CASES];
};

/* BENCH_ONLY: a word of the cases that are wanted. */
static bool
fan_wanted(unsigned k)
{
	const char *only = getenv("BENCH_ONLY");

	return !only || strstr(fan_case[k].what, only);
}

/* Member 0 speaks; the others listen. */
static void
fan_logs(struct fan *f, unsigned k)
{
	unsigned i;

	f->log[k][0] = (uint8_t)(k + 1);
	crowd_create(&f->crowd, 0, f->log[k]);
	crowd_follow(&f->crowd, 0, f->log[k], 0);
	for (i = 1; i <= fan_case[k].readers; i++)
		crowd_follow(&f->crowd, i, f->log[k], 0);
}

static void
fan_forwarder(struct fan *f, unsigned k)
{
	uint16_t port;
	int fd = forward_listen(&port);

	f->forward[k] = server_fork(forward_run, &fd);
	f->readers[k] = readers_open(port, fan_case[k].readers, CROWD_ENTRY);
}

/* Deliveries per second; *us: CPU of the server for one. */
static double
fan_relay(struct fan *f, unsigned k, double *us)
{
	const struct fan_case *c = &fan_case[k];
	/* an append comes back to its own sender too */
	uint64_t each = c->readers + (c->durable ? 1 : 0), from = f->crowd.got;
	uint64_t sent = 0, back;
	double cpu = bench_cpu(f->server.pid), t = bench_now();

	do {
		back = (f->crowd.got - from) / each;
		if (sent - back <= c->flight / 2) {
			crowd_say(&f->crowd, 0, f->log[k], c->durable,
			    (unsigned)(c->flight - (sent - back)));
			sent = back + c->flight;
		}
		crowd_hear(&f->crowd, 1000);
	} while (bench_now() - t < bench_secs());
	crowd_until(&f->crowd, &f->crowd.got, from + sent * each);
	t = bench_now() - t;
	*us = (bench_cpu(f->server.pid) - cpu) * 1e6 / (double)(sent * each);
	return (double)(sent * each) / t;
}

static double
fan_plain(struct fan *f, unsigned k)
{
	const struct fan_case *c = &fan_case[k];
	struct readers *r = f->readers[k];
	uint64_t from = readers_got(r, 0), got = from, sent = 0, back;
	double cpu = bench_cpu(f->forward[k]), t = bench_now();

	do {
		back = (got - from) / c->readers;
		if (sent - back <= c->flight / 2) {
			readers_say(r, (unsigned)(c->flight - (sent - back)));
			sent = back + c->flight;
		}
		got = readers_got(r, 1000);
	} while (bench_now() - t < bench_secs());
	while (got - from < sent * c->readers)
		got = readers_got(r, 1000);
	return (bench_cpu(f->forward[k]) - cpu) * 1e6 /
	    (double)(sent * c->readers);
}

static void
fan_peer(struct series *s, const char *peer, unsigned k, double us)
{
	const struct fan_case *c = &fan_case[k];
	double v = peer_measure(peer, c->flight > 1 ? "sat" : "fan",
	    c->readers, c->flight);

	if (v > 0)
		series_put(s, v / us);
}

static void
fan_round(struct fan *f, unsigned k)
{
	const struct fan_case *c = &fan_case[k];
	double us, rate = fan_relay(f, k, &us);

	series_put(&f->us[k], us);
	series_put(&f->rate[k], rate);
	if (!c->durable) {
		series_put(&f->ratio[k], us / fan_plain(f, k));
		fan_peer(&f->nats[k], "nats-tls", k, us);
		fan_peer(&f->redis[k], "redis-tls", k, us);
	}
}

static void
fan_rows(const struct fan *f, unsigned k)
{
	const struct fan_case *c = &fan_case[k];
	char name[96];

#define NAME(text) ((void)snprintf(name, sizeof(name), "%s: %s", c->what, \
	    text), name)
	row_put(NAME("server CPU"), "us/delivery", &f->us[k]);
	row_put(NAME("deliveries"), "per s", &f->rate[k]);
	if (c->durable)
		return;
	row_bar(NAME("CPU / forwarder without encryption"), "x", &f->ratio[k],
	    false, c->forward);
	if (f->nats[k].n > 0)
		row_bar(NAME("CPU of nats-tls / ours"), "x", &f->nats[k],
		    true, c->nats);
	else
		row_skip(NAME("CPU of nats-tls / ours"), peer_missing());
	if (f->redis[k].n > 0)
		row_bar(NAME("CPU of redis-tls / ours"), "x", &f->redis[k],
		    true, c->redis);
	else
		row_skip(NAME("CPU of redis-tls / ours"), peer_missing());
#undef NAME
}

int
main(void)
{
	static struct fan f;
	unsigned k, r;

	bench_many_files();
	bench_pin(1);
	server_open(&f.server);
	for (k = 0; k < FAN_CASES; k++)
		if (!fan_case[k].durable && fan_wanted(k))
			fan_forwarder(&f, k);
	crowd_open(&f.crowd, &f.server.address, FAN_MAX + 1);
	crowd_dial(&f.crowd, 0, FAN_MAX + 1);
	for (k = 0; k < FAN_CASES; k++)
		if (fan_wanted(k))
			fan_logs(&f, k);
	for (r = 0; r < bench_rounds(); r++)
		for (k = 0; k < FAN_CASES; k++)
			if (fan_wanted(k))
				fan_round(&f, k);
	for (k = 0; k < FAN_CASES; k++)
		if (fan_wanted(k))
			fan_rows(&f, k);
	for (k = 0; k < FAN_CASES; k++)
		if (f.readers[k]) {
			readers_close(f.readers[k]);
			server_kill(f.forward[k]);
		}
	crowd_close(&f.crowd);
	server_close(&f.server);
	return 0;
}
