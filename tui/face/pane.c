/* SPDX-License-Identifier: ISC */
/*
 * The rectangle of the terminal that shows pictures. It never waits for the
 * terminal: what that does not take stays here, and while it does no other
 * picture is taken. Each piece ends with a question; how long its answer takes
 * says how much may be under way, so that a key and its echo stand behind a
 * few hundredths of a second of pictures at most, however slow the line. An
 * image can't be cut into pieces: where one takes long, it says so.
 */
#include <stdlib.h>

#include "pane.h"
#include "spout.h"

#define PANE_QUEUE_MS 30        /* of pictures under way, over the line's own */
#define PANE_FLYING 4           /* pieces under way at most */
#define PANE_PIECE_MIN 2048     /* bytes of one */
#define PANE_PIECE_MAX (256u << 10)
#define PANE_PIECE_FIRST (24u << 10)
#define PANE_ANSWER_MS 1000     /* then it does not answer */
#define PANE_MUTE 3             /* so often: it never will */
#define PANE_BLIND_MS 33        /* between two where nobody answers */
#define PANE_IMAGE_GONE_MS 10000        /* of an image: it will not come */
#define PANE_FIRST_MS 3000      /* of the first probe: one that comes later is
				   taken for the answer to the next */
#define PROBE "\033[m"          /* does nothing */

#define PANE_END_MS 500         /* for what is under way when it closes */

/* where the cursor and its colours were, then back there */
#define KEEP "\0337"
#define BACK "\033[m\0338"
#define HIDE "\033[?25l"
#define SHOW "\033[?25h"
#define SYNC "\033[?2026h"
#define SYNCED "\033[?2026l"
#define FENCE "\033[5n"
/* images do not scroll what they stand on */
#define STILL "\033[?80l"
#define UNDO "\033_Ga=d,d=I,i=8223,q=2\033\\"

struct pane {
	struct loop *loop;
	struct spout spout;
	struct timer *timer;
	struct caps caps;
	void (*drawn)(void *);
	void *arg;
	struct area area;
	struct differ differ;
	struct buf cells;       /* the picture that is being shown */
	int left;               /* rows of it that still differ */
	struct buf image;       /* or this one */
	unsigned sink;          /* of the image */
	bool cursor, again;     /* again: the image has to be put once more */
	/* pieces that are not answered yet, the oldest first */
	int64_t asked[PANE_FLYING];
	unsigned flying, window, mute;
	struct line line;
	size_t piece;
	struct pane_count count;
};

static int64_t
now(const struct pane *p)
{
	return clock_mono(loop_clock(p->loop));
}

static bool
is_open(const struct pane *p)
{
	return p->area.w > 0 && p->area.h > 0;
}

bool
pane_busy(const struct pane *p)
{
	return spout_waits(&p->spout) > 0;
}

static bool
has_room(const struct pane *p)
{
	/* nobody could tell the answers of two probes from each other */
	unsigned most = p->line.probing ? 1 : p->window;

	return is_open(p) && !p->spout.held && !pane_busy(p) &&
	    p->flying < most;
}

bool
pane_ready(const struct pane *p)
{
	return has_room(p) && p->left == 0 && !p->again;
}

/* ---- pieces ---- */

static void
piece_begin(struct pane *p)
{
	if (p->caps.sync)
		buf_string(&p->spout.out, SYNC);
	if (p->cursor)
		buf_string(&p->spout.out, HIDE);
	buf_string(&p->spout.out, KEEP);
}

static void
piece_end(struct pane *p)
{
	buf_string(&p->spout.out, BACK);
	if (p->cursor)
		buf_string(&p->spout.out, SHOW);
	if (p->caps.sync)
		buf_string(&p->spout.out, SYNCED);
	if (p->mute < PANE_MUTE)
		buf_string(&p->spout.out, FENCE);
	p->count.bytes += p->spout.out.n;
	p->asked[p->flying++] = now(p);
	timer_set(p->timer, p->mute < PANE_MUTE ? PANE_ANSWER_MS :
	    PANE_BLIND_MS);
	spout_write(&p->spout);
}

