/* SPDX-License-Identifier: ISC */
/*
 * Films of ffmpeg's, made into ours by the real program: the numbers in their
 * pictures and the tones in their sound come back, in order and from the
 * middle. What is no film has its reason; what is broken inside goes on.
 * floor: helper
 */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codec.h"
#include "reel.h"
#include "tap.h"

struct count {
	unsigned segments, pictures, wrong, sounds, tones, broken;
	int first;
	bool last;
	uint8_t fail;
};

/* Every kind of item in a segment of the first row. */
static void
count_segment(struct bytes raw, unsigned fps, struct count *c)
{
	struct opus_out *o = opus_out_new();
	struct jpeg *j = jpeg_new();
	int16_t pcm[SOUND_SAMPLES * CHANNELS];
	uint8_t *planes = mem_alloc(1280 * 1280 * 3 / 2);
	struct segment s;
	struct item i;
	uint16_t w, h;
	unsigned at;
	int number, due;

	if (segment_get(raw, &s) != 0)
		c->wrong += 1000;
	while (c->wrong < 1000 && segment_next(&s, &i)) {
		at = s.start + i.at;
		number = -1;
		if (i.kind == ITEM_PICTURE) {
			if (jpeg_size(i.data, &w, &h) == 0 && jpeg_get(j,
			    i.data, w, h, planes) == 0)
				number = reel_number(bytes_of(planes,
				    (size_t)w * h * 3 / 2), w, h);
			if (c->pictures++ == 0)
				c->first = number;
			due = (int)((at * fps + 500) / 1000);
			c->wrong += number < due - 1 || number > due + 1;
		} else if (opus_out_get(o, i.data, pcm) == 0 &&
		    i.at >= 100 && at % 1000 >= 60 && at % 1000 < 940) {
			c->sounds++;
			c->tones += reel_tone(pcm, SOUND_SAMPLES) ==
			    400 + 50 * (int)(at / 1000 % 20);
		}
	}
	free(planes);
	jpeg_free(j);
	opus_out_free(o);
}

static struct count
hear(struct reel *r, uint32_t number, unsigned fps)
{
	struct count c = {.first = -1};
	struct packet m;

	reel_want(r, number);
	while (reel_next(r, &m) == 0) {
		if (m.code == PACKET_made && m.made.row == 0)
			count_segment(m.made.segment, fps, &c);
		c.broken += m.code == PACKET_broken;
		if (m.code == PACKET_fail)
			c.fail = m.fail.why;
		c.last = m.code == PACKET_cut && m.cut.last;
		if (m.code == PACKET_fail || m.code == PACKET_cut)
			return c;
	}
	c.fail = 255;
	return c;
}

static void
add(struct count *sum, const struct count *c)
{
	sum->segments++;
	sum->pictures += c->pictures;
	sum->wrong += c->wrong;
	sum->sounds += c->sounds;
	sum->tones += c->tones;
	sum->broken += c->broken;
	sum->last = c->last;
	sum->fail = c->fail;
}

static struct count
whole(struct reel *r, unsigned fps)
{
	struct count c, sum = {0};

	do {
		c = hear(r, sum.segments, fps);
		add(&sum, &c);
	} while (!c.last && c.fail == 0 && sum.segments < 4000);
	return sum;
}

static void
film_test(const char *what, int fd, unsigned seconds, unsigned fps)
{
	struct count all, one;
	struct reel r;

	if (fd < 0) {
		ok(false, "ffmpeg makes a film of %s", what);
		return;
	}
	reel_open(&r, fd, NULL);
	reel_make(&r, 4, 75, 0);
	all = whole(&r, fps);
	ok(all.last && all.fail == 0 && all.segments == seconds / 2,
	    "%s: %u segments, the last one says so", what, all.segments);
	ok(all.pictures + 2 >= seconds * fps && all.wrong == 0,
	    "%s: %u pictures have their numbers, %u not", what, all.pictures,
	    all.wrong);
	ok(all.sounds > seconds * 30 && all.tones >= all.sounds * 97 / 100,
	    "%s: %u of %u sounds have their tone", what, all.tones,
	    all.sounds);
	one = hear(&r, 2, fps);
	ok(one.first >= (int)(4 * fps) - 1 && one.first <= (int)(4 * fps) + 1
	    && one.wrong == 0, "%s: gone back to 4 s, at picture %d", what,
	    one.first);
	ok(one.tones >= one.sounds * 97 / 100 && one.sounds > 50,
	    "%s: with its sound", what);
	note("%s: at most %ld KiB", what, reel_peak(&r));
	ok(WIFEXITED(reel_close(&r)), "%s: the end", what);
	(void)close(fd);
}

