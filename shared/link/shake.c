/* SPDX-License-Identifier: ISC */
/*
 * The opening bytes and the two handshake messages (DESIGN 3). The opening
 * bytes are the prologue, so that nobody on the way can change what was
 * offered. Whoever knocks without the right words, or without the right key,
 * is left without an answer. Knows nothing of what comes after.
 *
 *	initiator:  u8 cipher, u8 count, u8 versions[count]
 *	            u16 size, message 1 (no payload)
 *	listener:   u16 size, message 2 (u8 version; if 0: the listener's list)
 *	initiator:  an empty record: it is no replay of a message 1
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LINK_INSIDE
#include "link.h"

#define SHAKE_LABEL "tacet/transport/1"
#define SHAKE_OPENING 2         /* cipher and count */

struct shake {
	struct noise noise;
	const uint8_t *secret;
	enum noise_cipher cipher;
	size_t versions_n, opening_n;
	uint8_t versions[LINK_VERSIONS];
	uint8_t opening[SHAKE_OPENING + LINK_VERSIONS];
	char whom[96];
};

struct shake *
shake_new(const struct link_setup *setup, bool initiator)
{
	struct shake *s = mem_alloc(sizeof(*s));

	s->secret = setup->secret;
	s->versions[0] = WIRE_VERSION;
	s->versions_n = 1;
	if (setup->versions != NULL) {
		assert(setup->versions_n > 0 &&
		    setup->versions_n <= LINK_VERSIONS);
		memcpy(s->versions, setup->versions, setup->versions_n);
		s->versions_n = setup->versions_n;
	}
	if (initiator)
		s->cipher = setup->cipher != 0 ? setup->cipher :
		    aead_fast(AEAD_AEGIS256) ? NOISE_AEGIS256 : NOISE_CHACHA;
	shake_name(s, "the other side");
	return s;
}

void
shake_free(struct shake *s)
{
	if (s == NULL)
		return;
	noise_wipe(&s->noise);
	free(s);
}

void
shake_name(struct shake *s, const char *whom)
{
	snprintf(s->whom, sizeof(s->whom), "%s", whom);
}

const char *
shake_whom(const struct shake *s)
{
	return s->whom;
}

static int
shake_noise(struct link *l)
{
	struct shake *s = l->shake;
	uint8_t prologue[sizeof(SHAKE_LABEL) - 1 + sizeof(s->opening)];
	struct noise_setup setup = {
		.initiator = l->initiator,
		.hfs = true,
		.cipher = s->cipher,
		.s = s->secret,
		.rs = l->initiator ? l->peer : NULL,
		.rng = loop_rng(l->loop),
	};

	memcpy(prologue, SHAKE_LABEL, sizeof(SHAKE_LABEL) - 1);
	memcpy(prologue + sizeof(SHAKE_LABEL) - 1, s->opening, s->opening_n);
	setup.prologue = bytes_of(prologue,
	    sizeof(SHAKE_LABEL) - 1 +
	    (defence(prologue) ? s->opening_n : 0));
	return noise_start(&s->noise, &setup);
}

/* Puts the next handshake message, with its size, behind `out`. */
static int
shake_put(struct link *l, int msg, struct bytes payload)
{
	struct noise *n = &l->shake->noise;

	buf_u16(&l->out, (uint16_t)noise_msg_size(n, msg, payload.n));
	return noise_write(n, payload, &l->out);
}

void
shake_begin(struct link *l)
{
	struct shake *s = l->shake;
	int err;

	s->opening[0] = (uint8_t)s->cipher;
	s->opening[1] = (uint8_t)s->versions_n;
	memcpy(s->opening + SHAKE_OPENING, s->versions, s->versions_n);
	s->opening_n = SHAKE_OPENING + s->versions_n;
	err = shake_noise(l);
	if (err == 0) {
		buf_put(&l->out, s->opening, s->opening_n);
		err = shake_put(l, 1, bytes_of(NULL, 0));
	}
	if (err != 0) {
		link_end(l, err, "the pinned key of %s can't be used: %s",
		    s->whom, err_text(err));
		return;
	}
	l->state = LINK_SECOND;
	link_write(l);
}

/* how much is to come */

static size_t
shake_need_opening(struct link *l, const uint8_t *p, size_t n)
{
	bool bad = n > 0 && p[0] != NOISE_CHACHA && p[0] != NOISE_AEGIS256;

	if (n > 1 && (p[1] == 0 || p[1] > LINK_VERSIONS))
		bad = true;
	if (bad) {
		if (!defence(silent))
			(void)!write(l->fd, "tacetd\n", 7);
		link_end(l, ERR_FORMAT, "not one of us");
		return 0;
	}
	return n < SHAKE_OPENING ? SHAKE_OPENING : SHAKE_OPENING + (size_t)p[1];
}

size_t
shake_need(struct link *l, const uint8_t *p, size_t n)
{
	struct rd r = rd_of(bytes_of(p, n));
	struct noise *noise = &l->shake->noise;
	size_t size, min, max;

	if (l->state == LINK_OPENING)
		return shake_need_opening(l, p, n);
	if (n < LINK_RECORD_HEAD)
		return LINK_RECORD_HEAD;
	size = rd_u16(&r);
	if (l->state == LINK_FIRST) {
		min = max = noise_msg_size(noise, 1, 0);
	} else {
		min = noise_msg_size(noise, 2, 1);
		max = noise_msg_size(noise, 2, 1 + LINK_VERSIONS);
	}
	if (size < min || size > max) {
		link_end(l, ERR_FORMAT, "%s answered, but it is no tacet relay",
		    l->shake->whom);
		return 0;
	}
	return LINK_RECORD_HEAD + size;
}

