/* SPDX-License-Identifier: ISC */
/* floor: cmd */
/*
 * Fuzzes what people and scripts type: command lines, their completion, help,
 * bindings, pastes, on a client without an account. Each refusal has its
 * sentence, completion only offers what continues the word, and nothing typed
 * or pasted opens the first run by itself.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "fuzz.h"

struct desk_fuzz {
	char dir[40];
	struct loop *loop;
	struct log log;
	struct options options;
	struct env env;
};

static void
desk_start(struct desk_fuzz *d)
{
	struct client_setup setup = {.profile = d->dir, .log = &d->log,
	    .pass_mem_kib = 64, .pass_ops = 1};
	char *why = NULL;

	(void)snprintf(d->dir, sizeof(d->dir), "/tmp/tacet-fuzz-XXXXXX");
	must(seal_start() == 0 && mkdtemp(d->dir) != NULL);
	d->loop = loop_new(&clock_system, &rng_system);
	d->log = (struct log){.fd = -1, .clock = &clock_system};
	setup.loop = d->loop;
	must(client_open(&d->env.client, &setup, &why) == 0);
	options_init(&d->options, cmd_option, cmd_options);
	d->env.options = &d->options;
}

static void
play_complete(struct desk_fuzz *d, const char *line, size_t n, size_t at)
{
	struct candidates c = {0};
	size_t from = 0;

	at = n > 0 ? at % (n + 1) : 0;
	complete(&d->env, line, at, &from, &c);
	must(c.n == 0 || from <= at);
	for (size_t i = 0; i < c.n; i++)
		must(strncmp(c.s[i], line + from, at - from) == 0);
	candidates_free(&c);
}

static void
play_paste(struct desk_fuzz *d, const char *text, size_t n)
{
	struct screen *s = client_screen(d->env.client);
	char *why = NULL;

	paste_put(&d->env, text, n);
	must(utf8_valid(s->edit.s, s->edit.n));
	if (s->ask == ASK_PASTE)
		must(ask_key(&d->env, "Escape", &why) == 1);
	must(s->ask == ASK_NONE);
	edit_set(&s->edit, "");
	free(why);
}

/* Rows that reach out of the process, or end it, are not for a fuzzer. */
static bool
runs(const char *line)
{
	size_t n = strcspn(line, " \t\n");
	const struct cmd_row *row = cmd_find(line, n);

	return row == NULL || (strcmp(row->name, "init") != 0 &&
	    strcmp(row->name, "doctor") != 0);
}

static void
play_line(struct desk_fuzz *d, const char *line)
{
	struct buf out = {0};
	char *why = NULL;

	if (cmd_valid(line, &why) != 0)
		must(why != NULL && *why != '\0');
	free(why);
	why = NULL;
	if (runs(line + strspn(line, " \t\n")) &&
	    cmd_line(&d->env, line, &why) != 0)
		must(why != NULL && *why != '\0');
	free(why);
	/* a question that it opened is not the next line's */
	client_screen(d->env.client)->ask = ASK_NONE;
	help_text(&d->env, line, &out);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct desk_fuzz d;
	struct rd in = rd_of(bytes_of(data, size));
	uint8_t op = rd_u8(&in), at = rd_u8(&in);
	struct bytes rest = rd_rest(&in);
	char *text = mem_alloc(rest.n + 1), *why = NULL;
	struct buf kept = {0};

	if (d.loop == NULL)
		desk_start(&d);
	if (rest.n > 0)
		memcpy(text, rest.p, rest.n);
	d.env.keys = keymap_new();
	if (op % 4 == 0)
		play_complete(&d, text, strlen(text), at);
	else if (op % 4 == 1)
		play_paste(&d, text, rest.n);
	else if (op % 4 == 2)
		play_line(&d, text);
	else
		keymap_load(d.env.keys, text);
	keymap_save(d.env.keys, &kept);
	buf_free(&kept);
	keymap_free(d.env.keys);
	d.env.quit = false;
	must(client_fresh(d.env.client));
	free(text);
	free(why);
	return 0;
}
