/* SPDX-License-Identifier: ISC */
/*
 * Sealed boxes on their way to the devices of a person: fetch the device's
 * inbox key, seal once, put until the relay has it. One job per device.
 */
#include "inside.h"

void
post_one(struct client *c, const uint8_t account[static ACCOUNT_ID],
    const uint8_t device[static DEVICE_ID], const struct body *body)
{
	struct person *p = person_of(c, account);
	struct job *j = job_add(c, JOB_POST);
	int err;

	j->person = p != NULL ? p->row : 0;
	j->step = STEP_KEYS;
	memcpy(j->account, account, ACCOUNT_ID);
	memcpy(j->device, device, DEVICE_ID);
	err = body_put(&j->data, body);
	if (err != 0) {
		log_say(c->log, LOG_ERROR, "post", "a box can't be made: %s",
		    err_text(err));
		job_done(c, j);
		return;
	}
	job_keep(c, j);
}

void
post_all(struct client *c, struct person *p, const struct body *body)
{
	size_t i;

	for (i = 0; i < p->record.devices; i++)
		post_one(c, p->account, p->record.device[i].id, body);
}

static void
post_put(struct client *c, struct job *j)
{
	struct msg m = {.code = MSG_box_put};

	memcpy(m.box_put.id, j->id, WIRE_ID);
	memcpy(m.box_put.account, j->account, ACCOUNT_ID);
	memcpy(m.box_put.device, j->device, DEVICE_ID);
	m.box_put.box = buf_view(&j->got);
	if (request_ask(c, WANT_BOX_PUT, j->row, &m))
		j->flight = c->session.generation;
}

/* A device that its account has revoked leaves no key any more. */
static bool
post_gone(struct client *c, const struct job *j)
{
	const struct record *r = record_of(c, j->account);

	return r != NULL && record_device(r, j->device) == NULL;
}

void
post_drive(struct client *c, struct job *j)
{
	struct talk *t = talk_of_person(c, j->person);
	struct msg m = {.code = MSG_inbox_key_get};

	if (post_gone(c, j)) {
		job_done(c, j);
		return;
	}
	/* a request opens a log that must be there first; follow_created and
	 * follow_committed wake us */
	if (t != NULL && t->secret->start != START_DONE)
		return;
	if (j->step == STEP_SEND) {
		post_put(c, j);
		return;
	}
	memcpy(m.inbox_key_get.account, j->account, ACCOUNT_ID);
	memcpy(m.inbox_key_get.device, j->device, DEVICE_ID);
	if (request_ask(c, WANT_INBOX_KEY, j->row, &m))
		j->flight = c->session.generation;
}

static int
post_seal(struct client *c, struct job *j, struct bytes raw)
{
	const struct record *r = record_of(c, j->account);
	const struct device *d;
	struct inbox_key key;
	int err;

	if (r == NULL)
		return ERR_CHANGED;
	if (r != &c->self.record && expired_record(c, r))
		return ERR_EXPIRED;
	d = record_device(r, j->device);
	if (d == NULL)
		return ERR_NONE;
	err = inbox_key_get(raw, d->sign, client_now(c), &key);
	if (err == 0 && (memcmp(key.account, j->account, ACCOUNT_ID) != 0 ||
	    memcmp(key.device, j->device, DEVICE_ID) != 0))
		err = ERR_RULE;
	if (err != 0)
		return err;
	buf_free(&j->got);
	return box_seal(c->rng, &key, c->self.account, c->self.device,
	    c->self.record.version, c->self.secret->sign, buf_view(&j->data),
	    &j->got);
}

/* It can't get there, whatever is tried. */
static void
post_lost(struct client *c, struct job *j, int err)
{
	struct person *p = client_person(c, j->person);

	if (p != NULL)
		notice_add(c, NOTICE_ERROR, p->row, false, "what was meant for "
		    "a device of %s can't be left on the relay: %s; /add %s "
		    "tries again when they are online", p->name.s,
		    err_text(err), p->name.s);
	job_done(c, j);
}

void
post_key(struct client *c, struct job *j, int err, struct bytes raw)
{
	struct person *p = client_person(c, j->person);

	if (err == 0)
		err = post_seal(c, j, raw);
	if (err == ERR_CHANGED) {
		job_done(c, j);         /* its notice is there already */
		return;
	}
	if (err == ERR_BIG) {
		post_lost(c, j, err);
		return;
	}
	if (err != 0) {
		if (j->tries == 0 && p != NULL)
			notice_add(c, NOTICE_INFO, p->row, false, "%s's inbox "
			    "key can't be used now (%s): the relay is asked "
			    "again by itself", p->name.s, err_text(err));
		job_later(c, j, err);
		return;
	}
	j->step = STEP_SEND;
	j->tries = 0;
	job_keep(c, j);
	post_put(c, j);
}

void
post_sent(struct client *c, struct job *j, int err)
{
	if (err == 0 || err == ERR_EXISTS) {
		job_done(c, j);
		return;
	}
	log_say(c->log, LOG_WARN, "post", "the relay refused a box: %s",
	    err_text(err));
	if (err == ERR_BIG || err == ERR_NONE) {
		post_lost(c, j, err);
		return;
	}
	job_later(c, j, err);
}
