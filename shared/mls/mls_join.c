/* SPDX-License-Identifier: ISC */
/*
 * Joining by a Welcome (RFC 9420 12.4.3.1): two layers are opened, the tree is
 * verified whole, every member judged, and only then there is a group.
 */
#include <stdlib.h>

#include "mls_epoch.h"

static int
join_tree(const struct mls_info *info, struct bytes given,
    struct mls_tree *tree)
{
	struct bytes data;
	struct rd rd;
	int err;

	err = mls_ext_find(info->extensions, MLS_EXT_RATCHET_TREE, &data);
	if (err == ERR_NONE) {
		if (given.n == 0)
			return ERR_NONE;
		data = given;
		err = 0;
	}
	if (err != 0)
		return err;
	rd = rd_of(data);
	err = mls_tree_get(&rd, info->context.suite, tree);
	if (err == 0 && (err = rd_end(&rd)) != 0)
		mls_tree_free(tree);
	return err;
}

/* The signature, the tree against its hash and against all rules. */
static int
join_verify(const struct mls_env *env, const struct mls_info *info,
    struct mls_tree *tree)
{
	const struct mls_leaf *signer = mls_tree_leaf(tree, info->signer);
	size_t nh = tree->suite->nh;
	int err;

	if (signer == NULL)
		return ERR_RULE;
	err = mls_info_verify(info, signer->signature_key);
	if (err != 0)
		return err;
	if (!bytes_same(info->context.tree_hash,
	    bytes_of(tree_hash_root(tree), nh)))
		return ERR_AUTH;
	if (info->tag.n != nh || (info->context.confirmed.n != nh &&
	    info->context.confirmed.n != 0))
		return ERR_FORMAT;
	return tree_check_join(env, tree, info->context.group_id,
	    info->context.extensions);
}

/* The group that a verified GroupInfo describes; takes the tree over. */
static struct mls_group *
join_group(const struct mls_info *info, const struct mls_tree *tree)
{
	const struct mls_context *c = &info->context;
	struct mls_group *g = mls_group_new(c->suite);

	g->tree = *tree;
	g->self = MLS_NONE;
	g->epoch = c->epoch;
	buf_bytes(&g->id, c->group_id);
	buf_bytes(&g->extensions, c->extensions);
	g->n_confirmed = c->confirmed.n;
	if (c->confirmed.n > 0)
		memcpy(g->confirmed, c->confirmed.p, c->confirmed.n);
	memcpy(g->tag, info->tag.p, info->tag.n);
	mls_schedule_interim(c->suite, c->confirmed, info->tag, g->interim);
	mls_group_set_context(g);
	return g;
}

int
mls_join_public(const struct mls_env *env, const struct mls_info *info,
    struct bytes given, struct mls_group **out)
{
	struct mls_tree tree = { 0 };
	int err;

	*out = NULL;
	if (info->context.suite == NULL)
		return ERR_SUITE;
	err = join_tree(info, given, &tree);
	if (err != 0)
		return err;
	err = join_verify(env, info, &tree);
	if (err == 0)
		*out = join_group(info, &tree);
	else
		mls_tree_free(&tree);
	return err;
}

struct join {
	const struct mls_env *env;
	const struct mls_join_ask *ask;
	const struct mls_suite *suite;
	struct mls_package_private private;
	struct mls_package package;
	struct mls_welcome welcome;
	struct buf secrets_raw, info_raw;
	struct mls_group_secrets secrets;
	struct mls_info info;
	struct mls_psk_id *psk;
	size_t n_psk;
	struct mls_group *g;
	uint8_t psk_secret[MLS_NH_MAX], welcome_secret[MLS_NH_MAX];
	uint8_t public[HPKE_PUBLIC_MAX];
};

static int
pair_fits(struct join *j, const uint8_t *secret, struct bytes public)
{
	if (hpke_public(j->suite->hpke, secret, j->public) != 0 ||
	    !bytes_same(bytes_of(j->public, j->suite->public), public))
		return ERR_KEY;
	return 0;
}

static int
join_package(struct join *j)
{
	struct rd rd;
	int err;

	err = mls_package_unpack(j->ask->private, &j->private);
	if (err != 0)
		return err;
	rd = rd_of(j->private.raw);
	mls_package_get(&rd, &j->package);
	err = rd_end(&rd);
	if (err != 0)
		return err;
	j->suite = mls_suite_find(j->package.suite);
	if (j->suite == NULL)
		return ERR_SUITE;
	err = pair_fits(j, j->private.init.p, j->package.init_key);
	if (err == 0)
		err = pair_fits(j, j->private.leaf.p,
		    j->package.leaf.encryption_key);
	if (err == 0 && !bytes_same(j->package.leaf.signature_key,
	    bytes_of(j->ask->signer + SIGN_SEED, SIGN_PUBLIC)))
		err = ERR_KEY;
	return err;
}

static int
join_open(struct join *j)
{
	struct rd rd;
	uint8_t ref[MLS_NH_MAX];
	int err = mls_welcome_read(j->ask->welcome, &j->welcome);

	if (err == 0 && j->welcome.suite != j->suite->id)
		err = ERR_SUITE;
	if (err != 0)
		return err;
	mls_ref_hash(j->suite, "MLS 1.0 KeyPackage Reference",
	    j->private.raw, ref);
	err = mls_welcome_open(j->suite, &j->welcome,
	    bytes_of(ref, j->suite->nh), j->private.init.p, &j->secrets_raw);
	if (err != 0)
		return err;
	rd = rd_of(buf_view(&j->secrets_raw));
	/* its shape is that of every Welcome; what is in it stays secret */
	mem_tell(j->secrets_raw.p, j->secrets_raw.n);
	mls_group_secrets_get(&rd, &j->secrets);
	mem_hide(j->secrets.joiner.p, j->secrets.joiner.n);
	mem_hide(j->secrets.path_secret.p, j->secrets.path_secret.n);
	return rd_end(&rd);
}

