/* SPDX-License-Identifier: ISC */
/*
 * This device has the account: it joins a new one at the place that its words
 * lead to, hands the account over once a person has compared the words and
 * typed the passphrase, and adds the new one to the record when that one has
 * all of it on its disk. Meets on the session's own connection.
 */
#include <stdlib.h>
#include <strings.h>

#include "linkup.h"

int
olddev_put(struct client *c, struct bytes data)
{
	struct linkup *u = c->linkup;
	struct msg m = {.code = MSG_meet_put};

	if (u->generation != c->session.generation)
		return ERR_NET;
	memcpy(m.meet_put.place, u->pairing.place, WIRE_ID);
	m.meet_put.data = data;
	return request_ask(c, WANT_MEET_PUT, 0, &m) ? 0 : ERR_NET;
}

static int
olddev_words(const char *text, uint16_t word[static PAIRING_CODE], char **why)
{
	struct bytes wrong = bytes_of(NULL, 0);
	struct safe s;
	size_t n;
	int err;

	if (strncasecmp(text, LINK_HEAD, strlen(LINK_HEAD)) == 0)
		text += strlen(LINK_HEAD);
	err = words_get(text, PAIRING_CODE, word, &n, &wrong);

	if (err == ERR_NONE) {
		s = safe_make(SAFE_LINE, wrong.p, wrong.n);
		err = client_refuse(why, ERR_INPUT, "\"%s\" is no word of "
		    "tacet's: /link takes the four on the new screen", s.s);
		safe_free(&s);
		return err;
	}
	if (err != 0 || n != PAIRING_CODE)
		return client_refuse(why, ERR_INPUT, "the new device shows four "
		    "words: /link takes all of them");
	return 0;
}

int
client_link_join(struct client *c, const char *text, char **why)
{
	struct msg m = {.code = MSG_meet_open};
	uint16_t word[PAIRING_CODE];
	struct linkup *u = c->linkup;
	uint8_t place[WIRE_ID];
	int err;

	if (!c->open || !c->self.registered || c->self.gone)
		return client_refuse(why, ERR_STATE, "this device has no "
		    "account to hand over: tacet link ADDRESS makes it the new "
		    "one");
	if (!client_may_sign(c))
		return client_refuse(why, ERR_DENIED, "this device may not add "
		    "others: type /link and the words on the one that may");
	if (u != NULL && u->view.step != LINKUP_OVER &&
	    u->view.step != LINKUP_DONE)
		return client_refuse(why, ERR_BUSY, "a device is being linked "
		    "already: /link stop ends that");
	err = olddev_words(text, word, why);
	if (err != 0)
		return err;
	if (!session_registered(c))
		return client_refuse(why, ERR_NET, "the relay can't be reached "
		    "now: /connect, then once more");
	u = linkup_start(c, true);
	memcpy(u->code, word, sizeof(word));
	u->generation = c->session.generation;
	pairing_place(word, place);
	m.meet_open.join = 1;
	memcpy(m.meet_open.place, place, WIRE_ID);
	memcpy(u->pairing.place, place, WIRE_ID);
	linkup_step(c, LINKUP_MEET);
	if (!request_ask(c, WANT_MEET_OPEN, 0, &m))
		linkup_over(c, "the relay can't be reached now: /connect, then "
		    "once more");
	return 0;
}

static void
olddev_refused(struct client *c, const struct answer *a)
{
	struct safe text = safe_make(SAFE_LINE, a->text.p, a->text.n);

	if (a->err == ERR_NONE)
		linkup_over(c, "no new device waits at these words: look at "
		    "its screen, and type them once more with /link. They are "
		    "good for ten minutes");
	else if (a->err == ERR_EXISTS)
		linkup_over(c, "another device has taken these words already: "
		    "begin anew on the new device, which then shows others");
	else
		linkup_over(c, "the relay refused: %s; try again in a moment",
		    text.n > 0 ? text.s : err_text(a->err));
	safe_free(&text);
}

void
olddev_opened(struct client *c, const struct answer *a)
{
	struct linkup *u = c->linkup;
	uint8_t place[WIRE_ID];
	struct buf out = {0};

	if (u == NULL || !u->view.old || u->joined ||
	    u->view.step != LINKUP_MEET)
		return;
	if (a->err != 0) {
		olddev_refused(c, a);
		return;
	}
	u->joined = true;
	memcpy(place, u->pairing.place, WIRE_ID);
	pairing_old(&u->pairing, c->rng, place, c->self.record.account_key,
	    c->self.sign, &out);
	if (linkup_put(c, buf_view(&out)) != 0)
		linkup_over(c, "the relay can't be reached now: begin anew");
	buf_free(&out);
}

