/* SPDX-License-Identifier: ISC */
/*
 * Which size of a film is played over which link, on a link that is counted
 * out: so many bytes a second, so many milliseconds. It settles on a row that
 * fits, does not wait in vain, and goes up again.
 */
#include <stdlib.h>

#include "play.h"
#include "tap.h"

#define SEGMENTS 120

struct line {
	struct index index;
	struct row_rate rate;
	int64_t now;
	uint64_t bytes_s;               /* of the link */
	int64_t delay;
	int64_t at, here;               /* of the film: played, fetched, ms */
	int64_t longest;                /* it had to wait in one piece */
	uint8_t row;
};

static void
line_open(struct line *l, const uint32_t rate[static MEDIA_ROWS])
{
	*l = (struct line){.now = 1};
	l->index = (struct index){.rows = MEDIA_ROWS, .segments = SEGMENTS,
	    .length = SEGMENTS * MEDIA_SEGMENT_MS};
	l->index.part = mem_array(SEGMENTS * MEDIA_ROWS,
	    sizeof(*l->index.part));
	for (size_t i = 0; i < SEGMENTS * MEDIA_ROWS; i++)
		l->index.part[i].length = rate[i % MEDIA_ROWS] * 2;
}

/* Time passes; the film plays as far as it is here. */
static void
line_pass(struct line *l, int64_t ms)
{
	int64_t can = l->here - l->at;

	l->now += ms;
	if (ms > can && l->at > 0 && ms - can > l->longest)
		l->longest = ms - can;
	l->at += ms < can ? ms : can;
}

/* Ranges of a segment, one asked for behind the other: only after a rest does
 * the delay count. */
static void
line_segment(struct line *l, uint32_t number)
{
	bool rest = l->here == 0;
	uint32_t left, n;

	for (; l->here - l->at > PLAY_AHEAD_MS - MEDIA_SEGMENT_MS; rest = true)
		line_pass(l, 100);
	if (rest)
		row_rest(&l->rate, l->now);
	l->row = l->here == 0 ? row_first(&l->index, &l->rate, number) :
	    row_choose(&l->index, &l->rate, number,
	    (uint32_t)(l->here - l->at), l->row);
	left = index_part(&l->index, number, l->row)->length;
	row_begin(&l->rate, l->now);
	line_pass(l, rest ? l->delay : 0);
	for (; left > 0; left -= n) {
		n = left < WIRE_BLOB_PART ? left : WIRE_BLOB_PART;
		line_pass(l, (int64_t)(n * 1000ull / l->bytes_s) + 1);
		row_bytes(&l->rate, n);
		row_look(&l->rate, l->now);
	}
	l->here += MEDIA_SEGMENT_MS;
}

/* Three answers in one record, 100 ms after they were asked for, again and
 * again: a link of 360 KB/s, whatever stands first or last in the record. */
static void
bunch_test(void)
{
	struct row_rate r = {.rate = 0};

	for (int64_t now = 1000; now < 9000; now += 100) {
		row_begin(&r, now);
		for (int i = 0; i < 3; i++)
			row_bytes(&r, 12000);
		if (now % 700 == 0)
			row_rest(&r, now + 100);
		else
			row_look(&r, now + 100);
	}
	is_int(r.rate, 360000, "answers that come together count together");
}

int
main(void)
{
	static const uint32_t rate[MEDIA_ROWS] = {900000, 350000, 150000,
	    70000};
	struct line l;
	uint32_t i = 0;

	bunch_test();
	line_open(&l, rate);
	is_int(row_need(&l.index, 1, 3), 350000, "what a row needs");
	is_int(row_need(&l.index, 0, SEGMENTS), 0, "nothing behind the end");
	is_int(row_first(&l.index, &l.rate, 0), 3,
	    "nothing is known of the link: the smallest comes soonest");
	l.bytes_s = 250000;
	l.delay = 80;
	line_segment(&l, i++);
	is_int(l.row, 3, "2 Mbit/s and 80 ms: the smallest first");
	while (l.now < 5000)
		line_segment(&l, i++);
	is_int(l.row, 2, "after 5 s it is the one that fits");
	while (l.now < 65000)
		line_segment(&l, i++);
	is_int(l.row, 2, "and stays it");
	ok(l.longest == 0, "a minute without waiting");
	l.bytes_s = 2500000;
	for (int64_t end = l.now + 15000; l.now < end;)
		line_segment(&l, i++);
	is_int(l.row, 0, "at 20 Mbit/s it goes up again");
	l.bytes_s = 250000;
	for (int64_t end = l.now + 30000; l.now < end;)
		line_segment(&l, i++);
	is_int(l.row, 2, "and comes down when the link does");
	ok(l.longest < 1000, "without waiting for long: %lld ms",
	    (long long)l.longest);
	free(l.index.part);
	line_open(&l, rate);
	l.bytes_s = 100000000;
	l.rate.rate = 100000000;
	is_int(row_first(&l.index, &l.rate, 0), 0,
	    "a link that is known to be fast begins with the best");
	l.rate.rate = 1;
	is_int(row_choose(&l.index, &l.rate, 5, 0, 0), 3,
	    "what fits nothing gets the smallest");
	free(l.index.part);
	return done();
}
