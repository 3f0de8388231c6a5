/* SPDX-License-Identifier: ISC */
/*
 * Stands between a client and its relay, in a child, and writes down when each
 * record of the relay's had gone on to the client, and how long it was. It can
 * open none: lengths are all it knows, and all that a sender needs to know its
 * message again.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define BETWEEN_PAIRS 8
#define BETWEEN_SEEN 65536

struct between_seen {
	uint64_t n;             /* ever; the ring has the last of them */
	struct {
		double at;
		unsigned size;
	} record[BETWEEN_SEEN];
};
struct pair {
	int fd[2];              /* client, relay; -1: free */
	unsigned head;          /* bytes of the length that are here */
	unsigned size, left;    /* of the record under way */
};
struct between_run {
	struct between_seen *seen;
	uint16_t relay;
	int listener;
	struct pair pair[BETWEEN_PAIRS];
};

static int
between_dial(uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static void
between_accept(struct between_run *b)
{
	int on = 1, i, k, fd = accept(b->listener, NULL, NULL);

	for (i = 0; i < BETWEEN_PAIRS && b->pair[i].fd[0] >= 0; i++)
		;
	if (fd < 0 || i == BETWEEN_PAIRS)
		bench_die("between: one connection too many");
	b->pair[i] = (struct pair){.fd = {fd, between_dial(b->relay)}};
	for (k = 0; k < 2; k++)
		(void)setsockopt(b->pair[i].fd[k], IPPROTO_TCP, TCP_NODELAY,
		    &on, sizeof(on));
	if (b->pair[i].fd[1] < 0) {
		(void)close(fd);
		b->pair[i].fd[0] = -1;
	}
}

static void
between_note(struct between_run *b, unsigned size)
{
	struct between_seen *s = b->seen;
	size_t at = s->n % BETWEEN_SEEN;

	s->record[at].at = bench_now();
	s->record[at].size = size;
	__atomic_store_n(&s->n, s->n + 1, __ATOMIC_RELEASE);
}

/* All units of this direction begin with a length of two bytes. */
static void
between_parse(struct between_run *b, struct pair *p, const uint8_t *x, size_t n)
{
	unsigned part;

	while (n > 0) {
		if (p->head < 2) {
			p->size = p->head == 0 ? (unsigned)*x << 8 :
			    p->size | *x;
			p->left = ++p->head == 2 ? p->size : 0;
			x++;
			n--;
		} else {
			part = n < p->left ? (unsigned)n : p->left;
			p->left -= part;
			x += part;
			n -= part;
		}
		if (p->head == 2 && p->left == 0) {
			between_note(b, p->size);
			p->head = 0;
		}
	}
}

static void
between_pass(struct between_run *b, struct pair *p, int from)
{
	uint8_t x[65536];
	ssize_t n = recv(p->fd[from], x, sizeof(x), 0), k, at = 0;

	while (n > 0 && at < n) {
		k = send(p->fd[1 - from], x + at, (size_t)(n - at),
		    MSG_NOSIGNAL);
		if (k <= 0)
			n = -1;
		at += k;
	}
	if (n <= 0) {
		(void)close(p->fd[0]);
		(void)close(p->fd[1]);
		p->fd[0] = -1;
	} else if (from == 1) {
		between_parse(b, p, x, (size_t)n);
	}
}

static void
between_run(void *arg)
{
	struct between_run *b = arg;
	struct pollfd f[1 + 2 * BETWEEN_PAIRS];
	unsigned i;

	bench_pin(1);
	for (;;) {
		f[0] = (struct pollfd){.fd = b->listener, .events = POLLIN};
		for (i = 0; i < 2 * BETWEEN_PAIRS; i++)
			f[1 + i] = (struct pollfd){.events = POLLIN,
			    .fd = b->pair[i / 2].fd[0] < 0 ? -1 :
			    b->pair[i / 2].fd[i % 2]};
		if (poll(f, COUNT(f), -1) < 0 && errno != EINTR)
			bench_die("between: %s", strerror(errno));
		for (i = 0; i < 2 * BETWEEN_PAIRS; i++)
			if (f[1 + i].revents != 0 && b->pair[i / 2].fd[0] >= 0)
				between_pass(b, &b->pair[i / 2],
				    (int)(i % 2));
		if (f[0].revents != 0)
			between_accept(b);
	}
}

void
between_open(struct between *b, uint16_t relay)
{
	struct between_run run = {.relay = relay};
	int i;

	b->seen = mmap(NULL, sizeof(*b->seen), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (b->seen == MAP_FAILED)
		bench_die("between: %s", strerror(errno));
	run.seen = b->seen;
	run.listener = forward_listen(&b->port);
	for (i = 0; i < BETWEEN_PAIRS; i++)
		run.pair[i].fd[0] = -1;
	/* it takes who comes one after another */
	if (fcntl(run.listener, F_SETFL, 0) != 0)
		bench_die("between: %s", strerror(errno));
	b->pid = server_fork(between_run, &run);
	(void)close(run.listener);
}

void
between_close(struct between *b)
{
	server_kill(b->pid);
	(void)munmap(b->seen, sizeof(*b->seen));
}

uint64_t
between_count(const struct between *b)
{
	return __atomic_load_n(&b->seen->n, __ATOMIC_ACQUIRE);
}

double
between_record(const struct between *b, uint64_t i, unsigned *size)
{
	*size = b->seen->record[i % BETWEEN_SEEN].size;
	return b->seen->record[i % BETWEEN_SEEN].at;
}
