/* SPDX-License-Identifier: ISC */
/* See crowd.h. */
#include <stdio.h>
#include <stdlib.h>

#include "crowd.h"

#define CROWD_AT_ONCE 64        /* handshakes under way */
#define CROWD_WAIT 20           /* seconds for anything */
#define CROWD_SAID 1            /* the one turn that all is put under */

static const uint8_t crowd_access[KEY_SIZE] = {1};

static void
crowd_heard(void *arg, struct link *l, const struct msg *m)
{
	struct member *x = arg;

	(void)l;
	switch (m->code) {
	case MSG_done:
		x->crowd->done++;
		break;
	case MSG_entry:
	case MSG_whispered:
		x->crowd->got++;
		break;
	case MSG_blob_part:
		x->parts++;
		x->crowd->parts++;
		x->crowd->bytes += m->blob_part.data.n;
		break;
	case MSG_greet:
		x->greeted = true;
		x->crowd->greeted++;
		break;
	case MSG_fail:
		bench_die("refused: %.*s", (int)m->fail.text.n,
		    (const char *)m->fail.text.p);
	default:
		break;
	}
}

static void
crowd_opened(void *arg, struct link *l)
{
	struct msg m = {.code = MSG_hello};

	(void)arg;
	m.hello.agent = bytes_of("bench", 5);
	if (link_put(l, CROWD_SAID, &m) != 0)
		bench_die("no hello");
	link_say(l, CROWD_SAID);
}

static void
crowd_closed(void *arg, struct link *l, int err, const char *why)
{
	struct member *x = arg;

	(void)l;
	if (!x->crowd->quiet)
		bench_die("a connection ended: %s (%s)", why, err_text(err));
	x->link = NULL;
	x->crowd->linked--;
	if (x->greeted)
		x->crowd->greeted--;
	x->greeted = false;
}

void
crowd_hear(struct crowd *c, int ms)
{
	if (loop_hear(c->loop, ms) != 0)
		bench_die("the loop");
}

void
crowd_until(struct crowd *c, const uint64_t *count, uint64_t want)
{
	double end = bench_now() + CROWD_WAIT;

	while (*count < want) {
		crowd_hear(c, 100);
		if (bench_now() > end)
			bench_die("%llu of %llu came within %d s",
			    (unsigned long long)*count,
			    (unsigned long long)want, CROWD_WAIT);
	}
}

void
crowd_send(struct crowd *c, unsigned i, const struct msg *m)
{
	struct link *l = c->m[i].link;

	if (!l || link_put(l, CROWD_SAID, m) != 0)
		bench_die("member %u can't send", i);
	link_say(l, CROWD_SAID);
}

static void
crowd_link(struct crowd *c, unsigned i)
{
	struct link_setup s = {
		.loop = c->loop,
		.on = {crowd_opened, crowd_heard, crowd_closed},
		.arg = &c->m[i],
		.secret = c->m[i].transport,
	};

	c->m[i].link = link_dial(&s, c->address.host, c->address.port,
	    c->address.pin);
	c->linked++;
}

void
crowd_dial(struct crowd *c, unsigned from, unsigned to)
{
	double end = bench_now() + 3 * CROWD_WAIT;
	unsigned want = c->greeted + to - from, base = c->greeted - from;

	while (c->greeted < want) {
		while (from < to && from + base < c->greeted + CROWD_AT_ONCE)
			crowd_link(c, from++);
		crowd_hear(c, 100);
		if (bench_now() > end)
			bench_die("only %u connections", c->greeted);
	}
}

void
crowd_hang(struct crowd *c)
{
	unsigned i;

	c->quiet = true;
	for (i = 0; i < c->n; i++)
		if (c->m[i].link)
			link_close(c->m[i].link, ERR_NET, "done");
	while (c->linked > 0)
		crowd_hear(c, 10);
	c->quiet = false;
}

/* --- accounts --- */

