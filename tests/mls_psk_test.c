/* SPDX-License-Identifier: ISC */
/*
 * Pre-shared keys: known answers, the id's codec at every truncation and bit,
 * what psk_secret depends on, where keys are looked for, and what is refused.
 */
#include <stdlib.h>

#include "mls_data.h"
#include "mls_world.h"
#include "tap.h"

static const struct mls_suite *suite;

static struct mls_psk_id
external(const char *name, const char *nonce)
{
	return (struct mls_psk_id){ .type = MLS_PSK_EXTERNAL,
		.id = mls_text(name), .nonce = mls_text(nonce) };
}

static struct mls_psk_id
resumption(struct bytes group, uint64_t epoch)
{
	return (struct mls_psk_id){ .type = MLS_PSK_RESUMPTION,
		.usage = MLS_USE_APPLICATION, .id = group, .epoch = epoch,
		.nonce = mls_text("nonce") };
}

/* What is taken has the same bytes again. */
static int
get(struct bytes raw)
{
	struct buf again = { 0 };
	struct rd rd = rd_of(raw);
	struct mls_psk_id p;
	int err;

	(void)mls_psk_get(&rd, &p);
	err = rd_end(&rd);
	if (err == 0) {
		mls_psk_put(&again, &p);
		if (!bytes_same(buf_view(&again), raw) ||
		    !bytes_same(p.raw, raw))
			bail("an id changes when it is written again");
	}
	buf_free(&again);
	return err;
}

