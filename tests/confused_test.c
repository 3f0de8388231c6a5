/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 * One kind of object taken for another (T11): each object of a group, of the
 * identities and of the wire is fed to each parser, and only its own takes it;
 * and a signature under one label is none under any other.
 */
#include "ident_make.h"
#include "mls_world.h"
#include "tap.h"
#include "wire.h"

#define THINGS (OBJECTS + 6)
enum { PACKAGE = OBJECTS, WELCOME, COMMIT, TEXT, LEAF, BODY };

struct thing {
	const char *name;
	struct buf raw;
};

static const char *const parser[] = {
	"a record", "an inbox key", "a head", "a leaf of the log", "evidence",
	"a KeyPackage", "a Welcome", "a message to a group", "a leaf of a tree",
	"a body",
};
/* which of the things each of them may take, -1: none; a second one */
static const int own[COUNT(parser)][2] = {
	{0, -1}, {1, -1}, {7, -1}, {8, -1}, {9, -1},
	{PACKAGE, -1}, {WELCOME, -1}, {COMMIT, TEXT}, {LEAF, -1}, {BODY, -1},
};

static bool
group_takes(struct world *w, struct bytes raw)
{
	struct mls_received rx = {0};
	bool took = mls_message_open(&w->env, w->p[1].g, raw, &rx) == 0;

	mls_received_free(&rx);
	return took;
}

static bool
leaf_takes(struct bytes raw)
{
	struct rd r = rd_of(raw);
	struct mls_leaf leaf;

	return mls_leaf_get(&r, &leaf) == 0 && rd_end(&r) == 0;
}

static bool
takes(struct world *w, const struct who *who, size_t p, struct bytes raw)
{
	struct mls_welcome welcome;
	struct mls_package package;
	struct inbox_key key;
	struct evidence e;
	struct record rec;
	struct leaf leaf;
	struct body body;
	struct head h;

	switch (p) {
	case 0:
		return record_get(raw, &rec) == 0;
	case 1:
		return inbox_key_get(raw, who->record.device[0].sign,
		    WHO_NOW, &key) == 0;
	case 2:
		return head_get(raw, &h) == 0;
	case 3:
		return leaf_get(raw, &leaf) == 0;
	case 4:
		return evidence_check(raw, &e) == 0;
	case 5:
		return mls_package_parse(raw, &package) == 0;
	case 6:
		return mls_welcome_read(raw, &welcome) == 0;
	case 7:
		return group_takes(w, raw);
	case 8:
		return leaf_takes(raw);
	default:
		return body_get(raw, &body) == 0;
	}
}

/* alice, with carol's Welcome on its way to nobody, and bob who reads */
static void
group_things(struct world *w, struct thing t[static THINGS])
{
	struct mls_commit_ask ask = {.path = true};
	struct mls_made made = {0};
	struct mls_package p;
	struct bytes add;

	world_start(w, 0x0054, 11);
	world_person(w);
	world_person(w);
	world_person(w);
	world_create(w, 0, bytes_of(NULL, 0));
	world_add(w, 0, 1);
	world_must(mls_message_seal(&w->env, w->p[0].g, mls_text("ad"),
	    mls_text("hello"), 300, &t[TEXT].raw), "seal");
	add = world_package(w, 2);
	ask.add = &add;
	ask.n_add = 1;
	world_must(mls_commit_make(&w->env, w->p[0].g, &ask, &made), "commit");
	buf_bytes(&t[PACKAGE].raw, add);
	buf_bytes(&t[WELCOME].raw, buf_view(&made.welcome));
	buf_bytes(&t[COMMIT].raw, buf_view(&made.message));
	world_must(mls_package_parse(add, &p), "parse");
	buf_bytes(&t[LEAF].raw, p.leaf.raw);
	mls_made_free(&made);
}

static void
test_things(void)
{
	static const char *const name[] = {"a KeyPackage", "a Welcome",
	    "a commit", "a message", "a leaf of a tree", "a body"};
	struct body b = {.code = BODY_text, .text.text = mls_text("hello")};
	struct thing *t = mem_array(THINGS, sizeof(*t));
	struct who *who = mem_alloc(sizeof(*who));
	struct world *w = mem_alloc(sizeof(*w));
	struct object o[OBJECTS];
	size_t i, p;

	who_make(who, 3, "bob", 2);
	objects_make(who, o);
	for (i = 0; i < THINGS; i++) {
		t[i].name = i < OBJECTS ? o[i].name : name[i - OBJECTS];
		if (i < OBJECTS)
			buf_bytes(&t[i].raw, buf_view(&o[i].raw));
	}
	group_things(w, t);
	if (body_put(&t[BODY].raw, &b) != 0)
		bail("no body");
	for (i = 0; i < THINGS; i++)
		for (p = 0; p < COUNT(parser); p++)
			is_int(takes(w, who, p, buf_view(&t[i].raw)),
			    own[p][0] == (int)i || own[p][1] == (int)i,
			    "T11: %s as %s", t[i].name, parser[p]);
	for (i = 0; i < THINGS; i++)
		buf_free(&t[i].raw);
	objects_free(o);
	who_free(who);
	world_end(w);
	free(t);
	free(who);
	free(w);
}

static void
test_labels(void)
{
	static const char *const label[] = {"FramedContentTBS", "GroupInfoTBS",
	    "KeyPackageTBS", "LeafNodeTBS"};
	uint8_t public[SIGN_PUBLIC], secret[SIGN_SECRET], sig[SIGN_SIZE];
	size_t i, k;

	sign_keypair(&rng_system, public, secret);
	for (i = 0; i < COUNT(label); i++) {
		mls_sign(secret, label[i], mls_text("the same bytes"), sig);
		for (k = 0; k < COUNT(label); k++)
			is_int(mls_verify(bytes_of(public, sizeof(public)),
			    label[k], mls_text("the same bytes"),
			    bytes_of(sig, sizeof(sig))) == 0, i == k,
			    "T11: signed as %s, read as %s", label[i],
			    label[k]);
	}
}

int
main(void)
{
	if (seal_start() != 0)
		bail("libsodium");
	test_things();
	test_labels();
	return done();
}
