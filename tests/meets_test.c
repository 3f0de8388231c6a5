/* SPDX-License-Identifier: ISC */
/*
 * Meetings on the relay: one connection begins, one joins, each hears the
 * other, nobody else does; bounded in number, bytes and time, and gone with
 * whoever leaves. floor: relay
 */
#include "tap.h"
#include "relay_help.h"

static int
meet(struct dev *d, uint8_t place, unsigned join)
{
	struct msg m = {.code = MSG_meet_open};

	memset(m.meet_open.place, place, WIRE_ID);
	m.meet_open.join = (uint8_t)join;
	return dev_ask(d, &m, NULL);
}

static int
put(struct dev *d, uint8_t place, struct bytes data)
{
	struct msg m = {.code = MSG_meet_put};

	memset(m.meet_put.place, place, WIRE_ID);
	m.meet_put.data = data;
	return dev_ask(d, &m, NULL);
}

static int
end(struct dev *d, uint8_t place)
{
	struct msg m = {.code = MSG_meet_close};

	memset(m.meet_close.place, place, WIRE_ID);
	return dev_ask(d, &m, NULL);
}

static bool
got(struct desk *w, struct dev *d, const char *text)
{
	const struct msg *m;

	desk_turn(w);
	m = dev_next(d, MSG_meet_got);
	return m && bytes_same(m->meet_got.data, bytes_of(text, strlen(text)));
}

#define SAY(d, place, text) put(d, place, bytes_of(text, strlen(text)))

static void
test_meet(struct desk *w, struct dev *a, struct dev *b, struct dev *c)
{
	is_int(SAY(a, 1, "x"), ERR_NONE, "no meeting, nothing to say");
	is_int(meet(b, 1, 1), ERR_NONE, "nobody waits there");
	is_int(meet(a, 1, 0), 0, "a device that isn't registered begins");
	is_int(meet(c, 1, 0), ERR_EXISTS, "the place is taken");
	is_int(meet(a, 1, 1), ERR_NONE, "nobody meets oneself");
	is_int(SAY(a, 1, "x"), ERR_STATE, "alone, nobody hears it");
	is_int(meet(b, 1, 1), 0, "one that is registered joins");
	is_int(meet(c, 1, 1), ERR_EXISTS, "a third can't");
	is_int(SAY(c, 1, "x"), ERR_NONE, "and says nothing there");
	is_int(SAY(b, 1, "to a"), 0, "one says something");
	ok(got(w, a, "to a"), "the other hears it");
	is_int(SAY(a, 1, "to b"), 0, "and answers");
	ok(got(w, b, "to b"), "which is heard too");
	ok(!dev_next(c, MSG_meet_got), "by nobody else");
	is_int(end(c, 1), ERR_NONE, "a third doesn't end it");
	is_int(end(b, 1), 0, "one of the two does");
	desk_turn(w);
	ok(dev_next(a, MSG_meet_end), "the other is told");
	is_int(SAY(a, 1, "x"), ERR_NONE, "it is over");
	is_int(meet(a, 1, 2), ERR_RANGE, "neither begun nor joined");
}

static void
test_gone(struct desk *w, struct dev *a, struct dev *b)
{
	is_int(meet(a, 2, 0), 0, "another one");
	is_int(meet(b, 2, 1), 0, "both are there");
	dev_hang(a);
	desk_turn(w);
	ok(dev_next(b, MSG_meet_end), "who hangs up has left it");
	dev_dial(a);
	is_int(meet(a, 2, 1), ERR_NONE, "and doesn't find it again");
	is_int(meet(a, 3, 0), 0, "one that nobody comes to");
	desk_pass(w, MEET_LIFE);
	dev_back(a);
	dev_back(b);
	is_int(meet(b, 3, 1), ERR_NONE, "is over after ten minutes");
}

static void
test_bounds(struct desk *w, struct dev *a, struct dev *b, struct dev *c)
{
	static uint8_t big[60000];
	struct dev more[MEETS_ADDRESS];
	size_t i, n = 0;
	int err = 0;

	is_int(meet(a, 10, 0), 0, "one of mine");
	is_int(meet(a, 11, 0), 0, "a second");
	is_int(meet(a, 12, 0), ERR_QUOTA, "not a third on one connection");
	is_int(meet(b, 10, 1), 0, "the first is joined");
	for (i = 0; i < MEET_BYTES / sizeof(big) + 2 && err == 0; i++) {
		err = put(b, 10, bytes_of(big, sizeof(big)));
		dev_clear(a);
	}
	is_int(err, ERR_QUOTA, "what goes through one is bounded (T57)");
	is_int(i, MEET_BYTES / sizeof(big) + 1, "at 4 MiB");
	for (i = 0, err = 0; i < COUNT(more); i++) {
		dev_init(&more[i], w, "more");
		dev_dial(&more[i]);
		err = meet(&more[i], (uint8_t)(100 + i), 0);
		n += err == 0;
	}
	is_int(err, ERR_RATE, "so is what one address begins (T57)");
	is_int(n, MEETS_ADDRESS - 1, "with the one that was there");
	is_int(meet(c, 99, 0), ERR_RATE, "whoever asks from there");
	for (i = 0; i < COUNT(more); i++) {
		dev_hang(&more[i]);
		dev_free(&more[i]);
	}
	desk_turn(w);
	is_int(meet(c, 99, 0), 0, "until they have gone");
}

int
main(void)
{
	struct dev a, b, c;
	struct desk w;

	desk_open(&w, "ram", NULL);
	dev_init(&a, &w, "a");
	dev_dial(&a);
	dev_join(&b, &w, "b");
	dev_join(&c, &w, "c");
	test_meet(&w, &a, &b, &c);
	test_gone(&w, &a, &b);
	dev_back(&c);
	test_bounds(&w, &a, &b, &c);
	dev_free(&a);
	dev_free(&b);
	dev_free(&c);
	desk_close(&w);
	return done();
}
