/* SPDX-License-Identifier: ISC */
/*
 * View state: what is selected, scrolled, typed. cmd changes it, face draws it;
 * here it is only born and wiped.
 */
#include <stdlib.h>

#include "inside.h"

const struct view_row view_row[VIEW_COUNT] = {
#define VIEW(name, title, help) {#name, title, help},
#include "view.def"
#undef VIEW
};

void
screen_init(struct screen *s)
{
	memset(s, 0, sizeof(*s));
	edit_init(&s->edit);
	s->help = safe_of("");
	s->hint = safe_of("");
	s->view = s->back = VIEW_list;
}

/* Size stays: the terminal is the same. */
void
screen_wipe(struct screen *s)
{
	int w = s->w, h = s->h;

	edit_free(&s->edit);
	safe_wipe(&s->help);
	safe_wipe(&s->hint);
	string_wipe(&s->ask_text);
	string_wipe(&s->completion);
	logbook_free(&s->logbook);
	screen_init(s);
	s->w = w;
	s->h = h;
}
