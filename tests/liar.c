/* SPDX-License-Identifier: ISC */
/* See liar.h. */
#include <stdio.h>
#include <stdlib.h>

#include "liar.h"
#include "tap.h"

static int
liar_node(void *arg, unsigned level, uint64_t number,
    uint8_t hash[static HASH32])
{
	const struct liar *l = arg;
	struct merkle_range r = {.size = 0};
	uint64_t i, first = number << level;

	for (i = first; i < first + (1ull << level); i++) {
		leaf_hash(&l->leaf[i], hash);
		if (merkle_add(&r, hash, NULL, NULL) != 0)
			return ERR_RANGE;
	}
	merkle_root(&r, hash);
	return 0;
}

static struct merkle_nodes
liar_nodes(struct liar *l)
{
	return (struct merkle_nodes){liar_node, l};
}

void
liar_sync(struct liar *l)
{
	struct buf page = {0};
	struct rd r;

	do {
		buf_clear(&page);
		if (ledger_page(l->r, l->n, UINT64_MAX, &page) != 0)
			bail("no leaves");
		r = rd_of(buf_view(&page));
		while (rd_left(&r) > 0) {
			l->leaf = mem_grow(l->leaf, l->n + 1,
			    sizeof(*l->leaf));
			if (leaf_get(rd_view(&r, LEAF_SIZE),
			    &l->leaf[l->n++]) != 0)
				bail("a bad leaf");
		}
	} while (page.n > 0);
	buf_free(&page);
}

/* As the signer keeps it: behind a line of text. */
static void
liar_key(struct liar *l)
{
	char *path = mem_format("%s/signer/key", l->r->data);
	uint8_t raw[256], public[SIGN_PUBLIC];
	FILE *f = fopen(path, "rb");
	size_t n = f != NULL ? fread(raw, 1, sizeof(raw), f) : 0;

	if (n <= SIGN_SEED)
		bail("no head key in %s", path);
	sign_seed(raw + n - SIGN_SEED, public, l->secret);
	(void)fclose(f);
	if (memcmp(public, keys_head(l->r->keys), SIGN_PUBLIC) != 0)
		bail("not the head key: %s", path);
	free(path);
}

void
liar_open(struct liar *l, struct relay *r)
{
	memset(l, 0, sizeof(*l));
	l->r = r;
	liar_key(l);
	liar_sync(l);
}

void
liar_close(struct liar *l)
{
	size_t i;

	liar_stop(l);
	for (i = 0; i < l->shows; i++)
		buf_free(&l->shown[i].raw);
	buf_free(&l->proof);
	buf_free(&l->page);
	free(l->leaf);
	memset(l, 0, sizeof(*l));
}

void
liar_head(struct liar *l, size_t size, struct head *h)
{
	struct merkle_nodes nodes = liar_nodes(l);
	struct merkle_range r;

	memset(h, 0, sizeof(*h));
	h->size = size;
	h->time = (uint64_t)(relay_now(l->r) - l->age);
	if (merkle_range_at(&nodes, size, &r) != 0)
		bail("no range");
	merkle_root(&r, h->root);
	head_sign(h, l->secret);
}

void
liar_leaf(struct liar *l, const struct record *rec)
{
	struct leaf leaf;
	uint64_t prev = 0;
	size_t i;

	leaf_make(keys_head(l->r->keys), rec, 0, &leaf);
	for (i = 0; i < l->n; i++)
		if (memcmp(l->leaf[i].index, leaf.index, HASH32) == 0)
			prev = i + 1;
	leaf.prev = prev;
	l->leaf = mem_grow(l->leaf, l->n + 1, sizeof(*l->leaf));
	l->leaf[l->n++] = leaf;
}

void
liar_show(struct liar *l, const struct record *rec, struct bytes raw)
{
	struct liar_record *s = &l->shown[l->shows++];

	assert(l->shows <= COUNT(l->shown));
	s->rec = *rec;
	memset(&s->raw, 0, sizeof(s->raw));
	buf_bytes(&s->raw, raw);
}

void
liar_mallory(const struct record *of, struct record *rec, struct buf *raw)
{
	uint8_t secret[SIGN_SECRET];

	*rec = *of;
	if (rec->version > 1)
		memcpy(rec->prev, of->hash, HASH32);
	sign_keypair(&rng_system, rec->account_key, secret);
	if (record_put(rec, secret, raw) != 0)
		bail("no record of mallory");
}

