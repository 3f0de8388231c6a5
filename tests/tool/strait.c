/* SPDX-License-Identifier: ISC */
/*
 * A line that is slow, long and lossy, between two network interfaces of this
 * network namespace: what one hears goes out of the other, later, or never.
 * Not every kernel can do that by itself. Lines on standard input change it
 * while it is in use, the end of the input ends it:
 *
 *	rate KBIT	of each way; 0: as fast as can be
 *	delay MS	of each way
 *	queue MS	waits at most; what comes when it is full is lost
 *	loss PERMILLE	lost at random, from a seed that is always the same
 *	cut		all of it, until `mend'
 *
 * `strait plain IF' has the kernel cut and sum what it sends there by itself,
 * as on a real wire.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAMES 16384            /* on the way, one way */
#define FRAME_MOST 65536

struct frame {
	int64_t due;            /* us */
	size_t n;
	uint8_t *p;
};
struct way {
	int in, out;
	struct frame frame[FRAMES];     /* a ring, by when they are due */
	size_t first, n;
	int64_t free_at;        /* the slow part has sent all it had by then */
};
struct strait {
	struct way way[2];
	int64_t rate, delay, queue;     /* bits a ms; us; us */
	long loss;
	bool cut;
	char line[128];
	size_t have;
};

static int64_t
now_us(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
		abort();
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static _Noreturn void
die(const char *what)
{
	(void)fprintf(stderr, "strait: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- interfaces ---- */

static int
strait_plain(const char *name)
{
	static const uint32_t off[] = {ETHTOOL_STXCSUM, ETHTOOL_SSG,
	    ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ethtool_value v = {.data = 0};
	struct ifreq r;

	if (fd < 0)
		die("socket");
	memset(&r, 0, sizeof(r));
	(void)snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
		v.cmd = off[i];
		r.ifr_data = (char *)&v;
		if (ioctl(fd, SIOCETHTOOL, &r) != 0 && errno != EOPNOTSUPP)
			die(name);
	}
	return close(fd);
}

static int
strait_socket(const char *name)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
	    .sll_protocol = htons(ETH_P_ALL),
	    .sll_ifindex = (int)if_nametoindex(name)};
	struct packet_mreq all = {.mr_ifindex = at.sll_ifindex,
	    .mr_type = PACKET_MR_PROMISC};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK,
	    htons(ETH_P_ALL));
	int one = 1, room = 8 << 20;

	if (fd < 0 || at.sll_ifindex == 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all,
	    sizeof(all)) != 0 || setsockopt(fd, SOL_PACKET,
	    PACKET_IGNORE_OUTGOING, &one, sizeof(one)) != 0)
		die(name);
	/* without the right to more, what is there must do */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room,
	    sizeof(room)) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room,
		    sizeof(room));
	return fd;
}

/* ---- the line ---- */

static void
way_take(struct strait *s, struct way *w, const uint8_t *p, size_t n)
{
	int64_t now = now_us();
	struct frame *f;

	if (w->free_at < now)
		w->free_at = now;
	if (s->cut || w->n == FRAMES || lrand48() % 1000 < s->loss ||
	    (s->rate > 0 && w->free_at - now > s->queue))
		return;
	if (s->rate > 0)
		w->free_at += (int64_t)n * 8 * 1000 / s->rate;
	f = &w->frame[(w->first + w->n++) % FRAMES];
	*f = (struct frame){.due = w->free_at + s->delay, .n = n,
	    .p = malloc(n)};
	if (f->p == NULL)
		abort();
	memcpy(f->p, p, n);
}

static void
way_hear(struct strait *s, struct way *w)
{
	uint8_t frame[FRAME_MOST];
	ssize_t n;

	for (int i = 0; i < 64; i++) {
		n = recv(w->in, frame, sizeof(frame), 0);
		if (n <= 0)
			return;
		way_take(s, w, frame, (size_t)n);
	}
}

/* Sends what is due; us until the next, -1: nothing is on the way. */
static int64_t
way_say(struct way *w)
{
	int64_t now = now_us();
	struct frame *f;

	while (w->n > 0) {
		f = &w->frame[w->first];
		if (f->due > now)
			return f->due - now;
		/* an interface that is full loses it, as a wire would */
		if (send(w->out, f->p, f->n, 0) < 0 && errno == ENETDOWN)
			die("send");
		free(f->p);
		w->first = (w->first + 1) % FRAMES;
		w->n--;
	}
	return -1;
}

static void
strait_line(struct strait *s, char *line)
{
	char *space = strchr(line, ' ');
	long n = space != NULL ? strtol(space, NULL, 10) : 0;

	if (strncmp(line, "rate", 4) == 0)
		s->rate = n;
	else if (strncmp(line, "delay", 5) == 0)
		s->delay = n * 1000;
	else if (strncmp(line, "queue", 5) == 0)
		s->queue = n * 1000;
	else if (strncmp(line, "loss", 4) == 0)
		s->loss = n;
	else if (strcmp(line, "cut") == 0 || strcmp(line, "mend") == 0)
		s->cut = line[0] == 'c';
	else
		(void)fprintf(stderr, "strait: what is %s?\n", line);
}

/* False: the input has ended. */
static bool
strait_input(struct strait *s)
{
	ssize_t n = read(STDIN_FILENO, s->line + s->have,
	    sizeof(s->line) - 1 - s->have);
	char *end;

	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN);
	s->have += (size_t)n;
	s->line[s->have] = '\0';
	while ((end = strchr(s->line, '\n')) != NULL) {
		*end = '\0';
		strait_line(s, s->line);
		s->have -= (size_t)(end + 1 - s->line);
		memmove(s->line, end + 1, s->have + 1);
	}
	if (s->have + 1 == sizeof(s->line))
		s->have = 0;
	return true;
}

static void
strait_wait(struct strait *s, struct pollfd p[static 3])
{
	int64_t us = -1, next;
	struct timespec t;

	for (int i = 0; i < 2; i++) {
		next = way_say(&s->way[i]);
		if (next >= 0 && (us < 0 || next < us))
			us = next;
	}
	t = (struct timespec){us / 1000000, us % 1000000 * 1000};
	if (ppoll(p, 3, us < 0 ? NULL : &t, NULL) < 0 && errno != EINTR)
		die("poll");
}

int
main(int argc, char **argv)
{
	static struct strait s = {.queue = 200000};
	struct pollfd p[3];

	if (argc == 3 && strcmp(argv[1], "plain") == 0)
		return strait_plain(argv[2]);
	if (argc != 3)
		return 2;
	srand48(42);
	s.way[0].in = s.way[1].out = strait_socket(argv[1]);
	s.way[1].in = s.way[0].out = strait_socket(argv[2]);
	p[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
	for (int i = 0; i < 2; i++)
		p[i + 1] = (struct pollfd){.fd = s.way[i].in,
		    .events = POLLIN};
	for (;;) {
		strait_wait(&s, p);
		if (p[0].revents != 0 && !strait_input(&s))
			return 0;
		for (int i = 0; i < 2; i++)
			if (p[i + 1].revents != 0)
				way_hear(&s, &s.way[i]);
	}
}
