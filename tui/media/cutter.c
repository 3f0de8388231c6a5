/* SPDX-License-Identifier: ISC */
/*
 * Makes films: takes pictures and sound of a source, two seconds at a time,
 * and packs them in every size. A segment is the same kind of thing whether
 * the one before was made or not: it begins with a picture, and what is asked
 * for out of order is sought for. Memory holds one segment and one picture of
 * the source. Does not seal and does not know where segments go.
 */
#include <stdlib.h>

#include "codec.h"

#define NEAR 40                 /* ms: the first picture is at most so late */
#define APART 15                /* ms: pictures are at least so far apart */
#define AHEAD 10                /* packets of sound looked at before the end */
#define WARM 5                  /* packets until the coder knows the sound */
#define POSTER_WIDTH 320
#define FEW 10                  /* pictures of a segment of the lowest row */
#define WORST 25                /* its least quality */
#define SHORT 400               /* ms that nobody misses at the end */
#define WHOLE 1000              /* ms: a shorter segment has the bytes of one */
#define PATIENCE 120            /* seconds of the processor for a segment */

struct cutter {
	struct port *port;
	const struct source_ops *ops;
	void *own;
	struct source_info info;
	struct jpeg *jpeg;
	struct opus_in *opus;
	unsigned rows;
	struct index_row row[MEDIA_ROWS];
	int quality[MEDIA_ROWS];
	struct canvas canvas[MEDIA_ROWS], shown;
	struct buf packed[MEDIA_ROWS];  /* what is shown, as JPEG */
	struct gather pictures[MEDIA_ROWS], sounds;
	struct buf made;
	uint32_t next;                  /* the segment that needs no seeking */
	/* pictures: the source's last one is at `time`; `pending`: it is not
	 * used yet; the film's pictures reach to `end` */
	bool any, pending, pictures_over, drawn;
	uint32_t time, end, shown_at;
	bool broken;                    /* said so in this segment */
	/* sound that is decoded, AHEAD packets of it */
	int16_t ahead[AHEAD][SOUND_SAMPLES * CHANNELS];
	unsigned queued;
	bool sound_over;
};

static bool
cutter_fail(struct port *port, enum media_fail why, const char *words)
{
	struct packet m = {.code = PACKET_fail};

	m.fail.why = (uint8_t)why;
	m.fail.text = bytes_of(words, strlen(words));
	port_put(port, &m);
	return false;
}

/* --- pictures --- */

static void
cutter_tell_broken(struct cutter *c, uint32_t time, enum media_fail why)
{
	struct packet m = {.code = PACKET_broken};

	if (c->broken)
		return;
	c->broken = true;
	m.broken.time = time;
	m.broken.why = (uint8_t)why;
	port_put(c->port, &m);
}

/* Makes the next picture the pending one, unless there is none. */
static void
cutter_pull(struct cutter *c)
{
	uint32_t time, stays = 0;
	int err;

	while (!c->pending && !c->pictures_over) {
		err = c->ops->picture(c->own, &time, &stays);
		if (err == ERR_NONE) {
			c->pictures_over = true;
		} else if (err != 0) {
			cutter_tell_broken(c, c->time, MEDIA_FAIL_PICTURE);
		} else {
			c->pending = c->any = true;
			c->time = time;
			c->end = time + (stays ? stays : NEAR);
		}
	}
}

/* Draws the source's picture in all sizes and packs it; a picture that is like
 * the one shown is none, unless it is the segment's first. */
static int
cutter_pack(struct cutter *c, bool before, bool first)
{
	struct canvas top = c->canvas[0];
	int err = c->ops->draw(c->own, before, &c->canvas[0]);

	if (err != 0)
		return err;
	if (c->drawn && canvas_same(&top, &c->shown))
		return first ? 0 : ERR_EXISTS;
	for (unsigned i = 0; i < c->rows && err == 0; i++) {
		struct buf *b = &c->packed[i];
		bool alike = i > 0 && c->row[i].width == c->row[i - 1].width;

		if (alike)
			c->canvas[i] = c->canvas[i - 1];
		else if (i > 0 && !canvas_half(&c->canvas[i],
		    &c->canvas[i - 1]))
			err = c->ops->draw(c->own, before, &c->canvas[i]);
		buf_clear(b);
		if (alike && c->quality[i] == c->quality[i - 1])
			buf_bytes(b, buf_view(&c->packed[i - 1]));
		else if (err == 0)
			err = jpeg_put(c->jpeg, &c->canvas[i], c->quality[i],
			    b);
	}
	/* what was drawn is what is shown now */
	c->canvas[0] = c->shown;
	c->shown = top;
	c->drawn = err == 0;
	return err;
}

