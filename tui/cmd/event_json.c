/* SPDX-License-Identifier: ISC */
/*
 * Events as lines: JSON for programs, text for people. Field names are part of
 * the interface and stand in tacet(1).
 */
#include <stdlib.h>

#include "cmd.h"

static const char *const event_name[EVENT_COUNT] = {
#define EVENT(name, when) #name,
#include "event.def"
#undef EVENT
};
static const char *const notice_name[] = {
	[NOTICE_REQUEST] = "request", [NOTICE_ACCEPTED] = "accepted",
	[NOTICE_DECLINED] = "declined", [NOTICE_CHANGED] = "changed",
	[NOTICE_ERROR] = "error", [NOTICE_INFO] = "info",
	[NOTICE_RENEW] = "renew", [NOTICE_ALARM] = "alarm",
	[NOTICE_COMPARE] = "compare", [NOTICE_VOUCH] = "vouch",
	[NOTICE_ALIKE] = "alike", [NOTICE_HALT] = "halt",
	[NOTICE_BRANCH] = "branch", [NOTICE_RESTORED] = "restored",
};

static const char *
sender(struct client *c, const struct message *m)
{
	struct person *p = client_person(c, m->person);

	if (m->kind == MESSAGE_SYSTEM)
		return NULL;
	return m->mine ? client_name(c) : p != NULL ? p->name.s : NULL;
}

/* What a program needs to play it; the picture is for the helper's eyes. */
static void
film_fields(struct client *c, struct json *j, const struct message *m)
{
	const struct film *f = client_film_of(c, m->id);

	if (f == NULL)
		return;
	json_int(j, "film", f->row);
	json_bytes(j, "name", bytes_of(f->name.s, f->name.n));
	json_int(j, "length", f->length);
	json_int(j, "width", f->width);
	json_int(j, "height", f->height);
}

static void
publish_fields(struct client *c, struct json *j)
{
	const struct publish_result *r, *last = NULL;
	struct publish_view v;
	size_t i;

	for (i = 0; (r = client_published(c, i)) != NULL; i++)
		last = r;
	json_int(j, "done", (int64_t)i);
	if (last != NULL && last->film != 0)
		json_int(j, "film", last->film);
	if (last != NULL)
		json_string(j, "why", last->why);
	if (!client_publishing(c, &v))
		return;
	json_string(j, "file", v.path);
	json_int(j, "percent", v.percent);
	json_int(j, "sent", (int64_t)v.sent);
	json_int(j, "rate", (int64_t)v.rate);
	json_int(j, "left", v.left);
	json_int(j, "queued", (int64_t)v.queued);
}

static void
message_fields(struct client *c, struct json *j, const struct event *e)
{
	static const char *const kind[] = {
		[MESSAGE_TEXT] = "text", [MESSAGE_SYSTEM] = "system",
		[MESSAGE_UNKNOWN] = "unknown", [MESSAGE_FILM] = "film",
	};
	const struct message *m = e->message;

	if (e->talk != NULL)
		json_string(j, "talk", e->talk->title.s);
	json_string(j, "from", sender(c, m));
	json_bool(j, "mine", m->mine);
	json_string(j, "kind", kind[m->kind]);
	json_hex(j, "id", m->id, WIRE_ID);
	json_int(j, "time", m->mine ? m->heard : m->sent);
	if (m->mine)
		json_string(j, "delivery", ladder_name(m->ladder));
	if (m->mine && m->err != 0)
		json_string(j, "error", err_name(m->err));
	if (e->kind == EVENT_message)
		json_bytes(j, "text", bytes_of(m->text.s, m->text.n));
	if (m->kind == MESSAGE_FILM)
		film_fields(c, j, m);
}

static void
directory_fields(struct client *c, struct json *j)
{
	struct directory d;
	char *why = client_directory_why(c);

	client_directory(c, &d);
	json_string(j, "directory", directory_name(d.state));
	json_int(j, "size", (int64_t)d.size);
	json_int(j, "at", (int64_t)d.at);
	json_int(j, "to", (int64_t)d.to);
	json_string(j, "why", why);
	free(why);
}

