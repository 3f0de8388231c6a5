/* SPDX-License-Identifier: ISC */
/*
 * The relay as a whole: its life and its turn. Handlers run in the first beat
 * and only change the model; what they said leaves in the fourth, when the
 * store has kept what they did.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "relay.h"

int64_t
relay_now(const struct relay *r)
{
	return clock_wall(r->clock);
}

/* --- the turn --- */

#ifdef TACET_TEST
void
relay_crash(const char *point, uint64_t turn)
{
	const char *at = getenv("TACET_CRASH");
	const char *from = getenv("TACET_CRASH_TURN");

	if (at && strcmp(at, point) == 0 &&
	    (!from || turn >= strtoull(from, NULL, 10)))
		(void)raise(SIGKILL);   /* no flush, no goodbye */
}

static void
relay_point(struct relay *r, const char *point, uint64_t turn)
{
	if (r->evil_point)
		r->evil_point(r->evil_arg, point);
	relay_crash(point, turn);
}
#else
#define relay_point(relay, point, turn) ((void)0)
#endif

void
relay_begin(struct relay *r)
{
	if (!r->began)
		r->began = clock_mono(r->clock);
}

static void
relay_think(struct relay *r)
{
	r->again = false;
	if (r->sweeping)
		due_sweep(r);
	peers_feed(r);
	knocks_tell(r, false);
}

/* A turn without writes is handed over too when it said something: it may
 * tell of an earlier one that is not kept yet. */
void
relay_keep(struct relay *r)
{
	if (!r->spoke && r->store->writes == r->writes && !r->store->spoiled)
		return;
	r->spoke = false;
	r->writes = r->store->writes;
	relay_point(r, "relay-before", r->turn);
	ledger_turn(r);
	store_turn(r->store, r->turn++);
	relay_point(r, "relay-kept", r->turn - 1);
}

static void
relay_show(struct relay *r)
{
	uint64_t *m = r->count.metric;
	uint64_t us;

	if (!r->began)
		return;
	us = (uint64_t)(clock_mono(r->clock) - r->began) * 1000;
	r->began = 0;
	m[METRIC_turns_total]++;
	m[METRIC_turn_seconds_total] += us;
	if (us > m[METRIC_turn_seconds_max])
		m[METRIC_turn_seconds_max] = us;
}

void
relay_turn(struct relay *r, int max_ms)
{
	(void)loop_hear(r->loop, max_ms);       /* hear: handlers run */
	relay_think(r);
	if (!defence(said))
		peers_say(r);
	relay_keep(r);
	heads_sign(r);
	peers_say(r);                           /* say: what is kept leaves */
	control_say(r);
	peers_room(r);
	relay_point(r, "relay-said", r->turn - 1);
	relay_show(r);
}

int
relay_wait(const struct relay *r)
{
	return r->again || r->sweeping || r->spoke ? 0 : -1;
}

/* --- what the store reports --- */

static void
relay_kept(void *arg, uint64_t turn)
{
	struct relay *r = arg;

	r->kept = turn;
	ledger_kept(r, turn);
}

/* Whoever was told something in a turn that is lost never hears it: the
 * connection ends, and the client asks again. */
static void
relay_lost(void *arg, uint64_t turn, int err, const char *why)
{
	struct relay *r = arg;

	r->count.metric[METRIC_lost_turns_total]++;
	log_say(r->log, LOG_ERROR, "store", "a turn could not be kept: %s (%s); "
	    "nothing new is taken until there is room", err_text(err), why);
	ledger_lost(r, turn);
	peers_lost(r, turn);
	control_lost(r, turn);
	timer_set(r->heal, RELAY_HEAL_MS);
}

static void
relay_heal(void *arg)
{
	struct relay *r = arg;

	if (!r->store->sick)
		return;
	if (store_heal(r->store) != 0) {
		timer_set(r->heal, RELAY_HEAL_MS);
		return;
	}
	log_say(r->log, LOG_WARN, "store", "keeps again");
	unread_again(r);
	peers_recognise(r, NULL);
}

