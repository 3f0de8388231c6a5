/* SPDX-License-Identifier: ISC */
/*
 * The loop: waits for descriptors, signals and timers and runs their handlers,
 * all inside loop_hear(). What must not happen inside somebody's call (the end
 * of a link, above all) is queued and runs first thing in the next loop_hear().
 * Knows nothing of what travels.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include <event2/dns.h>
#include <event2/event.h>
#include <event2/event_struct.h>

#define LINK_INSIDE
#include "link.h"

TAILQ_HEAD(soon_list, soon);

struct loop {
	const struct clock *clock;
	const struct rng *rng;
	struct event_base *base;
	struct event tick;              /* the one timeout libevent knows */
	struct evdns_base *dns;         /* made by the first name */
	uint64_t dns_stamp;             /* of the files it was made from */
	struct timers *timers;
	struct soon_list soon;
	uint8_t *scratch;               /* what a link reads into */
	uint8_t *record;                /* and seals into */
	bool hearing;
	unsigned held;                  /* links that are not yet gone */
};

struct watch {
	struct event ev;
	struct loop *loop;
	void (*fn)(void *, int);
	void *arg;
	int what;
};

static void
loop_tick(UNUSED evutil_socket_t fd, UNUSED short what, UNUSED void *arg)
{
	/* it only ends the wait: timers run by our own clock */
}

/* A peer that goes away is an error of write(), not the end of the process. */
static void
loop_ignore_pipe(void)
{
	struct sigaction sa;

	if (sigaction(SIGPIPE, NULL, &sa) != 0 || sa.sa_handler != SIG_DFL)
		return;
	sa.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &sa, NULL);
}

/* libevent would write to the terminal that curses draws on. What matters in
 * its words comes back to us as an error anyway. */
static void
loop_hush(UNUSED int severity, UNUSED const char *text)
{
}

struct loop *
loop_new(const struct clock *clock, const struct rng *rng)
{
	struct loop *l = mem_alloc(sizeof(*l));
	int err;

	event_set_log_callback(loop_hush);
	l->clock = clock;
	l->rng = rng;
	l->base = event_base_new();
	if (l->base == NULL) {
		free(l);
		return NULL;
	}
	err = event_assign(&l->tick, l->base, -1, 0, loop_tick, NULL);
	assert(err == 0);
	l->timers = timers_new();
	l->scratch = mem_alloc(LINK_SCRATCH);
	l->record = mem_alloc(LINK_RECORD_HEAD + NOISE_MSG_MAX);
	TAILQ_INIT(&l->soon);
	loop_ignore_pipe();
	return l;
}

void
loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	assert(!l->hearing);
	if (l->dns != NULL) {
		evdns_base_free(l->dns, 1);
		/* its last answers are on the base's own queue */
		(void)event_base_loop(l->base, EVLOOP_NONBLOCK);
	}
	event_base_free(l->base);
	timers_free(l->timers);
	mem_wipe(l->scratch, LINK_SCRATCH);
	free(l->scratch);
	free(l->record);
	free(l);
}

bool
loop_idle(const struct loop *loop)
{
	return loop->held == 0;
}

void
loop_hold(struct loop *loop)
{
	loop->held++;
}

void
loop_let(struct loop *loop)
{
	assert(loop->held > 0);
	loop->held--;
}

const struct clock *
loop_clock(struct loop *l)
{
	return l->clock;
}

const struct rng *
loop_rng(struct loop *l)
{
	return l->rng;
}

int64_t
loop_now(struct loop *l)
{
	return clock_mono(l->clock);
}

uint8_t *
loop_scratch(struct loop *l)
{
	return l->scratch;
}

uint8_t *
loop_record(struct loop *l)
{
	return l->record;
}

struct timers *
loop_timers(struct loop *l)
{
	return l->timers;
}

/* When the system's files were last written; a file that isn't there is 0. */
static uint64_t
loop_dns_stamp(void)
{
	static const char *const files[] = {"/etc/resolv.conf", "/etc/hosts"};
	struct stat st;
	uint64_t stamp = 0;
	size_t i;

	for (i = 0; i < COUNT(files); i++)
		if (stat(files[i], &st) == 0)
			stamp = stamp * 31 + (uint64_t)st.st_ino +
			    (uint64_t)st.st_mtim.tv_sec * 1000 +
			    (uint64_t)st.st_mtim.tv_nsec / 1000000;
	return stamp;
}

/*
 * Name servers and the hosts file are the system's, also after the machine has
 * moved to another network. Without a resolv.conf libevent asks 127.0.0.1, as
 * the C library does.
 */
