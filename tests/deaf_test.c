/* SPDX-License-Identifier: ISC */
/*
 * Readers who stop reading, as processes that are stopped, before the program
 * tacetd (floor: all; T55, T56, T58). What others say to them costs the relay a
 * bounded piece of memory each, nobody else waits, nothing is lost: who goes on
 * reading gets it all, once and in order. With TACET_SOAK in the environment
 * one stays stopped until the relay gives it up, which takes 90 s.
 * limit: 600
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"
#include "tap.h"

#define DEAF 4
#define ENTRIES 900             /* of 16 KiB: 14 MiB, more than sockets hold */
#define ENTRY 16384
#define WHISPERS 4000
#define WHISPER 2000
#define WAIT_MS 120000
#define DEAD_MS 150000          /* 90 s, and a slow machine */
#ifdef __SANITIZE_ADDRESS__
#define ROOM_KIB (DEAF * 8192 + 262144)
#else
#define ROOM_KIB (DEAF * 4096 + 16384)
#endif

static const uint8_t one[WIRE_ID] = {7}, key0[KEY_SIZE] = {9};

struct play {
	struct daemon d;
	struct desk w;
	struct dev alice, carol;
	pid_t pid[DEAF + 1];            /* the last one never comes back */
	unsigned heard;                 /* by carol */
	int64_t worst;
};

static int64_t
now(void)
{
	return clock_mono(&clock_system);
}

/* Takes what has come; false: something was lost, or came twice. */
static bool
take(struct dev *d, unsigned *heard)
{
	const struct msg *m;
	bool good = true;

	while ((m = dev_next(d, MSG_entry)) != NULL)
		good = good && m->entry.number == ++*heard;
	if (d->seen == d->n)
		dev_clear(d);
	return good;
}

/* --- one who stops, in a process of its own --- */

static void
follow(struct dev *d, unsigned heard)
{
	dev_dial_tcp(d);
	if (dev_open(d, one, key0, 0, heard + 1) != 0)
		_exit(3);
}

static void
deaf(struct play *p, int i, int ready)
{
	int64_t end;
	unsigned heard = 0;
	char name[16];
	struct desk w;
	struct dev d;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	daemon_desk(&p->d, &w);
	(void)snprintf(name, sizeof(name), "deaf%d", i);
	dev_init(&d, &w, name);
	dev_dial_tcp(&d);
	if (dev_enrol(&d, bytes_of(NULL, 0)) != 0 ||
	    dev_open(&d, one, key0, 0, 1) != 0 || write(ready, "r", 1) != 1)
		_exit(2);
	(void)raise(SIGSTOP);
	end = now() + WAIT_MS;
	while (heard < ENTRIES && now() < end) {
		desk_hear(&w, 20);
		if (!take(&d, &heard))
			_exit(4);
		if (d.link == NULL)
			follow(&d, heard);
	}
	dev_free(&d);
	desk_close(&w);
	_exit(heard == ENTRIES ? 0 : 5);
}

static void
deaf_start(struct play *p, int i)
{
	int fd[2], status;
	char c;

	if (pipe(fd) != 0)
		bail("pipe");
	fflush(stdout);
	p->pid[i] = fork();
	if (p->pid[i] == 0) {
		(void)close(fd[0]);
		deaf(p, i, fd[1]);
	}
	(void)close(fd[1]);
	if (read(fd[0], &c, 1) != 1)
		bail("a reader did not start");
	(void)close(fd[0]);
	if (waitpid(p->pid[i], &status, WUNTRACED) != p->pid[i] ||
	    !WIFSTOPPED(status))
		bail("a reader did not stop");
}