static void
relay_sweep(void *arg)
{
	struct relay *r = arg;

	r->sweeping = true;
	buckets_sweep(&r->buckets);
	meets_sweep(r);
	unread_again(r);
	timer_set(r->sweep, RELAY_SWEEP_MS);
}

void
relay_end(struct relay *r, const char *why)
{
	if (r->ended)
		return;
	r->ended = why;
	log_say(r->log, LOG_ERROR, "relay", "%s", why);
}

/* Does its store outlive it? */
bool
relay_durable(const struct relay *r)
{
	return strcmp(r->store->row->name, "ram") != 0;
}

/* --- start --- */

/* One tacetd on a folder. The lock goes with the process, however it ends. */
static int
relay_lock(struct relay *r, char **why)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char *path = path_join(r->data, "lock");
	int err = 0;

	r->lock = path_open_private(path, O_RDWR | O_CREAT);
	if (r->lock < 0) {
		err = r->lock;
		*why = mem_format("%s: %s", path, err_text(err));
	} else if (fcntl(r->lock, F_SETLK, &lock) < 0) {
		err = ERR_BUSY;
		if (fcntl(r->lock, F_GETLK, &lock) < 0 ||
		    lock.l_type == F_UNLCK)
			lock.l_pid = 0;
		*why = mem_format("another tacetd (pid %ld) runs on %s: stop "
		    "it, or name another folder with --data",
		    (long)lock.l_pid, r->data);
	}
	free(path);
	return err;
}

static int
relay_folder(struct relay *r, const char *data, char **why)
{
	int err = path_private_dir(data);

	r->data = mem_string(data);
	if (err == ERR_DENIED)
		*why = mem_format("%s is not private or not yours: run "
		    "`chmod 700 %s`, or name another folder with --data",
		    data, data);
	else if (err)
		*why = mem_format("%s: %s; name another folder with --data",
		    data, err_text(err));
	return err;
}

static char *
relay_store_why(int err, const char *data, const char *clause)
{
	switch (err) {
	case ERR_VERSION:
		return mem_format("%s was made by a later tacetd: install that "
		    "version, or name another folder with --data", data);
	case ERR_BUSY:
		return mem_format("%s/tacetd.db is open in another process: "
		    "stop it, or name another folder with --data", data);
	case ERR_FORMAT:
		return mem_format("%s/tacetd.db is damaged: restore the folder "
		    "from a backup, then start again", data);
	case ERR_DENIED:
		return mem_format("%s/tacetd.db can be read by others or is "
		    "not yours: run `chmod 600 %s/tacetd.db` if you trust it",
		    data, data);
	default:
		return mem_format("%s/tacetd.db: %s", data, clause);
	}
}

static int
relay_store(struct relay *r, const char *kind, char **why)
{
	static const struct store_events on = {relay_kept, relay_lost};
	char clause[160];
	int err;

	err = store_open(&r->store, kind, r->data, &on, r, clause);
	if (err) {
		*why = relay_store_why(err, r->data, clause);
		return err;
	}
	err = keys_incarnation(r);
	if (!err)
		err = due_start(r);
	if (err) {
		*why = relay_store_why(err, r->data, r->store->why);
		return err;
	}
	relay_keep(r);
	if (r->store->sick) {
		*why = relay_store_why(ERR_IO, r->data, r->store->why);
		return ERR_IO;
	}
	return 0;
}

static void
relay_address(struct relay *r)
{
	const char *host = options_string(r->options, "public");
	const char *on = options_string(r->options, "listen");
	char own[HOST_LEN + 1];
	int64_t port = options_int(r->options, "port");

	if ((!host || !*host) && strcmp(on, "*") != 0)
		host = on;
	if (!host || !*host) {
		host = own;
		if (gethostname(own, sizeof(own)) < 0)
			(void)snprintf(own, sizeof(own), "localhost");
		own[sizeof(own) - 1] = '\0';
	}
	(void)snprintf(r->address.host, sizeof(r->address.host), "%s", host);
	r->address.port = port ? (uint16_t)port : PORT_DEFAULT;
}

