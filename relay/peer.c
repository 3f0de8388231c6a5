/* SPDX-License-Identifier: ISC */
/*
 * One connection, and the crowd of them. A connection becomes KNOWN by its
 * transport key standing in an account's newest record. Output goes into the
 * link under the current turn and leaves when that turn is kept.
 */
#include <stdio.h>
#include <stdlib.h>

#include "relay.h"

#define PEER_PAUSE 2            /* times held_soft: answers pile up unread */

/* --- crowds --- */

static void
crowd_add(struct crowd *c, struct peer *p)
{
	if (c->n == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 16;
		c->peer = mem_grow(c->peer, c->cap, sizeof(struct peer *));
	}
	c->peer[c->n++] = p;
}

static void
crowd_drop(struct crowd *c, size_t i)
{
	c->peer[i] = c->peer[--c->n];
}

static void
crowd_remove(struct crowd *c, const struct peer *p)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (c->peer[i] == p) {
			crowd_drop(c, i);
			return;
		}
}

static void
crowd_free(struct crowd *c)
{
	free(c->peer);
	memset(c, 0, sizeof(*c));
}

void
peer_hungry(struct relay *r, struct peer *p)
{
	if (p->hungry || p->closing)
		return;
	p->hungry = true;
	crowd_add(&r->hungry, p);
}

/* --- saying --- */

void
peer_put_raw(struct relay *r, struct peer *p, const struct msg *m)
{
	int err;

	if (p->closing)
		return;
	err = link_put(p->link, r->turn, m);
	if (err) {
		/* ours are never too big: the link is on its way out */
		log_say(r->log, LOG_DEBUG, "peer", "not said: %s",
		    err_text(err));
		return;
	}
	r->count.said[msg_index(m->code)]++;
	r->spoke = true;
	p->put = r->turn;
	if (!p->dirty) {
		p->dirty = true;
		crowd_add(&r->dirty, p);
	}
}

/* Said without a turn, for nothing of this one is in it. */
static void
peer_say(struct relay *r, struct peer *p, const struct msg *m)
{
	if (p->closing || link_put(p->link, r->kept, m) != 0)
		return;
	r->count.said[msg_index(m->code)]++;
	link_say(p->link, r->kept);
}

void
peer_put(struct relay *r, struct peer *p, const struct msg *m)
{
#ifdef TACET_TEST
	struct msg copy = *m;

	if (r->evil && !r->evil(r->evil_arg, r, p, &copy))
		return;
	m = &copy;
#endif
	peer_put_raw(r, p, m);
}

void
peer_tell(struct relay *r, struct peer *p, const struct msg *m)
{
#ifdef TACET_TEST
	if (r->evil) {
		peer_put(r, p, m);
		return;
	}
#endif
	if (p->dirty || r->kept + 1 != r->turn ||
	    r->store->writes != r->writes || r->store->spoiled)
		peer_put(r, p, m);
	else
		peer_say(r, p, m);
}

void
peer_done(struct relay *r, struct peer *p, uint32_t req, uint64_t number)
{
	struct msg m = {.code = MSG_done};

	if (req == 0)
		return;
	m.done.req = req;
	m.done.number = number;
	peer_put(r, p, &m);
}

int
peer_refuse_at(struct peer *p, int err, uint64_t number, const char *why)
{
	p->number = number;
	p->why = why;
	return err;
}

int
peer_refuse(struct peer *p, int err, const char *why)
{
	return peer_refuse_at(p, err, 0, why);
}

void
peer_close(struct relay *r, struct peer *p, int err, const char *why)
{
	(void)r;
	if (p->closing)
		return;
	p->closing = true;
	link_close(p->link, err, why);
}

void
peers_say(struct relay *r)
{
	struct peer *p;
	size_t i;

	for (i = r->dirty.n; i-- > 0;) {
		p = r->dirty.peer[i];
		link_say(p->link, defence(said) ? r->kept : r->turn);
		if (p->put <= r->kept) {
			p->dirty = false;
			crowd_drop(&r->dirty, i);
		}
	}
}

void
peers_lost(struct relay *r, uint64_t turn)
{
	struct peer *p;
	size_t i;

	for (i = 0; i < r->dirty.n; i++) {
		p = r->dirty.peer[i];
		if (p->put < turn)
			continue;
		p->closing = true;
		/* at once, even one that was to end after its last words */
		link_close(p->link, ERR_IO, "the relay's disk is full");
	}
}

