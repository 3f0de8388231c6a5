/* SPDX-License-Identifier: ISC */
/*
 * A conversation that this device can't follow: which one a screen about it
 * shows, and the verb by which a room goes on in a new group.
 */
#include "cmd.h"

static bool
halt_is(const struct talk *t)
{
	return t != NULL && t->halt.since != 0;
}

/* The one in view, also when it has just gone on; else the first that there is;
 * when all go on, the one that was shown before. */
static struct talk *
halt_meant(struct client *c)
{
	struct screen *s = client_screen(c);
	struct talk *t = client_talk(c, s->view == VIEW_rejoin ||
	    s->view == VIEW_branch ? s->halted : s->talk);

	if (halt_is(t) || (t != NULL && t->row == s->halted))
		return t;
	t = client_talk(c, s->halted);
	for (size_t i = 0; i < client_talks(c) && !halt_is(t); i++)
		if (halt_is(client_talk_at(c, i)))
			t = client_talk_at(c, i);
	return t;
}

void
cmd_halted(struct client *c, const struct talk *t)
{
	struct screen *s = client_screen(c);

	if (t == NULL)
		t = halt_meant(c);
	s->halted = t != NULL ? t->row : 0;
	s->person_at = 0;
}

/* ---- branch -------------------------------------------------------------- */

/* Of several of one name the one that can't be followed */
static struct talk *
room_named(struct client *c, const char *title)
{
	struct talk *found = NULL;

	for (size_t i = 0; i < client_talks(c); i++) {
		struct talk *t = client_talk_at(c, i);

		if (!talk_is_room(t) || strcmp(t->title.s, title) != 0)
			continue;
		if (halt_is(t))
			return t;
		found = found != NULL ? found : t;
	}
	return found;
}

/* The only one that could be branched, when none is named or in view */
static struct talk *
room_only(struct client *c)
{
	struct talk *found = NULL;

	for (size_t i = 0; i < client_talks(c); i++) {
		struct talk *t = client_talk_at(c, i);

		if (!halt_is(t) || client_branch_may(c, t, NULL) != 0)
			continue;
		if (found != NULL)
			return NULL;
		found = t;
	}
	return found;
}

static int
room_meant(struct env *env, const struct words *w, struct talk **t, char **why)
{
	struct screen *s = client_screen(env->client);

	if (w->n > 0) {
		*t = room_named(env->client, w->w[0]);
		if (*t == NULL)
			return cmd_refuse(why, ERR_NONE, "there is no room %.64s "
			    "here: /view list shows all conversations",
			    w->w[0]);
		return 0;
	}
	if (env->shell)
		*t = room_only(env->client);
	else
		*t = client_talk(env->client, s->view == VIEW_rejoin ||
		    s->view == VIEW_branch ? s->halted : s->talk);
	if (*t == NULL)
		return cmd_refuse(why, ERR_INPUT, "which room? Name it: "
		    "%sbranch ROOM", cmd_slash(env));
	return 0;
}

int
cmd_branch(struct env *env, const struct words *w, char **why)
{
	struct talk *t;
	int err = room_meant(env, w, &t, why);

	if (err == 0 && !halt_is(t))
		return cmd_refuse(why, ERR_STATE, "%s goes on: there is "
		    "nothing to branch, type what you want to say there",
		    t->title.s);
	if (err == 0)
		err = client_branch(env->client, t, why);
	if (err != 0)
		return err;
	if (!env->shell)
		cmd_open(env, t);
	cmd_settle(env);
	cmd_say(env, "%s goes on in a new group: all who were in it are asked "
	    "to join", t->title.s);
	return 0;
}
