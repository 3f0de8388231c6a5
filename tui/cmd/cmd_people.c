/* SPDX-License-Identifier: ISC */
/*
 * Verbs about people: asking and answering.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"

/* The only one who waits for an answer, when nobody is named. */
static struct person *
only_request(struct client *c)
{
	struct person *found = NULL;

	for (size_t i = 0; i < client_people(c); i++) {
		struct person *p = client_person_at(c, i);

		if (p->state != PERSON_ASKING)
			continue;
		if (found != NULL)
			return NULL;
		found = p;
	}
	return found;
}

static struct person *
person_shown(struct client *c)
{
	struct screen *s = client_screen(c);
	struct talk *t = client_talk(c, s->talk);

	if (s->view == VIEW_person || s->view == VIEW_compare ||
	    s->view == VIEW_changed || s->view == VIEW_qr)
		return client_person(c, s->person);
	if (s->view == VIEW_notices)
		for (size_t i = 0; i < client_notices(c); i++)
			if (client_notice_at(c, i)->row == s->notice)
				return client_person(c,
				    client_notice_at(c, i)->person);
	if (s->view == VIEW_talk && t != NULL)
		return client_person(c, t->person);
	return NULL;
}

int
cmd_who(struct env *env, const struct words *w, size_t i, struct person **p,
    char **why)
{
	*p = NULL;
	if (w->n > i) {
		*p = client_person_named(env->client, w->w[i]);
		if (*p == NULL)
			return cmd_refuse(why, ERR_NONE, "you don't know %.64s "
			    "yet: %sadd %.64s", w->w[i], cmd_slash(env),
			    w->w[i]);
		return 0;
	}
	if (!env->shell)
		*p = person_shown(env->client);
	if (*p == NULL)
		*p = only_request(env->client);
	if (*p == NULL)
		return cmd_refuse(why, ERR_INPUT, "whom? Name somebody: "
		    "%speople lists whom you know", cmd_slash(env));
	return 0;
}

static void
show_talk(struct env *env, struct talk *t)
{
	if (!env->shell && t != NULL)
		cmd_open(env, t);
}

static bool
settled(struct env *env)
{
	if (client_quiet(env->client))
		return true;
	if (!cmd_waited(env))
		return false;
	cmd_late(env, EXIT_LATER, "not yet on the relay: %s; it is kept and "
	    "goes on when tacet next runs", client_online_why(env->client));
	return true;
}

void
cmd_settle(struct env *env)
{
	if (env->shell && !env->lines)
		env->until = settled;
}

static int64_t
newest_notice(struct client *c)
{
	size_t n = client_notices(c);

	return n > 0 ? client_notice_at(c, n - 1)->row : 0;
}

/* What was noticed since the verb began, the newest first. */
static const char *
noticed(struct env *env)
{
	for (size_t i = client_notices(env->client); i-- > 0;) {
		struct notice *n = client_notice_at(env->client, i);

		if (n->row > env->until_row && (n->kind == NOTICE_ERROR ||
		    n->kind == NOTICE_INFO))
			return n->text.s;
	}
	return NULL;
}

/* The directory has answered, and the request is on the relay or can't be. */
static bool
added(struct env *env)
{
	struct client *c = env->client;
	const struct person *p = client_person_named(c, env->until_who);
	const char *text = noticed(env);

	if (!client_quiet(c)) {
		if (!cmd_waited(env))
			return false;
		cmd_late(env, EXIT_LATER, "not yet asked: %s; it is kept and "
		    "goes on when tacet next runs", text != NULL ? text :
		    client_online_why(c));
		return true;
	}
	if (p != NULL && (p->state == PERSON_ASKED ||
	    p->state == PERSON_CONTACT))
		cmd_say(env, "asked %s; you may write already, they read it "
		    "when they accept", env->until_who);
	else
		cmd_late(env, EXIT_REFUSED, "%s", text != NULL ? text :
		    "not asked");
	return true;
}

int
cmd_add(struct env *env, const struct words *w, char **why)
{
	const char *note = w->n > 1 ? w->w[1] : "";
	int64_t before = newest_notice(env->client);
	int err = client_add(env->client, w->w[0], note, why);

	if (err != 0)
		return err;
	if (!env->shell)        /* cmd_looking opens it when it is there */
		(void)snprintf(client_screen(env->client)->awaiting,
		    NAME_LEN + 1, "%s", w->w[0]);
	if (env->shell && !env->lines) {
		(void)snprintf(env->until_who, sizeof(env->until_who), "%s",
		    w->w[0]);
		env->until_row = before;
		env->until = added;
		return 0;
	}
	cmd_say(env, "asking %s: you may write as soon as the relay has said "
	    "who that is", w->w[0]);
	return 0;
}

/* accept, decline and block answer the request that is meant. */
static int
answer(struct env *env, const struct words *w, char **why,
    int (*act)(struct client *, struct person *, char **), const char *said)
{
	struct person *p;
	int err = cmd_who(env, w, 0, &p, why);

	if (err == 0)
		err = act(env->client, p, why);
	if (err == 0) {
		cmd_say(env, said, p->name.s);
		cmd_settle(env);
	}
	return err;
}

int
cmd_accept(struct env *env, const struct words *w, char **why)
{
	struct person *p;
	int err = cmd_who(env, w, 0, &p, why);

	if (err == 0)
		err = client_accept(env->client, p, why);
	if (err != 0)
		return err;
	show_talk(env, client_talk_with(env->client, p->name.s));
	cmd_say(env, "accepted %s", p->name.s);
	cmd_settle(env);
	return 0;
}

int
cmd_decline(struct env *env, const struct words *w, char **why)
{
	return answer(env, w, why, client_decline, "declined %s");
}

int
cmd_block(struct env *env, const struct words *w, char **why)
{
	return answer(env, w, why, client_block, "blocked %s");
}

int
cmd_unblock(struct env *env, const struct words *w, char **why)
{
	return answer(env, w, why, client_unblock, "%s may ask again");
}

int
cmd_people(struct env *env, const struct words *w, char **why)
{
	size_t n = client_people(env->client);

	(void)w;
	(void)why;
	if (n == 0)
		cmd_say(env, "nobody yet: %sadd NAME", cmd_slash(env));
	for (size_t i = 0; i < n; i++) {
		const struct person *p = client_person_at(env->client, i);

		cmd_say(env, "%-20s %-10s %s", p->name.s,
		    person_state_name(p->state), cmd_trust(env, p));
	}
	return 0;
}
