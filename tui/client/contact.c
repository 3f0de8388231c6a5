/* SPDX-License-Identifier: ISC */
/*
 * Asking somebody to talk: look the name up, take a KeyPackage of each of
 * their devices, make the group and the request. From the moment the group is
 * made one may write; all of it works while the other is away.
 */
#include <stdio.h>
#include <stdlib.h>

#include "inside.h"

#define NOTE_MAX 1000
#define GROUP_LIFE (365 * DAY_MS)

static int
contact_judge(struct client *c, const char *name, const char *note, char **why)
{
	struct person *p;
	struct talk *t;

	if (!c->self.registered)
		return client_refuse(why, ERR_STATE, "there is no account here "
		    "yet: tacet init NAME makes one");
	if (!name_ok(bytes_of(name, strlen(name))))
		return client_refuse(why, ERR_INPUT, "a name has 1 to 32 of "
		    "a-z 0-9 . _ - : /add bob");
	if (strcmp(name, c->self.name) == 0)
		return client_refuse(why, ERR_INPUT, "that is your own name: "
		    "/add takes somebody else's");
	if (note != NULL && (strlen(note) > NOTE_MAX ||
	    !utf8_valid(note, strlen(note))))
		return client_refuse(why, ERR_BIG, "the note is longer than %d "
		    "bytes: say the rest later", NOTE_MAX);
	if (job_named(c, JOB_ADD, name) != NULL)
		return client_refuse(why, ERR_EXISTS, "you are asking %s "
		    "already: /why says how far it is", name);
	p = client_person_named(c, name);
	if (p == NULL)
		return 0;
	t = talk_of_person(c, p->row);
	if (p->changed)
		return client_refuse(why, ERR_CHANGED, "the account key of %s "
		    "has changed: /person %s shows both", name, name);
	if (p->state == PERSON_BLOCKED)
		return client_refuse(why, ERR_DENIED, "you have blocked %s: "
		    "/unblock %s first", name, name);
	if ((p->state == PERSON_CONTACT || p->state == PERSON_ASKED) &&
	    t != NULL && t->state != TALK_STOPPED)
		return client_refuse(why, ERR_EXISTS, p->state ==
		    PERSON_CONTACT ? "%s is a contact already: /talk %s" :
		    "you have asked %s already: /talk %s", name, name);
	return 0;
}

int
client_add(struct client *c, const char *name, const char *note, char **why)
{
	struct person *p;
	struct job *j;
	int err;

	if (!c->open)
		return client_refuse(why, ERR_LOCKED, "locked: unlock first");
	err = contact_judge(c, name, note, why);
	if (err != 0)
		return err;
	p = client_person_named(c, name);
	if (p != NULL && p->state == PERSON_ASKING)
		return client_accept(c, p, why);
	j = job_add(c, JOB_ADD);
	memcpy(j->name, name, strlen(name));
	if (note != NULL)
		buf_string(&j->data, note);
	job_keep(c, j);
	timer_set(c->timer, 1);
	return 0;
}

/* It ends here, with a sentence, and where it was asked for that is seen. */
static void PRINTF(3, 4)
contact_fail(struct client *c, struct job *j, const char *fmt, ...)
{
	struct person *p = client_person(c, j->person);
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = mem_vformat(fmt, ap);
	va_end(ap);
	notice_add(c, NOTICE_ERROR, j->person, false, "%s", s);
	if (strcmp(c->screen.awaiting, j->name) == 0) {
		client_hint(c, true, "%s", s);
		c->screen.awaiting[0] = '\0';
	}
	free(s);
	if (p != NULL && p->state == PERSON_ASKED)
		person_set(c, p, PERSON_KNOWN);
	job_done(c, j);
}

static struct person *
contact_person(struct client *c, struct job *j, const struct record *r,
    struct bytes raw)
{
	struct person *p = client_person_named(c, r->name);
	struct talk *t;

	if (p == NULL)
		p = person_of(c, r->account);
	if (p == NULL)
		p = person_add(c, r, raw, PERSON_KNOWN);
	else if (person_record(c, p, r, raw) != 0)
		return NULL;
	/* they asked meanwhile: that is the same as accepting */
	if (p->state == PERSON_ASKING || p->state == PERSON_CONTACT) {
		t = talk_of_person(c, p->row);
		if (t != NULL && t->state != TALK_STOPPED)
			return NULL;
	}
	person_set(c, p, PERSON_ASKED);
	t = talk_of_person(c, p->row);
	if (t == NULL)
		t = talk_add(c, p, TALK_ASKED);
	talk_set(c, t, TALK_ASKED);
	if (j->data.n > 0)
		message_system(c, t, "you ask %s to talk: %.*s", p->name.s,
		    (int)j->data.n, (const char *)j->data.p);
	j->person = p->row;
	return p;
}

