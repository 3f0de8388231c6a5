/* SPDX-License-Identifier: ISC */
/*
 * How each kind of field is written, from `f` to `b`. Included before a switch
 * over rows; field_end.h follows it.
 */
#define U8(n) buf_u8(b, f->n);
#define U16(n) buf_u16(b, f->n);
#define U32(n) buf_u32(b, f->n);
#define U64(n) buf_u64(b, f->n);
#define ID(n) buf_put(b, f->n, WIRE_ID);
#define KEY(n) buf_put(b, f->n, WIRE_KEY);
#define TEXT(n) field_put(b, f->n, UINT8_MAX, true);
#define DATA(n) field_put(b, f->n, UINT16_MAX, false);
#define LONG(n) field_put(b, f->n, UINT16_MAX, true);
