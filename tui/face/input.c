/* SPDX-License-Identifier: ISC */
/*
 * Keys: from curses to the names of key.def. A bracketed paste is gathered as
 * one event, whatever it holds; nothing pasted is ever taken for a key, not
 * even what follows an end mark that was hidden in the pasted text.
 */
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "face.h"
#include "ui_priv.h"

#define ESCAPE 27
#define DELETE 127

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

static bool
name_code(int code, const char *before, struct input_event *e)
{
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

static bool
next_raw(wint_t *c, int *kind)
{
	*kind = get_wch(c);
	return *kind != ERR;
}

/* M-x arrives as Escape and x in one burst; a lone Escape stands alone. */
static bool
after_escape(struct input_event *e)
{
	wint_t c;
	int kind;

	if (!next_raw(&c, &kind))
		return name_char(ESCAPE, "", e);
	if (kind == OK && c == ESCAPE) {        /* two keys in one burst */
		(void)unget_wch((wchar_t)c);
		return name_char(ESCAPE, "", e);
	}
	if (kind == KEY_CODE_YES)
		return name_code((int)c, "M-", e);
	return name_char((uint32_t)c, "M-", e);
}

/* Who presses a key after a paste does so later than a terminal's next byte. */
#define PASTE_TAIL_MS 60

static bool
more_soon(void)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&p, 1, PASTE_TAIL_MS) > 0 && (p.revents & POLLIN) != 0;
}

static void
paste_char(struct ui *ui, uint32_t c)
{
	char s[4];

	if (ui->paste.n < PASTE_MAX)
		buf_put(&ui->paste, s, utf8_put(s, c == '\r' ? '\n' : c));
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
	if (kind == KEY_CODE_YES && c == KEY_PASTE_BEGIN) {
		ui->pasting = true;
		ui->ending = false;
		buf_clear(&ui->paste);
		return false;
	}
	if (kind == KEY_CODE_YES)       /* else: without a name, a resize */
		return name_code((int)c, "", e);
	return c == ESCAPE ? after_escape(e) : name_char((uint32_t)c, "", e);
}

bool
input_next(struct ui *ui, struct input_event *e)
{
	wint_t c;
	int kind;

	memset(e, 0, sizeof(*e));
	do {
		while (next_raw(&c, &kind)) {
			if (ui->pasting)
				paste_step(ui, c, kind);
			else if (input_event(ui, c, kind, e))
				return true;
		}
		if (!ui->pasting || !ui->ending)
			return false;
	} while (more_soon());
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
