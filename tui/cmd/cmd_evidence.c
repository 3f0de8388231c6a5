/* SPDX-License-Identifier: ISC */
/*
 * Checking what somebody says is a proof that a relay lied. Needs no account,
 * no profile and no network, and takes nobody's word: two signatures and a few
 * hashes decide.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cmd.h"

/* Whose key it is: of the relay that is named, of ours, or nobody's we know. */
static const struct address *
evidence_relay(const struct env *env, struct address *named)
{
	const char *relay = options_string(env->options, "relay"), *wrong;

	if (relay[0] != '\0' && address_get(relay, named, &wrong) == 0)
		return named;
	return env->client != NULL && !client_fresh(env->client) &&
	    !client_locked(env->client) ? client_address(env->client) : NULL;
}

static void
evidence_time(int64_t ms, char text[static 64])
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	text[0] = '\0';
	if (gmtime_r(&t, &tm) != NULL)
		(void)strftime(text, 64, "%Y-%m-%d %H:%M UTC", &tm);
}

static void
evidence_head(struct env *env, const char *which, const struct head *h)
{
	char root[2 * HASH32 + 1], when[64];

	hex_put(root, h->root, HASH32);
	evidence_time((int64_t)h->time, when);
	cmd_say(env, "%s: %llu entries, signed %s", which,
	    (unsigned long long)h->size, when);
	cmd_say(env, "  root %s", root);
}

static void
evidence_json_head(struct json *j, const char *key, const struct head *h)
{
	json_open(j, key, '{');
	json_int(j, "size", (int64_t)h->size);
	json_hex(j, "root", h->root, HASH32);
	json_int(j, "time", (int64_t)h->time);
	json_close(j, '}');
}

static void
evidence_json(struct env *env, const struct evidence *e,
    const struct address *relay)
{
	struct buf line = {0};
	struct json j = json_to(&line);

	json_open(&j, NULL, '{');
	json_bool(&j, "evidence", true);
	json_hex(&j, "head_key", e->first.key, SIGN_PUBLIC);
	if (relay != NULL) {
		json_string(&j, "relay", relay->host);
		json_bool(&j, "same", head_pinned(&e->first, relay->pin));
	}
	evidence_json_head(&j, "first", &e->first);
	evidence_json_head(&j, "later", &e->later);
	json_close(&j, '}');
	buf_u8(&line, 0);
	cmd_say(env, "%s", (const char *)line.p);
	buf_free(&line);
}

static void
evidence_text(struct env *env, const char *file, const struct evidence *e,
    const struct address *relay)
{
	char key[2 * SIGN_PUBLIC + 1];

	hex_put(key, e->first.key, SIGN_PUBLIC);
	cmd_say(env, "%s proves it: one relay signed two directories that "
	    "can't both be true", file);
	evidence_head(env, "one", &e->first);
	evidence_head(env, "the other", &e->later);
	cmd_say(env, "head key of that relay: %s", key);
	if (relay == NULL)
		cmd_say(env, "to see whether it is a relay's: "
		    "tacet verify-evidence %s --relay ADDRESS", file);
	else
		cmd_say(env, head_pinned(&e->first, relay->pin) ?
		    "it is the key of the relay at %s" :
		    "it is NOT the key of the relay at %s", relay->host);
}

static const char *
evidence_wrong(int err)
{
	switch (err) {
	case ERR_RULE:
		return "both heads can be true";
	case ERR_SIGN:
		return "a head in it is not signed by the key it names";
	case ERR_KEY:
		return "its heads are of two different relays";
	default:
		return "it is no evidence file, or is damaged";
	}
}

int
cmd_verify_evidence(struct env *env, const struct words *w, char **why)
{
	struct address named;
	const struct address *relay = evidence_relay(env, &named);
	const char *file = w->w[0];
	struct buf raw = {0};
	struct evidence e;
	int err = path_read(file, EVIDENCE_MAX, &raw);

	if (err != 0) {
		buf_free(&raw);
		return cmd_refuse(why, err, "%.200s can't be read: %s; give "
		    "the path of a file that tacet wrote", file,
		    err_text(err));
	}
	err = evidence_check(buf_view(&raw), &e);
	if (err != 0)
		err = cmd_refuse(why, err, "%.200s proves nothing: %s. Ask for "
		    "the file once more, as it is", file, evidence_wrong(err));
	else if (env->json)
		evidence_json(env, &e, relay);
	else
		evidence_text(env, file, &e, relay);
	buf_free(&raw);
	return err;
}
