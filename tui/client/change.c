/* SPDX-License-Identifier: ISC */
/*
 * The next version of our own record: a device more, a device less, or just a
 * later end. Signed at once and kept as a job, so that after a crash the same
 * bytes go out again. Where another device of ours was faster, its version is
 * read, checked to follow ours, and built upon; the account key is held in
 * locked memory for that, for half a minute at most. After that, or a restart,
 * what still needs a signature waits for the passphrase.
 */
#include <stdlib.h>
#include <time.h>

#include "inside.h"

#define CHANGE_ADD 1
#define CHANGE_REVOKE 2

struct change {
	uint8_t what;
	struct device device;
	uint8_t gone[DEVICE_ID];
	struct record_change ask;       /* points into this struct */
};

static void
change_put(struct buf *b, const struct record_change *rc)
{
	static const struct device none;
	static const uint8_t nobody[DEVICE_ID];
	const struct device *d = rc->add != NULL ? rc->add : &none;

	buf_u8(b, (uint8_t)((rc->add != NULL ? CHANGE_ADD : 0) |
	    (rc->revoke != NULL ? CHANGE_REVOKE : 0)));
	buf_put(b, d->sign, SIGN_PUBLIC);
	buf_put(b, d->transport, DH_SIZE);
	buf_put(b, rc->revoke != NULL ? rc->revoke : nobody, DEVICE_ID);
}

static int
change_get(const struct job *j, struct change *ch)
{
	struct rd r = rd_of(buf_view(&j->data));

	memset(ch, 0, sizeof(*ch));
	ch->what = rd_u8(&r);
	rd_copy(&r, ch->device.sign, SIGN_PUBLIC);
	rd_copy(&r, ch->device.transport, DH_SIZE);
	rd_copy(&r, ch->gone, DEVICE_ID);
	device_id(ch->device.sign, ch->device.id);
	if (ch->what & CHANGE_ADD)
		ch->ask.add = &ch->device;
	if (ch->what & CHANGE_REVOKE)
		ch->ask.revoke = ch->gone;
	return rd_end(&r);
}

static int
change_build(struct client *c, struct job *j, const struct account_key *k)
{
	struct record next;
	struct change ch;
	int err = change_get(j, &ch);

	if (err == 0)
		err = amend_next(c, &c->self.record, &ch.ask, &next);
	if (err != 0)
		return err;
	buf_free(&j->got);
	err = record_put(&next, k->secret, &j->got);
	j->step = STEP_SEND;
	j->tries = 0;
	job_keep(c, j);
	return err;
}

/* ---- starting ------------------------------------------------------------ */

static struct job *
change_job(const struct client *c)
{
	size_t i;

	for (i = 0; i < c->jobs; i++)
		if (c->job[i]->kind == JOB_RECORD)
			return c->job[i];
	return NULL;
}

bool
change_pending(const struct client *c)
{
	return change_job(c) != NULL;
}

static int
change_refuse(char **why, int err)
{
	switch (err) {
	case ERR_EXISTS:
		return client_refuse(why, err, "this device is one of yours "
		    "already: /devices lists them");
	case ERR_DENIED:
		return client_refuse(why, err, "this device was revoked before "
		    "and can't come back: make a new profile on it");
	case ERR_NONE:
		return client_refuse(why, err, "no device of yours has this "
		    "id: /devices lists them");
	case ERR_QUOTA:
		return client_refuse(why, err, "an account has at most %d "
		    "devices: revoke one first", DEVICES_MAX);
	default:
		return client_refuse(why, err, "the new record can't be "
		    "signed: %s", err_text(err));
	}
}

static int
change_judge(struct client *c, const struct record_change *rc, char **why)
{
	struct record next;
	int err;

	if (!c->open)
		return client_refuse(why, ERR_LOCKED, "locked: unlock first");
	if (!c->self.registered)
		return client_refuse(why, ERR_STATE, "there is no account here "
		    "yet: tacet init NAME makes one");
	if (change_job(c) != NULL)
		return client_refuse(why, ERR_BUSY, change_job(c)->step ==
		    STEP_SIGN ? "a change of your devices waits for the "
		    "passphrase: /renew asks for it" : "a change of your "
		    "devices is on its way: try again in a moment");
	if (rc->revoke != NULL && memcmp(rc->revoke, c->self.device,
	    DEVICE_ID) == 0)
		return client_refuse(why, ERR_INPUT, "this is the device you "
		    "sit at: revoke it from another one of yours");
	err = amend_next(c, &c->self.record, rc, &next);
	return err != 0 ? change_refuse(why, err) : 0;
}

