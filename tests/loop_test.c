/* SPDX-License-Identifier: ISC */
/*
 * The loop: timers by a clock that the test turns, watches, signals, and what
 * happens when a handler frees or sets what is just running.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "rig.h"
#include "tap.h"

#define MANY 500

struct tick {
	struct rig *r;
	struct timer *timer;
	int64_t due, rang;
	unsigned rings;
	int then;                       /* what the handler does */
	struct tick *other;
};

static void
tick_ring(void *arg)
{
	struct tick *t = arg;

	t->rings++;
	t->rang = t->r->now;
	if (t->then == 1)
		timer_set(t->timer, 0);
	if (t->then == 2) {
		timer_free(t->timer);
		t->timer = NULL;
	}
	if (t->then == 3)
		timer_stop(t->other->timer);
}

static void
tick_init(struct tick *t, struct rig *r, int then)
{
	memset(t, 0, sizeof(*t));
	t->r = r;
	t->then = then;
	t->timer = timer_new(r->loop, tick_ring, t);
}

static void
timers_test(struct rig *r)
{
	struct tick a, b, c;
	int64_t start = r->now;

	tick_init(&a, r, 0);
	tick_init(&b, r, 0);
	timer_set(a.timer, 100);
	timer_set(b.timer, 50);
	rig_turn(r, 49);
	ok(a.rings == 0 && b.rings == 0, "nothing before its time");
	rig_turn(r, 1);
	ok(a.rings == 0 && b.rings == 1, "the one at 50 ms, at 50 ms");
	timer_set(a.timer, 100);
	rig_turn(r, 50);
	is_int(a.rings, 0, "set again, it counts from there");
	rig_turn(r, 50);
	ok(a.rings == 1 && a.rang == start + 150, "and rings once");
	rig_turn(r, 1000);
	is_int(a.rings, 1, "one shot");
	timer_set(a.timer, 10);
	timer_stop(a.timer);
	timer_stop(a.timer);
	rig_turn(r, 20);
	is_int(a.rings, 1, "stopped is stopped");
	timer_set(a.timer, -5);
	(void)loop_hear(r->loop, 0);
	is_int(a.rings, 2, "in the past means now");
	tick_init(&c, r, 3);
	c.other = &a;
	timer_set(c.timer, 5);
	timer_set(a.timer, 6);
	rig_turn(r, 10);
	ok(c.rings == 1 && a.rings == 2, "a handler stops one that is due too");
	timer_free(a.timer);
	timer_free(b.timer);
	timer_free(c.timer);
	timer_free(NULL);
	tick_init(&a, r, 2);
	timer_set(a.timer, 1);
	rig_turn(r, 1);
	ok(a.rings == 1 && a.timer == NULL, "a handler frees its own timer");
	tick_init(&a, r, 1);
	timer_set(a.timer, 0);
	(void)loop_hear(r->loop, 0);
	(void)loop_hear(r->loop, 0);
	is_int(a.rings, 2, "set for now by itself: once per turn");
	timer_free(a.timer);
}

/* The heap against the truth: every timer rings in its own millisecond. */
static void
heap_test(struct rig *r)
{
	static struct tick t[MANY];
	int64_t start = r->now;
	unsigned i, j, bad = 0, stopped = 0;

	for (i = 0; i < MANY; i++) {
		tick_init(&t[i], r, 0);
		t[i].due = start + 1 + rng_below(&r->rng, 300);
		timer_set(t[i].timer, t[i].due - start);
	}
	for (i = 0; i < MANY; i++) {
		j = rng_below(&r->rng, MANY);
		if (i % 2 == 0) {
			t[j].due = 0;
			timer_stop(t[j].timer);
		} else {
			t[j].due = start + 1 + rng_below(&r->rng, 300);
			timer_set(t[j].timer, t[j].due - start);
		}
	}
	while (r->now < start + 310) {
		r->now++;
		(void)loop_hear(r->loop, 0);
	}
	for (i = 0; i < MANY; i++) {
		stopped += t[i].due == 0;
		bad += t[i].due == 0 ? t[i].rings != 0 :
		    t[i].rings != 1 || t[i].rang != t[i].due;
		timer_free(t[i].timer);
	}
	ok(stopped > 50, "%u of %d timers were stopped", stopped, MANY);
	is_int(bad, 0, "the others rang in their millisecond");
}

