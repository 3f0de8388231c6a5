/* SPDX-License-Identifier: ISC */
/*
 * The handshake over a link: both ciphers, versions, pins; every truncation and
 * flips of every byte; strangers get nothing (T20, T54, T99).
 */
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"
#include "tap.h"

static void
good(struct rig *r, enum noise_cipher cipher, const char *name)
{
	struct end a = {0}, b = {0};

	rig_open(r, &a, &b, cipher);
	is_mem(link_hash(a.link), link_hash(b.link), HASH64,
	    "%s: one handshake hash", name);
	is_mem(link_peer(a.link), r->relay_public, DH_SIZE,
	    "%s: the client knows the relay", name);
	is_mem(link_peer(b.link), r->client_public, DH_SIZE,
	    "%s: the relay knows the client", name);
	is_int(link_version(a.link), WIRE_VERSION, "%s: version", name);
	is_int(link_version(b.link), WIRE_VERSION, "%s: version", name);
	is_int(link_count(b.link).records_in, 1, "%s: one empty record", name);
	link_close(a.link, 0, NULL);
	rig_run(r);
	ok(a.closed == 1 && b.closed == 1 && a.err == 0 && b.err == 0,
	    "%s: both end orderly", name);
}

/* Two ends with lists of their own, until both have closed or opened. */
static void
versions(struct rig *r, struct end *a, struct end *b, struct bytes va,
    struct bytes vb)
{
	struct link_setup sa = rig_setup(r, a, true);
	struct link_setup sb = rig_setup(r, b, false);
	int fd[2];

	sa.versions = va.p;
	sa.versions_n = va.n;
	sb.versions = vb.p;
	sb.versions_n = vb.n;
	rig_pair(fd);
	a->link = link_over(&sa, fd[0], true, r->relay_public);
	b->link = link_over(&sb, fd[1], false, NULL);
	rig_run(r);
}

static void
versions_test(struct rig *r)
{
	static const uint8_t v9[] = {9}, v12[] = {1, 2}, v132[] = {1, 3, 2};
	struct end a = {0}, b = {0};

	versions(r, &a, &b, bytes_of(v9, 1), bytes_of(v12, 2));
	is_int(a.err, ERR_VERSION, "the client hears of the versions");
	is_int(b.err, ERR_VERSION, "and so does the relay");
	is_str(a.why, "the other side speaks protocol version 1 and 2; "
	    "this program speaks 9", "the client's sentence names both");
	is_str(b.why, "the other side speaks protocol version 9; "
	    "this program speaks 1 and 2", "the relay's too");
	ok(a.opened == 0 && b.opened == 0, "neither opened");
	end_free(&a);
	end_free(&b);
	versions(r, &a, &b, bytes_of(v132, 3), bytes_of(v12, 2));
	ok(a.opened == 1 && b.opened == 1, "two lists that meet");
	is_int(link_version(a.link), 2, "the highest both speak");
	is_int(link_version(b.link), 2, "the highest both speak");
	link_close(a.link, ERR_STATE, NULL);
	rig_run(r);
}

/* Whoever is in between takes the newer version out of what is offered: both
 * sides would speak the older one, and neither would know. */
static void
downgrade_test(struct rig *r)
{
	static const uint8_t two[] = {WIRE_VERSION, WIRE_VERSION + 1};
	struct end a = {0}, b = {0};
	struct link_setup sa = rig_setup(r, &a, true);
	struct link_setup sb = rig_setup(r, &b, false);
	uint8_t m[4096];
	int left[2], right[2];
	size_t n;

	sa.versions = sb.versions = two;
	sa.versions_n = sb.versions_n = 2;
	rig_pair(left);
	rig_pair(right);
	a.link = link_over(&sa, left[0], true, r->relay_public);
	b.link = link_over(&sb, right[0], false, NULL);
	rig_run(r);
	n = hand_read(left[1], m, sizeof(m));
	if (n < 4 || m[1] != 2)
		bail("no opening of two versions");
	m[1] = 1;
	memmove(m + 3, m + 4, n - 4);
	(void)!write(right[1], m, n - 1);
	rig_run(r);
	n = hand_read(right[1], m, sizeof(m));
	(void)!write(left[1], m, n);
	rig_run(r);
	ok(a.opened == 0 && b.err == ERR_AUTH,
	    "a version taken out on the way ends the handshake (T20)");
	close(left[1]);
	close(right[1]);
	rig_run(r);
}

