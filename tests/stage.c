/* SPDX-License-Identifier: ISC */
/* See stage.h. */
#include <stdlib.h>

#include "tap.h"
#include "stage.h"

#define SHELL_WORDS 24

static void
stage_env(struct stage *s)
{
	options_init(&s->options, cmd_option, cmd_options);
	s->env = (struct env){.client = s->pair.who[s->me].c,
	    .options = &s->options, .keys = keymap_new()};
	s->bob = SIZE_MAX;
	stage_screen(s)->w = 80;
	stage_screen(s)->h = 24;
}

void
stage_open(struct stage *s)
{
	memset(s, 0, sizeof(*s));
	pair_open(&s->pair);
	s->me = pair_join(&s->pair, "alice");
	stage_env(s);
	stage_screen(s)->view = VIEW_talk;
}

void
stage_fresh(struct stage *s)
{
	memset(s, 0, sizeof(*s));
	pair_open(&s->pair);
	s->me = pair_new(&s->pair, "alice");
	stage_env(s);
}

void
stage_friends(struct stage *s)
{
	stage_open(s);
	s->bob = pair_join(&s->pair, "bob");
	pair_friends(&s->pair, s->me, s->bob);
	pair_quiet(&s->pair);
}

void
stage_close(struct stage *s)
{
	ask_free(&s->env);
	keymap_free(s->env.keys);
	options_free(&s->options);
	buf_free(&s->out);
	free(s->why);
	pair_close(&s->pair);
}

struct client *
stage_me(struct stage *s)
{
	return s->pair.who[s->me].c;
}

struct screen *
stage_screen(struct stage *s)
{
	return client_screen(stage_me(s));
}

static void
forget(struct stage *s)
{
	free(s->why);
	s->why = NULL;
	buf_clear(&s->out);
}

int
stage_line(struct stage *s, const char *line)
{
	forget(s);
	return cmd_line(&s->env, line, &s->why);
}

int
stage_shell(struct stage *s, const char *line)
{
	char *copy = mem_string(line), *save = NULL, *argv[SHELL_WORDS + 1];
	struct env env = {.client = stage_me(s), .options = &s->options,
	    .keys = s->env.keys, .shell = true, .out = &s->out};
	int argc = 0, err;

	forget(s);
	for (char *w = strtok_r(copy, " ", &save); w != NULL &&
	    argc < SHELL_WORDS; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	err = cmd_words(&env, argc, argv, &s->why);
	free(copy);
	return err;
}

const char *
stage_said(struct stage *s)
{
	if (s->out.n == 0 || s->out.p[s->out.n - 1] != '\0')
		buf_u8(&s->out, 0);
	return (const char *)s->out.p;
}

int
stage_type(struct stage *s, const char *text)
{
	edit_set(&stage_screen(s)->edit, text);
	return stage_line(s, "edit enter");
}

void
stage_hear(struct stage *s, const char *text)
{
	pair_send(&s->pair, s->bob, "alice", text);
	if (!pair_shows(&s->pair, s->me, "bob", text))
		bail("bob's message does not arrive");
}
