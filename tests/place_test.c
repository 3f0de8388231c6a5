/* SPDX-License-Identifier: ISC */
/*
 * Counting by address: windows, limits, the /64 of IPv6, and a table that stays
 * bounded whoever knocks.
 */
#include <arpa/inet.h>
#include <netinet/in.h>

#define LINK_INSIDE
#include "rig.h"
#include "tap.h"

static void
text_test(const char *host, const char *want)
{
	struct sock_addr a;
	uint8_t place[16];
	char text[64];

	if (sock_literal(host, 1, &a) != 0)
		bail("%s", host);
	sock_place(&a.sa, place);
	sock_place_text(place, text, sizeof(text));
	is_str(text, want, "where %s counts", host);
}

static void
place_of(uint32_t i, uint8_t place[static 16])
{
	struct sock_addr a;
	char host[64];

	snprintf(host, sizeof(host), "10.%u.%u.%u", i >> 16 & 255,
	    i >> 8 & 255, i & 255);
	if (sock_literal(host, 1, &a) != 0)
		bail("%s", host);
	sock_place(&a.sa, place);
}

static void
bounded_test(struct rig *r)
{
	struct places *ps = places_new(&r->rng);
	struct listen_limits none = {0};
	uint8_t place[16];
	uint32_t i, n = 65536;
	int err = 0;

	for (i = 0; i < n && err == 0; i++) {
		place_of(i, place);
		err = places_add(ps, place, 0, &none);
	}
	is_int(err, 0, "65536 addresses");
	place_of(n, place);
	is_int(places_add(ps, place, 0, &none), ERR_RATE, "and no more");
	for (i = 0; i < n; i++) {
		place_of(i, place);
		places_remove(ps, place);
	}
	place_of(n, place);
	is_int(places_add(ps, place, 9999, &none), ERR_RATE,
	    "remembered for their 10 s");
	is_int(places_add(ps, place, 10000, &none), 0, "and then forgotten");
	places_free(ps);
}

static void
limits_test(struct rig *r)
{
	struct places *ps = places_new(&r->rng);
	struct listen_limits two = {.per_address = 2};
	struct listen_limits rate = {.rate_per_address = 3};
	uint8_t a[16], b[16];
	int i;

	place_of(1, a);
	place_of(2, b);
	ok(places_add(ps, a, 0, &two) == 0 && places_add(ps, a, 0, &two) == 0,
	    "two at once");
	is_int(places_add(ps, a, 0, &two), ERR_RATE, "a third is refused");
	is_int(places_add(ps, b, 0, &two), 0, "not from elsewhere");
	places_remove(ps, a);
	is_int(places_add(ps, a, 0, &two), 0, "one left, one may come");
	places_free(ps);
	ps = places_new(&r->rng);
	for (i = 0; i < 3; i++) {
		if (places_add(ps, a, 100, &rate) != 0)
			bail("add");
		places_remove(ps, a);
	}
	is_int(places_add(ps, a, 10099, &rate), ERR_RATE, "three in 10 s");
	is_int(places_add(ps, a, 10100, &rate), 0, "a new window");
	places_free(ps);
}

int
main(void)
{
	struct rig r;
	struct sockaddr_storage none = {.ss_family = AF_UNIX};
	uint8_t place[16];
	char text[64];

	rig_init(&r);
	text_test("192.0.2.1", "192.0.2.1");
	text_test("::ffff:192.0.2.1", "192.0.2.1");
	text_test("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64");
	text_test("[2001:db8:1:2::9]", "2001:db8:1:2::/64");
	sock_place(&none, place);
	sock_place_text(place, text, sizeof(text));
	is_str(text, "local", "no network at all");
	limits_test(&r);
	bounded_test(&r);
	rig_free(&r);
	return done();
}
