/* SPDX-License-Identifier: ISC */
/*
 * The input line: a prompt that names who will read it and whether it is a
 * command, the text with its cursor, several rows when it is long. A passphrase
 * shows as dots.
 */
#include <stdio.h>
#include <stdlib.h>

#include "face.h"

#define INPUT_ROWS_MAX 6

struct prompt {
	char text[80];
	unsigned style;
};

static const char *const ask_prompt[] = {
	[ASK_PASTE] = "paste: Enter sends, e edits, Escape drops",
	[ASK_SLASH] = "send it as text? y/n",
	[ASK_QUIT] = "messages wait; leave? y/n",
	[ASK_PASS] = "passphrase",
	[ASK_OLD] = "passphrase",
	[ASK_NEW] = "new passphrase",
	[ASK_NEW_AGAIN] = "once more",
	[ASK_FIRST_NAME] = "your name",
	[ASK_FIRST_ADDRESS] = "invite or relay address",
	[ASK_FIRST_PASS] = "new passphrase",
	[ASK_FIRST_AGAIN] = "once more",
};

static bool
is_hidden(const struct screen *s)
{
	switch (s->ask) {
	case ASK_PASS:
	case ASK_OLD:
	case ASK_NEW:
	case ASK_NEW_AGAIN:
	case ASK_FIRST_PASS:
	case ASK_FIRST_AGAIN:
		return true;
	default:
		return false;
	}
}

/* Bytes of a name that fit, in whole characters. */
static size_t
name_fit(const struct safe *name, size_t room)
{
	size_t cols = NAME_LEN, n;

	while ((n = width_fit(name->s, name->n, cols)) > room)
		cols--;
	return n;
}

static struct prompt
prompt_of(struct client *c)
{
	struct screen *s = client_screen(c);
	struct talk *t = s->talk != 0 ? client_talk(c, s->talk) : NULL;
	struct prompt p = {"> ", STYLE_prompt};
	const struct linkup_view *link = client_link(c);
	size_t joined = client_link_joined(c);

	if (s->ask != ASK_NONE) {
		(void)snprintf(p.text, sizeof(p.text), "%s: ",
		    ask_prompt[s->ask]);
		p.style = STYLE_prompt_cmd;
	} else if (s->edit.s[0] == '/' && s->edit.s[1] != '/') {
		(void)snprintf(p.text, sizeof(p.text), "command ");
		p.style = STYLE_prompt_cmd;
	} else if (link != NULL && link->step == LINKUP_DONE && !link->old &&
	    joined < link->talks && (t == NULL || t->state != TALK_OPEN)) {
		(void)snprintf(p.text, sizeof(p.text), "joining %zu of %zu "
		    "conversations ", joined, link->talks);
		p.style = STYLE_prompt_cmd;
	} else if (t != NULL && s->view == VIEW_talk) {
		(void)snprintf(p.text, sizeof(p.text), "%.*s> ",
		    (int)name_fit(&t->title, sizeof(p.text) - 3), t->title.s);
		if (t->state == TALK_STOPPED || t->state == TALK_CLOSED)
			p.style = STYLE_bad;
	}
	return p;
}

/* What stands in the line, safe to draw: the user's own text may hold anything
 * that a terminal sent. */
static struct safe
shown_text(const struct screen *s)
{
	if (is_hidden(s))
		return safe_of("");
	if (s->ask == ASK_PASTE)        /* what it is about */
		return safe_make(SAFE_TEXT, s->ask_text, strlen(s->ask_text));
	return safe_make(SAFE_TEXT, s->edit.s, s->edit.n);
}

static size_t
hidden_count(const struct screen *s)
{
	size_t n = 0, used;

	for (size_t at = 0; at < s->edit.n; at += used) {
		(void)width_cluster(s->edit.s + at, s->edit.n - at, &(int){0});
		(void)utf8_get(s->edit.s + at, s->edit.n - at, &used);
		n++;
	}
	return n;
}

int
draw_input_rows(struct client *c, int w)
{
	struct screen *s = client_screen(c);
	struct prompt p = prompt_of(c);
	int room = w - (int)width_text(p.text, strlen(p.text)) - 1;
	struct safe text;
	size_t n;

	if (room < 4)
		room = 4;
	text = shown_text(s);
	n = wrap_count(&text, (size_t)room);
	safe_free(&text);
	if (n < 1)
		n = 1;
	return n > INPUT_ROWS_MAX ? INPUT_ROWS_MAX : (int)n;
}

/* The row and column of the cursor within the wrapped text. */
static void
find_cursor(const struct safe *text, size_t at, size_t cols, int *row, int *col)
{
	struct wrap w = {text, 0, cols};
	size_t from, n;

	*row = 0;
	*col = 0;
	for (int i = 0; wrap_next(&w, &from, &n); i++) {
		if (from > at)
			break;
		*row = i;
		*col = (int)width_text(text->s + from,
		    at - from < n ? at - from : n);
	}
}

/* safe_make may lengthen text (marks for controls): measure the part before the
 * cursor by making it safe too. */
static size_t
cursor_in_safe(const struct screen *s)
{
	struct safe before = s->ask == ASK_PASTE ? safe_of("") :
	    safe_make(SAFE_TEXT, s->edit.s, s->edit.at);
	size_t n = before.n;

	safe_free(&before);
	return n;
}

/* A view that has a selection keeps the cursor there: a screen reader follows
 * it. */
static void
put_cursor(struct grid *g, int x, int y)
{
	if (g->cx >= 0)
		return;
	g->cx = x < g->w ? x : g->w - 1;
	g->cy = y;
}

static void
draw_hidden(struct grid *g, struct area a, int x, const struct screen *s)
{
	for (size_t n = hidden_count(s); n > 0 && x < a.x + a.w - 1; n--)
		x = grid_text(g, x, a.y, a.x + a.w, STYLE_text, 0, "\u2022");
	put_cursor(g, x, a.y);
}

void
draw_input(struct grid *g, struct area a, struct client *c)
{
	struct screen *s = client_screen(c);
	struct prompt p = prompt_of(c);
	struct safe text;
	struct wrap w;
	size_t from, n, at;
	int x, row, col, skip;

	grid_fill(g, a.x, a.y, a.w, a.h, STYLE_text, 0);
	x = grid_text(g, a.x, a.y, a.x + a.w, p.style,
	    style_row[p.style].attr, p.text);
	if (is_hidden(s)) {
		draw_hidden(g, a, x, s);
		return;
	}
	if (a.w - x < 5)
		x = a.x + a.w - 5 < a.x ? a.x : a.x + a.w - 5;
	text = shown_text(s);
	at = cursor_in_safe(s);
	w = (struct wrap){&text, 0, (size_t)(a.w - x - 1)};
	find_cursor(&text, at, w.cols, &row, &col);
	skip = row >= a.h ? row - a.h + 1 : 0;
	for (int i = 0; wrap_next(&w, &from, &n); i++)
		if (i >= skip && i - skip < a.h)
			(void)grid_slice(g, x, a.y + i - skip, a.x + a.w,
			    STYLE_text, 0, &text, from, n);
	put_cursor(g, x + col, a.y + row - skip);
	safe_free(&text);
}
