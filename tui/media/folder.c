/* SPDX-License-Identifier: ISC */
/*
 * The sink file: each picture as a JPEG in a folder, TIME.jpg with eight digits
 * of milliseconds, and the sound in sound.wav, each part of it where it belongs
 * in the film. The folder is the open descriptor MEDIA_FD_SOURCE; there is no
 * path in any packet. A file that is there stays, and what would be in it is
 * left out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec.h"
#include "show.h"

#define FOLDER_QUALITY 90
#define FOLDER_FILES 100000u    /* then the disk is spared */
#define FOLDER_SOUND "sound.wav"
#define FOLDER_HEAD 44          /* bytes before the first sample */
#define FOLDER_FRAME 4          /* bytes: two samples of 16 bits */
#define FOLDER_LONG (6u * 3600 * MEDIA_RATE)    /* its sizes are of 32 bits */

struct sink {
	struct jpeg *jpeg;
	struct buf out;
	unsigned files;
	int wav;                /* -1: not yet, or there was one */
	bool tried;
	uint32_t frames;        /* of the sound */
};

static void
put_at(int fd, struct bytes b, off_t at)
{
	ssize_t n = 0;

	while (b.n > 0 && ((n = pwrite(fd, b.p, b.n, at)) > 0 ||
	    (n < 0 && errno == EINTR))) {
		if (n < 0)
			continue;
		b.p += n;
		b.n -= (size_t)n;
		at += n;
	}
}

static void
le(struct buf *b, uint32_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_u8(b, (uint8_t)(v >> 8 * i));
}

/* What stands before the samples: RIFF, one format, one length. */
static void
put_head(struct sink *s)
{
	uint32_t n = s->frames * FOLDER_FRAME;

	buf_clear(&s->out);
	buf_put(&s->out, "RIFF", 4);
	le(&s->out, n + FOLDER_HEAD - 8, 4);
	buf_put(&s->out, "WAVEfmt ", 8);
	le(&s->out, 16, 4);
	le(&s->out, 1, 2);      /* PCM */
	le(&s->out, 2, 2);      /* channels */
	le(&s->out, MEDIA_RATE, 4);
	le(&s->out, MEDIA_RATE * FOLDER_FRAME, 4);
	le(&s->out, FOLDER_FRAME, 2);
	le(&s->out, 16, 2);
	buf_put(&s->out, "data", 4);
	le(&s->out, n, 4);
	put_at(s->wav, buf_view(&s->out), 0);
}

static struct sink *
file_open(UNUSED const struct sink_place *place,
    UNUSED const struct sink_events *on, enum media_fail *why)
{
	struct stat st;
	struct sink *s;

	*why = MEDIA_FAIL_INSIDE;
	if (fstat(MEDIA_FD_SOURCE, &st) != 0 || !S_ISDIR(st.st_mode))
		return NULL;
	s = mem_alloc(sizeof(*s));
	s->jpeg = jpeg_new();
	s->wav = -1;
	return s;
}

static void
file_close(struct sink *s)
{
	if (s->wav >= 0)
		(void)close(s->wav);
	jpeg_free(s->jpeg);
	buf_free(&s->out);
	free(s);
}

static void
file_place(UNUSED struct sink *s, UNUSED const struct sink_place *p)
{
}

/* Whole, or not there at all. */
static void
put_file(const char *name, struct bytes b)
{
	int fd = openat(MEDIA_FD_SOURCE, name, O_WRONLY | O_CREAT | O_CLOEXEC |
	    (defence(planted) ? O_EXCL | O_NOFOLLOW : 0), 0600);
	ssize_t n = 0;

	if (fd < 0)
		return;
	while (b.n > 0 && ((n = write(fd, b.p, b.n)) > 0 || errno == EINTR)) {
		if (n < 0)
			continue;
		b.p += n;
		b.n -= (size_t)n;
	}
	if (close(fd) != 0 || b.n > 0)
		(void)unlinkat(MEDIA_FD_SOURCE, name, 0);
}

static void
file_show(struct sink *s, const struct picture *p, UNUSED uint32_t gen,
    UNUSED struct port *to)
{
	size_t luma = (size_t)p->w * p->h, chroma = luma / 4;
	struct canvas c = {p->w, p->h, {p->planes.p, p->planes.p + luma,
	    p->planes.p + luma + chroma}, {p->w, p->w / 2, p->w / 2}};
	char name[24];

	/* the encoder knows even sides only, and gets no others from us */
	if (s->files >= FOLDER_FILES || p->w % 2 || p->h % 2)
		return;
	buf_clear(&s->out);
	if (jpeg_put(s->jpeg, &c, FOLDER_QUALITY, &s->out) != 0)
		return;
	(void)snprintf(name, sizeof(name), "%08u.jpg", (unsigned)p->time);
	put_file(name, buf_view(&s->out));
	s->files++;
}

/* One channel becomes two, so that the file is the same to its end. */
static void
file_sound(struct sink *s, const struct packet_sound *m)
{
	uint64_t at = (uint64_t)m->time * (MEDIA_RATE / 1000);
	size_t frames = m->pcm.n / 2 / m->channels;

	if (!s->tried) {
		s->tried = true;
		s->wav = openat(MEDIA_FD_SOURCE, FOLDER_SOUND, O_WRONLY |
		    O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	}
	if (s->wav < 0 || at + frames > FOLDER_LONG)
		return;
	/* who plays may be stopped at any time: the head is always true */
	if (at + frames > s->frames) {
		s->frames = (uint32_t)(at + frames);
		put_head(s);
	}
	buf_clear(&s->out);
	for (size_t i = 0; i < frames && m->channels == 1; i++) {
		buf_put(&s->out, m->pcm.p + 2 * i, 2);
		buf_put(&s->out, m->pcm.p + 2 * i, 2);
	}
	put_at(s->wav, m->channels == 1 ? buf_view(&s->out) : m->pcm,
	    (off_t)(at * FOLDER_FRAME) + FOLDER_HEAD);
}

const struct sink_ops sink_file = {
	file_open, file_close, file_place, file_show, NULL, -1, false,
	file_sound
};
