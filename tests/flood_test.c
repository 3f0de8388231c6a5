/* SPDX-License-Identifier: ISC */
/*
 * The program tacetd under those who mean no good (floor: all): two thousand
 * connections that say nothing, half a handshake, a byte at a time or something
 * else altogether (T54, T55), and a flood of first messages from one place
 * (T58). Memory stays bounded, who is honest is served all the while, what was
 * turned away is counted and logged in a line, and all of it goes away again.
 * limit: 600
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon.h"
#include "rig.h"
#include "tap.h"

#define CROWD 2000
#define PER_PLACE 40            /* of the 64 that one address may have */
#define PLACE 0x7f010001u       /* 127.1.0.1, and on */
#define SERVED_MS 5000          /* an honest client waits no longer */
#define GONE_MS 30000           /* and nobody stays longer than this */
#define KNOCKS 400
#ifdef __SANITIZE_ADDRESS__
#define EACH_KIB 64
#define FREED 0                 /* it keeps what is freed for a while */
#else
#define EACH_KIB 4              /* a handshake may cost this much memory */
#define FREED 1
#endif

enum kind {                     /* how far they go */
	SAYS_NOTHING, SAYS_HOW, SAYS_HALF, SAYS_FIRST, DRIBBLES, SSH, HTTP,
	TLS, KINDS,
};
struct flood {
	struct daemon d;
	struct desk w;
	struct rig rig;
	struct dev alice;
	struct buf first;               /* opening and message 1 */
	size_t opening;
	int fd[CROWD];
	size_t at;                      /* of the dribble */
	uint32_t place;
	int64_t worst;                  /* that the honest one waited */
};

static void
many_files(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) != 0)
		bail("rlimit");
	l.rlim_cur = l.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_cur < CROWD + 100) {
		skip("only %llu open files are allowed here",
		    (unsigned long long)l.rlim_cur);
		exit(done());
	}
}

/* One that asks, on a connection that it has and on a new one. */
static void
honest(struct flood *f)
{
	struct msg m = {.code = MSG_lookup};
	int64_t from = clock_mono(&clock_system), took;
	int err;

	m.lookup.name = bytes_of("alice", 5);
	err = dev_ask(&f->alice, &m, NULL);
	if (err == ERR_NET || f->alice.link == NULL)
		bail("the honest one was cut off");
	took = clock_mono(&clock_system) - from;
	if (err < 0 || took > f->worst)
		f->worst = err < 0 ? GONE_MS : took;
}

static void
newcomer(struct flood *f)
{
	int64_t from = clock_mono(&clock_system), took;
	struct dev d;

	dev_init(&d, &f->w, "bob");
	dev_dial_tcp(&d);
	took = clock_mono(&clock_system) - from;
	if (d.link == NULL || dev_count(&d, MSG_greet) == 0)
		took = GONE_MS;
	if (took > f->worst)
		f->worst = took;
	dev_free(&d);
}

