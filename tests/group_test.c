/* SPDX-License-Identifier: ISC */
/*
 * floor: mls
 * Scenarios in both suites, step by step: every kind of proposal, Welcomes
 * with and without the tree, joining and proposing from outside, PSKs, late
 * messages, stages that survive a restart.
 */
#include "mls_world.h"
#include "tap.h"

#define SEED 7

static void
test_first(uint16_t suite)
{
	struct world w;

	world_people(&w, suite, SEED, 2);
	world_create(&w, 0, bytes_of(NULL, 0));
	is_int(mls_group_epoch(w.p[0].g), 0, "a group starts in epoch 0");
	world_update(&w, 0);
	is_int(mls_group_members(w.p[0].g), 1, "and commits alone");
	world_add(&w, 0, 1);
	ok(world_agrees(&w), "two agree after a Welcome");
	world_talk(&w);
	world_talk(&w);
	world_update(&w, 1);
	ok(world_agrees(&w), "and after an update");
	world_talk(&w);
	world_end(&w);
}

static void
test_adds(uint16_t suite)
{
	struct bytes package[5];
	size_t who[5], i;
	struct mls_commit_ask ask = { .add = package, .n_add = 5 };
	struct world w;

	world_three(&w, suite, SEED, 8);
	for (i = 0; i < 5; i++) {
		who[i] = i + 3;
		package[i] = world_package(&w, who[i]);
	}
	ask.no_tree = true;
	world_commit(&w, 2, &ask, who, 5);
	ok(world_agrees(&w), "five join at once, the tree comes apart");
	world_talk(&w);
	world_remove(&w, 0, 7);
	world_remove(&w, 3, 6);
	world_remove(&w, 3, 2);
	world_remove(&w, 4, 5);
	ok(world_agrees(&w), "four are removed");
	is_int(mls_group_leaves(w.p[0].g), 8, "the tree keeps its width");
	world_remove(&w, 4, 3);
	world_remove(&w, 1, 4);
	is_int(mls_group_leaves(w.p[0].g), 2, "and is cut when half is empty");
	world_add(&w, 1, 4);
	ok(world_agrees(&w), "one comes back");
	world_talk(&w);
	world_end(&w);
}

static void
test_by_reference(uint16_t suite)
{
	struct mls_propose_ask update = { .type = MLS_UPDATE };
	struct mls_propose_ask add = { .type = MLS_ADD };
	struct mls_propose_ask removal = { .type = MLS_REMOVE };
	uint8_t ref[3][MLS_NH_MAX];
	struct bytes refs[3];
	struct mls_commit_ask ask = { .ref = refs, .n_ref = 3 };
	struct mls_self self;
	size_t who = 4, i;
	struct world w;

	world_three(&w, suite, SEED, 5);
	world_add(&w, 2, 3);
	self = world_self(&w, 0);
	update.self = &self;
	world_propose(&w, 0, &update, ref[0]);
	add.add = world_package(&w, who);
	world_propose(&w, 1, &add, ref[1]);
	removal.remove = mls_group_self(w.p[3].g);
	world_propose(&w, 1, &removal, ref[2]);
	for (i = 0; i < 3; i++)
		refs[i] = bytes_of(ref[i], w.suite->nh);
	world_commit(&w, 2, &ask, &who, 1);
	ok(world_agrees(&w), "update, add and remove by reference");
	ok(w.p[3].g == NULL, "the removed one is out");
	world_talk(&w);
	update.self = NULL;
	world_propose(&w, 4, &update, ref[0]);
	ask.n_ref = 1;
	world_commit(&w, 0, &ask, NULL, 0);
	ok(world_agrees(&w), "an update that keeps the leaf's look");
	world_update(&w, 4);
	world_talk(&w);
	world_end(&w);
}

