/* SPDX-License-Identifier: ISC */
/*
 * A relay was caught: what has happened, what was kept, and what to do. Says it
 * in so few words that they fit a small terminal whole.
 */
#include <stdio.h>
#include <stdlib.h>

#include "face.h"

static int
line(struct grid *g, struct area a, int y, unsigned style, const char *text)
{
	struct area in = {a.x + 1, a.y, a.w - 2, a.h};

	return draw_words(g, in, y, style, style_row[style].attr, text);
}

static int
head_line(struct grid *g, struct area a, int y, const char *which,
    const struct head *h)
{
	struct safe when = time_text("%e %B %Y %H:%M", (int64_t)h->time);
	char root[17], *text;

	hex_put(root, h->root, 8);
	text = mem_format("  %s: %llu entries, root %s, signed %s", which,
	    (unsigned long long)h->size, root, when.s);
	y = line(g, a, y, STYLE_text, text);
	free(text);
	safe_free(&when);
	return y;
}

static int
what(struct grid *g, struct area a, int y, struct client *c,
    const struct fork *f)
{
	const struct person *p = client_person(c, f->person);
	const struct address *at = client_address(c);
	char *text = mem_format("%s has shown two directories.", at->host);

	y = line(g, a, y, STYLE_bad, text);
	free(text);
	text = mem_format("The directory says whose keys are whose. Yours and "
	    "%s%s can't both be true, and the relay has signed both: it lies "
	    "to one of you.", p != NULL ? "the one that it shows to " :
	    "another one that it shows", p != NULL ? p->name.s : "");
	y = line(g, a, y, STYLE_text, text);
	free(text);
	y = head_line(g, a, y, "one", &f->first);
	return head_line(g, a, y, "the other", &f->later);
}

void
view_fork(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	const struct fork *f = client_fork(c);
	int y = a.y, gap = a.h > 19;     /* else its keys would not fit */
	char *text;

	(void)look;
	if (!f->is) {
		(void)line(g, a, y, STYLE_dim, "This relay has shown one "
		    "directory only, as it should. /status says how much of "
		    "it was read.");
		return;
	}
	y = what(g, a, y, c, f) + gap;
	y = line(g, a, y, STYLE_text, "What was kept: all you wrote, your "
	    "drafts, every conversation, and the proof, which convinces "
	    "anybody without your word:");
	text = mem_format("  %s", f->file);
	y = line(g, a, y, STYLE_good, text) + gap;
	free(text);
	y = line(g, a, y, STYLE_text, "What to do:");
	y = line(g, a, y, STYLE_text, "  1. Tell those you write with, over "
	    "another way. They check the file by");
	y = line(g, a, y, STYLE_text, "       tacet verify-evidence FILE");
	y = line(g, a, y, STYLE_text, "  2. Trust no key that this relay has "
	    "shown you lately and that you have not compared yourself.");
	y = line(g, a, y, STYLE_text, "  3. Use another relay: tacet --profile "
	    "NEW. Nothing is sent to this one any more.");
	(void)line(g, a, y + gap, STYLE_dim, "Press Escape to go back; "
	    "/view fork shows this again.");
}