/* The record of one account with devices from .. from + n - 1. */
static void
crowd_record(struct crowd *c, unsigned from, unsigned n, struct buf *out)
{
	uint8_t public[SIGN_PUBLIC], secret[SIGN_SECRET], sign[SIGN_SECRET];
	struct record *r = mem_alloc(sizeof(*r));
	unsigned i;

	sign_keypair(&rng_system, public, secret);
	memcpy(r->account_key, public, SIGN_PUBLIC);
	(void)snprintf(r->name, sizeof(r->name), "b%u", from);
	r->version = 1;
	r->devices = n;
	r->expires = (uint64_t)(clock_wall(&clock_system) + 86400000);
	for (i = 0; i < n; i++) {
		sign_keypair(&rng_system, r->device[i].sign, sign);
		dh_keypair(&rng_system, r->device[i].transport,
		    c->m[from + i].transport);
	}
	if (record_put(r, secret, out) != 0)
		bench_die("no record");
	free(r);
}

static void
crowd_enrol(struct crowd *c, unsigned from)
{
	unsigned n = c->n - from < DEVICES_MAX ? c->n - from : DEVICES_MAX;
	struct msg m = {.code = MSG_enrol};
	struct buf b = {0};
	uint64_t done = c->done;

	crowd_record(c, from, n, &b);
	crowd_dial(c, from, from + 1);
	m.enrol.req = ++c->req;
	m.enrol.record = buf_view(&b);
	crowd_send(c, from, &m);
	crowd_until(c, &c->done, done + 1);
	buf_free(&b);
}

void
crowd_open(struct crowd *c, const struct address *a, unsigned n)
{
	unsigned i;

	memset(c, 0, sizeof(*c));
	if (seal_start() != 0)
		bench_die("libsodium");
	c->address = *a;
	c->loop = loop_new(&clock_system, &rng_system);
	c->n = n;
	c->m = mem_array(n, sizeof(*c->m));
	for (i = 0; i < n; i++)
		c->m[i].crowd = c;
	for (i = 0; i < n; i += DEVICES_MAX)
		crowd_enrol(c, i);
	crowd_hang(c);
}

void
crowd_close(struct crowd *c)
{
	crowd_hang(c);
	(void)loop_hear(c->loop, 0);
	loop_free(c->loop);
	free(c->m);
}

/* --- logs --- */

void
crowd_create(struct crowd *c, unsigned i, const uint8_t *log)
{
	struct msg m = {.code = MSG_log_create};
	uint64_t done = c->done;

	m.log_create.req = ++c->req;
	memcpy(m.log_create.log, log, WIRE_ID);
	memcpy(m.log_create.access, crowd_access, KEY_SIZE);
	crowd_send(c, i, &m);
	crowd_until(c, &c->done, done + 1);
}

void
crowd_follow(struct crowd *c, unsigned i, const uint8_t *log, uint64_t from)
{
	struct msg m = {.code = MSG_log_open};
	uint64_t done = c->done;

	m.log_open.req = ++c->req;
	memcpy(m.log_open.log, log, WIRE_ID);
	m.log_open.from = from;
	epoch_proof(crowd_access, link_hash(c->m[i].link), log, 0,
	    m.log_open.proof);
	crowd_send(c, i, &m);
	crowd_until(c, &c->done, done + 1);
}

static void
crowd_append(struct crowd *c, const uint8_t *log, struct bytes entry,
    struct msg *m)
{
	m->code = MSG_log_append;
	m->log_append.req = ++c->req;
	memcpy(m->log_append.log, log, WIRE_ID);
	memcpy(m->log_append.id, &c->req, sizeof(c->req));
	memcpy(m->log_append.id + 4, log, WIRE_ID - 4);
	m->log_append.entry = entry;
}

void
crowd_say(struct crowd *c, unsigned i, const uint8_t *log, bool durable,
    unsigned n)
{
	uint8_t entry[CROWD_ENTRY] = {0};
	struct msg m = {.code = MSG_whisper};

	memcpy(m.whisper.log, log, WIRE_ID);
	m.whisper.entry = bytes_of(entry, sizeof(entry));
	while (n-- > 0) {
		if (durable)
			crowd_append(c, log, bytes_of(entry, sizeof(entry)),
			    &m);
		if (link_put(c->m[i].link, CROWD_SAID, &m) != 0)
			bench_die("member %u can't send", i);
	}
	link_say(c->m[i].link, CROWD_SAID);
}
