/* SPDX-License-Identifier: ISC */
/*
 * One stream of a file: bytes by the descriptor alone, a demuxer and a decoder
 * of format.def, frames. Nothing that stands in the file makes another be
 * opened. What is broken inside is passed over; what can't be read on ends it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <libavutil/avstring.h>

#include "source_parts.h"

#define BLOCK (64 << 10)
#define PROBE (4 << 20)                 /* bytes looked at to know a file */
#define PIXELS (4096 * 2304)            /* of a picture */
#define STREAMS 32

static const char side_formats[] =
#define FORMAT(name, what) #name ","
#define CODEC(name, what)
#include "format.def"
#undef FORMAT
#undef CODEC
    "none";
static const char side_codecs[] =
#define FORMAT(name, what)
#define CODEC(name, what) #name ","
#include "format.def"
#undef FORMAT
#undef CODEC
    "none";

static int
side_read(void *own, uint8_t *to, int n)
{
	struct side *s = own;
	ssize_t got;

	do {
		got = pread(s->fd, to, (size_t)n, s->at);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return AVERROR(errno);
	if (got == 0)
		return AVERROR_EOF;
	s->at += got;
	return (int)got;
}

static int64_t
side_lseek(void *own, int64_t offset, int whence)
{
	struct side *s = own;

	switch (whence & ~AVSEEK_FORCE) {
	case AVSEEK_SIZE:
		return s->size;
	case SEEK_CUR:
		offset += s->at;
		break;
	case SEEK_END:
		offset += s->size;
		break;
	}
	if (offset < 0)
		return AVERROR(EINVAL);
	s->at = offset;
	return offset;
}

/* A file that names another one gets nothing. */
static int
side_refuse(AVFormatContext *format, AVIOContext **io, const char *url,
    int flags, AVDictionary **options)
{
	(void)format;
	(void)io;
	(void)url;
	(void)flags;
	(void)options;
	return AVERROR(EACCES);
}

/*
 * Names of television channels come in old alphabets, for which the C library
 * would open its tables: not allowed here, and nobody wants the names. This
 * stands in front of the library's own, and lets through who is not closed in,
 * which is the role show.
 */
void *iconv_open(const char *to, const char *from);

void *
iconv_open(const char *to, const char *from)
{
	void *(*real)(const char *, const char *);

	*(void **)&real = dlsym(RTLD_NEXT, "iconv_open");
	if (!real || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) < 0) {
		errno = EINVAL;         /* it is not known */
		return (void *)-1;
	}
	return real(to, from);
}

static enum media_fail
side_fail(enum media_fail why, char **words, const char *what, int err)
{
	char text[AV_ERROR_MAX_STRING_SIZE] = "";

	if (*words == NULL && err < 0)
		*words = mem_format("%s: %s", what,
		    av_make_error_string(text, sizeof(text), err));
	else if (*words == NULL)
		*words = mem_string(what);
	return err == AVERROR(ENOMEM) ? MEDIA_FAIL_SIZE : why;
}

static enum media_fail
side_bytes(struct side *s)
{
	uint8_t *block;

	s->size = lseek(s->fd, 0, SEEK_END);
	if (s->size < 0)
		return MEDIA_FAIL_OPEN;
	if (s->size == 0)
		return MEDIA_FAIL_EMPTY;
	block = av_malloc(BLOCK);
	s->io = block ? avio_alloc_context(block, BLOCK, 0, s, side_read, NULL,
	    side_lseek) : NULL;
	return s->io ? MEDIA_FAIL_NONE : MEDIA_FAIL_SIZE;
}

static enum media_fail
side_demux(struct side *s, char **words)
{
	const AVInputFormat *format = NULL;
	int err = av_probe_input_buffer2(s->io, &format, "", NULL, 0, PROBE);

	if (err < 0 || !format)
		return side_fail(MEDIA_FAIL_OPEN, words, "no known format",
		    err);
	if (av_match_list(format->name, side_formats, ',') <= 0)
		return side_fail(MEDIA_FAIL_FORMAT, words, format->name, 0);
	s->format = avformat_alloc_context();
	if (!s->format)
		return MEDIA_FAIL_SIZE;
	s->format->pb = s->io;
	s->format->flags |= AVFMT_FLAG_CUSTOM_IO;
	s->format->io_open = side_refuse;
	s->format->format_whitelist = av_strdup(side_formats);
	s->format->codec_whitelist = av_strdup(side_codecs);
	s->format->protocol_whitelist = av_strdup("none");
	s->format->max_streams = STREAMS;
	s->format->probesize = PROBE;
	err = avformat_open_input(&s->format, "", format, NULL);
	if (err < 0)
		return side_fail(MEDIA_FAIL_BROKEN, words, format->name, err);
	err = avformat_find_stream_info(s->format, NULL);
	if (err < 0)
		return side_fail(MEDIA_FAIL_BROKEN, words, format->name, err);
	return MEDIA_FAIL_NONE;
}

