/* SPDX-License-Identifier: ISC */
/*
 * Bringing an account into a group: a KeyPackage of each of its devices that
 * isn't in it yet, and once a commit has added them, the Welcome as a sealed
 * box for each. The account may be our own, with a new device.
 */
#include <stdlib.h>

#include "inside.h"

struct job *
invite_of(struct client *c, const struct talk *t,
    const uint8_t account[static ACCOUNT_ID], enum job_kind kind)
{
	size_t i;

	for (i = 0; i < c->jobs; i++)
		if (c->job[i]->kind == kind && c->job[i]->talk == t->row &&
		    memcmp(c->job[i]->account, account, ACCOUNT_ID) == 0)
			return c->job[i];
	return NULL;
}

struct job *
invite_add(struct client *c, struct talk *t,
    const uint8_t account[static ACCOUNT_ID])
{
	struct job *j = invite_of(c, t, account, JOB_INVITE);
	struct person *p = person_of(c, account);

	if (j != NULL)
		return j;
	j = job_add(c, JOB_INVITE);
	j->step = STEP_KEYS;
	j->talk = t->row;
	j->person = p != NULL ? p->row : 0;
	memcpy(j->account, account, ACCOUNT_ID);
	job_keep(c, j);
	timer_set(c->timer, 1);
	return j;
}

void
invite_taken(const struct job *j, struct invite_taken *k)
{
	struct rd r = rd_of(buf_view(&j->got));

	for (k->n = 0; rd_left(&r) > 0 && k->n < INVITE_TAKEN_MAX; k->n++) {
		rd_copy(&r, k->device[k->n], DEVICE_ID);
		k->package[k->n] = rd_view(&r, rd_u32(&r));
	}
}

/* The leaf that a device had when it asked to be let in again */
bool
invite_stale(const struct mls_group *g, const struct job *j, uint32_t index)
{
	const struct mls_leaf *leaf = mls_group_leaf(g, index);

	return leaf != NULL && j->data.n > 0 &&
	    bytes_same(leaf->encryption_key, buf_view(&j->data)) &&
	    leaf->credential.body.n == CREDENTIAL_SIZE &&
	    memcmp(leaf->credential.body.p, j->account, ACCOUNT_ID) == 0 &&
	    memcmp(leaf->credential.body.p + ACCOUNT_ID, j->device,
	    DEVICE_ID) == 0;
}

static bool
invite_in(const struct mls_group *g, const struct job *j,
    const struct device *d)
{
	uint32_t index;

	return mls_group_find(g, bytes_of(d->sign, SIGN_PUBLIC),
	    &index) == 0 && !invite_stale(g, j, index);
}

static bool
invite_has(const struct invite_taken *k, const struct device *d)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		if (memcmp(k->device[i], d->id, DEVICE_ID) == 0)
			return true;
	return false;
}

/* The next device to take one for; NULL: none is missing. */
static const struct device *
invite_next(struct client *c, const struct talk *t, const struct job *j,
    const struct invite_taken *k)
{
	const struct record *r = record_of(c, j->account);
	const struct device *d;
	size_t i;

	for (i = 0; r != NULL && i < r->devices; i++) {
		d = &r->device[i];
		if (record_device(r, d->id) != NULL && !invite_has(k, d) &&
		    !invite_in(t->secret->group, j, d) &&
		    (!branch_pending(t) || branch_had(t, bytes_of(j->account,
		    ACCOUNT_ID), d->id)))
			return d;
	}
	return NULL;
}

/* Nobody is missing who may come now; *n: the packages that are there */
static bool
invite_complete(struct client *c, const struct talk *t, const struct job *j,
    size_t *n)
{
	struct invite_taken k;

	invite_taken(j, &k);
	*n = k.n;
	return record_of(c, j->account) != NULL &&
	    invite_next(c, t, j, &k) == NULL;
}

bool
invite_whole(struct client *c, const struct talk *t, const struct job *j)
{
	size_t n;

	return invite_complete(c, t, j, &n) && n > 0;
}

bool
invite_idle(struct client *c, const struct talk *t, const struct job *j)
{
	size_t n;

	return invite_complete(c, t, j, &n) && n == 0;
}

/* Packages of devices that somebody else's commit has added meanwhile. */
static void
invite_sift(struct client *c, const struct talk *t, struct job *j)
{
	const struct record *r = record_of(c, j->account);
	const struct device *d;
	struct invite_taken k;
	struct buf left = {.secret = true};
	size_t i;

	invite_taken(j, &k);
	for (i = 0; i < k.n; i++) {
		d = r != NULL ? record_device(r, k.device[i]) : NULL;
		if (d == NULL || invite_in(t->secret->group, j, d))
			continue;
		buf_put(&left, k.device[i], DEVICE_ID);
		buf_u32(&left, (uint32_t)k.package[i].n);
		buf_bytes(&left, k.package[i]);
	}
	if (left.n != j->got.n) {
		buf_free(&j->got);
		j->got = left;
		job_keep(c, j);
		return;
	}
	buf_free(&left);
}

