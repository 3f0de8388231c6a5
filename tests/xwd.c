/* SPDX-License-Identifier: ISC */
/* See xwd.h: numbers of 32 bits, the highest byte first (XWDFile.h). */
#include "xwd.h"

#define HEAD 100
#define SIDE_MAX 16384
/* where they stand in the head */
#define AT_HEAD 0               /* its own size, with the window's name */
#define AT_WIDTH 16
#define AT_HEIGHT 20
#define AT_BITS 44
#define AT_LINE 48
#define AT_COLOURS 76           /* 12 bytes each, behind the head */

static uint32_t
number(struct bytes b, size_t at)
{
	struct rd rd = rd_of(bytes_of(b.p + at, 4));

	return rd_u32(&rd);
}

int
xwd_get(struct bytes b, struct xwd *x)
{
	size_t head;

	if (b.n < HEAD)
		return ERR_FORMAT;
	x->w = number(b, AT_WIDTH);
	x->h = number(b, AT_HEIGHT);
	x->line = number(b, AT_LINE);
	head = number(b, AT_HEAD) + (size_t)number(b, AT_COLOURS) * 12;
	if (x->w == 0 || x->w > SIDE_MAX || x->h == 0 || x->h > SIDE_MAX ||
	    number(b, AT_BITS) != 32 || x->line < (size_t)x->w * 4 ||
	    head > b.n || x->line * x->h > b.n - head)
		return ERR_FORMAT;
	x->px = b.p + head;
	return 0;
}
