/* SPDX-License-Identifier: ISC */
/* See sheet.h. */
#include <stdio.h>
#include <stdlib.h>

#include "sheet.h"

#define LABEL_W 15
#define WORD_COLS (WORD_LEN + 3)

static unsigned
attr_of(unsigned style)
{
	return style_row[style].attr;
}

/* The row of the next line, or -1 when it can't be seen. */
static int
sheet_next(struct sheet *s)
{
	size_t i = s->n++;

	return i < s->at || i - s->at >= (size_t)(s->a.h > 0 ? s->a.h : 0) ?
	    -1 : s->a.y + (int)(i - s->at);
}

/* ---- keys at the bottom --------------------------------------------------------- */

static int
pair_width(const char *const *k)
{
	return (int)(width_text(k[0], strlen(k[0])) + 1 +
	    width_text(k[1], strlen(k[1])) + 2);
}

static int
keys_rows(const char *const *keys, int w)
{
	int rows = 1, x = 1;

	for (; keys[0] != NULL; keys += 2) {
		if (x > 1 && x + pair_width(keys) - 2 > w) {
			rows++;
			x = 1;
		}
		x += pair_width(keys);
	}
	return rows;
}

static void
keys_draw(struct grid *g, struct area a, int y, const char *const *keys)
{
	int end = a.x + a.w, x = a.x + 1;

	for (; keys[0] != NULL; keys += 2) {
		if (x > a.x + 1 && x + pair_width(keys) - 2 > end) {
			x = a.x + 1;
			y++;
		}
		if (y >= a.y + a.h)
			return;
		x = grid_text(g, x, y, end, STYLE_key, attr_of(STYLE_key),
		    keys[0]);
		x = grid_text(g, x + 1, y, end, STYLE_text, 0, keys[1]) + 2;
	}
}

struct sheet
sheet_open(struct grid *g, struct area a, struct client *c, struct person *p,
    const char *const *keys)
{
	struct sheet s = {g, a, c, p, client_screen(c)->person_at, 0};
	int rows = keys_rows(keys, a.w);

	if (rows > a.h / 2)
		rows = a.h / 2;
	s.a.h = a.h - rows - (a.h > rows + 12);
	if (rows > 0)
		keys_draw(g, (struct area){a.x, a.y, a.w, a.h}, a.y + a.h -
		    rows, keys);
	return s;
}

bool
sheet_close(struct sheet *s)
{
	struct screen *screen = client_screen(s->c);
	size_t room = (size_t)(s->a.h > 0 ? s->a.h : 0), most;
	bool more = s->n > s->at + room;

	most = s->n > room ? s->n - room : 0;
	if (more && s->a.h > 0 && s->a.w > 12)
		(void)grid_text(s->g, s->a.x + s->a.w - 11, s->a.y + s->a.h - 1,
		    s->a.x + s->a.w, STYLE_dim, attr_of(STYLE_dim),
		    "Down: more");
	if (s->at <= most)
		return false;
	screen->person_at = most;
	grid_fill(s->g, s->a.x, s->a.y, s->a.w, s->a.h, STYLE_text, 0);
	return true;
}

/* ---- lines -------------------------------------------------------------------------- */

void
sheet_line(struct sheet *s, const char *label, const char *value,
    unsigned style)
{
	struct safe text = safe_of(value);
	int end = s->a.x + s->a.w, x = s->a.x + 1, y, from;
	struct wrap w;
	size_t at, n;

	from = s->a.w > 40 ? x + LABEL_W + 1 : x + (int)strlen(label) + 1;
	w = (struct wrap){&text, 0, (size_t)(end - from - 1 > 4 ?
	    end - from - 1 : 4)};
	for (bool first = true; wrap_next(&w, &at, &n); first = false) {
		y = sheet_next(s);
		if (y < 0)
			continue;
		if (first)
			(void)grid_text(s->g, x, y, end, STYLE_dim,
			    attr_of(STYLE_dim), label);
		(void)grid_slice(s->g, from, y, end, style, attr_of(style),
		    &text, at, n);
	}
	safe_free(&text);
}

void
sheet_time(struct sheet *s, const char *label, const char *what, int64_t ms,
    unsigned style)
{
	struct safe t = time_text("%e %B %Y %H:%M", ms);
	char *text = mem_format("%s%s%s", what, what[0] != '\0' ? ", " : "",
	    ms == 0 ? "never" : t.s + strspn(t.s, " "));

	sheet_line(s, label, text, style);
	free(text);
	safe_free(&t);
}

void
sheet_safe(struct sheet *s, unsigned style, const struct safe *text)
{
	struct wrap w = {text, 0, (size_t)(s->a.w > 6 ? s->a.w - 2 : 4)};
	size_t at, n;
	int y;

	while (wrap_next(&w, &at, &n))
		if ((y = sheet_next(s)) >= 0)
			(void)grid_slice(s->g, s->a.x + 1, y, s->a.x + s->a.w,
			    style, attr_of(style), text, at, n);
}

void
sheet_text(struct sheet *s, unsigned style, const char *ours)
{
	struct safe text = safe_of(ours);

	sheet_safe(s, style, &text);
	safe_free(&text);
}

void
sheet_gap(struct sheet *s)
{
	if (s->a.h > 12)
		(void)sheet_next(s);
}

/* ---- the safety number ------------------------------------------------------------------ */

/* Is place i of n in the half of the other account? */
static bool
their_half(const struct sheet *s, const uint8_t account[static ACCOUNT_ID],
    bool second)
{
	return second == (memcmp(client_account(s->c), account,
	    ACCOUNT_ID) < 0);
}

