/* SPDX-License-Identifier: ISC */
/*
 * Blobs that are read: by 1 and by 16 readers as fast as they can, beside nginx
 * that serves the same file over TLS; and films of 640x480 at 30 pictures a
 * second by readers who keep the film's own time, as the client fetches them,
 * beside ustreamer that sends the same pictures without encryption. What counts
 * is the server's CPU.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clips.h"
#include "codec.h"
#include "crowd.h"

#define FILE_SIZE (64u << 20)
#define ASKS 8                  /* ranges on their way, as the client has it */
#define MANY 16
#define VIEWERS 96
#define RATE 30
#define QUALITY 75
#define OPUS_BYTES 160          /* 64 kbit/s */
#define SEALED 64               /* nonce and tag of a piece */
#define PART_HEAD 110           /* of a picture in ustreamer's stream */

struct reader {
	uint64_t asked, from;   /* parts; of all that it ever asked for */
	uint64_t at;            /* the next byte */
	double next;            /* when its next piece begins */
	unsigned left;          /* bytes of this one */
};
struct bench {
	struct server server;
	struct crowd crowd;
	struct reader reader[VIEWERS];
	uint8_t read[KEY_SIZE];
	unsigned piece;         /* bytes of two seconds of the film */
	unsigned picture;       /* bytes of one */
	uint32_t req;
	struct series one, many, one_nginx, many_nginx, rate, viewer, viewers,
	    ustreamer, more;
};

static uint32_t
next_random(uint32_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 17;
	return *s ^= *s << 5;
}

/* The file, for us and for nginx. */
static uint8_t *
file_make(void)
{
	uint8_t *p = mem_alloc(FILE_SIZE);
	uint32_t seed = 1, v;

	for (size_t i = 0; i < FILE_SIZE; i += sizeof(v)) {
		v = next_random(&seed);
		memcpy(p + i, &v, sizeof(v));
	}
	return p;
}

static void
file_put(const char *name, struct bytes b)
{
	char *path = peer_file(name);
	FILE *f = path ? fopen(path, "we") : NULL;

	if (path && (!f || fwrite(b.p, 1, b.n, f) != b.n))
		bench_die("%s: %s", path, strerror(errno));
	if (f && fclose(f) != 0)
		bench_die("%s: %s", path, strerror(errno));
	free(path);
}

static void
upload(struct bench *b, struct bytes file)
{
	struct bytes cap = bytes_of(b->read, sizeof(b->read));
	struct msg m = {.code = MSG_blob_put};
	uint64_t done = b->crowd.done, sent = 0;

	m.blob_put.req = 1;
	m.blob_put.size = file.n;
	hash_label("blob", &cap, 1, m.blob_put.id);
	crowd_send(&b->crowd, 0, &m);
	crowd_until(&b->crowd, &b->crowd.done, ++done);
	m.code = MSG_blob_data;
	hash_label("blob", &cap, 1, m.blob_data.id);
	for (size_t at = 0; at < file.n; at += WIRE_BLOB_PART) {
		m.blob_data.req = 1;
		m.blob_data.offset = at;
		m.blob_data.data = bytes_of(file.p + at, file.n - at <
		    WIRE_BLOB_PART ? file.n - at : WIRE_BLOB_PART);
		crowd_send(&b->crowd, 0, &m);
		if (++sent % 16 == 0)
			crowd_until(&b->crowd, &b->crowd.done, done + sent);
	}
	crowd_until(&b->crowd, &b->crowd.done, done + sent);
}

/* One picture of the clip, and how large two seconds of such are. */
static void
film_size(struct bench *b)
{
	static const uint8_t sound[OPUS_BYTES];
	struct jpeg *j = jpeg_new();
	struct buf picture = {0}, piece = {0};
	struct canvas c;

	canvas_init(&c, 640, 480);
	clip_draw(c.plane[0], 640, 480, 0);
	if (jpeg_put(j, &c, QUALITY, &picture) != 0)
		bench_die("no picture");
	segment_begin(&piece, 0, 0, 0, MEDIA_SEGMENT_MS);
	for (unsigned ms = 0, n = 0; ms < MEDIA_SEGMENT_MS; ms += 20) {
		if (ms >= n * 1000 / RATE) {
			segment_item(&piece, &(struct item){ITEM_PICTURE,
			    (uint16_t)ms, buf_view(&picture)});
			n++;
		}
		segment_item(&piece, &(struct item){ITEM_SOUND, (uint16_t)ms,
		    bytes_of(sound, sizeof(sound))});
	}
	segment_pad(&piece);
	b->piece = (unsigned)piece.n + SEALED;
	b->picture = (unsigned)picture.n;
	file_put("frame.jpg", buf_view(&picture));
	buf_free(&piece);
	buf_free(&picture);
	canvas_free(&c);
	jpeg_free(j);
}

/* ---- reading ---- */

static void
ask(struct bench *b, unsigned i, unsigned n)
{
	struct reader *r = &b->reader[i];
	struct msg m = {.code = MSG_blob_get};

	if (r->at + n > FILE_SIZE)
		r->at = 0;
	memcpy(m.blob_get.read, b->read, KEY_SIZE);
	m.blob_get.req = ++b->req;
	m.blob_get.offset = r->at;
	m.blob_get.length = n;
	crowd_send(&b->crowd, i, &m);
	r->at += n;
	r->asked++;
}

static unsigned
waits(const struct bench *b, unsigned i)
{
	return (unsigned)(b->reader[i].asked - b->crowd.m[i].parts);
}

