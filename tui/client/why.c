/* SPDX-License-Identifier: ISC */
/*
 * /why in plain words: what became of a message, what is still missing, and
 * what could be done. Nothing here changes anything.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "inside.h"

static void
why_time(struct buf *b, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	char text[32];
	struct tm tm;

	if (ms <= 0 || localtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		buf_string(b, "-");
	else
		buf_string(b, text);
}

static void
why_step(struct buf *b, const char *what, int64_t ms)
{
	if (ms == 0)
		return;
	why_time(b, ms);
	buf_format(b, "  %s\n", what);
}

static void
why_theirs(struct client *c, const struct message *m, struct buf *b)
{
	struct person *p = client_person(c, m->person);
	const char *who = p != NULL ? p->name.s : "somebody";

	buf_format(b, "From %s, %s.\n", who, p != NULL && p->verified ?
	    "whose keys you have compared" :
	    "whose keys you have not compared yet: /person shows how");
	why_step(b, "written, by their clock", m->sent);
	why_step(b, "arrived here", m->heard);
	if (m->kind == MESSAGE_UNKNOWN)
		buf_string(b, "Its kind is not known to this version: a newer "
		    "tacet may show it.\n");
}

/* What the directory has to do with it; false: nothing. */
static bool
why_held(struct client *c, const struct talk *t, struct buf *b)
{
	const struct person *p = client_person(c, t->person);
	char *why;

	if (!session_up(c) || !audit_holds(c, t))
		return false;
	if (p != NULL && p->unproven) {
		buf_format(b, "It waits: key not proven. The relay's last "
		    "answer about %s was refused; it is asked again by itself. "
		    "/status says how the directory is.\n", p->name.s);
		return true;
	}
	why = client_directory_why(c);
	buf_format(b, "It waits for the relay's directory: %s.\n", why);
	free(why);
	return true;
}

static void
why_changed(const struct person *p, struct buf *b)
{
	buf_format(b, "It waits because the account key of %s has changed: "
	    "/person %s shows both.\n", p->name.s, p->name.s);
}

/* Nothing leaves that conversation, however far it had come; false: it is not
 * that. */
static bool
why_stopped(struct client *c, const struct talk *t, struct buf *b)
{
	const struct person *p = talk_changed(c, t);

	if (p != NULL && t->state == TALK_STOPPED)
		why_changed(p, b);
	else if (t->secret->rejoin)
		buf_string(b, "It waits until this device is let in again: "
		    "/view rejoin says what is done.\n");
	else if (t->state == TALK_STOPPED && talk_is_room(t))
		buf_format(b, "It waits because %s has stopped here: ask a "
		    "member to remove you and add you again.\n", t->title.s);
	else if (t->state == TALK_STOPPED)
		buf_format(b, "It waits because the conversation has stopped: "
		    "/add %s starts a new one and sends it there.\n",
		    t->title.s);
	else
		return false;
	return true;
}

static void
why_waiting(struct client *c, const struct talk *t, struct buf *b)
{
	const struct person *p = talk_changed(c, t);
	const struct person *ended = expired_in(c, t);

	if (why_stopped(c, t, b))
		return;
	if (p != NULL)
		why_changed(p, b);
	else if (ended != NULL)
		buf_format(b, "It waits because the account record of %s has "
		    "ended: they renew it with /renew.\n", ended->name.s);
	else if (room_alone(t))
		buf_format(b, "It waits until somebody else is in %s.\n",
		    t->title.s);
	else if (t->secret->group == NULL)
		buf_format(b, "It waits until the relay has given the keys of "
		    "%s.\n", t->title.s);
	else
		buf_string(b, "It is sealed next.\n");
}

static void
why_sealed(struct client *c, const struct talk *t, const struct message *m,
    struct buf *b)
{
	if (why_stopped(c, t, b))
		return;
	if (!session_up(c))
		buf_format(b, "It is sealed and kept. It goes out when the "
		    "relay is reached: %s.\n", client_online_why(c));
	else if (why_held(c, t, b))
		return;
	else if (m->err != 0)
		buf_format(b, "The relay answered: %s. It is tried again by "
		    "itself.\n", err_text(m->err));
	else if (t->secret->start != START_DONE)
		buf_string(b, "It goes out as soon as the relay has made room "
		    "for the conversation.\n");
	else
		buf_string(b, "It is on its way to the relay.\n");
}

static void
why_room(const struct talk *t, const struct message *m, struct buf *b)
{
	if (t->members + 1 > RECEIPT_ACCOUNTS)
		buf_format(b, "In a room of more than %d people nobody "
		    "confirms: this is its last step.\n", RECEIPT_ACCOUNTS);
	else
		buf_format(b, "%zu of %zu people have confirmed it.\n",
		    m->bys, t->members);
}

static void
why_relay(struct client *c, const struct talk *t, const struct message *m,
    struct buf *b)
{
	struct person *p = client_person(c, t->person);

	buf_format(b, "The relay keeps it (number %llu of this conversation) "
	    "and can't read it.\n", (unsigned long long)m->number);
	if (talk_is_room(t))
		why_room(t, m, b);
	else if (t->state == TALK_ASKED)
		buf_format(b, "%s has not answered your request yet, and reads "
		    "it on accepting.\n", t->title.s);
	else if (p != NULL && p->last_heard > 0) {
		buf_format(b, "No device of %s has confirmed it yet. Their "
		    "last sign of life: ", t->title.s);
		why_time(b, p->last_heard);
		buf_string(b, ".\n");
	} else {
		buf_format(b, "No device of %s has confirmed it yet.\n",
		    t->title.s);
	}
}

static void
why_state(struct client *c, const struct talk *t, const struct message *m,
    struct buf *b)
{
	switch (m->ladder) {
	case LADDER_WAITING:
		why_waiting(c, t, b);
		break;
	case LADDER_SEALED:
		why_sealed(c, t, m, b);
		break;
	case LADDER_RELAY:
		why_relay(c, t, m, b);
		break;
	case LADDER_DEVICE:
		buf_format(b, "A device of %s has it: the receipt was sealed "
		    "there, the relay can't make one.\n", talk_is_room(t) ?
		    "everybody in the room" : t->title.s);
		break;
	case LADDER_FAILED:
		buf_format(b, "It will not be sent: %s. Copy it and send it "
		    "again if you want to.\n", err_text(m->err));
		break;
	}
}

void
client_why(struct client *c, const struct talk *t, const struct message *m,
    struct buf *out)
{
	static const char *const step[] = {"written down", "sealed and kept",
		"on the relay", "at a device of theirs", "given up"};
	size_t i;

	if (m->kind == MESSAGE_SYSTEM) {
		buf_string(out, "A line of tacet itself, not of anybody "
		    "else.\n");
		return;
	}
	if (!m->mine) {
		why_theirs(c, m, out);
		return;
	}
	buf_format(out, "State: %s.\n", ladder_name(m->ladder));
	for (i = 0; i < COUNT(m->step); i++)
		why_step(out, step[i], m->step[i]);
	why_state(c, t, m, out);
}
