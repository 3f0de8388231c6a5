/* SPDX-License-Identifier: ISC */
/*
 * Leaving a group. Nobody can commit its own Remove (RFC 9420 12.2), so each
 * device proposes it, and whoever is there commits. A proposal ends with its
 * epoch: until a commit has taken us out we follow the log and propose anew,
 * reading nothing.
 */
#include "inside.h"

static bool
leave_proposed(const struct mls_group *g)
{
	struct mls_pending_view v;
	size_t i;

	for (i = 0; mls_pending_at(g, i, &v) == 0; i++)
		if (v.type == MLS_REMOVE && v.removed == mls_group_self(g))
			return true;
	return false;
}

void
leave_drive(struct client *c, struct talk *t)
{
	struct mls_propose_ask ask = {.type = MLS_REMOVE};
	struct talk_secret *s = t->secret;
	struct mls_env env;
	uint8_t id[WIRE_ID];
	struct buf message = {0};
	struct out *o;
	int err;

	if (!s->leaving || s->group == NULL || s->outs > 0 ||
	    s->opened != c->session.generation ||
	    s->synced != c->session.generation ||
	    s->opened_epoch != t->epoch || leave_proposed(s->group))
		return;
	client_env(c, &env);
	ask.remove = mls_group_self(s->group);
	err = mls_propose(&env, s->group, &ask, &message);
	s->ratchet_dirty = true;
	if (err == 0) {
		client_id(c, id);
		o = out_add(c, t, OUT_LEAVE, 0, id, NULL);
		buf_bytes(&o->entry, buf_view(&message));
		out_ready(c, t, o);
	} else {
		log_say(c->log, LOG_ERROR, "leave", "not proposed: %s",
		    err_text(err));
		leave_done(c, t);
	}
	buf_free(&message);
}

/* We are out: nothing of the group is kept. */
void
leave_done(struct client *c, struct talk *t)
{
	outs_fail(c, t, ERR_STATE);
	branch_drop(c, t);
	talk_forget(c, t);
	t->secret->leaving = false;
	members_note(c, t);
	talk_dirty(t);
}
