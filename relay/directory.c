/* SPDX-License-Identifier: ISC */
/*
 * Names, account records and the devices in them. Anyone registered may read;
 * only an account's own device, with a record that its account key signed, may
 * write, and only the next version. The relay can refuse a record, never make
 * one.
 */
#include "relay.h"

static struct key
directory_key(const uint8_t account[static ACCOUNT_ID], uint64_t version)
{
	struct key k = key_of(account, ACCOUNT_ID);

	key_u64(&k, version);
	return k;
}

static bool
directory_each(void *arg, struct bytes key, struct bytes value)
{
	struct buf *raw = arg;

	(void)key;
	buf_bytes(raw, value);
	return false;           /* the newest is enough */
}

static int
directory_raw(struct relay *r, const uint8_t account[static ACCOUNT_ID],
    struct buf *raw)
{
	struct key from = directory_key(account, 0);
	struct key below = key_of(account, ACCOUNT_ID);
	int err;

	below = key_after(&below);
	err = store_scan(r->store, TABLE_record, key_view(&from),
	    key_view(&below), STORE_DOWN, directory_each, raw);
	if (!err && raw->n == 0)
		err = ERR_NONE;
	return err;
}

int
directory_record(struct relay *r, const uint8_t account[static ACCOUNT_ID],
    struct record *rec, struct buf *raw)
{
	int err = directory_raw(r, account, raw);

	if (!err)
		err = record_get_kept(buf_view(raw), rec);
	return err;
}

int
directory_device(struct relay *r, const uint8_t account[static ACCOUNT_ID],
    const uint8_t device[static DEVICE_ID])
{
	struct buf raw = {0};
	struct record rec;
	int err = directory_record(r, account, &rec, &raw);

	if (!err && !record_device(&rec, device))
		err = ERR_NONE;
	buf_free(&raw);
	return err;
}

static int
directory_name(struct relay *r, struct bytes name, uint8_t account[ACCOUNT_ID])
{
	struct buf v = {0};
	int err = store_get(r->store, TABLE_name, name, &v);

	if (!err && v.n != ACCOUNT_ID)
		err = ERR_FORMAT;
	if (!err)
		memcpy(account, v.p, ACCOUNT_ID);
	buf_free(&v);
	return err;
}

/* A transport key names one device of one account. */
static int
directory_free_keys(struct relay *r, const struct record *rec)
{
	struct buf v = {0};
	size_t i;
	int err = 0;

	for (i = 0; i < rec->devices && !err; i++) {
		buf_clear(&v);
		err = store_get(r->store, TABLE_transport,
		    bytes_of(rec->device[i].transport, DH_SIZE), &v);
		if (err == ERR_NONE)
			err = 0;
		else if (!err && memcmp(v.p, rec->account, ACCOUNT_ID) != 0 &&
		    defence(owned))
			err = ERR_EXISTS;
	}
	buf_free(&v);
	return err;
}

static int
directory_devices(struct relay *r, const struct record *rec)
{
	struct key v;
	size_t i;
	int err = 0;

	for (i = 0; i < rec->devices && !err; i++) {
		if (!record_device(rec, rec->device[i].id))
			continue;
		v = key_of(rec->account, ACCOUNT_ID);
		key_put(&v, rec->device[i].id, DEVICE_ID);
		err = store_put(r->store, TABLE_transport,
		    bytes_of(rec->device[i].transport, DH_SIZE), key_view(&v));
	}
	return err;
}

static int
directory_store(struct relay *r, const struct record *rec, struct bytes raw)
{
	struct key k = directory_key(rec->account, rec->version);
	int err;

	err = store_put(r->store, TABLE_record, key_view(&k), raw);
	if (!err)
		err = directory_devices(r, rec);
	if (!err)
		err = ledger_add(r, rec);
	return err;
}

/* --- registering --- */

static bool
directory_mine(struct peer *p, const struct record *rec)
{
	size_t i;

	for (i = 0; i < rec->devices; i++)
		if (memcmp(rec->device[i].transport, link_peer(p->link),
		    DH_SIZE) == 0)
			return record_device(rec, rec->device[i].id) != NULL;
	return false;
}

