/* SPDX-License-Identifier: ISC */
/*
 * Verbs about conversations and their messages.
 */
#include <stdlib.h>

#include "cmd.h"

#define HISTORY_LINES 20
#define URLS_MAX 9

static void
leave_talk(struct env *env)
{
	struct screen *s = client_screen(env->client);
	struct talk *t = client_talk(env->client, s->talk);

	if (t != NULL && s->view == VIEW_talk && s->scroll == 0)
		client_read(env->client, t);
}

static void
open_talk(struct env *env, struct talk *t)
{
	struct screen *s = client_screen(env->client);

	leave_talk(env);
	s->talk = t->row;
	s->view = VIEW_talk;
	s->scroll = 0;
}

static int
find_talk(struct env *env, const char *name, struct talk **t, char **why)
{
	*t = client_talk_with(env->client, name);
	if (*t == NULL)
		return cmd_refuse(why, ERR_NONE, "there is no conversation "
		    "with %.64s: %sadd %.64s", name, cmd_slash(env), name);
	return 0;
}

static const struct message *
message_sent(struct env *env)
{
	struct talk *t = client_talk(env->client, env->until_row);

	for (size_t i = t != NULL ? t->messages : 0; i-- > 0;)
		if (memcmp(t->message[i].id, env->until_id, WIRE_ID) == 0)
			return &t->message[i];
	return NULL;
}

/* `send` is over: as far as asked, refused, or out of time; what is kept goes
 * out by itself later. */
static bool
sent(struct env *env)
{
	const char *far = options_string(env->options, "wait");
	enum ladder want = strcmp(far, "device") == 0 ? LADDER_DEVICE :
	    strcmp(far, "none") == 0 ? LADDER_WAITING : LADDER_RELAY;
	const struct message *m = message_sent(env);

	if (m == NULL)
		return true;
	if (m->ladder == LADDER_FAILED) {
		cmd_say(env, "failed: %s", err_text(m->err));
		env->status = EXIT_REFUSED;
		return true;
	}
	if (m->ladder >= want) {
		cmd_say(env, "%s", ladder_name(m->ladder));
		return true;
	}
	if (clock_mono(loop_clock(client_loop(env->client))) < env->deadline)
		return false;
	cmd_say(env, "%s; it is kept and goes on when tacet next runs",
	    ladder_name(m->ladder));
	env->status = EXIT_LATER;
	return true;
}

int
cmd_send(struct env *env, const struct words *w, char **why)
{
	struct talk *t;
	int err = find_talk(env, w->w[0], &t, why);

	if (err != 0)
		return err;
	if (w->n < 2)
		return cmd_refuse(why, ERR_INPUT, "TEXT is missing: %ssend "
		    "WHO TEXT", cmd_slash(env));
	err = client_send(env->client, t, w->w[1], strlen(w->w[1]),
	    env->until_id, why);
	if (err == 0) {
		env->until_row = t->row;
		env->until = sent;
	}
	return err;
}

int
cmd_talk(struct env *env, const struct words *w, char **why)
{
	struct talk *t;
	int err = find_talk(env, w->w[0], &t, why);

	if (err == 0)
		open_talk(env, t);
	return err;
}

/* The talk that stands `step` rows after the current one in the list. */
static int
move_talk(struct env *env, int step, char **why)
{
	size_t n = client_talks(env->client), at = 0;

	if (n == 0)
		return cmd_refuse(why, ERR_NONE, "there is no conversation "
		    "yet: /add NAME");
	for (size_t i = 0; i < n; i++)
		if (client_talk_at(env->client, i)->row ==
		    client_screen(env->client)->talk)
			at = i;
	at = (at + n + (size_t)((int)n + step)) % n;
	open_talk(env, client_talk_at(env->client, at));
	return 0;
}

int
cmd_next(struct env *env, const struct words *w, char **why)
{
	(void)w;
	return move_talk(env, 1, why);
}

int
cmd_previous(struct env *env, const struct words *w, char **why)
{
	(void)w;
	return move_talk(env, -1, why);
}

int
cmd_unread(struct env *env, const struct words *w, char **why)
{
	struct screen *s = client_screen(env->client);

	(void)w;
	(void)why;
	for (size_t i = 0; i < client_talks(env->client); i++) {
		struct talk *t = client_talk_at(env->client, i);

		if (t->unread == 0 || (t->row == s->talk &&
		    s->view == VIEW_talk))
			continue;
		open_talk(env, t);
		return 0;
	}
	cmd_say(env, "nothing else is unread");
	return 0;
}

static struct talk *
talk_meant(struct env *env)
{
	return client_talk(env->client, client_screen(env->client)->talk);
}

