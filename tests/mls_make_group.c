/* SPDX-License-Identifier: ISC */
/*
 * A known answer of our own in the passive client format: carol joins alice
 * and bob by a Welcome, then follows an Update by reference with an external
 * PSK, and a PrivateMessage that removes bob and sets an extension.
 */
#include <stdlib.h>

#include "mls_make.h"

#define NOW 1750000000ull

enum { ALICE, BOB, CAROL, PEOPLE };

struct mls_make_person {
	uint8_t signer[SIGN_SECRET];
	struct buf package, private;
	struct mls_group *group;
};

struct mls_make_world {
	struct mls_make *m;
	struct mls_env env;
	struct mls_make_person who[PEOPLE];
	uint8_t psk[32];
};

static int
mls_make_find_psk(void *arg, struct bytes id, struct buf *psk)
{
	const struct mls_make_world *w = arg;

	(void)id;
	buf_put(psk, w->psk, sizeof(w->psk));
	return 0;
}

static struct mls_self
mls_make_self(const struct mls_make_world *w, int i)
{
	static const char *const name[PEOPLE] = { "alice", "bob", "carol" };
	static const uint16_t types[] = { 0xff01 };

	return (struct mls_self){
		.signer = w->who[i].signer, .identity = mls_text(name[i]),
		.types = types, .n_types = COUNT(types), .no_grease = true,
	};
}

static void
mls_make_person(struct mls_make_world *w, int i)
{
	struct mls_make_person *p = &w->who[i];
	const struct mls_package_ask ask = {
		.suite = w->m->suite->id, .self = mls_make_self(w, i),
		.not_before = NOW - 3600, .not_after = NOW + 86400,
	};

	mls_make_try(w->m, mls_package_make(&w->env, &ask, &p->package,
	    &p->private));
}

static void
mls_make_hear(struct mls_make_world *w, int i, struct bytes message)
{
	struct mls_group *g = w->who[i].group;
	struct mls_received r;

	if (w->m->err != 0 || g == NULL)
		return;
	memset(&r, 0, sizeof(r));
	mls_make_try(w->m, mls_message_open(&w->env, g, message, &r));
	if (w->m->err == 0 && r.stage != NULL) {
		mls_make_try(w->m, mls_stage_apply(g, r.stage));
		r.stage = NULL;
	}
	mls_received_free(&r);
}

/* Alice commits and everybody who is there follows. */
static void
mls_make_commit(struct mls_make_world *w, const struct mls_commit_ask *ask,
    struct mls_made *made)
{
	struct mls_group *alice = w->who[ALICE].group;

	memset(made, 0, sizeof(*made));
	mls_make_try(w->m, mls_commit_make(&w->env, alice, ask, made));
	mls_make_hear(w, BOB, buf_view(&made->message));
	mls_make_hear(w, CAROL, buf_view(&made->message));
	if (w->m->err == 0)
		mls_make_try(w->m, mls_stage_apply(alice, made->stage));
	made->stage = NULL;
}

static void
mls_make_join(struct mls_make_world *w, int i)
{
	struct mls_make_person *p = &w->who[i];
	struct bytes add = buf_view(&p->package);
	const struct mls_commit_ask ask = { .add = &add, .n_add = 1 };
	struct mls_join_ask join = {
		.private = buf_view(&p->private), .signer = p->signer,
	};
	struct mls_made made;

	mls_make_commit(w, &ask, &made);
	join.welcome = buf_view(&made.welcome);
	if (w->m->err == 0)
		mls_make_try(w->m, mls_join_welcome(&w->env, &join, &p->group,
		    NULL));
	if (i == CAROL)
		mls_make_hex(w->m, "welcome", join.welcome);
	mls_made_free(&made);
}

static void
mls_make_authenticator(struct mls_make_world *w, const char *key)
{
	struct bytes ours, carols;

	if (w->m->err != 0)
		return;
	ours = mls_group_authenticator(w->who[ALICE].group);
	carols = mls_group_authenticator(w->who[CAROL].group);
	if (!bytes_same(ours, carols))
		mls_make_try(w->m, ERR_STATE);
	mls_make_hex(w->m, key, carols);
}

/* What carol needs to be this client; GroupContext and tree come with the
 * Welcome. */
