/* SPDX-License-Identifier: ISC */
/*
 * Verbs about linking a device and revoking one. On a new device `link` runs
 * without an account; on the old one it takes the words that the new one shows.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"

/* ---- the end of it, for a verb of the shell ------------------------------ */

static void
link_tell(struct env *env, const struct linkup_view *v)
{
	switch (v->step) {
	case LINKUP_CODE:
		cmd_say(env, "on the device that has the account: /link %s",
		    v->code);
		cmd_say(env, "(good for ten minutes; they prove nothing)");
		break;
	case LINKUP_COMPARE:
		cmd_say(env, "compare with the other screen:");
		cmd_say(env, "    %s", v->words);
		cmd_say(env, v->old ? "the same there? y, h with what was "
		    "said, Y or H to let it add devices too, or n" : "the same there? y or n");
		break;
	case LINKUP_WAIT:
		cmd_say(env, "now the same on the other device");
		break;
	case LINKUP_HAND:
		cmd_say(env, v->old ? "handing over" : "taking over");
		break;
	default:
		break;
	}
}

static bool
link_ended(struct env *env)
{
	const struct linkup_view *v = client_link(env->client);
	char *why = NULL;

	if (v == NULL)
		return true;
	if ((int64_t)v->step != env->until_row) {
		env->until_row = (int64_t)v->step;
		link_tell(env, v);
	}
	if (v->step == LINKUP_SIGN && env->pass != NULL &&
	    client_link_sign(env->client, buf_view(env->pass), &why) != 0) {
		cmd_late(env, EXIT_PASS, "%s", why != NULL ? why : "");
		client_link_stop(env->client);
		free(why);
		return true;
	}
	free(why);
	if (v->step == LINKUP_OVER) {
		cmd_late(env, EXIT_REFUSED, "%s", v->why);
		return true;
	}
	if (v->step != LINKUP_DONE || !client_settled(env->client, false))
		return false;
	cmd_say(env, v->old ? "the new device is one of yours" :
	    "this device is one of %s's", client_name(env->client));
	return true;
}

/* ---- link ---------------------------------------------------------------- */

static int
link_signed(struct env *env, const struct buf *old, const struct buf *new,
    const char *about, char **why)
{
	int err = client_link_sign(env->client, buf_view(old), why);

	(void)new;
	(void)about;
	if (err != 0)
		env->link_asked = false;        /* once more */
	return err;
}

/* Once a turn, on a screen: the passphrase is asked for when it is its turn. */
void
cmd_linking(struct env *env)
{
	const struct linkup_view *v = client_link(env->client);
	struct screen *s = client_screen(env->client);
	char *why = NULL;

	if (v == NULL || v->step != LINKUP_SIGN || s->view != VIEW_device ||
	    s->ask != ASK_NONE || env->link_asked)
		return;
	env->link_asked = true;
	if (secret_ask(env, SECRET_OLD | SECRET_ACCOUNT, "", link_signed,
	    &why) != 0 && why != NULL)
		client_hint(env->client, true, "%s", why);
	free(why);
}

static int
newdev(struct env *env, const char *text, char **why)
{
	struct buf pass = {.secret = true};
	const char *wrong = NULL;
	struct address a;
	int err = address_get(text, &a, &wrong);

	if (err != 0)
		return cmd_refuse(why, ERR_INPUT, "there is no account in this "
		    "profile, and that is no relay's address: %s. To make this "
		    "one more device of yours: tacet link ADDRESS, which the "
		    "other one prints with tacet address",
		    wrong != NULL ? wrong : "tacet://HOST:PORT/KEY");
	err = pass_read_new((int)options_int(env->options, "passphrase-fd"),
	    &pass, why);
	if (err == 0)
		err = client_link_new(env->client, buf_view(&pass), &a, why);
	buf_free(&pass);
	env->until = link_ended;
	env->until_row = LINKUP_NONE;
	env->answers = "link";
	return err;
}

static int
join(struct env *env, const char *text, char **why)
{
	struct screen *s = client_screen(env->client);
	int err = client_link_join(env->client, text, why);

	if (err != 0)
		return err;
	env->link_asked = false;
	if (!env->shell) {
		s->back = s->view != VIEW_device ? s->view : s->back;
		s->view = VIEW_device;
		return 0;
	}
	if (env->lines)
		return 0;
	env->until = link_ended;
	env->until_row = LINKUP_NONE;
	env->answers = "link";
	return 0;
}

