/* SPDX-License-Identifier: ISC */
/*
 * Films played by the real program: their pictures and sound in order, from
 * anywhere, no faster than they are taken; sizes that lie, and change (T77).
 * floor: helper
 */
#include <poll.h>
#include <sys/wait.h>

#include "codec.h"
#include "reel.h"
#include "tap.h"

#define STAYS 40
#define SEGMENTS 8

struct film {
	struct buf raw[SEGMENTS];
	struct segment segment[SEGMENTS];
};

static void
film_make(struct film *f)
{
	struct reel r;
	struct packet m;
	unsigned n = 0;

	memset(f, 0, sizeof(*f));
	reel_open(&r, -1, NULL);
	reel_make(&r, 1, 75, SEGMENTS * MEDIA_SEGMENT_MS);
	for (unsigned i = 0; i < SEGMENTS; i++)
		reel_want(&r, i);
	while (n < SEGMENTS && reel_next(&r, &m) == 0)
		if (m.code == PACKET_made && m.made.number == n) {
			buf_bytes(&f->raw[n], m.made.segment);
			if (segment_get(buf_view(&f->raw[n]),
			    &f->segment[n]) != 0)
				bail("a segment that can't be read");
			n++;
		}
	(void)reel_close(&r);
	if (n != SEGMENTS)
		bail("no film to be played");
}

static void
play(struct reel *r, const struct film *f, uint32_t gen, unsigned n)
{
	reel_play(r, gen, &f->segment[n], buf_view(&f->raw[n]));
}

static void
say(struct reel *r, unsigned code, uint32_t gen, uint32_t from)
{
	struct packet m = {.code = (uint8_t)code};

	if (code == PACKET_flush) {
		m.flush.gen = gen;
		m.flush.from = from;
	} else
		m.over.gen = gen;
	reel_put(r, &m);
}

struct seen {
	unsigned pictures, sounds, used, broken, wrong, tones;
	uint8_t why;
	bool done;
	uint32_t first, last;
};

/* Bytes of a packet lie anywhere. */
static int
tone_of(struct bytes pcm)
{
	int16_t copy[SOUND_SAMPLES * CHANNELS];

	if (pcm.n != sizeof(copy))
		return -1;
	memcpy(copy, pcm.p, sizeof(copy));
	return reel_tone(copy, SOUND_SAMPLES);
}

static void
see(const struct packet *m, uint32_t gen, uint32_t from, struct seen *s)
{
	uint32_t at;
	int number;

	switch (m->code) {
	case PACKET_picture:
		number = reel_number(m->picture.planes, m->picture.width,
		    m->picture.height);
		at = m->picture.time;
		s->wrong += m->picture.gen != gen || at < from ||
		    number != (int)at / STAYS ||
		    (s->pictures > 0 && at < s->last);
		if (s->pictures++ == 0)
			s->first = at;
		s->last = at;
		break;
	case PACKET_sound:
		at = m->sound.time;
		s->wrong += m->sound.gen != gen || m->sound.channels != 2 ||
		    m->sound.pcm.n != SOUND_SAMPLES * 4 || at + 20 <= from;
		s->sounds++;
		if (at % 1000 >= 60 && at % 1000 < 940)
			s->tones += tone_of(m->sound.pcm) ==
			    400 + 50 * (int)(at / 1000 % 20);
		break;
	case PACKET_used:
		s->used += m->used.gen == gen;
		break;
	case PACKET_broken:
		s->broken++;
		s->why = m->broken.why;
		break;
	case PACKET_done:
		s->done = m->done.gen == gen;
		break;
	default:
		s->wrong += 1000;
	}
}

/* All that comes until it is done and `used` segments are used up. */
static struct seen
watch(struct reel *r, uint32_t gen, uint32_t from, unsigned used)
{
	struct seen s = {0};
	struct packet m;
	bool shown;

	while (!(s.done && s.used >= used)) {
		if (reel_any(r, &m, &shown) != 0) {
			s.wrong += 10000;
			break;
		}
		see(&m, gen, from, &s);
	}
	return s;
}

