/* SPDX-License-Identifier: ISC */
/*
 * The signed head of the directory's log, and every answer that rests on it.
 * What is signed is kept before: a head for a leaf that a crash takes back
 * would be a lie that people can prove. So who asks for a record of this very
 * turn waits until the head that covers it is there.
 */
#include <stdlib.h>

#include "relay.h"

/* --- signing --- */

static void
heads_take(struct relay *r, const struct head *h)
{
	struct buf b = {0};

	r->heads.head = *h;
	r->heads.have = true;
	head_put(h, &b);
	assert(b.n == HEAD_SIZE);
	memcpy(r->heads.raw, b.p, HEAD_SIZE);
	buf_free(&b);
	heads_again(r);
}

static bool
heads_due(const struct relay *r)
{
	int64_t age = relay_now(r) - (int64_t)r->heads.head.time;

	return !r->heads.have || r->ledger.kept > r->heads.head.size ||
	    age > HEADS_RENEW || age < 0;
}

static int
heads_make(struct relay *r)
{
	struct head h = {.size = r->ledger.kept};
	int err;

	h.time = (uint64_t)relay_now(r);
	err = ledger_root(r, h.size, h.root);
	if (err)
		return err;
	keys_sign(r->keys, &h);
	heads_take(r, &h);
	return 0;
}

void
heads_sign(struct relay *r)
{
	if (heads_due(r) && heads_make(r) != 0)
		log_say(r->log, LOG_ERROR, "heads", "the directory can't be "
		    "read: %s", r->store->why);
}

int
heads_open(struct relay *r, char **why)
{
	int err = ledger_open(r);

	if (!err)
		err = ledger_build(r);
	if (!err)
		err = heads_make(r);
	if (err && !*why)
		*why = mem_format("%s: the directory can't be read: %s",
		    r->data, err_text(err));
	return err;
}

void
heads_free(struct relay *r)
{
	free(r->heads.wait);
	ledger_free(r);
}

/* --- looking up --- */

static int
heads_answer(struct relay *r, struct peer *p, uint32_t req,
    const uint8_t account[static ACCOUNT_ID])
{
	struct merkle_nodes nodes = ledger_nodes(r);
	struct buf raw = {0}, proof = {0};
	struct msg a = {.code = MSG_record};
	struct record rec;
	int err = directory_record(r, account, &rec, &raw);

	if (!err)
		err = ledger_find(r, account, rec.version, &a.record.number,
		    &a.record.prev);
	if (!err && a.record.number >= r->heads.head.size)
		err = ERR_BUSY;         /* not signed yet */
	if (!err)
		err = merkle_prove(&nodes, a.record.number,
		    r->heads.head.size, &proof);
	if (!err) {
		a.record.req = req;
		a.record.record = buf_view(&raw);
		a.record.proof = buf_view(&proof);
		a.record.head = bytes_of(r->heads.raw, HEAD_SIZE);
		peer_put(r, p, &a);
	}
	buf_free(&raw);
	buf_free(&proof);
	return err;
}

static void
heads_hold(struct relay *r, struct peer *p, uint32_t req,
    const uint8_t account[static ACCOUNT_ID])
{
	struct heads *h = &r->heads;
	struct heads_wait *w;

	if (h->n == h->cap) {
		h->cap = h->cap ? h->cap * 2 : 16;
		h->wait = mem_grow(h->wait, h->cap, sizeof(*h->wait));
	}
	w = &h->wait[h->n++];
	w->peer = p;
	w->req = req;
	memcpy(w->account, account, ACCOUNT_ID);
}

int
heads_lookup(struct relay *r, struct peer *p, uint32_t req,
    const uint8_t account[static ACCOUNT_ID])
{
	int err = heads_answer(r, p, req, account);

	if (err != ERR_BUSY)
		return err;
	heads_hold(r, p, req, account);
	return 0;
}

static void
heads_refuse(struct relay *r, const struct heads_wait *w, int err)
{
	struct msg a = {.code = MSG_fail};
	const char *text = err_text(err);

	if (w->req == 0)
		return;
	a.fail.req = w->req;
	a.fail.error = (uint16_t)-err;
	a.fail.text = bytes_of(text, strlen(text));
	peer_put(r, w->peer, &a);
}

void
heads_again(struct relay *r)
{
	struct heads *h = &r->heads;
	size_t i, left = 0;
	int err;

	for (i = 0; i < h->n; i++) {
		relay_begin(r);
		err = heads_answer(r, h->wait[i].peer, h->wait[i].req,
		    h->wait[i].account);
		if (err == ERR_BUSY)
			h->wait[left++] = h->wait[i];
		else if (err)
			heads_refuse(r, &h->wait[i], err);
	}
	h->n = left;
}

void
heads_leave(struct relay *r, struct peer *p)
{
	struct heads *h = &r->heads;
	size_t i, left = 0;

	for (i = 0; i < h->n; i++)
		if (h->wait[i].peer != p)
			h->wait[left++] = h->wait[i];
	h->n = left;
}

/* --- heads, proofs, leaves --- */

int
on_head_get(struct relay *r, struct peer *p, const struct msg_head_get *m)
{
	struct merkle_nodes nodes = ledger_nodes(r);
	struct msg a = {.code = MSG_head};
	struct buf proof = {0};
	int err = 0;

	if (m->from > r->heads.head.size)
		return peer_refuse_at(p, ERR_RANGE, r->heads.head.size,
		    "the directory's log is shorter than that");
	if (m->from > 0)
		err = merkle_prove_extends(&nodes, m->from,
		    r->heads.head.size, &proof);
	if (!err) {
		a.head.req = m->req;
		a.head.from = m->from;
		a.head.proof = buf_view(&proof);
		a.head.head = bytes_of(r->heads.raw, HEAD_SIZE);
		peer_put(r, p, &a);
	}
	buf_free(&proof);
	return err;
}

int
on_extends_get(struct relay *r, struct peer *p,
    const struct msg_extends_get *m)
{
	struct merkle_nodes nodes = ledger_nodes(r);
	struct msg a = {.code = MSG_extends};
	struct buf proof = {0};
	int err;

	if (m->from > m->to || m->to > r->heads.head.size)
		return peer_refuse_at(p, ERR_RANGE, r->heads.head.size,
		    "the directory's log is shorter than that");
	err = merkle_prove_extends(&nodes, m->from, m->to, &proof);
	if (!err) {
		a.extends.req = m->req;
		a.extends.from = m->from;
		a.extends.to = m->to;
		a.extends.proof = buf_view(&proof);
		peer_put(r, p, &a);
	}
	buf_free(&proof);
	return err;
}

int
on_leaves_get(struct relay *r, struct peer *p, const struct msg_leaves_get *m)
{
	uint64_t size = r->heads.head.size;
	struct msg a = {.code = MSG_leaves};
	struct buf page = {0};
	int err;

	err = ledger_page(r, m->from, m->below < size ? m->below : size, &page);
	if (!err) {
		a.leaves.req = m->req;
		a.leaves.from = m->from;
		a.leaves.leaves = buf_view(&page);
		peer_put(r, p, &a);
	}
	buf_free(&page);
	return err;
}
