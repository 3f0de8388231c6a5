/* SPDX-License-Identifier: ISC */
/*
 * Verbs about watching films: which one, and what its keys do. Where it is
 * shown is settled by the screen, which knows the terminal; a verb of the
 * shell has a window or nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"

static bool
has_screen(struct env *env)
{
	return client_screen(env->client)->w > 0;
}

/* The newest of the conversation that is shown, else of all. */
static int64_t
newest_film(struct env *env)
{
	int64_t talk = client_screen(env->client)->talk, any = 0;

	for (size_t i = client_films(env->client); i-- > 0;) {
		const struct film *f = client_film_at(env->client, i);

		if (f->state != FILM_THERE)
			continue;
		if (f->talk == talk)
			return f->row;
		if (any == 0)
			any = f->row;
	}
	return any;
}

int
cmd_play_row(struct env *env, int64_t row, char **why)
{
	char number[24];
	struct words w = {.n = 1, .w = {number}};

	(void)snprintf(number, sizeof(number), "%lld", (long long)row);
	return cmd_play(env, &w, why);
}

static bool
in_terminal(int sink)
{
	return sink == SINK_cells || sink == SINK_sixel || sink == SINK_kitty;
}

/* Somebody's verb, carried out by a client that can't do it like that. */
static int
place_judge(struct env *env, const struct play_place *place, char **why)
{
	if (place->folder != NULL && place->folder[0] == '\0')
		return cmd_refuse(why, ERR_NONE, "no folder for its pictures: "
		    "name one with --film-folder, as in tacet play --sink file "
		    "--film-folder DIR, or with %sset film-folder DIR",
		    cmd_slash(env));
	if (env->sink == NULL || has_screen(env) ||
	    !in_terminal(sink_code(env->sink)))
		return 0;
	return cmd_refuse(why, ERR_STATE, "the tacet that has this profile "
	    "runs without a screen, and can't show %s: end it (pid %ld) and "
	    "try again, or take --sink window, none or file", env->sink,
	    (long)getpid());
}

/* Without a screen: what the option says, as far as it can be without one. */
static struct play_place
place_of(struct env *env)
{
	int code = sink_code(env->sink != NULL ? env->sink :
	    options_string(env->options, "sink"));
	struct play_place place = {.sink = SINK_none,
	    .chosen = env->sink != NULL && code >= 0};

	if (code == SINK_file) {
		place.sink = SINK_file;
		place.folder = env->folder != NULL ? env->folder :
		    options_string(env->options, "film-folder");
	}
	if (has_screen(env) && place.chosen)
		place.sink = (enum media_sink)code;
	if (has_screen(env))
		return place;
	if (code == SINK_window || (code < 0 && (getenv("DISPLAY") != NULL ||
	    getenv("WAYLAND_DISPLAY") != NULL)))
		place.sink = SINK_window;
	return place;
}

/* What goes wrong while it plays, and that it is over: a line each. */
static bool
play_tell(struct env *env, const struct play_view *v)
{
	bool waits = v->first != 0 && v->state == PLAY_BUFFERING;
	bool away = client_online(env->client) != ONLINE_ON;
	unsigned s = v->at / 1000;

	if (away && !env->told.away)
		cmd_say(env, "no connection to the relay: %s; what is here "
		    "plays on", client_online_why(env->client));
	else if (!away && env->told.away)
		cmd_say(env, "connected to the relay again");
	if (v->ends != env->told.ends)
		cmd_say(env, "%s", v->why != NULL ? v->why :
		    "the media helper was started again");
	if (waits && !env->told.waits)
		cmd_say(env, "buffering at %u:%02u", s / 60, s % 60);
	else if (!waits && env->told.waits && v->state == PLAY_RUNNING)
		cmd_say(env, "it goes on at %u:%02u", s / 60, s % 60);
	if (waits || v->state == PLAY_RUNNING)
		env->told.waits = waits;
	env->told.away = away;
	env->told.ends = v->ends;
	return false;
}

static bool
play_over(struct env *env)
{
	const struct play_view *v = client_play(env->client);
	const char *key;

	while ((key = client_play_key(env->client)) != NULL)
		if (strcmp(key, "q") == 0 || strcmp(key, "Escape") == 0)
			client_play_close(env->client);
		else
			cmd_play_key(env, key);
	if (v == NULL || client_play(env->client) == NULL)
		return true;
	if (v->state == PLAY_STOPPED)
		cmd_late(env, EXIT_REFUSED, "%s", v->why);
	else if (v->state == PLAY_ENDED)
		cmd_say(env, "%u pictures shown, %u dropped, %u times waited, "
		    "the first after %lld ms", v->shown, v->dropped,
		    v->stalls, (long long)v->first);
	else
		return play_tell(env, v);
	client_play_close(env->client);
	return true;
}

