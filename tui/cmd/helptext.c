/* SPDX-License-Identifier: ISC */
/*
 * /help: the same rows as everything else. A topic is a command, an option or a
 * key; without one, the way in.
 */
#include "cmd.h"

static void
help_command(struct env *env, const struct cmd_row *row, struct buf *out)
{
	if (row->where & CMD_P)
		buf_format(out, "/%s%s%s\n", row->name,
		    row->usage[0] != '\0' ? " " : "", row->usage);
	if (row->where & CMD_S)
		buf_format(out, "tacet %s%s%s\n", row->name,
		    row->usage[0] != '\0' ? " " : "", row->usage);
	buf_format(out, "\n    %s\n", row->help);
	(void)env;
	for (size_t i = 0; i < key_rows; i++) {
		size_t n = strcspn(key_row[i].command, " ");

		if (strlen(row->name) == n &&
		    strncmp(key_row[i].command, row->name, n) == 0)
			buf_format(out, "    %-10s %s (%s)\n", key_row[i].name,
			    key_row[i].help, key_row[i].where);
	}
	buf_string(out, "\ntacet(1) has more: man tacet\n");
}

static void
help_option(struct env *env, const struct option_row *row, struct buf *out)
{
	buf_format(out, "/set %s VALUE\n\n    %s\n", row->name, row->help);
	if (row->choices[0] != '\0')
		buf_format(out, "    one of: %s\n", row->choices);
	buf_format(out, "    now: %s   at first: %s\n",
	    options_string(env->options, row->name), row->initial);
	buf_string(out, "\ntacet.conf(5) has more: man tacet.conf\n");
}

static void
each_key(void *arg, const char *key, const char *where, const char *command,
    const char *help)
{
	/* what the user bound says only what it runs */
	if (strcmp(where, "edit") != 0)
		buf_format(arg, "    %-9s %-8s %s\n", key,
		    strcmp(where, "any") == 0 ? "" : where,
		    strcmp(help, KEYMAP_MINE) == 0 ? command : help);
}

static void
help_all(struct env *env, struct buf *out)
{
	buf_string(out,
	    "Type a text and press Enter: it goes to the person named in the "
	    "prompt.\n"
	    "A line that starts with / is a command. Tab completes. "
	    "Escape or q goes back.\n\n"
	    "First steps: /add NAME asks somebody; M-n shows who asks you;\n"
	    "M-a jumps to the next unread conversation.\n\nCOMMANDS\n");
	for (size_t i = 0; i < cmd_rows; i++)
		if (cmd_row[i].where & CMD_P)
			buf_format(out, "    /%-11s %s\n", cmd_row[i].name,
			    cmd_row[i].help);
	buf_string(out, "\nKEYS (M-x is Alt and x, or Escape then x)\n");
	keymap_each(env->keys, each_key, out);
	buf_string(out, "\n/help COMMAND, /help OPTION or /help KEY says "
	    "more.\n");
}

static void
help_key(struct env *env, const char *key, struct buf *out)
{
	for (size_t i = 0; i < key_rows; i++)
		if (strcmp(key_row[i].name, key) == 0)
			buf_format(out, "%s  %s: %s (%s)\n", key,
			    key_row[i].command, key_row[i].help,
			    key_row[i].where);
	(void)env;
}

void
help_text(struct env *env, const char *topic, struct buf *out)
{
	const struct cmd_row *row;

	if (topic == NULL || topic[0] == '\0') {
		help_all(env, out);
		return;
	}
	topic += topic[0] == '/';
	row = cmd_find(topic, strlen(topic));
	if (row != NULL) {
		help_command(env, row, out);
		return;
	}
	for (size_t i = 0; i < cmd_options; i++)
		if (strcmp(cmd_option[i].name, topic) == 0) {
			help_option(env, &cmd_option[i], out);
			return;
		}
	help_key(env, topic, out);
}