/* --- streams and slow readers --- */

/* Reading stops while answers pile up unread; true: look again. */
static bool
peer_pace(struct relay *r, struct peer *p)
{
	size_t held = link_held(p->link);

	if (!p->paused && held > PEER_PAUSE * r->limits.held_soft) {
		p->paused = true;
		link_pause(p->link, true);
	} else if (p->paused && held < r->limits.held_soft) {
		p->paused = false;
		link_pause(p->link, false);
	}
	return p->paused;
}

void
peers_feed(struct relay *r)
{
	struct peer *p;
	bool more, full;
	size_t i;

	for (i = r->hungry.n; i-- > 0;) {
		p = r->hungry.peer[i];
		more = false;
		if (!p->closing) {
			relay_begin(r);
			more = boxes_feed(r, p);
			more = logs_feed(r, p) || more;
			full = link_full(p->link);
			/* a full one: see peers_room */
			r->again = r->again || (more && !full);
			more = peer_pace(r, p) || more;
		}
		if (!more) {
			p->hungry = false;
			crowd_drop(&r->hungry, i);
		}
	}
}

/* A full link wakes us when it drains later, but not when the socket took all
 * of it just now: who is hungry and has room again is fed in the next turn. */
void
peers_room(struct relay *r)
{
	size_t i;

	for (i = 0; i < r->hungry.n && !r->again; i++)
		r->again = !r->hungry.peer[i]->closing &&
		    !link_full(r->hungry.peer[i]->link);
}

/* --- who it is --- */

static struct key
peer_device(const uint8_t *account, const uint8_t *device)
{
	struct key k = key_of(account, ACCOUNT_ID);

	key_put(&k, device, DEVICE_ID);
	return k;
}

struct peer *
peers_of(struct relay *r, const uint8_t account[static ACCOUNT_ID],
    const uint8_t device[static DEVICE_ID])
{
	struct key k = peer_device(account, device);

	return hashmap_get(&r->devices, k.p);
}

static void
peer_forget(struct relay *r, struct peer *p)
{
	struct key k = peer_device(p->account, p->device);
	struct peer *first, **at;

	if (!p->known)
		return;
	first = hashmap_remove(&r->devices, k.p);
	for (at = &first; *at; at = &(*at)->twin)
		if (*at == p) {
			*at = p->twin;
			break;
		}
	p->twin = NULL;
	if (first)
		hashmap_put(&r->devices, k.p, first);
	p->known = false;
	r->count.metric[METRIC_connections_known]--;
}

static void
peer_know(struct relay *r, struct peer *p, const uint8_t *who,
    const char *name)
{
	struct peer *first;
	struct key k;

	memcpy(p->account, who, ACCOUNT_ID);
	memcpy(p->device, who + ACCOUNT_ID, DEVICE_ID);
	buckets_name("account", bytes_of(p->account, ACCOUNT_ID),
	    bytes_of(NULL, 0), p->pays);
	(void)snprintf(p->name, sizeof(p->name), "%s", name);
	k = peer_device(p->account, p->device);
	first = hashmap_get(&r->devices, k.p);
	p->twin = first;
	hashmap_put(&r->devices, k.p, p);
	p->known = true;
	p->boxes = true;
	p->box_next = 0;
	r->count.metric[METRIC_connections_known]++;
	if (p->greeted)
		peer_hungry(r, p);
}

void
peer_recognise(struct relay *r, struct peer *p)
{
	struct buf who = {0}, raw = {0};
	struct record rec;
	bool known;

	known = store_get(r->store, TABLE_transport,
	    bytes_of(link_peer(p->link), DH_SIZE), &who) == 0 &&
	    who.n == ACCOUNT_ID + DEVICE_ID &&
	    directory_record(r, who.p, &rec, &raw) == 0;
	if (p->known && !known) {
		/* its device was revoked: proofs and streams end with it */
		peer_forget(r, p);
		peer_close(r, p, ERR_DENIED, "this device was removed");
	} else if (!p->known && known) {
		peer_know(r, p, who.p, rec.name);
	}
	buf_free(&who);
	buf_free(&raw);
}

