/* SPDX-License-Identifier: ISC */
/*
 * tacet: reads options, finds one row of cmd.def, opens the profile, and turns
 * until it is over. Without a verb it opens the screen.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "face.h"

#define BUSY_TRIES 20           /* a profile whose holder neither ends nor */
#define BUSY_US 100000          /* answers for 2 s is really in use */

#define LAST_TURNS 60
#define LAST_TURN_MS 20

struct app {
	struct loop *loop;
	struct options options;
	struct log log;
	struct env env;
	struct consoles *consoles;
	struct face *face;
	char *profile;
	struct buf pass;        /* what a verb needs that opened the store */
	struct watch *stop[3];
	bool started;           /* the option `start` has run */
	int argc;
	char **argv;
};

/* ---- the turn ---- */

/* The command line of the option `start`, once there is a store to run it on:
 * at once, or when the passphrase has been typed on the screen. */
static void
run_start(struct app *a)
{
	const char *line = options_string(&a->options, "start");
	char *why = NULL;

	if (a->started || client_locked(a->env.client) ||
	    client_fresh(a->env.client))
		return;
	a->started = true;
	if (line[0] != '\0' && cmd_line(&a->env, line, &why) != 0 &&
	    why != NULL)
		client_hint(a->env.client, true, "%s", why);
	free(why);
}

static void
turn(struct app *a)
{
	/* hear what has arrived; handlers only change the model */
	if (loop_hear(a->loop, -1) != 0)
		a->env.quit = true;
	/* think */
	client_think(a->env.client);
	ask_turn(&a->env);
	consoles_turn(a->consoles);
	if (a->face != NULL) {
		run_start(a);
		cmd_looking(&a->env);
		cmd_playing(&a->env);
		cmd_linking(&a->env);
	}
	/* keep, and only what is kept is said */
	if (client_keep(a->env.client) == 0)
		client_say(a->env.client);
	/* show */
	if (a->face != NULL)
		face_show(a->face);
}

static void
on_signal(void *arg, int signo)
{
	struct app *a = arg;

	if (signo != SIGINT || !consoles_stop(a->consoles))
		a->env.quit = true;
}

/* ---- words and options ---- */

static int
say_why(int status, char *why)
{
	(void)fprintf(stderr, "tacet: %s\n", why != NULL ? why : "failed");
	free(why);
	return status;
}

static void
usage(void)
{
	(void)printf("usage: tacet [--option value ...] [verb [argument ...]]\n"
	    "Without a verb: the client on this terminal. man tacet\n\n");
	for (size_t i = 0; i < cmd_rows; i++)
		if (cmd_row[i].where & CMD_S)
			(void)printf("  %-10s %-18s %s\n", cmd_row[i].name,
			    cmd_row[i].usage, cmd_row[i].help);
	(void)printf("\noptions, also in tacet.conf(5):\n");
	for (size_t i = 0; i < cmd_options; i++)
		(void)printf("  --%-16s %s\n", cmd_option[i].name,
		    cmd_option[i].help);
}

/* Options may stand before the verb and between its arguments, until free text
 * begins: everything from there on is verbatim. */
static int
read_words(struct app *a, int argc, char **argv, int *n, char **words,
    char **why)
{
	const struct cmd_row *row = NULL;
	bool optional, rest = false;
	char kind[256] = "";
	int err;

	for (int i = 1; i < argc;) {
		if (config_word(&a->options, argv[i], rest ? kind : NULL)) {
			err = options_args(&a->options, argc, argv, &i, why);
			if (err != 0)
				return err;
			continue;
		}
		if (*n > WORDS_MAX)
			return cmd_refuse(why, ERR_INPUT, "too many words; put "
			    "the text into quotes");
		words[(*n)++] = argv[i++];
		if (*n == 1)
			row = cmd_find(words[0], strlen(words[0]));
		if (row != NULL && !(rest && strcmp(kind, "FILE") == 0) &&
		    !usage_word(row->usage, (size_t)(*n - 1), kind,
		    sizeof(kind), &optional, &rest))
			rest = false;
	}
	return 0;
}

