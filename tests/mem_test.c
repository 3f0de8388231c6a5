/* SPDX-License-Identifier: ISC */
/*
 * Memory: zeroed, overflow refused, secrets behind guard pages and out of reach
 * of children and core files. What must fault is made to, in a child.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"
#include "tap.h"

static bool
all(const uint8_t *p, uint8_t want, size_t n)
{
	while (n > 0)
		if (p[--n] != want)
			return false;
	return true;
}

/* How a child ends that runs f(arg). */
static int
child(void (*f)(void *), void *arg)
{
	struct rlimit none = {0, 0};
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		(void)setrlimit(RLIMIT_CORE, &none);
		(void)signal(SIGSEGV, SIG_DFL);
		(void)signal(SIGBUS, SIG_DFL);
		(void)signal(SIGABRT, SIG_DFL);
		(void)close(STDERR_FILENO);
		f(arg);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		bail("no child to be had");
	return status;
}

static void
peek(void *p)
{
	(void)*(volatile uint8_t *)p;
}

static void
peek_own(void *arg)
{
	uint8_t *p = mem_secret(100);
	long at = *(long *)arg;

	peek(p + at);
}

static void
free_in_child(void *p)
{
	mem_secret_free(p);
}

static void
too_much(UNUSED void *arg)
{
	free(mem_array(SIZE_MAX / 2, 4));
}

static void
grow_too_much(UNUSED void *arg)
{
	free(mem_grow(NULL, SIZE_MAX / 2, 4));
}

static void
free_wrong(UNUSED void *arg)
{
	uint8_t *p = mem_secret(16);

	mem_secret_free(p + 4096); /* not the start of one */
}

static void
test_plain(void)
{
	uint8_t *p = mem_array(10, 7);
	char *s;

	ok(all(p, 0, 70), "an array is zeroed");
	p = mem_grow(p, 100, 10);
	ok(all(p, 0, 70), "growing keeps what was there");
	memset(p, 7, 1000);
	mem_wipe(p, 1000);
	ok(all(p, 0, 1000), "wiping wipes");
	mem_wipe(NULL, 0);
	free(p);
	p = mem_alloc(0);
	ok(p != NULL, "nothing is still something to free");
	free(p);
	p = mem_copy("abc", 3);
	is_mem(p, "abc", 3, "a copy");
	free(p);
	p = mem_copy(NULL, 0);
	ok(p != NULL, "a copy of nothing");
	free(p);
	ok(mem_string(NULL) == NULL, "NULL stays NULL");
	s = mem_format("%s-%d", "x", 7);
	is_str(s, "x-7", "formatted");
	free(s);
}

#ifdef __SANITIZE_ADDRESS__
#define OUT_OF_MEMORY 1 /* ASan's allocator ends the process first */
#else
#define OUT_OF_MEMORY 71
#endif

static void
test_end(void)
{
	int status = child(too_much, NULL);

	ok(WIFEXITED(status) && WEXITSTATUS(status) == OUT_OF_MEMORY,
	    "an array whose size overflows ends the process");
	status = child(grow_too_much, NULL);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == OUT_OF_MEMORY,
	    "so does growth");
}

static void
test_secret(void)
{
	static const size_t sizes[] = {0, 1, 15, 16, 17, 32, 4095, 4096, 4097,
				       70000};
	size_t i;
	bool good = true;

	for (i = 0; i < COUNT(sizes); i++) {
		uint8_t *p = mem_secret(sizes[i]);

		good = good && (uintptr_t)p % 16 == 0 && all(p, 0, sizes[i]);
		memset(p, 0xaa, sizes[i]);
		good = good && all(p, 0xaa, sizes[i]);
		mem_secret_free(p);
	}
	ok(good, "secrets of all sizes: aligned, zeroed, writable");
	mem_secret_free(NULL);
}

static void
test_guards(void)
{
	uint8_t *p = mem_secret(32);
	long before = -4096, after = 112, inside = 99;
	int status;

	status = child(peek_own, &inside);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "inside is fine");
	status = child(peek_own, &after);
	ok(!(WIFEXITED(status) && WEXITSTATUS(status) == 0),
	    "one byte past the end faults");
	status = child(peek_own, &before);
	ok(!(WIFEXITED(status) && WEXITSTATUS(status) == 0),
	    "the page before faults");
	status = child(peek, p);
	ok(!(WIFEXITED(status) && WEXITSTATUS(status) == 0),
	    "a forked child has no secrets");
	status = child(free_in_child, p);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "but may free them");
	status = child(free_wrong, NULL);
	ok(!(WIFEXITED(status) && WEXITSTATUS(status) == 0),
	    "freeing what is none stops");
	mem_secret_free(p);
}

/* The kernel's own words about the pages. */
static bool
flagged(const void *p, const char *flag)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long a, b, at = (unsigned long)(uintptr_t)p;
	bool here = false, found = false;
	char line[512];

	while (f && fgets(line, sizeof line, f)) {
		if (sscanf(line, "%lx-%lx ", &a, &b) == 2)
			here = at >= a && at < b;
		if (here && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, flag) != NULL;
	}
	if (f)
		fclose(f);
	return found;
}

static void
no_lock(void *arg)
{
	struct rlimit none = {0, 0};
	size_t before = mem_secret_unlocked();
	void *p;

	(void)arg;
	if (setrlimit(RLIMIT_MEMLOCK, &none) < 0)
		_exit(3);
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
		_exit(3);
	p = mem_secret(5000);
	if (mem_secret_unlocked() != before + 8192)
		_exit(1);
	mem_secret_free(p);
	_exit(mem_secret_unlocked() == before ? 0 : 2);
}

static void
test_locked(void)
{
	void *p = mem_secret(32);
	int status;

	ok(flagged(p, " dd"), "a secret stays out of core dumps (T85)");
	ok(flagged(p, " dc"), "and out of children");
	ok(flagged(p, " lo") == (mem_secret_unlocked() == 0),
	    "what is not locked is told");
	mem_secret_free(p);
	status = child(no_lock, NULL);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 3)
		skip("limits can't be lowered here");
	else
		is_int(status, 0, "a refused lock is counted to the byte (T86)");
}

int
main(void)
{
	test_plain();
	test_end();
	test_secret();
	test_guards();
	test_locked();
	return done();
}