/* How the key came to be trusted; of what isn't there, nothing. */
static void
trust_fields(struct client *c, struct json *j, const struct person *p)
{
	const char *like = client_alike(c, p);

	if (p->verified) {
		json_string(j, "way", way_name(p->trust.way));
		json_int(j, "since", p->trust.when);
	}
	if (p->trust.theirs != WAY_none)
		json_string(j, "theirs", way_name(p->trust.theirs));
	if (p->trust.differed)
		json_bool(j, "differed", true);
	if (p->changed && p->trust.held.n > 0)
		json_bool(j, "held", true);
	if (like != NULL)
		json_string(j, "like", like);
}

static void
compare_fields(struct client *c, struct json *j)
{
	const struct compare *k = client_compare(c);
	struct buf text = {0};

	json_string(j, "step", compare_name(k->step));
	if (k->step == COMPARE_WORDS) {
		words_put(k->word, SPOKEN_WORDS, &text);
		json_bytes(j, "words", buf_view(&text));
		json_bool(j, "said", k->said);
		json_bool(j, "they_said", k->they_said);
	}
	buf_clear(&text);
	client_compare_text(c, &text);
	json_bytes(j, "text", buf_view(&text));
	buf_free(&text);
}

static void
play_fields(struct client *c, struct json *j)
{
	const struct play_view *v = client_play(c);

	json_string(j, "state", v != NULL ? play_state_name(v->state) :
	    "none");
	if (v == NULL)
		return;
	json_int(j, "film", v->film);
	json_int(j, "at", v->at);
	json_int(j, "length", v->length);
	json_int(j, "row", v->row);
	json_int(j, "width", v->width);
	json_int(j, "height", v->height);
	json_int(j, "rate", v->rate);
	json_int(j, "ahead", v->ahead);
	json_string(j, "sink", sink_name(v->place.sink));
	json_int(j, "shown", v->shown);
	json_int(j, "dropped", v->dropped);
	json_int(j, "stalls", v->stalls);
	json_int(j, "waited", v->waited);
	json_int(j, "first", v->first);
	if (v->why != NULL)
		json_string(j, "why", v->why);
}

void
event_json(struct client *c, const struct event *e, struct buf *line)
{
	struct json j = json_to(line);

	json_open(&j, NULL, '{');
	json_string(&j, "event", event_name[e->kind]);
	if (e->message != NULL)
		message_fields(c, &j, e);
	if (e->notice != NULL) {
		json_string(&j, "notice", notice_name[e->notice->kind]);
		json_bool(&j, "open", e->notice->open);
		json_int(&j, "time", e->notice->time);
		json_bytes(&j, "text", bytes_of(e->notice->text.s,
		    e->notice->text.n));
	}
	if (e->person != NULL) {
		json_string(&j, "person", e->person->name.s);
		json_string(&j, "state", person_state_name(e->person->state));
		json_bool(&j, "verified", e->person->verified);
		json_bool(&j, "changed", e->person->changed);
		json_bool(&j, "proven", !e->person->unproven);
		trust_fields(c, &j, e->person);
	}
	if (e->kind == EVENT_compare)
		compare_fields(c, &j);
	if (e->kind == EVENT_link) {
		json_string(&j, "link", online_name(client_online(c)));
		json_string(&j, "why", client_online_why(c));
	}
	if (e->kind == EVENT_play)
		play_fields(c, &j);
	if (e->kind == EVENT_directory)
		directory_fields(c, &j);
	if (e->kind == EVENT_publish)
		publish_fields(c, &j);
	if (e->kind == EVENT_lock)
		json_bool(&j, "locked", client_locked(c));
	if (e->kind == EVENT_ready)
		json_string(&j, "name", client_name(c));
	json_close(&j, '}');
	buf_u8(line, '\n');
}

void
text_lines(const char *head, const char *text, struct buf *out)
{
	buf_string(out, head);
	for (; *text != '\0'; text++) {
		buf_u8(out, (uint8_t)*text);
		if (*text == '\n')
			buf_string(out, "    ");
	}
}

void
event_text(struct client *c, const struct event *e, struct buf *line)
{
	const struct message *m = e->message;
	const char *who = e->kind == EVENT_message ? sender(c, m) : NULL;
	char *head;

	if (e->kind == EVENT_message && !m->mine) {
		head = mem_format("%s%s", who != NULL ? who : "*",
		    who != NULL ? ": " : " ");
		text_lines(head, m->text.s, line);
		free(head);
	} else if (e->kind == EVENT_notice && e->notice != NULL) {
		text_lines("* ", e->notice->text.s, line);
	} else {
		return;
	}
	buf_u8(line, '\n');
}