/* Flags win over what /set has kept: they are read once more after it. */
static void
again_flags(struct app *a)
{
	char *words[WORDS_MAX + 3] = {0}, *why = NULL;
	int n = 0;

	(void)read_words(a, a->argc, a->argv, &n, words, &why);
	free(why);
}

static void
on_event(void *arg, const struct event *e)
{
	struct app *a = arg;

	if (e->kind == EVENT_ready) {
		config_settings(&a->env);
		again_flags(a);
	}
	if (e->kind == EVENT_lock)
		secret_drop(&a->env);
	if (a->consoles != NULL)
		consoles_event(a->consoles, e);
	if (a->face != NULL)
		face_hear(a->face, e);
}

/* `send WHO` without a text takes it from standard input. */
static int
take_text(int *n, char **words, struct buf *text, char **why)
{
	char part[4096];
	ssize_t got;

	if (*n != 2 || !cmd_is(words[0], "send"))
		return cmd_files(n, words, text);
	while ((got = read(STDIN_FILENO, part, sizeof(part))) > 0 &&
	    text->n <= TEXT_MAX)
		buf_put(text, part, (size_t)got);
	while (text->n > 0 && text->p[text->n - 1] == '\n')
		text->n--;
	if (text->n == 0)
		return cmd_refuse(why, ERR_INPUT, "standard input is empty: "
		    "tacet send %s TEXT", words[1]);
	if (memchr(text->p, 0, text->n) != NULL)
		return cmd_refuse(why, ERR_INPUT, "standard input is no text, "
		    "it has a zero byte: send text only, for example "
		    "base64 FILE | tacet send %s", words[1]);
	if (text->n > TEXT_MAX)
		return cmd_refuse(why, ERR_BIG, "the text is longer than %d "
		    "bytes; send it in parts", TEXT_MAX);
	buf_u8(text, 0);
	words[(*n)++] = (char *)text->p;
	return 0;
}

/* `init` without --relay takes the invite from standard input, so that it need
 * not stand in a shell's history. */
static void
take_relay(struct app *a, int n, char **words)
{
	char line[ADDRESS_TEXT], *why = NULL;

	if (n == 0 || !cmd_is(words[0], "init") ||
	    options_string(&a->options, "relay")[0] != '\0')
		return;
	if (isatty(STDIN_FILENO))
		(void)fprintf(stderr, "invite or relay address: ");
	if (fgets(line, sizeof(line), stdin) == NULL)
		return;
	line[strcspn(line, " \r\n")] = '\0';
	(void)options_set(&a->options, "relay", line, &why);
	free(why);
}

static int
configure(struct app *a, char **why)
{
	char *path = path_xdg("XDG_CONFIG_HOME", ".config", "tacet/tacet.conf");
	int err = config_read(&a->env, path, why);

	free(path);
	return err;
}

static int
find_profile(struct app *a, char **why)
{
	const char *name = options_string(&a->options, "profile");
	char *rest;

	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
		return cmd_refuse(why, ERR_INPUT, "\"%s\" can't be the name of "
		    "a profile: no slash, no dot in front; for example "
		    "--profile work", name);
	rest = mem_format("tacet/%s", name);
	a->profile = path_xdg("XDG_DATA_HOME", ".local/share", rest);
	free(rest);
	return 0;
}

/* ---- opening ---- */

static void
set_level(struct app *a)
{
	static const char *const name[] = {[LOG_ERROR] = "error",
	    [LOG_WARN] = "warn", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};
	const char *level = options_string(&a->options, "log-level");

	for (size_t i = 0; i < COUNT(name); i++)
		if (strcmp(name[i], level) == 0)
			a->log.level = (enum log_level)i;
}