static int
deaf_end(struct play *p, int i)
{
	int status = -1;

	(void)kill(p->pid[i], SIGCONT);
	while (waitpid(p->pid[i], &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* --- those who talk --- */

static void
append(struct play *p, unsigned i)
{
	static uint8_t entry[ENTRY];
	struct msg m = {.code = MSG_log_append};
	int64_t from = now();

	memcpy(m.log_append.log, one, WIRE_ID);
	memcpy(m.log_append.id, &i, sizeof(i));
	m.log_append.id[WIRE_ID - 1] = 1;
	m.log_append.entry = bytes_of(entry, sizeof(entry));
	if (dev_ask(&p->alice, &m, NULL) != 0)
		bail("an entry was refused");
	if (now() - from > p->worst)
		p->worst = now() - from;
	dev_clear(&p->alice);
	if (!take(&p->carol, &p->heard))
		bail("carol lost one");
}

static void
whispers(struct play *p)
{
	static uint8_t entry[WHISPER];
	struct msg m = {.code = MSG_whisper};
	unsigned i;

	memcpy(m.whisper.log, one, WIRE_ID);
	m.whisper.entry = bytes_of(entry, sizeof(entry));
	for (i = 0; i < WHISPERS; i++) {
		dev_send(&p->alice, &m);
		if (i % 50 == 49)
			desk_hear(&p->w, 5);
		dev_clear(&p->carol);
	}
	for (i = 0; i < 20; i++)
		desk_hear(&p->w, 10);
	dev_clear(&p->carol);
}

static void
test_deaf(struct play *p)
{
	long before, after;
	unsigned i;
	int rc;

	for (i = 0; i < DEAF; i++)
		deaf_start(p, (int)i);
	before = daemon_status(&p->d, "VmRSS");
	for (i = 1; i <= ENTRIES; i++)
		append(p, i);
	whispers(p);
	after = daemon_status(&p->d, "VmHWM");
	note("%ld KiB, at most %ld with %d who don't read; alice waited %lld "
	    "ms at most", before, after, DEAF, (long long)p->worst);
	ok(after - before <= ROOM_KIB, "%d MiB for each reader who stopped "
	    "cost it a bounded piece (T56)", ENTRIES * ENTRY >> 20);
	is_int(p->heard, ENTRIES, "who reads has it all meanwhile (T56)");
	ok(p->alice.link != NULL && p->worst < 5000,
	    "who writes does not wait for them (T58)");
	is_int((long long)daemon_metric(&p->d, "closed_error_total"), 0,
	    "who is slow is waited for, not cut off (T56)");
	for (i = 0; i < DEAF; i++) {
		rc = deaf_end(p, (int)i);
		is_int(rc, 0, "who reads on has it all, once, in order (T56)");
	}
}

/* All of it in one go while nothing else happens: the relay was once asleep
 * until the next turn of somebody else when a socket took a whole MiB. */
static void
test_newcomer(struct play *p)
{
	int64_t from = now();
	unsigned heard = 0;
	bool good = true;
	struct dev d;

	dev_init(&d, &p->w, "dave");
	dev_dial_tcp(&d);
	if (dev_enrol(&d, bytes_of(NULL, 0)) != 0 ||
	    dev_open(&d, one, key0, 0, 1) != 0)
		bail("dave can't follow");
	while (heard < ENTRIES && good && now() - from < WAIT_MS / 4) {
		desk_hear(&p->w, 20);
		good = take(&d, &heard);
	}
	note("%u entries in %lld ms", heard, (long long)(now() - from));
	ok(good && heard == ENTRIES, "who comes late has it all (T56)");
	dev_free(&d);
}

/* The other end is there, and its kernel says so: only pings tell. */
static void
test_dead(struct play *p)
{
	int64_t from = now();
	double open;

	if (getenv("TACET_SOAK") == NULL) {
		skip("T55: who died in silence is given up after 90 s: "
		    "TACET_SOAK=1");
		return;
	}
	deaf_start(p, DEAF);
	open = daemon_metric(&p->d, "connections");
	while (daemon_metric(&p->d, "connections") >= open &&
	    now() - from < DEAD_MS)
		desk_hear(&p->w, 500);
	note("given up after %lld s", (long long)(now() - from) / 1000);
	ok(now() - from < DEAD_MS, "who says nothing for 90 s is out (T55)");
	(void)kill(p->pid[DEAF], SIGKILL);
	(void)waitpid(p->pid[DEAF], NULL, 0);
}

int
main(void)
{
	static struct play p;

	daemon_open(&p.d, "--rate", "1000000", "--burst", "1000000",
	    "--address-rate", "1000000", "--address-burst", "1000000", NULL);
	daemon_desk(&p.d, &p.w);
	dev_init(&p.alice, &p.w, "alice");
	dev_dial_tcp(&p.alice);
	dev_init(&p.carol, &p.w, "carol");
	dev_dial_tcp(&p.carol);
	if (dev_enrol(&p.alice, bytes_of(NULL, 0)) != 0 ||
	    dev_enrol(&p.carol, bytes_of(NULL, 0)) != 0 ||
	    dev_create(&p.alice, one, key0) != 0 ||
	    dev_open(&p.carol, one, key0, 0, 1) != 0 ||
	    dev_open(&p.alice, one, key0, 0, 1) != 0)
		bail("the scene is not set");
	test_deaf(&p);
	test_newcomer(&p);
	test_dead(&p);
	dev_free(&p.alice);
	dev_free(&p.carol);
	desk_close(&p.w);
	ok(daemon_close(&p.d), "the relay ends well when it is asked to");
	return done();
}
