/* SPDX-License-Identifier: ISC */
/*
 * Lines over a Unix socket, loopback TCP or descriptors that exist already: the
 * control socket of a profile, metrics, standard input. Whoever is at the other
 * end has proven no more than a user id, so lines are bounded, and so is what
 * waits for a reader who doesn't read. Knows nothing of what a line says.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINK_INSIDE
#include "link.h"

#define LOCAL_HELD (16u << 20)  /* output nobody reads: ERR_QUOTA */
#define LOCAL_DRAIN_MS 2000     /* what was put has this long to leave */
#define LOCAL_CHUNK 4096        /* a pipe that is ready takes this much */

struct local {
	struct soon soon;
	struct loop *loop;
	struct local_events on;
	void *arg;
	struct watch *watch_in, *watch_out;     /* NULL: always ready */
	struct timer *timer;
	struct buf in, out;
	size_t seen, out_at;            /* of in: without a newline */
	int fd_in, fd_out, err;
	bool owned, closing, ended, dead;
	int64_t idle_ms;                /* cut after this long without a line */
	struct local_listener *from;
};

static void
local_free(struct local *l)
{
	if (l->from != NULL)
		local_gone(l->from);
	soon_remove(l->loop, &l->soon);
	watch_free(l->watch_in);
	watch_free(l->watch_out);
	timer_free(l->timer);
	buf_free(&l->in);
	buf_free(&l->out);
	free(l);
}

static void
local_end(struct local *l, int err)
{
	if (l->dead)
		return;
	l->dead = true;
	l->err = err;
	watch_free(l->watch_in);
	watch_free(l->watch_out);
	l->watch_in = l->watch_out = NULL;
	timer_stop(l->timer);
	if (l->owned) {
		close(l->fd_in);
		if (l->fd_out != l->fd_in && l->fd_out >= 0)
			close(l->fd_out);
	}
	soon_add(l->loop, &l->soon);
}

/* The descriptor may be shared with our shell, so it stays blocking: a socket
 * is asked not to wait, anything else is asked first and given a little. */
static ssize_t
local_write(int fd, const uint8_t *p, size_t n)
{
	struct pollfd pf = {.fd = fd, .events = POLLOUT};
	ssize_t r = send(fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (r >= 0 || errno != ENOTSOCK)
		return r;
	if (poll(&pf, 1, 0) < 1 || (pf.revents & POLLNVAL)) {
		errno = EAGAIN;
		return -1;
	}
	return write(fd, p, n < LOCAL_CHUNK ? n : LOCAL_CHUNK);
}

static void
local_wait(struct local *l)
{
	if (l->out_at > l->out.n / 2) {
		buf_drop(&l->out, l->out_at);
		l->out_at = 0;
	}
	if (l->watch_out != NULL)
		(void)watch_set(l->watch_out, WATCH_WRITE);
}

static void
local_flush(struct local *l)
{
	ssize_t r;

	while (!l->dead && l->out_at < l->out.n) {
		r = local_write(l->fd_out, l->out.p + l->out_at,
		    l->out.n - l->out_at);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0 && errno == EAGAIN) {
			local_wait(l);
			return;
		}
		if (r < 0) {
			local_end(l, ERR_IO);
			return;
		}
		l->out_at += (size_t)r;
	}
	if (l->dead)
		return;
	buf_free(&l->out);
	l->out_at = 0;
	if (l->watch_out != NULL)
		(void)watch_set(l->watch_out, 0);
	if (l->closing)
		local_end(l, l->err);
}

static void
local_line(struct local *l, size_t from, size_t n)
{
	char *s = (char *)l->in.p + from;

	if (n > 0 && s[n - 1] == '\r')
		n--;
	s[n] = '\0';
	if (l->on.line != NULL)
		l->on.line(l->arg, l, s, n);
}

/* Hands out the whole lines in l->in. */
static void
local_lines(struct local *l)
{
	size_t at = 0, end;
	const uint8_t *p;

	while (!l->dead && !l->closing && l->seen < l->in.n) {
		p = memchr(l->in.p + l->seen, '\n', l->in.n - l->seen);
		if (p == NULL) {
			l->seen = l->in.n;
			break;
		}
		end = (size_t)(p - l->in.p);
		if (end - at > LOCAL_LINE)
			break;
		local_line(l, at, end - at);
		l->seen = at = end + 1;
	}
	if (l->dead)
		return;
	buf_drop(&l->in, at);
	l->seen -= at;
	if (l->in.n == 0)
		buf_free(&l->in);
	else if (l->seen > LOCAL_LINE || (!l->closing && l->seen < l->in.n))
		local_end(l, ERR_BIG);
	if (!l->dead && at > 0 && l->idle_ms > 0)
		timer_set(l->timer, l->idle_ms);
}