static void
test_new_key(uint16_t suite)
{
	struct mls_commit_ask ask = { 0 };
	struct mls_propose_ask update = { .type = MLS_UPDATE };
	struct mls_commit_ask take = { .n_ref = 1 };
	uint8_t ref[MLS_NH_MAX];
	struct bytes refs;
	struct mls_self self;
	struct world w;

	world_three(&w, suite, SEED, 3);
	sign_keypair(&w.rng, w.p[1].public, w.p[1].signer);
	self = world_self(&w, 1);
	ask.self = &self;
	world_commit(&w, 1, &ask, NULL, 0);
	ok(world_agrees(&w), "a commit with a new signature key");
	world_talk(&w);
	sign_keypair(&w.rng, w.p[2].public, w.p[2].signer);
	self = world_self(&w, 2);
	update.self = &self;
	world_propose(&w, 2, &update, ref);
	refs = bytes_of(ref, w.suite->nh);
	take.ref = &refs;
	world_commit(&w, 0, &take, NULL, 0);
	ok(world_agrees(&w), "an update with a new signature key");
	world_talk(&w);
	world_end(&w);
}

static void
test_extensions(uint16_t suite)
{
	struct buf list = { 0 };
	struct mls_commit_ask ask = { .set_extensions = true };
	struct mls_made made;
	struct world w;

	world_three(&w, suite, SEED, 3);
	mls_ext_put(&list, WORLD_EXT, mls_text("roles"));
	ask.extensions = buf_view(&list);
	world_commit(&w, 1, &ask, NULL, 0);
	ok(bytes_same(mls_group_extensions(w.p[2].g), buf_view(&list)),
	    "all see the new group extensions");
	ok(world_agrees(&w), "and agree");
	mls_ext_put(&list, 0xf0a2, mls_text("x"));
	ask.extensions = buf_view(&list);
	is_int(mls_commit_make(&w.env, w.p[1].g, &ask, &made), ERR_RULE,
	    "an extension that somebody does not know is refused");
	buf_free(&list);
	world_end(&w);
}

static void
test_psk(uint16_t suite)
{
	struct mls_psk_ask psk[2] = {
		{ .type = MLS_PSK_EXTERNAL, .id = mls_text("psk7") },
		{ .type = MLS_PSK_RESUMPTION, .usage = MLS_USE_APPLICATION },
	};
	struct mls_commit_ask ask = { .psk = psk, .n_psk = 2 };
	struct bytes package;
	struct mls_made made;
	size_t who = 3;
	struct world w;

	world_three(&w, suite, SEED, 4);
	psk[1].id = mls_group_id(w.p[0].g);
	psk[1].epoch = mls_group_epoch(w.p[0].g);
	world_commit(&w, 0, &ask, NULL, 0);
	ok(world_agrees(&w), "an external and a resumption PSK, no path");
	package = world_package(&w, who);
	ask.add = &package;
	ask.n_add = 1;
	ask.n_psk = 1;
	ask.path = true;
	world_commit(&w, 2, &ask, &who, 1);
	ok(world_agrees(&w), "a PSK in a Welcome");
	psk[0].id = mls_text("none");
	ask.n_add = 0;
	is_int(mls_commit_make(&w.env, w.p[0].g, &ask, &made), ERR_NONE,
	    "an unknown PSK");
	world_talk(&w);
	world_end(&w);
}

static void
external_join(struct world *w, size_t from, size_t who, uint32_t removes)
{
	struct mls_external_ask ask = { .self = world_self(w, who),
		.remove = removes };
	struct buf info = { 0 };
	struct mls_made made;

	world_must(mls_info_make(&w->env, w->p[from].g, true, true, &info),
	    "info");
	ask.group_info = buf_view(&info);
	world_must(mls_external_join(&w->env, &ask, &made), "external");
	world_leave(w, who);
	world_deliver(w, who, buf_view(&made.message));
	w->p[who].g = mls_external_take(&made);
	buf_free(&info);
}

