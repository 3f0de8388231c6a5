/* SPDX-License-Identifier: ISC */
/*
 * KeyPackages and inbox keys: what others need to reach a device that is away.
 * Opaque here; their owners sign them and their takers check them. A one-time
 * package is handed out once; the last-resort one stays.
 */
#include "relay.h"

struct package_key {                    /* of TABLE_package */
	struct key device;              /* account device suite last */
	struct key below;
};

static struct package_key
package_key(const uint8_t account[static ACCOUNT_ID],
    const uint8_t device[static DEVICE_ID], uint16_t suite, bool last)
{
	struct package_key k = {.device = key_of(account, ACCOUNT_ID)};

	key_put(&k.device, device, DEVICE_ID);
	key_u16(&k.device, suite);
	key_u8(&k.device, last);
	k.below = key_after(&k.device);
	return k;
}

static struct key
inbox_key_key(const uint8_t account[static ACCOUNT_ID],
    const uint8_t device[static DEVICE_ID])
{
	struct key k = key_of(account, ACCOUNT_ID);

	key_put(&k, device, DEVICE_ID);
	return k;
}

struct package_scan {
	int64_t now;
	uint64_t n;             /* that have not expired */
	struct key key;         /* the first (or last) of them */
	struct buf *value;      /* where it goes, or NULL to count all */
};

static bool
package_each(void *arg, struct bytes key, struct bytes value)
{
	struct package_scan *s = arg;
	struct rd rd = rd_of(value);

	if ((int64_t)rd_u64(&rd) <= s->now)
		return true;    /* the sweep has not come by yet */
	s->n++;
	s->key = key_of(key.p, key.n);
	if (!s->value)
		return true;
	buf_bytes(s->value, rd_rest(&rd));
	return false;
}

static int
package_scan(struct relay *r, const struct package_key *k,
    struct package_scan *s)
{
	s->now = due_now(r);
	return store_scan(r->store, TABLE_package, key_view(&k->device),
	    key_view(&k->below), STORE_UP, package_each, s);
}

/* --- putting --- */

static int
package_check(struct relay *r, struct peer *p, const struct msg_package_put *m)
{
	int64_t life = m->last ? PACKAGE_LAST_LIFE : PACKAGE_LIFE;
	uint64_t now = (uint64_t)relay_now(r);

	if (m->last > 1 || m->package.n == 0)
		return ERR_FORMAT;
	if (m->package.n > PACKAGE_MAX)
		return ERR_BIG;
	if (m->until <= now)
		return peer_refuse(p, ERR_EXPIRED,
		    "the KeyPackage has expired: check the clock");
	if (m->until > now + (uint64_t)life)
		return peer_refuse(p, ERR_RANGE,
		    "the KeyPackage would live too long: check the clock");
	return 0;
}

static bool
package_last_each(void *arg, struct bytes key, struct bytes value)
{
	struct key *k = arg;

	(void)value;
	*k = key_of(key.p, key.n);
	return false;
}

/* The next free number, so that the oldest is handed out first. */
static int
package_number(struct relay *r, const struct package_key *k, uint64_t *number)
{
	struct key last = {.n = 0};
	struct rd rd;
	int err;

	err = store_scan(r->store, TABLE_package, key_view(&k->device),
	    key_view(&k->below), STORE_DOWN, package_last_each, &last);
	*number = 1;
	if (!err && last.n > 0) {
		rd = rd_of(bytes_of(last.p + k->device.n,
		    last.n - k->device.n));
		*number = rd_u64(&rd) + 1;
		err = rd_end(&rd);
	}
	return err;
}

/* Of a last-resort package that another takes the place of: each would leave
 * a row for a year. */
static int
package_undue(struct relay *r, const struct key *k)
{
	struct buf v = {0};
	struct rd rd;
	int err = store_get(r->store, TABLE_package, key_view(k), &v);

	rd = rd_of(buf_view(&v));
	if (!err)
		err = due_drop(r, (int64_t)rd_u64(&rd), DUE_PACKAGE,
		    key_view(k));
	buf_free(&v);
	return err == ERR_NONE ? 0 : err;
}

/* What is kept of a device is bounded, whatever numbers of suites it names. */
static int
package_suites(struct relay *r, struct peer *p, const struct package_key *k)
{
	struct key from = inbox_key_key(p->account, p->device), at;
	struct key below = key_after(&from);
	unsigned n = 0;
	int err = 0;

	while (!err) {
		at.n = 0;
		err = store_scan(r->store, TABLE_package, key_view(&from),
		    key_view(&below), STORE_UP, package_last_each, &at);
		if (err || at.n == 0)
			break;
		at.n = k->device.n - 1;         /* account device suite */
		if (memcmp(at.p, k->device.p, at.n) == 0)
			return 0;
		from = key_after(&at);
		if (++n >= PACKAGES_SUITES)
			err = peer_refuse(p, ERR_QUOTA,
			    "this device has left KeyPackages of too many "
			    "suites");
	}
	return err;
}

static int
package_store(struct relay *r, const struct key *k,
    const struct msg_package_put *m)
{
	struct buf v = {0};
	int err = m->last ? package_undue(r, k) : 0;

	if (err)
		return err;
	buf_u64(&v, m->until);
	buf_bytes(&v, m->package);
	err = store_put(r->store, TABLE_package, key_view(k), buf_view(&v));
	buf_free(&v);
	if (!err)
		err = due_put(r, (int64_t)m->until, DUE_PACKAGE, key_view(k));
	return err;
}

