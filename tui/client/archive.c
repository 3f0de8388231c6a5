/* SPDX-License-Identifier: ISC */
/*
 * A sealed file of items. A header says how the key comes from the passphrase;
 * the rest is chunks of one size under XChaCha20-Poly1305, each bound to its
 * number, to the header, and the last one to being the last, so that nothing
 * can be cut off, moved or taken from another file. The key is the file's own
 * (its salt is), so a chunk's number is its nonce. Zeros pad the end.
 *
 * A file that is being written has no name; it gets one when it is whole and
 * on the disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive.h"
#include "ident.h"

#define MAGIC "tacet backup\n"
#define ARCHIVE_VERSION 1
#define CHECK 16                /* tells a wrong passphrase from damage */
#define HEAD (sizeof(MAGIC) - 1 + 1 + 8 + PASS_SALT + CHECK)
#define NONCE 24
#define TAG 16
#define ITEM_HEAD 21            /* kind, row, owner, length */

struct archive {
	int fd, dir;
	char *name, *part;      /* in dir; part: a name for the time being */
	bool force, last;
	uint8_t key[KEY_SIZE], head[HASH32];
	uint64_t number;        /* of the next chunk */
	uint64_t total;         /* bytes of plain text put */
	struct buf plain;       /* not yet sealed, or not yet read */
	size_t item;            /* bytes of the item given last */
};

static struct archive *
archive_new(void)
{
	struct archive *a = mem_secret(sizeof(*a));

	a->fd = a->dir = -1;
	a->plain.secret = true;
	return a;
}

static void
archive_free(struct archive *a)
{
	if (a->fd >= 0)
		(void)close(a->fd);     /* what counts was synced before */
	if (a->dir >= 0)
		(void)close(a->dir);    /* it was only looked into */
	free(a->name);
	free(a->part);
	buf_free(&a->plain);
	mem_secret_free(a);
}

static int
archive_errno(void)
{
	switch (errno) {
	case EEXIST:
		return ERR_EXISTS;
	case ENOENT:
	case ENOTDIR:
		return ERR_NONE;
	case EACCES:
	case EPERM:
	case ELOOP:
	case EISDIR:
	case EROFS:
		return ERR_DENIED;
	default:
		return ERR_IO;
	}
}

/* ---- chunks -------------------------------------------------------------- */

static void
archive_nonce(uint64_t number, uint8_t nonce[static NONCE])
{
	int i;

	memset(nonce, 0, NONCE);
	for (i = 0; i < 8; i++)
		nonce[NONCE - 1 - i] = (uint8_t)(number >> (8 * i));
}

static void
archive_ad(const struct archive *a, bool last,
    uint8_t ad[static HASH32 + 1])
{
	memcpy(ad, a->head, HASH32);
	ad[HASH32] = last;
}

