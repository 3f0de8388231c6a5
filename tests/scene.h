/* SPDX-License-Identifier: ISC */
/*
 * A stage with a grid: screens drawn as face does it, without a terminal, and
 * what must hold of every screen. Never part of a program.
 */
#ifndef TACET_SCENE_H
#define TACET_SCENE_H

#include "face.h"
#include "stage.h"

struct scene {
	struct stage stage;
	struct grid grid;
	struct buf dump;        /* the screen as text */
	int64_t now;
};
void scene_open(struct scene *);        /* alice and bob, friends */
void scene_close(struct scene *);
/* Draws at a size; the screen as text, a row a line, trailing blanks cut. */
const char *scene_draw(struct scene *, int w, int h);
/* Row y of what was drawn last, as text. */
const char *scene_row(struct scene *, int y);
/* A screen that scrolls, all of its lines in one, a blank between words (own it) */
char *scene_sheet(struct scene *, int w, int h);
/* What is wrong with the cells or the cursor, or NULL. */
const char *scene_wrong(const struct scene *);
/* The first of these words that the sheet lacks at this size, or what is drawn
 * wrong there; NULL: neither */
const char *scene_lacks(struct scene *, int w, int h,
    const char *const *words);
/* Adds a message to alice's talk with bob, in memory only. */
void scene_say(struct scene *, bool mine, const char *text, size_t n);
/* As if somebody had chosen that text where a safe one stands. */
void scene_text(struct safe *, enum safe_kind, const void *, size_t);

#endif
