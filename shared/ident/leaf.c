/* SPDX-License-Identifier: ISC */
/*
 * A leaf of the directory's log: this name belongs to this account, whose
 * record of this version has this hash. The name is hashed under the relay's
 * head key, so a list of leaves is no list of names, though anybody can ask
 * whether a name that he guesses is in it. Each leaf tells where the last one
 * of the same name stands: who has replayed all leaves knows what is newest.
 */
#include "ident.h"

#define LEAF_FORMAT 1

void
leaf_index(const uint8_t head_key[static SIGN_PUBLIC], struct bytes name,
    uint8_t index[static HASH32])
{
	hash_keyed(head_key, "tacet name", &name, 1, index);
}

void
leaf_make(const uint8_t head_key[static SIGN_PUBLIC], const struct record *r,
    uint64_t prev, struct leaf *l)
{
	leaf_index(head_key, bytes_of(r->name, strlen(r->name)), l->index);
	memcpy(l->account, r->account, ACCOUNT_ID);
	l->version = r->version;
	memcpy(l->record, r->hash, HASH32);
	l->prev = prev;
}

static void
leaf_u64(uint8_t out[static 8], uint64_t v)
{
	size_t i;

	for (i = 0; i < 8; i++)
		out[i] = (uint8_t)(v >> (56 - 8 * i));
}

void
leaf_put(const struct leaf *l, uint8_t out[static LEAF_SIZE])
{
	*out++ = LEAF_FORMAT;
	memcpy(out, l->index, HASH32);
	memcpy(out + HASH32, l->account, ACCOUNT_ID);
	out += HASH32 + ACCOUNT_ID;
	leaf_u64(out, l->version);
	memcpy(out + 8, l->record, HASH32);
	leaf_u64(out + 8 + HASH32, l->prev);
}

int
leaf_get(struct bytes in, struct leaf *l)
{
	struct rd r = rd_of(in);

	memset(l, 0, sizeof(*l));
	if (rd_u8(&r) != LEAF_FORMAT)
		rd_fail(&r, ERR_VERSION);
	rd_copy(&r, l->index, HASH32);
	rd_copy(&r, l->account, ACCOUNT_ID);
	l->version = rd_u64(&r);
	rd_copy(&r, l->record, HASH32);
	l->prev = rd_u64(&r);
	if (r.err == 0 && l->version == 0)
		rd_fail(&r, ERR_FORMAT);
	return rd_end(&r);
}

void
leaf_hash(const struct leaf *l, uint8_t hash[static HASH32])
{
	uint8_t raw[LEAF_SIZE];

	leaf_put(l, raw);
	merkle_leaf(bytes_of(raw, sizeof(raw)), hash);
}
