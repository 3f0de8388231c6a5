/* SPDX-License-Identifier: ISC */
/*
 * floor: mls
 * RFC 9420 12.2 from the side of a malicious member: commits with lists that
 * an honest one would not make, signed and tagged as they should be, and
 * paths that break the rules of 7.3, 7.9.2 and 12.4.2. All refuse them.
 */
#include "mls_world.h"
#include "tap.h"

static struct world w;
static struct buf list;

static void
setup(void)
{
	unsigned i;

	world_start(&w, MLS_SUITE_X25519, 3);
	for (i = 0; i < 5; i++)
		world_person(&w);
	world_create(&w, 0, bytes_of(NULL, 0));
	for (i = 1; i < 4; i++)
		world_add(&w, 0, i);
}

/* What no honest code can frame: the parser must stop at the body. */
static void
send_raw(const struct mls_frame_ask *ask, struct buf *message)
{
	mls_put_header(message, MLS_WIRE_PUBLIC);
	mls_put_vector(message, ask->group_id);
	buf_u64(message, ask->epoch);
	buf_u8(message, MLS_MEMBER);
	buf_u32(message, ask->sender);
	mls_put_vector(message, ask->aad);
	buf_u8(message, MLS_COMMIT);
	buf_bytes(message, ask->body);
}

/* Member 0 signs a PublicMessage with this Commit; its tag is zeros. */
static void
send_commit(struct bytes body, uint32_t sender, struct buf *message)
{
	const struct mls_group *g = w.p[0].g;
	struct mls_frame_ask ask = { .wire = MLS_WIRE_PUBLIC,
		.group_id = mls_group_id(g), .epoch = mls_group_epoch(g),
		.sender_type = MLS_MEMBER, .sender = sender,
		.type = MLS_COMMIT, .body = body };
	uint8_t tag[MLS_NH_MAX] = { 0 };
	struct mls_frame f;

	buf_clear(message);
	if (mls_frame_make(&ask, mls_group_context(g), w.p[0].signer,
	    &f) != 0) {
		send_raw(&ask, message);
		return;
	}
	mls_frame_tag(&f, bytes_of(tag, w.suite->nh));
	world_must(mls_public_seal(w.suite, &f, mls_group_context(g),
	    g->keys->epoch.membership, message), "seal");
	mls_frame_free(&f);
}

/* What member 1 says to it; its state must not change. */
static int
verdict(struct bytes message)
{
	struct buf before = { 0 }, after = { 0 };
	struct mls_received r;
	int err;

	world_state(&w, 1, &before);
	err = mls_message_open(&w.env, w.p[1].g, message, &r);
	mls_received_free(&r);
	world_state(&w, 1, &after);
	if (!bytes_same(buf_view(&before), buf_view(&after)))
		bail("a refused commit left a trace");
	buf_free(&before);
	buf_free(&after);
	return err;
}

/* The list that was gathered, without a path. */
static int
refuse(void)
{
	struct buf body = { 0 }, message = { 0 };
	int err;

	mls_put_vector(&body, buf_view(&list));
	buf_u8(&body, 0);
	send_commit(buf_view(&body), 0, &message);
	err = verdict(buf_view(&message));
	buf_clear(&list);
	buf_free(&body);
	buf_free(&message);
	return err;
}

static void
put_remove(uint32_t leaf)
{
	struct mls_proposal p = { .type = MLS_REMOVE, .removed = leaf };

	mls_item_put(&list, &p);
}

static void
put_add(size_t who)
{
	struct mls_proposal p = { .type = MLS_ADD };

	world_must(mls_package_parse(world_package(&w, who), &p.package),
	    "parse");
	mls_item_put(&list, &p);
}

static void
put_psk(uint8_t usage, size_t nonce)
{
	static const uint8_t zero[64];
	struct mls_proposal p = { .type = MLS_PSK };

	p.psk.type = usage == 0 ? MLS_PSK_EXTERNAL : MLS_PSK_RESUMPTION;
	p.psk.usage = usage;
	p.psk.id = usage == 0 ? mls_text("psk1") : mls_group_id(w.p[0].g);
	p.psk.nonce = bytes_of(zero, nonce);
	mls_item_put(&list, &p);
}

