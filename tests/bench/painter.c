/* SPDX-License-Identifier: ISC */
/* See clips.h. It stands apart from bench.h, whose persons are others. */
#include <stdlib.h>

#include "clips.h"
#include "pane.h"
#include "show.h"

struct painter {
	unsigned columns, rows;
	uint8_t *cells;
	struct buf work, out;
	struct differ differ;
};

struct painter *
painter_open(unsigned columns, unsigned rows, unsigned colours)
{
	struct painter *p = mem_alloc(sizeof(*p));

	p->columns = columns;
	p->rows = rows;
	p->cells = mem_array((size_t)columns * rows, MEDIA_CELL);
	differ_init(&p->differ, (int)columns, (int)rows, colours, PANE_SLACK);
	return p;
}

void
painter_close(struct painter *p)
{
	differ_free(&p->differ);
	buf_free(&p->work);
	buf_free(&p->out);
	free(p->cells);
	free(p);
}

static struct picture
picture_of(const uint8_t *planes, unsigned w, unsigned h)
{
	struct picture p = {.w = (uint16_t)w, .h = (uint16_t)h};

	/* it is only read */
	memcpy(&p.planes.p, &planes, sizeof(planes));
	p.planes.n = picture_size(w, h);
	return p;
}

size_t
painter_put(struct painter *p, const uint8_t *planes, unsigned w, unsigned h)
{
	struct picture in = picture_of(planes, w, h);
	size_t n = (size_t)p->columns * p->rows * MEDIA_CELL;

	buf_clear(&p->out);
	scale_cells(&in, p->cells, p->columns, p->rows, 0, 0, &p->work);
	(void)differ_put(&p->differ, 0, 0, bytes_of(p->cells, n), 0, &p->out);
	return p->out.n;
}

void
painter_rgba(const uint8_t *planes, unsigned w, unsigned h, uint8_t *to)
{
	struct picture in = picture_of(planes, w, h);
	size_t n = (size_t)w * h;
	struct buf rgb = {0}, work = {0};
	uint8_t *p = buf_room(&rgb, n * 3);

	scale_rgb(&in, p, w, h, (size_t)w * 3, &work);
	for (; n > 0; n--, p += 3, to += 4) {
		memcpy(to, p, 3);
		to[3] = 255;
	}
	buf_free(&rgb);
	buf_free(&work);
}