static void
fail_test(const char *what, int fd, enum media_fail why)
{
	struct packet m = {.code = 0};
	struct reel r;

	reel_open(&r, fd, NULL);
	reel_make(&r, 4, 75, 0);
	while (reel_next(&r, &m) == 0 && m.code != PACKET_fail)
		continue;
	ok(m.code == PACKET_fail && m.fail.why == why, "%s: %s", what,
	    media_fail_text(why));
	if (m.code == PACKET_fail)
		note("%d: %.*s", m.fail.why, (int)m.fail.text.n,
		    (const char *)m.fail.text.p);
	ok(WIFEXITED(reel_close(&r)), "%s: it ends in order", what);
	if (fd >= 0)
		(void)close(fd);
}

static int
file_of(const void *p, size_t n)
{
	char path[] = "/tmp/reel.XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		bail("no temporary file");
	(void)unlink(path);
	return fd;
}

static void
bad_test(void)
{
	static const char text[] = "ffconcat version 1.0\nfile /etc/passwd\n";
	static uint8_t noise[50000];
	struct rng_seeded seed;
	struct rng rng = rng_seed(&seed, 7);

	rng_fill(&rng, noise, sizeof(noise));
	fail_test("nothing", -1, MEDIA_FAIL_OPEN);
	fail_test("an empty file", file_of("", 0), MEDIA_FAIL_EMPTY);
	fail_test("noise", file_of(noise, sizeof(noise)), MEDIA_FAIL_OPEN);
	fail_test("a list of other files", file_of(text, sizeof(text) - 1),
	    MEDIA_FAIL_FORMAT);
	fail_test("a folder", open("/", O_RDONLY | O_DIRECTORY),
	    MEDIA_FAIL_OPEN);
	fail_test("sound alone", reel_ffmpeg("wav",
	    "-f lavfi -i sine=d=1"), MEDIA_FAIL_VIDEO);
	fail_test("a codec that is not opened", reel_ffmpeg("avi",
	    "-f lavfi -i testsrc2=d=1:s=64x64 -c:v ffv1"), MEDIA_FAIL_FORMAT);
	fail_test("8K", reel_ffmpeg("jpg",
	    "-f lavfi -i color=s=7680x4320 -frames:v 1"), MEDIA_FAIL_SIZE);
}

/* A film with a hole of noise in its middle. */
static void
hole_test(void)
{
	int fd = reel_film(6, "320x180", "25", "-c:v mjpeg -q:v 3 "
	    "-c:a pcm_s16le", "avi"), bent;
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	uint8_t *all = mem_alloc((size_t)size + 1);
	struct count c;
	struct reel r;

	if (fd < 0 || pread(fd, all, (size_t)size, 0) != size)
		bail("no film");
	for (off_t i = size * 45 / 100; i < size * 55 / 100; i++)
		all[i] = (uint8_t)(i * 7);
	bent = file_of(all, (size_t)size);
	reel_open(&r, bent, NULL);
	reel_make(&r, 1, 75, 0);
	c = whole(&r, 25);
	ok(c.last && c.fail == 0 && c.segments == 3,
	    "a hole in the middle: it goes on to the end");
	ok(c.pictures > 110, "%u pictures are left", c.pictures);
	ok(c.broken > 0, "and it is told that something is missing");
	(void)reel_close(&r);
	(void)close(fd);
	(void)close(bent);
	free(all);
}

