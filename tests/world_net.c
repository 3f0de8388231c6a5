/* SPDX-License-Identifier: ISC */
/*
 * The network of the world; see world.h. A connection is two socket pairs with
 * us in the middle. Each has a temper of its own: how long bytes take, whether
 * they come one by one, when it stalls and when it is cut. Bytes are never
 * altered: that is the malicious relay's affair.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tap.h"
#include "world.h"

#define NET_CHUNK 65536
#define NET_DRIBBLE 48          /* bytes one by one in a pump, then a lump */

struct flow {                   /* one direction */
	struct buf data;
	int64_t ready;          /* nothing arrives before */
	bool ended;             /* the sender has closed */
};
struct pipe {
	struct party *end[2];   /* client, relay */
	int fd[2];              /* our ends towards them; -1 closed */
	struct flow flow[2];    /* from end[i] to the other */
	int64_t delay;
	bool dribble;
	int64_t stall_at, stall_to;     /* silent in between; 0: never */
	int64_t cut_at;
};

static void
pipe_free(struct world *w, size_t i)
{
	struct pipe *p = w->net.pipe[i];
	int k;

	for (k = 0; k < 2; k++) {
		if (p->fd[k] >= 0)
			(void)close(p->fd[k]);
		buf_free(&p->flow[k].data);
	}
	free(p);
	w->net.pipe[i] = NULL;
}

/* Half of the connections are as they should be. */
static void
pipe_temper(struct world *w, struct pipe *p)
{
	p->delay = world_below(w, 30);
	if (w->net.calm || world_chance(w, 2))
		return;
	if (world_chance(w, 3))
		p->delay = world_below(w, 1500);
	p->dribble = world_chance(w, 4);
	if (world_chance(w, 6)) {
		p->stall_at = w->now + world_below(w, 20000);
		p->stall_to = p->stall_at + world_below(w, 200000);
	}
	if (world_chance(w, 2))
		p->cut_at = w->now + 1 + world_below(w, world_chance(w, 3) ?
		    300 : 30000);
}

static struct link *
net_refuse(struct world *w, const struct link_setup *s, const uint8_t *peer)
{
	w->net.refused++;
	return link_dial(s, "127.0.0.1", 1, peer);
}

static void
net_pair(int fd[static 2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    fd) != 0)
		bail("socketpair: %s", strerror(errno));
}

struct link *
net_dial(void *arg, const struct link_setup *s, const char *host,
    uint16_t port, const uint8_t *peer)
{
	struct party *c = arg, *r;
	struct world *w = c->world;
	struct pipe *p;
	int a[2], b[2];
	size_t i;

	(void)host;
	w->net.dials++;
	if (port < 1 || port > WORLD_RELAYS)
		bail("nobody lives at port %u", port);
	r = &w->party[port - 1];
	for (i = 0; i < w->net.pipes && w->net.pipe[i] != NULL; i++)
		;
	if (r->relay == NULL || i == w->net.pipes ||
	    (!w->net.calm && world_chance(w, 12)))
		return net_refuse(w, s, peer);
	net_pair(a);
	net_pair(b);
	p = mem_alloc(sizeof(*p));
	p->end[0] = c;
	p->end[1] = r;
	p->fd[0] = a[0];
	p->fd[1] = b[0];
	pipe_temper(w, p);
	w->net.pipe[i] = p;
	if (!relay_party_over(r, b[1]))
		bail("the relay takes no connection");
	return link_over(s, a[1], true, peer);
}

static void
flow_hear(struct world *w, struct pipe *p, int from)
{
	struct flow *f = &p->flow[from];
	uint8_t b[NET_CHUNK];
	ssize_t n;

	if (p->fd[from] < 0)
		return;
	while ((n = recv(p->fd[from], b, sizeof(b), 0)) > 0) {
		if (f->data.n == 0)
			f->ready = w->now + p->delay;
		buf_put(&f->data, b, (size_t)n);
		w->net.bytes += (uint64_t)n;
	}
	if (n == 0 || errno != EAGAIN)
		f->ended = true;
}

/* False: nobody takes it any more. */
static bool
flow_give(struct flow *f, int fd, size_t n)
{
	ssize_t r = send(fd, f->data.p, n, MSG_NOSIGNAL);

	if (r < 0)
		return errno == EAGAIN;
	memmove(f->data.p, f->data.p + r, f->data.n - (size_t)r);
	f->data.n -= (size_t)r;
	return true;
}

static bool
flow_say(struct world *w, struct pipe *p, int from)
{
	struct flow *f = &p->flow[from];
	struct party *to = p->end[1 - from];
	int i, fd = p->fd[1 - from];
	bool up = fd >= 0;

	if (w->now < f->ready)
		return true;
	for (i = 0; up && p->dribble && i < NET_DRIBBLE && f->data.n > 1; i++) {
		up = flow_give(f, fd, 1);
		(void)loop_hear(to->loop, 0);
	}
	if (up && f->data.n > 0)
		up = flow_give(f, fd, p->dribble && f->data.n > 1 ?
		    1 + world_below(w, (uint32_t)f->data.n) : f->data.n);
	tap_hear(w, to);
	return up;
}

/* Gone once cut, or when an end has closed and its last bytes are through. */
static bool
pipe_pump(struct world *w, struct pipe *p)
{
	int i;

	if (p->cut_at != 0 && w->now >= p->cut_at && !w->net.calm) {
		w->net.cuts++;
		return false;
	}
	for (i = 0; i < 2; i++)
		flow_hear(w, p, i);
	if (p->stall_at != 0 && w->now >= p->stall_at && w->now < p->stall_to &&
	    !w->net.calm) {
		w->net.stalls++;
		return true;
	}
	for (i = 0; i < 2; i++) {
		if (!flow_say(w, p, i))
			return false;
		if (p->flow[i].ended && p->flow[i].data.n == 0)
			return false;
	}
	return true;
}

void
net_pump(struct world *w)
{
	size_t i, k = world_below(w, (uint32_t)w->net.pipes);

	for (i = 0; i < w->net.pipes; i++, k = (k + 1) % w->net.pipes)
		if (w->net.pipe[k] != NULL && !pipe_pump(w, w->net.pipe[k]))
			pipe_free(w, k);
}

/* Its process has ended: what it had handed to the system may still arrive. */
void
net_cut(struct party *p, bool drop)
{
	struct world *w = p->world;
	struct pipe *q;
	size_t i;
	int side;

	for (i = 0; i < w->net.pipes; i++) {
		q = w->net.pipe[i];
		if (q == NULL || (q->end[0] != p && q->end[1] != p))
			continue;
		side = q->end[1] == p;
		if (!drop)
			flow_hear(w, q, side);
		if (drop || q->flow[side].data.n == 0) {
			pipe_free(w, i);
			continue;
		}
		if (q->fd[side] >= 0)
			(void)close(q->fd[side]);
		q->fd[side] = -1;
		q->flow[side].ended = true;
		q->flow[1 - side].ready = INT64_MAX;
	}
}

void
net_close(struct world *w)
{
	size_t i;

	for (i = 0; i < w->net.pipes; i++)
		if (w->net.pipe[i] != NULL)
			pipe_free(w, i);
}
