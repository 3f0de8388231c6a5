/* SPDX-License-Identifier: ISC */
/*
 * Inboxes: sealed boxes for one device, kept until it acknowledges them or 30
 * days are over. Who put one is checked against limits and then forgotten. The
 * id of a box is remembered as long as the box could have lived, so that a
 * second copy is answered, not stored.
 */
#include "relay.h"

struct inbox {                          /* a value of TABLE_inbox */
	uint64_t last, boxes, bytes;
};

static struct key
inbox_key_of(const uint8_t account[static ACCOUNT_ID],
    const uint8_t device[static DEVICE_ID])
{
	struct key k = key_of(account, ACCOUNT_ID);

	key_put(&k, device, DEVICE_ID);
	return k;
}

static int
inbox_get(struct relay *r, const struct key *k, struct inbox *in)
{
	struct buf v = {0};
	struct rd rd;
	int err = store_get(r->store, TABLE_inbox, key_view(k), &v);

	memset(in, 0, sizeof(*in));
	if (!err) {
		rd = rd_of(buf_view(&v));
		in->last = rd_u64(&rd);
		in->boxes = rd_u64(&rd);
		in->bytes = rd_u64(&rd);
		err = rd_end(&rd);
	}
	buf_free(&v);
	return err == ERR_NONE ? 0 : err;
}

static int
inbox_put(struct relay *r, const struct key *k, const struct inbox *in)
{
	struct key v = {.n = 0};

	key_u64(&v, in->last);
	key_u64(&v, in->boxes);
	key_u64(&v, in->bytes);
	return store_put(r->store, TABLE_inbox, key_view(k), key_view(&v));
}

/* --- putting --- */

static int
box_limits(struct relay *r, struct peer *p, const struct msg_box_put *m,
    const struct inbox *in)
{
	int64_t wait;

	if (defence(quota) && (in->boxes >= r->limits.inbox_boxes ||
	    in->bytes + m->box.n > r->limits.inbox_bytes))
		return peer_refuse(p, ERR_QUOTA,
		    "the other side's inbox is full: try again later");
	wait = buckets_take(&r->buckets, "box",
	    bytes_of(p->account, ACCOUNT_ID), bytes_of(m->device, DEVICE_ID),
	    1, 1000000 / BOX_EVERY, BOX_BURST);
	if (wait)
		return peer_refuse_at(p, ERR_RATE, (uint64_t)wait,
		    "too many boxes for one device: wait a moment");
	return 0;
}

static int
box_store(struct relay *r, const struct key *inbox, struct inbox *in,
    const struct msg_box_put *m)
{
	int64_t now = relay_now(r);
	struct key box = *inbox, id = *inbox, number = {.n = 0};
	struct buf v = {0};
	int err;

	in->last++;
	in->boxes++;
	in->bytes += m->box.n;
	key_u64(&box, in->last);
	key_put(&id, m->id, WIRE_ID);
	key_u64(&number, in->last);
	buf_u64(&v, (uint64_t)now);
	buf_bytes(&v, m->box);
	err = store_put(r->store, TABLE_box, key_view(&box), buf_view(&v));
	buf_free(&v);
	if (!err)
		err = store_put(r->store, TABLE_box_id, key_view(&id),
		    key_view(&number));
	if (!err)
		err = inbox_put(r, inbox, in);
	if (!err)
		err = due_put(r, due_after(r, BOX_KEEP), DUE_BOX, key_view(&id));
	return err;
}

/* The number of a box with this id that came before; ERR_NONE: a new one. */
static int
box_seen(struct relay *r, const struct key *inbox, const uint8_t *id,
    uint64_t *number)
{
	struct key k = *inbox;
	struct buf v = {0};
	struct rd rd;
	int err;

	key_put(&k, id, WIRE_ID);
	err = store_get(r->store, TABLE_box_id, key_view(&k), &v);
	rd = rd_of(buf_view(&v));
	*number = rd_u64(&rd);
	buf_free(&v);
	return err;
}

static void
box_wake(struct relay *r, const struct msg_box_put *m)
{
	struct peer *to;

	for (to = peers_of(r, m->account, m->device); to; to = to->twin) {
		to->boxes = true;
		if (to->greeted)
			peer_hungry(r, to);
	}
}

int
on_box_put(struct relay *r, struct peer *p, const struct msg_box_put *m)
{
	struct key inbox = inbox_key_of(m->account, m->device);
	struct inbox in;
	uint64_t number;
	int err;

	if (m->box.n == 0)
		return ERR_FORMAT;
	if (m->box.n > BOX_MAX)
		return ERR_BIG;
	err = box_seen(r, &inbox, m->id, &number);
	if (err != ERR_NONE) {
		if (!err)
			peer_done(r, p, m->req, number);
		return err;
	}
	err = directory_device(r, m->account, m->device);
	if (err == ERR_NONE)
		p->why = "there is no such device";
	if (!err)
		err = inbox_get(r, &inbox, &in);
	if (!err)
		err = box_limits(r, p, m, &in);
	if (!err)
		err = box_store(r, &inbox, &in, m);
	if (err)
		return err;
	r->count.metric[METRIC_boxes_total]++;
	peer_done(r, p, m->req, in.last);
	box_wake(r, m);
	return 0;
}

