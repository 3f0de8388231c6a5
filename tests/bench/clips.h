/* SPDX-License-Identifier: ISC */
/*
 * Pictures for the benches, and the one who shows them beside us.
 */
#ifndef TACET_CLIPS_H
#define TACET_CLIPS_H

#include <stddef.h>
#include <stdint.h>

/* clip.c: picture i of somebody who talks before a wall: still ground with a
 * grain, a face that moves a little, the noise of a camera; planes of I420,
 * all levels used, 30 pictures a second */
void clip_draw(uint8_t *planes, unsigned w, unsigned h, unsigned i);

/* painter.c: what we do of it, from planes to the bytes for the terminal: the
 * sink cells and the differ as the pane sets it up */
struct painter;
struct painter *painter_open(unsigned columns, unsigned rows,
    unsigned colours);
void painter_close(struct painter *);
size_t painter_put(struct painter *, const uint8_t *planes, unsigned w,
    unsigned h);
/* Pixels of 32 bits, for others. */
void painter_rgba(const uint8_t *planes, unsigned w, unsigned h, uint8_t *);

/* blocks.c: libchafa's half blocks, by one thread */
struct blocks;
struct blocks *blocks_open(int columns, int rows, int colour24);
void blocks_close(struct blocks *);
/* Bytes of a picture of 32 bit pixels. */
size_t blocks_put(struct blocks *, const uint8_t *rgba, int w, int h);

#endif
