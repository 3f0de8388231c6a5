/* SPDX-License-Identifier: ISC */
/*
 * Verifier of messages.json: every structure decodes and encodes to the same
 * bytes again, and neither a shorter nor a longer one decodes. The suites of
 * the file do not matter here: the codec knows no key sizes.
 */
#include <stdlib.h>

#include "mls_vec.h"

/* Decodes all of `in` and, when good, encodes it to `out`. */
typedef int mls_vec_codec(struct rd *, struct buf *out);

static int
mls_vec_header(struct rd *rd, struct buf *out, enum mls_wire wire)
{
	uint16_t got;
	int err = mls_get_header(rd, &got);

	if (err == 0 && got != wire)
		err = ERR_FORMAT;
	if (err == 0)
		mls_put_header(out, wire);
	return err;
}

static int
mls_vec_code_welcome(struct rd *rd, struct buf *out)
{
	struct mls_welcome w, again;
	struct mls_secret_for s;
	struct buf list = { 0 };
	struct rd in;
	int err = mls_vec_header(rd, out, MLS_WIRE_WELCOME);

	if (err == 0)
		err = mls_welcome_get(rd, &w);
	if (err != 0)
		return err;
	for (in = rd_of(w.secrets); err == 0 && rd_left(&in) > 0; ) {
		err = mls_secret_for_get(&in, &s);
		if (err == 0)
			mls_secret_for_put(&list, &s);
	}
	again = w;
	again.secrets = buf_view(&list);
	mls_welcome_put(out, &again);
	buf_free(&list);
	return err;
}

static int
mls_vec_code_info(struct rd *rd, struct buf *out)
{
	struct mls_info i;
	int err = mls_vec_header(rd, out, MLS_WIRE_GROUP_INFO);

	if (err == 0)
		err = mls_info_get(rd, &i);
	if (err == 0)
		mls_info_put(out, &i);
	return err;
}

static int
mls_vec_code_package(struct rd *rd, struct buf *out)
{
	struct mls_package p;
	int err = mls_vec_header(rd, out, MLS_WIRE_KEY_PACKAGE);

	if (err == 0)
		err = mls_package_get(rd, &p);
	if (err == 0)
		mls_package_put(out, &p);
	return err;
}

static int
mls_vec_code_tree(struct rd *rd, struct buf *out)
{
	struct mls_tree t = { 0 };
	int err = mls_tree_get(rd, mls_suite_find(MLS_SUITE_X25519), &t);

	if (err == 0)
		mls_tree_put(&t, out);
	mls_tree_free(&t);
	return err;
}

static int
mls_vec_code_secrets(struct rd *rd, struct buf *out)
{
	struct mls_group_secrets s;
	int err = mls_group_secrets_get(rd, &s);

	if (err == 0)
		mls_group_secrets_put(out, &s);
	return err;
}

static int
mls_vec_body(struct rd *rd, struct buf *out, uint16_t type)
{
	struct mls_proposal p;
	int err = mls_proposal_get_body(rd, type, &p);

	if (err == 0)
		mls_proposal_put_body(out, &p);
	return err;
}

