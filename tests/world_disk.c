/* SPDX-License-Identifier: ISC */
/*
 * Folders copied as a crash leaves them and removed; see world.h. The shared
 * memory of a database goes with the machine, so it is left out.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"
#include "world.h"

static void
disk_file(const char *from, const char *to, mode_t mode)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    mode & 0777);
	char b[65536];
	ssize_t n;

	if (in < 0 || out < 0)
		bail("%s: %s", from, strerror(errno));
	while ((n = read(in, b, sizeof(b))) > 0)
		if (write(out, b, (size_t)n) != n)
			bail("%s: %s", to, strerror(errno));
	if (n < 0 || close(out) != 0 || close(in) != 0)
		bail("%s: %s", from, strerror(errno));
}

static bool
disk_counts(const char *name)
{
	size_t n = strlen(name);

	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	    (n < 4 || strcmp(name + n - 4, "-shm") != 0);
}

void
disk_copy(const char *from, const char *to)
{
	DIR *d = opendir(from);
	struct dirent *e;
	struct stat st;
	char *a, *b;

	if (d == NULL || (mkdir(to, 0700) != 0 && errno != EEXIST))
		bail("%s to %s: %s", from, to, strerror(errno));
	while ((e = readdir(d)) != NULL) {
		if (!disk_counts(e->d_name))
			continue;
		a = path_join(from, e->d_name);
		b = path_join(to, e->d_name);
		if (lstat(a, &st) != 0)
			bail("%s: %s", a, strerror(errno));
		if (S_ISDIR(st.st_mode))
			disk_copy(a, b);
		else if (S_ISREG(st.st_mode))
			disk_file(a, b, st.st_mode);
		free(a);
		free(b);
	}
	(void)closedir(d);
}

/* What is in `dir' and not in the copy goes. */
static void
disk_prune(const char *dir, const char *copy)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	struct stat st, of;
	char *a, *b;

	if (d == NULL)
		bail("%s: %s", dir, strerror(errno));
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		a = path_join(dir, e->d_name);
		b = path_join(copy, e->d_name);
		if (lstat(a, &st) != 0)
			bail("%s: %s", a, strerror(errno));
		if (S_ISDIR(st.st_mode) && lstat(b, &of) == 0)
			disk_prune(a, b);
		else if (S_ISDIR(st.st_mode))
			disk_remove(a);
		else if (lstat(b, &of) != 0 && unlink(a) != 0)
			bail("%s: %s", a, strerror(errno));
		free(a);
		free(b);
	}
	(void)closedir(d);
}

/* The files stay the same ones: a relay knows a moved folder for a copy. */
void
disk_back(const char *copy, const char *dir)
{
	disk_prune(dir, copy);
	disk_copy(copy, dir);
}

static int
disk_gone(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void
disk_remove(const char *dir)
{
	if (nftw(dir, disk_gone, 16, FTW_DEPTH | FTW_PHYS) != 0)
		bail("%s: %s", dir, strerror(errno));
}