static int
message_meant(struct env *env, const struct words *w, struct message **m,
    char **why)
{
	struct talk *t = talk_meant(env);
	unsigned n = w->n > 0 ? (unsigned)strtoul(w->w[0], NULL, 10) : 1;

	*m = t != NULL ? talk_message(t, n) : NULL;
	if (t == NULL)
		return cmd_refuse(why, ERR_STATE, "open a conversation first: "
		    "%stalk NAME", env->shell ? "/" : cmd_slash(env));
	if (*m == NULL)
		return cmd_refuse(why, ERR_NONE, "there is no message %u here; "
		    "1 is the newest, %zu are loaded", n, t->messages);
	return 0;
}

int
cmd_why(struct env *env, const struct words *w, char **why)
{
	struct message *m;
	int err = message_meant(env, w, &m, why);

	if (err == 0)
		client_why(env->client, talk_meant(env), m, env->out);
	return err;
}

/* The links of a text: from the scheme to the next blank. Nothing is opened by
 * itself, and hosts that mix scripts were marked by safe.c already. */
static size_t
find_urls(const struct safe *text, char *url[static URLS_MAX])
{
	static const char *const scheme[] = {"https://", "http://", "tacet://"};
	size_t n = 0;

	for (const char *p = text->s; *p != '\0' && n < URLS_MAX;) {
		size_t len = 0;

		for (size_t i = 0; i < COUNT(scheme); i++)
			if (strncmp(p, scheme[i], strlen(scheme[i])) == 0)
				len = strcspn(p, " \n\"<>");
		if (len == 0) {
			p++;
			continue;
		}
		url[n] = mem_alloc(len + 1);
		memcpy(url[n++], p, len);
		p += len;
	}
	return n;
}

static void
url_done(void *arg, int status)
{
	struct env *env = arg;

	if (status != 0)
		client_hint(env->client, true, "url-command ended with status "
		    "%d; see tacet.conf(5)", status);
}

static int
open_url(struct env *env, char *url, char **why)
{
	char *command = mem_string(options_string(env->options, "url-command"));
	char *argv[] = {command, url, NULL};
	int err = 0;

	if (command[0] == '\0')
		cmd_say(env, "%s", url);
	else if (child_run(client_loop(env->client), argv, (struct bytes){0},
	    10000, url_done, env) == NULL)
		err = cmd_refuse(why, ERR_IO, "url-command %.64s can't be run; "
		    "/set url-command PROGRAM", command);
	else
		cmd_say(env, "opening %s", url);
	free(command);
	return err;
}

int
cmd_url(struct env *env, const struct words *w, char **why)
{
	char *url[URLS_MAX] = {0};
	struct message *m;
	int err = message_meant(env, w, &m, why);
	size_t n;

	if (err != 0)
		return err;
	n = find_urls(&m->text, url);
	if (n == 0)
		err = cmd_refuse(why, ERR_NONE, "there is no link in that "
		    "message; /url N takes another, 1 is the newest");
	else if (n == 1)
		err = open_url(env, url[0], why);
	for (size_t i = 0; i < n; i++) {
		if (n > 1)
			cmd_say(env, "%s", url[i]);
		free(url[i]);
	}
	return err;
}

#define HISTORY_INDENT 24        /* time, name and their blanks */

/* Further lines of a text are indented: none can pass for another message. */
static void
say_message(struct env *env, const struct message *m)
{
	struct person *p = client_person(env->client, m->person);
	const char *who = m->kind == MESSAGE_SYSTEM ? "*" : m->mine ?
	    client_name(env->client) : p != NULL ? p->name.s : "?";
	int64_t s = (m->mine ? m->heard : m->sent) / 1000;

	buf_format(env->out, "%lld %-12s ", (long long)s, who);
	for (size_t i = 0; i < m->text.n; i++) {
		buf_u8(env->out, (uint8_t)m->text.s[i]);
		if (m->text.s[i] == '\n')
			buf_format(env->out, "%*s", HISTORY_INDENT, "");
	}
	if (m->mine)
		buf_format(env->out, "  [%s]", ladder_name(m->ladder));
	buf_u8(env->out, '\n');
}

int
cmd_history(struct env *env, const struct words *w, char **why)
{
	size_t want = w->n > 1 ? strtoul(w->w[1], NULL, 10) : HISTORY_LINES;
	struct talk *t;
	int err = find_talk(env, w->w[0], &t, why);

	if (err != 0)
		return err;
	while (t->messages < want && t->more &&
	    talk_older(env->client, t) == 0)
		continue;
	for (size_t i = t->messages > want ? t->messages - want : 0;
	    i < t->messages; i++)
		say_message(env, &t->message[i]);
	return 0;
}