static void
test_external(uint16_t suite)
{
	struct world w;

	world_three(&w, suite, SEED, 5);
	external_join(&w, 1, 3, MLS_NONE);
	ok(world_agrees(&w), "one joins by its own commit");
	world_talk(&w);
	external_join(&w, 0, 2, mls_group_self(w.p[2].g));
	ok(world_agrees(&w), "one comes back, its old leaf removed");
	world_talk(&w);
	external_join(&w, 2, 4, MLS_NONE);
	world_update(&w, 4);
	world_update(&w, 0);
	ok(world_agrees(&w), "and all go on");
	world_talk(&w);
	world_end(&w);
}

/* external_senders with one sender of this key */
static void
put_senders(struct buf *list, const uint8_t *key)
{
	struct mls_credential credential = { MLS_BASIC, mls_text("service") };
	struct buf data = { 0 };
	size_t mark = mls_vector_open(&data);

	mls_put_vector(&data, bytes_of(key, SIGN_PUBLIC));
	mls_credential_put(&data, &credential);
	mls_vector_close(&data, mark);
	mls_ext_put(list, MLS_EXT_EXTERNAL_SENDERS, buf_view(&data));
	buf_free(&data);
}

static void
send_outside(struct world *w, uint32_t index, const uint8_t *signer,
    struct mls_propose_ask *ask, struct buf *message)
{
	struct buf proposal = { 0 };

	buf_clear(message);
	world_must(mls_proposal_make(&w->env, w->suite->id, ask, &proposal),
	    "proposal");
	world_must(mls_propose_outside(w->suite->id,
	    mls_group_id(w->p[0].g), mls_group_epoch(w->p[0].g), index,
	    signer, buf_view(&proposal), message), "outside");
	buf_free(&proposal);
}

static void
test_outside(uint16_t suite)
{
	uint8_t public[SIGN_PUBLIC], secret[SIGN_SECRET];
	struct buf list = { 0 }, message = { 0 };
	struct mls_propose_ask removal = { .type = MLS_REMOVE, .remove = 2 };
	struct mls_propose_ask add = { .type = MLS_ADD };
	struct mls_pending_view view[2];
	struct bytes refs[2];
	struct mls_commit_ask ask = { .ref = refs, .n_ref = 2 };
	struct mls_received r;
	size_t who = 3;
	struct world w;

	world_people(&w, suite, SEED, 4);
	sign_keypair(&w.rng, public, secret);
	put_senders(&list, public);
	world_create(&w, 0, buf_view(&list));
	world_add(&w, 0, 1);
	world_add(&w, 0, 2);
	send_outside(&w, 0, secret, &removal, &message);
	world_deliver(&w, WORLD_MAX, buf_view(&message));
	is_int(mls_message_open(&w.env, w.p[0].g, buf_view(&message), &r),
	    ERR_REPLAY, "a proposal that waits already");
	add.add = world_package(&w, who);
	send_outside(&w, MLS_NONE, w.p[who].signer, &add, &message);
	world_deliver(&w, WORLD_MAX, buf_view(&message));
	send_outside(&w, MLS_NONE, w.p[0].signer, &add, &message);
	is_int(mls_message_open(&w.env, w.p[0].g, buf_view(&message), &r),
	    ERR_SIGN, "somebody else's Add of a newcomer");
	send_outside(&w, 1, secret, &removal, &message);
	is_int(mls_message_open(&w.env, w.p[0].g, buf_view(&message), &r),
	    ERR_NONE, "an external sender that is not listed");
	world_must(mls_pending_at(w.p[1].g, 0, &view[0]), "pending");
	world_must(mls_pending_at(w.p[1].g, 1, &view[1]), "pending");
	ok(view[0].sender_type == MLS_EXTERNAL && view[0].removed == 2 &&
	    view[1].sender_type == MLS_NEW_PROPOSAL, "both wait");
	refs[0] = view[0].ref;
	refs[1] = view[1].ref;
	world_commit(&w, 1, &ask, &who, 1);
	ok(world_agrees(&w) && w.p[2].g == NULL, "and are committed");
	world_talk(&w);
	buf_free(&list);
	buf_free(&message);
	world_end(&w);
}

