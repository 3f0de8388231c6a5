/* SPDX-License-Identifier: ISC */
/*
 * Randomness: the seeded stream is the published one on every machine, numbers
 * below a bound are as likely as each other, the system's never repeat,
 * and without them there is no going on.
 */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <seccomp.h>

#include "base.h"
#include "tap.h"

/* The reference: splitmix64 from seed 0 and from 1234567 (Rosetta's and the
 * authors' value), then the first output of xoshiro256** over that state. */
static void
test_stream(void)
{
	struct rng_seeded g;
	struct rng r = rng_seed(&g, 1234567);
	uint8_t a[40], b[40];
	int i;

	ok(g.s[0] == 6457827717110365317u && g.s[1] == 3203168211198807973u &&
	       g.s[2] == 9817491932198370423u && g.s[3] == 4593380528125082431u,
	    "splitmix64 of 1234567 is the published sequence");
	g = (struct rng_seeded){{1, 2, 3, 4}};
	rng_fill(&r, a, 16);
	ok(a[0] == 0x00 && a[1] == 0x2d && a[2] == 0 && a[8] == 0,
	    "xoshiro256** from 1, 2, 3, 4 begins with 11520, 0");
	r = rng_seed(&g, 5);
	rng_fill(&r, a, sizeof a);
	r = rng_seed(&g, 5);
	for (i = 0; i < 40; i += 8)
		rng_fill(&r, b + i, 8);
	is_mem(a, b, 40, "the same in whole words as at once");
	r = rng_seed(&g, 6);
	rng_fill(&r, b, sizeof b);
	ok(memcmp(a, b, 40) != 0, "another seed, another stream");
}

/* A source that says what it is told. */
struct script {
	const uint32_t *p;
	size_t at;
};

static void
script_fill(void *arg, void *dst, size_t n)
{
	struct script *s = arg;

	assert(n == 4);
	memcpy(dst, &s->p[s->at++], 4);
}

static void
test_below(void)
{
	static const uint32_t words[] = {0, 3, 4, UINT32_MAX};
	struct script script = {words, 0};
	struct rng fake = {script_fill, &script};
	struct rng_seeded g;
	struct rng r = rng_seed(&g, 1);
	unsigned count[6] = {0}, i, low = ~0u, high = 0;

	/* 2^32 mod 6 is 4: 0 and 3 would favour the first four */
	is_int(rng_below(&fake, 6), 4, "what would bias is drawn again");
	is_int(script.at, 3, "twice");
	is_int(rng_below(&fake, 6), UINT32_MAX % 6, "the largest is taken");
	for (i = 0; i < 60000; i++)
		count[rng_below(&r, 6)]++;
	for (i = 0; i < 6; i++) {
		low = count[i] < low ? count[i] : low;
		high = count[i] > high ? count[i] : high;
	}
	ok(low > 9600 && high < 10400, "a die of 60000 throws: %u to %u", low,
	    high);
	is_int(rng_below(&r, 1), 0, "below one there is only nought");
}

static void
test_system(void)
{
	uint8_t a[64] = {0}, b[64] = {0};
	unsigned i, bits = 0;

	rng_fill(&rng_system, a, sizeof a);
	rng_fill(&rng_system, b, sizeof b);
	ok(memcmp(a, b, 64) != 0, "the system's never repeats");
	for (i = 0; i < 64; i++)
		bits += (unsigned)__builtin_popcount(a[i] ^ b[i]);
	ok(bits > 160 && bits < 352, "half of 512 bits differ: %u", bits);
	rng_fill(&rng_system, NULL, 0);
}

/* What a child does when getrandom(2) fails; the filter stays with it. */
static void
dry(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	const struct rlimit none = {0, 0};
	uint8_t key[32] = {0};

	if (f == NULL || seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS),
	    SCMP_SYS(getrandom), 0) != 0 || seccomp_load(f) != 0)
		_exit(3);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)signal(SIGABRT, SIG_DFL);
	rng_fill(&rng_system, key, sizeof key);
	_exit(0);               /* went on, with a key of zeros */
}

static void
test_dry(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		dry();
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		bail("no child");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 3) {
		skip("no seccomp filter here");
		return;
	}
	ok(WIFSIGNALED(status), "without randomness the process ends (T97)");
}

/* A child goes on with the same memory, but not with the same stream. */
static void
test_fork(void)
{
	uint8_t ours[32], theirs[32];
	int fd[2], status;
	pid_t pid;

	if (pipe(fd) < 0)
		bail("no pipe");
	pid = fork();
	if (pid == 0) {
		rng_fill(&rng_system, theirs, sizeof theirs);
		_exit(write(fd[1], theirs, sizeof theirs) != sizeof theirs);
	}
	rng_fill(&rng_system, ours, sizeof ours);
	if (pid < 0 || read(fd[0], theirs, sizeof theirs) != sizeof theirs ||
	    waitpid(pid, &status, 0) != pid)
		bail("no child");
	ok(memcmp(ours, theirs, sizeof ours) != 0,
	    "a forked child draws others (T97)");
	close(fd[0]);
	close(fd[1]);
}

int
main(void)
{
	test_stream();
	test_below();
	test_system();
	test_dry();
	test_fork();
	return done();
}
