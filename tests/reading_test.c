/* SPDX-License-Identifier: ISC */
/*
 * Bodies as they come out of a group, against a client that is not connected:
 * texts, receipts, gaps, repeats, what nobody knows, what strangers try (T98).
 */
#include <stdio.h>
#include <stdlib.h>

#include "alone.h"
#include "tap.h"

static struct alone alone;
static struct client *c;

static struct person *
somebody(const char *name, enum person_state state)
{
	return alone_person(&alone, name, state);
}

static struct body
body_of(uint16_t code, uint64_t number)
{
	struct body b = {.code = code, .number = number, .time = 1000};

	rng_fill(&rng_system, b.id, WIRE_ID);
	return b;
}

static void
hear(struct talk *t, struct person *p, const struct body *b)
{
	struct buf raw = {0};

	if (body_put(&raw, b) != 0)
		bail("no body");
	reading_body(c, t, p, p->record.device[0].id, buf_view(&raw));
	buf_free(&raw);
}

static struct body
hear_text(struct talk *t, struct person *p, uint64_t number, const char *s)
{
	struct body b = body_of(BODY_text, number);

	b.text.text = bytes_of(s, strlen(s));
	hear(t, p, &b);
	return b;
}

static const struct message *
last(const struct talk *t)
{
	static const struct message none = {.text = {(char *)(uintptr_t)"", 0}};

	return t->messages > 0 ? &t->message[t->messages - 1] : &none;
}

static void
test_texts(void)
{
	struct person *bob = somebody("bob", PERSON_CONTACT);
	struct talk *t = talk_add(c, bob, TALK_OPEN);
	struct body b;

	b = hear_text(t, bob, 1, "hello");
	is_str(last(t)->text.s, "hello", "a text is shown");
	is_int(t->unread, 1, "as unread");
	is_int(t->secret->dues, 1, "and a receipt is due");
	b.text.text = bytes_of("hello", 5);
	hear(t, bob, &b);
	is_int(t->messages, 1, "a repeat of its id is not shown (T21)");
	is_int(t->secret->dues, 1, "nor receipted twice");
	hear_text(t, bob, 2, "two\033[31m\nlines\xe2\x80\xae");
	ok(strchr(last(t)->text.s, '\033') == NULL &&
	    strstr(last(t)->text.s, "\xe2\x80\xae") == NULL,
	    "nothing reaches the screen raw");
	client_read(c, t);
	is_int(t->unread, 0, "read");
}

static void
test_gaps(void)
{
	struct person *p = somebody("gap", PERSON_CONTACT);
	struct talk *t = talk_add(c, p, TALK_OPEN);

	hear_text(t, p, 1, "one");
	hear_text(t, p, 2, "two");
	is_int(t->messages, 2, "no gap, no line");
	hear_text(t, p, 6, "six");
	is_int(t->messages, 4, "a gap has a line");
	ok(strstr(t->message[2].text.s, "3 messages of gap") != NULL,
	    "that counts: %s", t->message[2].text.s);
	is_int(t->message[2].kind, MESSAGE_SYSTEM, "and is tacet's own");
	hear_text(t, p, 5, "five, late");
	is_int(t->messages, 5, "what comes late is shown");
	hear_text(t, p, 7, "seven");
	is_int(t->messages, 6, "and opens no gap");
}

static void
test_unknown(void)
{
	struct person *p = somebody("newer", PERSON_CONTACT);
	struct talk *t = talk_add(c, p, TALK_OPEN);
	struct body b = body_of(BODY_text, 1);
	struct buf raw = {0};

	b.text.text = bytes_of("?", 1);
	if (body_put(&raw, &b) != 0)
		bail("no body");
	raw.p[0] = 0x77;
	reading_body(c, t, p, p->record.device[0].id, buf_view(&raw));
	is_int(last(t)->kind, MESSAGE_UNKNOWN, "a body of a code nobody knows "
	    "is shown as unknown");
	raw.p[0] = 0;
	reading_body(c, t, p, p->record.device[0].id, bytes_of(raw.p, 7));
	is_int(last(t)->kind, MESSAGE_SYSTEM, "one cut short is told of");
	ok(strstr(last(t)->text.s, "not well formed") != NULL, "as such");
	buf_free(&raw);
}