static int
change_begin(struct client *c, const struct record_change *rc,
    const struct account_key *k)
{
	struct job *j = job_add(c, JOB_RECORD);
	int err;

	change_put(&j->data, rc);
	err = change_build(c, j, k);
	if (err != 0)
		job_done(c, j);
	timer_set(c->timer, 1);
	return err;
}

void
account_hold(struct client *c, struct account_key *k)
{
	change_forget(c);
	c->self.held = k;
	c->self.held_until = client_mono(c) + ACCOUNT_HOLD_MS;
}

void
change_forget(struct client *c)
{
	account_close(&c->self.held);
}

int
change_signed(struct client *c, const struct record_change *rc,
    struct account_key **k, char **why)
{
	int err = change_judge(c, rc, why);

	if (err != 0)
		return err;
	err = change_begin(c, rc, *k);
	if (err != 0)
		return change_refuse(why, err);
	account_hold(c, *k);
	*k = NULL;
	return 0;
}

int
account_change(struct client *c, const struct record_change *rc,
    struct bytes pass, char **why)
{
	struct account_key *k;
	int err = change_judge(c, rc, why);

	if (err == 0)
		err = account_open(c, pass, &k, why);
	if (err != 0)
		return err;
	err = change_signed(c, rc, &k, why);
	account_close(&k);
	return err;
}

/* ---- renewing, and what waits for the passphrase -------------------------- */

static bool
change_old(const struct client *c)
{
	return c->self.registered && !c->self.gone && client_may_sign(c) &&
	    (int64_t)c->self.record.expires - client_now(c) < RECORD_RENEW;
}

bool
change_waits(const struct client *c)
{
	const struct job *j = change_job(c);

	return j != NULL ? j->step == STEP_SIGN : change_old(c);
}

int
change_sign(struct client *c, const struct account_key *k, char **why)
{
	static const struct record_change renew;
	struct job *j = change_job(c);
	int err = 0;

	if (j != NULL && j->step == STEP_SIGN)
		err = change_build(c, j, k);
	else if (j == NULL && change_old(c))
		err = change_begin(c, &renew, k);
	if (err != 0)
		return change_refuse(why, err);
	notice_answered(c, 0, NOTICE_RENEW);
	c->self.told = false;
	timer_set(c->timer, 1);
	return 0;
}

int
client_renew(struct client *c, struct bytes pass, char **why)
{
	static const struct record_change renew;
	struct account_key *k;
	int err;

	if (!change_waits(c))
		return account_change(c, &renew, pass, why);
	err = account_open(c, pass, &k, why);
	if (err != 0)
		return err;
	err = change_sign(c, k, why);
	account_hold(c, k);
	return err;
}

bool
client_renew_waits(const struct client *c)
{
	return c->open && change_waits(c);
}

static void
change_tell(struct client *c)
{
	time_t end = (time_t)(c->self.record.expires / 1000);
	char day[32] = "";
	struct tm tm;
	size_t i;

	c->self.told = true;
	for (i = 0; i < c->notices; i++)
		if (c->notice[i]->kind == NOTICE_RENEW && c->notice[i]->open)
			return;
	if (change_job(c) != NULL) {
		notice_add(c, NOTICE_RENEW, 0, true, "a change of your devices "
		    "has to be signed once more, because another device of "
		    "yours changed them first: /renew asks for the passphrase");
		return;
	}
	if (localtime_r(&end, &tm) != NULL)
		(void)strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	notice_add(c, NOTICE_RENEW, 0, true, "your account record ends on %s, "
	    "and then nobody can write to you: /renew asks for the passphrase "
	    "and signs a new one", day);
}

void
change_due(struct client *c)
{
	if (c->self.held != NULL && client_mono(c) >= c->self.held_until)
		change_forget(c);
	if (c->self.held != NULL)
		client_wake(c, c->self.held_until);
	else if (!c->self.told && session_clock_ok(c) && change_waits(c))
		change_tell(c);
}

