/* SPDX-License-Identifier: ISC */
/*
 * Completion: which word is meant is said by the usage string of its row, and
 * each kind of word has one source of candidates.
 */
#include <stdlib.h>

#include "cmd.h"

struct wanted {
	struct env *env;
	const char *prefix;
	size_t n;
	struct candidates *out;
	const struct words *before;     /* the words already typed */
};

static void
offer(struct wanted *w, const char *s)
{
	struct candidates *c = w->out;

	if (strncmp(s, w->prefix, w->n) != 0)
		return;
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->s[i], s) == 0)
			return;
	if (c->n == c->cap) {
		c->cap = c->cap == 0 ? 16 : c->cap * 2;
		c->s = mem_grow(c->s, c->cap, sizeof(*c->s));
	}
	c->s[c->n++] = mem_string(s);
}

static void
offer_choices(struct wanted *w, const char *choices)
{
	char *copy = mem_string(choices), *save = NULL;

	for (char *s = strtok_r(copy, "|", &save); s != NULL;
	    s = strtok_r(NULL, "|", &save))
		offer(w, s);
	free(copy);
}

static void
offer_people(struct wanted *w)
{
	for (size_t i = 0; i < client_people(w->env->client); i++)
		offer(w, client_person_at(w->env->client, i)->name.s);
}

static void
offer_rooms(struct wanted *w)
{
	for (size_t i = 0; i < client_talks(w->env->client); i++)
		if (talk_is_room(client_talk_at(w->env->client, i)))
			offer(w, client_talk_at(w->env->client, i)->title.s);
}

static void
offer_views(struct wanted *w)
{
	for (size_t i = 0; i < VIEW_COUNT; i++)
		if (i != VIEW_first && i != VIEW_lock)
			offer(w, view_row[i].name);
}

static void
offer_options(struct wanted *w)
{
	for (size_t i = 0; i < cmd_options; i++)
		offer(w, cmd_option[i].name);
}

static void
offer_values(struct wanted *w)
{
	if (w->before->n < 1)
		return;
	for (size_t i = 0; i < cmd_options; i++)
		if (strcmp(cmd_option[i].name, w->before->w[0]) == 0) {
			if (cmd_option[i].type == OPT_CHOICE)
				offer_choices(w, cmd_option[i].choices);
			else if (cmd_option[i].type == OPT_BOOL)
				offer_choices(w, "yes|no");
			else
				offer(w, cmd_option[i].initial);
		}
}

static void
offer_commands(struct wanted *w)
{
	for (size_t i = 0; i < cmd_rows; i++)
		if (cmd_row[i].where & CMD_P)
			offer(w, cmd_row[i].name);
}

static void
offer_keys(struct wanted *w)
{
	for (size_t i = 0; i < key_rows; i++)
		offer(w, key_row[i].name);
}

static void
offer_topics(struct wanted *w)
{
	offer_commands(w);
	offer_options(w);
	offer_keys(w);
}

static const struct {
	const char *kind;
	void (*offer)(struct wanted *);
} source[] = {
	{"WHO", offer_people}, {"NAME", offer_people}, {"VIEW", offer_views},
	{"OPTION", offer_options}, {"VALUE", offer_values},
	{"COMMAND", offer_commands}, {"KEY", offer_keys},
	{"TOPIC", offer_topics}, {"ROOM", offer_rooms},
};

static void
offer_kind(struct wanted *w, const char *kind)
{
	for (size_t i = 0; i < COUNT(source); i++)
		if (strcmp(source[i].kind, kind) == 0)
			source[i].offer(w);
	if (strchr(kind, '|') != NULL)
		offer_choices(w, kind);
}

/* The words between the verb and the one under the cursor. */
static void
words_before(const char *line, size_t end, struct words *w)
{
	size_t at = strcspn(line, " ");

	while (at < end && w->n < WORDS_MAX) {
		size_t n;

		at += strspn(line + at, " ");
		if (at >= end)
			return;
		n = strcspn(line + at, " ");
		if (at + n >= end + 1)
			n = end - at;
		w->w[w->n] = mem_alloc(n + 1);
		memcpy(w->w[w->n++], line + at, n);
		at += n;
	}
}

/* Where argument i of a line starts. */
static size_t
word_start(const char *line, size_t i)
{
	size_t at = strcspn(line, " ");

	for (;;) {
		at += strspn(line + at, " ");
		if (i-- == 0)
			return at;
		at += strcspn(line + at, " ");
	}
}

static void
complete_argument(struct wanted *w, const char *line, size_t from)
{
	const struct cmd_row *row = cmd_find(line, strcspn(line, " "));
	struct words before = {0};
	char kind[256];
	bool optional, rest = false, known;
	size_t i, at;

	if (row == NULL)
		return;
	words_before(line, from, &before);
	w->before = &before;
	i = before.n;
	while (!(known = usage_word(row->usage, i, kind, sizeof(kind),
	    &optional, &rest)) && i > 0)
		i--;            /* past the end: inside a `...` */
	if (known && i == before.n) {
		offer_kind(w, kind);
	} else if (known && rest && strcmp(kind, "COMMAND") == 0) {
		/* a command line within the line */
		at = word_start(line, i);
		complete_argument(w, line + at, from - at);
	}
	for (i = 0; i < before.n; i++)
		free(before.w[i]);
	w->before = NULL;
}

void
complete(struct env *env, const char *line, size_t at, size_t *from,
    struct candidates *out)
{
	struct wanted w = {env, NULL, 0, out, NULL};
	size_t start = at;

	while (start > 0 && line[start - 1] != ' ' && line[start - 1] != '\n')
		start--;
	*from = start;
	w.prefix = line + start;
	w.n = at - start;
	if (line[0] != '/') {
		if (at > start)         /* a name inside a text */
			offer_people(&w);
		return;
	}
	if (at == 0)
		return;
	if (start == 0) {
		*from = 1;
		w.prefix = line + 1;
		w.n = at - 1;
		offer_commands(&w);
		return;
	}
	complete_argument(&w, line + 1, start - 1);
}

void
candidates_free(struct candidates *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->s[i]);
	free(c->s);
	memset(c, 0, sizeof(*c));
}
