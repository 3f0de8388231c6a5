/* SPDX-License-Identifier: ISC */
/*
 * The account record: who an account is, which devices speak for it. A chain,
 * signed by the account key; each version names the hash of the one before.
 * A record that record_get accepts is whole: shape, keys and signature hold.
 * Whether it may follow the last one known is record_follows' affair.
 *
 * u8 format, account key, u8 length, name, u64 version, prev, u64 expires,
 * u8 devices {sign, transport}, u8 revoked {id}, signature over what precedes
 * it, under the label.
 */
#include "ident.h"

#define RECORD_FORMAT 1
#define RECORD_LABEL "tacet record"

static bool
name_char(uint8_t c, bool first)
{
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return true;
	return !first && (c == '.' || c == '_' || c == '-');
}

bool
name_ok(struct bytes name)
{
	if (name.n == 0 || name.n > NAME_LEN)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!name_char(name.p[i], i == 0) && defence(name))
			return false;
	return true;
}

void
account_id(const uint8_t key[static SIGN_PUBLIC], uint8_t id[static ACCOUNT_ID])
{
	struct bytes b = bytes_of(key, SIGN_PUBLIC);

	hash_label("account", &b, 1, id);
}

void
device_id(const uint8_t sign[static SIGN_PUBLIC], uint8_t id[static DEVICE_ID])
{
	struct bytes b = bytes_of(sign, SIGN_PUBLIC);
	uint8_t h[HASH32];

	hash_label("device", &b, 1, h);
	memcpy(id, h, DEVICE_ID);
}

static void
record_derive(struct record *r, struct bytes encoded)
{
	account_id(r->account_key, r->account);
	for (size_t i = 0; i < r->devices; i++)
		device_id(r->device[i].sign, r->device[i].id);
	hash_label("record", &encoded, 1, r->hash);
}

static void
put_fields(const struct record *r, struct buf *b)
{
	size_t n = strlen(r->name);

	buf_u8(b, RECORD_FORMAT);
	buf_put(b, r->account_key, SIGN_PUBLIC);
	buf_u8(b, (uint8_t)n);
	buf_put(b, r->name, n);
	buf_u64(b, r->version);
	buf_put(b, r->prev, HASH32);
	buf_u64(b, r->expires);
	buf_u8(b, (uint8_t)r->devices);
	for (size_t i = 0; i < r->devices; i++) {
		buf_put(b, r->device[i].sign, SIGN_PUBLIC);
		buf_put(b, r->device[i].transport, DH_SIZE);
	}
	buf_u8(b, (uint8_t)r->revoked);
	for (size_t i = 0; i < r->revoked; i++)
		buf_put(b, r->gone[i], DEVICE_ID);
}

/* What is signed: the label, and the fields; a signature under another label
 * never passes here. */
static void
put_signed(struct buf *b, struct bytes fields)
{
	buf_string(b, RECORD_LABEL);
	buf_u8(b, 0);
	buf_bytes(b, fields);
}

static bool
record_shape(const struct record *r)
{
	static const uint8_t zero[HASH32];
	bool first = memcmp(r->prev, zero, HASH32) == 0;

	return name_ok(bytes_of(r->name, strlen(r->name))) && r->version > 0 &&
	    first == (r->version == 1) && r->devices <= DEVICES_MAX &&
	    r->revoked <= REVOKED_MAX;
}

/* Keys are points of large order, and none stands there twice: a key that
 * signs as the account and as a device would mix their rights. */
static int
record_keys(const struct record *r)
{
	if (!sign_public_ok(r->account_key))
		return ERR_KEY;
	for (size_t i = 0; i < r->devices; i++) {
		if (!sign_public_ok(r->device[i].sign) ||
		    !dh_public_ok(r->device[i].transport))
			return ERR_KEY;
		if (memcmp(r->device[i].sign, r->account_key,
		    SIGN_PUBLIC) == 0)
			return ERR_FORMAT;
		for (size_t j = 0; j < i; j++)
			if (memcmp(r->device[i].sign, r->device[j].sign,
			    SIGN_PUBLIC) == 0 ||
			    memcmp(r->device[i].transport,
			    r->device[j].transport, DH_SIZE) == 0)
				return ERR_FORMAT;
	}
	return 0;
}

int
record_put(struct record *r, const uint8_t account_secret[static SIGN_SECRET],
    struct buf *out)
{
	struct buf fields = {0}, tbs = {0};
	uint8_t sig[SIGN_SIZE];
	int err;

	if (!record_shape(r))
		return ERR_FORMAT;
	if (memcmp(account_secret + SIGN_SEED, r->account_key,
	    SIGN_PUBLIC) != 0)
		return ERR_KEY;
	if ((err = record_keys(r)) != 0)
		return err;
	put_fields(r, &fields);
	put_signed(&tbs, buf_view(&fields));
	sign_make(account_secret, buf_view(&tbs), sig);
	buf_put(&fields, sig, SIGN_SIZE);
	record_derive(r, buf_view(&fields));
	buf_bytes(out, buf_view(&fields));
	err = out->err;
	buf_free(&fields);
	buf_free(&tbs);
	return err;
}