/* ---- on its way ---------------------------------------------------------- */

static void
change_over(struct client *c, struct job *j)
{
	job_done(c, j);
	change_forget(c);
	notice_answered(c, 0, NOTICE_RENEW);
	c->self.told = false;
}

static void
change_fail(struct client *c, struct job *j, const char *what)
{
	notice_add(c, NOTICE_ERROR, 0, false, "the change of your devices was "
	    "not made: %s. /devices shows what holds", what);
	change_over(c, j);
}

static void
change_put_record(struct client *c, struct job *j)
{
	struct msg m = {.code = MSG_record_put};

	m.record_put.record = buf_view(&j->got);
	if (request_ask(c, WANT_RECORD_PUT, j->row, &m))
		j->flight = c->session.generation;
}

static void
change_look(struct client *c, struct job *j)
{
	struct msg m = {.code = MSG_lookup_id};

	memcpy(m.lookup_id.account, c->self.account, ACCOUNT_ID);
	if (request_ask(c, WANT_RECORD_JOB, j->row, &m))
		j->flight = c->session.generation;
}

void
change_drive(struct client *c, struct job *j)
{
	int err;

	if (j->step == STEP_SIGN) {
		if (c->self.held == NULL)
			return;
		err = change_build(c, j, c->self.held);
		if (err != 0) {
			change_fail(c, j, err_text(err));
			return;
		}
	}
	if (j->step == STEP_LOOKUP)
		change_look(c, j);
	else
		change_put_record(c, j);
}

static void
change_done(struct client *c, struct job *j)
{
	struct record r;
	int err = record_get(buf_view(&j->got), &r);

	if (err == 0)
		err = self_record(c, &r, buf_view(&j->got));
	if (err != 0) {
		change_fail(c, j, err_text(err));
		return;
	}
	keep_crash("record-done");
	change_over(c, j);
	client_event(c, EVENT_record, NULL, NULL, NULL, NULL);
	client_show(c);
}

void
change_sent(struct client *c, struct job *j, const struct answer *a)
{
	switch (a->err) {
	case 0:
		change_done(c, j);
		break;
	case ERR_RULE:
	case ERR_REPLAY:
		/* not the next one any more: what is there now? */
		j->step = STEP_LOOKUP;
		j->tries = 0;
		job_keep(c, j);
		timer_set(c->timer, 1);
		break;
	case ERR_EXISTS:
		change_fail(c, j, "that device belongs to another account");
		break;
	case ERR_EXPIRED:
		change_fail(c, j, "this computer's clock is far behind the "
		    "relay's; set it right (timedatectl set-ntp true) and try "
		    "again");
		break;
	default:
		job_later(c, j, a->err);
		break;
	}
}

/* Another version of ours is in force: the change goes on top of it. */
static void
change_rebase(struct client *c, struct job *j, const struct record *r,
    struct bytes raw)
{
	uint64_t was = c->self.record.version;
	struct change ch;
	int err = change_get(j, &ch);

	if (err == 0)
		err = self_record(c, r, raw);
	if (err == 0 && c->self.gone)
		err = ERR_DENIED;
	if (err != 0) {
		change_fail(c, j, err == ERR_DENIED ? "another device of yours "
		    "has revoked this one" : err_text(err));
		return;
	}
	if (amend_said(c, r, &ch.ask)) {
		change_over(c, j);
		client_event(c, EVENT_record, NULL, NULL, NULL, NULL);
		return;
	}
	if (r->version == was) {
		change_fail(c, j, "the relay refuses the next version of your "
		    "record and shows none that is newer: ask its operator");
		return;
	}
	j->step = STEP_SIGN;
	buf_free(&j->got);
	job_keep(c, j);
	timer_set(c->timer, 1);
}

void
change_looked(struct client *c, struct job *j, const struct answer *a)
{
	struct record r;
	int err = a->err;

	if (err == 0)
		err = record_get(a->data, &r);
	if (err == 0 && memcmp(r.account, c->self.account, ACCOUNT_ID) != 0)
		err = ERR_RULE;
	if (err != 0) {
		job_later(c, j, err);
		return;
	}
	change_rebase(c, j, &r, a->data);
}
