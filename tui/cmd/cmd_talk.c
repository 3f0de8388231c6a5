/* SPDX-License-Identifier: ISC */
/*
 * Verbs about conversations and their messages.
 */
#include <stdlib.h>
#include <time.h>

#include "cmd.h"

#define FOUND_MAX 200           /* lines of an answer to search */
#define HISTORY_LINES 20
#define URLS_MAX 9

static void
put_draft(struct talk *t, const char *text)
{
	if (t->draft != NULL)
		mem_wipe(t->draft, strlen(t->draft));
	free(t->draft);
	t->draft = text[0] != '\0' ? mem_string(text) : NULL;
}

/* What was typed for one person stays with that person. */
static void
change_draft(struct screen *s, struct talk *from, struct talk *to)
{
	if (from == to || s->ask != ASK_NONE)
		return;
	if (from != NULL)
		put_draft(from, s->edit.s);
	if (from != NULL || to->draft != NULL)
		edit_set(&s->edit, to->draft != NULL ? to->draft : "");
	put_draft(to, "");
}

void
cmd_open(struct env *env, struct talk *t)
{
	struct screen *s = client_screen(env->client);

	change_draft(s, client_talk(env->client, s->talk), t);
	s->marker = t->unread > 0 ? t->read_row : MARKER_NONE;
	s->talk = t->row;
	s->view = VIEW_talk;
	s->scroll = 0;
}

void
cmd_looking(struct env *env)
{
	struct screen *s = client_screen(env->client);
	struct talk *t = s->awaiting[0] != '\0' ?
	    client_talk_with(env->client, s->awaiting) : NULL;

	if (t != NULL) {
		s->awaiting[0] = '\0';
		if (s->view == VIEW_talk || s->view == VIEW_list)
			cmd_open(env, t);
		if (t->state == TALK_ASKED)
			client_hint(env->client, false, "asked %s; you may "
			    "write already, they read it when they accept",
			    t->title.s);
	}
	t = client_talk(env->client, s->talk);
	if (t != NULL && t->unread > 0 && s->view == VIEW_talk &&
	    s->scroll == 0)
		client_read(env->client, t);
	cmd_publishing(env);
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
	const char *far = env->wait != NULL ? env->wait :
	    options_string(env->options, "wait");
	enum ladder want = strcmp(far, "device") == 0 ? LADDER_DEVICE :
	    strcmp(far, "none") == 0 ? LADDER_WAITING : LADDER_RELAY;
	const struct message *m = message_sent(env);

	if (m == NULL)
		return true;
	if (m->ladder == LADDER_FAILED) {
		cmd_late(env, EXIT_REFUSED, "failed: %s; `tacet why` says "
		    "more", err_text(m->err));
		return true;
	}
	if (m->ladder >= want) {
		cmd_say(env, "%s", ladder_name(m->ladder));
		return true;
	}
	if (!cmd_waited(env))
		return false;
	cmd_late(env, EXIT_LATER, "%s: %s; it is kept and goes on when tacet "
	    "next runs", ladder_name(m->ladder), m->ladder < LADDER_RELAY ?
	    client_online_why(env->client) : "no device has opened it yet");
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
	if (err != 0)
		return err;
	env->until_row = t->row;
	env->until = sent;
	if (!env->shell)
		cmd_say(env, "written to %s: /why says how far it came",
		    t->title.s);
	return 0;
}

int
cmd_talk(struct env *env, const struct words *w, char **why)
{
	struct talk *t;
	int err = find_talk(env, w->w[0], &t, why);

	if (err == 0)
		cmd_open(env, t);
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
	cmd_open(env, client_talk_at(env->client, at));
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
		cmd_open(env, t);
		return 0;
	}
	cmd_say(env, "nothing else is unread");
	return 0;
}

/* The one on the screen; where there is none, the one with the latest news. */
static struct talk *
talk_meant(struct env *env)
{
	struct client *c = env->client;
	struct talk *t = client_talk(c, client_screen(c)->talk);

	if (t != NULL || !env->shell || client_talks(c) == 0)
		return t;
	t = client_talk_at(c, 0);
	for (size_t i = 1; i < client_talks(c); i++)
		if (client_talk_at(c, i)->last > t->last)
			t = client_talk_at(c, i);
	return t;
}

static int
message_meant(struct env *env, const struct words *w, unsigned fallback,
    struct message **m, char **why)
{
	struct talk *t = talk_meant(env);
	unsigned n = w->n > 0 ? (unsigned)strtoul(w->w[0], NULL, 10) : fallback;

	*m = t != NULL ? talk_message(t, n) : NULL;
	if (t == NULL)
		return cmd_refuse(why, ERR_STATE, "there is no conversation "
		    "yet: %sadd NAME", cmd_slash(env));
	if (t->messages == 0)
		return cmd_refuse(why, ERR_NONE, "nothing was said with %s "
		    "yet: %ssend %s TEXT", t->title.s, cmd_slash(env),
		    t->title.s);
	if (*m == NULL)
		return cmd_refuse(why, ERR_NONE, "there is no message %u here: "
		    "1 is the newest, %zu the oldest that is loaded; "
		    "%shistory %s shows more", n, t->messages, cmd_slash(env),
		    t->title.s);
	return 0;
}

