/* SPDX-License-Identifier: ISC */
/*
 * The memory of the program tacetd after people have talked through it (floor:
 * all; T18, T33): none of what they said, none of the secrets that their
 * clients had at any time. It may not be dumped, so its memory belongs to root:
 * a test of root's reads it as it is, anybody else's starts it with that
 * defence off (a test build).
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon.h"
#include "pair.h"
#include "spill.h"
#include "tap.h"

#define LINES 12

struct scene {
	struct daemon d;
	struct pair w;
	size_t alice, bob;
	struct spill keys, words, known;
};

static void
gather(struct scene *s)
{
	struct talk *t;
	size_t i;

	for (i = 0; i < s->w.n; i++) {
		spill_client(&s->keys, s->w.who[i].c);
		t = pair_talk(&s->w, i, i == s->alice ? "bob" : "alice");
		if (t != NULL)
			spill_talk(&s->keys, t);
	}
}

static void
talk(struct scene *s)
{
	char text[64];
	unsigned i;
	size_t from, to;

	for (i = 0; i < LINES; i++) {
		from = i % 2 ? s->alice : s->bob;
		to = i % 2 ? s->bob : s->alice;
		(void)snprintf(text, sizeof(text), "%02u-canary-in-the-mine", i);
		spill_add(&s->words, "a text", text, strlen(text));
		pair_send(&s->w, from, s->w.who[to].name, text);
		gather(s);
		if (!pair_ladder(&s->w, from, s->w.who[to].name, text,
		    LADDER_DEVICE))
			bail("a text did not arrive");
		gather(s);
	}
}

/* The relay as it would run, but for who may read its memory. */
static void
relay_up(struct scene *s)
{
	char path[64];
	struct stat st;

	if (geteuid() != 0)
		(void)setenv("TACET_TEST_BREAK", "dump", 1);
	daemon_open(&s->d, "--log-level", "debug", NULL);
	if (geteuid() != 0) {
		(void)unsetenv("TACET_TEST_BREAK");
		skip("whose its memory is: only root sees it whole");
		return;
	}
	(void)snprintf(path, sizeof(path), "/proc/%ld/mem", (long)s->d.pid);
	ok(stat(path, &st) == 0 && st.st_uid == 0,
	    "its memory is root's to read (T33)");
}

static void
look(struct scene *s)
{
	const char *which;
	size_t read;
	int n;

#ifdef __SANITIZE_ADDRESS__
	skip("T18, T33: a sanitizer's terabytes of shadow: a scan has no end");
	return;
#endif
	n = spill_scan(&s->known, s->d.pid, &which, &read);
	if (n < 0) {
		skip("the memory of another process can't be read here");
		return;
	}
	note("%zu bytes, %zu secrets and %zu texts", read, s->keys.n,
	    s->words.n);
	is_int(n, (long long)s->known.n, "what it must know is found");
	n = spill_scan(&s->words, s->d.pid, &which, &read);
	is_int(n, 0, "no text is (T18)");
	n = spill_scan(&s->keys, s->d.pid, &which, &read);
	if (n > 0)
		note("the first: %s", which);
	is_int(n, 0, "no key and no secret of any epoch is (T33)");
	n = spill_scan(&s->words, getpid(), &which, &read);
	ok(n > 0, "here they are, so that they could be");
}

int
main(void)
{
	static struct scene s;
	unsigned i;

	relay_up(&s);
	pair_open(&s.w);
	pair_relay(&s.w, false);
	s.w.far = &s.d.address;
	s.alice = pair_join(&s.w, "alice");
	s.bob = pair_join(&s.w, "bob");
	pair_friends(&s.w, s.alice, s.bob);
	gather(&s);
	talk(&s);
	/* its own transport key in public, and who is connected */
	spill_add(&s.known, "its key", s.d.address.pin, DH_SIZE);
	ok(s.keys.n > 40, "%zu secrets were gathered", s.keys.n);
	look(&s);
	pair_stop(&s.w, s.alice);
	pair_stop(&s.w, s.bob);
	for (i = 0; i < 300 && !loop_idle(s.w.desk.loop); i++)
		pair_turn(&s.w, 20);    /* their last words to one elsewhere */
	pair_close(&s.w);
	ok(daemon_close(&s.d), "the relay ends well when it is asked to");
	return done();
}
