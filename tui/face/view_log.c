/* SPDX-License-Identifier: ISC */
/*
 * What the program has done, newest at the bottom.
 */
#include "face.h"

/* A line and what of it goes on below, down to y; the row above it. */
static int
log_rows(struct grid *g, struct area a, int y, unsigned style,
    const struct safe *line)
{
	size_t cols = (size_t)(a.w > 2 ? a.w - 1 : 1), from, n;
	struct wrap w = {line, 0, cols};
	int top = y + 1 - (int)wrap_count(line, cols);

	for (y = top; wrap_next(&w, &from, &n); y++)
		if (y >= a.y)
			(void)grid_slice(g, a.x + 1, y, a.x + a.w, style,
			    style_row[style].attr, line, from, n);
	return top - 1;
}

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
	for (size_t i = end; i-- > 0 && y >= a.y;) {
		const struct safe *line = logbook_at(b, i, &level);

		y = log_rows(g, a, y, style[level], line);
	}
}
