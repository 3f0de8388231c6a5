/* SPDX-License-Identifier: ISC */
/*
 * A member who says what no client of ours would let one say: any bytes, as a
 * text. What is no UTF-8 needs the defence `letters' off in the process that
 * says it. Never part of a program.
 */
#ifndef TACET_MEAN_H
#define TACET_MEAN_H

#include "base.h"

struct client;
struct talk;
void mean_say(struct client *, struct talk *, struct bytes text);

#endif