int
cmd_play(struct env *env, const struct words *w, char **why)
{
	struct play_place place = place_of(env);
	struct screen *s = client_screen(env->client);
	int64_t row = w->n > 0 ? strtoll(w->w[0], NULL, 10) :
	    newest_film(env);
	const struct film *f = client_film(env->client, row);
	int err = place_judge(env, &place, why);

	if (err != 0)
		return err;
	if (w->n == 0 && row == 0)
		return cmd_refuse(why, ERR_NONE, "nobody has published a film "
		    "for you yet; %spublish FILE publishes one",
		    cmd_slash(env));
	err = client_play_card(env->client, row, &place, why);
	if (err != 0)
		return err;
	if (has_screen(env)) {
		if (f->talk != 0 && client_talk(env->client, f->talk) != NULL)
			cmd_open(env, client_talk(env->client, f->talk));
		if (env->shell)
			cmd_say(env, "%s plays in the client that is open",
			    f->name.s);
		return 0;
	}
	s->view = s->view == VIEW_videos ? VIEW_talk : s->view;
	if (!env->shell || env->lines)
		return 0;
	memset(&env->told, 0, sizeof(env->told));
	env->until = play_over;
	return 0;
}

/* ---- keys ---- */

static int
seek_by(struct env *env, int64_t ms)
{
	client_play_to(env->client, (int64_t)client_play(env->client)->at + ms);
	return 0;
}

static int
seek_tenth(struct env *env, unsigned tenth)
{
	client_play_to(env->client, (int64_t)client_play(env->client)->length *
	    tenth / 10);
	return 0;
}

static void
volume_by(struct env *env, int by)
{
	int now = client_play(env->client)->volume + by;

	client_play_volume(env->client, now < 0 ? 0 : (unsigned)now);
}

static void
film_do(struct env *env, const struct play_view *v, const char *what)
{
	struct client *c = env->client;

	if (strcmp(what, "pause") == 0)
		client_play_pause(c);
	else if (strcmp(what, "mute") == 0)
		client_play_mute(c);
	else if (strcmp(what, "louder") == 0)
		volume_by(env, PLAY_VOLUME_STEP);
	else if (strcmp(what, "softer") == 0)
		volume_by(env, -PLAY_VOLUME_STEP);
	else if (strcmp(what, "larger") == 0)
		client_play_pane(c, v->full, (uint8_t)(v->size + 1));
	else if (strcmp(what, "smaller") == 0)
		client_play_pane(c, v->full, (uint8_t)(v->size - 1));
	else if (strcmp(what, "full") == 0)
		client_play_pane(c, !v->full, v->size);
	else if (strcmp(what, "keys") == 0)
		client_play_keys(c, !v->keys);
	else
		client_play_close(c);
}

/* Enter with an empty line: a card that is selected, else the newest here. */
static int
enter_card(struct env *env, char **why)
{
	int64_t row = cmd_card_enter(env->client);

	if (row == 0 || (client_play(env->client) != NULL &&
	    row != client_screen(env->client)->card))
		return 0;
	return cmd_play_row(env, row, why);
}

int
cmd_film(struct env *env, const struct words *w, char **why)
{
	const struct play_view *v = client_play(env->client);
	const char *what = w->w[0];

	if (strcmp(what, "enter") == 0)
		return enter_card(env, why);
	if (v == NULL)
		return cmd_refuse(why, ERR_STATE, "no film is playing: /videos "
		    "lists those that you may watch, /play N plays one");
	if (what[0] == '+' || what[0] == '-')
		return seek_by(env, strtoll(what, NULL, 10) * 1000);
	if (what[0] >= '0' && what[0] <= '9')
		return seek_tenth(env, (unsigned)(what[0] - '0'));
	film_do(env, v, what);
	return 0;
}

void
cmd_play_key(struct env *env, const char *key)
{
	const char *line = keymap_play(key);
	char *why = NULL;

	if (line != NULL && cmd_line(env, line, &why) != 0 && why != NULL)
		client_hint(env->client, true, "%s", why);
	free(why);
}

void
cmd_playing(struct env *env)
{
	const char *key;

	while ((key = client_play_key(env->client)) != NULL)
		cmd_play_key(env, key);
	if (!env->film_only || client_play(env->client) == NULL) {
		env->quit |= env->film_only && env->film_began;
		return;
	}
	if (!env->film_began)
		client_play_pane(env->client, true, 2);
	env->film_began = true;
}

bool
cmd_play_screen(struct env *env, int n, char **words)
{
	const char *sink = options_string(env->options, "sink");
	char *line, *why = NULL;
	int err;

	if (n == 0 || !cmd_is(words[0], "play") || !isatty(STDIN_FILENO) ||
	    !isatty(STDOUT_FILENO) || strcmp(sink, "none") == 0 ||
	    strcmp(sink, "window") == 0 || strcmp(sink, "file") == 0)
		return false;
	line = mem_format("play %s", n > 1 ? words[1] : "");
	err = options_set(env->options, "start", line, &why);
	free(line);
	free(why);
	env->film_only = err == 0;
	return err == 0;
}
