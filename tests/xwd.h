/* SPDX-License-Identifier: ISC */
/*
 * A screen or window as xwd and Xvfb write it: where its pixels are. Only what
 * a display of 24 bits gives is read. Never part of a program.
 */
#ifndef TACET_XWD_H
#define TACET_XWD_H

#include "base.h"

struct xwd {
	unsigned w, h;
	size_t line;            /* bytes from one row of pixels to the next */
	const uint8_t *px;      /* 4 bytes a pixel: blue, green, red, nothing */
};
/* Points into what it is given. 0, or ERR_FORMAT when it is no such thing. */
int xwd_get(struct bytes, struct xwd *) MUST_CHECK;

#endif
