/* SPDX-License-Identifier: ISC */
/*
 * floor: mls
 * Random walks: people come, go, update, propose and talk in random order in
 * both suites; after each step all agree, and each is saved and loaded between
 * any two. A second walk grows a group to 50. A third loses commits: stages
 * are dropped, made again, and only one of two rivals wins.
 */
#include "mls_world.h"
#include "tap.h"

#define PEOPLE 14
#define STEPS 40

static void
step_add(struct world *w)
{
	struct bytes package[3];
	size_t who[3], n = 0, most = 1 + rng_below(&w->rng, 3), i;
	struct mls_commit_ask ask = { .add = package };

	for (i = 0; i < w->n && n < most; i++)
		if (w->p[i].g == NULL)
			who[n++] = i;
	for (i = 0; i < n; i++)
		package[i] = world_package(w, who[i]);
	ask.n_add = n;
	ask.path = rng_below(&w->rng, 2) == 0;
	ask.no_tree = rng_below(&w->rng, 2) == 0;
	if (n > 0)
		world_commit(w, world_some(w, true), &ask, who, n);
}

static void
step_remove(struct world *w)
{
	size_t who = world_some(w, true), whom = world_some(w, true);

	if (who != whom)
		world_remove(w, who, whom);
}

/* Some propose, somebody else commits it all. */
static void
step_propose(struct world *w)
{
	struct mls_propose_ask update = { .type = MLS_UPDATE };
	struct mls_psk_ask psk = { .type = MLS_PSK_EXTERNAL,
		.id = mls_text("psk3") };
	struct mls_propose_ask inject = { .type = MLS_PSK, .psk = &psk };
	uint8_t ref[WORLD_MAX][MLS_NH_MAX];
	struct bytes refs[WORLD_MAX];
	struct mls_commit_ask ask = { .ref = refs };
	size_t committer = world_some(w, true), i, n = 0;

	for (i = 0; i < w->n; i++) {
		if (w->p[i].g == NULL || rng_below(&w->rng, 3) != 0)
			continue;
		world_propose(w, i, i == committer ? &inject : &update,
		    ref[n]);
		refs[n] = bytes_of(ref[n], w->suite->nh);
		n++;
	}
	ask.n_ref = n;
	world_commit(w, committer, &ask, NULL, 0);
}

static void
step_external(struct world *w)
{
	struct buf info = { 0 }, tree = { 0 };
	size_t who = rng_below(&w->rng, (uint32_t)w->n), from;
	struct mls_external_ask ask = { .self = world_self(w, who),
		.remove = MLS_NONE };
	struct mls_made made;

	from = world_some(w, true);
	if (w->p[who].g != NULL)
		ask.remove = mls_group_self(w->p[who].g);
	world_must(mls_info_make(&w->env, w->p[from].g, false, true, &info),
	    "info");
	mls_group_tree(w->p[from].g, &tree);
	ask.group_info = buf_view(&info);
	ask.tree = buf_view(&tree);
	world_must(mls_external_join(&w->env, &ask, &made), "external");
	world_leave(w, who);
	world_deliver(w, who, buf_view(&made.message));
	w->p[who].g = mls_external_take(&made);
	buf_free(&info);
	buf_free(&tree);
}

static void
step(struct world *w)
{
	size_t members = world_members(w);

	w->public_message = rng_below(&w->rng, 4) == 0;
	switch (rng_below(&w->rng, 8)) {
	case 0:
	case 1:
	case 2:
		step_add(w);
		break;
	case 3:
		if (members > 2)
			step_remove(w);
		break;
	case 4:
		world_update(w, world_some(w, true));
		break;
	case 5:
		step_propose(w);
		break;
	case 6:
		if (members > 1)
			step_external(w);
		break;
	default:
		world_talk(w);
		break;
	}
}

static void
walk(uint16_t suite, uint64_t seed, unsigned steps)
{
	struct world w;
	bool agree = true;
	unsigned i;

	world_start(&w, suite, seed);
	for (i = 0; i < PEOPLE; i++)
		world_person(&w);
	w.reload = true;
	world_create(&w, 0, bytes_of(NULL, 0));
	for (i = 0; i < steps && agree; i++) {
		step(&w);
		agree = world_agrees(&w);
	}
	ok(agree, "suite %04x, seed %u: %u steps, %u loads", suite,
	    (unsigned)seed, i, w.steps);
	world_end(&w);
}

static void
grow(uint16_t suite)
{
	struct world w;
	size_t i;

	world_start(&w, suite, 99);
	for (i = 0; i < 50; i++)
		world_person(&w);
	world_create(&w, 0, bytes_of(NULL, 0));
	for (i = 1; i < 50; i++)
		world_add(&w, rng_below(&w.rng, (uint32_t)i), i);
	ok(world_agrees(&w), "suite %04x: fifty, one after another", suite);
	for (i = 0; i < 20; i++)
		world_update(&w, world_some(&w, true));
	for (i = 0; i < 48; i++) {
		size_t whom = world_some(&w, true), who;

		do
			who = world_some(&w, true);
		while (who == whom);
		world_remove(&w, who, whom);
	}
	ok(world_agrees(&w), "suite %04x: and two again", suite);
	world_talk(&w);
	world_end(&w);
}

/* Two commit at once; the relay takes one, the other drops its stage. */
static void
rivals(uint16_t suite)
{
	struct mls_commit_ask ask = { 0 };
	struct mls_made made[2];
	struct mls_received r;
	struct world w;
	unsigned i;

	world_start(&w, suite, 5);
	for (i = 0; i < 4; i++)
		world_person(&w);
	world_create(&w, 0, bytes_of(NULL, 0));
	for (i = 1; i < 4; i++)
		world_add(&w, 0, i);
	for (i = 0; i < 30; i++) {
		size_t win = i % 2, lose = 1 - win;

		world_must(mls_commit_make(&w.env, w.p[0].g, &ask, &made[0]),
		    "commit");
		world_must(mls_commit_make(&w.env, w.p[1].g, &ask, &made[1]),
		    "commit");
		world_reload(&w, lose);
		world_deliver(&w, win, buf_view(&made[win].message));
		world_must(mls_stage_apply(w.p[win].g, made[win].stage),
		    "apply");
		made[win].stage = NULL;
		if (mls_stage_apply(w.p[lose].g, made[lose].stage) !=
		    ERR_EPOCH || mls_message_open(&w.env, w.p[2].g,
		    buf_view(&made[lose].message), &r) != ERR_EPOCH)
			bail("the loser was taken too");
		mls_made_free(&made[0]);
		mls_made_free(&made[1]);
	}
	ok(world_agrees(&w), "suite %04x: one of two commits wins, 30 times",
	    suite);
	world_talk(&w);
	world_end(&w);
}

static void
test_all(uint16_t suite)
{
	for (uint64_t seed = 1; seed <= 5; seed++)
		walk(suite, seed, STEPS);
	grow(suite);
	rivals(suite);
}

int
main(void)
{
	world_suites(test_all);
	return done();
}
