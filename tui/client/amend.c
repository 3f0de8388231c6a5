/* SPDX-License-Identifier: ISC */
/*
 * The account record that follows another: a device more, a device less, a
 * later end. Knows what such a record must say; signs and sends nothing.
 */
#include "inside.h"

static size_t
amend_find(const struct record *r, const uint8_t id[static DEVICE_ID])
{
	size_t i;

	for (i = 0; i < r->devices; i++)
		if (memcmp(r->device[i].id, id, DEVICE_ID) == 0)
			return i;
	return SIZE_MAX;
}

static int
amend_revoke(struct record *r, const uint8_t id[static DEVICE_ID])
{
	size_t i = amend_find(r, id);

	if (i == SIZE_MAX)
		return ERR_NONE;
	r->devices--;
	memmove(r->device + i, r->device + i + 1,
	    (r->devices - i) * sizeof(*r->device));
	if (r->revoked == REVOKED_MAX) {
		/* the chain still tells of the oldest */
		r->revoked--;
		memmove(r->gone, r->gone + 1, r->revoked * sizeof(*r->gone));
	}
	memcpy(r->gone[r->revoked++], id, DEVICE_ID);
	return 0;
}

static int
amend_add(struct record *r, const struct device *d)
{
	struct device add = *d;
	size_t i;

	device_id(add.sign, add.id);
	if (amend_find(r, add.id) != SIZE_MAX)
		return ERR_EXISTS;
	for (i = 0; i < r->revoked; i++)
		if (memcmp(r->gone[i], add.id, DEVICE_ID) == 0)
			return ERR_DENIED;      /* never again */
	if (r->devices == DEVICES_MAX)
		return ERR_QUOTA;
	r->device[r->devices++] = add;
	return 0;
}

int
amend_next(const struct client *c, const struct record *last,
    const struct record_change *rc, struct record *next)
{
	int err = 0;

	*next = *last;
	next->version++;
	memcpy(next->prev, last->hash, HASH32);
	next->expires = (uint64_t)(client_now(c) + RECORD_LIFE);
	if (rc->revoke != NULL)
		err = amend_revoke(next, rc->revoke);
	if (err == 0 && rc->add != NULL)
		err = amend_add(next, rc->add);
	return err;
}

/* Does `r` say already what the change wants? */
bool
amend_said(const struct client *c, const struct record *r,
    const struct record_change *rc)
{
	const struct device *d;

	if (rc->add != NULL) {
		d = record_device(r, rc->add->id);
		if (d == NULL || !seal_same(d->transport, rc->add->transport,
		    DH_SIZE))
			return false;
	}
	if (rc->revoke != NULL && amend_find(r, rc->revoke) != SIZE_MAX)
		return false;
	return (int64_t)r->expires - client_now(c) > RECORD_RENEW;
}
