/* SPDX-License-Identifier: ISC */
/*
 * What the signer signed last, in a file of two slots that are written in turn:
 * whatever a crash does to one, the other is whole. It is on the disk before a
 * signature leaves, so the signer never goes back behind its own word. The file
 * is open before the jail closes; nothing here opens another one later.
 */
#include <fcntl.h>
#include <unistd.h>

#include "relay.h"

#define STATE_MAGIC "tacetd signed 1\n"
#define STATE_MAGIC_LEN (sizeof(STATE_MAGIC) - 1)
#define STATE_FIELDS (STATE_MAGIC_LEN + 8 + 8 + HASH32)
#define STATE_SIZE (STATE_FIELDS + HASH32)
#define STATE_SLOT 4096                 /* apart, whatever a sector is */

static void
signer_state_slot(const struct signer_state *s, struct buf *b)
{
	struct bytes fields;
	uint8_t sum[HASH32];

	buf_string(b, STATE_MAGIC);
	buf_u64(b, s->turn);
	buf_u64(b, s->size);
	buf_put(b, s->root, HASH32);
	fields = buf_view(b);
	hash_label("signed", &fields, 1, sum);
	buf_put(b, sum, HASH32);
	assert(b->n == STATE_SIZE);
}

static int
signer_state_get(struct bytes in, struct signer_state *s)
{
	struct bytes fields = bytes_of(in.p, STATE_FIELDS), magic;
	struct rd rd = rd_of(in);
	uint8_t sum[HASH32], was[HASH32];

	magic = rd_view(&rd, STATE_MAGIC_LEN);
	s->turn = rd_u64(&rd);
	s->size = rd_u64(&rd);
	rd_copy(&rd, s->root, HASH32);
	rd_copy(&rd, was, HASH32);
	if (rd_end(&rd) || memcmp(magic.p, STATE_MAGIC, magic.n) != 0)
		return ERR_FORMAT;
	hash_label("signed", &fields, 1, sum);
	return memcmp(sum, was, HASH32) == 0 ? 0 : ERR_FORMAT;
}

int
signer_state_make(const char *path)
{
	struct signer_state s = {.fd = -1};
	struct merkle_range none = {0};
	struct buf b = {0};
	int err;

	merkle_root(&none, s.root);
	signer_state_slot(&s, &b);
	buf_zero(&b, STATE_SLOT + STATE_SIZE - b.n);
	err = path_write(path, buf_view(&b));
	buf_free(&b);
	return err;
}

/* Another signer may be about to hear that its relay is gone: it is waited
 * for. The lock goes with the process. */
static int
signer_state_lock(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_SETLKW, &lock) < 0 ? ERR_IO : 0;
}

static int
signer_state_read(struct signer_state *s)
{
	struct signer_state at;
	uint8_t raw[STATE_SIZE];
	int i, found = ERR_FORMAT;

	for (i = 0; i < 2; i++) {
		if (pread(s->fd, raw, sizeof(raw), (off_t)i * STATE_SLOT) !=
		    (ssize_t)sizeof(raw) ||
		    signer_state_get(bytes_of(raw, sizeof(raw)), &at) != 0 ||
		    (found == 0 && at.turn < s->turn))
			continue;
		at.fd = s->fd;
		at.writes = 0;
		*s = at;
		found = 0;
	}
	return found;
}

int
signer_state_open(struct signer_state *s, const char *path)
{
	int err;

	memset(s, 0, sizeof(*s));
	s->fd = path_open_private(path, O_RDWR);
	if (s->fd < 0)
		return s->fd;
	err = signer_state_lock(s->fd);
	if (!err)
		err = signer_state_read(s);
	if (err)
		signer_state_close(s);
	return err;
}

int
signer_state_put(struct signer_state *s, uint64_t size,
    const uint8_t root[static HASH32])
{
	struct signer_state next = *s;
	struct buf b = {0};
	int err = 0;

	s->writes++;
	relay_crash("signer-before", s->writes);
	next.writes = s->writes;
	next.turn++;
	next.size = size;
	memcpy(next.root, root, HASH32);
	signer_state_slot(&next, &b);
	if (s->fd >= 0) {
		if (pwrite(s->fd, b.p, b.n, (off_t)(next.turn & 1) *
		    STATE_SLOT) != (ssize_t)b.n)
			err = ERR_IO;
		relay_crash("signer-written", s->writes);
		if (!err && fdatasync(s->fd) < 0)
			err = ERR_IO;
	}
	buf_free(&b);
	if (!err)
		*s = next;
	return err;
}

void
signer_state_close(struct signer_state *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);     /* what counts was synced */
	s->fd = -1;
}
