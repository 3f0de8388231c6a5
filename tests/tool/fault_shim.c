/* SPDX-License-Identifier: ISC */
/*
 * A disk that fails or remembers, loaded before a program (LD_PRELOAD). Only
 * files below $FAULT_DIR are touched, and never the one called acks.
 *
 *	FAULT_LOG=FILE	each write, truncate, sync, rename and unlink goes there:
 *			u8 op, u16 name, u16 new name, u64 offset, u32 size,
 *			then name, new name, bytes
 *	FAULT_OP=write|sync|rename|malloc  the FAULT_AT-th one fails with ENOSPC
 *	FAULT_FOR=N	and the next N - 1 too
 *	FAULT_SHORT=1	a write that fails has written half
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int log_fd = -2;
static long count;

/* The name below $FAULT_DIR, or NULL. */
static const char *
ours(const char *path)
{
	const char *dir = getenv("FAULT_DIR");
	size_t n = dir ? strlen(dir) : 0;

	if (!n || strncmp(path, dir, n) != 0 || path[n] != '/')
		return NULL;
	return path + n + 1;
}

static const char *
name_of(int fd, char path[static 600])
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, 599);
	if (n <= 0)
		return NULL;
	path[n] = '\0';
	return ours(path);
}

static const char *
name_at(int dir, const char *name, char path[static 600])
{
	size_t n;

	if (name[0] == '/' || dir == AT_FDCWD) {
		snprintf(path, 600, "%s", name);
		return ours(path);
	}
	(void)name_of(dir, path);
	n = strlen(path);
	snprintf(path + n, 600 - n, "/%s", name);
	return ours(path);
}

static void
put(uint8_t *p, uint64_t v, int n)
{
	while (n-- > 0) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

static void
record(char op, const char *name, const char *to, uint64_t at, const void *p,
    size_t n)
{
	const char *file = getenv("FAULT_LOG");
	uint8_t head[17];

	if (log_fd == -2)
		log_fd = file ? (int)syscall(SYS_openat, AT_FDCWD, file,
		    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
	if (log_fd < 0)
		return;
	head[0] = (uint8_t)op;
	put(head + 1, strlen(name), 2);
	put(head + 3, strlen(to), 2);
	put(head + 5, at, 8);
	put(head + 13, n, 4);
	(void)!syscall(SYS_write, log_fd, head, sizeof(head));
	(void)!syscall(SYS_write, log_fd, name, strlen(name));
	(void)!syscall(SYS_write, log_fd, to, strlen(to));
	(void)!syscall(SYS_write, log_fd, p, n);
}

static int
fails(const char *op)
{
	const char *which = getenv("FAULT_OP"), *at = getenv("FAULT_AT");
	const char *more = getenv("FAULT_FOR");
	long from = at ? atol(at) : 0, n = more ? atol(more) : 1;

	if (!which || strcmp(which, op) != 0)
		return 0;
	count++;
	return count >= from && count < from + n;
}

static ssize_t
written(int fd, const void *p, size_t n, off_t at, int positioned)
{
	const char *half = getenv("FAULT_SHORT"), *name;
	char path[600];
	ssize_t r;

	name = name_of(fd, path);
	if (name && strcmp(name, "acks") != 0 && fails("write")) {
		if (!half || *half == '\0' || n < 2) {
			errno = ENOSPC;
			return -1;
		}
		n /= 2;
	}
	if (name && !positioned) {
		at = lseek(fd, 0, SEEK_CUR);
		if (fcntl(fd, F_GETFL) & O_APPEND)
			at = lseek(fd, 0, SEEK_END);
	}
	r = positioned ? syscall(SYS_pwrite64, fd, p, n, at) :
	    syscall(SYS_write, fd, p, n);
	if (r > 0 && name)
		record('w', name, "", (uint64_t)at, p, (size_t)r);
	return r;
}

ssize_t
write(int fd, const void *p, size_t n)
{
	return written(fd, p, n, 0, 0);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	return written(fd, p, n, at, 1);
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	return written(fd, p, n, at, 1);
}

int
ftruncate64(int fd, off64_t n)
{
	char path[600];
	const char *name = name_of(fd, path);
	int r = (int)syscall(SYS_ftruncate, fd, n);

	if (r == 0 && name)
		record('t', name, "", (uint64_t)n, "", 0);
	return r;
}

int
ftruncate(int fd, off_t n)
{
	return ftruncate64(fd, n);
}

static int
synced(int fd, long call)
{
	char path[600];
	const char *name = name_of(fd, path);
	int r;

	if (name && fails("sync")) {
		errno = EIO;
		return -1;
	}
	r = (int)syscall(call, fd);
	if (r == 0 && name)
		record('s', name, "", 0, "", 0);
	return r;
}

int
fsync(int fd)
{
	return synced(fd, SYS_fsync);
}

int
fdatasync(int fd)
{
	return synced(fd, SYS_fdatasync);
}

int
renameat(int from, const char *a, int to, const char *b)
{
	char pa[600], pb[600];
	const char *na = name_at(from, a, pa), *nb = name_at(to, b, pb);
	int r;

	if (na && fails("rename")) {
		errno = ENOSPC;
		return -1;
	}
	r = (int)syscall(SYS_renameat2, from, a, to, b, 0);
	if (r == 0 && na && nb)
		record('r', na, nb, 0, "", 0);
	return r;
}

int
rename(const char *a, const char *b)
{
	return renameat(AT_FDCWD, a, AT_FDCWD, b);
}

int
unlinkat(int dir, const char *a, int flags)
{
	char path[600];
	const char *name = name_at(dir, a, path);
	int r = (int)syscall(SYS_unlinkat, dir, a, flags);

	if (r == 0 && name)
		record('u', name, "", 0, "", 0);
	return r;
}

int
unlink(const char *a)
{
	return unlinkat(AT_FDCWD, a, 0);
}

extern void *__libc_malloc(size_t);

void *
malloc(size_t n)
{
	if (count >= 0 && getenv("FAULT_OP") && fails("malloc")) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_malloc(n);
}
