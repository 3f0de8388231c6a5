/* SPDX-License-Identifier: ISC */
/* floor: all */
/*
 * The frame of the screen: where title, body, bar, hint and input line stand on
 * each size, what they say in each state, and what never shows: a passphrase.
 */
#include <stdlib.h>

#include "scene.h"
#include "tap.h"

static struct screen *
screen_of(struct scene *s)
{
	return stage_screen(&s->stage);
}

static bool
shown(struct scene *s, const char *text)
{
	return strstr((const char *)s->dump.p, text) != NULL;
}

static void
hint(struct scene *s, const char *text)
{
	scene_text(&screen_of(s)->hint, SAFE_LINE, text, strlen(text));
}

static void
test_frame(struct scene *s)
{
	hint(s, "a hint");
	(void)scene_draw(s, 80, 24);
	ok(strncmp(scene_row(s, 0), " bob  not compared", 18) == 0, "title");
	ok(strstr(scene_row(s, 0), "F1 help") != NULL, "the way to help");
	ok(strncmp(scene_row(s, 21), " alice  online", 14) == 0, "bar");
	is_str(scene_row(s, 22), " a hint", "hint");
	is_str(scene_row(s, 23), "bob>", "input line");
	ok(s->grid.cx == 5 && s->grid.cy == 23, "with the cursor");
	(void)scene_draw(s, 80, 7);
	is_str(scene_row(s, 5), " a hint", "small: the hint for the bar");
	is_str(scene_row(s, 6), "bob>", "and the input line");
	ok(!shown(s, "F1 help"), "no title");
	hint(s, "");
	(void)scene_draw(s, 80, 7);
	ok(strncmp(scene_row(s, 5), " alice  online", 14) == 0,
	    "without a hint the bar");
	ok(strstr(scene_row(s, 5), "not compared") != NULL,
	    "which says the trust, since no title does");
	(void)scene_draw(s, 20, 5);
	is_str(scene_row(s, 4), "bob>", "the smallest has an input line");
	ok(strncmp(scene_row(s, 3), " alice  online", 14) == 0, "and a bar");
	(void)scene_draw(s, 19, 5);
	ok(shown(s, "too small") && shown(s, "20x5"), "smaller: says so");
	ok(s->grid.cx < 0, "without a cursor");
}

/* What to do stands at the end of a refusal: it is not cut off. */
static void
test_long_hint(struct scene *s)
{
	struct screen *screen = screen_of(s);

	hint(s, "a name has small letters, digits and . _ - inside, at most "
	    "32: type another, as alice");
	(void)scene_draw(s, 80, 24);
	ok(strncmp(scene_row(s, 20), " alice  online", 14) == 0,
	    "the bar makes room");
	is_str(scene_row(s, 21), " a name has small letters, digits and . _ - "
	    "inside, at most 32: type another, as", "a long hint");
	is_str(scene_row(s, 22), " alice", "and its end");
	is_str(scene_row(s, 23), "bob>", "above the input line");
	(void)scene_draw(s, 40, 12);
	is_str(scene_row(s, 10), " as alice", "narrow");
	(void)scene_draw(s, 20, 5);
	is_str(scene_row(s, 2), " a name has small", "the smallest: two rows");
	is_str(scene_row(s, 4), "bob>", "and the input line");
	hint(s, "");
	screen->completion = mem_string("/accept  /add  /address  /answer  "
	    "/backup  /bind  /block  /branch  /code  /compare");
	(void)scene_draw(s, 80, 24);
	is_str(scene_row(s, 22), " /compare", "so do the words that fit");
	free(screen->completion);
	screen->completion = NULL;
}

static void
test_sides(struct scene *s)
{
	struct screen *screen = screen_of(s);

	(void)scene_draw(s, 99, 24);
	ok(strncmp(scene_row(s, 1), " ? bob", 6) != 0, "99: no list beside");
	(void)scene_draw(s, 100, 24);
	ok(strncmp(scene_row(s, 1), " ? bob", 6) == 0, "100: the list beside");
	screen->pane = true;
	(void)scene_draw(s, 71, 24);
	ok(!shown(s, "/add NAME"), "71: no room for the pane");
	(void)scene_draw(s, 80, 24);
	ok(shown(s, "you are alice"), "80: the pane");
	screen->view = VIEW_notices;
	(void)scene_draw(s, 120, 24);
	ok(strstr(strstr((char *)s->dump.p, "you are alice") + 1,
	    "you are alice") == NULL, "not twice on its own screen");
	screen->pane = false;
	screen->view = VIEW_talk;
}