static void
say(struct flood *f, size_t i)
{
	static const char ssh[] = "SSH-2.0-OpenSSH_9.2\r\n",
	    http[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
	    tls[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
	const uint8_t *p = f->first.p;
	size_t n = 0;

	switch ((enum kind)(i % KINDS)) {
	case SAYS_HOW:
		n = f->opening;
		break;
	case SAYS_HALF:
		n = f->first.n / 2;
		break;
	case SAYS_FIRST:
		n = f->first.n;
		break;
	case SSH:
		p = (const uint8_t *)ssh;
		n = sizeof(ssh) - 1;
		break;
	case HTTP:
		p = (const uint8_t *)http;
		n = sizeof(http) - 1;
		break;
	case TLS:
		p = (const uint8_t *)tls;
		n = sizeof(tls) - 1;
		break;
	default:
		break;
	}
	if (n > 0 && send(f->fd[i], p, n, MSG_NOSIGNAL) < 0 &&
	    errno != EPIPE && errno != ECONNRESET)
		bail("send: %s", strerror(errno));
}

/* What waits in the door's queue is taken in later. */
static void
crowd_comes(struct flood *f)
{
	size_t i;

	for (i = 0; i < CROWD; i++) {
		f->fd[i] = daemon_knock(&f->d, f->place +
		    (uint32_t)(i / PER_PLACE));
		if (f->fd[i] < 0)
			bail("connection %zu: %s", i, strerror(errno));
		say(f, i);
		if (i % 100 == 99)
			honest(f);
	}
	f->place += 1 + CROWD / PER_PLACE;
	f->at = 0;
}

static void
dribble(struct flood *f)
{
	size_t i;

	for (i = DRIBBLES; i < CROWD; i += KINDS)
		if (f->fd[i] >= 0)
			(void)send(f->fd[i], f->first.p + f->at, 1,
			    MSG_NOSIGNAL | MSG_DONTWAIT);
	f->at++;
}

/* Forgets who was closed; how many are left. */
static size_t
left(struct flood *f)
{
	uint8_t junk[4096];
	size_t i, n = 0;
	ssize_t r;

	for (i = 0; i < CROWD; i++) {
		if (f->fd[i] < 0)
			continue;
		while ((r = recv(f->fd[i], junk, sizeof(junk),
		    MSG_DONTWAIT)) > 0)
			;
		if (r < 0 && errno == EAGAIN) {
			n++;
			continue;
		}
		(void)close(f->fd[i]);
		f->fd[i] = -1;
	}
	return n;
}

/* True: all were shown the door. */
static bool
crowd_goes(struct flood *f)
{
	int64_t end = clock_mono(&clock_system) + GONE_MS;
	size_t i, n;

	while ((n = left(f)) > 0 && clock_mono(&clock_system) < end) {
		if (f->at < 40)
			dribble(f);
		honest(f);
		newcomer(f);
		(void)poll(NULL, 0, 200);
	}
	for (i = 0; i < CROWD; i++)
		if (f->fd[i] >= 0)
			(void)close(f->fd[i]);
	return n == 0;
}

/* Lines about the door come together, every 10 s at most. */
static bool
logged(struct flood *f, const char *words)
{
	int64_t end = clock_mono(&clock_system) + GONE_MS;

	while (!daemon_logged(&f->d, words)) {
		if (clock_mono(&clock_system) > end)
			return false;
		desk_hear(&f->w, 100);
	}
	return true;
}

static void
test_crowd(struct flood *f)
{
	long before = daemon_status(&f->d, "VmRSS"), peak, again;
	bool gone;

	f->worst = 0;
	crowd_comes(f);
	gone = crowd_goes(f);
	peak = daemon_status(&f->d, "VmHWM");
	note("%ld KiB, at most %ld with %d strangers; the honest one waited "
	    "%lld ms", before, peak, CROWD, (long long)f->worst);
	ok(gone, "all who don't shake hands are out (T54)");
	ok(f->worst <= SERVED_MS, "others are served meanwhile (T54)");
	ok(peak - before <= CROWD * EACH_KIB,
	    "each costs %d KiB at most (T54)", EACH_KIB);
	ok(daemon_metric(&f->d, "handshakes_failed_total") >= CROWD,
	    "each is counted (T54)");
	is_int((long long)daemon_metric(&f->d, "handshakes"), 0,
	    "and none is left (T55)");
	ok(logged(f, "handshakes came to nothing"),
	    "the log has it in a line (T54)");
	if (!gone)
		return;         /* the rest has no meaning, and takes long */
	crowd_comes(f);
	ok(crowd_goes(f), "the same again");
	again = daemon_status(&f->d, "VmHWM");
	note("and then %ld KiB", again);
	ok(!FREED || again - peak <= peak / 4,
	    "what they had is free for the next (T55)");
}

/* First messages from one place, as fast as they go. */
static void
test_place(struct flood *f)
{
	double failed = daemon_metric(&f->d, "handshakes_failed_total");
	double before = daemon_metric(&f->d, "connections_refused_total");
	int64_t from = clock_mono(&clock_system), took;
	double refused, shaken;
	int i, fd, answers = 0;
	struct pollfd pf = {.events = POLLIN};
	uint8_t c;

	f->worst = 0;
	for (i = 0; i < KNOCKS; i++) {
		fd = daemon_knock(&f->d, f->place);
		if (fd < 0)
			continue;       /* reset before we looked */
		(void)send(fd, f->first.p, f->first.n, MSG_NOSIGNAL);
		pf.fd = fd;
		if (poll(&pf, 1, 10000) == 1 &&
		    recv(fd, &c, 1, MSG_DONTWAIT) == 1)
			answers++;
		(void)close(fd);
		if (i % 50 == 0)
			honest(f);
	}
	took = clock_mono(&clock_system) - from;
	newcomer(f);
	refused = daemon_metric(&f->d, "connections_refused_total") - before;
	shaken = daemon_metric(&f->d, "handshakes_failed_total") - failed;
	note("%d first messages from one place in %lld ms: %d answers, %.0f "
	    "refused, %.0f shaken", KNOCKS, (long long)took, answers, refused,
	    shaken);
	ok(answers > 0, "somebody behind the same door is let in");
	/* 100 in 10 s, and what the passing of time allows */
	ok(answers <= 100 + took / 100 + 1,
	    "no more than its share, whoever knocks (T58)");
	ok((int)refused == KNOCKS - answers,
	    "all others cost no handshake and are counted (T58)");
	ok(f->worst <= SERVED_MS, "other places are served (T58)");
	ok(refused > 0 && logged(f, "connections over a limit were refused"),
	    "the log has it in a line (T58)");
}

int
main(void)
{
	static struct flood f;
	struct hand h;

	many_files();
	daemon_open(&f.d, "--connections", "4096", NULL);
	daemon_desk(&f.d, &f.w);
	rig_init(&f.rig);
	memcpy(f.rig.relay_public, f.d.address.pin, DH_SIZE);
	hand_begin(&h, &f.rig, NOISE_CHACHA, bytes_of(NULL, 0));
	f.first = h.sent;
	f.opening = h.opening_n;
	f.place = PLACE;
	dev_init(&f.alice, &f.w, "alice");
	dev_dial_tcp(&f.alice);
	if (dev_enrol(&f.alice, bytes_of(NULL, 0)) != 0)
		bail("alice can't register");
	honest(&f);
	test_crowd(&f);
	test_place(&f);
	dev_free(&f.alice);
	desk_close(&f.w);
	rig_free(&f.rig);
	buf_free(&f.first);
	ok(daemon_close(&f.d), "the relay ends well when it is asked to");
	return done();
}
