/* SPDX-License-Identifier: ISC */
/*
 * Entries: taken in one order, once each, from whoever has proven the log's
 * epoch; and the whispers that are handed on and never kept. Nothing here
 * stores who sent one.
 */
#include "relay.h"

#define APPEND_WAIT 50     /* ms */
#define APPEND_OVERHEAD 96      /* what an entry takes beside its bytes */

static struct key
append_key(const uint8_t log[static WIRE_ID], uint64_t number)
{
	struct key k = key_of(log, WIRE_ID);

	key_u64(&k, number);
	return k;
}

static struct key
append_id(const uint8_t log[static WIRE_ID], const uint8_t id[static WIRE_ID])
{
	struct key k = key_of(log, WIRE_ID);

	key_put(&k, id, WIRE_ID);
	return k;
}

static int
append_shape(const struct msg_log_append *m)
{
	bool commit = m->flags & ENTRY_COMMIT;

	if ((m->flags & ~ENTRY_FLAGS) || (!commit && (m->flags & ENTRY_CUT)))
		return ERR_FORMAT;
	if (m->access.n != (commit ? KEY_SIZE : 0) || m->entry.n == 0)
		return ERR_FORMAT;
	if ((m->flags & ENTRY_BLOB) && m->entry.n < KEY_SIZE)
		return ERR_FORMAT;
	return m->entry.n > WIRE_ENTRY_MAX ? ERR_BIG : 0;
}

/* The number of the entry with this id; ERR_NONE: there is none yet. */
static int
append_seen(struct relay *r, const struct msg_log_append *m, uint64_t *number)
{
	struct key k = append_id(m->log, m->id);
	struct buf v = {0};
	struct rd rd;
	int err = store_get(r->store, TABLE_entry_id, key_view(&k), &v);

	rd = rd_of(buf_view(&v));
	*number = rd_u64(&rd);
	buf_free(&v);
	return err;
}

/*
 * Appends are under way many at a time. When one is refused for now, with its
 * sender to try again, those behind it must not be taken meanwhile: readers
 * take a number that is left out for a loss. So they wait for the one with
 * this id, though not for ever. A commit has no number; and other refusals
 * meet those behind it as well, or are for good.
 */
void
append_refused(struct relay *r, struct peer *p, const struct msg_log_append *m,
    int err)
{
	struct sub *s = logs_sub(r, p, m->log);

	if (!defence(turns) || !s || s->waits_until != 0 ||
	    (m->flags & ENTRY_COMMIT) ||
	    (err != ERR_RATE && err != ERR_IO && err != ERR_QUOTA))
		return;
	memcpy(s->waits_for, m->id, WIRE_ID);
	s->waits_until = clock_mono(r->clock) + RELAY_ORDER_MS;
}

static bool
append_waits(struct relay *r, struct sub *s, const struct msg_log_append *m)
{
	if (s->waits_until == 0 || (m->flags & ENTRY_COMMIT))
		return false;
	if (memcmp(s->waits_for, m->id, WIRE_ID) == 0 ||
	    clock_mono(r->clock) >= s->waits_until)
		s->waits_until = 0;
	return s->waits_until != 0;
}

/* The creator needs no proof of epoch 0: it gave the key itself. */
static int
append_may(struct relay *r, struct peer *p, const struct msg_log_append *m,
    const struct log_state *s)
{
	struct sub *sub = logs_sub(r, p, m->log);
	bool first = s->epoch == 0 &&
	    memcmp(s->creator, p->account, ACCOUNT_ID) == 0;

	if (!sub && !first)
		return peer_refuse(p, ERR_DENIED, "prove the epoch first");
	if (m->epoch != s->epoch)
		return peer_refuse_at(p, ERR_EPOCH, s->epoch, NULL);
	if (!first && sub->epoch != s->epoch)
		return peer_refuse(p, ERR_DENIED, "prove the epoch first");
	if (sub && append_waits(r, sub, m))
		return peer_refuse_at(p, ERR_RATE, APPEND_WAIT,
		    "one before it was refused and comes first");
	return 0;
}

