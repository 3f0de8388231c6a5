/* SPDX-License-Identifier: ISC */
/* See clips.h. Drawn by the number of the picture alone, so that each round
 * and each peer has the same. */
#include "bench.h"
#include "clips.h"

#define NOISE 3                 /* levels, up or down */
#define GRAIN 12

static uint32_t
mix(uint32_t v)
{
	v ^= v >> 16;
	v *= 0x7feb352d;
	v ^= v >> 15;
	v *= 0x846ca68b;
	return v ^ v >> 16;
}

/* From -most to most. */
static int
chance(uint32_t seed, int most)
{
	return (int)(mix(seed) % (2 * (uint32_t)most + 1)) - most;
}

/* To and fro, of 64 steps. */
static int
sway(unsigned i, unsigned steps, int most)
{
	int at = (int)(i % steps), half = (int)steps / 2;

	return (at < half ? at : (int)steps - at) * 2 * most / half - most;
}

struct face {
	int x, y, w, h;         /* its middle, half its sides */
	int mouth;
};

static bool
inside(const struct face *f, int x, int y)
{
	int64_t dx = (int64_t)(x - f->x) * f->h,
	    dy = (int64_t)(y - f->y) * f->w;

	return dx * dx + dy * dy <= (int64_t)f->w * f->w * f->h * f->h;
}

static int
luma_at(const struct face *f, int x, int y, int w, int h)
{
	int dx = x - f->x, dy = y - f->y, ax = dx < 0 ? -dx : dx;

	if (inside(f, x, y)) {
		if (dy > -f->h / 4 && dy < -f->h / 8 && ax > f->w / 4 &&
		    ax < f->w / 2)
			return 40;              /* eyes */
		if (dy > f->h / 3 && dy < f->h / 3 + f->mouth &&
		    ax < f->w / 3)
			return 70;              /* mouth */
		return 150 + dx * 40 / f->w - dy * 20 / f->h;
	}
	if (y > f->y + f->h && ax < f->w + (y - f->y - f->h))
		return 60;                      /* shoulders */
	/* a wall, with a shelf */
	if (y % (h / 4) < h / 40)
		return 90;
	return 110 + x * 60 / w + chance((uint32_t)(y * w + x), GRAIN);
}

void
clip_draw(uint8_t *planes, unsigned w, unsigned h, unsigned i)
{
	struct face f = {(int)w / 2 + sway(i, 64, (int)w / 40),
	    (int)h * 2 / 5 + sway(i, 40, (int)h / 80), (int)w / 10,
	    (int)h / 5, 4 + (int)(mix(i / 3) % (h / 20))};
	uint8_t *u = planes + (size_t)w * h, *v = u + (size_t)w * h / 4;
	uint32_t seed = i << 20;
	bool in;

	for (unsigned y = 0; y < h; y++)
		for (unsigned x = 0; x < w; x++)
			*planes++ = (uint8_t)(luma_at(&f, (int)x, (int)y,
			    (int)w, (int)h) + chance(seed++, NOISE));
	for (unsigned y = 0; y < h; y += 2)
		for (unsigned x = 0; x < w; x += 2) {
			in = inside(&f, (int)x, (int)y);
			*u++ = (uint8_t)((in ? 108 : 122) +
			    chance(seed++, 1));
			*v++ = (uint8_t)((in ? 152 : 130) +
			    chance(seed++, 1));
		}
}