/* listening side */

static void
shake_opening(struct link *l, struct bytes b)
{
	struct shake *s = l->shake;
	int err;

	memcpy(s->opening, b.p, b.n); /* shake_need bounds it */
	s->opening_n = b.n;
	s->cipher = (enum noise_cipher)b.p[0];
	err = shake_noise(l);
	if (err != 0) {
		link_end(l, err, "no handshake: %s", err_text(err));
		return;
	}
	l->state = LINK_FIRST;
}

/* The highest version that both speak; 0: none. */
static uint8_t
shake_choose(const struct shake *s)
{
	uint8_t best = 0;
	size_t i;

	for (i = SHAKE_OPENING; i < s->opening_n; i++)
		if (s->opening[i] > best && memchr(s->versions, s->opening[i],
		    s->versions_n) != NULL)
			best = s->opening[i];
	return best;
}

/* "1, 2 and 3" */
static void
shake_list(const uint8_t *v, size_t n, char *out, size_t size)
{
	size_t at = 0, i;
	int r;

	out[0] = '\0';
	for (i = 0; i < n && at < size; i++) {
		r = snprintf(out + at, size - at, "%s%u", i == 0 ? "" :
		    i + 1 < n ? ", " : " and ", v[i]);
		at += r > 0 ? (size_t)r : 0;
	}
	if (n == 0)
		snprintf(out, size, "none it names");
}

static void
shake_no_version(struct link *l, const uint8_t *theirs, size_t n)
{
	struct shake *s = l->shake;
	char a[96], b[96];

	shake_list(theirs, n, a, sizeof(a));
	shake_list(s->versions, s->versions_n, b, sizeof(b));
	link_end(l, ERR_VERSION,
	    "%s speaks protocol version %s; this program speaks %s",
	    s->whom, a, b);
}

static int
shake_split(struct link *l)
{
	struct shake *s = l->shake;
	int err;

	memcpy(l->peer, noise_peer(&s->noise), DH_SIZE);
	memcpy(l->hash, noise_hash(&s->noise), HASH64);
	err = noise_split(&s->noise, &l->send, &l->recv);
	if (err != 0)
		return err;
	shake_free(s);
	l->shake = NULL;
	return 0;
}

/* They hear which versions there are, since they know our key and we theirs. */
static int
shake_answer(struct link *l)
{
	struct shake *s = l->shake;
	uint8_t payload[1 + LINK_VERSIONS];
	size_t n = 1;

	payload[0] = l->version = shake_choose(s);
	if (payload[0] == 0) {
		memcpy(payload + 1, s->versions, s->versions_n);
		n += s->versions_n;
	}
	return shake_put(l, 2, bytes_of(payload, n));
}

static void
shake_first(struct link *l, struct bytes b)
{
	struct shake *s = l->shake;
	struct buf none = {0};
	int err = noise_read(&s->noise, b, &none);

	assert(none.n == 0); /* shake_need: the size is that of no payload */
	if (err == 0)
		err = shake_answer(l);
	if (err != 0) {
		link_end(l, err, "no handshake: %s", err_text(err));
		return;
	}
	if (l->version == 0) {
		link_write(l); /* as far as it goes: it fits any socket */
		shake_no_version(l, s->opening + SHAKE_OPENING,
		    s->opening_n - SHAKE_OPENING);
		return;
	}
	if ((err = shake_split(l)) != 0) {
		link_end(l, err, "no handshake: %s", err_text(err));
		return;
	}
	l->state = LINK_CONFIRM;
	link_write(l);
}

/* initiator */

static void
shake_second(struct link *l, struct bytes b)
{
	struct shake *s = l->shake;
	struct buf payload = {0};
	int err = noise_read(&s->noise, b, &payload);

	if (err != 0) {
		link_end(l, ERR_PIN, "%s does not hold the pinned key",
		    s->whom);
		goto out;
	}
	l->version = payload.p[0]; /* shake_need: at least one byte */
	if (l->version == 0 || memchr(s->versions, l->version,
	    s->versions_n) == NULL) {
		shake_no_version(l, payload.p + (l->version == 0),
		    l->version == 0 ? payload.n - 1 : 1);
		goto out;
	}
	if ((err = shake_split(l)) != 0) {
		link_end(l, err, "no handshake: %s", err_text(err));
		goto out;
	}
	l->state = LINK_OPEN;
	link_write_nothing(l);
	if (l->state == LINK_OPEN)
		link_opened(l);
out:
	buf_free(&payload);
}

void
shake_take(struct link *l, struct bytes b)
{
	struct bytes msg = bytes_of(b.p + LINK_RECORD_HEAD,
	    b.n - LINK_RECORD_HEAD);

	if (l->state == LINK_OPENING)
		shake_opening(l, b);
	else if (l->state == LINK_FIRST)
		shake_first(l, msg);
	else
		shake_second(l, msg);
}
