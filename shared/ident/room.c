/* SPDX-License-Identifier: ISC */
/*
 * What the members of a room agree on, as an extension of its GroupContext:
 * its name and who may say who is in it. A group without this extension is a
 * conversation between two accounts. Refuses to know what a member may do.
 */
#include "ident.h"

#define ROOM_VERSION 1

/* What everybody shows beside each other's messages is a line. */
static bool
room_name_ok(struct bytes name)
{
	size_t i;

	if (name.n == 0 || name.n > ROOM_NAME_MAX ||
	    !utf8_valid((const char *)name.p, name.n))
		return false;
	for (i = 0; i < name.n; i++)
		if (name.p[i] < 0x20 || name.p[i] == 0x7f)
			return false;
	return true;
}

int
room_put(const struct room *m, struct buf *b)
{
	struct bytes name = bytes_of(m->name, strnlen(m->name,
	    sizeof(m->name)));
	size_t i;

	if (!room_name_ok(name))
		return ERR_INPUT;
	if (m->admins == 0 || m->admins > ROOM_ADMINS_MAX)
		return ERR_RANGE;
	buf_u8(b, ROOM_VERSION);
	buf_u8(b, (uint8_t)name.n);
	buf_bytes(b, name);
	buf_u8(b, (uint8_t)m->admins);
	for (i = 0; i < m->admins; i++)
		buf_put(b, m->admin[i], ACCOUNT_ID);
	return b->err;
}

int
room_get(struct bytes in, struct room *m)
{
	struct rd r = rd_of(in);
	struct bytes name;
	size_t i, n;

	memset(m, 0, sizeof(*m));
	if (rd_u8(&r) != ROOM_VERSION && r.err == 0)
		rd_fail(&r, ERR_VERSION);
	name = rd_view(&r, rd_u8(&r));
	if (r.err == 0 && !room_name_ok(name))
		rd_fail(&r, ERR_FORMAT);
	n = rd_u8(&r);
	if (r.err == 0 && (n == 0 || n > ROOM_ADMINS_MAX))
		rd_fail(&r, ERR_RANGE);
	for (i = 0; i < n && r.err == 0; i++)
		rd_copy(&r, m->admin[i], ACCOUNT_ID);
	if (rd_end(&r) != 0) {
		memset(m, 0, sizeof(*m));
		return r.err;
	}
	memcpy(m->name, name.p, name.n);
	m->admins = n;
	return 0;
}

bool
room_admin(const struct room *m, const uint8_t account[static ACCOUNT_ID])
{
	size_t i;

	for (i = 0; i < m->admins; i++)
		if (memcmp(m->admin[i], account, ACCOUNT_ID) == 0)
			return true;
	return false;
}
