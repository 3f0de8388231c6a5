/* SPDX-License-Identifier: ISC */
/*
 * Pictures of half blocks, drawn through a terminal (libvterm): its cells are
 * the picture's, whatever was there before; what did not change is not sent,
 * and what is a little off never adds up.
 */
#include <stdlib.h>

#include <vterm.h>

#include "pane.h"
#include "tap.h"

#define W 20
#define H 9
#define X 7
#define Y 3

struct canvas {
	VTerm *vt;
	VTermScreen *s;
	struct differ d;
	struct buf out;
	uint8_t cells[W * H * MEDIA_CELL];
};

static void
canvas_open(struct canvas *t, unsigned colours, unsigned slack)
{
	memset(t, 0, sizeof(*t));
	t->vt = vterm_new(Y + H + 2, X + W + 2);
	vterm_set_utf8(t->vt, 1);
	t->s = vterm_obtain_screen(t->vt);
	vterm_screen_reset(t->s, 1);
	differ_init(&t->d, W, H, colours, slack);
}

static void
canvas_close(struct canvas *t)
{
	vterm_free(t->vt);
	differ_free(&t->d);
	buf_free(&t->out);
}

/* Draws what cells has; the bytes it took. */
static size_t
draw(struct canvas *t)
{
	buf_clear(&t->out);
	if (differ_put(&t->d, X, Y, bytes_of(t->cells, sizeof(t->cells)), 0,
	    &t->out) != 0)
		return SIZE_MAX;
	(void)vterm_input_write(t->vt, (const char *)t->out.p, t->out.n);
	return t->out.n;
}

/* xterm's colours: libvterm has others. */
static uint32_t
palette(unsigned i)
{
	static const uint8_t level[] = {0, 95, 135, 175, 215, 255};
	uint32_t grey;

	if (i < 16)
		return 0xffffffff;      /* the user's: nobody knows */
	if (i >= 232) {
		grey = 8 + 10 * (i - 232);
		return grey << 16 | grey << 8 | grey;
	}
	i -= 16;
	return (uint32_t)level[i / 36] << 16 |
	    (uint32_t)level[i / 6 % 6] << 8 | level[i % 6];
}

static uint32_t
rgb(struct canvas *t, VTermColor c)
{
	if (VTERM_COLOR_IS_INDEXED(&c) && t->d.colours != 0)
		return palette(c.indexed.idx);
	vterm_screen_convert_color_to_rgb(t->s, &c);
	return (uint32_t)c.rgb.red << 16 | (uint32_t)c.rgb.green << 8 |
	    c.rgb.blue;
}

/* The two pixels that a cell of the terminal shows. */
static bool
pixels(struct canvas *t, int x, int y, uint32_t *up, uint32_t *low)
{
	VTermScreenCell c;
	uint32_t fg, bg;

	vterm_screen_get_cell(t->s, (VTermPos){.row = y, .col = x}, &c);
	fg = rgb(t, c.fg);
	bg = rgb(t, c.bg);
	if (c.chars[0] != 0 && c.chars[0] != ' ' && c.chars[0] != 0x2580 &&
	    c.chars[0] != 0x2584 && c.chars[0] != 0x2588)
		return false;
	*up = c.chars[0] == 0x2580 || c.chars[0] == 0x2588 ? fg : bg;
	*low = c.chars[0] == 0x2584 || c.chars[0] == 0x2588 ? fg : bg;
	return true;
}

static unsigned
off(uint32_t a, const uint8_t *b)
{
	unsigned most = 0;

	for (int i = 0; i < 3; i++) {
		int d = (int)(a >> (16 - 8 * i) & 0xff) - b[i];

		if ((unsigned)abs(d) > most)
			most = (unsigned)abs(d);
	}
	return most;
}

/* The channel that is off the most, anywhere; 999: no half block there. */
static unsigned
worst(struct canvas *t)
{
	unsigned most = 0, a, b;
	uint32_t up, low;

	for (int i = 0; i < W * H; i++) {
		const uint8_t *c = t->cells + i * MEDIA_CELL;

		if (!pixels(t, X + i % W, Y + i / W, &up, &low))
			return 999;
		a = off(up, c);
		b = off(low, c + 3);
		most = a > most ? a : most;
		most = b > most ? b : most;
	}
	return most;
}

static void
fill_random(struct canvas *t, const struct rng *r, unsigned colours)
{
	for (size_t i = 0; i < sizeof(t->cells); i += 3)
		if (rng_below(r, 3) != 0)
			for (size_t k = 0; k < 3; k++)
				t->cells[i + k] = (uint8_t)(rng_below(r,
				    colours) * 255 / (colours - 1));
}

