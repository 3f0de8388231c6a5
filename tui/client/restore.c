/* SPDX-License-Identifier: ISC */
/*
 * A backup brought back, into a profile that has no account yet. What it says
 * of people and settings is written as it was; this device is a new one with
 * keys of its own, its record the next version, and every conversation asks to
 * be let in again. The whole file was proven before anything is begun; when
 * something fails after all, nothing of it stays.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "inside.h"

#define RESTORE_LOST "restore.lost"

struct restore {
	struct client *c;
	struct account_key *key;
	struct record record;
	struct buf raw;
	struct address address;
	uint8_t device[DEVICE_ID];      /* that made the backup */
	uint16_t suite;
	bool head, revoke;
	struct restored count;
};

static int
restore_refuse(char **why, int err, const char *path)
{
	switch (err) {
	case ERR_PASS:
		return client_refuse(why, err, "that passphrase does not open "
		    "%s: it is the one the profile had when the backup was "
		    "made", path);
	case ERR_NONE:
		return client_refuse(why, err, "there is no file %s: check "
		    "the name", path);
	case ERR_DENIED:
		return client_refuse(why, err, "%s can't be read: it is no "
		    "plain file, or the system does not permit it "
		    "(ls -l %s)", path, path);
	case ERR_FORMAT:
		return client_refuse(why, err, "%s is no backup of tacet: "
		    "look for the file that /backup has written", path);
	case ERR_VERSION:
		return client_refuse(why, err, "%s was written by a newer "
		    "tacet: install that version", path);
	case ERR_RANGE:
		return client_refuse(why, err, "%s asks for more memory or "
		    "time than a backup may: it was altered", path);
	case ERR_SHORT:
		return client_refuse(why, err, "%s ends too early: it was cut "
		    "off, copy it anew from where it came", path);
	case ERR_AUTH:
		return client_refuse(why, err, "%s is damaged or was altered: "
		    "nothing of it was taken, use another copy", path);
	default:
		return client_refuse(why, err, "%s can't be brought back: %s. "
		    "Nothing of it was taken", path, err_text(err));
	}
}

/* ---- items --------------------------------------------------------------- */

static int
restore_head(struct restore *s, struct bytes body)
{
	struct rd r = rd_of(body);
	char relay[ADDRESS_TEXT];
	struct bytes text, raw;
	const char *wrong;
	int err;

	s->count.made = (int64_t)rd_u64(&r);
	rd_copy(&r, s->device, DEVICE_ID);
	rd_copy(&r, s->key->secret, SIGN_SECRET);
	s->suite = rd_u16(&r);
	text = rd_view(&r, rd_u32(&r));
	raw = rd_view(&r, rd_u32(&r));
	(void)rd_u8(&r);        /* with history or without: one sees */
	if (rd_end(&r) != 0 || text.n >= sizeof(relay))
		return ERR_FORMAT;
	memcpy(relay, text.p, text.n);
	relay[text.n] = '\0';
	err = address_get(relay, &s->address, &wrong);
	if (err == 0)
		err = record_get(raw, &s->record);
	if (err == 0 && memcmp(s->key->secret + SIGN_SEED,
	    s->record.account_key, SIGN_PUBLIC) != 0)
		err = ERR_KEY;
	if (err == 0 && !s->address.pinned)
		err = ERR_PIN;
	buf_bytes(&s->raw, raw);
	s->head = err == 0;
	return err;
}

static int
restore_row(struct restore *s, enum table t, const struct archive_item *item)
{
	if (item->row <= 0 || item->owner < 0)
		return ERR_FORMAT;
	keep_reserve(&s->c->keep, t, item->row);
	if (t == TABLE_message)
		message_restore(s->c, item->owner, item->row, item->body);
	else
		keep_put(&s->c->keep, t, item->row, item->owner, NULL,
		    item->body);
	return 0;
}

/* Whatever was going on, its group is gone: who was in it is asked to let us
 * in; a request that was not answered has to be made again. */
