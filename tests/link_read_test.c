/* SPDX-License-Identifier: ISC */
/*
 * What a link makes of records that no link would send: from a peer made by
 * hand, who holds the keys. Truncated at every byte, one byte at a time,
 * flipped, said twice, mirrored (T29), giant, of the wrong direction (T53).
 */
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"
#include "tap.h"

/* A listening link and a hand that has shaken it; confirmed unless told not. */
static void
meet(struct rig *r, struct end *b, struct hand *h, enum noise_cipher cipher,
    bool confirm)
{
	struct link_setup sb = rig_setup(r, b, false);
	int fd[2];

	memset(h, 0, sizeof(*h));
	rig_pair(fd);
	h->fd = fd[0];
	b->link = link_over(&sb, fd[1], false, NULL);
	hand_shake(h, r, cipher);
	if (!confirm)
		return;
	hand_record(h, bytes_of(NULL, 0));
	hand_write(h, buf_view(&h->sent));
	buf_clear(&h->sent);
	rig_run(r);
	if (b->opened != 1)
		bail("not open: %s", b->why);
}

static void
part(struct rig *r, struct end *b, struct hand *h)
{
	close(h->fd);
	buf_free(&h->sent);
	rig_run(r);
	if (b->closed != 1)
		bail("the link did not end");
	end_free(b);
}

static void
lookup_frame(struct buf *out, uint32_t req)
{
	struct msg m = {.code = MSG_lookup};

	m.lookup.req = req;
	m.lookup.name = bytes_of("bob", 3);
	if (msg_put(out, &m) != 0)
		bail("msg_put");
}

/* The whole life of a client as bytes: confirm, then a record of two frames. */
static void
life(struct hand *h)
{
	struct buf plain = {0};

	hand_record(h, bytes_of(NULL, 0));
	lookup_frame(&plain, 1);
	lookup_frame(&plain, 2);
	hand_record(h, buf_view(&plain));
	buf_free(&plain);
}

static void
truncation_test(struct rig *r, enum noise_cipher cipher)
{
	struct end b = {0};
	struct hand h;
	size_t n, size = 1, bad = 0, opened = 0, whole = 0;

	for (n = 0; n <= size; n++) {
		meet(r, &b, &h, cipher, false);
		life(&h);
		size = h.sent.n;
		hand_write(&h, bytes_of(h.sent.p, n));
		(void)shutdown(h.fd, SHUT_WR);
		rig_run(r);
		opened += b.opened;
		whole += b.heard == 2;
		bad += b.closed != 1 || (b.heard != 0) != (n == size) ||
		    (b.err == 0) != (n == size ||
		    n == 2 + noise_tag(h.send.cipher));
		part(r, &b, &h);
	}
	is_int(bad, 0, "cipher %d: %zu truncations end as they must", cipher,
	    n);
	is_int(whole, 1, "cipher %d: only the whole is heard", cipher);
	ok(opened > whole, "and the first record opens the link");
}

static void
dribble_test(struct rig *r)
{
	struct end b = {0};
	struct hand h;
	size_t i;

	meet(r, &b, &h, NOISE_AEGIS256, false);
	life(&h);
	for (i = 0; i < h.sent.n; i++) {
		hand_write(&h, bytes_of(h.sent.p + i, 1));
		(void)loop_hear(r->loop, 0);
	}
	is_int(b.heard, 2, "one byte at a time: two messages");
	part(r, &b, &h);
}

static void
flip_test(struct rig *r, enum noise_cipher cipher)
{
	struct end b = {0};
	struct hand h;
	size_t i, n = 1, bad = 0, start;

	for (i = 0; i < n; i++) {
		meet(r, &b, &h, cipher, false);
		life(&h);
		n = h.sent.n;
		h.sent.p[i] ^= (uint8_t)(1u << i % 8);
		start = 2 + noise_tag(h.send.cipher);
		hand_write(&h, buf_view(&h.sent));
		(void)shutdown(h.fd, SHUT_WR);
		rig_run(r);
		bad += b.heard != 0 || b.closed != 1 || b.err == 0 ||
		    b.opened != (i >= start);
		part(r, &b, &h);
	}
	is_int(bad, 0, "cipher %d: a flip in each of %zu bytes ends the link",
	    cipher, n);
}

/* One bad thing after a good start: which error, and nothing heard. */
static void
bad_bytes(struct rig *r, const char *name, struct bytes raw, int want)
{
	struct end b = {0};
	struct hand h;

	meet(r, &b, &h, NOISE_CHACHA, true);
	hand_write(&h, raw);
	rig_run(r);
	ok(b.heard == 0, "%s: nothing is heard", name);
	is_int(b.err, want, "%s: %s", name, b.why);
	part(r, &b, &h);
}

static void
bad_frame(struct rig *r, const char *name, struct bytes frame, int want)
{
	struct end b = {0};
	struct hand h;
	struct buf plain = {0};

	meet(r, &b, &h, NOISE_AEGIS256, true);
	lookup_frame(&plain, 1);
	buf_bytes(&plain, frame);
	lookup_frame(&plain, 2);
	hand_record(&h, buf_view(&plain));
	hand_write(&h, buf_view(&h.sent));
	rig_run(r);
	is_int(b.heard, 1, "%s: what came before is heard", name);
	is_int(b.err, want, "%s: %s", name, b.why);
	buf_free(&plain);
	part(r, &b, &h);
}

