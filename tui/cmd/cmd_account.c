/* SPDX-License-Identifier: ISC */
/*
 * Verbs about one's own account: its devices, its record, its passphrase.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cmd.h"

static void
day_of(uint64_t ms, char day[static 16])
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(day, 16, "%Y-%m-%d", &tm) == 0)
		(void)snprintf(day, 16, "?");
}

int
cmd_devices(struct env *env, const struct words *w, char **why)
{
	const struct record *r = client_record(env->client);
	char id[2 * DEVICE_ID + 1], day[16];
	size_t i;

	(void)w;
	(void)why;
	for (i = 0; i < r->devices; i++) {
		hex_put(id, r->device[i].id, DEVICE_ID);
		cmd_say(env, "%.8s  %s", id, client_device_own(env->client,
		    r->device[i].id) ? "this device" : "another device");
	}
	for (i = 0; i < r->revoked; i++) {
		hex_put(id, r->gone[i], DEVICE_ID);
		cmd_say(env, "%.8s  revoked", id);
	}
	day_of(r->expires, day);
	cmd_say(env, "record %llu of %s, good until %s%s",
	    (unsigned long long)r->version, client_name(env->client), day,
	    client_renew_waits(env->client) ? ": /renew signs a new one" : "");
	return 0;
}

/* ---- the passphrase ---- */

static int
passwd_got(struct env *env, const struct buf *old, const struct buf *new,
    const char *about, char **why)
{
	bool account = strcmp(about, "account") == 0;
	int err = client_passwd(env->client, buf_view(old), buf_view(new),
	    account, why);

	if (err != 0)
		return err;
	if (env->shell)
		cmd_say(env, account ? "the account key has the new "
		    "passphrase" : "the passphrase is changed");
	else
		client_hint(env->client, false, account ? "the account key "
		    "has the new passphrase" : "the passphrase is changed");
	return 0;
}

int
cmd_passwd(struct env *env, const struct words *w, char **why)
{
	const char *of = w->n > 0 ? w->w[0] : "store";

	return secret_ask(env, SECRET_OLD | SECRET_NEW |
	    (strcmp(of, "account") == 0 ? SECRET_ACCOUNT : 0), of, passwd_got,
	    why);
}

/* ---- the record ---- */

static bool
renewed(struct env *env)
{
	if ((int64_t)client_record(env->client)->version > env->until_row) {
		cmd_say(env, "the relay has your new record");
		return true;
	}
	if (!cmd_waited(env))
		return false;
	cmd_late(env, EXIT_LATER, "the relay did not answer: %s; the new "
	    "record is kept and goes out when tacet next runs",
	    client_online_why(env->client));
	return true;
}

static int
renew_got(struct env *env, const struct buf *old, const struct buf *new,
    const char *about, char **why)
{
	int64_t was = (int64_t)client_record(env->client)->version;
	int err = client_renew(env->client, buf_view(old), why);

	(void)new;
	(void)about;
	if (err != 0)
		return err;
	if (env->shell) {
		env->until_row = was;
		env->until = renewed;
	} else {
		client_hint(env->client, false, "signed; it goes to the "
		    "relay");
	}
	return 0;
}

int
cmd_renew(struct env *env, const struct words *w, char **why)
{
	(void)w;
	return secret_ask(env, SECRET_OLD | SECRET_ACCOUNT, "", renew_got,
	    why);
}

/* ---- a backup ------------------------------------------------------------ */

/* Takes `--name` out of the words after the file; what is left is refused. */
static bool
flag_take(char *flags, const char *name)
{
	char *at = strstr(flags, name);

	if (at == NULL)
		return false;
	memset(at, ' ', strlen(name));
	return true;
}

static bool
backed_up(struct env *env)
{
	unsigned percent;
	int state = client_backup_state(env->client, &percent);

	if (state == 1)
		return false;
	if (state < 0)
		cmd_late(env, EXIT_REFUSED, "no backup was written: %s",
		    client_screen(env->client)->hint.s);
	else
		cmd_say(env, "%s", client_screen(env->client)->hint.s);
	return true;
}

