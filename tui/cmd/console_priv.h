/* SPDX-License-Identifier: ISC */
/*
 * What console.c (who is there) and console_line.c (what is said) share.
 */
#ifndef TACET_CONSOLE_PRIV_H
#define TACET_CONSOLE_PRIV_H

#include "cmd.h"

struct console {
	struct consoles *all;
	struct local *local;    /* NULL: straight to standard output */
	bool socket, told, over;
	bool drawn;             /* the last line is to be drawn over */
	bool deaf;              /* standard output is closed */
	struct env env;
	struct buf out;
	unsigned n;             /* lines answered */
	int argc;               /* a verb that waits for the relay's news */
	char **argv;
	struct console *next;
};
struct consoles {
	struct env *shared;
	struct console *first;
	struct local_listener *listener;
	struct timer *timer;
	unsigned count;
};

/* One line to whoever asked, after its kind where it goes over the socket. */
void console_put(struct console *, char kind, const char *s, size_t n);
void console_put_lines(struct console *, char kind, const struct buf *);
void console_flush(struct console *);   /* what was said goes out now */
/* The same, and the status; nothing follows. */
void console_finish(struct console *);
void console_clock(struct console *);   /* the deadline runs from now */
void console_words(struct console *, int argc, char **argv);
void console_hear(struct console *, char *line, size_t n);

#endif
