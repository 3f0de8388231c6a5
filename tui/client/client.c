/* SPDX-License-Identifier: ISC */
/*
 * The client as a whole: opened, turned, closed. The turn of the program is
 * here as three functions: think drives whatever is due, keep writes all that
 * has changed in one transaction, say lets go of what was kept and tells of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "play.h"
#include "publish.h"
#include "trust.h"

#define KEEP_AGAIN_MS 1000

int64_t
client_now(const struct client *c)
{
	return clock_wall(c->clock);
}

int64_t
client_mono(const struct client *c)
{
	return clock_mono(c->clock);
}

void
client_wake(struct client *c, int64_t mono)
{
	if (mono > 0 && (c->wake == 0 || mono < c->wake))
		c->wake = mono;
}

void
client_show(struct client *c)
{
	c->dirty = true;
}

bool
client_dirty(struct client *c)
{
	bool was = c->dirty;

	c->dirty = false;
	return was;
}

void
client_id(struct client *c, uint8_t id[static WIRE_ID])
{
	rng_fill(c->rng, id, WIRE_ID);
}

/* The timer only ends the wait; what is due is found by client_think. */
static void
client_tick(void *arg)
{
	(void)arg;
}

static int
client_folder(struct client *c, char **why)
{
	const char *folder = c->folder;
	char *path;
	int err;

	err = path_private_dir(folder);
	if (err != 0)
		return profile_refuse(why, err, folder);
	err = profile_lock(folder, &c->lock_fd);
	if (err == ERR_BUSY)
		return client_refuse(why, err, "this profile is open in "
		    "process %ld: use that one, or end it with kill %ld",
		    profile_holder(folder), profile_holder(folder));
	if (err != 0) {
		path = path_join(folder, "lock");
		(void)profile_refuse(why, err, path);
		free(path);
		return err;
	}
	c->exists = profile_exists(folder);
	return 0;
}

int
client_open(struct client **out, const struct client_setup *setup, char **why)
{
	struct client *c = mem_alloc(sizeof(*c));
	int err;

	*out = NULL;
	c->setup = *setup;
	if (c->setup.suite == 0)
		c->setup.suite = MLS_SUITE_XWING;
	if (c->setup.pass_mem_kib == 0)
		c->setup.pass_mem_kib = PASS_MEM_KIB;
	if (c->setup.pass_ops == 0)
		c->setup.pass_ops = PASS_OPS;
	c->folder = mem_string(setup->profile);
	c->loop = setup->loop;
	c->clock = loop_clock(c->loop);
	c->rng = loop_rng(c->loop);
	c->log = setup->log;
	c->lock_fd = -1;
	c->turn = 1;
	c->timer = timer_new(c->loop, client_tick, c);
	screen_init(&c->screen);
	err = client_folder(c, why);
	if (err != 0) {
		client_close(c);
		return err;
	}
	c->screen.view = c->exists ? VIEW_lock : VIEW_first;
	c->dirty = true;
	*out = c;
	return 0;
}

void
client_close(struct client *c)
{
	if (c == NULL)
		return;
	if (c->open) {
		client_draft(c);
		play_free(c);
		/* what can't be written now was never acknowledged */
		(void)client_keep(c);
		client_unload(c);
	}
	linkup_free(c);
	keep_close(&c->keep);
	timer_free(c->timer);
	screen_wipe(&c->screen);
	edit_free(&c->screen.edit);
	safe_free(&c->screen.help);
	safe_free(&c->screen.hint);
	free(c->session.why);
	free(c->session.failed);
	free(c->event);
	free(c->init_why);
	free(c->folder);
	if (c->lock_fd >= 0)
		(void)close(c->lock_fd);        /* holds only the lock */
	mem_wipe(c, sizeof(*c));
	free(c);
}

long
client_holder(const char *profile)
{
	return profile_holder(profile);
}

/* ---- the turn ---------------------------------------------------------- */

void
client_think(struct client *c)
{
	int64_t now;

	linkup_drive(c);
	if (!c->open)
		return;
	c->wake = 0;
	session_drive(c);
	if (!c->keep_failed) {
		first_drive(c);
		audit_drive(c);
		watch_drive(c);
		change_due(c);
		ours_drive(c);
		inboxes_drive(c);
		stock_drive(c);
		jobs_drive(c);
		follow_drive(c);
		rejoin_drive(c);
		halted_drive(c);
		backup_drive(c);
		receipts_drive(c);
		outs_drive(c);
		people_drive(c);
		seek_drive(c);
		newkey_drive(c);
		compare_drive(c);
		publishing_drive(c);
		films_drive(c);
		seen_drive(c);
		play_drive(c);
	} else {
		client_wake(c, client_mono(c) + KEEP_AGAIN_MS);
	}
	talks_sort(c);
	now = client_mono(c);
	if (c->erase_at != 0 && now >= c->erase_at) {
		c->keep.erased = true;
		c->erase_at = 0;
	}
	client_wake(c, c->erase_at);
	if (c->wake == 0)
		timer_stop(c->timer);
	else
		timer_set(c->timer, c->wake > now ? c->wake - now : 1);
}

static void
client_unkept(struct client *c, int err)
{
	if (!c->keep_failed) {
		log_say(c->log, LOG_ERROR, "keep", "%s (%s)", err_text(err),
		    db_why(c->keep.db));
		client_hint(c, true, "can't write to %s: %s; nothing is sent "
		    "until it can (df %s)", c->folder, err_text(err),
		    c->folder);
	}
	c->keep_failed = true;
	if (c->session.link != NULL)
		link_pause(c->session.link, true);
	timer_set(c->timer, KEEP_AGAIN_MS);
}

