/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 * Two directories (T03): one relay that shows its users two logs, both signed
 * and both consistent. One message between them and both know; what was kept
 * convinces whoever has never seen the relay; and then nothing is sent there.
 */
#include <stdlib.h>
#include <sys/stat.h>

#include "liar.h"
#include "pair.h"
#include "rival.h"
#include "tap.h"

struct split {
	struct pair w;
	struct liar l;
	size_t a, b, c;
};

static struct client *
who(struct split *s, size_t i)
{
	return s->w.who[i].c;
}

static void
again(struct split *s, size_t i)
{
	client_disconnect(who(s, i));
	client_connect(who(s, i));
	if (!pair_online(&s->w, i, ONLINE_ON))
		bail("not online");
	pair_quiet(&s->w);
}

/* bob is shown `fakes` leaves of mallory's, the others `joins` newcomers. */
static void
split_open(struct split *s, unsigned fakes, unsigned joins)
{
	struct record fake;
	struct buf raw = {0};
	size_t d;

	memset(s, 0, sizeof(*s));
	pair_open(&s->w);
	s->a = pair_join(&s->w, "alice");
	s->b = pair_join(&s->w, "bob");
	s->c = pair_join(&s->w, "carol");
	pair_friends(&s->w, s->a, s->b);
	pair_friends(&s->w, s->a, s->c);
	pair_friends(&s->w, s->c, s->b);
	pair_quiet(&s->w);
	liar_open(&s->l, s->w.desk.relay);
	s->l.victim = "bob";
	for (; fakes > 0; fakes--) {
		liar_mallory(client_record(who(s, s->a)), &fake, &raw);
		strcpy(fake.name, "mallory");
		liar_leaf(&s->l, &fake);
		buf_free(&raw);
	}
	if (joins > 0) {
		d = pair_join(&s->w, "dave");
		pair_stop(&s->w, d);
	}
	liar_tell(&s->l);
	again(s, s->a);
	again(s, s->c);
	again(s, s->b);
}

static void
split_close(struct split *s)
{
	size_t i;

	liar_close(&s->l);
	/* what is still being said ends in turns of its own */
	for (i = 0; i < s->w.n; i++)
		if (s->w.who[i].c != NULL)
			pair_stop(&s->w, i);
	pair_quiet(&s->w);
	pair_close(&s->w);
}

static struct split *at;

static bool
is_forked(void *arg)
{
	return client_fork(who(at, *(size_t *)arg))->is;
}

static bool
forked(struct split *s, size_t i)
{
	at = s;
	return pair_until(&s->w, is_forked, &i);
}

static void
kept(struct split *s, size_t i, const char *whom)
{
	const struct fork *f = client_fork(who(s, i));
	struct buf raw = {0};
	struct evidence e;
	struct stat st;

	ok(f->is && stat(f->file, &st) == 0 && (st.st_mode & 0777) == 0600,
	    "%s has a file of evidence, 0600 (T03)", whom);
	ok(f->is && path_read(f->file, EVIDENCE_MAX, &raw) == 0 &&
	    evidence_check(buf_view(&raw), &e) == 0 &&
	    memcmp(e.first.key, keys_head(s->w.desk.relay->keys),
	    SIGN_PUBLIC) == 0, "which proves it (T03)");
	buf_free(&raw);
}

static void
two(unsigned fakes, unsigned joins, const char *how)
{
	struct split s;
	uint8_t id[WIRE_ID];
	char *why = NULL;

	split_open(&s, fakes, joins);
	pair_send(&s.w, s.a, "bob", "hello");
	ok(forked(&s, s.b), "%s: bob knows after one message (T03)", how);
	ok(forked(&s, s.a), "%s: and so does alice (T03)", how);
	kept(&s, s.a, "alice");
	kept(&s, s.b, "bob");
	ok(pair_online(&s.w, s.b, ONLINE_STOP), "%s: it is over with that "
	    "relay", how);
	is_int(client_send(who(&s, s.b), pair_talk(&s.w, s.b, "alice"), "x", 1,
	    id, &why), ERR_FORK, "%s: nothing is sent there", how);
	ok(why != NULL && strstr(why, "/view fork") != NULL, "and the "
	    "sentence names the next command");
	free(why);
	is_int(client_screen(who(&s, s.b))->view, VIEW_fork, "the screen "
	    "tells of it");
	pair_stop(&s.w, s.b);
	pair_start(&s.w, s.b);
	ok(pair_online(&s.w, s.b, ONLINE_STOP) &&
	    client_fork(who(&s, s.b))->is, "%s: a restart does not forget it",
	    how);
	split_close(&s);
}

/* alice and bob never talk; carol talks to both. */
static void
three(void)
{
	struct split s;

	split_open(&s, 1, 1);
	pair_send(&s.w, s.a, "carol", "hello carol");
	ok(pair_ladder(&s.w, s.a, "carol", "hello carol", LADDER_DEVICE),
	    "who is shown the same has nothing to say");
	ok(!client_fork(who(&s, s.c))->is, "and there is no false alarm (T03)");
	pair_send(&s.w, s.c, "bob", "hello bob");
	ok(forked(&s, s.b), "over a third one: bob knows (T03)");
	ok(forked(&s, s.c), "and the third one (T03)");
	kept(&s, s.c, "carol");
	split_close(&s);
}

/* bob's is shorter: he can't judge, and the day that he waits is told of; with
 * his own next message alice can. */
static void
behind(void)
{
	struct split s;

	split_open(&s, 0, 1);
	s.l.n--;
	again(&s, s.b);
	pair_send(&s.w, s.a, "bob", "hello");
	ok(pair_shows(&s.w, s.b, "alice", "hello"), "a message of somebody "
	    "with a longer log");
	pair_quiet(&s.w);
	ok(!client_fork(who(&s, s.b))->is, "is no alarm by itself");
	desk_pass(&s.w.desk, 25ll * 3600 * 1000);
	again(&s, s.b);
	ok(pair_notice(&s.w, s.b, NOTICE_ALARM, "it may show two"), "for a "
	    "day out of reach: told of (T03)");
	split_close(&s);
}

/* A head that goes another way than the last one of our own. */
static void
alone(void)
{
	struct record fake;
	struct buf raw = {0};
	struct split s;

	split_open(&s, 0, 0);
	s.l.n--;
	liar_mallory(client_record(who(&s, s.a)), &fake, &raw);
	liar_leaf(&s.l, &fake);
	buf_free(&raw);
	liar_mallory(client_record(who(&s, s.a)), &fake, &raw);
	liar_leaf(&s.l, &fake);
	buf_free(&raw);
	client_disconnect(who(&s, s.b));
	client_connect(who(&s, s.b));
	ok(forked(&s, s.b), "another past: its leaves are the proof (T04)");
	kept(&s, s.b, "bob");
	split_close(&s);
}

int
main(void)
{
	two(1, 1, "the same size");
	two(3, 1, "bob's is longer");
	three();
	behind();
	alone();
	return done();
}
