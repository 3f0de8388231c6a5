/* SPDX-License-Identifier: ISC */
/*
 * The input line: text of the user's own, a cursor on cluster boundaries, one
 * killed piece and a history. Pure: no keys, no screen. Whatever is removed is
 * wiped, since it may be a passphrase or a message that was thought better of.
 */
#include <stdlib.h>

#include "inside.h"

void
edit_init(struct edit *e)
{
	memset(e, 0, sizeof(*e));
	e->s = mem_string("");
}

static void
edit_history_free(struct edit *e)
{
	size_t i;

	for (i = 0; i < e->histories; i++)
		string_wipe(&e->history[i]);
	e->histories = e->browsing = 0;
	string_wipe(&e->fresh);
}

void
edit_free(struct edit *e)
{
	edit_history_free(e);
	string_wipe(&e->s);
	string_wipe(&e->cut);
	memset(e, 0, sizeof(*e));
}

void
edit_wipe(struct edit *e)
{
	edit_free(e);
	edit_init(e);
}

static void
edit_replace(struct edit *e, const char *s)
{
	char *new = mem_string(s);

	string_wipe(&e->s);
	e->s = new;
	e->n = e->at = strlen(new);
}

void
edit_set(struct edit *e, const char *s)
{
	edit_replace(e, s);
	e->browsing = e->histories;
	string_wipe(&e->fresh);
}

static bool
edit_allowed(const char *s, size_t n)
{
	size_t i, used;
	uint32_t cp;

	if (!utf8_valid(s, n))
		return false;
	for (i = 0; i < n; i += used) {
		cp = utf8_get(s + i, n - i, &used);
		if ((cp < 0x20 && cp != '\n') || (cp >= 0x7f && cp < 0xa0))
			return false;
	}
	return true;
}

int
edit_insert(struct edit *e, const char *utf8, size_t n)
{
	char *new;

	if (!edit_allowed(utf8, n))
		return ERR_FORMAT;
	if (n > DRAFT_MAX || e->n + n > DRAFT_MAX)
		return ERR_BIG;
	new = mem_alloc(e->n + n + 1);
	memcpy(new, e->s, e->at);
	memcpy(new + e->at, utf8, n);
	memcpy(new + e->at + n, e->s + e->at, e->n - e->at);
	string_wipe(&e->s);
	e->s = new;
	e->n += n;
	e->at += n;
	return 0;
}

/* A boundary at or before `at`: between two characters of ASCII there is one
 * whatever stands before them (UAX #29, GB999; a CR is never in the text). A
 * line may be long, and a key must not wait for all of it. */
static size_t
edit_sure(const struct edit *e, size_t at)
{
	while (at > 0 && ((uint8_t)e->s[at - 1] | (uint8_t)e->s[at]) >= 0x80)
		at--;
	return at;
}

static size_t
edit_left(const struct edit *e)
{
	size_t i = e->at > 0 ? edit_sure(e, e->at - 1) : 0, step;
	int cols;

	while (i < e->at) {
		step = width_cluster(e->s + i, e->n - i, &cols);
		if (i + step >= e->at)
			return i;
		i += step;
	}
	return 0;
}

static size_t
edit_right(const struct edit *e)
{
	int cols;

	if (e->at >= e->n)
		return e->n;
	return e->at + width_cluster(e->s + e->at, e->n - e->at, &cols);
}

static bool
edit_blank(char c)
{
	return c == ' ' || c == '\n';
}

static size_t
edit_word_left(const struct edit *e)
{
	size_t i = e->at;

	while (i > 0 && edit_blank(e->s[i - 1]))
		i--;
	while (i > 0 && !edit_blank(e->s[i - 1]))
		i--;
	return i;
}

static size_t
edit_word_right(const struct edit *e)
{
	size_t i = e->at;

	while (i < e->n && edit_blank(e->s[i]))
		i++;
	while (i < e->n && !edit_blank(e->s[i]))
		i++;
	return i;
}

