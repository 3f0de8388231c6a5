/* SPDX-License-Identifier: ISC */
/*
 * The relay's own keys: X25519 for the transport, Ed25519 for the heads of the
 * directory. Both exist from the first start, since the address pins them; the
 * secret of the second is only made here, and then the signer's alone.
 * Also the incarnation id: a new one whenever the data folder turns out to be
 * a copy, so that clients can tell a restored relay from the one they knew.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "relay.h"

/* Up to the first one the head key's secret lay here too: since then it has a
 * folder of its own, which only the signer opens, and here is its public half. */
#define KEYS_MAGIC "tacetd keys 2\n"
#define KEYS_MAGIC_1 "tacetd keys 1\n"
#define KEYS_MAGIC_LEN (sizeof(KEYS_MAGIC) - 1)
#define KEYS_SIZE (KEYS_MAGIC_LEN + DH_SIZE + SIGN_PUBLIC)

struct keys {
	uint8_t transport[DH_SIZE];
	uint8_t head[SIGN_PUBLIC];
	bool moved;                     /* the file was written anew, */
	struct buf was;                 /* and what keys_place said before */
};

_Static_assert(SIGN_PUBLIC == SIGN_SEED, "one size, whichever is there");

/*
 * Where the keys lie, as the file system sees it: a folder that was copied or
 * restored from a backup has other inode numbers or birth times.
 */
static void
keys_place(struct relay *r, struct buf *out)
{
	char *path = path_join(r->data, "keys");
	struct statx sx;

	memset(&sx, 0, sizeof(sx));
	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW,
	    STATX_INO | STATX_BTIME, &sx) == 0) {
		buf_u64(out, sx.stx_ino);
		if (sx.stx_mask & STATX_BTIME) {
			buf_u64(out, (uint64_t)sx.stx_btime.tv_sec);
			buf_u32(out, sx.stx_btime.tv_nsec);
		}
	}
	free(path);
}

static int
keys_write(const char *path, const uint8_t transport[static DH_SIZE],
    const uint8_t head[static SIGN_PUBLIC])
{
	struct buf b = {.secret = true};
	int err;

	buf_string(&b, KEYS_MAGIC);
	buf_put(&b, transport, DH_SIZE);
	buf_put(&b, head, SIGN_PUBLIC);
	err = path_write(path, buf_view(&b));
	buf_free(&b);
	return err;
}

/* A head key for the signer, and what is left for the relay. */
static int
keys_pair(struct relay *r, const char *path,
    const uint8_t transport[static DH_SIZE])
{
	uint8_t seed[SIGN_SEED], public[SIGN_PUBLIC], secret[SIGN_SECRET];
	int err;

	rng_fill(r->rng, seed, sizeof(seed));
	sign_seed(seed, public, secret);
	err = signer_make(r->data, seed);
	if (!err)
		err = keys_write(path, transport, public);
	mem_wipe(seed, sizeof(seed));
	mem_wipe(secret, sizeof(secret));
	return err;
}

static int
keys_make(struct relay *r, const char *path)
{
	uint8_t transport[DH_SIZE];
	int err;

	rng_fill(r->rng, transport, sizeof(transport));
	err = keys_pair(r, path, transport);
	mem_wipe(transport, sizeof(transport));
	return err;
}

/* The signer first: a crash between the two leaves what was there. */
static int
keys_part(struct relay *r, const char *path, const uint8_t seed[SIGN_SEED])
{
	uint8_t secret[SIGN_SECRET];
	int err;

	sign_seed(seed, r->keys->head, secret);
	mem_wipe(secret, sizeof(secret));
	keys_place(r, &r->keys->was);
	r->keys->moved = true;
	err = signer_make(r->data, seed);
	if (!err)
		err = keys_write(path, r->keys->transport, r->keys->head);
	if (!err)
		log_say(r->log, LOG_INFO, "relay", "the head key has a folder "
		    "of its own now: back it up with the rest");
	return err;
}

static int
keys_read(struct relay *r, const char *path, struct bytes in)
{
	struct rd rd = rd_of(in);
	struct bytes magic = rd_view(&rd, KEYS_MAGIC_LEN);
	uint8_t head[SIGN_PUBLIC];
	int err;

	rd_copy(&rd, r->keys->transport, DH_SIZE);
	rd_copy(&rd, head, sizeof(head));
	err = rd_end(&rd);
	if (!err && memcmp(magic.p, KEYS_MAGIC, magic.n) == 0)
		memcpy(r->keys->head, head, sizeof(head));
	else if (!err && memcmp(magic.p, KEYS_MAGIC_1, magic.n) == 0)
		err = keys_part(r, path, head);
	else
		err = ERR_FORMAT;
	mem_wipe(head, sizeof(head));
	return err;
}

