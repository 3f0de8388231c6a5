/* SPDX-License-Identifier: ISC */
/*
 * Verifiers of the MLS vectors that need no tree and no frame: tree-math,
 * crypto-basics, deserialization, psk_secret, key-schedule and
 * transcript-hashes. Each step of the format is checked both ways where it
 * has two.
 */
#include <stdlib.h>

#include "mls_vec.h"

static void
mls_vec_relation(struct mls_case *k, const char *field, uint32_t node,
    bool exists, uint32_t value)
{
	const json_t *f = json_array_get(json_object_get(k->c, field), node);

	if (!exists)
		mls_vec_want(k, json_is_null(f), "%s of %u is there", field,
		    node);
	else
		mls_vec_want(k, json_is_integer(f) &&
		    json_integer_value(f) == value, "%s of %u is not %u",
		    field, node, value);
}

void
mls_vec_tree_math(struct mls_case *k)
{
	uint32_t n = (uint32_t)mls_vec_int(k, k->c, "n_leaves");
	uint32_t width, root, i;
	bool leaf;

	if (!mls_vec_want(k, n > 0 && n <= MLS_LEAVES_MAX && (n & (n - 1)) == 0,
	    "n_leaves is no power of two"))
		return;
	width = tree_math_width(n);
	root = tree_math_root(n);
	mls_vec_want(k, mls_vec_int(k, k->c, "n_nodes") == width, "n_nodes");
	mls_vec_want(k, mls_vec_int(k, k->c, "root") == root, "root");
	mls_vec_want(k, json_array_size(json_object_get(k->c, "left")) == width,
	    "length of left");
	for (i = 0; i < width; i++) {
		leaf = tree_math_level(i) == 0;
		mls_vec_relation(k, "left", i, !leaf,
		    leaf ? 0 : tree_math_left(i));
		mls_vec_relation(k, "right", i, !leaf,
		    leaf ? 0 : tree_math_right(i));
		mls_vec_relation(k, "parent", i, i != root,
		    i == root ? 0 : tree_math_parent(i, n));
		mls_vec_relation(k, "sibling", i, i != root,
		    i == root ? 0 : tree_math_sibling(i, n));
	}
}

/* crypto-basics */

static void
mls_vec_hashes(struct mls_case *k)
{
	const json_t *o = json_object_get(k->c, "ref_hash");
	uint8_t out[MLS_NH_MAX];

	mls_ref_hash(k->suite, vec_string(o, "label"),
	    mls_vec_hex(k, o, "value"), out);
	mls_vec_same(k, o, "out", out, k->suite->nh);
}

static void
mls_vec_expansions(struct mls_case *k)
{
	const json_t *o = json_object_get(k->c, "expand_with_label");
	const uint8_t *secret;
	int64_t n = mls_vec_int(k, o, "length");
	uint8_t out[4 * MLS_NH_MAX];

	if (!mls_vec_want(k, n >= 0 && n <= (int64_t)sizeof(out), "length"))
		return;
	mls_vec_want(k, mls_expand(k->suite, mls_vec_hex(k, o, "secret"),
	    mls_text(vec_string(o, "label")), mls_vec_hex(k, o, "context"),
	    out, (size_t)n) == 0, "expand");
	mls_vec_same(k, o, "out", out, (size_t)n);
	o = json_object_get(k->c, "derive_secret");
	secret = mls_vec_nh(k, o, "secret");
	if (secret != NULL && mls_vec_want(k, mls_derive(k->suite, secret,
	    vec_string(o, "label"), out) == 0, "derive"))
		mls_vec_same(k, o, "out", out, k->suite->nh);
	o = json_object_get(k->c, "derive_tree_secret");
	secret = mls_vec_nh(k, o, "secret");
	n = mls_vec_int(k, o, "length");
	if (secret != NULL && mls_vec_want(k, n >= 0 &&
	    n <= (int64_t)sizeof(out) && mls_derive_tree(k->suite, secret,
	    vec_string(o, "label"), (uint32_t)mls_vec_int(k, o, "generation"),
	    out, (size_t)n) == 0, "derive tree secret"))
		mls_vec_same(k, o, "out", out, (size_t)n);
}

static void
mls_vec_signatures(struct mls_case *k)
{
	const json_t *o = json_object_get(k->c, "sign_with_label");
	struct bytes pub = mls_vec_hex(k, o, "pub");
	struct bytes content = mls_vec_hex(k, o, "content");
	const char *label = vec_string(o, "label");
	uint8_t public[SIGN_PUBLIC], secret[SIGN_SECRET], made[SIGN_SIZE];

	mls_vec_want(k, mls_verify(pub, label, content,
	    mls_vec_hex(k, o, "signature")) == 0, "the signature");
	if (!mls_vec_signer(k, o, "priv", public, secret))
		return;
	mls_vec_same(k, o, "pub", public, sizeof(public));
	mls_sign(secret, label, content, made);
	mls_vec_want(k, mls_verify(pub, label, content,
	    bytes_of(made, sizeof(made))) == 0, "a signature of ours");
	made[7] ^= 1;
	mls_vec_want(k, mls_verify(pub, label, content,
	    bytes_of(made, sizeof(made))) != 0, "a bad signature is refused");
}

