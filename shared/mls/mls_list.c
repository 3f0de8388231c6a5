/* SPDX-License-Identifier: ISC */
/*
 * Lists of proposals: RFC 9420 12.2 says which are valid, 12.3 in which order
 * they are applied. What needs the finished tree (keys unique, capabilities of
 * all) is checked by the caller after the path, with tree_check_*.
 */
#include <stdlib.h>

#include "mls_epoch.h"

static const struct mls_pending *
find_pending(const struct mls_group *g, struct bytes ref)
{
	size_t i;

	for (i = 0; i < g->n_pending; i++)
		if (bytes_same(bytes_of(g->pending[i]->ref, g->suite->nh),
		    ref))
			return g->pending[i];
	return NULL;
}

int
mls_list_resolve(const struct mls_group *g, struct mls_item *item, size_t n,
    uint32_t committer)
{
	const struct mls_pending *p;
	struct rd rd;
	size_t i;
	int err;

	for (i = 0; i < n; i++) {
		if (!item[i].by_ref) {
			item[i].sender_type = committer == MLS_NONE ?
			    MLS_NEW_COMMIT : MLS_MEMBER;
			item[i].sender = committer;
			continue;
		}
		if (committer == MLS_NONE)
			return ERR_RULE; /* 12.4.3.2: none by reference */
		p = find_pending(g, item[i].ref);
		if (p == NULL)
			return ERR_NONE;
		rd = rd_of(p->frame.body);
		mls_proposal_get(&rd, &item[i].proposal);
		err = rd_end(&rd);
		if (err != 0)
			return err;
		item[i].sender_type = p->frame.sender_type;
		item[i].sender = p->frame.sender;
	}
	return 0;
}

struct work {
	const struct mls_list_ask *ask;
	struct mls_group *next;
	struct mls_effect *effect;
	const struct mls_suite *suite;
	uint8_t *touched;               /* per leaf: updated or removed */
	unsigned n_remove, n_external_init;
};

static int
check_add(struct work *w, const struct mls_item *item)
{
	const struct mls_package *p = &item->proposal.package;
	struct mls_env env = *w->ask->env;

	if (p->suite != w->suite->id)
		return ERR_SUITE;
	if (!w->ask->sending && !env.lifetimes)
		env.now = 0;
	return mls_package_check(&env, p);
}

static int
touch(struct work *w, uint32_t leaf)
{
	if (mls_tree_leaf(&w->next->tree, leaf) == NULL)
		return ERR_RULE;
	if (w->touched[leaf])
		return ERR_RULE;
	w->touched[leaf] = 1;
	return 0;
}

static int
check_update(struct work *w, const struct mls_item *item)
{
	const struct mls_env *env = w->ask->env;
	const struct mls_leaf *leaf = &item->proposal.leaf, *old;
	int err;

	if (item->sender_type != MLS_MEMBER || !item->by_ref ||
	    item->sender == w->ask->committer)
		return ERR_RULE;
	err = touch(w, item->sender);
	if (err != 0)
		return err;
	old = mls_tree_leaf(&w->next->tree, item->sender);
	if (bytes_same(old->encryption_key, leaf->encryption_key))
		return ERR_RULE;
	err = tree_check_leaf(w->suite, leaf, MLS_FROM_UPDATE,
	    buf_view(&w->next->id), item->sender);
	if (err == 0 && env->judge != NULL)
		err = env->judge(env->arg, leaf, old);
	return err;
}

static int
check_remove(struct work *w, const struct mls_item *item)
{
	uint32_t leaf = item->proposal.removed;
	int err;

	if (leaf == w->ask->committer)
		return ERR_RULE;
	err = touch(w, leaf);
	if (leaf == w->ask->group->self)
		w->effect->self_removed = true;
	w->n_remove++;
	return err;
}