/* The newest of ours, or the newest of all. */
static unsigned
newest_mine(struct env *env)
{
	struct talk *t = talk_meant(env);

	for (size_t i = t != NULL ? t->messages : 0; i-- > 0;)
		if (t->message[i].mine && t->message[i].kind != MESSAGE_SYSTEM)
			return (unsigned)(t->messages - i);
	return 1;
}

static unsigned
newest_link(struct env *env)
{
	struct talk *t = talk_meant(env);

	for (size_t i = t != NULL ? t->messages : 0; i-- > 0;)
		if (strstr(t->message[i].text.s, "://") != NULL)
			return (unsigned)(t->messages - i);
	return 1;
}

int
cmd_why(struct env *env, const struct words *w, char **why)
{
	struct message *m;
	struct buf said = {0};
	char *text;
	int err = message_meant(env, w, newest_mine(env), &m, why);

	if (err != 0)
		return err;
	client_why(env->client, talk_meant(env), m, &said);
	buf_u8(&said, 0);
	text = cmd_speak(env, (const char *)said.p);
	buf_string(env->out, text);
	free(text);
	buf_free(&said);
	return 0;
}

/* Without the full stop of the sentence, or the bracket, that it stands in. */
static size_t
url_end(const char *p)
{
	size_t n = strcspn(p, " \n\"<>");

	while (n > 0 && (strchr(".,;:!?'", p[n - 1]) != NULL ||
	    (p[n - 1] == ')' && memchr(p, '(', n) == NULL)))
		n--;
	return n;
}

/* The links of a text: from the scheme to the next blank. */
static size_t
find_urls(const struct safe *text, char *url[static URLS_MAX])
{
	static const char *const scheme[] = {"https://", "http://", "tacet://"};
	size_t n = 0;

	for (const char *p = text->s; *p != '\0' && n < URLS_MAX;) {
		size_t len = 0;

		for (size_t i = 0; i < COUNT(scheme); i++)
			if (strncmp(p, scheme[i], strlen(scheme[i])) == 0)
				len = url_end(p);
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
	struct client *c = arg;

	if (status != 0)
		client_hint(c, true, "url-command ended with status %d; see "
		    "tacet.conf(5)", status);
}

/* Letters beyond ASCII in a host may look like those of another host. */
static bool
host_plain(const char *url)
{
	const char *p = strstr(url, "://");

	for (p = p != NULL ? p + 3 : url; *p != '\0' && *p != '/'; p++)
		if ((unsigned char)*p >= 0x80 || *p == '@')
			return false;
	return true;
}

static int
open_url(struct env *env, char *url, char **why)
{
	char *command = mem_string(options_string(env->options, "url-command"));
	char *argv[] = {command, url, NULL};
	int err = 0;

	if (command[0] == '\0' || !host_plain(url))
		cmd_say(env, "%s%s", url, host_plain(url) ? "" :
		    "  (not opened: its host may pass for another's; copy it "
		    "by hand if you trust it)");
	else if (child_run(client_loop(env->client), argv, (struct bytes){0},
	    10000, url_done, env->client) == NULL)
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
	int err = message_meant(env, w, newest_link(env), &m, why);
	size_t n;

	if (err != 0 || m == NULL)
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

static void
say_message(struct env *env, const struct message *m)
{
	struct person *p = client_person(env->client, m->person);
	const char *who = m->kind == MESSAGE_SYSTEM ? "*" : m->mine ?
	    client_name(env->client) : p != NULL ? p->name.s : "?";
	time_t t = (time_t)((m->mine ? m->heard : m->sent) / 1000);
	char when[32] = "", *head;
	struct tm tm;

	if (localtime_r(&t, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
	head = mem_format("%s %-12s ", when, who);
	text_lines(head, m->text.s, env->out);
	if (m->mine && m->kind != MESSAGE_SYSTEM)
		buf_format(env->out, "  [%s]", ladder_name(m->ladder));
	buf_u8(env->out, '\n');
	free(head);
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
	    talk_older(env->client, t) > 0)
		continue;
	for (size_t i = t->messages > want ? t->messages - want : 0;
	    i < t->messages; i++)
		say_message(env, &t->message[i]);
	return 0;
}

struct found {
	struct env *env;
	struct talk *talk;              /* the one named last */
	unsigned n;
};

static bool
found_one(void *arg, struct talk *t, const struct message *m)
{
	struct found *f = arg;

	if (m->kind == MESSAGE_SYSTEM)
		return true;
	if (f->n == FOUND_MAX) {
		buf_format(f->env->out, "and more: add a word\n");
		return false;
	}
	if (f->talk != t)
		buf_format(f->env->out, "%s%s:\n", f->n > 0 ? "\n" : "",
		    t->title.s);
	f->talk = t;
	f->n++;
	say_message(f->env, m);
	return true;
}

int
cmd_search(struct env *env, const struct words *w, char **why)
{
	struct found f = {.env = env};
	int err = client_search(env->client, w->w[0], found_one, &f);

	if (err != 0)
		return cmd_refuse(why, err, "the store could not be read: %s",
		    err_text(err));
	if (f.n == 0)
		return cmd_refuse(why, ERR_NONE, "no message has all of these "
		    "words: %ssearch with fewer, or with parts of them",
		    cmd_slash(env));
	return 0;
}
