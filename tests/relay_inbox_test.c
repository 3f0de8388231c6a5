/* SPDX-License-Identifier: ISC */
/*
 * Inboxes: each box once, until acknowledged, to its device only, within
 * limits that hit the sender and not the owner's other contacts. floor: relay
 */
#include <stdio.h>

#include "tap.h"
#include "relay_help.h"

static bool
is_box(const struct msg *m, uint64_t number, const char *text)
{
	return m && m->box.number == number &&
	    bytes_same(m->box.box, bytes_of(text, strlen(text)));
}

static int
ack(struct dev *d, uint64_t number)
{
	struct msg m = {.code = MSG_box_ack};

	m.box_ack.number = number;
	return dev_ask(d, &m, NULL);
}

static void
test_boxes(struct desk *w, struct dev *a, struct dev *b)
{
	struct dev nobody;

	is_int(dev_box(a, b, 1, "hello"), 0, "a box");
	desk_turn(w);
	ok(is_box(dev_next(b, MSG_box), 1, "hello"), "comes at once");
	is_int(dev_box(a, b, 1, "hello"), 0, "the same again");
	desk_turn(w);
	ok(!dev_next(b, MSG_box), "does not come twice");
	dev_hang(b);
	is_int(dev_box(a, b, 2, "while away"), 0, "a box for who is away");
	is_int(dev_box(a, b, 3, "another"), 0, "and another");
	dev_dial(b);
	desk_turn(w);
	ok(is_box(dev_next(b, MSG_box), 1, "hello"), "not acknowledged");
	ok(is_box(dev_next(b, MSG_box), 2, "while away"), "all that waits");
	ok(is_box(dev_next(b, MSG_box), 3, "another"), "in order");
	is_int(ack(b, 2), 0, "acknowledged");
	is_int(ack(b, 2), 0, "twice is the same");
	is_int(ack(a, 3), 0, "a number of another's inbox");
	dev_hang(b);
	dev_dial(b);
	desk_turn(w);
	ok(is_box(dev_next(b, MSG_box), 1, "hello") &&
	    is_box(dev_next(b, MSG_box), 3, "another") &&
	    !dev_next(b, MSG_box), "only that one is gone");
	is_int(dev_box(a, b, 2, "while away"), 0,
	    "an id that was acknowledged long ago");
	desk_turn(w);
	ok(!dev_next(b, MSG_box), "is still known");
	dev_init(&nobody, w, "nobody");
	is_int(dev_box(a, &nobody, 9, "x"), ERR_NONE, "no such device");
	dev_free(&nobody);
}

static void
test_limits(struct desk *w, struct dev *a, struct dev *b, struct dev *c)
{
	char *big = mem_alloc(BOX_MAX + 2);
	int i, err = 0;

	memset(big, 'x', BOX_MAX + 1);
	is_int(dev_box(a, b, 20, big), ERR_BIG, "a box too large");
	is_int(dev_box(a, b, 20, ""), ERR_FORMAT, "an empty one");
	for (i = 0; i < BOX_BURST * 2 && !err; i++)
		err = dev_box(a, c, (uint8_t)(100 + i), "flood");
	is_int(err, ERR_RATE, "a flood is stopped (T57)");
	is_int(dev_box(b, c, 50, "friend"), 0, "others still get through");
	is_int(dev_box(a, b, 51, "x"), 0, "and it may write to others");
	desk_pass(w, BOX_EVERY);
	is_int(dev_box(a, c, 52, "later"), 0, "and again after a while");
	free(big);
}

