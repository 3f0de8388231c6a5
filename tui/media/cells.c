/* SPDX-License-Identifier: ISC */
/*
 * The sinks of the terminal that know no library: none, which only counts, and
 * half blocks, two pixels a cell. They have no bytes for the terminal: the
 * client makes those.
 */
#include <stdlib.h>

#include "show.h"

struct sink {
	struct sink_place place;
	struct buf work;
};

static struct sink *
plain_open(const struct sink_place *place,
    UNUSED const struct sink_events *on, UNUSED enum media_fail *why)
{
	struct sink *s = mem_alloc(sizeof(*s));

	s->place = *place;
	return s;
}

static void
plain_close(struct sink *s)
{
	buf_free(&s->work);
	free(s);
}

static void
plain_place(struct sink *s, const struct sink_place *place)
{
	s->place = *place;
}

static void
none_show(UNUSED struct sink *s, UNUSED const struct picture *p,
    UNUSED uint32_t gen, UNUSED struct port *to)
{
}

static void
cells_show(struct sink *s, const struct picture *p, uint32_t gen,
    struct port *to)
{
	const struct sink_place *a = &s->place;
	size_t n = (size_t)a->columns * a->rows * MEDIA_CELL;
	struct packet m = {.code = PACKET_cells, .cells = {.gen = gen,
	    .time = p->time, .columns = (uint16_t)a->columns,
	    .rows = (uint16_t)a->rows, .cells = {NULL, n}}};

	if (n == 0)
		return;
	scale_cells(p, port_room(to, &m, n), a->columns, a->rows, a->cell_w,
	    a->cell_h, &s->work);
}

const struct sink_ops sink_none = {
	plain_open, plain_close, plain_place, none_show, NULL, -1, false, NULL
};
const struct sink_ops sink_cells = {
	plain_open, plain_close, plain_place, cells_show, NULL, -1, true, NULL
};
