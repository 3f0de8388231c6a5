/* SPDX-License-Identifier: ISC */
/*
 * The life of one connection: made, opened, kept awake, closed. It ends once,
 * with one error and one sentence, told from the next loop_hear() and never
 * from inside a call of the program's. An idle link owns no buffers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINK_INSIDE
#include "link.h"

static void link_ready(void *, int);
static void link_soon(void *);
static void link_late(void *);

static void
link_set_limits(struct link_limits *l)
{
	if (l->handshake_ms == 0)
		l->handshake_ms = LINK_HANDSHAKE_MS;
	if (l->ping_ms == 0)
		l->ping_ms = LINK_PING_MS;
	if (l->dead_ms == 0)
		l->dead_ms = LINK_DEAD_MS;
	if (l->held_soft == 0)
		l->held_soft = LINK_HELD_SOFT;
	if (l->held_hard == 0)
		l->held_hard = LINK_HELD_HARD;
}

struct link *
link_new(const struct link_setup *setup, bool initiator)
{
	struct link *l = mem_alloc(sizeof(*l));

	l->loop = setup->loop;
	l->on = setup->on;
	l->arg = setup->arg;
	l->limits = setup->limits;
	link_set_limits(&l->limits);
	l->initiator = initiator;
	l->state = initiator ? LINK_DIAL : LINK_OPENING;
	l->fd = -1;
	l->soon = (struct soon){.fn = link_soon, .arg = l};
	l->timer = timer_new(l->loop, link_late, l);
	l->shake = shake_new(setup, initiator);
	l->heard_at = loop_now(l->loop);
	loop_hold(l->loop);
	return l;
}

static void
link_free(struct link *l)
{
	soon_remove(l->loop, &l->soon);
	loop_let(l->loop);
	timer_free(l->timer);
	buf_free(&l->in);
	free(l->why);
	mem_wipe(l, sizeof(*l));
	free(l);
}

struct link *
link_dial(const struct link_setup *setup, const char *host, uint16_t port,
    const uint8_t peer[static DH_SIZE])
{
	struct link *l = link_new(setup, true);

	memcpy(l->peer, peer, DH_SIZE);
	dial_start(l, host, port);
	return l;
}

struct link *
link_over(const struct link_setup *setup, int fd, bool initiator,
    const uint8_t *peer)
{
	struct link *l = link_new(setup, initiator);

	assert(initiator == (peer != NULL));
	if (peer != NULL)
		memcpy(l->peer, peer, DH_SIZE);
	link_start(l, fd);
	return l;
}

struct link *
link_accepted(const struct link_setup *setup, int fd, struct listener *from,
    const uint8_t place[static 16])
{
	struct link *l = link_new(setup, false);

	l->listener = from;
	memcpy(l->place, place, sizeof(l->place));
	link_start(l, fd);
	return l;
}

void
link_start(struct link *l, int fd)
{
	l->fd = fd;
	sock_no_delay(fd);
	if (defence(handshake))
		timer_set(l->timer, l->limits.handshake_ms);
	if (sock_nonblock(fd) == 0)
		l->watch = watch_fd(l->loop, fd, WATCH_READ, link_ready, l);
	if (l->watch == NULL) {
		link_end(l, ERR_IO, "the system refused to watch a socket");
		return;
	}
	l->watched = WATCH_READ;
	if (l->initiator)
		shake_begin(l);
}

/* A pause holds back records; the handshake goes on. */
bool
link_reads(const struct link *l)
{
	if (l->state >= LINK_CONFIRM && l->state < LINK_CLOSING)
		return !l->paused;
	return l->state != LINK_DIAL && l->state != LINK_CLOSING &&
	    l->state != LINK_ENDED;
}

void
link_watch(struct link *l)
{
	int what = link_reads(l) ? WATCH_READ : 0;

	if (l->state == LINK_DIAL || l->watch == NULL)
		return;
	if (l->out_at < l->out.n && !l->mute)
		what |= WATCH_WRITE;
	if (what == l->watched)
		return;
	l->watched = (uint8_t)what;
	if (watch_set(l->watch, what) != 0)
		link_end(l, ERR_IO, "the system refused to watch a socket");
}

static void
link_ready(void *arg, int what)
{
	struct link *l = arg;

	if (what & WATCH_WRITE)
		link_write(l);
	if ((what & WATCH_READ) && l->state != LINK_ENDED)
		link_read(l);
}

/* The handshake is done and, on the listening side, proven to be no replay. */
void
link_opened(struct link *l)
{
	l->state = LINK_OPEN;
	l->opened = true;
	l->heard_at = loop_now(l->loop);
	timer_set(l->timer, l->limits.ping_ms);
	if (l->listener != NULL)
		listen_opened(l->listener, l);
	if (l->on.open != NULL)
		l->on.open(l->arg, l);
	if (l->state == LINK_OPEN)
		link_write_said(l); /* said before there was a key */
}

/* time */

/* A number that moves when the other side takes something: a socket that is
 * full takes nothing for long, and may be read from all the while. */
static uint64_t
link_taken(const struct link *l)
{
	int waits = 0;

	if (ioctl(l->fd, TIOCOUTQ, &waits) != 0)
		waits = 0;
	return l->count.bytes_out - (uint64_t)waits;
}

