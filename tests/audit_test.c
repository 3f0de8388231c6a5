/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 * What the directory says is judged: a relay that lies about keys, proofs,
 * heads and names is refused before anything is encrypted on its word, that is
 * told once, and the relay is believed again when it tells the truth.
 */
#include <stdlib.h>

#include "liar.h"
#include "pair.h"
#include "rival.h"
#include "tap.h"

#define HOUR (3600ll * 1000)

struct stand {
	struct pair w;
	struct liar l;
	size_t a, b;
	uint64_t told;
};

/* All that a client says when it has believed a key. */
static uint64_t
said(const struct stand *s)
{
	static const uint16_t code[] = {MSG_package_take, MSG_inbox_key_get,
		MSG_box_put, MSG_log_create, MSG_log_append};
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < COUNT(code); i++)
		n += s->w.desk.relay->count.heard[msg_index(code[i])];
	return n;
}

static void
stand_open(struct stand *s)
{
	memset(s, 0, sizeof(*s));
	pair_open(&s->w);
	s->a = pair_join(&s->w, "alice");
	s->b = pair_join(&s->w, "bob");
	(void)pair_join(&s->w, "carol");
	pair_quiet(&s->w);
	liar_open(&s->l, s->w.desk.relay);
	s->l.victim = "alice";
	s->told = said(s);
}

static void
stand_close(struct stand *s)
{
	liar_close(&s->l);
	pair_close(&s->w);
}

static struct client *
alice(struct stand *s)
{
	return s->w.who[s->a].c;
}

static void
add_bob(struct stand *s)
{
	char *why = NULL;

	if (client_add(alice(s), "bob", NULL, &why) != 0)
		bail("%s", why);
}

static void
again(struct stand *s, size_t i)
{
	client_disconnect(s->w.who[i].c);
	client_connect(s->w.who[i].c);
}

static bool
is_state(void *arg)
{
	struct stand *s = arg;
	struct directory d;

	client_directory(alice(s), &d);
	return d.state == (enum directory_state)s->told;
}

static bool
directory(struct stand *s, enum directory_state want)
{
	uint64_t told = s->told;
	bool is;

	s->told = (uint64_t)want;
	is = pair_until(&s->w, is_state, s);
	s->told = told;
	return is;
}

/* ---- another record, other proofs ----------------------------------------- */

static void
test_other(void)
{
	struct record fake;
	struct buf raw = {0};
	struct stand s;

	stand_open(&s);
	liar_mallory(client_record(s.w.who[s.b].c), &fake, &raw);
	liar_show(&s.l, &fake, buf_view(&raw));
	liar_tell(&s.l);
	add_bob(&s);
	ok(pair_notice(&s.w, s.a, NOTICE_ALARM, "key not proven: of bob"),
	    "mallory's record for bob is refused (T01)");
	is_int(said(&s), s.told, "and nothing was said on it (T01)");
	ok(directory(&s, DIRECTORY_UNPROVEN), "the status says so");
	liar_stop(&s.l);
	desk_pass(&s.w.desk, 60000);
	ok(pair_state(&s.w, s.b, "alice", TALK_ASKING), "with the truth the "
	    "request goes out by itself");
	ok(directory(&s, DIRECTORY_GOOD), "and all is good again");
	buf_free(&raw);
	stand_close(&s);
}

static void
test_proofs(void)
{
	static const char *const name[LIAR_LEAVES] = {"", "no proof",
		"a flipped byte", "another leaf", "another size",
		"another head key", "a head that is not signed"};
	struct stand s;
	int how;

	stand_open(&s);
	liar_tell(&s.l);
	for (how = LIAR_NO_PROOF; how < LIAR_LEAVES; how++) {
		unsigned records = s.l.records;

		s.l.how = (enum liar_how)how;
		if (how == LIAR_NO_PROOF)
			add_bob(&s);
		desk_pass(&s.w.desk, 10 * 60000);
		while (s.l.records == records)
			pair_turn(&s.w, 20);
		pair_quiet(&s.w);
		is_int(said(&s), s.told, "%s: nothing is said (T02)",
		    name[how]);
	}
	ok(pair_notice(&s.w, s.a, NOTICE_ALARM, "key not proven: of bob"),
	    "and it is told (T02)");
	s.l.how = LIAR_RIGHT;
	s.l.n -= s.l.forged;
	desk_pass(&s.w.desk, 10 * 60000);
	ok(pair_state(&s.w, s.b, "alice", TALK_ASKING), "a liar that tells "
	    "the truth is believed");
	stand_close(&s);
}