static void
drain(struct bench *b, unsigned n)
{
	double end = bench_now() + 20;

	for (unsigned i = 0; i < n; i++)
		while (waits(b, i) > 0) {
			crowd_hear(&b->crowd, 100);
			if (bench_now() > end)
				bench_die("parts are missing");
		}
}

/* Seconds of the server's CPU for a GB. */
static double
as_fast(struct bench *b, unsigned n, struct series *rate)
{
	uint64_t from = b->crowd.bytes;
	double cpu = bench_cpu(b->server.pid), t = bench_now(), gb;

	do {
		for (unsigned i = 0; i < n; i++)
			while (waits(b, i) < ASKS)
				ask(b, i, WIRE_BLOB_PART);
		crowd_hear(&b->crowd, 1000);
	} while (bench_now() - t < 3 * bench_secs());
	drain(b, n);
	gb = (double)(b->crowd.bytes - from) / 1e9;
	if (rate)
		series_put(rate, gb / (bench_now() - t) * 1e3);
	return (bench_cpu(b->server.pid) - cpu) / gb;
}

static void
view(struct bench *b, unsigned i, double now)
{
	struct reader *r = &b->reader[i];
	unsigned n;

	if (r->left == 0 && now >= r->next) {
		r->left = b->piece;
		r->next += MEDIA_SEGMENT_MS / 1e3;
	}
	while (r->left > 0 && waits(b, i) < ASKS) {
		n = r->left < WIRE_BLOB_PART ? r->left : WIRE_BLOB_PART;
		ask(b, i, n);
		r->left -= n;
	}
}

/* Of the server's CPU for a second of one viewer, in seconds. */
static double
in_time(struct bench *b)
{
	double t = bench_now(), cpu, secs = 4 * bench_secs(), from;
	uint64_t bytes;

	if (secs < MEDIA_SEGMENT_MS / 1e3)
		secs = MEDIA_SEGMENT_MS / 1e3;
	for (unsigned i = 0; i < VIEWERS; i++) {
		b->reader[i].left = 0;
		b->reader[i].next = t + i * (MEDIA_SEGMENT_MS / 1e3) /
		    VIEWERS;
	}
	cpu = bench_cpu(b->server.pid);
	bytes = b->crowd.bytes;
	from = t;
	while (t - from < secs) {
		for (unsigned i = 0; i < VIEWERS; i++)
			view(b, i, t);
		crowd_hear(&b->crowd, 5);
		t = bench_now();
	}
	drain(b, VIEWERS);
	cpu = bench_cpu(b->server.pid) - cpu;
	/* what was delivered counts, not what was meant to be */
	secs = (double)(b->crowd.bytes - bytes) / b->piece *
	    (MEDIA_SEGMENT_MS / 1e3);
	return cpu / secs;
}

static void
beside_nginx(struct bench *b, unsigned n, struct series *ours,
    struct series *ratio, struct series *rate)
{
	double our = as_fast(b, n, rate),
	    their = peer_measure("nginx-tls", "blob", n, 0);

	series_put(ours, our);
	if (their > 0)
		series_put(ratio, their / our);
}

static void
beside_ustreamer(struct bench *b)
{
	double our = in_time(b), their = peer_measure("ustreamer", "film",
	    VIEWERS, b->picture + PART_HEAD) * RATE / 1e6;

	series_put(&b->viewer, our * 1e6);
	series_put(&b->viewers, 1 / our);
	if (their > 0) {
		series_put(&b->ustreamer, 1 / their);
		series_put(&b->more, their / our);
	}
}

static void
row_or_skip(const char *what, const char *unit, const struct series *s,
    double bar)
{
	if (s->n > 0)
		row_bar(what, unit, s, true, bar);
	else
		row_skip(what, peer_missing());
}

static void
rows(const struct bench *b)
{
	row_put("blob, 1 reader: server CPU", "s/GB", &b->one);
	row_or_skip("blob, 1 reader: CPU of nginx-tls / ours", "x",
	    &b->one_nginx, 1);
	row_put("blob, 16 readers: server CPU", "s/GB", &b->many);
	row_put("blob, 16 readers: rate", "MB/s", &b->rate);
	row_or_skip("blob, 16 readers: CPU of nginx-tls / ours", "x",
	    &b->many_nginx, 1);
	row_put("film 640x480, 30/s: server CPU for a viewer's second", "us",
	    &b->viewer);
	row_put("film 640x480, 30/s: viewers by the CPU of a core", "viewers",
	    &b->viewers);
	row_or_skip("film 640x480, 30/s: the same of ustreamer", "viewers",
	    &b->ustreamer, 0);
	row_or_skip("film 640x480, 30/s: viewers to ustreamer's", "x",
	    &b->more, 1.5);
}

int
main(void)
{
	static struct bench b = {.read = {1}};
	uint8_t *file = file_make();

	bench_many_files();
	bench_pin(1);
	server_open(&b.server);
	crowd_open(&b.crowd, &b.server.address, VIEWERS);
	crowd_dial(&b.crowd, 0, VIEWERS);
	upload(&b, bytes_of(file, FILE_SIZE));
	file_put("www/big.bin", bytes_of(file, FILE_SIZE));
	free(file);
	film_size(&b);
	for (unsigned i = 0; i < bench_rounds(); i++) {
		beside_nginx(&b, 1, &b.one, &b.one_nginx, NULL);
		beside_nginx(&b, MANY, &b.many, &b.many_nginx, &b.rate);
		beside_ustreamer(&b);
	}
	rows(&b);
	crowd_close(&b.crowd);
	server_close(&b.server);
	return 0;
}
