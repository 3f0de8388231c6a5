/* SPDX-License-Identifier: ISC */
/*
 * Floor 1: pictures and sound as bytes. Packets between the client and its
 * media helper, segments of a stored film and its index, all bounded and
 * without a foreign library. Knows nothing of keys: what is here is sealed and
 * opened by tui/client (DESIGN 6). Formats, byte by byte: tacet-protocol(7).
 */
#ifndef TACET_MEDIA_H
#define TACET_MEDIA_H

#include "base.h"

#define MEDIA_VERSION 1         /* of packets, segments and index */
#define MEDIA_PACKET_MAX (8u << 20)     /* code and fields */
#define MEDIA_FD_CLIENT 3       /* the helper's end of the pair to the client */
#define MEDIA_FD_SOURCE 4       /* decode: the file to be published */
#define MEDIA_FD_PEER 5         /* between decode and show */

#define MEDIA_ROWS 4            /* sizes of a film at most */
#define MEDIA_WIDTH_MAX 1280    /* of what is sent; a source may have more */
#define MEDIA_SIDE_MAX 1280     /* of a picture that is opened */
#define MEDIA_SEGMENT_MS 2000   /* a segment is this long, the last one shorter */
#define MEDIA_SEGMENT_MAX (4u << 20)    /* bytes of one, before the seal */
#define MEDIA_SEALED_MAX (MEDIA_SEGMENT_MAX + 256)      /* after it */
#define MEDIA_SEGMENTS_MAX 43200u       /* of a row: a day */
#define MEDIA_FRAMES_MAX 240    /* pictures and, apart, sounds in a segment */
#define MEDIA_POSTER_MAX 12288  /* bytes of the JPEG in a card */
#define MEDIA_RATE 48000        /* samples a second */
#define MEDIA_SOUND_MS 20       /* of a packet of Opus */
#define MEDIA_LOW_ROW 80000     /* bytes a second of the lowest row, with sound,
                                   seal and padding */
#define MEDIA_CELL 6            /* upper and lower half: red, green, blue */

/* packet.c: rows of packet.def */

enum media_end { MEDIA_CLIENT = 1, MEDIA_DECODE = 2, MEDIA_SHOW = 4 };

#define U8(n) uint8_t n;
#define U16(n) uint16_t n;
#define U32(n) uint32_t n;
#define U64(n) uint64_t n;
#define DATA(n) struct bytes n;
#define PACKET(code, name, from, to, fields) struct packet_##name { fields };
#include "packet.def"
#undef PACKET
#undef U8
#undef U16
#undef U32
#undef U64
#undef DATA

enum packet_code {
#define PACKET(code, name, from, to, fields) PACKET_##name = code,
#include "packet.def"
#undef PACKET
};

/* A decoded packet; its views point into the bytes it was read from. */
struct packet {
	uint8_t code;
	union {
#define PACKET(code, name, from, to, fields) struct packet_##name name;
#include "packet.def"
#undef PACKET
	};
};

/*
 * Takes one whole packet from the front of `in`. 0: *used says how many bytes
 * it was; ERR_SHORT: not all of it is here yet; else it is not from `from` to
 * `to`, too big or malformed, and nothing behind it can be trusted.
 */
int packet_get(struct bytes in, enum media_end from, enum media_end to,
    struct packet *, size_t *used) MUST_CHECK;
void packet_put(struct buf *, const struct packet *);   /* with its length */
/* All of it but the bytes of the DATA at its end, which the caller sends next:
 * a picture is not copied. For rows with one DATA, the last field. */
void packet_head(struct buf *, const struct packet *);
const char *packet_name(uint8_t code);                  /* "?" if unknown */

/* why a source can't be published, or a film not be played: media_fail.def,
 * MEDIA_FAIL(code, name, clause, next) */
enum media_fail {
	MEDIA_FAIL_NONE = 0,
#define MEDIA_FAIL(code, name, text, next) MEDIA_FAIL_##name = code,
#include "media_fail.def"
#undef MEDIA_FAIL
};
const char *media_fail_text(unsigned);  /* a clause; one for unknown numbers */
/* What one can do then, with that name of the file (malloc'ed) */
char *media_fail_next(unsigned, const char *file);

/* What a film does where it is shown: `state' of the packet at. WAITS: it is to
 * run, and there is nothing to show (buffering). */
enum media_state { MEDIA_WAITS, MEDIA_RUNS, MEDIA_PAUSED, MEDIA_ENDED };

/* sinks: sink.def, SINK(code, name, help) */
enum media_sink {
#define SINK(code, name, help) SINK_##name = code,
#include "sink.def"
#undef SINK
};
const char *sink_name(unsigned);        /* NULL if there is none */
int sink_code(const char *name);        /* ERR_NONE */

/*
 * segment.c: at most MEDIA_SEGMENT_MS of pictures and sound.
 *
 *	u8 version, u8 row, u32 number, u32 start, u16 length (ms),
 *	then items: u8 kind (1 picture, 2 sound), u16 ms from the start, u32
 *	length, bytes; then zeros to the padded size. Items are ordered by time.
 *
 * A picture is one JPEG; a sound one packet of Opus of MEDIA_SOUND_MS, stereo.
 * A picture that is like the one before is left out: it stays on the screen.
 */
enum item_kind { ITEM_END, ITEM_PICTURE, ITEM_SOUND };

struct segment {
	uint8_t row;
	uint32_t number, start;
	uint16_t length;
	struct bytes items;
};
struct item {
	enum item_kind kind;
	uint16_t at;
	struct bytes data;
};
void segment_begin(struct buf *, uint8_t row, uint32_t number, uint32_t start,
    uint16_t length);
void segment_item(struct buf *, const struct item *);
void segment_pad(struct buf *); /* padme(); ITEM_END and zeros */
size_t segment_padded(size_t);  /* what a size is padded to */
/* Reads the head and walks all items once: ERR_VERSION, ERR_FORMAT, ERR_RANGE,
 * ERR_BIG */
int segment_get(struct bytes, struct segment *) MUST_CHECK;
/* The next item: true, or false at the end. Only after segment_get(). */
bool segment_next(struct segment *, struct item *);

/*
 * index.c: what a film consists of. Sealed, it stands behind the last segment
 * in the film's blob.
 *
 *	u8 version, u8 rows, u32 segments (of every row), u32 length (ms), u8
 *	sound; rows times: u16 width, u16 height, u32 rate; then number by number
 *	and in it row by row: u32 length of the sealed segment, 32 bytes
 *	BLAKE2b-256 of it.
 */
struct index_row {
	uint16_t width, height;
	uint32_t rate;
};
struct index_part {
	uint64_t offset;        /* in the blob; not written, but summed up */
	uint32_t length;
	uint8_t hash[32];
};
struct index {
	uint8_t rows, sound;
	uint32_t segments, length;
	struct index_row row[MEDIA_ROWS];
	struct index_part *part;        /* segments * rows */
};
void index_put(struct buf *, const struct index *);
/* ERR_VERSION, ERR_FORMAT (not as long as its counts say), ERR_RANGE (a size or
 * a count that can't be). Counts are judged before anything is allocated. */
int index_get(struct bytes, struct index *) MUST_CHECK;
void index_free(struct index *);
const struct index_part *index_part(const struct index *, uint32_t number,
    uint8_t row);               /* NULL if there is none */
uint64_t index_size(const struct index *);      /* bytes of all segments */

#endif