static void
mls_make_client(struct mls_make_world *w)
{
	struct mls_make_person *p = &w->who[CAROL];
	struct mls_package_private secrets = { 0 };

	mls_make_try(w->m, mls_package_unpack(buf_view(&p->private), &secrets));
	json_open(&w->m->j, "external_psks", '[');
	json_open(&w->m->j, NULL, '{');
	mls_make_hex(w->m, "psk_id", mls_text("coffee"));
	mls_make_random(w->m, "psk", w->psk, sizeof(w->psk));
	json_close(&w->m->j, '}');
	json_close(&w->m->j, ']');
	mls_make_hex(w->m, "key_package", buf_view(&p->package));
	json_hex(&w->m->j, "signature_priv", p->signer, SIGN_SEED);
	mls_make_hex(w->m, "encryption_priv", secrets.leaf);
	mls_make_hex(w->m, "init_priv", secrets.init);
}

/* One entry of "epochs" */
static void
mls_make_step(struct mls_make_world *w, struct bytes proposal,
    const struct mls_commit_ask *ask)
{
	struct mls_made made;

	json_open(&w->m->j, NULL, '{');
	json_open(&w->m->j, "proposals", '[');
	if (proposal.n > 0)
		mls_make_hex(w->m, NULL, proposal);
	json_close(&w->m->j, ']');
	mls_make_commit(w, ask, &made);
	mls_make_hex(w->m, "commit", buf_view(&made.message));
	mls_make_authenticator(w, "epoch_authenticator");
	json_close(&w->m->j, '}');
	mls_made_free(&made);
}

static void
mls_make_refreshed(struct mls_make_world *w)
{
	static const struct mls_psk_ask psk = {
		.type = MLS_PSK_EXTERNAL,
		.id = { (const uint8_t *)"coffee", 6 },
	};
	const struct mls_propose_ask update = {
		.type = MLS_UPDATE, .public_message = true,
	};
	struct mls_commit_ask ask = {
		.psk = &psk, .n_psk = 1, .n_ref = 1, .public_message = true,
	};
	struct mls_pending_view pending = { 0 };
	struct buf message = { 0 };

	if (w->m->err != 0)
		return;
	mls_make_try(w->m, mls_propose(&w->env, w->who[BOB].group, &update,
	    &message));
	mls_make_hear(w, ALICE, buf_view(&message));
	mls_make_hear(w, CAROL, buf_view(&message));
	mls_make_try(w->m, mls_pending_at(w->who[ALICE].group, 0, &pending));
	ask.ref = &pending.ref;
	mls_make_step(w, buf_view(&message), &ask);
	buf_free(&message);
}

static void
mls_make_epochs(struct mls_make_world *w)
{
	static const uint32_t bob = BOB;
	struct buf extension = { 0 };
	struct mls_commit_ask ask = {
		.remove = &bob, .n_remove = 1, .set_extensions = true,
	};

	json_open(&w->m->j, "epochs", '[');
	mls_make_refreshed(w);
	mls_ext_put(&extension, 0xff01, mls_text("quiet"));
	ask.extensions = buf_view(&extension);
	mls_make_step(w, bytes_of(NULL, 0), &ask);
	buf_free(&extension);
	json_close(&w->m->j, ']');
}

void
mls_make_passive(struct mls_make *m)
{
	struct mls_make_world w = { .m = m };
	uint8_t public[SIGN_PUBLIC];
	struct mls_group_ask ask = {
		.suite = m->suite->id, .group_id = mls_text("a known answer"),
		.not_before = NOW - 3600, .not_after = NOW + 86400,
	};
	int i;

	w.env = (struct mls_env){
		.rng = m->rng, .now = NOW, .psk = mls_make_find_psk, .arg = &w,
	};
	for (i = 0; i < PEOPLE; i++) {
		sign_keypair(m->rng, public, w.who[i].signer);
		mls_make_person(&w, i);
	}
	mls_make_client(&w);
	ask.self = mls_make_self(&w, ALICE);
	mls_make_try(m, mls_group_create(&w.env, &ask, &w.who[ALICE].group));
	mls_make_join(&w, BOB);
	mls_make_join(&w, CAROL);
	json_string(&m->j, "ratchet_tree", NULL);
	mls_make_authenticator(&w, "initial_epoch_authenticator");
	mls_make_epochs(&w);
	for (i = 0; i < PEOPLE; i++) {
		mls_group_free(w.who[i].group);
		buf_free(&w.who[i].package);
		buf_free(&w.who[i].private);
	}
	mem_wipe(&w, sizeof(w));
}
