/* SPDX-License-Identifier: ISC */
/*
 * What the program has done, newest at the bottom.
 */
#include "face.h"

void
view_log(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	static const unsigned style[] = {
		[LOG_ERROR] = STYLE_bad, [LOG_WARN] = STYLE_warn,
		[LOG_INFO] = STYLE_text, [LOG_DEBUG] = STYLE_dim,
	};
	struct screen *s = client_screen(c);
	const struct logbook *b = &s->logbook;
	size_t end = b->n > s->log_at ? b->n - s->log_at : 0;
	int y = a.y + a.h - 1;
	enum log_level level;

	(void)look;
	if (b->n == 0)
		(void)grid_text(g, a.x + 1, a.y, a.x + a.w, STYLE_dim, 0,
		    "Nothing has been logged yet.");
	for (size_t i = end; i-- > 0 && y >= a.y; y--) {
		const struct safe *line = logbook_at(b, i, &level);

		(void)grid_safe(g, a.x + 1, y, a.x + a.w, style[level],
		    style_row[style[level]].attr, line);
	}
}