/* Is all outside of the rectangle as it was? */
static bool
outside(struct canvas *t)
{
	VTermScreenCell c;

	for (int y = 0; y < Y + H + 2; y++)
		for (int x = 0; x < X + W + 2; x++) {
			if (x >= X && x < X + W && y >= Y && y < Y + H)
				continue;
			vterm_screen_get_cell(t->s,
			    (VTermPos){.row = y, .col = x}, &c);
			if (c.chars[0] != 0)
				return false;
		}
	return true;
}

static void
test_exact(const struct rng *r)
{
	struct canvas t;
	unsigned most = 0, off_now;

	canvas_open(&t, 0, 0);
	for (int i = 0; i < 300; i++) {
		/* few colours make runs and equal halves, many none */
		fill_random(&t, r, i % 3 == 0 ? 2 : i % 3 == 1 ? 4 : 256);
		(void)draw(&t);
		off_now = worst(&t);
		most = off_now > most ? off_now : most;
	}
	ok(most == 0, "300 pictures in 24 bit are what the terminal shows "
	    "(off by %u)", most);
	ok(outside(&t), "and nothing is outside of the rectangle");
	ok(draw(&t) == 0, "the same picture again costs nothing");
	t.cells[(3 * W + 5) * MEDIA_CELL] ^= 0x80;
	ok(draw(&t) < 60 && worst(&t) == 0, "a cell that changes costs a cell");
	canvas_close(&t);
}

static void
test_256(const struct rng *r)
{
	struct canvas t;
	unsigned most = 0, off_now;

	canvas_open(&t, 256, 0);
	for (int i = 0; i < 200; i++) {
		fill_random(&t, r, i % 2 ? 256 : 6);
		(void)draw(&t);
		off_now = worst(&t);
		most = off_now > most ? off_now : most;
	}
	/* half of the cube's widest step in each channel is 48; a grey that is
	 * nearer as a whole may be further off in one */
	ok(most <= 83, "200 pictures in 256 colours: at most %u off", most);
	ok(memmem(t.out.p, t.out.n, "8;2;", 4) == NULL, "none of 24 bit");
	for (unsigned i = 0, bad = 0; i < 24; i++) {
		memset(t.cells, (int)(8 + 10 * i), sizeof(t.cells));
		(void)draw(&t);
		bad += worst(&t) != 0;
		if (i == 23)
			ok(bad == 0, "greys are the greys");
	}
	canvas_close(&t);
}

static void
test_slack(const struct rng *r)
{
	struct canvas t;
	unsigned most = 0, off_now;
	size_t bytes = 0;

	canvas_open(&t, 0, 3);
	fill_random(&t, r, 256);
	(void)draw(&t);
	for (int i = 0; i < 200; i++) {
		/* brighter by one at each picture: the sum must not be lost */
		for (size_t k = 0; k < sizeof(t.cells); k++)
			t.cells[k]++;
		bytes += draw(&t);
		off_now = worst(&t);
		most = off_now > most ? off_now : most;
	}
	ok(most <= 3, "what is a little off stays that (%u)", most);
	ok(bytes > 0, "and what drifts is sent in the end");
	canvas_close(&t);
}

static void
test_budget(const struct rng *r)
{
	struct canvas t;
	size_t most = 0, before;
	int left = -1, pieces = 0;

	canvas_open(&t, 0, 0);
	fill_random(&t, r, 256);
	for (int i = 0; i < 200 && left != 0; i++, pieces++) {
		before = t.out.n;
		left = differ_put(&t.d, X, Y, bytes_of(t.cells,
		    sizeof(t.cells)), 500, &t.out);
		if (t.out.n - before > most)
			most = t.out.n - before;
	}
	(void)vterm_input_write(t.vt, (const char *)t.out.p, t.out.n);
	ok(left == 0 && worst(&t) == 0, "pieces make a whole");
	ok(pieces >= 5 && most < 500 + W * 50, "of %d, none over its budget "
	    "by more than a row (%zu)", pieces, most);
	canvas_close(&t);
}

static void
test_forget(const struct rng *r)
{
	struct canvas t;

	canvas_open(&t, 0, 0);
	fill_random(&t, r, 256);
	(void)draw(&t);
	(void)vterm_input_write(t.vt, "\033[m\033[2J", 7);
	ok(worst(&t) != 0, "the screen is cleared");
	differ_forget(&t.d);
	ok(draw(&t) > 0 && worst(&t) == 0, "what is forgotten is drawn again");
	canvas_close(&t);
}

int
main(void)
{
	struct rng_seeded seed;
	struct rng r = rng_seed(&seed, 7);

	test_exact(&r);
	test_256(&r);
	test_slack(&r);
	test_budget(&r);
	test_forget(&r);
	return done();
}