static void
test_stranger(void)
{
	struct person *p = somebody("stranger", PERSON_ASKING);
	struct talk *t = talk_add(c, p, TALK_ASKING);

	hear_text(t, p, 1, "psst");
	is_int(t->secret->dues, 0, "a stranger gets no receipt (T98)");
	is_int(p->state, PERSON_ASKING, "and is no contact by writing");
}

static void
test_receipts(void)
{
	struct person *p = somebody("carol", PERSON_CONTACT);
	struct person *m = somebody("mallory", PERSON_CONTACT);
	struct talk *t = talk_add(c, p, TALK_OPEN);
	struct talk *other = talk_add(c, m, TALK_OPEN);
	struct body b = body_of(BODY_receipt, 1);
	uint8_t id[WIRE_ID];
	struct message *mine;
	char *why = NULL;

	if (client_send(c, t, "mine", 4, id, &why) != 0)
		bail("%s", why);
	mine = message_id(c, t, id);
	is_int(mine->ladder, LADDER_WAITING, "written down");
	is_int(t->waiting, 1, "it waits");
	b.receipt.ids = bytes_of(id, WIRE_ID);
	hear(t, p, &b);
	is_int(mine->ladder, LADDER_WAITING, "a receipt for what was never "
	    "sealed is a lie");
	message_step(c, t, mine, LADDER_SEALED, 0);
	hear(other, m, &b);
	is_int(mine->ladder, LADDER_SEALED, "nobody else can confirm it");
	b = body_of(BODY_receipt, 2);
	b.receipt.ids = bytes_of("sixteen bytes ..and a tail", 26);
	hear(t, p, &b);
	is_int(mine->ladder, LADDER_SEALED, "ids we don't know mean nothing");
	b.receipt.ids = bytes_of(id, WIRE_ID);
	hear(t, p, &b);
	is_int(mine->ladder, LADDER_DEVICE, "the right one does");
	is_int(t->waiting, 0, "nothing waits");
	message_step(c, t, mine, LADDER_RELAY, 0);
	is_int(mine->ladder, LADDER_DEVICE, "the ladder doesn't go down");
}

static void
test_accepted(void)
{
	struct person *p = somebody("dave", PERSON_ASKED);
	struct talk *t = talk_add(c, p, TALK_ASKED);
	struct body b = body_of(BODY_joined, 1);

	b.joined.version = 1;
	hear(t, p, &b);
	is_int(p->state, PERSON_CONTACT, "the first word of who joined makes "
	    "a contact");
	is_int(t->state, TALK_OPEN, "and opens the conversation");
	is_int(client_notice_at(c, client_notices(c) - 1)->kind,
	    NOTICE_ACCEPTED, "with a notice");
}

static void
test_why(void)
{
	static const char *const words[] = {"waits until the relay",
		"when the relay is reached", "The relay keeps it",
		"the receipt was sealed", "will not be sent"};
	struct person *p = somebody("why", PERSON_CONTACT);
	struct talk *t = talk_add(c, p, TALK_OPEN);
	struct message m = {.kind = MESSAGE_TEXT, .mine = true};
	struct buf out = {0};
	int i;

	for (i = LADDER_WAITING; i <= LADDER_FAILED; i++) {
		m.ladder = (enum ladder)i;
		m.step[i] = 1000000;
		m.err = i == LADDER_FAILED ? ERR_DENIED : 0;
		buf_clear(&out);
		client_why(c, t, &m, &out);
		buf_u8(&out, 0);
		ok(strstr((char *)out.p, words[i]) != NULL, "why %s: %s",
		    ladder_name((enum ladder)i), words[i]);
	}
	buf_clear(&out);
	m.mine = false;
	m.person = p->row;
	client_why(c, t, &m, &out);
	buf_u8(&out, 0);
	ok(strstr((char *)out.p, "not compared yet") != NULL, "why theirs");
	buf_free(&out);
}

static void
test_kept(void)
{
	struct talk *t;

	alone_again(&alone);
	c = alone.c;
	t = client_talk_with(c, "gap");
	ok(t != NULL && t->messages == 6, "the messages are there");
	hear_text(t, client_person_named(c, "gap"), 8, "eight");
	is_int(t->messages, 7, "numbers go on where they were");
	t = client_talk_with(c, "bob");
	is_int(t->secret->dues, 2, "receipts are still due");
}

int
main(void)
{
	alone_open(&alone);
	c = alone.c;
	test_texts();
	test_gaps();
	test_unknown();
	test_stranger();
	test_receipts();
	test_accepted();
	test_why();
	test_kept();
	alone_close(&alone);
	return done();
}