/* What is left of the picture, or a piece of it; false: nothing was. */
static bool
piece_put(struct pane *p)
{
	size_t before;

	piece_begin(p);
	before = p->spout.out.n;
	p->left = differ_put(&p->differ, p->area.x, p->area.y,
	    buf_view(&p->cells), p->piece, &p->spout.out);
	if (p->spout.out.n == before) {
		buf_clear(&p->spout.out);
		return false;
	}
	piece_end(p);
	return true;
}

static void
put_image(struct pane *p)
{
	piece_begin(p);
	buf_format(&p->spout.out, "\033[%d;%dH", p->area.y + 1, p->area.x + 1);
	if (p->sink == SINK_sixel)
		buf_string(&p->spout.out, STILL);
	buf_bytes(&p->spout.out, buf_view(&p->image));
	p->again = false;
	piece_end(p);
}

static void
go_on(struct pane *p)
{
	while (has_room(p) && p->left > 0)
		(void)piece_put(p);
	if (has_room(p) && p->again)
		put_image(p);
	if (pane_ready(p))
		p->drawn(p->arg);
}

/* ---- how fast the terminal is ---- */

bool
pane_slow(const struct pane *p)
{
	return p->line.slow;
}

static void
learn(struct pane *p, int64_t lag)
{
	p->count.lag = lag;
	line_learn(&p->line, lag, p->image.n > 0);
	if (lag > p->line.best + PANE_QUEUE_MS) {
		p->window = 1;
		p->piece = p->piece * 2 / 3;
		if (p->piece < PANE_PIECE_MIN)
			p->piece = PANE_PIECE_MIN;
		return;
	}
	if (p->window < PANE_FLYING)
		p->window++;
	p->piece += p->piece / 4;
	if (p->piece > PANE_PIECE_MAX)
		p->piece = PANE_PIECE_MAX;
}

static void
landed(struct pane *p)
{
	p->flying--;
	memmove(p->asked, p->asked + 1, p->flying * sizeof(*p->asked));
}

void
pane_fence(struct pane *p)
{
	p->mute = 0;
	if (p->flying == 0)
		return;         /* an old one, given up */
	learn(p, now(p) - p->asked[0]);
	landed(p);
	if (p->flying == 0)
		timer_stop(p->timer);
	go_on(p);
}

static void
on_timer(void *arg)
{
	struct pane *p = arg;

	int64_t age = p->flying > 0 ? now(p) - p->asked[0] : 0;
	int64_t most = p->line.told ? PANE_IMAGE_GONE_MS : PANE_FIRST_MS;
	bool goes = (p->line.probing || (p->image.n > 0 && p->line.told)) &&
	    p->flying > 0 && age < most;

	if (goes && age > LINE_MOST_MS)
		p->line.slow = true;    /* what lies between may hold it all */
	if (goes || pane_busy(p)) {     /* stopped: nothing more goes there */
		timer_set(p->timer, PANE_ANSWER_MS);
		return;
	}
	if (p->mute < PANE_MUTE && !p->line.told)
		p->mute++;
	p->window = 1;
	p->piece = PANE_PIECE_FIRST;
	p->flying = 0;
	p->line.probing = false;
	go_on(p);
}

void
pane_hold(struct pane *p, bool held)
{
	if (held == p->spout.held)
		return;
	spout_hold(&p->spout, held);
	go_on(p);
}

static void
on_write(void *arg, UNUSED int what)
{
	struct pane *p = arg;

	spout_write(&p->spout);
	if (!pane_busy(p)) {
		go_on(p);
		/* whoever waited to draw may do so now */
		if (!pane_ready(p))
			p->drawn(p->arg);
	}
}

/* ---- pictures ---- */

static void
take_image_away(struct pane *p)
{
	if (p->image.n == 0)
		return;
	if (p->sink == SINK_kitty) {
		buf_string(&p->spout.out, UNDO);
		spout_write(&p->spout);
	}
	buf_clear(&p->image);
	p->again = false;
	if (p->differ.shown != NULL)
		differ_forget(&p->differ);
}

