/* SPDX-License-Identifier: ISC */
/*
 * Between ui.c and input.c, the two files that know curses.
 */
#ifndef TACET_UI_PRIV_H
#define TACET_UI_PRIV_H

/* curses after our floors: it leaves a macro called ERR behind */
#include "face.h"
#include "outlet.h"
#include "pane.h"

#include <curses.h>

/* Far above KEY_MAX, from where curses counts the keys that it knows no name
 * of: the Control-Down of rxvt is KEY_MAX + 1. */
#define KEY_OURS (KEY_MAX + 0x1000)
#define KEY_PASTE_BEGIN (KEY_OURS + 1)
#define KEY_PASTE_END (KEY_OURS + 2)
#define KEY_FENCE (KEY_OURS + 3)        /* "all was drawn" */
#define KEY_ALT (KEY_OURS + 4)          /* and those after it: input.c */
#define PASTE_MAX (1u << 20)    /* bytes kept of one paste */
#define PASTE_BEGIN_MARK "\033[200~"
#define PASTE_END_MARK "\033[201~"

struct ui {
	SCREEN *screen;
	struct outlet *outlet;
	int colours;            /* 256, 8 or 0 */
	bool plain, drawn;
	struct grid shown;      /* what the terminal has */
	struct area hole;       /* what curses keeps off */
	bool wiped;             /* the terminal was cleared: the hole, too */
	bool asked;             /* and an answer may still come */
	struct caps caps;
	struct buf ahead;       /* keys that came between the answers */
	size_t ahead_at;
	bool pasting, ending;   /* ending: its end mark has come */
	bool again;             /* an ESC was read that begins the next key */
	int64_t escape;         /* when ESC was last taken for a key, mono ms */
	size_t mark;            /* bytes of PASTE_END_MARK seen one by one */
	struct buf paste;
};

/* Tells curses what the keys send that it has no name for. */
void input_define(void);

#endif