static void
link_silence(struct link *l)
{
	int64_t now = loop_now(l->loop), idle = now - l->heard_at;
	struct msg m = {.code = MSG_ping};

	/* the silence is ours, unless the other side reads nothing either */
	if (l->paused && (l->out_at == l->out.n || !defence(stuck) ||
	    link_taken(l) != l->taken)) {
		l->taken = link_taken(l);
		l->heard_at = now;
		idle = 0;
	}
	if (idle >= l->limits.dead_ms && defence(dead)) {
		link_end(l, ERR_TIMEOUT,
		    "the other side has %s for %lld s",
		    l->paused ? "read nothing" : "been silent",
		    (long long)(idle / 1000));
	} else if (idle < l->limits.ping_ms) {
		timer_set(l->timer, l->limits.ping_ms - idle);
	} else {
		if (!l->pinged) {
			l->pinged = true;
			m.ping.nonce = (uint64_t)now;
			link_write_msg(l, &m);
		}
		if (l->state == LINK_OPEN)
			timer_set(l->timer, l->limits.dead_ms - idle);
	}
}

static void
link_late(void *arg)
{
	struct link *l = arg;

	switch (l->state) {
	case LINK_DIAL:
		dial_late(l);
		break;
	case LINK_OPENING:
	case LINK_FIRST:
	case LINK_SECOND:
	case LINK_CONFIRM:
		sock_reset(l->fd);
		link_end(l, ERR_TIMEOUT, "no handshake with %s within %lld ms",
		    l->shake != NULL ? shake_whom(l->shake) : "the other side",
		    (long long)l->limits.handshake_ms);
		break;
	case LINK_OPEN:
		link_silence(l);
		break;
	case LINK_CLOSING:
		link_end(l, ERR_TIMEOUT,
		    "the other side did not take what was left to say");
		break;
	case LINK_LINGER:
		link_end(l, l->err, "%s", l->why);
		break;
	case LINK_ENDED:
		break;
	}
}

/* the end */

static void
link_set_why(struct link *l, int err, const char *why)
{
	char *copy = mem_string(why != NULL ? why :
	    err == 0 ? "closed" : err_text(err));

	free(l->why);
	l->why = copy;
	l->err = err;
}

void
link_end(struct link *l, int err, const char *fmt, ...)
{
	va_list ap;
	char why[256];

	if (l->state == LINK_ENDED)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	link_set_why(l, err, why);
	l->state = LINK_ENDED;
	watch_free(l->watch);
	l->watch = NULL;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	timer_stop(l->timer);
	dial_free(l->dial);
	l->dial = NULL;
	shake_free(l->shake);
	l->shake = NULL;
	buf_free(&l->held);
	buf_free(&l->out);
	l->out_at = 0;
	link_write_forget(l);
	soon_add(l->loop, &l->soon);
	/* `in` stays: a handler may be looking at it */
}

static void
link_soon(void *arg)
{
	struct link *l = arg;

	if (l->state != LINK_ENDED) {
		link_read_rest(l);
		return;
	}
	/* a listener's program doesn't know a link that never opened */
	if (l->on.closed != NULL && (l->listener == NULL || l->opened))
		l->on.closed(l->arg, l, l->err, l->why);
	if (l->listener != NULL)
		listen_gone(l->listener, l);
	link_free(l);
}

void
link_close(struct link *l, int err, const char *why)
{
	if (l->state == LINK_ENDED)
		return;
	if (err != 0 || l->state < LINK_OPEN) {
		link_end(l, err, "%s", why != NULL ? why :
		    err == 0 ? "closed" : err_text(err));
		return;
	}
	if (l->state != LINK_OPEN)
		return;
	link_set_why(l, 0, why);
	l->state = LINK_CLOSING;
	timer_set(l->timer, LINK_DRAIN_MS);
	link_write_said(l);
	link_watch(l);
}

/*
 * Our end goes out behind our last byte; then theirs is awaited, since closing
 * with bytes of theirs unread would make the kernel throw ours away.
 */
void
link_drained(struct link *l)
{
	if (l->state != LINK_CLOSING || l->held.n > 0)
		return;
	l->state = LINK_LINGER;
	if (l->mute || shutdown(l->fd, SHUT_WR) != 0) {
		link_end(l, l->err, "%s", l->why);
		return;
	}
	timer_set(l->timer, LINK_LINGER_MS);
	link_watch(l);
}

void
link_pause(struct link *l, bool paused)
{
	if (l->paused == paused || l->state == LINK_ENDED)
		return;
	l->paused = paused;
	if (paused)
		link_watch(l);
	else
		soon_add(l->loop, &l->soon);
}

/* questions */

const uint8_t *
link_peer(const struct link *l)
{
	return l->peer;
}

const uint8_t *
link_hash(const struct link *l)
{
	return l->hash;
}

unsigned
link_version(const struct link *l)
{
	return l->version;
}

void *
link_arg(const struct link *l)
{
	return l->arg;
}

void
link_set_arg(struct link *l, void *arg)
{
	l->arg = arg;
}

void
link_from(const struct link *l, char *out, size_t n)
{
	sock_place_text(l->place, out, n);
}

struct link_count
link_count(const struct link *l)
{
	return l->count;
}