static void
put_reinit(uint16_t version)
{
	struct mls_proposal p = { .type = MLS_REINIT,
		.reinit = { mls_text("x"), version, 3, { NULL, 0 } } };

	mls_item_put(&list, &p);
}

static void
put_extensions(struct bytes extensions)
{
	struct mls_proposal p = { .type = MLS_GROUP_EXTENSIONS,
		.extensions = extensions };

	mls_item_put(&list, &p);
}

static void
put_external_init(void)
{
	static const uint8_t kem[DH_SIZE] = { 9 };
	struct mls_proposal p = { .type = MLS_EXTERNAL_INIT,
		.kem_output = bytes_of(kem, sizeof kem) };

	mls_item_put(&list, &p);
}

/* An Update by value is the committer's own. */
static void
put_update(uint32_t leaf)
{
	uint8_t public[DH_SIZE], secret[DH_SIZE];
	struct mls_leaf_ask ask = { .suite = w.suite,
		.source = MLS_FROM_UPDATE,
		.encryption_key = bytes_of(public, sizeof public),
		.group_id = mls_group_id(w.p[0].g), .leaf = leaf };
	struct mls_self self = world_self(&w, 0);
	struct mls_proposal p = { .type = MLS_UPDATE };
	struct buf raw = { 0 };
	struct rd rd;

	dh_keypair(&w.rng, public, secret);
	ask.self = &self;
	world_must(mls_leaf_make(&w.rng, &ask, &raw), "leaf");
	rd = rd_of(buf_view(&raw));
	world_must(mls_leaf_get(&rd, &p.leaf), "leaf");
	mls_item_put(&list, &p);
	buf_free(&raw);
}

static void
test_lists(void)
{
	struct buf ext = { 0 };

	is_int(refuse(), ERR_RULE, "an empty list without a path");
	put_remove(2);
	is_int(refuse(), ERR_RULE, "a Remove without a path");
	put_extensions(bytes_of(NULL, 0));
	is_int(refuse(), ERR_RULE, "group extensions without a path");
	put_remove(0);
	is_int(refuse(), ERR_RULE, "the committer removes itself");
	put_remove(77);
	is_int(refuse(), ERR_RULE, "a Remove outside the tree");
	put_remove(2);
	put_remove(2);
	is_int(refuse(), ERR_RULE, "two Removes of one leaf");
	put_update(0);
	is_int(refuse(), ERR_RULE, "the committer's own Update");
	put_add(4);
	list.n /= 2;
	is_int(refuse(), ERR_SHORT, "half a list");
	put_add(3);
	is_int(refuse(), ERR_RULE, "who is in already");
	put_add(4);
	put_add(4);
	is_int(refuse(), ERR_RULE, "the same twice");
	put_psk(0, 31);
	is_int(refuse(), ERR_RULE, "a short PSK nonce");
	put_psk(0, 32);
	put_psk(0, 32);
	is_int(refuse(), ERR_RULE, "one PSK twice");
	put_psk(MLS_USE_BRANCH, 32);
	is_int(refuse(), ERR_RULE, "a branch PSK in no branch");
	put_psk(MLS_USE_REINIT, 32);
	is_int(refuse(), ERR_RULE, "a reinit PSK in no reinit");
	put_psk(9, 32);
	is_int(refuse(), ERR_FORMAT, "a PSK of no known use");
	put_reinit(1);
	put_psk(0, 32);
	is_int(refuse(), ERR_RULE, "a ReInit is not alone");
	put_reinit(0);
	is_int(refuse(), ERR_RULE, "a ReInit to an older version");
	put_external_init();
	is_int(refuse(), ERR_RULE, "an ExternalInit of a member");
	put_extensions(bytes_of(NULL, 0));
	put_extensions(bytes_of(NULL, 0));
	is_int(refuse(), ERR_RULE, "group extensions twice");
	mls_ext_put(&ext, WORLD_EXT, mls_text("a"));
	mls_ext_put(&ext, WORLD_EXT, mls_text("a"));
	put_extensions(buf_view(&ext));
	is_int(refuse(), ERR_FORMAT, "an extension type twice");
	buf_u8(&list, 2);
	mls_put_vector(&list, mls_text("01234567890123456789012345678901"));
	is_int(refuse(), ERR_NONE, "a reference to nothing");
	buf_u8(&list, 1);
	buf_u16(&list, 0x0a0a);
	is_int(refuse(), ERR_SUITE, "a proposal of no known type");
	buf_u8(&list, 3);
	is_int(refuse(), ERR_FORMAT, "neither proposal nor reference");
	buf_free(&ext);
}

