/* SPDX-License-Identifier: ISC */
/*
 * floor: mls
 * Foreign KeyPackages: what parses encodes to the same bytes; a true one with
 * any byte changed is refused; a leaf signed anew with foreign contents is
 * checked, added, and the group still agrees with itself.
 */
#include "mls_fuzz.h"

static void
same_again(struct bytes message)
{
	struct buf again = { 0 };
	struct mls_package p;

	if (mls_package_parse(message, &p) != 0)
		return;
	mls_put_header(&again, MLS_WIRE_KEY_PACKAGE);
	mls_package_put(&again, &p);
	must(bytes_same(buf_view(&again), message));
	buf_free(&again);
}

/* The true package with foreign capabilities and extensions, signed. */
static void
resign(struct fuzz_world *w, struct rd *in, struct buf *out)
{
	struct mls_package p;
	struct mls_leaf_ask ask = { .suite = w->g[0]->suite,
		.source = MLS_FROM_PACKAGE };
	uint8_t signature[SIGN_SIZE];
	struct buf leaf = { 0 }, tbs = { 0 };
	struct rd rd;

	must(mls_package_parse(buf_view(&w->package), &p) == 0);
	ask.encryption_key = p.leaf.encryption_key;
	ask.not_before = rd_u64(in);
	ask.not_after = rd_u64(in);
	p.leaf.caps.versions = rd_view(in, rd_u8(in) % 8);
	p.leaf.caps.suites = rd_view(in, rd_u8(in) % 16);
	p.leaf.caps.extensions = rd_view(in, rd_u8(in) % 16);
	p.leaf.caps.credentials = rd_view(in, rd_u8(in) % 16);
	p.leaf.credential.type = rd_u16(in);
	p.leaf.credential.body = rd_view(in, rd_u8(in) % 32);
	p.leaf.extensions = rd_view(in, rd_u8(in));
	p.extensions = rd_rest(in);
	mls_leaf_again(&p.leaf, &ask, w->signer[2], &leaf);
	rd = rd_of(buf_view(&leaf));
	if (mls_leaf_get(&rd, &p.leaf) == 0) {
		p.signature = bytes_of(NULL, 0);
		mls_package_put(&tbs, &p);
		mls_sign(w->signer[2], "KeyPackageTBS",
		    bytes_of(tbs.p, tbs.n - 1), signature);
		p.signature = bytes_of(signature, sizeof signature);
		mls_put_header(out, MLS_WIRE_KEY_PACKAGE);
		mls_package_put(out, &p);
	}
	buf_free(&leaf);
	buf_free(&tbs);
}

static void
add(struct fuzz_world *w, struct bytes package)
{
	struct mls_commit_ask ask = { .add = &package, .n_add = 1 };
	struct mls_received r;
	struct mls_made made;

	if (mls_commit_make(&w->env, w->g[0], &ask, &made) != 0)
		return;
	/* what we made the others must take */
	must(mls_message_open(&w->env, w->g[1], buf_view(&made.message),
	    &r) == 0);
	mls_received_free(&r);
	mls_made_free(&made);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(bytes_of(data, size));
	struct buf package = { 0 };
	struct mls_package p;
	struct fuzz_world w;
	uint8_t pick = rd_u8(&in);

	fuzz_world_start(&w);
	switch (pick % 3) {
	case 0:
		same_again(rd_rest(&in));
		break;
	case 1:
		buf_bytes(&package, buf_view(&w.package));
		if (fuzz_lay_over(&package, &in))
			must(mls_package_parse(buf_view(&package), &p) !=
			    0 || mls_package_check(&w.env, &p) != 0);
		break;
	default:
		resign(&w, &in, &package);
		add(&w, buf_view(&package));
	}
	buf_free(&package);
	fuzz_world_end(&w);
	return 0;
}
