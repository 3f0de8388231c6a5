/* SPDX-License-Identifier: ISC */
/* floor: all */
/*
 * Questions: the first run with each refusal, a locked store, and pastes,
 * which never send, never run a command, whatever they hold (T66).
 */
#include "stage.h"
#include "tap.h"

static const char *
relay_address(struct stage *s)
{
	static char text[ADDRESS_TEXT];
	struct address a = pair_address(&s->pair);

	address_put(&a, false, text);
	return text;
}

static int
answer(struct stage *s, const char *text)
{
	int err;

	edit_set(&stage_screen(s)->edit, text);
	free(s->why);
	s->why = NULL;
	err = cmd_line(&s->env, "edit enter", &s->why);
	return err;
}

struct waiting {
	struct stage *s;
	enum ask want;
};

static bool
came(void *arg)
{
	struct waiting *w = arg;

	ask_turn(&w->s->env);
	return stage_screen(w->s)->ask == w->want &&
	    client_init_state(stage_me(w->s), NULL) != 1;
}

static bool
turns(struct stage *s, enum ask want)
{
	struct waiting w = {s, want};

	return pair_until(&s->pair, came, &w);
}

static void
refuse(struct stage *s, const char *text, const char *why)
{
	enum ask ask = stage_screen(s)->ask;

	ok(answer(s, text) != 0, "`%.40s` is refused", text);
	ok(s->why != NULL && strstr(s->why, why) != NULL, "with: %s",
	    s->why != NULL ? s->why : "nothing");
	ok(stage_screen(s)->ask == ask, "and asked again");
}

