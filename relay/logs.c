/* SPDX-License-Identifier: ISC */
/*
 * Conversations as the relay sees them: a log, its epoch, and who has proven
 * one (DESIGN 5). A proof opens that epoch's entries, and later commits up to
 * and including the next one marked cut. Readers are fed from the store at
 * their own pace; whoever has caught up gets new entries as they come.
 */
#include <stdlib.h>

#include "relay.h"

static struct key
logs_key(const uint8_t log[static WIRE_ID], uint64_t number)
{
	struct key k = key_of(log, WIRE_ID);

	key_u64(&k, number);
	return k;
}

int
logs_get(struct relay *r, const uint8_t log[static WIRE_ID],
    struct log_state *s)
{
	struct buf v = {0};
	struct rd rd;
	int err;

	err = store_get(r->store, TABLE_log, bytes_of(log, WIRE_ID), &v);
	if (!err) {
		rd = rd_of(buf_view(&v));
		rd_copy(&rd, s->creator, ACCOUNT_ID);
		s->epoch = rd_u64(&rd);
		s->last = rd_u64(&rd);
		s->bytes = rd_u64(&rd);
		err = rd_end(&rd);
	}
	buf_free(&v);
	return err;
}

int
logs_put(struct relay *r, const uint8_t log[static WIRE_ID],
    const struct log_state *s)
{
	struct key v = key_of(s->creator, ACCOUNT_ID);

	key_u64(&v, s->epoch);
	key_u64(&v, s->last);
	key_u64(&v, s->bytes);
	return store_put(r->store, TABLE_log, bytes_of(log, WIRE_ID),
	    key_view(&v));
}

void
entry_put(struct buf *b, const struct entry_state *e)
{
	buf_u64(b, e->epoch);
	buf_u8(b, e->flags);
	buf_u64(b, e->time);
	buf_put(b, e->id, WIRE_ID);
	buf_bytes(b, e->data);
}

int
entry_get(struct bytes in, struct entry_state *e)
{
	struct rd rd = rd_of(in);

	e->epoch = rd_u64(&rd);
	e->flags = rd_u8(&rd);
	e->time = rd_u64(&rd);
	rd_copy(&rd, e->id, WIRE_ID);
	e->data = rd_rest(&rd);
	return rd.err;
}

/* --- who follows a log --- */

struct sub *
logs_sub(struct relay *r, struct peer *p, const uint8_t log[static WIRE_ID])
{
	struct channel *c = hashmap_get(&r->channels, log);
	struct sub *s;

	if (!c)
		return NULL;
	/* the shorter of the two lists that it would be in */
	if (c->n < p->subs_n) {
		for (s = c->subs; s && s->peer != p; s = s->peer_next)
			;
	} else {
		for (s = p->subs; s && s->channel != c; s = s->next)
			;
	}
	return s;
}

static struct sub *
sub_new(struct relay *r, struct peer *p, const uint8_t log[static WIRE_ID])
{
	struct channel *c = hashmap_get(&r->channels, log);
	struct sub *s = mem_alloc(sizeof(*s));

	if (!c) {
		c = mem_alloc(sizeof(*c));
		memcpy(c->log, log, WIRE_ID);
		hashmap_put(&r->channels, log, c);
	}
	s->peer = p;
	s->channel = c;
	s->peer_next = c->subs;
	c->subs = s;
	c->n++;
	s->next = p->subs;
	if (p->subs)
		p->subs->prev = s;
	p->subs = s;
	p->subs_n++;
	r->count.metric[METRIC_subscriptions]++;
	return s;
}

static void
sub_free(struct relay *r, struct sub *s)
{
	struct channel *c = s->channel;
	struct sub **at;

	for (at = &c->subs; *at != s; at = &(*at)->peer_next)
		;
	*at = s->peer_next;
	c->n--;
	if (!c->subs) {
		(void)hashmap_remove(&r->channels, c->log);
		free(c);
	}
	if (s->prev)
		s->prev->next = s->next;
	else
		s->peer->subs = s->next;
	if (s->next)
		s->next->prev = s->prev;
	s->peer->subs_n--;
	r->count.metric[METRIC_subscriptions]--;
	free(s);
}

void
logs_leave(struct relay *r, struct peer *p)
{
	while (p->subs)
		sub_free(r, p->subs);
}

