/* SPDX-License-Identifier: ISC */
/*
 * What the benches share: rounds, medians, CPU and memory of another process,
 * a real tacetd to measure, and lines for the table that tests/bench/table
 * prints. The server stands on the first core, whoever asks it on the second.
 * A bench measures and never judges by luck: each round runs its reference
 * too, and a row is the median of the rounds.
 */
#ifndef TACET_BENCH_H
#define TACET_BENCH_H

#include <sys/types.h>

#include "base.h"
#include "ident.h"

#define BENCH_ROUNDS_MAX 64

void bench_die(const char *fmt, ...) PRINTF(1, 2) __attribute__((noreturn));
unsigned bench_rounds(void);            /* BENCH_ROUNDS, else 5 */
double bench_secs(void);                /* BENCH_SECS of one reading, or 0.3 */
double bench_now(void);                 /* seconds, monotonic */
double bench_cpu(pid_t);                /* seconds of CPU; 0: this process */
double bench_memory(pid_t, const char *field);  /* KiB: "Rss", "Pss" */
void bench_pin(int core);
void bench_many_files(void);            /* as many descriptors as are allowed */
uint16_t bench_port(void);              /* a free one */

/* One reading per round. */
struct series {
	double v[BENCH_ROUNDS_MAX];
	unsigned n;
};
void series_put(struct series *, double);
double series_median(const struct series *);

/* Many readings of one thing: its rows are the median and the 99th of 100. */
struct spread {
	double *v;
	size_t n;
};
void spread_put(struct spread *, double);
void spread_rows(const char *what, const char *unit, struct spread *); /* ends */

/* Lines of the table. A bar of 0 is none; `up`: at least the bar, else at
 * most. An empty series was skipped: `why` says what is missing. */
void row_put(const char *what, const char *unit, const struct series *);
void row_bar(const char *what, const char *unit, const struct series *,
    bool up, double bar);
void row_skip(const char *what, const char *why);

/* server.c: a tacetd of its own folder, open to all and without limits */

struct server {
	pid_t pid;
	char *dir;
	uint16_t metrics;
	struct address address;
};
void server_open(struct server *);
void server_stop(struct server *);      /* the folder stays */
void server_start(struct server *);     /* again */
void server_close(struct server *);
double server_metric(const struct server *, const char *name);
/* Runs `fn` in a child on the first core; returns its pid. */
pid_t server_fork(void (*fn)(void *), void *);
void server_kill(pid_t);

/* term.c: a tacet on a terminal of its own, and co-processes without one */

struct person {
	const struct server *relay;
	uint16_t port;                  /* of who stands between; 0: nobody */
	const char *name;
	unsigned short rows, columns;   /* of its terminal; 0: 24 by 80 */
	pid_t pid;
	int fd;                         /* of its terminal, or its commands */
	struct buf seen;                /* what the terminal got, newest last */
};
/* Runs a shell verb to its end; `words` are the shell's. */
void person_verb(const struct person *, const char *words);
void person_screen(struct person *, bool pass); /* pass: given by fd */
void person_run(struct person *);               /* `run --json` */
bool person_said(const struct person *, const char *text);      /* in JSON */
void person_type(struct person *, const char *keys);
void person_forget(struct person *);    /* what it has shown until now */
/* Reads until the terminal was sent these bytes, 20 s at most; then seconds. */
double person_shows(struct person *, const char *bytes);
void person_end(struct person *);

/* between.c: between a client and its relay; when which record went on */

struct between_seen;
struct between {
	struct between_seen *seen;
	uint16_t port;
	pid_t pid;
};
void between_open(struct between *, uint16_t relay);
void between_close(struct between *);
uint64_t between_count(const struct between *); /* records so far */
/* When the record before that count went on to the client; its length. */
double between_record(const struct between *, uint64_t i, unsigned *size);

/* bare.c: a bare SQLite loop that commits the rows of n appends at a time */

struct bare;
struct bare *bare_open(const char *dir, size_t entry);
void bare_close(struct bare *);
void bare_group(struct bare *, unsigned n);

/* forward.c: forwards frames (u32 length) from one to all, and nothing else */

int forward_listen(uint16_t *port);
void forward_run(void *fd);             /* int *; never returns */

/* readers.c: many raw readers of a forwarder */

struct readers;
struct readers *readers_open(uint16_t port, unsigned n, size_t size);
void readers_close(struct readers *);
void readers_say(struct readers *, unsigned n);         /* n frames */
uint64_t readers_got(struct readers *, int wait_ms);    /* frames so far */

/* others.c: other people's servers, through the load generator in build/peers */

/* "nats-tls" in mode "fan" or "sat": CPU of the server per delivery in us;
 * negative: not there. "redis-aof" in mode "ack": acknowledged per second.
 * "nginx-tls" in mode "blob": seconds of its CPU for a GB of its file.
 * "ustreamer" in mode "film": us of its CPU for a picture of `window` bytes. */
double peer_measure(const char *peer, const char *mode, unsigned readers,
    unsigned window);
const char *peer_missing(void);
/* Where a peer finds what it is to serve; NULL: there are no peers. */
char *peer_file(const char *name);

#endif
