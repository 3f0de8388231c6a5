/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 * limit: 600
 * Linking a device while either end is killed, at every crash point from the
 * passphrase on. After a restart of both the record lists the new device, and
 * it is online and in the conversation; or it doesn't, and the new one has no
 * account, or says in words what to do. The old one goes on in any case.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pair.h"
#include "tap.h"

#define PASS PAIR_PASS_BYTES
#define CHILD_MS 20000
#define VISITS 7                /* of each point, in a soak; else one */

struct run {
	struct pair w;
	size_t alice, bob, fresh;
	bool old;               /* whom it hits */
	char at[64];
	bool killed;
};

static enum linkup_step
step(struct client *c)
{
	const struct linkup_view *v = client_link(c);

	return v != NULL ? v->step : LINKUP_NONE;
}

/* The next thing that a person does on either end; the crash point holds from
 * where something is handed over. */
static void
act(struct client *c, const char *crash)
{
	char *why = NULL;
	int err = 0;

	switch (step(c)) {
	case LINKUP_COMPARE:
		err = client_link_answer(c, true, LINK_HISTORY, &why);
		if (crash != NULL && client_fresh(c))
			err = setenv("TACET_CRASH", crash, 1);
		break;
	case LINKUP_SIGN:
		if (crash != NULL)
			err = setenv("TACET_CRASH", crash, 1);
		err = client_link_sign(c, PASS, &why);
		break;
	default:
		break;
	}
	if (err != 0)
		_exit(7);
}

static bool
whole(struct client *c)
{
	const struct linkup_view *v = client_link(c);

	return v != NULL && v->step == LINKUP_DONE && v->talks > 0 &&
	    client_link_joined(c) == v->talks && client_settled(c, false);
}

static struct client *
child_client(struct run *r, struct loop *loop)
{
	static struct log log = {.fd = -1};
	struct client_setup s = {.loop = loop, .log = &log,
	    .profile = r->w.who[r->old ? r->alice : r->fresh].dir,
	    .pass_mem_kib = 64, .pass_ops = 1};
	struct client *c;
	char *why = NULL;

	if (client_open(&c, &s, &why) != 0 || (r->old &&
	    client_unlock(c, PASS) != 0))
		_exit(3);
	return c;
}

/* One end in a process of its own: it is told the words, or tells them. */
static _Noreturn void
child_main(struct run *r, struct address *a, int in, int out)
{
	struct loop *loop = loop_new(&clock_system, &rng_system);
	struct client *c = child_client(r, loop);
	int64_t end = clock_mono(&clock_system) + CHILD_MS;
	char code[128] = "", *why = NULL;
	bool begun = false, told = false;

	if (!r->old && client_link_new(c, PASS, a, &why) != 0)
		_exit(4);
	while (!whole(c) && clock_mono(&clock_system) < end) {
		if (r->old && !begun && client_online(c) == ONLINE_ON) {
			if (read(in, code, sizeof(code) - 1) < 1 ||
			    client_link_join(c, code, &why) != 0)
				_exit(5);
			begun = true;
		}
		if (!told && step(c) == LINKUP_CODE) {
			const char *s = client_link(c)->code;

			told = write(out, s, strlen(s)) > 0;
		}
		act(c, r->at);
		(void)loop_hear(loop, 5);
		client_think(c);
		if (client_keep(c) == 0)
			client_say(c);
	}
	_exit(whole(c) ? 0 : 6);
}

/* The other end, until the child has ended */
static void
parent(struct run *r, pid_t pid, int in, int out)
{
	struct pair *w = &r->w;
	struct client *c = w->who[r->old ? r->fresh : r->alice].c;
	int64_t end = clock_mono(&clock_system) + 2 * CHILD_MS;
	char code[128] = "", *why = NULL;
	bool told = false;
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (clock_mono(&clock_system) > end) {
			kill(pid, SIGKILL);
			bail("the child hangs at %s", r->at);
		}
		if (r->old && !told && step(c) == LINKUP_CODE) {
			const char *s = client_link(c)->code;

			told = write(out, s, strlen(s)) > 0;
		}
		if (!r->old && !told && read(in, code, sizeof(code) - 1) > 0) {
			if (client_link_join(c, code, &why) != 0)
				bail("%s", why);
			told = true;
		}
		act(c, NULL);
		pair_turn(w, 5);
	}
	r->killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	if (!r->killed && WEXITSTATUS(status) != 0)
		bail("the child ended with %d at %s", WEXITSTATUS(status),
		    r->at);
}