/* 12.4.3.1: a reinit or branch PSK must be the only one of that kind. */
static int
join_psks(struct join *j)
{
	struct rd list = rd_of(j->secrets.psks);
	unsigned links = 0;
	size_t nh = j->suite->nh;

	if (j->secrets.joiner.n != nh ||
	    (j->secrets.has_path && j->secrets.path_secret.n != nh))
		return ERR_FORMAT;
	j->psk = mem_array(MLS_PSKS_MAX, sizeof *j->psk);
	while (rd_left(&list) > 0) {
		mls_psk_get(&list, &j->psk[j->n_psk]);
		if (list.err != 0)
			return list.err;
		if (j->psk[j->n_psk].nonce.n != nh)
			return ERR_RULE;
		links += j->psk[j->n_psk].type == MLS_PSK_RESUMPTION &&
		    j->psk[j->n_psk].usage != MLS_USE_APPLICATION;
		j->n_psk++;
	}
	if (links > 1)
		return ERR_RULE;
	return mls_psk_gather(j->env, j->suite, NULL, j->psk, j->n_psk,
	    j->psk_secret);
}

static int
join_info(struct join *j)
{
	struct rd rd;
	int err;

	err = mls_schedule_welcome_secret(j->suite, j->secrets.joiner.p,
	    j->psk_secret, j->welcome_secret);
	if (err == 0)
		err = mls_welcome_open_info(j->suite, &j->welcome,
		    j->welcome_secret, &j->info_raw);
	if (err != 0)
		return err;
	rd = rd_of(buf_view(&j->info_raw));
	mls_info_get(&rd, &j->info);
	err = rd_end(&rd);
	if (err == 0 && j->info.context.suite != j->suite)
		err = ERR_SUITE;
	if (err == 0 && j->env->group != NULL &&
	    j->env->group(j->env->arg, j->info.context.group_id) != NULL)
		err = ERR_EXISTS;
	return err;
}

static int
find_self(struct join *j)
{
	const struct mls_leaf *leaf;
	uint32_t i;

	for (i = 0; i < j->g->tree.leaves; i++) {
		leaf = mls_tree_leaf(&j->g->tree, i);
		if (leaf == NULL ||
		    !bytes_same(leaf->raw, j->package.leaf.raw))
			continue;
		j->g->self = i;
		return i == j->info.signer ? ERR_RULE : 0;
	}
	return ERR_NONE;
}

static int
join_keys(struct join *j)
{
	struct mls_keys *keys = j->g->keys;
	int err;

	err = find_self(j);
	if (err != 0)
		return err;
	memcpy(keys->signer, j->ask->signer, SIGN_SECRET);
	memcpy(keys->path.key[0], j->private.leaf.p, HPKE_SECRET_MAX);
	keys->path.have = 1;
	if (!j->secrets.has_path)
		return 0;
	return treekem_take(&j->g->tree, j->g->self,
	    tree_math_common(j->g->self, j->info.signer),
	    j->secrets.path_secret.p, &keys->path);
}

static int
join_epoch(struct join *j)
{
	uint8_t tag[MLS_NH_MAX];
	struct mls_epoch epoch;
	int err;

	err = mls_schedule_epoch(j->suite, j->secrets.joiner.p,
	    j->psk_secret, buf_view(&j->g->context), NULL, &epoch);
	if (err == 0) {
		mls_mac(j->suite, epoch.confirmation,
		    mls_group_confirmed(j->g), tag);
		if (!seal_same(tag, j->g->tag, j->suite->nh))
			err = ERR_AUTH;
	}
	if (err == 0) {
		mls_group_told(j->g);
		mls_group_enter(j->g, &epoch);
	}
	mem_wipe(&epoch, sizeof epoch);
	return err;
}

/* A group that says it continues another one must (11.2, 11.3). */
static int
join_link(struct join *j)
{
	const struct mls_group *old;
	const struct mls_psk_id *id;
	size_t i;
	int err = 0;

	for (i = 0; i < j->n_psk && err == 0; i++) {
		id = &j->psk[i];
		if (id->type != MLS_PSK_RESUMPTION ||
		    id->usage == MLS_USE_APPLICATION)
			continue;
		old = j->env->group == NULL ? NULL :
		    j->env->group(j->env->arg, id->id);
		err = mls_branch_check(j->g, old, id);
		if (err == 0 && j->ask->link != NULL)
			buf_bytes(j->ask->link, id->id);
	}
	return err;
}

static int
join_all(struct join *j)
{
	int err;

	err = join_package(j);
	if (err == 0)
		err = join_open(j);
	if (err == 0)
		err = join_psks(j);
	if (err == 0)
		err = join_info(j);
	if (err == 0)
		err = mls_join_public(j->env, &j->info, j->ask->tree, &j->g);
	if (err == 0)
		err = join_keys(j);
	if (err == 0)
		err = join_epoch(j);
	return err != 0 ? err : join_link(j);
}

int
mls_join_welcome(const struct mls_env *env, const struct mls_join_ask *ask,
    struct mls_group **out, uint32_t *from)
{
	struct join *j = mem_secret(sizeof *j);
	int err;

	*j = (struct join){ .env = env, .ask = ask };
	*out = NULL;
	err = join_all(j);
	if (err == 0) {
		*out = j->g;
		if (from != NULL)
			*from = j->info.signer;
	} else {
		mls_group_free(j->g);
	}
	buf_free(&j->secrets_raw);
	buf_free(&j->info_raw);
	free(j->psk);
	mem_secret_free(j);
	return err;
}
