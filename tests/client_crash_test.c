/* SPDX-License-Identifier: ISC */
/*
 * A client is killed at every crash point around keep and say, at each of its
 * visits, while it sends and while it reads (floor: all; T41, T42). What it had
 * acknowledged is at the other's device in the end, once; what it had not is
 * there once or not at all.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pair.h"
#include "tap.h"

#define CHILD_MS 20000
#define VISITS_MAX 60

static const char *const point[] = {"keep-before", "keep-within",
	"keep-after", "say-before", "say-after"};

/* ---- the child: one client, a loop of its own --------------------------- */

static void
child_beat(struct loop *loop, struct client *c)
{
	(void)loop_hear(loop, 5);
	client_think(c);
	if (client_keep(c) == 0)
		client_say(c);
}

static bool
child_has(struct client *c, const char *with, const char *text, bool sends)
{
	struct talk *t = client_talk_with(c, with);
	size_t i;

	for (i = 0; t != NULL && i < t->messages; i++)
		if (strcmp(t->message[i].text.s, text) == 0)
			return !sends || t->message[i].ladder == LADDER_DEVICE;
	return false;
}

static _Noreturn void
child_main(const char *dir, const char *with, const char *text, bool sends,
    int told)
{
	struct log log = {.fd = -1};
	struct loop *loop = loop_new(&clock_system, &rng_system);
	struct client_setup s = {.loop = loop, .profile = dir, .log = &log,
	    .pass_mem_kib = 64, .pass_ops = 1};
	int64_t end = clock_mono(&clock_system) + CHILD_MS;
	uint8_t id[WIRE_ID];
	struct client *c;
	char *why = NULL;

	if (client_open(&c, &s, &why) != 0 || client_unlock(c,
	    PAIR_PASS_BYTES) != 0)
		_exit(3);
	if (sends) {
		if (client_send(c, client_talk_with(c, with), text,
		    strlen(text), id, &why) != 0)
			_exit(4);
		client_think(c);
		/* this is the acknowledgement */
		if (client_keep(c) != 0 || write(told, "k", 1) != 1)
			_exit(5);
		client_say(c);
	}
	while (!child_has(c, with, text, sends))
		if (clock_mono(&clock_system) > end)
			_exit(6);
		else
			child_beat(loop, c);
	end = clock_mono(&clock_system) + 150;  /* a receipt goes out */
	while (clock_mono(&clock_system) < end)
		child_beat(loop, c);
	_exit(0);
}

/* ---- the parent: the relay and the other one ---------------------------- */

struct run {
	struct pair *w;
	size_t child, other;
	bool sends;
	const char *at;
	int visit;
	char text[64];
	bool acked, finished;
};

static void
run_child(struct run *r)
{
	struct pair *w = r->w;
	int64_t end = clock_mono(&clock_system) + 2 * CHILD_MS;
	char crash[64], byte;
	int fd[2], status = 0;
	pid_t pid;

	if (pipe(fd) != 0)
		bail("pipe");
	snprintf(crash, sizeof(crash), "%s:%d", r->at, r->visit);
	pid = fork();
	if (pid == 0) {
		if (setenv("TACET_CRASH", crash, 1) != 0)
			_exit(2);
		child_main(w->who[r->child].dir, w->who[r->other].name, r->text,
		    r->sends, fd[1]);
	}
	close(fd[1]);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (clock_mono(&clock_system) > end) {
			kill(pid, SIGKILL);
			bail("the child hangs at %s", crash);
		}
		pair_turn(w, 5);
	}
	r->acked = read(fd[0], &byte, 1) == 1;
	close(fd[0]);
	r->finished = WIFEXITED(status);
	if (r->finished && WEXITSTATUS(status) != 0)
		bail("the child ended with %d at %s", WEXITSTATUS(status),
		    crash);
}

/* Each run has a text of its own; the loop ends when a visit isn't reached. */
static int
run_point(struct run *r, unsigned *acked, unsigned *lost, unsigned *doubled)
{
	struct pair *w = r->w;
	char all[VISITS_MAX][64];
	bool kept[VISITS_MAX];
	const char *from = w->who[r->sends ? r->child : r->other].name;
	size_t reader = r->sends ? r->other : r->child;
	int n = 0, i;

	do {
		r->visit = n + 1;
		snprintf(r->text, sizeof(r->text), "%s %s %d",
		    r->sends ? "sent" : "read", r->at, n);
		if (!r->sends)
			pair_send(w, r->other, w->who[r->child].name, r->text);
		run_child(r);
		memcpy(all[n], r->text, sizeof(all[n]));
		kept[n++] = r->acked || !r->sends;
	} while (!r->finished && n < VISITS_MAX);
	pair_start(w, r->child);
	if (!pair_online(w, r->child, ONLINE_ON))
		bail("not online after %s (%s)", r->at,
		    r->sends ? "T41" : "T42");
	pair_quiet(w);
	(void)pair_shows(w, reader, from, all[n - 1]);
	for (i = 0; i < n; i++) {
		*acked += kept[i];
		*lost += kept[i] && pair_copies(w, reader, from, all[i]) == 0;
		*doubled += pair_copies(w, reader, from, all[i]) > 1;
	}
	pair_stop(w, r->child);
	return n;
}

static void
run_all(struct pair *w, size_t child, size_t other, bool sends)
{
	struct run r = {.w = w, .child = child, .other = other, .sends = sends};
	unsigned acked, lost, doubled;
	size_t i;
	int n;

	pair_stop(w, child);
	for (i = 0; i < COUNT(point); i++) {
		acked = lost = doubled = 0;
		r.at = point[i];
		n = run_point(&r, &acked, &lost, &doubled);
		ok(n > 2, "%s: killed at %s, %d visits (%s)", sends ?
		    "sending" : "reading", point[i], n - 1,
		    sends ? "T41" : "T42");
		ok(lost == 0, "none of %u acknowledged is lost (%s)", acked,
		    sends ? "T41" : "T42");
		is_int(doubled, 0, "none is there twice (%s)",
		    sends ? "T41" : "T42");
	}
	pair_start(w, child);
}

int
main(void)
{
	struct pair w;
	size_t a, b;

	pair_two(&w, &a, &b);
	pair_quiet(&w);
	run_all(&w, a, b, true);
	run_all(&w, b, a, false);
	pair_close(&w);
	return done();
}
