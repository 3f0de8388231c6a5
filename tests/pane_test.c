/* SPDX-License-Identifier: ISC */
/*
 * The rectangle of pictures on a terminal that answers late, not at all, or
 * takes nothing: what is shown is right in the end, what is under way is
 * bounded, nothing is written into the middle of a picture, and nothing but
 * images passes for one.
 */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <vterm.h>

#include "pane.h"
#include "tap.h"

#define W 60
#define H 20
#define COLUMNS 40
#define ROWS 12
#define LONG 20000

struct term {
	int fd, line;
	VTerm *vt;
	VTermScreen *screen;
	struct loop *loop;
	struct pane *pane;
	unsigned drawn, answers;
	bool mute;              /* it never answers */
	size_t heard;
	struct buf raw;
	uint8_t cells[COLUMNS * ROWS * MEDIA_CELL];
};

static void
on_drawn(void *arg)
{
	struct term *t = arg;

	t->drawn++;
}

static void
on_answer(const char *s, size_t n, void *arg)
{
	struct term *t = arg;

	if (n == 4 && memcmp(s, "\033[0n", 4) == 0)
		t->answers++;
}

static const struct area place = {5, 3, COLUMNS, ROWS};

static void
term_open_at(struct term *t, const struct caps *caps, const struct clock *clock)
{
	struct winsize size = {.ws_row = H, .ws_col = W};
	struct termios raw;

	memset(t, 0, sizeof(*t));
	if (openpty(&t->fd, &t->line, NULL, NULL, &size) != 0 ||
	    tcgetattr(t->line, &raw) != 0)
		bail("no terminal");
	cfmakeraw(&raw);
	(void)tcsetattr(t->line, TCSANOW, &raw);
	(void)fcntl(t->fd, F_SETFL, O_NONBLOCK);
	t->vt = vterm_new(H, W);
	vterm_set_utf8(t->vt, 1);
	vterm_output_set_callback(t->vt, on_answer, t);
	t->screen = vterm_obtain_screen(t->vt);
	vterm_screen_reset(t->screen, 1);
	t->loop = loop_new(clock, &rng_system);
	t->pane = pane_new(t->loop, t->line, caps, on_drawn, t);
	if (t->pane == NULL)
		bail("no pane");
	pane_set(t->pane, place, 0);
}

static void
term_open(struct term *t, const struct caps *caps)
{
	term_open_at(t, caps, &clock_system);
}

static void
term_close(struct term *t)
{
	pane_free(t->pane);
	loop_free(t->loop);
	vterm_free(t->vt);
	buf_free(&t->raw);
	close(t->fd);
	close(t->line);
}

/* The terminal takes at most n bytes, and says what it is asked. */
static size_t
term_take(struct term *t, size_t n)
{
	char part[65536];
	ssize_t got = read(t->fd, part, n < sizeof(part) ? n : sizeof(part));

	if (got <= 0)
		return 0;
	t->heard += (size_t)got;
	buf_put(&t->raw, part, (size_t)got);
	(void)vterm_input_write(t->vt, part, (size_t)got);
	for (; t->answers > 0; t->answers--)
		if (!t->mute)
			pane_fence(t->pane);
	return (size_t)got;
}

static void
picture(struct term *t, unsigned seed)
{
	for (size_t i = 0; i < sizeof(t->cells); i++)
		t->cells[i] = (uint8_t)((i * 2654435761u + seed * 40503u) >> 9);
}

static int
put(struct term *t)
{
	return pane_cells(t->pane, COLUMNS, ROWS, bytes_of(t->cells,
	    sizeof(t->cells)));
}

/* Until the pane is ready, the terminal taking n bytes a turn. */
static bool
settle(struct term *t, size_t n)
{
	int64_t end = clock_mono(&clock_system) + LONG;

	while (!pane_ready(t->pane) && clock_mono(&clock_system) < end) {
		(void)term_take(t, n);
		(void)loop_hear(t->loop, 1);
	}
	while (term_take(t, 65536) > 0)
		;
	return pane_ready(t->pane);
}

