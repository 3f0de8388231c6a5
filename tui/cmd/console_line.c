/* SPDX-License-Identifier: ISC */
/*
 * What is said on a console: command lines and verbs in, answers out, as text
 * or as JSON lines.
 *
 * On the socket the first line says what is wanted: `W` (one verb) or `R`
 * (command lines follow), `j` or `t`, the first letter of the caller's `wait`,
 * its timeout in ms, and for `W` the words, each after an US (0x1f), those of
 * `play` behind --sink=X and --film-folder=X of its caller. In them a RS (0x1e)
 * stands for itself as `RS r`, for US as `RS u`, for a newline as `RS n`.
 * Answers are lines that start with `o` (output), `e` (a refusal) or `x` (the
 * exit status, the last one).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "console_priv.h"

#define CLEAR "\r\033[K"
#define FIELD '\x1f'
#define TIMEOUT_MAX_MS (3600 * 1000)

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

/* What is drawn over itself may not break into a second line. */
static void
line_fits(struct buf *b, const char *s, size_t n)
{
	struct winsize ws = {0};
	size_t cols = 79;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 1)
		cols = ws.ws_col - 1u;
	while (n > 0 && width_text(s, n) > cols)
		n--;
	while (n > 0 && ((unsigned char)s[n - 1] & 0xc0) == 0x80 &&
	    !utf8_valid(s, n))
		n--;
	buf_put(b, s, utf8_valid(s, n) ? n : 0);
}

void
console_put(struct console *c, char kind, const char *s, size_t n)
{
	struct buf b = {.secret = true};

	bool over = !c->socket && n > 0 && s[0] == '\r';

	if (c->socket)
		buf_u8(&b, (uint8_t)kind);
	else if (c->drawn)
		buf_string(&b, CLEAR);
	c->drawn = over;
	if (over)
		line_fits(&b, s + 1, n - 1);
	else
		buf_put(&b, s, n);
	if (!over)
		buf_u8(&b, '\n');
	if (c->local != NULL)
		local_put(c->local, buf_view(&b));
	else if (!put_direct(kind == 'e' ? STDERR_FILENO : STDOUT_FILENO,
	    (const char *)b.p, b.n) && kind != 'e')
		c->deaf = true;
	buf_free(&b);
}

void
console_put_lines(struct console *c, char kind, const struct buf *text)
{
	const char *s = (const char *)text->p;
	size_t at = 0;

	for (size_t i = 0; i < text->n; i++)
		if (s[i] == '\n') {
			console_put(c, kind, s + at, i - at);
			at = i + 1;
		}
	if (at < text->n)
		console_put(c, kind, s + at, text->n - at);
}

void
console_flush(struct console *c)
{
	console_put_lines(c, 'o', &c->out);
	buf_clear(&c->out);
}

static void
refuse(struct console *c, int err, const char *why)
{
	char *text = cmd_speak(&c->env, why != NULL ? why : err_text(err));

	console_put(c, 'e', text, strlen(text));
	free(text);
}

void
console_finish(struct console *c)
{
	char status[16];

	if (c->over)
		return;
	console_flush(c);
	if (c->env.late != NULL)
		refuse(c, 0, c->env.late);
	c->over = true;
	if (c->socket) {
		(void)snprintf(status, sizeof(status), "%d", c->env.status);
		console_put(c, 'x', status, strlen(status));
		local_close(c->local);
		return;
	}
	c->all->shared->status = c->env.status;
	c->all->shared->quit = true;
}

/* ---- verbs ---- */

static int
status_of(int err)
{
	return err == 0 ? 0 : err == ERR_INPUT ? EXIT_USAGE :
	    err == ERR_PASS ? EXIT_PASS : EXIT_REFUSED;
}

void
console_clock(struct console *c)
{
	int64_t ms = c->env.timeout > 0 ? c->env.timeout :
	    options_int(c->env.options, "timeout");

	c->env.deadline = clock_mono(loop_clock(client_loop(c->env.client))) +
	    ms;
	/* the turn that follows finds the deadline passed */
	timer_set(c->all->timer, ms + 1);
}

