/* SPDX-License-Identifier: ISC */
/* What the malicious relay does with a message: see mal.h. */
#include <stdlib.h>

#include "mal.h"

/* Where the bytes are that a rule alters; NULL: it has none. */
static struct bytes *
play_data(struct msg *m)
{
	switch (m->code) {
	case MSG_record:
		return &m->record.record;
	case MSG_package:
		return &m->package.package;
	case MSG_inbox_key:
		return &m->inbox_key.key;
	case MSG_box:
		return &m->box.box;
	case MSG_entry:
		return &m->entry.entry;
	case MSG_blob_part:
		return &m->blob_part.data;
	case MSG_whispered:
		return &m->whispered.entry;
	default:
		return NULL;
	}
}

/* The name of an account that the relay knows */
static bool
play_name(struct relay *r, const uint8_t *account, const char *name)
{
	struct buf raw = {0};
	struct record rec;
	bool same;

	same = directory_record(r, account, &rec, &raw) == 0 &&
	    strcmp(rec.name, name) == 0;
	buf_free(&raw);
	return same;
}

/* The account stands in a KeyPackage and an inbox key somewhere: whose it is
 * is tried, for all who are known by that name. */
static bool
play_holds(struct relay *r, struct bytes data, const char *name)
{
	size_t i;

	for (i = 0; i + ACCOUNT_ID <= data.n; i++)
		if (play_name(r, data.p + i, name))
			return true;
	return false;
}

static bool
play_of(struct relay *r, struct msg *m, const char *name)
{
	struct bytes *data = play_data(m);
	struct record rec;

	if (name[0] == '\0')
		return true;
	if (data == NULL)
		return false;
	if (m->code == MSG_record)
		return record_get_kept(*data, &rec) == 0 &&
		    strcmp(rec.name, name) == 0;
	return play_holds(r, *data, name);
}

static bool
play_fits(struct relay *r, const struct mal_rule *u, const struct peer *p,
    struct msg *m)
{
	if (u->left == 0 || u->code != m->code ||
	    (u->client[0] != '\0' && strcmp(u->client, p->name) != 0))
		return false;
	if (m->code == MSG_entry && u->commit >= 0 &&
	    (u->commit == 1) != ((m->entry.flags & ENTRY_COMMIT) != 0))
		return false;
	if (m->code == MSG_entry && u->has_log &&
	    memcmp(u->log, m->entry.log, WIRE_ID) != 0)
		return false;
	return play_of(r, m, u->of);
}

/* ---- later --------------------------------------------------------------- */

static void
play_timer(struct mal *m)
{
	int64_t now = clock_mono(m->relay->clock), first = INT64_MAX;
	size_t i;

	for (i = 0; i < m->lates; i++)
		if (m->late[i].at < first)
			first = m->late[i].at;
	if (m->lates > 0)
		timer_set(m->timer, first > now ? first - now : 1);
}

static void
play_later(struct mal *m, const struct peer *p, const struct msg *msg,
    int64_t ms)
{
	struct mal_late *l;

	m->late = mem_grow(m->late, m->lates + 1, sizeof(*m->late));
	l = &m->late[m->lates++];
	memset(l, 0, sizeof(*l));
	l->at = clock_mono(m->relay->clock) + ms;
	memcpy(l->account, p->account, ACCOUNT_ID);
	memcpy(l->device, p->device, DEVICE_ID);
	if (msg_put(&l->frame, msg) != 0)
		abort();
	play_timer(m);
}

static void
play_frame(struct mal *m, struct peer *p, const struct buf *frame)
{
	struct rd r = rd_of(buf_view(frame));
	struct msg msg;

	if (p == NULL || msg_get(&r, &msg) != 0)
		return;
	relay_begin(m->relay);
	peer_put_raw(m->relay, p, &msg);
}

void
mal_tick(void *arg)
{
	struct mal *m = arg;
	int64_t now = clock_mono(m->relay->clock);
	struct mal_late l;
	size_t i;

	for (i = 0; i < m->lates;) {
		l = m->late[i];
		if (now < l.at) {
			i++;
			continue;
		}
		play_frame(m, peers_of(m->relay, l.account, l.device),
		    &l.frame);
		buf_free(&l.frame);
		m->lates--;
		memmove(m->late + i, m->late + i + 1,
		    (m->lates - i) * sizeof(*m->late));
	}
	play_timer(m);
}