static void
test_input(struct scene *s)
{
	struct edit *e = &screen_of(s)->edit;

	edit_set(e, "hello");
	(void)scene_draw(s, 80, 24);
	is_str(scene_row(s, 23), "bob> hello", "what is typed");
	is_int(s->grid.cx, 10, "the cursor behind it");
	e->at = 2;
	(void)scene_draw(s, 80, 24);
	is_int(s->grid.cx, 7, "or within");
	edit_set(e, "one\ntwo\nthree");
	(void)scene_draw(s, 80, 24);
	is_str(scene_row(s, 21), "bob> one", "three lines");
	is_str(scene_row(s, 23), "     three", "take three rows");
	ok(strncmp(scene_row(s, 19), " alice", 6) == 0, "the bar is above");
	edit_set(e, "1\n2\n3\n4\n5\n6\n7\n8\n9");
	(void)scene_draw(s, 80, 24);
	is_str(scene_row(s, 23), "     9", "many lines: the cursor's is seen");
	is_str(scene_row(s, 18), "bob> 4", "six at most");
	e->at = 0;
	(void)scene_draw(s, 80, 24);
	is_str(scene_row(s, 18), "bob> 1", "the first ones when it is there");
	is_int(s->grid.cy, 18, "with the cursor");
	(void)scene_draw(s, 80, 5);
	ok(s->grid.cy >= 3 && s->grid.cy < 5, "a small screen keeps a view");
	edit_set(e, "\xe6\xbc\xa2\xe5\xad\x97");
	(void)scene_draw(s, 80, 24);
	is_int(s->grid.cx, 9, "wide characters are two columns");
	edit_set(e, "/tal");
	(void)scene_draw(s, 80, 24);
	is_str(scene_row(s, 23), "command /tal", "a command shows as one");
	edit_set(e, "//tal");
	(void)scene_draw(s, 80, 24);
	is_str(scene_row(s, 23), "bob> //tal", "a doubled slash is a text");
	screen_of(s)->view = VIEW_list;
	edit_set(e, "x");
	(void)scene_draw(s, 80, 24);
	is_str(scene_row(s, 23), "> x", "on the list nobody is addressed");
	screen_of(s)->view = VIEW_talk;
	edit_set(e, "");
}

static void
test_questions(struct scene *s)
{
	static const struct {
		enum ask ask;
		const char *prompt;
	} t[] = {
		{ASK_SLASH, "send it as text? y/n: "}, {ASK_QUIT,
		    "messages wait; leave? y/n: "}, {ASK_FIRST_NAME,
		    "your name: "}, {ASK_FIRST_ADDRESS, "invite or relay"},
	};
	struct screen *screen = screen_of(s);

	edit_set(&screen->edit, "typed text");
	for (size_t i = 0; i < COUNT(t); i++) {
		screen->ask = t[i].ask;
		(void)scene_draw(s, 80, 24);
		ok(strncmp(scene_row(s, 23), t[i].prompt,
		    strlen(t[i].prompt)) == 0, "%s", scene_row(s, 23));
		ok(shown(s, "typed text"), "with what was typed");
	}
	screen->ask = ASK_PASTE;
	screen->ask_text = mem_string("first pasted\nsecond pasted");
	(void)scene_draw(s, 80, 24);
	ok(shown(s, "Enter sends, e edits, Escape drops") &&
	    shown(s, "first pasted") && shown(s, "second pasted"),
	    "a paste is seen before it is sent");
	ok(!shown(s, "typed text"), "in place of the line");
	screen->ask = ASK_NONE;
	edit_set(&screen->edit, "");
}

