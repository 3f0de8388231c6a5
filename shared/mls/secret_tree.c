/* SPDX-License-Identifier: ISC */
/*
 * The secret tree and its ratchets (RFC 9420 9). A key is first found, which
 * changes nothing, and used once the message it opens has proven good; then
 * all that it was derived from is wiped. Keys that were jumped over are kept
 * for messages that come late (secret_kept.c).
 */
#include <stdlib.h>

#include "mls_epoch.h"

static uint8_t *
node_at(const struct secret_tree *t, uint32_t node)
{
	return t->node + (size_t)node * t->suite->nh;
}

static void
tree_alloc(struct secret_tree *t, const struct mls_suite *suite,
    uint32_t leaves)
{
	uint32_t width = tree_math_width(leaves);

	*t = (struct secret_tree){ .suite = suite, .leaves = leaves };
	t->node = mem_array(width, suite->nh);
	t->have = mem_array(width, 1);
	t->ratchet[0] = mem_array(leaves, sizeof **t->ratchet);
	t->ratchet[1] = mem_array(leaves, sizeof **t->ratchet);
}

void
secret_tree_start(struct secret_tree *t, const struct mls_suite *suite,
    uint32_t leaves, const uint8_t *encryption_secret)
{
	uint32_t root = tree_math_root(leaves);

	tree_alloc(t, suite, leaves);
	memcpy(node_at(t, root), encryption_secret, suite->nh);
	t->have[root] = 1;
}

static void
wipe_free(void *p, size_t n)
{
	if (p == NULL)
		return;
	mem_wipe(p, n);
	free(p);
}

void
secret_tree_free(struct secret_tree *t)
{
	if (t->suite == NULL)
		return;
	wipe_free(t->node, tree_math_width(t->leaves) * t->suite->nh);
	wipe_free(t->ratchet[0], t->leaves * sizeof **t->ratchet);
	wipe_free(t->ratchet[1], t->leaves * sizeof **t->ratchet);
	wipe_free(t->kept, MLS_KEPT_MAX * sizeof *t->kept);
	free(t->have);
	*t = (struct secret_tree){ 0 };
}

static int
derive_child(const struct secret_tree *t, const uint8_t *parent, bool right,
    uint8_t *out)
{
	uint8_t tmp[MLS_NH_MAX];
	int err;

	err = mls_expand(t->suite, bytes_of(parent, t->suite->nh),
	    mls_text("tree"), mls_text(right ? "right" : "left"), tmp,
	    t->suite->nh);
	if (err == 0)
		memcpy(out, tmp, t->suite->nh);
	mem_wipe(tmp, sizeof tmp);
	return err;
}

/* The level of the nearest secret at or above a leaf; ERR_REPLAY if all of
 * them were consumed. */
static int
nearest(const struct secret_tree *t, uint32_t leaf, unsigned *level)
{
	unsigned top = tree_math_level(tree_math_root(t->leaves));

	for (*level = 0; *level <= top; ++*level)
		if (t->have[tree_math_ancestor(leaf, *level)])
			return 0;
	return ERR_REPLAY;
}

static int
start_ratchet(const struct secret_tree *t, const uint8_t *leaf_secret,
    enum secret_kind kind, struct secret_ratchet *r)
{
	static const char *const label[] = { "handshake", "application" };
	int err;

	*r = (struct secret_ratchet){ .set = true };
	err = mls_derive(t->suite, leaf_secret, label[kind], r->secret);
	return err;
}

/* A copy of the ratchet as it stands, derived from the tree if need be. */
static int
peek_ratchet(const struct secret_tree *t, uint32_t leaf,
    enum secret_kind kind, struct secret_ratchet *r)
{
	uint8_t secret[MLS_NH_MAX];
	unsigned level;
	int err;

	if (t->ratchet[kind][leaf].set) {
		*r = t->ratchet[kind][leaf];
		return 0;
	}
	err = nearest(t, leaf, &level);
	if (err != 0)
		return err;
	memcpy(secret, node_at(t, tree_math_ancestor(leaf, level)),
	    t->suite->nh);
	while (level > 0 && err == 0) {
		level--;
		err = derive_child(t, secret, leaf >> level & 1, secret);
	}
	if (err == 0)
		err = start_ratchet(t, secret, kind, r);
	mem_wipe(secret, sizeof secret);
	return err;
}

/* Key and nonce of the ratchet's generation, and one step on. */
static int
step(const struct mls_suite *suite, struct secret_ratchet *r,
    struct secret_key *key)
{
	uint8_t next[MLS_NH_MAX];
	int err = 0;

	if (key != NULL) {
		err = mls_derive_tree(suite, r->secret, "nonce", r->next,
		    key->nonce, suite->nn);
		if (err == 0)
			err = mls_derive_tree(suite, r->secret, "key",
			    r->next, key->key, suite->nk);
	}
	if (err == 0)
		err = mls_derive_tree(suite, r->secret, "secret", r->next,
		    next, suite->nh);
	if (err == 0) {
		memcpy(r->secret, next, suite->nh);
		r->next++;
	}
	mem_wipe(next, sizeof next);
	return err;
}

