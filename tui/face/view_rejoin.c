/* SPDX-License-Identifier: ISC */
/*
 * A conversation that this device can't follow any more: since when and why,
 * who was asked to let it in again, what that means for what is written, and
 * what one can do. Where nothing is wrong it says that.
 */
#include <stdlib.h>

#include "sheet.h"

static const char *const keys[] = {
	"c", "connect now", "q", "back", NULL,
};
static const char *const keys_room[] = {
	"c", "connect now", "b", "if others can't either", "q", "back", NULL,
};
static const char *const keys_none[] = {"q", "back", NULL};

static const struct person *
who_changed(struct client *c, const struct talk *t)
{
	const struct person *p = client_person(c, t->person);

	for (size_t i = 0; i < t->members && (p == NULL || !p->changed); i++)
		p = client_person(c, t->member[i]);
	return p != NULL && p->changed ? p : NULL;
}

/* Of them, contacts and one's own other devices can let this one in; the rest
 * may only say that they can't follow it either. */
static bool
is_hope(struct client *c, const struct talk *t)
{
	const struct record *r = client_record(c);
	bool any = !talk_is_room(t) || (r != NULL && r->devices > 1);
	const struct person *p;

	for (size_t i = 0; i < t->members; i++) {
		p = client_person(c, t->member[i]);
		any = any || (p != NULL && p->state == PERSON_CONTACT);
	}
	return any;
}

static char *
who_is_asked(struct client *c, const struct talk *t)
{
	int64_t *row = mem_array(t->members + 1, sizeof(*row));
	const struct record *r = client_record(c);
	struct person *p;
	size_t n = 0;
	char *text;

	for (size_t i = 0; talk_is_room(t) && i < t->members; i++) {
		p = client_person(c, t->member[i]);
		if (p != NULL && p->state != PERSON_BLOCKED && !p->changed)
			row[n++] = p->row;
	}
	if (!talk_is_room(t))
		row[n++] = t->person;
	text = sheet_names(c, row, n, r != NULL && r->devices > 1 ?
	    "your other devices" : NULL);
	free(row);
	return text;
}

static void
put_asked(struct sheet *s, const struct talk *t)
{
	const struct person *changed = who_changed(s->c, t);
	struct safe when = time_text("%e %B %H:%M", t->halt.asked);
	char *who = who_is_asked(s->c, t), *text;
	const char *at = when.s + strspn(when.s, " ");

	if (who[0] == '\0')
		text = mem_string("nobody: there is nobody in it");
	else if (changed != NULL && (t->halt.times == 0 || !talk_is_room(t)))
		text = mem_format("nobody while the key of %s is another one: "
		    "M-p there shows both", changed->name.s);
	else if (t->halt.times == 0)
		text = mem_format("not yet; to be asked: %s", who);
	else if (t->halt.times == 1)
		text = mem_format("%s, once, on %s", who, at);
	else
		text = mem_format("%s, %u times, last on %s", who,
		    t->halt.times, at);
	sheet_line(s, "asked", text, STYLE_text);
	if (!is_hope(s->c, t))
		sheet_line(s, "", "None of them is a contact of yours, who "
		    "could let you in: /add one.", STYLE_warn);
	free(text);
	free(who);
	safe_free(&when);
}

static void
put_what(struct sheet *s, const struct talk *t)
{
	char *text = mem_format("This device can't follow %s%s any more.",
	    talk_is_room(t) ? "" : "the conversation with ", t->title.s);

	sheet_text(s, STYLE_bad, text);
	free(text);
	sheet_time(s, "since", "", t->halt.since, STYLE_text);
	sheet_line(s, "why", t->halt.why != NULL ? t->halt.why : "not known",
	    STYLE_text);
	put_asked(s, t);
	sheet_gap(s);
	sheet_line(s, "what it means", "What you write there is kept, and sent "
	    "when it goes on. What others write until then can't be read here. "
	    "Nothing of before is lost.", STYLE_text);
}

static void
put_connection(struct sheet *s)
{
	enum online o = client_online(s->c);
	char *text;

	if (o == ONLINE_ON) {
		sheet_line(s, "connection", "online", STYLE_good);
		return;
	}
	text = mem_format("%s: %s", online_name(o), client_online_why(s->c));
	sheet_line(s, "connection", text, STYLE_warn);
	free(text);
}

static void
put_wait(struct sheet *s, const struct talk *t)
{
	int64_t next = client_halt_next(s->c, t);
	struct safe at = time_text("at %H:%M", next);
	char *text = mem_format("Wait, and keep tacet running: it asks again "
	    "%s, and whoever of them is online first lets this device in.",
	    next > 0 ? at.s : "by itself");

	sheet_line(s, "what to do", text, STYLE_text);
	free(text);
	safe_free(&at);
}

static void
put_ways(struct sheet *s, const struct talk *t)
{
	char *who = sheet_names(s->c, t->halt.stuck, t->halt.stucks, NULL);
	char *text;

	sheet_gap(s);
	put_wait(s, t);
	sheet_line(s, "", talk_is_room(t) ? "If nobody does, ask one of them "
	    "over another way to start tacet." : "If nothing happens, ask over "
	    "another way that tacet is started there.", STYLE_text);
	if (talk_is_room(t) && t->halt.stucks > 0) {
		text = mem_format("%s can't follow it either: b shows how it "
		    "can go on in a new group.", who);
		sheet_line(s, "", text, STYLE_warn);
		free(text);
	} else if (talk_is_room(t)) {
		sheet_line(s, "", "Where others can't follow it either, a new "
		    "group takes over: b says more.", STYLE_text);
	} else {
		sheet_line(s, "", "Where neither of you can follow it, it "
		    "begins anew by itself, with all that was said.",
		    STYLE_text);
	}
	free(who);
	put_connection(s);
}

/* There may be more than the one shown. */
static void
put_others(struct sheet *s, const struct talk *shown)
{
	struct talk *t, *other = NULL;
	unsigned n = 0;
	char *text;

	for (size_t i = client_talks(s->c); i-- > 0;) {
		t = client_talk_at(s->c, i);
		if (t == shown || t->halt.since == 0)
			continue;
		other = t;
		n++;
	}
	if (n == 0)
		return;
	text = n == 1 ? mem_format("%s", other->title.s) :
	    mem_format("%s and %u more; M-r in each says how it stands",
	    other->title.s, n - 1);
	sheet_line(s, "stuck as well", text, STYLE_warn);
	free(text);
}

static bool
draw(struct grid *g, struct area a, struct client *c, const struct talk *t)
{
	bool halted = t != NULL && t->halt.since != 0;
	struct sheet s = sheet_open(g, a, c, NULL, !halted ? keys_none :
	    talk_is_room(t) ? keys_room : keys);

	if (halted) {
		put_what(&s, t);
		put_ways(&s, t);
	} else {
		sheet_on(&s, t);
	}
	put_others(&s, t);
	return sheet_close(&s);
}

void
view_rejoin(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	const struct talk *t = client_talk(c, client_screen(c)->halted);

	(void)look;
	if (draw(g, a, c, t))
		(void)draw(g, a, c, t);
}
