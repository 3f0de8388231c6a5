/* SPDX-License-Identifier: ISC */
/*
 * From a name to a connected socket without waiting: literal addresses at once,
 * the hosts file and name servers through evdns, then each address in turn. It
 * ends in link_start() or in a sentence that names what didn't answer.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/dns.h>
#include <event2/util.h>

#define LINK_INSIDE
#include "link.h"

#define DIAL_ADDRESSES 8
#define DIAL_HURRY 4            /* while there are others: 1/4 of the time */

/* What evdns holds: it may answer after the link has gone. */
struct dial_ask {
	struct link *link;
	struct evdns_getaddrinfo_request *req;
	bool asking, answered;
};

struct dial {
	char *host;
	uint16_t port;
	struct dial_ask *ask;
	size_t n, next;
	struct sock_addr addr[DIAL_ADDRESSES];
	char whom[96];
};

static void dial_next(struct link *, int err, const char *why);

void
dial_free(struct dial *d)
{
	if (d == NULL)
		return;
	if (d->ask != NULL) {
		d->ask->link = NULL;
		if (d->ask->req != NULL)
			evdns_getaddrinfo_cancel(d->ask->req);
	}
	free(d->host);
	free(d);
}

static void
dial_connected(struct link *l)
{
	int fd = l->fd;

	shake_name(l->shake, l->dial->whom);
	watch_free(l->watch);
	l->watch = NULL;
	dial_free(l->dial);
	l->dial = NULL;
	link_start(l, fd);
}

/* The address did not answer well: close and go to the next. */
static void
dial_failed(struct link *l, int e)
{
	char why[200];

	watch_free(l->watch);
	l->watch = NULL;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	if (e == ECONNREFUSED)
		snprintf(why, sizeof(why), "connection refused by %s",
		    l->dial->whom);
	else if (e == ECONNRESET)
		snprintf(why, sizeof(why), "%s dropped the connection: too "
		    "many at once, or it is being restarted", l->dial->whom);
	else if (e == ETIMEDOUT)
		snprintf(why, sizeof(why), "no answer from %s", l->dial->whom);
	else
		snprintf(why, sizeof(why), "%s can't be reached: %s",
		    l->dial->whom, strerror(e));
	dial_next(l, sock_err(e), why);
}

static void
dial_event(void *arg, UNUSED int what)
{
	struct link *l = arg;
	int e = 0;
	socklen_t n = sizeof(e);

	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &e, &n) != 0)
		e = errno;
	if (e == 0)
		dial_connected(l);
	else
		dial_failed(l, e);
}

static void
dial_connect(struct link *l, const struct sock_addr *a)
{
	int64_t ms = l->limits.handshake_ms;

	sock_name(a, l->dial->whom, sizeof(l->dial->whom));
	l->fd = socket(a->sa.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0 || (connect(l->fd, (const struct sockaddr *)&a->sa,
	    a->n) != 0 && errno != EINPROGRESS)) {
		dial_failed(l, errno);
		return;
	}
	l->watch = watch_fd(l->loop, l->fd, WATCH_WRITE, dial_event, l);
	if (l->watch == NULL) {
		dial_failed(l, EIO);
		return;
	}
	timer_set(l->timer, l->dial->next < l->dial->n ? ms / DIAL_HURRY : ms);
}

/* The sentence is about the last address tried. */
static void
dial_next(struct link *l, int err, const char *why)
{
	struct dial *d = l->dial;

	if (d->next < d->n)
		dial_connect(l, &d->addr[d->next++]);
	else
		link_end(l, err, "%s", why);
}

void
dial_late(struct link *l)
{
	if (l->dial->ask != NULL)
		link_end(l, ERR_TIMEOUT, "no name server answers for `%s'",
		    l->dial->host);
	else
		dial_failed(l, ETIMEDOUT);
}

static void
dial_port(struct sock_addr *a, uint16_t port)
{
	if (a->sa.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&a->sa)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)&a->sa)->sin_port = htons(port);
}

static void
dial_found(struct link *l, int err, const struct evutil_addrinfo *ai)
{
	struct dial *d = l->dial;

	d->ask = NULL;
	for (; err == 0 && ai != NULL; ai = ai->ai_next) {
		struct sock_addr *a = &d->addr[d->n];

		if (ai->ai_family != AF_INET && ai->ai_family != AF_INET6)
			continue;
		memcpy(&a->sa, ai->ai_addr, ai->ai_addrlen);
		a->n = ai->ai_addrlen;
		dial_port(a, d->port);
		if (++d->n == DIAL_ADDRESSES)
			break;
	}
	if (d->n > 0)
		dial_next(l, 0, "");
	else
		link_end(l, ERR_NET, "no address was found for `%s': %s",
		    d->host, evutil_gai_strerror(err));
}

static void
dial_answer(int err, struct evutil_addrinfo *ai, void *arg)
{
	struct dial_ask *ask = arg;

	if (ask->link != NULL)
		dial_found(ask->link, err, ai);
	if (ai != NULL)
		evutil_freeaddrinfo(ai);
	ask->answered = true;
	if (!ask->asking)
		free(ask);
}

/* evdns may answer from inside the question (the hosts file). */
static void
dial_ask(struct link *l)
{
	struct dial *d = l->dial;
	struct evdns_base *dns = loop_dns(l->loop);
	struct dial_ask *ask;
	struct evutil_addrinfo hint = {.ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};

	if (dns == NULL) {
		link_end(l, ERR_NET, "names can't be resolved on this system");
		return;
	}
	ask = mem_alloc(sizeof(*ask));
	ask->link = l;
	ask->asking = true;
	d->ask = ask;
	timer_set(l->timer, l->limits.handshake_ms);
	ask->req = evdns_getaddrinfo(dns, d->host, NULL, &hint, dial_answer,
	    ask);
	ask->asking = false;
	if (ask->answered)
		free(ask);
}

void
dial_start(struct link *l, const char *host, uint16_t port)
{
	struct dial *d = mem_alloc(sizeof(*d));

	l->dial = d;
	d->host = mem_string(host);
	d->port = port;
	if (sock_literal(host, port, &d->addr[0]) == 0) {
		d->n = 1;
		dial_next(l, 0, "");
	} else {
		dial_ask(l);
	}
}
