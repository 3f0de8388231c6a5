/* SPDX-License-Identifier: ISC */
/*
 * Linking a device: what both ends share. They find each other by four words,
 * show seven, and a person says on both that they are the same; only then
 * anything secret is sealed, and it is sealed for the keys that the words
 * stand for. Whatever goes wrong ends it with a sentence and leaves nothing
 * behind. What is linked so far is in memory alone.
 */
#include <stdio.h>
#include <stdlib.h>

#include "linkup.h"

static void
linkup_tick(void *arg)
{
	(void)arg;              /* the turn that follows looks at the clock */
}

struct linkup *
linkup_start(struct client *c, bool old)
{
	struct linkup *u = mem_secret(sizeof(*u));

	linkup_free(c);
	c->linkup = u;
	u->view.old = old;
	u->pass.secret = true;
	u->handed.raw.secret = true;
	u->timer = timer_new(c->loop, linkup_tick, c);
	u->until = client_mono(c) + LINKUP_MS;
	timer_set(u->timer, 1);
	client_show(c);
	return u;
}

/* All but what is shown */
static void
linkup_clear(struct client *c)
{
	struct linkup *u = c->linkup;

	newdev_end(c);
	if (u->secret != NULL)
		mem_secret_free(u->secret);
	u->secret = NULL;
	account_close(&u->key);
	handed_free(&u->handed);
	buf_free(&u->pass);
	pairing_wipe(&u->pairing);
	timer_stop(u->timer);
	u->until = 0;
}

void
linkup_free(struct client *c)
{
	struct linkup *u = c->linkup;

	if (u == NULL)
		return;
	linkup_clear(c);
	timer_free(u->timer);
	free(u->view.why);
	mem_secret_free(u);
	c->linkup = NULL;
}

static bool
linkup_runs(const struct linkup *u)
{
	return u != NULL && u->view.step != LINKUP_OVER &&
	    u->view.step != LINKUP_DONE;
}

void
linkup_step(struct client *c, enum linkup_step step)
{
	struct linkup *u = c->linkup;

	u->view.step = step;
	if (step == LINKUP_DONE)
		linkup_clear(c);
	client_event(c, EVENT_linking, NULL, NULL, NULL, NULL);
	client_show(c);
}

/* The other end and the relay's place for us, once it is over here */
static void
linkup_leave(struct client *c)
{
	struct linkup *u = c->linkup;
	struct msg m = {.code = MSG_meet_close};

	if (!u->view.old || !u->joined)
		return;
	memcpy(m.meet_close.place, u->pairing.place, WIRE_ID);
	u->joined = false;
	if (u->generation == c->session.generation)
		(void)request_ask(c, WANT_MEET_CLOSE, 0, &m);
}

void
linkup_over(struct client *c, const char *fmt, ...)
{
	struct linkup *u = c->linkup;
	va_list ap;
	char *s;

	if (!linkup_runs(u))
		return;
	va_start(ap, fmt);
	s = mem_vformat(fmt, ap);
	va_end(ap);
	free(u->view.why);
	u->view.why = s;
	log_say(c->log, LOG_WARN, "linkup", "%s", s);
	linkup_leave(c);
	u->view.step = LINKUP_OVER;
	linkup_clear(c);
	client_event(c, EVENT_linking, NULL, NULL, NULL, NULL);
	client_show(c);
}

int
linkup_put(struct client *c, struct bytes data)
{
	return c->linkup->view.old ? olddev_put(c, data) : newdev_put(c, data);
}

int
linkup_seal(struct client *c, struct bytes items)
{
	struct buf out = {0};
	int err;

	err = pairing_seal(&c->linkup->pairing, items, &out);
	if (err == 0)
		err = linkup_put(c, buf_view(&out));
	buf_free(&out);
	return err;
}

/* ---- what comes ---------------------------------------------------------- */

static void
linkup_compare(struct client *c)
{
	struct linkup *u = c->linkup;
	uint16_t word[PAIRING_WORDS];
	struct buf b = {0};

	pairing_words(&u->pairing, word);
	words_put(word, PAIRING_WORDS, &b);
	assert(b.n < sizeof(u->view.words));
	memcpy(u->view.words, b.p, b.n);
	u->view.words[b.n] = '\0';
	buf_free(&b);
	linkup_step(c, LINKUP_COMPARE);
}

static int
linkup_hear(struct client *c, struct bytes in)
{
	struct linkup *u = c->linkup;
	struct buf out = {0};
	int err;

	err = pairing_hear(&u->pairing, in, u->view.old ?
	    c->self.secret->sign : u->secret->sign, &out);
	if (err == 0 && out.n > 0)
		err = linkup_put(c, buf_view(&out));
	buf_free(&out);
	if (err == 0 && pairing_ready(&u->pairing))
		linkup_compare(c);
	else if (err == 0 && u->view.step < LINKUP_MEET)
		linkup_step(c, LINKUP_MEET);
	return err;
}

