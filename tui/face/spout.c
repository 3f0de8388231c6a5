/* SPDX-License-Identifier: ISC */
/* See spout.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "spout.h"

#define SPOUT_SIP 256           /* what a terminal takes when poll() says so */
#define SPOUT_STEP_MS 50

int
spout_open(struct spout *s, struct loop *loop, int fd,
    void (*on_write)(void *, int), void *arg)
{
	char path[64];

	*s = (struct spout){.fd = -1, .out.secret = true};
	if (defence(outlet) && ttyname_r(fd, path, sizeof(path)) == 0)
		s->fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY |
		    O_CLOEXEC);
	if (s->fd < 0) {
		/* somebody else's terminal, as under su */
		s->blocks = true;
		s->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	}
	if (s->fd < 0)
		return ERR_IO;
	s->watch = watch_fd(loop, s->fd, 0, on_write, arg);
	return 0;
}

void
spout_close(struct spout *s)
{
	watch_free(s->watch);
	if (s->fd >= 0)
		(void)close(s->fd);
	buf_free(&s->out);
	*s = (struct spout){.fd = -1};
}

size_t
spout_waits(const struct spout *s)
{
	return s->out.n - s->sent;
}

static bool
writes(const struct spout *s)
{
	return spout_waits(s) > 0 && !s->held;
}

void
spout_write(struct spout *s)
{
	bool sips = s->blocks && defence(outlet);
	size_t part;
	ssize_t n;

	while (writes(s)) {
		part = spout_waits(s);
		n = write(s->fd, s->out.p + s->sent,
		    sips && part > SPOUT_SIP ? SPOUT_SIP : part);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			s->sent = s->out.n;     /* it has hung up */
		if (n <= 0)
			break;
		s->sent += (size_t)n;
		if (sips)
			break;          /* for so many there was room */
	}
	if (spout_waits(s) == 0) {
		buf_clear(&s->out);
		s->sent = 0;
	}
	(void)watch_set(s->watch, writes(s) ? WATCH_WRITE : 0);
}

void
spout_hold(struct spout *s, bool held)
{
	if (held == s->held)
		return;
	s->held = held;
	spout_write(s);
}

void
spout_drain(struct spout *s, int ms)
{
	struct pollfd f = {.fd = s->fd, .events = POLLOUT};
	int64_t end = clock_mono(&clock_system) + ms;

	while (writes(s) && clock_mono(&clock_system) < end)
		if (poll(&f, 1, SPOUT_STEP_MS) > 0)
			spout_write(s);
}
