/* SPDX-License-Identifier: ISC */
/*
 * Pictures made smaller and larger: colours stay what they are, each pixel is
 * the mean of what it covers, shapes fit and are in the middle, and no size,
 * odd or tiny, is read or written over its edge (the sanitizers look).
 */
#include <stdlib.h>

#include "show.h"
#include "tap.h"

static struct picture
plain(unsigned w, unsigned h, uint8_t y, uint8_t u, uint8_t v)
{
	struct picture p = {.w = (uint16_t)w, .h = (uint16_t)h};
	size_t luma = (size_t)w * h, chroma = picture_size(w, h) - luma;
	uint8_t *to = buf_room(&p.planes, luma + chroma);

	memset(to, y, luma);
	memset(to + luma, u, chroma / 2);
	memset(to + luma + chroma / 2, v, chroma / 2);
	return p;
}

static bool
near(const uint8_t *p, int r, int g, int b)
{
	return abs(p[0] - r) < 3 && abs(p[1] - g) < 3 && abs(p[2] - b) < 3;
}

static void
test_colours(void)
{
	/* of all levels, as in a JPEG */
	static const struct {
		uint8_t y, u, v;
		int r, g, b;
		const char *name;
	} c[] = {
		{0, 128, 128, 0, 0, 0, "black"},
		{255, 128, 128, 255, 255, 255, "white"},
		{76, 85, 255, 255, 0, 0, "red"},
		{150, 44, 21, 0, 255, 0, "green"},
		{29, 255, 107, 0, 0, 255, "blue"},
		{128, 128, 128, 128, 128, 128, "grey"},
	};
	struct buf work = {0};
	uint8_t px[5 * 7 * 3];
	bool all;

	for (size_t i = 0; i < COUNT(c); i++) {
		struct picture p = plain(16, 12, c[i].y, c[i].u, c[i].v);

		scale_rgb(&p, px, 7, 5, 7 * 3, &work);
		all = true;
		for (size_t k = 0; k < sizeof(px); k += 3)
			all = all && near(px + k, c[i].r, c[i].g, c[i].b);
		ok(all, "%s stays %s", c[i].name, c[i].name);
		buf_free(&p.planes);
	}
	buf_free(&work);
}

static void
test_mean(void)
{
	struct picture p = plain(4, 4, 0, 128, 128);
	struct buf work = {0};
	uint8_t px[4 * 4 * 3];

	for (size_t i = 0; i < 16; i += 2)
		p.planes.p[i] = 200;    /* every second column */
	scale_rgb(&p, px, 2, 2, 6, &work);
	ok(near(px, 100, 100, 100) && near(px + 9, 100, 100, 100),
	    "smaller is the mean of what it covers");
	scale_rgb(&p, px, 4, 4, 12, &work);
	ok(near(px, 200, 200, 200) && near(px + 3, 0, 0, 0),
	    "as large as it was it is the same");
	buf_free(&p.planes);
	p = plain(2, 2, 10, 128, 128);
	p.planes.p[3] = 250;
	scale_rgb(&p, px, 4, 4, 12, &work);
	ok(near(px, 10, 10, 10) && near(px + 45, 250, 250, 250),
	    "larger repeats it");
	buf_free(&p.planes);
	buf_free(&work);
}

/* Every size into every other: what is beside the result stays. */
static void
test_sizes(void)
{
	static const unsigned side[] = {1, 2, 3, 5, 8, 17, 64};
	struct buf work = {0};
	unsigned over = 0, wrong = 0;

	for (size_t i = 0; i < COUNT(side) * COUNT(side); i++) {
		struct picture p = plain(side[i % COUNT(side)],
		    side[i / COUNT(side)], 90, 128, 128);

		for (size_t k = 0; k < COUNT(side) * COUNT(side); k++) {
			unsigned w = side[k % COUNT(side)],
			    h = side[k / COUNT(side)];
			size_t n = (size_t)w * h * 3;
			uint8_t *px = mem_array(n + 1, 1);

			px[n] = 77;
			scale_rgb(&p, px, w, h, (size_t)w * 3, &work);
			over += px[n] != 77;
			wrong += !near(px, 90, 90, 90) ||
			    !near(px + n - 3, 90, 90, 90);
			free(px);
		}
		buf_free(&p.planes);
	}
	is_int((int)over, 0, "nothing is written over the edge");
	is_int((int)wrong, 0, "and all of it is written");
	is_int((int)picture_size(0, 4), 0, "no picture is 0 wide");
	is_int((int)picture_size(3, 3), 17, "an odd one has chroma for all");
	buf_free(&work);
}

static void
test_fit(void)
{
	struct fit f = scale_fit(640, 360, 800, 600, 1, 1);
	unsigned bad = 0;

	ok(f.w == 800 && f.h == 450 && f.x == 0 && f.y == 75,
	    "a wide one is as wide as the room, in the middle");
	f = scale_fit(360, 640, 800, 600, 1, 1);
	ok(f.h == 600 && f.w > 330 && f.w < 345 && f.x == (800 - f.w) / 2,
	    "a high one as high");
	f = scale_fit(100, 100, 40, 40, 1, 2);
	ok(f.w == 40 && f.h == 20, "where pixels are high it has fewer rows");
	f = scale_fit(1280, 2, 10, 10, 1, 1);
	ok(f.w == 10 && f.h == 1, "a line is a line, and not nothing");
	for (unsigned i = 1; i < 2000; i++) {
		f = scale_fit(i % 97 + 1, i % 89 + 1, i % 53 + 1, i % 41 + 1,
		    i % 7 + 1, i % 11 + 1);
		bad += f.w < 1 || f.h < 1 || f.x + f.w > i % 53 + 1 ||
		    f.y + f.h > i % 41 + 1;
	}
	is_int((int)bad, 0, "no shape leaves its room");
}

static void
test_cells(void)
{
	struct picture p = plain(64, 64, 255, 128, 128);
	uint8_t cells[20 * 10 * MEDIA_CELL + 1];
	struct buf work = {0};
	unsigned white = 0, black = 0;

	memset(p.planes.p, 0, 32 * 64);         /* its upper half is black */
	cells[sizeof(cells) - 1] = 77;
	scale_cells(&p, cells, 20, 10, 0, 0, &work);
	ok(cells[sizeof(cells) - 1] == 77, "no cell beside the last");
	for (unsigned i = 0; i < 20; i++) {
		white += cells[(9 * 20 + i) * MEDIA_CELL + 3] == 255;
		black += cells[i * MEDIA_CELL] == 0;
	}
	ok(white == 20 && black == 20, "20x10 cells are a square");
	scale_cells(&p, cells, 10, 20, 0, 0, &work);
	ok(near(cells, 0, 0, 0) && near(cells + (19 * 10 + 5) * MEDIA_CELL, 0,
	    0, 0) && near(cells + (11 * 10 + 5) * MEDIA_CELL, 255, 255, 255),
	    "beside the picture it is black");
	scale_cells(&p, cells, 1, 1, 0, 0, &work);
	ok(near(cells, 128, 128, 128) && near(cells + 3, 0, 0, 0),
	    "in one cell it is one pixel, the mean of all");
	buf_free(&p.planes);
	buf_free(&work);
}

int
main(void)
{
	test_colours();
	test_mean();
	test_sizes();
	test_fit();
	test_cells();
	return done();
}
