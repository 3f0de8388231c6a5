/* SPDX-License-Identifier: ISC */
/*
 * Known answers of our own for the MLS formats without trees and groups;
 * mls_make.h says why. Labels and lengths are ours, all else comes from
 * the seed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "mls_make.h"

void
mls_make_try(struct mls_make *m, int err)
{
	if (m->err == 0)
		m->err = err;
}

void
mls_make_hex(struct mls_make *m, const char *key, struct bytes b)
{
	json_hex(&m->j, key, b.p, b.n);
}

void
mls_make_random(struct mls_make *m, const char *key, uint8_t *out, size_t n)
{
	rng_fill(m->rng, out, n);
	json_hex(&m->j, key, out, n);
}

/* crypto-basics */

static void
mls_make_derivations(struct mls_make *m)
{
	size_t nh = m->suite->nh;
	uint8_t secret[MLS_NH_MAX], context[48], out[64];

	json_open(&m->j, "ref_hash", '{');
	json_string(&m->j, "label", "RefHash");
	mls_make_random(m, "value", context, sizeof(context));
	mls_ref_hash(m->suite, "RefHash", bytes_of(context, sizeof(context)),
	    out);
	json_hex(&m->j, "out", out, nh);
	json_close(&m->j, '}');
	json_open(&m->j, "expand_with_label", '{');
	mls_make_random(m, "secret", secret, nh);
	json_string(&m->j, "label", "ExpandWithLabel");
	mls_make_random(m, "context", context, sizeof(context));
	json_int(&m->j, "length", 48);
	mls_make_try(m, mls_expand(m->suite, bytes_of(secret, nh),
	    mls_text("ExpandWithLabel"), bytes_of(context, sizeof(context)),
	    out, 48));
	json_hex(&m->j, "out", out, 48);
	json_close(&m->j, '}');
	json_open(&m->j, "derive_secret", '{');
	mls_make_random(m, "secret", secret, nh);
	json_string(&m->j, "label", "DeriveSecret");
	mls_make_try(m, mls_derive(m->suite, secret, "DeriveSecret", out));
	json_hex(&m->j, "out", out, nh);
	json_close(&m->j, '}');
	json_open(&m->j, "derive_tree_secret", '{');
	mls_make_random(m, "secret", secret, nh);
	json_string(&m->j, "label", "DeriveTreeSecret");
	json_int(&m->j, "generation", 2468013579);
	json_int(&m->j, "length", 12);
	mls_make_try(m, mls_derive_tree(m->suite, secret, "DeriveTreeSecret",
	    2468013579, out, 12));
	json_hex(&m->j, "out", out, 12);
	json_close(&m->j, '}');
}

static void
mls_make_sealed(struct mls_make *m)
{
	uint8_t public[HPKE_PUBLIC_MAX], secret[HPKE_SECRET_MAX];
	uint8_t context[32], plain[40];
	struct buf b = { 0 };
	struct rd rd;

	json_open(&m->j, "encrypt_with_label", '{');
	mls_make_try(m, hpke_keypair(m->suite->hpke, m->rng, public, secret));
	json_hex(&m->j, "priv", secret, m->suite->secret);
	json_hex(&m->j, "pub", public, m->suite->public);
	json_string(&m->j, "label", "EncryptWithLabel");
	mls_make_random(m, "context", context, sizeof(context));
	mls_make_random(m, "plaintext", plain, sizeof(plain));
	mls_make_try(m, mls_encrypt(m->suite, m->rng, bytes_of(public,
	    m->suite->public), "EncryptWithLabel", bytes_of(context,
	    sizeof(context)), bytes_of(plain, sizeof(plain)), &b));
	rd = rd_of(buf_view(&b));
	mls_make_hex(m, "kem_output", mls_get_vector(&rd));
	mls_make_hex(m, "ciphertext", mls_get_vector(&rd));
	json_close(&m->j, '}');
	buf_free(&b);
}

void
mls_make_crypto_basics(struct mls_make *m)
{
	uint8_t public[SIGN_PUBLIC], secret[SIGN_SECRET], content[32];
	uint8_t signature[SIGN_SIZE];

	mls_make_derivations(m);
	json_open(&m->j, "sign_with_label", '{');
	sign_keypair(m->rng, public, secret);
	json_hex(&m->j, "priv", secret, SIGN_SEED);
	json_hex(&m->j, "pub", public, sizeof(public));
	json_string(&m->j, "label", "SignWithLabel");
	mls_make_random(m, "content", content, sizeof(content));
	mls_sign(secret, "SignWithLabel", bytes_of(content, sizeof(content)),
	    signature);
	json_hex(&m->j, "signature", signature, sizeof(signature));
	json_close(&m->j, '}');
	mls_make_sealed(m);
}