static void
test_device(void)
{
	struct record rec;
	struct buf raw = {0};
	struct stand s;

	stand_open(&s);
	rec = *client_record(s.w.who[s.b].c);
	liar_mallory(&rec, &rec, &raw);
	raw.p[raw.n - 1] ^= 1;          /* signed by nobody */
	rec = *client_record(s.w.who[s.b].c);
	liar_show(&s.l, &rec, buf_view(&raw));
	liar_tell(&s.l);
	add_bob(&s);
	ok(pair_notice(&s.w, s.a, NOTICE_ERROR, "can't be believed"),
	    "a record that its account did not sign (T07)");
	is_int(said(&s), s.told, "and nothing was said on it (T07)");
	buf_free(&raw);
	stand_close(&s);
}

/* ---- old heads, old records ------------------------------------------------ */

static void
aged(struct stand *s, int64_t age, enum directory_state want, const char *what)
{
	s->l.age = age;
	again(s, s->a);
	ok(directory(s, want), "%s (T05)", what);
}

static void
test_age(void)
{
	struct stand s;

	stand_open(&s);
	liar_tell(&s.l);
	aged(&s, 25 * HOUR, DIRECTORY_OLD, "a head of yesterday");
	aged(&s, 24 * HOUR + HOUR / 10, DIRECTORY_GOOD, "a day old, clocks "
	    "apart");
	aged(&s, 24 * HOUR + HOUR / 4, DIRECTORY_OLD, "too old even so");
	aged(&s, -HOUR / 10, DIRECTORY_GOOD, "a clock that is behind");
	aged(&s, -HOUR / 4, DIRECTORY_OLD, "a head of the future");
	add_bob(&s);
	ok(pair_notice(&s.w, s.a, NOTICE_ALARM, "shows an old directory"),
	    "its sentence (T05)");
	is_int(said(&s), s.told, "nothing is said on it (T05)");
	stand_close(&s);
}

static bool
is_newer(void *arg)
{
	return client_record(arg)->version == 2;
}

static void
test_rollback(void)
{
	static const struct record_change renew;
	struct record old;
	struct buf raw = {0};
	struct stand s;
	struct client *bob;
	char *why = NULL;

	stand_open(&s);
	bob = s.w.who[s.b].c;
	old = *client_record(bob);
	rival_raw(bob, &raw);
	if (account_change(bob, &renew, PAIR_PASS_BYTES, &why) != 0 ||
	    !pair_until(&s.w, is_newer, bob))
		bail("bob does not renew: %s", why);
	liar_sync(&s.l);
	liar_show(&s.l, &old, buf_view(&raw));
	liar_tell(&s.l);
	add_bob(&s);
	ok(pair_notice(&s.w, s.a, NOTICE_ALARM, "rollback"),
	    "version 1, well proven, when there is a version 2 (T06)");
	is_int(said(&s), s.told, "and nothing was said on it (T06)");
	buf_free(&raw);
	stand_close(&s);
}

/* ---- a log with another past ---------------------------------------------- */

static void
rewound(struct stand *s, const char *words, const char *what)
{
	const struct message *m;

	client_disconnect(alice(s));
	pair_send(&s->w, s->a, "bob", what);
	pair_stop(&s->w, s->a);
	liar_tell(&s->l);
	pair_start(&s->w, s->a);
	ok(pair_notice(&s->w, s->a, NOTICE_ALARM, words), "%s: alarm (T04)",
	    what);
	pair_quiet(&s->w);
	m = pair_message(&s->w, s->a, "bob", what);
	ok(m != NULL && m->ladder < LADDER_RELAY, "%s: nothing is sent (T04)",
	    what);
	liar_stop(&s->l);
	again(s, s->a);
	ok(pair_ladder(&s->w, s->a, "bob", what, LADDER_DEVICE),
	    "%s: it goes out when the relay is itself again", what);
}

