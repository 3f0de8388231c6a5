/* SPDX-License-Identifier: ISC */
/*
 * Verbs about keys: looking at them, the three ways to verify one, a changed
 * one, and vouching. What is verified and how is the client's affair.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cmd.h"

#define GROUP 5                 /* digits */
#define LINE_GROUPS 6
#define CODE "--code"         /* before what was told */

const char *
cmd_trust(struct env *env, const struct person *p)
{
	if (p->changed)
		return "KEY CHANGED";
	if (p->trust.differed)
		return "WORDS DIFFERED";
	if (p->verified)
		return p->trust.theirs != WAY_none ? "verified, by both" :
		    "verified";
	return client_alike(env->client, p) != NULL ?
	    "not compared, LOOKS LIKE ANOTHER" : "not compared";
}

/* ---- looking ------------------------------------------------------------------ */

static void
say_number(struct env *env, const uint8_t account[static ACCOUNT_ID])
{
	const uint8_t *mine = client_account(env->client);
	char digits[SAFETY_DIGITS + 1];
	uint16_t word[SAFETY_WORDS];
	struct buf text = {0};

	safety_words(mine, account, word);
	words_put(word, SAFETY_WORDS, &text);
	cmd_say(env, "%.*s", (int)text.n, (const char *)text.p);
	buf_free(&text);
	safety_number(mine, account, digits);
	for (int row = 0; row < SAFETY_DIGITS / GROUP / LINE_GROUPS; row++) {
		const char *d = digits + row * GROUP * LINE_GROUPS;

		cmd_say(env, "%.5s %.5s %.5s %.5s %.5s %.5s", d, d + 5, d + 10,
		    d + 15, d + 20, d + 25);
	}
}

int
cmd_safety(struct env *env, const struct words *w, char **why)
{
	char line[SAFETY_LINE];
	struct person *p;
	int err = cmd_who(env, w, 0, &p, why);

	if (err != 0)
		return err;
	say_number(env, p->account);
	safety_line(client_account(env->client), p->account, line);
	cmd_say(env, "%s", line);
	return 0;
}

static void
say_time(struct env *env, const char *what, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	char text[32];
	struct tm tm;

	if (ms > 0 && localtime_r(&t, &tm) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm) > 0)
		cmd_say(env, "%s %s", what, text);
}

static void
say_changed(struct env *env, const struct person *p)
{
	say_time(env, "the directory shows another key since",
	    p->trust.changed_when);
	cmd_say(env, "with the key you know:");
	say_number(env, p->account);
	cmd_say(env, "with the new key:");
	say_number(env, p->changed_to);
	if (p->trust.held.n > 0)
		cmd_say(env, "the new key asks to talk: held apart");
	cmd_say(env, "%sverify %s WORDS when they told you the new ones, "
	    "%snewkey %s to accept it uncompared", cmd_slash(env), p->name.s,
	    cmd_slash(env), p->name.s);
}

/* The person screen for whoever has none. */
static void
say_person(struct env *env, const struct person *p)
{
	struct buf like = {0};

	cmd_say(env, "%s: %s, %s", p->name.s, person_state_name(p->state),
	    cmd_trust(env, p));
	say_time(env, "known since", p->since);
	if (p->verified) {
		cmd_say(env, "%s", way_text(p->trust.way));
		say_time(env, "verified", p->trust.when);
	}
	if (p->trust.theirs != WAY_none)
		cmd_say(env, "they say of your key: %s",
		    way_text(p->trust.theirs));
	client_alike_text(env->client, p, &like);
	if (like.n > 0)
		cmd_say(env, "take care: %.*s", (int)like.n,
		    (const char *)like.p);
	buf_free(&like);
	cmd_say(env, "devices: %zu", p->record.devices);
	if (p->trust.accept)
		cmd_say(env, "a changed key is accepted without asking");
	if (p->changed)
		say_changed(env, p);
	else
		say_number(env, p->account);
}

/* A screen about somebody's keys; back leads to where one was. */
static void
show(struct env *env, const struct person *p, enum view v)
{
	struct screen *s = client_screen(env->client);

	s->person = p->row;
	s->person_at = 0;
	if (s->view != VIEW_person && s->view != VIEW_compare &&
	    s->view != VIEW_changed && s->view != VIEW_qr)
		s->back = s->view;
	s->view = v;
}

int
cmd_person(struct env *env, const struct words *w, char **why)
{
	struct person *p;
	int err = cmd_who(env, w, 0, &p, why);

	if (err != 0)
		return err;
	if (env->shell)
		say_person(env, p);
	else
		show(env, p, p->changed ? VIEW_changed : VIEW_person);
	return 0;
}

