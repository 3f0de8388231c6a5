/* SPDX-License-Identifier: ISC */
/*
 * A program on a terminal of its own: libvterm plays the terminal, every byte
 * that the program writes is kept, and whatever a terminal would answer to it
 * is counted. Knows nothing of what the program is. Never part of a program.
 */
#ifndef TACET_TTY_H
#define TACET_TTY_H

#include <sys/types.h>
#include <termios.h>

#include <vterm.h>

#include "base.h"

struct tty {
	int fd, line;                   /* our side; the side of programs */
	pid_t pid;                      /* 0: none runs */
	int status;                     /* of the last one, as waitpid has it */
	int w, h;
	VTerm *vt;
	VTermScreen *screen;
	struct buf raw;                 /* written since it was cleared */
	size_t answers;                 /* bytes the terminal would say back */
	struct termios before;
};
void tty_open(struct tty *, int w, int h);
void tty_close(struct tty *);
/* argv[0] is the program; env: "NAME=value", ..., NULL, on top of ours. */
void tty_run(struct tty *, const char *const *argv, const char *const *env);
bool tty_runs(struct tty *);            /* false: status is there */
void tty_hear(struct tty *, int ms);    /* what is there, or comes soon */
void tty_type(struct tty *, const char *);
void tty_size(struct tty *, int w, int h);
/* One row of the screen as text; trailing blanks cut. */
void tty_row(struct tty *, int y, struct buf *);
bool tty_shows(struct tty *, const char *text);
/* Are echo, line editing and signals as they were at first? */
bool tty_sane(struct tty *);

/* The kinds of control sequences in bytes for a terminal: "CSI ?h", "OSC 8",
 * "C0 0d", and "U+202e" for what no text may hold. Parameters don't count. */
#define SEQS_MAX 200
struct seqs {
	char s[SEQS_MAX][16];
	size_t n;
};
void seqs_add(struct seqs *, struct bytes raw);
bool seqs_have(const struct seqs *, const char *kind);

#endif
