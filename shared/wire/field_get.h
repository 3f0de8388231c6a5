/* SPDX-License-Identifier: ISC */
/*
 * How each kind of field is read, from `r` into `f`. Included before a switch
 * over rows; field_end.h follows it.
 */
#define U8(n) f->n = rd_u8(r);
#define U16(n) f->n = rd_u16(r);
#define U32(n) f->n = rd_u32(r);
#define U64(n) f->n = rd_u64(r);
#define ID(n) rd_copy(r, f->n, WIRE_ID);
#define KEY(n) rd_copy(r, f->n, WIRE_KEY);
#define TEXT(n) f->n = field_text(r, rd_u8(r));
#define DATA(n) f->n = rd_view(r, rd_u16(r));
#define LONG(n) f->n = field_text(r, rd_u16(r));
