/* SPDX-License-Identifier: ISC */
/*
 * Raw readers of a forwarder and the one who speaks to them. They count what
 * they get and look at nothing else.
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

struct readers {
	int poll, speaker;
	unsigned n;
	int *fd;
	size_t size;            /* of a frame, head and all */
	uint64_t bytes;
	struct buf out;
};

static int
readers_dial(uint16_t port, char role)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char k;

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    send(fd, &role, 1, MSG_NOSIGNAL) != 1 || recv(fd, &k, 1, 0) != 1)
		bench_die("the forwarder does not answer: %s",
		    strerror(errno));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

struct readers *
readers_open(uint16_t port, unsigned n, size_t size)
{
	struct readers *r = mem_alloc(sizeof(*r));
	struct epoll_event e = {.events = EPOLLIN};
	unsigned i;

	r->poll = epoll_create1(EPOLL_CLOEXEC);
	r->n = n;
	r->size = 4 + size;
	r->fd = mem_array(n, sizeof(*r->fd));
	for (i = 0; i < n; i++) {
		r->fd[i] = e.data.fd = readers_dial(port, 'S');
		if (epoll_ctl(r->poll, EPOLL_CTL_ADD, r->fd[i], &e) != 0)
			bench_die("epoll: %s", strerror(errno));
	}
	r->speaker = readers_dial(port, 'P');
	return r;
}

void
readers_close(struct readers *r)
{
	unsigned i;

	for (i = 0; i < r->n; i++)
		(void)close(r->fd[i]);
	(void)close(r->speaker);
	(void)close(r->poll);
	buf_free(&r->out);
	free(r->fd);
	free(r);
}

void
readers_say(struct readers *r, unsigned n)
{
	size_t at = 0;
	ssize_t sent;

	buf_clear(&r->out);
	while (n-- > 0) {
		buf_u32(&r->out, (uint32_t)(r->size - 4));
		buf_zero(&r->out, r->size - 4);
	}
	while (at < r->out.n) {
		sent = send(r->speaker, r->out.p + at, r->out.n - at,
		    MSG_NOSIGNAL);
		if (sent <= 0)
			bench_die("the forwarder went away");
		at += (size_t)sent;
	}
}

uint64_t
readers_got(struct readers *r, int wait_ms)
{
	struct epoll_event ev[256];
	uint8_t part[65536];
	ssize_t n;
	int i, k = epoll_wait(r->poll, ev, COUNT(ev), wait_ms);

	for (i = 0; i < k; i++) {
		n = recv(ev[i].data.fd, part, sizeof(part), MSG_DONTWAIT);
		if (n > 0)
			r->bytes += (uint64_t)n;
		else if (n == 0 || errno != EAGAIN)
			bench_die("the forwarder closed a connection");
	}
	return r->bytes / r->size;
}
