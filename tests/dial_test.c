/* SPDX-License-Identifier: ISC */
/*
 * From a name to a link: literal addresses, the hosts file, names that do not
 * exist, ports where nobody listens, the sentence of each.
 */
#include <unistd.h>

#include "rig.h"
#include "tap.h"

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

static void
name_test(struct rig *r, const char *host, const char *bound)
{
	struct end a = {0}, b = {0};
	struct link_setup sa = rig_setup(r, &a, true);
	struct link_setup sb = rig_setup(r, &b, false);
	struct listener *li;

	if (listen_open(&li, &sb, bound, 0, (struct listen_limits){0}) != 0) {
		skip("can't listen on %s here", bound);
		return;
	}
	a.inside = true;
	a.link = link_dial(&sa, host, listen_port(li), r->relay_public);
	a.inside = false;
	ok(rig_until(r, opened, &a) && a.opened == 1, "to %s: open %s", host,
	    a.why);
	if (a.link != NULL)
		link_close(a.link, 0, NULL);
	ok(rig_until(r, closed, &a) && rig_until(r, closed, &b),
	    "and closed");
	listen_close(li);
	end_free(&a);
	end_free(&b);
}

/* A port that was free a moment ago. */
static uint16_t
free_port(struct rig *r)
{
	struct end b = {0};
	struct link_setup sb = rig_setup(r, &b, false);
	struct listener *li;
	uint16_t port;

	if (listen_open(&li, &sb, "127.0.0.1", 0,
	    (struct listen_limits){0}) != 0)
		bail("can't listen");
	port = listen_port(li);
	listen_close(li);
	return port;
}

static void
refused_test(struct rig *r)
{
	struct end a = {0};
	struct link_setup sa = rig_setup(r, &a, true);
	uint16_t port = free_port(r);
	char want[128];

	a.inside = true;
	a.link = link_dial(&sa, "127.0.0.1", port, r->relay_public);
	a.inside = false;
	ok(rig_until(r, closed, &a), "nobody listens");
	is_int(a.err, ERR_NET, "the network's error");
	snprintf(want, sizeof(want), "connection refused by 127.0.0.1 port %u",
	    port);
	is_str(a.why, want, "and its sentence");
	end_free(&a);
	a.link = link_dial(&sa, "127.0.0.1", port, r->relay_public);
	link_close(a.link, 0, "never mind");
	rig_run(r);
	ok(a.closed == 1 && a.err == 0, "closed while connecting");
	is_str(a.why, "never mind", "with our sentence");
	end_free(&a);
}

static void
unknown_test(struct rig *r)
{
	struct end a = {0};
	struct link_setup sa = rig_setup(r, &a, true);
	int64_t start = clock_mono(&clock_system);
	int i;

	a.link = link_dial(&sa, "no-such-host.invalid", 8223, r->relay_public);
	ok(clock_mono(&clock_system) - start < 300, "asking does not wait");
	for (i = 0; i < 30 && a.closed == 0; i++)
		(void)loop_hear(r->loop, 10);
	if (a.closed == 0) /* no name server: our own limit ends it */
		rig_turn(r, LINK_HANDSHAKE_MS);
	ok(a.closed == 1 && a.opened == 0, "a name that doesn't exist");
	ok(a.err == ERR_NET || a.err == ERR_TIMEOUT, "%s", a.why);
	ok(strstr(a.why, "no-such-host.invalid") != NULL, "it names the name");
	end_free(&a);
	a.link = link_dial(&sa, "no-such-host.invalid", 8223, r->relay_public);
	link_close(a.link, ERR_STATE, "never mind");
	rig_run(r);
	is_int(a.closed, 1, "closed while asking");
	end_free(&a);
}

/* A loop that is freed before evdns has taken back its question. */
static void
freed_test(void)
{
	struct rig r;
	struct end a = {0};
	struct link_setup sa;

	rig_init(&r);
	sa = rig_setup(&r, &a, true);
	a.link = link_dial(&sa, "no-such-host.invalid", 8223, r.relay_public);
	link_close(a.link, ERR_STATE, "never mind");
	(void)loop_hear(r.loop, 0);
	is_int(a.closed, 1, "closed, and the loop freed at once");
	loop_free(r.loop);
}

/* Nothing answers: an address of the documentation, or the kernel says so. */
static void
silent_test(struct rig *r)
{
	struct end a = {0};
	struct link_setup sa = rig_setup(r, &a, true);

	a.link = link_dial(&sa, "192.0.2.1", 8223, r->relay_public);
	(void)loop_hear(r->loop, 20);
	rig_turn(r, LINK_HANDSHAKE_MS);
	ok(a.closed == 1 && a.err != 0, "no answer: %s", a.why);
	ok(strstr(a.why, "192.0.2.1 port 8223") != NULL, "it says from where");
	end_free(&a);
}

int
main(void)
{
	struct rig r;

	rig_init(&r);
	name_test(&r, "127.0.0.1", "127.0.0.1");
	name_test(&r, "::1", "::1");
	name_test(&r, "[::1]", "::1");
	name_test(&r, "localhost", NULL);
	name_test(&r, "localhost", "127.0.0.1");
	refused_test(&r);
	silent_test(&r);
	unknown_test(&r);
	freed_test();
	rig_free(&r);
	return done();
}
