/* SPDX-License-Identifier: ISC */
/*
 * Blobs as files, one each, named by the hex of the id. What a turn wrote is
 * on the disk before the turn is committed; what a turn dropped or cut is
 * removed after it. Files that a crash left without a row, and ends that none
 * speaks of, go at the next start. Readers of one file share its descriptor,
 * and the kernel's pages of it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "relay.h"

#define FILES_OPEN 16           /* written and not yet synced */
#define FILES_READ 64           /* read lately */

struct files_cut {
	uint8_t id[WIRE_KEY];
	uint64_t size;
};
struct files {
	int dir;
	bool made;              /* a name in the folder is new */
	size_t n;
	struct {
		int fd;
		uint8_t id[WIRE_KEY];
	} open[FILES_OPEN];
	struct {
		int fd;
		uint64_t used;  /* 0: free */
		uint8_t id[WIRE_KEY];
	} read[FILES_READ];
	uint64_t uses;
	uint8_t (*gone)[WIRE_KEY];
	size_t gone_n, gone_cap;
	struct files_cut *cut;
	size_t cuts, cut_cap;
};

struct files_name {
	char s[2 * WIRE_KEY + 1];
};

static struct files_name
files_name(const uint8_t id[static WIRE_KEY])
{
	struct files_name n;

	hex_put(n.s, id, WIRE_KEY);
	return n;
}

int
files_open(struct files **out, const char *dir)
{
	char *path = path_join(dir, "blobs");
	struct files *f;
	int err = path_private_dir(path), fd = -1;

	if (!err) {
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			err = ERR_IO;
	}
	free(path);
	if (err)
		return err;
	f = mem_alloc(sizeof(*f));
	f->dir = fd;
	*out = f;
	return 0;
}

void
files_close(struct files *f)
{
	size_t i;

	if (!f)
		return;
	for (i = 0; i < f->n; i++)
		(void)close(f->open[i].fd);     /* the turn was not kept */
	for (i = 0; i < FILES_READ; i++)
		if (f->read[i].used > 0)
			(void)close(f->read[i].fd);     /* it was only read */
	(void)close(f->dir);
	free(f->gone);
	free(f->cut);
	free(f);
}

/* Closes the one that was read longest ago; false: none is left. */
static bool
files_spare(struct files *f)
{
	size_t i, old = FILES_READ;

	for (i = 0; i < FILES_READ; i++)
		if (f->read[i].used > 0 && (old == FILES_READ ||
		    f->read[i].used < f->read[old].used))
			old = i;
	if (old == FILES_READ)
		return false;
	(void)close(f->read[old].fd);   /* it was only read */
	f->read[old].used = 0;
	return true;
}

/* What is only kept open for the next reader gives way. */
static int
files_at(struct files *f, const char *name, int how)
{
	int fd;

	do {
		fd = openat(f->dir, name, how | O_NOFOLLOW | O_CLOEXEC, 0600);
	} while (fd < 0 && (errno == EMFILE || errno == ENFILE) &&
	    files_spare(f));
	return fd;
}

static int
files_fd(struct files *f, const uint8_t *id, int *fd)
{
	struct files_name name = files_name(id);
	size_t i;
	int err;

	for (i = 0; i < f->n; i++)
		if (memcmp(f->open[i].id, id, WIRE_KEY) == 0) {
			*fd = f->open[i].fd;
			return 0;
		}
	if (f->n == FILES_OPEN) {
		err = files_sync(f);
		if (err)
			return err;
	}
	*fd = files_at(f, name.s, O_WRONLY | O_CREAT);
	/* then those that are written, as if there were FILES_OPEN */
	if (*fd < 0 && f->n > 0 && (err = files_sync(f)) != 0)
		return err;
	if (*fd < 0)
		*fd = files_at(f, name.s, O_WRONLY | O_CREAT);
	if (*fd < 0)
		return ERR_IO;
	f->made = true;
	memcpy(f->open[f->n].id, id, WIRE_KEY);
	f->open[f->n++].fd = *fd;
	return 0;
}

/* A blob that comes back in the turn that dropped it keeps its file. */
static void
files_undrop(struct files *f, const uint8_t *id)
{
	size_t i;

	for (i = f->gone_n; i-- > 0;)
		if (memcmp(f->gone[i], id, WIRE_KEY) == 0)
			memmove(f->gone[i], f->gone[--f->gone_n], WIRE_KEY);
}

/* One that grows again in the turn that cut it keeps what it has grown by. */
static void
files_uncut(struct files *f, const uint8_t *id, uint64_t size)
{
	size_t i;

	for (i = 0; i < f->cuts; i++)
		if (memcmp(f->cut[i].id, id, WIRE_KEY) == 0 &&
		    f->cut[i].size < size)
			f->cut[i].size = size;
}

