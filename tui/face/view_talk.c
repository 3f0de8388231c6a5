/* SPDX-License-Identifier: ISC */
/*
 * A conversation. Every line of a message stands right of a gutter that only we
 * draw, under a name column only we fill: text can't pretend to be another
 * person's line, a system line or a date. The newest line is at the bottom.
 */
#include <stdlib.h>

#include "face.h"

#define NAME_COLS 10
#define WORD_COLS 10            /* "at device" and a blank */
#define WORDS_FROM 56           /* narrower: marks instead of words */
#define TIME_FROM 36            /* narrower: no time, and short names */
#define GUTTER "\u2502 "

struct page {
	struct grid *g;
	struct area a;
	struct client *c;
	const struct look *look;
	struct talk *t;
	int y;                  /* the row to draw next, going up */
	size_t skip;            /* lines still below the window */
	int text_x;             /* column of text */
	size_t cols;            /* columns of text */
	const char *format;
	int64_t enter;          /* the film that Enter would play, or 0 */
};

static const char *const ladder_mark[] = {
	[LADDER_WAITING] = "\u2026", [LADDER_SEALED] = "\u00b7",
	[LADDER_RELAY] = "\u2713", [LADDER_DEVICE] = "\u2713\u2713",
	[LADDER_FAILED] = "!",
};
static const unsigned ladder_style[] = {
	[LADDER_WAITING] = STYLE_warn, [LADDER_SEALED] = STYLE_warn,
	[LADDER_RELAY] = STYLE_dim, [LADDER_DEVICE] = STYLE_dim,
	[LADDER_FAILED] = STYLE_bad,
};

/* One line up; false when the page is full. *y is the row, or -1 to skip it. */
static bool
line_up(struct page *p, int *y)
{
	*y = -1;
	if (p->y < p->a.y)
		return false;
	if (p->skip > 0)
		p->skip--;
	else
		*y = p->y--;
	return true;
}

static int64_t
day_of(int64_t ms)
{
	struct safe s = time_text("%Y%j", ms);
	int64_t day = strtoll(s.s, NULL, 10);

	safe_free(&s);
	return day;
}

static void
draw_rule(struct page *p, const char *text, unsigned style)
{
	int y, x, end = p->a.x + p->a.w;

	if (!line_up(p, &y) || y < 0)
		return;
	for (x = p->a.x; x < end; x++)
		(void)grid_text(p->g, x, y, end, style, style_row[style].attr,
		    "\u2500");
	x = p->a.x + 2;
	x = grid_text(p->g, x, y, end, style, style_row[style].attr, " ");
	x = grid_text(p->g, x, y, end, style, style_row[style].attr, text);
	(void)grid_text(p->g, x, y, end, style, style_row[style].attr, " ");
}

static void
draw_date(struct page *p, int64_t ms)
{
	struct safe s = time_text("%A, %e %B %Y", ms);

	draw_rule(p, s.s, STYLE_date);
	safe_free(&s);
}

static void
draw_state(struct page *p, int y, const struct message *m)
{
	unsigned style = ladder_style[m->ladder];
	const char *s = ladder_mark[m->ladder];
	int end = p->a.x + p->a.w;

	if (!m->mine || (m->kind != MESSAGE_TEXT && m->kind != MESSAGE_FILM))
		return;
	if (p->a.w >= WORDS_FROM)
		s = ladder_name(m->ladder);
	(void)grid_text(p->g, end - (int)width_text(s, strlen(s)), y, end,
	    style, style_row[style].attr, s);
}