static size_t
edit_line_start(const struct edit *e, size_t at)
{
	while (at > 0 && e->s[at - 1] != '\n')
		at--;
	return at;
}

static size_t
edit_line_end(const struct edit *e, size_t at)
{
	while (at < e->n && e->s[at] != '\n')
		at++;
	return at;
}

/* The boundary in [from, to] nearest to `cols` columns behind from */
static size_t
edit_column(const struct edit *e, size_t from, size_t to, size_t cols)
{
	return from + width_fit(e->s + from, to - from, cols);
}

static size_t
edit_up(const struct edit *e)
{
	size_t start = edit_line_start(e, e->at), above;

	if (start == 0)
		return e->at;
	above = edit_line_start(e, start - 1);
	return edit_column(e, above, start - 1,
	    width_text(e->s + start, e->at - start));
}

static size_t
edit_down(const struct edit *e)
{
	size_t start = edit_line_start(e, e->at);
	size_t end = edit_line_end(e, e->at);

	if (end == e->n)
		return e->at;
	return edit_column(e, end + 1, edit_line_end(e, end + 1),
	    width_text(e->s + start, e->at - start));
}

static size_t
edit_target(const struct edit *e, enum edit_move m)
{
	switch (m) {
	case EDIT_LEFT:
		return edit_left(e);
	case EDIT_RIGHT:
		return edit_right(e);
	case EDIT_WORD_LEFT:
		return edit_word_left(e);
	case EDIT_WORD_RIGHT:
		return edit_word_right(e);
	case EDIT_START:
		return edit_line_start(e, e->at);
	case EDIT_END:
		return edit_line_end(e, e->at);
	case EDIT_UP:
		return edit_up(e);
	case EDIT_DOWN:
		return edit_down(e);
	}
	return e->at;
}

void
edit_move(struct edit *e, enum edit_move m)
{
	e->at = edit_target(e, m);
}

/* More than one character goes where edit_yank finds it. */
void
edit_erase(struct edit *e, enum edit_move m)
{
	size_t to = edit_target(e, m);
	size_t a = to < e->at ? to : e->at, b = to < e->at ? e->at : to;

	if (a == b)
		return;
	if (m != EDIT_LEFT && m != EDIT_RIGHT) {
		string_wipe(&e->cut);
		e->cut = mem_alloc(b - a + 1);
		memcpy(e->cut, e->s + a, b - a);
	}
	memmove(e->s + a, e->s + b, e->n - b);
	mem_wipe(e->s + e->n - (b - a), b - a);
	e->n -= b - a;
	e->s[e->n] = '\0';
	e->at = a;
}

void
edit_yank(struct edit *e)
{
	/* ERR_BIG: the line is full, and nothing is lost by that */
	if (e->cut != NULL)
		(void)edit_insert(e, e->cut, strlen(e->cut));
}

void
edit_push(struct edit *e)
{
	bool same = e->histories > 0 &&
	    strcmp(e->history[e->histories - 1], e->s) == 0;

	if (e->n > 0 && !same) {
		if (e->histories == HISTORY_MAX) {
			string_wipe(&e->history[0]);
			memmove(e->history, e->history + 1,
			    (HISTORY_MAX - 1) * sizeof(*e->history));
			e->histories--;
		}
		e->history[e->histories++] = mem_string(e->s);
	}
	edit_set(e, "");
}

void
edit_older(struct edit *e)
{
	if (e->browsing == 0)
		return;
	if (e->browsing == e->histories) {
		string_wipe(&e->fresh);
		e->fresh = mem_string(e->s);
	}
	e->browsing--;
	edit_replace(e, e->history[e->browsing]);
}

void
edit_newer(struct edit *e)
{
	if (e->browsing == e->histories)
		return;
	e->browsing++;
	if (e->browsing < e->histories) {
		edit_replace(e, e->history[e->browsing]);
		return;
	}
	edit_replace(e, e->fresh != NULL ? e->fresh : "");
	string_wipe(&e->fresh);
}
