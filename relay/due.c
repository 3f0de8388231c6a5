/* SPDX-License-Identifier: ISC */
/*
 * What ends at a time. The table `due` is ordered by that time; a sweep takes
 * a bounded number from its front in a turn.
 *
 * The clock of expiry is our own: it follows the wall clock, but never faster
 * than CLOCK_PACE times the time that has really passed, so that a clock that
 * jumps years ahead drops almost nothing before somebody sets it right; after
 * a long time switched off it catches up at that pace. It is kept, so that a
 * restart is no way round it.
 */
#include "relay.h"

#define DUE_SLACK 300000ll      /* ms that the clock may be ahead of the pace */
#define DUE_KEEP 600000ll       /* how often its value is written */

/* A wall clock that went back counts at once; due_wall waits for it. */
int64_t
due_now(const struct relay *r)
{
	int64_t wall = relay_now(r);

	return wall < r->due_wall ? wall : r->due_wall;
}

/* What is taken while the wall clock is behind must not be over as soon as
 * somebody sets it right. */
int64_t
due_after(const struct relay *r, int64_t ms)
{
	int64_t wall = relay_now(r);

	return (wall > r->due_wall ? wall : r->due_wall) + ms;
}

static int
due_save(struct relay *r)
{
	struct key v = {.n = 0};

	key_u64(&v, (uint64_t)r->due_wall);
	r->due_kept = r->due_wall;
	return store_put(r->store, TABLE_meta, bytes_of("clock", 5),
	    key_view(&v));
}

int
due_start(struct relay *r)
{
	struct buf v = {0};
	int err = store_get(r->store, TABLE_meta, bytes_of("clock", 5), &v);
	struct rd rd = rd_of(buf_view(&v));

	r->due_mono = clock_mono(r->clock);
	r->due_wall = err ? relay_now(r) : (int64_t)rd_u64(&rd);
	r->due_kept = r->due_wall;
	buf_free(&v);
	if (err == ERR_NONE)
		err = due_save(r);
	return err;
}

static void
due_tick(struct relay *r)
{
	int64_t wall = relay_now(r), mono = clock_mono(r->clock), next;

	next = r->due_wall + (mono - r->due_mono) * CLOCK_PACE;
	r->due_mono = mono;
	if (wall - next <= DUE_SLACK || !defence(mono)) {
		r->due_warned = false;
		next = wall;
	} else if (!r->due_warned) {
		r->due_warned = true;
		log_say(r->log, LOG_WARN, "relay", "the clock went %lld h "
		    "ahead: things expire slowly until that is caught up",
		    (long long)((wall - next) / 3600000));
	}
	if (next > r->due_wall)
		r->due_wall = next;
	if (r->due_wall - r->due_kept > DUE_KEEP)
		(void)due_save(r);      /* a sick store: next time */
}

static struct key
due_key(int64_t when, enum due kind, struct bytes what)
{
	struct key k = {.n = 0};

	key_u64(&k, when < 0 ? 0 : (uint64_t)when);
	key_u8(&k, (uint8_t)kind);
	key_put(&k, what.p, what.n);
	return k;
}

int
due_put(struct relay *r, int64_t when, enum due kind, struct bytes what)
{
	struct key k = due_key(when, kind, what);

	return store_put(r->store, TABLE_due, key_view(&k),
	    bytes_of(NULL, 0));
}

int
due_drop(struct relay *r, int64_t when, enum due kind, struct bytes what)
{
	struct key k = due_key(when, kind, what);

	return store_del(r->store, TABLE_due, key_view(&k));
}

struct due_list {
	struct key key[RELAY_SWEEP_TURN];
	size_t n;
};

static bool
due_each(void *arg, struct bytes key, struct bytes value)
{
	struct due_list *l = arg;

	(void)value;
	l->key[l->n++] = key_of(key.p, key.n);
	return l->n < COUNT(l->key);
}

static int
due_end(struct relay *r, int kind, struct bytes what)
{
	int err = 0;

	switch (kind) {
	case DUE_PACKAGE:
		err = packages_expire(r, what);
		break;
	case DUE_BOX:
		err = boxes_expire(r, what);
		break;
	case DUE_ENTRY:
		err = append_expire(r, what);
		break;
	case DUE_BLOB:
		err = blobs_expire(r, what);
		break;
	case DUE_INVITE:
		err = store_del(r->store, TABLE_invite, what);
		break;
	}
	return err;
}

/* What is damaged stays, and does not keep what stands behind it. */
static int
due_one(struct relay *r, const struct key *k)
{
	struct rd rd = rd_of(key_view(k));
	int err, kind;

	(void)rd_u64(&rd);
	kind = rd_u8(&rd);
	err = due_end(r, kind, rd_rest(&rd));
	if (err && err != ERR_IO) {
		log_say(r->log, LOG_ERROR, "store", "something is over and "
		    "can't be removed: %s", err_text(err));
		err = 0;
	}
	if (!err)
		err = store_del(r->store, TABLE_due, key_view(k));
	return err;
}

void
due_sweep(struct relay *r)
{
	struct due_list l = {.n = 0};
	struct key from = {.n = 0}, below = {.n = 0};
	int64_t now;
	size_t i;
	int err;

	r->sweeping = false;
	due_tick(r);
	if (r->store->sick)
		return;
	key_u64(&from, 0);
	now = due_now(r);
	key_u64(&below, now < 0 ? 0 : (uint64_t)now);
	err = store_scan(r->store, TABLE_due, key_view(&from),
	    key_view(&below), STORE_UP, due_each, &l);
	for (i = 0; i < l.n && !err; i++) {
		relay_begin(r);
		err = due_one(r, &l.key[i]);
		r->count.metric[METRIC_expired_total] += !err;
	}
	r->sweeping = !err && l.n == COUNT(l.key);
}
