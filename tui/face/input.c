/* SPDX-License-Identifier: ISC */
/*
 * Keys: from curses to the names of key.def. A bracketed paste is gathered as
 * one event, whatever it holds; nothing pasted is ever taken for a key, not
 * even what follows an end mark that was hidden in the pasted text.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "face.h"
#include "ui_priv.h"

#define ESCAPE 27
#define DELETE 127
#define AHEAD_KEY 12            /* bytes of a key at most */

struct named {
	int code;
	const char *name;
};
static const struct named named[] = {
	{KEY_UP, "Up"}, {KEY_DOWN, "Down"}, {KEY_LEFT, "Left"},
	{KEY_RIGHT, "Right"}, {KEY_HOME, "Home"}, {KEY_END, "End"},
	{KEY_PPAGE, "PageUp"}, {KEY_NPAGE, "PageDown"},
	{KEY_BACKSPACE, "Backspace"}, {KEY_DC, "Delete"}, {KEY_IC, "Insert"},
	{KEY_ENTER, "Enter"}, {KEY_BTAB, "S-Tab"}, {KEY_F(1), "F1"},
	{KEY_F(2), "F2"}, {KEY_F(3), "F3"}, {KEY_F(4), "F4"}, {KEY_F(5), "F5"},
	{KEY_F(6), "F6"}, {KEY_F(7), "F7"}, {KEY_F(8), "F8"}, {KEY_F(9), "F9"},
	{KEY_F(10), "F10"}, {KEY_F(11), "F11"}, {KEY_F(12), "F12"},
};

/* With Alt held, as xterm and tmux send them, whatever TERM says. */
struct alt {
	const char *bytes, *name;
};
static const struct alt alts[] = {
	{"\033[1;3A", "M-Up"}, {"\033[1;3B", "M-Down"},
	{"\033[1;3C", "M-Right"}, {"\033[1;3D", "M-Left"},
	{"\033[1;3H", "M-Home"}, {"\033[1;3F", "M-End"},
	{"\033[2;3~", "M-Insert"}, {"\033[3;3~", "M-Delete"},
	{"\033[5;3~", "M-PageUp"}, {"\033[6;3~", "M-PageDown"},
};

void
input_define(void)
{
	(void)define_key(PASTE_BEGIN_MARK, KEY_PASTE_BEGIN);
	(void)define_key(PASTE_END_MARK, KEY_PASTE_END);
	(void)define_key("\033[0n", KEY_FENCE);
	for (size_t i = 0; i < COUNT(alts); i++)
		(void)define_key(alts[i].bytes, KEY_ALT + (int)i);
}

static bool
name_code(int code, const char *before, struct input_event *e)
{
	if (code >= KEY_ALT && code < KEY_ALT + (int)COUNT(alts)) {
		(void)snprintf(e->key, sizeof(e->key), "%s",
		    alts[code - KEY_ALT].name);
		return true;
	}
	for (size_t i = 0; i < COUNT(named); i++)
		if (named[i].code == code) {
			(void)snprintf(e->key, sizeof(e->key), "%s%s", before,
			    named[i].name);
			return true;
		}
	return false;
}

/* A typed character: a control one is a key, others are text. */
static bool
name_char(uint32_t c, const char *before, struct input_event *e)
{
	char s[5] = "";

	if (c == '\r' || c == '\t' || c == ESCAPE || c == DELETE || c == '\b') {
		(void)snprintf(e->key, sizeof(e->key), "%s%s", before,
		    c == '\r' ? "Enter" : c == '\t' ? "Tab" :
		    c == ESCAPE ? "Escape" : "Backspace");
		return true;
	}
	if (c < ' ') {
		(void)snprintf(e->key, sizeof(e->key), "%sC-%c", before,
		    c == 0 ? ' ' : (char)(c + (c <= 26 ? 'a' - 1 : '@')));
		return true;
	}
	s[utf8_put(s, c)] = '\0';
	if (before[0] == '\0')
		memcpy(e->text, s, sizeof(s));
	else
		(void)snprintf(e->key, sizeof(e->key), "%s%s", before, s);
	return true;
}

/* What was typed while the terminal was asked: bytes that curses has not seen,
 * so that keys of several are looked up here. */
static bool
next_ahead(struct ui *ui, wint_t *c, int *kind)
{
	const char *s = (const char *)ui->ahead.p + ui->ahead_at;
	size_t left = ui->ahead.n - ui->ahead_at, n;
	char key[AHEAD_KEY + 1];
	int code;

	*kind = OK;
	for (n = left < AHEAD_KEY ? left : AHEAD_KEY; *s == ESCAPE && n > 1;
	    n--) {
		memcpy(key, s, n);
		key[n] = '\0';
		if (strlen(key) == n && (code = key_defined(key)) > 0) {
			*c = (wint_t)code;
			*kind = KEY_CODE_YES;
			break;
		}
	}
	if (*kind == OK)
		*c = (wint_t)utf8_get(s, left, &n);
	ui->ahead_at += n;
	if (ui->ahead_at == ui->ahead.n) {
		buf_clear(&ui->ahead);
		ui->ahead_at = 0;
	}
	return true;
}

static bool
next_raw(struct ui *ui, wint_t *c, int *kind)
{
	if (ui->again) {
		ui->again = false;
		*c = ESCAPE;
		*kind = OK;
		return true;
	}
	if (ui->ahead.n > 0)
		return next_ahead(ui, c, kind);
	*kind = get_wch(c);
	return *kind != ERR;
}

/* Who presses a key after a paste does so later than a terminal's next byte. */
#define TAIL_MS 60
/* A line may tear ESC from the rest of its mark: nobody types that fast. */
#define TORN_MS 150
/* For the rest of what begins with ESC [, which nobody types at all. */
#define REST_MS 500
#define SEQUENCE_MAX 32
#define ANSWER_MAX 256          /* of an answer that comes too late */