#define BODY(name, TYPE) static int \
mls_vec_code_##name(struct rd *rd, struct buf *out) \
{ \
	return mls_vec_body(rd, out, MLS_##TYPE); \
}
BODY(add, ADD)
BODY(update, UPDATE)
BODY(remove, REMOVE)
BODY(psk, PSK)
BODY(reinit, REINIT)
BODY(external_init, EXTERNAL_INIT)
BODY(group_extensions, GROUP_EXTENSIONS)
#undef BODY

static int
mls_vec_code_commit(struct rd *rd, struct buf *out)
{
	struct mls_commit c;
	int err = mls_commit_get(rd, &c);

	if (err == 0)
		mls_commit_put(out, &c);
	mls_commit_free(&c);
	return err;
}

static int
mls_vec_public(struct rd *rd, struct buf *out, uint8_t type)
{
	struct mls_frame f;
	struct bytes tag;
	int err = mls_vec_header(rd, out, MLS_WIRE_PUBLIC);

	if (err == 0)
		err = mls_public_get(rd, &f, &tag);
	if (err != 0)
		return err;
	if (f.type != type)
		err = ERR_FORMAT;
	mls_public_put(out, &f, tag);
	mls_frame_free(&f);
	return err;
}

static int
mls_vec_code_application(struct rd *rd, struct buf *out)
{
	return mls_vec_public(rd, out, MLS_APPLICATION);
}

static int
mls_vec_code_proposal(struct rd *rd, struct buf *out)
{
	return mls_vec_public(rd, out, MLS_PROPOSAL);
}

static int
mls_vec_code_public_commit(struct rd *rd, struct buf *out)
{
	return mls_vec_public(rd, out, MLS_COMMIT);
}

static int
mls_vec_code_private(struct rd *rd, struct buf *out)
{
	struct mls_private p;
	int err = mls_vec_header(rd, out, MLS_WIRE_PRIVATE);

	if (err == 0)
		err = mls_private_get(rd, &p);
	if (err == 0)
		mls_private_put(out, &p);
	return err;
}

static const struct {
	const char *field;
	mls_vec_codec *code;
} mls_vec_code_row[] = {
	{ "mls_welcome", mls_vec_code_welcome },
	{ "mls_group_info", mls_vec_code_info },
	{ "mls_key_package", mls_vec_code_package },
	{ "ratchet_tree", mls_vec_code_tree },
	{ "group_secrets", mls_vec_code_secrets },
	{ "add_proposal", mls_vec_code_add },
	{ "update_proposal", mls_vec_code_update },
	{ "remove_proposal", mls_vec_code_remove },
	{ "pre_shared_key_proposal", mls_vec_code_psk },
	{ "re_init_proposal", mls_vec_code_reinit },
	{ "external_init_proposal", mls_vec_code_external_init },
	{ "group_context_extensions_proposal", mls_vec_code_group_extensions },
	{ "commit", mls_vec_code_commit },
	{ "public_message_application", mls_vec_code_application },
	{ "public_message_proposal", mls_vec_code_proposal },
	{ "public_message_commit", mls_vec_code_public_commit },
	{ "private_message", mls_vec_code_private },
};

static int
mls_vec_decode(mls_vec_codec *code, struct bytes in, struct buf *out)
{
	struct rd rd = rd_of(in);
	int err;

	buf_clear(out);
	err = code(&rd, out);
	return err == 0 ? rd_end(&rd) : err;
}

/* The last byte cut, half cut, one byte too many */
static void
mls_vec_misfits(struct mls_case *k, const char *field, mls_vec_codec *code,
    struct bytes raw, struct buf *out)
{
	uint8_t *longer = mem_alloc(raw.n + 1);

	memcpy(longer, raw.p, raw.n);
	mls_vec_want(k, mls_vec_decode(code, bytes_of(raw.p, raw.n - 1),
	    out) != 0, "%s without its last byte is refused", field);
	mls_vec_want(k, mls_vec_decode(code, bytes_of(raw.p, raw.n / 2),
	    out) != 0, "half of %s is refused", field);
	mls_vec_want(k, mls_vec_decode(code, bytes_of(longer, raw.n + 1),
	    out) != 0, "%s with a byte more is refused", field);
	free(longer);
}

void
mls_vec_messages(struct mls_case *k)
{
	struct buf out = { 0 };
	struct bytes raw;
	size_t i;
	int err;

	for (i = 0; i < COUNT(mls_vec_code_row); i++) {
		const char *field = mls_vec_code_row[i].field;

		raw = mls_vec_hex(k, k->c, field);
		err = mls_vec_decode(mls_vec_code_row[i].code, raw, &out);
		if (!mls_vec_want(k, err == 0, "%s: %s", field, err_text(err)))
			continue;
		mls_vec_same(k, k->c, field, out.p, out.n);
		if (mls_vec_want(k, raw.n > 0, "%s is empty", field))
			mls_vec_misfits(k, field, mls_vec_code_row[i].code,
			    raw, &out);
	}
	buf_free(&out);
}
