/* SPDX-License-Identifier: ISC */
/*
 * Known answers of our own for tree-validation and treekem: a tree of four
 * places with one blank, in which the first leaf, and then the third, have
 * committed, and one UpdatePath on top of it.
 */
#include <stdlib.h>

#include "mls_make.h"

#define LEAVES 4                /* the last one is blank */
#define MEMBERS 3

struct mls_make_member {
	uint8_t signer[SIGN_SECRET], key[HPKE_SECRET_MAX];
	bool have[2];                   /* path secrets at levels 1 and 2 */
	uint8_t path[2][MLS_NH_MAX];
};

struct mls_make_tree {
	struct mls_tree tree;
	uint8_t id[16];
	struct mls_make_member member[MEMBERS];
};

static void
mls_make_leaf(struct mls_make *m, struct mls_make_tree *t, uint32_t i)
{
	struct mls_make_member *who = &t->member[i];
	uint8_t public[SIGN_PUBLIC], key[HPKE_PUBLIC_MAX];
	const struct mls_self self = {
		.signer = who->signer, .identity = mls_text(i == 0 ? "alice" :
		    i == 1 ? "bob" : "carol"), .no_grease = true,
	};
	struct mls_leaf_ask ask = {
		.suite = m->suite, .self = &self, .source = MLS_FROM_PACKAGE,
		.not_before = 1700000000, .not_after = 1800000000,
		.encryption_key = bytes_of(key, m->suite->public),
	};
	struct buf b = { 0 };
	uint32_t at;

	sign_keypair(m->rng, public, who->signer);
	mls_make_try(m, hpke_keypair(m->suite->hpke, m->rng, key, who->key));
	mls_make_try(m, mls_leaf_make(m->rng, &ask, &b));
	mls_make_try(m, mls_tree_add(&t->tree, buf_view(&b), &at));
	buf_free(&b);
}

/* Leaf i commits; those below a node learn its path secret. */
static void
mls_make_path(struct mls_make *m, struct mls_make_tree *t, uint32_t i)
{
	struct treekem_plan plan = { 0 };
	unsigned level;
	uint32_t j;

	mls_make_try(m, treekem_plan(m->rng, &t->tree, i, bytes_of(t->id,
	    sizeof(t->id)), NULL, t->member[i].signer, &plan));
	memcpy(t->member[i].key, plan.keys.key[0], m->suite->secret);
	for (level = 1; level <= 2; level++)
		for (j = 0; j < MEMBERS; j++) {
			if (j >> level != i >> level)
				continue;
			t->member[j].have[level - 1] =
			    plan.secrets.have >> level & 1;
			memcpy(t->member[j].path[level - 1],
			    plan.secrets.path[level], m->suite->nh);
		}
	treekem_plan_free(&plan);
}

static void
mls_make_grown(struct mls_make *m, struct mls_make_tree *t)
{
	uint32_t i;

	memset(t, 0, sizeof(*t));
	rng_fill(m->rng, t->id, sizeof(t->id));
	mls_tree_start(&t->tree, m->suite);
	for (i = 0; i < MEMBERS; i++)
		mls_make_leaf(m, t, i);
	mls_make_path(m, t, 0);
	mls_make_path(m, t, 2);
}

static void
mls_make_ratchet_tree(struct mls_make *m, const char *key,
    const struct mls_tree *t)
{
	struct buf b = { 0 };

	mls_tree_put(t, &b);
	mls_make_hex(m, key, buf_view(&b));
	buf_free(&b);
}

void
mls_make_tree_validation(struct mls_make *m)
{
	struct mls_make_tree t;
	struct mls_list32 r;
	uint32_t i, width;
	size_t j;

	mls_make_grown(m, &t);
	width = tree_math_width(t.tree.leaves);
	mls_make_ratchet_tree(m, "tree", &t.tree);
	json_hex(&m->j, "group_id", t.id, sizeof(t.id));
	json_open(&m->j, "tree_hashes", '[');
	for (i = 0; i < width; i++)
		json_hex(&m->j, NULL, tree_hash_node(&t.tree, i), m->suite->nh);
	json_close(&m->j, ']');
	json_open(&m->j, "resolutions", '[');
	for (i = 0; i < width; i++) {
		memset(&r, 0, sizeof(r));
		mls_tree_resolution(&t.tree, i, &r);
		json_open(&m->j, NULL, '[');
		for (j = 0; j < r.n; j++)
			json_int(&m->j, NULL, r.v[j]);
		json_close(&m->j, ']');
		mls_list32_free(&r);
	}
	json_close(&m->j, ']');
	mls_tree_free(&t.tree);
}

