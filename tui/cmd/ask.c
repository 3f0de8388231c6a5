/* SPDX-License-Identifier: ISC */
/*
 * Questions on the input line: the first run (name, relay, passphrase), the
 * passphrase of a locked store, a line that looks like a command, leaving with
 * messages that wait.
 */
#include <stdlib.h>

#include "cmd.h"

struct first {
	char *name;
	struct address address;
	bool addressed, running, back;
	bool link;              /* one more device, no new account */
	bool restore;           /* a backup's passphrase is being asked for */
	struct buf pass;
};

static struct screen *
screen_of(struct env *env)
{
	return client_screen(env->client);
}

static void
say(struct env *env, bool bad, const char *text)
{
	client_hint(env->client, bad, "%s", text);
}

void
ask_stop(struct screen *s)
{
	s->ask = ASK_NONE;
	if (s->ask_text != NULL)
		mem_wipe(s->ask_text, strlen(s->ask_text));
	free(s->ask_text);
	s->ask_text = NULL;
}

/* ---- the first run ---- */

void
ask_free(struct env *env)
{
	secret_drop(env);
	if (env->first == NULL)
		return;
	free(env->first->name);
	buf_free(&env->first->pass);
	mem_wipe(env->first, sizeof(*env->first));
	free(env->first);
	env->first = NULL;
}

/* The screen of the new device goes on from here. */
static int
first_link(struct env *env, char **why)
{
	struct first *f = env->first;
	struct screen *s = screen_of(env);
	int err = client_link_new(env->client, buf_view(&f->pass),
	    &f->address, why);

	if (err != 0)
		return err;
	s->ask = ASK_NONE;
	s->view = VIEW_device;
	s->back = VIEW_list;
	ask_free(env);
	return 0;
}

static int
first_start(struct env *env, char **why)
{
	struct first *f = env->first;
	int err;

	if (f->link)
		return first_link(env, why);
	err = client_init(env->client, f->name, buf_view(&f->pass),
	    &f->address, why);

	if (err != 0)
		return err;
	f->running = true;
	screen_of(env)->ask = ASK_NONE;
	say(env, false, "registering with the relay ...");
	return 0;
}

/* On to the next answer that is missing. */
static int
first_next(struct env *env, char **why)
{
	struct screen *s = screen_of(env);
	struct first *f = env->first;

	edit_wipe(&s->edit);
	s->view = VIEW_first;
	if (f->name == NULL)
		s->ask = ASK_FIRST_NAME;
	else if (!f->addressed)
		s->ask = ASK_FIRST_ADDRESS;
	else if (f->pass.n == 0)
		s->ask = ASK_FIRST_PASS;
	else
		return first_start(env, why);
	return 0;
}

/* An answer without the blanks that a copied line has around it. */
static char *
trimmed(const char *s)
{
	size_t n;
	char *copy;

	s += strspn(s, " \t\n");
	copy = mem_string(s);
	for (n = strlen(copy); n > 0 && strchr(" \t\n", copy[n - 1]) != NULL;)
		copy[--n] = '\0';
	return copy;
}

static int
set_address(struct env *env, const char *text, char **why)
{
	const char *wrong = NULL;
	char *s = trimmed(text);
	int err = address_get(s, &env->first->address, &wrong);

	free(s);
	if (err != 0)
		return cmd_refuse(why, ERR_INPUT, "that is no relay's address: "
		    "%s", wrong != NULL ? wrong : "tacet://HOST:PORT/KEY");
	if (!env->first->address.pinned)
		return cmd_refuse(why, ERR_INPUT, "the relay's key is missing "
		    "in it; ask who runs the relay for the whole address: "
		    "tacet://HOST:PORT/KEY");
	env->first->addressed = true;
	return 0;
}

void
ask_first(struct env *env)
{
	const char *relay = options_string(env->options, "relay");
	char *why = NULL;

	ask_free(env);
	env->first = mem_alloc(sizeof(*env->first));
	env->first->pass.secret = true;
	if (relay[0] != '\0' && set_address(env, relay, &why) != 0)
		say(env, true, why);
	free(why);
	why = NULL;
	(void)first_next(env, &why);    /* only asks: nothing can be refused */
	free(why);
}

