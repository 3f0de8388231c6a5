/* SPDX-License-Identifier: ISC */
/*
 * The open door: accepts connections, counts them by where they come from and
 * turns away what is over a limit, with a reset and before it costs a
 * handshake. A link outlives its listener, which then only counts.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINK_INSIDE
#include "link.h"

#define LISTEN_AT_ONCE 64       /* accepted per wake-up */
#define LISTEN_PAUSE_MS 100     /* no descriptors: don't spin */

TAILQ_HEAD(listen_pending, link);

struct listener {
	struct loop *loop;
	struct link_setup setup;
	uint8_t versions[LINK_VERSIONS];
	struct listen_limits limits;
	struct places *places;
	struct watch *watch;
	struct timer *timer;
	int fd;
	bool closed;
	struct listen_pending links;    /* whose handshake is under way */
	unsigned pending, open;
	uint64_t refused, failed;
};

static void
listen_free(struct listener *li)
{
	if (!li->closed || li->pending + li->open > 0)
		return;
	places_free(li->places);
	free(li);
}

static bool
listen_admits(struct listener *li, const uint8_t place[static 16])
{
	if (li->limits.total > 0 && li->pending + li->open >= li->limits.total)
		return false;
	return places_add(li->places, place, loop_now(li->loop),
	    &li->limits) == 0;
}

static void
listen_take(struct listener *li, int fd, const struct sockaddr_storage *sa)
{
	uint8_t place[16];
	struct link *l;

	sock_place(sa, place);
	if (!listen_admits(li, place)) {
		li->refused++;
		sock_reset(fd);
		close(fd);
		return;
	}
	li->pending++;
	l = link_accepted(&li->setup, fd, li, place);
	TAILQ_INSERT_TAIL(&li->links, l, pending);
}

static void
listen_again(void *arg)
{
	struct listener *li = arg;

	(void)watch_set(li->watch, WATCH_READ);
}

static void
listen_ready(void *arg, UNUSED int what)
{
	struct listener *li = arg;
	struct sockaddr_storage sa;
	socklen_t n;
	int i, fd;

	for (i = 0; i < LISTEN_AT_ONCE; i++) {
		n = sizeof(sa);
		memset(&sa, 0, sizeof(sa));
		fd = accept4(li->fd, (struct sockaddr *)&sa, &n,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			listen_take(li, fd, &sa);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM) {
			(void)watch_set(li->watch, 0);
			timer_set(li->timer, LISTEN_PAUSE_MS);
		}
		if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

int
listen_open(struct listener **out, const struct link_setup *setup,
    const char *host, uint16_t port, struct listen_limits limits)
{
	struct listener *li;
	int fd, err = sock_listen(host, port, &fd);

	*out = NULL;
	if (err != 0)
		return err;
	li = mem_alloc(sizeof(*li));
	li->loop = setup->loop;
	li->setup = *setup;
	li->limits = limits;
	li->fd = fd;
	if (setup->versions != NULL) {
		assert(setup->versions_n <= LINK_VERSIONS);
		memcpy(li->versions, setup->versions, setup->versions_n);
		li->setup.versions = li->versions;
	}
	TAILQ_INIT(&li->links);
	li->places = places_new(loop_rng(li->loop));
	li->timer = timer_new(li->loop, listen_again, li);
	li->watch = watch_fd(li->loop, fd, WATCH_READ, listen_ready, li);
	if (li->watch == NULL) {
		listen_close(li);
		return ERR_IO;
	}
	*out = li;
	return 0;
}

uint16_t
listen_port(const struct listener *li)
{
	return sock_port(li->fd);
}

/* Who is not open yet has nothing but the setup, which may go with us. */
void
listen_close(struct listener *li)
{
	struct link *l;

	if (li == NULL)
		return;
	TAILQ_FOREACH(l, &li->links, pending)
		link_end(l, ERR_NET, "the door is closed");
	watch_free(li->watch);
	timer_free(li->timer);
	li->watch = NULL;
	li->timer = NULL;
	close(li->fd);
	li->closed = true;
	listen_free(li);
}

void
listen_count(const struct listener *li, uint64_t *refused, uint64_t *failed,
    unsigned *pending, unsigned *open)
{
	*refused = li->refused;
	*failed = li->failed;
	*pending = li->pending;
	*open = li->open;
}

void
listen_opened(struct listener *li, struct link *l)
{
	TAILQ_REMOVE(&li->links, l, pending);
	li->pending--;
	li->open++;
}

void
listen_gone(struct listener *li, struct link *l)
{
	places_remove(li->places, l->place);
	if (l->opened) {
		li->open--;
	} else {
		TAILQ_REMOVE(&li->links, l, pending);
		li->pending--;
		li->failed++;
	}
	listen_free(li);
}