static int
check_psk(struct work *w, const struct mls_item *item)
{
	const struct mls_psk_id *id = &item->proposal.psk;
	struct mls_effect *e = w->effect;
	size_t i;

	if (id->nonce.n != w->suite->nh)
		return ERR_RULE;
	if (id->type == MLS_PSK_RESUMPTION &&
	    id->usage != MLS_USE_APPLICATION && !w->ask->linking)
		return ERR_RULE;
	for (i = 0; i < e->n_psk; i++)
		if (bytes_same(e->psk[i].raw, id->raw))
			return ERR_RULE;
	if (e->n_psk == MLS_PSKS_MAX)
		return ERR_BIG;
	e->psk[e->n_psk++] = *id;
	return 0;
}

/* The AS has a word on everybody who may propose from outside (5.3.1). */
static int
check_external_senders(const struct mls_env *env, struct bytes extensions)
{
	struct mls_credential credential;
	struct bytes data, key;
	struct rd rd, list;
	int err;

	err = mls_ext_find(extensions, MLS_EXT_EXTERNAL_SENDERS, &data);
	if (err != 0)
		return err == ERR_NONE ? 0 : err;
	rd = rd_of(data);
	list = mls_get_list(&rd);
	if ((err = rd_end(&rd)) != 0)
		return err;
	while (rd_left(&list) > 0 && err == 0) {
		key = mls_get_vector(&list);
		if (mls_credential_get(&list, &credential) != 0)
			return list.err;
		if (key.n != SIGN_PUBLIC || !sign_public_ok(key.p))
			err = ERR_KEY;
		else if (env->judge_sender != NULL)
			err = env->judge_sender(env->arg, key, &credential);
	}
	return err;
}

static int
check_extensions(struct work *w, const struct mls_item *item)
{
	if (w->effect->extensions != NULL)
		return ERR_RULE;
	w->effect->extensions = item;
	return check_external_senders(w->ask->env, item->proposal.extensions);
}

static int
check_external_init(struct work *w, const struct mls_item *item)
{
	w->effect->external_init = item;
	w->n_external_init++;
	return item->proposal.kem_output.n == w->suite->enc ? 0 : ERR_KEY;
}

/* 12.1.8 and 12.2: who may propose what. */
static bool
may_send(const struct work *w, const struct mls_item *item)
{
	uint16_t type = item->proposal.type;

	if (w->ask->committer == MLS_NONE)
		return !item->by_ref && (type == MLS_EXTERNAL_INIT ||
		    type == MLS_REMOVE || type == MLS_PSK);
	switch (item->sender_type) {
	case MLS_MEMBER:
		return type != MLS_EXTERNAL_INIT;
	case MLS_EXTERNAL:
		return type != MLS_EXTERNAL_INIT && type != MLS_UPDATE;
	case MLS_NEW_PROPOSAL:
		return type == MLS_ADD;
	default:
		return false;
	}
}

static int
check_item(struct work *w, const struct mls_item *item)
{
	if (!may_send(w, item))
		return ERR_RULE;
	switch (item->proposal.type) {
	case MLS_ADD:
		return check_add(w, item);
	case MLS_UPDATE:
		return check_update(w, item);
	case MLS_REMOVE:
		return check_remove(w, item);
	case MLS_PSK:
		return check_psk(w, item);
	case MLS_REINIT:
		w->effect->reinit = item;
		return item->proposal.reinit.version < 1 ? ERR_RULE : 0;
	case MLS_EXTERNAL_INIT:
		return check_external_init(w, item);
	case MLS_GROUP_EXTENSIONS:
		return check_extensions(w, item);
	default:
		return ERR_SUITE;
	}
}

static int
check_all(struct work *w, const struct mls_item *item, size_t n)
{
	size_t i;
	int err = 0;

	for (i = 0; i < n && err == 0; i++) {
		err = check_item(w, &item[i]);
		if (item[i].proposal.type != MLS_ADD &&
		    item[i].proposal.type != MLS_PSK &&
		    item[i].proposal.type != MLS_REINIT)
			w->effect->path_required = true;
	}
	if (err != 0)
		return err;
	if (w->effect->reinit != NULL && n != 1)
		return ERR_RULE;
	if (w->ask->committer == MLS_NONE &&
	    (w->n_external_init != 1 || w->n_remove > 1))
		return ERR_RULE;
	return 0;
}

