/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 * Reading a long log: it goes on where a crash cut it off, what was read before
 * the crash is not asked for again, and of a log that is too large a proof is
 * enough, or its absence.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "liar.h"
#include "pair.h"
#include "rival.h"
#include "tap.h"

#define LONG 20000

static void
grow(struct pair *w, unsigned n)
{
	struct record rec = {.version = 1};
	unsigned i;

	for (i = 0; i < n; i++) {
		rng_fill(&rng_system, rec.account, ACCOUNT_ID);
		rng_fill(&rng_system, rec.hash, HASH32);
		(void)snprintf(rec.name, sizeof(rec.name), "u%u-%u", n, i);
		if (ledger_add(w->desk.relay, &rec) != 0)
			bail("no leaf");
	}
	pair_quiet(w);
}

static struct directory
directory(struct pair *w, size_t i)
{
	struct directory d;

	client_directory(w->who[i].c, &d);
	return d;
}

struct want {
	struct pair *w;
	size_t i;
	uint64_t at;
	enum directory_state state;
};

static bool
is_at(void *arg)
{
	struct want *k = arg;

	return directory(k->w, k->i).at >= k->at;
}

static bool
is_state(void *arg)
{
	struct want *k = arg;
	struct directory d = directory(k->w, k->i);

	return d.state == k->state && d.size >= k->at;
}

static uint64_t
pages(const struct pair *w)
{
	return w->desk.relay->count.heard[msg_index(MSG_leaves_get)];
}

static void
again(struct pair *w, size_t i)
{
	client_disconnect(w->who[i].c);
	client_connect(w->who[i].c);
}

static void
test_crash(struct pair *w, size_t a)
{
	struct want k = {w, a, LONG / 2, DIRECTORY_READING};
	uint64_t asked;

	grow(w, LONG);
	again(w, a);
	ok(pair_until(w, is_at, &k), "some of it is read");
	is_int(directory(w, a).state, DIRECTORY_READING, "and that is shown");
	is_int((int)directory(w, a).to, LONG + 1, "with how much there is");
	ok(w->who[a].events[EVENT_directory] > 1, "and told of by events");
	pair_kill(w, a);
	asked = pages(w);
	pair_start(w, a);
	k = (struct want){w, a, LONG + 1, DIRECTORY_GOOD};
	ok(pair_until(w, is_state, &k), "and it goes on to the end");
	ok(pages(w) - asked <= LONG / 2 / 512 + 10, "from there, not from "
	    "the beginning");
	pair_stop(w, a);
	asked = pages(w);
	pair_start(w, a);
	ok(pair_until(w, is_state, &k), "a restart");
	is_int((int)(pages(w) - asked), 0, "asks for nothing again");
	k.at = LONG + 601;
	grow(w, 600);
	again(w, a);
	ok(pair_until(w, is_state, &k), "more");
	is_int((int)(pages(w) - asked), 2, "is all that is asked for");
}

/* ---- killed at each point, while the relay lives on -------------------------- */

static _Noreturn void
child_main(const char *dir, const char *crash)
{
	struct log log = {.fd = -1};
	struct loop *loop = loop_new(&clock_system, &rng_system);
	struct client_setup s = {.loop = loop, .profile = dir, .log = &log,
	    .pass_mem_kib = 64, .pass_ops = 1};
	struct client *c;
	char *why = NULL;
	int i;

	if (setenv("TACET_CRASH", crash, 1) != 0 ||
	    client_open(&c, &s, &why) != 0 || client_unlock(c,
	    PAIR_PASS_BYTES) != 0)
		_exit(2);
	for (i = 0; i < 2000; i++) {
		(void)loop_hear(loop, 10);
		client_think(c);
		if (client_keep(c) == 0)
			client_say(c);
	}
	_exit(3);               /* it was never killed */
}

static int
child_ends(struct pair *w, size_t a, const char *crash)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		child_main(w->who[a].dir, crash);
	while (pid > 0 && waitpid(pid, &status, WNOHANG) == 0)
		pair_turn(w, 10);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

static void
test_points(struct pair *w, size_t a)
{
	static const char *const point[] = {"replay-page:1", "replay-page:3",
		"keep-within:2", "keep-after:3", "replay-reached:1"};
	struct want k = {w, a, 0, DIRECTORY_GOOD};
	size_t i;

	for (i = 0; i < COUNT(point); i++) {
		grow(w, 6000 + (unsigned)i);
		pair_stop(w, a);
		is_int(child_ends(w, a, point[i]), SIGKILL, "killed at %s",
		    point[i]);
		pair_start(w, a);
		k.at = w->desk.relay->heads.head.size;
		ok(pair_until(w, is_state, &k), "%s: it is read to the end",
		    point[i]);
	}
}

static void
test_large(void)
{
	struct want k;
	struct liar l;
	struct pair w;
	size_t a, b;

	pair_open(&w);
	w.replay_max = 10;
	a = pair_join(&w, "alice");
	b = pair_join(&w, "bob");
	grow(&w, 50);
	again(&w, a);
	again(&w, b);
	k = (struct want){&w, a, 52, DIRECTORY_GOOD};
	ok(pair_until(&w, is_state, &k), "too large: a proof is enough");
	ok(!directory(&w, a).copied, "and that is said");
	pair_friends(&w, a, b);
	ok(true, "people find each other all the same");
	grow(&w, 7);
	liar_open(&l, w.desk.relay);
	l.leaf[10].version++;
	l.victim = "alice";
	liar_tell(&l);
	again(&w, a);
	k.state = DIRECTORY_UNPROVEN;
	ok(pair_until(&w, is_state, &k), "another past has no proof (T04)");
	liar_close(&l);
	again(&w, a);
	k = (struct want){&w, a, 59, DIRECTORY_GOOD};
	ok(pair_until(&w, is_state, &k), "and the true one has");
	pair_close(&w);
}

int
main(void)
{
	struct pair w;
	size_t a;

	pair_open(&w);
	a = pair_join(&w, "alice");
	test_crash(&w, a);
	test_points(&w, a);
	pair_close(&w);
	test_large();
	return done();
}
