/* SPDX-License-Identifier: ISC */
/*
 * Who we are: name, relay, device keys, record. The account key is made here,
 * wrapped at once (account.c) and gone from memory when the record is signed.
 * Device secrets lie in locked memory while the store is open.
 */
#include <stdio.h>
#include <stdlib.h>

#include "inside.h"

#define SELF_ROW 1

/* Signs self.record anew under `secret`. */
static int
self_sign(struct client *c, const uint8_t secret[static SIGN_SECRET])
{
	struct self *s = &c->self;
	struct buf raw = {0};
	int err;

	err = record_put(&s->record, secret, &raw);
	if (err != 0) {
		buf_free(&raw);
		return err;
	}
	buf_free(&s->record_raw);
	s->record_raw = raw;
	memcpy(s->account, s->record.account, ACCOUNT_ID);
	return 0;
}

static void
self_fill_record(struct client *c,
    const uint8_t account_key[static SIGN_PUBLIC])
{
	struct self *s = &c->self;
	struct record *r = &s->record;

	memset(r, 0, sizeof(*r));
	memcpy(r->account_key, account_key, SIGN_PUBLIC);
	memcpy(r->name, s->name, sizeof(s->name));
	r->version = 1;
	r->expires = (uint64_t)(client_now(c) + RECORD_LIFE);
	r->devices = 1;
	memcpy(r->device[0].id, s->device, DEVICE_ID);
	memcpy(r->device[0].sign, s->sign, SIGN_PUBLIC);
	memcpy(r->device[0].transport, s->transport, DH_SIZE);
}

static void
self_device(struct client *c)
{
	struct self *s = &c->self;

	s->secret = mem_secret(sizeof(*s->secret));
	sign_keypair(c->rng, s->sign, s->secret->sign);
	dh_keypair(c->rng, s->transport, s->secret->transport);
	device_id(s->sign, s->device);
}

int
self_make(struct client *c, const char *name, struct bytes pass)
{
	struct self *s = &c->self;
	struct account_key *k = mem_secret(sizeof(*k));
	uint8_t public[SIGN_PUBLIC];
	int err;

	self_device(c);
	sign_keypair(c->rng, public, k->secret);
	snprintf(s->name, sizeof(s->name), "%s", name);
	self_fill_record(c, public);
	err = self_sign(c, k->secret);
	if (err == 0)
		err = account_wrap(c, k, pass, false, false);
	if (err == 0) {
		s->have = true;
		self_keep(c);
	}
	account_close(&k);
	return err;
}

bool
self_revoked(const struct self *s)
{
	size_t i;

	for (i = 0; i < s->record.revoked; i++)
		if (memcmp(s->record.gone[i], s->device, DEVICE_ID) == 0)
			return true;
	return false;
}

bool
client_revoked(const struct client *c)
{
	return c->self.have && self_revoked(&c->self);
}

int
self_linked(struct client *c, struct self_secret *secret,
    const struct record *r, struct bytes raw, const struct address *relay,
    uint16_t suite)
{
	struct self *s = &c->self;
	int err;

	self_free(s);
	s->secret = secret;
	memcpy(s->sign, secret->sign + SIGN_SEED, SIGN_PUBLIC);
	device_id(s->sign, s->device);
	err = dh_public(secret->transport, s->transport);
	if (err != 0) {
		s->secret = NULL;       /* still the caller's */
		return err;
	}
	memcpy(s->account, r->account, ACCOUNT_ID);
	snprintf(s->name, sizeof(s->name), "%s", r->name);
	s->suite = suite;
	s->address = *relay;
	s->record = *r;
	buf_bytes(&s->record_raw, raw);
	s->have = s->gone = true;       /* until the record lists us */
	self_keep(c);
	return 0;
}

int
self_rename(struct client *c, const char *name, struct bytes pass)
{
	struct self *s = &c->self;
	struct account_key *k;
	int err;

	assert(!s->registered);
	err = account_open(c, pass, &k, NULL);
	if (err == 0) {
		snprintf(s->name, sizeof(s->name), "%s", name);
		memcpy(s->record.name, s->name, sizeof(s->name));
		err = self_sign(c, k->secret);
		account_close(&k);
	}
	if (err == 0)
		self_keep(c);
	return err;
}

int
self_follow(struct client *c, const struct record *last, struct bytes raw,
    const uint8_t *lost, const struct account_key *k)
{
	struct self *s = &c->self;
	struct record_change rc = {0};
	struct device d = {0};
	int err;

	memcpy(d.sign, s->sign, SIGN_PUBLIC);
	memcpy(d.transport, s->transport, DH_SIZE);
	rc.add = &d;
	if (lost != NULL && record_device(last, lost) != NULL)
		rc.revoke = lost;
	past_add(c, &s->past, 0, last, raw);
	err = amend_next(c, last, &rc, &s->record);
	if (err == 0)
		err = self_sign(c, k->secret);
	return err;
}

int
self_restore(struct client *c, const struct record *last, struct bytes raw,
    const uint8_t *lost, const struct account_key *k)
{
	struct self *s = &c->self;

	memcpy(s->name, last->name, sizeof(s->name));
	self_device(c);
	s->have = true;
	return self_follow(c, last, raw, lost, k);
}

