/* SPDX-License-Identifier: ISC */
/*
 * From a message to its handler. Who may send it, in which state, and what it
 * costs stand in its row of msg.def and are judged here, before any handler
 * sees it; what a handler refuses is answered here, with the asker's number.
 */
#include "relay.h"

#define HANDLER_CLIENT(name) \
	case MSG_##name: \
		return on_##name(r, p, &m->name);
#define HANDLER_RELAY(name)
#define HANDLER_BOTH(name)
static int
dispatch_run(struct relay *r, struct peer *p, const struct msg *m)
{
	switch (m->code) {
#define MSG(code, name, from, state, cost, fields) HANDLER_##from(name)
#include "msg.def"
#undef MSG
	default:
		return 0;       /* ping and pong are the link's */
	}
}

/* Tokens of the account and of the address; ERR_RATE with the ms to wait. */
static int
dispatch_pay(struct relay *r, struct peer *p, const struct msg_row *row)
{
	const struct limits *l = &r->limits;
	unsigned cost = row->cost;
	int64_t wait;

	if (cost == 0)
		return 0;
	/* coming in is paid by the address: an account that has used up its
	 * tokens must still be able to hear so */
	if (p->known && row->state == STATE_KNOWN)
		wait = buckets_take_from(&r->buckets, p->pays, cost,
		    l->rate * 1000, l->burst);
	else
		wait = buckets_take_from(&r->buckets, p->pays_stranger, cost,
		    l->rate * 1000, l->burst);
	if (wait == 0)
		wait = buckets_take_from(&r->buckets, p->pays_address, cost,
		    l->address_rate * 1000, l->address_burst);
	if (wait == 0)
		return 0;
	return peer_refuse_at(p, ERR_RATE, (uint64_t)wait,
	    "too much at once: wait a moment");
}

static void
dispatch_refuse(struct relay *r, struct peer *p, const struct msg *m, int err)
{
	struct msg a = {.code = MSG_fail};
	const char *text = p->why ? p->why : err_text(err);

	assert(err < 0 && -err < ERRORS_MAX);
	r->count.refused[-err]++;
	if (m->code == MSG_log_append)
		append_refused(r, p, &m->log_append, err);
	log_say(r->log, LOG_DEBUG, "relay", "%s refused: %s",
	    msg_row[msg_index(m->code)].name, text);
	if (m->code == MSG_hello) {
		peer_close(r, p, err, "too much at once from this address");
		return;
	}
	if (++p->refusals > RELAY_ANGRY) {
		peer_close(r, p, ERR_RATE, "refused too often in a row");
		return;
	}
	a.fail.req = msg_req(m);
	if (a.fail.req == 0)
		return;
	a.fail.error = (uint16_t)-err;
	a.fail.number = p->number;
	a.fail.text = bytes_of(text, strlen(text));
	peer_put(r, p, &a);
}

void
dispatch(struct relay *r, struct peer *p, const struct msg *m)
{
	int i = msg_index(m->code), err;

	assert(i >= 0);         /* msg_get knew it */
	r->count.heard[i]++;
#ifdef TACET_TEST
	if (r->evil_hear && !r->evil_hear(r->evil_arg, r, p, m))
		return;
#endif
	p->why = NULL;
	p->number = 0;
	err = msg_gate(m->code, FROM_CLIENT, p->known ? STATE_KNOWN :
	    STATE_ANY);
	if (err == ERR_DENIED) {
		r->count.refused[-err]++;
		peer_close(r, p, ERR_RULE, "a message only a relay may send");
		return;
	}
	if (err)
		p->why = "this device is not registered here: register first";
	if (!err)
		err = dispatch_pay(r, p, &msg_row[i]);
	if (!err)
		err = dispatch_run(r, p, m);
	if (err == ERR_IO && !p->why)
		p->why = "the relay's disk is full: try again later";
	if (err)
		dispatch_refuse(r, p, m, err);
	else
		p->refusals = 0;
}

int
on_hello(struct relay *r, struct peer *p, const struct msg_hello *m)
{
	static const char agent[] = "tacetd " VERSION;
	struct msg a = {.code = MSG_greet};

	(void)m;                /* its agent is nobody's business */
	memcpy(a.greet.incarnation, r->incarnation, WIRE_ID);
	a.greet.now = (uint64_t)relay_now(r);
	a.greet.mode = r->limits.mode;
	a.greet.name = bytes_of(p->name, p->known ? strlen(p->name) : 0);
	a.greet.agent = bytes_of(agent, sizeof(agent) - 1);
	peer_put(r, p, &a);
	p->greeted = true;
	if (p->known)
		peer_hungry(r, p);
	return 0;
}
