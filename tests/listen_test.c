/* SPDX-License-Identifier: ISC */
/*
 * The open door and its limits (T58): per address, in all, and per 10 s; what
 * is counted; no descriptors left; handshakes that never end.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"
#include "tap.h"

struct counts {
	uint64_t refused, failed;
	unsigned pending, open;
};

static struct counts
counts(const struct listener *li)
{
	struct counts c;

	listen_count(li, &c.refused, &c.failed, &c.pending, &c.open);
	return c;
}

static bool
opened(void *arg)
{
	struct end *e = arg;

	return e->opened + e->closed > 0;
}

static bool
closed(void *arg)
{
	return ((struct end *)arg)->closed > 0;
}

static struct listener *
door(struct rig *r, struct end *b, struct listen_limits limits)
{
	struct link_setup sb = rig_setup(r, b, false);
	struct listener *li;

	if (listen_open(&li, &sb, "127.0.0.1", 0, limits) != 0)
		bail("can't listen");
	return li;
}

/* A bare TCP connection from 127.0.0.x. */
static int
knock(uint16_t port, unsigned x)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sin.sin_addr.s_addr = htonl(0x7f000000 + x);
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0)
		bail("bind: %s", strerror(errno));
	sin.sin_port = htons(port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0)
		bail("connect: %s", strerror(errno));
	return fd;
}

static void
hear(struct rig *r)
{
	int i;

	for (i = 0; i < 30; i++)
		(void)loop_hear(r->loop, 2);
}

static void
dial_test(struct rig *r)
{
	struct end a = {0}, b = {0};
	struct link_setup sa = rig_setup(r, &a, true);
	struct listener *li = door(r, &b, (struct listen_limits){0});
	char from[64];

	ok(listen_port(li) > 0, "port 0 takes a free one");
	a.link = link_dial(&sa, "127.0.0.1", listen_port(li), r->relay_public);
	ok(rig_until(r, opened, &a) && a.opened == 1, "a client comes in");
	ok(rig_until(r, opened, &b) && b.opened == 1, "the relay knows it");
	if (a.link == NULL || b.link == NULL)
		bail("no link: %s", a.why);
	link_from(b.link, from, sizeof(from));
	is_str(from, "127.0.0.1", "from where");
	ok(counts(li).open == 1 && counts(li).pending == 0, "one is open");
	listen_close(li);
	hear(r);
	ok(a.closed == 0 && b.closed == 0, "links outlive their listener");
	link_close(a.link, 0, NULL);
	ok(rig_until(r, closed, &a) && rig_until(r, closed, &b), "both close");
	end_free(&a);
	end_free(&b);
}

static void
per_address_test(struct rig *r)
{
	struct end a = {0}, b = {0};
	struct link_setup sa = rig_setup(r, &a, true);
	struct listen_limits limits = {.per_address = 3};
	struct listener *li = door(r, &b, limits);
	int fd[5], i;

	for (i = 0; i < 4; i++)
		fd[i] = knock(listen_port(li), 2);
	fd[4] = knock(listen_port(li), 3);
	hear(r);
	is_int(counts(li).pending, 4, "three from one address, one from another");
	is_int(counts(li).refused, 1, "the fourth is refused (T58)");
	ok(hand_eof(fd[3]) && !hand_eof(fd[2]), "and knows it");
	close(fd[0]);
	hear(r);
	is_int(counts(li).failed, 1, "one that left in the handshake");
	fd[0] = knock(listen_port(li), 2);
	hear(r);
	is_int(counts(li).pending, 4, "makes room for another");
	is_int(b.opened + b.closed, 0, "the program hears of none of it");
	r->now += LINK_HANDSHAKE_MS;
	hear(r);
	ok(counts(li).pending == 0 && counts(li).failed == 5,
	    "who doesn't shake hands in 5 s is out (T54)");
	for (i = 0; i < 5; i++)
		close(fd[i]);
	for (i = 0; i < 3; i++)
		fd[i] = knock(listen_port(li), 1);
	hear(r);
	a.link = link_dial(&sa, "127.0.0.1", listen_port(li), r->relay_public);
	ok(rig_until(r, closed, &a), "a real client over the limit");
	is_int(a.err, ERR_NET, "is told: %s", a.why);
	for (i = 0; i < 3; i++)
		close(fd[i]);
	hear(r);
	listen_close(li);
	end_free(&a);
}

static void
total_test(struct rig *r)
{
	struct end b = {0};
	struct listen_limits limits = {.total = 5};
	struct listener *li = door(r, &b, limits);
	int fd[8], i;

	for (i = 0; i < 8; i++)
		fd[i] = knock(listen_port(li), (unsigned)(10 + i));
	hear(r);
	ok(counts(li).pending == 5 && counts(li).refused == 3, "five in all");
	for (i = 0; i < 8; i++)
		close(fd[i]);
	hear(r);
	is_int(counts(li).pending, 0, "and none");
	listen_close(li);
}

static void
rate_test(struct rig *r)
{
	struct end b = {0};
	struct listen_limits limits = {.rate_per_address = 4};
	struct listener *li = door(r, &b, limits);
	int i;

	for (i = 0; i < 10; i++) {
		close(knock(listen_port(li), 2));
		hear(r);
	}
	is_int(counts(li).refused, 6, "four in ten seconds");
	close(knock(listen_port(li), 3));
	hear(r);
	is_int(counts(li).refused, 6, "another address has its own");
	r->now += 10000;
	close(knock(listen_port(li), 2));
	hear(r);
	is_int(counts(li).refused, 6, "ten seconds later it may again");
	listen_close(li);
}

