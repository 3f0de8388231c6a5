/* SPDX-License-Identifier: ISC */
/*
 * A person: how far their key is trusted and why, the safety number to compare
 * with them, and the keys that do it, each named; then devices, since when, who
 * vouches.
 */
#include <stdio.h>
#include <stdlib.h>

#include "sheet.h"

static const char *const keys[] = {
	"y", "they are the same", "n", "they are not", "c", "compare live",
	"t", "type theirs", "d", "digits or words", "s", "QR code", "q", "back",
	NULL,
};

static void
put_trust(struct sheet *s)
{
	const struct trust *t = &s->p->trust;
	unsigned style;
	const char *mark = trust_mark(s->c, s->p, &style);
	char *text;

	if (!s->p->verified) {
		sheet_line(s, "trust", mark, style);
		return;
	}
	text = mem_format("verified: %s", way_text(t->way));
	sheet_time(s, "trust", text, t->when, style);
	free(text);
}

static void
put_theirs(struct sheet *s)
{
	const struct trust *t = &s->p->trust;
	char *text;

	if (t->theirs == WAY_none) {
		sheet_line(s, "their side", "has not verified your key",
		    STYLE_text);
		return;
	}
	text = mem_format("says: %s", way_text(t->theirs));
	sheet_time(s, "their side", text, t->theirs_when, STYLE_good);
	free(text);
}

static void
put_number(struct sheet *s)
{
	const char *who = s->p->name.s, *me = client_name(s->c);
	char *text = mem_format(s->p->verified ? "Your safety number with %s, "
	    "the same on both screens:" : "Is it %s? Read this to each other, "
	    "by telephone or in person. On %s's screen, for %s, the same must "
	    "stand:", who, who, me);

	sheet_text(s, STYLE_text, text);
	free(text);
	sheet_number(s, s->p->account, false);
}

static void
put_devices(struct sheet *s)
{
	const struct record *r = &s->p->record;
	char id[17];

	for (size_t i = 0; i < r->devices; i++) {
		hex_put(id, r->device[i].id, 8);
		sheet_line(s, i == 0 ? "devices" : "", id, STYLE_text);
	}
}

/* Where their record stands in the relay's log, and how long that is. */
static void
put_place(struct sheet *s)
{
	uint64_t number, size;
	char *text;

	if (s->p->unproven) {
		sheet_line(s, "directory", "the relay's last answer was "
		    "refused (/status)", STYLE_bad);
		return;
	}
	if (!client_position(s->c, s->p, &number, &size)) {
		sheet_line(s, "directory", "not looked up yet", STYLE_dim);
		return;
	}
	text = mem_format("entry %llu of %llu, proven",
	    (unsigned long long)number + 1, (unsigned long long)size);
	sheet_line(s, "directory", text, STYLE_text);
	free(text);
}

static void
put_rest(struct sheet *s)
{
	const struct person *p = s->p;
	char id[2 * ACCOUNT_ID + 1];

	sheet_line(s, "between you", person_state_name(p->state), STYLE_text);
	sheet_time(s, "known since", "", p->since, STYLE_text);
	sheet_time(s, "last heard", "", p->last_heard, STYLE_text);
	sheet_vouches(s, p->account);
	if (p->trust.had)
		sheet_time(s, "key before", "another one, until you accepted "
		    "this", p->trust.accepted, STYLE_text);
	sheet_line(s, "changed key", p->trust.accept ? "is accepted without "
	    "asking (/policy)" : "stops everything until you decide",
	    p->trust.accept ? STYLE_warn : STYLE_text);
	put_devices(s);
	put_place(s);
	hex_put(id, p->account, ACCOUNT_ID);
	sheet_line(s, "account", id, STYLE_dim);
}

static bool
draw(struct grid *g, struct area a, struct client *c, struct person *p)
{
	struct sheet s = sheet_open(g, a, c, p, keys);

	sheet_line(&s, "name", p->name.s, style_of_person(p));
	put_trust(&s);
	put_theirs(&s);
	sheet_warnings(&s);
	if (p->changed)
		sheet_text(&s, STYLE_bad, "The directory shows another key for "
		    "this name: /person shows both.");
	sheet_gap(&s);
	put_number(&s);
	sheet_gap(&s);
	put_rest(&s);
	return sheet_close(&s);
}

void
view_person(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	struct person *p = client_person(c, client_screen(c)->person);

	(void)look;
	if (p == NULL)
		(void)grid_text(g, a.x + 1, a.y, a.x + a.w, STYLE_dim, 0,
		    "Nobody is selected. Type /person NAME.");
	else if (draw(g, a, c, p))
		(void)draw(g, a, c, p);
}
