/* SPDX-License-Identifier: ISC */
/*
 * Bytes on their way to the terminal. It takes what it takes, nobody waits for
 * the rest, and of the two who write there (curses and the pane) one is held
 * while the other has begun.
 */
#ifndef TACET_SPOUT_H
#define TACET_SPOUT_H

#include "link.h"

struct spout {
	struct watch *watch;
	struct buf out;         /* appended to by whoever owns it */
	size_t sent;
	int fd;
	bool blocks;            /* fd could not be opened anew: in sips */
	bool held;
};
/* fd: a terminal, opened anew so that it never blocks, while the descriptor
 * that the shell gave us stays as it is. on_write is called when it takes more,
 * and calls spout_write(). ERR_IO: it is none that can be written to */
int spout_open(struct spout *, struct loop *, int fd,
    void (*on_write)(void *, int), void *) MUST_CHECK;
void spout_close(struct spout *);       /* what waits is wiped */
void spout_write(struct spout *);       /* as much as it takes */
size_t spout_waits(const struct spout *);       /* bytes */
void spout_hold(struct spout *, bool);
/* Waits until all is written or it is held, at most so long */
void spout_drain(struct spout *, int ms);

#endif
