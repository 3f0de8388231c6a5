/* SPDX-License-Identifier: ISC */
/*
 * Our inbox keys and the boxes that come in. A key is rotated weekly while we
 * are online; the private half of an old one is kept as long as a box for it
 * may still wait. A box is acknowledged once what it says is kept, or once it
 * is known to say nothing; its hash is remembered, so that a copy is dropped.
 */
#include <stdlib.h>

#include "inside.h"

#define BOX_REMEMBER (35 * DAY_MS)      /* the relay keeps one for 30 days */
#define BOX_JOBS_MAX 500                /* requests under way at once */
#define BOX_TOLD 20                     /* lines of the log, a connection */

static void
inbox_keep(struct client *c, const struct inbox *in)
{
	struct buf b = {.secret = true};

	buf_put(&b, in->secret, XWING_SECRET);
	buf_put(&b, in->key.key, XWING_PUBLIC);
	buf_u64(&b, in->key.from);
	buf_u64(&b, in->key.until);
	buf_u8(&b, in->put);
	buf_u64(&b, (uint64_t)in->replaced);
	buf_u32(&b, (uint32_t)in->raw.n);
	buf_bytes(&b, buf_view(&in->raw));
	keep_put(&c->keep, TABLE_inbox_key, in->row, 0, NULL, buf_view(&b));
	buf_free(&b);
}

static struct inbox *
inbox_new(struct client *c, int64_t row)
{
	struct inbox *in = mem_secret(sizeof(*in));

	in->row = row;
	memcpy(in->key.account, c->self.account, ACCOUNT_ID);
	memcpy(in->key.device, c->self.device, DEVICE_ID);
	c->inbox = mem_grow(c->inbox, c->inboxes + 1, sizeof(*c->inbox));
	c->inbox[c->inboxes++] = in;
	return in;
}

static void
inbox_remove(struct client *c, size_t i)
{
	buf_free(&c->inbox[i]->raw);
	mem_secret_free(c->inbox[i]);
	c->inboxes--;
	memmove(c->inbox + i, c->inbox + i + 1,
	    (c->inboxes - i) * sizeof(*c->inbox));
}

static struct inbox *
inbox_current(struct client *c)
{
	size_t i;

	for (i = c->inboxes; i-- > 0;)
		if (c->inbox[i]->replaced == 0)
			return c->inbox[i];
	return NULL;
}

static struct inbox *
inbox_make(struct client *c)
{
	struct inbox *in = inbox_new(c, keep_row(&c->keep, TABLE_inbox_key));
	int64_t now = client_now(c);
	int err;

	rng_fill(c->rng, in->secret, XWING_SECRET);
	in->key.from = (uint64_t)now;
	in->key.until = (uint64_t)(now + INBOX_KEY_LIFE);
	err = xwing_public(in->secret, in->key.key);
	if (err == 0)
		err = inbox_key_put(&in->key, c->self.secret->sign, &in->raw);
	if (err != 0) {
		log_say(c->log, LOG_ERROR, "inbox", "no key: %s",
		    err_text(err));
		inbox_remove(c, c->inboxes - 1);
		return NULL;
	}
	inbox_keep(c, in);
	return in;
}

static void
inbox_rotate(struct client *c, struct inbox *old)
{
	if (inbox_make(c) == NULL || old == NULL)
		return;
	old->replaced = client_now(c);
	inbox_keep(c, old);
}

/* A week old, or made by a clock that was ahead: then others refuse it. */
static bool
inbox_stale(const struct client *c, const struct inbox *in)
{
	int64_t age = client_now(c) - (int64_t)in->key.from;

	return session_clock_ok(c) &&
	    (age > INBOX_KEY_ROTATE || age < -CLOCK_SKEW);
}

static void
inbox_expire(struct client *c)
{
	int64_t now = client_now(c);
	size_t i;

	if (!session_clock_ok(c))
		return;
	for (i = c->inboxes; i-- > 0;) {
		if (c->inbox[i]->replaced == 0 ||
		    now - c->inbox[i]->replaced < INBOX_KEY_KEEP)
			continue;
		keep_drop(&c->keep, TABLE_inbox_key, c->inbox[i]->row);
		c->keep.erased = true;
		inbox_remove(c, i);
	}
	for (i = c->seens; i-- > 0;) {
		if (now < c->seen[i].until)
			continue;
		keep_drop(&c->keep, TABLE_box, c->seen[i].row);
		c->seen[i] = c->seen[--c->seens];
	}
}

