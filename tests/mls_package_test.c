/* SPDX-License-Identifier: ISC */
/*
 * floor: mls
 * KeyPackages: what is made is taken, is one's own, carries its marks, and is
 * refused when a single rule of RFC 9420 7.3 or 10.1 does not hold, although
 * it is signed as it should be.
 */
#include "mls_world.h"
#include "tap.h"

static struct world w;

struct wish {
	bool same_keys, no_suite, no_version, no_basic, no_extension;
	bool bad_key, small_init, other_suite, backwards, x509;
	uint8_t source;
};

static void
spoil(const struct wish *wish, struct mls_package *p,
    struct mls_leaf_ask *ask)
{
	static const uint8_t none[2] = { 0x1a, 0x1a };
	static uint8_t zero[XWING_PUBLIC];

	if (wish->same_keys)
		p->init_key = p->leaf.encryption_key;
	if (wish->small_init)
		p->init_key.n--;
	if (wish->bad_key)
		ask->encryption_key = bytes_of(zero, w.suite->public);
	if (wish->no_suite)
		p->leaf.caps.suites = bytes_of(none, 2);
	if (wish->no_version)
		p->leaf.caps.versions = bytes_of(none, 2);
	if (wish->no_basic)
		p->leaf.caps.credentials = bytes_of(none, 2);
	if (wish->no_extension)
		p->leaf.caps.extensions = bytes_of(none, 2);
	if (wish->other_suite)
		p->suite = 0x0001;
	if (wish->x509)
		p->leaf.credential.type = MLS_X509;
	if (wish->backwards)
		ask->not_after = ask->not_before - 1;
	if (wish->source != 0)
		ask->source = wish->source;
}

/* A package made anew with one thing spoilt, signed by its owner. */
static int
check(struct wish wish)
{
	struct buf list = { 0 }, out = { 0 }, private = { 0 };
	struct buf leaf = { 0 }, tbs = { 0 };
	struct mls_package_ask make = { .suite = w.suite->id,
		.self = world_self(&w, 0), .not_before = WORLD_NOW - 1,
		.not_after = WORLD_NOW + 1 };
	struct mls_leaf_ask ask = { .suite = w.suite,
		.source = MLS_FROM_PACKAGE, .not_before = WORLD_NOW - 1,
		.not_after = WORLD_NOW + 1 };
	uint8_t signature[SIGN_SIZE];
	struct mls_package p;
	struct rd rd;
	int err;

	mls_ext_put(&list, WORLD_EXT, mls_text("x"));
	make.self.extensions = buf_view(&list);
	world_must(mls_package_make(&w.env, &make, &out, &private), "make");
	world_must(mls_package_parse(buf_view(&out), &p), "parse");
	ask.encryption_key = p.leaf.encryption_key;
	spoil(&wish, &p, &ask);
	mls_leaf_again(&p.leaf, &ask, w.p[0].signer, &leaf);
	rd = rd_of(buf_view(&leaf));
	err = mls_leaf_get(&rd, &p.leaf);
	p.signature = bytes_of(NULL, 0);
	if (err == 0) {
		mls_package_put(&tbs, &p);
		mls_sign(w.p[0].signer, "KeyPackageTBS",
		    bytes_of(tbs.p, tbs.n - 1), signature);
		p.signature = bytes_of(signature, sizeof signature);
		p.tbs = bytes_of(tbs.p, tbs.n - 1);
		err = mls_package_check(&w.env, &p);
	}
	buf_free(&list);
	buf_free(&out);
	buf_free(&private);
	buf_free(&leaf);
	buf_free(&tbs);
	return err;
}

