/* SPDX-License-Identifier: ISC */
/*
 * What the media helper costs over the libraries it stands on: JPEG packed and
 * unpacked through segments, packets and sockets against libjpeg-turbo alone,
 * on the same pictures; and how fast a film of 640x360 is made. All in time of
 * the processor of who does the work, so that one core is meant.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <turbojpeg.h>

#include "bench.h"
#include "codec.h"
#include "reel.h"

#define SECONDS 20
#define SEGMENTS (SECONDS * 1000 / MEDIA_SEGMENT_MS)
#define RATE 30
#define QUALITY 75
#define PICTURES (SECONDS * RATE + 10)

struct bench {
	struct buf raw[SEGMENTS];       /* the first row */
	struct bytes jpeg[PICTURES];
	struct canvas frame[PICTURES];
	unsigned pictures;
	struct series encode, decode, publish;
};

/* Makes the film; returns the helper's time of the processor. */
static double
make(int film, struct buf raw[SEGMENTS])
{
	struct packet m = {.code = 0};
	struct reel r;
	double cpu;

	reel_open(&r, film, NULL);
	reel_make(&r, MEDIA_ROWS, QUALITY, 0);
	for (unsigned n = 0; n < SEGMENTS; n++) {
		reel_want(&r, n);
		do {
			if (reel_next(&r, &m) != 0 || m.code == PACKET_fail)
				bench_die("the film is not made");
			if (m.code == PACKET_made && m.made.row == 0 && raw)
				buf_bytes(&raw[n], m.made.segment);
		} while (m.code != PACKET_cut);
	}
	cpu = bench_cpu(r.pid);
	(void)reel_close(&r);
	return cpu;
}

static void
frames(struct bench *b)
{
	struct jpeg *j = jpeg_new();
	struct segment s;
	struct item i;
	uint16_t w, h;

	for (unsigned n = 0; n < SEGMENTS; n++) {
		if (segment_get(buf_view(&b->raw[n]), &s) != 0)
			bench_die("a segment can't be read");
		while (segment_next(&s, &i)) {
			if (i.kind != ITEM_PICTURE || b->pictures == PICTURES)
				continue;
			if (jpeg_size(i.data, &w, &h) != 0)
				bench_die("a picture can't be read");
			b->jpeg[b->pictures] = i.data;
			canvas_init(&b->frame[b->pictures], w, h);
			if (jpeg_get(j, i.data, w, h,
			    b->frame[b->pictures].plane[0]) != 0)
				bench_die("a picture can't be decoded");
			b->pictures++;
		}
	}
	jpeg_free(j);
}

static double
encode_bare(const struct bench *b)
{
	tjhandle tj = tjInitCompress();
	const struct canvas *c = &b->frame[0];
	unsigned long room = tjBufSize(c->width, c->height, TJSAMP_420), n;
	unsigned char *to = mem_alloc(room);
	double from = bench_cpu(0);

	for (unsigned i = 0; i < b->pictures; i++) {
		const unsigned char *plane[3];

		c = &b->frame[i];
		for (int k = 0; k < 3; k++)
			plane[k] = c->plane[k];
		n = room;
		if (tjCompressFromYUVPlanes(tj, plane, c->width, c->stride,
		    c->height, TJSAMP_420, &to, &n, QUALITY,
		    TJFLAG_NOREALLOC) != 0)
			bench_die("libjpeg-turbo does not pack");
	}
	from = bench_cpu(0) - from;
	(void)tjDestroy(tj);
	free(to);
	return from;
}

/* Somebody who takes all that comes. */
static pid_t
drain(int fd, int other)
{
	static uint8_t to[1 << 18];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)close(other);
	while (read(fd, to, sizeof(to)) > 0)
		continue;
	_exit(0);
}

