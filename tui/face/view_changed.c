/* SPDX-License-Identifier: ISC */
/*
 * A changed key: what the directory shows now beside what one knew, since when,
 * what the new key wants and who vouches for it, and one key for each way out.
 */
#include <stdlib.h>

#include "sheet.h"

static const char *const keys[] = {
	"y", "compared: the NEW ones are the same", "a",
	"accept once, uncompared", "v", "ask a contact", "t", "type theirs",
	"d", "digits or words", "l", "later", NULL,
};

static void
put_what(struct sheet *s)
{
	const struct trust *t = &s->p->trust;
	char *text = mem_format("The directory shows ANOTHER KEY for %s",
	    s->p->name.s);

	sheet_text(s, STYLE_bad, text);
	free(text);
	sheet_time(s, "shown since", "", t->changed_when, STYLE_text);
	if (t->way != WAY_none)
		sheet_time(s, "the old one", way_text(t->way), t->when,
		    STYLE_text);
	else
		sheet_time(s, "the old one", "was never compared; known since",
		    s->p->since, STYLE_text);
	sheet_line(s, "now", "nothing is sent, your draft is kept", STYLE_text);
	if (t->held.n > 0) {
		text = mem_format("it asks to talk%s%s%s", t->note.n > 0 ?
		    ": \"" : "", t->note.n > 0 ? t->note.s : "",
		    t->note.n > 0 ? "\"" : "");
		sheet_line(s, "the new one", text, STYLE_warn);
		free(text);
	}
}

static void
put_numbers(struct sheet *s)
{
	const struct person *p = s->p;

	sheet_text(s, STYLE_dim, "OLD number, which you know:");
	sheet_number(s, p->account, true);
	sheet_text(s, STYLE_warn, "NEW number, not compared:");
	sheet_number(s, p->changed_to, true);
	if (lookalike_keys(p->account, p->changed_to))
		sheet_text(s, STYLE_bad, "Both begin alike: compare all of "
		    "it.");
}

static void
put_advice(struct sheet *s)
{
	char *text = mem_format("Call %s: is there a new device without the "
	    "old key? Then read the NEW number to each other and press y. If "
	    "not, somebody is in between.", s->p->name.s);

	sheet_text(s, STYLE_text, text);
	free(text);
}

static bool
draw(struct grid *g, struct area a, struct client *c, struct person *p)
{
	struct sheet s = sheet_open(g, a, c, p, keys);

	put_what(&s);
	sheet_vouches(&s, p->changed_to);
	put_advice(&s);
	sheet_gap(&s);
	put_numbers(&s);
	return sheet_close(&s);
}

void
view_changed(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	struct person *p = client_person(c, client_screen(c)->person);

	if (p == NULL || !p->changed)
		view_person(g, a, c, look);
	else if (draw(g, a, c, p))
		(void)draw(g, a, c, p);
}