static int
restore_talk(struct restore *s, const struct archive_item *item)
{
	struct rd r = rd_of(item->body);
	struct talk *t = talk_new(s->c, item->row);
	struct bytes title, draft;
	uint32_t i, n;
	uint8_t state;

	keep_reserve(&s->c->keep, TABLE_talk, item->row);
	t->person = item->owner;
	rd_copy(&r, t->log, WIRE_ID);
	state = rd_u8(&r);
	t->read_row = (int64_t)rd_u64(&r);
	t->last = (int64_t)rd_u64(&r);
	title = rd_view(&r, rd_u32(&r));
	t->title = safe_make(SAFE_NAME, title.p, title.n);
	draft = rd_view(&r, rd_u32(&r));
	t->draft = draft.n > 0 ? mem_format("%.*s", (int)draft.n,
	    (const char *)draft.p) : NULL;
	n = rd_u32(&r);
	for (i = 0; i < n && r.err == 0; i++) {
		t->member = mem_grow(t->member, t->members + 1,
		    sizeof(*t->member));
		t->member[t->members++] = (int64_t)rd_u64(&r);
	}
	t->state = state == TALK_OPEN || state == TALK_STOPPED ? TALK_OPEN :
	    TALK_CLOSED;
	t->secret->rejoin = t->state == TALK_OPEN;
	client_id(s->c, t->secret->rejoin_id);
	talk_dirty(t);
	s->count.talks += t->secret->rejoin;
	return rd_end(&r);
}

static int
restore_item(struct restore *s, const struct archive_item *item)
{
	if (s->head == (item->kind == ARCHIVE_HEAD))
		return ERR_FORMAT;      /* it comes first, and once */
	switch (item->kind) {
	case ARCHIVE_HEAD:
		return restore_head(s, item->body);
	case ARCHIVE_SETTING:
		return restore_row(s, TABLE_setting, item);
	case ARCHIVE_PERSON:
		s->count.people++;
		return restore_row(s, TABLE_person, item);
	case ARCHIVE_PAST:
		/* our own are those of another device's store: the chain is
		 * in the record */
		return item->owner == 0 ? 0 : restore_row(s, TABLE_past, item);
	case ARCHIVE_TALK:
		return restore_talk(s, item);
	case ARCHIVE_FILM:
		s->count.films++;
		return restore_row(s, TABLE_film, item);
	case ARCHIVE_WATCHED:
		return restore_row(s, TABLE_watched, item);
	case ARCHIVE_MESSAGE:
		s->count.messages++;
		return restore_row(s, TABLE_message, item);
	default:
		return ERR_FORMAT;
	}
}

static int
restore_items(struct restore *s, struct archive *a)
{
	struct archive_item item;
	int err;

	while ((err = archive_get(a, &item)) == 1) {
		err = restore_item(s, &item);
		if (err != 0)
			return err;
	}
	return err != 0 ? err : s->head ? 0 : ERR_FORMAT;
}

/* ---- this device --------------------------------------------------------- */

static int
restore_self(struct restore *s, struct bytes pass)
{
	struct client *c = s->c;
	int err;

	c->self.address = s->address;
	c->self.suite = s->suite;
	err = self_restore(c, &s->record, buf_view(&s->raw),
	    s->revoke ? s->device : NULL, s->key);
	if (err == 0)
		err = account_wrap(c, s->key, pass, false, false);
	if (err == 0)
		self_keep(c);
	return err;
}

/* From the disk, as an unlock finds it; people get back the hashes that they
 * are found by. */
static int
restore_load(struct restore *s)
{
	struct client *c = s->c;
	struct person *p;
	size_t i;
	int err;

	talks_flush(c);
	err = keep_commit(&c->keep);
	talks_free(c);
	self_free(&c->self);
	if (err == 0)
		err = client_load(c);
	for (i = 0; i < c->people && err == 0; i++) {
		p = c->person[i];
		if (p->state == PERSON_ASKED || p->state == PERSON_ASKING) {
			notice_add(c, NOTICE_INFO, p->row, false, "what was "
			    "open between you and %s when the backup was made "
			    "is lost: /add %s asks anew", p->name.s,
			    p->name.s);
			p->state = PERSON_KNOWN;
		}
		person_keep(c, p);
	}
	return err;
}

static void
restore_unlink(const struct client *c, const char *name)
{
	char *path = path_join(c->folder, name);

	(void)unlink(path);     /* it may not be there */
	free(path);
}

