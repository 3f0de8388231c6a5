/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * The screens of a conversation that can't be followed: each fact is there and
 * whole on a small terminal and on a large one, one notice tells of each time,
 * nobody who types is disturbed, and when it goes on that is said.
 */
#include <stdlib.h>

#include "rival.h"
#include "scene.h"
#include "tap.h"

struct waited {
	const struct talk *t;
	bool on;
};

static bool
is_asked(void *arg)
{
	struct waited *a = arg;

	return a->on ? a->t->halt.since == 0 : a->t->halt.times > 0;
}

static void
until_asked(struct scene *s, const struct talk *t, bool on)
{
	struct waited a = {t, on};

	ok(pair_until(&s->stage.pair, is_asked, &a), "%s", on ?
	    "it goes on" : "the others are asked");
}

static int64_t
newest(struct scene *s, enum notice_kind kind, unsigned *n)
{
	struct client *c = stage_me(&s->stage);
	int64_t row = 0;
	size_t i;

	for (i = 0, *n = 0; i < client_notices(c); i++)
		if (client_notice_at(c, i)->kind == kind) {
			row = client_notice_at(c, i)->row;
			++*n;
		}
	return row;
}

/* As face does it, with an empty input line */
static void
press(struct scene *s, const char *key)
{
	const char *line = keymap_find(s->stage.env.keys, key,
	    view_row[stage_screen(&s->stage)->view].name, true);

	if (line == NULL)
		bail("no key %s", key);
	is_int(stage_line(&s->stage, line), 0, "%s runs %s", key, line);
}

static void
facts(struct scene *s, int w, int h, const char *const *part)
{
	const char *lacks = scene_lacks(s, w, h, part);

	ok(lacks == NULL, "%dx%d: all stands there%s%s", w, h,
	    lacks != NULL ? " but " : "", lacks != NULL ? lacks : "");
}

static void
facts_all(struct scene *s, const char *const *part)
{
	facts(s, 80, 24, part);
	facts(s, 40, 12, part);
	facts(s, 120, 40, part);
	ok(strstr(scene_draw(s, 80, 24), "Down: more") == NULL,
	    "80x24 shows all of it at once");
}

/* ---- with one person ----------------------------------------------------- */

static void
test_told(struct scene *s, struct talk *t)
{
	struct screen *screen = stage_screen(&s->stage);
	unsigned n;

	edit_set(&screen->edit, "half a sen");
	rival_lose(stage_me(&s->stage), t);
	until_asked(s, t, false);
	ok(screen->view == VIEW_talk && strcmp(screen->edit.s,
	    "half a sen") == 0, "who types is not disturbed");
	ok(strstr(scene_draw(s, 80, 24), "can't follow (M-r)") != NULL,
	    "the bar says so, and the key");
	ok(strstr(scene_draw(s, 40, 12), "can't follow (M-r)") != NULL,
	    "on a small terminal, too");
	(void)newest(s, NOTICE_HALT, &n);
	is_int(n, 1, "one notice");
	edit_set(&screen->edit, "");
	pair_stop(&s->stage.pair, s->stage.me);
	pair_start(&s->stage.pair, s->stage.me);
	s->stage.env.client = stage_me(&s->stage);
	pair_quiet(&s->stage.pair);
	(void)newest(s, NOTICE_HALT, &n);
	is_int(n, 1, "and one after a restart");
}

static void
test_direct(struct scene *s)
{
	static const char *const part[] = {
	    "This device can't follow the conversation with bob any more.",
	    "since ", " 20", "why a test wants it", "asked bob, ", " on ",
	    "What you write there is kept, and sent when it goes on.",
	    "What others write until then can't be read here.",
	    "Nothing of before is lost.", "keep tacet running: it asks again at ",
	    "ask over another way that tacet is started there",
	    "Where neither of you can follow it, it begins anew by itself",
	    "connection online", "c connect now", "q back", NULL};
	static const char *const on[] = {
	    "The conversation with bob goes on: this device can follow it.",
	    "may be missing here", NULL};
	struct talk *t = pair_talk(&s->stage.pair, s->stage.me, "bob");
	struct screen *screen;
	unsigned n;

	is_int(stage_line(&s->stage, "view rejoin"), 0, "before that");
	ok(strstr(scene_draw(s, 80, 24), "Every conversation can be followed")
	    != NULL, "it says that all is well");
	press(s, "q");
	client_disconnect(s->stage.pair.who[s->stage.bob].c);
	test_told(s, t);
	screen = stage_screen(&s->stage);
	t = pair_talk(&s->stage.pair, s->stage.me, "bob");
	is_int(stage_line(&s->stage, "view notices"), 0, "the notices");
	screen->notice = newest(s, NOTICE_HALT, &n);
	ok(strstr(scene_draw(s, 80, 24), "Enter tells more") != NULL,
	    "name the key");
	press(s, "Enter");
	is_int(screen->view, VIEW_rejoin, "and it opens the screen");
	facts_all(s, part);
	client_connect(s->stage.pair.who[s->stage.bob].c);
	until_asked(s, t, true);
	facts_all(s, on);
	press(s, "q");
	is_int(screen->view, VIEW_notices, "back");
	ok(strstr(scene_draw(s, 80, 24), "Enter tells more") == NULL,
	    "what is over needs no key");
	client_disconnect(s->stage.pair.who[s->stage.bob].c);
	rival_lose(stage_me(&s->stage), t);
	pair_quiet(&s->stage.pair);
	(void)newest(s, NOTICE_HALT, &n);
	is_int(n, 2, "the next time is another notice");
	client_connect(s->stage.pair.who[s->stage.bob].c);
	until_asked(s, t, true);
}

