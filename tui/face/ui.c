/* SPDX-License-Identifier: ISC */
/*
 * Curses: opens the terminal, copies the cells that changed, gives the terminal
 * back as it was. The few sequences that curses does not know (bracketed paste,
 * OSC 9) are written here from constants and safe text only.
 */
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "face.h"
#include "ui_priv.h"

#include <term.h>

#define COLOUR_PAIRS_MIN STYLE_COUNT
#define ASK_MS 300              /* for a terminal to say what it can show */
#define END_MS 1000             /* for it to take the last of it */
#define NEWS_MAX (64u << 10)    /* bytes that wait, and no bell any more */
#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"

static void
ui_locale(void)
{
	const char *l = setlocale(LC_ALL, "");

	/* over SSH the remote side is often plain C: ask for UTF-8 ourselves */
	if (l == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		(void)setlocale(LC_ALL, "C.UTF-8");
}

/* One that was killed left the terminal raw, and curses gives it back as it
 * found it: then nobody would ever mend it. */
static void
ui_mend(void)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &t) != 0 || (t.c_lflag & ICANON))
		return;
	t.c_iflag |= BRKINT | ICRNL | IXON;
	t.c_oflag |= OPOST | ONLCR;
	t.c_lflag |= ECHO | ECHOE | ECHOK | ICANON | ISIG | IEXTEN;
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

static int
ui_refuse(char **why, const char *term)
{
	if (term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0)
		*why = mem_format("the terminal (TERM=%s) can't move its "
		    "cursor; use `tacet watch` and `tacet send`, or a real "
		    "terminal", term == NULL ? "" : term);
	else
		*why = mem_format("this machine does not know TERM=%.32s; try "
		    "TERM=xterm-256color tacet", term);
	return ERR_INPUT;
}

static void
ui_colours(struct ui *ui)
{
	ui->colours = 0;
	if (!has_colors() || start_color() == ERR)
		return;
	(void)use_default_colors();
	ui->colours = COLORS >= 256 ? 256 : COLORS >= 8 ? 8 : 0;
}

void
ui_theme(struct ui *ui, const char *theme)
{
	bool light = strcmp(theme, "light") == 0;
	bool plain = strcmp(theme, "plain") == 0 ||
	    getenv("NO_COLOR") != NULL || ui->colours == 0;

	ui->plain = plain;
	for (short i = 0; i < STYLE_COUNT && !plain; i++) {
		const struct style_row *r = &style_row[i];
		short fg = ui->colours < 256 ? r->eight :
		    light ? r->light : r->dark;

		(void)init_pair((short)(i + 1), fg, i != STYLE_qr ? -1 :
		    ui->colours < 256 ? 7 : 231);
	}
	ui->drawn = false;
}

/* Curses on the terminal, by way of the outlet */
static int
ui_start(struct ui *ui, struct loop *loop, const char *term, char **why)
{
	ui->outlet = outlet_new(loop);
	if (ui->outlet == NULL) {
		*why = mem_string("this system gives no memory file (memfd) "
		    "to draw in, or takes the terminal away: use `tacet run "
		    "--json`, or start tacet again");
		return ERR_IO;
	}
	ui->screen = newterm(NULL, outlet_file(ui->outlet), stdin);
	if (ui->screen == NULL) {
		outlet_free(ui->outlet);
		return ui_refuse(why, term);
	}
	outlet_raw(ui->outlet, true);
	(void)raw();
	(void)noecho();
	(void)nonl();
	(void)keypad(stdscr, TRUE);
	(void)nodelay(stdscr, TRUE);
	(void)set_escdelay(25);
	input_define();
	return 0;
}

int
ui_open(struct ui **out, struct loop *loop, const char *theme, char **why)
{
	const char *term = getenv("TERM");
	struct ui *ui;
	int err;

	*out = NULL;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		*why = mem_string("this is not a terminal; use `tacet run "
		    "--json`, `tacet watch` or `tacet send` in scripts");
		return ERR_INPUT;
	}
	ui_mend();
	if (term == NULL || strcmp(term, "dumb") == 0 ||
	    setupterm(term, STDOUT_FILENO, &(int){0}) == ERR)
		return ui_refuse(why, term);
	/* newterm reads it again; this one was only to ask */
	(void)del_curterm(cur_term);
	ui_locale();
	ui = mem_alloc(sizeof(*ui));
	err = ui_start(ui, loop, term, why);
	if (err != 0) {
		free(ui);
		return err;
	}
	ui_colours(ui);
	ui_theme(ui, theme);
	outlet_put(ui->outlet, PASTE_ON, strlen(PASTE_ON));
	*out = ui;
	return 0;
}

