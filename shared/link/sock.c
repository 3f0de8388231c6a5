/* SPDX-License-Identifier: ISC */
/*
 * Sockets as the rest of this floor wants them: non-blocking, closed on exec,
 * bound to literal addresses only (nothing here may wait for a name server).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

#define LINK_INSIDE
#include "link.h"

int
sock_err(int e)
{
	switch (e) {
	case EADDRINUSE:
		return ERR_BUSY;
	case EACCES:
	case EPERM:
		return ERR_DENIED;
	case EADDRNOTAVAIL:
	case ENOENT:
		return ERR_NONE;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
		return ERR_IO;
	case ETIMEDOUT:
		return ERR_TIMEOUT;
	default:
		return ERR_NET;
	}
}

/* A literal address, with or without the brackets of a URL. */
int
sock_literal(const char *host, uint16_t port, struct sock_addr *a)
{
	struct addrinfo hint = {.ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV}, *ai;
	char name[64], service[8];
	size_t n = strlen(host);

	if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
		host++;
		n -= 2;
	}
	if (n >= sizeof(name))
		return ERR_FORMAT;
	memcpy(name, host, n);
	name[n] = '\0';
	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(name, service, &hint, &ai) != 0)
		return ERR_FORMAT;
	memcpy(&a->sa, ai->ai_addr, ai->ai_addrlen);
	a->n = ai->ai_addrlen;
	freeaddrinfo(ai);
	return 0;
}

/* "192.0.2.1 port 8223", for a sentence. */
void
sock_name(const struct sock_addr *a, char *out, size_t n)
{
	char host[NI_MAXHOST], service[NI_MAXSERV];

	if (getnameinfo((const struct sockaddr *)&a->sa, a->n, host,
	    sizeof(host), service, sizeof(service),
	    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		snprintf(out, n, "the other side");
	else
		snprintf(out, n, "%s port %s", host, service);
}

void
sock_no_delay(int fd)
{
	int on = 1;

	/* a socket pair has no such thing, and needs none */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* close() will send a reset: whoever refused says it apart from an end. */
void
sock_reset(int fd)
{
	struct linger now = {1, 0};

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

int
sock_nonblock(int fd)
{
	int fl = fcntl(fd, F_GETFL);

	if (fl < 0 || fcntl(fd, F_SETFL, fl | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return ERR_IO;
	return 0;
}

static int
sock_bind(const struct sock_addr *a, int *out)
{
	int on = 1, off = 0, err, fd;

	fd = socket(a->sa.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return sock_err(errno);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a->sa.ss_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off,
		    sizeof(off));
	if (bind(fd, (const struct sockaddr *)&a->sa, a->n) != 0 ||
	    listen(fd, LINK_BACKLOG) != 0) {
		err = sock_err(errno);
		close(fd);
		return err;
	}
	*out = fd;
	return 0;
}

/*
 * host NULL: one socket for both families where the kernel has IPv6, else
 * IPv4 alone.
 */
int
sock_listen(const char *host, uint16_t port, int *fd)
{
	struct sock_addr a;
	int err;

	if (host != NULL && strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	if (host != NULL) {
		err = sock_literal(host, port, &a);
		return err != 0 ? ERR_INPUT : sock_bind(&a, fd);
	}
	if (sock_literal("::", port, &a) == 0) {
		err = sock_bind(&a, fd);
		if (err == 0 || err == ERR_BUSY || err == ERR_DENIED)
			return err;
	}
	err = sock_literal("0.0.0.0", port, &a);
	return err != 0 ? err : sock_bind(&a, fd);
}

uint16_t
sock_port(int fd)
{
	struct sockaddr_storage sa = {.ss_family = AF_UNSPEC};
	socklen_t n = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &n) != 0)
		return 0;
	if (sa.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&sa)->sin6_port);
	if (sa.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&sa)->sin_port);
	return 0;
}

/*
 * 16 bytes that limits are counted by: an IPv4 address (mapped), or the /64 of
 * an IPv6 one, which is what a single customer has. Zeros: not the network.
 */
void
sock_place(const struct sockaddr_storage *sa, uint8_t out[static 16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)sa;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)sa;

	memset(out, 0, 16);
	if (sa->ss_family == AF_INET) {
		memcpy(out, mapped, 12);
		memcpy(out + 12, &v4->sin_addr, 4);
	} else if (sa->ss_family == AF_INET6) {
		bool is_v4 = memcmp(&v6->sin6_addr, mapped, 12) == 0;

		memcpy(out, &v6->sin6_addr, is_v4 ? 16 : 8);
	}
}

void
sock_place_text(const uint8_t place[static 16], char *out, size_t n)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t none[16];
	char text[INET6_ADDRSTRLEN] = "";

	if (memcmp(place, none, 16) == 0) {
		snprintf(out, n, "local");
	} else if (memcmp(place, mapped, 12) == 0) {
		(void)inet_ntop(AF_INET, place + 12, text, sizeof(text));
		snprintf(out, n, "%s", text);
	} else {
		(void)inet_ntop(AF_INET6, place, text, sizeof(text));
		snprintf(out, n, "%s/64", text);
	}
}