static int
link_stop(struct env *env)
{
	struct screen *s = client_screen(env->client);

	client_link_stop(env->client);
	if (env->shell || client_link(env->client) != NULL)
		return 0;
	if (client_fresh(env->client))
		ask_first(env);
	else
		s->view = s->back != VIEW_device && s->back != VIEW_first ?
		    s->back : VIEW_list;
	return 0;
}

static int
link_show(struct env *env)
{
	struct screen *s = client_screen(env->client);
	const struct linkup_view *v = client_link(env->client);

	if (!env->shell) {
		s->back = s->view != VIEW_device ? s->view : s->back;
		s->view = VIEW_device;
	} else if (v != NULL) {
		link_tell(env, v);
	} else {
		cmd_say(env, "no device is being linked; on the new one: "
		    "tacet link ADDRESS");
	}
	return 0;
}

int
cmd_link(struct env *env, const struct words *w, char **why)
{
	const char *text = w->n > 0 ? w->w[0] : "";

	if (text[0] == '\0')
		return link_show(env);
	if (strcmp(text, "y") == 0 || strcmp(text, "yes") == 0)
		return client_link_answer(env->client, true, 0, why);
	if (strcmp(text, "h") == 0 || strcmp(text, "yes history") == 0)
		return client_link_answer(env->client, true, LINK_HISTORY,
		    why);
	if (strcmp(text, "Y") == 0 || strcmp(text, "yes sign") == 0)
		return client_link_answer(env->client, true, LINK_SIGN, why);
	if (strcmp(text, "H") == 0 || strcmp(text, "yes all") == 0)
		return client_link_answer(env->client, true, LINK_SIGN |
		    LINK_HISTORY, why);
	if (strcmp(text, "n") == 0 || strcmp(text, "no") == 0)
		return client_link_answer(env->client, false, 0, why);
	if (strcmp(text, "q") == 0 || strcmp(text, "stop") == 0)
		return link_stop(env);
	if (client_fresh(env->client))
		return newdev(env, text, why);
	return join(env, text, why);
}

/* ---- revoke -------------------------------------------------------------- */

static int
find_device(struct env *env, const char *text, uint8_t id[static DEVICE_ID],
    char **why)
{
	const struct record *r = client_record(env->client);
	char hex[2 * DEVICE_ID + 1];
	size_t found = 0, n = strlen(text);

	for (size_t i = 0; i < r->devices; i++) {
		hex_put(hex, r->device[i].id, DEVICE_ID);
		if (n < 4 || strncmp(hex, text, n) != 0)
			continue;
		memcpy(id, r->device[i].id, DEVICE_ID);
		found++;
	}
	if (found == 1)
		return 0;
	return cmd_refuse(why, ERR_NONE, found > 1 ? "more than one device of "
	    "yours begins with %.32s: type more of it, %sdevices lists them" :
	    "no device of yours is called %.32s: %sdevices lists them, type "
	    "its eight letters", text, cmd_slash(env));
}

static bool
revoked(struct env *env)
{
	if ((int64_t)client_record(env->client)->version > env->until_row) {
		cmd_say(env, "revoked; it is taken out of your conversations "
		    "as they are next used");
		return true;
	}
	if (!cmd_waited(env))
		return false;
	cmd_late(env, EXIT_LATER, "the relay did not answer: %s; the device is "
	    "revoked when tacet next runs", client_online_why(env->client));
	return true;
}

static int
revoke_got(struct env *env, const struct buf *old, const struct buf *new,
    const char *about, char **why)
{
	int64_t was = (int64_t)client_record(env->client)->version;
	struct record_change rc = {0};
	uint8_t id[DEVICE_ID];
	int err = find_device(env, about, id, why);

	(void)new;
	rc.revoke = id;
	if (err == 0)
		err = account_change(env->client, &rc, buf_view(old), why);
	if (err != 0)
		return err;
	if (env->shell) {
		env->until_row = was;
		env->until = revoked;
	} else {
		client_hint(env->client, false, "revoked: the relay is told, "
		    "and your conversations take it out");
	}
	return 0;
}

int
cmd_revoke(struct env *env, const struct words *w, char **why)
{
	uint8_t id[DEVICE_ID];
	int err = find_device(env, w->w[0], id, why);

	if (err == 0 && client_device_own(env->client, id))
		err = cmd_refuse(why, ERR_INPUT, "this is the device you sit "
		    "at: revoke it from another one of yours");
	if (err == 0 && !client_may_sign(env->client))
		err = cmd_refuse(why, ERR_DENIED, "this device may not change "
		    "your devices: revoke it on one that may");
	if (err != 0)
		return err;
	return secret_ask(env, SECRET_OLD | SECRET_ACCOUNT, w->w[0],
	    revoke_got, why);
}
