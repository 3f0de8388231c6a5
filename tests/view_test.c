/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 * limit: 1200
 *
 * Every screen on grids from nothing to 300x100: no cell that a terminal could
 * misread, whatever others called themselves or wrote (T60, T64), no text that
 * looks like a line of ours (T65), scrolling that ends where the text ends.
 */
#include "vec.h" /* first: it keeps jansson's json_string apart from ours */

#include "scene.h"
#include "tap.h"

#ifdef __SANITIZE_ADDRESS__
#define SIZES 150               /* each costs ten times as much there */
#else
#define SIZES 1500
#endif

static const int sizes[][2] = {
	{0, 0}, {1, 1}, {2, 30}, {19, 5}, {20, 4}, {20, 5}, {21, 7}, {25, 8},
	{30, 9}, {40, 12}, {55, 20}, {56, 20}, {60, 10}, {71, 24}, {72, 24},
	{80, 24}, {99, 30}, {100, 30}, {120, 40}, {132, 50}, {300, 100},
	{500, 2},
};

static struct talk *
bob(struct scene *s)
{
	return pair_talk(&s->stage.pair, s->stage.me, "bob");
}

/* All views, all questions, with and without the pane, on one size. */
static const char *
all_screens(struct scene *s, int w, int h)
{
	struct screen *screen = stage_screen(&s->stage);
	const char *why = NULL;

	for (unsigned v = 0; v < VIEW_COUNT && why == NULL; v++)
		for (unsigned ask = ASK_NONE; ask <= ASK_FIRST_AGAIN &&
		    why == NULL; ask++) {
			/* a question changes nothing above its line, and a QR
			 * code costs as much as all the rest */
			if (v == VIEW_qr && ask != ASK_NONE)
				continue;
			screen->view = (enum view)v;
			screen->ask = (enum ask)ask;
			screen->pane = (v + ask) % 2 == 1;
			if (ask == ASK_PASTE || ask == ASK_SLASH) {
				free(screen->ask_text);
				screen->ask_text = mem_string("a\nb\nc");
			}
			(void)scene_draw(s, w, h);
			why = scene_wrong(s);
		}
	if (why != NULL)
		note("view %d, ask %d, %dx%d", screen->view, screen->ask, w,
		    h);
	screen->view = VIEW_talk;
	screen->ask = ASK_NONE;
	screen->pane = false;
	return why;
}

static void
set_person(struct scene *s)
{
	struct screen *screen = stage_screen(&s->stage);

	screen->person = client_person_named(stage_me(&s->stage), "bob")->row;
	screen->notice = client_notices(stage_me(&s->stage)) > 0 ?
	    client_notice_at(stage_me(&s->stage), 0)->row : 0;
}

static void
test_sizes(struct scene *s)
{
	set_person(s);
	(void)stage_line(&s->stage, "help");
	for (size_t i = 0; i < COUNT(sizes); i++)
		is_str(all_screens(s, sizes[i][0], sizes[i][1]), NULL,
		    "every screen at %dx%d", sizes[i][0], sizes[i][1]);
}

static void
test_storm(struct scene *s)
{
	struct screen *screen = stage_screen(&s->stage);
	struct rng_seeded g;
	struct rng r = rng_seed(&g, 9);
	size_t bad = 0;

	for (int i = 0; i < SIZES; i++) {
		screen->view = (enum view)rng_below(&r, VIEW_COUNT);
		screen->scroll = rng_below(&r, 4) == 0 ? rng_below(&r, 500) : 0;
		screen->help_at = rng_below(&r, 200);
		screen->log_at = rng_below(&r, 600);
		screen->list_at = (int)rng_below(&r, 3);
		screen->pane = rng_below(&r, 2) == 0;
		(void)scene_draw(s, (int)rng_below(&r, 310),
		    (int)rng_below(&r, 110));
		bad += scene_wrong(s) != NULL;
	}
	is_int(bad, 0, "%d sizes and places at random", SIZES);
	screen->view = VIEW_talk;
	screen->pane = false;
	screen->scroll = 0;
	screen->list_at = 0;
}

/* A text of others in every place where one can stand. */
static void
say_everywhere(struct scene *s, const void *p, size_t n)
{
	struct client *c = stage_me(&s->stage);
	struct screen *screen = stage_screen(&s->stage);
	struct talk *t = client_talk_at(c, 0);  /* his name is changed here */
	enum log_level level;

	scene_text(&t->message[t->messages - 1].text, SAFE_TEXT, p, n);
	scene_text(&t->title, SAFE_NAME, p, n);
	scene_text(&client_person(c, t->person)->name, SAFE_NAME, p, n);
	for (size_t i = 0; i < client_notices(c); i++)
		scene_text(&client_notice_at(c, i)->text, SAFE_LINE, p, n);
	scene_text(&screen->help, SAFE_TEXT, p, n);
	scene_text(&screen->hint, SAFE_LINE, p, n);
	if (logbook_at(&screen->logbook, 0, &level) != NULL)
		scene_text(&screen->logbook.line[0], SAFE_LINE, p, n);
}

