/* SPDX-License-Identifier: ISC */
/*
 * Curses waits for the terminal until that has taken all: whoever does not read
 * it (a line that hangs, a flow that was stopped) would hold up the messages of
 * everybody. So curses writes into memory, and what it wrote goes to the
 * terminal from here, as much as that takes; the rest waits for the loop.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "outlet.h"

#define OUTLET_SIP 256          /* what a terminal takes when poll() says so */
#define OUTLET_STEP_MS 50

struct outlet {
	FILE *memory;           /* what curses writes to */
	int fd;
	bool blocks;            /* somebody else's terminal, as under su */
	bool held;
	struct watch *watch;
	struct buf out;
	size_t sent;
	struct termios before;
};

/* A descriptor of our own: one that does not block, while the one that the
 * shell gave us stays as it is. */
int
outlet_reopen(int fd, bool *blocks)
{
	char path[64];
	int own = -1;

	if (defence(outlet) && ttyname_r(fd, path, sizeof(path)) == 0)
		own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	*blocks = own < 0;
	return own >= 0 ? own : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static void
on_write(void *arg, UNUSED int what)
{
	outlet_write(arg);
}

static FILE *
memory_open(void)
{
	int fd = memfd_create("screen", MFD_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (fd >= 0 && f == NULL)
		(void)close(fd);
	return f;
}

struct outlet *
outlet_new(struct loop *loop)
{
	struct outlet *o = mem_alloc(sizeof(*o));

	o->out.secret = true;
	o->memory = memory_open();
	o->fd = outlet_reopen(STDOUT_FILENO, &o->blocks);
	if (o->memory != NULL && o->fd >= 0 &&
	    tcgetattr(STDIN_FILENO, &o->before) == 0) {
		o->watch = watch_fd(loop, o->fd, 0, on_write, o);
		return o;
	}
	outlet_free(o);
	return NULL;
}

void
outlet_free(struct outlet *o)
{
	if (o == NULL)
		return;
	watch_free(o->watch);
	if (o->memory != NULL)
		(void)fclose(o->memory);
	if (o->fd >= 0)
		(void)close(o->fd);
	buf_free(&o->out);
	free(o);
}

FILE *
outlet_file(struct outlet *o)
{
	return o->memory;
}

/* As curses would: it takes the memory for no terminal. */
void
outlet_raw(struct outlet *o, bool raw)
{
	struct termios t = o->before;

	if (raw) {
		t.c_lflag &= ~(tcflag_t)(ICANON | ISIG | IEXTEN | ECHO |
		    ECHONL);
		t.c_iflag &= ~(tcflag_t)(IXON | BRKINT | PARMRK | ICRNL |
		    INLCR | IGNCR);
		t.c_oflag &= ~(tcflag_t)(ONLCR | TABDLY);
		t.c_cc[VMIN] = 1;
		t.c_cc[VTIME] = 0;
	}
	/* not when all is written: that may be never */
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

/* ---- bytes --------------------------------------------------------------- */

size_t
outlet_waits(const struct outlet *o)
{
	return o->out.n - o->sent;
}

bool
outlet_writes(const struct outlet *o)
{
	return outlet_waits(o) > 0 && !o->held;
}

void
outlet_write(struct outlet *o)
{
	size_t part;
	ssize_t n;

	while (outlet_writes(o)) {
		part = o->out.n - o->sent;
		if (o->blocks && defence(outlet) && part > OUTLET_SIP)
			part = OUTLET_SIP;
		n = write(o->fd, o->out.p + o->sent, part);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			o->sent = o->out.n;     /* it has hung up */
		if (n <= 0)
			break;
		o->sent += (size_t)n;
		if (o->blocks && defence(outlet))
			break;          /* for so many there was room */
	}
	if (outlet_waits(o) == 0) {
		buf_clear(&o->out);
		o->sent = 0;
	}
	(void)watch_set(o->watch, outlet_writes(o) ? WATCH_WRITE : 0);
}

static void
take(struct outlet *o)
{
	int fd = fileno(o->memory);
	off_t n = lseek(fd, 0, SEEK_CUR);
	uint8_t *room;
	ssize_t got;

	if (n <= 0)
		return;
	room = buf_room(&o->out, (size_t)n);
	got = room == NULL ? 0 : pread(fd, room, (size_t)n, 0);
	if (room != NULL && got < n)
		o->out.n -= (size_t)(n - (got < 0 ? 0 : got));
	/* a file in memory does not refuse */
	if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0)
		abort();
}

void
outlet_flush(struct outlet *o)
{
	take(o);
	outlet_write(o);
}

void
outlet_put(struct outlet *o, const char *s, size_t n)
{
	take(o);
	buf_put(&o->out, s, n);
	outlet_write(o);
}

void
outlet_hold(struct outlet *o, bool held)
{
	if (held == o->held)
		return;
	o->held = held;
	outlet_write(o);
}

void
outlet_drain(struct outlet *o, int ms)
{
	struct pollfd f = {.fd = o->fd, .events = POLLOUT};
	int64_t end = clock_mono(&clock_system) + ms;

	while (outlet_writes(o) && clock_mono(&clock_system) < end)
		if (poll(&f, 1, OUTLET_STEP_MS) > 0)
			outlet_write(o);
}
