/* SPDX-License-Identifier: ISC */
/*
 * The sink file: each picture as a JPEG in a folder, by its time, for tests and
 * for whoever wants to look at what was decoded.
 */
#include "show.h"

static struct sink *
file_open(UNUSED const struct sink_place *place,
    UNUSED const struct sink_events *on, enum media_fail *why)
{
	*why = MEDIA_FAIL_INSIDE;
	return NULL;
}

static void
file_close(UNUSED struct sink *s)
{
}

static void
file_place(UNUSED struct sink *s, UNUSED const struct sink_place *p)
{
}

static void
file_show(UNUSED struct sink *s, UNUSED const struct picture *p,
    UNUSED uint32_t gen, UNUSED struct port *to)
{
}

const struct sink_ops sink_file = {
	file_open, file_close, file_place, file_show, NULL, -1, false
};
