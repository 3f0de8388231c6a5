/* SPDX-License-Identifier: ISC */
/*
 * The folder of a profile: private, locked by one process that leaves its pid
 * in the lock, and with a header that wraps the random master key under
 * Argon2id of the passphrase. What the header asks for is bounded before any
 * work is done for it. Refuses to know what is in the store.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sealed.h"

#define HEADER_MAGIC "tacet profile\n"
#define HEADER_VERSION 1
#define HEADER_NONCE 24
#define HEADER_WRAPPED (KEY_SIZE + 16)
#define HEADER_MAX 4096

/* Kept open: the lock goes with the process, however it ends. */
int
profile_lock(const char *folder, int *fd)
{
	char *path = path_join(folder, "lock"), pid[32];
	int n, err = 0;

	*fd = path_open_private(path, O_RDWR | O_CREAT);
	free(path);
	if (*fd < 0)
		return *fd;
	if (flock(*fd, LOCK_EX | LOCK_NB) < 0)
		err = errno == EWOULDBLOCK ? ERR_BUSY : ERR_IO;
	if (err == ERR_BUSY && !defence(lock))
		err = 0;
	if (err == 0) {
		n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
		if (ftruncate(*fd, 0) < 0 ||
		    pwrite(*fd, pid, (size_t)n, 0) != n)
			err = ERR_IO;
	}
	if (err != 0) {
		(void)close(*fd);       /* nothing of ours was written */
		*fd = -1;
	}
	return err;
}

/* The pid counts only while somebody holds the lock. */
long
profile_holder(const char *folder)
{
	char *path = path_join(folder, "lock"), text[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	long pid = 0;
	ssize_t n;

	free(path);
	if (fd < 0)
		return 0;
	if (flock(fd, LOCK_SH | LOCK_NB) < 0) {
		n = read(fd, text, sizeof(text) - 1);
		if (n > 0)
			pid = strtol(text, NULL, 10);
	}
	(void)close(fd);        /* it was only read */
	return pid;
}

static int
profile_denied(char **why, const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0 || (!S_ISLNK(st.st_mode) &&
	    st.st_uid == geteuid() && (st.st_mode & 077) == 0))
		return client_refuse(why, ERR_DENIED, "%s can't be opened: "
		    "the system does not permit it (ls -ld %s)", path, path);
	if (S_ISLNK(st.st_mode))
		return client_refuse(why, ERR_DENIED, "%s is a symbolic link, "
		    "which is not followed: put there what it points to", path);
	if (st.st_uid != geteuid())
		return client_refuse(why, ERR_DENIED, "%s belongs to another "
		    "user: chown %ld %s, if it is yours", path,
		    (long)geteuid(), path);
	return client_refuse(why, ERR_DENIED, "%s can be read by others: "
	    "chmod %d %s", path, S_ISDIR(st.st_mode) ? 700 : 600, path);
}

int
profile_refuse(char **why, int err, const char *path)
{
	switch (err) {
	case ERR_DENIED:
		return profile_denied(why, path);
	case ERR_VERSION:
		return client_refuse(why, err, "%s is of a newer tacet: "
		    "install that version", path);
	case ERR_NONE:
		return client_refuse(why, err, "%s is missing: restore it from "
		    "a backup, or begin anew with --profile NAME", path);
	case ERR_FORMAT:
	case ERR_RANGE:
	case ERR_SHORT:
	case ERR_TRAIL:
		return client_refuse(why, err, "%s is damaged: restore it from "
		    "a backup, or begin anew with --profile NAME", path);
	default:
		return client_refuse(why, err, "%s can't be opened: %s", path,
		    err_text(err));
	}
}

bool
profile_exists(const char *folder)
{
	char *path = path_join(folder, "header");
	bool is = access(path, F_OK) == 0;

	free(path);
	return is;
}

