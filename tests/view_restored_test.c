/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * The screen of a relay that was restored from a backup: whole on a small
 * terminal and on a large one, with what was done and what is left to do, also
 * after a restart; the notice opens it.
 */
#include <stdlib.h>

#include "scene.h"
#include "tap.h"

static void
facts(struct scene *s, int w, int h, const char *const *part)
{
	const char *lacks = scene_lacks(s, w, h, part);

	ok(lacks == NULL, "%dx%d: all stands there%s%s", w, h,
	    lacks != NULL ? " but " : "", lacks != NULL ? lacks : "");
}

static void
facts_all(struct scene *s, const char *now, const char *again)
{
	const char *const part[] = {
	    "The relay at 127.0.0.1 was restored from a backup.", "noticed ",
	    " 20", "maybe lost there: what came after that backup was made",
	    "Here: nothing.", "1 key for requests was put there anew",
	    "1 conversation was read again", now, "Nothing, as a rule.",
	    "/why N says how far it came", "type /address and that",
	    "q back", again, NULL};

	facts(s, 80, 24, part);
	facts(s, 40, 12, part);
	facts(s, 120, 40, part);
	ok(strstr(scene_draw(s, 80, 24), "Down: more") == NULL,
	    "80x24 shows all of it at once");
}

struct noticed {
	struct client *c;
	unsigned times;
};

static bool
is_noticed(void *arg)
{
	struct noticed *a = arg;

	return client_restart(a->c)->times >= a->times &&
	    client_online(a->c) == ONLINE_ON && client_settled(a->c, false);
}

/* What alice sends now the relay forgets; bob has not seen it. */
static void
restore(struct scene *s, unsigned messages)
{
	struct pair *w = &s->stage.pair;
	struct noticed a = {stage_me(&s->stage),
	    client_restart(stage_me(&s->stage))->times + 1};
	char text[32];

	if (messages == 0)
		pair_send(w, s->stage.me, "bob", "all is confirmed");
	if (messages == 0 && !pair_ladder(w, s->stage.me, "bob",
	    "all is confirmed", LADDER_DEVICE))
		bail("not delivered");
	pair_save(w);
	client_connect(stage_me(&s->stage));
	client_disconnect(w->who[s->stage.bob].c);
	for (unsigned i = 0; i < messages; i++) {
		snprintf(text, sizeof(text), "lost %u", i);
		pair_send(w, s->stage.me, "bob", text);
		if (!pair_ladder(w, s->stage.me, "bob", text, LADDER_RELAY))
			bail("not on the relay");
	}
	pair_restore(w);
	client_connect(stage_me(&s->stage));
	ok(pair_until(w, is_noticed, &a), "alice notices that");
}

static void
test_opens(struct scene *s)
{
	struct client *c = stage_me(&s->stage);
	struct screen *screen = stage_screen(&s->stage);
	unsigned n = 0;

	ok(screen->view == VIEW_talk && strcmp(screen->edit.s, "half") == 0,
	    "who types is not disturbed");
	edit_set(&screen->edit, "");
	is_int(stage_line(&s->stage, "view notices"), 0, "the notices");
	for (size_t i = 0; i < client_notices(c); i++)
		if (client_notice_at(c, i)->kind == NOTICE_RESTORED) {
			screen->notice = client_notice_at(c, i)->row;
			n++;
		}
	is_int(n, 1, "one notice");
	ok(strstr(scene_draw(s, 80, 24), "Enter tells more") != NULL,
	    "names the key");
	is_int(stage_line(&s->stage, "select open"), 0, "Enter");
	is_int(screen->view, VIEW_restored, "opens the screen");
}

int
main(void)
{
	struct scene s;

	scene_open(&s);
	is_int(stage_line(&s.stage, "view restored"), 0, "before that");
	ok(strstr(scene_draw(&s, 80, 24), "was not restored") != NULL,
	    "it says that all is well");
	is_int(stage_line(&s.stage, "back"), 0, "back");
	edit_set(&stage_screen(&s.stage)->edit, "half");
	restore(&s, 3);
	test_opens(&s);
	facts_all(&s, "now all of yours is on the relay", "3 messages that no "
	    "device had confirmed were sent again");
	pair_stop(&s.stage.pair, s.stage.me);
	pair_start(&s.stage.pair, s.stage.me);
	s.stage.env.client = stage_me(&s.stage);
	client_disconnect(stage_me(&s.stage));
	is_int(stage_line(&s.stage, "view restored"), 0, "after a restart");
	facts_all(&s, "now offline: ", "3 messages that no device");
	client_connect(stage_me(&s.stage));
	client_connect(s.stage.pair.who[s.stage.bob].c);
	restore(&s, 0);
	facts_all(&s, "2 times so far", "no message had to be sent again");
	scene_close(&s);
	return done();
}
