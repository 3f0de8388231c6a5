/* SPDX-License-Identifier: ISC */
/*
 * What a client does about the relay itself (floor: all): it comes and goes,
 * is restored from a backup, has forgotten us, speaks another version; and a
 * disk of our own that is full (T45).
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "pair.h"
#include "tap.h"

static void
test_back(struct pair *w, size_t a)
{
	pair_relay(w, false);
	if (!pair_online(w, a, ONLINE_WAIT))
		bail("not waiting");
	pair_send(w, a, "bob", "while it is down");
	pair_relay(w, true);
	ok(pair_ladder(w, a, "bob", "while it is down", LADDER_DEVICE),
	    "the relay comes back, and nobody has to do anything");
}

/* What alice sent after the backup was taken is lost on the relay. */
static void
test_restored(struct pair *w, size_t a, size_t b)
{
	pair_send(w, a, "bob", "before the backup");
	if (!pair_ladder(w, a, "bob", "before the backup", LADDER_DEVICE))
		bail("not delivered");
	pair_save(w);
	pair_stop(w, b);
	client_connect(w->who[a].c);
	pair_send(w, a, "bob", "lost by the relay");
	pair_send(w, a, "bob", "this one too");
	if (!pair_ladder(w, a, "bob", "this one too", LADDER_RELAY))
		bail("not on the relay");
	pair_restore(w);
	pair_start(w, b);
	client_connect(w->who[a].c);
	ok(pair_notice(w, a, NOTICE_RESTORED, "restored from a backup"),
	    "a relay that was restored says so");
	ok(pair_ladder(w, a, "bob", "this one too", LADDER_DEVICE),
	    "what it has lost is sent again");
	is_int(pair_copies(w, b, "alice", "lost by the relay"), 1, "once");
	is_int(pair_copies(w, b, "alice", "this one too"), 1, "once");
	is_int(pair_copies(w, b, "alice", "before the backup"), 1,
	    "and the rest is not doubled");
	pair_send(w, b, "alice", "still fine");
	ok(pair_ladder(w, b, "alice", "still fine", LADDER_DEVICE),
	    "both go on");
}

static void
full(bool on)
{
	static struct rlimit was;
	struct rlimit none;

	if (was.rlim_max == 0 && getrlimit(RLIMIT_FSIZE, &was) != 0)
		bail("getrlimit");
	none = was;
	none.rlim_cur = 0;
	if (setrlimit(RLIMIT_FSIZE, on ? &none : &was) != 0)
		bail("setrlimit");
}

/* No file of this process can grow; the relay's either, but it hears nothing
 * as long as alice can't keep. */
static void
test_disk(struct pair *w, size_t a, size_t b)
{
	struct client *c = w->who[a].c;
	int i, err = 0;
	char hint[256];

	pair_quiet(w);
	signal(SIGXFSZ, SIG_IGN);
	full(true);
	pair_send(w, a, "bob", "kept later");
	for (i = 0; i < 20; i++) {
		(void)loop_hear(w->desk.loop, 5);
		client_think(c);
		err = client_keep(c);
		if (err == 0)
			client_say(c);
	}
	snprintf(hint, sizeof(hint), "%s", client_screen(c)->hint.s);
	full(false);
	is_int(err, ERR_IO, "a full disk");
	ok(strstr(hint, "can't write") != NULL, "is told: %s", hint);
	ok(pair_message(w, b, "alice", "kept later") == NULL,
	    "nothing was said that isn't kept");
	ok(pair_ladder(w, a, "bob", "kept later", LADDER_DEVICE),
	    "with space again, it goes out by itself");
	is_int(pair_copies(w, b, "alice", "kept later"), 1, "once");
}

static void
test_forgotten(struct pair *w, size_t a)
{
	pair_relay(w, false);
	/* and its signer has too, else it would not start */
	pair_shell(w, "rm -f %s/*.db* && mv %s.signed %s/signer/signed");
	pair_relay(w, true);
	client_connect(w->who[a].c);
	ok(pair_online(w, a, ONLINE_STOP), "a relay that has forgotten us: "
	    "stopped");
	ok(strstr(client_online_why(w->who[a].c), "does not know alice") !=
	    NULL, "with a sentence");
}

static void
test_version(struct pair *w)
{
	static const uint8_t later[] = {77};
	uint8_t secret[DH_SIZE];
	struct address a = {.host = "127.0.0.1", .pinned = true};
	struct link_setup s = {.loop = w->desk.loop, .secret = secret,
	    .versions = later, .versions_n = 1};
	struct listener *l;
	size_t i = pair_new(w, "eve");
	char *why = NULL;

	dh_keypair(&rng_system, a.pin, secret);
	if (listen_open(&l, &s, "127.0.0.1", 0,
	    (struct listen_limits){0, 0, 0}) != 0)
		bail("no listener");
	a.port = listen_port(l);
	if (client_init(w->who[i].c, "eve", PAIR_PASS_BYTES, &a, &why) != 0)
		bail("%s", why);
	ok(pair_online(w, i, ONLINE_STOP), "a relay of another version: "
	    "stopped");
	ok(strstr(client_online_why(w->who[i].c), "another version") != NULL,
	    "with a sentence");
	pair_stop(w, i);
	listen_close(l);
}

/* Another relay stands where the pinned one was: nothing is sent to it, and it
 * is not taken for the pinned one, however often it is met. */
static void
test_pin(void)
{
	struct pair *w = mem_alloc(sizeof(*w));
	struct address was;
	size_t a;
	uint8_t secret[DH_SIZE], public[DH_SIZE];
	struct link_setup s = {.secret = secret};
	struct listener *l;
	int i;

	pair_open(w);
	a = pair_join(w, "alice");
	was = *client_address(w->who[a].c);
	s.loop = w->desk.loop;
	dh_keypair(&rng_system, public, secret);
	pair_relay(w, false);
	if (listen_open(&l, &s, "127.0.0.1", was.port,
	    (struct listen_limits){0, 0, 0}) != 0)
		bail("no listener");
	client_connect(w->who[a].c);
	for (i = 0; i < 600 && client_online(w->who[a].c) != ONLINE_STOP; i++) {
		pair_turn(w, 20);
		/* whom it knows it asks a few times */
		if (client_online(w->who[a].c) == ONLINE_WAIT)
			w->desk.mono_skew += 1000;
	}
	ok(client_online(w->who[a].c) == ONLINE_STOP, "another relay key: "
	    "stopped (T09)");
	ok(strstr(client_online_why(w->who[a].c), "the key that is pinned") !=
	    NULL, "with a sentence");
	is_mem(client_address(w->who[a].c)->pin, was.pin, PIN_SIZE,
	    "and the pin is as it was (T09)");
	listen_close(l);
	pair_relay(w, true);
	client_connect(w->who[a].c);
	ok(pair_online(w, a, ONLINE_ON), "the true one is back: online");
	pair_close(w);
	free(w);
}

int
main(void)
{
	struct pair w;
	size_t a, b;

	pair_open(&w);
	pair_shell(&w, "cp -a %s/signer/signed %s.signed");
	a = pair_join(&w, "alice");
	b = pair_join(&w, "bob");
	pair_friends(&w, a, b);
	test_back(&w, a);
	test_disk(&w, a, b);
	test_restored(&w, a, b);
	test_version(&w);
	test_forgotten(&w, a);
	pair_close(&w);
	test_pin();
	return done();
}
