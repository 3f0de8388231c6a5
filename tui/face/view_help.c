/* SPDX-License-Identifier: ISC */
/*
 * Long answers, the log, the first run and the lock: screens that are text.
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

	(void)look;
	if (s->help.s != NULL)
		draw_lines(g, a, &s->help, s->help_at);
}