static struct mls_change *
add_change(struct work *w, const struct mls_item *item)
{
	struct mls_change *c = &w->effect->change[w->effect->n_change++];

	c->type = item->proposal.type;
	c->leaf = MLS_NONE;
	c->sender_type = item->sender_type;
	c->sender = item->sender;
	return c;
}

static int
apply_update(struct work *w, const struct mls_item *item)
{
	const struct mls_group *g = w->ask->group;
	const struct mls_pending *p;

	add_change(w, item)->leaf = item->sender;
	if (item->sender == g->self) {
		p = find_pending(g, item->ref);
		if (p == NULL || !p->own_update)
			return ERR_STATE;
		w->effect->own_update = p;
	}
	return mls_tree_update(&w->next->tree, item->sender,
	    item->proposal.leaf.raw);
}

static int
apply_add(struct work *w, const struct mls_item *item)
{
	uint32_t leaf;
	int err;

	err = mls_tree_add(&w->next->tree, item->proposal.package.leaf.raw,
	    &leaf);
	if (err != 0)
		return err;
	mls_list32_add(&w->effect->added, leaf);
	add_change(w, item)->leaf = leaf;
	return 0;
}

static int
apply_type(struct work *w, const struct mls_item *item, size_t n,
    uint16_t type)
{
	size_t i;
	int err = 0;

	for (i = 0; i < n && err == 0; i++) {
		if (item[i].proposal.type != type)
			continue;
		if (type == MLS_UPDATE) {
			err = apply_update(w, &item[i]);
		} else if (type == MLS_ADD) {
			err = apply_add(w, &item[i]);
		} else if (type == MLS_REMOVE) {
			add_change(w, &item[i])->leaf =
			    item[i].proposal.removed;
			err = mls_tree_remove(&w->next->tree,
			    item[i].proposal.removed);
		} else {
			add_change(w, &item[i]);
		}
	}
	return err;
}

static int
apply_all(struct work *w, const struct mls_item *item, size_t n)
{
	static const uint16_t order[] = { MLS_GROUP_EXTENSIONS, MLS_UPDATE,
		MLS_REMOVE, MLS_ADD, MLS_PSK, MLS_EXTERNAL_INIT, MLS_REINIT };
	size_t i;
	int err = 0;

	if (w->effect->extensions != NULL) {
		buf_clear(&w->next->extensions);
		buf_bytes(&w->next->extensions,
		    w->effect->extensions->proposal.extensions);
	}
	for (i = 0; i < COUNT(order) && err == 0; i++) {
		err = apply_type(w, item, n, order[i]);
		if (order[i] == MLS_REMOVE && w->n_remove > 0)
			mls_tree_trim(&w->next->tree);
	}
	return err;
}

int
mls_list_apply(const struct mls_list_ask *ask, const struct mls_item *item,
    size_t n, struct mls_group *next, struct mls_effect *effect)
{
	struct work w = { .ask = ask, .next = next, .effect = effect,
		.suite = next->suite };
	int err;

	*effect = (struct mls_effect){ 0 };
	effect->psk = mem_array(n + 1, sizeof *effect->psk);
	effect->change = mem_array(n + 1, sizeof *effect->change);
	w.touched = mem_array(next->tree.leaves, 1);
	err = check_all(&w, item, n);
	if (err == 0)
		err = apply_all(&w, item, n);
	free(w.touched);
	if (err != 0)
		mls_effect_free(effect);
	return err;
}

void
mls_effect_free(struct mls_effect *e)
{
	mls_list32_free(&e->added);
	free(e->psk);
	free(e->change);
	*e = (struct mls_effect){ 0 };
}