/* What is unusual, and a film all the same. */
static void
odd_test(const char *what, int fd, unsigned width, unsigned height,
    unsigned fps, unsigned least)
{
	struct packet m = {.code = 0};
	struct count c;
	struct reel r;

	if (fd < 0) {
		ok(false, "ffmpeg makes %s", what);
		return;
	}
	reel_open(&r, fd, NULL);
	reel_make(&r, 2, 75, 0);
	while (m.code != PACKET_row && reel_next(&r, &m) == 0)
		continue;
	ok(m.row.width == width && m.row.height == height, "%s: %ux%u", what,
	    m.row.width, m.row.height);
	c = whole(&r, fps);
	ok(c.last && c.fail == 0 && c.pictures >= least &&
	    (fps == 0 || c.wrong == 0), "%s: %u pictures, %u wrong", what,
	    c.pictures, c.wrong);
	(void)reel_close(&r);
	(void)close(fd);
}

static void
odd_tests(void)
{
	int lying = reel_film(2, "360x648", "25",
	    "-vf transpose=1 -c:v mpeg4 -q:v 3", "mov");

	if (lying < 0 || fcntl(lying, F_SETFD, 0) != 0)
		bail("no film");
	odd_test("one of a telephone, turned", reel_ffmpeg("mov",
	    "-i /dev/fd/%d -c copy -metadata:s:v rotate=90", lying), 360, 648,
	    25, 50);
	(void)close(lying);
	odd_test("240 pictures a second", reel_film(2, "320x180", "240",
	    "-c:v libx264 -preset ultrafast", "mkv"), 320, 180, 240, 60);
	odd_test("an odd size without sound", reel_ffmpeg("mkv", "-f lavfi "
	    "-i testsrc2=d=2:s=321x179 -c:v libx264 -preset ultrafast "
	    "-pix_fmt yuv444p"), 320, 178, 0, 50);
	odd_test("a transport stream", reel_film(4, "320x180", "25",
	    "-c:v mpeg2video -q:v 3 -c:a mp2", "ts"), 320, 180, 25, 90);
	odd_test("one PNG", reel_ffmpeg("png", "-f lavfi -i "
	    "testsrc2=d=1:s=200x100 -frames:v 1"), 200, 100, 0, 1);
	odd_test("the same picture for 6 seconds", reel_ffmpeg("mp4",
	    "-f lavfi -i color=s=320x180:d=6:r=25 -c:v mpeg4"), 320, 180, 0,
	    3);
}

/* Two hours, of which memory must not know. */
static void
long_test(void)
{
	int fd = reel_film(7200, "160x90", "25", "-c:v mpeg4 -g 250 -c:a aac",
	    "mp4");
	struct count c, one;
	struct reel r;
	long peak;

	reel_open(&r, fd, NULL);
	reel_make(&r, 4, 75, 0);
	c = whole(&r, 25);
	ok(c.last && c.segments == 3600 && c.wrong == 0,
	    "two hours: %u segments, %u pictures, %u wrong", c.segments,
	    c.pictures, c.wrong);
	one = hear(&r, 1800, 25);
	is_int(one.first, 90000, "and its middle");
	peak = reel_peak(&r);
	ok(peak < 150 << 10, "in %ld KiB", peak);
	(void)reel_close(&r);
	(void)close(fd);
}

/* 10 seconds of each, in the soak 5 minutes and a film of two hours. */
int
main(void)
{
	bool soak = getenv("TACET_SOAK") != NULL;
	unsigned n = soak ? 300 : 10;

	film_test("h264 and aac in mp4", reel_film(n, "640x360", "30",
	    "-c:v libx264 -preset veryfast -g 60 -c:a aac -b:a 128k", "mp4"),
	    n, 30);
	film_test("vp9 and opus in webm", reel_film(n, "320x180", "25",
	    "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 600k "
	    "-c:a libopus", "webm"), n, 25);
	film_test("mjpeg and pcm in avi", reel_film(n, "320x180", "25",
	    "-c:v mjpeg -q:v 4 -c:a pcm_s16le", "avi"), n, 25);
	if (soak)
		long_test();
	odd_tests();
	hole_test();
	bad_test();
	return done();
}
