/* SPDX-License-Identifier: ISC */
/*
 * The films that one may watch, the newest first: name, length, size, who,
 * when, and how far one was.
 */
#include <stdlib.h>

#include "face.h"

void
view_videos(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	struct screen *s = client_screen(c);
	size_t n = client_films(c), first = 0;

	(void)look;
	if (n == 0)
		(void)grid_text(g, a.x + 1, a.y, a.x + a.w, STYLE_dim, 0,
		    "No films yet. /publish FILE publishes one.");
	if (s->video_at >= n)
		s->video_at = n > 0 ? n - 1 : 0;
	if (a.h > 0 && s->video_at >= (size_t)a.h)
		first = s->video_at - (size_t)a.h + 1;
	for (size_t i = first; i < n && (int)(i - first) < a.h; i++) {
		const struct film *f = client_film_at(c, n - 1 - i);
		char *text = cmd_film_text(c, f);
		struct safe safe = safe_make(SAFE_LINE, text, strlen(text));
		int y = a.y + (int)(i - first);
		bool on = i == s->video_at;

		if (on)
			grid_fill(g, a.x, y, a.w, 1, STYLE_selected,
			    GRID_REVERSE);
		(void)grid_safe(g, a.x + 1, y, a.x + a.w, on ?
		    STYLE_selected : f->state == FILM_THERE ? STYLE_text :
		    STYLE_dim, on ? GRID_REVERSE : 0, &safe);
		if (on && s->edit.n == 0) {
			/* a screen reader follows the cursor */
			g->cx = a.x;
			g->cy = y;
		}
		safe_free(&safe);
		free(text);
	}
}