static void
test_rewind(void)
{
	struct stand s;

	stand_open(&s);
	pair_friends(&s.w, s.a, s.b);
	pair_quiet(&s.w);
	s.l.n--;
	rewound(&s, "went back from 3 entries to 2", "a smaller directory");
	(void)pair_join(&s.w, "dave");
	liar_sync(&s.l);
	s.l.how = LIAR_LEAVES;
	rewound(&s, "does not prove that its directory", "no proof that it "
	    "goes on");
	stand_close(&s);
}

/* Of somebody whom one talks to: what is written waits, and says why. */
static void
test_known(void)
{
	const struct message *m;
	struct buf why = {0};
	struct stand s;

	stand_open(&s);
	pair_friends(&s.w, s.a, s.b);
	pair_quiet(&s.w);
	s.l.how = LIAR_FLIP;
	liar_tell(&s.l);
	again(&s, s.a);
	ok(pair_notice(&s.w, s.a, NOTICE_ALARM, "key not proven: of bob"),
	    "a contact's key is not proven any more (T01)");
	pair_send(&s.w, s.a, "bob", "are you there");
	pair_quiet(&s.w);
	m = pair_message(&s.w, s.a, "bob", "are you there");
	ok(m != NULL && m->ladder < LADDER_RELAY, "what is written waits "
	    "(T01)");
	client_why(alice(&s), pair_talk(&s.w, s.a, "bob"), m, &why);
	buf_u8(&why, 0);
	ok(strstr((const char *)why.p, "key not proven") != NULL,
	    "and /why says why");
	liar_stop(&s.l);
	desk_pass(&s.w.desk, 60000);
	ok(pair_ladder(&s.w, s.a, "bob", "are you there", LADDER_DEVICE),
	    "proven again, it goes out by itself");
	buf_free(&why);
	stand_close(&s);
}

static void
test_silent(void)
{
	struct stand s;

	stand_open(&s);
	s.l.silent = true;
	liar_tell(&s.l);
	add_bob(&s);
	pair_quiet(&s.w);
	desk_pass(&s.w.desk, 30000);
	ok(directory(&s, DIRECTORY_SILENT), "who does not answer is slow, and "
	    "no liar");
	is_int(said(&s), s.told, "and nothing is said meanwhile");
	s.l.silent = false;
	again(&s, s.a);
	ok(pair_state(&s.w, s.b, "alice", TALK_ASKING), "an answer, and it "
	    "goes on");
	stand_close(&s);
}

/* ---- names ------------------------------------------------------------------ */

static void
test_binding(void)
{
	struct record bob, fake;
	struct buf raw = {0};
	struct stand s;

	stand_open(&s);
	pair_friends(&s.w, s.a, s.b);
	pair_quiet(&s.w);
	bob = *client_record(s.w.who[s.b].c);
	bob.version++;
	liar_mallory(&bob, &fake, &raw);
	liar_rebind(s.w.desk.relay, &fake, buf_view(&raw));
	again(&s, s.a);
	again(&s, s.b);
	ok(pair_notice(&s.w, s.b, NOTICE_ALARM, "gives your name, bob, to an "
	    "account that is not yours"), "bob is told of his name (T08)");
	ok(pair_state(&s.w, s.a, "bob", TALK_STOPPED),
	    "and alice sends nothing to the new key (T08)");
	buf_free(&raw);
	stand_close(&s);
}

int
main(void)
{
	test_other();
	test_proofs();
	test_device();
	test_age();
	test_rollback();
	test_rewind();
	test_known();
	test_silent();
	test_binding();
	return done();
}
