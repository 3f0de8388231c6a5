/* SPDX-License-Identifier: ISC */
/*
 * Verbs about what is shown and selected. They change view state only.
 */
#include <stdlib.h>

#include "cmd.h"

#define FAR (SIZE_MAX / 8)      /* lines: more than there are */

static size_t
page(const struct screen *s)
{
	return s->h > 8 ? (size_t)s->h - 6 : 1;
}

static void
show(struct screen *s, enum view v)
{
	if (s->view != v && s->view != VIEW_lock && s->view != VIEW_first)
		s->back = s->view;
	s->view = v;
}

/* The first open notice is selected when the pane opens. */
static void
select_notice(struct client *c)
{
	struct screen *s = client_screen(c);

	s->notice = 0;
	for (size_t i = client_notices(c); i-- > 0;)
		if (client_notice_at(c, i)->open) {
			s->notice = client_notice_at(c, i)->row;
			return;
		}
	if (client_notices(c) > 0)
		s->notice = client_notice_at(c, client_notices(c) - 1)->row;
}

/* Made of lines that scroll, and about no person */
static bool
view_halt(enum view v)
{
	return v == VIEW_rejoin || v == VIEW_branch || v == VIEW_restored;
}

int
cmd_view(struct env *env, const struct words *w, char **why)
{
	struct screen *s = client_screen(env->client);
	struct words none = {0};

	for (enum view v = 0; v < VIEW_COUNT; v++) {
		if (strcmp(view_row[v].name, w->w[0]) != 0 ||
		    v == VIEW_first || v == VIEW_lock)
			continue;
		if (v == VIEW_person || v == VIEW_changed)
			return cmd_person(env, &none, why);
		if (v == VIEW_qr)
			return cmd_qr(env, &none, why);
		if (v == VIEW_help)
			return cmd_help(env, &none, why);
		if (v == VIEW_notices)
			select_notice(env->client);
		if (view_halt(v))
			cmd_halted(env->client, NULL);
		show(s, v);
		return 0;
	}
	return cmd_refuse(why, ERR_NONE, "there is no screen %.32s: /view "
	    "talk, list, notices, person, compare, changed, rejoin, branch, "
	    "restored, device, fork, qr, videos, help or log", w->w[0]);
}

int
cmd_back(struct env *env, const struct words *w, char **why)
{
	struct screen *s = client_screen(env->client);

	(void)w;
	(void)why;
	if (s->view == VIEW_first || s->view == VIEW_lock ||
	    (s->view == VIEW_device && client_fresh(env->client)))
		return 0;
	if (s->view == VIEW_talk) {
		s->scroll = 0;
		s->card = 0;
		return 0;
	}
	if (s->view == VIEW_qr || s->view == VIEW_compare) {
		s->view = VIEW_person;  /* where its key is named */
		return 0;
	}
	/* the screens of the first run and of the passphrase are over once
	 * nothing is asked there */
	s->view = s->back == s->view || (s->ask == ASK_NONE &&
	    (s->back == VIEW_first || s->back == VIEW_lock)) ? VIEW_talk :
	    s->back;
	s->back = VIEW_talk;
	return 0;
}

int
cmd_pane(struct env *env, const struct words *w, char **why)
{
	struct screen *s = client_screen(env->client);

	(void)w;
	(void)why;
	s->pane = !s->pane;
	if (s->pane && s->w < 72)
		cmd_say(env, "the pane needs 72 columns; M-n shows the "
		    "notifications on their own");
	return 0;
}

static void
scroll_talk(struct env *env, struct screen *s, const char *how)
{
	struct talk *t = client_talk(env->client, s->talk);
	bool up = strcmp(how, "up") == 0, down = strcmp(how, "down") == 0;
	size_t step = up || down ? 1 : page(s);

	if (t == NULL)
		return;
	if (strcmp(how, "end") == 0) {
		s->scroll = 0;
		return;
	}
	if (strcmp(how, "top") == 0)
		step = FAR;
	if (down || strcmp(how, "page-down") == 0) {
		s->scroll -= step < s->scroll ? step : s->scroll;
		return;
	}
	/* a message has at least one line: enough are loaded for the page */
	while (t->messages < s->scroll + step + page(s) && t->more &&
	    talk_older(env->client, t) > 0)
		continue;
	/* the view stops at the oldest line */
	s->scroll = s->scroll + step < FAR ? s->scroll + step : FAR;
}

static void
scroll_lines(struct screen *s, size_t *at, const char *how, bool from_end)
{
	bool less = strcmp(how, "up") == 0 || strcmp(how, "page-up") == 0;
	size_t step = strncmp(how, "page", 4) == 0 ? page(s) : 1;

	if (strcmp(how, "top") == 0) {
		*at = from_end ? LOGBOOK_MAX : 0;
		return;
	}
	if (strcmp(how, "end") == 0)
		less = false, step = from_end ? *at : FAR;
	if (less != from_end)
		*at -= step < *at ? step : *at;
	else
		*at += step;
}

