/* SPDX-License-Identifier: ISC */
/*
 * The input line's actions, which keys run as command lines.
 */
#include <stdlib.h>

#include "cmd.h"

struct action {
	const char *name;
	void (*act)(struct edit *);
};

#define MOVE(name, how) \
	static void name(struct edit *e) { edit_move(e, how); }
#define ERASE(name, how) \
	static void name(struct edit *e) { edit_erase(e, how); }
MOVE(left, EDIT_LEFT)
MOVE(right, EDIT_RIGHT)
MOVE(word_left, EDIT_WORD_LEFT)
MOVE(word_right, EDIT_WORD_RIGHT)
MOVE(start, EDIT_START)
MOVE(end, EDIT_END)
ERASE(erase_left, EDIT_LEFT)
ERASE(erase_right, EDIT_RIGHT)
ERASE(erase_word, EDIT_WORD_LEFT)
ERASE(erase_start, EDIT_START)
ERASE(erase_end, EDIT_END)

static void
newline(struct edit *e)
{
	(void)edit_insert(e, "\n", 1);  /* full: the line says so already */
}

static void
clear(struct edit *e)
{
	edit_set(e, "");
}

/* Up and down move inside a text of several lines, else through the history. */
static void
up(struct edit *e)
{
	if (memchr(e->s, '\n', e->at) != NULL)
		edit_move(e, EDIT_UP);
	else
		edit_older(e);
}

static void
down(struct edit *e)
{
	if (memchr(e->s + e->at, '\n', e->n - e->at) != NULL)
		edit_move(e, EDIT_DOWN);
	else
		edit_newer(e);
}

static const struct action action[] = {
	{"left", left}, {"right", right}, {"word-left", word_left},
	{"word-right", word_right}, {"start", start}, {"end", end},
	{"up", up}, {"down", down}, {"erase-left", erase_left},
	{"erase-right", erase_right}, {"erase-word", erase_word},
	{"erase-start", erase_start}, {"erase-end", erase_end},
	{"yank", edit_yank}, {"newline", newline}, {"older", edit_older},
	{"newer", edit_newer}, {"clear", clear},
};

/* What all candidates begin with. */
static size_t
common(const struct candidates *c)
{
	size_t n = strlen(c->s[0]);

	for (size_t i = 1; i < c->n; i++)
		for (size_t j = 0; j < n; j++)
			if (c->s[i][j] != c->s[0][j])
				n = j;
	return n;
}

static void
show_candidates(struct screen *s, const struct candidates *c)
{
	struct buf b = {0};
	size_t i;

	for (i = 0; i < c->n && b.n < 600; i++)
		buf_format(&b, "%s%s", i > 0 ? "  " : "", c->s[i]);
	if (i < c->n)
		buf_format(&b, "  and %zu more", c->n - i);
	buf_u8(&b, 0);
	free(s->completion);
	s->completion = mem_string((char *)b.p);
	buf_free(&b);
}

static void
do_complete(struct env *env)
{
	struct screen *s = client_screen(env->client);
	struct edit *e = &s->edit;
	struct candidates c = {0};
	size_t from, n;

	free(s->completion);
	s->completion = NULL;
	complete(env, e->s, e->at, &from, &c);
	if (c.n > 0) {
		n = common(&c);
		if (n > e->at - from)
			(void)edit_insert(e, c.s[0] + (e->at - from),
			    n - (e->at - from));
		if (c.n == 1 && (e->at == e->n || e->s[e->at] != ' '))
			(void)edit_insert(e, " ", 1);
		else if (c.n > 1)
			show_candidates(s, &c);
	}
	candidates_free(&c);
}

static int
enter(struct env *env, char **why)
{
	struct screen *s = client_screen(env->client);
	char *line;
	int err;

	if (s->ask != ASK_NONE)
		return ask_enter(env, why);
	if (s->edit.n == 0 && s->view == VIEW_talk)
		return cmd_line(env, "film enter", why);
	line = mem_string(s->edit.s);
	/* before it runs: it may bring another conversation's draft */
	edit_push(&s->edit);
	err = cmd_input(env, line, why);
	/* a refused line stays, so that nothing typed is lost */
	if (err != 0 || s->ask == ASK_SLASH)
		edit_set(&s->edit, line);
	mem_wipe(line, strlen(line));
	free(line);
	return err;
}

int
cmd_edit(struct env *env, const struct words *w, char **why)
{
	struct screen *s = client_screen(env->client);

	if (strcmp(w->w[0], "enter") == 0)
		return enter(env, why);
	if (strcmp(w->w[0], "complete") == 0) {
		if (s->ask == ASK_NONE)
			do_complete(env);
		return 0;
	}
	for (size_t i = 0; i < COUNT(action); i++)
		if (strcmp(action[i].name, w->w[0]) == 0)
			action[i].act(&s->edit);
	return 0;
}
