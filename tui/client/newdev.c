/* SPDX-License-Identifier: ISC */
/*
 * This device is new: it makes its keys, waits at a place for one that has the
 * account, and takes what that one hands over. Until all of it has come there
 * is no store: a device that was not linked leaves nothing behind. Its
 * connection is a stranger's; it is registered by the other one's record.
 */
#include <stdio.h>
#include <stdlib.h>

#include "linkup.h"

/* ---- the connection ------------------------------------------------------ */

static void
newdev_opened(void *arg, struct link *l)
{
	static const char agent[] = "tacet";
	struct msg m = {.code = MSG_hello};
	struct client *c = arg;

	if (c == NULL)
		return;
	m.hello.agent = bytes_of(agent, sizeof(agent) - 1);
	if (link_put(l, c->turn, &m) != 0)
		linkup_over(c, "the relay has hung up: try again");
}

/* Four words at random, which lead to a place */
static void
newdev_code(struct client *c)
{
	struct linkup *u = c->linkup;
	struct msg m = {.code = MSG_meet_open};
	uint8_t place[WIRE_ID];
	struct buf b = {0};
	int err;

	for (size_t i = 0; i < PAIRING_CODE; i++)
		u->code[i] = (uint16_t)rng_below(c->rng, WORDS);
	words_put(u->code, PAIRING_CODE, &b);
	assert(b.n < sizeof(u->view.code));
	memcpy(u->view.code, b.p, b.n);
	u->view.code[b.n] = '\0';
	buf_free(&b);
	pairing_place(u->code, place);
	err = pairing_new(&u->pairing, c->rng, place, u->sign, u->transport);
	m.meet_open.req = ++u->req;
	memcpy(m.meet_open.place, place, WIRE_ID);
	if (err == 0)
		err = link_put(u->link, c->turn, &m);
	if (err != 0)
		linkup_over(c, "no keys could be made, or the relay has hung "
		    "up: %s", err_text(err));
}

static void
newdev_fail(struct client *c, const struct msg_fail *f)
{
	struct linkup *u = c->linkup;
	struct safe text;

	if (!u->joined && f->error == -ERR_EXISTS) {
		newdev_code(c);
		return;
	}
	text = safe_make(SAFE_LINE, f->text.p, f->text.n);
	linkup_over(c, "the relay refused: %s; try again in a moment",
	    text.s);
	safe_free(&text);
}

static void
newdev_gone(struct client *c)
{
	if (c->linkup->view.step == LINKUP_CODE)
		linkup_over(c, "ten minutes are over and nobody came: begin "
		    "anew");
	else
		linkup_over(c, "the other device ended it, or lost its "
		    "connection: nothing was taken over; begin anew");
}

static void
newdev_heard(void *arg, struct link *l, const struct msg *m)
{
	struct client *c = arg;

	if (c == NULL || c->linkup == NULL || c->linkup->link != l)
		return;
	switch (m->code) {
	case MSG_greet:
		newdev_code(c);
		break;
	case MSG_done:
		if (c->linkup->joined)
			break;
		c->linkup->joined = true;
		linkup_step(c, LINKUP_CODE);
		break;
	case MSG_fail:
		newdev_fail(c, &m->fail);
		break;
	case MSG_meet_got:
		linkup_got(c, m->meet_got.data);
		break;
	case MSG_meet_end:
		newdev_gone(c);
		break;
	default:
		break;
	}
}

static void
newdev_closed(void *arg, struct link *l, int err, const char *text)
{
	struct client *c = arg;
	struct safe why;

	(void)l;
	if (c == NULL || c->linkup == NULL)
		return;
	c->linkup->link = NULL;
	if (err == ERR_PIN || err == ERR_KEY) {
		linkup_over(c, "the relay at %s does not have the key in the "
		    "address: nothing was sent. Type the address as the other "
		    "device shows it with /address",
		    c->linkup->address.host);
		return;
	}
	why = safe_make(SAFE_LINE, text, strlen(text));
	linkup_over(c, "the connection to %s has ended: %s; try again",
	    c->linkup->address.host, why.s);
	safe_free(&why);
}

static void
newdev_dial(struct client *c)
{
	struct linkup *u = c->linkup;
	struct link_setup setup = {
		.loop = c->loop,
		.on = {newdev_opened, newdev_heard, newdev_closed},
		.arg = c,
		.secret = u->secret->transport,
	};

#ifdef TACET_TEST
	if (c->setup.dial != NULL) {
		u->link = c->setup.dial(c->setup.dial_arg, &setup,
		    u->address.host, u->address.port, u->address.pin);
		return;
	}
#endif
	u->link = link_dial(&setup, u->address.host, u->address.port,
	    u->address.pin);
}