static void
cutter_show(struct cutter *c, uint16_t at)
{
	for (unsigned i = 0; i < c->rows; i++) {
		buf_bytes(&c->pictures[i].bytes, buf_view(&c->packed[i]));
		gather_add(&c->pictures[i], at);
	}
}

/* The segment's first picture: its own if it comes soon enough, else the one
 * that is on the screen when it begins. */
static void
cutter_first(struct cutter *c, uint32_t start)
{
	bool before = c->pending;
	int err = 0;

	if (c->pending && c->time < start + NEAR)
		return;
	if (!c->drawn && c->any)
		err = cutter_pack(c, before, true);
	if (err == 0 && c->drawn) {
		cutter_show(c, 0);
		c->shown_at = start;
	}
}

static void
cutter_pictures(struct cutter *c, uint32_t start)
{
	bool first;
	int err;

	/* those of before, or late ones */
	for (cutter_pull(c); c->pending && c->time < start; cutter_pull(c))
		c->pending = c->drawn = false;
	cutter_first(c, start);
	for (; c->pending && c->time < start + MEDIA_SEGMENT_MS;
	    cutter_pull(c)) {
		c->pending = false;
		first = c->pictures[0].n == 0;
		if (!first && (c->time < c->shown_at + APART ||
		    !gather_room(&c->pictures[0])))
			continue;
		err = cutter_pack(c, false, first);
		if (err == 0) {
			cutter_show(c, (uint16_t)(c->time - start));
			c->shown_at = c->time;
		} else if (err != ERR_EXISTS) {
			cutter_tell_broken(c, c->time, MEDIA_FAIL_PICTURE);
		}
	}
}

/* --- sound --- */

static void
cutter_listen(struct cutter *c)
{
	while (c->queued < AHEAD && !c->sound_over) {
		if (c->ops->sound(c->own, c->ahead[c->queued]) == 0)
			c->queued++;
		else
			c->sound_over = true;
	}
}

/* Packs the oldest packet that is ahead, or forgets it: at < 0. */
static void
cutter_sound(struct cutter *c, int at)
{
	struct buf unused = {0}, *out = at < 0 ? &unused : &c->sounds.bytes;

	if (opus_in_put(c->opus, c->ahead[0], out) == 0 && at >= 0)
		gather_add(&c->sounds, (uint16_t)at);
	buf_free(&unused);
	c->queued--;
	memmove(c->ahead[0], c->ahead[1], c->queued * sizeof(c->ahead[0]));
}

static void
cutter_sounds(struct cutter *c)
{
	cutter_listen(c);
	for (int at = 0; c->queued > 0 && at < MEDIA_SEGMENT_MS;
	    at += MEDIA_SOUND_MS) {
		cutter_sound(c, at);
		cutter_listen(c);
	}
}

/* --- a segment --- */

static bool
cutter_seek(struct cutter *c, uint32_t start)
{
	uint32_t warm = start < WARM * MEDIA_SOUND_MS ? 0 :
	    WARM * MEDIA_SOUND_MS;
	uint64_t sample = (uint64_t)(start - warm) * (MEDIA_RATE / 1000);

	c->any = c->pending = c->pictures_over = c->drawn = false;
	c->queued = 0;
	c->sound_over = !c->info.sound;
	if (c->ops->seek_picture(c->own, start) != 0)
		return false;
	if (!c->info.sound)
		return true;
	opus_in_reset(c->opus);
	/* the coder is late by some samples: the sound is read so much early */
	if (c->ops->seek_sound(c->own, sample + opus_in_delay(c->opus)) != 0)
		return false;
	for (; warm > 0; warm -= MEDIA_SOUND_MS) {
		cutter_listen(c);
		if (c->queued > 0)
			cutter_sound(c, -1);
	}
	return true;
}

