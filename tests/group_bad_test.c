/* SPDX-License-Identifier: ISC */
/*
 * floor: mls
 * What is damaged, forged, repeated or not for us is refused, and leaves the
 * group byte for byte as it was: every bit of a message flipped, every length
 * cut, skip bombs, replays, wrong judges, damaged stores.
 */
#include <time.h>

#include "mls_world.h"
#include "tap.h"

static uint16_t suite_id;

static void
three(struct world *w)
{
	unsigned i;

	world_start(w, suite_id, 21);
	for (i = 0; i < 4; i++)
		world_person(w);
	world_create(w, 0, bytes_of(NULL, 0));
	world_add(w, 0, 1);
	world_add(w, 0, 2);
	world_talk(w);
}

/* Tries every stride-th bit; counts what was taken or left a trace. */
static void
flip_all(struct world *w, size_t who, struct bytes message, size_t stride,
    const char *what)
{
	struct buf before = { 0 }, after = { 0 }, copy = { 0 };
	size_t bit, taken = 0, traces = 0, n;
	struct mls_received r;

	world_state(w, who, &before);
	buf_bytes(&copy, message);
	for (bit = 0; bit < message.n * 8; bit += stride) {
		copy.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		taken += mls_message_open(&w->env, w->p[who].g,
		    buf_view(&copy), &r) == 0;
		mls_received_free(&r);
		copy.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		world_state(w, who, &after);
		traces += !bytes_same(buf_view(&before), buf_view(&after));
	}
	for (n = 0; n < message.n; n += stride) {
		taken += mls_message_open(&w->env, w->p[who].g,
		    bytes_of(copy.p, n), &r) == 0;
		mls_received_free(&r);
	}
	buf_u8(&copy, 0);
	taken += mls_message_open(&w->env, w->p[who].g, buf_view(&copy),
	    &r) == 0;
	mls_received_free(&r);
	world_state(w, who, &after);
	traces += !bytes_same(buf_view(&before), buf_view(&after));
	is_int(taken, 0, "%s: nothing damaged is taken (%zu bytes, T24)",
	    what, message.n);
	is_int(traces, 0, "%s: nor leaves a trace (T24)", what);
	buf_free(&before);
	buf_free(&after);
	buf_free(&copy);
}

static void
test_flips(size_t stride)
{
	struct mls_propose_ask update = { .type = MLS_UPDATE };
	struct mls_commit_ask ask = { 0 };
	struct buf message = { 0 };
	struct mls_made made;
	struct world w;
	int public;

	three(&w);
	world_must(mls_message_seal(&w.env, w.p[0].g, mls_text("a"),
	    mls_text("secret"), 300, &message), "seal");
	flip_all(&w, 1, buf_view(&message), 1, "application");
	world_deliver(&w, 0, buf_view(&message));
	flip_all(&w, 1, buf_view(&message), 101, "application, replayed");
	for (public = 0; public < 2; public++) {
		ask.public_message = update.public_message = public;
		world_must(mls_commit_make(&w.env, w.p[0].g, &ask, &made),
		    "commit");
		flip_all(&w, 1, buf_view(&made.message), stride,
		    public ? "public commit" : "private commit");
		mls_made_free(&made);
		buf_clear(&message);
		world_must(mls_propose(&w.env, w.p[0].g, &update, &message),
		    "propose");
		flip_all(&w, 1, buf_view(&message), stride,
		    public ? "public proposal" : "private proposal");
	}
	buf_free(&message);
	world_end(&w);
}

