/* SPDX-License-Identifier: ISC */
/*
 * What two registered devices and a stranger may say, in any order and with
 * any content. One byte chooses who speaks, or a pause; then comes a frame.
 * Afterwards the relay's books must be right, and it starts from nothing again.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "relay_help.h"

int LLVMFuzzerInitialize(int *, char ***);
size_t LLVMFuzzerMutate(uint8_t *, size_t, size_t);
size_t LLVMFuzzerCustomMutator(uint8_t *, size_t, size_t, unsigned);

static struct desk *desk;
static struct dev *dev;                 /* alice, bob, a stranger */

int
LLVMFuzzerInitialize(UNUSED int *argc, UNUSED char ***argv)
{
	char *rm;

	desk = mem_alloc(sizeof(*desk));
	dev = mem_array(3, sizeof(*dev));
	desk_open(desk, "ram", "rate", "1000000", "burst", "10000000",
	    "address-rate", "10000000", "address-burst", "100000000",
	    "log-quota", "1m", "inbox-boxes", "20", "blob-quota", "100k", NULL);
	dev_join(&dev[0], desk, "alice");
	dev_join(&dev[1], desk, "bob");
	dev_init(&dev[2], desk, "carol");
	dev_dial(&dev[2]);
	/* the store is memory: nothing looks into the folder again */
	rm = mem_format("rm -rf '%s'", desk->dir);
	if (system(rm) != 0)
		abort();
	free(rm);
	return 0;
}

/* Ids that fit: the account and device of somebody here, a log of few. */
static void
aim(struct msg *m)
{
	const struct dev *to = &dev[m->code % 2];

	switch (m->code) {
	case MSG_box_put:
		memcpy(m->box_put.account, to->account, ACCOUNT_ID);
		memcpy(m->box_put.device, to->device, DEVICE_ID);
		break;
	case MSG_package_take:
		memcpy(m->package_take.account, to->account, ACCOUNT_ID);
		memcpy(m->package_take.device, to->device, DEVICE_ID);
		break;
	case MSG_log_create:
	case MSG_log_open:
	case MSG_log_append:
		/* req and log stand first in all three */
		memset(m->log_append.log + 1, 0, WIRE_ID - 1);
		m->log_append.log[0] &= 3;
		break;
	}
}

static void
prove(struct dev *d, struct msg *m)
{
	struct key k = key_of(m->log_open.log, WIRE_ID);
	struct buf v = {0};

	key_u64(&k, m->log_open.epoch);
	if (m->code == MSG_log_open && store_get(desk->relay->store,
	    TABLE_access, key_view(&k), &v) == 0 && v.n == KEY_SIZE)
		epoch_proof(v.p, link_hash(peers_of(desk->relay, d->account,
		    d->device)->link), m->log_open.log, m->log_open.epoch,
		    m->log_open.proof);
	buf_free(&v);
}

static struct peer *
peer_of(struct dev *d)
{
	struct peer *p;

	for (p = desk->relay->peers; p; p = p->next)
		if (!p->closing && memcmp(link_peer(p->link),
		    d->record.device[0].transport, DH_SIZE) == 0)
			return p;
	return NULL;
}

static bool
key_each(void *arg, struct bytes key, struct bytes value)
{
	struct key *k = arg;

	(void)value;
	*k = key_of(key.p, key.n);
	return false;
}

static void
empty(enum table t)
{
	struct key from = {.n = 0}, below = key_after(&from), k;

	for (;;) {
		k.n = 0;
		if (store_scan(desk->relay->store, t, key_view(&from),
		    key_view(&below), STORE_UP, key_each, &k) != 0)
			abort();
		if (k.n == 0)
			return;
		if (store_del(desk->relay->store, t, key_view(&k)) != 0)
			abort();
	}
}

static void
start_over(void)
{
	struct peer *p;
	int t;

	for (p = desk->relay->peers; p; p = p->next)
		logs_leave(desk->relay, p);
	for (t = 0; t < TABLES; t++)
		if (t != TABLE_name && t != TABLE_record &&
		    t != TABLE_transport && t != TABLE_meta)
			empty((enum table)t);
	buckets_free(&desk->relay->buckets);
	buckets_init(&desk->relay->buckets, &rng_system, &desk->clock);
	relay_turn(desk->relay, 0);
	for (t = 0; t < 3; t++) {
		dev_clear(&dev[t]);
		if (!dev[t].link)
			dev_dial(&dev[t]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct rd r = rd_of(bytes_of(p, n));
	struct peer *peer;
	struct msg m;
	unsigned who;

	while (rd_left(&r) > 0) {
		who = rd_u8(&r);
		if (who >= 0xf0) {
			relay_turn(desk->relay, 0);
			continue;
		}
		if (msg_get(&r, &m) != 0)
			break;
		peer = peer_of(&dev[who % 3]);
		/* a new account would not go with the rest */
		if (!peer || !(msg_row[msg_index(m.code)].from & FROM_CLIENT) ||
		    m.code == MSG_enrol || m.code == MSG_record_put)
			continue;
		if (who & 0x40)
			aim(&m);
		if ((who & 0x20) && peer->known)
			prove(&dev[who % 3], &m);
		dispatch(desk->relay, peer, &m);
	}
	relay_turn(desk->relay, 0);
	relay_turn(desk->relay, 0);
	if (desk_audit(desk) != 0)
		abort();
	start_over();
	return 0;
}

/* Now and then a valid message more, at the end. */
size_t
LLVMFuzzerCustomMutator(uint8_t *p, size_t n, size_t max, unsigned seed)
{
	struct buf data = {0}, out = {0};
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, seed);
	struct msg m;

	if (rng_below(&rng, 3) > 0)
		return LLVMFuzzerMutate(p, n, max);
	msg_sample(rng_below(&rng, (uint32_t)msg_rows), &rng, &data, &m);
	if (m.code == MSG_log_append) {
		m.log_append.epoch = rng_below(&rng, 3);
		m.log_append.flags &= ENTRY_COMMIT | ENTRY_CUT;
		m.log_append.access = m.log_append.flags & ENTRY_COMMIT ?
		    bytes_of(m.log_append.log, KEY_SIZE) : bytes_of(NULL, 0);
	}
	if (m.code == MSG_log_open)
		m.log_open.epoch = rng_below(&rng, 3);
	buf_u8(&out, (uint8_t)(0x60 + rng_below(&rng, 3)));
	if (msg_put(&out, &m) == 0 && out.n <= max - n) {
		memcpy(p + n, out.p, out.n);
		n += out.n;
	}
	buf_free(&data);
	buf_free(&out);
	return n;
}
