/* SPDX-License-Identifier: ISC */
/*
 * The other end of the control socket: a verb of the shell runs inside the
 * process that has the profile open, and its answer is printed here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"

#define LAST_TURNS 50
#define LAST_TURN_MS 20

struct call {
	struct local *to, *in;
	int status;
	bool over;
};

static void
on_answer(void *arg, struct local *local, char *line, size_t n)
{
	struct call *call = arg;
	FILE *out = line[0] == 'e' ? stderr : stdout;

	(void)local;
	if (n == 0)
		return;
	if (line[0] == 'x') {
		call->status = (int)strtol(line + 1, NULL, 10);
		call->over = true;
		return;
	}
	(void)fwrite(line + 1, 1, n - 1, out);
	(void)fputc('\n', out);
	(void)fflush(out);
}

static void
on_end(void *arg, struct local *local, int err)
{
	struct call *call = arg;

	(void)local;
	(void)err;
	if (!call->over) {
		(void)fprintf(stderr, "tacet: the running tacet has ended; "
		    "try again\n");
		call->status = EXIT_REFUSED;
	}
	call->to = NULL;
	call->over = true;
}

static void
on_typed(void *arg, struct local *local, char *line, size_t n)
{
	struct call *call = arg;
	struct buf b = {.secret = true};

	(void)local;
	buf_put(&b, line, n);
	buf_u8(&b, '\n');
	if (call->to != NULL)
		local_put(call->to, buf_view(&b));
	buf_free(&b);
}

static void
on_typed_end(void *arg, struct local *local, int err)
{
	static const char quit[] = "quit\n";
	struct call *call = arg;

	(void)local;
	(void)err;
	call->in = NULL;
	if (call->to != NULL)
		local_put(call->to, bytes_of(quit, strlen(quit)));
}

static void
ask_word(struct buf *b, const char *before, const char *word)
{
	buf_u8(b, 0x1f);
	buf_string(b, before);
	for (const char *p = word; *p != '\0'; p++) {
		if (*p == '\n' || *p == 0x1e || *p == 0x1f)
			buf_u8(b, 0x1e);
		buf_u8(b, (uint8_t)(*p == '\n' ? 'n' : *p == 0x1f ? 'u' :
		    *p == 0x1e ? 'r' : *p));
	}
}

/* The other process has another folder under its feet. */
static void
ask_place(struct buf *b, const struct options *o)
{
	const char *folder = options_string(o, "film-folder");
	char *whole = realpath(folder, NULL);

	if (options_given(o, "sink"))
		ask_word(b, "--sink=", options_string(o, "sink"));
	if (options_given(o, "film-folder"))
		ask_word(b, "--film-folder=", whole != NULL ? whole : folder);
	free(whole);
}

/* The caller's own options go along, see console_line.c. */
static void
ask(struct call *call, int argc, char **argv, const struct options *o)
{
	bool run = cmd_is(argv[0], "run");
	struct buf b = {.secret = true};

	buf_format(&b, "%c%c%c%lld", run ? 'R' : 'W',
	    options_bool(o, "json") ? 'j' : 't', options_string(o, "wait")[0],
	    (long long)options_int(o, "timeout"));
	if (cmd_is(argv[0], "play"))
		ask_place(&b, o);
	for (int i = 0; !run && i < argc; i++)
		ask_word(&b, "", argv[i]);
	buf_u8(&b, '\n');
	local_put(call->to, buf_view(&b));
	buf_free(&b);
}

int
console_call(struct loop *loop, const char *profile, int argc, char **argv,
    const struct options *options)
{
	static const struct local_events on = {.line = on_answer,
	    .closed = on_end};
	static const struct local_events typed = {.line = on_typed,
	    .closed = on_typed_end};
	struct call call = {0};
	char *path = path_join(profile, CONTROL_NAME);
	int err = local_dial(&call.to, loop, path, &on, &call);

	free(path);
	if (err != 0)
		return ERR_NONE;
	ask(&call, argc, argv, options);
	if (cmd_is(argv[0], "run"))
		err = local_over(&call.in, loop, STDIN_FILENO, STDOUT_FILENO,
		    &typed, &call);
	while (err == 0 && !call.over)
		err = loop_hear(loop, -1);
	if (call.in != NULL)
		local_close(call.in);
	if (call.to != NULL)
		local_close(call.to);
	/* they end in turns to come, and still know `call` until then */
	for (int i = 0; i < LAST_TURNS && (call.in != NULL || call.to != NULL);
	    i++)
		(void)loop_hear(loop, LAST_TURN_MS);
	return err != 0 ? EXIT_REFUSED : call.status;
}
