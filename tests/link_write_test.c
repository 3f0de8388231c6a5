/* SPDX-License-Identifier: ISC */
/*
 * What goes out: packing into records, sizes at their limits, a reader that is
 * slow, one that has gone, and the 2^16 records after which AEGIS-256 turns its
 * key.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"
#include "tap.h"

static int
put_whisper(struct end *e, uint64_t turn, size_t n)
{
	struct msg m = {.code = MSG_whisper};
	uint8_t *junk = mem_alloc(n);
	int err;

	memset(junk, 0x5a, n);
	m.whisper.entry = bytes_of(junk, n);
	err = link_put(e->link, turn, &m);
	free(junk);
	return err;
}

static bool
heard_all(void *arg)
{
	struct end *e = arg;

	return e->closed > 0 || e->heard >= (uintptr_t)e->more;
}

static void
sizes_test(struct rig *r, enum noise_cipher cipher)
{
	size_t head = WIRE_HEAD + WIRE_ID + 8 + 2;
	struct end a = {0}, b = {0};
	uint64_t before;
	unsigned i;

	rig_open(r, &a, &b, cipher);
	is_int(put_whisper(&a, 1, WIRE_FRAME_MAX - head + 1), ERR_BIG,
	    "cipher %d: a frame of one byte too many", cipher);
	is_int(link_held(a.link), 0, "leaves nothing behind");
	is_int(put_whisper(&a, 1, WIRE_FRAME_MAX - head), 0, "the largest");
	is_int(link_held(a.link), WIRE_FRAME_MAX, "is held whole");
	for (i = 0; i < 5; i++)
		if (put_whisper(&a, 1, 30000) != 0 ||
		    put_whisper(&a, 1, 10) != 0)
			bail("put");
	before = link_count(a.link).records_out;
	link_say(a.link, 1);
	b.more = (void *)(uintptr_t)11;
	ok(rig_until(r, heard_all, &b), "all arrive");
	is_int(b.heard, 11, "11 messages");
	is_int(b.seen.n, WIRE_FRAME_MAX + 5 * (30010 + 2 * head),
	    "of the right size");
	is_int(link_count(a.link).records_out - before, 4,
	    "in four records: a frame never spans two");
	rig_close(r, &a, &b);
}

static void
slow_test(struct rig *r)
{
	struct end a = {0}, b = {0};
	int err = 0, n = 0;
	size_t most = 0;

	rig_open(r, &a, &b, 0);
	link_pause(b.link, true);
	while (!link_full(a.link) && n++ < 1000) {
		if (put_whisper(&a, 1, 48000) != 0)
			bail("put");
		link_say(a.link, 1);
	}
	ok(link_full(a.link), "full at %zu bytes held", link_held(a.link));
	ok(link_held(a.link) >= LINK_HELD_SOFT &&
	    link_held(a.link) < LINK_HELD_SOFT + 65536, "which is 1 MiB");
	while (err == 0 && n++ < 1000) {
		most = link_held(a.link);
		err = put_whisper(&a, 1, 48000);
		if (err == 0)
			link_say(a.link, 1);
	}
	ok(most <= LINK_HELD_HARD && most > LINK_HELD_HARD - 65536,
	    "at most 4 MiB are held (T56)");
	is_int(err, ERR_STATE, "then it is cut");
	rig_run(r);
	is_int(a.err, ERR_QUOTA, "for its quota: %s", a.why);
	rig_close(r, &a, &b);

	rig_open(r, &a, &b, 0);
	link_pause(b.link, true);
	for (n = 0; !link_full(a.link); n++) {
		if (put_whisper(&a, 1, 48000) != 0)
			bail("put");
		link_say(a.link, 1);
	}
	link_pause(b.link, false);
	b.more = (void *)(uintptr_t)n;
	ok(rig_until(r, heard_all, &b), "a reader that wakes up gets all %d", n);
	is_int(link_held(a.link), 0, "and nothing is held");
	rig_close(r, &a, &b);
}

/* A peer that pings and never reads gets no more than its share of pongs. */
static void
pong_test(struct rig *r)
{
	struct end b = {0};
	struct link_setup sb = rig_setup(r, &b, false);
	struct hand h = {0};
	struct buf plain = {0};
	struct msg ping = {.code = MSG_ping};
	int fd[2], i;

	rig_pair(fd);
	h.fd = fd[0];
	sb.limits.held_hard = 100000;
	b.link = link_over(&sb, fd[1], false, NULL);
	hand_shake(&h, r, NOISE_CHACHA);
	hand_record(&h, bytes_of(NULL, 0));
	for (i = 0; i < 1000; i++)
		if (msg_put(&plain, &ping) != 0)
			bail("msg_put");
	hand_record(&h, buf_view(&plain));
	hand_write(&h, buf_view(&h.sent));
	rig_run(r);
	is_int(link_count(b.link).frames_out, 1, "a thousand pings, one pong");
	buf_clear(&h.sent);
	plain.n = WIRE_HEAD + 8;
	for (i = 0; i < 50000 && b.closed == 0; i++) {
		hand_record(&h, buf_view(&plain));
		hand_write(&h, buf_view(&h.sent));
		buf_clear(&h.sent);
		(void)loop_hear(r->loop, 0);
		(void)loop_hear(r->loop, 0);
	}
	is_int(b.err, ERR_QUOTA, "cut after %d pings unread", i);
	buf_free(&plain);
	buf_free(&h.sent);
	close(fd[0]);
	rig_run(r);
	end_free(&b);
}

/* Its last words are heard although it listens no more. */
static void
gone_test(struct rig *r)
{
	struct end b = {0};
	struct hand h = {0};
	struct buf plain = {0};
	struct msg m = {.code = MSG_lookup}, answer = {.code = MSG_done};

	hand_open(&h, r, &b, NOISE_CHACHA);
	if (msg_put(&plain, &m) != 0)
		bail("msg_put");
	hand_record(&h, buf_view(&plain));
	hand_write(&h, buf_view(&h.sent));
	close(h.fd);
	b.inside = true;
	is_int(link_put(b.link, 1, &answer), 0, "said to one who has gone");
	link_say(b.link, 1);
	b.inside = false;
	rig_run(r);
	is_int(b.heard, 1, "its last words are heard");
	is_int(b.closed, 1, "and then the link ends: %s", b.why);
	buf_free(&plain);
	buf_free(&h.sent);
	end_free(&b);
}

/* Each say is a record: more of them than one AEGIS-256 key seals. */
static void
rekey_test(struct rig *r)
{
	struct end a = {0}, b = {0};
	struct msg m = {.code = MSG_box_ack};
	unsigned i, n = NOISE_REKEY_EVERY + 100;

	rig_open(r, &a, &b, NOISE_AEGIS256);
	for (i = 1; i <= n && a.closed + b.closed == 0; i++) {
		if (link_put(a.link, i, &m) != 0)
			bail("put");
		link_say(a.link, i);
		if (i % 32 == 0)
			(void)loop_hear(r->loop, 0);
		buf_clear(&b.seen);
	}
	rig_run(r);
	is_int(b.heard, n, "%u records, and the key has turned", n);
	rig_close(r, &a, &b);
}

int
main(void)
{
	struct rig r;

	rig_init(&r);
	sizes_test(&r, NOISE_CHACHA);
	sizes_test(&r, NOISE_AEGIS256);
	slow_test(&r);
	pong_test(&r);
	gone_test(&r);
	rekey_test(&r);
	rig_free(&r);
	return done();
}
