/* SPDX-License-Identifier: ISC */
/*
 * Leaf nodes, credentials, capabilities and lists of extensions (RFC 9420 5.3,
 * 7.2, 13.4) as bytes and views. Well-formedness only: whether a leaf may
 * stand in a group is tree_check.c's and the judge's matter.
 */
#include "mls_parts.h"

int
mls_ext_next(struct rd *list, uint16_t *type, struct bytes *data)
{
	if (rd_left(list) == 0)
		return list->err ? list->err : ERR_NONE;
	*type = rd_u16(list);
	*data = mls_get_vector(list);
	return list->err;
}

int
mls_ext_find(struct bytes list, uint16_t type, struct bytes *data)
{
	struct rd rd = rd_of(list);
	uint16_t t;
	int err;

	while ((err = mls_ext_next(&rd, &t, data)) == 0)
		if (t == type)
			return 0;
	*data = bytes_of(NULL, 0);
	return err;
}

void
mls_ext_put(struct buf *list, uint16_t type, struct bytes data)
{
	buf_u16(list, type);
	mls_put_vector(list, data);
}

/* 13.4: a list must not have more than one extension of any given type. */
int
mls_ext_check(struct bytes list)
{
	uint16_t seen[MLS_EXTENSIONS_MAX], type;
	struct rd rd = rd_of(list);
	struct bytes data;
	size_t n = 0, i;
	int err;

	while ((err = mls_ext_next(&rd, &type, &data)) == 0) {
		if (n == COUNT(seen))
			return ERR_BIG;
		for (i = 0; i < n; i++)
			if (seen[i] == type)
				return ERR_FORMAT;
		seen[n++] = type;
	}
	return err == ERR_NONE ? 0 : err;
}

bool
mls_caps_has(struct bytes list, uint16_t value)
{
	size_t i;

	for (i = 0; i + 1 < list.n; i += 2)
		if ((list.p[i] << 8 | list.p[i + 1]) == value)
			return true;
	return false;
}

static int
certificates_check(struct bytes list)
{
	struct rd rd = rd_of(list);

	while (rd_left(&rd) > 0)
		mls_get_vector(&rd);
	return rd.err;
}

/* A type that we do not know is one opaque vector, so that it can be carried
 * and refused by name. */
int
mls_credential_get(struct rd *rd, struct mls_credential *c)
{
	int err;

	c->type = rd_u16(rd);
	c->body = mls_get_vector(rd);
	if (rd->err == 0 && c->type == MLS_X509 &&
	    (err = certificates_check(c->body)) != 0)
		rd_fail(rd, err);
	return rd->err;
}

void
mls_credential_put(struct buf *b, const struct mls_credential *c)
{
	buf_u16(b, c->type);
	mls_put_vector(b, c->body);
}

static struct bytes
get_u16_list(struct rd *rd)
{
	struct bytes v = mls_get_vector(rd);

	if (v.n % 2 != 0)
		rd_fail(rd, ERR_FORMAT);
	return v;
}

static void
get_source(struct rd *rd, struct mls_leaf *leaf)
{
	leaf->source = rd_u8(rd);
	switch (leaf->source) {
	case MLS_FROM_PACKAGE:
		leaf->not_before = rd_u64(rd);
		leaf->not_after = rd_u64(rd);
		break;
	case MLS_FROM_UPDATE:
		break;
	case MLS_FROM_COMMIT:
		leaf->parent_hash = mls_get_vector(rd);
		break;
	default:
		rd_fail(rd, ERR_FORMAT);
	}
}

int
mls_leaf_get(struct rd *rd, struct mls_leaf *leaf)
{
	const uint8_t *start = rd->p;
	int err;

	*leaf = (struct mls_leaf){ 0 };
	leaf->encryption_key = mls_get_vector(rd);
	leaf->signature_key = mls_get_vector(rd);
	mls_credential_get(rd, &leaf->credential);
	leaf->caps.versions = get_u16_list(rd);
	leaf->caps.suites = get_u16_list(rd);
	leaf->caps.extensions = get_u16_list(rd);
	leaf->caps.proposals = get_u16_list(rd);
	leaf->caps.credentials = get_u16_list(rd);
	get_source(rd, leaf);
	leaf->extensions = mls_get_vector(rd);
	if (rd->err == 0 && (err = mls_ext_check(leaf->extensions)) != 0)
		rd_fail(rd, err);
	if (rd->err == 0)
		leaf->tbs = bytes_of(start, (size_t)(rd->p - start));
	leaf->signature = mls_get_vector(rd);
	if (rd->err == 0)
		leaf->raw = bytes_of(start, (size_t)(rd->p - start));
	return rd->err;
}

static void
leaf_put_unsigned(struct buf *b, const struct mls_leaf *leaf)
{
	mls_put_vector(b, leaf->encryption_key);
	mls_put_vector(b, leaf->signature_key);
	mls_credential_put(b, &leaf->credential);
	mls_put_vector(b, leaf->caps.versions);
	mls_put_vector(b, leaf->caps.suites);
	mls_put_vector(b, leaf->caps.extensions);
	mls_put_vector(b, leaf->caps.proposals);
	mls_put_vector(b, leaf->caps.credentials);
	buf_u8(b, leaf->source);
	if (leaf->source == MLS_FROM_PACKAGE) {
		buf_u64(b, leaf->not_before);
		buf_u64(b, leaf->not_after);
	} else if (leaf->source == MLS_FROM_COMMIT) {
		mls_put_vector(b, leaf->parent_hash);
	}
	mls_put_vector(b, leaf->extensions);
}