static void
draw_who(struct page *p, int y, const struct message *m)
{
	struct person *who = client_person(p->c, m->person);
	struct safe time = time_text(p->format, m->mine ? m->heard : m->sent);
	struct safe name;
	unsigned style = STYLE_mine;
	int x = p->a.x, end = p->text_x - 2, w;

	x = grid_safe(p->g, x, y, end, STYLE_time, GRID_DIM, &time);
	if (m->kind == MESSAGE_SYSTEM) {
		name = safe_of("*");    /* no directory name has a star */
		style = STYLE_system;
	} else if (m->mine) {
		name = safe_of(client_name(p->c));
	} else {
		name = who != NULL ? safe_copy(&who->name) : safe_of("?");
		style = who != NULL ? style_of_person(who) : STYLE_dim;
	}
	w = (int)width_text(name.s, name.n);
	if (x > p->a.x)
		x++;            /* a blank after the time */
	x = end - 1 - w > x ? end - 1 - w : x;
	(void)grid_safe(p->g, x, y, end - 1, style, style_row[style].attr,
	    &name);
	safe_free(&name);
	safe_free(&time);
}

/* ---- films ---- */

static const struct film *
card_of(const struct page *p, const struct message *m)
{
	return m->kind == MESSAGE_FILM ? client_film_of(p->c, m->id) : NULL;
}

/* Of its text, and of what is said about a film. */
static size_t
message_lines(const struct page *p, const struct message *m)
{
	return wrap_count(&m->text, p->cols) + (card_of(p, m) != NULL);
}

/* What Enter would play now is told so. */
static const char *
card_keys(const struct page *p, const struct film *f)
{
	const struct screen *s = client_screen(p->c);

	if (f->row != p->enter || s->edit.n > 0 || client_play(p->c) != NULL)
		return NULL;
	return "Enter plays it";
}

static bool
draw_card(struct page *p, const struct film *f)
{
	bool on = f->row == client_screen(p->c)->card;
	int y;

	if (!line_up(p, &y))
		return false;
	if (y < 0)
		return true;
	(void)grid_text(p->g, p->text_x - 2, y, p->a.x + p->a.w, STYLE_gutter,
	    style_row[STYLE_gutter].attr, GUTTER);
	if (on)
		grid_fill(p->g, p->text_x, y, (int)p->cols, 1, STYLE_selected,
		    GRID_REVERSE);
	card_line(p->g, (struct area){p->text_x, y, (int)p->cols, 1}, p->c, f,
	    on ? STYLE_selected : STYLE_dim, on ? GRID_REVERSE : 0,
	    card_keys(p, f), true);
	return true;
}

/* The lines of one message, from its last to its first. */
static bool
draw_message(struct page *p, const struct message *m)
{
	unsigned style = m->kind == MESSAGE_TEXT || m->kind == MESSAGE_FILM ?
	    STYLE_text : STYLE_system, attr = 0;
	const struct film *f = card_of(p, m);
	struct slice *line;
	size_t lines;
	bool room = true;
	int x, y;

	if (f != NULL && !draw_card(p, f))
		return false;
	if (f != NULL && f->row == client_screen(p->c)->card) {
		style = STYLE_selected;
		attr = GRID_REVERSE;
	}
	lines = wrap_all(&m->text, p->cols, &line);
	for (size_t i = lines; i-- > 0 && (room = line_up(p, &y));) {
		x = i == 0 || defence(column) ? p->text_x : p->a.x;
		if (y < 0)
			continue;
		(void)grid_text(p->g, p->text_x - 2, y, p->a.x + p->a.w,
		    STYLE_gutter, style_row[STYLE_gutter].attr, GUTTER);
		if (attr != 0)
			grid_fill(p->g, x, y, (int)p->cols, 1, style, attr);
		(void)grid_slice(p->g, x, y, p->a.x + p->a.w, style, attr,
		    &m->text, line[i].from, line[i].n);
		if (i + 1 == lines)
			draw_state(p, y, m);
		if (i == 0)
			draw_who(p, y, m);
	}
	free(line);
	return room;
}

static void
draw_empty(struct page *p)
{
	const char *s = "No messages yet. Type one and press Enter.";
	int end = p->a.x + p->a.w;

	if (p->t == NULL)
		s = "Nobody to talk to yet. Type /add NAME and press Enter.";
	else if (p->t->state == TALK_ASKING)
		s = "They ask to talk: /accept, /decline or /block.";
	(void)grid_text(p->g, p->a.x + 1, p->a.y + p->a.h / 2, end, STYLE_dim,
	    0, s);
}

