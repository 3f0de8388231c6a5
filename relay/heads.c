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
	r->count.metric[METRIC_heads_total]++;
	r->count.metric[METRIC_leaves] = h->size;
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

/* Nothing but the tree as it is kept, and the proof that it extends what was
 * signed last. */
static int
heads_ask(struct relay *r)
{
	struct merkle_nodes nodes = ledger_nodes(r);
	uint8_t root[HASH32];
	struct buf q = {0};
	int err = ledger_root(r, r->ledger.kept, root);

	buf_u8(&q, SIGNER_SIGN);
	buf_u64(&q, r->ledger.kept);
	buf_put(&q, root, HASH32);
	if (!err && r->signing.size <= r->ledger.kept)
		err = merkle_prove_extends(&nodes, r->signing.size,
		    r->ledger.kept, &q);
	if (!err)
		signing_ask(r, buf_view(&q));
	buf_free(&q);
	return err;
}

static const char heads_refused[] = "the head signer refuses the directory as "
    "it is now: restore the data folder from a backup";

static const char heads_unwritten[] = "the head signer can't write what it "
    "signs: make room on the disk of the data folder, then start tacetd again";

void
heads_answered(struct relay *r, struct bytes answer)
{
	struct rd rd = rd_of(answer);
	struct head h;
	int err = -(int)rd_u8(&rd);

	if (!err)
		err = head_get(rd_rest(&rd), &h);
	if (err) {
		log_say(r->log, LOG_ERROR, "heads", "not signed: %s",
		    err_text(err));
		relay_end(r, err == ERR_IO ? heads_unwritten : heads_refused);
		return;
	}
	r->signing.size = h.size;
	memcpy(r->signing.root, h.root, HASH32);
	heads_take(r, &h);
}

void
heads_sign(struct relay *r)
{
	if (r->ended || r->signing.asked || !heads_due(r) ||
	    (!r->signing.here && r->signing.fd < 0))
		return;
	if (heads_ask(r) != 0)
		log_say(r->log, LOG_ERROR, "heads", "the directory can't be "
		    "read: %s", r->store->why);
}

/* What was signed must be the beginning of what is here. */
static int
heads_past(struct relay *r, char **why)
{
	struct signing *s = &r->signing;
	uint8_t root[HASH32];
	int err;

	if (s->size > r->ledger.kept && defence(monotone)) {
		*why = mem_format("%s/tacetd.db is older than the directory's "
		    "last signed head (%llu entries, %llu were signed): "
		    "restore a newer one, or the whole folder", r->data,
		    (unsigned long long)r->ledger.kept,
		    (unsigned long long)s->size);
		return ERR_STATE;
	}
	err = ledger_root(r, s->size, root);
	if (!err && memcmp(root, s->root, HASH32) != 0 && defence(monotone)) {
		*why = mem_format("%s/tacetd.db is not the directory that was "
		    "signed: restore the whole folder from a backup", r->data);
		err = ERR_STATE;
	}
	return err;
}

static int
heads_first(struct relay *r, char **why)
{
	struct buf answer = {0};
	int err = heads_ask(r);

	if (!err && !r->heads.have && !r->ended) {
		err = signing_wait(r, &answer);
		if (!err)
			heads_answered(r, buf_view(&answer));
		else
			*why = mem_string("the head signer has ended: start "
			    "tacetd again");
		buf_free(&answer);
	}
	if (!err && !r->heads.have) {
		err = ERR_STATE;
		*why = mem_string(r->ended ? r->ended : heads_refused);
	}
	return err;
}

int
heads_open(struct relay *r, enum signer_way way, char **why)
{
	int err;

	if (way == SIGNER_NONE)
		return 0;
	err = ledger_open(r);
	if (!err)
		err = ledger_build(r);
	if (!err)
		err = signing_open(r, way, why);
	if (!err)
		err = heads_past(r, why);
	if (!err)
		err = heads_first(r, why);
	if (err && !*why)
		*why = mem_format("%s: the directory can't be read: %s",
		    r->data, err_text(err));
	return err;
}

void
heads_free(struct relay *r)
{
	signing_close(r);
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