static void
pin_test(struct rig *r)
{
	struct end a = {0}, b = {0};
	struct link_setup sa = rig_setup(r, &a, true);
	struct link_setup sb = rig_setup(r, &b, false);
	static const uint8_t low[DH_SIZE];
	int fd[2];

	rig_pair(fd);
	sb.secret = r->client; /* another relay than the pinned one */
	a.link = link_over(&sa, fd[0], true, r->relay_public);
	b.link = link_over(&sb, fd[1], false, NULL);
	rig_run(r);
	is_int(a.err, ERR_PIN, "another key than the pinned one");
	is_str(a.why, "the other side ended the handshake: its key is not the "
	    "pinned one, or it is no tacet relay", "and its sentence");
	is_int(b.err, ERR_AUTH, "the relay can't read what it was sent");
	end_free(&a);
	rig_pair(fd);
	a.link = link_over(&sa, fd[0], true, low);
	ok(a.closed == 0, "closed waits for the loop");
	rig_run(r);
	is_int(a.err, ERR_KEY, "a pinned key of low order");
	close(fd[1]);
}

/* What a stranger sends must end the link and get no byte back. */
static void
stranger(struct rig *r, const char *name, struct bytes said)
{
	struct end b = {0};
	struct link_setup sb = rig_setup(r, &b, false);
	uint8_t in[16];
	int fd[2];

	rig_pair(fd);
	b.link = link_over(&sb, fd[1], false, NULL);
	if (send(fd[0], said.p, said.n, MSG_NOSIGNAL) != (ssize_t)said.n)
		bail("can't write");
	rig_run(r);
	ok(b.closed == 1 && b.err != 0 && b.opened == 0, "%s is closed", name);
	ok(hand_read(fd[0], in, sizeof(in)) == 0 && hand_eof(fd[0]),
	    "%s gets no answer (T54, T99)", name);
	close(fd[0]);
}

static void
strangers_test(struct rig *r)
{
	static const uint8_t tls[] = {0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3};
	static const uint8_t none[] = {NOISE_CHACHA, 0};
	static const uint8_t many[] = {NOISE_CHACHA, 17, 1, 2, 3};
	static const uint8_t zero[] = {NOISE_CHACHA, 1, 1, 0, 0};
	static const uint8_t giant[] = {NOISE_AEGIS256, 1, 1, 0xff, 0xff, 0};
	const char *http = "GET / HTTP/1.1\r\n\r\n", *ssh = "SSH-2.0-x\r\n";

	stranger(r, "HTTP", bytes_of(http, strlen(http)));
	stranger(r, "SSH", bytes_of(ssh, strlen(ssh)));
	stranger(r, "TLS", bytes_of(tls, sizeof(tls)));
	stranger(r, "no version", bytes_of(none, sizeof(none)));
	stranger(r, "17 versions", bytes_of(many, sizeof(many)));
	stranger(r, "message 1 of 0 bytes", bytes_of(zero, sizeof(zero)));
	stranger(r, "message 1 of 65535 bytes", bytes_of(giant, sizeof(giant)));
}

/* The same for what answers an initiator. */
static void
impostor(struct rig *r, const char *name, struct bytes said, int want)
{
	struct end a = {0};
	struct link_setup sa = rig_setup(r, &a, true);
	int fd[2];

	rig_pair(fd);
	sa.cipher = NOISE_CHACHA;
	a.link = link_over(&sa, fd[0], true, r->relay_public);
	if (send(fd[1], said.p, said.n, MSG_NOSIGNAL) != (ssize_t)said.n)
		bail("can't write");
	rig_run(r);
	ok(a.closed == 1 && a.opened == 0, "%s: closed", name);
	is_int(a.err, want, "%s: %s", name, a.why);
	close(fd[1]);
}

