/* SPDX-License-Identifier: ISC */
/*
 * Verbs about a conversation that this device can't follow: which one a screen
 * about it shows.
 */
#include "cmd.h"

static bool
halt_is(const struct talk *t)
{
	return t != NULL && t->halt.since != 0;
}

/* The one in view, also when it has just gone on; else the first that there is;
 * when all go on, the one that was shown before. */
static struct talk *
halt_meant(struct client *c)
{
	struct screen *s = client_screen(c);
	struct talk *t = client_talk(c, s->view == VIEW_rejoin ||
	    s->view == VIEW_branch ? s->halted : s->talk);

	if (halt_is(t) || (t != NULL && t->row == s->halted))
		return t;
	t = client_talk(c, s->halted);
	for (size_t i = 0; i < client_talks(c) && !halt_is(t); i++)
		if (halt_is(client_talk_at(c, i)))
			t = client_talk_at(c, i);
	return t;
}

void
cmd_halted(struct client *c, const struct talk *t)
{
	struct screen *s = client_screen(c);

	if (t == NULL)
		t = halt_meant(c);
	s->halted = t != NULL ? t->row : 0;
	s->person_at = 0;
}
