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

/* What a command runs in: one per screen, shell verb or console. */
struct first;
struct secret;
struct env {
	struct client *client;
	struct options *options;        /* rows of option.def */
	struct keymap *keys;
	struct buf *out;        /* lines for a person; NULL: the hint line or,
	                           for long answers, the help view */
	const char *answered;   /* the command that wrote them */
	bool shell;             /* outside a screen: texts say `tacet add`, and
	                           verbs that make no sense there refuse */
	bool json, watch, lines;        /* a console's: `lines` for `run` */
	bool quit;
	bool redraw;
	bool film_only, film_began;     /* the screen ends with its film */
	int status;             /* exit status of the shell verb */
	char *late;             /* then its sentence: cmd_late() */
	/* A verb that takes time says when it is over; polled each turn. */
	bool (*until)(struct env *);
	uint8_t until_id[WIRE_ID];
	int64_t until_row;
	char until_who[NAME_LEN + 1];
	int published;          /* percent that were told of, and 1 */
	struct {                /* of a film, what was told last */
		bool waits, away;
		unsigned ends;
	} told;
	int64_t said_at, stop_at;       /* mono: progress; the key to stop */
	bool terminal;          /* a line may be drawn over: it begins with \r */
	int64_t deadline;       /* mono ms; 0: none */
	const char *wait;       /* a caller's own options; NULL, 0: as in */
	int64_t timeout;        /* `options` */
	const char *sink, *folder;      /* while its verb begins */
	const char *answers;    /* lines typed to this verb are its arguments */
	size_t link_joined;     /* conversations, as last told */
	bool link_asked;        /* the passphrase for a device, once */
	/* a code for cameras, as lines for the terminal; NULL: can't be shown */
	bool (*qr)(const char *text, struct buf *lines);
	struct first *first;    /* answers of the first run, ask.c */
	struct secret *secret;  /* a command that asks for it, secret.c */
	struct buf *pass;       /* a verb's: what has opened the store */
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
bool cmd_is(const char *word, const char *name); /* word is short for name */
/* Is there such a command for the prompt, with such words? Runs nothing. */
int cmd_valid(const char *line, char **why);
/* Runs one line without its slash. On a refusal *why is a sentence that names
 * the thing and the next command (malloc'ed). */
int cmd_line(struct env *, const char *line, char **why);
#define CMD(name, ident, where, usage, help) \
	int cmd_##ident(struct env *, const struct words *, char **why);
#include "cmd.def"
#undef CMD
/* A line of the answer */
void cmd_say(struct env *, const char *fmt, ...) PRINTF(2, 3);
int cmd_refuse(char **why, int err, const char *fmt, ...) PRINTF(3, 4);
/* There is nothing to wait for any more: time is up, or the connection waits
 * for the user. */
bool cmd_waited(const struct env *);
/* A verb of the shell ends when what it began is on the relay. */
void cmd_settle(struct env *);
/* A verb that took time ends so; the sentence goes to standard error. */
void cmd_late(struct env *, int status, const char *fmt, ...) PRINTF(3, 4);
const char *cmd_slash(const struct env *);      /* "/" or "tacet " */
/* The usage word i: without brackets; *optional, *rest say how it stood. */
bool usage_word(const char *usage, size_t i, char *word, size_t size,
    bool *optional, bool *rest);
/* A sentence of the client's as this env's reader types it (malloc'ed). */
char *cmd_speak(const struct env *, const char *text) MUST_CHECK;
/* cmd_play.c: a key pressed in the film's window; those of a turn; one line
 * about a film (malloc'ed); the list of films */
void cmd_play_key(struct env *, const char *key);
void cmd_playing(struct env *);
/* `play' from a shell without a client beside it, on a terminal: the screen,
 * which begins with the film and ends with it. True: the verb is done so. */
bool cmd_play_screen(struct env *, int n, char **words);
int cmd_play_row(struct env *, int64_t row, char **why);

/* cmd_card.c: which card is selected, here and in the list */

char *cmd_film_text(struct client *, const struct film *) MUST_CHECK;
int64_t cmd_card_enter(struct client *);        /* what Enter plays; 0: none */
void cmd_card_select(struct env *, const char *how);
void cmd_videos_select(struct env *, const char *how);
/* cmd_halt.c: this one, or (NULL) the one that is meant here, is what the screens
 * of conversations that can't be followed show */
void cmd_halted(struct client *, const struct talk *);
/* Shows a conversation; what was unread in it is marked until one leaves. */
void cmd_open(struct env *, struct talk *);
/* Once a turn, with a screen: what is on it has been read. */
void cmd_looking(struct env *);
void cmd_publishing(struct env *);      /* goes on; tells how far it is */
/* Of `publish' in a shell: its files by whole names, since another process may
 * take the verb; the words become one, which lies in *text. */
int cmd_files(int *n, char **words, struct buf *text);
void cmd_linking(struct env *); /* asks for what linking needs next */
/* WHO given as argument i, or who is meant on this screen. */
int cmd_who(struct env *, const struct words *, size_t i, struct person **,
    char **why);
/* How far somebody's key is trusted, in a few words (cmd_trust.c) */
const char *cmd_trust(struct env *, const struct person *);
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
#define KEYMAP_MINE "bound by you"      /* the help of such a key */
struct keymap *keymap_new(void);
void keymap_free(struct keymap *);
int keymap_bind(struct keymap *, const char *key, const char *command, char **why);
int keymap_unbind(struct keymap *, const char *key, char **why);
/* The user's own bindings as lines "KEY COMMAND", and back. */
void keymap_save(const struct keymap *, struct buf *);
void keymap_load(struct keymap *, const char *lines);
/* The command line of a key in a view, or NULL (then it is typed text). */
const char *keymap_find(const struct keymap *, const char *key, const char *view,
    bool line_empty);
/* The command line of a key of the film that plays, or NULL */
const char *keymap_play(const char *key);
void keymap_each(const struct keymap *, void (*)(void *, const char *key,
    const char *where, const char *command, const char *help), void *);

/* ---- ask.c: the first run, passphrase, paste and other questions ---- */

/* Enter (or a key) while screen.ask is not ASK_NONE. */
int ask_enter(struct env *, char **why);
int ask_key(struct env *, const char *key, char **why); /* 1: it took the key */
void ask_first(struct env *);           /* starts the first run */
void ask_stop(struct screen *);          /* the question is answered */
void ask_turn(struct env *);            /* once a turn: did the relay answer? */
void ask_free(struct env *);

/* ---- paste.c ---- */

void paste_put(struct env *, const char *text, size_t n);
int paste_key(struct env *, const char *key, char **why); /* of its question */

/* ---- secret.c: commands that need a passphrase ---- */

#define SECRET_OLD 1            /* the one in force, or of a file */
#define SECRET_NEW 2            /* a new one, typed twice */
#define SECRET_ACCOUNT 4        /* the old one is the account key's */
/* NULL for what was not asked; about: what secret_ask was given */
typedef int secret_fn(struct env *, const struct buf *old,
    const struct buf *new, const char *about, char **why);
/* On a screen it is asked for, unseen, and the call comes when it is typed; a
 * verb of the shell has it or asks at its terminal, and is called at once. */
int secret_ask(struct env *, unsigned what, const char *about, secret_fn *,
    char **why);
bool secret_asked(const struct env *);    /* the input line is its */
int secret_enter(struct env *, char **why);
int secret_key(struct env *, const char *key);   /* 1: it took the key */
void secret_drop(struct env *);         /* what was typed is wiped */
bool secret_verb(const char *verb);     /* needs what opens the store */

/* ---- helptext.c ---- */

void help_text(struct env *, const char *topic, struct buf *out);

/* ---- console.c: lines in, text or JSON lines out: standard input and output
 * of `run` and `watch`, and the control socket of a profile ---- */

struct consoles;
struct consoles *consoles_new(struct env *shared);
void consoles_free(struct consoles *);
/* Serves `control` in the profile folder, 0600. */
int consoles_serve(struct consoles *, const char *profile) MUST_CHECK;
/* One verb of the shell on standard output; shared->quit and ->status when it
 * is over. `run` goes on to read command lines from standard input. */
void consoles_run(struct consoles *, int argc, char **argv, bool json);
void consoles_event(struct consoles *, const struct event *);
/* False: nothing minds being ended by a signal. */
bool consoles_stop(struct consoles *);
void consoles_turn(struct consoles *);  /* once a turn: what waited, is it over? */
#define CONTROL_NAME "control"
#define EXIT_REFUSED 1          /* exit statuses of the shell verbs, tacet(1) */
#define EXIT_USAGE 2
#define EXIT_PASS 3
#define EXIT_LATER 4            /* kept; the relay could not be reached in time */

/* ---- call.c: the other end: one verb through the socket of the process that
 * has the profile. The exit status, or ERR_NONE: nobody serves it. */
int console_call(struct loop *, const char *profile, int argc, char **argv,
    const struct options *);

/* ---- config.c ---- */

/* tacet.conf: options and `bind KEY COMMAND` lines; absent is fine. */
int config_read(struct env *, const char *path, char **why);
/* Is this word of the shell an option? rest: what the verb takes here, or NULL */
bool config_word(const struct options *, const char *word, const char *rest);
/* What /set and /bind have kept in the store; after the client is unlocked. */
void config_settings(struct env *);

/* ---- pass.c ---- */

/* From the descriptor, or from the terminal without echo when fd is -1. */
int pass_read(int fd, const char *prompt, struct buf *pass, char **why);
/* A question at the terminal; false: there is none, or no answer. */
bool pass_question(const char *question, char *answer, size_t size);
/* The same for a new one: on a terminal it is asked for twice. */
int pass_read_new(int fd, struct buf *pass, char **why);

/* ---- option table ---- */

extern const struct option_row cmd_option[];
extern const size_t cmd_options;

/* ---- event_json.c ---- */

void event_json(struct client *, const struct event *, struct buf *line);
void event_text(struct client *, const struct event *, struct buf *line);
/* A text of several lines after `head`: the later ones are indented, so that
 * none of them looks like a line of ours or of somebody else. */
void text_lines(const char *head, const char *text, struct buf *out);

#endif