static void
play_reorder(struct mal *m, struct mal_rule *u, struct peer *p,
    const struct msg *msg)
{
	u->held = mem_grow(u->held, u->helds + 1, sizeof(*u->held));
	memset(&u->held[u->helds], 0, sizeof(*u->held));
	if (msg_put(&u->held[u->helds++], msg) != 0)
		abort();
	if (u->helds < u->by)
		return;
	while (u->helds > 0) {
		play_frame(m, p, &u->held[--u->helds]);
		buf_free(&u->held[u->helds]);
	}
}

/* ---- other bytes --------------------------------------------------------- */

static bool
play_version(struct mal *m, struct bytes *data, uint64_t version)
{
	struct relay *r = m->relay;
	struct record rec;
	struct key k;

	if (record_get_kept(*data, &rec) != 0)
		return false;
	k = key_of(rec.account, ACCOUNT_ID);
	key_u64(&k, version);
	buf_clear(&m->scratch);
	if (store_get(r->store, TABLE_record, key_view(&k), &m->scratch) != 0)
		return false;
	*data = buf_view(&m->scratch);
	return true;
}

static bool
play_record(struct mal *m, const char *name)
{
	struct buf v = {0};
	struct record rec;
	int err;

	buf_clear(&m->scratch);
	err = store_get(m->relay->store, TABLE_name, bytes_of(name,
	    strlen(name)), &v);
	if (err == 0)
		err = directory_record(m->relay, v.p, &rec, &m->scratch);
	buf_free(&v);
	return err == 0;
}

/* One device more, and the signature of the record before. */
static bool
play_lie(struct mal *m, struct bytes *data)
{
	uint8_t account[SIGN_PUBLIC], secret[SIGN_SECRET];
	struct record rec;

	if (record_get_kept(*data, &rec) != 0 || rec.devices >= DEVICES_MAX)
		return false;
	sign_keypair(&rng_system, account, secret);
	rec.device[rec.devices] = rec.device[0];
	memcpy(rec.device[rec.devices].sign, account, SIGN_PUBLIC);
	rng_fill(&rng_system, secret, DH_SIZE);
	if (dh_public(secret, rec.device[rec.devices].transport) != 0)
		return false;
	sign_keypair(&rng_system, account, secret);
	rec.devices++;
	rec.version++;
	memcpy(rec.prev, rec.hash, HASH32);
	buf_clear(&m->scratch);
	memcpy(account, rec.account_key, SIGN_PUBLIC);
	/* the shape of it under a key of ours; then theirs is put back */
	memcpy(rec.account_key, secret + SIGN_PUBLIC, SIGN_PUBLIC);
	if (record_put(&rec, secret, &m->scratch) != 0)
		return false;
	memcpy(m->scratch.p + 1, account, SIGN_PUBLIC);
	*data = buf_view(&m->scratch);
	return true;
}

static bool
play_bytes(struct mal *m, struct mal_rule *u, struct msg *msg)
{
	struct bytes *data = play_data(msg);
	size_t at;

	if (data == NULL)
		return false;
	switch (u->verb) {
	case MAL_FLIP:
		buf_clear(&m->scratch);
		buf_bytes(&m->scratch, *data);
		at = (size_t)(u->has_by ? u->by : 20);
		if (at >= data->n)
			return false;
		m->scratch.p[data->n - 1 - at] ^= 1;
		break;
	case MAL_FREEZE:
		if (u->data.n == 0) {
			buf_bytes(&u->data, *data);
			return false;
		}
		*data = buf_view(&u->data);
		return true;
	case MAL_REPLACE:
		if (u->with[0] != '\0' && play_record(m, u->with))
			break;
		*data = buf_view(&u->data);
		return u->data.n > 0;
	case MAL_LIE:
		return msg->code == MSG_record && play_lie(m, data);
	default:
		return msg->code == MSG_record && play_version(m, data, u->by);
	}
	*data = buf_view(&m->scratch);
	return true;
}

/* ---- what is said -------------------------------------------------------- */