int
pane_cells(struct pane *p, int columns, int rows, struct bytes cells)
{
	if (columns != p->area.w || rows != p->area.h || !is_open(p) ||
	    cells.n != (size_t)columns * (size_t)rows * MEDIA_CELL)
		return ERR_RANGE;
	if (!pane_ready(p)) {
		p->count.dropped++;
		return ERR_BUSY;
	}
	p->count.pictures++;
	take_image_away(p);
	buf_clear(&p->cells);
	buf_bytes(&p->cells, cells);
	p->left = p->area.h;
	go_on(p);
	return 0;
}

/* Asks how fast the line is, before an image fills it. */
static bool
must_ask(struct pane *p, size_t wish)
{
	int n;

	if (!p->caps.answered || p->mute >= PANE_MUTE ||
	    (n = line_probe(&p->line, wish)) < 0)
		return false;
	piece_begin(p);
	for (; n > 0; n -= (int)sizeof(PROBE) - 1)
		buf_string(&p->spout.out, PROBE);
	piece_end(p);
	return true;
}

int
pane_image(struct pane *p, unsigned sink, struct bytes image)
{
	struct grammar_room room = {
	    .w = (unsigned)p->area.w * p->caps.cell_w,
	    .h = (unsigned)p->area.h * p->caps.cell_h,
	    .columns = (unsigned)p->area.w, .rows = (unsigned)p->area.h};
	int err = ERR_FORMAT;

	if (!is_open(p))
		return ERR_RANGE;
	if (!pane_ready(p)) {
		p->count.dropped++;
		return ERR_BUSY;
	}
	if (!defence(grammar))
		err = 0;
	else if (sink == SINK_sixel)
		err = grammar_sixel(image, &room);
	else if (sink == SINK_kitty)
		err = grammar_kitty(image, &room);
	if (err != 0)
		return err;
	if (must_ask(p, image.n))
		return ERR_BUSY;
	p->count.pictures++;
	p->sink = sink;
	buf_clear(&p->cells);
	buf_clear(&p->image);
	buf_bytes(&p->image, image);
	put_image(p);
	go_on(p);
	return 0;
}

/* ---- the rectangle ---- */

void
pane_touch(struct pane *p)
{
	if (p->differ.shown == NULL)
		return;
	differ_forget(&p->differ);
	if (p->cells.n > 0)
		p->left = p->area.h;
	p->again = p->image.n > 0;
	go_on(p);
}

void
pane_set(struct pane *p, struct area a, unsigned colours)
{
	if (a.w < 1 || a.h < 1)
		a = (struct area){0};
	if (memcmp(&a, &p->area, sizeof(a)) == 0 &&
	    p->differ.colours == colours && p->differ.shown != NULL)
		return;
	take_image_away(p);
	if (a.w == 0)
		line_again(&p->line);
	differ_free(&p->differ);
	p->area = a;
	p->left = 0;
	buf_clear(&p->cells);
	differ_init(&p->differ, a.w, a.h, colours, PANE_SLACK);
}

struct area
pane_area(const struct pane *p)
{
	return p->area;
}

void
pane_cursor(struct pane *p, bool shown)
{
	p->cursor = shown;
}

const struct pane_count *
pane_counts(const struct pane *p)
{
	return &p->count;
}

struct pane *
pane_new(struct loop *loop, int fd, const struct caps *caps,
    void (*drawn)(void *), void *arg)
{
	struct pane *p = mem_alloc(sizeof(*p));

	if (spout_open(&p->spout, loop, fd, on_write, p) != 0) {
		free(p);
		return NULL;
	}
	p->loop = loop;
	p->caps = *caps;
	p->drawn = drawn;
	p->arg = arg;
	p->window = 1;
	p->piece = PANE_PIECE_FIRST;
	p->timer = timer_new(loop, on_timer, p);
	return p;
}

void
pane_free(struct pane *p)
{
	if (p == NULL)
		return;
	pane_set(p, (struct area){0}, 0);
	/* a sequence that is cut would swallow what comes after it */
	spout_drain(&p->spout, PANE_END_MS);
	spout_close(&p->spout);
	timer_free(p->timer);
	differ_free(&p->differ);
	buf_free(&p->cells);
	buf_free(&p->image);
	free(p);
}