/* As the cutter does it: packed, gathered, cut, sent. */
static double
encode_ours(const struct bench *b)
{
	struct jpeg *j = jpeg_new();
	struct gather *g = mem_alloc(sizeof(*g));
	struct gather *none = mem_alloc(sizeof(*none));
	struct packet m = {.code = PACKET_made};
	struct buf made = {0};
	struct port port;
	int pair[2];
	double from;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		bench_die("no sockets: %s", strerror(errno));
	pid = drain(pair[1], pair[0]);
	port_open(&port, pair[0], MEDIA_CLIENT, MEDIA_DECODE);
	from = bench_cpu(0);
	for (unsigned i = 0; i < b->pictures; i++) {
		if (jpeg_put(j, &b->frame[i], QUALITY, &g->bytes) != 0)
			bench_die("we do not pack");
		gather_add(g, (uint16_t)(i % 60));
		if (i % 60 != 59)
			continue;
		buf_clear(&made);
		(void)gather_write(&made, 0, i / 60, MEDIA_SEGMENT_MS, g, none,
		    MEDIA_SEGMENT_MAX);
		m.made.segment = buf_view(&made);
		port_put(&port, &m);
		if (port_flush(&port) != 0)
			bench_die("nobody takes it");
		gather_clear(g);
	}
	from = bench_cpu(0) - from;
	(void)close(pair[0]);
	(void)close(pair[1]);
	(void)waitpid(pid, NULL, 0);
	port_free(&port);
	buf_free(&made);
	gather_free(g);
	free(g);
	free(none);
	jpeg_free(j);
	return from;
}

static double
decode_bare(const struct bench *b)
{
	tjhandle tj = tjInitDecompress();
	const struct canvas *c = &b->frame[0];
	size_t luma = (size_t)c->width * c->height;
	unsigned char *to = mem_alloc(luma * 3 / 2);
	unsigned char *plane[3] = {to, to + luma, to + luma * 5 / 4};
	int stride[3] = {c->stride[0], c->stride[1], c->stride[2]};
	double from = bench_cpu(0);

	for (unsigned i = 0; i < b->pictures; i++)
		if (tjDecompressToYUVPlanes(tj, b->jpeg[i].p, b->jpeg[i].n,
		    plane, c->width, stride, c->height,
		    0) != 0)
			bench_die("libjpeg-turbo does not unpack");
	from = bench_cpu(0) - from;
	(void)tjDestroy(tj);
	free(to);
	return from;
}

/* The helper's time for the pictures of one segment of the film without its
 * sound, which libjpeg-turbo does not decode either. */
static double
decode_ours(const struct bench *b)
{
	struct packet m = {.code = PACKET_over};
	struct segment s = {.row = 0};
	struct buf raw = {0};
	struct reel r;
	double from, cpu;
	bool shown;

	reel_open(&r, -1, NULL);
	m.over.gen = 1;
	reel_put(&r, &(struct packet){.code = PACKET_flush,
	    .flush = {.gen = 1}});
	while (bench_cpu(r.pid) < 0.005)
		(void)usleep(1000);     /* its libraries are there */
	(void)usleep(100000);
	from = bench_cpu(r.pid);
	for (unsigned i = 0; i < b->pictures; s.number++) {
		buf_clear(&raw);
		segment_begin(&raw, 0, s.number, s.number * MEDIA_SEGMENT_MS,
		    MEDIA_SEGMENT_MS);
		for (unsigned k = 0; k < 60 && i < b->pictures; k++, i++)
			segment_item(&raw, &(struct item){ITEM_PICTURE,
			    (uint16_t)(k * 33), b->jpeg[i]});
		segment_pad(&raw);
		reel_play(&r, 1, &s, buf_view(&raw));
		do {
			if (reel_any(&r, &m, &shown) != 0 ||
			    m.code == PACKET_broken)
				bench_die("the film is not played");
		} while (m.code != PACKET_used);
	}
	cpu = bench_cpu(r.pid) - from;
	(void)reel_close(&r);
	buf_free(&raw);
	return cpu;
}

int
main(void)
{
	struct bench *b = mem_alloc(sizeof(*b));
	int film = reel_film(SECONDS, "640x360", "30", "-c:v libx264 "
	    "-preset veryfast -g 60 -c:a aac -b:a 128k", "mp4");

	(void)signal(SIGPIPE, SIG_IGN);
	if (film < 0) {
		row_skip("media", "there is no ffmpeg");
		return 0;
	}
	(void)make(film, b->raw);
	frames(b);
	for (unsigned i = 0; i < bench_rounds(); i++) {
		series_put(&b->encode, encode_bare(b) / encode_ours(b));
		series_put(&b->decode, decode_bare(b) / decode_ours(b));
		series_put(&b->publish, SECONDS / make(film, NULL));
	}
	row_bar("media: JPEG packed through our pipe", "of bare", &b->encode,
	    true, 0.85);
	row_bar("media: JPEG unpacked through our pipe", "of bare", &b->decode,
	    true, 0.85);
	row_bar("media: a film of 640x360 made", "x real time", &b->publish,
	    true, 8);
	return 0;
}
