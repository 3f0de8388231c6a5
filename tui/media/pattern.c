/* SPDX-License-Identifier: ISC */
/*
 * The test pattern: 640x360, 25 pictures a second. Its upper ninth says the
 * number of the picture in 20 blocks, white for 1: a one, 18 bits, the highest
 * first, and a parity that makes the ones among the 19 before it even. Below,
 * bars and a box that moves. The tone of second s has 400 + 50 (s mod 20) Hz.
 * tests/reel.c reads both back.
 */
#include <math.h>
#include <stdlib.h>

#include "codec.h"

#define WIDTH 640
#define HEIGHT 360
#define STRIP (HEIGHT / 9)
#define STAYS 40                /* ms of a picture */
#define BITS 20
#define BOX 48
#define LOUD 9000.0

struct pattern {
	uint32_t length;
	uint32_t picture;       /* the next one */
	uint64_t sample;
};

static enum media_fail
pattern_open(void **own, const struct packet_make *make,
    struct source_info *info, char **words)
{
	struct pattern *p = mem_alloc(sizeof(*p));

	(void)words;
	p->length = make->pattern;
	*info = (struct source_info){.length = p->length, .width = WIDTH,
	    .height = HEIGHT, .rate = 1000000 / STAYS, .sound = true,
	    .codecs = "pattern, tone"};
	*own = p;
	return MEDIA_FAIL_NONE;
}

static void
pattern_close(void *own)
{
	free(own);
}

static int
pattern_seek_picture(void *own, uint32_t ms)
{
	struct pattern *p = own;

	p->picture = ms / STAYS;
	return 0;
}

static int
pattern_seek_sound(void *own, uint64_t sample)
{
	struct pattern *p = own;

	p->sample = sample;
	return 0;
}

static int
pattern_picture(void *own, uint32_t *ms, uint32_t *stays)
{
	struct pattern *p = own;
	uint64_t at = (uint64_t)p->picture * STAYS;

	if (at >= p->length)
		return ERR_NONE;
	p->picture++;
	*ms = (uint32_t)at;
	*stays = p->length - *ms < STAYS ? p->length - *ms : STAYS;
	return 0;
}

/* The blocks that say n: the first in the highest of BITS bits. */
static uint32_t
code_of(uint32_t n)
{
	uint32_t code = 1u << 19 | (n & 0x3ffff) << 1, ones = code;

	for (unsigned i = 16; i > 0; i /= 2)
		ones ^= ones >> i;
	return code | (ones & 1);
}

static void
draw_strip(struct canvas *c, uint32_t code)
{
	int rows = c->height / 9;

	for (int x = 0; x < c->width; x++) {
		int bit = BITS - 1 - x * BITS / c->width;

		c->plane[0][x] = code >> bit & 1 ? 235 : 16;
	}
	for (int y = 1; y < rows; y++)
		memcpy(c->plane[0] + (ptrdiff_t)y * c->stride[0], c->plane[0],
		    c->width);
}

static void
draw_bars(struct canvas *c, uint32_t n)
{
	static const uint8_t bar[8][3] = {
		{180, 128, 128}, {162, 44, 142}, {131, 156, 44}, {112, 72, 58},
		{84, 184, 198}, {65, 100, 212}, {35, 212, 114}, {60, 128, 128},
	};

	for (int i = 0; i < 3; i++) {
		int w = c->width >> (i > 0), h = c->height >> (i > 0);
		int top = i > 0 ? 0 : c->height / 9;
		uint8_t *line = c->plane[i] + (ptrdiff_t)top * c->stride[i];

		for (int x = 0; x < w; x++)
			line[x] = bar[(x * 8 / w + (int)(n / 25)) % 8][i];
		for (int y = top + 1; y < h; y++)
			memcpy(c->plane[i] + (ptrdiff_t)y * c->stride[i], line,
			    (size_t)w);
		/* no colour behind the blocks */
		for (int y = 0; i > 0 && y < (c->height / 9 + 1) / 2; y++)
			memset(c->plane[i] + (ptrdiff_t)y * c->stride[i], 128,
			    (size_t)w);
	}
}

static void
draw_box(struct canvas *c, uint32_t n)
{
	int size = BOX * c->width / WIDTH;
	int x = (int)(n * 5 % (WIDTH - BOX)) * c->width / WIDTH;
	int y = (STRIP + (int)(n * 3 % (HEIGHT - STRIP - BOX))) * c->height /
	    HEIGHT;

	for (int v = y; v < y + size && v < c->height; v++)
		for (int u = x; u < x + size && u < c->width; u++)
			c->plane[0][(ptrdiff_t)v * c->stride[0] + u] =
			    (uint8_t)(40 + (u * 2 + v * 3) % 180);
}

static int
pattern_draw(void *own, bool before, struct canvas *c)
{
	struct pattern *p = own;
	uint32_t n = p->picture - 1 - before;

	if (p->picture < 1u + before)
		return ERR_NONE;
	draw_bars(c, n);
	draw_strip(c, code_of(n));
	draw_box(c, n);
	return 0;
}

static int
pattern_sound(void *own, int16_t *pcm)
{
	struct pattern *p = own;

	if (p->sample >= (uint64_t)p->length * (MEDIA_RATE / 1000))
		return ERR_NONE;
	for (int i = 0; i < SOUND_SAMPLES; i++, p->sample++) {
		/* whole waves fit into a second: nothing clicks between */
		double hz = 400 + 50 * (double)(p->sample / MEDIA_RATE % 20);
		double t = (double)(p->sample % MEDIA_RATE) / MEDIA_RATE;
		int16_t v = (int16_t)lrint(LOUD * sin(2 * M_PI * hz * t));

		pcm[2 * i] = pcm[2 * i + 1] = v;
	}
	return 0;
}

const struct source_ops source_pattern = {
	pattern_open, pattern_close, pattern_seek_picture, pattern_seek_sound,
	pattern_picture, pattern_draw, pattern_sound,
};
