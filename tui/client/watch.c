/* SPDX-License-Identifier: ISC */
/*
 * Our own entry in the directory, looked at once per connection: a version
 * that another device of ours has published is taken when it follows the one
 * we hold, and said. Anything else under our own key is told of loudly, for
 * then two who hold the account key disagree, or the relay shows an old one.
 */
#include "inside.h"

void
watch_drive(struct client *c)
{
	struct msg m = {.code = MSG_lookup_id};

	if (!session_up(c) || (!c->self.registered && !c->self.gone) ||
	    c->self.watched == c->session.generation)
		return;
	if (client_mono(c) < c->self.watch_at) {
		client_wake(c, c->self.watch_at);
		return;
	}
	memcpy(m.lookup_id.account, c->self.account, ACCOUNT_ID);
	if (request_ask(c, WANT_SELF, 0, &m))
		c->self.watched = c->session.generation;
}

static void
watch_differs(struct client *c, int err)
{
	if (c->self.differs)
		return;
	c->self.differs = true;
	notice_add(c, NOTICE_ERROR, 0, false, err == ERR_REPLAY ?
	    "the relay shows an older record of your own account than you "
	    "have signed: devices you revoked may look valid to others. Ask "
	    "its operator; /renew publishes a new one" :
	    "the relay shows a record of your own account that does not follow "
	    "yours (%s): somebody else may have your account key. Tell your "
	    "contacts over another way; /devices shows what is yours",
	    err_text(err));
	client_hint(c, true, "the relay shows another record of your account: "
	    "see the notices");
}

static void
watch_tell(struct client *c, const struct record *was, const struct record *is)
{
	size_t i, more = 0, less = 0;

	for (i = 0; i < is->devices; i++)
		more += record_device(was, is->device[i].id) == NULL;
	for (i = 0; i < was->devices; i++)
		less += record_device(is, was->device[i].id) == NULL;
	if (more == 0 && less == 0)
		return;
	notice_add(c, NOTICE_INFO, 0, false, "another device of yours has "
	    "changed your devices: %zu added, %zu revoked; /devices lists "
	    "them", more, less);
}

void
watch_looked(struct client *c, const struct answer *a)
{
	struct record r, was = c->self.record;
	int err = a->err;

	if (err == ERR_RATE || err == ERR_IO) {
		c->self.watched = 0;
		c->self.watch_at = answer_wait(c, a, 3);
		return;
	}
	if (err == ERR_CHANGED || audit_refused(err))
		return;         /* said already, with the next step */
	if (err == 0)
		err = record_get(a->data, &r);
	if (err == 0 && memcmp(r.account, c->self.account, ACCOUNT_ID) != 0)
		err = ERR_RULE;
	if (err == 0)
		err = self_record(c, &r, a->data);
	if (err != 0) {
		log_say(c->log, LOG_WARN, "watch", "our own record: %s",
		    err_text(err));
		if (c->session.stranger)
			session_stranger(c, false);
		else
			watch_differs(c, err);
		return;
	}
	c->self.differs = false;
	if (c->session.stranger || self_revoked(&c->self)) {
		session_stranger(c, true);
		return;
	}
	if (r.version > was.version) {
		watch_tell(c, &was, &r);
		client_event(c, EVENT_record, NULL, NULL, NULL, NULL);
	}
}