static void
mls_vec_encryption(struct mls_case *k)
{
	const json_t *o = json_object_get(k->c, "encrypt_with_label");
	struct bytes pub = mls_vec_hex(k, o, "pub");
	struct bytes context = mls_vec_hex(k, o, "context");
	struct bytes text = mls_vec_hex(k, o, "plaintext"), enc, cipher;
	const uint8_t *priv = mls_vec_n(k, o, "priv", k->suite->secret);
	const char *label = vec_string(o, "label");
	struct buf plain = { .secret = true }, made = { 0 };
	uint8_t public[HPKE_PUBLIC_MAX];
	struct rd rd;

	if (priv == NULL)
		return;
	mls_vec_want(k, hpke_public(k->suite->hpke, priv, public) == 0 &&
	    bytes_same(pub, bytes_of(public, k->suite->public)), "pub of priv");
	mls_vec_want(k, mls_decrypt(k->suite, priv, label, context,
	    mls_vec_hex(k, o, "kem_output"), mls_vec_hex(k, o, "ciphertext"),
	    &plain) == 0, "decrypt");
	mls_vec_same(k, o, "plaintext", plain.p, plain.n);
	mls_vec_want(k, mls_encrypt(k->suite, k->rng, pub, label, context, text,
	    &made) == 0, "encrypt");
	rd = rd_of(buf_view(&made));
	enc = mls_get_vector(&rd);
	cipher = mls_get_vector(&rd);
	buf_clear(&plain);
	mls_vec_want(k, rd_end(&rd) == 0 && mls_decrypt(k->suite, priv, label,
	    context, enc, cipher, &plain) == 0 &&
	    bytes_same(buf_view(&plain), text), "decrypt our own");
	buf_free(&made);
	buf_free(&plain);
}

void
mls_vec_crypto_basics(struct mls_case *k)
{
	mls_vec_hashes(k);
	mls_vec_expansions(k);
	mls_vec_signatures(k);
	mls_vec_encryption(k);
}

void
mls_vec_deserialization(struct mls_case *k)
{
	struct bytes header = mls_vec_hex(k, k->c, "vlbytes_header");
	int64_t n = mls_vec_int(k, k->c, "length");
	struct rd rd = rd_of(header);
	struct buf again = { 0 };

	mls_vec_want(k, mls_get_length(&rd) == n, "the length");
	mls_vec_want(k, rd_end(&rd) == 0, "the end of the header");
	if (n >= 0)
		mls_put_length(&again, (size_t)n);
	mls_vec_want(k, again.err == 0 && bytes_same(buf_view(&again), header),
	    "the header written again");
	buf_free(&again);
}

/* psk_secret: PreSharedKeyIDs are made of id and nonce */

static bool
mls_vec_psk_id(struct mls_case *k, const json_t *o, struct buf *store,
    struct mls_psk_id *id)
{
	struct rd rd;

	memset(id, 0, sizeof(*id));
	id->type = MLS_PSK_EXTERNAL;
	id->id = mls_vec_hex(k, o, "psk_id");
	id->nonce = mls_vec_hex(k, o, "psk_nonce");
	mls_psk_put(store, id);
	rd = rd_of(buf_view(store));
	return mls_vec_want(k, mls_psk_get(&rd, id) == 0 && rd_end(&rd) == 0,
	    "a PreSharedKeyID");
}

void
mls_vec_psk_secret(struct mls_case *k)
{
	const json_t *list = mls_vec_list(k, k->c, "psks"), *o;
	size_t n = json_array_size(list), i;
	struct mls_psk_id *id = mem_array(n + 1, sizeof(*id));
	struct bytes *psk = mem_array(n + 1, sizeof(*psk));
	struct buf *store = mem_array(n + 1, sizeof(*store));
	uint8_t out[MLS_NH_MAX];
	bool good = true;

	vec_each(list, i, o) {
		good = mls_vec_psk_id(k, o, &store[i], &id[i]) && good;
		psk[i] = mls_vec_hex(k, o, "psk");
	}
	if (good && mls_vec_want(k, mls_psk_secret(k->suite, id, psk, n,
	    out) == 0, "psk_secret can be made"))
		mls_vec_same(k, k->c, "psk_secret", out, k->suite->nh);
	for (i = 0; i < n; i++)
		buf_free(&store[i]);
	free(store);
	free(psk);
	free(id);
}

/* key-schedule */