static void
get_name(struct rd *r, struct record *rec)
{
	size_t n = rd_u8(r);

	if (n > NAME_LEN) {
		rd_fail(r, ERR_FORMAT);
		return;
	}
	rd_copy(r, rec->name, n);
	if (r->err == 0 && !name_ok(bytes_of(rec->name, n)))
		rd_fail(r, ERR_FORMAT);
}

static void
get_devices(struct rd *r, struct record *rec)
{
	rec->devices = rd_u8(r);
	if (rec->devices > DEVICES_MAX) {
		rd_fail(r, ERR_RANGE);
		rec->devices = 0;
	}
	for (size_t i = 0; i < rec->devices; i++) {
		rd_copy(r, rec->device[i].sign, SIGN_PUBLIC);
		rd_copy(r, rec->device[i].transport, DH_SIZE);
	}
	rec->revoked = rd_u8(r);
	if (rec->revoked > REVOKED_MAX) {
		rd_fail(r, ERR_RANGE);
		rec->revoked = 0;
	}
	for (size_t i = 0; i < rec->revoked; i++)
		rd_copy(r, rec->gone[i], DEVICE_ID);
}

static int
record_signed(const struct record *r, struct bytes fields,
    const uint8_t sig[static SIGN_SIZE])
{
	struct buf tbs = {0};
	int err;

	put_signed(&tbs, fields);
	err = sign_verify(r->account_key, buf_view(&tbs), sig);
	buf_free(&tbs);
	return err;
}

static int
get_fields(struct bytes in, struct record *rec, uint8_t sig[static SIGN_SIZE])
{
	struct rd r = rd_of(in);
	int err;

	if (in.n > RECORD_MAX)
		return ERR_BIG;
	if (rd_u8(&r) != RECORD_FORMAT)
		rd_fail(&r, ERR_VERSION);
	rd_copy(&r, rec->account_key, SIGN_PUBLIC);
	get_name(&r, rec);
	rec->version = rd_u64(&r);
	rd_copy(&r, rec->prev, HASH32);
	rec->expires = rd_u64(&r);
	get_devices(&r, rec);
	rd_copy(&r, sig, SIGN_SIZE);
	if ((err = rd_end(&r)) != 0)
		return err;
	return record_shape(rec) ? 0 : ERR_FORMAT;
}

static int
get_record(struct bytes in, struct record *rec, bool judge)
{
	uint8_t sig[SIGN_SIZE];
	int err;

	memset(rec, 0, sizeof(*rec));
	err = get_fields(in, rec, sig);
	if (err == 0 && judge)
		err = record_keys(rec);
	if (err == 0 && judge)
		err = record_signed(rec, bytes_of(in.p, in.n - SIGN_SIZE), sig);
	if (err == 0)
		record_derive(rec, in);
	else
		memset(rec, 0, sizeof(*rec));
	return err;
}

int
record_get(struct bytes in, struct record *rec)
{
	return get_record(in, rec, true);
}

int
record_get_kept(struct bytes in, struct record *rec)
{
	return get_record(in, rec, false);
}

int
record_follows(const struct record *last, const struct record *next)
{
	if (memcmp(last->account_key, next->account_key, SIGN_PUBLIC) != 0)
		return ERR_CHANGED;
	if (strcmp(last->name, next->name) != 0)
		return ERR_RULE;
	if (next->version < last->version)
		return ERR_REPLAY;
	if (next->version == last->version)
		return memcmp(last->hash, next->hash, HASH32) == 0 ? 0 :
		    ERR_RULE;
	if (next->version == last->version + 1 &&
	    memcmp(next->prev, last->hash, HASH32) != 0)
		return ERR_RULE;
	return 0;
}

const struct device *
record_device(const struct record *r, const uint8_t id[static DEVICE_ID])
{
	for (size_t i = 0; i < r->revoked; i++)
		if (memcmp(r->gone[i], id, DEVICE_ID) == 0)
			return NULL;
	for (size_t i = 0; i < r->devices; i++)
		if (memcmp(r->device[i].id, id, DEVICE_ID) == 0)
			return &r->device[i];
	return NULL;
}

void
leaf_ext_put(uint8_t out[static LEAF_EXT_SIZE], uint64_t version,
    const uint8_t hash[static HASH32])
{
	for (size_t i = 0; i < 8; i++)
		out[i] = (uint8_t)(version >> (56 - 8 * i));
	memcpy(out + 8, hash, HASH32);
}

int
leaf_ext_get(struct bytes in, uint64_t *version, uint8_t hash[static HASH32])
{
	struct rd r = rd_of(in);

	*version = rd_u64(&r);
	rd_copy(&r, hash, HASH32);
	if (r.err == 0 && *version == 0)
		rd_fail(&r, ERR_RANGE);
	return rd_end(&r);
}
