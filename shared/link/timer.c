/* SPDX-License-Identifier: ISC */
/*
 * Timers: a binary heap ordered by the monotonic clock that the loop was given,
 * so that a test which turns the clock turns the timers. A timer that nobody
 * set costs nothing but its struct.
 */
#include <stdlib.h>

#define LINK_INSIDE
#include "link.h"

#define TIMER_OFF SIZE_MAX

struct timer {
	struct loop *loop;
	void (*fn)(void *);
	void *arg;
	int64_t at;
	size_t where;                   /* in the heap, or TIMER_OFF */
};

struct timers {
	struct timer **heap;
	size_t n, cap;
};

struct timers *
timers_new(void)
{
	return mem_alloc(sizeof(struct timers));
}

/* Timers belong to whoever made them; all must be off by now. */
void
timers_free(struct timers *ts)
{
	free(ts->heap);
	free(ts);
}

static void
timers_place(struct timers *ts, size_t i, struct timer *t)
{
	ts->heap[i] = t;
	t->where = i;
}

static void
timers_up(struct timers *ts, size_t i)
{
	struct timer *t = ts->heap[i];
	size_t up;

	while (i > 0 && ts->heap[up = (i - 1) / 2]->at > t->at) {
		timers_place(ts, i, ts->heap[up]);
		i = up;
	}
	timers_place(ts, i, t);
}

static void
timers_down(struct timers *ts, size_t i)
{
	struct timer *t = ts->heap[i];
	size_t kid;

	while ((kid = 2 * i + 1) < ts->n) {
		if (kid + 1 < ts->n && ts->heap[kid + 1]->at < ts->heap[kid]->at)
			kid++;
		if (ts->heap[kid]->at >= t->at)
			break;
		timers_place(ts, i, ts->heap[kid]);
		i = kid;
	}
	timers_place(ts, i, t);
}

struct timer *
timer_new(struct loop *l, void (*fn)(void *), void *arg)
{
	struct timer *t = mem_alloc(sizeof(*t));

	t->loop = l;
	t->fn = fn;
	t->arg = arg;
	t->where = TIMER_OFF;
	return t;
}

void
timer_stop(struct timer *t)
{
	struct timers *ts = loop_timers(t->loop);
	size_t i = t->where;

	if (i == TIMER_OFF)
		return;
	t->where = TIMER_OFF;
	if (i != --ts->n) {
		timers_place(ts, i, ts->heap[ts->n]);
		timers_down(ts, i);
		timers_up(ts, ts->heap[i]->where);
	}
}

void
timer_set(struct timer *t, int64_t ms)
{
	struct timers *ts = loop_timers(t->loop);

	timer_stop(t);
	t->at = loop_now(t->loop) + (ms > 0 ? ms : 0);
	if (ts->n == ts->cap) {
		ts->cap = ts->cap ? 2 * ts->cap : 16;
		ts->heap = mem_grow(ts->heap, ts->cap, sizeof(*ts->heap));
	}
	timers_place(ts, ts->n++, t);
	timers_up(ts, t->where);
}

void
timer_free(struct timer *t)
{
	if (t == NULL)
		return;
	timer_stop(t);
	free(t);
}

int64_t
timers_next(const struct timers *ts, int64_t now)
{
	if (ts->n == 0)
		return -1;
	return ts->heap[0]->at > now ? ts->heap[0]->at - now : 0;
}

/* One that sets itself again for now runs in the next turn, not in this. */
void
timers_run(struct timers *ts, struct loop *l)
{
	int64_t now;
	size_t most = ts->n;

	if (most == 0)
		return;
	now = loop_now(l);
	while (most-- > 0 && ts->n > 0 && ts->heap[0]->at <= now) {
		struct timer *t = ts->heap[0];

		timer_stop(t);
		t->fn(t->arg);
	}
}