/* Cells that show another picture than `cells`. */
static unsigned
wrong(struct term *t)
{
	unsigned bad = 0;

	for (int i = 0; i < COLUMNS * ROWS; i++) {
		const uint8_t *want = t->cells + i * MEDIA_CELL;
		VTermPos at = {place.y + i / COLUMNS, place.x + i % COLUMNS};
		VTermScreenCell c;
		VTermColor up;

		vterm_screen_get_cell(t->screen, at, &c);
		up = c.chars[0] == 0x2580 || c.chars[0] == 0x2588 ? c.fg :
		    c.bg;
		vterm_screen_convert_color_to_rgb(t->screen, &up);
		bad += abs(up.rgb.red - want[0]) > 3 ||
		    abs(up.rgb.green - want[1]) > 3 ||
		    abs(up.rgb.blue - want[2]) > 3;
	}
	return bad;
}

static void
test_shows(void)
{
	static const struct caps caps = {.sync = true};
	struct term t;
	VTermPos at;

	term_open(&t, &caps);
	(void)vterm_input_write(t.vt, "\033[15;7Hab", 9);
	picture(&t, 1);
	is_int(put(&t), 0, "a picture is taken");
	ok(settle(&t, 65536) && wrong(&t) == 0, "and shown");
	ok(t.drawn > 0, "and another is asked for");
	vterm_state_get_cursorpos(vterm_obtain_state(t.vt), &at);
	ok(at.row == 14 && at.col == 8, "the cursor is where it was");
	ok(memmem(t.raw.p, t.raw.n, "\033[?2026h", 8) != NULL &&
	    memmem(t.raw.p, t.raw.n, "\033[?2026l", 8) != NULL,
	    "as one change");
	t.heard = 0;
	is_int(put(&t), 0, "the same");
	(void)settle(&t, 65536);
	is_int((int)t.heard, 0, "costs nothing");
	(void)vterm_input_write(t.vt, "\033[2J", 4);
	pane_touch(t.pane);
	ok(settle(&t, 65536) && wrong(&t) == 0, "what was wiped comes again");
	is_int(pane_cells(t.pane, COLUMNS, ROWS + 1, bytes_of(t.cells,
	    sizeof(t.cells))), ERR_RANGE, "another size is refused");
	pane_set(t.pane, (struct area){0}, 0);
	is_int(put(&t), ERR_RANGE, "and any, where there is no place");
	term_close(&t);
}

/* A terminal that takes little: pictures are dropped, never queued. */
static void
test_slow(void)
{
	static const struct caps caps = {0};
	struct term t;
	unsigned taken = 0, dropped = 0, n = 0;
	size_t piece, most = 0;

	term_open(&t, &caps);
	for (unsigned i = 0; i < 300; i++) {
		picture(&t, i);
		if (put(&t) == 0)
			taken++;
		else
			dropped++;
		piece = 0;
		do
			piece += term_take(&t, 300);
		while (piece < 600 && ++n % 3 != 0);
		(void)loop_hear(t.loop, 2);
		(void)ioctl(t.fd, FIONREAD, &n);
		most = n > most ? n : most;
	}
	ok(dropped > 0 && taken > 0, "of 300 pictures %u are dropped", dropped);
	ok(most < 65536, "at most %zu bytes are under way", most);
	is_int((int)pane_counts(t.pane)->dropped, (int)dropped,
	    "it counts them");
	(void)settle(&t, 65536);
	picture(&t, 1000);
	is_int(put(&t), 0, "the last one");
	ok(settle(&t, 65536) && wrong(&t) == 0, "is whole");
	term_close(&t);
}

static void
test_mute(void)
{
	static const struct caps caps = {0};
	struct term t;
	unsigned taken = 0;
	int64_t end;

	term_open(&t, &caps);
	t.mute = true;
	end = clock_mono(&clock_system) + LONG;
	while (taken < 12 && clock_mono(&clock_system) < end) {
		picture(&t, taken);
		taken += put(&t) == 0;
		(void)term_take(&t, 65536);
		(void)loop_hear(t.loop, 5);
	}
	is_int((int)taken, 12, "one that never answers is shown pictures, too");
	ok(settle(&t, 65536) && wrong(&t) == 0, "whole ones");
	term_close(&t);
}