/* Curses frees its lines as they are: they are blank before. */
static void
ui_blank(struct ui *ui)
{
	(void)werase(newscr);
	(void)werase(curscr);
	(void)werase(stdscr);
	(void)clearok(curscr, TRUE);
	ui->drawn = false;
	ui->wiped = true;
}

/* Gives the terminal back, which need not take all of it. */
static void
ui_leave(struct ui *ui)
{
	outlet_hold(ui->outlet, false);
	(void)clear();          /* no message stays on the screen */
	(void)refresh();
	outlet_put(ui->outlet, PASTE_OFF, strlen(PASTE_OFF));
	if (!defence(goodbye))
		return;
	(void)endwin();
	outlet_flush(ui->outlet);
	outlet_drain(ui->outlet, END_MS);
	outlet_raw(ui->outlet, false);
}

void
ui_pause(struct ui *ui)
{
	ui_leave(ui);
	(void)raise(SIGSTOP);
	outlet_raw(ui->outlet, true);
	outlet_put(ui->outlet, PASTE_ON, strlen(PASTE_ON));
	ui_blank(ui);
}

void
ui_close(struct ui *ui)
{
	if (ui == NULL)
		return;
	ui_leave(ui);
	delscreen(ui->screen);
	outlet_free(ui->outlet);
	grid_free(&ui->shown);
	buf_free(&ui->paste);
	buf_free(&ui->ahead);
	free(ui);
}

/* What curses has written stays in its buffer until something else is in the
 * same place: more than it holds (2800 bytes) that moves nothing. */
void
ui_forget(struct ui *ui)
{
	char nothing[4096];

	ui_blank(ui);
	memset(nothing, '\r', sizeof(nothing) - 1);
	nothing[sizeof(nothing) - 1] = '\0';
	(void)putp(nothing);
}

void
ui_size(struct ui *ui, int *w, int *h)
{
	struct winsize ws;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0 &&
	    ws.ws_row > 0 && (ws.ws_col != COLS || ws.ws_row != LINES)) {
		ui_blank(ui);
		(void)resizeterm(ws.ws_row, ws.ws_col);
	}
	*w = COLS;
	*h = LINES;
}

static attr_t
curses_attr(unsigned attr)
{
	attr_t a = A_NORMAL;

	if (attr & GRID_BOLD)
		a |= A_BOLD;
	if (attr & GRID_DIM)
		a |= A_DIM;
	if (attr & GRID_REVERSE)
		a |= A_REVERSE;
	if (attr & GRID_UNDERLINE)
		a |= A_UNDERLINE;
	return a;
}

static bool
cell_same(const struct cell *a, const struct cell *b)
{
	return a->cols == b->cols && a->attr == b->attr &&
	    a->style == b->style && strcmp(a->s, b->s) == 0;
}

#define VS16 0xfe0f
#define ZWJ 0x200d

/*
 * Terminals disagree on how wide an emoji sequence is; on single characters the
 * C library, curses and they agree. So a cell gets one character with the marks
 * that stand on it, and what is missing to our width is blanks: the cursor is
 * then always where everybody thinks it is. Returns the columns it takes.
 */
static int
cell_chars(const struct cell *c, wchar_t out[static CCHARW_MAX + 1])
{
	size_t n = strlen(c->s), at = 0, used, k = 0;
	int cols = 1;

	while (at < n && k < CCHARW_MAX) {
		uint32_t cp = utf8_get(c->s + at, n - at, &used);
		int w = wcwidth((wchar_t)cp);

		at += used;
		if (k == 0) {
			if (w <= 0 || w > c->cols)
				cp = UTF8_BAD;
			else
				cols = w;
		} else if (w != 0) {
			break;
		}
		if (cp != VS16)
			out[k++] = (wchar_t)cp;
	}
	if (k > 0 && out[k - 1] == ZWJ)
		k--;
	out[k] = L'\0';
	return cols;
}

static void
put_cell(struct ui *ui, int x, int y, const struct cell *c)
{
	wchar_t text[CCHARW_MAX + 1] = L" ";
	short pair = ui->plain ? 0 : (short)(c->style + 1);
	int cols = 1;
	cchar_t cc;

	if (c->s[0] != '\0')
		cols = cell_chars(c, text);
	if (setcchar(&cc, text, curses_attr(c->attr), pair, NULL) == ERR)
		return;
	(void)mvadd_wch(y, x, &cc);
	if (cols < c->cols && setcchar(&cc, L" ", curses_attr(c->attr), pair,
	    NULL) != ERR)
		(void)mvadd_wch(y, x + 1, &cc);
}