int
cmd_qr(struct env *env, const struct words *w, char **why)
{
	struct person *p;
	int err = cmd_who(env, w, 0, &p, why);

	if (err != 0)
		return err;
	if (env->shell)
		return cmd_safety(env, w, why);
	show(env, p, VIEW_qr);
	return 0;
}

int
cmd_digits(struct env *env, const struct words *w, char **why)
{
	struct screen *s = client_screen(env->client);

	(void)w;
	(void)why;
	s->digits = !s->digits;
	return 0;
}

/* ---- verifying ------------------------------------------------------------------ */

/* The line of a QR code says itself whom it is about. */
static bool
is_line(const char *s)
{
	return strncasecmp(s, "tacet:", 6) == 0;
}

static int
verify_line(struct env *env, const char *line, char **why)
{
	struct client *c = env->client;
	struct person *p;
	char *wrong = NULL;

	for (size_t i = 0; i < client_people(c); i++) {
		p = client_person_at(c, i);
		free(wrong);
		wrong = NULL;
		if (safety_check(line, client_account(c), p->changed ?
		    p->changed_to : p->account, &wrong) != 0)
			continue;
		free(wrong);
		if (client_typed(c, p, line, why) != 0)
			return ERR_DENIED;
		cmd_say(env, "%s is verified", p->name.s);
		return 0;
	}
	free(wrong);
	return cmd_refuse(why, ERR_DENIED, "that is the safety number with "
	    "nobody you know: %sverify WHO CODE says whose it should be",
	    cmd_slash(env));
}

/* y while words of a live comparison stand on the screen is about these. */
static bool
live(struct env *env, const struct person *p)
{
	const struct compare *k = client_compare(env->client);
	struct screen *s = client_screen(env->client);

	return k->step == COMPARE_WORDS && k->person == p->row &&
	    (env->shell || s->view == VIEW_compare);
}

static int
verify(struct env *env, struct person *p, const char *typed, char **why)
{
	struct screen *s = client_screen(env->client);
	bool changed = p->changed;
	int err;

	if (typed != NULL)
		err = client_typed(env->client, p, typed, why);
	else if (live(env, p))
		return client_compare_say(env->client, true, why);
	else if (!env->shell && s->view == VIEW_compare)
		return cmd_refuse(why, ERR_STATE, "there are no words yet: "
		    "wait until they stand on both screens");
	else if (changed && !env->shell && s->view == VIEW_changed)
		err = client_newkey_verified(env->client, p, NULL, why);
	else
		err = client_verified(env->client, p, true, why);
	if (err == 0 && changed && s->view == VIEW_changed)
		s->view = VIEW_person;
	if (err == 0)
		cmd_say(env, "%s is verified", p->name.s);
	return err;
}

/* What stands behind --code; NULL: there is none. Nothing is said by an empty
 * one: Enter on the line that `t' began must not be a yes. */
static const char *
code_of(const char *text)
{
	const char *at = text + strlen(CODE);

	if (strncmp(text, CODE, strlen(CODE)) != 0 ||
	    (*at != '\0' && *at != ' '))
		return NULL;
	return at + strspn(at, " ");
}

int
cmd_verify(struct env *env, const struct words *w, char **why)
{
	const char *text = w->n > 1 ? w->w[1] : NULL, *code;
	struct person *p;
	int err;

	if (w->n == 1 && is_line(w->w[0]))
		return verify_line(env, w->w[0], why);
	if (w->n == 2 && strcmp(w->w[0], CODE) == 0 && is_line(w->w[1]))
		return verify_line(env, w->w[1], why);
	code = text != NULL ? code_of(text) : NULL;
	if ((code != NULL && *code == '\0') ||
	    (w->n > 0 && strcmp(w->w[0], CODE) == 0))
		return cmd_refuse(why, ERR_INPUT, "nothing was typed in: "
		    "%sverify WHO --code TEXT takes the words, the digits or "
		    "the line beginning with TACET: that they told you",
		    cmd_slash(env));
	err = cmd_who(env, w, 0, &p, why);
	return err != 0 ? err : verify(env, p, code != NULL ? code : text,
	    why);
}

int
cmd_distrust(struct env *env, const struct words *w, char **why)
{
	struct screen *s = client_screen(env->client);
	struct person *p;
	int err = cmd_who(env, w, 0, &p, why);
	bool was;

	if (err == 0 && live(env, p))
		return client_compare_say(env->client, false, why);
	if (err == 0 && !env->shell && s->view == VIEW_compare)
		return cmd_refuse(why, ERR_STATE, "there are no words to say "
		    "no to: q ends the comparison");
	was = err == 0 && p->verified;
	if (err == 0)
		err = was ? client_verified(env->client, p, false, why) :
		    client_differs(env->client, p, why);
	if (err == 0)
		cmd_say(env, was ? "%s is not verified any more" : "noted: not "
		    "the same. Somebody may be between you and %s: write "
		    "nothing secret", p->name.s);
	return err;
}

