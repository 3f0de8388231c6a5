/* SPDX-License-Identifier: ISC */
/*
 * tacetd: reads options, finds the verb, and turns until it is told to stop.
 * A verb goes to the running relay through its control socket, or, when none
 * runs, straight to the data folder.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "relay.h"

#define TACETD_STOP_MS 2000     /* for the last words of a clean stop */
/* Beside those of connections: 64 of the control socket and of metrics each,
 * 16 files that are written, 15 of its own, and some that are read. */
#define TACETD_FDS 192

struct tacetd {
	int argc;
	char **argv;
	struct options options;
	char *config, *data;
	char *file;                     /* what was read: config, or our own */
	const char *verb, *word;        /* revoke's code */
	bool expires;
	struct loop *loop;
	struct relay *relay;
	struct log log;
	bool stop, reload;
};

static void
say(const char *s)
{
	(void)fprintf(stderr, "tacetd: %s\n", s);
}

static int
fail(char *why, int err)
{
	say(why ? why : err_text(err));
	free(why);
	return 1;
}

/* --- options --- */

static void
usage(FILE *f)
{
	size_t i;

	(void)fputs("usage: tacetd [options]\n"
	    "       tacetd invite [--expires TIME] [options]\n"
	    "       tacetd revoke CODE [options]\n"
	    "       tacetd status [options]\n"
	    "       tacetd restored [options]\n"
	    "       tacetd new-directory [options]\n\noptions:\n", f);
	(void)fprintf(f, "  --%-24s %s\n", "config FILE",
	    "options from this file ($XDG_CONFIG_HOME/tacet/tacetd.conf)");
	for (i = 0; i < relay_options; i++)
		(void)fprintf(f, "  --%-24s %s%s%s%s\n", relay_option[i].name,
		    relay_option[i].help,
		    relay_option[i].initial ? " [" : "",
		    relay_option[i].initial ? relay_option[i].initial : "",
		    relay_option[i].initial ? "]" : "");
}

/* --config and --expires are of the command line only. */
static int
arg_special(struct tacetd *t, int *i, char **why)
{
	const char *a = t->argv[*i];
	bool config = strcmp(a, "--config") == 0;

	if (!config && strcmp(a, "--expires") != 0)
		return 0;
	if (*i + 1 >= t->argc) {
		*why = mem_format("%s: give %s", a, config ? "a file" :
		    "a time such as 7d");
		return ERR_INPUT;
	}
	*i += 2;
	if (!config) {
		t->expires = true;
		return options_set(&t->options, "invite-life",
		    t->argv[*i - 1], why) ? ERR_INPUT : 1;
	}
	free(t->config);
	t->config = mem_string(t->argv[*i - 1]);
	return 1;
}

static int
arg_word(struct tacetd *t, const char *word, char **why)
{
	static const char *const verb[] = {
		"invite", "revoke", "status", "restored",
		"new-directory",
	};
	size_t i;

	if (t->verb && strcmp(t->verb, "revoke") == 0 && !t->word) {
		t->word = word;
		return 0;
	}
	for (i = 0; i < COUNT(verb) && !t->verb; i++)
		if (strcmp(verb[i], word) == 0) {
			t->verb = verb[i];
			return 0;
		}
	*why = mem_string("a word too many or unknown; `tacetd --help` lists "
	    "them");
	return ERR_INPUT;
}

static int
read_args(struct tacetd *t, char **why)
{
	int i = 1, n, err;

	while (i < t->argc) {
		err = arg_special(t, &i, why);
		if (err < 0)
			return err;
		if (err > 0)
			continue;
		if (t->argv[i][0] != '-') {
			err = arg_word(t, t->argv[i++], why);
			if (err)
				return err;
			continue;
		}
		/* one at a time, so that --config may stand between */
		n = i + (strchr(t->argv[i], '=') ? 1 : 2);
		err = options_args(&t->options, n < t->argc ? n : t->argc,
		    t->argv, &i, why);
		if (err)
			return err;
	}
	return 0;
}

static int
read_file(struct tacetd *t, char **why)
{
	bool own = t->config == NULL;
	int err;

	/* the same at each reload: in the jail nobody looks a home up */
	if (!t->file)
		t->file = own ? path_xdg("XDG_CONFIG_HOME", ".config",
		    "tacet/tacetd.conf") : mem_string(t->config);
	err = options_file(&t->options, t->file, why);
	if (err == ERR_NONE && own) {
		free(*why);
		*why = NULL;
		err = 0;
	}
	return err;
}

