/* SPDX-License-Identifier: ISC */
/*
 * The authentication service of our MLS groups (RFC 9420 5.3.1): a leaf stands
 * for a person only when its credential, its signature key and the record
 * version in its extension agree with the record we hold. Nothing the relay
 * says is enough. A version we have not seen yet is refused for now
 * (ERR_STATE), so that the caller looks the record up and tries again.
 */
#include "inside.h"

struct judged {
	const struct record *now;       /* NULL: nobody we know */
	const struct past *past;
};

static struct judged
judge_record(struct client *c, const uint8_t account[static ACCOUNT_ID])
{
	struct person *p;

	if (memcmp(account, c->self.account, ACCOUNT_ID) == 0)
		return (struct judged){&c->self.record, &c->self.past};
	p = person_of(c, account);
	if (p == NULL || p->changed)
		return (struct judged){NULL, NULL};
	return (struct judged){&p->record, p->past};
}

const struct record *
record_of(struct client *c, const uint8_t account[static ACCOUNT_ID])
{
	return judge_record(c, account).now;
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

/* The version that the leaf names must be one we know, under its hash. *of is
 * the record that says which devices there were: one that was revoked since
 * changes no verdict. Of a version from before our time only the hash of the
 * one before can be known; its devices are then those of the oldest we have. */
static int
judge_version(const struct mls_leaf *leaf, const struct judged *j,
    const struct record **of)
{
	const struct record *r = j->now, *old;
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
	old = version == r->version ? r : past_find(j->past, version);
	*of = old != NULL ? old : r;
	if (old != NULL)
		return memcmp(hash, old->hash, HASH32) == 0 ? 0 : ERR_RULE;
	old = version + 1 == r->version ? r : past_find(j->past, version + 1);
	if (old == NULL)
		return 0;       /* from before our time */
	*of = old;
	return memcmp(hash, old->prev, HASH32) == 0 ? 0 : ERR_RULE;
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
	const struct record *of;
	const struct device *d;
	struct judged j;
	int err;

	if (!judge_identity(leaf))
		return ERR_RULE;
	j = judge_record(c, leaf->credential.body.p);
	if (j.now == NULL) {
		if (person_of(c, leaf->credential.body.p) == NULL)
			seek_want(c, leaf->credential.body.p);
		return ERR_NONE;
	}
	err = judge_version(leaf, &j, &of);
	if (err == ERR_STATE)
		seek_want(c, leaf->credential.body.p);
	if (err != 0)
		return err;
	d = record_device(of, leaf->credential.body.p + ACCOUNT_ID);
	if (d == NULL || !bytes_same(leaf->signature_key,
	    bytes_of(d->sign, SIGN_PUBLIC)))
		return ERR_DENIED;
	return before != NULL ? judge_before(leaf, before) : 0;
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
