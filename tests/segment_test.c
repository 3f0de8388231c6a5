/* SPDX-License-Identifier: ISC */
/*
 * Segments: known bytes by hand, there and back, every truncation and flipped
 * bit, items out of order, too many, too long, padding that says something.
 */
#include "media_make.h"
#include "tap.h"

#define HEAD 12

static void
known_test(void)
{
	static const uint8_t want[] = {1, 2, 0, 0, 0, 3, 0, 0, 0x17, 0x70,
	    7, 0xd0, 1, 0, 0, 0, 0, 0, 2, 'j', 'p', 2, 0, 20, 0, 0, 0, 1, 's',
	    0};
	struct buf b = {0};
	struct segment s;
	struct item i;

	segment_begin(&b, 2, 3, 6000, 2000);
	segment_item(&b, &(struct item){ITEM_PICTURE, 0, {want + 19, 2}});
	segment_item(&b, &(struct item){ITEM_SOUND, 20, {want + 28, 1}});
	segment_pad(&b);
	is_int(b.n, sizeof(want), "as long as by hand");
	is_mem(b.p, want, sizeof(want), "the same bytes");
	is_int(segment_get(buf_view(&b), &s), 0, "and it is read");
	ok(s.row == 2 && s.number == 3 && s.start == 6000 && s.length == 2000,
	    "its head");
	ok(segment_next(&s, &i) && i.kind == ITEM_PICTURE && i.at == 0 &&
	    i.data.n == 2 && i.data.p[1] == 'p', "the picture");
	ok(segment_next(&s, &i) && i.kind == ITEM_SOUND && i.at == 20 &&
	    i.data.n == 1, "the sound");
	ok(!segment_next(&s, &i) && !segment_next(&s, &i), "and no more");
	buf_free(&b);
}

static void
walk_test(unsigned pictures, unsigned sounds)
{
	unsigned got[ITEM_SOUND + 1] = {0};
	struct buf b = {0};
	struct segment s;
	struct item i;

	segment_sample(&b, 0, 7, pictures, sounds);
	is_int(segment_get(buf_view(&b), &s), 0, "%u pictures, %u sounds",
	    pictures, sounds);
	while (segment_next(&s, &i))
		got[i.kind]++;
	ok(got[ITEM_PICTURE] == pictures && got[ITEM_SOUND] == sounds,
	    "all come back");
	is_int(segment_padded(b.n), b.n, "its size is a padded one");
	buf_free(&b);
}

/* Written again from what was read of it, it is the same. */
static bool
means(struct bytes in, struct segment s)
{
	struct buf b = {0};
	struct item i;
	bool same;

	segment_begin(&b, s.row, s.number, s.start, s.length);
	while (segment_next(&s, &i))
		segment_item(&b, &i);
	segment_pad(&b);
	same = bytes_same(buf_view(&b), in);
	buf_free(&b);
	return same;
}

