/* SPDX-License-Identifier: ISC */
/*
 * What can be seen: pictures read back from where a film was shown, by readers
 * that share nothing with the program: a window's pixels, a terminal's cells,
 * sixels, kitty's graphics. And the number that a film of reel_film() has
 * burnt in. Never part of a program.
 */
#ifndef TACET_SIGHT_H
#define TACET_SIGHT_H

#include "base.h"

#define SIGHT_SIDE 4096

struct sight {                  /* grey, row by row */
	unsigned w, h;
	struct buf px;
};
void sight_free(struct sight *);
/* The number of a picture that has that shape and stands in the middle, as
 * large as it can be; -1: there is none that can be read. */
int sight_number(const struct sight *, unsigned shape_w, unsigned shape_h);
/* 0, or ERR_FORMAT when it is no such thing. */
int sight_xwd(struct bytes, struct sight *) MUST_CHECK;
/* A screen of tmux's capture-pane -e: of the rows from, ..., to - 1 what is
 * right of so many columns, two pixels a cell. */
int sight_cells(struct bytes, unsigned from, unsigned to, unsigned left,
    struct sight *) MUST_CHECK;
/* Behind ESC P, before ESC \ */
int sight_sixel(struct bytes, struct sight *) MUST_CHECK;

/* One image of kitty's way comes in parts, each behind ESC _ G, before ESC \.
 * ERR_SHORT: more parts follow. */
struct sight_kitty {
	unsigned w, h, deep;    /* of the one that has begun; deep 0: none */
	struct buf raw;
};
int sight_kitty(struct sight_kitty *, struct bytes part, struct sight *)
    MUST_CHECK;

#endif