/*
 * A last line without its end counts where we read a file or a pipe; over a
 * socket it's half a command of somebody who died.
 */
static void
local_eof(struct local *l)
{
	l->ended = true;
	watch_free(l->watch_in);
	l->watch_in = NULL;
	if (!l->owned && l->in.n > 0) {
		buf_u8(&l->in, 0);
		local_line(l, 0, l->in.n - 1);
	}
	if (l->dead || l->closing)
		return;
	if (l->on.ended != NULL)
		l->on.ended(l->arg, l);
	else
		local_close(l);
}

static void
local_read(struct local *l)
{
	uint8_t *p = loop_scratch(l->loop);
	ssize_t r = read(l->fd_in, p, LINK_SCRATCH);

	if (r < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (r < 0) {
		local_end(l, ERR_IO);
	} else if (r == 0) {
		local_eof(l);
	} else {
		buf_put(&l->in, p, (size_t)r);
		mem_wipe(p, (size_t)r);         /* a line may be a message */
		local_lines(l);
	}
}

static void
local_ready(void *arg, int what)
{
	struct local *l = arg;

	if (what & WATCH_WRITE)
		local_flush(l);
	if ((what & WATCH_READ) && !l->dead && !l->closing && !l->ended)
		local_read(l);
}

static void
local_soon(void *arg)
{
	struct local *l = arg;

	if (l->dead) {
		if (l->on.closed != NULL)
			l->on.closed(l->arg, l, l->err);
		local_free(l);
		return;
	}
	/* a regular file has no readiness: one piece per turn */
	if (l->ended || l->closing)
		return;
	local_read(l);
	if (!l->dead && !l->ended && !l->closing)
		soon_add(l->loop, &l->soon);
}

static void
local_late(void *arg)
{
	local_end(arg, ERR_TIMEOUT);
}

static struct local *
local_new(struct loop *loop, int fd_in, int fd_out, bool owned,
    const struct local_events *on, void *arg)
{
	struct local *l = mem_alloc(sizeof(*l));

	l->loop = loop;
	l->on = *on;
	l->arg = arg;
	l->fd_in = fd_in;
	l->fd_out = fd_out;
	l->owned = owned;
	l->in.secret = l->out.secret = true;
	l->soon = (struct soon){.fn = local_soon, .arg = l};
	l->timer = timer_new(loop, local_late, l);
	l->watch_in = watch_fd(loop, fd_in, WATCH_READ, local_ready, l);
	if (l->watch_in == NULL)
		soon_add(loop, &l->soon);
	if (fd_out >= 0)
		l->watch_out = watch_fd(loop, fd_out, 0, local_ready, l);
	return l;
}

struct local *
local_accepted(struct loop *loop, int fd, const struct local_events *on,
    void *arg, struct local_listener *from, int64_t idle_ms)
{
	struct local *l = local_new(loop, fd, fd, true, on, arg);

	l->from = from;
	l->idle_ms = idle_ms;
	if (idle_ms > 0)
		timer_set(l->timer, idle_ms);
	return l;
}

int
local_over(struct local **out, struct loop *loop, int fd_in, int fd_out,
    const struct local_events *on, void *arg)
{
	*out = local_new(loop, fd_in, fd_out, false, on, arg);
	return 0;
}

void
local_put(struct local *l, struct bytes b)
{
	if (l->dead || l->closing || l->fd_out < 0)
		return;
	buf_bytes(&l->out, b);
	local_flush(l);
	if (local_held(l) > LOCAL_HELD)
		local_end(l, ERR_QUOTA);
}

size_t
local_held(const struct local *l)
{
	return l->out.n - l->out_at;
}

void
local_close(struct local *l)
{
	if (l->dead || l->closing)
		return;
	l->closing = true;
	if (l->watch_in != NULL)
		(void)watch_set(l->watch_in, 0);
	timer_set(l->timer, LOCAL_DRAIN_MS);
	local_flush(l);
}

void *
local_arg(const struct local *l)
{
	return l->arg;
}

void
local_set_arg(struct local *l, void *arg)
{
	l->arg = arg;
}