int
on_package_put(struct relay *r, struct peer *p,
    const struct msg_package_put *m)
{
	struct package_key k = package_key(p->account, p->device, m->suite,
	    m->last);
	struct package_scan s = {.n = 0};
	struct key key = k.device;
	uint64_t number = 0;
	int err;

	err = package_check(r, p, m);
	if (!err)
		err = package_suites(r, p, &k);
	if (!err && !m->last) {
		err = package_scan(r, &k, &s);
		if (!err && s.n >= PACKAGES_MAX)
			err = peer_refuse_at(p, ERR_QUOTA, s.n,
			    "enough KeyPackages are here");
		if (!err)
			err = package_number(r, &k, &number);
	}
	if (err)
		return err;
	key_u64(&key, number);          /* the last-resort one is number 0 */
	err = package_store(r, &key, m);
	if (!err)
		peer_done(r, p, m->req, m->last ? 1 : s.n + 1);
	return err;
}

int
on_package_count(struct relay *r, struct peer *p,
    const struct msg_package_count *m)
{
	struct package_key k = package_key(p->account, p->device, m->suite,
	    false);
	struct package_scan s = {.n = 0};
	int err = package_scan(r, &k, &s);

	if (!err)
		peer_done(r, p, m->req, s.n);
	return err;
}

/* --- taking --- */

/* Who empties somebody's store of packages gets the last-resort one instead. */
static bool
package_greedy(struct relay *r, struct peer *p, const struct msg_package_take *m)
{
	return buckets_take(&r->buckets, "take",
	    bytes_of(p->account, ACCOUNT_ID), bytes_of(m->device, DEVICE_ID), 1,
	    1000000 / TAKE_EVERY, TAKE_BURST) != 0;
}

static int
package_find(struct relay *r, const struct msg_package_take *m, bool last,
    struct buf *out, struct key *found)
{
	struct package_key k = package_key(m->account, m->device, m->suite,
	    last);
	struct package_scan s = {.value = out};
	int err = package_scan(r, &k, &s);

	*found = s.key;
	if (!err && s.n == 0)
		err = ERR_NONE;
	return err;
}

int
on_package_take(struct relay *r, struct peer *p,
    const struct msg_package_take *m)
{
	struct msg a = {.code = MSG_package};
	struct buf out = {0};
	struct key found;
	int err;

	err = directory_device(r, m->account, m->device);
	if (err)
		return err;
	err = package_greedy(r, p, m) ? ERR_NONE :
	    package_find(r, m, false, &out, &found);
	if (!err)
		err = store_del(r->store, TABLE_package, key_view(&found));
	if (err == ERR_NONE) {
		err = package_find(r, m, true, &out, &found);
		a.package.last = 1;
	}
	if (!err) {
		a.package.req = m->req;
		a.package.package = buf_view(&out);
		peer_put(r, p, &a);
	} else if (err == ERR_NONE) {
		p->why = "this device has left no KeyPackage here";
	}
	buf_free(&out);
	return err;
}

/* --- inbox keys --- */

int
on_inbox_key_put(struct relay *r, struct peer *p,
    const struct msg_inbox_key_put *m)
{
	struct key k = inbox_key_key(p->account, p->device);
	int err;

	if (m->key.n == 0)
		return ERR_FORMAT;
	if (m->key.n > INBOX_KEY_MAX)
		return ERR_BIG;
	err = store_put(r->store, TABLE_inbox_key, key_view(&k), m->key);
	if (!err)
		peer_done(r, p, m->req, 0);
	return err;
}

int
on_inbox_key_get(struct relay *r, struct peer *p,
    const struct msg_inbox_key_get *m)
{
	struct key k = inbox_key_key(m->account, m->device);
	struct msg a = {.code = MSG_inbox_key};
	struct buf v = {0};
	int err;

	err = store_get(r->store, TABLE_inbox_key, key_view(&k), &v);
	if (!err) {
		a.inbox_key.req = m->req;
		a.inbox_key.key = buf_view(&v);
		peer_put(r, p, &a);
	} else if (err == ERR_NONE) {
		p->why = "this device has left no inbox key here";
	}
	buf_free(&v);
	return err;
}

/* --- the end --- */

int
packages_expire(struct relay *r, struct bytes key)
{
	struct buf v = {0};
	struct rd rd;
	int err;

	err = store_get(r->store, TABLE_package, key, &v);
	rd = rd_of(buf_view(&v));
	/* a last-resort package may have been replaced by a longer one */
	if (!err && (int64_t)rd_u64(&rd) <= due_now(r))
		err = store_del(r->store, TABLE_package, key);
	buf_free(&v);
	return err == ERR_NONE ? 0 : err;
}

struct package_keys {
	struct key key[64];
	size_t n;
};

static bool
package_keys_each(void *arg, struct bytes key, struct bytes value)
{
	struct package_keys *l = arg;

	(void)value;
	l->key[l->n++] = key_of(key.p, key.n);
	return l->n < COUNT(l->key);
}

int
packages_drop(struct relay *r, const uint8_t account[static ACCOUNT_ID],
    const uint8_t device[static DEVICE_ID])
{
	struct key from = inbox_key_key(account, device);
	struct key below = key_after(&from);
	struct package_keys l;
	size_t i;
	int err;

	do {
		l.n = 0;
		err = store_scan(r->store, TABLE_package, key_view(&from),
		    key_view(&below), STORE_UP, package_keys_each, &l);
		for (i = 0; i < l.n && !err; i++)
			err = store_del(r->store, TABLE_package,
			    key_view(&l.key[i]));
	} while (!err && l.n == COUNT(l.key));
	if (!err)
		err = store_del(r->store, TABLE_inbox_key, key_view(&from));
	return err;
}