struct evdns_base *
loop_dns(struct loop *l)
{
	uint64_t stamp = loop_dns_stamp();

	if (l->dns != NULL && stamp == l->dns_stamp)
		return l->dns;
	if (l->dns != NULL)
		evdns_base_free(l->dns, 1); /* old questions fail */
	l->dns_stamp = stamp;
	l->dns = evdns_base_new(l->base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (l->dns != NULL)
		(void)evdns_base_resolv_conf_parse(l->dns, DNS_OPTIONS_ALL,
		    "/etc/resolv.conf");
	return l->dns;
}

/* soon: at the start of the next loop_hear */

void
soon_add(struct loop *l, struct soon *s)
{
	if (s->queued)
		return;
	s->queued = true;
	TAILQ_INSERT_TAIL(&l->soon, s, entry);
}

void
soon_remove(struct loop *l, struct soon *s)
{
	if (!s->queued)
		return;
	s->queued = false;
	TAILQ_REMOVE(&l->soon, s, entry);
}

/* Runs what was queued before; what its handlers queue waits its turn. */
static bool
soon_run(struct loop *l)
{
	struct soon mark = {0}, *s;

	if (TAILQ_EMPTY(&l->soon))
		return false;
	TAILQ_INSERT_TAIL(&l->soon, &mark, entry);
	while ((s = TAILQ_FIRST(&l->soon)) != &mark) {
		soon_remove(l, s);
		s->fn(s->arg);
	}
	TAILQ_REMOVE(&l->soon, &mark, entry);
	return true;
}

/* How long may be waited: -1 without bound. */
static int64_t
loop_wait(struct loop *l, bool busy, int max_ms)
{
	int64_t next = timers_next(l->timers, loop_now(l));

	if (busy || !TAILQ_EMPTY(&l->soon))
		return 0;
	if (next < 0 || (max_ms >= 0 && max_ms < next))
		return max_ms;
	return next;
}

static int
loop_poll(struct loop *l, int64_t ms)
{
	struct timeval tv = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000)
	    * 1000};
	int err;

	if (ms == 0)
		return event_base_loop(l->base,
		    EVLOOP_ONCE | EVLOOP_NONBLOCK);
	if (ms > 0 && event_add(&l->tick, &tv) != 0)
		return -1;
	err = event_base_loop(l->base,
	    EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
	(void)event_del(&l->tick);
	return err;
}

int
loop_hear(struct loop *l, int max_ms)
{
	bool busy;
	int err;

	assert(!l->hearing);
	l->hearing = true;
	busy = soon_run(l);
	err = loop_poll(l, loop_wait(l, busy, max_ms));
	timers_run(l->timers, l);
	l->hearing = false;
	return err < 0 ? ERR_IO : 0;
}

/* watches */

static void
watch_event(UNUSED evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;

	w->fn(w->arg, (what & EV_READ ? WATCH_READ : 0) |
	    (what & EV_WRITE ? WATCH_WRITE : 0));
}

static void
watch_signalled(evutil_socket_t signo, UNUSED short what, void *arg)
{
	struct watch *w = arg;

	w->fn(w->arg, (int)signo);
}

static struct watch *
watch_new(struct loop *l, void (*fn)(void *, int), void *arg)
{
	struct watch *w = mem_alloc(sizeof(*w));

	w->loop = l;
	w->fn = fn;
	w->arg = arg;
	return w;
}

int
watch_set(struct watch *w, int what)
{
	short ev = (short)((what & WATCH_READ ? EV_READ : 0) |
	    (what & WATCH_WRITE ? EV_WRITE : 0));
	evutil_socket_t fd;

	if (what == w->what)
		return 0;
	fd = event_get_fd(&w->ev);
	if (w->what != 0)
		(void)event_del(&w->ev);
	w->what = 0;
	if (what == 0)
		return 0;
	if (event_assign(&w->ev, w->loop->base, fd, (short)(ev | EV_PERSIST),
	    watch_event, w) != 0 || event_add(&w->ev, NULL) != 0)
		return ERR_IO;
	w->what = what;
	return 0;
}

struct watch *
watch_fd(struct loop *l, int fd, int what, void (*fn)(void *, int), void *arg)
{
	struct watch *w = watch_new(l, fn, arg);

	if (event_assign(&w->ev, l->base, fd, EV_READ | EV_PERSIST,
	    watch_event, w) != 0 || watch_set(w, what) != 0) {
		free(w);
		return NULL;
	}
	return w;
}

struct watch *
watch_signal(struct loop *l, int signo, void (*fn)(void *, int), void *arg)
{
	struct watch *w = watch_new(l, fn, arg);

	if (event_assign(&w->ev, l->base, signo, EV_SIGNAL | EV_PERSIST,
	    watch_signalled, w) != 0 || event_add(&w->ev, NULL) != 0) {
		free(w);
		return NULL;
	}
	w->what = WATCH_READ;
	return w;
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	if (w->what != 0)
		(void)event_del(&w->ev);
	free(w);
}
