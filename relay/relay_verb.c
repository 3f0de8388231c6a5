/* SPDX-License-Identifier: ISC */
/*
 * The operator's side of the control socket: a line to the relay that runs,
 * its answer to the terminal, and the exit code that this makes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "relay.h"

#define VERB_MS 10000           /* for an answer */

struct verb {
	int code;               /* -1: no last line yet */
	bool over;
};

/* ok, error, note: to the right stream, without the word for `ok`. */
static int
verb_line(const char *line, size_t n)
{
	if (n > 6 && memcmp(line, "error ", 6) == 0) {
		(void)fprintf(stderr, "tacetd: %.*s\n", (int)(n - 6), line + 6);
		return 1;
	}
	if (n > 5 && memcmp(line, "note ", 5) == 0) {
		(void)fprintf(stderr, "tacetd: %.*s\n", (int)(n - 5), line + 5);
		return -1;
	}
	if (n > 3 && memcmp(line, "ok ", 3) == 0) {
		(void)printf("%.*s\n", (int)(n - 3), line + 3);
		return 0;
	}
	(void)printf("%.*s\n", (int)n, line);
	return -1;
}

int
verb_show(struct bytes text)
{
	const char *p = (const char *)text.p, *stop = p + text.n, *end;
	int code = -1;

	for (; p < stop && (end = memchr(p, '\n', (size_t)(stop - p)));
	    p = end + 1)
		code = verb_line(p, (size_t)(end - p));
	return code < 0 ? 1 : code;
}

static void
verb_got(void *arg, struct local *l, char *line, size_t n)
{
	struct verb *v = arg;

	v->code = verb_line(line, n);
	mem_wipe(line, n);
	if (v->code >= 0)
		local_close(l);
}

static void
verb_closed(void *arg, struct local *l, int err)
{
	struct verb *v = arg;

	(void)l;
	(void)err;
	v->over = true;
}

int
verb_ask(struct loop *loop, const char *data, const char *line)
{
	static const struct local_events on = {
		.line = verb_got, .closed = verb_closed,
	};
	char *path = path_join(data, "control"), *text;
	int64_t end = clock_mono(&clock_system) + VERB_MS;
	struct verb v = {.code = -1};
	struct local *l;
	int err = local_dial(&l, loop, path, &on, &v);

	free(path);
	if (err)
		return err;
	text = mem_format("%s\n", line);
	local_put(l, bytes_of(text, strlen(text)));
	mem_wipe(text, strlen(text));
	free(text);
	while (!v.over && clock_mono(&clock_system) < end)
		(void)loop_hear(loop, 100);
	if (v.code < 0)
		(void)fprintf(stderr, "tacetd: the running relay gave no "
		    "answer: look at its log\n");
	return v.code < 0 ? 1 : v.code;
}