/* What stands in the hole for curses: looks like nothing, and is never taken
 * for a blank that could be cleared with the rest of a line. */
static const struct cell hole_cell = {.s = "\302\240", .cols = 1};

static const struct cell *
cell_of(const struct ui *ui, const struct grid *g, int i)
{
	const struct area *a = &ui->hole;
	int x = i % g->w, y = i / g->w;

	return x >= a->x && x < a->x + a->w && y >= a->y && y < a->y + a->h ?
	    &hole_cell : &g->cell[i];
}

void
ui_hole(struct ui *ui, struct area a)
{
	const struct area *old = &ui->hole;

	if (memcmp(&a, old, sizeof(a)) == 0)
		return;
	/* curses does not know what stands there; and no line may be pushed
	 * sideways as long as there is a hole in it */
	if (old->h > 0)
		(void)wredrawln(stdscr, old->y, old->h);
	ui->hole = a;
	idcok(stdscr, a.h == 0);
	ui->drawn = false;
	ui->wiped = true;
}

bool
ui_wiped(struct ui *ui)
{
	bool wiped = ui->wiped;

	ui->wiped = false;
	return wiped;
}

const struct caps *
ui_ask(struct ui *ui)
{
	struct query q = {0};

	if (ui->asked)
		return &ui->caps;
	ui->asked = true;
	query_run(&q, STDIN_FILENO, STDOUT_FILENO, ASK_MS);
	ui->caps = q.caps;
	query_size(&ui->caps, STDOUT_FILENO);
	buf_bytes(&ui->ahead, buf_view(&q.keys));
	query_free(&q);
	return &ui->caps;
}

/* Only cells that differ from what was shown; curses then sends only what the
 * terminal does not have. */
void
ui_show(struct ui *ui, const struct grid *g, bool whole)
{
	bool all = whole || !ui->drawn || ui->shown.w != g->w ||
	    ui->shown.h != g->h;

	ui->wiped |= whole;
	if (all) {
		grid_resize(&ui->shown, g->w, g->h);
		(void)erase();
		if (whole)
			(void)clearok(stdscr, TRUE);
	}
	for (int i = 0; i < g->w * g->h; i++) {
		const struct cell *c = cell_of(ui, g, i);

		if (!all && cell_same(c, &ui->shown.cell[i]))
			continue;
		if (c->cols != 0)
			put_cell(ui, i % g->w, i / g->w, c);
		ui->shown.cell[i] = *c;
	}
	ui->drawn = true;
	(void)curs_set(g->cx >= 0 ? 1 : 0);
	if (g->cx >= 0)
		(void)move(g->cy, g->cx);
	(void)refresh();
	outlet_flush(ui->outlet);
}

bool
ui_busy(const struct ui *ui)
{
	return outlet_waits(ui->outlet) > 0;
}

bool
ui_writes(const struct ui *ui)
{
	return outlet_writes(ui->outlet);
}

void
ui_drain(struct ui *ui)
{
	outlet_drain(ui->outlet, END_MS);
}

void
ui_hold(struct ui *ui, bool held)
{
	outlet_hold(ui->outlet, held);
}

/* A terminal that takes nothing hears of no more news: they would only grow
 * here. What it shows when it goes on says it all. */
static bool
takes_news(const struct ui *ui)
{
	return outlet_waits(ui->outlet) < NEWS_MAX;
}

void
ui_bell(struct ui *ui)
{
	if (!takes_news(ui))
		return;
	(void)beep();
	outlet_flush(ui->outlet);
}

void
ui_osc9(struct ui *ui, const struct safe *text)
{
	const char *term = getenv("TERM");
	const char *inside = getenv("TMUX");
	bool tmux = inside != NULL && inside[0] != '\0';
	struct buf b = {0};

	if (!takes_news(ui))
		return;
	/* the console of a machine would print it */
	if (term == NULL || strncmp(term, "linux", 5) == 0 ||
	    strncmp(term, "vt", 2) == 0)
		return;
	/* tmux hands a sequence on only inside its own wrapper, where each
	 * escape is doubled; safe text holds none */
	buf_string(&b, tmux ? "\033Ptmux;\033\033]9;" : "\033]9;");
	buf_put(&b, text->s, text->n);
	buf_string(&b, tmux ? "\a\033\\" : "\a");
	if (b.err == 0)
		outlet_put(ui->outlet, (const char *)b.p, b.n);
	buf_free(&b);
}