/* about: flags, a blank, and the file */
static int
backup_got(struct env *env, const struct buf *old, const struct buf *new,
    const char *about, char **why)
{
	bool history = about[0] == 'h', force = about[1] == 'f';
	int err = client_backup(env->client, about + 3, buf_view(old), history,
	    force, why);

	(void)new;
	if (err == 0 && env->shell)
		env->until = backed_up;
	return err;
}

int
cmd_backup(struct env *env, const struct words *w, char **why)
{
	bool history = false, force = false;
	char *about;
	int err;

	if (w->n > 1) {
		history = flag_take(w->w[1], "--history");
		force = flag_take(w->w[1], "--force");
		if (w->w[1][strspn(w->w[1], " ")] != '\0')
			return cmd_refuse(why, ERR_INPUT, "after the file only "
			    "--history and --force may stand: %sbackup FILE "
			    "--history", cmd_slash(env));
	}
	about = mem_format("%c%c %s", history ? 'h' : '-', force ? 'f' : '-',
	    w->w[0]);
	err = secret_ask(env, SECRET_OLD | SECRET_ACCOUNT, about, backup_got,
	    why);
	free(about);
	return err;
}

/* ---- and back ------------------------------------------------------------ */

static bool
restored(struct env *env)
{
	char *why = NULL;
	int state = client_init_state(env->client, &why);

	if (state == 0 && !client_settled(env->client, false) &&
	    !cmd_waited(env)) {
		free(why);
		return false;
	}
	if (state == 0)
		cmd_say(env, "%s is back, on a new device; the conversations "
		    "go on when somebody in them has been online",
		    client_name(env->client));
	else if (state < 0)
		cmd_late(env, EXIT_REFUSED, "%s", why != NULL ? why :
		    err_text(state));
	free(why);
	if (state == 1 && cmd_waited(env)) {
		cmd_late(env, EXIT_LATER, "the relay did not take the new "
		    "device yet: %s; what was restored is kept, and it is "
		    "tried again when tacet next runs",
		    client_online_why(env->client));
		return true;
	}
	return state != 1;
}

static int
restore_got(struct env *env, const struct buf *old, const struct buf *new,
    const char *about, char **why)
{
	struct restored n;
	int err = client_restore(env->client, about + 2, buf_view(old),
	    about[0] == 'r', &n, why);
	char day[16];

	(void)new;
	if (err != 0)
		return err;
	day_of((uint64_t)n.made, day);
	cmd_say(env, "the backup of %s: %zu people, %zu conversations, %zu "
	    "messages, %zu films", day, n.people, n.talks, n.messages,
	    n.films);
	if (env->shell)
		env->until = restored;
	return 0;
}

int
cmd_restore(struct env *env, const struct words *w, char **why)
{
	char *about, answer[8] = "";
	int err;

	if (!client_fresh(env->client))
		return cmd_refuse(why, ERR_EXISTS, "this profile has an "
		    "account: restore into another one, from a shell: tacet "
		    "--profile NAME restore %s", w->w[0]);
	if (w->n > 1)
		(void)snprintf(answer, sizeof(answer), "%.6s", w->w[1]);
	else if (!env->shell || !pass_question("Is the device that made this backup lost or "
	    "stolen? y takes it off your account", answer, sizeof(answer)))
		return cmd_refuse(why, ERR_INPUT, "say what becomes of the "
		    "device that made the backup: %srestore %s revoke takes "
		    "it off your account, %srestore %s keep leaves it",
		    cmd_slash(env), w->w[0], cmd_slash(env), w->w[0]);
	about = mem_format("%c %s", answer[0] == 'r' || answer[0] == 'y' ?
	    'r' : 'k', w->w[0]);
	err = secret_ask(env, SECRET_OLD, about, restore_got, why);
	free(about);
	return err;
}
