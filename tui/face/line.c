/* SPDX-License-Identifier: ISC */
/*
 * What is known of the line to the terminal: the time that it takes by itself,
 * and whether images are too much for it. An image can't be stopped once it has
 * begun, and whoever types waits for all of it; so a little goes first, then
 * more, and what these take says what an image would.
 */
#include "pane.h"

/* an image may hold up keys for so long, over the line's own time: */
#define LINE_IMAGE_MS 200       /* once, but not LINE_LATE in a row */
#define LINE_LATE 2
#define LINE_PROBE_MS 40        /* of a probe; less says nothing */

static const int probe_size[] = {0, 4096, 65536};

int
line_probe(struct line *l, size_t wish)
{
	if (l->probes >= COUNT(probe_size))
		return ERR_NONE;
	l->probing = true;
	l->wish = wish;
	return probe_size[l->probes];
}

static void
probe_took(struct line *l, int64_t over)
{
	uint64_t n = (uint64_t)probe_size[l->probes++];

	l->probing = false;
	if (n > 0 && over > LINE_PROBE_MS &&
	    (uint64_t)over * l->wish / n > LINE_MOST_MS)
		l->slow = true;
}

static void
image_took(struct line *l, int64_t over)
{
	l->late = over > LINE_IMAGE_MS ? l->late + 1 : 0;
	if (l->late >= LINE_LATE || over > LINE_MOST_MS)
		l->slow = true;
}

void
line_learn(struct line *l, int64_t lag, bool image)
{
	int64_t over = l->told ? lag - l->best : 0;

	if (l->probing)
		probe_took(l, over);
	else if (image)
		image_took(l, over);
	/* its own time may get longer, a little at a time */
	l->best = !l->told || lag < l->best ? lag : l->best + 1;
	l->told = true;
}

void
line_again(struct line *l)
{
	l->slow = l->probing = false;
	l->probes = l->late = 0;
}
