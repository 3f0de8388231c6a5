/* SPDX-License-Identifier: ISC */
/*
 * The relay's part of publishing: bytes go up in order, a few parts under way
 * at once, and each answer says how many the relay has. After a restart what it
 * has beyond the last kept number was sealed by a process that is gone: it is
 * cut off, and those pieces are made and sealed anew (T78). Over a new link the
 * same process goes on with the same bytes.
 */
#include <stdlib.h>

#include "publish.h"

uint64_t
publish_held(const struct publish *p)
{
	uint64_t n = 0;
	size_t i, k;

	for (i = 0; i < p->sets; i++)
		for (k = 0; k < MEDIA_ROWS; k++)
			n += p->set[i].row[k].n;
	return n;
}

/* Up to where there is something to be sent. */
static uint64_t
send_end(const struct publish *p)
{
	uint64_t end = p->offset + p->tail.n;
	size_t i;

	for (i = 0; i < p->sets && p->set[i].whole; i++)
		end = p->set[i].at + p->set[i].size;
	return end;
}

/* What stands there, up to the end of the piece that it is in. */
static struct bytes
send_at(const struct publish *p, uint64_t at)
{
	const struct publish_set *s;
	uint64_t from;
	size_t i, k;

	for (i = 0; i < p->sets && p->set[i].whole; i++) {
		s = &p->set[i];
		from = s->at;
		for (k = 0; k < p->index.rows; k++) {
			if (at >= from && at - from < s->row[k].n)
				return bytes_of(s->row[k].p + (at - from),
				    s->row[k].n - (size_t)(at - from));
			from += s->row[k].n;
		}
	}
	assert(at >= p->offset && at - p->offset < p->tail.n);
	return bytes_of(p->tail.p + (at - p->offset),
	    p->tail.n - (size_t)(at - p->offset));
}

/* ---- asking --------------------------------------------------------------- */

static bool
send_ask(struct client *c, struct publish *p, enum want want, struct msg *m)
{
	if (!request_ask(c, want, p->row, m))
		return false;
	if (want == WANT_FILM_DATA)
		p->flying++;
	else
		p->asked = true;
	return true;
}

static void
send_put(struct client *c, struct publish *p, const struct film *f)
{
	struct bytes cap = bytes_of(f->delete, KEY_SIZE);
	struct msg m = {.code = MSG_blob_put};

	parcel_id(f->read, m.blob_put.id);
	hash_label("blob delete", &cap, 1, m.blob_put.delete_hash);
	(void)send_ask(c, p, WANT_FILM_PUT, &m);
}

static void
send_cut(struct client *c, struct publish *p, const struct film *f)
{
	struct msg m = {.code = MSG_blob_cut};

	parcel_id(f->read, m.blob_cut.id);
	m.blob_cut.size = p->offset;
	(void)send_ask(c, p, WANT_FILM_CUT, &m);
}

static void
send_done(struct client *c, struct publish *p, const struct film *f)
{
	struct msg m = {.code = MSG_blob_end};

	parcel_id(f->read, m.blob_end.id);
	m.blob_end.size = f->at + f->size;
	(void)send_ask(c, p, WANT_FILM_END, &m);
}

static void
send_data(struct client *c, struct publish *p, const struct film *f)
{
	struct msg m = {.code = MSG_blob_data};
	uint64_t end = send_end(p);

	parcel_id(f->read, m.blob_data.id);
	while (p->flying < PUBLISH_FLIGHT && p->sent < end) {
		m.blob_data.offset = p->sent;
		m.blob_data.data = send_at(p, p->sent);
		if (m.blob_data.data.n > WIRE_BLOB_PART)
			m.blob_data.data.n = WIRE_BLOB_PART;
		if (!send_ask(c, p, WANT_FILM_DATA, &m))
			return;
		p->sent += m.blob_data.data.n;
	}
}

/* ---- the index ------------------------------------------------------------ */

/* Kept before the end is said: after a crash the card needs its hash. */
static void
send_index(struct client *c, struct publish *p, struct film *f)
{
	struct film_key k;
	int err;

	memcpy(k.id, f->id, FILM_ID);
	memcpy(k.key, f->key, KEY_SIZE);
	err = film_index_seal(&k, c->rng, &p->index, &p->tail, f->hash);
	mem_wipe(&k, sizeof(k));
	if (err != 0) {
		publish_fail(c, p, err, "%s can't be published: its index "
		    "can't be sealed (%s)", p->path, err_text(err));
		return;
	}
	f->at = p->offset;
	f->size = (uint32_t)p->tail.n;
	f->length = p->index.length;
	p->step = PUBLISH_INDEX;
}

/* All of the index is there. */
static void
send_indexed(struct client *c, struct publish *p, struct film *f)
{
	p->step = PUBLISH_END;
	f->state = FILM_MAKING;
	film_keep(c, f);
}

