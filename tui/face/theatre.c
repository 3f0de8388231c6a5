/* SPDX-License-Identifier: ISC */
/*
 * The film that plays, above what else is on the screen: a place that is left
 * to its pictures, and below it one line of where one is. Draws no picture;
 * where there is none (the link is waited for, it has stopped) words stand in
 * its place.
 */
#include <stdio.h>
#include <stdlib.h>

#include "face.h"

#define BELOW_MIN 4             /* rows that the conversation keeps */
#define TITLE_MIN 6             /* columns of a title that says something */
#define PART 5                  /* a pane of size n takes n of so many parts */

static void
theatre_words(struct grid *g, struct area a, const struct play_view *v)
{
	char *say = v->why != NULL ? mem_string(v->why) : mem_format("%s ...",
	    play_state_name(v->state));
	struct area in = {a.x + 2, a.y, a.w - 4, a.h};

	if (v->state == PLAY_STOPPED) {
		(void)grid_text(g, a.x + 2, a.y + a.h / 3, a.x + a.w,
		    STYLE_bad, GRID_BOLD, "\u2716 the film has stopped");
		(void)draw_words(g, in, a.y + a.h / 3 + 1, STYLE_text, 0, say);
	} else {
		(void)draw_words(g, in, a.y + a.h / 2, STYLE_dim, 0, say);
	}
	free(say);
}

/* "playing  1:02 / 5:00  640x360  12 s ahead  vol 80  sixel" */
static char *
theatre_line(const struct play_view *v)
{
	char size[32] = "", volume[32];

	if (v->width > 0)
		(void)snprintf(size, sizeof(size), "  %ux%u", v->width,
		    v->height);
	(void)snprintf(volume, sizeof(volume), v->muted ? "muted" :
	    v->sound ? "vol %u" : "no sound", v->volume);
	return mem_format("%s  %u:%02u / %u:%02u%s  %u s ahead  %s  %s%s",
	    play_state_name(v->state), v->at / 60000, v->at / 1000 % 60,
	    v->length / 60000, v->length / 1000 % 60, size, v->ahead / 1000,
	    volume, sink_name(v->place.sink), v->fallback ?
	    " (as it could be)" : "");
}

/* What can be pressed, in full or short, as there is room; NULL: none. */
static const char *
theatre_keys(const struct play_view *v, int room)
{
	const char *const key[] = {
	    "space pauses, arrows seek, f full, q ends, M-o types",
	    "space pauses, q ends, M-o types", "q ends, M-o types", "q ends"};

	if (v->state == PLAY_STOPPED)
		return "q closes";
	if (!v->keys)
		return "M-o: keys to the film";
	for (size_t i = 0; i < COUNT(key); i++)
		if ((int)strlen(key[i]) <= room)
			return key[i];
	return NULL;
}

/* Where one is comes first, then the keys; the title takes what is left. */
static void
theatre_bar(struct grid *g, struct area a, int y, const struct play_view *v)
{
	char *line = theatre_line(v);
	int end = a.x + a.w, x;
	const char *keys;

	grid_fill(g, a.x, y, a.w, 1, STYLE_bar, GRID_REVERSE);
	x = grid_text(g, a.x + 1, y, end, v->state == PLAY_STOPPED ?
	    STYLE_bar_bad : v->state == PLAY_BUFFERING ? STYLE_bar_warn :
	    STYLE_bar_good, GRID_REVERSE, line);
	keys = theatre_keys(v, end - x - 3);
	if (keys != NULL && (int)strlen(keys) + 1 <= end - x) {
		end -= (int)strlen(keys) + 1;
		(void)grid_text(g, end, y, a.x + a.w, STYLE_bar, GRID_REVERSE,
		    keys);
	}
	if (end - x > TITLE_MIN + 4)
		(void)grid_safe(g, x + 2, y, end - 2, STYLE_bar, GRID_REVERSE,
		    &v->title);
	free(line);
}

struct area
theatre_draw(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	const struct play_view *v = client_play(c);
	bool pictures = look->sink == SINK_cells || look->sink == SINK_sixel ||
	    look->sink == SINK_kitty;
	struct area film = a;

	if (v == NULL || a.h < 2)
		return a;
	film.h = v->full ? a.h - 1 : a.h * v->size / PART;
	if (!v->full && film.h > a.h - BELOW_MIN - 1)
		film.h = a.h - BELOW_MIN - 1;
	if (film.h < 1 || (!pictures && v->state != PLAY_STOPPED))
		film.h = 0;
	if (film.h > 0 && (v->picture == 0 || v->state == PLAY_STOPPED))
		theatre_words(g, film, v);
	if (pictures && v->state != PLAY_STOPPED && look->hole != NULL)
		*look->hole = film;
	theatre_bar(g, a, film.y + film.h, v);
	a.y += film.h + 1;
	a.h -= film.h + 1;
	return a;
}
