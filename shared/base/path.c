/* SPDX-License-Identifier: ISC */
/*
 * Private files and folders. What is private is checked on the open file, not
 * on its name, so there is no moment between look and use. A file or folder
 * that somebody else owns or may read is refused, never repaired in silence.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"

static int
path_error(int e)
{
	switch (e) {
	case ENOENT:
		return ERR_NONE;
	case EEXIST:
		return ERR_EXISTS;
	case EACCES:
	case EPERM:
	case ELOOP:
	case ENOTDIR:
	case EISDIR:
	case ENXIO: /* a socket or a FIFO nobody reads, planted in our place */
		return ERR_DENIED;
	default:
		return ERR_IO;
	}
}

static int
path_check(int fd, mode_t type)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return ERR_IO;
	if ((st.st_mode & S_IFMT) != type || st.st_uid != geteuid() ||
	    (st.st_mode & 077) != 0)
		return defence(private) ? ERR_DENIED : 0;
	return 0;
}

/* A copy without trailing slashes: after one, O_NOFOLLOW would follow. */
static char *
path_trim(const char *path)
{
	char *s = mem_string(path);
	size_t n = strlen(s);

	while (n > 1 && s[n - 1] == '/')
		s[--n] = '\0';
	return s;
}

static int
path_make(char *path)
{
	char *p;

	for (p = path + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return path_error(errno);
		*p = '/';
	}
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return path_error(errno);
	return 0;
}

int
path_private_dir(const char *path)
{
	char *s;
	int fd, err;

	if (!*path)
		return ERR_NONE;
	s = path_trim(path);
	err = path_make(s);
	if (!err) {
		fd = open(s, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0) {
			err = path_error(errno);
		} else {
			err = path_check(fd, S_IFDIR);
			(void)close(fd); /* nothing was written */
		}
	}
	free(s);
	return err;
}

/* O_TRUNC waits until the file is known to be ours; O_NONBLOCK, so that a FIFO
 * planted in its place can't hang us. */
int
path_open_private(const char *path, int flags)
{
	int with = O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	int fd, err;

	fd = open(path, (flags & ~O_TRUNC) | with, 0600);
	if (fd < 0)
		return path_error(errno);
	err = path_check(fd, S_IFREG);
	if (!err && flags & O_TRUNC && ftruncate(fd, 0) < 0)
		err = ERR_IO;
	if (!err && fcntl(fd, F_SETFL, flags & (O_APPEND | O_NONBLOCK)) < 0)
		err = ERR_IO;
	if (err) {
		(void)close(fd);
		return err;
	}
	return fd;
}

char *
path_join(const char *a, const char *b)
{
	size_t n = strlen(a);

	if (n == 0)
		return mem_string(b);
	while (*b == '/')
		b++;
	return mem_format(a[n - 1] == '/' ? "%s%s" : "%s/%s", a, b);
}

static const char *
path_home(void)
{
	const char *home = getenv("HOME");
	const struct passwd *pw;

	if (home && *home == '/')
		return home;
	pw = getpwuid(geteuid());
	return pw && pw->pw_dir && *pw->pw_dir == '/' ? pw->pw_dir : "/";
}

/* The XDG specification: a path in the variable that is not absolute is as
 * good as none. */
char *
path_xdg(const char *env, const char *fallback, const char *rest)
{
	const char *base = getenv(env);
	char *under, *whole;

	if (base && *base == '/')
		return path_join(base, rest);
	under = path_join(path_home(), fallback);
	whole = path_join(under, rest);
	free(under);
	return whole;
}

static int
path_drain(int fd, size_t max, struct buf *out)
{
	uint8_t chunk[4096];
	size_t sum = 0;
	ssize_t n;
	int err = 0;

	while ((n = read(fd, chunk, sizeof chunk)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = ERR_IO;
		else if ((size_t)n > max - sum)
			err = ERR_BIG;
		if (err)
			break;
		sum += (size_t)n;
		buf_put(out, chunk, (size_t)n);
	}
	mem_wipe(chunk, sizeof chunk);
	return err ? err : out->err;
}

int
path_read(const char *path, size_t max, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	int err;

	if (fd < 0)
		return path_error(errno);
	if (fstat(fd, &st) < 0)
		err = ERR_IO;
	else if (!S_ISREG(st.st_mode))
		err = ERR_DENIED;
	else
		err = path_drain(fd, max, out);
	(void)close(fd); /* it was only read */
	return err;
}

static int
path_fill(int fd, struct bytes v)
{
	ssize_t n;

	while (v.n > 0) {
		n = write(fd, v.p, v.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		v = bytes_of(v.p + n, v.n - (size_t)n);
	}
	return fsync(fd) < 0 ? ERR_IO : 0;
}

static int
path_replace(int dir, const char *name, struct bytes v)
{
	uint8_t random[8];
	char hex[17], *part;
	int fd, err;

	rng_fill(&rng_system, random, sizeof random);
	hex_put(hex, random, sizeof random);
	part = mem_format(".%s.%s", name, hex);
	fd = openat(dir, part,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		err = path_error(errno);
		free(part);
		return err;
	}
	err = path_fill(fd, v);
	if (close(fd) < 0 && !err)
		err = ERR_IO;
	if (!err && renameat(dir, part, dir, name) < 0)
		err = path_error(errno);
	if (err)
		(void)unlinkat(dir, part, 0); /* the first error counts */
	else if (fsync(dir) < 0 && errno != EINVAL)
		err = ERR_IO; /* EINVAL: a file system without it */
	free(part);
	return err;
}

int
path_write(const char *path, struct bytes v)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *folder;
	int dir, err;

	if (!*name)
		return ERR_DENIED;
	folder = mem_copy(path, (size_t)(name - path) + 1);
	folder[name - path] = '\0';
	dir = open(*folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (dir < 0)
		return path_error(errno);
	err = path_replace(dir, name, v);
	(void)close(dir);
	return err;
}