static void
play(struct run *r)
{
	struct pair *w = &r->w;
	struct address a = pair_address(w);
	int to[2], from[2];
	char *why = NULL;
	pid_t pid;

	if (pipe(to) != 0 || pipe2(from, O_NONBLOCK) != 0)
		bail("pipe");
	pair_stop(w, r->old ? r->alice : r->fresh);
	pid = fork();
	if (pid == 0)
		child_main(r, &a, to[0], from[1]);
	if (r->old && client_link_new(w->who[r->fresh].c, PASS, &a, &why) != 0)
		bail("%s", why);
	parent(r, pid, from[0], to[1]);
	close(to[0]);
	close(to[1]);
	close(from[0]);
	close(from[1]);
}

struct settled {
	struct run *r;
	size_t devices;
};

/* Both are back; in which way it ended can be seen from both. */
static bool
is_settled(void *arg)
{
	struct settled *s = arg;
	struct pair *w = &s->r->w;
	struct client *fresh = w->who[s->r->fresh].c;
	size_t devices = client_record(w->who[s->r->alice].c)->devices;

	if (client_online(w->who[s->r->alice].c) != ONLINE_ON)
		return false;
	s->devices = devices;
	if (devices == 2)
		return !client_fresh(fresh) &&
		    client_online(fresh) == ONLINE_ON &&
		    pair_talk(w, s->r->fresh, "bob") != NULL &&
		    pair_talk(w, s->r->fresh, "bob")->state == TALK_OPEN;
	return client_fresh(fresh) || (client_online_why(fresh) != NULL &&
	    strstr(client_online_why(fresh), "link again") != NULL);
}

static void
back(struct run *r, size_t i)
{
	struct pair *w = &r->w;

	if (w->who[i].c != NULL)
		pair_kill(w, i);
	pair_again(w, i);
}

/* Whole or absent: 1, 0; -1 half */
static int
outcome(struct run *r)
{
	struct settled s = {.r = r};
	bool is;

	back(r, r->alice);
	back(r, r->fresh);
	is = pair_until(&r->w, is_settled, &s);
	if (!is)
		printf("# at %s: %zu devices, the new one is %s: %s\n", r->at,
		    s.devices, client_fresh(r->w.who[r->fresh].c) ? "fresh" :
		    "not fresh", client_online_why(r->w.who[r->fresh].c));
	pair_send(&r->w, r->alice, "bob", "still here");
	is = pair_ladder(&r->w, r->alice, "bob", "still here",
	    LADDER_DEVICE) && is;
	return is ? s.devices == 2 : -1;
}

static void
run_one(bool old, const char *point, int visit, unsigned count[3],
    unsigned *kills)
{
	struct run r = {.old = old};
	int how;

	snprintf(r.at, sizeof(r.at), "%s:%d", point, visit);
	pair_two(&r.w, &r.alice, &r.bob);
	r.fresh = pair_new(&r.w, "alice");
	play(&r);
	*kills += r.killed;
	how = outcome(&r);
	count[how < 0 ? 2 : how]++;
	pair_close(&r.w);
}

static void
run_all(bool old, const char *const *point, size_t n, int from, int to)
{
	unsigned count[3] = {0}, kills = 0;
	const char *who = old ? "old" : "new";
	size_t i;
	int v;

	for (i = 0; i < n; i++)
		for (v = from; v <= to; v++)
			run_one(old, point[i], v, count, &kills);
	ok(kills > n / 2, "the %s one is killed %u times (T41)", who, kills);
	ok(count[1] > 0, "%u times the device is there, %u times not",
	    count[1], count[0]);
	is_int(count[2], 0, "never half (T41)");
}

int
main(void)
{
	static const char *const old[] = {"link-signed", "record-done",
		"keep-before", "keep-within", "keep-after", "say-after"};
	static const char *const fresh[] = {"linked-before", "keep-within",
		"say-after", "keep-before", "keep-after", "say-before"};
	bool soak = getenv("TACET_SOAK") != NULL;

	run_all(true, old, COUNT(old), 1, soak ? VISITS : 1);
	run_all(false, fresh, soak ? COUNT(fresh) : 3, soak ? 1 : 3,
	    soak ? VISITS : 3);
	return done();
}
