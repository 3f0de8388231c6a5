/* SPDX-License-Identifier: ISC */
/*
 * The notifications: what waits for an answer first, each with the keys that
 * answer it, then what has happened. A screen of its own, or the pane beside a
 * conversation.
 */
#include <stdlib.h>

#include "face.h"

#define TEXT_X 9                /* after the time and the sign of trust */

struct pane {
	struct grid *g;
	struct area a;
	struct client *c;
	int y;
};

static unsigned
notice_style(const struct notice *n)
{
	switch (n->kind) {
	case NOTICE_REQUEST:
	case NOTICE_RENEW:
	case NOTICE_COMPARE:
	case NOTICE_VOUCH:
		return STYLE_unread;
	case NOTICE_CHANGED:
	case NOTICE_ALARM:
	case NOTICE_ALIKE:
	case NOTICE_ERROR:
	case NOTICE_BRANCH:
		return STYLE_bad;
	case NOTICE_HALT:       /* of none in particular: from a backup */
		return n->talk != 0 ? STYLE_bad : STYLE_text;
	case NOTICE_ACCEPTED:
		return STYLE_good;
	case NOTICE_DECLINED:
	case NOTICE_INFO:
	case NOTICE_RESTORED:
		break;
	}
	return STYLE_text;
}

/* What it tells of is not over: there is a screen about it. */
static bool
notice_lasts(struct client *c, const struct notice *n)
{
	const struct talk *t;

	switch (n->kind) {
	case NOTICE_HALT:
	case NOTICE_BRANCH:
		for (size_t i = 0; i < client_talks(c); i++) {
			t = client_talk_at(c, i);
			if (t->halt.since == n->time && (n->talk == 0 ||
			    n->talk == t->row))
				return true;
		}
		return false;
	case NOTICE_RESTORED:
		return client_restart(c)->time == n->time;
	default:
		return false;
	}
}

/* The keys that answer a notice while it is open: key, what it does, ... */
static const char *const *
notice_keys(struct client *c, const struct notice *n)
{
	static const char *const request[] = {
		"a", " accept  ", "d", " decline  ", "b", " block", NULL,
	};
	static const char *const compare[] = {"c", " compare", NULL};
	static const char *const vouch[] = {
		"y", " tell  ", "n", " don't tell", NULL,
	};
	static const char *const changed[] = {
		"Enter", " look at both keys", NULL,
	};
	static const char *const more[] = {"Enter", " tells more", NULL};

	if (notice_lasts(c, n))
		return more;

	if (!n->open)
		return NULL;
	switch (n->kind) {
	case NOTICE_REQUEST:
		return request;
	case NOTICE_COMPARE:
		return compare;
	case NOTICE_VOUCH:
		return vouch;
	case NOTICE_CHANGED:
		return changed;
	default:
		return NULL;
	}
}

static void
draw_keys(struct pane *p, const struct notice *n)
{
	int end = p->a.x + p->a.w, x = p->a.x + TEXT_X;
	const char *const *part = notice_keys(p->c, n);

	if (part == NULL || p->y >= p->a.y + p->a.h)
		return;
	for (size_t i = 0; part[i] != NULL; i++) {
		unsigned style = i % 2 == 0 ? STYLE_key : STYLE_dim;

		x = grid_text(p->g, x, p->y, end, style, style_row[style].attr,
		    part[i]);
	}
	p->y++;
}

static size_t
notice_cols(const struct pane *p)
{
	return (size_t)(p->a.w > 14 ? p->a.w - TEXT_X - 1 : 4);
}

static void
draw_notice(struct pane *p, const struct notice *n, bool selected)
{
	struct safe time = time_text("%H:%M", n->time);
	unsigned style = notice_style(n), attr = style_row[style].attr;
	int end = p->a.x + p->a.w;
	struct wrap w = {&n->text, 0, notice_cols(p)};
	const struct person *person = client_person(p->c, n->person);
	unsigned trust;
	size_t from, len;
	int x;

	if (selected) {
		style = STYLE_selected;
		attr = GRID_REVERSE;
		if (client_screen(p->c)->edit.n == 0 &&
		    client_screen(p->c)->view == VIEW_notices) {
			p->g->cx = p->a.x;
			p->g->cy = p->y;
		}
	}
	x = grid_safe(p->g, p->a.x + 1, p->y, end, STYLE_time, GRID_DIM,
	    &time);
	safe_free(&time);
	if (person != NULL) {
		const char *sign = trust_sign(person, &trust);

		(void)grid_text(p->g, x + 1, p->y, end, trust,
		    style_row[trust].attr, sign);
	}
	while (p->y < p->a.y + p->a.h && wrap_next(&w, &from, &len))
		(void)grid_slice(p->g, p->a.x + TEXT_X, p->y++, end, style, attr,
		    &n->text, from, len);
	draw_keys(p, n);
}

static int
notice_rows(const struct pane *p, const struct notice *n)
{
	return (int)wrap_count(&n->text, notice_cols(p)) +
	    (notice_keys(p->c, n) != NULL);
}

/* Open ones first, each newest first: as `select` walks them. */
static size_t
notice_order(struct client *c, const struct notice **order)
{
	size_t k = 0;

	for (int open = 1; open >= 0; open--)
		for (size_t i = client_notices(c); i-- > 0;)
			if (client_notice_at(c, i)->open == (open == 1))
				order[k++] = client_notice_at(c, i);
	return k;
}

void
view_notices(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	struct screen *s = client_screen(c);
	struct pane p = {g, a, c, a.y};
	size_t n = client_notices(c), first = 0;
	const struct notice **order = mem_array(n + 1, sizeof(*order));
	int rows = 0;

	(void)look;
	n = notice_order(c, order);
	if (n == 0)
		(void)draw_words(g, a, a.y, STYLE_dim, 0,
		    " Nothing has happened yet.");
	/* down as far as the selected one needs it */
	for (size_t i = 0; i < n; i++) {
		rows += notice_rows(&p, order[i]);
		if (order[i]->row != s->notice)
			continue;
		while (rows > a.h && first < i)
			rows -= notice_rows(&p, order[first++]);
		break;
	}
	for (size_t i = first; i < n && p.y < a.y + a.h; i++)
		draw_notice(&p, order[i], order[i]->row == s->notice);
	free(order);
}
