/* SPDX-License-Identifier: ISC */
/*
 * Packets over a socket pair: whole ones come out however they were cut on the
 * way, lengths that can't be end it, output is bounded, pausing pauses, and
 * handlers may close what called them.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"
#include "tap.h"

#define MAX 1000
#define SOFT 300000

struct side {
	struct rig *rig;
	struct pipe *pipe;
	unsigned packets, drained, closed;
	struct buf seen;
	int err;
	bool close, pause;
};

static void
side_packet(void *arg, struct bytes b)
{
	struct side *s = arg;

	s->packets++;
	buf_bytes(&s->seen, b);
	if (s->pause)
		pipe_pause(s->pipe, true);
	if (s->close) {
		pipe_close(s->pipe);
		s->pipe = NULL;
	}
}

static void
side_drained(void *arg)
{
	((struct side *)arg)->drained++;
}

static void
side_closed(void *arg, int err)
{
	struct side *s = arg;

	s->closed++;
	s->err = err;
	s->pipe = NULL;
}

static const struct pipe_events events = {side_packet, side_drained,
    side_closed};

static int
open_side(struct rig *r, struct side *s)
{
	int fd[2];

	*s = (struct side){.rig = r};
	rig_pair(fd);
	s->pipe = pipe_over(r->loop, fd[0], MAX, SOFT, &events, s);
	return fd[1];
}

static void
end_side(struct rig *r, struct side *s, int fd)
{
	pipe_close(s->pipe);
	buf_free(&s->seen);
	if (fd >= 0)
		close(fd);
	rig_run(r);
}

static void
raw(int fd, const void *p, size_t n)
{
	if (write(fd, p, n) != (ssize_t)n)
		bail("the socket does not take it");
}

static void
cut_test(struct rig *r)
{
	static const uint8_t two[] = "\0\0\0\3abc\0\0\0\1x";
	struct side s;
	int fd = open_side(r, &s);

	for (size_t i = 0; i < sizeof(two) - 1; i++) {
		raw(fd, two + i, 1);
		rig_run(r);
		is_int(s.packets, i < 6 ? 0 : i < 11 ? 1 : 2, "byte %zu", i);
	}
	is_mem(s.seen.p, two, sizeof(two) - 1, "with their lengths");
	raw(fd, two, sizeof(two) - 1);
	raw(fd, two, 5);
	rig_run(r);
	is_int(s.packets, 4, "several at once");
	close(fd);
	rig_run(r);
	ok(s.closed == 1 && s.err == ERR_SHORT, "half a packet is no end");
	end_side(r, &s, -1);
	fd = open_side(r, &s);
	raw(fd, two, 7);
	close(fd);
	rig_run(r);
	ok(s.packets == 1 && s.closed == 1 && s.err == 0, "an end");
	end_side(r, &s, -1);
}

static void
length_test(struct rig *r)
{
	static const struct {
		const char *name;
		uint8_t head[4];
		int err;
	} row[] = {
		{"nothing", {0, 0, 0, 0}, ERR_FORMAT},
		{"one over the maximum", {0, 0, 3, 0xe9}, ERR_BIG},
		{"all that there is", {255, 255, 255, 255}, ERR_BIG},
	};
	struct side s;
	int fd;

	for (size_t i = 0; i < COUNT(row); i++) {
		fd = open_side(r, &s);
		raw(fd, "\0\0\0\1x", 5);
		raw(fd, row[i].head, 4);
		rig_run(r);
		ok(s.packets == 1 && s.closed == 1 && s.err == row[i].err,
		    "a length of %s ends it", row[i].name);
		end_side(r, &s, fd);
	}
}

/* What is held is bounded; who stops in time is told when to go on. */
static void
held_test(struct rig *r)
{
	uint8_t packet[4 + MAX] = {0, 0, MAX >> 8, MAX & 0xff}, in[8192];
	size_t total = 0, got = 0;
	struct side s;
	ssize_t n;
	int fd = open_side(r, &s);

	while (!pipe_full(s.pipe)) {
		pipe_put(s.pipe, bytes_of(packet, sizeof(packet)));
		total += sizeof(packet);
	}
	ok(pipe_held(s.pipe) > SOFT && s.drained == 0, "full");
	while (got < total) {
		rig_run(r);
		while ((n = read(fd, in, sizeof(in))) > 0)
			got += (size_t)n;
	}
	rig_run(r);
	ok(got == total && pipe_held(s.pipe) == 0, "all of it arrives");
	ok(s.drained == 1 && !pipe_full(s.pipe), "and that is told once");
	for (int i = 0; i < 2000 && s.closed == 0; i++) {
		pipe_put(s.pipe, bytes_of(packet, sizeof(packet)));
		rig_run(r);
	}
	ok(s.closed == 1 && s.err == ERR_QUOTA,
	    "who puts on and on, and nobody reads: the end");
	end_side(r, &s, fd);
}

static void
pause_test(struct rig *r)
{
	struct side s;
	int fd = open_side(r, &s);

	s.pause = true;
	raw(fd, "\0\0\0\1a\0\0\0\1b\0\0\0\1c", 15);
	rig_run(r);
	is_int(s.packets, 1, "paused inside a packet: no other follows");
	raw(fd, "\0\0\0\1d", 5);
	rig_run(r);
	is_int(s.packets, 1, "nor later");
	s.pause = false;
	pipe_pause(s.pipe, false);
	rig_run(r);
	is_int(s.packets, 4, "and then all of them");
	end_side(r, &s, fd);
}

static void
close_test(struct rig *r)
{
	struct side s;
	int fd = open_side(r, &s);
	char c;

	s.close = true;
	raw(fd, "\0\0\0\1a\0\0\0\1b", 10);
	rig_run(r);
	ok(s.packets == 1 && s.closed == 0, "closed inside its own packet");
	ok(read(fd, &c, 1) == 0 || errno == ECONNRESET, "for the other side");
	end_side(r, &s, fd);
	fd = open_side(r, &s);
	close(fd);
	for (int i = 0; i < 3; i++)
		if (s.pipe != NULL)
			pipe_put(s.pipe, bytes_of("\0\0\0\1a", 5));
	rig_run(r);
	ok(s.closed == 1, "the other side is gone: told once, and no signal");
	end_side(r, &s, -1);
}

int
main(void)
{
	struct rig r;

	rig_init(&r);
	cut_test(&r);
	length_test(&r);
	held_test(&r);
	pause_test(&r);
	close_test(&r);
	rig_free(&r);
	return done();
}
