/* SPDX-License-Identifier: ISC */
/*
 * The input line: cursor on cluster boundaries, killing and yanking, lines,
 * history; and nothing gets in that a terminal would obey.
 */
#include "inside.h"
#include "tap.h"

static void
put(struct edit *e, const char *s)
{
	if (edit_insert(e, s, strlen(s)) != 0)
		bail("can't insert");
}

static void
test_insert(void)
{
	struct edit e;

	edit_init(&e);
	is_str(e.s, "", "empty at first");
	put(&e, "helo");
	edit_move(&e, EDIT_LEFT);
	put(&e, "l");
	is_str(e.s, "hello", "inserted at the cursor");
	is_int(e.at, 4, "and the cursor follows");
	is_int(edit_insert(&e, "\033[31m", 5), ERR_FORMAT, "no escape");
	is_int(edit_insert(&e, "a\tb", 3), ERR_FORMAT, "no tab");
	is_int(edit_insert(&e, "\302\233", 2), ERR_FORMAT, "no C1");
	is_int(edit_insert(&e, "\177", 1), ERR_FORMAT, "no DEL");
	is_int(edit_insert(&e, "\xff", 1), ERR_FORMAT, "no bad UTF-8");
	is_str(e.s, "hello", "and nothing changed by that");
	edit_free(&e);
}

static void
test_big(void)
{
	char *s = mem_alloc(DRAFT_MAX + 1);
	struct edit e;

	edit_init(&e);
	memset(s, 'x', DRAFT_MAX);
	is_int(edit_insert(&e, s, DRAFT_MAX), 0, "as much as a draft holds");
	is_int(edit_insert(&e, "y", 1), ERR_BIG, "and not one more");
	is_int(e.n, DRAFT_MAX, "nothing lost");
	edit_free(&e);
	free(s);
}

static void
test_clusters(void)
{
	struct edit e;

	edit_init(&e);
	put(&e, "a\xc3\xa9" "e\xcc\x81" "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f"
	    "\x9a\x80" "z");
	edit_move(&e, EDIT_LEFT);
	edit_erase(&e, EDIT_LEFT);
	is_str(e.s, "a\xc3\xa9" "e\xcc\x81z", "a joined emoji goes whole");
	edit_erase(&e, EDIT_LEFT);
	is_str(e.s, "a\xc3\xa9z", "a letter goes with its mark");
	edit_move(&e, EDIT_LEFT);
	is_int(e.at, 1, "left over two bytes");
	edit_move(&e, EDIT_RIGHT);
	is_int(e.at, 3, "and right");
	edit_free(&e);
}

static void
test_words(void)
{
	struct edit e;

	edit_init(&e);
	put(&e, "one two  three");
	edit_move(&e, EDIT_WORD_LEFT);
	is_int(e.at, 9, "back a word");
	edit_erase(&e, EDIT_WORD_LEFT);
	is_str(e.s, "one three", "a word killed");
	edit_yank(&e);
	is_str(e.s, "one two  three", "and yanked back");
	edit_move(&e, EDIT_START);
	edit_move(&e, EDIT_WORD_RIGHT);
	is_int(e.at, 3, "on to the end of the word");
	edit_erase(&e, EDIT_END);
	is_str(e.s, "one", "killed to the end");
	edit_erase(&e, EDIT_RIGHT);
	is_str(e.s, "one", "nothing right of the end");
	edit_free(&e);
}

static void
test_lines(void)
{
	struct edit e;

	edit_init(&e);
	put(&e, "first line\nab\nthird line");
	edit_move(&e, EDIT_START);
	is_int(e.at, 14, "start of this line");
	edit_move(&e, EDIT_END);
	edit_move(&e, EDIT_UP);
	is_int(e.at, 13, "up, clipped to the shorter line");
	edit_move(&e, EDIT_UP);
	is_int(e.at, 2, "up keeps the column");
	edit_move(&e, EDIT_UP);
	is_int(e.at, 2, "not above the first");
	edit_move(&e, EDIT_DOWN);
	is_int(e.at, 13, "down");
	edit_move(&e, EDIT_DOWN);
	edit_move(&e, EDIT_DOWN);
	is_int(e.at, 16, "not below the last");
	edit_free(&e);
}

static void
test_history(void)
{
	struct edit e;
	char s[16];
	int i;

	edit_init(&e);
	put(&e, "one");
	edit_push(&e);
	put(&e, "two");
	edit_push(&e);
	put(&e, "two");
	edit_push(&e);
	is_int(e.histories, 2, "repeats count once");
	put(&e, "fresh");
	edit_older(&e);
	is_str(e.s, "two", "older");
	edit_older(&e);
	edit_older(&e);
	is_str(e.s, "one", "the oldest");
	edit_newer(&e);
	edit_newer(&e);
	is_str(e.s, "fresh", "back to what was being typed");
	edit_newer(&e);
	is_str(e.s, "fresh", "and no further");
	for (i = 0; i < HISTORY_MAX + 5; i++) {
		snprintf(s, sizeof(s), "%d", i);
		edit_set(&e, s);
		edit_push(&e);
	}
	is_int(e.histories, HISTORY_MAX, "bounded");
	is_str(e.history[0], "5", "the oldest were let go");
	edit_wipe(&e);
	is_int(e.histories, 0, "wiped");
	is_str(e.s, "", "to an empty line");
	edit_free(&e);
}

int
main(void)
{
	test_insert();
	test_big();
	test_clusters();
	test_words();
	test_lines();
	test_history();
	return done();
}
