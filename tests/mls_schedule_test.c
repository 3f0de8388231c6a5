/* SPDX-License-Identifier: ISC */
/*
 * The key schedule: known answers, GroupContext at every truncation, and what
 * each secret depends on: one bit of anything that goes in changes all that
 * comes out, and no two of an epoch are alike.
 */
#include "mls_data.h"
#include "tap.h"

#define SECRETS 9

static const struct mls_suite *suite;

struct inputs {                 /* all that an epoch is made of */
	uint8_t init[MLS_NH_MAX], commit[MLS_NH_MAX], psk[MLS_NH_MAX];
	uint64_t epoch;
	uint8_t tree[MLS_NH_MAX], confirmed[MLS_NH_MAX];
};

static void
context_of(const struct inputs *in, struct buf *out)
{
	struct mls_context c = { .suite = suite, .epoch = in->epoch,
		.group_id = mls_text("group"),
		.tree_hash = bytes_of(in->tree, suite->nh),
		.confirmed = bytes_of(in->confirmed, suite->nh) };

	mls_context_put(out, &c);
	if (out->err != 0)
		bail("context");
}

static void
epoch_of(const struct inputs *in, uint8_t *welcome, struct mls_epoch *e)
{
	uint8_t joiner[MLS_NH_MAX];
	struct buf context = { 0 };

	context_of(in, &context);
	if (mls_schedule_joiner(suite, in->init, in->commit,
	    buf_view(&context), joiner) != 0 ||
	    mls_schedule_epoch(suite, joiner, in->psk, buf_view(&context),
	    welcome, e) != 0)
		bail("schedule");
	buf_free(&context);
}

static const uint8_t *
secret_at(const struct mls_epoch *e, size_t i)
{
	const uint8_t *const all[SECRETS] = { e->init, e->sender_data,
		e->encryption, e->exporter, e->external, e->confirmation,
		e->membership, e->resumption, e->authenticator };

	return all[i];
}

static unsigned
alike(const struct mls_epoch *a, const struct mls_epoch *b)
{
	unsigned n = 0;
	size_t i, j;

	for (i = 0; i < SECRETS; i++)
		for (j = 0; j < SECRETS; j++)
			n += memcmp(secret_at(a, i), secret_at(b, j),
			    suite->nh) == 0;
	return n;
}

static unsigned
tails(const struct mls_epoch *e)
{
	unsigned n = 0;
	size_t i, k;

	for (i = 0; i < SECRETS; i++)
		for (k = suite->nh; k < MLS_NH_MAX; k++)
			n += secret_at(e, i)[k] != 0;
	return n;
}