static void
test_hidden(struct scene *s)
{
	static const enum ask ask[] = {ASK_PASS, ASK_FIRST_PASS,
	    ASK_FIRST_AGAIN};
	struct screen *screen = screen_of(s);
	static const int w[] = {20, 40, 80, 300};

	edit_set(&screen->edit, "Q\xc3\xa4Z secret words that are long");
	for (size_t i = 0; i < COUNT(ask); i++)
		for (size_t k = 0; k < COUNT(w); k++) {
			screen->ask = ask[i];
			(void)scene_draw(s, w[k], 24);
			ok(!shown(s, "Q\xc3\xa4Z") && !shown(s, "secret") &&
			    !shown(s, "words") && !shown(s, "long"),
			    "a passphrase is not seen at %d columns", w[k]);
			ok(scene_wrong(s) == NULL && s->grid.cx > 0,
			    "the cursor is");
		}
	edit_set(&screen->edit, "a\xc3\xa4");
	screen->ask = ASK_PASS;
	(void)scene_draw(s, 80, 24);
	is_str(scene_row(s, 23), "passphrase: \xe2\x80\xa2\xe2\x80\xa2",
	    "a dot for each character");
	screen->ask = ASK_NONE;
	edit_set(&screen->edit, "");
}

static void
test_bar(struct scene *s)
{
	struct client *c = stage_me(&s->stage);
	struct talk *t = pair_talk(&s->stage.pair, s->stage.me, "bob");

	t->unread = 3;
	t->waiting = 2;
	(void)scene_draw(s, 80, 24);
	ok(!shown(s, "bob:3"), "what one looks at is not unread");
	ok(shown(s, "2 waiting"), "what is not yet on the relay");
	screen_of(s)->view = VIEW_list;
	(void)scene_draw(s, 80, 24);
	ok(shown(s, "[bob:3]"), "elsewhere who has written");
	screen_of(s)->view = VIEW_talk;
	t->unread = t->waiting = 0;
	client_disconnect(c);
	(void)scene_draw(s, 80, 24);
	ok(shown(s, "alice  offline"), "offline: %s", scene_row(s, 21));
	pair_relay(&s->stage.pair, false);
	client_connect(c);
	for (int i = 0; i < 200 && client_online(c) != ONLINE_WAIT; i++)
		pair_turn(&s->stage.pair, 10);
	(void)scene_draw(s, 80, 24);
	ok(shown(s, "alice  waiting") && shown(s, ": "),
	    "waiting, and why: %s", scene_row(s, 21));
	(void)scene_draw(s, 40, 24);
	ok(shown(s, "alice  waiting"), "narrow: %s", scene_row(s, 21));
	pair_relay(&s->stage.pair, true);
	client_connect(c);
}

static void
test_title(struct scene *s)
{
	struct client *c = stage_me(&s->stage);
	struct person *p = client_person_named(c, "bob");
	struct talk *t = client_talk_with(c, "bob");
	enum talk_state state = t->state;
	struct cell *cell;

	p->verified = true;
	(void)scene_draw(s, 80, 24);
	ok(strncmp(scene_row(s, 0), " bob  verified", 14) == 0, "verified");
	cell = grid_at(&s->grid, 6, 0);
	is_int(cell->style, STYLE_good, "in its style");
	p->changed = true;
	(void)scene_draw(s, 80, 24);
	ok(strncmp(scene_row(s, 0), " bob  KEY CHANGED", 17) == 0, "changed");
	is_int(grid_at(&s->grid, 6, 0)->style, STYLE_bad, "in its style");
	p->changed = p->verified = false;
	t->state = TALK_ASKED;
	(void)scene_draw(s, 80, 24);
	ok(shown(s, "they have not accepted yet"), "asked");
	t->state = TALK_STOPPED;
	(void)scene_draw(s, 80, 24);
	ok(shown(s, "stopped"), "stopped");
	t->state = state;
}

int
main(void)
{
	struct scene s;

	scene_open(&s);
	test_frame(&s);
	test_long_hint(&s);
	test_sides(&s);
	test_input(&s);
	test_questions(&s);
	test_hidden(&s);
	test_title(&s);
	test_bar(&s);
	scene_close(&s);
	return done();
}