void
olddev_answer(struct client *c, const struct answer *a)
{
	if (a->err != 0 && c->linkup != NULL && c->linkup->view.old)
		linkup_over(c, "the new device has gone: nothing was handed "
		    "over to it that it could use; begin anew on it");
}

void
olddev_heard(struct client *c, const uint8_t place[static WIRE_ID],
    struct bytes data)
{
	struct linkup *u = c->linkup;

	if (u != NULL && u->view.old && u->joined &&
	    memcmp(place, u->pairing.place, WIRE_ID) == 0)
		linkup_got(c, data);
}

void
olddev_ended(struct client *c, const uint8_t place[static WIRE_ID])
{
	struct linkup *u = c->linkup;

	if (u == NULL || !u->view.old || !u->joined ||
	    memcmp(place, u->pairing.place, WIRE_ID) != 0)
		return;
	u->joined = false;
	linkup_over(c, "the new device has gone, or ten minutes are over: it "
	    "was not added; begin anew on it");
}

/* ---- handing over -------------------------------------------------------- */

int
client_link_sign(struct client *c, struct bytes pass, char **why)
{
	struct linkup *u = c->linkup;
	struct buf b = {.secret = true};
	int err;

	if (u == NULL || u->view.step != LINKUP_SIGN)
		return client_refuse(why, ERR_STATE, "no device waits to be "
		    "added: /link WORDS begins");
	err = account_open(c, pass, &u->key, why);
	if (err != 0)
		return err;
	hand_account(c, u->may_sign ? u->key : NULL, &b);
	err = linkup_seal(c, buf_view(&b));
	buf_free(&b);
	if (err != 0) {
		linkup_over(c, "the new device can't be reached: %s",
		    err_text(err));
		return 0;
	}
	if (u->history)
		history_load(c);
	u->view.total = hand_total(c) + (u->history ? history_total(c) +
	    film_hand_total(c) : 0);
	u->view.talks = ours_talks(c);
	linkup_step(c, LINKUP_HAND);
	timer_set(u->timer, 1);
	return 0;
}

static void
olddev_hand(struct client *c)
{
	struct linkup *u = c->linkup;
	struct buf b = {.secret = true};
	int err = 0;

	while (err == 0 && u->item < SIZE_MAX && !link_full(c->session.link)) {
		buf_clear(&b);
		if (u->item < hand_total(c)) {
			hand_more(c, &u->item, &b);
			u->view.done = u->item;
		} else if (!u->history || (!film_hand_more(c, u, &b) &&
		    !history_more(c, u, &b))) {
			hand_end(c, &b);
			u->item = SIZE_MAX;
		}
		err = linkup_seal(c, buf_view(&b));
		client_show(c);
	}
	buf_free(&b);
	if (err != 0)
		linkup_over(c, "the new device can't be reached: %s; it was "
		    "not added", err_text(err));
}

void
olddev_drive(struct client *c)
{
	struct linkup *u = c->linkup;

	if (u->generation != c->session.generation || !session_up(c)) {
		linkup_over(c, "the connection to the relay was lost: the new "
		    "device was not added; begin anew on it");
		return;
	}
	if (u->view.step == LINKUP_HAND)
		olddev_hand(c);
}

/* The new one has it on its disk: from here on it is a change of our record,
 * which comes to its end whatever restarts. */
static void
olddev_kept(struct client *c)
{
	struct linkup *u = c->linkup;
	struct record_change rc = {0};
	struct device d = {0};
	char *why = NULL;
	int err;

	memcpy(d.sign, u->pairing.new_sign, SIGN_PUBLIC);
	memcpy(d.transport, u->pairing.transport, DH_SIZE);
	device_id(d.sign, d.id);
	rc.add = &d;
	err = change_signed(c, &rc, &u->key, &why);
	if (err != 0) {
		linkup_over(c, "the new device can't be added: %s",
		    why != NULL ? why : err_text(err));
		free(why);
		return;
	}
	keep_crash("link-signed");
	notice_add(c, NOTICE_INFO, 0, false, "a new device was added: it joins "
	    "your conversations one by one; /devices lists yours");
	linkup_step(c, LINKUP_DONE);
}

void
olddev_item(struct client *c, enum hand kind, struct rd *r)
{
	struct linkup *u = c->linkup;

	if (kind == HAND_KEPT && u->view.step == LINKUP_HAND &&
	    u->item == SIZE_MAX && rd_end(r) == 0)
		olddev_kept(c);
	else
		linkup_over(c, "what came from the new device is out of turn: "
		    "it was not added; begin anew on it");
}
