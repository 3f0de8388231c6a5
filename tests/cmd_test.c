/* SPDX-License-Identifier: ISC */
/* floor: all */
/*
 * Commands: every usage parses, every row can be run with what its usage says
 * and refuses what it doesn't, every refusal is a sentence with a next step,
 * and what must wait for an account or a passphrase waits.
 */
#include "stage.h"
#include "tap.h"

/* One clause at least, and something to type or do. */
static bool
helps(const char *why)
{
	static const char *const step[] = {"/", "tacet ", "type ", "run ",
	    "name ", "Name ", "answer ", "1 is the newest", "wait", "press",
	    "takes one of", "give "};

	if (why == NULL || strlen(why) < 12)
		return false;
	for (size_t i = 0; i < COUNT(step); i++)
		if (strstr(why, step[i]) != NULL)
			return true;
	return false;
}

static bool
kind_known(const char *kind)
{
	static const char *const known[] = {"NAME", "WHO", "N", "TEXT",
	    "VIEW", "KEY", "OPTION", "VALUE", "COMMAND", "TOPIC", "ADDRESS",
	    "DEVICE", "FILE", "FLAG", "ROOM"};

	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(known[i], kind) == 0)
			return true;
	return strchr(kind, '|') != NULL;
}

static void
test_usage(void)
{
	char kind[256], again[512];
	bool optional, rest, was = false;
	size_t n, good = 0;

	for (size_t r = 0; r < cmd_rows; r++) {
		const char *usage = cmd_row[r].usage;
		bool ended = false;

		good = n = 0;
		was = false;
		again[0] = '\0';
		while (usage_word(usage, n, kind, sizeof(kind), &optional,
		    &rest)) {
			good += kind_known(kind) && !ended &&
			    (optional || !was);
			was = was || optional;
			ended = rest;
			if (n++ > 0)
				strcat(again, " ");
			strcat(again, kind);
		}
		ok(good == n, "%s: usage `%s`", cmd_row[r].name, usage);
		ok(cmd_row[r].help[0] >= 'a' && cmd_row[r].help[0] <= 'z' &&
		    cmd_row[r].help[strlen(cmd_row[r].help) - 1] != '.',
		    "%s: help is a clause", cmd_row[r].name);
	}
}

static void
test_usage_words(void)
{
	char w[16];
	bool opt, rest;

	ok(usage_word("A [B [C...]]", 0, w, sizeof(w), &opt, &rest) &&
	    strcmp(w, "A") == 0 && !opt && !rest, "the first word");
	ok(usage_word("A [B [C...]]", 1, w, sizeof(w), &opt, &rest) &&
	    strcmp(w, "B") == 0 && opt && !rest, "the second");
	ok(usage_word("A [B [C...]]", 2, w, sizeof(w), &opt, &rest) &&
	    strcmp(w, "C") == 0 && opt && rest, "the third takes the rest");
	ok(!usage_word("A [B [C...]]", 3, w, sizeof(w), &opt, &rest), "no more");
	ok(!usage_word("", 0, w, sizeof(w), &opt, &rest), "an empty usage");
	ok(usage_word("[A]", 0, w, sizeof(w), &opt, &rest) && opt, "[A]");
	ok(!usage_word("[A]", 1, w, sizeof(w), &opt, &rest), "only one");
}

static void
test_find(void)
{
	const struct cmd_row *r;

	for (size_t i = 0; i < cmd_rows; i++) {
		r = cmd_find(cmd_row[i].name, strlen(cmd_row[i].name));
		ok(r == &cmd_row[i], "%s is found", cmd_row[i].name);
	}
	r = cmd_find("qu", 2);
	ok(r != NULL && strcmp(r->name, "quit") == 0, "a prefix of one");
	ok(cmd_find("se", 2) == NULL, "not one of many");
	ok(cmd_find("", 0) == NULL && cmd_find("nothing", 7) == NULL &&
	    cmd_find("quitx", 5) == NULL, "nor what is none");
	ok(cmd_is("qui", "quit") && !cmd_is("s", "send"), "short for");
}

