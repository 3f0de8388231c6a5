/* SPDX-License-Identifier: ISC */
/*
 * The file of a film. Only a regular one is opened, and never waited for; the
 * helper gets the descriptor and no name. Whether it is still the same after a
 * restart is told by size, time and what stands at both ends (T74). Beside
 * files there is the test pattern, to see whether films work.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "publish.h"

#define PATTERN "pattern:"
#define PATTERN_MAX 3600        /* seconds */

static int
file_refuse(const char *path, mode_t mode, char **why)
{
	if (S_ISDIR(mode))
		return client_refuse(why, ERR_INPUT, "%s is a folder: name the "
		    "files in it, %s/*", path, path);
	if (S_ISFIFO(mode) || S_ISSOCK(mode))
		return client_refuse(why, ERR_INPUT, "%s is a pipe: what comes "
		    "out of it must be a file first, cat %s > FILE", path,
		    path);
	return client_refuse(why, ERR_INPUT, "%s is a device, no file: record "
	    "from it into a file first, ffmpeg -i %s -t 60 film.mp4", path,
	    path);
}

static int
file_error(const char *path, int e, char **why)
{
	if (e == ENOENT && strncmp(path, PATTERN, sizeof(PATTERN) - 1) == 0)
		return client_refuse(why, ERR_INPUT, "a test pattern is %d s "
		    "long at most, give it in seconds: " PATTERN "20",
		    PATTERN_MAX);
	if (e == ENOENT || e == ENOTDIR)
		return client_refuse(why, ERR_NONE, "there is no file %s: give "
		    "the path of a film", path);
	if (e == EACCES || e == EPERM)
		return client_refuse(why, ERR_DENIED, "%s may not be read: "
		    "chmod u+r %s", path, path);
	if (e == ENXIO || e == ENODEV)
		return file_refuse(path, S_IFSOCK, why);
	return client_refuse(why, ERR_IO, "%s can't be read: %s; copy it to "
	    "another disk first, cp %s /var/tmp", path, strerror(e), path);
}

static int
mark_part(int fd, uint64_t at, uint8_t *p, size_t n)
{
	ssize_t got;

	while (n > 0) {
		got = pread(fd, p, n, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ERR_IO;
		p += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

static int64_t
mark_time(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static int
mark_make(int fd, const struct stat *st, struct publish_mark *m)
{
	size_t n = st->st_size < MARK_BYTES ? (size_t)st->st_size : MARK_BYTES;
	uint8_t *p = mem_alloc(2 * n);
	struct bytes ends[] = {bytes_of(p, n), bytes_of(p + n, n)};
	int err;

	m->size = (uint64_t)st->st_size;
	m->changed = mark_time(st);
	err = mark_part(fd, 0, p, n);
	if (err == 0)
		err = mark_part(fd, m->size - n, p + n, n);
	if (err == 0)
		hash_label("tacet film file", ends, COUNT(ends), m->ends);
	free(p);
	return err;
}

/* ---- a test pattern, which needs no file ---- */

uint32_t
publish_pattern(const char *path)
{
	unsigned long s;
	char *end;

	if (strncmp(path, PATTERN, sizeof(PATTERN) - 1) != 0)
		return 0;
	path += sizeof(PATTERN) - 1;
	s = strtoul(path, &end, 10);
	return *path >= '0' && *path <= '9' && *end == '\0' && s > 0 &&
	    s <= PATTERN_MAX ? (uint32_t)s * 1000 : 0;
}

static int
pattern_open(const char *path, int *fd, struct publish_mark *m)
{
	memset(m, 0, sizeof(*m));
	m->size = publish_pattern(path);
	*fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return *fd >= 0 ? 0 : ERR_IO;
}

/* ---- opening ---- */

int
publish_open(const char *path, int *fd, struct publish_mark *m, char **why)
{
	struct stat st;
	int err = 0;

	if (publish_pattern(path) != 0)
		return pattern_open(path, fd, m) == 0 ? 0 :
		    file_error(path, errno, why);
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (*fd < 0)
		return file_error(path, errno, why);
	if (fstat(*fd, &st) < 0)
		err = file_error(path, errno, why);
	else if (!S_ISREG(st.st_mode))
		err = file_refuse(path, st.st_mode, why);
	else if (st.st_size == 0)
		err = client_refuse(why, ERR_INPUT, "%s is empty: copy it "
		    "again from where it is whole", path);
	else if (mark_make(*fd, &st, m) != 0)
		err = file_error(path, EIO, why);
	if (err != 0) {
		(void)close(*fd);
		*fd = -1;
	}
	return err;
}

bool
publish_changed(int fd, const struct publish_mark *m)
{
	struct stat st;

	return defence(source) && (fstat(fd, &st) < 0 ||
	    (uint64_t)st.st_size != m->size || mark_time(&st) != m->changed);
}

bool
publish_same(const struct publish_mark *a, const struct publish_mark *b)
{
	return !defence(source) || (a->size == b->size &&
	    a->changed == b->changed && memcmp(a->ends, b->ends, HASH32) == 0);
}