/* Read through a descriptor that is known to be private. */
static int
keys_file(const char *path, struct buf *out)
{
	int fd = path_open_private(path, O_RDONLY);
	uint8_t *p;
	ssize_t n;

	if (fd < 0)
		return fd;
	p = buf_room(out, KEYS_SIZE + 1);
	n = p ? read(fd, p, KEYS_SIZE + 1) : -1;
	(void)close(fd);        /* it was only read */
	if (n < 0)
		return ERR_IO;
	out->n = (size_t)n;
	return 0;
}

static int
keys_address(struct relay *r)
{
	uint8_t public[DH_SIZE];
	int err = dh_public(r->keys->transport, public);

	if (err)
		return err;
	pin_make(public, r->keys->head, r->address.pin);
	r->address.pinned = true;
	return 0;
}

/* Only a folder without a database is a new one: a relay that lost its keys
 * must not become another in silence, and make a new head key over the old. */
static int
keys_first(struct relay *r, const char *path, char **why)
{
	char *db = path_join(r->data, "tacetd.db");
	int err = 0;

	if (access(db, F_OK) == 0) {
		*why = mem_format("%s is missing, but there is a database: "
		    "restore it from a backup (a new one would be another "
		    "relay to every client)", path);
		err = ERR_STATE;
	}
	free(db);
	return err ? err : keys_make(r, path);
}

int
keys_load(struct relay *r, char **why)
{
	char *path = path_join(r->data, "keys");
	struct buf b = {.secret = true};
	int err;

	err = keys_file(path, &b);
	if (err == ERR_NONE) {
		err = keys_first(r, path, why);
		if (!err)
			err = keys_file(path, &b);
	}
	r->keys = mem_secret(sizeof(*r->keys));
	if (!err)
		err = keys_read(r, path, buf_view(&b));
	if (!err)
		err = keys_address(r);
	buf_free(&b);
	if (err == ERR_DENIED)
		*why = mem_format("%s can be read by others or is not yours: "
		    "run `chmod 600 %s` if you trust it", path, path);
	else if (err && !*why)
		*why = mem_format("%s: %s; restore it from a backup (a new "
		    "one would be another relay to every client)", path,
		    err_text(err));
	free(path);
	return err;
}

int
keys_renew(struct relay *r)
{
	char *path = path_join(r->data, "keys");
	struct buf b = {.secret = true};
	int err = keys_pair(r, path, r->keys->transport);

	if (!err)
		err = keys_file(path, &b);
	if (!err)
		err = keys_read(r, path, buf_view(&b));
	if (!err)
		err = keys_address(r);
	buf_free(&b);
	free(path);
	return err;
}

void
keys_free(struct keys *k)
{
	if (!k)
		return;
	buf_free(&k->was);
	mem_secret_free(k);
}

const uint8_t *
keys_transport(const struct keys *k)
{
	return k->transport;
}

const uint8_t *
keys_head(const struct keys *k)
{
	return k->head;
}

static int
keys_draw(struct relay *r, struct bytes place)
{
	int err;

	rng_fill(r->rng, r->incarnation, sizeof(r->incarnation));
	err = store_put(r->store, TABLE_meta, bytes_of("incarnation", 11),
	    bytes_of(r->incarnation, sizeof(r->incarnation)));
	if (!err)
		err = store_put(r->store, TABLE_meta, bytes_of("place", 5),
		    place);
	return err;
}

int
keys_reincarnate(struct relay *r)
{
	struct buf place = {0};
	int err;

	keys_place(r, &place);
	err = keys_draw(r, buf_view(&place));
	buf_free(&place);
	return err;
}

static bool
keys_same(const struct keys *k, const struct buf *is, const struct buf *was)
{
	return bytes_same(buf_view(k->moved ? &k->was : is), buf_view(was));
}

int
keys_incarnation(struct relay *r)
{
	struct buf place = {0}, id = {0}, was = {0};
	int err, err2;

	keys_place(r, &place);
	err = store_get(r->store, TABLE_meta, bytes_of("incarnation", 11), &id);
	err2 = store_get(r->store, TABLE_meta, bytes_of("place", 5), &was);
	if (!err && !err2 && id.n == sizeof(r->incarnation) &&
	    keys_same(r->keys, &place, &was)) {
		memcpy(r->incarnation, id.p, id.n);
		if (r->keys->moved)
			err = store_put(r->store, TABLE_meta,
			    bytes_of("place", 5), buf_view(&place));
	} else if ((err && err != ERR_NONE) || (err2 && err2 != ERR_NONE)) {
		err = err && err != ERR_NONE ? err : err2;
	} else {
		if (!err)
			log_say(r->log, LOG_WARN, "relay", "the data folder is "
			    "a copy: clients are told to compare");
		err = keys_draw(r, buf_view(&place));
	}
	buf_free(&place);
	buf_free(&id);
	buf_free(&was);
	return err;
}
