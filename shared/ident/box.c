/* SPDX-License-Identifier: ISC */
/*
 * Sealed boxes: HPKE with X-Wing to one device's inbox key, and inside it the
 * sender's signature over who it is for, so that a box can't be passed on to
 * somebody else (DESIGN 4). A body has one encoding only, padding included.
 *
 * Outside: enc, cipher text. Inside: u8 format, sender account, sender device,
 * u64 record version, u32 length, body, signature, zeros up to the padded size.
 */
#include "ident.h"

#define BOX_FORMAT 1
#define BOX_LABEL "tacet box"
#define BOX_ESEED 64
#define BOX_HEAD (1 + ACCOUNT_ID + DEVICE_ID + 8 + 4)

static void
box_info(const uint8_t account[static ACCOUNT_ID],
    const uint8_t device[static DEVICE_ID], struct buf *info)
{
	buf_string(info, BOX_LABEL);
	buf_u8(info, 0);
	buf_put(info, account, ACCOUNT_ID);
	buf_put(info, device, DEVICE_ID);
}

struct bound {
	const uint8_t *to_account, *to_device, *key, *enc;
};

/* The one thing that is signed: both ends, the key, this very encapsulation. */
static void
box_bind(const struct bound *to, const struct box *b, uint8_t out[static HASH32])
{
	bool bound = defence(address);
	uint8_t version[8];
	struct bytes part[] = {
		{to->to_account, bound ? ACCOUNT_ID : 0},
		{to->to_device, bound ? DEVICE_ID : 0},
		{to->key, bound ? XWING_PUBLIC : 0},
		{to->enc, bound ? XWING_CIPHER : 0},
		{b->account, ACCOUNT_ID}, {b->device, DEVICE_ID},
		{version, sizeof(version)}, b->body,
	};

	for (size_t i = 0; i < 8; i++)
		version[i] = (uint8_t)(b->version >> (56 - 8 * i));
	hash_label(BOX_LABEL, part, COUNT(part), out);
}

/* The label in front tells it from whatever else a device key signs. */
static void
put_signed(struct buf *b, const struct box *box)
{
	buf_string(b, BOX_LABEL);
	buf_u8(b, 0);
	buf_put(b, box->bound, HASH32);
}

static void
box_sign(struct box *b, const uint8_t device_secret[static SIGN_SECRET])
{
	struct buf tbs = {0};

	put_signed(&tbs, b);
	sign_make(device_secret, buf_view(&tbs), b->signature);
	buf_free(&tbs);
}

static void
put_inside(const struct box *b, struct buf *out)
{
	size_t n = BOX_HEAD + b->body.n + SIGN_SIZE;

	buf_u8(out, BOX_FORMAT);
	buf_put(out, b->account, ACCOUNT_ID);
	buf_put(out, b->device, DEVICE_ID);
	buf_u64(out, b->version);
	buf_u32(out, (uint32_t)b->body.n);
	buf_bytes(out, b->body);
	buf_put(out, b->signature, SIGN_SIZE);
	buf_zero(out, padme(n) - n);
}

/* Gives the encapsulation the same 64 bytes again: the signature must cover
 * enc, and enc exists only once the seed is drawn. */
struct replay {
	uint8_t seed[BOX_ESEED];
	size_t at;
};

static void
replay_fill(void *arg, void *p, size_t n)
{
	struct replay *r = arg;

	assert(n <= BOX_ESEED - r->at);
	memcpy(p, r->seed + r->at, n);
	r->at += n;
}

static int
seal_inside(struct replay *seed, const struct inbox_key *to, struct bytes inside,
    const uint8_t expect[static XWING_CIPHER], struct buf *out)
{
	struct rng again = {replay_fill, seed};
	struct buf info = {0}, enc = {0};
	size_t start = out->n;
	int err;

	box_info(to->account, to->device, &info);
	buf_put(out, expect, XWING_CIPHER);
	err = hpke_seal(HPKE_XWING_SHA512, &again, bytes_of(to->key,
	    XWING_PUBLIC), buf_view(&info), (struct bytes){0}, inside, &enc,
	    out);
	if (err == 0 && (enc.n != XWING_CIPHER ||
	    memcmp(enc.p, expect, XWING_CIPHER) != 0))
		err = ERR_STATE;
	if (err != 0)
		out->n = start;
	buf_free(&info);
	buf_free(&enc);
	return err;
}