/* psk_secret, of two keys */

static void
mls_make_psk(struct mls_make *m, struct buf *store, struct mls_psk_id *id,
    uint8_t *psk)
{
	uint8_t name[16], nonce[MLS_NH_MAX];
	struct mls_psk_id made = { .type = MLS_PSK_EXTERNAL };
	struct rd rd;

	json_open(&m->j, NULL, '{');
	mls_make_random(m, "psk_id", name, sizeof(name));
	mls_make_random(m, "psk", psk, m->suite->nh);
	mls_make_random(m, "psk_nonce", nonce, m->suite->nh);
	json_close(&m->j, '}');
	made.id = bytes_of(name, sizeof(name));
	made.nonce = bytes_of(nonce, m->suite->nh);
	mls_psk_put(store, &made);
	rd = rd_of(buf_view(store));
	mls_make_try(m, mls_psk_get(&rd, id));
}

void
mls_make_psk_secret(struct mls_make *m)
{
	struct buf store[2] = { { 0 }, { 0 } };
	struct mls_psk_id id[2];
	uint8_t psk[2][MLS_NH_MAX], out[MLS_NH_MAX];
	struct bytes view[2];
	size_t i;

	json_open(&m->j, "psks", '[');
	for (i = 0; i < 2; i++) {
		mls_make_psk(m, &store[i], &id[i], psk[i]);
		view[i] = bytes_of(psk[i], m->suite->nh);
	}
	json_close(&m->j, ']');
	mls_make_try(m, mls_psk_secret(m->suite, id, view, 2, out));
	json_hex(&m->j, "psk_secret", out, m->suite->nh);
	buf_free(&store[0]);
	buf_free(&store[1]);
}

/* key-schedule, of two epochs */

static void
mls_make_epoch_secrets(struct mls_make *m, const struct mls_epoch *e)
{
	size_t nh = m->suite->nh;
	uint8_t public[HPKE_PUBLIC_MAX], secret[HPKE_SECRET_MAX];
	uint8_t context[24], out[48];

	json_hex(&m->j, "init_secret", e->init, nh);
	json_hex(&m->j, "sender_data_secret", e->sender_data, nh);
	json_hex(&m->j, "encryption_secret", e->encryption, nh);
	json_hex(&m->j, "exporter_secret", e->exporter, nh);
	json_hex(&m->j, "epoch_authenticator", e->authenticator, nh);
	json_hex(&m->j, "external_secret", e->external, nh);
	json_hex(&m->j, "confirmation_key", e->confirmation, nh);
	json_hex(&m->j, "membership_key", e->membership, nh);
	json_hex(&m->j, "resumption_psk", e->resumption, nh);
	mls_make_try(m, mls_schedule_external(m->suite, e->external, public,
	    secret));
	json_hex(&m->j, "external_pub", public, m->suite->public);
	json_open(&m->j, "exporter", '{');
	json_string(&m->j, "label", "tacet log");
	mls_make_random(m, "context", context, sizeof(context));
	json_int(&m->j, "length", sizeof(out));
	mls_make_try(m, mls_schedule_export(m->suite, e->exporter,
	    mls_text("tacet log"), bytes_of(context, sizeof(context)), out,
	    sizeof(out)));
	json_hex(&m->j, "secret", out, sizeof(out));
	json_close(&m->j, '}');
}

static void
mls_make_epoch(struct mls_make *m, struct bytes id, uint64_t epoch,
    uint8_t *init)
{
	size_t nh = m->suite->nh;
	uint8_t tree[MLS_NH_MAX], confirmed[MLS_NH_MAX], commit[MLS_NH_MAX];
	uint8_t psk[MLS_NH_MAX], joiner[MLS_NH_MAX], welcome[MLS_NH_MAX];
	struct mls_context context = {
		.suite = m->suite, .group_id = id, .epoch = epoch,
		.tree_hash = bytes_of(tree, nh),
		.confirmed = bytes_of(confirmed, nh),
	};
	struct mls_epoch e;
	struct buf b = { 0 };

	json_open(&m->j, NULL, '{');
	mls_make_random(m, "tree_hash", tree, nh);
	mls_make_random(m, "commit_secret", commit, nh);
	mls_make_random(m, "psk_secret", psk, nh);
	mls_make_random(m, "confirmed_transcript_hash", confirmed, nh);
	mls_context_put(&b, &context);
	mls_make_hex(m, "group_context", buf_view(&b));
	mls_make_try(m, mls_schedule_joiner(m->suite, init, commit,
	    buf_view(&b), joiner));
	mls_make_try(m, mls_schedule_epoch(m->suite, joiner, psk, buf_view(&b),
	    welcome, &e));
	json_hex(&m->j, "joiner_secret", joiner, nh);
	json_hex(&m->j, "welcome_secret", welcome, nh);
	mls_make_epoch_secrets(m, &e);
	json_close(&m->j, '}');
	memcpy(init, e.init, nh);
	buf_free(&b);
}