static bool
more_soon(int ms)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&p, 1, ms) > 0 && (p.revents & POLLIN) != 0;
}

static void
paste_begin(struct ui *ui)
{
	ui->pasting = true;
	ui->ending = false;
	ui->mark = 0;
	buf_clear(&ui->paste);
}

/* What follows ESC [ one by one, because curses does not know it or the line
 * has torn it: a paste begins, or it is no key of ours and is dropped. False:
 * nothing follows, it was typed. */
static bool
sequence(struct ui *ui)
{
	static const char begin[] = PASTE_BEGIN_MARK;
	char got[SEQUENCE_MAX + 1] = "\033[";
	size_t n = 2;
	wint_t c = 0;
	int kind;

	do {
		while (n < SEQUENCE_MAX && next_raw(ui, &c, &kind)) {
			if (kind != OK || c < ' ' || c > '~')
				return n > 2;
			got[n++] = (char)c;
			if (c < '@')
				continue;
			if (strcmp(got, begin) == 0)
				paste_begin(ui);
			return true;
		}
	} while (n < SEQUENCE_MAX && more_soon(REST_MS));
	return n > 2;
}

/* An answer that took longer than we waited: to its end, which is ESC \. False:
 * nothing follows at once, it was typed. */
static bool
answer(struct ui *ui)
{
	wint_t c = 0, before = 0;
	size_t n = 0;
	int kind;

	do {
		while (n < ANSWER_MAX && next_raw(ui, &c, &kind)) {
			n++;
			if (before == ESCAPE && c == '\\')
				return true;
			before = c;
		}
	} while (n > 0 && n < ANSWER_MAX && more_soon(REST_MS));
	return n > 0;
}

static int64_t
now(void)
{
	return clock_mono(&clock_system);
}

/* ESC and nothing at once: the key. ESC and more: a key with Alt held, two
 * keys in one burst, or ESC pressed right before a paste. */
static bool
after_escape(struct ui *ui, struct input_event *e)
{
	wint_t c;
	int kind;

	ui->escape = now();
	if (!next_raw(ui, &c, &kind))
		return name_char(ESCAPE, "", e);
	if (kind == OK && c == ESCAPE) {
		ui->again = true;
		return name_char(ESCAPE, "", e);
	}
	if (kind == KEY_CODE_YES && c == KEY_PASTE_BEGIN) {
		paste_begin(ui);
		return name_char(ESCAPE, "", e);
	}
	ui->escape = 0;
	if (kind == KEY_CODE_YES)
		return name_code((int)c, "M-", e);
	if (c == '[' && sequence(ui))
		return false;
	if ((c == 'P' || c == '_') && ui->asked && !ui->caps.answered &&
	    answer(ui))
		return false;
	return name_char((uint32_t)c, "M-", e);
}

static void
paste_char(struct ui *ui, uint32_t c)
{
	static const char end[] = PASTE_END_MARK;
	char s[4];

	if (ui->paste.n < PASTE_MAX)
		buf_put(&ui->paste, s, utf8_put(s, c == '\r' ? '\n' : c));
	ui->mark = c == (uint32_t)end[ui->mark] ? ui->mark + 1 : c == ESCAPE;
	if (ui->mark < strlen(end))
		return;
	ui->mark = 0;
	ui->ending = true;
	if (ui->paste.n < PASTE_MAX)
		ui->paste.n -= strlen(end);
}

/* Gathers until the end mark, and on while bytes come without a pause: a text
 * that holds an end mark would else type its rest as keys. */
static void
paste_step(struct ui *ui, wint_t c, int kind)
{
	if (kind == KEY_CODE_YES && c == KEY_PASTE_BEGIN)
		ui->ending = false;
	if (kind == KEY_CODE_YES && c == KEY_PASTE_END)
		ui->ending = true;
	if (kind == OK)
		paste_char(ui, (uint32_t)c);
}

static bool
input_event(struct ui *ui, wint_t c, int kind, struct input_event *e)
{
	bool torn = ui->escape != 0 && now() - ui->escape < TORN_MS;

	ui->escape = 0;
	if (kind == KEY_CODE_YES && c == KEY_PASTE_BEGIN) {
		paste_begin(ui);
		return false;
	}
	if (kind == KEY_CODE_YES && c == KEY_FENCE) {
		e->fence = true;
		return true;
	}
	if (kind == KEY_CODE_YES)       /* else: without a name, a resize */
		return name_code((int)c, "", e);
	if (c == ESCAPE)
		return after_escape(ui, e);
	if (c == '[' && torn && sequence(ui))
		return false;
	return name_char((uint32_t)c, "", e);
}

bool
input_next(struct ui *ui, struct input_event *e)
{
	wint_t c;
	int kind;

	memset(e, 0, sizeof(*e));
	do {
		while (next_raw(ui, &c, &kind)) {
			if (ui->pasting)
				paste_step(ui, c, kind);
			else if (input_event(ui, c, kind, e))
				return true;
		}
		if (!ui->pasting || !ui->ending)
			return false;
	} while (more_soon(TAIL_MS));
	ui->pasting = ui->ending = false;
	e->paste = true;
	e->pasted = &ui->paste;
	return true;
}

bool
input_gone(struct ui *ui)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	int n = 0;

	(void)ui;
	if (poll(&p, 1, 0) <= 0)
		return false;
	return (p.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0 ||
	    ((p.revents & POLLIN) != 0 && ioctl(STDIN_FILENO, FIONREAD, &n) ==
	    0 && n == 0);
}
