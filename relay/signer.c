/* SPDX-License-Identifier: ISC */
/*
 * The head signer: has the head key's secret, and signs a head only if its tree
 * begins with the one of the last head it signed, proven by the asker. So
 * nobody who owns the relay's process can have two histories signed. It knows
 * nothing of accounts, names or the network.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "relay.h"

#define SIGNER_MAGIC "tacetd head 1\n"
#define SIGNER_MAGIC_LEN (sizeof(SIGNER_MAGIC) - 1)
#define SIGNER_KEY (SIGNER_MAGIC_LEN + SIGN_SEED)

struct signer {                         /* in memory for secrets */
	uint8_t secret[SIGN_SECRET];
	struct signer_state last;
	const struct clock *clock;
	bool durable;
	int tap;                        /* tests: every head goes there too */
};

/* --- its folder --- */

static char *
signer_path(const char *data, const char *name)
{
	return mem_format("%s/signer/%s", data, name);
}

/* The state first: a key without one would look like one that lost it. */
int
signer_make(const char *data, const uint8_t seed[static SIGN_SEED])
{
	char *folder = path_join(data, "signer");
	char *state = signer_path(data, "signed"), *key;
	struct buf b = {.secret = true};
	int err = path_private_dir(folder);

	key = signer_path(data, "key");
	if (!err)
		err = signer_state_make(state);
	buf_string(&b, SIGNER_MAGIC);
	buf_put(&b, seed, SIGN_SEED);
	if (!err)
		err = path_write(key, buf_view(&b));
	buf_free(&b);
	free(folder);
	free(state);
	free(key);
	return err;
}

static int
signer_key(struct signer *s, const char *path)
{
	int fd = path_open_private(path, O_RDONLY);
	uint8_t raw[SIGNER_KEY + 1], public[SIGN_PUBLIC];
	ssize_t n;
	int err = 0;

	if (fd < 0)
		return fd;
	n = read(fd, raw, sizeof(raw));
	(void)close(fd);        /* it was only read */
	if (n != (ssize_t)SIGNER_KEY ||
	    memcmp(raw, SIGNER_MAGIC, SIGNER_MAGIC_LEN) != 0)
		err = n < 0 ? ERR_IO : ERR_FORMAT;
	else
		sign_seed(raw + SIGNER_MAGIC_LEN, public, s->secret);
	mem_wipe(raw, sizeof(raw));
	return err;
}

static char *
signer_why(const char *path, int err)
{
	if (err == ERR_DENIED)
		return mem_format("%s can be read by others or is not yours: "
		    "run `chmod 600 %s` if you trust it", path, path);
	return mem_format("%s: %s; restore it from a backup", path,
	    err_text(err));
}

#ifdef TACET_TEST
static int
signer_tap(void)
{
	const char *path = getenv("TACET_HEADS");

	return path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
	    0600) : -1;
}
#else
#define signer_tap() (-1)
#endif

int
signer_open(struct signer **out, const char *data, bool durable,
    const struct clock *clock, char **why)
{
	struct signer *s = mem_secret(sizeof(*s));
	struct merkle_range none = {0};
	char *path = signer_path(data, "key");
	int err = signer_key(s, path);

	s->clock = clock;
	s->durable = durable;
	s->tap = signer_tap();
	s->last.fd = -1;
	merkle_root(&none, s->last.root);
	if (err)
		*why = signer_why(path, err);
	free(path);
	path = signer_path(data, "signed");
	if (!err && durable) {
		err = signer_state_open(&s->last, path);
		if (err)
			*why = signer_why(path, err);
	}
	free(path);
	if (err) {
		signer_close(s);
		s = NULL;
	}
	*out = s;
	return err;
}

void
signer_close(struct signer *s)
{
	if (!s)
		return;
	signer_state_close(&s->last);
	if (s->tap >= 0)
		(void)close(s->tap);    /* of a test */
	mem_secret_free(s);
}

/* --- questions --- */

static int
signer_new(struct signer *s, struct rd *rd, struct buf *out)
{
	int err = rd_end(rd);

	if (err)
		return err;
	buf_u8(out, 0);
	buf_put(out, s->secret + SIGN_SEED, SIGN_PUBLIC);
	buf_u64(out, s->last.size);
	buf_put(out, s->last.root, HASH32);
	return 0;
}

static int
signer_judge(struct signer *s, const struct head *h, struct bytes proof)
{
	if (!defence(monotone))
		return 0;
	if (h->size == s->last.size && memcmp(h->root, s->last.root,
	    HASH32) == 0)
		return proof.n == 0 ? 0 : ERR_RULE;
	return merkle_check_extends(s->last.size, h->size, s->last.root,
	    h->root, proof);
}

static int
signer_sign(struct signer *s, struct rd *rd, struct buf *out)
{
	struct head h = {.size = rd_u64(rd)};
	struct bytes proof;
	int err;

	rd_copy(rd, h.root, HASH32);
	proof = rd_rest(rd);
	err = rd->err;
	if (!err)
		err = signer_judge(s, &h, proof);
	if (!err && (h.size != s->last.size || !defence(monotone)))
		err = signer_state_put(&s->last, h.size, h.root);
	if (err)
		return err;
	h.time = (uint64_t)clock_wall(s->clock);
	relay_crash("signer-kept", s->last.writes);
	head_sign(&h, s->secret);
	buf_u8(out, 0);
	head_put(&h, out);
	if (s->tap >= 0 && write(s->tap, out->p + 1, HEAD_SIZE) != HEAD_SIZE)
		return ERR_IO;
	relay_crash("signer-signed", s->last.writes);
	return 0;
}

void
signer_answer(struct signer *s, struct bytes question, struct buf *out)
{
	struct rd rd = rd_of(question);
	int err;

	buf_clear(out);
	switch (rd_u8(&rd)) {
	case SIGNER_NEW:
		err = signer_new(s, &rd, out);
		break;
	case SIGNER_SIGN:
		err = signer_sign(s, &rd, out);
		break;
	default:
		err = ERR_FORMAT;
	}
	if (err) {
		buf_clear(out);
		buf_u8(out, (uint8_t)-err);
	}
}