static void
frames_test(struct rig *r)
{
	static const uint8_t unknown[] = {0x7f, 0xff, 0, 0};
	static const uint8_t trail[] = {0, MSG_ping, 0, 9, 1, 2, 3, 4, 5, 6, 7,
	    8, 9};
	static const uint8_t brief[] = {0, MSG_ping, 0, 7, 1, 2, 3, 4, 5, 6, 7};
	static const uint8_t giant[] = {0, MSG_whisper, 0xff, 0xff};
	static const uint8_t mine[] = {0, MSG_done, 0, 12, 0, 0, 0, 1, 0, 0, 0,
	    0, 0, 0, 0, 0};
	static const uint8_t text[] = {0, MSG_hello, 0, 2, 1, 0xff};

	bad_frame(r, "an unknown code", bytes_of(unknown, 4), ERR_SUITE);
	bad_frame(r, "a byte left over", bytes_of(trail, sizeof(trail)),
	    ERR_TRAIL);
	bad_frame(r, "a byte short", bytes_of(brief, sizeof(brief)), ERR_SHORT);
	bad_frame(r, "longer than its record", bytes_of(giant, 4), ERR_SHORT);
	bad_frame(r, "what only a relay says", bytes_of(mine, sizeof(mine)),
	    ERR_DENIED);
	bad_frame(r, "no UTF-8", bytes_of(text, sizeof(text)), ERR_FORMAT);
}

static void
records_test(struct rig *r)
{
	static const uint8_t zero[2], tiny[] = {0, 15, 1, 2, 3};
	uint8_t noise[66000] = {0xff, 0xff};
	struct end b = {0};
	struct hand h;

	bad_bytes(r, "a record of 0 bytes", bytes_of(zero, 2), ERR_FORMAT);
	bad_bytes(r, "a record shorter than its seal",
	    bytes_of(tiny, sizeof(tiny)), ERR_FORMAT);
	rng_fill(&r->rng, noise + 2, sizeof(noise) - 2);
	bad_bytes(r, "65535 bytes of noise", bytes_of(noise, sizeof(noise)),
	    ERR_AUTH);
	meet(r, &b, &h, NOISE_CHACHA, true);
	hand_record(&h, bytes_of(NULL, 0));
	hand_write(&h, buf_view(&h.sent));
	rig_run(r);
	is_int(b.closed, 0, "an empty record is nothing");
	part(r, &b, &h);
}

static void
replay_test(struct rig *r)
{
	struct end b = {0};
	struct hand h;
	struct buf plain = {0};
	uint8_t own[512];
	size_t n;
	struct msg m = {.code = MSG_done};

	meet(r, &b, &h, NOISE_AEGIS256, true);
	lookup_frame(&plain, 1);
	hand_record(&h, buf_view(&plain));
	hand_write(&h, buf_view(&h.sent));
	rig_run(r);
	is_int(b.heard, 1, "said once");
	hand_write(&h, buf_view(&h.sent));
	rig_run(r);
	ok(b.heard == 1 && b.err == ERR_AUTH, "said again, it does not open");
	part(r, &b, &h);

	meet(r, &b, &h, NOISE_AEGIS256, true);
	hand_record(&h, buf_view(&plain));
	buf_clear(&h.sent);
	hand_record(&h, buf_view(&plain));
	hand_write(&h, buf_view(&h.sent));
	rig_run(r);
	ok(b.heard == 0 && b.err == ERR_AUTH, "nor does it when one is left out");
	part(r, &b, &h);

	meet(r, &b, &h, NOISE_AEGIS256, true);
	if (link_put(b.link, 1, &m) != 0)
		bail("put");
	link_say(b.link, 1);
	(void)hand_read(h.fd, own, sizeof(own));
	if (link_put(b.link, 2, &m) != 0)
		bail("put");
	link_say(b.link, 2);
	n = hand_read(h.fd, own, sizeof(own));
	ok(n > 16, "the link's own record, of the number it awaits");
	hand_write(&h, bytes_of(own, n));
	rig_run(r);
	ok(b.heard == 0 && b.err == ERR_AUTH, "does not open for it (T29)");
	part(r, &b, &h);
	buf_free(&plain);
}

/* What the initiator said in the handshake, said back to it. */
static void
mirror_test(struct rig *r)
{
	struct end a = {0};
	struct link_setup sa = rig_setup(r, &a, true);
	uint8_t own[4096];
	size_t n;
	int fd[2];

	rig_pair(fd);
	a.link = link_over(&sa, fd[0], true, r->relay_public);
	rig_run(r);
	n = hand_read(fd[1], own, sizeof(own));
	if (send(fd[1], own + 3, n - 3, MSG_NOSIGNAL) < 0)
		bail("send");
	rig_run(r);
	ok(a.opened == 0 && a.err != 0, "a mirror is no relay: %s", a.why);
	close(fd[1]);
}

int
main(void)
{
	struct rig r;

	rig_init(&r);
	truncation_test(&r, NOISE_CHACHA);
	truncation_test(&r, NOISE_AEGIS256);
	dribble_test(&r);
	flip_test(&r, NOISE_CHACHA);
	flip_test(&r, NOISE_AEGIS256);
	frames_test(&r);
	records_test(&r);
	replay_test(&r);
	mirror_test(&r);
	rig_free(&r);
	return done();
}
