/* SPDX-License-Identifier: ISC */
/*
 * Welcome (RFC 9420 12.4.3.1): codec, the two layers of encryption, and making
 * one for everybody whom a commit adds.
 */
#include "mls_epoch.h"

int
mls_secret_for_get(struct rd *rd, struct mls_secret_for *s)
{
	s->ref = mls_get_vector(rd);
	s->kem_output = mls_get_vector(rd);
	s->ciphertext = mls_get_vector(rd);
	return rd->err;
}

void
mls_secret_for_put(struct buf *b, const struct mls_secret_for *s)
{
	mls_put_vector(b, s->ref);
	mls_put_vector(b, s->kem_output);
	mls_put_vector(b, s->ciphertext);
}

int
mls_welcome_get(struct rd *rd, struct mls_welcome *w)
{
	struct mls_secret_for s;
	struct rd list;

	w->suite = rd_u16(rd);
	w->secrets = mls_get_vector(rd);
	w->info = mls_get_vector(rd);
	list = rd_of(w->secrets);
	while (rd_left(&list) > 0)
		mls_secret_for_get(&list, &s);
	if (list.err != 0)
		rd_fail(rd, list.err);
	return rd->err;
}

void
mls_welcome_put(struct buf *b, const struct mls_welcome *w)
{
	buf_u16(b, w->suite);
	mls_put_vector(b, w->secrets);
	mls_put_vector(b, w->info);
}

static int
check_psks(struct bytes psks)
{
	struct rd list = rd_of(psks);
	struct mls_psk_id id;
	size_t n = 0;

	while (rd_left(&list) > 0) {
		if (n++ == MLS_PSKS_MAX)
			return ERR_BIG;
		mls_psk_get(&list, &id);
	}
	return list.err;
}

int
mls_group_secrets_get(struct rd *rd, struct mls_group_secrets *s)
{
	int err;

	*s = (struct mls_group_secrets){ 0 };
	s->joiner = mls_get_vector(rd);
	s->has_path = mls_get_optional(rd);
	if (s->has_path)
		s->path_secret = mls_get_vector(rd);
	s->psks = mls_get_vector(rd);
	if (rd->err == 0 && (err = check_psks(s->psks)) != 0)
		rd_fail(rd, err);
	return rd->err;
}

void
mls_group_secrets_put(struct buf *b, const struct mls_group_secrets *s)
{
	mls_put_vector(b, s->joiner);
	buf_u8(b, s->has_path);
	if (s->has_path)
		mls_put_vector(b, s->path_secret);
	mls_put_vector(b, s->psks);
}

static int
find_secret(const struct mls_welcome *w, struct bytes ref,
    struct mls_secret_for *s)
{
	struct rd list = rd_of(w->secrets);

	while (rd_left(&list) > 0)
		if (mls_secret_for_get(&list, s) == 0 &&
		    bytes_same(s->ref, ref))
			return 0;
	return list.err != 0 ? list.err : ERR_NONE;
}

int
mls_welcome_read(struct bytes message, struct mls_welcome *w)
{
	struct rd rd = rd_of(message);
	uint16_t wire;
	int err;

	err = mls_get_header(&rd, &wire);
	if (err == 0 && wire != MLS_WIRE_WELCOME)
		err = ERR_FORMAT;
	if (err != 0)
		return err;
	mls_welcome_get(&rd, w);
	return rd_end(&rd);
}

int
mls_welcome_for(struct bytes message, struct bytes ref)
{
	struct mls_secret_for s;
	struct mls_welcome w;
	int err = mls_welcome_read(message, &w);

	return err != 0 ? err : find_secret(&w, ref, &s);
}

int
mls_welcome_open(const struct mls_suite *suite, const struct mls_welcome *w,
    struct bytes ref, const uint8_t *init_secret, struct buf *group_secrets)
{
	struct mls_secret_for s;
	int err;

	err = find_secret(w, ref, &s);
	if (err != 0)
		return err;
	group_secrets->secret = true;
	return mls_decrypt(suite, init_secret, "Welcome", w->info,
	    s.kem_output, s.ciphertext, group_secrets);
}