void
contact_record(struct client *c, struct job *j, int err, struct bytes raw)
{
	char day[EXPIRED_DAY];
	struct person *p;
	struct record r;

	if (err == ERR_NONE) {
		contact_fail(c, j, "nobody on this relay is called %s: check "
		    "the spelling, then /add NAME", j->name);
		return;
	}
	if (err == 0)
		err = record_get(raw, &r);
	if (err == 0 && strcmp(r.name, j->name) != 0)
		err = ERR_RULE;
	if (err != 0) {
		contact_fail(c, j, "the relay's answer about %s can't be "
		    "believed: %s. Nothing was sent; /add %s tries again",
		    j->name, err_text(err), j->name);
		return;
	}
	if (expired_record(c, &r)) {
		expired_day(&r, day);
		contact_fail(c, j, "the account record of %s ended on %s: "
		    "nothing was sent. They renew it with /renew; after that "
		    "/add %s", j->name, day, j->name);
		return;
	}
	p = contact_person(c, j, &r, raw);
	if (p == NULL) {
		job_done(c, j);
		return;
	}
	j->step = STEP_KEYS;
	buf_free(&j->got);
	job_keep(c, j);
}

/* ---- KeyPackages ------------------------------------------------------- */

#define CONTACT_TAKEN_MAX DEVICES_MAX

struct contact_taken {
	struct bytes package[CONTACT_TAKEN_MAX];
	size_t n;
};

static void
contact_taken(const struct job *j, struct contact_taken *k)
{
	struct rd r = rd_of(buf_view(&j->got));

	for (k->n = 0; rd_left(&r) > 0 && k->n < CONTACT_TAKEN_MAX; k->n++)
		k->package[k->n] = rd_view(&r, rd_u32(&r));
}

/* Is it really that device's, and does it say what the record says? */
int
contact_package_ok(struct client *c, const uint8_t account[static ACCOUNT_ID],
    const struct device *d, struct bytes raw)
{
	uint8_t identity[CREDENTIAL_SIZE];
	const struct record *r = record_of(c, account);
	struct mls_package kp;
	struct mls_env env;
	int err;

	memcpy(identity, account, ACCOUNT_ID);
	memcpy(identity + ACCOUNT_ID, d->id, DEVICE_ID);
	client_env(c, &env);
	err = mls_package_parse(raw, &kp);
	if (err == 0)
		err = mls_package_check(&env, &kp);
	if (err == 0 && kp.suite != c->self.suite)
		err = ERR_SUITE;
	if (err == 0 && defence(package) && !bytes_same(
	    kp.leaf.credential.body, bytes_of(identity, sizeof(identity))))
		err = ERR_RULE;
	if (err == 0 && r != NULL && r != &c->self.record &&
	    expired_record(c, r))
		err = ERR_EXPIRED;
	return err;
}

void
contact_package(struct client *c, struct job *j, int err, struct bytes raw)
{
	struct person *p = client_person(c, j->person);
	struct contact_taken k;

	contact_taken(j, &k);
	if (p == NULL || k.n >= p->record.devices) {
		job_done(c, j);
		return;
	}
	if (err == ERR_NONE) {
		if (j->tries == 0)
			notice_add(c, NOTICE_INFO, p->row, false, "%s has left "
			    "no keys on the relay yet: the request goes out "
			    "when they have been online", p->name.s);
		job_later(c, j, err);
		return;
	}
	if (err == 0)
		err = contact_package_ok(c, p->account,
		    &p->record.device[k.n], raw);
	if (err != 0) {
		contact_fail(c, j, "the relay gave a key for %s that is not "
		    "theirs, or has expired: %s. Nothing was sent; /add %s "
		    "tries again", p->name.s, err_text(err), p->name.s);
		return;
	}
	buf_u32(&j->got, (uint32_t)raw.n);
	buf_bytes(&j->got, raw);
	job_keep(c, j);
}

/* ---- the group --------------------------------------------------------- */

/* The lowest id wins on both sides: a group that takes the place of another
 * one needs a lower id than that. */
static void
contact_group_id(struct client *c, const struct talk *t,
    uint8_t id[static WIRE_ID])
{
	int i, tries = 0;

	do
		client_id(c, id);
	while (t->secret->group != NULL && memcmp(id, t->log, WIRE_ID) >= 0 &&
	    ++tries < 64);
	if (tries < 64)
		return;
	memcpy(id, t->log, WIRE_ID);    /* it is low already: just below */
	for (i = WIRE_ID - 1; i >= 0 && id[i]-- == 0; i--)
		;
}