static bool
sub_sees(const struct sub *s, uint64_t number, const struct entry_state *e)
{
	if (number > s->stop)
		return false;
	return e->epoch == s->epoch ||
	    ((e->flags & ENTRY_COMMIT) && e->epoch > s->epoch);
}

/* --- create, open, close --- */

static int
log_exists(struct relay *r, struct peer *p, const struct msg_log_create *m,
    const struct log_state *s)
{
	struct key k = logs_key(m->log, 0);
	struct buf v = {.secret = true};
	int err = ERR_EXISTS;

	if (s->epoch == 0 && memcmp(s->creator, p->account, ACCOUNT_ID) == 0 &&
	    store_get(r->store, TABLE_access, key_view(&k), &v) == 0 &&
	    v.n == KEY_SIZE && seal_same(v.p, m->access, KEY_SIZE))
		err = 0;        /* a second copy of the same question */
	buf_free(&v);
	return err;
}

static int
log_new(struct relay *r, struct peer *p, const struct msg_log_create *m)
{
	struct log_state s = {.epoch = 0};
	struct key k = logs_key(m->log, 0);
	int err;

	if (usage_get(r, USAGE_LOGS, p->account) >= r->limits.account_logs)
		return peer_refuse(p, ERR_QUOTA,
		    "this account has created too many conversations");
	memcpy(s.creator, p->account, ACCOUNT_ID);
	err = logs_put(r, m->log, &s);
	if (!err)
		err = store_put(r->store, TABLE_access, key_view(&k),
		    bytes_of(m->access, KEY_SIZE));
	if (!err)
		err = usage_add(r, USAGE_LOGS, p->account, 1);
	return err;
}

int
on_log_create(struct relay *r, struct peer *p, const struct msg_log_create *m)
{
	struct log_state s;
	int err = logs_get(r, m->log, &s);

	if (!err)
		err = log_exists(r, p, m, &s);
	else if (err == ERR_NONE)
		err = log_new(r, p, m);
	if (!err)
		peer_done(r, p, m->req, 0);
	return err;
}

static int
log_prove(struct relay *r, struct peer *p, const struct msg_log_open *m)
{
	struct key k = logs_key(m->log, m->epoch);
	struct buf v = {.secret = true};
	uint8_t proof[HASH32];
	int err;

	err = store_get(r->store, TABLE_access, key_view(&k), &v);
	if (!err && v.n != KEY_SIZE)
		err = ERR_FORMAT;
	if (!err) {
		epoch_proof(v.p, link_hash(p->link), m->log, m->epoch, proof);
		if (!seal_same(proof, m->proof, sizeof(proof)))
			err = peer_refuse(p, ERR_DENIED,
			    "the proof of the epoch does not fit");
		mem_wipe(proof, sizeof(proof));
	} else if (err == ERR_NONE) {
		err = peer_refuse(p, ERR_EXPIRED,
		    "that epoch is too long ago: rejoin");
	}
	buf_free(&v);
	return err;
}

static bool
log_cut_each(void *arg, struct bytes key, struct bytes value)
{
	struct rd rd = rd_of(value);
	uint64_t *number = arg;

	(void)key;
	*number = rd_u64(&rd);
	return false;
}

/* The commit that ends what a proof of this epoch opens. */
static int
log_stop(struct relay *r, const uint8_t log[static WIRE_ID], uint64_t epoch,
    uint64_t *number)
{
	struct key from = logs_key(log, epoch), below = key_of(log, WIRE_ID);

	*number = UINT64_MAX;
	below = key_after(&below);
	return store_scan(r->store, TABLE_cut, key_view(&from),
	    key_view(&below), STORE_UP, log_cut_each, number);
}

int
on_log_open(struct relay *r, struct peer *p, const struct msg_log_open *m)
{
	struct log_state state;
	struct sub *s = logs_sub(r, p, m->log);
	uint64_t stop;
	int err = logs_get(r, m->log, &state);

	if (err == ERR_NONE)
		return peer_refuse(p, err, "there is no such log");
	if (!err && m->epoch > state.epoch)
		return peer_refuse_at(p, ERR_EPOCH, state.epoch,
		    "this log is not that far");
	if (!err)
		err = log_prove(r, p, m);
	if (!err)
		err = log_stop(r, m->log, m->epoch, &stop);
	if (!err && !s && p->subs_n >= RELAY_SUBS_MAX)
		err = peer_refuse(p, ERR_QUOTA, "too many logs at once");
	if (err)
		return err;
	if (!s)
		s = sub_new(r, p, m->log);
	s->epoch = m->epoch;
	s->pos = m->from ? m->from : 1;
	s->stop = stop;
	s->behind = s->pos <= state.last;
	s->end = true;
	peer_done(r, p, m->req, state.last);
	peer_hungry(r, p);
	return 0;
}