static void
order_test(const struct film *f)
{
	struct seen s;
	struct reel r;

	reel_open(&r, -1, NULL);
	say(&r, PACKET_flush, 1, 0);
	play(&r, f, 1, 0);
	play(&r, f, 1, 1);
	say(&r, PACKET_over, 1, 0);
	s = watch(&r, 1, 0, 2);
	is_int(s.wrong, 0, "two segments: every picture is the one of its time");
	ok(s.pictures == 100 && s.sounds == 200, "all pictures and sounds");
	ok(s.tones > 170, "%u sounds have their tone", s.tones);
	is_int(s.used, 2, "both are said to be used");
	say(&r, PACKET_flush, 2, 5510);
	play(&r, f, 1, 0);
	play(&r, f, 2, 2);
	say(&r, PACKET_over, 1, 0);
	play(&r, f, 2, 3);
	say(&r, PACKET_over, 2, 0);
	s = watch(&r, 2, 5500, 2);
	is_int(s.wrong, 0, "sought: nothing of before comes");
	ok(s.first == 5510 && s.pictures == 63,
	    "the first picture is the one that stands there: %u, %u", s.first,
	    s.pictures);
	ok(s.tones > 70, "with its sound: %u", s.tones);
	ok(WIFEXITED(reel_close(&r)), "it ends when we hang up");
}

/* Who does not take pictures gets no more of them, and seeking still works. */
static void
slow_test(const struct film *f)
{
	struct reel r;
	struct packet m;
	struct seen s;
	long peak;
	unsigned used = 0;
	struct pollfd fd;

	reel_open(&r, -1, NULL);
	say(&r, PACKET_flush, 1, 0);
	for (unsigned i = 0; i < SEGMENTS; i++)
		play(&r, f, 1, i);
	fd = (struct pollfd){.fd = r.fd, .events = POLLIN};
	while (poll(&fd, 1, 300) > 0 && reel_next(&r, &m) == 0)
		used += m.code == PACKET_used;
	ok(used <= 1, "nobody takes pictures: %u segments are used", used);
	peak = reel_peak(&r);
	ok(peak < 64 << 10, "and memory stays at %ld KiB", peak);
	say(&r, PACKET_flush, 2, 14000);
	play(&r, f, 2, 7);
	say(&r, PACKET_over, 2, 0);
	while (reel_show(&r, &m) == 0 && !(m.code == PACKET_picture &&
	    m.picture.gen == 2))
		continue;
	is_int(m.picture.time, 14000, "sought meanwhile: it goes on there");
	s = watch(&r, 2, 14000, 1);
	ok(s.wrong == 0 && s.pictures == 49, "to the end");
	(void)reel_close(&r);
}

/* --- pictures that lie --- */

static void
sides(struct buf *b, size_t from, uint16_t w, uint16_t h)
{
	for (size_t i = from; i + 9 < b->n; i++)
		if (b->p[i] == 0xff && b->p[i + 1] == 0xc0) {
			b->p[i + 5] = (uint8_t)(h >> 8);
			b->p[i + 6] = (uint8_t)h;
			b->p[i + 7] = (uint8_t)(w >> 8);
			b->p[i + 8] = (uint8_t)w;
			return;
		}
	bail("a JPEG without a head");
}

/* A picture of noise, of the size; `say` is what its head then says. */
static struct buf
picture_of(uint16_t w, uint16_t h, uint16_t say_w, uint16_t say_h)
{
	struct jpeg *j = jpeg_new();
	struct canvas c = {0};
	struct buf b = {0};

	canvas_init(&c, w, h);
	for (size_t i = 0; i < (size_t)w * h * 3 / 2; i++)
		c.plane[0][i] = (uint8_t)(i * 31 >> 3);
	if (jpeg_put(j, &c, 60, &b) != 0)
		bail("no JPEG");
	if (say_w != w || say_h != h)
		sides(&b, 0, say_w, say_h);
	canvas_free(&c);
	jpeg_free(j);
	return b;
}

