/* SPDX-License-Identifier: ISC */
/*
 * Verifier of the MLS passive client scenarios: joins by the Welcome, follows
 * every commit, and compares the epoch authenticators. Between any two steps
 * the group goes through its saved form, and a damaged commit is tried first:
 * it must be refused and leave nothing behind.
 */
#include <stdlib.h>

#include "mls_vec.h"

struct mls_vec_client {
	struct mls_case *k;
	struct mls_env env;
	struct mls_group *group;
};

static int
mls_vec_find_psk(void *arg, struct bytes id, struct buf *psk)
{
	struct mls_vec_client *p = arg;
	const json_t *list = mls_vec_list(p->k, p->k->c, "external_psks"), *o;
	size_t i;

	vec_each(list, i, o) {
		if (!bytes_same(id, mls_vec_hex(p->k, o, "psk_id")))
			continue;
		buf_bytes(psk, mls_vec_hex(p->k, o, "psk"));
		return 0;
	}
	return ERR_NONE;
}

/* The private keys are those of the KeyPackage. */
static bool
mls_vec_keys(struct mls_case *k, const struct mls_package *p,
    const uint8_t *init, const uint8_t *leaf, const uint8_t *public)
{
	uint8_t out[HPKE_PUBLIC_MAX];
	size_t n = k->suite->public;

	mls_vec_want(k, hpke_public(k->suite->hpke, init, out) == 0 &&
	    bytes_same(p->init_key, bytes_of(out, n)), "init_priv");
	mls_vec_want(k, hpke_public(k->suite->hpke, leaf, out) == 0 &&
	    bytes_same(p->leaf.encryption_key, bytes_of(out, n)),
	    "encryption_priv");
	return mls_vec_want(k, bytes_same(p->leaf.signature_key,
	    bytes_of(public, SIGN_PUBLIC)), "signature_priv");
}

static bool
mls_vec_join(struct mls_vec_client *p)
{
	struct mls_case *k = p->k;
	struct bytes message = mls_vec_hex(k, k->c, "key_package");
	const uint8_t *init = mls_vec_n(k, k->c, "init_priv", k->suite->secret);
	const uint8_t *leaf = mls_vec_n(k, k->c, "encryption_priv",
	    k->suite->secret);
	uint8_t public[SIGN_PUBLIC], signer[SIGN_SECRET];
	struct mls_package package;
	struct buf private = { .secret = true };
	struct mls_join_ask ask = { .signer = signer };
	int err;

	if (init == NULL || leaf == NULL || !mls_vec_want(k,
	    mls_package_parse(message, &package) == 0, "KeyPackage"))
		return false;
	if (!mls_vec_signer(k, k->c, "signature_priv", public, signer) ||
	    !mls_vec_keys(k, &package, init, leaf, public))
		return false;
	mls_vec_want(k, mls_package_check(&p->env, &package) == 0,
	    "the KeyPackage is good");
	mls_package_pack(&private, package.raw, init, leaf);
	ask.private = buf_view(&private);
	ask.welcome = mls_vec_hex(k, k->c, "welcome");
	if (vec_has(k->c, "ratchet_tree"))
		ask.tree = mls_vec_hex(k, k->c, "ratchet_tree");
	err = mls_join_welcome(&p->env, &ask, &p->group, NULL);
	buf_free(&private);
	mem_wipe(signer, sizeof(signer));
	return mls_vec_want(k, err == 0, "joins: %s", err_text(err));
}

/* A restart */
static bool
mls_vec_reload(struct mls_vec_client *p)
{
	struct mls_group *again = NULL;
	struct buf b = { .secret = true };
	int err;

	mls_group_save(p->group, &b);
	err = mls_group_restore(buf_view(&b), &again);
	buf_free(&b);
	if (!mls_vec_want(p->k, err == 0, "is restored: %s", err_text(err)))
		return false;
	mls_group_free(p->group);
	p->group = again;
	return true;
}

static void
mls_vec_refuse_damaged(struct mls_vec_client *p, struct bytes message)
{
	uint8_t *bad = mem_copy(message.p, message.n);
	struct mls_received r;
	int err;

	bad[rng_below(p->k->rng, (uint32_t)message.n)] ^=
	    (uint8_t)(1u << rng_below(p->k->rng, 8));
	memset(&r, 0, sizeof(r));
	err = mls_message_open(&p->env, p->group, bytes_of(bad, message.n), &r);
	mls_vec_want(p->k, err != 0, "a damaged message is refused");
	if (err == 0)
		mls_received_free(&r);
	free(bad);
}

static bool
mls_vec_hear(struct mls_vec_client *p, struct bytes message, uint8_t type)
{
	struct mls_received r;
	int err;

	if (!mls_vec_want(p->k, message.n > 0, "a message"))
		return false;
	mls_vec_refuse_damaged(p, message);
	memset(&r, 0, sizeof(r));
	err = mls_message_open(&p->env, p->group, message, &r);
	if (!mls_vec_want(p->k, err == 0, "opens a message: %s",
	    err_text(err)))
		return false;
	if (mls_vec_want(p->k, r.type == type, "type %u", r.type) &&
	    type == MLS_COMMIT) {
		err = mls_stage_apply(p->group, r.stage);
		r.stage = NULL;
		mls_vec_want(p->k, err == 0, "applies: %s", err_text(err));
	}
	mls_received_free(&r);
	return mls_vec_reload(p);
}

static bool
mls_vec_follow(struct mls_vec_client *p, const json_t *o)
{
	const json_t *list = mls_vec_list(p->k, o, "proposals"), *m;
	struct bytes a;
	size_t i;

	vec_each(list, i, m)
		if (!mls_vec_hear(p, mls_vec_hex(p->k, m, NULL), MLS_PROPOSAL))
			return false;
	if (!mls_vec_hear(p, mls_vec_hex(p->k, o, "commit"), MLS_COMMIT))
		return false;
	a = mls_group_authenticator(p->group);
	return mls_vec_same(p->k, o, "epoch_authenticator", a.p, a.n);
}

void
mls_vec_passive(struct mls_case *k)
{
	const json_t *epochs = mls_vec_list(k, k->c, "epochs"), *o;
	struct mls_vec_client p = { .k = k };
	struct bytes a;
	size_t i;

	p.env.rng = k->rng;
	p.env.psk = mls_vec_find_psk;
	p.env.arg = &p;
	if (mls_vec_join(&p)) {
		a = mls_group_authenticator(p.group);
		mls_vec_same(k, k->c, "initial_epoch_authenticator", a.p, a.n);
		vec_each(epochs, i, o)
			if (!mls_vec_follow(&p, o))
				break;
	}
	mls_group_free(p.group);
}