/* treekem */

static void
mls_make_private(struct mls_make *m, const struct mls_make_tree *t, uint32_t i)
{
	const struct mls_make_member *who = &t->member[i];
	unsigned level;

	json_open(&m->j, NULL, '{');
	json_int(&m->j, "index", i);
	json_hex(&m->j, "encryption_priv", who->key, m->suite->secret);
	json_hex(&m->j, "signature_priv", who->signer, SIGN_SEED);
	json_open(&m->j, "path_secrets", '[');
	for (level = 1; level <= 2; level++) {
		if (!who->have[level - 1])
			continue;
		json_open(&m->j, NULL, '{');
		json_int(&m->j, "node", tree_math_ancestor(i, level));
		json_hex(&m->j, "path_secret", who->path[level - 1],
		    m->suite->nh);
		json_close(&m->j, '}');
	}
	json_close(&m->j, ']');
	json_close(&m->j, '}');
}

static void
mls_make_kem_context(struct mls_make *m, struct mls_tree *after,
    const struct mls_make_tree *t, struct bytes confirmed, struct buf *out)
{
	const struct mls_context context = {
		.suite = m->suite, .group_id = bytes_of(t->id, sizeof(t->id)),
		.epoch = 7, .confirmed = confirmed,
		.tree_hash = bytes_of(tree_hash_root(after), m->suite->nh),
	};

	mls_context_put(out, &context);
}

static void
mls_make_secrets(struct mls_make *m, const struct treekem_plan *plan)
{
	uint32_t j, node;

	json_open(&m->j, "path_secrets", '[');
	for (j = 0; j < LEAVES; j++) {
		if (j == plan->leaf || j >= MEMBERS) {
			json_string(&m->j, NULL, NULL);
			continue;
		}
		node = tree_math_common(plan->leaf, j);
		json_hex(&m->j, NULL,
		    plan->secrets.path[tree_math_level(node)], m->suite->nh);
	}
	json_close(&m->j, ']');
	json_hex(&m->j, "commit_secret", plan->commit_secret, m->suite->nh);
}

static void
mls_make_update(struct mls_make *m, struct mls_make_tree *t, uint32_t sender,
    struct bytes confirmed)
{
	static const struct mls_list32 none;
	struct mls_tree after = { 0 };
	struct treekem_plan plan = { 0 };
	struct buf context = { 0 }, path = { 0 };

	mls_tree_copy(&after, &t->tree);
	mls_make_try(m, treekem_plan(m->rng, &after, sender, bytes_of(t->id,
	    sizeof(t->id)), NULL, t->member[sender].signer, &plan));
	mls_make_kem_context(m, &after, t, confirmed, &context);
	mls_make_try(m, treekem_encrypt(m->rng, &after, &plan,
	    buf_view(&context), &none, &path));
	json_open(&m->j, NULL, '{');
	json_int(&m->j, "sender", sender);
	mls_make_hex(m, "update_path", buf_view(&path));
	mls_make_secrets(m, &plan);
	json_hex(&m->j, "tree_hash_after", tree_hash_root(&after),
	    m->suite->nh);
	json_close(&m->j, '}');
	treekem_plan_free(&plan);
	buf_free(&path);
	buf_free(&context);
	mls_tree_free(&after);
}

void
mls_make_treekem(struct mls_make *m)
{
	struct mls_make_tree t;
	uint8_t confirmed[MLS_NH_MAX];
	uint32_t i;

	mls_make_grown(m, &t);
	json_hex(&m->j, "group_id", t.id, sizeof(t.id));
	json_int(&m->j, "epoch", 7);
	mls_make_random(m, "confirmed_transcript_hash", confirmed,
	    m->suite->nh);
	mls_make_ratchet_tree(m, "ratchet_tree", &t.tree);
	json_open(&m->j, "leaves_private", '[');
	for (i = 0; i < MEMBERS; i++)
		mls_make_private(m, &t, i);
	json_close(&m->j, ']');
	json_open(&m->j, "update_paths", '[');
	mls_make_update(m, &t, 1, bytes_of(confirmed, m->suite->nh));
	json_close(&m->j, ']');
	mls_tree_free(&t.tree);
	mem_wipe(&t, sizeof(t));
}
