/* SPDX-License-Identifier: ISC */
/*
 * The world of mls_world.h: people, groups and the wire between them.
 */
#include "mls_world.h"
#include "tap.h"

void
world_must(int err, const char *what)
{
	if (err != 0)
		bail("%s: %s", what, err_text(err));
}

/* A leaf without a name is refused wherever leaves are judged. */
static int
judge(void *arg, const struct mls_leaf *leaf, const struct mls_leaf *before)
{
	(void)arg;
	if (leaf->credential.type != MLS_BASIC || leaf->credential.body.n == 0)
		return ERR_DENIED;
	if (before != NULL && !bytes_same(before->credential.body,
	    leaf->credential.body))
		return ERR_CHANGED;
	return 0;
}

static int
find_psk(void *arg, struct bytes id, struct buf *psk)
{
	(void)arg;
	if (id.n != 4 || memcmp(id.p, "psk", 3) != 0)
		return ERR_NONE;
	buf_zero(psk, 31);
	buf_u8(psk, id.p[3]);
	return 0;
}

void
world_start(struct world *w, uint16_t suite, uint64_t seed)
{
	*w = (struct world){ .suite = mls_suite_find(suite) };
	if (w->suite == NULL)
		bail("no suite 0x%04x", suite);
	w->rng = rng_seed(&w->seeded, seed);
	w->env = (struct mls_env){ .rng = &w->rng, .now = WORLD_NOW,
		.lifetime_max = MLS_LIFETIME_MAX, .judge = judge,
		.psk = find_psk };
}

void
world_people(struct world *w, uint16_t suite, uint64_t seed, size_t people)
{
	world_start(w, suite, seed);
	while (people-- > 0)
		world_person(w);
}

void
world_three(struct world *w, uint16_t suite, uint64_t seed, size_t people)
{
	world_people(w, suite, seed, people);
	world_create(w, 0, bytes_of(NULL, 0));
	world_add(w, 0, 1);
	world_add(w, 1, 2);
}

void
world_suites(void (*test)(uint16_t suite))
{
	const struct mls_suite *suite;
	size_t i;

	world_must(seal_start(), "start");
	for (i = 0; (suite = mls_suite_at(i)) != NULL; i++) {
		note("suite 0x%04x", suite->id);
		test(suite->id);
	}
}

void
world_end(struct world *w)
{
	size_t i;

	for (i = 0; i < w->n; i++) {
		mls_group_free(w->p[i].g);
		buf_free(&w->p[i].package);
		buf_free(&w->p[i].private);
	}
}

size_t
world_person(struct world *w)
{
	struct person *p;

	if (w->n == WORLD_MAX)
		bail("the world is full");
	p = &w->p[w->n];
	sign_keypair(&w->rng, p->public, p->signer);
	snprintf(p->name, sizeof p->name, "person %u", (unsigned)w->n);
	return w->n++;
}

struct mls_self
world_self(struct world *w, size_t i)
{
	static const uint16_t types[] = { WORLD_EXT };

	return (struct mls_self){ .signer = w->p[i].signer,
		.identity = mls_text(w->p[i].name),
		.types = types, .n_types = COUNT(types) };
}

void
world_create(struct world *w, size_t i, struct bytes extensions)
{
	struct mls_group_ask ask = { .suite = w->suite->id,
		.group_id = mls_text("0123456789abcdef"),
		.self = world_self(w, i), .not_before = WORLD_NOW - 10,
		.not_after = WORLD_NOW + 1000, .extensions = extensions };

	world_must(mls_group_create(&w->env, &ask, &w->p[i].g), "create");
}

struct bytes
world_package(struct world *w, size_t i)
{
	struct mls_package_ask ask = { .suite = w->suite->id,
		.self = world_self(w, i), .not_before = WORLD_NOW - 10,
		.not_after = WORLD_NOW + 1000 };

	buf_free(&w->p[i].package);
	buf_free(&w->p[i].private);
	world_must(mls_package_make(&w->env, &ask, &w->p[i].package,
	    &w->p[i].private), "package");
	return buf_view(&w->p[i].package);
}

