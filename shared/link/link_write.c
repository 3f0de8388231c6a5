/* SPDX-License-Identifier: ISC */
/*
 * What goes out. Frames wait in `held` under their turn until the program says
 * that the turn is kept; then they are sealed, many to a record, and written as
 * far as the socket takes them. Memory is bounded by cutting who doesn't read.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#define LINK_INSIDE
#include "link.h"

#define LINK_FRAME_ROOM 512

size_t
link_held(const struct link *l)
{
	return l->held.n + l->out.n - l->out_at;
}

bool
link_full(const struct link *l)
{
	return link_held(l) >= l->limits.held_soft && defence(pace);
}

static void
link_write_bound(struct link *l)
{
	if (link_held(l) > l->limits.held_hard && defence(held))
		link_end(l, ERR_QUOTA, "the other side does not read: "
		    "%zu bytes were waiting for it", link_held(l));
}

/* Marks live in the link itself until a slow store makes them many. */
static void
link_write_marks(struct link *l)
{
	struct link_mark *far = l->marks_cap > LINK_NEAR ? l->mark : NULL;
	size_t cap = l->marks_cap ? 2 * l->marks_cap : LINK_NEAR;

	if (cap == LINK_NEAR) {
		l->mark = l->near;
	} else {
		l->mark = mem_grow(far, cap, sizeof(*l->mark));
		if (!far)
			memcpy(l->mark, l->near, sizeof(l->near));
	}
	l->marks_cap = cap;
}

void
link_write_forget(struct link *l)
{
	if (l->marks_cap > LINK_NEAR)
		free(l->mark);
	l->mark = NULL;
	l->marks = l->marks_cap = 0;
}

static void
link_write_mark(struct link *l, uint64_t turn)
{
	if (l->marks == 0 || l->mark[l->marks - 1].turn != turn) {
		if (l->marks == l->marks_cap)
			link_write_marks(l);
		l->mark[l->marks++].turn = turn;
	}
	l->mark[l->marks - 1].end = l->held.n;
}

/* A first message mostly fits: it is allocated once, and not bit by bit. */
static void
link_write_begin(struct link *l)
{
	if (l->held.p == NULL && buf_room(&l->held, LINK_FRAME_ROOM) != NULL)
		l->held.n = 0;
}

int
link_put(struct link *l, uint64_t turn, const struct msg *m)
{
	int err;

	if (l->state >= LINK_CLOSING)
		return ERR_STATE;
	err = msg_gate(m->code, l->initiator ? FROM_CLIENT : FROM_RELAY,
	    STATE_KNOWN);
	if (err != 0)
		return err;
	link_write_begin(l);
	err = msg_put(&l->held, m);
	if (err != 0 && l->held.n == 0)
		buf_free(&l->held);
	if (err != 0)
		return err;
	link_write_mark(l, turn);
	link_write_bound(l);
	return l->state == LINK_ENDED ? ERR_STATE : 0;
}

static size_t
link_write_size(const struct link *l, struct bytes plain)
{
	return LINK_RECORD_HEAD + plain.n + noise_tag(l->send.cipher);
}

/* One record, at p. */
static void
link_write_seal(struct link *l, struct bytes plain, uint8_t *p)
{
	size_t n = plain.n + noise_tag(l->send.cipher);
	int err;

	assert(p != NULL && n <= NOISE_MSG_MAX);
	p[0] = (uint8_t)(n >> 8);
	p[1] = (uint8_t)n;
	err = noise_seal(&l->send, bytes_of(NULL, 0), plain,
	    p + LINK_RECORD_HEAD);
	if (err != 0) /* 2^64 records: never */
		link_end(l, err, "the record could not be sealed");
	else
		l->count.records_out++;
}

/* One record behind `out`. */
static void
link_write_record(struct link *l, struct bytes plain)
{
	link_write_seal(l, plain, buf_room(&l->out, link_write_size(l, plain)));
}