int
profile_make(const char *folder, const struct rng *rng, struct bytes pass,
    const struct profile_cost *cost, const uint8_t master[static KEY_SIZE])
{
	uint8_t salt[PASS_SALT], nonce[HEADER_NONCE], key[KEY_SIZE];
	uint8_t wrapped[HEADER_WRAPPED];
	struct buf b = {0};
	char *path;
	int err;

	rng_fill(rng, salt, sizeof(salt));
	rng_fill(rng, nonce, sizeof(nonce));
	buf_string(&b, HEADER_MAGIC);
	buf_u16(&b, HEADER_VERSION);
	buf_u32(&b, cost->mem_kib);
	buf_u32(&b, cost->ops);
	buf_put(&b, salt, sizeof(salt));
	buf_put(&b, nonce, sizeof(nonce));
	err = pass_key(pass, salt, cost->mem_kib, cost->ops, key);
	if (err == 0)
		err = aead_seal(AEAD_XCHACHA, key, nonce, buf_view(&b),
		    bytes_of(master, KEY_SIZE), wrapped);
	mem_wipe(key, sizeof(key));
	if (err == 0) {
		buf_put(&b, wrapped, sizeof(wrapped));
		path = path_join(folder, "header");
		err = path_write(path, buf_view(&b));
		free(path);
	}
	buf_free(&b);
	return err;
}

/* The blocks of the old header are written over as far as the file system does
 * that in place; a failure leaves the new one in force all the same. */
static void
profile_erase(int fd)
{
	static const uint8_t zero[HEADER_MAX];
	struct stat st;
	size_t n;

	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		n = st.st_size < HEADER_MAX ? (size_t)st.st_size : HEADER_MAX;
		if (pwrite(fd, zero, n, 0) == (ssize_t)n)
			(void)fsync(fd);
	}
	(void)close(fd);
}

int
profile_rewrap(const char *folder, const struct rng *rng, struct bytes pass,
    const struct profile_cost *cost, const uint8_t master[static KEY_SIZE])
{
	char *path = path_join(folder, "header");
	int fd = path_open_private(path, O_RDWR), err;

	free(path);
	if (fd < 0)
		return fd;
	err = profile_make(folder, rng, pass, cost, master);
	if (err == 0)
		profile_erase(fd);
	else
		(void)close(fd);        /* nothing was written */
	return err;
}

static int
profile_unwrap(struct bytes header, struct bytes pass,
    uint8_t master[static KEY_SIZE])
{
	uint8_t salt[PASS_SALT], nonce[HEADER_NONCE], key[KEY_SIZE];
	struct rd r = rd_of(header);
	struct bytes magic, wrapped, ad;
	uint32_t mem, ops;
	uint16_t version;
	int err;

	magic = rd_view(&r, sizeof(HEADER_MAGIC) - 1);
	version = rd_u16(&r);
	if (r.err != 0 || !bytes_same(magic,
	    bytes_of(HEADER_MAGIC, sizeof(HEADER_MAGIC) - 1)))
		return ERR_FORMAT;
	if (version != HEADER_VERSION)
		return ERR_VERSION;
	mem = rd_u32(&r);
	ops = rd_u32(&r);
	rd_copy(&r, salt, sizeof(salt));
	rd_copy(&r, nonce, sizeof(nonce));
	ad = bytes_of(header.p, header.n - rd_left(&r));
	wrapped = rd_view(&r, HEADER_WRAPPED);
	if (rd_end(&r) != 0)
		return ERR_FORMAT;
	err = pass_key(pass, salt, mem, ops, key);
	if (err != 0)
		return err;
	err = aead_open(AEAD_XCHACHA, key, nonce, ad, wrapped, master);
	mem_wipe(key, sizeof(key));
	return err == ERR_AUTH ? ERR_PASS : err;
}

/* As private as the rest: whoever could write it could swap the passphrase. */
static int
profile_read(const char *path, struct buf *b)
{
	uint8_t part[HEADER_MAX + 1];
	int fd = path_open_private(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, part, sizeof(part));
	(void)close(fd);        /* it was only read */
	if (n < 0)
		return ERR_IO;
	if (n > HEADER_MAX)
		return ERR_BIG;
	buf_put(b, part, (size_t)n);
	return 0;
}

int
profile_open(const char *folder, struct bytes pass,
    uint8_t master[static KEY_SIZE])
{
	char *path = path_join(folder, "header");
	struct buf b = {0};
	int err;

	err = profile_read(path, &b);
	free(path);
	if (err == 0)
		err = profile_unwrap(buf_view(&b), pass, master);
	buf_free(&b);
	return err == ERR_BIG ? ERR_FORMAT : err;
}