static void
test_rules(void)
{
	is_int(check((struct wish){ 0 }), 0, "a good one");
	is_int(check((struct wish){ .same_keys = true }), ERR_RULE,
	    "init key and leaf key are the same");
	is_int(check((struct wish){ .small_init = true }), ERR_KEY,
	    "an init key too short");
	is_int(check((struct wish){ .bad_key = true }), ERR_KEY,
	    "a leaf key of low order");
	is_int(check((struct wish){ .no_suite = true }), ERR_RULE,
	    "its own suite is not among its capabilities");
	is_int(check((struct wish){ .no_version = true }), ERR_RULE,
	    "nor the version");
	is_int(check((struct wish){ .no_basic = true }), ERR_RULE,
	    "nor the credential");
	is_int(check((struct wish){ .no_extension = true }), ERR_RULE,
	    "nor the extension");
	is_int(check((struct wish){ .other_suite = true }), ERR_SUITE,
	    "a suite that is not ours");
	is_int(check((struct wish){ .backwards = true }), ERR_RANGE,
	    "it ends before it begins");
	is_int(check((struct wish){ .source = MLS_FROM_UPDATE }), ERR_RULE,
	    "a leaf of an Update");
	ok(check((struct wish){ .x509 = true }) != 0,
	    "a name is no chain of certificates");
}

static void
test_marks(void)
{
	struct mls_package_ask ask = { .suite = w.suite->id,
		.self = world_self(&w, 0), .not_before = WORLD_NOW - 1,
		.not_after = WORLD_NOW + 1, .last_resort = true };
	struct buf out = { 0 }, private = { 0 };
	struct mls_package_private half;
	uint8_t ref[MLS_NH_MAX], public[HPKE_PUBLIC_MAX];
	struct mls_package p;
	size_t n, cut, taken = 0;

	world_must(mls_package_make(&w.env, &ask, &out, &private), "make");
	world_must(mls_package_parse(buf_view(&out), &p), "parse");
	world_must(mls_package_check(&w.env, &p), "check");
	ok(mls_package_last_resort(&p), "a last resort says so");
	ok(bytes_same(p.leaf.credential.body, mls_text(w.p[0].name)),
	    "its name");
	world_must(mls_package_ref(buf_view(&out), ref, &n), "ref");
	is_int(n, w.suite->nh, "a ref has the size of the hash");
	world_must(mls_package_unpack(buf_view(&private), &half), "unpack");
	ok(bytes_same(half.raw, p.raw), "the private half knows the other");
	world_must(hpke_public(w.suite->hpke, half.init.p, public), "public");
	is_mem(public, p.init_key.p, p.init_key.n, "and its init key");
	for (cut = 0; cut < private.n; cut++)
		taken += mls_package_unpack(bytes_of(private.p, cut),
		    &half) == 0;
	is_int(taken, 0, "cut, it is refused");
	ask.last_resort = false;
	buf_clear(&out);
	world_must(mls_package_make(&w.env, &ask, &out, &private), "make");
	world_must(mls_package_parse(buf_view(&out), &p), "parse");
	ok(!mls_package_last_resort(&p), "others do not");
	buf_free(&out);
	buf_free(&private);
}

static void
test_ask(void)
{
	struct mls_package_ask ask = { .suite = 0x0001,
		.self = world_self(&w, 0) };
	struct buf list = { 0 }, out = { 0 }, private = { 0 };

	is_int(mls_package_make(&w.env, &ask, &out, &private), ERR_SUITE,
	    "a suite that is not ours is not made");
	ask.suite = w.suite->id;
	mls_ext_put(&list, 0xf0ff, mls_text("x"));
	ask.self.extensions = buf_view(&list);
	is_int(mls_package_make(&w.env, &ask, &out, &private), ERR_INPUT,
	    "nor an extension that one does not know");
	is_int(out.n + private.n, 0, "and nothing is written");
	buf_free(&list);
	buf_free(&out);
	buf_free(&private);
}

static void
test_all(uint16_t suite)
{
	world_people(&w, suite, 11, 1);
	test_rules();
	test_marks();
	test_ask();
	world_end(&w);
}

int
main(void)
{
	world_suites(test_all);
	return done();
}
