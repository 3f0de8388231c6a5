/* SPDX-License-Identifier: ISC */
/*
 * The list of conversations, unread first, as a screen and as the sidebar.
 */
#include <stdio.h>

#include "face.h"

#define LAST_FROM 50            /* columns from which the last text is shown */
#define NAME_W 22               /* then: of the name */

static void
row_style(const struct screen *s, const struct talk *t, size_t i, bool sidebar,
    unsigned *style, unsigned *attr)
{
	bool on = sidebar ? t->row == s->talk : (int)i == s->list_at;

	*style = t->unread > 0 ? STYLE_unread : STYLE_text;
	*attr = style_row[*style].attr;
	if (on) {
		*style = STYLE_selected;
		*attr |= GRID_REVERSE;
	}
}

/* Trust, name, and how many are unread on the right. */
static void
draw_name(struct grid *g, struct area a, int y, struct client *c,
    const struct talk *t, unsigned style, unsigned attr)
{
	const struct person *p = client_person(c, t->person);
	char unread[16] = "";
	int x = a.x + 1, end = a.x + a.w;
	unsigned trust;

	grid_fill(g, a.x, y, a.w, 1, style, attr & GRID_REVERSE);
	if (t->unread > 0)
		(void)snprintf(unread, sizeof(unread), "%u", t->unread);
	if (p != NULL) {
		const char *sign = trust_sign(p, &trust);

		(void)grid_text(g, x, y, end, trust, attr & GRID_REVERSE, sign);
	}
	(void)grid_safe(g, x + 2, y, end - (unread[0] != '\0' ? 6 : 1), style,
	    attr, &t->title);
	(void)grid_text(g, end - (int)strlen(unread) - 1, y, end, style, attr,
	    unread);
}

void
draw_sidebar(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	struct screen *s = client_screen(c);
	size_t first = 0;
	unsigned style, attr;

	(void)look;
	for (size_t i = 0; i < client_talks(c); i++)
		if (client_talk_at(c, i)->row == s->talk && (int)i >= a.h)
			first = i - (size_t)a.h + 1;
	for (size_t i = first; i < client_talks(c) && (int)(i - first) < a.h;
	    i++) {
		struct talk *t = client_talk_at(c, i);

		row_style(s, t, i, true, &style, &attr);
		draw_name(g, a, a.y + (int)(i - first), c, t, style, attr);
	}
	if (client_talks(c) == 0)
		(void)grid_text(g, a.x + 1, a.y, a.x + a.w, STYLE_dim, 0,
		    "/add NAME");
}

static const char *
state_text(const struct talk *t)
{
	switch (t->state) {
	case TALK_ASKED:
		return "asked, waits for their answer";
	case TALK_ASKING:
		return "asks to talk: Enter, then /accept or /decline";
	case TALK_STOPPED:
		return "stopped: see the person screen";
	case TALK_CLOSED:
		return "closed";
	case TALK_OPEN:
		break;
	}
	return NULL;
}

static void
draw_last(struct grid *g, struct area a, int y, const struct talk *t,
    unsigned style, unsigned attr)
{
	int x = a.x + NAME_W, end = a.x + a.w - 6;
	const char *state = state_text(t);
	const struct message *m;
	struct safe line;

	if (a.w < LAST_FROM)
		return;
	grid_fill(g, x - 1, y, end - x + 1, 1, style, attr & GRID_REVERSE);
	if (state != NULL) {
		(void)grid_text(g, x, y, end, style, attr, state);
		return;
	}
	if (t->messages == 0)
		return;
	m = &t->message[t->messages - 1];
	line = safe_make(SAFE_LINE, m->text.s, m->text.n);
	(void)grid_safe(g, x, y, end, attr & GRID_REVERSE ? style : STYLE_dim,
	    attr, &line);
	safe_free(&line);
}

void
view_list(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	struct screen *s = client_screen(c);
	size_t n = client_talks(c), first = 0;
	unsigned style, attr;

	(void)look;
	if (n == 0)
		(void)grid_text(g, a.x + 1, a.y, a.x + a.w, STYLE_dim, 0,
		    "Nobody yet. Type /add NAME and press Enter.");
	if (s->list_at >= a.h)
		first = (size_t)(s->list_at - a.h) + 1;
	for (size_t i = first; i < n && (int)(i - first) < a.h; i++) {
		struct talk *t = client_talk_at(c, i);
		int y = a.y + (int)(i - first);

		row_style(s, t, i, false, &style, &attr);
		draw_name(g, a, y, c, t, style, attr);
		draw_last(g, a, y, t, style, attr);
		if ((int)i == s->list_at && s->edit.n == 0) {
			/* a screen reader follows the cursor */
			g->cx = a.x;
			g->cy = y;
		}
	}
}