/* --- reading --- */

struct box_feed {
	struct relay *relay;
	struct peer *peer;
	unsigned n;
	bool more;
};

static bool
box_each(void *arg, struct bytes key, struct bytes value)
{
	struct box_feed *f = arg;
	struct msg a = {.code = MSG_box};
	struct rd rd = rd_of(value);
	struct rd at = rd_of(key);

	if (link_full(f->peer->link) || f->n >= RELAY_FEED_TURN) {
		f->more = true;
		return false;
	}
	(void)rd_view(&at, ACCOUNT_ID + DEVICE_ID);
	a.box.number = rd_u64(&at);
	a.box.time = rd_u64(&rd);
	a.box.box = rd_rest(&rd);
	peer_put(f->relay, f->peer, &a);
	f->peer->box_next = a.box.number + 1;
	f->n++;
	return true;
}

bool
boxes_feed(struct relay *r, struct peer *p)
{
	struct box_feed f = {.relay = r, .peer = p};
	struct key from, below;

	if (!p->known || !p->greeted || !p->boxes)
		return false;
	if (link_full(p->link))
		return true;
	from = inbox_key_of(p->account, p->device);
	below = key_after(&from);
	key_u64(&from, p->box_next);
	if (store_scan(r->store, TABLE_box, key_view(&from), key_view(&below),
	    STORE_UP, box_each, &f) != 0) {
		unread_note(r);
		return false;
	}
	p->boxes = f.more;
	return f.more;
}

/* --- the end of a box --- */

static int
box_remove(struct relay *r, const struct key *inbox, uint64_t number)
{
	struct key k = *inbox;
	struct buf v = {0};
	struct inbox in;
	int err;

	key_u64(&k, number);
	err = store_get(r->store, TABLE_box, key_view(&k), &v);
	if (!err)
		err = inbox_get(r, inbox, &in);
	if (!err) {
		in.boxes -= in.boxes > 0;
		in.bytes -= in.bytes < v.n - 8 ? in.bytes : v.n - 8;
		err = inbox_put(r, inbox, &in);
	}
	if (!err)
		err = store_del(r->store, TABLE_box, key_view(&k));
	buf_free(&v);
	return err == ERR_NONE ? 0 : err;       /* it is gone: the same */
}

int
on_box_ack(struct relay *r, struct peer *p, const struct msg_box_ack *m)
{
	struct key inbox = inbox_key_of(p->account, p->device);
	int err = box_remove(r, &inbox, m->number);

	if (!err)
		peer_done(r, p, m->req, m->number);
	return err;
}

/* key: account device id */
int
boxes_expire(struct relay *r, struct bytes key)
{
	struct rd rd = rd_of(key);
	struct key inbox;
	uint64_t number;
	int err;

	inbox = key_of(rd_view(&rd, ACCOUNT_ID + DEVICE_ID).p,
	    ACCOUNT_ID + DEVICE_ID);
	if (rd_left(&rd) != WIRE_ID)
		return 0;
	err = box_seen(r, &inbox, rd_rest(&rd).p, &number);
	if (!err)
		err = box_remove(r, &inbox, number);
	if (!err)
		err = store_del(r->store, TABLE_box_id, key);
	return err == ERR_NONE ? 0 : err;
}

struct box_numbers {
	uint64_t number[64];
	size_t n;
};

static bool
box_number_each(void *arg, struct bytes key, struct bytes value)
{
	struct box_numbers *l = arg;
	struct rd rd = rd_of(key);

	(void)value;
	(void)rd_view(&rd, ACCOUNT_ID + DEVICE_ID);
	l->number[l->n++] = rd_u64(&rd);
	return l->n < COUNT(l->number);
}

/* The device is gone: so is what waited for it. The ids end by themselves. */
int
boxes_drop(struct relay *r, const uint8_t account[static ACCOUNT_ID],
    const uint8_t device[static DEVICE_ID])
{
	struct key inbox = inbox_key_of(account, device);
	struct key below = key_after(&inbox);
	struct box_numbers l;
	size_t i;
	int err;

	do {
		l.n = 0;
		err = store_scan(r->store, TABLE_box, key_view(&inbox),
		    key_view(&below), STORE_UP, box_number_each, &l);
		for (i = 0; i < l.n && !err; i++)
			err = box_remove(r, &inbox, l.number[i]);
	} while (!err && l.n == COUNT(l.number));
	return err;
}