/* Nothing stays of what was begun. */
static void
restore_undo(struct client *c, bool made)
{
	c->open = true;         /* unload what there is */
	keep_drop_all(&c->keep);
	client_unload(c);
	if (!made)
		return;
	restore_unlink(c, "header");
	restore_unlink(c, "store.db");
	restore_unlink(c, "store.db-wal");
	restore_unlink(c, "store.db-shm");
	c->exists = false;
}

/* One notice for all of them, which has their time. */
static void
restore_told(struct restore *s)
{
	struct client *c = s->c;
	int64_t now = client_now(c);
	struct notice *n;
	size_t i;

	n = notice_add(c, s->count.talks > 0 ? NOTICE_HALT : NOTICE_INFO, 0,
	    false, "restored: %zu people, %zu messages; %zu conversations ask "
	    "to be let in again", s->count.people, s->count.messages,
	    s->count.talks);
	notice_about(c, n, NULL, now);
	for (i = 0; i < c->talks; i++) {
		if (!c->talk[i]->secret->rejoin)
			continue;
		halt_begin(c, c->talk[i], "it came out of a backup, and this "
		    "device is a new one");
		c->talk[i]->halt.since = now;
	}
}

static void
restore_begin(struct restore *s)
{
	struct client *c = s->c;
	char lost[2 * DEVICE_ID + 1];

	c->open = true;
	c->init_state = 1;
	free(c->init_why);
	c->init_why = NULL;
	if (s->revoke) {
		hex_put(lost, s->device, DEVICE_ID);
		(void)client_set(c, RESTORE_LOST, lost);
	}
	account_hold(c, s->key);
	s->key = NULL;
	c->session.off = false;
	c->screen.view = VIEW_list;
	session_end(c);
	client_connect(c);
	restore_told(s);
	client_event(c, EVENT_ready, NULL, NULL, NULL, NULL);
	client_show(c);
}

static int
restore_try(struct restore *s, struct archive *a, struct bytes pass,
    const char *path, char **why)
{
	bool made = s->c->vault == NULL;
	int err = init_store(s->c, pass, why);

	if (err != 0)
		return err;
	self_free(&s->c->self);
	err = restore_items(s, a);
	if (err == 0)
		err = restore_self(s, pass);
	if (err == 0)
		err = restore_load(s);
	if (err == 0) {
		restore_begin(s);
		return 0;
	}
	restore_undo(s->c, made);
	return restore_refuse(why, err, path);
}

int
client_restore(struct client *c, const char *path, struct bytes pass,
    bool revoke, struct restored *count, char **why)
{
	struct restore s = {.c = c, .revoke = revoke};
	struct archive *a;
	int err;

	if (!client_fresh(c) || c->self.registered)
		return client_refuse(why, ERR_EXISTS, "this profile has an "
		    "account: restore into another one, tacet --profile NAME "
		    "restore %s", path);
	err = archive_open(&a, path, pass);
	if (err != 0)
		return restore_refuse(why, err, path);
	s.key = mem_secret(sizeof(*s.key));
	s.raw.secret = true;
	err = restore_try(&s, a, pass, path, why);
	*count = s.count;
	archive_drop(a);
	account_close(&s.key);
	buf_free(&s.raw);
	return err;
}

/* The relay has a later record than the backup: ours follows that one. */
void
restore_stale(struct client *c, struct bytes raw)
{
	struct record r, base = c->self.past.n > 0 ?
	    c->self.past.at[c->self.past.n - 1].record : c->self.record;
	char *lost = client_setting(c, RESTORE_LOST);
	uint8_t id[DEVICE_ID];
	int err = record_get(raw, &r);

	if (err == 0)
		err = record_follows(&base, &r);
	if (err == 0 && c->self.held == NULL) {
		session_stop(c, ONLINE_STOP, "another device of yours has "
		    "changed your account since the backup: end tacet and "
		    "start it again, your passphrase signs the next record");
		return;
	}
	if (err == 0 && lost != NULL)
		err = hex_get(lost, strlen(lost), id, sizeof(id));
	if (err == 0)
		err = self_follow(c, &r, raw, lost != NULL ? id : NULL,
		    c->self.held);
	if (err != 0) {
		session_stop(c, ONLINE_STOP, "the relay shows a record of your "
		    "account that the backup can't follow (%s): nothing was "
		    "changed there. Ask its operator", err_text(err));
		return;
	}
	self_keep(c);
	c->session.flight_first = 0;
	timer_set(c->timer, 1);
}