int
cmd_code(struct env *env, const struct words *w, char **why)
{
	struct screen *s = client_screen(env->client);
	struct person *p;
	char *line;
	int err = cmd_who(env, w, 0, &p, why);

	if (err != 0)
		return err;
	line = mem_format("/verify %s " CODE " ", p->name.s);
	edit_set(&s->edit, line);
	free(line);
	cmd_say(env, "type or paste what %s told you, then Enter; four letters "
	    "of a word are enough", p->name.s);
	return 0;
}

int
cmd_compare(struct env *env, const struct words *w, char **why)
{
	const struct compare *k = client_compare(env->client);
	struct person *p;
	int err = cmd_who(env, w, 0, &p, why);

	if (err != 0)
		return err;
	if (k->person != p->row || k->step == COMPARE_NONE ||
	    k->step == COMPARE_OVER || k->step == COMPARE_CALLED)
		err = client_compare_begin(env->client, p, why);
	if (err == 0 && !env->shell)
		show(env, p, VIEW_compare);
	return err;
}

int
cmd_compare_stop(struct env *env, const struct words *w, char **why)
{
	struct screen *s = client_screen(env->client);
	bool shown = !env->shell && s->view == VIEW_compare;

	(void)w;
	if (shown)
		s->view = VIEW_person;
	if (shown && client_compare(env->client)->step == COMPARE_NONE)
		return 0;
	return client_compare_stop(env->client, why);
}

/* ---- a changed key ----------------------------------------------------------------- */

int
cmd_newkey(struct env *env, const struct words *w, char **why)
{
	struct screen *s = client_screen(env->client);
	struct person *p;
	int err = cmd_who(env, w, 0, &p, why);

	if (err == 0)
		err = client_newkey(env->client, p, why);
	if (err != 0)
		return err;
	if (!env->shell && s->view == VIEW_changed)
		cmd_open(env, client_talk_with(env->client, p->name.s));
	cmd_say(env, "the new key of %s is accepted, and not compared",
	    p->name.s);
	return 0;
}

int
cmd_policy(struct env *env, const struct words *w, char **why)
{
	struct person *p;
	int err = cmd_who(env, w, 0, &p, why);

	if (err == 0 && w->n > 1)
		err = client_policy(env->client, p,
		    strcmp(w->w[1], "accept") == 0, why);
	if (err == 0)
		cmd_say(env, p->trust.accept ? "a changed key of %s is "
		    "accepted without asking, and each time noted" :
		    "a changed key of %s stops everything until you decide",
		    p->name.s);
	return err;
}

/* Whom one could ask: the only one who is verified. */
static struct person *
only_verified(struct env *env, const struct person *but, struct buf *names)
{
	struct client *c = env->client;
	struct person *found = NULL, *p;
	size_t n = 0;

	for (size_t i = 0; i < client_people(c); i++) {
		p = client_person_at(c, i);
		if (p == but || !p->verified || p->changed ||
		    p->state != PERSON_CONTACT)
			continue;
		buf_format(names, "%s%s", n++ > 0 ? ", " : "", p->name.s);
		found = p;
	}
	return n == 1 ? found : NULL;
}

int
cmd_vouch(struct env *env, const struct words *w, char **why)
{
	struct person *p, *by = NULL;
	struct buf names = {0};
	int err = cmd_who(env, w, 0, &p, why);

	if (err == 0 && w->n > 1)
		err = cmd_who(env, w, 1, &by, why);
	if (err != 0)
		return err;
	if (by == NULL)
		by = only_verified(env, p, &names);
	if (by == NULL)
		err = names.n == 0 ? cmd_refuse(why, ERR_NONE, "there is "
		    "nobody whose key you have verified: only such a contact "
		    "can vouch for %s", p->name.s) :
		    cmd_refuse(why, ERR_INPUT, "whom do you want to ask about "
		    "%s? %svouch %s NAME, one of %.*s", p->name.s,
		    cmd_slash(env), p->name.s, (int)names.n,
		    (const char *)names.p);
	buf_free(&names);
	assert(err != 0 || by != NULL);         /* a refusal is an error */
	if (err == 0)
		err = client_vouch_ask(env->client, p, by, why);
	if (err == 0)
		cmd_say(env, "asked %s about the key of %s: the answer shows "
		    "among the notifications", by->name.s, p->name.s);
	return err;
}

int
cmd_vouch_tell(struct env *env, const struct words *w, char **why)
{
	bool yes = strcmp(w->w[0], "yes") == 0;
	struct person *p;
	int err = cmd_who(env, w, 1, &p, why);

	if (err == 0)
		err = client_vouch_tell(env->client, p, yes, why);
	if (err == 0)
		cmd_say(env, yes ? "%s is told what you know" :
		    "%s is told that you don't say", p->name.s);
	return err;
}
