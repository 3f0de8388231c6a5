/* SPDX-License-Identifier: ISC */
/*
 * The films that one may watch, the newest first. Where there is room a film
 * has several rows: its picture on the left, which is painted past curses into
 * the place that is left for it, name and length, who and when, how far one
 * was. In a small terminal a film has one row, and no picture.
 */
#include <stdlib.h>

#include "face.h"

#define ROWS_FROM 9             /* of the area: from there on three a film, */
#define MORE_FROM 28            /* and from there on five */
#define COLS_FROM 40
#define NARROW 60               /* less: name, length and how far in a row */
#define KEYS "Up and Down select, Enter plays, q goes back"

struct list {
	struct grid *g;
	struct area a;          /* of the films, without the line of keys */
	struct client *c;
	int each;               /* rows of a film */
	int left;               /* columns of its picture and a blank; 0 */
};

/* Two columns a row and 16 to 9: so wide is a picture of that height. */
static int
poster_columns(int rows)
{
	return (rows * 32 + 8) / 9;
}

/* ---- the pictures ---- */

bool
videos_posters(struct client *c, struct area hole, uint16_t cell_w,
    uint16_t cell_h, struct buf *cells)
{
	int each = hole.w == poster_columns(5) ? 5 : 3, i;
	size_t one = (size_t)hole.w * (size_t)each * MEDIA_CELL;
	size_t first = client_screen(c)->video_first, n = client_films(c);
	const struct film *f;
	struct bytes got;
	struct poster_size size = {(uint16_t)hole.w, (uint16_t)each, cell_w,
	    cell_h};
	bool all = true;

	for (i = 0; i < hole.h / each; i++) {
		f = first + (size_t)i < n ? client_film_at(c, n - 1 - first -
		    (size_t)i) : NULL;
		got = bytes_of(NULL, 0);
		if (f != NULL && client_poster(c, f->row, &size, &got) ==
		    POSTER_WAITS)
			all = false;
		if (got.n == one)
			buf_bytes(cells, got);
		else
			memset(buf_room(cells, one), 0, one);
	}
	return all;
}

/* ---- the rows ---- */

/* "harbour   0:30 42%" */
static void
narrow_row(struct list *l, int y, const struct film *f, unsigned style,
    unsigned attr)
{
	char seen[8], *right = mem_format(" %u:%02u %s", f->length / 60000,
	    f->length / 1000 % 60, card_short(l->c, f, seen));
	int end = l->a.x + l->a.w, x = end - (int)strlen(right) - 1;

	(void)grid_safe(l->g, l->a.x, y, x, style, attr, &f->name);
	(void)grid_text(l->g, x, y, end, style, attr, right);
	free(right);
}

/* All that can be said of it in one row */
static void
short_row(struct list *l, int y, const struct film *f, unsigned style,
    unsigned attr)
{
	char *text;
	struct safe safe;

	if (l->a.w < NARROW) {
		narrow_row(l, y, f, style, attr);
		return;
	}
	text = cmd_film_text(l->c, f);
	safe = safe_make(SAFE_LINE, text, strlen(text));
	(void)grid_safe(l->g, l->a.x + 1, y, l->a.x + l->a.w, style, attr,
	    &safe);
	safe_free(&safe);
	free(text);
}

static void
who_row(struct list *l, int x, int y, int end, const struct film *f,
    unsigned style, unsigned attr)
{
	struct person *p = client_person(l->c, f->person);
	struct safe when = time_text("%Y-%m-%d %H:%M", f->time);
	struct safe mine = safe_of(client_name(l->c));
	char *size = client_film_size(f);

	x = grid_safe(l->g, x, y, end, style, attr, p != NULL ? &p->name :
	    &mine);
	x = grid_text(l->g, x, y, end, style, attr, "  ");
	x = grid_safe(l->g, x, y, end, style, attr, &when);
	x = grid_text(l->g, x, y, end, style, attr, "  ");
	if (x + (int)strlen(size) <= end)
		(void)grid_text(l->g, x, y, end, style, attr, size);
	free(size);
	safe_free(&mine);
	safe_free(&when);
}