/* A real wait ends when a timer is due, not later. */
static void
wait_test(void)
{
	struct loop *l = loop_new(&clock_system, &rng_system);
	struct rig r = {0};
	struct tick t;
	int64_t start = clock_mono(&clock_system), took;

	r.loop = l;
	tick_init(&t, &r, 0);
	timer_set(t.timer, 30);
	while (t.rings == 0)
		(void)loop_hear(l, -1);
	took = clock_mono(&clock_system) - start;
	ok(took >= 30 && took < 300, "30 ms took %d ms", (int)took);
	start = clock_mono(&clock_system);
	(void)loop_hear(l, 20);
	took = clock_mono(&clock_system) - start;
	ok(took >= 15 && took < 300, "max_ms bounds the wait");
	ok(loop_clock(l) == &clock_system && loop_rng(l) == &rng_system,
	    "clock and randomness are the ones given");
	timer_free(t.timer);
	loop_free(l);
}

struct eye {
	struct watch *watch;
	int fd, reads, writes, signals;
	bool frees;
	struct eye *other;
};

static void
eye_sees(void *arg, int what)
{
	struct eye *e = arg;
	char c;

	if (what & WATCH_READ) {
		e->reads++;
		(void)!read(e->fd, &c, 1);
	}
	if (what & WATCH_WRITE)
		e->writes++;
	if (e->frees) {
		watch_free(e->other->watch);
		e->other->watch = NULL;
		watch_free(e->watch);
		e->watch = NULL;
	}
}

static void
watch_test(struct rig *r)
{
	struct eye a = {0}, b = {0};
	int p[2], q[2];

	rig_pair(p);
	rig_pair(q);
	a.fd = p[0];
	b.fd = q[0];
	a.watch = watch_fd(r->loop, p[0], WATCH_READ, eye_sees, &a);
	(void)loop_hear(r->loop, 0);
	is_int(a.reads, 0, "nothing to read");
	(void)!write(p[1], "xy", 2);
	(void)loop_hear(r->loop, 0);
	(void)loop_hear(r->loop, 0);
	(void)loop_hear(r->loop, 0);
	is_int(a.reads, 2, "two bytes, one a turn, and then silence");
	is_int(watch_set(a.watch, WATCH_READ | WATCH_WRITE), 0, "both");
	(void)!write(p[1], "z", 1);
	(void)loop_hear(r->loop, 0);
	ok(a.reads == 3 && a.writes == 1, "readable and writable in one call");
	is_int(watch_set(a.watch, 0), 0, "it rests");
	(void)!write(p[1], "z", 1);
	(void)loop_hear(r->loop, 0);
	ok(a.reads == 3 && a.writes == 1, "at rest it sees nothing");
	is_int(watch_set(a.watch, WATCH_READ), 0, "awake again");
	b.watch = watch_fd(r->loop, q[0], WATCH_READ, eye_sees, &b);
	a.frees = b.frees = true;
	a.other = &b;
	b.other = &a;
	(void)!write(q[1], "z", 1);
	(void)loop_hear(r->loop, 0);
	ok(a.watch == NULL && b.watch == NULL && a.reads + b.reads == 4,
	    "a handler frees both watches that are ready");
	close(p[0]);
	close(p[1]);
	close(q[0]);
	close(q[1]);
}

static void
eye_signal(void *arg, int signo)
{
	struct eye *e = arg;

	e->signals += signo == SIGUSR1;
}

static void
signal_test(struct rig *r)
{
	struct eye e = {0};
	struct sigaction sa;
	int i;

	e.watch = watch_signal(r->loop, SIGUSR1, eye_signal, &e);
	ok(e.watch != NULL, "a signal is watched");
	(void)raise(SIGUSR1);
	for (i = 0; i < 10 && e.signals == 0; i++)
		(void)loop_hear(r->loop, 10);
	is_int(e.signals, 1, "and seen");
	watch_free(e.watch);
	ok(sigaction(SIGPIPE, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN,
	    "SIGPIPE is ignored");
}

int
main(void)
{
	struct rig r;

	rig_init(&r);
	timers_test(&r);
	heap_test(&r);
	wait_test();
	watch_test(&r);
	signal_test(&r);
	rig_free(&r);
	return done();
}