/* An empty commit of member 0 whose path was tampered with. */
struct tamper {
	uint32_t leaf;                  /* for which leaf it is signed */
	uint32_t sender;
	bool old_key, no_hash, drop_node, double_node, extra, swap, node_key;
	uint8_t source;
};

static void
tamper_leaf(const struct tamper *t, const struct mls_leaf *leaf,
    struct buf *out)
{
	struct mls_leaf_ask ask = { .suite = w.suite,
		.source = t->source ? t->source : MLS_FROM_COMMIT,
		.encryption_key = leaf->encryption_key,
		.parent_hash = leaf->parent_hash,
		.group_id = mls_group_id(w.p[0].g), .leaf = t->leaf };

	if (t->old_key)
		ask.encryption_key = mls_group_leaf(w.p[0].g, 0)->
		    encryption_key;
	if (t->no_hash)
		ask.parent_hash = bytes_of(NULL, 0);
	mls_leaf_again(leaf, &ask, w.p[0].signer, out);
}

static void
tamper_nodes(const struct tamper *t, struct mls_path *path)
{
	struct bytes key;

	if (t->drop_node)
		path->n--;
	if (t->double_node)
		path->node[path->n] = path->node[path->n - 1], path->n++;
	if (t->node_key)
		path->node[0].encryption_key = mls_group_leaf(w.p[0].g, 3)->
		    encryption_key;
	if (t->extra)
		path->node[0].secrets = bytes_of(NULL, 0);
	if (t->swap) {
		key = path->node[0].encryption_key;
		path->node[0].encryption_key = path->node[1].encryption_key;
		path->node[1].encryption_key = key;
	}
}

static int
refuse_path(const struct tamper *t)
{
	struct mls_group *next = mls_group_fork(w.p[0].g);
	struct buf raw = { 0 }, leaf = { 0 }, body = { 0 }, message = { 0 };
	struct treekem_plan plan;
	struct mls_path path;
	struct rd rd;
	int err;

	next->epoch++;
	world_must(treekem_plan(&w.rng, &next->tree, 0, mls_group_id(next),
	    NULL, w.p[0].signer, &plan), "plan");
	mls_group_set_context(next);
	world_must(treekem_encrypt(&w.rng, &next->tree, &plan,
	    buf_view(&next->context), NULL, &raw), "encrypt");
	rd = rd_of(buf_view(&raw));
	world_must(mls_path_get(&rd, &path), "path");
	tamper_leaf(t, &path.leaf, &leaf);
	rd = rd_of(buf_view(&leaf));
	world_must(mls_leaf_get(&rd, &path.leaf), "leaf");
	tamper_nodes(t, &path);
	buf_u8(&body, 0); /* no proposals */
	buf_u8(&body, 1);
	mls_path_put(&body, &path);
	send_commit(buf_view(&body), t->sender, &message);
	err = verdict(buf_view(&message));
	treekem_plan_free(&plan);
	mls_group_free(next);
	buf_free(&raw);
	buf_free(&leaf);
	buf_free(&body);
	buf_free(&message);
	return err;
}

