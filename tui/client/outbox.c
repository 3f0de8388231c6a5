/* SPDX-License-Identifier: ISC */
/*
 * The durable outbox of a talk. A body is written down first, sealed when the
 * group can, and its ciphertext kept with the group's state before the first
 * byte leaves; a crash sends the same bytes again under the same id. Only a
 * refusal for its epoch, or another group, lets a body be sealed anew.
 */
#include <stdlib.h>

#include "inside.h"

#define SIZE_MOST (2 * 65536)

static struct out *
out_new(struct talk *t, int64_t row)
{
	struct talk_secret *s = t->secret;
	struct out *o = mem_alloc(sizeof(*o));

	o->row = row;
	o->body.secret = true;
	s->out = mem_grow(s->out, s->outs + 1, sizeof(*s->out));
	s->out[s->outs++] = o;
	return o;
}

void
out_free(struct out *o)
{
	buf_free(&o->body);
	buf_free(&o->entry);
	mem_wipe(o, sizeof(*o));
	free(o);
}

void
out_keep(struct client *c, const struct talk *t, const struct out *o)
{
	struct buf b = {.secret = true};

	buf_u8(&b, (uint8_t)o->kind);
	buf_u64(&b, (uint64_t)o->message);
	buf_put(&b, o->id, WIRE_ID);
	buf_u8(&b, o->sealed);
	buf_u64(&b, o->epoch);
	buf_u64(&b, o->number);
	buf_u8(&b, o->cut);
	buf_put(&b, o->access, KEY_SIZE);
	buf_put(&b, o->read, KEY_SIZE);
	buf_put(&b, o->delete, KEY_SIZE);
	buf_u32(&b, (uint32_t)o->body.n);
	buf_bytes(&b, buf_view(&o->body));
	buf_u32(&b, (uint32_t)o->entry.n);
	buf_bytes(&b, buf_view(&o->entry));
	keep_put(&c->keep, TABLE_outbox, o->row, t->row, NULL, buf_view(&b));
	buf_free(&b);
}

struct out *
out_add(struct client *c, struct talk *t, enum out_kind kind, int64_t message,
    const uint8_t id[static WIRE_ID], const struct body *body)
{
	struct out *o = out_new(t, keep_row(&c->keep, TABLE_outbox));
	int err = 0;

	o->kind = kind;
	o->message = message;
	memcpy(o->id, id, WIRE_ID);
	if (body != NULL)
		err = body_put(&o->body, body);
	assert(err == 0);       /* bodies of our own fit */
	(void)err;
	out_keep(c, t, o);
	return o;
}

/* A commit first; then what has its number, by it: readers take a number that
 * is left out for a loss; then what is still to be sealed, as it was written. */
static uint64_t
out_rank(const struct out *o)
{
	if (o->kind == OUT_COMMIT || o->kind == OUT_LEAVE)
		return 0;
	return o->number != 0 ? o->number : UINT64_MAX;
}