static void
test_codec(struct mls_psk_id p, const char *what)
{
	unsigned short_ones = 0, taken = 0;
	struct buf b = { 0 };
	size_t i;

	mls_psk_put(&b, &p);
	is_int(get(buf_view(&b)), 0, "%s is read", what);
	for (i = 0; i < b.n; i++)
		short_ones += get(bytes_of(b.p, i)) == 0;
	is_int(short_ones, 0, "%s: no beginning of it is one", what);
	for (i = 0; i < b.n * 8; i++) {
		b.p[i / 8] ^= (uint8_t)(1u << i % 8);
		taken += get(buf_view(&b)) == 0;
		b.p[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	ok(taken > 0 && taken < b.n * 8,
	    "%s: %u of %zu bits make another id, none a false one", what,
	    taken, b.n * 8);
	b.p[0] = 0;
	is_int(get(buf_view(&b)), ERR_FORMAT, "%s of type 0", what);
	b.p[0] = 3;
	is_int(get(buf_view(&b)), ERR_FORMAT, "%s of type 3", what);
	buf_free(&b);
}

static void
test_usages(void)
{
	struct mls_psk_id p = resumption(mls_text("group"), 7);
	struct buf b = { 0 };
	unsigned usage, taken = 0;

	mls_psk_put(&b, &p);
	for (usage = 0; usage < 256; usage++) {
		b.p[1] = (uint8_t)usage;
		taken += get(buf_view(&b)) == 0;
	}
	is_int(taken, 3, "three usages are known");
	buf_free(&b);
}

/* All that goes in changes what comes out. */
static void
test_secret(void)
{
	struct mls_psk_id id[3] = { external("one", "n1"),
		external("two", "n2"), resumption(mls_text("group"), 7) };
	struct mls_psk_id turned[3] = { id[1], id[0], id[2] }, other;
	struct bytes psk[3] = { mls_text("key of one"),
		mls_text("key of two"), mls_text("key of three") };
	struct bytes moved[3] = { psk[1], psk[0], psk[2] };
	uint8_t want[MLS_NH_MAX], got[MLS_NH_MAX], zero[MLS_NH_MAX] = { 0 };
	unsigned same = 0;
	size_t n = suite->nh, i;

	is_int(mls_psk_secret(suite, id, psk, 0, got), 0, "no keys at all");
	is_mem(got, zero, n, "are zeros");
	is_int(mls_psk_secret(suite, id, psk, 3, want), 0, "three keys");
	for (i = 0; i < 3; i++) {
		same += mls_psk_secret(suite, id, psk, i, got) != 0 ||
		    memcmp(got, want, n) == 0;
		other = id[i];
		id[i].nonce = mls_text("another");
		same += mls_psk_secret(suite, id, psk, 3, got) != 0 ||
		    memcmp(got, want, n) == 0;
		id[i] = other;
		id[i].id = mls_text("somebody");
		same += mls_psk_secret(suite, id, psk, 3, got) != 0 ||
		    memcmp(got, want, n) == 0;
		id[i] = other;
	}
	id[2].epoch++;
	same += mls_psk_secret(suite, id, psk, 3, got) != 0 ||
	    memcmp(got, want, n) == 0;
	id[2].epoch--;
	id[2].usage = MLS_USE_BRANCH;
	same += mls_psk_secret(suite, id, psk, 3, got) != 0 ||
	    memcmp(got, want, n) == 0;
	id[2].usage = MLS_USE_APPLICATION;
	same += mls_psk_secret(suite, turned, moved, 3, got) != 0 ||
	    memcmp(got, want, n) == 0;
	same += mls_psk_secret(suite, id, moved, 3, got) != 0 ||
	    memcmp(got, want, n) == 0;
	is_int(same, 0, "each key, id, nonce, epoch, usage and place counts");
	is_int(mls_psk_secret(suite, id, psk, 3, got), 0, "once more");
	is_mem(got, want, n, "is the same");
}

static void
test_many(void)
{
	struct mls_psk_id *id = mem_array(MLS_PSKS_MAX + 1, sizeof *id);
	struct bytes *psk = mem_array(MLS_PSKS_MAX + 1, sizeof *psk);
	struct mls_env env = { .now = 0 };
	uint8_t out[MLS_NH_MAX];
	size_t i;

	for (i = 0; i < MLS_PSKS_MAX + 1; i++) {
		id[i] = external("id", "nonce");
		psk[i] = mls_text("key");
	}
	is_int(mls_psk_secret(suite, id, psk, MLS_PSKS_MAX, out), 0,
	    "%u keys", MLS_PSKS_MAX);
	is_int(mls_psk_secret(suite, id, psk, MLS_PSKS_MAX + 1, out), ERR_BIG,
	    "one more is too many");
	is_int(mls_psk_gather(&env, suite, NULL, id, MLS_PSKS_MAX + 1, out),
	    ERR_BIG, "also to look for");
	free(id);
	free(psk);
}

/* ---- where they come from ---- */

static int
psk_named(void *arg, struct bytes id, struct buf *psk)
{
	unsigned *asked = arg;

	++*asked;
	if (bytes_same(id, mls_text("broken")))
		return ERR_IO;
	if (!bytes_same(id, mls_text("known")))
		return ERR_NONE;
	buf_string(psk, "the key");
	return 0;
}

static void
test_external(void)
{
	struct mls_psk_id id[3] = { external("known", "n"),
		external("nobody's", "n"), external("known", "n") };
	struct bytes key = mls_text("the key");
	uint8_t want[MLS_NH_MAX], got[MLS_NH_MAX];
	unsigned asked = 0;
	struct mls_env env = { .arg = &asked };

	is_int(mls_psk_gather(&env, suite, NULL, id, 1, got), ERR_NONE,
	    "nobody to ask for it");
	env.psk = psk_named;
	is_int(mls_psk_gather(&env, suite, NULL, id, 1, got), 0, "found");
	if (mls_psk_secret(suite, id, &key, 1, want) != 0)
		bail("psk_secret");
	is_mem(got, want, suite->nh, "as if it had been given");
	asked = 0;
	is_int(mls_psk_gather(&env, suite, NULL, id, 3, got), ERR_NONE,
	    "one of three is not known");
	is_int(asked, 2, "and the third is not asked for");
	id[1] = external("broken", "n");
	is_int(mls_psk_gather(&env, suite, NULL, id, 3, got), ERR_IO,
	    "what goes wrong there is handed on");
}

static const struct mls_group *
only_group(void *arg, struct bytes id)
{
	const struct mls_group *g = *(struct mls_group **)arg;

	return bytes_same(mls_group_id(g), id) ? g : NULL;
}

/* Keys of epochs: the group's own, another's, one that is over, one to come. */
static void
test_epochs(void)
{
	static struct world w;
	uint8_t first[MLS_NH_MAX], now[MLS_NH_MAX], got[MLS_NH_MAX];
	struct mls_env env = { .now = 0 };
	struct mls_psk_id id;
	uint64_t epoch;
	unsigned i;

	world_start(&w, suite->id, 5);
	(void)world_person(&w);
	(void)world_person(&w);
	world_create(&w, 0, bytes_of(NULL, 0));
	world_add(&w, 0, 1);
	epoch = mls_group_epoch(w.p[0].g);
	id = resumption(mls_group_id(w.p[0].g), epoch);
	is_int(mls_psk_gather(&env, suite, w.p[0].g, &id, 1, first), 0,
	    "the key of this epoch");
	is_int(mls_psk_gather(&env, suite, w.p[1].g, &id, 1, got), 0,
	    "bob has it too");
	is_mem(got, first, suite->nh, "and it is the same");
	is_int(mls_psk_gather(&env, suite, NULL, &id, 1, got), ERR_NONE,
	    "who is in no group has none");
	env.group = only_group;
	env.arg = &w.p[1].g;
	is_int(mls_psk_gather(&env, suite, NULL, &id, 1, got), 0,
	    "unless another group of ours is it");
	is_mem(got, first, suite->nh, "and that is the same too");
	id.id = mls_text("no such group");
	is_int(mls_psk_gather(&env, suite, w.p[0].g, &id, 1, got), ERR_NONE,
	    "a group that nobody knows");
	id.id = mls_group_id(w.p[0].g);
	id.epoch = epoch + 1;
	is_int(mls_psk_gather(&env, suite, w.p[0].g, &id, 1, got), ERR_NONE,
	    "an epoch to come");
	for (i = 0; i < MLS_RESUMPTION_MAX - 1; i++)
		world_update(&w, i % 2);
	id = resumption(mls_group_id(w.p[0].g), epoch);
	is_int(mls_psk_gather(&env, suite, w.p[0].g, &id, 1, got), 0,
	    "%u epochs later it is there", MLS_RESUMPTION_MAX - 1);
	is_mem(got, first, suite->nh, "unchanged");
	id.epoch = mls_group_epoch(w.p[0].g);
	is_int(mls_psk_gather(&env, suite, w.p[0].g, &id, 1, now), 0,
	    "so is today's");
	ok(memcmp(now, first, suite->nh) != 0, "which is another");
	world_update(&w, 0);
	id = resumption(mls_group_id(w.p[0].g), epoch);
	is_int(mls_psk_gather(&env, suite, w.p[0].g, &id, 1, got), ERR_NONE,
	    "one more epoch, and it is forgotten");
	world_end(&w);
}

int
main(void)
{
	size_t i;

	if (seal_start() != 0)
		bail("libsodium");
	ok(mls_data("psk_secret", mls_vec_psk_secret),
	    "known answers");
	for (i = 0; (suite = mls_suite_at(i)) != NULL; i++) {
		note("%s", suite->name);
		test_codec(external("name", "nonce"), "a key of ours");
		test_codec(resumption(mls_text("group"), 7), "an epoch's key");
		test_usages();
		test_secret();
		test_many();
		test_external();
		test_epochs();
	}
	return done();
}
