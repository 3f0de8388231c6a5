/* SPDX-License-Identifier: ISC */
/*
 * Consoles: whoever drives the client without its screen. One on standard
 * output for a verb of the shell, one per caller of the control socket. Each
 * has its own env, so that what one asks is answered to it alone.
 *
 * On the socket the first line says what is wanted: `W`, `j` or `t`, then the
 * words of a verb, separated by US (0x1f), newlines as RS (0x1e); or `R` and
 * `j` or `t`: command lines follow. Answers are lines that start with `o`
 * (output), `e` (a refusal) or `x` (the exit status, the last one).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"

#define CONSOLES_MAX 32
#define FIELD '\x1f'
#define NEWLINE '\x1e'

struct console {
	struct consoles *all;
	struct local *local;    /* NULL: straight to standard output */
	bool socket, told, over;
	bool deaf;              /* standard output is closed */
	struct env env;
	struct buf out;
	unsigned n;             /* lines answered */
	int argc;               /* a verb that waits for the relay's news */
	char **argv;
	struct console *next;
};
struct consoles {
	struct env *shared;
	struct console *first;
	struct local_listener *listener;
	struct timer *timer;
	unsigned count;
};

/* ---- output ---- */

/* False: nobody reads any more. */
static bool
put_direct(int fd, const char *s, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, s, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		s += w;
		n -= (size_t)w;
	}
	return true;
}

static void
put_line(struct console *c, char kind, const char *s, size_t n)
{
	struct buf b = {.secret = true};

	if (c->socket)
		buf_u8(&b, (uint8_t)kind);
	buf_put(&b, s, n);
	buf_u8(&b, '\n');
	if (c->local != NULL)
		local_put(c->local, buf_view(&b));
	else if (!put_direct(kind == 'e' ? STDERR_FILENO : STDOUT_FILENO,
	    (const char *)b.p, b.n) && kind != 'e')
		c->deaf = true;
	buf_free(&b);
}

static void
put_lines(struct console *c, char kind, const struct buf *text)
{
	const char *s = (const char *)text->p;
	size_t at = 0;

	for (size_t i = 0; i < text->n; i++)
		if (s[i] == '\n') {
			put_line(c, kind, s + at, i - at);
			at = i + 1;
		}
	if (at < text->n)
		put_line(c, kind, s + at, text->n - at);
}

static void
flush(struct console *c)
{
	put_lines(c, 'o', &c->out);
	buf_clear(&c->out);
}

static void
finish(struct console *c)
{
	char status[16];

	if (c->over)
		return;
	flush(c);
	c->over = true;
	if (c->socket) {
		(void)snprintf(status, sizeof(status), "%d", c->env.status);
		put_line(c, 'x', status, strlen(status));
		local_close(c->local);
		return;
	}
	c->all->shared->status = c->env.status;
	c->all->shared->quit = true;
}

/* ---- the console ---- */

static struct console *
console_new(struct consoles *all, struct local *local, bool socket)
{
	struct console *c = mem_alloc(sizeof(*c));
	struct env *from = all->shared;

	c->all = all;
	c->local = local;
	c->socket = socket;
	c->out.secret = true;
	c->env = (struct env){.client = from->client,
	    .options = from->options, .keys = from->keys, .shell = true,
	    .out = &c->out};
	c->next = all->first;
	all->first = c;
	all->count++;
	return c;
}

static void
console_free(struct console *c)
{
	struct console **p = &c->all->first;

	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	c->all->count--;
	buf_free(&c->out);
	free(c);
}

static int
status_of(int err)
{
	return err == 0 ? 0 : err == ERR_INPUT ? EXIT_USAGE :
	    err == ERR_PASS ? EXIT_PASS : EXIT_REFUSED;
}

static void
start_clock(struct console *c)
{
	int64_t ms = options_int(c->env.options, "timeout");

	c->env.deadline = clock_mono(loop_clock(client_loop(c->env.client))) +
	    ms;
	/* the turn that follows finds the deadline passed */
	timer_set(c->all->timer, ms + 1);
}

