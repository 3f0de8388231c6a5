/* SPDX-License-Identifier: ISC */
/*
 * One whole screen from the model: title, body (a view, with the sidebar or the
 * pane beside it where there is room), bar, hint, input line. Small terminals
 * lose the title first, then the hint takes the bar's line. A hint that is longer
 * than a line takes more of them from the body.
 */
#include <stdlib.h>

#include "face.h"

#define SIDEBAR_FROM 100        /* columns from which the list stands beside */
#define SIDEBAR_W 24
#define PANE_FROM 72
#define PANE_W 34
#define TITLE_FROM 8            /* rows from which there is a title and a hint */

const char *
trust_mark(struct client *c, const struct person *p, unsigned *style)
{
	*style = STYLE_bad;
	if (p->changed)
		return "KEY CHANGED";
	if (p->trust.differed)
		return "WORDS DIFFERED";
	if (p->unproven)
		return "KEY NOT PROVEN";
	if (p->verified) {
		*style = STYLE_good;
		return p->trust.theirs != WAY_none ? "verified, by both" :
		    "verified";
	}
	if (client_alike(c, p) != NULL)
		return "LOOKS LIKE ANOTHER";
	*style = STYLE_warn;
	return "not compared";
}

const char *
trust_sign(const struct person *p, unsigned *style)
{
	*style = STYLE_bad;
	if (p->changed || p->trust.differed || p->unproven)
		return "!";
	*style = p->verified ? STYLE_good : STYLE_warn;
	return p->verified ? "\u2713" : "?";
}

int
draw_words(struct grid *g, struct area a, int y, unsigned style, unsigned attr,
    const char *ours)
{
	struct safe text = safe_of(ours);
	struct wrap w = {&text, 0, (size_t)(a.w > 1 ? a.w : 1)};
	size_t from, n;

	while (y < a.y + a.h && wrap_next(&w, &from, &n))
		(void)grid_slice(g, a.x, y++, a.x + a.w, style, attr, &text,
		    from, n);
	safe_free(&text);
	return y;
}

static struct talk *
current_talk(struct client *c)
{
	struct screen *s = client_screen(c);

	return s->talk != 0 ? client_talk(c, s->talk) : NULL;
}

static const char *
talk_state_text(const struct talk *t)
{
	switch (t->state) {
	case TALK_ASKED:
		return "they have not accepted yet";
	case TALK_ASKING:
		return "asks to talk";
	case TALK_STOPPED:
		return "stopped";
	case TALK_CLOSED:
		return "closed";
	case TALK_OPEN:
		break;
	}
	return "";
}

/* Where to go from here, on the right where there is room. */
static void
draw_title_keys(struct grid *g, const struct screen *s,
    const struct person *p)
{
	const char *keys = s->view == VIEW_first || s->view == VIEW_lock ?
	    "C-q leaves" : s->view != VIEW_talk && s->view != VIEW_list ?
	    "Escape goes back" : p == NULL || p->state != PERSON_CONTACT ?
	    "F1 help" : p->changed ? "M-p shows both keys  F1 help" :
	    !p->verified ? "M-p compares keys  F1 help" : "F1 help";
	int x = g->w - 1 - (int)strlen(keys);

	if (g->w >= 60)
		(void)grid_text(g, x, 0, g->w, STYLE_title, GRID_REVERSE,
		    keys);
}

static void
draw_title(struct grid *g, struct client *c)
{
	struct screen *s = client_screen(c);
	struct talk *t = s->view == VIEW_talk ? current_talk(c) : NULL;
	struct person *p = t != NULL ? client_person(c, t->person) : NULL;
	unsigned style;
	const char *trust;
	int x;

	grid_fill(g, 0, 0, g->w, 1, STYLE_title, GRID_REVERSE);
	draw_title_keys(g, s, p);
	if (t == NULL) {
		(void)grid_text(g, 1, 0, g->w, STYLE_title, GRID_REVERSE |
		    GRID_BOLD, s->view == VIEW_help && s->answered != NULL ?
		    s->answered : view_row[s->view].title);
		return;
	}
	x = grid_safe(g, 1, 0, g->w, STYLE_title, GRID_REVERSE | GRID_BOLD,
	    &t->title);
	if (p == NULL)
		return;
	trust = trust_mark(c, p, &style);
	x = grid_text(g, x, 0, g->w, STYLE_title, GRID_REVERSE, "  ");
	x = grid_text(g, x, 0, g->w, style, GRID_REVERSE, trust);
	x = grid_text(g, x, 0, g->w, STYLE_title, GRID_REVERSE, "  ");
	(void)grid_text(g, x, 0, g->w, STYLE_title, GRID_REVERSE,
	    talk_state_text(t));
}