static void
mls_vec_exporter(struct mls_case *k, const json_t *o, const struct mls_epoch *e)
{
	int64_t n = mls_vec_int(k, o, "length");
	uint8_t out[1024];

	if (mls_vec_want(k, n >= 0 && n <= (int64_t)sizeof(out) &&
	    mls_schedule_export(k->suite, e->exporter,
	    mls_text(vec_string(o, "label")), mls_vec_hex(k, o, "context"),
	    out, (size_t)n) == 0, "export"))
		mls_vec_same(k, o, "secret", out, (size_t)n);
}

static void
mls_vec_epoch_secrets(struct mls_case *k, const json_t *o,
    const struct mls_epoch *e)
{
	size_t nh = k->suite->nh;
	uint8_t public[HPKE_PUBLIC_MAX], secret[HPKE_SECRET_MAX];

	mls_vec_same(k, o, "init_secret", e->init, nh);
	mls_vec_same(k, o, "sender_data_secret", e->sender_data, nh);
	mls_vec_same(k, o, "encryption_secret", e->encryption, nh);
	mls_vec_same(k, o, "exporter_secret", e->exporter, nh);
	mls_vec_same(k, o, "epoch_authenticator", e->authenticator, nh);
	mls_vec_same(k, o, "external_secret", e->external, nh);
	mls_vec_same(k, o, "confirmation_key", e->confirmation, nh);
	mls_vec_same(k, o, "membership_key", e->membership, nh);
	mls_vec_same(k, o, "resumption_psk", e->resumption, nh);
	if (mls_vec_want(k, mls_schedule_external(k->suite, e->external, public,
	    secret) == 0, "the external key pair"))
		mls_vec_same(k, o, "external_pub", public, k->suite->public);
	mls_vec_exporter(k, json_object_get(o, "exporter"), e);
}

static bool
mls_vec_epoch(struct mls_case *k, const json_t *o, size_t epoch, uint8_t *init)
{
	struct mls_context context = {
		.suite = k->suite,
		.group_id = mls_vec_hex(k, k->c, "group_id"),
		.epoch = epoch,
		.tree_hash = mls_vec_hex(k, o, "tree_hash"),
		.confirmed = mls_vec_hex(k, o, "confirmed_transcript_hash"),
	};
	const uint8_t *commit = mls_vec_nh(k, o, "commit_secret");
	const uint8_t *psk = mls_vec_nh(k, o, "psk_secret");
	uint8_t joiner[MLS_NH_MAX], welcome[MLS_NH_MAX];
	struct mls_epoch e;
	struct buf b = { 0 };
	bool good;

	mls_context_put(&b, &context);
	mls_vec_same(k, o, "group_context", b.p, b.n);
	good = commit != NULL && psk != NULL && mls_vec_want(k,
	    mls_schedule_joiner(k->suite, init, commit, buf_view(&b),
	    joiner) == 0 && mls_schedule_epoch(k->suite, joiner, psk,
	    buf_view(&b), welcome, &e) == 0, "the schedule of an epoch");
	if (good) {
		mls_vec_same(k, o, "joiner_secret", joiner, k->suite->nh);
		mls_vec_same(k, o, "welcome_secret", welcome, k->suite->nh);
		mls_vec_epoch_secrets(k, o, &e);
		memcpy(init, e.init, k->suite->nh);
	}
	buf_free(&b);
	return good;
}

void
mls_vec_key_schedule(struct mls_case *k)
{
	const json_t *list = mls_vec_list(k, k->c, "epochs"), *o;
	const uint8_t *first = mls_vec_nh(k, k->c, "initial_init_secret");
	uint8_t init[MLS_NH_MAX];
	size_t i;

	if (first == NULL)
		return;
	memcpy(init, first, k->suite->nh);
	vec_each(list, i, o)
		if (!mls_vec_epoch(k, o, i, init))
			return;
}

void
mls_vec_transcript_hashes(struct mls_case *k)
{
	struct bytes raw = mls_vec_hex(k, k->c, "authenticated_content");
	const uint8_t *key = mls_vec_nh(k, k->c, "confirmation_key");
	uint8_t confirmed[MLS_NH_MAX], interim[MLS_NH_MAX], tag[MLS_NH_MAX];
	size_t nh = k->suite->nh;
	struct mls_frame f;

	if (key == NULL || !mls_vec_want(k, mls_frame_parse(raw, &f) == 0,
	    "AuthenticatedContent"))
		return;
	mls_vec_want(k, f.type == MLS_COMMIT, "content is a Commit");
	mls_schedule_confirmed(k->suite, mls_vec_hex(k, k->c,
	    "interim_transcript_hash_before"), f.signed_part, confirmed);
	mls_vec_same(k, k->c, "confirmed_transcript_hash_after", confirmed, nh);
	mls_schedule_interim(k->suite, bytes_of(confirmed, nh), f.tag, interim);
	mls_vec_same(k, k->c, "interim_transcript_hash_after", interim, nh);
	mls_mac(k->suite, key, bytes_of(confirmed, nh), tag);
	mls_vec_want(k, bytes_same(f.tag, bytes_of(tag, nh)),
	    "confirmation_tag");
	mls_frame_free(&f);
}
