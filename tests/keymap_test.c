/* SPDX-License-Identifier: ISC */
/* floor: cmd */
/*
 * Keys: every row of key.def is a valid command line on a key that exists, no
 * key has two meanings in one place, and bindings come first, are kept, and
 * are refused when they could not work.
 */
#include "cmd.h"
#include "tap.h"

static bool
view_named(const char *s)
{
	for (size_t i = 0; i < VIEW_COUNT; i++)
		if (strcmp(view_row[i].name, s) == 0)
			return true;
	return strcmp(s, "play") == 0;  /* while a film has the keys */
}

static void
test_rows(void)
{
	struct keymap *m = keymap_new();
	char *why = NULL;

	for (size_t i = 0; i < key_rows; i++) {
		const struct key_row *k = &key_row[i];
		bool letter = strlen(k->name) == 1;

		is_int(cmd_valid(k->command, &why), 0, "%s in %s: `%s`",
		    k->name, k->where, k->command);
		ok(strcmp(k->where, "any") == 0 ||
		    strcmp(k->where, "edit") == 0 || view_named(k->where),
		    "where: %s", k->where);
		ok(!letter || view_named(k->where), "a letter is of a view");
		ok(letter || keymap_bind(m, k->name, "quit", &why) == 0,
		    "%s can be bound: %s", k->name, why != NULL ? why : "");
		for (size_t j = 0; j < i; j++)
			if (strcmp(key_row[j].name, k->name) == 0 &&
			    strcmp(key_row[j].where, k->where) == 0)
				ok(false, "%s stands twice in %s", k->name,
				    k->where);
		free(why);
		why = NULL;
	}
	keymap_free(m);
}

static void
test_find(void)
{
	struct keymap *m = keymap_new();
	char *why = NULL;

	is_str(keymap_find(m, "Enter", "talk", true), "edit enter", "Enter");
	is_str(keymap_find(m, "Enter", "list", true), "select open",
	    "Enter in the list");
	is_str(keymap_find(m, "Enter", "list", false), "edit enter",
	    "with a text typed");
	is_str(keymap_find(m, "a", "notices", true), "accept", "a letter");
	is_str(keymap_find(m, "a", "notices", false), NULL,
	    "is typed where a text stands");
	is_str(keymap_find(m, "a", "talk", true), NULL, "or elsewhere");
	is_str(keymap_find(m, "PageUp", "talk", false), "scroll page-up",
	    "a key of everywhere");
	is_str(keymap_find(m, "F9", "talk", true), NULL, "one without use");
	is_int(keymap_bind(m, "F9", "talk bob", &why), 0, "is bound");
	is_str(keymap_find(m, "F9", "talk", true), "talk bob", "and found");
	is_int(keymap_bind(m, "PageUp", "unread", &why), 0, "a used one");
	is_str(keymap_find(m, "PageUp", "help", false), "unread",
	    "is ours now, everywhere");
	is_int(keymap_bind(m, "PageUp", "/next", &why), 0, "with its slash");
	is_str(keymap_find(m, "PageUp", "help", false), "next", "once more");
	is_int(keymap_unbind(m, "PageUp", &why), 0, "given back");
	is_str(keymap_find(m, "PageUp", "help", false), "scroll page-up",
	    "it has its default");
	is_int(keymap_unbind(m, "PageUp", &why), ERR_NONE, "only once");
	ok(why != NULL && strstr(why, "/bind") != NULL, "%s", why);
	free(why);
	keymap_free(m);
}

static void
test_names(void)
{
	static const struct {
		const char *key;
		bool good;
	} t[] = {
		{"C-t", true}, {"M-x", true}, {"M-\xc3\xa4", true},
		{"M-Up", true}, {"M-Left", true}, {"M-F5", true}, {"F12", true},
		{"M-<", true}, {"S-Tab", true}, {"Insert", true},
		{"C-]", true}, {"", false}, {"x", false}, {"F13", false},
		{"C-", false}, {"C-tt", false}, {"C-\x1b", false},
		{"M-", false}, {"M-xy", false}, {"M-\x1b", false},
		{"up", false}, {"Control-x", false}, {"C-\xc3\xa4", false},
	};
	struct keymap *m = keymap_new();
	char *why = NULL;

	for (size_t i = 0; i < COUNT(t); i++) {
		is_int(keymap_bind(m, t[i].key, "quit", &why), t[i].good ? 0 :
		    ERR_INPUT, "key %zu: %s", i, t[i].key);
		ok(t[i].good || strstr(why, "no key's name") != NULL,
		    "says so");
	}
	free(why);
	keymap_free(m);
}

