/* SPDX-License-Identifier: ISC */
/*
 * Reinitialization and branching (RFC 9420 11.2, 11.3): the first commit of a
 * new group, linked to the old one by a resumption PSK, and what a joiner
 * verifies of that link. Members are matched by their credentials.
 */
#include <stdlib.h>

#include "mls_epoch.h"

static bool
same_credential(const struct mls_leaf *a, const struct mls_leaf *b)
{
	return a->credential.type == b->credential.type &&
	    bytes_same(a->credential.body, b->credential.body);
}

static bool
has_member(const struct mls_group *g, const struct mls_leaf *leaf)
{
	const struct mls_leaf *other;
	uint32_t i;

	for (i = 0; i < g->tree.leaves; i++) {
		other = mls_tree_leaf(&g->tree, i);
		if (other != NULL && same_credential(other, leaf))
			return true;
	}
	return false;
}

/* All members of `part` are members of `whole`. */
static bool
all_in(const struct mls_group *part, const struct mls_group *whole)
{
	const struct mls_leaf *leaf;
	uint32_t i;

	for (i = 0; i < part->tree.leaves; i++) {
		leaf = mls_tree_leaf(&part->tree, i);
		if (leaf != NULL && !has_member(whole, leaf))
			return false;
	}
	return true;
}

static int
check_reinit(const struct mls_group *fresh, const struct mls_group *old)
{
	struct mls_reinit want;

	if (mls_group_reinit(old, &want) != 0 ||
	    !bytes_same(want.group_id, mls_group_id(fresh)) ||
	    want.version != 1 || want.suite != fresh->suite->id ||
	    !bytes_same(want.extensions, mls_group_extensions(fresh)))
		return ERR_RULE;
	return all_in(old, fresh) ? 0 : ERR_RULE;
}

int
mls_branch_check(const struct mls_group *fresh, const struct mls_group *old,
    const struct mls_psk_id *id)
{
	if (fresh->epoch != 1)
		return ERR_RULE;
	if (old == NULL)
		return ERR_NONE;
	if (id->usage == MLS_USE_REINIT)
		return id->epoch == old->epoch ? check_reinit(fresh, old) :
		    ERR_RULE;
	return old->suite == fresh->suite && all_in(fresh, old) ? 0 :
	    ERR_RULE;
}

int
mls_branch_make(const struct mls_env *env, struct mls_group *fresh,
    const struct mls_group *old, enum mls_psk_usage usage,
    const struct bytes *add, size_t n_add, struct mls_made *made)
{
	struct mls_psk_ask psk = { .type = MLS_PSK_RESUMPTION,
		.id = mls_group_id(old), .usage = usage,
		.epoch = mls_group_epoch(old) };
	struct mls_commit_ask ask = { .add = add, .n_add = n_add,
		.psk = &psk, .n_psk = 1, .path = true };
	struct mls_psk_id id = { .type = MLS_PSK_RESUMPTION,
		.usage = (uint8_t)usage, .epoch = psk.epoch };
	int err;

	*made = (struct mls_made){ 0 };
	if (fresh->epoch != 0 || mls_group_members(fresh) != 1 ||
	    usage == MLS_USE_APPLICATION || old->removed)
		return ERR_STATE;
	err = mls_commit_build(env, fresh, &ask, old, made);
	if (err == 0)
		err = mls_branch_check(made->stage->next, old, &id);
	if (err != 0)
		mls_made_free(made);
	return err;
}