/* Things that are taken outside of a group; fn gives 0 when it takes them. */
static void
flip_thing(struct world *w, struct bytes thing, size_t stride,
    int (*fn)(struct world *, struct bytes), const char *what)
{
	struct buf copy = { 0 };
	size_t bit, taken = 0, n;

	buf_bytes(&copy, thing);
	is_int(fn(w, thing), 0, "%s as it is", what);
	for (bit = 0; bit < thing.n * 8; bit += stride) {
		copy.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		taken += fn(w, buf_view(&copy)) == 0;
		copy.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (n = 0; n < thing.n; n += stride)
		taken += fn(w, bytes_of(copy.p, n)) == 0;
	is_int(taken, 0, "%s: nothing damaged is taken (%zu bytes)", what,
	    thing.n);
	buf_free(&copy);
}

static int
try_package(struct world *w, struct bytes package)
{
	struct mls_package p;
	int err;

	err = mls_package_parse(package, &p);
	return err != 0 ? err : mls_package_check(&w->env, &p);
}

static int
try_welcome(struct world *w, struct bytes welcome)
{
	struct mls_join_ask ask = { .private = buf_view(&w->p[3].private),
		.signer = w->p[3].signer, .welcome = welcome };
	struct mls_group *g;
	int err;

	err = mls_join_welcome(&w->env, &ask, &g, NULL);
	mls_group_free(g);
	return err;
}

static int
try_info(struct world *w, struct bytes info)
{
	struct mls_external_ask ask = { .group_info = info,
		.self = world_self(w, 3), .remove = MLS_NONE };
	struct mls_made made;
	int err;

	err = mls_external_join(&w->env, &ask, &made);
	mls_made_free(&made);
	return err;
}

static void
test_things(size_t stride)
{
	struct bytes package;
	struct mls_commit_ask ask = { .add = &package, .n_add = 1 };
	struct buf info = { 0 };
	struct mls_made made;
	struct world w;

	three(&w);
	package = world_package(&w, 3);
	flip_thing(&w, package, stride, try_package, "KeyPackage");
	world_must(mls_commit_make(&w.env, w.p[0].g, &ask, &made), "commit");
	flip_thing(&w, buf_view(&made.welcome), stride * 7, try_welcome,
	    "Welcome");
	world_must(mls_info_make(&w.env, w.p[0].g, true, true, &info),
	    "info");
	flip_thing(&w, buf_view(&info), stride * 7, try_info, "GroupInfo");
	mls_made_free(&made);
	buf_free(&info);
	world_end(&w);
}

/* An insider with all keys of the epoch seals under any generation. */
static void
forge(struct world *w, uint32_t leaf, uint32_t generation, const uint8_t *key,
    struct buf *out)
{
	const struct mls_group *g = w->p[0].g;
	struct mls_frame_ask ask = { .wire = MLS_WIRE_PRIVATE,
		.group_id = mls_group_id(g), .epoch = mls_group_epoch(g),
		.sender_type = MLS_MEMBER, .sender = leaf,
		.type = MLS_APPLICATION, .body = mls_text("forged") };
	struct secret_key secret = { 0 };
	struct mls_frame f;

	buf_clear(out);
	if (generation < MLS_SKIP_MAX)
		world_must(secret_tree_find(&g->secrets, leaf,
		    SECRET_APPLICATION, generation, &secret), "find");
	world_must(mls_frame_make(&ask, mls_group_context(g), key, &f),
	    "frame");
	world_must(mls_private_seal(g->suite, &w->rng, &f,
	    g->keys->epoch.sender_data, generation, &secret, 0, out), "seal");
	mls_frame_free(&f);
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
test_forged(void)
{
	struct buf message = { 0 }, before = { 0 }, after = { 0 };
	struct mls_received r;
	struct world w;
	double start;
	int i;

	three(&w);
	world_state(&w, 1, &before);
	forge(&w, 2, 5, w.p[0].signer, &message);
	is_int(mls_message_open(&w.env, w.p[1].g, buf_view(&message), &r),
	    ERR_SIGN, "a member in another's name (T39)");
	/* a thief of all that person 1 has writes to person 1 */
	forge(&w, 0, 5, w.p[1].signer, &message);
	is_int(mls_message_open(&w.env, w.p[1].g, buf_view(&message), &r),
	    ERR_SIGN, "whoever has stolen my keys is nobody else to me (T27)");
	mls_received_free(&r);
	forge(&w, 1, 5, w.p[0].signer, &message);
	is_int(mls_message_open(&w.env, w.p[1].g, buf_view(&message), &r),
	    ERR_STATE, "our own name");
	forge(&w, 3, 5, w.p[0].signer, &message);
	is_int(mls_message_open(&w.env, w.p[1].g, buf_view(&message), &r),
	    ERR_RULE, "a blank leaf");
	forge(&w, 99999, UINT32_MAX, w.p[0].signer, &message);
	is_int(mls_message_open(&w.env, w.p[1].g, buf_view(&message), &r),
	    ERR_RULE, "a leaf outside the tree");
	forge(&w, 0, UINT32_MAX, w.p[0].signer, &message);
	start = seconds();
	for (i = 0; i < 100; i++)
		if (mls_message_open(&w.env, w.p[1].g, buf_view(&message),
		    &r) != ERR_BIG)
			break;
	is_int(i, 100, "a skip bomb is refused");
	forge(&w, 0, MLS_SKIP_MAX + 2, w.p[0].signer, &message);
	is_int(mls_message_open(&w.env, w.p[1].g, buf_view(&message), &r),
	    ERR_BIG, "so is one step too far ahead (T23)");
	ok(seconds() - start < 5.0, "before any work");
	world_state(&w, 1, &after);
	ok(bytes_same(buf_view(&before), buf_view(&after)), "without a trace");
	buf_free(&message);
	buf_free(&before);
	buf_free(&after);
	world_end(&w);
}

/* Each way out of order inside an epoch; the lost ones stay lost. */
static void
test_order(void)
{
	enum { N = 200 };
	static struct buf message[N];
	struct mls_received r;
	size_t i, k, got = 0, again = 0;
	struct buf order = { 0 };
	struct world w;

	three(&w);
	for (i = 0; i < N; i++) {
		message[i] = (struct buf){ 0 };
		world_must(mls_message_seal(&w.env, w.p[0].g, mls_text(""),
		    bytes_of(&i, sizeof i), 0, &message[i]), "seal");
		buf_u8(&order, (uint8_t)i);
	}
	for (i = N - 1; i > 0; i--) {
		k = rng_below(&w.rng, (uint32_t)i + 1);
		uint8_t t = order.p[i];

		order.p[i] = order.p[k];
		order.p[k] = t;
	}
	for (i = 0; i < N; i++) {
		k = order.p[i];
		if (k % 7 == 0)
			continue; /* lost */
		if (i % 20 == 0)
			world_reload(&w, 1);
		if (mls_message_open(&w.env, w.p[1].g, buf_view(&message[k]),
		    &r) != 0)
			continue;
		got += r.plain.n == sizeof k &&
		    memcmp(r.plain.p, &k, sizeof k) == 0;
		mls_received_free(&r);
		again += mls_message_open(&w.env, w.p[1].g,
		    buf_view(&message[k]), &r) != ERR_REPLAY;
	}
	is_int(got, N - (N + 6) / 7, "any order, some lost (T22)");
	is_int(again, 0, "and each only once, restarts or not (T21)");
	for (i = 0; i < N; i++)
		buf_free(&message[i]);
	buf_free(&order);
	world_end(&w);
}

static int
no_one(void *arg, const struct mls_leaf *leaf, const struct mls_leaf *before)
{
	(void)arg;
	(void)before;
	return bytes_same(leaf->credential.body, mls_text("person 3")) ?
	    ERR_DENIED : 0;
}

static void
test_judge(void)
{
	struct bytes package;
	struct mls_commit_ask ask = { .add = &package, .n_add = 1 };
	struct mls_env strict;
	struct buf before = { 0 }, after = { 0 };
	struct mls_received r;
	struct mls_made made, none;
	struct mls_group *g;
	struct mls_join_ask join;
	struct world w;

	three(&w);
	strict = w.env;
	strict.judge = no_one;
	package = world_package(&w, 3);
	is_int(mls_commit_make(&strict, w.p[0].g, &ask, &none), ERR_DENIED,
	    "the judge's word holds when adding");
	world_must(mls_commit_make(&w.env, w.p[0].g, &ask, &made), "commit");
	world_state(&w, 1, &before);
	is_int(mls_message_open(&strict, w.p[1].g, buf_view(&made.message),
	    &r), ERR_DENIED, "when following");
	world_state(&w, 1, &after);
	ok(bytes_same(buf_view(&before), buf_view(&after)), "without a trace");
	join = (struct mls_join_ask){ .private = buf_view(&w.p[3].private),
		.signer = w.p[3].signer, .welcome = buf_view(&made.welcome) };
	is_int(mls_join_welcome(&strict, &join, &g, NULL), ERR_DENIED,
	    "and when joining");
	join.signer = w.p[2].signer;
	is_int(mls_join_welcome(&w.env, &join, &g, NULL), ERR_KEY,
	    "a Welcome needs the leaf's signature key");
	join.private = buf_view(&w.p[2].private);
	is_int(mls_join_welcome(&w.env, &join, &g, NULL), ERR_NONE,
	    "and the KeyPackage it was made for");
	mls_made_free(&made);
	buf_free(&before);
	buf_free(&after);
	world_end(&w);
}

static void
test_lifetime(void)
{
	struct bytes package;
	struct mls_commit_ask ask = { .add = &package, .n_add = 1 };
	struct mls_env late;
	struct mls_made made;
	struct mls_package p;
	struct world w;

	three(&w);
	late = w.env;
	late.now = WORLD_NOW + 1001;
	package = world_package(&w, 3);
	world_must(mls_package_parse(package, &p), "parse");
	is_int(mls_package_check(&late, &p), ERR_EXPIRED,
	    "an expired KeyPackage");
	late.now = WORLD_NOW - 11;
	is_int(mls_package_check(&late, &p), ERR_EXPIRED, "one of tomorrow");
	is_int(mls_commit_make(&late, w.p[0].g, &ask, &made), ERR_EXPIRED,
	    "is not added");
	late.now = WORLD_NOW;
	late.lifetime_max = 1009;
	is_int(mls_package_check(&late, &p), ERR_RANGE, "one that lives long");
	world_end(&w);
}

/* A damaged store is an error, whatever byte it is. */
static void
test_store(void)
{
	struct buf saved = { 0 };
	struct mls_group *g;
	struct world w;
	size_t n, taken = 0;

	three(&w);
	world_state(&w, 1, &saved);
	for (n = 0; n < saved.n; n++) {
		taken += mls_group_restore(bytes_of(saved.p, n), &g) == 0;
		mls_group_free(g);
	}
	is_int(taken, 0, "a store that was cut is refused");
	for (n = 0; n < saved.n; n++) {
		saved.p[n] ^= 0xff; /* may load: nothing here is signed */
		if (mls_group_restore(buf_view(&saved), &g) == 0)
			mls_group_free(g);
		saved.p[n] ^= 0xff;
	}
	is_int(mls_group_restore(buf_view(&saved), &g), 0, "the whole loads");
	mls_group_free(g);
	buf_free(&saved);
	world_end(&w);
}

int
main(void)
{
	const struct mls_suite *suite;
	size_t i, stride;

	world_must(seal_start(), "start");
	for (i = 0; (suite = mls_suite_at(i)) != NULL; i++) {
		note("suite 0x%04x", suite->id);
		suite_id = suite->id;
		stride = suite->id == MLS_SUITE_X25519 ? 1 : 13;
		test_flips(stride);
		test_things(stride);
		test_forged();
		test_order();
		test_judge();
		test_lifetime();
		test_store();
	}
	return done();
}