static size_t
overhear(struct term *t)
{
	size_t before = t->heard;

	for (unsigned i = 0; i < 20; i++) {
		(void)loop_hear(t->loop, 1);
		(void)term_take(t, 65536);
	}
	return t->heard - before;
}

/* While somebody else writes, it does not; one that it had begun goes on then. */
static void
test_held(void)
{
	static const struct caps caps = {0};
	struct term t;

	term_open(&t, &caps);
	pane_hold(t.pane, true);
	picture(&t, 1);
	is_int(put(&t), ERR_BUSY, "held, it takes no picture");
	is_int((int)overhear(&t), 0, "and writes nothing");
	t.drawn = 0;
	pane_hold(t.pane, false);
	ok(t.drawn > 0, "it says when it would");
	for (unsigned i = 0; i < 200 && !pane_busy(t.pane); i++) {
		picture(&t, i);
		(void)put(&t);
	}
	ok(pane_busy(t.pane), "with a picture under way");
	pane_hold(t.pane, true);
	(void)overhear(&t);
	is_int((int)overhear(&t), 0, "nothing of it is written");
	pane_hold(t.pane, false);
	ok(settle(&t, 65536), "until the other one is done");
	picture(&t, 500);
	is_int(put(&t), 0, "and it takes another");
	ok(settle(&t, 65536) && wrong(&t) == 0, "which is whole");
	term_close(&t);
}

/* Stopped (C-s): nothing waits for it, and all is well when it goes on. */
static void
test_stopped(void)
{
	static const struct caps caps = {0};
	struct term t;
	int64_t from;

	term_open(&t, &caps);
	from = clock_mono(&clock_system);
	for (unsigned i = 0; i < 200; i++) {
		picture(&t, i);
		(void)put(&t);
		(void)loop_hear(t.loop, 1);
	}
	ok(clock_mono(&clock_system) - from < LONG, "nobody waited for it");
	ok(settle(&t, 65536), "it goes on");
	picture(&t, 500);
	is_int(put(&t), 0, "with another picture");
	ok(settle(&t, 65536) && wrong(&t) == 0, "which is whole");
	term_close(&t);
}

static void
test_images(void)
{
	static const struct caps caps = {.sixel = true, .cell_w = 8,
	    .cell_h = 16};
	static const char good[] = "\033P0;1;0q\"1;1;8;6#0;2;99;0;0#0!8~-\033\\",
	    bad[] = "\033P0;1;0q\"1;1;8;6#0!8~\033[6n\033\\";
	struct term t;

	term_open(&t, &caps);
	is_int(pane_image(t.pane, SINK_sixel, bytes_of(bad, sizeof(bad) - 1)),
	    ERR_FORMAT, "what is no image is refused");
	(void)loop_hear(t.loop, 10);
	(void)term_take(&t, 65536);
	is_int((int)t.heard, 0, "and nothing of it reaches the terminal "
	    "(T61)");
	is_int(pane_image(t.pane, SINK_cells, bytes_of(good,
	    sizeof(good) - 1)), ERR_FORMAT, "nor what is none of the two");
	is_int(pane_image(t.pane, SINK_sixel, bytes_of(good,
	    sizeof(good) - 1)), 0, "an image is taken");
	ok(settle(&t, 65536) && memmem(t.raw.p, t.raw.n, good,
	    sizeof(good) - 1) != NULL, "and written as it is");
	ok(memmem(t.raw.p, t.raw.n, "\033[4;6H", 6) != NULL &&
	    memmem(t.raw.p, t.raw.n, "\033[?80l", 6) != NULL,
	    "where the rectangle is, without scrolling");
	term_close(&t);
}

static int64_t
at(void *arg)
{
	const int64_t *time = arg;

	return *time;
}

#define PIXELS_W (COLUMNS * 8)
#define PIXELS_H (ROWS * 16)

static const struct caps far_caps = {.answered = true, .sixel = true,
    .cell_w = 8, .cell_h = 16};

/* An image goes over, or what is sent before the first, and is answered after
 * so many ms. */
