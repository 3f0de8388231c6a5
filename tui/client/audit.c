/* SPDX-License-Identifier: ISC */
/*
 * What the directory says is judged here before anybody hears of it: a record
 * must stand in the log whose head the relay has signed under its pinned key,
 * that head must be fresh and go on where the last one ended, and the record
 * must be the name's last. Whatever fails is an error to whoever asked, so that
 * nothing is encrypted for it. An answer under a newer head waits until the
 * leaves up to there are read.
 */
#include <stdlib.h>

#include "inside.h"

bool
audit_wants(const struct request *r)
{
	switch (r->want) {
	case WANT_LOOKUP_JOB:
	case WANT_LOOKUP_PERSON:
	case WANT_RECORD_JOB:
	case WANT_SELF:
	case WANT_SEEK:
		return true;
	default:
		return false;
	}
}

bool
audit_refused(int err)
{
	return err == ERR_PROOF || err == ERR_OLD || err == ERR_FORK ||
	    err == ERR_CLOCK || err == ERR_REPLAY || err == ERR_RULE ||
	    err == ERR_KEY;
}

void
audit_state(struct client *c, enum directory_state state)
{
	if (c->audit.state == state || c->audit.state == DIRECTORY_FORKED)
		return;
	c->audit.state = state;
	log_say(c->log, LOG_INFO, "audit", "the directory: %s",
	    directory_name(state));
	client_event(c, EVENT_directory, NULL, NULL, NULL, NULL);
	client_show(c);
}

/* ---- what one answer must have ------------------------------------------- */

static int
audit_signed(struct client *c, struct bytes raw, struct head *h)
{
	int err;

	if (head_get(raw, h) != 0)
		return ERR_PROOF;
	if (defence(headpin) && !head_pinned(h, c->self.address.pin))
		return ERR_KEY;
	err = head_fresh(h, client_now(c));
	return err == ERR_EXPIRED ? ERR_OLD : err;
}

static int
audit_check(struct client *c, const struct answer *a, struct head *h)
{
	struct record r;
	int err = audit_signed(c, a->head, h);

	if (err == 0)
		err = record_get(a->data, &r);
	if (err == 0 && head_holds(h, &r, a->number, a->prev, a->proof) != 0)
		err = ERR_PROOF;
	return err;
}

static void
audit_name(struct client *c, int want, int64_t row,
    char name[static NAME_LEN + 1])
{
	const struct job *j = want == WANT_LOOKUP_JOB ? job_row(c, row) : NULL;
	const struct person *p = want == WANT_LOOKUP_PERSON ?
	    client_person(c, row) : NULL;
	const char *s = "";

	if (j != NULL)
		s = j->name;
	else if (p != NULL)
		s = p->name.s;
	else if (want == WANT_SELF || want == WANT_RECORD_JOB)
		s = c->self.name;
	memset(name, 0, NAME_LEN + 1);
	memcpy(name, s, strnlen(s, NAME_LEN));
}

static void
audit_give(struct client *c, int want, int64_t row, const struct answer *a)
{
	struct request r = {.want = (enum want)want, .row = row};
	char name[NAME_LEN + 1];

	audit_name(c, want, row, name);
	if (a->err == 0)
		alarm_good(c, name);
	else
		alarm_lookup(c, name, a->err);
	answers_give(c, &r, a);
}

/* ---- heads --------------------------------------------------------------- */

static void
audit_keep(struct client *c)
{
	struct buf b = {0};

	head_put(&c->audit.head, &b);
	keep_put(&c->keep, TABLE_directory, AUDIT_ROW, 0, NULL, buf_view(&b));
	buf_free(&b);
}

void
audit_accept(struct client *c, const struct head *h)
{
	struct audit *a = &c->audit;
	bool grown = !a->have || h->size > a->head.size;

	if (!a->have || memcmp(&a->head, h, sizeof(*h)) != 0) {
		a->head = *h;
		a->have = true;
		audit_keep(c);
	}
	if (a->aiming && a->aim.size <= h->size)
		a->aiming = false;
	a->broken = false;
	a->checked = a->generation;
	a->tries = 0;
	audit_state(c, a->aiming ? DIRECTORY_READING : DIRECTORY_GOOD);
	if (grown)
		alarm_names(c);
}

void
audit_mismatch(struct client *c, const struct head *h, int err)
{
	c->audit.broken = c->audit.broken || err == ERR_PROOF ||
	    err == ERR_REPLAY || err == ERR_KEY;
	c->audit.aiming = false;
	alarm_head(c, h, err);
	audit_state(c, err == ERR_OLD || err == ERR_CLOCK ? DIRECTORY_OLD :
	    DIRECTORY_UNPROVEN);
}

