/* SPDX-License-Identifier: ISC */
/*
 * A large world for long: by default 200 people on two relays for an hour, with
 * crashes, restarts, bad lines and clocks that jump (tests/world.h). It comes
 * to rest every so many steps: then everybody is at peace, ends and begins
 * anew, and what the process holds beyond our own books is weighed. In the end
 * nothing that was kept may be lost, and nothing may have grown by more than
 * 5 % since the third rest. A run is played again by its seed and the steps
 * that it came to.
 *
 *	soak [--people 200] [--seconds 3600 | --steps N] [--rest 1000]
 *	    [--seed N] [-v]
 */
#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tap.h"
#include "world.h"

#define SOAK_FILL 36            /* messages each side writes at first: more
                                   than a page of the store, both together */
#define SOAK_WARM 3             /* growth counts from this rest on: the groups are
                                   younger before than ever again */
#define SOAK_GROWTH 1.05
#define SOAK_MIB 1048576.0

struct weight {                 /* of the process, less our own books */
	double asleep, awake;   /* bytes: nobody is up; everybody is */
	double rss;             /* with everybody up */
	unsigned files;
};
struct soak {
	struct world world;
	double end, began;
	unsigned steps, rest, rests;
	struct weight first, last;
};

static double
soak_clock(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
		bail("no clock");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- what it weighs ------------------------------------------------------ */

static double
soak_books(const struct world *w)
{
	size_t seals = w->uses.cap + w->keys.cap, fresh = 0, i;

	for (i = 0; i < w->parties; i++) {
		seals += w->party[i].sealed.cap;
		fresh += malloc_usable_size(w->party[i].fresh);
	}
	return (double)(w->saids * sizeof(*w->said) + fresh +
	    seals * sizeof(struct seal_tap));
}

static double
soak_live(const struct world *w)
{
	struct mallinfo2 m;

	(void)malloc_trim(0);
	m = mallinfo2();
	return (double)(m.uordblks + m.hblkhd) - soak_books(w);
}

static double
soak_rss(const struct world *w)
{
	unsigned long all, rss = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f == NULL || fscanf(f, "%lu %lu", &all, &rss) != 2)
		bail("no /proc/self/statm");
	(void)fclose(f);
	return (double)rss * 4096 - soak_books(w);
}

static unsigned
soak_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	if (d == NULL)
		bail("no /proc/self/fd");
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n;
}

/* ---- what happens -------------------------------------------------------- */

/* Everybody knows the circle, and each talk has more than a page. */
static void
soak_meet(struct world *w)
{
	size_t i, k, n;
	struct party *p, *q;

	world_settle(w);
	for (i = 0; i < w->people; i++)
		for (k = 1; k <= WORLD_CIRCLE; k++) {
			p = &w->party[WORLD_RELAYS + i];
			q = &w->party[WORLD_RELAYS + (i + k) % w->people];
			if (p->home == q->home && p != q)
				world_befriend(p, q);
		}
	world_settle(w);
	for (n = 0; n < SOAK_FILL; n++) {
		for (i = WORLD_RELAYS; i < w->parties; i++)
			world_greet(w, &w->party[i]);
		world_pass(w, 20, 4);
	}
}

static void
soak_weigh(struct world *w, struct weight *n)
{
	size_t i;

	world_settle(w);
	for (i = w->parties; i-- > 0;)
		party_stop(&w->party[i]);
	for (i = 0; i < w->parties; i++)
		net_cut(&w->party[i], true);
	n->asleep = soak_live(w);
	for (i = 0; i < w->parties; i++)
		party_start(&w->party[i]);
	world_settle(w);
	n->awake = soak_live(w);
	n->rss = soak_rss(w);
	n->files = soak_files();
}