static int
enrol_check(struct relay *r, struct peer *p, const struct record *rec)
{
	static const uint8_t zeros[HASH32];

	if (rec->version != 1 || memcmp(rec->prev, zeros, sizeof(zeros)) != 0)
		return peer_refuse(p, ERR_RULE,
		    "a first record has version 1");
	if (!directory_mine(p, rec))
		return peer_refuse(p, ERR_DENIED,
		    "the record does not list this device");
	if (rec->expires <= (uint64_t)relay_now(r))
		return peer_refuse(p, ERR_EXPIRED,
		    "the record has expired: check the clock");
	return 0;
}

/* 1: this very record is here already, from a try whose answer was lost */
static int
enrol_again(struct relay *r, struct peer *p, const struct record *rec,
    struct bytes raw)
{
	struct key k = directory_key(rec->account, 1);
	uint8_t owner[ACCOUNT_ID];
	struct buf was = {0};
	bool same;
	int err;

	err = store_get(r->store, TABLE_record, key_view(&k), &was);
	same = !err && bytes_same(buf_view(&was), raw);
	buf_free(&was);
	if (same && p->known &&
	    memcmp(p->account, rec->account, ACCOUNT_ID) == 0)
		return 1;
	if (!err)
		return peer_refuse(p, ERR_EXISTS,
		    "this account is registered already");
	if (err != ERR_NONE)
		return err;
	err = directory_name(r, bytes_of(rec->name, strlen(rec->name)), owner);
	if (!err)
		return peer_refuse(p, ERR_EXISTS, "this name is taken");
	return err == ERR_NONE ? 0 : err;
}

static int
enrol_admit(struct relay *r, struct peer *p, struct bytes invite)
{
	int err;

	if (r->limits.mode == MODE_OPEN)
		return 0;
	if (r->limits.mode == MODE_CLOSED)
		return peer_refuse(p, ERR_CLOSED,
		    "this relay takes no new accounts");
	err = invites_redeem(r, invite);
	if (err == ERR_INVITE)
		p->why = invite.n == 0 ? "this relay asks for an invite" :
		    "the invite is not valid, expired or already used";
	return err;
}

static int
enrol_new(struct relay *r, struct peer *p, const struct msg_enrol *m,
    const struct record *rec)
{
	int err = directory_free_keys(r, rec);

	if (err == ERR_EXISTS)
		p->why = "this device belongs to another account";
	if (!err)
		err = enrol_admit(r, p, m->invite);
	if (!err)
		err = store_put(r->store, TABLE_name,
		    bytes_of(rec->name, strlen(rec->name)),
		    bytes_of(rec->account, ACCOUNT_ID));
	if (!err)
		err = directory_store(r, rec, m->record);
	if (!err) {
		peers_recognise(r, rec);
		log_say(r->log, LOG_INFO, "directory", "registered %s",
		    log_id(rec->account, ACCOUNT_ID).s);
	}
	return err;
}

/* --- the next version --- */

/* Devices that the new record lists no longer lose all that waits for them. */
static int
record_drop(struct relay *r, const struct record *last,
    const struct record *next)
{
	const struct device *d, *now;
	size_t i;
	int err = 0;

	for (i = 0; i < last->devices && !err; i++) {
		d = &last->device[i];
		now = record_device(next, d->id);
		if (now && memcmp(now->transport, d->transport, DH_SIZE) == 0)
			continue;
		err = store_del(r->store, TABLE_transport,
		    bytes_of(d->transport, DH_SIZE));
		if (err || now)
			continue;
		err = packages_drop(r, last->account, d->id);
		if (!err)
			err = boxes_drop(r, last->account, d->id);
	}
	return err;
}

static int
record_check(struct relay *r, struct peer *p, const struct record *last,
    const struct record *next)
{
	int64_t wait;
	int err = record_follows(last, next);

	if (err)
		return err;
	if (next->version != last->version + 1 ||
	    memcmp(next->prev, last->hash, HASH32) != 0)
		return peer_refuse_at(p, ERR_RULE, last->version,
		    "not the next version of the record");
	if (strcmp(next->name, last->name) != 0)
		return peer_refuse(p, ERR_RULE, "a name can't change");
	if (next->expires <= (uint64_t)relay_now(r))
		return ERR_EXPIRED;
	wait = buckets_take(&r->buckets, "record",
	    bytes_of(last->account, ACCOUNT_ID), bytes_of(NULL, 0), 1,
	    1000000 / RECORD_EVERY, RECORD_BURST);
	if (wait)
		return peer_refuse_at(p, ERR_RATE, (uint64_t)wait,
		    "too many changes of the record: wait a minute");
	return directory_free_keys(r, next);
}