static void
test_epochs(void)
{
	struct inputs in = { .init = { 1 }, .commit = { 2 }, .psk = { 3 },
		.epoch = 4, .tree = { 5 }, .confirmed = { 6 } };
	uint8_t *const part[] = { in.init, in.commit, in.psk, in.tree,
		in.confirmed };
	uint8_t welcome[MLS_NH_MAX], w[MLS_NH_MAX];
	struct mls_epoch e, again;
	unsigned shared = 0, kept = 0;
	size_t i, bit;

	epoch_of(&in, welcome, &e);
	epoch_of(&in, NULL, &again);
	is_int(alike(&e, &again), SECRETS,
	    "the same from the same, and no two of an epoch are alike");
	is_int(tails(&e), 0, "nothing stands behind a shorter secret");
	for (i = 0; i < COUNT(part); i++)
		for (bit = 0; bit < suite->nh * 8; bit++) {
			part[i][bit / 8] ^= (uint8_t)(1u << bit % 8);
			epoch_of(&in, w, &again);
			shared += alike(&e, &again);
			kept += memcmp(w, welcome, suite->nh) == 0;
			part[i][bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	is_int(shared, 0, "each bit of init, commit, psk, tree and past "
	    "changes every secret");
	is_int(kept, 0, "and the welcome secret");
	for (bit = 0; bit < 64; bit++) {
		in.epoch ^= 1ull << bit;
		epoch_of(&in, NULL, &again);
		shared += alike(&e, &again);
		in.epoch ^= 1ull << bit;
	}
	is_int(shared, 0, "so does the number of the epoch");
}

/* Who joins has the joiner secret only, and reaches the same. */
static void
test_joiner(void)
{
	struct inputs in = { .init = { 1 }, .commit = { 2 }, .psk = { 3 } };
	uint8_t joiner[MLS_NH_MAX], a[MLS_NH_MAX], b[MLS_NH_MAX];
	uint8_t key[KEY_SIZE], nonce[12], key2[KEY_SIZE], nonce2[12];
	struct buf context = { 0 };
	struct mls_epoch e;

	context_of(&in, &context);
	if (mls_schedule_joiner(suite, in.init, in.commit, buf_view(&context),
	    joiner) != 0)
		bail("joiner");
	epoch_of(&in, a, &e);
	is_int(mls_schedule_welcome_secret(suite, joiner, in.psk, b), 0,
	    "the welcome secret of who joins");
	is_mem(a, b, suite->nh, "is the one of who committed");
	in.psk[0] ^= 1;
	is_int(mls_schedule_welcome_secret(suite, joiner, in.psk, b), 0,
	    "with another psk");
	ok(memcmp(a, b, suite->nh) != 0, "it is another");
	is_int(mls_schedule_welcome(suite, a, key, nonce), 0, "its key");
	is_int(mls_schedule_welcome(suite, b, key2, nonce2), 0, "the other's");
	ok(memcmp(key, key2, suite->nk) != 0 &&
	    memcmp(nonce, nonce2, suite->nn) != 0, "key and nonce are others");
	ok(memcmp(key, nonce, suite->nn) != 0, "a key is no nonce");
	buf_free(&context);
}

static void
test_export(void)
{
	static uint8_t out[70000], other[70000];
	static const uint8_t exporter[MLS_NH_MAX] = { 9 };
	struct bytes label = mls_text("label"), context = mls_text("context");
	size_t most = 255 * suite->nh;

	is_int(mls_schedule_export(suite, exporter, label, context, out, 64),
	    0, "an export");
	is_int(mls_schedule_export(suite, exporter, label, context, other,
	    64), 0, "again");
	is_mem(out, other, 64, "is the same");
	is_int(mls_schedule_export(suite, exporter, mls_text("labels"),
	    context, other, 64), 0, "with another label");
	ok(memcmp(out, other, 64) != 0, "it is another");
	is_int(mls_schedule_export(suite, exporter, label, mls_text(""),
	    other, 64), 0, "with another context");
	ok(memcmp(out, other, 64) != 0, "it is another");
	is_int(mls_schedule_export(suite, exporter, label, context, other,
	    32), 0, "a shorter one");
	ok(memcmp(out, other, 32) != 0, "is no beginning of it");
	is_int(mls_schedule_export(suite, exporter, label, context, out, most),
	    0, "%zu bytes are the most", most);
	ok(mls_schedule_export(suite, exporter, label, context, out,
	    most + 1) < 0, "more are refused");
	is_int(mls_schedule_export(suite, exporter, label, context, out,
	    65536), ERR_BIG, "so are more than a length can say");
}

static void
test_external(void)
{
	static const uint8_t one[MLS_NH_MAX] = { 1 }, two[MLS_NH_MAX] = { 2 };
	uint8_t pa[HPKE_PUBLIC_MAX], pb[HPKE_PUBLIC_MAX], p[HPKE_PUBLIC_MAX];
	uint8_t sa[HPKE_SECRET_MAX], sb[HPKE_SECRET_MAX];

	is_int(mls_schedule_external(suite, one, pa, sa), 0, "external_pub");
	is_int(mls_schedule_external(suite, two, pb, sb), 0, "of another");
	ok(memcmp(pa, pb, suite->public) != 0, "epoch is another key");
	ok(hpke_public(suite->hpke, sa, p) == 0 &&
	    memcmp(p, pa, suite->public) == 0, "and fits its secret half");
}

/* Confirmed: H(interim || input); interim: H(confirmed || <tag>). */
static void
test_transcripts(void)
{
	uint8_t a[MLS_NH_MAX], b[MLS_NH_MAX], tag[MLS_NH_MAX] = { 7 };
	struct bytes past = mls_text("interim"), input = mls_text("commit");
	struct bytes moved = mls_text("interimc"), rest = mls_text("ommit");
	struct buf whole = { 0 };

	mls_schedule_confirmed(suite, past, input, a);
	mls_hash(suite, mls_text("interimcommit"), b);
	is_mem(a, b, suite->nh, "confirmed is the hash of both");
	mls_schedule_confirmed(suite, moved, rest, b);
	is_mem(a, b, suite->nh, "(its parts have lengths of their own)");
	mls_schedule_interim(suite, past, bytes_of(tag, suite->nh), a);
	buf_bytes(&whole, past);
	mls_put_vector(&whole, bytes_of(tag, suite->nh));
	mls_hash(suite, buf_view(&whole), b);
	is_mem(a, b, suite->nh, "interim is the hash of it and the tag");
	tag[suite->nh - 1] ^= 1;
	mls_schedule_interim(suite, past, bytes_of(tag, suite->nh), b);
	ok(memcmp(a, b, suite->nh) != 0, "and of each bit of that");
	buf_free(&whole);
}

/* ---- GroupContext ---- */

static int
context_get(struct bytes raw, struct mls_context *c)
{
	struct rd rd = rd_of(raw);
	struct buf again = { 0 };
	int err;

	(void)mls_context_get(&rd, c);
	err = rd_end(&rd);
	if (err == 0) {
		mls_context_put(&again, c);
		if (!bytes_same(buf_view(&again), raw))
			bail("a context changes when it is written again");
	}
	buf_free(&again);
	return err;
}

static void
test_context(void)
{
	static const uint8_t twice[] = { 0xf0, 0xa1, 0, 0xf0, 0xa1, 0 };
	struct mls_context c = { .suite = suite, .epoch = UINT64_MAX,
		.group_id = mls_text("group"), .tree_hash = mls_text("tree"),
		.confirmed = mls_text("past"),
		.extensions = bytes_of(twice, 3) }, got;
	unsigned short_ones = 0, taken = 0;
	struct buf b = { 0 };
	size_t i;

	mls_context_put(&b, &c);
	is_int(context_get(buf_view(&b), &got), 0, "a context is read");
	ok(got.suite == suite && got.epoch == UINT64_MAX &&
	    bytes_same(got.confirmed, c.confirmed), "as it was");
	for (i = 0; i < b.n; i++)
		short_ones += context_get(bytes_of(b.p, i), &got) == 0;
	is_int(short_ones, 0, "no beginning of it is one");
	for (i = 0; i < b.n * 8; i++) {
		b.p[i / 8] ^= (uint8_t)(1u << i % 8);
		taken += context_get(buf_view(&b), &got) == 0;
		b.p[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	ok(taken > 64 && taken < b.n * 8, "%u bits make another, none a false "
	    "one", taken);
	b.p[1] = 2;
	is_int(context_get(buf_view(&b), &got), ERR_VERSION, "version 2");
	b.p[1] = 1;
	b.p[2] = 0xfa;
	is_int(context_get(buf_view(&b), &got), 0, "a suite that is not ours");
	ok(got.suite == NULL && got.number >> 8 == 0xfa, "has its number only");
	buf_clear(&b);
	c.extensions = bytes_of(twice, sizeof(twice));
	mls_context_put(&b, &c);
	ok(context_get(buf_view(&b), &got) < 0, "one extension twice");
	buf_free(&b);
}

int
main(void)
{
	size_t i;

	if (seal_start() != 0)
		bail("libsodium");
	ok(mls_data("key-schedule", mls_vec_key_schedule),
	    "known answers");
	for (i = 0; (suite = mls_suite_at(i)) != NULL; i++) {
		note("%s", suite->name);
		test_epochs();
		test_joiner();
		test_export();
		test_external();
		test_transcripts();
		test_context();
	}
	return done();
}