static int
find_kept(const struct secret_tree *t, uint32_t leaf, enum secret_kind kind,
    uint32_t generation, struct secret_key *key)
{
	const struct secret_kept *k = secret_kept_find(t, leaf, kind, generation);

	if (k == NULL)
		return ERR_REPLAY;
	memcpy(key->key, k->key, sizeof key->key);
	memcpy(key->nonce, k->nonce, sizeof key->nonce);
	return 0;
}

int
secret_tree_find(const struct secret_tree *t, uint32_t leaf,
    enum secret_kind kind, uint32_t generation, struct secret_key *key)
{
	struct secret_ratchet r;
	int err;

	if (leaf >= t->leaves)
		return ERR_RANGE;
	if (generation == UINT32_MAX)
		return ERR_BIG;
	err = peek_ratchet(t, leaf, kind, &r);
	if (err == 0 && generation < r.next)
		err = find_kept(t, leaf, kind, generation, key);
	else if (err == 0 && generation - r.next > MLS_SKIP_MAX &&
	    defence(skip))
		err = ERR_BIG;
	else
		while (err == 0 && r.next <= generation)
			err = step(t->suite, &r,
			    r.next == generation ? key : NULL);
	mem_wipe(&r, sizeof r);
	return err;
}

/* Derives the leaf's ratchets for good: the path to it is consumed, what hangs
 * off the path stays. */
static int
open_leaf(struct secret_tree *t, uint32_t leaf)
{
	unsigned level;
	uint32_t node;
	int err;

	err = nearest(t, leaf, &level);
	for (; err == 0 && level > 0; level--) {
		node = tree_math_ancestor(leaf, level);
		err = derive_child(t, node_at(t, node), false,
		    node_at(t, tree_math_left(node)));
		if (err == 0)
			err = derive_child(t, node_at(t, node), true,
			    node_at(t, tree_math_right(node)));
		if (err != 0)
			break;
		t->have[tree_math_left(node)] = 1;
		t->have[tree_math_right(node)] = 1;
		if (!defence(forget))
			continue;
		t->have[node] = 0;
		mem_wipe(node_at(t, node), t->suite->nh);
	}
	if (err == 0)
		err = start_ratchet(t, node_at(t, 2 * leaf), SECRET_HANDSHAKE,
		    &t->ratchet[SECRET_HANDSHAKE][leaf]);
	if (err == 0)
		err = start_ratchet(t, node_at(t, 2 * leaf),
		    SECRET_APPLICATION, &t->ratchet[SECRET_APPLICATION][leaf]);
	if (err == 0) {
		t->have[2 * leaf] = 0;
		mem_wipe(node_at(t, 2 * leaf), t->suite->nh);
	}
	return err;
}

static int
keep_step(struct secret_tree *t, uint32_t leaf, enum secret_kind kind,
    struct secret_ratchet *r)
{
	struct secret_kept *k = &t->kept[t->n_kept];
	struct secret_key key;
	int err;

	k->leaf = leaf;
	k->kind = (uint8_t)kind;
	k->generation = r->next;
	err = step(t->suite, r, &key);
	if (err == 0) {
		memcpy(k->key, key.key, sizeof k->key);
		memcpy(k->nonce, key.nonce, sizeof k->nonce);
		t->n_kept += defence(order) ? 1 : 0;
	}
	mem_wipe(&key, sizeof key);
	return err;
}

int
secret_tree_use(struct secret_tree *t, uint32_t leaf, enum secret_kind kind,
    uint32_t generation)
{
	struct secret_ratchet *r;
	struct secret_kept *k;
	uint32_t skip = 0;
	int err = 0;

	if (leaf >= t->leaves)
		return ERR_RANGE;
	r = &t->ratchet[kind][leaf];
	if (!r->set && (err = open_leaf(t, leaf)) != 0)
		return err;
	if (generation < r->next) {
		k = secret_kept_find(t, leaf, kind, generation);
		if (k == NULL)
			return ERR_REPLAY;
		if (defence(replay))
			secret_kept_remove(t, (size_t)(k - t->kept), 1);
		return 0;
	}
	if (generation == UINT32_MAX || generation - r->next > MLS_SKIP_MAX)
		return ERR_BIG;
	if (generation > r->next)
		skip = secret_kept_room(t, leaf, generation - r->next);
	for (; err == 0 && skip > 0; skip--)
		err = step(t->suite, r, NULL);
	while (err == 0 && r->next < generation)
		err = keep_step(t, leaf, kind, r);
	return err != 0 ? err : step(t->suite, r, NULL);
}