static void
test_valid(void)
{
	static const struct {
		const char *line;
		int err;
	} t[] = {
		{"quit", 0}, {"quit now", ERR_INPUT}, {"edit left", 0},
		{"edit sideways", ERR_INPUT}, {"edit", ERR_INPUT},
		{"talk", ERR_INPUT}, {"talk bob", 0}, {"why", 0},
		{"why 1", 0}, {"why 0", ERR_INPUT}, {"why x", ERR_INPUT},
		{"why 1 2", ERR_INPUT}, {"why -1", ERR_INPUT},
		{"why 99999999", ERR_INPUT}, {"send bob hi there", 0},
		{"watch", ERR_INPUT}, {"", ERR_INPUT}, {"frob", ERR_INPUT},
		{"s", ERR_INPUT}, {"bind C-t send bob hi", 0},
		{"scroll page-up", 0}, {"scroll pageup", ERR_INPUT},
	};
	char *why = NULL;

	for (size_t i = 0; i < COUNT(t); i++) {
		is_int(cmd_valid(t[i].line, &why), t[i].err, "valid: `%s`",
		    t[i].line);
		if (t[i].err != 0)
			ok(helps(why), "because %s", why);
		free(why);
		why = NULL;
	}
}

/* No row crashes without arguments, with too many, or with strange ones. */
static void
test_refusals(struct stage *s)
{
	static const char *const args[] = {
		"", " nobody", " \x1b[31m", " a b c d e f g h i j k l m n o p q",
		" \"", " \\", " 0", " -1", " 999999999999999999999",
	};

	for (size_t r = 0; r < cmd_rows; r++)
		for (size_t a = 0; a < COUNT(args); a++) {
			char *line = mem_format("%s%s", cmd_row[r].name,
			    args[a]);
			int err;

			if (strcmp(line, "lock") == 0 ||
			    strcmp(line, "disconnect") == 0) {
				free(line);
				continue;
			}
			err = stage_line(s, line);
			stage_screen(s)->ask = ASK_NONE;
			if (err != 0)
				ok(helps(s->why), "`%s`: %s", line, s->why);
			free(line);
		}
	s->env.quit = false;
}

/* With messages that still wait there is a question. */
static void
test_quit(struct stage *s)
{
	struct screen *screen = stage_screen(s);

	pair_quiet(&s->pair);
	is_int(stage_line(s, "quit"), 0, "quit");
	ok(s->env.quit && screen->ask == ASK_NONE, "leaves at once");
	s->env.quit = false;
	is_int(stage_line(s, "send bob one more"), 0, "a message under way");
	is_int(stage_line(s, "quit"), 0, "quit");
	ok(!s->env.quit && screen->ask == ASK_QUIT, "asks");
	is_int(ask_key(&s->env, "n", &s->why), 1, "no");
	ok(!s->env.quit && screen->ask == ASK_NONE, "stays");
	is_int(stage_line(s, "quit"), 0, "quit");
	is_int(ask_key(&s->env, "y", &s->why), 1, "yes");
	ok(s->env.quit, "leaves");
	s->env.quit = false;
}

static void
test_sentences(struct stage *s)
{
	static const struct {
		const char *line, *why;
	} t[] = {
		{"frob", "there is no command frob; /help lists them"},
		{"s", "is short for more than one: /send /safety"},
		{"watch", "runs from the shell: tacet watch"},
		{"talk", "WHO is missing: /talk WHO"},
		{"talk eve", "/add eve"},
		{"send bob", "TEXT is missing"},
		{"view moon", "/view talk, list, notices"},
		{"set frob", "/set lists them"},
		{"set profile x", "tacet.conf or give --profile"},
		{"set bell loud", "bell"},
		{"bind x quit", "is no key's name"},
		{"bind C-t frob", "/help lists them"},
		{"bind C-t edit sideways", "takes one of"},
		{"bind C-t", "COMMAND is missing"},
		{"unbind C-t", "/bind shows them"},
		{"help frob", "/help lists"},
		{"person eve", "/add eve"},
		{"why 7", "1 is the newest"},
		{"url 1", "there is no link"},
	};

	is_int(stage_line(s, "why"), ERR_STATE, "`why` without a conversation");
	ok(helps(s->why), "%s", s->why);
	is_int(stage_line(s, "talk bob"), 0, "in one");
	for (size_t i = 0; i < COUNT(t); i++) {
		ok(stage_line(s, t[i].line) != 0, "`%s` is refused",
		    t[i].line);
		ok(s->why != NULL && strstr(s->why, t[i].why) != NULL,
		    "with: %s", s->why != NULL ? s->why : "nothing");
	}
	is_int(stage_shell(s, "talk bob"), ERR_INPUT, "from the shell");
	ok(strstr(s->why, "start tacet") != NULL, "%s", s->why);
	is_int(stage_shell(s, "send eve hi"), ERR_NONE, "from the shell");
	ok(strstr(s->why, "tacet add eve") != NULL, "%s", s->why);
}

