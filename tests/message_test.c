/* SPDX-License-Identifier: ISC */
/*
 * Messages of a long conversation: a window in memory, pages from the store,
 * old ones found by id, order and marks over a restart.
 */
#include <stdio.h>
#include <stdlib.h>

#include "alone.h"
#include "tap.h"

#define MANY 200

static struct alone alone;
static uint8_t first[WIRE_ID];

static void
write_many(struct talk *t, const struct person *p, int n)
{
	struct message m = {.kind = MESSAGE_TEXT};
	char text[32];
	int i;

	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "m%d", i);
		m.person = p->row;
		m.text = safe_of(text);
		client_id(alone.c, m.id);
		if (i == 0)
			memcpy(first, m.id, WIRE_ID);
		message_add(alone.c, t, &m);
	}
}

static void
test_pages(void)
{
	struct talk *t;
	int n, pages = 0;
	size_t i, wrong = 0;
	char text[32];

	alone_again(&alone);
	t = client_talk_with(alone.c, "bob");
	is_int(t->messages, PAGE_MESSAGES, "a page is loaded");
	ok(t->more, "there are more");
	is_str(talk_message(t, 1)->text.s, "m199", "1 is the newest");
	ok(talk_message(t, 0) == NULL && talk_message(t, 1000) == NULL,
	    "numbers end");
	while ((n = talk_older(alone.c, t)) > 0)
		pages++;
	is_int(n, 0, "older ones end");
	is_int(pages, 3, "after three pages");
	is_int(t->messages, MANY, "all are there");
	for (i = 0; i < t->messages; i++) {
		snprintf(text, sizeof(text), "m%zu", i);
		wrong += strcmp(t->message[i].text.s, text) != 0;
	}
	is_int(wrong, 0, "in their order");
	ok(!t->more, "and no more");
}

static void
test_find(void)
{
	struct message *m;
	struct talk *t, *other;

	alone_again(&alone);
	t = client_talk_with(alone.c, "bob");
	other = client_talk_with(alone.c, "carol");
	ok(message_seen(alone.c, t, first), "the oldest is known by its id");
	ok(!message_seen(alone.c, other, first), "in its own talk only");
	m = message_id(alone.c, t, first);
	ok(m != NULL && strcmp(m->text.s, "m0") == 0, "and found");
	ok(message_row(t, m->row) == m, "also by row");
	ok(message_row(t, 100000) == NULL, "nothing where nothing is");
}

static void
test_marks(void)
{
	struct talk *t = client_talk_with(alone.c, "bob");

	is_int(t->unread, MANY, "all unread");
	is_int(client_unread(alone.c), MANY, "in all");
	client_read(alone.c, t);
	client_lock(alone.c);
	alone_again(&alone);
	t = client_talk_with(alone.c, "bob");
	is_int(t->unread, 0, "read, over a restart");
	is_int(t->read_row, talk_message(t, 1)->row, "the marker stands there");
	t->draft = mem_string("half a thought");
	alone_again(&alone);
	t = client_talk_with(alone.c, "bob");
	is_str(t->draft, "half a thought", "a draft is kept");
	ok(client_talk_at(alone.c, 0) != NULL, "the list has a first");
}

static void
test_window(struct talk *t, const struct person *p)
{
	write_many(t, p, WINDOW_MAX + 10);
	ok(t->messages <= WINDOW_MAX, "memory holds at most %d", WINDOW_MAX);
	ok(t->more, "the rest is in the store");
	is_int(client_keep(alone.c), 0, "kept");
	ok(message_id(alone.c, t, first) != NULL, "and comes back when asked");
}

int
main(void)
{
	struct person *bob, *carol;

	alone_open(&alone);
	bob = alone_person(&alone, "bob", PERSON_CONTACT);
	carol = alone_person(&alone, "carol", PERSON_CONTACT);
	(void)talk_add(alone.c, carol, TALK_OPEN);
	write_many(talk_add(alone.c, bob, TALK_OPEN), bob, MANY);
	test_pages();
	test_find();
	test_marks();
	test_window(client_talk_with(alone.c, "carol"),
	    client_person_named(alone.c, "carol"));
	alone_close(&alone);
	return done();
}
