/* SPDX-License-Identifier: ISC */
/*
 * Verbs about the cards of films: the list of them, and which one is selected,
 * there and in a conversation. Watching one is cmd_play.c.
 */
#include <stdlib.h>
#include <time.h>

#include "cmd.h"

/* ---- in a conversation ---- */

static bool
card_here(struct client *c, const struct film *f)
{
	return f != NULL && f->state == FILM_THERE && f->talk != 0 &&
	    f->talk == client_screen(c)->talk;
}

int64_t
cmd_card_enter(struct client *c)
{
	int64_t card = client_screen(c)->card;
	size_t i;

	if (card != 0 && card_here(c, client_film(c, card)))
		return card;
	for (i = client_films(c); i-- > 0;)
		if (card_here(c, client_film_at(c, i)))
			return client_film_at(c, i)->row;
	return 0;
}

/* Those of the conversation, oldest first: the one beside it, or NULL. */
static const struct film *
card_beside(struct client *c, int64_t row, bool up)
{
	const struct film *f, *before = NULL;
	bool seen = false;
	size_t i;

	for (i = 0; (f = client_film_at(c, i)) != NULL; i++) {
		if (!card_here(c, f))
			continue;
		if (seen)
			return f;
		if (f->row == row && up)
			return before;
		seen = f->row == row;
		before = f;
	}
	return NULL;
}

static void
card_count(struct client *c, int64_t row, size_t *at, size_t *n)
{
	size_t i;

	*at = *n = 0;
	for (i = 0; i < client_films(c); i++) {
		if (!card_here(c, client_film_at(c, i)))
			continue;
		++*n;
		if (client_film_at(c, i)->row == row)
			*at = *n;
	}
}

/* Its line is in memory, so that the view can go there. */
static void
card_load(struct client *c, const struct film *f)
{
	struct talk *t = client_talk(c, f->talk);
	size_t i;

	for (;;) {
		for (i = 0; i < t->messages; i++)
			if (memcmp(t->message[i].id, f->message, WIRE_ID) == 0)
				return;
		if (!t->more || talk_older(c, t) <= 0)
			return;
	}
}

static void
card_hint(struct client *c, const struct film *f)
{
	size_t at, n;

	card_count(c, f->row, &at, &n);
	client_hint(c, false, "film %zu of %zu: Enter plays it%s, Escape lets "
	    "go", at, n, n > 1 ? ", M-, and M-. select others" : "");
}

void
cmd_card_select(struct env *env, const char *how)
{
	struct screen *s = client_screen(env->client);
	const struct film *f = client_film(env->client, s->card), *next;
	bool up = strcmp(how, "up") == 0;

	if (!card_here(env->client, f))
		next = client_film(env->client, cmd_card_enter(env->client));
	else
		next = card_beside(env->client, f->row, up);
	if (next == NULL && !card_here(env->client, f)) {
		client_hint(env->client, true, "no film was published here "
		    "yet: /publish FILE publishes one");
		return;
	}
	f = next != NULL ? next : f;    /* at either end it stays */
	s->card = f->row;
	s->card_moved = true;
	card_load(env->client, f);
	card_hint(env->client, f);
}

/* ---- the list ---- */

static char *
film_seen(struct client *c, const struct film *f)
{
	struct watched w;

	if (!client_watched(c, f->id, &w))
		return mem_string("");
	if (w.at == 0)
		return mem_string("  begun");
	if (w.at >= w.length)
		return mem_string("  seen");
	return mem_format("  seen to %u:%02u", w.at / 60000,
	    w.at / 1000 % 60);
}

char *
cmd_film_text(struct client *c, const struct film *f)
{
	struct person *p = client_person(c, f->person);
	time_t t = (time_t)(f->time / 1000);
	char when[32] = "", *name = client_film_text(f), *text;
	char *seen = film_seen(c, f);
	struct tm tm;

	if (localtime_r(&t, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
	text = mem_format("%s  %s  %s%s%s", name, p != NULL ? p->name.s :
	    f->person == 0 ? client_name(c) : "?", when, seen,
	    f->state == FILM_GONE ? "  withdrawn" : f->state == FILM_MAKING ?
	    "  being published" : "");
	free(seen);
	free(name);
	return text;
}

int
cmd_videos(struct env *env, const struct words *w, char **why)
{
	struct screen *s = client_screen(env->client);
	char *text;

	(void)w;
	(void)why;
	if (s->w > 0 && !env->shell) {
		s->back = s->view != VIEW_videos ? s->view : s->back;
		s->view = VIEW_videos;
		return 0;
	}
	for (size_t i = client_films(env->client); i-- > 0;) {
		const struct film *f = client_film_at(env->client, i);

		text = cmd_film_text(env->client, f);
		cmd_say(env, "%lld  %s", (long long)f->row, text);
		free(text);
	}
	if (client_films(env->client) == 0)
		cmd_say(env, "nobody has published a film for you yet");
	return 0;
}

void
cmd_videos_select(struct env *env, const char *how)
{
	struct screen *s = client_screen(env->client);
	size_t n = client_films(env->client);
	const struct film *f;
	char *why = NULL;

	if (s->video_at >= n)
		s->video_at = n > 0 ? n - 1 : 0;
	if (strcmp(how, "up") == 0 && s->video_at > 0)
		s->video_at--;
	if (strcmp(how, "down") == 0 && s->video_at + 1 < n)
		s->video_at++;
	if (strcmp(how, "open") != 0 || n == 0)
		return;
	f = client_film_at(env->client, n - 1 - s->video_at);
	s->card = f->row;
	s->card_moved = true;
	if (cmd_play_row(env, f->row, &why) != 0 && why != NULL)
		client_hint(env->client, true, "%s", why);
	free(why);
}