void
newdev_end(struct client *c)
{
	struct linkup *u = c->linkup;

	if (u->link == NULL)
		return;
	link_set_arg(u->link, NULL);
	link_say(u->link, c->turn);
	link_close(u->link, 0, "linking is over");
	u->link = NULL;
}

int
newdev_put(struct client *c, struct bytes data)
{
	struct linkup *u = c->linkup;
	struct msg m = {.code = MSG_meet_put};

	if (u->link == NULL)
		return ERR_NET;
	m.meet_put.req = ++u->req;
	memcpy(m.meet_put.place, u->pairing.place, WIRE_ID);
	m.meet_put.data = data;
	return link_put(u->link, c->turn, &m);
}

void
newdev_say(struct client *c, uint64_t kept)
{
	if (c->linkup->link != NULL)
		link_say(c->linkup->link, kept);
}

/* ---- beginning ----------------------------------------------------------- */

int
client_link_new(struct client *c, struct bytes pass,
    const struct address *relay, char **why)
{
	struct linkup *u;
	int err = init_judge(c, "new", pass, relay, why);

	if (err != 0)
		return err;
	u = linkup_start(c, false);
	u->address = *relay;
	u->address.invited = false;
	buf_bytes(&u->pass, pass);
	u->secret = mem_secret(sizeof(*u->secret));
	sign_keypair(c->rng, u->sign, u->secret->sign);
	dh_keypair(c->rng, u->transport, u->secret->transport);
	linkup_step(c, LINKUP_DIAL);
	newdev_dial(c);
	return 0;
}

/* ---- taking over --------------------------------------------------------- */

/* All has come: now there is a store, and in it everything at once. */
static void
newdev_keep(struct client *c)
{
	struct linkup *u = c->linkup;
	struct handed *h = &u->handed;
	struct buf b = {0};
	char *why = NULL;
	int err;

	err = init_store(c, buf_view(&u->pass), &why);
	if (err == 0) {
		c->open = true;
		err = self_linked(c, u->secret, &h->record, buf_view(&h->raw),
		    &u->address, h->suite);
	}
	if (err == 0 && h->has_key)
		err = account_wrap(c, h->key, buf_view(&u->pass), false,
		    false);
	if (err != 0) {
		linkup_over(c, "this device can't keep the account: %s",
		    why != NULL ? why : err_text(err));
		free(why);
		return;
	}
	u->secret = NULL;       /* self has it */
	handed_take(c, h);
	keep_crash("linked-before");
	hand_item(&b, HAND_KEPT, bytes_of(NULL, 0));
	err = linkup_seal(c, buf_view(&b));
	buf_free(&b);
	if (err != 0)
		log_say(c->log, LOG_WARN, "newdev", "not said: %s",
		    err_text(err));
	c->init_state = 1;
	u->view.talks = h->talks;
	u->taken = c->turn;
}

void
newdev_item(struct client *c, enum hand kind, struct rd *r)
{
	struct linkup *u = c->linkup;
	struct handed *h = &u->handed;
	int err = handed_item(h, kind, r);

	if (err == 0 && kind == HAND_ACCOUNT &&
	    (memcmp(h->record.account_key, u->pairing.account_key,
	    SIGN_PUBLIC) != 0 || h->suite != c->setup.suite))
		err = ERR_KEY;
	if (err != 0) {
		linkup_over(c, "what the other device handed over is no good "
		    "(%s): nothing of it was kept; begin anew", err_text(err));
		return;
	}
	u->view.done = h->people + h->settings + h->messages;
	client_show(c);
	if (h->whole)
		newdev_keep(c);
}

/* What was said in the turn that kept it all has left: on to the session. */
void
newdev_drive(struct client *c)
{
	if (c->linkup->taken == 0 || c->kept < c->linkup->taken)
		return;
	linkup_step(c, LINKUP_DONE);
	notice_add(c, NOTICE_INFO, 0, false, "this device is one of %s's from "
	    "now on: your conversations come to it one by one",
	    c->self.name);
	c->session.off = false;
	client_event(c, EVENT_ready, NULL, NULL, NULL, NULL);
	client_connect(c);
}
