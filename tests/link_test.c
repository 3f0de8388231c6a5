/* SPDX-License-Identifier: ISC */
/*
 * The life of a link: talk both ways, turns, pings, pauses, ends; and what a
 * thousand idle ones cost.
 */
#include <malloc.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"
#include "tap.h"

static int
put_lookup(struct end *e, uint64_t turn, uint32_t req)
{
	struct msg m = {.code = MSG_lookup};

	m.lookup.req = req;
	m.lookup.name = bytes_of("bob", 3);
	return link_put(e->link, turn, &m);
}

static int
put_done(struct end *e, uint64_t turn, uint32_t req)
{
	struct msg m = {.code = MSG_done};

	m.done.req = req;
	return link_put(e->link, turn, &m);
}

/* Every row, both ways, arrives as it was sent. */
static void
rows_test(struct rig *r, enum noise_cipher cipher)
{
	struct end a = {0}, b = {0}, *from;
	struct buf store = {0}, up = {0}, down = {0};
	struct msg m;
	size_t i, bad = 0;

	rig_open(r, &a, &b, cipher);
	for (i = 0; i < msg_rows; i++) {
		msg_sample(i, &r->rng, &store, &m);
		if (m.code == MSG_ping || m.code == MSG_pong)
			continue;
		from = msg_row[i].from & FROM_CLIENT ? &a : &b;
		bad += link_put(from->link, 1, &m) != 0 ||
		    msg_put(from == &a ? &up : &down, &m) != 0;
	}
	is_int(bad, 0, "cipher %d: every row was put", cipher);
	rig_run(r);
	is_int(a.heard + b.heard, 0, "nothing is said before its turn is kept");
	link_say(a.link, 1);
	link_say(b.link, 1);
	rig_run(r);
	is_int(a.heard + b.heard, msg_rows - 2, "every message was heard");
	ok(bytes_same(buf_view(&a.seen), buf_view(&down)), "as it was sent");
	ok(bytes_same(buf_view(&b.seen), buf_view(&up)), "as it was sent");
	is_int(link_count(a.link).records_out, 2,
	    "one record per say, besides the empty one");
	is_int(link_count(b.link).frames_in, b.heard, "frames are counted");
	is_int(link_count(a.link).bytes_out, link_count(b.link).bytes_in,
	    "bytes are counted");
	buf_free(&store);
	buf_free(&up);
	buf_free(&down);
	rig_close(r, &a, &b);
}

static void
turns_test(struct rig *r)
{
	struct end a = {0}, b = {0};
	uint32_t i;
	int bad = 0;

	rig_open(r, &a, &b, 0);
	for (i = 1; i <= 30; i++)
		bad |= put_lookup(&a, i / 10, i);
	is_int(bad, 0, "30 messages in turns 0 to 3");
	ok(link_held(a.link) > 0, "they are held");
	link_say(a.link, 1);
	rig_run(r);
	is_int(b.heard, 19, "turns 0 and 1 are kept: 19 messages");
	link_say(a.link, 1);
	link_say(a.link, 0);
	rig_run(r);
	is_int(b.heard, 19, "saying it again says nothing more");
	link_say(a.link, 3);
	rig_run(r);
	is_int(b.heard, 30, "all are kept");
	is_int(link_held(a.link), 0, "nothing is held");
	is_int(link_count(a.link).records_out, 3, "two records, one empty");
	rig_close(r, &a, &b);
}

/* What was put and said before there was a key leaves when there is one. */
static void
early_test(struct rig *r)
{
	struct end a = {0}, b = {0};
	struct link_setup sa = rig_setup(r, &a, true);
	struct link_setup sb = rig_setup(r, &b, false);
	int fd[2];

	rig_pair(fd);
	a.link = link_over(&sa, fd[0], true, r->relay_public);
	b.link = link_over(&sb, fd[1], false, NULL);
	is_int(put_lookup(&a, 1, 1), 0, "put before the handshake");
	is_int(put_done(&b, 1, 1), 0, "on both sides");
	link_say(a.link, 1);
	link_say(b.link, 1);
	rig_run(r);
	ok(a.heard == 1 && b.heard == 1, "and said after it");
	is_int(put_done(&a, 2, 1), ERR_DENIED, "a client never says `done'");
	is_int(put_lookup(&b, 2, 1), ERR_DENIED, "a relay never looks up");
	rig_close(r, &a, &b);
}

/* ends */

static void
close_inside(struct end *e, const struct msg *m)
{
	(void)m;
	e->inside = true;
	link_close(e->link, 0, "enough");
	is_int(put_done(e, 9, 9), ERR_STATE, "nothing is put on a closing link");
	e->inside = false;
}

