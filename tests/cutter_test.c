/* SPDX-License-Identifier: ISC */
/*
 * Films made of the test pattern by the real program: rows, poster, segments
 * in order, from anywhere, and what is in them; the lowest row's bytes.
 * floor: helper
 */
#include <sys/wait.h>

#include "codec.h"
#include "reel.h"
#include "tap.h"

#define STAYS 40        /* of a picture of the pattern, ms */

struct film {
	struct packet_source source;
	unsigned rows, posters, poster_size;
	struct packet_row row[MEDIA_ROWS];
};

/* What comes before the first segment. */
static bool
hear_begin(struct reel *r, struct film *f)
{
	struct packet m;

	memset(f, 0, sizeof(*f));
	while (f->posters == 0) {
		if (reel_next(r, &m) != 0)
			return false;
		if (m.code == PACKET_source)
			f->source = m.source;
		else if (m.code == PACKET_row && m.row.row == f->rows &&
		    f->rows < MEDIA_ROWS)
			f->row[f->rows++] = m.row;
		else if (m.code == PACKET_poster) {
			f->posters++;
			f->poster_size = (unsigned)m.poster.jpeg.n;
		} else
			return false;
	}
	return true;
}

/* Takes a segment apart: pictures must be the pattern's, at their times, with
 * gaps only where thinned; sounds every 20 ms with their tone. */
struct seen {
	unsigned pictures, sounds, wrong, tones;
	size_t bytes;
	int first;
};

static void
look_picture(const struct segment *s, const struct item *i, struct seen *seen)
{
	struct jpeg *j = jpeg_new();
	uint8_t *planes;
	uint16_t w, h;
	int number = -1;

	if (jpeg_size(i->data, &w, &h) == 0) {
		planes = mem_alloc((size_t)w * h * 3 / 2);
		if (jpeg_get(j, i->data, w, h, planes) == 0)
			number = reel_number(bytes_of(planes, (size_t)w * h *
			    3 / 2), w, h);
		free(planes);
	}
	if (seen->pictures++ == 0)
		seen->first = number;
	if (number != (int)(s->start + i->at) / STAYS)
		seen->wrong++;
	jpeg_free(j);
}

static void
look_sound(const struct segment *s, const struct item *i, struct seen *seen,
    struct opus_out *o)
{
	int16_t pcm[SOUND_SAMPLES * CHANNELS];
	unsigned at = s->start + i->at;

	seen->wrong += i->at != seen->sounds * MEDIA_SOUND_MS;
	seen->sounds++;
	if (opus_out_get(o, i->data, pcm) != 0)
		seen->wrong++;
	/* the decoder needs a moment after a start, and tones change */
	else if (i->at >= 100 && at % 1000 >= 40 && at % 1000 < 960)
		seen->tones += reel_tone(pcm, SOUND_SAMPLES) ==
		    400 + 50 * (int)(at / 1000 % 20);
}

static struct seen
look(struct bytes raw, uint8_t row, uint32_t number)
{
	struct opus_out *o = opus_out_new();
	struct seen seen = {.bytes = raw.n};
	struct segment s;
	struct item i;

	if (segment_get(raw, &s) != 0 || s.row != row || s.number != number)
		seen.wrong = 1000;
	else
		while (segment_next(&s, &i)) {
			if (i.kind == ITEM_PICTURE)
				look_picture(&s, &i, &seen);
			else
				look_sound(&s, &i, &seen, o);
		}
	opus_out_free(o);
	return seen;
}

/* Asks for one number and looks at all its rows: true if it ends the film. */
static bool
hear_segment(struct reel *r, uint32_t number, struct seen seen[MEDIA_ROWS])
{
	struct packet m;
	unsigned rows = 0;

	reel_want(r, number);
	memset(seen, 0, MEDIA_ROWS * sizeof(*seen));
	while (reel_next(r, &m) == 0) {
		if (m.code == PACKET_made && m.made.row == rows &&
		    rows < MEDIA_ROWS)
			seen[rows++] = look(m.made.segment, m.made.row,
			    number);
		else if (m.code == PACKET_cut && m.cut.number == number)
			return m.cut.last;
		else
			break;
	}
	seen[0].wrong += 10000;
	note("segment %u: %s", number, packet_name(m.code));
	return true;
}

