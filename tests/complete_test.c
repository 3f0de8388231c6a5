/* SPDX-License-Identifier: ISC */
/* floor: all */
/*
 * Completion: each command is found, each kind of word has its candidates, and
 * the line is never made worse. Looking reads no byte past the line.
 */
#include "stage.h"
#include "tap.h"

/* What is offered for a line with the cursor at its end, blank-separated. */
static const char *
offers(struct stage *s, const char *line, size_t at)
{
	static char all[8192];
	struct candidates c = {0};
	char *copy = mem_copy(line, strlen(line) + 1);
	size_t from = 0;

	all[0] = '\0';
	complete(&s->env, copy, at, &from, &c);
	ok(c.n == 0 || from <= at, "`%s`: the word starts before its end",
	    line);
	for (size_t i = 0; i < c.n; i++) {
		if (strlen(all) + strlen(c.s[i]) + 2 > sizeof(all))
			bail("too much is offered");
		strcat(strcat(all, i > 0 ? " " : ""), c.s[i]);
	}
	candidates_free(&c);
	free(copy);
	return all;
}

static const char *
offered(struct stage *s, const char *line)
{
	return offers(s, line, strlen(line));
}

static bool
has(const char *all, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = all; (p = strstr(p, word)) != NULL; p += n)
		if ((p == all || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

static void
test_commands(struct stage *s)
{
	char line[64];
	const char *all = offered(s, "/");

	for (size_t i = 0; i < cmd_rows; i++) {
		const char *name = cmd_row[i].name;

		if (!(cmd_row[i].where & CMD_P)) {
			ok(!has(all, name), "%s is of the shell", name);
			continue;
		}
		ok(has(all, name), "/ offers %s", name);
		for (size_t n = 1; n <= strlen(name); n++) {
			(void)snprintf(line, sizeof(line), "/%.*s", (int)n,
			    name);
			if (!has(offered(s, line), name))
				ok(false, "%s does not lead to %s", line, name);
			all = offered(s, "/");
		}
	}
}

static void
test_kinds(struct stage *s)
{
	static const struct {
		const char *line, *want;
	} t[] = {
		{"/talk ", "bob"}, {"/talk b", "bob"}, {"/talk x", ""},
		{"/person ", "bob"}, {"/send b", "bob"}, {"/add bo", "bob"},
		{"/history b", "bob"}, {"/view p", "person"},
		{"/set them", "theme"}, {"/set theme d", "dark"},
		{"/set theme ", "auto dark light plain"},
		{"/set json ", "yes no"}, {"/set lock-after ", "0s"},
		{"/set nothing ", ""}, {"/scroll page-u", "page-up"},
		{"/edit er", "erase-left erase-right erase-word erase-start "
		    "erase-end"},
		{"/bind C-a rest un", ""},
		{"/bind C-a un", "unblock unread unbind"},
		{"/bind C-a talk b", "bob"}, {"/bind C-a set theme d", "dark"},
		{"/bind C-a bind C-b talk b", "bob"}, {"/bind C-a edit ri",
		    "right"}, {"/bind F1 unr", "unread"},
		{"/unbind F", "F1 F2 F3 F4"}, {"/help verif", "verify verify-evidence"},
		{"/quit ", ""}, {"/talk bob ", ""}, {"/nothing ", ""},
		{"hi b", "bob"}, {"hi ", ""}, {"", ""}, {" /ta", ""},
		{"a\nb", "bob"}, {"/sen bo", "bob"}, {"/s bo", ""},
		{"/send bob x b", ""},
	};

	for (size_t i = 0; i < COUNT(t); i++)
		is_str(offered(s, t[i].line), t[i].want, "`%s`", t[i].line);
}

static void
test_views(struct stage *s)
{
	const char *all = offered(s, "/view ");

	for (size_t i = 0; i < VIEW_COUNT; i++)
		ok(has(all, view_row[i].name) == (i != VIEW_first &&
		    i != VIEW_lock), "view %s", view_row[i].name);
}

/* Every cursor place in some lines, and some that are no lines at all. */
static void
test_places(struct stage *s)
{
	static const char *const line[] = {"/", "//", "/ ", "/send bob hi",
	    "/set theme dark", "text with b in it", "\n\n/", "   ",
	    "/edit    left", "/bind  C-a   edit left", "\xc3\xa4/\xe6\xbc\xa2",
	    "/x y z a b c d e f g h i j k l m n o p q r s t u v w"};

	for (size_t i = 0; i < COUNT(line); i++)
		for (size_t at = 0; at <= strlen(line[i]); at++)
			(void)offers(s, line[i], at);
}

static const char *
tabbed(struct stage *s, const char *text, size_t at)
{
	struct edit *e = &stage_screen(s)->edit;

	edit_set(e, text);
	e->at = at;
	is_int(stage_line(s, "edit complete"), 0, "Tab at %zu of `%s`", at,
	    text);
	return e->s;
}

static void
test_tab(struct stage *s)
{
	struct screen *screen = stage_screen(s);

	is_str(tabbed(s, "/tal", 4), "/talk ", "one: whole, and a blank");
	is_str(tabbed(s, "/talk bo", 8), "/talk bob ", "its argument");
	is_str(tabbed(s, "/un", 3), "/un", "many: no further");
	ok(screen->completion != NULL && has(screen->completion, "unread") &&
	    has(screen->completion, "unbind"), "but they are shown");
	is_str(tabbed(s, "/sa", 3), "/safety ", "the next Tab");
	ok(screen->completion == NULL, "takes them away");
	is_str(tabbed(s, "/set lo", 7), "/set lo", "two of one beginning");
	is_str(tabbed(s, "/set l", 6), "/set lo", "go as far as they agree");
	is_str(tabbed(s, "/tal bob", 4), "/talk bob", "within a line");
	is_str(tabbed(s, "/talk", 0), "/talk", "before the slash: nothing");
	is_str(tabbed(s, "", 0), "", "nothing typed: nothing");
	is_str(tabbed(s, "nothing", 7), "nothing", "a word of a text");
	is_str(tabbed(s, "ask bo", 6), "ask bob ", "a name in a text");
	screen->ask = ASK_PASS;
	is_str(tabbed(s, "bo", 2), "bo", "a passphrase is not completed");
	screen->ask = ASK_NONE;
}

int
main(void)
{
	struct stage s;

	stage_friends(&s);
	test_commands(&s);
	test_kinds(&s);
	test_views(&s);
	test_places(&s);
	test_tab(&s);
	stage_close(&s);
	return done();
}
