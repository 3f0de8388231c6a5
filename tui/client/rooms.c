/* SPDX-License-Identifier: ISC */
/*
 * Conversations of several people, as cmd asks for them. Making one makes the
 * group at once, with us alone in it; the others come in by commits, and what
 * is written before the first of them is there waits for them.
 */
#include <stdlib.h>

#include "inside.h"

#define GROUP_LIFE (365 * DAY_MS)

struct talk *
room_add(struct client *c, enum talk_state state)
{
	struct talk *t = talk_new(c, keep_row(&c->keep, TABLE_talk));

	t->state = state;
	t->title = safe_of("?");
	t->last = client_now(c);
	client_id(c, t->log);
	talk_dirty(t);
	client_show(c);
	return t;
}

int
room_group(struct client *c, struct talk *t, uint16_t suite,
    struct bytes extensions)
{
	uint8_t identity[CREDENTIAL_SIZE], id[WIRE_ID];
	struct mls_group_ask ask = {.suite = suite, .extensions = extensions};
	struct mls_group *g = NULL;
	struct buf ext = {0};
	struct mls_env env;
	int err;

	client_env(c, &env);
	client_id(c, id);
	self_look(c, identity, &ext, &ask.self);
	ask.group_id = bytes_of(id, sizeof(id));
	ask.not_before = (uint64_t)(client_now(c) - CLOCK_SKEW) / 1000;
	ask.not_after = (uint64_t)(client_now(c) + GROUP_LIFE) / 1000;
	err = mls_group_create(&env, &ask, &g);
	if (err == 0) {
		talk_take(c, t, g);
		t->secret->start = START_CREATE;
		err = talk_access(g, t->secret->access[0]);
	}
	buf_free(&ext);
	return err;
}

int
room_create(struct client *c, struct talk *t, const char *title)
{
	struct buf room = {0}, context = {0};
	struct room m = {.admins = 1};
	int err;

	memcpy(m.name, title, strnlen(title, ROOM_NAME_MAX));
	memcpy(m.admin[0], c->self.account, ACCOUNT_ID);
	err = room_put(&m, &room);
	mls_ext_put(&context, ROOM_EXT_TYPE, buf_view(&room));
	if (err == 0)
		err = room_group(c, t, c->self.suite, buf_view(&context));
	buf_free(&room);
	buf_free(&context);
	return err;
}

bool
room_alone(const struct talk *t)
{
	return talk_is_room(t) && t->members == 0;
}

/* ---- for cmd and face ------------------------------------------- */

static int
room_person(struct client *c, const char *name, struct person **p, char **why)
{
	*p = client_person_named(c, name);
	if (strcmp(name, c->self.name) == 0)
		return client_refuse(why, ERR_INPUT, "you are in it yourself");
	if (*p == NULL || (*p)->state != PERSON_CONTACT)
		return client_refuse(why, ERR_NONE, "%s is not a contact yet: "
		    "/add %s first", name, name);
	if ((*p)->changed)
		return client_refuse(why, ERR_CHANGED, "the account key of %s "
		    "has changed: /person %s shows both", name, name);
	return 0;
}

static int
room_title(const char *title, char **why)
{
	size_t i, n = strlen(title);

	for (i = 0; i < n; i++)
		if ((unsigned char)title[i] < 0x20 || title[i] == 0x7f)
			n = 0;
	if (n == 0 || n > ROOM_NAME_MAX || !utf8_valid(title, n))
		return client_refuse(why, ERR_INPUT, "a room has a name of 1 "
		    "to %d bytes, in one line", ROOM_NAME_MAX);
	return 0;
}

