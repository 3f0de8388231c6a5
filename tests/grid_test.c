/* SPDX-License-Identifier: ISC */
/*
 * The grid: what is drawn where, at every edge and size, and that no operation
 * ever leaves half of a wide cluster.
 */
#include <stdlib.h>

#include "base.h"
#include "tap.h"

#define FAMILY "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"

static void
shows(const struct grid *g, const char *want, const char *what)
{
	struct buf b = {0};

	grid_dump(g, &b);
	buf_u8(&b, 0);
	is_str((char *)b.p, want, "%s", what);
	buf_free(&b);
}

static void
test_draw(void)
{
	struct grid g;

	grid_init(&g, 8, 2);
	shows(&g, "\n\n", "empty");
	ok(g.cx < 0, "without a cursor");
	is_int(grid_text(&g, 1, 0, 8, 3, GRID_BOLD, "abc"), 4, "after abc");
	shows(&g, " abc\n\n", "abc");
	is_int(grid_at(&g, 1, 0)->style, 3, "in its style");
	is_int(grid_at(&g, 1, 0)->attr, GRID_BOLD, "and bold");
	is_int(grid_text(&g, 0, 1, 4, 0, 0, "e\u0301\u754c" FAMILY), 4,
	    "up to the limit");
	shows(&g, " abc\ne\u0301\u754c\n", "a wide one past it is a space");
	grid_free(&g);
}

static void
test_wide(void)
{
	struct grid g;

	grid_init(&g, 6, 1);
	grid_text(&g, 0, 0, 6, 0, 0, "\u754c\u754c\u754c");
	shows(&g, "\u754c\u754c\u754c\n", "three wide ones");
	is_int(grid_at(&g, 1, 0)->cols, 0, "the second cell is the first's");
	grid_text(&g, 1, 0, 6, 0, 0, "x");
	shows(&g, " x\u754c\u754c\n", "over a right half");
	grid_text(&g, 2, 0, 6, 0, 0, "y");
	shows(&g, " xy \u754c\n", "over a left half");
	grid_text(&g, 3, 0, 6, 0, 0, FAMILY);
	shows(&g, " xy" FAMILY "\n", "over a gap and a half");
	grid_clear(&g);
	is_int(grid_text(&g, 3, 0, 6, 0, 0, "a\u754c\u754c"), 6, "at the edge");
	shows(&g, "   a\u754c\n", "it fits");
	grid_clear(&g);
	is_int(grid_text(&g, 4, 0, 6, 0, 0, "a\u754c"), 6, "it does not");
	shows(&g, "    a\n", "then it is a space");
	grid_text(&g, -1, 0, 6, 0, 0, "\u754cz");
	shows(&g, " z  a\n", "cut by the left edge");
	grid_free(&g);
}

static void
test_clip(void)
{
	struct safe t = safe_make(SAFE_TEXT, "one\ntwo", 7);
	struct grid g;

	grid_init(&g, 4, 2);
	is_int(grid_safe(&g, 0, 0, 4, 0, 0, &t), 4, "as far as it goes");
	is_int(grid_slice(&g, 0, 1, 4, 0, 0, &t, 4, 3), 3, "a slice");
	shows(&g, "one\ntwo\n", "a newline is a space");
	is_int(grid_safe(&g, 0, 2, 4, 0, 0, &t), 0, "below the grid");
	is_int(grid_safe(&g, 0, -1, 4, 0, 0, &t), 0, "above");
	is_int(grid_safe(&g, 9, 0, 99, 0, 0, &t), 9, "to the right");
	is_int(grid_safe(&g, -9, 0, 99, 0, 0, &t), -2, "to the left");
	shows(&g, "one\ntwo\n", "nothing is drawn");
	grid_safe(&g, -2, 0, 99, 0, 0, &t);
	shows(&g, "e tw\ntwo\n", "a part of it");
	ok(!grid_at(&g, 4, 0) && !grid_at(&g, 0, 2) && !grid_at(&g, -1, 0) &&
	       !grid_at(&g, 0, -1), "no cell outside");
	grid_fill(&g, -5, -5, 6, 100, 7, GRID_REVERSE);
	shows(&g, "  tw\n wo\n", "a fill is clipped as well");
	is_int(grid_at(&g, 0, 1)->style, 7, "in its style");
	is_int(grid_at(&g, 1, 1)->style, 0, "and no further");
	grid_resize(&g, 0, 0);
	is_int(grid_safe(&g, 0, 0, 9, 0, 0, &t), 0, "a grid of no size");
	grid_fill(&g, 0, 0, 9, 9, 0, 0);
	shows(&g, "", "shows nothing");
	grid_resize(&g, -3, 5);
	ok(g.w == 0, "a negative size is none");
	grid_free(&g);
	safe_free(&t);
}

static void
test_zero(void)
{
	struct grid g;

	grid_init(&g, 4, 1);
	grid_text(&g, 0, 0, 4, 0, 0, "a\u200bb");
	shows(&g, "ab\n", "what has no column has no cell");
	grid_free(&g);
}

/* Each row is whole: a 2 is followed by its 0, a 0 follows a 2, and the text
 * of each cell has the columns it says. */
static bool
whole(struct grid *g)
{
	struct cell *c, *before;
	int x, y, cols;

	for (y = 0; y < g->h; y++)
		for (x = 0; x < g->w; x++) {
			c = grid_at(g, x, y);
			before = grid_at(g, x - 1, y);
			if ((c->cols == 0) != (before && before->cols == 2))
				return false;
			if (c->cols == 2 && x + 1 == g->w)
				return false;
			if (c->cols == 0 ? c->s[0] != '\0' :
			    width_cluster(c->s, strlen(c->s), &cols) !=
				    strlen(c->s) || cols != c->cols)
				return false;
		}
	return true;
}

static void
test_random(void)
{
	static const char *const pick[] = {"a", "\u754c", "e\u0301", FAMILY,
		" ", "\u754c\u754c", "ab\u754c", "\u2764\ufe0f", "\n",
		"\U0001f1eb\U0001f1f7", "\u09ac\u09be\u0982"};
	struct rng_seeded s;
	struct rng r = rng_seed(&s, 4);
	struct grid g;
	bool good = true;
	int turn, x, y, w;

	grid_init(&g, 11, 5);
	for (turn = 0; turn < 30000; turn++) {
		x = (int)rng_below(&r, 15) - 3;
		y = (int)rng_below(&r, 7) - 1;
		w = (int)rng_below(&r, 15);
		if (rng_below(&r, 4))
			grid_text(&g, x, y, x + w, rng_below(&r, 4), 0,
			    pick[rng_below(&r, COUNT(pick))]);
		else
			grid_fill(&g, x, y, w % 3, 2, rng_below(&r, 4), 0);
		if (rng_below(&r, 1000) == 0)
			grid_resize(&g, (int)rng_below(&r, 13),
			    (int)rng_below(&r, 7));
		good = good && whole(&g);
	}
	ok(good, "30000 random steps leave no half of anything (T64)");
	grid_free(&g);
}

int
main(void)
{
	test_draw();
	test_wide();
	test_clip();
	test_zero();
	test_random();
	return done();
}