/* In a room only an admin brings an account in; of those in it, anybody lets a
 * device in. */
static bool
invite_may(struct client *c, const struct talk *t, const struct job *j)
{
	const struct mls_group *g = t->secret->group;
	struct room room;

	if (g == NULL || !talk_is_room(t) || branch_pending(t) ||
	    member_in(g, bytes_of(j->account, ACCOUNT_ID)))
		return true;
	return member_room(g, &room) == 0 &&
	    room_admin(&room, c->self.account);
}

void
invite_drive(struct client *c, struct job *j)
{
	struct msg m = {.code = MSG_package_take};
	struct talk *t = client_talk(c, j->talk);
	const struct device *d;
	struct invite_taken k;

	if (t == NULL || t->state == TALK_CLOSED || !invite_may(c, t, j)) {
		job_done(c, j);
		return;
	}
	if (t->secret->group == NULL || record_of(c, j->account) == NULL)
		return;
	invite_sift(c, t, j);
	invite_taken(j, &k);
	d = invite_next(c, t, j, &k);
	if (d == NULL) {
		/* all are in it; or come in when those before have */
		if (k.n == 0 && !branch_pending(t))
			job_done(c, j);
		return;
	}
	m.package_take.suite = c->self.suite;
	memcpy(m.package_take.account, j->account, ACCOUNT_ID);
	memcpy(m.package_take.device, d->id, DEVICE_ID);
	if (request_ask(c, WANT_PACKAGE, j->row, &m))
		j->flight = c->session.generation;
}

static void
invite_failed(struct client *c, struct job *j, const struct talk *t, int err)
{
	struct person *p = client_person(c, j->person);

	notice_add(c, NOTICE_ERROR, j->person, false, "the relay gave a key "
	    "for %s that is not theirs, or has expired: %s. They were not "
	    "added to %s; add them again to try once more",
	    p != NULL ? p->name.s : "your other device", err_text(err),
	    t->title.s);
	job_done(c, j);
}

void
invite_package(struct client *c, struct job *j, int err, struct bytes raw)
{
	struct talk *t = client_talk(c, j->talk);
	struct person *p = client_person(c, j->person);
	const struct device *d;
	struct invite_taken k;

	if (t == NULL || t->secret->group == NULL) {
		job_done(c, j);
		return;
	}
	if (err == ERR_NONE) {
		if (j->tries == 0 && p != NULL)
			notice_add(c, NOTICE_INFO, p->row, false, "%s has left "
			    "no keys on the relay yet: they join %s when they "
			    "have been online", p->name.s, t->title.s);
		job_later(c, j, err);
		return;
	}
	invite_taken(j, &k);
	d = invite_next(c, t, j, &k);
	if (d == NULL)
		return;
	if (err == 0)
		err = contact_package_ok(c, j->account, d, raw);
	if (err != 0) {
		invite_failed(c, j, t, err);
		return;
	}
	buf_put(&j->got, d->id, DEVICE_ID);
	buf_u32(&j->got, (uint32_t)raw.n);
	buf_bytes(&j->got, raw);
	job_keep(c, j);
}

/* ---- the Welcome --------------------------------------------------------- */

void
invite_welcome(struct client *c, struct job *j)
{
	struct talk *t = client_talk(c, j->talk);
	struct body b = {.code = BODY_invite};
	uint8_t account[ACCOUNT_ID], device[DEVICE_ID];
	struct rd r = rd_of(buf_view(&j->data));

	if (j->step != STEP_SEND)
		return;         /* the relay hasn't taken the commit yet */
	if (t == NULL || t->secret->group == NULL) {
		job_done(c, j);
		return;
	}
	client_id(c, b.id);
	b.time = (uint64_t)client_now(c);
	memcpy(b.invite.log, t->log, WIRE_ID);
	b.invite.suite = mls_group_suite(t->secret->group);
	b.invite.record = buf_view(&c->self.record_raw);
	b.invite.welcome = buf_view(&j->got);
	while (rd_left(&r) >= CREDENTIAL_SIZE) {
		rd_copy(&r, account, sizeof(account));
		rd_copy(&r, device, sizeof(device));
		post_one(c, account, device, &b);
	}
	job_done(c, j);
}
