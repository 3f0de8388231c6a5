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
	return defence(heal) && t->state == TALK_OPEN && s->group != NULL && s->stage == NULL &&
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
	uint8_t identity[CREDENTIAL_SIZE], id[WIRE_ID];
	struct buf ext = {0};
	struct mls_self self;
	int err;

	self_look(c, identity, &ext, &self);
	ask.self = &self;
	err = commit_put(c, t, &ask, false, id, NULL);
	buf_free(&ext);
	if (err == 0)
		return;
	log_say(c->log, LOG_ERROR, "heal", "no update: %s", err_text(err));
	t->secret->heal = false;
	t->secret->healed = client_now(c);
}

void
heal_drive(struct client *c, struct talk *t)
{
	if (heal_due(c, t))
		heal_make(c, t);
}
