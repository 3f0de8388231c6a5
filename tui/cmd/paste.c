/* SPDX-License-Identifier: ISC */
/*
 * What is pasted: made plain, and when it has several lines, asked about before
 * any of it is sent. While a question is open one line of it is an answer.
 */
#include <stdlib.h>

#include "cmd.h"

static struct screen *
screen_of(struct env *env)
{
	return client_screen(env->client);
}

static void
say(struct env *env, bool bad, const char *text)
{
	client_hint(env->client, bad, "%s", text);
}

/* What a terminal may hand over as pasted text, made plain: no control but the
 * newline, so that nothing in it can act as a key. */
static void
paste_clean(const char *text, size_t n, struct buf *out)
{
	size_t used;
	uint32_t c;
	char s[4];

	for (size_t i = 0; i < n; i += used) {
		c = utf8_get(text + i, n - i, &used);
		if (c == '\r') {
			/* terminals send it for a newline */
			if (i + 1 < n && text[i + 1] == '\n')
				continue;
			c = '\n';
		}
		if (c == '\t')
			c = ' ';
		if (c == '\n' || (c >= ' ' && c < 127) || c >= 0xa0)
			buf_put(out, s, utf8_put(s, c));
	}
	while (out->n > 0 && out->p[out->n - 1] == '\n')
		out->n--;
}

static size_t
count_lines(const struct buf *b)
{
	size_t n = b->n > 0;

	for (size_t i = 0; i < b->n; i++)
		n += b->p[i] == '\n';
	return n;
}

static bool
paste_insert(struct env *env, const char *text, size_t n)
{
	if (edit_insert(&screen_of(env)->edit, text, n) == 0)
		return true;
	say(env, true, "that is too much for the input line; from a shell: "
	    "tacet send WHO < FILE");
	return false;
}

static void
paste_ask(struct env *env, const struct buf *b, size_t lines)
{
	struct screen *s = screen_of(env);

	ask_stop(s);
	s->ask_text = mem_alloc(b->n + 1);
	if (b->n > 0)
		memcpy(s->ask_text, b->p, b->n);
	s->ask = ASK_PASTE;
	client_hint(env->client, false, "%zu lines, %zu bytes pasted", lines,
	    b->n);
}

/* An answer has one line. */
static void
paste_answer(struct env *env, const struct buf *b)
{
	size_t one = 0;

	while (one < b->n && b->p[one] != '\n')
		one++;
	(void)paste_insert(env, (const char *)b->p, one);
}

static void
paste_text(struct env *env, const char *text, size_t n)
{
	size_t most = (size_t)options_int(env->options, "paste-lines"), lines;
	struct screen *s = screen_of(env);
	struct buf b = {.secret = true};

	if (s->ask == ASK_PASTE) {
		/* one more while the first still waits: both */
		buf_string(&b, s->ask_text);
		buf_u8(&b, '\n');
	}
	paste_clean(text, n, &b);
	lines = count_lines(&b);
	if (s->ask == ASK_PASTE || (s->ask == ASK_NONE && lines >= most &&
	    defence(paste)))
		paste_ask(env, &b, lines);
	else if (s->ask == ASK_NONE && b.n > 0)
		(void)paste_insert(env, (const char *)b.p, b.n);
	else if (b.n > 0)
		paste_answer(env, &b);
	buf_free(&b);
}

void
paste_put(struct env *env, const char *text, size_t n)
{
	enum ask ask = screen_of(env)->ask;

	if (ask == ASK_SLASH || ask == ASK_QUIT)
		say(env, true, "nothing was pasted: answer the question with "
		    "y or n first");
	else
		paste_text(env, text, n);
}

static int
paste_send(struct env *env, char **why)
{
	struct screen *s = screen_of(env);
	struct talk *t = client_talk(env->client, s->talk);
	uint8_t id[WIRE_ID];
	int err;

	if (t == NULL)
		return cmd_refuse(why, ERR_STATE, "nobody would read this: "
		    "open a conversation with /talk NAME");
	err = client_send(env->client, t, s->ask_text, strlen(s->ask_text), id,
	    why);
	if (err == 0)
		ask_stop(s);
	return err;
}

int
paste_key(struct env *env, const char *key, char **why)
{
	struct screen *s = screen_of(env);
	int err;

	if (strcmp(key, "Enter") == 0)
		return (err = paste_send(env, why)) < 0 ? err : 1;
	if (strcmp(key, "e") == 0) {
		if (paste_insert(env, s->ask_text, strlen(s->ask_text)))
			ask_stop(s);
	} else if (strcmp(key, "Escape") == 0) {
		ask_stop(s);
		say(env, false, "dropped");
	}
	return 1;
}