/* How much of the segment there is: all of it, unless both have ended. */
static uint16_t
cutter_length(struct cutter *c, uint32_t start, bool *last)
{
	uint32_t end = c->end > start ? c->end - start : 0;
	uint32_t sound = c->sounds.n > 0 ? c->sounds.item[c->sounds.n - 1].at +
	    MEDIA_SOUND_MS : 0;

	*last = false;
	if (!c->pictures_over || c->pending)
		return MEDIA_SEGMENT_MS;
	cutter_listen(c);
	/* a bit of sound behind the last picture is no reason for another */
	*last = c->sound_over && c->queued < AHEAD;
	if (!*last)
		return MEDIA_SEGMENT_MS;
	end = end > sound ? end : sound;
	return (uint16_t)(end > MEDIA_SEGMENT_MS ? MEDIA_SEGMENT_MS :
	    end < 1 ? 1 : end);
}

/* The lowest row is packed worse when too few pictures are left in it. */
static void
cutter_learn(struct cutter *c, unsigned all, unsigned left)
{
	unsigned i = c->rows - 1;
	int q = c->quality[i];

	if (i == 0)
		return;
	if (left < all && left < FEW)
		q -= 10;
	else if (left == all)
		q += 2;
	c->quality[i] = q < WORST ? WORST : q > c->quality[0] ?
	    c->quality[0] : q;
}

static void
cutter_write(struct cutter *c, uint32_t number, uint16_t length)
{
	size_t whole = length < WHOLE ? WHOLE : length;
	struct packet m = {.code = PACKET_made};
	unsigned left = 0, all = c->pictures[0].n;

	for (unsigned i = 0; i < c->rows; i++) {
		bool low = i > 0 && i == c->rows - 1;

		buf_clear(&c->made);
		left = gather_write(&c->made, (uint8_t)i, number, length,
		    &c->pictures[i], &c->sounds, low ?
		    MEDIA_LOW_ROW * whole / 1000 : MEDIA_SEGMENT_MAX);
		m.made.row = (uint8_t)i;
		m.made.number = number;
		m.made.segment = buf_view(&c->made);
		port_put(c->port, &m);
		gather_clear(&c->pictures[i]);
	}
	cutter_learn(c, all, left);
	gather_clear(&c->sounds);
}

bool
cutter_want(struct cutter *c, uint32_t number)
{
	struct packet m = {.code = PACKET_cut};
	uint32_t start = number * MEDIA_SEGMENT_MS;
	uint16_t length;
	bool last;

	if (number >= MEDIA_SEGMENTS_MAX)
		return cutter_fail(c->port, MEDIA_FAIL_LENGTH, "a day");
	watchdog_set(PATIENCE);
	c->broken = false;
	if (number != c->next && !cutter_seek(c, start))
		return cutter_fail(c->port, MEDIA_FAIL_BROKEN, "seeking");
	cutter_pictures(c, start);
	if (!c->any && number == 0)
		return cutter_fail(c->port, MEDIA_FAIL_BROKEN, "no picture");
	cutter_sounds(c);
	length = cutter_length(c, start, &last);
	if (last && start + length + SHORT < c->info.length)
		cutter_tell_broken(c, start + length, MEDIA_FAIL_CUT);
	cutter_write(c, number, length);
	c->next = number + 1;
	m.cut.number = number;
	m.cut.last = last;
	port_put(c->port, &m);
	watchdog_set(0);
	return true;
}

/* --- what it is --- */

static void
cutter_tell(struct cutter *c)
{
	struct packet m = {.code = PACKET_source};

	m.source.length = c->info.length;
	m.source.width = c->info.width;
	m.source.height = c->info.height;
	m.source.rate = c->info.rate;
	m.source.sound = c->info.sound;
	m.source.rows = (uint8_t)c->rows;
	m.source.codecs = bytes_of(c->info.codecs, strlen(c->info.codecs));
	port_put(c->port, &m);
	for (unsigned i = 0; i < c->rows; i++) {
		m = (struct packet){.code = PACKET_row};
		m.row.row = (uint8_t)i;
		m.row.width = c->row[i].width;
		m.row.height = c->row[i].height;
		m.row.rate = c->row[i].rate;
		port_put(c->port, &m);
	}
}

