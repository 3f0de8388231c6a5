/* SPDX-License-Identifier: ISC */
/*
 * Floor 5: the terminal. Draws the client's model and view state on a grid,
 * copies what changed to curses, and turns keys into command lines. It changes
 * nothing in the model itself: cmd does. Views are drawn without a terminal,
 * so tests call draw_screen() with a grid.
 */
#ifndef TACET_FACE_H
#define TACET_FACE_H

#include "client.h"
#include "cmd.h"

#define FACE_W_MIN 20
#define FACE_H_MIN 5

/* theme.c: rows of theme.def */

enum style {
#define STYLE(name, dark, light, eight, attr) STYLE_##name,
#include "theme.def"
#undef STYLE
	STYLE_COUNT
};
struct style_row {
	short dark, light;      /* of 256 colours, -1: the terminal's own */
	short eight;            /* of 8 colours */
	unsigned attr;          /* enum grid_attr, also without colours */
};
extern const struct style_row style_row[STYLE_COUNT];
/* The stable style of a person's name: the same everywhere, for ever. */
unsigned style_of_person(const struct person *);

/* draw.c: one whole screen; view_NAME.c: its parts */

struct area {
	int x, y, w, h;
};
struct look {                   /* what drawing needs beside the client */
	const struct options *options;
	const struct keymap *keys;
	int64_t now;            /* wall, ms */
	int64_t mono;
	/* a view of pictures says here where they go, curses keeps off there;
	 * NULL: nobody shows any */
	struct area *hole;
	unsigned sink;          /* where films are shown: a row of sink.def */
	bool posters;           /* the terminal can show small pictures */
};
/* theatre.c: the film that plays, above; returns what is left of the area */
struct area theatre_draw(struct grid *, struct area, struct client *,
    const struct look *);
/* The pictures of the list of films in the place it left for them: cells row by
 * row, black where there is none. False: some are still on their way. */
bool videos_posters(struct client *, struct area hole, uint16_t cell_w,
    uint16_t cell_h, struct buf *cells);
void draw_screen(struct grid *, struct client *, const struct look *);
#define VIEW(name, title, help) \
	void view_##name(struct grid *, struct area, struct client *, \
	    const struct look *);
#include "view.def"
#undef VIEW
void draw_sidebar(struct grid *, struct area, struct client *,
    const struct look *);
void draw_bar(struct grid *, int y, struct client *, const struct look *);
/* The input line: how many rows it wants, and drawing it. */
int draw_input_rows(struct client *, int w);
void draw_input(struct grid *, struct area, struct client *);
/* "verified" */
const char *trust_mark(struct client *, const struct person *,
    unsigned *style);
const char *trust_sign(const struct person *, unsigned *style); /* one column */
/* A text of ours in words, from row y on; returns the row after it. */
int draw_words(struct grid *, struct area, int y, unsigned style,
    unsigned attr, const char *ours);

/* card.c: a film, but for its name */

/* `part' of `of' as a bar up to `end' or as long as bars are; the next column */
int card_bar(struct grid *, int x, int y, int end, unsigned style,
    unsigned attr, unsigned part, unsigned of);
/* How far one was and `keys' (or NULL) in one line of the area; if `all', how
 * large it is and whether it has a picture, too */
void card_line(struct grid *, struct area, struct client *,
    const struct film *, unsigned style, unsigned attr, const char *keys,
    bool all);
/* The same in at most 5 columns: "seen", "42%", "" */
const char *card_short(struct client *, const struct film *, char text[8]);
const char *card_state(const struct film *);    /* NULL: it can be watched */

/* wrap.c: text into lines of at most `cols` columns, by words */

struct wrap {
	const struct safe *text;
	size_t at, cols;
};
/* The next line's slice; false at the end. An empty text has one empty line. */
bool wrap_next(struct wrap *, size_t *from, size_t *n);
size_t wrap_count(const struct safe *, size_t cols);
struct slice {
	size_t from, n;
};
/* All lines at once, malloc'ed: one look at a text, however long. */
size_t wrap_all(const struct safe *, size_t cols, struct slice **);
struct safe time_text(const char *format, int64_t ms) MUST_CHECK;

/* qr.c: libqrencode */

struct qr;
struct qr *qr_new(const char *text);    /* NULL: too long for a code */
void qr_free(struct qr *);
int qr_cols(const struct qr *);
int qr_rows(const struct qr *);
void qr_draw(struct grid *, int x, int y, const struct qr *);
bool qr_drawable(const struct options *);       /* blocks, and our colours */
/* Lines for a terminal without curses; false: it can't show them */
bool qr_lines(const char *text, struct buf *);

/* ui.c and input.c: curses */

struct ui;
/* ERR_INPUT with a sentence for TERM=dumb, no terminal, unknown TERM */
int ui_open(struct ui **, struct loop *, const char *theme, char **why);
void ui_close(struct ui *);             /* the terminal as it was, no texts left */
void ui_forget(struct ui *);            /* what was drawn leaves our memory */
void ui_size(struct ui *, int *w, int *h);      /* asks the terminal */
void ui_show(struct ui *, const struct grid *, bool whole);
/* Curses keeps off this rectangle, pane.h draws there; h 0: none. It counts
 * from the next ui_show() on. */
void ui_hole(struct ui *, struct area);
bool ui_wiped(struct ui *);             /* since it was asked last */
/* The terminal has yet to take what was shown: nothing more is until it has. */
bool ui_busy(const struct ui *);
bool ui_writes(const struct ui *);      /* and it is not held */
void ui_hold(struct ui *, bool);        /* somebody else writes meanwhile */
void ui_drain(struct ui *);             /* waits for that, for a second */
/* The terminal as it was, until the shell lets us go on */
void ui_pause(struct ui *);
/* What the terminal can show. It is asked the first time, which takes up to
 * 0.3 s; keys typed meanwhile come with input_next(). */
struct caps;
const struct caps *ui_ask(struct ui *);
void ui_theme(struct ui *, const char *theme);
void ui_bell(struct ui *);
void ui_osc9(struct ui *, const struct safe *); /* through tmux too */

struct input_event {
	bool paste;
	bool fence;             /* no key: the terminal has drawn it all */
	char key[32];           /* key's name as in key.def, when it is one */
	char text[8];           /* else one typed character, UTF-8 */
	struct buf *pasted;     /* paste: the whole of it, sanitised later */
};
/* The next key or paste that has arrived; false: none is waiting. */
bool input_next(struct ui *, struct input_event *);
bool input_gone(struct ui *);   /* the terminal has hung up */

/* notify.c */

void notify_message(struct ui *, struct env *, const struct event *);

/* face.c */

struct face;
int face_open(struct face **, struct env *, char **why);
void face_close(struct face *);
void face_hear(struct face *, const struct event *);    /* of the client */
void face_show(struct face *);          /* one redraw, when there is need */

#endif
