/* SPDX-License-Identifier: ISC */
/* floor: cmd */
/*
 * Help says the facts of the rows: each command with its usage, each option
 * with its choices and value, each key with what it runs; the way in names all
 * of them; lines fit a screen of 80 columns.
 */
#include "cmd.h"
#include "tap.h"

struct desk_help {
	struct options options;
	struct env env;
	struct buf out;
};

static const char *
help(struct desk_help *d, const char *topic)
{
	buf_clear(&d->out);
	help_text(&d->env, topic, &d->out);
	buf_u8(&d->out, 0);
	return (const char *)d->out.p;
}

static void
test_commands(struct desk_help *d)
{
	char want[512];

	for (size_t i = 0; i < cmd_rows; i++) {
		const struct cmd_row *r = &cmd_row[i];
		char *text = mem_string(help(d, r->name));

		ok(strstr(text, r->help) != NULL, "%s: its help", r->name);
		(void)snprintf(want, sizeof(want), "%s%s%s%s",
		    r->where & CMD_P ? "/" : "tacet ", r->name,
		    r->usage[0] != '\0' ? " " : "", r->usage);
		ok(strncmp(text, want, strlen(want)) == 0, "its usage first");
		(void)snprintf(want, sizeof(want), "/%s", r->name);
		is_str(help(d, want), text, "with a slash as well");
		free(text);
	}
}

static void
test_options(struct desk_help *d)
{
	char *why = NULL;

	for (size_t i = 0; i < cmd_options; i++) {
		const struct option_row *r = &cmd_option[i];
		const char *text = help(d, r->name);

		/* a command of that name is what is meant */
		if (cmd_find(r->name, strlen(r->name)) != NULL)
			continue;
		ok(strstr(text, r->help) != NULL, "%s: its help", r->name);
		ok(strstr(text, r->choices) != NULL, "its choices");
	}
	if (options_set(&d->options, "bell", "osc9", &why) != 0)
		bail("%s", why);
	ok(strstr(help(d, "bell"), "now: osc9") != NULL, "what it is now");
}

static void
test_keys(struct desk_help *d)
{
	for (size_t i = 0; i < key_rows; i++) {
		const char *text = help(d, key_row[i].name);

		if (strlen(key_row[i].name) == 1)
			continue;
		ok(strstr(text, key_row[i].command) != NULL &&
		    strstr(text, key_row[i].help) != NULL, "%s",
		    key_row[i].name);
	}
}

static void
test_all(struct desk_help *d)
{
	char *text = mem_string(help(d, NULL));
	size_t wide = 0, at = 0;
	char want[64];

	for (size_t i = 0; i < cmd_rows; i++) {
		(void)snprintf(want, sizeof(want), "/%s ", cmd_row[i].name);
		ok((strstr(text, want) != NULL) ==
		    ((cmd_row[i].where & CMD_P) != 0), "%s", cmd_row[i].name);
	}
	ok(strstr(text, "F1") != NULL && strstr(text, "M-n") != NULL, "keys");
	is_str(help(d, ""), text, "an empty topic is none");
	for (const char *p = text; *p != '\0'; p += at + (p[at] == '\n')) {
		at = strcspn(p, "\n");
		if (at > 80) {
			wide++;
			note("%zu columns: %.*s", at, (int)at, p);
		}
	}
	is_int(wide, 0, "no line is wider than a screen");
	is_str(help(d, "frob"), "", "nothing about nothing");
	free(text);
}

int
main(void)
{
	struct desk_help d = {0};

	options_init(&d.options, cmd_option, cmd_options);
	d.env.options = &d.options;
	d.env.keys = keymap_new();
	test_commands(&d);
	test_options(&d);
	test_keys(&d);
	test_all(&d);
	keymap_free(d.env.keys);
	options_free(&d.options);
	buf_free(&d.out);
	return done();
}