/* ---- a room -------------------------------------------------------------- */

static struct talk *
room(struct scene *s)
{
	const char *const name[] = {"bob", "carol"};
	struct pair *w = &s->stage.pair;
	struct talk *t;
	char *why = NULL;

	pair_friends(w, s->stage.me, pair_join(w, "carol"));
	if (client_room(stage_me(&s->stage), "the lab", name, 2, &t, &why) != 0)
		bail("%s", why);
	pair_quiet(w);
	client_disconnect(w->who[s->stage.bob].c);
	client_disconnect(w->who[w->n - 1].c);
	cmd_open(&s->stage.env, t);
	rival_lose(stage_me(&s->stage), t);
	until_asked(s, t, false);
	return t;
}

static void
test_room(struct scene *s, struct talk *t)
{
	static const char *const part[] = {
	    "This device can't follow the lab any more.",
	    "asked bob and carol, ",
	    "If nobody does, ask one of them over another way to start tacet.",
	    "Where others can't follow it either, a new group takes over",
	    "b if others can't either", NULL};
	static const char *const stuck[] = {
	    "bob can't follow it either: b shows how", NULL};
	static const char *const not[] = {"Not now: nobody else has said that "
	    "they can't follow the lab", "can't follow you said nothing bob "
	    "and carol, who may still follow it", NULL};
	unsigned n;

	press(s, "M-r");
	is_int(stage_screen(&s->stage)->view, VIEW_rejoin, "M-r shows it");
	facts_all(s, part);
	press(s, "b");
	facts_all(s, not);
	ok(stage_line(&s->stage, "branch") != 0 && strstr(s->stage.why,
	    "nobody else has said") != NULL, "branch refuses with it");
	press(s, "q");
	is_int(stage_screen(&s->stage)->view, VIEW_rejoin, "back");
	(void)newest(s, NOTICE_BRANCH, &n);
	is_int(n, 0, "no notice yet");
	t->halt.stuck = mem_grow(t->halt.stuck, 1, sizeof(*t->halt.stuck));
	t->halt.stuck[t->halt.stucks++] = client_person_named(
	    stage_me(&s->stage), "bob")->row;
	facts_all(s, stuck);
}

static void
test_branch(struct scene *s, struct talk *t)
{
	static const char *const on[] = {
	    "the lab goes on: this device can follow it.", NULL};
	static const char *const part[] = {
	    "the lab: you can't follow it, nor can others.", "since ",
	    "why a test wants it", "can't follow bob and you",
	    "said nothing carol, who may still follow it", "to branch makes a new group",
	    "a new log on the relay",
	    "from the last point that all of you agreed on",
	    "with everybody who was in it then", "All that was said, and your "
	    "drafts. What nobody has confirmed is sent once more.",
	    "stays in it until they join the new one",
	    "Somebody who can still follow it may come online, and let you in",
	    "b branch w wait", NULL};
	struct screen *screen = stage_screen(&s->stage);
	unsigned n;

	pair_quiet(&s->stage.pair);
	is_int(stage_line(&s->stage, "view notices"), 0, "the notices");
	screen->notice = newest(s, NOTICE_BRANCH, &n);
	is_int(n, 1, "one notice when others can't either");
	press(s, "Enter");
	is_int(screen->view, VIEW_branch, "which opens the screen");
	facts_all(s, part);
	press(s, "w");
	is_int(screen->view, VIEW_notices, "w waits");
	press(s, "Enter");
	press(s, "b");
	ok(screen->view == VIEW_talk && screen->talk == t->row,
	    "b branches, and the conversation is in view");
	ok(strstr(scene_draw(s, 80, 24), "the lab goes on in a new group") !=
	    NULL && t->halt.since == 0, "with a line about it");
	ok(strstr(scene_draw(s, 80, 24), "M-r") == NULL, "and no more of it");
	press(s, "M-r");
	facts_all(s, on);
}

/* Words of the command, on the screen and in a shell */
static void
test_words(struct scene *s, struct talk *t)
{
	static const struct {
		const char *line, *why;
	} bad[] = {
		{"branch the lab", "the lab goes on: there is nothing"},
		{"branch the attic", "there is no room the attic here"},
		{"branch", "the lab goes on"},
	};
	struct candidates out = {0};
	size_t from;

	cmd_open(&s->stage.env, t);
	for (size_t i = 0; i < COUNT(bad); i++)
		ok(stage_line(&s->stage, bad[i].line) != 0 &&
		    strstr(s->stage.why, bad[i].why) != NULL, "%s: %s",
		    bad[i].line, bad[i].why);
	ok(stage_shell(&s->stage, "branch") != 0 && strstr(s->stage.why,
	    "which room") != NULL, "in a shell one names it");
	complete(&s->stage.env, "/branch th", 10, &from, &out);
	ok(out.n == 1 && strcmp(out.s[0], "the lab") == 0, "or begins to");
	candidates_free(&out);
}

int
main(void)
{
	struct scene s;
	struct talk *t;

	scene_open(&s);
	test_direct(&s);
	t = room(&s);
	test_room(&s, t);
	test_branch(&s, t);
	test_words(&s, t);
	scene_close(&s);
	return done();
}