/* The stream of our kind that the library would choose; covers are none. */
static enum media_fail
side_choose(struct side *s, char **words)
{
	AVStream *stream;

	s->stream = av_find_best_stream(s->format, s->type, -1, -1, NULL, 0);
	if (s->stream < 0)
		return MEDIA_FAIL_VIDEO;
	stream = s->format->streams[s->stream];
	if (stream->disposition & AV_DISPOSITION_ATTACHED_PIC)
		return MEDIA_FAIL_VIDEO;
	for (unsigned i = 0; i < s->format->nb_streams; i++)
		if ((int)i != s->stream)
			s->format->streams[i]->discard = AVDISCARD_ALL;
	if (s->type != AVMEDIA_TYPE_VIDEO)
		return MEDIA_FAIL_NONE;
	if ((int64_t)stream->codecpar->width * stream->codecpar->height >
	    PIXELS)
		return side_fail(MEDIA_FAIL_SIZE, words, "pictures", 0);
	if (stream->codecpar->width <= 0 || stream->codecpar->height <= 0)
		return side_fail(MEDIA_FAIL_BROKEN, words, "no size", 0);
	return MEDIA_FAIL_NONE;
}

static enum media_fail
side_decoder(struct side *s, char **words)
{
	AVStream *stream = s->format->streams[s->stream];
	const AVCodec *codec = avcodec_find_decoder(stream->codecpar->codec_id);
	int err;

	if (!codec || av_match_list(codec->name, side_codecs, ',') <= 0)
		return side_fail(MEDIA_FAIL_FORMAT, words,
		    avcodec_get_name(stream->codecpar->codec_id), 0);
	s->codec = avcodec_alloc_context3(codec);
	s->packet = av_packet_alloc();
	s->frame = av_frame_alloc();
	s->before = av_frame_alloc();
	s->spare = av_frame_alloc();
	if (!s->codec || !s->packet || !s->frame || !s->before || !s->spare)
		return MEDIA_FAIL_SIZE;
	err = avcodec_parameters_to_context(s->codec, stream->codecpar);
	s->codec->thread_count = 1;
	s->codec->max_pixels = PIXELS;
	s->codec->pkt_timebase = stream->time_base;
	s->codec->codec_whitelist = av_strdup(side_codecs);
	if (err >= 0)
		err = avcodec_open2(s->codec, codec, NULL);
	return err < 0 ? side_fail(MEDIA_FAIL_BROKEN, words, codec->name, err)
	    : MEDIA_FAIL_NONE;
}

enum media_fail
side_open(struct side *s, int fd, enum AVMediaType type, char **words)
{
	enum media_fail why;

	memset(s, 0, sizeof(*s));
	s->fd = fd;
	s->type = type;
	s->fresh = true;
	why = side_bytes(s);
	if (why == MEDIA_FAIL_NONE)
		why = side_demux(s, words);
	if (why == MEDIA_FAIL_NONE)
		why = side_choose(s, words);
	if (why == MEDIA_FAIL_NONE)
		why = side_decoder(s, words);
	return why;
}

void
side_close(struct side *s)
{
	avcodec_free_context(&s->codec);
	av_packet_free(&s->packet);
	av_frame_free(&s->frame);
	av_frame_free(&s->before);
	av_frame_free(&s->spare);
	avformat_close_input(&s->format);
	if (s->io)
		av_freep(&s->io->buffer);
	avio_context_free(&s->io);
}

/* Gives the decoder its next packet, or tells it that there is none. */
static int
side_feed(struct side *s)
{
	int err;

	s->fresh = false;
	do {
		av_packet_unref(s->packet);
		err = av_read_frame(s->format, s->packet);
	} while (err >= 0 && s->packet->stream_index != s->stream);
	if (err < 0) {
		/* the end, or bytes that can't be read: both end it */
		s->drained = true;
		err = avcodec_send_packet(s->codec, NULL);
	} else {
		err = avcodec_send_packet(s->codec, s->packet);
		av_packet_unref(s->packet);
	}
	return err < 0 && err != AVERROR_EOF ? ERR_FORMAT : 0;
}

int
side_next(struct side *s)
{
	AVFrame *oldest = s->before;
	int err = 0;

	while (!s->over) {
		err = avcodec_receive_frame(s->codec, s->spare);
		if (err == 0) {
			s->before = s->frame;
			s->frame = s->spare;
			s->spare = oldest;
			av_frame_unref(oldest);
			s->hurt = s->frame->decode_error_flags != 0 ||
			    (s->frame->flags & AV_FRAME_FLAG_CORRUPT);
			return 0;
		}
		s->over = err == AVERROR_EOF || s->drained;
		if (s->over)
			break;
		if (err != AVERROR(EAGAIN))
			return ERR_FORMAT;
		err = side_feed(s);
		if (err != 0)
			return err;
	}
	return ERR_NONE;
}

int64_t
side_us(const struct side *s, int64_t ts)
{
	return av_rescale_q(ts, s->format->streams[s->stream]->time_base,
	    AV_TIME_BASE_Q);
}

/* From the beginning, in a format that can't be sought in. */
static int
side_again(struct side *s)
{
	enum AVMediaType type = s->type;
	char *words = NULL;
	int fd = s->fd;
	enum media_fail why;

	side_close(s);
	why = side_open(s, fd, type, &words);
	free(words);
	return why == MEDIA_FAIL_NONE ? 0 : ERR_FORMAT;
}

int
side_seek(struct side *s, int64_t us)
{
	AVStream *stream = s->format->streams[s->stream];
	int64_t ts = av_rescale_q(us, AV_TIME_BASE_Q, stream->time_base);

	if (us == INT64_MIN)
		return s->fresh ? 0 : side_again(s);
	if (avformat_seek_file(s->format, s->stream, INT64_MIN, ts, ts, 0) < 0)
		return side_again(s);
	avcodec_flush_buffers(s->codec);
	av_frame_unref(s->frame);
	av_frame_unref(s->before);
	s->fresh = s->drained = s->over = false;
	return 0;
}