/* A crowd that says a byte and waits takes nothing from who comes properly. */
static void
crowd_test(struct rig *r)
{
	struct end a = {0}, b = {0};
	struct link_setup sa = rig_setup(r, &a, true);
	struct listener *li = door(r, &b, (struct listen_limits){0});
	int fd[300], i;

	for (i = 0; i < 300; i++) {
		fd[i] = knock(listen_port(li), (unsigned)(2 + i % 200));
		if (send(fd[i], "\1", 1, MSG_NOSIGNAL) != 1)
			bail("send");
		if (i % 50 == 0)
			hear(r);
	}
	hear(r);
	is_int(counts(li).pending, 300, "300 that say one byte and wait");
	a.link = link_dial(&sa, "127.0.0.1", listen_port(li), r->relay_public);
	ok(rig_until(r, opened, &a) && rig_until(r, opened, &b) &&
	    a.opened == 1, "a client gets in beside them");
	if (a.link == NULL)
		bail("no link: %s", a.why);
	r->now += LINK_HANDSHAKE_MS;
	hear(r);
	ok(counts(li).pending == 0 && counts(li).failed == 300,
	    "they are out after 5 s");
	ok(a.closed == 0, "the client stays");
	for (i = 0; i < 300; i++)
		close(fd[i]);
	link_close(a.link, 0, NULL);
	ok(rig_until(r, closed, &a) && rig_until(r, closed, &b), "to the end");
	listen_close(li);
	end_free(&a);
	end_free(&b);
}

static bool
heard_all(void *arg)
{
	struct end *e = arg;

	return e->closed > 0 || e->heard == 10;
}

/* Closing with bytes of theirs unread must not cost them our last ones. */
static void
last_words_test(struct rig *r)
{
	static uint8_t junk[40000];
	struct end a = {0}, b = {0};
	struct link_setup sa = rig_setup(r, &a, true);
	struct listener *li = door(r, &b, (struct listen_limits){0});
	struct msg ask = {.code = MSG_lookup}, m = {.code = MSG_blob_part};
	int i;

	a.link = link_dial(&sa, "127.0.0.1", listen_port(li), r->relay_public);
	if (!rig_until(r, opened, &a) || !rig_until(r, opened, &b))
		bail("not open");
	link_pause(a.link, true);
	link_pause(b.link, true);
	m.blob_part.data = bytes_of(junk, sizeof(junk));
	for (i = 0; i < 10; i++)
		if (link_put(b.link, 1, &m) != 0)
			bail("put");
	if (link_put(a.link, 1, &ask) != 0)
		bail("put");
	link_say(a.link, 1);
	hear(r);
	link_say(b.link, 1);
	link_close(b.link, 0, "good night");
	hear(r);
	link_pause(a.link, false);
	ok(rig_until(r, heard_all, &a), "the reader goes on");
	is_int(a.heard, 10, "all last words are heard");
	ok(rig_until(r, closed, &a) && rig_until(r, closed, &b), "the end");
	ok(a.err == 0 && b.err == 0 && b.heard == 0, "an orderly one");
	listen_close(li);
	end_free(&a);
	end_free(&b);
}

/* Without descriptors the door rests and opens again by itself. */
static void
no_descriptor_test(struct rig *r)
{
	struct end b = {0};
	struct listener *li = door(r, &b, (struct listen_limits){0});
	struct rlimit was, tight;
	int fd = knock(listen_port(li), 2), top = open("/dev/null", O_RDONLY);
	int i;

	if (getrlimit(RLIMIT_NOFILE, &was) != 0)
		bail("getrlimit");
	tight = was;
	tight.rlim_cur = (rlim_t)top; /* the next would be top + 1 */
	close(top);
	if (setrlimit(RLIMIT_NOFILE, &tight) != 0)
		bail("setrlimit");
	/* nothing below top may be free */
	for (i = 0; i < 5; i++)
		(void)loop_hear(r->loop, 1);
	is_int(counts(li).pending, 0, "no descriptor is left");
	ok(setrlimit(RLIMIT_NOFILE, &was) == 0, "now there are");
	(void)loop_hear(r->loop, 1);
	is_int(counts(li).pending, 0, "the door rests");
	r->now += 100;
	hear(r);
	is_int(counts(li).pending, 1, "for 100 ms");
	close(fd);
	hear(r);
	listen_close(li);
}

static void
bad_test(struct rig *r)
{
	struct end b = {0};
	struct link_setup sb = rig_setup(r, &b, false);
	struct listener *li, *again = NULL;
	struct listen_limits none = {0};

	is_int(listen_open(&li, &sb, "no.such.host", 0, none), ERR_INPUT,
	    "a name is no address to listen on");
	is_int(listen_open(&li, &sb, "192.0.2.77", 0, none), ERR_NONE,
	    "an address that isn't ours");
	is_int(listen_open(&li, &sb, "localhost", 0, none), 0, "localhost");
	is_int(listen_open(&again, &sb, "localhost", listen_port(li), none),
	    ERR_BUSY, "a port in use");
	ok(again == NULL, "and no listener");
	listen_close(li);
	listen_close(NULL);
	is_int(listen_open(&li, &sb, NULL, 0, none), 0, "all addresses");
	close(knock(listen_port(li), 2));
	hear(r);
	is_int(counts(li).failed, 1, "IPv4 among them");
	listen_close(li);
	if (listen_open(&li, &sb, "::1", 0, none) != 0) {
		skip("no IPv6 here");
		return;
	}
	ok(listen_port(li) > 0, "[::1]");
	listen_close(li);
}

int
main(void)
{
	struct rig r;

	rig_init(&r);
	dial_test(&r);
	per_address_test(&r);
	total_test(&r);
	rate_test(&r);
	last_words_test(&r);
	crowd_test(&r);
	no_descriptor_test(&r);
	bad_test(&r);
	rig_free(&r);
	return done();
}
