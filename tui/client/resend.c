/* SPDX-License-Identifier: ISC */
/*
 * What nobody has confirmed goes out once more: when the relay was restored and
 * may have lost it, when the talk has another group, and when somebody who
 * could not follow was let in again, whom it had not reached. Under the same
 * ids inside, so that whoever has it already shows nothing twice.
 */
#include "inside.h"

static void
resend_body(struct client *c, const struct message *m, struct body *b)
{
	*b = (struct body){.code = BODY_text};
	memcpy(b->id, m->id, WIRE_ID);
	b->time = (uint64_t)m->sent;
	b->text.text = bytes_of(m->text.s, m->text.n);
	/* of a film that is gone the line goes as a text */
	if (m->kind == MESSAGE_FILM)
		(void)film_again(c, m->id, b);
}

static struct out *
resend_text(struct client *c, struct talk *t, const struct message *m)
{
	struct body b;

	resend_body(c, m, &b);
	return out_add(c, t, OUT_TEXT, m->row, m->id, &b);
}

/* ---- the relay was restored ---------------------------------------------- */

/* Under its id and number: where the relay still has the first copy, nothing
 * is stored, and no number may be missing by that. */
static void
resend_same(struct client *c, struct talk *t, struct message *m)
{
	struct out *o;

	if (m->ladder != LADDER_RELAY || m->ours == 0 ||
	    out_find(t, m->id) != NULL)
		return;
	o = resend_text(c, t, m);
	o->number = m->ours;
	out_keep(c, t, o);
}

/* A receipt of ours that the relay had and has forgotten was read, perhaps: the
 * same bytes again would look to the others like a second message under one
 * key. Sealed anew it says nothing twice. */
static void
resend_sealed(struct client *c, struct talk *t)
{
	struct talk_secret *s = t->secret;
	size_t i;

	for (i = 0; i < s->outs; i++)
		if (s->out[i]->sealed && s->out[i]->kind != OUT_TEXT &&
		    s->out[i]->kind != OUT_COMMIT &&
		    s->out[i]->kind != OUT_LEAVE)
			out_reseal(c, t, s->out[i]);
}

/* The relay may have forgotten what it had: whatever nobody confirmed goes out
 * again. It answers with the old number where it still knows the id, and what
 * it has said of a message stands until then. */
unsigned
resend_restored(struct client *c)
{
	struct talk *t;
	size_t i, n = 0;

	for (i = 0; i < c->talks; i++) {
		t = c->talk[i];
		if (t->secret->group == NULL || !talk_can_send(t))
			continue;
		resend_sealed(c, t);
		n -= t->secret->outs;
		messages_unheard(c, t, resend_same);
		n += t->secret->outs;
		outs_sort(t);
	}
	return (unsigned)n;
}

/* ---- another group ------------------------------------------------------- */

static void
resend_anew(struct client *c, struct talk *t, struct message *m)
{
	if (out_find(t, m->id) != NULL)
		return;
	(void)resend_text(c, t, m);     /* numbered anew in the new group */
	message_step(c, t, m, LADDER_WAITING, 0);
}

/* What nobody confirmed goes into that one, under the same ids, in the order
 * it was written. Receipts and commits belong to the group they were made
 * in. */
void
resend_group(struct client *c, struct talk *t)
{
	struct talk_secret *s = t->secret;
	size_t i;

	for (i = s->outs; i-- > 0;) {
		if (s->out[i]->kind != OUT_TEXT &&
		    s->out[i]->kind != OUT_SAYING) {
			out_drop(c, t, s->out[i]);
			continue;
		}
		s->out[i]->number = 0;
		out_reseal(c, t, s->out[i]);
	}
	messages_unheard(c, t, resend_anew);
	outs_sort(t);
}

/* ---- somebody is back ---------------------------------------------------- */

/* Its old leaf goes and a new one comes, in one commit. */
static bool
resend_is_back(const struct mls_group *was, const struct mls_stage *stage,
    struct bytes who)
{
	size_t i;

	for (i = 0; i < stage->n; i++)
		if (stage->change[i].type == MLS_REMOVE && bytes_same(who,
		    member_account(was, stage->change[i].leaf)))
			return true;
	return false;
}

/* The relay knows its id and would not store it again, so the entry has
 * another; inside it is the same message. */
static void
resend_late(struct client *c, struct talk *t, struct message *m)
{
	uint8_t id[WIRE_ID];
	struct body b;

	if (m->ladder != LADDER_RELAY || out_find(t, m->id) != NULL)
		return;
	client_id(c, id);
	resend_body(c, m, &b);
	out_add(c, t, OUT_SAYING, 0, id, &b);
}

/* What was sealed before a device came back it can't open, and it may not have
 * read all of that: what its people have not confirmed is said again. */
void
resend_back(struct client *c, struct talk *t, const struct mls_group *was,
    const struct mls_stage *stage)
{
	struct bytes who;
	size_t i;

	for (i = 0; i < stage->n; i++) {
		if (stage->change[i].type != MLS_ADD)
			continue;
		who = member_account(stage->next, stage->change[i].leaf);
		if (who.n == 0 || !defence(resend) ||
		    memcmp(who.p, c->self.account, ACCOUNT_ID) == 0 ||
		    !resend_is_back(was, stage, bytes_of(who.p, ACCOUNT_ID)))
			continue;
		messages_unheard(c, t, resend_late);
		outs_sort(t);
		return;
	}
}
