/* SPDX-License-Identifier: ISC */
/*
 * Fresh keys now and then: an Update of our own leaf, after joining by a
 * last-resort package, every week, or after many messages. It is a staged
 * commit: applied when the relay has taken it, dropped when another was
 * faster. Only while nothing else is on its way.
 */
#include "inside.h"

#define HEAL_EVERY (7 * DAY_MS)
#define HEAL_BODIES 500

static bool
heal_due(struct client *c, const struct talk *t)
{
	const struct talk_secret *s = t->secret;
	int64_t age = client_now(c) - s->healed;

	if (client_mono(c) < s->heal_at) {
		client_wake(c, s->heal_at);
		return false;
	}
	return t->state == TALK_OPEN && s->group != NULL && s->stage == NULL &&
	    s->outs == 0 && s->opened == c->session.generation &&
	    s->synced == c->session.generation &&
	    s->opened_epoch == t->epoch &&
	    (s->heal || s->since >= HEAL_BODIES ||
	    age > HEAL_EVERY || age < -CLOCK_SKEW); /* a clock was ahead */
}

static void
heal_make(struct client *c, struct talk *t)
{
	struct mls_commit_ask ask = {.path = true};
	uint8_t identity[CREDENTIAL_SIZE], id[WIRE_ID], access[KEY_SIZE];
	struct buf ext = {0};
	struct mls_made made = {0};
	struct mls_self self;
	struct mls_env env;
	struct out *o;
	int err;

	client_env(c, &env);
	self_look(c, identity, &ext, &self);
	ask.self = &self;
	err = mls_commit_make(&env, t->secret->group, &ask, &made);
	buf_free(&ext);
	t->secret->ratchet_dirty = true;
	if (err == 0)
		err = talk_access(made.stage->next, access);
	if (err != 0) {
		log_say(c->log, LOG_ERROR, "heal", "no update: %s",
		    err_text(err));
		mls_made_free(&made);
		t->secret->heal = false;
		t->secret->healed = client_now(c);
		return;
	}
	client_id(c, id);
	o = out_add(c, t, OUT_COMMIT, 0, id, NULL);
	memcpy(o->access, access, KEY_SIZE);
	mem_wipe(access, sizeof(access));
	buf_bytes(&o->entry, buf_view(&made.message));
	o->sealed = true;
	o->epoch = t->epoch;
	out_keep(c, t, o);
	t->secret->stage = made.stage;
	made.stage = NULL;
	stage_keep(c, t);
	mls_made_free(&made);
}

void
heal_drive(struct client *c, struct talk *t)
{
	if (heal_due(c, t))
		heal_make(c, t);
}