/* Groups carry the version that a leaf was made under: ours are made anew. */
static void
self_leaves(struct client *c)
{
	size_t i;

	for (i = 0; i < c->talks; i++) {
		if (c->talk[i]->secret->group == NULL)
			continue;
		c->talk[i]->secret->heal = true;
		talk_dirty(c->talk[i]);
	}
}

static bool
self_listed(const struct self *s)
{
	const struct device *d = record_device(&s->record, s->device);

	return d != NULL && seal_same(d->sign, s->sign, SIGN_PUBLIC);
}

int
self_record(struct client *c, const struct record *r, struct bytes raw)
{
	struct self *s = &c->self;
	struct buf copy = {0};
	int err = record_follows(&s->record, r);

	if (err != 0 || r->version == s->record.version)
		return err;
	past_add(c, &s->past, 0, &s->record, buf_view(&s->record_raw));
	buf_bytes(&copy, raw);
	buf_free(&s->record_raw);
	s->record_raw = copy;
	s->record = *r;
	s->gone = !self_listed(s);
	self_keep(c);
	if (!s->gone)
		self_leaves(c);
	c->look = true;
	members_look(c);
	return 0;
}

void
self_keep(struct client *c)
{
	struct self *s = &c->self;
	struct buf b = {.secret = true};
	char relay[ADDRESS_TEXT];

	address_put(&s->address, true, relay);
	buf_put(&b, s->secret, sizeof(*s->secret));
	buf_u8(&b, s->registered);
	buf_u16(&b, s->suite);
	buf_u8(&b, s->greeted);
	buf_put(&b, s->incarnation, WIRE_ID);
	buf_u16(&b, (uint16_t)strlen(s->name));
	buf_string(&b, s->name);
	buf_u16(&b, (uint16_t)strlen(relay));
	buf_string(&b, relay);
	buf_u16(&b, (uint16_t)s->record_raw.n);
	buf_bytes(&b, buf_view(&s->record_raw));
	restart_put(&s->restart, &b);
	assert(b.err == 0);
	keep_put(&c->keep, TABLE_self, SELF_ROW, 0, NULL, buf_view(&b));
	buf_free(&b);
}

static void
self_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct client *c = arg;
	struct self *s = &c->self;
	struct bytes name, relay, raw;
	char text[ADDRESS_TEXT];
	const char *why;

	(void)row;
	(void)owner;
	s->secret = mem_secret(sizeof(*s->secret));
	rd_copy(r, s->secret, sizeof(*s->secret));
	s->registered = rd_u8(r) != 0;
	s->suite = rd_u16(r);
	s->greeted = rd_u8(r) != 0;
	rd_copy(r, s->incarnation, WIRE_ID);
	name = rd_view(r, rd_u16(r));
	relay = rd_view(r, rd_u16(r));
	raw = rd_view(r, rd_u16(r));
	if (r->err != 0 || name.n > NAME_LEN || relay.n >= sizeof(text))
		return;
	memcpy(s->name, name.p, name.n);
	memcpy(text, relay.p, relay.n);
	text[relay.n] = '\0';
	buf_bytes(&s->record_raw, raw);
	restart_get(r, &s->restart);
	if (address_get(text, &s->address, &why) == 0 &&
	    record_get(raw, &s->record) == 0)
		s->have = true;
}

int
self_load(struct client *c)
{
	struct self *s = &c->self;
	int err;

	err = keep_each(&c->keep, TABLE_self, self_got, c);
	if (err != 0)
		return err;
	if (!s->have)
		return c->keep.damaged > 0 ? ERR_AUTH : ERR_NONE;
	/* the public halves follow from the secret ones */
	memcpy(s->sign, s->secret->sign + SIGN_SEED, SIGN_PUBLIC);
	device_id(s->sign, s->device);
	memcpy(s->account, s->record.account, ACCOUNT_ID);
	err = dh_public(s->secret->transport, s->transport);
	if (err != 0)
		return err;
	s->gone = !self_listed(s);
	return account_load(c);
}

bool
client_device_own(const struct client *c, const uint8_t id[DEVICE_ID])
{
	return memcmp(c->self.device, id, DEVICE_ID) == 0;
}

void
self_free(struct self *s)
{
	if (s->secret != NULL)
		mem_secret_free(s->secret);
	buf_free(&s->record_raw);
	buf_free(&s->box.wrapped);
	account_close(&s->held);
	past_free(&s->past);
	mem_wipe(s, sizeof(*s));
}

static const uint16_t self_types[] = {LEAF_EXT_TYPE, ROOM_EXT_TYPE};

void
self_look(const struct client *c, uint8_t identity[static CREDENTIAL_SIZE],
    struct buf *ext, struct mls_self *me)
{
	const struct self *s = &c->self;
	uint8_t leaf[LEAF_EXT_SIZE];

	memcpy(identity, s->account, ACCOUNT_ID);
	memcpy(identity + ACCOUNT_ID, s->device, DEVICE_ID);
	leaf_ext_put(leaf, s->record.version, s->record.hash);
	mls_ext_put(ext, LEAF_EXT_TYPE, bytes_of(leaf, sizeof(leaf)));
	*me = (struct mls_self){
		.signer = s->secret->sign,
		.identity = bytes_of(identity, CREDENTIAL_SIZE),
		.extensions = buf_view(ext),
		.types = self_types,
		.n_types = COUNT(self_types),
	};
}
