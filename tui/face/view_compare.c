/* SPDX-License-Identifier: ISC */
/*
 * Comparing live: where it is in a sentence, the seven words one below the
 * other so that they can be read out, and the keys that count now.
 */
#include <stdio.h>

#include "sheet.h"

static const char *const *
keys_now(const struct compare *k, const struct person *p)
{
	static const char *const words[] = {
		"y", "they are the same", "n", "they are NOT the same", "q",
		"stop", NULL,
	};
	static const char *const join[] = {"c", "join", "q", "not now", NULL};
	static const char *const wait[] = {"q", "stop", "Escape",
		"look elsewhere, it goes on", NULL};
	static const char *const again[] = {"c", "begin", "q", "back", NULL};

	if (k->person != p->row)
		return again;
	switch (k->step) {
	case COMPARE_WORDS:
		return k->said ? wait : words;
	case COMPARE_CALLED:
		return join;
	case COMPARE_CALLING:
	case COMPARE_JOINED:
		return wait;
	case COMPARE_NONE:
	case COMPARE_OVER:
		break;
	}
	return again;
}

static unsigned
style_now(const struct compare *k)
{
	if (k->step == COMPARE_WORDS)
		return k->they_said && k->said ? STYLE_good : STYLE_text;
	if (k->step != COMPARE_OVER)
		return STYLE_text;
	switch (k->end) {
	case COMPARE_SAME:
		return STYLE_good;
	case COMPARE_DIFFER:
	case COMPARE_BENT:
		return STYLE_bad;
	default:
		return STYLE_warn;
	}
}

static void
put_words(struct sheet *s, const struct compare *k)
{
	char line[32];

	sheet_gap(s);
	for (int i = 0; i < SPOKEN_WORDS; i++) {
		(void)snprintf(line, sizeof(line), "   %d   %s", i + 1,
		    words_at(k->word[i]));
		sheet_text(s, STYLE_key, line);
	}
	sheet_gap(s);
}

static void
put_state(struct sheet *s, const struct compare *k)
{
	struct buf text = {0};

	client_compare_text(s->c, &text);
	buf_u8(&text, 0);
	sheet_text(s, style_now(k), (char *)text.p);
	buf_free(&text);
}

static bool
draw(struct grid *g, struct area a, struct client *c, struct person *p)
{
	const struct compare *k = client_compare(c);
	struct sheet s = sheet_open(g, a, c, p, keys_now(k, p));

	sheet_line(&s, "with", p->name.s, style_of_person(p));
	sheet_gap(&s);
	if (k->person != p->row) {
		sheet_text(&s, STYLE_text, "Nothing is being compared.");
		return sheet_close(&s);
	}
	put_state(&s, k);
	if (k->step == COMPARE_WORDS)
		put_words(&s, k);
	if (k->step == COMPARE_WORDS && !k->said)
		sheet_text(&s, STYLE_dim, "By telephone or in person, not by "
		    "typing them here: whoever sits between you would type "
		    "them too.");
	return sheet_close(&s);
}

void
view_compare(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	struct person *p = client_person(c, client_screen(c)->person);

	(void)look;
	if (p == NULL)
		(void)grid_text(g, a.x + 1, a.y, a.x + a.w, STYLE_dim, 0,
		    "Nobody is selected. Type /compare NAME.");
	else if (draw(g, a, c, p))
		(void)draw(g, a, c, p);
}
