/* SPDX-License-Identifier: ISC */
/*
 * Verbs of the shell that take time: they start something and say when it is
 * over.
 */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd.h"

static bool
never(struct env *env)
{
	(void)env;
	return false;
}

static bool
out_of_time(const struct env *env)
{
	return clock_mono(loop_clock(client_loop(env->client))) >=
	    env->deadline;
}

bool
cmd_waited(const struct env *env)
{
	enum online o = client_online(env->client);

	return o == ONLINE_STOP || o == ONLINE_OFF || out_of_time(env);
}

int
cmd_watch(struct env *env, const struct words *w, char **why)
{
	(void)w;
	(void)why;
	env->watch = true;
	env->until = never;
	return 0;
}

int
cmd_run(struct env *env, const struct words *w, char **why)
{
	(void)w;
	(void)why;
	env->watch = true;
	env->until = never;     /* the end of standard input ends it */
	return 0;
}

/* ---- init ---- */

static bool
init_over(struct env *env)
{
	char *why = NULL;
	int state = client_init_state(env->client, &why);

	/* friends must be able to ask while we are away: keys lie there first */
	if (state == 0 && !client_settled(env->client, false) &&
	    !out_of_time(env))
		return false;
	if (state == 0)
		cmd_say(env, "registered as %s", client_name(env->client));
	if (state < 0)
		cmd_late(env, EXIT_REFUSED, "%s", why != NULL ? why :
		    err_text(state));
	free(why);
	if (state == 1 && client_online(env->client) == ONLINE_STOP) {
		cmd_late(env, EXIT_REFUSED, "not registered: %s",
		    client_online_why(env->client));
		return true;
	}
	if (state == 1 && out_of_time(env)) {
		cmd_late(env, EXIT_LATER, "the relay did not answer: %s; the "
		    "account is kept here and is registered when tacet next "
		    "runs. If the address is wrong: tacet init %s --relay "
		    "ADDRESS", client_online_why(env->client),
		    client_name(env->client));
		return true;
	}
	return state != 1;
}

int
cmd_init(struct env *env, const struct words *w, char **why)
{
	struct address a;
	const char *relay = options_string(env->options, "relay"), *wrong;
	struct buf asked = {.secret = true}, *pass = env->pass;
	int err = 0;

	if (!name_ok(bytes_of(w->w[0], strlen(w->w[0]))))
		return cmd_refuse(why, ERR_INPUT, "%.40s can't be a name: small "
		    "letters, digits and . _ - inside, at most %d", w->w[0],
		    NAME_LEN);
	if (!client_fresh(env->client) &&
	    client_init_state(env->client, NULL) == 0)
		return cmd_refuse(why, ERR_EXISTS, "there is an account in this "
		    "profile: %s; another one: --profile NAME",
		    client_name(env->client));
	if (address_get(relay, &a, &wrong) != 0)
		return cmd_refuse(why, ERR_INPUT, "%s: tacet init %s --relay "
		    "ADDRESS", relay[0] == '\0' ? "the relay is missing" :
		    wrong, w->w[0]);
	if (!a.pinned)
		return cmd_refuse(why, ERR_INPUT, "the relay's key is missing "
		    "in its address: tacet://HOST:PORT/KEY");
	if (pass == NULL)       /* else a refused try has left a store */
		err = pass_read_new((int)options_int(env->options,
		    "passphrase-fd"), pass = &asked, why);
	if (err == 0)
		err = client_init(env->client, w->w[0], buf_view(pass), &a,
		    why);
	buf_free(&asked);
	env->until = init_over;
	return err;
}

/* ---- doctor ---- */

static void
line(struct env *env, bool good, const char *what, const char *text)
{
	cmd_say(env, "%s %-10s %s", good ? "ok" : "!!", what, text);
	if (!good)
		env->status = EXIT_REFUSED;
}

static void
doctor_terminal(struct env *env)
{
	const char *term = getenv("TERM"), *lang = getenv("LC_ALL");
	struct winsize ws = {0};

	if (lang == NULL)
		lang = getenv("LC_CTYPE");
	if (lang == NULL)
		lang = getenv("LANG");
	line(env, term != NULL && strcmp(term, "dumb") != 0, "terminal",
	    term == NULL ? "TERM is not set; export TERM=xterm-256color" :
	    term);
	line(env, true, "locale", lang == NULL || strcmp(lang, "C") == 0 ?
	    "not set; tacet takes C.UTF-8 for itself" : lang);
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0) {
		char *size = mem_format("%ux%u", ws.ws_col, ws.ws_row);

		line(env, ws.ws_col >= 20 && ws.ws_row >= 5, "size", size);
		free(size);
	}
}

static void
doctor_relay(struct env *env)
{
	enum online o = client_online(env->client);
	const char *why = client_online_why(env->client);

	line(env, o == ONLINE_ON, "relay", o == ONLINE_ON ? "connected" :
	    why != NULL && why[0] != '\0' ? why : online_name(o));
}

static void
doctor_clock(struct env *env)
{
	int64_t off;
	char *text;

	if (!client_clock_off(env->client, &off))
		return;
	text = mem_format("%lld s %s the relay's%s",
	    (long long)((off < 0 ? -off : off) / 1000),
	    off > 0 ? "behind" : "ahead of",
	    off > CLOCK_SKEW || off < -CLOCK_SKEW ?
	    "; set it right: timedatectl set-ntp true" : "");
	line(env, off <= CLOCK_SKEW && off >= -CLOCK_SKEW, "clock", text);
	free(text);
}

static bool
doctor_over(struct env *env)
{
	enum online o = client_online(env->client);
	bool locked = client_locked(env->client);

	if (!locked && o != ONLINE_ON && o != ONLINE_STOP && o != ONLINE_OFF &&
	    !out_of_time(env))
		return false;
	line(env, !client_fresh(env->client), "account",
	    client_fresh(env->client) ? "none yet: tacet init NAME --relay "
	    "ADDRESS" : client_name(env->client));
	line(env, !locked, "store", locked ? "locked" : "open");
	line(env, mem_secret_unlocked() == 0, "memory",
	    mem_secret_unlocked() == 0 ? "keys are locked into memory" :
	    "keys could reach swap: raise `ulimit -l`");
	doctor_terminal(env);
	doctor_relay(env);
	doctor_clock(env);
	return true;
}

int
cmd_doctor(struct env *env, const struct words *w, char **why)
{
	(void)w;
	(void)why;
	if (env->shell)
		env->until = doctor_over;
	else
		(void)doctor_over(env);
	return 0;
}