/* Known before: 0, or what is wrong; ERR_BUSY: its leaves are to be read. */
static int
audit_known(struct client *c, const struct head *h, bool *older)
{
	struct audit *a = &c->audit;
	uint64_t most = a->have ? a->head.size : 0;

	*older = h->size < most;
	if (a->aiming && h->size < a->aim.size)
		*older = true;
	if (!defence(rewind))
		*older = false;
	if (a->aiming && h->size == a->aim.size)
		return memcmp(h->root, a->aim.root, HASH32) == 0 ? ERR_BUSY :
		    ERR_FORK;
	if (!a->have || h->size != most)
		return ERR_BUSY;
	return memcmp(h->root, a->head.root, HASH32) == 0 ? 0 : ERR_FORK;
}

/* A head was shown, signed and fresh. 0: it is believed; ERR_BUSY: not yet. */
static int
audit_shown(struct client *c, const struct head *h, bool *older)
{
	struct audit *a = &c->audit;
	int err = audit_known(c, h, older);

	if (err == 0) {
		if (h->time > a->head.time)
			audit_accept(c, h);
		else
			audit_accept(c, &a->head);
	}
	if (err == ERR_BUSY && !*older && (!a->aiming ||
	    h->size > a->aim.size))
		replay_aim(c, h);
	if (err == ERR_FORK)
		(void)witness_heads(c, a->aiming && a->aim.size == h->size ?
		    &a->aim : &a->head, h, 0);
	return err;
}

void
audit_head(struct client *c, const struct answer *ans)
{
	struct audit *a = &c->audit;
	struct head h;
	bool older = false;
	int err = ans->err;

	a->hurry_at = client_mono(c) + 60000;
	a->asking = false;
	a->since = 0;
	a->head_at = client_mono(c) + AUDIT_EVERY_MS +
	    rng_below(c->rng, AUDIT_EVERY_MS / 4);
	if (err == ERR_RATE || err == ERR_IO || err == ERR_BUSY) {
		a->head_at = answer_wait(c, ans, 3);
		return;
	}
	if (err == 0)
		err = audit_signed(c, ans->head, &h);
	if (err == 0)
		err = audit_shown(c, &h, &older);
	if (older)
		err = ERR_REPLAY;
	if (err != 0 && err != ERR_BUSY && err != ERR_FORK)
		audit_mismatch(c, err == ERR_REPLAY ? &h : NULL, err);
}

/* ---- answers about somebody ---------------------------------------------- */

static void
audit_hold(struct client *c, const struct request *r, const struct answer *a,
    const struct head *h, bool older)
{
	struct audit *d = &c->audit;
	struct audit_wait *w;

	d->wait = mem_grow(d->wait, d->waits + 1, sizeof(*d->wait));
	w = &d->wait[d->waits++];
	*w = (struct audit_wait){.want = (int)r->want, .row = r->row,
	    .head = *h, .number = a->number, .prev = a->prev, .older = older};
	buf_bytes(&w->data, a->data);
}

void
audit_answer(struct client *c, const struct request *r,
    const struct answer *a)
{
	struct answer bad = *a;
	struct head h;
	bool older = false;

	c->audit.since = 0;
	if (c->audit.state == DIRECTORY_FORKED && a->err == 0)
		bad.err = ERR_FORK;
	if (bad.err == 0)
		bad.err = audit_check(c, a, &h);
	if (bad.err == 0)
		bad.err = audit_shown(c, &h, &older);
	if (bad.err == 0 || bad.err == ERR_BUSY)
		audit_hold(c, r, a, &h, older);
	else
		audit_give(c, (int)r->want, r->row, &bad);
}

/* The head fits what is copied: is this the name's last leaf, and the one that
 * it says it follows? */
static int
audit_last(struct client *c, const struct audit_wait *w)
{
	const struct name_seen *n;
	struct record r;

	if (record_get(buf_view(&w->data), &r) != 0)
		return ERR_PROOF;
	n = name_of(c, r.name);
	if (n == NULL)
		return ERR_IO;
	if (strcmp(r.name, c->self.name) == 0 && alarm_own(c, n))
		return ERR_CHANGED;
	if (n->last != w->number + 1 && defence(current))
		return n->last > w->number ? ERR_REPLAY : ERR_PROOF;
	if (n->last == w->number + 1 && n->before != w->prev)
		return ERR_PROOF;
	return n->mixed && client_person_named(c, r.name) == NULL ? ERR_RULE :
	    0;
}

static int
audit_judge(struct client *c, const struct audit_wait *w)
{
	uint8_t root[HASH32];
	int err;

	if (!replay_small(c, w->head.size))
		return w->older ? ERR_REPLAY : 0;
	err = mirror_root(c, w->head.size, root);
	if (err != 0)
		return ERR_IO;
	if (memcmp(root, w->head.root, HASH32) != 0) {
		(void)witness_heads(c, &w->head, &c->audit.head, 0);
		return ERR_FORK;
	}
	if (w->older) {
		audit_mismatch(c, &w->head, ERR_REPLAY);
		return ERR_OLD;
	}
	return audit_last(c, w);
}