static void
test_words(struct stage *s)
{
	struct talk *t = pair_talk(&s->pair, s->me, "bob");
	size_t n = t->messages;

	is_int(stage_line(s, "send bob  two  blanks \"and\" \\quotes"), 0,
	    "a text");
	is_str(talk_message(t, 1)->text.s, "two  blanks \"and\" \\quotes",
	    "is taken verbatim");
	is_int(stage_line(s, "send \"bob\" x"), 0, "a quoted word");
	is_int(stage_line(s, "send b\\ob y\nz"), 0, "an escaped letter");
	is_str(talk_message(t, 1)->text.s, "y\nz", "lines stay lines");
	is_int(stage_line(s, " \t send\tbob w"), 0, "blanks before and between");
	is_int(stage_line(s, "send\nbob v"), 0, "or a line's end");
	is_int(t->messages, n + 5, "all five were written down");
	is_int(stage_shell(s, "send bob from the shell"), 0, "from the shell");
	is_str(talk_message(t, 1)->text.s, "from the shell", "words are joined");
}

/* A line of input is a text, a command, or a question. */
static void
test_input(struct stage *s)
{
	struct talk *t = pair_talk(&s->pair, s->me, "bob");
	struct screen *screen = stage_screen(s);
	size_t n;

	is_int(stage_line(s, "talk bob"), 0, "in the conversation");
	n = t->messages;
	is_int(stage_type(s, "hello"), 0, "a text");
	is_str(talk_message(t, 1)->text.s, "hello", "goes out");
	is_str(screen->edit.s, "", "the line is empty again");
	is_int(stage_type(s, "//etc is a folder"), 0, "a doubled slash");
	is_str(talk_message(t, 1)->text.s, "/etc is a folder", "is one slash");
	is_int(t->messages, n + 2, "two messages");
	is_int(stage_type(s, "/frob"), ERR_INPUT, "no such command");
	is_str(screen->edit.s, "/frob", "a refused line stays");
	is_int(stage_type(s, "/"), ERR_INPUT, "a lone slash");
	ok(helps(s->why), "because %s", s->why);
	is_int(stage_type(s, " \t\n "), 0, "blanks alone");
	is_int(t->messages, n + 2, "are no message");
}

static void
test_guard(struct stage *s)
{
	static const char *const line[] = {" /quit", "  /unlok secret words",
	    "\n /lock", "\n/quit", "text\n/quit", " / is a slash", " //x"};
	struct talk *t = pair_talk(&s->pair, s->me, "bob");
	struct screen *screen = stage_screen(s);
	size_t n;

	for (size_t i = 0; i < COUNT(line); i++) {
		bool asks = i < 4;

		n = t->messages;
		is_int(stage_type(s, line[i]), 0, "a line like /cmd %zu", i);
		ok((screen->ask == ASK_SLASH) == asks, "%s", asks ?
		    "is asked about" : "is a text");
		is_int(t->messages, n + !asks, "and %s", asks ?
		    "nothing has gone out" : "goes out");
		if (!asks)
			continue;
		is_int(ask_key(&s->env, "x", &s->why), 1, "another key");
		is_int(ask_key(&s->env, "Enter", &s->why), 1, "nor Enter");
		ok(screen->ask == ASK_SLASH, "answers nothing");
		is_int(ask_key(&s->env, "n", &s->why), 1, "no");
		ok(screen->ask == ASK_NONE && t->messages == n, "is no");
		is_str(screen->edit.s, line[i], "the line is there to edit");
		is_int(stage_type(s, line[i]), 0, "once more");
		is_int(ask_key(&s->env, "y", &s->why), 1, "yes");
		is_int(t->messages, n + 1, "sends it as a text");
		is_str(talk_message(t, 1)->text.s, line[i], "verbatim");
		is_str(screen->edit.s, "", "and the line is empty");
	}
	ok(!s->env.quit && !client_locked(stage_me(s)), "no command was run");
}