static void
close_test(struct rig *r)
{
	struct end a = {0}, b = {0};

	rig_open(r, &a, &b, 0);
	ok(put_lookup(&a, 1, 1) == 0 && put_lookup(&a, 2, 2) == 0, "two turns");
	link_say(a.link, 1);
	a.inside = true;
	link_close(a.link, 0, NULL);
	a.inside = false;
	rig_run(r);
	is_int(b.heard, 1, "what was said before the close arrives");
	is_int(a.closed, 0, "it waits for what was put");
	link_say(a.link, 2);
	rig_run(r);
	is_int(b.heard, 2, "and that arrives too");
	ok(a.closed == 1 && a.err == 0, "then it is closed");
	ok(b.closed == 1 && b.err == 0, "on both sides, orderly");
	is_str(b.why, "the other side closed the connection", "in words");
	end_free(&a);
	end_free(&b);

	rig_open(r, &a, &b, 0);
	b.also = close_inside;
	ok(put_lookup(&a, 1, 1) == 0 && put_lookup(&a, 1, 2) == 0, "two");
	link_say(a.link, 1);
	rig_run(r);
	is_int(b.heard, 1, "closed by its handler, it hears no more");
	is_str(b.why, "enough", "and keeps its own sentence");
	ok(a.closed == 1 && b.closed == 1, "both are closed");
	end_free(&a);
	end_free(&b);

	rig_open(r, &a, &b, 0);
	ok(put_lookup(&a, 1, 1) == 0, "something is put");
	a.inside = true;
	link_close(a.link, ERR_RULE, NULL);
	link_close(a.link, 0, "again");
	link_say(a.link, 1);
	a.inside = false;
	rig_run(r);
	is_int(a.err, ERR_RULE, "the first end counts");
	is_str(a.why, err_text(ERR_RULE), "and has words");
	is_int(b.heard, 0, "at once is at once");
	end_free(&a);
	end_free(&b);
}

/* The other side takes nothing: the close must not wait for ever. */
static void
stuck_test(struct rig *r)
{
	struct end a = {0}, b = {0};
	int i;

	rig_open(r, &a, &b, 0);
	link_pause(b.link, true);
	for (i = 0; i < 20000; i++)
		if (put_lookup(&a, 1, 1) != 0)
			break;
	link_say(a.link, 1);
	link_close(a.link, 0, NULL);
	rig_run(r);
	ok(a.closed == 0 && link_held(a.link) > 0, "bytes wait for the reader");
	rig_turn(r, 60000);
	is_int(a.err, ERR_TIMEOUT, "it is given up in the end");
	rig_close(r, &a, &b);
}

static void
pause_inside(struct end *e, const struct msg *m)
{
	if (m->lookup.req == 1)
		link_pause(e->link, true);
}

static void
pause_test(struct rig *r)
{
	struct end a = {0}, b = {0};
	uint32_t i;

	rig_open(r, &a, &b, 0);
	b.also = pause_inside;
	for (i = 1; i <= 5; i++) {
		if (put_lookup(&a, i, i) != 0)
			bail("put");
		link_say(a.link, i);
	}
	rig_run(r);
	is_int(b.heard, 1, "paused by the first of five records");
	link_pause(b.link, false);
	rig_run(r);
	is_int(b.heard, 5, "the others follow");
	rig_close(r, &a, &b);
}

/* A peer that we don't listen to isn't silent. */
static void
pause_silence_test(struct rig *r)
{
	struct end b = {0};
	struct hand h = {0};
	int i;

	hand_open(&h, r, &b, NOISE_AEGIS256);
	link_pause(b.link, true);
	for (i = 0; i < 8; i++)
		rig_turn(r, LINK_PING_MS);
	is_int(b.closed, 0, "six minutes paused");
	link_pause(b.link, false);
	for (i = 0; i < 4 && b.closed == 0; i++)
		rig_turn(r, LINK_PING_MS);
	is_int(b.err, ERR_TIMEOUT, "then its silence counts again (T55)");
	buf_free(&h.sent);
	close(h.fd);
}

/* Nor is one that reads what waits for it, as slowly as it likes; but one that
 * does not is given up, paused or not. */
static void
pause_stuck_test(struct rig *r)
{
	struct end b = {0};
	struct hand h = {0};
	uint8_t part[4096];
	int i;

	hand_open(&h, r, &b, NOISE_AEGIS256);
	for (i = 0; i < 120000; i++)    /* more than sockets hold */
		if (put_done(&b, 1, 1) != 0)
			bail("put");
	link_say(b.link, 1);
	link_pause(b.link, true);
	for (i = 0; i < 8; i++) {
		for (int k = 0; k < 16; k++)
			(void)hand_read(h.fd, part, sizeof(part));
		rig_turn(r, LINK_PING_MS);
	}
	ok(b.closed == 0 && link_held(b.link) > 0,
	    "six minutes paused, and read from slowly (T56)");
	for (i = 0; i < 4 && b.closed == 0; i++)
		rig_turn(r, LINK_PING_MS);
	if (!ok(b.err == ERR_TIMEOUT, "then not at all: it is given up (T56)"))
		bail("it is kept for ever");
	is_str(b.why, "the other side has read nothing for 90 s", "in words");
	buf_free(&h.sent);
	close(h.fd);
}

