/* SPDX-License-Identifier: ISC */
/*
 * Consoles: whoever drives the client without its screen. One on standard
 * output for a verb of the shell, one per caller of the control socket. Each
 * has its own env, so that what one asks is answered to it alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "console_priv.h"

#define CONSOLES_MAX 32

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
	    .out = &c->out, .pass = from->pass, .qr = from->qr,
	    .terminal = !socket && isatty(STDOUT_FILENO)};
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
	free(c->env.late);
	free(c);
}

static void
on_line(void *arg, struct local *local, char *line, size_t n)
{
	struct console *c = local_arg(local);

	(void)arg;
	if (c != NULL)
		console_hear(c, line, n);
}

/* The tacet at the other end would take silence for our end. */
static void
turn_away(struct local *local)
{
	char *text = mem_format("e%d others are being served by the running "
	    "tacet: end one of them, or try again later\nx%d\n",
	    CONSOLES_MAX, EXIT_REFUSED);

	local_set_arg(local, NULL);     /* it was ours until now */
	local_put(local, bytes_of(text, strlen(text)));
	local_close(local);
	free(text);
}

static void
on_open(void *arg, struct local *local)
{
	struct consoles *all = arg;

	if (all->count >= CONSOLES_MAX) {
		turn_away(local);
		return;
	}
	local_set_arg(local, console_new(all, local, true));
}

static bool
drained(struct env *env)
{
	return client_quiet(env->client) || cmd_waited(env);
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
	/* the end of standard input; what was said still goes out */
	c->local = NULL;
	if (c->env.answers != NULL) {
		/* nobody is there to compare the words */
		if (client_link(c->env.client) != NULL &&
		    client_link(c->env.client)->step <= LINKUP_COMPARE)
			client_link_stop(c->env.client);
		return;
	}
	c->env.deadline = clock_mono(loop_clock(client_loop(c->env.client))) +
	    options_int(c->env.options, "timeout");
	c->env.until = drained;
	timer_set(c->all->timer, options_int(c->env.options, "timeout") + 1);
}

/* C-c: what goes on between two devices is ended on both, and that is said;
 * false: nothing here minds. */
bool
consoles_stop(struct consoles *all)
{
	for (struct console *c = all->first; c != NULL; c = c->next)
		if (!c->socket && !c->over && c->env.answers != NULL &&
		    client_link_ends(c->env.client)) {
			client_link_stop(c->env.client);
			return true;
		}
	return false;
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
		/* what a caller waits for has begun: not to be done again */
		if (c->socket && !c->over && c->env.until != NULL &&
		    !c->env.watch) {
			cmd_late(&c->env, EXIT_LATER, "tacet ends; what was "
			    "begun is kept and goes on when it next runs");
			console_finish(c);
		}
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
	    "help", "set", "send", "address", "passwd", "backup", "restore"};

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
		if (client_quiet(client))
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

/* More lines for this verb come from standard input. */
static void
listen_on(struct console *c)
{
	if (local_over(&c->local, client_loop(c->env.client), STDIN_FILENO,
	    STDOUT_FILENO, &on_local, c->all) == 0)
		local_set_arg(c->local, c);
	else
		console_finish(c);
}

static void
run_pending(struct console *c)
{
	int argc = c->argc;

	if (argc == 0 || !has_news(c))
		return;
	c->argc = 0;
	console_words(c, argc, c->argv);
	if (c->env.answers != NULL && !c->over && !c->socket)
		listen_on(c);
}

void
consoles_run(struct consoles *all, int argc, char **argv, bool json)
{
	struct console *c = console_new(all, NULL, false);
	const struct cmd_row *row = cmd_find(argv[0], strlen(argv[0]));
	bool lines = row != NULL && strcmp(row->name, "run") == 0;

	c->env.json = json;
	if (row != NULL && needs_news(row->name) &&
	    !client_fresh(all->shared->client)) {
		c->argc = argc;
		c->argv = argv;
		console_clock(c);
		return;
	}
	console_words(c, argc, argv);
	if ((!lines && c->env.answers == NULL) || c->over)
		return;
	c->env.lines = lines;
	listen_on(c);
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
		console_put_lines(c, 'o', &b);
	}
	buf_free(&b);
}

void
consoles_turn(struct consoles *all)
{
	bool over;

	for (struct console *c = all->first; c != NULL; c = c->next) {
		run_pending(c);
		over = !c->over && !c->deaf && c->env.until != NULL &&
		    c->env.until(&c->env);
		/* a verb that takes time is heard while it does */
		if (!c->over && c->env.until != NULL && !c->env.lines)
			console_flush(c);
		if (c->deaf && !c->over)
			c->env.status = EXIT_REFUSED;
		if (!c->over && (c->deaf || over))
			console_finish(c);
	}
}
