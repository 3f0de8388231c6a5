/* SPDX-License-Identifier: ISC */
/*
 * Curses waits for the terminal until that has taken all: whoever does not read
 * it (a line that hangs, a flow that was stopped) would hold up the messages of
 * everybody. So curses writes into memory, and what it wrote goes to the
 * terminal from here, as much as that takes; the rest waits for the loop.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "outlet.h"
#include "spout.h"

struct outlet {
	FILE *memory;           /* what curses writes to */
	struct spout spout;
	struct termios before;
};

static void
on_write(void *arg, UNUSED int what)
{
	struct outlet *o = arg;

	spout_write(&o->spout);
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
	int err = spout_open(&o->spout, loop, STDOUT_FILENO, on_write, o);

	o->memory = memory_open();
	if (err == 0 && o->memory != NULL &&
	    tcgetattr(STDIN_FILENO, &o->before) == 0)
		return o;
	outlet_free(o);
	return NULL;
}

void
outlet_free(struct outlet *o)
{
	if (o == NULL)
		return;
	if (o->memory != NULL)
		(void)fclose(o->memory);
	spout_close(&o->spout);
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

static void
take(struct outlet *o)
{
	int fd = fileno(o->memory);
	off_t n = lseek(fd, 0, SEEK_CUR);
	struct buf *out = &o->spout.out;
	uint8_t *room;
	ssize_t got;

	if (n <= 0)
		return;
	room = buf_room(out, (size_t)n);
	got = room == NULL ? 0 : pread(fd, room, (size_t)n, 0);
	if (room != NULL && got < n)
		out->n -= (size_t)(n - (got < 0 ? 0 : got));
	/* a file in memory does not refuse */
	if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0)
		abort();
}

void
outlet_flush(struct outlet *o)
{
	outlet_put(o, "", 0);
}

void
outlet_put(struct outlet *o, const char *s, size_t n)
{
	take(o);
	buf_put(&o->spout.out, s, n);
	spout_write(&o->spout);
}

size_t
outlet_waits(const struct outlet *o)
{
	return spout_waits(&o->spout);
}

bool
outlet_writes(const struct outlet *o)
{
	return outlet_waits(o) > 0 && !o->spout.held;
}

void
outlet_hold(struct outlet *o, bool held)
{
	spout_hold(&o->spout, held);
}

void
outlet_drain(struct outlet *o, int ms)
{
	spout_drain(&o->spout, ms);
}