static bool
peer_listed(const struct peer *p, const struct record *rec)
{
	size_t i;

	if (p->known)
		return memcmp(p->account, rec->account, ACCOUNT_ID) == 0;
	for (i = 0; i < rec->devices; i++)
		if (memcmp(rec->device[i].transport, link_peer(p->link),
		    DH_SIZE) == 0)
			return true;
	return false;
}

void
peers_recognise(struct relay *r, const struct record *rec)
{
	struct peer *p;

	for (p = r->peers; p; p = p->next)
		if (!p->closing && (!rec || peer_listed(p, rec)))
			peer_recognise(r, p);
}

/* --- the link's events --- */

static void
peer_open(void *arg, struct link *l)
{
	struct relay *r = ((struct door *)arg)->relay;
	struct peer *p = mem_alloc(sizeof(*p));
	struct bytes none = {NULL, 0};
	char from[64];          /* for limits: neither kept nor logged */

	relay_begin(r);
	p->door.relay = r;
	p->door.peer = p;
	p->link = l;
	p->next = r->peers;
	if (r->peers)
		r->peers->prev = p;
	r->peers = p;
	r->peers_n++;
	link_set_arg(l, &p->door);
	link_from(l, from, sizeof(from));
	buckets_name("stranger", bytes_of(from, strlen(from)), none,
	    p->pays_stranger);
	buckets_name("address", bytes_of(from, strlen(from)), none,
	    p->pays_address);
	r->count.metric[METRIC_connections_total]++;
	peer_recognise(r, p);
	log_say(r->log, LOG_DEBUG, "peer", "open, %s",
	    p->known ? log_id(p->account, ACCOUNT_ID).s : "not registered");
}

static void
peer_heard(void *arg, struct link *l, const struct msg *m)
{
	struct door *d = arg;
	struct peer *p = d->peer;

	(void)l;
	if (p->closing)
		return;
	relay_begin(d->relay);
	dispatch(d->relay, p, m);
	if (!p->hungry && peer_pace(d->relay, p))
		peer_hungry(d->relay, p);
}

static void
peer_free(struct relay *r, struct peer *p)
{
	logs_leave(r, p);
	heads_leave(r, p);
	meets_leave(r, p);
	peer_forget(r, p);
	if (p->dirty)
		crowd_remove(&r->dirty, p);
	if (p->hungry)
		crowd_remove(&r->hungry, p);
	if (p->prev)
		p->prev->next = p->next;
	else
		r->peers = p->next;
	if (p->next)
		p->next->prev = p->prev;
	r->peers_n--;
	mem_wipe(p, sizeof(*p));
	free(p);
}

static void
peer_closed(void *arg, struct link *l, int err, const char *why)
{
	struct door *d = arg;
	struct relay *r = d->relay;
	struct link_count n = link_count(l);
	uint64_t *m = r->count.metric;

	if (!d->peer)
		return;         /* a handshake that came to nothing */
	relay_begin(r);
	m[METRIC_closed_total]++;
	if (err)
		m[METRIC_closed_error_total]++;
	m[METRIC_bytes_in_total] += n.bytes_in;
	m[METRIC_bytes_out_total] += n.bytes_out;
	log_say(r->log, LOG_DEBUG, "peer", "closed: %s",
	    why ? why : err_text(err));
	peer_free(r, d->peer);
}

struct link_setup
peer_setup(struct relay *r)
{
	struct link_setup s = {
		.loop = r->loop,
		.on = {peer_open, peer_heard, peer_closed},
		.arg = &r->door,
		.secret = keys_transport(r->keys),
		.limits = {
			.handshake_ms = r->limits.handshake,
			.held_soft = r->limits.held_soft,
			.held_hard = r->limits.held_hard,
		},
	};

	r->door.relay = r;
	return s;
}

/* At the end of everything: the links go, and with them the peers. */
void
peers_free(struct relay *r)
{
	struct peer *p;

	for (p = r->peers; p; p = p->next) {
		p->closing = true;
		link_close(p->link, ERR_NET, "the relay stops");
	}
	if (r->peers)
		(void)loop_hear(r->loop, 0);
	assert(!r->peers);
	crowd_free(&r->dirty);
	crowd_free(&r->hungry);
}
