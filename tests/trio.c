/* SPDX-License-Identifier: ISC */
/* See trio.h. */
#include <stdlib.h>

#include "trio.h"
#include "tap.h"

void
trio_open(struct trio *t)
{
	memset(t, 0, sizeof(*t));
	pair_open(&t->w);
	if (pair_join(&t->w, "alice") != A || pair_join(&t->w, "bob") != B ||
	    pair_join(&t->w, "carol") != C)
		bail("three people");
	mal_open(&t->mal, t->w.desk.relay);
	pair_friends(&t->w, A, B);
	pair_friends(&t->w, A, C);
}

void
trio_meet(struct trio *t)
{
	const char *const name[] = {"bob", "carol"};
	struct talk *room;
	char *why = NULL;

	if (client_room(t->w.who[A].c, TRIO_ROOM, name, 2, &room, &why) != 0)
		bail("%s", why);
	if (!trio_members(&t->w, A, 2) || !trio_members(&t->w, B, 2) ||
	    !trio_members(&t->w, C, 2))
		bail("no room of three");
}

void
trio_close(struct trio *t)
{
	mal_close(&t->mal);
	pair_close(&t->w);
}

struct talk *
trio_room(struct pair *w, size_t i)
{
	struct client *c = w->who[i].c;
	size_t k;

	for (k = 0; c != NULL && k < client_talks(c); k++)
		if (talk_is_room(client_talk_at(c, k)))
			return client_talk_at(c, k);
	return NULL;
}

struct message *
trio_line(struct pair *w, size_t i, const char *text)
{
	struct talk *t = trio_room(w, i);
	size_t k;

	for (k = 0; t != NULL && k < t->messages; k++)
		if (strcmp(t->message[k].text.s, text) == 0)
			return &t->message[k];
	return NULL;
}

bool
trio_system(const struct talk *t, const char *words)
{
	size_t k;

	for (k = 0; t != NULL && k < t->messages; k++)
		if (t->message[k].kind == MESSAGE_SYSTEM &&
		    strstr(t->message[k].text.s, words) != NULL)
			return true;
	return false;
}

void
trio_say(struct pair *w, size_t i, const char *text)
{
	uint8_t id[WIRE_ID];
	char *why = NULL;

	if (client_send(w->who[i].c, trio_room(w, i), text, strlen(text), id,
	    &why) != 0)
		bail("%s: %s", w->who[i].name, why);
}

struct trio_wait {
	struct pair *w;
	size_t i;
	const char *text;
	long want;
};

static bool
is_members(void *arg)
{
	struct trio_wait *a = arg;
	struct talk *t = trio_room(a->w, a->i);

	return t != NULL && (long)t->members == a->want;
}

static bool
is_line(void *arg)
{
	struct trio_wait *a = arg;

	return trio_line(a->w, a->i, a->text) != NULL;
}

static bool
is_told(void *arg)
{
	struct trio_wait *a = arg;

	return trio_system(trio_room(a->w, a->i), a->text);
}

static bool
is_step(void *arg)
{
	struct trio_wait *a = arg;
	struct message *m = trio_line(a->w, a->i, a->text);

	return m != NULL && (long)m->ladder == a->want;
}

static bool
is_state(void *arg)
{
	struct trio_wait *a = arg;
	struct talk *t = trio_room(a->w, a->i);

	return t != NULL && (long)t->state == a->want;
}

bool
trio_members(struct pair *w, size_t i, long n)
{
	struct trio_wait a = {w, i, NULL, n};

	return pair_until(w, is_members, &a);
}

bool
trio_shows(struct pair *w, size_t i, const char *text)
{
	struct trio_wait a = {w, i, text, 0};

	return pair_until(w, is_line, &a);
}

bool
trio_tells(struct pair *w, size_t i, const char *words)
{
	struct trio_wait a = {w, i, words, 0};

	return pair_until(w, is_told, &a);
}

bool
trio_step(struct pair *w, size_t i, const char *text, enum ladder l)
{
	struct trio_wait a = {w, i, text, (long)l};

	return pair_until(w, is_step, &a);
}

bool
trio_state(struct pair *w, size_t i, enum talk_state s)
{
	struct trio_wait a = {w, i, NULL, (long)s};

	return pair_until(w, is_state, &a);
}

void
trio_again(struct pair *w, size_t i)
{
	client_disconnect(w->who[i].c);
	pair_turn(w, 1);
	client_connect(w->who[i].c);
	if (!pair_online(w, i, ONLINE_ON))
		bail("%s: %s", w->who[i].name,
		    client_online_why(w->who[i].c));
}