void
console_words(struct console *c, int argc, char **argv)
{
	char *why = NULL;
	int err;

	console_clock(c);
	err = cmd_words(&c->env, argc, argv, &why);
	if (err != 0) {
		refuse(c, err, why);
		c->env.status = status_of(err);
	}
	free(why);
	if (err != 0 || c->env.until == NULL)
		console_finish(c);
	else
		console_flush(c);
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
	console_put(c, 'o', (const char *)b.p, b.n);
	buf_free(&b);
	buf_clear(&c->out);
}

/* What is typed to a verb that asks goes to it. */
static void
run_answer(struct console *c, const char *line)
{
	char *all = mem_format("%s %s", c->env.answers, line), *why = NULL;

	if (cmd_line(&c->env, all, &why) != 0 && why != NULL)
		(void)fprintf(stderr, "tacet: %s\n", why);
	free(why);
	free(all);
}

static void
run_line(struct console *c, const char *line)
{
	char *why = NULL;
	int err;

	if (c->env.answers != NULL) {
		run_answer(c, line);
		return;
	}

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
		console_flush(c);
		if (err != 0)
			refuse(c, err, why);
	}
	free(why);
	c->env.until = NULL;
	if (c->env.quit)
		console_finish(c);
}

/* ---- the socket's first line ---- */

static void
first_word(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++, to++) {
		*to = *s;
		if (*s == '\x1e' && s[1] != '\0')
			*to = *++s == 'n' ? '\n' : *s == 'u' ? FIELD : '\x1e';
	}
	*to = '\0';
}

/* Where a caller of `play` wants it; false: that is no such word. */
static bool
first_place(struct console *c, const char *word)
{
	static const char sink[] = "--sink=", folder[] = "--film-folder=";

	if (strncmp(word, sink, strlen(sink)) == 0)
		c->env.sink = word + strlen(sink);
	else if (strncmp(word, folder, strlen(folder)) == 0)
		c->env.folder = word + strlen(folder);
	else
		return false;
	return true;
}

static void
first_words(struct console *c, char *s)
{
	char *argv[WORDS_MAX + 2];
	int argc = 0, skip = 0;

	while (argc < WORDS_MAX + 1) {
		char *end = strchr(s, FIELD);

		argv[argc++] = s;
		if (end != NULL)
			*end = '\0';
		first_word(s);
		if (end == NULL)
			break;
		s = end + 1;
	}
	argv[argc] = NULL;
	for (s = argv[skip]; skip < argc - 1 && first_place(c, s); s = argv[skip])
		skip++;
	console_words(c, argc - skip, argv + skip);
	c->env.sink = c->env.folder = NULL;     /* they lie in the line */
}

/* After the kind of call: how far and how long its caller waits. NULL: it is
 * no such line; else the words. */
static char *
first_options(struct console *c, char *s)
{
	static const char *const wait[] = {"none", "relay", "device"};
	long long ms;
	char *end;

	for (size_t i = 0; i < COUNT(wait); i++)
		if (*s == wait[i][0])
			c->env.wait = wait[i];
	if (c->env.wait == NULL || s[1] < '0' || s[1] > '9')
		return NULL;
	ms = strtoll(s + 1, &end, 10);
	c->env.timeout = ms < 1 ? 1 : ms > TIMEOUT_MAX_MS ? TIMEOUT_MAX_MS : ms;
	if (*end == FIELD)
		return end + 1;
	return *end == '\0' ? end : NULL;
}

static void
refuse_call(struct console *c, int status, const char *why)
{
	console_put(c, 'e', why, strlen(why));
	c->env.status = status;
	console_finish(c);
}

void
console_hear(struct console *c, char *line, size_t n)
{
	char *words;

	if (c->over)
		return;
	if (c->told || !c->socket) {
		run_line(c, line);
		return;
	}
	c->told = true;
	words = n > 3 && (line[0] == 'W' || line[0] == 'R') ?
	    first_options(c, line + 2) : NULL;
	if (words == NULL) {
		refuse_call(c, EXIT_USAGE, "this tacet does not understand "
		    "that one: end the older of the two and start it again");
		return;
	}
	if (client_locked(c->env.client)) {
		refuse_call(c, EXIT_PASS, "the running tacet is locked: "
		    "unlock it there first");
		return;
	}
	c->env.json = line[1] == 'j';
	c->env.lines = c->env.watch = line[0] == 'R';
	if (line[0] == 'W')
		first_words(c, words);
}
