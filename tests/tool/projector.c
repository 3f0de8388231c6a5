/* SPDX-License-Identifier: ISC */
/*
 * The role `decode' of the media helper as far as publishing needs it, with
 * the films of strip.h in place of pictures. WHAT of the film's text:
 *
 *	crash-N	dies of a signal when segment N is wanted; with
 *		$TACET_STRIP_ONCE only if it could make that file
 *	lie-N	says segment N + 1 in place of N
 *	hurt-N	says that segment N can't be read, and goes on
 *	fail-N	can't go on at segment N
 *	slow-N	takes N ms for each
 *	not	it is no film
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "strip.h"

static void
say(const struct packet *m)
{
	struct buf b = {0};
	size_t at = 0;
	ssize_t n;

	packet_put(&b, m);
	while (at < b.n) {
		n = write(MEDIA_FD_CLIENT, b.p + at, b.n - at);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			exit(0);        /* nobody listens any more */
		if (n > 0)
			at += (size_t)n;
		else
			(void)poll(&(struct pollfd){MEDIA_FD_CLIENT, POLLOUT,
			    0}, 1, -1);
	}
	buf_free(&b);
}

static bool
is(const struct strip *r, const char *what, unsigned *n)
{
	size_t len = strlen(what);

	if (strncmp(r->what, what, len) != 0)
		return false;
	*n = (unsigned)strtoul(r->what + len, NULL, 10);
	return true;
}

static void
fail(enum media_fail why)
{
	struct packet m = {.code = PACKET_fail};

	m.fail.why = (uint8_t)why;
	m.fail.text = bytes_of("it says so", 10);
	say(&m);
}

static void
make(struct strip *r)
{
	static const uint8_t jpeg[] = {0xff, 0xd8, 0xff, 0xd9};
	char text[256] = "";
	struct packet m = {.code = PACKET_source};
	unsigned n;
	uint8_t i;

	if (pread(MEDIA_FD_SOURCE, text, sizeof(text) - 1, 0) < 0 ||
	    !strip_read(text, r) || is(r, "not", &n)) {
		fail(MEDIA_FAIL_OPEN);
		return;
	}
	m.source.length = strip_length(r);
	m.source.width = 640;
	m.source.height = 480;
	m.source.rate = 25000;
	m.source.rows = (uint8_t)r->rows;
	m.source.codecs = bytes_of("reel", 4);
	say(&m);
	m = (struct packet){.code = PACKET_row};
	for (i = 0; i < r->rows; i++) {
		m.row.row = i;
		m.row.width = (uint16_t)(640 >> i);
		m.row.height = (uint16_t)(480 >> i);
		m.row.rate = (r->bytes >> i) / 2;
		say(&m);
	}
	m = (struct packet){.code = PACKET_poster};
	m.poster.jpeg = bytes_of(jpeg, sizeof(jpeg));
	say(&m);
}

static void
crash(void)
{
	const char *once = getenv("TACET_STRIP_ONCE");

	if (once == NULL || open(once, O_WRONLY | O_CREAT | O_EXCL, 0600) >= 0)
		(void)raise(SIGKILL);
}

static void
want(const struct strip *r, uint32_t number)
{
	struct packet m = {.code = PACKET_made};
	struct buf b = {0};
	unsigned n;
	uint8_t i;

	if (is(r, "crash-", &n) && n == number)
		crash();
	if (is(r, "fail-", &n) && n == number) {
		fail(MEDIA_FAIL_BROKEN);
		return;
	}
	if (is(r, "hurt-", &n) && n == number) {
		struct packet hurt = {.code = PACKET_broken};

		hurt.broken.time = number * MEDIA_SEGMENT_MS;
		hurt.broken.why = MEDIA_FAIL_PICTURE;
		say(&hurt);
	}
	if (is(r, "slow-", &n))
		(void)usleep(n * 1000);
	if (number >= r->segments)
		return;
	for (i = 0; i < r->rows; i++) {
		strip_segment(r, i, is(r, "lie-", &n) && n == number ?
		    number - 1 : number, &b);
		m.made.row = i;
		m.made.number = number;
		m.made.segment = buf_view(&b);
		say(&m);
	}
	buf_free(&b);
	m = (struct packet){.code = PACKET_cut};
	m.cut.number = number;
	m.cut.last = number + 1 == r->segments;
	say(&m);
}

int
main(int argc, char **argv)
{
	struct buf in = {0};
	struct strip r = {.rows = 0};
	struct packet m;
	uint8_t part[4096];
	ssize_t n;
	size_t used;

	if (argc != 2 || strcmp(argv[1], "decode") != 0)
		return 2;
	for (;;) {
		while (packet_get(buf_view(&in), MEDIA_CLIENT, MEDIA_DECODE,
		    &m, &used) == 0) {
			if (m.code == PACKET_make)
				make(&r);
			else if (m.code == PACKET_want && r.rows > 0)
				want(&r, m.want.number);
			buf_drop(&in, used);
		}
		(void)poll(&(struct pollfd){MEDIA_FD_CLIENT, POLLIN, 0}, 1,
		    -1);
		n = read(MEDIA_FD_CLIENT, part, sizeof(part));
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return 0;
		if (n > 0)
			buf_put(&in, part, (size_t)n);
	}
}
