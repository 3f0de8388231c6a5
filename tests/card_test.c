/* SPDX-License-Identifier: ISC */
/* floor: all */
/*
 * Cards of films on the screen: what is said of one, which one Enter plays,
 * selecting another by keys and being taken there, however far up it stands;
 * the list of all, on every size down to 20x5, and the place of its pictures.
 */
#include <stdio.h>

#include "film.h"
#include "scene.h"
#include "tap.h"

static const uint8_t jpeg[] = {0xff, 0xd8, 0xff, 0xd9};

static struct client *
me(struct scene *s)
{
	return stage_me(&s->stage);
}

static struct talk *
bob(struct scene *s)
{
	return pair_talk(&s->stage.pair, s->stage.me, "bob");
}

/* A card of bob's; its row */
static int64_t
card(struct scene *s, const char *name, uint8_t id, bool picture)
{
	struct body b = {.code = BODY_film, .time = 1700000000000u + id};
	struct body_film *f = &b.film;
	size_t n = client_films(me(s));

	memset(b.id, id, sizeof(b.id));
	memset(f->film, id, sizeof(f->film));
	memset(f->key, 2, sizeof(f->key));
	f->at = 3400000;
	f->size = 64 + 400;
	f->length = 10000;
	f->width = 1280;
	f->height = 720;
	f->name = bytes_of(name, strlen(name));
	if (picture)
		f->poster = bytes_of(jpeg, sizeof(jpeg));
	ok(film_body(me(s), bob(s), client_person_named(me(s), "bob"), &b) &&
	    client_films(me(s)) == n + 1, "a card: %s", name);
	return client_film_at(me(s), n)->row;
}

static bool
shown(struct scene *s, const char *text)
{
	return strstr((const char *)s->dump.p, text) != NULL;
}

/* The row that has it, or "" */
static const char *
row_with(struct scene *s, const char *text)
{
	for (int y = 0; y < s->grid.h; y++)
		if (strstr(scene_row(s, y), text) != NULL)
			return scene_row(s, y);
	return "";
}

/* The row below that one */
static const char *
row_below(struct scene *s, const char *text)
{
	for (int y = 0; y + 1 < s->grid.h; y++)
		if (strstr(scene_row(s, y), text) != NULL)
			return scene_row(s, y + 1);
	return "";
}

static bool
selected(struct scene *s, const char *text)
{
	for (int y = 0; y < s->grid.h; y++)
		for (int x = 0; x < s->grid.w; x++)
			if (strstr(scene_row(s, y), text) != NULL)
				return (s->grid.cell[y * s->grid.w +
				    s->grid.w / 2].attr & GRID_REVERSE) != 0;
	return false;
}

/* Rows of films that are marked */
static int
marked(struct scene *s)
{
	int n = 0;

	for (int y = 0; y < s->grid.h; y++)
		n += strstr(scene_row(s, y), "0:10") != NULL &&
		    (s->grid.cell[y * s->grid.w + s->grid.w / 2].attr &
		    GRID_REVERSE) != 0;
	return n;
}

static void
test_card(struct scene *s)
{
	(void)card(s, "harbour", 1, true);
	(void)card(s, "bridge", 2, false);
	(void)card(s, "market", 3, true);
	(void)scene_draw(s, 80, 24);
	ok(strstr(row_with(s, "harbour"), "0:10 1280x720 (/play 1)") != NULL &&
	    strstr(row_with(s, "harbour"), "bob") != NULL,
	    "name, length, size, number and who: %s", row_with(s, "harbour"));
	ok(strstr(row_below(s, "harbour"),
	    "not seen yet  3.4 MB  with a picture") != NULL,
	    "how far, how much, a picture: %s", row_below(s, "harbour"));
	ok(strstr(row_below(s, "bridge"), "no picture") != NULL, "or none");
	ok(strstr(row_below(s, "market"), "Enter plays it") != NULL &&
	    strstr(row_below(s, "bridge"), "Enter") == NULL,
	    "Enter plays the newest");
	watched_set(me(s), client_film(me(s), 1)->id, 5000, 10000, 1);
	watched_set(me(s), client_film(me(s), 2)->id, 10000, 10000, 1);
	(void)scene_draw(s, 80, 24);
	ok(strstr(row_below(s, "harbour"), "seen to 0:05") != NULL &&
	    strstr(row_below(s, "harbour"), "\u2588\u2588\u2591") != NULL,
	    "a bar of how far: %s", row_below(s, "harbour"));
	ok(strstr(row_below(s, "bridge"), "\u2588 seen ") != NULL &&
	    strstr(row_below(s, "bridge"), "\u2591") == NULL,
	    "and to its end: %s", row_below(s, "bridge"));
}

