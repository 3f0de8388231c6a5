/* SPDX-License-Identifier: ISC */
/*
 * Commands that need a passphrase: it is asked for in the input line, where it
 * shows as dots and never enters the history, or at the shell's terminal. What
 * was typed is wiped as soon as the command has run, or Escape was pressed. One
 * that was refused is asked for again until then: a passphrase that is typed
 * once more must not be read by somebody in a conversation.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"

struct secret {
	unsigned what;
	char *about;
	secret_fn *run;
	struct buf old, new;
};

static void
secret_free(struct secret *s)
{
	if (s == NULL)
		return;
	buf_free(&s->old);
	buf_free(&s->new);
	free(s->about);
	free(s);
}

bool
secret_asked(const struct env *env)
{
	enum ask ask;

	if (env->secret == NULL)
		return false;
	ask = client_screen(env->client)->ask;
	return ask == ASK_OLD || ask == ASK_NEW || ask == ASK_NEW_AGAIN;
}

void
secret_drop(struct env *env)
{
	struct screen *s;

	if (secret_asked(env)) {
		s = client_screen(env->client);
		s->ask = ASK_NONE;
		edit_wipe(&s->edit);
	}
	secret_free(env->secret);
	env->secret = NULL;
}

bool
secret_verb(const char *verb)
{
	static const char *const row[] = {"passwd", "renew", "link",
	    "revoke", "backup", "restore"};

	for (size_t i = 0; i < COUNT(row); i++)
		if (cmd_is(verb, row[i]))
			return true;
	return false;
}

/* ---- the shell ---- */

static int
secret_shell(struct env *env, struct secret *s, char **why)
{
	int fd = (int)options_int(env->options, "passphrase-fd"), err = 0;

	if (env->pass == NULL && !env->lines && client_fresh(env->client))
		err = pass_read(fd, "passphrase of the backup", &s->old, why);
	else if (env->lines || env->pass == NULL)
		return cmd_refuse(why, ERR_STATE, "this needs the passphrase, "
		    "and the profile is open in another tacet: type the "
		    "command there, or end that one first");
	else if ((s->what & SECRET_ACCOUNT) && client_account_apart(env->client))
		err = pass_read(fd, "passphrase of the account key",
		    &s->old, why);
	else
		buf_bytes(&s->old, buf_view(env->pass));
	if (err == 0 && (s->what & SECRET_NEW))
		err = pass_read_new(fd, &s->new, why);
	return err != 0 ? err : s->run(env, &s->old, &s->new, s->about, why);
}

int
secret_ask(struct env *env, unsigned what, const char *about, secret_fn *run,
    char **why)
{
	struct screen *screen = client_screen(env->client);
	struct secret *s = mem_alloc(sizeof(*s));
	int err;

	s->what = what;
	s->about = mem_string(about);
	s->run = run;
	s->old.secret = s->new.secret = true;
	if (env->shell) {
		err = secret_shell(env, s, why);
		secret_free(s);
		return err;
	}
	secret_drop(env);
	env->secret = s;
	client_draft(env->client);
	edit_wipe(&screen->edit);
	screen->ask = what & SECRET_OLD ? ASK_OLD : ASK_NEW;
	return 0;
}

/* ---- the input line ---- */

/* A wrong one, one too many, or a new one that will not do. */
static bool
secret_refused(const struct secret *s, int err)
{
	return err == ERR_PASS || err == ERR_RATE ||
	    (err == ERR_INPUT && (s->what & SECRET_NEW));
}

static int
secret_run(struct env *env, char **why)
{
	struct secret *s = env->secret;
	struct screen *screen = client_screen(env->client);
	int err;

	env->secret = NULL;
	screen->ask = ASK_NONE;
	err = s->run(env, &s->old, &s->new, s->about, why);
	if (!secret_refused(s, err)) {
		secret_free(s);
		return err;
	}
	env->secret = s;
	buf_free(&s->new);
	s->new.secret = true;
	if (err == ERR_INPUT) {
		screen->ask = ASK_NEW;
		return err;
	}
	buf_free(&s->old);
	s->old.secret = true;
	screen->ask = ASK_OLD;
	return err;
}

static int
secret_again(struct env *env, const char *text, char **why)
{
	struct secret *s = env->secret;

	if (strlen(text) == s->new.n && seal_same(text, s->new.p, s->new.n))
		return secret_run(env, why);
	buf_free(&s->new);
	s->new.secret = true;
	client_screen(env->client)->ask = ASK_NEW;
	return cmd_refuse(why, ERR_PASS, "the two are not the same; type the "
	    "new one again");
}

static int
secret_step(struct env *env, const char *text, char **why)
{
	struct screen *screen = client_screen(env->client);
	struct secret *s = env->secret;

	if (screen->ask == ASK_NEW_AGAIN)
		return secret_again(env, text, why);
	if (text[0] == '\0')
		return cmd_refuse(why, ERR_PASS, "the passphrase is empty: "
		    "type it, or press Escape");
	if (screen->ask == ASK_OLD) {
		buf_string(&s->old, text);
		if (!(s->what & SECRET_NEW))
			return secret_run(env, why);
		screen->ask = ASK_NEW;
		return 0;
	}
	buf_string(&s->new, text);
	screen->ask = ASK_NEW_AGAIN;
	return 0;
}

int
secret_enter(struct env *env, char **why)
{
	struct edit *e = &client_screen(env->client)->edit;
	char *text = mem_string(e->s);
	int err;

	edit_wipe(e);
	err = secret_step(env, text, why);
	mem_wipe(text, strlen(text));
	free(text);
	return err;
}

int
secret_key(struct env *env, const char *key)
{
	if (strcmp(key, "Escape") != 0)
		return 0;
	secret_drop(env);
	client_hint(env->client, false, "stopped; nothing was changed");
	return 1;
}
