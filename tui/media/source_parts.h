/* SPDX-License-Identifier: ISC */
/*
 * A file as a source, by FFmpeg's libraries: what its four files share. The
 * file is opened twice, once for pictures and once for sound, so that neither
 * waits for the other however they are interleaved.
 */
#ifndef TACET_SOURCE_PARTS_H
#define TACET_SOURCE_PARTS_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

#include "codec.h"

#define SOURCE_SCALERS (MEDIA_ROWS + 1) /* and one for the poster */

/* source_side.c: one stream of the file, from bytes to frames */

struct side {
	enum AVMediaType type;
	int fd;
	int64_t at, size;               /* in the file */
	AVIOContext *io;
	AVFormatContext *format;
	AVCodecContext *codec;
	AVPacket *packet;
	AVFrame *frame, *before, *spare;
	int stream;
	bool fresh, drained, over;      /* fresh: nothing was read yet */
	bool hurt;                      /* the last frame is not whole */
};
/* MEDIA_FAIL_NONE, or why; *words for the log */
enum media_fail side_open(struct side *, int fd, enum AVMediaType,
    char **words);
void side_close(struct side *);
/* The next frame into `frame`, the one that was there into `before`: 0,
 * ERR_NONE at the end, ERR_FORMAT: one was broken */
int side_next(struct side *);
/* To a frame at or before that time, which is a microsecond of the file; a
 * later one if there is none. Forgets both frames. */
int side_seek(struct side *, int64_t us);
int64_t side_us(const struct side *, int64_t ts);       /* of the file */

/* source_draw.c: a frame onto a canvas */

struct draw {
	struct draw_scaler {
		struct SwsContext *sws;
		int width, height, format;      /* of the frame */
		bool full;
		uint16_t to_width, to_height;
	} scaler[SOURCE_SCALERS];
	unsigned next;
	unsigned quarters;      /* turns to the right, of 90 degrees */
	struct canvas aside;    /* before it is turned */
	uint8_t luma[256], chroma[256]; /* 16..235 to 0..255 */
};
void draw_init(struct draw *, unsigned quarters);
void draw_free(struct draw *);
int draw_frame(struct draw *, const AVFrame *, struct canvas *);

/* source_sound.c: frames of sound onto the film's line of samples */

struct tune {
	struct side side;
	struct SwrContext *swr;
	int rate, format, channels;     /* what swr was made for */
	int16_t *pcm;                   /* stereo, decoded and not used */
	size_t n, room;                 /* samples */
	int64_t start, end;             /* of pcm; where the last piece ended */
	int64_t want;                   /* the next sample to be given */
	int64_t origin;                 /* us */
	bool run;                       /* end is known */
};
void tune_close(struct tune *);
int tune_seek(struct tune *, uint64_t sample);
int tune_next(struct tune *, int16_t *pcm);

#endif