static struct peer *
play_client(struct mal *m, const char *name)
{
	struct peer *p;

	for (p = m->relay->peers; p != NULL; p = p->next)
		if (p->known && strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

static bool
play_rewind(struct mal *m, struct mal_rule *u, struct msg *msg)
{
	if (msg->code == MSG_log_end) {
		if (msg->log_end.number > u->by)
			msg->log_end.number = u->by;
		return true;
	}
	if (msg->code == MSG_entry)
		return msg->entry.number <= u->by;
	(void)play_bytes(m, u, msg);
	return true;
}

/* False: it is not said (here and now). */
static bool
play_said(struct mal *m, struct mal_rule *u, struct peer *p, struct msg *msg)
{
	struct peer *to;

	u->left--;
	u->played++;
	if (msg->code == MSG_entry && msg->entry.epoch > u->top)
		u->top = msg->entry.epoch;
	switch (u->verb) {
	case MAL_DROP:
		return false;
	case MAL_DUPLICATE:
		peer_put_raw(m->relay, p, msg);
		return true;
	case MAL_DELAY:
		play_later(m, p, msg, (int64_t)u->by);
		return false;
	case MAL_REORDER:
		play_reorder(m, u, p, msg);
		return false;
	case MAL_RENUMBER:
		if (msg->code == MSG_entry)
			msg->entry.number += u->by;
		return true;
	case MAL_REROUTE:
		to = play_client(m, u->with);
		if (to != NULL)
			peer_put_raw(m->relay, to, msg);
		return false;
	case MAL_REWIND:
		return play_rewind(m, u, msg);
	default:
		(void)play_bytes(m, u, msg);
		return true;
	}
}

bool
mal_said(void *arg, struct relay *r, struct peer *p, struct msg *msg)
{
	struct mal *m = arg;
	size_t i;

	for (i = 0; i < m->rules; i++)
		if (play_fits(r, m->rule[i], p, msg))
			return play_said(m, m->rule[i], p, msg);
	return true;
}

/* ---- what is heard ------------------------------------------------------- */

bool
mal_heard(void *arg, struct relay *r, struct peer *p, const struct msg *msg)
{
	struct mal *m = arg;
	struct mal_rule *u;
	size_t i;

	m->heard[msg_index(msg->code)]++;
	for (i = 0; i < m->rules; i++) {
		u = m->rule[i];
		if (u->left == 0 || u->code != msg->code ||
		    (u->client[0] != '\0' && strcmp(u->client, p->name) != 0))
			continue;
		if (u->verb != MAL_DROP && u->verb != MAL_CLAIM &&
		    (u->verb != MAL_FREEZE || msg->code != MSG_log_append))
			continue;
		u->left--;
		u->played++;
		/* the asker's number is first in all that have one */
		if (u->verb == MAL_CLAIM)
			peer_done(r, p, msg->lookup.req, u->has_by ? u->by : 1);
		if (u->verb == MAL_FREEZE) {
			buf_clear(&u->data);
			buf_bytes(&u->data, msg->log_append.entry);
			memcpy(u->log, msg->log_append.log, WIRE_ID);
			u->commit = (msg->log_append.flags &
			    ENTRY_COMMIT) != 0;
			u->has_log = true;
		}
		return false;
	}
	return true;
}

/* ---- out of nothing ------------------------------------------------------ */

int
mal_inject(struct mal *m, const struct mal_rule *u)
{
	struct peer *p = play_client(m, u->client);
	struct msg msg = {.code = u->code};
	struct sub *s;
	uint8_t noise[2048];

	if (p == NULL || (u->code != MSG_box && u->code != MSG_entry))
		return ERR_INPUT;
	rng_fill(&rng_system, noise, sizeof(noise));
	if (u->code == MSG_box) {
		msg.box.number = u->has_by ? u->by : 1000000;
		msg.box.box = u->data.n > 0 ? buf_view(&u->data) :
		    bytes_of(noise, sizeof(noise));
	} else {
		s = u->has_log ? logs_sub(m->relay, p, u->log) : p->subs;
		if (s == NULL)
			return ERR_INPUT;
		memcpy(msg.entry.log, s->channel->log, WIRE_ID);
		msg.entry.number = u->has_by ? u->by : s->pos;
		msg.entry.epoch = s->epoch;
		msg.entry.flags = u->commit == 1 ? ENTRY_COMMIT : 0;
		rng_fill(&rng_system, msg.entry.id, WIRE_ID);
		msg.entry.entry = u->data.n > 0 ? buf_view(&u->data) :
		    bytes_of(noise, sizeof(noise));
	}
	relay_begin(m->relay);
	peer_put_raw(m->relay, p, &msg);
	return 0;
}

int
mal_thaw(struct mal *m, size_t rule, const char *client)
{
	const struct mal_rule *from = m->rule[rule];
	struct mal_rule u = {.code = MSG_entry, .commit = from->commit};

	memcpy(u.client, client, strnlen(client, NAME_LEN));
	memcpy(u.log, from->log, WIRE_ID);
	u.has_log = from->has_log;
	u.data = from->data;
	return u.data.n > 0 ? mal_inject(m, &u) : ERR_STATE;
}