static void
test_first(void)
{
	struct stage s;
	struct screen *screen;
	size_t bob;

	stage_fresh(&s);
	bob = pair_join(&s.pair, "bob");
	(void)bob;
	screen = stage_screen(&s);
	ask_first(&s.env);
	ok(screen->ask == ASK_FIRST_NAME && screen->view == VIEW_first,
	    "the name is asked first");
	refuse(&s, "", "small letters");
	refuse(&s, "Alice", "small letters");
	refuse(&s, "alice smith", "small letters");
	refuse(&s, "\xd0\xb0lice", "small letters");
	is_int(answer(&s, " bob \n"), 0, "a name, with blanks around it");
	ok(screen->ask == ASK_FIRST_ADDRESS, "then the relay");
	is_str(screen->edit.s, "", "on an empty line");
	refuse(&s, "", "host is missing");
	refuse(&s, "https://relay.example", "tacet://");
	refuse(&s, "tacet://relay.example", "key is missing");
	refuse(&s, "tacet://relay.example/abc", "copy the whole");
	is_int(answer(&s, relay_address(&s)), 0, "an address");
	ok(screen->ask == ASK_FIRST_PASS, "then a passphrase");
	refuse(&s, "short", "at least");
	refuse(&s, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", "at least");
	is_int(answer(&s, "correct horse"), 0, "a passphrase");
	ok(screen->ask == ASK_FIRST_AGAIN, "then again");
	is_int(answer(&s, "correct house"), ERR_PASS, "another one");
	ok(screen->ask == ASK_FIRST_PASS, "starts that anew");
	is_int(answer(&s, PAIR_PASS), 0, "a passphrase");
	is_int(answer(&s, PAIR_PASS), 0, "the same again");
	ok(screen->ask == ASK_NONE, "all is answered");
	ok(turns(&s, ASK_FIRST_NAME), "the name is taken: another is asked");
	ok(screen->hint_bad && strstr(screen->hint.s, "taken") != NULL,
	    "because %s", screen->hint.s);
	is_int(answer(&s, "alice"), 0, "another name");
	ok(screen->ask == ASK_NONE, "the other answers stand");
	ok(turns(&s, ASK_NONE) && screen->view != VIEW_first, "registered");
	is_str(client_name(stage_me(&s)), "alice", "as alice");
	is_int(screen->edit.histories, 0, "no answer is in the history");
	ok(strstr(screen->hint.s, "/add NAME") != NULL, "%s", screen->hint.s);
	stage_close(&s);
}

/* The relay from the options; one that is no address is said, and asked for. */
static void
test_option(void)
{
	struct stage s;
	char *why = NULL;

	stage_fresh(&s);
	if (options_set(&s.options, "relay", relay_address(&s), &why) != 0)
		bail("%s", why);
	ask_first(&s.env);
	is_int(answer(&s, "alice"), 0, "a name");
	ok(stage_screen(&s)->ask == ASK_FIRST_PASS, "the relay is known");
	if (options_set(&s.options, "relay", "tacet://x/abc", &why) != 0)
		bail("%s", why);
	ask_first(&s.env);
	ok(stage_screen(&s)->hint_bad, "%s", stage_screen(&s)->hint.s);
	is_int(answer(&s, "alice"), 0, "a name");
	ok(stage_screen(&s)->ask == ASK_FIRST_ADDRESS, "the relay is asked");
	stage_close(&s);
}

static size_t
messages(struct stage *s)
{
	return pair_talk(&s->pair, s->me, "bob")->messages;
}

static void
paste(struct stage *s, const char *text)
{
	paste_put(&s->env, text, strlen(text));
}

static void
test_paste_short(struct stage *s)
{
	struct screen *screen = stage_screen(s);
	size_t n = messages(s);

	paste(s, "one line");
	is_str(screen->edit.s, "one line", "one line is typed");
	paste(s, " more\n");
	is_str(screen->edit.s, "one line more", "its newline is not Enter");
	edit_set(&screen->edit, "");
	paste(s, "/quit\n");
	is_str(screen->edit.s, "/quit", "nor is a command run");
	edit_set(&screen->edit, "");
	paste(s, "a\x1b[201~b\x07\x9b" "c\x7f\x01");
	is_str(screen->edit.s, "a[201~b\xef\xbf\xbd" "c",
	    "controls are left out");
	edit_set(&screen->edit, "");
	paste(s, "\r\r\n\n\t");
	is_str(screen->edit.s, "", "blank lines are nothing");
	edit_set(&screen->edit, "");
	screen->ask = ASK_NONE;
	paste(s, "");
	ok(messages(s) == n && !s->env.quit, "nothing was sent or run");
}

static void
test_paste_lines(struct stage *s)
{
	struct screen *screen = stage_screen(s);
	size_t n = messages(s);

	paste(s, "one\rtwo\r\nthree\n");
	ok(screen->ask == ASK_PASTE, "three lines ask (T66)");
	is_str(screen->ask_text, "one\ntwo\nthree", "with lines as they were");
	is_int(messages(s), n, "nothing is sent");
	is_int(ask_key(&s->env, "x", &s->why), 1, "another key");
	is_int(ask_key(&s->env, "C-m", &s->why), 1, "or one that nearly is");
	ok(screen->ask == ASK_PASTE && messages(s) == n, "does nothing");
	is_int(ask_key(&s->env, "Escape", &s->why), 1, "Escape");
	ok(screen->ask == ASK_NONE && messages(s) == n, "drops it");
	paste(s, "one\ntwo");
	is_int(ask_key(&s->env, "e", &s->why), 1, "e");
	is_str(screen->edit.s, "one\ntwo", "takes it into the line");
	ok(screen->ask == ASK_NONE && messages(s) == n, "unsent");
	edit_set(&screen->edit, "draft");
	paste(s, "/quit\n/lock");
	is_int(ask_key(&s->env, "Enter", &s->why), 1, "Enter");
	is_int(messages(s), n + 1, "sends it");
	is_str(talk_message(pair_talk(&s->pair, s->me, "bob"), 1)->text.s,
	    "/quit\n/lock", "as a text, not as commands");
	is_str(screen->edit.s, "draft", "what was typed is still there");
	ok(!s->env.quit && !client_locked(stage_me(s)), "and none was run");
	paste(s, "one\ntwo");
	is_int(ask_key(&s->env, "C-q", &s->why), 0, "C-q still leaves");
	is_int(ask_key(&s->env, "C-c", &s->why), 1, "C-c");
	ok(screen->ask == ASK_NONE && !s->env.quit, "drops it");
	paste(s, "three\nfour");
	paste(s, "five");
	is_str(screen->ask_text, "three\nfour\nfive", "a second paste joins");
	is_int(ask_key(&s->env, "Escape", &s->why), 1, "dropped");
	edit_set(&screen->edit, "");
}

static void
test_paste_big(struct stage *s)
{
	struct screen *screen = stage_screen(s);
	size_t n = messages(s), size = 1024 * 1024;
	char *text = mem_alloc(size + 1);

	memset(text, 'x', size);
	paste_put(&s->env, text, size);
	is_str(screen->edit.s, "", "a megabyte is not typed");
	ok(screen->hint_bad && strstr(screen->hint.s, "tacet send") != NULL,
	    "%s", screen->hint.s);
	for (size_t i = 70; i < size; i += 71)
		text[i] = i % 2 ? '\n' : '\r';
	paste_put(&s->env, text, size);
	ok(screen->ask == ASK_PASTE, "nor in lines: it is asked about");
	is_int(ask_key(&s->env, "e", &s->why), 1, "e");
	ok(screen->ask == ASK_PASTE, "does not lose it");
	ok(ask_key(&s->env, "Enter", &s->why) < 0, "Enter is refused");
	ok(s->why != NULL && strlen(s->why) > 20, "because %s", s->why);
	ok(screen->ask == ASK_PASTE && messages(s) == n, "and unsent");
	is_int(ask_key(&s->env, "Escape", &s->why), 1, "dropped");
	free(text);
}

/* While something else is asked, a paste is one line of an answer, or none. */
static void
test_paste_asked(struct stage *s)
{
	struct screen *screen = stage_screen(s);
	size_t n = messages(s);

	is_int(stage_type(s, " /quit"), 0, "a question");
	paste(s, "y");
	paste(s, "y\ny\n");
	ok(screen->ask == ASK_SLASH && messages(s) == n,
	    "is not answered by a paste");
	is_int(ask_key(&s->env, "n", &s->why), 1, "no");
	edit_set(&screen->edit, "");
	screen->ask = ASK_PASS;
	paste(s, "correct\nhorse");
	is_str(screen->edit.s, "correct", "an answer has one line");
	ok(screen->ask == ASK_PASS, "and is not given by a newline");
	screen->ask = ASK_NONE;
	edit_set(&screen->edit, "");
	screen->view = VIEW_list;
	paste(s, "a\nb");
	ok(screen->ask == ASK_PASTE, "on other screens it is asked as well");
	is_int(ask_key(&s->env, "Escape", &s->why), 1, "dropped");
	screen->view = VIEW_talk;
}

static void
test_paste_nobody(struct stage *s)
{
	struct screen *screen = stage_screen(s);

	screen->talk = 0;
	paste(s, "one\ntwo");
	is_int(ask_key(&s->env, "Enter", &s->why), ERR_STATE, "to nobody");
	ok(strstr(s->why, "/talk NAME") != NULL, "%s", s->why);
	ok(screen->ask == ASK_PASTE, "it is kept");
	is_int(ask_key(&s->env, "Escape", &s->why), 1, "dropped");
}

/* Whoever types a passphrase again does not say it to bob. */
static void
test_again(struct stage *s)
{
	struct screen *screen = stage_screen(s);
	struct talk *t = client_talk_with(stage_me(s), "bob");
	int64_t last = t->last;

	is_int(stage_line(s, "talk bob"), 0, "in the conversation");
	is_int(stage_line(s, "backup /tmp/tacet.backup"), 0, "a backup");
	ok(screen->ask == ASK_OLD, "asks for the passphrase");
	is_int(stage_type(s, "wrong one"), ERR_PASS, "a wrong one");
	ok(screen->ask == ASK_OLD, "is asked for again");
	is_int(ask_key(&s->env, "Escape", &s->why), 1, "until Escape");
	ok(screen->ask == ASK_NONE, "which stops it");
	is_int(stage_line(s, "passwd"), 0, "another passphrase");
	is_int(stage_type(s, PAIR_PASS), 0, "the old one");
	is_int(stage_type(s, "short"), 0, "a new one that is short");
	is_int(stage_type(s, "short"), ERR_INPUT, "will not do");
	ok(screen->ask == ASK_NEW, "another one is asked for");
	is_int(ask_key(&s->env, "Escape", &s->why), 1, "until Escape");
	ok(screen->ask == ASK_NONE, "which stops it");
	ok(t->last == last, "nothing of it was sent");
}

int
main(void)
{
	struct stage s;

	test_first();
	test_option();
	stage_friends(&s);
	is_int(stage_line(&s, "talk bob"), 0, "in the conversation");
	test_paste_short(&s);
	test_paste_lines(&s);
	test_paste_big(&s);
	test_paste_asked(&s);
	test_paste_nobody(&s);
	test_again(&s);
	stage_close(&s);
	return done();
}
