/* SPDX-License-Identifier: ISC */
/*
 * The relay was restored from a backup: when that was noticed, what it may have
 * lost, what was done about it by itself, and what is left to do.
 */
#include <stdlib.h>

#include "sheet.h"

static const char *const keys[] = {"q", "back", NULL};

static void
put_what(struct sheet *s, const struct restart *r)
{
	char *text = mem_format("The relay at %s was restored from a backup.",
	    client_address(s->c)->host);

	sheet_text(s, STYLE_warn, text);
	free(text);
	sheet_time(s, "noticed", "", r->time, STYLE_text);
	if (r->times > 1) {
		text = mem_format("%u times so far, this was the last",
		    r->times);
		sheet_line(s, "", text, STYLE_text);
		free(text);
	}
	sheet_line(s, "maybe lost", "there: what came after that backup was "
	    "made, messages and requests. Here: nothing.", STYLE_text);
}

static void
put_count(struct sheet *s, const char *label, unsigned n, const char *one,
    const char *more)
{
	char *text = n == 1 ? mem_format("1 %s", one) :
	    mem_format("%u %s", n, more);

	sheet_line(s, label, text, STYLE_text);
	free(text);
}

static void
put_done(struct sheet *s, const struct restart *r)
{
	sheet_gap(s);
	put_count(s, "done by itself", r->keys, "key for requests was put "
	    "there anew", "keys for requests were put there anew");
	put_count(s, "", r->talks, "conversation was read again",
	    "conversations were read again");
	if (r->messages == 0)
		sheet_line(s, "", "no message had to be sent again: others "
		    "have confirmed all of yours", STYLE_text);
	else
		put_count(s, "", r->messages, "message that no device had "
		    "confirmed was sent again", "messages that no device had "
		    "confirmed were sent again");
	sheet_line(s, "", "what others wrote comes again from them, when they "
	    "are online", STYLE_text);
}

static void
put_now(struct sheet *s)
{
	enum online o = client_online(s->c);
	char *text;

	if (o != ONLINE_ON) {
		text = mem_format("%s: %s", online_name(o),
		    client_online_why(s->c));
		sheet_line(s, "now", text, STYLE_warn);
		free(text);
	} else if (client_settled(s->c, false)) {
		sheet_line(s, "now", "all of yours is on the relay",
		    STYLE_good);
	} else {
		sheet_line(s, "now", "some of yours is still on its way there",
		    STYLE_warn);
	}
}

/* Only where the backup lacks what was seen of the directory */
static void
put_directory(struct sheet *s)
{
	struct directory d;
	char *why;

	client_directory(s->c, &d);
	if (d.state != DIRECTORY_OLD && d.state != DIRECTORY_UNPROVEN)
		return;
	why = client_directory_why(s->c);
	sheet_line(s, "directory", why, STYLE_bad);
	free(why);
}

static void
put_ways(struct sheet *s)
{
	sheet_gap(s);
	sheet_line(s, "what to do", "Nothing, as a rule.", STYLE_text);
	sheet_line(s, "", "If somebody misses a message of yours, /why N says "
	    "how far it came; if it did not arrive, write it again.",
	    STYLE_text);
	sheet_line(s, "", "If the relay's directory has to begin anew, its "
	    "operator gives you a new address: type /address and that.",
	    STYLE_text);
}

static bool
draw(struct grid *g, struct area a, struct client *c)
{
	const struct restart *r = client_restart(c);
	struct sheet s = sheet_open(g, a, c, NULL, keys);

	if (r->time == 0) {
		sheet_text(&s, STYLE_dim, "This relay was not restored from a "
		    "backup since you are here.");
	} else {
		put_what(&s, r);
		put_done(&s, r);
		put_now(&s);
		put_directory(&s);
		put_ways(&s);
	}
	return sheet_close(&s);
}

void
view_restored(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	(void)look;
	if (draw(g, a, c))
		(void)draw(g, a, c);
}