/* Per log and account: a burst, then one per few seconds, and at most a
 * quarter of the log. In memory only: the disk knows no senders. */
static int
append_commit_rate(struct relay *r, struct peer *p,
    const struct msg_log_append *m)
{
	struct bytes log = bytes_of(m->log, WIRE_ID);
	struct bytes who = bytes_of(p->account, ACCOUNT_ID);
	int64_t share = (int64_t)(r->limits.log_quota / 4), pace, wait;

	wait = buckets_take(&r->buckets, "commit", log, who, 1,
	    1000000 / COMMIT_EVERY, COMMIT_BURST);
	if (!wait) {
		pace = share * 1000 / (r->limits.commit_keep / 1000 + 1);
		wait = buckets_take(&r->buckets, "commit bytes", log, who,
		    (int64_t)m->entry.n, pace > 1 ? pace : 1, share);
	}
	return wait ? peer_refuse_at(p, ERR_RATE, (uint64_t)wait,
	    "too many changes of the group: wait a moment") : 0;
}

static int
append_quota(struct relay *r, struct peer *p, const struct msg_log_append *m,
    const struct log_state *s)
{
	uint64_t size = m->entry.n + APPEND_OVERHEAD;

	if (s->bytes + size > r->limits.log_quota)
		return peer_refuse(p, ERR_QUOTA,
		    "this conversation's space on the relay is used up");
	if (usage_get(r, USAGE_LOG_BYTES, s->creator) + size >
	    r->limits.account_quota)
		return peer_refuse(p, ERR_QUOTA, "the space of the account "
		    "that created this conversation is used up");
	return m->flags & ENTRY_COMMIT ? append_commit_rate(r, p, m) : 0;
}

/* A commit ends its epoch: the next one's key comes with it. */
static int
append_advance(struct relay *r, const struct msg_log_append *m,
    struct log_state *s)
{
	struct key k = append_key(m->log, s->epoch + 1), number = {.n = 0};
	int err;

	err = store_put(r->store, TABLE_access, key_view(&k), m->access);
	if (!err && (m->flags & ENTRY_CUT)) {
		k = append_key(m->log, s->epoch);
		key_u64(&number, s->last);
		err = store_put(r->store, TABLE_cut, key_view(&k),
		    key_view(&number));
	}
	s->epoch++;
	return err;
}

static int
append_store(struct relay *r, const struct msg_log_append *m,
    struct log_state *s, const struct entry_state *e, int64_t until)
{
	struct key at, id = append_id(m->log, m->id), number = {.n = 0};
	int64_t size = (int64_t)m->entry.n + APPEND_OVERHEAD;
	struct buf v = {0};
	int err;

	s->last++;
	s->bytes += (uint64_t)size;
	at = append_key(m->log, s->last);
	key_u64(&number, s->last);
	entry_put(&v, e);
	err = store_put(r->store, TABLE_entry, key_view(&at), buf_view(&v));
	buf_free(&v);
	if (!err)
		err = store_put(r->store, TABLE_entry_id, key_view(&id),
		    key_view(&number));
	if (!err && (m->flags & ENTRY_COMMIT))
		err = append_advance(r, m, s);
	if (!err)
		err = logs_put(r, m->log, s);
	if (!err)
		err = usage_add(r, USAGE_LOG_BYTES, s->creator, size);
	if (!err)
		err = due_put(r, until, DUE_ENTRY, key_view(&at));
	return err;
}

static int
append_new(struct relay *r, struct peer *p, const struct msg_log_append *m,
    struct log_state *s)
{
	struct entry_state e = {.epoch = m->epoch, .flags = m->flags};
	int64_t until;
	int err;