int
client_room(struct client *c, const char *title, const char *const *name,
    size_t n, struct talk **out, char **why)
{
	struct person *p;
	struct talk *t;
	size_t i;
	int err;

	*out = NULL;
	if (!c->open || !c->self.registered)
		return client_refuse(why, ERR_STATE, "there is no account here "
		    "yet: tacet init NAME makes one");
	err = room_title(title, why);
	if (err == 0 && n > ROOM_PEOPLE_MAX)
		err = client_refuse(why, ERR_BIG, "at most %d people fit into "
		    "a room", ROOM_PEOPLE_MAX);
	for (i = 0; i < n && err == 0; i++)
		err = room_person(c, name[i], &p, why);
	if (err != 0)
		return err;
	t = room_add(c, TALK_OPEN);
	safe_free(&t->title);
	t->title = safe_make(SAFE_NAME, title, strlen(title));
	err = room_create(c, t, title);
	if (err != 0) {
		talk_set(c, t, TALK_CLOSED);
		return client_refuse(why, err, "the room can't be made: %s",
		    err_text(err));
	}
	for (i = 0; i < n; i++)
		(void)invite_add(c, t,
		    client_person_named(c, name[i])->account);
	*out = t;
	timer_set(c->timer, 1);
	return 0;
}

/* May we say who is in it? */
static int
room_may(struct client *c, const struct talk *t, char **why)
{
	struct room m;

	if (!talk_is_room(t))
		return client_refuse(why, ERR_STATE, "this is a conversation "
		    "with one person: make a room for several");
	if (t->state != TALK_OPEN || t->secret->group == NULL)
		return client_refuse(why, ERR_STATE, "%s is not open: ask a "
		    "member to add you again", t->title.s);
	if (member_room(t->secret->group, &m) != 0 ||
	    !room_admin(&m, c->self.account))
		return client_refuse(why, ERR_DENIED, "only who made %s says "
		    "who is in it: ask them", t->title.s);
	return 0;
}

int
client_room_add(struct client *c, struct talk *t, const char *name, char **why)
{
	struct person *p;
	struct job *j;
	int err = room_may(c, t, why);

	if (err == 0)
		err = room_person(c, name, &p, why);
	if (err != 0)
		return err;
	if (member_is(t, p->row))
		return client_refuse(why, ERR_EXISTS, "%s is in %s already",
		    name, t->title.s);
	j = invite_of(c, t, p->account, JOB_REMOVE);
	if (j != NULL)
		job_done(c, j);
	(void)invite_add(c, t, p->account);
	return 0;
}

int
client_room_remove(struct client *c, struct talk *t, const char *name,
    char **why)
{
	struct person *p = client_person_named(c, name);
	struct job *j;
	int err = room_may(c, t, why);

	if (err != 0)
		return err;
	j = p != NULL ? invite_of(c, t, p->account, JOB_INVITE) : NULL;
	if (p == NULL || (!member_is(t, p->row) && j == NULL))
		return client_refuse(why, ERR_NONE, "%s is not in %s", name,
		    t->title.s);
	if (j != NULL)
		job_done(c, j);
	if (!member_is(t, p->row) && t->secret->stage == NULL)
		return 0;
	j = invite_of(c, t, p->account, JOB_REMOVE);
	if (j != NULL)
		return 0;
	j = job_add(c, JOB_REMOVE);
	j->talk = t->row;
	j->person = p->row;
	memcpy(j->account, p->account, ACCOUNT_ID);
	job_keep(c, j);
	timer_set(c->timer, 1);
	return 0;
}

int
client_room_leave(struct client *c, struct talk *t, char **why)
{
	if (!talk_is_room(t))
		return client_refuse(why, ERR_STATE, "this is a conversation "
		    "with one person: /block %s ends it", t->title.s);
	if (t->state == TALK_CLOSED)
		return client_refuse(why, ERR_STATE, "you have left %s",
		    t->title.s);
	outs_leave(c, t, ERR_STATE);
	talk_set(c, t, TALK_CLOSED);
	message_system(c, t, "you left");
	branch_drop(c, t);
	if (t->members == 0 || t->secret->group == NULL)
		talk_forget(c, t);
	else
		t->secret->leaving = t->secret->group != NULL;
	talk_dirty(t);
	timer_set(c->timer, 1);
	return 0;
}
