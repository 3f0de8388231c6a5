/* SPDX-License-Identifier: ISC */
/*
 * The signed head of the directory's log: at this time it had so many leaves
 * and this root. It carries the key that signed it, which the relay's address
 * pins by its hash, so two heads are evidence wherever they are shown.
 *
 * u8 format, head key, u64 size, root, u64 time, signature over what precedes
 * it, under the label.
 */
#include "ident.h"

#define HEAD_FORMAT 1
#define HEAD_LABEL "tacet head"

static void
head_fields(const struct head *h, struct buf *b)
{
	buf_u8(b, HEAD_FORMAT);
	buf_put(b, h->key, SIGN_PUBLIC);
	buf_u64(b, h->size);
	buf_put(b, h->root, HASH32);
	buf_u64(b, h->time);
}

static void
head_signed(const struct head *h, struct buf *b)
{
	buf_string(b, HEAD_LABEL);
	buf_u8(b, 0);
	head_fields(h, b);
}

void
head_sign(struct head *h, const uint8_t secret[static SIGN_SECRET])
{
	struct buf tbs = {0};

	memcpy(h->key, secret + SIGN_SEED, SIGN_PUBLIC);
	head_signed(h, &tbs);
	sign_make(secret, buf_view(&tbs), h->signature);
	buf_free(&tbs);
}

void
head_put(const struct head *h, struct buf *out)
{
	head_fields(h, out);
	buf_put(out, h->signature, SIGN_SIZE);
}

static int
head_read(struct bytes in, struct head *h)
{
	struct buf tbs = {0};
	struct rd r = rd_of(in);
	int err;

	if (rd_u8(&r) != HEAD_FORMAT)
		rd_fail(&r, ERR_VERSION);
	rd_copy(&r, h->key, SIGN_PUBLIC);
	h->size = rd_u64(&r);
	rd_copy(&r, h->root, HASH32);
	h->time = rd_u64(&r);
	rd_copy(&r, h->signature, SIGN_SIZE);
	err = rd_end(&r);
	if (!err && (h->size > MERKLE_SIZE_MAX || h->time > INT64_MAX))
		err = ERR_RANGE;
	if (err)
		return err;
	head_signed(h, &tbs);
	err = defence(head) ? sign_verify(h->key, buf_view(&tbs),
	    h->signature) : 0;
	buf_free(&tbs);
	return err;
}

int
head_get(struct bytes in, struct head *h)
{
	int err;

	memset(h, 0, sizeof(*h));
	err = head_read(in, h);
	if (err)
		memset(h, 0, sizeof(*h));
	return err;
}

bool
head_pinned(const struct head *h, const uint8_t pin[static PIN_SIZE])
{
	static const uint8_t transport[DH_SIZE];
	uint8_t want[PIN_SIZE];

	pin_make(transport, h->key, want);
	return memcmp(want + DH_SIZE, pin + DH_SIZE, PIN_SIZE - DH_SIZE) == 0;
}

/* Both clocks may be off by CLOCK_SKEW. */
int
head_fresh(const struct head *h, int64_t now)
{
	int64_t time = (int64_t)h->time;

	if (!defence(fresh))
		return 0;
	if (time > now && time - now > CLOCK_SKEW)
		return ERR_CLOCK;
	if (now > time && now - time > HEAD_AGE + CLOCK_SKEW)
		return ERR_EXPIRED;
	return 0;
}

int
head_holds(const struct head *h, const struct record *r, uint64_t number,
    uint64_t prev, struct bytes proof)
{
	uint8_t hash[HASH32];
	struct leaf l;

	if (prev > number)
		return ERR_RULE;
	leaf_make(h->key, r, prev, &l);
	leaf_hash(&l, hash);
	return merkle_check(number, h->size, hash, proof, h->root);
}

int
head_extends(const struct head *from, const struct head *to,
    struct bytes proof)
{
	if (memcmp(from->key, to->key, SIGN_PUBLIC) != 0)
		return ERR_KEY;
	return merkle_check_extends(from->size, to->size, from->root, to->root,
	    proof);
}