int
secret_tree_next(struct secret_tree *t, uint32_t leaf, enum secret_kind kind,
    uint32_t *generation, struct secret_key *key)
{
	int err;

	assert(leaf < t->leaves);
	*generation = t->ratchet[kind][leaf].set ?
	    t->ratchet[kind][leaf].next : 0;
	err = secret_tree_find(t, leaf, kind, *generation, key);
	return err != 0 ? err : secret_tree_use(t, leaf, kind, *generation);
}

int
secret_tree_sender_data(const struct mls_suite *suite, const uint8_t *secret,
    struct bytes ciphertext, struct secret_key *key)
{
	struct bytes sample = ciphertext;
	int err;

	if (sample.n > suite->nh)
		sample.n = suite->nh;
	err = mls_expand(suite, bytes_of(secret, suite->nh), mls_text("key"),
	    sample, key->key, suite->nk);
	if (err == 0)
		err = mls_expand(suite, bytes_of(secret, suite->nh),
		    mls_text("nonce"), sample, key->nonce, suite->nn);
	return err;
}

static void
save_nodes(const struct secret_tree *t, struct buf *b)
{
	uint32_t width = tree_math_width(t->leaves), i, n = 0;

	for (i = 0; i < width; i++)
		n += t->have[i];
	buf_u32(b, n);
	for (i = 0; i < width; i++) {
		if (!t->have[i])
			continue;
		buf_u32(b, i);
		buf_put(b, node_at(t, i), t->suite->nh);
	}
}

static void
save_ratchets(const struct secret_tree *t, struct buf *b)
{
	uint32_t i, n = 0;
	int kind;

	for (i = 0; i < t->leaves; i++)
		n += t->ratchet[0][i].set;
	buf_u32(b, n);
	for (i = 0; i < t->leaves; i++) {
		if (!t->ratchet[0][i].set)
			continue;
		buf_u32(b, i);
		for (kind = 0; kind < 2; kind++) {
			buf_u32(b, t->ratchet[kind][i].next);
			buf_put(b, t->ratchet[kind][i].secret, t->suite->nh);
		}
	}
}

void
secret_tree_save(const struct secret_tree *t, struct buf *b)
{
	size_t i;

	save_nodes(t, b);
	save_ratchets(t, b);
	buf_u32(b, (uint32_t)t->n_kept);
	for (i = 0; i < t->n_kept; i++) {
		buf_u32(b, t->kept[i].leaf);
		buf_u8(b, t->kept[i].kind);
		buf_u32(b, t->kept[i].generation);
		buf_put(b, t->kept[i].key, sizeof t->kept[i].key);
		buf_put(b, t->kept[i].nonce, sizeof t->kept[i].nonce);
	}
}

static void
load_nodes(struct rd *rd, struct secret_tree *t)
{
	uint32_t n = rd_u32(rd), i;

	while (n-- > 0 && rd->err == 0) {
		i = rd_u32(rd);
		if (i >= tree_math_width(t->leaves)) {
			rd_fail(rd, ERR_RANGE);
			return;
		}
		rd_copy(rd, node_at(t, i), t->suite->nh);
		t->have[i] = 1;
	}
}

static void
load_ratchets(struct rd *rd, struct secret_tree *t)
{
	uint32_t n = rd_u32(rd), i;
	int kind;

	while (n-- > 0 && rd->err == 0) {
		i = rd_u32(rd);
		if (i >= t->leaves) {
			rd_fail(rd, ERR_RANGE);
			return;
		}
		for (kind = 0; kind < 2; kind++) {
			t->ratchet[kind][i].set = true;
			t->ratchet[kind][i].next = rd_u32(rd);
			rd_copy(rd, t->ratchet[kind][i].secret, t->suite->nh);
		}
	}
}

static void
load_kept(struct rd *rd, struct secret_tree *t)
{
	uint32_t n = rd_u32(rd);
	struct secret_kept *k;

	if (n > MLS_KEPT_MAX) {
		rd_fail(rd, ERR_RANGE);
		return;
	}
	if (n > 0)
		secret_kept_alloc(t);
	for (; t->n_kept < n && rd->err == 0; t->n_kept++) {
		k = &t->kept[t->n_kept];
		k->leaf = rd_u32(rd);
		if (k->leaf >= t->leaves) {
			rd_fail(rd, ERR_RANGE);
			return;
		}
		k->kind = rd_u8(rd);
		k->generation = rd_u32(rd);
		rd_copy(rd, k->key, sizeof k->key);
		rd_copy(rd, k->nonce, sizeof k->nonce);
	}
}

int
secret_tree_load(struct rd *rd, const struct mls_suite *suite,
    uint32_t leaves, struct secret_tree *t)
{
	tree_alloc(t, suite, leaves);
	load_nodes(rd, t);
	load_ratchets(rd, t);
	load_kept(rd, t);
	if (rd->err != 0)
		secret_tree_free(t);
	return rd->err;
}