	until = due_after(r, m->flags & ENTRY_COMMIT ? r->limits.commit_keep :
	    r->limits.message_keep);
	e.time = (uint64_t)relay_now(r);
	e.data = m->entry;
	memcpy(e.id, m->id, WIRE_ID);
	if (m->flags & ENTRY_BLOB) {
		err = blobs_hold(r, m->entry.p, until);
		if (err == ERR_NONE)
			p->why = "the blob of this entry is not here";
		if (err)
			return err;
	}
	err = append_store(r, m, s, &e, until);
	if (err)
		return err;
	r->count.metric[METRIC_entries_total]++;
	peer_done(r, p, m->req, s->last);
	logs_live(r, m->log, s->last, &e);
	return 0;
}

int
on_log_append(struct relay *r, struct peer *p, const struct msg_log_append *m)
{
	struct log_state s;
	uint64_t number;
	int err;

	err = append_shape(m);
	if (!err)
		err = logs_get(r, m->log, &s);
	if (err)
		return err;
	/* the id before the epoch: a second copy is no news */
	err = append_seen(r, m, &number);
	if (err != ERR_NONE) {
		if (!err)
			peer_done(r, p, m->req, number);
		return err;
	}
	err = append_may(r, p, m, &s);
	if (!err)
		err = append_quota(r, p, m, &s);
	if (!err)
		err = append_new(r, p, m, &s);
	return err;
}

/* Handed to who is there and has proven the same epoch; a slow reader, who
 * would get it too late anyway, does not. */
int
on_whisper(struct relay *r, struct peer *p, const struct msg_whisper *m)
{
	struct msg a = {.code = MSG_whispered};
	struct sub *s = logs_sub(r, p, m->log), *to;
	struct log_state state;
	int err;

	if (!s || s->epoch != m->epoch)
		return ERR_DENIED;
	if (m->entry.n == 0 || m->entry.n > WHISPER_MAX)
		return ERR_BIG;
	err = logs_get(r, m->log, &state);
	if (!err && state.epoch != m->epoch)
		err = ERR_EPOCH;
	if (err)
		return err;
	memcpy(a.whispered.log, m->log, WIRE_ID);
	a.whispered.epoch = m->epoch;
	a.whispered.entry = m->entry;
	for (to = s->channel->subs; to; to = to->peer_next)
		if (to != s && to->epoch == m->epoch &&
		    !link_full(to->peer->link))
			peer_put(r, to->peer, &a);
	return 0;
}

/* --- the end of an entry --- */

static int
append_forget_epoch(struct relay *r, const uint8_t log[static WIRE_ID],
    uint64_t epoch)
{
	struct key k = append_key(log, epoch);
	int err = store_del(r->store, TABLE_access, key_view(&k));

	if (!err)
		err = store_del(r->store, TABLE_cut, key_view(&k));
	return err;
}

static int
append_remove(struct relay *r, const uint8_t log[static WIRE_ID],
    struct bytes key, const struct entry_state *e)
{
	uint64_t size = e->data.n + APPEND_OVERHEAD;
	struct key id = append_id(log, e->id);
	struct log_state s;
	int err;

	err = logs_get(r, log, &s);
	if (err)
		return err;
	s.bytes -= s.bytes < size ? s.bytes : size;
	err = logs_put(r, log, &s);
	if (!err)
		err = usage_add(r, USAGE_LOG_BYTES, s.creator,
		    -(int64_t)size);
	if (!err && (e->flags & ENTRY_COMMIT))
		err = append_forget_epoch(r, log, e->epoch);
	if (!err)
		err = store_del(r->store, TABLE_entry_id, key_view(&id));
	if (!err)
		err = store_del(r->store, TABLE_entry, key);
	return err;
}

/* key: log number */
int
append_expire(struct relay *r, struct bytes key)
{
	uint8_t log[WIRE_ID];
	struct rd rd = rd_of(key);
	struct entry_state e;
	struct buf v = {0};
	int err;

	rd_copy(&rd, log, sizeof(log));
	err = store_get(r->store, TABLE_entry, key, &v);
	if (!err)
		err = entry_get(buf_view(&v), &e);
	if (!err)
		err = append_remove(r, log, key, &e);
	buf_free(&v);
	return err == ERR_NONE ? 0 : err;
}
