/* SPDX-License-Identifier: ISC */
/*
 * The entry of a message that is a blob: made and read back, and refused when
 * it is cut short, too long, or promises what nobody would send.
 */
#include "inside.h"
#include "tap.h"

int
main(void)
{
	struct out o = {.read = {1, 2, 3}};
	struct fetch f = {.size = 0};
	struct buf entry = {0};
	uint8_t hash[HASH32], id[KEY_SIZE], cap[KEY_SIZE] = {1, 2, 3};
	size_t i, passed = 0;

	if (seal_start() != 0)
		bail("libsodium");
	buf_zero(&o.entry, 50000);
	is_int(parcel_make(&o, &entry), 0, "made");
	is_int(entry.n, 72, "read capability, hash and size");
	is_int(parcel_get(buf_view(&entry), &f), 0, "read back");
	is_int(f.size, 50000, "the size");
	is_mem(f.read, cap, KEY_SIZE, "the capability");
	parcel_hash(buf_view(&o.entry), hash);
	is_mem(f.hash, hash, HASH32, "the hash");
	parcel_id(cap, id);
	ok(memcmp(id, cap, KEY_SIZE) != 0, "the id does not give it away");
	for (i = 0; i < entry.n; i++)
		passed += parcel_get(bytes_of(entry.p, i), &f) == 0;
	is_int(passed, 0, "no truncation is taken");
	buf_u8(&entry, 0);
	is_int(parcel_get(buf_view(&entry), &f), ERR_TRAIL, "nor a tail");
	entry.n--;
	memset(entry.p + 64, 0, 8);
	is_int(parcel_get(buf_view(&entry), &f), ERR_RANGE, "nor nothing");
	memset(entry.p + 64, 0x7f, 8);
	is_int(parcel_get(buf_view(&entry), &f), ERR_RANGE, "nor everything");
	buf_free(&entry);
	buf_free(&o.entry);
	return done();
}
