/* SPDX-License-Identifier: ISC */
/*
 * Packets over a socket pair: gathers what comes until a packet is whole, and
 * keeps what goes until it is taken. Memory grows with what has arrived, never
 * with what a length announces. Does not know what the packets say.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "role.h"

#define PORT_READ (256u << 10)          /* at once */
#define PORT_KEEP (1u << 20)            /* of memory, when nothing is in it */

void
port_open(struct port *p, int fd, enum media_end from, enum media_end to)
{
	int flags = fcntl(fd, F_GETFL);

	memset(p, 0, sizeof(*p));
	p->fd = fd;
	p->from = from;
	p->to = to;
	/* a descriptor that is not there shows itself at the first poll */
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		p->over = true;
}

void
port_free(struct port *p)
{
	buf_free(&p->in);
	buf_free(&p->out);
	p->fd = -1;
}

void
port_put(struct port *p, const struct packet *m)
{
	packet_put(&p->out, m);
}

uint8_t *
port_room(struct port *p, const struct packet *m, size_t n)
{
	packet_head(&p->out, m);
	return buf_room(&p->out, n);
}

bool
port_full(const struct port *p)
{
	return p->sent < p->out.n;
}

short
port_wants(const struct port *p)
{
	if (p->over)
		return 0;
	return (short)(POLLIN | (port_full(p) ? POLLOUT : 0));
}

/* Gives big buffers back; most packets are small. */
static void
slim(struct buf *b)
{
	if (b->cap > PORT_KEEP)
		buf_free(b);
	else
		buf_clear(b);
}

static int
port_write(struct port *p)
{
	ssize_t n;

	while (port_full(p)) {
		n = write(p->fd, p->out.p + p->sent, p->out.n - p->sent);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (n <= 0)
			return ERR_NET;
		p->sent += (size_t)n;
	}
	p->sent = 0;
	slim(&p->out);
	return 0;
}

/* What was taken goes first, so that the buffer holds one packet at most and
 * what came with it. */
static int
port_read(struct port *p)
{
	uint8_t *to;
	ssize_t n;

	if (p->taken == p->in.n)
		slim(&p->in);
	else
		buf_drop(&p->in, p->taken);
	p->taken = 0;
	to = buf_room(&p->in, PORT_READ);
	p->in.n -= PORT_READ;
	n = read(p->fd, to, PORT_READ);
	if (n < 0 && (errno == EINTR || errno == EAGAIN ||
	    errno == EWOULDBLOCK))
		return 0;
	if (n <= 0)
		return ERR_NET;
	p->in.n += (size_t)n;
	return 0;
}

int
port_turn(struct port *p, short revents)
{
	int err = 0;

	if (p->over)
		return ERR_NET;
	if (revents & POLLOUT)
		err = port_write(p);
	if (err == 0 && (revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL)))
		err = port_read(p);
	p->over = err != 0;
	return err;
}

int
port_next(struct port *p, struct packet *m)
{
	struct bytes in = {p->in.p + p->taken, p->in.n - p->taken};
	size_t used;
	int err;

	if (in.n == 0)
		return ERR_SHORT;
	err = packet_get(in, p->from, p->to, m, &used);
	if (err == 0)
		p->taken += used;
	return err;
}

int
port_flush(struct port *p)
{
	struct pollfd fd = {.fd = p->fd, .events = POLLOUT};
	int err = p->over ? ERR_NET : 0;

	while (err == 0 && port_full(p)) {
		err = port_write(p);
		if (err == 0 && port_full(p) && poll(&fd, 1, -1) < 0 &&
		    errno != EINTR)
			err = ERR_NET;
	}
	p->over = err != 0;
	return err;
}
