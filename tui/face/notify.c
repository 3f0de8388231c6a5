/* SPDX-License-Identifier: ISC */
/*
 * Telling the user of a message: bell, OSC 9, and a program of the user's by
 * argument vector with the text on its standard input, never through a shell.
 * How much it says is the option `notify`.
 */
#include <stdlib.h>

#include "face.h"

#define COMMAND_LIMIT_MS 10000

static struct safe
notify_text(struct env *env, const struct event *e)
{
	const char *level = options_string(env->options, "notify");
	char *line;
	struct safe s;

	if (strcmp(level, "minimal") == 0 || e->person == NULL)
		return safe_of("tacet: a message");
	if (strcmp(level, "full") != 0 || e->message == NULL)
		line = mem_format("tacet: a message from %s",
		    e->person->name.s);
	else
		line = mem_format("%s: %s", e->person->name.s,
		    e->message->text.s);
	s = safe_make(SAFE_LINE, line, strlen(line));
	mem_wipe(line, strlen(line));
	free(line);
	return s;
}

static void
command_done(void *arg, int status)
{
	struct env *env = arg;

	if (status != 0)
		log_say(client_log(env->client), LOG_WARN, "notify",
		    "notify-command ended with status %d", status);
}

static void
notify_command(struct env *env, const struct safe *text)
{
	const char *command = options_string(env->options, "notify-command");
	char *argv[] = {mem_string(command), NULL};

	if (command[0] != '\0' && child_run(client_loop(env->client), argv,
	    bytes_of(text->s, text->n), COMMAND_LIMIT_MS, command_done, env) ==
	    NULL)
		log_say(client_log(env->client), LOG_WARN, "notify",
		    "notify-command can't be run: see tacet.conf(5)");
	free(argv[0]);
}

void
notify_message(struct ui *ui, struct env *env, const struct event *e)
{
	const char *bell = options_string(env->options, "bell");
	struct safe text = notify_text(env, e);

	if (strcmp(bell, "bell") == 0 || strcmp(bell, "both") == 0)
		ui_bell(ui);
	if (strcmp(bell, "osc9") == 0 || strcmp(bell, "both") == 0)
		ui_osc9(ui, &text);
	notify_command(env, &text);
	safe_free(&text);
}
