/* SPDX-License-Identifier: ISC */
/*
 * A link and whatever is said to it over a socket pair. The first byte chooses:
 * opening and message 1 to a listener, message 2 to an initiator, raw bytes
 * after the handshake, or sealed frames, which only a peer with keys can send.
 * The link must end, once, open only where there was a handshake, and hear just
 * what was said before the first wrong frame.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "rig.h"

#define CHUNK 60000

/* Writes in two pieces, so that units break anywhere. */
static void
say(struct rig *r, int fd, struct bytes in)
{
	size_t half = in.n > 0 ? in.p[0] * in.n / 256 : 0;

	(void)!send(fd, in.p, half, MSG_NOSIGNAL);
	(void)loop_hear(r->loop, 0);
	(void)!send(fd, in.p + half, in.n - half, MSG_NOSIGNAL);
	(void)loop_hear(r->loop, 0);
}

/* The other side leaves: whatever happened before, the link ends. */
static void
leave(struct rig *r, struct end *e, int fd)
{
	int i;

	(void)shutdown(fd, SHUT_WR);
	for (i = 0; i < 6 && e->closed == 0; i++)
		(void)loop_hear(r->loop, 0);
	if (e->closed == 0)
		rig_turn(r, LINK_DEAD_MS);
	must(e->closed == 1);
	close(fd);
	end_free(e);
}

static void
fuzz_shake(struct rig *r, struct bytes in, bool initiator)
{
	struct end e = {0};
	struct link_setup setup = rig_setup(r, &e, initiator);
	int fd[2];

	rig_pair(fd);
	setup.cipher = NOISE_CHACHA;
	e.link = link_over(&setup, fd[0], initiator,
	    initiator ? r->relay_public : NULL);
	say(r, fd[1], in);
	must(e.opened == 0);
	leave(r, &e, fd[1]);
}

/* What a link must hear of these frames: up to the first that is wrong, without
 * pings. */
static void
expect(struct bytes in, struct buf *out)
{
	struct rd r = rd_of(in);
	struct msg m;

	while (rd_left(&r) > 0 && msg_get(&r, &m) == 0 &&
	    msg_gate(m.code, FROM_CLIENT, STATE_KNOWN) == 0)
		if (m.code != MSG_ping && m.code != MSG_pong)
			must(msg_put(out, &m) == 0);
}

static void
fuzz_open(struct rig *r, struct bytes in, bool sealed)
{
	struct end e = {0};
	struct link_setup setup = rig_setup(r, &e, false);
	struct hand h = {0};
	struct buf want = {0};
	int fd[2];

	rig_pair(fd);
	h.fd = fd[1];
	e.link = link_over(&setup, fd[0], false, NULL);
	hand_shake(&h, r, in.n % 2 ? NOISE_CHACHA : NOISE_AEGIS256);
	hand_record(&h, bytes_of(NULL, 0));
	if (sealed) {
		hand_record(&h, in);
		hand_write(&h, buf_view(&h.sent));
		rig_run(r);
		must(e.opened == 1);
		expect(in, &want);
		must(bytes_same(buf_view(&e.seen), buf_view(&want)));
	} else {
		hand_write(&h, buf_view(&h.sent));
		say(r, fd[1], in);
		must(e.heard == 0);
	}
	buf_free(&want);
	buf_free(&h.sent);
	leave(r, &e, fd[1]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct rig rig;
	struct bytes in;

	if (rig.loop == NULL)
		rig_init(&rig);
	if (n == 0 || n > CHUNK)
		return 0;
	in = bytes_of(p + 1, n - 1);
	if (p[0] % 4 < 2)
		fuzz_shake(&rig, in, p[0] % 4 == 1);
	else
		fuzz_open(&rig, in, p[0] % 4 == 3);
	return 0;
}