int
files_write(struct files *f, const uint8_t id[static WIRE_KEY],
    uint64_t offset, struct bytes data)
{
	ssize_t n;
	int fd = -1, err = files_fd(f, id, &fd);

	files_undrop(f, id);
	files_uncut(f, id, offset + data.n);
	while (!err && data.n > 0) {
		n = pwrite(fd, data.p, data.n, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		data = bytes_of(data.p + n, data.n - (size_t)n);
		offset += (uint64_t)n;
	}
	return err;
}

static int
files_fill(int fd, uint64_t offset, uint8_t *p, size_t n)
{
	ssize_t got;

	while (n > 0) {
		got = pread(fd, p, n, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_IO;
		if (got == 0)
			return ERR_SHORT;
		p += got;
		offset += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

/* The descriptor of somebody who has read it lately, or a new one in place of
 * that which was used longest ago. */
static int
files_reader(struct files *f, const uint8_t *id, int *fd)
{
	struct files_name name = files_name(id);
	size_t i, old = 0;

	for (i = 0; i < FILES_READ; i++) {
		if (f->read[i].used > 0 &&
		    memcmp(f->read[i].id, id, WIRE_KEY) == 0) {
			f->read[i].used = ++f->uses;
			*fd = f->read[i].fd;
			return 0;
		}
		if (f->read[i].used < f->read[old].used)
			old = i;
	}
	*fd = files_at(f, name.s, O_RDONLY);
	if (*fd < 0)
		return errno == ENOENT ? ERR_NONE : ERR_IO;
	if (f->read[old].used > 0)
		(void)close(f->read[old].fd);
	f->read[old].fd = *fd;
	f->read[old].used = ++f->uses;
	memcpy(f->read[old].id, id, WIRE_KEY);
	return 0;
}

static void
files_unread(struct files *f, const uint8_t *id)
{
	size_t i;

	for (i = 0; i < FILES_READ; i++)
		if (f->read[i].used > 0 &&
		    memcmp(f->read[i].id, id, WIRE_KEY) == 0) {
			(void)close(f->read[i].fd);
			f->read[i].used = 0;
		}
}

int
files_read(struct files *f, const uint8_t id[static WIRE_KEY],
    uint64_t offset, size_t n, struct buf *out)
{
	size_t before = out->n;
	int fd, err = files_reader(f, id, &fd);
	uint8_t *p;

	if (err)
		return err;
	p = buf_room(out, n);
	err = p ? files_fill(fd, offset, p, n) : ERR_BIG;
	if (err)
		out->n = before;
	return err;
}

void
files_drop(struct files *f, const uint8_t id[static WIRE_KEY])
{
	if (f->gone_n == f->gone_cap) {
		f->gone_cap = f->gone_cap ? f->gone_cap * 2 : 16;
		f->gone = mem_grow(f->gone, f->gone_cap, sizeof(*f->gone));
	}
	memcpy(f->gone[f->gone_n++], id, WIRE_KEY);
}

void
files_trim(struct files *f, const uint8_t id[static WIRE_KEY], uint64_t size)
{
	if (f->cuts == f->cut_cap) {
		f->cut_cap = f->cut_cap ? f->cut_cap * 2 : 16;
		f->cut = mem_grow(f->cut, f->cut_cap, sizeof(*f->cut));
	}
	memcpy(f->cut[f->cuts].id, id, WIRE_KEY);
	f->cut[f->cuts++].size = size;
}

/* What can't be cut now is cut by files_sweep at the next start. */
static void
files_shorten(struct files *f, const char *name, uint64_t size)
{
	int fd = files_at(f, name, O_WRONLY);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && (uint64_t)st.st_size > size &&
	    ftruncate(fd, (off_t)size) == 0)
		(void)fsync(fd);
	(void)close(fd);
}

int
files_sync(struct files *f)
{
	size_t i;
	int err = 0;

	for (i = 0; i < f->n; i++) {
		if (fdatasync(f->open[i].fd) < 0)
			err = ERR_IO;
		if (close(f->open[i].fd) < 0)
			err = ERR_IO;
	}
	f->n = 0;
	if (!err && f->made && fsync(f->dir) < 0)
		err = ERR_IO;
	f->made = false;
	return err;
}

void
files_settle(struct files *f, bool kept)
{
	struct files_name name;
	size_t i;

	for (i = 0; kept && i < f->gone_n; i++) {
		name = files_name(f->gone[i]);
		files_unread(f, f->gone[i]);
		/* one that stays is found by files_sweep at the next start */
		(void)unlinkat(f->dir, name.s, 0);
	}
	f->gone_n = 0;
	for (i = 0; kept && i < f->cuts; i++) {
		name = files_name(f->cut[i].id);
		files_shorten(f, name.s, f->cut[i].size);
	}
	f->cuts = 0;
}

static void
files_look(struct files *f, const char *name, int64_t size)
{
	if (size < 0)
		(void)unlinkat(f->dir, name, 0);        /* or next time */
	else
		files_shorten(f, name, (uint64_t)size);
}

int
files_sweep(struct files *f, int64_t (*size)(void *, const uint8_t *),
    void *arg)
{
	uint8_t id[WIRE_KEY];
	struct dirent *e;
	DIR *d;
	int fd = openat(f->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return ERR_IO;
	d = fdopendir(fd);
	if (!d) {
		(void)close(fd);
		return ERR_IO;
	}
	while ((e = readdir(d)))
		if (hex_get(e->d_name, strlen(e->d_name), id, sizeof(id)) == 0)
			files_look(f, e->d_name, size(arg, id));
	(void)closedir(d);
	return 0;
}