static void
test_late(uint16_t suite)
{
	struct buf message = { 0 };
	struct mls_received r;
	struct world w;

	world_three(&w, suite, SEED, 3);
	world_must(mls_message_seal(&w.env, w.p[0].g, mls_text(""),
	    mls_text("late"), 0, &message), "seal");
	mls_group_keep(w.p[2].g, 0);
	world_update(&w, 1);
	world_must(mls_message_open(&w.env, w.p[1].g, buf_view(&message), &r),
	    "late");
	ok(bytes_same(buf_view(&r.plain), mls_text("late")) &&
	    r.epoch + 1 == mls_group_epoch(w.p[1].g),
	    "a message of the epoch before");
	mls_received_free(&r);
	world_reload(&w, 1);
	is_int(mls_message_open(&w.env, w.p[1].g, buf_view(&message), &r),
	    ERR_REPLAY, "but once only");
	is_int(mls_message_open(&w.env, w.p[2].g, buf_view(&message), &r),
	    ERR_EPOCH, "and not where nothing is kept");
	buf_free(&message);
	world_end(&w);
}

static void
test_stage(uint16_t suite)
{
	struct mls_commit_ask ask = { 0 };
	struct buf before = { 0 }, after = { 0 }, saved = { 0 };
	struct mls_stage *stage;
	struct mls_made made;
	struct world w;

	world_three(&w, suite, SEED, 3);
	ask.public_message = true;
	world_state(&w, 0, &before);
	world_must(mls_commit_make(&w.env, w.p[0].g, &ask, &made), "commit");
	world_state(&w, 0, &after);
	ok(bytes_same(buf_view(&before), buf_view(&after)),
	    "making a public commit leaves the group as it was");
	mls_stage_save(made.stage, &saved);
	world_must(mls_stage_load(buf_view(&saved), &stage), "stage");
	world_deliver(&w, 0, buf_view(&made.message));
	world_must(mls_stage_apply(w.p[0].g, stage), "apply");
	ok(world_agrees(&w), "a stage applied after a restart");
	is_int(mls_stage_apply(w.p[0].g, made.stage), ERR_EPOCH,
	    "the same stage does not fit twice");
	mls_made_free(&made);
	buf_free(&before);
	buf_free(&after);
	buf_free(&saved);
	world_end(&w);
}

static void
test_size(uint16_t suite)
{
	struct buf message = { 0 };
	struct mls_received r;
	size_t size, wrong = 0, odd = 0;
	struct world w;

	world_three(&w, suite, SEED, 3);
	for (size = 250; size < 1200; size++) {
		buf_clear(&message);
		world_must(mls_message_seal(&w.env, w.p[0].g, mls_text(""),
		    mls_text("hello"), size, &message), "seal");
		wrong += message.n > size || message.n + 2 < size;
		odd += message.n != size;
		world_must(mls_message_open(&w.env, w.p[1].g,
		    buf_view(&message), &r), "open");
		wrong += r.plain.n != 5;
		mls_received_free(&r);
	}
	is_int(wrong, 0, "padded to any size");
	is_int(odd, 0, "to the byte");
	buf_clear(&message);
	is_int(mls_message_seal(&w.env, w.p[0].g, mls_text(""),
	    mls_text("hello"), 100, &message), ERR_BIG, "too small a size");
	buf_free(&message);
	world_end(&w);
}

static void
test_all(uint16_t suite)
{
	test_first(suite);
	test_adds(suite);
	test_by_reference(suite);
	test_new_key(suite);
	test_extensions(suite);
	test_psk(suite);
	test_external(suite);
	test_outside(suite);
	test_late(suite);
	test_stage(suite);
	test_size(suite);
}

int
main(void)
{
	world_suites(test_all);
	return done();
}
