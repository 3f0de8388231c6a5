/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * Sought while a picture waits for the terminal: that one belongs to where the
 * film was, and is never shown as one of where it is.
 */
#include "showing.h"
#include "tap.h"

#define LONG 20000              /* ms: what takes longer never comes */
#define THERE 5000              /* ms of the film */

static bool
has_ended(const struct showing *s)
{
	return s->at.state == MEDIA_ENDED;
}

static bool
has_picture(const struct showing *s)
{
	return s->cells > 0;
}

static bool
has_sought(const struct showing *s)
{
	return s->cells > 0 && s->gen == 2;
}

/* One picture is at the terminal, which does not say that it was drawn, and
 * another waits behind it. */
static void
crowd(struct showing *s)
{
	static const char *const quiet[] = {"SDL_AUDIODRIVER=dummy",
	    "PULSE_SERVER=/nonexistent", NULL};

	showing_open(s, quiet);
	showing_sink(s, SINK_cells, 40, 15, 0, 0, "");
	showing_start(s, 1, 0, false);
	for (uint32_t t = 0; t < 400; t += 40)
		showing_bars(s, 1, t, 64, 48, 0);
	showing_done(s, 1);
	if (!showing_hear(s, LONG, has_picture) ||
	    !showing_hear(s, LONG, has_ended) || s->cells != 1)
		bail("no picture waits");
}

int
main(void)
{
	struct showing s = {.folder = -1};

	crowd(&s);
	showing_start(&s, 2, THERE, true);
	showing_drawn(&s);
	(void)showing_hear(&s, 300, NULL);
	is_int((int)s.cells, 1, "what waited is not shown after a seek");
	showing_sink(&s, SINK_cells, 20, 10, 0, 0, "");
	(void)showing_hear(&s, 300, NULL);
	ok(s.cells == 1 || s.gen == 1,
	    "nor in another size, as if it were of there");
	showing_drawn(&s);
	showing_bars(&s, 2, THERE, 64, 48, 0);
	ok(showing_hear(&s, LONG, has_sought) && s.time == THERE,
	    "the picture of there is");
	showing_close(&s);
	return done();
}