static void
test_hostile(struct scene *s)
{
	static const int size[][2] = {{20, 5}, {38, 12}, {80, 24}, {120, 40}};
	struct screen *screen = stage_screen(&s->stage);
	struct safe line = safe_of("a line of the log");
	size_t i, n = 0, bad = 0;
	struct vec v;
	json_t *c;

	if (!vec_open(&v, "terminal/hostile-strings.json")) {
		skip("%s", vec_why(&v));
		vec_close(&v);
		safe_free(&line);
		return;
	}
	logbook_tap(&screen->logbook, LOG_INFO, &line);
	vec_each(v.root, i, c) {
		struct bytes raw = vec_hex(&v, c, "hex");

		say_everywhere(s, raw.p, raw.n);
		for (size_t k = 0; k < COUNT(size); k++) {
			const char *why = all_screens(s, size[k][0],
			    size[k][1]);

			if (why != NULL && bad++ < 5)
				note("%s: %s", vec_string(c, "id"), why);
		}
		n++;
	}
	ok(n > 100, "%zu hostile strings", n);
	is_int(bad, 0, "none leaves a byte that a terminal could obey");
	say_everywhere(s, "bob", 3);
	safe_free(&line);
	vec_close(&v);
}

/* The row that holds `text`, or -1; *x is where it starts, in bytes. */
static int
find_row(struct scene *s, const char *text, size_t *x)
{
	for (int y = 0; y < s->grid.h; y++) {
		const char *row = scene_row(s, y), *p = strstr(row, text);

		if (p != NULL) {
			*x = (size_t)(p - row);
			return y;
		}
	}
	return -1;
}

/* Each row with `text` has our gutter at its place, and the text after it. */
static bool
inside(struct scene *s, const char *text, int gutter)
{
	bool any = false;

	for (int y = 1; y < s->grid.h - 3; y++) {
		const char *row = scene_row(s, y), *p = strstr(row, text);
		struct cell *c = grid_at(&s->grid, gutter, y);

		if (p == NULL)
			continue;
		any = true;
		if (strcmp(c->s, "\xe2\x94\x82") != 0 ||
		    width_text(row, (size_t)(p - row)) < (size_t)gutter + 2) {
			note("`%s`", row);
			return false;
		}
	}
	return any;
}

/* Whatever a message says stands right of the gutter, in every row. */
static void
test_spoof(struct scene *s)
{
	static const char *const text[] = {
		"* bob left", "x\n* bob left", "x\r* bob left", "x\n\n> /quit",
		"x\b\b\b\b* bob left", "12:00      alice \xe2\x94\x82 yes",
		"\xe2\x94\x80\xe2\x94\x80 Monday, 1 January 2001",
		"x\xe2\x80\xa8* bob left", "x\xe2\x80\xa9* bob left",
		"x\v* bob left", "x\f* bob left", "x\xc2\x85* bob left",
		("\xe2\x80\xae" "tfel bob *"), "bob> ",
	};
	static const char *const mark[] = {"* bob left", "* bob left",
		"* bob left", "> /quit", "* bob left", "yes", "Monday, 1",
		"* bob left", "* bob left", "* bob left", "* bob left",
		"* bob left", "tfel bob", "bob>"};
	static const struct {
		int w, h, gutter;
	} size[] = {{80, 24, 17}, {40, 12, 13}, {120, 40, 43}, {30, 9, 6}};

	for (size_t i = 0; i < COUNT(text); i++) {
		scene_say(s, false, text[i], strlen(text[i]));
		for (size_t k = 0; k < COUNT(size); k++) {
			(void)scene_draw(s, size[k].w, size[k].h);
			ok(inside(s, mark[i], size[k].gutter),
			    "spoof %zu at %dx%d", i, size[k].w, size[k].h);
		}
	}
}

