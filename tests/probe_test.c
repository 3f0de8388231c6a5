/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * Somebody looks for what listens where tacetd does (T99). Whoever can't shake
 * hands learns nothing: whatever is said, not one byte comes back before the
 * connection ends, and datagrams have no answer at all.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon.h"
#include "rig.h"
#include "tap.h"

#define PLACE 0x7f020001u       /* 127.2.0.1, and on */
#define GONE_MS 60000
#define PROBES 64

struct probe {
	const char *name;
	struct buf say;
	int fd;
	size_t heard;
	bool ended;
};
struct look {
	struct daemon d;
	struct rig rig;
	struct probe probe[PROBES];
	size_t n;
};

static struct buf *
probe_add(struct look *l, const char *name)
{
	if (l->n == PROBES)
		bail("too many probes");
	l->probe[l->n].name = name;
	return &l->probe[l->n++].say;
}

static void
probe_text(struct look *l, const char *name, const char *s, size_t n)
{
	buf_put(probe_add(l, name), s, n);
}

/* What scanners say to a port that says nothing. */
static void
add_others(struct look *l)
{
#define TEXT(name, s) probe_text(l, name, s, sizeof(s) - 1)
	TEXT("nothing", "");
	TEXT("a line's end", "\r\n\r\n");
	TEXT("HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	TEXT("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	TEXT("TLS", "\x16\x03\x01\x00\x2e\x01\x00\x00\x2a\x03\x03");
	TEXT("SSH", "SSH-2.0-OpenSSH_9.2\r\n");
	TEXT("SMTP", "EHLO there\r\n");
	TEXT("IRC", "NICK a\r\nUSER a 0 * :a\r\n");
	TEXT("redis", "*1\r\n$4\r\nPING\r\n");
	TEXT("zeros", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
	TEXT("ones", "\xff\xff\xff\xff\xff\xff\xff\xff");
	TEXT("our own name", "tacet/transport/1\n");
#undef TEXT
}

/* The same opening, by somebody who has another relay's key, or whose message
 * is changed, cut, or of a version that nobody has. */
static void
add_ours(struct look *l)
{
	static const uint8_t unknown[] = {0xfe};
	struct hand h;
	struct buf *b;
	size_t i;

	for (i = 0; i < 2; i++) {
		enum noise_cipher c = i == 0 ? NOISE_CHACHA : NOISE_AEGIS256;

		hand_begin(&h, &l->rig, c, bytes_of(NULL, 0));
		buf_bytes(probe_add(l, "another relay's key"),
		    buf_view(&h.sent));
		buf_put(probe_add(l, "an opening alone"), h.sent.p,
		    h.opening_n);
		buf_put(probe_add(l, "half of message 1"), h.sent.p,
		    h.sent.n / 2);
		buf_free(&h.sent);
		memcpy(l->rig.relay_public, l->d.address.pin, DH_SIZE);
		hand_begin(&h, &l->rig, c, bytes_of(NULL, 0));
		b = probe_add(l, "a true message 1 with its last bit turned");
		buf_bytes(b, buf_view(&h.sent));
		b->p[b->n - 1] ^= 1;
		b = probe_add(l, "a true one after another cipher's name");
		buf_bytes(b, buf_view(&h.sent));
		b->p[0] = (uint8_t)(c == NOISE_CHACHA ? NOISE_AEGIS256 :
		    NOISE_CHACHA);
		b = probe_add(l, "a cipher of no name");
		buf_bytes(b, buf_view(&h.sent));
		b->p[0] = 0x7f;
		b = probe_add(l, "no version at all");
		buf_bytes(b, buf_view(&h.sent));
		b->p[1] = 0;
		buf_free(&h.sent);
		hand_begin(&h, &l->rig, c, bytes_of(unknown, sizeof(unknown)));
		b = probe_add(l, "another version than was sealed");
		buf_bytes(b, buf_view(&h.sent));
		b->p[2] = 1;
		buf_free(&h.sent);
		rng_fill(&l->rig.rng, l->rig.relay_public, DH_SIZE);
	}
	b = probe_add(l, "noise");
	buf_room(b, 2000);
	b->n = 2000;
	rng_fill(&l->rig.rng, b->p, b->n);
}

static void
probe_start(struct look *l, size_t i)
{
	struct probe *p = &l->probe[i];

	p->fd = daemon_knock(&l->d, PLACE + (uint32_t)i);
	if (p->fd < 0)
		bail("%s: %s", p->name, strerror(errno));
	if (p->say.n > 0 && send(p->fd, p->say.p, p->say.n, MSG_NOSIGNAL) < 0 &&
	    errno != EPIPE && errno != ECONNRESET)
		bail("%s: %s", p->name, strerror(errno));
}

static void
probe_hear(struct probe *p)
{
	uint8_t junk[4096];
	ssize_t r;

	while ((r = recv(p->fd, junk, sizeof(junk), MSG_DONTWAIT)) > 0)
		p->heard += (size_t)r;
	p->ended = r == 0 || errno != EAGAIN;
}

static void
test_streams(struct look *l)
{
	int64_t end = clock_mono(&clock_system) + GONE_MS;
	size_t i, left = l->n;

	for (i = 0; i < l->n; i++)
		probe_start(l, i);
	while (left > 0 && clock_mono(&clock_system) < end) {
		(void)poll(NULL, 0, 50);
		for (i = left = 0; i < l->n; i++) {
			if (!l->probe[i].ended)
				probe_hear(&l->probe[i]);
			left += !l->probe[i].ended;
		}
	}
	for (i = 0; i < l->n; i++) {
		ok(l->probe[i].ended && l->probe[i].heard == 0,
		    "%s: the end, and not one byte (T99)", l->probe[i].name);
		(void)close(l->probe[i].fd);
	}
}

/* The same to the port of datagrams: nothing may come but a refusal. */
static void
test_datagrams(struct look *l)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons(l->d.address.port)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct pollfd pf = {.fd = fd, .events = POLLIN};
	unsigned answers = 0;
	uint8_t junk[4096];
	size_t i;

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		bail("no datagrams here: %s", strerror(errno));
	for (i = 0; i < l->n; i++) {
		(void)send(fd, l->probe[i].say.p, l->probe[i].say.n, 0);
		if (poll(&pf, 1, 20) == 1 &&
		    recv(fd, junk, sizeof(junk), MSG_DONTWAIT) >= 0)
			answers++;
	}
	if (poll(&pf, 1, 500) == 1 && recv(fd, junk, sizeof(junk),
	    MSG_DONTWAIT) >= 0)
		answers++;
	is_int(answers, 0, "%zu datagrams, no answer (T99)", l->n);
	(void)close(fd);
}

/* The silence is for strangers alone. */
static void
test_known(struct look *l)
{
	struct desk w;
	struct dev d;

	daemon_desk(&l->d, &w);
	dev_init(&d, &w, "alice");
	dev_dial_tcp(&d);
	ok(d.link != NULL && dev_count(&d, MSG_greet) > 0,
	    "who has its key is greeted");
	dev_free(&d);
	desk_close(&w);
}

int
main(void)
{
	static struct look l;
	size_t i;

	daemon_open(&l.d, "--handshake-time", "2s", NULL);
	rig_init(&l.rig);
	add_others(&l);
	add_ours(&l);
	test_streams(&l);
	test_datagrams(&l);
	test_known(&l);
	for (i = 0; i < l.n; i++)
		buf_free(&l.probe[i].say);
	rig_free(&l.rig);
	ok(daemon_close(&l.d), "and it ends well");
	return done();
}
