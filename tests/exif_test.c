/* SPDX-License-Identifier: ISC */
/*
 * What stands in a picture besides its pixels does not leave: a comment, EXIF
 * with a place and a small picture, an ICC profile, XMP; and the tags of a film.
 * floor: helper
 */
#include <sys/wait.h>
#include <unistd.h>

#include "codec.h"
#include "reel.h"
#include "tap.h"

static const char canary[] = "CANARY-48.8584N-2.2945E";

static bool
has(struct bytes in, const char *what, size_t n)
{
	return in.n >= n && memmem(in.p, in.n, what, n) != NULL;
}

/* Everything that the helper says about a file. */
static void
leave_test(const char *what, int fd)
{
	static const char *const mark[] = {"Exif", "http://ns.adobe.com",
	    "ICC_PROFILE", "\xff\xfe", "\xff\xe1", "\xff\xe2"};
	unsigned found = 0, pictures = 0;
	struct packet m = {.code = 0};
	struct reel r;
	struct bytes out;

	reel_open(&r, fd, NULL);
	reel_make(&r, 4, 75, 0);
	reel_want(&r, 0);
	while (m.code != PACKET_cut && m.code != PACKET_fail &&
	    reel_next(&r, &m) == 0) {
		out = m.code == PACKET_poster ? m.poster.jpeg :
		    m.code == PACKET_made ? m.made.segment :
		    m.code == PACKET_source ? m.source.codecs :
		    bytes_of("", 0);
		pictures += m.code == PACKET_poster || m.code == PACKET_made;
		found += has(out, canary, 6);
		/* in entropy-coded data these can't be: 0xff is stuffed */
		for (size_t i = 0; m.code == PACKET_poster &&
		    i < COUNT(mark); i++)
			found += has(out, mark[i], strlen(mark[i]));
	}
	ok(m.code == PACKET_cut && pictures >= 3, "%s is published", what);
	is_int(found, 0, "T81 %s: nothing but pixels leaves", what);
	(void)reel_close(&r);
}

/* A JPEG with everything in it that cameras put there. */
static int
photo(void)
{
	static const char *const part[] = {"\xe1" "Exif", "\xe1"
	    "http://ns.adobe.com/xap/1.0/", "\xe2" "ICC_PROFILE", "\xfe"};
	char path[] = "/tmp/exif.XXXXXX";
	struct jpeg *j = jpeg_new();
	struct canvas c = {0};
	struct buf b = {0}, all = {0};
	int fd = mkstemp(path);

	canvas_init(&c, 320, 240);
	memset(c.plane[0], 90, 320 * 240 * 3 / 2);
	if (fd < 0 || jpeg_put(j, &c, 75, &b) != 0)
		bail("no photo");
	(void)unlink(path);
	buf_put(&all, b.p, 2);
	for (size_t i = 0; i < COUNT(part); i++) {
		size_t n = strlen(part[i] + 1) + 2 + sizeof(canary);

		buf_u8(&all, 0xff);
		buf_u8(&all, (uint8_t)part[i][0]);
		buf_u16(&all, (uint16_t)(n + 2));
		buf_string(&all, part[i] + 1);
		buf_zero(&all, 2);
		buf_put(&all, canary, sizeof(canary));
	}
	buf_put(&all, b.p + 2, b.n - 2);
	if (write(fd, all.p, all.n) != (ssize_t)all.n)
		bail("no photo");
	ok(has(buf_view(&all), canary, sizeof(canary)),
	    "the photo has its place in it");
	canvas_free(&c);
	jpeg_free(j);
	buf_free(&b);
	buf_free(&all);
	return fd;
}

int
main(void)
{
	leave_test("a photo", photo());
	leave_test("a film", reel_ffmpeg("mp4",
	    "-f lavfi -i testsrc2=d=1:s=320x180 -c:v mpeg4 "
	    "-metadata title=%s -metadata location=%s "
	    "-movflags use_metadata_tags", canary, canary));
	return done();
}