/* What is typed for one person is never sent to another by a change of screen,
 * and waits where it was typed. */
static void
test_drafts(struct stage *s)
{
	struct screen *screen = stage_screen(s);
	struct talk *bob, *carol;
	size_t n, c = pair_join(&s->pair, "carol");

	pair_friends(&s->pair, s->me, c);
	bob = pair_talk(&s->pair, s->me, "bob");
	carol = pair_talk(&s->pair, s->me, "carol");
	is_int(stage_line(s, "talk bob"), 0, "to bob");
	edit_set(&screen->edit, "dear bob");
	is_int(stage_line(s, "talk carol"), 0, "to carol by a key");
	is_str(screen->edit.s, "", "the line is empty");
	edit_set(&screen->edit, "dear carol");
	is_int(stage_line(s, "talk bob"), 0, "back");
	is_str(screen->edit.s, "dear bob", "his draft is there");
	is_int(stage_type(s, "/talk carol"), 0, "by a typed command");
	is_str(screen->edit.s, "dear carol", "her draft is there");
	ok(bob->draft == NULL, "the command was no draft");
	n = carol->messages;
	is_int(stage_line(s, "view list"), 0, "on the list");
	is_int(stage_type(s, "for whom?"), ERR_STATE, "nothing is sent");
	ok(helps(s->why) && carol->messages == n, "%s", s->why);
	is_str(screen->edit.s, "for whom?", "and it stays");
	edit_set(&screen->edit, "");
	is_int(stage_line(s, "talk bob"), 0, "in bob's");
}

static void
test_nobody(struct stage *s)
{
	struct screen *screen = stage_screen(s);

	screen->talk = 0;
	is_int(stage_type(s, "hello?"), ERR_STATE, "with nobody chosen");
	ok(helps(s->why), "because %s", s->why);
	is_str(screen->edit.s, "hello?", "the text stays");
	edit_set(&screen->edit, "");
}

/* A long answer is a screen of its own, a short one the hint. */
static void
test_answers(struct stage *s)
{
	struct screen *screen = stage_screen(s);

	screen->view = VIEW_talk;
	is_int(stage_line(s, "set theme"), 0, "one line");
	ok(screen->view == VIEW_talk && strstr(screen->hint.s, "theme"),
	    "is the hint: %s", screen->hint.s);
	is_int(stage_line(s, "set"), 0, "many lines");
	ok(screen->view == VIEW_help && strstr(screen->help.s, "lock-after"),
	    "are a screen");
	is_int(stage_line(s, "back"), 0, "back");
	ok(screen->view == VIEW_talk, "to where one was");
	is_int(stage_line(s, "safety bob"), 0, "a safety number");
	ok(screen->view == VIEW_help && strstr(screen->help.s, "\nTACET:"),
	    "in words, two rows of digits, and as a line");
	is_int(stage_line(s, "back"), 0, "back");
}

