/* SPDX-License-Identifier: ISC */
/*
 * Sending: the text is written down at once, as waiting, and the outbox does
 * the rest. Refuses with the next command where nothing may be said.
 */
#include "inside.h"

int
send_judge(struct client *c, const struct talk *t, const char *text, size_t n,
    char **why)
{
	struct person *p = client_person(c, t->person);
	const struct person *changed = talk_changed(c, t);
	const struct person *ended = expired_in(c, t);
	const char *who = t->title.s;
	char day[EXPIRED_DAY];

	if (n == 0)
		return client_refuse(why, ERR_INPUT, "there is nothing to "
		    "send: type a message");
	if (n > TEXT_MAX)
		return client_refuse(why, ERR_BIG, "the message has %zu bytes, "
		    "at most %d fit: send it in parts", n, TEXT_MAX);
	if (!utf8_valid(text, n))
		return client_refuse(why, ERR_FORMAT, "the message is not "
		    "UTF-8: convert it first (iconv -t utf-8)");
	if (changed != NULL)
		return client_refuse(why, ERR_CHANGED, "the account key of %s "
		    "has changed, nothing is sent: /person %s shows both keys",
		    changed->name.s, changed->name.s);
	if (ended != NULL) {
		expired_day(&ended->record, day);
		return client_refuse(why, ERR_EXPIRED, talk_is_room(t) ?
		    "nothing is sent: the account record of %s ended on %s. "
		    "They renew it with /renew, or an admin removes them" :
		    "nothing is sent: the account record of %s ended on %s. "
		    "They renew it with /renew, and then it goes on",
		    ended->name.s, day);
	}
	if (talk_is_room(t) && t->state != TALK_OPEN)
		return client_refuse(why, ERR_STATE, t->state == TALK_STOPPED ?
		    "%s has stopped here: ask a member to remove you and add "
		    "you again" : "you are not in %s any more: ask a member "
		    "to add you", who);
	switch (t->state) {
	case TALK_ASKING:
		return client_refuse(why, ERR_STATE, "%s waits for your "
		    "answer: /accept %s or /decline %s", who, who, who);
	case TALK_STOPPED:
		return client_refuse(why, ERR_STATE, "the conversation has "
		    "stopped: /add %s starts a new one", who);
	case TALK_CLOSED:
		return client_refuse(why, ERR_STATE, p != NULL &&
		    p->state == PERSON_BLOCKED ? "you have blocked %s: "
		    "/unblock %s first" : "the conversation with %s is "
		    "closed: /add %s asks again", who, who);
	default:
		return 0;
	}
}

int
client_send(struct client *c, struct talk *t, const char *text, size_t n,
    uint8_t id[static WIRE_ID], char **why)
{
	struct message m = {.kind = MESSAGE_TEXT, .mine = true};
	struct body b = {.code = BODY_text};
	struct message *kept;
	int err;

	if (!c->open)
		return client_refuse(why, ERR_LOCKED, "locked: unlock first");
	if (c->audit.fork.is)
		return client_refuse(why, ERR_FORK, "nothing is sent: /view "
		    "fork shows what the relay at %s did, and what to do",
		    c->self.address.host);
	err = send_judge(c, t, text, n, why);
	if (err != 0)
		return err;
	client_id(c, id);
	memcpy(m.id, id, WIRE_ID);
	m.sent = client_now(c);
	m.text = safe_make(SAFE_TEXT, text, n);
	kept = message_add(c, t, &m);
	t->waiting++;
	memcpy(b.id, id, WIRE_ID);
	b.time = (uint64_t)m.sent;
	b.text.text = bytes_of(text, n);
	out_add(c, t, OUT_TEXT, kept->row, id, &b);
	gossip_text(c, t);
	timer_set(c->timer, 1);
	return 0;
}