/* In force from here on; the very same once more is nothing new. */
static int
record_next(struct relay *r, struct peer *p, const struct record *last,
    const struct record *next, struct bytes raw, struct bytes was)
{
	int err;

	if (bytes_same(was, raw))
		return 0;
	err = record_check(r, p, last, next);
	if (!err)
		err = record_drop(r, last, next);
	if (!err)
		err = directory_store(r, next, raw);
	if (!err)
		peers_recognise(r, next);
	return err;
}

/* A record that comes too late is answered with the one in force, so that the
 * next can be signed. */
static int
enrol_after(struct relay *r, struct peer *p, const struct msg_enrol *m,
    const struct record *last, const struct record *next, struct bytes was)
{
	struct msg a = {.code = MSG_record};
	int err;

	if (!bytes_same(was, m->record) &&
	    (next->version != last->version + 1 ||
	    memcmp(next->prev, last->hash, HASH32) != 0)) {
		a.record.req = m->req;
		a.record.record = was;
		peer_put(r, p, &a);
		return 0;
	}
	err = record_next(r, p, last, next, m->record, was);
	if (!err)
		peer_done(r, p, m->req, next->version);
	return err;
}

/* A device that nobody lets in: only the account key can have signed a record
 * that lists it. */
static int
enrol_device(struct relay *r, struct peer *p, const struct msg_enrol *m,
    const struct record *next)
{
	struct record last;
	struct buf raw = {0};
	int err;

	if (!directory_mine(p, next))
		return peer_refuse(p, ERR_DENIED,
		    "the record does not list this device");
	err = directory_record(r, next->account, &last, &raw);
	if (!err)
		err = enrol_after(r, p, m, &last, next, buf_view(&raw));
	else if (err == ERR_NONE)
		err = peer_refuse(p, ERR_RULE,
		    "a first record has version 1");
	buf_free(&raw);
	return err;
}

int
on_enrol(struct relay *r, struct peer *p, const struct msg_enrol *m)
{
	struct record rec;
	int err;

	err = record_get(m->record, &rec);
	if (!err && rec.version > 1)
		return enrol_device(r, p, m, &rec);
	if (!err)
		err = enrol_check(r, p, &rec);
	if (!err)
		err = enrol_again(r, p, &rec, m->record);
	if (!err)
		err = enrol_new(r, p, m, &rec);
	if (err < 0)
		return err;
	peer_done(r, p, m->req, rec.version);
	return 0;
}

int
on_record_put(struct relay *r, struct peer *p, const struct msg_record_put *m)
{
	struct record last, next;
	struct buf raw = {0};
	int err;

	err = record_get(m->record, &next);
	if (!err && memcmp(next.account, p->account, ACCOUNT_ID) != 0)
		err = peer_refuse(p, ERR_DENIED, "another account's record");
	if (!err)
		err = directory_record(r, p->account, &last, &raw);
	if (!err)
		err = record_next(r, p, &last, &next, m->record,
		    buf_view(&raw));
	if (!err)
		peer_done(r, p, m->req, next.version);
	buf_free(&raw);
	return err;
}

/* --- reading --- */

int
on_lookup(struct relay *r, struct peer *p, const struct msg_lookup *m)
{
	uint8_t account[ACCOUNT_ID];
	int err = name_ok(m->name) ? 0 : ERR_NONE;

	if (!err)
		err = directory_name(r, m->name, account);
	if (!err)
		err = heads_lookup(r, p, m->req, account);
	if (err == ERR_NONE)
		p->why = "nobody has this name here";
	return err;
}

int
on_lookup_id(struct relay *r, struct peer *p, const struct msg_lookup_id *m)
{
	return heads_lookup(r, p, m->req, m->account);
}