static void
run_words(struct console *c, int argc, char **argv)
{
	char *why = NULL;
	int err;

	start_clock(c);
	err = cmd_words(&c->env, argc, argv, &why);
	if (err != 0) {
		const char *text = why != NULL ? why : err_text(err);

		put_line(c, 'e', text, strlen(text));
		c->env.status = status_of(err);
	}
	free(why);
	if (err != 0 || c->env.until == NULL)
		finish(c);
}

/* ---- lines of `run` ---- */

static void
answer_json(struct console *c, int err, const char *why)
{
	struct buf b = {.secret = true};
	struct json j = json_to(&b);

	json_open(&j, NULL, '{');
	json_string(&j, "event", "answer");
	json_int(&j, "n", c->n);
	json_bool(&j, "ok", err == 0);
	if (err != 0) {
		json_string(&j, "error", err_name(err));
		json_string(&j, "why", why != NULL ? why : err_text(err));
	}
	if (err == 0 && c->env.until != NULL)
		json_hex(&j, "id", c->env.until_id, WIRE_ID);
	while (c->out.n > 0 && c->out.p[c->out.n - 1] == '\n')
		c->out.n--;
	json_bytes(&j, "text", buf_view(&c->out));
	json_close(&j, '}');
	put_line(c, 'o', (const char *)b.p, b.n);
	buf_free(&b);
	buf_clear(&c->out);
}

static void
run_line(struct console *c, const char *line)
{
	char *why = NULL;
	int err;

	while (*line == ' ' || *line == '/')
		line++;
	if (*line == '\0' || *line == '#')
		return;
	c->n++;
	c->env.until = NULL;
	err = cmd_line(&c->env, line, &why);
	if (c->env.json) {
		answer_json(c, err, why);
	} else {
		const char *text = why != NULL ? why : err_text(err);

		flush(c);
		if (err != 0)
			put_line(c, 'e', text, strlen(text));
	}
	free(why);
	c->env.until = NULL;
	if (c->env.quit)
		finish(c);
}

/* ---- the socket's first line ---- */

static void
first_words(struct console *c, char *s)
{
	char *argv[WORDS_MAX + 2];
	int argc = 0;

	while (argc < WORDS_MAX + 1) {
		char *end = strchr(s, FIELD);

		argv[argc++] = s;
		for (char *p = s; p < (end != NULL ? end : s + strlen(s)); p++)
			if (*p == NEWLINE)
				*p = '\n';
		if (end == NULL)
			break;
		*end = '\0';
		s = end + 1;
	}
	argv[argc] = NULL;
	run_words(c, argc, argv);
}

static void
on_line(void *arg, struct local *local, char *line, size_t n)
{
	struct console *c = local_arg(local);

	(void)arg;
	if (c == NULL || c->over)
		return;
	if (c->told || !c->socket) {
		run_line(c, line);
		return;
	}
	c->told = true;
	if (n < 2 || client_locked(c->env.client)) {
		static const char locked[] = "the running tacet is locked: "
		    "unlock it there first";

		put_line(c, 'e', locked, strlen(locked));
		c->env.status = EXIT_PASS;
		finish(c);
		return;
	}
	c->env.json = line[1] == 'j';
	c->env.lines = line[0] == 'R';
	c->env.watch = line[0] == 'R';
	if (line[0] == 'W')
		first_words(c, line + 2);
}

static void
on_open(void *arg, struct local *local)
{
	struct consoles *all = arg;

	if (all->count >= CONSOLES_MAX) {
		local_close(local);
		return;
	}
	local_set_arg(local, console_new(all, local, true));
}

static void
on_closed(void *arg, struct local *local, int err)
{
	struct console *c = local_arg(local);

	(void)arg;
	(void)err;
	if (c == NULL)
		return;
	if (c->socket) {
		console_free(c);
		return;
	}
	c->local = NULL;
	finish(c);              /* the end of standard input */
}