/* /restore FILE keep|revoke: the passphrase of the backup is asked for next,
 * and ask_turn() sees what comes of it. */
static int
first_restore(struct env *env, const char *line, char **why)
{
	const char *last = strrchr(line, ' ');
	int err;

	if (strcmp(last, " keep") != 0 && strcmp(last, " revoke") != 0)
		return cmd_refuse(why, ERR_INPUT, "/restore FILE keep, or "
		    "/restore FILE revoke if the old device is lost");
	err = cmd_line(env, line + 1, why);
	env->first->restore = err == 0;
	return err;
}

static int
got_name(struct env *env, const char *s, char **why)
{
	char *name = trimmed(s);
	int err;

	if (strncmp(name, "/restore ", 9) == 0) {
		err = first_restore(env, name, why);
		free(name);
		return err;
	}
	if (strcmp(name, "/link") == 0) {
		env->first->link = true;
		env->first->name = name;
		return first_next(env, why);
	}
	if (!name_ok(bytes_of(name, strlen(name)))) {
		free(name);
		return cmd_refuse(why, ERR_INPUT, "a name has small letters, "
		    "digits and . _ - inside, at most %d: type another, as "
		    "alice", NAME_LEN);
	}
	env->first->name = name;
	return first_next(env, why);
}

static int
got_address(struct env *env, const char *s, char **why)
{
	int err = set_address(env, s, why);

	return err != 0 ? err : first_next(env, why);
}

static unsigned
count_chars(const char *s)
{
	size_t n = strlen(s), used;
	unsigned chars = 0;

	for (size_t i = 0; i < n; i += used, chars++)
		(void)utf8_get(s + i, n - i, &used);
	return chars;
}

static int
got_pass(struct env *env, const char *s, char **why)
{
	struct screen *screen = screen_of(env);
	unsigned min;

	client_passphrase_min(&min);
	if (count_chars(s) < min) {
		edit_wipe(&screen->edit);
		return cmd_refuse(why, ERR_INPUT, "at least %u characters: "
		    "a few words are best", min);
	}
	buf_clear(&env->first->pass);
	buf_string(&env->first->pass, s);
	edit_wipe(&screen->edit);
	screen->ask = ASK_FIRST_AGAIN;
	return 0;
}

static int
got_again(struct env *env, const char *s, char **why)
{
	struct first *f = env->first;

	if (strlen(s) == f->pass.n && seal_same(s, f->pass.p, f->pass.n))
		return first_next(env, why);
	buf_free(&f->pass);
	f->pass.secret = true;
	edit_wipe(&screen_of(env)->edit);
	screen_of(env)->ask = ASK_FIRST_PASS;
	return cmd_refuse(why, ERR_PASS, "the two are not the same; type it "
	    "again");
}

/* What the relay's refusal asks for anew; the other answers stay. */
static void
first_refused(struct env *env, int err, const char *why)
{
	struct first *f = env->first;
	char *again = NULL;

	f->running = false;
	if (err == ERR_EXISTS || err == ERR_INPUT) {
		free(f->name);
		f->name = NULL;
	} else {
		f->addressed = false;
	}
	(void)first_next(env, &again);  /* only asks */
	free(again);
	say(env, true, why != NULL ? why : err_text(err));
}

/* It was typed, or Escape was pressed: there is an account now, or the first
 * question stands again. */
static void
first_restored(struct env *env)
{
	char *why = NULL;

	env->first->restore = false;
	if (client_fresh(env->client)) {
		(void)first_next(env, &why);    /* only asks */
		free(why);
		return;
	}
	env->first->running = env->first->back = true;
	screen_of(env)->ask = ASK_NONE;
}