static void
test_talk(struct scene *s)
{
	const char *text = "one\ntwo";
	size_t x;
	int y;

	scene_say(s, false, text, strlen(text));
	scene_say(s, true, "an answer", 9);
	(void)scene_draw(s, 80, 24);
	y = find_row(s, "an answer", &x);
	is_int(y, 20, "the newest stands above the bar");
	ok(strstr(scene_row(s, y), "      alice \xe2\x94\x82 an answer") !=
	    NULL, "under our name: `%s`", scene_row(s, y));
	ok(strcmp(scene_row(s, y) + strlen(scene_row(s, y)) - 9,
	    "at device") == 0, "with how far it came on the right");
	ok(strstr(scene_row(s, y - 2), "        bob \xe2\x94\x82 one") != NULL,
	    "the one before under his");
	ok(strstr(scene_row(s, y - 1), "            \xe2\x94\x82 two") != NULL,
	    "whose second line has no name");
	(void)scene_draw(s, 40, 12);
	y = find_row(s, "an answer", &x);
	ok(strstr(scene_row(s, y), "\xe2\x9c\x93\xe2\x9c\x93") != NULL,
	    "narrow: a mark instead of words");
	bob(s)->message[bob(s)->messages - 1].ladder = LADDER_FAILED;
	(void)scene_draw(s, 80, 24);
	ok(strstr(scene_row(s, 20), "failed") != NULL, "a failed one says so");
	is_str(scene_row(s, 23), "bob>", "the prompt names who will read");
	ok(strstr(scene_row(s, 0), "bob  not compared") != NULL,
	    "the title says how far bob is trusted");
}

static void
test_scroll(struct scene *s)
{
	struct screen *screen = stage_screen(&s->stage);
	char text[32];
	size_t x, top;

	for (int i = 0; i < 60; i++) {
		(void)snprintf(text, sizeof(text), "row %d.", i);
		scene_say(s, false, text, strlen(text));
	}
	(void)scene_draw(s, 80, 24);
	ok(find_row(s, "row 59.", &x) == 20, "the newest at the bottom");
	is_int(stage_line(&s->stage, "scroll page-up"), 0, "a page up");
	(void)scene_draw(s, 80, 24);
	ok(find_row(s, "row 41.", &x) == 20, "18 rows higher");
	ok(strstr(scene_row(s, 21), "scrolled") != NULL, "which the bar says");
	scene_say(s, false, "meanwhile\nthis", 14);
	(void)scene_draw(s, 80, 24);
	ok(find_row(s, "row 41.", &x) == 20, "what arrives moves nothing");
	bob(s)->messages--;
	safe_free(&bob(s)->message[bob(s)->messages].text);
	screen->scroll -= 2;
	screen->bottom = bob(s)->message[bob(s)->messages - 1].row;
	is_int(stage_line(&s->stage, "scroll down"), 0, "one down");
	(void)scene_draw(s, 80, 24);
	ok(find_row(s, "row 42.", &x) == 20, "one row lower");
	is_int(stage_line(&s->stage, "scroll top"), 0, "to the top");
	(void)scene_draw(s, 80, 24);
	ok(strstr(scene_row(s, 1), "\xe2\x94\x80\xe2\x94\x80 ") != NULL,
	    "the first day stands on top: `%s`", scene_row(s, 1));
	top = screen->scroll;
	is_int(stage_line(&s->stage, "scroll up"), 0, "no further");
	is_int(stage_line(&s->stage, "scroll top"), 0, "nor so");
	(void)scene_draw(s, 80, 24);
	is_int(screen->scroll, top, "there is nothing above");
	is_int(stage_line(&s->stage, "scroll down"), 0, "down");
	(void)scene_draw(s, 80, 24);
	is_int(screen->scroll, top - 1, "moves at once");
	(void)scene_draw(s, 80, 90);
	ok(find_row(s, "row 59.", &x) > 0, "a tall screen shows it all");
	is_int(stage_line(&s->stage, "scroll end"), 0, "to the end");
	(void)scene_draw(s, 80, 24);
	ok(find_row(s, "row 59.", &x) == 20, "the newest again");
}

static void
test_marker(struct scene *s)
{
	struct screen *screen = stage_screen(&s->stage);
	struct talk *t = bob(s);
	size_t x;

	screen->marker = t->message[t->messages - 3].row;
	(void)scene_draw(s, 80, 24);
	is_int(find_row(s, "new below", &x), 18, "above what is new");
	screen->marker = MARKER_NONE;
	(void)scene_draw(s, 80, 24);
	is_int(find_row(s, "new below", &x), -1, "and then it is gone");
}

/* A wide character never sticks out, and is never halved. */
static void
test_wide(struct scene *s)
{
	char text[301];
	size_t bad = 0;

	for (size_t i = 0; i < 100; i++)
		memcpy(text + 3 * i, "\xe6\xbc\xa2", 3);
	scene_say(s, false, text, 300);
	scene_say(s, false, "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9"
	    "\xe2\x80\x8d\xf0\x9f\x91\xa7 family", 25);
	for (int w = 20; w < 130; w++) {
		(void)scene_draw(s, w, 24);
		bad += scene_wrong(s) != NULL;
	}
	is_int(bad, 0, "at every width from 20 to 129");
}

