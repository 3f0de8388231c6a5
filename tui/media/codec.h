/* SPDX-License-Identifier: ISC */
/*
 * The role decode: pictures in memory, where they come from, and what they are
 * packed into. Nothing here knows a foreign library; each has its own file.
 */
#ifndef TACET_CODEC_H
#define TACET_CODEC_H

#include "role.h"

#define CHANNELS 2
#define SOUND_SAMPLES (MEDIA_RATE / 1000 * MEDIA_SOUND_MS)      /* of each */

/* canvas.c: a picture as I420, even sides, planes one behind the other */

struct canvas {
	uint16_t width, height;
	uint8_t *plane[3];      /* the first owns the memory */
	int stride[3];
};
void canvas_init(struct canvas *, uint16_t width, uint16_t height);
void canvas_free(struct canvas *);
/* False if `to` is not exactly half of `from`; then nothing was done. */
bool canvas_half(struct canvas *to, const struct canvas *from);
/* To an eye the same: no run of pixels differs by more than noise. */
bool canvas_same(const struct canvas *, const struct canvas *);

/* jpeg.c: the one file that knows libjpeg-turbo */

struct jpeg;
struct jpeg *jpeg_new(void) MUST_CHECK;
void jpeg_free(struct jpeg *);
int jpeg_put(struct jpeg *, const struct canvas *, int quality, struct buf *)
    MUST_CHECK;
/* Sides of the one kind of JPEG that jpeg_put() makes: ERR_FORMAT for any
 * other, ERR_BIG over MEDIA_SIDE_MAX. Reads the head, allocates nothing. */
int jpeg_size(struct bytes, uint16_t *width, uint16_t *height) MUST_CHECK;
/* Planes of I420 without gaps, width * height * 3 / 2 bytes. */
int jpeg_get(struct jpeg *, struct bytes, uint16_t width, uint16_t height,
    uint8_t *planes) MUST_CHECK;

/* opus.c: the one file that knows libopus; packets of MEDIA_SOUND_MS, stereo */

#define OPUS_PACKET_MAX 1275
struct opus_in;
struct opus_out;
struct opus_in *opus_in_new(void) MUST_CHECK;
void opus_in_free(struct opus_in *);
void opus_in_reset(struct opus_in *);
unsigned opus_in_delay(struct opus_in *);       /* samples that come out late */
int opus_in_put(struct opus_in *, const int16_t *pcm, struct buf *) MUST_CHECK;
struct opus_out *opus_out_new(void) MUST_CHECK;
void opus_out_free(struct opus_out *);
void opus_out_reset(struct opus_out *);
int opus_out_get(struct opus_out *, struct bytes, int16_t *pcm) MUST_CHECK;

/*
 * source.def: where films come from. A source gives pictures in the order of
 * their times, and sound on the film's own line of samples, gaps filled. The
 * two don't wait for each other.
 */
struct source_info {
	uint32_t length;        /* ms; 0: not known */
	uint16_t width, height; /* as it is to be seen */
	uint32_t rate;          /* thousandths of a picture a second */
	bool sound;
	char codecs[64];
};
struct source_ops {
	/* 0, or a MEDIA_FAIL_*, with words for the log */
	enum media_fail (*open)(void **, const struct packet_make *,
	    struct source_info *, char **words);
	void (*close)(void *);
	/* The next picture comes from at or before that ms, the next sound
	 * begins with that sample. */
	int (*seek_picture)(void *, uint32_t ms);
	int (*seek_sound)(void *, uint64_t sample);
	/* 0; ERR_NONE: no more; ERR_FORMAT: one was broken, and it goes on.
	 * How long it stays is 0 if that is not known. */
	int (*picture)(void *, uint32_t *ms, uint32_t *stays);
	/* Draws the last picture, or the one before it, at the canvas's size */
	int (*draw)(void *, bool before, struct canvas *);
	/* The next SOUND_SAMPLES; ERR_NONE as above */
	int (*sound)(void *, int16_t *pcm);
};
#define SOURCE(name, what) extern const struct source_ops source_##name;
#include "source.def"
#undef SOURCE

/* gather.c: the pictures or sounds of one segment until it is written */

struct gather {
	struct buf bytes;
	unsigned n;
	struct gathered {
		uint16_t at;
		uint32_t from, size;
	} item[MEDIA_FRAMES_MAX];
};
bool gather_room(const struct gather *);        /* one more would fit */
/* What was put into bytes since the last call is an item at that ms. */
void gather_add(struct gather *, uint16_t at);
void gather_clear(struct gather *);
void gather_free(struct gather *);
/* Writes a segment of at most `most` bytes, sealed and padded, by leaving out
 * pictures evenly; returns how many pictures there are in it. */
unsigned gather_write(struct buf *, uint8_t row, uint32_t number,
    uint16_t length, const struct gather *pictures,
    const struct gather *sounds, size_t most);

/* sizes.c: the rows of a film by its source, the largest first. The last one is
 * to fit into MEDIA_LOW_ROW when there is more than one. */
unsigned sizes_make(struct index_row[static MEDIA_ROWS],
    const struct source_info *, unsigned most, int quality);

/* cutter.c: makes films */

struct cutter;
/* NULL when it can't be made: `fail` has been said. */
struct cutter *cutter_new(struct port *, const struct packet_make *);
void cutter_free(struct cutter *);
/* Makes segment `number` in all rows; false when it can't go on, and that has
 * been said. */
bool cutter_want(struct cutter *, uint32_t number);

/* unpack.c: plays films */

struct unpack;
struct unpack *unpack_new(struct port *client, struct port *peer);
void unpack_free(struct unpack *);
int unpack_play(struct unpack *, const struct packet_play *);
void unpack_flush(struct unpack *, const struct packet_flush *);
void unpack_over(struct unpack *, const struct packet_over *);
/* Something is there to be done; does one picture or sound of it. */
bool unpack_ready(const struct unpack *);
void unpack_turn(struct unpack *);

/* watchdog.c: whoever computes this long for one thing is ended by the kernel;
 * 0 seconds: the thing is done */
void watchdog_set(unsigned seconds);

#endif
