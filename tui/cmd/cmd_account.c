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
