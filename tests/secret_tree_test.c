/* SPDX-License-Identifier: ISC */
/*
 * The secret tree: finding changes nothing, using forgets; skipped keys are
 * kept within bounds; whatever was consumed is nowhere in what is saved.
 */
#include "mls_epoch.h"
#include "tap.h"

#define LEAVES 16

static const struct mls_suite *suite;
static uint8_t root[MLS_NH_MAX];

static void
start(struct secret_tree *t)
{
	memset(root, 0x5a, sizeof root);
	secret_tree_start(t, suite, LEAVES, root);
}

static void
state(const struct secret_tree *t, struct buf *b)
{
	buf_clear(b);
	secret_tree_save(t, b);
}

static bool
contains(const struct buf *b, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i + n <= b->n; i++)
		if (memcmp(b->p + i, p, n) == 0)
			return true;
	return false;
}

static void
test_find(void)
{
	struct buf before = { 0 }, after = { 0 };
	struct secret_key a, b;
	struct secret_tree t;
	int err = 0;
	uint32_t i;

	start(&t);
	state(&t, &before);
	for (i = 0; i < 20; i++)
		err |= secret_tree_find(&t, i % LEAVES, SECRET_APPLICATION, i,
		    &a);
	state(&t, &after);
	is_int(err, 0, "keys are found");
	ok(bytes_same(buf_view(&before), buf_view(&after)),
	    "which changes nothing");
	err = secret_tree_find(&t, 3, SECRET_APPLICATION, 4, &a);
	err |= secret_tree_use(&t, 3, SECRET_APPLICATION, 7);
	err |= secret_tree_find(&t, 3, SECRET_APPLICATION, 4, &b);
	ok(err == 0 && memcmp(&a, &b, sizeof a) == 0,
	    "a skipped key is the one that was found before");
	err = secret_tree_find(&t, 3, SECRET_HANDSHAKE, 4, &b);
	ok(err == 0 && memcmp(&a, &b, sizeof a) != 0,
	    "handshakes have their own");
	buf_free(&before);
	buf_free(&after);
	secret_tree_free(&t);
}

static void
test_forget(void)
{
	struct buf saved = { 0 };
	struct secret_key used, kept;
	struct secret_tree t;
	int err;

	start(&t);
	state(&t, &saved);
	ok(contains(&saved, root, suite->nh), "the root is there at first");
	err = secret_tree_find(&t, 5, SECRET_APPLICATION, 2, &used);
	err |= secret_tree_find(&t, 5, SECRET_APPLICATION, 1, &kept);
	err |= secret_tree_use(&t, 5, SECRET_APPLICATION, 2);
	state(&t, &saved);
	is_int(err, 0, "one is used");
	ok(!contains(&saved, root, suite->nh), "then the root is gone (T33)");
	ok(!contains(&saved, used.key, sizeof used.key),
	    "and the key (T33)");
	ok(contains(&saved, kept.key, sizeof kept.key),
	    "the skipped one is kept");
	is_int(secret_tree_find(&t, 5, SECRET_APPLICATION, 2, &used),
	    ERR_REPLAY, "once");
	is_int(secret_tree_use(&t, 5, SECRET_APPLICATION, 1), 0, "it is used");
	is_int(secret_tree_use(&t, 5, SECRET_APPLICATION, 1), ERR_REPLAY,
	    "and gone");
	is_int(secret_tree_find(&t, 4, SECRET_APPLICATION, 0, &used), 0,
	    "others are not affected");
	buf_free(&saved);
	secret_tree_free(&t);
}

static void
test_bounds(void)
{
	struct secret_key key;
	struct secret_tree t;
	uint32_t at = 0;
	int err = 0, i;

	start(&t);
	is_int(secret_tree_find(&t, LEAVES, SECRET_APPLICATION, 0, &key),
	    ERR_RANGE, "no such leaf");
	is_int(secret_tree_find(&t, 0, SECRET_APPLICATION, MLS_SKIP_MAX + 1,
	    &key), ERR_BIG, "too far ahead");
	is_int(secret_tree_use(&t, 0, SECRET_APPLICATION, MLS_SKIP_MAX + 1),
	    ERR_BIG, "to be used either");
	is_int(secret_tree_find(&t, 0, SECRET_APPLICATION, UINT32_MAX, &key),
	    ERR_BIG, "the last generation is never used");
	for (i = 0; i < 5; i++, at += MLS_SKIP_MAX)
		err |= secret_tree_use(&t, 1, SECRET_APPLICATION, at);
	is_int(err, 0, "far, but not too far");
	is_int(t.n_kept, MLS_KEPT_MAX, "the kept keys are bounded");
	is_int(secret_tree_find(&t, 1, SECRET_APPLICATION, 1, &key),
	    ERR_REPLAY, "the oldest went");
	is_int(secret_tree_find(&t, 1, SECRET_APPLICATION, at - MLS_SKIP_MAX -
	    1, &key), 0, "the newest are there");
	secret_tree_free(&t);
}

