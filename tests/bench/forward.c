/* SPDX-License-Identifier: ISC */
/*
 * The least that a router can do: frames of one connection go to all others,
 * one send per reader and turn, no keys, no names, no queue but a buffer per
 * reader. What a relay costs above this is what it does more. The first byte
 * of a connection says what it is: 'P' speaks, 'S' listens.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define FORWARD_READ 131072
#define FORWARD_EVENTS 512

struct forward_conn {
	int fd;
	char role;
	bool waits;             /* for room to write */
	size_t at, slot;        /* slot: in `to` */
	struct buf in, out;
};
struct forward {
	int listener, poll;
	struct forward_conn **to;
	size_t n, cap;
	bool dirty;
	uint8_t part[FORWARD_READ];
};

int
forward_listen(uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) != 0 ||
	    listen(fd, 1024) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &n) != 0)
		bench_die("forward: %s", strerror(errno));
	*port = ntohs(a.sin_port);
	return fd;
}

static void
forward_watch(struct forward *f, struct forward_conn *c, int op, bool writes)
{
	struct epoll_event e = {.data.ptr = c,
	    .events = EPOLLIN | (writes ? (uint32_t)EPOLLOUT : 0)};

	if (epoll_ctl(f->poll, op, c ? c->fd : f->listener, &e) != 0)
		bench_die("forward: %s", strerror(errno));
}

static void
forward_accept(struct forward *f)
{
	struct forward_conn *c;
	int fd, on = 1;

	while ((fd = accept4(f->listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
		    sizeof(on));
		c = mem_alloc(sizeof(*c));
		c->fd = fd;
		forward_watch(f, c, EPOLL_CTL_ADD, false);
	}
}

static void
forward_drop(struct forward *f, struct forward_conn *c)
{
	(void)close(c->fd);
	if (c->role == 'S') {
		f->to[c->slot] = f->to[--f->n];
		f->to[c->slot]->slot = c->slot;
	}
	buf_free(&c->in);
	buf_free(&c->out);
	free(c);
}

static void
forward_write(struct forward *f, struct forward_conn *c)
{
	bool waits;
	ssize_t n;

	while (c->at < c->out.n) {
		n = send(c->fd, c->out.p + c->at, c->out.n - c->at,
		    MSG_NOSIGNAL);
		if (n <= 0)
			break;
		c->at += (size_t)n;
	}
	waits = c->at < c->out.n;
	if (!waits) {
		buf_clear(&c->out);
		c->at = 0;
	}
	if (waits != c->waits)
		forward_watch(f, c, EPOLL_CTL_MOD, waits);
	c->waits = waits;
}

static void
forward_role(struct forward *f, struct forward_conn *c)
{
	c->role = (char)c->in.p[0];
	buf_drop(&c->in, 1);
	if (c->role == 'S') {
		if (f->n == f->cap) {
			f->cap = f->cap ? 2 * f->cap : 64;
			f->to = mem_grow(f->to, f->cap, sizeof(*f->to));
		}
		c->slot = f->n;
		f->to[f->n++] = c;
	}
	if (send(c->fd, "k", 1, MSG_NOSIGNAL) != 1)
		bench_die("forward: no room for one byte");
}

/* Whole frames go on as they are. */
static void
forward_frames(struct forward *f, struct forward_conn *c)
{
	size_t at = 0, i, n;
	struct rd rd;

	while (c->in.n - at >= 4) {
		rd = rd_of(bytes_of(c->in.p + at, 4));
		n = 4 + (size_t)rd_u32(&rd);
		if (c->in.n - at < n)
			break;
		for (i = 0; i < f->n; i++)
			buf_put(&f->to[i]->out, c->in.p + at, n);
		at += n;
		f->dirty = true;
	}
	buf_drop(&c->in, at);
}

static void
forward_read(struct forward *f, struct forward_conn *c)
{
	ssize_t n = recv(c->fd, f->part, sizeof(f->part), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		forward_drop(f, c);
		return;
	}
	buf_put(&c->in, f->part, (size_t)n);
	if (!c->role)
		forward_role(f, c);
	forward_frames(f, c);
}

static void
forward_turn(struct forward *f)
{
	struct epoll_event ev[FORWARD_EVENTS];
	struct forward_conn *c;
	int i, n = epoll_wait(f->poll, ev, FORWARD_EVENTS, -1);
	size_t k;

	for (i = 0; i < n; i++) {
		c = ev[i].data.ptr;
		if (!c)
			forward_accept(f);
		if (c && (ev[i].events & EPOLLOUT))
			forward_write(f, c);
		if (c && (ev[i].events & ~(uint32_t)EPOLLOUT))
			forward_read(f, c);
	}
	for (k = 0; f->dirty && k < f->n; k++)
		if (!f->to[k]->waits)
			forward_write(f, f->to[k]);
	f->dirty = false;
}

void
forward_run(void *fd)
{
	struct forward *f = mem_alloc(sizeof(*f));

	f->listener = *(int *)fd;
	f->poll = epoll_create1(0);
	forward_watch(f, NULL, EPOLL_CTL_ADD, false);
	for (;;)
		forward_turn(f);
}
