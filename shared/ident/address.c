/* SPDX-License-Identifier: ISC */
/*
 * Where a relay is and which keys it must have:
 * tacet://host[:port]/<base32 of pin>[?invite=<base32>]
 * The pin may be missing when typed by hand; then it is trusted on first use.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>

#include "ident.h"

#define SCHEME "tacet://"
#define INVITE_MARK "?invite="

void
pin_make(const uint8_t transport[static DH_SIZE],
    const uint8_t head[static SIGN_PUBLIC], uint8_t pin[static PIN_SIZE])
{
	struct bytes b = bytes_of(head, SIGN_PUBLIC);
	uint8_t h[HASH32];

	hash_label("head", &b, 1, h);
	memcpy(pin, transport, DH_SIZE);
	memcpy(pin + DH_SIZE, h, PIN_SIZE - DH_SIZE);
}

static bool
host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

/* A name or an IPv4 address; what it stands for is the resolver's affair. */
static const char *
host_named(const char *host)
{
	if (strlen(host) > 0 && (*host == '-' || *host == '.'))
		return "a host name starts with a letter or a digit";
	for (; *host != '\0'; host++)
		if (!host_char(*host))
			return "the host has a character that no host has";
	return NULL;
}

/* With or without a zone: fe80::1%eth0 */
static const char *
host_v6(const char *host)
{
	const char *zone = strchr(host, '%');
	size_t n = zone != NULL ? (size_t)(zone - host) : strlen(host);
	char text[INET6_ADDRSTRLEN];
	struct in6_addr in6;

	if (n >= sizeof(text))
		return "what stands in brackets is no IPv6 address";
	memcpy(text, host, n);
	text[n] = '\0';
	if (inet_pton(AF_INET6, text, &in6) != 1)
		return "what stands in brackets is no IPv6 address";
	if (zone != NULL && (zone[1] == '\0' || host_named(zone + 1) != NULL))
		return "the zone after % is the name of an interface";
	return NULL;
}

/* Takes the host off *s; NULL or a sentence. */
static const char *
get_host(const char **s, struct address *a)
{
	const char *p = *s, *end;
	bool v6 = *p == '[';

	if (v6) {
		end = strchr(++p, ']');
		if (end == NULL)
			return "the bracket of the IPv6 address is not closed";
	} else {
		end = p + strcspn(p, ":/?");
		if (*end == ':' && end[1 + strcspn(end + 1, ":/?")] == ':')
			return "an IPv6 address stands in brackets: "
			    "tacet://[::1]:PORT/KEY";
	}
	if (end == p)
		return "the host is missing: tacet://HOST:PORT/KEY";
	if (end - p > HOST_LEN)
		return "the host name is too long";
	memcpy(a->host, p, (size_t)(end - p));
	a->host[end - p] = '\0';
	*s = end + (v6 ? 1 : 0);
	return v6 ? host_v6(a->host) : host_named(a->host);
}

static const char *
get_port(const char **s, struct address *a)
{
	unsigned port = 0;

	a->port = PORT_DEFAULT;
	if (**s == ':') {
		for ((*s)++; **s >= '0' && **s <= '9' && port <= UINT16_MAX;
		    (*s)++)
			port = port * 10 + (unsigned)(**s - '0');
		if (port == 0 || port > UINT16_MAX)
			return "the port is a number from 1 to 65535";
		a->port = (uint16_t)port;
	}
	if (**s != '/' && **s != '?' && **s != '\0')
		return "after host and port comes /KEY: tacet://HOST:PORT/KEY";
	return NULL;
}

static const char *
get_pin(const char **s, struct address *a)
{
	size_t n;

	if (**s == '/')
		(*s)++;
	n = strcspn(*s, "?");
	if (n == 0)
		return NULL;
	if (base32_get(*s, n, a->pin, PIN_SIZE) != 0)
		return "the key in the address is cut or mistyped: "
		    "copy the whole address again";
	a->pinned = true;
	*s += n;
	return NULL;
}

static const char *
get_invite(const char **s, struct address *a)
{
	size_t n = strlen(INVITE_MARK);

	if (**s == '\0')
		return NULL;
	if (strncmp(*s, INVITE_MARK, n) != 0)
		return "only ?invite=CODE may follow the key";
	*s += n;
	n = strlen(*s);
	if (base32_get(*s, n, a->invite, INVITE_SIZE) != 0)
		return "the invite is cut or mistyped: copy it again";
	a->invited = true;
	*s += n;
	return NULL;
}

int
address_get(const char *s, struct address *a, const char **why)
{
	static const char *(*const part[])(const char **, struct address *) = {
		get_host, get_port, get_pin, get_invite,
	};

	memset(a, 0, sizeof(*a));
	*why = NULL;
	if (strncasecmp(s, SCHEME, strlen(SCHEME)) == 0)
		s += strlen(SCHEME);
	else if (strstr(s, "://") != NULL)
		*why = "a relay's address starts with tacet://";
	for (size_t i = 0; *why == NULL && i < COUNT(part); i++)
		*why = part[i](&s, a);
	if (*why == NULL)
		return 0;
	memset(a, 0, sizeof(*a));
	return ERR_FORMAT;
}

void
address_put(const struct address *a, bool with_invite,
    char out[static ADDRESS_TEXT])
{
	bool v6 = strchr(a->host, ':') != NULL;
	char pin[BASE32_SIZE(PIN_SIZE) + 1] = "";
	char invite[BASE32_SIZE(INVITE_SIZE) + 1] = "";

	with_invite = with_invite && a->invited;
	if (a->pinned)
		base32_put(pin, a->pin, PIN_SIZE);
	if (with_invite)
		base32_put(invite, a->invite, INVITE_SIZE);
	(void)snprintf(out, ADDRESS_TEXT, SCHEME "%s%s%s:%u/%s%s%s",
	    v6 ? "[" : "", a->host, v6 ? "]" : "", a->port, pin,
	    with_invite ? INVITE_MARK : "", invite);
}
