/* SPDX-License-Identifier: ISC */
/*
 * The safety number for a camera. Where the code doesn't fit, or the terminal
 * can't draw it, the same line stands there as text, which /verify takes too.
 */
#include <stdlib.h>

#include "face.h"

#define SIDE_FROM 24            /* columns beside the code for words */
#define ROWS_FROM 15            /* no code is smaller with its border */

static void
draw_text(struct grid *g, struct area a, int y, const struct person *p,
    const char *line, bool small)
{
	char *s = mem_format(small ? "The code needs a larger terminal; as "
	    "text, for /verify on %s's side:" : "Let %s's camera read it, or "
	    "give them this line for /verify:", p->name.s);

	y = draw_words(g, a, y, STYLE_text, 0, s);
	free(s);
	y = draw_words(g, a, y, STYLE_key, GRID_BOLD, line);
	(void)draw_words(g, a, y + (a.h > 12), STYLE_dim, 0,
	    "It is the safety number of the two of you: no secret. q goes "
	    "back.");
}

static void
draw(struct grid *g, struct area a, const struct person *p, const char *line,
    const struct look *look)
{
	struct qr *q = qr_drawable(look->options) && a.h >= ROWS_FROM ? qr_new(line) : NULL;
	struct area in = {a.x + 1, a.y, a.w - 2, a.h};
	int y = a.y;

	if (q == NULL || qr_rows(q) > a.h || qr_cols(q) > a.w) {
		draw_text(g, in, y, p, line, true);
	} else if (a.w - qr_cols(q) >= SIDE_FROM) {
		qr_draw(g, a.x, y, q);
		in.x += qr_cols(q) + 1;
		in.w -= qr_cols(q) + 1;
		draw_text(g, in, y + 1, p, line, false);
	} else {
		qr_draw(g, a.x, y, q);
		draw_text(g, in, y + qr_rows(q), p, line, false);
	}
	qr_free(q);
}

void
view_qr(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	struct person *p = client_person(c, client_screen(c)->person);
	char line[SAFETY_LINE];

	if (p == NULL) {
		(void)grid_text(g, a.x + 1, a.y, a.x + a.w, STYLE_dim, 0,
		    "Nobody is selected. Type /qr NAME.");
		return;
	}
	safety_line(client_account(c), p->changed ? p->changed_to : p->account,
	    line);
	draw(g, a, p, line, look);
}
