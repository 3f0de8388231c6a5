/* SPDX-License-Identifier: ISC */
/*
 * Making proposals (RFC 9420 12.1): by members, who then hold them pending
 * until a commit takes them up, and from outside (12.1.8).
 */
#include <stdlib.h>

#include "mls_epoch.h"

static int
fill_psk(const struct mls_env *env, const struct mls_suite *suite,
    const struct mls_psk_ask *ask, uint8_t *nonce, struct mls_psk_id *id)
{
	if (ask == NULL)
		return ERR_INPUT;
	rng_fill(env->rng, nonce, suite->nh);
	*id = (struct mls_psk_id){
		.type = (uint8_t)ask->type, .usage = (uint8_t)ask->usage,
		.id = ask->id, .epoch = ask->epoch,
		.nonce = bytes_of(nonce, suite->nh),
	};
	return 0;
}

int
mls_proposal_make(const struct mls_env *env, uint16_t suite_id,
    const struct mls_propose_ask *ask, struct buf *out)
{
	const struct mls_suite *suite = mls_suite_find(suite_id);
	struct mls_proposal p = { .type = ask->type };
	uint8_t nonce[MLS_NH_MAX];
	int err = 0;

	if (suite == NULL)
		return ERR_SUITE;
	switch (ask->type) {
	case MLS_ADD:
		err = mls_package_parse(ask->add, &p.package);
		break;
	case MLS_REMOVE:
		p.removed = ask->remove;
		break;
	case MLS_PSK:
		err = fill_psk(env, suite, ask->psk, nonce, &p.psk);
		break;
	case MLS_REINIT:
		if (ask->reinit == NULL)
			return ERR_INPUT;
		p.reinit = *ask->reinit;
		break;
	case MLS_GROUP_EXTENSIONS:
		err = mls_ext_check(ask->extensions);
		p.extensions = ask->extensions;
		break;
	default: /* an Update needs a group, an ExternalInit a commit */
		err = ERR_INPUT;
	}
	if (err == 0)
		mls_proposal_put(out, &p);
	return err != 0 ? err : out->err;
}

struct own_update {
	uint8_t public[HPKE_PUBLIC_MAX], secret[HPKE_SECRET_MAX];
	uint8_t signer[SIGN_SECRET];
};

static int
update_make(const struct mls_env *env, const struct mls_group *g,
    const struct mls_self *self, struct own_update *own, struct buf *out)
{
	struct mls_leaf_ask ask = {
		.suite = g->suite, .self = self, .source = MLS_FROM_UPDATE,
		.encryption_key = bytes_of(own->public, g->suite->public),
		.group_id = buf_view(&g->id), .leaf = g->self,
	};
	int err;

	memcpy(own->signer, self != NULL ? self->signer : g->keys->signer,
	    sizeof own->signer);
	err = hpke_keypair(g->suite->hpke, env->rng, own->public,
	    own->secret);
	if (err != 0)
		return err;
	buf_u16(out, MLS_UPDATE);
	if (self != NULL)
		return mls_leaf_make(env->rng, &ask, out);
	mls_leaf_again(mls_tree_leaf(&g->tree, g->self), &ask, own->signer,
	    out);
	return out->err;
}

static int
propose_frame(const struct mls_env *env, struct mls_group *g,
    const struct mls_propose_ask *ask, struct bytes body,
    const struct own_update *own, struct buf *message)
{
	struct mls_frame_ask frame = {
		.wire = ask->public_message ? MLS_WIRE_PUBLIC :
		    MLS_WIRE_PRIVATE,
		.group_id = buf_view(&g->id), .epoch = g->epoch,
		.sender_type = MLS_MEMBER, .sender = g->self,
		.aad = ask->aad, .type = MLS_PROPOSAL, .body = body,
	};
	uint8_t ref[MLS_NH_MAX];
	struct mls_pending *p;
	struct mls_frame f;
	int err;

	if (g->n_pending == MLS_PENDING_MAX)
		return ERR_BIG;
	err = mls_frame_make(&frame, buf_view(&g->context), g->keys->signer,
	    &f);
	if (err != 0)
		return err;
	err = mls_message_put(env, g, &f, ask->size, message);
	if (err == 0)
		err = mls_pending_add(g, &f, ref);
	if (err == 0 && own != NULL) {
		p = g->pending[g->n_pending - 1];
		p->own_update = true;
		memcpy(p->leaf_key, own->secret, sizeof p->leaf_key);
		memcpy(p->signer, own->signer, sizeof p->signer);
	}
	mls_frame_free(&f);
	/* the very same one waits already: so be it */
	return err == ERR_REPLAY ? 0 : err;
}

int
mls_propose(const struct mls_env *env, struct mls_group *g,
    const struct mls_propose_ask *ask, struct buf *message)
{
	struct own_update own = { 0 };
	struct buf body = { 0 };
	bool update = ask->type == MLS_UPDATE;
	int err;

	if (mls_group_closed(g))
		return ERR_STATE;
	if (update)
		err = update_make(env, g, ask->self, &own, &body);
	else
		err = mls_proposal_make(env, g->suite->id, ask, &body);
	if (err == 0)
		err = propose_frame(env, g, ask, buf_view(&body),
		    update ? &own : NULL, message);
	mem_wipe(&own, sizeof own);
	buf_free(&body);
	return err;
}

int
mls_propose_outside(uint16_t suite_id, struct bytes group_id, uint64_t epoch,
    uint32_t index, const uint8_t *signer, struct bytes proposal,
    struct buf *message)
{
	const struct mls_suite *suite = mls_suite_find(suite_id);
	struct mls_frame_ask ask = {
		.wire = MLS_WIRE_PUBLIC, .group_id = group_id, .epoch = epoch,
		.sender_type = index == MLS_NONE ? MLS_NEW_PROPOSAL :
		    MLS_EXTERNAL,
		.sender = index, .type = MLS_PROPOSAL, .body = proposal,
	};
	struct mls_frame f;
	int err;

	if (suite == NULL)
		return ERR_SUITE;
	err = mls_frame_make(&ask, bytes_of(NULL, 0), signer, &f);
	if (err != 0)
		return err;
	err = mls_public_seal(suite, &f, bytes_of(NULL, 0), NULL, message);
	mls_frame_free(&f);
	return err;
}