static int
contact_group(struct client *c, const struct mls_env *env,
    const struct talk *t, struct mls_group **g)
{
	uint8_t identity[CREDENTIAL_SIZE], id[WIRE_ID];
	struct mls_group_ask ask = {.suite = c->self.suite};
	struct buf ext = {0};
	int err;

	contact_group_id(c, t, id);
	self_look(c, identity, &ext, &ask.self);
	ask.group_id = bytes_of(id, sizeof(id));
	ask.not_before = (uint64_t)(client_now(c) - CLOCK_SKEW) / 1000;
	ask.not_after = (uint64_t)(client_now(c) + GROUP_LIFE) / 1000;
	err = mls_group_create(env, &ask, g);
	buf_free(&ext);
	return err;
}

static void
contact_request(struct client *c, struct person *p, const struct talk *t,
    const struct job *j, const struct mls_made *made)
{
	struct body b = {.code = BODY_request};

	client_id(c, b.id);
	b.time = (uint64_t)client_now(c);
	memcpy(b.request.log, t->log, WIRE_ID);
	b.request.suite = c->self.suite;
	b.request.note = buf_view(&j->data);
	b.request.record = buf_view(&c->self.record_raw);
	b.request.welcome = buf_view(&made->welcome);
	post_all(c, p, &b);
}

/* Makes and applies the commit; access keys of the epochs before and after. */
static int
contact_commit(const struct mls_env *env, struct mls_group *g,
    const struct mls_commit_ask *ask, struct mls_made *made,
    uint8_t access[static 2][KEY_SIZE])
{
	struct mls_stage *stage;
	int err;

	err = talk_access(g, access[0]);
	if (err == 0)
		err = mls_commit_make(env, g, ask, made);
	if (err != 0)
		return err;
	stage = made->stage;
	made->stage = NULL;
	err = mls_stage_apply(g, stage);
	if (err != 0) {
		mls_stage_free(stage);
		return err;
	}
	return talk_access(g, access[1]);
}

/*
 * Epoch 0 has us alone, the commit that adds them begins epoch 1. The log is
 * ours and new, so nobody can be faster: the commit is applied at once and one
 * may write, and the relay gets log, commit and messages in their order.
 */
static int
contact_make(struct client *c, struct job *j, struct person *p, struct talk *t)
{
	struct mls_commit_ask ask = {0};
	struct contact_taken k;
	struct mls_group *g = NULL;
	struct mls_made made = {0};
	uint8_t access[2][KEY_SIZE];
	struct mls_env env;
	int err;

	contact_taken(j, &k);
	ask.add = k.package;
	ask.n_add = k.n;
	client_env(c, &env);
	err = contact_group(c, &env, t, &g);
	if (err == 0)
		err = contact_commit(&env, g, &ask, &made, access);
	if (err == 0) {
		talk_take(c, t, g);
		g = NULL;
		members_note(c, t);
		t->secret->start = START_CREATE;
		memcpy(t->secret->access, access, sizeof(access));
		client_id(c, t->secret->commit_id);
		buf_bytes(&t->secret->commit, buf_view(&made.message));
		contact_request(c, p, t, j, &made);
	}
	mls_group_free(g);
	mls_made_free(&made);
	mem_wipe(access, sizeof(access));
	return err;
}

void
contact_drive(struct client *c, struct job *j)
{
	struct msg m = {.code = MSG_package_take};
	struct person *p = client_person(c, j->person);
	struct talk *t = p != NULL ? talk_of_person(c, p->row) : NULL;
	struct contact_taken k;
	int err;

	if (t == NULL || t->state != TALK_ASKED || p->changed) {
		job_done(c, j);         /* overtaken by their request, or off */
		return;
	}
	contact_taken(j, &k);
	if (p->record.devices == 0) {
		contact_fail(c, j, "%s has no device at present: ask again "
		    "later with /add %s", p->name.s, p->name.s);
		return;
	}
	if (k.n < p->record.devices) {
		m.package_take.suite = c->self.suite;
		memcpy(m.package_take.account, p->account, ACCOUNT_ID);
		memcpy(m.package_take.device, p->record.device[k.n].id,
		    DEVICE_ID);
		if (request_ask(c, WANT_PACKAGE, j->row, &m))
			j->flight = c->session.generation;
		return;
	}
	err = contact_make(c, j, p, t);
	if (err != 0) {
		contact_fail(c, j, "no conversation with %s could be made: %s; "
		    "/add %s tries again", p->name.s, err_text(err), p->name.s);
		return;
	}
	resend_group(c, t);
	job_done(c, j);
}
