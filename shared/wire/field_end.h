/* SPDX-License-Identifier: ISC */
/*
 * The end of one expansion of rows: the kinds of fields mean nothing again.
 */
#undef U8
#undef U16
#undef U32
#undef U64
#undef ID
#undef KEY
#undef TEXT
#undef DATA
#undef LONG