static bool
send_ready(struct client *c, struct publish *p)
{
	if (!session_registered(c))
		return false;
	if (p->generation != c->session.generation) {
		p->generation = c->session.generation;
		p->begun = p->asked = p->again = false;
		p->flying = 0;
	}
	if (client_mono(c) >= p->not_before)
		return true;
	client_wake(c, p->not_before);
	return false;
}

void
publish_send(struct client *c, struct publish *p)
{
	struct film *f = film_row(c, p->film);

	if (f == NULL || !send_ready(c, p) || p->asked)
		return;
	if (p->again && p->flying > 0)
		return;
	if (p->again) {
		p->sent = p->have;
		p->again = false;
	}
	if (!p->begun) {
		send_put(c, p, f);
		return;
	}
	if (!p->clean && p->step != PUBLISH_END) {
		send_cut(c, p, f);
		return;
	}
	if (p->step == PUBLISH_MAKE && p->index.segments != 0 &&
	    p->sets == 0)
		send_index(c, p, f);
	if (p->step == PUBLISH_END)
		send_done(c, p, f);
	else
		send_data(c, p, f);
}

/* ---- hearing -------------------------------------------------------------- */

static void
send_has(struct client *c, struct publish *p, uint64_t have)
{
	struct film *f = film_row(c, p->film);

	if (have < p->have || have > p->sent)
		return;         /* an answer out of turn, or a lie */
	p->have = have;
	p->tries = 0;
	while (p->sets > 0 && p->set[0].whole &&
	    have >= p->set[0].at + p->set[0].size)
		publish_keep_set(c, p);
	if (p->step == PUBLISH_INDEX && have == f->at + f->size)
		send_indexed(c, p, f);
}

/* What the relay has decides where to go on. */
static void
send_begun(struct client *c, struct publish *p, uint64_t have)
{
	struct film *f = film_row(c, p->film);

	p->begun = true;
	p->have = have;
	/* its end was said, and we died before we heard that */
	if (f->size != 0 && have == f->at + f->size && p->tail.n == 0) {
		p->step = PUBLISH_END;
		p->clean = true;
		return;
	}
	if (have < p->offset) {
		publish_unmake(p);
		publish_back(c, p, have);
		buf_free(&p->tail);
		p->step = PUBLISH_LOOK;
		p->clean = false;
		log_say(c->log, LOG_WARN, "publish", "the relay has lost what "
		    "it had: %llu bytes are sent again",
		    (unsigned long long)(p->offset - have));
	} else if (p->clean && have > send_end(p)) {
		p->clean = false;
	}
	p->sent = have;
	if (p->clean)
		send_has(c, p, have);
}

static void
send_big(struct client *c, struct publish *p, uint64_t most)
{
	char *text = film_amount(most);

	publish_fail(c, p, ERR_BIG, "%s is not published: with its sizes it "
	    "is larger than a film may be there (%s). Ask the relay's operator "
	    "for a larger blob-size", p->path, text);
	free(text);
}

static void
send_refused(struct client *c, struct publish *p, enum want want,
    const struct answer *a)
{
	switch (a->err) {
	case ERR_QUOTA:
		publish_fail(c, p, a->err, "%s is not published: your space on "
		    "the relay is used up. Withdraw older films (/videos), or "
		    "ask its operator for a larger blob-quota", p->path);
		return;
	case ERR_BIG:
		send_big(c, p, a->number);
		return;
	case ERR_RANGE:
		if (want != WANT_FILM_PUT) {
			p->have = a->number;
			p->again = true;
			return;
		}
		publish_fail(c, p, a->err, "%s is not published: this relay "
		    "takes no films. Ask its operator for a newer tacetd",
		    p->path);
		return;
	case ERR_NONE:
		p->begun = false;       /* it was away for too long: anew */
		return;
	case ERR_EXISTS:
	case ERR_STATE:
		publish_fail(c, p, a->err, "%s is not published: the relay "
		    "has something else in its place. /publish %s begins "
		    "anew", p->path, p->path);
		return;
	default:
		p->not_before = answer_wait(c, a, p->tries++);
		p->again = true;
	}
}

void
publish_got(struct client *c, enum want want, int64_t row,
    const struct answer *a)
{
	struct publish *p = publish_now(c);

	if (p == NULL || p->row != row)
		return;
	if (want == WANT_FILM_DATA && p->flying > 0)
		p->flying--;
	else
		p->asked = false;
	timer_set(c->timer, 1);
	if (a->err != 0) {
		send_refused(c, p, want, a);
		return;
	}
	switch (want) {
	case WANT_FILM_PUT:
		send_begun(c, p, a->number);
		break;
	case WANT_FILM_CUT:
		p->clean = true;
		p->have = p->sent = p->offset;
		break;
	case WANT_FILM_DATA:
		send_has(c, p, a->number);
		break;
	default:
		publish_done(c, p);
		break;
	}
}
