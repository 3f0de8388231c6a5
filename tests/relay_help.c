/* SPDX-License-Identifier: ISC */
/* See relay_help.h. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tap.h"
#include "relay_help.h"

#define CLOSING_MS 11000        /* longer than a link takes to end */

#define ASK_MS 10000

static int64_t
desk_wall(void *arg)
{
	struct desk *w = arg;

	return clock_wall(&clock_system) + w->wall_skew;
}

static int64_t
desk_mono(void *arg)
{
	struct desk *w = arg;

	return clock_mono(&clock_system) + w->mono_skew;
}

void
desk_start(struct desk *w)
{
	struct relay_setup setup = {
		.loop = w->loop, .options = &w->options, .log = &w->log,
		.data = w->dir,
	};
	char *why;

	if (relay_new(&w->relay, &setup, &why) != 0)
		bail("relay_new: %s", why ? why : "?");
}

void
desk_open(struct desk *w, const char *store, ...)
{
	const char *tmp = getenv("TMPDIR"), *name;
	char *why = NULL;
	va_list ap;

	memset(w, 0, sizeof(*w));
	if (seal_start() != 0)
		bail("libsodium");
	w->clock = (struct clock){desk_wall, desk_mono, w};
	w->log = (struct log){.fd = getenv("RELAY_LOG") ? 2 : -1,
	    .level = LOG_DEBUG, .clock = &w->clock};
	w->dir = mem_format("%s/relay.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(w->dir))
		bail("no folder");
	options_init(&w->options, relay_option, relay_options);
	if (options_set(&w->options, "store", store, &why) != 0 ||
	    options_set(&w->options, "metrics", "off", &why) != 0 ||
	    options_set(&w->options, "listen", "127.0.0.1", &why) != 0 ||
	    options_set(&w->options, "port", "0", &why) != 0 ||
	    options_set(&w->options, "registration", "open", &why) != 0)
		bail("%s", why);
	va_start(ap, store);
	while ((name = va_arg(ap, const char *)))
		if (options_set(&w->options, name, va_arg(ap, const char *),
		    &why) != 0)
			bail("%s", why);
	va_end(ap);
	w->loop = loop_new(&w->clock, &rng_system);
	desk_start(w);
}

void
desk_hear(struct desk *w, int ms)
{
	if (w->relay)
		relay_turn(w->relay, ms);
	else
		(void)loop_hear(w->loop, ms);
}

void
desk_turn(struct desk *w)
{
	int i;

	if (!w->relay) {
		desk_hear(w, 20);
		return;
	}

	for (i = 0; i < 6 || (relay_wait(w->relay) == 0 && i < 2000); i++)
		relay_turn(w->relay, i < 4 ? 1 : 0);
}

void
desk_pass(struct desk *w, int64_t ms)
{
	w->wall_skew += ms;
	w->mono_skew += ms;
	desk_turn(w);
}

void
desk_stop(struct desk *w)
{
	relay_free(w->relay);
	w->relay = NULL;
}

void
desk_close(struct desk *w)
{
	char *rm = mem_format("rm -rf '%s'", w->dir);

	desk_stop(w);
	(void)loop_hear(w->loop, 0);
	/* links that wait for the other side's end have waited long enough; the
	 * turn after their time frees them */
	w->mono_skew += CLOSING_MS;
	(void)loop_hear(w->loop, 0);
	(void)loop_hear(w->loop, 0);
	loop_free(w->loop);
	options_free(&w->options);
	if (system(rm) != 0)
		note("left behind: %s", w->dir);
	free(rm);
	free(w->dir);
}

/* --- devices --- */

void
dev_init(struct dev *d, struct desk *w, const char *name)
{
	struct device *v = &d->record.device[0];
	uint8_t public[SIGN_PUBLIC];

	memset(d, 0, sizeof(*d));
	d->w = w;
	(void)snprintf(d->name, sizeof(d->name), "%s", name);
	sign_keypair(&rng_system, d->account_public, d->account_secret);
	sign_keypair(&rng_system, public, d->sign_secret);
	dh_keypair(&rng_system, v->transport, d->transport);
	memcpy(v->sign, public, SIGN_PUBLIC);
	memcpy(d->record.account_key, d->account_public, SIGN_PUBLIC);
	(void)snprintf(d->record.name, sizeof(d->record.name), "%s", name);
	d->record.version = 1;
	d->record.devices = 1;
	d->record.expires = (uint64_t)(clock_wall(&w->clock) + 86400000ll * 365);
	if (record_put(&d->record, d->account_secret, &d->raw) != 0)
		bail("record_put");
	memcpy(d->account, d->record.account, ACCOUNT_ID);
	memcpy(d->device, v->id, DEVICE_ID);
}

static void
dev_open_event(void *arg, struct link *l)
{
	struct dev *d = arg;

	(void)l;
	d->open = true;
}

static void
dev_heard(void *arg, struct link *l, const struct msg *m)
{
	struct dev *d = arg;
	struct got *g;
	struct rd rd;

	(void)l;
	if (d->n == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 16;
		d->got = mem_grow(d->got, d->cap, sizeof(*d->got));
	}
	g = &d->got[d->n++];
	memset(g, 0, sizeof(*g));
	if (msg_put(&g->raw, m) != 0)
		bail("what was heard can't be written");
	rd = rd_of(buf_view(&g->raw));
	if (msg_get(&rd, &g->m) != 0)
		bail("nor read");
}

static void
dev_closed(void *arg, struct link *l, int err, const char *why)
{
	struct dev *d = arg;

	(void)l;
	if (getenv("RELAY_LOG"))
		note("%s: closed: %s", d->name, why);
	d->link = NULL;
	d->open = false;
	d->closed = err;
}

static struct link_setup
dev_setup(struct dev *d)
{
	struct link_setup s = {
		.loop = d->w->loop,
		.on = {dev_open_event, dev_heard, dev_closed},
		.arg = d,
		.secret = d->transport,
	};

	return s;
}

static void
dev_hello(struct dev *d)
{
	struct msg hello = {.code = MSG_hello};
	int64_t end = clock_mono(&clock_system) + ASK_MS;

	while (d->link && !d->open && clock_mono(&clock_system) < end)
		desk_hear(d->w, 5);
	if (!d->link)
		return;
	hello.hello.agent = bytes_of("test", 4);
	dev_send(d, &hello);
	while (d->link && dev_count(d, MSG_greet) == 0 &&
	    clock_mono(&clock_system) < end)
		desk_hear(d->w, 5);
}

void
dev_dial(struct dev *d)
{
	struct link_setup s = dev_setup(d);
	uint8_t peer[DH_SIZE];
	int fd[2];

	if (dh_public(keys_transport(d->w->relay->keys), peer) != 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0)
		bail("no connection");
	dev_clear(d);
	(void)relay_over(d->w->relay, fd[0]);
	d->link = link_over(&s, fd[1], true, peer);
	dev_hello(d);
}

void
dev_back(struct dev *d)
{
	if (!d->link)
		dev_dial(d);
}

void
dev_dial_half(struct dev *d)
{
	struct link_setup s = dev_setup(d);

	d->link = link_dial(&s, "127.0.0.1", d->w->far_port, d->w->far_key);
}

void
dev_dial_tcp(struct dev *d)
{
	struct link_setup s = dev_setup(d);
	uint8_t peer[DH_SIZE];

	uint16_t port = d->w->far_port;

	if (!d->w->relay)
		memcpy(peer, d->w->far_key, DH_SIZE);
	else if (dh_public(keys_transport(d->w->relay->keys), peer) != 0)
		bail("no key");
	else
		port = relay_port(d->w->relay);
	dev_clear(d);
	d->link = link_dial(&s, "127.0.0.1", port, peer);
	dev_hello(d);
}

void
dev_hang(struct dev *d)
{
	int i;

	if (d->link)
		link_close(d->link, ERR_NET, "done");
	for (i = 0; i < 4; i++)
		desk_hear(d->w, 1);
}

void
dev_clear(struct dev *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		buf_free(&d->got[i].raw);
	d->n = d->seen = 0;
}

void
dev_free(struct dev *d)
{
	dev_hang(d);
	dev_clear(d);
	free(d->got);
	buf_free(&d->raw);
	memset(d, 0, sizeof(*d));
}

void
dev_send(struct dev *d, const struct msg *m)
{
	if (!d->link)
		return;
	if (link_put(d->link, 1, m) == 0)
		link_say(d->link, 1);
}

/* `req` stands first in each question that has one. */
int
dev_ask(struct dev *d, struct msg *m, const struct msg **answer)
{
	int64_t end = clock_mono(&clock_system) + ASK_MS;
	size_t i = d->n;

	m->lookup.req = ++d->req;
	dev_send(d, m);
	while (d->link && clock_mono(&clock_system) < end) {
		for (; i < d->n; i++)
			if (msg_req(&d->got[i].m) == d->req) {
				m = &d->got[i].m;
				if (answer)
					*answer = m;
				return m->code == MSG_fail ?
				    -(int)m->fail.error : 0;
			}
		desk_hear(d->w, 5);
	}
	return d->link ? ERR_TIMEOUT : ERR_NET;
}

const struct msg *
dev_next(struct dev *d, uint16_t code)
{
	while (d->seen < d->n)
		if (d->got[d->seen++].m.code == code)
			return &d->got[d->seen - 1].m;
	return NULL;
}

size_t
dev_count(struct dev *d, uint16_t code)
{
	size_t i, n = 0;

	for (i = 0; i < d->n; i++)
		n += d->got[i].m.code == code;
	return n;
}

/* --- questions --- */

int
dev_enrol(struct dev *d, struct bytes invite)
{
	struct msg m = {.code = MSG_enrol};

	m.enrol.invite = invite;
	m.enrol.record = buf_view(&d->raw);
	return dev_ask(d, &m, NULL);
}

void
dev_join(struct dev *d, struct desk *w, const char *name)
{
	int err;

	dev_init(d, w, name);
	dev_dial(d);
	err = dev_enrol(d, bytes_of(NULL, 0));
	if (err)
		bail("%s can't register: %s", name, err_text(err));
}

int
dev_create(struct dev *d, const uint8_t *log, const uint8_t *access)
{
	struct msg m = {.code = MSG_log_create};

	memcpy(m.log_create.log, log, WIRE_ID);
	memcpy(m.log_create.access, access, KEY_SIZE);
	return dev_ask(d, &m, NULL);
}

int
dev_open(struct dev *d, const uint8_t *log, const uint8_t *access,
    uint64_t epoch, uint64_t from)
{
	struct msg m = {.code = MSG_log_open};
	int err;

	memcpy(m.log_open.log, log, WIRE_ID);
	m.log_open.epoch = epoch;
	m.log_open.from = from;
	if (d->link)
		epoch_proof(access, link_hash(d->link), log, epoch,
		    m.log_open.proof);
	err = dev_ask(d, &m, NULL);
	desk_turn(d->w);
	return err;
}

int
dev_append(struct dev *d, const uint8_t *log, uint8_t id, uint64_t epoch,
    uint8_t flags, const uint8_t *access, const char *text, uint64_t *number)
{
	struct msg m = {.code = MSG_log_append};
	const struct msg *a = NULL;
	int err;

	memcpy(m.log_append.log, log, WIRE_ID);
	memset(m.log_append.id, id, WIRE_ID);
	m.log_append.epoch = epoch;
	m.log_append.flags = flags;
	m.log_append.access = bytes_of(access, access ? KEY_SIZE : 0);
	m.log_append.entry = bytes_of(text, strlen(text));
	err = dev_ask(d, &m, &a);
	if (number && a)
		*number = a->code == MSG_fail ? a->fail.number :
		    a->done.number;
	return err;
}

struct dev_caps
dev_caps(uint8_t n)
{
	struct dev_caps c;
	struct bytes b = bytes_of(c.read, KEY_SIZE);

	memset(c.read, n, KEY_SIZE);
	memset(c.del, n + 100, KEY_SIZE);
	hash_label("blob", &b, 1, c.id);
	b = bytes_of(c.del, KEY_SIZE);
	hash_label("blob delete", &b, 1, c.del_hash);
	return c;
}

int
dev_box(struct dev *d, const struct dev *to, uint8_t id, const char *text)
{
	struct msg m = {.code = MSG_box_put};

	memset(m.box_put.id, id, WIRE_ID);
	memcpy(m.box_put.account, to->account, ACCOUNT_ID);
	memcpy(m.box_put.device, to->device, DEVICE_ID);
	m.box_put.box = bytes_of(text, strlen(text));
	return dev_ask(d, &m, NULL);
}
