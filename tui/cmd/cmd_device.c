/* SPDX-License-Identifier: ISC */
/*
 * Verbs about linking a device and revoking one. On a new device `link` runs
 * without an account; on the old one it takes the words that the new one shows.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"

#define LINK_JOIN_MS 60000      /* for the next conversation to be joined */

/* ---- the end of it, for a verb of the shell ------------------------------ */

static void
link_code(struct env *env, const struct linkup_view *v)
{
	char line[LINK_LINE];

	cmd_say(env, "On the device that has the account type, in tacet:\n");
	cmd_say(env, "    /link %s\n", v->code);
	cmd_say(env, "or at its shell: tacet link %s", v->code);
	client_link_line(v, line);
	if (env->qr != NULL && env->qr(line, env->out))
		cmd_say(env, "As a code for a camera; /link takes the line "
		    "that it reads, too.");
	cmd_say(env, "The words are good for ten minutes and prove nothing; "
	    "what proves it comes next. C-c ends it.");
}

static void
link_compare(struct env *env, const struct linkup_view *v)
{
	cmd_say(env, "Are these seven words the same on both screens?\n");
	cmd_say(env, "    %s\n", v->words);
	if (!v->old) {
		cmd_say(env, "Type y if they are, each in its place; n if "
		    "not; then Enter.");
		return;
	}
	cmd_say(env, "Type one of these, then Enter:");
	cmd_say(env, "    y  the same; h  and hand over what was said");
	cmd_say(env, "    Y  the same, and the new one may add and revoke "
	    "devices; H  both");
	cmd_say(env, "    n  not the same: nothing is handed over");
}

static void
link_tell(struct env *env, const struct linkup_view *v)
{
	switch (v->step) {
	case LINKUP_DIAL:
		cmd_say(env, "calling the relay ...");
		break;
	case LINKUP_CODE:
		link_code(env, v);
		break;
	case LINKUP_MEET:
		cmd_say(env, "keys are being exchanged ...");
		break;
	case LINKUP_COMPARE:
		link_compare(env, v);
		break;
	case LINKUP_WAIT:
		cmd_say(env, "You said yes; now the same on the other "
		    "device, if its words are these.");
		break;
	case LINKUP_HAND:
		cmd_say(env, v->old ? "handing over the account ..." :
		    "taking over the account ...");
		break;
	case LINKUP_DONE:
		cmd_say(env, v->old ? "the new device is one of yours" :
		    "this device is one of %s's", client_name(env->client));
		break;
	default:
		break;
	}
}

/* Each conversation takes a commit of the old one and a Welcome. */
static bool
link_joined(struct env *env, const struct linkup_view *v)
{
	size_t n = client_link_joined(env->client);

	if (n != env->link_joined) {
		env->link_joined = n;
		env->deadline = clock_mono(loop_clock(client_loop(
		    env->client))) + LINK_JOIN_MS;
		cmd_say(env, "joining: %zu of %zu conversations", n,
		    v->talks);
	}
	if (n >= v->talks)
		return client_settled(env->client, false);
	if (!cmd_waited(env))
		return false;
	cmd_late(env, EXIT_LATER, "%zu of %zu conversations are joined; the "
	    "others follow when tacet runs on both devices: start it there "
	    "and here", n, v->talks);
	return true;
}

/* Its own passphrase is asked for, where the account key has one. */
static void
link_shell_sign(struct env *env)
{
	struct buf pass = {.secret = true};
	char *why = NULL;
	int err = 0;

	if (client_account_apart(env->client))
		err = pass_read((int)options_int(env->options,
		    "passphrase-fd"), "passphrase of the account key", &pass,
		    &why);
	else
		buf_bytes(&pass, buf_view(env->pass));
	if (err == 0)
		err = client_link_sign(env->client, buf_view(&pass), &why);
	if (err != 0) {
		cmd_say(env, "%s", why != NULL ? why : err_text(err));
		client_link_stop(env->client);
	}
	buf_free(&pass);
	free(why);
}

static bool
link_ended(struct env *env)
{
	const struct linkup_view *v = client_link(env->client);

	if (v == NULL)
		return true;
	if (v->step == LINKUP_SIGN)
		link_shell_sign(env);
	if ((int64_t)v->step != env->until_row) {
		env->until_row = (int64_t)v->step;
		env->deadline = clock_mono(loop_clock(client_loop(
		    env->client))) + LINK_JOIN_MS;
		link_tell(env, v);
	}
	if (v->step == LINKUP_OVER)
		cmd_late(env, EXIT_REFUSED, "%s", v->why);
	return v->step == LINKUP_OVER ||
	    (v->step == LINKUP_DONE && link_joined(env, v));
}

static void
link_wait(struct env *env)
{
	env->until = link_ended;
	env->until_row = LINKUP_NONE;
	env->link_joined = SIZE_MAX;
	env->answers = "link";
}

/* ---- link ---------------------------------------------------------------- */

static int
link_signed(struct env *env, const struct buf *old, const struct buf *new,
    const char *about, char **why)
{
	int err = client_link_sign(env->client, buf_view(old), why);

	(void)new;
	(void)about;
	if (err != 0 && err != ERR_PASS && err != ERR_RATE)
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
	link_wait(env);
	return err;
}

static int
join(struct env *env, const char *text, char **why)
{
	struct screen *s = client_screen(env->client);
	int err;

	if (env->shell && !env->lines && env->pass == NULL)
		return cmd_refuse(why, ERR_STATE, "the profile is open in "
		    "another tacet, which has to show what you compare: in "
		    "that one press / and type link %s; or end it first",
		    text);
	err = client_link_join(env->client, text, why);
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
	link_wait(env);
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
	if (env->answers != NULL && client_link_ends(env->client))
		return cmd_refuse(why, ERR_INPUT, "type y when both screens "
		    "show the same seven words, n when they don't, or q to "
		    "end it");
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