void
inboxes_drive(struct client *c)
{
	struct msg m = {.code = MSG_inbox_key_put};
	struct inbox *in;

	if (!session_registered(c))
		return;
	inbox_expire(c);
	in = inbox_current(c);
	if (in == NULL || inbox_stale(c, in))
		inbox_rotate(c, in);
	in = inbox_current(c);
	if (in == NULL || in->put || in->flight == c->session.generation)
		return;
	if (client_mono(c) < in->not_before) {
		client_wake(c, in->not_before);
		return;
	}
	m.inbox_key_put.key = buf_view(&in->raw);
	if (request_ask(c, WANT_INBOX_PUT, in->row, &m))
		in->flight = c->session.generation;
}

void
inboxes_put(struct client *c, int64_t row, const struct answer *a)
{
	struct inbox *in = NULL;
	size_t i;

	for (i = 0; i < c->inboxes; i++)
		if (c->inbox[i]->row == row)
			in = c->inbox[i];
	if (in == NULL)
		return;
	if (a->err != 0) {
		in->flight = 0;
		in->not_before = answer_wait(c, a, 4);
		return;
	}
	in->put = true;
	inbox_keep(c, in);
}

/* ---- boxes that arrive ------------------------------------------------- */

static void
inboxes_ack(struct client *c, uint64_t number)
{
	struct msg m = {.code = MSG_box_ack};

	m.box_ack.number = number;
	session_say(c, &m);     /* lost with the link, it is acked next time */
}

bool
inboxes_remember(struct client *c, const char *what, struct bytes box)
{
	struct buf b = {0};
	uint8_t hash[HASH32], key[HASH32];
	struct seen_box *seen;
	int64_t row;

	hash_label(what, &box, 1, hash);
	keep_index(&c->keep, TABLE_box, bytes_of(hash, sizeof(hash)),
	    bytes_of(NULL, 0), key);
	if (keep_find(&c->keep, TABLE_box, key) != 0)
		return false;
	row = keep_row(&c->keep, TABLE_box);
	c->seen = mem_grow(c->seen, c->seens + 1, sizeof(*c->seen));
	seen = &c->seen[c->seens++];
	*seen = (struct seen_box){row, client_now(c) + BOX_REMEMBER};
	buf_u64(&b, (uint64_t)seen->until);
	keep_put(&c->keep, TABLE_box, row, 0, key, buf_view(&b));
	buf_free(&b);
	return true;
}

static int
inboxes_open(struct client *c, struct bytes in, struct buf *plain,
    struct box *box)
{
	int err = ERR_NONE;
	size_t i;

	for (i = c->inboxes; i-- > 0;) {
		buf_free(plain);
		plain->secret = true;
		err = box_open(c->inbox[i]->secret, c->inbox[i]->key.key,
		    c->self.account, c->self.device, in, plain, box);
		if (err == 0)
			return 0;
	}
	return err;
}

/* Jobs of our own don't count: what is dropped here is acknowledged, and gone. */
static bool
inboxes_full(const struct client *c)
{
	size_t i, n = 0;

	for (i = 0; i < c->jobs; i++)
		n += c->job[i]->kind == JOB_BOX ||
		    c->job[i]->kind == JOB_JOIN ||
		    c->job[i]->kind == JOB_REJOIN;
	return n >= BOX_JOBS_MAX;
}

/* The record inside speaks for itself first: its keys, its signature, and the
 * box signed by one of its devices. The directory is asked afterwards. */
static int
inboxes_claim(struct client *c, const struct box *box, struct bytes record,
    enum job_kind kind)
{
	bool own;
	const struct device *d;
	struct record r;
	struct person *p;
	struct job *j;
	int err;

	err = record_get(record, &r);
	if (err == 0 && memcmp(r.account, box->account, ACCOUNT_ID) != 0)
		err = ERR_RULE;
	d = err == 0 ? record_device(&r, box->device) : NULL;
	if (err == 0 && (d == NULL || r.version != box->version))
		err = ERR_RULE;
	if (err == 0)
		err = box_check(box, d->sign);
	own = memcmp(r.account, c->self.account, ACCOUNT_ID) == 0;
	if (err == 0 && own && kind == JOB_BOX)
		err = ERR_RULE;
	if (err != 0)
		return err;
	p = person_of(c, r.account);
	if ((p != NULL && p->state == PERSON_BLOCKED) ||
	    inboxes_full(c))
		return ERR_DENIED;
	/* for a stranger nothing is even looked up */
	if (kind != JOB_BOX && !join_from(c, box->account))
		return ERR_DENIED;
	j = job_add(c, kind);
	j->person = p != NULL ? p->row : 0;
	memcpy(j->name, r.name, sizeof(j->name));
	memcpy(j->account, box->account, ACCOUNT_ID);
	memcpy(j->device, box->device, DEVICE_ID);
	buf_bytes(&j->data, box->body);
	job_keep(c, j);
	return 0;
}