static void
impostors_test(struct rig *r)
{
	uint8_t junk[2 + 1153] = {1153 >> 8, 1153 & 255};
	const char *ssh = "SSH-2.0-OpenSSH_9.2\r\n";

	impostor(r, "an SSH server", bytes_of(ssh, strlen(ssh)), ERR_FORMAT);
	rng_fill(&r->rng, junk + 2, sizeof(junk) - 2);
	impostor(r, "message 2 of noise", bytes_of(junk, sizeof(junk)),
	    ERR_PIN);
	junk[0] = junk[1] = 0xff;
	impostor(r, "a giant message 2", bytes_of(junk, sizeof(junk)),
	    ERR_FORMAT);
}

/* A listener that gets these bytes and then the end; true: it stayed shut and
 * nothing came back. */
static bool
refuses(struct rig *r, struct bytes said, bool eof)
{
	struct end b = {0};
	struct link_setup sb = rig_setup(r, &b, false);
	uint8_t in[64];
	bool good;
	int fd[2], i;

	rig_pair(fd);
	b.link = link_over(&sb, fd[1], false, NULL);
	if (send(fd[0], said.p, said.n, MSG_NOSIGNAL) != (ssize_t)said.n)
		bail("can't write");
	if (eof)
		(void)shutdown(fd[0], SHUT_WR);
	for (i = 0; i < 8; i++)
		(void)loop_hear(r->loop, 0);
	if (b.closed == 0) /* a size that waits for more: the clock ends it */
		rig_turn(r, LINK_HANDSHAKE_MS);
	good = b.closed == 1 && b.err != 0 && b.opened == 0 &&
	    hand_read(fd[0], in, sizeof(in)) == 0;
	close(fd[0]);
	return good;
}

static void
first_test(struct rig *r, enum noise_cipher cipher)
{
	struct hand h;
	size_t i, bad = 0;
	unsigned bit;

	hand_begin(&h, r, cipher, bytes_of(NULL, 0));
	for (i = 0; i < h.sent.n; i++)
		bad += !refuses(r, bytes_of(h.sent.p, i), true);
	is_int(bad, 0, "cipher %d: all %zu truncations refused (T53)",
	    cipher, i);
	for (i = 0, bad = 0; i < h.sent.n; i++)
		for (bit = 0; bit < 8; bit += i < 5 ? 1 : 8) {
			uint8_t flip = (uint8_t)(1u << (i < 5 ? bit : i % 8));

			h.sent.p[i] ^= flip;
			bad += !refuses(r, buf_view(&h.sent), false);
			h.sent.p[i] ^= flip;
		}
	is_int(bad, 0, "cipher %d: a flip in each of %zu bytes refused (T20)",
	    cipher, i);
	ok(!refuses(r, buf_view(&h.sent), false), "unchanged it is answered");
	buf_free(&h.sent);
}

/* Carries a handshake through the test; flips one bit of message 2. */
static int
second_flip(struct rig *r, size_t at, size_t *size)
{
	struct end a = {0}, b = {0};
	struct link_setup sa = rig_setup(r, &a, true);
	struct link_setup sb = rig_setup(r, &b, false);
	uint8_t m[4096];
	size_t n;
	int left[2], right[2], i;

	rig_pair(left);
	rig_pair(right);
	a.link = link_over(&sa, left[0], true, r->relay_public);
	b.link = link_over(&sb, right[0], false, NULL);
	for (i = 0; i < 8; i++)
		(void)loop_hear(r->loop, 0);
	n = hand_read(left[1], m, sizeof(m));
	(void)!write(right[1], m, n);
	for (i = 0; i < 8; i++)
		(void)loop_hear(r->loop, 0);
	*size = n = hand_read(right[1], m, sizeof(m));
	if (at < n)
		m[at] ^= (uint8_t)(1u << at % 8);
	(void)!write(left[1], m, n);
	for (i = 0; i < 8; i++)
		(void)loop_hear(r->loop, 0);
	if (a.closed == 0 && a.opened == 0)
		rig_turn(r, LINK_HANDSHAKE_MS);
	close(left[1]);
	close(right[1]);
	rig_run(r);
	return a.opened > 0 ? 0 : a.err;
}

static void
second_test(struct rig *r)
{
	size_t i, n = 0, bad = 0;

	is_int(second_flip(r, SIZE_MAX, &n), 0, "carried unchanged it opens");
	for (i = 0; i < n; i++)
		bad += second_flip(r, i, &n) == 0;
	is_int(bad, 0, "a flip in each of %zu bytes of message 2 refused", n);
	ok(n > MLKEM_CIPHER, "message 2 carries the ML-KEM cipher text");
}

