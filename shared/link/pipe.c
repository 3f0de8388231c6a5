/* SPDX-License-Identifier: ISC */
/*
 * Packets over a local stream, as a helper process and the client speak them:
 * u32 length, then so many bytes. Cuts the stream into packets and knows
 * nothing of what they say. What waits to be written is bounded, and whoever
 * fills is told when there is room again; a packet over the maximum ends the
 * pipe before anything is allocated for it.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINK_INSIDE
#include "link.h"

#define PIPE_LENGTH 4
#define PIPE_SPARE (256u << 10) /* an idle buffer above it is given back */

struct pipe {
	struct soon soon;
	struct loop *loop;
	struct pipe_events on;
	void *arg;
	struct watch *watch;
	struct buf in, out;
	size_t out_at, max, soft;
	int fd, err;
	bool paused, dead, quiet, busy, full;
};

static void
pipe_free(struct pipe *p)
{
	soon_remove(p->loop, &p->soon);
	watch_free(p->watch);
	if (p->fd >= 0)
		close(p->fd);
	buf_free(&p->in);
	buf_free(&p->out);
	free(p);
}

static void
pipe_end(struct pipe *p, int err)
{
	if (p->dead)
		return;
	p->dead = true;
	p->err = err;
	watch_free(p->watch);
	p->watch = NULL;
	close(p->fd);
	p->fd = -1;
	soon_add(p->loop, &p->soon);
}

static void
pipe_watch(struct pipe *p)
{
	int what = p->paused ? 0 : WATCH_READ;

	if (p->out_at < p->out.n)
		what |= WATCH_WRITE;
	if (p->watch != NULL)
		(void)watch_set(p->watch, what);
}

/* Pictures come and go: memory of the largest one need not stay. */
static void
pipe_spare(struct buf *b)
{
	if (b->cap > PIPE_SPARE)
		buf_free(b);
	else
		buf_clear(b);
}

static void
pipe_write(struct pipe *p)
{
	ssize_t r;

	while (!p->dead && p->out_at < p->out.n) {
		r = send(p->fd, p->out.p + p->out_at, p->out.n - p->out_at,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0 && errno == EAGAIN)
			break;
		if (r < 0) {
			pipe_end(p, ERR_IO);
			return;
		}
		p->out_at += (size_t)r;
	}
	if (p->dead)
		return;
	if (p->out_at == p->out.n) {
		pipe_spare(&p->out);
		p->out_at = 0;
	} else if (p->out_at > p->out.n / 2) {
		buf_drop(&p->out, p->out_at);
		p->out_at = 0;
	}
	pipe_watch(p);
}

static void
pipe_drained(struct pipe *p)
{
	if (p->dead || !p->full || pipe_held(p) > p->soft / 2)
		return;
	p->full = false;
	if (p->on.drained != NULL)
		p->on.drained(p->arg);
}

/* Hands out the whole packets that are here. */
static void
pipe_cut(struct pipe *p)
{
	size_t at = 0, n;
	struct rd r;

	while (!p->dead && !p->paused && p->in.n - at >= PIPE_LENGTH) {
		r = rd_of(bytes_of(p->in.p + at, PIPE_LENGTH));
		n = rd_u32(&r);
		if (n == 0 || n > p->max) {
			pipe_end(p, n == 0 ? ERR_FORMAT : ERR_BIG);
			return;
		}
		if (p->in.n - at - PIPE_LENGTH < n)
			break;
		p->on.packet(p->arg, bytes_of(p->in.p + at, PIPE_LENGTH + n));
		at += PIPE_LENGTH + n;
	}
	if (p->dead)
		return;
	if (at == p->in.n)
		pipe_spare(&p->in);
	else
		buf_drop(&p->in, at);
}

static void
pipe_read(struct pipe *p)
{
	uint8_t *scratch = loop_scratch(p->loop);
	ssize_t r = recv(p->fd, scratch, LINK_SCRATCH, MSG_DONTWAIT);

	if (r < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (r < 0) {
		pipe_end(p, errno == ECONNRESET ? ERR_SHORT : ERR_IO);
		return;
	}
	if (r == 0) {
		pipe_end(p, p->in.n > 0 ? ERR_SHORT : 0);
		return;
	}
	buf_put(&p->in, scratch, (size_t)r);
	pipe_cut(p);
}

static void
pipe_ready(void *arg, int what)
{
	struct pipe *p = arg;

	p->busy = true;
	if (what & WATCH_WRITE) {
		pipe_write(p);
		pipe_drained(p);
	}
	if ((what & WATCH_READ) && !p->dead && !p->paused)
		pipe_read(p);
	p->busy = false;
	if (p->quiet)
		pipe_free(p);
}

static void
pipe_soon(void *arg)
{
	struct pipe *p = arg;

	p->busy = true;
	if (!p->dead) {
		pipe_cut(p);    /* what came before a pause */
	} else {
		if (!p->quiet && p->on.closed != NULL)
			p->on.closed(p->arg, p->err);
		p->quiet = true;
	}
	p->busy = false;
	if (p->quiet)
		pipe_free(p);
}

struct pipe *
pipe_over(struct loop *loop, int fd, size_t max, size_t soft,
    const struct pipe_events *on, void *arg)
{
	struct pipe *p = mem_alloc(sizeof(*p));

	p->loop = loop;
	p->fd = fd;
	p->max = max;
	p->soft = soft;
	p->on = *on;
	p->arg = arg;
	p->soon = (struct soon){.fn = pipe_soon, .arg = p};
	p->watch = watch_fd(loop, fd, WATCH_READ, pipe_ready, p);
	if (p->watch == NULL)
		pipe_end(p, ERR_IO);
	return p;
}

void
pipe_put(struct pipe *p, struct bytes b)
{
	if (p->dead)
		return;
	buf_bytes(&p->out, b);
	pipe_write(p);
	if (pipe_held(p) > p->soft)
		p->full = true;
	if (pipe_held(p) > p->soft + 2 * (p->max + PIPE_LENGTH))
		pipe_end(p, ERR_QUOTA);
}

size_t
pipe_held(const struct pipe *p)
{
	return p->out.n - p->out_at;
}

bool
pipe_full(const struct pipe *p)
{
	return p->full;
}

void
pipe_pause(struct pipe *p, bool on)
{
	if (p->dead || p->paused == on)
		return;
	p->paused = on;
	pipe_watch(p);
	if (!on && p->in.n > 0)
		soon_add(p->loop, &p->soon);
}

void
pipe_close(struct pipe *p)
{
	if (p == NULL)
		return;
	pipe_end(p, 0);
	p->quiet = true;
	if (!p->busy)
		pipe_free(p);
}