void
mls_make_key_schedule(struct mls_make *m)
{
	uint8_t id[16], init[MLS_NH_MAX];

	mls_make_random(m, "group_id", id, sizeof(id));
	mls_make_random(m, "initial_init_secret", init, m->suite->nh);
	json_open(&m->j, "epochs", '[');
	mls_make_epoch(m, bytes_of(id, sizeof(id)), 0, init);
	mls_make_epoch(m, bytes_of(id, sizeof(id)), 1, init);
	json_close(&m->j, ']');
}

/* secret-tree: four leaves, the generations 0 and 15 */

static void
mls_make_ratchet(struct mls_make *m, const struct secret_tree *t, uint32_t leaf,
    uint32_t generation)
{
	struct secret_key key;

	json_open(&m->j, NULL, '{');
	json_int(&m->j, "generation", generation);
	mls_make_try(m, secret_tree_find(t, leaf, SECRET_HANDSHAKE, generation,
	    &key));
	json_hex(&m->j, "handshake_key", key.key, m->suite->nk);
	json_hex(&m->j, "handshake_nonce", key.nonce, m->suite->nn);
	mls_make_try(m, secret_tree_find(t, leaf, SECRET_APPLICATION,
	    generation, &key));
	json_hex(&m->j, "application_key", key.key, m->suite->nk);
	json_hex(&m->j, "application_nonce", key.nonce, m->suite->nn);
	json_close(&m->j, '}');
}

void
mls_make_secret_tree(struct mls_make *m)
{
	uint8_t secret[MLS_NH_MAX], sample[77];
	struct secret_tree t = { 0 };
	struct secret_key key;
	uint32_t leaf;

	json_open(&m->j, "sender_data", '{');
	mls_make_random(m, "sender_data_secret", secret, m->suite->nh);
	mls_make_random(m, "ciphertext", sample, sizeof(sample));
	mls_make_try(m, secret_tree_sender_data(m->suite, secret,
	    bytes_of(sample, sizeof(sample)), &key));
	json_hex(&m->j, "key", key.key, m->suite->nk);
	json_hex(&m->j, "nonce", key.nonce, m->suite->nn);
	json_close(&m->j, '}');
	mls_make_random(m, "encryption_secret", secret, m->suite->nh);
	secret_tree_start(&t, m->suite, 4, secret);
	json_open(&m->j, "leaves", '[');
	for (leaf = 0; leaf < 4; leaf++) {
		json_open(&m->j, NULL, '[');
		mls_make_ratchet(m, &t, leaf, 0);
		mls_make_ratchet(m, &t, leaf, 15);
		json_close(&m->j, ']');
	}
	json_close(&m->j, ']');
	secret_tree_free(&t);
}

/* message-protection: a Remove, a Commit of it, a text */

struct mls_make_room {
	struct buf context;
	uint8_t id[16], signer[SIGN_SECRET];
	uint8_t encryption[MLS_NH_MAX], sender_data[MLS_NH_MAX];
	uint8_t membership[MLS_NH_MAX], tag[MLS_NH_MAX];
};

static void
mls_make_framed(struct mls_make *m, const struct mls_make_room *r,
    const char *key, enum mls_wire wire, uint8_t type, struct bytes body)
{
	const struct mls_frame_ask ask = {
		.wire = wire, .group_id = bytes_of(r->id, sizeof(r->id)),
		.epoch = 9420, .sender_type = MLS_MEMBER, .sender = 1,
		.type = type, .body = body,
	};
	enum secret_kind kind = type == MLS_APPLICATION ? SECRET_APPLICATION :
	    SECRET_HANDSHAKE;
	struct secret_tree t = { 0 };
	struct secret_key k;
	struct mls_frame f = { 0 };
	struct buf out = { 0 };
	uint32_t generation;

	mls_make_try(m, mls_frame_make(&ask, buf_view(&r->context), r->signer,
	    &f));
	if (type == MLS_COMMIT)
		mls_frame_tag(&f, bytes_of(r->tag, m->suite->nh));
	secret_tree_start(&t, m->suite, 2, r->encryption);
	mls_make_try(m, secret_tree_next(&t, 1, kind, &generation, &k));
	mls_make_try(m, wire == MLS_WIRE_PUBLIC ?
	    mls_public_seal(m->suite, &f, buf_view(&r->context), r->membership,
	    &out) : mls_private_seal(m->suite, m->rng, &f, r->sender_data,
	    generation, &k, 0, &out));
	mls_make_hex(m, key, buf_view(&out));
	secret_tree_free(&t);
	buf_free(&out);
	mls_frame_free(&f);
}

