/* SPDX-License-Identifier: ISC */
/*
 * The status bar: who one is, the connection and why, what waits, who has
 * written. In a narrow terminal the parts drop out from the right.
 */
#include <stdio.h>

#include "face.h"

struct bar {
	struct grid *g;
	int x, y;
};

static void
add(struct bar *b, unsigned style, const char *text)
{
	if (text[0] == '\0' || b->x >= b->g->w)
		return;
	b->x = grid_text(b->g, b->x, b->y, b->g->w, style,
	    style_row[style].attr, text);
}

static unsigned
online_style(enum online o)
{
	switch (o) {
	case ONLINE_ON:
		return STYLE_bar_good;
	case ONLINE_STOP:
		return STYLE_bar_bad;
	case ONLINE_OFF:
	case ONLINE_WAIT:
	case ONLINE_DIAL:
	case ONLINE_SYNC:
		break;
	}
	return STYLE_bar_warn;
}

static void
add_online(struct bar *b, struct client *c, const struct look *look)
{
	enum online o = client_online(c);
	int64_t left = client_retry_at(c) - look->mono;
	const char *why = client_online_why(c);
	char text[32];

	add(b, online_style(o), online_name(o));
	if (o == ONLINE_WAIT && left > 0) {
		(void)snprintf(text, sizeof(text), " %llds",
		    (long long)(left + 999) / 1000);
		add(b, online_style(o), text);
	}
	if (o != ONLINE_ON && why != NULL && b->g->w >= 60) {
		add(b, STYLE_bar, ": ");
		add(b, STYLE_bar, why);
	}
}

/* The conversation in view can't be followed. */
static void
add_halted(struct bar *b, struct client *c, const struct talk *t)
{
	if (t == NULL || t->halt.since == 0 ||
	    client_screen(c)->view != VIEW_talk)
		return;
	add(b, STYLE_bar, "  ");
	add(b, STYLE_bar_bad, "can't follow (M-r)");
}

/* Reading the directory for the first time takes a while, and is seen. */
static void
add_directory(struct bar *b, struct client *c)
{
	static const char full[] = "##########", none[] = "----------";
	struct directory d;
	char text[48];
	int n;

	client_directory(c, &d);
	if (d.state == DIRECTORY_READING && d.to > 0) {
		n = (int)(d.at * 10 / d.to);
		(void)snprintf(text, sizeof(text), "  directory [%.*s%.*s] "
		    "%d%%", n, full, 10 - n, none,
		    (int)(d.at * 100 / d.to));
		add(b, STYLE_bar_warn, text);
	} else if (d.state > DIRECTORY_GOOD) {
		(void)snprintf(text, sizeof(text), "  directory %s",
		    directory_name(d.state));
		add(b, d.state == DIRECTORY_SILENT ? STYLE_bar_warn :
		    STYLE_bar_bad, text);
	}
}

/* "  film [####------] 40% 0:12" */
static void
add_publishing(struct bar *b, struct client *c)
{
	static const char full[] = "##########", none[] = "----------";
	struct publish_view v;
	char text[64];
	int n;

	if (!client_publishing(c, &v))
		return;
	n = (int)(v.percent > 100 ? 100 : v.percent) / 10;
	(void)snprintf(text, sizeof(text), "  film [%.*s%.*s] %u%%", n, full,
	    10 - n, none, v.percent);
	add(b, STYLE_bar_warn, text);
	if (v.waiting)
		add(b, STYLE_bar_bad, " waits");
	if (v.waiting || v.left < 0)
		return;
	(void)snprintf(text, sizeof(text), " %llu.%llu MB/s %lld:%02lld left",
	    (unsigned long long)(v.rate / 1000000),
	    (unsigned long long)(v.rate / 100000 % 10),
	    (long long)(v.left / 60000), (long long)(v.left / 1000 % 60));
	add(b, STYLE_bar, text);
}

static void
add_waiting(struct bar *b, struct client *c)
{
	unsigned n = 0;
	char text[32];

	for (size_t i = 0; i < client_talks(c); i++)
		n += client_talk_at(c, i)->waiting;
	if (n == 0)
		return;
	(void)snprintf(text, sizeof(text), "  %u waiting", n);
	add(b, STYLE_bar_warn, text);
}

/* Who has written, the hotlist: [2 bob:3 carol:1] */
static void
add_unread(struct bar *b, struct client *c)
{
	struct screen *s = client_screen(c);
	char text[16];
	bool any = false;

	for (size_t i = 0; i < client_talks(c); i++) {
		struct talk *t = client_talk_at(c, i);

		if (t->unread == 0 || (t->row == s->talk &&
		    s->view == VIEW_talk && s->scroll == 0))
			continue;
		add(b, STYLE_bar_warn, any ? " " : "  [");
		b->x = grid_safe(b->g, b->x, b->y, b->g->w, STYLE_bar_warn,
		    style_row[STYLE_bar_warn].attr, &t->title);
		(void)snprintf(text, sizeof(text), ":%u", t->unread);
		add(b, STYLE_bar_warn, text);
		any = true;
	}
	if (any)
		add(b, STYLE_bar_warn, "]");
}

void
draw_bar(struct grid *g, int y, struct client *c, const struct look *look)
{
	struct bar b = {g, 1, y};
	struct talk *t = client_talk(c, client_screen(c)->talk);
	struct person *p = t != NULL ? client_person(c, t->person) : NULL;
	const char *name = client_name(c);
	char text[48];
	unsigned style = STYLE_bar;

	grid_fill(g, 0, y, g->w, 1, STYLE_bar, GRID_REVERSE);
	if (name != NULL && name[0] != '\0') {
		(void)snprintf(text, sizeof(text), "%.32s  ", name);
		add(&b, STYLE_bar, text);
	}
	if (!client_fresh(c) && !client_locked(c)) {
		add_online(&b, c, look);
		add_halted(&b, c, t);
	}
	if (!client_fresh(c) && !client_locked(c))
		add_directory(&b, c);
	if (!client_locked(c))
		add_publishing(&b, c);
	if (client_open_notices(c) > 0) {
		(void)snprintf(text, sizeof(text), "  %u to answer (M-n)",
		    client_open_notices(c));
		add(&b, STYLE_bar_warn, text);
	}
	add_unread(&b, c);
	add_waiting(&b, c);
	if (p != NULL && client_screen(c)->view == VIEW_talk && g->h < 8) {
		add(&b, STYLE_bar, "  ");
		add(&b, STYLE_bar, trust_mark(c, p, &style));
	}
	if (client_screen(c)->scroll > 0)
		add(&b, STYLE_bar, "  scrolled");
}