int
box_seal(const struct rng *rng, const struct inbox_key *to,
    const uint8_t from_account[static ACCOUNT_ID],
    const uint8_t from_device[static DEVICE_ID], uint64_t version,
    const uint8_t device_secret[static SIGN_SECRET], struct bytes body,
    struct buf *out)
{
	uint8_t enc[XWING_CIPHER], shared[32];
	struct replay seed = {.at = 0};
	struct buf inside = {.secret = true};
	struct box b = {.version = version, .body = body};
	int err;

	if (body.n > UINT16_MAX)
		return ERR_BIG;
	memcpy(b.account, from_account, ACCOUNT_ID);
	memcpy(b.device, from_device, DEVICE_ID);
	rng_fill(rng, seed.seed, BOX_ESEED);
	err = xwing_enc(to->key, seed.seed, enc, shared);
	mem_wipe(shared, sizeof(shared));
	if (err == 0) {
		box_bind(&(struct bound){to->account, to->device, to->key, enc},
		    &b, b.bound);
		box_sign(&b, device_secret);
		put_inside(&b, &inside);
		err = seal_inside(&seed, to, buf_view(&inside), enc, out);
	}
	mem_wipe(&seed, sizeof(seed));
	buf_free(&inside);
	return err;
}

static bool
all_zero(struct bytes b)
{
	uint8_t any = 0;

	for (size_t i = 0; i < b.n; i++)
		any |= b.p[i];
	return any == 0;
}

static int
get_inside(struct bytes plain, struct box *b)
{
	struct rd r = rd_of(plain);
	size_t n;

	if (rd_u8(&r) != BOX_FORMAT)
		rd_fail(&r, ERR_VERSION);
	rd_copy(&r, b->account, ACCOUNT_ID);
	rd_copy(&r, b->device, DEVICE_ID);
	b->version = rd_u64(&r);
	n = rd_u32(&r);
	b->body = rd_view(&r, n);
	rd_copy(&r, b->signature, SIGN_SIZE);
	if (r.err != 0)
		return r.err;
	if (plain.n != padme(plain.n - rd_left(&r)))
		return ERR_FORMAT;
	return all_zero(rd_rest(&r)) ? 0 : ERR_TRAIL;
}

int
box_open(const uint8_t inbox_secret[static XWING_SECRET],
    const uint8_t inbox_public[static XWING_PUBLIC],
    const uint8_t to_account[static ACCOUNT_ID],
    const uint8_t to_device[static DEVICE_ID], struct bytes in,
    struct buf *plain, struct box *b)
{
	struct rd r = rd_of(in);
	struct bytes enc = rd_view(&r, XWING_CIPHER), cipher = rd_rest(&r);
	struct buf info = {0};
	struct rd all;
	size_t start = plain->n;
	int err = r.err;

	memset(b, 0, sizeof(*b));
	if (err != 0)
		return err;
	box_info(to_account, to_device, &info);
	err = hpke_open(HPKE_XWING_SHA512, inbox_secret, enc, buf_view(&info),
	    (struct bytes){0}, cipher, plain);
	buf_free(&info);
	if (err == 0) {
		/* a body is for its reader, and holds no key of ours */
		if (plain->n > start)
			mem_tell(plain->p + start, plain->n - start);
		all = rd_of(buf_view(plain));
		(void)rd_view(&all, start);
		err = get_inside(rd_rest(&all), b);
	}
	if (err != 0) {
		memset(b, 0, sizeof(*b));
		return err;
	}
	box_bind(&(struct bound){to_account, to_device, inbox_public, enc.p},
	    b, b->bound);
	return 0;
}

int
box_check(const struct box *b, const uint8_t device_sign[static SIGN_PUBLIC])
{
	struct buf tbs = {0};
	uint8_t id[DEVICE_ID];
	int err;

	device_id(device_sign, id);
	if (memcmp(id, b->device, DEVICE_ID) != 0)
		return ERR_SIGN;
	put_signed(&tbs, b);
	err = sign_verify(device_sign, buf_view(&tbs), b->signature);
	buf_free(&tbs);
	return err;
}