static void
mls_make_bodies(struct mls_make *m, const struct mls_make_room *r)
{
	/* a Remove of leaf 1; and a Commit with a Remove of leaf 0, no path */
	static const uint8_t proposal[] = { 0, 3, 0, 0, 0, 1 };
	static const uint8_t commit[] = { 7, 1, 0, 3, 0, 0, 0, 0, 0 };
	const struct bytes p = bytes_of(proposal, sizeof(proposal));
	const struct bytes c = bytes_of(commit, sizeof(commit));
	const struct bytes a = mls_text("it is silent");

	mls_make_hex(m, "proposal", p);
	mls_make_framed(m, r, "proposal_priv", MLS_WIRE_PRIVATE, MLS_PROPOSAL,
	    p);
	mls_make_framed(m, r, "proposal_pub", MLS_WIRE_PUBLIC, MLS_PROPOSAL, p);
	mls_make_hex(m, "commit", c);
	mls_make_framed(m, r, "commit_priv", MLS_WIRE_PRIVATE, MLS_COMMIT, c);
	mls_make_framed(m, r, "commit_pub", MLS_WIRE_PUBLIC, MLS_COMMIT, c);
	mls_make_hex(m, "application", a);
	mls_make_framed(m, r, "application_priv", MLS_WIRE_PRIVATE,
	    MLS_APPLICATION, a);
}

void
mls_make_message_protection(struct mls_make *m)
{
	size_t nh = m->suite->nh;
	uint8_t tree[MLS_NH_MAX], confirmed[MLS_NH_MAX], public[SIGN_PUBLIC];
	struct mls_make_room r = { 0 };
	struct mls_context context = {
		.suite = m->suite, .group_id = bytes_of(r.id, sizeof(r.id)),
		.epoch = 9420, .tree_hash = bytes_of(tree, nh),
		.confirmed = bytes_of(confirmed, nh),
	};

	mls_make_random(m, "group_id", r.id, sizeof(r.id));
	json_int(&m->j, "epoch", 9420);
	mls_make_random(m, "tree_hash", tree, nh);
	mls_make_random(m, "confirmed_transcript_hash", confirmed, nh);
	sign_keypair(m->rng, public, r.signer);
	json_hex(&m->j, "signature_priv", r.signer, SIGN_SEED);
	json_hex(&m->j, "signature_pub", public, sizeof(public));
	mls_make_random(m, "encryption_secret", r.encryption, nh);
	mls_make_random(m, "sender_data_secret", r.sender_data, nh);
	mls_make_random(m, "membership_key", r.membership, nh);
	rng_fill(m->rng, r.tag, nh);
	mls_context_put(&r.context, &context);
	mls_make_bodies(m, &r);
	mem_wipe(r.signer, sizeof(r.signer));
	buf_free(&r.context);
}

/* the files */

static const struct {
	const char *format;
	void (*make)(struct mls_make *);
} mls_make_row[] = {
	{ "crypto-basics", mls_make_crypto_basics },
	{ "psk_secret", mls_make_psk_secret },
	{ "key-schedule", mls_make_key_schedule },
	{ "secret-tree", mls_make_secret_tree },
	{ "message-protection", mls_make_message_protection },
	{ "tree-validation", mls_make_tree_validation },
	{ "treekem", mls_make_treekem },
	{ "passive-client", mls_make_passive },
};

/* One case per suite, each on a line of its own */
static int
mls_make_file(const char *path, void (*make)(struct mls_make *), uint64_t seed)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, seed);
	struct buf b = { 0 };
	struct mls_make m = { .j = json_to(&b), .rng = &rng };
	size_t i;

	json_open(&m.j, NULL, '[');
	for (i = 0; (m.suite = mls_suite_at(i)) != NULL; i++) {
		json_open(&m.j, NULL, '{');
		json_int(&m.j, "cipher_suite", m.suite->id);
		make(&m);
		json_close(&m.j, '}');
		buf_u8(&b, '\n');
	}
	json_close(&m.j, ']');
	buf_u8(&b, '\n');
	if (m.err == 0)
		m.err = b.err != 0 ? b.err : path_write(path, buf_view(&b));
	buf_free(&b);
	return m.err;
}

int
mls_make_all(const char *folder)
{
	char *path;
	size_t i;
	int err = 0;

	for (i = 0; i < COUNT(mls_make_row) && err == 0; i++) {
		path = mem_format("%s/%s.json", folder,
		    mls_make_row[i].format);
		err = mls_make_file(path, mls_make_row[i].make, 9420 + i);
		if (err != 0)
			fprintf(stderr, "%s: %s\n", path, err_text(err));
		free(path);
	}
	return err;
}