static int
open_client(struct app *a, char **why)
{
	bool old = strcmp(options_string(&a->options, "suite"), "x25519") == 0;
	struct client_setup setup = {.loop = a->loop, .profile = a->profile,
	    .log = &a->log, .event = on_event, .arg = a,
	    .suite = old ? 0x0003 : 0};

	a->log = (struct log){.fd = -1, .clock = loop_clock(a->loop)};
	set_level(a);
	return client_open(&a->env.client, &setup, why);
}

static int
unlock(struct app *a, const char *verb, char **why)
{
	bool init = verb != NULL && (cmd_is(verb, "init") ||
	    cmd_is(verb, "restore"));
	struct buf pass = {.secret = true};
	int err;

	if (client_fresh(a->env.client))
		return init || (verb != NULL && cmd_is(verb, "link")) ? 0 :
		    cmd_refuse(why, ERR_NONE, "there is no account in this "
		    "profile yet: tacet init NAME --relay ADDRESS, or just tacet");
	err = pass_read((int)options_int(&a->options, "passphrase-fd"),
	    "passphrase", &pass, why);
	if (err == 0 && (err = client_unlock(a->env.client,
	    buf_view(&pass))) == ERR_PASS)
		err = cmd_refuse(why, err, "wrong passphrase; try again");
	else if (err != 0 && *why == NULL)
		err = cmd_refuse(why, err, "%s",
		    client_screen(a->env.client)->hint.s);
	if (err == 0 && (init || (verb != NULL && secret_verb(verb)))) {
		a->pass = pass;
		a->env.pass = &a->pass;
		return 0;
	}
	buf_free(&pass);
	return err;
}

static void
open_console(struct app *a)
{
	a->consoles = consoles_new(&a->env);
	if (consoles_serve(a->consoles, a->profile) != 0)
		log_say(&a->log, LOG_WARN, "console", "no control socket in "
		    "the profile: other verbs can't work beside this one");
}

/* The first screen: the first run, the passphrase, or where one left. */
static void
first_screen(struct app *a)
{
	struct screen *s = client_screen(a->env.client);
	char *why = NULL;

	a->log.tap = logbook_tap;
	a->log.arg = &s->logbook;
	if (client_fresh(a->env.client)) {
		ask_first(&a->env);
		return;
	}
	s->view = VIEW_lock;
	s->ask = ASK_PASS;
	if (options_int(&a->options, "passphrase-fd") >= 0 &&
	    unlock(a, NULL, &why) == 0) {
		s->ask = ASK_NONE;
		s->view = VIEW_talk;
		if (client_talks(a->env.client) > 0)
			cmd_open(&a->env, client_talk_at(a->env.client, 0));
	} else if (why != NULL) {
		client_hint(a->env.client, true, "%s", why);
	}
	free(why);
}

static void
watch_signals(struct app *a)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

	for (size_t i = 0; i < COUNT(signals); i++)
		a->stop[i] = watch_signal(a->loop, signals[i], on_signal, a);
}

static int
run(struct app *a, int n, char **words, char **why)
{
	int err = 0;

	open_console(a);
	if (n > 0) {
		/* what is asked here waits outside the loop: until then a
		 * signal simply ends us, nothing has been said yet */
		take_relay(a, n, words);
		err = unlock(a, words[0], why);
		if (err == 0 && client_screen(a->env.client)->hint_bad)
			(void)fprintf(stderr, "tacet: %s\n",
			    client_screen(a->env.client)->hint.s);
		if (err == 0)
			consoles_run(a->consoles, n, words,
			    options_bool(&a->options, "json"));
		watch_signals(a);
	} else if ((err = face_open(&a->face, &a->env, why)) == 0) {
		watch_signals(a);
		first_screen(a);
		if (client_screen(a->env.client)->ask == ASK_NONE)
			client_hint(a->env.client, false, "Type a text and "
			    "press Enter. F1 shows help, C-q leaves.");
		run_start(a);
		face_show(a->face);
	}
	while (err == 0 && !a->env.quit)
		turn(a);
	return err;
}

