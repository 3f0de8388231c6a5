/* SPDX-License-Identifier: ISC */
/*
 * Fields that need more than a call of base: of msg.c and body.c alone.
 */
#ifndef TACET_FIELD_H
#define TACET_FIELD_H

#include "wire.h"

/* n bytes that must be UTF-8; else the reader has failed: ERR_FORMAT */
struct bytes field_text(struct rd *, size_t n);
/* With its length before it, u8 up to 255 as `max`, else u16. What no reader
 * takes is not written either, it would cost the connection: b->err is ERR_BIG
 * or ERR_FORMAT. */
void field_put(struct buf *, struct bytes, size_t max, bool text);

#endif