static void
linkup_item(struct client *c, enum hand kind, struct rd *r)
{
	struct linkup *u = c->linkup;

	if (kind == HAND_NO) {
		linkup_over(c, "it was ended on the other device: the words "
		    "were not the same, or somebody changed their mind. "
		    "Nothing was handed over; /link begins anew");
	} else if (kind == HAND_YES) {
		u->their_yes = true;
		linkup_yes(c);
	} else if (!u->yes || !u->their_yes) {
		linkup_over(c, "the other device went on before the words "
		    "were compared: nothing was taken from it");
	} else if (u->view.old) {
		olddev_item(c, kind, r);
	} else {
		newdev_item(c, kind, r);
	}
}

static int
linkup_open(struct client *c, struct bytes in)
{
	struct linkup *u = c->linkup;
	struct buf plain = {.secret = true};
	struct rd r, item;
	uint8_t kind;
	int err;

	err = pairing_open(&u->pairing, in, &plain);
	r = rd_of(buf_view(&plain));
	while (err == 0 && linkup_runs(u) && rd_left(&r) > 0) {
		kind = rd_u8(&r);
		item = rd_sub(&r, rd_u32(&r));
		err = r.err;
		if (err == 0)
			linkup_item(c, (enum hand)kind, &item);
	}
	buf_free(&plain);
	return err;
}

void
linkup_got(struct client *c, struct bytes in)
{
	struct linkup *u = c->linkup;
	int err;

	if (!linkup_runs(u))
		return;
	err = pairing_ready(&u->pairing) ? linkup_open(c, in) :
	    linkup_hear(c, in);
	if (err == ERR_VERSION)
		linkup_over(c, "the other device's tacet is of another "
		    "version: install the same on both (tacet --version)");
	else if (err != 0)
		linkup_over(c, "what came from the other end is no good (%s): "
		    "somebody may sit between. Nothing was handed over; begin "
		    "anew, and compare the words", err_text(err));
}

/* ---- the person ---------------------------------------------------------- */

void
linkup_yes(struct client *c)
{
	struct linkup *u = c->linkup;

	if (!u->yes)
		return;
	if (!u->their_yes)
		linkup_step(c, LINKUP_WAIT);
	else if (u->view.old)
		linkup_step(c, LINKUP_SIGN);
	else
		linkup_step(c, LINKUP_HAND);
}

int
client_link_answer(struct client *c, bool yes, unsigned with, char **why)
{
	struct linkup *u = c->linkup;
	struct buf b = {0};
	int err;

	if (!linkup_runs(u) || u->view.step != LINKUP_COMPARE)
		return client_refuse(why, ERR_STATE, "there are no words to "
		    "compare: /link WORDS begins, with those that the new "
		    "device shows");
	hand_item(&b, yes ? HAND_YES : HAND_NO, bytes_of(NULL, 0));
	err = linkup_seal(c, buf_view(&b));
	buf_free(&b);
	if (!yes) {
		linkup_over(c, "you said that the words are not the same: "
		    "nothing was handed over. If they differed, somebody sat "
		    "between; over another network, /link begins anew");
		return 0;
	}
	if (err != 0)
		return client_refuse(why, err, "the other device can't be "
		    "reached: %s", err_text(err));
	u->yes = true;
	u->may_sign = (with & LINK_SIGN) != 0;
	u->history = (with & LINK_HISTORY) != 0;
	linkup_yes(c);
	return 0;
}

void
client_link_stop(struct client *c)
{
	struct buf b = {0};

	if (!linkup_runs(c->linkup)) {
		linkup_free(c);
		client_show(c);
		return;
	}
	if (pairing_ready(&c->linkup->pairing)) {
		hand_item(&b, HAND_NO, bytes_of(NULL, 0));
		if (linkup_seal(c, buf_view(&b)) != 0)
			log_say(c->log, LOG_DEBUG, "linkup", "not said; the "
			    "meeting's end will say it");
		buf_free(&b);
	}
	linkup_over(c, "you ended it: nothing was handed over");
}

bool
client_link_ends(const struct client *c)
{
	return linkup_runs(c->linkup) && c->linkup->taken == 0;
}

void
client_link_line(const struct linkup_view *v, char line[static LINK_LINE])
{
	int n = snprintf(line, LINK_LINE, LINK_HEAD "%s", v->code);

	assert(n > 0 && n < LINK_LINE);
	for (char *p = line; *p != '\0'; p++)
		*p = *p == ' ' ? '-' : *p >= 'a' && *p <= 'z' ?
		    (char)(*p - 'a' + 'A') : *p;
}

const struct linkup_view *
client_link(const struct client *c)
{
	return c->linkup != NULL ? &c->linkup->view : NULL;
}

void
linkup_drive(struct client *c)
{
	struct linkup *u = c->linkup;
	int64_t now = client_mono(c);

	if (!linkup_runs(u))
		return;
	if (now >= u->until) {
		linkup_over(c, "it took longer than ten minutes: nothing was "
		    "handed over; /link begins anew");
		return;
	}
	if (u->view.old)
		olddev_drive(c);
	else
		newdev_drive(c);
	if (linkup_runs(u))
		timer_set(u->timer, u->view.step == LINKUP_HAND ?
		    LINKUP_TICK_MS : u->until - now);
}

void
linkup_say(struct client *c)
{
	if (c->linkup != NULL && !c->linkup->view.old)
		newdev_say(c, c->open ? c->kept : c->turn);
}