static int
image_in(struct term *t, int64_t *time, int64_t ms)
{
	struct buf b = {0};
	int err;

	buf_format(&b, "\033P0;1;0q\"1;1;%d;%d#0;2;99;0;0", PIXELS_W,
	    PIXELS_H);
	for (int i = 0; i < PIXELS_H / 6 * (PIXELS_W + 1); i++)
		buf_u8(&b, i % (PIXELS_W + 1) == PIXELS_W ? '-' :
		    i % (PIXELS_W + 1) == 0 ? '#' : i % (PIXELS_W + 1) == 1 ?
		    '0' : '~');
	buf_string(&b, "\033\\");
	err = pane_image(t->pane, SINK_sixel, buf_view(&b));
	buf_free(&b);
	/* all but the end, which has the question, is taken at once */
	for (int i = 0; i < LONG && pane_busy(t->pane); i++) {
		(void)term_take(t, 65536);
		(void)loop_hear(t->loop, 1);
	}
	*time += ms;
	while (term_take(t, 65536) > 0)
		;
	return err;
}

static bool
image_seen(const struct term *t)
{
	return memmem(t->raw.p, t->raw.n, "\033P", 2) != NULL;
}

/* Images can't be cut: where they hold up the keys it is said, by what they
 * take over the line's own time. */
static void
test_slow_images(void)
{
	int64_t time = 1000;
	struct clock clock = {at, at, &time};
	struct term t;

	term_open_at(&t, &far_caps, &clock);
	is_int(image_in(&t, &time, 400), ERR_BUSY, "the line is asked first");
	is_int(image_in(&t, &time, 410), ERR_BUSY, "with a little");
	is_int(image_in(&t, &time, 430), ERR_BUSY, "with more");
	ok(!image_seen(&t) && !pane_slow(t.pane), "all without an image");
	is_int(image_in(&t, &time, 450), 0, "then one comes");
	(void)image_in(&t, &time, 590);
	ok(image_seen(&t) && !pane_slow(t.pane),
	    "a far terminal is not a slow one");
	(void)image_in(&t, &time, 700);
	(void)image_in(&t, &time, 500);
	(void)image_in(&t, &time, 700);
	ok(!pane_slow(t.pane), "nor one that is late now and then");
	(void)image_in(&t, &time, 700);
	ok(pane_slow(t.pane), "one that is late again and again is");
	picture(&t, 7);
	is_int(put(&t), 0, "half blocks come in its place");
	ok(settle(&t, 65536) && wrong(&t) == 0, "whole");
	term_close(&t);
}

/* Answers have no names: of two probes under way, that of the little one would
 * speak for the large one, and an image would go that takes seconds. */
static void
test_one_probe(void)
{
	int64_t time = 1000;
	struct clock clock = {at, at, &time};
	struct term t;
	size_t heard;

	term_open_at(&t, &far_caps, &clock);
	(void)image_in(&t, &time, 10);
	t.mute = true;
	(void)image_in(&t, &time, 10);
	heard = t.heard;
	ok(!pane_ready(t.pane), "a probe is under way alone");
	is_int(image_in(&t, &time, 10), ERR_BUSY, "an image that comes waits");
	ok(t.heard == heard && !image_seen(&t), "and asks nothing more");
	time += 2000;
	pane_fence(t.pane);
	ok(pane_slow(t.pane), "the one answer is the probe's");
	term_close(&t);
}

static void
test_slow_line(void)
{
	int64_t time = 1000;
	struct clock clock = {at, at, &time};
	struct term t;

	term_open_at(&t, &far_caps, &clock);
	(void)image_in(&t, &time, 10);
	(void)image_in(&t, &time, 800);
	ok(pane_slow(t.pane) && !image_seen(&t),
	    "a slow line is known before there is an image on it");
	pane_set(t.pane, (struct area){0}, 0);
	ok(!pane_slow(t.pane), "the next film may try");
	pane_set(t.pane, place, 0);
	for (int i = 0; i < 3; i++)
		(void)image_in(&t, &time, 10);
	(void)image_in(&t, &time, 2000);
	ok(pane_slow(t.pane), "a second is too much at once");
	term_close(&t);
}

int
main(void)
{
	test_shows();
	test_slow();
	test_mute();
	test_held();
	test_stopped();
	test_images();
	test_slow_images();
	test_one_probe();
	test_slow_line();
	return done();
}
