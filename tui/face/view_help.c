/* SPDX-License-Identifier: ISC */
/*
 * Long answers: help, lists, what a command had to say.
 */
#include <stdlib.h>

#include "face.h"

static void
draw_lines(struct grid *g, struct area a, const struct safe *text, size_t first)
{
	struct wrap w = {text, 0, (size_t)(a.w > 2 ? a.w - 2 : 1)};
	size_t from, n, i = 0;
	int y = a.y;

	while (y < a.y + a.h && wrap_next(&w, &from, &n))
		if (i++ >= first)
			(void)grid_slice(g, a.x + 1, y++, a.x + a.w,
			    STYLE_text, 0, text, from, n);
}

void
view_help(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	struct screen *s = client_screen(c);
	size_t lines, most;

	(void)look;
	if (s->help.s == NULL)
		return;
	/* only here it is known how many lines there are */
	lines = wrap_count(&s->help, (size_t)(a.w > 2 ? a.w - 2 : 1));
	most = a.h > 0 && lines > (size_t)a.h ? lines - (size_t)a.h : 0;
	if (s->help_at > most)
		s->help_at = most;
	draw_lines(g, a, &s->help, s->help_at);
}