int
mls_welcome_open_info(const struct mls_suite *suite,
    const struct mls_welcome *w, const uint8_t *welcome_secret,
    struct buf *group_info)
{
	struct secret_key key;
	uint8_t *out;
	int err;

	if (w->info.n <= suite->tag)
		return ERR_SHORT;
	err = mls_schedule_welcome(suite, welcome_secret, key.key, key.nonce);
	out = buf_room(group_info, w->info.n - suite->tag);
	if (err == 0)
		err = group_info->err;
	if (err == 0)
		err = aead_open(suite->aead, key.key, key.nonce,
		    bytes_of(NULL, 0), w->info, out);
	if (err == 0)           /* a GroupInfo has no secret in it */
		mem_tell(out, w->info.n - suite->tag);
	mem_wipe(&key, sizeof key);
	return err;
}

static int
seal_info(const struct mls_env *env, const struct mls_welcome_ask *ask,
    struct buf *out)
{
	const struct mls_suite *suite = ask->group->suite;
	struct secret_key key;
	struct buf info = { 0 };
	uint8_t *to;
	int err;

	err = mls_info_build(env, ask->group, ask->with_tree,
	    ask->external_pub, &info);
	if (err == 0)
		err = mls_schedule_welcome(suite, ask->welcome, key.key,
		    key.nonce);
	if (err == 0) {
		to = buf_room(out, info.n + suite->tag);
		err = out->err;
	}
	if (err == 0)
		err = aead_seal(suite->aead, key.key, key.nonce,
		    bytes_of(NULL, 0), buf_view(&info), to);
	mem_wipe(&key, sizeof key);
	buf_free(&info);
	return err;
}

/* EncryptedGroupSecrets for the i-th new member */
static int
put_secret(const struct mls_env *env, const struct mls_welcome_ask *ask,
    size_t i, struct bytes psks, struct bytes info, struct buf *list)
{
	const struct mls_suite *suite = ask->group->suite;
	uint32_t node = tree_math_common(ask->group->self, ask->leaf->v[i]);
	struct mls_group_secrets s = {
		.joiner = bytes_of(ask->joiner, suite->nh),
		.has_path = ask->secrets != NULL,
		.psks = psks,
	};
	struct buf plain = { .secret = true };
	uint8_t ref[MLS_NH_MAX];
	int err;

	if (s.has_path) {
		assert(ask->secrets->have >> tree_math_level(node) & 1);
		s.path_secret = bytes_of(
		    ask->secrets->path[tree_math_level(node)], suite->nh);
	}
	mls_group_secrets_put(&plain, &s);
	mls_ref_hash(suite, "MLS 1.0 KeyPackage Reference",
	    ask->package[i]->raw, ref);
	mls_put_vector(list, bytes_of(ref, suite->nh));
	err = plain.err ? plain.err : list->err;
	if (err == 0)
		err = mls_encrypt(suite, env->rng, ask->package[i]->init_key,
		    "Welcome", info, buf_view(&plain), list);
	buf_free(&plain);
	return err;
}

int
mls_welcome_make(const struct mls_env *env, const struct mls_welcome_ask *ask,
    struct buf *message)
{
	struct buf info = { 0 }, list = { 0 }, psks = { 0 };
	struct mls_welcome w;
	size_t i;
	int err;

	for (i = 0; i < ask->n_psk; i++)
		mls_psk_put(&psks, &ask->psk[i]);
	err = seal_info(env, ask, &info);
	for (i = 0; i < ask->leaf->n && err == 0; i++)
		err = put_secret(env, ask, i, buf_view(&psks),
		    buf_view(&info), &list);
	if (err == 0) {
		w.suite = ask->group->suite->id;
		w.secrets = buf_view(&list);
		w.info = buf_view(&info);
		mls_put_header(message, MLS_WIRE_WELCOME);
		mls_welcome_put(message, &w);
		err = message->err;
	}
	buf_free(&info);
	buf_free(&list);
	buf_free(&psks);
	return err;
}
