/* SPDX-License-Identifier: ISC */
/*
 * The directory begun anew. A relay whose newest leaves are lost can't go on
 * with its log: clients have seen a longer one, and what it would sign next to
 * the same size is the proof of a lie. So the records that are left go into
 * another log under another head key. The transport key stays, and with it the
 * door; the address changes, and each person takes the new one or doesn't.
 *
 * Each step can be repeated: whoever is stopped in the midst says it again.
 */
#include "relay.h"

/* u8 length, key */
static bool
renew_each(void *arg, struct bytes key, struct bytes value)
{
	struct buf *keys = arg;

	(void)value;
	buf_u8(keys, (uint8_t)key.n);
	buf_bytes(keys, key);
	return true;
}

static int
renew_clear(struct relay *r, enum table table)
{
	static const uint8_t least[1] = {0};
	uint8_t most[ACCOUNT_ID + 16];
	struct buf keys = {0};
	struct rd rd;
	int err;

	memset(most, 0xff, sizeof(most));
	err = store_scan(r->store, table, bytes_of(least, 0),
	    bytes_of(most, sizeof(most)), STORE_UP, renew_each, &keys);
	rd = rd_of(buf_view(&keys));
	while (!err && rd_left(&rd) > 0)
		err = store_del(r->store, table, rd_view(&rd, rd_u8(&rd)));
	buf_free(&keys);
	return err;
}

/* The log goes first: with it gone, the next start builds one, under whichever
 * head key is there. */
static int
renew_log(struct relay *r)
{
	int err = renew_clear(r, TABLE_leaf);

	if (!err)
		err = renew_clear(r, TABLE_node);
	if (!err)
		err = renew_clear(r, TABLE_place);
	if (!err)
		err = store_del(r->store, TABLE_meta, bytes_of("ledger", 6));
	if (err == ERR_NONE)
		err = 0;
	relay_keep(r);
	return !err && r->store->sick ? ERR_IO : err;
}

int
renew_directory(struct relay *r)
{
	int err = renew_log(r);

	if (!err)
		err = keys_renew(r);
	if (!err)
		err = keys_reincarnate(r);
	return err;
}