void
world_state(struct world *w, size_t i, struct buf *out)
{
	buf_clear(out);
	mls_group_save(w->p[i].g, out);
	world_must(out->err, "save");
}

void
world_reload(struct world *w, size_t i)
{
	struct buf epoch = { 0 }, ratchets = { 0 }, again = { 0 };
	struct mls_group *g;

	mls_group_save_epoch(w->p[i].g, &epoch);
	mls_group_save_ratchets(w->p[i].g, &ratchets);
	world_must(mls_group_load(buf_view(&epoch), buf_view(&ratchets), &g),
	    "load");
	mls_group_save_epoch(g, &again);
	if (!bytes_same(buf_view(&again), buf_view(&epoch)))
		bail("the epoch part saves otherwise after loading");
	buf_free(&again);
	mls_group_save_ratchets(g, &again);
	if (!bytes_same(buf_view(&again), buf_view(&ratchets)))
		bail("the ratchet part saves otherwise after loading");
	if (!bytes_same(mls_group_context(g), mls_group_context(w->p[i].g)))
		bail("another context after loading");
	mls_group_free(w->p[i].g);
	w->p[i].g = g;
	buf_free(&epoch);
	buf_free(&ratchets);
	buf_free(&again);
}

static void
touch(struct world *w, size_t i)
{
	w->steps++;
	if (w->reload && w->p[i].g != NULL)
		world_reload(w, i);
}

void
world_leave(struct world *w, size_t i)
{
	mls_group_free(w->p[i].g);
	w->p[i].g = NULL;
}

static void
take_stage(struct world *w, size_t i, struct mls_stage *stage)
{
	bool removed = stage->removed;

	world_must(mls_stage_apply(w->p[i].g, stage), "apply");
	if (removed)
		world_leave(w, i);
	touch(w, i);
}

void
world_deliver(struct world *w, size_t from, struct bytes message)
{
	struct mls_received r;
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (i == from || w->p[i].g == NULL)
			continue;
		world_must(mls_message_open(&w->env, w->p[i].g, message, &r),
		    "open");
		if (r.stage != NULL) {
			take_stage(w, i, r.stage);
			r.stage = NULL;
		}
		mls_received_free(&r);
		touch(w, i);
	}
}

void
world_join(struct world *w, size_t i, struct bytes welcome,
    struct bytes tree)
{
	struct mls_join_ask ask = { .private = buf_view(&w->p[i].private),
		.signer = w->p[i].signer, .welcome = welcome, .tree = tree };

	world_must(mls_join_welcome(&w->env, &ask, &w->p[i].g, NULL), "join");
	touch(w, i);
}

void
world_commit(struct world *w, size_t who, struct mls_commit_ask *ask,
    const size_t *added, size_t n_added)
{
	struct mls_made made;
	struct buf tree = { 0 };
	size_t i;

	ask->public_message = w->public_message;
	world_must(mls_commit_make(&w->env, w->p[who].g, ask, &made),
	    "commit");
	touch(w, who);
	world_deliver(w, who, buf_view(&made.message));
	world_must(mls_stage_apply(w->p[who].g, made.stage), "apply own");
	made.stage = NULL;
	touch(w, who);
	mls_group_tree(w->p[who].g, &tree);
	for (i = 0; i < n_added; i++)
		world_join(w, added[i], buf_view(&made.welcome),
		    ask->no_tree ? buf_view(&tree) : bytes_of(NULL, 0));
	buf_free(&tree);
	mls_made_free(&made);
}

void
world_add(struct world *w, size_t who, size_t whom)
{
	struct bytes package = world_package(w, whom);
	struct mls_commit_ask ask = { .add = &package, .n_add = 1 };

	world_commit(w, who, &ask, &whom, 1);
}

