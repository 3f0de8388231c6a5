/* SPDX-License-Identifier: ISC */
/*
 * A person: who, since when, the safety number to compare with them, devices,
 * and the keys that say what came of the comparison. Of a changed key it shows
 * the old and the new side by side.
 */
#include <stdio.h>
#include <stdlib.h>

#include "face.h"

struct sheet {
	struct grid *g;
	struct area a;
	int y;
};

static void
put(struct sheet *s, const char *label, const char *value, unsigned style)
{
	int end = s->a.x + s->a.w, x = s->a.x + 1;

	if (s->y >= s->a.y + s->a.h)
		return;
	x = grid_text(s->g, x, s->y, end, STYLE_dim, style_row[STYLE_dim].attr,
	    label);
	if (x < s->a.x + 16 && s->a.w > 40)
		x = s->a.x + 16;
	(void)grid_text(s->g, x + 1, s->y++, end, style,
	    style_row[style].attr, value);
}

static void
put_words(struct sheet *s, const char *text, unsigned style)
{
	struct area a = {s->a.x + 1, s->a.y, s->a.w - 2, s->a.h};

	s->y = draw_words(s->g, a, s->y, style, style_row[style].attr, text);
}

static void
put_time(struct sheet *s, const char *label, int64_t ms)
{
	struct safe t = time_text("%e %B %Y %H:%M", ms);

	put(s, label, ms == 0 ? "never" : t.s, STYLE_text);
	safe_free(&t);
}

static void
gap(struct sheet *s)
{
	if (s->a.h > 16)
		s->y++;
}

/* 60 digits in groups of five, as many groups to a line as fit. */
static void
put_safety(struct sheet *s, const struct person *p)
{
	int per = s->a.w >= 50 ? 6 : s->a.w >= 30 ? 4 : 2;
	char line[64];
	int n = 0;

	put_words(s, "safety number, the same on both sides:", STYLE_text);
	for (int g = 0; g < SAFETY_DIGITS / 5; g++) {
		n += snprintf(line + n, sizeof(line) - (size_t)n, "%.5s  ",
		    p->safety + g * 5);
		if ((g + 1) % per == 0 || g + 1 == SAFETY_DIGITS / 5) {
			if (s->y < s->a.y + s->a.h)
				(void)grid_text(s->g, s->a.x + 4, s->y++,
				    s->a.x + s->a.w, STYLE_text, GRID_BOLD,
				    line);
			n = 0;
		}
	}
}

static void
put_keys(struct sheet *s, const struct person *p)
{
	static const char *const part[] = {
		"y", " it is the same  ", "n", " it is not  ", "q", " back",
	};
	int x = s->a.x + 1;

	put_words(s, p->verified ? "You have compared it." : "Compare it on "
	    "another way (by telephone, in person), then press", STYLE_text);
	if (s->y >= s->a.y + s->a.h)
		return;
	for (size_t i = 0; i < COUNT(part); i++) {
		unsigned style = i % 2 == 0 ? STYLE_key : STYLE_dim;

		x = grid_text(s->g, x, s->y, s->a.x + s->a.w, style,
		    style_row[style].attr, part[i]);
	}
	s->y++;
}

static void
put_changed(struct sheet *s, const struct person *p)
{
	char old[17], new[17];

	hex_put(old, p->account, 8);
	hex_put(new, p->changed_to, 8);
	put_words(s, "The directory shows another key for this name.",
	    STYLE_bad);
	put(s, "known", old, STYLE_good);
	put(s, "shown now", new, STYLE_bad);
	put_words(s, "Nothing is sent; your draft is kept. Ask them on "
	    "another way before you trust it.", STYLE_text);
}

static void
put_devices(struct sheet *s, const struct person *p)
{
	char id[17];

	for (size_t i = 0; i < p->record.devices; i++) {
		hex_put(id, p->record.device[i].id, 8);
		put(s, i == 0 ? "devices" : "", id, STYLE_text);
	}
}

void
view_person(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	struct person *p = client_person(c, client_screen(c)->person);
	struct sheet s = {g, a, a.y};
	unsigned style;
	const char *trust;
	char id[2 * ACCOUNT_ID + 1], half;

	(void)look;
	if (p == NULL) {
		(void)grid_text(g, a.x + 1, a.y, a.x + a.w, STYLE_dim, 0,
		    "Nobody is selected. Type /person NAME.");
		return;
	}
	trust = trust_mark(p, &style);
	hex_put(id, p->account, ACCOUNT_ID);
	put(&s, "name", p->name.s, style_of_person(p));
	put(&s, "trust", trust, style);
	put(&s, "between you", person_state_name(p->state), STYLE_text);
	put_time(&s, "known since", p->since);
	put_time(&s, "last heard", p->last_heard);
	gap(&s);
	if (p->changed)
		put_changed(&s, p);
	put_safety(&s, p);
	put_keys(&s, p);
	gap(&s);
	put_devices(&s, p);
	/* in two halves: 64 digits are wider than half of all terminals */
	half = id[ACCOUNT_ID];
	id[ACCOUNT_ID] = '\0';
	put(&s, "account", id, STYLE_dim);
	id[ACCOUNT_ID] = half;
	put(&s, "", id + ACCOUNT_ID, STYLE_dim);
}