static void
bent_test(void)
{
	unsigned cut = 0, taken = 0, bad = 0;
	struct buf b = {0};
	struct segment s;

	segment_sample(&b, 1, 5, 5, 9);
	for (size_t n = 0; n < b.n; n++) {
		uint8_t *copy = mem_copy(b.p, n);

		if (segment_get(bytes_of(copy, n), &s) == 0) {
			cut++;
			bad += !means(bytes_of(copy, n), s);
		}
		free(copy);
	}
	ok(cut < 15 && bad == 0, "truncated, it is refused or has fewer items");
	for (size_t bit = 0; bit < b.n * 8; bit++) {
		b.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (segment_get(buf_view(&b), &s) == 0) {
			taken++;
			bad += !means(buf_view(&b), s);
		}
		b.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ok(taken > 0 && bad == 0,
	    "of flipped bits %u are read, as what they say", taken);
	buf_free(&b);
}

/* A good segment with some bytes put over it. */
static int
bend(size_t at, const void *bytes, size_t n)
{
	struct buf b = {0};
	struct segment s;
	int err;

	segment_sample(&b, 1, 5, 3, 3);
	memcpy(b.p + at, bytes, n);
	err = segment_get(buf_view(&b), &s);
	buf_free(&b);
	return err;
}

static int
crowd(enum item_kind kind, unsigned n, size_t size)
{
	uint8_t *bytes = mem_alloc(size);
	struct item i = {kind, 9, {bytes, size}};
	struct buf b = {0};
	struct segment s;
	int err;

	segment_begin(&b, 0, 0, 0, 10);
	while (n-- > 0)
		segment_item(&b, &i);
	segment_pad(&b);
	err = segment_get(buf_view(&b), &s);
	buf_free(&b);
	free(bytes);
	return err;
}

static void
lies_test(void)
{
	is_int(bend(0, "\2", 1), ERR_VERSION, "another version");
	is_int(bend(1, "\4", 1), ERR_RANGE, "a row that no film has");
	is_int(bend(2, "\0\0\xa8\xc0", 4), ERR_RANGE, "after a day");
	is_int(bend(6, "\0\0\x27\x11", 4), ERR_RANGE, "a start between");
	is_int(bend(10, "\0\0", 2), ERR_RANGE, "no length");
	is_int(bend(10, "\7\xd1", 2), ERR_RANGE, "longer than a segment");
	is_int(bend(HEAD, "\3", 1), ERR_FORMAT, "an unknown kind");
	is_int(bend(HEAD + 1, "\7\xd0", 2), ERR_RANGE, "after its end");
	is_int(bend(HEAD + 1, "\7\xcf", 2), ERR_RANGE, "times that go back");
	is_int(bend(HEAD + 3, "\xff\xff\xff\xff", 4), ERR_FORMAT,
	    "T73 a picture of four gigabytes");
	is_int(bend(HEAD + 3, "\0\0\0\0", 4), ERR_RANGE, "an empty one");
	is_int(bend(HEAD, "\0", 1), ERR_FORMAT, "items behind the end");
	is_int(crowd(ITEM_PICTURE, MEDIA_FRAMES_MAX, 1), 0, "many pictures");
	is_int(crowd(ITEM_PICTURE, MEDIA_FRAMES_MAX + 1, 1), ERR_BIG,
	    "T73 too many of them");
	is_int(crowd(ITEM_SOUND, MEDIA_FRAMES_MAX + 1, 1), ERR_BIG,
	    "too many sounds");
	is_int(crowd(ITEM_SOUND, 1, 1275), 0, "the largest sound");
	is_int(crowd(ITEM_SOUND, 1, 1276), ERR_RANGE, "a larger one");
	is_int(crowd(ITEM_PICTURE, 1, MEDIA_SEGMENT_MAX - HEAD - 7), 0,
	    "the largest segment");
	is_int(crowd(ITEM_PICTURE, 1, MEDIA_SEGMENT_MAX - HEAD - 6), ERR_BIG,
	    "one byte more");
}

static void
pad_test(void)
{
	struct buf b = {0};
	struct segment s;

	segment_sample(&b, 0, 0, 5, 9);
	ok(b.n > 0 && b.p[b.n - 1] == 0, "there is padding");
	b.p[b.n - 1] = 1;
	is_int(segment_get(buf_view(&b), &s), ERR_FORMAT,
	    "padding that is not zero");
	b.p[b.n - 1] = 0;
	buf_zero(&b, 64);
	is_int(segment_get(buf_view(&b), &s), ERR_FORMAT, "too much of it");
	buf_clear(&b);
	segment_begin(&b, 0, 0, 0, 1);
	segment_pad(&b);
	is_int(segment_get(buf_view(&b), &s), 0, "no items at all");
	buf_free(&b);
}

int
main(void)
{
	known_test();
	walk_test(0, 0);
	walk_test(1, 0);
	walk_test(60, 100);
	walk_test(MEDIA_FRAMES_MAX, MEDIA_FRAMES_MAX);
	bent_test();
	lies_test();
	pad_test();
	return done();
}
