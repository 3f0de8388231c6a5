/* SPDX-License-Identifier: ISC */
/* See bench.h. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "vacant.h"

void
bench_die(const char *fmt, ...)
{
	va_list ap;

	(void)fputs("bench: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	exit(1);
}

unsigned
bench_rounds(void)
{
	const char *s = getenv("BENCH_ROUNDS");
	unsigned long n = s ? strtoul(s, NULL, 10) : 5;

	return n < 1 ? 1 : n > BENCH_ROUNDS_MAX ? BENCH_ROUNDS_MAX :
	    (unsigned)n;
}

double
bench_secs(void)
{
	const char *s = getenv("BENCH_SECS");
	double v = s ? strtod(s, NULL) : 0.3;

	return v < 0.01 ? 0.01 : v;
}

static double
bench_clock(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) != 0)
		bench_die("clock: %s", strerror(errno));
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double
bench_now(void)
{
	return bench_clock(CLOCK_MONOTONIC);
}

double
bench_cpu(pid_t pid)
{
	clockid_t id = CLOCK_PROCESS_CPUTIME_ID;

	if (pid != 0 && clock_getcpuclockid(pid, &id) != 0)
		bench_die("process %ld has ended", (long)pid);
	return bench_clock(id);
}

double
bench_memory(pid_t pid, const char *field)
{
	char path[64], line[256];
	unsigned long kib = 0;
	size_t n = strlen(field);
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup",
	    (long)pid);
	f = fopen(path, "re");
	if (!f)
		bench_die("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f))
		if (strncmp(line, field, n) == 0 && line[n] == ':')
			kib = strtoul(line + n + 1, NULL, 10);
	(void)fclose(f);
	return (double)kib;
}

/* With one core there is nothing to choose. */
void
bench_pin(int core)
{
	cpu_set_t set;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return;
	CPU_ZERO(&set);
	CPU_SET((size_t)core, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

void
bench_many_files(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) != 0)
		return;
	l.rlim_cur = l.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &l);
}

uint16_t
bench_port(void)
{
	uint16_t port = vacant_port();

	if (port == 0)
		bench_die("no free port: %s", strerror(errno));
	return port;
}

/* --- series and rows --- */

void
series_put(struct series *s, double v)
{
	assert(s->n < BENCH_ROUNDS_MAX);
	s->v[s->n++] = v;
}

static int
series_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct series
series_sorted(const struct series *s)
{
	struct series c = *s;

	qsort(c.v, c.n, sizeof(*c.v), series_order);
	return c;
}

double
series_median(const struct series *s)
{
	struct series c = series_sorted(s);

	if (c.n == 0)
		return 0;
	return c.n % 2 ? c.v[c.n / 2] :
	    (c.v[c.n / 2 - 1] + c.v[c.n / 2]) / 2;
}

void
spread_put(struct spread *s, double v)
{
	s->v = mem_grow(s->v, s->n + 1, sizeof(*s->v));
	s->v[s->n++] = v;
}

static void
row_number(double v)
{
	(void)printf(v >= 1000 ? "%.0f" : v >= 100 ? "%.1f" :
	    v >= 1 ? "%.2f" : "%.3f", v);
}

/* what, median, unit, least, most, bar, verdict: apart by tabs */
void
row_bar(const char *what, const char *unit, const struct series *s, bool up,
    double bar)
{
	struct series c = series_sorted(s);
	double m = series_median(s);
	bool met = up ? m >= bar : m <= bar;

	assert(c.n > 0);
	(void)printf("row\t%s\t", what);
	row_number(m);
	(void)printf("\t%s\t", unit);
	row_number(c.v[0]);
	(void)printf("\t");
	row_number(c.v[c.n - 1]);
	if (bar > 0)
		(void)printf("\t%s %g\t%s\n", up ? ">=" : "<=", bar,
		    met ? "met" : "MISSED");
	else
		(void)printf("\t-\t-\n");
	(void)fflush(stdout);
}

static void
spread_row(const char *what, const char *part, const char *unit,
    const struct spread *s, size_t i)
{
	(void)printf("row\t%s, %s of %zu\t", what, part, s->n);
	row_number(s->v[i]);
	(void)printf("\t%s\t", unit);
	row_number(s->v[0]);
	(void)printf("\t");
	row_number(s->v[s->n - 1]);
	(void)printf("\t-\t-\n");
}

void
spread_rows(const char *what, const char *unit, struct spread *s)
{
	assert(s->n > 0);
	qsort(s->v, s->n, sizeof(*s->v), series_order);
	spread_row(what, "median", unit, s, s->n / 2);
	spread_row(what, "99th", unit, s, (s->n * 99 + 99) / 100 - 1);
	(void)fflush(stdout);
	free(s->v);
	*s = (struct spread){0};
}

void
row_put(const char *what, const char *unit, const struct series *s)
{
	row_bar(what, unit, s, true, 0);
}

void
row_skip(const char *what, const char *why)
{
	(void)printf("row\t%s\tskipped\t%s\t\t\t-\t-\n", what, why);
	(void)fflush(stdout);
}