void
liar_rebind(struct relay *r, const struct record *rec, struct bytes raw)
{
	struct key name = {.n = 0}, at = key_of(rec->account, ACCOUNT_ID);
	struct key before = at, number = {.n = 0};
	struct liar l;
	struct leaf leaf;
	size_t i, prev = SIZE_MAX;

	liar_open(&l, r);
	leaf_make(keys_head(r->keys), rec, 0, &leaf);
	for (i = 0; i < l.n; i++)
		if (memcmp(l.leaf[i].index, leaf.index, HASH32) == 0)
			prev = i;
	liar_close(&l);
	assert(prev != SIZE_MAX && rec->version > 1);
	name = key_of(rec->name, strlen(rec->name));
	key_u64(&at, rec->version);
	/* where ledger_add looks for the leaf before */
	key_u64(&before, rec->version - 1);
	key_u64(&number, prev);
	if (store_put(r->store, TABLE_place, key_view(&before),
	    key_view(&number)) != 0 ||
	    store_put(r->store, TABLE_name, key_view(&name),
	    bytes_of(rec->account, ACCOUNT_ID)) != 0 ||
	    store_put(r->store, TABLE_record, key_view(&at), raw) != 0 ||
	    ledger_add(r, rec) != 0)
		bail("the store refuses");
}

/* ---- answers ------------------------------------------------------------- */

static struct bytes
liar_raw(struct liar *l)
{
	struct buf b = {0};
	struct head h;

	liar_head(l, l->n, &h);
	if (l->how == LIAR_HEAD_KEY)
		head_sign(&h, l->other);
	head_put(&h, &b);
	memcpy(l->head, b.p, HEAD_SIZE);
	buf_free(&b);
	if (l->how == LIAR_UNSIGNED)
		l->head[HEAD_SIZE - 1] ^= 1;
	return bytes_of(l->head, HEAD_SIZE);
}

static size_t
liar_find(const struct liar *l, const struct record *rec)
{
	size_t i;

	for (i = l->n; i-- > 0;)
		if (memcmp(l->leaf[i].record, rec->hash, HASH32) == 0)
			return i;
	return SIZE_MAX;
}

static void
liar_proof(struct liar *l, size_t number, size_t size)
{
	struct merkle_nodes nodes = liar_nodes(l);

	buf_clear(&l->proof);
	if (l->how != LIAR_NO_PROOF &&
	    merkle_prove(&nodes, number, size, &l->proof) != 0)
		bail("no proof");
	if (l->how == LIAR_FLIP && l->proof.n > 0)
		l->proof.p[l->proof.n - 1] ^= 1;
}

/* All is right but the key: the name's index is computed under that. */
static size_t
liar_forge(struct liar *l, const struct record *rec)
{
	uint8_t public[SIGN_PUBLIC];

	if (!l->forged) {
		sign_keypair(&rng_system, public, l->other);
		l->leaf = mem_grow(l->leaf, l->n + 1, sizeof(*l->leaf));
		leaf_make(public, rec, 0, &l->leaf[l->n++]);
		l->forged = true;
	}
	return l->n - 1;
}

static void
liar_record(struct liar *l, struct msg *m)
{
	struct record rec;
	size_t i, at;

	if (record_get(m->record.record, &rec) != 0)
		bail("the relay's own record");
	for (i = l->shows; i-- > 0;)
		if (strcmp(l->shown[i].rec.name, rec.name) == 0) {
			rec = l->shown[i].rec;
			m->record.record = buf_view(&l->shown[i].raw);
			break;
		}
	at = l->how == LIAR_HEAD_KEY ? liar_forge(l, &rec) :
	    liar_find(l, &rec);
	if (at == SIZE_MAX)
		return;         /* the true proof, which doesn't fit */
	m->record.number = l->how == LIAR_NUMBER ? (at + 1) % l->n : at;
	m->record.prev = l->leaf[at].prev;
	liar_proof(l, at, l->how == LIAR_SIZE && at + 1 < l->n ? l->n - 1 :
	    l->n);
	m->record.proof = buf_view(&l->proof);
	m->record.head = liar_raw(l);
}

static void
liar_leaves(struct liar *l, struct msg *m)
{
	size_t i, from = (size_t)m->leaves.from;
	uint8_t raw[LEAF_SIZE];

	buf_clear(&l->page);
	for (i = from; i < l->n && i < from + LEDGER_PAGE; i++) {
		leaf_put(&l->leaf[i], raw);
		raw[40] ^= l->how == LIAR_LEAVES;
		buf_put(&l->page, raw, sizeof(raw));
	}
	m->leaves.leaves = buf_view(&l->page);
}

static bool
liar_evil(void *arg, struct relay *r, struct peer *p, struct msg *m)
{
	struct liar *l = arg;

	(void)r;
	if (l->victim != NULL && strcmp(p->name, l->victim) != 0)
		return true;
	if (m->code != MSG_record && m->code != MSG_head &&
	    m->code != MSG_leaves && m->code != MSG_extends)
		return true;
	l->lies++;
	l->records += m->code == MSG_record;
	if (l->silent)
		return false;
	if (m->code == MSG_record)
		liar_record(l, m);
	else if (m->code == MSG_head)
		m->head.head = liar_raw(l);
	else if (m->code == MSG_leaves)
		liar_leaves(l, m);
	return true;
}

void
liar_tell(struct liar *l)
{
	l->r->evil = liar_evil;
	l->r->evil_arg = l;
}

void
liar_stop(struct liar *l)
{
	if (l->r != NULL && l->r->evil_arg == l)
		l->r->evil = NULL;
}
