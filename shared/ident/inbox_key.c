/* SPDX-License-Identifier: ISC */
/*
 * The key that sealed boxes are made for: X-Wing, signed by the device key,
 * valid for a time. Apart from the record, so that it can be rotated weekly
 * without the account key.
 */
#include "ident.h"

#define INBOX_KEY_FORMAT 1
#define INBOX_KEY_LABEL "tacet inbox key"

static void
put_fields(const struct inbox_key *k, struct buf *b)
{
	buf_u8(b, INBOX_KEY_FORMAT);
	buf_put(b, k->account, ACCOUNT_ID);
	buf_put(b, k->device, DEVICE_ID);
	buf_put(b, k->key, XWING_PUBLIC);
	buf_u64(b, k->from);
	buf_u64(b, k->until);
}

static void
put_signed(struct buf *b, struct bytes fields)
{
	buf_string(b, INBOX_KEY_LABEL);
	buf_u8(b, 0);
	buf_bytes(b, fields);
}

int
inbox_key_put(const struct inbox_key *k,
    const uint8_t device_secret[static SIGN_SECRET], struct buf *out)
{
	struct buf fields = {0}, tbs = {0};
	uint8_t sig[SIGN_SIZE];

	put_fields(k, &fields);
	put_signed(&tbs, buf_view(&fields));
	sign_make(device_secret, buf_view(&tbs), sig);
	buf_bytes(out, buf_view(&fields));
	buf_put(out, sig, SIGN_SIZE);
	buf_free(&fields);
	buf_free(&tbs);
	return out->err;
}

/* Both clocks may be off by CLOCK_SKEW. */
static int
in_time(const struct inbox_key *k, int64_t now)
{
	if (k->from > INT64_MAX - CLOCK_SKEW || k->until > INT64_MAX ||
	    k->until <= k->from ||
	    k->until - k->from > (uint64_t)INBOX_KEY_LIFE)
		return ERR_RANGE;
	if ((int64_t)k->from > now + CLOCK_SKEW)
		return ERR_CLOCK;
	if ((int64_t)k->until < now - CLOCK_SKEW)
		return ERR_EXPIRED;
	return 0;
}

static int
get_checked(struct bytes in, const uint8_t device_sign[static SIGN_PUBLIC],
    struct inbox_key *k)
{
	struct rd r = rd_of(in);
	struct buf tbs = {0};
	uint8_t sig[SIGN_SIZE], id[DEVICE_ID];
	int err;

	if (rd_u8(&r) != INBOX_KEY_FORMAT)
		rd_fail(&r, ERR_VERSION);
	rd_copy(&r, k->account, ACCOUNT_ID);
	rd_copy(&r, k->device, DEVICE_ID);
	rd_copy(&r, k->key, XWING_PUBLIC);
	k->from = rd_u64(&r);
	k->until = rd_u64(&r);
	rd_copy(&r, sig, SIGN_SIZE);
	if ((err = rd_end(&r)) != 0)
		return err;
	device_id(device_sign, id);
	if (memcmp(id, k->device, DEVICE_ID) != 0)
		return ERR_SIGN;
	put_signed(&tbs, bytes_of(in.p, in.n - SIGN_SIZE));
	err = sign_verify(device_sign, buf_view(&tbs), sig);
	buf_free(&tbs);
	if (err != 0)
		return err;
	return xwing_public_ok(k->key) ? 0 : ERR_KEY;
}

int
inbox_key_get(struct bytes in, const uint8_t device_sign[static SIGN_PUBLIC],
    int64_t now, struct inbox_key *k)
{
	int err;

	memset(k, 0, sizeof(*k));
	err = get_checked(in, device_sign, k);
	if (err == 0)
		err = in_time(k, now);
	if (err != 0)
		memset(k, 0, sizeof(*k));
	return err;
}
