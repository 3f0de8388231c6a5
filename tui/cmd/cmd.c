/* SPDX-License-Identifier: ISC */
/*
 * Rows of cmd.def, and how a line becomes a call: split into words, matched,
 * checked by the row's usage, run. What a command says goes to whoever asked:
 * a console, the hint line, or the help view when it is long.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"

#define BLANKS " \t\n"
#define SAID_MAX 40             /* bytes of a mistyped word said back */

const struct cmd_row cmd_row[] = {
#define CMD(name, ident, where, usage, help) \
	{name, CMD_##where, usage, help, cmd_##ident},
#include "cmd.def"
#undef CMD
};
const size_t cmd_rows = COUNT(cmd_row);

const struct option_row cmd_option[] = {
#define OPTION(name, type, initial, choices, reload, help) \
	{name, OPT_##type, initial, choices, help, reload},
#include "option.def"
#undef OPTION
};
const size_t cmd_options = COUNT(cmd_option);

const char *
cmd_slash(const struct env *env)
{
	return env->lines ? "" : env->shell ? "tacet " : "/";
}

void
cmd_late(struct env *env, int status, const char *fmt, ...)
{
	va_list ap;

	free(env->late);
	va_start(ap, fmt);
	env->late = mem_vformat(fmt, ap);
	va_end(ap);
	env->status = status;
}

int
cmd_refuse(char **why, int err, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = mem_vformat(fmt, ap);
	va_end(ap);
	free(*why);
	*why = s;
	return err;
}

void
cmd_say(struct env *env, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = mem_vformat(fmt, ap);
	va_end(ap);
	if (env->out != NULL) {
		buf_string(env->out, s);
		buf_u8(env->out, '\n');
	}
	free(s);
}

const struct cmd_row *
cmd_find(const char *name, size_t n)
{
	const struct cmd_row *found = NULL;

	for (size_t i = 0; i < cmd_rows; i++) {
		if (strncmp(cmd_row[i].name, name, n) != 0 || n == 0)
			continue;
		if (cmd_row[i].name[n] == '\0')
			return &cmd_row[i];
		if (found != NULL)
			return NULL;    /* more than one begins so */
		found = &cmd_row[i];
	}
	return found;
}

/* The next word of a usage string; brackets count, `...` is told apart. */
bool
usage_word(const char *usage, size_t i, char *word, size_t size, bool *optional,
    bool *rest)
{
	bool inside = false;

	for (const char *p = usage; *p != '\0';) {
		size_t n, skip = strspn(p, " [");

		inside = inside || memchr(p, '[', skip) != NULL;
		p += skip;
		n = strcspn(p, " []");
		if (n == 0) {
			p += strspn(p, "]");
			continue;
		}
		if (i-- == 0) {
			*rest = n > 3 && strncmp(p + n - 3, "...", 3) == 0;
			*optional = inside;
			(void)snprintf(word, size, "%.*s",
			    (int)(*rest ? n - 3 : n), p);
			return true;
		}
		p += n;
	}
	return false;
}

static bool
choice_ok(const char *choices, const char *value)
{
	size_t n = strlen(value);

	for (const char *p = choices; *p != '\0'; p += *p == '|') {
		size_t len = strcspn(p, "|");

		if (len == n && strncmp(p, value, n) == 0)
			return true;
		p += len;
	}
	return false;
}

static bool
number_ok(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n > 0 && n < 7 && s[n] == '\0' && strtol(s, NULL, 10) > 0;
}

static int
check_word(struct env *env, const struct cmd_row *row, const char *kind,
    const char *value, char **why)
{
	if (strcmp(kind, "N") == 0 && !number_ok(value))
		return cmd_refuse(why, ERR_INPUT, "%.32s is not a number of a "
		    "message: 1 is the newest; %s%s %s", value,
		    cmd_slash(env), row->name, row->usage);
	if (kind[0] >= 'a' && kind[0] <= 'z' && strchr(kind, '|') != NULL &&
	    !choice_ok(kind, value))
		return cmd_refuse(why, ERR_INPUT, "%s%s takes one of %s",
		    cmd_slash(env), row->name, kind);
	return 0;
}

static int
check(struct env *env, const struct cmd_row *row, const struct words *w,
    char **why)
{
	char kind[256];
	bool optional, rest;
	size_t i = 0;
	int err;

	for (; usage_word(row->usage, i, kind, sizeof(kind), &optional, &rest);
	    i++) {
		if (i >= w->n && !optional)
			return cmd_refuse(why, ERR_INPUT, "%s is missing: "
			    "%s%s %s", kind, cmd_slash(env), row->name,
			    row->usage);
		if (i < w->n && (err = check_word(env, row, kind, w->w[i],
		    why)) != 0)
			return err;
	}
	if (w->n > i)
		return cmd_refuse(why, ERR_INPUT, "too many words: %s%s%s%s",
		    cmd_slash(env), row->name, i > 0 ? " " : "", row->usage);
	return 0;
}

/* Takes one word off *p, quoted or plain; NULL at the end. */
static char *
take_word(const char **p)
{
	struct buf b = {.secret = true};
	bool quoted = false, any = false;
	char *s;

	*p += strspn(*p, BLANKS);
	for (; **p != '\0' && (quoted || strchr(BLANKS, **p) == NULL); (*p)++) {
		any = true;
		if (**p == '"')
			quoted = !quoted;
		else if (**p == '\\' && (*p)[1] != '\0')
			buf_u8(&b, (uint8_t)*++*p);
		else
			buf_u8(&b, (uint8_t)**p);
	}
	buf_u8(&b, 0);
	s = any ? mem_string((char *)b.p) : NULL;
	buf_free(&b);
	return s;
}

static void
words_free(struct words *w)
{
	for (size_t i = 0; i < w->n; i++) {
		mem_wipe(w->w[i], strlen(w->w[i]));
		free(w->w[i]);
	}
}

/* Words of a line as the usage wants them: `...` takes the rest verbatim. */
static void
split(const struct cmd_row *row, const char *line, struct words *w)
{
	char kind[256], *s;
	bool optional, rest;

	while (w->n < WORDS_MAX) {
		if (!usage_word(row->usage, w->n, kind, sizeof(kind), &optional,
		    &rest))
			rest = false;
		if (rest) {
			line += strspn(line, BLANKS);
			if (*line != '\0')
				w->w[w->n++] = mem_string(line);
			return;
		}
		if ((s = take_word(&line)) == NULL)
			return;
		w->w[w->n++] = s;
	}
}

/* A long answer on a screen goes to the help view, one line to the hint. */
static void
flush(struct env *env, struct buf *out)
{
	struct screen *s = client_screen(env->client);
	size_t lines = 0;

	while (out->n > 0 && out->p[out->n - 1] == '\n')
		out->n--;
	for (size_t i = 0; i < out->n; i++)
		lines += out->p[i] == '\n';
	if (out->n == 0)
		return;
	if (lines == 0) {
		client_hint(env->client, false, "%.*s", (int)out->n, out->p);
		return;
	}
	safe_free(&s->help);
	s->help = safe_make(SAFE_TEXT, out->p, out->n);
	s->help_at = 0;
	s->answered = env->answered;
	if (s->view != VIEW_help)
		s->back = s->view;
	s->view = VIEW_help;
}

/* Without an open store there are few things to do. */
static int
allowed(struct env *env, const struct cmd_row *row, char **why)
{
	static const char *const always[] = {"edit", "quit", "redraw", "help",
	    "back", "scroll", "doctor", "init", "run", "watch", "set",
	    "link", "restore"};
	bool locked = client_locked(env->client);

	if (!locked && !client_fresh(env->client))
		return 0;
	for (size_t i = 0; i < COUNT(always); i++)
		if (strcmp(always[i], row->name) == 0)
			return 0;
	if (locked)
		return cmd_refuse(why, ERR_LOCKED, "%s has to wait: tacet is "
		    "locked; type the passphrase first", row->name);
	return cmd_refuse(why, ERR_STATE, "%s has to wait: there is no account "
	    "yet; %s", row->name, env->shell ? "tacet init NAME --relay "
	    "ADDRESS makes one" : "answer the questions above first");
}

static int
run(struct env *env, const struct cmd_row *row, struct words *w, char **why)
{
	struct buf out = {.secret = true}, *before = env->out;
	int err = check(env, row, w, why);
	size_t had;

	if (err == 0)
		err = allowed(env, row, why);
	if (before == NULL) {
		env->answered = NULL;
		env->out = &out;
	}
	had = env->out->n;
	if (err == 0)
		err = row->run(env, w, why);
	/* Enter runs a line: the command in it comes first */
	if (env->out->n > had && env->answered == NULL)
		env->answered = row->name;
	env->out = before;
	if (before == NULL && err == 0)
		flush(env, &out);
	buf_free(&out);
	return err;
}

static int
unknown(struct env *env, const char *name, size_t n, char **why)
{
	int said = (int)(n < SAID_MAX ? n : SAID_MAX), err;
	unsigned where = env->shell && !env->lines ? CMD_S : CMD_P;
	struct buf near = {0};

	if (n == 0)
		return cmd_refuse(why, ERR_INPUT, "the command's name is "
		    "missing; %shelp lists them", cmd_slash(env));
	for (size_t i = 0; i < cmd_rows; i++)
		if ((cmd_row[i].where & where) != 0 &&
		    strncmp(cmd_row[i].name, name, n) == 0)
			buf_format(&near, " %s%s", cmd_slash(env),
			    cmd_row[i].name);
	buf_u8(&near, 0);
	if (near.n > 1)
		err = cmd_refuse(why, ERR_INPUT, "%.*s is short for more than "
		    "one:%s", said, name, (char *)near.p);
	else
		err = cmd_refuse(why, ERR_INPUT, "there is no command %.*s; "
		    "%shelp lists them", said, name, cmd_slash(env));
	buf_free(&near);
	return err;
}

bool
cmd_is(const char *word, const char *name)
{
	const struct cmd_row *row = cmd_find(word, strlen(word));

	return row != NULL && strcmp(row->name, name) == 0;
}

int
cmd_valid(const char *line, char **why)
{
	size_t n = strcspn(line, BLANKS);
	const struct cmd_row *row = cmd_find(line, n);
	struct words w = {0};
	struct env env = {0};
	int err;

	if (row == NULL)
		return unknown(&env, line, n, why);
	if (!(row->where & CMD_P))
		return cmd_refuse(why, ERR_INPUT, "%s runs from the shell only: "
		    "tacet %s %s", row->name, row->name, row->usage);
	split(row, line + n, &w);
	err = check(&env, row, &w, why);
	words_free(&w);
	return err;
}

int
cmd_line(struct env *env, const char *line, char **why)
{
	size_t skip = strspn(line, BLANKS), n = strcspn(line + skip, BLANKS);
	const struct cmd_row *row = cmd_find(line + skip, n);
	struct words w = {0};
	int err;

	line += skip;
	if (row == NULL)
		return unknown(env, line, n, why);
	if (!(row->where & CMD_P))
		return cmd_refuse(why, ERR_INPUT, "%s runs from the shell: "
		    "tacet %s %s", row->name, row->name, row->usage);
	split(row, line + n, &w);
	err = run(env, row, &w, why);
	words_free(&w);
	return err;
}

/* The rest of the shell's words as one, as a line would have it. */
static char *
join(int argc, char **argv)
{
	struct buf b = {.secret = true};
	char *s;

	for (int i = 0; i < argc; i++)
		buf_format(&b, "%s%s", i > 0 ? " " : "", argv[i]);
	buf_u8(&b, 0);
	s = mem_string((char *)b.p);
	buf_free(&b);
	return s;
}

int
cmd_words(struct env *env, int argc, char **argv, char **why)
{
	const struct cmd_row *row = cmd_find(argv[0], strlen(argv[0]));
	struct words w = {0};
	char kind[256];
	bool optional, rest;
	int err;

	if (row == NULL)
		return unknown(env, argv[0], strlen(argv[0]), why);
	if (!(row->where & CMD_S))
		return cmd_refuse(why, ERR_INPUT, "%s works on the screen: "
		    "start tacet and type /%s %s", row->name, row->name,
		    row->usage);
	for (int i = 1; i < argc && w.n < WORDS_MAX; i++) {
		if (!usage_word(row->usage, w.n, kind, sizeof(kind), &optional,
		    &rest))
			rest = false;
		w.w[w.n++] = rest ? join(argc - i, argv + i) :
		    mem_string(argv[i]);
		if (rest)
			break;
	}
	err = run(env, row, &w, why);
	words_free(&w);
	return err;
}

/* A text of one's own to the current talk; a first slash is doubled. */
static int
input_text(struct env *env, const char *line, char **why)
{
	struct screen *s = client_screen(env->client);
	struct talk *t = client_talk(env->client, s->talk);
	uint8_t id[WIRE_ID];
	int err;

	if (line[0] == '/' && line[1] == '/')
		line++;
	if (s->view != VIEW_talk)
		return cmd_refuse(why, ERR_STATE, "texts are sent from a "
		    "conversation: /talk NAME opens one, Escape goes back");
	if (t == NULL)
		return cmd_refuse(why, ERR_STATE, "nobody would read this: "
		    "open a conversation with /talk NAME, or ask somebody "
		    "with /add NAME");
	s->scroll = 0;
	s->marker = MARKER_NONE;
	err = client_send(env->client, t, line, strlen(line), id, why);
	if (err == ERR_CHANGED) {
		/* the one screen about it; what was typed stays in the line */
		s->person = t->person;
		s->person_at = 0;
		s->back = VIEW_talk;
		s->view = VIEW_changed;
	}
	return err;
}

/* Looks like a command, but would go out as a text: ` /quit`, or a mistyped
 * ` /unlok secret`. */
static bool
nearly_command(const char *s)
{
	return s[0] == '/' && s[1] >= 'a' && s[1] <= 'z';
}

int
cmd_input(struct env *env, const char *line, char **why)
{
	size_t blank = strspn(line, BLANKS);

	if (line[blank] == '\0')
		return 0;
	if (line[0] == '/' && line[1] != '/')
		return cmd_line(env, line + 1, why);
	if (blank > 0 && nearly_command(line + blank)) {
		client_screen(env->client)->ask = ASK_SLASH;
		free(client_screen(env->client)->ask_text);
		client_screen(env->client)->ask_text = mem_string(line);
		return 0;
	}
	return input_text(env, line, why);
}
