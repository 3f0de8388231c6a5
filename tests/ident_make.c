/* SPDX-License-Identifier: ISC */
/*
 * People made from a seed, and bad keys. The low-order points are published
 * facts about the two curves; the signing here is written a second time, so
 * that a slip in the library's own does not hide itself.
 */
#include <stdlib.h>

#include "ident_make.h"

#define HEX_00_28 "00000000000000000000000000000000000000000000000000000000"
#define HEX_FF_28 "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static const char *const bad_sign[] = {
	"01000000" HEX_00_28,           /* the neutral point */
	"ecffffff" "ffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"00000000" HEX_00_28,           /* order 4, both signs */
	"00000000" "00000000000000000000000000000000000000000000000000000080",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	/* the same ones spelled in another way */
	"01000000" "00000000000000000000000000000000000000000000000000000080",
	"ecffffff" HEX_FF_28,
	"edffffff" "ffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffff" HEX_FF_28,
	"eeffffff" "ffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffff" HEX_FF_28,
};

static const char *const bad_dh[] = {
	"00000000" HEX_00_28,
	"01000000" HEX_00_28,
	"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	"ecffffff" "ffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffff" "ffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffff" "ffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	/* the highest bit is not looked at */
	"00000000" "00000000000000000000000000000000000000000000000000000080",
	"01000000" "00000000000000000000000000000000000000000000000000000080",
	"ecffffff" HEX_FF_28,
	"edffffff" HEX_FF_28,
	"eeffffff" HEX_FF_28,
};

static const uint8_t *
bad_key(const char *const *list, size_t n, size_t i)
{
	static uint8_t key[32];

	if (i >= n)
		return NULL;
	if (hex_get(list[i], strlen(list[i]), key, sizeof(key)) != 0)
		abort();
	return key;
}

const uint8_t *
bad_sign_key(size_t i)
{
	return bad_key(bad_sign, COUNT(bad_sign), i);
}

const uint8_t *
bad_dh_key(size_t i)
{
	return bad_key(bad_dh, COUNT(bad_dh), i);
}

void
sign_as(const char *label, const uint8_t secret[static SIGN_SECRET],
    struct bytes fields, uint8_t sig[static SIGN_SIZE])
{
	struct buf b = {0};

	buf_put(&b, label, strlen(label) + 1);
	buf_bytes(&b, fields);
	sign_make(secret, buf_view(&b), sig);
	buf_free(&b);
}

void
sign_again(const char *label, const uint8_t secret[static SIGN_SECRET],
    struct buf *b)
{
	size_t n = b->n - SIGN_SIZE;

	sign_as(label, secret, bytes_of(b->p, n), b->p + n);
}

static void
must(bool cond)
{
	if (!cond)
		abort();
}

static void
who_inbox(struct who *w)
{
	struct inbox_key *k = &w->inbox;

	rng_fill(&w->rng, w->inbox_secret, XWING_SECRET);
	memcpy(k->account, w->record.account, ACCOUNT_ID);
	memcpy(k->device, w->record.device[0].id, DEVICE_ID);
	must(xwing_public(w->inbox_secret, k->key) == 0);
	k->from = (uint64_t)WHO_NOW;
	k->until = (uint64_t)(WHO_NOW + INBOX_KEY_LIFE);
	must(inbox_key_put(k, w->sign_secret[0], &w->inbox_raw) == 0);
}

void
who_make(struct who *w, uint64_t seed, const char *name, size_t devices)
{
	struct record *r = &w->record;
	uint8_t secret[DH_SIZE];

	must(seal_start() == 0 && devices > 0 && devices <= DEVICES_MAX);
	memset(w, 0, sizeof(*w));
	w->rng = rng_seed(&w->seeded, seed);
	sign_keypair(&w->rng, r->account_key, w->account_secret);
	must(strlen(name) <= NAME_LEN);
	strcpy(r->name, name);
	r->version = 1;
	r->expires = (uint64_t)(WHO_NOW + INBOX_KEY_LIFE);
	r->devices = devices;
	for (size_t i = 0; i < devices; i++) {
		sign_keypair(&w->rng, r->device[i].sign, w->sign_secret[i]);
		dh_keypair(&w->rng, r->device[i].transport, secret);
	}
	must(record_put(r, w->account_secret, &w->record_raw) == 0);
	who_inbox(w);
}

void
who_free(struct who *w)
{
	buf_free(&w->record_raw);
	buf_free(&w->inbox_raw);
	mem_wipe(w, sizeof(*w));
}

void
who_box(struct who *from, const struct who *to, struct bytes body,
    struct buf *out)
{
	must(box_seal(&from->rng, &to->inbox, from->record.account,
	    from->record.device[0].id, from->record.version,
	    from->sign_secret[0], body, out) == 0);
}

/* Of the directory's log, the head key being the account's: what a label
 * alone keeps apart. */
static void
objects_log(struct who *w, struct object o[static OBJECTS])
{
	struct head h = {.size = 1, .time = WHO_NOW}, other = h;
	struct evidence e = {.proof = {NULL, 0}};
	struct leaf l;

	leaf_make(w->record.account_key, &w->record, 0, &l);
	leaf_hash(&l, h.root);
	head_sign(&h, w->account_secret);
	head_sign(&other, w->account_secret);
	head_put(&h, &o[7].raw);
	leaf_put(&l, buf_room(&o[8].raw, LEAF_SIZE));
	e.first = h;
	e.later = other;
	must(evidence_put(&e, &o[9].raw) == 0);
}

void
objects_make(struct who *w, struct object o[static OBJECTS])
{
	static const char *const name[OBJECTS] = {
		"a record", "an inbox key", "a sealed box", "an opened box",
		"a leaf extension", "an address", "nothing", "a head",
		"a leaf of the log", "evidence",
	};
	char address[ADDRESS_TEXT];
	struct address a = {.host = "relay.example", .port = PORT_DEFAULT,
	    .pinned = true};
	struct box box;

	memset(o, 0, OBJECTS * sizeof(*o));
	for (size_t i = 0; i < OBJECTS; i++)
		o[i].name = name[i];
	buf_bytes(&o[0].raw, buf_view(&w->record_raw));
	buf_bytes(&o[1].raw, buf_view(&w->inbox_raw));
	who_box(w, w, buf_view(&w->record_raw), &o[2].raw);
	must(box_open(w->inbox_secret, w->inbox.key, w->record.account,
	    w->record.device[0].id, buf_view(&o[2].raw), &o[3].raw, &box) == 0);
	leaf_ext_put(buf_room(&o[4].raw, LEAF_EXT_SIZE), 1, w->record.hash);
	address_put(&a, false, address);
	buf_string(&o[5].raw, address);
	objects_log(w, o);
}

void
objects_free(struct object o[static OBJECTS])
{
	for (size_t i = 0; i < OBJECTS; i++)
		buf_free(&o[i].raw);
}
