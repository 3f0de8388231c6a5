/* SPDX-License-Identifier: ISC */
/*
 * floor: mls
 * Foreign GroupInfos and ratchet trees: as they are, a true one with bytes
 * laid over, and one signed by a member around a foreign tree, context or list
 * of extensions. What is joined by a commit of one's own must hold together.
 */
#include "mls_fuzz.h"

static int
try_info(struct fuzz_world *w, struct bytes info, struct bytes tree)
{
	struct mls_external_ask ask = { .group_info = info, .tree = tree,
		.self = fuzz_self(w, 2), .remove = MLS_NONE };
	struct mls_made made;
	int err;

	err = mls_external_join(&w->env, &ask, &made);
	mls_made_free(&made);
	return err;
}

/* A tree that decodes has the same bytes again, and can be looked at. */
static void
foreign_tree(struct fuzz_world *w, struct bytes raw)
{
	struct mls_list32 list = { 0 };
	struct buf again = { 0 };
	struct rd rd = rd_of(raw);
	struct mls_tree t;
	uint32_t i;
	int err;

	if (mls_tree_get(&rd, w->g[0]->suite, &t) != 0)
		return;
	mls_tree_put(&t, &again);
	must(again.n + rd_left(&rd) == raw.n);
	tree_hash_root(&t);
	err = tree_hash_verify(&t);
	if (err == 0)
		err = tree_check_join(&w->env, &t, mls_text("id"),
		    bytes_of(NULL, 0));
	for (i = 0; i < t.leaves; i++)
		mls_tree_path(&t, i, &list);
	mls_list32_free(&list);
	mls_tree_free(&t);
	buf_free(&again);
}

/* A member signs it, whatever it is. */
static void
resign(struct fuzz_world *w, uint8_t pick, struct rd *in)
{
	struct buf true_info = { 0 }, tbs = { 0 }, out = { 0 }, tree = { 0 };
	uint8_t signature[SIGN_SIZE];
	struct mls_info info;
	struct rd rd;

	must(mls_info_build(&w->env, w->g[0], false, true,
	    &true_info) == 0);
	rd = rd_of(buf_view(&true_info));
	must(mls_info_get(&rd, &info) == 0);
	mls_group_tree(w->g[0], &tree);
	if (pick & 1)
		info.context.extensions = rd_view(in, rd_u8(in));
	if (pick & 2)
		info.extensions = rd_view(in, rd_u8(in));
	if (pick & 4)
		info.signer = rd_u32(in);
	if (pick & 8)
		info.context.epoch = rd_u64(in);
	if (pick & 16)
		fuzz_lay_over(&tree, in);
	info.signature = bytes_of(NULL, 0);
	mls_info_put(&tbs, &info);
	mls_sign(w->signer[0], "GroupInfoTBS", bytes_of(tbs.p, tbs.n - 1),
	    signature);
	info.signature = bytes_of(signature, sizeof signature);
	mls_put_header(&out, MLS_WIRE_GROUP_INFO);
	mls_info_put(&out, &info);
	try_info(w, buf_view(&out), buf_view(&tree));
	buf_free(&true_info);
	buf_free(&tbs);
	buf_free(&out);
	buf_free(&tree);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(bytes_of(data, size));
	struct buf info = { 0 };
	struct fuzz_world w;
	uint8_t pick = rd_u8(&in);

	fuzz_world_start(&w);
	switch (pick % 4) {
	case 0:
		try_info(&w, rd_rest(&in), bytes_of(NULL, 0));
		break;
	case 1:
		must(mls_info_make(&w.env, w.g[0], true, true,
		    &info) == 0);
		if (fuzz_lay_over(&info, &in))
			must(try_info(&w, buf_view(&info),
			    bytes_of(NULL, 0)) != 0);
		break;
	case 2:
		foreign_tree(&w, rd_rest(&in));
		break;
	default:
		resign(&w, pick >> 2, &in);
	}
	buf_free(&info);
	fuzz_world_end(&w);
	return 0;
}
