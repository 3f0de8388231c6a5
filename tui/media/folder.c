/* SPDX-License-Identifier: ISC */
/*
 * The sink file: each picture as a JPEG in a folder, TIME.jpg with eight digits
 * of milliseconds. The folder is the open descriptor MEDIA_FD_SOURCE; there is
 * no path in any packet. A file that is there stays: the picture is left out.
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

struct sink {
	struct jpeg *jpeg;
	struct buf out;
	unsigned files;
};

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
	return s;
}

static void
file_close(struct sink *s)
{
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
	int fd = openat(MEDIA_FD_SOURCE, name, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
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

const struct sink_ops sink_file = {
	file_open, file_close, file_place, file_show, NULL, -1, false
};
