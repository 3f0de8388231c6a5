/* SPDX-License-Identifier: ISC */
/*
 * The first run's question to the relay: may this name be ours? What it
 * refuses becomes a sentence, and the profile stays as it is, for another try.
 */
#include <stdlib.h>

#include "inside.h"

void
first_drive(struct client *c)
{
	struct session *s = &c->session;
	struct msg m = {.code = MSG_enrol};

	/* a linked device is registered by its account's record */
	if (!session_up(c) || c->self.registered || c->self.gone ||
	    c->init_state != 1 ||
	    s->flight_first == s->generation)
		return;
	if (c->self.address.invited)
		m.enrol.invite = bytes_of(c->self.address.invite, INVITE_SIZE);
	m.enrol.record = buf_view(&c->self.record_raw);
	if (request_ask(c, WANT_ENROL, 0, &m))
		s->flight_first = s->generation;
}

static char *
first_sentence(const struct client *c, const struct answer *a)
{
	const char *name = c->self.name;
	struct safe text;
	char *s;

	switch (a->err) {
	case ERR_EXISTS:
		return mem_format("the name %s is taken on this relay: choose "
		    "another, for example tacet init %s2", name, name);
	case ERR_INVITE:
		return mem_format(c->self.address.invited ? "the invite is not "
		    "valid: it was used, has expired or was revoked. Ask the "
		    "relay's operator for a new one (tacetd invite)" :
		    "this relay takes new accounts by invite only: ask its "
		    "operator for one (tacetd invite)");
	case ERR_CLOSED:
		return mem_format("this relay takes no new accounts: ask its "
		    "operator, or use another relay's address");
	default:
		text = safe_make(SAFE_LINE, a->text.p, a->text.n);
		s = mem_format("the relay refused to register %s: %s", name,
		    text.n > 0 ? text.s : err_text(a->err));
		safe_free(&text);
		return s;
	}
}

void
first_enrolled(struct client *c, const struct answer *a)
{
	if (a->err == ERR_RATE) {
		/* asked again on a fresh connection */
		session_stop(c, ONLINE_WAIT, "the relay is busy");
		c->session.retry_at = answer_wait(c, a, 0);
		timer_set(c->timer, c->session.retry_at - client_mono(c));
		return;
	}
	if (a->err == 0 && a->data.n > 0) {
		restore_stale(c, a->data);
		return;
	}
	if (a->err != 0) {
		free(c->init_why);
		c->init_why = first_sentence(c, a);
		c->init_state = a->err;
		notice_add(c, NOTICE_ERROR, 0, false, "%s", c->init_why);
		session_stop(c, ONLINE_STOP, "%s", c->init_why);
		return;
	}
	c->self.registered = true;
	c->self.address.invited = false;
	mem_wipe(c->self.address.invite, INVITE_SIZE);
	c->init_state = 0;
	self_keep(c);
	if (!c->self.gone)
		notice_add(c, NOTICE_INFO, 0, false, "you are %s on %s: "
		    "/add NAME asks somebody to talk", c->self.name,
		    c->self.address.host);
	client_event(c, EVENT_ready, NULL, NULL, NULL, NULL);
	client_show(c);
}
