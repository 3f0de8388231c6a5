/* SPDX-License-Identifier: ISC */
/*
 * Plays the media helper without any picture: `actor decode|show`. What a
 * segment holds goes on as it is, at its time, so that a test can read back
 * which pictures came when. $TACET_ACTOR tells how it misbehaves:
 *
 *	ROLE:WHAT[:AFTER]   WHAT after so many packets heard (0: at once)
 *	WHAT is crash, hang, exit, flood, garbage, big, wrong, bomb, jail
 *
 * With $TACET_ACTOR_ONCE it does so only if it could make that file.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "media.h"

#define PICTURES 4096           /* waiting at once */
#define AHEAD_MS 1000           /* decoded at most so far ahead */
#define AT_MS 100

struct frame {
	uint32_t time;
	uint8_t data[16];
	size_t n;
};
struct actor {
	enum media_end me;
	struct buf in[2];               /* from the client, from the peer */
	bool gone[2];
	unsigned heard;
	/* show */
	struct packet_sink sink;
	uint32_t gen, from, at, shown;
	bool started, paused, done, drawn;
	int64_t begun, said;            /* when `at' was `from' */
	struct frame frame[PICTURES];
	size_t frames;
	/* decode */
	uint32_t want;
};

static int64_t
now_ms(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
		abort();
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
put_raw(int fd, const void *p, size_t n)
{
	const uint8_t *at = p;
	ssize_t r;

	while (n > 0) {
		r = send(fd, at, n, MSG_NOSIGNAL);
		if (r <= 0)
			_exit(0);
		at += r;
		n -= (size_t)r;
	}
}

static void
put(int fd, const struct packet *m)
{
	struct buf b = {0};

	packet_put(&b, m);
	put_raw(fd, b.p, b.n);
	buf_free(&b);
}

/* ---- misbehaving ---- */

static _Noreturn void
bomb(void)
{
	for (;;) {
		/* volatile: clang leaves out memory that nobody reads */
		volatile uint8_t *p = malloc(64u << 20);

		if (p == NULL)
			abort();
		for (size_t i = 0; i < 1u << 20; i += 4096)
			p[i] = 1;
	}
}

static void
misbehave(const char *what)
{
	static const uint8_t garbage[] = "\0\0\0\5garbage, much of it";
	struct packet at = {.code = PACKET_at}, key = {.code = PACKET_start};
	uint8_t zero[65536] = {0};

	if (strcmp(what, "crash") == 0 &&
	    signal(SIGSEGV, SIG_DFL) != SIG_ERR)        /* no sanitizer's */
		(void)raise(SIGSEGV);
	if (strcmp(what, "jail") == 0)
		(void)raise(SIGSYS);
	if (strcmp(what, "exit") == 0)
		_exit(3);
	if (strcmp(what, "bomb") == 0)
		bomb();
	if (strcmp(what, "garbage") == 0)
		put_raw(MEDIA_FD_CLIENT, garbage, sizeof(garbage));
	if (strcmp(what, "wrong") == 0)
		put(MEDIA_FD_CLIENT, &key);
	if (strcmp(what, "big") == 0)
		put_raw(MEDIA_FD_CLIENT, "\377\377\377\377", 4);
	while (strcmp(what, "flood") == 0)
		put(MEDIA_FD_CLIENT, &at);
	while (strcmp(what, "huge") == 0)
		put_raw(MEDIA_FD_CLIENT, zero, sizeof(zero));
	for (;;)                        /* and hang */
		(void)pause();
}

static void
maybe(struct actor *a)
{
	const char *plan = getenv("TACET_ACTOR"), *once;
	const char *role = a->me == MEDIA_DECODE ? "decode:" : "show:";
	char what[16] = "";
	unsigned after = 0;

	if (plan == NULL || strncmp(plan, role, strlen(role)) != 0 ||
	    sscanf(plan + strlen(role), "%15[a-z]:%u", what, &after) < 1 ||
	    a->heard < after)
		return;
	once = getenv("TACET_ACTOR_ONCE");
	if (once != NULL) {
		int fd = open(once, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
		    0600);

		if (fd < 0)
			return;
		close(fd);
	}
	misbehave(what);
}

/* ---- decode ---- */

static void
decode_play(struct actor *a, const struct packet_play *p)
{
	struct packet used = {.code = PACKET_used,
	    .used = {p->gen, p->number}};
	struct segment s;
	struct item it;

	if (p->gen > a->gen) {          /* as of a poster: it began with this */
		a->gen = p->gen;
		a->from = 0;
	}
	if (p->gen != a->gen || segment_get(p->segment, &s) != 0)
		return;
	while (segment_next(&s, &it)) {
		struct packet m = {.code = PACKET_picture, .picture = {
		    .gen = p->gen, .time = s.start + it.at, .width = 16,
		    .height = 16, .planes = it.data}};

		if (it.kind == ITEM_PICTURE && m.picture.time >= a->from)
			put(MEDIA_FD_PEER, &m);
	}
	put(MEDIA_FD_CLIENT, &used);
}

static void
decode_heard(struct actor *a, const struct packet *m)
{
	struct packet done = {.code = PACKET_done};

	switch (m->code) {
	case PACKET_flush:
		a->gen = m->flush.gen;
		a->from = m->flush.from;
		break;
	case PACKET_play:
		decode_play(a, &m->play);
		break;
	case PACKET_over:
		done.done.gen = m->over.gen;
		put(MEDIA_FD_PEER, &done);
		break;
	default:
		break;
	}
}

/* ---- show ---- */

static void
show_say(struct actor *a)
{
	struct packet m = {.code = PACKET_at, .at = {.gen = a->gen,
	    .time = a->at, .shown = a->shown}};

	m.at.state = a->paused ? MEDIA_PAUSED : a->frames > 0 ? MEDIA_RUNS :
	    a->done ? MEDIA_ENDED : MEDIA_WAITS;
	a->said = now_ms();
	put(MEDIA_FD_CLIENT, &m);
}

/* The picture's bytes stand in every cell, as far as they go. */
static void
show_cells(struct actor *a, const struct frame *f)
{
	size_t n = (size_t)a->sink.columns * a->sink.rows * MEDIA_CELL;
	struct packet m = {.code = PACKET_cells, .cells = {.gen = a->gen,
	    .time = f->time, .columns = a->sink.columns,
	    .rows = a->sink.rows}};
	struct buf b = {0};

	if (a->sink.kind != SINK_cells || n == 0 || !a->drawn)
		return;
	a->drawn = false;
	for (size_t i = 0; i < n; i++)
		buf_u8(&b, f->n > 0 ? f->data[i % f->n] : 0);
	m.cells.cells = buf_view(&b);
	put(MEDIA_FD_CLIENT, &m);
	buf_free(&b);
}

static void
show_heard(struct actor *a, const struct packet *m)
{
	struct packet shows = {.code = PACKET_shows, .shows = {
	    .kind = m->sink.kind, .sound = 1}};

	switch (m->code) {
	case PACKET_sink:
		a->sink = m->sink;
		a->drawn = true;
		put(MEDIA_FD_CLIENT, &shows);
		break;
	case PACKET_start:
		a->gen = m->start.gen;
		a->at = a->from = m->start.from;
		a->paused = m->start.paused;
		a->started = true;
		a->done = false;
		a->frames = 0;
		a->begun = now_ms() - a->from;
		show_say(a);
		break;
	case PACKET_pause:
		a->paused = m->pause.on;
		a->begun = now_ms() - a->at;
		show_say(a);
		break;
	case PACKET_drawn:
		a->drawn = true;
		break;
	default:
		break;
	}
}

static void
show_peer(struct actor *a, const struct packet *m)
{
	struct frame *f = &a->frame[a->frames];

	if (m->code == PACKET_done && m->done.gen == a->gen)
		a->done = true;
	if (m->code != PACKET_picture || m->picture.gen != a->gen ||
	    a->frames == PICTURES)
		return;
	f->time = m->picture.time;
	f->n = m->picture.planes.n < 16 ? m->picture.planes.n : 16;
	memcpy(f->data, m->picture.planes.p, f->n);
	/* the first shows while one waits, and time goes on from there */
	if (a->frames++ == 0 && a->shown == 0)
		show_cells(a, f);
	if (a->frames == 1 && !a->paused)
		a->begun = now_ms() - a->at;
}

static void
show_turn(struct actor *a)
{
	int64_t now = now_ms();

	if (!a->started)
		return;
	if (!a->paused && a->frames > 0 && now - a->begun > a->at)
		a->at = (uint32_t)(now - a->begun);
	while (!a->paused && a->frames > 0 && a->frame[0].time <= a->at) {
		show_cells(a, &a->frame[0]);
		a->shown++;
		a->frames--;
		memmove(a->frame, a->frame + 1,
		    a->frames * sizeof(*a->frame));
	}
	if (now - a->said >= AT_MS)
		show_say(a);
}

/* ---- both ---- */

static void
heard(struct actor *a, int from)
{
	enum media_end who = from == 0 ? MEDIA_CLIENT : MEDIA_DECODE;
	struct packet m;
	size_t used;

	while (packet_get(buf_view(&a->in[from]), who, a->me, &m, &used) == 0) {
		a->heard++;
		maybe(a);
		if (a->me == MEDIA_DECODE)
			decode_heard(a, &m);
		else if (from == 0)
			show_heard(a, &m);
		else
			show_peer(a, &m);
		buf_drop(&a->in[from], used);
	}
}

static void
hear(struct actor *a, int from)
{
	static uint8_t piece[65536];
	ssize_t n = recv(from == 0 ? MEDIA_FD_CLIENT : MEDIA_FD_PEER, piece,
	    sizeof(piece), MSG_DONTWAIT);

	if (n > 0) {
		buf_put(&a->in[from], piece, (size_t)n);
		heard(a, from);
	} else if (n == 0 && from == 0) {
		_exit(0);
	} else if (n == 0) {
		a->gone[from] = true;
	}
}

int
main(int argc, char **argv)
{
	static struct actor a;
	struct pollfd pf[2];

	if (argc != 2)
		return 2;
	a.me = strcmp(argv[1], "decode") == 0 ? MEDIA_DECODE : MEDIA_SHOW;
	maybe(&a);
	for (;;) {
		/* who can't show more does not read: the decoder waits */
		bool peer = !a.gone[1] && (a.frames == 0 ||
		    a.frame[a.frames - 1].time < a.at + AHEAD_MS);

		pf[0] = (struct pollfd){.fd = MEDIA_FD_CLIENT,
		    .events = POLLIN};
		pf[1] = (struct pollfd){.fd = peer ? MEDIA_FD_PEER : -1,
		    .events = POLLIN};
		if (poll(pf, 2, a.started ? 5 : -1) < 0)
			return 1;
		for (int i = 0; i < 2; i++)
			if (pf[i].revents != 0)
				hear(&a, i);
		show_turn(&a);
	}
}