static struct relay *
relay_make(const struct relay_setup *s)
{
	struct relay *r = mem_alloc(sizeof(*r));

	assert(msg_rows <= MSGS_MAX);
	r->loop = s->loop;
	r->clock = loop_clock(s->loop);
	r->rng = loop_rng(s->loop);
	r->silent.fd = -1;
	r->log = s->log ? s->log : &r->silent;
	r->options = s->options;
	r->lock = -1;
	r->signing.fd = -1;
	r->turn = 1;
	relay_limits(&r->limits, s->options, true);
	hashmap_init(&r->devices, r->rng, ACCOUNT_ID + DEVICE_ID);
	hashmap_init(&r->channels, r->rng, WIRE_ID);
	buckets_init(&r->buckets, r->rng, r->clock);
	r->heal = timer_new(r->loop, relay_heal, r);
	r->sweep = timer_new(r->loop, relay_sweep, r);
	r->knocks.timer = timer_new(r->loop, knocks_late, r);
	return r;
}

int
relay_new(struct relay **out, const struct relay_setup *s, char **why)
{
	struct relay *r = relay_make(s);
	int err;

	*out = NULL;
	*why = NULL;
	relay_address(r);
	err = relay_folder(r, s->data, why);
	if (!err)
		err = relay_lock(r, why);
	if (!err)
		err = keys_load(r, why);
	if (!err)
		err = relay_store(r, options_string(s->options, "store"), why);
	if (!err)
		err = heads_open(r, s->signer, why);
	if (err) {
		relay_free(r);
		return err;
	}
	timer_set(r->sweep, RELAY_SWEEP_MS);
	*out = r;
	return 0;
}

void
relay_free(struct relay *r)
{
	if (!r)
		return;
	if (r->listener)
		listen_close(r->listener);
	r->listener = NULL;     /* it goes with the last of its links */
	if (r->metrics)
		local_stop(r->metrics);
	peers_free(r);
	heads_free(r);
	control_free(r);
	timer_free(r->heal);
	timer_free(r->sweep);
	timer_free(r->knocks.timer);
	hashmap_free(&r->devices);
	hashmap_free(&r->channels);
	meets_free(r);
	buckets_free(&r->buckets);
	buf_free(&r->blobs.part);
	store_close(r->store);
	keys_free(r->keys);
	if (r->lock >= 0)
		(void)close(r->lock);
	free(r->data);
	free(r);
}

/* --- doors --- */

int
relay_listen(struct relay *r, char **why)
{
	struct link_setup setup = peer_setup(r);
	const char *host = options_string(r->options, "listen");
	uint16_t port = (uint16_t)options_int(r->options, "port");
	int err;

	err = listen_open(&r->listener, &setup,
	    strcmp(host, "*") == 0 ? NULL : host, port, r->limits.listen);
	if (err == ERR_BUSY || err == ERR_EXISTS)
		*why = mem_format("port %u is in use: stop what listens there "
		    "(`ss -ltnp` shows it), or choose another with --port",
		    port);
	else if (err == ERR_DENIED)
		*why = mem_format("port %u needs the rights of root: choose "
		    "one above 1023 with --port", port);
	else if (err == ERR_INPUT)
		*why = mem_format("--listen takes an address of this machine, "
		    "127.0.0.1 or ::1 for example, or * for all of them, and "
		    "not %s; the port is --port", host);
	else if (err)
		*why = mem_format("can't listen on %s port %u: %s", host, port,
		    err_text(err));
	if (!err)
		r->address.port = listen_port(r->listener);
	return err;
}

uint16_t
relay_port(const struct relay *r)
{
	return r->listener ? listen_port(r->listener) : r->address.port;
}

struct link *
relay_over(struct relay *r, int fd)
{
	struct link_setup setup = peer_setup(r);

	return link_over(&setup, fd, false, NULL);
}

void
relay_reload(struct relay *r)
{
	relay_limits(&r->limits, r->options, false);
	log_say(r->log, LOG_INFO, "relay", "options read again");
}

void
relay_stop(struct relay *r)
{
	struct peer *p;

	knocks_tell(r, true);
	if (r->listener)
		listen_close(r->listener);
	r->listener = NULL;
	for (p = r->peers; p; p = p->next)
		peer_close(r, p, 0, "the relay stops");
}
