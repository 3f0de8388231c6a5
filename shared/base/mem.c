/* SPDX-License-Identifier: ISC */
/*
 * Memory. An allocation that fails ends the process with a sentence, so no
 * caller has a path for it that is never tested. Secrets get pages of their
 * own between two guard pages: locked, out of core dumps, gone from forked
 * children. Nothing is counted in a variable; what could not be locked is read
 * back from the kernel.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef TACET_TEST
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif
#endif

#include "base.h"

static _Noreturn void
mem_die(void)
{
	static const char why[] = "out of memory: the system gave none; "
				  "close other programs or raise ulimit -v\n";

	if (write(STDERR_FILENO, why, sizeof why - 1) < 0)
		_exit(71); /* nobody is left to be told */
	_exit(71);	   /* EX_OSERR */
}

void *
mem_alloc(size_t n)
{
	return mem_array(n, 1);
}

void *
mem_array(size_t n, size_t size)
{
	void *p;

	if (n == 0 || size == 0)
		n = size = 1;
	p = calloc(n, size); /* refuses a product that overflows */
	if (!p)
		mem_die();
	return p;
}

void *
mem_grow(void *p, size_t n, size_t size)
{
	if (n == 0 || size == 0)
		n = size = 1;
	p = reallocarray(p, n, size);
	if (!p)
		mem_die();
	return p;
}

void *
mem_copy(const void *p, size_t n)
{
	void *copy = mem_alloc(n);

	if (n)
		memcpy(copy, p, n);
	return copy;
}

char *
mem_string(const char *s)
{
	return s ? mem_copy(s, strlen(s) + 1) : NULL;
}

/* Measured first: what vasprintf() moves about could not be wiped. */
char *
mem_vformat(const char *fmt, va_list ap)
{
	va_list again;
	char *s;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		mem_die();
	s = mem_alloc((size_t)n + 1);
	(void)vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}

char *
mem_format(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = mem_vformat(fmt, ap);
	va_end(ap);
	return s;
}

void
mem_wipe(void *p, size_t n)
{
	if (n && defence(wipe))
		explicit_bzero(p, n);
}

/*
 * A secret is four runs of pages: header, guard, data, guard. The data ends
 * at the second guard, so that the first byte too far faults. The header is
 * apart from the data because a forked child does not have the data.
 */
#define MEM_ALIGN 16
#define MEM_MAGIC 0x7461636574736563u

struct mem_head {
	uint64_t magic;
	size_t size;  /* of the data, in whole pages */
	size_t total; /* of the whole mapping */
	pid_t owner;
};

static size_t
mem_page(void)
{
	long page = sysconf(_SC_PAGESIZE);

	assert(page > 0);
	return (size_t)page;
}

static size_t
mem_round(size_t n, size_t unit)
{
	if (n > SIZE_MAX / 2)
		mem_die();
	return (n + unit - 1) / unit * unit;
}

/*
 * DONTFORK rather than WIPEONFORK: a child that touches a key by mistake must
 * stop at once; a key of zeros would go on sealing, with a key anybody knows.
 * Neither advice nor lock may fail the caller: mem_secret_unlocked() tells.
 */
static void
mem_secret_protect(void *data, size_t size)
{
	if (defence(dump))
		(void)!madvise(data, size, MADV_DONTDUMP);
	(void)!madvise(data, size, MADV_DONTFORK);
	(void)!mlock(data, size);
}

void *
mem_secret(size_t n)
{
	size_t page = mem_page();
	size_t used = mem_round(n ? n : 1, MEM_ALIGN);
	size_t size = mem_round(used, page);
	size_t total = size + 3 * page;
	struct mem_head *head;
	uint8_t *base;

	base = mmap(NULL, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED)
		mem_die();
	if (mprotect(base, page, PROT_READ | PROT_WRITE) < 0 ||
	    mprotect(base + 2 * page, size, PROT_READ | PROT_WRITE) < 0)
		mem_die();
	head = (struct mem_head *)(void *)base;
	*head = (struct mem_head){MEM_MAGIC, size, total, getpid()};
	if (mprotect(base, page, PROT_READ) < 0)
		mem_die();
	mem_secret_protect(base + 2 * page, size);
	return base + 2 * page + size - used;
}

void
mem_secret_free(void *p)
{
	size_t page = mem_page();
	const struct mem_head *head;
	uint8_t *data;
	int r;

	if (!p)
		return;
	data = (uint8_t *)p - (uintptr_t)p % page;
	head = (const struct mem_head *)(void *)(data - 2 * page);
	assert(head->magic == MEM_MAGIC);
	if (head->owner == getpid())
		mem_wipe(data, head->size);
	r = munmap(data - 2 * page, head->total);
	assert(r == 0);
	(void)r;
}

/* True at the flags that mem_secret_protect leaves behind, less the lock. */
static bool
mem_smaps_unlocked(const char *flags)
{
	return strstr(flags, " dd") && strstr(flags, " dc") &&
	       !strstr(flags, " lo") && !strstr(flags, " io") &&
	       !strstr(flags, " pf");
}

/* SIZE_MAX: the kernel does not say. */
size_t
mem_secret_unlocked(void)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	unsigned long from = 0, to = 0, a, b;
	size_t sum = 0, room = 0;
	char *line = NULL;

	if (!f)
		return SIZE_MAX;
	while (getline(&line, &room, f) > 0) {
		if (sscanf(line, "%lx-%lx ", &a, &b) == 2) {
			from = a;
			to = b;
		} else if (strncmp(line, "VmFlags:", 8) == 0 &&
			   mem_smaps_unlocked(line + 8)) {
			sum += to - from;
		}
	}
	free(line);
	(void)fclose(f); /* it was only read */
	return sum;
}

#ifdef TACET_TEST
void
mem_tell(const void *p, size_t n)
{
#ifdef VALGRIND_MAKE_MEM_DEFINED
	(void)VALGRIND_MAKE_MEM_DEFINED(p, n);
#else
	(void)p;
	(void)n;
#endif
}

void
mem_hide(const void *p, size_t n)
{
#ifdef VALGRIND_MAKE_MEM_UNDEFINED
	(void)VALGRIND_MAKE_MEM_UNDEFINED(p, n);
#else
	(void)p;
	(void)n;
#endif
}
#endif
