/* SPDX-License-Identifier: ISC */
/*
 * Options, bindings, and what the program says of itself.
 */
#include <stdlib.h>

#include "cmd.h"

#define SET_KEY "option."
#define BIND_KEY "bindings"

void
config_settings(struct env *env)
{
	char *value = client_setting(env->client, BIND_KEY), *why = NULL;

	if (value != NULL)
		keymap_load(env->keys, value);
	free(value);
	for (size_t i = 0; i < cmd_options; i++) {
		char *key = mem_format("%s%s", SET_KEY, cmd_option[i].name);

		value = cmd_option[i].reload ?
		    client_setting(env->client, key) : NULL;
		/* a value that this version refuses: the default holds */
		if (value != NULL)
			(void)options_set(env->options, cmd_option[i].name,
			    value, &why);
		free(why);
		why = NULL;
		free(value);
		free(key);
	}
	env->redraw = true;
}

static void
each_bind(void *arg, const char *key, const char *where, const char *command,
    const char *help)
{
	cmd_say(arg, "%-10s %-8s %-18s %s", key, where, command, help);
}

static int
save(struct env *env, const char *key, const char *value, char **why)
{
	int err = client_set(env->client, key, value);

	if (err != 0)
		return cmd_refuse(why, err, "it holds for now, but could not "
		    "be kept: %s", err_text(err));
	return 0;
}

static int
save_bindings(struct env *env, char **why)
{
	struct buf b = {0};
	int err;

	keymap_save(env->keys, &b);
	buf_u8(&b, 0);
	err = save(env, BIND_KEY, (char *)b.p, why);
	buf_free(&b);
	return err;
}

int
cmd_bind(struct env *env, const struct words *w, char **why)
{
	int err;

	if (w->n == 0) {
		keymap_each(env->keys, each_bind, env);
		return 0;
	}
	if (w->n == 1)
		return cmd_refuse(why, ERR_INPUT, "COMMAND is missing: /bind "
		    "%s COMMAND", w->w[0]);
	err = keymap_bind(env->keys, w->w[0], w->w[1], why);
	if (err != 0)
		return err;
	cmd_say(env, "%s runs %s", w->w[0], w->w[1]);
	return save_bindings(env, why);
}

int
cmd_unbind(struct env *env, const struct words *w, char **why)
{
	int err = keymap_unbind(env->keys, w->w[0], why);

	if (err == 0)
		err = save_bindings(env, why);
	if (err == 0)
		cmd_say(env, "%s has its default again", w->w[0]);
	return err;
}

static const struct option_row *
find_option(const char *name)
{
	for (size_t i = 0; i < cmd_options; i++)
		if (strcmp(cmd_option[i].name, name) == 0)
			return &cmd_option[i];
	return NULL;
}

static void
say_option(struct env *env, const struct option_row *row)
{
	cmd_say(env, "%-16s %-10s %s", row->name,
	    options_string(env->options, row->name), row->help);
}

int
cmd_set(struct env *env, const struct words *w, char **why)
{
	const struct option_row *row;
	char *key;
	int err;

	if (w->n == 0) {
		for (size_t i = 0; i < cmd_options; i++)
			say_option(env, &cmd_option[i]);
		return 0;
	}
	row = find_option(w->w[0]);
	if (row == NULL)
		return cmd_refuse(why, ERR_NONE, "there is no option %.32s; "
		    "%sset lists them", w->w[0], cmd_slash(env));
	if (w->n == 1) {
		say_option(env, row);
		return 0;
	}
	if (!row->reload)
		return cmd_refuse(why, ERR_STATE, "%s is taken at the start "
		    "only: put it into tacet.conf or give --%s", row->name,
		    row->name);
	err = options_set(env->options, row->name, w->w[1], why);
	if (err != 0)
		return err;
	env->redraw = true;
	cmd_say(env, "%s is %s", row->name, w->w[1]);
	key = mem_format("%s%s", SET_KEY, row->name);
	err = save(env, key, w->w[1], why);
	free(key);
	return err;
}

int
cmd_lock(struct env *env, const struct words *w, char **why)
{
	struct screen *s = client_screen(env->client);

	(void)w;
	(void)why;
	secret_drop(env);
	client_lock(env->client);
	edit_wipe(&s->edit);
	s->view = VIEW_lock;
	s->ask = ASK_PASS;
	env->redraw = true;
	return 0;
}

int
cmd_connect(struct env *env, const struct words *w, char **why)
{
	(void)w;
	(void)why;
	client_connect(env->client);
	return 0;
}

int
cmd_disconnect(struct env *env, const struct words *w, char **why)
{
	(void)w;
	(void)why;
	client_disconnect(env->client);
	cmd_say(env, "offline; /connect goes back");
	return 0;
}

static int
cmd_move(struct env *env, const char *text, char **why)
{
	const char *clause = NULL;
	struct address to;
	int err = address_get(text, &to, &clause);

	if (err != 0)
		return cmd_refuse(why, err, "%s: give the whole address that "
		    "the operator told you, tacet://HOST/KEY",
		    clause != NULL ? clause : err_text(err));
	err = client_move(env->client, &to, why);
	if (err == 0)
		cmd_say(env, "the relay is at %s now; /view log shows what it "
		    "answers", to.host);
	return err;
}

int
cmd_address(struct env *env, const struct words *w, char **why)
{
	char text[ADDRESS_TEXT];
	int err;

	if (w->n > 0)
		return cmd_move(env, w->w[0], why);
	err = client_invite_address(env->client, text);
	if (err != 0)
		return cmd_refuse(why, err, "there is no relay yet: %sinit "
		    "NAME", "tacet ");
	cmd_say(env, "%s", text);
	return 0;
}

int
cmd_status(struct env *env, const struct words *w, char **why)
{
	struct client *c = env->client;
	const struct address *a = client_address(c);
	const char *reason = client_online_why(c);
	char *said, *why_said;
	struct directory d;
	unsigned waiting = 0;

	(void)w;
	(void)why;
	client_directory(c, &d);
	for (size_t i = 0; i < client_talks(c); i++)
		waiting += client_talk_at(c, i)->waiting;
	cmd_say(env, "account    %s", client_name(c));
	if (a != NULL)
		cmd_say(env, "relay      %s port %u", a->host, a->port);
	cmd_say(env, "connection %s%s%s", online_name(client_online(c)),
	    reason != NULL && reason[0] != '\0' ? ": " : "",
	    reason != NULL ? reason : "");
	said = client_directory_why(c);
	why_said = cmd_speak(env, said);
	cmd_say(env, "directory  %s: %s", directory_name(d.state), why_said);
	free(why_said);
	free(said);
	cmd_say(env, "people     %zu", client_people(c));
	cmd_say(env, "to answer  %u", client_open_notices(c));
	cmd_say(env, "unread     %u", client_unread(c));
	cmd_say(env, "waiting    %u not yet on the relay", waiting);
	if (mem_secret_unlocked() > 0)
		cmd_say(env, "warning    %zu bytes of keys could reach swap: "
		    "raise `ulimit -l`", mem_secret_unlocked());
	return 0;
}

int
cmd_notices(struct env *env, const struct words *w, char **why)
{
	size_t n = client_notices(env->client), open = 0;
	char *text;

	(void)w;
	(void)why;
	for (size_t i = 0; i < n; i++) {
		const struct notice *it = client_notice_at(env->client, i);

		if (!it->open)
			continue;
		open++;
		text = cmd_speak(env, it->text.s);
		cmd_say(env, "%s", text);
		free(text);
	}
	if (open == 0)
		cmd_say(env, "nothing waits for an answer");
	return 0;
}
