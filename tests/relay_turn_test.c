/* SPDX-License-Identifier: ISC */
/*
 * Keep before say: an answer leaves when its turn is kept, not before, in
 * whichever order and at whatever time the store reports; and what is lost is
 * never said. floor: relay
 */
#include "tap.h"
#include "relay_help.h"

static const uint8_t one[WIRE_ID] = {1}, key0[KEY_SIZE] = {10};

static void
append_quietly(struct dev *d, uint8_t id, const char *text)
{
	struct msg m = {.code = MSG_log_append};

	m.log_append.req = 1000u + id;
	memcpy(m.log_append.log, one, WIRE_ID);
	memset(m.log_append.id, id, WIRE_ID);
	m.log_append.entry = bytes_of(text, strlen(text));
	dev_send(d, &m);
	desk_turn(d->w);
}

static void
test_held(struct desk *w, struct dev *a, struct dev *b)
{
	uint64_t kept = w->relay->kept;

	store_ram_hold(w->relay->store, true);
	append_quietly(a, 1, "one");
	append_quietly(b, 2, "two");
	append_quietly(a, 3, "three");
	ok(w->relay->turn > kept + 3, "three turns overlap");
	is_int(dev_count(a, MSG_done) + dev_count(b, MSG_done), 0,
	    "nothing is acknowledged while nothing is kept");
	is_int(dev_count(a, MSG_entry) + dev_count(b, MSG_entry), 0,
	    "and nothing delivered");
	store_ram_release(w->relay->store, 1);
	desk_turn(w);
	is_int(dev_count(a, MSG_done), 1, "the first is kept: its answer");
	is_int(dev_count(b, MSG_done), 0, "not the second's");
	is_int(dev_count(b, MSG_entry), 1, "delivered to the other");
	store_ram_release(w->relay->store, 1);
	desk_turn(w);
	is_int(dev_count(b, MSG_done), 1, "the second");
	is_int(dev_count(a, MSG_done), 1, "not the third");
	store_ram_hold(w->relay->store, false);
	desk_turn(w);
	is_int(dev_count(a, MSG_done), 2, "the third");
	is_int(dev_count(a, MSG_entry), 3, "all three in order");
}

/* A read-only answer waits too: it may tell of what is not kept yet. */
static void
test_read_waits(struct desk *w, struct dev *a, struct dev *b)
{
	struct msg m = {.code = MSG_lookup};

	dev_clear(a);
	dev_clear(b);
	store_ram_hold(w->relay->store, true);
	append_quietly(a, 4, "four");
	m.lookup.req = 7;
	m.lookup.name = bytes_of("alice", 5);
	dev_send(b, &m);
	desk_turn(w);
	is_int(dev_count(b, MSG_record), 0, "an answer behind an open turn");
	store_ram_hold(w->relay->store, false);
	desk_turn(w);
	is_int(dev_count(b, MSG_record), 1, "leaves after it");
}

/* The store loses a turn: nobody hears of it, the clients come again, and what
 * was acknowledged before is all there. */
static void
test_lost(struct desk *w, struct dev *a, struct dev *b)
{
	uint64_t n = 0;

	dev_clear(a);
	dev_clear(b);
	store_ram_fail(w->relay->store, ERR_IO);
	append_quietly(a, 5, "five");
	is_int(dev_count(a, MSG_done), 0, "not acknowledged");
	/* the handler's own write failed: it is refused, or the link ends */
	desk_turn(w);
	ok(!a->link || dev_count(a, MSG_fail) == 1, "refused or cut");
	is_int(dev_count(b, MSG_entry), 0, "not delivered");
	ok(w->relay->store->sick, "the relay knows");
	if (!a->link)
		dev_dial(a);
	is_int(dev_append(a, one, 5, 0, 0, NULL, "five", &n), ERR_IO,
	    "it says so at once now");
	is_int(dev_append(a, one, 1, 0, 0, NULL, "one", &n), 0,
	    "what needs no write still works");
	is_int(n, 1, "with its number");
	store_ram_fail(w->relay->store, 0);
	desk_pass(w, RELAY_HEAL_MS + 1);
	ok(!w->relay->store->sick, "it has healed");
	if (!b->link) {
		dev_dial(b);
		is_int(dev_open(b, one, key0, 0, 5), 0, "opened again");
	}
	is_int(dev_append(a, one, 5, 0, 0, NULL, "five", &n), 0, "now taken");
	is_int(n, 5, "as the fifth: nothing was half there");
	desk_turn(w);
	is_int(dev_count(b, MSG_entry), 1, "and delivered once");
}

/* Lost after the handler was content: held turns, then the disk is full. */
static void
test_lost_later(struct desk *w, struct dev *a, struct dev *b)
{
	uint64_t n = 0;

	dev_clear(a);
	dev_clear(b);
	store_ram_hold(w->relay->store, true);
	append_quietly(a, 6, "six");
	store_ram_fail(w->relay->store, ERR_IO);
	store_ram_release(w->relay->store, 1);
	desk_turn(w);
	is_int(dev_count(a, MSG_done), 0, "not acknowledged");
	is_int(dev_count(b, MSG_entry), 0, "not delivered");
	ok(!a->link && !b->link, "whoever was told something is cut off");
	store_ram_fail(w->relay->store, 0);
	store_ram_hold(w->relay->store, false);
	desk_pass(w, RELAY_HEAL_MS + 1);
	dev_dial(a);
	is_int(dev_append(a, one, 6, 0, 0, NULL, "six", &n), 0, "again");
	is_int(n, 6, "and it takes the number that was never given away");
}

/* An invite that a lost turn redeemed is not spent; a name not taken. */
static void
test_lost_enrol(struct desk *w)
{
	struct dev c;

	dev_init(&c, w, "carol");
	dev_dial(&c);
	store_ram_fail(w->relay->store, ERR_IO);
	ok(dev_enrol(&c, bytes_of(NULL, 0)) != 0, "no registration");
	store_ram_fail(w->relay->store, 0);
	desk_pass(w, RELAY_HEAL_MS + 1);
	if (!c.link)
		dev_dial(&c);
	ok(c.got[0].m.code == MSG_greet && c.got[0].m.greet.name.n == 0,
	    "not known");
	is_int(dev_enrol(&c, bytes_of(NULL, 0)), 0, "now it is");
	dev_free(&c);
}

int
main(void)
{
	struct desk w;
	struct dev a, b;

	desk_open(&w, "ram", NULL);
	dev_join(&a, &w, "alice");
	dev_join(&b, &w, "bob");
	is_int(dev_create(&a, one, key0), 0, "a log");
	is_int(dev_open(&a, one, key0, 0, 1), 0, "opened");
	is_int(dev_open(&b, one, key0, 0, 1), 0, "by both");
	dev_clear(&a);
	dev_clear(&b);
	test_held(&w, &a, &b);
	test_read_waits(&w, &a, &b);
	test_lost(&w, &a, &b);
	test_lost_later(&w, &a, &b);
	test_lost_enrol(&w);
	dev_free(&a);
	dev_free(&b);
	desk_close(&w);
	return done();
}
