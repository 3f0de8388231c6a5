/* SPDX-License-Identifier: ISC */
/*
 * A commit's result before it is adopted (RFC 9420 14: making or receiving a
 * commit does not change the group). Applying moves the group one epoch on,
 * keeps what late messages need, and wipes the rest.
 */
#include <stdlib.h>

#include "mls_epoch.h"

#define STAGE_VERSION 1

struct mls_stage *
mls_stage_new(struct mls_group *next, struct mls_effect *effect,
    uint64_t epoch)
{
	struct mls_stage *s = mem_alloc(sizeof *s);

	s->next = next;
	s->change = effect->change;
	s->n = effect->n_change;
	s->epoch = epoch;
	s->generation = MLS_NONE;
	effect->change = NULL;
	effect->n_change = 0;
	return s;
}

void
mls_stage_free(struct mls_stage *s)
{
	if (s == NULL)
		return;
	mls_group_free(s->next);
	free(s->change);
	free(s);
}

/* The epoch that ends, as far as late application messages need it. */
static struct mls_past *
past_of(struct mls_group *g)
{
	struct mls_past *past = mem_alloc(sizeof *past);
	const struct mls_leaf *leaf;
	uint32_t i;

	past->epoch = g->epoch;
	past->leaves = g->tree.leaves;
	buf_bytes(&past->context, buf_view(&g->context));
	for (i = 0; i < g->tree.leaves; i++) {
		leaf = mls_tree_leaf(&g->tree, i);
		if (leaf == NULL)
			buf_zero(&past->signers, SIGN_PUBLIC);
		else
			buf_bytes(&past->signers, leaf->signature_key);
	}
	assert(past->signers.n == (size_t)g->tree.leaves * SIGN_PUBLIC);
	memcpy(past->sender_data, g->keys->epoch.sender_data,
	    sizeof past->sender_data);
	past->secrets = g->secrets;
	g->secrets = (struct secret_tree){ 0 };
	return past;
}

/* Hands the kept past over to the next group, newest first. */
static void
move_past(struct mls_group *g, struct mls_group *next)
{
	unsigned i;

	assert(next->n_past == 0);
	next->keep = g->keep;
	if (g->keep == 0)
		return;
	mls_group_keep(g, g->keep - 1);
	next->past[next->n_past++] = past_of(g);
	for (i = 0; i < g->n_past; i++)
		next->past[next->n_past++] = g->past[i];
	g->n_past = 0;
	g->keep = next->keep;
}

/* Nothing can be read or sent any more; what the group was stays visible. */
static void
close_group(struct mls_group *g)
{
	g->removed = true;
	mls_pending_clear(g);
	mls_group_keep(g, 0);
	secret_tree_free(&g->secrets);
	mem_wipe(g->keys, sizeof *g->keys);
}

int
mls_stage_apply(struct mls_group *g, struct mls_stage *s)
{
	struct mls_group swap;

	if (g->removed)
		return ERR_STATE;
	if (s->epoch != g->epoch || (s->next != NULL &&
	    !bytes_same(buf_view(&s->next->id), buf_view(&g->id))))
		return ERR_EPOCH;
	if (s->next == NULL) {
		close_group(g);
	} else {
		move_past(g, s->next);
		swap = *g;
		*g = *s->next;
		*s->next = swap;
	}
	mls_stage_free(s);
	return 0;
}

void
mls_stage_save(const struct mls_stage *s, struct buf *b)
{
	struct buf next = { .secret = true };
	size_t i;

	b->secret = true;
	buf_u8(b, STAGE_VERSION);
	buf_u32(b, s->committer);
	buf_u8(b, (uint8_t)(s->external | s->path << 1 | s->removed << 2 |
	    s->own << 3));
	buf_u64(b, s->epoch);
	buf_u32(b, s->generation);
	buf_u32(b, (uint32_t)s->n);
	for (i = 0; i < s->n; i++) {
		buf_u16(b, s->change[i].type);
		buf_u32(b, s->change[i].leaf);
		buf_u8(b, s->change[i].sender_type);
		buf_u32(b, s->change[i].sender);
	}
	if (s->next != NULL)
		mls_group_save(s->next, &next);
	mls_put_vector(b, buf_view(&next));
	buf_free(&next);
}

static void
load_changes(struct rd *rd, struct mls_stage *s)
{
	uint32_t n = rd_u32(rd), i;

	if (n > MLS_PROPOSALS_MAX) {
		rd_fail(rd, ERR_RANGE);
		return;
	}
	s->change = mem_array(n + 1, sizeof *s->change);
	s->n = n;
	for (i = 0; i < n; i++) {
		s->change[i].type = rd_u16(rd);
		s->change[i].leaf = rd_u32(rd);
		s->change[i].sender_type = rd_u8(rd);
		s->change[i].sender = rd_u32(rd);
	}
}

int
mls_stage_load(struct bytes saved, struct mls_stage **out)
{
	struct mls_stage *s = mem_alloc(sizeof *s);
	struct rd rd = rd_of(saved);
	struct bytes next;
	uint8_t flags;
	int err;

	*out = NULL;
	if (rd_u8(&rd) != STAGE_VERSION)
		rd_fail(&rd, ERR_VERSION);
	s->committer = rd_u32(&rd);
	flags = rd_u8(&rd);
	s->external = flags & 1;
	s->path = flags >> 1 & 1;
	s->removed = flags >> 2 & 1;
	s->own = flags >> 3 & 1;
	s->epoch = rd_u64(&rd);
	s->generation = rd_u32(&rd);
	load_changes(&rd, s);
	next = mls_get_vector(&rd);
	err = rd_end(&rd);
	if (err == 0 && next.n > 0)
		err = mls_group_restore(next, &s->next);
	if (err == 0)
		*out = s;
	else
		mls_stage_free(s);
	return err;
}
