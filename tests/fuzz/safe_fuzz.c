/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as text from a stranger, in each kind: the result is clean before
 * an independent judge, the same when made twice, and as wide as it says; the
 * log makes one line of it and the grid no half of anything.
 */
#include <stdlib.h>

#include "base.h"
#include "clean.h"
#include "fuzz.h"

static void
check(enum safe_kind kind, const uint8_t *p, size_t n)
{
	struct safe t = safe_make(kind, p, n), again;

	assert(!clean_why(kind, t.s, t.n));
	assert(strlen(t.s) == t.n);
	assert(t.n <= 6 * n || kind == SAFE_NAME);
	again = safe_make(kind, t.s, t.n);
	assert(again.n == t.n && memcmp(again.s, t.s, t.n) == 0);
	safe_free(&again);
	safe_free(&t);
}

static void
heard(void *arg, UNUSED enum log_level level, const struct safe *line)
{
	assert(!clean_why(SAFE_LINE, line->s, line->n));
	++*(unsigned *)arg;
}

static void
check_log(const uint8_t *p, size_t n)
{
	char *s = mem_alloc(n + 1);
	unsigned lines = 0;
	struct log l = {.fd = -1, .tap = heard, .arg = &lines};

	memcpy(s, p, n);
	log_say(&l, LOG_ERROR, "fuzz", "%s", s);
	assert(lines == 1);
	free(s);
}

static void
check_grid(const uint8_t *p, size_t n)
{
	struct safe t = safe_make(SAFE_TEXT, p, n);
	struct grid g;
	int x, end;

	grid_init(&g, 21, 1);
	end = grid_safe(&g, (int)(n % 25) - 2, 0, 21, 0, 0, &t);
	assert(end >= -2 && end <= 22);
	for (x = 0; x < g.w; x++) {
		const struct cell *c = &g.cell[x];

		assert(c->cols == 0 ? x > 0 && c[-1].cols == 2 :
		    width_text(c->s, strlen(c->s)) == c->cols);
		assert(c->cols != 2 || (x + 1 < g.w && c[1].cols == 0));
	}
	grid_free(&g);
	safe_free(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	check(SAFE_LINE, p, n);
	check(SAFE_TEXT, p, n);
	check(SAFE_NAME, p, n);
	check_log(p, n);
	check_grid(p, n);
	return 0;
}