static bool
marker_after(const struct page *p, size_t i)
{
	const struct talk *t = p->t;
	int64_t row = client_screen(p->c)->marker;

	return row != MARKER_NONE && i + 1 < t->messages &&
	    t->message[i].row <= row && t->message[i + 1].row > row;
}

/* All that is loaded, from the newest up, until the page is full. */
static void
draw_messages(struct page *p)
{
	for (size_t i = p->t->messages; i-- > 0;) {
		const struct message *m = &p->t->message[i];

		if (marker_after(p, i))
			draw_rule(p, "new below", STYLE_marker);
		if (!draw_message(p, m))
			return;
		if (i == 0 || day_of(m->heard) != day_of(m[-1].heard))
			draw_date(p, m->heard);
	}
}

/* How many lines have come since: who reads further up is not moved. */
static size_t
lines_below(const struct page *p, int64_t row)
{
	size_t n = 0;

	for (size_t i = p->t->messages; i-- > 0 && p->t->message[i].row > row;)
		n += message_lines(p, &p->t->message[i]);
	return n;
}

/* Scrolls no further than it must to show the whole card. */
static void
show_card(const struct page *p)
{
	struct screen *s = client_screen(p->c);
	size_t below = 0, h = (size_t)p->a.h, lines;
	const struct film *f;

	s->card_moved = false;
	for (size_t i = p->t->messages; i-- > 0;) {
		const struct message *m = &p->t->message[i];

		below += marker_after(p, i);
		lines = message_lines(p, m);
		f = card_of(p, m);
		if (f != NULL && f->row == s->card) {
			if (below + lines > s->scroll + h)
				s->scroll = below + lines - h;
			if (below < s->scroll)
				s->scroll = below;
			return;
		}
		below += lines + (i == 0 || day_of(m->heard) !=
		    day_of(m[-1].heard));
	}
}

static void
page_columns(struct page *p)
{
	struct safe time = time_text(p->format, p->look->now);
	int end = p->a.x + p->a.w;
	int names = p->a.w >= WORDS_FROM ? NAME_COLS : 6;
	int words = p->a.w >= WORDS_FROM ? WORD_COLS : 3;

	if (p->a.w < TIME_FROM) {
		p->text_x = p->a.x + names + 2;
		p->format = "";
	} else {
		p->text_x = p->a.x + (int)width_text(time.s, time.n) + 1 +
		    names + 3;
	}
	safe_free(&time);
	if (p->text_x > p->a.x + p->a.w / 2)
		p->text_x = p->a.x + p->a.w / 2;
	p->cols = (size_t)(end - p->text_x - words > 4 ?
	    end - p->text_x - words : 4);
}

void
view_talk(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	struct screen *s = client_screen(c);
	struct page p = {g, a, c, look, client_talk(c, s->talk),
	    a.y + a.h - 1, s->scroll, 0, 0,
	    options_string(look->options, "time-format"),
	    cmd_card_enter(c)};
	size_t over;

	page_columns(&p);
	if (p.t == NULL || p.t->messages == 0) {
		s->scroll = 0;
		draw_empty(&p);
		return;
	}
	if (s->card_moved)
		show_card(&p);
	p.skip = s->scroll;
	if (s->scroll > 0)
		p.skip = s->scroll += lines_below(&p, s->bottom);
	s->bottom = p.t->message[p.t->messages - 1].row;
	draw_messages(&p);
	over = p.skip + (p.y >= a.y ? (size_t)(p.y - a.y + 1) : 0);
	if (s->scroll == 0 || over == 0)
		return;
	/* how far up there is anything is known only here: back to where the
	 * oldest line stands on top */
	s->scroll -= over < s->scroll ? over : s->scroll;
	p.skip = s->scroll;
	p.y = a.y + a.h - 1;
	grid_fill(g, a.x, a.y, a.w, a.h, STYLE_text, 0);
	draw_messages(&p);
}
