/* SPDX-License-Identifier: ISC */
/*
 * The last lines of the log, kept in memory for the log view.
 */
#include "inside.h"

void
logbook_tap(void *arg, enum log_level level, const struct safe *line)
{
	struct logbook *b = arg;
	size_t i = (b->first + b->n) % LOGBOOK_MAX;

	if (b->n == LOGBOOK_MAX) {
		safe_free(&b->line[b->first]);
		b->first = (b->first + 1) % LOGBOOK_MAX;
		b->n--;
	}
	b->line[i] = safe_copy(line);
	b->level[i] = level;
	b->n++;
}

const struct safe *
logbook_at(const struct logbook *b, size_t i, enum log_level *level)
{
	size_t at = (b->first + i) % LOGBOOK_MAX;

	assert(i < b->n);
	*level = b->level[at];
	return &b->line[at];
}

void
logbook_free(struct logbook *b)
{
	for (size_t i = 0; i < b->n; i++)
		safe_wipe(&b->line[(b->first + i) % LOGBOOK_MAX]);
	memset(b, 0, sizeof(*b));
}