static const struct local_events on_local = {.open = on_open,
    .line = on_line, .closed = on_closed};

/* ---- all of them ---- */

static void
on_time(void *arg)
{
	(void)arg;              /* the turn that follows looks at `until` */
}

struct consoles *
consoles_new(struct env *shared)
{
	struct consoles *all = mem_alloc(sizeof(*all));

	all->shared = shared;
	all->timer = timer_new(client_loop(shared->client), on_time, all);
	return all;
}

void
consoles_free(struct consoles *all)
{
	if (all == NULL)
		return;
	if (all->listener != NULL)
		local_stop(all->listener);
	for (struct console *c = all->first, *next; c != NULL; c = next) {
		next = c->next;
		if (c->local != NULL) {
			local_set_arg(c->local, NULL);
			local_close(c->local);
		}
		console_free(c);
	}
	timer_free(all->timer);
	free(all);
}

int
consoles_serve(struct consoles *all, const char *profile)
{
	char *path = path_join(profile, CONTROL_NAME);
	int err = local_listen(&all->listener, client_loop(all->shared->client),
	    path, &on_local, all);

	free(path);
	return err;
}

/* Verbs that look at what the relay has, or answer it, come after the news; the
 * others say themselves how long they wait. */
static bool
needs_news(const char *verb)
{
	static const char *const no[] = {"init", "run", "watch", "doctor",
	    "help", "set", "send", "address"};

	for (size_t i = 0; i < COUNT(no); i++)
		if (strcmp(no[i], verb) == 0)
			return false;
	return true;
}

/* All is read, or there is nothing to be had for now. */
static bool
has_news(struct console *c)
{
	struct client *client = c->env.client;

	switch (client_online(client)) {
	case ONLINE_ON:
		if (client_settled(client, false))
			return true;
		break;
	case ONLINE_OFF:
	case ONLINE_STOP:
		return true;
	case ONLINE_WAIT:
		if (client_retry_at(client) != 0)
			return true;
		break;
	case ONLINE_DIAL:
	case ONLINE_SYNC:
		break;
	}
	return clock_mono(loop_clock(client_loop(client))) >= c->env.deadline;
}

static void
run_pending(struct console *c)
{
	int argc = c->argc;

	if (argc == 0 || !has_news(c))
		return;
	c->argc = 0;
	run_words(c, argc, c->argv);
}

void
consoles_run(struct consoles *all, int argc, char **argv, bool json)
{
	struct console *c = console_new(all, NULL, false);
	const struct cmd_row *row = cmd_find(argv[0], strlen(argv[0]));
	bool lines = row != NULL && strcmp(row->name, "run") == 0;
	int err;

	c->env.json = json;
	if (row != NULL && needs_news(row->name)) {
		c->argc = argc;
		c->argv = argv;
		start_clock(c);
		return;
	}
	run_words(c, argc, argv);
	if (!lines || c->over)
		return;
	c->env.lines = true;
	err = local_over(&c->local, client_loop(c->env.client), STDIN_FILENO,
	    STDOUT_FILENO, &on_local, all);
	if (err == 0)
		local_set_arg(c->local, c);
	else
		finish(c);
}

void
consoles_event(struct consoles *all, const struct event *e)
{
	struct buf b = {.secret = true};

	for (struct console *c = all->first; c != NULL; c = c->next) {
		if (!c->env.watch || c->over)
			continue;
		buf_clear(&b);
		if (c->env.json)
			event_json(c->env.client, e, &b);
		else
			event_text(c->env.client, e, &b);
		put_lines(c, 'o', &b);
	}
	buf_free(&b);
}

void
consoles_turn(struct consoles *all)
{
	for (struct console *c = all->first; c != NULL; c = c->next) {
		run_pending(c);
		if (c->deaf && !c->over)
			c->env.status = EXIT_REFUSED;
		if (!c->over && (c->deaf || (c->env.until != NULL &&
		    c->env.until(&c->env))))
			finish(c);
	}
}