/* The line of a QR code says whose it is, without WHO. */
static void
test_code(struct stage *s)
{
	struct person *bob = client_person_named(stage_me(s), "bob");
	char line[SAFETY_LINE] = "", *typed;
	const char *at;

	is_int(stage_line(s, "safety bob"), 0, "the safety number with bob");
	at = strstr(stage_screen(s)->help.s, "TACET:");
	if (at == NULL || sscanf(at, "%63s", line) != 1)
		bail("no line");
	is_int(stage_line(s, "back"), 0, "back");
	typed = mem_format("verify --code %s", line);
	is_int(stage_line(s, typed), 0, "his line alone is enough");
	ok(bob->verified, "it is known to be bob's");
	is_int(stage_line(s, "distrust bob"), 0, "taken back");
	is_int(stage_shell(s, typed), 0, "from the shell, too");
	is_str(stage_said(s), "bob is verified\n", "which says whose it was");
	is_int(stage_line(s, "distrust bob"), 0, "taken back");
	at = typed + strlen(typed) - 1;
	typed[at - typed] = *at == '7' ? '8' : '7';
	is_int(stage_line(s, typed), ERR_DENIED, "another digit: refused");
	ok(strstr(s->why, "nobody you know") != NULL && !bob->verified,
	    "for %s", s->why);
	free(typed);
}

static void
test_locked(struct stage *s)
{
	static const char *const refused[] = {"talk bob", "view list",
	    "send bob hi", "history bob", "people", "unread", "next", "person",
	    "notices", "connect", "bind C-t quit", "address", "status", "lock"};
	struct screen *screen = stage_screen(s);

	is_int(stage_line(s, "talk bob"), 0, "in the conversation");
	edit_set(&screen->edit, "a draft");
	is_int(stage_line(s, "lock"), 0, "locked");
	ok(client_locked(stage_me(s)) && screen->ask == ASK_PASS &&
	    screen->view == VIEW_lock, "and asks for the passphrase");
	is_str(screen->edit.s, "", "the draft has left memory");
	for (size_t i = 0; i < COUNT(refused); i++) {
		is_int(stage_line(s, refused[i]), ERR_LOCKED, "`%s` waits",
		    refused[i]);
		ok(helps(s->why), "because %s", s->why);
	}
	ok(screen->view == VIEW_lock, "the screen is the same");
	is_int(stage_line(s, "help"), 0, "help is there");
	is_int(stage_line(s, "back"), 0, "and leads");
	ok(screen->view == VIEW_lock, "back to the passphrase");
	is_int(stage_type(s, "wrong one"), ERR_PASS, "a wrong passphrase");
	ok(helps(s->why) || strstr(s->why, "try again"), "%s", s->why);
	is_str(screen->edit.s, "", "is not left in the line");
	is_int(stage_type(s, PAIR_PASS), 0, "the right one");
	ok(!client_locked(stage_me(s)) && screen->ask == ASK_NONE,
	    "unlocks");
	ok(client_talks(stage_me(s)) == 2, "and the talks are back");
	is_int(screen->edit.histories, 0, "no passphrase in the history");
	is_int(stage_line(s, "talk bob"), 0, "in the conversation");
	is_str(screen->edit.s, "a draft", "the draft is back");
}

static void
test_fresh(void)
{
	struct stage s;
	size_t waits = 0;

	stage_fresh(&s);
	for (size_t r = 0; r < cmd_rows; r++) {
		char *line = mem_format("%s bob", cmd_row[r].name);
		int err = stage_line(&s, line);

		if (err == ERR_STATE) {
			waits++;
			ok(helps(s.why), "fresh: %s", s.why);
		}
		free(line);
		err = stage_line(&s, cmd_row[r].name);
		if (err == ERR_STATE)
			waits++;
	}
	ok(waits > 20, "%zu command lines wait for an account", waits);
	is_int(stage_shell(&s, "send bob hi"), ERR_STATE, "in the shell too");
	ok(strstr(s.why, "tacet init NAME") != NULL, "%s", s.why);
	stage_close(&s);
}

int
main(void)
{
	struct stage s;

	test_usage();
	test_usage_words();
	test_find();
	test_valid();
	test_fresh();
	stage_friends(&s);
	test_sentences(&s);
	test_words(&s);
	test_input(&s);
	test_guard(&s);
	test_drafts(&s);
	test_nobody(&s);
	test_answers(&s);
	test_code(&s);
	test_refusals(&s);
	test_quit(&s);
	test_locked(&s);
	stage_close(&s);
	return done();
}