void
mls_leaf_put(struct buf *b, const struct mls_leaf *leaf)
{
	leaf_put_unsigned(b, leaf);
	mls_put_vector(b, leaf->signature);
}

/* LeafNodeTBS: bound to group and place unless it came in a KeyPackage. */
void
mls_leaf_tbs(const struct mls_leaf *leaf, struct bytes group_id,
    uint32_t index, struct buf *b)
{
	buf_bytes(b, leaf->tbs);
	if (leaf->source == MLS_FROM_PACKAGE)
		return;
	mls_put_vector(b, group_id);
	buf_u32(b, index);
}

void
mls_leaf_again(const struct mls_leaf *old, const struct mls_leaf_ask *ask,
    const uint8_t *signer, struct buf *out)
{
	uint8_t signature[SIGN_SIZE];
	struct mls_leaf leaf = *old;
	struct buf unsigned_part = { 0 }, tbs = { 0 };

	leaf.encryption_key = ask->encryption_key;
	leaf.signature_key = bytes_of(signer + SIGN_SEED, SIGN_PUBLIC);
	leaf.source = ask->source;
	leaf.not_before = ask->not_before;
	leaf.not_after = ask->not_after;
	leaf.parent_hash = ask->parent_hash;
	leaf_put_unsigned(&unsigned_part, &leaf);
	leaf.tbs = buf_view(&unsigned_part);
	mls_leaf_tbs(&leaf, ask->group_id, ask->leaf, &tbs);
	mls_sign(signer, "LeafNodeTBS", buf_view(&tbs), signature);
	buf_bytes(out, buf_view(&unsigned_part));
	mls_put_vector(out, bytes_of(signature, sizeof signature));
	buf_free(&unsigned_part);
	buf_free(&tbs);
}

static uint16_t
grease(const struct rng *rng)
{
	uint16_t n = (uint16_t)rng_below(rng, 15);

	return (uint16_t)(n << 12 | 0x0a00 | n << 4 | 0x0a);
}

static void
put_caps_suites(struct buf *b)
{
	const struct mls_suite *s;
	size_t i;

	for (i = 0; (s = mls_suite_at(i)) != NULL; i++)
		buf_u16(b, s->id);
}

struct caps_store {
	struct buf suites, extensions, proposals, credentials;
};

static void
caps_free(struct caps_store *s)
{
	buf_free(&s->suites);
	buf_free(&s->extensions);
	buf_free(&s->proposals);
	buf_free(&s->credentials);
}

/* What this implementation can do; a grease value in each open list (13.5). */
static struct mls_caps
caps_make(const struct rng *rng, const struct mls_leaf_ask *ask,
    struct caps_store *s)
{
	static const uint8_t mls10[2] = { 0, 1 };
	size_t i;

	put_caps_suites(&s->suites);
	for (i = 0; i < ask->self->n_types; i++)
		buf_u16(&s->extensions, ask->self->types[i]);
	if (ask->last_resort)
		buf_u16(&s->extensions, MLS_EXT_LAST_RESORT);
	buf_u16(&s->credentials, MLS_BASIC);
	if (!ask->self->no_grease) {
		buf_u16(&s->suites, grease(rng));
		buf_u16(&s->extensions, grease(rng));
		buf_u16(&s->proposals, grease(rng));
		buf_u16(&s->credentials, grease(rng));
	}
	return (struct mls_caps){
		bytes_of(mls10, sizeof mls10), buf_view(&s->suites),
		buf_view(&s->extensions), buf_view(&s->proposals),
		buf_view(&s->credentials),
	};
}

/* A leaf that others would refuse is not made. */
static int
check_self(const struct mls_self *self)
{
	struct rd rd = rd_of(self->extensions);
	struct bytes data;
	uint16_t type;
	size_t i;
	int err;

	err = mls_ext_check(self->extensions);
	if (err != 0)
		return err;
	while (mls_ext_next(&rd, &type, &data) == 0) {
		for (i = 0; i < self->n_types; i++)
			if (self->types[i] == type)
				break;
		if (i == self->n_types && type > MLS_EXT_EXTERNAL_SENDERS)
			return ERR_INPUT;
	}
	return 0;
}

int
mls_leaf_make(const struct rng *rng, const struct mls_leaf_ask *ask,
    struct buf *out)
{
	struct caps_store store = { 0 };
	struct mls_leaf leaf = { 0 };
	int err;

	err = check_self(ask->self);
	if (err != 0)
		return err;
	leaf.credential.type = MLS_BASIC;
	leaf.credential.body = ask->self->identity;
	leaf.caps = caps_make(rng, ask, &store);
	leaf.extensions = ask->self->extensions;
	mls_leaf_again(&leaf, ask, ask->self->signer, out);
	caps_free(&store);
	return out->err;
}
