/* SPDX-License-Identifier: ISC */
/* The rules of the malicious relay: see mal.h. Knows nothing of playing. */
#include <stdio.h>
#include <stdlib.h>

#include "mal.h"
#include "tap.h"

#define WORDS_MAX 20

static const char *const mal_verb[MAL_VERBS] = {
	"drop", "duplicate", "delay", "reorder", "flip", "replace", "freeze",
	"rewind", "renumber", "reroute", "claim", "lie", "inject",
};

void
mal_open(struct mal *m, struct relay *r)
{
	memset(m, 0, sizeof(*m));
	m->relay = r;
	m->timer = timer_new(r->loop, mal_tick, m);
	r->evil = mal_said;
	r->evil_hear = mal_heard;
	r->evil_arg = m;
}

void
mal_clear(struct mal *m)
{
	struct mal_rule *u;
	size_t i, k;

	for (i = 0; i < m->rules; i++) {
		u = m->rule[i];
		for (k = 0; k < u->helds; k++)
			buf_free(&u->held[k]);
		free(u->held);
		buf_free(&u->data);
		free(u);
	}
	free(m->rule);
	m->rule = NULL;
	m->rules = 0;
}

void
mal_close(struct mal *m)
{
	size_t i;

	mal_clear(m);
	for (i = 0; i < m->lates; i++)
		buf_free(&m->late[i].frame);
	free(m->late);
	timer_free(m->timer);
	buf_free(&m->scratch);
	m->relay->evil = NULL;
	m->relay->evil_hear = NULL;
	memset(m, 0, sizeof(*m));
}

/* ---- reading a line ------------------------------------------------------ */

struct words {
	char *w[WORDS_MAX];
	size_t n, at;
};

static char *
word(struct words *s)
{
	return s->at < s->n ? s->w[s->at++] : NULL;
}

static bool
word_is(struct words *s, const char *what)
{
	if (s->at >= s->n || strcmp(s->w[s->at], what) != 0)
		return false;
	s->at++;
	return true;
}

static int
word_name(struct words *s, char name[static NAME_LEN + 1])
{
	const char *w = word(s);

	if (w == NULL || strlen(w) > NAME_LEN)
		return ERR_INPUT;
	memcpy(name, w, strlen(w) + 1);
	return 0;
}

static int
word_number(struct words *s, uint64_t *n)
{
	const char *w = word(s);
	char *end;

	if (w == NULL || *w == '\0')
		return ERR_INPUT;
	*n = strtoull(w, &end, 10);
	return *end == '\0' ? 0 : ERR_INPUT;
}

static int
rule_kind(struct words *s, struct mal_rule *u)
{
	const char *w = word(s);
	size_t i;

	u->commit = -1;
	if (w == NULL)
		return ERR_INPUT;
	if (strcmp(w, "commit") == 0 || strcmp(w, "text") == 0) {
		u->code = MSG_entry;
		u->commit = strcmp(w, "commit") == 0;
		return 0;
	}
	for (i = 0; i < msg_rows; i++)
		if (strcmp(msg_row[i].name, w) == 0) {
			u->code = msg_row[i].code;
			return 0;
		}
	return ERR_INPUT;
}

static int
rule_with(struct words *s, struct mal_rule *u)
{
	const char *path;

	if (word_is(s, "record") || word_is(s, "client"))
		return word_name(s, u->with);
	if (!word_is(s, "file"))
		return ERR_INPUT;
	path = word(s);
	return path != NULL ? path_read(path, 65536, &u->data) : ERR_INPUT;
}

static int
rule_rest(struct words *s, struct mal_rule *u)
{
	int err = 0;

	while (s->at < s->n && err == 0) {
		if (word_is(s, "of"))
			err = word_name(s, u->of);
		else if (word_is(s, "for"))
			err = word_name(s, u->client);
		else if (word_is(s, "with"))
			err = rule_with(s, u);
		else if (word_is(s, "by") || word_is(s, "to")) {
			u->has_by = true;
			err = word_number(s, &u->by);
		} else {
			err = ERR_INPUT;
		}
	}
	return err;
}

static int
rule_get(struct words *s, struct mal_rule *u, const char **why)
{
	const char *w;
	uint64_t n;
	int i;

	u->left = UINT32_MAX;
	if (word_is(s, "once"))
		u->left = 1;
	else if (s->n > 1 && strcmp(s->w[1], "times") == 0) {
		if (word_number(s, &n) != 0)
			return ERR_INPUT;
		u->left = (unsigned)n;
		s->at++;
	}
	w = word(s);
	for (i = 0; i < MAL_VERBS; i++)
		if (w != NULL && strcmp(mal_verb[i], w) == 0)
			break;
	*why = "no such verb";
	if (i == MAL_VERBS)
		return ERR_INPUT;
	u->verb = (enum mal_verb)i;
	*why = "no such message";
	if (rule_kind(s, u) != 0)
		return ERR_INPUT;
	*why = "[of NAME] [for CLIENT] [by N] [with record NAME | file PATH]";
	return rule_rest(s, u);
}

static void
rule_free(struct mal_rule *u)
{
	buf_free(&u->data);
	free(u);
}

int
mal_line(struct mal *m, const char *line, const char **why)
{
	char *copy = mem_string(line), *at = copy, *w;
	struct words s = {.n = 0};
	struct mal_rule *u;
	int err;

	while ((w = strsep(&at, " \t\n")) != NULL && s.n < WORDS_MAX)
		if (*w != '\0')
			s.w[s.n++] = w;
	if (s.n == 1 && strcmp(s.w[0], "clear") == 0) {
		mal_clear(m);
		free(copy);
		return 0;
	}
	u = mem_alloc(sizeof(*u));
	err = rule_get(&s, u, why);
	if (err == 0 && u->verb == MAL_INJECT) {
		*why = "nobody of that name is here";
		err = mal_inject(m, u);
		rule_free(u);
	} else if (err == 0) {
		m->rule = mem_grow(m->rule, m->rules + 1, sizeof(*m->rule));
		m->rule[m->rules++] = u;
	} else {
		rule_free(u);
	}
	free(copy);
	return err;
}

size_t
mal_rule(struct mal *m, const char *fmt, ...)
{
	const char *why = "";
	va_list ap;
	char *line;

	va_start(ap, fmt);
	line = mem_vformat(fmt, ap);
	va_end(ap);
	if (mal_line(m, line, &why) != 0)
		bail("rule '%s': %s", line, why);
	free(line);
	return m->rules - 1;
}

unsigned
mal_played(const struct mal *m, size_t rule)
{
	return rule < m->rules ? m->rule[rule]->played : 0;
}