/* As many whole frames of ours as one record takes; they are well formed. */
static size_t
link_write_pack(struct link *l, struct bytes frames)
{
	size_t max = NOISE_MSG_MAX - noise_tag(l->send.cipher), at = 0, n;

	while (at < frames.n) {
		n = WIRE_HEAD + ((size_t)frames.p[at + 2] << 8 |
		    frames.p[at + 3]);
		if (at + n > max)
			break;
		at += n;
		l->count.frames_out++;
	}
	assert(at > 0 && at <= frames.n);
	return at;
}

static void
link_write_drop(struct link *l, size_t gone, size_t end)
{
	size_t i;

	buf_drop(&l->held, end);
	l->marks -= gone;
	for (i = 0; i < l->marks; i++) {
		l->mark[i] = l->mark[i + gone];
		l->mark[i].end -= end;
	}
	if (l->held.n == 0)
		buf_free(&l->held);
	if (l->marks == 0)
		link_write_forget(l);
}

/* A record with nothing before it mostly leaves as a whole: it is sealed where
 * the loop has room, and only what the socket didn't take waits in `out`. What
 * went wrong shows when that is written. */
static void
link_write_through(struct link *l, struct bytes plain)
{
	uint8_t *p = loop_record(l->loop);
	size_t n = link_write_size(l, plain);
	ssize_t sent;

	link_write_seal(l, plain, p);
	if (l->state == LINK_ENDED)
		return;
	sent = send(l->fd, p, n, MSG_NOSIGNAL);
	if (sent < 0)
		sent = 0;
	l->count.bytes_out += (uint64_t)sent;
	if ((size_t)sent < n)
		buf_put(&l->out, p + sent, n - (size_t)sent);
}

/* Seals the frames of every turn that is kept, and writes. */
void
link_write_said(struct link *l)
{
	size_t gone = 0, end = 0, at = 0, n;

	while (gone < l->marks && l->mark[gone].turn <= l->kept)
		end = l->mark[gone++].end;
	while (at < end && l->state != LINK_ENDED) {
		n = link_write_pack(l, bytes_of(l->held.p + at, end - at));
		if (l->out.n == 0 && !l->mute)
			link_write_through(l, bytes_of(l->held.p + at, n));
		else
			link_write_record(l, bytes_of(l->held.p + at, n));
		at += n;
	}
	if (l->state == LINK_ENDED)
		return;
	if (gone > 0)
		link_write_drop(l, gone, end);
	link_write(l);
}

void
link_say(struct link *l, uint64_t kept)
{
	if (kept > l->kept)
		l->kept = kept;
	if (l->state == LINK_OPEN || l->state == LINK_CLOSING)
		link_write_said(l);
}

/*
 * Nobody listens any more. What they said before is still to be read, and its
 * end tells us; only if we don't read, this is the end.
 */
static void
link_write_failed(struct link *l, int e)
{
	buf_free(&l->out);
	l->out_at = 0;
	l->mute = true;
	if (l->paused || l->state == LINK_CLOSING)
		link_end(l, sock_err(e), "the connection broke: %s",
		    strerror(e));
	else
		link_watch(l);
}

void
link_write(struct link *l)
{
	ssize_t n;

	while (l->out_at < l->out.n && !l->mute) {
		n = send(l->fd, l->out.p + l->out_at, l->out.n - l->out_at,
		    MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) {
			link_write_failed(l, errno);
			return;
		}
		if (n < 0) {
			if (l->out_at > l->out.n / 2) {
				buf_drop(&l->out, l->out_at);
				l->out_at = 0;
			}
			link_watch(l);
			return;
		}
		l->count.bytes_out += (uint64_t)n;
		l->out_at += (size_t)n;
	}
	buf_free(&l->out);
	l->out_at = 0;
	link_watch(l);
	link_drained(l);
}

void
link_write_msg(struct link *l, const struct msg *m)
{
	struct buf b = {0};
	int err = msg_put(&b, m);

	assert(err == 0);
	l->count.frames_out++;
	link_write_record(l, buf_view(&b));
	buf_free(&b);
	if (l->state == LINK_ENDED)
		return;
	link_write_bound(l);
	if (l->state != LINK_ENDED)
		link_write(l);
}

void
link_write_nothing(struct link *l)
{
	link_write_record(l, bytes_of(NULL, 0));
	if (l->state != LINK_ENDED)
		link_write(l);
}
