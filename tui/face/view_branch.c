/* SPDX-License-Identifier: ISC */
/*
 * A room that others can't follow either: who says so, who has said nothing,
 * and what it means to go on in a new group. One key does it, one waits.
 */
#include <stdlib.h>

#include "sheet.h"

static const char *const keys[] = {"b", "branch", "w", "wait", NULL};
static const char *const keys_none[] = {"q", "back", NULL};

static bool
is_stuck(const struct talk *t, int64_t person)
{
	for (size_t i = 0; i < t->halt.stucks; i++)
		if (t->halt.stuck[i] == person)
			return true;
	return false;
}

static char *
who_is_silent(struct client *c, const struct talk *t)
{
	int64_t *row = mem_array(t->members + 1, sizeof(*row));
	size_t n = 0;
	char *text;

	for (size_t i = 0; i < t->members; i++)
		if (!is_stuck(t, t->member[i]))
			row[n++] = t->member[i];
	text = sheet_names(c, row, n, NULL);
	free(row);
	return text;
}

static void
put_who(struct sheet *s, const struct talk *t)
{
	char *who = sheet_names(s->c, t->halt.stuck, t->halt.stucks, "you");
	char *silent = who_is_silent(s->c, t);
	char *text = silent[0] == '\0' ? mem_string("nobody: all of them have "
	    "said it") : mem_format("%s, who may still follow it", silent);

	sheet_time(s, "since", "", t->halt.since, STYLE_text);
	sheet_line(s, "why", t->halt.why != NULL ? t->halt.why : "not known",
	    STYLE_text);
	sheet_line(s, "can't follow", who, STYLE_bad);
	sheet_line(s, "said nothing", text, silent[0] != '\0' ? STYLE_warn :
	    STYLE_text);
	free(text);
	free(silent);
	free(who);
}

static void
put_head(struct sheet *s, const struct talk *t)
{
	char *text = mem_format("%s: you can't follow it, nor can others.",
	    t->title.s);

	sheet_text(s, STYLE_bad, text);
	free(text);
}

static void
put_meaning(struct sheet *s)
{
	sheet_gap(s);
	sheet_line(s, "to branch", "makes a new group, with a new log on the "
	    "relay, from the last point that all of you agreed on, with "
	    "everybody who was in it then.", STYLE_text);
	sheet_line(s, "what is kept", "All that was said, and your drafts. "
	    "What nobody has confirmed is sent once more.", STYLE_text);
	sheet_line(s, "who is left", "Whoever can still follow the old group "
	    "stays in it until they join the new one.", STYLE_text);
	sheet_line(s, "to wait", "Somebody who can still follow it may come "
	    "online, and let you in: then nobody has to change over.",
	    STYLE_text);
}

/* A room, or a reason why there is nothing to choose. */
static void
put_not(struct sheet *s, const struct talk *t, const char *why)
{
	char *text;

	if (t == NULL || t->halt.since == 0) {
		sheet_on(s, t);
		return;
	}
	text = mem_format("Not now: %s.", why);
	sheet_text(s, STYLE_warn, text);
	free(text);
	if (talk_is_room(t))
		put_who(s, t);
	sheet_gap(s);
	sheet_text(s, STYLE_text, "M-r in the conversation says why this "
	    "device can't follow it, and what to do.");
}

static bool
draw(struct grid *g, struct area a, struct client *c, const struct talk *t)
{
	char *why = NULL;
	bool may = t != NULL && client_branch_may(c, t, &why) == 0;
	struct sheet s = sheet_open(g, a, c, NULL, may ? keys : keys_none);

	if (may) {
		put_head(&s, t);
		put_who(&s, t);
		put_meaning(&s);
	} else {
		put_not(&s, t, why);
	}
	free(why);
	return sheet_close(&s);
}

void
view_branch(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	const struct talk *t = client_talk(c, client_screen(c)->halted);

	(void)look;
	if (draw(g, a, c, t))
		(void)draw(g, a, c, t);
}