void
ask_turn(struct env *env)
{
	char *why = NULL;
	bool back;
	int state;

	if (env->first != NULL && env->first->restore && !secret_asked(env))
		first_restored(env);
	if (env->first == NULL || !env->first->running)
		return;
	state = client_init_state(env->client, &why);
	if (state < 0 && !client_fresh(env->client)) {
		ask_free(env);
		screen_of(env)->view = VIEW_list;
		say(env, true, why != NULL ? why : err_text(state));
	} else if (state < 0) {
		first_refused(env, state, why);
	} else if (state == 0) {
		back = env->first->back;
		ask_free(env);
		screen_of(env)->view = back ? VIEW_list : VIEW_talk;
		if (back)
			client_hint(env->client, false, "You are %s again, on "
			    "a new device. Your conversations come back as "
			    "those in them are online.",
			    client_name(env->client));
		else
			say(env, false, "You are registered. /add NAME asks a "
			    "friend; F1 is help.");
	}
	free(why);
}

/* ---- the passphrase of a store ---- */

static int
got_unlock(struct env *env, const char *s, char **why)
{
	struct screen *screen = screen_of(env);
	int err = client_unlock(env->client, bytes_of(s, strlen(s)));

	edit_wipe(&screen->edit);
	if (err == ERR_PASS)
		return cmd_refuse(why, err, "wrong passphrase; try again");
	if (err == ERR_RATE)
		return cmd_refuse(why, err, "too many wrong ones: wait");
	if (err != 0)
		return cmd_refuse(why, err, "%s", screen->hint.s);
	ask_stop(screen);
	screen->view = client_talk(env->client, screen->talk) != NULL ?
	    VIEW_talk : VIEW_list;
	return 0;
}

/* ---- keys and Enter ---- */

static int
slash_yes(struct env *env, char **why)
{
	struct screen *s = screen_of(env);
	struct talk *t = client_talk(env->client, s->talk);
	uint8_t id[WIRE_ID];
	int err = t == NULL ? cmd_refuse(why, ERR_STATE, "nobody would read "
	    "this: open a conversation with /talk NAME") :
	    client_send(env->client, t, s->ask_text, strlen(s->ask_text), id,
	    why);

	if (err == 0)
		edit_push(&s->edit);
	ask_stop(s);
	return err;
}

static int
yes_no_key(struct env *env, const char *key, char **why)
{
	struct screen *s = screen_of(env);
	enum ask ask = s->ask;
	bool yes = strcmp(key, "y") == 0;
	int err = 0;

	if (!yes && strcmp(key, "n") != 0 && strcmp(key, "Escape") != 0)
		return 1;
	if (yes && ask == ASK_SLASH) {
		err = slash_yes(env, why);
		return err < 0 ? err : 1;
	}
	ask_stop(s);
	if (yes && ask == ASK_QUIT)
		env->quit = true;
	return 1;
}

/* Keys that stop or leave mean it while something is asked, too. */
int
ask_key(struct env *env, const char *key, char **why)
{
	struct screen *s = screen_of(env);

	if (strcmp(key, "C-q") == 0 && s->ask != ASK_QUIT)
		return 0;
	if (strcmp(key, "C-q") == 0)
		key = "y";
	if (strcmp(key, "C-c") == 0)
		key = "Escape";
	if (secret_asked(env))
		return secret_key(env, key);
	switch (s->ask) {
	case ASK_PASTE:
		return paste_key(env, key, why);
	case ASK_SLASH:
	case ASK_QUIT:
		return yes_no_key(env, key, why);
	default:
		return 0;
	}
}

int
ask_enter(struct env *env, char **why)
{
	static int (*const got[])(struct env *, const char *, char **) = {
		[ASK_PASS] = got_unlock,
		[ASK_FIRST_NAME] = got_name,
		[ASK_FIRST_ADDRESS] = got_address,
		[ASK_FIRST_PASS] = got_pass,
		[ASK_FIRST_AGAIN] = got_again,
	};
	struct screen *s = screen_of(env);
	char *text;
	int err;

	if (secret_asked(env))
		return secret_enter(env, why);
	if (s->ask >= COUNT(got) || got[s->ask] == NULL)
		return 0;
	text = mem_string(s->edit.s);
	err = got[s->ask](env, text, why);
	mem_wipe(text, strlen(text));
	free(text);
	return err;
}