static void
audit_wait(struct client *c, size_t i, int err)
{
	struct audit *d = &c->audit;
	struct audit_wait w = d->wait[i];
	struct answer a = {.err = err, .number = w.number};

	d->waits--;
	memmove(d->wait + i, d->wait + i + 1,
	    (d->waits - i) * sizeof(*d->wait));
	a.data = buf_view(&w.data);
	audit_give(c, w.want, w.row, &a);
	buf_free(&w.data);
}

static void
audit_waits(struct client *c)
{
	struct audit *d = &c->audit;
	size_t i = 0;

	while (i < d->waits && mirror_ready(c)) {
		const struct audit_wait *w = &d->wait[i];

		if (d->have && w->head.size <= d->head.size)
			audit_wait(c, i, audit_judge(c, w));
		else if (!d->aiming)
			audit_wait(c, i, ERR_PROOF);    /* it was not reached */
		else
			i++;
	}
}

/* ---- the turn ------------------------------------------------------------ */

static void
audit_forget(struct client *c)
{
	struct audit *d = &c->audit;

	while (d->waits > 0)
		buf_free(&d->wait[--d->waits].data);
	d->aiming = d->asking = false;
	d->flights = 0;
	d->head_at = 0;
	d->since = 0;
	witness_stop(c);
}

static void
audit_ask(struct client *c)
{
	struct audit *d = &c->audit;
	struct msg m = {.code = MSG_head_get};

	if (d->asking)
		return;
	if (client_mono(c) >= d->head_at &&
	    request_ask(c, WANT_HEAD, 0, &m))
		d->asking = true;
	else
		client_wake(c, d->head_at);
}

/* Whoever is slow is told apart from whoever lies: by this alone nothing is
 * refused, and the state is good again with the next answer. */
static void
audit_silent(struct client *c)
{
	struct audit *d = &c->audit;
	bool waits = d->asking || d->flights > 0;
	size_t i;

	for (i = 0; i < c->session.requests && !waits; i++)
		waits = audit_wants(&c->session.request[i]);
	if (!waits) {
		d->since = 0;
		if (d->state == DIRECTORY_SILENT)
			audit_state(c, d->have ? DIRECTORY_GOOD :
			    DIRECTORY_UNKNOWN);
		return;
	}
	if (d->since == 0)
		d->since = client_mono(c);
	if (client_mono(c) - d->since < AUDIT_SILENT_MS)
		client_wake(c, d->since + AUDIT_SILENT_MS);
	else if (d->state != DIRECTORY_OLD && d->state != DIRECTORY_UNPROVEN)
		audit_state(c, DIRECTORY_SILENT);
}

void
audit_drive(struct client *c)
{
	struct audit *d = &c->audit;

	if (d->generation != c->session.generation) {
		audit_forget(c);
		d->generation = c->session.generation;
	}
	/* a device that was linked just now finds itself in the directory */
	if (!session_known(c) || d->state == DIRECTORY_FORKED)
		return;
	audit_ask(c);
	replay_drive(c);
	witness_drive(c);
	audit_waits(c);
	gossip_drive(c);
	audit_silent(c);
	if (d->waits > 0 && !mirror_ready(c))
		client_wake(c, client_mono(c) + 1);
}

static bool
audit_unproven(struct client *c, int64_t row)
{
	const struct person *p = client_person(c, row);

	return p != NULL && p->unproven;
}

bool
audit_holds(struct client *c, const struct talk *t)
{
	const struct audit *d = &c->audit;
	size_t i;

	if (d->state == DIRECTORY_FORKED || d->broken)
		return true;
	if (d->checked != d->generation && d->state != DIRECTORY_SILENT &&
	    d->state != DIRECTORY_OLD)
		return true;
	for (i = 0; i < t->members; i++)
		if (audit_unproven(c, t->member[i]))
			return true;
	return audit_unproven(c, t->person);
}

/* ---- the store ----------------------------------------------------------- */

static void
audit_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct client *c = arg;

	(void)owner;
	if (row != AUDIT_ROW)
		(void)rd_rest(r);       /* witness_load reads that */
	else if (head_get(rd_rest(r), &c->audit.head) != 0)
		rd_fail(r, ERR_FORMAT);
	else
		c->audit.have = true;
}

int
audit_load(struct client *c)
{
	int err = keep_each(&c->keep, TABLE_directory, audit_got, c);

	return err == 0 ? mirror_load(c) : err;
}

void
audit_free(struct client *c)
{
	audit_forget(c);
	witness_free(c);
	gossip_free(c);
	free(c->audit.wait);
	free(c->audit.told);
	names_forget(c);
	memset(&c->audit, 0, sizeof(c->audit));
}