/* "harbour 0:30 640x360 ........ seen to 0:12" */
static void
name_row(struct list *l, int x, int y, int end, const struct film *f,
    unsigned style, unsigned attr)
{
	char *text = client_film_text(f), *number = mem_format("/play %lld",
	    (long long)f->row);
	struct safe safe = safe_make(SAFE_LINE, text, strlen(text));
	int right = end - (int)strlen(number) - 1;

	if (f->state == FILM_THERE && right - x > 30) {
		(void)grid_text(l->g, right, y, end, style, attr, number);
		end = right - 1;
	}
	(void)grid_safe(l->g, x, y, end, style, attr | GRID_BOLD, &safe);
	safe_free(&safe);
	free(number);
	free(text);
}

static void
draw_film(struct list *l, int y, const struct film *f, bool on)
{
	unsigned style = on ? STYLE_selected : f->state == FILM_THERE ?
	    STYLE_text : STYLE_dim, attr = on ? GRID_REVERSE : 0;
	int x = l->a.x + l->left, end = l->a.x + l->a.w, rows =
	    l->each > 3 ? 3 : l->each;

	if (on)
		grid_fill(l->g, x, y, end - x, rows, style, attr);
	if (rows < 3) {
		short_row(l, y, f, style, attr);
		return;
	}
	name_row(l, x + 1, y, end, f, style, attr);
	card_line(l->g, (struct area){x + 1, y + 1, end - x - 2, 1}, l->c, f,
	    style, attr, NULL, false);
	who_row(l, x + 1, y + 2, end, f, on ? style : STYLE_dim, attr);
}

/* The selected one is in it, and as little moves as can be. */
static void
turn_page(struct screen *s, size_t n, size_t fit)
{
	if (s->video_at >= n)
		s->video_at = n > 0 ? n - 1 : 0;
	if (s->video_first > s->video_at)
		s->video_first = s->video_at;
	if (fit > 0 && s->video_at >= s->video_first + fit)
		s->video_first = s->video_at - fit + 1;
	if (s->video_first + fit > n)
		s->video_first = n > fit ? n - fit : 0;
}

static void
place_posters(struct list *l, const struct look *look, size_t shown)
{
	struct area *hole = look->hole;

	if (hole == NULL || !look->posters || l->each < 3 || hole->h > 0 ||
	    client_play(l->c) != NULL)
		return;
	l->left = poster_columns(l->each) + 1;
	*hole = (struct area){l->a.x + 1, l->a.y, l->left - 1,
	    (int)shown * l->each};
}

void
view_videos(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	struct screen *s = client_screen(c);
	struct list l = {g, a, c, a.h < ROWS_FROM || a.w < COLS_FROM ? 1 :
	    a.h < MORE_FROM ? 3 : 5, 0};
	size_t n = client_films(c), fit;

	if (n == 0)
		(void)grid_text(g, a.x + 1, a.y, a.x + a.w, STYLE_dim, 0,
		    "No films yet. /publish FILE publishes one.");
	if (l.each > 1) {
		l.a.h--;
		(void)grid_text(g, a.x + 1, a.y + a.h - 1, a.x + a.w,
		    STYLE_dim, 0, n > 0 ? KEYS : "q goes back");
	}
	fit = (size_t)(l.a.h / l.each);
	turn_page(s, n, fit);
	place_posters(&l, look, n - s->video_first < fit ?
	    n - s->video_first : fit);
	for (size_t i = s->video_first; i < n && i < s->video_first + fit;
	    i++) {
		int y = a.y + (int)(i - s->video_first) * l.each;

		draw_film(&l, y, client_film_at(c, n - 1 - i),
		    i == s->video_at);
		if (i == s->video_at && s->edit.n == 0) {
			/* a screen reader follows the cursor */
			g->cx = a.x;
			g->cy = y;
		}
	}
}