/* Who jumps ahead pushes out keys of its own, not the few of others. */
static void
test_fair(void)
{
	struct secret_key key;
	struct secret_tree t;
	uint32_t at = 0;
	int i, lost = 0, err;

	start(&t);
	err = secret_tree_use(&t, 7, SECRET_APPLICATION, 10);
	for (i = 0; i < 6; i++, at += MLS_SKIP_MAX)
		err |= secret_tree_use(&t, 3, SECRET_APPLICATION, at);
	err |= secret_tree_use(&t, 4, SECRET_HANDSHAKE, 20);
	is_int(err, 0, "one jumps far, two are late");
	is_int(t.n_kept, MLS_KEPT_MAX, "together they are bounded");
	for (i = 0; i < 10; i++)
		lost += secret_tree_find(&t, 7, SECRET_APPLICATION,
		    (uint32_t)i, &key) != 0;
	for (i = 0; i < 20; i++)
		lost += secret_tree_find(&t, 4, SECRET_HANDSHAKE, (uint32_t)i,
		    &key) != 0;
	is_int(lost, 0, "those that are late are opened all the same (T39)");
	is_int(secret_tree_find(&t, 3, SECRET_APPLICATION, at - MLS_SKIP_MAX -
	    1, &key), 0, "as are the newest of who jumped");
	secret_tree_free(&t);
}

static void
test_next(void)
{
	struct secret_key mine, theirs;
	struct secret_tree a, b;
	uint32_t generation, i, wrong = 0;

	start(&a);
	start(&b);
	for (i = 0; i < 50; i++) {
		wrong += secret_tree_next(&a, 9, SECRET_HANDSHAKE,
		    &generation, &mine) != 0 || generation != i;
		wrong += secret_tree_find(&b, 9, SECRET_HANDSHAKE, generation,
		    &theirs) != 0 || memcmp(&mine, &theirs, sizeof mine) != 0;
		wrong += secret_tree_use(&b, 9, SECRET_HANDSHAKE,
		    generation) != 0;
	}
	is_int(wrong, 0, "sender and reader step alike");
	is_int(b.n_kept, 0, "nothing is kept in order");
	secret_tree_free(&a);
	secret_tree_free(&b);
}

static void
test_load(void)
{
	struct buf saved = { 0 }, again = { 0 };
	struct secret_tree t, u;
	struct rd rd;
	size_t n, taken = 0;
	int err;

	start(&t);
	err = secret_tree_use(&t, 2, SECRET_APPLICATION, 5);
	err |= secret_tree_use(&t, 11, SECRET_HANDSHAKE, 0);
	state(&t, &saved);
	rd = rd_of(buf_view(&saved));
	err |= secret_tree_load(&rd, suite, LEAVES, &u);
	is_int(err | rd_end(&rd), 0, "it loads");
	state(&u, &again);
	ok(bytes_same(buf_view(&saved), buf_view(&again)), "and is the same");
	secret_tree_free(&u);
	for (n = 0; n < saved.n; n++) {
		rd = rd_of(bytes_of(saved.p, n));
		if (secret_tree_load(&rd, suite, LEAVES, &u) == 0) {
			taken++;
			secret_tree_free(&u);
		}
	}
	is_int(taken, 0, "cut anywhere it does not");
	buf_free(&saved);
	buf_free(&again);
	secret_tree_free(&t);
}

int
main(void)
{
	size_t i;

	if (seal_start() != 0)
		bail("libsodium");
	for (i = 0; (suite = mls_suite_at(i)) != NULL; i++) {
		test_find();
		test_forget();
		test_bounds();
		test_fair();
		test_next();
		test_load();
	}
	return done();
}