static void
test_select(struct scene *s)
{
	struct screen *screen = stage_screen(&s->stage);

	is_int(cmd_card_enter(me(s)), 3, "the newest");
	(void)stage_line(&s->stage, "select up");
	is_int(screen->card, 3, "selecting begins with it");
	ok(strstr(screen->hint.s, "film 3 of 3: Enter plays it") != NULL,
	    "the hint says the keys: %s", screen->hint.s);
	(void)stage_line(&s->stage, "select up");
	(void)stage_line(&s->stage, "select up");
	(void)stage_line(&s->stage, "select up");
	is_int(cmd_card_enter(me(s)), 1, "up to the first, and no further");
	(void)stage_line(&s->stage, "select down");
	is_int(cmd_card_enter(me(s)), 2, "and down");
	(void)scene_draw(s, 80, 24);
	ok(selected(s, "bridge") && !selected(s, "market"), "marked");
	ok(strstr(row_below(s, "bridge"), "Enter plays it") != NULL &&
	    strstr(row_below(s, "market"), "Enter") == NULL,
	    "Enter plays that one");
	(void)stage_line(&s->stage, "back");
	is_int(cmd_card_enter(me(s)), 3, "Escape lets go");
	is_str(keymap_find(s->stage.env.keys, "M-,", "talk", true),
	    "select up", "by a key");
	ok(keymap_find(s->stage.env.keys, "M-,", "talk", false) == NULL,
	    "when nothing is typed");
}

/* Far up in the conversation, and on the smallest screen */
static void
test_far(struct scene *s)
{
	struct screen *screen = stage_screen(&s->stage);

	for (int i = 0; i < 60; i++)
		scene_say(s, i % 2 == 0, "a line", 6);
	(void)scene_draw(s, 80, 24);
	ok(!shown(s, "market"), "out of sight");
	(void)stage_line(&s->stage, "select up");
	(void)scene_draw(s, 80, 24);
	ok(selected(s, "market"), "selected, it is brought into view");
	(void)stage_line(&s->stage, "select up");
	(void)stage_line(&s->stage, "select up");
	(void)scene_draw(s, 20, 5);
	ok(shown(s, "seen") && screen->scroll > 0,
	    "on 20x5 what is said of it is in view");
	(void)stage_line(&s->stage, "select down");
	(void)stage_line(&s->stage, "select down");
	(void)scene_draw(s, 120, 40);
	ok(selected(s, "market") && !shown(s, "too small"), "and on 120x40");
	screen->scroll = 0;
	screen->card = 0;
}

static void
test_gone(struct scene *s)
{
	struct body b = {.code = BODY_film_gone, .time = 1700000000010u};

	memset(b.id, 9, sizeof(b.id));
	memset(b.film_gone.film, 3, sizeof(b.film_gone.film));
	(void)film_body(me(s), bob(s), client_person_named(me(s), "bob"), &b);
	is_int(cmd_card_enter(me(s)), 2, "one that was withdrawn is left out");
	stage_screen(&s->stage)->scroll = 60;
	(void)scene_draw(s, 80, 40);
	ok(strstr(row_below(s, "market"), "withdrawn") != NULL,
	    "and says so: %s", row_below(s, "market"));
	stage_screen(&s->stage)->scroll = 0;
}

static void
test_list(struct scene *s)
{
	struct screen *screen = stage_screen(&s->stage);
	const char *a, *b;

	for (uint8_t i = 10; i < 30; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "part %u", i);
		(void)card(s, name, i, true);
	}
	screen->view = VIEW_videos;
	(void)scene_draw(s, 80, 24);
	a = strstr((char *)s->dump.p, "part 29");
	b = strstr((char *)s->dump.p, "part 28");
	ok(a != NULL && b != NULL && a < b && !shown(s, "harbour"),
	    "the newest first");
	ok(shown(s, "not seen yet") && shown(s, "3.4 MB") && shown(s, "bob") &&
	    shown(s, "Enter plays"), "what is said of them, and the keys");
	screen->video_at = 22;
	(void)scene_draw(s, 80, 24);
	ok(selected(s, "harbour") && shown(s, "seen to 0:05") &&
	    shown(s, "\u2588\u2591"), "the oldest is reached, with its bar");
	safe_free(&screen->hint);       /* it would take a row of theirs */
	for (size_t i = 0; i < 23; i++) {
		screen->video_at = i;
		(void)scene_draw(s, 20, 5);
		if (scene_wrong(s) != NULL || marked(s) != 1)
			break;
		if (i == 22)
			ok(strstr(row_with(s, "harbour"), "0:10 50%") != NULL,
			    "on 20x5: name, length, how far: %s",
			    row_with(s, "harbour"));
	}
	is_int(screen->video_at, 22, "each of them can be selected there");
	is_int(screen->video_first, 20, "and the list has gone along");
}

static void
test_place(struct scene *s)
{
	struct area hole = {0};
	struct look look = {.options = &s->stage.options,
	    .keys = s->stage.env.keys, .now = s->now, .hole = &hole,
	    .posters = true};
	struct buf cells = {0};

	stage_screen(&s->stage)->video_at = 0;
	grid_resize(&s->grid, 80, 24);
	draw_screen(&s->grid, me(s), &look);
	ok(hole.w == 11 && hole.h == 18 && hole.y == 1,
	    "pictures have a place beside the films: %dx%d", hole.w, hole.h);
	client_films(me(s));
	(void)videos_posters(me(s), hole, 0, 0, &cells);
	is_int(cells.n, 11u * 18 * MEDIA_CELL, "as many cells as it has");
	client_posters_end(me(s));
	hole = (struct area){0};
	grid_resize(&s->grid, 20, 5);
	draw_screen(&s->grid, me(s), &look);
	is_int(hole.h, 0, "none on 20x5");
	buf_free(&cells);
}

int
main(void)
{
	struct scene s;

	scene_open(&s);
	cmd_open(&s.stage.env, bob(&s));
	test_card(&s);
	test_select(&s);
	test_far(&s);
	test_gone(&s);
	test_list(&s);
	test_place(&s);
	scene_close(&s);
	return done();
}