static int
inboxes_decline(struct client *c, const struct box *box,
    const struct body_decline *q)
{
	struct person *p = person_of(c, box->account);
	const struct device *d;
	struct talk *t;
	int err;

	if (p == NULL || p->state != PERSON_ASKED)
		return ERR_STATE;
	d = record_device(&p->record, box->device);
	err = d != NULL ? box_check(box, d->sign) : ERR_RULE;
	if (err != 0)
		return err;
	t = talk_of_person(c, p->row);
	if (t == NULL || memcmp(t->log, q->log, WIRE_ID) != 0)
		return ERR_STATE;
	p->last_heard = client_now(c);
	person_set(c, p, PERSON_DECLINED);
	talk_set(c, t, TALK_CLOSED);
	outs_fail(c, t, ERR_DENIED);
	notice_add(c, NOTICE_DECLINED, p->row, false, "%s does not want to "
	    "talk now; /add %s asks again", p->name.s, p->name.s);
	return 0;
}

/* What doesn't open, opens no better when it comes again: it leaves no trace,
 * however much of it there is. */
static int
inboxes_judge(struct client *c, struct bytes in)
{
	struct buf plain = {.secret = true};
	struct body b;
	struct box box;
	int err;

	err = inboxes_open(c, in, &plain, &box);
	if ((err == 0 || !defence(flood)) && !inboxes_remember(c,
	    "tacet box seen", in))
		err = ERR_REPLAY;
	if (err == 0)
		err = body_get(box.body, &b);
	if (err == 0 && b.code == BODY_request)
		err = inboxes_claim(c, &box, b.request.record, JOB_BOX);
	else if (err == 0 && b.code == BODY_invite)
		err = inboxes_claim(c, &box, b.invite.record, JOB_JOIN);
	else if (err == 0 && b.code == BODY_rejoin)
		err = inboxes_claim(c, &box, b.rejoin.record, JOB_REJOIN);
	else if (err == 0 && b.code == BODY_watched)
		err = seen_box(c, &box, &b);
	else if (err == 0 && b.code == BODY_decline)
		err = inboxes_decline(c, &box, &b.decline);
	else if (err == 0)
		err = ERR_SUITE;
	buf_free(&plain);
	return err;
}

void
inboxes_box(struct client *c, const struct msg_box *m)
{
	int err;

	if (!c->self.registered)
		return;
	err = inboxes_judge(c, m->box);
	if (err != 0 && c->session.boxes_dropped++ < BOX_TOLD)
		log_say(c->log, LOG_INFO, "inbox", "a box is dropped: %s",
		    err_text(err));
	inboxes_ack(c, m->number);
}

/* ---- the store --------------------------------------------------------- */

static void
inbox_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct client *c = arg;
	struct inbox *in = inbox_new(c, row);

	(void)owner;
	rd_copy(r, in->secret, XWING_SECRET);
	rd_copy(r, in->key.key, XWING_PUBLIC);
	in->key.from = rd_u64(r);
	in->key.until = rd_u64(r);
	in->put = rd_u8(r) != 0;
	in->replaced = (int64_t)rd_u64(r);
	buf_bytes(&in->raw, rd_view(r, rd_u32(r)));
	if (r->err != 0)
		inbox_remove(c, c->inboxes - 1);
}

static void
inbox_seen_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct client *c = arg;

	(void)owner;
	c->seen = mem_grow(c->seen, c->seens + 1, sizeof(*c->seen));
	c->seen[c->seens++] = (struct seen_box){row, (int64_t)rd_u64(r)};
}

int
inboxes_load(struct client *c)
{
	int err = keep_each(&c->keep, TABLE_inbox_key, inbox_got, c);

	return err != 0 ? err :
	    keep_each(&c->keep, TABLE_box, inbox_seen_got, c);
}

void
inboxes_free(struct client *c)
{
	while (c->inboxes > 0)
		inbox_remove(c, c->inboxes - 1);
	free(c->inbox);
	free(c->seen);
	c->inbox = NULL;
	c->seen = NULL;
	c->seens = 0;
}
