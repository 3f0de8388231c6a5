/* SPDX-License-Identifier: ISC */
/*
 * floor: mls
 * A few members, one of whom is against the others: who comes late reads
 * nothing earlier (T38), and nobody takes another's words, or tells two people
 * two stories, without its being noticed (T39). The attacker holds all that a
 * member holds and asks no program for permission.
 */
#include "mls_world.h"
#include "tap.h"

static void
start(struct world *w, uint16_t suite, uint64_t seed, size_t n)
{
	world_people(w, suite, seed, n);
	world_create(w, 0, bytes_of(NULL, 0));
	world_add(w, 0, 1);
}

static void
said(struct world *w, size_t who, const char *text, struct buf *out)
{
	buf_clear(out);
	world_must(mls_message_seal(&w->env, w->p[who].g, mls_text("ad"),
	    mls_text(text), 300, out), "seal");
}

/* With every secret of group g, whatever epoch the message says it is of. */
static bool
pried_open(const struct mls_group *g, struct bytes message)
{
	struct rd rd = rd_of(message);
	struct mls_private p;
	struct mls_sender sender;
	struct secret_key key;
	struct mls_frame f = { 0 };
	uint32_t generation;
	uint16_t wire;
	bool opened = false;

	if (mls_get_header(&rd, &wire) != 0 || mls_private_get(&rd, &p) != 0)
		bail("no private message");
	if (mls_private_sender(g->suite, &p, g->keys->epoch.sender_data,
	    &sender) != 0)
		sender = (struct mls_sender){ .leaf = 0 };
	for (generation = 0; generation < 4 && !opened; generation++) {
		if (secret_tree_find(&g->secrets, sender.leaf,
		    SECRET_APPLICATION, generation, &key) != 0)
			continue;
		opened = mls_private_open(g->suite, &p, &sender, &key, &f) == 0;
		mls_frame_free(&f);
	}
	return opened;
}

static void
test_late(uint16_t suite)
{
	struct buf before = { 0 }, now = { 0 };
	struct mls_received r;
	struct world w;

	start(&w, suite, 38, 4);
	world_add(&w, 0, 2);      /* of three or four: a tree of one size */
	said(&w, 0, "before her time", &before);
	ok(pried_open(w.p[1].g, buf_view(&before)),
	    "a member of that epoch could pry it open");
	world_deliver(&w, 0, buf_view(&before));
	world_add(&w, 0, 3);
	is_int(mls_message_open(&w.env, w.p[3].g, buf_view(&before), &r),
	    ERR_EPOCH, "who comes late can't read what was said before");
	mls_received_free(&r);
	ok(!pried_open(w.p[3].g, buf_view(&before)),
	    "nor with all secrets that she has (T38)");
	said(&w, 0, "welcome", &now);
	world_deliver(&w, 0, buf_view(&now));
	world_remove(&w, 0, 1);
	ok(world_agrees(&w), "and those who are left agree");
	buf_free(&before);
	buf_free(&now);
	world_end(&w);
}

/* carol sends bob's very bytes as if they were new, and as hers. */
static void
test_borrowed(uint16_t suite)
{
	struct buf message = { 0 }, state = { 0 }, after = { 0 };
	struct mls_received r;
	struct world w;

	start(&w, suite, 39, 3);
	world_add(&w, 0, 2);
	said(&w, 1, "bob's words", &message);
	world_must(mls_message_open(&w.env, w.p[0].g, buf_view(&message), &r),
	    "open");
	is_int(r.sender, mls_group_self(w.p[1].g), "they are bob's");
	mls_received_free(&r);
	world_state(&w, 0, &state);
	is_int(mls_message_open(&w.env, w.p[0].g, buf_view(&message), &r),
	    ERR_REPLAY, "sent again by somebody else, they don't open (T39)");
	mls_received_free(&r);
	world_state(&w, 0, &after);
	ok(bytes_same(buf_view(&state), buf_view(&after)), "without a trace");
	buf_free(&message);
	buf_free(&state);
	buf_free(&after);
	world_end(&w);
}

/* alice gives each of the two another commit for the same epoch. */
static void
test_two_stories(uint16_t suite)
{
	struct mls_commit_ask ask = { 0 };
	struct mls_made one, two;
	struct mls_received r;
	struct buf message = { 0 };
	struct world w;

	start(&w, suite, 391, 3);
	world_add(&w, 0, 2);
	world_must(mls_commit_make(&w.env, w.p[0].g, &ask, &one), "commit");
	world_must(mls_commit_make(&w.env, w.p[0].g, &ask, &two), "commit");
	world_must(mls_message_open(&w.env, w.p[1].g, buf_view(&one.message),
	    &r), "bob's");
	world_must(mls_stage_apply(w.p[1].g, r.stage), "apply");
	r.stage = NULL;
	mls_received_free(&r);
	world_must(mls_message_open(&w.env, w.p[2].g, buf_view(&two.message),
	    &r), "carol's");
	world_must(mls_stage_apply(w.p[2].g, r.stage), "apply");
	r.stage = NULL;
	mls_received_free(&r);
	is_int(mls_group_epoch(w.p[1].g), mls_group_epoch(w.p[2].g),
	    "both stand in an epoch of the same number");
	ok(!bytes_same(mls_group_authenticator(w.p[1].g),
	    mls_group_authenticator(w.p[2].g)),
	    "but their authenticators differ (T39)");
	said(&w, 1, "do you read me", &message);
	ok(mls_message_open(&w.env, w.p[2].g, buf_view(&message), &r) != 0,
	    "and what one says the other can't read: it shows (T39)");
	mls_received_free(&r);
	mls_made_free(&one);
	mls_made_free(&two);
	buf_free(&message);
	world_end(&w);
}

static void
test_all(uint16_t suite)
{
	test_late(suite);
	test_borrowed(suite);
	test_two_stories(suite);
}

int
main(void)
{
	world_suites(test_all);
	return done();
}