/* The same handshake without its post-quantum half is not one of ours. */
static void
strip_test(struct rig *r)
{
	static const uint8_t opening[] = {NOISE_CHACHA, 1, WIRE_VERSION};
	uint8_t prologue[17 + sizeof(opening)];
	struct noise n;
	struct noise_setup setup = {.initiator = true, .hfs = false,
	    .cipher = NOISE_CHACHA, .s = r->client, .rs = r->relay_public,
	    .rng = &r->rng};
	struct buf b = {0};

	memcpy(prologue, "tacet/transport/1", 17);
	memcpy(prologue + 17, opening, sizeof(opening));
	setup.prologue = bytes_of(prologue, sizeof(prologue));
	buf_put(&b, opening, sizeof(opening));
	buf_u16(&b, NOISE_MSG1_IK);
	if (noise_start(&n, &setup) != 0 ||
	    noise_write(&n, bytes_of(NULL, 0), &b) != 0)
		bail("no plain IK");
	is_int(b.n, sizeof(opening) + 2 + NOISE_MSG1_IK, "a message 1 of IK");
	stranger(r, "IK without ML-KEM (T20)", buf_view(&b));
	buf_free(&b);
	noise_wipe(&n);
}

/* A replayed message 1 costs a handshake and no more. */
static void
replay_test(struct rig *r)
{
	struct end b = {0};
	struct link_setup sb = rig_setup(r, &b, false);
	uint8_t in[4096];
	struct hand h;
	int fd[2];

	rig_pair(fd);
	b.link = link_over(&sb, fd[1], false, NULL);
	hand_begin(&h, r, NOISE_AEGIS256, bytes_of(NULL, 0));
	h.fd = fd[0];
	hand_write(&h, buf_view(&h.sent));
	rig_run(r);
	ok(hand_read(fd[0], in, sizeof(in)) > 0, "message 1 has its answer");
	is_int(b.opened, 0, "but the link is not open before a record is");
	in[0] = 0x10;
	in[1] = 0;
	hand_write(&h, bytes_of(in, 2));
	rig_run(r);
	is_int(b.err, ERR_FORMAT, "the first record is empty, or it's no peer");
	buf_free(&h.sent);
	close(fd[0]);
}

static void
late_test(struct rig *r)
{
	struct end a = {0}, b = {0};
	struct link_setup sa = rig_setup(r, &a, true);
	struct link_setup sb = rig_setup(r, &b, false);
	struct hand h;
	int fd[2], fe[2];

	rig_pair(fd);
	rig_pair(fe);
	a.link = link_over(&sa, fe[0], true, r->relay_public);
	b.link = link_over(&sb, fd[1], false, NULL);
	hand_begin(&h, r, NOISE_AEGIS256, bytes_of(NULL, 0));
	h.fd = fd[0];
	hand_write(&h, buf_view(&h.sent));
	rig_turn(r, LINK_HANDSHAKE_MS - 1);
	ok(a.closed == 0 && b.closed == 0, "both wait nearly 5 s");
	rig_turn(r, 1);
	is_int(a.err, ERR_TIMEOUT, "the initiator gives up at 5 s");
	is_int(b.err, ERR_TIMEOUT, "and so does the listener (T54)");
	is_str(a.why, "no handshake with the other side within 5000 ms",
	    "and its sentence");
	buf_free(&h.sent);
	close(fd[0]);
	close(fe[1]);
}

int
main(void)
{
	struct rig r;

	rig_init(&r);
	downgrade_test(&r);
	good(&r, NOISE_CHACHA, "ChaChaPoly");
	good(&r, NOISE_AEGIS256, "AEGIS256");
	versions_test(&r);
	pin_test(&r);
	strangers_test(&r);
	impostors_test(&r);
	first_test(&r, NOISE_CHACHA);
	first_test(&r, NOISE_AEGIS256);
	second_test(&r);
	strip_test(&r);
	replay_test(&r);
	late_test(&r);
	rig_free(&r);
	return done();
}