/* Default, file, flag: the flags are read for the file's name, and again. */
static int
read_options(struct tacetd *t, char **why)
{
	int err;

	options_init(&t->options, relay_option, relay_options);
	err = read_args(t, why);
	if (err)
		return err;
	options_free(&t->options);
	options_init(&t->options, relay_option, relay_options);
	t->verb = t->word = NULL;
	err = read_file(t, why);
	return err ? err : read_args(t, why);
}

static void
take_options(struct tacetd *t)
{
	static const char *const level[] = {"error", "warn", "info", "debug"};
	const char *data = options_string(&t->options, "data");
	const char *l = options_string(&t->options, "log-level");
	size_t i;

	if (!t->data)
		t->data = data && *data ? mem_string(data) :
		    path_xdg("XDG_DATA_HOME", ".local/share", "tacetd");
	for (i = 0; i < COUNT(level); i++)
		if (strcmp(level[i], l) == 0)
			t->log.level = (enum log_level)i;
}

/* SIGHUP: the rows that may change while it runs. */
static void
reload(struct tacetd *t)
{
	struct options was = t->options;
	char *why = NULL;
	size_t i;
	int err;

	err = read_options(t, &why);
	if (err) {
		log_say(&t->log, LOG_ERROR, "relay", "options stay as they "
		    "were: %s%s", why ? why : err_text(err),
		    err == ERR_DENIED ? "; a folder that was made after the "
		    "start is closed to the relay: restart it" : "");
		options_free(&t->options);
		t->options = was;
		free(why);
		return;
	}
	for (i = 0; i < relay_options; i++)
		if (!relay_option[i].reload) {
			free(t->options.value[i]);
			t->options.value[i] = mem_string(was.value[i]);
		}
	options_free(&was);
	take_options(t);
	relay_reload(t->relay);
}

/* --- serving --- */

static void
on_signal(void *arg, int signo)
{
	struct tacetd *t = arg;

	if (signo == SIGHUP)
		t->reload = true;
	else
		t->stop = true;
}

/* As many descriptors as the connections may need, or fewer connections: the
 * store must never be the one that finds none left. */
static void
take_descriptors(struct tacetd *t)
{
	unsigned *total = &t->relay->limits.listen.total;
	rlim_t want = (rlim_t)*total + TACETD_FDS, room;
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0 || l.rlim_cur >= want)
		return;
	l.rlim_cur = l.rlim_max == RLIM_INFINITY || l.rlim_max > want ? want :
	    l.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur == want)
		return;
	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return;
	room = l.rlim_cur > 2 * TACETD_FDS ? l.rlim_cur - TACETD_FDS :
	    l.rlim_cur / 2;
	*total = room > 0 ? (unsigned)room : 1;
	log_say(&t->log, LOG_WARN, "relay", "%u connections at most: raise "
	    "`ulimit -n` for more", *total);
}

/* The address, and until somebody has one a way in: a first start that failed,
 * because of a port in use, has told nobody. */
static int
greet(struct tacetd *t)
{
	struct buf out = {.secret = true};
	bool invite = invites_wanted(t->relay) &&
	    strcmp(options_string(&t->options, "registration"), "invite") == 0;
	char text[ADDRESS_TEXT];
	int err = 0;

	address_put(&t->relay->address, false, text);
	(void)printf("address %s\n", text);
	if (invite) {
		control_line(t->relay, "invite", &out);
		relay_turn(t->relay, 0);
		buf_u8(&out, 0);
		if (out.n > 4 && memcmp(out.p, "ok ", 3) == 0 &&
		    !t->relay->store->sick)
			(void)printf("invite %s", (char *)out.p + 3);
		else
			err = ERR_IO;
	}
	buf_free(&out);
	if (fflush(stdout) != 0)
		err = ERR_IO;
	return err;
}