/* Two in one program: neither waits for the other's flood. */
static void
fair_test(struct rig *r)
{
	struct end a = {0}, b = {0}, c = {0}, d = {0};
	struct msg m = {.code = MSG_whisper};
	static uint8_t junk[60000];
	int i, turns;

	rig_open(r, &a, &b, 0);
	rig_open(r, &c, &d, 0);
	m.whisper.entry = bytes_of(junk, sizeof(junk));
	for (i = 0; i < 60; i++)
		if (link_put(a.link, 1, &m) != 0)
			bail("put");
	link_say(a.link, 1);
	if (put_lookup(&c, 1, 1) != 0)
		bail("put");
	link_say(c.link, 1);
	for (turns = 0; d.heard == 0 && turns < 100; turns++)
		(void)loop_hear(r->loop, 0);
	ok(turns <= 2, "heard in turn %d, beside a flood", turns);
	ok(b.heard < 10, "of which %u of 60 were heard", b.heard);
	for (i = 0; i < 200 && b.heard < 60; i++)
		(void)loop_hear(r->loop, 0);
	is_int(b.heard, 60, "and then all of it");
	rig_close(r, &a, &b);
	rig_close(r, &c, &d);
}

static void
ping_test(struct rig *r)
{
	struct end a = {0}, b = {0};
	struct hand h = {0};

	rig_open(r, &a, &b, 0);
	rig_turn(r, LINK_PING_MS - 1);
	is_int(link_count(a.link).records_out, 1, "silent up to 45 s");
	rig_turn(r, 1);
	is_int(link_count(a.link).records_out, 3, "ping and pong at 45 s");
	rig_turn(r, LINK_PING_MS);
	rig_turn(r, LINK_PING_MS);
	rig_turn(r, LINK_PING_MS);
	ok(a.closed == 0 && b.closed == 0, "alive after three minutes");
	ok(a.heard == 0 && b.heard == 0, "and the programs know nothing of it");
	rig_close(r, &a, &b);

	hand_open(&h, r, &b, NOISE_CHACHA);
	is_int(b.opened, 1, "a peer that will not answer");
	rig_turn(r, LINK_PING_MS);
	rig_turn(r, LINK_DEAD_MS - LINK_PING_MS - 1);
	is_int(b.closed, 0, "is waited for nearly 90 s");
	is_int(link_count(b.link).frames_out, 1, "after one ping");
	rig_turn(r, 1);
	is_int(b.err, ERR_TIMEOUT, "and is dead at 90 s (T55)");
	is_str(b.why, "the other side has been silent for 90 s", "in words");
	buf_free(&h.sent);
	close(h.fd);
}

#define IDLE 1000

static size_t
in_use(void)
{
	return mallinfo2().uordblks;
}

static void
idle_test(struct rig *r)
{
	static struct end a[IDLE], b[IDLE];
	struct rlimit most;
	size_t before, each;
	int i, n = IDLE;

	if (getrlimit(RLIMIT_NOFILE, &most) == 0) {
		most.rlim_cur = most.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &most);
		if (most.rlim_cur < 2 * IDLE + 50)
			n = (int)(most.rlim_cur - 50) / 2;
	}
	before = in_use();
	for (i = 0; i < n; i++)
		rig_open(r, &a[i], &b[i], 0);
	for (i = 0; i < n; i++) {
		if (put_lookup(&a[i], 1, 1) != 0 || put_done(&b[i], 1, 1) != 0)
			bail("put");
		link_say(a[i].link, 1);
		link_say(b[i].link, 1);
	}
	rig_run(r);
	for (i = 0; i < n; i++) {
		buf_free(&a[i].seen);
		buf_free(&b[i].seen);
	}
	each = (in_use() - before) / (size_t)(2 * n);
	note("%d idle connections: %.2f KiB each", 2 * n,
	    (double)each / 1024);
#ifdef __SANITIZE_ADDRESS__
	skip("memory per connection: the sanitizer has its own malloc");
#else
	ok(each > 0 && each < 1600, "an idle connection costs %zu bytes", each);
#endif
	for (i = 0; i < n; i++) {
		link_close(a[i].link, 0, NULL);
		link_close(b[i].link, 0, NULL);
	}
	rig_run(r);
	for (i = 0; i < n && a[i].closed == 1 && b[i].closed == 1; i++) {
		end_free(&a[i]);
		end_free(&b[i]);
	}
	is_int(i, n, "all are closed");
}

int
main(void)
{
	struct rig r;

	rig_init(&r);
	rows_test(&r, NOISE_CHACHA);
	rows_test(&r, NOISE_AEGIS256);
	turns_test(&r);
	early_test(&r);
	close_test(&r);
	stuck_test(&r);
	pause_test(&r);
	pause_silence_test(&r);
	pause_stuck_test(&r);
	fair_test(&r);
	ping_test(&r);
	idle_test(&r);
	rig_free(&r);
	return done();
}
