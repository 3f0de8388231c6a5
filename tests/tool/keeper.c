/* SPDX-License-Identifier: ISC */
/*
 * keeper client|relay run DIR N      keeps the rows up to N that are not kept
 *                                    yet; DIR/acks grows by a byte for each
 * keeper client|relay check DIR      is each that was acknowledged there?
 * keeper client|relay replay LOG DIR after each step that fault_shim.c has
 *                                    recorded: power is lost, and with it all
 *                                    that was not synced; is each there?
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto.h"
#include "keeper.h"

#define FILES 64

struct file {
	char *name;             /* within the folder; NULL: a free slot */
	struct buf now, safe;
};
struct disk {
	struct file file[FILES];
};

static void
acknowledge(void *arg, unsigned i)
{
	int *fd = arg;

	(void)i;
	if (write(*fd, "+", 1) != 1)
		abort();
}

static int
run(const struct keeper *k, const char *dir, unsigned n)
{
	char *path = path_join(dir, "acks");
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	struct buf acks = {0};
	unsigned kept;

	if (fd < 0 || path_read(path, 1 << 20, &acks) != 0)
		return 2;
	free(path);
	kept = k->run(dir, (unsigned)acks.n + 1, n, 3, acknowledge, &fd);
	buf_free(&acks);
	(void)close(fd);
	return printf("%u kept\n", kept) < 0 || kept < n;
}

static int
check(const struct keeper *k, const char *dir)
{
	char *path = path_join(dir, "acks");
	struct buf acks = {0};
	unsigned wrong = 0;
	int got, n;

	(void)path_read(path, 1 << 20, &acks);  /* none: nothing was said */
	free(path);
	n = (int)acks.n;
	buf_free(&acks);
	got = k->count(dir, (unsigned)n, &wrong);
	if (n == 0)
		return 0;
	if (got != n || wrong > 0)
		printf("%d of %d there, %u wrong\n", got, n, wrong);
	return got != n || wrong > 0;
}

/* ---- the disk that forgets ---- */

/* A new one is made, but for a sync: that of a folder is none of ours. */
static struct file *
file_at(struct disk *d, const char *name, bool make)
{
	struct file *free_one = NULL;
	size_t i;

	for (i = 0; i < FILES; i++) {
		if (d->file[i].name == NULL)
			free_one = free_one ? free_one : &d->file[i];
		else if (strcmp(d->file[i].name, name) == 0)
			return &d->file[i];
	}
	if (!make)
		return NULL;
	if (free_one == NULL)
		abort();
	free_one->name = mem_string(name);
	return free_one;
}

static void
file_end(struct file *f)
{
	free(f->name);
	buf_free(&f->now);
	buf_free(&f->safe);
	*f = (struct file){0};
}

static void
file_size(struct buf *b, size_t n)
{
	if (n > b->n)
		buf_zero(b, n - b->n);
	b->n = n;
}

/* op: w(rite) t(runcate) s(ync) r(ename) u(nlink) */
static void
disk_step(struct disk *d, char op, const char *name, const char *to,
    uint64_t at, struct bytes data)
{
	struct file *f = file_at(d, name, op == 'w' || op == 't'), *g;

	if (f == NULL)
		return;
	if (op == 'w') {
		if (at + data.n > f->now.n)
			file_size(&f->now, at + data.n);
		if (data.n > 0)
			memcpy(f->now.p + at, data.p, data.n);
	} else if (op == 't') {
		file_size(&f->now, at);
	} else if (op == 's') {
		buf_clear(&f->safe);
		buf_bytes(&f->safe, buf_view(&f->now));
	} else if (op == 'u') {
		file_end(f);
	} else if (op == 'r') {
		g = file_at(d, to, true);
		file_end(g);
		*g = *f;
		g->name = mem_string(to);
		free(f->name);
		*f = (struct file){0};
	}
}

/* What is said is said: the acknowledgements are not on that disk. */
static void
disk_show(const struct disk *d, const char *dir)
{
	char *cmd = mem_format("rm -rf '%s' && mkdir -m 700 -p '%s/blobs'", dir,
	    dir), *path;
	const struct file *f;
	struct bytes v;
	size_t i;
	int fd;

	if (system(cmd) != 0)
		abort();
	free(cmd);
	for (i = 0; i < FILES; i++) {
		f = &d->file[i];
		if (f->name == NULL)
			continue;
		v = buf_view(strcmp(f->name, "acks") == 0 ? &f->now : &f->safe);
		path = path_join(dir, f->name);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0 || (v.n > 0 && write(fd, v.p, v.n) != (ssize_t)v.n))
			abort();
		(void)close(fd);
		free(path);
	}
}

static int
replay(const struct keeper *k, const char *log, const char *dir)
{
	static struct disk d;
	struct buf raw = {0};
	unsigned steps = 0, bad = 0, synced = 0;
	char name[512], to[512], op;
	struct bytes a, b, data;
	uint64_t at;
	struct rd r;
	size_t i;

	if (path_read(log, 1u << 28, &raw) != 0)
		return 2;
	for (r = rd_of(buf_view(&raw)); rd_left(&r) > 0; steps++) {
		op = (char)rd_u8(&r);
		a = bytes_of(NULL, rd_u16(&r));
		b = bytes_of(NULL, rd_u16(&r));
		at = rd_u64(&r);
		data = bytes_of(NULL, rd_u32(&r));
		a = rd_view(&r, a.n);
		b = rd_view(&r, b.n);
		data = rd_view(&r, data.n);
		if (r.err != 0 || a.n >= sizeof(name) || b.n >= sizeof(to))
			return 2;
		snprintf(name, sizeof(name), "%.*s", (int)a.n, (const char *)a.p);
		snprintf(to, sizeof(to), "%.*s", (int)b.n, (const char *)b.p);
		disk_step(&d, op, name, to, at, data);
		synced += op == 's';
		if (op == 'w' && strcmp(name, "acks") != 0 && steps % 5 != 0)
			continue;       /* the same as before it */
		disk_show(&d, dir);
		bad += check(k, dir) != 0;
	}
	for (i = 0; i < FILES; i++)
		file_end(&d.file[i]);
	buf_free(&raw);
	return printf("%u steps, %u syncs, %u with losses\n", steps, synced,
	    bad) < 0 || bad > 0;
}

int
main(int argc, char **argv)
{
	const struct keeper *k;

	if (argc < 4 || seal_start() != 0)
		return 2;
	k = strcmp(argv[1], "relay") == 0 ? &keeper_relay : &keeper_client;
	if (strcmp(argv[2], "run") == 0 && argc == 5)
		return run(k, argv[3], (unsigned)atoi(argv[4]));
	if (strcmp(argv[2], "check") == 0)
		return check(k, argv[3]);
	if (strcmp(argv[2], "replay") == 0 && argc == 5)
		return replay(k, argv[3], argv[4]);
	return 2;
}