/* Plays one picture: its size if it was shown, the reason if it was not. */
static unsigned
show_one(struct reel *r, uint32_t gen, struct buf picture, unsigned *w,
    unsigned *h)
{
	struct item i = {ITEM_PICTURE, 0, buf_view(&picture)};
	struct segment s;
	struct buf b = {0};
	struct packet m;
	unsigned why = 0;
	bool shown, used = false;

	*w = *h = 0;
	segment_begin(&b, 0, 0, 0, 40);
	segment_item(&b, &i);
	segment_pad(&b);
	if (segment_get(buf_view(&b), &s) != 0)
		bail("a segment that can't be read");
	reel_play(r, gen, &s, buf_view(&b));
	while (!used || (*w == 0 && why == 0)) {
		if (reel_any(r, &m, &shown) != 0) {
			why = 255;
			break;
		}
		if (m.code == PACKET_picture) {
			*w = m.picture.width;
			*h = m.picture.height;
		} else if (m.code == PACKET_broken)
			why = m.broken.why;
		else
			used |= m.code == PACKET_used;
	}
	buf_free(&b);
	buf_free(&picture);
	return why;
}

static void
sizes_test(void)
{
	static const struct {
		uint16_t w, h;
		unsigned why;
	} lie[] = {
		{2, 65534, MEDIA_FAIL_SIZE}, {1, 65535, MEDIA_FAIL_PICTURE},
		{65534, 65534, MEDIA_FAIL_SIZE}, {0, 0, MEDIA_FAIL_PICTURE},
		{0, 64, MEDIA_FAIL_PICTURE}, {1282, 720, MEDIA_FAIL_SIZE},
		{63, 64, MEDIA_FAIL_PICTURE},
	};
	static const uint16_t size[][2] = {
		{64, 64}, {1280, 1280}, {2, 2}, {320, 180}, {16, 1280},
	};
	unsigned w, h, why, wrong = 0;
	struct reel r;

	reel_open(&r, -1, NULL);
	for (size_t i = 0; i < COUNT(size); i++) {
		why = show_one(&r, 1, picture_of(size[i][0], size[i][1],
		    size[i][0], size[i][1]), &w, &h);
		wrong += why != 0 || w != size[i][0] || h != size[i][1];
	}
	is_int(wrong, 0, "sizes change from picture to picture");
	why = show_one(&r, 1, picture_of(64, 64, 65500, 65500), &w, &h);
	ok(why == MEDIA_FAIL_SIZE && w == 0 && reel_peak(&r) < 200 << 10,
	    "T83 some bytes that would become gigabytes are not unpacked");
	for (size_t i = 0; i < COUNT(lie); i++) {
		why = show_one(&r, 1, picture_of(64, 64, lie[i].w, lie[i].h),
		    &w, &h);
		ok(why == lie[i].why && w == 0, "T77 %ux%u is broken",
		    lie[i].w, lie[i].h);
		if (why == 255)
			return;
	}
	why = show_one(&r, 1, picture_of(64, 64, 1280, 1280), &w, &h);
	ok(why == 0 && w == 1280, "less than it says: the rest is gray");
	why = show_one(&r, 1, picture_of(64, 64, 64, 64), &w, &h);
	ok(why == 0 && w == 64, "and the next good one is shown");
	ok(WIFEXITED(reel_close(&r)), "it ends when we hang up");
}

/* Segments that are none, or not what the client says they are. */
static void
label_test(const struct film *f)
{
	struct segment lie = f->segment[1];
	struct reel r;
	struct seen s;

	lie.number = 2;
	reel_open(&r, -1, NULL);
	reel_play(&r, 1, &lie, buf_view(&f->raw[1]));
	lie = f->segment[1];
	lie.row = 3;
	reel_play(&r, 1, &lie, buf_view(&f->raw[1]));
	reel_play(&r, 1, &f->segment[1], bytes_of("no segment", 10));
	say(&r, PACKET_over, 1, 0);
	s = watch(&r, 1, 0, 3);
	ok(s.broken == 3 && s.pictures == 0 && s.wrong == 0,
	    "T80 segments that are others than they are called are not shown");
	(void)reel_close(&r);
}

int
main(void)
{
	struct film f;

	film_make(&f);
	order_test(&f);
	slow_test(&f);
	label_test(&f);
	sizes_test();
	for (unsigned i = 0; i < SEGMENTS; i++)
		buf_free(&f.raw[i]);
	return done();
}
