/* SPDX-License-Identifier: ISC */
/*
 * floor: mls
 * Groups that continue others (RFC 9420 11.2, 11.3): branches of some of the
 * members, and reinitialization with another suite, linked by resumption PSKs.
 */
#include "mls_world.h"
#include "tap.h"

#define SEED 7

static const struct mls_group *
old_group(void *arg, struct bytes id)
{
	const struct mls_group *const *old = arg;

	return *old != NULL && bytes_same(mls_group_id(*old), id) ? *old : NULL;
}

/* Person 0 makes the new group `fresh` out of everybody's old one. */
static int
relink(struct world *w, enum mls_psk_usage usage, struct mls_group *fresh,
    size_t n, struct mls_group **joined)
{
	struct bytes package[4];
	struct mls_group *old = w->p[1].g;
	struct mls_env env = w->env;
	struct mls_made made;
	struct mls_join_ask ask;
	size_t i;
	int err;

	for (i = 1; i < n; i++)
		package[i - 1] = world_package(w, i);
	err = mls_branch_make(&w->env, fresh, w->p[0].g, usage, package,
	    n - 1, &made);
	if (err != 0)
		return err;
	ask = (struct mls_join_ask){ .private = buf_view(&w->p[1].private),
		.signer = w->p[1].signer, .welcome = buf_view(&made.welcome) };
	is_int(mls_join_welcome(&env, &ask, joined, NULL), ERR_NONE,
	    "who does not know the old group can't join");
	env.group = old_group;
	env.arg = &old;
	err = mls_join_welcome(&env, &ask, joined, NULL);
	if (err == 0)
		err = mls_stage_apply(fresh, made.stage);
	made.stage = NULL;
	mls_made_free(&made);
	return err;
}

static void
test_branch(uint16_t suite)
{
	struct mls_group_ask ask = { .group_id = mls_text("branch"),
		.not_after = WORLD_NOW + 1000 };
	struct mls_group *fresh, *joined;
	struct world w;

	world_three(&w, suite, SEED, 3);
	ask.suite = suite;
	ask.self = world_self(&w, 0);
	world_must(mls_group_create(&w.env, &ask, &fresh), "create");
	world_must(relink(&w, MLS_USE_BRANCH, fresh, 2, &joined), "branch");
	ok(bytes_same(mls_group_authenticator(fresh),
	    mls_group_authenticator(joined)), "two of three branch off");
	mls_group_free(fresh);
	mls_group_free(joined);
	world_end(&w);
}

static void
test_reinit(uint16_t suite)
{
	uint16_t other = suite == MLS_SUITE_X25519 ? MLS_SUITE_XWING :
	    MLS_SUITE_X25519;
	struct mls_reinit reinit = { .group_id = mls_text("next"),
		.version = 1, .suite = other };
	struct mls_commit_ask commit = { .reinit = &reinit };
	struct mls_group_ask ask = { .suite = other,
		.group_id = mls_text("next"), .not_after = WORLD_NOW + 1000 };
	struct mls_group *fresh, *joined;
	struct buf out = { 0 };
	struct mls_reinit seen;
	struct world w;

	world_three(&w, suite, SEED, 3);
	world_commit(&w, 2, &commit, NULL, 0);
	ok(mls_group_closed(w.p[0].g) && mls_group_closed(w.p[2].g),
	    "a ReInit closes the group");
	world_must(mls_group_reinit(w.p[1].g, &seen), "reinit");
	ok(bytes_same(seen.group_id, mls_text("next")) && seen.suite == other,
	    "and says where to go");
	is_int(mls_message_seal(&w.env, w.p[0].g, mls_text(""), mls_text("x"),
	    0, &out), ERR_STATE, "nothing can be sent");
	world_reload(&w, 0);
	world_reload(&w, 1);
	ask.self = world_self(&w, 0);
	w.suite = mls_suite_find(other);
	world_must(mls_group_create(&w.env, &ask, &fresh), "create");
	is_int(relink(&w, MLS_USE_REINIT, fresh, 2, &joined), ERR_RULE,
	    "somebody was left out");
	world_must(relink(&w, MLS_USE_REINIT, fresh, 3, &joined), "reinit");
	ok(bytes_same(mls_group_authenticator(fresh),
	    mls_group_authenticator(joined)), "the next group, other suite");
	mls_group_free(fresh);
	mls_group_free(joined);
	world_end(&w);
}

static void
test_all(uint16_t suite)
{
	test_branch(suite);
	test_reinit(suite);
}

int
main(void)
{
	world_suites(test_all);
	return done();
}