static void
test_paths(void)
{
	struct tamper t = { 0 };

	is_int(refuse_path(&t), ERR_AUTH, "a wrong confirmation tag");
	t = (struct tamper){ .leaf = 2 };
	is_int(refuse_path(&t), ERR_SIGN, "a leaf signed for another place");
	t = (struct tamper){ .sender = 2 };
	is_int(refuse_path(&t), ERR_SIGN, "in another member's name");
	t = (struct tamper){ .old_key = true };
	is_int(refuse_path(&t), ERR_RULE, "the old encryption key again");
	t = (struct tamper){ .no_hash = true };
	is_int(refuse_path(&t), ERR_RULE, "no parent hash");
	t = (struct tamper){ .source = MLS_FROM_UPDATE };
	is_int(refuse_path(&t), ERR_RULE, "a leaf of another source");
	t = (struct tamper){ .drop_node = true };
	is_int(refuse_path(&t), ERR_RULE, "a node too few");
	t = (struct tamper){ .double_node = true };
	is_int(refuse_path(&t), ERR_RULE, "a node too many");
	t = (struct tamper){ .node_key = true };
	is_int(refuse_path(&t), ERR_RULE, "a key that stands in the tree");
	t = (struct tamper){ .swap = true };
	is_int(refuse_path(&t), ERR_RULE, "two nodes changed places");
	t = (struct tamper){ .extra = true };
	is_int(refuse_path(&t), ERR_RULE, "a secret for nobody");
}

/* The same rules hold when making one. */
static void
test_making(void)
{
	uint32_t self = 0, twice[2] = { 2, 2 };
	struct mls_commit_ask ask = { .remove = &self, .n_remove = 1 };
	struct mls_reinit reinit = { mls_text("n"), 1, 3, { NULL, 0 } };
	struct mls_made made;

	is_int(mls_commit_make(&w.env, w.p[0].g, &ask, &made), ERR_RULE,
	    "we do not remove ourselves");
	ask.remove = twice;
	ask.n_remove = 2;
	is_int(mls_commit_make(&w.env, w.p[0].g, &ask, &made), ERR_RULE,
	    "nor anybody twice");
	ask.n_remove = 1;
	ask.reinit = &reinit;
	is_int(mls_commit_make(&w.env, w.p[0].g, &ask, &made), ERR_RULE,
	    "nor reinit beside it");
	ask.n_remove = 0;
	reinit.version = 0;
	is_int(mls_commit_make(&w.env, w.p[0].g, &ask, &made), ERR_RULE,
	    "nor to an older version");
	ok(world_agrees(&w), "and nothing has happened");
}

static void
test_required(void)
{
	struct buf ext = { 0 }, data = { 0 };
	struct mls_commit_ask ask = { .set_extensions = true };
	static const uint8_t known[2] = { 0xf0, 0xa1 };
	static const uint8_t unknown[2] = { 0xf0, 0xa9 };
	struct mls_made made;
	int i;

	for (i = 0; i < 3; i++) {
		buf_clear(&data);
		buf_clear(&ext);
		mls_put_vector(&data, bytes_of(i == 1 ? unknown : known, 2));
		mls_put_vector(&data, bytes_of(unknown, i == 2 ? 2 : 0));
		mls_put_vector(&data, bytes_of(NULL, 0));
		mls_ext_put(&ext, MLS_EXT_REQUIRED, buf_view(&data));
		ask.extensions = buf_view(&ext);
		if (i == 0)
			world_commit(&w, 2, &ask, NULL, 0);
		else
			is_int(mls_commit_make(&w.env, w.p[0].g, &ask,
			    &made), ERR_RULE, "required but not supported");
	}
	ok(world_agrees(&w), "required capabilities that all have");
	world_add(&w, 1, 4);
	ok(world_agrees(&w), "and a newcomer too");
	buf_free(&ext);
	buf_free(&data);
}

int
main(void)
{
	world_must(seal_start(), "start");
	setup();
	test_lists();
	test_paths();
	test_making();
	test_required();
	buf_free(&list);
	world_end(&w);
	return done();
}