static void
number_words(struct sheet *s, const uint8_t account[static ACCOUNT_ID],
    bool half)
{
	int per = (s->a.w - 4) / WORD_COLS, y = -1;
	uint16_t word[SAFETY_WORDS];

	per = per > 5 ? s->a.w >= 75 ? 7 : 5 : per < 1 ? 1 : per;
	safety_words(client_account(s->c), account, word);
	for (int i = 0; i < SAFETY_WORDS; i++) {
		bool theirs = their_half(s, account, i >= SAFETY_KEY_WORDS);

		if (i % per == 0)
			y = sheet_next(s);
		if (y >= 0)
			(void)grid_text(s->g, s->a.x + 3 + i % per * WORD_COLS,
			    y, s->a.x + s->a.w, STYLE_text, half && !theirs ?
			    GRID_DIM : GRID_BOLD, words_at(word[i]));
	}
}

static void
number_digits(struct sheet *s, const uint8_t account[static ACCOUNT_ID],
    bool half)
{
	int per = s->a.w >= 50 ? 6 : s->a.w >= 30 ? 4 : 2, y = -1;
	char digits[SAFETY_DIGITS + 1], group[8];

	safety_number(client_account(s->c), account, digits);
	for (int i = 0; i < SAFETY_DIGITS / 5; i++) {
		bool theirs = their_half(s, account, i >= SAFETY_DIGITS / 10);

		if (i % per == 0)
			y = sheet_next(s);
		(void)snprintf(group, sizeof(group), "%.5s", digits + i * 5);
		if (y >= 0)
			(void)grid_text(s->g, s->a.x + 3 + i % per * 7, y,
			    s->a.x + s->a.w, STYLE_text, half && !theirs ?
			    GRID_DIM : GRID_BOLD, group);
	}
}

void
sheet_number(struct sheet *s, const uint8_t account[static ACCOUNT_ID],
    bool half)
{
	if (client_screen(s->c)->digits)
		number_digits(s, account, half);
	else
		number_words(s, account, half);
}

/* ---- what others say, and what should make one careful ---------------------------------- */

void
sheet_vouches(struct sheet *s, const uint8_t account[static ACCOUNT_ID])
{
	static const struct {
		const char *text;
		unsigned style;
	} said[] = {
		[VOUCH_ASKED] = {"was asked, and has not answered yet",
			STYLE_dim},
		[VOUCH_COMPARED] = {"says: compared this key", STYLE_good},
		[VOUCH_SEEN] = {"says: sees this key too, has not compared it",
			STYLE_text},
		[VOUCH_OTHER] = {"says: sees ANOTHER key", STYLE_bad},
		[VOUCH_NOTHING] = {"doesn't say", STYLE_dim},
	};
	const struct trust *t = &s->p->trust;
	bool any = false;

	for (size_t i = 0; i < t->vouches; i++) {
		const struct vouch *v = &t->vouch[i];
		const struct person *by = client_person(s->c, v->by);
		char *text;

		if (by == NULL || memcmp(v->account, account, ACCOUNT_ID) != 0)
			continue;
		text = mem_format("%s %s", by->name.s, said[v->said].text);
		sheet_time(s, any ? "" : "who vouches", text, v->said ==
		    VOUCH_COMPARED || v->said == VOUCH_SEEN ? v->since :
		    v->time, said[v->said].style);
		free(text);
		any = true;
	}
	if (!any)
		sheet_line(s, "who vouches", "nobody has been asked",
		    STYLE_text);
}

void
sheet_warnings(struct sheet *s)
{
	struct trust *t = &s->p->trust;
	struct buf like = {0};

	client_alike_text(s->c, s->p, &like);
	buf_u8(&like, 0);
	if (like.n > 1)
		sheet_line(s, "TAKE CARE", (char *)like.p, STYLE_bad);
	buf_free(&like);
	if (t->differed)
		sheet_time(s, "TAKE CARE", "the last comparison said: NOT the "
		    "same", t->differed_when, STYLE_bad);
}

/* ---- conversations that can't be followed ------------------------------------------------ */

#define NAMES_MAX 8

char *
sheet_names(struct client *c, const int64_t *row, size_t n, const char *last)
{
	size_t shown = n > NAMES_MAX ? NAMES_MAX : n, rest = n - shown;
	struct buf b = {0};
	char *s;

	for (size_t i = 0; i < shown; i++) {
		const struct person *p = client_person(c, row[i]);
		bool end = i + 1 == shown && rest == 0 && last == NULL;

		buf_format(&b, "%s%s", i == 0 ? "" : end ? " and " : ", ",
		    p != NULL ? p->name.s : "somebody");
	}
	if (rest > 0)
		buf_format(&b, "%s%zu more", last != NULL ? ", " : " and ",
		    rest);
	if (last != NULL)
		buf_format(&b, "%s%s", shown > 0 ? " and " : "", last);
	buf_u8(&b, 0);
	s = mem_string((char *)b.p);
	buf_free(&b);
	return s;
}

void
sheet_on(struct sheet *s, const struct talk *t)
{
	char *text;

	if (t == NULL) {
		sheet_text(s, STYLE_good, "Every conversation can be "
		    "followed.");
		return;
	}
	text = mem_format("%s%s goes on: this device can follow it.",
	    talk_is_room(t) ? "" : "The conversation with ", t->title.s);
	sheet_text(s, STYLE_good, text);
	free(text);
	sheet_gap(s);
	sheet_text(s, STYLE_text, "What was written there before is as it was. "
	    "What others wrote while it could not be followed may be missing "
	    "here.");
}
