/* SPDX-License-Identifier: ISC */
/*
 * Between curses and the terminal: what curses writes waits here until the
 * terminal takes it, and nobody waits for that.
 */
#ifndef TACET_OUTLET_H
#define TACET_OUTLET_H

#include <stdio.h>

#include "link.h"

struct outlet;
/* NULL: there is no memory file, or no terminal on standard input and output */
struct outlet *outlet_new(struct loop *);
void outlet_free(struct outlet *);
FILE *outlet_file(struct outlet *);     /* for newterm() */
/* Keys as they come, or the terminal as it was found. */
void outlet_raw(struct outlet *, bool raw);
/* What curses wrote is on its way: to be called behind all that writes. */
void outlet_flush(struct outlet *);
/* Bytes past curses, behind what it wrote */
void outlet_put(struct outlet *, const char *, size_t n);
size_t outlet_waits(const struct outlet *);     /* bytes */
/* Bytes wait that nobody may write between. */
bool outlet_writes(const struct outlet *);
/* While somebody else writes, nothing of ours does. */
void outlet_hold(struct outlet *, bool);
/* Waits until all is written, at most so long; what is left then is dropped
 * with the outlet. */
void outlet_drain(struct outlet *, int ms);

#endif