static void
test_list(struct scene *s)
{
	struct screen *screen = stage_screen(&s->stage);
	const char *name = "abcdefghijklmnopqrstuvwxyz012345";
	size_t x;

	screen->view = VIEW_list;
	bob(s)->unread = 12;
	(void)scene_draw(s, 80, 24);
	ok(strncmp(scene_row(s, 1), " ? bob   ", 9) == 0, "trust and name");
	ok(strstr(scene_row(s, 1), " 12") != NULL, "how many are unread");
	ok(find_row(s, "family", &x) == 1, "and the last words");
	is_int(s->grid.cy, 1, "the cursor stands on the selected one");
	edit_set(&screen->edit, "typing");
	(void)scene_draw(s, 80, 24);
	is_int(s->grid.cy, 23, "or in the line while one types");
	edit_set(&screen->edit, "");
	scene_text(&bob(s)->title, SAFE_NAME, name, strlen(name));
	(void)scene_draw(s, 80, 24);
	ok(strstr(scene_row(s, 1), "rst \xf0") != NULL ||
	    strstr(scene_row(s, 1), " family") != NULL,
	    "a long name leaves room: `%s`", scene_row(s, 1));
	scene_text(&bob(s)->title, SAFE_NAME, "bob", 3);
	bob(s)->unread = 0;
	screen->view = VIEW_talk;
}

static void
test_notices(struct scene *s)
{
	struct client *c = stage_me(&s->stage);
	struct screen *screen = stage_screen(&s->stage);
	char word[48];
	size_t n, x;

	is_int(stage_line(&s->stage, "view notices"), 0, "notifications");
	n = client_notices(c);
	ok(n >= 1, "there are %zu", n);
	for (size_t i = 0; i < n; i++) {
		struct notice *it = client_notice_at(c, i);

		(void)snprintf(word, sizeof(word), "notice number %zu.", i);
		scene_text(&it->text, SAFE_LINE, word, strlen(word));
		screen->notice = it->row;
		(void)scene_draw(s, 60, 5);
		if (find_row(s, word, &x) < 0)
			ok(false, "the selected one is on the screen: %s",
			    word);
	}
	client_notice_at(c, 0)->open = true;
	client_notice_at(c, 0)->kind = NOTICE_REQUEST;
	screen->notice = client_notice_at(c, 0)->row;
	(void)scene_draw(s, 80, 24);
	ok(find_row(s, "notice number 0.", &x) == 1, "open ones first");
	ok(find_row(s, "a accept  d decline  b block", &x) == 2, "their keys");
	client_notice_at(c, 0)->open = false;
	screen->view = VIEW_talk;
}

static void
test_help(struct scene *s)
{
	struct screen *screen = stage_screen(&s->stage);
	size_t x;

	is_int(stage_line(&s->stage, "help"), 0, "help");
	(void)scene_draw(s, 40, 12);
	ok(find_row(s, "Type a text and press Enter", &x) == 1, "begins");
	is_int(stage_line(&s->stage, "scroll end"), 0, "to its end");
	(void)scene_draw(s, 40, 12);
	ok(find_row(s, "says more.", &x) > 0, "which can be reached");
	is_int(stage_line(&s->stage, "scroll up"), 0, "and left");
	x = screen->help_at;
	(void)scene_draw(s, 40, 12);
	is_int(screen->help_at, x, "at once");
	is_int(stage_line(&s->stage, "scroll top"), 0, "to the top");
	(void)scene_draw(s, 40, 12);
	ok(find_row(s, "Type a text and press Enter", &x) == 1, "again");
	is_int(stage_line(&s->stage, "back"), 0, "back");
}

/* The end of a line often says what to do: it goes on below. */
static void
test_log(struct scene *s)
{
	struct screen *screen = stage_screen(&s->stage);
	struct safe line = safe_of("warn hint: that is another relay than the "
	    "one that has your account: tacet --profile NEW");

	logbook_tap(&screen->logbook, LOG_WARN, &line);
	safe_free(&line);
	screen->view = VIEW_log;
	screen->log_at = 0;
	(void)scene_draw(s, 80, 24);
	ok(strstr(scene_row(s, 19), "that is another relay") != NULL &&
	    strstr(scene_row(s, 20), "--profile NEW") != NULL,
	    "a long line of the log is seen whole");
	(void)scene_draw(s, 40, 6);
	ok(strstr(scene_row(s, 3), "--profile NEW") != NULL,
	    "and its end where there is little room");
	screen->view = VIEW_talk;
}

int
main(void)
{
	struct scene s;

	scene_open(&s);
	test_sizes(&s);
	test_talk(&s);
	test_spoof(&s);
	test_scroll(&s);
	test_marker(&s);
	test_wide(&s);
	test_storm(&s);
	test_list(&s);
	test_notices(&s);
	test_help(&s);
	test_log(&s);
	test_hostile(&s);
	scene_close(&s);
	return done();
}
