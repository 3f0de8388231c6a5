/* SPDX-License-Identifier: ISC */
/*
 * Between ui.c and input.c, the two files that know curses.
 */
#ifndef TACET_UI_PRIV_H
#define TACET_UI_PRIV_H

/* curses after our floors: it leaves a macro called ERR behind */
#include "face.h"

#include <curses.h>

#define KEY_PASTE_BEGIN (KEY_MAX + 1)
#define KEY_PASTE_END (KEY_MAX + 2)
#define PASTE_MAX (1u << 20)    /* bytes kept of one paste */

struct ui {
	SCREEN *screen;
	int colours;            /* 256, 8 or 0 */
	bool plain, drawn;
	struct grid shown;      /* what the terminal has */
	bool pasting, ending;   /* ending: its end mark has come */
	struct buf paste;
};

#endif