static int
out_order(const void *x, const void *y)
{
	const struct out *a = *(struct out *const *)x;
	const struct out *b = *(struct out *const *)y;

	if (out_rank(a) != out_rank(b))
		return out_rank(a) < out_rank(b) ? -1 : 1;
	if (a->message != b->message)
		return a->message < b->message ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

void
outs_sort(struct talk *t)
{
	struct talk_secret *s = t->secret;

	if (s->outs > 1)
		qsort(s->out, s->outs, sizeof(*s->out), out_order);
}

void
out_ready(struct client *c, struct talk *t, struct out *o)
{
	o->sealed = true;
	o->epoch = t->epoch;
	rng_fill(c->rng, o->read, KEY_SIZE);
	rng_fill(c->rng, o->delete, KEY_SIZE);
	out_keep(c, t, o);
	outs_sort(t);   /* what is not sealed yet waits behind it */
}

void
out_drop(struct client *c, struct talk *t, struct out *o)
{
	struct talk_secret *s = t->secret;
	size_t i;

	for (i = 0; s->out[i] != o; i++)
		;
	s->outs--;
	memmove(s->out + i, s->out + i + 1, (s->outs - i) * sizeof(*s->out));
	keep_drop(&c->keep, TABLE_outbox, o->row);
	out_free(o);
}

struct out *
out_find(struct talk *t, const uint8_t id[static WIRE_ID])
{
	struct talk_secret *s = t->secret;
	size_t i;

	for (i = 0; i < s->outs; i++)
		if (memcmp(s->out[i]->id, id, WIRE_ID) == 0)
			return s->out[i];
	return NULL;
}

struct out *
out_row(struct client *c, int64_t row, struct talk **t)
{
	size_t i, k;

	for (i = 0; i < c->talks; i++)
		for (k = 0; k < c->talk[i]->secret->outs; k++)
			if (c->talk[i]->secret->out[k]->row == row) {
				*t = c->talk[i];
				return c->talk[i]->secret->out[k];
			}
	return NULL;
}

static struct message *
out_message(struct client *c, struct talk *t, const struct out *o)
{
	return o->message != 0 ? message_id(c, t, o->id) : NULL;
}

/* The relay has it: under this number, and for good. */
void
out_done(struct client *c, struct talk *t, struct out *o, uint64_t number)
{
	struct message *m = out_message(c, t, o);
	struct mls_stage *stage = t->secret->stage;
	int err;

	if (m != NULL) {
		m->number = number;
		message_step(c, t, m, LADDER_RELAY, 0);
	}
	if (o->kind == OUT_COMMIT && stage != NULL) {
		t->secret->stage = NULL;
		stage_keep(c, t);
		members_tell(c, t, t->secret->group, stage);
		resend_back(c, t, t->secret->group, stage);
		err = group_advance(t, stage);
		if (err != 0)
			talk_stop(c, t, err_text(err));
		commit_done(c, o->id);
		members_note(c, t);
		t->secret->heal = false;
		t->secret->healed = client_now(c);
		t->secret->since = 0;
	}
	out_drop(c, t, o);
}

/* ---- sealing ------------------------------------------------------------ */

/* Receipts and short texts come out alike: the size is a bucket's. */
static int
out_seal_padded(struct client *c, struct talk *t, struct out *o,
    struct bytes plain)
{
	struct mls_env env;
	size_t size = body_bucket(plain.n);
	int err;

	client_env(c, &env);
	do {
		buf_free(&o->entry);
		err = mls_message_seal(&env, t->secret->group,
		    bytes_of(NULL, 0), plain, size, &o->entry);
		size *= 2;
	} while (err == ERR_BIG && size <= SIZE_MOST);
	return err;
}

static int
out_seal(struct client *c, struct talk *t, struct out *o)
{
	struct buf plain = {.secret = true};
	struct message *m;
	struct body b;
	int err;

	err = body_get(buf_view(&o->body), &b);
	if (err == 0) {
		if (o->number == 0)
			o->number = ++t->secret->sent;
		b.number = o->number;
		err = body_put(&plain, &b);
	}
	if (err == 0)
		err = out_seal_padded(c, t, o, buf_view(&plain));
	buf_free(&plain);
	/* even a seal that failed may have used up a generation */
	t->secret->ratchet_dirty = true;
	talk_dirty(t);
	if (err != 0)
		return err;
	o->sealed = true;
	o->epoch = t->epoch;
	o->blob = BLOB_NONE;
	rng_fill(c->rng, o->read, KEY_SIZE);
	rng_fill(c->rng, o->delete, KEY_SIZE);
	t->secret->since++;
	out_keep(c, t, o);
	m = out_message(c, t, o);
	if (m != NULL) {
		m->ours = o->number;
		message_keep(c, t, m);
		message_step(c, t, m, LADDER_SEALED, 0);
	}
	return 0;
}

static void
outs_seal(struct client *c, struct talk *t)
{
	struct talk_secret *s = t->secret;
	size_t i;
	int err;

	if (s->group == NULL || s->stage != NULL || s->outs == 0 ||
	    !talk_can_send(t) || talk_changed(c, t) != NULL ||
	    expired_in(c, t) != NULL || room_alone(t) || commit_waits(c, t))
		return;
	for (i = 0; i < s->outs; i++) {
		/* one of an older epoch is settled first: order stays */
		if (s->out[i]->sealed && s->out[i]->epoch < t->epoch)
			return;
		if (s->out[i]->sealed || s->out[i]->body.n == 0)
			continue;
		err = out_seal(c, t, s->out[i]);
		if (err != 0) {
			talk_stop(c, t, err_text(err));
			return;
		}
	}
}

void
outs_drive(struct client *c)
{
	size_t i;

	for (i = 0; i < c->talks; i++) {
		outs_seal(c, c->talk[i]);
		leave_drive(c, c->talk[i]);
		branch_drive(c, c->talk[i]);
		commit_drive(c, c->talk[i]);
		heal_drive(c, c->talk[i]);
		deliver_drive(c, c->talk[i]);
	}
}

/* ---- another group, or none --------------------------------------------- */

/* To be sealed anew under the same id and number: its epoch is over, and it
 * has not appeared in the log. */
void
out_reseal(struct client *c, struct talk *t, struct out *o)
{
	struct message *m = out_message(c, t, o);

	/* a row of its own: an answer that is still on its way is for the
	 * bytes from before, perhaps in another log */
	keep_drop(&c->keep, TABLE_outbox, o->row);
	o->row = keep_row(&c->keep, TABLE_outbox);
	o->sealed = o->refused = false;
	o->flight = 0;
	o->blob = BLOB_NONE;
	buf_free(&o->entry);
	out_keep(c, t, o);
	if (m != NULL)
		message_step(c, t, m, LADDER_WAITING, 0);
}

/* All but a commit of ours that may be on the relay by now: only its entry, or
 * a refusal, ends that. */
void
outs_leave(struct client *c, struct talk *t, int err)
{
	struct talk_secret *s = t->secret;
	struct message *m;
	size_t i;

	for (i = s->outs; i-- > 0;) {
		if (s->out[i]->kind == OUT_COMMIT && s->stage != NULL)
			continue;
		m = out_message(c, t, s->out[i]);
		if (m != NULL)
			message_step(c, t, m, LADDER_FAILED, err);
		out_drop(c, t, s->out[i]);
	}
}

void
outs_fail(struct client *c, struct talk *t, int err)
{
	struct talk_secret *s = t->secret;
	struct message *m;
	size_t i;

	for (i = 0; i < s->outs; i++) {
		m = out_message(c, t, s->out[i]);
		if (m != NULL)
			message_step(c, t, m, LADDER_FAILED, err);
	}
	while (i-- > 0)
		out_drop(c, t, s->out[i]);
	stage_drop(c, t);
}

void
outs_free(struct talk *t)
{
	size_t i;

	for (i = 0; i < t->secret->outs; i++)
		out_free(t->secret->out[i]);
	free(t->secret->out);
	t->secret->out = NULL;
	t->secret->outs = 0;
}

static void
out_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct client *c = arg;
	struct talk *t = client_talk(c, owner);
	struct out *o;

	if (t == NULL) {
		rd_fail(r, ERR_NONE);
		return;
	}
	o = out_new(t, row);
	o->kind = (enum out_kind)rd_u8(r);
	o->message = (int64_t)rd_u64(r);
	rd_copy(r, o->id, WIRE_ID);
	o->sealed = rd_u8(r) != 0;
	o->epoch = rd_u64(r);
	o->number = rd_u64(r);
	o->cut = rd_u8(r) != 0;
	rd_copy(r, o->access, KEY_SIZE);
	rd_copy(r, o->read, KEY_SIZE);
	rd_copy(r, o->delete, KEY_SIZE);
	buf_bytes(&o->body, rd_view(r, rd_u32(r)));
	buf_bytes(&o->entry, rd_view(r, rd_u32(r)));
}

int
outs_load(struct client *c)
{
	struct talk_secret *s;
	struct message *m;
	size_t i, k;
	int err;

	err = keep_each(&c->keep, TABLE_outbox, out_got, c);
	for (i = 0; i < c->talks; i++) {
		s = c->talk[i]->secret;
		outs_sort(c->talk[i]);
		for (k = 0; k < s->outs; k++) {
			m = out_message(c, c->talk[i], s->out[k]);
			c->talk[i]->waiting += m != NULL &&
			    m->ladder < LADDER_RELAY;
		}
	}
	return err;
}