static void
turn_until_stopped(struct tacetd *t)
{
	int64_t end;

	while (!t->stop && !t->relay->ended) {
		relay_turn(t->relay, relay_wait(t->relay));
		if (t->reload) {
			t->reload = false;
			reload(t);
		}
	}
	log_say(&t->log, LOG_INFO, "relay", "stops");
	relay_stop(t->relay);
	end = clock_mono(&clock_system) + TACETD_STOP_MS;
	while (t->relay->peers_n > 0 && clock_mono(&clock_system) < end)
		relay_turn(t->relay, 50);
}

static int
serve(struct tacetd *t)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
	struct watch *watch[COUNT(signals)] = {NULL};
	char *why = NULL;
	size_t i;
	int err;

	take_descriptors(t);
	err = relay_listen(t->relay, &why);
	if (!err)
		err = control_listen(t->relay, &why);
	if (!err)
		err = metrics_listen(t->relay, &why);
	for (i = 0; i < COUNT(signals) && !err; i++) {
		watch[i] = watch_signal(t->loop, signals[i], on_signal, t);
		if (!watch[i])
			err = ERR_IO;
	}
	if (!err)
		err = relay_jail(t->relay, t->file, &why);
	if (!err)
		err = greet(t);
	if (!err) {
		log_say(&t->log, LOG_INFO, "relay", "serves on port %u",
		    relay_port(t->relay));
		turn_until_stopped(t);
	}
	for (i = 0; i < COUNT(signals); i++)
		watch_free(watch[i]);
	if (!err && t->relay->ended)
		return fail(mem_string(t->relay->ended), ERR_STATE);
	return err ? fail(why, err) : 0;
}

/* --- verbs --- */

static char *
verb_line(const struct tacetd *t)
{
	if (strcmp(t->verb, "revoke") == 0)
		return mem_format("revoke %s", t->word ? t->word : "");
	if (t->expires)
		return mem_format("%s %lld", t->verb,
		    (long long)options_int(&t->options, "invite-life"));
	return mem_string(t->verb);
}

static int
open_relay(struct tacetd *t, char **why)
{
	struct relay_setup setup = {
		.loop = t->loop, .options = &t->options, .log = &t->log,
		.data = t->data,
		.signer = t->verb ? SIGNER_NONE : SIGNER_PROCESS,
	};

	return relay_new(&t->relay, &setup, why);
}

static int
verb_without(struct tacetd *t, const char *line)
{
	struct buf out = {.secret = true};
	int code;

	control_line(t->relay, line, &out);
	relay_turn(t->relay, 0);
	if (t->relay->store->sick) {
		buf_clear(&out);
		buf_string(&out, "error the disk is full\n");
	}
	code = verb_show(buf_view(&out));
	buf_free(&out);
	return code;
}

static int
verb(struct tacetd *t)
{
	char *line = verb_line(t), *why = NULL;
	int code;

	code = verb_ask(t->loop, t->data, line);
	if (code < 0) {
		code = open_relay(t, &why);
		code = code ? fail(why, code) : verb_without(t, line);
	}
	mem_wipe(line, strlen(line));
	free(line);
	return code;
}

static int
run(struct tacetd *t)
{
	char *why = NULL;
	int err;

	t->loop = loop_new(&clock_system, &rng_system);
	if (!t->loop)
		return fail(NULL, ERR_IO);
	if (t->verb)
		return verb(t);
	err = open_relay(t, &why);
	return err ? fail(why, err) : serve(t);
}

static bool
ready(void)
{
	if (jail_no_dumps() == 0 && seal_start() == 0)
		return true;
	say("the system or libsodium is too old: run `make deps`");
	return false;
}

int
main(int argc, char **argv)
{
	struct tacetd t = {.argc = argc, .argv = argv};
	char *why = NULL;
	int code;

	t.log = (struct log){.fd = 2, .level = LOG_INFO,
	    .clock = &clock_system};
	if (argc == 4 && strcmp(argv[1], "signer") == 0)
		return ready() ? signer_run(argv[2], argv[3]) : 1;
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		usage(stdout);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		(void)puts("tacetd " VERSION);
		return 0;
	}
	if (!ready())
		return 1;
	if (read_options(&t, &why) != 0) {
		(void)fail(why, ERR_INPUT);
		return 2;
	}
	take_options(&t);
	code = run(&t);
	relay_free(t.relay);
	loop_free(t.loop);
	options_free(&t.options);
	free(t.config);
	free(t.file);
	free(t.data);
	return code;
}
