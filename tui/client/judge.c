/* SPDX-License-Identifier: ISC */
/*
 * The authentication service of our MLS groups (RFC 9420 5.3.1): a leaf stands
 * for a person only when its credential, its signature key and the record
 * version in its extension agree with the record we hold. Nothing the relay
 * says is enough. A version we have not seen yet is refused for now
 * (ERR_STATE), so that the caller looks the record up and tries again.
 */
#include "inside.h"

static const struct record *
judge_record(struct client *c, const uint8_t account[static ACCOUNT_ID])
{
	struct person *p;

	if (memcmp(account, c->self.account, ACCOUNT_ID) == 0)
		return &c->self.record;
	p = person_of(c, account);
	return p != NULL && !p->changed ? &p->record : NULL;
}

static bool
judge_identity(const struct mls_leaf *leaf)
{
	return leaf->credential.type == MLS_BASIC &&
	    leaf->credential.body.n == CREDENTIAL_SIZE;
}

struct person *
person_of_leaf(struct client *c, const struct mls_leaf *leaf)
{
	return judge_identity(leaf) ?
	    person_of(c, leaf->credential.body.p) : NULL;
}

static int
judge_version(const struct mls_leaf *leaf, const struct record *r)
{
	uint8_t hash[HASH32];
	uint64_t version;
	struct bytes ext;
	int err;

	err = mls_ext_find(leaf->extensions, LEAF_EXT_TYPE, &ext);
	if (err == 0)
		err = leaf_ext_get(ext, &version, hash);
	if (err != 0)
		return ERR_RULE;
	if (version > r->version)
		return ERR_STATE;
	if (version == r->version)
		return memcmp(hash, r->hash, HASH32) == 0 ? 0 : ERR_RULE;
	/* the one before is named by the chain; older ones can't be checked */
	if (version == r->version - 1)
		return memcmp(hash, r->prev, HASH32) == 0 ? 0 : ERR_RULE;
	return ERR_RULE;
}

/* One account never takes another's leaf over, and never steps back. */
static int
judge_before(const struct mls_leaf *leaf, const struct mls_leaf *before)
{
	uint8_t hash[HASH32];
	uint64_t was, is;
	struct bytes a, b;

	if (!judge_identity(before) || !bytes_same(leaf->credential.body,
	    before->credential.body))
		return ERR_RULE;
	if (mls_ext_find(before->extensions, LEAF_EXT_TYPE, &a) != 0 ||
	    mls_ext_find(leaf->extensions, LEAF_EXT_TYPE, &b) != 0 ||
	    leaf_ext_get(a, &was, hash) != 0 ||
	    leaf_ext_get(b, &is, hash) != 0)
		return ERR_RULE;
	return is >= was ? 0 : ERR_REPLAY;
}

int
person_judge(void *arg, const struct mls_leaf *leaf,
    const struct mls_leaf *before)
{
	struct client *c = arg;
	const struct device *d;
	const struct record *r;
	int err;

	if (!judge_identity(leaf))
		return ERR_RULE;
	r = judge_record(c, leaf->credential.body.p);
	if (r == NULL)
		return ERR_NONE;
	d = record_device(r, leaf->credential.body.p + ACCOUNT_ID);
	if (d == NULL || !bytes_same(leaf->signature_key,
	    bytes_of(d->sign, SIGN_PUBLIC)))
		return ERR_DENIED;
	err = judge_version(leaf, r);
	if (err == 0 && before != NULL)
		err = judge_before(leaf, before);
	return err;
}

void
client_env(struct client *c, struct mls_env *env)
{
	*env = (struct mls_env){
		.rng = c->rng,
		.now = (uint64_t)(client_now(c) / 1000),
		.lifetime_max = MLS_LIFETIME_MAX,
		.judge = person_judge,
		.arg = c,
	};
}
