/* SPDX-License-Identifier: ISC */
/*
 * Floor 4, beside the client: its verbs. A line, or words from the shell, are
 * matched against the rows of cmd.def, checked by the row's usage, and run. The
 * same usage gives completion and help. Draws nothing.
 */
#ifndef TACET_CMD_H
#define TACET_CMD_H

#include "client.h"

#define WORDS_MAX 16

enum cmd_where { CMD_S = 1, CMD_P = 2, CMD_SP = 3 };

/* What a command runs in: one per program. */
struct env {
	struct client *client;
	struct options *options;        /* rows of option.def */
	struct keymap *keys;
	struct buf *out;        /* lines for a person; NULL: the hint line or,
	                           for long answers, the help view */
	struct json *json;      /* `run --json`: fields of the answer; or NULL */
	bool quit;
	bool redraw;
	int status;             /* exit status of the shell verb */
	/* the screen, when there is one (face sets them, NULL without) */
	void (*open_url)(void *, const char *url);
	void *arg;
};

/* ---- cmd.c: rows ---- */

struct words {
	size_t n;
	char *w[WORDS_MAX];     /* arguments without the verb; the last of a
	                           `...` usage holds the rest verbatim */
};
struct cmd_row {
	const char *name;
	unsigned where;
	const char *usage, *help;
	int (*run)(struct env *, const struct words *, char **why);
};
extern const struct cmd_row cmd_row[];
extern const size_t cmd_rows;
const struct cmd_row *cmd_find(const char *name, size_t n); /* unique prefixes too */
/* Runs one line without its slash. On a refusal *why is a sentence that names
 * the thing and the next command (malloc'ed). */
int cmd_line(struct env *, const char *line, char **why);
int cmd_words(struct env *, int argc, char **argv, char **why);
/* What Enter does with the input line: a message, a command (/...), or a
 * question (` /cmd`). */
int cmd_input(struct env *, const char *line, char **why);

/* ---- complete.c ---- */

struct candidates {
	size_t n, cap;
	char **s;
};
/* Candidates for the word that ends at `at`; *from is where it starts. */
void complete(struct env *, const char *line, size_t at, size_t *from,
    struct candidates *);
void candidates_free(struct candidates *);

/* ---- keymap.c ---- */

struct key_row {
	const char *name, *where, *command, *help;
};
extern const struct key_row key_row[];
extern const size_t key_rows;
struct keymap;
struct keymap *keymap_new(void);
void keymap_free(struct keymap *);
int keymap_bind(struct keymap *, const char *key, const char *command, char **why);
int keymap_unbind(struct keymap *, const char *key, char **why);
/* The command line of a key in a view, or NULL (then it is typed text). */
const char *keymap_find(const struct keymap *, const char *key, const char *view,
    bool line_empty);
void keymap_each(const struct keymap *, void (*)(void *, const char *key,
    const char *where, const char *command, const char *help), void *);

/* ---- ask.c: the first run, passphrase, paste and other questions ---- */

/* Enter (or a key) while screen.ask is not ASK_NONE. */
int ask_enter(struct env *, char **why);
int ask_key(struct env *, const char *key, char **why); /* 1: it took the key */
void ask_first(struct env *);           /* starts the first run */
void ask_paste(struct env *, const char *text, size_t n);

/* ---- helptext.c ---- */

void help_text(struct env *, const char *topic, struct buf *out);

/* ---- event_json.c ---- */

void event_json(struct client *, const struct event *, struct buf *line);
void event_text(struct client *, const struct event *, struct buf *line);

#endif