static int
archive_write(int fd, const uint8_t *p, size_t n)
{
	ssize_t w;

	while (n > 0) {
		w = write(fd, p, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return ERR_IO;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

static int
archive_seal(struct archive *a, size_t n, bool last)
{
	static const size_t most = ARCHIVE_CHUNK + TAG;
	uint8_t nonce[NONCE], ad[HASH32 + 1], *out = mem_alloc(most);
	int err;

	archive_nonce(a->number++, nonce);
	archive_ad(a, last, ad);
	err = aead_seal(AEAD_XCHACHA, a->key, nonce, bytes_of(ad, sizeof(ad)),
	    bytes_of(a->plain.p, n), out);
	if (err == 0)
		err = archive_write(a->fd, out, n + TAG);
	free(out);
	buf_drop(&a->plain, n);
	return err;
}

/* What is full goes out; the last chunk is kept back, for it says so. */
static int
archive_flush(struct archive *a)
{
	int err = 0;

	while (err == 0 && a->plain.n > ARCHIVE_CHUNK)
		err = archive_seal(a, ARCHIVE_CHUNK, false);
	return err;
}

static ssize_t
archive_read(int fd, uint8_t *p, size_t n)
{
	size_t at = 0;
	ssize_t r;

	while (at < n) {
		r = read(fd, p + at, n - at);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return ERR_IO;
		if (r == 0)
			break;
		at += (size_t)r;
	}
	return (ssize_t)at;
}

/* Opens the next chunk into a->plain. One that opens only as an inner one and
 * has nothing after it was the end of a file that was cut off. */
static int
archive_chunk(struct archive *a)
{
	uint8_t nonce[NONCE], ad[HASH32 + 1], *in, *out;
	ssize_t n;
	int err;

	if (a->last)
		return ERR_TRAIL;
	in = mem_alloc(ARCHIVE_CHUNK + TAG);
	n = archive_read(a->fd, in, ARCHIVE_CHUNK + TAG);
	if (n <= TAG) {
		free(in);
		return n < 0 ? ERR_IO : ERR_SHORT;
	}
	archive_nonce(a->number++, nonce);
	a->last = (size_t)n < ARCHIVE_CHUNK + TAG;
	out = buf_room(&a->plain, (size_t)n - TAG);
	do {
		archive_ad(a, a->last, ad);
		err = aead_open(AEAD_XCHACHA, a->key, nonce,
		    bytes_of(ad, sizeof(ad)), bytes_of(in, (size_t)n), out);
		/* a whole chunk may be the last one, too */
	} while (err != 0 && !a->last && (a->last = true));
	free(in);
	return err;
}

/* ---- the header ---------------------------------------------------------- */

static int
archive_key(struct archive *a, struct bytes pass, struct bytes head,
    uint8_t check[static CHECK])
{
	struct rd r = rd_of(head);
	uint8_t salt[PASS_SALT], hash[HASH32];
	uint32_t mem, ops;
	int err;

	(void)rd_view(&r, sizeof(MAGIC) - 1);
	if (rd_u8(&r) != ARCHIVE_VERSION)
		return ERR_VERSION;
	mem = rd_u32(&r);
	ops = rd_u32(&r);
	rd_copy(&r, salt, sizeof(salt));
	err = r.err != 0 ? ERR_FORMAT : pass_key(pass, salt, mem, ops, a->key);
	if (err != 0)
		return err;
	hash_keyed(a->key, "tacet backup check", NULL, 0, hash);
	memcpy(check, hash, CHECK);
	head.n -= rd_left(&r);
	hash_label("tacet backup head", &head, 1, a->head);
	return 0;
}

/* ---- writing ------------------------------------------------------------- */

static int
archive_folder(struct archive *a, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	char *folder;
	struct stat st;

	if (name[0] == '\0')
		return ERR_DENIED;
	a->name = mem_string(name);
	folder = mem_format("%.*s", (int)(name - path), path);
	a->dir = open(folder[0] != '\0' ? folder : ".",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (a->dir < 0)
		return archive_errno();
	if (fstatat(a->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (!a->force || !S_ISREG(st.st_mode)))
		return ERR_EXISTS;
	return 0;
}

/* Without a name where the file system can do that: then a crash leaves
 * nothing. Else under a hidden one. */
static int
archive_file(struct archive *a, const struct rng *rng)
{
	uint8_t random[8];
	char hex[17];

	rng_fill(rng, random, sizeof(random));
	hex_put(hex, random, sizeof(random));
	a->part = mem_format(".%s.%s", a->name, hex);
	a->fd = openat(a->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (a->fd >= 0) {
		free(a->part);
		a->part = NULL;
		return 0;
	}
	a->fd = openat(a->dir, a->part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (a->fd >= 0)
		return 0;
	free(a->part);
	a->part = NULL;
	return archive_errno();
}

static int
archive_begin(struct archive *a, const struct rng *rng, struct bytes pass,
    uint32_t mem_kib, uint32_t ops)
{
	uint8_t salt[PASS_SALT], check[CHECK];
	struct buf b = {0};
	int err;

	rng_fill(rng, salt, sizeof(salt));
	buf_string(&b, MAGIC);
	buf_u8(&b, ARCHIVE_VERSION);
	buf_u32(&b, mem_kib);
	buf_u32(&b, ops);
	buf_put(&b, salt, sizeof(salt));
	err = archive_key(a, pass, buf_view(&b), check);
	if (err == 0) {
		buf_put(&b, check, CHECK);
		assert(b.n == HEAD);
		err = archive_write(a->fd, b.p, b.n);
	}
	buf_free(&b);
	return err;
}

int
archive_make(struct archive **out, const char *path, bool force,
    const struct rng *rng, struct bytes pass, uint32_t mem_kib, uint32_t ops)
{
	struct archive *a = archive_new();
	int err;

	*out = NULL;
	a->force = force;
	err = archive_folder(a, path);
	if (err == 0)
		err = archive_file(a, rng);
	if (err == 0)
		err = archive_begin(a, rng, pass, mem_kib, ops);
	if (err != 0) {
		archive_drop(a);
		return err;
	}
	*out = a;
	return 0;
}

int
archive_put(struct archive *a, const struct archive_item *item)
{
	if (item->body.n > ARCHIVE_ITEM_MAX)
		return ERR_BIG;
	buf_u8(&a->plain, (uint8_t)item->kind);
	buf_u64(&a->plain, (uint64_t)item->row);
	buf_u64(&a->plain, (uint64_t)item->owner);
	buf_u32(&a->plain, (uint32_t)item->body.n);
	buf_bytes(&a->plain, item->body);
	a->total += ITEM_HEAD + item->body.n;
	return archive_flush(a);
}

/* Takes the name, which nobody must have taken meanwhile. */
static int
archive_name(struct archive *a, const struct rng *rng)
{
	uint8_t random[8];
	char hex[17], from[64];

	(void)snprintf(from, sizeof(from), "/proc/self/fd/%d", a->fd);
	if (!a->force)
		return (a->part == NULL ? linkat(AT_FDCWD, from, a->dir,
		    a->name, AT_SYMLINK_FOLLOW) : linkat(a->dir, a->part,
		    a->dir, a->name, 0)) < 0 ? archive_errno() : 0;
	if (a->part == NULL) {
		rng_fill(rng, random, sizeof(random));
		hex_put(hex, random, sizeof(random));
		a->part = mem_format(".%s.%s", a->name, hex);
		if (linkat(AT_FDCWD, from, a->dir, a->part,
		    AT_SYMLINK_FOLLOW) < 0)
			return archive_errno();
	}
	return renameat(a->dir, a->part, a->dir, a->name) < 0 ?
	    archive_errno() : 0;
}

int
archive_finish(struct archive *a)
{
	struct archive_item end = {.kind = ARCHIVE_END};
	int err = archive_put(a, &end);

	while (err == 0 && a->total < padme((size_t)a->total)) {
		size_t n = padme((size_t)a->total) - (size_t)a->total;

		n = n < ARCHIVE_CHUNK ? n : ARCHIVE_CHUNK;
		buf_zero(&a->plain, n);
		a->total += n;
		err = archive_flush(a);
	}
	if (err == 0)
		err = archive_seal(a, a->plain.n, true);
	if (err == 0 && fsync(a->fd) < 0)
		err = ERR_IO;
	if (err == 0)
		err = archive_name(a, &rng_system);
	if (err == 0 && fsync(a->dir) < 0 && errno != EINVAL)
		err = ERR_IO;
	archive_drop(a);
	return err;
}

void
archive_drop(struct archive *a)
{
	if (a == NULL)
		return;
	if (a->part != NULL)
		(void)unlinkat(a->dir, a->part, 0);     /* may be renamed */
	archive_free(a);
}

/* ---- reading ------------------------------------------------------------- */

static int
archive_start(struct archive *a, struct bytes pass)
{
	uint8_t head[HEAD], check[CHECK];
	ssize_t n = archive_read(a->fd, head, HEAD);
	int err;

	if (n < 0)
		return ERR_IO;
	if ((size_t)n < sizeof(MAGIC) - 1 ||
	    memcmp(head, MAGIC, sizeof(MAGIC) - 1) != 0)
		return ERR_FORMAT;
	if ((size_t)n < HEAD)
		return ERR_SHORT;
	err = archive_key(a, pass, bytes_of(head, HEAD - CHECK), check);
	if (err == 0 && !seal_same(check, head + HEAD - CHECK, CHECK))
		err = ERR_PASS;
	return err;
}

/* Once through, so that nothing is begun with half of a file. */
static int
archive_whole(struct archive *a)
{
	int err = 0;

	while (err == 0 && !a->last) {
		err = archive_chunk(a);
		buf_clear(&a->plain);
	}
	if (err == 0 && lseek(a->fd, HEAD, SEEK_SET) != HEAD)
		err = ERR_IO;
	a->last = false;
	a->number = 0;
	return err;
}

int
archive_open(struct archive **out, const char *path, struct bytes pass)
{
	struct archive *a = archive_new();
	struct stat st;
	int err = 0;

	*out = NULL;
	a->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (a->fd < 0)
		err = archive_errno();
	else if (fstat(a->fd, &st) < 0 || !S_ISREG(st.st_mode))
		err = ERR_DENIED;
	if (err == 0)
		err = archive_start(a, pass);
	if (err == 0)
		err = archive_whole(a);
	if (err != 0) {
		archive_free(a);
		return err;
	}
	*out = a;
	return 0;
}

static int
archive_need(struct archive *a, size_t n)
{
	int err = 0;

	while (err == 0 && a->plain.n < n)
		err = a->last ? ERR_SHORT : archive_chunk(a);
	return err;
}

int
archive_get(struct archive *a, struct archive_item *item)
{
	struct rd r;
	uint32_t n;
	uint8_t kind;
	int err;

	buf_drop(&a->plain, a->item);
	a->item = 0;
	err = archive_need(a, ITEM_HEAD);
	if (err != 0)
		return err;
	r = rd_of(buf_view(&a->plain));
	kind = rd_u8(&r);
	item->kind = (enum archive_kind)kind;
	item->row = (int64_t)rd_u64(&r);
	item->owner = (int64_t)rd_u64(&r);
	n = rd_u32(&r);
	if (kind >= ARCHIVE_COUNT || n > ARCHIVE_ITEM_MAX)
		return ERR_FORMAT;
	if (kind == ARCHIVE_END)
		return 0;
	err = archive_need(a, ITEM_HEAD + n);
	if (err != 0)
		return err;
	a->item = ITEM_HEAD + n;
	item->body = bytes_of(a->plain.p + ITEM_HEAD, n);
	return 1;
}
