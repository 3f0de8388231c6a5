/* SPDX-License-Identifier: ISC */
/*
 * What is said of a film beside its name: how far one was, as a bar and in
 * words, how much there is of it, its picture, what Enter does. The same for a
 * card in its conversation and for a row of the list; only sentences of ours,
 * the name itself is drawn by who has room for it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "face.h"

#define BAR_MAX 40
#define WHOLE "\u2588"
#define REST "\u2591"

int
card_bar(struct grid *g, int x, int y, int end, unsigned style, unsigned attr,
    unsigned part, unsigned of)
{
	int w = end - x < BAR_MAX ? end - x : BAR_MAX;
	int full = of > 0 ? (int)((uint64_t)part * (unsigned)(w > 0 ? w : 0) /
	    of) : 0;

	if (part > 0 && full == 0)
		full = 1;
	for (int i = 0; i < w; i++)
		x = grid_text(g, x, y, end, style, attr, i < full ? WHOLE :
		    REST);
	return x;
}

/* "seen to 1:02", "not seen yet"; *part of *of is the bar */
static char *
card_seen(struct client *c, const struct film *f, unsigned *part, unsigned *of)
{
	struct watched w;

	*part = 0;
	*of = f->length;
	if (!client_watched(c, f->id, &w))
		return mem_string("not seen yet");
	*part = w.at > f->length ? f->length : w.at;
	if (w.at == 0)
		return mem_string("hardly begun");
	if (w.at >= f->length)
		return mem_string("seen");
	return mem_format("seen to %u:%02u", w.at / 60000, w.at / 1000 % 60);
}

const char *
card_short(struct client *c, const struct film *f, char text[8])
{
	struct watched w;

	if (f->state != FILM_THERE)
		return "gone";
	if (!client_watched(c, f->id, &w) || w.at == 0)
		return "new";
	if (w.at >= f->length)
		return "seen";
	(void)snprintf(text, 8, "%u%%", (unsigned)((uint64_t)w.at * 100 /
	    f->length));
	return text;
}

static const char *
card_picture(const struct film *f)
{
	return f->poster.n > 0 ? "with a picture" : "no picture";
}

const char *
card_state(const struct film *f)
{
	switch (f->state) {
	case FILM_MAKING:
		return "being published";
	case FILM_LEAVING:
		return "being withdrawn";
	case FILM_GONE:
		return "withdrawn";
	case FILM_THERE:
		break;
	}
	return NULL;
}

/* Words as long as there is room for whole ones: half a word says nothing. */
static int
card_words(struct grid *g, int x, int y, int end, unsigned style,
    unsigned attr, const char *words)
{
	int w = (int)width_text(words, strlen(words));

	if (words[0] == '\0' || x + w > end)
		return x;
	return grid_text(g, x, y, end, style, attr, words);
}

void
card_line(struct grid *g, struct area a, struct client *c,
    const struct film *f, unsigned style, unsigned attr, const char *keys,
    bool all)
{
	const char *state = card_state(f);
	int x = a.x, end = a.x + a.w, bar = a.w / 4;
	char *seen, *size;
	unsigned part, of;

	if (state != NULL) {
		(void)grid_text(g, x, a.y, end, style, attr, state);
		return;
	}
	seen = card_seen(c, f, &part, &of);
	size = client_film_size(f);
	if (part > 0 && bar >= 5) {
		x = card_bar(g, x, a.y, x + (bar < 12 ? bar : 12), style,
		    attr, part, of);
		x = grid_text(g, x, a.y, end, style, attr, " ");
	}
	x = grid_text(g, x, a.y, end, style, attr, seen);
	if (keys != NULL) {
		/* what can be done comes before what is only good to know */
		x = card_words(g, x, a.y, end, style, attr, "  ");
		x = card_words(g, x, a.y, end, style, attr | GRID_BOLD, keys);
	}
	if (all) {
		x = card_words(g, x, a.y, end, style, attr, "  ");
		x = card_words(g, x, a.y, end, style, attr, size);
		x = card_words(g, x, a.y, end, style, attr, "  ");
		(void)card_words(g, x, a.y, end, style, attr, card_picture(f));
	}
	free(size);
	free(seen);
}