/*
 * Row by row, since its end often is what to type next. Without a grid the rows
 * are only counted.
 */
static int
hint_rows(struct grid *g, struct area a, unsigned style, const struct safe *text)
{
	struct wrap w = {text, 0, (size_t)a.w};
	size_t from, n;
	int rows = 0;

	for (; rows < a.h && wrap_next(&w, &from, &n); rows++)
		if (g != NULL)
			(void)grid_slice(g, a.x, a.y + rows, a.x + a.w, style,
			    style_row[style].attr, text, from, n);
	return rows;
}

/* What fits to complete, or what was said; the rows it takes, at least one. */
static int
draw_hint(struct grid *g, struct area a, struct client *c)
{
	struct screen *s = client_screen(c);
	unsigned style = s->hint_bad ? STYLE_hint_bad : STYLE_hint;
	struct area in = {a.x + 1, a.y, a.w - 1, a.h};
	struct safe fits;
	int rows = 0;

	if (g != NULL)
		grid_fill(g, a.x, a.y, a.w, a.h, STYLE_text, 0);
	if (s->completion != NULL) {
		fits = safe_of(s->completion);
		rows = hint_rows(g, in, STYLE_dim, &fits);
		safe_free(&fits);
	} else if (s->hint.s != NULL) {
		rows = hint_rows(g, in, style, &s->hint);
	}
	return rows > 0 ? rows : 1;
}

static void (*const view_draw[VIEW_COUNT])(struct grid *, struct area,
    struct client *, const struct look *) = {
#define VIEW(name, title, help) view_##name,
#include "view.def"
#undef VIEW
};

static void
draw_line(struct grid *g, int x, int y, int h)
{
	for (int i = 0; i < h; i++)
		(void)grid_text(g, x, y + i, x + 1, STYLE_gutter, 0, "\u2502");
}

static void
draw_body(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	struct screen *s = client_screen(c);
	bool inside = s->view != VIEW_first && s->view != VIEW_lock &&
	    !(s->view == VIEW_device && client_fresh(c));
	const struct play_view *film = client_play(c);
	bool full = inside && film != NULL && film->full;

	if (full)
		a = theatre_draw(g, a, c, look);
	if (a.h < 1)
		return;
	if (inside && s->view != VIEW_list && a.w >= SIDEBAR_FROM) {
		draw_sidebar(g, (struct area){a.x, a.y, SIDEBAR_W, a.h}, c,
		    look);
		draw_line(g, a.x + SIDEBAR_W, a.y, a.h);
		a.x += SIDEBAR_W + 2;   /* the line, and a blank beside it */
		a.w -= SIDEBAR_W + 2;
	}
	if (inside && s->pane && s->view != VIEW_notices && a.w >= PANE_FROM) {
		struct area pane = {a.x + a.w - PANE_W, a.y, PANE_W, a.h};

		view_notices(g, pane, c, look);
		a.w -= PANE_W + 1;
		draw_line(g, a.x + a.w, a.y, a.h);
		a.w--;
	}
	if (inside && !full)
		a = theatre_draw(g, a, c, look);
	if (a.h > 0)
		view_draw[s->view](g, a, c, look);
}

static void
draw_small(struct grid *g)
{
	grid_clear(g);
	(void)grid_text(g, 0, 0, g->w, STYLE_bad, GRID_BOLD, "too small");
	(void)grid_text(g, 0, 1, g->w, STYLE_text, 0, "make it 20x5");
	g->cx = -1;
}

void
draw_screen(struct grid *g, struct client *c, const struct look *look)
{
	struct screen *s = client_screen(c);
	int top, input, hint, bottom, y;
	bool roomy = g->h >= TITLE_FROM;

	grid_clear(g);
	if (g->w < FACE_W_MIN || g->h < FACE_H_MIN) {
		draw_small(g);
		return;
	}
	top = roomy ? 1 : 0;
	input = draw_input_rows(c, g->w);
	if (input > g->h / 2)
		input = g->h / 2;
	hint = draw_hint(NULL, (struct area){0, 0, g->w, (g->h - input) / 2}, c);
	bottom = input + hint + (roomy ? 1 : 0);
	if (roomy)
		draw_title(g, c);
	draw_body(g, (struct area){0, top, g->w, g->h - top - bottom}, c, look);
	y = g->h - bottom;
	if (roomy || s->hint.s == NULL || s->hint.n == 0)
		draw_bar(g, y++, c, look);
	if (roomy || y == g->h - bottom)
		(void)draw_hint(g, (struct area){0, y, g->w, hint}, c);
	draw_input(g, (struct area){0, g->h - input, g->w, input}, c);
}