int
client_keep(struct client *c)
{
	int err;

	if (!c->open)
		return 0;
	talks_flush(c);
	err = keep_commit(&c->keep);
	if (err != 0) {
		client_unkept(c, err);
		return err;
	}
	if (c->keep_failed) {
		c->keep_failed = false;
		if (c->session.link != NULL)
			link_pause(c->session.link, false);
		client_hint(c, false, "writing to %s works again", c->folder);
		timer_set(c->timer, 1);
	}
	c->kept = c->turn++;
	return 0;
}

static void
client_tell(struct client *c, const struct event_note *n)
{
	struct event e = {.kind = n->kind};
	struct talk *t = client_talk(c, n->talk);
	size_t i;

	e.talk = t;
	if (t != NULL && n->message != 0)
		e.message = message_row(t, n->message);
	e.person = client_person(c, n->person);
	for (i = 0; i < c->notices && n->notice != 0; i++)
		if (c->notice[i]->row == n->notice)
			e.notice = c->notice[i];
	c->setup.event(c->setup.arg, &e);
}

/* Told only after it is kept; an event may cause the next. */
void
client_tell_all(struct client *c)
{
	struct event_note note;
	size_t i;

	for (i = 0; i < c->events; i++) {
		note = c->event[i];
		client_tell(c, &note);
	}
	c->events = 0;
}

void
client_say(struct client *c)
{
	if (c->keep_failed)
		return;
	keep_crash("say-before");
	if (c->session.link != NULL)
		link_say(c->session.link, c->kept);
	linkup_say(c);
	keep_crash("say-after");
	client_tell_all(c);
}

void
client_event(struct client *c, enum event_kind kind, const struct talk *t,
    const struct message *m, const struct person *p, const struct notice *n)
{
	struct event_note *e;

	if (c->setup.event == NULL)
		return;
	/* states are read when the event is told: once a turn is enough */
	for (size_t i = 0; i < c->events; i++)
		if (kind == c->event[i].kind && (kind == EVENT_link ||
		    (kind == EVENT_person && p != NULL &&
		    c->event[i].person == p->row)))
			return;
	c->event = mem_grow(c->event, c->events + 1, sizeof(*c->event));
	e = &c->event[c->events++];
	*e = (struct event_note){.kind = kind};
	e->talk = t != NULL ? t->row : 0;
	e->message = m != NULL ? m->row : 0;
	e->person = p != NULL ? p->row : 0;
	e->notice = n != NULL ? n->row : 0;
}

/* ---- what is simply read ------------------------------------------------ */

bool
client_fresh(const struct client *c)
{
	if (!c->exists)
		return true;
	return c->open && !c->self.registered && c->init_state != 1;
}

bool
client_locked(const struct client *c)
{
	return c->exists && !c->open;
}

struct screen *
client_screen(struct client *c)
{
	return &c->screen;
}

const char *
client_name(const struct client *c)
{
	return c->self.name;
}

const uint8_t *
client_account(const struct client *c)
{
	return c->self.account;
}

const struct record *
client_record(const struct client *c)
{
	return &c->self.record;
}

const struct address *
client_address(const struct client *c)
{
	return &c->self.address;
}

struct loop *
client_loop(struct client *c)
{
	return c->loop;
}

struct log *
client_log(struct client *c)
{
	return c->log;
}

int
client_invite_address(const struct client *c, char out[static ADDRESS_TEXT])
{
	if (!c->self.have)
		return ERR_STATE;
	address_put(&c->self.address, false, out);
	return 0;
}

void
client_hint(struct client *c, bool bad, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = mem_vformat(fmt, ap);
	va_end(ap);
	safe_wipe(&c->screen.hint);
	c->screen.hint = safe_make(SAFE_LINE, s, strlen(s));
	c->screen.hint_bad = bad;
	log_say(c->log, bad ? LOG_WARN : LOG_INFO, "hint", "%s", s);
	string_wipe(&s);
	client_show(c);
}

/* Requests and answers, and what others need to reach us while we are away. */
static bool
settled_jobs(const struct client *c)
{
	/* who has left no keys yet is invited when they come back */
	for (size_t i = 0; i < c->jobs; i++)
		if (c->job[i]->kind != JOB_INVITE || c->job[i]->tries == 0)
			return false;
	/* a one-time package whose answer was lost is never put again */
	for (size_t i = 0; i < c->packages; i++)
		if (!c->package[i]->put && (c->package[i]->last ||
		    c->package[i]->flight == c->session.generation))
			return false;
	for (size_t i = 0; i < c->inboxes; i++)
		if (!c->inbox[i]->put && c->inbox[i]->replaced == 0)
			return false;
	return true;
}

bool
client_settled(const struct client *c, bool at_device)
{
	size_t i, k;

	if (!settled_jobs(c))
		return false;
	for (i = 0; i < c->talks; i++) {
		const struct talk *t = c->talk[i];

		if (t->waiting > 0)
			return false;
		for (k = 0; k < t->secret->outs; k++)
			if (t->secret->out[k]->kind == OUT_SAYING)
				return false;
		for (k = 0; at_device && k < t->messages; k++)
			if (t->message[k].mine &&
			    (t->message[k].kind == MESSAGE_TEXT ||
			    t->message[k].kind == MESSAGE_FILM) &&
			    t->message[k].ladder < LADDER_DEVICE)
				return false;
	}
	return true;
}

bool
client_quiet(const struct client *c)
{
	if (!client_settled(c, false))
		return false;
	for (size_t i = 0; session_registered(c) && i < c->talks; i++) {
		const struct talk *t = c->talk[i];

		if (talk_can_send(t) && (t->secret->outs > 0 ||
		    (t->secret->dues > 0 && t->state == TALK_OPEN)))
			return false;
	}
	return true;
}
