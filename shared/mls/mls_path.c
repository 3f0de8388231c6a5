/* SPDX-License-Identifier: ISC */
/*
 * The codec of UpdatePath and Commit (RFC 9420 7.6, 12.4). A path holds at
 * most a node per level of the largest tree, a commit at most
 * MLS_PROPOSALS_MAX proposals; more is ERR_BIG before any work.
 */
#include <stdlib.h>

#include "mls_parts.h"

enum { ITEM_PROPOSAL = 1, ITEM_REFERENCE = 2 };

static int
ciphertexts_check(struct bytes list)
{
	struct rd rd = rd_of(list);

	while (rd_left(&rd) > 0) {
		mls_get_vector(&rd);
		mls_get_vector(&rd);
	}
	return rd.err;
}

static void
get_path_node(struct rd *rd, struct mls_path *path)
{
	struct mls_path_node *node;
	int err;

	if (path->n == COUNT(path->node)) {
		rd_fail(rd, ERR_BIG);
		return;
	}
	node = &path->node[path->n++];
	node->encryption_key = mls_get_vector(rd);
	node->secrets = mls_get_vector(rd);
	if (rd->err == 0 && (err = ciphertexts_check(node->secrets)) != 0)
		rd_fail(rd, err);
}

int
mls_path_get(struct rd *rd, struct mls_path *path)
{
	const uint8_t *start = rd->p;
	struct rd list;

	*path = (struct mls_path){ 0 };
	mls_leaf_get(rd, &path->leaf);
	list = mls_get_list(rd);
	while (rd_left(&list) > 0)
		get_path_node(&list, path);
	if (list.err != 0)
		rd_fail(rd, list.err);
	if (rd->err == 0)
		path->raw = bytes_of(start, (size_t)(rd->p - start));
	return rd->err;
}

void
mls_path_put(struct buf *b, const struct mls_path *path)
{
	size_t mark, i;

	mls_leaf_put(b, &path->leaf);
	mark = mls_vector_open(b);
	for (i = 0; i < path->n; i++) {
		mls_put_vector(b, path->node[i].encryption_key);
		mls_put_vector(b, path->node[i].secrets);
	}
	mls_vector_close(b, mark);
}

static void
get_item(struct rd *rd, struct mls_item *item)
{
	uint8_t type = rd_u8(rd);

	*item = (struct mls_item){ 0 };
	if (type == ITEM_PROPOSAL) {
		mls_proposal_get(rd, &item->proposal);
	} else if (type == ITEM_REFERENCE) {
		item->by_ref = true;
		item->ref = mls_get_vector(rd);
	} else {
		rd_fail(rd, ERR_FORMAT);
	}
}

static void
get_items(struct rd *rd, struct mls_commit *c)
{
	struct rd list = mls_get_list(rd);
	size_t cap = 0;

	while (rd_left(&list) > 0) {
		if (c->n == MLS_PROPOSALS_MAX) {
			rd_fail(&list, ERR_BIG);
			break;
		}
		if (c->n == cap) {
			cap = cap ? cap * 2 : 4;
			c->item = mem_grow(c->item, cap, sizeof *c->item);
		}
		get_item(&list, &c->item[c->n++]);
	}
	if (list.err != 0)
		rd_fail(rd, list.err);
}

int
mls_commit_get(struct rd *rd, struct mls_commit *c)
{
	const uint8_t *start = rd->p;

	*c = (struct mls_commit){ 0 };
	get_items(rd, c);
	c->has_path = mls_get_optional(rd);
	if (c->has_path)
		mls_path_get(rd, &c->path);
	if (rd->err == 0)
		c->raw = bytes_of(start, (size_t)(rd->p - start));
	return rd->err;
}

void
mls_commit_put(struct buf *b, const struct mls_commit *c)
{
	size_t mark = mls_vector_open(b), i;

	for (i = 0; i < c->n; i++) {
		if (c->item[i].by_ref) {
			buf_u8(b, ITEM_REFERENCE);
			mls_put_vector(b, c->item[i].ref);
		} else {
			buf_u8(b, ITEM_PROPOSAL);
			mls_proposal_put(b, &c->item[i].proposal);
		}
	}
	mls_vector_close(b, mark);
	buf_u8(b, c->has_path);
	if (c->has_path)
		mls_path_put(b, &c->path);
}

void
mls_commit_free(struct mls_commit *c)
{
	free(c->item);
	*c = (struct mls_commit){ 0 };
}
