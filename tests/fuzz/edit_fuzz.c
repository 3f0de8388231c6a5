/* SPDX-License-Identifier: ISC */
/* floor: client */
/*
 * Fuzzes the input line: whatever is typed, moved, erased, yanked and recalled,
 * the text stays valid UTF-8 without controls and within its bound, the cursor
 * inside it and, after a step, on the boundary of a character.
 */
#include <stdlib.h>

#include "client.h"
#include "fuzz.h"

static bool
on_boundary(const struct edit *e)
{
	size_t at = 0;
	int cols;

	while (at < e->at)
		at += width_cluster(e->s + at, e->n - at, &cols);
	return at == e->at;
}

static void
check(const struct edit *e, bool moved)
{
	must(e->s != NULL && e->s[e->n] == '\0' && strlen(e->s) == e->n);
	must(e->at <= e->n && e->n <= DRAFT_MAX);
	must(utf8_valid(e->s, e->n));
	for (size_t i = 0; i < e->n; i++)
		must((uint8_t)e->s[i] >= ' ' || e->s[i] == '\n');
	/* typing may join the characters around the cursor to one; the next
	 * step to the left is whole again */
	must(!moved || on_boundary(e));
	must(e->browsing <= e->histories && e->histories <= HISTORY_MAX);
}

static bool
act(struct edit *e, uint8_t op, struct rd *in)
{
	enum edit_move move = (enum edit_move)(op % (EDIT_DOWN + 1));
	struct bytes text;
	char *s;

	switch (op / 16) {
	case 0: case 1: case 2: case 3:
		edit_move(e, move);
		return move == EDIT_LEFT;
	case 4: case 5: case 6:
		edit_erase(e, move);
		return false;
	case 7:
		edit_yank(e);
		return false;
	case 8:
		edit_push(e);
		return true;
	case 9:
		edit_older(e);
		return false;
	case 10:
		edit_newer(e);
		return false;
	case 11:
		edit_wipe(e);
		return true;
	default:
		text = rd_view(in, rd_u8(in) % (rd_left(in) + 1));
		s = mem_copy(text.p, text.n);
		if (edit_insert(e, s, text.n) != 0)
			must(!utf8_valid(s, text.n) || text.n > 0);
		free(s);
		return false;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(bytes_of(data, size));
	struct edit e;

	edit_init(&e);
	while (rd_left(&in) > 0)
		check(&e, act(&e, rd_u8(&in), &in));
	edit_free(&e);
	return 0;
}