int
cmd_scroll(struct env *env, const struct words *w, char **why)
{
	struct screen *s = client_screen(env->client);

	(void)why;
	if (s->view == VIEW_help && s->help.s != NULL) {
		/* the view knows how its lines break and stops at the last */
		scroll_lines(s, &s->help_at, w->w[0], false);
	} else if (s->view == VIEW_person || s->view == VIEW_changed ||
	    view_halt(s->view)) {
		scroll_lines(s, &s->person_at, w->w[0], false);
	} else if (s->view == VIEW_log) {
		scroll_lines(s, &s->log_at, w->w[0], true);
		if (s->log_at >= s->logbook.n)
			s->log_at = s->logbook.n > 0 ? s->logbook.n - 1 : 0;
	} else {
		scroll_talk(env, s, w->w[0]);
	}
	return 0;
}

static void
select_list(struct env *env, const char *how)
{
	struct screen *s = client_screen(env->client);
	int n = (int)client_talks(env->client);

	if (strcmp(how, "up") == 0 && s->list_at > 0)
		s->list_at--;
	if (strcmp(how, "down") == 0 && s->list_at + 1 < n)
		s->list_at++;
	if (s->list_at >= n)
		s->list_at = n > 0 ? n - 1 : 0;
	if (strcmp(how, "open") == 0 && n > 0)
		cmd_open(env, client_talk_at(env->client,
		    (size_t)s->list_at));
}

/* Notices as the view orders them: open ones first, each newest first. */
static size_t
notice_order(struct client *c, const struct notice **order, size_t max)
{
	size_t n = 0;

	for (int open = 1; open >= 0; open--)
		for (size_t i = client_notices(c); i-- > 0 && n < max;)
			if (client_notice_at(c, i)->open == (open == 1))
				order[n++] = client_notice_at(c, i);
	return n;
}

/* The screen that tells more of what a notice says; false: there is none */
static bool
open_halt(struct env *env, const struct notice *n)
{
	struct talk *t = client_talk(env->client, n->talk);

	if (n->kind == NOTICE_RESTORED) {
		client_screen(env->client)->person_at = 0;
		show(client_screen(env->client), VIEW_restored);
		return true;
	}
	if (n->kind != NOTICE_HALT && n->kind != NOTICE_BRANCH)
		return false;
	cmd_halted(env->client, t);
	show(client_screen(env->client), n->kind == NOTICE_BRANCH ?
	    VIEW_branch : VIEW_rejoin);
	return true;
}

static void
open_notice(struct env *env, const struct notice *n)
{
	struct screen *s = client_screen(env->client);
	struct person *p = client_person(env->client, n->person);
	struct talk *t = p != NULL ?
	    client_talk_with(env->client, p->name.s) : NULL;

	if (open_halt(env, n))
		return;
	if (n->kind == NOTICE_ACCEPTED && t != NULL) {
		cmd_open(env, t);
	} else if (p != NULL) {
		s->person = p->row;
		s->person_at = 0;
		show(s, p->changed ? VIEW_changed : n->open &&
		    n->kind == NOTICE_COMPARE ? VIEW_compare : VIEW_person);
	}
}

static void
select_notices(struct env *env, const char *how)
{
	struct screen *s = client_screen(env->client);
	const struct notice *order[64];
	size_t n = notice_order(env->client, order, COUNT(order)), at = 0;

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (order[i]->row == s->notice)
			at = i;
	if (strcmp(how, "open") == 0) {
		open_notice(env, order[at]);
		return;
	}
	if (strcmp(how, "up") == 0 && at > 0)
		at--;
	if (strcmp(how, "down") == 0 && at + 1 < n)
		at++;
	s->notice = order[at]->row;
}

int
cmd_select(struct env *env, const struct words *w, char **why)
{
	(void)why;
	if (client_screen(env->client)->view == VIEW_videos)
		cmd_videos_select(env, w->w[0]);
	else if (client_screen(env->client)->view == VIEW_talk)
		cmd_card_select(env, w->w[0]);
	else if (client_screen(env->client)->view == VIEW_notices)
		select_notices(env, w->w[0]);
	else
		select_list(env, w->w[0]);
	return 0;
}

int
cmd_redraw(struct env *env, const struct words *w, char **why)
{
	(void)w;
	(void)why;
	env->redraw = true;
	return 0;
}

int
cmd_help(struct env *env, const struct words *w, char **why)
{
	size_t before = env->out->n;

	help_text(env, w->n > 0 ? w->w[0] : NULL, env->out);
	if (env->out->n == before)
		return cmd_refuse(why, ERR_NONE, "there is no help about "
		    "%.32s; %shelp lists commands and keys", w->w[0],
		    cmd_slash(env));
	return 0;
}

int
cmd_quit(struct env *env, const struct words *w, char **why)
{
	struct screen *s = client_screen(env->client);

	(void)w;
	(void)why;
	if (!env->shell && !client_settled(env->client, false) &&
	    s->ask != ASK_QUIT && client_online(env->client) == ONLINE_ON) {
		s->ask = ASK_QUIT;
		return 0;
	}
	env->quit = true;
	return 0;
}
