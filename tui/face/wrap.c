/* SPDX-License-Identifier: ISC */
/*
 * Text into lines by words. Widths are our own (width.c), so a line never gets
 * wider than the cells it is drawn into. A word longer than the line is cut.
 */
#include <stdlib.h>
#include <time.h>

#include "face.h"

/* Where to break a line that does not fit: after the last blank, else hard. */
static size_t
break_at(const char *s, size_t fit)
{
	for (size_t i = fit; i > 0; i--)
		if (s[i - 1] == ' ')
			return i;
	return fit;
}

/* Bytes up to the newline, or more than a line of cells can hold. */
static size_t
line_length(const char *s, size_t left, size_t cols)
{
	size_t most = (cols + 1) * sizeof(((struct cell *)NULL)->s);
	const char *end;

	if (left > most)
		left = most;
	end = memchr(s, '\n', left);
	return end != NULL ? (size_t)(end - s) : left;
}

bool
wrap_next(struct wrap *w, size_t *from, size_t *n)
{
	const char *s = w->text->s + w->at;
	size_t left = w->text->n - w->at, line, fit;

	if (w->at > w->text->n || (left == 0 && w->at > 0 &&
	    w->text->s[w->at - 1] != '\n'))
		return false;
	line = line_length(s, left, w->cols);
	fit = width_fit(s, line, w->cols);
	*from = w->at;
	if (fit == line) {
		*n = line;
		/* past the newline; past the end when there is none */
		w->at += line + (line == left || s[line] == '\n');
		return true;
	}
	if (fit == 0)           /* not even one cluster: never stand still */
		(void)utf8_get(s, line, &fit);
	else if (s[fit] != ' ')
		fit = break_at(s, fit);
	*n = fit;
	w->at += fit;
	while (w->text->s[w->at] == ' ')
		w->at++;
	return true;
}

size_t
wrap_count(const struct safe *text, size_t cols)
{
	struct wrap w = {text, 0, cols};
	size_t from, n, lines = 0;

	while (wrap_next(&w, &from, &n))
		lines++;
	return lines;
}

size_t
wrap_all(const struct safe *text, size_t cols, struct slice **all)
{
	struct wrap w = {text, 0, cols};
	struct slice *list = NULL;
	size_t n = 0, cap = 0, from, len;

	while (wrap_next(&w, &from, &len)) {
		if (n == cap) {
			cap = cap == 0 ? 8 : cap * 2;
			list = mem_grow(list, cap, sizeof(*list));
		}
		list[n++] = (struct slice){from, len};
	}
	*all = list;
	return n;
}

struct safe
time_text(const char *format, int64_t ms)
{
	char text[64];
	time_t t = (time_t)(ms / 1000);
	struct tm tm;
	size_t n = 0;

	if (localtime_r(&t, &tm) != NULL)
		n = strftime(text, sizeof(text), format, &tm);
	return safe_make(SAFE_LINE, text, n);
}
