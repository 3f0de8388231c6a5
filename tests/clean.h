/* SPDX-License-Identifier: ISC */
/*
 * An independent judge of text for a terminal: what safe.c lets through is
 * measured against lists typed from the Unicode charts and against the C
 * library's wcwidth, not against our own table. Used by tests and fuzzers.
 */
#ifndef TACET_CLEAN_H
#define TACET_CLEAN_H

#include "base.h"

/* NULL if clean, else what is wrong with it. */
const char *clean_why(enum safe_kind, const char *s, size_t n);

/* The columns by adding up wcwidth(); -1 where the C library and a modern
 * terminal differ by design (emoji sequences) or it does not know a character.
 * Needs a UTF-8 LC_CTYPE. */
int clean_columns(const char *s, size_t n);

#endif