int
on_log_close(struct relay *r, struct peer *p, const struct msg_log_close *m)
{
	struct sub *s = logs_sub(r, p, m->log);

	if (s)
		sub_free(r, s);
	peer_done(r, p, m->req, 0);
	return 0;
}

/* --- feeding --- */

static void
sub_say(struct relay *r, struct sub *s, uint64_t number,
    const struct entry_state *e)
{
	struct msg a = {.code = MSG_entry};

	memcpy(a.entry.log, s->channel->log, WIRE_ID);
	a.entry.number = number;
	a.entry.epoch = e->epoch;
	a.entry.flags = e->flags;
	a.entry.time = e->time;
	memcpy(a.entry.id, e->id, WIRE_ID);
	a.entry.entry = e->data;
	peer_put(r, s->peer, &a);
	r->count.metric[METRIC_delivered_total]++;
}

struct log_feed {
	struct relay *relay;
	struct sub *sub;
	unsigned n;
	bool more;
	bool failed;                    /* of this one: nothing can be read now */
};

static bool
log_each(void *arg, struct bytes key, struct bytes value)
{
	struct log_feed *f = arg;
	struct rd rd = rd_of(key);
	struct entry_state e;
	uint64_t number;

	if (f->n >= RELAY_FEED_TURN || link_full(f->sub->peer->link)) {
		f->more = true;
		return false;
	}
	(void)rd_view(&rd, WIRE_ID);
	number = rd_u64(&rd);
	if (entry_get(value, &e) == 0 && sub_sees(f->sub, number, &e))
		sub_say(f->relay, f->sub, number, &e);
	f->sub->pos = number + 1;
	f->n++;
	return true;
}

static int
sub_end(struct relay *r, struct sub *s)
{
	struct msg a = {.code = MSG_log_end};
	struct log_state state;
	int err = logs_get(r, s->channel->log, &state);

	if (err)
		return err;
	memcpy(a.log_end.log, s->channel->log, WIRE_ID);
	a.log_end.epoch = state.epoch;
	a.log_end.number = state.last;
	peer_put(r, s->peer, &a);
	s->end = false;
	/* also for one who was ahead of us: it has just been told */
	s->pos = state.last + 1;
	return 0;
}

static void
sub_feed(struct relay *r, struct sub *s, struct log_feed *f)
{
	struct key from = logs_key(s->channel->log, s->pos);
	struct key below = key_of(s->channel->log, WIRE_ID);

	f->sub = s;
	f->more = false;
	below = key_after(&below);
	f->failed = s->behind && store_scan(r->store, TABLE_entry,
	    key_view(&from), key_view(&below), STORE_UP, log_each, f) != 0;
	if (!f->failed) {
		s->behind = f->more;
		f->failed = !s->behind && s->end && sub_end(r, s) != 0;
	}
	if (f->failed)
		unread_note(r);
}

bool
logs_feed(struct relay *r, struct peer *p)
{
	struct log_feed f = {.relay = r};
	struct sub *s;
	bool more = false;

	for (s = p->subs; s; s = s->next) {
		if (!s->behind && !s->end)
			continue;
		if (f.n >= RELAY_FEED_TURN || link_full(p->link))
			return true;
		sub_feed(r, s, &f);
		more = more || (!f.failed && (s->behind || s->end));
	}
	return more;
}

void
logs_live(struct relay *r, const uint8_t log[static WIRE_ID], uint64_t number,
    const struct entry_state *e)
{
	struct channel *c = hashmap_get(&r->channels, log);
	struct sub *s;

	for (s = c ? c->subs : NULL; s; s = s->peer_next) {
		if ((e->flags & ENTRY_CUT) && s->stop == UINT64_MAX &&
		    e->epoch >= s->epoch)
			s->stop = number;
		if (s->behind || s->pos > number)
			continue;
		if (link_full(s->peer->link)) {
			s->behind = true;
			peer_hungry(r, s->peer);
			continue;
		}
		s->pos = number + 1;
		if (sub_sees(s, number, e))
			sub_say(r, s, number, e);
	}
}
