/* SPDX-License-Identifier: ISC */
/*
 * Pictures in the terminal, past curses: a rectangle that curses keeps off,
 * what the terminal can show, and the bytes that show it. Nothing that the
 * media helper made reaches the terminal but colours, and images of which
 * grammar.c knows every byte.
 */
#ifndef TACET_PANE_H
#define TACET_PANE_H

#include "face.h"
#include "media.h"

/* query.c: what the terminal says of itself */

struct caps {
	bool answered;          /* the last question was, so all were */
	bool colour24;          /* 24 bit colours */
	bool sixel, kitty;
	bool sync;              /* CSI ?2026: shows a change as a whole */
	uint16_t cell_w, cell_h;        /* pixels of a cell; 0: unknown */
	char name[48];          /* what it calls itself; "" */
};

/* One answer after another, from bytes that a terminal, and whoever types at
 * it, sent. A zeroed struct is the start. */
struct query {
	struct caps caps;
	enum query_state {
		QUERY_KEYS, QUERY_ESC, QUERY_CSI, QUERY_STRING,
		QUERY_STRING_ESC
	} state;
	char kind;              /* of the string: 'P', '_', ... */
	size_t n;               /* of held */
	char held[256];
	struct buf keys;        /* what was no answer: typed, in its order */
};
void query_put(struct query *, const void *, size_t);
void query_end(struct query *); /* what is held was typed */
void query_free(struct query *);
/* Asks the terminal on `in` and `out`, and waits at most ms for the fence.
 * It must be raw, and nobody else may read it meanwhile. */
void query_run(struct query *, int in, int out, int ms);
/* Pixels of a cell by the window's size, where no answer told. */
void query_size(struct caps *, int fd);
bool query_display(void);       /* is there one that is not behind SSH? */
/* What the options `sink` and `colours` and the place make of it: a row of
 * sink.def. */
unsigned query_sink(const struct caps *, const char *option, bool display);
unsigned query_colours(const struct caps *, const char *option);

/* differ.c: half blocks, of which only what changed is sent */

#define DIFFER_NONE 0xff000000u         /* the terminal shows something else */
struct half {
	uint32_t up, low;       /* 0xrrggbb, or one of 256 */
};
struct differ {
	int w, h, next;         /* next: the row that comes first */
	unsigned colours;       /* 0: 24 bit, else 256 */
	unsigned slack;         /* how far a channel may be off, of 255 */
	struct half *shown;     /* w * h: what the terminal has */
};
void differ_init(struct differ *, int w, int h, unsigned colours,
    unsigned slack);
void differ_free(struct differ *);
void differ_forget(struct differ *);    /* the terminal was drawn over */
/*
 * Appends what makes the rectangle at x, y (from 0) show `cells`: MEDIA_CELL
 * bytes each, w * h of them. At most about `budget` bytes (0: any): rows that
 * come after it wait, and are the first the next time. Returns how many rows
 * are left.
 */
int differ_put(struct differ *, int x, int y, struct bytes cells,
    size_t budget, struct buf *);

/*
 * grammar.c: the only images that a terminal gets. 0, or ERR_FORMAT, ERR_RANGE
 * (larger than w times h pixels, or cells), ERR_BIG.
 *
 *	sixel   ESC P 0;1;0 q, raster 1;1;w;h, colours (at most 1024, RGB in
 *	        percent), data, repeats, $ and -; ESC \
 *	kitty   ESC _ G GRAMMAR_KITTY with sizes, then chunks of base64 with m=1
 *	        and at last an empty one of m=0: all pixels, and not one more
 */
#define GRAMMAR_MAX (6u << 20)
/* 32 bit pixels, put down at once as the one picture of ours, with no answer
 * and the cursor left where it is; then s, v, c, r in this order */
#define GRAMMAR_KITTY "a=T,f=32,i=8223,p=1,q=2,C=1"
struct grammar_room {
	unsigned w, h;          /* pixels */
	unsigned columns, rows;
};
int grammar_sixel(struct bytes, const struct grammar_room *) MUST_CHECK;
int grammar_kitty(struct bytes, const struct grammar_room *) MUST_CHECK;

/* line.c: how fast the terminal takes images */

#define LINE_MOST_MS 1000       /* over the line's own time: too long */
struct line {                   /* zeroed: nothing is known */
	bool told;              /* it has answered once, and takes */
	int64_t best;           /* ms by itself */
	unsigned late;          /* images in a row that took too long */
	bool slow, probing;
	unsigned probes;        /* that were answered */
	size_t wish;            /* bytes of the image that waits for them */
};
/* Before an image of so many bytes: so many that do nothing, with a question
 * behind them. ERR_NONE: no more of them, it may go. */
int line_probe(struct line *, size_t wish);
void line_learn(struct line *, int64_t lag, bool image);
void line_again(struct line *); /* the next film may try again */

/* pane.c: the rectangle */

#define PANE_SLACK 3            /* what a channel may be off, of 255 */

struct pane;
/* Writes to `fd` (a terminal) without ever waiting for it. drawn(arg): the
 * terminal has taken what it got, another picture may come. NULL: fd can't be
 * opened again (ERR_IO). */
struct pane *pane_new(struct loop *, int fd, const struct caps *,
    void (*drawn)(void *), void *arg);
void pane_free(struct pane *);
/* Where it is, in cells; w or h 0: nowhere. What was shown is forgotten, and
 * images of the terminal are taken away. */
void pane_set(struct pane *, struct area, unsigned colours);
struct area pane_area(const struct pane *);
void pane_touch(struct pane *); /* the terminal was drawn over */
/* May another picture come? Else it is dropped: 0, ERR_BUSY, or what grammar
 * said. */
bool pane_ready(const struct pane *);
int pane_cells(struct pane *, int columns, int rows, struct bytes cells);
int pane_image(struct pane *, unsigned sink, struct bytes);
/* Images take so long here that whoever types waits for them: half blocks, of
 * which a piece at a time goes, would not. Until it is set to nowhere. */
bool pane_slow(const struct pane *);
/* Bytes are under way that nobody may write between: whoever draws the rest of
 * the screen waits for it (drawn() comes then, too). */
bool pane_busy(const struct pane *);
/* While somebody else writes, nothing of it does. */
void pane_hold(struct pane *, bool);
void pane_fence(struct pane *); /* the terminal answered: CSI 0 n */
void pane_cursor(struct pane *, bool shown);    /* what curses made of it */
struct pane_count {
	uint64_t bytes, pictures, dropped;
	int64_t lag;            /* ms from a picture to its answer, the last */
};
const struct pane_count *pane_counts(const struct pane *);

#endif
