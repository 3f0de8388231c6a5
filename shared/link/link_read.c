/* SPDX-License-Identifier: ISC */
/*
 * What comes in: bytes into units (opening, handshake message, record), records
 * into frames, frames into messages. One read per wake-up, so that a busy peer
 * doesn't starve the others; what it leaves over waits in `in`. Only the reader
 * of base looks at what a peer wrote, and the first thing wrong ends the link.
 */
#include <errno.h>
#include <sys/socket.h>

#define LINK_INSIDE
#include "link.h"

/* Bytes of the unit that begins at p, as far as n bytes tell; 0: ended. */
static size_t
link_read_need(struct link *l, const uint8_t *p, size_t n)
{
	struct rd r = rd_of(bytes_of(p, n));
	size_t size, tag;

	if (l->state < LINK_CONFIRM)
		return shake_need(l, p, n);
	if (n < LINK_RECORD_HEAD)
		return LINK_RECORD_HEAD;
	size = rd_u16(&r);
	tag = noise_tag(l->recv.cipher);
	/* until it is known that nobody replays a message 1, no byte more */
	if (size < tag || (l->state == LINK_CONFIRM && size != tag)) {
		link_end(l, ERR_FORMAT,
		    "the other side sent a record of %zu bytes", size);
		return 0;
	}
	return LINK_RECORD_HEAD + size;
}

static void
link_read_msg(struct link *l, const struct msg *m, struct msg *pong)
{
	int err;

	err = msg_gate(m->code, l->initiator ? FROM_RELAY : FROM_CLIENT,
	    STATE_KNOWN);
	if (err != 0) {
		link_end(l, err, "the other side sent `%s', which only we may",
		    msg_row[msg_index(m->code)].name);
	} else if (m->code == MSG_ping) {
		pong->code = MSG_pong;
		pong->pong.nonce = m->ping.nonce;
	} else if (m->code != MSG_pong && l->on.heard != NULL) {
		l->on.heard(l->arg, l, m);
	}
}

/* A record full of pings gets one pong, for the last of them. */
static void
link_read_frames(struct link *l, struct bytes plain)
{
	struct rd r = rd_of(plain);
	struct msg m, pong = {0};
	int err;

	while (l->state == LINK_OPEN && rd_left(&r) > 0) {
		err = msg_get(&r, &m);
		if (err != 0) {
			link_end(l, err, "the other side sent a message that "
			    "can't be read (%u): %s", m.code, err_text(err));
			return;
		}
		l->count.frames_in++;
		link_read_msg(l, &m, &pong);
	}
	if (l->state == LINK_OPEN && pong.code != 0)
		link_write_msg(l, &pong);
}

static void
link_read_record(struct link *l, uint8_t *p, size_t n)
{
	size_t plain = n - noise_tag(l->recv.cipher);
	int err;

	err = noise_open(&l->recv, bytes_of(NULL, 0), bytes_of(p, n), p);
	if (err != 0) {
		link_end(l, err, "a record of the other side does not open: "
		    "altered on the way, or said twice");
		return;
	}
	l->count.records_in++;
	l->heard_at = loop_now(l->loop);
	l->pinged = false;
	if (l->state == LINK_CONFIRM)
		link_opened(l);
	link_read_frames(l, bytes_of(p, plain));
	mem_wipe(p, plain);
}

/* Takes whole units off the front; returns the bytes used. */
static size_t
link_read_units(struct link *l, uint8_t *p, size_t n)
{
	size_t at = 0, need;

	while (at < n && link_reads(l) && l->state != LINK_LINGER) {
		need = link_read_need(l, p + at, n - at);
		if (need == 0 || need > n - at)
			break;
		if (l->state < LINK_CONFIRM)
			shake_take(l, bytes_of(p + at, need));
		else
			link_read_record(l, p + at + LINK_RECORD_HEAD,
			    need - LINK_RECORD_HEAD);
		at += need;
	}
	return at;
}

/* What is buffered already. Handlers look into it, so it's dropped after. */
static void
link_read_buffered(struct link *l)
{
	size_t used = link_read_units(l, l->in.p, l->in.n);

	if (l->state == LINK_ENDED)
		return;
	buf_drop(&l->in, used);
	if (l->in.n == 0)
		buf_free(&l->in);
}

static void
link_read_end(struct link *l)
{
	if (l->state == LINK_LINGER)
		link_end(l, l->err, "%s", l->why);
	else if (l->state == LINK_SECOND)
		/* A relay that has another key can't even read what we said;
		 * it goes away without a word, as it does to any stranger. */
		link_end(l, ERR_PIN, "%s ended the handshake: its key is not "
		    "the pinned one, or it is no tacet relay",
		    shake_whom(l->shake));
	else if (l->state < LINK_OPEN)
		link_end(l, ERR_NET, "the other side left in the handshake");
	else if (l->in.n > 0)
		link_end(l, ERR_SHORT,
		    "the connection ended in the middle of a record");
	else
		link_end(l, 0, "the other side closed the connection");
}

static void
link_read_failed(struct link *l, int e)
{
	if (l->state == LINK_LINGER)
		link_end(l, l->err, "%s", l->why);
	else if (l->state == LINK_SECOND)
		link_end(l, ERR_NET, "%s dropped the connection: too many at "
		    "once, or it is being restarted", shake_whom(l->shake));
	else
		link_end(l, sock_err(e), "the connection broke: %s",
		    strerror(e));
}

/* How much to ask for: no more than a unit that has begun still lacks. */
static size_t
link_read_want(struct link *l)
{
	size_t need;

	if (l->state == LINK_LINGER ||
	    (l->state >= LINK_CONFIRM && l->in.n == 0))
		return LINK_SCRATCH;
	need = link_read_need(l, l->in.p, l->in.n);
	if (need > l->in.n)
		return need - l->in.n;
	return need == 0 ? 0 : LINK_SCRATCH;
}

/* n bytes at p, in the loop's scratch: behind what waits, or as they are. */
static void
link_read_bytes(struct link *l, uint8_t *p, size_t n)
{
	size_t used;

	l->count.bytes_in += n;
	if (l->in.n > 0 || l->state < LINK_CONFIRM) {
		buf_put(&l->in, p, n);
		link_read_buffered(l);
		return;
	}
	used = link_read_units(l, p, n);
	if (l->state < LINK_CLOSING && used < n)
		buf_put(&l->in, p + used, n - used);
}

void
link_read(struct link *l)
{
	uint8_t *p = loop_scratch(l->loop);
	size_t want;
	ssize_t n;

	if (!link_reads(l) || (want = link_read_want(l)) == 0)
		return;
	n = recv(l->fd, p, want, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0)
		link_read_failed(l, errno);
	else if (n == 0)
		link_read_end(l);
	else if (l->state != LINK_LINGER)
		link_read_bytes(l, p, (size_t)n);
}

void
link_read_rest(struct link *l)
{
	if (!link_reads(l))
		return;
	if (l->in.n > 0)
		link_read_buffered(l);
	if (l->state != LINK_ENDED)
		link_watch(l);
}