static void
test_commands(void)
{
	static const char *const bad[] = {"frob", "", "s", "watch", "init x",
	    "edit sideways", "edit", "talk", "quit now", "talk bob\nquit"};
	struct keymap *m = keymap_new();
	char *why = NULL;

	for (size_t i = 0; i < COUNT(bad); i++) {
		is_int(keymap_bind(m, "C-t", bad[i], &why), ERR_INPUT,
		    "C-t can't run `%s`", bad[i]);
		ok(strlen(why) > 10, "%s", why);
	}
	is_str(keymap_find(m, "C-t", "talk", true), NULL, "nothing is bound");
	free(why);
	keymap_free(m);
}

static void
test_many(void)
{
	struct keymap *m = keymap_new();
	char *why = NULL, key[8] = "M-";
	int bound = 0, err = 0;

	for (uint32_t c = 0x4e00; c < 0x4f00 && err == 0; c++) {
		key[2 + utf8_put(key + 2, c)] = '\0';
		err = keymap_bind(m, key, "quit", &why);
		bound += err == 0;
	}
	is_int(bound, 128, "there is an end to bindings");
	is_int(err, ERR_QUOTA, "which is said");
	ok(strstr(why, "/unbind") != NULL, "%s", why);
	free(why);
	keymap_free(m);
}

static void
test_kept(void)
{
	struct keymap *a = keymap_new(), *b = keymap_new();
	struct buf lines = {0}, again = {0};
	char *why = NULL;

	is_int(keymap_bind(a, "C-t", "talk bob", &why), 0, "bound");
	is_int(keymap_bind(a, "M-\xe6\xbc\xa2", "set theme dark", &why), 0,
	    "bound");
	keymap_save(a, &lines);
	buf_u8(&lines, 0);
	keymap_load(b, (const char *)lines.p);
	keymap_save(b, &again);
	buf_u8(&again, 0);
	is_str((char *)again.p, (char *)lines.p, "kept and loaded");
	keymap_load(b, "C-t frob\nnonsense\n\nF5 quit\nC-\x01 quit\n C-x y\n");
	is_str(keymap_find(b, "C-t", "talk", true), "talk bob",
	    "what no longer works changes nothing");
	is_str(keymap_find(b, "F5", "talk", true), "quit",
	    "and does not stop the rest");
	buf_free(&lines);
	buf_free(&again);
	keymap_free(a);
	keymap_free(b);
}

struct count {
	size_t n, mine, enter;
};

static void
each(void *arg, const char *key, const char *where, const char *command,
    const char *help)
{
	struct count *c = arg;

	c->n++;
	c->mine += strcmp(help, KEYMAP_MINE) == 0;
	c->enter += strcmp(key, "Enter") == 0;
	if (*where == '\0' || *command == '\0')
		ok(false, "%s has a place and a command", key);
}

static void
test_each(void)
{
	struct keymap *m = keymap_new();
	struct count c = {0}, d = {0};
	char *why = NULL;

	keymap_each(m, each, &c);
	is_int(c.n, key_rows, "each row");
	ok(c.mine == 0 && c.enter == 4, "as it stands");
	is_int(keymap_bind(m, "Enter", "quit", &why), 0, "Enter bound");
	keymap_each(m, each, &d);
	is_int(d.n, key_rows - 3, "instead of its rows");
	ok(d.mine == 1 && d.enter == 1, "once, as ours");
	keymap_free(m);
}

int
main(void)
{
	test_rows();
	test_find();
	test_names();
	test_commands();
	test_many();
	test_kept();
	test_each();
	return done();
}