/* A picture from a tenth into it, when films have begun; else the first. */
static bool
cutter_poster(struct cutter *c)
{
	uint32_t at = c->info.length / 10 < 30000 ? c->info.length / 10 : 30000;
	struct source_info shape = {.width = c->row[0].width,
	    .height = c->row[0].height};
	struct index_row row[MEDIA_ROWS];
	struct packet m = {.code = PACKET_poster};
	struct canvas small = {0};
	struct buf b = {0};
	int q = 75, err = 0;

	c->broken = true;       /* it is told when its segment is made */
	if (cutter_seek(c, at))
		cutter_pull(c);
	if (!c->any && at > 0 && cutter_seek(c, 0))
		cutter_pull(c);
	if (!c->any)
		return false;
	if (shape.width > POSTER_WIDTH) {
		shape.height = (uint16_t)(shape.height * POSTER_WIDTH /
		    shape.width);
		shape.width = POSTER_WIDTH;
	}
	(void)sizes_make(row, &shape, 1, q);
	canvas_init(&small, row[0].width, row[0].height);
	err = c->ops->draw(c->own, false, &small);
	for (; err == 0 && q > 0; q -= 10) {
		buf_clear(&b);
		err = jpeg_put(c->jpeg, &small, q, &b);
		if (err == 0 && b.n <= MEDIA_POSTER_MAX)
			break;
	}
	m.poster.jpeg = buf_view(&b);
	if (err == 0 && b.n <= MEDIA_POSTER_MAX)
		port_put(c->port, &m);
	buf_free(&b);
	canvas_free(&small);
	return err == 0;
}

static const struct source_ops *
cutter_source(const struct packet_make *make)
{
	return make->pattern > 0 ? &source_pattern : &source_film;
}

struct cutter *
cutter_new(struct port *port, const struct packet_make *make)
{
	struct cutter *c = mem_alloc(sizeof(*c));
	char *words = NULL;
	enum media_fail why;
	int q = make->quality < 1 ? 1 : make->quality > 100 ? 100 :
	    make->quality;

	watchdog_set(PATIENCE);
	c->port = port;
	c->ops = cutter_source(make);
	c->next = UINT32_MAX;
	c->jpeg = jpeg_new();
	c->opus = opus_in_new();
	why = c->ops->open(&c->own, make, &c->info, &words);
	if (why == MEDIA_FAIL_NONE) {
		c->rows = sizes_make(c->row, &c->info, make->rows, q);
		for (unsigned i = 0; i < c->rows; i++) {
			c->quality[i] = q;
			if (i == 0 || c->row[i].width != c->row[i - 1].width)
				canvas_init(&c->canvas[i], c->row[i].width,
				    c->row[i].height);
		}
		canvas_init(&c->shown, c->row[0].width, c->row[0].height);
		cutter_tell(c);
		if (!cutter_poster(c))
			why = MEDIA_FAIL_BROKEN;
	}
	watchdog_set(0);
	if (why != MEDIA_FAIL_NONE) {
		(void)cutter_fail(port, why, words ? words : "");
		cutter_free(c);
		c = NULL;
	}
	free(words);
	return c;
}

void
cutter_free(struct cutter *c)
{
	if (!c)
		return;
	if (c->own)
		c->ops->close(c->own);
	for (unsigned i = 0; i < MEDIA_ROWS; i++) {
		/* a row may look at the canvas of the one before it */
		if (i == 0 || c->row[i].width != c->row[i - 1].width)
			canvas_free(&c->canvas[i]);
		gather_free(&c->pictures[i]);
		buf_free(&c->packed[i]);
	}
	canvas_free(&c->shown);
	gather_free(&c->sounds);
	buf_free(&c->made);
	jpeg_free(c->jpeg);
	opus_in_free(c->opus);
	free(c);
}