void
world_remove(struct world *w, size_t who, size_t whom)
{
	uint32_t leaf = mls_group_self(w->p[whom].g);
	struct mls_commit_ask ask = { .remove = &leaf, .n_remove = 1 };

	world_commit(w, who, &ask, NULL, 0);
}

void
world_update(struct world *w, size_t who)
{
	struct mls_commit_ask ask = { 0 };

	world_commit(w, who, &ask, NULL, 0);
}

void
world_propose(struct world *w, size_t who, struct mls_propose_ask *ask,
    uint8_t *ref)
{
	struct mls_pending_view view;
	struct buf message = { 0 };
	size_t n = 0;

	ask->public_message = w->public_message;
	world_must(mls_propose(&w->env, w->p[who].g, ask, &message),
	    "propose");
	touch(w, who);
	while (mls_pending_at(w->p[who].g, n, &view) == 0)
		n++;
	world_must(mls_pending_at(w->p[who].g, n - 1, &view), "pending");
	memcpy(ref, view.ref.p, view.ref.n);
	world_deliver(w, who, buf_view(&message));
	buf_free(&message);
}

void
world_talk(struct world *w)
{
	struct buf message = { 0 };
	struct mls_received r;
	size_t from, to;

	for (from = 0; from < w->n; from++) {
		if (w->p[from].g == NULL)
			continue;
		buf_clear(&message);
		world_must(mls_message_seal(&w->env, w->p[from].g,
		    mls_text("ad"), mls_text(w->p[from].name), 0, &message),
		    "seal");
		touch(w, from);
		for (to = 0; to < w->n; to++) {
			if (to == from || w->p[to].g == NULL)
				continue;
			world_must(mls_message_open(&w->env, w->p[to].g,
			    buf_view(&message), &r), "open");
			if (r.type != MLS_APPLICATION || r.sender !=
			    mls_group_self(w->p[from].g) ||
			    !bytes_same(buf_view(&r.aad), mls_text("ad")) ||
			    !bytes_same(buf_view(&r.plain),
			    mls_text(w->p[from].name)))
				bail("a message arrived otherwise");
			mls_received_free(&r);
			touch(w, to);
		}
	}
	buf_free(&message);
}

static bool
same_view(const struct mls_group *a, const struct mls_group *b)
{
	uint8_t x[40], y[40];

	world_must(mls_group_export(a, "world", mls_text("c"), x, sizeof x),
	    "export");
	world_must(mls_group_export(b, "world", mls_text("c"), y, sizeof y),
	    "export");
	return mls_group_epoch(a) == mls_group_epoch(b) &&
	    bytes_same(mls_group_context(a), mls_group_context(b)) &&
	    bytes_same(mls_group_authenticator(a),
	    mls_group_authenticator(b)) && memcmp(x, y, sizeof x) == 0;
}

bool
world_agrees(struct world *w)
{
	const struct mls_group *first = NULL;
	const struct mls_leaf *leaf;
	size_t i, n = 0;

	for (i = 0; i < w->n; i++) {
		if (w->p[i].g == NULL)
			continue;
		n++;
		if (first == NULL)
			first = w->p[i].g;
		leaf = mls_group_leaf(w->p[i].g, mls_group_self(w->p[i].g));
		if (leaf == NULL || !bytes_same(leaf->signature_key,
		    bytes_of(w->p[i].public, SIGN_PUBLIC)) ||
		    !same_view(first, w->p[i].g))
			return false;
	}
	return first != NULL && mls_group_members(first) == n;
}

size_t
world_members(const struct world *w)
{
	size_t i, n = 0;

	for (i = 0; i < w->n; i++)
		n += w->p[i].g != NULL;
	return n;
}

size_t
world_some(struct world *w, bool in)
{
	size_t i;

	do
		i = rng_below(&w->rng, (uint32_t)w->n);
	while ((w->p[i].g != NULL) != in);
	return i;
}