static void
close_all(struct app *a)
{
	face_close(a->face);
	a->face = NULL;
	consoles_free(a->consoles);
	a->consoles = NULL;
	ask_free(&a->env);
	for (size_t i = 0; i < COUNT(a->stop); i++)
		watch_free(a->stop[i]);
	if (a->env.client != NULL)
		client_close(a->env.client);
	/* connections that were closed end in the turn that follows */
	for (int i = 0; i < LAST_TURNS && (i < 2 || !loop_idle(a->loop)); i++)
		(void)loop_hear(a->loop, i < 2 ? 0 : LAST_TURN_MS);
	loop_free(a->loop);
	keymap_free(a->env.keys);
	options_free(&a->options);
	free(a->profile);
	buf_free(&a->pass);
}

static int
status_of(int err)
{
	return err == ERR_INPUT ? EXIT_USAGE : err == ERR_PASS ? EXIT_PASS :
	    EXIT_REFUSED;
}

/* A verb that needs no profile; neither does it need whoever has it open. */
static int
offline(struct app *a, int n, char **words, char **why)
{
	struct words w = {.n = 1, .w = {words[1]}};
	struct buf out = {0};
	int err;

	if (n != 2)
		return cmd_refuse(why, ERR_INPUT, "one file at a time: tacet "
		    "verify-evidence FILE");
	a->env.out = &out;
	a->env.shell = true;
	a->env.json = options_bool(&a->options, "json");
	err = cmd_verify_evidence(&a->env, &w, why);
	if (out.n > 0 && (fwrite(out.p, 1, out.n, stdout) != out.n ||
	    fflush(stdout) != 0) && err == 0)
		err = cmd_refuse(why, ERR_IO, "standard output can't be "
		    "written: try again");
	a->env.out = NULL;
	buf_free(&out);
	return err;
}

/* Somebody has the profile open and has carried the verb out. */
static bool
called(struct app *a, int n, char **words)
{
	int status = n > 0 ? console_call(a->loop, a->profile, n, words,
	    &a->options) : ERR_NONE;

	if (status != ERR_NONE)
		a->env.status = status;
	return status != ERR_NONE;
}

static int
start(struct app *a, int argc, char **argv, char **why)
{
	char *words[WORDS_MAX + 3] = {0};
	struct buf text = {.secret = true};
	int n = 0, err;

	if ((err = configure(a, why)) != 0 ||
	    (err = read_words(a, argc, argv, &n, words, why)) != 0 ||
	    (err = find_profile(a, why)) != 0 ||
	    (err = take_text(&n, words, &text, why)) != 0)
		goto out;
	if (n > 0 && cmd_is(words[0], "verify-evidence"))
		return offline(a, n, words, why);
	if (called(a, n, words))
		goto out;
	n = cmd_play_screen(&a->env, n, words) ? 0 : n;
	err = open_client(a, why);
	for (int i = 0; err == ERR_BUSY && n > 0 && i < BUSY_TRIES; i++) {
		/* the other one is just ending, or not yet listening */
		(void)usleep(BUSY_US);
		free(*why);
		*why = NULL;
		err = called(a, n, words) ? 0 : open_client(a, why);
	}
	if (err == 0 && a->env.client != NULL)
		err = run(a, n, words, why);
out:
	buf_free(&text);
	return err;
}

int
main(int argc, char **argv)
{
	struct app a = {.argc = argc, .argv = argv, .env.qr = qr_lines};
	char *why = NULL;
	int err;

	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return printf("tacet %s\n", VERSION) < 0;
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		usage();
		return 0;
	}
	if (jail_no_dumps() != 0 || seal_start() != 0)
		return say_why(EXIT_REFUSED, mem_string("this system refuses "
		    "what keeps keys safe (see tacet(1), DIAGNOSTICS)"));
	a.loop = loop_new(&clock_system, &rng_system);
	options_init(&a.options, cmd_option, cmd_options);
	a.env.options = &a.options;
	a.env.keys = keymap_new();
	err = start(&a, argc, argv, &why);
	close_all(&a);
	return err != 0 ? say_why(status_of(err), why) : a.env.status;
}