static void
begin_test(struct reel *r)
{
	struct film f;

	reel_make(r, 4, 75, 9500);
	ok(hear_begin(r, &f), "it says what it is");
	ok(f.source.length == 9500 && f.source.width == 640 &&
	    f.source.height == 360 && f.source.rate == 25000 &&
	    f.source.sound == 1, "as long, large and fast as the pattern is");
	ok(f.rows == 3 && f.source.rows == 3 && f.row[0].width == 640 &&
	    f.row[1].width == 320 && f.row[2].width == 320 &&
	    f.row[2].height == 180, "three rows");
	ok(f.row[2].rate <= MEDIA_LOW_ROW && f.row[1].rate > f.row[2].rate &&
	    f.row[0].rate > f.row[1].rate, "each needs less than the one above");
	ok(f.posters == 1 && f.poster_size <= MEDIA_POSTER_MAX,
	    "a poster of %u bytes", f.poster_size);
}

static void
order_test(struct reel *r)
{
	struct seen seen[MEDIA_ROWS];
	unsigned wrong = 0, tones = 0, pictures[3] = {0}, sounds = 0, n;
	size_t low = 0;
	bool last = false;

	for (n = 0; n < 5 && !last; n++) {
		last = hear_segment(r, n, seen);
		for (int i = 0; i < 3; i++) {
			wrong += seen[i].wrong;
			pictures[i] += seen[i].pictures;
		}
		sounds += seen[2].sounds;
		tones += seen[2].tones;
		low += seen[2].bytes + 64;
	}
	ok(last && n == 5, "five segments, and the fifth is the last");
	is_int(wrong, 0, "every picture has its number, every sound its time");
	is_int(pictures[0], 238, "all pictures in the first row");
	is_int(pictures[1], 238, "and in the second");
	ok(pictures[2] >= 50 && pictures[2] <= 238,
	    "%u in the lowest: fewer first", pictures[2]);
	is_int(sounds, 475, "sound to the end");
	ok(tones > 330, "%u pieces of it have their tone", tones);
	ok(low <= MEDIA_LOW_ROW * 95 / 10, "the lowest row takes %zu bytes/s",
	    low * 10 / 95);
}

/* From a number in the middle, as after a kill: the same pictures. */
static void
middle_test(void)
{
	struct seen there[MEDIA_ROWS], again[MEDIA_ROWS];
	struct reel r;
	struct film f;

	reel_open(&r, -1, NULL);
	reel_make(&r, 2, 60, 3600000);
	ok(hear_begin(&r, &f) && f.rows == 2, "an hour, in two rows");
	(void)hear_segment(&r, 1234, there);
	is_int(there[0].wrong + there[1].wrong, 0, "a segment in its middle");
	is_int(there[0].first, 61700, "begins with its own picture");
	ok(there[0].tones > 70, "and sounds: %u", there[0].tones);
	(void)hear_segment(&r, 0, again);
	is_int(again[0].first, 0, "then the first");
	(void)hear_segment(&r, 1234, again);
	ok(again[0].pictures == there[0].pictures && again[0].wrong == 0,
	    "and the middle once more");
	ok(hear_segment(&r, 1799, again) && again[0].wrong == 0, "the last");
	ok(WIFEXITED(reel_close(&r)), "it ends when we hang up");
}

static void
nonsense_test(void)
{
	struct packet m = {.code = PACKET_over};
	struct reel r;
	int status;

	reel_open(&r, -1, NULL);
	reel_make(&r, 1, 75, 1000);
	reel_make(&r, 1, 75, 1000);
	while (reel_next(&r, &m) == 0 && m.code != PACKET_fail)
		continue;
	ok(m.code == PACKET_fail && m.fail.why == MEDIA_FAIL_INSIDE,
	    "a film in a film: told");
	status = reel_close(&r);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 1, "and the end");
	reel_open(&r, -1, NULL);
	(void)!write(r.fd, "\xff\xff\xff\xff\1", 5);
	ok(reel_next(&r, &m) == 0 && m.code == PACKET_fail,
	    "a packet of four gigabytes: told");
	ok(reel_next(&r, &m) == ERR_NET, "and the end");
	(void)reel_close(&r);
}

int
main(void)
{
	struct reel r;

	reel_open(&r, -1, NULL);
	begin_test(&r);
	order_test(&r);
	note("at most %ld KiB of memory", reel_peak(&r));
	ok(WIFEXITED(reel_close(&r)), "it ends when we hang up");
	middle_test();
	nonsense_test();
	return done();
}