static void
test_quota(void)
{
	struct dev a, b, c;
	struct desk w;
	int i, err = 0;

	desk_open(&w, "ram", "inbox-boxes", "10", NULL);
	dev_join(&a, &w, "alice");
	dev_join(&b, &w, "bob");
	dev_join(&c, &w, "carol");
	dev_hang(&b);
	for (i = 0; i < 20 && !err; i++)
		err = dev_box(&a, &b, (uint8_t)(i + 1), "x");
	ok(err == ERR_QUOTA && i == 11, "ten boxes wait at most (T57)");
	is_int(dev_box(&c, &b, 99, "x"), ERR_QUOTA, "for everybody");
	dev_dial(&b);
	desk_turn(&w);
	is_int(dev_count(&b, MSG_box), 10, "they are there");
	is_int(ack(&b, 4), 0, "one is taken");
	is_int(dev_box(&c, &b, 99, "x"), 0, "there is room for one");
	is_int(dev_box(&c, &b, 98, "x"), ERR_QUOTA, "and no more");
	dev_free(&a);
	dev_free(&b);
	dev_free(&c);
	desk_close(&w);
}

/* 30 days, and not by a clock that jumps (T48). */
static void
test_expiry(void)
{
	struct dev a, b;
	struct desk w;

	desk_open(&w, "ram", NULL);
	dev_join(&a, &w, "alice");
	dev_join(&b, &w, "bob");
	dev_hang(&b);
	is_int(dev_box(&a, &b, 1, "x"), 0, "a box");
	w.wall_skew += 31 * 86400000ll;
	w.mono_skew += RELAY_SWEEP_MS + 1;
	desk_turn(&w);
	w.mono_skew += RELAY_SWEEP_MS + 1;
	desk_turn(&w);
	w.wall_skew -= 31 * 86400000ll;
	dev_dial(&b);
	desk_turn(&w);
	is_int(dev_count(&b, MSG_box), 1, "a jump of the clock drops nothing "
	    "(T48)");
	dev_hang(&b);
	desk_pass(&w, 31 * 86400000ll);
	desk_pass(&w, RELAY_SWEEP_MS + 1);
	dev_dial(&b);
	desk_turn(&w);
	is_int(dev_count(&b, MSG_box), 0, "31 days do");
	dev_free(&a);
	dev_free(&b);
	desk_close(&w);
}

/* Who reads nothing makes nobody else wait: the store is not asked for boxes
 * that have no room on the way. */
static void
test_slow(void)
{
	char *big = mem_alloc(BOX_MAX + 1);
	struct dev a, b;
	struct desk w;
	uint64_t was;
	size_t all;
	int i;

	memset(big, 'x', BOX_MAX);
	desk_open(&w, "sqlite", NULL);
	dev_join(&a, &w, "alice");
	dev_join(&b, &w, "bob");
	link_pause(b.link, true);
	for (i = 0; i < BOX_BURST; i++)
		if (dev_box(&a, &b, (uint8_t)(i + 1), big) != 0)
			break;
	is_int(i, BOX_BURST, "boxes for who does not read");
	desk_turn(&w);
	was = w.relay->store->reads;
	for (i = 0; i < 100; i++)
		relay_turn(w.relay, 0);
	is_int(w.relay->store->reads - was, 0, "are left alone meanwhile (T56)");
	link_pause(b.link, false);
	for (i = 0; i < 400 && dev_count(&b, MSG_box) < BOX_BURST; i++)
		desk_turn(&w);
	all = dev_count(&b, MSG_box);
	is_int(all, BOX_BURST, "and all come when it does");
	dev_free(&a);
	dev_free(&b);
	desk_close(&w);
	free(big);
}

static void
test_on(const char *store)
{
	struct dev a, b, c;
	struct desk w;

	note("store %s", store);
	desk_open(&w, store, NULL);
	dev_join(&a, &w, "alice");
	dev_join(&b, &w, "bob");
	dev_join(&c, &w, "carol");
	test_boxes(&w, &a, &b);
	test_limits(&w, &a, &b, &c);
	dev_free(&a);
	dev_free(&b);
	dev_free(&c);
	desk_close(&w);
}

int
main(void)
{
	test_on("ram");
	test_on("sqlite");
	test_quota();
	test_slow();
	test_expiry();
	return done();
}