static void
soak_rest(struct soak *s)
{
	struct world *w = &s->world;

	soak_weigh(w, &s->last);
	if (s->rests++ < SOAK_WARM)
		s->first = s->last;
	note("%.0f s: step %u, %zu messages, %u crashes, %u restarts; "
	    "live %.2f MiB asleep, %.2f awake, resident %.1f, books %.1f; "
	    "%u files; %u faults", soak_clock() - s->began, w->step, w->saids,
	    w->crashes, w->restarts, s->last.asleep / SOAK_MIB,
	    s->last.awake / SOAK_MIB, s->last.rss / SOAK_MIB,
	    soak_books(w) / SOAK_MIB, s->last.files, w->faults);
	(void)fflush(stdout);
	w->net.calm = false;
}

static bool
soak_over(const struct soak *s)
{
	const struct world *w = &s->world;

	return w->faults > 0 || (s->steps > 0 ? w->step >= s->steps :
	    soak_clock() >= s->end);
}

static void
soak_run(struct soak *s)
{
	struct world *w = &s->world;

	soak_meet(w);
	while (!soak_over(s)) {
		if (w->step % s->rest == 0)
			soak_rest(s);
		world_step(w);
	}
	soak_rest(s);
	audit_end(w);
}

static void
soak_grown(const char *what, double first, double last)
{
	ok(last <= first * SOAK_GROWTH, "%s: %.2f MiB at first, %.2f in the "
	    "end (%+.1f %%)", what, first / SOAK_MIB, last / SOAK_MIB,
	    (last / first - 1) * 100);
}

static void
soak_judge(struct soak *s)
{
	struct world *w = &s->world;
	unsigned i, kept = 0, reached = 0;

	for (i = 0; i < w->saids; i++) {
		kept += w->said[i].kept;
		reached += w->said[i].ladder == LADDER_DEVICE;
	}
	ok(w->faults == 0, "%zu people, %u steps: %u messages kept, %u at "
	    "device, nothing lost, nothing twice", w->people, w->step, kept,
	    reached);
	for (i = 0; i < w->faults && i < WORLD_FAULTS; i++)
		note("%s", w->fault[i]);
	if (w->faults > 0)
		note("%u faults; again: --people %zu --seed %llu --rest %u "
		    "--steps %u -v", w->faults, w->people,
		    (unsigned long long)w->seed_number, s->rest, w->step);
	note("%u turns, %lld s of the world, %u crashes, %u restarts, %u jumps; "
	    "%u dials, %u refused, %u cuts, %u stalls, %llu bytes; %zu seals",
	    w->turns, (long long)(w->now / 1000), w->crashes, w->restarts,
	    w->jumps, w->net.dials, w->net.refused, w->net.cuts, w->net.stalls,
	    (unsigned long long)w->net.bytes, w->uses.n);
	soak_grown("held when nobody is up", s->first.asleep, s->last.asleep);
	soak_grown("held when all are up", s->first.awake, s->last.awake);
	soak_grown("resident", s->first.rss, s->last.rss);
	ok(s->last.files <= s->first.files, "files: %u at first, %u in the end",
	    s->first.files, s->last.files);
}

int
main(int argc, char **argv)
{
	static struct soak s;
	unsigned long people = 200, seconds = 3600;
	unsigned long seed = (unsigned long)time(NULL);
	bool loud = false;
	int i;

	s.rest = 1000;
	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], "-v") == 0)
			loud = true;
		else if (argv[i + 1] == NULL)
			bail("%s wants a number", argv[i]);
		else if (strcmp(argv[i], "--people") == 0)
			people = strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--seconds") == 0)
			seconds = strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0)
			seed = strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--rest") == 0)
			s.rest = (unsigned)strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--steps") == 0)
			s.steps = (unsigned)strtoul(argv[++i], NULL, 10);
		else
			bail("what is %s?", argv[i]);
	note("seed %lu", seed);
	s.began = soak_clock();
	s.end = s.began + (double)seconds;
	world_open(&s.world, MOOD_ANY, seed, people, loud);
	soak_run(&s);
	soak_judge(&s);
	world_close(&s.world);
	return done();
}
